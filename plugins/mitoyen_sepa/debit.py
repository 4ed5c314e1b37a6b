"""SEPA direct debits (pain.008): the issued invoices that are to be collected, a file a seller and day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from mitoyen.contracts import Document, Export, ExportFormat, Finding
from mitoyen.diagnostics import Refused
from mitoyen_sepa.claims import Claim, outstanding
from mitoyen_sepa.message import account_fault, address, finished, latin, sepaxml

if TYPE_CHECKING:
    from mitoyen.invoice import Invoice
    from mitoyen.party import Party

SCHEMAS = ("pain.008.001.08", "pain.008.001.02")


def export(wanted: Export) -> Iterator[Document]:
    """Raise Refused with everything that is missing, of any seller or buyer; nothing is collected then."""
    sepaxml()
    parties: dict[str, Party] = {}
    claims = list(outstanding(_heard(wanted, parties), wanted.options["days"]))
    claims.sort(key=lambda one: (one.seller, one.day, one.number))
    findings = [*_unknown_sellers(wanted, parties, claims), *_unknown_buyers(wanted, parties, claims)]
    if findings:
        raise Refused(*findings)
    for (seller, day), group in groupby(claims, key=lambda one: (one.seller, one.day)):
        number, content = _message(parties, list(group), wanted.options["version"])
        yield Document(f"prelevements-{seller}-{day}-{number[9:17]}.xml", "application/xml", content)


def _heard(wanted: Export, parties: dict[str, Party]) -> Iterator[Invoice]:
    """The invoices of the months. ``parties`` gains those concerned: as the vault knows them today, for an account
    may have changed since the invoice; else as the invoice does."""
    for invoice in wanted.invoices():
        if invoice.means == "direct-debit":
            for name, written in ((invoice.seller_id, invoice.seller), (invoice.buyer_id, invoice.buyer)):
                if name not in parties:
                    parties[name] = wanted.party(name) or written
        yield invoice


def _unknown_sellers(wanted: Export, parties: dict[str, Party], claims: Iterable[Claim]) -> Iterator[Finding]:
    """Why the bank of a seller would not take its file."""
    for seller in sorted({one.seller for one in claims}):
        party = parties[seller]
        missing = [name for name in ("iban", "creditor_id") if getattr(party, name) is None]
        if wanted.options["version"] == SCHEMAS[1] and party.bic is None:
            missing.append("bic")  # that version had no other word for a bank
        place = wanted.operation.locate("operation.yaml", "sellers", seller, key=True)
        advice = f"mitoyen parties edit {seller}, and copy it from the bank's own paper"
        if missing:
            yield Finding(
                "ACC871",
                f'"{seller}" cannot collect: {" and ".join(missing)} missing',
                place,
                advice,
            )
        elif fault := account_fault(party.iban or ""):
            yield Finding("ACC872", f'the IBAN of "{seller}" is not one: {fault}', place, advice)


def _unknown_buyers(wanted: Export, parties: dict[str, Party], claims: Iterable[Claim]) -> Iterator[Finding]:
    """Whose account cannot be debited, and why."""
    for claim in claims:
        party = parties[claim.buyer]
        place = wanted.operation.locate("participants.yaml", claim.buyer, key=True)
        mandate, advice = party.mandate, f"mitoyen parties edit {claim.buyer}"
        if party.iban is None or mandate is None:
            missing = "an IBAN" if party.iban is None else "a mandate"
            yield Finding("ACC873", f'"{claim.buyer}" is to be debited and has not given {missing}', place, advice)
        elif mandate.signed > claim.day:
            message = f'the mandate of "{claim.buyer}" is signed on {mandate.signed}, after {claim.day}'
            yield Finding("ACC873", f"{message}, the day of the collection", place, advice)
        elif fault := account_fault(party.iban):
            yield Finding("ACC872", f'the IBAN of "{claim.buyer}" is not one: {fault}', place, advice)


def _message(parties: dict[str, Party], claims: list[Claim], version: str) -> tuple[str, bytes]:
    """The message of one seller and day. sepaxml keeps amounts in whole cents, and sums them."""
    seller = parties[claims[0].seller]
    config = {
        "name": latin(seller.name, 70),
        "IBAN": seller.iban,
        **({"BIC": seller.bic} if seller.bic else {}),
        "batch": True,
        "creditor_id": seller.creditor_id,
        "currency": "EUR",
    }
    message = sepaxml().SepaDD(config, schema=version)
    for claim in claims:
        buyer = parties[claim.buyer]
        assert buyer.mandate is not None  # noqa: S101 - who has none is told before
        assert buyer.iban is not None  # noqa: S101
        message.add_payment(
            {
                "name": latin(buyer.name, 70),
                "IBAN": buyer.iban,
                **({"BIC": buyer.bic} if buyer.bic else {}),
                "amount": claim.cents,
                "type": buyer.mandate.sequence,
                "collection_date": claim.day,
                "mandate_id": buyer.mandate.reference,
                "mandate_date": buyer.mandate.signed,
                "description": latin(claim.words, 140),
                "endtoend_id": latin(claim.number, 35),
                "address": address(buyer, buyer.iban),
            }
        )
    return finished(message, max(claim.issued for claim in claims))


FORMAT = ExportFormat(
    id="sepa-direct-debit",
    version=1,
    title="SEPA direct debits, pain.008 (prélèvements)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "version": {
                "type": "string",
                "enum": list(SCHEMAS),
                "default": SCHEMAS[0],
                "description": "what the seller's bank takes / version du message",
            },
            "days": {
                "type": "integer",
                "minimum": 1,
                "maximum": 90,
                "default": 14,
                "description": "from the invoice, which announces it, to the debit: 14 unless members agreed to "
                "fewer / délai de prénotification",
            },
        },
    },
    export=export,
)
