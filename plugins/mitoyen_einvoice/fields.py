"""An invoice as the numbered fields of the European norm (EN 16931), under the French rules: one mapping for all.

The fields go by their numbers in the norm (BT a value, BG a group), as text throughout: a number that became a
float would be rounded on its way. A credit note is shown positive, its type says which way the money goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from mitoyen.contracts import Options
from mitoyen.invoice import Invoice, InvoiceLine, InvoiceTax, Reference
from mitoyen.party import Party
from mitoyen.quantities import euros
from mitoyen_einvoice.options import TREATMENTS

Fields = dict[str, Any]

TYPES: Mapping[str, str] = {"invoice": "380", "deposit": "386", "credit": "381"}
UNITS: Mapping[str, str] = {"kWh": "KWH", "month": "MON", "share": "C62", "one": "C62"}
EXEMPTIONS: Mapping[str, str] = {"E": "VATEX-FR-FRANCHISE", "AE": "VATEX-EU-AE", "O": "VATEX-EU-O"}
"""Why there is no tax, by category."""

FRENCH = frozenset({"FR", "GP", "GF", "MQ", "RE", "YT"})
"""The countries of addresses in France, overseas departments among them."""

NOTES = ("PMT", "PMD", "AAB")
"""Recovery costs, late payment, discount: each exactly once, whoever the buyer is."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "draft": ("PROJET", "DRAFT"),
    "draft note": ("*** PROJET, ne vaut pas facture ***", "*** DRAFT, not an invoice ***"),
    "returned": (
        "En votre faveur : remboursé, ou déduit d'une prochaine facture",
        "In your favour: paid back, or taken off a later invoice",
    ),
    "later": ("Fixé à l'émission", "Set at issue"),
    "mandate": (
        "Facture établie au nom et pour le compte du vendeur par {}",
        "Written in the seller's name and on its behalf by {}",
    ),
    "code": ("Code de calcul : {}", "Computation code: {}"),
}


def fields(invoice: Invoice, options: Options) -> Fields:
    """The fields that have a value; raise ValueError where an amount is not in whole cents."""
    sign = -1 if invoice.type == "credit" else 1
    sales = invoice.type != "deposit"
    payable = sign * invoice.payable
    return _filled(
        {
            "BT-1": invoice.number or _said("draft", invoice),
            "BT-2": _issued(invoice),
            "BT-3": TYPES[invoice.type],
            "BT-5": "EUR",
            "BT-9": _due(invoice),
            "BT-10": invoice.buyer.chorus.get("service"),
            "BT-13": invoice.buyer.chorus.get("engagement"),
            "BT-20": _terms(invoice, payable),
            "BT-23": _process(invoice),
            "BT-72": invoice.last if sales else None,
            "BT-73": invoice.first if sales else None,
            "BT-74": invoice.last if sales else None,
            **(_payment(invoice) if invoice.payable > 0 else {}),
            "BT-106": euros(sign * invoice.net),
            "BT-109": euros(sign * invoice.net),
            "BT-110": euros(sign * invoice.vat),
            "BT-112": euros(sign * invoice.gross),
            "BT-113": euros(sign * invoice.paid) if invoice.paid else None,
            "BT-115": euros(payable),
            "BG-1": list(_notes(invoice, options)),
            "BG-3": [{"BT-25": one.number, "BT-26": one.issued} for one in references(invoice)],
            "BG-4": _seller(invoice),
            "BG-7": _party(invoice.buyer, _in_scope(invoice)),
            "BG-13": {"name": invoice.buyer.name, **_address(invoice.buyer)},
            "BG-23": [_tax(one, sign) for one in invoice.taxes],
            "BG-25": [_line(number, one, sign, invoice) for number, one in enumerate(invoice.lines, 1)],
        }
    )


def _process(invoice: Invoice) -> str:
    """BT-23: goods (B), services (S) or both (M); 1 to be paid, 2 paid already, 4 what is left after a deposit."""
    supplies = {line.supply for line in invoice.lines}
    letter = {"goods": "B", "service": "S"}[supplies.pop()] if len(supplies) == 1 else "M"
    drawn = any(line.kind == "drawn" for line in invoice.lines)
    if invoice.type == "invoice" and drawn and references(invoice):  # a draft may not know its deposits yet
        return f"{letter}4"
    return f"{letter}{2 if _settled(invoice) else 1}"


def treatment(party: Party, options: Options) -> str:
    """The note BAR of a buyer, or ``none``."""
    wanted: str = {**TREATMENTS, **options.get("treatment", {})}[party.kind]
    if wanted in ("B2B", "B2C") and party.address.country not in FRENCH:
        return f"{wanted}INT"
    return wanted


def references(invoice: Invoice) -> list[Reference]:
    """The invoices that this one speaks of, the deposits it draws on among them, each once."""
    return list(dict.fromkeys([*invoice.cites, *(line.cites for line in invoice.lines if line.cites)]))


def siren(party: Party) -> str | None:
    """A SIRET begins with the SIREN."""
    return party.siren or (party.siret[:9] if party.siret else None)


def electronic_address(party: Party) -> tuple[str, str] | None:
    """The address invoices are sent to and its scheme: the directory of platforms knows a SIREN, else mail."""
    if number := siren(party):
        return number, "0225"
    return (party.email, "EM") if party.email else None


def _settled(invoice: Invoice) -> bool:
    """Paid in full before it is issued."""
    return invoice.type != "credit" and invoice.paid == invoice.gross and invoice.gross > 0


