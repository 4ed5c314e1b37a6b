"""The value in force on a day, found in a file by a short path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitoyen.history.dig import Path, dig, holds
from mitoyen.history.steps import (
    day_of,
    entry_on,
)
from mitoyen.located import Document


@dataclass(frozen=True, slots=True)
class Value:
    """A value in force on a day: where it stands in its file, and the days it holds."""

    value: Any
    path: Path
    first: date | None
    last: date | None
    """The day from which it does not hold any more."""


def in_force(document: Document, file: str, path: Sequence[str], day: date) -> Value | None:
    """The value at ``path`` on a day. The dates of keys and prices are found, as is ``with``: ``residents/price``.

    None where there is no such value, or not on that day.
    """
    if file == "participants.yaml":
        row = dig(document.value, tuple(path[:1]), None)
        if not isinstance(row, Mapping) or not path:
            return None
        first, last = day_of(row.get("from")), day_of(row.get("to"))
        inside = (first is None or first <= day) and (last is None or day < last)
        found = _value(row, tuple(path[:1]), path[1:], first, last)
        return found if inside else None
    value: Any = document.value
    here: Path = ()
    for index in range(len(path) + 1):
        dated = {start: entry for name, entry in _items(value) if (start := day_of(name))}
        if dated and len(dated) == len(value):
            rest = list(path[index:])
            asked = day_of(rest[0]) if rest else None
            found_entry = (asked, dated[asked]) if asked in dated and asked else entry_on(dated, day)
            if found_entry is None:
                return None
            start, entry = found_entry
            rest = rest[1:] if asked in dated and asked else rest
            last = min((other for other in dated if other > start), default=None)
            return _value(entry, (*here, start.isoformat()), rest, start, last)
        if index < len(path):
            if not holds(value, _index(value, path[index])):
                return None
            here = (*here, _index(value, path[index]))
            value = value[here[-1]]
    return Value(value, here, None, None)


def _value(entry: Any, here: Path, rest: Sequence[str], first: date | None, last: date | None) -> Value | None:
    """The value inside an entry, its ``with`` understood."""
    if rest and isinstance(entry, Mapping) and rest[0] not in entry and holds(entry.get("with"), rest[0]):
        entry, here = entry["with"], (*here, "with")
    for name in rest:
        step = _index(entry, name)
        if not holds(entry, step):
            return None
        entry, here = entry[step], (*here, step)
    return Value(entry, here, first, last)


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _index(value: Any, name: str) -> str | int:
    """A step of a path as a person writes it: the place in a list is a number, counted from 0."""
    return int(name) if isinstance(value, list) and name.isdecimal() else name
