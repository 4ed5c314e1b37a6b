"""Steps and hours: what changes within a file, what comes twice, what is not there."""

from __future__ import annotations

from datetime import date

import pytest

import enedis_files as enedis
from mitoyen.clock import Clock

PARIS = "Europe/Paris"
PRM = enedis.number(1)
SPRING = (date(2026, 3, 29), date(2026, 3, 30))
AUTUMN = (date(2026, 10, 25), date(2026, 10, 26))

WRITERS = {
    "account": enedis.account_csv,
    "R63": enedis.r63_csv,
    "R63, JSON": enedis.r63_json,
    "Data Connect": enedis.data_connect,
    "R50": enedis.r50,
    "SOAP v2": enedis.soap,
}


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize(("day", "steps"), [(SPRING, 46), (AUTUMN, 50)])
def test_the_day_on_which_the_clocks_change(fetch_files, form, day, steps):
    """With offsets or without: the hour that comes twice is told by the order of the rows."""
    clock = Clock.of_days(*day, 1800, PARIS)
    result = fetch_files(WRITERS[form](PRM, clock, [2 * one for one in range(steps)]), period=day)
    assert (result.codes, result.values()) == ([], list(range(steps)))


@pytest.mark.parametrize(("day", "steps"), [(SPRING, 92), (AUTUMN, 100)])
def test_raw_curves_of_that_day(fetch_files, day, steps):
    clock = Clock.of_days(*day, 900, PARIS)
    content = enedis.raw_curve(clock, range(steps), column=PRM)
    result = fetch_files(content, period=day, step=900, unit="Wh")
    assert (result.codes, result.values()) == ([], list(range(steps)))
    assert result.facts["stamp"] == "start of step (by its first and last time)"


def test_the_workbook_of_the_autumn_day(fetch_files):
    clock = Clock.of_days(*AUTUMN, 1800, PARIS)
    content = enedis.workbook(PRM, clock, [f"0,{2 * one:03d}" for one in range(50)])
    assert fetch_files(content, period=AUTUMN).values() == [*range(49), None]


def test_the_step_changes_within_a_file(fetch_files):
    """60 minutes until noon, then 30: what is coarser than the operation's step is not split."""
    day = (date(2026, 1, 15), date(2026, 1, 16))
    hours = enedis.account_csv(PRM, Clock.of_days(*day, 3600, PARIS), [100] * 24).split(b"\n")[:15]
    halves = enedis.account_csv(PRM, Clock.of_days(*day, 1800, PARIS), [200] * 48).split(b"\n")[27:]
    result = fetch_files(b"\n".join(hours + halves), period=day)
    assert result.values() == [None] * 24 + [100] * 24
    assert result.left == {"of another step": 12}
    assert result.finding.message == (
        "the file has steps of 1 hour, the operation 30 minutes: 12 values not taken, on lines 4 to 15"
    )
    in_hours = fetch_files(b"\n".join(hours + halves), period=day, step=3600)
    assert (in_hours.codes, in_hours.values()) == ([], [100] * 12 + [200] * 12)
    assert in_hours.facts["step"] == "1 hour from 2026-01-15 00:00, then 30 minutes from 2026-01-15 12:00"


def test_finer_steps_are_joined(fetch_files):
    """Three steps of 5 minutes, 12 kW each, are 3 kWh of a quarter."""
    day = (date(2026, 1, 15), date(2026, 1, 16))
    fives = Clock.of_days(*day, 300, PARIS)
    result = fetch_files(enedis.r4x(PRM, fives, [12] * 288), period=day, step=900)
    assert (result.codes, result.values()) == ([], [3000] * 96)
    lacking = fetch_files(enedis.r4x(PRM, fives, [12, "", *[12] * 286]), period=day, step=900)
    assert lacking.values() == [None] + [3000] * 95
    assert lacking.left == {"no value": 1, "of a step of which other parts are missing": 2}
    assert lacking.codes == ["ACC406"]


def test_ten_minutes_do_not_make_a_quarter(fetch_files):
    day = (date(2026, 1, 15), date(2026, 1, 16))
    tens = Clock.of_days(*day, 600, PARIS)
    result = fetch_files(enedis.r4x(PRM, tens, [12] * 144), period=day, step=900)
    assert result.left == {"of another step": 144}


def test_joined_before_rounded(fetch_files):
    """Ten minutes of a watt are no whole number of milliwatt-hours, half an hour is."""
    day = (date(2026, 1, 15), date(2026, 1, 16))
    tens = Clock.of_days(*day, 600, PARIS)
    result = fetch_files(enedis.account_csv(PRM, tens, [2] * 144, unit=""), period=day)
    assert (result.codes, result.values()) == ([], [1] * 48)
    assert "rounded" not in result.facts


def test_an_offset_that_is_kept_all_year(fetch_files):
    """July stamped with the offset of winter: is it the hour, or the offset, that is wrong?"""
    day = (date(2026, 7, 15), date(2026, 7, 16))
    clock = Clock.of_days(*day, 1800, PARIS)
    content = enedis.account_csv(PRM, clock, range(0, 96, 2)).replace(b"+02:00", b"+01:00")
    result = fetch_files(content, period=day)
    assert result.codes == ["ACC416"]
    assert result.left == {"time with an offset that the zone does not have then": 48}
    ignored = fetch_files(content, period=day, offsets="ignored")
    assert (ignored.codes, ignored.values()) == ([], list(range(48)))


def test_times_in_utc_are_what_they_say(fetch_files):
    day = (date(2026, 7, 15), date(2026, 7, 16))
    clock = Clock.of_days(*day, 1800, PARIS)
    rows = [f"{moment - moment.utcoffset():%Y-%m-%dT%H:%M:%S}Z;2" for moment in enedis.moments(clock, end=True)]
    content = "\n".join(["Identifiant PRM;Horodate;Valeur;Unité", *(f"{PRM};{row};W" for row in rows)])
    result = fetch_files(content.encode(), period=day)
    assert (result.codes, result.values()) == ([], [1] * 48)


def test_an_end_that_contradicts_the_format_is_refused(fetch_files):
    """A file that says W, as C5 does, and begins at midnight, as C4 does."""
    day = (date(2026, 1, 15), date(2026, 1, 16))
    clock = Clock.of_days(*day, 1800, PARIS)
    content = enedis.account_csv(PRM, clock, [2] * 48, unit="").replace(b"Comptage Brut;;", b"Comptage Brut;W;")
    result = fetch_files(content, period=day)
    assert result.codes == ["ACC433"]
    assert result.left == {"of a time that is the start or the end of its step": 48}
    told = fetch_files(content, period=day, stamp={"curve": "start"})
    assert (told.codes, told.values()) == ([], [1] * 48)


def test_newest_first(fetch_files):
    day = (date(2026, 10, 25), date(2026, 10, 26))
    clock = Clock.of_days(*day, 1800, PARIS)
    head, *rows = enedis.r63_csv(PRM, clock, range(0, 100, 2)).splitlines()
    result = fetch_files(b"\n".join([head, *rows[::-1]]), period=day)
    assert (result.codes, result.values()) == ([], list(range(50)))


def test_blocks_out_of_order(fetch_files):
    day = (date(2026, 1, 15), date(2026, 1, 16))
    clock = Clock.of_days(*day, 1800, PARIS)
    head, *rows = enedis.r63_csv(PRM, clock, range(0, 96, 2)).splitlines()
    result = fetch_files(b"\n".join([head, *rows[20:], *rows[:20]]), period=day)
    assert (result.codes, result.values()) == (["ACC407"], list(range(48)))
