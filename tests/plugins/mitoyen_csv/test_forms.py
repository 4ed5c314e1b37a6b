"""How files are written: delimiters, decimals, encodings, units, layouts. All are read to the same values."""

from __future__ import annotations

import gzip
from datetime import date

import pytest

DAY = (date(2026, 1, 1), date(2026, 1, 2))
WANTED = {0: 1_500_000, 1: 2_000_000}
PLAIN = "Horodate;mtr-01\n2026-01-01 00:00;1,5\n2026-01-01 00:15;2\n"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        (PLAIN, "';' (found)"),
        ("Horodate,mtr-01\n2026-01-01 00:00,1.5\n2026-01-01 00:15,2\n", "',' (found)"),
        ("Horodate\tmtr-01\n2026-01-01 00:00\t1,5\n2026-01-01 00:15\t2\n", "'\\t' (found)"),
        ("Horodate|mtr-01\n2026-01-01 00:00|1.5\n2026-01-01 00:15|2\n", "'|' (found)"),
        ('Horodate,mtr-01\n2026-01-01 00:00,"1,5"\n2026-01-01 00:15,"2"\n', "',' (found)"),
        ("Horodate;conso (kWh, brute);mtr-01\n2026-01-01 00:00;0,1;1,5\n2026-01-01 00:15;0,2;2\n", "';' (found)"),
    ],
)
def test_delimiter_is_found(fetch_text, text, delimiter):
    result = fetch_text(text, period=DAY, unit="kWh")
    assert result.codes == []
    assert result.values() == WANTED
    assert result.facts["delimiter"] == delimiter


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (PLAIN.encode(), "utf-8 (found)"),
        (PLAIN.encode("utf-8-sig"), "utf-8-sig (found: byte order mark)"),
        (PLAIN.encode("utf-16"), "utf-16 (found: byte order mark)"),
        (PLAIN.encode("utf-16-le"), "utf-16-le (found: zeros)"),
        (PLAIN.encode("utf-16-be"), "utf-16-be (found: zeros)"),
        (PLAIN.replace("\n", "\r\n").encode(), "utf-8 (found)"),
        (PLAIN.replace("\n", "\r").encode(), "utf-8 (found)"),
        (PLAIN.replace("Horodate", "Début").encode("latin-1"), "windows-1252 (found: not UTF-8)"),
        (PLAIN.replace(";", ";;").encode(), "utf-8 (found)"),
        ((PLAIN + "\n\n;\n").encode(), "utf-8 (found)"),
        (("\n" + PLAIN).encode(), "utf-8 (found)"),
        (PLAIN.rstrip().encode(), "utf-8 (found)"),
        (PLAIN.replace("\n", ";\n").encode(), "utf-8 (found)"),
        (PLAIN.replace("2026", " 2026").replace("1,5", " 1,5 ").encode(), "utf-8 (found)"),
        (PLAIN.replace("mtr-01\n", "mtr-01;\n").encode(), "utf-8 (found)"),
        (PLAIN.replace("1,5\n", "1,5;\n").encode(), "utf-8 (found)"),
        (gzip.compress(PLAIN.encode(), mtime=0), "utf-8 (found)"),
    ],
)
def test_encodings_and_line_ends(fetch_text, content, encoding):
    result = fetch_text(content, period=DAY, unit="kWh")
    assert result.codes == []
    assert result.values() == WANTED
    assert result.facts["encoding"] == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf8", "utf-8-sig"])
def test_a_mark_that_the_encoding_given_does_not_mean(fetch_text, encoding):
    result = fetch_text(PLAIN.encode("utf-8-sig"), period=DAY, unit="kWh", encoding=encoding)
    assert result.codes == []
    assert result.facts["time"] == '"Horodate" (found)'


def test_given_form_is_not_looked_up(fetch_text):
    result = fetch_text(
        PLAIN.encode("utf-16-le"),
        period=DAY,
        unit="kWh",
        encoding="utf-16-le",
        delimiter=";",
        decimal=",",
        layout="wide",
        timestamp={"column": "Horodate", "format": "%Y-%m-%d %H:%M", "zone": "Europe/Paris", "stamp": "start"},
    )
    assert result.values() == WANTED
    assert not any(
        "found" in result.facts[name] for name in ("encoding", "delimiter", "decimal", "layout", "format")
    )
    assert result.facts["zone"] == "Europe/Paris"


