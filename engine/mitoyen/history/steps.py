"""What a commit did to an operation: values decided, data frozen, months settled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from mitoyen import changes
from mitoyen.changes import Change
from mitoyen.clock import Month
from mitoyen.contracts import Place
from mitoyen.located import Document
from mitoyen.quantities import FORMATS, Misread
from mitoyen.repository.line import Commit

POINTER = re.compile(r"data/(\d{4}-\d{2})\.yaml")
MANIFEST = re.compile(r"settlements/(\d{4}-\d{2})\.(\d+)\.yaml")
_QUANTITIES = [FORMATS[name] for name in ("price", "fee", "percent", "energy", "power", "distance")]

# What may move no amount, however it changes.
_IDLE = {"seller", "power"}
_MOVING = {"timezone", "step", "territory", *changes.DATED}

Reading = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Decision:
    """A change of a value, with the days it is about."""

    change: Change
    first: date | None
    """The day from which it holds; None where it has no day of its own."""
    last: date | None
    """The day from which something else holds."""
    instead_of: Any = None
    """For an entry that came: the one in force on its day before. For one that went: the one that is now."""

    @property
    def counts(self) -> bool:
        return self.change.counts

    def reaches(self, month: Month) -> bool:
        """Whether an amount of that month may come from it."""
        file, path = self.change.file, self.change.path
        if not self.counts or (file == "operation.yaml" and path[0] not in _MOVING):
            return False
        if file == "participants.yaml" and path[1:2] and path[1] in _IDLE:
            return False
        begins = self.first is None or self.first < month.next.first
        return begins and (self.last is None or self.last > month.first)


@dataclass(frozen=True, slots=True)
class Data:
    """A pointer to frozen meter data that came, went, or names other data."""

    month: str
    what: Literal["frozen", "restated", "removed"]
    source: str | None
    snapshot: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a commit recorded of a month: its manifests before and after, in totals."""

    month: str
    revision: int
    state: str
    what: Literal["settled", "recomputed", "revised", "issued", "same", "removed"]
    shared: tuple[Decimal | None, Decimal | None]
    """kWh before and after."""
    net: tuple[Decimal | None, Decimal | None]
    """EUR before and after."""
    surplus: tuple[Decimal | None, Decimal | None] = (None, None)
    """What buyers of surplus pay, EUR before and after; None where nobody buys."""
    follows: tuple[Commit | None, ...] = ()
    """The commits that may have moved the month since it was settled last, oldest first."""

    @property
    def computed(self) -> bool:
        """Whether the month was computed there, and not only issued or written again."""
        return self.what in ("settled", "recomputed", "revised") or self.net[0] != self.net[1]


@dataclass(frozen=True, slots=True)
class Step:
    """A commit of the line that touched the operation; None for what is not committed yet."""

    commit: Commit | None
    parents: tuple[str, ...]
    operation: str
    was: str | None
    """The folder's name before, where the commit renamed it."""
    decisions: tuple[Decision, ...]
    data: tuple[Data, ...]
    effects: tuple[Effect, ...]
    unreadable: tuple[str, ...]
    """Files that could not be read there: they count as what they were before."""

    @property
    def tells(self) -> bool:
        """Whether something a person would want to know happened, rather than tidying."""
        told = any(decision.counts for decision in self.decisions)
        return bool(told or self.data or self.unreadable or any(one.what != "same" for one in self.effects))


@dataclass(frozen=True, slots=True)
class Touched:
    """A Touch on our files, under the name the folder had there."""

    commit: Commit | None
    parents: tuple[str, ...]
    operation: str
    was: str | None
    files: Mapping[str, tuple[str | None, str | None]]


def step_of(one: Touched, before: Reading, after: Reading, unreadable: tuple[str, ...]) -> Step:
    found = changes.between(before, after)
    return Step(
        one.commit,
        one.parents,
        one.operation,
        one.was,
        tuple(_decision(change, before, after) for change in found if not alike(change.before, change.after)),
        tuple(_data(before, after)),
        tuple(_effects(before, after)),
        unreadable,
    )


