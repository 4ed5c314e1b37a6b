from __future__ import annotations

from datetime import date
from typing import Any

from mitoyen_france.step import check


def test_quarter_hours(made: Any) -> None:
    assert made.told(check(made.operation())) == []
    assert made.told(check(made.operation(steps={date(2026, 1, 1): 600}))) == []


def test_half_hours_today(made: Any) -> None:
    assert made.told(check(made.operation(steps={date(2026, 1, 1): 1800}))) == [
        (
            "FRA108",
            "warning",
            "a step of 30 minutes from 2026-01-01 on, longer than PT15M: "
            "code de l'énergie, art. D. 315-1, to be confirmed",
            "operation.yaml step/2026-01-01",
        )
    ]


def test_half_hours_until_the_law_changed(made: Any) -> None:
    opened = date(2020, 1, 1)
    right = {opened: 1800, date(2024, 10, 1): 900}
    assert made.told(check(made.operation(opened=opened, steps=right))) == []
    late = {opened: 1800, date(2025, 1, 1): 900}
    [finding] = check(made.operation(opened=opened, steps=late))
    assert "from 2024-10-01 to 2024-12-31" in finding.message


def test_a_step_that_is_not_given_yet(made: Any) -> None:
    steps = {date(2026, 5, 1): 900}
    assert made.told(check(made.operation(steps=steps))) == []
