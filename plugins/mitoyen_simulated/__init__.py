"""The source ``simulated``: a year of sun and of neighbours, drawn once and for all from a word.

Meant for demonstrations, studies and tests: no real curve is needed, and none can leak. What is declared holds:
over a local calendar year a plant yields its ``yearly`` and a load uses its ``yearly``, to the watt-hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from mitoyen.clock import Clock
from mitoyen.contracts import Energies, Finding, MeterData, Place, Point, Reading, Request, Series, Source
from mitoyen.diagnostics import nearest
from mitoyen.hookspecs import hookimpl
from mitoyen_simulated.curve import on_clock, watt_hours
from mitoyen_simulated.loads import Load, load_year
from mitoyen_simulated.options import OPTIONS
from mitoyen_simulated.sun import Plant, Site, plant_year


def fetch(request: Request) -> MeterData:
    """The whole clock of every meter asked for, whatever the window in which it counts."""
    series, readings, findings = [], [], []
    for point in {(point.meter, point.role): point for point in request.points}.values():
        section = "plants" if point.role == "producer" else "loads"
        listed = request.options.get(section, {})
        if point.meter not in listed:
            findings.append(_unlisted(point, section, listed, request.locate(section)))
            continue
        if section == "plants" and not listed[point.meter]["power"]:
            findings.append(
                Finding(
                    "ACC418",
                    f"plant {point.meter} of {point.participant} has no power, there is nothing to simulate",
                    request.locate(section, point.meter, "power"),
                    help="give its peak power, such as power: 36 kWp",
                )
            )
            continue
        simulate = _plant if point.role == "producer" else _load
        values, facts = simulate(point.meter, listed[point.meter], request)
        at = partial(_at, request.locate(section, point.meter))
        series.append(Series(point.meter, "measured", values, at=at))
        readings.append(Reading(f"{section}/{point.meter}", facts, rows=len(values), taken=len(values), left={}))
    return MeterData(tuple(series), tuple(readings), tuple(findings))


def asks(request: Request) -> Iterable[str]:
    """Nothing is read: the curves it would compute."""
    return [f"{point.meter}: computed, nothing is read" for point in request.points]


def _at(place: Place, _step: int) -> Place:
    """Every step of a simulated curve comes from the one line that declares it."""
    return place


def _unlisted(point: Point, section: str, listed: Iterable[str], place: Place) -> Finding:
    example = (
        "{power: 36 kWp, tilt: 20, azimuth: 180, yearly: 45 MWh}"
        if section == "plants"
        else "{profile: household, yearly: 3200 kWh}"
    )
    hint = nearest(point.meter, listed)
    if not hint.startswith("did you mean"):  # else it lists a whole village
        hint = ""
    return Finding(
        "ACC418",
        f"meter {point.meter} ({point.role} {point.participant}) is not among the simulated {section}",
        place,
        help=f"add it under {section}, for instance {point.meter}: {example}" + (f"; {hint}" if hint else ""),
    )


def _plant(_meter: str, declared: Mapping[str, Any], request: Request) -> tuple[Energies, dict[str, str]]:
    seed, site, clock = str(request.options["seed"]), _site(request), request.clock
    plant = Plant(
        power=int(declared["power"]),
        tilt=float(declared["tilt"]),
        azimuth=float(declared["azimuth"]),
        yearly=watt_hours(declared["yearly"]) if "yearly" in declared else None,
        start=declared.get("from"),
    )
    values = on_clock(clock, lambda year: plant_year(seed, site, plant, year, clock.zone).quarters)
    facts = {"power": f"{_thousandths(plant.power)} kWp", "year": _years(clock)}
    model = plant_year(seed, site, plant, _first_year(clock), clock.zone).modelled
    yearly = model if plant.yearly is None else plant.yearly
    facts["yearly"] = f"{_thousandths(yearly)} kWh" + (" (the model's own)" if plant.yearly is None else "")
    facts["yield"] = f"{_ratio(yearly, plant.power)} kWh/kWp"
    facts["model"] = f"{_ratio(model, plant.power)} kWh/kWp"
    return values, facts


def _load(meter: str, declared: Mapping[str, Any], request: Request) -> tuple[Energies, dict[str, str]]:
    seed, site, clock = str(request.options["seed"]), _site(request), request.clock
    load = Load(str(declared["profile"]), watt_hours(declared["yearly"]))
    values = on_clock(clock, lambda year: load_year(seed, meter, load, site, year, clock.zone))
    return values, {"profile": load.profile, "year": _years(clock), "yearly": f"{_thousandths(load.yearly)} kWh"}


def _site(request: Request) -> Site:
    site = request.options["site"]
    return Site(float(site["latitude"]), float(site["longitude"]), float(site.get("altitude", 0)))


def _thousandths(value: int) -> str:
    """12345 as 12.345, without a float: watts as kW, watt-hours as kWh."""
    text = f"{value // 1000}.{value % 1000:03}"
    return text.rstrip("0").rstrip(".")


def _ratio(energy: int, power: int) -> str:
    """Watt-hours by watt, half up: the same number as kWh by kWp."""
    return f"{(2 * energy + power) // (2 * power)}"


def _first_year(clock: Clock) -> int:
    return int(clock.stamp(0)[:4])


def _years(clock: Clock) -> str:
    first, last = clock.stamp(0)[:4], clock.stamp(clock.steps - 1)[:4]
    return first if first == last else f"{first} to {last}"


@hookimpl
def mitoyen_sources() -> Iterable[Source]:
    yield Source(
        id="simulated",
        version=1,
        title="Simulated sun and neighbours, reproducible from a word",
        schema=OPTIONS,
        fetch=fetch,
        asks=asks,
    )
