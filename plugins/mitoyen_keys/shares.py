"""Fixed shares as options write them: ``shares: {m-3fk2: 40 %, m-9qtd: 60 %}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import numpy as np

from mitoyen.contracts import WHOLE, Energies, Objection
from mitoyen.quantities import show_percent

SHARES: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"format": "consumer"},
    "additionalProperties": {"type": "string", "format": "percent"},
    "description": "each consumer's part of the production, such as 40 %",
}


def weights(shares: Mapping[str, int], consumers: tuple[str, ...]) -> Energies:
    """The shares of these consumers, billionths, [consumer]; 0 for one that has none."""
    return np.array([shares.get(consumer, 0) for consumer in consumers], dtype=np.int64)


def objections(shares: Mapping[str, int], *path: str | int) -> Iterator[Objection]:
    """Shares that add up to more than the whole."""
    total = sum(shares.values())
    if total > WHOLE:
        yield Objection(
            (*path, "shares"),
            "ACC204",
            f"shares add up to {show_percent(total)}, they may add up to 100 % at most",
            f"{show_percent(total - WHOLE)} too many; a total under 100 % is allowed, the rest becomes surplus",
        )


def sample(random: Random, consumers: tuple[str, ...]) -> dict[str, int]:
    """Shares for the conformance kit: whole, partial, or with a consumer that has none."""
    raw = [random.choice([0, 1, 2, 5, 10**6]) for _consumer in consumers]
    total = sum(raw) + random.choice([0, 0, 3])
    return {consumer: WHOLE * part // total for consumer, part in zip(consumers, raw, strict=True) if total}
