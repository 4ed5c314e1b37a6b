"""A price by time slot: local hours, days of the week, months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mitoyen import allocation, timetable
from mitoyen.contracts import Charges, Energy, Line, Objection, Options, TariffRule
from mitoyen_tariffs import fee


def price(energy: Energy) -> Charges:
    """One line a slot in which energy was shared, in the order of the options; the first slot that fits wins."""
    slots = energy.options["slots"]
    which = timetable.slots(energy.clock, slots)
    plants = sorted(energy.by_producer)
    rows = np.stack([energy.shared, *(energy.by_producer[plant] for plant in plants)])
    totals, *given = allocation.slot_sums(rows, which, len(slots)).tolist()
    bought = (
        Line(
            f"energy:{slot['name']}",
            totals[index],
            "kWh",
            slot["price"],
            ("slots", index, "price"),
            by_producer={plant: sums[index] for plant, sums in zip(plants, given, strict=True)} if plants else None,
        )
        for index, slot in enumerate(slots)
        if totals[index]
    )
    return fee.charges(energy, bought)


def _check(options: Options) -> Iterator[Objection]:
    names = Counter(slot["name"] for slot in options["slots"])
    for index, slot in enumerate(options["slots"]):
        if names[slot["name"]] > 1:
            yield Objection(
                ("slots", index, "name"),
                "ACC307",
                f'two slots are named "{slot["name"]}"',
                "members read these names: give each slot its own",
            )
    if moment := timetable.uncovered(options["slots"]):
        yield Objection(
            ("slots",),
            "ACC304",
            f"no slot gives a price on {moment}",
            "add a last slot without days, hours or months: it takes the rest",
        )


RULE = TariffRule(
    id="slots",
    version=1,
    title="A price by time slot (prix par plage horaire)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["slots"],
        "properties": {
            "slots": {
                "type": "array",
                "minItems": 1,
                "description": "the first slot that fits a step prices it",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name", "price"],
                    "properties": {
                        "name": {"type": "string", "minLength": 1, "description": "as members read it"},
                        "price": {"type": "string", "format": "price", "description": "such as 0.1650 EUR/kWh"},
                        **timetable.WHEN,
                    },
                },
            },
            **fee.BESIDE,
        },
    },
    price=price,
    check=_check,
)
