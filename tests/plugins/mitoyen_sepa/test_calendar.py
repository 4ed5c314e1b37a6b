"""The days on which TARGET is open: closed days that were published, and Easter of many years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mitoyen_sepa.calendar import _easter, is_open, open_from


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28)],
)
def test_easter(year: int, month: int, day: int) -> None:
    assert _easter(year) == date(year, month, day)


def test_a_year_is_closed_on_its_weekends_and_six_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    closed = [day for day in days if day.weekday() < 5 and not is_open(day)]
    # 26 December 2026 is a Saturday.
    assert closed == [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 12, 25),
    ]
    assert not any(is_open(day) for day in days if day.weekday() > 4)


def test_a_closed_day_becomes_the_next_open_one() -> None:
    assert open_from(date(2026, 4, 2)) == date(2026, 4, 2)
    assert open_from(date(2026, 4, 3)) == date(2026, 4, 7)  # Good Friday, a weekend, Easter Monday
    assert open_from(date(2026, 12, 25)) == date(2026, 12, 28)
    assert is_open(date(2026, 7, 14))  # a holiday in France, not of the banks' system
