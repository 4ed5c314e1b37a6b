"""The statement of one member: what was consumed, what neighbours' panels brought, what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mitoyen.contracts import Document, DocumentFormat, Options
from mitoyen.spoken import item, money, number

_WORDS: Mapping[str, tuple[str, str]] = {
    "heading": ("Relevé d'énergie partagée", "Statement of shared energy"),
    "draft": ("PROJET, ne vaut pas facture", "DRAFT, not an invoice"),
    "member": ("Participant", "Member"),
    "month": ("Mois", "Month"),
    "organiser": ("Organisateur", "Organiser"),
    "consumed": ("Vous avez consommé", "You consumed"),
    "shared": ("dont énergie partagée (locale)", "of which shared (local) energy"),
    "complement": ("dont complément (votre fournisseur)", "of which complement (your supplier)"),
    "production heading": ("Relevé de production", "Statement of production"),
    "producer": ("Producteur", "Producer"),
    "produced": ("Produit", "Produced"),
    "sold": ("dont partagé entre les participants", "of which shared between the members"),
    "surplus": ("dont surplus", "of which surplus"),
    "surplus heading": ("Relevé du surplus vendu", "Statement of surplus sold"),
    "buyer": ("Acheteur", "Buyer"),
    "bought": ("Surplus repris", "Surplus taken"),
    "surplus revenue": ("Revenu du surplus, hors taxes", "Revenue of surplus, excluding tax"),
    "self-billed": ("Facture établie par l'acheteur, sous mandat", "Invoiced by the buyer, under a mandate"),
    "plant": ("producteur", "producer"),
    "revenue": ("Revenu de l'énergie partagée, hors taxes", "Revenue of shared energy, excluding tax"),
    "left": ("Reste sur vos forfaits", "Left of your packages"),
    "package": ("forfait du", "package of"),
    "total": ("Total hors taxes", "Total excluding tax"),
    "vat": ("TVA", "VAT"),
    "on": ("sur", "on"),
    "gross": ("Total toutes taxes comprises", "Total including tax"),
    "seller": ("vendeur :", "seller:"),
    "from": ("du", "from"),
    "to": ("au", "to"),
    "month unit": ("mois", "month"),
    "share unit": ("part", "share"),
    "day": ("le", "on"),
    "outside": ("Hors champ de la TVA : {} €", "Outside the scope of VAT: {} EUR"),
    "due": ("À payer sous {} jours après la facture", "To be paid within {} days of the invoice"),
    "reference": ("Référence de calcul", "Computation reference"),
}


def render(statement: Mapping[str, Any], options: Options) -> Document:
    """``<series>-<month>-<member>.txt``, the same bytes for the same statement."""
    lang = statement["lang"]
    column = 1 if lang == "en" else 0
    written = {"consumer": _lines, "producer": _production, "buyer": _surplus}[statement["role"]]
    lines = list(written(statement, column, lang))
    if "due" in options and statement["state"] != "draft":
        lines.append(_WORDS["due"][column].format(options["due"][1:-1]))
    text = "\n".join(lines) + "\n"
    series = options.get("series", statement["operation"])
    name = f"{series}-{statement['month']}-{statement['id']}.txt"
    return Document(name, "text/plain; charset=utf-8", text.encode())


def _head(statement: Mapping[str, Any], column: int, heading: str, who: str) -> Iterator[str]:
    yield f"{statement['title']}"
    yield f"{_WORDS[heading][column]} – {statement['month']}"
    if statement["state"] == "draft":
        yield f"*** {_WORDS['draft'][column]} ***"
    yield ""
    yield f"{_WORDS['organiser'][column]:<38} {statement['organiser']}"
    yield f"{_WORDS[who][column]:<38} {statement['id']}"
    if "party" in statement:
        yield from _party(statement["party"])


def _production(statement: Mapping[str, Any], column: int, lang: str) -> Iterator[str]:
    """What a plant gave, to whom, and what they pay for it: who bought is told by pseudonym."""
    yield from _head(statement, column, "production heading", "producer")
    yield ""
    for name, field in (("produced", "produced"), ("sold", "shared"), ("surplus", "surplus")):
        yield f"{_WORDS[name][column]:<38} {number(Decimal(statement[field]), lang, 3):>14} kWh"
    yield ""
    for sale in statement["sales"]:
        what = f"{sale['consumer']:<38} {number(Decimal(sale['quantity']), lang, 3):>14} kWh"
        yield _amount(what, sale["amount"], lang)
    yield _amount(_WORDS["revenue"][column], statement["revenue"], lang)
    if "surplus_revenue" in statement:
        yield ""
        for sale in statement["surplus_sales"]:
            what = f"{sale['buyer']:<38} {number(Decimal(sale['quantity']), lang, 3):>14} kWh"
            yield _amount(what, sale["amount"], lang)
        yield _amount(_WORDS["surplus revenue"][column], statement["surplus_revenue"], lang)
    yield ""
    yield f"{_WORDS['reference'][column]}: {statement['fingerprint']['pricing'][7:23]}"


def _surplus(statement: Mapping[str, Any], column: int, lang: str) -> Iterator[str]:
    """What a buyer took beyond the operation, by plant, and what it pays."""

    def word(name: str) -> str:
        return _WORDS[name][column]

    yield from _head(statement, column, "surplus heading", "buyer")
    yield ""
    yield f"{word('bought'):<38} {number(Decimal(statement['surplus']), lang, 3):>14} kWh"
    yield ""
    for line in statement["lines"]:
        yield from _line(line, word, lang, several=True)
    yield _amount(word("total"), statement["net"], lang)
    yield from _taxes(statement, word, lang)
    if any(line.get("invoiced_by") == "buyer" for line in statement["lines"]):
        yield word("self-billed")
    yield ""
    yield f"{word('reference')}: {statement['fingerprint']['pricing'][7:23]}"


def _lines(statement: Mapping[str, Any], column: int, lang: str) -> Iterator[str]:
    def word(name: str) -> str:
        return _WORDS[name][column]

    yield from _head(statement, column, "heading", "member")
    yield ""
    for name in ("consumed", "shared", "complement"):
        yield f"{word(name):<38} {number(Decimal(statement[name]), lang, 3):>14} kWh"
    if "left" in statement:
        yield f"{word('left'):<38} {number(Decimal(statement['left']), lang, 3):>14} kWh"
    yield ""
    several = len({line["seller"] for line in statement["lines"] if "seller" in line}) > 1
    for line in statement["lines"]:
        yield from _line(line, word, lang, several=several)
    yield _amount(word("total"), statement["net"], lang)
    yield from _taxes(statement, word, lang)
    yield ""
    yield f"{word('reference')}: {statement['fingerprint']['pricing'][7:23]}"


def _taxes(statement: Mapping[str, Any], word: Callable[[str], str], lang: str) -> Iterator[str]:
    """The VAT by seller and rate, and the total with it; the words the law wants where there is none."""
    due = statement.get("taxes", ())
    several = len({one["seller"] for one in due}) > 1
    for one in due:
        whose = f" ({word('seller')} {one['seller']})" if several else ""
        whose += f" ({word('package')} {_day(one['bought'], lang)})" if "bought" in one else ""
        if "mention" in one:
            yield f"{one['mention']}{whose}"
        elif one["category"] == "O":
            yield word("outside").format(money(Decimal(one["net"]), lang)) + whose
        else:
            rate, net = one["rate"].replace(".", "," if lang != "en" else "."), money(Decimal(one["net"]), lang)
            yield _amount(f"{word('vat')} {rate} {word('on')} {net} €{whose}", one["vat"], lang)
    if due:
        yield _amount(word("gross"), statement["gross"], lang)


def _party(party: Mapping[str, Any]) -> Iterator[str]:
    """The name and address, below the member's pseudonym."""
    address = party["address"]
    country = [] if address["country"] == "FR" else [address["country"]]
    for line in (party["name"], *address["lines"], f"{address['postcode']} {address['city']}", *country):
        yield f"{'':<38} {line}"


