"""What a member pays beside the price of energy: a fee a month, a fee a kilowatt-hour, a minimum.

None of them is energy: they are services of the organiser, and no part of what producers earn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from mitoyen.contracts import Charges, Energy, Least, Line, Options

FEES: dict[str, Any] = {
    "fee": {
        "type": "string",
        "format": "fee",
        "description": "fixed fee such as 2.00 EUR/month, by the day for a part of a month",
    },
    "fee_per_kwh": {
        "type": "string",
        "format": "price",
        "description": "the organiser's fee on each kWh shared, such as 0.0050 EUR/kWh",
    },
}
MINIMUM: dict[str, Any] = {
    "minimum": {
        "type": "string",
        "format": "fee",
        "description": "the least that energy costs a month, such as 5.00 EUR/month, by the day for a part of one",
    },
}
BESIDE: dict[str, Any] = {**FEES, **MINIMUM}
"""The options of every rule that sells energy as it comes."""


def charges(energy: Energy, bought: Iterable[Line]) -> Charges:
    """The lines of the energy, and what goes with them under the options above."""
    return Charges((*bought, *lines(energy)), _least(energy))


def lines(energy: Energy) -> Iterator[Line]:
    if "fee" in energy.options:
        yield Line("fee", _part(energy), "month", energy.options["fee"], ("fee",))
    if "fee_per_kwh" in energy.options:
        price, shared = energy.options["fee_per_kwh"], int(energy.shared.sum())
        yield Line("fee_per_kwh", shared, "kWh", price, ("fee_per_kwh",), supply="service")


def _least(energy: Energy) -> Least | None:
    if "minimum" not in energy.options:
        return None
    return Least(_part(energy) * Fraction(energy.options["minimum"]), ("minimum",))


def _part(energy: Energy) -> Fraction:
    return Fraction(energy.days, energy.days_in_month)


def in_force(options: Options) -> Mapping[str, object]:
    """These options in named values: none where there is none."""
    return {name: value for name, value in options.items() if name in BESIDE}
