"""What each consumer owes for a month: tariffs applied stretch by stretch, one rounding a line.

A tariff that changes, a member who joins or leaves, cuts the month at that local midnight; a key does not, since
it moves energy and not prices. A line bills whole watt-hours; its amount is Decimal, rounded half up to the cent
once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from mitoyen import excise, membership, revenue, surplus, taxes
from mitoyen.clock import Month
from mitoyen.contracts import (
    KWH,
    NOTHING,
    Charges,
    Energy,
    Entry,
    Finding,
    Least,
    Line,
    Operation,
    Participant,
    Supply,
    TariffRule,
    Unpriced,
)
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.model import Stretch, stretches, takes_part, window
from mitoyen.model import in_force as in_force_on
from mitoyen.quantities import half_up, whole
from mitoyen.sharing import Shared
from mitoyen.taxes import ZERO, Taxation


def price(
    operation: Operation, month: Month, shared: Shared, host: Host, carried: Mapping[str, Any] = NOTHING
) -> dict[str, Any]:
    """The month's result by member, in plain values: energies in milliwatt-hours, money as text.

    ``carried`` is what each member's rules carried on from the months before, by member and rule; the same goes on
    under ``carried``, for those who have any. Raise Refused where someone's energy has no price.
    """
    given, got = shared.given, shared.shared
    taxation = Taxation.of(operation, host)
    members: list[dict[str, Any]] = []
    goes_on: dict[str, Any] = {}
    for row, consumer in enumerate(shared.consumers):
        consumed, bought = int(shared.consumed[row].sum()), int(got[row].sum())
        lines, states = _bill(operation, month, shared, row, taxation, host, carried.get(consumer, NOTHING))
        goes_on |= {consumer: states} if states else {}
        lines += (
            _plain(line, None, stretch) | tax
            for line, stretch, tax in (
                *excise.lines(operation, month, shared, row, taxation),
                *membership.lines(operation, month, consumer, taxation),
            )
        )
        members.append(
            _member(
                consumer,
                "consumer",
                consumed=consumed,
                shared=bought,
                complement=consumed - bought,
                lines=lines,
            )
            | _left(states, host)
        )
    earned = revenue.by_producer(members)
    buyers = _buyers(operation, month, shared, taxation)
    for row, producer in enumerate(shared.producers):
        produced, sold = int(shared.produced[row].sum()), int(given[row].sum())
        member = _member(producer, "producer", produced=produced, shared=sold, surplus=produced - sold)
        member |= _sales(shared, row, earned.get(producer, {}))
        if surplus.dealt(operation, month, producer, taxation):
            gone = list(revenue.of_surplus(buyers, producer))
            paid = sum((Decimal(one["amount"]) for one in gone), ZERO)
            member |= {"surplus_revenue": str(paid), "surplus_sales": gone}
        members.append(member)
    members += buyers
    priced = {"members": sorted(members, key=lambda member: str(member["id"]))}
    return priced | ({"carried": goes_on} if goes_on else {})


def _left(states: Mapping[str, Any], host: Host) -> dict[str, int]:
    """The energy a member paid for and has not received yet, where one of its rules counts it."""
    balances = [
        rule.balance(state) for name, state in states.items() if (rule := host.get(TariffRule, name)).balance
    ]
    return {"left": sum(balances)} if balances else {}


def _sales(shared: Shared, row: int, earned: Mapping[str, Decimal]) -> dict[str, Any]:
    """What a producer sold to whom, and what they pay for it."""
    quantities = zip(shared.consumers, shared.pairs[row].sum(axis=1, dtype=np.int64).tolist(), strict=True)
    sales = [
        {"consumer": consumer, "quantity": quantity, "amount": str(earned.get(consumer, ZERO))}
        for consumer, quantity in quantities
        if quantity
    ]
    return {"revenue": str(sum(earned.values(), ZERO)), "sales": sales}


def _buyers(operation: Operation, month: Month, shared: Shared, taxation: Taxation) -> list[dict[str, Any]]:
    """Who bought surplus: a record each, as a member has."""
    bought: dict[str, list[dict[str, Any]]] = {}
    for buyer, line, stretch, tax in surplus.lines(operation, month, shared, taxation):
        bought.setdefault(buyer, []).append(_plain(line, None, stretch) | tax)
    return [
        _member(buyer, "buyer", surplus=sum(sum(line["weights"].values()) for line in lines), lines=lines)
        for buyer, lines in sorted(bought.items())
    ]


def _member(
    name: str,
    role: str,
    *,
    produced: int = 0,
    consumed: int = 0,
    shared: int = 0,
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


def _bill(
    operation: Operation,
    month: Month,
    shared: Shared,
    row: int,
    taxation: Taxation,
    host: Host,
    carried: Mapping[str, Any],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A consumer's lines of the month, and what its rules carry on from it, by rule."""
    participant = operation.participants[shared.consumers[row]]
    lines: list[dict[str, Any]] = []
    states = dict(carried)
    if participant.tariff is None:
        return lines, states
    entries = operation.tariffs.get(participant.tariff, ())
    leasts: list[tuple[Stretch, Least]] = []
    paid = ZERO
    for stretch in stretches(entries, *window(participant, month), *taxation.cuts(month)):
        rule = _rule(operation, participant, stretch, host)
        energies = sold(operation, month, shared, row, stretch, taxation)
        if rule.carries:
            energies = _going_on(operation, participant, stretch, energies, states.get(rule.id, NOTHING))
        with _told(operation, participant, stretch, rule):
            charges = {seller: rule.price(energy) for seller, energy in energies.items()}
            mine = list(_charged(operation, participant, stretch, energies, charges, taxation))
        lines += mine
        first = next(iter(charges.values()))
        if first.least:
            leasts.append((stretch, first.least))
            paid += sum((Decimal(line["amount"]) for line in mine if "weights" in line), ZERO)
        if rule.carries:
            states[rule.id] = dict(first.carried)
    if leasts:
        lines += _top_up(operation, participant, leasts, paid, taxation)
    return lines, states


