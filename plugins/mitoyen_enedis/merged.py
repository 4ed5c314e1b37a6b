"""Curves of many files become one a meter, in the step of the operation: merged, joined, rounded once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.contracts import MISSING, Energies, Finding, Place, Series
from mitoyen.intake.curve import Target
from mitoyen.intake.merging import Merger, Places
from mitoyen_enedis.placing import Account

PART = "of a step of which other parts are missing"
COARSER = "in the operation's own step too"
WHICH = "keep the right one; where both files say when they were published, `editions: latest` keeps the later"


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a step was read: in the operation's own step, else in parts of it."""

    whole: Series | None
    parts: Series | None
    factor: int

    def __call__(self, step: int) -> Place:
        if self.parts is not None and self.parts.at is not None:
            own = self.whole is not None and self.whole.values[step] != MISSING
            if self.whole is None or (not own and self.parts.values[step * self.factor] != MISSING):
                return self.parts.at(step * self.factor)
        return self.whole.at(step) if self.whole and self.whole.at else Place("")


@dataclass(slots=True)
class Merged:
    """What all files come to."""

    series: tuple[Series, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    rounded: Counter[str] = field(default_factory=Counter)
    """Steps finer than a milliwatt-hour, by meter."""


def merge(accounts: Sequence[Account], clock: Clock) -> Merged:
    """Everything that is twice, or in parts that are not whole, moves to the ``left`` of its account."""
    merged = Merged()
    lengths = sorted({length for account in accounts for length in account.lengths}, reverse=True)
    found: dict[Target, Series] = {}
    for length in lengths:
        curves = [
            (account, curve)
            for account in accounts
            for curve, mine in zip(account.curves, account.lengths, strict=True)
            if mine == length
        ]
        finer = Clock(clock.start, length, clock.steps * clock.step // length, clock.zone)
        merger = Merger(curves, finer)
        for series in merger.merge():
            target = Target(series.meter, series.kind)
            factor = clock.step // length
            before = found.get(target)
            found[target] = series if factor == 1 else _joined(series, before, factor, accounts)
        merged.findings += [replace(clash.finding(finer), help=WHICH) for clash in merger.clashes.values()]
    merged.series = tuple(_rounded(series, merged.rounded) for _, series in sorted(found.items()))
    return merged


def _joined(parts: Series, whole: Series | None, factor: int, accounts: Sequence[Account]) -> Series:
    """Steps whose every part is there become their sum, unless they are there as a whole."""
    cells = parts.values.reshape(-1, factor)
    there = cells != MISSING
    full = there.all(axis=1)
    own = np.zeros(len(full), np.bool_) if whole is None else whole.values != MISSING
    _account(parts, there & (~full & ~own)[:, None], PART, accounts)
    _account(parts, there & own[:, None], COARSER, accounts)
    sums = np.where(there, cells, 0).sum(axis=1, dtype=np.int64)
    values = np.full(len(full), MISSING, np.int64) if whole is None else whole.values.copy()
    values[full & ~own] = sums[full & ~own]
    return Series(parts.meter, parts.kind, values, None, _Places(whole, parts, factor))


def _account(parts: Series, which: NDArray[np.bool_], reason: str, accounts: Sequence[Account]) -> None:
    places = parts.at
    if not which.any() or not isinstance(places, Places):
        return
    by_page = {id(account.sheet): account for account in accounts}
    origins, counts = np.unique(places.origin[which.ravel()], return_counts=True)
    for origin, count in zip(origins.tolist(), counts.tolist(), strict=True):
        by_page[id(places.origins[origin][0])].left[reason] += count


def _rounded(series: Series, rounded: Counter[str]) -> Series:
    """Milliwatt-seconds as milliwatt-hours, half up."""
    values = series.values
    known = values != MISSING
    exact = np.where(known, np.abs(values), 0)
    count = int((exact % 3600 != 0).sum())
    if count:
        rounded[series.meter] += count
    energies: Energies = np.where(known, np.sign(values) * ((exact + 1800) // 3600), MISSING)
    return Series(series.meter, series.kind, energies, None, series.at)
