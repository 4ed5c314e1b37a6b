"""Our shares of a month against those the grid operator published, and why they differ where they do.

Ours come from the key in force and the measured curves. Where the operator's own shares bind, no key of ours is in
force: the one without options that comes nearest is held against them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from mitoyen import sharing
from mitoyen.chain import Chain
from mitoyen.clock import Clock, Month, iso
from mitoyen.compared import causes
from mitoyen.compared.causes import Case, Cause, distance
from mitoyen.compared.published import Identity, identities, known, read
from mitoyen.contracts import AllocationRule, Energies, Finding, Operation, Place
from mitoyen.diagnostics import Refused, UsageError, as_data
from mitoyen.host import Host
from mitoyen.quantities import kwh
from mitoyen.store import Results

FORMAT_VERSION = 1

Slot = Literal["step", "hour", "day"]


@dataclass(frozen=True, slots=True)
class Member:
    """Ours and theirs of one participant, over the steps at which the operator published: milliwatt-hours."""

    id: str
    role: str
    ours: int
    theirs: int
    off: int
    """What differs, steps added up without their signs."""
    known: int
    """Steps at which it published, of those on which the participant takes part."""
    silent: int
    beyond: int
    """Steps at which they differ by more than the tolerance."""
    most: int
    """The largest difference, theirs less ours, and the step of it."""
    at: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A participant's step, hour or day on which ours and theirs differ by more than the tolerance of its steps."""

    id: str
    start: int
    """The first step."""
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Comparison:
    operation: Operation
    month: Month
    clock: Clock
    tolerance: int
    keys: tuple[str, ...]
    """The rules that ours were computed with."""
    binding: bool
    """Whether the operator's shares are the ones that are billed."""
    members: tuple[Member, ...]
    """The largest difference first."""
    by: Slot
    differences: tuple[Difference, ...]
    """Likewise."""
    identities: tuple[Identity, ...]
    causes: tuple[Cause, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order of their weight."""
        return tuple(_findings(self))

    def as_data(self) -> dict[str, Any]:
        """The JSON of ``mitoyen compare``."""
        start = self.clock.utc().tolist()
        return {
            "format_version": FORMAT_VERSION,
            "operation": self.operation.id,
            "month": str(self.month),
            "keys": list(self.keys),
            "binding": "published" if self.binding else "computed",
            "tolerance": kwh(self.tolerance),
            "members": [
                {
                    "id": one.id,
                    "role": one.role,
                    "of": "shared" if one.role == "consumer" else "surplus",
                    "ours": kwh(one.ours),
                    "theirs": kwh(one.theirs),
                    "difference": kwh(one.theirs - one.ours),
                    "off": kwh(one.off),
                    "steps": {"published": one.known, "silent": one.silent, "beyond": one.beyond},
                    "most": {"start": iso(start[one.at]), "difference": kwh(one.most)},
                }
                for one in self.members
            ],
            "by": self.by,
            "differences": [
                {"id": one.id, "start": iso(start[one.start]), "ours": kwh(one.ours), "theirs": kwh(one.theirs)}
                for one in self.differences
            ],
            "identities": [
                {
                    "name": one.name,
                    "id": one.whose or None,
                    "steps": {"looked": one.looked, "beyond": one.beyond},
                    "most": {"start": iso(start[one.at]), "energy": kwh(one.most)},
                    "energy": kwh(one.energy),
                }
                for one in self.identities
            ],
            "causes": [
                {
                    "kind": one.kind,
                    "id": one.whose or None,
                    "cause": one.said,
                    "exact": one.exact,
                    "left": kwh(one.left),
                }
                for one in self.causes
            ],
            "findings": [as_data(one) for one in self.findings],
        }


def compare(
    operation: Operation,
    month: Month,
    host: Host,
    results: Results,
    *,
    tolerance: int,
    key: str | None = None,
    by: Slot = "day",
) -> Comparison:
    """Hold ours against theirs, ``tolerance`` milliwatt-hours a step; ``key`` is a rule other than those in force.

    Raise Refused where the month has no data, or nothing was published in it.
    """
    chain = Chain(operation, host, results)
    curves = chain.curves(month)
    published = read(operation, month, curves)
    if not known(published.figures).any():
        raise Refused(_nothing_published(operation, month))
    binding = sharing.binding(operation, month, host)
    case = Case(operation, month, curves, host, chain.caps(month), published, tolerance)
    if key is not None or any(host.get(AllocationRule, entry.rule).binding for entry in operation.keys):
        case = _with_key(case, key)
    ours = case.ours()
    members = _members(case, ours)
    beyond = any(one.beyond for one in members)
    return Comparison(
        operation,
        month,
        curves.clock,
        tolerance,
        tuple(dict.fromkeys(entry.rule for entry in case.operation.keys)),
        binding,
        members,
        by,
        tuple(_differences(case, ours, by)),
        tuple(identities(published, tolerance)),
        tuple(causes.found(case, ours)) if beyond else (),
    )


def _with_key(case: Case, key: str | None) -> Case:
    """The month under another key: the one that is named, else the nearest of those that need no options."""
    rules = {rule.id: rule for rule in causes.free_rules(case)}
    if key is not None and key not in rules:
        raise UsageError(
            f"--key {key}: a key that needs no options is one of {', '.join(sorted(rules))}; "
            "any other is held against the operator's shares where keys.yaml has it in force"
        )
    theirs = case.published.figures
    under = {one: case.under(rules[one]) for one in ([key] if key else sorted(rules))}
    near = {one: int(distance(case.ours(operation), theirs).sum()) for one, operation in under.items()}
    nearest = min(near, key=lambda one: near[one])
    return replace(case, operation=under[nearest])


def _members(case: Case, ours: Energies) -> tuple[Member, ...]:
    published, theirs = case.published, case.published.figures
    off, there, present = distance(ours, theirs), known(theirs), known(published.measured)
    found = []
    for row, who in enumerate(published.members):
        at = int(off[row].argmax())
        some = there[row]
        found.append(
            Member(
                id=who,
                role="consumer" if row < len(published.consumers) else "producer",
                ours=int(ours[row][some].sum()),
                theirs=int(theirs[row][some].sum()),
                off=int(off[row].sum()),
                known=int(some.sum()),
                silent=int((present[row] & ~some).sum()),
                beyond=int((off[row] > case.tolerance).sum()),
                most=int(theirs[row, at] - ours[row, at]) if some[at] else 0,
                at=at,
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.off, one.id)))


def _differences(case: Case, ours: Energies, by: Slot) -> Iterator[Difference]:
    """The slots beyond tolerance, the largest first."""
    clock, theirs = case.published.clock, case.published.figures
    there = known(theirs)
    starts = _starts(clock, by)
    mine, yours, steps = (
        np.add.reduceat(np.where(there, values, 0), starts, axis=1) for values in (ours, theirs, there.astype(int))
    )
    off = np.abs(yours - mine)
    rows, slots = np.nonzero(off > steps * case.tolerance)
    order = sorted(zip(rows.tolist(), slots.tolist(), strict=True), key=lambda one: (-int(off[one]), one))
    for row, slot in order:
        who = case.published.members[row]
        yield Difference(who, int(starts[slot]), int(mine[row, slot]), int(yours[row, slot]))


def _starts(clock: Clock, by: Slot) -> np.ndarray:
    """The first step of each slot."""
    if by == "step":
        return np.arange(clock.steps)
    slots = clock.wall().day if by == "day" else clock.utc() // 3600
    return np.flatnonzero(np.diff(slots, prepend=slots[0] - 1))


# --- what is told ------------------------------------------------------------------------------------------------


def _findings(done: Comparison) -> Iterator[Finding]:
    operation, clock = done.operation, done.clock
    tolerance = kwh(done.tolerance)
    for one in done.members:
        place = operation.locate("participants.yaml", one.id, key=True)
        what = "share" if one.role == "consumer" else "surplus"
        if one.beyond:
            yield Finding(
                "ACC461",
                f"the {what} of {one.id} is {kwh(one.theirs)} kWh for the operator and {kwh(one.ours)} kWh by "
                f"{_named(done.keys)}: {one.beyond} of {one.known} steps are more than {tolerance} kWh off, "
                f"the largest {kwh(one.most)} kWh at {clock.stamp(one.at)}",
                place,
                "" if done.causes else "no single cause was found; look at its steps: --by step",
            )
        if one.silent and one.known:
            yield Finding(
                "ACC465",
                f"the operator published no {what} of {one.id} at {one.silent} of {one.silent + one.known} steps",
                place,
                "they are not compared",
                "warning",
            )
    for identity in done.identities:
        if identity.beyond:
            whose = f" of {identity.whose}" if identity.whose else ""
            yield Finding(
                "ACC462",
                f"the operator's figures{whose} contradict each other: {identity.name} fails at {identity.beyond} "
                f"of {identity.looked} steps, by {kwh(identity.energy)} kWh in all, the most by "
                f"{kwh(identity.most)} kWh at {clock.stamp(identity.at)}",
                _data(done),
                "ask the operator for the month again, with these steps",
            )
    if done.causes:
        yield _likely(done, done.causes)


def _likely(done: Comparison, found: Sequence[Cause]) -> Finding:
    """The cause that is told first, and the others that fit as well."""
    first, *others = found
    off = sum(one.off for one in done.members)
    message = f"likely cause: {first.said}"
    if first.kind not in ("rounding", "coefficients"):
        message += "; with that, " + (
            "nothing differs" if first.exact else f"{kwh(first.left)} of {kwh(off)} kWh are left"
        )
    if others:
        message += f" (fits as well: {'; '.join(one.said for one in others[:3])})"
    place = _data(done)
    if first.kind == "key":
        place = done.operation.locate("keys.yaml")
    elif first.whose:
        place = done.operation.locate("participants.yaml", first.whose, key=True)
    return Finding("ACC464", message, place, first.advice, "note")


def _data(done: Comparison) -> Place:
    return done.operation.locate(f"data/{done.month}.yaml", "snapshot")


def _named(keys: Sequence[str]) -> str:
    return f"the key {keys[0]}" if len(keys) == 1 else f"the keys {', '.join(keys)}"


def _nothing_published(operation: Operation, month: Month) -> Finding:
    return Finding(
        "ACC463",
        f"the data of {month} hold nothing that the grid operator published: no share, complement or surplus",
        operation.locate(f"data/{month}.yaml", "series"),
        f"map its columns in operation.yaml (mtr-01/shared), or add its files, and fetch again: "
        f"mitoyen fetch {operation.id} --month {month}",
    )
