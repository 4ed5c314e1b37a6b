"""The power of all producers together stays under a cap (arrêté du 21 novembre 2019, art. 1, 2°)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mitoyen.contracts import Finding, Operation, Participant
from mitoyen_checks.days import Stretch, changes
from mitoyen_france import perimeter
from mitoyen_france.law import Parameter, Value, names, read

FILE = "participants.yaml"


def check(operation: Operation) -> Iterator[Finding]:
    cap = cap_of(operation)
    if all(value.value is None for _days, value in cap.since(operation.opened)):
        return
    producers = [one for one in operation.participants.values() if one.role == "producer"]
    for one in producers:
        if one.power is None:
            yield Finding(
                "FRA107",
                f"{one.id} has no power: the cap on all producers together cannot be checked",
                operation.locate(FILE, one.id, key=True),
                help='add "power:", such as power: 36 kWp',
                severity="warning",
            )
    must = "must stay under" if cap.bound == "under" else "may reach"
    for days, total, value in _over(operation, cap, producers):
        yield Finding(
            "FRA101",
            f"the producers in force add up to {_megawatts(total)} {days}, "
            f"they {must} {value.written}: {value.source}",
            operation.locate(FILE, _to_blame(producers, days).id, "power"),
            help="take a producer out, or divide the operation in two",
            severity=value.severity,
        )


def cap_of(operation: Operation) -> Parameter:
    """The cap that binds an operation: its kind's own, or else its grid's."""
    said = perimeter.of(operation)
    for wanted in (said.get("kind"), said.get("grid")):
        if f"power-cap/{wanted}" in names():
            return read(f"power-cap/{wanted}")
    return read("power-cap/mainland")


def _over(
    operation: Operation, cap: Parameter, producers: list[Participant]
) -> Iterator[tuple[Stretch, int, Value]]:
    """Each stretch of days on which the cap is passed, with the power then; equal neighbours are one."""
    last: tuple[Stretch, int, Value] | None = None
    for limited, value in cap.since(operation.opened):
        for days in limited.cut(changes(producers)):
            total = sum(one.power or 0 for one in producers if one.in_force(days.first))
            if cap.allows(total, value):
                continue
            if last and last[0].end == days.first and (last[1], last[2].value) == (total, value.value):
                last = (Stretch(last[0].first, days.end), total, value)
                continue
            if last:
                yield last
            last = (days, total, value)
    if last:
        yield last


def _to_blame(producers: list[Participant], days: Stretch) -> Participant:
    """The producer with which the cap was passed: the last to enter, of those the most powerful."""
    present = [one for one in producers if one.power and one.in_force(days.first)]
    return max(present, key=lambda one: (one.start, one.power or 0, one.id))


def _megawatts(watts: int) -> str:
    return f"{(Decimal(watts) / 1_000_000).normalize():f} MW"
