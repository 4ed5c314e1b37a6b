"""Which files are read: globs in folders, files and folders of the command line, packed files."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from mitoyen.intake import text

DAY = (date(2026, 1, 1), date(2026, 1, 2))
CURVE = "Horodate;mtr-01\n2026-01-01 00:{:02};{}\n"
COEFFICIENTS = "Horodate;mtr-01\n01/01/2026 00:00;50,81\n"


def write(path: Path, minute: int = 0, value: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CURVE.format(minute, value))
    return path


@pytest.fixture
def run(tmp_path, read):
    def fetch(*files, **others):
        return read(tmp_path, {"files": list(files), "unit": "Wh"}, period=DAY, **others)

    return fetch


def test_globs_in_order_without_twins(run, tmp_path):
    write(tmp_path / "curves" / "b.csv", 15, 2)
    write(tmp_path / "curves" / "a.csv", 0, 1)
    result = run("curves/*.csv", "curves/b.csv", "**/a.csv")
    assert [reading.name for reading in result.data.readings] == ["curves/a.csv", "curves/b.csv"]
    assert result.values() == {0: 1000, 1: 2000}
    assert result.data.readings[0].facts["folder"] == str(tmp_path)


def test_absolute_and_parent_globs(run, tmp_path, read):
    path = write(tmp_path / "a.csv")
    assert run(str(path)).values() == {0: 1000}
    (tmp_path / "sub").mkdir()
    assert read(tmp_path / "sub", {"files": ["../*.csv"], "unit": "Wh"}, period=DAY).values() == {0: 1000}


def test_packed(run, tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CURVE.format(0, 1).encode()))
    # Known by what it holds, not by its name.
    (tmp_path / "b.csv").write_bytes(gzip.compress(CURVE.format(15, 2).encode()))
    assert run("*.csv*").values() == {0: 1000, 1: 2000}


def test_packed_file_that_is_cut_off(run, tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CURVE.format(0, 1).encode())[:-12])
    assert run("*.gz").codes == ["ACC420"]


def test_too_much_text(run, tmp_path, monkeypatch):
    monkeypatch.setattr(text, "LIMIT", 1 << 20)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0" * ((1 << 20) + 1)))
    result = run("*.gz")
    assert result.codes == ["ACC420"]
    assert result.finding.message == "the file holds more than 1 MiB"


def test_412_names_what_is_there(run, tmp_path):
    for number in range(11):
        write(tmp_path / "curves" / f"{number:02}.csv")
    result = run("curve/*.csv", "**bad")
    assert result.codes == ["ACC412", "ACC412"]
    first = result.data.findings[0]
    assert (first.message, str(first.place)) == ("no file matches 'curve/*.csv'", "files/0:1:1")
    assert first.help.startswith(f"looked in {tmp_path}: ")
    assert first.help.endswith("07.csv and 3 more")


def test_412_says_that_a_folder_is_empty_or_absent(run, tmp_path, read):
    assert run("*.csv").finding.help == f"looked in {tmp_path}: no *.csv or *.csv.gz or *.txt"
    gone = tmp_path / "gone"
    result = read(gone, {"files": ["*.csv"], "unit": "Wh"}, period=DAY)
    assert result.finding.help == f"looked in {gone}: no such folder"
    assert run("/nowhere/at/all/*.csv").finding.help.startswith("it is an absolute path")


def test_412_without_files(read, tmp_path):
    result = read(tmp_path, {"unit": "Wh"}, period=DAY)
    assert result.codes == ["ACC412"]
    assert str(result.finding.place) == "files:1:1"


def test_412_a_file_that_cannot_be_read(run, tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv")
    opened = Path.open

    def refuse(self, *arguments, **others):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **others)

    monkeypatch.setattr(Path, "open", refuse)
    result = run("*.csv")
    assert result.codes == ["ACC412"]
    assert result.finding.message == "the file cannot be read: Permission denied"


def test_files_of_the_command_line_replace_the_globs(run, tmp_path):
    write(tmp_path / "a.csv")
    other = write(tmp_path / "elsewhere" / "x.csv", 30, 3)
    result = run("a.csv", named=[other, other])
    assert result.values() == {2: 3000}
    assert result.data.readings[0].name == str(other)
    assert "folder" not in result.data.readings[0].facts


def test_a_file_of_the_command_line_that_is_not_there(run, tmp_path):
    result = run("a.csv", named=[tmp_path / "typo.csv"])
    assert result.codes == ["ACC412"]
    assert result.finding.message == f"no file {tmp_path / 'typo.csv'}"


def test_a_folder_of_the_command_line_is_where_globs_look(run, tmp_path):
    write(tmp_path / "a.csv")
    write(tmp_path / "elsewhere" / "a.csv", 30, 3)
    result = run("a.csv", named=[tmp_path / "elsewhere"])
    assert result.values() == {2: 3000}
    assert result.facts["folder"] == str(tmp_path / "elsewhere")


@pytest.fixture
def both(tmp_path, read):
    """Curves and coefficients, each by a glob."""

    def fetch(curves="curves/*.csv", coefficients="keys/*.csv", **others):
        options = {"files": [curves], "unit": "Wh", "coefficients": [{"files": [coefficients]}]}
        return read(tmp_path, options, period=DAY, **others)

    write(tmp_path / "curves" / "a.csv")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ACC1_15.csv").write_text(COEFFICIENTS)
    return fetch


def test_curves_and_coefficients(both):
    result = both()
    assert result.codes == []
    assert result.values("mtr-01/coefficient") == {0: 508_100_000}


def test_a_file_that_both_globs_mean(both):
    result = both("**/*.csv", "keys/*.csv")
    assert result.codes[0] == "ACC412"
    assert "both mean this file" in result.data.findings[0].message


def test_named_files_go_where_their_name_fits(both, tmp_path):
    named = [write(tmp_path / "elsewhere" / "x.csv", 15, 2), tmp_path / "keys" / "ACC1_15.csv"]
    result = both("curves/*.csv", "none/ACC*.csv", named=named[1:])
    assert result.values() == {0: 1000, 1: 2000} or result.codes
    result = both("curves/x*.csv", "none/ACC*.csv", named=named)
    assert result.codes == []
    assert result.values() == {1: 2000}
    assert result.values("mtr-01/coefficient") == {0: 508_100_000}
