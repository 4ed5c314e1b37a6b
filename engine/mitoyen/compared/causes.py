"""Why two computations of one month differ: each hypothesis is tried exactly, by sharing the month again under it.

Nothing is estimated. A cause is named where, with it, ours and theirs are the same at every step that can be
compared, or where it leaves a tenth of the difference at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

import numpy as np

from mitoyen import sharing
from mitoyen.balances import Cap
from mitoyen.clock import Clock, Month, span
from mitoyen.compared.published import Mask, Published, known, read
from mitoyen.contracts import MISSING, AllocationRule, Energies, Entry, Operation
from mitoyen.curves import Curves, Name
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.quantities import kwh
from mitoyen.schema import read as options_of

_COARSEST = 10_000
"""Milliwatt-hours of the coarsest grid that figures are taken to be rounded on: 0.01 kWh."""

_SUSPECTS = 4
"""Members whose own curve is suspected one by one: those who differ most."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A hypothesis that was tried."""

    kind: str
    """``key``, ``absent``, ``unit``, ``shift``, ``rounding`` or ``coefficients``."""
    said: str
    advice: str
    left: int
    """Milliwatt-hours by which ours and theirs still differ, steps added up."""
    exact: bool
    """Whether nothing is left at any step but what rounding explains."""
    whose: str = ""
    """The participant it is about, where it is about one."""


@dataclass(frozen=True, slots=True)
class Case:
    """A month to be shared under one hypothesis after another."""

    operation: Operation
    month: Month
    curves: Curves
    host: Host
    caps: Sequence[Cap]
    published: Published
    tolerance: int

    def ours(self, operation: Operation | None = None, curves: Curves | None = None) -> Energies:
        """[row, step] as `Published.figures`: shared of consumers, surplus of producers. Raise Refused."""
        curves, published = curves or self.curves, self.published
        shared = sharing.share(operation or self.operation, self.month, curves, self.host, self.caps)
        taking = len(published.consumers)
        measured = read(self.operation, self.month, curves).measured
        rows = np.where(known(measured), measured, 0)
        rows[:taking] = 0
        for one, row in zip(shared.consumers, shared.shared, strict=True):
            rows[published.consumers.index(one)] = row
        for one, row in zip(shared.producers, shared.given, strict=True):
            rows[taking + published.producers.index(one)] -= row
        return rows

    def under(self, rule: AllocationRule) -> Operation:
        """The operation with one key without options all along."""
        entry = Entry(self.operation.opened, rule.id, options_of({}, rule.schema))
        return replace(self.operation, keys=(entry,))


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    kind: str
    said: str
    advice: str
    ours: Callable[[], Energies]
    theirs: Energies
    there: Mask | None = None
    """[step], where not every step can be compared under it."""
    coarser: int = 1
    """By what the rounding of published figures is multiplied."""
    whose: str = ""


def distance(ours: Energies, theirs: Energies, there: Mask | None = None) -> Energies:
    """[row, step]: by how much they differ, 0 where nothing was published."""
    both = known(theirs) if there is None else known(theirs) & there
    return np.where(both, np.abs(np.where(both, theirs, 0) - ours), 0)


def free_rules(case: Case) -> list[AllocationRule]:
    """The keys that need no options, the newest of each: ours to compute, and with what the data hold."""
    delivered = any(name.kind == "coefficient" for name in case.curves.values)
    newest = {rule.id: rule for rule in case.host.all(AllocationRule)}
    return [
        rule
        for rule in newest.values()
        if not rule.binding
        and not rule.schema.get("required")
        and (rule.needs(options_of({}, rule.schema)) is None or delivered)
    ]


