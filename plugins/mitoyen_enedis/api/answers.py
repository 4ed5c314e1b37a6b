"""Replies of the API as payloads: curves by kind, and energies by dial that they are held against.

Fields are those that public code reads of ``definitive_active_energy``; a curve is read by the same ones, its
points with a ``date`` instead of the name of a dial. What is not of this form is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from mitoyen.contracts import Kind, Role
from mitoyen.intake import privacy
from mitoyen_enedis.api.asked import Ask
from mitoyen_enedis.pages import MarkedPage
from mitoyen_enedis.payload import CONTROL, ENERGY, Payload, Total, broken, points, unit_of

FORM = "collective_self_consumption (JSON)"
UNUSED = "of a kind that is not used"
DIALS = "DISTRIB"
"""The calendar of the operator's own dials: any other has the same energy once more."""

KINDS: dict[Role, dict[str, Kind]] = {
    "consumer": {"cons": "measured", "autocons": "shared", "complement": "complement"},
    "producer": {"prod": "measured", "surplus": "surplus"},
}

_DATE = re.compile(rb'"date"\s*:')
_NAME = re.compile(rb'"name"\s*:')


class _Point(Struct):
    date: str
    value: Any = None
    interval_length: str = ""


class _Curve(Struct):
    type: str
    unit: str = ""
    interval_length: str = ""
    quantities: list[_Point] = []


class _Dial(Struct):
    name: str
    value: Any = None


class _Energy(Struct):
    type: str
    calendar_type: str = ""
    quantities: list[_Dial] = []


class _Answer(Struct):
    cons_id: str = ""
    prod_id: str = ""
    start: str = ""
    end: str = ""
    startDate: str = ""  # noqa: N815 - as the operator named it before
    endDate: str = ""  # noqa: N815
    unit: str = ""


class _Curves(_Answer, kw_only=True):
    quantities: list[_Curve]


class _Energies(_Answer, kw_only=True):
    quantities: list[_Energy]


_OF_CURVES = msgspec.json.Decoder(_Curves | list[_Curves], float_hook=str)
_OF_ENERGIES = msgspec.json.Decoder(_Energies | list[_Energies], float_hook=str)


def read(content: bytes, name: str, ask: Ask, number: str, zone: str) -> list[Payload]:
    """A payload for each kind of each meter. Raise Refused (ACC420) where the reply is of another form.

    ``number`` is that of the meter that was asked for, and counts where the reply names none.
    """
    decoder: Any = _OF_ENERGIES if ask.energies else _OF_CURVES
    try:
        found = decoder.decode(content)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, UnicodeDecodeError) as wrong:
        message = f"this reply is not read: {privacy.masked(str(wrong))}"
        raise broken(
            name, message, "nothing is guessed: tell the authors of mitoyen which fields it has"
        ) from wrong
    payloads: list[Payload] = []
    row = 1
    for answer in found if isinstance(found, list) else [found]:
        whose = answer.cons_id or answer.prod_id or number
        side: Role = "consumer" if answer.cons_id else "producer" if answer.prod_id else ask.role
        if ask.energies:
            page = MarkedPage(name, content, _NAME)
            made = _energies(page, answer, whose, side, _days(answer, ask, zone), row)
        else:
            made = _curves(MarkedPage(name, content, _DATE), answer, whose, side, row)
        for payload, row in made:  # noqa: B007 - the row after the last one
            payloads.append(payload)
    return payloads


def _curves(page: MarkedPage, answer: _Curves, number: str, role: Role, row: int) -> Iterator[tuple[Payload, int]]:
    """A payload for each curve, and the number of the point after it."""
    for curve in answer.quantities:
        payload = Payload(page, FORM)
        kind = KINDS[role].get(curve.type)
        count = len(curve.quantities)
        if kind is None:
            payload.leave(UNUSED, count)
        elif count:
            payload.rows = count
            payload.facts["kind"] = kind
            payload.flows.append(
                points(
                    number,
                    role,
                    unit_of(curve.unit or answer.unit),
                    None,
                    [point.date for point in curve.quantities],
                    [_word(point.value) for point in curve.quantities],
                    [point.interval_length or curve.interval_length for point in curve.quantities],
                    row,
                    Counter(),
                )
            )
        row += count
        yield payload, row


def _energies(
    page: MarkedPage, answer: _Energies, number: str, role: Role, days: tuple[date, date] | None, row: int
) -> Iterator[tuple[Payload, int]]:
    """A payload for each energy, the sum of its dials, and the number of the value after it."""
    unit = unit_of(answer.unit)
    for energy in answer.quantities:
        payload = Payload(page, FORM)
        payload.leave(CONTROL, len(energy.quantities))
        kind = KINDS[role].get(energy.type)
        values = [_milliwatt_hours(dial.value, unit) for dial in energy.quantities]
        known = [value for value in values if value is not None]
        if kind and days and energy.calendar_type in (DIALS, "") and known and len(known) == len(values):
            # Each dial is rounded by itself.
            fineness = ENERGY[unit] * len(known)
            payload.totals.append(Total(number, role, kind, *days, sum(known), fineness, row))
        row += len(energy.quantities)
        yield payload, row


def _days(answer: _Answer, ask: Ask, zone: str) -> tuple[date, date] | None:
    """The days that energies are of: those asked for, or others that the reply says; None for no whole days."""
    days = []
    for word, wanted in ((answer.start or answer.startDate, ask.first), (answer.end or answer.endDate, ask.last)):
        if not word:
            days.append(wanted)
            continue
        try:
            moment = datetime.fromisoformat(word)
        except ValueError:
            return None
        local = moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment
        if (local.hour, local.minute, local.second) != (0, 0, 0):
            return None
        days.append(local.date())
    return days[0], days[1]


def _milliwatt_hours(value: Any, unit: str) -> int | None:
    if unit not in ENERGY or isinstance(value, bool):
        return None
    try:
        number = Decimal(_word(value))
    except InvalidOperation:
        return None
    return int(number * ENERGY[unit]) if number.is_finite() and 0 <= number < 10**9 else None


def _word(value: Any) -> str:
    if value is None:
        return ""
    plain = isinstance(value, int | str) and not isinstance(value, bool)
    return str(value) if plain else "not a value"