def _rule(operation: Operation, participant: Participant, stretch: Stretch, host: Host) -> TariffRule:
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
    return host.get(TariffRule, stretch.entry.rule)


@contextmanager
def _told(operation: Operation, participant: Participant, stretch: Stretch, rule: TariffRule) -> Iterator[None]:
    """What a rule raises, as a finding at the entry that names it."""
    assert stretch.entry is not None  # noqa: S101 - the rule is of that entry
    place = operation.locate("tariffs.yaml", participant.tariff or "", stretch.entry.start.isoformat(), "rule")
    try:
        yield
    except Unpriced as unpriced:
        raise Refused(Finding("ACC319", f"{participant.id}: {unpriced}", place, unpriced.advice)) from unpriced
    except (TypeError, ValueError, ArithmeticError) as error:
        name = f"{rule.id} (version {rule.version})"
        raise Refused(
            Finding(
                "ACC606",
                f"the tariff rule {name} cannot price {participant.id}: {error}",
                place,
                "nothing was kept; this is a fault of the plugin, tell its authors",
            )
        ) from error


def _going_on(
    operation: Operation,
    participant: Participant,
    stretch: Stretch,
    energies: Mapping[str | None, Energy],
    carried: Mapping[str, Any],
) -> Mapping[str | None, Energy]:
    """A stretch's energy with what the rule knows of the days before it. Raise Refused on several sellers."""
    assert stretch.entry is not None  # noqa: S101 - the rule is of that entry
    if len(energies) > 1:
        group, start = participant.tariff or "", stretch.entry.start.isoformat()
        names = ", ".join(sorted(str(seller) for seller in energies))
        raise Refused(
            Finding(
                "ACC318",
                f"{participant.id} would buy from {len(energies)} sellers at once ({names})",
                operation.locate("tariffs.yaml", group, start, "rule"),
                f"the rule {stretch.entry.rule} is a contract with one seller: let one sell all the energy, or "
                "choose another rule",
            )
        )
    bought = operation.packages.get(participant.id, ())
    packages = tuple(one for one in bought if stretch.first <= one.day < stretch.last)
    last = ends(operation, participant, stretch.last)
    [(seller, energy)] = energies.items()
    return {seller: replace(energy, carried=carried, packages=packages, ends=last)}


