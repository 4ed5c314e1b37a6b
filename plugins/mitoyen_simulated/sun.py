"""The sky over one place and what a solar plant makes of it.

The sun and the clear sky are computed (pvlib); the clouds are drawn. They are drawn for the site, not for each
plant: neighbours see the same clouds. Monthly clearness is that of the south of France.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.host import MissingExtra
from mitoyen_simulated.curve import QUARTER, Quarters, share_out, steps_of_days, year_clock
from mitoyen_simulated.draws import Reals, bell, by_day

CLEARNESS = (0.62, 0.66, 0.70, 0.70, 0.72, 0.77, 0.82, 0.81, 0.77, 0.69, 0.62, 0.60)
"""Sunshine that reaches the ground, as a mean part of a clear sky's, January to December."""

_OVERCAST, _CLEAR = 0.12, 1.0
"""The darkest and the brightest day, as parts of a clear sky's."""

_DAY_MEMORY, _STEP_MEMORY = 0.5, 0.8
"""How much of today's weather tomorrow keeps, and a quarter-hour's clouds the next quarter-hour."""

_WARM_UP = 40
"""Days after which a past day's weather counts for less than a float can hold in a quarter-hour's watt-hours."""

_DRAWS_A_DAY = 100
"""A local day has 92, 96 or 100 quarter-hours."""

_HEATING = 0.03
"""Degrees by which a W/m² warms a module above the air."""

_PER_DEGREE = 0.0037
"""Part of its power that silicon loses by degree above 25 °C."""

_SYSTEM = 0.90
"""What cables, dirt, mismatch and inverter leave of the modules' power."""

_STARTS_AT = 0.004
"""Part of the peak power under which an inverter sleeps."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the plants of an operation stand: degrees north and east, metres above the sea."""

    latitude: float
    longitude: float
    altitude: float


@dataclass(frozen=True, slots=True)
class Plant:
    """One solar plant: watts peak, degrees from horizontal and clockwise from north, Wh a calendar year."""

    power: int
    tilt: float
    azimuth: float
    yearly: int | None
    """Watt-hours that a whole calendar year makes, or None for what the model gives."""
    start: date | None
    """Nothing before this local midnight."""


@dataclass(frozen=True, slots=True)
class Sky:
    """One local year over one site, arrays of shape [quarter-hour]: degrees, W/m² and °C."""

    day_of_year: NDArray[np.int64]
    zenith: Reals
    azimuth: Reals
    elevation: Reals
    """As seen, with refraction."""
    global_horizontal: Reals
    direct_normal: Reals
    diffuse: Reals
    air: Reals


@lru_cache(maxsize=16)
def sky(seed: str, site: Site, year: int, zone: str) -> Sky:
    """The sun, the drawn clouds and the air of a local calendar year."""
    try:
        import pandas as pd
        import pvlib
    except ModuleNotFoundError as error:
        raise MissingExtra("simulated", error.name or "pvlib") from error

    clock = year_clock(year, zone)
    middle = clock.utc() + QUARTER // 2
    times = pd.DatetimeIndex(pd.to_datetime(middle, unit="s", utc=True))
    sun = pvlib.solarposition.get_solarposition(
        times, site.latitude, site.longitude, altitude=site.altitude, method="ephemeris"
    )
    seen = sun["apparent_zenith"].to_numpy(dtype=np.float64)
    zenith = sun["zenith"].to_numpy(dtype=np.float64)
    day_of_year = times.day_of_year.to_numpy().astype(np.int64)

    # Summer air is hazier: Linke's turbidity swings about 3.1 in the south of France.
    turbidity = 3.1 + 0.5 * np.cos(2 * np.pi * (day_of_year - 196) / 365.25)
    mass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(seen), pvlib.atmosphere.alt2pres(site.altitude)
    )
    extra = pvlib.irradiance.get_extra_radiation(day_of_year)
    with np.errstate(divide="ignore", invalid="ignore"):  # at night, where the result is not used
        clear = pvlib.clearsky.ineichen(seen, mass, turbidity, altitude=site.altitude, dni_extra=extra)["ghi"]
    clearness = _clearness(seed, clock)
    reaching = np.where(seen < 90, np.nan_to_num(clear), 0) * clearness
    split = pvlib.irradiance.erbs(reaching, zenith, day_of_year)

    hour = (middle % 86400) / 3600 + site.longitude / 15
    air = (
        14.5
        + 9 * np.cos(2 * np.pi * (day_of_year - 207) / 365.25)
        + 5 * clearness * np.cos(2 * np.pi * (hour - 15) / 24)
        - 0.0065 * site.altitude
    )
    return Sky(
        day_of_year=day_of_year,
        zenith=zenith,
        azimuth=sun["azimuth"].to_numpy(dtype=np.float64),
        elevation=90 - seen,
        global_horizontal=reaching,
        direct_normal=np.nan_to_num(split["dni"]),
        diffuse=np.nan_to_num(split["dhi"]),
        air=air,
    )


