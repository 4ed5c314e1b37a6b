"""A key that stops serving who has used up what it bought ahead, where its tariff says so.

The key shares as ever until a step at which somebody would receive more than it has left. There it is applied
again, that member counted as consuming what is left, and from the next step on nothing, until it buys again. Or the
key shares as ever to the end, and only what that member receives is cut: the rest is surplus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from mitoyen.clock import Month
from mitoyen.contracts import Energies, Entry, Finding, Operation, Participant, TariffRule
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.model import stretches, window
from mitoyen.revenue import split

Share = Callable[[int, int, Energies], Energies]
"""(first step, last step exclusive, what each consumes in them) -> [producer, consumer, step]."""


@dataclass(frozen=True, slots=True)
class Cap:
    """What a member may receive in a month, under one rule."""

    member: str
    rule: str
    left: int
    """Milliwatt-hours when the month begins."""
    bought: Mapping[date, int]
    """What is added, by day."""
    days: Mapping[tuple[date, date], Literal["others", "surplus"]]
    """From which day to which (exclusive) it holds, and who has the rest."""

    def meaning(self) -> Mapping[str, object]:
        """In named values, for a fingerprint."""
        days = {f"{first} {last}": to for (first, last), to in self.days.items()}
        return {"left": self.left, "bought": self.bought, "days": days}


def caps(
    operation: Operation, month: Month, members: Iterable[str], carried: Mapping[str, Any], host: Host
) -> list[Cap]:
    """The caps of a month for those under a rule that carries. Raise Refused where one cannot be said."""
    found = []
    for name in sorted(members):
        for rule, parts in _by_rule(operation, operation.participants[name], month, host):
            days = {(first, last): to for first, last, entry in parts if (to := rule.empty(entry.options))}
            if not days or rule.balance is None:
                continue
            if len(days) < len(parts):
                raise Refused(_half(operation, name, month, parts))
            bought = {
                one.day: one.energy
                for one in operation.packages.get(name, ())
                if any(first <= one.day < last for first, last in days)
            }
            left = rule.balance(carried.get(name, {}).get(rule.id, {}))
            found.append(Cap(name, rule.id, left, bought, days))
    return found


_Part = tuple[date, date, Entry]


def _by_rule(
    operation: Operation, one: Participant, month: Month, host: Host
) -> Iterator[tuple[TariffRule, list[_Part]]]:
    """A member's days of a month by rule; those of rules that carry nothing are left out."""
    rules: dict[str, list[_Part]] = {}
    for part in stretches(operation.tariffs.get(one.tariff or "", ()), *window(one, month)):
        if part.entry is not None:
            rules.setdefault(part.entry.rule, []).append((part.first, part.last, part.entry))
    for name, parts in rules.items():
        rule = host.get(TariffRule, name)
        if rule.carries:
            yield rule, parts


def _half(operation: Operation, name: str, month: Month, parts: Sequence[_Part]) -> Finding:
    group = operation.participants[name].tariff or ""
    start = parts[-1][2].start.isoformat()
    return Finding(
        "ACC320",
        f"the key would stop serving empty packages of {name} in a part of {month} only",
        operation.locate("tariffs.yaml", group, start, key=True),
        "let empty: begin, or end, on the first day of a month",
    )


# --- in a stretch ------------------------------------------------------------------------------------------------


@dataclass
class Purse:
    """What is left of a cap while a month is shared."""

    cap: Cap
    left: int
    spent: bool = False
    """Whether the key has stopped: what is left was less than the next step would have given."""

    def opens(self, day: date) -> Literal["others", "surplus"] | None:
        """What is bought that day is added; who has the rest from that day on, None where the cap does not hold."""
        if day in self.cap.bought:
            self.left += self.cap.bought[day]
            self.spent = False
        return next((to for (first, last), to in self.cap.days.items() if first <= day < last), None)

    @classmethod
    def of(cls, cap: Cap) -> Purse:
        return cls(cap, cap.left)

    @property
    def edges(self) -> Iterator[date]:
        """The days on which a stretch is cut for it."""
        yield from self.cap.bought
        for days in self.cap.days:
            yield from days


@dataclass
class Within:
    """Shares one stretch within what members have left: ``others`` and ``surplus`` by row of the consumers."""

    share: Share
    consumed: Energies
    others: Mapping[int, Purse]
    surplus: Mapping[int, Purse]

    def pairs(self) -> Energies:
        """[producer, consumer, step]"""
        self.consumed = self.consumed.copy()
        steps, done, at = self.consumed.shape[1], [], 0
        for row, purse in self.others.items():
            if purse.spent:
                self.consumed[row] = 0
        while at < steps:
            part = self._cut(self.share(at, steps, self.consumed[:, at:]))
            stop = self._stops(part)
            done.append(self._taken(part[:, :, :stop]))
            at += stop
            if at < steps:
                done.append(self._taken(self._last(at)))
                at += 1
        return np.concatenate(done, axis=2)

    def _cut(self, part: Energies) -> Energies:
        """Nothing for those whose part is surplus by now."""
        part = part.copy() if self.surplus else part  # a rule's own array is not written into
        for row, purse in self.surplus.items():
            if purse.spent:
                part[:, row] = 0
        return part

    def _stops(self, part: Energies) -> int:
        """The first step at which somebody would receive more than it has left, else the number of steps."""
        stop: int = part.shape[2]
        for row, purse in self._all():
            if not purse.spent:
                over = part[:, row].sum(axis=0, dtype=np.int64).cumsum() > purse.left
                stop = min(stop, int(over.argmax())) if over.any() else stop
        return stop

    def _last(self, at: int) -> Energies:
        """One step, in which some receive no more than what they have left, and for which it was the last."""
        while True:
            part = self._cut(self.share(at, at + 1, self.consumed[:, at : at + 1]))
            over = [
                row for row, purse in self.others.items() if not purse.spent and received(part, row) > purse.left
            ]
            if not over:
                break
            for row in over:  # what they leave may bring others to their end
                purse = self.others[row]
                self.consumed[row, at] = min(int(self.consumed[row, at]), purse.left)
                self.consumed[row, at + 1 :] = 0
                purse.spent = True
        for row, purse in self.surplus.items():
            if not purse.spent and received(part, row) > purse.left:
                given = {str(index): some for index, some in enumerate(part[:, row, 0].tolist())}
                part[:, row, 0] = list(split(purse.left, given).values())
                purse.spent = True
        return part

    def _taken(self, part: Energies) -> Energies:
        for row, purse in self._all():
            purse.left -= received(part, row)
        return part

    def _all(self) -> Iterator[tuple[int, Purse]]:
        yield from self.others.items()
        yield from self.surplus.items()


def received(part: Energies, row: int) -> int:
    """What one consumer received in some steps, of [producer, consumer, step]."""
    return int(part[:, row].sum(dtype=np.int64))
