"""Real files of grid operators; they are no part of the repository, and these tests skip where they are not."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from mitoyen.contracts import MISSING

VIENNA = "Europe/Vienna"


def totals(folder):
    """Sums of the operator's own table: (series, month) -> kWh."""
    with (folder / "totals_by_local_month_kwh.csv").open(encoding="utf-8") as file:
        return {
            (row["series"], month): Decimal(row[month])
            for row in csv.DictReader(file)
            for month in row
            if month != "series" and row[month]
        }


def header(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return next(csv.reader(file))


def kwh(series):
    known = series.values[series.values != MISSING]
    return Decimal(int(known.sum())) / 1_000_000, len(known)


def community(folder, read, month, column):
    names = [name for name in header(folder / "steps_15min_kwh.csv.gz")[3:] if not name.endswith("_share")]
    kinds = {"cons": "measured", "total": "measured", "own": "shared", "surplus": "surplus"}
    columns = {name: f"{name.split('_')[0]}/{kinds[name.split('_')[1]]}" for name in names}
    return columns, read(
        folder,
        {
            "files": ["steps_15min_kwh.csv.gz"],
            "unit": "kWh",
            "timestamp": {"column": column, "stamp": "start"},
            "columns": columns,
        },
        period=month,
        zone=VIENNA,
        meters=sorted({name.split("_")[0] for name in names}),
    )


@pytest.mark.parametrize("column", ["utc_start", "local_naive"])
@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("at-community-2023-08", "2023-08"),
        *(("at-community-2023-01-08", f"2023-0{month}") for month in range(1, 9)),
    ],
)
def test_austrian_community(real_data, read, name, month, column):
    folder = real_data(name)
    columns, result = community(folder, read, month, column)
    assert result.codes == []
    expected = totals(folder)
    for column_name, target in columns.items():
        found, _ = kwh(result.series(target.replace("/measured", "")))
        # Values come with float noise of the fourteenth digit: each is read to its nearest milliwatt-hour.
        assert found == expected.get((column_name, month), 0)


@pytest.mark.parametrize("month", ["2023-03", "2023-06"])
def test_local_and_utc_times_are_the_same_arrays(real_data, read, month):
    folder = real_data("at-community-2023-01-08")
    both = [community(folder, read, month, column)[1].data.series for column in ("utc_start", "local_naive")]
    for one, other in zip(*both, strict=True):
        assert (one.meter, one.kind) == (other.meter, other.kind)
        assert np.array_equal(one.values, other.values)
        assert one.at(8).line == other.at(8).line


def test_two_columns_of_times_are_not_guessed(real_data, read):
    folder = real_data("at-community-2023-08")
    result = read(folder, {"files": ["steps*.gz"], "unit": "kWh", "columns": {"C01_cons": "m"}}, meters=["m"])
    assert result.finding.message == 'several columns hold times: "local_naive", "utc_start"'


@pytest.mark.parametrize("zone", ["Australia/Brisbane", "Australia/Sydney"])
def test_ten_households(real_data, read, zone):
    folder = real_data("au-sgsc-10-households")
    with gzip.open(folder / "smart_meter10.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[1].startswith("2013-10")]
    meters = sorted({row[0] for row in rows})
    result = read(folder, {"files": ["*.gz"], "unit": "kWh"}, period="2013-10", step=1800, zone=zone, meters=meters)
    if zone == "Australia/Sydney":
        # The trial kept standard time all year: read as the clocks on the wall, an hour would not exist.
        assert result.codes == ["ACC416"]
        assert f"{2 * len(meters) - 1} more such rows" in result.finding.message
        return
    assert result.codes == []
    for meter in meters:
        mine = [Decimal(row[2]) for row in rows if row[0] == meter]
        assert kwh(result.series(meter)) == (sum(mine), len(mine))


def test_solar_home(real_data, read):
    folder = real_data("au-ausgrid-customer12")
    with (folder / "data_2011-2012.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[0].startswith("2012-01")]
    result = read(
        folder,
        {"files": ["data*.csv"], "unit": "kW", "columns": {"GC": "c", "GG": "g"}},
        period="2012-01",
        step=1800,
        zone="Australia/Brisbane",
        meters=["c", "g"],
    )
    assert result.codes == []
    assert (len(rows), result.facts["time"]) == (1488, '"" (found)')
    for meter, cell in (("c", 1), ("g", 2)):
        exact = sum(Decimal(row[cell]) for row in rows) / 2
        found, count = kwh(result.series(meter))
        assert count == 1488
        assert abs(found - exact) < Decimal("1e-9")


def test_r63(real_data, read):
    folder = real_data("enedis-r63-and-xlsx-sample")
    (path,) = folder.glob("ENEDIS_R63*.csv")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    options = {
        "files": [path.name],
        "unit": "W",
        "columns": {rows[0]["Identifiant PRM"]: "m"},
        "timestamp": {"stamp": "end"},
    }
    result = read(folder, options, period="2023-04", step=1800, meters=["m"])
    assert result.codes == []
    april = [row for row in rows if "2023-04-01 00:00:00" < row["Horodate"] <= "2023-05-01 00:00:00"]
    assert kwh(result.series("m")) == (Decimal(sum(int(row["Valeur"]) for row in april)) / 2000, 1440)
    march = read(folder, options, period=(date(2023, 3, 26), date(2023, 3, 27)), step=1800, meters=["m"])
    assert march.codes == []
    assert kwh(march.series("m"))[1] == 46


def test_national_balance(real_data, read):
    folder = real_data("fr-enedis-bilan-2023")
    options = {"files": ["*.csv.gz"], "unit": "W", "columns": {"production_photovoltaique": "pv"}}
    result = read(folder, options, period="2023-10", step=1800, meters=["pv"])
    assert result.codes == []
    assert kwh(result.series("pv"))[1] == 31 * 48 + 2
    assert read(folder, options, period="2023-10", step=900, meters=["pv"]).codes == ["ACC406"]


@pytest.mark.parametrize(
    ("name", "pattern", "message"),
    [
        ("enedis-client-csv-guiedf", "Enedis_Conso_Heure*.csv", "line 1 has 9 cells and the rows below it have 2"),
        ("enedis-client-csv-guiedf", "Enedis_Conso_Jour*.csv", "line 1 has 8 cells and the rows below it have 17"),
        ("enedis-misc", "*.csv", "the first line is data: the file has no header"),
        ("enedis-r63-and-xlsx-sample", "*.xlsx", "the file is a zip or XLSX file, not CSV text"),
    ],
)
def test_files_of_other_sources_are_refused(real_data, read, name, pattern, message):
    result = read(real_data(name), {"files": [pattern], "unit": "W", "columns": {"Valeur": "m"}}, meters=["m"])
    assert set(result.codes) == {"ACC420"}
    assert result.data.findings[0].message.startswith(message)
