"""An operation as its files say it, and its slice in force during a period."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from mitoyen import schema, trade
from mitoyen.cache import Cache
from mitoyen.clock import STEPS, Clock, Month
from mitoyen.contracts import (
    AllocationRule,
    Check,
    DocumentFormat,
    Entry,
    ExportFormat,
    Finding,
    InvoiceFormat,
    Objection,
    Operation,
    Options,
    Package,
    Participant,
    Place,
    Source,
    TariffRule,
)
from mitoyen.diagnostics import Refused, failed, nearest
from mitoyen.host import Host
from mitoyen.located import Document
from mitoyen.repository.trees import Tree, shown

FILES = ("operation.yaml", "participants.yaml", "keys.yaml", "tariffs.yaml", "packages.yaml")
_POINTER = re.compile(r"data/(\d{4}-\d{2})\.yaml")
_MANIFEST = re.compile(r"settlements/(\d{4}-\d{2})\.(\d+)\.yaml")

_OWN = {
    *("title", "organiser", "opened", "timezone", "step", "source", "documents", "law"),
    *("sellers", "territory", "excise", "surplus", "exports"),
}
"""Fields of operation.yaml that have an attribute of their own in contracts.Operation."""

BILLED: Mapping[str, Any] = {
    "series": {
        "type": "string",
        "pattern": "^[A-Za-z0-9]{1,8}$",
        "description": "first letters of a number",
    },
    "due": {
        "type": "string",
        "pattern": "^P[0-9]{1,3}D$",
        "description": "days to pay after the invoice, such as P30D",
    },
}
"""The options of `documents:` that hold for any format: how invoices are numbered, and when they are due."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder holds: the operation (None where its files must be mended first) and its manifests."""

    id: str
    operation: Operation | None
    documents: Mapping[str, Document]
    """The YAML files that could be read, by their path in the folder."""
    manifests: Mapping[str, Mapping[int, Document]]
    """By month, then revision."""
    findings: tuple[Finding, ...]


@dataclass
class _Reader:
    """Reads one folder, keeping every finding on the way."""

    name: str
    host: Host
    documents: dict[str, Document] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def locate(self, file: str, *path: str | int, key: bool = False) -> Place:
        document = self.documents.get(file)
        return document.place(*path, key=key) if document else Place(shown(self.name, file))

    def report(
        self, code: str, message: str, file: str, *path: str | int, key: bool = False, advice: str = ""
    ) -> None:
        self.findings.append(Finding(code, message, self.locate(file, *path, key=key), advice))

    def options(self, file: str, path: tuple[str | int, ...], rules: Mapping[str, Any]) -> Options | None:
        """The ``with`` block at ``path`` read by a schema, or None where it does not hold."""
        document = self.documents[file]
        found = schema.validate(document, rules, (*path, "with"))
        self.findings += found
        return None if failed(found) else schema.read(_at(document.value, (*path, "with"), {}), rules)

    def entries(
        self,
        file: str,
        path: tuple[str, ...],
        entries: Mapping[str, Mapping[str, Any]],
        kind: type[AllocationRule | TariffRule],
    ) -> list[Entry]:
        """The date-keyed entries at ``path``, their rules found and their options read."""
        read = []
        for start, entry in sorted(entries.items()):
            here = (*path, start)
            try:
                rule = self.host.get(kind, entry["rule"], self.locate(file, *here, "rule"))
            except Refused as refused:
                self.findings += refused.findings
                continue
            options = self.options(file, here, rule.schema)
            if options is None:
                continue
            self.findings += (
                Finding(o.code, o.message, self.locate(file, *here, "with", *o.path), o.help, o.severity)
                for o in _objections(rule, options)
            )
            if isinstance(rule, TariffRule) and (first := rule.begins(options)) and first.isoformat() > start:
                self.report(
                    "ACC312",
                    f"this price begins on {start}, its options say nothing before {first}",
                    file,
                    *here,
                    "with",
                    advice=f"write the value that held on {start} too, or let this price begin on {first}",
                )
            named = schema.mentions(entry.get("with", {}), rule.schema, {"consumer", "producer"})
            serves = rule.serves(options) if isinstance(rule, AllocationRule) else None
            read.append(
                Entry(
                    start=date.fromisoformat(start),
                    rule=rule.id,
                    options=options,
                    because=entry.get("because"),
                    serves=None if serves is None else frozenset(serves),
                    names=tuple((("with", *where), form, word) for where, form, word in named),
                )
            )
        return read


def _objections(rule: AllocationRule | TariffRule, options: Options) -> Iterator[Objection]:
    yield from rule.check(options)


