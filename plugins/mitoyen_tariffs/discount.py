"""So much below a reference price, such as the regulated tariff, as it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

from mitoyen.contracts import WHOLE, Charges, Energy, Objection, Options, TariffRule
from mitoyen.quantities import show_percent
from mitoyen_tariffs import bounds, dated, fee
from mitoyen_tariffs.dated import Dated


def price(energy: Energy) -> Charges:
    return fee.charges(energy, dated.lines(energy, _prices(energy.options)))


def _prices(options: Options) -> list[Dated]:
    left = Fraction(WHOLE - options["discount"], WHOLE)
    return [
        Dated(date.fromisoformat(day), bounds.bounded(Fraction(value) * left, options), ("reference", day))
        for day, value in sorted(options["reference"].items())
    ]


def _check(options: Options) -> Iterator[Objection]:
    if options["discount"] > WHOLE:
        yield Objection(
            ("discount",),
            "ACC313",
            f"a discount of {show_percent(options['discount'])} would pay the member",
            "100 % at most: then the energy is given, which is the rule `free`",
        )
    yield from bounds.check(options)


def _begins(options: Options) -> date:
    return date.fromisoformat(min(options["reference"]))


def _in_force(options: Options, first: date, last: date) -> Mapping[str, object]:
    return {"prices": dated.in_force(_prices(options), first, last), **fee.in_force(options)}


RULE = TariffRule(
    id="discount",
    version=1,
    title="A discount on a reference price (remise sur un prix de référence)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["reference", "discount"],
        "properties": {
            "reference": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"format": "date"},
                "additionalProperties": {
                    "type": "string",
                    "format": "price",
                    "description": "such as 0.1343 EUR/kWh, excluding tax",
                },
                "description": "the reference price from each date on, such as {2026-01-01: 0.1343 EUR/kWh}",
            },
            "discount": {
                "type": "string",
                "format": "percent",
                "description": "what is taken off it, such as 15 %; the price is rounded to six decimals of a euro",
            },
            **bounds.BOUNDS,
            **fee.BESIDE,
        },
    },
    price=price,
    check=_check,
    begins=_begins,
    in_force=_in_force,
)
