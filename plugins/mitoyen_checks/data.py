"""data/<month>.yaml: the frozen data of a month are whole, and of everyone who takes part in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mitoyen.clock import Clock, Month
from mitoyen.contracts import Finding, Operation
from mitoyen_checks.days import Stretch, taking_part
from mitoyen_checks.entries import several


def check(operation: Operation) -> Iterator[Finding]:
    for name, pointer in operation.months.items():
        try:
            month = Month.parse(name)
            days = Stretch(month.first, month.next.first)
        except ValueError:
            # The name of the file is the business of whoever read it.
            continue
        yield from _of_month(operation, month, days, pointer)


def _of_month(operation: Operation, month: Month, days: Stretch, pointer: Mapping[str, Any]) -> Iterator[Finding]:
    file = f"data/{month}.yaml"
    again = f"mitoyen fetch {operation.id} --month {month}"
    if month.next.first <= operation.opened:
        yield Finding(
            "ACC421",
            f"data of {month}, the operation opens on {operation.opened}",
            operation.locate(file),
            help=f'remove {file}, or correct "opened" in operation.yaml',
        )
        return
    frozen = pointer.get("meters")
    if isinstance(frozen, list | tuple):
        missing = {
            one.meter
            for one in operation.participants.values()
            if one.meter not in frozen and (stretch := taking_part(one)) and stretch.overlap(days)
        }
        if missing:
            are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
            yield Finding(
                "ACC419",
                f"{several(missing)} {are} in force in {month}, the data frozen for it do not have {them}",
                operation.locate(file, "meters"),
                help=f"fetch again: {again}",
            )
    steps, whole = pointer.get("steps"), _steps(operation, days)
    if isinstance(steps, int) and whole is not None and steps != whole:
        yield Finding(
            "ACC422",
            f"{month} has {whole} steps, {steps} are frozen",
            operation.locate(file, "steps"),
            help=f'fetch the whole month again: {again}; or correct "step" in operation.yaml',
        )


def _steps(operation: Operation, days: Stretch) -> int | None:
    """How many steps the days have, whatever the step on each of them; None where the operation cannot say."""
    total = 0
    for part in days.cut(operation.steps):
        if not operation.steps or part.end is None:
            return None
        begun = [start for start in operation.steps if start <= part.first]
        step = operation.steps[max(begun) if begun else min(operation.steps)]
        try:
            total += Clock.of_days(part.first, part.end, step, operation.zone).steps
        except (ValueError, LookupError, OSError, ZeroDivisionError):
            # No such time zone, or no step: said where operation.yaml is read.
            return None
    return total
