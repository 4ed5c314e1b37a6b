"""Curves held against what the registers of the same meters counted: a wrong unit, step or hour shows there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from mitoyen.clock import Clock, midnight
from mitoyen.contracts import MISSING, Finding, Kind, Place, Role, Series
from mitoyen.quantities import kwh
from mitoyen_enedis.numbers import Numbers
from mitoyen_enedis.payload import ENERGY, Payload

PART = Fraction(1, 1000)
"""By so much curve and registers may differ: a curve in whole watts, or kilowatts, is as fine as that."""

FACTORS = (2, 4, 6, 12, 1000)
"""What a wrong unit makes of energy: power taken for energy of a step, watts for kilowatts."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a meter counted over whole local days."""

    meter: str
    kind: Kind
    first: date
    last: date
    energy: int
    fineness: int
    place: Place


def held(payloads: Sequence[tuple[Payload, str]], numbers: Numbers) -> list[Held]:
    """The totals of all files, and the differences of registers from one day to the next that is known."""
    found: list[Held] = []
    days: dict[str, dict[date, set[tuple[int, Place]]]] = {}
    for payload, path in payloads:
        for total in payload.totals:
            alias = _alias(numbers, total.number, total.role, path)
            if alias:
                place = payload.page.place(total.row, 0)
                energy, fineness = total.milliwatt_hours, total.fineness
                found.append(Held(alias, total.kind, total.first, total.last, energy, fineness, place))
        for index in payload.indexes:
            alias = _alias(numbers, index.number, index.role, path)
            if alias:
                place = payload.page.place(index.row, 0)
                days.setdefault(alias, {}).setdefault(index.day, set()).add((index.milliwatt_hours, place))
    for alias, readings in days.items():
        found += _differences(alias, readings)
    return found


def _alias(numbers: Numbers, number: str, role: Role | None, path: str) -> str:
    return numbers.of(number, role, path).alias


def _differences(alias: str, readings: Mapping[date, set[tuple[int, Place]]]) -> Iterator[Held]:
    # A day with two registers, as where the clocks change in some exports, tells nothing.
    sure = {day: min(some, key=lambda one: one[1]) for day, some in readings.items() if _one(some)}
    ordered = sorted(sure)
    for first, last in pairwise(ordered):
        (before, _), (after, place) = sure[first], sure[last]
        if after >= before:
            yield Held(alias, "measured", first, last, after - before, ENERGY["Wh"], place)


def _one(some: set[tuple[int, Place]]) -> bool:
    return len({energy for energy, _ in some}) == 1


def findings(every: Sequence[Held], series: Sequence[Series], clock: Clock) -> tuple[list[Finding], dict[str, int]]:
    """ACC436 for each meter whose curve is not what was counted; and how many totals each meter's curve agrees
    with."""
    by_name = {(one.meter, one.kind): one for one in series}
    wrong: dict[tuple[str, Kind], list[tuple[Held, int]]] = {}
    agreed: dict[str, int] = {}
    for one in sorted(every, key=lambda held: (held.meter, held.first, held.last)):
        curve = by_name.get((one.meter, one.kind))
        measured = None if curve is None else _measured(curve, one, clock)
        if measured is None:
            continue
        if abs(measured - one.energy) <= one.fineness + PART * one.energy:
            agreed[one.meter] = agreed.get(one.meter, 0) + 1
        else:
            wrong.setdefault((one.meter, one.kind), []).append((one, measured))
    return [_finding(some) for some in wrong.values()], agreed


def _measured(curve: Series, one: Held, clock: Clock) -> int | None:
    """The curve's energy over the same days; None where they are not all of it, or it has holes."""
    first, last = (midnight(day, clock.zone) for day in (one.first, one.last))
    if first < clock.start or last > clock.end or first >= last:
        return None
    values = curve.values[(first - clock.start) // clock.step : (last - clock.start) // clock.step]
    return None if (values == MISSING).any() else int(values.sum())


def _finding(some: Sequence[tuple[Held, int]]) -> Finding:
    first, measured = some[0]
    until = f" to {first.last}" if (first.last - first.first).days > 1 else ""
    more = "" if len(some) == 1 else f" ({len(some) - 1} more such periods)"
    message = (
        f"the curve of {first.meter} comes to {kwh(measured)} kWh on {first.first}{until}, its registers counted "
        f"{kwh(first.energy)} kWh{more}"
    )
    factor = next((factor for factor in FACTORS if all(_is_times(one, factor) for one in some)), None)
    if factor:
        hint = (
            f"one is {factor} times the other: is the unit of the curve right? Where the file does not say, `unit:`"
        )
        return Finding("ACC436", message, first.place, hint)
    hint = (
        "are its times the end of their steps where they were read as the start, or in another zone? See `stamp:`"
    )
    return Finding("ACC436", message, first.place, hint, "warning")


def _is_times(one: tuple[Held, int], factor: int) -> bool:
    """Whether one of the two energies is so many times the other, to a hundredth."""
    small, large = sorted((one[0].energy, one[1]))
    return small > 0 and abs(Fraction(large, small * factor) - 1) < Fraction(1, 100)
