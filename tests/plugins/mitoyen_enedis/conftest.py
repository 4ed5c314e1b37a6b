"""A fetch from files written for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from enedis_api import AGREEMENT, CLIENT, SECRET, Operator, serving
from enedis_files import number
from enedis_march import HOME, ROOF, Clockwork
from enedis_march import NUMBERS as MARCH_NUMBERS
from fetched import Fetched
from mitoyen.clock import Clock, Month
from mitoyen.contracts import MISSING, Place, Point, Request, Role
from mitoyen_enedis import fetch

PARIS = "Europe/Paris"
NUMBERS = {"mtr-01": number(1)}


class Result(Fetched):
    def values(self, meter: str = "mtr-01") -> list[int | None]:
        """Watt-hours by step, None where there is none; they have to be whole."""
        (series,) = (one for one in self.data.series if one.meter == meter)
        assert all(value == MISSING or value % 1000 == 0 for value in series.values.tolist())
        return [None if value == MISSING else value // 1000 for value in series.values.tolist()]

    @property
    def series_milliwatt_hours(self) -> list[int]:
        (series,) = self.data.series
        return [int(value) for value in series.values]

    def check_account(self) -> None:
        super().check_account()
        said = repr(self.data)
        for known in NUMBERS.values():
            assert known not in said, "a number of a meter is shown"


def make_request(
    options: Mapping[str, Any],
    *,
    folder: Path | None = None,
    files: Sequence[Path] = (),
    period: tuple[date, date] | str = "2026-01",
    step: int = 1800,
    vault: Mapping[str, str] = NUMBERS,
    roles: Mapping[str, Role] | None = None,
) -> Request:
    if isinstance(period, str):
        clock = Clock.of_month(Month.parse(period), step, PARIS)
    else:
        clock = Clock.of_days(*period, step, PARIS)
    points = tuple(
        Point(meter, f"m-{meter}", role, 0, clock.steps, None, Place("participants.yaml", line))
        for line, (meter, role) in enumerate((roles or dict.fromkeys(vault, "consumer")).items(), 1)
    )
    folders = () if folder is None else (folder,)

    def locate(*path: object) -> Place:
        return Place("/".join(map(str, path)))

    return Request(points, clock, options, folders, tuple(files), locate, vault)


Fetch = Callable[..., Result]


@pytest.fixture(scope="session")
def read() -> Fetch:
    """``read(files, …)``: a fetch of files that are there already; options as keywords."""

    def run(files: Sequence[Path], *, folder: Path | None = None, **others: Any) -> Result:
        known = {"period", "step", "vault", "roles"}
        request = make_request(
            {name: value for name, value in others.items() if name not in known},
            folder=folder,
            files=files,
            **{name: value for name, value in others.items() if name in known},
        )
        result = Result(fetch(request), request.clock)
        result.check_account()
        return result

    return run


@pytest.fixture
def fetch_files(tmp_path: Path, read: Fetch) -> Fetch:
    """Write files by name and fetch them."""

    def run(files: Mapping[str, bytes] | bytes, **others: Any) -> Result:
        named = files if isinstance(files, Mapping) else {"curve": files}
        for name, content in named.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
        return read([tmp_path / name for name in named], folder=tmp_path, **others)

    return run


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MITOYEN_ENEDIS_CLIENT_ID_{AGREEMENT}", CLIENT)
    monkeypatch.setenv(f"MITOYEN_ENEDIS_CLIENT_SECRET_{AGREEMENT}", SECRET)


@pytest.fixture
def operator() -> Iterator[Operator]:
    with serving() as served:
        served.meters = {
            MARCH_NUMBERS["mtr-01"]: ("cons", lambda kind, _moment: HOME[kind]),
            MARCH_NUMBERS["mtr-90"]: ("prod", lambda kind, _moment: ROOF[kind]),
        }
        yield served


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()
