"""YAML text -> plain values that know where they were written. The one loader of the project.

It reads the part of YAML that two people, and two programs, read the same way: mappings, lists, text, integers,
decimals, true, false and null. The rest is refused with a place and with what to write instead.

Positions are counted in characters from 0 inside this module and become lines and columns from 1 in a Place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import islice
from typing import Any, NoReturn

import msgspec

from mitoyen import scalars
from mitoyen.contracts import Finding, Place, Severity
from mitoyen.diagnostics import Refused, ordered
from mitoyen.quantities import masked, quoted

LARGEST = 4 * 2**20
"""Bytes in one file, at most."""

DEEPEST = 32
"""Mappings and lists inside one another, at most."""

WIDEST = 500
"""Characters in a line that is shown, at most."""

MOST_FINDINGS = 50
"""After so many findings in one file the rest is not looked at."""

VERSION = 1
"""Raised when the same content may give other values or positions: cached documents of before are not used."""


# Not in it: control characters, what ends a line for some programs only, and what nobody sees.
_SIGNS = (
    "\t\n\x20-\x7e\xa0-\u200a\u2010-\u2027\u202f-\u205f\u2070-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
)
_TEXT = re.compile(f"[{_SIGNS}]*")
_NOT_TEXT = re.compile(f"[^{_SIGNS}\r]|\r(?!\n)")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_CONFLICT = re.compile(r"^(<{7}|\|{7}|={7}|>{7})(?: (.*?))?\r?$", re.MULTILINE)


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
        source = self.text[first : (self._starts[line] if line < len(self._starts) else None)].rstrip("\r\n")
        width = max(1, min(width, first + len(source.rstrip()) - start))
        return Place(self.path, line, start - first + 1, width, masked(source) if len(source) <= WIDEST else "")


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
    value, spots = values_and_spots(content, path)
    return Document(path, value, content, msgspec.msgpack.encode(spots))


def values_and_spots(content: bytes, path: str) -> tuple[dict[str, Any], list[int]]:
    """What a Document is made of, for whoever keeps it in another form. Raise Refused."""
    if len(content) > LARGEST:
        message = f"the file has {len(content)} bytes, {LARGEST} at most are read"
        raise Refused(Finding("ACC109", message, Place(path), "split it, or move data out of it"))
    source = _Source(path, _decode(content, path))
    found = _not_text(source) or _conflicts(source) or _tabs(source)
    if found:
        raise Refused(*ordered(found))
    return _build(source)


_SAVE = "save the file as UTF-8 (most editors: Save as, Encoding, UTF-8)"


def _decode(content: bytes, path: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(Finding("ACC101", "the file is UTF-16, expected UTF-8", Place(path), _SAVE))
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8").removeprefix("\ufeff")
        rest = content[problem.start :].split(b"\n", 1)[0]
        sign = rest[:1].decode("cp1252", "replace")
        known = f' ("{sign}" in Latin-1, an older encoding)' if sign.isalpha() else ""
        message = f"byte 0x{rest[0]:02X} is not UTF-8{known}"
        source = _Source(path, _NOT_TEXT.sub("\ufffd", before + rest.decode("utf-8", "replace")))
        raise Refused(Finding("ACC101", message, source.place(len(before)), _SAVE)) from None


def _not_text(source: _Source) -> list[Finding]:
    """The first of each character that is not text, or that people and programs take for something else."""
    if _TEXT.fullmatch(source.text.replace("\r\n", "\n")):
        return []
    first = {match[0]: match.start() for match in reversed(list(_NOT_TEXT.finditer(source.text)))}
    if first.keys() >= {"\0"} and source.text.count("\0") > len(source.text) // 4:
        return [Finding("ACC101", "the file is UTF-16, expected UTF-8", Place(source.path), _SAVE)]
    shown = _Source(source.path, _NOT_TEXT.sub("\ufffd", source.text))
    found = []
    for sign, start in first.items():
        name = f"U+{ord(sign):04X}"
        message, advice = f"invisible character {name}", "delete it"
        if sign == "\r":
            message, advice = "a lone carriage return", "end lines as git does (most editors: Line endings, LF)"
        elif sign in "\x85\u2028\u2029":
            message, advice = f"{name} ends a line for some programs only", "begin the new line with Enter"
        elif sign < "\xa0":
            message = f"control character {name}"
        found.append(Finding("ACC101", message, shown.place(start), advice))
    return found[:MOST_FINDINGS]


def _conflicts(source: _Source) -> list[Finding]:
    """One finding for each conflict that git left in the file."""
    if not any(mark in source.text for mark in ("<<<<<<<", "=======", ">>>>>>>")):
        return []
    found = []
    advice = "keep what is right, and delete the lines <<<<<<<, ======= and >>>>>>>"
    marks: dict[str, re.Match[str]] = {}
    for match in _CONFLICT.finditer(source.text):
        if match[1][0] == "<":
            marks = {}
        marks.setdefault(match[1][0], match)
        if match[1][0] == ">":
            message = "what is left of a merge conflict"
            if marks.keys() >= {"<", "="}:
                ours = _side(source, marks["<"], marks.get("|", marks["="]), marks["<"][2])
                message = f"merge conflict: {ours} against {_side(source, marks['='], match, match[2])}"
            start = min(mark.start() for mark in marks.values())
            found.append(Finding("ACC102", message, source.place(start, LARGEST), advice))
            marks = {}
    if marks:
        start = min(mark.start() for mark in marks.values())
        found.append(Finding("ACC102", "what is left of a merge conflict", source.place(start, LARGEST), advice))
    return found[:MOST_FINDINGS]


def _side(source: _Source, before: re.Match[str], after: re.Match[str], label: str | None) -> str:
    first, last = source.line(before.start()) + 1, source.line(after.start()) - 1
    lines = "nothing" if last < first else f"line {first}" if first == last else f"lines {first} to {last}"
    return f"{lines} ({label})" if label else lines


def _tabs(source: _Source) -> list[Finding]:
    if "\t" not in source.text:
        return []
    found = []
    for match in islice(re.finditer("(?m)^(.*?)(\t+)", source.text), MOST_FINDINGS):
        place = source.place(match.start(2), len(match[2]))
        if match[1].strip():
            advice = 'write a blank, or \\t between double quotes where a text needs a tab: "a\\tb"'
            found.append(Finding("ACC103", "tab in the line", place, advice))
        else:
            advice = "indent with spaces, two for each level"
            found.append(Finding("ACC103", "tab at the start of the line", place, advice))
    return found


def _build(source: _Source) -> tuple[dict[str, Any], list[int]]:
    """Walk the parser's events once. Give the value and its spots, in document order.

    Spots are ``start, width`` for a key or a scalar and ``start, width, length`` for a mapping or a list, followed
    by what is inside; ``length`` counts the integers of the whole. The width of a block collection is 0.
    """
    yaml = _yaml()
    scalar, mapping_start, mapping_end, sequence_start, sequence_end, alias, document_start = yaml.events
    refusal = _Refusal(source)
    text = source.text
    marked = "!" in text or "&" in text
    odd_blanks = not text.isascii()
    questions = "?" in text
    spots: list[int] = []
    outer: list[tuple[Any, Any, int, bool, bool]] = []
    # What is being filled: a dict or a list, the key that waits for its value, where its spots begin.
    into: Any = None
    key: Any = None
    base = 0
    is_map = in_flow = False
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
                plain = not event.style
                if marked and (event.tag is not None or event.anchor is not None):
                    refusal.marked(event, start)
                if plain and in_flow and ":" in value:
                    refusal.add("ACC104", 'a text inside { } or [ ] has ":" and no quotes', start, width, _QUOTE)
                if is_map and key is None:
                    key = value
                    if questions and text[max(0, start - 1000) : start].rstrip(" ").endswith("?"):
                        refusal.add("ACC104", "a ? before a name", start - 1, 1, "write name: value, without the ?")
                    if key in into or (plain and (not key or key == "<<" or (odd_blanks and key != key.strip()))):
                        key = refusal.key(key, plain, into, spots, base, start, width)
                    continue
                if plain:
                    value = scalars.plain(value)
                    if value.__class__ is scalars.Ambiguous:
                        refusal.add("ACC108", value.message, start, width, value.advice)
            elif kind is mapping_start or kind is sequence_start:
                start = event.start_mark.index
                if marked and (event.tag is not None or event.anchor is not None):
                    refusal.marked(event, start)
                if is_map and key is None:
                    refusal.stop("ACC104", "expected a name, not a list or fields", start, 1, "write name: value")
                if len(outer) >= DEEPEST:
                    refusal.stop("ACC109", f"more than {DEEPEST} levels", start, 1, "write it with fewer levels")
                outer.append((into, key, base, is_map, in_flow))
                base = len(spots)
                in_flow = event.flow_style
                spots += (start, 1 if in_flow else 0, 0)
                key = None
                is_map = kind is mapping_start
                into = {} if is_map else []
                continue
            elif kind is mapping_end or kind is sequence_end:
                spots[base + 2] = len(spots) - base
                if in_flow:
                    spots[base + 1] = event.end_mark.index - spots[base]
                value = into
                into, key, base, is_map, in_flow = outer.pop()
            elif kind is alias:
                start = event.start_mark.index
                spots += (start, 1)
                advice = "write the value again where it holds; a text that begins with * goes between quotes"
                refusal.add("ACC106", f"alias *{event.anchor} is refused", start, len(event.anchor) + 1, advice)
                if is_map and key is None:
                    key = (event.anchor, start)
                    continue
                value = None
            elif kind is document_start:
                documents += 1
                start = event.start_mark.index
                if documents > 1:
                    advice = "write each document in a file of its own"
                    refusal.stop("ACC109", "a second document begins here", start, 3, advice)
                if directive := _DIRECTIVE.search(text, 0, event.end_mark.index):
                    refusal.stop("ACC104", "a directive is refused", directive.start(), LARGEST, "delete the line")
                continue
            else:
                continue
            # A value is complete: it goes to what it belongs to.
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
    # The parser gives None when the stream has ended.
    return _Yaml(lambda text: iter(CParser(text.encode()).get_event, None), kinds, YAMLError)


# --- refusals ------------------------------------------------------------------------------------------------

_QUOTE = 'put the text between quotes, "..."'


class _Refusal:
    """What is wrong with one file, gathered while it is walked."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._found: list[Finding] = []

    def add(self, code: str, message: str, start: int, width: int, advice: str) -> None:
        self._found.append(Finding(code, message, self._source.place(start, width), advice))
        if len(self._found) >= MOST_FINDINGS:
            raise Refused(*ordered(self._found))

    def stop(self, code: str, message: str, start: int, width: int, advice: str) -> NoReturn:
        self.add(code, message, start, width, advice)
        raise Refused(*ordered(self._found))

    def marked(self, event: Any, start: int) -> None:
        """A tag or an anchor, or both, stand before a value."""
        for mark in re.findall(r"[!&]\S{0,60}", self._source.text[start : start + 200])[:2]:
            start = self._source.text.index(mark, start)
            if mark[0] == "&" and event.anchor is not None:
                advice = "write the value again where it holds; a text that begins with & goes between quotes"
                self.add("ACC106", f"anchor {mark} is refused", start, len(mark), advice)
            elif mark[0] == "!" and event.tag is not None:
                self.add("ACC107", f"tag {mark} is refused", start, len(mark), f"delete it; {_BEGIN.format('!')}")

    def key(
        self,
        key: str,
        plain: bool,
        into: Mapping[Any, Any],
        spots: Sequence[int],
        base: int,
        start: int,
        width: int,
    ) -> Any:
        """A key that is refused; give what to file it under, so that later places still count right."""
        if plain and key == "<<":
            self.add("ACC106", "merge key << is refused", start, width, "write the fields again where they hold")
        elif plain and not key:
            self.add("ACC104", "a name is missing", start, 1, "write name: value")
        elif plain and key != key.strip():
            self.add("ACC101", "a name with a no-break blank", start, width, _BLANK)
        if key not in into:
            return key
        at = base + 3
        for name, value in into.items():
            if name == key:
                break
            at += 2 + (spots[at + 4] if isinstance(value, (dict, list)) else 2)
        first = self._source.place(spots[at])
        message = f"{quoted(key)} is there twice, first on line {first.line}"
        self.add("ACC105", message, start, width, "keep one of the two")
        return (key, start)

    def root(self, root: Any) -> None:
        """Look at the whole, and raise what was gathered."""
        if not self._found and not isinstance(root, dict):
            start, width = 0, 1
            message, advice = "nothing is written in this file", "write its fields, name: value, or delete the file"
            if root is not None:
                blank = re.match(r"(?:\s|#.*|---)*+", self._source.text)
                start, width = (blank.end() if blank else 0), LARGEST
                message = f"the file is {'a list' if isinstance(root, list) else 'one value'}, expected fields"
                advice = "write name: value, with a blank after the colon"
                if isinstance(root, str) and not root.isascii() and any(sign in root for sign in "\xa0\u202f"):
                    advice = _BLANK
            self.add("ACC109", message, start, width, advice)
        if self._found:
            raise Refused(*ordered(self._found))

    def syntax(self, problem: Any) -> NoReturn:
        """What libyaml, or its twin in Python, could not read: its sentence, in clear."""
        text = self._source.text
        end = len(text.rstrip())
        mark = getattr(problem, "problem_mark", None)
        opening = getattr(problem, "context_mark", None) or mark
        at = min(mark.index if mark else 0, end)
        opened = min(opening.index if opening else 0, at)
        sentence = f"{getattr(problem, 'context', '')}, {getattr(problem, 'problem', problem)}"
        code, message, start, advice = _explained(self._source, sentence, at, opened)
        line = text[text.rfind("\n", 0, start) + 1 : (text + "\n").index("\n", start)]
        if "\xa0" in line or "\u202f" in line:
            advice = _BLANK
        self.stop(code, message, min(start, max(end - 1, 0)), 1, advice)


