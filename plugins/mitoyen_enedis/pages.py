"""What was read and where its cells are: pages of text, of tagged points, of a workbook.

Numbers of meters stand in the names of files too: a page's name shows their last digits only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Place
from mitoyen.intake import privacy
from mitoyen.intake.text import Lines, span

PARIS = ZoneInfo("Europe/Paris")

_WRITTEN = re.compile(r"ENEDIS_\w+_(20\d{12})\.\w+$", re.ASCII)


@dataclass(frozen=True)
class TextPage:
    """Lines of cells parted by ``;``. A row is known by its line."""

    name: str
    content: bytes = field(repr=False)
    header_line: int = 1

    def place(self, line: int, cell: int) -> Place:
        column, width = span(self._lines[line], ";", cell)
        return Place(self.name, line, column, width)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.content)


@dataclass(frozen=True)
class MarkedPage:
    """JSON or XML, whose points each have one ``mark``. A row is known by the number of its point, from 1."""

    name: str
    content: bytes = field(repr=False)
    mark: re.Pattern[bytes]
    header_line: int = 0

    def place(self, line: int, cell: int) -> Place:  # noqa: ARG002 - a point has one place
        at = self._starts
        offset = int(at[min(line, len(at)) - 1]) if line > 0 and len(at) else 0
        before = self.content[:offset]
        return Place(self.name, before.count(b"\n") + 1, offset - before.rfind(b"\n"))

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.array([found.start() for found in self.mark.finditer(self.content)], np.int64)


@dataclass(frozen=True)
class SheetPage:
    """A sheet of a workbook. A row is known by its number there."""

    name: str
    header_line: int = 1

    def place(self, line: int, cell: int) -> Place:
        return Place(self.name, line, cell + 1)


def edition_of(path: str) -> int:
    """When the operator wrote a file, as its name says (``ENEDIS_R63_…_20250313093019.csv``); 0 where not."""
    match = _WRITTEN.search(path)
    try:
        return int(datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=PARIS).timestamp()) if match else 0
    except ValueError:
        return 0


def shown(name: str) -> str:
    """A file's name without the numbers that may be those of meters."""
    return privacy.masked(name)
