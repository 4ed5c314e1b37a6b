"""What producers sell beyond the operation: who took their surplus in a month, and what is paid for it.

A buyer is no participant; its record has one line for each producer and terms, which the producer's seller sells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from mitoyen.clock import Month
from mitoyen.contracts import Line, Operation, Place, SurplusSale
from mitoyen.model import Stretch, takes_part, window
from mitoyen.sharing import Shared
from mitoyen.taxes import Taxation, on_day
from mitoyen.trade import OTHERWISE

FILE = "operation.yaml"
ITEM, GIVEN = "surplus", "surplus-given"
DAY = timedelta(days=1)


def lines(
    operation: Operation, month: Month, shared: Shared, taxation: Taxation
) -> Iterator[tuple[str, Line, Stretch, dict[str, Any]]]:
    """Each sale of a month: the buyer, the line, its days, and whose it is with its VAT and its exact energy."""
    for row, producer in enumerate(shared.producers):
        for stretch, sale in _terms(operation, month, producer, taxation):
            first, last = shared.clock.index(stretch.first), shared.clock.index(stretch.last)
            quantity = int((shared.produced[row, first:last] - shared.given[row, first:last]).sum())
            if sale.buyer and quantity:
                line = Line(GIVEN if sale.given else ITEM, quantity, "kWh", sale.price, ())
                seller = taxation.seller(producer)
                tax = taxation.written(seller, "goods", stretch.first, reverse_charge=sale.reverse_charge)
                by_buyer = {"invoiced_by": "buyer"} if sale.invoiced_by == "buyer" else {}
                weights = {"weights": {producer: quantity}}
                yield sale.buyer, line, stretch, {"producer": producer, **tax, **by_buyer, **weights}


def _terms(
    operation: Operation, month: Month, producer: str, taxation: Taxation
) -> Iterator[tuple[Stretch, SurplusSale]]:
    """The days of the month on which somebody takes a producer's surplus, cut where terms or VAT change."""
    starts = {one.start for name in (producer, OTHERWISE) for one in operation.surplus.get(name, ())}
    if not starts:
        return
    first, last = window(operation.participants[producer], month)
    # What others agree on from a day on, and this producer does not, cuts no line of its own.
    turns = (day for day in starts if on(operation, producer, day) != on(operation, producer, day - DAY))
    cuts = {first, last, *turns, *taxation.cuts(month)}
    for one, two in pairwise(sorted(day for day in cuts if first <= day <= last)):
        named = on(operation, producer, one)
        if named:
            yield Stretch(one, two, None), named[1]


def on(operation: Operation, producer: str, day: date) -> tuple[str, SurplusSale] | None:
    """The terms of a producer's surplus on a day, and the name they are written under: its own, or otherwise."""
    for name in (producer, OTHERWISE):
        sale = on_day(operation.surplus.get(name, ()), day)
        if sale:
            return name, sale
    return None


def place(operation: Operation, producer: str, day: date) -> Place:
    """Where the price of a producer's surplus on a day is written."""
    named = on(operation, producer, day)
    path = (named[0], str(named[1].start), "given" if named[1].given else "price") if named else ()
    return operation.locate(FILE, ITEM, *path)


def dealt(operation: Operation, month: Month, producer: str, taxation: Taxation) -> bool:
    """Whether anybody takes a producer's surplus on some day of a month, be it for nothing."""
    return any(_terms(operation, month, producer, taxation))


def buyers(operation: Operation) -> Mapping[str, Place]:
    """Everybody who buys surplus on some day, with the place of the name."""
    return {
        sale.buyer: operation.locate(FILE, ITEM, name, str(sale.start), "buyer")
        for name, sales in operation.surplus.items()
        for sale in sales
        if sale.buyer
    }


def in_force(operation: Operation, month: Month, taxation: Taxation) -> Mapping[str, object]:
    """The terms of a month, for its fingerprint: what makes a line, and not where it is written."""
    terms = {
        f"{one.id} {stretch.first}": {
            "buyer": sale.buyer,
            "price": sale.price,
            "given": sale.given,
            "invoiced_by": sale.invoiced_by,
            "vat": taxation.written(
                taxation.seller(one.id), "goods", stretch.first, reverse_charge=sale.reverse_charge
            ),
        }
        for one in operation.participants.values()
        if one.role == "producer" and takes_part(one, month)
        for stretch, sale in _terms(operation, month, one.id, taxation)
    }
    return {ITEM: terms} if terms else {}
