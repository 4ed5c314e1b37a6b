"""What a cell is worth, exactly: milliwatt-hours (or billionths) as int, no float on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from mitoyen.contracts import MISSING, Energies
from mitoyen.intake.memo import Memo

_MOST_REASONS = 1000

LARGEST = 10**15
"""1 TWh in one step: no meter is so large, and a month of such values still adds up in 64 bits."""

_NUMBER = re.compile(r"([+-]?)(\d*)(?:([.,])(\d*))?(?:[eE]([+-]?\d{1,6}))?", re.ASCII)
_BLANKS = re.compile(r"(?<=\d)[\s\u00a0\u2009\u202f'’](?=\d)")
_MOST_DIGITS = 400


class Scale(NamedTuple):
    """How many of ours (milliwatt-hours, or billionths of a coefficient) one unit of the file is, as a fraction."""

    numerator: int
    denominator: int = 1


class Quantities:
    """Cells of one file as integers; a cell seen once is not read twice.

    Blank cells (``missing``) are MISSING; those that are no numbers are what :func:`bad` says, one value for each
    of ``reasons``. ``finer`` holds the cells that had to be rounded (half up, away from zero). ``decimal`` is the
    sign of the file: the one given, or the first one seen.
    """

    def __init__(
        self, scale: Scale, decimal: str | None, missing: Iterable[str], *, largest: int = LARGEST
    ) -> None:
        self.scale = scale
        self.largest = largest
        self.decimal = decimal
        self.missing = frozenset(word.strip() for word in missing)
        self.finer: set[str] = set()
        self.reasons: list[tuple[str, str]] = []
        self._values = Memo(self._value)

    def read(self, cells: Sequence[str]) -> Energies:
        return self._values.array(cells)

    def reason(self, value: int) -> tuple[str, str]:
        """Why a cell of this value is not a number, and what to do about it."""
        return self.reasons[value - MISSING - 1]

    def rounded(self, cells: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
        """Which of these cells were rounded; None where none of the file was so far."""
        if not self.finer:
            return None
        return np.fromiter(map(self.finer.__contains__, cells), np.bool_, len(cells))

    def _value(self, cell: str) -> int:
        text = cell.strip()
        if text in self.missing:
            return MISSING
        match = _NUMBER.fullmatch(text) if len(text) <= _MOST_DIGITS else None
        if match is None or not (match[2] or match[4]):
            return self._bad(*_why(text))
        sign, whole, mark, part, power = match.groups()
        if mark and mark != self.decimal:
            if self.decimal is not None:
                return self._bad(f"its decimal sign is {mark!r}, this file's is {self.decimal!r}", "")
            self.decimal = mark
        part = part or ""
        digits = int(whole + part)
        exponent = int(power or 0) - len(part)
        return self._scaled(cell, -digits if sign == "-" else digits, exponent)

    def _scaled(self, cell: str, digits: int, exponent: int) -> int:
        length = len(str(abs(digits))) + exponent
        if digits and length > 20:
            return self._bad("it is too large to be energy of one step", "is `unit:` right?")
        if digits and length < -20:
            self.finer.add(cell)
            return 0
        numerator = abs(digits) * self.scale.numerator * _ten(exponent)
        denominator = self.scale.denominator * _ten(-exponent)
        value, rest = divmod(2 * numerator + denominator, 2 * denominator)
        if value > self.largest:
            return self._bad("it is too large to be energy of one step", "is `unit:` right?")
        if rest != denominator:
            self.finer.add(cell)
        return -value if digits < 0 else value

    def _bad(self, reason: str, hint: str) -> int:
        if (reason, hint) not in self.reasons:
            self.reasons.append((reason, hint))
        return MISSING + 1 + self.reasons.index((reason, hint))


def _ten(power: int) -> int:
    """Ten to that power, 1 where it is negative."""
    return int("1" + "0" * max(power, 0))


def bad(values: Energies) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of these values stand for cells that are not numbers."""
    return np.asarray((values > MISSING) & (values <= MISSING + _MOST_REASONS))


def _why(text: str) -> tuple[str, str]:
    """Why a cell is not a number, and what to do."""
    if not text:
        return "it is empty", '`missing:` does not hold ""'
    if _BLANKS.search(text) and _NUMBER.fullmatch(_BLANKS.sub("", text)):
        return "it has a separator between its thousands", "export the numbers without one"
    if text.count(".") + text.count(",") > 1 and re.fullmatch(r"[+-]?[\d.,]+", text):
        return "it has more than one decimal sign", "export the numbers without a separator of thousands"
    if re.fullmatch(r"[+-]?[\d.,]+\s*[a-zA-Z%]{1,4}", text):
        return "it has a unit behind the number", "export the number alone, and say its `unit:`"
    return "it is text", "if it stands for no value, add it to `missing:`"
