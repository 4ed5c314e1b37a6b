"""The site says what ``settle`` says: every number of its tables, CSV files and days, in both languages.

Two operations. In the lane, four consumers of two tariffs and two roofs of two sellers, surplus that is sold,
shares of the co-operative, a member who joins; February, then March, when an hour is missing. In the yard, three
consumers.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mitoyen.clock import Clock, Month
from neighbours import commit, git, run
from reported import DRAWING, NOTHING, Table, day, exact, page, shown, table
from reported import csv as sheet

LANE = {
    "operation": """\
title: Les voisins
organiser: coop-toits
opened: 2026-01-01
step: PT60M
law: france
perimeter: {kind: extended, diameter: 1 km}
sellers: {coop-toits: {2026-01-01: {vat: normal}}, m-grange: {2026-01-01: {vat: franchise}}}
surplus:
  p-roof: {2026-01-01: {buyer: aggregator, price: 0.0450 EUR/kWh}}
reference:
  2026-02-01: {price: 0.1300 EUR/kWh, source: "an offer, before tax", checked: 2026-01-15}
source: {use: csv, with: {files: ["curves.csv"], unit: kWh}}
documents: {use: [text], with: {series: VO}}
""",
    "participants": """\
p-roof: {role: producer, meter: mtr-90, from: 2026-01-01, power: 36 kWp, seller: coop-toits}
p-barn: {role: producer, meter: mtr-91, from: 2026-01-01, power: 12 kWp, seller: m-grange}
m-a: {role: consumer, meter: mtr-01, from: 2026-01-01, tariff: residents}
m-b:
  {role: consumer, meter: mtr-02, from: 2026-01-01, tariff: residents,
   membership: {2026-02-10: {shares: 2, price: 50.00 EUR}}}
m-c: {role: consumer, meter: mtr-03, from: 2026-02-17, tariff: residents}
m-d: {role: consumer, meter: mtr-04, from: 2026-01-01, tariff: shops}
""",
    "keys": "2026-01-01: {rule: prorata, because: resolution 3}\n",
    "tariffs": """\
residents:
  2026-01-01:
    rule: flat
    with: {price: 0.1030 EUR/kWh, fee: 1.50 EUR/month, fee_per_kwh: 0.0050 EUR/kWh}
    because: resolution 4
shops:
  2026-01-01: {rule: flat, with: {price: 0.0900 EUR/kWh, minimum: 400.00 EUR/month}, because: resolution 5}
""",
}
YARD = {
    "operation": """\
title: La cour
organiser: coop-toits
opened: 2026-01-01
step: PT60M
source: {use: csv, with: {files: ["curves.csv"], unit: kWh}}
""",
    "participants": """\
