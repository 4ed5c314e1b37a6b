"""A computed price as an invoice can show it: six decimals of a euro at most, between a floor and a cap."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mitoyen.contracts import Objection, Options
from mitoyen.quantities import half_up

BOUNDS: dict[str, Any] = {
    "floor": {
        "type": "string",
        "format": "price",
        "description": "the price is never lower, such as 0.0900 EUR/kWh",
    },
    "cap": {
        "type": "string",
        "format": "price",
        "description": "the price is never higher, such as 0.1400 EUR/kWh",
    },
}


def bounded(exact: Fraction, options: Options) -> Decimal:
    """Rounded half up to six decimals, as a price that is written has at most; then the floor and the cap."""
    price = half_up(exact, 6)
    floor: Decimal = options.get("floor", price)
    cap: Decimal = options.get("cap", price)
    return min(max(price, floor), cap)


def check(options: Options) -> Iterator[Objection]:
    if "floor" in options and "cap" in options and options["floor"] > options["cap"]:
        yield Objection(
            ("floor",),
            "ACC308",
            f"the floor {options['floor']} EUR/kWh is above the cap {options['cap']}",
            "the price is held between the two: the floor is the lower one",
        )
