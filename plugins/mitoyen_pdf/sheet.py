"""The first page as data: every word and number of it, ready to be set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from mitoyen.invoice import Invoice, InvoiceLine
from mitoyen.parties import Party
from mitoyen_pdf.story import story
from mitoyen_pdf.voice import Voice, breakable, grouped, phrase, upper

Row = list[str]


def sheet(invoice: Invoice) -> dict[str, Any]:
    """What the template prints, strings and lists of strings; only the drawings have numbers."""
    voice = Voice(invoice.lang, -1 if invoice.type == "credit" else 1)
    heading = voice.say(invoice.type)
    number = invoice.number or ""
    named = f"{heading} {number}" if number else voice.say("draft of", heading.lower())
    dated = invoice.issued or invoice.last
    return {
        "lang": invoice.lang,
        "date": [dated.year, dated.month, dated.day],
        "title": f"{named}, {invoice.seller.name}",
        "watermark": "" if number else voice.say("draft"),
        "warning": "" if number else voice.say("no number"),
        "heading": heading if number else voice.say("draft of", heading.lower()),
        "facts": _facts(invoice, voice),
        "seller": _seller(invoice.seller, voice),
        "buyer": _buyer(invoice.buyer, voice),
        "mandate": _mandate(invoice, voice),
        "glance": _glance(invoice, voice),
        "correction": correction(invoice, voice),
        "points": _points(invoice, voice),
        "lines": _lines(invoice, voice),
        "taxes": _taxes(invoice, voice),
        "totals": _totals(invoice, voice),
        "pay": _pay(invoice, voice),
        "notes": {"title": voice.say("notes"), "rows": [breakable(note.text) for note in invoice.notes]},
        "footer": breakable(f"{invoice.seller.name} · {named}"),
        "page": voice.say("page", "{0}", "{1}"),
        "story": story(invoice, voice),
    }


# --- who -----------------------------------------------------------------------------------------------------


def _facts(invoice: Invoice, voice: Voice) -> list[Row]:
    return [
        *([[voice.say("number"), breakable(invoice.number)]] if invoice.number else []),
        *([[voice.say("date"), voice.day(invoice.issued)]] if invoice.issued else []),
        [voice.say("period"), voice.days(invoice.first, invoice.last)],
        [voice.say("operation"), breakable(invoice.title)],
    ]


def _address(party: Party) -> list[str]:
    country = [] if party.address.country == "FR" else [party.address.country]
    town = f"{party.address.postcode} {party.address.city}".strip()
    return [breakable(line) for line in (*party.address.lines, town, *country) if line]


def _numbers(party: Party, voice: Voice) -> list[str]:
    rcs = f"{party.legal['rcs']} {grouped(party.siren, 3)}" if "rcs" in party.legal and party.siren else None
    siret = grouped(party.siret, 3, 3, 3, 5) if party.siret else None
    siren = grouped(party.siren, 3) if party.siren else None
    return [breakable(phrase({"SIREN": siren, "SIRET": siret, "RCS": rcs, voice.say("vat number"): party.vat}))]


def _seller(party: Party, voice: Voice) -> dict[str, Any]:
    capital = party.legal.get("capital")
    form = [party.legal.get("form"), voice.say("capital", capital) if capital else None]
    legal = [" · ".join(breakable(one) for one in form if one), *_numbers(party, voice)]
    return {
        "name": breakable(party.name),
        "lines": [*_address(party), *([breakable(party.email)] if party.email else [])],
        "legal": [line for line in legal if line],
    }


def _buyer(party: Party, voice: Voice) -> dict[str, Any]:
    asked = {
        voice.say("service"): party.chorus.get("service"),
        voice.say("engagement"): party.chorus.get("engagement"),
    }
    legal = [*_numbers(party, voice), breakable(phrase(asked))]
    return {
        "title": voice.say("buyer"),
        "name": breakable(party.name),
        "lines": _address(party),
        "legal": [line for line in legal if line],
    }


def _mandate(invoice: Invoice, voice: Voice) -> str:
    if not invoice.mandated:
        return ""
    organiser = invoice.organiser
    known = ", ".join([organiser.name, *_address(organiser), *_numbers(organiser, voice)])
    return voice.say("mandate", breakable(invoice.seller.name), breakable(known.removesuffix(", ")))


# --- at a glance ---------------------------------------------------------------------------------------------


def _glance(invoice: Invoice, voice: Voice) -> list[Row]:
    """Three cells of a label, a figure and what it means: the sum, how it is paid, what of it was the sun."""
    back = invoice.payable < 0
    if back:
        sum_ = [voice.say("returned"), money(invoice, voice), voice.say("returned how")]
    elif not invoice.payable:
        sum_ = [voice.say("settled"), voice.money(invoice.payable), ""]
    else:
        word = "withdrawn on" if invoice.means == "direct-debit" else "due"
        when = voice.say(word, voice.day(invoice.due)) if invoice.due else ""
        sum_ = [voice.say("payable"), voice.money(invoice.payable), when]
    if invoice.paid:
        sum_[2] = ", ".join(one for one in (sum_[2], voice.say("already paid", voice.money(invoice.paid))) if one)
    shared = sum(point.shared for point in invoice.points)
    consumed = sum(point.consumed for point in invoice.points)
    sun = [voice.say("received"), voice.energy(shared)] if consumed else []
    return [sum_, *([[*sun, voice.say("covered", voice.percent(shared, consumed))]] if consumed else [])]


def money(invoice: Invoice, voice: Voice) -> str:
    """What is to be paid or given back, without a sign: the words around it say which."""
    return Voice(voice.lang).money(abs(invoice.payable))


def correction(invoice: Invoice, voice: Voice) -> list[str]:
    """Which invoice it takes back or replaces, and why."""
    word = "cites credit" if invoice.type == "credit" else "cites"
    told = [voice.say(word, breakable(one.number), voice.day(one.issued)) for one in invoice.cites]
    reason = breakable(invoice.reason).rstrip(".")
    return [*told, *([voice.say("reason", reason)] if reason else [])]


# --- what ----------------------------------------------------------------------------------------------------


def _points(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    head = [voice.say(name) for name in ("point", "consumed", "shared")]
    rows = [
        [breakable(point.number or point.id), voice.energy(point.consumed), voice.energy(point.shared)]
        for point in invoice.points
    ]
    return {"title": voice.say("points"), "head": head, "rows": rows}


_SECTIONS = {"goods": "goods", "service": "service lines", "deposit": "deposits", "drawn": "drawn"}


def _section(line: InvoiceLine) -> str:
    return line.supply if line.kind == "sale" else line.kind


def _lines(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    """In groups: energy, services, what was paid in advance; within them by point, where there are several."""
    order = list(_SECTIONS)
    numbers = {point.id: point.number or point.id for point in invoice.points}
    several = len({line.point for line in invoice.lines}) > 1

    def key(line: InvoiceLine) -> tuple[int, str]:
        return order.index(_section(line)), line.point if several else ""

    groups = []
    for (section, point), lines in groupby(sorted(invoice.lines, key=key), key):
        title = voice.say(_SECTIONS[order[section]])
        if point:
            title = voice.say("of point", title, breakable(numbers.get(point, point)))
        groups.append({"title": title, "rows": [_line(line, voice) for line in lines]})
    return {
        "title": voice.say("lines credit" if invoice.type == "credit" else "lines"),
        "head": [voice.say(name) for name in ("what", "quantity", "price", "rate", "amount")],
        "groups": groups,
    }


def _line(line: InvoiceLine, voice: Voice) -> Row:
    """Label, what is to be said of it, quantity, price, rate, amount."""
    said = [voice.days(line.first, line.last)]
    if line.cites:
        word = "drawn from" if line.kind == "drawn" else "line cites"
        said.append(voice.say(word, breakable(line.cites.number), voice.day(line.cites.issued)))
    return [
        upper(breakable(line.label)),
        ", ".join(said),
        voice.quantity(line),
        voice.price(line),
        voice.rate(line.rate),
        voice.money(line.amount),
    ]


def _taxes(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    rows = [
        [breakable(tax.mention) or voice.rate(tax.rate), voice.money(tax.net), voice.money(tax.vat)]
        for tax in invoice.taxes
    ]
    head = [voice.say(name) for name in ("rate", "taxed", "tax")]
    return {"title": voice.say("taxes"), "head": head, "rows": rows}


def _totals(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    rows = [[voice.say(name), voice.money(getattr(invoice, name))] for name in ("net", "vat", "gross")]
    if invoice.paid:
        rows.append([voice.say("paid"), voice.money(-invoice.paid)])
    word = "returned" if invoice.payable < 0 else "payable" if invoice.payable else "settled"
    return {"title": voice.say("totals"), "rows": rows, "last": [voice.say(word), money(invoice, voice)]}


# --- paying --------------------------------------------------------------------------------------------------


def _pay(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    if invoice.payable < 0:
        return _paying(voice, "repaid", voice.say("repaid how", money(invoice, voice)))
    if not invoice.payable:
        return _paying(voice, "pay", voice.say("nothing"))
    dated = (
        voice.say(invoice.means, voice.day(invoice.due)) if invoice.due else voice.say(f"{invoice.means} undated")
    )
    rows = _debit(invoice, voice) if invoice.means == "direct-debit" else _transfer(invoice, voice)
    return _paying(voice, "pay", dated, *rows)


def _paying(voice: Voice, title: str, told: str, *rows: Row) -> dict[str, Any]:
    return {"title": voice.say(title), "told": told, "rows": list(rows)}


def _transfer(invoice: Invoice, voice: Voice) -> Iterator[Row]:
    seller = invoice.seller
    if seller.iban:
        yield ["IBAN", grouped(seller.iban, 4)]
    if seller.bic:
        yield ["BIC", seller.bic]
    if invoice.number:
        yield [voice.say("reference"), breakable(invoice.number)]


def _debit(invoice: Invoice, voice: Voice) -> Iterator[Row]:
    mandate, creditor = invoice.buyer.mandate, invoice.seller.creditor_id
    if mandate:
        yield [voice.say("rum"), voice.say("signed", breakable(mandate.reference), voice.day(mandate.signed))]
    if creditor:
        yield [voice.say("ics"), creditor]
    if invoice.buyer.iban:
        yield [voice.say("debited"), voice.say("ending", invoice.buyer.iban[-4:])]
