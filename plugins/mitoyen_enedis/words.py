"""Columns of words: each distinct one is looked at once, whatever a file repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Energies
from mitoyen.intake.moments import Flags
from mitoyen.intake.stamps import KNOWN, UNREADABLE, Form
from mitoyen_enedis import cells

Codes = NDArray[np.int32]

_SHAPES = ("0000-00-00?00:00:00", "0000-00-00", "00/00/0000 00:00:00", "00/00/0000 00:00", "00/00/0000")
"""Times whose digits are always in the same places, read many at once; after the first, an offset may stand."""

_EPOCH_YEAR = 1970
_LONGEST = 40
_NO_MILLISECONDS = np.frombuffer(b".000", np.uint8)


class Words:
    """A column of a table: the distinct words, and which one each row has."""

    __slots__ = ("codes", "known")

    def __init__(self, known: Any, codes: Codes) -> None:
        self.known, self.codes = known, codes

    @classmethod
    def of(cls, column: Any) -> Words:
        """From strings, or an array of them as pyarrow has it; None is no word at all."""
        import pyarrow as pa

        array = column if isinstance(column, pa.Array) else pa.array(column, pa.string())
        coded = (array.fill_null("") if array.null_count else array).dictionary_encode()
        return cls(coded.dictionary, coded.indices.to_numpy(zero_copy_only=False))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str:
        return str(self.known[int(self.codes[row])].as_py())

    @property
    def words(self) -> list[str]:
        """The distinct ones."""
        listed: list[str] = self.known.to_pylist()
        return listed

    def at(self, rows: NDArray[Any]) -> Words:
        """Some of the rows."""
        return Words(self.known, self.codes[rows])

    def used(self) -> Words:
        """The same with the words that a row has, and no others."""
        import pyarrow as pa

        counts = np.bincount(self.codes, minlength=len(self.known))
        if counts.all():
            return self
        kept = np.flatnonzero(counts)
        codes = np.zeros(len(counts), np.int32)
        codes[kept] = np.arange(len(kept))
        return Words(self.known.take(pa.array(kept)), codes[self.codes])

    def worth(self, values: Energies) -> Energies:
        """What each row is worth, where ``values`` says it of each distinct word."""
        return values[self.codes] if len(values) else np.zeros(len(self.codes), np.int64)

    def counted(self) -> dict[str, int]:
        """How many rows have each word, of those that any has."""
        counts = np.bincount(self.codes, minlength=len(self.known))
        return {word: int(count) for word, count in zip(self.words, counts, strict=True) if count}


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times; arrays of shape [row]."""

    seconds: Energies
    """Since 1970, on the clock of the wall, or of UTC where ``offset``; UNREADABLE where a cell is no time."""
    offset: Flags
    """Where the time says its offset from UTC."""
    shift: Energies
    """That offset in seconds, 0 where there is none."""

    def at(self, rows: NDArray[Any]) -> Times:
        """Some of the rows."""
        return Times(self.seconds[rows], self.offset[rows], self.shift[rows])


def times(column: Any) -> Times:
    """The times of a column of strings, as pyarrow has it, in whatever form Enedis uses."""
    seconds, offset = np.full(len(column), UNREADABLE, np.int64), np.zeros(len(column), np.bool_)
    shift = np.zeros(len(column), np.int64)
    for rows, signs in cells.by_length(column, _LONGEST):
        for shape in _SHAPES:
            read, apart = _read(signs, shape)
            fits = read != UNREADABLE
            if fits.any():
                seconds[rows[fits]], offset[rows[fits]] = read[fits], apart is not None
                shift[rows[fits]] = 0 if apart is None else apart[fits]
                break
    rest = np.flatnonzero(seconds == UNREADABLE)
    if len(rest):
        _read_one_by_one(Words.of(column.take(rest)), rest, seconds, offset)
    return Times(seconds, offset, shift)


def _read_one_by_one(words: Words, rows: NDArray[np.int64], seconds: Energies, offset: Flags) -> None:
    for name in KNOWN[:5]:
        form = Form(name)
        read, with_offset = form.read(words.words)
        if (read != UNREADABLE).any():
            seconds[rows], offset[rows] = words.worth(read), with_offset[words.codes]
            return


def _read(signs: NDArray[np.uint8], shape: str) -> tuple[Energies, Energies | None]:
    """The seconds of times of one shape, UNREADABLE where a row has another; the offset that they say, if any."""
    size, length = len(shape), signs.shape[1]
    nothing = np.full(len(signs), UNREADABLE, np.int64)
    if length < size:
        return nothing, None
    digits = [place for place, sign in enumerate(shape) if sign == "0"]
    fits = (signs[:, digits] - 48 < 10).all(axis=1)  # unsigned: what is below "0" wraps around
    for place, sign in enumerate(shape):
        if sign == "?":
            fits &= (signs[:, place] == ord("T")) | (signs[:, place] == ord(" "))
        elif sign != "0":
            fits &= signs[:, place] == ord(sign)
    rest = signs[:, size:]
    if (
        shape.endswith(":00:00")
        and rest.shape[1] in {4, 5, 10}
        and (rest[:, :4] == np.frombuffer(b".000", np.uint8)).all()
    ):
        rest = rest[:, 4:]
    shift = np.zeros(len(signs), np.int64)
    if rest.shape[1] == 6:
        fits &= ((rest[:, 0] == ord("+")) | (rest[:, 0] == ord("-"))) & (rest[:, 3] == ord(":"))
        fits &= (rest[:, [1, 2, 4, 5]] - 48 < 10).all(axis=1)
        minutes = _number(rest, 1, 3) * 60 + _number(rest, 4, 6)
        shift = np.where(rest[:, 0] == ord("-"), -60, 60) * minutes
    elif rest.shape[1] == 1:
        fits &= rest[:, 0] == ord("Z")
    elif rest.shape[1]:
        return nothing, None
    if shape[4] == "-":
        year, month, day = _number(signs, 0, 4), _number(signs, 5, 7), _number(signs, 8, 10)
    else:
        day, month, year = _number(signs, 0, 2), _number(signs, 3, 5), _number(signs, 6, 10)
    hour = _number(signs, 11, 13) if size > 10 else np.int64(0)
    minute = _number(signs, 14, 16) if size > 10 else np.int64(0)
    second = _number(signs, 17, 19) if size > 16 else np.int64(0)
    months = (year - _EPOCH_YEAR) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    fits &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= after - first) & (year >= _EPOCH_YEAR)
    fits &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = (first + day - 1) * 86400 + hour * 3600 + minute * 60 + second - shift
    return np.where(fits, seconds, UNREADABLE), shift if rest.shape[1] else None


def _number(signs: NDArray[np.uint8], first: int, last: int) -> Energies:
    number = np.zeros(len(signs), np.int64)
    for place in range(first, last):
        number = number * 10 + (signs[:, place].astype(np.int64) - 48)
    return number
