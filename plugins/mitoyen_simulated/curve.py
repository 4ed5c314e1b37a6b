"""Whole watt-hours: a year's total shared out over its quarter-hours, then cut to any clock.

Floats end here. Every step is a whole number of watt-hours, so that the last bits of a float, which differ between
machines and versions of libraries, never reach a result: they would have to straddle a rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.contracts import Energies
from mitoyen_simulated.draws import Reals

QUARTER = 900
"""Seconds in the step that years are simulated at."""

_FINEST = 300
"""Every step meters record by is a multiple of five minutes."""

WH = 1000
"""Milliwatt-hours in a watt-hour."""

Quarters = NDArray[np.int32] | NDArray[np.int64]
"""Watt-hours of each quarter-hour of a local year; years are kept, so in half the room wherever that is enough."""


def year_clock(year: int, zone: str) -> Clock:
    """The quarter-hours of a local calendar year."""
    return Clock.of_days(date(year, 1, 1), date(year + 1, 1, 1), QUARTER, zone)


def share_out(weights: Reals, total: int) -> Quarters:
    """``total`` watt-hours in whole ones, in proportion to ``weights`` (none negative, nor all zero), [step].

    Largest remainders: each step gets the whole part of its due, then those that lost most get one more. A step of
    weight zero gets nothing.
    """
    if not total:
        return np.zeros(len(weights), dtype=np.int32)
    due = weights * (total / math.fsum(weights))
    whole = np.floor(due)
    left = total - int(whole.sum())
    # Stable, so that equal remainders are served in the order of time.
    whole[np.argsort(whole - due, kind="stable")[:left]] += 1
    return whole.astype(np.int32) if whole.max() < 2**31 else whole.astype(np.int64)


def steps_of_days(clock: Clock) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each step: its day, counted from the clock's first, and its rank in that day, [step] each."""
    day = clock.wall().day.astype(np.int64)
    day -= day[0]
    first = np.searchsorted(day, np.arange(day[-1] + 1))
    return day, np.arange(clock.steps) - first[day]


def on_clock(clock: Clock, year: Callable[[int], Quarters]) -> Energies:
    """The steps of ``clock`` in milliwatt-hours, [step], from the local years that it touches."""
    parts = []
    for number in range(_year(clock.start, clock.zone), _year(clock.end - 1, clock.zone) + 1):
        whole = year_clock(number, clock.zone)
        first, last = max(clock.start, whole.start) - whole.start, min(clock.end, whole.end) - whole.start
        quarters = year(number)[first // QUARTER : -(-last // QUARTER)]
        offset = first // QUARTER * QUARTER
        parts.append(_fives(quarters)[(first - offset) // _FINEST : (last - offset) // _FINEST])
    fives = np.concatenate(parts)
    return np.asarray(fives.reshape(-1, clock.step // _FINEST).sum(axis=1, dtype=np.int64) * WH)


def _fives(quarters: Quarters) -> Energies:
    """Each quarter-hour as three times five minutes of whole watt-hours that add up to it."""
    upto = np.arange(4, dtype=np.int64) * quarters[:, None].astype(np.int64) // 3
    return np.diff(upto, axis=1).ravel()


def _year(utc: int, zone: str) -> int:
    return datetime.fromtimestamp(utc, UTC).astimezone(ZoneInfo(zone)).year


def watt_hours(energy: int) -> int:
    """Milliwatt-hours as whole watt-hours, half up."""
    return (energy + WH // 2) // WH
