"""Schemas: what holds, what is read from it, and what a person is told where it does not hold."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from mitoyen import schema
from mitoyen.contracts import Finding
from mitoyen.diagnostics import text
from mitoyen.located import parse

PARTICIPANTS: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z0-9-]+$", "description": "small letters, such as m-3fk2 / minuscules"},
    "additionalProperties": {"$ref": "#/definitions/participant"},
    "definitions": {
        "participant": {
            "type": "object",
            "additionalProperties": False,
            "required": ["role", "meter"],
            "properties": {
                "role": {"type": "string", "enum": ["consumer", "producer"]},
                "meter": {"type": "string", "pattern": "^mtr-[0-9]+$", "description": "alias / alias du compteur"},
                "from": {"type": "string", "format": "date"},
                "power": {"type": "string", "format": "power", "description": "subscribed power"},
                "rank": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
                "ratio": {"type": "number", "exclusiveMinimum": 0},
                "active": {"type": "boolean", "default": True},
                "hours": {
                    "type": "array",
                    "items": {"type": "string", "format": "time"},
                    "minItems": 1,
                    "maxItems": 2,
                    "uniqueItems": True,
                },
                "note": {"type": ["string", "null"], "minLength": 1, "maxLength": 5},
                "code": {"type": "string", "pattern": "^A$", "examples": ["A"]},
            },
        }
    },
}

KEY: dict[str, Any] = {
    "type": "object",
    "required": ["shares"],
    "properties": {
        "shares": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"format": "consumer"},
            "additionalProperties": {"type": "string", "format": "percent"},
        },
        "first": {"type": "array", "items": {"type": "string", "format": "consumer"}},
        "from": {"type": "string", "format": "producer"},
    },
    "patternProperties": {"^by-": {"type": "string", "format": "consumer"}},
    "additionalProperties": False,
}


def found(content: str, rules: Any = PARTICIPANTS, *at: str | int) -> list[Finding]:
    return schema.validate(parse(content.encode(), "f.yaml"), rules, at)


def told(content: str, rules: Any = PARTICIPANTS, *at: str | int) -> list[tuple[str, str, str, str]]:
    """Code, ``line:column``, message and help of each finding."""
    return [
        (one.code, str(one.place).removeprefix("f.yaml:"), one.message, one.help)
        for one in found(content, rules, *at)
    ]


# --- reading -------------------------------------------------------------------------------------------------


def test_reads_quantities_and_writes_defaults_out() -> None:
    document = parse(
        b"m-1: {role: consumer, meter: mtr-1, from: 2026-01-01, power: 9 kVA, hours: ['07:30', '24:00']}\n"
        b"m-2: {role: producer, meter: mtr-2, rank: 2, ratio: 0.50, active: false, note: null}\n",
        "f.yaml",
    )
    assert schema.validate(document, PARTICIPANTS) == []
    assert schema.read(document.value, PARTICIPANTS) == {
        "m-1": {
            "role": "consumer",
            "meter": "mtr-1",
            "from": date(2026, 1, 1),
            "power": 9000,
            "hours": [450, 1440],
            "rank": 1,
            "active": True,
        },
        "m-2": {
            "role": "producer",
            "meter": "mtr-2",
            "rank": 2,
            "ratio": Decimal("0.50"),
            "active": False,
            "note": None,
        },
    }
    assert document.value["m-1"]["from"] == "2026-01-01"  # as it was written


def test_a_default_is_read_as_if_it_were_written() -> None:
    rules = {
        "properties": {"share": {"type": "string", "format": "percent", "default": "40 %"}, "list": {"default": []}}
    }
    first, second = schema.read({}, rules), schema.read({}, rules)
    assert first == {"share": 400_000_000, "list": []}
    first["list"].append("mine")
    assert second["list"] == []


def test_a_default_that_does_not_fit_is_a_fault_of_the_schema() -> None:
    with pytest.raises(ValueError, match='the default of "share" does not fit its own schema'):
        schema.read({}, {"properties": {"share": {"format": "percent", "default": "40"}}})


def test_what_does_not_hold_is_not_read() -> None:
    with pytest.raises(ValueError, match="the value is not what its schema says"):
        schema.read({"m-1": {}}, PARTICIPANTS)


def test_a_schema_may_be_read_only_and_refer_to_itself() -> None:
    tree = MappingProxyType(
        {
            "$ref": "#/definitions/node",
            "definitions": {
                "node": {
                    "type": "object",
                    "properties": {
                        "share": {"type": "string", "format": "percent"},
                        "inside": {"type": "array", "items": {"$ref": "#/definitions/node"}},
                    },
                    "additionalProperties": False,
                }
            },
        }
    )
    value = {"inside": [{"share": "1 %"}, {"inside": [{"share": "2 %"}]}]}
    assert schema.read(value, tree) == {"inside": [{"share": 10_000_000}, {"inside": [{"share": 20_000_000}]}]}
    assert told("inside: [{inside: [{shore: 1 %}]}]", tree) == [
        ("ACC110", "1:21", 'unknown field "shore"', 'did you mean "share"?')
    ]


def test_a_reference_to_nothing_is_a_fault_of_the_schema() -> None:
    with pytest.raises(ValueError, match="refers to #/definitions/nothing"):
        schema.read({}, {"properties": {"a": {"$ref": "#/definitions/nothing"}}})


def test_words_the_reader_does_not_know_are_left_to_jsonschema() -> None:
    rules = {
        "properties": {"kind": {"type": "string"}, "diameter": {"type": "string", "format": "distance"}},
        "if": {"properties": {"kind": {"const": "extended"}}, "required": ["kind"]},
        "then": {"required": ["diameter"]},
    }
    assert found("kind: building", rules) == []
    assert schema.read({"kind": "extended", "diameter": "2 km"}, rules) == {"kind": "extended", "diameter": 2000}
    assert told("kind: extended", rules) == [("ACC111", "1:1", 'missing field "diameter"', "add diameter")]


# --- what is told --------------------------------------------------------------------------------------------


def test_every_fault_has_its_place() -> None:
    content = """\
