"""A settled month as an audience sees it: the figures of ``settle --format json``, less what is not for it.

What is hidden is None or empty here. Steps are those of the month's clock, energy is milliwatt-hours, money EUR.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from mitoyen import excise, membership
from mitoyen.chain import Chain
from mitoyen.clock import Clock, Month
from mitoyen.contracts import Energies, Operation
from mitoyen.model import takes_part, window
from mitoyen.report.sight import Active, Group, Sight, enough, mixed, person, sight
from mitoyen.settlement import Unit
from mitoyen.sharing import Shared
from mitoyen.taxes import ZERO

BANDS = (5, 4, 3, 2)
"""Into how many parts coverage is cut for members: the first of them where nobody is in a band with one other."""

TOP_UP = "minimum"
"""The item of what a month is short of the least that energy costs: it says how much its member received."""


@dataclass(frozen=True, slots=True)
class Part:
    """What some consumers took together."""

    group: Group
    shared: Energies
    """[step]"""
    consumed: Energies
    """[step]"""
    energy: int
    """The sum of ``shared``."""


@dataclass(frozen=True, slots=True)
class Plant:
    id: str
    power: int | None
    """Watts, None where its file does not say."""
    produced: Energies
    """[step]; zero on days on which it takes no part."""
    days: tuple[int, int]
    """The steps in which it takes part, the last exclusive."""


@dataclass(frozen=True, slots=True)
class Money:
    """EUR of a month, before tax."""

    energy: Decimal
    """What consumers owe for the energy of their neighbours."""
    fees: Decimal
    """What they owe by the month, or to the organiser by the kilowatt-hour."""
    other: Decimal | None
    """What else they owe: packages, minimums, capital. Of one of them now and then, so for the board only."""
    net: Decimal | None
    vat: Decimal | None
    gross: Decimal | None


@dataclass(frozen=True, slots=True)
class Paid:
    """What the consumers of one tariff took of the energy of their neighbours, and owe for it and in fees."""

    tariff: str
    energy: int
    net: Decimal


@dataclass(frozen=True, slots=True)
class Seen:
    """One month of one operation."""

    month: Month
    clock: Clock
    state: str
    revision: int
    recorded: bool
    """Whether the manifest on record says the same."""
    energy_digest: str
    """Of the month's shares step by step: what its curves are made from."""
    sight: Sight
    consumers: int
    producers: int
    power: int
    """Watts of the plants that take part on the last day; 0 where it is not known of each."""
    energy: Mapping[str, int | None]
    """``produced``, ``consumed``, ``shared``, ``complement``, ``surplus``."""
    produced: Energies | None
    """[step], of all plants."""
    consumed: Energies | None
    """[step], of all consumers."""
    shared: Energies | None
    """[step]"""
    parts: tuple[Part, ...]
    plants: tuple[Plant, ...]
    money: Money | None
    tariffs: tuple[Paid, ...]
    """What the consumers of each tariff took and owe, by name; empty where amounts are not shown."""
    surplus: Decimal | None
    """What the buyers of surplus owe for it, before tax; None where nobody buys it or it is not shown."""
    covered: tuple[int, ...] = ()
    """How many consumers had what part of their consumption from neighbours, in bands as wide as each other; a band
    has none, or those of three persons. Empty where that leaves one band, and for the public."""
    members: tuple[Mapping[str, Any], ...] = ()
    """Everyone's record of the unit, for the board."""


def see(operation: Operation, unit: Unit, chain: Chain, audience: str, named: frozenset[str] | None = None) -> Seen:
    """A settled unit with its curves; ``named`` as for :func:`sight`.

    Raise Refused where the curves are lost and cannot be computed again.
    """
    month = Month.parse(unit.month)
    shared = chain.shared(month)
    allowed = sight(operation, month, audience, named, None if audience == "board" else active(shared))
    if allowed.money and not allowed.members:
        allowed = replace(allowed, money=_priced(operation, unit, allowed))
    energy = unit.energy
    shown = {
        name: value if (allowed.production if name == "produced" else allowed.flows) else None
        for name, value in energy.items()
    }
    here = [one for one in operation.participants.values() if takes_part(one, month)]
    producers = [one for one in here if one.role == "producer"]
    last = [one for one in producers if one.to is None or one.to >= month.next.first]
    return Seen(
        month=month,
        clock=shared.clock,
        state=unit.state,
        revision=unit.revision,
        recorded=unit.manifest is None,
        energy_digest=unit.result["allocation"],
        sight=allowed,
        consumers=sum(one.role == "consumer" for one in here),
        producers=len(producers),
        power=sum(one.power or 0 for one in last) if all(one.power for one in last) else 0,
        energy=shown,
        produced=_sum(shared.produced) if allowed.production else None,
        consumed=_sum(shared.consumed) if allowed.flows else None,
        shared=_sum(shared.shared) if allowed.flows else None,
        parts=tuple(_parts(shared, allowed)) if allowed.flows else (),
        plants=tuple(_plants(operation, shared, month)) if allowed.plants else (),
        money=_money(unit, allowed) if allowed.money else None,
        tariffs=tuple(_tariffs(operation, unit)) if allowed.money else (),
        # It may be sold at a price by producer, so that it says how much of it is whose.
        surplus=unit.surplus["net"] if unit.buyers and allowed.flows and allowed.plants else None,
        covered=_covered(operation, unit) if allowed.flows and audience != "public" else (),
        members=unit.members if allowed.members else (),
    )


