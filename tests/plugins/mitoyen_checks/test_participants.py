from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mitoyen.contracts import Participant
from mitoyen_checks.participants import check


def test_the_small_operation_is_right(made: Any) -> None:
    assert made.told(check(made.operation())) == []


def test_one_meter_in_two_participations(made: Any) -> None:
    leaving = made.member("m-3fk2", meter="mtr-01", to=date(2026, 5, 1))
    coming = made.member("m-7c0d", meter="mtr-01", start=date(2026, 4, 1))
    assert made.told(check(made.operation([made.member("p-roof"), leaving, coming]))) == [
        (
            "ACC131",
            "mtr-01 is the meter of both m-3fk2 and m-7c0d from 2026-04-01 to 2026-04-30",
            "participants.yaml m-7c0d/meter",
        )
    ]


def test_a_meter_may_pass_on_the_same_day(made: Any) -> None:
    leaving = made.member("m-3fk2", meter="mtr-01", to=date(2026, 4, 1))
    coming = made.member("m-7c0d", meter="mtr-01", start=date(2026, 4, 1))
    assert made.told(check(made.operation([made.member("p-roof"), leaving, coming]))) == []


def test_leaving_before_joining(made: Any) -> None:
    back = made.member("m-9qtd", start=date(2026, 3, 1), to=date(2026, 3, 1))
    [finding] = check(made.operation([made.member("p-roof"), made.member("m-3fk2"), back]))
    assert (finding.code, finding.message) == (
        "ACC132",
        "m-9qtd leaves on 2026-03-01, not after it joined on 2026-03-01",
    )


def test_before_the_opening(made: Any) -> None:
    early = made.member("m-9qtd", start=date(2025, 12, 1))
    assert made.told(check(made.operation([made.member("p-roof"), early]))) == [
        (
            "ACC133",
            "m-9qtd takes part from 2025-12-01, the operation opens on 2026-01-01",
            "participants.yaml m-9qtd/from",
        )
    ]


def test_somebody_must_produce_and_somebody_consume(made: Any) -> None:
    codes = [finding.code for finding in check(made.operation([]))]
    assert codes == ["ACC134", "ACC135"]
    assert [finding.code for finding in check(made.operation([made.member("p-roof")]))] == ["ACC135"]
    assert [finding.code for finding in check(made.operation([made.member("m-3fk2")]))] == ["ACC134"]


FIRST = date(2026, 1, 1)
HORIZON = 20
days = st.integers(0, HORIZON).map(lambda offset: FIRST + timedelta(days=offset))


@st.composite
def participations(draw: st.DrawFn) -> list[Participant]:
    count = draw(st.integers(0, 5))
    return [
        Participant(
            id=f"m-{index}",
            role="consumer",
            meter=draw(st.sampled_from(["mtr-01", "mtr-02"])),
            start=draw(days),
            to=draw(st.none() | days),
        )
        for index in range(count)
    ]


@given(participations())
def test_overlaps_are_those_found_day_by_day(made: Any, drawn: list[Participant]) -> None:
    both = defaultdict(set)
    for offset in range(2 * HORIZON):
        day = FIRST + timedelta(days=offset)
        present = [one for one in drawn if one.in_force(day)]
        for one in present:
            for other in present:
                if one.meter == other.meter and one.id < other.id:
                    both[one.id, other.id].add(day)
    found = {}
    for finding in check(made.operation(drawn)):
        if finding.code == "ACC131":
            words = finding.message.split()
            earlier, later = words[6], words[8]
            found[min(earlier, later), max(earlier, later)] = " ".join(words[9:])
    assert set(found) == set(both)
    for pair, said in found.items():
        first, last = min(both[pair]), max(both[pair])
        if said.endswith(" on") and said.startswith("from"):
            assert (said, last) == (f"from {first} on", FIRST + timedelta(days=2 * HORIZON - 1))
        else:
            assert said == (f"on {first}" if first == last else f"from {first} to {last}")
