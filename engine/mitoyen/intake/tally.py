"""Faults of one file, gathered: three thousand bad rows are one finding with a first place and a count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Place


class Page(Protocol):
    """What was read, and where its cells are: a file, or a member of an archive."""

    @property
    def name(self) -> str:
        """The file as people name it; the numbers of meters that its name may hold are masked."""

    @property
    def header_line(self) -> int: ...

    def place(self, line: int, cell: int) -> Place:
        """The place of a row's cell, counted from 0."""


@dataclass(slots=True)
class Fault:
    """One kind of fault of a page: how often, on which lines, and the first cell."""

    sheet: Page
    count: int = 0
    first: tuple[int, int] = (0, 0)
    """Line, and cell from 0."""
    word: str = ""
    """What the first one says."""
    _lines: list[NDArray[np.int32]] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return self.sheet.place(*self.first)

    @property
    def rows(self) -> int:
        """On how many lines; ``count`` counts cells."""
        return len(np.unique(np.concatenate(self._lines)))

    @property
    def span(self) -> str:
        """``on lines 4 to 12``"""
        last = max(int(lines.max()) for lines in self._lines)
        first, last = (self.sheet.place(line, 0).line for line in (self.first[0], last))
        return f"on line {last}" if last == first else f"on lines {first} to {last}"

    def more(self, noun: str) -> str:
        """`` (3 more such rows, on lines 4 to 12)``, nothing where it is the only one."""
        more = self.rows - 1
        return f" ({more} more such {noun}{'s' if more > 1 else ''}, {self.span})" if more else ""


class Tally(dict[str, Fault]):
    """The faults of one page by kind."""

    def __init__(self, sheet: Page) -> None:
        super().__init__()
        self.sheet = sheet

    def add(self, kind: str, lines: NDArray[np.int32], cell: int, word: str = "") -> None:
        """Count a fault of one cell on each of these lines (none is fine); ``word`` belongs to the first."""
        if len(lines) == 0:
            return
        fault = self.setdefault(kind, Fault(self.sheet))
        first = int(lines.min()), cell
        if not fault.count or first < fault.first:
            fault.first, fault.word = first, word
        fault.count += len(lines)
        fault._lines.append(lines)

    def add_one(self, kind: str, line: int, cell: int, word: str = "") -> None:
        self.add(kind, np.array([line], dtype=np.int32), cell, word)
