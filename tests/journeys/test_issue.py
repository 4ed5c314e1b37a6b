"""A month is issued: numbers, frozen bytes, corrections, whatever stands against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from billed import fetch, issue, issued, village
from mitoyen.diagnostics import Refused
from neighbours import commit, run, write


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {one.code for one in refused.value.findings}


def test_a_month_is_issued_once(tmp_path: Path) -> None:
    repo = village(tmp_path / "repo", "2026-01")
    [unit] = issue(repo, "2026-01", "2026-02-05")["units"]
    assert [(one["number"], one["buyer"], one["net"], one["vat"], one["gross"]) for one in unit["invoices"]] == [
        ("VO2026-000001", "m-a", "9.30", "1.86", "11.16"),
        ("VO2026-000002", "m-b", "27.90", "5.58", "33.48"),
    ]
    assert unit["billed"] == {"net": "37.20", "vat": "7.44", "gross": "44.64"}
    assert issue(repo, "2026-01", "2026-02-05")["units"] == []
