"""How long the steps of a curve are, and which end of them its times name: told by the file, or by its times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitoyen.contracts import Energies
from mitoyen_enedis.payload import Stamp

KNOWN = (300, 600, 900, 1800, 3600)
"""The steps by which meters of Enedis record."""

RUN = 4
"""So many equal gaps in a row are a step; fewer may be holes."""

FINE = 600
"""Steps of 5 and 10 minutes are those of C1 to C4, which stamp the start."""


def lengths(moments: Energies, said: Energies, *, end: bool) -> Energies:
    """The length of each row's step in seconds, 0 where it cannot be told; rows in the order of time.

    ``end``: times name the end of their step. A step may change within a curve. A row after a hole (before it, for
    times that name the start) has the step of its neighbours, and none where the step changes over the hole.
    """
    if (said > 0).all():
        return said
    times, where = moments, np.arange(len(moments))
    if not (np.diff(moments) > 0).all():
        times, where = np.unique(moments, return_inverse=True)
    gaps = np.diff(times)
    if len(gaps) == 0:
        return said
    steps = _of_gaps(gaps)
    # A row's own gap is the one before it, or the one after it.
    mine = np.concatenate((steps[:1], steps)) if end else np.concatenate((steps, steps[-1:]))
    return np.where(said > 0, said, mine[where])


def _of_gaps(gaps: Energies) -> Energies:
    """The step on which each gap ends."""
    edges = np.flatnonzero(np.diff(gaps)) + 1
    begins, ends = np.concatenate(([0], edges)), np.concatenate((edges, [len(gaps)]))
    size = gaps[begins]
    sure = np.isin(size, KNOWN) & (ends - begins >= RUN)
    if not sure.any():
        common = _common(gaps)
        return np.where(gaps % common == 0, common, 0) if common else np.zeros_like(gaps)
    numbers = np.arange(len(size))
    before = np.maximum.accumulate(np.where(sure, numbers, -1))
    after = np.minimum.accumulate(np.where(sure, numbers, len(size))[::-1])[::-1]
    left = np.where(before >= 0, size[np.maximum(before, 0)], 0)
    right = np.where(after < len(size), size[np.minimum(after, len(size) - 1)], 0)
    left, right = np.where(left == 0, right, left), np.where(right == 0, left, right)
    # Between stretches of one step, other gaps are holes; where the step changes, only a gap of either is told.
    told = np.where(left == right, left, 0)
    told = np.where((left != right) & ((size == left) | (size == right)), size, told)
    told = np.where(sure, size, told)
    return np.asarray(np.repeat(told, ends - begins))


def _common(gaps: Energies) -> int:
    """The step of a short curve: the smallest of its gaps, where it is one that meters have."""
    smallest = int(gaps.min())
    return smallest if smallest in KNOWN else 0


@dataclass(frozen=True, slots=True)
class Side:
    """Which end of their step times name, and how that is known; ``stamp`` is None where it contradicts itself."""

    stamp: Stamp | None
    why: str

    @property
    def said(self) -> str:
        return f"{self.stamp} of step ({self.why})" if self.stamp else f"not clear ({self.why})"


def side(given: Stamp | None, said: Stamp | None, usual: Stamp | None, first: int, last: int, step: int) -> Side:
    """``given`` by the options, ``said`` by the format, ``usual`` where nothing else tells.

    ``first`` and ``last``: seconds after local midnight of a curve's first and last time.

    A curve is asked for by whole days: it begins at midnight or a step later, and ends likewise.
    """
    starts = (first == 0) + (last == 86400 - step)
    ends = (first == step) + (last == 0)
    seen: Stamp | None = "start" if starts > ends else "end" if ends > starts else None
    if given:
        but = f"; its first and last time look like the {seen}" if seen not in (None, given) else ""
        return Side(given, f"by `stamp:`{but}")
    if said and seen and said != seen:
        return Side(None, f"the {said} by its format, the {seen} by its first and last time")
    if said:
        return Side(said, "by its format")
    if seen:
        return Side(seen, "by its first and last time")
    return Side(usual or ("start" if 0 < step <= FINE else "end"), "as usual: its first and last time do not tell")
