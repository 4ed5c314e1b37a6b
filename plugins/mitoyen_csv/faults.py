"""What is said about one file: its findings, from what the reader tallied, and its facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mitoyen.clock import Clock, span
from mitoyen.contracts import Finding
from mitoyen.intake import faults, privacy
from mitoyen.intake.moments import Fate
from mitoyen.intake.tally import Tally
from mitoyen_csv.options import IN_VALUE, Block
from mitoyen_csv.reading import Account


def findings(account: Account, block: Block, clock: Clock) -> Iterator[Finding]:
    """The findings of a file that was read, one for each kind of fault."""
    tally = account.tally
    yield from _rows(tally, account)
    yield from _times(tally, account, block, clock)
    yield from _steps(tally, clock)
    yield from faults.numbers(tally)
    yield from faults.doubled(tally, "was the file exported or pasted together twice?")


def _rows(tally: Tally, account: Account) -> Iterator[Finding]:
    if fault := tally.get("open quote"):
        message = f"a quoted cell runs over {fault.word} lines{fault.more('row')}; the row is not read"
        yield Finding("ACC420", message, fault.place, "a quote is left open, or closed too late")
    if fault := tally.get("width"):
        cells = "1 cell" if fault.word == "1" else f"{fault.word} cells"
        message = f"this line has {cells} and the header {account.sheet.width}{fault.more('line')}"
        hint = "is the file cut off, or is there text after the data?"
        if account.sheet.delimiter == "," and int(fault.word) > account.sheet.width:
            hint = "is the comma both delimiter and decimal sign? Export with ; or with quotes around the values"
        yield Finding("ACC420", message, fault.place, hint)


def _times(tally: Tally, account: Account, block: Block, clock: Clock) -> Iterator[Finding]:
    form = account.columns.form.name
    zone = block.zone or clock.zone
    if fault := tally.get("stamp"):
        message = f"{fault.word} is not a time of the form {form}{fault.more('row')}"
        found = account.columns.form_found
        hint = f"the form of the times was looked up ({found}): if it is another, say `timestamp: {{format: …}}`"
        yield Finding("ACC415", message, fault.place, hint if found else "")
    if fault := tally.get(Fate.NO_OFFSET.name):
        message = f"a time without offset, and `zone:` says that offsets are in the values{fault.more('row')}"
        yield Finding("ACC416", message, fault.place, "say the `zone:` of the times, such as Europe/Paris or UTC")
    if fault := tally.get(Fate.ABSENT_HOUR.name):
        message = f"this time does not exist in {zone}: the clocks go forward over it{fault.more('row')}"
        hint = "say the `zone:` the times are in: a fixed one, or UTC, has no such hour"
        if block.stamp_end:
            hint += "; the step that ends when the clocks go forward is stamped with the time after it"
        yield Finding("ACC416", message, fault.place, hint)
    if fault := tally.get(Fate.WHICH_HOUR.name):
        more = fault.more("row")
        message = f"this time comes twice in {zone}, and the order of the rows does not tell which it is{more}"
        hint = "export with offsets or in UTC, or put the rows of that hour in the order of time"
        yield Finding("ACC416", message, fault.place, hint)
    yield from faults.order(tally)


def _steps(tally: Tally, clock: Clock) -> Iterator[Finding]:
    ours = span(clock.step)
    advice = "ask for the curve in the operation's step; `step:` in operation.yaml says which that is"
    yield from faults.other_steps(tally, clock, advice)
    if stray := tally.get("grid"):
        message = f"this time is not on the grid of {ours}{stray.more('row')}"
        yield Finding("ACC406", message, stray.place, "a step begins at midnight and then every " + ours)


def facts(account: Account, block: Block, folder: Path | None, clock: Clock) -> dict[str, str]:
    """What was found by looking, or given, in words."""
    sheet, columns = account.sheet, account.columns
    facts = {} if folder is None else {"folder": str(folder)}
    facts["encoding"] = sheet.encoding
    facts["delimiter"] = _found(repr(sheet.delimiter), sheet.delimiter_found)
    decimal = "none seen" if account.decimal is None else repr(account.decimal)
    facts["decimal"] = _found(decimal, block.decimal is None)
    facts["layout"] = _found(columns.layout, columns.layout_found)
    facts["unit"] = block.unit
    facts["time"] = _found(privacy.name(sheet.header[columns.stamp]), block.stamp_column is None)
    facts["format"] = columns.form.name + (f" ({columns.form_found})" if columns.form_found else "")
    facts["zone"] = _zone(account, block, clock)
    facts["stamp"] = "end of step" if block.stamp_end else "start of step"
    if account.shifted:
        other = "start" if block.stamp_end else "end"
        facts["stamp"] += f"; but the file begins and ends as if its times were the {other} of their steps"
    steps = sorted(step for step in account.steps if step)
    if steps:
        facts["step"] = ", ".join(span(step) for step in steps) + " (found)"
    if columns.layout == "long":
        facts["meter"] = privacy.name(sheet.header[columns.meter])
        facts["value"] = privacy.name(sheet.header[columns.value])
    if account.curves:
        facts["series"] = ", ".join(sorted(str(curve.target) for curve in account.curves))
    if columns.ignored:
        facts["ignored columns"] = privacy.names(list(columns.ignored))
    if account.words:
        facts["ignored meters"] = privacy.names(sorted(account.words))
    facts["lines"] = f"{account.lines}, from {privacy.shape(account.edges[0])} to {privacy.shape(account.edges[1])}"
    if account.descending:
        facts["order"] = "newest first (found)"
    if account.rounded:
        what = "billionth" if block.coefficient else "milliwatt-hour"
        facts["rounded"] = f"{account.rounded} values finer than a {what}, half up"
    return facts


def _zone(account: Account, block: Block, clock: Clock) -> str:
    zone = clock.zone if block.zone is None else block.zone
    if not account.naive:
        return "offsets in the values" + ("" if block.zone in (None, IN_VALUE) else f"; {zone} was not needed")
    if account.offsets:
        return f"offsets in the values, {zone} for {account.naive} rows without"
    return zone if block.zone else f"{zone} (the operation's, as the times have no offset)"


def _found(word: str, found: bool) -> str:
    return f"{word} (found)" if found else word
