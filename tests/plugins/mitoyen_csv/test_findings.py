"""Every finding of this source: its code, its words, its place. Many alike are one finding."""

from __future__ import annotations

from datetime import date

import pytest

DAY = (date(2026, 1, 1), date(2026, 1, 2))
HEAD = "Horodate;mtr-01\n"


def rows(*texts):
    return HEAD + "\n".join(f"2026-01-01 {text}" for text in texts) + "\n"


def test_403_two_values_in_one_file(fetch_text):
    result = fetch_text(rows("00:00;1", "00:15;2", "00:15;3", "00:30;4", "00:45;5", "00:45;6"), period=DAY)
    assert result.codes == ["ACC403"]
    finding = result.finding
    assert finding.severity == "error"
    assert (str(finding.place), finding.place.excerpt) == ("curve.csv:4:18", "")
    assert finding.message == (
        "two different values of mtr-01 for 2026-01-01 00:15 (+01:00), here and at curve.csv:3:18; "
        "neither is taken; 1 more between these rows, until 2026-01-01 00:45 (+01:00)"
    )
    assert result.values() == {0: 1000, 2: 4000}
    assert result.left == {"duplicate, different values": 4}
    assert str(result.series().at(1)) == "curve.csv:3:18"


def test_403_two_values_in_two_files(fetch_text):
    result = fetch_text({"a.csv": rows("00:00;1", "00:15;2"), "b.csv": rows("00:15;3", "00:30;4")}, period=DAY)
    assert result.codes == ["ACC403"]
    assert result.finding.message == (
        "two different values of mtr-01 for 2026-01-01 00:15 (+01:00), here and at a.csv:3:18; neither is taken"
    )
    assert str(result.finding.place) == "b.csv:2:18"
    assert result.values() == {0: 1000, 2: 4000}
    assert [dict(reading.left) for reading in result.data.readings] == [{"duplicate, different values": 1}] * 2


def test_404_the_same_value_twice(fetch_text):
    result = fetch_text(rows("00:00;1", "00:15;2", "00:15;2.0", "00:30;4", "00:30;4"), period=DAY)
    assert result.codes == ["ACC404"]
    assert result.finding.severity == "warning"
    assert result.finding.message == (
        "2 values stand in this file twice, on lines 4 to 6; each was taken once, as both are the same"
    )
    assert result.left == {"duplicate, same value": 2}


def test_overlapping_files_merge(fetch_text):
    result = fetch_text({"a.csv": rows("00:00;1", "00:15;2"), "b.csv": rows("00:15;2", "00:30;4")}, period=DAY)
    assert result.codes == []
    assert result.values() == {0: 1000, 1: 2000, 2: 4000}
    assert dict(result.data.readings[1].left) == {"in an earlier file too, same value": 1}


def test_a_value_wins_over_a_blank(fetch_text):
    result = fetch_text(rows("00:00;", "00:00;1"), period=DAY)
    assert result.codes == []
    assert result.values() == {0: 1000}


