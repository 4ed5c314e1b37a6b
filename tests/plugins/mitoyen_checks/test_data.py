from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mitoyen_checks.data import check

METERS = ["mtr-3fk2", "mtr-9qtd", "mtr-roof"]


@pytest.mark.parametrize(("month", "steps"), [("2026-02", 2688), ("2026-03", 2972), ("2026-10", 2980)])
def test_a_whole_month_has_as_many_steps_as_its_days(made: Any, month: str, steps: int) -> None:
    months = {month: {"meters": METERS, "steps": steps}}
    assert made.told(check(made.operation(months=months))) == []


def test_a_month_half_covered(made: Any) -> None:
    months = {"2026-03": {"meters": METERS, "steps": 1440}}
    [finding] = check(made.operation(months=months))
    assert made.told([finding]) == [
        ("ACC422", "2026-03 has 2972 steps, 1440 are frozen", "data/2026-03.yaml steps")
    ]
    assert "mitoyen fetch boucle --month 2026-03" in finding.help


def test_a_step_by_date(made: Any) -> None:
    steps = {date(2018, 1, 1): 1800, date(2024, 10, 1): 900}
    months = {"2024-09": {"meters": METERS, "steps": 1440}, "2024-11": {"meters": METERS, "steps": 2880}}
    assert made.told(check(made.operation(months=months, steps=steps, opened=date(2020, 1, 1)))) == []


def test_a_step_that_changes_within_the_month(made: Any) -> None:
    """Fifteen days of 48 and fifteen of 96: the engine refuses it, the count is still right."""
    steps = {date(2018, 1, 1): 1800, date(2024, 11, 16): 900}
    months = {"2024-11": {"meters": METERS, "steps": 15 * 48 + 15 * 96}}
    assert made.told(check(made.operation(months=months, steps=steps, opened=date(2020, 1, 1)))) == []


def test_opened_within_the_month(made: Any) -> None:
    months = {"2026-03": {"meters": METERS, "steps": 2972}}
    opened = date(2026, 3, 15)
    assert made.told(check(made.operation(months=months, opened=opened, steps={opened: 900}))) == []


def test_a_member_who_joined_after_the_fetch(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2"), made.member("m-9qtd", start=date(2026, 3, 31))]
    months = {
        "2026-02": {"meters": ["mtr-3fk2", "mtr-roof"], "steps": 2688},
        "2026-03": {"meters": ["mtr-3fk2", "mtr-roof"], "steps": 2972},
    }
    [finding] = check(made.operation(people, months=months))
    assert made.told([finding]) == [
        (
            "ACC419",
            "mtr-9qtd is in force in 2026-03, the data frozen for it do not have it",
            "data/2026-03.yaml meters",
        )
    ]
    assert finding.help == "fetch again: mitoyen fetch boucle --month 2026-03"


def test_a_member_who_left_is_not_missed(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2"), made.member("m-9qtd", to=date(2026, 3, 1))]
    months = {"2026-03": {"meters": ["mtr-3fk2", "mtr-roof"], "steps": 2972}}
    assert made.told(check(made.operation(people, months=months))) == []


def test_data_from_before_the_opening(made: Any) -> None:
    months = {"2025-12": {"meters": [], "steps": 1}}
    assert made.told(check(made.operation(months=months))) == [
        ("ACC421", "data of 2025-12, the operation opens on 2026-01-01", "data/2025-12.yaml")
    ]


@pytest.mark.parametrize("pointer", [{}, {"meters": None, "steps": "many"}, {"meters": "mtr-01", "steps": None}])
def test_an_odd_pointer_is_left_to_its_schema(made: Any, pointer: dict[str, Any]) -> None:
    assert made.told(check(made.operation(months={"2026-03": pointer, "march": pointer, "9999-12": pointer}))) == []


def test_an_unknown_zone_is_left_to_whoever_reads_it(made: Any) -> None:
    months = {"2026-03": {"meters": METERS, "steps": 1}}
    for zone in ("Europe/Atlantis", "../etc", "Europe"):
        assert made.told(check(made.operation(months=months, zone=zone))) == []
