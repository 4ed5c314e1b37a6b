"""Invoices to write down in tests, with numbers a treasurer can check and people nobody is."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from mitoyen.contracts import Note
from mitoyen.invoice import (
    Day,
    DeliveryPoint,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Origin,
    Reference,
)
from mitoyen.party import Address, Mandate, Party

SIREN = "552100554"  # control digits hold; nobody of that name has it
COOP = Party(
    kind="business",
    name="Toits du Bourg, SCIC à capital variable",
    address=Address(("1 place du Marché",), "81000", "Albi", "FR"),
    siren=SIREN,
    siret=SIREN + "00013",
    vat=f"FR{(12 + 3 * int(SIREN)) % 97:02}" + SIREN,
    legal={"form": "SCIC SA", "capital": "10 000 EUR, à capital variable", "rcs": "Albi"},
    email="factures@toits.example",
    iban="FR14" + "2004101005" + "0500013M02606",
    bic="PSSTFRPPXXX",
    creditor_id="FR72ZZZ123456",
)
FARM = replace(COOP, name="Ferme des Mûriers", siren="732829320", siret="73282932000074", vat="FR44732829320")
HOUSEHOLD = Party(
    kind="household",
    name="Éloïse Lefèvre",
    address=Address(("Bât. B", "12 rue des Acacias"), "81000", "Albi", "FR"),
    email="eloise@voisine.example",
    iban="FR14" + "2004101005" + "0500013M02606",
    mandate=Mandate("RUM-0001", date(2026, 1, 5), "RCUR"),
)
BUSINESS = Party(
    kind="business",
    name="Boulangerie Levain & Fils",
    address=Address(("3 rue du Four",), "81000", "Albi", "FR"),
    siren="404833048",
    siret="40483304800022",
    vat="FR83404833048",
    email="compta@levain.example",
)
TOWN = Party(
    kind="public",
    name="Commune du Bourg",
    address=Address(("Mairie", "1 place de la Liberté"), "81000", "Albi", "FR"),
    siren="213500085",
    siret="21350008500013",
    email="mairie@bourg.example",
    chorus={"service": "SERV-FIN", "engagement": "ENG2026-17"},
)

NOTES = (
    Note(code="PMT", text="Indemnité forfaitaire pour frais de recouvrement : 40 EUR"),
    Note(code="PMD", text="Pénalités de retard : trois fois le taux d'intérêt légal"),
    Note(code="AAB", text="Pas d'escompte pour paiement anticipé"),
)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def line(quantity: str, price: str, amount: str, **fields: object) -> InvoiceLine:
    values: dict[str, object] = {
        "item": "energy",
        "label": "énergie partagée",
        "point": "m-3fk2",
        "first": MARCH[0],
        "last": MARCH[1],
        "unit": "kWh",
        "month": "2026-03",
        "supply": "goods",
        "category": "S",
        "rate": Decimal(20),
        **fields,
    }
    return InvoiceLine(quantity=Decimal(quantity), price=Decimal(price), amount=Decimal(amount), **values)  # type: ignore[arg-type]


def invoice(**fields: object) -> Invoice:
    """127.345 kWh x 0.1250 = 15.92; 64.210 x 0.0985 = 6.32; net 22.24; VAT at 20 % 4.45; gross 26.69."""
    days = tuple(
        Day(day=MARCH[0] + timedelta(days=n), consumed=9_000_000 + n, shared=6_000_000 + n * 11_000)
        for n in range(31)
    )
    values: dict[str, object] = {
        "number": "TB2026-000017",
        "type": "invoice",
        "issued": date(2026, 4, 8),
        "operation": "toits-du-bourg",
        "title": "Toits du Bourg",
        "month": "2026-03",
        "revision": 1,
        "first": MARCH[0],
        "last": MARCH[1],
        "seller_id": "coop-toits",
        "seller": COOP,
        "buyer_id": "m-3fk2",
        "buyer": HOUSEHOLD,
        "organiser_id": "coop-toits",
        "organiser": COOP,
        "lang": "fr",
        "lines": (
            line("127.345", "0.1250", "15.92", item="energy:pleines", label="énergie partagée (pleines)"),
            line("64.210", "0.0985", "6.32", item="energy:creuses", label="énergie partagée (creuses)"),
        ),
        "taxes": (InvoiceTax(category="S", rate=Decimal(20), net=Decimal("22.24"), vat=Decimal("4.45")),),
        "net": Decimal("22.24"),
        "vat": Decimal("4.45"),
        "gross": Decimal("26.69"),
        "paid": Decimal("0.00"),
        "payable": Decimal("26.69"),
        "due": date(2026, 5, 8),
        "means": "transfer",
        "notes": NOTES,
        "points": (
            DeliveryPoint(id="m-3fk2", number="0" * 4 + "1234567890", consumed=284_000_465, shared=191_555_000),
        ),
        "days": days,
        "origins": (
            Origin(producer="p-ecole", energy=150_000_000),
            Origin(producer="p-mairie", energy=41_555_000),
        ),
        "code": "toits-du-bourg/2026-03.1/3f2a91c04d17",
        **fields,
    }
    return Invoice(**values)  # type: ignore[arg-type]


def credit(of: Invoice, number: str, issued: date) -> Invoice:
    """All of an invoice taken back: quantities are negative, prices are not."""
    assert of.number
    assert of.issued
    return replace(
        of,
        number=number,
        type="credit",
        issued=issued,
        lines=tuple(replace(one, quantity=-one.quantity, amount=-one.amount) for one in of.lines),
        taxes=tuple(replace(one, net=-one.net, vat=-one.vat) for one in of.taxes),
        net=-of.net,
        vat=-of.vat,
        gross=-of.gross,
        paid=Decimal("0.00"),
        payable=-of.gross,
        due=None,
        cites=(Reference(number=of.number, issued=of.issued),),
        reason="Données rectifiées par le gestionnaire de réseau",
    )
