"""One price for every kilowatt-hour shared."""

from __future__ import annotations

from mitoyen.contracts import Charges, Energy, Line, TariffRule
from mitoyen_tariffs import fee


def price(energy: Energy) -> Charges:
    bought = Line("energy", int(energy.shared.sum()), "kWh", energy.options["price"], ("price",))
    return fee.charges(energy, (bought,))


RULE = TariffRule(
    id="flat",
    version=1,
    title="One price per kWh (prix unique)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["price"],
        "properties": {
            "price": {"type": "string", "format": "price", "description": "such as 0.1650 EUR/kWh, excluding tax"},
            **fee.BESIDE,
        },
    },
    price=price,
)
