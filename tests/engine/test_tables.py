"""What a settlement shows: each of a few operations, and of many those of which something was computed."""

from __future__ import annotations

import pytest

from mitoyen.cli.tables import MANY, settled
from mitoyen.settlement import Unit


def unit(operation: str, *recomputed: str) -> Unit:
    return Unit(operation, "2026-01", 1, "draft", recomputed, {}, (), (), {}, "settlements/2026-01.1.yaml")


def shown(units: list[Unit], capsys: pytest.CaptureFixture[str], *, members: bool = False) -> list[str]:
    settled(units, "en", members=members)
    return [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.endswith("(kWh)")]


def test_a_few_are_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"o{number:02}" for number in range(MANY - 1)]
    assert shown([unit(name) for name in names], capsys) == names


def test_of_many_those_of_which_something_was_computed(capsys: pytest.CaptureFixture[str]) -> None:
    units = [unit(f"o{number:02}") for number in range(MANY)]
    units[7] = unit("o07", "pricing")
    assert shown(units, capsys) == ["o07"]
    assert len(shown(units, capsys, members=True)) == 2 * MANY  # asked for: every operation, every month


def test_nothing_is_left_out_of_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    settled([unit(f"o{number:02}") for number in range(MANY)], "en", members=False)
    assert str(MANY) in capsys.readouterr().out
