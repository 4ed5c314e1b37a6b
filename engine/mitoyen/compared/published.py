"""What the grid operator published of a month, by participant, and what must hold between its figures.

An operator says for a consumer what it consumed, what was shared to it (AUTOCONS) and the complement; for a
producer what it produced, what was shared of it (AUTOPROD) and the surplus. One of two parts tells the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock, Month
from mitoyen.contracts import MISSING, Energies, Operation, Participant
from mitoyen.curves import Curves, Name
from mitoyen.model import takes_part, window

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Published:
    """Rows by participant, consumers first, each sorted by id; [row, step], MISSING where nothing was published.

    ``figures`` is what is held against ours: shared of a consumer, surplus of a producer. Outside the days on which
    a participant takes part, everything is MISSING.
    """

    clock: Clock
    consumers: tuple[str, ...]
    producers: tuple[str, ...]
    measured: Energies
    shared: Energies
    rest: Energies
    """Complement of a consumer, surplus of a producer."""

    @property
    def members(self) -> tuple[str, ...]:
        return (*self.consumers, *self.producers)

    @property
    def figures(self) -> Energies:
        taking = len(self.consumers)
        shared = _or(self.shared[:taking], self.measured[:taking], self.rest[:taking])
        surplus = _or(self.rest[taking:], self.measured[taking:], self.shared[taking:])
        return np.concatenate([shared, surplus])

    @property
    def given(self) -> Energies:
        """[producer, step]: AUTOPROD."""
        taking = len(self.consumers)
        return _or(self.shared[taking:], self.measured[taking:], self.rest[taking:])


@dataclass(frozen=True, slots=True)
class Identity:
    """What must hold between published figures, and where it does not."""

    name: str
    whose: str
    """A participant, or empty for all."""
    looked: int
    """Steps at which all its figures are known."""
    beyond: int
    """Steps at which it fails by more than the tolerance."""
    most: int
    """The largest amount by which it fails, milliwatt-hours, and the step of it."""
    at: int
    energy: int
    """All amounts by which it fails, added up."""


def read(operation: Operation, month: Month, curves: Curves) -> Published:
    members = [one for one in operation.participants.values() if takes_part(one, month)]
    taking = sorted((one for one in members if one.role == "consumer"), key=lambda one: one.id)
    giving = sorted((one for one in members if one.role == "producer"), key=lambda one: one.id)
    everyone = [*taking, *giving]
    complement = rows(taking, month, curves, "complement")
    surplus = rows(giving, month, curves, "surplus")
    return Published(
        curves.clock,
        tuple(one.id for one in taking),
        tuple(one.id for one in giving),
        rows(everyone, month, curves, "measured"),
        rows(everyone, month, curves, "shared"),
        np.concatenate([complement, surplus]),
    )


def rows(members: Sequence[Participant], month: Month, curves: Curves, kind: str) -> Energies:
    """[member, step] of one kind, MISSING where there is none and on days without the member."""
    clock = curves.clock
    found = np.full((len(members), clock.steps), MISSING, dtype=np.int64)
    for row, one in zip(found, members, strict=True):
        first, last = (clock.index(day) for day in window(one, month))
        if (values := curves.values.get(Name(one.meter, kind))) is not None:
            row[first:last] = values[first:last]
    return found


def known(values: Energies) -> Mask:
    return np.asarray(values != MISSING)


def identities(published: Published, tolerance: int) -> Iterator[Identity]:
    """Each identity that can be looked at; a sum may fail by the tolerance of each figure in it."""
    taking = len(published.consumers)
    for row, who in enumerate(published.members):
        whole, shared, rest = published.measured[row], published.shared[row], published.rest[row]
        name = "CONS = AUTOCONS + COMPLEMENT" if row < taking else "PROD = AUTOPROD + SURPLUS"
        there = known(whole) & known(shared) & known(rest)
        if there.any():
            yield _held(name, who, whole - shared - rest, there, 2 * tolerance)
    received, given = published.figures[:taking], published.given
    there = _all_known(received, published.measured[:taking]) & _all_known(given, published.measured[taking:])
    if taking and len(given) and there.any():
        off = _total(received) - _total(given)
        yield _held("sum of AUTOCONS = sum of AUTOPROD", "", off, there, len(published.members) * tolerance)


def _held(name: str, whose: str, off: Energies, there: Mask, tolerance: int) -> Identity:
    amounts = np.where(there, np.abs(off), 0)
    at = int(amounts.argmax())
    beyond = amounts > tolerance
    looked = int(there.sum())
    return Identity(name, whose, looked, int(beyond.sum()), int(amounts[at]), at, int(amounts[beyond].sum()))


def _all_known(figures: Energies, measured: Energies) -> Mask:
    """The steps at which a figure is known of everyone who takes part."""
    return np.asarray((known(figures) | ~known(measured)).all(axis=0) & known(figures).any(axis=0))


def _total(figures: Energies) -> Energies:
    return np.asarray(np.where(known(figures), figures, 0).sum(axis=0, dtype=np.int64))


def _or(part: Energies, whole: Energies, other: Energies) -> Energies:
    """A part where it was published, else the whole less the other part."""
    told = known(whole) & known(other)
    return np.where(known(part), part, np.where(told, whole - np.where(told, other, 0), MISSING))
