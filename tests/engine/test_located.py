"""Reading YAML: what is read, where it was written, what is refused; and the cache."""

from __future__ import annotations

import io
import os
import sqlite3
import string
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mitoyen import cache as caching
from mitoyen import located
from mitoyen.cache import Cache, blob_id
from mitoyen.contracts import Place
from mitoyen.diagnostics import Refused, text
from mitoyen.located import Document, parse

PARTICIPANTS = """\
# yaml-language-server: $schema=../../schemas/participants.schema.json
p-roof: {role: producer, meter: mtr-90, power: 36 kWp}
m-3fk2:
  role: consumer   # since the beginning
  name: "Écoles « Jean \\"Moulin\\" »"
  shares:
    - 40 %
    - {é: 12, of: [0.50, true, null, -3]}
  note: |
    first line
    second line
  empty:
"""


@pytest.fixture
def document() -> Document:
    return parse(PARTICIPANTS.encode(), "participants.yaml")


@pytest.fixture
def pure_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without libyaml."""
    pure = located._yaml(pure=True)
    monkeypatch.setattr(located, "_yaml", lambda: pure)


def refusals(content: str | bytes) -> list[tuple[str, str]]:
    """What is refused: code and ``line:column`` of each."""
    with pytest.raises(Refused) as raised:
        parse(content if isinstance(content, bytes) else content.encode(), "f.yaml")
    found = raised.value.findings
    assert all(finding.place and finding.place.path == "f.yaml" and finding.help for finding in found)
    return [(finding.code, str(finding.place).removeprefix("f.yaml:")) for finding in found]


# --- values --------------------------------------------------------------------------------------------------


def test_values_are_plain(document: Document) -> None:
    assert document.value == {
        "p-roof": {"role": "producer", "meter": "mtr-90", "power": "36 kWp"},
        "m-3fk2": {
            "role": "consumer",
            "name": 'Écoles « Jean "Moulin" »',
            "shares": ["40 %", {"é": 12, "of": [Decimal("0.50"), True, None, -3]}],
            "note": "first line\nsecond line\n",
            "empty": None,
        },
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ("-12", -12),
        ("1234567890123", 1_234_567_890_123),
        ("0.1650", Decimal("0.1650")),
        ("-0.5", Decimal("-0.5")),
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("2026-01-01", "2026-01-01"),
        ("0,165", "0,165"),
        ("40 %", "40 %"),
        ("1.2.3", "1.2.3"),
        ("PT15M", "PT15M"),
        ("22:75", "22:75"),  # a number in base 60 has no digit above 59
        ("12-13", "12-13"),
        ("nothing", "nothing"),
        ("'012'", "012"),
        ('"yes"', "yes"),
        ('"22:00"', "22:00"),
        ('""', ""),
        ('"\\u00e9"', "é"),
    ],
)
def test_scalars(written: str, value: Any) -> None:
    read = parse(f"a: {written}\n".encode(), "f.yaml").value["a"]
    assert read == value
    assert type(read) is type(value)


def test_decimals_keep_their_zeros() -> None:
    assert str(parse(b"a: 0.1650", "f.yaml").value["a"]) == "0.1650"


def test_keys_are_text() -> None:
    assert parse(b"{2026-01-01: a, 12: b, yes: c, null: d}", "f.yaml").value == {
        "2026-01-01": "a",
        "12": "b",
        "yes": "c",
        "null": "d",
    }


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa: 1\n", b"---\na: 1\n", b"# note\n\na: 1\n...\n", b"a: 1\r\n"])
def test_harmless_forms(content: bytes) -> None:
    document = parse(content, "f.yaml")
    assert document.value == {"a": 1}
    assert document.place("a").column == 4


# --- places --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "key", "where", "shown"),
    [
        ((), False, "2:1", "p-roof"),
        (("p-roof",), True, "2:1", "p-roof"),
        (("p-roof",), False, "2:9", "{role: producer, meter: mtr-90, power: 36 kWp}"),
        (("p-roof", "power"), False, "2:48", "36 kWp"),
        (("m-3fk2",), False, "4:3", "role"),
        (("m-3fk2", "role"), False, "4:9", "consumer"),
        (("m-3fk2", "name"), False, "5:9", '"Écoles « Jean \\"Moulin\\" »"'),
        (("m-3fk2", "shares"), True, "6:3", "shares"),
        (("m-3fk2", "shares", 0), False, "7:7", "40 %"),
        (("m-3fk2", "shares", 1), False, "8:7", "{é: 12, of: [0.50, true, null, -3]}"),
        (("m-3fk2", "shares", 1, "é"), True, "8:8", "é"),
        (("m-3fk2", "shares", 1, "of"), False, "8:19", "[0.50, true, null, -3]"),
        (("m-3fk2", "shares", 1, "of", 2), False, "8:32", "null"),
        (("m-3fk2", "note"), False, "9:9", "|"),
        # A value that is not written is shown by its key.
        (("m-3fk2", "empty"), False, "12:3", "empty"),
        # A path that leads nowhere is shown by the key of what is there.
        (("m-3fk2", "tariff"), False, "3:1", "m-3fk2"),
        (("m-3fk2", "role", "deeper"), False, "4:3", "role"),
        (("m-3fk2", "shares", 7), False, "6:3", "shares"),
        (("m-3fk2", "shares", 1, "nobody"), False, "8:7", "{é: 12, of: [0.50, true, null, -3]}"),
        (("nobody", "role"), True, "2:1", "p-roof"),
    ],
)
def test_places(document: Document, keys: tuple[str | int, ...], key: bool, where: str, shown: str) -> None:
    place = document.place(*keys, key=key)
    assert str(place) == f"participants.yaml:{where}"
    assert place.excerpt == PARTICIPANTS.splitlines()[place.line - 1].rstrip()
    assert place.excerpt[place.column - 1 :][: place.width] == shown


def test_a_finding_has_its_place(document: Document) -> None:
    finding = document.finding("ACC900", "too loud", "p-roof", "power", help="turn it down", severity="warning")
    assert text([finding]) == (
        "ACC900 warning: too loud\n"
        "  --> participants.yaml:2:48\n"
        "  |\n"
        "2 | p-roof: {role: producer, meter: mtr-90, power: 36 kWp}\n"
        "  |                                                ^^^^^^\n"
        "help: turn it down"
    )


def test_the_number_of_a_meter_is_not_repeated() -> None:
    document = parse(b'meter: "30001234567890"\n', "f.yaml")
    assert document.place("meter") == Place("f.yaml", 1, 8)
    assert document.place("meter").excerpt == 'meter: "••••••••••••••"'


# --- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "found"),
    [
        # ACC101 not text
        (b"a: \xe9\n", [("ACC101", "1:4")]),
        ("é: 1\nécole: ".encode() + b"\xe9t\xe9\n", [("ACC101", "2:8")]),
        (b"\xef\xbb\xbfa: \xe9\n", [("ACC101", "1:4")]),
        ("a: 1\n".encode("utf-16"), [("ACC101", "1:1")]),
        ("a: 1\n".encode("utf-16-be"), [("ACC101", "1:1")]),
        ("a: 1\n".encode("utf-16-le"), [("ACC101", "1:1")]),
        (b"a: \x00\n", [("ACC101", "1:4")]),
        (b"a: \x1b[31m\nb: \x07\nc: \x07\n", [("ACC101", "1:4"), ("ACC101", "2:4")]),
        (b"a: 1\rb: 2\r", [("ACC101", "1:5")]),
        ("a: 1\u2028b: 2\n", [("ACC101", "1:5")]),
        ("a: m\u200b1\n", [("ACC101", "1:5")]),
        ("a: \u202e1\n", [("ACC101", "1:4")]),
        ("a: 1\nb\u00a0: 2\n", [("ACC101", "2:1")]),
        # ACC102 conflicts
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n", [("ACC102", "2:1")]),
        ("<<<<<<< HEAD\na: 1\n||||||| base\na: 0\n=======\n>>>>>>> other\r\n", [("ACC102", "1:1")]),
        ("a: 1\n=======\nb: 1\n", [("ACC102", "2:1")]),
        ("<<<<<<< A\n=======\n>>>>>>> B\nb: 1\n>>>>>>> C\n", [("ACC102", "1:1"), ("ACC102", "5:1")]),
        # ACC103 tabs
        ("a:\n\tb: 1\n  \tc: 2\n", [("ACC103", "2:1"), ("ACC103", "3:3")]),
        ("a:\t1\n", [("ACC103", "1:3")]),
        # ACC104 syntax
        ("a: b: c\n", [("ACC104", "1:5")]),
        ("a: x\n  b: y\n", [("ACC104", "2:3")]),
        ("rule prorata\na: 1\n", [("ACC104", "1:1")]),
        ("a: 1\nrule\n", [("ACC104", "2:1")]),
        ("a:\n  - x\n b: 2\n", [("ACC104", "3:2")]),
        ("a: {b: 1\nc: 2\n", [("ACC104", "1:4")]),
        ("a: {b: 1, c: [1, 2}\n", [("ACC104", "1:19")]),
        ("a: {b: [\n", [("ACC104", "1:8")]),
        ('a: "x\nb: 1\n', [("ACC104", "1:4")]),
        ("a: 'it's'\n", [("ACC104", "1:8")]),
        ("a: @b\n", [("ACC104", "1:4")]),
        ("a: - b\n", [("ACC104", "1:4")]),
        ("a: [1,,2]\n", [("ACC104", "1:7")]),
        ('a: "C:\\data"\n', [("ACC104", "1:7")]),
        ("a: |b\n", [("ACC104", "1:4")]),
        ("a: {b: c:d}\n", [("ACC104", "1:9")]),
        ("? [a]\n: b\n", [("ACC104", "1:3")]),
        ("%YAML 1.1\n---\na: 1\n", [("ACC104", "1:1")]),
        ("%TAG ! tag:example.org,2026:\n---\na: 1\n", [("ACC104", "1:1")]),
        ("a: 1\nb:\u00a02\nc: 3\n", [("ACC104", "2:1")]),
        ("{?a: 1}\n", [("ACC104", "1:2")]),
        ("? a\n: 1\n", [("ACC104", "1:2")]),
        # ACC105 duplicates
        ("a: 1\nb: 2\na: 3\n", [("ACC105", "3:1")]),
        ("a: {b: 1, c: {d: 2}, b: 3, b: 4}\na: 1\n", [("ACC105", "1:22"), ("ACC105", "1:28"), ("ACC105", "2:1")]),
        ("a: 1\n'a': 2\n", [("ACC105", "2:1")]),
        # ACC106 anchors, aliases, merging
        ("a: &x 1\nb: *x\n", [("ACC106", "1:4"), ("ACC106", "2:4")]),
        ("a: {b: 1}\nc:\n  <<: {b: 1}\n", [("ACC106", "3:3")]),
        ("files: *.csv\n", [("ACC106", "1:8")]),
        # ACC107 tags
        ("a: !!python/object:os.system x\n", [("ACC107", "1:4")]),
        ("a: !foo {b: 1}\n", [("ACC107", "1:4")]),
        ("a: ! 12\n", [("ACC107", "1:4")]),
        ("--- !!map\na: 1\n", [("ACC107", "1:5")]),
        ("a: !no!body 1\n", [("ACC107", "1:4")]),
        ("a: &x !!str 1\n", [("ACC106", "1:4"), ("ACC107", "1:7")]),
        # ACC109 the whole
        ("", [("ACC109", "1:1")]),
        ("# only a note\n", [("ACC109", "1:1")]),
        ("---\n", [("ACC109", "1:1")]),
        ("a: 1\n---\nb: 2\n", [("ACC109", "2:1")]),
        ("a: 1\n...\nb: 2\n", [("ACC109", "3:1")]),
        ("# note\n- a\n", [("ACC109", "2:1")]),
        ("rule:prorata\n", [("ACC109", "1:1")]),
        ("a: " + "[" * 40, [("ACC109", "1:35")]),
        # What is seen before the file breaks is told too.
        ("a: yes\nb: *c\nd: {\n", [("ACC108", "1:4"), ("ACC106", "2:4"), ("ACC104", "3:4")]),
    ],
)
def test_refused(content: str | bytes, found: list[tuple[str, str]]) -> None:
    assert sorted(refusals(content)) == sorted(found)


@pytest.mark.parametrize(
    "written",
    [
        *("yes", "Yes", "YES", "y", "Y", "on", "On", "no", "NO", "n", "off", "OFF"),
        *("True", "FALSE", "Null", "NULL", "~"),
        *("012", "-012", "00", "0o14", "0x1F", "0b1", "1_000", "+1", "09"),
        *("22:00", "1:30:00", "-1:30", "190:20:30.15"),
        *("1e3", "1.5E-3", "-1e3", ".5", "-.5", "5.", "+1.5", "1_0.5"),
        *(".inf", "-.INF", ".nan", ".NaN"),
        *("12345678901234", "09070403980898", "-12345678901234"),
    ],
)
def test_ambiguous(written: str) -> None:
    assert refusals(f"a: {written}\n") == [("ACC108", "1:4")]
    assert parse(f'a: "{written}"\n'.encode(), "f.yaml").value == {"a": written}


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("yes", 'write true, or "yes" with its quotes for a text'),
        ("OFF", 'write false, or "OFF" with its quotes for a text'),
        ("~", 'write null, or "~" with its quotes for a text'),
        ("22:00", 'write "22:00" with its quotes'),
        ("012", 'write 12, or "012" with its quotes for a text'),
        ("0x1F", 'write 31, or "0x1F" with its quotes for a text'),
        ("0o14", 'write 12, or "0o14" with its quotes for a text'),
        ("1_000", 'write 1000, or "1_000" with its quotes for a text'),
        ("1e3", 'write 1000, or "1e3" with its quotes for a text'),
        ("1e999999999999", 'write "1e999999999999" with its quotes'),
        ("-.5", 'write -0.5, or "-.5" with its quotes for a text'),
    ],
)
def test_the_advice_is_what_to_write(written: str, advice: str) -> None:
    with pytest.raises(Refused) as raised:
        parse(f"a: {written}\n".encode(), "f.yaml")
    assert raised.value.findings[0].help == advice


def test_a_conflict_names_both_sides() -> None:
    content = b"a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\nc: 4\n>>>>>>> price-of-may\n"
    with pytest.raises(Refused, match=r"^merge conflict: line 3 \(HEAD\) against lines 5 to 6 \(price-of-may\)$"):
        parse(content, "f.yaml")


def test_a_long_line_is_not_shown() -> None:
    with pytest.raises(Refused) as raised:
        parse(b"a: [yes, " + b"word, " * 100 + b"no]", "f.yaml")
    assert text(raised.value.findings[:1]) == (
        "ACC108 some programs read yes as true, others as text\n"
        "  --> f.yaml:1:5\n"
        'help: write true, or "yes" with its quotes for a text'
    )


def test_long_texts_stay_out_of_messages() -> None:
    for written in ("0x" + "f" * 1000, "!" + "x" * 1000 + " 1", "1" + ":30" * 500, "9" * 1000, "1e" + "1" * 12):
        with pytest.raises(Refused) as raised:
            parse(f"a: {written}\n".encode(), "f.yaml")
        assert len(text(raised.value.findings)) < 400


def test_too_large() -> None:
    assert refusals(b"a: " + b"x" * 4 * 2**20) == [("ACC109", "1:1")]


def test_findings_are_bounded() -> None:
    assert len(refusals("a: [" + "yes, " * 100_000 + "]")) == located.MOST_FINDINGS


@pytest.mark.parametrize(
    "piece", ["[", "{", "- ", "? ", "a: {", "[a, ", "!", "&a ", "- - ", "'", "\\", "|\n", "{a: ", "\n\n"]
)
def test_hostile_repetition_ends_soon(piece: str) -> None:
    with pytest.raises(Refused):
        parse(piece.encode() * (located.LARGEST // len(piece)), "f.yaml")


# --- anything ------------------------------------------------------------------------------------------------

# libyaml ends a word at "?" inside { }: it refuses there what the dumper writes.
SIGNS = st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"], exclude_characters="?")
WORDS = st.text(SIGNS, max_size=12)
KEYS = WORDS.filter(lambda word: word and word.strip() == word and word != "<<")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | WORDS
    | st.text(string.ascii_letters + "éè €%'\"#:-\n", max_size=40)
)
NESTED = st.dictionaries(
    KEYS,
    st.recursive(SCALARS, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=4)),
    min_size=1,
    max_size=5,
)


def dumped(value: Any, flow: bool) -> bytes:
    """As ruamel's safe dumper writes it, with what only YAML 1.2 reads as text put between quotes."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = flow
    stream = io.StringIO()
    writer.dump(value, stream)
    return stream.getvalue().encode()


