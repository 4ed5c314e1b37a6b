"""A month's production shared: the keys in force, applied stretch by stretch, and never taken on trust.

A key that changes, a member who joins or leaves, cuts the month at that local midnight. Each stretch is handed to
its rule; what comes back is conserved and capped, or refused with the name of who broke it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mitoyen import allocation
from mitoyen.balances import Cap, Purse, Within, received
from mitoyen.clock import Clock, Month
from mitoyen.contracts import (
    MISSING,
    AllocationRule,
    Energies,
    Finding,
    Operation,
    Participant,
    Place,
    Shares,
    Sharing,
    Unshareable,
)
from mitoyen.curves import Curves, Name
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.model import Stretch, stretches, takes_part, window


@dataclass(frozen=True, slots=True)
class Shared:
    """A month's energy, rows by participant id.

    ``produced`` [producer, step], ``consumed`` [consumer, step], ``pairs`` [producer, consumer, step].
    """

    clock: Clock
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    produced: Energies
    consumed: Energies
    pairs: Energies
    notes: tuple[str, ...] = ()

    @property
    def shared(self) -> Energies:
        """[consumer, step]"""
        return np.asarray(self.pairs.sum(axis=0, dtype=np.int64))

    @property
    def given(self) -> Energies:
        """[producer, step]"""
        return np.asarray(self.pairs.sum(axis=1, dtype=np.int64))

    def curves(self) -> Curves:
        values = {Name(one, "produced"): row for one, row in zip(self.producers, self.produced, strict=True)}
        values |= {Name(one, "consumed"): row for one, row in zip(self.consumers, self.consumed, strict=True)}
        for producer, rows in zip(self.producers, self.pairs, strict=True):
            values |= {Name(one, "shared", producer): row for one, row in zip(self.consumers, rows, strict=True)}
        return Curves(self.clock, values)

    @classmethod
    def nothing(cls, clock: Clock, producers: Sequence[str], consumers: Sequence[str]) -> Shared:
        """Zeros, to be filled in."""
        return cls(
            clock,
            tuple(producers),
            tuple(consumers),
            np.zeros((len(producers), clock.steps), dtype=np.int64),
            np.zeros((len(consumers), clock.steps), dtype=np.int64),
            np.zeros((len(producers), len(consumers), clock.steps), dtype=np.int64),
        )

    @classmethod
    def from_curves(cls, curves: Curves) -> Shared:
        names = sorted(curves.values)
        producers = tuple(name.id for name in names if name.kind == "produced")
        consumers = tuple(name.id for name in names if name.kind == "consumed")
        steps = curves.clock.steps

        def rows(ids: Sequence[str], kind: str, toward: str = "") -> Energies:
            found = [curves.values[Name(one, kind, toward)] for one in ids]
            return np.stack(found) if found else np.zeros((0, steps), dtype=np.int64)

        pairs = [rows(consumers, "shared", producer) for producer in producers]
        return cls(
            curves.clock,
            producers,
            consumers,
            rows(producers, "produced"),
            rows(consumers, "consumed"),
            np.stack(pairs) if pairs else np.zeros((0, len(consumers), steps), dtype=np.int64),
        )


def share(operation: Operation, month: Month, curves: Curves, host: Host, caps: Sequence[Cap] = ()) -> Shared:
    """Apply the keys in force during a month to its frozen curves. Raise Refused where they cannot be applied.

    ``caps`` are what some may receive at most; the shares that an operator published stand whatever they say.
    """
    members = [one for one in operation.participants.values() if takes_part(one, month)]
    producers = tuple(sorted(one.id for one in members if one.role == "producer"))
    consumers = tuple(sorted(one.id for one in members if one.role == "consumer"))
    clock = curves.clock
    result = Shared.nothing(clock, producers, consumers)
    measures = _Measures(operation, month, curves)
    notes: list[str] = []
    purses = [Purse.of(cap) for cap in caps]
    edges = [edge for one in members for edge in window(one, month)]
    edges += (edge for purse in purses for edge in purse.edges)
    for stretch in stretches(operation.keys, month.first, month.next.first, *edges):
        present = sorted((one for one in members if one.in_force(stretch.first)), key=lambda one: one.id)
        giving = [one for one in present if one.role == "producer"]
        taking = [one for one in present if one.role == "consumer"]
        opened = [(purse, to) for purse in purses if (to := purse.opens(stretch.first))]
        first, last = clock.index(stretch.first), clock.index(stretch.last)
        rows_p = [producers.index(one.id) for one in giving]
        rows_c = [consumers.index(one.id) for one in taking]
        produced = measures.rows(giving, "measured", first, last)
        consumed = measures.rows(taking, "measured", first, last)
        result.produced[rows_p, first:last] = produced
        result.consumed[rows_c, first:last] = consumed
        if not giving or not taking:
            continue
        key = _Key.of(operation, stretch, measures, giving, taking, produced, consumed, host)
        pairs, told = key.apply(opened)
        result.pairs[np.ix_(rows_p, rows_c, range(first, last))] = pairs
        notes += [f"{stretch.first}: {note}" for note in told]
    return Shared(clock, producers, consumers, result.produced, result.consumed, result.pairs, tuple(notes))


def measured_throughout(curves: Curves, meter: str) -> bool:
    """Whether a meter has a measure at every step."""
    values = curves.values.get(Name(meter, "measured"))
    return values is not None and not bool((values == MISSING).any())


@dataclass(frozen=True, slots=True)
class _Measures:
    """The month's curves by participant."""

    operation: Operation
    month: Month
    curves: Curves

    def rows(self, members: Sequence[Participant], kind: str, first: int, last: int, toward: str = "") -> Energies:
        """[member, step], MISSING where nothing was delivered. Raise Refused where a measure is missing."""
        rows = np.full((len(members), last - first), MISSING, dtype=np.int64)
        for index, member in enumerate(members):
            values = self.curves.values.get(Name(member.meter, kind, toward))
            if values is not None:
                rows[index] = values[first:last]
            if kind == "measured" and (values is None or (rows[index] == MISSING).any()):
                raise Refused(
                    Finding(
                        "ACC419",
                        f"the data of {self.month} lack meter {member.meter} of {member.id} "
                        f"from {self.curves.clock.stamp(first)}",
                        self.operation.locate(f"data/{self.month}.yaml", "snapshot"),
                        f"fetch the month again: mitoyen fetch {self.operation.id} --month {self.month}",
                    )
                )
        return rows

    def any(self, members: Sequence[Participant], kind: str) -> bool:
        return any(name.kind == kind and name.id in {one.meter for one in members} for name in self.curves.values)

    def coefficients(
        self, giving: Sequence[Participant], taking: Sequence[Participant], first: int, last: int
    ) -> Energies | None:
        if not self.any(taking, "coefficient"):
            return None
        if any(name.toward for name in self.curves.values):
            return np.stack([self.rows(taking, "coefficient", first, last, one.id) for one in giving])
        return self.rows(taking, "coefficient", first, last)


