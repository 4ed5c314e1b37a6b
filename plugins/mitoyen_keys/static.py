"""Fixed shares of production; what one does not use is surplus (clé statique)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import numpy as np

from mitoyen import allocation
from mitoyen.contracts import WHOLE, AllocationRule, Objection, Options, Shares, Sharing
from mitoyen_keys import shares


def allocate(sharing: Sharing) -> Shares:
    """A_i = min(C_i, k_i x P): the part of one who is absent, or uses less, is nobody's but surplus."""
    fixed = shares.weights(sharing.options["shares"], sharing.consumers)
    return Shares(np.minimum(allocation.quota(sharing.pot, fixed, WHOLE), sharing.consumed))


def _check(options: Options) -> Iterator[Objection]:
    return shares.objections(options["shares"])


def _sample(random: Random, sharing: Sharing) -> Sharing:
    return replace(sharing, options={"shares": shares.sample(random, sharing.consumers)})


RULE = AllocationRule(
    id="static",
    version=1,
    title="Fixed shares, the unused part is surplus (clé statique)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["shares"],
        "properties": {"shares": shares.SHARES},
    },
    allocate=allocate,
    sample=_sample,
    serves=lambda options: [one for one, part in options["shares"].items() if part],
    check=_check,
)
