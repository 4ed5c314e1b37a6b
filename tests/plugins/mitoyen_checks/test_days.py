"""Stretches of days against counting the days one by one."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mitoyen_checks.days import Stretch, between, hull, joined

FIRST = date(2026, 1, 1)
HORIZON = 40
days = st.integers(0, HORIZON - 2).map(lambda offset: FIRST + timedelta(days=offset))


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    first = draw(days)
    length = draw(st.none() | st.integers(1, HORIZON))
    return Stretch(first, None if length is None else first + timedelta(days=length))


def counted(stretch: Stretch | None) -> set[int]:
    """The days of a stretch, up to a horizon beyond all that is drawn."""
    if stretch is None:
        return set()
    end = stretch.end or FIRST + timedelta(days=3 * HORIZON)
    return set(range((stretch.first - FIRST).days, min((end - FIRST).days, 3 * HORIZON)))


def test_words() -> None:
    assert str(Stretch(FIRST)) == "from 2026-01-01 on"
    assert str(Stretch(FIRST, date(2026, 2, 1))) == "from 2026-01-01 to 2026-01-31"
    assert str(Stretch(FIRST, date(2026, 1, 2))) == "on 2026-01-01"


@given(stretches(), stretches())
def test_overlap_is_the_days_in_both(one: Stretch, other: Stretch) -> None:
    assert counted(one.overlap(other)) == counted(one) & counted(other)
    assert one.overlap(other) == other.overlap(one)


@given(stretches(), st.lists(days))
def test_cutting_loses_no_day_and_joining_undoes_it(stretch: Stretch, cuts: list[date]) -> None:
    parts = list(stretch.cut(cuts))
    assert sum(len(counted(part)) for part in parts) == len(counted(stretch))
    assert set().union(*map(counted, parts)) == counted(stretch)
    assert [part.first for part in parts] == sorted({stretch.first, *(c for c in cuts if c in _inside(stretch))})
    assert joined(parts) == [stretch]


def _inside(stretch: Stretch) -> set[date]:
    return {FIRST + timedelta(days=number) for number in counted(stretch)}


@given(st.lists(stretches(), min_size=1))
def test_the_hull_begins_and_ends_with_them(all_of_them: list[Stretch]) -> None:
    found = counted(hull(all_of_them))
    union = set().union(*map(counted, all_of_them))
    assert (min(found), max(found)) == (min(union), max(union))


def test_no_days_is_no_stretch() -> None:
    assert between(FIRST, FIRST) is None
    assert between(FIRST, FIRST - timedelta(days=1)) is None
    assert between(FIRST, None) == Stretch(FIRST)
