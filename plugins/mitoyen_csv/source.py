"""The whole of a fetch: files found, read one by one, merged, and what is missing named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from mitoyen.contracts import Finding, MeterData, Reading, Request
from mitoyen.diagnostics import Refused, nearest
from mitoyen.intake.files import Found, find
from mitoyen.intake.merging import Merger
from mitoyen.intake.stamps import Form
from mitoyen.intake.text import load
from mitoyen_csv import absences, columns, faults
from mitoyen_csv.options import IN_VALUE, Block, blocks
from mitoyen_csv.reading import Account, Reader
from mitoyen_csv.sheet import Sheet

CURVE_FILES = ("*.csv", "*.csv.gz", "*.txt")


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was tried: its account, or the findings that say why there is none."""

    found: Found
    block: Block
    account: Account | None
    refused: tuple[Finding, ...] = ()


def fetch(request: Request) -> MeterData:
    """Never raises for what a file or an option holds: findings say it, and each file is accounted for."""
    every = list(blocks(request.options))
    gaps = request.options.get("gaps", "refuse")
    wrong = [finding for block in every for finding in _options(block, request)]
    if wrong:
        return MeterData((), (), tuple(wrong), gaps)
    chosen, lost = find(every, request, "csv", CURVE_FILES)
    files = [_read(one, block, request) for block, some in zip(every, chosen, strict=True) for one in some]
    curves = [(file.account, curve) for file in files if file.account for curve in file.account.curves]
    merger = Merger(curves, request.clock)
    series = merger.merge()
    findings = [*lost, *_said(files, request)]
    findings += [clash.finding(request.clock) for clash in merger.clashes.values()]
    read = [(block, [file.account for file in files if file.block is block and file.account]) for block in every]
    for _, accounts in read:
        findings += absences.useless_files(accounts)
    # What a file that could not be read holds is not known to be missing.
    if not lost and all(file.account for file in files):
        findings += absences.absent(request, read)
    return MeterData(series, tuple(_reading(file, request) for file in files), tuple(findings), gaps)


def _options(block: Block, request: Request) -> Iterator[Finding]:
    """What no schema sees: a form of times, a zone."""
    if block.stamp_format is not None:
        try:
            Form(block.stamp_format)
        except ValueError as wrong:
            place = request.locate(*block.where, "timestamp", "format")
            hint = "for example %d/%m/%Y %H:%M, or iso"
            yield Finding("ACC415", f"not a form of times: {wrong}", place, hint)
    if block.zone is not None and block.zone != IN_VALUE:
        try:
            ZoneInfo(block.zone)
        except (LookupError, ValueError, OSError):
            from zoneinfo import available_timezones

            place = request.locate(*block.where, "timestamp", "zone")
            near = nearest(block.zone, {*available_timezones(), IN_VALUE})
            hint = near if near.startswith("did you mean") else "for example Europe/Paris, UTC or in-value"
            yield Finding("ACC416", f"no time zone is named {block.zone!r}", place, hint)


def _read(found: Found, block: Block, request: Request) -> _File:
    asked = {point.meter for point in request.points}
    try:
        sheet = Sheet(found.name, load(found.path, found.name, block.encoding), block.delimiter)
        roles = columns.assign(sheet, block, asked)
        zone = block.zone
        if zone is None:
            offsets = any(roles.form.has_offset(row[roles.stamp]) for row in sheet.sample)
            zone = IN_VALUE if offsets else request.clock.zone
        wall = None if zone == IN_VALUE else ZoneInfo(zone)
        return _File(found, block, Reader(sheet, block, roles, request.clock, wall, asked).read())
    except Refused as refused:
        return _File(found, block, None, refused.findings)


def _said(files: list[_File], request: Request) -> Iterator[Finding]:
    for file in files:
        yield from file.refused
        if file.account:
            yield from faults.findings(file.account, file.block, request.clock)


def _reading(file: _File, request: Request) -> Reading:
    found, account = file.found, file.account
    if account is None:
        return Reading(found.name, {"folder": str(found.folder)} if found.folder else {}, 0, 0, {})
    left = {reason: count for reason, count in sorted(account.left.items()) if count}
    facts = faults.facts(account, file.block, found.folder, request.clock)
    return Reading(found.name, facts, account.rows, account.rows - sum(left.values()), left)
