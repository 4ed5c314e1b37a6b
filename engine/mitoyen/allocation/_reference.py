"""The numpy twin of the kernel: the same functions, the same unit of energy, no compiler.

Vectorised over steps, in blocks that stay in cache. One sort of unique keys, remainder * 2**bits + (last row -
row), finds who gets the leftover units. Where products or keys may pass 63 bits, Python integers take over:
slow, exact, never met in a village. Callers validate, here too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Energies = NDArray[np.int64]

_CELLS = 1 << 15  # of a block: its few temporaries fit in a level 2 cache


def share(
    pot: Energies,
    base: Energies,
    weights: Energies | None,
    whole: int,
    capped: bool,
    wide: bool,
    out: Energies,
) -> None:
    """Write into `out` the parts of `pot` [t] by `base` [n, t], or by the levels that `weights` give."""
    rows, steps = base.shape
    width = max(1, _CELLS // max(1, rows))
    for start in range(0, steps, width):
        block = slice(start, start + width)
        columns = base[:, block]
        total = columns.sum(axis=0)
        amount = np.minimum(pot[block], total) if capped else pot[block]
        wholes = np.full_like(total, whole) if whole else total
        keep = amount == wholes
        np.multiply(columns, keep, out=out[:, block])
        scarce = np.flatnonzero((amount != 0) & (total != 0) & ~keep)
        if not scarce.size:
            continue
        lines = columns[:, scarce].T.copy()
        if weights is not None:
            parts = _fill(amount[scarce], lines, weights[:, block][:, scarce].T.copy(), wide)
        elif whole:  # the invisible last participant
            lines = np.column_stack([lines, (wholes - total)[scarce]])
            parts = _apportion(amount[scarce], lines, wholes[scarce], wide)[:, :rows]
        else:
            parts = _apportion(amount[scarce], lines, wholes[scarce], wide)
        out[:, start + scarce] = parts.T


def share_by_slot(
    pot: Energies,
    base: Energies,
    slot: Energies,
    wide: bool,
    sums: Energies,
    used: Energies,
) -> None:
    """Add into `sums` [n, count] the capped parts of `pot` by `base`, into `used` [t] what was shared."""
    rows, steps = base.shape
    width = max(1, _CELLS // max(1, rows))
    for start in range(0, steps, width):
        block = slice(start, start + width)
        out = np.empty((rows, len(slot[block])), np.int64)
        share(pot[block], base[:, block], None, 0, True, wide, out)
        used[block] = out.sum(axis=0)
        slot_sums(out, slot[block], sums)


def slot_sums(values: Energies, slot: Energies, sums: Energies) -> None:
    """Add into `sums` [n, count] the `values` [n, t] by slot."""
    if not values.size or not sums.size:
        return
    starts = np.flatnonzero(np.diff(slot, prepend=-2))
    runs = np.add.reduceat(values, starts, axis=1)
    for number in np.unique(slot):
        if number >= 0:
            sums[:, number] += runs[:, slot[starts] == number].sum(axis=1)


def _apportion(amount: Energies, lines: Energies, whole: Energies, wide: bool) -> Energies:
    """Largest remainder, a step a line: amount [s], lines [s, n] that add up to whole [s] > 0."""
    steps, rows = lines.shape
    bits = rows.bit_length()
    product_bits = int(amount.max()).bit_length() + int(lines.max()).bit_length()
    if wide or product_bits > 63 or int(whole.max()).bit_length() + bits > 63:
        return _by_integers(_apportion_line, amount, lines, whole)
    keys = lines * amount[:, None]
    parts = keys // whole[:, None]
    keys -= parts * whole[:, None]
    keys <<= bits
    keys += np.arange(rows)[::-1]
    left = amount - parts.sum(axis=1)
    ordered = np.sort(keys, axis=1)
    least = ordered[np.arange(steps), np.minimum(rows - left, rows - 1)]  # left < rows
    parts += keys >= np.where(left == 0, np.iinfo(np.int64).max, least)[:, None]
    return parts


def _fill(pot: Energies, lines: Energies, weights: Energies, wide: bool) -> Energies:
    """Water filling, a step a line: rows found full leave with their demand, until a pass finds none.

    Overwrites pot [s] and weights [s, n], both copies.
    """
    if wide:
        return _by_integers(_fill_line, pot, lines, weights)
    while True:
        whole = weights.sum(axis=1)
        full = (weights > 0) & (lines * whole[:, None] <= pot[:, None] * weights)
        if not full.any():
            break
        pot -= (lines * full).sum(axis=1)
        weights[full] = 0
    return np.where(weights > 0, _apportion(pot, weights, whole, wide), lines)


def _by_integers(
    rule: Callable[[int, list[int], Any], list[int]], amount: Energies, lines: Energies, other: Energies
) -> Energies:
    """A rule on lists of Python integers, a step at a time."""
    steps = zip(amount.tolist(), lines.tolist(), other.tolist(), strict=True)
    return np.array([rule(*step) for step in steps], np.int64)


def _apportion_line(amount: int, line: list[int], whole: int) -> list[int]:
    pairs = [divmod(amount * weight, whole) for weight in line]
    parts = [part for part, _ in pairs]
    by_remainder = sorted(range(len(line)), key=lambda row: (-pairs[row][1], row))
    for row in by_remainder[: amount - sum(parts)]:
        parts[row] += 1
    return parts


def _fill_line(pot: int, line: list[int], weights: list[int]) -> list[int]:
    parts = list(line)
    active = [row for row, weight in enumerate(weights) if weight]
    while True:
        whole = sum(weights[row] for row in active)
        full = {row for row in active if line[row] * whole <= pot * weights[row]}
        if not full:
            break
        pot -= sum(line[row] for row in full)
        active = [row for row in active if row not in full]
    rest = _apportion_line(pot, [weights[row] for row in active], whole)
    for row, part in zip(active, rest, strict=True):
        parts[row] = part
    return parts
