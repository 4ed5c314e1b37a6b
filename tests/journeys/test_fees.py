"""What a member pays beside the price of energy, August 2026: m-a receives 3 kWh a day, 93 in the month."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neighbours import FILES, curve, git, run, write

FRANCE = "law: france\nperimeter: {kind: extended, diameter: 1 km}\n"
TWO_SELLERS = (
    FRANCE + "sellers: {coop-toits: {2026-01-01: {vat: normal}}, mairie: {2026-01-01: {vat: franchise}}}\n"
)
SECOND_ROOF = "p-school: {role: producer, meter: mtr-91, from: 2026-01-01, power: 36 kWp, seller: mairie}\n"


@pytest.fixture
def voisins(tmp_path: Path) -> Path:
    repo = tmp_path / "repo"
    write(repo, **FILES)
    (repo / "2026-08.csv").write_text(curve("2026-08"))
    git(repo, "init", "--quiet")
    assert run(repo, "fetch", "voisins", "--month", "2026-08")[0] == 0
    return repo


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A second roof, of another seller, that gives as much: m-a has 3 kWh a day of each."""
    repo = tmp_path / "repo"
    operation = FILES["operation"] + TWO_SELLERS
    write(repo, **FILES | {"operation": operation, "participants": FILES["participants"] + SECOND_ROOF})
    head, *rows = curve("2026-08").splitlines()
    both = [f"{head},mtr-91", *(f"{row},{row.rpartition(',')[2]}" for row in rows)]
    (repo / "2026-08.csv").write_text("\n".join(both) + "\n")
    git(repo, "init", "--quiet")
    assert run(repo, "fetch", "voisins", "--month", "2026-08")[0] == 0
    return repo


def tariff(*entries: str) -> str:
    return "residents:\n" + "".join(f"  {entry}\n" for entry in entries)


def bill(repo: Path, tariffs: str, member: str = "m-a") -> list[str]:
    write(repo, tariffs=tariffs)
    code, told = run(repo, "settle", "voisins", "--format", "json")
    assert code == 0
    [one] = [one for one in json.loads(told)["units"][0]["members"] if one["id"] == member]
    lines = [
        f"{line.get('seller', '')} {line['item']} from {line['from'][8:]}: "
        f"{line['quantity'].removesuffix('.000000')} x {line['price']} = {line['amount']}".strip()
        for line in one["lines"]
    ]
    return [*lines, one["net"]]


def test_a_fee_by_the_kilowatt_hour(voisins: Path) -> None:
    tariffs = tariff("2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh, fee_per_kwh: 0.0050 EUR/kWh}}")
    assert bill(voisins, tariffs) == [
        "energy from 01: 93 x 0.1000 = 9.30",
        "fee_per_kwh from 01: 93 x 0.0050 = 0.47",  # 0.465
        "9.77",
    ]


def test_the_organiser_asks_for_it_once_whoever_sells(two: Path) -> None:
    """186 x 0.0050 = 0.93, where two lines of 0.465 would be 0.94; VAT of a service, and nothing for producers."""
    fees = "fee: 3.10 EUR/month, fee_per_kwh: 0.0050 EUR/kWh"
    tariffs = tariff(f"2026-01-01: {{rule: flat, with: {{price: 0.1000 EUR/kWh, {fees}}}}}")
    assert bill(two, tariffs) == [
        "coop-toits energy from 01: 93 x 0.1000 = 9.30",
        "coop-toits fee from 01: 1 x 3.10 = 3.10",
        "mairie energy from 01: 93 x 0.1000 = 9.30",
        "coop-toits fee_per_kwh from 01: 186 x 0.0050 = 0.93",
        "22.63",
    ]
    _code, told = run(two, "settle", "voisins", "--format", "json")
    members = {one["id"]: one for one in json.loads(told)["units"][0]["members"]}
    # m-a 93 and m-b 279 kWh of each roof; 9.30 + 3.10 + 0.93 = 13.33 at 20 % is 2.666.
    assert {name: one["revenue"] for name, one in members.items() if name.startswith("p-")} == {
        "p-roof": "37.20",
        "p-school": "37.20",
    }
    assert [(one["seller"], one["net"], one["vat"]) for one in members["m-a"]["taxes"]] == [
        ("coop-toits", "13.33", "2.67"),
        ("mairie", "9.30", "0.00"),
    ]
    assert [line["supply"] for line in members["m-a"]["lines"] if line["item"] == "fee_per_kwh"] == ["service"]


