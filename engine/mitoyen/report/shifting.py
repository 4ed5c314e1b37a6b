"""What moving a load to noon would have brought a consumer: the month shared again, on its real data.

The key, the prices and everyone else stay as they were. Where the shares are the operator's own there is no key of
ours to play again, and nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitoyen import sharing
from mitoyen.chain import Chain
from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, MISSING, Energies
from mitoyen.curves import Curves, Name
from mitoyen.sharing import Shared

LOAD = KWH
"""A washing machine or a dishwasher, each day."""

EVENING = (18, 22)
NOON = (12, 15)
"""Hours by the clock on the wall, the last exclusive."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Milliwatt-hours over the month."""

    moved: int
    before: int
    """What the consumer received."""
    after: int
    others: int
    """What everyone else would have received more; below zero where it is less."""

    @property
    def more(self) -> int:
        return self.after - self.before


def shift(chain: Chain, month: Month, consumer: str, now: Shared) -> Shift | None:
    """Play the month again with the load moved on each day; None where the shares are the operator's own.

    ``now`` is the month as it was shared.
    """
    operation = chain.operation
    if sharing.binding(operation, month, chain.host):
        return None
    name = Name(operation.participants[consumer].meter, "measured")
    curves = chain.curves(month)
    values, moved = shifted(curves.values[name], curves.clock)
    row = now.consumers.index(consumer)
    before = int(now.shared[row].sum())
    if not moved:  # nothing is used in the evening
        return Shift(0, before, before, 0)
    other = Curves(curves.clock, {**curves.values, name: values})
    then = sharing.share(operation, month, other, chain.host, chain.caps(month))
    after = int(then.shared[row].sum())
    return Shift(moved, before, after, int(then.shared.sum()) - after - (int(now.shared.sum()) - before))


def shifted(values: Energies, clock: Clock) -> tuple[Energies, int]:
    """The curve with up to one load of each day taken from its evening and put at noon, and how much that is.

    It is taken from each step of the evening by what was used there, and put in equal parts: nothing is lost.
    """
    wall = clock.wall()
    hour = wall.minute // 60
    known = values != MISSING
    evening = known & (hour >= EVENING[0]) & (hour < EVENING[1])
    noon = known & (hour >= NOON[0]) & (hour < NOON[1])
    moved = values.copy()
    total = 0
    for day in np.unique(wall.day):
        source, target = np.flatnonzero(evening & (wall.day == day)), np.flatnonzero(noon & (wall.day == day))
        used = int(values[source].sum())
        load = min(LOAD, used)
        if not load or not target.size:
            continue
        moved[source] -= _parts([int(value) for value in values[source]], load)
        moved[target] += _parts([1] * target.size, load)
        total += load
    return moved, total


def _parts(weights: list[int], whole: int) -> Energies:
    """A whole in parts as the weights are, to the last unit: the first ones take what is left by rounding down."""
    sum_ = sum(weights)
    parts = [whole * weight // sum_ for weight in weights]
    left = whole - sum(parts)
    for index in sorted(range(len(parts)), key=lambda at: (-(whole * weights[at] % sum_), at))[:left]:
        parts[index] += 1
    return np.array(parts, dtype=np.int64)
