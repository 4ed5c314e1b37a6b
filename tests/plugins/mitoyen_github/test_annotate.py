"""Findings beside the lines: ten of a kind, those of the proposal first; and the others are not lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import UsageError
from mitoyen_github.annotating import chosen

Command = Callable[..., Result]
KEYS = "operations/boucle/keys.yaml"


def found(line: int, severity: str = "error", path: str | None = KEYS) -> dict[str, Any]:
    return {
        "code": "ACC204",
        "severity": severity,
        "message": f"on line {line}",
        "path": path,
        "line": line if path else None,
        "column": 1 if path else None,
        "help": None,
    }


def findings(*rows: dict[str, Any]) -> str:
    return json.dumps({"format_version": 1, "findings": list(rows)})


def test_what_is_changed_comes_first(command: Command, repo: Path, tmp_path: Path, job: Any) -> None:
    """tariffs.yaml has another price on line 3; the 12 findings in front of it are those of keys.yaml."""
    tariffs = "operations/boucle/tariffs.yaml"
    rows = [*(found(line) for line in range(1, 13)), found(1, path=tariffs), found(3, path=tariffs)]
    done = command("annotate", "--findings", "-", input=findings(*rows))
    assert done.return_value == 1
    lines = done.output.splitlines()
    assert lines[:3] == [
        f"::error file={tariffs},line=3,col=1,title=ACC204::on line 3",
        f"::error file={tariffs},line=1,col=1,title=ACC204::on line 1",
        f"::error file={KEYS},line=1,col=1,title=ACC204::on line 1",
    ]
    assert sum(line.startswith("::error ") for line in lines) == 10
    assert lines[10:] == [f"ACC204 error {KEYS}:{line}:1: on line {line}" for line in (9, 10, 11, 12)]
    summary = (tmp_path / "summary.md").read_text()
    assert summary.count("| error | ACC204 |") == 14


def test_ten_of_each_kind(command: Command) -> None:
    rows = [found(line, severity) for severity in ("note", "warning", "error") for line in range(1, 16)]
    lines = command("annotate", "--findings", "-", input=findings(*rows)).output.splitlines()
    for word in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{word} ") for line in lines) == 10
    assert len(lines) == 45


def test_the_check_is_made_here(command: Command, repo: Path) -> None:
    assert command("annotate").output == "nothing to mend\n"
    keys = repo / KEYS
    keys.write_text(keys.read_text().replace("prorata", "prorota"))
    done = command("annotate", "--base", "HEAD")
    assert done.return_value == 1
    assert done.output.startswith(f"::error file={KEYS},line=3,col=9,title=ACC601::no allocation rule")


def test_warnings_do_not_fail(command: Command) -> None:
    done = command("annotate", "--findings", "-", input=findings(found(1, "warning", None)))
    assert done.output == "::warning title=ACC204::on line 1\n"
    assert done.return_value == 0


def test_no_finding_is_a_command_of_the_workflow(command: Command) -> None:
    """What is told in the log beyond the ten cannot speak to the runner."""
    rows = [found(1) | {"message": f"x{n:02d}\n::set-env name=PATH::/evil"} for n in range(20)]
    lines = command("annotate", "--findings", "-", input=findings(*rows)).output.splitlines()
    assert len(lines) == 20
    assert not any(line.startswith("::set-env") for line in lines)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format_version": 2, "findings": []}', '{"format_version": 1}', findings({"code": "ACC204"})],
)
def test_findings_that_are_none(text: str, command: Command) -> None:
    error = command("annotate", "--findings", "-", input=text).exception
    assert isinstance(error, UsageError)
    assert "is not what `mitoyen check --format json` writes" in str(error)


def test_every_finding_is_shown_or_told_once() -> None:
    rows = [Finding("ACC204", str(n), Place(KEYS, n)) for n in range(1, 40)]
    shown, others = chosen(rows, {KEYS: {30, 35}})
    assert [one.place.line for one in shown[:3] if one.place] == [30, 35, 1]
    assert sorted([*shown, *others], key=lambda one: int(one.message)) == rows