p-yard: {role: producer, meter: mtr-91, from: 2026-01-01, power: 9 kWp}
m-e: {role: consumer, meter: mtr-02, from: 2026-01-01, tariff: all}
m-f: {role: consumer, meter: mtr-03, from: 2026-01-01, tariff: all}
m-g: {role: consumer, meter: mtr-04, from: 2026-01-01, tariff: all}
""",
    "keys": "2026-01-01: {rule: equal}\n",
    "tariffs": "all:\n  2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh}}\n",
}
METERS = ("mtr-01", "mtr-02", "mtr-03", "mtr-04", "mtr-90", "mtr-91")
MONTHS = ("2026-02", "2026-03")
ENERGIES = ("produced", "shared", "surplus", "consumed", "complement")
"""In the order of the pages."""
NAMES = {
    "fr": ("Produit", "Partagé", "Surplus", "Consommé", "Complément"),
    "en": ("Produced", "Shared", "Surplus", "Consumed", "Complement"),
}
WORDS = {"fr": {"2026-02": "février 2026", "2026-03": "mars 2026"}}
WORDS["en"] = {"2026-02": "February 2026", "2026-03": "March 2026"}
LANGS = pytest.mark.parametrize("lang", ["fr", "en"])


def curves() -> str:
    """Watt-hours that no one would guess: roofs from 7 to 20, the rest at all hours."""
    draw = random.Random(7)
    rows = [",".join(["time", *METERS])]
    for month in Month(2026, 2).through(Month(2026, 3)):
        clock = Clock.of_month(month, 3600, "Europe/Paris")
        for start, minute in zip(clock.utc().tolist(), clock.wall().minute.tolist(), strict=True):
            sun = 7 <= minute // 60 < 20
            values = [draw.randint(0, 2500) for _ in range(4)]
            values += [draw.randint(0, 9000) if sun else 0, draw.randint(0, 3000) if sun else 0]
            stamp = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            rows.append(",".join([stamp, *(f"{value / 1000:.3f}" for value in values)]))
    return "\n".join(rows) + "\n"


@dataclass(frozen=True)
class Site:
    folder: Path
    units: Mapping[tuple[str, str], Mapping[str, Any]]
    """The settle JSON by operation and month."""
    shares: Mapping[tuple[str, str], list[dict[str, str]]]
    """What ``show shares`` lists, likewise."""

    def path(self, lang: str, file: str) -> Path:
        return self.folder / ("en" if lang == "en" else "") / file

    def energy(self, operation: str, month: str, name: str) -> Decimal:
        return Decimal(self.units[operation, month]["energy"][name])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    repo = tmp_path_factory.mktemp("lane") / "repo"
    for name, files in (("voisins", LANE), ("cour", YARD)):
        folder = repo / "operations" / name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / f"{file}.yaml").write_text(text)
    (repo / "curves.csv").write_text(curves())
    (repo / ".gitignore").write_text(".mitoyen/\n*.csv\n")
    git(repo, "init", "--quiet")
    for name in ("voisins", "cour"):
        assert run(repo, "fetch", name, "--month", f"{MONTHS[0]}..{MONTHS[-1]}")[0] == 0
    code, said = run(repo, "settle", "--format", "json")
    assert code == 0
    commit(repo)
    units = {(unit["operation"], unit["month"]): unit for unit in json.loads(said)["units"]}
    shares = {
        key: list(
            csv.DictReader(
                io.StringIO(run(repo, "show", "shares", key[0], "--month", key[1], "--format", "csv")[1])
            )
        )
        for key in units
    }
    out = repo.parent / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*DRAWING)
        assert run(repo, "report", "--out", str(out))[0] == 0
    return Site(out, units, shares)


def percent(part: Decimal, whole: Decimal, lang: str) -> str:
    rate = Fraction(part) * 100 / Fraction(whole)
    return shown(Decimal(rate.numerator) / Decimal(rate.denominator), 1, lang) + (
        "%" if lang == "en" else "\u202f%"
    )


def same(found: Table, wanted: list[list[str]], foot: list[str] | None = None) -> None:
    assert found.rows == wanted
    if foot is not None:
        assert found.foot[1:] == foot


# --- energy ----------------------------------------------------------------------------------------------------


@LANGS
@pytest.mark.parametrize("operation", ["voisins", "cour"])
def test_the_months(site: Site, operation: str, lang: str) -> None:
    found = table(site.path(lang, f"{operation}/index.html"), "mois")
    energies = {month: [site.energy(operation, month, name) for name in ENERGIES] for month in MONTHS}
    sums = [sum(column, Decimal(0)) for column in zip(*energies.values(), strict=True)]

    def row(values: list[Decimal]) -> list[str]:
        rates = [percent(values[1], values[0], lang), percent(values[1], values[3], lang)]
        return [*(shown(value, 1, lang) for value in values), *rates]

    assert found.head[1:6] == [f"{name} kWh" for name in NAMES[lang]]
    same(found, [[WORDS[lang][month], *row(energies[month])] for month in MONTHS], row(sums))
    lines = sheet(site.path(lang, f"{operation}/chiffres/mois.csv"))
    for month, line in zip(MONTHS, lines, strict=True):
        cells = list(line.values())
        assert [exact(cell) for cell in cells[1:6]] == energies[month]


@LANGS
def test_the_tiles(site: Site, lang: str) -> None:
    """In whole kilowatt-hours, each against the month before."""
    tiles = page(site.path(lang, "voisins/index.html")).tiles
    before = "par rapport à février 2026" if lang == "fr" else "against February 2026"
    for name, energy in zip(NAMES[lang], ENERGIES, strict=True):
        was, now = (site.energy("voisins", month, energy) for month in MONTHS)
        change = shown((now - was) * 100 / was, 0, lang)
        sign = "" if now < was else "+"
        mark = "%" if lang == "en" else "\u202f%"
        assert tiles[name] == [f"{shown(now, 0, lang)} kWh", f"{sign}{change}{mark} {before}"]


@LANGS
def test_everyones_month(site: Site, lang: str) -> None:
    members = [one for one in site.units["voisins", "2026-03"]["members"] if one["role"] == "consumer"]
    found = page(site.path(lang, "voisins/argent.html")).tables["chacun"]
    energies, amounts = ("consumed", "shared", "complement"), ("net", "vat", "gross")
    same(
        found,
        [
            [
                one["id"],
                *(shown(Decimal(one[name]), 1, lang) for name in energies),
                *(shown(Decimal(one[name]), 2, lang) for name in amounts),
            ]
            for one in members
        ],
    )
    for line, one in zip(sheet(site.path(lang, "voisins/chiffres/chacun.csv")), members, strict=True):
        name, *cells = line.values()
        assert name == one["id"]
        assert [exact(cell) for cell in cells] == [Decimal(one[name]) for name in (*energies, *amounts)]


@LANGS
def test_what_producers_earned(site: Site, lang: str) -> None:
    found = page(site.path(lang, "voisins/argent.html")).tables["producteurs"]
    producers = [one for one in site.units["voisins", "2026-03"]["members"] if one["role"] == "producer"]
    energies, amounts = ("produced", "shared", "surplus"), ("revenue", "surplus_revenue")
    assert "surplus_revenue" in producers[1]
    assert "surplus_revenue" not in producers[0]  # the barn's is given to nobody who is named
    same(
        found,
        [
            [
                one["id"],
                *(shown(Decimal(one[name]), 1, lang) for name in energies),
                *(shown(Decimal(one[name]), 2, lang) if name in one else NOTHING for name in amounts),
            ]
            for one in producers
        ],
    )


@LANGS
def test_who_the_energy_went_to(site: Site, lang: str) -> None:
    found = page(site.path(lang, "voisins/index.html")).tables["groups"]
    members = [one for one in site.units["voisins", "2026-03"]["members"] if one["role"] == "consumer"]
    wanted = [
        [
            one["id"],
            *(shown(Decimal(one[name]), 1, lang) for name in ("shared", "consumed")),
            percent(Decimal(one["shared"]), Decimal(one["consumed"]), lang),
        ]
        for one in members
    ]
    same(found, wanted)


# --- the day ---------------------------------------------------------------------------------------------------


def steps(site: Site, operation: str, month: str) -> dict[str, list[dict[str, str]]]:
    """``show shares`` by local day."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in site.shares[operation, month]:
        at = datetime.fromisoformat(row["utc_start"].replace("Z", "+00:00")).astimezone(ZoneInfo("Europe/Paris"))
        found.setdefault(at.date().isoformat(), []).append(row)
    return found


