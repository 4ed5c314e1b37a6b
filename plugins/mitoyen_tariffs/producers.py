"""A price by producer: each roof's energy at the price of its owner."""

from __future__ import annotations

from mitoyen.contracts import Charges, Energy, Line, TariffRule
from mitoyen_tariffs import fee


def price(energy: Energy) -> Charges:
    """One line a producer whose energy was shared, in the order of their ids."""
    prices, otherwise = energy.options["prices"], energy.options["otherwise"]
    totals = {producer: int(given.sum()) for producer, given in sorted(energy.by_producer.items())}
    bought = (
        Line(
            f"energy:{producer}",
            total,
            "kWh",
            prices[producer],
            ("prices", producer),
            by_producer={producer: total},
        )
        if producer in prices
        else Line(f"energy:{producer}", total, "kWh", otherwise, ("otherwise",), by_producer={producer: total})
        for producer, total in totals.items()
        if total
    )
    return fee.charges(energy, bought)


RULE = TariffRule(
    id="producers",
    version=1,
    title="A price by producer (prix par producteur)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["prices", "otherwise"],
        "properties": {
            "prices": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"format": "producer"},
                "additionalProperties": {
                    "type": "string",
                    "format": "price",
                    "description": "such as 0.1200 EUR/kWh, excluding tax",
                },
                "description": "the price of each producer's energy, such as {p-roof: 0.1200 EUR/kWh}",
            },
            "otherwise": {
                "type": "string",
                "format": "price",
                "description": "the price of any other producer's, such as 0.1300 EUR/kWh",
            },
            **fee.BESIDE,
        },
    },
    price=price,
)
