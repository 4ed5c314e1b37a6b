"""YAML text -> plain values that know where they were written. The one loader of the project.

It reads the part of YAML that two people, and two programs, read the same way: mappings, lists, text, integers,
decimals, true, false and null. The rest is refused with a place and with what to write instead.

Positions are counted in characters from 0 inside this module and become lines and columns from 1 in a Place.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import threading
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from mitoyen.contracts import Finding, Place, Severity
from mitoyen.diagnostics import Refused, ordered
from mitoyen.quantities import quoted

LARGEST = 4 * 2**20
"""Bytes in one file, at most."""

DEEPEST = 32
"""Mappings and lists inside one another, at most."""

MOST_FINDINGS = 50
"""After so many findings in one file the rest is not looked at."""

VERSION = 1
"""Raised when the same content may give other values or positions: cached documents of before are not used."""

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")

_NOT_TEXT = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # what YAML does not allow
    "|\r(?!\n)|[\u2028\u2029]"  # what only some programs take for the end of a line
    "|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"  # what nobody sees, or what shows text in another order
)
_CONFLICT = re.compile(r"^(<{7}|\|{7}|={7}|>{7})(?: (.*?))?\r?$", re.MULTILINE)
_TAB = re.compile(r"^ *(\t)", re.MULTILINE)
_METER = re.compile(r"[0-9]{14,}")


# --- places --------------------------------------------------------------------------------------------------


class _Source:
    """The text of one file, to say where a character stands."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def line(self, index: int) -> int:
        """The number of the line, from 1."""
        return bisect_right(self._starts, index)

    def place(self, start: int, width: int = 1) -> Place:
        line = self.line(start)
        first = self._starts[line - 1]
        source = self.text[first : (self._starts[line] if line < len(self._starts) else None)].rstrip()
        return Place(
            self.path, line, start - first + 1, max(1, min(width, first + len(source) - start)), masked(source)
        )


@dataclass(slots=True, eq=False)
class Document:
    """One file as plain dict, list, str, int, Decimal, bool and None, with the place of each value and key.

    ``value`` is not to be changed: places are found by walking it.
    """

    path: str
    value: dict[str, Any]
    content: bytes = field(repr=False)
    _spots: bytes = field(repr=False)
    _places: _Places | None = field(default=None, init=False, repr=False)

    def place(self, *keys: str | int, key: bool = False) -> Place:
        """Where the value at the end of ``keys`` was written; with ``key=True`` its key.

        A path that leads nowhere gives the key of the nearest ancestor (the ancestor itself where it has no key).
        """
        if self._places is None:
            spots = msgspec.msgpack.decode(self._spots, type=list[int])
            self._places = _Places(_Source(self.path, _decode(self.content, self.path)), spots)
        return self._places.find(self.value, keys, key)

    def finding(
        self,
        code: str,
        message: str,
        *keys: str | int,
        key: bool = False,
        help: str = "",  # noqa: A002 - the name of the field of a Finding
        severity: Severity = "error",
    ) -> Finding:
        """A finding at ``place(*keys, key=key)``."""
        return Finding(code, message, self.place(*keys, key=key), help, severity)


class _Places:
    """The spots of a document (see _build), indexed one mapping or list at a time as places are asked for."""

    def __init__(self, source: _Source, spots: list[int]) -> None:
        self._source = source
        self._spots = spots
        self._inside: dict[int, dict[Any, int]] = {}

    def find(self, value: Any, keys: Sequence[str | int], key: bool) -> Place:
        here = 0
        name: int | None = None
        for step in keys:
            at = self._steps(value, here).get(step)
            if at is None:
                key = True
                break
            name, here = (at, at + 2) if isinstance(value, dict) else (None, at)
            value = value[step]
        start, width = self._spots[here : here + 2]
        if name is not None and (key or (value is None and width == 0)):
            start, width = self._spots[name : name + 2]
        elif width == 0 and isinstance(value, dict) and value:
            width = self._spots[here + 4]  # a mapping in block style is shown by its first key
        return self._source.place(start, width)

    def _steps(self, value: Any, here: int) -> dict[Any, int]:
        """Where each key of the mapping at ``here``, or each item of the list, has its spots."""
        if not isinstance(value, (dict, list)):
            return {}
        found = self._inside.get(here)
        if found is None:
            found = self._inside[here] = {}
            at = here + 3
            before = 2 if isinstance(value, dict) else 0
            for step, item in value.items() if isinstance(value, dict) else enumerate(value):
                found[step] = at
                at += before + (self._spots[at + before + 2] if isinstance(item, (dict, list)) else 2)
        return found


