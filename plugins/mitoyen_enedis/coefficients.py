"""Coefficients on the grid that the operator takes: whole hundredths of a percent, or whatever it accepts.

Our shares of a step, divided by its production, are coefficients that no file can hold. Rounded down, each loses
up to a unit of the grid, and with it energy that nobody gets: the more members, the more. Here units are given
back one by one, within three laws: the sum is never over the whole; no coefficient is a unit or more off its share;
what is given back is never more than what was lost until then, to half a unit. Whoever was owed the most until then
comes first: over a month nobody, however small its share, is always the one who is rounded down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitoyen import allocation
from mitoyen.contracts import Energies


def rounded(shared: Energies, produced: Energies, room: Energies, whole: int) -> Energies:
    """Units of 1/``whole``, [consumer, step], that give back as much of ``shared`` [consumer, step] as they can.

    ``produced`` [step] is what they are parts of. ``room`` [consumer, step] is what each could receive beyond its
    share: none where all it consumes is shared to it, and then a unit more costs nobody anything but the unit.

    Raise OverflowError where production times the whole does not fit in 63 bits: a GWh a step by ten thousandths.
    """
    if int(produced.max(initial=0)) * whole >= 2**63:
        raise OverflowError(f"a step with {int(produced.max())} mWh is too large for parts of {whole}")
    units, owed = np.zeros_like(shared), np.zeros(len(shared), dtype=np.int64)
    for step in np.flatnonzero(produced).tolist():
        pot, share, more = int(produced[step]), shared[:, step], room[:, step]
        units[:, step] = _rounded(share, pot, more, whole, owed)
        owed += share - np.minimum(units[:, step] * pot // whole, share + more)
    return units


def _rounded(share: Energies, pot: int, room: Energies, whole: int, owed: Energies) -> Energies:
    """One step, [consumer]; ``owed`` is what each was given too little before it, negative where too much."""
    units, lost = share * whole // pot, share * whole % pot  # lost, and gains, in parts of a unit: [0, pot)
    spare = whole - int(units.sum())
    full = (room == 0) & (lost > 0)
    if spare * pot >= int(full.sum()) * pot + int(lost[~full].sum()):
        # There are units for all: whoever is served in full gets its own, which takes from nobody.
        units, spare, lost = units + full, spare - int(full.sum()), np.where(full, 0, lost)
    gain = np.where(lost > 0, np.minimum(pot, lost + np.minimum(room, pot) * whole), 0)
    left = int(lost.sum()) + int(owed.sum()) * whole
    for row in np.lexsort((-(owed * whole + lost), -gain)).tolist():
        mine = int(gain[row])
        if spare and 0 < mine <= 2 * left:
            units[row] += 1
            spare, left = spare - 1, left - mine
    return units


def applied(units: Energies, produced: Energies, consumed: Energies, whole: int) -> Energies:
    """What the operator makes of them, each share to the milliwatt-hour below: [consumer, step].

    Pooled: ``units`` [consumer, step] of ``produced`` [step]. By producer: [producer, consumer, step] of
    [producer, step], what is offered beyond a consumption taken back from each in proportion.
    """
    if units.ndim == 2:
        return np.asarray(np.minimum(units * produced // whole, consumed))
    offers = units * produced[:, np.newaxis] // whole
    return np.asarray(np.minimum(offers.sum(axis=0), consumed))


@dataclass(frozen=True, slots=True)
class Loss:
    """What rounding costs over a month, milliwatt-hours."""

    shared: int
    """By our key."""
    lost: int
    """Of it, what becomes surplus; negative where a little surplus is shared instead."""
    moved: int
    """What some receive beyond their share by our key."""


def loss(ours: Energies, theirs: Energies) -> Loss:
    """Ours and what the operator makes of the coefficients, [consumer, step]."""
    shared = int(ours.sum())
    return Loss(shared, shared - int(theirs.sum()), int(np.maximum(theirs - ours, 0).sum()))


def pooled(shared: Energies, produced: Energies) -> bool:
    """Whether shares by pair [producer, consumer, step] are those of a pool, each producer giving in proportion."""
    return bool((allocation.attribute(shared.sum(axis=0, dtype=np.int64), produced) == shared).all())