def test_two_columns_of_one_series(fetch_text):
    text = (
        "Horodate;old;new\n2026-01-01 00:00;1;\n2026-01-01 00:15;2;2\n2026-01-01 00:30;;3\n2026-01-01 00:45;4;5\n"
    )
    result = fetch_text(text, period=DAY, columns={"old": "mtr-01", "new": "mtr-01"})
    assert sorted(result.codes) == ["ACC403", "ACC404"]
    assert result.values() == {0: 1000, 1: 2000, 2: 3000}
    assert str(result.series().at(2)) == "curve.csv:4:19"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("1 234,5", '"9 999,9" is not a number: it has a separator between its thousands'),
        ("1\u202f234,5", '"9\u202f999,9" is not a number: it has a separator between its thousands'),
        ("1\u00a0234", '"9\u00a0999" is not a number: it has a separator between its thousands'),
        ("1'234.5", '"9\'999.9" is not a number: it has a separator between its thousands'),
        ("1.234,5", '"9.999,9" is not a number: it has more than one decimal sign'),
        ("0.182 kWh", '"9.999 kWh" is not a number: it has a unit behind the number'),
        ("NaN", '"NaN" is not a number: it is text'),
        ("inf", '"inf" is not a number: it is text'),
        ("--", '"--" is not a number: it is text'),
        ("0x10", '"9x99" is not a number: it is text'),
        ("1_000", '"9_999" is not a number: it is text'),
        ("٣", '"٣" is not a number: it is text'),
        ("Dupont " * 9, '"Dupont Dupont Dupont Du…" is not a number: it is text'),
        ("1e30", '"9e99" is not a number: it is too large to be energy of one step'),
        ("1e400", '"9e999" is not a number: it is too large to be energy of one step'),
        ("9" * 30, '"99999999999999999999999…" is not a number: it is too large to be energy of one step'),
        ("9" * 500, '"99999999999999999999999…" is not a number: it is text'),
        ("1e", '"9e" is not a number: it has a unit behind the number'),
        ("e5", '"e9" is not a number: it is text'),
        (".", '"." is not a number: it is text'),
        ("-", '"-" is not a number: it is text'),
    ],
)
def test_414_not_a_number(fetch_text, word, said):
    result = fetch_text(rows("00:00;1", f"00:15;{word}"), period=DAY)
    assert result.codes == ["ACC414"]
    assert result.finding.message == said
    assert str(result.finding.place) == "curve.csv:3:18"
    assert result.left == {"not a number": 1}
    assert result.values() == {0: 1000}


def test_414_many_are_one(fetch_text):
    result = fetch_text(rows(*(f"{hour:02}:00;n/d" for hour in range(24))), period=DAY, step=3600)
    assert result.codes == ["ACC414"]
    assert result.finding.message == '"n/d" is not a number: it is text, and 23 more on lines 2 to 25'
    assert result.finding.help == "if it stands for no value, add it to `missing:`"


def test_414_outside_the_month_does_not_matter(fetch_text):
    text = HEAD + "2025-01-01 00:00;n/d\n2026-01-01 00:00;1\n"
    assert fetch_text(text, period=DAY).codes == []


def test_414_two_decimal_signs(fetch_text):
    result = fetch_text(rows("00:00;1,5", "00:15;1.5"), period=DAY)
    assert result.finding.message == "\"9.9\" is not a number: its decimal sign is '.', this file's is ','"
    result = fetch_text(rows("00:00;1,5"), period=DAY, decimal=".")
    assert result.finding.message == "\"9,9\" is not a number: its decimal sign is ',', this file's is '.'"


def test_414_an_empty_cell_that_missing_does_not_hold(fetch_text):
    result = fetch_text(rows("00:00;", "00:15;-"), period=DAY, missing=["-"])
    assert result.finding.message == "an empty cell is not a number: it is empty"


def test_415_times_that_cannot_be_read(fetch_text):
    result = fetch_text(rows("00:00;1", "24:15;2", "00:30;3", "00:60;4"), period=DAY)
    assert result.codes == ["ACC415"]
    assert str(result.finding.place) == "curve.csv:3:1"
    assert result.finding.message == (
        '"2026-01-01 24:15" is not a time of the form iso (1 more such row, on lines 3 to 5)'
    )
    assert result.left == {"unreadable time": 2}


def test_415_does_not_show_meter_numbers(fetch_text):
    result = fetch_text(rows("00:00;1") + "30000000000011;2\n", period=DAY)
    assert '"99999999999999" is not a time' in result.finding.message


def test_415_column_in_another_form(fetch_text):
    text = "Horodate;mtr-01\n1 janvier 2026;1\n"
    for timestamp in ({}, {"column": "Horodate"}):
        result = fetch_text(text, period=DAY, timestamp=timestamp)
        assert result.codes == ["ACC415"]
        assert "say how they are written" in result.finding.help


