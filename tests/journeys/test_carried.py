"""A rule that remembers: the first 200 kWh of a year at 10 cents, the rest at 20. Months hang together, in order.

m-a receives 3 kWh a day: 93, 84, 93 and 90 from January to April, so the 200th in March. m-b receives 9 a day, 279
in January: beyond in January already.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mitoyen import workspace
from mitoyen.contracts import Charges, Energy, Line, TariffRule
from mitoyen.hookspecs import hookimpl
from mitoyen.host import Host
from neighbours import FILES, commit, curve, git, run, write

MONTHS = ["2026-01", "2026-02", "2026-03", "2026-04"]
YEARLY = """\
residents:
  2026-01-01: {rule: yearly, with: {upto: 200 kWh, price: 0.1000 EUR/kWh, beyond: 0.2000 EUR/kWh}}
"""


def price(energy: Energy) -> Charges:
    upto, shared = energy.options["upto"], int(energy.shared.sum())
    used = energy.carried.get("used", 0)
    below = min(shared, upto - used)
    lines = [Line("tier:1", below, "kWh", energy.options["price"], ("price",))] if below else []
    lines += (
        [Line("tier:2", shared - below, "kWh", energy.options["beyond"], ("beyond",))] if shared > below else []
    )
    return Charges(tuple(lines), carried={"used": used + below})


def priced(name: str) -> dict[str, str]:
    return {"type": "string", "format": name, "description": "…"}


RULE = TariffRule(
    id="yearly",
    version=1,
    title="So much of a year at a price",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["upto", "price", "beyond"],
        "properties": {"upto": priced("energy"), "price": priced("price"), "beyond": priced("price")},
    },
    price=price,
    carries=True,
)


class Plugin:
    @hookimpl
    def mitoyen_tariff_rules(self) -> Iterator[TariffRule]:
        yield RULE


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule beside everything that is installed."""
    points = {point.name: point.load() for point in entry_points(group="mitoyen")}
    host = Host([*((name, name, module) for name, module in points.items()), ("yearly", "yearly 1", Plugin())])
    monkeypatch.setattr(workspace, "installed", lambda: host)


@pytest.fixture
def voisins(tmp_path: Path) -> Path:
    """Four months fetched, none settled."""
    repo = tmp_path / "repo"
    write(repo, **FILES | {"tariffs": YEARLY})
    (repo / "curves.csv").write_text(curve("2026-01", "2026-04"))
    (repo / "operations" / "voisins" / "operation.yaml").write_text(
        FILES["operation"].replace("*.csv", "curves.csv")
    )
    git(repo, "init", "--quiet")
    (repo / ".gitignore").write_text("*.csv\n")
    for month in MONTHS:
        assert run(repo, "fetch", "voisins", "--month", month)[0] == 0
    return repo


def settled(repo: Path, *arguments: str) -> dict[str, SimpleNamespace]:
    """By month, who pays what for which energy, and the stages that were computed."""
    code, told = run(repo, "settle", "voisins", "--format", "json", *arguments)
    assert code == 0
    return {
        unit["month"]: SimpleNamespace(
            recomputed=unit["recomputed"],
            fingerprint=unit["fingerprint"],
            bills={one["id"]: bill(one) for one in unit["members"] if one["role"] == "consumer"},
        )
        for unit in json.loads(told)["units"]
    }


def bill(member: Mapping[str, Any]) -> list[str]:
    return [f"{line['quantity'].removesuffix('.000000')} at {line['price'][:4]}" for line in member["lines"]]


def record(repo: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (repo / "operations/voisins/settlements").glob("*.yaml")}


def forget(repo: Path) -> None:
    """No cache, no manifest."""
    for kind in ("allocation", "pricing"):
        shutil.rmtree(repo / ".mitoyen" / kind, ignore_errors=True)
    shutil.rmtree(repo / "operations/voisins/settlements", ignore_errors=True)


def test_months_hang_together(voisins: Path) -> None:
    assert {month: one.bills for month, one in settled(voisins).items()} == {
        "2026-01": {"m-a": ["93 at 0.10"], "m-b": ["200 at 0.10", "79 at 0.20"]},
        "2026-02": {"m-a": ["84 at 0.10"], "m-b": ["252 at 0.20"]},
        "2026-03": {"m-a": ["23 at 0.10", "70 at 0.20"], "m-b": ["279 at 0.20"]},
        "2026-04": {"m-a": ["90 at 0.20"], "m-b": ["270 at 0.20"]},
    }
    assert all(not one.recomputed for one in settled(voisins).values())


def test_a_month_alone_knows_those_before_it(voisins: Path) -> None:
    settled(voisins)
    whole = record(voisins)
    forget(voisins)
    alone = settled(voisins, "--month", "2026-03")
    assert alone["2026-03"].bills["m-a"] == ["23 at 0.10", "70 at 0.20"]
    assert record(voisins) == {"2026-03.1.yaml": whole["2026-03.1.yaml"]}
    settled(voisins)
    assert record(voisins) == whole


