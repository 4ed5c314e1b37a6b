"""One file from bytes to the cells of its curves, with an account of every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.contracts import MISSING, Energies
from mitoyen.intake import moments, privacy, quantities
from mitoyen.intake.curve import Curve, Target
from mitoyen.intake.memo import Memo
from mitoyen.intake.moments import Fate, Flags
from mitoyen.intake.quantities import Quantities
from mitoyen.intake.stamps import UNREADABLE
from mitoyen.intake.tally import Tally
from mitoyen_csv import columns
from mitoyen_csv.columns import Columns
from mitoyen_csv.options import Block
from mitoyen_csv.sheet import Chunk, Sheet

CHUNK = 10_000

NO_VALUE = "no value"
NOT_NUMBER = "not a number"
OTHER_STEP = "of another step"
OUTSIDE = "outside the month"
WRONG_WIDTH = "more or fewer cells than the header"
NOT_ASKED = "of a meter that is not in the operation this month"
NO_METER = "of no meter of the operation"
LEFT = {
    Fate.OUTSIDE: OUTSIDE,
    Fate.UNREADABLE: "unreadable time",
    Fate.NO_OFFSET: "time without offset",
    Fate.ABSENT_HOUR: "in the hour that does not exist",
    Fate.WHICH_HOUR: "in the hour that comes twice, which one is unknown",
    Fate.OFF_GRID: "not on the grid of steps",
}


@dataclass(slots=True)
class Account:
    """A file that was read: its curves, and where each of its cells went."""

    sheet: Sheet
    columns: Columns
    tally: Tally
    curves: list[Curve] = field(default_factory=list)
    rows: int = 0
    left: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    words: set[str] = field(default_factory=set)
    """Long: the words of the meter column that name no meter."""
    offsets: int = 0
    """Rows whose time has an offset from UTC."""
    naive: int = 0
    """Rows whose time has none."""
    decimal: str | None = None
    """The decimal sign given or seen."""
    rounded: int = 0
    steps: Counter[int] = field(default_factory=Counter)
    """The steps found, in seconds, by how many curves."""
    edges: tuple[str, str] = ("", "")
    """The first and the last time as written."""
    shifted: bool = False
    """Whether the times look as if they named the other end of their step."""
    descending: bool = False


@dataclass(slots=True)
class _Part:
    """What a chunk of rows gave for one series; arrays of shape [row]."""

    seconds: Energies
    offset: Flags
    lines: NDArray[np.int32]
    values: list[Energies]
    rounded: list[Flags | None]


class _Meters:
    """Words of a meter column as numbers: the position of their series in ``targets``, or why they have none."""

    NO_METER = -1
    NOT_ASKED = -2

    def __init__(self, block: Block, asked: Collection[str]) -> None:
        self.targets: list[Target] = []
        self.unknown: set[str] = set()
        self.codes = Memo(self._code)
        self._block, self._asked = block, asked

    def _code(self, word: str) -> int:
        target = columns.word_target(word.strip(), self._block, self._asked)
        if target is None:
            self.unknown.add(word.strip())
            return self.NO_METER
        if target.meter not in self._asked:
            return self.NOT_ASKED
        if target not in self.targets:
            self.targets.append(target)
        return self.targets.index(target)


class Reader:
    """Reads one sheet. ``zone`` is that of times without an offset, None where they are refused."""

    def __init__(
        self,
        sheet: Sheet,
        block: Block,
        roles: Columns,
        clock: Clock,
        zone: ZoneInfo | None,
        asked: Collection[str],
    ) -> None:
        self.block, self.roles, self.clock, self.zone, self.asked = block, roles, clock, zone, asked
        self.tally = Tally(sheet)
        self.account = Account(sheet, roles, self.tally)
        self.quantities = Quantities(block.scale(clock.step), block.decimal, block.missing)

    def read(self) -> Account:
        """Raise Refused (ACC420) where the text cannot be cut into cells."""
        if self.roles.layout == "long":
            self._read_long()
        elif self.roles.targets:
            self._read_wide()
        self.account.decimal = self.quantities.decimal
        return self.account

    def _read_wide(self) -> None:
        account, targets = self.account, self.roles.targets
        asked = {cell: target for cell, target in targets.items() if target.meter in self.asked}
        parts = []
        for chunk in self._chunks(len(targets)):
            account.left[NOT_ASKED] += (len(targets) - len(asked)) * len(chunk.rows)
            seconds, offset, near = self._times(chunk)
            unreadable = int((seconds == UNREADABLE).sum())
            account.left[LEFT[Fate.UNREADABLE]] += len(asked) * unreadable
            account.left[OUTSIDE] += len(asked) * (len(near) - unreadable - int(near.sum()))
            parts.append(self._part(chunk, np.flatnonzero(near), seconds, offset, asked))
        whole = _joined(parts, len(asked))
        placed = moments.place(whole.seconds, whole.offset, self.zone, self.clock, stamp_end=self.block.stamp_end)
        self._order(placed, whole.lines)
        for number, (cell, target) in enumerate(asked.items()):
            self._curve(target, cell, placed, whole.lines, whole.values[number], whole.rounded[number])

    def _read_long(self) -> None:
        account, cell = self.account, self.roles.value
        meters = _Meters(self.block, self.asked)
        parts, kept = [], []
        for chunk in self._chunks(1):
            seconds, offset, near = self._times(chunk)
            code = meters.codes.array([row[self.roles.meter] for row in chunk.rows])
            account.left[NO_METER] += int((code == _Meters.NO_METER).sum())
            account.left[NOT_ASKED] += int((code == _Meters.NOT_ASKED).sum())
            unreadable = int(((seconds == UNREADABLE) & (code >= 0)).sum())
            account.left[LEFT[Fate.UNREADABLE]] += unreadable
            account.left[OUTSIDE] += int((~near & (code >= 0)).sum()) - unreadable
            keep = np.flatnonzero(near & (code >= 0))
            kept.append(code[keep])
            parts.append(self._part(chunk, keep, seconds, offset, (cell,)))
        account.words = meters.unknown
        whole = _joined(parts, 1)
        code = np.concatenate(kept) if kept else np.zeros(0, np.int64)
        order = np.argsort(code, kind="stable")
        bounds = np.searchsorted(code[order], np.arange(len(meters.targets) + 1))
        for number, target in enumerate(meters.targets):
            mine = order[bounds[number] : bounds[number + 1]]
            lines, rounded = whole.lines[mine], whole.rounded[0]
            placed = moments.place(
                whole.seconds[mine], whole.offset[mine], self.zone, self.clock, stamp_end=self.block.stamp_end
            )
            self._order(placed, lines)
            self._curve(
                target, cell, placed, lines, whole.values[0][mine], None if rounded is None else rounded[mine]
            )

    def _chunks(self, cells: int) -> Iterator[Chunk]:
        """The rows many at a time; those that do not fit the header are counted as left."""
        account = self.account
        for chunk in account.sheet.chunks(CHUNK):
            count = len(chunk.rows) + len(chunk.odd)
            account.lines += count
            account.rows += cells * count
            account.left[WRONG_WIDTH] += cells * len(chunk.odd)
            for row in chunk.odd:
                kind, word = ("open quote", row.lines) if row.lines > 1 else ("width", len(row.cells))
                self.tally.add_one(kind, row.line, max(len(row.cells) - 1, 0), str(word))
            yield chunk

    def _times(self, chunk: Chunk) -> tuple[Energies, Flags, Flags]:
        """Seconds and offsets of the rows, and which may be of the month."""
        account = self.account
        stamps = [row[self.roles.stamp] for row in chunk.rows]
        seconds, offset = self.roles.form.read(stamps)
        unreadable = np.flatnonzero(seconds == UNREADABLE)
        if len(unreadable):
            word = privacy.shape(stamps[int(unreadable[0])])
            self.tally.add("stamp", chunk.lines[unreadable], self.roles.stamp, word)
        if stamps:
            account.edges = account.edges[0] or stamps[0].strip(), stamps[-1].strip()
        account.offsets += int(offset.sum())
        account.naive += len(stamps) - int(offset.sum()) - len(unreadable)
        return seconds, offset, moments.near(seconds, self.clock)

    def _part(
        self, chunk: Chunk, keep: NDArray[np.int64], seconds: Energies, offset: Flags, cells: Collection[int]
    ) -> _Part:
        """The values of the rows to keep."""
        rows = [chunk.rows[row] for row in keep.tolist()]
        words = [[row[cell] for row in rows] for cell in cells]
        values = [self.quantities.read(column) for column in words]
        rounded = [self.quantities.rounded(column) for column in words]
        return _Part(seconds[keep], offset[keep], chunk.lines[keep], values, rounded)

    def _order(self, placed: moments.Moments, lines: NDArray[np.int32]) -> None:
        self.account.descending |= placed.descending
        self.tally.add("order", lines[placed.back], self.roles.stamp)
        start = placed.start[(placed.fate == Fate.IN) | (placed.fate == Fate.OUTSIDE)]
        if len(start):
            off = -self.clock.step if self.block.stamp_end else self.clock.step
            ends = self.clock.start + off, self.clock.end - self.clock.step + off
            self.account.shifted |= (int(start.min()), int(start.max())) == ends

    def _curve(
        self,
        target: Target,
        cell: int,
        placed: moments.Moments,
        lines: NDArray[np.int32],
        values: Energies,
        rounded: Flags | None,
    ) -> None:
        account, tally = self.account, self.tally
        fate = placed.fate
        blank = values == MISSING
        for kind, reason in LEFT.items():
            # A blank cell is a blank cell, whatever is wrong with its time, except where the month is another.
            rows = (fate == kind) & (~blank | (kind == Fate.OUTSIDE))
            account.left[reason] += int(rows.sum())
            if kind not in (Fate.OUTSIDE, Fate.OFF_GRID):
                tally.add(kind.name, lines[rows], self.roles.stamp)
        account.left[NO_VALUE] += int((blank & (fate != Fate.OUTSIDE)).sum())
        inside = fate == Fate.IN
        bad = inside & quantities.bad(values)
        account.left[NOT_NUMBER] += int(bad.sum())
        for value in np.unique(values[bad]):
            rows = lines[bad & (values == value)]
            reason, hint = self.quantities.reason(int(value))
            word = privacy.shape(account.sheet.cell(int(rows.min()), cell))
            tally.add(f"number\t{reason}\t{hint}", rows, cell, word)
        timed = np.flatnonzero(((fate == Fate.IN) | (fate == Fate.OFF_GRID)) & ~blank)
        step, wrong = moments.other_step(placed.start[timed], self.clock.step)
        account.steps[step] += 1
        other = np.zeros(len(values), np.bool_)
        other[timed[wrong]] = True
        tally.add(f"step {step}", lines[other], self.roles.stamp)
        off_grid = (fate == Fate.OFF_GRID) & ~blank
        tally.add("grid", lines[off_grid & ~other], self.roles.stamp)
        # A bad number of another step was counted above.
        account.left[OTHER_STEP] += int((other & inside & ~bad).sum())
        present = inside & ~other & ~blank & ~bad
        if rounded is not None:
            account.rounded += int((rounded & present).sum())
        kept = np.flatnonzero(inside)
        account.curves.append(
            Curve(
                target,
                cell,
                (placed.start[kept] - self.clock.start) // self.clock.step,
                np.where(present, values, MISSING)[kept],
                lines[kept],
            )
        )


def _joined(parts: list[_Part], count: int) -> _Part:
    """The chunks of a file as one."""
    if not parts:
        none = np.zeros(0, np.int64)
        return _Part(none, none.astype(np.bool_), none.astype(np.int32), [none] * count, [None] * count)
    rounded: list[Flags | None] = []
    for number in range(count):
        flags = [part.rounded[number] for part in parts]
        if all(some is None for some in flags):
            rounded.append(None)
        else:
            rounded.append(
                np.concatenate(
                    [
                        np.zeros(len(part.lines), np.bool_) if some is None else some
                        for part, some in zip(parts, flags, strict=True)
                    ]
                )
            )
    return _Part(
        np.concatenate([part.seconds for part in parts]),
        np.concatenate([part.offset for part in parts]),
        np.concatenate([part.lines for part in parts]),
        [np.concatenate([part.values[number] for part in parts]) for number in range(count)],
        rounded,
    )
