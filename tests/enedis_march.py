"""March 2026 of a home and a roof, asked of the server in ``enedis_api``.

It has 2972 quarter-hours. The home consumes 1 kWh an hour, of which 400 Wh are shared; the roof gives 2 kWh.
"""

from __future__ import annotations

import time as machine
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from enedis_api import AGREEMENT, CLIENT, SECRET, Operator
from enedis_files import number
from mitoyen.clock import Clock, Month
from mitoyen.contracts import Finding, MeterData, Place, Point, Request
from mitoyen_enedis.api import source
from mitoyen_enedis.api.client import Time

MARCH = Clock.of_month(Month(2026, 3), 900, "Europe/Paris")
NUMBERS = {"mtr-01": number(1), "mtr-90": number(90)}
HOME = {"cons": 250, "autocons": 100, "complement": 150}
ROOF = {"prod": 500, "surplus": 400}
KWH_IN_MARCH = 743
"""1 kWh an hour: 31 days but an hour."""


@dataclass
class Clockwork:
    """Time that passes only while somebody sleeps."""

    slept: list[float] = field(default_factory=list)
    begun: float = field(default_factory=machine.time)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def time(self) -> Time:
        return Time(self.sleep, lambda: self.begun + sum(self.slept), lambda: sum(self.slept))


def request(
    operator: Operator,
    kept: Path | None = None,
    *,
    clock: Clock = MARCH,
    first: date = date(2026, 3, 1),
    numbers: Mapping[str, str] = NUMBERS,
    agreement: str = AGREEMENT,
    **options: Any,
) -> Request:
    points = (
        Point("mtr-01", "m-a", "consumer", clock.index(first), clock.steps, None, Place("participants.yaml", 1)),
        Point("mtr-90", "p-roof", "producer", 0, clock.steps, None, Place("participants.yaml", 2)),
    )
    given = {"base": operator.base, "rate": 1_000_000, **options}
    return Request(
        points, clock, given, (), (), lambda *path: Place("/".join(("with", *path))), numbers, agreement, kept
    )


def fetch(operator: Operator, clockwork: Clockwork, kept: Path | None = None, **others: Any) -> MeterData:
    data = source.fetch(request(operator, kept, **others), clockwork.time)
    said = repr(data)
    for secret in (*NUMBERS.values(), SECRET, CLIENT, "of-this-test"):
        assert secret not in said, "a message tells what nobody may read"
    for reading in data.readings:
        assert reading.rows == reading.taken + sum(reading.left.values())
    return data


def kilowatt_hours(data: MeterData) -> dict[str, float]:
    return {f"{one.meter} {one.kind}": int(one.values.sum()) / 1_000_000 for one in data.series}


def only(data: MeterData) -> Finding:
    (finding,) = data.findings
    return finding


WHOLE = {
    "mtr-01 measured": KWH_IN_MARCH,
    "mtr-01 shared": KWH_IN_MARCH * 0.4,
    "mtr-01 complement": KWH_IN_MARCH * 0.6,
    "mtr-90 measured": KWH_IN_MARCH * 2,
    "mtr-90 surplus": KWH_IN_MARCH * 1.6,
}


def nothing_of(data: MeterData) -> MeterData:
    assert data.series == ()
    return data
