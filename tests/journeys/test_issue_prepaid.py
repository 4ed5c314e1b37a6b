"""Packages of energy on invoices: a deposit when it is bought, months that draw on it, what is left given back.

August 2026: each neighbour has 1 kWh in each of six hours a day, 6 kWh a day, 186 in the month. m-a buys 100 kWh at
14 cents, 14.00 EUR, 16.80 with VAT; it is used up on the 17th, and the other 86 kWh cost 17 cents: 14.62, VAT 2.92.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from billed import OPERATION, fetch, issued, village
from mitoyen.diagnostics import Refused
from neighbours import FILES, commit, run, write

PEOPLE = FILES["participants"].replace(
    "mtr-01, from: 2026-01-01, tariff: residents", "mtr-01, from: 2026-08-01, tariff: card"
)
CARD = FILES["tariffs"] + (
    "card:\n  2026-01-01: {rule: prepaid, with: {price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh, refund: true}}\n"
)
HUNDRED = "m-a: {2026-08-01: 100 kWh}\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    files = {"operation": OPERATION, "participants": PEOPLE, "tariffs": CARD, "packages": HUNDRED}
    return village(tmp_path / "repo", **files)


def measured(repo: Path, month: str = "2026-08") -> None:
    fetch(repo, month, consumed=(2, 2))
    commit(repo, f"The data of {month}")


def bought(repo: Path) -> list[str]:
    told = run(repo, "issue", "--deposits", "--month", "2026-08", "--date", "2026-08-03", "--format", "json")[1]
    rows: list[dict[str, Any]] = json.loads(told)["deposits"]
    return [f"{one['number']} {one['type']} {one['buyer']} {one['gross']}" for one in rows]


def text_of(repo: Path, number: str, month: str = "2026-08") -> str:
    run(repo, "documents", "voisins", "--month", month, "--out", str(repo.parent / "out"))
    return (repo.parent / "out" / f"{number}.txt").read_text()


def test_a_package_is_invoiced_when_it_is_bought(repo: Path) -> None:
    """Before anything of August is measured; August's invoice then cites it."""
    assert bought(repo) == ["VO2026-000001 deposit m-a 16.80"]
    assert bought(repo) == []
    measured(repo)
    assert issued(repo, "2026-08", "2026-09-05") == [
        "VO2026-000002 invoice m-a 17.54",  # 14.62 + 2.92
        "VO2026-000003 invoice m-b 22.32",  # 186 at 10 cents
    ]
    text = text_of(repo, "VO2026-000002")
    assert "refers to invoice VO2026-000001 of 2026-08-03" in text
    assert "-100.000 kWh x 0.1400" in text
    assert "VO2026-000001" in (repo / "operations/voisins/settlements/2026-08.1.yaml").read_text()
    assert run(repo, "verify")[0] == 0


def test_nothing_is_bought_before_anybody_takes_part(repo: Path) -> None:
    told = run(repo, "issue", "voisins", "--deposits", "--month", "2025-12", "--format", "json")[1]
    assert json.loads(told)["deposits"] == []


def test_or_with_the_month_in_which_it_was(repo: Path) -> None:
    measured(repo)
    assert issued(repo, "2026-08", "2026-09-05") == [
        "VO2026-000001 deposit m-a 16.80",
        "VO2026-000002 invoice m-a 17.54",
        "VO2026-000003 invoice m-b 22.32",
    ]
    assert "refers to invoice VO2026-000001 of 2026-09-05" in text_of(repo, "VO2026-000002")
    assert issued(repo, "2026-08", "2026-09-06") == []


def test_a_month_that_only_draws_costs_nothing_and_is_invoiced(repo: Path) -> None:
    """300 kWh last into September: August is 186 kWh at 14 cents, 26.04 - 26.04."""
    write(repo, packages="m-a: {2026-08-01: 300 kWh}\n")
    measured(repo)
    assert issued(repo, "2026-08", "2026-09-05")[:2] == [
        "VO2026-000001 deposit m-a 50.40",
        "VO2026-000002 invoice m-a 0.00",
    ]
    text = text_of(repo, "VO2026-000002")
    assert "186.000 kWh x 0.1400 €/kWh                                        26.04 €" in text
    assert "To pay                                                                 0.00 €" in text


def test_what_is_left_is_given_back_to_who_leaves(repo: Path) -> None:
    """Ten days of 6 kWh of a hundred: 40 are left, 5.60 EUR, 6.72 with VAT, a credit note of the deposit."""
    leaves = PEOPLE.replace("from: 2026-08-01, tariff", "from: 2026-08-01, to: 2026-08-11, tariff")
    write(repo, participants=leaves)
    measured(repo)
    assert issued(repo, "2026-08", "2026-09-05")[:3] == [
        "VO2026-000001 deposit m-a 16.80",
        "VO2026-000002 invoice m-a 0.00",
        "VO2026-000003 credit m-a -6.72",
    ]
    assert "refers to invoice VO2026-000001" in text_of(repo, "VO2026-000003")
    assert run(repo, "verify")[0] == 0


def test_what_was_given_back_is_given_back_once(repo: Path) -> None:
    """m-a leaves a day later than was written: 66 kWh were drawn, 34 are left, 4.76 EUR, 5.71 with VAT."""
    leaves = PEOPLE.replace("from: 2026-08-01, tariff", "from: 2026-08-01, to: 2026-08-11, tariff")
    write(repo, participants=leaves)
    measured(repo)
    issued(repo, "2026-08", "2026-09-05")
    write(repo, participants=leaves.replace("2026-08-11", "2026-08-12"))
    measured(repo)
    told = issued(repo, "2026-08", "2026-09-06")
    assert [one.split(" ", 1)[1] for one in told if " m-a " in one] == [
        "credit m-a 0.00",  # the ten days
        "invoice m-a 0.00",  # the eleven
        "invoice m-a 6.72",  # what was given back for 40 kWh is taken back
        "credit m-a -5.71",
    ]
    assert issued(repo, "2026-08", "2026-09-07") == []
    assert run(repo, "verify")[0] == 0


def test_a_package_that_was_not_bought_after_all(repo: Path) -> None:
    """Its deposit is taken back, and the month is priced without it: 186 at 17 cents, 31.62 + 6.32."""
    bought(repo)
    measured(repo)
    issued(repo, "2026-08", "2026-09-05")
    (repo / "operations/voisins/packages.yaml").unlink()
    commit(repo, "No package")
    assert issued(repo, "2026-08", "2026-09-06") == [
        "VO2026-000004 credit m-a -16.80",
        "VO2026-000005 credit m-a -17.54",
        "VO2026-000006 invoice m-a 37.94",
    ]


def test_a_package_of_before_the_register_is_told(repo: Path) -> None:
    """August was invoiced by other means; September goes on drawing."""
    write(repo, packages="m-a: {2026-08-01: 300 kWh}\n")
    measured(repo)
    measured(repo, "2026-09")
    with pytest.raises(Refused) as refused:
        issued(repo, "2026-09", "2026-10-05")
    assert [one.code for one in refused.value.findings] == ["ACC885"]
