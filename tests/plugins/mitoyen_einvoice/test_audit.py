"""Our arithmetic, held against invoices drawn at random: right ones hold, and no cent can be moved alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einvoices import billed, taxed
from invoices import line
from mitoyen.invoice import Invoice, InvoiceLine
from mitoyen_einvoice.audit import audit
from mitoyen_einvoice.document import EInvoice, parsed
from mitoyen_einvoice.fields import fields
from mitoyen_einvoice.syntax import write

SYNTAXES = st.sampled_from(["cii", "ubl"])
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@st.composite
def lines(draw: st.DrawFn) -> InvoiceLine:
    quantity = Decimal(draw(st.integers(-(10**7), 10**9))).scaleb(-3)
    price = Decimal(draw(st.integers(0, 10**6))).scaleb(-draw(st.integers(2, 6)))
    rate = draw(st.sampled_from(["20", "10", "8.5"]))
    return line(str(quantity), f"{price:f}", str(cents(quantity * price)), rate=Decimal(rate))


@st.composite
def sales(draw: st.DrawFn) -> Invoice:
    """Quantities and prices of any size, one sum of VAT for each rate."""
    found = tuple(draw(st.lists(lines(), min_size=1, max_size=8)))
    taxes = []
    for rate in sorted({one.rate for one in found}):
        net = sum((one.amount for one in found if one.rate == rate), Decimal("0.00"))
        taxes.append(taxed("S", str(rate), str(net), str(cents(net * rate / 100))))
    return billed(lines=found, taxes=tuple(taxes))


def read(invoice: Invoice, syntax: Literal["cii", "ubl"], **changes: Any) -> EInvoice:
    return parsed(write({**fields(invoice, {}), **changes}, syntax), "invoice.xml")


@given(invoice=sales(), syntax=SYNTAXES)
@settings(max_examples=150, deadline=None)
def test_what_is_right_holds(invoice: Invoice, syntax: Any) -> None:
    assert audit(read(invoice, syntax)) == []


@given(invoice=sales(), syntax=SYNTAXES, data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_cent_moves_alone(invoice: Invoice, syntax: Any, data: st.DataObject) -> None:
    found = fields(invoice, {})
    places = [(found, name) for name in ("BT-106", "BT-109", "BT-110", "BT-112", "BT-115")]
    places += [(one, "BT-131") for one in found["BG-25"]]
    places += [(one, name) for one in found["BG-23"] for name in ("BT-116", "BT-117")]
    where, name = data.draw(st.sampled_from(places))
    where[name] = str(Decimal(where[name]) + data.draw(st.sampled_from([CENT, -CENT])))
    assert audit(parsed(write(found, syntax), "invoice.xml"))


@given(invoice=sales(), syntax=SYNTAXES)
@settings(max_examples=50, deadline=None)
def test_a_credit_note_for_it_holds_too(invoice: Invoice, syntax: Any) -> None:
    from invoices import credit

    assert invoice.issued
    assert audit(read(credit(invoice, "AV2026-000004", invoice.issued), syntax)) == []


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("127.345", "0.1250", "15.92"),  # 15.918125
        ("1.000", "0.125", "0.13"),  # a half, up
        ("-1.000", "0.125", "-0.13"),  # away from nothing
        ("0.004", "1.249999", "0.00"),
        ("0.004", "1.25", "0.01"),
    ],
)
def test_a_half_cent_is_a_cent(quantity: str, price: str, amount: str) -> None:
    vat = cents(Decimal(amount) / 5)
    for said, codes in ((Decimal(amount), set()), (Decimal(amount) - CENT, {"ACC850"})):
        taxes = (taxed("S", "20", str(said), str(cents(said / 5))),)
        sold = billed(lines=(line(quantity, price, str(said)),), taxes=taxes)
        assert {one.code for one in audit(read(sold, "ubl"))} == codes
    assert vat == cents(Decimal(amount) * 20 / 100)


# --- what others write ---------------------------------------------------------------------------------------

ALLOWANCE = [{"amount": "2.00", "reason": "remise", "vat_category_code": "S", "vat_rate": "20"}]
CHARGE = [{"amount": "0.50", "reason": "port", "vat_category_code": "S", "vat_rate": "20"}]


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
@pytest.mark.parametrize(("net", "codes"), [("20.74", set()), ("20.75", {"ACC851", "ACC852"})])
def test_allowances_and_charges_of_the_whole(net: str, codes: set[str], syntax: Any) -> None:
    # 22.24 - 2.00 + 0.50 = 20.74; VAT 4.148
    changes = {"BG-20": ALLOWANCE, "BG-21": CHARGE, "BT-107": "2.00", "BT-108": "0.50", "BT-109": net}
    gross = str(Decimal(net) + Decimal("4.15"))
    tax = [{"BT-116": net, "BT-117": "4.15", "BT-118": "S", "BT-119": "20"}]
    totals = {"BT-110": "4.15", "BT-112": gross, "BT-115": gross}
    found = audit(read(billed(), syntax, **changes, **totals, **{"BG-23": tax}))
    assert {one.code for one in found} == codes


@pytest.mark.parametrize("syntax", ["cii", "ubl"])
def test_allowances_of_a_line_and_a_price_for_a_thousand(syntax: Any) -> None:
    # 127.345 at 125 a thousand is 15.92; less 1.92, 14.00
    found = fields(billed(lines=(line("127.345", "125", "14.00"),), taxes=(taxed("S", "20", "14.00", "2.80"),)), {})
    found["BG-25"][0].update({"BT-149": "1000", "BG-27": [{"amount": "1.92", "reason": "remise"}]})
    assert audit(parsed(write(found, syntax), "invoice.xml")) == []
    found = fields(billed(lines=(line("127.345", "125", "15.92"),), taxes=(taxed("S", "20", "15.92", "3.18"),)), {})
    found["BG-25"][0].update({"BT-149": "0"})
    assert {one.code for one in audit(parsed(write(found, syntax), "x"))} == {"ACC856"}


def test_a_line_that_only_gathers_others_is_no_part_of_the_sum() -> None:
    xml = write(fields(billed(), {}), "cii")
    head, line, tail = xml.partition(b"    <ram:IncludedSupplyChainTradeLineItem>")
    gathers = line + tail.partition(line)[0].replace(
        b"<ram:LineID>1</ram:LineID>",
        b"<ram:LineID>0</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>",
    )
    assert audit(parsed(head + gathers + line + tail, "invoice.xml")) == []


@pytest.mark.parametrize("text", ["1e3", "12,5", "NaN", "0x1", "1 000", ".5", "5.", "--1", "1" * 40])
def test_what_is_no_number_is_told_and_not_computed_with(text: str) -> None:
    xml = write(fields(billed(), {}), "ubl").replace(b">15.92<", f">{text}<".encode())
    assert {one.code for one in audit(parsed(xml, "invoice.xml"))} == {"ACC856"}


@pytest.mark.parametrize("day", ["2026-02-30", "today", "2026-3-1", "2026-W10-1"])
def test_what_is_no_day(day: str) -> None:
    xml = write(fields(billed(), {}), "ubl").replace(b">2026-05-08<", f">{day}<".encode())
    assert {one.code for one in audit(parsed(xml, "invoice.xml"))} == {"ACC857"}


def test_rates_are_those_of_the_day_and_of_some_territory() -> None:
    for rate, held in (("8.5", True), ("10", True), ("20", True), ("13", False)):
        vat = cents(Decimal("15.92") * Decimal(rate) / 100)
        sold = billed(
            lines=(line("127.345", "0.1250", "15.92", rate=Decimal(rate)),),
            taxes=(taxed("S", rate, "15.92", str(vat)),),
        )
        assert bool(audit(read(sold, "cii"))) is not held


def test_a_seller_abroad_has_rates_of_its_own() -> None:
    home = billed().seller
    abroad = replace(home, address=replace(home.address, country="BE"))
    sold = billed(
        seller=abroad,
        lines=(line("100.000", "0.10", "10.00", rate=Decimal(21)),),
        taxes=(taxed("S", "21", "10.00", "2.10"),),
    )
    assert audit(read(sold, "ubl")) == []
