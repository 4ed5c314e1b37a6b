"""The same for everyone: capped by what each one consumes, the rest shared again equally (max-min)."""

from __future__ import annotations

import numpy as np

from mitoyen import allocation
from mitoyen.contracts import AllocationRule, Shares, Sharing


def allocate(sharing: Sharing) -> Shares:
    """A_i = min(C_i, level), the level such that the parts add up to min(P, sum of C)."""
    alike = np.ones(len(sharing.consumers), dtype=np.int64)
    return Shares(allocation.fill(sharing.pot, sharing.consumed, alike))


RULE = AllocationRule(
    id="equal",
    version=1,
    title="Equal parts, the unused part shared again (parts égales)",
    allocate=allocate,
)
