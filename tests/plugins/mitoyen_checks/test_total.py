"""Whatever a schema lets through, a check gives findings and never fails; the same files, the same findings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import mitoyen_checks
from mitoyen.contracts import Entry, Operation, Participant
from mitoyen.diagnostics import ordered, text

FIRST = date(2026, 1, 1)
days = st.integers(-40, 400).map(lambda offset: FIRST + timedelta(days=offset)) | st.sampled_from(
    [date.min, date.max]
)
words = st.sampled_from(["p-roof", "m-3fk2", "m-9qtd", "m-0", "residents", "shops"])
names = st.tuples(
    st.lists(st.sampled_from(["with", "shares", 0, 1]), max_size=4).map(tuple),
    st.sampled_from(["consumer", "producer", "meter", "participant"]),
    words,
)
entries = st.lists(
    st.builds(
        Entry,
        start=days,
        rule=words,
        options=st.just({}),
        because=st.none() | st.text(max_size=3),
        serves=st.none() | st.frozensets(words),
        names=st.lists(names, max_size=4).map(tuple),
    ),
    max_size=3,
)
participants = st.builds(
    Participant,
    id=words,
    role=st.sampled_from(["consumer", "producer"]),
    meter=words,
    start=days,
    to=st.none() | days,
    tariff=st.none() | words,
    power=st.none() | st.integers(0, 10**7),
)
pointers = st.dictionaries(
    st.sampled_from(["2026-01", "2025-12", "2026-13", "x"]),
    st.fixed_dictionaries({}, optional={"meters": st.lists(words), "steps": st.integers(1, 3000)}),
)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "participants": draw(st.lists(participants, max_size=5)),
        "opened": draw(days),
        "keys": draw(entries),
        "tariffs": draw(st.dictionaries(words, entries, max_size=3)),
        "steps": draw(st.dictionaries(days, st.sampled_from([900, 1800]), max_size=2)),
        "months": draw(pointers),
        "files": draw(st.dictionaries(words, st.none() | st.text(max_size=30), max_size=3)),
    }


@settings(max_examples=300)
@given(changes())
def test_checks_are_total_and_deterministic(made: Any, drawn: dict[str, Any]) -> None:
    operation: Operation = made.operation(**drawn)
    for check in mitoyen_checks.mitoyen_checks():
        found = list(check.check(operation))
        assert text(ordered(found)) == text(ordered(check.check(operation)))
        for finding in found:
            assert finding.place is not None
            assert finding.help, finding
            assert finding.message[0] != finding.message[0].upper() or not finding.message[0].isalpha()
