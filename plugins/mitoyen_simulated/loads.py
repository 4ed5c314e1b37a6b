"""What homes, shops and public buildings use: the standard profiles of BDEW, and no two meters alike.

The profiles are those that demandlib carries (BDEW, 1999): quarter-hours of a working day, a Saturday and a Sunday
in three seasons. Only its table is read; its class ``ElecSlp`` turns every warning of pandas into an error for the
whole process, and fails with pandas 3.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.host import MissingExtra
from mitoyen_simulated.curve import Quarters, share_out, steps_of_days, year_clock
from mitoyen_simulated.draws import Reals, bell, by_day, uniforms
from mitoyen_simulated.sun import Site, sky

_A_DAY = 96
_DRAWS_A_DAY = 100
"""A local day has 92, 96 or 100 quarter-hours."""


class Habit(NamedTuple):
    """How one kind of consumer differs from its standard profile."""

    title: str
    profile: str
    """Column of the standard profiles; empty for street lighting, which follows the sun."""
    days: float
    """Deviation of a day's energy, as a part of its mean."""
    steps: float
    """Part of a quarter-hour's energy that chance decides."""
    shift: int = 1
    """How many quarter-hours one meter may be earlier or later than another."""
    away: bool = False
    """Whether there are weeks when nobody is there."""
    seasonal: bool = False
    """Whether winter uses more, by the dynamic factor that BDEW gives for homes."""
    term: bool = False
    """Whether it follows the school year."""


HABITS = {
    "household": Habit("a home", "h0", 0.22, 0.75, shift=4, away=True, seasonal=True),
    "office": Habit("working days from 8 to 18", "g1", 0.08, 0.25),
    "school": Habit("working days of the school year", "g1", 0.08, 0.25, term=True),
    "restaurant": Habit("mostly evenings", "g2", 0.18, 0.35, shift=2),
    "sports-hall": Habit("mostly evenings of the school year", "g2", 0.20, 0.35, shift=2, term=True),
    "cold-store": Habit("day and night, as pumps do", "g3", 0.05, 0.20),
    "shop": Habit("opening hours, Saturday too", "g4", 0.08, 0.25, shift=2),
    "bakery": Habit("from three in the morning", "g5", 0.08, 0.30, shift=2),
    "leisure": Habit("week-ends", "g6", 0.20, 0.35, shift=2),
    "workshop": Habit("a trade of any kind", "g0", 0.12, 0.40, shift=2),
    "farm": Habit("a farm", "l0", 0.12, 0.40, shift=2),
    "dairy": Habit("a farm that milks", "l1", 0.08, 0.30, shift=2),
    "street-lighting": Habit("from dusk to dawn, half at dead of night", "", 0.0, 0.04, shift=0),
}

_CLOSED_SCHOOL = 0.25
"""What a school uses while it is closed, as a part of a usual day."""

_AWAY, _AWAY_WEEKS = 0.2, 0.07
"""What an empty home uses, as a part of a usual day, and how many weeks it is empty."""

# Approximate French school holidays, the same every year: (month, day) of the first day and of the last.
_SCHOOL_HOLIDAYS = (
    ((1, 1), (1, 4)),
    ((2, 15), (3, 1)),
    ((4, 12), (4, 27)),
    ((7, 6), (8, 31)),
    ((10, 20), (11, 3)),
    ((12, 21), (12, 31)),
)


@dataclass(frozen=True, slots=True)
class Load:
    """A consumer: one of :data:`HABITS` and the watt-hours of a calendar year."""

    profile: str
    yearly: int


@cache
def _standard() -> dict[str, Reals]:
    """Relative power of each profile, [winter, between, summer; Monday to Sunday; quarter-hour]."""
    try:
        table = files("demandlib") / "bdew" / "bdew_data" / "selp_series.csv"
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    except ModuleNotFoundError as error:
        raise MissingExtra("simulated", "demandlib") from error
    seasons = ("winter", "transition", "summer")
    columns = sorted({habit.profile for habit in HABITS.values() if habit.profile})
    standard = {}
    for column in columns:
        power = [
            [float(row[column]) for row in rows if row["period"] == season and row["weekday"] == weekday]
            for season in seasons
            for weekday in "1234567"
        ]
        standard[column] = np.array(power).reshape(len(seasons), 7, _A_DAY)
    return standard