def found(case: Case, ours: Energies) -> list[Cause]:
    """The causes that explain the difference, the best first: exact ones, or the one that leaves the least."""
    theirs = case.published.figures
    base = int(distance(ours, theirs).sum())
    if rounded := _rounding(case, ours, theirs, base):
        return [rounded]
    noise = max(case.tolerance, _grid(theirs))
    tried: list[Cause] = []
    for one in _hypotheses(case, ours):
        try:
            off = distance(one.ours(), one.theirs, one.there)
        except Refused:  # a rule that cannot share such data explains nothing
            continue
        exact = bool(off.max(initial=0) <= noise * one.coarser)
        tried.append(Cause(one.kind, one.said, one.advice, int(off.sum()), exact, one.whose))
    if fitting := [one for one in tried if one.exact]:
        return fitting
    if coarse := _coefficients(case, ours, theirs, base):
        return [coarse]
    most = min(base, int(ours.sum())) // 10
    return sorted((one for one in tried if one.left <= most), key=lambda one: one.left)[:1]


def _hypotheses(case: Case, ours: Energies) -> Iterator[_Hypothesis]:
    """From the most usual on; where several fit, the first is named first."""
    yield from _keys(case)
    yield from _absences(case, ours)
    yield from _units(case, ours)
    yield from _shifts(case, ours)


# --- another key -------------------------------------------------------------------------------------------------


def _keys(case: Case) -> Iterator[_Hypothesis]:
    mine = {entry.rule for entry in case.operation.keys if not entry.options}
    for rule in free_rules(case):
        if mine == {rule.id}:
            continue
        said = f"the operator applies the key {rule.id}"
        advice = f"ask it which key it has on record; ours would be rule: {rule.id} in keys.yaml"
        yield _Hypothesis("key", said, advice, partial(case.ours, case.under(rule)), case.published.figures)


# --- a member the operator does not count ------------------------------------------------------------------------


def _absences(case: Case, ours: Energies) -> Iterator[_Hypothesis]:
    """Members to whom nothing was published before a day, or from a day on, though they would have had a share."""
    taking, clock = len(case.published.consumers), case.published.clock
    figures = case.published.figures
    served = np.concatenate([figures[:taking], case.published.given])
    mine = ours.copy()
    mine[taking:] = np.where(known(case.published.measured[taking:]), case.published.measured[taking:], 0)
    mine[taking:] -= ours[taking:]
    everyone: dict[str, tuple[date | None, date | None]] = {}
    told = [known(part).any() for part in (served[:taking], served[taking:])]
    for row, who in enumerate(case.published.members):
        if not told[row >= taking]:
            continue
        steps = np.flatnonzero(served[row] > case.tolerance)
        start = clock.day(int(steps[0])) if steps.size else case.month.next.first
        end = clock.day(int(steps[-1])) + timedelta(days=1) if steps.size else None
        late = start if mine[row, : clock.index(start)].any() else None
        left = end if end and mine[row, clock.index(end) :].any() else None
        if late or left:
            everyone[who] = (late, left)
            yield _absent(case, {who: (late, left)})
    if len(everyone) > 1:
        yield _absent(case, everyone)


def _absent(case: Case, days: Mapping[str, tuple[date | None, date | None]]) -> _Hypothesis:
    participants = dict(case.operation.participants)
    said = []
    for who, (late, left) in sorted(days.items()):
        participants[who] = replace(participants[who], start=late or participants[who].start)
        if late == case.month.next.first:
            said.append(f"does not count {who} at all: its curve is missing, or it is not in its perimeter")
            continue
        if left:
            participants[who] = replace(participants[who], to=left)
        parts = [f"from {late} on" if late else "", f"until {left}, excluded" if left else ""]
        said.append(f"counts {who} only " + " and ".join(part for part in parts if part))
    operation = replace(case.operation, participants=participants)
    whose = next(iter(days)) if len(days) == 1 else ""
    return _Hypothesis(
        "absent",
        "the operator " + "; it ".join(said),
        "ask it from which day to which it has each in its perimeter, or put its days into participants.yaml",
        partial(case.ours, operation),
        case.published.figures,
        whose=whose,
    )


# --- the unit ----------------------------------------------------------------------------------------------------


