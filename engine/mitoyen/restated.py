"""A month fetched again: which meters, which steps and how much energy differ from the data that counted before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitoyen.clock import Clock
from mitoyen.contracts import MISSING, Energies
from mitoyen.curves import Curves, Name
from mitoyen.diagnostics import counted
from mitoyen.quantities import kwh
from mitoyen.store import Lost, Results

SHOWN = 40
"""Series told one by one."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One series with other values: at how many steps, from the first to the last of them."""

    name: Name
    what: str
    """``came``, ``gone`` or ``changed``."""
    steps: int
    days: int
    first: str
    last: str
    energy: int
    """Milliwatt-hours more, or less; a step that was not there counts for none."""

    @property
    def who(self) -> str:
        return self.name.id if self.name.kind == "measured" else f"{self.name.id} ({self.name.kind})"

    def __str__(self) -> str:
        when = f"at {self.first}" if self.steps == 1 else f"{self.first} to {self.last}"
        what = "" if self.what == "changed" else f"{self.what}, "
        steps = f"{what}{counted(self.steps, 'step')} on {counted(self.days, 'day')}, {when}"
        return f"{self.who}: {steps}" + ("" if self.name.kind == "coefficient" else f", {signed(self.energy)} kWh")


@dataclass(frozen=True, slots=True)
class Restated:
    """Everything that differs; ``unknown`` says why that cannot be told."""

    before: str
    after: str
    moved: tuple[Moved, ...] = ()
    unknown: str = ""

    @property
    def summary(self) -> str:
        """``1 meter, 3 steps: measured +1.500000 kWh``; a step counts once for each series it differs in."""
        if self.unknown:
            return self.unknown
        meters = len({one.name.id for one in self.moved})
        energy: dict[str, int] = {}
        for one in self.moved:
            if one.name.kind != "coefficient":
                energy[one.name.kind] = energy.get(one.name.kind, 0) + one.energy
        sums = ", ".join(f"{kind} {signed(energy[kind])} kWh" for kind in sorted(energy))
        counts = f"{counted(meters, 'meter')}, {counted(sum(one.steps for one in self.moved), 'step')}"
        return f"{counts}: {sums}" if sums else counts

    def lines(self) -> Iterator[str]:
        for one in self.moved[:SHOWN]:
            yield str(one)
        if len(self.moved) > SHOWN:
            yield f"and {len(self.moved) - SHOWN} more series"

    def as_data(self) -> dict[str, Any]:
        return {
            "before": self.before,
            "after": self.after,
            "summary": self.summary,
            "series": [
                {
                    **{"meter": one.name.id, "kind": one.name.kind, "toward": one.name.toward, "what": one.what},
                    **{"steps": one.steps, "days": one.days, "first": one.first, "last": one.last},
                    "energy": None if one.name.kind == "coefficient" else signed(one.energy),
                }
                for one in self.moved
            ],
        }


def between(before: str | None, curves: Curves, after: str, results: Results) -> Restated | None:
    """What differs between the data that counted before and these; None where nothing does."""
    if before is None or before == after:
        return None
    try:
        old = results.curves(before)
    except Lost as lost:
        return Restated(before, after, unknown=f"the data that counted before {lost}")
    if old.clock != curves.clock:
        return Restated(before, after, unknown="the data that counted before are on another clock")
    names = sorted({*old.values, *curves.values})
    compared = (_moved(name, old.values.get(name), curves.values.get(name), curves.clock) for name in names)
    return Restated(before, after, tuple(one for one in compared if one))


def _moved(name: Name, old: Energies | None, new: Energies | None, clock: Clock) -> Moved | None:
    nothing = np.full(clock.steps, MISSING, np.int64)
    was, now = nothing if old is None else old, nothing if new is None else new
    differ = np.flatnonzero(was != now)
    if old is not None and new is not None and not len(differ):
        return None
    what = "came" if old is None else "gone" if new is None else "changed"
    days = clock.wall().day[differ]
    first, last = (clock.stamp(int(differ[end])) if len(differ) else "" for end in (0, -1))
    energy = int(_known(now).sum()) - int(_known(was).sum())
    return Moved(name, what, len(differ), len(np.unique(days)), first, last, energy)


def _known(values: Energies) -> Energies:
    return np.where(values == MISSING, 0, values)


def signed(milliwatt_hours: int) -> str:
    return ("+" if milliwatt_hours >= 0 else "") + kwh(milliwatt_hours)
