"""A change recomputes what it reaches, and nothing else: four months settled, then edited one way at a time.

Every case ends with the same question: had the months been settled from nothing, would the record be the same?
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import neighbours
from neighbours import curve, git, noon, write

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
STAGES = ("allocation", "pricing", "documents")

FILES = {
    **neighbours.FILES,
    "operation": neighbours.FILES["operation"].replace("*.csv", "curves/*.csv"),
    "tariffs": """\
residents:
  2026-01-01: {rule: flat, with: {price: 0.1650 EUR/kWh, fee: 2.00 EUR/month}, because: resolution 4}
""",
}


def run(repo: Path, *arguments: str) -> str:
    return neighbours.run(repo, *arguments)[1]


Prints = Mapping[str, Mapping[str, str]]


class Settled:
    """What ``settle --format json`` said of the one operation."""

    def __init__(self, text: str) -> None:
        self.units: dict[str, dict[str, Any]] = {unit["month"]: unit for unit in json.loads(text)["units"]}
        assert tuple(self.units) == MONTHS

    @property
    def prints(self) -> Prints:
        return {month: unit["fingerprint"] for month, unit in self.units.items()}

    @property
    def recomputed(self) -> dict[str, list[str]]:
        """The stages computed now, by month; months that came from the store as they were are left out."""
        assert all(unit["reused"] == (not unit["recomputed"]) for unit in self.units.values())
        return {month: unit["recomputed"] for month, unit in self.units.items() if unit["recomputed"]}

    def changed(self, before: Prints) -> dict[str, list[str]]:
        """The stages whose fingerprint is another one, by month."""
        found = {
            month: [stage for stage in STAGES if prints[stage] != before[month][stage]]
            for month, prints in self.prints.items()
        }
        return {month: stages for month, stages in found.items() if stages}


def record(repo: Path) -> dict[str, bytes]:
    """What is committed: pointers and manifests, by path."""
    folder = repo / "operations"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.glob("*/[ds]*/*.yaml"))
    }


def from_nothing(repo: Path) -> dict[str, bytes]:
    """The record of the same files and data with no cache and no manifest before it."""
    for kind in ("allocation", "pricing"):
        shutil.rmtree(repo / ".mitoyen" / kind)
    for folder in repo.glob("operations/*/settlements"):
        shutil.rmtree(folder)
    run(repo, "settle")
    return record(repo)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settled]:
    repo = tmp_path_factory.mktemp("first") / "repo"
    (repo / "curves").mkdir(parents=True)
    (repo / "curves" / "all.csv").write_text(curve("2026-01", "2026-04"))
    write(repo, **FILES)
    run(repo, "fetch", "voisins", "--month", "2026-01..2026-04")
    return repo, Settled(run(repo, "settle", "--format", "json"))


@pytest.fixture
def repo(first: tuple[Path, Settled], tmp_path: Path) -> Path:
    """A copy of the repository, settled."""
    return Path(shutil.copytree(first[0], tmp_path / "repo"))


@pytest.fixture
def before(first: tuple[Path, Settled]) -> Prints:
    """The fingerprints of the repository before anything is changed."""
    return first[1].prints


def settle(repo: Path) -> Settled:
    return Settled(run(repo, "settle", "--format", "json"))


# --- nothing ---------------------------------------------------------------------------------------------------


def test_the_first_time_everything_is_computed(first: tuple[Path, Settled]) -> None:
    _repo, settled = first
    assert settled.recomputed == {month: ["allocation", "pricing"] for month in MONTHS}
    # 31 days of 12 kWh, a quarter and three quarters of it.
    january = {member["id"]: member for member in settled.units["2026-01"]["members"]}
    assert (january["m-a"]["shared"], january["m-b"]["shared"]) == ("93.000000", "279.000000")


def test_the_second_time_nothing(repo: Path, before: Prints, mitoyen: Callable[..., Any]) -> None:
    kept = record(repo)
    again = Settled(mitoyen(repo, "settle", "--format", "json").stdout)
    assert (again.recomputed, again.changed(before)) == ({}, {})
    assert record(repo) == kept == from_nothing(repo)


REFORMATTED = {
    "operation": """\
# Everything said otherwise, nothing else said.
organiser: "coop-toits"


documents:
  with:
    series: 'VO'
  use:
  - text
