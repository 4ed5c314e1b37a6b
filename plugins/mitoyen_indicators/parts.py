"""Sums and parts of them, exact."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from mitoyen.contracts import Energies


def total(curves: Iterable[Energies]) -> int:
    """Milliwatt-hours of all steps of some curves. Each is summed in 64 bits, which hold a petawatt-hour."""
    return sum(int(curve.sum(dtype=np.int64)) for curve in curves)


def part(some: int, whole: int) -> Fraction | None:
    """None where there is nothing to be a part of."""
    return Fraction(some, whole) if whole else None
