"""One day's steps: the file that the day's page loads, and the picture of the day it opens with.

Watt-hours as whole numbers: what is drawn, what the table says and what the script draws are the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from mitoyen.clock import Clock
from mitoyen.contracts import Energies
from mitoyen.report.seen import Seen
from mitoyen.spoken import number
from mitoyen_report import charts
from mitoyen_report.gathered import NAMED, TOGETHER, Day, days

FOLDER = "jours"
_WH = 1000
"""Milliwatt-hours."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A day as it is shown; every series is [step], in watt-hours."""

    day: date
    minutes: int
    """Of a step."""
    at: tuple[str, ...]
    """When each step begins, by the clock on the wall."""
    where: tuple[float, ...]
    """Where it begins on an axis of 24 hours, and where the last ends. The hour that comes twice in autumn is drawn
    as one, with twice the steps; the one that is missing in spring is empty."""
    produced: tuple[int, ...]
    consumed: tuple[int, ...]
    """Empty where what consumers took is not shown, as are the next two."""
    parts: tuple[tuple[int, ...], ...]
    """What each of those the energy went to received, in the order of the operation's colours."""
    surplus: tuple[int, ...]
    totals: tuple[int, int | None, int | None, int | None]
    """Produced, shared, consumed of the day in watt-hours; tenths of a percent shared of what was produced."""

    def script(self) -> bytes:
        """The file the page loads: a call with the day, so that it opens from a folder as well as from a server."""
        plain = list(self.where) == [24 * at / len(self.at) for at in range(len(self.at) + 1)]
        data: dict[str, Any] = {
            "day": self.day.isoformat(),
            "minutes": self.minutes,
            "produced": self.produced,
            "consumed": self.consumed,
            "parts": self.parts,
            "surplus": self.surplus,
            "totals": self.totals,
            # Said only where the clocks change: every other day has 24 hours.
            **({} if plain else {"at": self.at, "where": self.where}),
        }
        return f"mitoyenDay({json.dumps(data, separators=(',', ':'))});\n".encode()


def steps(one: Seen, order: Sequence[str]) -> list[Steps]:
    """The days of a month; none where its production is not shown. ``order`` are the keys of the parts."""
    return [_steps(one, day, order) for day in days(one)] if one.produced is not None else []


def _steps(one: Seen, day: Day, order: Sequence[str]) -> Steps:
    assert one.produced is not None  # noqa: S101 - asked by whoever calls
    produced = day.of(one.produced)
    flows = one.shared is not None and one.consumed is not None
    shared = day.of(one.shared) if one.shared is not None else produced[:0]
    consumed = day.of(one.consumed) if one.consumed is not None else produced[:0]
    parts = _parts(one, day, order) if flows else ()
    clock = one.clock.part(day.first, day.last)
    sums = (int(produced.sum()), int(shared.sum()), int(consumed.sum()))
    rate = (2000 * sums[1] + sums[0]) // (2 * sums[0]) if sums[0] else None
    return Steps(
        day.day,
        one.clock.step // 60,
        tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in clock.wall().minute.tolist()),
        _where(clock),
        _wh(produced),
        _wh(consumed),
        parts,
        _wh(produced - shared) if flows else (),
        (_one(sums[0]), *((_one(sums[1]), _one(sums[2]), rate) if flows else (None, None, None))),
    )


def _parts(one: Seen, day: Day, order: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """In the order of colours; where there are more groups than colours, the rest are in the last one."""
    parts = [(part.group.key, part.shared) for part in one.parts]
    if not parts and one.shared is not None:  # who it went to is not told apart
        parts = [(TOGETHER, one.shared)]
    sums: list[Energies] = [np.zeros(day.last - day.first, dtype=np.int64) for _ in order[:NAMED]]
    for key, shared in parts:
        sums[min(order.index(key), NAMED - 1)] += day.of(shared)
    return tuple(_wh(of) for of in sums)


def _wh(values: Energies) -> tuple[int, ...]:
    return tuple(((values + _WH // 2) // _WH).tolist())


def _one(milliwatt_hours: int) -> int:
    return (milliwatt_hours + _WH // 2) // _WH


def _where(clock: Clock) -> tuple[float, ...]:
    minutes = clock.wall().minute.tolist()
    if len(set(minutes)) == len(minutes):
        return (*(minute / 60 for minute in minutes), 24.0)
    twice = {minute // 60 for minute in minutes if minutes.count(minute) > 1}
    found, seen = [], dict.fromkeys(twice, 0)
    for minute in minutes:
        hour = minute // 60
        if hour in twice:
            found.append(hour + seen[hour] / sum(other // 60 == hour for other in minutes))
            seen[hour] += 1
        else:
            found.append(minute / 60)
    return (*found, 24.0)


def kwh(watt_hours: int, lang: str) -> str:
    """Three decimals: to the watt-hour, as the file has it."""
    return number(Decimal(watt_hours) / 1000, lang, 3)


def ceiling(months: Sequence[Seen]) -> int:
    """Watt-hours of a step at the top of the axis: one for all days, so that they can be compared."""
    most = 0
    for one in months:
        for values in (one.produced, one.consumed):
            if values is not None and values.size:
                most = max(most, int(values.max()))
    return _round_up(max(1, most // _WH))


def _round_up(value: int) -> int:
    size: int = 10 ** (len(str(value)) - 1)
    tenths = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
    return next(size * part // 10 for part in tenths if size * part >= 10 * value)


def spec(of: Steps, top: int, frame: charts.Frame, unit: str) -> dict[str, Any]:
    """A day drawn, each part in its colour, the surplus on top, the line of consumption over them."""
    if of.parts:
        areas = {f"p{index}": _kwh(values) for index, values in enumerate(of.parts)}
        areas["surplus"] = _kwh(of.surplus)
        lines = {"consumed": _kwh(of.consumed)}
    else:
        areas, lines = {"produced": _kwh(of.produced)}, {}
    named = ("surplus", "consumed", "produced")
    colours = {name: f"var(--c-{name})" if name in named else f"var(--{name})" for name in (*areas, *lines)}
    return charts.day(frame, charts.Stack(of.where, areas, lines), colours, unit, top / 1000)


def _kwh(values: Sequence[int]) -> list[float]:
    return [value / 1000 for value in values]
