"""Certain hours, days and months, as options write them; which slot each step falls in.

The clocks on the wall decide: 22:00 is 22:00 in summer and in winter. A step belongs to the slot it begins in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.quantities import time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

WHEN: dict[str, Any] = {
    "days": {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"type": "string", "enum": list(DAYS)},
        "description": "days of the week; absent: every day",
    },
    "hours": {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            "description": "hours on the clock, such as 08:00-12:00 or 22:00-06:00",
        },
        "description": "hours of the day, the end excluded; absent: all day",
    },
    "months": {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"type": "integer", "minimum": 1, "maximum": 12},
        "description": "months of the year, 1 to 12; absent: all year",
    },
}
"""The properties of a slot that say when it holds, for a rule's schema."""


class Wall(NamedTuple):
    """What the clock shows, arrays of one shape: minutes since midnight, weekday (0 is Monday), month."""

    minute: NDArray[np.integer]
    weekday: NDArray[np.integer]
    month: NDArray[np.integer]


def holds(wall: Wall, when: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Whether a slot's conditions hold at each point, same shape as the wall's arrays."""
    result = np.ones(wall.minute.shape, dtype=bool)
    if "days" in when:
        result &= np.isin(wall.weekday, [DAYS.index(day) for day in when["days"]])
    if "months" in when:
        result &= np.isin(wall.month, when["months"])
    if "hours" in when:
        within = np.zeros_like(result)
        for hours in when["hours"]:
            start, end = map(time, hours.split("-"))
            if start < end:
                within |= (wall.minute >= start) & (wall.minute < end)
            else:  # over midnight
                within |= (wall.minute >= start) | (wall.minute < end)
        result &= within
    return result


def slots(clock: Clock, wanted: Sequence[Mapping[str, Any]]) -> NDArray[np.int64]:
    """The index of the first slot that holds at each step, [step]; -1 where none does."""
    shown = clock.wall()
    return _first(Wall(shown.minute, shown.weekday, shown.month), wanted)


def uncovered(wanted: Sequence[Mapping[str, Any]]) -> str | None:
    """The first moment of a year's weeks that no slot covers, in words, or None where all are covered."""
    month, weekday, minute = np.meshgrid(np.arange(1, 13), np.arange(7), np.arange(0, 1440, 5), indexing="ij")
    missing = _first(Wall(minute, weekday, month), wanted) < 0
    if not missing.any():
        return None
    one, two, three = np.unravel_index(int(missing.argmax()), missing.shape)
    return f"{DAYS[two]} {three * 5 // 60:02d}:{three * 5 % 60:02d} in month {one + 1}"


def _first(wall: Wall, wanted: Sequence[Mapping[str, Any]]) -> NDArray[np.int64]:
    which = np.full(wall.minute.shape, -1, dtype=np.int64)
    for index in reversed(range(len(wanted))):
        which[holds(wall, wanted[index])] = index
    return which
