"""What many words are worth at once; the few that are no plain number are looked at one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Energies
from mitoyen.intake.quantities import Quantities
from mitoyen_enedis import cells
from mitoyen_enedis.cells import Signs

_LONGEST = 11
"""Signs: eleven digits, scaled by a million and doubled to be rounded, are within 64 bits."""

_UNREAD = np.int64(-1)


def read(words: Any, reader: Quantities) -> Energies:
    """What ``reader`` makes of each word of a column, exactly the same as one by one.

    Its scale is a whole number of at most a million, and a plain number within ``_LONGEST`` is within its largest.
    """
    values = np.full(len(words), _UNREAD)
    marks = np.zeros(len(words), np.uint8)
    for rows, signs in cells.by_length(words, _LONGEST):
        values[rows], marks[rows] = _plain(signs, reader.scale.numerator)
    seen = np.unique(marks[marks > 0])
    if len(seen) > 1:  # a sign that is not the file's is a finding
        values[marks > 0] = _UNREAD
    elif len(seen):
        reader.decimal = chr(seen[0])
    rest = np.flatnonzero(values == _UNREAD)
    values[rest] = reader.read(words.take(rest).to_pylist())
    return values


def _plain(signs: Signs, scale: int) -> tuple[Energies, NDArray[np.uint8]]:
    """The scaled values of words of one length, -1 where one is not digits and a decimal sign; and those signs."""
    digits = np.zeros(len(signs), np.int64)
    unit = np.ones(len(signs), np.int64)
    mark = np.zeros(len(signs), np.uint8)
    plain = signs[:, 0] - 48 < 10  # unsigned: what is below "0" wraps around
    for column in signs.T:
        figure = column - 48
        is_digit = figure < 10
        is_mark = ((column == ord(",")) | (column == ord("."))) & (mark == 0)
        plain &= is_digit | is_mark
        digits = np.where(is_digit, digits * 10 + figure, digits)
        unit = np.where(is_digit & (mark > 0), unit * 10, unit)
        mark = np.where(is_mark, column, mark)
    # Half up, as the reader rounds.
    scaled = (2 * digits * scale + unit) // (2 * unit)
    return np.where(plain, scaled, _UNREAD), np.where(plain, mark, 0).astype(np.uint8)
