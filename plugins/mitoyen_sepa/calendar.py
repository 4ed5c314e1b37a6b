"""The days on which banks move euros: those of TARGET, the payment system of the Eurosystem."""

from __future__ import annotations

from datetime import date, timedelta


def open_from(day: date) -> date:
    """That day, or the next on which TARGET is open."""
    while not is_open(day):
        day += timedelta(days=1)
    return day


def is_open(day: date) -> bool:
    """Not on Saturdays and Sundays, New Year's Day, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    easter = _easter(day.year)
    return (
        day.weekday() < 5
        and (day.month, day.day) not in {(1, 1), (5, 1), (12, 25), (12, 26)}
        and day not in {easter - timedelta(days=2), easter + timedelta(days=1)}
    )


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the algorithm of Meeus, Jones and Butcher)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leaps, drift = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * drift + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
