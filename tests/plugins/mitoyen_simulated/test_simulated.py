"""What is declared holds to the watt-hour, the sun behaves as the sun, and the same word gives the same bytes."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from jsonschema import Draft7Validator

import mitoyen_simulated
from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, Energies, MeterData, Place, Point, Request
from mitoyen.host import Host, MissingExtra
from mitoyen_simulated import curve, draws, loads, sun

PARIS = "Europe/Paris"
MWH = 1000 * KWH

OPTIONS: Mapping[str, Any] = {
    "seed": "test",
    # Numbers come as the engine reads them: int or Decimal.
    "site": {"latitude": Decimal("43.92"), "longitude": Decimal("2.11"), "altitude": 200},
    "plants": {
        "mtr-90": {"power": 36_000, "tilt": 20, "azimuth": 180, "yearly": 45 * MWH},
        "mtr-91": {"power": 9_000, "tilt": Decimal("17.5"), "azimuth": 90},
    },
    "loads": {
        "mtr-01": {"profile": "household", "yearly": 3200 * KWH},
        "mtr-02": {"profile": "household", "yearly": 3200 * KWH},
        "mtr-03": {"profile": "street-lighting", "yearly": 8 * MWH},
    },
}
EVERYONE = ("mtr-90", "mtr-91", "mtr-01", "mtr-02", "mtr-03")


def request(clock: Clock, *meters: str, options: Mapping[str, Any] = OPTIONS) -> Request:
    points = tuple(
        Point(
            meter,
            f"m-{meter}",
            "producer" if meter.startswith("mtr-9") else "consumer",
            0,
            clock.steps,
            None,
            Place("participants.yaml"),
        )
        for meter in meters
    )

    def locate(*path: str | int) -> Place:
        return Place("operation.yaml:" + ".".join(map(str, path)))

    return Request(points, clock, options, (), (), locate)


def values(data: MeterData, meter: str) -> Energies:
    [series] = [series for series in data.series if series.meter == meter]
    return series.values


def year(meter: str, number: int = 2026, step: int = 900, options: Mapping[str, Any] = OPTIONS) -> Energies:
    """A calendar year fetched month after month, as an operation does."""
    months = Month(number, 1).through(Month(number, 12))
    clocks = [Clock.of_month(month, step, PARIS) for month in months]
    return np.concatenate(
        [values(mitoyen_simulated.fetch(request(clock, meter, options=options)), meter) for clock in clocks]
    )


# --- what is declared ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2024, 2026])
@pytest.mark.parametrize(("meter", "yearly"), [("mtr-90", 45 * MWH), ("mtr-01", 3200 * KWH), ("mtr-03", 8 * MWH)])
def test_a_calendar_year_adds_up_to_what_is_declared(meter: str, yearly: int, number: int) -> None:
    assert year(meter, number).sum() == yearly


@pytest.mark.parametrize("profile", sorted(loads.HABITS))
def test_every_profile_adds_up_and_is_never_negative(profile: str) -> None:
    whole = loads.load_year("s", "mtr-1", loads.Load(profile, 1_234_567), SITE, 2025, PARIS)
    assert whole.sum() == 1_234_567
    assert whole.min() >= 0
    assert len(whole) == 365 * 96


def test_values_are_whole_watt_hours() -> None:
    for meter in EVERYONE:
        assert not (year(meter) % 1000).any()


def test_without_a_yearly_yield_the_model_gives_its_own() -> None:
    clock = Clock.of_month(Month(2026, 6), 900, PARIS)
    [reading] = mitoyen_simulated.fetch(request(clock, "mtr-91")).readings
    assert reading.facts["power"] == "9 kWp"
    assert reading.facts["yearly"].endswith("(the model's own)")
    # South of France, facing east: far from the 1300 of due south, far from nothing.
    assert 900 < int(reading.facts["yield"].split()[0]) < 1250
    assert year("mtr-91").sum() == int(Decimal(reading.facts["yearly"].split()[0]) * KWH)


def test_a_plant_gives_nothing_before_it_exists() -> None:
    plants = {"mtr-90": {**OPTIONS["plants"]["mtr-90"], "from": date(2026, 5, 12)}}
    whole, part = year("mtr-90"), year("mtr-90", options={**OPTIONS, "plants": plants})
    first = curve.year_clock(2026, PARIS).index(date(2026, 5, 12))
    assert not part[:first].any()
    assert np.array_equal(part[first:], whole[first:])


def test_a_reading_accounts_for_every_step() -> None:
    clock = Clock.of_month(Month(2026, 3), 900, PARIS)
    data = mitoyen_simulated.fetch(request(clock, *EVERYONE))
    assert {(reading.rows, reading.taken) for reading in data.readings} == {(clock.steps, clock.steps)}
    assert data.readings[0].name == "plants/mtr-90"
    assert {series.kind for series in data.series} == {"measured"}


# --- the sun ---------------------------------------------------------------------------------------------------


SITE = sun.Site(43.92, 2.11, 200.0)


def test_night_is_exactly_zero() -> None:
    sky = sun.sky("test", SITE, 2026, PARIS)
    produced = year("mtr-90")
    assert not produced[sky.elevation < 0].any()
    assert produced[(sky.elevation > 20)].all()


def test_the_sun_is_at_its_height_at_solar_noon() -> None:
    produced = year("mtr-90").astype(float)
    utc = curve.year_clock(2026, PARIS).utc()
    hour = ((utc + 450) % 86400) / 3600
    centre = (produced * hour).sum() / produced.sum()
    # 2.11 degrees east of Greenwich: solar noon is at 11:52 UTC, give or take the equation of time and the clouds.
    assert abs(centre - (12 - 2.11 / 15)) < 0.25


def test_summer_gives_more_than_winter_and_no_step_more_than_the_peak() -> None:
    produced = year("mtr-90")
    month = curve.year_clock(2026, PARIS).wall().month
    assert produced[month == 7].sum() > 2 * produced[month == 12].sum()
    assert produced.max() * 4 / 1000 < 36_000


def test_neighbours_see_the_same_clouds() -> None:
    south = year("mtr-90").astype(float)
    east = year("mtr-91").astype(float)
    until = 96 * 80  # before the clocks change: whole days of 96
    by_day = [one[:until].reshape(-1, 96).sum(axis=1) for one in (south, east)]
    assert np.corrcoef(*by_day)[0, 1] > 0.95


def test_clearness_of_many_years_is_the_clearness_of_the_south() -> None:
    means = np.zeros(12)
    for number in range(2001, 2011):
        clock = curve.year_clock(number, PARIS)
        drawn = sun._clearness("many", clock)
        means += [drawn[clock.wall().month == month].mean() / 10 for month in range(1, 13)]
    assert np.abs(means - sun.CLEARNESS).max() < 0.05


def test_lamps_are_lit_in_the_dark_only() -> None:
    lit = year("mtr-03")
    sky = sun.sky("test", SITE, 2026, PARIS)
    assert not lit[sky.elevation > 0].any()
    assert lit[sky.elevation < -1].all()


# --- people ----------------------------------------------------------------------------------------------------


def test_no_two_homes_are_alike() -> None:
    one, other = year("mtr-01").astype(float), year("mtr-02").astype(float)
    assert np.corrcoef(one, other)[0, 1] < 0.5
    assert not np.array_equal(np.sort(one), np.sort(other))


def test_two_days_of_a_home_are_not_alike() -> None:
    days = year("mtr-01")[: 96 * 80].reshape(-1, 96)
    assert len(np.unique(days, axis=0)) == len(days)


def test_another_seed_is_another_year() -> None:
    other = {**OPTIONS, "seed": "other"}
    for meter in EVERYONE:
        assert not np.array_equal(year(meter), year(meter, options=other))


def test_schools_are_quiet_in_august_and_offices_on_public_holidays() -> None:
    clock = curve.year_clock(2025, PARIS)
    school = loads.load_year("s", "m", loads.Load("school", 10_000_000), SITE, 2025, PARIS)
    month = clock.wall().month
    assert school[month == 8].sum() < 0.5 * school[month == 6].sum()
    office = loads.load_year("s", "m", loads.Load("office", 10_000_000), SITE, 2025, PARIS)
    ordinary, ascension = (clock.index(date(2025, 5, day)) for day in (22, 29))
    assert office[ascension : ascension + 96].sum() < 0.5 * office[ordinary : ordinary + 96].sum()


@pytest.mark.parametrize(
    ("number", "easter"),
    [(2018, (4, 1)), (2019, (4, 21)), (2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25))],
)
def test_easter(number: int, easter: tuple[int, int]) -> None:
    assert loads._easter(number) == date(number, *easter)
    assert len(loads.public_holidays(number)) in (10, 11)  # Ascension may be on a fixed holiday


# --- clocks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "steps"), [(date(2026, 3, 29), 92), (date(2026, 7, 1), 96), (date(2026, 10, 25), 100)]
)
def test_local_days_have_92_96_or_100_quarter_hours(day: date, steps: int) -> None:
    clock = Clock.of_days(day, date.fromordinal(day.toordinal() + 1), 900, PARIS)
    for meter in EVERYONE:
        assert len(values(mitoyen_simulated.fetch(request(clock, meter)), meter)) == steps


@pytest.mark.parametrize("month", [Month(2026, 3), Month(2026, 10), Month(2026, 12)])
@pytest.mark.parametrize("step", [300, 600, 900, 1800, 3600])
def test_other_steps_have_the_same_energy(month: Month, step: int) -> None:
    quarter, other = Clock.of_month(month, 900, PARIS), Clock.of_month(month, step, PARIS)
    for meter in EVERYONE:
        fine = values(mitoyen_simulated.fetch(request(quarter, meter)), meter)
        got = values(mitoyen_simulated.fetch(request(other, meter)), meter)
        assert got.dtype == np.int64
        assert len(got) == other.steps
        # The two agree at every half hour, or hour for hours.
        common = max(step, 1800)
        joined = [one.reshape(-1, common // length).sum(axis=1) for one, length in ((fine, 900), (got, step))]
        assert np.array_equal(*joined)


def test_a_stretch_over_new_year_takes_from_both_years() -> None:
    clock = Clock.of_days(date(2025, 12, 30), date(2026, 1, 3), 900, PARIS)
    got = values(mitoyen_simulated.fetch(request(clock, "mtr-01")), "mtr-01")
    assert np.array_equal(got, np.concatenate([year("mtr-01", 2025)[-192:], year("mtr-01")[:192]]))


def test_the_whole_month_is_given_whatever_the_window() -> None:
    clock = Clock.of_month(Month(2026, 4), 900, PARIS)
    asked = request(clock, "mtr-01")
    narrow = replace(asked, points=(replace(asked.points[0], first=96, last=192),))
    assert np.array_equal(
        values(mitoyen_simulated.fetch(narrow), "mtr-01"), values(mitoyen_simulated.fetch(asked), "mtr-01")
    )


def test_a_meter_that_passes_to_another_participant_has_one_series() -> None:
    asked = request(Clock.of_month(Month(2026, 4), 900, PARIS), "mtr-01")
    twice = replace(asked, points=(*asked.points, replace(asked.points[0], participant="m-next")))
    assert len(mitoyen_simulated.fetch(twice).series) == 1


# --- the same word, the same bytes -----------------------------------------------------------------------------


def digest() -> str:
    return sha256(b"".join(year(meter).astype("<i8").tobytes() for meter in EVERYONE)).hexdigest()


def test_two_processes_give_the_same_bytes() -> None:
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('again', {__file__!r})\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "print(module.digest())\n"
    )
    path = os.pathsep.join(sys.path)
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hashseed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hashseed in ("1", "2")
    }
    assert seen == {digest()}


def test_the_bytes_are_pinned() -> None:
    """They may never change without another version of the source: frozen months would no longer be fetched again.

    Verified the same with numpy 1.26, pandas 2.1, pvlib 0.11 and with numpy 2.4, pandas 3.1, pvlib 0.16.
    """
    assert digest() == "0e11b1018fda8f7fc10530e34e3b5b82386d3ec33f601126941e000308df2773"


def test_the_last_bits_of_a_float_never_reach_a_result() -> None:
    sky = sun.sky("test", SITE, 2026, PARIS)
    weights = sun.modelled(sun.Plant(36_000, 20.0, 180.0, None, None), sky)
    trembling = 1 + 1e-14 * (draws.uniforms("tremble", count=len(weights)) - 0.5)
    assert np.array_equal(curve.share_out(weights, 45_000_000), curve.share_out(weights * trembling, 45_000_000))


def test_draws_are_pinned() -> None:
    """They may never change without another version of the source."""
    assert [round(float(one), 9) for one in draws.uniforms("a", "b", 3, count=3)] == [
        0.97444692,
        0.962612305,
        0.479894992,
    ]
    assert not np.array_equal(draws.uniforms("a", "bc", count=2), draws.uniforms("ab", "c", count=2))
    assert np.array_equal(draws.uniforms("k", count=20)[:9], draws.uniforms("k", count=9))


@given(
    arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1e6, width=32)).filter(lambda w: w.sum() > 0),
    st.integers(0, 10**12),
)
@settings(max_examples=150, deadline=None)
def test_sharing_out_a_total(weights: np.ndarray, total: int) -> None:
    total %= 10**9
    shared = curve.share_out(weights, total)
    assert shared.sum(dtype=np.int64) == total
    assert (shared >= 0).all()
    assert not shared[weights == 0].any()
    due = [weight * total / math.fsum(weights) for weight in weights]
    assert max(abs(got - exact) for got, exact in zip(shared, due, strict=True)) < 1 + 1e-6


# --- the border ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("meter", "section"), [("mtr-99", "plants"), ("mtr-09", "loads")])
def test_a_meter_that_is_not_listed_is_a_finding(meter: str, section: str) -> None:
    clock = Clock.of_month(Month(2026, 4), 900, PARIS)
    data = mitoyen_simulated.fetch(request(clock, "mtr-01", meter))
    [finding] = data.findings
    assert finding.code == "ACC418"
    assert meter in finding.message
    assert finding.place == Place(f"operation.yaml:{section}")
    assert f"add it under {section}, for instance {meter}: {{" in finding.help
    assert [series.meter for series in data.series] == ["mtr-01"]


def test_a_plant_without_power_is_a_finding() -> None:
    plants = {"mtr-90": {**OPTIONS["plants"]["mtr-90"], "power": 0}}
    clock = Clock.of_month(Month(2026, 4), 900, PARIS)
    data = mitoyen_simulated.fetch(request(clock, "mtr-90", options={**OPTIONS, "plants": plants}))
    assert [(one.code, one.place) for one in data.findings] == [
        ("ACC418", Place("operation.yaml:plants.mtr-90.power"))
    ]


def test_a_load_of_nothing_is_zero_all_year() -> None:
    assert not loads.load_year("s", "m", loads.Load("household", 0), SITE, 2025, PARIS).any()


def test_a_country_as_large_as_one_likes_does_not_overflow() -> None:
    whole = loads.load_year("s", "m", loads.Load("household", 9 * 10**13), SITE, 2025, PARIS)
    assert whole.sum(dtype=np.int64) == 9 * 10**13
    assert whole.min() > 0


def test_every_step_has_the_place_of_its_declaration() -> None:
    clock = Clock.of_month(Month(2026, 4), 900, PARIS)
    [series] = mitoyen_simulated.fetch(request(clock, "mtr-01")).series
    assert series.at is not None
    assert series.at(17) == Place("operation.yaml:loads.mtr-01")


@pytest.mark.parametrize("library", ["pvlib", "demandlib"])
def test_a_missing_library_says_which_extra_to_install(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    sun.sky.cache_clear()
    loads._standard.cache_clear()
    meter = "mtr-90" if library == "pvlib" else "mtr-01"
    clock = Clock.of_month(Month(2031, 4), 900, PARIS)
    with pytest.raises(MissingExtra, match=rf"{library}.*mitoyen\[simulated\]"):
        mitoyen_simulated.fetch(request(clock, meter))


def test_importing_the_plugin_is_light() -> None:
    code = (
        "import sys, mitoyen_simulated\nprint(sorted({'pandas', 'pvlib', 'demandlib', 'scipy'} & set(sys.modules)))"
    )
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_source_is_offered_and_its_schema_is_strict() -> None:
    host = Host([("simulated", "test", mitoyen_simulated)])
    [offer] = [brought.offer for brought in host.brought()]
    assert (offer.id, offer.version) == ("simulated", 1)
    Draft7Validator.check_schema(offer.schema)
    good = {
        "seed": "s",
        "site": {"latitude": 43.9, "longitude": 2.1},
        "plants": {"mtr-90": {"power": "36 kWp", "tilt": 20, "azimuth": 180, "yearly": "45 MWh"}},
        "loads": {"mtr-01": {"profile": "bakery", "yearly": "30 MWh"}},
    }
    check = Draft7Validator(offer.schema).is_valid
    assert check(good)
    assert not check({**good, "speed": 1})
    assert not check({**good, "loads": {"mtr-01": {"profile": "castle", "yearly": "30 MWh"}}})
    assert not check({**good, "plants": {"mtr-90": {"power": "36 kWp", "tilt": 120, "azimuth": 180}}})
