"""Chance that anyone can draw again: uniforms read off SHA-256, by name and by day.

Generators of numpy may change their streams between versions; a hash never does. A draw belongs to its key (seed,
meter, purpose) and to its local day, so a day keeps its draws whatever else is computed with it.
"""

from __future__ import annotations

import json
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

_PER_DIGEST = 8
"""32-bit numbers in one SHA-256."""


def uniforms(*key: str | int, count: int) -> Reals:
    """``count`` numbers strictly between 0 and 1 that belong to ``key``, [count]."""
    # JSON keeps ("a", "bc") and ("ab", "c") apart.
    start = sha256(json.dumps(key).encode())
    blocks = []
    for block in range(-(-count // _PER_DIGEST)):
        digest = start.copy()
        digest.update(block.to_bytes(4, "big"))
        blocks.append(digest.digest())
    drawn = np.frombuffer(b"".join(blocks), dtype=">u4")[:count]
    return (drawn + 0.5) / 2**32


def by_day(*key: str | int, days: range, count: int) -> Reals:
    """``count`` uniforms for each local day (counted from 1970-01-01), [day, count]."""
    return np.stack([uniforms(*key, day, count=count) for day in days])


def bell(drawn: Reals) -> Reals:
    """Four uniforms (the last axis, a multiple of 4) make one number of mean 0 and deviation 1, near a normal one.

    Only sums: no logarithm whose last bit could differ from one machine to another.
    """
    fours = drawn.reshape(*drawn.shape[:-1], -1, 4)
    return np.asarray((fours.sum(axis=-1) - 2) * np.sqrt(3.0))
