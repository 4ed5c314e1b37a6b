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
import warnings
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

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
        kernel = import_module("mitoyen.allocation._kernel")
    except ImportError:
        return _reference
    written = Path(__file__).with_name("_kernel.pyx")
    # Only a working copy has the source; one that was edited, or pulled, since the build would compute nonsense.
    if written.exists() and sha256(written.read_bytes()).hexdigest() != getattr(kernel, "source", ""):
        warnings.warn("the compiled kernel is not that of its source: run `make install`", stacklevel=2)
        return _reference
    return kernel


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
    amount_ = _energies("amount", amount, 1)
    return _share(amount_, _weights(weights, len(amount)))


def prorata(pot: Energies, demand: Energies) -> Energies:
    """Share a pot in proportion to demand: pot [t], demand [n, t] give out [n, t], at most the demand."""
    pot_ = _energies("pot", pot, 1)
    return _share(pot_, _energies("demand", demand, 2, len(pot)), capped=True)


def quota(pot: Energies, weights: Energies, whole: int) -> Energies:
    """The part of a pot each row has a right to, whether it needs it or not.

    pot [t] and weights [n] or [n, t], in parts of `whole` (typically billionths: 10**9), give out [n, t] by
    largest remainder. What `whole` leaves unassigned belongs to an invisible last participant, so the sum over
    n may be less than pot. Weights that add up to more than `whole` raise ValueError.
    """
    pot_ = _energies("pot", pot, 1)
    weights_ = _weights(weights, len(pot))
    if whole < 1:
        raise ValueError(f"whole must be at least 1, not {whole}")
    if whole > _LARGEST:
        raise OverflowError(f"whole, {whole}, does not fit in 63 bits")
    if (most := _largest_sum(weights_, axis=0)) > whole:
        raise ValueError(f"weights add up to {most}, more than the whole, {whole}")
    return _share(pot_, weights_, whole=whole)


def fill(pot: Energies, demand: Energies, weights: Energies) -> Energies:
    """Fill demands like connected vessels (weighted max-min fairness).

    pot [t], demand [n, t] and weights [n, t] or [n] give out [n, t] = min(demand, level * weight), the level at
    each step such that the parts add up to min(pot, demand of the rows that have weight). Rows below their
    demand are apportioned by largest remainder. Weights all 1 are equal shares; fixed shares as weights
    are a static key that shares again what some do not use.
    """
    pot_ = _energies("pot", pot, 1)
    demand_ = _energies("demand", demand, 2, len(pot))
    weights_ = _weights(weights, len(pot), len(demand))
    if not weights.all():
        demand_ = _Checked(demand_.values * (weights_.values > 0), demand_.bits)
    return _share(pot_, demand_, weights=weights_, capped=True)


def attribute(shared: Energies, produced: Energies, given: Energies | None = None) -> Energies:
    """Whose energy each consumer got: shared [n, t] and produced [m, t] give pair [m, n, t].

    The energy used at a step, the sum of shared, is first split over producers in proportion to what they
    produced, or taken from `given` [m, t]; then, producer after producer, over what each consumer still has to
    receive. Both margins are exact: pair adds up over m to shared, over n to what each producer gave. Energy
    that nobody produced, or `given` that is more than produced or does not add up, raises ValueError.
    """
    shared_ = _energies("shared", shared, 2)
    steps = shared.shape[1]
    produced_ = _energies("produced", produced, 2, steps)
    used = _Checked(_sums(shared_, axis=0), _sum_bits(shared_, axis=0))
    if (used.values > _sums(produced_, axis=0)).any():
        raise ValueError("more energy is shared than produced")
    if given is None:
        given_ = _Checked(_share(used, produced_), produced_.bits)
    else:
        given_ = _energies("given", given, 2, steps)
        if given.shape != produced.shape:
            raise ValueError(f"given has shape {given.shape}, produced {produced.shape}")
        if (given > produced).any():
            raise ValueError("a producer gives more than it produced")
        if (given.sum(axis=0) != used.values).any():
            raise ValueError("what producers give does not add up to what is shared")
    pair = np.empty((len(produced), *shared.shape), np.int64)
    if len(pair):
        remaining = pair[-1]  # the last producer gives what remains
        remaining[:] = shared
        for mine, parts in zip(given_.values[:-1], pair[:-1], strict=True):
            _share(_Checked(mine, given_.bits), _Checked(remaining, shared_.bits), capped=True, out=parts)
            remaining -= parts
    return pair