def _line(line: Mapping[str, Any], word: Callable[[str], str], lang: str, *, several: bool) -> Iterator[str]:
    """What, and from when to when; then how much at what price."""
    what = item(line["item"], lang)
    what += f", {word('plant')} {line['producer']}" if "producer" in line else ""
    what += f", {word('seller')} {line['seller']}" if several and "seller" in line else ""
    if line.get("kind") == "drawn":
        what += f", {word('package')} {_day(line['bought'], lang)}"
    last = date.fromisoformat(line["to"]) - timedelta(days=1)  # people count the last day in
    days = f"{word('from')} {_day(line['from'], lang)} {word('to')} {_day(last.isoformat(), lang)}"
    when = f"{word('day')} {_day(line['from'], lang)}" if line["unit"] == "share" else days
    yield f"{what[:1].upper()}{what[1:]}, {when}"
    unit = {"kWh": "kWh", "one": "", "month": word("month unit"), "share": word("share unit")}[line["unit"]]
    count = number(Decimal(line["quantity"]), lang, 3) if line["unit"] == "kWh" else line["quantity"]
    price = line["price"] if lang == "en" else line["price"].replace(".", ",")
    much = f"{count} {unit} x {price} €/{unit}" if unit else f"{count} x {price} €"
    yield _amount(f"    {much}", line["amount"], lang)


def _day(text: str, lang: str) -> str:
    return text if lang == "en" else f"{date.fromisoformat(text):%d/%m/%Y}"


def _amount(label: str, amount: str, lang: str) -> str:
    return f"{label:<56} {money(Decimal(amount), lang):>12} €"


FORMAT = DocumentFormat(
    id="text",
    version=1,
    title="Plain text (texte)",
    render=render,
    roles=frozenset({"consumer", "producer", "buyer"}),
)
