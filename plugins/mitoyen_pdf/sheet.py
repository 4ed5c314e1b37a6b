"""The first page as data: every word and number of it, ready to be set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from mitoyen.invoice import Invoice, InvoiceLine
from mitoyen.party import Party
from mitoyen_pdf.story import carried, correction, energy_of, measured, story
from mitoyen_pdf.voice import Voice, breakable, fours, phrase, threes, upper

Row = list[str]


def sheet(invoice: Invoice) -> dict[str, Any]:
    """What the template prints, strings and lists of strings; only the drawings have numbers."""
    voice = Voice(invoice.lang, -1 if invoice.type == "credit" else 1)
    number = invoice.number or ""
    heading = voice.say(invoice.type if number else f"draft {invoice.type}")
    named = f"{heading} {number}".rstrip()
    dated = invoice.issued or invoice.last
    return {
        "lang": invoice.lang,
        "date": [dated.year, dated.month, dated.day],
        "title": f"{named}, {invoice.seller.name}",
        "watermark": "" if number else voice.say("draft"),
        "warning": "" if number else voice.say("no number"),
        "heading": heading,
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
        "footer": f"{_short(invoice.seller.name)} · {breakable(named)}",
        "page": voice.say("page", "{0}", "{1}"),
        "story": story(invoice, voice),
    }


def _short(name: str) -> str:
    return breakable(name if len(name) <= 60 else f"{name[:58].rstrip()}…")


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
    siren = party.siren and threes(party.siren)
    rcs = f"{party.legal['rcs']} {siren}" if siren and "rcs" in party.legal else None
    lines = (
        phrase({"SIREN": siren, "SIRET": party.siret and threes(party.siret)}),
        phrase({"RCS": rcs, voice.say("vat number"): party.vat}),
    )
    return [breakable(line) for line in lines if line]


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
    return voice.say("mandate", breakable(invoice.seller.name), breakable(known))


# --- at a glance ---------------------------------------------------------------------------------------------


def _sold_now(invoice: Invoice, line: InvoiceLine) -> bool:
    """Energy of the invoice's own days; not the excise on it, a fee a kWh, or what makes up for earlier days."""
    energy = line.kind == "sale" and line.unit == "kWh" and line.supply == "goods"
    return energy and line.first >= invoice.first and not line.item.startswith("excise")


def _glance(invoice: Invoice, voice: Voice) -> list[dict[str, Any]]:
    """A label, a figure and lines on what it means: the sum and how it is paid, the energy and what it covered."""
    means = [voice.say("already paid", voice.money(invoice.paid))] if invoice.paid else []
    if invoice.payable < 0:
        label, means = "returned", [voice.say("returned how")]
    elif not invoice.payable:
        label = "settled"
    else:
        label = "payable"
        word = f"{invoice.means} when" if invoice.due else f"{invoice.means} undated"
        means.insert(0, voice.say(word, voice.day(invoice.due or invoice.last)))
    cells = [{"label": voice.say(label), "figure": money(invoice, voice), "means": means}]
    consumed, shared = energy_of(invoice)
    if consumed and measured(invoice):
        covered = voice.say("covered", voice.percent(shared, consumed))
        billed = int(1000 * sum(line.quantity for line in invoice.lines if _sold_now(invoice, line))) * 1000
        # Of several sellers each invoices its part; half a watt-hour a line is rounding, not another seller.
        part = (
            [voice.say("billed here", voice.energy(billed))]
            if 0 < billed < shared - 500 * len(invoice.lines)
            else []
        )
        cells.append({"label": voice.say("received"), "figure": voice.energy(shared), "means": [covered, *part]})
    return cells


def money(invoice: Invoice, voice: Voice) -> str:
    """What is to be paid or given back, without a sign: the words around it say which."""
    return Voice(voice.lang).money(abs(invoice.payable))


# --- what ----------------------------------------------------------------------------------------------------


def _points(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    """Each meter, with its energy where that is what is billed."""
    head = ["point", *(["consumed", "shared"] if measured(invoice) else [])]
    rows = [
        [breakable(point.number or point.id), voice.energy(point.consumed), voice.energy(point.shared)][: len(head)]
        for point in invoice.points
    ]
    return {"title": voice.say("points"), "head": [voice.say(name) for name in head], "rows": rows}


def _lines(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    """In groups: energy and services, or point after point where there are several; then what was billed before."""
    numbers = {point.id: point.number or point.id for point in invoice.points}
    several = len({line.point for line in invoice.lines} & {*numbers}) > 1

    def key(line: InvoiceLine) -> tuple[int, str]:
        if line.kind != "sale" or carried(line):
            return 2, "carried" if carried(line) else line.kind
        return (0, line.point) if several and line.point in numbers else (1, line.supply)

    groups = [
        {
            "title": voice.say("of point", breakable(numbers[name])) if rank == 0 else voice.say(f"group {name}"),
            "rows": [_line(line, voice) for line in lines],
        }
        for (rank, name), lines in groupby(sorted(invoice.lines, key=key), key)
    ]
    names = ("what", "days", "quantity", "price", "rate", "amount")
    return {
        "title": voice.say("lines credit" if invoice.type == "credit" else "lines"),
        "head": [voice.say(name) for name in names],
        "groups": groups,
    }


def _line(line: InvoiceLine, voice: Voice) -> Row:
    """Label, the document it speaks of, days, quantity, price, rate, amount."""
    word = "line cites" if line.kind == "sale" else "drawn from"
    cited = line.cites and voice.say(word, breakable(line.cites.number), voice.day(line.cites.issued))
    return [
        upper(breakable(line.label)),
        cited or "",
        voice.days(line.first, line.last),
        voice.quantity(line),
        voice.price(line) + voice.per(line),
        voice.rate(line.rate),
        voice.money(line.amount),
    ]


def _taxes(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    rows = [
        [breakable(tax.mention) or voice.rate(tax.rate), voice.money(tax.net), voice.money(tax.vat)]
        for tax in invoice.taxes
    ]
    head = [voice.say(name) for name in ("tax rate", "taxed", "tax")]
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
    if invoice.due:
        told = voice.say(invoice.means, voice.day(invoice.due))
    else:
        told = upper(voice.say(f"{invoice.means} undated")) + "."
    rows = _debit(invoice, voice) if invoice.means == "direct-debit" else _transfer(invoice, voice)
    return _paying(voice, "pay", told, *rows)


def _paying(voice: Voice, title: str, told: str, *rows: Row) -> dict[str, Any]:
    return {"title": voice.say(title), "told": told, "rows": list(rows)}


def _transfer(invoice: Invoice, voice: Voice) -> Iterator[Row]:
    seller = invoice.seller
    if seller.iban:
        yield ["IBAN", fours(seller.iban)]
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
