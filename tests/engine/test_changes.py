"""What differs between two readings of an operation's files: values, and not lines."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen.changes import Change, between, plain, spoken
from mitoyen.contracts import Place
from mitoyen.located import Document, parse
from mitoyen.model import FILES

TEXTS = {
    "operation": """\
title: Les voisins
organiser: coop-toits
opened: 2026-01-01
source: {use: csv, with: {files: ["*.csv"], unit: kWh}}
documents: {use: [text], with: {series: VO}}
""",
    "participants": """\
p-roof: {role: producer, meter: mtr-90, from: 2026-01-01, power: 36 kWp}
m-a: {role: consumer, meter: mtr-01, from: 2026-01-01, tariff: residents}
""",
    "keys": """\
2026-01-01: {rule: prorata, because: resolution 3}
2026-04-01:
  rule: static
  with: {shares: {m-a: 40 %, m-b: 60 %}}
  because: resolution 5
""",
    "tariffs": """\
residents:
  2026-01-01: {rule: flat, with: {price: 0.1650 EUR/kWh}, because: resolution 4}
""",
}


def read(**changes: str) -> dict[str, Document]:
    """The four files: ``read(keys="…")`` has another keys.yaml, an empty text is a file that is not there."""
    texts = {f"{name}.yaml": text for name, text in (TEXTS | changes).items() if text}
    return {file: parse(text.encode(), f"operations/voisins/{file}") for file, text in texts.items()}


def told(changes: list[Change]) -> list[str]:
    return [
        f"{one.kind} {one.name}: {spoken(one.before)} -> {spoken(one.after)} ({one.because or ''})"
        for one in changes
    ]


def replaced(name: str, old: str, new: str) -> list[Change]:
    """The changes of one file in which a text is replaced by another."""
    assert old in TEXTS[name]
    return between(read(), read(**{name: TEXTS[name].replace(old, new)}))


# --- nothing -----------------------------------------------------------------------------------------------------


def test_nothing() -> None:
    assert between(read(), read()) == []
    assert between({}, {}) == []


def test_reformatting_is_no_change() -> None:
    """Comments, order, block and flow, quotes, blank lines, line ends."""
    tidied = {
        "operation": """\
# The neighbours.
organiser: "coop-toits"
title: 'Les voisins'

documents:
  with:
    series: VO
  use:
    - text
source:
  with: {unit: kWh, files: ['*.csv']}   # relative to the repository
  use: csv
opened: 2026-01-01
""",
        "participants": """\
m-a:
  tariff: residents
  from: 2026-01-01
  role: consumer
  meter: mtr-01
p-roof: {power: 36 kWp, role: producer, meter: mtr-90, from: 2026-01-01}
""",
        "keys": """\
