"""Real files of Enedis; they are no part of the repository, and these tests skip where they are not.

What is expected is what other files of the same meters say, or sums of a file that is read here in another way.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest

from enedis_files import number
from mitoyen.contracts import MISSING

GUIEDF, SGE = "enedis-client-csv-guiedf", "enedis-sge-consometers"
R63, MISC = "enedis-r63-and-xlsx-sample", "enedis-misc"
HOME, C5, C4, SOLAR, CONNECT = f"1429{33:010}", *(number(last) for last in (11, 22, 44, 55))
"""What stands for the numbers of the meters in these files."""


def watt_hours(result, meter="m"):
    """Whole Wh of all that was read, and how many steps."""
    (series,) = (one for one in result.data.series if one.meter == meter)
    known = series.values[series.values != MISSING]
    return int(known.sum()) / 1000, len(known)


def by_day(path, step_hours, *, end):
    """Sums of a load curve by the day its steps begin on: (watt-hours, hours) of the days."""
    found = defaultdict(lambda: [0.0, 0])
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.reader(file, delimiter=";"):
            if len(row) == 2 and row[0][:2] == "20" and row[1]:
                wall = datetime.fromisoformat(row[0]).replace(tzinfo=None) - timedelta(seconds=end)
                found[wall.date()][0] += int(row[1]) * step_hours
                found[wall.date()][1] += 1
    return found


def registers(path):
    """The total register by the date that is written: Wh."""
    found = {}
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.reader(file, delimiter=";"):
            if len(row) > 16 and row[1].startswith("Arr") and row[16]:
                found[date.fromisoformat(row[0][:10])] = int(row[16])
    return found


@pytest.mark.parametrize("month", [f"2024-{number:02}" for number in range(2, 7)])
def test_half_hours_come_to_what_the_registers_counted(real_data, read, month):
    """Each day of the month to the watt-hour, March with the change of clocks among them."""
    folder = real_data(GUIEDF)
    totals = registers(next(folder.glob("Enedis_Conso_Jour*")))
    files = sorted(folder.glob("Enedis_Conso_*.csv"))
    result = read(files, period=month, vault={"m": HOME})
    assert result.codes == []
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1)
    assert watt_hours(result) == (totals[last] - totals[first], result.clock.steps)
    assert result.data.readings[0].facts["registers"].startswith(f"{(last - first).days} periods agree")
    for day in range((last - first).days):
        today = first + timedelta(days=day)
        steps = slice(result.clock.index(today), result.clock.index(today + timedelta(days=1)))
        (series,) = result.data.series
        assert int(series.values[steps].sum()) == 1000 * (totals[today + timedelta(days=1)] - totals[today])


def test_two_exports_of_one_home_agree(real_data, read):
    files = sorted(real_data(GUIEDF).glob("Enedis_Conso_Heure*.csv"))
    result = read(files, period="2024-03", vault={"m": HOME})
    first, second = result.data.readings
    assert (first.taken, second.taken) == (31 * 48 - 2, 0)
    assert second.left["in an earlier file too, same value"] == 31 * 48 - 2


@pytest.mark.parametrize(("month", "step", "steps"), [("2022-10", 1800, 386), ("2022-12", 3600, 744)])
def test_the_step_of_that_home_was_an_hour_for_a_winter(real_data, read, month, step, steps):
    file = next(real_data(GUIEDF).glob("*20221024*.csv"))
    result = read([file], period=month, step=step, vault={"m": HOME})
    assert watt_hours(result)[1] == steps
    half = read([file], period="2022-12", step=1800, vault={"m": HOME})
    assert half.left["of another step"] == 744


def test_a_hole_of_a_day_and_a_blank(real_data, read):
    """2023-01-11: 25 hours are absent, and one value is blank somewhere."""
    file = next(real_data(GUIEDF).glob("*20221024*.csv"))
    result = read([file], period="2023-01", step=3600, vault={"m": HOME})
    assert result.codes == []
    assert watt_hours(result)[1] == 744 - 24


def test_the_curve_of_the_other_home(real_data, read):
    folder = real_data(SGE)
    files = [folder / "Enedis_SGE_HDM_C5_CDC_30min.csv", folder / "Enedis_SGE_HDM_C5_IDX.csv"]
    totals = registers(files[1])
    result = read(files, period="2021-10", vault={"m": C5})
    assert result.codes == []
    assert watt_hours(result) == (totals[date(2021, 11, 1)] - totals[date(2021, 10, 1)], 31 * 48 + 2)


def test_an_answer_of_sge_comes_to_its_daily_energies(real_data, read):
    folder = real_data(SGE)
    days = [20711, 24217, 29256, 29355, 25514, 24020, 23512]
    files = sorted(folder.glob("ConsultationMesuresDetaillees_C5*"))
    result = read(files, period=(date(2022, 1, 5), date(2022, 1, 12)), vault={"m": C5})
    assert result.codes == []
    (series,) = result.data.series
    assert series.values.reshape(7, 48).sum(axis=1).tolist() == [1000 * day for day in days]
    curve = next(one for one in result.data.readings if one.taken)
    assert curve.facts["registers"] == "7 periods agree with what the registers counted"


def test_one_home_by_two_formats(real_data, read):
    """The answer of SGE and the load curve of the account, the same week."""
    folder = real_data(SGE)
    period = (date(2022, 1, 5), date(2022, 1, 12))
    answer, export = (
        read([folder / name], period=period, vault={"m": C5}).data.series[0].values.tolist()
        for name in ("ConsultationMesuresDetaillees_C5-PA_response.xml", "Enedis_SGE_HDM_C5_CDC_30min.csv")
    )
    assert answer == export


def test_r50_comes_to_the_registers_of_that_day(real_data, read):
    """R151 shows what stood at the end of 2 February, the export of registers what stood at its beginning."""
    folder = real_data(SGE)
    files = [folder / name for name in ("R50.xml", "R151.xml", "Enedis_SGE_HDM_C5_IDX.csv")]
    result = read(files, period=(date(2022, 2, 2), date(2022, 2, 3)), vault={"m": C5})
    assert result.codes == []
    assert watt_hours(result) == (9744495 - 9723814, 48)
    assert result.data.readings[0].facts["registers"].startswith("1 periods agree")


@pytest.mark.parametrize("step", [600, 1800, 3600])
def test_a_larger_site_in_ten_minutes_and_joined(real_data, read, step):
    folder = real_data(SGE)
    file = folder / "Enedis_SGE_HDM_C4_CDC_10min.csv"
    days = by_day(file, 1 / 6, end=0)
    energy = sum(days[date(2021, 10, day)][0] for day in range(1, 32))
    result = read([file], period="2021-10", step=step, vault={"m": C4})
    found, steps = watt_hours(result)
    assert steps == (31 * 86400 + 3600) // step
    # Each step is rounded to a milliwatt-hour, ten minutes of a watt being none.
    assert abs(found - energy) <= steps * 0.0005
    assert result.facts["stamp"] == "start of step (by its format)"


def test_that_site_by_two_formats(real_data, read):
    folder = real_data(SGE)
    period = (date(2022, 1, 5), date(2022, 1, 12))
    answer, export = (
        read([folder / name], period=period, step=600, vault={"m": C4}).data.series[0].values.tolist()
        for name in ("ConsultationMesuresDetaillees_C4-PA_response.xml", "Enedis_SGE_HDM_C4_CDC_10min.csv")
    )
    assert answer == export


def test_r4x_is_active_energy_only(real_data, read):
    """144 points of active energy in kW; those of reactive energy are left."""
    file = real_data(SGE) / "R4Q.xml"
    kilowatts = [int(word) for word in re.findall(r'Valeur_Point ="(\d+)"', file.read_text())[:144]]
    result = read([file], period=(date(2022, 2, 2), date(2022, 2, 3)), step=3600, vault={"m": C4})
    assert watt_hours(result)[1] == 24
    assert abs(watt_hours(result)[0] - sum(kilowatts) * 1000 / 6) < 0.01
    assert result.left == {"not active energy": 144}


def test_r63(real_data, read):
    file = next(real_data(R63).glob("*.csv"))
    with file.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text, delimiter=";"))
    april = [int(row["Valeur"]) for row in rows if "2023-04-01 00:00:00" < row["Horodate"] <= "2023-05-01 00:00:00"]
    result = read([file], period="2023-04", vault={"m": SOLAR})
    assert (result.codes, watt_hours(result)) == ([], (sum(april) / 2, 1440))
    march = read([file], period=(date(2023, 3, 26), date(2023, 3, 27)), vault={"m": SOLAR})
    assert watt_hours(march)[1] == 46


def test_workbooks(real_data, read):
    folder = real_data(R63)
    result = read(sorted(folder.glob("*.xlsx")), period=(date(2024, 1, 1), date(2024, 1, 8)), vault={"m": SOLAR})
    assert result.codes == []
    import openpyxl

    sheet = openpyxl.load_workbook(folder / "janvier.01.2024.xlsx")["Consommation Horaire"]
    kilowatts = [float(sheet[f"E{row}"].value.replace(",", ".")) for row in range(17, 352)]
    found, steps = watt_hours(result)
    assert steps == 335
    assert abs(found - sum(kilowatts) * 500) < 0.01
    assert {reading.facts.get("unit") for reading in result.data.readings} == {"kW", "kWh (its header says kW)"}


def test_data_connect(real_data, read):
    file = real_data(MISC) / "dataconnect_consumption_load_curve_PT30M.json"
    watts = [int(word) for word in re.findall(r'"value":"(\d+)"', file.read_text())]
    result = read([file], period=(date(2020, 12, 2), date(2020, 12, 9)), vault={"m": CONNECT})
    assert (result.codes, watt_hours(result)) == ([], (sum(watts) / 2, 336))


def test_a_curve_without_header(real_data, read):
    file = real_data(MISC) / "conso_sans_entete.csv"
    days = by_day(file, 0.5, end=1)
    period = (date(2021, 11, 1), date(2021, 11, 12))
    result = read([file], period=period, vault={}, roles={"m": "consumer"}, whose={"conso*": "m"})
    assert result.codes == []
    assert watt_hours(result) == (sum(days[date(2021, 11, day)][0] for day in range(1, 12)), 11 * 48)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("ConsultationMesuresDetaillees_C5-PMAX_response.xml", {"not active energy": 7}),
        ("R171.xml", {"not of a curve": 28}),
        ("ConsultationMesures_C5_response.xml", {"totals and registers, which the curves are held against": 29}),
    ],
)
def test_what_holds_no_curve_says_so(real_data, read, name, left):
    result = read([real_data(SGE) / name], period="2022-01", vault={"m": C5})
    assert result.left == left
    assert result.codes == ["ACC418"]


def test_an_error_is_not_data(real_data, read):
    result = read([real_data(MISC) / "dataconnect_error.json"], vault={"m": CONNECT})
    assert result.codes == ["ACC420"]
    assert result.finding.message.startswith("this is an error the operator replied, not data")