def test_a_restated_month_moves_the_next_ones_where_what_it_hands_on_differs(voisins: Path) -> None:
    settled(voisins)

    def restated(consumed: tuple[int, int]) -> dict[str, list[str]]:
        (voisins / "curves.csv").write_text(curve("2026-01", consumed=consumed) + later)
        assert run(voisins, "fetch", "voisins", "--month", "2026-01")[0] == 0
        return {month: one.recomputed for month, one in settled(voisins).items() if one.recomputed}

    later = curve("2026-02", "2026-04").partition("\n")[2]
    # All of the roof goes to m-b, that was beyond 200 kWh already; m-a has 93 kWh less of its own.
    assert restated((0, 4)) == {
        "2026-01": ["allocation", "pricing"],
        "2026-02": ["pricing"],
        "2026-03": ["pricing"],
        "2026-04": ["pricing"],
    }
    # m-b consumes more, and receives the same: January's energy, complement and all that is said of it, no more.
    assert restated((0, 5)) == {"2026-01": ["allocation", "pricing"]}


def test_what_a_price_does_is_no_business_of_the_next_month(voisins: Path) -> None:
    later = "  2026-02-01: {rule: yearly, with: {upto: 200 kWh, price: 0.1000 EUR/kWh, beyond: 0.2000 EUR/kWh}, "
    tariffs = YEARLY + later + "because: resolution 7}\n"
    write(voisins, tariffs=tariffs)
    settled(voisins)
    write(voisins, tariffs=tariffs.replace("0.1000", "0.1100", 1))
    assert {m: one.recomputed for m, one in settled(voisins).items() if one.recomputed} == {"2026-01": ["pricing"]}


def test_a_month_that_is_missing_is_named(voisins: Path) -> None:
    (voisins / "operations/voisins/data/2026-02.yaml").unlink()
    code, told = run(voisins, "settle", "voisins", "--month", "2026-03", "--format", "json")
    assert code == 1
    [finding] = json.loads(told)["findings"]
    assert finding["code"] == "ACC428"
    assert finding["message"] == "2026-03 of voisins goes on from 2026-02, and there is no meter data of 2026-02"
    assert finding["help"].endswith("mitoyen fetch voisins --month 2026-02")
    code, told = run(voisins, "settle", "voisins", "--format", "json")
    assert [unit["month"] for unit in json.loads(told)["units"]] == ["2026-01"]


def test_who_joins_later_needs_no_month_before(voisins: Path) -> None:
    (voisins / "operations/voisins/data/2026-01.yaml").unlink()
    people = (
        FILES["participants"]
        .replace("mtr-01, from: 2026-01-01", "mtr-01, from: 2026-02-01")
        .replace("mtr-02, from: 2026-01-01", "mtr-02, from: 2026-02-11")
    )
    write(voisins, participants=people)
    # Alone for ten days m-a has all that it consumes, 60, then 54 in February.
    assert settled(voisins)["2026-03"].bills["m-a"] == ["86 at 0.10", "7 at 0.20"]


def test_the_state_of_a_rule_waits_while_another_one_is_in_force(voisins: Path) -> None:
    flat = "  2026-02-01: {rule: flat, with: {price: 0.3000 EUR/kWh}, because: resolution 7}\n"
    again = (
        YEARLY.splitlines()[1].replace("2026-01-01", "2026-03-01").removesuffix("}") + ", because: resolution 8}\n"
    )
    write(voisins, tariffs=YEARLY + flat + again)
    bills = {month: one.bills["m-a"] for month, one in settled(voisins).items()}
    assert bills["2026-02"] == ["84 at 0.30"]
    assert bills["2026-03"] == ["93 at 0.10"]  # 186 so far
    assert bills["2026-04"] == ["14 at 0.10", "76 at 0.20"]


def test_verify_and_plan_walk_the_months_too(voisins: Path) -> None:
    commit(voisins)
    settled(voisins)
    commit(voisins)
    assert run(voisins, "verify")[0] == 0
    later = "  2026-02-01: {rule: yearly, with: {upto: 300 kWh, price: 0.1000 EUR/kWh, beyond: 0.2000 EUR/kWh}, "
    write(voisins, tariffs=YEARLY + later + "because: resolution 7}\n")
    _code, told = run(voisins, "plan", "--format", "json")
    [plan] = json.loads(told)["operations"]
    moved = {
        unit["month"]: {one["id"]: one["difference"] for one in unit["members"] if one["difference"] != "0.00"}
        for unit in plan["units"]
    }
    # 100 kWh more at 10 cents less: m-b in February, m-a 70 in March and the last 30 in April.
    assert moved == {"2026-02": {"m-b": "-10.00"}, "2026-03": {"m-a": "-7.00"}, "2026-04": {"m-a": "-3.00"}}


def test_a_month_without_such_a_rule_has_no_word_of_it(voisins: Path) -> None:
    write(voisins, tariffs=FILES["tariffs"])
    plain = settled(voisins)
    group = YEARLY.replace("residents", "others")
    people = FILES["participants"] + "m-c: {role: consumer, meter: mtr-03, from: 2026-05-01, tariff: others}\n"
    write(voisins, tariffs=FILES["tariffs"] + group, participants=people)
    assert {m: one.fingerprint for m, one in settled(voisins).items()} == {
        m: one.fingerprint for m, one in plain.items()
    }
