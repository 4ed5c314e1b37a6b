"""Whose a curve is: numbers from the vault or a file, names of files, patterns of the options."""

from __future__ import annotations

from datetime import date

import pytest

import enedis_files as enedis
from mitoyen.clock import Clock
from neighbours import git

DAY = (date(2026, 1, 15), date(2026, 1, 16))
CLOCK = Clock.of_days(*DAY, 1800, "Europe/Paris")
PRM = enedis.number(1)
CURVE = enedis.account_csv(PRM, CLOCK, [2] * 48)
RAW = enedis.raw_curve(CLOCK, [1] * 48)
ONE = {"mtr-01": "consumer"}


def test_a_number_that_nobody_has(fetch_files):
    result = fetch_files(CURVE, period=DAY, vault={"mtr-01": enedis.number(7)})
    assert result.left == {"of no meter of the operation": 48}
    assert result.finding.message == "no file has the curve of mtr-01"
    assert result.finding.help == 'its number ends in 0007; in the files and nobody\'s: "…0001"'


def test_a_meter_without_number(fetch_files):
    result = fetch_files(CURVE, period=DAY, vault={}, roles=ONE)
    assert result.finding.help.startswith("the vault has no number for it: `mitoyen parties edit m-mtr-01`")


def test_a_meter_that_is_not_in_the_operation_this_month(fetch_files):
    known = {"mtr-01": PRM, "mtr-02": enedis.number(2)}
    other = enedis.account_csv(enedis.number(2), CLOCK, [2] * 48)
    result = fetch_files({"a": CURVE, "b": other}, period=DAY, vault=known, roles=ONE)
    assert result.codes == []
    assert dict(result.data.readings[1].left) == {"of a meter that is not in the operation this month": 48}


def test_the_other_direction(fetch_files):
    result = fetch_files(CURVE, period=DAY, roles={"mtr-01": "producer"})
    assert result.left == {"of the other direction (what is withdrawn, what is injected)": 48}


def test_a_file_outside_git(fetch_files, tmp_path):
    (tmp_path / "numbers.yaml").write_text(f'mtr-01: "{PRM}"\n')
    result = fetch_files(CURVE, period=DAY, vault={}, roles=ONE, numbers="numbers.yaml")
    assert (result.codes, result.values()) == ([], [1] * 48)


def test_the_file_and_the_vault_do_not_agree(fetch_files, tmp_path):
    (tmp_path / "numbers.yaml").write_text(f'mtr-01: "{enedis.number(2)}"\n')
    result = fetch_files(CURVE, period=DAY, numbers="numbers.yaml")
    assert result.codes == ["ACC431"]


def test_a_file_that_git_would_take(fetch_files, tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "numbers.yaml").write_text(f'mtr-01: "{PRM}"\n')
    assert fetch_files(CURVE, period=DAY, numbers="numbers.yaml").codes == ["ACC706"]


def test_a_file_that_does_not_hold_shows_nothing_of_itself(fetch_files, tmp_path):
    for text in (f"mtr-01: {PRM}\n", f'mtr-01: ["{PRM}"]\n', f'mtr-01: "{PRM}\n', 'mtr-01: "1"\n', "- a\n", ""):
        (tmp_path / "numbers.yaml").write_text(text)
        assert fetch_files(CURVE, period=DAY, vault={}, roles=ONE, numbers="numbers.yaml").codes == ["ACC431"]
    assert fetch_files(CURVE, period=DAY, numbers="absent.yaml").codes == ["ACC412"]


def test_the_name_of_a_raw_curve_may_tell(fetch_files):
    result = fetch_files({f"Courbe_{PRM}.txt": RAW}, period=DAY, unit="Wh")
    assert (result.codes, result.values()) == ([], [1] * 48)
    assert result.facts["whose"] == "by the name of the file"
    assert result.data.readings[0].name.endswith("Courbe_…0001.txt")


def test_a_curve_of_nobody_is_not_guessed(fetch_files):
    result = fetch_files({"Courbe_consommateur1.txt": RAW}, period=DAY, unit="Wh")
    assert result.left == {"of a meter that the file does not tell": 48}
    assert "these files do not say whose they are" in result.finding.help
    told = fetch_files(
        {"Courbe_consommateur1.txt": RAW}, period=DAY, unit="Wh", whose={"*consommateur1*": "mtr-01"}
    )
    assert (told.codes, told.values()) == ([], [1] * 48)


def test_a_number_that_its_owner_masked(fetch_files):
    masked = CURVE.replace(PRM.encode(), PRM[:4].encode() + b"x" * 10)
    assert fetch_files(masked, period=DAY).left == {"of a meter that the file does not tell": 48}
    told = fetch_files({"toit/a.csv": masked}, period=DAY, whose={"toit/*.csv": "mtr-01"})
    assert (told.codes, told.values()) == ([], [1] * 48)


def test_a_pattern_that_contradicts_the_file(fetch_files):
    both = {"mtr-01": PRM, "mtr-02": enedis.number(2)}
    result = fetch_files(CURVE, period=DAY, vault=both, whose={"curve": "mtr-02"})
    assert result.codes == ["ACC434"]
    assert result.left == {"of another meter than the options say": 48}


def test_the_unit_of_a_raw_curve_is_not_guessed(fetch_files):
    content = enedis.raw_curve(CLOCK, [1] * 48, column=PRM)
    result = fetch_files(content, period=DAY)
    assert result.codes[0] == "ACC435"
    assert result.left == {"of a unit that the file does not say": 48}
    assert fetch_files(content, period=DAY, unit="W").series_milliwatt_hours == [500] * 48


@pytest.mark.parametrize("column", ["", "Valeur", "value", "Énergie"])
def test_the_one_column_of_a_raw_curve_has_any_name(fetch_files, column):
    content = enedis.raw_curve(CLOCK, [1] * 48, column=column)
    result = fetch_files({f"{PRM}.txt": content}, period=DAY, unit="Wh")
    assert (result.codes, result.values()) == ([], [1] * 48)
    assert result.facts["format"] == "raw curves of the operation"


def test_several_meters_in_one_raw_file(fetch_files):
    other = enedis.number(2)
    rows = "\n".join(f"{moment:%d/%m/%Y %H:%M};1,5;2" for moment in enedis.moments(CLOCK, end=False))
    both = {"mtr-01": PRM, "mtr-02": other}
    result = fetch_files(f"Horodate;{PRM};{other}\n{rows}".encode(), period=DAY, vault=both, unit="kWh")
    assert (result.codes, result.values("mtr-01"), result.values("mtr-02")) == ([], [1500] * 48, [2000] * 48)