def ends(operation: Operation, participant: Participant, day: date) -> bool:
    """Whether a member leaves on a day, or another rule than that of the day before begins on it."""
    entries = operation.tariffs.get(participant.tariff or "", ())
    before, after = (in_force_on(entries, one) for one in (day - timedelta(days=1), day))
    return participant.to == day or (before is not None and after is not None and before.rule != after.rule)


def _charged(
    operation: Operation,
    participant: Participant,
    stretch: Stretch,
    energies: Mapping[str | None, Energy],
    charges: Mapping[str | None, Charges],
    taxation: Taxation,
) -> Iterator[dict[str, Any]]:
    """The lines of a stretch in plain values: each seller's energy, and what the organiser asks for, once."""
    group = participant.tariff or ""
    by_kwh: dict[tuple[Any, ...], Line] = {}
    for place, (seller, energy) in enumerate(energies.items()):
        for line in charges[seller].lines:
            if _supply(line) == "goods":
                if line.quantity or len(energies) == 1:
                    tax = taxation.written(seller, "goods", stretch.first)
                    yield _plain(line, group, stretch) | tax | _weights(line, energy)
            elif line.unit == "kWh":  # the parts of all sellers make one line
                same = (line.item, line.price, line.option, line.days)
                before = by_kwh.get(same)
                by_kwh[same] = replace(line, quantity=line.quantity + before.quantity) if before else line
            elif place == 0:
                yield _plain(line, group, stretch) | _service(operation, stretch.first, taxation)
    for line in by_kwh.values():
        yield _plain(line, group, stretch) | _service(operation, stretch.first, taxation)


def _top_up(
    operation: Operation,
    participant: Participant,
    leasts: Sequence[tuple[Stretch, Least]],
    paid: Decimal,
    taxation: Taxation,
) -> Iterator[dict[str, Any]]:
    """What the energy of the days that have a minimum falls short of it: a service, as no energy goes with it."""
    short = half_up(sum((least.amount for _stretch, least in leasts), Fraction(0))) - paid
    if short > 0:
        (first, least), (last, _least) = leasts[0], leasts[-1]
        line = Line("minimum", 1, "month", short, least.option)
        days = Stretch(first.first, last.last, first.entry)
        yield _plain(line, participant.tariff or "", days) | _service(operation, last.first, taxation)


def _supply(line: Line) -> Supply:
    return line.supply or ("goods" if line.unit == "kWh" else "service")


def _service(operation: Operation, day: date, taxation: Taxation) -> dict[str, str]:
    return taxation.written(operation.organiser if taxation.tax else None, "service", day)


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
    """What the amount of energy sold is split by, between the plants it came from: no deposit, and no deduction."""
    if line.kind != "sale":
        return {}
    known = line.by_producer
    weights = {name: int(row.sum()) for name, row in energy.by_producer.items()} if known is None else known
    return {"weights": {name: weight for name, weight in sorted(weights.items()) if weight}}


def _plain(line: Line, group: str | None, stretch: Stretch) -> dict[str, Any]:
    """A line in plain values, its amount rounded; the group is None where no tariff makes it."""
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
        **({"tariff": group, "option": list(line.option)} if group is not None else {}),
        **({"kind": line.kind} if line.kind != "sale" else {}),
        **({"bought": line.bought.isoformat()} if line.bought else {}),
        **({"supply": line.supply} if line.supply else {}),
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


def rounded(line: Line) -> Decimal:
    """A line's amount, rounded once, half up, to the cent.

    Raise TypeError on a price that is not exact, ValueError on a negative one.
    """
    if not isinstance(line.price, Decimal | int):
        raise TypeError(f"the price of {line.item} is a {type(line.price).__name__}, money is Decimal")
    if line.price < 0:
        raise ValueError(f"the price of {line.item} is negative, what is given back is a negative quantity")
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
    taxation = Taxation.of(operation, host)
    return {
        "members": members,
        "tariffs": groups,
        **taxation.in_force(month),
        **excise.in_force(operation, month, taxation),
        **surplus.in_force(operation, month, taxation),
        **membership.in_force(operation, month),
    }


def _meaning(stretch: Stretch, entry: Entry, rule: TariffRule) -> Mapping[str, object]:
    options = rule.in_force(entry.options, stretch.first, stretch.last)
    return {"rule": rule.id, "version": rule.version, "with": options}
