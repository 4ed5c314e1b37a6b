"""A price by tier of the month's energy: what is beyond a bound has the next price, what is below keeps its own.

For a part of a month the bounds are as the days are, 100 kWh a month for 17 days of 31 is 54.838709 kWh: exact, and
rounded down to whole milliwatt-hours. Who buys from several sellers goes through the tiers of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mitoyen.contracts import Charges, Energy, Line, Objection, Options, TariffRule
from mitoyen_tariffs import fee


def price(energy: Energy) -> Charges:
    """One line a tier in which energy was shared."""
    tiers, total = energy.options["tiers"], int(energy.shared.sum())
    bounds = [tier["upto"] * energy.days // energy.days_in_month for tier in tiers[:-1]]
    edges = [0, *(min(bound, total) for bound in bounds), total]
    bought = (
        Line(f"tier:{index + 1}", high - low, "kWh", tier["price"], ("tiers", index, "price"))
        for index, (tier, (low, high)) in enumerate(zip(tiers, pairwise(edges), strict=True))
        if high > low
    )
    return fee.charges(energy, bought)


def _check(options: Options) -> Iterator[Objection]:
    *bounded, last = options["tiers"]
    before = 0
    for index, tier in enumerate(bounded):
        if "upto" not in tier:
            yield Objection(
                ("tiers", index),
                "ACC311",
                "this tier never ends, and others follow",
                "add upto, such as upto: 100 kWh; only the last tier is without",
            )
            continue
        if tier["upto"] <= before:
            yield Objection(
                ("tiers", index, "upto"),
                "ACC311",
                "this tier is empty, the one before it ends as high",
                "write the tiers from the first kilowatt-hour of the month upwards",
            )
        before = tier["upto"]
    if "upto" in last:
        index = len(bounded)
        yield Objection(
            ("tiers", index, "upto"),
            "ACC311",
            "there is no price beyond this tier",
            "add a last tier without upto: it takes the rest",
        )


RULE = TariffRule(
    id="tiers",
    version=1,
    title="A price by tier of the month (prix par tranche)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["tiers"],
        "properties": {
            "tiers": {
                "type": "array",
                "minItems": 1,
                "description": "from the first kilowatt-hour of the month upwards, the last one without upto",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["price"],
                    "properties": {
                        "upto": {
                            "type": "string",
                            "format": "energy",
                            "description": "where it ends, such as 100 kWh a month; by the day for a part of one",
                        },
                        "price": {"type": "string", "format": "price", "description": "such as 0.1650 EUR/kWh"},
                    },
                },
            },
            **fee.BESIDE,
        },
    },
    price=price,
    check=_check,
)
