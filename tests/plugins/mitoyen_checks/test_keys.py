from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen_checks.keys import check

APRIL = date(2026, 4, 1)


def test_the_small_operation_is_right(made: Any) -> None:
    assert made.told(check(made.operation())) == []
    assert made.told(check(made.operation(keys=[made.static("m-3fk2", "m-9qtd")]))) == []


def test_a_name_that_nobody_has(made: Any) -> None:
    [finding] = check(made.operation(keys=[made.static("m-3fk2", "m-9qtx")]))
    assert made.told([finding]) == [
        ("ACC201", "m-9qtx is not a participant", "keys.yaml 2026-01-01/with/shares/m-9qtx:")
    ]
    assert finding.help == 'did you mean "m-9qtd"?'


def test_a_village_is_not_listed(made: Any) -> None:
    people = [made.member("p-roof"), *(made.member(f"m-{number}") for number in range(100, 160))]
    everyone = [one.id for one in people[1:]]
    [finding] = check(made.operation(people, keys=[made.static(*everyone, "zebra")]))
    assert finding.help == "see participants.yaml for the names"


def test_a_meter_that_nobody_has(made: Any) -> None:
    names = ((("with", "of"), "meter", "mtr-99"),)
    assert made.told(check(made.operation(keys=[made.entry(names=names)]))) == [
        ("ACC201", "no participant has the meter mtr-99", "keys.yaml 2026-01-01/with/of")
    ]


def test_a_name_in_force_on_no_day_of_the_key(made: Any) -> None:
    gone = made.member("m-7c0d", to=APRIL)
    people = [made.member("p-roof"), made.member("m-3fk2"), gone]
    keys = [made.static("m-3fk2", "m-7c0d"), made.static("m-3fk2", "m-7c0d", start=APRIL)]
    assert made.told(check(made.operation(people, keys=keys))) == [
        (
            "ACC202",
            "m-7c0d takes part from 2026-01-01 to 2026-03-31, on no day of this key (from 2026-04-01 on)",
            "keys.yaml 2026-04-01/with/shares/m-7c0d:",
        )
    ]


