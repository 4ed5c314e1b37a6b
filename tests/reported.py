"""A report read as whoever opens its files reads it: tables of pages, CSV files, files of days."""

from __future__ import annotations

import csv as spreadsheet
import io
import json
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from mitoyen_report import draw

NOTHING = "–"


@dataclass
class Table:
    """A table of a page: its cells as they are written."""

    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, Table] = {}
        self.tiles: dict[str, list[str]] = {}
        self._table: Table | None = None
        self._part = ""
        self._cell: list[str] | None = None
        self._tile = ""
        self._quiet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "table":
            self._table = self.tables.setdefault((known.get("id") or "").removesuffix("-table"), Table())
        elif tag in ("thead", "tbody", "tfoot"):
            self._part = tag
        elif tag == "tr" and self._part == "tbody" and self._table is not None:
            self._table.rows.append([])
        elif tag in ("th", "td") or (tag in ("dt", "dd") and self._table is None):
            self._cell = []
        elif tag == "details" and self._cell is not None:  # what an indicator is, in its name's cell
            self._quiet = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._quiet = False
        elif tag == "table":
            self._table = None
        elif tag in ("th", "td") and self._cell is not None and self._table is not None:
            text = " ".join("".join(self._cell).split(" ")).strip()
            cells = {"thead": self._table.head, "tfoot": self._table.foot}.get(self._part)
            (self._table.rows[-1] if cells is None else cells).append(text)
        elif tag in ("dt", "dd") and self._cell is not None and self._table is None:
            text = "".join(self._cell).strip()
            if tag == "dt":
                self._tile = text
            else:
                self.tiles.setdefault(self._tile, []).append(text)
        if tag in ("th", "td") or (tag in ("dt", "dd") and self._table is None):
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._quiet:
            self._cell.append(data)


def page(file: Path) -> _Page:
    found = _Page()
    found.feed(file.read_text("utf-8"))
    found.close()
    return found


def table(file: Path, name: str) -> Table:
    return page(file).tables[name]


def csv(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV by column; in French or in English, by its folder."""
    mark = "," if "en" in file.parts else ";"
    text = file.read_bytes().decode("utf-8-sig")
    rows = list(spreadsheet.reader(io.StringIO(text, newline=""), delimiter=mark))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def exact(cell: str) -> Decimal | None:
    """A number of a CSV in either language; None where the cell is empty."""
    return Decimal(cell.replace(",", ".")) if cell else None


def shown(value: Decimal | None, decimals: int, lang: str) -> str:
    """How a person would write it, rounded half up."""
    if value is None:
        return NOTHING
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{rounded:,.{decimals}f}"
    return text if lang == "en" else text.replace(",", "\u202f").replace(".", ",")


def day(file: Path) -> dict[str, Any]:
    """What the file of a day calls the page with."""
    text = file.read_text()
    start, end = "mitoyenDay(", ");\n"
    assert text.startswith(start)
    assert text.endswith(end)
    return dict(json.loads(text[len(start) : -len(end)]))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file by its path in the folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def undrawn(spec: object, lang: str, label: str) -> str:
    """In the place of ``draw.svg``, where a test looks at numbers alone: drawing is most of the time."""
    return f"<svg><title>{label} {lang}</title></svg>"


DRAWING = (draw, "svg", undrawn)
"""For ``monkeypatch.setattr``."""