def test_a_fee_of_every_seller_is_explained(two: Path) -> None:
    fees = "fee_per_kwh: 0.0050 EUR/kWh"
    bill(two, tariff(f"2026-01-01: {{rule: flat, with: {{price: 0.1000 EUR/kWh, {fees}}}}}"))
    _code, told = run(two, "explain", "voisins", "--month", "2026-08", "--member", "m-a", "--line", "3")
    said = " ".join(told.split())
    assert "frais par kWh" in said
    assert "186,000 kWh" in said


def test_a_minimum_tops_up_the_energy_of_the_month(voisins: Path) -> None:
    tariffs = tariff("2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh, minimum: 12.00 EUR/month}}")
    assert bill(voisins, tariffs) == [
        "energy from 01: 93 x 0.1000 = 9.30",
        "minimum from 01: 1 x 2.70 = 2.70",
        "12.00",
    ]
    assert bill(voisins, tariffs, "m-b") == ["energy from 01: 279 x 0.1000 = 27.90", "27.90"]
    assert bill(voisins, tariffs.replace("12.00", "9.30"))[1:] == ["9.30"]


def test_a_minimum_is_that_of_the_month_whatever_cuts_it(voisins: Path) -> None:
    """10 days at 0.20 make 6.00, 21 at 0.05 make 3.15; the minimum is 3.00 + 6.30, not 6.00 + 6.30."""
    entries = (
        "2026-01-01: {rule: flat, with: {price: 0.2000 EUR/kWh, minimum: 9.30 EUR/month}}",
        "2026-08-11: {rule: flat, with: {price: 0.0500 EUR/kWh, minimum: 9.30 EUR/month}, because: resolution 7}",
    )
    assert bill(voisins, tariff(*entries)) == [
        "energy from 01: 30 x 0.2000 = 6.00",
        "energy from 11: 63 x 0.0500 = 3.15",
        "minimum from 01: 1 x 0.15 = 0.15",
        "9.30",
    ]


def test_a_minimum_holds_for_its_own_days(voisins: Path) -> None:
    """From the 11th on it is 21/31 of 9.30, and the energy of these days counts."""
    entries = (
        "2026-01-01: {rule: flat, with: {price: 0.2000 EUR/kWh}}",
        "2026-08-11: {rule: flat, with: {price: 0.0500 EUR/kWh, minimum: 9.30 EUR/month}, because: resolution 7}",
    )
    assert bill(voisins, tariff(*entries)) == [
        "energy from 01: 30 x 0.2000 = 6.00",
        "energy from 11: 63 x 0.0500 = 3.15",
        "minimum from 11: 1 x 3.15 = 3.15",
        "12.30",
    ]


def test_a_minimum_is_for_the_energy_of_all_sellers(two: Path) -> None:
    tariffs = tariff("2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh, minimum: 20.00 EUR/month}}")
    assert bill(two, tariffs) == [
        "coop-toits energy from 01: 93 x 0.1000 = 9.30",
        "mairie energy from 01: 93 x 0.1000 = 9.30",
        "coop-toits minimum from 01: 1 x 1.40 = 1.40",
        "20.00",
    ]


def test_a_minimum_says_where_it_is_written(voisins: Path) -> None:
    entry = "2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh, minimum: 12.00 EUR/month}}"
    bill(voisins, tariff(entry))
    _code, told = run(voisins, "explain", "voisins", "--month", "2026-08", "--member", "m-a", "--line", "2")
    said = " ".join(told.split())
    assert "complément au minimum du mois" in said
    assert "12.00 EUR/month" in said
    assert f"tariffs.yaml:2:{entry.index('12.00') + 3}" in said
