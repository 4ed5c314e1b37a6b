"""Energy that is given: a line at no price, so that a statement says what was received."""

from __future__ import annotations

from decimal import Decimal

from mitoyen.contracts import Charges, Energy, Line, TariffRule
from mitoyen_tariffs import fee


def price(energy: Energy) -> Charges:
    given = Line("given", int(energy.shared.sum()), "kWh", Decimal(0), ())
    return fee.charges(energy, (given,))


RULE = TariffRule(
    id="free",
    version=1,
    title="Given (énergie donnée)",
    schema={"type": "object", "additionalProperties": False, "properties": fee.FEES},
    price=price,
)
