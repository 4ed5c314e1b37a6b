"""The numbers behind a picture: shown as a table, given as CSV, and what the picture is drawn from."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from mitoyen.contracts import KWH
from mitoyen.quantities import half_up, kwh
from mitoyen.spoken import number

Kind = Literal["text", "energy", "rate", "money", "price", "yield", "count"]

DECIMALS: dict[Kind, int] = {"energy": 1, "rate": 1, "money": 2, "price": 4, "yield": 1, "count": 0}
"""Shown; a CSV has what is known."""

NONE = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """``kind`` says what its cells are: text, int milliwatt-hours, Fraction of one, Decimal EUR (or EUR/kWh),
    Fraction kWh/kWp, int. None is a cell that has nothing, or does not show it."""

    name: str
    kind: Kind = "text"
    decimals: int | None = None
    right: bool = False
    """Whether a text stands as a number does."""

    @property
    def numeric(self) -> bool:
        return self.right or self.kind != "text"


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    footer: tuple[Any, ...] | None = None
    """A row of totals."""

    def shown(self, lang: str) -> list[list[str]]:
        return [self._row(row, lang) for row in self.rows]

    def foot(self, lang: str) -> list[str] | None:
        return self._row(self.footer, lang) if self.footer else None

    def _row(self, row: Sequence[Any], lang: str) -> list[str]:
        return [show(cell, column, lang) for cell, column in zip(row, self.columns, strict=True)]

    def csv(self, lang: str) -> bytes:
        """For a spreadsheet: in French with semicolons and decimal commas; begins with the mark of UTF-8."""
        point, delimiter = (".", ",") if lang == "en" else (",", ";")
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([_exact(column.name, "text", point) for column in self.columns])
        for row in self.rows:
            writer.writerow(
                [_exact(cell, column.kind, point) for cell, column in zip(row, self.columns, strict=True)]
            )
        return text.getvalue().encode("utf-8-sig")

    def column(self, index: int) -> list[Any]:
        return [row[index] for row in self.rows]


def show(cell: Any, column: Column, lang: str) -> str:
    """A cell as people read it, rounded half up."""
    if cell is None:
        return NONE
    decimals = DECIMALS[column.kind] if column.decimals is None and column.kind != "text" else column.decimals
    if column.kind == "text" or decimals is None:
        return str(cell)
    if column.kind == "energy":
        return number(Decimal(cell) / KWH, lang, decimals)
    if column.kind == "rate":
        said = number(half_up(Fraction(cell) * 100, decimals), lang, decimals)
        return f"{said}%" if lang == "en" else f"{said}\u202f%"
    if isinstance(cell, Fraction):
        return number(half_up(cell, decimals), lang, decimals)
    return number(Decimal(cell), lang, decimals)


def _exact(cell: Any, kind: Kind, point: str) -> str:
    if cell is None:
        return ""
    if kind == "text":
        said = str(cell)
        # A spreadsheet would run a text that begins so as a formula.
        return f"'{said}" if said[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else said
    if kind == "energy":
        said = kwh(cell)
    elif isinstance(cell, Fraction):
        said = str(half_up(cell, 6))
    else:
        said = str(cell)
    return said.replace(".", point)


def drawn(cell: Any, kind: Kind) -> float | None:
    """A cell as a picture takes it: kWh, percent, EUR. A picture is the one place where a float will do."""
    if cell is None:
        return None
    if kind == "energy":
        return float(Decimal(cell) / KWH)
    return float(cell * 100) if kind == "rate" else float(cell)
