"""What a month may show to an audience, so that nobody's energy or amount can be read in it or worked out from it.

The rules, for an audience of members or the public:

- what consumers took is shown of three persons together or more, on every day of the month on which any of them
  takes part, never of fewer. A payer with several meters is one person. Whom the key leaves out is not counted, nor
  who received nothing on a day on which others did: a delivered table leaves out as well, or a package used up;
- consumers are grouped by tariff; groups that are too small are put together, and with the smallest of the others
  where that is not enough, so that no group is the rest of a sum;
- amounts are shown only where every tariff is one of three persons or more, each of its prices is paid by three or
  more, and the others are none or three or more: prices are public, and two sums and two prices give both energies
  away. What one of them owes now and then, such as a top-up to a minimum, is in no sum;
- for the public, plants are shown one by one, and what their surplus is sold for, where all are the organiser's;
  else production as a whole, where on every day the organiser gives some of it, or three others do. No amount is
  shown then where one of its prices is that of one or two others;
- for members, how many are covered how much is counted in bands of three persons or more, or of nobody.

Members see every plant, whoever owns it, and so what it earns. Who is one of three knows two others as a sum.

What this leaves out: one of three may take nearly all of it; under equal parts, or where one is served first, who
knows the key knows to whom the little of a dark step went; and two sites of one month, before and after it was
restated, differ by what was restated, which may be one member's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mitoyen.clock import Month
from mitoyen.contracts import Operation, Participant
from mitoyen.model import in_force, takes_part

Active = Mapping[str, frozenset[date]]
"""By participant, the days of a month on which a consumer received anything, or a plant gave anything."""

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


def sight(
    operation: Operation,
    month: Month,
    audience: str,
    named: frozenset[str] | None = None,
    active: Active | None = None,
) -> Sight:
    """What that month of the operation may show to ``board``, ``members`` or ``public``.

    The board sees the consumers that are ``named`` one by one (all of them by default), the others together.
    Where ``active`` is not known, whoever takes part and is served by the key counts.
    """
    here = [one for one in operation.participants.values() if takes_part(one, month)]
    consumers = [one for one in here if one.role == "consumer"]
    by_tariff: dict[str, list[Participant]] = {}
    for one in consumers:
        by_tariff.setdefault(one.tariff or "", []).append(one)
    if audience == "board":
        ids = sorted(one.id for one in consumers)
        alone = [Group((), (one,), one) for one in ids if named is None or one in named]
        rest = tuple(one for one in ids if named is not None and one not in named)
        return Sight(True, True, True, True, True, (*alone, *([Group((), rest)] if rest else [])))
    crowds = _Crowds(operation, month, active)
    producers = [one for one in here if one.role == "producer"]
    production = audience == "members" or crowds.shown(producers)
    flows = production and crowds.least(consumers) >= LEAST
    return Sight(
        members=False,
        production=production,
        plants=production and (audience == "members" or all(_own(one, operation) for one in producers)),
        flows=flows,
        money=flows and all(crowds.least(group) >= LEAST for group in by_tariff.values()),
        groups=_groups(by_tariff, crowds) if flows else (),
    )


def person(consumer: Participant) -> str:
    """Who is behind a consumer: its payer, where that is somebody else."""
    return consumer.payer or consumer.id


def enough(persons: int) -> bool:
    """Nobody, or so many that a sum of theirs is nobody's."""
    return persons == 0 or persons >= LEAST


def mixed(sellers: set[str], operation: Operation) -> bool:
    """Whether what these sold together is not that of one or two of them, the organiser apart."""
    return operation.organiser in sellers or enough(len(sellers))


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
    """Who is behind what is shown of a month, day by day."""

    def __init__(self, operation: Operation, month: Month, active: Active | None) -> None:
        self._operation = operation
        self._active = active
        self._days = [month.first + timedelta(days=day) for day in range(month.days)]

    def least(self, consumers: Iterable[Participant]) -> int:
        """How many persons, on the day on which they are fewest. A day without any of them does not count."""
        some = list(consumers)
        return min((len(they) for day in self._days if (they := self._persons(some, day)) is not None), default=0)

    def shown(self, producers: list[Participant]) -> bool:
        """Whether all they gave is the organiser's in part, or that of three others, on every day."""
        return all(
            mixed({one.seller or self._operation.organiser for one in self._there(producers, day)}, self._operation)
            for day in self._days
        )

    def _persons(self, consumers: list[Participant], day: date) -> set[str] | None:
        """None where none of them takes part; those who receive, where any of them does."""
        here = [one for one in consumers if one.in_force(day)]
        if not here:
            return None
        key = in_force(self._operation.keys, day)
        served = [one for one in here if key is None or key.serves is None or one.id in key.serves]
        took = {person(one) for one in self._there(served, day)}
        return took or {person(one) for one in served}

    def _there(self, some: list[Participant], day: date) -> Iterator[Participant]:
        """Those who take part on a day, and gave or received anything on it, where that is known."""
        for one in some:
            if one.in_force(day) and (self._active is None or day in self._active.get(one.id, ())):
                yield one
