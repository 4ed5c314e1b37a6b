"""What a run says of itself, on its own page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mitoyen_github import summary

UNIT = {
    "operation": "toits",
    "month": "2026-01",
    "state": "draft",
    "reused": False,
    "energy": {"shared": "1246.752000"},
    "money": {"net": "187.01"},
    "members": [{"id": "m-3fk2"}],
}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def test_a_month_settled(page: Path) -> None:
    summary.unit(UNIT, "en")
    summary.unit({**UNIT, "reused": True}, "en")
    summary.unit(UNIT, "fr")
    assert page.read_text() == (
        "- `toits` 2026-01: 1,246.752 kWh shared, 187.01 EUR net, draft\n"
        "- `toits` 2026-01 : 1\u202f246,752 kWh partagés, 187,01 € HT, brouillon\n"
    )


def test_nothing_is_written_beyond_what_github_shows(page: Path) -> None:
    page.write_text("x" * (summary.LIMIT - 70))
    assert not summary.add("y" * 100)
    assert summary.add("y" * 69)
    assert page.stat().st_size == summary.LIMIT


def test_a_plan_is_in_the_summary_of_its_run(page: Path, repo: Path, mitoyen: Any) -> None:
    shown = mitoyen(repo, "plan", "--format", "markdown").stdout
    assert page.read_text() == shown
    mitoyen(repo, "plan")
    assert page.read_text() == shown * 2


def test_outside_actions_nothing_is_written(repo: Path, mitoyen: Any, tmp_path: Path) -> None:
    assert mitoyen(repo, "plan", "--format", "markdown").stderr == ""
    assert not (tmp_path / "summary.md").exists()