def leaves(value: Any, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, *path, key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, *path, index)
    else:
        yield path, value


@settings(max_examples=100, deadline=None)
@given(NESTED, st.booleans())
def test_what_is_dumped_is_read_back(value: dict[str, Any], flow: bool) -> None:
    content = dumped(value, flow)
    try:
        document = parse(content, "f.yaml")
    except Refused as refused:
        # The dumper leaves some texts without quotes that we want quoted: that, and nothing else.
        assume({finding.code for finding in refused.findings} - {"ACC101", "ACC104", "ACC106", "ACC108"})
        raise
    assert document.value == value
    lines = content.decode().split("\n")
    for path, leaf in leaves(value):
        place = document.place(*path)
        shown = lines[place.line - 1][place.column - 1 :]
        if isinstance(leaf, bool) or leaf is None:
            assert shown.startswith(("true", "false", "null"))
        elif isinstance(leaf, int):
            assert shown[: place.width] == str(leaf)
        elif leaf and shown[0] not in "\"'|>" and "\n" not in leaf:
            assert leaf.startswith(shown[: place.width])
        for depth in range(1, len(path) + 1):
            if isinstance(path[depth - 1], str):
                key = document.place(*path[:depth], key=True)
                written = lines[key.line - 1][key.column - 1 :][: key.width]
                assert parse(f"{written}: 1\n".encode(), "key").value == {path[depth - 1]: 1}


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.text("ab:-{}[],'\"#|>?%@*&!\\é\n \t~=0159._", max_size=60).map(str.encode))
def test_anything_is_read_or_refused(content: bytes) -> None:
    try:
        document = parse(content, "f.yaml")
    except Refused as refused:
        findings = refused.findings
    else:
        assert isinstance(document.value, dict)
        findings = tuple(document.finding("ACC101", "here", *path, help="no") for path, _ in leaves(document.value))
    assert {finding.code for finding in findings} <= {f"ACC10{digit}" for digit in range(1, 10)}
    for finding in findings:
        assert finding.place
        assert finding.place.column <= len(finding.place.excerpt) + 1
        assert finding.help
    assert text(findings).count("-->") >= len(findings)


