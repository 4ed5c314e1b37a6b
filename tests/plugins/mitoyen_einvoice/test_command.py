"""``mitoyen einvoice check``, as it is typed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from einvoices import KINDS
from mitoyen import cli
from mitoyen.host import MissingExtra
from mitoyen_einvoice import process
from mitoyen_einvoice.fields import fields
from mitoyen_einvoice.formats import FORMATS
from mitoyen_einvoice.syntax import write

OWN = {"validate": "own"}


def run(*line: object) -> tuple[Any, str]:
    done = CliRunner().invoke(cli.root, ["einvoice", "check", *map(str, line)], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for form in FORMATS:
        document = form.render(KINDS["business"], OWN)
        (tmp_path / document.name).write_bytes(document.content)
    wrong = fields(KINDS["business"], {}) | {"BT-115": "26.70"}
    (tmp_path / "wrong.xml").write_bytes(write(wrong, "ubl"))
    (tmp_path / "other.xml").write_text("<a/>")
    return tmp_path


def test_what_holds(files: Path) -> None:
    names = ["TB2026-000017.cii.xml", "TB2026-000017.ubl.xml", "TB2026-000017-facturx.pdf"]
    code, text = run(*(files / name for name in names))
    assert code == 0
    assert [line.partition(":")[0].rpartition("/")[2] for line in text.splitlines()] == names
    for line in text.splitlines():
        assert line.endswith(", nothing to mend")
        assert line.count(" rules of ") == 2


def test_what_does_not(files: Path) -> None:
    code, text = run(files / "wrong.xml", files / "TB2026-000017.ubl.xml", files / "other.xml")
    assert code == 1
    assert text.count("nothing to mend") == 1
    assert "other.xml: not proved" in text
    for code in ("ACC851", "ACC859", "ACC842"):
        assert code in text


def test_for_programs(files: Path) -> None:
    code, text = run(files / "wrong.xml", "--rules", "own", "--format", "json")
    assert code == 1
    [finding] = json.loads(text)["findings"]
    assert (finding["code"], finding["severity"]) == ("ACC851", "error")
    assert finding["path"].endswith("wrong.xml")
    assert finding["line"] > 1


def test_nothing_is_looked_at_where_a_file_is_missing(files: Path) -> None:
    with pytest.raises(click.UsageError, match="there is no file"):
        run(files / "wrong.xml", files / "nowhere.xml")


@pytest.mark.parametrize("library", ["lxml", "saxonche", "facturx", "pypdf"])
def test_a_library_that_is_missing_is_named(library: str, monkeypatch: pytest.MonkeyPatch, files: Path) -> None:
    found = process.find_spec
    monkeypatch.setattr(process, "find_spec", lambda name: None if name == library else found(name))
    monkeypatch.setattr(process, "_RUNNING", {})
    monkeypatch.setitem(sys.modules, library, None)
    written = files / "TB2026-000017-facturx.pdf"
    asked = (lambda: FORMATS[0].render(KINDS["business"], OWN)) if library == "facturx" else (lambda: run(written))
    with pytest.raises(MissingExtra) as missing:
        asked()
    assert missing.value.extra == "einvoice"