def alike(one: Any, other: Any) -> bool:
    """Whether two values mean the same: ``0.165 EUR/kWh`` is ``16.50 c€/kWh``, ``40%`` is ``40 %``."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one == other or any(_reads_alike(reader, one, other) for reader in _QUANTITIES)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _reads_alike(reader: Any, one: str, other: str) -> bool:
    try:
        return bool(reader(one) == reader(other))
    except Misread:
        return False


def _decision(change: Change, before: Reading, after: Reading) -> Decision:
    """The change with its days, told from the entry or the participant it is about."""
    if change.file == "participants.yaml":
        return _of_participant(change, before, after)
    if change.file == "packages.yaml":
        return Decision(change, day_of(change.path[1]), None)  # what is bought may serve any later month
    depth = {"keys.yaml": 1, "tariffs.yaml": 2}.get(change.file)
    if change.file == "operation.yaml" and change.path[0] in changes.DATED:
        depth = changes.DATED[change.path[0]] + 1
    if depth is None or len(change.path) < depth or not (first := day_of(change.path[depth - 1])):
        return Decision(change, None, None)
    old, new = (_entries(reading, change.file, change.path[: depth - 1]) for reading in (before, after))
    standing = {**old, **new}  # an entry that went holds until the next of those that stay
    last = min((day for day in standing if day > first), default=None)
    other = {"added": old, "removed": new}.get(change.kind) if len(change.path) == depth else None
    instead = entry_on(other, first) if other else None
    return Decision(change, first, last, instead[1] if instead else None)


def _entries(reading: Reading, file: str, path: Sequence[str]) -> dict[date, Any]:
    """The date-keyed entries of a file, or of one of its groups."""
    value: Any = reading[file].value if file in reading else {}
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping):
        return {}
    return {day: entry for start, entry in value.items() if (day := day_of(start))}


def entry_on(entries: Mapping[date, Any], day: date) -> tuple[date, Any] | None:
    """The entry in force on a day, with the day it began."""
    start = max((start for start in entries if start <= day), default=None)
    return None if start is None else (start, entries[start])


def _of_participant(change: Change, before: Reading, after: Reading) -> Decision:
    rows = [
        reading[change.file].value.get(change.path[0]) if change.file in reading else None
        for reading in (after, before)
    ]
    row = next((one for one in rows if isinstance(one, Mapping)), {})
    first, last = day_of(row.get("from")), day_of(row.get("to"))
    if change.path[1:] in (("from",), ("to",)):
        # The days that are in on one side and out on the other.
        ends = [day_of(change.before), day_of(change.after)]
        known = [day for day in ends if day]
        return Decision(change, min(known, default=None), max(known) if len(known) == 2 else None)
    return Decision(change, first, last)


def day_of(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _data(before: Reading, after: Reading) -> Iterator[Data]:
    for file in sorted({*before, *after}):
        match = POINTER.fullmatch(file)
        if not match:
            continue
        old, new = before.get(file), after.get(file)
        snapshot = new.value.get("snapshot") if new else None
        if new is None:
            yield Data(match[1], "removed", None, None, None)
        elif old is None or old.value.get("snapshot") != snapshot:
            what: Literal["frozen", "restated"] = "restated" if old else "frozen"
            yield Data(match[1], what, new.value.get("source"), snapshot, new.place("snapshot"))


def _effects(before: Reading, after: Reading) -> Iterator[Effect]:
    """The months whose manifests differ, each by its latest revision."""
    months = {
        match[1]
        for file in {*before, *after}
        if (match := MANIFEST.fullmatch(file)) and _content(before, file) != _content(after, file)
    }
    for month in sorted(months):
        old, new = _latest(before, month), _latest(after, month)
        was, now = (one[1] if one else {} for one in (old, new))
        shared = (_amount(was, "energy", "shared"), _amount(now, "energy", "shared"))
        net = (_amount(was, "money", "net"), _amount(now, "money", "net"))
        surplus = (_amount(was, "surplus", "net"), _amount(now, "surplus", "net"))
        what: Literal["settled", "recomputed", "revised", "issued", "same", "removed"]
        if new is None:
            what = "removed"
        elif old is None:
            what = "issued" if now.get("state") == "issued" else "settled"
        elif new[0] != old[0]:
            what = "revised"
        elif now.get("state") == "issued" != was.get("state"):
            what = "issued"
        else:
            what = "same" if was.get("result") == now.get("result") and shared[0] == shared[1] else "recomputed"
        revision = (new or old or (0, {}))[0]
        yield Effect(month, revision, str(now.get("state", "")), what, shared, net, surplus)


def _content(reading: Reading, file: str) -> bytes | None:
    return reading[file].content if file in reading else None


def _latest(reading: Reading, month: str) -> tuple[int, Mapping[str, Any]] | None:
    revisions = [
        (int(match[2]), document.value)
        for file, document in reading.items()
        if (match := MANIFEST.fullmatch(file)) and match[1] == month
    ]
    return max(revisions, key=lambda one: one[0], default=None)


def _amount(manifest: Mapping[str, Any], block: str, name: str) -> Decimal | None:
    value = manifest.get(block)
    try:
        return Decimal(str(value[name])) if isinstance(value, Mapping) else None
    except (KeyError, InvalidOperation):
        return None


def followed(steps: Sequence[Step]) -> list[Step]:
    """The steps, oldest first, their effects with the commits they follow."""
    done: list[Step] = []
    for step in steps:
        effects = []
        for effect in step.effects:
            follows: list[Commit | None] = []
            if effect.what in ("recomputed", "revised"):
                month = Month.parse(effect.month)
                # Its own decisions too: some commit a price and what it makes together.
                for earlier in (step, *reversed(done)):
                    moves = any(decision.reaches(month) for decision in earlier.decisions)
                    if moves or any(one.month == effect.month for one in earlier.data):
                        follows.append(earlier.commit)
                    settled = any(one.month == effect.month and one.computed for one in earlier.effects)
                    if settled and earlier is not step:
                        break
            effects.append(replace(effect, follows=tuple(reversed(follows))))
        done.append(replace(step, effects=tuple(effects)))
    return done