def _issued(invoice: Invoice) -> date:
    """A draft is shown as if it were issued at the soonest."""
    return invoice.issued or max([invoice.last, *(one.issued for one in references(invoice))])


def _due(invoice: Invoice) -> date | None:
    # Where all is paid, the norm wants the day of payment, which no record has: it was issue at the latest.
    if _settled(invoice):
        return invoice.due or _issued(invoice)
    return None if invoice.type == "credit" else invoice.due


def _terms(invoice: Invoice, payable: Decimal) -> str | None:
    """What stands for a due date, where something is to be paid and there is none."""
    if payable <= 0 or _due(invoice):
        return None
    if invoice.type == "credit":
        return _said("returned", invoice)
    return None if invoice.number else _said("later", invoice)


def _payment(invoice: Invoice) -> Fields:
    seller, buyer = invoice.seller, invoice.buyer
    if invoice.means == "transfer":
        account = {"BT-84": seller.iban, "BT-85": seller.name if seller.iban else None, "BT-86": seller.bic}
        return {"BT-81": "58", "BT-83": invoice.number, **account}
    mandate = buyer.mandate.reference if buyer.mandate else None
    debit = {"BT-89": mandate, "BT-90": seller.creditor_id, "BT-91": buyer.iban}
    return {"BT-81": "59", "BT-83": invoice.number, **debit}


def _notes(invoice: Invoice, options: Options) -> Iterator[Fields]:
    if invoice.number is None:
        written = {note.code for note in invoice.notes}
        yield {"BT-22": _said("draft note", invoice)}
        yield from ({"BT-21": code, "BT-22": _said("later", invoice)} for code in NOTES if code not in written)
    for note in invoice.notes:
        yield {**({"BT-21": note.code} if note.code else {}), "BT-22": note.text}
    how = treatment(invoice.buyer, options)
    if how != "none":
        yield {"BT-21": "BAR", "BT-22": how}
    if invoice.reason:
        yield {"BT-22": invoice.reason}
    if invoice.mandated:
        yield {"BT-22": _said("mandate", invoice, invoice.organiser.name)}
    if invoice.code:
        yield {"BT-22": _said("code", invoice, invoice.code)}


def _seller(invoice: Invoice) -> Fields:
    seller = invoice.seller
    legal = [seller.legal.get("form"), seller.legal.get("capital")]
    if "rcs" in seller.legal and siren(seller):
        legal.append(f"RCS {seller.legal['rcs']} {siren(seller)}")
    # The tax office knows a seller without a VAT number by its SIREN.
    registered = siren(seller) if _in_scope(invoice) and not seller.vat else None
    return {
        **_party(seller, _in_scope(invoice)),
        "tax_identifier": registered,
        "legal_info": ", ".join(one for one in legal if one),
    }


def _in_scope(invoice: Invoice) -> bool:
    """Outside the scope of VAT the norm shows no VAT number at all."""
    return not any(tax.category == "O" for tax in invoice.taxes)


def _party(party: Party, taxed: bool) -> Fields:
    address, scheme = electronic_address(party) or (None, None)
    return {
        "name": party.name,
        "legal_identifier": siren(party),
        "legal_identifier_schemeid": "0002" if siren(party) else None,
        "identifiers": {"0009": party.siret} if party.siret else {},
        "vat_identifier": party.vat if taxed else None,
        "einvoicing_addr": address,
        "einvoicing_addr_schemeid": scheme,
        **_address(party),
    }


def _address(party: Party) -> Fields:
    first, *others = [line for line in party.address.lines if line.strip()] or [""]
    second, third = (others[0], ", ".join(others[1:])) if others else ("", "")
    return {
        "addr_l1": first,
        "addr_l2": second,
        "addr_l3": third,
        "postcode": party.address.postcode,
        "city": party.address.city,
        "country_code": party.address.country,
    }


def _tax(tax: InvoiceTax, sign: int) -> Fields:
    return _filled(
        {
            "BT-116": euros(sign * tax.net),
            "BT-117": euros(sign * tax.vat),
            "BT-118": tax.category,
            "BT-119": None if tax.category == "O" else _plain(tax.rate),
            "BT-120": tax.mention,
            "BT-121": EXEMPTIONS.get(tax.category),
        }
    )


def _line(number: int, line: InvoiceLine, sign: int, invoice: Invoice) -> Fields:
    meters = {point.id: point.number for point in invoice.points}
    delivered = line.kind != "deposit"
    return _filled(
        {
            "BT-126": str(number),
            "BT-128": {None: meter} if (meter := meters.get(line.point)) else None,
            "BT-129": f"{sign * line.quantity + 0:f}",
            "BT-130": UNITS[line.unit],
            "BT-131": euros(sign * line.amount),
            "BT-134": line.first if delivered else None,
            "BT-135": line.last if delivered else None,
            "BT-146": f"{line.price:f}",
            "BT-151": line.category,
            "BT-152": None if line.category == "O" else _plain(line.rate),
            "BT-153": f"{line.label[:1].upper()}{line.label[1:]}",
            "BT-155": line.item,
        }
    )


def _plain(rate: Decimal) -> str:
    """``5.5``, ``20``: no zeros at the end, no exponent."""
    return f"{rate.normalize():f}"


def _said(name: str, invoice: Invoice, *values: str) -> str:
    return _WORDS[name][invoice.lang == "en"].format(*values)


def _filled(found: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}