@pytest.mark.parametrize("form", ["%d %B %Y", "%H:%M", "%d/%m/%Y", "%d/%m/%Y %H:%M %", "%d%d%m%Y%H", "%Y%y%m%d%H"])
def test_415_form_that_is_none(fetch_text, form):
    result = fetch_text(rows("00:00;1"), period=DAY, timestamp={"format": form})
    assert result.codes == ["ACC415"]
    assert str(result.finding.place) == "timestamp/format:1:1"


@pytest.mark.parametrize("zone", ["Europe/Pari", "Europe", "../x", "", "nowhere"])
def test_416_zone_that_is_none(fetch_text, zone):
    result = fetch_text(rows("00:00;1"), period=DAY, timestamp={"zone": zone})
    assert result.codes == ["ACC416"]
    assert str(result.finding.place) == "timestamp/zone:1:1"
    if zone == "Europe/Pari":
        assert result.finding.help == 'did you mean "Europe/Paris"?'


def test_413_columns_named_and_not_there(fetch_text):
    text = rows("00:00;1").replace("mtr-01", "C01_cons")
    result = fetch_text(text, period=DAY, columns={"C01_con": "mtr-01"})
    assert result.codes == ["ACC413", "ACC413"]
    named = result.data.findings[1]
    assert (named.message, named.help) == ('no file has a column "C01_con"', 'did you mean "C01_cons"?')
    assert str(named.place) == "columns/C01_con:1:1"


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"timestamp": {"column": "Date"}}, 'the file has no column "Date"', "known here: Horodate, mtr-01"),
        ({"timestamp": {"column": "horodat"}}, 'the file has no column "horodat"', 'did you mean "Horodate"?'),
        ({"layout": "long"}, "no column is known to be the one that says whose value a row is", "say `meter:`"),
        ({"layout": "long", "meter": "PRM"}, 'the file has no column "PRM"', "known here"),
        ({"layout": "long", "meter": "mtr-01", "value": "V"}, 'the file has no column "V"', "known here"),
    ],
)
def test_413_roles(fetch_text, options, message, hint):
    result = fetch_text(rows("00:00;1"), period=DAY, **options)
    assert result.codes == ["ACC413"]
    assert result.finding.message == message
    assert result.finding.help.startswith(hint)


def test_413_several_columns_of_times(fetch_text):
    text = "Début;Fin;mtr-01\n2026-01-01 00:00;2026-01-01 00:15;1\n2026-01-01 00:15;2026-01-01 00:30;1\n"
    result = fetch_text(text, period=DAY)
    assert result.finding.message == 'several columns hold times: "Début", "Fin"'
    result = fetch_text(text, period=DAY, timestamp={"column": "Fin", "stamp": "end"})
    assert result.values() == {0: 1000, 1: 1000}


def test_the_period_asked_for_is_not_the_time(fetch_text):
    text = "from;to;when;mtr-01\n" + "2026-01-01;2026-02-01;2026-01-01 00:{};1\n" * 2
    result = fetch_text(text.format("00", "15"), period=DAY)
    assert result.codes == []
    assert result.facts["time"] == '"when" (found)'


def test_413_no_column_of_times(fetch_text):
    result = fetch_text("when;mtr-01\nmonday;1\n", period=DAY)
    assert result.codes == ["ACC413"]
    assert result.finding.message == "no column holds times in a form known here"


def test_413_two_columns_of_one_name(fetch_text):
    result = fetch_text("Horodate;mtr-01;mtr-01\n2026-01-01 00:00;1;2\n", period=DAY)
    assert result.codes == ["ACC413"]
    assert (result.finding.message, str(result.finding.place)) == (
        '2 columns have the name "mtr-01"',
        "curve.csv:1:17",
    )


def test_413_several_columns_of_values(fetch_text):
    text = "PRM;Horodate;a;b\nmtr-01;2026-01-01 00:00;1;2\n"
    result = fetch_text(text, period=DAY)
    assert result.finding.message == 'several columns may be the one that holds the values: "a", "b"'
    assert fetch_text(text, period=DAY, value="b").values() == {0: 2000}


