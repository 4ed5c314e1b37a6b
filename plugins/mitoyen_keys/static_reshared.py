"""Fixed shares; what one does not use goes round again among those still in need, in proportion to their shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mitoyen import allocation
from mitoyen.contracts import WHOLE, Shares, Sharing
from mitoyen_keys import shares, static


def allocate(sharing: Sharing) -> Shares:
    """Rounds of sharing end where vessels joined by their shares would: one filling gives the exact result.

    The part of production that no share names stays surplus; the part of one who is absent goes round.
    """
    named = np.array([sum(sharing.options["shares"].values())], dtype=np.int64)
    [pot] = allocation.quota(sharing.pot, named, WHOLE)
    fixed = shares.weights(sharing.options["shares"], sharing.consumers)
    return Shares(allocation.fill(pot, sharing.consumed, fixed))


RULE = replace(
    static.RULE,
    id="static-reshared",
    title="Fixed shares, the unused part shared again (clé statique avec repartage)",
    allocate=allocate,
)
