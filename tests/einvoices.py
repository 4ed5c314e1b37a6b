"""Every kind of invoice that is written as an e-invoice, with numbers a treasurer can check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoices import BUSINESS, COOP, FARM, HOUSEHOLD, NOTES, TOWN, credit, invoice, line
from mitoyen.invoice import Invoice, InvoiceTax, Reference

FRANCHISE = "TVA non applicable, art. 293 B du CGI"
DEPOSIT = Reference(number="AC2026-000007", issued=date(2026, 2, 2))

ASSOCIATION = replace(TOWN, kind="association", name="Les Amis du Four", siren=None, siret=None, chorus={})


def taxed(category: str, rate: str, net: str, vat: str, mention: str = "") -> InvoiceTax:
    return InvoiceTax(category=category, rate=Decimal(rate), net=Decimal(net), vat=Decimal(vat), mention=mention)


def billed(**fields: object) -> Invoice:
    """To the bakery. ``net``, ``vat``, ``gross`` and ``payable`` follow from ``taxes`` where they are not said."""
    values: dict[str, object] = {"buyer_id": "m-9qtd", "buyer": BUSINESS, **fields}
    taxes = values.get("taxes")
    if isinstance(taxes, tuple):
        net = sum((one.net for one in taxes), Decimal("0.00"))
        vat = sum((one.vat for one in taxes), Decimal("0.00"))
        paid = values.get("paid", Decimal("0.00"))
        assert isinstance(paid, Decimal)
        values = {"net": net, "vat": vat, "gross": net + vat, "payable": net + vat - paid, **values}
    return invoice(**values)


def untaxed(category: str, mention: str, **fields: object) -> Invoice:
    """100 kWh x 0.12 = 12.00, without VAT."""
    lines = (line("100.000", "0.12", "12.00", category=category, rate=Decimal(0)),)
    return billed(lines=lines, taxes=(taxed(category, "0", "12.00", "0.00", mention),), **fields)


KINDS: dict[str, Invoice] = {
    "household": invoice(),
    "household by direct debit": invoice(means="direct-debit"),
    "business": billed(),
    "business, in English": billed(lang="en"),
    "public, through Chorus": billed(buyer=TOWN, buyer_id="m-mairie"),
    "association without a SIREN": billed(buyer=ASSOCIATION, buyer_id="m-amis"),
    "under the franchise": untaxed("E", FRANCHISE),
    "under the franchise, no VAT number": untaxed("E", FRANCHISE, seller=replace(COOP, vat=None)),
    "charge reversed": untaxed("AE", "Autoliquidation"),
    "outside the scope": untaxed("O", "TVA non applicable en Guyane (art. 294 du CGI)"),
    # 100 x 0.12 = 12.00 at 10 % is 1.20; a month at 2.50 at 20 % is 0.50: 14.50 and 1.70
    "two rates, goods and a service": billed(
        lines=(
            line("100.000", "0.12", "12.00", rate=Decimal(10)),
            line("1", "2.50", "2.50", item="fee", label="part fixe", unit="month", supply="service"),
        ),
        taxes=(taxed("S", "10", "12.00", "1.20"), taxed("S", "20", "2.50", "0.50")),
    ),
    "a service alone": billed(
        lines=(line("1", "2.50", "2.50", item="fee", label="part fixe", unit="month", supply="service"),),
        taxes=(taxed("S", "20", "2.50", "0.50"),),
    ),
    # 500 kWh x 0.12 = 60.00, VAT 12.00, paid at once
    "deposit, paid": billed(
        type="deposit",
        number="AC2026-000007",
        lines=(line("500.000", "0.12", "60.00", item="prepaid", label="500 kWh d'avance", kind="deposit"),),
        taxes=(taxed("S", "20", "60.00", "12.00"),),
        paid=Decimal("72.00"),
    ),
    "deposit, to be paid": billed(
        type="deposit",
        number="AC2026-000007",
        lines=(line("500.000", "0.12", "60.00", item="prepaid", label="500 kWh d'avance", kind="deposit"),),
        taxes=(taxed("S", "20", "60.00", "12.00"),),
    ),
    # 120 kWh x 0.15 = 18.00, of which 100 kWh x 0.12 = 12.00 were paid before: 6.00, VAT 1.20
    "after a deposit": billed(
        lines=(
            line("120.000", "0.15", "18.00"),
            line("-100.000", "0.12", "-12.00", item="drawn", label="déjà facturé", kind="drawn", cites=DEPOSIT),
        ),
        taxes=(taxed("S", "20", "6.00", "1.20"),),
    ),
    "all drawn from a deposit": billed(
        lines=(
            line("100.000", "0.12", "12.00"),
            line("-100.000", "0.12", "-12.00", item="drawn", label="déjà facturé", kind="drawn", cites=DEPOSIT),
        ),
        taxes=(taxed("S", "20", "0.00", "0.00"),),
        due=None,
    ),
    "paid already": billed(paid=Decimal("26.69"), payable=Decimal("0.00"), due=None),
    "paid in part": billed(paid=Decimal("6.69"), payable=Decimal("20.00")),
    "credit note": credit(billed(), "AV2026-000004", date(2026, 5, 4)),
    "credit note to a household": credit(invoice(), "AV2026-000005", date(2026, 5, 4)),
    # 40 kWh given, 60 kWh x 0.12 = 7.20, VAT 1.44
    "energy given": billed(
        lines=(
            line("40.000", "0", "0.00", item="given", label="énergie partagée, donnée"),
            line("60.000", "0.12", "7.20"),
        ),
        taxes=(taxed("S", "20", "7.20", "1.44"),),
    ),
    # 3.2 kWh x 0.125 = 0.40 taken back of 15.92: 15.52, VAT 3.104
    "energy taken back": billed(
        lines=(line("127.345", "0.1250", "15.92"), line("-3.200", "0.125", "-0.40", label="régularisation")),
        taxes=(taxed("S", "20", "15.52", "3.10"),),
    ),
    "in our favour": billed(
        lines=(line("-3.200", "0.125", "-0.40", label="régularisation"),),
        taxes=(taxed("S", "20", "-0.40", "-0.08"),),
        due=None,
    ),
    "written under a mandate": billed(seller=FARM, seller_id="ferme-muriers"),
    "replaces another": billed(
        cites=(Reference(number="TB2026-000009", issued=date(2026, 4, 2)),), reason="Index rectifié"
    ),
    "a draft": billed(number=None, issued=None, due=None, notes=()),
    "a draft credit note": replace(credit(billed(), "AV2026-000004", date(2026, 5, 4)), number=None, issued=None),
    "a draft that draws on a deposit": billed(
        number=None,
        issued=None,
        lines=(
            line("120.000", "0.15", "18.00"),
            line("-100.000", "0.12", "-12.00", item="drawn", label="déjà facturé", kind="drawn"),
        ),
        taxes=(taxed("S", "20", "6.00", "1.20"),),
    ),
    "an address of four lines": billed(
        buyer=replace(BUSINESS, address=replace(BUSINESS.address, lines=("Le Four", "Bât. C", "Cour 2", "3 rue X")))
    ),
    "in an overseas department": billed(
        seller=replace(COOP, address=replace(COOP.address, postcode="97400", city="Saint-Denis", country="RE")),
        buyer=replace(
            BUSINESS, address=replace(BUSINESS.address, postcode="97400", city="Saint-Denis", country="RE")
        ),
        lines=(line("100.000", "0.12", "12.00", rate=Decimal("8.5")),),
        taxes=(taxed("S", "8.5", "12.00", "1.02"),),
    ),
    "to a household abroad": billed(
        buyer=replace(HOUSEHOLD, address=replace(HOUSEHOLD.address, country="BE")), notes=NOTES
    ),
}
