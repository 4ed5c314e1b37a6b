"""A FEC read back as an inspector would, and more strictly: what the tax office's own tool lets pass is seen here.

That tool (Test Compta Demat) says nothing of a gap between two numbers, nor of an entry that does not balance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

COLUMNS = (
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib"),
    *("CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit"),
    *("EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise"),
)
"""In the order and the spelling of the decree."""

MAY_BE_EMPTY = {"CompAuxNum", "CompAuxLib", "EcritureLet", "DateLet", "Montantdevise", "Idevise"}
DAYS = ("EcritureDate", "PieceDate", "ValidDate")

Fault = tuple[int, str]
"""The line, and what is wrong with it."""

Record = tuple[int, dict[str, str]]


def faults(name: str, content: bytes, separator: str, encoding: str) -> Iterator[Fault]:
    """Everything wrong with a file of that name."""
    closing = _closing(name)
    if closing is None:
        yield (
            1,
            f'the name is 9 digits, FEC and the closing day, as in 123456782FEC20261231.txt, not "{name}"',
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        yield 1, f"the file is not in {encoding}"
        return
    lines = text.split("\r\n")
    if lines.pop() or any("\n" in line or "\r" in line for line in lines):
        yield 1, "a line ends with another sign than CR LF"
    if not lines or lines[0].split(separator) != list(COLUMNS):
        yield 1, f"the first line is not the {len(COLUMNS)} names of the decree, in its order"
        return
    records: list[Record] = []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split(separator)
        if len(fields) != len(COLUMNS):
            yield number, f"{len(fields)} fields, expected {len(COLUMNS)}"
            continue
        record = dict(zip(COLUMNS, fields, strict=True))
        yield from ((number, fault) for fault in _wrong(record, closing))
        records.append((number, record))
    yield from _sequence(records)


def _closing(name: str) -> date | None:
    match = re.fullmatch(r"[0-9]{9}FEC([0-9]{8})\.txt", name)
    return _day(match[1]) if match else None


def _wrong(record: dict[str, str], closing: date | None) -> Iterator[str]:
    """What is wrong with a line by itself."""
    for name, value in record.items():
        if not value.strip() and name not in MAY_BE_EMPTY:
            yield f"{name} is empty"
    for name in DAYS:
        if record[name] and _day(record[name]) is None:
            yield f"{name} is not a day as AAAAMMJJ"
    day = _day(record["EcritureDate"])
    if day and closing and day > closing:
        yield "EcritureDate is after the closing day"
    if not re.fullmatch(r"[0-9]{3,}", record["CompteNum"]):
        yield "CompteNum is not three digits or more"
    if bool(record["CompAuxNum"].strip()) != bool(record["CompAuxLib"].strip()):
        yield "CompAuxNum and CompAuxLib go together"
    amounts = [_cents(record[name]) for name in ("Debit", "Credit")]
    if None in amounts:
        yield "Debit and Credit are amounts with a comma and two decimals"
    elif (amounts[0] == 0) == (amounts[1] == 0):
        yield "one of Debit and Credit is zero, and one is not"


def _sequence(records: list[Record]) -> Iterator[Fault]:
    """What is wrong between lines: numbers 1, 2, 3..., days that never go back, entries that balance."""
    expected, latest = 1, ""
    for number, group in groupby(records, lambda one: one[1]["EcritureNum"]):
        rows = list(group)
        line, first = rows[0]
        if number != str(expected):
            yield line, f'EcritureNum is "{number}", expected {expected}'
        if first["EcritureDate"] < latest:
            yield line, "EcritureDate is before that of the entry above"
        for name in ("JournalCode", "EcritureDate", "PieceRef"):
            if any(record[name] != first[name] for _line, record in rows):
                yield line, f"{name} is not the same on all lines of the entry"
        off = sum((_cents(record["Debit"]) or 0) - (_cents(record["Credit"]) or 0) for _line, record in rows)
        if off:
            yield line, f"entry {number} does not balance: debits less credits are {off} cents"
        expected, latest = expected + 1, max(latest, first["EcritureDate"])


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date() if re.fullmatch("[0-9]{8}", text) else None  # noqa: DTZ007
    except ValueError:
        return None


def _cents(text: str) -> int | None:
    return int(text.replace(",", "")) if re.fullmatch("[0-9]+,[0-9]{2}", text) else None