@pytest.mark.parametrize(
    ("unit", "step", "word", "value"),
    [
        ("Wh", 900, "1", 1_000),
        ("Wh", 900, "0.0019999999999999998", 2),
        ("Wh", 900, "0.0014999999", 1),
        ("Wh", 900, "0.0015", 2),
        ("Wh", 900, "-0.0015", -2),
        ("kWh", 900, "1E-05", 10),
        ("kWh", 900, "2.8e-05", 28),
        ("kWh", 900, "1e3", 1_000_000_000),
        ("kWh", 900, "+0.000001", 1),
        ("kWh", 900, ".5", 500_000),
        ("kWh", 900, "5.", 5_000_000),
        ("kWh", 900, "0.0000004", 0),
        ("kWh", 900, "1e-400", 0),
        ("MWh", 900, "0.001", 1_000_000),
        ("W", 600, "1", 167),
        ("W", 600, "18000", 3_000_000),
        ("W", 900, "1", 250),
        ("W", 1800, "252", 126_000),
        ("W", 3600, "1", 1_000),
        ("kW", 900, "2.906", 726_500),
        ("kW", 1800, "0.45399999999999996", 227_000),
        ("kW", 3600, "1", 1_000_000),
        ("kW", 600, "1", 166_667),
    ],
)
def test_units_are_exact(fetch_text, unit, step, word, value):
    result = fetch_text(f"Horodate;mtr-01\n2026-01-01 00:00;{word}\n", period=DAY, unit=unit, step=step)
    assert result.codes == []
    assert result.values() == {0: value}


def test_rounded_values_are_counted(fetch_text):
    rows = "2026-01-01 00:00;1.0005\n2026-01-01 00:15;1.0004\n2026-01-01 00:30;1.0000\n2025-06-01 00:00;1.0007\n"
    result = fetch_text("Horodate;mtr-01\n" + rows, period=DAY)
    assert result.values() == {0: 1001, 1: 1000, 2: 1000}
    assert result.facts["rounded"] == "2 values finer than a milliwatt-hour, half up"
    assert result.left == {"outside the month": 1}


def test_missing_words(fetch_text):
    rows = "2026-01-01 00:00;\n2026-01-01 00:15;NA\n2026-01-01 00:30;0\n2026-01-01 00:45; \n"
    result = fetch_text("Horodate;mtr-01\n" + rows, period=DAY)
    assert result.codes == []
    assert result.values() == {2: 0}
    assert result.left == {"no value": 3}
    result = fetch_text("Horodate;mtr-01\n2026-01-01 00:00;n/d\n2026-01-01 00:15;1\n", period=DAY, missing=["n/d"])
    assert result.values() == {1: 1000}


def test_columns_are_mapped_and_the_others_named(fetch_text):
    text = "row;Horodate;C01;own;G01;14290000000033\n1;2026-01-01 00:00;1;2;3;4\n2;2026-01-01 00:15;5;6;7;8\n"
    result = fetch_text(
        text,
        period=DAY,
        meters=("mtr-01", "mtr-90"),
        columns={"C01": "mtr-01", "own": "mtr-01/shared", "G01": "mtr-90/measured"},
    )
    assert result.codes == []
    assert result.values("mtr-01") == {0: 1000, 1: 5000}
    assert result.values("mtr-01/shared") == {0: 2000, 1: 6000}
    assert result.values("mtr-90") == {0: 3000, 1: 7000}
    assert result.facts["ignored columns"] == '"row", "…0033"'
    assert result.data.readings[0].rows == 6


def test_header_may_say_alias_and_series(fetch_text):
    result = fetch_text("Horodate;mtr-01;mtr-01/shared;x\n2026-01-01 00:00;1;2;3\n", period=DAY)
    assert result.values("mtr-01/shared") == {0: 2000}
    assert result.facts["ignored columns"] == '"x"'


