"""Which column of a sheet is what: the time, the meter, the values. Named in the options or found by looking."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused, nearest
from mitoyen.intake import privacy, stamps
from mitoyen.intake.curve import Target
from mitoyen_csv.options import Block
from mitoyen_csv.sheet import Sheet

TIME_NAMES = frozenset({"horodate"})
METER_NAMES = frozenset({"prm", "identifiant prm", "id_prm", "meter", "pdl"})
VALUE_NAMES = frozenset({"valeur", "value"})

_NUMBER = re.compile(r"\s*[+-]?\d*[.,]?\d+([eE][+-]?\d+)?\s*")


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions from 0 in the rows of one sheet."""

    layout: str
    layout_found: bool
    stamp: int
    form: stamps.Form
    form_found: str
    """Empty where the options say the form, else how it was found."""
    meter: int
    """Long: the column that says whose value it is; -1 in a wide sheet."""
    value: int
    targets: dict[int, Target]
    """Wide: the series of each column that has one."""
    ignored: tuple[str, ...]


def assign(sheet: Sheet, block: Block, aliases: Collection[str]) -> Columns:
    """Raise Refused (ACC413, ACC415, ACC420) where a column that is needed is not there or not clear."""
    _refuse_data_as_header(sheet)
    stamp, form = _stamp(sheet, block, aliases)
    form_found = ""
    if block.stamp_format is None:
        form, form_found = stamps.settled(form, (row[stamp] for row in sheet.rows()))
    layout = block.layout or _layout(sheet, block, aliases)
    meter = value = -1
    targets: dict[int, Target] = {}
    if layout == "long":
        meter = _meter(sheet, block, aliases, stamp)
        value = _value(sheet, block, {stamp, meter})
        used = {stamp, meter, value}
    else:
        for word in block.columns or sheet.header:
            known = block.columns.get(word) or _known(word, block, aliases)
            if known and word in sheet.header and sheet.header.index(word) != stamp:
                targets[_only(sheet, word)] = block.target(known)
        used = {stamp, *targets}
        _refuse_cut_decimals(sheet, used)
    ignored = tuple(name for position, name in enumerate(sheet.header) if position not in used)
    return Columns(layout, block.layout is None, stamp, form, form_found, meter, value, targets, ignored)


def word_target(word: str, block: Block, aliases: Collection[str]) -> Target | None:
    """The series of a word in the meter column, or None where it names no meter."""
    known = _known(word, block, aliases)
    return block.target(known) if known else None


def _known(word: str, block: Block, aliases: Collection[str]) -> str | None:
    """The ``alias`` or ``alias/series`` that a word stands for."""
    if word in block.columns:
        return block.columns[word]
    return word if word and block.target(word).meter in aliases else None


def _stamp(sheet: Sheet, block: Block, aliases: Collection[str]) -> tuple[int, stamps.Form]:
    given = stamps.Form(block.stamp_format) if block.stamp_format else None
    if block.stamp_column is not None:
        position = _only(sheet, block.stamp_column)
        form = given or stamps.likely([row[position] for row in sheet.sample])
        if form is None:
            raise Refused(_no_form(sheet, position))
        return position, form
    found: dict[int, stamps.Form] = {}
    for position, name in enumerate(sheet.header):
        cells = [row[position] for row in sheet.sample]
        if _known(name, block, aliases) is None and (form := stamps.likely(cells, given)):
            found[position] = form
    # A column that says the same everywhere (the period asked for) is not the time of a step.
    moving = {at: form for at, form in found.items() if len({row[at] for row in sheet.sample}) > 1} or found
    named = {at: form for at, form in moving.items() if sheet.header[at].casefold() in TIME_NAMES} or moving
    if len(named) == 1:
        return next(iter(named.items()))
    if len(named) > 1:
        columns = privacy.names([sheet.header[at] for at in named])
        message = f"several columns hold times: {columns}"
        hint = "say which one is meant: `timestamp: {column: …}`"
        raise Refused(Finding("ACC413", message, sheet.place(sheet.header_line, min(named)), hint))
    for position, name in enumerate(sheet.header):
        if name.casefold() in TIME_NAMES:
            raise Refused(_no_form(sheet, position, given))
    message = "no column holds times" + (f" of the form {given.name}" if given else " in a form known here")
    hint = f"say `timestamp: {{column: …, format: …}}`; columns: {privacy.names(sheet.header)}"
    raise Refused(Finding("ACC413", message, sheet.place(sheet.header_line, 0), hint))


