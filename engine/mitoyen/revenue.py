"""What each producer earns: every line of energy a consumer pays, split between the plants it came from.

The cents of a line go by largest remainder, so that what producers earn is to the cent what consumers pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def split(cents: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Whole cents in proportion to whole weights, the last ones to the largest remainders, of equal ones by name.

    Raise ValueError where there are cents and nothing to go by.
    """
    total = sum(weights.values())
    if not total:
        if cents:
            raise ValueError(f"{cents} cents are to be split and nobody gave energy")
        return dict.fromkeys(weights, 0)
    shares = {name: divmod(abs(cents) * weight, total) for name, weight in weights.items()}
    left = abs(cents) - sum(whole for whole, _rest in shares.values())
    first = sorted(shares, key=lambda name: (-shares[name][1], name))[:left]
    sign = -1 if cents < 0 else 1
    return {name: sign * (whole + (name in first)) for name, (whole, _rest) in shares.items()}


def by_producer(consumers: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The sales of each producer, a consumer each by name: ``quantity`` in milliwatt-hours and ``amount`` as text.

    ``consumers`` are members as :func:`mitoyen.pricing.price` gives them; a line says in ``from`` its plants.
    """
    sales: dict[str, dict[str, tuple[int, int]]] = {}
    for consumer in sorted(consumers, key=lambda one: str(one["id"])):
        for line in consumer["lines"]:
            plants = line.get("producers", {})
            for producer, cents in split(int(Decimal(line["amount"]).scaleb(2)), plants).items() if plants else ():
                mine = sales.setdefault(producer, {})
                quantity, earned = mine.get(consumer["id"], (0, 0))
                mine[consumer["id"]] = (quantity + plants[producer], earned + cents)
    return {
        producer: [
            {"consumer": name, "quantity": quantity, "amount": str(Decimal(cents).scaleb(-2))}
            for name, (quantity, cents) in mine.items()
        ]
        for producer, mine in sales.items()
    }