source:
  with:
    unit: kWh
    files:
      - curves/*.csv   # relative to the repository
  use: csv
step: PT60M
timezone: Europe/Paris
opened: 2026-01-01
title: Les voisins de la rue du Four
limits: {member: 15 %, total: 5.0 %}
""",
    "participants": """\
m-b:
  tariff: residents
  from: 2026-01-01
  meter: mtr-02
  role: consumer
p-roof: {seller: coop-toits, power: 36000 W, from: 2026-01-01, meter: mtr-90, role: producer}
m-a: {tariff: residents, meter: mtr-01, from: 2026-01-01, role: consumer}
""",
    "keys": """\
2026-01-01:
  because: resolution 3 of the assembly of 2025-12-11
  checked: 2026-05-01
  with: {}
  rule: prorata
""",
    "tariffs": """\
residents:
  2026-01-01:
    with:
      fee: 2 €/month
      price: 0.1650 EUR/kWh
    rule: flat
    because: resolution 4, unanimous
""",
}


def test_reformatting_recomputes_nothing(repo: Path, before: Prints) -> None:
    """Comments, order, block and flow, quotes, defaults written out, reasons, a title."""
    kept = record(repo)
    write(repo, **REFORMATTED)
    again = settle(repo)
    assert (again.recomputed, again.changed(before)) == ({}, {})
    assert record(repo) == kept


def test_nor_does_another_way_to_write_a_number(repo: Path, before: Prints) -> None:
    kept = record(repo)
    for price in ("0.165 EUR/kWh", "16.50 c€/kWh", "0.165000 €/kWh"):
        write(repo, tariffs=FILES["tariffs"].replace("0.1650 EUR/kWh", price))
        again = settle(repo)
        assert (again.recomputed, again.changed(before)) == ({}, {})
        assert record(repo) == kept


SHARES = """\
2026-01-01: {{rule: static, with: {{shares: {{m-a: {0}, m-b: {1}}}}}, because: resolution 3}}
"""


def test_nor_of_a_share(repo: Path) -> None:
    write(repo, keys=SHARES.format("40 %", "60 %"))
    settled = settle(repo)
    kept = record(repo)
    write(repo, keys=SHARES.format("40.0 %", "60.000%"))
    assert settle(repo).changed(settled.prints) == {}
    assert record(repo) == kept == from_nothing(repo)


def test_the_same_price_has_the_same_record_from_nothing(repo: Path) -> None:
    kept = record(repo)
    write(repo, tariffs=FILES["tariffs"].replace("0.1650", "0.165"))
    assert from_nothing(repo) == kept


def test_a_commit_changes_nothing_on_record(repo: Path, before: Prints) -> None:
    """A manifest names the first commit that made it, not the last one that did not change it."""
    git(repo, "init", "--quiet")
    git(repo, "add", "operations")
    git(repo, "commit", "--quiet", "--message", "as it was")
    settle(repo)
    kept = record(repo)
    assert all(b"\ncommit: " in content for name, content in kept.items() if "settlements" in name)
    write(repo, **REFORMATTED)
    git(repo, "commit", "--quiet", "--all", "--message", "tidied up")
    again = settle(repo)
    assert (again.recomputed, again.changed(before)) == ({}, {})
    assert record(repo) == kept


# --- what is reached -------------------------------------------------------------------------------------------

PRICE_IN_MARCH = (
    FILES["tariffs"] + "  2026-03-01: {rule: flat, with: {price: 0.1590 EUR/kWh}, because: resolution 7}\n"
)
KEY_IN_FEBRUARY = FILES["keys"] + (
    "2026-02-15: {rule: static, with: {shares: {m-a: 40 %, m-b: 60 %}}, because: resolution 5}\n"
)
BACK_IN_MARCH = KEY_IN_FEBRUARY + "2026-03-01: {rule: prorata, because: resolution 6}\n"
LEAVES_IN_MARCH = FILES["participants"].replace(
    "mtr-02, from: 2026-01-01,", "mtr-02, from: 2026-01-01, to: 2026-03-16,"
)
OTHER_SERIES = FILES["operation"].replace("series: VO", "series: VX")
ALL = list(STAGES)
MONEY = ["pricing", "documents"]
"""What a change of price reaches: energy stays where it was."""


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        ({"tariffs": PRICE_IN_MARCH}, {"2026-03": MONEY, "2026-04": MONEY}),
        ({"keys": KEY_IN_FEBRUARY}, {"2026-02": ALL, "2026-03": ALL, "2026-04": ALL}),
        ({"keys": BACK_IN_MARCH}, {"2026-02": ALL}),
        ({"participants": LEAVES_IN_MARCH}, {"2026-03": ALL, "2026-04": ALL}),
        ({"operation": OTHER_SERIES}, {month: ["documents"] for month in MONTHS}),
        ({"keys": BACK_IN_MARCH, "tariffs": PRICE_IN_MARCH}, {"2026-02": ALL, "2026-03": MONEY, "2026-04": MONEY}),
    ],
    ids=["price", "key", "key and back", "member leaves", "format option", "key and back, and price"],
)
def test_a_change_reaches(files: dict[str, str], changed: dict[str, list[str]], repo: Path, before: Prints) -> None:
    kept = record(repo)
    write(repo, **files)
    after = settle(repo)
    assert after.changed(before) == changed
    computed = {month: [stage for stage in stages if stage != "documents"] for month, stages in changed.items()}
    assert after.recomputed == {month: stages for month, stages in computed.items() if stages}
    same = {name for name, content in record(repo).items() if kept[name] == content}
    assert {name for name in kept if name not in same} == {f"voisins/settlements/{one}.1.yaml" for one in changed}
    assert record(repo) == from_nothing(repo)


def test_back_to_the_files_of_before_is_back_to_their_record(repo: Path, before: Prints) -> None:
    kept = record(repo)
    write(repo, keys=KEY_IN_FEBRUARY)
    settle(repo)
    write(repo, keys=FILES["keys"])
    again = settle(repo)
    assert (again.recomputed, again.changed(before)) == ({}, {}), "all of it is still in the store"
    assert record(repo) == kept


def test_a_change_that_ends_in_the_same_energy_stops_there(repo: Path) -> None:
    """The roof gives enough for everyone: pro rata or equal parts, each one has what it consumes."""
    (repo / "curves" / "all.csv").write_text(curve("2026-01", "2026-04", roof=lambda _hour: 4))
    run(repo, "fetch", "voisins", "--month", "2026-01..2026-04")
    before = settle(repo).prints
    write(repo, keys=FILES["keys"].replace("prorata", "equal"))
    after = settle(repo)
    assert after.changed(before) == {month: ["allocation"] for month in MONTHS}
    assert after.recomputed == {month: ["allocation"] for month in MONTHS}
    assert record(repo) == from_nothing(repo)


def test_restated_data_of_january_reach_january(repo: Path, before: Prints) -> None:
    kept = record(repo)
    (repo / "restated").mkdir()
    january = curve("2026-01", roof=lambda hour: noon(hour) and 3)
    rest = curve("2026-02", "2026-04").partition("\n")[2]
    (repo / "restated" / "all.csv").write_text(january + rest)
    months = "2026-01..2026-04"
    run(repo, "fetch", "voisins", "--month", months, "--file", str(repo / "restated" / "all.csv"))
    after = settle(repo)
    assert after.changed(before) == {"2026-01": ALL}
    assert after.recomputed == {"2026-01": ["allocation", "pricing"]}
    assert after.units["2026-01"]["energy"]["produced"] == "558.000000"  # 31 days of 6 hours of 3 kWh
    changed = {name for name, content in record(repo).items() if kept[name] != content}
    assert changed == {"voisins/data/2026-01.yaml", "voisins/settlements/2026-01.1.yaml"}
    assert record(repo) == from_nothing(repo)


# --- how it was computed -----------------------------------------------------------------------------------------


def test_another_executor_gives_the_same_bytes(repo: Path, mitoyen: Callable[..., Any]) -> None:
    """Three operations, so that there is something to spread."""
    folder = repo / "operations"
    for name in ("allee", "cour"):
        shutil.copytree(folder / "voisins", folder / name, ignore=shutil.ignore_patterns("settlements"))
    (folder / "cour" / "keys.yaml").write_text(KEY_IN_FEBRUARY)
    other = Path(shutil.copytree(repo, repo.with_name("other")))
    one = mitoyen(repo, "settle", "--format", "json").stdout
    two = mitoyen(other, "settle", "--format", "json", "--executor", "processes").stdout
    assert len(json.loads(one)["units"]) == 12
    assert json.loads(one) == json.loads(two)
    assert record(repo) == record(other)


def test_what_is_kept_is_said_in_the_same_order(first: tuple[Path, Settled], repo: Path) -> None:
    computed, kept = first[1].units["2026-01"]["members"], settle(repo).units["2026-01"]["members"]
    assert json.dumps(computed) == json.dumps(kept)
