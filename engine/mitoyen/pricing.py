"""What each consumer owes for a month: tariffs applied stretch by stretch, one rounding a line.

A tariff that changes, a member who joins or leaves, cuts the month at that local midnight; a key does not, since
it moves energy and not prices. A line bills whole watt-hours; its amount is Decimal, rounded half up to the cent
once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from mitoyen import revenue, taxes
from mitoyen.clock import Month
from mitoyen.contracts import KWH, Energy, Entry, Finding, Line, Operation, TariffRule
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.model import Stretch, stretches, takes_part, window
from mitoyen.quantities import half_up
from mitoyen.sharing import Shared
from mitoyen.taxes import ZERO, Taxation

WATT_HOUR = 1_000
"""Milliwatt-hours."""


def price(operation: Operation, month: Month, shared: Shared, host: Host) -> dict[str, Any]:
    """The month's result by member, in plain values: energies in milliwatt-hours, money as text.

    Raise Refused where someone's energy has no price.
    """
    given, got = shared.given, shared.shared
    taxation = Taxation.of(operation, host)
    members: list[dict[str, Any]] = []
    for row, consumer in enumerate(shared.consumers):
        consumed, bought = int(shared.consumed[row].sum()), int(got[row].sum())
        lines = list(_lines(operation, month, shared, row, taxation, host))
        members.append(
            _member(
                consumer,
                "consumer",
                consumed=consumed,
                shared=bought,
                complement=consumed - bought,
                lines=lines,
            )
        )
    earned = revenue.by_producer(members)
    for row, producer in enumerate(shared.producers):
        produced, sold = int(shared.produced[row].sum()), int(given[row].sum())
        member = _member(producer, "producer", produced=produced, shared=sold, surplus=produced - sold)
        members.append(member | _sales(shared, row, earned.get(producer, {})))
    return {"members": sorted(members, key=lambda member: str(member["id"]))}


def _sales(shared: Shared, row: int, earned: Mapping[str, Decimal]) -> dict[str, Any]:
    """What a producer sold to whom, and what they pay for it."""
    quantities = zip(shared.consumers, shared.pairs[row].sum(axis=1, dtype=np.int64).tolist(), strict=True)
    sales = [
        {"consumer": consumer, "quantity": quantity, "amount": str(earned.get(consumer, ZERO))}
        for consumer, quantity in quantities
        if quantity
    ]
    return {"revenue": str(sum(earned.values(), ZERO)), "sales": sales}


def _member(
    name: str,
    role: str,
    *,
    produced: int = 0,
    consumed: int = 0,
    shared: int,
    complement: int = 0,
    surplus: int = 0,
    lines: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    lines = lines or []
    due = list(taxes.by_rate(lines))
    net = sum((Decimal(line["amount"]) for line in lines), ZERO)
    vat = sum((Decimal(one["vat"]) for one in due), ZERO)
    return {
        "id": name,
        "role": role,
        "produced": produced,
        "consumed": consumed,
        "shared": shared,
        "complement": complement,
        "surplus": surplus,
        "net": str(net),
        "vat": str(vat),
        "gross": str(net + vat),
        "taxes": due,
        "lines": lines,
    }


def _lines(
    operation: Operation, month: Month, shared: Shared, row: int, taxation: Taxation, host: Host
) -> Iterator[dict[str, Any]]:
    participant = operation.participants[shared.consumers[row]]
    if participant.tariff is None:
        return
    entries = operation.tariffs.get(participant.tariff, ())
    for stretch in stretches(entries, *window(participant, month), *taxation.cuts(month)):
        if stretch.entry is None:
            raise Refused(
                Finding(
                    "ACC302",
                    f'tariff group "{participant.tariff}" has no price on {stretch.first}, '
                    f"and {participant.id} is in it",
                    operation.locate("participants.yaml", participant.id, "tariff"),
                    f"add a price from {stretch.first} on in tariffs.yaml",
                )
            )
        rule = host.get(TariffRule, stretch.entry.rule)
        bought = sold(operation, month, shared, row, stretch, taxation)
        for place, (seller, energy) in enumerate(bought.items()):
            try:
                for line in rule.price(energy).lines:
                    if line.unit == "kWh":
                        if line.quantity or len(bought) == 1:
                            tax = taxation.written(seller, "goods", stretch.first)
                            yield _plain(line, participant.tariff, stretch) | tax | _weights(line, energy)
                    elif place == 0:  # once a member, not once a seller
                        organiser = operation.organiser if seller else None
                        tax = taxation.written(organiser, "service", stretch.first)
                        yield _plain(line, participant.tariff, stretch) | tax
            except (TypeError, ValueError, ArithmeticError) as error:
                start = stretch.entry.start.isoformat()
                name = f"{rule.id} (version {rule.version})"
                raise Refused(
                    Finding(
                        "ACC606",
                        f"the tariff rule {name} cannot price {participant.id}: {error}",
                        operation.locate("tariffs.yaml", participant.tariff, start, "rule"),
                        "nothing was kept; this is a fault of the plugin, tell its authors",
                    )
                ) from error


def sold(
    operation: Operation, month: Month, shared: Shared, row: int, stretch: Stretch, taxation: Taxation
) -> Mapping[str | None, Energy]:
    """What a consumer received in a stretch, by who sold it; the seller is None where nobody is named."""
    assert stretch.entry is not None  # noqa: S101 - the caller has looked
    first, last = shared.clock.index(stretch.first), shared.clock.index(stretch.last)
    plants: dict[str | None, list[int]] = {}
    for index, producer in enumerate(shared.producers):
        plants.setdefault(taxation.seller(producer), []).append(index)
    if not plants:
        plants[operation.organiser if taxation.tax else None] = []
    return {
        seller: Energy(
            clock=shared.clock.part(first, last),
            shared=shared.pairs[np.array(mine, dtype=np.intp), row, first:last].sum(axis=0, dtype=np.int64),
            consumed=shared.consumed[row, first:last],
            by_producer={shared.producers[index]: shared.pairs[index, row, first:last] for index in mine},
            days=stretch.days,
            days_in_month=month.days,
            options=stretch.entry.options,
        )
        for seller, mine in sorted(plants.items(), key=lambda item: str(item[0]))
    }


def _weights(line: Line, energy: Energy) -> dict[str, Any]:
    """What the amount of a line of energy is split by, between the plants it came from."""
    known = line.by_producer
    weights = {name: int(row.sum()) for name, row in energy.by_producer.items()} if known is None else known
    return {"weights": {name: weight for name, weight in sorted(weights.items()) if weight}}


def _plain(line: Line, group: str, stretch: Stretch) -> dict[str, Any]:
    """A line in plain values, its amount rounded."""
    first, last = line.days or (stretch.first, stretch.last)
    return {
        "item": line.item,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "quantity": billed(line) if line.unit == "kWh" else str(line.quantity),
        "unit": line.unit,
        "price": _price(line),
        "amount": str(rounded(line)),
        # Not the entry: a later one with the same price must not make another result of the same month.
        "tariff": group,
        "option": list(line.option),
    }


def _price(line: Line) -> str:
    """Without the zeros that someone wrote or did not, but those people expect: 0.1650 a kWh, 2.00 a month."""
    exact = Decimal(line.price).normalize()
    digits = max(4 if line.unit == "kWh" else 2, -int(exact.as_tuple().exponent))
    return f"{exact:.{digits}f}"


def billed(line: Line) -> int:
    """The milliwatt-hours that a line of energy bills.

    What is shown times its price must be what is asked for; an e-invoice has four decimals of a kWh at most.
    """
    return whole(line.quantity)


def whole(milliwatt_hours: int | Fraction) -> int:
    """Whole watt-hours, half up, in milliwatt-hours."""
    return int(half_up(Fraction(milliwatt_hours, WATT_HOUR), 0)) * WATT_HOUR


def rounded(line: Line) -> Decimal:
    """A line's amount, rounded once, half up, to the cent.

    Raise TypeError on a price that is not exact.
    """
    if not isinstance(line.price, Decimal | int):
        raise TypeError(f"the price of {line.item} is a {type(line.price).__name__}, money is Decimal")
    quantity = Fraction(billed(line), KWH) if line.unit == "kWh" else Fraction(line.quantity)
    return half_up(quantity * Fraction(line.price))


def in_force(operation: Operation, month: Month, host: Host) -> Mapping[str, object]:
    """What prices a month, in named values for its fingerprint: who is in which group when, and its tariffs."""
    members: dict[str, object] = {}
    groups: dict[str, dict[date, object]] = {}
    for one in operation.participants.values():
        if one.role != "consumer" or not takes_part(one, month):
            continue
        first, last = window(one, month)
        members[one.id] = {"tariff": one.tariff, "from": first, "to": last}
        if one.tariff is not None and one.tariff not in groups:
            groups[one.tariff] = {
                stretch.first: _meaning(stretch, stretch.entry, host.get(TariffRule, stretch.entry.rule))
                for stretch in stretches(operation.tariffs.get(one.tariff, ()), month.first, month.next.first)
                if stretch.entry
            }
    return {"members": members, "tariffs": groups, **Taxation.of(operation, host).in_force(month)}


def _meaning(stretch: Stretch, entry: Entry, rule: TariffRule) -> Mapping[str, object]:
    options = rule.in_force(entry.options, stretch.first, stretch.last)
    return {"rule": rule.id, "version": rule.version, "with": options}
