"""From the times of rows to steps of the clock: offsets, zones, and the hour that comes twice or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.contracts import Energies

Flags = NDArray[np.bool_]

HALF_HOUR = 1800
DAY = 86400
HALVES = DAY // HALF_HOUR
MARGIN = 16 * 3600
"""No zone is further from UTC, and no step longer, than this."""

ENOUGH = 8
"""So many gaps of one size tell the step of a curve; fewer may be holes."""

RUN = 12
"""So many equal gaps in a row are another step, not holes."""


class Fate(IntEnum):
    """What becomes of a row for its time's sake."""

    IN = 0
    OUTSIDE = 1
    UNREADABLE = 2
    NO_OFFSET = 3
    ABSENT_HOUR = 4
    WHICH_HOUR = 5
    OFF_GRID = 6


@dataclass(frozen=True, slots=True)
class Moments:
    """Where the rows of one curve are in time; arrays of shape [row]."""

    start: Energies
    """UTC second at which the row's step begins; of use where ``fate`` is IN or OFF_GRID."""
    fate: NDArray[np.int8]
    back: NDArray[np.int64]
    """The rows that go back in time against the order of the rest."""
    descending: bool


def near(seconds: Energies, clock: Clock) -> Flags:
    """The rows that may be of the clock's period, whatever their zone."""
    return np.asarray((seconds >= clock.start - MARGIN) & (seconds <= clock.end + MARGIN))


@dataclass(frozen=True, slots=True)
class Instants:
    """The moments that the times of a curve's rows name; arrays of shape [row]."""

    utc: Energies
    """UTC second; of use where ``fate`` is IN."""
    fate: NDArray[np.int8]
    """IN, or why the moment is not known: NO_OFFSET, ABSENT_HOUR, WHICH_HOUR."""
    descending: bool


def instants(seconds: Energies, offset: Flags, zone: ZoneInfo | None) -> Instants:
    """What the times of rows mean, in the order of the file. ``zone`` is that of times without offset, None refuses
    them."""
    naive = ~offset
    early, late = seconds.copy(), seconds.copy()
    if zone is not None and naive.any():
        before, after = offsets(seconds[naive], zone)
        early[naive] -= before
        late[naive] -= after
    # Clocks put back make two moments of one time (the first has the greater offset), clocks put forward none.
    fate = np.full(len(seconds), Fate.IN, np.int8)
    absent = early > late
    twice = early < late
    moves = np.diff(seconds)
    descending = int((moves < 0).sum()) > int((moves > 0).sum())
    if twice.any():
        second, unclear = _passes(seconds, twice, descending)
        early[second] = late[second]
        fate[unclear] = Fate.WHICH_HOUR
    fate[absent] = Fate.ABSENT_HOUR
    if zone is None:
        fate[naive] = Fate.NO_OFFSET
    return Instants(early, fate, descending)


def place(seconds: Energies, offset: Flags, zone: ZoneInfo | None, clock: Clock, *, stamp_end: bool) -> Moments:
    """Place rows, in the order of the file, on the clock.

    ``zone`` is that of times without offset; None refuses them. ``stamp_end``: times name the end of their step.
    """
    named = instants(seconds, offset, zone)
    start = named.utc - (clock.step if stamp_end else 0)
    fate, descending = named.fate, named.descending
    fate[(fate == Fate.IN) & ((start - clock.start) % clock.step != 0)] = Fate.OFF_GRID
    # Of two moments, or none, the earlier tells the month: a month that begins so begins with it.
    outside = (start < clock.start) | (start >= clock.end)
    fate[outside & (fate != Fate.NO_OFFSET)] = Fate.OUTSIDE
    return Moments(start, fate, backwards(seconds, start, fate == Fate.IN, descending), descending)


def backwards(seconds: Energies, start: Energies, known: Flags, descending: bool) -> NDArray[np.int64]:
    """The rows that go back in time against the order of the rest."""
    kept = np.flatnonzero(known)
    sign = -1 if descending else 1
    # Both count: the pairs of the repeated hour go back in time, though not by what the rows say.
    moves, said = sign * np.diff(start[kept]), sign * np.diff(seconds[kept])
    return kept[1:][(moves < 0) & (said < 0)]


