"""Energy shared among neighbours, exactly: the arithmetic every allocation rule is made of.

No policy lives here: who is a member, which key applies and what a price is are other people's business.
Every function is pure, takes and gives int64 **milliwatt-hours**, and conserves them to the last unit.
Arrays are [participant, step], C-contiguous for speed (any layout and read-only arrays are accepted). Rows come
in the order of the participants' ids: where two remainders tie, the first row gets the unit.

Two engines give the same units: a compiled kernel, and its twin in numpy where there is no compiler.
`MITOYEN_KERNEL=numpy` in the environment forces the twin.

Wrong shapes, types, signs or indexes raise `ValueError`; sums that do not fit in 63 bits raise `OverflowError`.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mitoyen.allocation import _reference

__all__ = ["apportion", "attribute", "backend", "fill", "prorata", "prorata_by_slot", "quota", "slot_sums"]

Energies = NDArray[np.int64]
Slots = NDArray[np.int64] | NDArray[np.int32]


class _Engine(Protocol):
    def share(
        self,
        pot: Energies,
        base: Energies,
        weights: Energies | None,
        whole: int,
        capped: bool,
        wide: bool,
        out: Energies,
    ) -> None: ...

    def share_by_slot(
        self, pot: Energies, base: Energies, slot: Energies, wide: bool, sums: Energies, used: Energies
    ) -> None: ...

    def slot_sums(self, values: Energies, slot: Energies, sums: Energies) -> None: ...


def _choose() -> Any:
    wish = os.environ.get("MITOYEN_KERNEL", "")
    if wish not in ("", "numpy"):
        raise ValueError(f"MITOYEN_KERNEL is {wish!r}: it may only be 'numpy', or absent")
    if wish:
        return _reference
    try:
        return import_module("mitoyen.allocation._kernel")
    except ImportError:
        return _reference


_engine: _Engine = _choose()


def backend() -> str:
    """Which engine computes: "cython" (the compiled kernel) or "numpy" (its twin)."""
    return "numpy" if _engine is _reference else "cython"


def apportion(amount: Energies, weights: Energies) -> Energies:
    """Split whole units by weight, by largest remainder (Hamilton).

    amount [t] and weights [n, t], or [n] when they never change, give out [n, t]: floor(amount * weight /
    sum of weights), and the units left over one each to the largest remainders. Over n they add up to amount
    at every step; where all weights are 0 the result is 0.
    """
    amount = _energies("amount", amount, 1)
    weights = _weights(weights, len(amount))
    return _share(amount, weights)


def prorata(pot: Energies, demand: Energies) -> Energies:
    """Share a pot in proportion to demand: pot [t], demand [n, t] give out [n, t], at most the demand."""
    pot = _energies("pot", pot, 1)
    return _share(pot, _energies("demand", demand, 2, len(pot)), capped=True)


def quota(pot: Energies, weights: Energies, whole: int) -> Energies:
    """The part of a pot each row has a right to, whether it needs it or not.

    pot [t] and weights [n] or [n, t], in parts of `whole` (typically billionths: 10**9), give out [n, t] by
    largest remainder. What `whole` leaves unassigned belongs to an invisible last participant, so the sum over
    n may be less than pot. Weights that add up to more than `whole` raise ValueError.
    """
    pot = _energies("pot", pot, 1)
    weights = _weights(weights, len(pot))
    if whole < 1:
        raise ValueError(f"whole must be at least 1, not {whole}")
    if whole > _LARGEST:
        raise OverflowError(f"whole {whole} does not fit in 63 bits")
    if weights.size and (most := _largest_sum(weights, axis=0)) > whole:
        raise ValueError(f"weights add up to {most}, more than the whole, {whole}")
    return _share(pot, weights, whole=whole)


def fill(pot: Energies, demand: Energies, weights: Energies) -> Energies:
    """Fill demands like connected vessels (weighted max-min fairness).

    pot [t], demand [n, t] and weights [n, t] or [n] give out [n, t] = min(demand, level * weight), the level at
    each step such that the parts add up to min(pot, demand of the rows that have weight). Rows below their
    demand are apportioned by largest remainder. Weights all 1 are equal shares; fixed shares as weights
    are a static key that shares again what some do not use.
    """
    pot = _energies("pot", pot, 1)
    demand = _energies("demand", demand, 2, len(pot))
    weights = _weights(weights, len(pot), len(demand))
    if not weights.all():
        demand = demand * (weights > 0)
    return _share(pot, demand, weights=weights, capped=True)


def attribute(shared: Energies, produced: Energies, given: Energies | None = None) -> Energies:
    """Whose energy each consumer got: shared [n, t] and produced [m, t] give pair [m, n, t].

    The energy used at a step, the sum of shared, is first split over producers in proportion to what they
    produced, or taken from `given` [m, t]; then, producer after producer, over what each consumer still has to
    receive. Both margins are exact: pair adds up over m to shared, over n to what each producer gave. Energy
    that nobody produced, or `given` that differs from it, raises ValueError.
    """
    shared = _energies("shared", shared, 2)
    steps = shared.shape[1]
    produced = _energies("produced", produced, 2, steps)
    _largest_sum(shared, axis=0), _largest_sum(produced, axis=0)
    used = shared.sum(axis=0)
    if (used > produced.sum(axis=0)).any():
        raise ValueError("more energy is shared than produced")
    if given is None:
        given = _share(used, produced)
    else:
        given = _energies("given", given, 2, steps)
        if given.shape != produced.shape:
            raise ValueError(f"given has shape {given.shape}, produced {produced.shape}")
        if (given > produced).any():
            raise ValueError("a producer gives more than it produced")
        if (given.sum(axis=0) != used).any():
            raise ValueError("what producers give does not add up to what is shared")
    pair = np.empty((len(produced), *shared.shape), np.int64)
    if len(pair):
        remaining = pair[-1]  # the last producer gives what remains
        remaining[:] = shared
        for mine, parts in zip(given[:-1], pair[:-1], strict=True):
            _share(mine, remaining, capped=True, out=parts)
            remaining -= parts
    return pair


def slot_sums(values: Energies, slot: Slots, count: int) -> Energies:
    """Sum by billing slot: values [n, t] and slot [t] in [-1, count) give sums [n, count]; -1 is not counted."""
    values = _energies("values", values, 2)
    slots = _slots(slot, count, values.shape[1])
    _largest_sum(values, axis=1)
    sums = np.zeros((len(values), count), np.int64)
    _engine.slot_sums(values, slots, sums)
    return sums


def prorata_by_slot(pot: Energies, demand: Energies, slot: Slots, count: int) -> tuple[Energies, Energies]:
    """`slot_sums(prorata(pot, demand), slot, count)` [n, count] and the energy shared [t], without the shares."""
    pot = _energies("pot", pot, 1)
    demand = _energies("demand", demand, 2, len(pot))
    slots = _slots(slot, count, len(pot))
    _largest_sum(demand, axis=1)
    sums = np.zeros((len(demand), count), np.int64)
    used = np.zeros(len(pot), np.int64)
    _engine.share_by_slot(pot, demand, slots, _is_wide(pot, demand, capped=True), sums, used)
    return sums, used


_LARGEST = 2**63 - 1


def _share(
    pot: Energies,
    base: Energies,
    *,
    weights: Energies | None = None,
    whole: int = 0,
    capped: bool = False,
    out: Energies | None = None,
) -> Energies:
    if out is None:
        out = np.empty(base.shape, np.int64)
    _engine.share(pot, base, weights, whole, capped, _is_wide(pot, base, weights, whole, capped), out)
    return out


def _is_wide(
    pot: Energies, base: Energies, weights: Energies | None = None, whole: int = 0, capped: bool = False
) -> bool:
    """Whether 64 bits may not be enough. Bounds are in bits: one OR of all values gives theirs, and signs."""
    index = len(base).bit_length()
    total = whole.bit_length() if whole else _sum_bits(base)
    amount = min(_bits(pot), total) if capped else _bits(pot)
    wide = False
    if weights is not None:
        heaviest = _sum_bits(weights)
        wide = _bits(base) + heaviest > 63 or amount + _bits(weights) > 63  # the level's products
        total = heaviest
    # A guessed quotient must be off by one at most, a key (remainder, row) must fit beside a sign.
    return wide or amount > 49 or total + index > 62


def _sum_bits(values: Energies) -> int:
    """An upper bound of the bits of the sums over rows, which must fit in 63."""
    bits = _bits(values) + len(values).bit_length()
    return bits if bits <= 63 else _largest_sum(values, axis=0).bit_length()


def _bits(values: Energies) -> int:
    if values.ndim == 2 and values.strides[1] == 0:
        values = values[:, :1]
    return int(np.bitwise_or.reduce(values, axis=None)).bit_length()


def _largest_sum(values: Energies, axis: int) -> int:
    """The largest sum along an axis, exactly; OverflowError when it does not fit in 63 bits."""
    if not values.size:
        return 0
    if _bits(values) + values.shape[axis].bit_length() <= 63:
        return int(values.sum(axis=axis).max())
    high = (values >> 32).sum(axis=axis).astype(object)
    low = (values & 0xFFFFFFFF).sum(axis=axis).astype(object)
    largest = int((high * 2**32 + low).max())
    if largest > _LARGEST:
        raise OverflowError(f"energies or weights add up to {largest}, which does not fit in 63 bits")
    return largest


def _energies(name: str, values: Energies, dimensions: int, steps: int | None = None) -> Energies:
    if not isinstance(values, np.ndarray) or values.dtype != np.int64:
        kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        raise ValueError(f"{name} must be an array of int64, not {kind}")
    if values.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimension(s), not {values.ndim}")
    if steps is not None and values.shape[-1] != steps:
        raise ValueError(f"{name} has {values.shape[-1]} steps where {steps} are expected")
    if values.size and values.min() < 0:
        raise ValueError(f"{name} must not be negative")
    return np.ascontiguousarray(values)


def _weights(weights: Energies, steps: int, rows: int | None = None) -> Energies:
    constant = isinstance(weights, np.ndarray) and weights.ndim == 1
    weights = _energies("weights", weights, 1) if constant else _energies("weights", weights, 2, steps)
    if rows is not None and len(weights) != rows:
        raise ValueError(f"weights has {len(weights)} rows where {rows} are expected")
    return np.broadcast_to(weights[:, None], (len(weights), steps)) if constant else weights


def _slots(slot: Slots, count: int, steps: int) -> Energies:
    if count < 0:
        raise ValueError(f"count must not be negative, not {count}")
    if not isinstance(slot, np.ndarray) or slot.dtype not in (np.int32, np.int64):
        raise ValueError("slot must be an array of int32 or int64")
    if slot.shape != (steps,):
        raise ValueError(f"slot has shape {slot.shape} where ({steps},) is expected")
    if steps and not (slot.min() >= -1 and slot.max() < count):
        raise ValueError(f"slot must be in [-1, {count})")
    return np.ascontiguousarray(slot, np.int64)
