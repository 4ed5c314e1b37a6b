"""What of a curve file may be shown: curves and meter numbers are personal, and messages end up in public logs."""

from __future__ import annotations

import re

_LONG_NUMBER = re.compile(r"\d{9,}")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([T ].*)?", re.DOTALL)
_METER = re.compile(r"(?<![0-9])[0-9]{10}(?=[0-9]{4}(?![0-9]))")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LENGTH = 24


def masked(word: str) -> str:
    """A word in which long numbers keep only their end, as meter numbers are personal, and every sign is seen."""
    return _UNPRINTABLE.sub("�", _LONG_NUMBER.sub(lambda number: "…" + number[0][-4:], word))


def without_meters(word: str) -> str:
    """A word in which the number of a meter, 14 digits, keeps only its end; any other number is shown."""
    return _METER.sub("…", word)


def bare(word: str) -> str:
    """The name of a column or meter, masked and not too long."""
    return _short(masked(word), 40)


def name(word: str) -> str:
    """The same in quotes."""
    return f'"{bare(word)}"'


def names(words: list[str], most: int = 12) -> str:
    """``"a", "b" and 3 more``"""
    listed = ", ".join(name(word) for word in words[:most])
    return f"{listed} and {len(words) - most} more" if len(words) > most else listed


def shape(cell: str) -> str:
    """What a cell looks like, in quotes: dates as they are, else every digit as 9."""
    if not cell.strip():
        return "an empty cell"
    if _DATE.fullmatch(cell.strip()):
        return name(cell)
    return f'"{_short(re.sub("[0-9]", "9", cell), _LENGTH)}"'


def _short(text: str, most: int) -> str:
    text = _UNPRINTABLE.sub("�", text)
    return text if len(text) <= most else text[: most - 1] + "…"
