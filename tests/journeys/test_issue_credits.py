"""A credit note of each kind of charge takes back what was asked, to the cent, and what follows is right.

m-a receives 3 kWh a day, 93 in January, at 10 cents; then the price is 9 cents from the start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from billed import COOP, OPERATION, SIREN, fetch, issued, people, village
from mitoyen.ledger import Ledger
from neighbours import FILES, commit, curve, run, write

RESALE = """\
surplus:
  p-roof:
    2026-01-01: {buyer: trader, price: 0.0500 EUR/kWh, vat: reverse-charge, resells: true, because: a contract}
"""
TRADER = COOP.replace(SIREN, "732829320").replace("FR96", "FR44").replace("Toits du Bourg", "Soleil Négoce")


@dataclass(frozen=True)
class Case:
    """What an operation has, and by hand what m-a is asked, then what it is asked instead."""

    asked: str
    instead: str
    operation: str = OPERATION
    participants: str = FILES["participants"]
    files: Mapping[str, str] = field(default_factory=dict)


CASES = {
    # 9.30 + 1.86; 8.37 + 1.674
    "normal": Case("11.16", "10.04"),
    "franchise": Case("9.30", "8.37", OPERATION.replace("vat: normal", "vat: franchise")),
    # 15 days without VAT, 4.50; 16 days, 48 kWh, 4.80 + 0.96. Then 4.05, and 4.32 + 0.864.
    "two rates in a month": Case(
        "10.26",
        "9.23",
        OPERATION.replace(
            "{2026-01-01: {vat: normal, because: an accountant}}",
            "{2026-01-01: {vat: franchise}, 2026-01-16: {vat: normal, because: beyond the threshold}}",
        ),
    ),
    # 93 kWh at 0.02998 are 2.78814: 2.79; VAT of 12.09 is 2.418. Then of 11.16: 2.232.
    "excise inside the base of VAT": Case(
        "14.51",
        "13.39",
        OPERATION + "excise: {2026-01-01: {due: true, because: the board was told so}}\n",
        FILES["participants"].replace("tariff: residents", "tariff: residents, power: 6 kVA"),
    ),
    # 16 days, 48 kWh: 4.80 + 0.96. Then 4.32 + 0.864.
    "who left on the 17th": Case(
        "5.76",
        "5.18",
        participants=FILES["participants"].replace(
            "mtr-01, from: 2026-01-01,", "mtr-01, from: 2026-01-01, to: 2026-01-17,"
        ),
    ),
    # 2.00 EUR a month: 11.30 + 2.26. Then 10.37 + 2.074.
    "a fee": Case(
        "13.56",
        "12.44",
        files={"tariffs": FILES["tariffs"].replace("0.1000 EUR/kWh", "0.1000 EUR/kWh, fee: 2.00 EUR/month")},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_taken_back_and_asked_again(case: Case, tmp_path: Path) -> None:
    files = {"operation": case.operation, "participants": case.participants, **case.files}
    repo = village(tmp_path / "repo", "2026-01", **files)
    first = [one for one in issued(repo, "2026-01", "2026-02-05") if " m-a " in one]
    assert first == [f"VO2026-000001 invoice m-a {case.asked}"]
    tariffs = case.files.get("tariffs", FILES["tariffs"])
    write(repo, tariffs=tariffs.replace("0.1000", "0.0900"))
    commit(repo, "A lower price from the start")
    then = [one.split(" ", 1)[1] for one in issued(repo, "2026-01", "2026-02-06") if " m-a " in one]
    assert then == [f"credit m-a -{case.asked}", f"invoice m-a {case.instead}"]
    ledger = Ledger(tmp_path / "register")
    documents = {one.type: one for one in ledger.invoices() if one.buyer_id == "m-a" and one.type == "credit"}
    assert all(line.price >= 0 and line.quantity < 0 for line in documents["credit"].lines)
    assert run(repo, "verify")[0] == 0


def test_surplus_without_vat_is_taken_back_without(tmp_path: Path) -> None:
    """m-b is away: of the roof's 2 kWh an hour m-a takes 1; 186 kWh at 5 cents are 9.30, at 6 cents 11.16."""
    repo = village(tmp_path / "repo", operation=OPERATION + RESALE)
    people(repo, trader=TRADER)
    fetch(repo, "2026-01", consumed=(1, 0))
    commit(repo, "The data")
    assert [one for one in issued(repo, "2026-01", "2026-02-05") if "trader" in one] == [
        "VO2026-000002 invoice trader 9.30"
    ]
    write(repo, operation=(OPERATION + RESALE).replace("0.0500", "0.0600"))
    commit(repo, "A better price")
    assert issued(repo, "2026-01", "2026-02-06") == [
        "VO2026-000003 credit trader -9.30",
        "VO2026-000004 invoice trader 11.16",
    ]
    run(repo, "documents", "voisins", "--month", "2026-01", "--out", str(tmp_path / "out"))
    assert "Autoliquidation" in (tmp_path / "out" / "VO2026-000003.txt").read_text()


def two_roofs(repo: Path, month: str, a: int) -> None:
    """The second roof gives half of the first; m-a consumes so much an hour."""
    header, *rows = curve(month, consumed=(a, 3)).splitlines()
    more = [f"{row},{int(row.rsplit(',', 1)[1]) // 2}" for row in rows]
    (repo / "curves.csv").write_text("\n".join([f"{header},mtr-91", *more]) + "\n")
    run(repo, "fetch", "voisins", "--month", month, "--file", str(repo / "curves.csv"))
    commit(repo, f"The data of {month}")


def test_what_is_paid_for_energy_is_what_producers_earn(tmp_path: Path) -> None:
    """Two roofs, a price that never comes out even, a restated month: over the register, to the cent."""
    second = "p-second: {role: producer, meter: mtr-91, from: 2026-01-01, power: 9 kWp, seller: coop-toits}\n"
    repo = village(
        tmp_path / "repo",
        tariffs=FILES["tariffs"].replace("0.1000", "0.123457"),
        participants=FILES["participants"] + second,
    )
    for month, day in (("2026-01", "2026-02-05"), ("2026-02", "2026-03-05"), ("2026-03", "2026-04-05")):
        two_roofs(repo, month, 1)
        issued(repo, month, day)
    commit(repo, "Issued")
    two_roofs(repo, "2026-02", 2)
    assert len(issued(repo, "2026-02", "2026-04-20")) == 4
    paid = sum(
        line.amount
        for invoice in Ledger(tmp_path / "register").invoices()
        for line in invoice.lines
        if line.unit == "kWh"
    )
    units = json.loads(run(repo, "settle", "--format", "json")[1])["units"]
    earned = [Decimal(one["revenue"]) for unit in units for one in unit["members"] if one["role"] == "producer"]
    assert len(earned) == 6
    assert paid == sum(earned)