def watt_hours(row: Mapping[str, str], kind: str) -> int:
    """Half up, of all whose column begins so."""
    total = sum((Decimal(value) for name, value in row.items() if name.startswith(kind)), Decimal(0))
    return int(shown(total * 1000, 0, "en").replace(",", ""))


def colours(site: Site, operation: str) -> list[str]:
    """Consumers by what they received in all: the order of a day's parts."""
    totals: dict[str, Decimal] = {}
    for month in MONTHS:
        for one in site.units[operation, month]["members"]:
            if one["role"] == "consumer":
                totals[one["id"]] = totals.get(one["id"], Decimal(0)) + Decimal(one["shared"])
    return sorted(totals, key=lambda name: (-totals[name], name))


@pytest.mark.parametrize("operation", ["voisins", "cour"])
@pytest.mark.parametrize("month", MONTHS)
def test_the_days_step_by_step(site: Site, operation: str, month: str) -> None:
    """Every step is what ``show shares`` says, to the watt-hour; the days of a month are its energy."""
    members = colours(site, operation)
    by_day = steps(site, operation, month)
    files = sorted((site.folder / operation / "jours").glob(f"{month}-*.js"))
    assert [file.stem for file in files] == sorted(by_day)
    sums = dict.fromkeys(("produced", "shared", "surplus", "consumed"), 0)
    count = 0
    for file in files:
        data, rows = day(file), by_day[file.stem]
        count += len(rows)
        assert (data["day"], data["minutes"]) == (file.stem, 60)
        for kind in ("produced", "consumed", "surplus"):
            assert data[kind] == [watt_hours(row, f"{kind}:") for row in rows]
            sums[kind] += sum(data[kind])
        for name, part in zip(members, data["parts"], strict=True):
            assert part == [watt_hours(row, f"shared:{name}") if f"shared:{name}" in row else 0 for row in rows]
            sums["shared"] += sum(part)
        produced, shared, consumed = (
            sum((Decimal(v) for row in rows for k, v in row.items() if k.startswith(kind)), Decimal(0))
            for kind in ("produced:", "shared:", "consumed:")
        )
        rate = int(shown(shared * 1000 / produced, 0, "en").replace(",", ""))
        whole = [int(shown(value * 1000, 0, "en").replace(",", "")) for value in (produced, shared, consumed)]
        assert data["totals"] == [*whole, rate]
    assert count == (672 if month == "2026-02" else 743)
    for kind, total in sums.items():
        off = Decimal(total) / 1000 - site.energy(operation, month, kind)
        assert abs(off) <= Decimal(count) / 2000 * (len(members) if kind == "shared" else 1)


