"""A CSV text as header and rows, with the place of every cell."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Place
from mitoyen.intake import privacy, stamps
from mitoyen.intake.text import Lines, Text, refusal, span

DELIMITERS = (";", ",", "\t", "|")
_SAMPLE = 200
_HEAD = 1 << 17


class Row(NamedTuple):
    line: int
    """The line it begins on, from 1."""
    lines: int
    """How many lines it runs over (a quoted cell may hold line ends)."""
    cells: list[str]


class Chunk(NamedTuple):
    """Some rows of a sheet."""

    lines: NDArray[np.int32]
    """[row]: the line each begins on."""
    rows: list[list[str]]
    """Each with as many cells as the header."""
    odd: list[Row]
    """Those that do not fit the header, or run over several lines."""


class Sheet:
    """A file's rows under one header line."""

    def __init__(self, name: str, text: Text, delimiter: str | None) -> None:
        """Raise Refused (ACC420) where no header and rows can be made out."""
        self.name = name
        self.content = text.content
        self.encoding = text.encoding
        if delimiter is None:
            self.delimiter, self.delimiter_found = _delimiter(name, text.content), True
        else:
            self.delimiter, self.delimiter_found = delimiter, False
        rows = self._rows()
        first = next(rows, None)
        if first is None:
            raise refusal(name, "the file is empty", "download or export it again")
        self.header = [cell.strip() for cell in first[2]]
        self.header_line = first[0]
        head = [Row(*row) for row in islice(rows, _SAMPLE)]
        self.sample = [row.cells for row in head if self.fits(row.cells)]
        _check_width(self, head)

    @property
    def width(self) -> int:
        return len(self.header)

    def fits(self, cells: list[str]) -> bool:
        """Whether a row has the header's cells; empty ones too many or too few at its end are evened out."""
        if len(cells) > self.width and not any(cell.strip() for cell in cells[self.width :]):
            del cells[self.width :]
        elif len(cells) < self.width and not any(self.header[len(cells) :]) and len(cells) > 1:
            cells.extend([""] * (self.width - len(cells)))
        return len(cells) == self.width

    def rows(self) -> Iterator[list[str]]:
        """The data rows that fit the header, for looking at them. Raise Refused (ACC420) as ``chunks`` does."""
        return (cells for _, _, cells in islice(self._rows(), 1, None) if self.fits(cells))

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Every row after the header that holds anything, ``size`` at a time.

        Raise Refused (ACC420) where the text cannot be cut into cells.
        """
        rows, width = islice(self._rows(), 1, None), self.width
        while some := list(islice(rows, size)):
            # Most rows fit as they are; asking for no more than that is what makes large files bearable.
            odd = [row for row in some if len(row[2]) != width or row[1] > 1]
            odd = [row for row in odd if row[1] > 1 or not self.fits(row[2])]
            if odd:
                left = {row[0] for row in odd}
                some = [row for row in some if row[0] not in left]
            lines = np.array([line for line, _, _ in some], dtype=np.int32)
            yield Chunk(lines, [cells for _, _, cells in some], [Row(*row) for row in odd])

    def _rows(self) -> Iterator[tuple[int, int, list[str]]]:
        """What a Row says, as a plain tuple: there are many."""
        lines = io.TextIOWrapper(io.BytesIO(self.content), "utf-8", newline="\n")
        reader = csv.reader(lines, delimiter=self.delimiter)
        before = 0
        try:
            for cells in reader:
                line, before = before + 1, reader.line_num
                # Blank lines, and the `;;;;` that spreadsheets leave below a table.
                if (cells and cells[0].strip()) or "".join(cells).strip():
                    yield line, before - line + 1, cells
        except csv.Error as broken:
            message = f"the text cannot be cut into cells: {broken}"
            raise refusal(self.name, message, "is a quote left open?", before + 1) from broken

    def place(self, line: int, cell: int) -> Place:
        """The place of a row's cell, counted from 0; where the row has fewer cells, of its end."""
        column, width = span(self._lines[line], self.delimiter, cell)
        return Place(self.name, line, column, width)

    def cell(self, line: int, cell: int) -> str:
        """What a row on one line has in a cell; nothing where it has fewer."""
        cells = next(csv.reader([self._lines[line]], delimiter=self.delimiter), [])
        return cells[cell] if cell < len(cells) else ""

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.content)


def _delimiter(name: str, content: bytes) -> str:
    """The sign that cuts the first lines into equally many cells; raise Refused where none or several do."""
    head = content[:_HEAD]
    if len(content) > _HEAD:
        head = head[: head.rfind(b"\n") + 1] or head
    lines = [line for line in head.decode("utf-8", "replace").split("\n") if line.strip()][:_SAMPLE]
    even: dict[str, float] = {}
    uneven: dict[str, int] = {}
    for sign in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=sign) if cells]
        except csv.Error:
            continue
        if not widths:
            continue
        header, rows = widths[0], widths[1:] or widths
        same = sum(header <= width <= header + 1 for width in rows) / len(rows)
        if header > 1 and same > 0.5:
            even[sign] = same
        elif max(widths) > 1:
            uneven[sign] = Counter(rows).most_common(1)[0][0]
    best = max(even.values(), default=0.0)
    chosen = [sign for sign, same in even.items() if same == best]
    if len(chosen) > 1:
        # A comma in a header and decimal commas below it look like a delimiter too: a time in a cell tells.
        chosen = [sign for sign in chosen if _has_time(lines[-1], sign)] or chosen
    if len(chosen) > 1:
        said = " or ".join(repr(sign) for sign in chosen)
        raise refusal(name, f"its cells may be parted by {said}", "say `delimiter:`")
    if chosen:
        return chosen[0]
    if uneven:
        return max(uneven, key=lambda sign: uneven[sign])
    raise refusal(name, "no delimiter is found in the file: one of ; , tab |", "is it a CSV file with a header?")


def _has_time(line: str, delimiter: str) -> bool:
    return any(stamps.likely([cell]) for cell in next(csv.reader([line], delimiter=delimiter), []))


def _check_width(sheet: Sheet, head: Sequence[Row]) -> None:
    """Refuse a file whose first line is not the header of most of its rows."""
    name, width, line = sheet.name, sheet.width, sheet.header_line
    if not head:
        raise refusal(name, "the file has a header and no row", "download or export it again", line)
    usual = Counter(len(row.cells) for row in head).most_common(1)[0][0]
    if usual == width:
        return
    message = f"line {line} has {_cells(width)} and the rows below it have {usual}: it is not their header"
    later = next((row for row in head if len(row.cells) == usual), None)
    hint = "the first line has to be the header of all rows"
    if sheet.delimiter == "," and usual > width:
        hint = "is the comma both delimiter and decimal sign? Export with ; or with quotes around the values"
    elif later is not None and any(cell and not any(sign.isdigit() for sign in cell) for cell in later.cells):
        shown = sheet.delimiter.join(privacy.bare(cell) for cell in later.cells)
        hint = f"the header seems to be line {later.line} ({shown}): remove what is above it"
    raise refusal(name, message, hint, line)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
