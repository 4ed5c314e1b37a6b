"""What every file of curves may have wrong, in words; a source adds its own, and its advice where that differs."""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.clock import Clock, span
from mitoyen.contracts import Finding
from mitoyen.intake.tally import Tally


def numbers(tally: Tally) -> Iterator[Finding]:
    """ACC414: a kind of fault ``number<TAB>reason<TAB>advice`` for each reason why a cell is no number."""
    for kind, fault in tally.items():
        name, _, why = kind.partition("\t")
        if name == "number":
            reason, _, advice = why.partition("\t")
            other = f", and {fault.count - 1} more {fault.span}" if fault.count > 1 else ""
            yield Finding("ACC414", f"{fault.word} is not a number: {reason}{other}", fault.place, advice)


def doubled(tally: Tally, advice: str) -> Iterator[Finding]:
    """ACC404: values that the file has twice, alike."""
    if same := tally.get("same"):
        stand = "1 value stands" if same.count == 1 else f"{same.count} values stand"
        message = f"{stand} in this file twice, {same.span}; each was taken once, as both are the same"
        yield Finding("ACC404", message, same.place, advice, "warning")


def order(tally: Tally) -> Iterator[Finding]:
    """ACC407: rows that go back in time."""
    if fault := tally.get("order"):
        rows = "1 row goes" if fault.rows == 1 else f"{fault.rows} rows go"
        message = f"{rows} back in time, {fault.span}; they were sorted"
        yield Finding("ACC407", message, fault.place, "are these blocks of several exports?", "warning")


def other_steps(tally: Tally, clock: Clock, advice: str) -> Iterator[Finding]:
    """ACC406: a kind of fault ``step <seconds>`` for each length of step that cannot be taken."""
    for kind, fault in tally.items():
        if kind.startswith("step "):
            taken = f"{fault.count} values not taken, {fault.span}"
            message = f"the file has steps of {span(int(kind[5:]))}, the operation {span(clock.step)}: {taken}"
            yield Finding("ACC406", message, fault.place, advice)