# --- reading -------------------------------------------------------------------------------------------------


def parse(content: bytes, path: str) -> Document:
    """Read one file. ``path`` is how people name it. Raise Refused with what must be mended."""
    value, spots = _parse(content, path)
    return Document(path, value, content, msgspec.msgpack.encode(spots))


def _parse(content: bytes, path: str) -> tuple[dict[str, Any], list[int]]:
    if len(content) > LARGEST:
        message = f"the file has {len(content)} bytes, {LARGEST} at most are read"
        raise Refused(Finding("ACC109", message, Place(path), "split it, or move data out of it"))
    source = _Source(path, _decode(content, path))
    _look(source)
    return _build(source)


def _decode(content: bytes, path: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(Finding("ACC101", "the file is UTF-16, expected UTF-8", Place(path), _SAVE))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        start = problem.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
        byte = content[start : start + 1]
        source = _Source(path, content[:start].decode("utf-8-sig") + "\ufffd")
        rest = content[start + 1 :].split(b"\n", 1)[0].decode("utf-8", "replace")
        index = len(source.text) - 1
        whole = _Source(path, source.text + rest)
        latin = byte.decode("cp1252", "replace")
        known = f' ("{latin}" in Latin-1, an older encoding)' if latin.isprintable() and latin != "\ufffd" else ""
        raise Refused(
            whole.finding("ACC101", f"byte 0x{byte.hex().upper()} is not UTF-8{known}", index, 1, _SAVE)
        ) from None


_SAVE = "save the file as UTF-8 (most editors: Save as, Encoding, UTF-8)"


def _look(source: _Source) -> None:
    """Raise Refused for what would only confuse the parser."""
    text = source.text
    found: list[Finding] = []
    seen: set[str] = set()
    for match in _NOT_TEXT.finditer(text):
        if match[0] in seen:
            continue
        seen.add(match[0])
        found.append(_not_text(source, match))
        if len(found) >= MOST_FINDINGS:
            break
    if not found:
        found = _conflicts(source) or [
            source.finding(
                "ACC103",
                "tab at the start of the line",
                match.start(1),
                1,
                "indent with spaces, two for each level",
            )
            for match in islice(_TAB.finditer(text), MOST_FINDINGS)
        ]
    if found:
        raise Refused(*ordered(found))


def _not_text(source: _Source, match: re.Match[str]) -> Finding:
    character = match[0]
    name = f"U+{ord(character):04X}"
    if character == "\0" and source.text.count("\0") > len(source.text) // 4:
        return source.finding("ACC101", "the file is UTF-16, expected UTF-8", match.start(), 1, _SAVE)
    if character == "\r":
        advice = "end lines the way Linux and git do (most editors: Line endings, LF)"
        return source.finding("ACC101", "a line ends with a lone carriage return", match.start(), 1, advice)
    if character in "\x85\u2028\u2029":
        return source.finding("ACC101", f"unusual line end {name}", match.start(), 1, "begin a new line with Enter")
    kind = "control" if character < "\xa0" else "invisible"
    return source.finding(
        "ACC101", f"{kind} character {name}", match.start(), 1, "delete it, and type the line again"
    )


def _conflicts(source: _Source) -> list[Finding]:
    """One finding for each conflict that git left in the file."""
    found = []
    ours: re.Match[str] | None = None
    middle: re.Match[str] | None = None
    base: re.Match[str] | None = None
    advice = "keep what is right, and delete the lines <<<<<<<, ======= and >>>>>>>"
    for match in _CONFLICT.finditer(source.text):
        mark = match[1][0]
        if mark == "<" and ours is None:
            ours = match
        elif mark == "|" and ours and not middle:
            base = match
        elif mark == "=" and ours and not middle:
            middle = match
        elif mark == ">" and ours and middle:
            first = _side(source, ours, base or middle, ours[2])
            second = _side(source, middle, match, match[2])
            message = f"unresolved merge conflict: {first} against {second}"
            found.append(source.finding("ACC102", message, ours.start(), len(ours[0]), advice))
            ours = middle = base = None
        else:
            found.append(source.finding("ACC102", "left-over of a merge conflict", match.start(), 7, advice))
    if ours:
        found.append(source.finding("ACC102", "merge conflict without an end", ours.start(), len(ours[0]), advice))
    return found[:MOST_FINDINGS]


def _side(source: _Source, before: re.Match[str], after: re.Match[str], label: str | None) -> str:
    first, last = source.line(before.start()) + 1, source.line(after.start()) - 1
    lines = "nothing" if last < first else f"line {first}" if first == last else f"lines {first} to {last}"
    return f"{lines} ({label})" if label else lines


def _build(source: _Source) -> tuple[dict[str, Any], list[int]]:
    """Walk the parser's events once. Give the value, and its spots in document order.

    Spots are ``start, width`` for a key or a scalar and ``start, width, length`` for a mapping or a list, followed
    by what is inside; ``length`` counts the integers of the whole. The width of a block collection is 0.
    """
    yaml = _yaml()
    scalar, mapping_start, mapping_end, sequence_start, sequence_end, alias, document_start = yaml.events
    text = source.text
    refusal = _Refusal(source)
    marked = "!" in text or "&" in text
    spots: list[int] = []
    outer: list[tuple[Any, Any, int, bool]] = []
    # What is being filled: a dict or a list, the key waiting for its value, where its spots begin.
    into: Any = None
    key: Any = None
    base = 0
    is_map = False
    root: Any = None
    documents = 0
    try:
        for event in yaml.read(text):
            kind = event.__class__
            if kind is scalar:
                start = event.start_mark.index
                width = event.end_mark.index - start
                spots += (start, width)
                value = event.value
                if marked and (event.tag is not None or event.anchor is not None):
                    refusal.mark(event, start)
                if is_map and key is None:
                    key = value
                    if key in into or key == "<<" or not key:
                        key = refusal.key(event, into, base, spots, start, width)
                    continue
                if not event.style:
                    value = _plain(value)
                    if value.__class__ is _Ambiguous:
                        refusal.add("ACC108", value.message, start, width, value.advice)
            elif kind is mapping_start or kind is sequence_start:
                start = event.start_mark.index
                if marked and (event.tag is not None or event.anchor is not None):
                    refusal.mark(event, start)
                if is_map and key is None:
                    refusal.stop("ACC104", "a name must be text, not a list or a mapping", start, 1, _QUOTES)
                if len(outer) >= DEEPEST:
                    advice = "write less deep"
                    refusal.stop(
                        "ACC109", f"more than {DEEPEST} lists and mappings in one another", start, 1, advice
                    )
                outer.append((into, key, base, is_map))
                base = len(spots)
                spots += (start, 0, 0)
                key = None
                is_map = kind is mapping_start
                into = {} if is_map else []
                if event.flow_style:
                    spots[base + 1] = 1
                continue
            elif kind is mapping_end or kind is sequence_end:
                spots[base + 2] = len(spots) - base
                if spots[base + 1]:
                    spots[base + 1] = event.end_mark.index - spots[base]
                value = into
                into, key, base, is_map = outer.pop()
            elif kind is alias:
                start = event.start_mark.index
                refusal.alias(event, start)
                spots += (start, 1)
                if is_map and key is None:
                    key = event.anchor
                    continue
                value = None
            elif kind is document_start:
                documents += 1
                start = event.start_mark.index
                if "%" in text[: event.end_mark.index]:
                    refusal.directive()
                if documents > 1:
                    refusal.stop(
                        "ACC109", "a second document begins here", start, 3, "one file, one document: split"
                    )
                continue
            else:
                continue
            # A value is complete: give it to what it belongs to.
            if is_map:
                into[key] = value
                key = None
            elif into is None:
                root = value
            else:
                into.append(value)
    except yaml.error as problem:
        refusal.syntax(problem)
    refusal.root(root)
    return root, spots


@dataclass(frozen=True, slots=True)
class _Yaml:
    """The parser in use: libyaml where it is installed, else the same parser in Python."""

    read: Callable[[str], Iterator[Any]]
    events: tuple[type, ...]
    error: type[Exception]


@cache
def _yaml(pure: bool = False) -> _Yaml:
    from ruamel.yaml import YAML, events
    from ruamel.yaml.error import YAMLError

    names = "Scalar MappingStart MappingEnd SequenceStart SequenceEnd Alias DocumentStart"
    kinds = tuple(getattr(events, f"{name}Event") for name in names.split())
    try:
        if pure:
            raise ImportError
        from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
    except ImportError:
        return _Yaml(lambda text: YAML(typ="safe", pure=True).parse(text), kinds, YAMLError)

    def read(text: str) -> Iterator[Any]:
        # The parser gives None when the stream has ended.
        return iter(CParser(text.encode()).get_event, None)

    return _Yaml(read, kinds, YAMLError)


# --- plain scalars -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ambiguous:
    """A scalar that two programs, or two people, may read differently."""

    message: str
    advice: str


_WORDS = {"": None, "null": None, "true": True, "false": False}
_SWITCHES = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_NUMBER = re.compile(
    r"(?P<special>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
    r"|(?P<based>[-+]?0[xob][0-9a-fA-F_]+)"
    r"|(?P<zeros>[-+]?0[0-9_]+)"
    r"|(?P<other>[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?)"
)


@lru_cache(maxsize=4096)
def _plain(text: str) -> Any:
    """The value of a scalar written without quotes, or _Ambiguous."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text) if len(text.lstrip("-")) < 14 else _Ambiguous(_LONG, _LONG_ADVICE)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    lower = text.lower()
    if lower in _SWITCHES:
        return _ambiguous(
            text, f"some programs read {text} as {_SWITCHES[lower]}, others as text", _SWITCHES[lower]
        )
    if lower in _WORDS:
        return _ambiguous(text, f"{text} is not written as mitoyen reads it", lower)
    if text == "~":
        return _ambiguous(text, "~ means nothing to most people", "null")
    if _SEXAGESIMAL.fullmatch(text):
        return _ambiguous(text, f"some programs read {text} as a number in base 60")
    match = _NUMBER.fullmatch(text)
    if not match:
        return text
    if match["special"]:
        return _ambiguous(text, f"some programs read {text} as a number, and no quantity here can be that")
    if match["zeros"] and len(re.sub("[^0-9]", "", text)) >= 14:
        return _Ambiguous(_LONG, _LONG_ADVICE)
    if match["based"] or match["zeros"]:
        return _ambiguous(text, f"programs disagree on which number {text} is", _usual(text))
    return _ambiguous(text, f"{text} is not a number to every program", _usual(text))


_LONG = "a number of 14 digits or more"
_LONG_ADVICE = (
    'a meter or an account is text: put it between quotes, "..."; if it is a person\'s, keep it out of git'
)


def _ambiguous(text: str, message: str, instead: str | None = None) -> _Ambiguous:
    as_text = f'"{text}", between quotes, for the text'
    return _Ambiguous(message, f"write {instead}, or {as_text}" if instead else f"write {as_text}")


def _usual(text: str) -> str | None:
    """The number as mitoyen reads it, where that is clear."""
    bare = text.replace("_", "").lstrip("+")
    try:
        if re.match(r"-?0[xob]", bare):
            return str(int(bare, 0))
        number = Decimal(bare)
        plain = f"{number:f}" if abs(number.adjusted()) < 20 else ""
    except (ValueError, ArithmeticError):
        return None
    return plain if _INT.fullmatch(plain) or _DECIMAL.fullmatch(plain) else None


# --- refusals ------------------------------------------------------------------------------------------------

_QUOTES = 'put text that has such signs between quotes, "..."'


class _Refusal:
    """What is wrong with one file, gathered while it is walked."""

    def __init__(self, source: _Source) -> None:
        self.source = source
        self.found: list[Finding] = []

    def add(self, code: str, message: str, start: int, width: int = 1, advice: str = "") -> None:
        self.found.append(self.source.finding(code, message, start, width, advice))
        if len(self.found) >= MOST_FINDINGS:
            self.raise_found()

    def stop(self, code: str, message: str, start: int, width: int = 1, advice: str = "") -> NoReturn:
        self.found.append(self.source.finding(code, message, start, width, advice))
        self.raise_found()

    def raise_found(self) -> NoReturn:
        raise Refused(*ordered(self.found))

    def mark(self, event: Any, start: int) -> None:
        """A tag or an anchor in front of a value."""
        match = re.compile(r"\S+").match(self.source.text, start)
        width = len(match[0]) if match else 1
        if event.anchor is not None:
            message = f"anchor &{event.anchor}: anchors are not used here"
            self.add("ACC106", message, start, width, "write the value again in each place where it holds")
        if event.tag is not None:
            message = f"tag {match[0] if match else event.tag}: tags are not used here"
            self.add("ACC107", message, start, width, 'delete it; a text that begins with "!" goes between quotes')

    def alias(self, event: Any, start: int) -> None:
        message = f"alias *{event.anchor}: aliases are not used here"
        advice = (
            'write the value again in each place where it holds; a text that begins with "*" goes between quotes'
        )
        self.add("ACC106", message, start, len(event.anchor) + 1, advice)

    def key(self, event: Any, into: dict[Any, Any], base: int, spots: Sequence[int], start: int, width: int) -> Any:
        """What to file a refused key under, so that later places still count right."""
        key = event.value
        if not event.style and key == "<<":
            advice = "write the fields again where they hold"
            self.add("ACC106", "merge key <<: merging is not used here", start, width, advice)
        if not event.style and not key:
            self.add("ACC104", 'a name is missing before ":"', start, 1, "write name: value")
        if key not in into:
            return key
        at = base + 3
        for name, value in into.items():
            if name == key:
                break
            at += 2 + (spots[at + 4] if isinstance(value, (dict, list)) else 2)
        first = self.source.place(spots[at]).line
        message = f"{quoted(key)} is written twice, first on line {first}"
        self.add("ACC105", message, start, width, "keep one of the two")
        return (key, start)

    def directive(self) -> None:
        match = re.search(r"^%.*", self.source.text, re.MULTILINE)
        if match:
            self.add(
                "ACC104", "directives are not used here", match.start(), len(match[0].rstrip()), "delete the line"
            )

    def root(self, root: Any) -> None:
        if not self.found and root is None:
            last = len(self.source.text.rstrip())
            advice = "write its fields (name: value), or delete the file"
            self.add("ACC109", "nothing is written in this file", max(0, last - 1) if last else 0, 1, advice)
        elif not self.found and not isinstance(root, dict):
            match = re.compile(r"(?:\s|#.*|---)*").match(self.source.text)
            start = match.end() if match else 0
            kind = "a list" if isinstance(root, list) else "a single value"
            advice = "begin the line with a name: name: value"
            self.add("ACC109", f"the file holds {kind}, expected fields (name: value)", start, 1, advice)
        if self.found:
            self.raise_found()

    def syntax(self, problem: Any) -> NoReturn:
        """The parser's sentence, in clear."""
        size = len(self.source.text)
        mark = getattr(problem, "problem_mark", None)
        context_mark = getattr(problem, "context_mark", None) or mark
        at = min(mark.index, size) if mark else 0
        opened = min(context_mark.index, size) if context_mark else 0
        code, message, start, width, advice = _explained(
            self.source, str(getattr(problem, "problem", problem)), str(getattr(problem, "context", "")), at, opened
        )
        if start == size:
            start = max(0, len(self.source.text.rstrip()) - 1)
        self.stop(code, message, start, width, advice)


def _explained(source: _Source, problem: str, context: str, at: int, opened: int) -> tuple[str, str, int, int, str]:
    """Code, message, place, width and advice for an error of libyaml, or of its twin in Python."""
    text = source.text
    begin = text.rfind("\n", 0, at) + 1
    before = text[begin:at]
    line = text[begin : (text + "\n").find("\n", at)]
    sign = text[at : at + 1]
    if "directive" in context or "directive" in problem or "YAML document" in problem:
        return "ACC104", "directives are not used here", begin, len(line.rstrip()), "delete the line"
    if "alias" in context or "anchor" in context:
        advice = f'put a text that begins with "{text[opened : opened + 1]}" between quotes, "..."'
        return "ACC106", "this begins like an alias or an anchor, which are not used here", opened, 1, advice
    if "tag" in context or "tag" in problem:
        advice = 'put a text that begins with "!" between quotes, "..."'
        return "ACC107", "this begins like a tag, and tags are not used here", opened, 1, advice
    if "mapping values are not allowed" in problem:
        if ":" in before:
            advice = "put the text after the first colon between quotes"
            return "ACC104", 'a second ": " on the line', at, 1, advice
        advice = "align this line with the line above, or delete the value above it"
        return "ACC104", "fields below a name that already has a value", begin + _indent(line), 1, advice
    if "find expected ':'" in problem:
        word = text[opened : (text + "\n").find("\n", opened)].rstrip()
        advice = "write name: value, with a blank after the colon"
        return "ACC104", 'a name without ": "', opened, len(word), advice
    if "end of stream" in problem or "document indicator" in problem:
        return (
            "ACC104",
            f"the quote {text[opened : opened + 1]} is not closed",
            opened,
            1,
            "close it where the text ends",
        )
    if "cannot start any token" in problem:
        return "ACC104", f'"{sign}" cannot begin a value', at, 1, 'put the text between quotes, "..."'
    if "sequence entries are not allowed" in problem:
        advice = "begin the list on the next line, or write [first, second]"
        return "ACC104", "a list cannot begin on the line of its name", at, 1, advice
    if "',' or '}'" in problem or "',' or ']'" in problem:
        close = "}" if "}" in problem else "]"
        where = source.line(opened)
        advice = (
            f'separate the items with ","; the "{text[opened : opened + 1]}" of line {where} ends with "{close}"'
        )
        return "ACC104", f'"," or "{close}" is missing', at, 1, advice
    if "node content" in problem:
        return (
            "ACC104",
            "a value is missing",
            at,
            1,
            'write the value; a text that begins with a sign goes between quotes, "..."',
        )
    if "escape" in problem or "hexdecimal" in problem or "hexadecimal" in problem:
        advice = "put the text between single quotes, '...', where \\ is only a sign"
        return "ACC104", "unknown \\ sign between double quotes", at, 1, advice
    if "comment or" in problem:
        return (
            "ACC104",
            f'"{text[opened : opened + 1]}" begins a block of text',
            opened,
            1,
            'put the text between quotes, "..."',
        )
    if "expected key" in problem or "<block end>" in problem or "'-' indicator" in problem:
        if before.strip():
            advice = 'put the whole text between quotes, "...", or begin a new line'
            return "ACC104", "something follows the end of the value", at, 1, advice
        advice = "fields of one block begin in the same column"
        return "ACC104", "this line is not aligned with the lines above", begin + _indent(line), 1, advice
    return "ACC104", f"not YAML: {problem}", at, 1, _QUOTES


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# --- the cache -----------------------------------------------------------------------------------------------


def blob_id(content: bytes) -> str:
    """The name git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class Cache:
    """Parsed documents by content, in one sqlite3 file that several processes may use at once.

    It is only a cache: where the file is locked, read-only, broken or gone, documents are parsed again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def parse(self, content: bytes, path: str) -> Document:
        """As :func:`parse`. Raise Refused; a refused document is not kept."""
        (document,) = self.parse_all([(content, path)])
        if isinstance(document, Refused):
            raise document
        return document

    def parse_all(self, items: Iterable[tuple[bytes, str]]) -> list[Document | Refused]:
        """Each ``(content, path)`` as a Document, or as the Refused that :func:`parse` raises; in their order."""
        results: list[Document | Refused] = []
        rest = iter(items)
        while chunk := list(islice(rest, _CHUNK)):
            results += self._chunk(chunk)
        return results

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _chunk(self, items: Sequence[tuple[bytes, str]]) -> list[Document | Refused]:
        names = [blob_id(content) for content, _ in items]
        kept = self._read(names)
        fresh: dict[str, tuple[bytes, bytes]] = {}
        results: list[Document | Refused] = []
        for name, (content, path) in zip(names, items, strict=True):
            row = kept.get(name)
            value = _unpacked(row[0]) if row else None
            if row and value is not None:
                results.append(Document(path, value, content, row[1]))
                continue
            try:
                value, spots = _parse(content, path)
            except Refused as refused:
                results.append(refused)
                continue
            packed = msgspec.msgpack.encode(spots)
            fresh[name] = (msgspec.msgpack.encode(_packable(value)), packed)
            results.append(Document(path, value, content, packed))
        if fresh:
            self._write(fresh)
        return results

    def _read(self, names: Sequence[str]) -> dict[str, tuple[bytes, bytes]]:
        marks = ",".join("?" * len(names))
        query = f"SELECT blob, value, spots, crc FROM documents WHERE version = ? AND blob IN ({marks})"  # noqa: S608
        with self._lock:
            try:
                rows = self._open().execute(query, (VERSION, *names)).fetchall()
            except (sqlite3.Error, OSError) as problem:
                self._failed(problem)
                return {}
        return {
            name: (value, spots) for name, value, spots, crc in rows if crc == zlib.crc32(spots, zlib.crc32(value))
        }

    def _write(self, fresh: dict[str, tuple[bytes, bytes]]) -> None:
        rows = [
            (name, VERSION, value, spots, zlib.crc32(spots, zlib.crc32(value)))
            for name, (value, spots) in fresh.items()
        ]
        with self._lock:
            try:
                connection = self._open()
                with connection:
                    connection.execute(_TABLE)
                    connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", rows)
            except (sqlite3.Error, OSError) as problem:
                self._failed(problem)

    def _open(self) -> sqlite3.Connection:
        # A connection does not survive a fork.
        if self._connection is None or self._process != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=_PATIENCE, check_same_thread=False)
            self._process = os.getpid()
            self._connection.execute("PRAGMA synchronous = OFF")
        return self._connection

    def _failed(self, problem: Exception) -> None:
        """A broken file is deleted, so that the next run is fast again; anything else may mend itself."""
        if isinstance(problem, sqlite3.DatabaseError) and not isinstance(problem, sqlite3.OperationalError):
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None
            with suppress(OSError):
                self.path.unlink()


_CHUNK = 1000
"""Documents read in one query and written in one transaction."""

_PATIENCE = 0.5
"""Seconds to wait for another process before parsing again."""

_TABLE = """CREATE TABLE IF NOT EXISTS documents
(blob TEXT, version INTEGER, value BLOB, spots BLOB, crc INTEGER, PRIMARY KEY (blob, version))"""

_DECIMAL_CODE = 1


def _packable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return msgspec.msgpack.Ext(_DECIMAL_CODE, str(value).encode())
    if isinstance(value, dict):
        return {key: _packable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_packable(item) for item in value]
    return value


def _decimal(_code: int, data: memoryview) -> Decimal:
    return Decimal(bytes(data).decode())


_decoder = msgspec.msgpack.Decoder(dict[str, Any], ext_hook=_decimal)


def _unpacked(packed: bytes) -> dict[str, Any] | None:
    try:
        return _decoder.decode(packed)
    except (msgspec.DecodeError, ValueError, ArithmeticError):
        return None
