"""In proportion to what each one consumes at the step: the key the law applies by default (D. 315-6)."""

from __future__ import annotations

from mitoyen import allocation
from mitoyen.contracts import AllocationRule, Shares, Sharing


def allocate(sharing: Sharing) -> Shares:
    """A_i = C_i x min(1, P / sum of C), by largest remainder."""
    return Shares(allocation.prorata(sharing.pot, sharing.consumed))


RULE = AllocationRule(
    id="prorata",
    version=1,
    title="In proportion to consumption (clé dynamique par défaut)",
    allocate=allocate,
)
