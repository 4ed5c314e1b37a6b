"""How quantities are written in the files, and how they are shown.

A written quantity is a number with its unit (``40 %``, ``0.1650 EUR/kWh``, ``36 kWp``) and is read exactly, into
the integers and Decimals of :mod:`mitoyen.contracts`. One blank, a no-break one too, may stand before the unit.
Every reader raises :class:`Misread` (a ValueError) with what was expected and an example.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from mitoyen.clock import STEPS
from mitoyen.contracts import KWH, WHOLE

_QUANTITY = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?[ \u00a0\u202f]?([^\s0-9.,].*)", re.DOTALL)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

_METER = re.compile(r"[0-9]{14,}")

_LARGEST = 2**63 - 1
"""Quantities end in int64 arrays."""

_PRICE_UNITS = {"EUR/kWh": 0, "€/kWh": 0, "cEUR/kWh": -2, "c€/kWh": -2}
_EXCISE_UNITS = {"EUR/MWh": -3, "€/MWh": -3}
_FEE_UNITS = {"EUR/month": 0, "€/month": 0}
_AMOUNT_UNITS = {"EUR": 0, "€": 0}
_ENERGY_UNITS = {"Wh": 3, "kWh": 6, "MWh": 9}
_POWER_UNITS = {
    "Wp": 0,
    "kWp": 3,
    "MWp": 6,
    "W": 0,
    "kW": 3,
    "MW": 6,
    "VA": 0,
    "kVA": 3,
}
_DISTANCE_UNITS = {"m": 0, "km": 3}


class Misread(ValueError):
    """A quantity that is not written as it should be: what is wrong, and what to write."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message}: {advice}")
        self.message = message
        self.advice = advice


# --- reading -------------------------------------------------------------------------------------------------


def percent(text: str) -> int:
    """Billionths: ``40 %`` is 400 000 000. At most seven decimals. Raise Misread."""
    return _whole(text, {"%": 7}, "a percentage", "40 %", "at most seven decimals")


def price(text: str) -> Decimal:
    """EUR per kWh, from ``0.1650 EUR/kWh`` or ``16.50 c€/kWh``. At most six decimals of a euro. Raise Misread."""
    return _euros(text, _PRICE_UNITS, "a price", "0.1650 EUR/kWh")


def excise(text: str) -> Decimal:
    """EUR per kWh, from ``30.85 EUR/MWh`` as laws write it. At most six decimals of a euro. Raise Misread."""
    return _euros(text, _EXCISE_UNITS, "an excise", "30.85 EUR/MWh")


def fee(text: str) -> Decimal:
    """EUR per month, from ``2.00 EUR/month``. At most six decimals of a euro. Raise Misread."""
    return _euros(text, _FEE_UNITS, "a fee", "2.00 EUR/month")


def energy(text: str) -> int:
    """Milliwatt-hours, from ``47 MWh``, kWh or Wh. Raise Misread."""
    return _whole(text, _ENERGY_UNITS, "an energy", "47 MWh", "whole milliwatt-hours")


def power(text: str) -> int:
    """Watts, from ``36 kWp``, ``9 kVA``, ``12 kW``... Raise Misread."""
    return _whole(text, _POWER_UNITS, "a power", "36 kWp", "whole watts")


def distance(text: str) -> int:
    """Metres, from ``1.7 km`` or ``800 m``. Raise Misread."""
    return _whole(text, _DISTANCE_UNITS, "a distance", "1.7 km", "whole metres")


def time(text: str) -> int:
    """Minutes since midnight, from ``22:00``; ``24:00`` is the end of the day. Raise Misread."""
    match = _TIME.fullmatch(text)
    if match:
        return int(match[1]) * 60 + int(match[2])
    if text == "24:00":
        return 1440
    raise Misread(
        f"{quoted(text)} is not a time of day", 'expected hours and minutes, as in "07:30"; "24:00" at the latest'
    )


def day(text: str) -> date:
    """From ``2026-01-31``. Raise Misread."""
    match = _DAY.fullmatch(text)
    if not match:
        raise Misread(f"{quoted(text)} is not a date", "expected year-month-day, as in 2026-01-31")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise Misread(
            f"{quoted(text)} is not in the calendar", "expected a date that exists, as in 2026-01-31"
        ) from None


def duration(text: str) -> int:
    """Seconds of a metering step, from ``PT15M``. Raise Misread."""
    if text not in STEPS:
        raise Misread(f"{quoted(text)} is not a metering step", f"expected one of {', '.join(STEPS)}")
    return STEPS[text]


def days(text: str) -> int:
    """From ``P30D``. Raise Misread."""
    return _period(text, "D", "days", "P30D")


def months(text: str) -> int:
    """From ``P14M``. Raise Misread."""
    return _period(text, "M", "months", "P14M")


def _period(text: str, letter: str, what: str, example: str) -> int:
    match = re.fullmatch(rf"P(0|[1-9][0-9]{{0,3}}){letter}", text)
    if not match:
        raise Misread(f"{quoted(text)} is not a number of {what}", f"expected P, the number, {letter}: {example}")
    return int(match[1])


def amount(text: str) -> Decimal:
    """EUR, from ``2.00 EUR``. Raise Misread."""
    return _euros(text, _AMOUNT_UNITS, "an amount", "2.00 EUR")