def load(tree: Tree, name: str, host: Host, cache: Cache) -> Loaded:
    """Read an operation's folder. Findings carry every place; nothing is raised for what a person wrote."""
    reader = _Reader(name, host)
    texts: dict[str, str | None] = {}
    read: list[tuple[str, str, bytes]] = []
    for file, content in tree.files(name):
        texts[file] = _text(content)
        if not file.endswith((".yaml", ".yml")):
            continue
        kind = _kind(file)
        if kind is None:
            known = [*FILES, "data/<month>.yaml", "settlements/<month>.<n>.yaml"]
            reader.report("ACC117", f"no file of an operation is named {file}", file, advice=nearest(file, known))
        elif content is None:
            reader.report("ACC109", "this file is a link, or too large to be one of an operation", file)
        else:
            read.append((file, kind, content))
    documents = cache.parse_all((content, shown(name, file)) for file, _kind, content in read)
    for (file, kind, _content), document in zip(read, documents, strict=True):
        if isinstance(document, Refused):
            reader.findings += document.findings
            continue
        reader.documents[file] = document
        reader.findings += schema.validate(document, schema.load(kind))
    for file in FILES[:3]:
        if file not in texts:
            reader.report(
                "ACC118", f"{shown(name, file)} is missing", file, advice="`mitoyen new operation` shows every file"
            )
    manifests: dict[str, dict[int, Document]] = {}
    for file, document in reader.documents.items():
        if match := _MANIFEST.fullmatch(file):
            manifests.setdefault(match[1], {})[int(match[2])] = document
    operation = None if failed(reader.findings) else _operation(reader, texts)
    return Loaded(name, operation, reader.documents, manifests, tuple(reader.findings))


def _kind(file: str) -> str | None:
    """The name of a file's schema, or None where the operation has no such file."""
    if file in FILES:
        return file.removesuffix(".yaml")
    if _POINTER.fullmatch(file):
        return "data"
    return "settlement" if _MANIFEST.fullmatch(file) else None


def _operation(reader: _Reader, texts: Mapping[str, str | None]) -> Operation | None:
    value = {file: document.value for file, document in reader.documents.items()}
    plain = value["operation.yaml"]
    steps = _steps(reader, plain)
    zone = plain.get("timezone", "Europe/Paris")
    if not _is_zone(zone):
        reader.report(
            "ACC121",
            f'no time zone is named "{zone}"',
            "operation.yaml",
            "timezone",
            advice=nearest(zone, available_timezones()) if "/" in zone else "for instance Europe/Paris",
        )
    participants = {
        name: Participant(
            id=name,
            role=row["role"],
            meter=row["meter"],
            start=row["from"],
            to=row.get("to"),
            tariff=row.get("tariff"),
            seller=row.get("seller"),
            power=row.get("power"),
            payer=row.get("payer"),
            consent=row.get("consent"),
            membership=trade.membership(row.get("membership", {})),
        )
        for name, row in sorted(schema.read(value["participants.yaml"], schema.load("participants")).items())
    }
    law = plain.get("law")
    laws = {check.law for check in reader.host.all(Check) if check.law}
    if law is not None and law not in laws:
        reader.report(
            "ACC609", f'no plugin knows the law "{law}"', "operation.yaml", "law", advice=nearest(law, laws)
        )
    traded = trade.read(plain, participants, reader.report, reader.host)
    source, source_options = _source(reader, plain, participants)
    formats, format_options = _formats(reader, plain)
    exports = _exports(reader, plain, participants)
    keys = reader.entries("keys.yaml", (), value["keys.yaml"], AllocationRule)
    tariffs = {
        group: reader.entries("tariffs.yaml", (group,), entries, TariffRule)
        for group, entries in sorted(value.get("tariffs.yaml", {}).items())
    }
    packages = {
        member: [Package(date.fromisoformat(day), energy) for day, energy in sorted(bought.items())]
        for member, bought in schema.read(value.get("packages.yaml", {}), schema.load("packages")).items()
    }
    if failed(reader.findings):
        return None
    return Operation(
        id=reader.name,
        title=plain["title"],
        organiser=plain["organiser"],
        opened=date.fromisoformat(plain["opened"]),
        zone=zone,
        steps=steps,
        participants=participants,
        keys=keys,
        tariffs=tariffs,
        source=source,
        source_options=source_options,
        formats=formats,
        format_options=format_options,
        law=law,
        details={name: item for name, item in plain.items() if name not in _OWN},
        months={match[1]: value[file] for file in sorted(value) if (match := _POINTER.fullmatch(file))},
        files=texts,
        locate=reader.locate,
        **traded,
        packages=packages,
        exports=exports,
    )


def _steps(reader: _Reader, plain: Mapping[str, Any]) -> Mapping[date, int]:
    """Seconds in a step by date; a step may only change where a month begins, so that a unit has one clock."""
    opened = date.fromisoformat(plain["opened"])
    step = plain.get("step", "PT15M")
    if isinstance(step, str):
        return {opened: STEPS[step]}
    steps = {date.fromisoformat(start): STEPS[length] for start, length in sorted(step.items())}
    for start in steps:
        if start.day != 1:
            reader.report(
                "ACC122",
                f"the step changes on {start}, within a month",
                "operation.yaml",
                "step",
                start.isoformat(),
                key=True,
                advice="a step holds from the first day of a month",
            )
    if min(steps) > opened:
        reader.report(
            "ACC122",
            f"no step is given from {opened}, when the operation opens, to {min(steps)}",
            "operation.yaml",
            "step",
            advice="add the step that held when the operation opened",
        )
    return steps


