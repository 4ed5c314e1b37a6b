"""Text as Enedis writes tables: sections one below the other, each with a header or none, cells by ``;``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Place
from mitoyen_enedis.payload import broken, folded

_HEADER = re.compile(rb'(?i)"?(?:identifiant|horodate|p(?:e|\xc3\xa9)riode)\b[^\n]*')
_BEGINS = np.frombuffer(b'"IiHhPp', np.uint8)
_MOST_CELLS = 400
_LONGEST_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class Section:
    """The lines below one header, up to the next."""

    header: tuple[str, ...]
    """As written; empty where the file begins with data."""
    line: int
    """Of the header, or of the first line where there is none."""
    body: bytes
    first: int
    """The line the body begins on."""

    @property
    def names(self) -> tuple[str, ...]:
        """The header folded: without accents and capitals."""
        return tuple(folded(cell) for cell in self.header)


def sections(content: bytes) -> Iterator[Section]:
    """Every section in the order of the file, also those without rows."""
    headers = list(_headers(content))
    first = headers[0].start() if headers else len(content)
    if content[:first].strip():
        yield Section((), 1, content[:first], 1)
    line, counted = 1, 0
    for number, header in enumerate(headers):
        line, counted = line + content.count(b"\n", counted, header.start()), header.start()
        end = headers[number + 1].start() if number + 1 < len(headers) else len(content)
        cells = tuple(cell.strip(' "') for cell in header[0].decode("utf-8").split(";")[:_MOST_CELLS])
        yield Section(cells, line, content[header.end() + 1 : end], line + 1)


def _headers(content: bytes) -> Iterator[re.Match[bytes]]:
    """The lines that are headers: only those that begin with a letter of theirs are looked at."""
    if not content:
        return
    signs = np.frombuffer(content, np.uint8)
    begins = np.concatenate(([0], np.flatnonzero(signs[:-1] == ord("\n")) + 1))
    for begin in begins[np.isin(signs[begins], _BEGINS)].tolist():
        if header := _HEADER.match(content, begin):
            yield header


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a section that have its cells; columns as pyarrow arrays of strings."""

    columns: list[Any]
    lines: NDArray[np.int32]
    odd: NDArray[np.int32]
    """The lines that have more or fewer cells."""


def table(section: Section, width: int, name: str) -> Table:
    """Cut the body into cells. Lines that hold nothing are no rows. Raise Refused (ACC420) on an endless line."""
    import pyarrow as pa
    from pyarrow import compute as pc
    from pyarrow import csv

    # Tools that save a table again put quotes around what needs none: no cell of these holds a delimiter.
    body = section.body.replace(b'"', b"")
    body = body if body.endswith(b"\n") else body + b"\n"
    lines = np.arange(section.first, section.first + body.count(b"\n"), dtype=np.int32)
    odd: list[tuple[int, bool]] = []

    def note(row: Any) -> str:
        odd.append((row.number, bool(row.text.strip(" ;"))))
        return "skip"

    longest = int(np.diff(np.flatnonzero(np.frombuffer(b"\n" + body, np.uint8) == ord("\n"))).max())
    if longest > _LONGEST_LINE:
        raise broken(name, f"a line of this text has {longest} signs", "is it a table?", Place(name, section.line))
    if not body.strip():
        return Table([pa.array([], pa.string())] * width, lines[:0], lines[:0])
    names = [str(number) for number in range(width)]
    read = csv.read_csv(
        pa.BufferReader(body),
        csv.ReadOptions(use_threads=False, column_names=names, block_size=min(len(body) + 1, 1 << 22)),
        csv.ParseOptions(delimiter=";", quote_char=False, ignore_empty_lines=False, invalid_row_handler=note),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )
    # Its rows are counted from 1, those it skipped among them.
    wrong = np.array([number - 1 for number, _ in odd], np.int64)
    full = np.array([number - 1 for number, holds in odd if holds], np.int64)
    columns = [_whole(column) for column in read.columns]
    kept = np.delete(lines, wrong)
    blank = np.ones(len(kept), np.bool_)
    for column in columns:
        blank &= pc.binary_length(column).to_numpy(zero_copy_only=False) == 0
    if blank.any():
        columns, kept = [column.filter(pa.array(~blank)) for column in columns], kept[~blank]
    return Table(columns, kept, lines[full])


def _whole(column: Any) -> Any:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
