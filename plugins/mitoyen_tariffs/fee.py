"""A fixed fee a month, for the days of the month the member takes part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from mitoyen.contracts import Energy, Line, Options

FEE: dict[str, Any] = {
    "type": "string",
    "format": "fee",
    "description": "fixed fee such as 2.00 EUR/month, by the day for a part of a month",
}


def lines(energy: Energy) -> Iterator[Line]:
    if "fee" in energy.options:
        part = Fraction(energy.days, energy.days_in_month)
        yield Line("fee", part, "month", energy.options["fee"], ("fee",))


def in_force(options: Options) -> Mapping[str, object]:
    """The fee in named values: none where there is none."""
    return {name: value for name, value in options.items() if name == "fee"}
