"""A day as the file of the page has it, and where its steps are on an axis of 24 hours."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from mitoyen.clock import Clock, Month
from mitoyen.report.seen import Seen
from mitoyen_report.days import ceiling, kwh, steps
from mitoyen_report.gathered import NAMED, TOGETHER
from mitoyen_report.gathered import days as of_month


def seen(month: Month, step: int = 3600, **rows: Any) -> Seen:
    """A month whose rows are the same at every step; what is not named is not shown."""
    clock = Clock.of_month(month, step, "Europe/Paris")

    def row(value: int | None) -> Any:
        return None if value is None else np.full(clock.steps, value, dtype=np.int64)

    parts = [
        SimpleNamespace(group=SimpleNamespace(key=key), shared=row(value))
        for key, value in rows.pop("parts", {}).items()
    ]
    shown = {name: row(rows.get(name)) for name in ("produced", "consumed", "shared")}
    return cast(Seen, SimpleNamespace(month=month, clock=clock, parts=parts, **shown))


MARCH, MAY, OCTOBER = Month(2026, 3), Month(2026, 5), Month(2026, 10)


def test_watt_hours_half_up() -> None:
    one = steps(seen(MAY, produced=2_500, consumed=4_499, shared=1_500, parts={"a": 500, "b": 1_000}), ("b", "a"))
    first = one[0]
    assert (len(one), first.day, first.minutes, len(first.at)) == (31, date(2026, 5, 1), 60, 24)
    assert (set(first.produced), set(first.consumed), set(first.surplus)) == ({3}, {4}, {1})
    assert [set(part) for part in first.parts] == [{1}, {1}], "in the order of colours"
    assert first.totals == (60, 36, 108, 600), "of what is exact: 24 times 2.5, 1.5 and 4.499"


def test_who_has_no_colour_of_its_own_is_in_the_last_one() -> None:
    names = [f"m-{at:02}" for at in range(NAMED + 2)]
    one = steps(
        seen(MAY, produced=20_000, consumed=20_000, shared=14_000, parts=dict.fromkeys(names, 1_000)), names
    )
    assert [part[0] for part in one[0].parts] == [1] * (NAMED - 1) + [3]


def test_a_month_that_does_not_tell_groups_apart() -> None:
    """All together have a colour of their own beside the groups of other months."""
    one = steps(seen(MAY, produced=9_000, consumed=9_000, shared=6_000), ("blue", TOGETHER, "green"))
    assert [part[0] for part in one[0].parts] == [0, 6, 0]


def test_what_is_not_shown() -> None:
    one = steps(seen(MAY, produced=9_000), ())[0]
    assert (one.consumed, one.parts, one.surplus, one.totals) == ((), (), (), (216, None, None, None))
    assert steps(seen(MAY), ()) == []


def test_nothing_produced_has_no_rate() -> None:
    assert steps(seen(MAY, produced=0, consumed=1_000, shared=0), (TOGETHER,))[0].totals == (0, 0, 24, None)


def test_a_day_of_24_hours_says_no_more_than_its_step() -> None:
    for step in (900, 1800, 3600):
        text = steps(seen(MAY, step, produced=0), ())[5].script().decode()
        assert text.startswith("mitoyenDay(")
        assert text.endswith(");\n")
        data = json.loads(text[len("mitoyenDay(") : -3])
        assert (data["minutes"], len(data["produced"]), "at" in data, "where" in data) == (
            step // 60,
            86400 // step,
            False,
            False,
        )


@pytest.mark.parametrize("step", [900, 1800, 3600])
def test_the_hour_that_is_missing_in_spring_is_empty(step: int) -> None:
    one = steps(seen(MARCH, step, produced=0), ())[28]
    hour = 3600 // step
    assert (one.day, len(one.produced)) == (date(2026, 3, 29), 23 * hour)
    assert one.at[2 * hour - 1 : 2 * hour + 1] == (f"01:{60 - step // 60:02}", "03:00")
    assert one.where[2 * hour - 1 : 2 * hour + 1] == (2 - 1 / hour, 3)
    assert one.where[-1] == 24
    data = json.loads(one.script()[len("mitoyenDay(") : -3])
    assert (data["at"], data["where"]) == (list(one.at), list(one.where))


@pytest.mark.parametrize("step", [900, 1800, 3600])
def test_the_hour_that_comes_twice_in_autumn_is_one_with_twice_the_steps(step: int) -> None:
    one = steps(seen(OCTOBER, step, produced=0), ())[24]
    hour = 3600 // step
    assert (one.day, len(one.produced)) == (date(2026, 10, 25), 25 * hour)
    assert one.where[2 * hour : 4 * hour] == tuple(2 + at / (2 * hour) for at in range(2 * hour))
    assert one.where[4 * hour] == 3
    assert list(one.where) == sorted(set(one.where)), "no step is drawn over another"
    assert one.at[2 * hour] == one.at[3 * hour] == "02:00"


def test_the_days_of_a_month_follow_each_other() -> None:
    for month in (MARCH, MAY, OCTOBER):
        one = seen(month, produced=0)
        days = list(of_month(one))
        assert [day.day.day for day in days] == list(range(1, 32))
        assert [day.first for day in days[1:]] == [day.last for day in days[:-1]]
        assert (days[0].first, days[-1].last) == (0, one.clock.steps)


def test_the_top_of_the_axis() -> None:
    """The most of any step, rounded up to a tenth or so of itself: one for all days."""
    assert ceiling([seen(MAY, produced=1_000_000), seen(MAY, produced=1_001_000, consumed=4_400_000)]) == 5000
    assert ceiling([seen(MAY, produced=1_200_000)]) == 1200
    assert ceiling([seen(MAY, produced=0)]) == 1
    assert ceiling([]) == 1


def test_kilowatt_hours_to_the_watt_hour() -> None:
    assert (kwh(1_234_567, "fr"), kwh(5, "en")) == ("1\u202f234,567", "0.005")
