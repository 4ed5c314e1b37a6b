"""What is known of the quality of a month's data: who brought them and when, what was missing, what changed since.

All of it is in the pointers, but for two things that are looked up in the store, where there is something to look
up: what an earlier delivery said otherwise, and how far the operator's own figures are from those of the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from mitoyen import history, restated
from mitoyen.clock import Month
from mitoyen.contracts import NOTHING, Operation
from mitoyen.curves import Curves
from mitoyen.diagnostics import Refused
from mitoyen.history import History
from mitoyen.store import Lost, Results
from mitoyen.workspace import Workspace

TOLERANCE = 2
"""Milliwatt-hours by which a step may differ from what the operator published, as for `mitoyen compare`."""

_PUBLISHED = {"shared", "complement", "surplus"}


@dataclass(frozen=True, slots=True)
class Restatement:
    """What a delivery of the month said otherwise than the next one; None where ``unknown`` says why."""

    until: str
    """The day on which it was replaced, ISO."""
    steps: int | None = None
    """A step counts once for each series that differs in it."""
    meters: int | None = None
    energy: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    """Milliwatt-hours more, or less, by kind of series; for the board only."""
    unknown: Literal["", "lost", "clock"] = ""
    """One of the two is not in the store any more, or they are on different clocks."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Shares by the key on the measured curves, held against those that the operator published."""

    keys: tuple[str, ...]
    """The rules they are computed with: where the operator's shares bind, the nearest one without options."""
    tolerance: int
    compared: int
    """Steps, each member's counted, at which there is a published figure."""
    beyond: int
    """Those at which it differs by more than ``tolerance`` milliwatt-hours."""
    largest: int | None
    """The most by which one differs, milliwatt-hours without a sign; for the board only."""


@dataclass(frozen=True, slots=True)
class MonthQuality:
    month: str
    source: str
    delivered: str | None
    """The day on which the data were committed as they are, ISO; None where they are not, or where a shallow clone
    does not say."""
    meters: int
    steps: int
    """Of the month's clock."""
    filled: int
    """Steps of measured curves that were missing, and filled."""
    filled_by: Mapping[str, int]
    """The same by alias of the meter; for the board only."""
    policy: str | None
    """What the operation says of holes: ``refuse``, ``zero`` or ``estimate``; None where the pointer does not."""
    left: Mapping[str, int]
    """Values that were read and not taken, by reason."""
    restated: tuple[Restatement, ...]
    """Oldest first."""
    published: bool
    """Whether the operator's own shares or surplus are in the data."""
    difference: Difference | None
    """None where nothing was published, or where ``trouble`` says why."""
    trouble: str = ""
    """Why the month cannot be compared; only its codes where the audience is not the board."""

    @property
    def expected(self) -> int:
        """Meters by steps; who takes part for a part of the month counts for all of it."""
        return self.meters * self.steps

    @property
    def availability(self) -> Fraction:
        """The part of what was expected that was measured."""
        return 1 - Fraction(self.filled, self.expected) if self.expected else Fraction(0)


def quality(
    here: Workspace,
    operation: Operation,
    audience: str,
    *,
    past: History | None = None,
    tolerance: int = TOLERANCE,
) -> tuple[MonthQuality, ...]:
    """Every month with data, newest first, for ``board``, ``members`` or ``public``; ``past`` where it was read.

    Nothing is computed but for months with published series or former data.
    """
    if not operation.months:
        return ()
    if past is None:
        past = history.read(here, operation.id)
    board = audience == "board"
    return tuple(
        _month(here, operation, month, board, past, tolerance) for month in sorted(operation.months, reverse=True)
    )


def _month(
    here: Workspace, operation: Operation, month: str, board: bool, past: History, tolerance: int
) -> MonthQuality:
    pointer = operation.months[month]
    gaps = pointer.get("gaps", {})
    filled: Mapping[str, int] = gaps.get("filled", {})
    published = not _PUBLISHED.isdisjoint(pointer.get("series", ()))
    difference, trouble = _difference(here, operation, month, board, tolerance) if published else (None, "")
    return MonthQuality(
        month=month,
        source=pointer["source"],
        delivered=_delivered(past, month),
        meters=len(pointer["meters"]),
        steps=pointer["steps"],
        filled=sum(filled.values()),
        filled_by=dict(filled) if board else NOTHING,
        policy=gaps.get("policy"),
        left=dict(pointer.get("values", {}).get("left", {})),
        restated=tuple(_restated(pointer, here.results, board)) if pointer.get("former") else (),
        published=published,
        difference=difference,
        trouble=trouble,
    )


def _delivered(past: History, month: str) -> str | None:
    """The day of the commit that wrote the pointer, not of the one that merged it."""
    cause = past.blame_data(month)
    commit = (cause.written or cause.commit) if cause and not cause.earlier else None
    return commit.date[:10] if commit else None


def _restated(pointer: Mapping[str, Any], results: Results, board: bool) -> Iterator[Restatement]:
    """Each delivery that counted before against the one that came after it."""
    former = pointer["former"]
    later = [*(one["snapshot"] for one in former[1:]), pointer["snapshot"]]
    for one, after in zip(former, later, strict=True):
        until, before = str(one["until"]), one["snapshot"]
        old, new = _curves(results, before), _curves(results, after)
        if old is None or new is None:
            yield Restatement(until, unknown="lost")
            continue
        found = restated.between(before, new, after, results)
        if found and found.unknown:
            yield Restatement(until, unknown="clock")
            continue
        moved = found.moved if found else ()
        energy: dict[str, int] = {}
        for series in moved if board else ():
            if series.name.kind != "coefficient":
                energy[series.name.kind] = energy.get(series.name.kind, 0) + series.energy
        meters = len({series.name.id for series in moved})
        yield Restatement(until, sum(series.steps for series in moved), meters, energy)


def _curves(results: Results, snapshot: str) -> Curves | None:
    try:
        return results.curves(snapshot)
    except Lost:
        return None


def _difference(
    here: Workspace, operation: Operation, month: str, board: bool, tolerance: int
) -> tuple[Difference | None, str]:
    """How far ours and theirs are apart; else why that cannot be told."""
    from mitoyen.compared import compare  # here: most months have nothing to compare with

    try:
        done = compare(operation, Month.parse(month), here.host, here.results, tolerance=tolerance)
    except Refused as refused:
        # A message names members and meters; its code does not.
        said = (f"{one.code} {one.message}" if board else one.code for one in refused.findings)
        return None, "\n".join(dict.fromkeys(said))
    return (
        Difference(
            done.keys,
            done.tolerance,
            sum(one.known for one in done.members),
            sum(one.beyond for one in done.members),
            max((abs(one.most) for one in done.members), default=0) if board else None,
        ),
        "",
    )