def _sum(rows: Energies) -> Energies:
    return np.asarray(rows.sum(axis=0, dtype=np.int64))


def active(shared: Shared) -> Active:
    """On which days of the month each consumer received anything, and each producer gave anything."""
    days, starts, _ends = zip(*shared.clock.days(), strict=True)

    def some(names: Sequence[str], rows: Energies) -> Iterator[tuple[str, frozenset[date]]]:
        for name, any_ in zip(names, np.add.reduceat(rows, starts, axis=1) > 0, strict=True):
            yield name, frozenset(day for day, one in zip(days, any_, strict=True) if one)

    return dict([*some(shared.consumers, shared.shared), *some(shared.producers, shared.produced)])


def _priced(operation: Operation, unit: Unit, allowed: Sight) -> bool:
    """Whether what is paid at each price of a tariff is of enough, for that energy can be worked out from amounts:
    of enough who pay it, beside enough who do not; where plants are not shown one by one, for those of enough."""
    payers: dict[str, set[str]] = {}
    by_price: dict[tuple[str, ...], set[str]] = {}
    sellers: dict[tuple[str, ...], set[str]] = {}
    for one, line in _lines(unit):
        tariff = operation.participants[one].tariff or ""
        at = (tariff, line["unit"], line["price"])
        who = person(operation.participants[one])
        payers.setdefault(tariff, set()).add(who)
        by_price.setdefault(at, set()).add(who)
        for plant in line.get("weights", ()):
            sellers.setdefault(at, set()).add(operation.participants[plant].seller or operation.organiser)
    return all(enough(len(who)) and enough(len(payers[at[0]] - who)) for at, who in by_price.items()) and (
        allowed.plants or all(mixed(some, operation) for some in sellers.values())
    )


def _lines(unit: Unit) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each consumer's lines that are in the amounts shown, those of nothing left out."""
    for one in unit.members:
        if one["role"] == "consumer":
            for line in one["lines"]:
                if _what(line) != "other" and Fraction(line["quantity"]):
                    yield one["id"], line


def _parts(shared: Shared, allowed: Sight) -> Iterable[Part]:
    row = {one: index for index, one in enumerate(shared.consumers)}
    received = shared.shared
    for group in allowed.groups:
        rows = [row[one] for one in group.consumers if one in row]
        taken = _sum(received[rows])
        yield Part(group, taken, _sum(shared.consumed[rows]), int(taken.sum()))


def _covered(operation: Operation, unit: Unit) -> tuple[int, ...]:
    consumers = [one for one in unit.members if one["role"] == "consumer"]
    for bands in BANDS:
        found: list[list[str]] = [[] for _ in range(bands)]
        for one in consumers:
            part = bands * one["shared"] // one["consumed"] if one["consumed"] else 0
            found[min(bands - 1, part)].append(person(operation.participants[one["id"]]))
        if all(enough(len(set(they))) for they in found):
            return tuple(map(len, found))
    return ()


def _plants(operation: Operation, shared: Shared, month: Month) -> Iterable[Plant]:
    for name, row in zip(shared.producers, shared.produced, strict=True):
        one = operation.participants[name]
        first, last = (shared.clock.index(day) for day in window(one, month))
        yield Plant(name, one.power, row, (first, last))


def _money(unit: Unit, allowed: Sight) -> Money:
    sums = paid([one for one in unit.members if one["role"] == "consumer"])
    board = allowed.members
    return Money(
        energy=sums["energy"],
        fees=sums["fees"],
        other=sums["other"] if board else None,
        net=unit.net if board else None,
        vat=unit.vat if board else None,
        gross=unit.gross if board else None,
    )


def _tariffs(operation: Operation, unit: Unit) -> Iterable[Paid]:
    by_tariff: dict[str, list[Mapping[str, Any]]] = {}
    for one in unit.members:
        if one["role"] == "consumer":
            by_tariff.setdefault(operation.participants[one["id"]].tariff or "", []).append(one)
    for tariff, members in sorted(by_tariff.items()):
        sums = paid(members)
        yield Paid(tariff, sum(one["shared"] for one in members), sums["energy"] + sums["fees"])


def paid(members: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """What consumers owe by their records, EUR before tax: ``energy`` of neighbours, ``fees``, and ``other``."""
    sums = {"energy": ZERO, "fees": ZERO, "other": ZERO}
    for one in members:
        for line in one["lines"]:
            sums[_what(line)] += Decimal(line["amount"])
    return sums


def _what(line: Mapping[str, Any]) -> str:
    """Energy sold, a fee by the month or the kilowatt-hour, or something that not everyone pays."""
    if line.get("kind", "sale") != "sale" or line["item"] in (excise.ITEM, membership.ITEM, TOP_UP):
        return "other"
    if line.get("supply") == "service":
        return "fees"
    return {"kWh": "energy", "month": "fees"}.get(line["unit"], "other")
