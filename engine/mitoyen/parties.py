"""Who is behind a pseudonym: a party of the vault, read from its YAML and checked to the last digit.

What is wrong is said with its place and never repeats what the file holds: a message is read by more people than
the vault, and often kept longer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import import_module
from typing import Any

from mitoyen import located, schema, surplus
from mitoyen.contracts import Finding, Operation, Participant, Place, Safe
from mitoyen.diagnostics import Refused, failed
from mitoyen.host import MissingExtra
from mitoyen.located import Document
from mitoyen.party import Address, Mandate, Party


def unknown(name: str) -> Party:
    """Stands on a draft for whom the vault does not have; nothing is issued to it."""
    return Party(kind="household", name=name, address=Address(("–",), "–", "–", "FR"))


# --- reading -------------------------------------------------------------------------------------------------


def load(safe: Safe, name: str) -> Party | None:
    """The party of that pseudonym, None where the vault has none; raise Refused where its form does not hold."""
    content = safe.read(name)
    return None if content is None else _party(_document(content, safe.where(name)).value)


def meters(participants: Iterable[Participant], safe: Safe) -> dict[str, str]:
    """The number (PRM) of each meter of participants that the vault knows, by alias.

    Raise Refused where a party's form does not hold, or where two of them do not agree on a meter (ACC431).
    """
    numbers: dict[str, str] = {}
    whose: dict[str, str] = {}
    for participant in participants:
        party = load(safe, participant.id)
        number = party.meters.get(participant.meter) if party else None
        if number is None:
            continue
        if numbers.setdefault(participant.meter, number) != number:
            message = f"{participant.meter} has one number here and another in {whose[participant.meter]}"
            place = Place(safe.where(participant.id))
            raise Refused(Finding("ACC431", message, place, "a meter has one number; correct the wrong one"))
        whose[participant.meter] = safe.where(participant.id)
    return numbers


def check(content: bytes, path: str) -> list[Finding]:
    """Everything that is wrong with a party's file; what its numbers say is only looked at where its form holds."""
    try:
        document = _document(content, path)
    except Refused as refused:
        return list(refused.findings)
    return [*_numbers(document), *_agreement(document)]


def look(safe: Safe, name: str, place: Place) -> list[Finding]:
    """Everything that is wrong with a party, its absence told at ``place``, where it is named."""
    try:
        content = safe.read(name)
    except Refused as refused:
        return list(refused.findings)
    if content is None:
        advice = f"mitoyen parties new {name}, then fill it in"
        return [Finding("ACC811", f'the vault has no party "{name}"', place, advice)]
    return check(content, safe.where(name))


def _document(content: bytes, path: str) -> Document:
    """The file where its form holds; raise Refused where not."""
    try:
        document = located.parse(content, path)
        findings = schema.validate(document, schema.load("party"))
        if failed(findings):
            raise Refused(*findings)
    except Refused as refused:
        raise Refused(*_discreet(refused.findings, content)) from None
    return document


def _party(value: Mapping[str, Any]) -> Party:
    read = schema.read(value, schema.load("party"))
    address, mandate = read.pop("address"), read.pop("mandate", None)
    for number in _NUMBERS:
        if number in read:
            read[number] = _bare(read[number])
    return Party(
        address=Address(tuple(address.pop("lines")), **address),
        mandate=Mandate(**mandate) if mandate else None,
        **read,
    )


def _bare(number: str) -> str:
    return re.sub(r"[\s.-]", "", number).upper()


_WORD = re.compile(r"[\w@+.-]*\w")


def _discreet(findings: Iterable[Finding], content: bytes) -> Iterator[Finding]:
    """The findings without a word of the file that the schema does not have, and without its lines."""
    lines = content.decode("utf-8", "replace").splitlines()
    values = " ".join(line for line in lines if not line.startswith("#"))
    held = set(_WORD.findall(values)) - _schema_words()

    def masked(text: str) -> str:
        kept = _WORD.sub(lambda word: "…" if word[0] in held else word[0], text)
        return re.sub(r"…(?:[^\w\"]*…)+", "…", re.sub(r"\w+…", "…", kept))

    for finding in findings:
        place = finding.place and replace(finding.place, excerpt="")
        # The loader's advice is for files in git, where no such number belongs.
        advice = "write it between quotes" if finding.code == "ACC108" else masked(finding.help)
        yield replace(finding, message=masked(finding.message), place=place, help=advice)


@cache
def _schema_words() -> frozenset[str]:
    return frozenset(_WORD.findall(json.dumps(schema.load("party"), ensure_ascii=False)))


# --- numbers that hold ---------------------------------------------------------------------------------------


def _by_stdnum(module: str) -> Callable[[str], None]:
    """A function that raises ValueError with what is wrong with a number."""

    def judge(number: str) -> None:
        try:
            found = import_module(f"stdnum.{module}")
            errors = import_module("stdnum.exceptions")
        except ImportError as error:
            raise MissingExtra("invoices", "python-stdnum") from error
        try:
            found.validate(number)
        except errors.InvalidChecksum:
            raise ValueError("its control digits do not agree with the others") from None
        except errors.InvalidLength:
            raise ValueError("it has not the right length") from None
        except errors.ValidationError:
            raise ValueError("it has not the right form") from None

    return judge


def _by_schwifty(kind: str) -> Callable[[str], None]:
    """Likewise. An IBAN's national key is looked at too: the two digits after its country do not see every slip."""

    def judge(number: str) -> None:
        try:
            import schwifty
            from schwifty import exceptions
        except ImportError as error:
            raise MissingExtra("invoices", "schwifty") from error
        try:
            if kind == "IBAN":
                schwifty.IBAN(number, validate_bban=True)
            else:
                schwifty.BIC(number)
        except (exceptions.InvalidChecksumDigits, exceptions.InvalidBBANChecksum):
            raise ValueError("its control digits do not agree with the others") from None
        except exceptions.InvalidLength:
            raise ValueError("it has not the right length") from None
        except exceptions.SchwiftyException:
            raise ValueError("it has not the right form") from None

    return judge


