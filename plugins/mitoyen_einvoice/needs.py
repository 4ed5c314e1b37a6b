"""What an e-invoice must have and an invoice may lack: looked at before anything is written or numbered.

Who lacks it goes by pseudonym, and nothing of what is there is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.contracts import Finding, Options
from mitoyen.invoice import Invoice
from mitoyen.party import Party
from mitoyen_einvoice.fields import NOTES, electronic_address, siren, treatment


def lacking(invoice: Invoice, options: Options) -> Iterator[Finding]:
    """ACC840, for each thing that a party or the invoice itself lacks."""
    yield from _seller(invoice)
    yield from _buyer(invoice, options)
    if invoice.payable > 0:
        yield from _payment(invoice)
    yield from _itself(invoice)


def _seller(invoice: Invoice) -> Iterator[Finding]:
    seller, name = invoice.seller, invoice.seller_id
    if not siren(seller):
        yield _party(name, "SIREN", "siren", "every seller of an e-invoice has one")
    categories = {tax.category for tax in invoice.taxes}
    if categories & {"S", "AE"} and not seller.vat:
        yield _party(name, "VAT number", "vat", "who invoices with VAT, or reverses the charge, has one")
    yield from _address(seller, name)


def _buyer(invoice: Invoice, options: Options) -> Iterator[Finding]:
    buyer, name = invoice.buyer, invoice.buyer_id
    how = treatment(buyer, options)
    if how == "B2B" and not siren(buyer):
        yield _party(name, "SIREN", "siren", "an invoice between businesses is sent to it")
    elif buyer.kind == "public" and not buyer.siret:
        yield _party(name, "SIRET", "siret", "Chorus Pro finds a public buyer by it")
    elif not electronic_address(buyer):
        yield _party(name, "mail address", "email", "an e-invoice has an address it is sent to")
    if any(tax.category == "AE" for tax in invoice.taxes) and not buyer.vat:
        yield _party(name, "VAT number", "vat", "the charge is reversed to it")
    yield from _address(buyer, name)


def _address(party: Party, name: str) -> Iterator[Finding]:
    address = party.address
    if not (any(line.strip() for line in address.lines) and address.postcode.strip() and address.city.strip()):
        yield _party(name, "whole postal address", "address", "an invoice shows lines, postcode and city of both")


def _payment(invoice: Invoice) -> Iterator[Finding]:
    seller, buyer = invoice.seller, invoice.buyer
    if invoice.means == "transfer":
        if not seller.iban:
            yield _party(invoice.seller_id, "IBAN", "iban", "the transfer goes to it")
        return
    if not seller.creditor_id:
        yield _party(invoice.seller_id, "SEPA creditor identifier", "creditor_id", "who collects has one")
    if not buyer.mandate:
        yield _party(invoice.buyer_id, "mandate", "mandate", "a direct debit needs it signed")
    if not buyer.iban:
        yield _party(invoice.buyer_id, "IBAN", "iban", "the direct debit is from it")


def _itself(invoice: Invoice) -> Iterator[Finding]:
    written = [note.code for note in invoice.notes]
    for code in NOTES:
        if invoice.number and code not in written:
            yield _invoice(
                invoice, f"has no note {code}", "every e-invoice has the three terms: law: france has them"
            )
        if written.count(code) > 1:
            yield _invoice(invoice, f"has the note {code} more than once", "once is what the rules want")
    categories = {line.category for line in invoice.lines}
    if "O" in categories and len(categories) > 1:
        yield _invoice(
            invoice,
            "has lines within the scope of VAT and lines outside it",
            "the norm has no such invoice: sell what is outside the scope on another one",
        )
    if invoice.type == "credit" and not invoice.cites:
        yield _invoice(invoice, "is a credit note for no invoice", "it must name the number and the day of one")
    if invoice.number and any(line.kind == "drawn" and not line.cites for line in invoice.lines):
        yield _invoice(invoice, "draws on a deposit it does not name", "the line must cite the deposit invoice")
    if invoice.number and invoice.type != "credit" and invoice.payable > 0 and not invoice.due:
        yield _invoice(invoice, "has no due date", "what is to be paid has one")
    if not invoice.lines:
        yield _invoice(invoice, "has no line", "the norm wants one at least")


def _party(name: str, what: str, key: str, because: str) -> Finding:
    return Finding(
        "ACC840",
        f'"{name}" has no {what}, which its e-invoice must show',
        help=f"{because}: mitoyen parties edit {name}, and write `{key}:`",
    )


def _invoice(invoice: Invoice, what: str, because: str) -> Finding:
    kind = {"invoice": "invoice", "deposit": "deposit invoice", "credit": "credit note"}[invoice.type]
    return Finding(
        "ACC840",
        f'the {kind} of {invoice.month} from "{invoice.seller_id}" to "{invoice.buyer_id}" {what}',
        help=because,
    )