@pytest.mark.usefixtures("pure_parser")
class TestWithoutLibyaml:
    def test_the_same_values_and_places(self) -> None:
        document = parse(PARTICIPANTS.encode(), "participants.yaml")
        assert document.value["m-3fk2"]["shares"][1]["of"] == [Decimal("0.50"), True, None, -3]
        assert str(document.place("m-3fk2", "shares", 1, "of", 2)) == "participants.yaml:8:32"
        assert str(document.place("m-3fk2", "empty")) == "participants.yaml:12:3"

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            ("a: b: c\n", [("ACC104", "1:5")]),
            ("a: x\n  b: y\n", [("ACC104", "2:3")]),
            ("a: 1\nrule\n", [("ACC104", "2:1")]),
            ("a:\n  - x\n b: 2\n", [("ACC104", "3:2")]),
            ("a: {b: 1\nc: 2\n", [("ACC104", "1:4")]),
            ('a: "x\nb: 1\n', [("ACC104", "1:4")]),
            ("a: 'it's'\n", [("ACC104", "1:8")]),
            ("a: @b\n", [("ACC104", "1:4")]),
            ("a: - b\n", [("ACC104", "1:4")]),
            ("a: {b: c:d}\n", [("ACC104", "1:8")]),
            ("a: 1\nb: 2\na: 3\n", [("ACC105", "3:1")]),
            ("a: &x 1\nb: *x\n", [("ACC106", "1:4"), ("ACC106", "2:4")]),
            ("a: !foo {b: 1}\n", [("ACC107", "1:4")]),
            ("%YAML 1.1\n---\na: 1\n", [("ACC104", "1:1")]),
            ("a: 1\n---\nb: 2\n", [("ACC109", "2:1")]),
        ],
    )
    def test_the_same_refusals(self, content: str, found: list[tuple[str, str]]) -> None:
        assert refusals(content) == found


