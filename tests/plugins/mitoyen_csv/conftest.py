"""A fetch from files written for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fetched import Fetched
from mitoyen.clock import Clock, Month
from mitoyen.contracts import MISSING, Place, Point, Request, Series
from mitoyen_csv import fetch

PARIS = "Europe/Paris"


class Result(Fetched):
    def series(self, name: str = "mtr-01") -> Series:
        meter, _, kind = name.partition("/")
        (series,) = (one for one in self.data.series if (one.meter, one.kind) == (meter, kind or "measured"))
        return series

    def values(self, name: str = "mtr-01") -> dict[int, int]:
        """Milliwatt-hours by step, without the holes."""
        return {step: value for step, value in enumerate(self.series(name).values.tolist()) if value != MISSING}

    def check_account(self) -> None:
        super().check_account()
        taken = sum(reading.taken for reading in self.data.readings)
        assert taken == sum(int((series.values != MISSING).sum()) for series in self.data.series)


def make_request(
    folder: Path,
    options: Mapping[str, Any],
    *,
    period: tuple[date, date] | str = "2026-01",
    step: int = 900,
    zone: str = PARIS,
    meters: Sequence[str] = ("mtr-01",),
    named: Sequence[Path] = (),
) -> Request:
    if isinstance(period, str):
        clock = Clock.of_month(Month.parse(period), step, zone)
    else:
        clock = Clock.of_days(*period, step, zone)
    points = tuple(
        Point(meter, f"m-{number}", "consumer", 0, clock.steps, None, Place("participants.yaml", number + 1))
        for number, meter in enumerate(meters)
    )
    return Request(points, clock, options, (folder,), tuple(named), lambda *path: Place("/".join(map(str, path))))


Fetch = Callable[..., Result]


def local_times(day: date, step: int = 900, zone: str = PARIS, *, end: bool = False) -> Iterator[datetime]:
    """The local times of a day's steps, in the order of time: 92, 96 or 100 quarter-hours."""
    clock = Clock.of_days(day, date.fromordinal(day.toordinal() + 1), step, zone)
    for utc in clock.utc().tolist():
        yield datetime.fromtimestamp(utc + (step if end else 0), UTC).astimezone(ZoneInfo(zone))


def sheet(times: Sequence[datetime], form: str = "%Y-%m-%d %H:%M", column: str = "mtr-01") -> str:
    """A wide file that numbers its rows: 1, 2, 3…"""
    rows = [f"{moment.strftime(form)};{number}" for number, moment in enumerate(times, 1)]
    return "\n".join([f"Horodate;{column}", *rows]) + "\n"


@pytest.fixture(scope="session", name="times")
def _times() -> Callable[..., Iterator[datetime]]:
    return local_times


@pytest.fixture(scope="session", name="sheet")
def _sheet() -> Callable[..., str]:
    return sheet


@pytest.fixture(scope="session")
def read() -> Callable[..., Result]:
    """``read(folder, options, …)``: a fetch of files that are there already."""

    def run(folder: Path, options: Mapping[str, Any], **others: Any) -> Result:
        request = make_request(folder, options, **others)
        result = Result(fetch(request), request.clock)
        result.check_account()
        return result

    return run


@pytest.fixture
def fetch_text(tmp_path: Path, read: Fetch) -> Fetch:
    """Write ``text`` (or several files by name) and fetch them; options as keywords, ``unit`` is Wh."""

    def run(
        text: str | bytes | Mapping[str, str | bytes],
        *,
        period: tuple[date, date] | str = "2026-01",
        step: int = 900,
        zone: str = PARIS,
        meters: Sequence[str] = ("mtr-01",),
        **options: Any,
    ) -> Result:
        files = text if isinstance(text, Mapping) else {"curve.csv": text}
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        options = {"files": sorted(files), "unit": "Wh", **options}
        return read(tmp_path, options, period=period, step=step, zone=zone, meters=meters)

    return run