def _whole(text: str, units: Mapping[str, int], what: str, example: str, precision: str) -> int:
    """The number times ten to the unit's power; refused where that is not a whole number."""
    units_of, decimals, unit = _parts(text, units, what, example)
    digits = decimals.rstrip("0")
    spare = units[unit] - len(digits)
    if spare < 0:
        raise Misread(f"{quoted(text)} is finer than {what} can be", f"expected {precision}, as in {example}")
    value = int(units_of + digits + "0" * spare)
    if value > _LARGEST:
        raise Misread(f"{quoted(text)} is too large", f"expected {what} such as {example}")
    return value


def _euros(text: str, units: Mapping[str, int], what: str, example: str) -> Decimal:
    units_of, decimals, unit = _parts(text, units, what, example)
    if len(units_of) > 9:
        raise Misread(f"{quoted(text)} is too large", f"expected {what} such as {example}")
    if len(decimals.rstrip("0")) - units[unit] > 6:
        raise Misread(
            f"{quoted(text)} is finer than {what} can be",
            f"expected at most six decimals of a euro, as in {example}",
        )
    # Built from its digits: an operation on Decimals would round to the 28 digits of the context.
    return Decimal((0, tuple(map(int, units_of + decimals)), units[unit] - len(decimals)))


def _parts(text: str, units: Mapping[str, int], what: str, example: str) -> tuple[str, str, str]:
    """Digits before the point, digits after it, unit."""
    match = _QUANTITY.fullmatch(text)
    if match and match[3] in units:
        return match[1], match[2] or "", match[3]
    message = f"{quoted(text)} is not {what}"
    if re.match(r"[0-9]+,[0-9]", text):
        raise Misread(message, f"expected a decimal point instead of the comma, as in {example}")
    if re.match(r"[0-9]{1,3}[ \u00a0\u202f'_][0-9]{3}", text):
        raise Misread(message, f"expected the digits without separator, as in {example}")
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise Misread(message, f"expected its unit after the number, as in {example}")
    if match:
        raise Misread(message, _unit_advice(match[3], units, example))
    raise Misread(message, f"expected a number and its unit, as in {example}")


def _unit_advice(unit: str, units: Mapping[str, int], example: str) -> str:
    same = [known for known in units if known.casefold() == unit.casefold()]
    if len(same) == 1:
        return f"expected the unit written {same[0]}"
    return f"expected the unit {' or '.join(units)}, as in {example}"


# --- showing -------------------------------------------------------------------------------------------------


def masked(text: str) -> str:
    """The text without numbers of 14 digits or more: most likely a person's meter, not to be repeated in logs."""
    return _METER.sub(lambda number: "•" * len(number[0]), text)


def quoted(text: str) -> str:
    """Between double quotes, for a message: no control characters, no meter, and not the whole of a long text."""
    return json.dumps(masked(text if len(text) <= 60 else f"{text[:59]}…"), ensure_ascii=False)


def kwh(milliwatt_hours: int) -> str:
    """All six decimals: 1 333 333 is ``1.333333``."""
    whole, part = divmod(abs(milliwatt_hours), KWH)
    return f"{'-' if milliwatt_hours < 0 else ''}{whole}.{part:06d}"


def euros(amount: Decimal) -> str:
    """``15.92``. Raise ValueError where the amount is not in whole cents: rounding is done where a line is made."""
    shown = f"{amount:.2f}"
    if Decimal(shown) != amount:
        raise ValueError(f"{amount} EUR is not in whole cents")
    return shown if amount else "0.00"


def half_up(amount: Fraction, decimals: int = 2) -> Decimal:
    """An exact amount in EUR rounded, halves away from zero: to the cent, 2.665 is 2.67 and -2.665 is -2.67."""
    parts = abs(amount) * 10**decimals + Fraction(1, 2)
    rounded = Decimal(parts.numerator // parts.denominator).scaleb(-decimals)
    return -rounded if amount < 0 else rounded


def whole(milliwatt_hours: int | Fraction) -> int:
    """Whole watt-hours, halves away from zero, in milliwatt-hours: what a line of energy bills."""
    return int(half_up(Fraction(milliwatt_hours, 1000), 0)) * 1000


def show_percent(billionths: int) -> str:
    """The shortest exact form: 400 000 000 is ``40 %``, 333 333 333 is ``33.3333333 %``."""
    whole, part = divmod(abs(billionths), WHOLE // 100)
    decimals = f"{part:07d}".rstrip("0")
    return f"{'-' if billionths < 0 else ''}{whole}{'.' if decimals else ''}{decimals} %"


def _as_written(text: str) -> str:
    return text


FORMATS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "percent": percent,
        "price": price,
        "fee": fee,
        "amount": amount,
        "days": days,
        "energy": energy,
        "power": power,
        "distance": distance,
        "time": time,
        "date": day,
        "step": duration,
        "consumer": _as_written,
        "producer": _as_written,
        "meter": _as_written,
        "participant": _as_written,
    }
)
"""How a string is read, by the ``format`` of its schema."""

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "percent": "40 %",
        "price": "0.1650 EUR/kWh",
        "fee": "2.00 EUR/month",
        "amount": "2.00 EUR",
        "days": "P30D",
        "energy": "47 MWh",
        "power": "36 kWp",
        "distance": "1.7 km",
        "time": '"22:00"',
        "date": "2026-01-31",
        "step": "PT15M",
    }
)
"""One well-written value of each format that is read."""
