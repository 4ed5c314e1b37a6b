"""The site for members and for everyone, as an attacker reads it: nobody's curve, energy or amount is in it.

Everything that is published is taken as an equation: each series of the days is a sum of some unknown curves, each
amount a sum of energies at prices that are public. Which ones is found by trying all sums of consumers, and is not
asked of the program. Then it is linear algebra: no consumer, and no two of them, may be a combination of the
equations of a day, or of a month.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mitoyen.chain import Chain
from mitoyen.clock import Clock, Month
from mitoyen.contracts import Operation
from mitoyen.settlement import Unit, settle
from mitoyen.sharing import Shared
from mitoyen.workspace import Workspace
from neighbours import commit, git, run
from reported import DRAWING, NOTHING, contents, csv, day, exact, page

MONTHS = ("2026-01", "2026-02", "2026-03")
CONSUMERS = tuple(f"mtr-zq{number:02}" for number in range(1, 11))
PLANTS = ("mtr-up1", "mtr-up2", "mtr-up3", "mtr-low")
COLUMNS = (*CONSUMERS, *PLANTS)
AUTHOR = "Zoe Quince"
FRENCH = {"2026-01": "janvier 2026", "2026-02": "février 2026", "2026-03": "mars 2026"}

FLAT = {"blue": "0.1000", "green": "0.2000", "red": "0.3000"}
ROOF = "p-up1: {role: producer, meter: mtr-up1, from: 2026-01-01, power: 9 kWp}\n"


def plant(number: int, seller: str, *, to: str = "", first: str = "2026-01-01") -> str:
    ends = f", to: {to}" if to else ""
    return (
        f"p-up{number}: {{role: producer, meter: mtr-up{number}, from: {first}{ends}, power: 9 kWp, "
        f"seller: {seller}}}\n"
    )


def crowd(**tariffs: str) -> str:
    """``crowd(blue="1 2@zoe 3<2026-02-10 4>2026-02-15")``: a payer, who joins, who leaves."""
    lines = []
    for tariff, members in tariffs.items():
        for one in members.split():
            found = re.fullmatch(r"(\d+)(?:@(\w+))?(?:<([\d-]+))?(?:>([\d-]+))?", one)
            assert found
            number, payer, first, last = found.groups()
            more = (f", payer: payer-{payer}" if payer else "") + (f", to: {last}" if last else "")
            lines.append(
                f"zq-m{int(number):02}: {{role: consumer, meter: mtr-zq{int(number):02}, "
                f"from: {first or '2026-01-01'}{more}, tariff: {tariff}}}\n"
            )
    return "".join(lines)


def flat(**more: str) -> str:
    """The flat price of each group; what is given for one, in the place of it."""
    return "".join(
        f"{name}:\n  2026-01-01: {more.get(name, f'{{rule: flat, with: {{price: {price} EUR/kWh}}}}')}\n"
        for name, price in FLAT.items()
    )


@dataclass(frozen=True)
class Case:
    """An operation, and what it shows of January, February and March: how many consumers are in each group, with a
    $ where amounts are shown; "-" where what consumers took is not, "x" where nothing is."""

    members: str
    expected: tuple[str, str, str]
    plants: str = ROOF
    tariffs: str = field(default_factory=flat)
    keys: str = "2026-01-01: {rule: prorata}\n"
    operation: str = ""
    packages: str = ""
    file: str = "curves.csv"
    columns: str = ""
    members_see: tuple[str, str, str] | None = None
    """Where the audience is members, if that is not the same."""

    def sees(self, audience: str) -> tuple[str, str, str]:
        return self.members_see if audience == "members" and self.members_see else self.expected


PREPAID = "{rule: prepaid, with: {price: 0.1400 EUR/kWh, %s}}"
OTHERS = plant(1, "coop-toits") + plant(2, "zz-farm")
BY_PRODUCER = (
    "{rule: producers, with: {prices: {p-up1: 0.1000 EUR/kWh, p-up2: 0.1300 EUR/kWh}, otherwise: 0.1 EUR/kWh}}"
)
SOLD = """\
surplus:
  p-up1: {2026-01-01: {buyer: aggregator, price: 0.0450 EUR/kWh}}
  p-up2: {2026-01-01: {buyer: aggregator, price: 0.0650 EUR/kWh}}