def test_in_force_for_a_part_is_fine(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2"), made.member("m-7c0d", to=date(2026, 1, 2))]
    assert made.told(check(made.operation(people, keys=[made.static("m-3fk2", "m-7c0d")]))) == []


def test_a_producer_among_the_consumers(made: Any) -> None:
    assert made.told(check(made.operation(keys=[made.static("m-3fk2", "p-roof")]))) == [
        ("ACC203", "p-roof is a producer, a consumer is expected here", "keys.yaml 2026-01-01/with/shares/p-roof:")
    ]


def test_a_consumer_among_the_producers(made: Any) -> None:
    names = ((("with", "first"), "producer", "m-3fk2"),)
    assert made.told(check(made.operation(keys=[made.entry(names=names)]))) == [
        ("ACC203", "m-3fk2 is a consumer, a producer is expected here", "keys.yaml 2026-01-01/with/first")
    ]


def test_any_participant_may_stand_where_a_participant_is_expected(made: Any) -> None:
    names = tuple((("with", "who", name), "participant", name) for name in ("p-roof", "m-3fk2"))
    assert made.told(check(made.operation(keys=[made.entry(names=names)]))) == []


@pytest.mark.parametrize(
    ("paths", "twice"),
    [
        ([("with", "levels", 0, 0), ("with", "levels", 1, 3)], True),
        ([("with", "members", 0), ("with", "members", 1)], True),
        ([("with", "shares", "p-roof", "m-3fk2"), ("with", "shares", "p-barn", "m-3fk2")], False),
        ([("with", "slots", 0, "shares", "m-3fk2"), ("with", "slots", 1, "shares", "m-3fk2")], False),
        ([("with", "first", 0), ("with", "caps", "m-3fk2")], False),
    ],
)
def test_named_twice_in_one_list(made: Any, paths: list[tuple[str | int, ...]], twice: bool) -> None:
    names = tuple((path, "consumer", "m-3fk2") for path in paths)
    findings = list(check(made.operation(keys=[made.entry(names=names)])))
    assert [finding.code for finding in findings] == ["ACC207"] * twice
    if twice:
        assert made.told(findings)[0][2] == "keys.yaml 2026-01-01/" + "/".join(map(str, paths[1]))


def test_a_key_that_serves_nobody_once_someone_left(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2"), made.member("m-7c0d", to=APRIL)]
    assert made.told(check(made.operation(people, keys=[made.static("m-7c0d")]))) == [
        ("ACC205", "this key serves nobody from 2026-04-01 on, though m-3fk2 is in force", "keys.yaml 2026-01-01:")
    ]


def test_serving_nobody_while_nobody_is_there_is_fine(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-7c0d", to=APRIL)]
    assert made.told(check(made.operation(people, keys=[made.static("m-7c0d")]))) == []


def test_a_key_of_nobody(made: Any) -> None:
    assert made.told(check(made.operation(keys=[made.static()]))) == [
        (
            "ACC205",
            "this key serves nobody from 2026-01-01 on, though m-3fk2 and m-9qtd are in force",
            "keys.yaml 2026-01-01:",
        )
    ]


def test_days_without_a_key(made: Any) -> None:
    people = [made.member("p-roof", start=date(2026, 1, 10)), made.member("m-3fk2", start=date(2026, 1, 20))]
    assert made.told(check(made.operation(people, keys=[made.entry(date(2026, 2, 1))]))) == [
        (
            "ACC206",
            "no key is in force from 2026-01-10 to 2026-01-31, though there are participants",
            "keys.yaml 2026-02-01:",
        )
    ]


def test_no_key_at_all(made: Any) -> None:
    assert made.told(check(made.operation(keys=[]))) == [
        ("ACC206", "no key is in force from 2026-01-01 on, though there are participants", "keys.yaml")
    ]


def test_no_key_before_anyone_takes_part_is_fine(made: Any) -> None:
    people = [made.member("p-roof", start=APRIL), made.member("m-3fk2", start=APRIL)]
    assert made.told(check(made.operation(people, keys=[made.entry(APRIL)]))) == []


def test_a_consumer_that_is_left_out(made: Any) -> None:
    [finding] = check(made.operation(keys=[made.static("m-3fk2")]))
    assert made.told([finding]) == [
        ("ACC208", "m-9qtd is in force but never served by this key", "keys.yaml 2026-01-01:")
    ]
    assert finding.severity == "warning"


def test_many_left_out_are_counted(made: Any) -> None:
    people = [made.member("p-roof"), *(made.member(f"m-{number}") for number in range(10, 30))]
    [finding] = check(made.operation(people, keys=[made.static("m-10")]))
    assert finding.message == (
        "m-11, m-12, m-13, m-14, m-15, m-16, m-17 and 12 others are in force but never served by this key"
    )


def test_a_change_says_why_from_the_second_on(made: Any) -> None:
    keys = [made.entry(because=None), made.entry(APRIL, because=" ")]
    assert made.told(check(made.operation(keys=keys))) == [
        ("ACC120", "the change of 2026-04-01 does not say why", "keys.yaml 2026-04-01:")
    ]


FIRST = date(2026, 1, 1)
HORIZON = 12
days = st.integers(0, HORIZON).map(lambda offset: FIRST + timedelta(days=offset))


@given(
    st.lists(st.tuples(days, st.none() | days), min_size=1, max_size=4),
    st.lists(st.tuples(days, st.frozensets(st.integers(0, 3))), max_size=3, unique_by=lambda key: key[0]),
)
def test_serving_nobody_is_what_counting_days_finds(made: Any, people: Any, drawn: Any) -> None:
    """ACC205 and ACC206 together: the days on which someone consumes and nobody is served by a key."""
    members = [made.member(f"m-{index}", start=start, to=to) for index, (start, to) in enumerate(people)]
    keys = [
        made.entry(start, serves=frozenset(f"m-{index}" for index in served)) for start, served in sorted(drawn)
    ]
    idle = set()
    for offset in range(2 * HORIZON):
        day = FIRST + timedelta(days=offset)
        present = {one.id for one in members if one.in_force(day)}
        reigning = [key for key in keys if key.start <= day]
        if present and reigning and not present & reigning[-1].serves:
            idle.add(day)
    said = set()
    for finding in check(made.operation(members, keys=keys)):
        if finding.code == "ACC205":
            words = finding.message.removeprefix("this key serves nobody ").split(",")[0].split()
            first = date.fromisoformat(words[1])
            last = first if words[0] == "on" else FIRST + timedelta(days=2 * HORIZON - 1)
            if words[0] == "from" and words[2] == "to":
                last = date.fromisoformat(words[3])
            said |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    assert said == idle