def _source(
    reader: _Reader, plain: Mapping[str, Any], participants: Mapping[str, Participant]
) -> tuple[str | None, Options]:
    if "source" not in plain:
        return None, {}
    try:
        offer = reader.host.get(Source, plain["source"]["use"], reader.locate("operation.yaml", "source", "use"))
    except Refused as refused:
        reader.findings += refused.findings
        return None, {}
    options = reader.options("operation.yaml", ("source",), offer.schema) or {}
    written = plain["source"].get("with", {})
    known = {"meter": {one.meter for one in participants.values()}, "producer": set(participants)}
    for path, form, word in schema.mentions(written, offer.schema, set(known)) if options else ():
        if word not in known[form]:
            reader.report(
                "ACC427",
                f'the source names {form} "{word}", which no participant has',
                "operation.yaml",
                "source",
                "with",
                *path,
                advice=nearest(word, known[form]),
            )
    return offer.id, options


def _formats(reader: _Reader, plain: Mapping[str, Any]) -> tuple[Sequence[str], Options]:
    """The formats in use, and the options they share: an option must be known to one of them at least."""
    offers: list[DocumentFormat | InvoiceFormat] = []
    for index, wanted in enumerate(plain.get("documents", {"use": []})["use"]):
        try:
            where = reader.locate("operation.yaml", "documents", "use", index)
            offers += reader.host.writers(wanted, where)
        except Refused as refused:
            reader.findings += refused.findings
    known: dict[str, Any] = dict(BILLED)
    for offer in offers:
        known |= offer.schema.get("properties", {})
    shared = {"type": "object", "additionalProperties": False, "properties": known}
    options = reader.options("operation.yaml", ("documents",), shared) if offers else {}
    return list(dict.fromkeys(offer.id for offer in offers)), options or {}


def _exports(
    reader: _Reader, plain: Mapping[str, Any], participants: Mapping[str, Participant]
) -> Mapping[str, Options]:
    """The options of each export that is named; whom they name is a participant."""
    read = {}
    for name, written in plain.get("exports", {}).items():
        path = ("exports", name)
        try:
            offer = reader.host.get(ExportFormat, name, reader.locate("operation.yaml", *path, key=True))
        except Refused as refused:
            reader.findings += refused.findings
            continue
        found = schema.validate(reader.documents["operation.yaml"], offer.schema, path)
        reader.findings += found
        if failed(found):
            continue
        read[name] = schema.read(written, offer.schema)
        for where, role, word in schema.mentions(written, offer.schema, {"consumer", "producer"}):
            known = {one.id for one in participants.values() if one.role == role}
            if word not in known:
                reader.report(
                    "ACC533",
                    f'the export {name} names "{word}", which is no {role} here',
                    "operation.yaml",
                    *path,
                    *where,
                    advice=nearest(word, known),
                )
    return read


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # an unknown key, or a malformed one
        return False
    return True


def _text(content: bytes | None) -> str | None:
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return None


def _at(value: Any, path: Sequence[str | int], default: Any) -> Any:
    for step in path:
        if isinstance(value, Mapping) and step not in value:
            return default
        value = value[step]
    return value


# --- in force --------------------------------------------------------------------------------------------------


def step_on(operation: Operation, month: Month) -> int:
    """Seconds in a step during a month."""
    return next(
        length for start, length in sorted(operation.steps.items(), reverse=True) if start < month.next.first
    )


def clock_of(operation: Operation, month: Month) -> Clock:
    return Clock.of_month(month, step_on(operation, month), operation.zone)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive days of a month in which nothing changes; ``last`` is exclusive."""

    first: date
    last: date
    entry: Entry | None

    @property
    def days(self) -> int:
        return (self.last - self.first).days


def stretches(entries: Sequence[Entry], first: date, last: date, *others: date | None) -> list[Stretch]:
    """Cut [first, last) where an entry begins, and at the ``others``; the entry is None before the first one."""
    cuts = {first, last, *(entry.start for entry in entries), *(other for other in others if other)}
    days = sorted(day for day in cuts if first <= day <= last)
    return [Stretch(one, two, in_force(entries, one)) for one, two in pairwise(days)]


def in_force(entries: Sequence[Entry], day: date) -> Entry | None:
    """The last entry that begins on that day or before it."""
    return max((entry for entry in entries if entry.start <= day), key=lambda entry: entry.start, default=None)


def takes_part(participant: Participant, month: Month) -> bool:
    """Whether the participant is in force on any day of the month."""
    return participant.start < month.next.first and (participant.to is None or participant.to > month.first)


def window(participant: Participant, month: Month) -> tuple[date, date]:
    """The days of the month in which the participant takes part, the last exclusive."""
    return max(participant.start, month.first), min(participant.to or month.next.first, month.next.first)
