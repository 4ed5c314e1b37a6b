from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen_france.law import parameter
from mitoyen_france.power import check


def test_a_roof(made: Any) -> None:
    assert made.told(check(made.operation())) == []


def test_the_cap_itself_is_too_much(made: Any) -> None:
    one = made.producer
    assert made.told(check(made.operation(one("p-a", 2_500_000), one("p-b", 2_499_999)))) == []
    assert made.told(check(made.operation(one("p-a", 2_500_001), one("p-b", 2_499_999)))) == [
        (
            "FRA101",
            "error",
            "the producers in force add up to 5 MW from 2026-01-01 on, they must stay under 5 MW: "
            "arrêté du 21 février 2025, art. 1 (JO 2025-03-05)",
            "participants.yaml p-a/power",
        )
    ]


def test_the_one_that_came_last_is_shown(made: Any) -> None:
    first = made.producer("p-roof", 4_000_000)
    second = made.producer("p-barn", 1_200_000, date(2026, 3, 1), date(2026, 6, 1))
    [finding] = check(made.operation(first, second))
    assert finding.message.startswith("the producers in force add up to 5.2 MW from 2026-03-01 to 2026-05-31, ")
    assert str(finding.place) == "participants.yaml p-barn/power:1:1"


def test_the_law_changes_while_the_operation_goes_on(made: Any) -> None:
    """4 MW were too much until the decree of 2025, and are not any more."""
    plant = made.producer("p-roof", 4_000_000, date(2024, 1, 1))
    [finding] = check(made.operation(plant, opened=date(2024, 1, 1)))
    assert finding.message == (
        "the producers in force add up to 4 MW from 2024-01-01 to 2025-03-05, they must stay under 3 MW: "
        "arrêté du 21 novembre 2019, art. 1, 2° (JO 2019-11-24)"
    )


def test_one_leaves_as_another_of_the_same_power_comes(made: Any) -> None:
    leaving = made.producer("p-a", 6_000_000, to=date(2026, 5, 1))
    coming = made.producer("p-b", 6_000_000, date(2026, 5, 1))
    [finding] = check(made.operation(leaving, coming))
    assert "6 MW from 2026-01-01 on" in finding.message


@pytest.mark.parametrize(
    ("perimeter", "watts", "refused"),
    [
        ({"kind": "extended", "grid": "non-interconnected"}, 500_000, True),
        ({"kind": "extended", "grid": "non-interconnected"}, 499_999, False),
        ({"kind": "extended", "grid": "mainland"}, 500_000, False),
        ({"kind": "territory"}, 9_999_999, False),
        ({"kind": "territory"}, 10_000_000, True),
        ({"kind": "rural"}, 5_000_000, True),
        ({"kind": "building"}, 50_000_000, False),
        ({"kind": "unheard-of"}, 5_000_000, True),
        ({}, 5_000_000, True),
    ],
)
def test_which_cap(made: Any, perimeter: dict[str, Any], watts: int, refused: bool) -> None:
    plant = made.producer("p-roof", watts)
    codes = [finding.code for finding in check(made.operation(plant, perimeter=perimeter))]
    assert codes == ["FRA101"] * refused


def test_a_producer_without_power(made: Any) -> None:
    assert made.told(check(made.operation(made.producer("p-roof", None), made.producer("p-barn", 9_000)))) == [
        (
            "FRA107",
            "warning",
            "p-roof has no power: the cap on all producers together cannot be checked",
            "participants.yaml p-roof:",
        )
    ]


def test_power_is_not_asked_where_nothing_caps_it(made: Any) -> None:
    plant = made.producer("p-roof", None)
    assert made.told(check(made.operation(plant, perimeter={"kind": "building"}))) == []


FIRST = date(2025, 2, 20)
HORIZON = 30
days = st.integers(0, HORIZON).map(lambda offset: FIRST + timedelta(days=offset))


@given(
    st.lists(st.tuples(days, st.none() | days, st.sampled_from([900_000, 2_000_000, 3_000_000])), max_size=5),
    days,
)
def test_days_over_the_cap_are_those_found_day_by_day(made: Any, plants: Any, opened: date) -> None:
    producers = [made.producer(f"p-{index}", power, start, to) for index, (start, to, power) in enumerate(plants)]
    last = FIRST + timedelta(days=2 * HORIZON)
    over = {}
    for offset in range(2 * HORIZON + 1):
        day = FIRST + timedelta(days=offset)
        total = sum(one.power for one in producers if one.in_force(day))
        cap = parameter("power-cap/mainland", on=day)
        assert cap is not None
        if day >= opened and total >= cap.value:
            over[day] = total
    said = {}
    for finding in check(made.operation(*producers, opened=opened) if producers else made.operation(opened=opened)):
        head, span = finding.message.split(", ")[0].split(" MW ")
        total = round(float(head.split()[-1]) * 1_000_000)
        words = span.split()
        first = date.fromisoformat(words[1])
        end = first if words[0] == "on" else last if words[2] == "on" else date.fromisoformat(words[3])
        for number in range((end - first).days + 1):
            assert first + timedelta(days=number) not in said
            said[first + timedelta(days=number)] = total
    assert said == over
