"""Invoices as a settled month makes them, without a number: one a buyer and seller, each deposit on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal

import numpy as np

from mitoyen import pricing
from mitoyen.billing.terms import Terms
from mitoyen.clock import Month
from mitoyen.contracts import Operation
from mitoyen.host import Host
from mitoyen.invoice import (
    Day,
    DeliveryPoint,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    Means,
    Origin,
    Type,
)
from mitoyen.model import clock_of, takes_part
from mitoyen.party import Party
from mitoyen.quantities import half_up
from mitoyen.settlement import Unit
from mitoyen.sharing import Shared
from mitoyen.spoken import item, price_of
from mitoyen.taxes import ZERO

Who = Callable[[str], Party]
"""The party behind a pseudonym."""

Lang = Literal["fr", "en"]
Mentions = Mapping[tuple[str, Decimal], str]


@dataclass(frozen=True, slots=True)
class Settled:
    """A month ready to be billed: its operation, what it came to, and step by step how."""

    operation: Operation
    month: Month
    unit: Unit
    shared: Shared


def drafts(settled: Settled, who: Who, lang: Lang) -> list[Invoice]:
    """The invoices of one month, by buyer, seller and type. None where the operation names no seller's VAT."""
    terms = Terms.of(settled.operation)
    return [_invoice(settled, key, list(lines), terms, who, lang) for key, lines in _grouped(settled)]


def deposits(operation: Operation, month: Month, host: Host, who: Who, lang: Lang) -> list[Invoice]:
    """The packages bought in a month, before anything of it is measured."""
    present = [one for one in sorted(operation.participants) if takes_part(operation.participants[one], month)]
    if not present:  # before it opened, there is no step to count in either
        return []
    clock = clock_of(operation, month)
    producers, consumers = (
        tuple(one for one in present if operation.participants[one].role == role)
        for role in ("producer", "consumer")
    )
    nothing = Shared.nothing(clock, producers, consumers)
    members = pricing.price(operation, month, nothing, host)["members"]
    ahead = [{**one, "lines": [line for line in one["lines"] if _ahead(line)]} for one in members]
    unit = Unit(operation.id, str(month), 0, "draft", (), {"pricing": "-"}, tuple(ahead), (), {}, "")
    settled = Settled(operation, month, unit, nothing)
    return [replace(one, points=()) for one in drafts(settled, who, lang)]


def _ahead(line: Mapping[str, Any]) -> bool:
    return line.get("kind") == "deposit" and Fraction(line["quantity"]) > 0


def merged(parts: Sequence[Invoice]) -> Invoice:
    """The invoices of several months to one buyer from one seller as one, dated as the last."""
    last = parts[-1]
    if len(parts) == 1:
        return last
    lines = tuple(line for part in parts for line in part.lines)
    return replace(
        totalled(last, lines, mentions(*parts)),
        first=min(part.first for part in parts),
        points=tuple(_points(parts)),
        origins=tuple(_origins(parts)),
        days=(),
    )


def totalled(invoice: Invoice, lines: Iterable[InvoiceLine], said: Mentions) -> Invoice:
    """The invoice with these lines, its VAT once a category and rate on the sum of their rounded amounts."""
    lines = tuple(lines)
    taxes = tuple(_taxes(lines, said))
    net = sum((line.amount for line in lines), ZERO)
    vat = sum((tax.vat for tax in taxes), ZERO)
    return replace(
        invoice, lines=lines, taxes=taxes, net=net, vat=vat, gross=net + vat, payable=net + vat - invoice.paid
    )


def mentions(*invoices: Invoice) -> Mentions:
    """The words of the law for each category and rate where there is no tax."""
    return {(tax.category, tax.rate): tax.mention for one in invoices for tax in one.taxes if tax.mention}


# --- one month -----------------------------------------------------------------------------------------------

_Key = tuple[str, str, Type, str]
"""Buyer, seller, type, and the package where it is about one."""

