"""The excise on electricity: its rate by date and by the power a consumer subscribed, where it is due.

Whether it is due on shared energy is contested (CIBS L. 312-79 and BOI-RES-EAT-000208): each operation says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from mitoyen.contracts import Excise, Finding, Operation
from mitoyen_checks.days import Stretch, joined, reigns, taking_part
from mitoyen_france.law import Parameter, names, read

THRESHOLD = "excise/threshold"
CLASSES = ("up-to-threshold", "over-threshold")


def excise(territory: str, watts: int, day: date) -> Excise:
    """What is due on a kilowatt-hour. Raise ValueError where the rate of the territory is not known that day."""
    threshold = read(THRESHOLD)
    small = threshold.allows(watts, threshold.known(day))
    value = _rate(territory, CLASSES[0] if small else CLASSES[1]).known(day)
    return Excise(Decimal(value.value or 0), str(value.reference))


def changes(territory: str, first: date, last: date) -> Iterator[date]:
    """The days in [first, last) from which a rate is another, or is no longer known."""
    for rate in (read(THRESHOLD), *(_rate(territory, one) for one in CLASSES)):
        yield from (day for day in rate.turns() if first <= day < last)


def check(operation: Operation) -> Iterator[Finding]:
    """FRA111, FRA113."""
    yield from _unknown_rates(operation)
    if operation.sellers:
        yield from _large_sites(operation)


def _unknown_rates(operation: Operation) -> Iterator[Finding]:
    """FRA111: the excise is due on days on which nobody here knows the rate of some consumer."""
    powers = {one.power for one in operation.participants.values() if one.role == "consumer" and one.power}
    for entry, reign in reigns(operation.excise):
        unknown = joined(_unknown(operation.territory, powers, reign)) if entry.due else []
        if unknown:
            days = " and ".join(map(str, unknown))
            yield Finding(
                "FRA111",
                f"the excise is due and its rate is not known {days}: those months cannot be settled",
                operation.locate("operation.yaml", "excise", str(entry.start), "due"),
                "add the rate, its date and its text to parameters/excise/ of mitoyen_france",
                severity="warning",
            )


def _large_sites(operation: Operation) -> Iterator[Finding]:
    """FRA113: a plant is too large for the exemption, on days on which the excise is held not to be due."""
    for one in operation.participants.values():
        present = taking_part(one)
        if one.role != "producer" or one.power is None or present is None:
            continue
        for days, value in read("excise/small-site").since(present.first):
            both = days.overlap(present)
            if both is None or read("excise/small-site").allows(one.power, value):
                continue
            if exempt := joined(_exempt(operation, both)):
                yield Finding(
                    "FRA113",
                    f"the excise is not held to be due {' and '.join(map(str, exempt))}, and {one.id} is no "
                    f"site of less than {value.written}: {value.source}",
                    operation.locate("participants.yaml", one.id, "power"),
                    "ask your accountant; where it is due, write excise: {<date>: {due: true, because: …}} in "
                    "operation.yaml",
                    severity="warning",
                )


def _exempt(operation: Operation, days: Stretch) -> Iterator[Stretch]:
    """The parts of some days on which the operation holds that the excise is not due, be it by silence."""
    for part in days.cut(entry.start for entry in operation.excise):
        if not any(entry.due and reign.overlap(part) for entry, reign in reigns(operation.excise)):
            yield part


def _unknown(territory: str, powers: Iterable[int], days: Stretch) -> Iterator[Stretch]:
    """The parts of some days on which the rate of one of these powers is not known."""
    try:
        turns = list(changes(territory, days.first, date.max))
    except ValueError:
        turns = []
    for part in days.cut(turns):
        if not all(_known(territory, watts, part.first) for watts in powers):
            yield part


def _known(territory: str, watts: int, day: date) -> bool:
    try:
        excise(territory, watts, day)
    except ValueError:
        return False
    return True


def _rate(territory: str, power: str) -> Parameter:
    name = f"excise/{territory}/{power}"
    if name not in names():
        raise ValueError(f"the excise of {territory} is in no file of the law: {name} is missing")
    return read(name)