@dataclass(frozen=True, slots=True)
class _Key:
    """One rule over one stretch."""

    rule: AllocationRule
    sharing: Sharing
    month: Month
    place: Place

    @classmethod
    def of(
        cls,
        operation: Operation,
        stretch: Stretch,
        measures: _Measures,
        giving: Sequence[Participant],
        taking: Sequence[Participant],
        produced: Energies,
        consumed: Energies,
        host: Host,
    ) -> _Key:
        """Raise Refused where no key is in force, or what it reads was not delivered."""
        key = stretch.entry
        if key is None:
            raise Refused(
                Finding(
                    "ACC206",
                    f"no key is in force on {stretch.first}, and {len(taking)} consumers take part",
                    operation.locate("keys.yaml"),
                    f"add a key from {stretch.first} on, or an earlier first key",
                )
            )
        place = operation.locate("keys.yaml", key.start.isoformat(), "rule")
        rule = host.get(AllocationRule, key.rule, place)
        clock = measures.curves.clock
        first, last = clock.index(stretch.first), clock.index(stretch.last)
        needed = rule.needs(key.options)
        has = {
            "published": measures.any(taking, "shared"),
            "coefficients": measures.any(taking, "coefficient"),
        }
        if needed and not has[needed]:
            raise Refused(
                Finding(
                    "ACC423",
                    f"the key {rule.id} reads the operator's {needed} values: the data of {measures.month} "
                    "have none",
                    place,
                    "map their columns in operation.yaml (mtr-01/shared, or a block of coefficients) and fetch "
                    "again",
                )
            )
        sharing = Sharing(
            producers=tuple(one.id for one in giving),
            consumers=tuple(one.id for one in taking),
            produced=produced,
            consumed=consumed,
            clock=clock.part(first, last),
            options=key.options,
            published=measures.rows(taking, "shared", first, last) if has["published"] else None,
            published_surplus=measures.rows(giving, "surplus", first, last)
            if measures.any(giving, "surplus")
            else None,
            coefficients=measures.coefficients(giving, taking, first, last),
        )
        return cls(rule, sharing, measures.month, place)

    def apply(self, opened: Sequence[tuple[Purse, str]]) -> tuple[Energies, tuple[str, ...]]:
        """[producer, consumer, step] and what the rule had to say, within what is left in some purses."""
        steps, consumed, notes = self.sharing.clock.steps, self.sharing.consumed, []

        def share(first: int, last: int, consumed: Energies) -> Energies:
            pairs, told = self._run(self.sharing.part(first, last, consumed))
            notes.append(told)
            return pairs

        mine = [(self.sharing.consumers.index(purse.cap.member), purse, to) for purse, to in opened]
        if not mine or self.rule.binding:
            pairs = share(0, steps, consumed)
            for row, purse, _to in mine:
                purse.left = max(0, purse.left - received(pairs, row))
        else:
            others = {row: purse for row, purse, to in mine if to == "others"}
            surplus = {row: purse for row, purse, to in mine if to == "surplus"}
            pairs = Within(share, consumed, others, surplus).pairs()
        return pairs, notes[0]

    def _run(self, sharing: Sharing) -> tuple[Energies, tuple[str, ...]]:
        try:
            shares = self.rule.allocate(sharing)
        except Unshareable as refusal:
            raise Refused(
                Finding(
                    "ACC426",
                    f"{self.rule.id} cannot share {self.month}: {refusal}, at {sharing.clock.stamp(refusal.step)}",
                    self.place,
                    "correct the data and fetch the month again, or choose another key",
                )
            ) from refusal
        try:
            return by_pair(sharing, shares), shares.notes
        except ValueError as error:
            raise Refused(
                Finding(
                    "ACC606",
                    f"the rule {self.rule.id} (version {self.rule.version}) broke a law of sharing: {error}",
                    self.place,
                    "nothing was kept; this is a fault of the plugin, tell its authors",
                )
            ) from error


