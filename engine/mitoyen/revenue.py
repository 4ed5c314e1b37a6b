"""What each producer earns: every line of energy a consumer pays, split between the plants it came from.

The cents of a line go by largest remainder, so that what producers earn is to the cent what consumers pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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


def by_producer(consumers: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Decimal]]:
    """What each producer earns from each consumer, EUR.

    ``consumers`` are members as :mod:`mitoyen.pricing` makes them; a line says in ``weights`` what it is split by.
    """
    earned: dict[str, dict[str, int]] = {}
    for consumer in consumers:
        for line in consumer["lines"]:
            if weights := line.get("weights"):
                for producer, cents in split(int(Decimal(line["amount"]).scaleb(2)), weights).items():
                    mine = earned.setdefault(producer, {})
                    mine[consumer["id"]] = mine.get(consumer["id"], 0) + cents
    return {
        producer: {name: Decimal(cents).scaleb(-2) for name, cents in mine.items()}
        for producer, mine in earned.items()
    }


def of_surplus(buyers: Iterable[Mapping[str, Any]], producer: str) -> Iterator[dict[str, Any]]:
    """What each buyer took of a producer's surplus, in plain values: each of their lines is one producer's."""
    for buyer in buyers:
        mine = [line for line in buyer["lines"] if line["producer"] == producer]
        if mine:
            yield {
                "buyer": buyer["id"],
                "quantity": sum(line["weights"][producer] for line in mine),
                "amount": str(sum(Decimal(line["amount"]) for line in mine)),
            }
