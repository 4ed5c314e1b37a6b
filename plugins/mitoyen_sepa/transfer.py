"""SEPA credit transfers (pain.001): what producers earned in a month, from the organiser to who owns the plants.

Each issued revision of a month has its file, and pays what is more than the ones before: what was sent to the bank
once is not paid again, and stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from mitoyen.clock import Month
from mitoyen.contracts import Document, Export, ExportFormat, Finding
from mitoyen.diagnostics import Refused
from mitoyen_sepa.calendar import open_from
from mitoyen_sepa.message import account_fault, address, finished, latin, sepaxml

if TYPE_CHECKING:
    from mitoyen.party import Party

SCHEMAS = ("pain.001.001.09", "pain.001.001.03")


@dataclass(frozen=True, slots=True)
class Payment:
    """What is owed to the owner of one plant for one month, that no revision before has paid."""

    month: Month
    revision: int
    issued: date
    producer: str
    owner: str
    cents: int


def export(wanted: Export) -> Iterator[Document]:
    """A file an issued revision. Raise Refused where a month is not issued, or someone's account is not known."""
    sepaxml()
    payments = list(_payments(wanted))
    organiser = wanted.operation.organiser
    parties = {name: wanted.party(name) for name in {organiser, *(one.owner for one in payments)}}
    known = {name: party for name, party in parties.items() if party and party.iban}
    findings = list(_unknown(wanted, known, payments))
    if findings:
        raise Refused(*findings)
    for (month, revision), group in groupby(payments, key=lambda one: (one.month, one.revision)):
        due = list(group)
        day = open_from(due[0].issued + timedelta(days=wanted.options["days"]))
        number, content = _message(wanted, known, due, day)
        name = f"virements-{wanted.operation.id}-{month}.{revision}-{day}-{number[9:17]}.xml"
        yield Document(name, "application/xml", content)


def _payments(wanted: Export) -> Iterator[Payment]:
    """Those of the producers that are listed, else of every one that somebody else than the organiser sells."""
    listed = wanted.options.get("producers")
    organiser = wanted.operation.organiser
    paid: dict[tuple[str, str], int] = {}
    for record in wanted.producers():
        producer = record["id"]
        seller = wanted.operation.participants[producer].seller or organiser
        if not (producer in listed if listed is not None else seller != organiser):
            continue
        earned, before = int(Decimal(record["revenue"]).scaleb(2)), paid.get((record["month"], producer), 0)
        if earned > before:
            paid[record["month"], producer] = earned
            yield Payment(
                month=Month.parse(record["month"]),
                revision=record["revision"],
                issued=record["issued"],
                producer=producer,
                owner=producer if seller == organiser else seller,
                cents=earned - before,
            )


def _unknown(wanted: Export, known: dict[str, Party], payments: Iterable[Payment]) -> Iterator[Finding]:
    """Whose account is missing or false."""
    organiser = wanted.operation.organiser
    places = {one.owner: wanted.operation.locate("participants.yaml", one.producer, key=True) for one in payments}
    if places:
        places.setdefault(organiser, wanted.operation.locate("operation.yaml", "organiser"))
    for name, place in places.items():
        what = "pays the producers" if name == organiser else "is to be paid"
        advice = f"mitoyen parties edit {name}, and copy it from the bank's own paper"
        if name not in known:
            message = f'"{name}" {what} and the vault has no IBAN of it'
            yield Finding("ACC874", message, place, advice)
        elif fault := account_fault(known[name].iban or ""):
            yield Finding("ACC872", f'the IBAN of "{name}" is not one: {fault}', place, advice)


def _message(wanted: Export, known: dict[str, Party], payments: list[Payment], day: date) -> tuple[str, bytes]:
    """The message of one month. sepaxml keeps amounts in whole cents, and sums them."""
    payer = known[wanted.operation.organiser]
    config = {
        "name": latin(payer.name, 70),
        "IBAN": payer.iban,
        **({"BIC": payer.bic} if payer.bic else {}),
        "batch": True,
        "currency": "EUR",
    }
    message = sepaxml().SepaTransfer(config, schema=wanted.options["version"])
    for one in payments:
        owner = known[one.owner]
        assert owner.iban is not None  # noqa: S101 - who has none is told before
        message.add_payment(
            {
                "name": latin(owner.name, 70),
                "IBAN": owner.iban,
                **({"BIC": owner.bic} if owner.bic else {}),
                "amount": one.cents,
                "execution_date": day,
                "description": latin(f"{wanted.operation.title} {one.month} {one.producer}", 140),
                "endtoend_id": latin(f"{one.month}.{one.revision}-{one.producer}", 35),
                "address": address(owner, owner.iban),
            }
        )
    return finished(message, payments[0].issued)


FORMAT = ExportFormat(
    id="sepa-credit-transfer",
    version=1,
    title="SEPA credit transfers to producers, pain.001 (virements)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "version": {
                "type": "string",
                "enum": list(SCHEMAS),
                "default": SCHEMAS[0],
                "description": "what the organiser's bank takes / version du message",
            },
            "days": {
                "type": "integer",
                "minimum": 1,
                "maximum": 180,
                "default": 30,
                "description": "from the day the month is issued to the payment / délai de paiement",
            },
            "producers": {
                "type": "array",
                "items": {"type": "string", "format": "producer"},
                "minItems": 1,
                "uniqueItems": True,
                "description": "whom to pay, by default those that others sell / producteurs à payer",
            },
        },
    },
    export=export,
)