@lru_cache(maxsize=2048)
def load_year(seed: str, meter: str, load: Load, site: Site, year: int, zone: str) -> Quarters:
    """A consumer's local calendar year, which adds up to its yearly energy exactly."""
    habit = HABITS[load.profile]
    clock = year_clock(year, zone)
    wall = clock.wall()
    days = range(int(wall.day[0]), int(wall.day[-1]) + 1)
    day, step_of_day = steps_of_days(clock)
    # What makes this meter itself, whatever the year: hours, taste for even days, idle power.
    early, even, idle = uniforms(seed, meter, "self", count=3)

    if habit.profile:
        shift = int(early * (2 * habit.shift + 1)) - habit.shift
        usual = _usual(habit, clock, shift)
        usual = usual ** (0.8 + 0.5 * even)
        usual = usual / usual.mean() + 0.25 * idle
    else:
        usual = _lit(sky(seed, site, year, zone).elevation, clock)

    by_day_factor = np.maximum(1 + habit.days * bell(by_day(seed, meter, "day", days=days, count=4))[:, 0], 0.3)
    if habit.away:
        weeks = np.arange(days[0], days[-1] + 1) // 7
        empty = {week: uniforms(seed, meter, "week", int(week), count=1)[0] < _AWAY_WEEKS for week in set(weeks)}
        by_day_factor *= np.array([_AWAY if empty[week] else 1.0 for week in weeks])
    if habit.term:
        by_day_factor *= np.array([_CLOSED_SCHOOL if _school_is_out(one) else 1.0 for one in _dates(days)])

    # An appliance runs for longer than a quarter-hour: two neighbouring draws make a step's chance, of mean 1.
    chance = -np.log(by_day(seed, meter, "step", days=days, count=_DRAWS_A_DAY + 1))
    chance = (chance[:, 1:] + chance[:, :-1]) / 2
    factor = 1 - habit.steps + habit.steps * chance[day, step_of_day]

    quarters = share_out(usual * by_day_factor[day] * factor, load.yearly)
    quarters.setflags(write=False)
    return quarters


def _usual(habit: Habit, clock: Clock, shift: int) -> Reals:
    """The standard profile on a year's quarter-hours, ``shift`` quarter-hours late, in units of its own."""
    wall = clock.wall()
    dates = _dates(range(int(wall.day[0]), int(wall.day[-1]) + 1))
    day, _step_of_day = steps_of_days(clock)
    season = np.array([_season(one) for one in dates])
    holidays = public_holidays(dates[0].year)
    weekday = np.array([6 if one in holidays else one.weekday() for one in dates])
    quarter = (wall.minute // 15 - shift) % _A_DAY
    power: Reals = _standard()[habit.profile][season[day], weekday[day], quarter]
    return power * _winter(np.arange(1, len(dates) + 1))[day] if habit.seasonal else power


def _winter(day_of_year: NDArray[np.int64]) -> Reals:
    """BDEW's dynamic factor for homes: 1.24 at new year, 0.79 in summer."""
    t = day_of_year.astype(np.float64)
    return np.asarray(-3.92e-10 * t**4 + 3.2e-7 * t**3 - 7.02e-5 * t**2 + 2.1e-3 * t + 1.24)


def _lit(elevation: Reals, clock: Clock) -> Reals:
    """Street lamps: on while the sun is a degree or more below the horizon, at half from 23:00 to 05:00."""
    minute = clock.wall().minute
    dark = np.clip(-elevation, 0, 1)
    return np.asarray(dark * np.where((minute >= 23 * 60) | (minute < 5 * 60), 0.5, 1.0))


def _dates(days: range) -> list[date]:
    epoch = date(1970, 1, 1)
    return [epoch + timedelta(days=day) for day in days]


def _season(day: date) -> int:
    """0 winter, 1 between, 2 summer, by the dates of BDEW."""
    when = (day.month, day.day)
    if (5, 15) <= when <= (9, 14):
        return 2
    return 1 if (3, 21) <= when <= (10, 31) else 0


def _school_is_out(day: date) -> bool:
    return any(first <= (day.month, day.day) <= last for first, last in _SCHOOL_HOLIDAYS)


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The eleven French public holidays of a year (article L. 3133-1 of the labour code)."""
    easter = _easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    return frozenset(
        [date(year, month, day) for month, day in fixed] + [easter + timedelta(days=days) for days in moving]
    )


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the method of Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    cycle = year % 19
    leap_centuries, rest_centuries = divmod(century, 4)
    moon = (19 * cycle + century - leap_centuries - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    leap_years, rest_years = divmod(rest, 4)
    sunday = (32 + 2 * rest_centuries + 2 * leap_years - moon - rest_years) % 7
    late = (cycle + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
