"""A month's coefficients from the curves to the operator, and back: read as it would, they give the same shares.

m-a is shared 0.5 kWh of the 2 kWh of an hour, m-b 1.5: 25 and 75 %. Numbers of meters are made here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import billed
from billed import household
from mitoyen.diagnostics import Refused, UsageError
from neighbours import FILES, run, write

OPERATION = billed.OPERATION + "agreement: ACC00000001\nexports: {enedis-coefficients: {decimals: 1, due: 10}}\n"
NUMBERS = {"mtr-01": "1" * 14, "mtr-02": "2" * 14, "mtr-90": "9" * 14}


def numbered(name: str, meter: str) -> str:
    return household(name) + f'meters: {{{meter}: "{NUMBERS[meter]}"}}\n'


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = billed.village(tmp_path / "repo", "2026-01", operation=OPERATION)
    homes = {"m-a": ("Ana Prat", "mtr-01"), "m-b": ("Bel Sud", "mtr-02"), "p-roof": ("Noé Toit", "mtr-90")}
    billed.people(repo, **{one: numbered(*who) for one, who in homes.items()})
    return repo


def export(repo: Path) -> tuple[str, Path]:
    out = repo.parent / "out"
    line = ("export", "voisins", "--month", "2026-01", "--as", "enedis-coefficients", "--out", str(out))
    code, said = run(repo, *line)
    assert code == 0
    return " ".join(said.split()), out


def test_a_month_is_sent(repo: Path) -> None:
    said, out = export(repo)
    [file] = out.iterdir()
    assert file.name == "ACC00000001_60_01012026_31012026.txt"
    lines = file.read_text().split("\n")
    assert lines[0] == f"Horodate;{NUMBERS['mtr-01']};{NUMBERS['mtr-02']}"
    assert lines[10:12] == ["01/01/2026 09:00;0,0;0,0", "01/01/2026 10:00;25,0;75,0"]
    assert len(lines) == 745
    assert "0.000000 of 372.000000 kWh become surplus (0.0000 %)" in said
    assert "the operator computes the key par défaut itself (prorata)" in said
    assert "to be sent by 2026-02-10" in said
    assert not re.search("[0-9]{14}", said)
    before = file.read_bytes()
    export(repo)
    assert file.read_bytes() == before


def test_it_is_not_written_into_the_repository(repo: Path) -> None:
    line = ("export", "voisins", "--month", "2026-01", "--as", "enedis-coefficients", "--out", str(repo / "out"))
    with pytest.raises((Refused, UsageError)):
        run(repo, *line)
    assert not (repo / "out").exists()


def test_a_plant_apart_is_named_by_its_number_in_the_file_and_not_on_the_screen(repo: Path) -> None:
    write(repo, operation=OPERATION.replace("decimals: 1", "producers: apart"))
    said, out = export(repo)
    [file] = out.iterdir()
    assert file.name == f"ACC00000001_60_01012026_31012026_{NUMBERS['mtr-90']}.txt"
    assert "ACC00000001_60_01012026_31012026_…9999.txt" in said


def test_the_key_that_applies_coefficients_gives_the_same_energy(repo: Path) -> None:
    write(repo, keys="2026-01-01: {rule: equal}\n")  # 1 kWh each, half of the roof
    _said, out = export(repo)
    [file] = out.iterdir()
    header, *rows = file.read_text().split("\n")
    assert header.count(";") == 2
    assert {row.partition(";")[2] for row in rows} == {"0,0;0,0", "50,0;50,0"}
    slots = '{hours: ["10:00-16:00"], shares: {m-a: 50 %, m-b: 50 %}}'
    write(
        repo,
        keys=f"2026-01-01: {{rule: coefficients, with: {{slots: [{slots}]}}}}\n",
        **{name: FILES[name] for name in ("participants", "tariffs")},
    )
    _code, text = run(repo, "settle", "--format", "json")
    [unit] = json.loads(text)["units"]
    assert {one["id"]: one["shared"] for one in unit["members"] if one["role"] == "consumer"} == {
        "m-a": "186.000000",
        "m-b": "186.000000",
    }