def by_pair(sharing: Sharing, shares: Shares) -> Energies:
    """Who got whose energy, [producer, consumer, step]: checked, and attributed where the rule pooled production.

    Raise ValueError where the shares are negative, of another shape, more than was consumed or more than was
    produced: whatever a rule does, shared + surplus = produced and 0 <= shared <= consumed, for each and for all.
    """
    shared = shares.shared
    pooled = (len(sharing.consumers), sharing.clock.steps)
    if shared.dtype != np.int64 or shared.shape not in (pooled, (len(sharing.producers), *pooled)):
        raise ValueError(f"shares of type {shared.dtype} and shape {shared.shape}")
    _must(shared >= 0, "a share is negative")
    total = shared if shared.ndim == 2 else shared.sum(axis=0, dtype=np.int64)
    _must(total <= sharing.consumed, "a share is more than was consumed")
    _must(total.sum(axis=0, dtype=np.int64) <= sharing.pot, "the shares are more than was produced")
    if shared.ndim == 3:
        _must(shared.sum(axis=1, dtype=np.int64) <= sharing.produced, "a producer gives more than it produced")
        return shared
    return allocation.attribute(shared, sharing.produced, shares.given)


def _must(holds: np.ndarray, otherwise: str) -> None:
    if not holds.all():
        step = int(np.flatnonzero(~holds.reshape(-1, holds.shape[-1]).all(axis=0))[0])
        raise ValueError(f"{otherwise}, at step {step}")


def in_force(operation: Operation, month: Month, host: Host, caps: Sequence[Cap] = ()) -> Mapping[str, object]:
    """What shares a month, in named values for its fingerprint: members, keys and clock, clipped to the month."""
    members = {}
    for one in operation.participants.values():
        if takes_part(one, month):
            first, last = window(one, month)
            members[one.id] = {"meter": one.meter, "role": one.role, "from": first, "to": last}
    keys = {
        stretch.first: {
            "rule": stretch.entry.rule,
            "version": host.get(AllocationRule, stretch.entry.rule).version,
            "with": stretch.entry.options,
        }
        for stretch in stretches(operation.keys, month.first, month.next.first)
        if stretch.entry
    }
    capped = {"caps": {f"{one.member} {one.rule}": one.meaning() for one in caps}} if caps else {}
    return {"members": members, "keys": keys, **capped}


def binding(operation: Operation, month: Month, host: Host) -> bool:
    """Whether all the shares of a month are those an operator published."""
    parts = stretches(operation.keys, month.first, month.next.first)
    return all(part.entry and host.get(AllocationRule, part.entry.rule).binding for part in parts)