def _no_form(sheet: Sheet, position: int, given: stamps.Form | None = None) -> Finding:
    seen = privacy.shape(sheet.sample[0][position])
    form = f"of the form {given.name}" if given else "in a form known here"
    message = f"the column {privacy.name(sheet.header[position])} holds no times {form}: {seen}"
    hint = 'say how they are written: `timestamp: {format: "%d/%m/%Y %H:%M"}`'
    return Finding("ACC415", message, sheet.place(sheet.header_line, position), hint)


def _layout(sheet: Sheet, block: Block, aliases: Collection[str]) -> str:
    if block.meter is not None or block.value is not None:
        return "long"
    if any(_known(name, block, aliases) for name in sheet.header):
        return "wide"
    return "long" if _meter_columns(sheet, block, aliases) else "wide"


def _meter_columns(sheet: Sheet, block: Block, aliases: Collection[str]) -> list[int]:
    return [
        position
        for position in range(sheet.width)
        if any(_known(row[position].strip(), block, aliases) for row in sheet.sample)
    ]


def _meter(sheet: Sheet, block: Block, aliases: Collection[str], stamp: int) -> int:
    if block.meter is not None:
        return _only(sheet, block.meter)
    found = [position for position in _meter_columns(sheet, block, aliases) if position != stamp]
    found = found or [at for at, name in enumerate(sheet.header) if name.casefold() in METER_NAMES]
    if len(found) != 1:
        raise Refused(_unclear(sheet, "meter", "says whose value a row is", found))
    return found[0]


def _value(sheet: Sheet, block: Block, taken: Collection[int]) -> int:
    if block.value is not None:
        return _only(sheet, block.value)
    rest = [position for position in range(sheet.width) if position not in taken]
    found = [at for at in rest if sheet.header[at].casefold() in VALUE_NAMES]
    found = found or [at for at in rest if any(_NUMBER.fullmatch(row[at]) for row in sheet.sample)]
    if len(found) != 1:
        raise Refused(_unclear(sheet, "value", "holds the values", found))
    return found[0]


def _unclear(sheet: Sheet, option: str, role: str, found: list[int]) -> Finding:
    some = privacy.names([sheet.header[at] for at in found])
    message = (
        f"several columns may be the one that {role}: {some}"
        if found
        else f"no column is known to be the one that {role}"
    )
    hint = f"say `{option}:`; columns: {privacy.names(sheet.header)}"
    return Finding("ACC413", message, sheet.place(sheet.header_line, found[0] if found else 0), hint)


def _only(sheet: Sheet, name: str) -> int:
    """The position of the one column of this name."""
    positions = [position for position, header in enumerate(sheet.header) if header == name.strip()]
    if len(positions) == 1:
        return positions[0]
    if positions:
        message = f"{len(positions)} columns have the name {privacy.name(name)}"
        place = sheet.place(sheet.header_line, positions[1])
        raise Refused(Finding("ACC413", message, place, "give each column a name of its own"))
    hint = nearest(name, [privacy.bare(header) for header in sheet.header if header])
    message = f"the file has no column {privacy.name(name)}"
    raise Refused(Finding("ACC413", message, sheet.place(sheet.header_line, 0), hint))


def _refuse_cut_decimals(sheet: Sheet, used: Collection[int]) -> None:
    """A header that ends with a comma has room for the decimals of a value that a comma cuts in two."""
    last = sheet.width - 1
    if sheet.delimiter != "," or sheet.header[last] or last in used:
        return
    if any(row[last].strip() for row in sheet.sample):
        place = sheet.place(sheet.header_line, last)
        message = "the last column has no name and holds values: is the comma delimiter and decimal sign?"
        raise Refused(Finding("ACC420", message, place, "export with ; or with quotes around the values"))


def _refuse_data_as_header(sheet: Sheet) -> None:
    for position, name in enumerate(sheet.header):
        if ":" in name and stamps.likely([name]):
            place = sheet.place(sheet.header_line, position)
            hint = "add a line that names the columns, such as Horodate;mtr-01"
            raise Refused(Finding("ACC420", "the first line is data: the file has no header", place, hint))
