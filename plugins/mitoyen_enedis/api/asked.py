"""What of a month is asked for: curves by meter in windows of seven days, definitive energies of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from mitoyen.clock import midnight
from mitoyen.contracts import Point, Request, Role
from mitoyen_enedis.api.options import Settings
from mitoyen_enedis.pages import shown
from mitoyen_enedis.payload import NUMBER

DAYS = 7
"""Of load curves, the operator's services give as many at once."""

TYPES = {"consumer": ("cons", "autocons", "complement"), "producer": ("prod", "surplus")}
DIRECTIONS = {"consumer": "cons", "producer": "prod"}
ALL = ("cons", "prod", "autocons", "surplus", "complement")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and the days it is about."""

    url: str
    alias: str
    """The meter's; empty where it is about all of them."""
    first: date
    last: date
    """Exclusive."""
    role: Role = "consumer"
    energies: bool = False

    @property
    def name(self) -> str:
        """How people name it: no number of a meter in it."""
        return shown(self.url.partition("/agreements/")[2])


def asked(request: Request, settings: Settings) -> Iterator[Ask]:
    """Every request of a month, meter by meter, in the order of its days."""
    agreement = f"{settings.base}/agreements/{quote(request.agreement, safe='')}"
    if not settings.by_meter:
        firsts, lasts = zip(*(_days(point, request) for point in request.points), strict=True)
        yield from _curves(agreement, settings, request, None, min(firsts), max(lasts))
    for point in request.points:
        number = request.numbers.get(point.meter, "")
        first, last = _days(point, request)
        if not NUMBER.fullmatch(number) or first >= last:
            continue
        if settings.by_meter:
            yield from _curves(agreement, settings, request, point, first, last)
        if settings.energies and point.role == "consumer":
            path = f"{agreement}/definitive_active_energy/cons/{number}"
            yield Ask(_url(path, TYPES["consumer"], first, last, request), point.meter, first, last, energies=True)


def _curves(
    agreement: str, settings: Settings, request: Request, point: Point | None, first: date, last: date
) -> Iterator[Ask]:
    path, alias = settings.curves, ""
    types: tuple[str, ...] = ALL
    role: Role = "consumer"
    if point is not None:
        direction, number = DIRECTIONS[point.role], request.numbers[point.meter]
        path, types = path.format(direction=direction, number=number), TYPES[point.role]
        alias, role = point.meter, point.role
    while first < last:
        until = min(first + timedelta(days=DAYS), last)
        yield Ask(_url(f"{agreement}/{path}", types, first, until, request), alias, first, until, role)
        first = until


def _days(point: Point, request: Request) -> tuple[date, date]:
    """The local days of the month in which a meter is in force."""
    clock = request.clock

    def day(step: int) -> date:
        return datetime.fromtimestamp(clock.start + step * clock.step, ZoneInfo(clock.zone)).date()

    return day(point.first), day(point.last)


def _url(path: str, types: tuple[str, ...], first: date, last: date, request: Request) -> str:
    start, end = (_moment(midnight(day, request.clock.zone)) for day in (first, last))
    return f"{path}?start={start}&end={end}&type={','.join(types)}"


def _moment(utc: int) -> str:
    """``20251231T230000Z``"""
    return datetime.fromtimestamp(utc, UTC).strftime("%Y%m%dT%H%M%SZ")
