"""Steps in UTC, days at local midnight: 92, 96 or 100 quarter-hours, and the zones that do otherwise."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen.clock import STEPS, Clock, Month, iso, midnight

PARIS = "Europe/Paris"
QUARTER = 900


def day(year: int, month: int, number: int, zone: str, step: int = QUARTER) -> Clock:
    first = date(year, month, number)
    return Clock.of_days(first, first + timedelta(days=1), step, zone)


# --- months ------------------------------------------------------------------------------------------------------


def test_a_month_reads_and_shows_itself() -> None:
    march = Month.parse("2026-03")
    assert (march.first, march.days, str(march), str(march.next)) == (date(2026, 3, 1), 31, "2026-03", "2026-04")
    assert Month.parse("2028-02").days == 29
    assert str(Month.parse("2026-12").next) == "2027-01"


@pytest.mark.parametrize("text", ["2026-3", "2026-13", "2026-00", "26-03", "2026-03-01", "2026/03", "", " 2026-03"])
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month written YYYY-MM"):
        Month.parse(text)


def test_months_through_the_end_of_a_year() -> None:
    months = Month.parse("2025-11").through(Month.parse("2026-02"))
    assert list(map(str, months)) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert list(Month.parse("2026-02").through(Month.parse("2026-01"))) == []


# --- days that are not 24 hours --------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", [PARIS, "Europe/Vienna"])
@pytest.mark.parametrize(
    ("number", "steps"),
    [("2026-01", 2976), ("2026-02", 2688), ("2026-03", 2972), ("2026-10", 2980)],
)
def test_quarter_hours_of_a_month(zone: str, number: str, steps: int) -> None:
    assert Clock.of_month(Month.parse(number), QUARTER, zone).steps == steps


@pytest.mark.parametrize(
    ("zone", "when", "quarters"),
    [
        (PARIS, (2026, 3, 28), 96),
        (PARIS, (2026, 3, 29), 92),
        (PARIS, (2026, 10, 25), 100),
        ("Europe/Vienna", (2026, 10, 25), 100),
        ("America/Guadeloupe", (2026, 3, 29), 96),  # no summer time there
        ("America/Guadeloupe", (2026, 10, 25), 96),
        ("Indian/Reunion", (2026, 3, 29), 96),
        ("Australia/Lord_Howe", (2026, 4, 5), 98),  # half an hour back, half an hour forth
        ("Australia/Lord_Howe", (2026, 10, 4), 94),
        ("America/Havana", (2026, 3, 8), 92),  # the clocks skip midnight itself
        ("America/Havana", (2026, 11, 1), 100),  # midnight comes twice: the day begins at the first
    ],
)
def test_quarter_hours_of_a_day(zone: str, when: tuple[int, int, int], quarters: int) -> None:
    assert day(*when, zone).steps == quarters


@pytest.mark.parametrize(
    ("zone", "when", "instant"),
    [
        (PARIS, (2026, 1, 1), "2025-12-31T23:00:00Z"),
        (PARIS, (2026, 7, 1), "2026-06-30T22:00:00Z"),
        ("America/Guadeloupe", (2026, 7, 1), "2026-07-01T04:00:00Z"),
        ("Australia/Lord_Howe", (2026, 1, 1), "2025-12-31T13:00:00Z"),
        ("Australia/Lord_Howe", (2026, 7, 1), "2026-06-30T13:30:00Z"),
        ("America/Havana", (2026, 3, 8), "2026-03-08T05:00:00Z"),  # 00:00 does not exist: 01:00 begins the day
    ],
)
def test_a_day_begins_at_local_midnight(zone: str, when: tuple[int, int, int], instant: str) -> None:
    assert iso(midnight(date(*when), zone)) == instant


def test_the_hour_that_comes_twice_and_the_one_that_does_not() -> None:
    autumn = day(2026, 10, 25, PARIS, 3600).wall().minute // 60
    assert autumn.tolist() == [0, 1, 2, 2, *range(3, 24)]
    spring = day(2026, 3, 29, PARIS, 3600).wall().minute // 60
    assert spring.tolist() == [0, 1, *range(3, 24)]
    half = day(2026, 4, 5, "Australia/Lord_Howe", 1800).wall().minute
    assert half[:6].tolist() == [0, 30, 60, 90, 90, 120]


def test_a_step_is_shown_with_its_offset() -> None:
    clock = day(2026, 10, 25, PARIS, 3600)
    assert clock.stamp(2) == "2026-10-25 02:00 (+02:00)"
    assert clock.stamp(3) == "2026-10-25 02:00 (+01:00)"
    assert day(2026, 7, 14, "Asia/Kolkata").stamp(1) == "2026-07-14 00:15 (+05:30)"


# --- slices ------------------------------------------------------------------------------------------------------


def test_index_is_clipped_to_the_clock() -> None:
    march = Clock.of_month(Month.parse("2026-03"), QUARTER, PARIS)
    assert march.index(date(2026, 2, 1)) == 0
    assert march.index(date(2026, 3, 2)) == 96
    assert march.index(date(2026, 3, 30)) == 28 * 96 + 92
    assert march.index(date(2026, 5, 1)) == march.steps == 2972


def test_parts_of_a_clock_put_end_to_end_are_the_clock() -> None:
    march = Clock.of_month(Month.parse("2026-03"), QUARTER, PARIS)
    cut = march.index(date(2026, 3, 16))
    one, two = march.part(0, cut), march.part(cut, march.steps)
    assert one.end == two.start == midnight(date(2026, 3, 16), PARIS)
    assert np.concatenate([one.utc(), two.utc()]).tolist() == march.utc().tolist()
    assert two.wall().day_of_month[0] == 16


def test_the_wall_cannot_be_written_on() -> None:
    wall = day(2026, 1, 5, PARIS).wall()
    with pytest.raises(ValueError, match="read-only"):
        wall.minute[0] = 1


zones = st.sampled_from(
    [PARIS, "Europe/Vienna", "Australia/Lord_Howe", "America/Guadeloupe", "America/Havana", "UTC"]
)
months = st.builds(Month, st.integers(2019, 2031), st.integers(1, 12))


@settings(deadline=None, max_examples=60)
@given(months, st.sampled_from([300, 600, 900, 1800]), zones)
def test_the_wall_shows_what_python_shows(month: Month, step: int, zone: str) -> None:
    clock = Clock.of_month(month, step, zone)
    wall = clock.wall()
    assert clock.end == midnight(month.next.first, zone)
    for index in range(0, clock.steps, 7):
        local = datetime.fromtimestamp(clock.start + index * step, ZoneInfo(zone))
        assert wall.day[index] == local.toordinal() - date(1970, 1, 1).toordinal()
        shown = (wall.minute[index], wall.weekday[index], wall.month[index], wall.day_of_month[index])
        assert shown == (local.hour * 60 + local.minute, local.weekday(), local.month, local.day)


@settings(deadline=None, max_examples=60)
@given(months, st.sampled_from([600, 900, 1800]), zones)
def test_days_cut_a_month_where_the_wall_changes_its_date(month: Month, step: int, zone: str) -> None:
    clock = Clock.of_month(month, step, zone)
    days = [date(month.year, month.number, number + 1) for number in range(month.days)]
    starts = [clock.index(one) for one in days]
    changes = np.flatnonzero(np.diff(clock.wall().day)) + 1
    # Where midnight comes twice the wall goes back to the day before: only its first passing begins a day.
    forward = [int(at) for at in changes if clock.wall().day[at] > clock.wall().day[:at].max()]
    assert starts == [0, *forward]


def test_every_step_that_has_a_name_divides_an_hour() -> None:
    assert all(3600 % seconds == 0 for seconds in STEPS.values())


def test_the_days_of_a_month_on_which_the_clocks_change() -> None:
    """Each after the one before, without a step left out: 30 days of 24 hours, and one of 23."""
    clock = Clock.of_month(Month(2026, 3), 3600, "Europe/Paris")
    days = list(clock.days())
    assert [day for day, _first, _last in days] == [date(2026, 3, number) for number in range(1, 32)]
    assert [last for _day, _first, last in days] == [first for _day, first, _last in days[1:]] + [clock.steps]
    assert {day.day: last - first for day, first, last in days if last - first != 24} == {29: 23}
    assert list(clock.part(0, 0).days()) == []