2026-04-01: {because: resolution 5, with: {shares: {m-b: 60 %, m-a: 40 %}}, rule: static}
2026-01-01: {because: resolution 3, rule: prorata}
""",
        "tariffs": TEXTS["tariffs"].replace("\n", "\r\n"),
    }
    assert between(read(), read(**tidied)) == []
    assert between(read(**tidied), read()) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("12", "12", True),
        ("12", "12.0", True),
        ("12.50", "12.5", True),
        ("0", "0.000", True),
        ("12", "13", False),
        ("12.5", "12.51", False),
        ("12", '"12"', False),
        ("1", "true", False),
        ("0", "false", False),
        ("null", "0", False),
        ("[1, 2.0]", "[1.0, 2]", True),
        ("[1, 2]", "[2, 1]", False),
        ("[1, 2]", "[1, 2, 3]", False),
        ("{a: 1}", "{a: 1.0}", True),
        ("[{a: 1}]", "[{a: 1.0}]", True),
        ("[1]", "[true]", False),
    ],
)
def test_numbers_are_compared_as_numbers(one: str, other: str, same: bool) -> None:
    before, after = (read(operation=f"{TEXTS['operation']}limits: {value}\n") for value in (one, other))
    assert (between(before, after) == []) == same
    assert (between(after, before) == []) == same


# --- one change --------------------------------------------------------------------------------------------------


def test_an_entry_that_comes_is_one_change() -> None:
    entry = "2026-07-01: {rule: static, with: {shares: {m-a: 50 %, m-b: 50 %}}, because: resolution 8}\n"
    [change] = between(read(), read(keys=TEXTS["keys"] + entry))
    assert change == Change(
        file="keys.yaml",
        path=("2026-07-01",),
        kind="added",
        before=None,
        after={"rule": "static", "with": {"shares": {"m-a": "50 %", "m-b": "50 %"}}, "because": "resolution 8"},
        because="resolution 8",
        before_place=None,
        after_place=Place(
            "operations/voisins/keys.yaml", 6, 13, change.after_place.width, change.after_place.excerpt
        )
        if change.after_place
        else None,
    )
    assert (change.name, change.counts) == ("keys.yaml 2026-07-01", True)


def test_an_entry_that_goes_is_one_change() -> None:
    [change] = between(read(), read(keys=TEXTS["keys"].partition("2026-04-01")[0]))
    assert (change.kind, change.path, change.after, change.after_place) == ("removed", ("2026-04-01",), None, None)
    assert change.because is None  # the reason went with it
    assert str(change.before_place).startswith("operations/voisins/keys.yaml:3:")


def test_a_share_that_changes() -> None:
    [change] = replaced("keys", "m-a: 40 %", "m-a: 35 %")
    assert (change.path, change.before, change.after) == (("2026-04-01", "with", "shares", "m-a"), "40 %", "35 %")
    assert change.because == "resolution 5"
    assert (str(change.before_place), str(change.after_place)) == (
        "operations/voisins/keys.yaml:4:24",
        "operations/voisins/keys.yaml:4:24",
    )
    assert change.name == "keys.yaml 2026-04-01 with.shares.m-a"


def test_it_has_both_places() -> None:
    """Each where it stands in its own reading."""
    other = "# by shares\n" + TEXTS["keys"].replace(
        "{shares: {m-a: 40 %, m-b: 60 %}}", "\n    shares:\n      m-a: 35 %\n      m-b: 60 %"
    )
    [change] = between(read(), read(keys=other))
    assert (str(change.before_place), str(change.after_place)) == (
        "operations/voisins/keys.yaml:4:24",
        "operations/voisins/keys.yaml:7:12",
    )


def test_an_entry_that_moves_to_another_day() -> None:
    """It goes there and comes here: a date is where an entry is found."""
    assert told(replaced("keys", "2026-04-01", "2026-05-01")) == [
        "removed keys.yaml 2026-04-01: {rule: static, with: {shares: {m-a: 40 %, m-b: 60 %}}} -> – ()",
        "added keys.yaml 2026-05-01: – -> {rule: static, with: {shares: {m-a: 40 %, m-b: 60 %}}} (resolution 5)",
    ]


def test_other_changes() -> None:
    assert told(replaced("keys", "rule: prorata", "rule: equal")) == [
        "changed keys.yaml 2026-01-01 rule: prorata -> equal (resolution 3)"
    ]
    assert told(replaced("keys", "rule: prorata", "rule: static, with: {shares: {m-a: 1}}")) == [
        "changed keys.yaml 2026-01-01 rule: prorata -> static (resolution 3)",
        "added keys.yaml 2026-01-01 with: – -> {shares: {m-a: 1}} (resolution 3)",
    ]
    assert told(replaced("participants", "meter: mtr-01", "meter: mtr-02")) == [
        "changed participants.yaml m-a meter: mtr-01 -> mtr-02 ()"
    ]
    assert told(replaced("participants", "tariff: residents}", "to: 2026-06-01, tariff: residents}")) == [
        "added participants.yaml m-a to: – -> 2026-06-01 ()"
    ]
    assert told(replaced("operation", "use: [text]", "use: [text, pdf]")) == [
        "changed operation.yaml documents.use: [text] -> [text, pdf] ()"
    ]
    assert told(replaced("tariffs", "price: 0.1650 EUR/kWh", "price: 0.1590 EUR/kWh")) == [
        "changed tariffs.yaml residents 2026-01-01 with.price: 0.1650 EUR/kWh -> 0.1590 EUR/kWh (resolution 4)"
    ]


def test_a_tariff_group_is_told_by_its_dates() -> None:
    group = "shops:\n  2026-01-01: {rule: flat, with: {price: 0.20 EUR/kWh}}\n  2026-05-01: {rule: free}\n"
    assert told(between(read(), read(tariffs=TEXTS["tariffs"] + group))) == [
        "added tariffs.yaml shops 2026-01-01: – -> {rule: flat, with: {price: 0.20 EUR/kWh}} ()",
        "added tariffs.yaml shops 2026-05-01: – -> {rule: free} ()",
    ]


def test_a_file_that_comes_or_goes() -> None:
    """A municipality that gives its electricity away has no tariffs."""
    assert [change.name for change in between(read(tariffs=""), read())] == ["tariffs.yaml residents 2026-01-01"]
    assert [change.kind for change in between(read(), read(tariffs=""))] == ["removed"]


def test_an_operation_that_comes() -> None:
    names = [change.name for change in between({}, read())]
    assert names == [
        "operation.yaml documents",
        "operation.yaml opened",
        "operation.yaml organiser",
        "operation.yaml source",
        "operation.yaml title",
        "participants.yaml m-a",
        "participants.yaml p-roof",
        "keys.yaml 2026-01-01",
        "keys.yaml 2026-04-01",
        "tariffs.yaml residents 2026-01-01",
    ]


def test_other_files_are_not_compared() -> None:
    """Pointers and manifests: what was measured, and what was settled."""
    pointer = {"data/2026-01.yaml": parse(b"snapshot: one\n", "data/2026-01.yaml")}
    assert between(read(), read() | pointer) == []


# --- notes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("keys", "because: resolution 3", "because: resolution 3 of 2025-12-11"),
        ("keys", "because: resolution 3", "because: resolution 3, checked: 2026-05-01"),
        ("keys", ", because: resolution 3", ""),
        ("operation", "title: Les voisins", "title: La rue du Four"),
    ],
)
def test_a_note_does_not_count(name: str, old: str, new: str) -> None:
    [change] = replaced(name, old, new)
    assert not change.counts


def test_a_value_beside_a_note_counts() -> None:
    one, two = replaced("keys", "rule: prorata, because: resolution 3", "rule: equal, because: resolution 9")
    assert (one.path[-1], one.counts, one.because) == ("because", False, "resolution 9")
    assert (two.path[-1], two.counts, two.because) == ("rule", True, "resolution 9")


@pytest.mark.parametrize("name", ["title", "checked", "because"])
def test_a_member_or_a_group_may_be_called_like_a_note(name: str) -> None:
    row = f"{name}: {{role: consumer, meter: mtr-07, from: 2026-01-01}}\n"
    [change] = between(read(), read(participants=TEXTS["participants"] + row))
    assert change.counts
    [change] = replaced("keys", "m-b: 60 %", f"m-b: 60 %, {name}: 0 %")
    assert change.counts
    [change] = replaced("operation", "series: VO", f"series: VO, {name}: Facture")
    assert change.counts


# --- forms -------------------------------------------------------------------------------------------------------


def test_plain_and_spoken() -> None:
    value = {"a": Decimal("0.50"), "b": [1, True, None, "x"], "because": "no"}
    assert plain(value) == {"a": "0.50", "b": [1, True, None, "x"], "because": "no"}
    assert spoken(value) == "{a: 0.50, b: [1, true, –, x]}"
    assert (spoken(None), spoken(False), spoken({})) == ("–", "false", "{}")


def test_as_data() -> None:
    [change] = replaced("keys", "m-a: 40 %", "m-a: 35 %")
    assert change.as_data() == {
        "file": "keys.yaml",
        "path": ["2026-04-01", "with", "shares", "m-a"],
        "kind": "changed",
        "before": "40 %",
        "after": "35 %",
        "because": "resolution 5",
        "counts": True,
        "before_place": "operations/voisins/keys.yaml:4:24",
        "after_place": "operations/voisins/keys.yaml:4:24",
    }


# --- whatever is written -----------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "because", "2026-01-01", "with"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.decimals(-3, 3, places=1, allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "1", "40 %"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
READINGS = st.dictionaries(st.sampled_from(FILES), st.dictionaries(NAMES, VALUES, max_size=3), max_size=4)

Reading = Mapping[str, Mapping[str, Any]]


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return (
        {True: "true", False: "false", None: "null"}.get(value, str(value))
        if isinstance(value, bool | None)
        else str(value)
    )


def documents(reading: Reading) -> dict[str, Document]:
    return {
        file: parse("".join(f"{key}: {flow(item)}\n" for key, item in value.items()).encode() or b"{}", file)
        for file, value in reading.items()
    }


@given(READINGS)
def test_nothing_differs_from_itself(reading: Reading) -> None:
    assert between(documents(reading), documents(reading)) == []


MIRRORED = {"added": "removed", "removed": "added", "changed": "changed"}


@given(READINGS, READINGS)
def test_there_and_back(one: Reading, other: Reading) -> None:
    before, after = documents(one), documents(other)
    there, back = between(before, after), between(after, before)
    assert [(c.file, c.path, c.kind, c.before, c.after, c.before_place, c.after_place) for c in there] == [
        (c.file, c.path, MIRRORED[c.kind], c.after, c.before, c.after_place, c.before_place) for c in back
    ]
    places = [(c.file, c.path) for c in there]
    assert len(places) == len(set(places))


@given(READINGS, READINGS)
def test_the_order_of_what_is_written_does_not_matter(one: Reading, other: Reading) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: turned(item) for key, item in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    there = between(documents(one), documents(other))
    again = between(documents(turned(one)), documents(turned(other)))
    assert [(c.file, c.path, c.kind, c.before, c.after) for c in there] == [
        (c.file, c.path, c.kind, c.before, c.after) for c in again
    ]