def _units(case: Case, ours: Energies) -> Iterator[_Hypothesis]:
    published = case.published
    for factor in _factors(published.clock):
        times = f"{factor} times" if factor > 1 else f"1/{1 / factor} of"
        advice = "look at the unit of that file: " + _unit_advice(factor)
        coarser = max(1, int(1 / factor))
        for what, mask in _published_parts(published):
            theirs = np.where(
                mask & known(published.figures), _scaled(published.figures, 1 / factor), published.figures
            )
            said = f"{what} are {times} what they would be"
            yield _Hypothesis("unit", said, advice, lambda: ours, theirs, coarser=coarser)
        for what, whose, meters in _measured_parts(case, ours):
            said = f"{what} is {times} what it would be"
            mine = partial(case.ours, curves=_with(case.curves, meters, partial(_scaled, factor=1 / factor)))
            yield _Hypothesis("unit", said, advice, mine, published.figures, whose=whose)


def _factors(clock: Clock) -> list[Fraction]:
    """By which a figure is wrong where its unit is: thousands, and W for Wh."""
    an_hour = Fraction(3600, clock.step)
    found = [Fraction(1000), Fraction(1, 1000)]
    return [an_hour, 1 / an_hour, *found] if an_hour > 1 else found


def _unit_advice(factor: Fraction) -> str:
    if factor in (Fraction(1000), Fraction(1, 1000)):
        return "Wh, kWh and MWh are thousands of each other"
    return f"W is mean power, Wh the energy of the step: one is {max(factor, 1 / factor)} times the other"


