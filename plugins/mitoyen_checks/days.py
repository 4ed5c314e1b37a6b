"""Stretches of days: who is in force when, and where two things overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol, TypeVar

from mitoyen.contracts import Participant


class Stretch(NamedTuple):
    """The days from ``first`` until ``end`` (exclusive; None: without an end). Never empty."""

    first: date
    end: date | None = None

    def __str__(self) -> str:
        """Both days included, as people count: ``from 2026-01-01 to 2026-01-31``."""
        if self.end is None:
            return f"from {self.first} on"
        last = self.end - timedelta(days=1)
        return f"on {last}" if last == self.first else f"from {self.first} to {last}"

    def overlap(self, other: Stretch) -> Stretch | None:
        """The days in both, or None."""
        return between(max(self.first, other.first), _earlier(self.end, other.end))

    def cut(self, days: Iterable[date]) -> Iterator[Stretch]:
        """This stretch in consecutive parts, a new one beginning on each of ``days`` that lies inside."""
        inside = sorted({day for day in days if self.first < day and (self.end is None or day < self.end)})
        for first, end in zip([self.first, *inside], [*inside, self.end], strict=True):
            yield Stretch(first, end)


def between(first: date, end: date | None) -> Stretch | None:
    """The days from ``first`` until ``end``, or None where there are none."""
    return Stretch(first, end) if end is None or first < end else None


def taking_part(participant: Participant) -> Stretch | None:
    """The days a participant is in force, or None where ``to`` leaves none."""
    return between(participant.start, participant.to)


class Dated(Protocol):
    @property
    def start(self) -> date: ...


D = TypeVar("D", bound=Dated)


def reigns(entries: Iterable[D]) -> list[tuple[D, Stretch]]:
    """Each entry of a date-keyed map with the days it is in force."""
    ordered = sorted(entries, key=lambda entry: entry.start)
    dated = []
    for index, entry in enumerate(ordered):
        reign = between(entry.start, ordered[index + 1].start if index + 1 < len(ordered) else None)
        if reign:
            dated.append((entry, reign))
    return dated


def hull(stretches: Sequence[Stretch]) -> Stretch:
    """From the first day of all of them to the last."""
    ends = [stretch.end for stretch in stretches if stretch.end is not None]
    return Stretch(min(stretch.first for stretch in stretches), max(ends) if len(ends) == len(stretches) else None)


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order, those that touch made one."""
    runs: list[Stretch] = []
    for stretch in stretches:
        if runs and runs[-1].end == stretch.first:
            runs[-1] = Stretch(runs[-1].first, stretch.end)
        else:
            runs.append(stretch)
    return runs


def changes(participants: Iterable[Participant]) -> Iterator[date]:
    """The days on which someone enters or has left."""
    for participant in participants:
        yield participant.start
        if participant.to is not None:
            yield participant.to


def _earlier(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