def slot_sums(values: Energies, slot: Slots, count: int) -> Energies:
    """Sum by billing slot: values [n, t] and slot [t] in [-1, count) give sums [n, count]; -1 is not counted."""
    values_ = _energies("values", values, 2)
    slots = _slots(slot, count, values.shape[1])
    _sum_bits(values_, axis=1)
    sums = np.zeros((len(values), count), np.int64)
    _engine.slot_sums(values_.values, slots, sums)
    return sums


def prorata_by_slot(pot: Energies, demand: Energies, slot: Slots, count: int) -> tuple[Energies, Energies]:
    """`slot_sums(prorata(pot, demand), slot, count)` [n, count] and the energy shared [t], without the shares."""
    pot_ = _energies("pot", pot, 1)
    demand_ = _energies("demand", demand, 2, len(pot))
    slots = _slots(slot, count, len(pot))
    _sum_bits(demand_, axis=1)
    sums = np.zeros((len(demand), count), np.int64)
    used = np.zeros(len(pot), np.int64)
    wide = _is_wide(pot_, demand_, capped=True)
    _engine.share_by_slot(pot_.values, demand_.values, slots, wide, sums, used)
    return sums, used


_LARGEST = 2**63 - 1


class _Checked(NamedTuple):
    """Values that are int64, not negative, of the right shape, and how many bits the largest may need."""

    values: Energies
    bits: int


def _share(
    pot: _Checked,
    base: _Checked,
    *,
    weights: _Checked | None = None,
    whole: int = 0,
    capped: bool = False,
    out: Energies | None = None,
) -> Energies:
    if out is None:
        out = np.empty(base.values.shape, np.int64)
    wide = _is_wide(pot, base, weights=weights, whole=whole, capped=capped)
    _engine.share(pot.values, base.values, weights and weights.values, whole, capped, wide, out)
    return out


def _is_wide(
    pot: _Checked,
    base: _Checked,
    *,
    weights: _Checked | None = None,
    whole: int = 0,
    capped: bool = False,
) -> bool:
    """Whether 64 bits may not be enough, from bounds alone: once a call, nothing is left to check in a loop."""
    total = max(_sum_bits(base, axis=0), whole.bit_length())
    amount = min(pot.bits, total) if capped else pot.bits
    if weights is None:
        level = 0
    else:
        total = _sum_bits(weights, axis=0)
        level = max(base.bits + total, amount + weights.bits)  # products compared to find who is full
    # A guessed quotient must be off by one at most, and a remainder not yet put right is below 2 * total.
    return level > 63 or amount > 49 or total > 62


def _sum_bits(checked: _Checked, axis: int) -> int:
    """How many bits sums along an axis may need; OverflowError when that is more than 63."""
    bits = checked.bits + checked.values.shape[axis].bit_length()
    return bits if bits <= 63 else _largest_sum(checked, axis).bit_length()


def _sums(checked: _Checked, axis: int) -> Energies:
    _sum_bits(checked, axis)
    return np.asarray(checked.values.sum(axis=axis))


def _largest_sum(checked: _Checked, axis: int) -> int:
    """The largest sum along an axis, exactly; OverflowError when it does not fit in 63 bits."""
    values = checked.values
    if axis == 0 and values.ndim == 2 and values.strides[1] == 0:
        values = values[:, :1]  # weights that never change
    if not values.size:
        return 0
    high = (values >> 32).sum(axis=axis).astype(object)
    low = (values & 0xFFFFFFFF).sum(axis=axis).astype(object)
    largest = int((high * 2**32 + low).max())
    if largest > _LARGEST:
        raise OverflowError(f"energies or weights add up to {largest}, which does not fit in 63 bits")
    return largest


def _energies(name: str, values: Energies, dimensions: int, steps: int | None = None) -> _Checked:
    if not isinstance(values, np.ndarray) or values.dtype != np.int64:
        kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        raise ValueError(f"{name} must be an array of int64, not {kind}")
    if values.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimension(s), not {values.ndim}")
    if steps is not None and values.shape[-1] != steps:
        raise ValueError(f"{name} has {values.shape[-1]} steps where {steps} are expected")
    seen = int(np.bitwise_or.reduce(values, axis=None))  # one pass for the sign and for the size
    if seen < 0:
        raise ValueError(f"{name} must not be negative")
    return _Checked(np.ascontiguousarray(values), seen.bit_length())


def _weights(weights: Energies, steps: int, rows: int | None = None) -> _Checked:
    constant = isinstance(weights, np.ndarray) and weights.ndim == 1
    checked = _energies("weights", weights, 1) if constant else _energies("weights", weights, 2, steps)
    if rows is not None and len(weights) != rows:
        raise ValueError(f"weights has {len(weights)} rows where {rows} are expected")
    if constant:
        return _Checked(np.broadcast_to(checked.values[:, None], (len(weights), steps)), checked.bits)
    return checked


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