def _scaled(values: Energies, factor: Fraction) -> Energies:
    some = known(values)
    return np.where(some, np.where(some, values, 0) * factor.numerator // factor.denominator, MISSING)


# --- the time ----------------------------------------------------------------------------------------------------


def _shifts(case: Case, ours: Energies) -> Iterator[_Hypothesis]:
    clock, published = case.published.clock, case.published
    for when, part in _spans(clock):
        for steps in _moves(clock):
            move = _late_text(clock, steps)
            advice = _shift_advice(clock, steps)
            for what, mask in _published_parts(published):
                moved, edge = _moved(published.figures, steps, part)
                theirs = np.where(mask, moved, published.figures)
                yield _Hypothesis("shift", f"{what} come {move}{when}", advice, lambda: ours, theirs, ~edge)
            for what, whose, meters in _measured_parts(case, ours):
                yield _moved_curves(case, meters, steps, part, f"{what} comes {move}{when}", advice, whose)


def _moved_curves(
    case: Case, meters: Iterable[str], steps: int, part: slice, said: str, advice: str, whose: str
) -> _Hypothesis:
    gone = np.zeros(case.curves.clock.steps, dtype=bool)

    def back(values: Energies) -> Energies:
        moved, edge = _moved(values, steps, part)
        edge |= (moved == MISSING) & known(values)
        gone[edge] = True  # what comes from beyond the month, or from a day before a member's first
        return np.where(edge, values, moved)

    curves = _with(case.curves, meters, back)
    mine = partial(case.ours, curves=curves)
    return _Hypothesis("shift", said, advice, mine, case.published.figures, ~gone, whose=whose)


def _moved(values: Energies, late: int, part: slice) -> tuple[Energies, Mask]:
    """Values that come ``late`` steps too late, brought back in a part of the month; the steps without any then."""
    moved, steps = values.copy(), values.shape[-1]
    to = np.arange(steps)[part]
    source = to + late
    inside = (source >= 0) & (source < steps)
    moved[..., to[inside]] = values[..., source[inside]]
    edge = np.zeros(steps, dtype=bool)
    edge[to[~inside]] = True
    return moved, edge


def _moves(clock: Clock) -> list[int]:
    hour = 3600 // clock.step
    return [sign * size for size in sorted({1, hour, 2 * hour}) for sign in (1, -1)]


def _late_text(clock: Clock, steps: int) -> str:
    return f"{span(abs(steps) * clock.step)} too {'late' if steps > 0 else 'early'}"


def _shift_advice(clock: Clock, steps: int) -> str:
    if abs(steps) == 1 and clock.step < 3600:
        return "one side names the end of a step, the other its start: say `stamp:` of the source"
    return "one side counts in UTC, or in winter time all year: say the `zone:` of the source"


def _spans(clock: Clock) -> Iterator[tuple[str, slice]]:
    """All of the month, and its two parts where the clocks change in it."""
    yield "", slice(None)
    offset = (clock.wall().day.astype(np.int64) * 1440 + clock.wall().minute) * 60 - clock.utc()
    if changes := np.flatnonzero(np.diff(offset)).tolist():
        change = changes[0] + 1
        yield f", from {clock.stamp(change)} on", slice(change, None)
        yield f", before {clock.stamp(change)}", slice(None, change)


# --- which figures, which curves ---------------------------------------------------------------------------------


def _published_parts(published: Published) -> Iterator[tuple[str, Mask]]:
    """What was published all together, and of each role; [row, 1]."""
    of_consumers = np.arange(len(published.members))[:, np.newaxis] < len(published.consumers)
    figures = known(published.figures)
    both = (figures & of_consumers).any() and (figures & ~of_consumers).any()
    yield "the operator's figures", np.ones_like(of_consumers)
    if both:
        yield "the operator's shares of consumers", of_consumers
        yield "the operator's surplus", ~of_consumers


def _measured_parts(case: Case, ours: Energies) -> Iterator[tuple[str, str, frozenset[str]]]:
    """The measured curves that may be wrong together: what is said of them, whose, and their meters."""
    meters = {one: case.operation.participants[one].meter for one in case.published.members}
    yield "production", "", frozenset(meters[one] for one in case.published.producers)
    yield "consumption", "", frozenset(meters[one] for one in case.published.consumers)
    if len(meters) > 2:
        off = distance(ours, case.published.figures).sum(axis=1)
        worst = [case.published.members[row] for row in np.argsort(-off, kind="stable")[:_SUSPECTS]]
        for one in worst:
            yield f"the measured curve of {one}", one, frozenset({meters[one]})


def _with(curves: Curves, meters: Iterable[str], change: Callable[[Energies], Energies]) -> Curves:
    values = dict(curves.values)
    for meter in meters:
        name = Name(meter, "measured")
        if name in values:
            values[name] = change(values[name])
    return Curves(curves.clock, values)


# --- rounding ----------------------------------------------------------------------------------------------------


def _grid(theirs: Energies) -> int:
    """The grid on which all figures lie, 0 where it is finer than a milliwatt-hour or too coarse to be rounding."""
    grid = int(np.gcd.reduce(theirs[known(theirs)], initial=0))
    return grid if 1 < grid <= _COARSEST else 0


def _rounding(case: Case, ours: Energies, theirs: Energies, base: int) -> Cause | None:
    """Whether all that differs is less than the grid of what was published."""
    grid = _grid(theirs)
    if not grid:
        return None
    both = known(theirs)
    off = np.where(both, ours - np.where(both, theirs, 0), 0)
    most, least = int(off.max(initial=0)), int(off.min(initial=0))
    if max(most, -least) <= grid // 2 + case.tolerance:
        how, bound = "rounded to", grid // 2 + case.tolerance
    elif least >= -case.tolerance and most < grid + case.tolerance:
        how, bound = "cut off at", grid + case.tolerance
    else:
        return None
    said = f"the operator's figures are {how} {kwh(grid)} kWh, and all differences are within that"
    return Cause("rounding", said, f"compare within it: --tolerance {kwh(bound)}", base, exact=True)


def _coefficients(case: Case, ours: Energies, theirs: Energies, base: int) -> Cause | None:
    """Whether all that differs is less than a unit of the coefficients that an operator may have been sent.

    A unit is a tenth, a hundredth or a thousandth of a percent of the production of the step.
    """
    taking = len(case.published.consumers)
    measured = case.published.measured[taking:]
    pot = np.where(known(measured), measured, 0).sum(axis=0)
    off = distance(ours, theirs)
    for decimals in (3, 2, 1):
        unit = -(-pot // (100 * 10**decimals)) + case.tolerance
        if (off[:taking] <= unit).all() and (off[taking:] <= taking * unit).all():
            said = f"the operator applies coefficients rounded to 0.{'1'.zfill(decimals)} %: no step is a unit off"
            advice = "send more decimals where it takes them; `mitoyen export` says what rounding costs"
            return Cause("coefficients", said, advice, base, exact=True)
    return None
