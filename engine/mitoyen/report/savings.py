"""What local energy saves against a reference: an estimate, at the price that operation.yaml names by date.

    reference:
      2023-02-01: {price: 0.1330 EUR/kWh, source: "regulated tariff, energy part, before tax", checked: 2023-03-01}

The reference is what a member would have paid its usual supplier for the same kilowatt-hour, before tax and without
the grid, which is paid in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from mitoyen.clock import Month
from mitoyen.contracts import KWH, Operation
from mitoyen.quantities import half_up, price


@dataclass(frozen=True, slots=True)
class Reference:
    """In force from a day until the next one's."""

    start: date
    price: Decimal
    """EUR a kWh."""
    source: str
    checked: date | None


def references(operation: Operation) -> list[Reference]:
    """Those that operation.yaml names, oldest first; none where it names none."""
    return [
        Reference(
            date.fromisoformat(str(start)),
            price(one["price"]),
            one["source"],
            date.fromisoformat(str(one["checked"])) if "checked" in one else None,
        )
        for start, one in sorted(operation.details.get("reference", {}).items())
    ]


def reference_of(operation: Operation, month: Month) -> Reference | None:
    """The one in force on the first day of the month: an estimate needs no finer."""
    known = [one for one in references(operation) if one.start <= month.first]
    return known[-1] if known else None


def saving(energy: int, net: Decimal, reference: Reference) -> Decimal:
    """EUR before tax: milliwatt-hours at the reference, less what was paid; below zero where it cost more."""
    return half_up(Fraction(energy, KWH) * Fraction(reference.price) - Fraction(net))
