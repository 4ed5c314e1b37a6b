"""What a month may show to an audience, so that nobody's energy or amount can be read in it or worked out from it.

The rules, for an audience of members or the public:

- what consumers took is shown of three persons together or more, on every day of the month, never of fewer; a payer
  with several meters is one person, and whoever the key leaves out is not counted;
- consumers are grouped by tariff; groups that are too small are put together, and with the smallest of the others
  where that is not enough, so that no group is the rest of a sum;
- amounts are shown only where every price is paid by three persons or more: prices are public, and two sums and two
  prices give both energies away;
- for the public, plants are shown one by one where all of them are the organiser's; production as a whole, where it
  is not that of one or two others.

Whoever is one of three knows two others only as a sum. What this leaves out: one of them may take nearly all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from mitoyen.clock import Month
from mitoyen.contracts import Operation, Participant
from mitoyen.model import stretches, takes_part, window

LEAST = 3
"""Persons behind a figure."""


@dataclass(frozen=True, slots=True)
class Group:
    """Consumers shown together: of these tariffs, or the one of that pseudonym."""

    tariffs: tuple[str, ...]
    consumers: tuple[str, ...]
    member: str | None = None
    """Where it is one consumer, by pseudonym: for the board only."""

    @property
    def key(self) -> str:
        """What tells it from the others of the month, and is the same in every month; empty for whoever is left."""
        return self.member or "+".join(self.tariffs)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one month of one operation shows."""

    members: bool
    """Everyone by pseudonym."""
    production: bool
    plants: bool
    """Plants one by one."""
    flows: bool
    """What consumers took together, and so what they did not: shared, complement, surplus."""
    money: bool
    """What they paid, and so what was earned from them."""
    groups: tuple[Group, ...]
    """Who the shared energy went to: every consumer in one group; empty where they are not told apart."""


def sight(operation: Operation, month: Month, audience: str, named: frozenset[str] | None = None) -> Sight:
    """What that month of the operation may show to ``board``, ``members`` or ``public``.

    The board sees the consumers that are ``named`` one by one (all of them by default), the others together.
    """
    here = [one for one in operation.participants.values() if takes_part(one, month)]
    consumers = [one for one in here if one.role == "consumer"]
    if audience == "board":
        ids = sorted(one.id for one in consumers)
        alone = [Group((), (one,), one) for one in ids if named is None or one in named]
        rest = tuple(one for one in ids if named is not None and one not in named)
        return Sight(True, True, True, True, True, (*alone, *([Group((), rest)] if rest else [])))
    crowds = _Crowds(operation, month)
    by_tariff: dict[str, list[Participant]] = {}
    for one in consumers:
        by_tariff.setdefault(one.tariff or "", []).append(one)
    flows = crowds.least(consumers) >= LEAST
    groups = _groups(by_tariff, crowds) if flows else ()
    money = flows and all(crowds.least(group) >= LEAST for group in by_tariff.values())
    producers = [one for one in here if one.role == "producer"]
    others = {one.seller for one in producers if one.seller not in (None, operation.organiser)}
    production = audience == "members" or len(others) >= LEAST or any(_own(one, operation) for one in producers)
    return Sight(
        members=False,
        production=production,
        plants=production and (audience == "members" or not others),
        flows=flows and production,
        money=money and production,
        groups=groups if production else (),
    )


def _own(producer: Participant, operation: Operation) -> bool:
    return producer.seller in (None, operation.organiser)


def _groups(by_tariff: Mapping[str, list[Participant]], crowds: _Crowds) -> tuple[Group, ...]:
    """Tariff groups, the small ones put together; nothing where that leaves one."""
    ordered = sorted(by_tariff, key=lambda name: (crowds.least(by_tariff[name]), name))
    small = [name for name in ordered if crowds.least(by_tariff[name]) < LEAST]
    rest = [name for name in ordered if name not in small]
    while small and rest and crowds.least(_all(by_tariff, small)) < LEAST:
        small.append(rest.pop(0))
    parts = [[name] for name in sorted(rest)] + ([sorted(small)] if small else [])
    if len(parts) < 2:
        return ()
    return tuple(Group(tuple(part), tuple(sorted(one.id for one in _all(by_tariff, part)))) for part in parts)


def _all(by_tariff: Mapping[str, list[Participant]], names: Iterable[str]) -> list[Participant]:
    return [one for name in names for one in by_tariff[name]]


class _Crowds:
    """How many persons are behind some consumers, on the day of a month on which they are fewest."""

    def __init__(self, operation: Operation, month: Month) -> None:
        self._served = [
            (stretch.first, stretch.last, stretch.entry.serves if stretch.entry else None)
            for stretch in stretches(operation.keys, month.first, month.next.first)
        ]
        self._days = month.first, month.next.first
        self._month = month

    def least(self, consumers: Iterable[Participant]) -> int:
        some = list(consumers)
        edges = {day for one in some for day in window(one, self._month)} | {first for first, _, _ in self._served}
        days = sorted(day for day in edges | {self._days[0]} if self._days[0] <= day < self._days[1])
        return min(len(self._persons(some, day)) for day in days)

    def _persons(self, consumers: list[Participant], day: date) -> set[str]:
        serves = next((who for first, last, who in self._served if first <= day < last), None)
        return {
            one.payer or one.id for one in consumers if one.in_force(day) and (serves is None or one.id in serves)
        }