def offsets(local: Energies, zone: ZoneInfo) -> tuple[Energies, Energies]:
    """The zone's offsets from UTC at these local times: before and after a change, equal where there is none."""
    # A day that begins and ends with one offset has no other; of the rest, offsets change on the half hour.
    days, where = np.unique(local // DAY, return_inverse=True)
    pairs = np.array([_change(day * HALVES, zone) for day in days.tolist()], np.int64).reshape(-1, 2)
    nexts = np.array([_change((day + 1) * HALVES, zone) for day in days.tolist()], np.int64).reshape(-1, 2)
    changing = ((pairs != nexts).any(axis=1) | (pairs[:, 0] != pairs[:, 1]))[where]
    before, after = pairs[where, 0], pairs[where, 1]
    halves, there = np.unique(local[changing] // HALF_HOUR, return_inverse=True)
    fine = np.array([_change(half, zone) for half in halves.tolist()], np.int64).reshape(-1, 2)
    before[changing], after[changing] = fine[there, 0], fine[there, 1]
    return before, after


def shifts(utc: Energies, zone: ZoneInfo) -> Energies:
    """The zone's offset from UTC at these moments, in seconds."""
    days, where = np.unique(utc // DAY, return_inverse=True)
    ours, following = _shift(days * DAY, zone), _shift((days + 1) * DAY, zone)
    found, changing = ours[where], (ours != following)[where]
    halves, there = np.unique(utc[changing] // HALF_HOUR, return_inverse=True)
    found[changing] = _shift(halves * HALF_HOUR, zone)[there]
    return found


def _shift(utc: Energies, zone: ZoneInfo) -> Energies:
    apart = (datetime.fromtimestamp(moment, zone).utcoffset() for moment in utc.tolist())
    return np.array([int(shift.total_seconds()) if shift else 0 for shift in apart], np.int64)


@lru_cache(maxsize=100_000)
def _change(half: int, zone: ZoneInfo) -> tuple[int, int]:
    """The offsets at a local half-hour. The meters of a long file ask for the same ones."""
    wall = datetime(1970, 1, 1, tzinfo=zone) + timedelta(seconds=half * HALF_HOUR)
    before, after = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    if before is None or after is None:  # pragma: no cover, a ZoneInfo always knows
        return 0, 0
    return int(before.total_seconds()), int(after.total_seconds())


def _passes(seconds: Energies, twice: Flags, descending: bool) -> tuple[Flags, Flags]:
    """Which rows of a repeated hour are of its second pass, and which cannot be told.

    The order of the rows tells. Each stretch of such rows without others between is looked at on its own:
    times that start again begin the second pass (02:00 02:30 02:00 02:30); times that come in pairs are first and
    second (02:00 02:00 02:30 02:30); an hour written once is the first pass, the second is a hole.
    """
    second, unclear = np.zeros(len(seconds), np.bool_), np.zeros(len(seconds), np.bool_)
    rows = np.flatnonzero(twice)
    stretches = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    # Where rows are doubled outside that hour too, a pair inside it says nothing.
    doubled = bool((np.diff(seconds)[~(twice[1:] & twice[:-1])] == 0).any())
    once: dict[int, list[NDArray[np.int64]]] = {}
    for stretch in stretches:
        ordered = stretch[::-1] if descending else stretch
        told = _second_pass(seconds[ordered], doubled)
        if told is None:
            unclear[stretch] = True
        else:
            second[ordered] = told
            if not told.any():
                once.setdefault(int(seconds[ordered[0]]) // 86400, []).append(stretch)
    for several in once.values():
        # One pass here and one there, with other rows between: which is the first cannot be known.
        if len(several) > 1:
            unclear[np.concatenate(several)] = True
    return second, unclear


def _second_pass(times: Energies, doubled: bool) -> Flags | None:
    """Which of these times, all of one repeated hour, are of the second pass; None where that cannot be told."""
    distinct, counts = np.unique(times, return_counts=True)
    if len(distinct) == len(times) and (np.diff(times) > 0).all():
        return np.zeros(len(times), np.bool_)
    restarts = np.flatnonzero(np.diff(times) < 0)
    if len(restarts) == 0:
        if doubled or counts.max() > 2:
            return None
        return np.concatenate(([False], np.diff(times) == 0))
    # Times that go back without any coming twice are rows out of order, not a second pass.
    if len(restarts) > 1 or len(distinct) == len(times):
        return None
    return np.asarray(np.arange(len(times)) > restarts[0])


def other_step(start: Energies, step: int) -> tuple[int, Flags]:
    """The step these moments have, in seconds (0 where too few tell), and which of them have another than ``step``.

    All, where most are apart by something else; else those of a long run of equal, greater gaps.
    """
    order = np.argsort(start, kind="stable")
    gaps = np.diff(start[order])
    apart = gaps[gaps > 0]
    wrong = np.zeros(len(start), np.bool_)
    if len(apart) == 0:
        return 0, wrong
    sizes, counts = np.unique(apart, return_counts=True)
    ours = int(counts[sizes == step].sum())
    if counts.max() >= ENOUGH and counts.max() > ours:
        wrong[:] = True
        return int(sizes[counts.argmax()]), wrong
    found = step if ours else 0
    edges = np.flatnonzero(np.diff(gaps)) + 1
    for run in np.split(np.arange(len(gaps)), edges) if (gaps > step).any() else ():
        if len(run) >= RUN and gaps[run[0]] > step:
            wrong[order[run[0] : run[-1] + 2]] = True
            found = int(gaps[run[0]])
    return found, wrong
