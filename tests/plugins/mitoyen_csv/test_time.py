"""When a value was measured: zones, the hour that comes twice or not at all, ends of steps, order, other steps."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest

OCTOBER = date(2026, 10, 25)
MARCH = date(2026, 3, 29)


def day(first):
    return first, first + timedelta(days=1)


@pytest.mark.parametrize("step", [600, 900, 1800, 3600])
@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("which", [OCTOBER, MARCH, date(2026, 7, 1)])
@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%z", "%d/%m/%Y %H:%M", "utc"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_every_step_of_a_day(fetch_text, times, sheet, which, step, end, form, newest_first):
    moments = list(times(which, step, end=end))
    assert len(moments) == {OCTOBER: 25, MARCH: 23}.get(which, 24) * 3600 // step
    timestamp = {"stamp": "end" if end else "start"}
    if form == "utc":
        moments, form = [moment.astimezone(UTC) for moment in moments], "%Y-%m-%d %H:%M:%S"
        timestamp["zone"] = "UTC"
    lines = sheet(moments, form).splitlines()
    if newest_first:
        lines[1:] = lines[:0:-1]
    result = fetch_text("\n".join(lines), period=day(which), step=step, timestamp=timestamp)
    assert result.codes == []
    assert result.values() == {number: (number + 1) * 1000 for number in range(len(moments))}
    assert result.left == {}
    assert ("order" in result.facts) == newest_first


def test_the_hour_that_comes_twice_in_pairs(fetch_text, times, sheet):
    moments = sorted(times(OCTOBER), key=lambda moment: (moment.replace(tzinfo=None), moment.fold))
    result = fetch_text(sheet(moments), period=day(OCTOBER))
    assert result.codes == []
    rows = {moment.timestamp(): number for number, moment in enumerate(moments, 1)}
    assert list(result.values().values()) == [1000 * rows[moment.timestamp()] for moment in times(OCTOBER)]


def test_the_hour_written_once_leaves_a_hole(fetch_text, times, sheet):
    moments = [moment for moment in times(OCTOBER) if not moment.fold]
    result = fetch_text(sheet(moments), period=day(OCTOBER))
    assert result.codes == []
    assert sorted(set(range(100)) - set(result.values())) == [12, 13, 14, 15]


def test_a_hole_in_the_first_pass_is_a_hole_there(fetch_text, times, sheet):
    moments = list(times(OCTOBER))
    del moments[9]
    result = fetch_text(sheet(moments), period=day(OCTOBER))
    assert result.codes == []
    assert set(range(100)) - set(result.values()) == {9}


def test_the_day_before_and_after_do_not_matter(fetch_text, times, sheet):
    moments = [moment for which in (OCTOBER, date(2026, 10, 26)) for moment in times(which)]
    result = fetch_text(sheet(moments), period=day(date(2026, 10, 26)))
    assert result.codes == []
    assert len(result.values()) == 96
    assert result.left == {"outside the month": 100}


def test_long_files_tell_the_hour_by_meter(fetch_text, times):
    rows = [f"{m};{moment:%Y-%m-%d %H:%M};{m[-1]}" for moment in times(OCTOBER) for m in ("mtr-01", "mtr-02")]
    text = "\n".join(["PRM;Horodate;Valeur", *rows])
    result = fetch_text(text, period=day(OCTOBER), meters=("mtr-01", "mtr-02"))
    assert result.codes == []
    assert len(result.values("mtr-01")) == len(result.values("mtr-02")) == 100


def test_order_that_does_not_tell_the_hour(fetch_text, times, sheet):
    lines = sheet(times(OCTOBER)).splitlines()
    # The second pass stands above the first, other rows between them.
    lines = [lines[0], *lines[13:17], *lines[1:13], *lines[17:]]
    result = fetch_text("\n".join(lines), period=day(OCTOBER))
    assert sorted(result.codes) == ["ACC416"]
    assert "comes twice in Europe/Paris" in result.finding.message
    assert result.left == {"in the hour that comes twice, which one is unknown": 8}


def test_rows_swapped_within_the_hour(fetch_text):
    rows = ["02:00", "02:30", "02:15", "02:45"]
    text = "\n".join(["Horodate;mtr-01", *(f"2026-10-25 {time};1" for time in rows)])
    result = fetch_text(text, period=day(OCTOBER))
    assert result.codes == ["ACC416"]


def test_doubled_rows_do_not_make_a_second_hour(fetch_text):
    rows = [time for time in ("01:30", "01:45", "02:00", "02:15", "02:30", "02:45", "03:00") for _ in (0, 1)]
    text = "\n".join(["Horodate;mtr-01", *(f"2026-10-25 {time};1" for time in rows)])
    result = fetch_text(text, period=day(OCTOBER))
    assert sorted(result.codes) == ["ACC404", "ACC416"]


def test_day_twice_in_a_file(fetch_text, times, sheet):
    text = sheet(times(OCTOBER))
    result = fetch_text(text + "\n".join(text.splitlines()[1:]), period=day(OCTOBER))
    assert sorted(result.codes) == ["ACC404", "ACC407"]
    assert len(result.values()) == 100
    assert result.left == {"duplicate, same value": 100}


def test_the_hour_that_does_not_exist(fetch_text):
    rows = ["01:45", "02:00", "02:15", "02:30", "02:45", "03:00"]
    text = "\n".join(["Horodate;mtr-01", *(f"2026-03-29 {time};1" for time in rows)])
    result = fetch_text(text, period=day(MARCH))
    assert result.codes == ["ACC416"]
    finding = result.finding
    assert str(finding.place) == "curve.csv:3:1"
    assert finding.message == (
        "this time does not exist in Europe/Paris: the clocks go forward over it "
        "(3 more such rows, on lines 3 to 6)"
    )
    assert set(result.values()) == {7, 8}
    assert result.left == {"in the hour that does not exist": 4}


def test_rows_are_counted_not_cells(fetch_text):
    rows = [f"2026-03-29 {time};1;2" for time in ("01:45", "02:00", "02:15", "03:00")]
    result = fetch_text(
        "\n".join(["Horodate;mtr-01;mtr-02", *rows]), period=day(MARCH), meters=("mtr-01", "mtr-02")
    )
    assert "(1 more such row, on lines 3 to 4)" in result.finding.message
    assert result.left == {"in the hour that does not exist": 4}


def test_an_empty_hour_that_does_not_exist_is_fine(fetch_text):
    rows = ["01:45;1", "02:00;", "02:15;NA", "02:30;", "02:45;", "03:00;1"]
    result = fetch_text("\n".join(["Horodate;mtr-01", *(f"2026-03-29 {row}" for row in rows)]), period=day(MARCH))
    assert result.codes == []
    assert result.left == {"no value": 4}


def test_the_absent_hour_of_another_month_does_not_matter(fetch_text):
    text = "Horodate;mtr-01\n2026-03-29 02:15;1\n2026-03-30 00:00;1\n"
    assert fetch_text(text, period=day(date(2026, 3, 30))).codes == []


def test_fixed_zone_has_all_hours(fetch_text, sheet, times):
    text = sheet(times(date(2026, 1, 1))).replace("2026-01-01", "2026-03-29")
    result = fetch_text(text, period=day(MARCH), timestamp={"zone": "Etc/GMT-1"})
    assert result.codes == []
    assert len(result.values()) == 92


@pytest.mark.parametrize(
    ("stamp", "offset", "steps"),
    [("end", 0, {0: 1, 2975: 2976}), ("start", 0, {1: 1}), ("end", -1, {0: 2}), ("start", -1, {0: 1, 2975: 2976})],
)
def test_ends_of_the_month(fetch_text, times, sheet, stamp, offset, steps):
    """A file of January stamped at ends begins at 00:15 and ends at 00:00 of February; or the reverse of each."""
    days = [date(2026, 1, number) for number in range(1, 32)]
    moments = [moment for which in days for moment in times(which, end=offset == 0)]
    result = fetch_text(sheet(moments), timestamp={"stamp": stamp})
    assert result.codes == []
    for step, number in steps.items():
        assert result.values()[step] == number * 1000
    doubtful = (stamp == "end") != (offset == 0)
    assert ("as if its times were" in result.facts["stamp"]) == doubtful


def test_midnight_as_24(fetch_text):
    text = "Horodate;mtr-01\n01/01/2026 23:45;1\n01/01/2026 24:00;2\n"
    result = fetch_text(text, period=day(date(2026, 1, 1)), timestamp={"stamp": "end"})
    assert result.values() == {94: 1000, 95: 2000}


@pytest.mark.parametrize(
    ("form", "stamp"),
    [
        ("iso", "2026-02-03T04:15:00"),
        ("iso", "2026-02-03 04:15"),
        ("iso", "2026-02-03T04:15:00.000+01:00"),
        ("iso", "2026-02-03T03:15Z"),
        ("iso", "2026-02-03 05:15:00 +0200"),
        ("iso", "2026-02-03 05:15:00+02"),
        ("iso", "2026-02-02T22:15-05:00"),
        ("%d/%m/%Y %H:%M", "03/02/2026 04:15"),
        ("%d/%m/%Y %H:%M:%S", "3/2/2026 4:15:00"),
        ("%d.%m.%Y %H:%M", "03.02.2026 04:15"),
        ("%d-%m-%Y %H:%M", "03-02-2026 04:15"),
        ("%Y/%m/%d %H:%M:%S", "2026/02/03 04:15:00"),
        ("%d/%m/%y %H:%M", "03/02/26 04:15"),
        ("%d/%m/%Y %H:%M%z", "03/02/2026 04:15+01:00"),
    ],
)
def test_forms_of_times(fetch_text, form, stamp):
    text = f"Horodate;mtr-01\n{stamp};7\n"
    for options in ({}, {"timestamp": {"format": form}}, {"timestamp": {"column": "Horodate"}}):
        result = fetch_text(text, period=day(date(2026, 2, 3)), **options)
        assert result.codes == []
        assert result.values() == {17: 7000}
        assert result.facts["format"].split(" (")[0] == form


def test_other_forms_can_be_said(fetch_text):
    text = "Horodate;mtr-01\n20260203-0415;7\n"
    assert fetch_text(text, period=day(date(2026, 2, 3))).codes == ["ACC415"]
    result = fetch_text(text, period=day(date(2026, 2, 3)), timestamp={"format": "%Y%m%d-%H%M"})
    assert result.values() == {17: 7000}


def test_day_and_month(fetch_text):
    months_first = "\n".join(f"02/{number:02}/2026 00:00;{number}" for number in range(1, 29))
    result = fetch_text("Horodate;mtr-01\n" + months_first, period="2026-02", step=3600, gaps="zero")
    assert result.facts["format"] == "%m/%d/%Y %H:%M (found)"
    undecided = "Horodate;mtr-01\n03/02/2026 00:00;1\n03/02/2026 00:15;1\n"
    result = fetch_text(undecided, period=day(date(2026, 2, 3)))
    assert result.facts["format"] == ("%d/%m/%Y %H:%M (nothing tells day from month: the day first, as in France)")
    assert result.values() == {0: 1000, 1: 1000}


def test_offsets_win_over_the_zone(fetch_text):
    text = "Horodate;mtr-01\n2026-02-03T04:15+01:00;7\n"
    result = fetch_text(text, period=day(date(2026, 2, 3)), timestamp={"zone": "UTC"})
    assert result.values() == {17: 7000}
    assert result.facts["zone"] == "offsets in the values; UTC was not needed"
    mixed = text + "2026-02-03T03:30;8\n"
    result = fetch_text(mixed, period=day(date(2026, 2, 3)), timestamp={"zone": "UTC"})
    assert result.values() == {17: 7000, 18: 8000}
    assert result.facts["zone"] == "offsets in the values, UTC for 1 rows without"


@pytest.mark.parametrize("options", [{}, {"timestamp": {"zone": "in-value"}}])
def test_a_time_without_offset_among_offsets(fetch_text, options):
    text = "Horodate;mtr-01\n2026-02-03T04:15+01:00;7\n2026-02-03T04:30;8\n"
    result = fetch_text(text, period=day(date(2026, 2, 3)), **options)
    assert result.codes == ["ACC416"]
    assert result.finding.message.startswith("a time without offset")
    assert result.left == {"time without offset": 1}


@pytest.mark.parametrize(("theirs", "ours"), [(3600, 900), (1800, 900), (600, 1800), (900, 3600), (300, 900)])
def test_another_step(fetch_text, times, sheet, theirs, ours):
    which = date(2026, 1, 1)
    result = fetch_text(sheet(times(which, theirs)), period=day(which), step=ours)
    assert result.codes == ["ACC406"]
    finding = result.finding
    assert finding.message.startswith("the file has steps of ")
    assert finding.place.line == 2
    assert result.values() == {}


def test_a_stretch_of_another_step(fetch_text, times, sheet):
    which = date(2026, 1, 1)
    moments = list(times(which))
    moments = moments[:40] + moments[40:92:4] + moments[92:]
    result = fetch_text(sheet(moments), period=day(which))
    assert result.codes == ["ACC406"]
    assert result.finding.message == (
        "the file has steps of 1 hour, the operation 15 minutes: 14 values not taken, on lines 42 to 55"
    )


@pytest.mark.parametrize(("rows", "codes"), [(8, []), (9, ["ACC406"])])
def test_how_many_rows_tell_a_step(fetch_text, times, sheet, rows, codes):
    which = date(2026, 1, 1)
    assert fetch_text(sheet(list(times(which, 3600))[:rows]), period=day(which)).codes == codes


def test_holes_are_not_another_step(fetch_text, times, sheet):
    which = date(2026, 1, 1)
    moments = [moment for number, moment in enumerate(times(which)) if number % 7 not in (2, 3)]
    assert fetch_text(sheet(moments), period=day(which)).codes == []


def test_one_column_of_another_step(fetch_text, times):
    which = date(2026, 1, 1)
    rows = [f"{moment:%Y-%m-%d %H:%M};1;{1 if moment.minute == 0 else ''}" for moment in times(which)]
    text = "\n".join(["Horodate;mtr-01;mtr-02", *rows])
    result = fetch_text(text, period=day(which), meters=("mtr-01", "mtr-02"))
    assert result.codes == ["ACC406"]
    assert len(result.values("mtr-01")) == 96
    assert result.values("mtr-02") == {}


def test_stray_times(fetch_text, times, sheet):
    which = date(2026, 1, 1)
    text = sheet(times(which)).replace("2026-01-01 10:00;", "2026-01-01 09:59;").replace(" 11:00;", " 11:07;")
    result = fetch_text(text, period=day(which))
    assert result.codes == ["ACC406"]
    assert result.finding.message == (
        "this time is not on the grid of 15 minutes (1 more such row, on lines 42 to 46)"
    )
    assert result.left == {"not on the grid of steps": 2}


def test_rows_out_of_order(fetch_text, times, sheet):
    which = date(2026, 1, 1)
    lines = sheet(times(which)).splitlines()
    lines[5], lines[6] = lines[6], lines[5]
    result = fetch_text("\n".join(lines), period=day(which))
    assert result.codes == ["ACC407"]
    assert result.finding.severity == "warning"
    assert str(result.finding.place) == "curve.csv:7:1"
    assert len(result.values()) == 96


def test_days_newest_first_with_hours_upwards(fetch_text, times):
    days = [date(2026, 10, number) for number in (26, 25, 24)]
    rows = [f"{moment:%Y-%m-%d %H:%M};1" for which in days for moment in times(which)]
    result = fetch_text("\n".join(["Horodate;mtr-01", *rows]), period=day(OCTOBER))
    assert len(result.values()) == 100
    assert result.codes == []