_TYPES: Mapping[str, Type] = {"deposit": "deposit", "refund": "credit"}
"""Documents of their own."""


def _grouped(settled: Settled) -> Iterator[tuple[_Key, Iterator[tuple[str, Mapping[str, Any]]]]]:
    """The lines of all members that somebody sells and invoices, each with its member, by invoice.

    Shares are no sale: capital is paid in, and no invoice may mix what is outside VAT with what is not (BR-O-11).
    """
    found: list[tuple[_Key, tuple[str, Mapping[str, Any]]]] = []
    for member in settled.unit.members:
        participant = settled.operation.participants.get(member["id"])
        buyer = (participant.payer if participant else None) or member["id"]
        for line in member["lines"]:
            if "seller" in line and line["unit"] != "share" and line.get("invoiced_by") != "buyer":
                kind = _TYPES.get(line.get("kind", ""), "invoice")
                package = "" if kind == "invoice" else line["bought"]
                found.append(((buyer, line["seller"], kind, package), (member["id"], line)))
    found.sort(key=lambda one: one[0])  # stable: a member's lines stay in their order
    for key, group in groupby(found, key=lambda one: one[0]):
        yield key, (line for _key, line in group)


def _invoice(
    settled: Settled, key: _Key, rows: list[tuple[str, Mapping[str, Any]]], terms: Terms, who: Who, lang: Lang
) -> Invoice:
    operation, month, unit = settled.operation, settled.month, settled.unit
    buyer_id, seller_id, kind, _package = key
    buyer, seller = who(buyer_id), who(seller_id)
    lang = _language(buyer.language, lang)
    lines = [_line(month, member, row, lang) for member, row in rows]
    said = {
        (line.category, line.rate): row.get("mention", "") for line, (_member, row) in zip(lines, rows, strict=True)
    }
    members = sorted({member for member, _row in rows})
    consumers = [name for name in members if name in settled.shared.consumers]
    plain = Invoice(
        number=None,
        type=kind,
        issued=None,
        operation=operation.id,
        title=operation.title,
        month=str(month),
        revision=unit.revision,
        first=min(line.first for line in lines),
        last=max(line.last for line in lines),
        seller_id=seller_id,
        seller=_printed(seller),
        buyer_id=buyer_id,
        buyer=_printed(buyer),
        organiser_id=operation.organiser,
        organiser=_printed(who(operation.organiser)),
        lang=lang,
        lines=(),
        taxes=(),
        net=ZERO,
        vat=ZERO,
        gross=ZERO,
        paid=ZERO,
        payable=ZERO,
        due=None,
        means=_means(terms, buyer, seller),
        points=tuple(_point(settled, name, buyer, who) for name in consumers),
        days=tuple(_days(settled, consumers)) if kind == "invoice" and consumers else (),
        origins=tuple(_plants(settled, consumers)) if kind == "invoice" else (),
        code=f"{operation.id}/{month}.{unit.revision}/{unit.fingerprint['pricing'][7:19]}" if unit.revision else "",
    )
    return totalled(plain, lines, {key: words for key, words in said.items() if words})


