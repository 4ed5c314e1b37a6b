"""The same day of the same meter, by every form that Enedis sends: the same energy, step by step."""

from __future__ import annotations

from datetime import date

import pytest

import enedis_files as enedis
from mitoyen.clock import Clock

DAY = (date(2026, 1, 15), date(2026, 1, 16))
HALVES = Clock.of_days(*DAY, 1800, "Europe/Paris")
WATTS = [2 * half for half in range(48)]
WATT_HOURS = list(range(48))
"""Half an hour of 2n watts is n watt-hours."""

PRM = enedis.number(1)

FORMS = {
    "account": enedis.account_csv(PRM, HALVES, WATTS),
    "account of 8 columns": enedis.account_csv(PRM, HALVES, WATTS, columns=8),
    "account without mark": enedis.account_csv(PRM, HALVES, WATTS)[3:],
    "account, Windows": enedis.account_csv(PRM, HALVES, WATTS).replace(b"\n", b"\r\n"),
    "account, C4": enedis.account_csv(PRM, HALVES, WATTS, unit=""),
    "R63": enedis.r63_csv(PRM, HALVES, WATTS),
    "R63 without accents": enedis.r63_csv(PRM, HALVES, WATTS, accents=False),
    "R63, JSON": enedis.r63_json(PRM, HALVES, WATTS),
    "Data Connect": enedis.data_connect(PRM, HALVES, WATTS),
    "R50": enedis.r50(PRM, HALVES, WATTS),
    "SOAP v2": enedis.soap(PRM, HALVES, WATTS),
    "SOAP v3": enedis.soap(PRM, HALVES, WATTS, version=3),
    "workbook": enedis.workbook(PRM, HALVES, [f"{watts / 1000:.3f}".replace(".", ",") for watts in WATTS]),
    "raw": enedis.raw_curve(HALVES, WATT_HOURS, column=PRM),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_day(fetch_files, form):
    result = fetch_files(FORMS[form], period=DAY, unit="Wh")
    assert result.codes == []
    expected = [*WATT_HOURS[:-1], None] if form == "workbook" else WATT_HOURS
    assert result.values() == expected


def test_r4x_is_in_kilowatts_and_stamped_at_the_start(fetch_files):
    kilowatts = [2 * half for half in range(48)]
    result = fetch_files(enedis.r4x(PRM, HALVES, kilowatts), period=DAY)
    assert result.values() == [1000 * half for half in range(48)]
    assert result.facts["stamp"] == "start of step (by its format)"


@pytest.mark.parametrize("form", ["account", "R63", "R63, JSON", "Data Connect", "R50", "SOAP v2", "SOAP v3"])
def test_the_end_of_a_step_is_found(fetch_files, form):
    assert fetch_files(FORMS[form], period=DAY).facts["stamp"].startswith("end of step (by its ")


def test_every_form_says_what_was_read(fetch_files):
    facts = fetch_files(FORMS["R63"], period=DAY).facts
    assert dict(facts) == {
        "format": "R63",
        "meter": "mtr-01",
        "number": "…0001",
        "unit": "W",
        "zone": "Europe/Paris",
        "stamp": "end of step (by its first and last time)",
        "step": "30 minutes",
        "quality": "nature B: 48, plausibility 0: 48, state 0: 48",
    }


def test_holes_are_blank_absent_or_marked(fetch_files):
    blank = [*WATTS]
    blank[3], blank[5] = "", "NA"
    content = enedis.account_csv(PRM, HALVES, blank).replace(b"2026-01-15T05:00:00+01:00;18\n", b"")
    result = fetch_files(content, period=DAY)
    assert [step for step, value in enumerate(result.values()) if value is None] == [3, 5, 9]
    assert result.left == {"no value": 2}
    assert result.codes == []


def test_a_missing_point_of_r50_has_a_time_only(fetch_files):
    result = fetch_files(enedis.r50(PRM, HALVES, [*WATTS[:-1], ""]), period=DAY)
    assert result.values() == [*WATT_HOURS[:-1], None]
    assert result.left == {"no value": 1}


def test_two_years_of_r50(fetch_files):
    clock = Clock.of_days(date(2025, 1, 1), date(2027, 1, 1), 1800, "Europe/Paris")
    result = fetch_files(enedis.r50(PRM, clock, [2] * clock.steps), period="2026-06")
    assert (result.codes, result.values()) == ([], [1] * 1440)


def test_zero_is_a_measure(fetch_files):
    assert fetch_files(FORMS["account"], period=DAY).values()[0] == 0


def test_a_row_of_another_month_is_left(fetch_files):
    result = fetch_files(FORMS["account"], period=(date(2026, 1, 16), date(2026, 1, 17)))
    assert result.left == {"outside the month": 48}


def test_a_curve_without_header_says_nothing_but_w(fetch_files):
    content = b"\xef\xbb\xbf" + b"\r\n".join(FORMS["account"].split(b"\n")[3:]).rstrip()
    result = fetch_files({"toit/curve.csv": content}, period=DAY, whose={"toit/*": "mtr-01"})
    assert result.values() == WATT_HOURS
    assert result.facts["unit"] == "W (load curves of Enedis are in W where they do not say)"
    assert result.facts["whose"] == "by `whose:`"


def test_what_is_not_active_energy_is_left(fetch_files):
    reactive = enedis.r63_csv(PRM, HALVES, WATTS).replace(b";PA;", b";PRI;")
    result = fetch_files({"a.csv": reactive, "b.csv": FORMS["R63"]}, period=DAY)
    assert result.codes == []
    assert dict(result.data.readings[0].left) == {"not active energy": 48}
    assert result.values() == WATT_HOURS


def test_the_workbook_says_that_its_last_step_is_missing(fetch_files):
    assert fetch_files(FORMS["workbook"], period=DAY).facts["note"].startswith("its last day is not whole")


# --- several files ---------------------------------------------------------------------------------------------


def test_two_exports_that_agree_are_merged(fetch_files):
    result = fetch_files({"a.csv": FORMS["account"], "b.csv": FORMS["R63"]}, period=DAY)
    assert (result.codes, result.values()) == ([], WATT_HOURS)
    assert dict(result.data.readings[1].left) == {"in an earlier file too, same value": 48}


def test_two_exports_that_differ_are_not_chosen_between(fetch_files):
    other = enedis.r50(PRM, HALVES, [*WATTS[:7], 1000, *WATTS[8:]])
    result = fetch_files({"a.csv": FORMS["account"], "b.xml": other}, period=DAY)
    assert result.codes == ["ACC403"]
    assert "two different values of mtr-01 for 2026-01-15 03:30 (+01:00)" in result.finding.message
    assert result.values() == [*WATT_HOURS[:7], None, *WATT_HOURS[8:]]


def test_the_later_publication_holds_where_the_options_say_so(fetch_files):
    first = enedis.r50(PRM, HALVES, WATTS)
    second = enedis.r50(PRM, HALVES, [*WATTS[:7], 1000, *WATTS[8:]], created="2026-02-05T03:00:00+01:00")
    for files in ({"a": first, "b": second}, {"a": second, "b": first}):
        result = fetch_files(files, period=DAY, editions="latest")
        assert (result.codes, result.values()) == ([], [*WATT_HOURS[:7], 500, *WATT_HOURS[8:]])
        assert sum(one.left.get("replaced by a later publication", 0) for one in result.data.readings) == 48


def test_a_file_that_says_no_date_is_not_the_earlier_one(fetch_files):
    dated = enedis.r50(PRM, HALVES, [*WATTS[:7], 1000, *WATTS[8:]])
    result = fetch_files({"a": dated, "b": FORMS["account"]}, period=DAY, editions="latest")
    assert result.codes == ["ACC403"]
    assert "`editions: latest` keeps the later" in result.finding.help


def test_the_name_of_an_r63_file_says_when_it_was_written(fetch_files):
    name = "ENEDIS_R63_P_CdC_M0_00001_202602{}093019.csv"
    later = enedis.r63_csv(PRM, HALVES, [*WATTS[:7], 1000, *WATTS[8:]])
    files = {name.format("13"): later, name.format("12"): FORMS["R63"]}
    result = fetch_files(files, period=DAY, editions="latest")
    assert (result.codes, result.values()) == ([], [*WATT_HOURS[:7], 500, *WATT_HOURS[8:]])
    assert result.data.readings[0].facts["published"] == "2026-02-13 09:30"


def test_quotes_that_a_spreadsheet_puts(fetch_files):
    lines = FORMS["R63"].decode().splitlines()
    quoted = "\n".join(";".join(f'"{cell}"' for cell in line.split(";")) for line in lines)
    result = fetch_files(quoted.encode(), period=DAY)
    assert (result.codes, result.values()) == ([], WATT_HOURS)


def test_one_time_twice_in_a_file(fetch_files):
    row = b"2026-01-15T01:00:00+01:00;2\n"
    result = fetch_files(FORMS["account"] + row, period=DAY)
    assert sorted(result.codes) == ["ACC404", "ACC407"]
    assert (result.left, result.values()) == ({"duplicate, same value": 1}, WATT_HOURS)


def test_consumption_and_injection_of_one_number(fetch_files):
    """A site that withdraws and injects has one number: the direction tells whose a curve is."""
    content = enedis.r63_csv(PRM, HALVES, WATTS)
    injected = enedis.r63_csv(PRM, HALVES, [0, *WATTS[1:]], kind="PROD").split(b"\n", 1)[1]
    result = fetch_files(
        content + injected,
        period=DAY,
        vault={"mtr-01": PRM, "mtr-90": PRM},
        roles={"mtr-01": "consumer", "mtr-90": "producer"},
    )
    assert (result.codes, result.values("mtr-01"), result.values("mtr-90")) == ([], WATT_HOURS, WATT_HOURS)


def test_without_direction_one_number_for_two_is_not_guessed(fetch_files):
    numbers: dict[str, str] = {"mtr-01": PRM, "mtr-90": PRM}
    result = fetch_files(
        FORMS["R50"], period=DAY, vault=numbers, roles={"mtr-01": "consumer", "mtr-90": "producer"}
    )
    assert result.codes == ["ACC418", "ACC418"]
    assert result.left == {"of a meter that the file does not tell": 48}
