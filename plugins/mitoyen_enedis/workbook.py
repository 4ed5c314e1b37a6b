"""Reader of the workbooks that the customer account exports: text cells below a header somewhere on a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np

from mitoyen.contracts import Role
from mitoyen.host import MissingExtra
from mitoyen.intake.stamps import UNREADABLE
from mitoyen_enedis.pages import SheetPage
from mitoyen_enedis.payload import (
    ACTIVE,
    CONTROL,
    ENERGY,
    NOT_ACTIVE,
    NOT_CURVE,
    Flow,
    Payload,
    Total,
    broken,
    folded,
    role_of,
    unit_of,
)
from mitoyen_enedis.words import Words, times

MOST_ROWS = 300_000
_MOST_CELLS = 60
_UNIT = re.compile(r"valeur \(en (\w+)\)")
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})(?: 00:00:00)?", re.ASCII)
_STEPS = frozenset({300, 600, 900, 1800, 3600})


@dataclass(slots=True)
class _Sheet:
    """What stands above the data: whose it is, where the columns are."""

    number: str = ""
    quantity: str = ""
    role: Role | None = None
    unit: str = ""
    start: int = -1
    end: int = -1
    value: int = -1
    row: int = 0
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def read(content: bytes, name: str) -> list[Payload]:
    """A payload for each sheet that has data. Raise Refused (ACC420) where none has."""
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtra("enedis", "openpyxl") from error
    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheets = [(sheet.title, _look(name, _rows(sheet))) for sheet in book.worksheets]
    except (MemoryError, MissingExtra):
        raise
    except Exception as wrong:  # whatever the library falls over, the file is the cause
        why = type(wrong).__name__
        raise broken(name, f"this workbook is broken or cut off ({why})", "download it again") from wrong
    found = [_payload(sheet, f"{name}/{title}") for title, sheet in sheets if sheet.row]
    if not found:
        raise broken(name, "no sheet of this workbook has the columns of a load curve, Début, Fin and Valeur")
    return found


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    # Some files say that they have one cell: what they say is not asked.
    sheet.reset_dimensions()
    return islice(sheet.iter_rows(values_only=True, max_col=_MOST_CELLS), MOST_ROWS + 1)


def _look(name: str, rows: Iterator[Sequence[Any]]) -> _Sheet:
    sheet = _Sheet()
    for number, row in enumerate(rows, 1):
        cells = [_text(cell) for cell in row]
        if number > MOST_ROWS:
            raise broken(name, f"this workbook has more than {MOST_ROWS} rows", "split it by month")
        if not any(cells):
            continue
        if sheet.row:
            sheet.rows.append((number, cells))
        else:
            _head(sheet, number, cells)
    return sheet


def _head(sheet: _Sheet, number: int, cells: list[str]) -> None:
    names = [folded(cell).rstrip(": ") for cell in cells]
    for place, word in enumerate(names):
        after = next((cell for cell in cells[place + 1 :] if cell), "")
        if word.startswith("point reference mesure"):
            sheet.number = after
        elif word == "grandeur physique":
            sheet.quantity = folded(after)
        elif word == "type de comptage":
            sheet.role = role_of(after)
        elif unit := _UNIT.match(word):
            sheet.unit, sheet.value = unit_of(unit[1]), place
        elif word in {"debut", "date"}:
            sheet.start = place
        elif word == "fin":
            sheet.end = place
    if sheet.value >= 0 and sheet.start >= 0:
        sheet.row = number


def _payload(sheet: _Sheet, name: str) -> Payload:
    payload = Payload(SheetPage(name, sheet.row), "workbook of the customer account")
    rows = [(row, cells) for row, cells in sheet.rows if _cell(cells, sheet.start)]
    payload.leave(NOT_CURVE, len(sheet.rows) - len(rows))
    if sheet.quantity not in ACTIVE:
        payload.leave(NOT_ACTIVE, len(rows))
    elif sheet.end < 0:
        _days(payload, sheet, rows)
    else:
        _curve(payload, sheet, rows)
    return payload


def _curve(payload: Payload, sheet: _Sheet, rows: list[tuple[int, list[str]]]) -> None:
    import pyarrow as pa

    payload.rows += len(rows)
    starts, ends = (
        times(pa.array([_cell(cells, place) for _, cells in rows], pa.string()))
        for place in (sheet.start, sheet.end)
    )
    # Where the clocks change a step seems to last an hour more or less: its length is then told by its neighbours.
    known = (starts.seconds != UNREADABLE) & (ends.seconds != UNREADABLE)
    apart = np.where(known, ends.seconds - starts.seconds, 0)
    steps = np.where(np.isin(apart, list(_STEPS)), apart, 0)
    if len(rows) and known[-1] and ends.seconds[-1] % 86400:
        payload.facts["note"] = "its last day is not whole: these exports lack the last step of their period"
    payload.flows.append(
        Flow(
            sheet.number,
            sheet.role,
            sheet.unit,
            "start",
            starts,
            steps,
            Words.of([_cell(cells, sheet.value) for _, cells in rows]),
            np.array([row for row, _ in rows], np.int32),
            sheet.value,
            sheet.start,
        )
    )


def _days(payload: Payload, sheet: _Sheet, rows: list[tuple[int, list[str]]]) -> None:
    """A row a day, whose kWh the header calls kW."""
    payload.form = "workbook of the customer account, daily energy"
    payload.facts["unit"] = "kWh" + (" (its header says kW)" if sheet.unit == "kW" else "")
    payload.leave(CONTROL, len(rows))
    for row, cells in rows:
        match = _DAY.fullmatch(_cell(cells, sheet.start))
        value = re.fullmatch(r"(\d{1,7})(?:[.,](\d{1,3}))?", _cell(cells, sheet.value), re.ASCII)
        if match is None or value is None:
            continue
        try:
            day = datetime(int(match[3]), int(match[2]), int(match[1])).date()  # noqa: DTZ001 - a day, no moment
        except ValueError:
            continue
        energy = int(value[1] + (value[2] or "").ljust(3, "0")) * ENERGY["Wh"]
        until = day + timedelta(days=1)
        payload.totals.append(Total(sheet.number, sheet.role, "measured", day, until, energy, ENERGY["Wh"], row))


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _text(cell: Any) -> str:
    """A cell as it would be written; a number that was typed keeps the digits it shows."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return str(cell).strip()
