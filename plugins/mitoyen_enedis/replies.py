"""Readers of JSON: R63 and R63X, R64, and what Data Connect replies."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct

from mitoyen.intake import privacy
from mitoyen_enedis import indexes
from mitoyen_enedis.pages import MarkedPage
from mitoyen_enedis.payload import (
    ACTIVE,
    CONTROL,
    ENERGY,
    NOT_ACTIVE,
    NOT_CURVE,
    Payload,
    Total,
    broken,
    day_of,
    folded,
    milliwatt_hours,
    moment,
    points,
    role_of,
    unit_of,
)

_D = re.compile(rb'"d"\s*:')
_DATE = re.compile(rb'"date"\s*:')


class _Point(Struct):
    d: str
    v: Any = None
    p: str = ""
    n: str | None = None
    iv: Any = None
    ec: Any = None


class _Dial(Struct):
    valeur: list[_Point] = []


class _Calendar(Struct):
    classeTemporelle: list[_Dial] = []  # noqa: N815 - as the operator names it


class _Quantity(Struct):
    grandeurMetier: str = ""  # noqa: N815
    grandeurPhysique: str = ""  # noqa: N815
    unite: str = ""
    points: list[_Point] = []
    calendrier: list[_Calendar] = []
    cadranTotalisateur: _Dial | None = None  # noqa: N815


class _Context(Struct):
    grandeur: list[_Quantity] = []


class _Measures(Struct):
    idPrm: str = ""  # noqa: N815
    grandeur: list[_Quantity] = []
    contexte: list[_Context] = []


class _Header(Struct):
    codeFlux: str = ""  # noqa: N815


class _Publication(Struct):
    horodateDebutPublication: str = ""  # noqa: N815


class _Interval(Struct):
    date: str
    value: Any = None
    interval_length: str = ""
    measure_type: str = ""


class _Unit(Struct):
    unit: str = ""
    measuring_period: str = ""


class _Meter(Struct):
    usage_point_id: str = ""
    interval_reading: list[_Interval] = []
    reading_type: _Unit = msgspec.field(default_factory=_Unit)


class _Reply(Struct):
    header: _Header | None = None
    echeances: _Publication | None = None
    mesures: list[_Measures] | None = None
    meter_reading: _Meter | None = None
    error: Any = None
    error_description: Any = None
    enedis_return: Any = None


_DECODER = msgspec.json.Decoder(_Reply, float_hook=str)


def read(content: bytes, name: str) -> Payload:
    """Raise Refused (ACC420) where it is no JSON, or none of these."""
    try:
        reply = _DECODER.decode(content)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError, UnicodeDecodeError) as wrong:
        raise broken(name, f"this JSON is not read: {privacy.masked(str(wrong))}", "is it cut off?") from wrong
    if reply.meter_reading is not None:
        return _data_connect(content, name, reply.meter_reading)
    if reply.mesures is not None:
        return _flux(content, name, reply)
    if reply.error or reply.enedis_return:
        inner = reply.enedis_return if isinstance(reply.enedis_return, dict) else {}
        said = reply.error_description or inner.get("error_description") or inner.get("error") or reply.error
        message = f"this is an error the operator replied, not data: {privacy.bare(str(said))}"
        raise broken(name, message, "ask again later, or for another period")
    raise broken(name, "this JSON is neither R63, R64 nor a reply of Data Connect")


def _flux(content: bytes, name: str, reply: _Reply) -> Payload:
    form = reply.header.codeFlux if reply.header else ""
    payload = Payload(MarkedPage(name, content, _D), f"{privacy.bare(form) or 'R6X'} (JSON)")
    if reply.echeances:
        payload.edition = moment(reply.echeances.horodateDebutPublication)
    row = 1
    for measures in reply.mesures or ():
        every = [*measures.grandeur, *(one for context in measures.contexte for one in context.grandeur)]
        for quantity in every:
            row = _curve(payload, measures.idPrm, quantity, row)
            row = _registers(payload, measures.idPrm, quantity, row)
    return payload


def _curve(payload: Payload, number: str, quantity: _Quantity, row: int) -> int:
    """The points of a quantity; the number of the next one."""
    count = len(quantity.points)
    if count and folded(quantity.grandeurPhysique) not in ACTIVE:
        payload.leave(NOT_ACTIVE, count)
    elif count:
        payload.rows += count
        payload.flows.append(
            points(
                number,
                role_of(quantity.grandeurMetier),
                unit_of(quantity.unite),
                None,
                [point.d for point in quantity.points],
                [_word(point.v) for point in quantity.points],
                [point.p for point in quantity.points],
                row,
                _qualities(quantity.points),
            )
        )
    return row + count


def _registers(payload: Payload, number: str, quantity: _Quantity, row: int) -> int:
    """R64: the total register is kept, those of time classes are left."""
    for calendar in quantity.calendrier:
        for dial in calendar.classeTemporelle:
            payload.leave(NOT_CURVE, len(dial.valeur))
            row += len(dial.valeur)
    total = quantity.cadranTotalisateur
    for point in total.valeur if total else ():
        payload.leave(CONTROL)
        if folded(quantity.grandeurPhysique) in ACTIVE:
            role = role_of(quantity.grandeurMetier)
            indexes.add(payload, number, role, point.d, _word(point.v), unit_of(quantity.unite), row)
        row += 1
    return row


def _data_connect(content: bytes, name: str, meter: _Meter) -> Payload:
    payload = Payload(MarkedPage(name, content, _DATE), "Data Connect (JSON)")
    unit, intervals = unit_of(meter.reading_type.unit), meter.interval_reading
    daily = meter.reading_type.measuring_period == "P1D" or all(len(one.date) == 10 for one in intervals)
    if daily and unit in ENERGY:
        payload.form = "Data Connect, daily energy (JSON)"
        for row, one in enumerate(intervals, 1):
            payload.leave(CONTROL)
            day, energy = day_of(one.date), milliwatt_hours(_word(one.value), unit)
            if day and energy is not None:
                until = day + timedelta(days=1)
                payload.totals.append(
                    Total(meter.usage_point_id, None, "measured", day, until, energy, ENERGY[unit], row)
                )
        return payload
    payload.rows = len(intervals)
    marks = Counter(f"nature {privacy.bare(one.measure_type)}" for one in intervals if one.measure_type)
    payload.flows.append(
        points(
            meter.usage_point_id,
            None,
            unit,
            None,
            [one.date for one in intervals],
            [_word(one.value) for one in intervals],
            [one.interval_length for one in intervals],
            1,
            marks,
        )
    )
    return payload


def _word(value: Any) -> str:
    """A value as it is written; nothing, and what cannot be a number, are no word and a bad one."""
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else "not a value"


def _qualities(some: list[_Point]) -> Counter[str]:
    marks: Counter[str] = Counter()
    for name, words in (
        ("nature", (point.n for point in some)),
        ("plausibility", (point.iv for point in some)),
        ("state", (point.ec for point in some)),
    ):
        for word, count in Counter(str(word) for word in words if word is not None).items():
            marks[f"{name} {privacy.bare(word)}"] += count
    return marks