_NUMBERS: Mapping[str, tuple[str, Callable[[str], None], str]] = {
    "siren": ("SIREN", _by_stdnum("fr.siren"), "copy it from annuaire-entreprises.data.gouv.fr"),
    "siret": ("SIRET", _by_stdnum("fr.siret"), "copy it from annuaire-entreprises.data.gouv.fr"),
    "vat": ("VAT number", _by_stdnum("fr.tva"), "copy it from annuaire-entreprises.data.gouv.fr"),
    "iban": ("IBAN", _by_schwifty("IBAN"), "copy it from the bank's own paper (RIB)"),
    "bic": ("BIC", _by_schwifty("BIC"), "copy it from the bank's own paper (RIB)"),
    "creditor_id": ("SEPA creditor identifier", _by_stdnum("eu.at_02"), "copy it from the bank's letter (ICS)"),
}


def wrong(kind: str, number: str) -> str | None:
    """What is wrong with a number of that kind, a key of a party (``siren``, ``iban``...); None where it holds."""
    try:
        _NUMBERS[kind][1](_bare(number))
    except ValueError as fault:
        return str(fault)
    return None


def _numbers(document: Document) -> Iterator[Finding]:
    for name, (what, _judge, advice) in _NUMBERS.items():
        number = document.value.get(name)
        if number is not None and (fault := wrong(name, number)):
            yield _silent(document.finding("ACC812", f"this {what} is not one: {fault}", name, help=advice))


def _agreement(document: Document) -> Iterator[Finding]:
    """A SIRET begins with the SIREN, a French VAT number ends with it."""
    siren = _bare(document.value.get("siren", ""))
    for name, part in (("siret", slice(None, 9)), ("vat", slice(-9, None))):
        number = _bare(document.value.get(name, ""))
        if siren and number and number[part] != siren:
            message = f"the {_NUMBERS[name][0]} and the SIREN are not of the same body"
            advice = "a SIRET begins with the SIREN and a French VAT number ends with it: one of them is another's"
            yield _silent(document.finding("ACC813", message, name, help=advice))


def _silent(finding: Finding) -> Finding:
    return replace(finding, place=finding.place and replace(finding.place, excerpt=""))


# --- who is named --------------------------------------------------------------------------------------------


def named(operation: Operation, today: date) -> dict[str, Place]:
    """Whoever an operation names, with a place: its organiser, those whose participation has not ended, sellers,
    buyers of surplus."""
    found = {operation.organiser: operation.locate("operation.yaml", "organiser")}
    for seller in operation.sellers:
        found.setdefault(seller, operation.locate("operation.yaml", "sellers", seller, key=True))
    for buyer, place in surplus.buyers(operation).items():
        found.setdefault(buyer, place)
    for name, participant in operation.participants.items():
        if participant.to is not None and participant.to <= today:
            continue
        found.setdefault(name, operation.locate("participants.yaml", name, key=True))
        if participant.seller:
            found.setdefault(participant.seller, operation.locate("participants.yaml", name, "seller"))
    return found


def check_all(operations: Iterable[Operation], safe: Safe, today: date) -> Iterator[Finding]:
    """Everything wrong with the parties that operations name, each looked at once."""
    everyone: dict[str, Place] = {}
    where: dict[str, str] = {}
    for operation in operations:
        everyone = named(operation, today) | everyone
        for name in sorted(operation.participants):
            if where.setdefault(name, operation.id) != operation.id:
                yield Finding(
                    "ACC815",
                    f'"{name}" takes part in {where[name]} too: the vault has one party of that name',
                    operation.locate("participants.yaml", name, key=True),
                    "if they are two, give one of them another pseudonym before anything is issued",
                    severity="warning",
                )
    for name, place in everyone.items():
        yield from look(safe, name, place)


def still_needed(name: str, operations: Iterable[Operation], today: date) -> Iterator[Finding]:
    """Why a party cannot go yet: a finding for each operation that still names it."""
    for operation in operations:
        place = named(operation, today).get(name)
        if place is None:
            continue
        if name in operation.participants:
            message = f'"{name}" still takes part in {operation.id}'
            advice = "write its `to:`, the first day it is no longer in it, and forget it once that day has come"
        else:
            message = f'"{name}" is still organiser, seller or buyer of {operation.id}'
            advice = "forget it once no operation names it"
        yield Finding("ACC814", message, place, advice)


def template(meters: Iterable[str]) -> bytes:
    """A first form of a party, to be filled in: it does not hold until it is."""
    lines = [
        "# Kept outside git. Numbers between quotes; delete what does not apply.",
        "# Gardé hors de git. Les numéros entre guillemets ; effacez ce qui ne sert pas.",
        "kind: household                # household, business, public or association",
        'name: ""',
        'address: {lines: [""], postcode: "", city: ""}',
        '# siren: ""                    # 9 digits; siret: 14; vat: FR and 11 signs',
        '# email: ""',
        '# iban: ""                     # bic: ""; creditor_id (ICS) for whoever collects',
        "# mandate: {reference: , signed: 2026-01-31}",
        "# legal: {form: , capital: , rcs: }",
        "# chorus: {service: , engagement: }",
        *(["meters:"] if meters else []),
        *(f'  {meter}: ""                  # PRM, 14 digits' for meter in meters),
    ]
    return ("\n".join(lines) + "\n").encode()