"""

LATER = "  2026-02-01: {{rule: flat, with: {{price: 0.2000 EUR/kWh}}, because: {}}}\n"
"""The same price once more, for the last of the groups."""

CASES = {
    # one, or two, in a group of their own
    "alone": Case(crowd(blue="1 2 3 4 5", green="6"), ("6", "6", "6")),
    "pair": Case(crowd(blue="1 2 3 4 5", green="6 7"), ("7", "7", "7")),
    "smalls": Case(crowd(blue="1 2 3 4", green="5", red="6 7"), ("4 3", "4 3", "4 3")),
    "two": Case(crowd(blue="1 2"), ("-", "-", "-")),
    "given": Case(
        crowd(blue="1 2 3 4", green="5 6"), ("6", "6", "6"), tariffs=flat(green="{rule: free, with: {}}")
    ),
    # a payer with three meters is one person
    "payer": Case(crowd(blue="1@zoe 2@zoe 3@zoe 4", green="5 6 7 8"), ("8", "8", "8")),
    "payers": Case(crowd(blue="1@zoe 2@zoe 3@zoe 4 5", green="6 7 8"), ("5 3$", "5 3$", "5 3$")),
    # who joins, who leaves
    "leaver": Case(crowd(blue="1 2 3>2026-02-15", green="4 5 6 7"), ("4 3$", "7", "6")),
    "joiner": Case(crowd(blue="1 2 3<2026-02-15", green="4 5 6 7"), ("6", "7", "4 3$")),
    "turns": Case(crowd(blue="1 2 3>2026-02-15 4<2026-02-16", green="5 6 7"), ("3 3$", "7", "3 3$")),
    "dip": Case(crowd(blue="1 2 3>2026-02-01 4>2026-02-01 5<2026-03-01 6<2026-03-01"), ("4$", "-", "4$")),
    "late": Case(crowd(blue="1<2026-01-15 2<2026-01-15 3<2026-01-15"), ("3$", "3$", "3$")),
    # whom the key leaves out, or nearly
    "static": Case(
        crowd(blue="1 2 3 4 5 6 7 8 9 10"),
        ("10$", "-", "10$"),
        keys="2026-01-01: {rule: prorata}\n"
        "2026-02-01: {rule: static, with: {shares: {zq-m01: 50 %, zq-m02: 50 %}}, because: resolution 3}\n"
        "2026-03-01: {rule: prorata, because: resolution 4}\n",
    ),
    "first": Case(
        crowd(blue="1 2 3 4 5"),
        ("-", "-", "-"),
        plants="p-low: {role: producer, meter: mtr-low, from: 2026-01-01}\n",
        keys="2026-01-01: {rule: priority, with: {levels: [{members: [zq-m01]}, {members: [zq-m02, zq-m03, zq-m04, "
        "zq-m05]}]}}\n",
    ),
    "published": Case(
        crowd(blue="1 2 3 4"),
        ("4$", "-", "4$"),
        keys="2026-01-01: {rule: distributor}\n",
        file="published.csv",
        columns=", ".join(f"{name}: {name}" for name in COLUMNS)
        + "".join(f", {name}-own: {name}/shared" for name in CONSUMERS[:4]),
    ),
    # what one of them buys or owes beside the energy
    "fees": Case(
        crowd(blue="1 2 3 4<2026-02-10", green="5 6 7"),
        ("3 3$", "4 3$", "4 3$"),
        tariffs=flat(
            blue="{rule: flat, with: {price: 0.1000 EUR/kWh, fee: 2.00 EUR/month, fee_per_kwh: 0.0100 EUR/kWh}}"
        ),
    ),
    "minimum": Case(
        crowd(blue="1 2 3 4"),
        ("4$", "4$", "4$"),
        tariffs=flat(blue="{rule: flat, with: {price: 0.1000 EUR/kWh, minimum: 15.00 EUR/month}}"),
    ),
    "capital": Case(
        crowd(blue="1 2 3 4").replace(
            "tariff: blue}", "tariff: blue, membership: {2026-02-03: {shares: 3, price: 50.00 EUR}}}", 1
        ),
        ("4$", "4$", "4$"),
    ),
    "package": Case(
        crowd(blue="1 2 3 4", green="5 6 7"),
        ("4 3$", "4 3", "4 3$"),
        tariffs=flat(blue=PREPAID % "then: 0.1650 EUR/kWh"),
        packages="zq-m01: {2026-02-03: 5 kWh}\n",
    ),
    "used up": Case(
        crowd(blue="1 2 3", green="4 5 6 7"),
        ("7", "7", "7"),
        tariffs=flat(blue=PREPAID % "empty: others"),
        packages="zq-m01: {2026-01-01: 9000 kWh}\nzq-m02: {2026-01-01: 5 kWh}\nzq-m03: {2026-01-01: 5 kWh}\n",
    ),
    "tiers": Case(
        crowd(blue="1 2 3 4 5"),
        ("5", "5", "5"),
        tariffs=flat(
            blue="{rule: tiers, with: {tiers: [{upto: 200 kWh, price: 0.1 EUR/kWh}, {price: 0.2 EUR/kWh}]}}"
        ),
    ),
    # plants of others
    "two sellers": Case(
        crowd(blue="1 2 3 4"),
        ("4", "4", "4"),
        plants=OTHERS,
        tariffs=flat(blue=BY_PRODUCER),
        operation=SOLD,
        members_see=("4$", "4$", "4$"),
    ),
    "one price": Case(crowd(blue="1 2 3 4"), ("4$", "4$", "4$"), plants=OTHERS, operation=SOLD),
    "sole": Case(
        crowd(blue="1 2 3 4"), ("x", "x", "x"), plants=plant(2, "zz-farm"), members_see=("4$", "4$", "4$")
    ),
    "three sellers": Case(
        crowd(blue="1 2 3 4"),
        ("4$", "4$", "4$"),
        plants=plant(1, "zz-farm") + plant(2, "zz-mill") + plant(3, "zz-forge"),
        operation=SOLD,
    ),
    "left to one": Case(
        crowd(blue="1 2 3 4"),
        ("4$", "x", "x"),
        plants=plant(1, "coop-toits", to="2026-02-10") + plant(2, "zz-farm"),
        members_see=("4$", "4$", "4$"),
    ),
}


def curves(published: bool = False) -> str:
    """Watt-hours by the hour, all different: a sum is that of one set of meters only. The first takes most.

    What an operator published is pro rata to the watt-hour; in February it serves two.
    """
    draw = random.Random(20260101)
    names = [*COLUMNS, *(f"{name}-own" for name in CONSUMERS[:4] if published)]
    rows = [",".join(["time", *names])]
    for month in Month(2026, 1).through(Month(2026, 3)):
        for start in Clock.of_month(month, 3600, "Europe/Paris").utc().tolist():
            values = [draw.randint(1, 4000 if name == CONSUMERS[0] else 800) for name in CONSUMERS]
            values += [draw.randint(1, 1500) for _ in range(3)] + [1]
            if published:
                served = 2 if month.number == 2 else 4
                some = min(values[10], sum(values[:served]))
                values += [some * one // sum(values[:served]) for one in values[:served]] + [0] * (4 - served)
            stamp = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            rows.append(",".join([stamp, *(f"{value / 1000:.3f}" for value in values)]))
    return "\n".join(rows) + "\n"


def name_of(case: str) -> str:
    return case.replace(" ", "-")


def write(repo: Path) -> None:
    for name, case in CASES.items():
        folder = repo / "operations" / name_of(name)
        folder.mkdir(parents=True)
        columns = f", columns: {{{case.columns}}}" if case.columns else ""
        (folder / "operation.yaml").write_text(
            f"title: Case {name}\norganiser: coop-toits\nopened: 2026-01-01\nstep: PT60M\n{case.operation}"
            f'source: {{use: csv, with: {{files: ["{case.file}"], unit: kWh{columns}}}}}\n'
        )
        (folder / "participants.yaml").write_text(case.plants + case.members)
        (folder / "keys.yaml").write_text(case.keys)
        used = {group for group in FLAT if f"tariff: {group}" in case.members}
        parts = re.split(r"(?m)^(?=\w+:$)", case.tariffs)
        (folder / "tariffs.yaml").write_text("".join(part for part in parts if part.split(":")[0] in used))
        if case.packages:
            (folder / "packages.yaml").write_text(case.packages)


# --- the truth -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Truth:
    """A month of an operation as only the board knows it."""

    operation: Operation
    unit: Unit
    shared: Shared

    @property
    def days(self) -> list[tuple[str, int, int]]:
        """Each day, its first step and its last, exclusive."""
        wall = self.shared.clock.wall().day
        edges = [0, *(np.flatnonzero(np.diff(wall)) + 1).tolist(), self.shared.clock.steps]
        first = date(1970, 1, 1)
        return [((first + timedelta(days=int(wall[a]))).isoformat(), a, b) for a, b in pairwise(edges)]

    def person(self, consumer: str) -> str:
        return self.operation.participants[consumer].payer or consumer

    @property
    def persons(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for row, one in enumerate(self.shared.consumers):
            found.setdefault(self.person(one), set()).add(row)
        return {name: frozenset(rows) for name, rows in found.items()}


@dataclass(frozen=True)
class Federation:
    repo: Path
    truths: Mapping[tuple[str, str], Truth]
    sites: Mapping[str, Path]


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    repo = tmp_path_factory.mktemp("cases") / "repo"
    repo.mkdir()
    write(repo)
    (repo / "curves.csv").write_text(curves())
    (repo / "published.csv").write_text(curves(published=True))
    (repo / ".gitignore").write_text(".mitoyen/\n*.csv\n")
    git(repo, "init", "--quiet")
    commit(repo)
    payers = repo / "operations" / "payers"  # where all of them are known, and a reason may name them
    because = "zq-m01 (mtr-zq02) and payer-zoe asked for 20 kWh"
    for file, entry in (("keys", "2026-02-01: {{rule: prorata, because: {}}}\n"), ("tariffs", LATER)):
        path = payers / f"{file}.yaml"
        path.write_text(path.read_text() + entry.format(because))
    git(repo, "add", "--all")
    commit(repo, "zq-m01 asked for it")
    git(repo, "commit", "--quiet", "--amend", "--no-edit", f"--author={AUTHOR} <z@example.org>")
    for name in CASES:
        assert run(repo, "fetch", name_of(name), "--month", f"{MONTHS[0]}..{MONTHS[-1]}")[0] == 0
    assert run(repo, "settle")[0] == 0
    commit(repo)
    here = Workspace(repo)
    truths = {}
    for name in CASES:
        loaded, operation = here.sound(name_of(name))
        chain = Chain(operation, here.host, here.results)
        for month in map(Month.parse, MONTHS):
            unit = settle(loaded, month, here.host, here.results, None, "fr", chain)
            truths[name, str(month)] = Truth(operation, unit, chain.shared(month))
    sites = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*DRAWING)
        for audience in ("members", "public"):
            (repo / "operations" / "mitoyen.yaml").write_text(f"audience: {audience}\n")
            sites[audience] = repo.parent / audience
            assert run(repo, "report", "--out", str(sites[audience]))[0] == 0
    return Federation(repo, truths, sites)


# --- the attack ------------------------------------------------------------------------------------------------

Form = Mapping[Any, Fraction]
"""A sum of unknowns: what of each is in it."""


class Space:
    """What can be worked out from some sums: every combination of them."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._rows: list[tuple[object, dict[object, Fraction]]] = []
        for form in forms:
            rest = self._rest(form)
            if rest:
                pivot = next(iter(rest))
                self._rows.append((pivot, {name: part / rest[pivot] for name, part in rest.items()}))

    def __contains__(self, form: Form) -> bool:
        return not self._rest(form)

    def _rest(self, form: Form) -> dict[object, Fraction]:
        left = {name: Fraction(part) for name, part in form.items() if part}
        for pivot, row in self._rows:
            if part := left.get(pivot):
                for name, of in row.items():
                    left[name] = left.get(name, Fraction(0)) - part * of
                left = {name: of for name, of in left.items() if of}
        return left


