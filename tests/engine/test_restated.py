"""What differs between two deliveries of a month, held against sums a person can make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mitoyen import pointers, restated
from mitoyen.clock import Clock
from mitoyen.contracts import KWH, MISSING, Shelf
from mitoyen.curves import Curves, Name
from mitoyen.restated import Restated
from mitoyen.store import Results

DAY = Clock.of_days(date(2026, 1, 14), date(2026, 1, 16), 3600, "Europe/Paris")
"""Two days, hour by hour."""


class Memory(Shelf):
    def __init__(self) -> None:
        self.things: dict[tuple[str, str], bytes] = {}

    def read(self, kind: str, key: str) -> bytes | None:
        return self.things.get((kind, key))

    def write(self, kind: str, key: str, content: bytes) -> None:
        self.things[kind, key] = content

    def has(self, kind: str, key: str) -> bool:
        return (kind, key) in self.things


def curves(values: Mapping[str, list[int]], clock: Clock = DAY) -> Curves:
    named = {}
    for name, some in values.items():
        meter, _, kind = name.partition("/")
        named[Name(meter, kind or "measured")] = np.array(some, np.int64)
    return Curves(clock, named)


def compared(old: Curves, new: Curves) -> Restated | None:
    results = Results(Memory())
    return restated.between(results.freeze(old), new, results.freeze(new), results)


def hours(**other: int) -> list[int]:
    """1 kWh an hour but for some: ``h36`` is noon of the second day."""
    values = [KWH] * 48
    for hour, value in other.items():
        values[int(hour[1:])] = value
    return values


def test_three_steps_of_one_meter() -> None:
    before = {"mtr-01": hours(), "mtr-02": hours()}
    after = {"mtr-01": hours(h10=2 * KWH, h12=KWH + 750_000, h36=750_000), "mtr-02": hours()}
    found = compared(curves(before), curves(after))
    assert found
    assert found.summary == "1 meter, 3 steps: measured +1.500000 kWh"
    assert list(found.lines()) == [
        "mtr-01: 3 steps on 2 days, 2026-01-14 10:00 (+01:00) to 2026-01-15 12:00 (+01:00), +1.500000 kWh"
    ]


def test_a_step_that_was_missing_and_one_that_is() -> None:
    found = compared(curves({"mtr-01": hours(h10=MISSING)}), curves({"mtr-01": hours(h12=MISSING)}))
    assert found
    assert found.summary == "1 meter, 2 steps: measured +0.000000 kWh"


def test_meters_that_come_and_go() -> None:
    found = compared(curves({"mtr-01": hours()}), curves({"mtr-02/shared": [0] * 47 + [KWH]}))
    assert found
    assert list(found.lines()) == [
        "mtr-01: gone, 48 steps on 2 days, 2026-01-14 00:00 (+01:00) to 2026-01-15 23:00 (+01:00), -48.000000 kWh",
        "mtr-02 (shared): came, 48 steps on 2 days, 2026-01-14 00:00 (+01:00) to 2026-01-15 23:00 (+01:00), "
        "+1.000000 kWh",
    ]
    assert found.summary == "2 meters, 96 steps: measured -48.000000 kWh, shared +1.000000 kWh"


def test_a_coefficient_is_no_energy() -> None:
    found = compared(
        curves({"mtr-01/coefficient": [500_000_000] * 48}), curves({"mtr-01/coefficient": [0] + [500_000_000] * 47})
    )
    assert found
    assert found.summary == "1 meter, 1 step"
    assert list(found.lines()) == ["mtr-01 (coefficient): 1 step on 1 day, at 2026-01-14 00:00 (+01:00)"]


def test_what_cannot_be_compared_says_why() -> None:
    halves = Clock.of_days(date(2026, 1, 14), date(2026, 1, 16), 1800, "Europe/Paris")
    found = compared(curves({"mtr-01": hours()}), curves({"mtr-01": hours() * 2}, halves))
    assert found
    assert found.summary == "the data that counted before are on another clock"
    results = Results(Memory())
    new = curves({"mtr-01": hours()})
    lost = restated.between("sha256:" + "0" * 64, new, results.freeze(new), results)
    assert lost
    assert lost.summary == "the data that counted before are not in the store"


def test_a_thousand_series_are_not_listed() -> None:
    many = {f"mtr-{number:03}": [0] * 48 for number in range(100)}
    found = compared(curves(many), curves({name: [KWH] + [0] * 47 for name in many}))
    assert found
    assert len(list(found.lines())) == restated.SHOWN + 1
    assert list(found.lines())[-1] == "and 60 more series"
    assert found.summary == "100 meters, 100 steps: measured +100.000000 kWh"


@given(st.lists(st.tuples(st.integers(0, KWH), st.integers(0, KWH)), min_size=48, max_size=48))
def test_differences_add_up(pairs: list[tuple[int, int]]) -> None:
    old, new = ([pair[end] for pair in pairs] for end in (0, 1))
    found = compared(curves({"mtr-01": old}), curves({"mtr-01": new}))
    if old == new:
        assert found is None
        return
    assert found
    [moved] = found.moved
    assert moved.energy == sum(new) - sum(old)
    assert moved.steps == sum(one != two for one, two in pairs)


def test_a_pointer_names_what_counted_before_and_forgets_the_oldest() -> None:
    pointer: dict[str, object] = {}
    for number in range(40):
        snapshot = f"sha256:{number:064x}"
        pointer = {"snapshot": snapshot, **pointers.former(pointer, snapshot, date(2026, 4, 1))}
    known = pointer["former"]
    assert isinstance(known, list)
    assert [one["snapshot"][-2:] for one in known] == [f"{number:02x}" for number in range(15, 39)]
    assert pointers.former(pointer, str(pointer["snapshot"]), date(2027, 1, 1)) == {"former": known}
