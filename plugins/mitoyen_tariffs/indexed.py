"""A price that follows published indices, set anew on revision dates.

    price = base x (fixed + sum of weight x index / its first value)

It is computed exactly, rounded half up to six decimals of a euro, and holds until the next revision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from mitoyen.contracts import WHOLE, Charges, Energy, Objection, Options, TariffRule
from mitoyen.diagnostics import nearest
from mitoyen.quantities import show_percent
from mitoyen_tariffs import bounds, dated, fee
from mitoyen_tariffs.dated import Dated


def price(energy: Energy) -> Charges:
    return fee.charges(energy, dated.lines(energy, _prices(energy.options)))


def _prices(options: Options) -> list[Dated]:
    """The base until the first revision, then the price of each."""
    base = Fraction(options["base"])
    revised = [
        Dated(day, bounds.bounded(base * _factor(options, day), options), ("revised", index))
        for index, day in enumerate(options["revised"])
    ]
    return [Dated(date.min, bounds.bounded(base, options), ("base",)), *sorted(revised)]


def _factor(options: Options, day: date) -> Fraction:
    parts = Fraction(options["fixed"], WHOLE)
    for name, weight in options["weights"].items():
        values = options["indices"][name]
        parts += Fraction(weight, WHOLE) * Fraction(values[_last(values, day)]) / Fraction(values[min(values)])
    return parts


def _last(values: Mapping[str, Any], day: date) -> str:
    """The date of the value in force on a day."""
    return max(start for start in values if start <= day.isoformat())


def _check(options: Options) -> Iterator[Objection]:
    whole = options["fixed"] + sum(options["weights"].values())
    if whole != WHOLE:
        yield Objection(
            ("weights",),
            "ACC309",
            f"fixed and weights make {show_percent(whole)}",
            "they make 100 % together: what no index moves is the fixed part",
        )
    for name in options["weights"]:
        if name not in options["indices"]:
            yield Objection(
                ("weights", name),
                "ACC310",
                f"there is no index {name}",
                nearest(name, options["indices"]),
            )
    for name, values in options["indices"].items():
        if name not in options["weights"]:
            yield Objection(
                ("indices", name),
                "ACC310",
                f"the index {name} has no weight",
                "give it one under weights, or remove it",
            )
        for index, day in enumerate(options["revised"]):
            if day.isoformat() < min(values):
                yield Objection(
                    ("revised", index),
                    "ACC310",
                    f"the index {name} has no value on {day}, its first one is of {min(values)}",
                    "add the value that was published on that day or before it",
                )
    yield from bounds.check(options)


def _in_force(options: Options, first: date, last: date) -> Mapping[str, object]:
    return {"prices": dated.in_force(_prices(options), first, last), **fee.in_force(options)}


RULE = TariffRule(
    id="indexed",
    version=1,
    title="A price that follows indices (prix indexé)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["base", "fixed", "weights", "indices"],
        "properties": {
            "base": {
                "type": "string",
                "format": "price",
                "description": "the price before any revision, such as 0.1200 EUR/kWh, excluding tax",
            },
            "fixed": {
                "type": "string",
                "format": "percent",
                "description": "the part that no index moves, such as 30 %",
            },
            "weights": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "type": "string",
                    "format": "percent",
                    "description": "the part this index moves, such as 70 %",
                },
                "description": "the part of each index; with the fixed one 100 %, such as {ICHT: 70 %}",
            },
            "indices": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"format": "date"},
                    "additionalProperties": {
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "description": "the index as published, such as 120.5",
                    },
                    "description": "its values by date, such as {2026-01-01: 120.5}",
                },
                "description": "each index by date; the first value is the one that the base price was made with",
            },
            "revised": {
                "type": "array",
                "uniqueItems": True,
                "default": [],
                "items": {"type": "string", "format": "date", "description": "such as 2026-07-01"},
                "description": "the days on which the price is set anew, by the indices in force on them",
            },
            **bounds.BOUNDS,
            **fee.BESIDE,
        },
    },
    price=price,
    check=_check,
    in_force=_in_force,
)
