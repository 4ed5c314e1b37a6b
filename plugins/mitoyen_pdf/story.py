"""The second page as data: where the energy came from, day by day and plant by plant, and how it became a sum."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mitoyen.contracts import KWH
from mitoyen.invoice import Invoice, InvoiceLine, Reference
from mitoyen_pdf.voice import Voice, breakable

LINES = 4
"""Lines across the chart, at most."""

ROOM = 80
"""Signs of a code that fit beside each other."""

_DEFINED = ("shared", "complement", "key")


def story(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    """Only what there is something to say of: each part may be None."""
    plain = Voice(voice.lang)
    return {
        "title": voice.say("story credit" if invoice.type == "credit" else "story"),
        "changes": _changes(invoice, voice),
        "split": _split(invoice, plain),
        "daily": _daily(invoice, plain),
        "origins": _origins(invoice, plain),
        "counting": {"title": voice.say("counting"), "rows": list(_counting(invoice, voice))},
        "words": {
            "title": voice.say("words"),
            "rows": [voice.say(f"word {name}") for name in _DEFINED],
        }
        if invoice.points
        else None,
        "trace": {
            "title": voice.say("trace"),
            "text": voice.say("trace text") if invoice.code else "",
            "code": f"mitoyen explain {breakable(invoice.code, ROOM)}" if invoice.code else "",
            "contact": voice.say("contact", breakable(invoice.seller.email)) if invoice.seller.email else "",
        },
    }


def measured(invoice: Invoice) -> bool:
    """Whether it bills energy that was consumed: a deposit comes before, a credit note takes back or gives back."""
    return invoice.type == "invoice"


def correction(invoice: Invoice, voice: Voice) -> list[str]:
    """Which invoices it takes back, gives the rest of or replaces, and why."""
    rest = {line.cites for line in invoice.lines if line.kind == "refund"}
    kind = "credit" if invoice.type == "credit" else "invoice"
    told = [
        voice.say("cites rest" if one in rest else f"cites {kind}", breakable(one.number), voice.day(one.issued))
        for one in _corrected(invoice)
    ]
    reason = breakable(invoice.reason).rstrip(".")
    return [*told, *([voice.say("reason", reason)] if reason else [])]


def _corrected(invoice: Invoice) -> list[Reference]:
    """Those it speaks of as a whole: what a line draws on or makes up for is told by that line."""
    told = {line.cites for line in invoice.lines if line.kind == "drawn" or (measured(invoice) and carried(line))}
    return [one for one in invoice.cites if one not in told]


def _changes(invoice: Invoice, voice: Voice) -> dict[str, Any] | None:
    """What is not an ordinary month: a deposit and what draws on it, a correction."""
    kinds = {line.kind for line in invoice.lines}
    rows = correction(invoice, voice)
    if "refund" in kinds:
        rows.append(voice.say("change rest"))
    elif invoice.type == "credit":
        rows.append(voice.say("change credit"))
    elif _corrected(invoice):
        rows.append(voice.say("change"))
    if measured(invoice) and any(carried(line) for line in invoice.lines):
        rows.append(voice.say("change carried"))
    title = voice.say("changes" if rows else "advance")
    if invoice.type == "deposit":
        rows.append(voice.say("advance text"))
    if measured(invoice) and "drawn" in kinds:
        rows.append(voice.say("change drawn"))
    return {"title": title, "rows": rows} if rows else None


def carried(line: InvoiceLine) -> bool:
    """Whether it makes up for an earlier invoice, on this one."""
    return line.kind == "sale" and line.cites is not None


def energy_of(invoice: Invoice) -> tuple[int, int]:
    """Consumed and shared, all points together, as rounded when shown: what is subtracted is right on paper too."""
    return (
        _shown(sum(point.consumed for point in invoice.points)),
        _shown(sum(point.shared for point in invoice.points)),
    )


def _split(invoice: Invoice, voice: Voice) -> dict[str, Any] | None:
    """Consumed = shared + complement."""
    if not invoice.points or not measured(invoice):
        return None
    consumed, shared = energy_of(invoice)
    rest = consumed - shared
    title = voice.say("split")
    if not consumed:
        return {"title": title, "told": voice.say("no consumption"), "bar": None}
    hundred = (200 * shared + consumed) // (2 * consumed)
    told = [voice.energy(one) for one in (consumed, shared, rest)]
    covered = voice.percent(shared, consumed)
    return {
        "title": title,
        "told": voice.say("coverage", covered, hundred, 100 - hundred) if rest else voice.say("coverage whole"),
        "bar": {
            "whole": [told[0], voice.say("whole")],
            "shared": [told[1], voice.say("neighbours")],
            "rest": [told[2], voice.say("supplier")],
            "part": shared / consumed,
            "alt": voice.say("split alt", *told),
        },
    }


def _daily(invoice: Invoice, voice: Voice) -> dict[str, Any] | None:
    days = invoice.days
    if not measured(invoice) or not any(day.consumed for day in days):
        return None
    best = max(days, key=lambda day: day.shared)
    ends = [
        voice.energy(pick(getattr(day, name) for day in days))
        for name in ("shared", "consumed")
        for pick in (min, max)
    ]
    told = voice.say("daily text", voice.day(best.day), voice.energy(best.shared))
    top, ticks = _scale(max(day.consumed for day in days), voice)
    return {
        "title": voice.say("daily"),
        "told": told if best.shared else voice.say("daily none"),
        "alt": voice.say("daily alt", voice.days(days[0].day, days[-1].day), *ends),
        "legend": [voice.say("shared"), voice.say("complement")],
        "ticks": ticks,
        "bars": [[str(day.day.day), day.shared / top, (day.consumed - day.shared) / top] for day in days],
    }


def _scale(most: int, voice: Voice) -> tuple[int, list[list[Any]]]:
    """The energy at the top of the chart, and its lines: each a part of the height and its kWh."""
    steps = (base * 10**power for power in range(3, 19) for base in (1, 2, 5))
    step = next(step for step in steps if step * LINES >= most)
    count = -(-most // step)
    places = 0 if step >= KWH else len(str(KWH // step)) - (KWH // step in (10, 100, 1000))
    lines = [[line / count, voice.number(Decimal(line * step) / KWH, places)] for line in range(count + 1)]
    return count * step, lines


def _origins(invoice: Invoice, voice: Voice) -> dict[str, Any] | None:
    whole = sum(one.energy for one in invoice.origins)
    if not whole or not measured(invoice):
        return None
    rows = [
        [
            breakable(one.producer),
            voice.energy(one.energy),
            voice.percent(one.energy, whole),
            one.energy / whole,
        ]
        for one in sorted(invoice.origins, key=lambda one: (-one.energy, one.producer))
    ]
    head = [voice.say(name) for name in ("plant", "energy", "part")]
    return {"title": voice.say("origins"), "head": head, "rows": rows}


def _counting(invoice: Invoice, voice: Voice) -> Iterator[str]:
    """The first line and the first tax, in figures."""
    for line in invoice.lines[:1]:
        yield voice.say("counting line", voice.quantity(line), voice.price(line), voice.money(line.amount))
    for tax in [tax for tax in invoice.taxes if tax.vat][:1]:
        yield voice.say("counting vat", voice.money(tax.net), voice.rate(tax.rate), voice.money(tax.vat))


def _shown(milliwatt_hours: int) -> int:
    """Whole watt-hours, half up: what three places of a kWh show."""
    return (milliwatt_hours + 500) // 1000 * 1000
