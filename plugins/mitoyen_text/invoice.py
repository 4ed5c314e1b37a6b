"""An invoice in plain text: nothing to install, read by anyone, and by a screen reader first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from mitoyen.contracts import Document, InvoiceFormat, Options
from mitoyen.spoken import energy, money, number

if TYPE_CHECKING:
    from mitoyen.invoice import Invoice, InvoiceLine
    from mitoyen.party import Party

_WORDS: Mapping[str, tuple[str, str]] = {
    "invoice": ("Facture", "Invoice"),
    "deposit": ("Facture d'acompte", "Deposit invoice"),
    "credit": ("Avoir", "Credit note"),
    "draft": ("*** PROJET, ne vaut pas facture ***", "*** DRAFT, not an invoice ***"),
    "of": ("du {}", "of {}"),
    "cites": ("se rapporte à la facture {} du {}", "refers to invoice {} of {}"),
    "seller": ("Vendeur", "Seller"),
    "mandate": ("Facture établie au nom et pour le compte du vendeur par", "Written in the seller's name by"),
    "buyer": ("Client", "Customer"),
    "period": ("Période du {} au {}", "From {} to {}"),
    "point": ("Point de livraison", "Delivery point"),
    "consumed": ("consommé {} kWh, dont {} kWh partagés", "consumed {} kWh, {} kWh of it shared"),
    "origin": ("d'où vient l'énergie partagée", "where the shared energy came from"),
    "net": ("Total hors taxes", "Total excluding tax"),
    "vat": ("TVA {} % sur {} €", "VAT {} % on {} €"),
    "gross": ("Total toutes taxes comprises", "Total including tax"),
    "paid": ("Déjà payé", "Already paid"),
    "payable": ("À payer", "To pay"),
    "returned": ("En votre faveur", "In your favour"),
    "due": ("À payer au plus tard le {}", "To be paid by {}"),
    "transfer": ("par virement : IBAN {}", "by transfer: IBAN {}"),
    "direct-debit": ("par prélèvement, mandat {}", "by direct debit, mandate {}"),
    "code": ("Code de calcul", "Computation code"),
    "month": ("mois", "month"),
    "share": ("part", "share"),
    "one": ("", ""),
}


def render(invoice: Invoice, _options: Options) -> Document:
    """``<number>.txt``."""

    def word(name: str, *values: object) -> str:
        return _WORDS[name][invoice.lang == "en"].format(*values)

    text = "\n".join(_lines(invoice, word)) + "\n"
    return Document(f"{invoice.name}.txt", "text/plain; charset=utf-8", text.encode())


def _lines(invoice: Invoice, word: Callable[..., str]) -> Iterator[str]:
    issued = " " + word("of", _day(invoice.issued, invoice.lang)) if invoice.issued else ""
    yield f"{word(invoice.type)} {invoice.number or ''}{issued}".rstrip()
    if invoice.number is None:
        yield word("draft")
    for one in invoice.cites:
        yield word("cites", one.number, _day(one.issued, invoice.lang))
    if invoice.reason:
        yield invoice.reason
    yield ""
    yield from _party(word("seller"), invoice.seller)
    if invoice.mandated:
        yield from _party(word("mandate"), invoice.organiser)
    yield from _party(word("buyer"), invoice.buyer)
    yield f"{invoice.title}. {word('period', _day(invoice.first, invoice.lang), _day(invoice.last, invoice.lang))}"
    for point in invoice.points:
        read = (energy(value, invoice.lang) for value in (point.consumed, point.shared))
        yield f"{word('point')} {point.number or point.id}: {word('consumed', *read)}"
    yield ""
    for line in invoice.lines:
        yield from _line(line, invoice.lang, word)
    yield from _totals(invoice, word)
    yield from _origins(invoice, word)
    yield ""
    yield from (note.text for note in invoice.notes)
    yield f"{word('code')}: {invoice.code}"


def _totals(invoice: Invoice, word: Callable[..., str]) -> Iterator[str]:
    lang = invoice.lang
    yield _amount(word("net"), money(invoice.net, lang))
    for tax in invoice.taxes:
        if tax.mention:
            yield tax.mention
        else:
            rate = number(tax.rate, lang, 1).removesuffix(",0").removesuffix(".0")
            yield _amount(word("vat", rate, money(tax.net, lang)), money(tax.vat, lang))
    yield _amount(word("gross"), money(invoice.gross, lang))
    if invoice.paid:
        yield _amount(word("paid"), money(-invoice.paid, lang))
    yield _amount(word("returned" if invoice.payable < 0 else "payable"), money(abs(invoice.payable), lang))
    if invoice.due and invoice.payable > 0:
        paid = (invoice.buyer.mandate.reference if invoice.buyer.mandate else "") or "-"
        how = paid if invoice.means == "direct-debit" else invoice.seller.iban or "-"
        yield f"{word('due', _day(invoice.due, lang))}, {word(invoice.means, how)}"


def _origins(invoice: Invoice, word: Callable[..., str]) -> Iterator[str]:
    if invoice.origins:
        yield ""
        yield word("origin")
    for one in invoice.origins:
        yield f"    {one.producer:<44} {energy(one.energy, invoice.lang):>14} kWh"


def _party(title: str, party: Party) -> Iterator[str]:
    yield f"{title}:"
    country = [] if party.address.country == "FR" else [party.address.country]
    known = [party.legal.get("form"), party.legal.get("capital")]
    body = ("SIRET", party.siret) if party.siret else ("SIREN", party.siren)
    numbers = [f"{name} {value}" for name, value in (body, ("TVA", party.vat)) if value]
    if "rcs" in party.legal and party.siren:
        numbers.append(f"RCS {party.legal['rcs']} {party.siren}")
    for line in (
        party.name,
        *party.address.lines,
        f"{party.address.postcode} {party.address.city}",
        *country,
        ", ".join(one for one in known if one),
        ", ".join(numbers),
    ):
        if line:
            yield f"    {line}"
    yield ""


def _line(line: InvoiceLine, lang: str, word: Callable[..., str]) -> Iterator[str]:
    what = f"{line.label[:1].upper()}{line.label[1:]}"
    yield f"{what}, {_day(line.first, lang)} - {_day(line.last, lang)}"
    unit = "kWh" if line.unit == "kWh" else word(line.unit)
    places = 3 if line.unit == "kWh" else max(0, -int(line.quantity.as_tuple().exponent))
    price = str(line.price) if lang == "en" else str(line.price).replace(".", ",")
    count = f"{number(line.quantity, lang, places)} {unit}".strip()
    per = f"/{unit}" if unit else ""
    yield _amount(f"    {count} x {price} €{per}", money(line.amount, lang))


def _amount(label: str, amount: str) -> str:
    return f"{label:<60} {amount:>14} €"


def _day(day: date, lang: str) -> str:
    return f"{day:%Y-%m-%d}" if lang == "en" else f"{day:%d/%m/%Y}"


FORMAT = InvoiceFormat(id="text", version=1, title="Plain text (texte)", render=render)
