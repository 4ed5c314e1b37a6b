"""How plants do, by hand: one gives a third of its neighbours, one stands still on a bright day, fog for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH
from mitoyen.report.plants import Suspect, Yield, days, suspects, yields
from mitoyen.report.seen import Plant, Seen

JUNE, JULY = Month(2026, 6), Month(2026, 7)
Daily = Callable[[int], int]
"""kWh by day of the month."""


def plant(name: str, month: Month, daily: Daily, kwp: int | None = 10, *, first: int = 1, last: int = 0) -> Plant:
    """Half of it at noon, half in the evening; there from a day to another, both in it."""
    clock = Clock.of_month(month, 6 * 3600, "Europe/Paris")
    day = clock.wall().day_of_month
    last = last or month.days
    there = (day >= first) & (day <= last)
    sun = clock.wall().minute // 60 >= 12
    values = np.array([daily(int(one)) * KWH // 2 for one in day], dtype=np.int64) * (there & sun)
    steps = np.flatnonzero(there)
    power = None if kwp is None else kwp * 1000
    return Plant(name, power, values, (int(steps[0]), int(steps[-1]) + 1))


def month(which: Month, *some: Plant) -> Seen:
    clock = Clock.of_month(which, 6 * 3600, "Europe/Paris")
    return cast(Seen, SimpleNamespace(month=which, clock=clock, plants=some))


def always(kwh: int) -> Daily:
    return lambda _day: kwh


def but(kwh: int, days: Mapping[int, int]) -> Daily:
    """The same every day, other values on some days."""
    return lambda day: days.get(day, kwh)


def told(*months: Seen) -> list[tuple[str, str, int, int, str]]:
    """The plant, the day of the month, kWh given and expected."""
    return [
        (one.plant, one.day.isoformat()[5:], one.energy // KWH, one.expected // KWH, one.against)
        for one in suspects(months)
    ]


# --- yields ----------------------------------------------------------------------------------------------------


def test_kilowatt_hours_by_kilowatt_peak() -> None:
    """40 kWh on 30 days from 10 kWp: 120 kWh/kWp. Who joins on the 2nd has none for June, nor who has no power."""
    june = month(
        JUNE,
        plant("p-a", JUNE, always(40)),
        plant("p-b", JUNE, always(40), first=2),
        plant("p-c", JUNE, always(40), None),
    )
    july = month(JULY, plant("p-b", JULY, always(50), 20))
    a, b, c = yields([june, july])
    assert (a.specific("2026-06"), a.specific("2026-07")) == (Fraction(120), None)
    assert (b.specific("2026-06"), b.specific("2026-07")) == (None, Fraction(31 * 50, 20))
    assert (b.energy, b.power) == ({"2026-06": 29 * 40 * KWH, "2026-07": 31 * 50 * KWH}, 20_000)
    assert c.specific("2026-06") is None
    assert c == Yield("p-c", None, {"2026-06": 1200 * KWH}, frozenset({"2026-06"}))


def test_the_days_of_a_plant_are_those_on_which_it_takes_part() -> None:
    one = plant("p-a", JUNE, always(40), first=10, last=12)
    assert days(month(JUNE, one), one) == {date(2026, 6, day): 40 * KWH for day in (10, 11, 12)}


# --- days to look at -------------------------------------------------------------------------------------------


def test_a_third_of_its_neighbours_on_one_day() -> None:
    """It gives 45 where the middle of the others is 50, 9 parts in 10; on the 14th 12 where 36 are expected."""
    a = plant("p-a", JUNE, but(45, {14: 12}))
    b, c = plant("p-b", JUNE, but(40, {14: 32})), plant("p-c", JUNE, but(60, {14: 48}))
    assert told(month(JUNE, a, b, c)) == [("p-a", "06-14", 12, 36, "neighbours")]
    assert suspects([month(JUNE, a, b, c)]) == [Suspect("p-a", date(2026, 6, 14), 12 * KWH, 36 * KWH, "neighbours")]


def test_a_half_is_not_less_than_a_half() -> None:
    """Nor is a large plant beside a small one suspect, or one that always gives little."""
    a, b = plant("p-a", JUNE, but(40, {14: 20}), 10), plant("p-b", JUNE, always(400), 100)
    shady = plant("p-c", JUNE, always(3), 10)
    assert told(month(JUNE, a, b, shady)) == []


def test_fog_stops_every_plant() -> None:
    a, b = plant("p-a", JUNE, but(40, {14: 0})), plant("p-b", JUNE, but(40, {14: 4}))
    assert told(month(JUNE, a, b)) == []
    assert told(month(JUNE, a)) == [("p-a", "06-14", 0, 40, "past")], "alone it cannot be told from a fault"


def test_alone_against_its_days_around() -> None:
    """Nothing on the 20th; on the 21st a tenth, which a dark day gives."""
    a = plant("p-a", JUNE, but(40, {20: 0, 21: 4}))
    assert told(month(JUNE, a)) == [("p-a", "06-20", 0, 40, "past")]
    short = plant("p-a", JUNE, but(40, {20: 0}), first=17, last=23)
    assert told(month(JUNE, short)) == [], "seven days are too few"


def test_in_winter_nothing_is_said() -> None:
    assert told(month(JUNE, plant("p-a", JUNE, but(4, {14: 0})))) == []


def test_alone_until_a_neighbour_comes() -> None:
    """Against its days around in June, against the neighbour in July."""
    june = month(JUNE, plant("p-a", JUNE, but(40, {14: 1})))
    july = month(JULY, plant("p-a", JULY, but(40, {14: 10})), plant("p-b", JULY, always(40)))
    assert told(june, july) == [("p-a", "06-14", 1, 40, "past"), ("p-a", "07-14", 10, 40, "neighbours")]


def test_one_that_stands_still_for_most_of_the_time() -> None:
    """What it gives as a rule is what it gives when it does; where that is never, what its neighbours give."""
    still = plant("p-a", JUNE, lambda day: 30 if day < 10 else 0)
    dead = plant("p-z", JUNE, always(0))
    neighbours = (plant("p-b", JUNE, always(40)), plant("p-c", JUNE, always(40)))
    assert told(month(JUNE, still, *neighbours)) == [
        ("p-a", f"06-{day}", 0, 30, "neighbours") for day in range(10, 31)
    ]
    found = told(month(JUNE, dead, *neighbours, plant("p-d", JUNE, always(40))))
    assert found == [("p-z", f"06-{day:02}", 0, 40, "neighbours") for day in range(1, 31)]


@pytest.mark.parametrize("kwp", [None, 0])
def test_a_plant_whose_power_is_not_known_is_not_compared(kwp: int | None) -> None:
    assert told(month(JUNE, plant("p-a", JUNE, but(40, {14: 0}), kwp))) == []


def test_months_that_do_not_show_plants_have_none() -> None:
    assert (yields([month(JUNE)]), suspects([month(JUNE)])) == ([], [])