def test_unnamed_columns(fetch_text):
    # Curve files of the operator: "Horodate;" and nothing above the values.
    result = fetch_text(
        "Horodate;\n2026-01-01 00:00;1,16\n2026-01-01 00:15;0,45\n", period=DAY, columns={"": "mtr-01"}
    )
    assert result.values() == {0: 1160, 1: 450}
    result = fetch_text(",mtr-01\n2026-01-01 00:00:00,1.16\n", period=DAY)
    assert result.values() == {0: 1160}


def test_meter_outside_the_month_is_left(fetch_text):
    text = "Horodate;mtr-01;new\n2026-01-01 00:00;1;2\n"
    result = fetch_text(text, period=DAY, columns={"mtr-01": "mtr-01", "new": "mtr-77", "later": "mtr-78"})
    assert result.codes == []
    assert result.left == {"of a meter that is not in the operation this month": 1}


LONG = "PRM;Horodate;Valeur\nmtr-01;2026-01-01 00:00;1\nmtr-02;2026-01-01 00:00;2\nother;2026-01-01 00:00;3\n"


def test_long_layout_is_found(fetch_text):
    result = fetch_text(LONG, period=DAY, meters=("mtr-01", "mtr-02"))
    assert result.codes == []
    assert (result.values("mtr-01"), result.values("mtr-02")) == ({0: 1000}, {0: 2000})
    assert result.left == {"of no meter of the operation": 1}
    assert result.facts["layout"] == "long (found)"
    assert result.facts["ignored meters"] == '"other"'


def test_long_layout_with_mapped_words(fetch_text):
    result = fetch_text(
        LONG + "late;2026-01-01 00:00;4\n",
        period=DAY,
        layout="long",
        meter="PRM",
        value="Valeur",
        columns={"mtr-02": "mtr-01/shared", "other": "mtr-01/complement", "late": "mtr-44"},
    )
    assert result.codes == []
    assert result.values("mtr-01") == {0: 1000}
    assert result.values("mtr-01/shared") == {0: 2000}
    assert result.values("mtr-01/complement") == {0: 3000}
    assert result.left == {"of a meter that is not in the operation this month": 1}


def test_long_columns_by_looking_at_cells(fetch_text):
    text = "who,when,what,kWh\n1001,2026-01-01 00:00,x,0.25\n1002,2026-01-01 00:00,y,0.5\n"
    result = fetch_text(text, period=DAY, columns={"1001": "mtr-01", "1002": "mtr-02"}, meters=("mtr-01", "mtr-02"))
    assert result.values("mtr-02") == {0: 500}
    assert (result.facts["meter"], result.facts["value"]) == ('"who"', '"kWh"')


def test_r63_shape(fetch_text):
    head = "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Unité;Horodate;Valeur;Nature;Pas"
    row = "x;2025-12-01 00:00:00;2026-02-01 00:00:00;PA;W;2026-01-01 {};{};B;PT30M"
    text = "\n".join([head, row.format("00:30:00", 692), row.format("01:00:00", 1284)])
    result = fetch_text(
        text, period=DAY, step=1800, unit="W", columns={"x": "mtr-01"}, timestamp={"stamp": "end"}, value="Valeur"
    )
    assert result.codes == []
    assert result.values() == {0: 346_000, 1: 642_000}


def test_place_of_a_value(fetch_text):
    text = 'Horodate;é "x";mtr-01\n2026-01-01 00:00;"a;b";1\n\n2026-01-01 00:30;é;1234\n2026-01-01 00:45;;\n'
    result = fetch_text(text, period=DAY)
    at = result.series().at
    assert str(at(0)) == "curve.csv:2:24"
    assert str(at(1)) == "curve.csv:2:24"
    assert (str(at(2)), at(2).width) == ("curve.csv:4:20", 4)
    assert at(3).line == 5
    assert at(90).line == 5
    late = fetch_text("Horodate;mtr-01\n2026-01-01 12:00;1\n", period=DAY)
    assert str(late.series().at(0)) == "curve.csv:1:10"
    assert not late.series().at(48).excerpt


def test_gaps_are_passed_on(fetch_text):
    assert fetch_text(PLAIN, period=DAY).data.gaps == "refuse"
    assert fetch_text(PLAIN, period=DAY, gaps="estimate").data.gaps == "estimate"
