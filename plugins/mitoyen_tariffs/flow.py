"""The energy of a stretch taken in its order: so much of it, up to a step, and whose it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from mitoyen.contracts import Energy
from mitoyen.revenue import split

_EPOCH = date(1970, 1, 1)
_NOBODY = ""
"""Whose energy it is where nobody says."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Energy in milliwatt-hours, from a day to another (exclusive), by producer."""

    first: date
    last: date
    energy: int
    by_producer: Mapping[str, int]

    @property
    def days(self) -> tuple[date, date]:
        return self.first, self.last

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            min(self.first, other.first),
            max(self.last, other.last),
            self.energy + other.energy,
            added(self.by_producer, other.by_producer),
        )


class Flow:
    """Walks over the steps once. ``step`` is the first one of which something may be left."""

    def __init__(self, energy: Energy) -> None:
        self.step = 0
        self._names = sorted(energy.by_producer) or [_NOBODY]
        rows = [energy.by_producer.get(name, energy.shared) for name in self._names]
        self._left = np.array(rows, dtype=np.int64)  # a copy: what is taken is taken off
        self._days = energy.clock.wall().day

    def take(self, most: int, until: int) -> Taken:
        """The next energy before a step, at most so much; the step in which that is reached keeps the rest."""
        first, ahead = self.step, self._left[:, self.step : until]
        running = ahead.sum(axis=0, dtype=np.int64).cumsum()  # at the end of each step
        whole, part = int(np.searchsorted(running, most)), 0
        if whole < len(running):
            part = most - (int(running[whole - 1]) if whole else 0)
            if running[whole] == most:
                whole, part = whole + 1, 0
        taken = ahead[:, :whole].sum(axis=1, dtype=np.int64)
        ahead[:, :whole] = 0
        self.step += whole
        if part:
            here = dict(zip(self._names, ahead[:, whole].tolist(), strict=True))
            some = np.array(list(split(part, here).values()), dtype=np.int64)
            ahead[:, whole] -= some
            taken = taken + some
        days = self.day(first), self.day(max(first, self.step if part else self.step - 1)) + timedelta(days=1)
        given = dict(zip(self._names, taken.tolist(), strict=True))
        return Taken(*days, sum(given.values()), {name: some for name, some in given.items() if name != _NOBODY})

    def next(self, until: int) -> int | None:
        """The step before another one in which there is energy next, None where there is none."""
        steps = np.flatnonzero(self._left[:, self.step : until].any(axis=0))
        return self.step + int(steps[0]) if len(steps) else None

    def day(self, step: int) -> date:
        """The local day of a step."""
        return _EPOCH + timedelta(days=int(self._days[step]))


def added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}
