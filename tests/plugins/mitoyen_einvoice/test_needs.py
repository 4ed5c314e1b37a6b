"""What is missing is told before anything is written: by pseudonym, and without a word of who it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from einvoices import ASSOCIATION, FRANCHISE, billed, taxed, untaxed
from invoices import BUSINESS, COOP, HOUSEHOLD, NOTES, TOWN, credit, invoice, line
from mitoyen.diagnostics import Refused
from mitoyen.invoice import Invoice
from mitoyen.party import Address
from mitoyen_einvoice import formats
from mitoyen_einvoice.formats import FORMATS

NOWHERE = Address((" ",), "81000", "Albi", "FR")
BARE = replace(COOP, siren=None, siret=None)


def without(party: str, *names: str, **others: Any) -> Invoice:
    whole = {"seller": COOP, "buyer": BUSINESS}[party]
    return billed(**{party: replace(whole, **dict.fromkeys(names)), **others})


CASES: list[tuple[str, Invoice, str, str]] = [
    ("the seller's SIREN", without("seller", "siren", "siret"), "coop-toits", "SIREN"),
    ("the seller's VAT number", without("seller", "vat"), "coop-toits", "VAT number"),
    ("the seller's IBAN", without("seller", "iban"), "coop-toits", "IBAN"),
    ("the seller's address", billed(seller=replace(COOP, address=NOWHERE)), "coop-toits", "postal address"),
    ("a business without SIREN", without("buyer", "siren", "siret"), "m-9qtd", "SIREN"),
    ("the buyer's address", billed(buyer=replace(BUSINESS, address=NOWHERE)), "m-9qtd", "postal address"),
    ("a public buyer without SIRET", billed(buyer=replace(TOWN, siret=None), buyer_id="m-hall"), "m-hall", "SIRET"),
    ("a household without mail", invoice(buyer=replace(HOUSEHOLD, email=None)), "m-3fk2", "mail address"),
    (
        "an association without anything",
        billed(buyer=replace(ASSOCIATION, email=None), buyer_id="m-amis"),
        "m-amis",
        "mail address",
    ),
    (
        "a reversed charge to nobody",
        untaxed("AE", "Autoliquidation", buyer=replace(BUSINESS, vat=None)),
        "m-9qtd",
        "VAT number",
    ),
    (
        "a direct debit without creditor",
        invoice(means="direct-debit", seller=replace(COOP, creditor_id=None)),
        "coop-toits",
        "SEPA creditor identifier",
    ),
    (
        "a direct debit without mandate",
        invoice(means="direct-debit", buyer=replace(HOUSEHOLD, mandate=None)),
        "m-3fk2",
        "mandate",
    ),
    (
        "a direct debit without account",
        invoice(means="direct-debit", buyer=replace(HOUSEHOLD, iban=None)),
        "m-3fk2",
        "IBAN",
    ),
]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.id)
@pytest.mark.parametrize(("lacking", "who", "what"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_a_party_lacks(lacking: Invoice, who: str, what: str, form: formats.InvoiceFormat) -> None:
    with pytest.raises(Refused) as refused:
        form.render(lacking, {})
    [finding] = refused.value.findings
    assert finding.code == "ACC840"
    assert f'"{who}" has no ' in finding.message
    assert what in finding.message
    assert f"mitoyen parties edit {who}" in finding.help
    for person in (lacking.seller, lacking.buyer):
        for value in (person.name, person.siren, person.email, person.iban, person.vat, *person.address.lines):
            assert not value or not value.strip() or value not in f"{finding.message} {finding.help}"


THEMSELVES: list[tuple[str, Invoice, str]] = [
    ("no note", billed(notes=NOTES[1:]), "no note PMT"),
    ("no note to a household", invoice(notes=NOTES[1:]), "no note PMT"),
    ("a note twice", billed(notes=(*NOTES, NOTES[0])), "the note PMT more than once"),
    (
        "in and out of scope",
        billed(
            lines=(line("100.000", "0.12", "12.00"), line("100.000", "0.12", "12.00", category="O")),
            taxes=(taxed("S", "20", "12.00", "2.40"), taxed("O", "0", "12.00", "0.00", FRANCHISE)),
        ),
        "within the scope of VAT and lines outside it",
    ),
    (
        "a credit note for nothing",
        replace(credit(billed(), "AV2026-000004", invoice().last), cites=()),
        "no invoice",
    ),
    (
        "drawn from nothing",
        billed(lines=(line("-100.000", "0.12", "-12.00", kind="drawn"),), due=None),
        "draws on a deposit it does not name",
    ),
    ("no due date", billed(due=None), "no due date"),
]


@pytest.mark.parametrize(("lacking", "what"), [row[1:] for row in THEMSELVES], ids=[row[0] for row in THEMSELVES])
def test_the_invoice_lacks(lacking: Invoice, what: str) -> None:
    with pytest.raises(Refused) as refused:
        FORMATS[0].render(lacking, {})
    assert {finding.code for finding in refused.value.findings} == {"ACC840"}
    assert any(what in finding.message for finding in refused.value.findings)


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        FORMATS[0].render(billed(seller=BARE, buyer=replace(BUSINESS, siren=None, siret=None), notes=()), {})
    assert len(refused.value.findings) == 5


@pytest.mark.parametrize("name", ["Levain \x07 & Fils", "Levain \x00"])
def test_a_sign_that_xml_has_not(name: str) -> None:
    with pytest.raises(Refused) as refused:
        FORMATS[0].render(billed(buyer=replace(BUSINESS, name=name)), {})
    [finding] = refused.value.findings
    assert finding.code == "ACC840"
    assert "Levain" not in finding.message
