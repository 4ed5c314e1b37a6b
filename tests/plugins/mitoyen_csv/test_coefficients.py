"""Coefficients of a key: percents in the form the grid operator takes, read to billionths."""

from __future__ import annotations

from datetime import date

DAY = (date(2026, 1, 1), date(2026, 1, 2))
CURVE = "Horodate;mtr-01;mtr-02\n2026-01-01 00:00;1;2\n"
FILE = "Horodate;mtr-01;mtr-02\n01/01/2026 00:00;50,81;39,86\n01/01/2026 00:15;33,3333333;0\n"
METERS = ("mtr-01", "mtr-02")


def test_the_form_of_the_operator(fetch_text, sheet):
    files = {"curve.csv": CURVE, "key.txt": FILE}
    result = fetch_text(
        files, period=DAY, meters=METERS, coefficients=[{"files": ["key.txt"]}], **{"files": ["curve.csv"]}
    )
    assert result.codes == []
    assert result.values("mtr-01/coefficient") == {0: 508_100_000, 1: 333_333_333}
    assert result.values("mtr-02/coefficient") == {0: 398_600_000, 1: 0}
    assert result.series("mtr-01/coefficient").toward is None
    assert result.data.readings[1].facts["unit"] == "%"
    assert str(result.series("mtr-01/coefficient").at(1)) == "key.txt:3:18"


def test_parts_of_one_by_producer(fetch_text):
    long = "who,when,part\nC1,2026-01-01 00:00,0.3333333335\nC2,2026-01-01 00:00,1e-9\n"
    result = fetch_text(
        {"curve.csv": CURVE, "roof.csv": long, "barn.csv": long.replace("0.3333333335", "0.5")},
        period=DAY,
        meters=METERS,
        files=["curve.csv"],
        coefficients=[
            {
                "files": [f"{producer}.csv"],
                "unit": 1,
                "producer": f"p-{producer}",
                "columns": {"C1": "mtr-01", "C2": "mtr-02"},
            }
            for producer in ("roof", "barn")
        ],
    )
    assert result.codes == []
    found = {(series.meter, series.toward): int(series.values[0]) for series in result.data.series if series.toward}
    assert found == {
        ("mtr-01", "p-barn"): 500_000_000,
        ("mtr-02", "p-barn"): 1,
        ("mtr-01", "p-roof"): 333_333_334,
        ("mtr-02", "p-roof"): 1,
    }
    assert result.data.readings[1].facts["rounded"] == "1 values finer than a billionth, half up"


def test_their_faults_are_found_like_those_of_curves(fetch_text):
    result = fetch_text(
        {"curve.csv": CURVE, "key.csv": FILE.replace("39,86", "n/d")},
        period=DAY,
        meters=METERS,
        files=["curve.csv"],
        coefficients=[{"files": ["key.csv"], "columns": {"mtr-01": "mtr-01", "mtr-02": "mtr-02", "x": "mtr-02"}}],
    )
    assert result.codes == ["ACC414", "ACC413"]
    assert str(result.data.findings[1].place) == "coefficients/0/columns/x:1:1"