m-1: {role: consummer, metre: mtr-1, from: 2026-13-01, power: 36 KWp, tarif: 12}
m-2: {role: 1, rank: 0, ratio: 0, active: "true", hours: [], note: toolong}
m 3: {role: producer, meter: 12, hours: ["07:30", "08:30", "09:30"], code: b}
m-4:
m-5: {role: producer, meter: null, rank: "1", ratio: "0,5", hours: "07:30", note: ""}
m-6: {role: producer, meter: mtr-6, rank: 1.5, ratio: half, hours: ["7:30", "08:00"], power: 36}
m-7: {role: producer, meter: mtr-7, hours: ["07:30", "07:30"]}
"""
    assert told(content) == [
        ("ACC113", "1:13", '"role" cannot be "consummer"', 'did you mean "consumer"?'),
        ("ACC110", "1:24", 'unknown field "metre"', 'did you mean "meter"?'),
        (
            "ACC114",
            "1:44",
            '"2026-13-01" is not in the calendar',
            "expected a date that exists, as in 2026-01-31",
        ),
        ("ACC114", "1:63", '"36 KWp" is not a power', "expected the unit written kWp"),
        (
            "ACC110",
            "1:71",
            'unknown field "tarif"',
            "known here: active, code, from, hours, meter, note, power, rank, ratio, role",
        ),
        ("ACC111", "2:1", 'missing field "meter"', "add meter: alias"),
        ("ACC112", "2:13", 'expected text for "role", found the number 1', "expected consumer or producer"),
        ("ACC115", "2:22", '"rank" is 0, expected at least 1', ""),
        ("ACC115", "2:32", '"ratio" is 0, expected more than 0', ""),
        (
            "ACC112",
            "2:43",
            'expected true or false for "active", found the text "true"',
            "write true or false, without quotes",
        ),
        ("ACC115", "2:58", '"hours" is empty', ""),
        ("ACC115", "2:68", '"note" has 7 characters, expected at most 5', ""),
        ("ACC114", "3:1", '"m 3" cannot be a name here', "expected small letters, such as m-3fk2"),
        ("ACC112", "3:30", 'expected text for "meter", found the number 12', 'put it between quotes: "12"'),
        ("ACC115", "3:41", '"hours" has 3 items, expected at most 2', ""),
        ("ACC114", "3:76", '"code" cannot be "b"', "expected a value, such as A"),
        (
            "ACC112",
            "4:1",
            'expected fields (name: value) for "m-4", found nothing',
            "write its value; or delete the line",
        ),
        ("ACC112", "5:30", 'expected text for "meter", found nothing', "expected alias; or delete the line"),
        (
            "ACC112",
            "5:42",
            'expected a whole number for "rank", found the text "1"',
            "write 1 without quotes",
        ),
        (
            "ACC112",
            "5:54",
            'expected a number for "ratio", found the text "0,5"',
            "write 0.5, with a decimal point",
        ),
        ("ACC112", "5:68", 'expected a list for "hours", found the text "07:30"', "write [07:30]"),
        ("ACC115", "5:83", '"note" is empty', ""),
        (
            "ACC112",
            "6:43",
            'expected a whole number for "rank", found the number 1.5',
            "write it without decimals",
        ),
        ("ACC112", "6:55", 'expected a number for "ratio", found the text "half"', ""),
        (
            "ACC114",
            "6:69",
            '"7:30" is not a time of day',
            'expected hours and minutes, as in "07:30"; "24:00" at the latest',
        ),
        (
            "ACC112",
            "6:94",
            'expected text for "power", found the number 36',
            "expected subscribed power, such as 36 kWp",
        ),
        ("ACC115", "7:54", '"hours" has this item twice', "keep one of the two"),
    ]


def test_a_finding_is_shown_like_this() -> None:
    assert text(found("m-3fk2: {role: consumer, meter: mtr-01, powr: 9 kVA}\n")) == (
        'ACC110 unknown field "powr"\n'
        "  --> f.yaml:1:41\n"
        "  |\n"
        "1 | m-3fk2: {role: consumer, meter: mtr-01, powr: 9 kVA}\n"
        "  |                                         ^^^^\n"
        'help: did you mean "power"?'
    )


def test_a_decimal_comma_that_split_a_value() -> None:
    comma = "a comma ends a value inside { } and [ ]: write decimals with a point, as in 40.5 %"
    assert told("m-1: {role: consumer, meter: mtr-1, power: 1,5 kVA}") == [
        (
            "ACC112",
            "1:44",
            'expected text for "power", found the number 1',
            "expected subscribed power, such as 36 kWp",
        ),
        ("ACC110", "1:46", 'unknown field "5 kVA"', comma),
    ]
    assert told("shares: {m-1: 40,5 %}", KEY)[1:] == [
        ("ACC112", "1:18", 'expected text for "5 %", found nothing', comma),
    ]


def test_several_missing_fields_are_one_fault() -> None:
    assert told("m-1: {}") == [
        ("ACC111", "1:1", 'missing fields "role" and "meter"', "add role: consumer or producer; add meter: alias")
    ]


def test_a_missing_part_is_an_empty_one() -> None:
    content = "2026-01-01: {rule: static}\n2026-02-01: {rule: static, with: {shares: {m-1: 40}}}\n"
    assert told(content, KEY, "2026-01-01", "with") == [("ACC111", "1:1", 'missing field "shares"', "add shares")]
    assert told(content, KEY, "2026-02-01", "with") == [
        ("ACC112", "2:49", 'expected text for "m-1", found the number 40', "expected a value, such as 40 %")
    ]


def test_the_end_of_a_pattern_is_the_end_of_the_text() -> None:
    assert told('m-1: {role: producer, meter: "mtr-1\\n"}') == [
        ("ACC114", "1:30", '"meter" cannot be "mtr-1\\n"', "expected alias")
    ]
    assert [code for code, *_ in told("m-1: {role: producer, meter: mtr-١}")] == ["ACC114"]


def test_the_root_itself() -> None:
    assert told("a: 1", {"type": "array"}) == [
        ("ACC112", "1:1", 'expected a list for "this file", found fields (name: value)', "")
    ]


# --- mentions ------------------------------------------------------------------------------------------------


def test_mentions_are_values_and_keys() -> None:
    document = parse(b"shares: {m-1: 40 %, m-2: 60 %}\nfirst: [m-2, m-3]\nfrom: p-1\nby-whom: m-1\n", "f.yaml")
    mentions = list(schema.mentions(document.value, KEY, {"consumer", "producer"}))
    assert [tuple(mention) for mention in mentions] == [
        (("shares", "m-1"), "consumer", "m-1"),
        (("shares", "m-2"), "consumer", "m-2"),
        (("first", 0), "consumer", "m-2"),
        (("first", 1), "consumer", "m-3"),
        (("from",), "producer", "p-1"),
        (("by-whom",), "consumer", "m-1"),
    ]
    places = [str(document.place(*mention.path, key=mention.key)) for mention in mentions]
    assert places == ["f.yaml:1:10", "f.yaml:1:21", "f.yaml:2:9", "f.yaml:2:14", "f.yaml:3:7", "f.yaml:4:10"]
    assert [mention.word for mention in schema.mentions(document.value, KEY, {"producer"})] == ["p-1"]


# --- the compiled reader and jsonschema agree ----------------------------------------------------------------

SIMPLE = st.sampled_from(
    [
        *({"type": kind} for kind in ("string", "integer", "number", "boolean", "null", "object", "array")),
        {"type": ["string", "integer"]},
        {"enum": ["a", 1, None]},
        {"const": True},
        {"pattern": "^a+$"},
        {"minLength": 1, "maxLength": 2},
        {"minimum": 0, "maximum": 2},
        {"exclusiveMinimum": 0, "exclusiveMaximum": 2},
        {"multipleOf": 2},
        {"format": "percent"},
        {"format": "unheard-of"},
        {"uniqueItems": True},
        {"minItems": 1, "maxItems": 2},
        {"minProperties": 1, "maxProperties": 2},
        {"required": ["a"]},
        {"$ref": "#/definitions/a"},
        {},
        True,
        False,
    ]
)
SCHEMAS = st.recursive(
    SIMPLE,
    lambda inside: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", ["object", "string"]]),
            "properties": st.dictionaries(st.sampled_from(["a", "b"]), inside, max_size=2),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), inside, max_size=2),
            "additionalProperties": inside,
            "propertyNames": inside,
            "items": inside,
            "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
            "minItems": st.integers(0, 2),
        },
    ),
    max_leaves=6,
)
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2, Decimal("1.0"), Decimal("0.5"), "", "a", "aa\n", "b", "40 %"]),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "ab", "c"]), inside, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(SCHEMAS.filter(lambda rules: isinstance(rules, dict)), SIMPLE, VALUES)
def test_the_reader_and_jsonschema_agree(rules: dict[str, Any], definition: Any, value: Any) -> None:
    rules = {**rules, "definitions": {"a": definition if definition != {"$ref": "#/definitions/a"} else {}}}
    judged = schema._compiled(rules).judge.is_valid(value)
    try:
        schema.read(value, rules)
    except ValueError:
        assert not judged
    else:
        assert judged


def test_unknown_formats_are_notes() -> None:
    assert schema.read("anything", {"format": "unheard-of"}) == "anything"


# --- the schemas that come with mitoyen ----------------------------------------------------------------------

FILES = sorted((Path(__file__).parents[2] / "schemas").glob("*.schema.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_schemas_are_draft_07_and_wholly_compiled(path: Path) -> None:
    rules = json.loads(path.read_text("utf-8"))
    Draft7Validator.check_schema(rules)
    assert schema._compiled(rules).complete


def test_schemas_are_found_by_name() -> None:
    assert schema.load("participants")["title"] == "participants.yaml"
    assert schema.load("participants") is schema.load("participants")