def test_413_no_column_of_a_meter(fetch_text):
    result = fetch_text(rows("00:00;1").replace("mtr-01", "30000000000011"), period=DAY)
    assert result.codes == ["ACC413"]
    assert result.finding.help.endswith('there are "Horodate", "…0011"')
    beside = {"a.csv": rows("00:00;1"), "b.csv": rows("00:00;1").replace("mtr-01", "mtr-55")}
    result = fetch_text(beside, period=DAY)
    assert [(finding.code, finding.severity) for finding in result.data.findings] == [("ACC413", "warning")]


def test_413_no_word_of_a_meter(fetch_text):
    text = "PRM;Horodate;Valeur\nx;2026-01-01 00:00;1\n"
    result = fetch_text(text, period=DAY, layout="long")
    assert result.codes == ["ACC413"]
    assert result.finding.message == 'no word of the column "PRM" is known as a meter of the operation'


def test_418_a_meter_in_no_file(fetch_text):
    result = fetch_text(rows("00:00;1"), period=DAY, meters=("mtr-01", "mtr-02"))
    assert result.codes == ["ACC418"]
    assert result.finding.message == "no file has the measured curve of mtr-02"
    assert str(result.finding.place) == "participants.yaml:2:1"
    text = "Horodate;mtr-01;mtr-o2\n2026-01-01 00:00;1;2\n"
    result = fetch_text(text, period=DAY, meters=("mtr-01", "mtr-02"))
    assert result.finding.help == 'did you mean "mtr-o2"?'


def test_418_only_what_the_operator_shared(fetch_text):
    result = fetch_text(rows("00:00;1"), period=DAY, columns={"mtr-01": "mtr-01/shared"})
    assert result.finding.message == "no file has the measured curve of mtr-01, only shared"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b";;\n;\n", "the file is empty"),
        (b"PK\x03\x04abc", "the file is a zip or XLSX file, not CSV text"),
        (b"%PDF-1.7", "the file is a PDF, not CSV text"),
        (b"\x00\x01\x02\x03", "the file is binary, not text"),
        (b"Horodate;mtr-01\n2026-01-01 00:00;1\x00\n", "the file is binary, not text"),
        (b"\x1f\x8b\x08broken", "the packed file is broken or cut off"),
        (b"Horodate;mtr-01\n", "the file has a header and no row"),
        (b"Horodate\n2026-01-01\n", "no delimiter is found in the file: one of ; , tab |"),
        (b"2026-01-01 00:00;1\n2026-01-01 00:15;1\n", "the first line is data: the file has no header"),
        (
            b"Horodate;mtr-01|x\n2026-01-01 00:00;1|2026-01-01 00:00\n",
            "its cells may be parted by ';' or '|'",
        ),
        (
            b"Horodate,mtr-01\n01/01/2026 00:00,1,5\n01/01/2026 00:15,2,5\n",
            "line 1 has 2 cells and the rows below it have 3: it is not their header",
        ),
        (
            "Identifiant PRM;Unité\n30000000000011;W\nHorodate;Valeur;Nature\n2026-01-01T00:30:00+01:00;252;B\n"
            "2026-01-01T01:00:00+01:00;252;B\n2026-01-01T01:30:00+01:00;252;B\n".encode(),
            "line 1 has 2 cells and the rows below it have 3: it is not their header",
        ),
        (b"Horodate;" + b"x" * 200_000 + b"\n1;2\n", "the text cannot be cut into cells: field larger than"),
    ],
)
def test_420_files_that_are_none(fetch_text, content, message):
    result = fetch_text(content, period=DAY)
    assert result.codes == ["ACC420"]
    assert result.finding.message.startswith(message)
    assert result.data.readings[0].rows == 0


def test_420_names_the_header_below(fetch_text):
    lines = ["Identifiant PRM;Unité;Pas", "30000000000011;W;30", "Horodate;Valeur"]
    lines += [f"2026-01-01T{hour:02}:00:00+01:00;252" for hour in range(24)]
    result = fetch_text("\n".join(lines), period=DAY)
    assert result.codes == ["ACC420"]
    assert result.finding.help == "the header seems to be line 3 (Horodate;Valeur): remove what is above it"