def plus(*forms: Form) -> Form:
    total: dict[object, Fraction] = {}
    for form in forms:
        for name, part in form.items():
            total[name] = total.get(name, Fraction(0)) + part
    return total


def times(factor: Fraction | int, form: Form) -> Form:
    return {name: factor * part for name, part in form.items()}


def watt_hours(values: np.ndarray) -> np.ndarray:
    return np.asarray((values + 500) // 1000)


def sums(rows: np.ndarray) -> np.ndarray:
    """[subset, step]: what each set of some members comes to, to the watt-hour; bit i of a subset is member i."""
    found = np.zeros((1, rows.shape[1]), dtype=np.int64)
    for row in rows:
        found = np.concatenate([found, found + row])
    return watt_hours(found)


@dataclass(frozen=True)
class Known:
    """What the days of a month say, as sums of consumers and plants."""

    forms: tuple[Form, ...]
    groups: tuple[frozenset[int], ...]
    """Whose shared energy is shown together."""
    flows: bool
    production: bool


def known(truth: Truth, folder: Path) -> Known:
    """Read the days; every series of theirs is a sum of the truth's rows, or the test fails."""
    files = [folder / "jours" / f"{name}.js" for name, _first, _last in truth.days]
    if not any(file.is_file() for file in files):
        return Known((), (), False, False)
    data = [day(file) for file in files]
    shared, consumed, produced = truth.shared.shared, truth.shared.consumed, truth.shared.produced

    def series(name: str) -> np.ndarray:
        return np.array([value for one in data for value in one[name]], dtype=np.int64)

    def which(rows: np.ndarray, values: np.ndarray) -> list[frozenset[int]]:
        """The sets of rows that come to these values; the largest first, which has those that are nothing."""
        hits = np.flatnonzero((sums(rows) == values).all(axis=1)).tolist()
        assert hits, "a series that is no sum of anybody's"
        found = [frozenset(row for row in range(len(rows)) if hit >> row & 1) for hit in hits]
        return sorted(found, key=len, reverse=True)

    def form(kind: str, rows: Iterable[int]) -> Form:
        return {(kind, row): Fraction(1) for row in rows}

    plants = which(produced, series("produced"))
    forms = [form("P", some) for some in plants]
    groups: list[frozenset[int]] = []
    if data[0]["consumed"]:
        forms += [form("C", some) for some in which(consumed, series("consumed"))]
        for part in range(len(data[0]["parts"])):
            values = np.array([value for one in data for value in one["parts"][part]], dtype=np.int64)
            if values.any():
                some = which(shared, values)
                groups.append(some[0])
                forms += [form("S", one) for one in some]
        everyone = form("S", range(len(shared)))
        assert np.array_equal(series("surplus"), watt_hours(produced.sum(axis=0) - shared.sum(axis=0)))
        forms.append(plus(form("P", range(len(produced))), times(-1, everyone)))
    return Known(tuple(forms), tuple(groups), bool(data[0]["consumed"]), True)


def targets(truth: Truth, kinds: str = "SC") -> Iterator[tuple[str, Form]]:
    """Each person's curve, what two persons have together, and what one buys from its supplier."""
    persons = truth.persons
    for some in [*((one,) for one in persons), *combinations(persons, 2)]:
        rows = [row for one in some for row in persons[one]]
        for kind in kinds:
            yield f"{kind} of {' and '.join(some)}", {(kind, row): Fraction(1) for row in rows}
        complement = {("C", row): Fraction(1) for row in rows} | {("S", row): Fraction(-1) for row in rows}
        yield f"complement of {' and '.join(some)}", complement


def strangers(truth: Truth) -> list[int]:
    """The plants that are not the organiser's."""
    return [
        row
        for row, name in enumerate(truth.shared.producers)
        if truth.operation.participants[name].seller not in (None, truth.operation.organiser)
    ]


def leaks(truth: Truth, seen: Known, audience: str) -> list[str]:
    """Whose curve of a day can be worked out. A curve that is nothing that day is no unknown."""
    found = []
    wanted = list(targets(truth))
    if audience == "public":
        rows = strangers(truth)
        for some in [*((row,) for row in rows), *combinations(rows, 2)]:
            wanted.append((f"P of {some}", {("P", row): Fraction(1) for row in some}))
    rows_of = {"S": truth.shared.shared, "C": truth.shared.consumed, "P": truth.shared.produced}
    done: dict[frozenset[tuple[str, int]], list[str]] = {}
    for name, first, last in truth.days:
        there = frozenset(
            (kind, row)
            for kind, rows in rows_of.items()
            for row in np.flatnonzero(rows[:, first:last].any(axis=1)).tolist()
        )
        if there not in done:
            space = Space({atom: part for atom, part in form.items() if atom in there} for form in seen.forms)
            done[there] = []
            for who, form in wanted:
                left = {atom: part for atom, part in form.items() if atom in there}
                if left and left in space:
                    done[there].append(who)
        found += [f"{name}: {who}" for who in done[there]]
    return found


AUDIENCES = pytest.mark.parametrize("audience", ["members", "public"])
EACH = pytest.mark.parametrize("case", CASES)


@AUDIENCES
@EACH
def test_nobodys_curve_is_in_the_days(federation: Federation, case: str, audience: str) -> None:
    folder = federation.sites[audience] / name_of(case)
    paid = csv(folder / "chiffres" / "argent.csv") if (folder / "chiffres" / "argent.csv").is_file() else []
    shown = []
    for month in MONTHS:
        truth = federation.truths[case, month]
        seen = known(truth, folder)
        assert leaks(truth, seen, audience) == []
        groups = " ".join(str(len(one)) for one in sorted(seen.groups, key=len, reverse=True))
        money = "$" if any(next(iter(line.values())) == FRENCH[month] for line in paid) else ""
        shown.append(groups + money if seen.flows else "-" if seen.production else "x")
    assert tuple(shown) == CASES[case].sees(audience)


# --- amounts ---------------------------------------------------------------------------------------------------


Sold = tuple[int, int, Fraction]
"""What one consumer received of one plant at one price: the unknown that amounts are made of."""


def sold(truth: Truth, service: bool = False) -> list[tuple[Decimal, list[Sold]]]:
    """Each line of energy, or of a fee by the kilowatt-hour: its amount, and what it is the price of."""
    rows = {name: row for row, name in enumerate(truth.shared.consumers)}
    plants = {name: row for row, name in enumerate(truth.shared.producers)}
    found = []
    for member in truth.unit.members:
        for line in member["lines"] if member["role"] == "consumer" else ():
            of_organiser = line.get("supply") == "service"
            if line["unit"] == "kWh" and line.get("kind", "sale") == "sale" and of_organiser == service:
                price = Fraction(line["price"])
                some = [(rows[member["id"]], plants[plant], price) for plant in line.get("weights") or plants]
                found.append((Decimal(line["amount"]), some))
    return found


@dataclass(frozen=True)
class Tables:
    """A month's tables of an operation, as equations of energies at prices."""

    truth: Truth
    folder: Path
    month: str

    @property
    def energy(self) -> list[Sold]:
        return [one for _amount, some in sold(self.truth) for one in some]

    def received(self, rows: Iterable[int]) -> Form:
        mine = set(rows)
        return dict.fromkeys((one for one in self.energy if one[0] in mine), Fraction(1))

    def given(self, plant: int) -> Form:
        return dict.fromkeys((one for one in self.energy if one[1] == plant), Fraction(1))

    def left(self, plant: int) -> Form:
        """The surplus of a plant: what it gave, less what was received of it."""
        return plus({("P", plant): Fraction(1)}, times(-1, self.given(plant)))

    def lines(self, name: str) -> list[dict[str, str]]:
        file = self.folder / "chiffres" / f"{name}.csv"
        found = csv(file) if file.is_file() else []
        return [line for line in found if next(iter(line.values())) == FRENCH[self.month]]

    def facts(self) -> Iterator[Form]:
        truth, days = self.truth, known(self.truth, self.folder)
        everyone = range(len(truth.shared.consumers))
        yield from map(self.received, days.groups)
        if days.production:
            yield {("P", row): Fraction(1) for row in range(len(truth.shared.producers))}
        if days.flows:
            yield self.received(everyone)
            yield {("C", row): Fraction(1) for row in everyone}
        for line in self.lines("argent"):
            paid, fees, *sale = (exact(cell) for cell in list(line.values())[1:])
            assert paid == sum(amount for amount, _some in sold(truth))
            # By the month: days at a price, both public. Nothing else is in it: no top-up, no share, no package.
            monthly = sum(
                Decimal(of["amount"]) for one in truth.unit.members for of in one["lines"] if of["item"] == "fee"
            )
            assert fees == monthly + sum(amount for amount, _some in sold(truth, service=True))
            yield owed(self.energy)
            yield owed([one for _amount, some in sold(truth, service=True) for one in some])
            for amount in sale:
                assert amount == truth.unit.surplus["net"]
                yield plus(
                    *(
                        times(Fraction(truth.operation.surplus[name][0].price), self.left(row))
                        for row, name in enumerate(truth.shared.producers)
                        if name in truth.operation.surplus
                    )
                )
        for line in self.lines("prix"):
            for tariff in (name.split(" ")[0] for name, cell in line.items() if cell):
                members = {one.id for one in truth.operation.participants.values() if one.tariff == tariff}
                rows = {row for row, one in enumerate(truth.shared.consumers) if one in members}
                yield owed([one for one in self.energy if one[0] in rows])

    def wanted(self, audience: str) -> Iterator[Form]:
        """Of one person and of two: what they received, consumed, owe, and received at one price; of one plant of
        somebody else, where everyone looks: what it gave, earned and did not sell here."""
        persons = self.truth.persons
        for some in [*((one,) for one in persons), *combinations(persons, 2)]:
            rows = {row for one in some for row in persons[one]}
            mine = [one for one in self.energy if one[0] in rows]
            yield {("C", row): Fraction(1) for row in rows}
            yield self.received(rows)
            yield owed(mine)
            for price in {one[2] for one in mine}:
                yield dict.fromkeys((one for one in mine if one[2] == price), Fraction(1))
        for row in strangers(self.truth) if audience == "public" else ():
            yield self.given(row)
            yield owed(list(self.given(row)))
            yield self.left(row)


def owed(some: Iterable[Sold]) -> Form:
    return {one: one[2] for one in some}


@AUDIENCES
@EACH
def test_nobodys_energy_or_amount_is_in_a_month(federation: Federation, case: str, audience: str) -> None:
    for month in MONTHS:
        one = Tables(federation.truths[case, month], federation.sites[audience] / name_of(case), month)
        space = Space(one.facts())
        assert [form for form in one.wanted(audience) if any(form.values()) and form in space] == []


# --- everything else that is published ---------------------------------------------------------------------------

ENERGIES = ("produced", "shared", "surplus", "consumed", "complement")
"""In the order of the pages."""
FILES = {
    *("mois", "taux", "calendrier", "season-winter", "season-spring", "groups", "jour"),
    *("centrales", "centrales-mois", "jours-a-regarder", "argent", "prix", "tarifs", "donnees", "livraisons"),
}


def kwh(milliwatt_hours: int) -> Decimal:
    return Decimal(milliwatt_hours) / 1_000_000


def cells(line: Mapping[str, str]) -> list[Decimal | None]:
    return [exact(cell) for cell in list(line.values())[1:]]


@AUDIENCES
@EACH
def test_no_other_table_says_more_than_the_days(federation: Federation, case: str, audience: str) -> None:
    """The months, the calendar, the seasons, the groups: sums of what the days say already, or nothing."""
    folder = federation.sites[audience] / name_of(case)
    truths = {month: federation.truths[case, month] for month in MONTHS}
    seen = {month: known(truths[month], folder) for month in MONTHS}
    files = {file.stem: csv(file) for file in sorted((folder / "chiffres").glob("*.csv"))}
    assert files.keys() <= FILES
    for line in files.get("mois", ()):
        month = next(name for name in MONTHS if FRENCH[name] == line["Mois"])
        energy = truths[month].unit.energy
        allowed = {name: seen[month].production if name == "produced" else seen[month].flows for name in ENERGIES}
        assert cells(line)[:5] == [kwh(energy[name]) if allowed[name] else None for name in ENERGIES]
    days = [
        (name, month, slice(first, last))
        for month in MONTHS
        for name, first, last in truths[month].days
        if seen[month].production
    ]
    for (name, month, part), line in zip(days, files.get("calendrier", ()), strict=True):
        shared = truths[month].shared
        sums = [int(rows[:, part].sum()) for rows in (shared.produced, shared.shared, shared.consumed)]
        assert next(iter(line.values())) == name
        assert cells(line) == [kwh(sums[0]), *(kwh(of) if seen[month].flows else None for of in sums[1:])]
    for season, months in (("season-winter", MONTHS[:2]), ("season-spring", MONTHS[2:])):
        some = [month for month in months if seen[month].production]
        flows = all(seen[month].flows for month in some)
        if not some:
            assert season not in files
            continue
        for hour, line in enumerate(files[season]):
            sums = [0, 0, 0]
            for month in some:
                shared = truths[month].shared
                at = shared.clock.wall().minute // 60 == hour
                for index, rows in enumerate((shared.produced, shared.shared, shared.consumed)):
                    sums[index] += int(rows[:, at].sum())
            length = sum(Month.parse(month).days for month in some)
            assert cells(line) == [kwh(of // length) for of in sums[: 3 if flows else 1]]
    truth, groups = truths[MONTHS[-1]], seen[MONTHS[-1]].groups
    assert ("groups" in files) == (len(groups) > 1)
    wanted = {
        (
            len(some),
            kwh(int(truth.shared.shared[sorted(some)].sum())),
            kwh(int(truth.shared.consumed[sorted(some)].sum())),
        )
        for some in groups
    }
    assert {tuple(cells(line)[:3]) for line in files.get("groups", ())} <= wanted
    said = page(folder / "index.html").tables["indicateurs"]
    if not seen[MONTHS[-1]].flows:
        assert {row[1] for row in said.rows} == {NOTHING}
    if any(
        "$" not in shown
        for shown, month in zip(CASES[case].sees(audience), MONTHS, strict=True)
        if seen[month].flows
    ):
        [price] = [row for row in said.rows if row[0].startswith("Prix de l'énergie")]
        assert price[2] == NOTHING
    owners = {row for month in MONTHS for row in strangers(truths[month])}
    assert ("centrales" in files) == (audience == "members" or not owners)


@AUDIENCES
def test_the_federations_totals_leave_out_what_is_hidden(federation: Federation, audience: str) -> None:
    """With a month of every operation but one known, the total would say the last one."""
    site = federation.sites[audience]
    lines = {next(iter(line.values())): line for line in csv(site / "chiffres" / "federation.csv")}
    kept = json.loads((site / ".mitoyen-report.json").read_bytes())["operations"]
    for month in MONTHS:
        sums, count = dict.fromkeys(ENERGIES, 0), 0
        for case in CASES:
            truth = federation.truths[case, month]
            seen = known(truth, site / name_of(case))
            said = kept[name_of(case)]["summary"]["months"][month]
            energy = truth.unit.energy
            assert said == {
                name: energy[name] if (seen.production if name == "produced" else seen.flows) else None
                for name in energy
            }
            if seen.flows:
                count += 1
                sums = {name: sums[name] + energy[name] for name in ENERGIES}
        assert 0 < count < len(CASES)
        assert cells(lines[FRENCH[month]]) == [count, *(kwh(sums[name]) for name in ENERGIES)]


@EACH
def test_how_many_are_covered_how_much(federation: Federation, case: str) -> None:
    """For members: a band of nobody, or of three persons; for everyone, no bands."""
    assert "bandes" not in page(federation.sites["public"] / name_of(case) / "index.html").tables
    bands = page(federation.sites["members"] / name_of(case) / "index.html").tables.get("bandes")
    if bands is None:
        return
    truth = federation.truths[case, MONTHS[-1]]
    counts = [int(row[1]) for row in bands.rows]
    found: list[list[str]] = [[] for _ in counts]
    for row, name in enumerate(truth.shared.consumers):
        part = Fraction(int(truth.shared.shared[row].sum()), int(truth.shared.consumed[row].sum()))
        found[min(len(counts) - 1, int(part * len(counts)))].append(truth.person(name))
    assert counts == [len(they) for they in found]
    assert all(len(set(they)) in (0, *range(3, 11)) for they in found)


def test_nobody_is_named(federation: Federation) -> None:
    """In no byte of any file: no pseudonym, meter, payer or seller, no author and no message of a commit."""
    private = {"public": ["zq-", "mtr-", "payer-", "zz-", AUTHOR, "example.org", "asked for it"]}
    private["members"] = ["zq-", "mtr-", "payer-", "example.org", "asked for it"]
    for audience, words in private.items():
        for name, content in contents(federation.sites[audience]).items():
            for word in words:
                assert word.encode() not in content, (audience, name, word)
    for case in ("two sellers", "one price", "sole", "three sellers"):
        for name, content in contents(federation.sites["public"] / name_of(case)).items():
            assert b"p-up" not in content, (case, name)
