"""A plan as data: what a change does to each month and member; sorted, so that one change has one digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mitoyen import changes, quantities
from mitoyen.changes import Change
from mitoyen.contracts import (
    Finding,
)
from mitoyen.diagnostics import as_data
from mitoyen.fingerprint import canonical, digest

FORMAT_VERSION = 1

CATEGORIES = ("restates", "changes", "adds", "removes", "notes", "nothing")
"""By severity: an issued month would need a correction; a draft moves; a month is new; one goes; words only."""

BANDS = ((-15, -5), (-5, 0), (0, 0), (0, 5), (5, 15))
"""Percent, for an audience of members: how many pay so much more or less, and not who."""


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """What one consumer would pay, EUR with VAT; None where not in the operation on that side."""

    id: str
    before: Decimal | None
    after: Decimal | None
    shared_before: int
    shared_after: int

    @property
    def difference(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))

    @property
    def percent(self) -> Decimal | None:
        """Of what was paid before, to a tenth; None where nothing was."""
        return _percent(self.before, self.difference)


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """One month of one operation."""

    operation: str
    month: str
    category: str
    stages: tuple[str, ...] = ()
    """The stages whose result moves: allocation, pricing, documents."""
    members: tuple[MemberPlan, ...] = ()
    before: Decimal | None = None
    after: Decimal | None = None
    estimated_on: str | None = None
    """The month whose data stand for one that is not metered yet."""
    surplus: tuple[Decimal | None, Decimal | None] | None = None
    """What buyers of surplus pay before and after, excluding tax; None where nobody buys on either side."""
    unknown: str | None = None
    """Why no amount can be said."""
    beyond: tuple[str, ...] = ()
    """The figures beyond the operation's limits, as an ``Accept:`` trailer names them."""

    @property
    def percent(self) -> Decimal | None:
        return _percent(self.before, (self.after or Decimal(0)) - (self.before or Decimal(0)))


AUDIENCES = ("public", "members", "board")
"""Who may see a plan, the narrowest view first."""


@dataclass(frozen=True, slots=True)
class OperationPlan:
    operation: str
    changes: tuple[Change, ...] = ()
    units: tuple[UnitPlan, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def category(self) -> str:
        """The worst of its months."""
        worst = min((CATEGORIES.index(unit.category) for unit in self.units), default=len(CATEGORIES) - 1)
        if CATEGORIES[worst] == "nothing" and self.changes:
            return "notes" if not any(change.counts for change in self.changes) else "nothing"
        return CATEGORIES[worst]


@dataclass(frozen=True, slots=True)
class Plan:
    """What head would do to base. ``head`` is None for the folder as it is."""

    base: str
    head: str | None
    operations: tuple[OperationPlan, ...]
    accepted: frozenset[str] = field(default_factory=frozenset)
    """The figures that commits between base and head accept."""
    audience: str = "board"
    """Who may see it; what others may not is left out of its data."""
    lang: str = "fr"

    @property
    def beyond(self) -> tuple[str, ...]:
        """The figures beyond limits that nobody has accepted yet."""
        figures = (figure for one in self.operations for unit in one.units for figure in unit.beyond)
        return tuple(figure for figure in figures if figure not in self.accepted)

    @property
    def moves(self) -> bool:
        return any(one.category not in ("nothing", "notes") for one in self.operations)

    def digest(self) -> str:
        """Of what the plan says, whoever may see it and whatever the commits are called."""
        return digest(canonical([_operation(one, "board") for one in self.operations]))

    def as_data(self, audience: str | None = None) -> dict[str, Any]:
        audience = audience or self.audience
        return {
            "format_version": FORMAT_VERSION,
            "base": self.base,
            "head": self.head,
            "digest": self.digest(),
            "audience": audience,
            "operations": [_operation(one, audience) for one in self.operations],
            "beyond": list(self.beyond) if audience == "board" else len(self.beyond),
        }


def _operation(one: OperationPlan, audience: str) -> dict[str, Any]:
    return {
        "operation": one.operation,
        "category": one.category,
        "changes": [_change(change, audience) for change in one.changes],
        "units": [_unit(unit, audience) for unit in one.units],
        "findings": [_finding(finding, audience) for finding in one.findings],
    }


def _change(change: Change, audience: str) -> dict[str, Any]:
    """A change; beyond the board, without who: prices are shown, shares and participants are only counted."""
    data = change.as_data()
    if audience != "board":
        priced = change.file == "tariffs.yaml" and "because" not in change.path
        dates = [part for part in change.path[:1] if change.file == "keys.yaml"]
        data |= {"because": None, "before_place": None, "after_place": None, "hidden": not priced}
        for side in ("before", "after"):
            value = data[side] if priced else None
            data[side] = (
                {k: v for k, v in value.items() if k not in changes.NOTES} if isinstance(value, dict) else value
            )
        if not priced:
            data["path"] = dates
    return data


def _finding(finding: Finding, audience: str) -> dict[str, Any]:
    data = as_data(finding)
    return (
        data if audience == "board" else {**data, "message": "a finding that `mitoyen check` tells", "help": None}
    )


def _unit(unit: UnitPlan, audience: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "operation": unit.operation,
        "month": unit.month,
        "category": unit.category,
        "stages": list(unit.stages),
        "before": _text(unit.before),
        "after": _text(unit.after),
        "percent": _text(unit.percent),
        "estimated_on": unit.estimated_on,
        "unknown": unit.unknown if audience == "board" or unit.unknown is None else "the data are not all here",
    }
    if audience == "board":
        if unit.surplus:
            before, after = unit.surplus
            percent = _percent(before, (after or Decimal(0)) - (before or Decimal(0)))
            data["surplus"] = {"before": _text(before), "after": _text(after), "percent": _text(percent)}
        data["members"] = [
            {
                "id": one.id,
                "before": _text(one.before),
                "after": _text(one.after),
                "difference": str(one.difference),
                "percent": _text(one.percent),
                "shared_before": quantities.kwh(one.shared_before),
                "shared_after": quantities.kwh(one.shared_after),
            }
            for one in unit.members
        ]
        data["beyond"] = list(unit.beyond)
    elif audience == "members":
        data["bands"] = bands(unit.members)
    return data


def bands(members: Iterable[MemberPlan]) -> dict[str, int]:
    """How many members' amounts move by how much; nobody is named."""
    counts: dict[str, int] = {}
    for one in members:
        if one.percent is None:
            name = "no amount before" if one.difference else "0 %"
        elif one.percent == 0:
            name = "0 %"
        else:
            near = next(((low, high) for low, high in BANDS if low < one.percent <= high), None)
            if one.percent < 0:
                near = next(((low, high) for low, high in BANDS if low <= one.percent < high), None)
            edge = "< -15 %" if one.percent < 0 else "> 15 %"
            name = f"{near[0]} % to {near[1]} %" if near else edge
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _percent(before: Decimal | None, difference: Decimal) -> Decimal | None:
    if not before:
        return None
    return (difference * 100 / before).quantize(Decimal("0.1"))
