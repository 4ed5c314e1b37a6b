"""The demonstration federation says the truth: what it simulates is what the co-operatives published."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

import mitoyen_simulated
from mitoyen.clock import STEPS, Clock, Month
from mitoyen.contracts import KWH, Energies, Place, Point, Request
from mitoyen.quantities import energy, power
from mitoyen_simulated.options import OPTIONS

OPERATIONS = Path(__file__).parents[3] / "operations"
PARIS = "Europe/Paris"


class Published(NamedTuple):
    """A figure of an operation's README: some plants, their peak power in kWp, their yearly yield in kWh."""

    operation: str
    plants: tuple[str, ...]
    kwp: int
    kwh: int


CARMAUSIN = tuple(f"mtr-{number}" for number in range(80, 90))

PUBLISHED = [
    Published("sequestre", ("mtr-90",), 250, 325_000),
    Published("appy", ("mtr-90", "mtr-91"), 30, 34_000),
    # Assumed, and deduced: the READMEs say so.
    Published("saint-affrique", ("mtr-90",), 28, 33_600),
    Published("estancarbon", ("mtr-90",), 290, 377_000),
    Published("saint-ruf", ("mtr-90",), 35, 47_000),
    Published("carmausin-segala", CARMAUSIN, 616, 770_000),
    Published("carmausin-segala", ("mtr-80",), 250, 325_000),
    Published("carmausin-segala", ("mtr-81", "mtr-82", "mtr-83"), 63, 72_750),
]
NAMES = sorted({figure.operation for figure in PUBLISHED})


@cache
def folder(name: str) -> dict[str, Any]:
    yaml = YAML(typ="safe")
    return {path.stem: yaml.load(path) for path in (OPERATIONS / name).glob("*.yaml")}


@cache
def options(name: str) -> dict[str, Any]:
    """The source's options, read as the engine reads them."""
    written = folder(name)["operation"]["source"]["with"]
    Draft7Validator(OPTIONS).validate(_plain(written))
    plants = {
        meter: {**plant, "power": power(plant["power"]), "yearly": energy(plant["yearly"])}
        for meter, plant in written["plants"].items()
    }
    loads = {meter: {**load, "yearly": energy(load["yearly"])} for meter, load in written["loads"].items()}
    return {**written, "plants": plants, "loads": loads}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def months(name: str) -> list[Month]:
    """The twelve months that operations/README.md gives, which the operation's own README repeats."""
    table = (OPERATIONS / "README.md").read_text()
    [(first, last)] = re.findall(rf"^\| \[`{name}`\].*?\| (\d{{4}}-\d\d)\.\.(\d{{4}}-\d\d) \|", table, re.MULTILINE)
    assert f"**{first}..{last}**" in (OPERATIONS / name / "README.md").read_text()
    return list(Month.parse(first).through(Month.parse(last)))


def clock_of(name: str, month: Month) -> Clock:
    step = folder(name)["operation"]["step"]
    if isinstance(step, dict):
        step = step[max(start for start in step if start < month.next.first)]
    return Clock.of_month(month, STEPS[step], PARIS)


def points(name: str, clock: Clock, month: Month) -> tuple[Point, ...]:
    return tuple(
        Point(
            one["meter"],
            who,
            one["role"],
            clock.index(one["from"]),
            clock.index(one.get("to", month.next.first)),
            power(one["power"]),
            Place(f"operations/{name}/participants.yaml"),
        )
        for who, one in folder(name)["participants"].items()
        if one["from"] < month.next.first and one.get("to", month.next.first) > month.first
    )


def fetch(name: str, month: Month, asked: tuple[Point, ...] | None = None) -> dict[str, Energies]:
    clock = clock_of(name, month)
    asked = points(name, clock, month) if asked is None else asked
    data = mitoyen_simulated.fetch(
        Request(asked, clock, options(name), (), (), lambda *_path: Place(f"operations/{name}/operation.yaml"))
    )
    assert data.findings == ()
    return {series.meter: series.values for series in data.series}


def produced(figure: Published, during: list[Month]) -> int:
    """Milliwatt-hours of the figure's plants over these months, straight from the source."""
    asked = tuple(Point(meter, meter, "producer", 0, 1, None, Place("")) for meter in figure.plants)
    return sum(int(sum(map(np.sum, fetch(figure.operation, month, asked).values()))) for month in during)


@pytest.mark.parametrize("figure", PUBLISHED, ids=lambda figure: f"{figure.operation}-{figure.kwp}kWp")
def test_a_year_yields_what_was_published(figure: Published) -> None:
    settled = months(figure.operation)
    assert len(settled) == 12
    assert produced(figure, settled) / KWH == pytest.approx(figure.kwh, rel=0.02)
    year = list(Month(settled[-1].year, 1).through(Month(settled[-1].year, 12)))
    assert produced(figure, year) / KWH == pytest.approx(figure.kwh, rel=0.02)


@pytest.mark.parametrize("figure", PUBLISHED, ids=lambda figure: f"{figure.operation}-{figure.kwp}kWp")
def test_the_plants_have_the_published_power_in_both_files(figure: Published) -> None:
    plants = options(figure.operation)["plants"]
    assert sum(plants[meter]["power"] for meter in figure.plants) == figure.kwp * 1000
    of_participants = {
        one["meter"]: power(one["power"])
        for one in folder(figure.operation)["participants"].values()
        if one["role"] == "producer"
    }
    assert of_participants == {meter: plant["power"] for meter, plant in plants.items()}


@pytest.mark.parametrize("name", NAMES)
def test_twelve_months_come_without_a_finding_nor_a_step_beyond_the_power(name: str) -> None:
    for month in months(name):
        clock = clock_of(name, month)
        curves = fetch(name, month)
        for point in points(name, clock, month):
            values = curves[point.meter][point.first : point.last]
            assert values.min() >= 0
            assert point.power is not None
            assert values.max() <= point.power * clock.step * 1000 // 3600, (point.participant, str(month))


@pytest.mark.parametrize("name", NAMES)
def test_every_declared_meter_is_someone_s(name: str) -> None:
    declared = {*options(name)["plants"], *options(name)["loads"]}
    assert declared == {one["meter"] for one in folder(name)["participants"].values()}


def test_the_federation_has_these_operations_and_no_data() -> None:
    assert sorted(path.name for path in OPERATIONS.iterdir() if path.is_dir()) == NAMES
    for name in NAMES:
        found = {path.name for path in (OPERATIONS / name).iterdir()} - {"data", "settlements", "packages.yaml"}
        assert found == {"README.md", "operation.yaml", "participants.yaml", "keys.yaml", "tariffs.yaml"}


def test_between_them_they_show_every_key_and_every_tariff() -> None:
    keys = [entry for name in NAMES for entry in folder(name)["keys"].items()]
    assert {entry["rule"] for _start, entry in keys} == {
        "prorata",
        "equal",
        "static",
        "static-reshared",
        "priority",
    }
    assert any(start.day != 1 for start, _entry in keys)
    prices = [entry for name in NAMES for group in folder(name)["tariffs"].values() for entry in group.items()]
    assert {entry["rule"] for _start, entry in prices} == {"flat", "slots", "prepaid"}
    assert any(start.day != 1 for start, _entry in prices)
    people = [one for name in NAMES for one in folder(name)["participants"].values()]
    assert any(one["from"].day != 1 for one in people)
    assert any("to" in one and one["to"].day != 1 for one in people)
