"""What an invoice becomes in the fields of the norm, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from einvoices import ASSOCIATION, DEPOSIT, KINDS, billed
from invoices import BUSINESS, COOP, TOWN, credit, invoice
from mitoyen.invoice import Invoice
from mitoyen_einvoice.fields import Fields, fields


def of(kind: str) -> Fields:
    return fields(KINDS[kind], {})


def note(found: Fields, code: str) -> list[str]:
    return [one["BT-22"] for one in found["BG-1"] if one.get("BT-21") == code]


@pytest.mark.parametrize(
    ("kind", "type_", "process"),
    [
        ("business", "380", "B1"),
        ("a service alone", "380", "S1"),
        ("two rates, goods and a service", "380", "M1"),
        ("paid already", "380", "B2"),
        ("paid in part", "380", "B1"),
        ("after a deposit", "380", "B4"),
        ("all drawn from a deposit", "380", "B4"),
        ("deposit, to be paid", "386", "B1"),
        ("deposit, paid", "386", "B2"),
        ("credit note", "381", "B1"),
        ("energy given", "380", "B1"),
    ],
)
def test_type_and_process(kind: str, type_: str, process: str) -> None:
    found = of(kind)
    assert (found["BT-3"], found["BT-23"]) == (type_, process)


def test_a_credit_note_is_shown_positive() -> None:
    found = of("credit note")
    assert [(one["BT-129"], one["BT-146"], one["BT-131"]) for one in found["BG-25"]] == [
        ("127.345", "0.1250", "15.92"),
        ("64.210", "0.0985", "6.32"),
    ]
    assert (found["BT-109"], found["BT-110"], found["BT-112"], found["BT-115"]) == (
        "22.24",
        "4.45",
        "26.69",
        "26.69",
    )
    assert found["BG-3"] == [{"BT-25": "TB2026-000017", "BT-26": date(2026, 4, 8)}]
    assert "BT-81" not in found, "nobody is asked to pay it"


def test_what_a_credit_note_takes_back_of_what_was_taken_back_is_negative() -> None:
    again = fields(credit(KINDS["energy taken back"], "AV2026-000006", date(2026, 5, 4)), {})
    assert [one["BT-129"] for one in again["BG-25"]] == ["127.345", "-3.200"]


def test_a_quantity_of_nothing_has_no_sign() -> None:
    none = replace(KINDS["energy given"].lines[0], quantity=Decimal("0.000"))
    found = fields(credit(billed(lines=(none,)), "AV2026-000007", date(2026, 5, 4)), {})
    assert found["BG-25"][0]["BT-129"] == "0.000"


def test_numbers_keep_all_their_digits() -> None:
    line = replace(KINDS["business"].lines[0], quantity=Decimal("1234567.891"), price=Decimal("0.100000"))
    found = fields(billed(lines=(line,)), {})
    assert (found["BG-25"][0]["BT-129"], found["BG-25"][0]["BT-146"]) == ("1234567.891", "0.100000")


def test_a_deposit_that_is_drawn_on_is_named_once() -> None:
    drawn = KINDS["after a deposit"]
    twice = replace(drawn, cites=(DEPOSIT,), lines=(*drawn.lines, *drawn.lines))
    assert fields(twice, {})["BG-3"] == [{"BT-25": DEPOSIT.number, "BT-26": DEPOSIT.issued}]


@pytest.mark.parametrize(
    ("kind", "category", "rate", "code"),
    [
        ("business", "S", "20", None),
        ("under the franchise", "E", "0", "VATEX-FR-FRANCHISE"),
        ("charge reversed", "AE", "0", "VATEX-EU-AE"),
        ("outside the scope", "O", None, "VATEX-EU-O"),
    ],
)
def test_categories(kind: str, category: str, rate: str | None, code: str | None) -> None:
    found = of(kind)
    [tax] = found["BG-23"]
    assert (tax["BT-118"], tax.get("BT-119"), tax.get("BT-121")) == (category, rate, code)
    assert tax.get("BT-120", "") == KINDS[kind].taxes[0].mention
    assert {one.get("BT-152") for one in found["BG-25"]} == {rate}


def test_outside_the_scope_there_is_no_vat_number() -> None:
    found = of("outside the scope")
    assert (
        found["BG-4"]["vat_identifier"]
        is found["BG-7"]["vat_identifier"]
        is found["BG-4"]["tax_identifier"]
        is None
    )


def test_a_seller_without_a_vat_number_is_known_by_its_siren() -> None:
    assert of("under the franchise, no VAT number")["BG-4"]["tax_identifier"] == COOP.siren
    assert of("under the franchise")["BG-4"]["tax_identifier"] is None


def test_what_chorus_wants() -> None:
    found = of("public, through Chorus")
    assert (found["BT-10"], found["BT-13"]) == ("SERV-FIN", "ENG2026-17")
    assert found["BG-7"]["identifiers"] == {"0009": TOWN.siret}


@pytest.mark.parametrize(
    ("kind", "address", "bar"),
    [
        ("business", (BUSINESS.siren, "0225"), ["B2B"]),
        ("public, through Chorus", (TOWN.siren, "0225"), []),
        ("household", ("eloise@voisine.example", "EM"), ["B2C"]),
        ("association without a SIREN", (ASSOCIATION.email, "EM"), []),
        ("in an overseas department", (BUSINESS.siren, "0225"), ["B2B"]),
        ("to a household abroad", ("eloise@voisine.example", "EM"), ["B2CINT"]),
    ],
)
def test_where_it_is_sent(kind: str, address: tuple[str, str], bar: list[str]) -> None:
    found = of(kind)
    assert (found["BG-7"]["einvoicing_addr"], found["BG-7"]["einvoicing_addr_schemeid"]) == address
    assert note(found, "BAR") == bar


def test_a_treatment_of_ones_own() -> None:
    found = fields(KINDS["public, through Chorus"], {"treatment": {"public": "B2B"}})
    assert note(found, "BAR") == ["B2B"]


@pytest.mark.parametrize("code", ["PMT", "PMD", "AAB"])
def test_the_terms_of_a_draft_come_with_its_issue(code: str) -> None:
    assert note(of("a draft"), code) == ["Fixé à l'émission"]
    assert len(note(of("business"), code)) == 1


def test_direct_debit() -> None:
    found = of("household by direct debit")
    assert (found["BT-81"], found["BT-89"], found["BT-90"]) == ("59", "RUM-0001", COOP.creditor_id)
    assert "BT-84" not in found


@pytest.mark.parametrize(("lang", "words"), [("fr", "PROJET"), ("en", "DRAFT")])
def test_a_draft_says_so(lang: str, words: str) -> None:
    found = fields(invoice(number=None, issued=None, lang=lang), {})
    assert found["BT-1"] == words
    assert words in found["BG-1"][0]["BT-22"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_a_float(kind: str) -> None:
    def leaves(value: object) -> list[object]:
        if isinstance(value, dict):
            return [leaf for one in value.values() for leaf in leaves(one)]
        return [leaf for one in value for leaf in leaves(one)] if isinstance(value, list) else [value]

    assert {type(one) for one in leaves(of(kind))} <= {str, date, type(None)}


def test_the_invoice_is_left_as_it_was() -> None:
    before: Invoice = KINDS["credit note"]
    copy = replace(before)
    fields(before, {})
    assert before == copy