def _clearness(seed: str, clock: Clock) -> Reals:
    """What the clouds let through of a clear sky's sunshine, [quarter-hour].

    Days have a memory of the day before; within a day clouds move, most on days neither clear nor overcast.
    """
    wall = clock.wall()
    days = range(int(wall.day[0]), int(wall.day[-1]) + 1)
    earlier = range(days[0] - _WARM_UP, days[-1] + 1)
    fresh = bell(by_day(seed, "weather", days=earlier, count=4))[:, 0]
    memory, chain = 0.0, []
    for value in fresh:
        memory = _DAY_MEMORY * memory + math.sqrt(1 - _DAY_MEMORY**2) * float(value)
        chain.append(memory)
    rank = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in chain[_WARM_UP:]])
    dates = np.arange(days[0], days[-1] + 1).astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64) % 12
    # rank ** power has mean 1 / (1 + power): the power that gives each month its clearness.
    power = (_CLEAR - _OVERCAST) / (np.array(CLEARNESS)[months] - _OVERCAST) - 1
    daily = _OVERCAST + (_CLEAR - _OVERCAST) * rank**power

    noise = bell(by_day(seed, "clouds", days=days, count=4 * _DRAWS_A_DAY))
    moving = np.empty_like(noise)
    moving[:, 0] = noise[:, 0]
    for step in range(1, _DRAWS_A_DAY):
        moving[:, step] = _STEP_MEMORY * moving[:, step - 1] + math.sqrt(1 - _STEP_MEMORY**2) * noise[:, step]
    day, step_of_day = steps_of_days(clock)
    mean = daily[day]
    return np.asarray(np.clip(mean + 1.1 * mean * (1 - mean) * moving[day, step_of_day], 0.04, 1.05))


def modelled(plant: Plant, sky: Sky) -> Reals:
    """What the model alone gives for a plant, watt-hours by quarter-hour of the sky's year."""
    import pvlib

    plane = np.nan_to_num(
        pvlib.irradiance.get_total_irradiance(
            plant.tilt,
            plant.azimuth,
            sky.zenith,
            sky.azimuth,
            sky.direct_normal,
            sky.global_horizontal,
            sky.diffuse,
            dni_extra=pvlib.irradiance.get_extra_radiation(sky.day_of_year),
            model="haydavies",
        )["poa_global"]
    )
    cell = sky.air + _HEATING * plane
    watts = plant.power * plane / 1000 * (1 - _PER_DEGREE * (cell - 25)) * _SYSTEM
    # Night is exactly zero, and no inverter gives more than it was built for.
    awake = (sky.elevation > 0) & (watts > _STARTS_AT * plant.power)
    return np.asarray(np.where(awake, np.minimum(watts, plant.power), 0) * (QUARTER / 3600))


@dataclass(frozen=True, slots=True)
class PlantYear:
    quarters: Quarters
    modelled: int
    """Watt-hours that the model alone gives for the whole year."""


@lru_cache(maxsize=128)
def plant_year(seed: str, site: Site, plant: Plant, year: int, zone: str) -> PlantYear:
    """A plant's local calendar year; where a yearly yield is declared, the whole year adds up to it exactly."""
    expected = modelled(plant, sky(seed, site, year, zone))
    physical = round(math.fsum(expected))
    quarters = share_out(expected, physical if plant.yearly is None else plant.yearly)
    if plant.start:
        quarters[: year_clock(year, zone).index(plant.start)] = 0
    quarters.setflags(write=False)
    return PlantYear(quarters, physical)