@LANGS
def test_the_day_it_opens_with(site: Site, lang: str) -> None:
    """The last one: the table of the page, its CSV and its file say the same."""
    found = table(site.path(lang, "voisins/jour.html"), "jour")
    data = day(site.folder / "voisins" / "jours" / "2026-03-31.js")
    series = [data["produced"], *data["parts"], data["surplus"], data["consumed"]]
    for hour, row in enumerate(found.rows):
        assert row == [f"{hour:02d}:00", *(shown(Decimal(of[hour]) / 1000, 3, lang) for of in series)]
    assert len(found.rows) == 24
    assert [head.removesuffix(" kWh") for head in found.head[2:-2]] == colours(site, "voisins")
    for line, row in zip(sheet(site.path(lang, "voisins/chiffres/jour.csv")), found.rows, strict=True):
        at, *cells = line.values()
        assert at == row[0]
        assert [shown(exact(cell), 3, lang) for cell in cells] == row[1:]


def test_the_day_on_which_an_hour_is_missing(site: Site) -> None:
    data = day(site.folder / "voisins" / "jours" / "2026-03-29.js")
    assert data["at"] == [f"{hour:02d}:00" for hour in range(24) if hour != 2]
    assert data["where"] == [hour for hour in range(25) if hour != 2]
    assert "at" not in day(site.folder / "voisins" / "jours" / "2026-03-30.js")


# --- money -----------------------------------------------------------------------------------------------------


def owed(unit: Mapping[str, Any], tariff: str = "") -> dict[str, Decimal]:
    """What consumers owe, by what it is for."""
    sums = dict.fromkeys(("energy", "fees", "other"), Decimal(0))
    for one in unit["members"]:
        for line in one["lines"] if one["role"] == "consumer" else ():
            if tariff in ("", line.get("tariff")):
                what = {"energy": "energy", "fee": "fees", "fee_per_kwh": "fees"}.get(line["item"], "other")
                sums[what] += Decimal(line["amount"])
    return sums


@LANGS
def test_the_money(site: Site, lang: str) -> None:
    """Shares of the co-operative and a top-up to a minimum are other lines; a fee by the kilowatt-hour is a fee."""
    wanted = []
    for month in MONTHS:
        unit = site.units["voisins", month]
        sums = owed(unit)
        assert sum(sums.values()) == Decimal(unit["money"]["net"])
        wanted.append([*sums.values(), *(Decimal(unit["money"][name]) for name in ("net", "vat", "gross"))])
        wanted[-1].append(Decimal(unit["surplus"]["net"]))
    assert [row[2] for row in wanted] > [Decimal(100), Decimal(0)]
    found = page(site.path(lang, "voisins/argent.html"))
    same(
        found.tables["argent"],
        [
            [WORDS[lang][month], *(shown(v, 2, lang) for v in row)]
            for month, row in zip(MONTHS, wanted, strict=True)
        ],
        [shown(sum(column, Decimal(0)), 2, lang) for column in zip(*wanted, strict=True)],
    )
    for line, row in zip(sheet(site.path(lang, "voisins/chiffres/argent.csv")), wanted, strict=True):
        assert [exact(cell) for cell in list(line.values())[1:]] == row
    revenue = sum(
        Decimal(one["revenue"])
        for month in MONTHS
        for one in site.units["voisins", month]["members"]
        if one["role"] == "producer"
    )
    text = site.path(lang, "voisins/argent.html").read_text().replace("\u00a0", " ")
    assert (
        f"ont reçu {shown(revenue, 2, lang)} €" if lang == "fr" else f"earned {shown(revenue, 2, lang)} EUR"
    ) in text


