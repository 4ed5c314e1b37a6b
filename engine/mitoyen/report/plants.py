"""How plants do: kWh by kWp against their neighbours and their own past, and days to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Literal

from mitoyen.report.seen import Plant, Seen

ENOUGH = Fraction(1, 2)
"""kWh/kWp of a day below which nothing is compared: fog and snow stop every plant."""

HALF = Fraction(1, 2)
TENTH = Fraction(1, 10)
AROUND = 10
"""Days before and after a day that a plant alone is compared with."""

FEW = 8
"""Days to compare with, below which nothing is said."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A day on which a plant gave much less than was to be expected."""

    plant: str
    day: date
    energy: int
    expected: int
    """Milliwatt-hours: what its neighbours gave that day by kWp, times what it gives of that as a rule; of a plant
    alone, the middle of its days around."""
    against: Literal["neighbours", "past"]


@dataclass(frozen=True, slots=True)
class Yield:
    """A plant over some months."""

    plant: str
    power: int | None
    energy: Mapping[str, int]
    """Milliwatt-hours by month."""
    whole: frozenset[str]
    """The months in which it took part on every day: those that can be compared."""

    def specific(self, month: str) -> Fraction | None:
        """kWh by kWp; None where it was not there all month, or its power is not known."""
        if month not in self.whole or not self.power:
            return None
        return Fraction(self.energy[month], self.power * 1000)


def yields(months: Sequence[Seen]) -> list[Yield]:
    """Every plant that is shown, by id, over these months."""
    energy: dict[str, dict[str, int]] = {}
    whole: dict[str, set[str]] = {}
    power: dict[str, int | None] = {}
    for seen in months:
        for plant in seen.plants:
            energy.setdefault(plant.id, {})[str(seen.month)] = int(plant.produced.sum())
            power[plant.id] = plant.power
            if plant.days == (0, seen.clock.steps):
                whole.setdefault(plant.id, set()).add(str(seen.month))
    return [Yield(name, power[name], energy[name], frozenset(whole.get(name, ()))) for name in sorted(energy)]


def suspects(months: Sequence[Seen]) -> list[Suspect]:
    """The days that look like a fault, by day then plant. Months whose plants are not shown have none."""
    daily: dict[str, dict[date, int]] = {}
    power: dict[str, int] = {}
    for seen in months:
        for plant in seen.plants:
            if plant.power:
                power[plant.id] = plant.power
                daily.setdefault(plant.id, {}).update(days(seen, plant))
    found: list[Suspect] = []
    for name, mine in daily.items():
        others = {other: of for other, of in daily.items() if other != name}
        found += _beside(name, mine, others, power)
        found += _alone(name, mine, {day for of in others.values() for day in of}, power[name])
    return sorted(found, key=lambda one: (one.day, one.plant))


def days(seen: Seen, plant: Plant) -> dict[date, int]:
    """What a plant gave on each day on which it takes part."""
    first, last = plant.days
    mine = plant.produced[first:last]
    return {day: int(mine[start:end].sum()) for day, start, end in seen.clock.part(first, last).days()}


def _beside(
    name: str, mine: Mapping[date, int], others: Mapping[str, Mapping[date, int]], power: Mapping[str, int]
) -> list[Suspect]:
    """Against the middle of its neighbours by kWp that day, times how it stands to them as a rule.

    Roofs face their own way. Days of nothing at all are no part of the rule: a plant may stand still for long.
    """
    ratios: dict[date, tuple[Fraction, Fraction]] = {}
    for day, energy in mine.items():
        theirs = [Fraction(of[day], power[other] * 1000) for other, of in others.items() if day in of]
        if theirs and (middle := median(theirs)) >= ENOUGH:
            ratios[day] = Fraction(energy, power[name] * 1000) / middle, middle
    if len(ratios) < FEW:
        return []
    rule = median([ratio for ratio, _middle in ratios.values() if ratio] or [Fraction(1)])
    return [
        Suspect(name, day, mine[day], int(rule * middle * power[name] * 1000), "neighbours")
        for day, (ratio, middle) in ratios.items()
        if ratio < rule * HALF
    ]


def _alone(name: str, mine: Mapping[date, int], company: set[date], power: int) -> list[Suspect]:
    """On days without ``company``, against its own days around, by a tenth: a dark day gives a tenth and more of
    what a bright one does."""
    found = []
    for day in sorted(mine.keys() - company):
        energy = mine[day]
        around = [mine[near] for shift in range(-AROUND, AROUND + 1) if (near := day + timedelta(shift)) in mine]
        if len(around) < FEW:
            continue
        middle = int(median(around))
        if Fraction(middle, power * 1000) >= ENOUGH and energy < middle * TENTH:
            found.append(Suspect(name, day, energy, middle, "past"))
    return found
