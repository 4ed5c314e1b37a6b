"""Time: equal steps counted in UTC, sliced at local midnight.

A local day has 92, 96 or 100 quarter-hours; nothing here assumes 96. What the clocks on the wall show is asked of
the time-zone database, once per hour of the period.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

STEPS = {"PT5M": 300, "PT10M": 600, "PT15M": 900, "PT30M": 1800, "PT60M": 3600, "PT1H": 3600}
"""The steps meters record by, in seconds."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class Month(NamedTuple):
    """A local calendar month, written ``2026-03``."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Raise ValueError where the text is not ``YYYY-MM``."""
        match = _MONTH.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not a month written YYYY-MM")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def before(self) -> Month:
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)

    @property
    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def days(self) -> int:
        return calendar.monthrange(self.year, self.number)[1]

    def through(self, last: Month) -> Iterator[Month]:
        """Every month from this one to ``last``, both included."""
        month = self
        while month <= last:
            yield month
            month = month.next


class Wall(NamedTuple):
    """What the clocks on the wall show at the start of each step, arrays of shape [step]."""

    day: NDArray[np.int32]
    """Days since 1970-01-01."""
    minute: NDArray[np.int32]
    """Minutes since midnight."""
    weekday: NDArray[np.int32]
    """0 is Monday."""
    month: NDArray[np.int32]
    day_of_month: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Clock:
    """``steps`` steps of ``step`` seconds from ``start`` (UTC, seconds since 1970), seen from ``zone``."""

    start: int
    step: int
    steps: int
    zone: str

    @classmethod
    def of_days(cls, first: date, last: date, step: int, zone: str) -> Clock:
        """The steps from local midnight of ``first`` to local midnight of ``last`` (exclusive)."""
        start = midnight(first, zone)
        return cls(start, step, (midnight(last, zone) - start) // step, zone)

    @classmethod
    def of_month(cls, month: Month, step: int, zone: str) -> Clock:
        return cls.of_days(month.first, month.next.first, step, zone)

    @property
    def end(self) -> int:
        """The second after the last step."""
        return self.start + self.step * self.steps

    def utc(self) -> NDArray[np.int64]:
        """The start of each step, seconds since 1970, [step]."""
        return self.start + self.step * np.arange(self.steps, dtype=np.int64)

    def index(self, day: date) -> int:
        """The first step of a local day, clipped to this clock."""
        return min(max((midnight(day, self.zone) - self.start) // self.step, 0), self.steps)

    def day(self, index: int) -> date:
        """The local day of a step."""
        return date(1970, 1, 1) + timedelta(days=int(self.wall().day[index]))

    def days(self) -> Iterator[tuple[date, int, int]]:
        """Each local day there are steps of: its first step, and the one after its last."""
        if not self.steps:
            return
        wall = self.wall().day
        starts = np.flatnonzero(np.diff(wall, prepend=wall[0] - 1)).tolist()
        for first, last in zip(starts, [*starts[1:], self.steps], strict=True):
            yield self.day(first), first, last

    def part(self, first: int, last: int) -> Clock:
        """The steps ``first`` to ``last`` (exclusive) as a clock of their own."""
        return Clock(self.start + first * self.step, self.step, last - first, self.zone)

    def wall(self) -> Wall:
        """Local day, minute, weekday and month of each step."""
        return _wall(self)

    def stamp(self, index: int) -> str:
        """A step's start as people write it: ``2026-03-29 03:00 (+02:00)``."""
        moment = datetime.fromtimestamp(self.start + index * self.step, ZoneInfo(self.zone))
        return moment.strftime("%Y-%m-%d %H:%M ") + moment.isoformat()[-6:].join("()")


@cache
def midnight(day: date, zone: str) -> int:
    """The instant (UTC seconds) at which a local day begins.

    Where the clocks skip midnight itself, the day begins at the moment of the change.
    """
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int(local.timestamp())


@cache
def _wall(clock: Clock) -> Wall:
    # Offsets change on the hour, or the half hour on Lord Howe Island: asking each half hour is enough.
    utc = clock.utc()
    halves, where = np.unique(utc // 1800, return_inverse=True)
    zone = ZoneInfo(clock.zone)
    offsets = np.array([_offset(int(half) * 1800, zone) for half in halves], dtype=np.int64)
    local = utc + offsets[where]
    day = local // 86400
    dates = day.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    wall = Wall(
        day=day.astype(np.int32),
        minute=(local % 86400 // 60).astype(np.int32),
        weekday=((day + 3) % 7).astype(np.int32),
        month=(months.astype(np.int64) % 12 + 1).astype(np.int32),
        day_of_month=((dates - months).astype(np.int64) + 1).astype(np.int32),
    )
    for array in wall:
        array.setflags(write=False)
    return wall


def _offset(utc: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(utc, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def iso(utc: int) -> str:
    """``2026-03-29T01:00:00Z``"""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=utc)).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(seconds: int) -> str:
    """``15 minutes``, ``1 hour``"""
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"