_BLANK = "the line has a no-break blank (the editor may show it as a plain one): type the blanks again"
_BEGIN = "a text that begins with {} goes between quotes"


def _explained(source: _Source, sentence: str, at: int, opened: int) -> tuple[str, str, int, str]:
    """Code, message, place and advice. ``at`` is where the parser stopped, ``opened`` where what it read began."""

    def says(*words: str) -> bool:
        return any(word in sentence for word in words)

    text = source.text
    begin = text.rfind("\n", 0, at) + 1
    before = text[begin:at]
    first, sign = text[opened : opened + 1], text[at : at + 1]
    if says("directive", "YAML document"):
        return "ACC104", "a directive is refused", begin, "delete the line"
    if says("an alias", "an anchor"):
        return "ACC106", "an alias or an anchor is refused", opened, _BEGIN.format(first)
    if says("a tag", "tag handle"):
        return "ACC107", "a tag is refused", opened, _BEGIN.format("!")
    if says("document start"):
        return "ACC109", "something follows the end of the document", at, "keep all fields in one block"
    if says("mapping values are not allowed") and ":" in before:
        return "ACC104", 'a second ": " in the line', at, "put the text after the first colon between quotes"
    if says("mapping values are not allowed"):
        return _unfinished(source, begin)
    if says("find expected ':'"):
        return "ACC104", 'a name without ": "', opened, "write name: value, with a blank after the colon"
    if says("end of stream", "document indicator"):
        return "ACC104", f"the quote {first} is not closed", opened, f"write {first} where the text ends"
    if says("cannot start any token"):
        return "ACC104", f"a value cannot begin with {sign}", at, _QUOTE
    if says("unexpected ':'"):
        return "ACC104", 'a text inside { } or [ ] has ":" and no quotes', at, _QUOTE
    if says("sequence entries are not allowed"):
        advice = "begin the list on the next line, or write [first, second]"
        return "ACC104", "a list begins on the line of its name", at, advice
    if says("',' or"):
        last = "}" if says("'}'") else "]"
        advice = f'write "," between two items, and "{last}" after the last one'
        if source.line(at) > source.line(opened):
            return "ACC104", f"{first} is not closed", opened, advice
        return "ACC104", f'"," or "{last}" is missing', at, advice
    if says("node content") and not sign.strip():
        return "ACC104", 'the last "}" or "]" is missing', at, "write it where the fields, or the items, end"
    if says("node content"):
        return "ACC104", "a value is missing", at, f"write the value; {_BEGIN.format('such a sign')}"
    if says("escape", "hexdecimal", "hexadecimal"):
        advice = "put the text between single quotes, '...', where \\ is a sign like others"
        return "ACC104", "unknown \\ sign between double quotes", at, advice
    if says("a block scalar"):
        return "ACC104", f"a value cannot begin with {first}", opened, _QUOTE
    if says("expected key", "'-' indicator", "block end") and before.strip():
        advice = 'put the whole text between double quotes, "..."'
        return "ACC104", "something follows the end of the value", at, advice
    if says("expected key", "'-' indicator", "block end"):
        advice = "begin the fields of one block in one column"
        return "ACC104", "the line is not aligned with those above", at, advice
    return "ACC104", f"not YAML: {sentence.removeprefix('None, ')}", at, _QUOTE


def _unfinished(source: _Source, begin: int) -> tuple[str, str, int, str]:
    """A field where none can stand: either the line above lacks its colon, or it already has its value."""
    above = list(re.finditer(r"(?m)^ *([^\s#].*)$", source.text[:begin]))
    if above and not re.search(r":(\s|$)", above[-1][1]):
        advice = "write name: value, with a blank after the colon"
        return "ACC104", 'a name without ": "', above[-1].start(1), advice
    here = begin + len(source.text[begin:]) - len(source.text[begin:].lstrip())
    advice = "begin this line in the column of the line above, or delete the value above"
    return "ACC104", "fields below a name that has a value", here, advice