def test_420_comma_as_both(fetch_text):
    result = fetch_text("Horodate,mtr-01\n01/01/2026 00:00,1,5\n01/01/2026 00:15,2,5\n", period=DAY)
    assert "is the comma both delimiter and decimal sign?" in result.finding.help


def test_420_lines_that_do_not_fit(fetch_text):
    good = [f"{hour:02}:{minute:02};1" for hour in range(5) for minute in (0, 15, 30, 45)]
    text = rows(*good) + "2026-01-01 05:00\n2026-01-01 05:15;1;2\nSource: Enedis\n"
    result = fetch_text(text, period=DAY)
    assert result.codes == ["ACC420"]
    assert result.finding.message == (
        "this line has 1 cell and the header 2 (2 more such lines, on lines 22 to 24)"
    )
    assert result.left == {"more or fewer cells than the header": 3}
    assert len(result.values()) == 20


def test_420_a_header_with_room_for_decimals(fetch_text):
    text = "Horodate,mtr-01,\n2026-01-01 00:00,1,5\n2026-01-01 00:15,2,5\n"
    result = fetch_text(text, period=DAY)
    assert result.codes == ["ACC420"]
    assert "is the comma delimiter and decimal sign?" in result.finding.message
    assert fetch_text(text.replace(",5", ","), period=DAY).values() == {0: 1000, 1: 2000}
    assert fetch_text(text, period=DAY, columns={"": "mtr-01"}).values() == {0: 5000, 1: 5000}


def test_420_commas_now_and_then(fetch_text):
    good = [f"2026-01-01 {hour:02}:00,1" for hour in range(5)]
    text = "\n".join(["Horodate,mtr-01", *good, "2026-01-01 05:00,1,5"])
    result = fetch_text(text, period=DAY, step=3600)
    assert "is the comma both delimiter and decimal sign?" in result.finding.help


def test_420_an_open_quote(fetch_text):
    good = [f"{hour:02}:00;1" for hour in range(5)]
    text = rows(*good) + '2026-01-01 05:00;"1\n2026-01-01 06:00;1\n2026-01-01 07:00;1\n'
    result = fetch_text(text, period=DAY, step=3600)
    assert result.codes == ["ACC420"]
    assert result.finding.message == "a quoted cell runs over 3 lines; the row is not read"
    assert result.finding.place.line == 7


def test_420_text_after_the_data_of_equal_width(fetch_text):
    result = fetch_text(rows("00:00;1", "00:15;2") + "Total;3\n", period=DAY)
    assert result.codes == ["ACC415"]
    assert result.finding.message == '"Total" is not a time of the form iso'


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("utf-9", "no encoding is named 'utf-9'"),
        ("rot13", "no encoding is named 'rot13'"),
        ("hex", "no encoding is named 'hex'"),
        ("ascii", "the file is not text in ascii"),
        ("idna", "the file is not text in idna"),
        ("undefined", "the file is not text in undefined"),
        ("", "no encoding is named ''"),
    ],
)
def test_420_encodings_given(fetch_text, encoding, message):
    result = fetch_text(rows("00:00;1").replace("Horodate", "Début"), period=DAY, encoding=encoding)
    assert result.codes == ["ACC420"]
    assert result.finding.message.startswith(message)


def test_one_bad_file_does_not_hide_the_other(fetch_text):
    result = fetch_text({"a.csv": rows("00:00;1"), "b.csv": b""}, period=DAY, meters=("mtr-01", "mtr-02"))
    assert result.codes == ["ACC420"]
    assert result.values() == {0: 1000}


def test_no_finding_shows_a_line_of_a_file(fetch_text):
    text = HEAD + "2026-01-01 00:00;secret1\n2026-01-01 00:00;1;2\nx\n2026-01-01 00:07;4\n"
    for finding in fetch_text(text, period=DAY).data.findings:
        assert finding.place is not None
        assert finding.place.excerpt == ""
