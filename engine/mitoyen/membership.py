"""Shares of the co-operative that a member bought: capital on its statement, outside VAT, nobody's revenue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from mitoyen.clock import Month
from mitoyen.contracts import Line, Operation, Place
from mitoyen.model import Stretch
from mitoyen.taxes import Taxation

FILE, ITEM = "participants.yaml", "membership"
OUTSIDE = {"vat": "0 %", "category": "O"}
"""Capital is paid in, nothing is supplied: whatever the law and the regime."""


def lines(
    operation: Operation, month: Month, consumer: str, taxation: Taxation
) -> Iterator[tuple[Line, Stretch, dict[str, str]]]:
    """What a consumer subscribed in a month, each on its day, sold by the organiser."""
    tax = {"seller": operation.organiser, **OUTSIDE} if taxation.tax else {}
    for one in operation.participants[consumer].membership:
        if month.first <= one.start < month.next.first:
            line = Line(ITEM, one.shares, "share", one.price, ())
            yield line, Stretch(one.start, one.start + timedelta(days=1), None), tax


def place(operation: Operation, consumer: str, day: date) -> Place:
    """Where the price of the shares bought on a day is written."""
    return operation.locate(FILE, consumer, ITEM, day.isoformat(), "price")


def in_force(operation: Operation, month: Month) -> Mapping[str, object]:
    """What is subscribed in a month, for its fingerprint; nothing where nothing is."""
    bought = {
        f"{one.id} {subscribed.start}": {"shares": subscribed.shares, "price": subscribed.price}
        for one in operation.participants.values()
        for subscribed in one.membership
        if month.first <= subscribed.start < month.next.first
    }
    return {ITEM: bought} if bought else {}