@LANGS
def test_average_prices_and_savings(site: Site, lang: str) -> None:
    prices = sheet(site.path(lang, "voisins/chiffres/prix.csv"))
    savings = sheet(site.path(lang, "voisins/chiffres/economie.csv"))
    for month, line, saved in zip(MONTHS, prices, savings, strict=True):
        unit = site.units["voisins", month]
        for tariff, members in (("residents", {"m-a", "m-b", "m-c"}), ("shops", {"m-d"})):
            sums = owed(unit, tariff)
            energy = sum(Decimal(one["shared"]) for one in unit["members"] if one["id"] in members)
            [cell] = [value for name, value in line.items() if name.startswith(f"{tariff} ")]
            assert shown(exact(cell), 6, "en") == shown((sums["energy"] + sums["fees"]) / energy, 6, "en")
        sums, shared = owed(unit), site.energy("voisins", month, "shared")
        paid = sums["energy"] + sums["fees"]
        saving = Decimal(shown(shared * Decimal("0.13") - paid, 2, "en").replace(",", ""))
        assert [exact(cell) for cell in list(saved.values())[1:]] == [shared, Decimal("0.13"), paid, saving]


# --- indicators and the federation -------------------------------------------------------------------------------


@LANGS
def test_the_indicators(site: Site, lang: str) -> None:
    """By hand, from the steps and the amounts: this month, and both."""

    def of(months: tuple[str, ...]) -> list[str]:
        rows = [row for month in months for row in site.shares["voisins", month]]
        zone = ZoneInfo("Europe/Paris")

        def kwh(kind: str, some: list[dict[str, str]] = rows) -> Decimal:
            return sum((Decimal(v) for row in some for k, v in row.items() if k.startswith(kind)), Decimal(0))

        noon = [
            row
            for row in rows
            if 10 <= datetime.fromisoformat(row["utc_start"].replace("Z", "+00:00")).astimezone(zone).hour < 16
        ]
        produced, consumed, shared = kwh("produced:"), kwh("consumed:"), kwh("shared:")
        sums = [owed(site.units["voisins", month]) for month in months]
        paid = sum((one["energy"] + one["fees"] for one in sums), Decimal(0))
        return [
            percent(shared, consumed, lang),
            shown(paid / shared, 4, lang),
            percent(kwh("consumed:", noon), consumed, lang),
            percent(shared, produced, lang),
            percent(shared, min(produced, consumed), lang),
            shown(produced / 48, 1, lang),
        ]

    found = table(site.path(lang, "voisins/index.html"), "indicateurs")
    assert [row[1] for row in found.rows] == of(MONTHS[-1:])
    assert [row[2] for row in found.rows] == of(MONTHS)


@LANGS
def test_the_federation(site: Site, lang: str) -> None:
    lines = sheet(site.path(lang, "chiffres/federation.csv"))
    assert len(lines) == 12
    for month, line in zip(MONTHS, lines[-2:], strict=True):
        name, count, *energies = line.values()
        assert (name, count) == (WORDS[lang][month], "2")
        assert [exact(cell) for cell in energies] == [
            site.energy("voisins", month, energy) + site.energy("cour", month, energy) for energy in ENERGIES
        ]
    found = table(site.path(lang, "index.html"), "operations-1")
    wanted = []
    for name, title, power, plants, consumers in (
        ("cour", "La cour", 9, 1, 3),
        ("voisins", "Les voisins", 48, 2, 4),
    ):
        produced, shared, consumed = (site.energy(name, "2026-03", of) for of in ("produced", "shared", "consumed"))
        wanted.append(
            [
                title,
                shown(Decimal(power), 1, lang),
                str(plants),
                str(consumers),
                WORDS[lang]["2026-03"],
                shown(produced, 1, lang),
                shown(shared, 1, lang),
                percent(shared, produced, lang),
                percent(shared, consumed, lang),
                shown(site.energy(name, "2026-02", "shared"), 1, lang),
            ]
        )
    same(found, wanted)
