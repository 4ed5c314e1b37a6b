"""What is said about one file: its findings, from what was tallied, and its facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from mitoyen.clock import Clock, span
from mitoyen.contracts import Finding
from mitoyen.intake import faults
from mitoyen.intake.moments import Fate
from mitoyen.intake.tally import Tally
from mitoyen_enedis import placing
from mitoyen_enedis.merged import PART
from mitoyen_enedis.numbers import CONTRADICTED
from mitoyen_enedis.placing import Account


def findings(account: Account, clock: Clock) -> Iterator[Finding]:
    """The findings of a file that was read, one for each kind of fault."""
    tally = account.tally
    yield from _meters(tally)
    yield from _units(tally)
    yield from _times(tally, clock)
    yield from _steps(tally, account, clock)
    if fault := tally.get("width"):
        cells = "1 cell" if fault.word == "1" else f"{fault.word} cells"
        message = f"this line has more or fewer cells than its header, {cells}{fault.more('line')}"
        yield Finding("ACC420", message, fault.place, "is the file cut off, or is there text after the data?")
    yield from faults.numbers(tally)
    yield from faults.doubled(tally, "was the file put together from two?")


def _meters(tally: Tally) -> Iterator[Finding]:
    if fault := tally.get(CONTRADICTED):
        message = "`whose:` says one meter, and the number in this file is that of another"
        yield Finding("ACC434", message, fault.place, "correct the pattern in `whose:`, or the number in the vault")


def _units(tally: Tally) -> Iterator[Finding]:
    if fault := tally.get(placing.NO_UNIT):
        message = f"this file does not say the unit of its values{fault.more('value')}"
        hint = (
            "write unit: Wh (energy of the step) or unit: W (mean power over it); at 15 minutes one is four times "
            "the other, so hold a month against the registers or the operator's own figures first"
        )
        yield Finding("ACC435", message, fault.place, hint)


def _times(tally: Tally, clock: Clock) -> Iterator[Finding]:
    zone = clock.zone
    if fault := tally.get("stamp"):
        yield Finding("ACC415", f"this is not a time{fault.more('row')}", fault.place, "is the file cut off?")
    if fault := tally.get("offset"):
        message = f"this time has an offset that {zone} does not have then{fault.more('row')}"
        hint = (
            "some exports keep one offset all year. Where the hours are those of the clock on the wall, "
            "offsets: ignored; where they are not, say the `zone:`"
        )
        yield Finding("ACC416", message, fault.place, hint)
    if fault := tally.get(Fate.ABSENT_HOUR.name):
        message = f"this time does not exist in {zone}: the clocks go forward over it{fault.more('row')}"
        yield Finding("ACC416", message, fault.place, "say the `zone:` the times are in")
    if fault := tally.get(Fate.WHICH_HOUR.name):
        more = fault.more("row")
        message = f"this time comes twice in {zone}, and the order of the rows does not tell which it is{more}"
        yield Finding("ACC416", message, fault.place, "put the rows of that hour in the order of time")
    if fault := tally.get("side"):
        message = "do the times of this file name the start or the end of their steps? "
        message += f"{fault.count} values are not taken"
        hint = "its format says one and its first and last time the other: say `stamp:`"
        yield Finding("ACC433", message, fault.place, hint)
    yield from faults.order(tally)


def _steps(tally: Tally, account: Account, clock: Clock) -> Iterator[Finding]:
    ours = span(clock.step)
    advice = "a curve is joined from finer steps, never split; `step:` in operation.yaml says which that is"
    yield from faults.other_steps(tally, clock, advice)
    if unknown := tally.get("no step"):
        message = f"how long the step of this value is cannot be told{unknown.more('row')}"
        hint = "the step changes over a hole; the value is left, and makes the hole longer"
        yield Finding("ACC406", message, unknown.place, hint, "warning")
    if stray := tally.get("grid"):
        message = f"this time is not on the grid of its steps{stray.more('row')}"
        hint = "a step begins at midnight and then every step; is `stamp:` right?"
        yield Finding("ACC406", message, stray.place, hint)
    if parts := account.left[PART]:
        message = f"{parts} values are of steps of {ours} of which other parts are missing, and are not taken"
        place = account.sheet.place(account.sheet.header_line, 0)
        yield Finding("ACC406", message, place, "ask for the curve again", "warning")


def facts(account: Account, clock: Clock, checked: dict[str, int], rounded: dict[str, int]) -> dict[str, str]:
    """What was found by looking, or given, in words."""
    payload = account.payload
    facts = {"format": payload.form}
    meters = sorted({whose.alias for whose in account.whose if whose.alias})
    if meters:
        facts["meter"] = ", ".join(meters)
        facts["number"] = ", ".join(sorted(number or "not in the file" for number in account.numbers))
    if found := sorted({whose.found for whose in account.whose if whose.found}):
        facts["whose"] = ", ".join(found)
    for name, words in (("unit", account.units), ("zone", account.zones)):
        if words:
            facts[name] = ", ".join(sorted(words))
    if account.sides:
        facts["stamp"] = "; ".join(
            sorted(f"{side.stamp or 'not clear'} of step ({side.why})" for side in account.sides)
        )
    if account.steps:
        facts["step"] = _changes(account, clock)
    if account.qualities:
        marks = sorted(account.qualities.items())
        facts["quality"] = ", ".join(f"{name}: {count}" for name, count in marks)
    if payload.edition:
        facts["published"] = datetime.fromtimestamp(payload.edition, ZoneInfo(clock.zone)).strftime(
            "%Y-%m-%d %H:%M"
        )
    if count := sum(checked.get(meter, 0) for meter in meters):
        facts["registers"] = f"{count} periods agree with what the registers counted"
    if count := sum(rounded.get(meter, 0) for meter in meters):
        facts["rounded"] = f"{count} values finer than a milliwatt-hour, half up"
    for name, word in payload.facts.items():
        facts[name] = word
    return facts


def _changes(account: Account, clock: Clock) -> str:
    if len(account.steps) == 1:
        return span(next(iter(account.steps)))
    zone = ZoneInfo(clock.zone)
    ordered = sorted(account.steps.items(), key=lambda item: item[1])
    return ", then ".join(
        f"{span(step)} from {datetime.fromtimestamp(first, zone):%Y-%m-%d %H:%M}" for step, (first, _) in ordered
    )
