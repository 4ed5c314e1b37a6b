"""What local energy saves, by hand: 250 kWh at 0.1330 would have cost 33.25 EUR; 20.00 EUR were paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mitoyen.clock import Month
from mitoyen.contracts import KWH, Operation
from mitoyen.report.savings import Reference, reference_of, references, saving

FIRST = Reference(date(2026, 2, 1), Decimal("0.1330"), "an offer", date(2026, 1, 15))
SECOND = Reference(date(2026, 5, 2), Decimal("0.1200"), "another", None)


def operation(**details: Any) -> Operation:
    return cast(Operation, SimpleNamespace(details=details))


WRITTEN = operation(
    reference={
        "2026-05-02": {"price": "0.1200 EUR/kWh", "source": "another"},
        "2026-02-01": {"price": "0.1330 EUR/kWh", "source": "an offer", "checked": "2026-01-15"},
    }
)


def test_references_by_date() -> None:
    assert references(WRITTEN) == [FIRST, SECOND]
    assert references(operation()) == []


@pytest.mark.parametrize(
    ("month", "found"),
    [("2026-01", None), ("2026-02", FIRST), ("2026-05", FIRST), ("2026-06", SECOND), ("2027-01", SECOND)],
)
def test_the_one_in_force_on_the_first_day_of_the_month(month: str, found: Reference | None) -> None:
    assert reference_of(WRITTEN, Month.parse(month)) == found


@pytest.mark.parametrize(
    ("kwh", "paid", "saved"),
    [
        ("250", "20.00", "13.25"),
        ("250", "40.00", "-6.75"),  # dearer than the reference
        ("0", "2.00", "-2.00"),  # fees alone
        ("0.037594", "0.00", "0.01"),  # 0.005000002: half up
        ("0.037593", "0.00", "0.00"),
    ],
)
def test_a_saving_is_rounded_once(kwh: str, paid: str, saved: str) -> None:
    assert saving(int(Decimal(kwh) * KWH), Decimal(paid), FIRST) == Decimal(saved)
