"""Curves of several files become one series a meter: what stands twice is merged, what differs is not chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.contracts import MISSING, Energies, Finding, Place, Series
from mitoyen.intake.curve import Account, Curve, Target
from mitoyen.intake.moments import Flags
from mitoyen.intake.tally import Page

SAME = "duplicate, same value"
SAME_ELSEWHERE = "in an earlier file too, same value"
DIFFERENT = "duplicate, different values"
REPLACED = "replaced by a later publication"


@dataclass(frozen=True, slots=True)
class Places:
    """Where each step of a series was read: called with a step, it gives the place."""

    origins: Sequence[tuple[Page, int]]
    """The pages the series was read from, and the position of its values in their rows."""
    origin: NDArray[np.int16]
    """[step]; -1 where no row is."""
    lines: NDArray[np.int32]
    """[step]"""

    def __call__(self, step: int) -> Place:
        """The cell of that step, else the last one before it, else the header of the column."""
        known = np.flatnonzero(self.origin[: step + 1] >= 0)
        if len(known):
            sheet, cell = self.origins[int(self.origin[known[-1]])]
            return sheet.place(int(self.lines[known[-1]]), cell)
        sheet, cell = self.origins[0]
        return sheet.place(sheet.header_line, cell)


@dataclass(slots=True)
class Clash:
    """The cells of two files (or of one) that have different values for the same step."""

    first: tuple[Target, int]
    """The series and the step of the first."""
    here: Place
    there: Place
    count: int = 0
    steps: set[int] = field(default_factory=set)

    def finding(self, clock: Clock) -> Finding:
        """ACC403: nothing is chosen between two values."""
        target, step = self.first
        message = f"two different values of {target} for {clock.stamp(step)}, here and at {self.there}"
        message += "; neither is taken"
        if self.count > 1:
            between = "files" if self.here.path != self.there.path else "rows"
            message += f"; {self.count - 1} more between these {between}, until {clock.stamp(max(self.steps))}"
        hint = "keep the right one; where the operator published again, keep only its last file"
        return Finding("ACC403", message, self.here, hint)


@dataclass(frozen=True, slots=True)
class _Cells:
    """All cells of one series; arrays of shape [cell]."""

    steps: NDArray[np.int64]
    values: Energies
    lines: NDArray[np.int32]
    origin: NDArray[np.int16]


class Merger:
    """Merges curves of a clock; what they have twice moves to the ``left`` of their accounts."""

    def __init__(self, curves: Iterable[tuple[Account, Curve]], clock: Clock) -> None:
        self.curves, self.clock = curves, clock
        self.clashes: dict[tuple[str, str], Clash] = {}

    def merge(self) -> tuple[Series, ...]:
        """One series for each target, sorted. Fills ``clashes``, and the tallies of the accounts."""
        curves: dict[Target, list[tuple[Account, Curve]]] = defaultdict(list)
        for account, curve in self.curves:
            curves[curve.target].append((account, curve))
        ordered = sorted(curves, key=lambda target: (target.meter, target.kind, target.toward or ""))
        return tuple(self._series(target, curves[target]) for target in ordered)

    def _series(self, target: Target, curves: list[tuple[Account, Curve]]) -> Series:
        cells = _Cells(
            np.concatenate([curve.steps for _, curve in curves]),
            np.concatenate([curve.values for _, curve in curves]),
            np.concatenate([curve.lines for _, curve in curves]),
            np.repeat(np.arange(len(curves), dtype=np.int16), [len(curve.steps) for _, curve in curves]),
        )
        values: Energies = np.full(self.clock.steps, MISSING, np.int64)
        origin, lines = np.full(self.clock.steps, -1, np.int16), np.zeros(self.clock.steps, np.int32)
        # First the rows without value, so that a hole that has a row has its place; then the values over them.
        blank = cells.values == MISSING
        origin[cells.steps[blank]], lines[cells.steps[blank]] = cells.origin[blank], cells.lines[blank]
        order = self._last_editions(curves, cells, np.flatnonzero(~blank))
        order = order[np.argsort(cells.steps[order], kind="stable")]
        if len(order):
            steps, begins = np.unique(cells.steps[order], return_index=True)
            first = order[begins]
            lowest, highest = (ufunc.reduceat(cells.values[order], begins) for ufunc in (np.minimum, np.maximum))
            agreed = lowest == highest
            values[steps[agreed]] = lowest[agreed]
            origin[steps], lines[steps] = cells.origin[first], cells.lines[first]
            if len(order) > len(first):
                group = np.repeat(np.arange(len(steps)), np.diff(np.append(begins, len(order))))
                self._twice(target, curves, cells, order, first[group], agreed[group])
        origins = [(account.sheet, curve.cell) for account, curve in curves]
        return Series(target.meter, target.kind, values, target.toward, Places(origins, origin, lines))

    def _last_editions(
        self, curves: list[tuple[Account, Curve]], cells: _Cells, order: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The cells of ``order`` that no later edition replaces; the others are accounted for."""
        editions = np.array([curve.edition for _, curve in curves])
        # A file that does not say when it was published is neither later nor earlier.
        if (editions == editions[0]).all() or not editions.all():
            return order
        mine = editions[cells.origin[order]]
        last = np.full(self.clock.steps, editions.min())
        np.maximum.at(last, cells.steps[order], mine)
        replaced = mine < last[cells.steps[order]]
        for number, (account, _) in enumerate(curves):
            account.left[REPLACED] += int((cells.origin[order[replaced]] == number).sum())
        return order[~replaced]

    def _twice(
        self,
        target: Target,
        curves: list[tuple[Account, Curve]],
        cells: _Cells,
        order: NDArray[np.int64],
        first: NDArray[np.int64],
        agreed: Flags,
    ) -> None:
        """Account for every cell of ``order`` beyond the ``first`` of its step."""
        for number, (account, curve) in enumerate(curves):
            mine = cells.origin[order] == number
            account.left[DIFFERENT] += int((mine & ~agreed).sum())
            again = mine & agreed & (order != first)
            here = np.array([other is account for other, _ in curves])[cells.origin[first]]
            account.left[SAME] += int((again & here).sum())
            account.left[SAME_ELSEWHERE] += int((again & ~here).sum())
            account.tally.add("same", cells.lines[order[again & here]], curve.cell)
        for cell, other in zip(order[~agreed], first[~agreed], strict=True):
            if cells.values[cell] != cells.values[other]:
                self._clash(target, curves, cells, int(cell), int(other))

    def _clash(
        self, target: Target, curves: list[tuple[Account, Curve]], cells: _Cells, cell: int, other: int
    ) -> None:
        (account, curve), (origin, source) = curves[int(cells.origin[cell])], curves[int(cells.origin[other])]
        files = account.sheet.name, origin.sheet.name
        if files not in self.clashes:
            self.clashes[files] = Clash(
                (target, int(cells.steps[cell])),
                account.sheet.place(int(cells.lines[cell]), curve.cell),
                origin.sheet.place(int(cells.lines[other]), source.cell),
            )
        self.clashes[files].count += 1
        self.clashes[files].steps.add(int(cells.steps[cell]))