# --- the cache -----------------------------------------------------------------------------------------------


def test_a_blob_id_is_the_one_of_git() -> None:
    # git hash-object --stdin < /dev/null, and echo 'test content' | git hash-object --stdin
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"test content\n") == "d670460b4b4aece5915caf5c68d12f560a9fe3e4"


def assert_same(one: Document, other: Document) -> None:
    assert (one.path, one.value) == (other.path, other.value)
    for path, leaf in leaves(one.value):
        assert one.place(*path) == other.place(*path)
        assert one.place(*path, key=True) == other.place(*path, key=True)
        if isinstance(leaf, Decimal):
            assert str(leaf) == str(dict(leaves(other.value))[path])


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache" / "documents.sqlite")


def count(cache: Cache) -> int:
    with sqlite3.connect(cache.path) as connection:
        return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])


def test_a_cached_document_is_the_parsed_one(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = cache.parse(PARTICIPANTS.encode(), "one.yaml")
    monkeypatch.setattr(caching, "values_and_spots", None)  # nothing more is parsed
    assert_same(fresh, cache.parse(PARTICIPANTS.encode(), "one.yaml"))
    again = Cache(cache.path).parse(PARTICIPANTS.encode(), "two.yaml")
    assert again.value == fresh.value
    assert again.value is not fresh.value
    assert str(again.place("p-roof")) == "two.yaml:2:9"


def test_another_version_of_the_parser_parses_again(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parse(b"a: 1", "f.yaml")
    monkeypatch.setattr(caching, "VERSION", caching.VERSION + 1)
    cache.parse(b"a: 1", "f.yaml")
    assert count(cache) == 2


def test_many_at_once_keep_their_order(cache: Cache) -> None:
    items = [(f"a: {number}\n".encode(), f"{number}.yaml") for number in range(2000)]
    items[7] = (b"a: yes\n", "7.yaml")
    items[8] = items[9]
    for _ in range(2):
        results = cache.parse_all(items)
        assert isinstance(results[7], Refused)
        assert results[7].findings[0].place == Place("7.yaml", 1, 4)
        for number, result in enumerate(results):
            if number != 7:
                assert isinstance(result, Document)
                assert result.value == {"a": 9 if number == 8 else number}
                assert result.path == items[number][1]
    assert count(cache) == 1998


def test_a_refused_document_is_not_kept(cache: Cache) -> None:
    cache.parse(b"a: 1", "f.yaml")
    for _ in range(2):
        with pytest.raises(Refused):
            cache.parse(b"a: yes", "f.yaml")
    assert count(cache) == 1


@settings(max_examples=50, deadline=None)
@given(NESTED)
def test_anything_dumped_comes_back_from_the_cache(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any]
) -> None:
    content = dumped(value, flow=False)
    cache = Cache(tmp_path_factory.getbasetemp() / "anything.sqlite")
    try:
        fresh = parse(content, "f.yaml")
    except Refused:
        return
    assert_same(fresh, cache.parse(content, "f.yaml"))
    assert_same(fresh, cache.parse(content, "f.yaml"))
    cache.close()


def test_a_broken_file_is_replaced(cache: Cache) -> None:
    cache.path.parent.mkdir()
    cache.path.write_bytes(b"this is not a database, whatever it is " * 100)
    assert cache.parse(b"a: 1", "f.yaml").value == {"a": 1}
    assert cache.parse(b"a: 1", "f.yaml").value == {"a": 1}
    assert count(cache) == 1


@pytest.mark.parametrize("damage", [*range(0, 12_000, 613)])
def test_damage_anywhere_does_no_harm(cache: Cache, damage: int) -> None:
    items = [(f"a: [{number}, 0.50, text]\n".encode(), "f.yaml") for number in range(100)]
    cache.parse_all(items)
    cache.close()
    content = bytearray(cache.path.read_bytes())
    content[damage : damage + 64] = bytes(255 - byte for byte in content[damage : damage + 64])
    cache.path.write_bytes(content)
    for _ in range(2):
        values = [result.value for result in cache.parse_all(items) if isinstance(result, Document)]
        assert values == [{"a": [number, Decimal("0.50"), "text"]} for number in range(100)]


@pytest.mark.parametrize("column", ["value", "spots", "sum"])
@pytest.mark.parametrize("content", [None, b"", b"\x81\xa1a\x02", 12, "text"])
def test_a_row_that_is_not_what_was_kept_is_not_used(cache: Cache, column: str, content: object) -> None:
    cache.parse(b"a: 1", "f.yaml")
    with sqlite3.connect(cache.path) as connection:
        connection.execute(f"UPDATE documents SET {column} = ?", (content,))  # noqa: S608 - the columns above
    document = cache.parse(b"a: 1", "f.yaml")
    assert document.value == {"a": 1}
    assert str(document.place("a")) == "f.yaml:1:4"


def test_a_locked_file_is_done_without(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "_PATIENCE", 0.05)
    cache.parse(b"a: 1", "f.yaml")
    with sqlite3.connect(cache.path) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert cache.parse(b"a: 1", "f.yaml").value == {"a": 1}
        assert cache.parse(b"b: 1", "f.yaml").value == {"b": 1}
        other.rollback()
    assert cache.parse(b"b: 1", "f.yaml").value == {"b": 1}
    assert count(cache) == 2


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file" / "documents.sqlite", tmp_path):
        assert Cache(path).parse(b"a: 1", "f.yaml").value == {"a": 1}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_file_is_read(cache: Cache) -> None:
    cache.parse(b"a: 1", "f.yaml")
    cache.close()
    cache.path.chmod(0o400)
    cache.path.parent.chmod(0o500)
    assert cache.parse(b"a: 1", "f.yaml").value == {"a": 1}
    assert cache.parse(b"b: 1", "f.yaml").value == {"b": 1}
    cache.path.parent.chmod(0o700)


def test_a_cache_that_grew_too_large_begins_anew(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parse_all((f"a: {number}\n".encode(), "f.yaml") for number in range(50))
    cache.close()
    monkeypatch.setattr(caching, "_FULL", 1000)
    cache.parse(b"a: 1", "f.yaml")
    assert count(cache) == 1


def test_two_processes_at_once(cache: Cache) -> None:
    program = (
        "import sys; from pathlib import Path; from mitoyen.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]))\n"
        "for start in range(0, 600, 20):\n"
        "    items = [(f'a: {n}'.encode(), 'f') for n in range(start, start + 30)]\n"
        "    values = [one.value['a'] for one in cache.parse_all(items)]\n"
        "    assert values == list(range(start, start + 30)), values\n"
    )
    command = [sys.executable, "-c", program, str(cache.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert count(cache) == 610


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_its_own_connection(cache: Cache) -> None:
    cache.parse(b"a: 1", "f.yaml")
    child = os.fork()
    if child == 0:
        os._exit(cache.parse(b"b: 2", "f.yaml").value != {"b": 2})
    assert os.waitpid(child, 0)[1] == 0
    assert cache.parse(b"a: 1", "f.yaml").value == {"a": 1}
    assert count(cache) == 2