def _line(month: Month, member: str, row: Mapping[str, Any], lang: Lang) -> InvoiceLine:
    """A line of the settlement as an invoice has it: quantity times price is its amount."""
    first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"]) - timedelta(days=1)
    label, unit, price = item(row["item"], lang), row["unit"], Decimal(row["price"])
    label += f", {row['producer']}" if "producer" in row else ""
    if unit == "kWh":
        quantity = Decimal(row["quantity"] // 1000).scaleb(-3)
    elif (count := Fraction(row["quantity"])).denominator == 1:
        quantity = Decimal(count.numerator)
    else:
        # A part of a month has no decimal number that times its price is the amount.
        days = (last - first).days + 1
        label = f"{label}, {price_of(price, unit, lang, days)}"
        quantity, unit, price = Decimal(1), "one", Decimal(row["amount"])
    return InvoiceLine(
        item=row["item"],
        label=label,
        point=row.get("producer", member),
        first=first,
        last=last,
        quantity=quantity,
        unit=unit,
        price=price,
        amount=Decimal(row["amount"]),
        supply=row.get("supply") or ("goods" if row["unit"] == "kWh" else "service"),
        category=row["category"],
        rate=Decimal(row["vat"].removesuffix(" %")),
        month=str(month),
        kind=row.get("kind", "sale"),
        bought=date.fromisoformat(row["bought"]) if "bought" in row else None,
    )


def _taxes(lines: Iterable[InvoiceLine], said: Mentions) -> Iterator[InvoiceTax]:
    def kind(line: InvoiceLine) -> tuple[str, Decimal]:
        return line.category, line.rate

    for (category, rate), group in groupby(sorted(lines, key=kind), key=kind):
        net = sum((line.amount for line in group), ZERO)
        vat = half_up(Fraction(net) * Fraction(rate) / 100)
        yield InvoiceTax(category=category, rate=rate, net=net, vat=vat, mention=said.get((category, rate), ""))


# --- who, where, when ----------------------------------------------------------------------------------------


def _printed(party: Party) -> Party:
    """Without the meters: those of the invoice are its points."""
    return replace(party, meters={})


def _means(terms: Terms, buyer: Party, seller: Party) -> Means:
    signed = buyer.mandate and buyer.iban and seller.creditor_id
    return "direct-debit" if terms.pay == "direct-debit" and signed else "transfer"


def _point(settled: Settled, name: str, buyer: Party, who: Who) -> DeliveryPoint:
    participant = settled.operation.participants[name]
    row = settled.shared.consumers.index(name)
    number = buyer.meters.get(participant.meter)
    if number is None and participant.payer:
        number = who(name).meters.get(participant.meter)
    return DeliveryPoint(
        id=name,
        number=number,
        consumed=int(settled.shared.consumed[row].sum()),
        shared=int(settled.shared.pairs[:, row].sum()),
    )


def _days(settled: Settled, consumers: Sequence[str]) -> Iterator[Day]:
    shared = settled.shared
    rows = np.array([shared.consumers.index(name) for name in consumers], dtype=np.intp)
    consumed = shared.consumed[rows].sum(axis=0, dtype=np.int64)
    received = shared.pairs[:, rows].sum(axis=(0, 1), dtype=np.int64)
    for number in range(settled.month.days):
        day = settled.month.first + timedelta(days=number)
        steps = slice(shared.clock.index(day), shared.clock.index(day + timedelta(days=1)))
        yield Day(day=day, consumed=int(consumed[steps].sum()), shared=int(received[steps].sum()))


def _plants(settled: Settled, consumers: Sequence[str]) -> Iterator[Origin]:
    """What came from each plant, whoever sells it: of several sellers, each invoices a part."""
    shared = settled.shared
    rows = np.array([shared.consumers.index(name) for name in consumers], dtype=np.intp)
    for index, producer in enumerate(shared.producers):
        energy = int(shared.pairs[index, rows].sum())
        if energy:
            yield Origin(producer=producer, energy=energy)


def _points(parts: Iterable[Invoice]) -> Iterator[DeliveryPoint]:
    """Each point once, its energies added."""
    points: dict[str, DeliveryPoint] = {}
    for point in (point for part in parts for point in part.points):
        before = points.get(point.id)
        consumed, shared = (before.consumed, before.shared) if before else (0, 0)
        points[point.id] = replace(point, consumed=point.consumed + consumed, shared=point.shared + shared)
    yield from points.values()


def _origins(parts: Iterable[Invoice]) -> Iterator[Origin]:
    plants: dict[str, int] = {}
    for origin in (origin for part in parts for origin in part.origins):
        plants[origin.producer] = plants.get(origin.producer, 0) + origin.energy
    yield from (Origin(producer=name, energy=energy) for name, energy in sorted(plants.items()))


def _language(chosen: str | None, federation: Lang) -> Lang:
    return "en" if (chosen or federation) == "en" else "fr"
