"""Times as files write them: a form reads a cell as seconds since 1970, of a wall clock or of UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Energies
from mitoyen.intake.memo import Memo

_EPOCH = date(1970, 1, 1).toordinal()
_OFFSET = r"(?P<z>[Zz]|[+-]\d{2}(?::?\d{2})?)"
_PARTS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "z": _OFFSET,
    "%": "%",
}
_ISO = (
    r"(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
    r"(?:[T ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]0+)?)?)?\s*" + _OFFSET + "?"
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
# The order matters where several fit: what is French comes before what is not.
KNOWN = (
    "iso",
    *(
        f"{day}{time}"
        for day in ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y")
        for time in (" %H:%M", " %H:%M:%S", " %H:%M%z", " %H:%M:%S%z")
    ),
)
_ENOUGH = 0.5
_FEW = 5

UNREADABLE = -(2**61)
"""The seconds of a cell that is not a time in the form."""

_UNREADABLE = 2 * UNREADABLE


class Form:
    """One way of writing times: ``iso``, or a pattern of strptime's numeric directives.

    A time is seconds since 1970 as the clock on the wall shows them, or of UTC where the cell has an offset.
    """

    def __init__(self, name: str) -> None:
        """Raise ValueError where the pattern has other directives, or does not say day and hour."""
        self.name = name
        pattern = _ISO if name == "iso" else _translated(name)
        # Groups that never match: every form has the same groups.
        absent = "".join(rf"(?P<{group}>\0)?" for group in "YymdHMSz" if f"(?P<{group}>" not in pattern)
        self._match = re.compile(rf"\s*(?:{pattern})\s*{absent}", re.ASCII).fullmatch
        self._codes = Memo(self._code)

    @property
    def twin(self) -> Form | None:
        """The same form with day and month in the other order, where people use both."""
        for first, second in (("%d", "%m"), ("%m", "%d")):
            for sign in "/-":
                if self.name.startswith(f"{first}{sign}{second}"):
                    return Form(f"{second}{sign}{first}{self.name[5:]}")
        return None

    def reads(self, cell: str) -> bool:
        return self._codes(cell) != _UNREADABLE

    def has_offset(self, cell: str) -> bool:
        return bool(self._codes(cell) & 1)

    def read(self, cells: Sequence[str]) -> tuple[Energies, NDArray[np.bool_]]:
        """Seconds (UNREADABLE where a cell is not a time in this form), and which cells had an offset."""
        codes = self._codes.array(cells)
        return codes >> 1, (codes & 1).astype(np.bool_)

    def _code(self, cell: str) -> int:
        """Twice the seconds, plus whether there was an offset: one number is remembered for each cell."""
        match = self._match(cell)
        if match is None:
            return _UNREADABLE
        year, short, month, day, hour, minute, second, zone = match.group(*"YymdHMSz")
        clock = int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)
        # 24:00 ends a day; strptime knows none.
        if int(minute or 0) > 59 or int(second or 0) > 59 or clock > 86400:
            return _UNREADABLE
        try:
            days = date(int(year) if year else 2000 + int(short), int(month), int(day)).toordinal() - _EPOCH
        except ValueError:
            return _UNREADABLE
        return 2 * (days * 86400 + clock - _seconds(zone)) + (zone is not None)


def likely(cells: Sequence[str], given: Form | None = None) -> Form | None:
    """The first form in which half of these cells are times; None where there is none."""
    filled = [cell for cell in cells if cell.strip()]
    if given is None and not any(_DATE.search(cell) for cell in filled[:_FEW]):
        return None
    for form in map(Form, KNOWN) if given is None else (given,):
        few = any(form.reads(cell) for cell in filled[:_FEW])
        if few and sum(form.reads(cell) for cell in filled) >= _ENOUGH * len(filled):
            return form
    return None


def settled(form: Form, cells: Iterable[str]) -> tuple[Form, str]:
    """The form, or its twin, by the first cell that only one of them reads; and what decided, in words.

    Where none decides, the day comes first, as in France.
    """
    twin = form.twin
    if twin is None:
        return form, "found"
    first, second = (form, twin) if form.name.startswith("%d") else (twin, form)
    for cell in cells:
        if first.reads(cell) != second.reads(cell):
            return (first if first.reads(cell) else second), "found"
    return first, "nothing tells day from month: the day first, as in France"


def _translated(name: str) -> str:
    pieces = re.split(r"(%.?)", name)
    wrong = [piece for piece in pieces[1::2] if piece[1:] not in _PARTS]
    if wrong:
        raise ValueError(f"{wrong[0]} is not read here, only %Y %y %m %d %H %M %S %z")
    letters = [piece[1:] for piece in pieces[1::2] if piece != "%%"]
    if (
        len(set(letters)) != len(letters)
        or not {"m", "d", "H"} <= set(letters)
        or len({"Y", "y"} & set(letters)) != 1
    ):
        raise ValueError("it says year, month, day and hour once each, as in %d/%m/%Y %H:%M")
    return "".join(_PARTS[piece[1:]] if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))


def _seconds(zone: str | None) -> int:
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds
