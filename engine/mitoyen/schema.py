"""What a file may hold, said by JSON Schemas (draft-07), and what to tell a person where it holds something else.

A schema is compiled once into a plain function that reads a value: it checks what the schema says, turns strings
into the quantities that their ``format`` names (:data:`mitoyen.quantities.FORMATS`) and writes the defaults out.
Most values pass. For one that does not, ``jsonschema`` says every error and this module puts them in our words.
"""

from __future__ import annotations

import copy
import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import nearest
from mitoyen.located import Document
from mitoyen.quantities import EXAMPLES, FORMATS, Misread, quoted

if TYPE_CHECKING:
    from jsonschema import ValidationError

Path = tuple[str | int, ...]
Read = Callable[[Any], Any]


@cache
def load(name: str) -> Mapping[str, Any]:
    """The schema of a kind of file: operation, participants, keys, tariffs, data, settlement, mitoyen, party."""
    text = files("mitoyen.schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    schema: Mapping[str, Any] = json.loads(text, parse_float=Decimal)
    return schema


def validate(document: Document, schema: Mapping[str, Any], at: Path = ()) -> list[Finding]:
    """What is wrong with the value at ``at`` (an empty mapping where there is none), sorted by place."""
    rules = _compiled(schema)
    value = _value(document.value, at, {})
    if rules.complete:
        try:
            rules.read(value)
        except _Misfit:
            pass
        else:
            return []
    faults = [fault for error in rules.judge.iter_errors(value) for fault in _faults(error, value, at)]
    # Of two faults in one place the deeper one is the cause.
    faults.sort(key=lambda fault: (-len(fault.path), fault.code, fault.message))
    by_place: dict[Place, Finding] = {}
    for fault in faults:
        place = document.place(*at, *fault.path, key=fault.key)
        by_place.setdefault(place, Finding(fault.code, fault.message, place, fault.help))
    return [by_place[place] for place in sorted(by_place)]


def read(value: Any, schema: Mapping[str, Any]) -> Any:
    """A valid value with its quantities read and the defaults written out; ``value`` itself is not changed.

    Raise ValueError where the value is not valid.
    """
    return _compiled(schema).read(value)


class Mention(NamedTuple):
    """A word of a value that names something: where it stands, the format of its schema, the word."""

    path: Path
    format: str
    word: str

    @property
    def key(self) -> bool:
        """Whether the word is a key; ``document.place(*path, key=mention.key)`` is its place."""
        return bool(self.path) and self.path[-1] == self.word


def mentions(value: Any, schema: Mapping[str, Any], formats: set[str]) -> Iterator[Mention]:
    """Every string of the value, keys too, whose schema has one of these formats."""
    yield from _mentions(value, schema, schema, formats, ())


def _mentions(value: Any, schema: Any, root: Mapping[str, Any], formats: set[str], path: Path) -> Iterator[Mention]:
    schema = _resolved(schema, root)
    if isinstance(value, str):
        if schema.get("format") in formats:
            yield Mention(path, schema["format"], value)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mentions(item, schema.get("items", {}), root, formats, (*path, index))
    elif isinstance(value, dict):
        names = _resolved(schema.get("propertyNames", {}), root).get("format")
        for name, item in value.items():
            if names in formats:
                yield Mention((*path, name), names, name)
            for rule in _rules_for(name, schema):
                yield from _mentions(item, rule, root, formats, (*path, name))


def _rules_for(name: str, schema: Mapping[str, Any]) -> list[Any]:
    """The schemas that hold for the value of a field."""
    rules = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    patterns = schema.get("patternProperties", {})
    rules += [rule for pattern, rule in patterns.items() if _pattern(pattern).search(name)]
    return rules or [schema.get("additionalProperties", {})]


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that ``$ref`` names; nothing for ``true`` and ``false``."""
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = _definition(schema["$ref"], root)
    return schema if isinstance(schema, Mapping) else {}


def _definition(ref: str, root: Mapping[str, Any]) -> Any:
    match = re.fullmatch(r"#/definitions/([^/]+)", ref)
    if not match or match[1] not in root.get("definitions", {}):
        raise ValueError(f"a schema refers to {ref}, expected #/definitions/ and a name that is there")
    return root["definitions"][match[1]]


def _value(value: Any, path: Path, default: Any) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return default
    return value


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    """As JSON Schema means it: ASCII classes, and ``$`` is the very end, not the place before a last line end."""
    return re.compile(re.sub(r"(?<!\\)\$(?=$|[)|])", r"\\Z", pattern), re.ASCII)


# --- compiling -----------------------------------------------------------------------------------------------


class _Misfit(ValueError):
    """The value is not what its schema says."""

    def __str__(self) -> str:
        return "the value is not what its schema says: validate() tells why"


class _Rules:
    """One schema, ready to use."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self._refs: dict[str, Read] = {}
        self.complete = True
        """Whether the compiled reader knows every word of the schema."""
        self.read = self._compile(schema)

    @cached_property
    def judge(self) -> Any:
        return _validator()(self.schema, format_checker=_format_checker())

    def _compile(self, schema: Any) -> Read:
        if schema is True or schema == {}:
            return _any
        if schema is False:
            return _none
        if "$ref" in schema:
            return self._ref(schema["$ref"])
        if not schema.keys() <= _WORDS:
            self.complete = False
        kinds = _kinds(schema)
        allowed = schema.get("enum", [schema["const"]] if "const" in schema else None)
        long_text = _text_reader(schema, allowed)
        # The same words come again and again: dates, roles, groups.
        text = lru_cache(maxsize=1024)(long_text)
        number = _number_reader(schema)
        mapping = self._mapping_reader(schema)
        items = self._list_reader(schema)

        def reader(value: Any) -> Any:
            kind = value.__class__
            if kinds is not None and kind not in kinds:
                raise _Misfit
            if kind is str:
                return text(value) if len(value) < 100 else long_text(value)
            if allowed is not None and not any(_same(value, one) for one in allowed):
                raise _Misfit
            if kind is dict:
                return mapping(value)
            if kind is list:
                return items(value)
            if kind is int or kind is Decimal:
                return number(value)
            return value

        return reader

    def _ref(self, ref: str) -> Read:
        if ref not in self._refs:
            # A definition may refer to itself: the name is taken before it is compiled.
            self._refs[ref] = lambda value: self._refs[ref](value)
            self._refs[ref] = self._compile(_definition(ref, self.schema))
        return self._refs[ref]

    def _mapping_reader(self, schema: Mapping[str, Any]) -> Read:
        properties = {name: self._compile(rule) for name, rule in schema.get("properties", {}).items()}
        patterns = [
            (_pattern(pattern).search, self._compile(rule))
            for pattern, rule in schema.get("patternProperties", {}).items()
        ]
        additional = self._compile(schema.get("additionalProperties", True))
        names = self._compile(schema.get("propertyNames", True))
        required = tuple(schema.get("required", ()))
        least = schema.get("minProperties", 0)
        most = schema.get("maxProperties")
        defaults = {
            name: _default(name, rule["default"], properties[name])
            for name, rule in schema.get("properties", {}).items()
            if isinstance(rule, dict) and "default" in rule
        }

        def mapping(value: dict[str, Any]) -> dict[str, Any]:
            if len(value) < least or (most is not None and len(value) > most):
                raise _Misfit
            for name in required:
                if name not in value:
                    raise _Misfit
            result = {}
            for name, item in value.items():
                if names is not _any:
                    names(name)
                rule = properties.get(name)
                found = rule is not None
                read = rule(item) if rule else item
                for matches, pattern_rule in patterns:
                    if matches(name):
                        again = pattern_rule(item)
                        read = read if found else again
                        found = True
                result[name] = read if found else additional(item)
            for name, default in defaults.items():
                if name not in result:
                    result[name] = copy.deepcopy(default)
            return result

        return mapping

    def _list_reader(self, schema: Mapping[str, Any]) -> Read:
        rule = self._compile(schema.get("items", True)) if not isinstance(schema.get("items"), list) else _any
        if isinstance(schema.get("items"), list):
            self.complete = False
        least = schema.get("minItems", 0)
        most = schema.get("maxItems")
        unique = schema.get("uniqueItems", False)

        def items(value: list[Any]) -> list[Any]:
            if len(value) < least or (most is not None and len(value) > most):
                raise _Misfit
            if unique and _twice(value) is not None:
                raise _Misfit
            return [rule(item) for item in value]

        return items


def _compiled(schema: Mapping[str, Any]) -> _Rules:
    return _compiled_text(_encoder.encode(schema))


@lru_cache(maxsize=512)
def _compiled_text(text: bytes) -> _Rules:
    return _Rules(json.loads(text, parse_float=Decimal))


_encoder = msgspec.json.Encoder(enc_hook=dict, decimal_format="number")
"""Schemas are known by what they say: plugins may make them anew, as dicts or as read-only mappings."""

_NOTES = {"$schema", "$id", "$comment", "title", "description", "examples", "default", "definitions"}
_WORDS = _NOTES | {
    *("type", "enum", "const", "format", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("properties", "patternProperties", "additionalProperties", "propertyNames", "required"),
    *("minProperties", "maxProperties", "items", "minItems", "maxItems", "uniqueItems"),
}
"""The words that the compiled reader knows."""

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, Decimal),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def _any(value: Any) -> Any:
    return value


def _none(_value: Any) -> Any:
    raise _Misfit


def _kinds(schema: Mapping[str, Any]) -> frozenset[type] | None:
    if "type" not in schema:
        return None
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return frozenset(kind for name in wanted for kind in _KINDS[name])


def _text_reader(schema: Mapping[str, Any], allowed: Sequence[Any] | None) -> Read:
    least = schema.get("minLength", 0)
    most = schema.get("maxLength")
    matches = _pattern(schema["pattern"]).search if "pattern" in schema else None
    convert = FORMATS.get(schema.get("format", ""))

    def text(value: str) -> Any:
        if len(value) < least or (most is not None and len(value) > most):
            raise _Misfit
        if allowed is not None and value not in allowed:
            raise _Misfit
        if matches and not matches(value):
            raise _Misfit
        if convert is None:
            return value
        try:
            return convert(value)
        except ValueError:
            raise _Misfit from None

    return text


def _number_reader(schema: Mapping[str, Any]) -> Read:
    bounds: list[tuple[str, Callable[[Any, Any], bool]]] = [
        ("minimum", lambda value, bound: value >= bound),
        ("maximum", lambda value, bound: value <= bound),
        ("exclusiveMinimum", lambda value, bound: value > bound),
        ("exclusiveMaximum", lambda value, bound: value < bound),
        ("multipleOf", lambda value, bound: value % bound == 0),
    ]
    tests = [(test, schema[word]) for word, test in bounds if word in schema]

    def number(value: Any) -> Any:
        for test, bound in tests:
            if not test(value, bound):
                raise _Misfit
        return value

    return number


def _default(name: str, default: Any, reader: Read) -> Any:
    try:
        return reader(default)
    except _Misfit:
        raise ValueError(f'the default of "{name}" does not fit its own schema') from None


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _twice(items: Sequence[Any]) -> int | None:
    """The index of the first item that was there before."""
    words: set[str] = set()
    for index, item in enumerate(items):
        if isinstance(item, str):
            if item in words:
                return index
            words.add(item)
        elif any(_same(item, other) for other in items[:index]):
            return index
    return None


@cache
def _validator() -> Any:
    """Draft 7 with our reading of patterns. jsonschema is only imported when there is something to explain."""
    from jsonschema import Draft7Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_validator: Any, wanted: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(value, str) and not _pattern(wanted).search(value):
            yield ValidationError("pattern")

    def pattern_properties(validator: Any, rules: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for wanted, rule in rules.items():
                for name, item in value.items():
                    if _pattern(wanted).search(name):
                        yield from validator.descend(item, rule, path=name, schema_path=wanted)

    def additional(validator: Any, rule: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            extras = _extras(value, schema)
            if rule is False and extras:
                yield ValidationError("additionalProperties")
            for name in extras if rule is not False else ():
                yield from validator.descend(value[name], rule, path=name)

    return extend(  # type: ignore[no-untyped-call]
        Draft7Validator,
        {"pattern": pattern, "patternProperties": pattern_properties, "additionalProperties": additional},
    )


@cache
def _format_checker() -> Any:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name, convert in FORMATS.items():

        def check(value: object, convert: Callable[[str], Any] = convert) -> bool:
            if isinstance(value, str):
                convert(value)
            return True

        checker.checks(name, raises=ValueError)(check)
    return checker


def _extras(value: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """The fields that the schema does not name."""
    known = schema.get("properties", {})
    patterns = [_pattern(pattern) for pattern in schema.get("patternProperties", {})]
    return [name for name in value if name not in known and not any(one.search(name) for one in patterns)]


# --- explaining ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fault:
    path: Path
    code: str
    message: str
    help: str = ""
    key: bool = False


class _Wrong(NamedTuple):
    """One error of jsonschema: what was found at ``path`` against which word of which schema."""

    path: Path
    label: str
    found: Any
    word: str
    rule: Any
    schema: Mapping[str, Any]
    cause: BaseException | None


def _faults(error: ValidationError, value: Any, at: Path) -> Iterator[_Fault]:
    """One error of jsonschema in our words; paths are relative to the value that was validated."""
    path: Path = tuple(error.absolute_path)
    label = quoted(str(next((step for step in reversed((*at, *path)) if isinstance(step, str)), "this file")))
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    wrong = _Wrong(path, label, error.instance, str(error.validator), error.validator_value, schema, error.cause)
    if isinstance(error.instance, str) and isinstance(_value(value, path, None), dict):
        return _wrong_name(wrong)
    return _EXPLAIN.get(wrong.word, _other)(wrong)


def _wrong_name(wrong: _Wrong) -> Iterator[_Fault]:
    """What propertyNames says: the fault is in a key."""
    message, advice = f"{quoted(wrong.found)} cannot be a name here", _expected(wrong.schema)
    if isinstance(wrong.cause, Misread):
        message, advice = wrong.cause.message, wrong.cause.advice
    yield _Fault((*wrong.path, wrong.found), "ACC114", message, advice, key=True)


def _unknown(wrong: _Wrong) -> Iterator[_Fault]:
    known = wrong.schema.get("properties", {})
    for name in _extras(wrong.found, wrong.schema):
        advice = (
            _COMMA if _is_decimals(name, wrong.found[name]) else nearest(name, known) or _expected(wrong.schema)
        )
        yield _Fault((*wrong.path, name), "ACC110", f"unknown field {quoted(name)}", advice, key=True)


def _missing(wrong: _Wrong) -> Iterator[_Fault]:
    known = wrong.schema.get("properties", {})
    missing = [name for name in wrong.rule if name not in wrong.found]
    # A misspelt name is reported as unknown: that its right spelling is missing goes without saying.
    for name in _extras(wrong.found, wrong.schema):
        missing = [one for one in missing if one not in difflib.get_close_matches(name, known, n=1)]
    if missing:
        message = f"missing field{'s' if len(missing) > 1 else ''} {' and '.join(map(quoted, missing))}"
        advice = "; ".join(_add(name, known.get(name, {})) for name in missing)
        yield _Fault(wrong.path, "ACC111", message, advice, key=True)


def _add(name: str, schema: Any) -> str:
    hint = _expected(schema).removeprefix("expected ") if isinstance(schema, Mapping) else ""
    return f"add {name}: {hint}" if hint else f"add {name}"


def _wrong_type(wrong: _Wrong) -> Iterator[_Fault]:
    wanted = [wrong.rule] if isinstance(wrong.rule, str) else list(wrong.rule)
    names = " or ".join(_TYPE_NAMES[name] for name in wanted)
    message = f"expected {names} for {wrong.label}, found {_named(wrong.found)}"
    name = next((step for step in wrong.path[-1:] if isinstance(step, str)), None)
    yield _Fault(wrong.path, "ACC112", message, _type_advice(wanted, name, wrong.found, wrong.schema))


_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "fields (name: value)",
    "array": "a list",
    "null": "null",
}


def _named(found: Any) -> str:
    """What a value is, to a person."""
    if found is None:
        return "nothing"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, int | Decimal):
        return f"the number {found}"
    if isinstance(found, str):
        return f"the text {quoted(found)}"
    return "a list" if isinstance(found, list) else "fields (name: value)"


_COMMA = "a comma ends a value inside { } and [ ]: write decimals with a point, as in 40.5 %"


def _is_decimals(name: str, found: Any) -> bool:
    """Whether a field is what follows the comma of ``{m-3fk2: 40,5 %}``."""
    return found is None and name[:1].isdigit()


def _type_advice(wanted: Sequence[str], name: str | None, found: Any, schema: Mapping[str, Any]) -> str:
    expected = _expected(schema)
    if name is not None and _is_decimals(name, found):
        return _COMMA
    if found is None:
        return f"{expected or 'write its value'}; or delete the line"
    if "string" in wanted and isinstance(found, bool | int | Decimal):
        known = "enum" in schema or schema.get("format") in EXAMPLES
        return expected if known else f'put it between quotes: "{_word(found)}"'
    if "integer" in wanted and isinstance(found, Decimal):
        return "write it without decimals"
    if {"integer", "number"} & set(wanted) and isinstance(found, str):
        if re.fullmatch(r"-?[0-9]+,[0-9]+", found):
            return f"write {found.replace(',', '.')}, with a decimal point"
        if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", found):
            return f"write {found} without quotes"
    if "boolean" in wanted:
        return "write true or false, without quotes"
    if "array" in wanted and not isinstance(found, dict):
        return f"write [{_word(found)}]"
    return expected


def _not_allowed(wrong: _Wrong) -> Iterator[_Fault]:
    words = [_word(word) for word in (wrong.rule if isinstance(wrong.rule, list) else [wrong.rule])]
    found = _named(wrong.found).removeprefix("the text ")
    yield _Fault(wrong.path, "ACC113", f"{wrong.label} cannot be {found}", nearest(_word(wrong.found), words))


def _word(value: Any) -> str:
    """As it is written in YAML, near enough for a message."""
    return value if isinstance(value, str) else json.dumps(value, default=str).strip('"')


def _wrong_form(wrong: _Wrong) -> Iterator[_Fault]:
    if isinstance(wrong.cause, Misread):
        yield _Fault(wrong.path, "ACC114", wrong.cause.message, wrong.cause.advice)
    else:
        message = f"{wrong.label} cannot be {quoted(str(wrong.found))}"
        yield _Fault(wrong.path, "ACC114", message, _expected(wrong.schema))


def _out_of_range(wrong: _Wrong) -> Iterator[_Fault]:
    bound, counted = _BOUNDS[wrong.word]
    if not counted:
        message = f"{wrong.label} is {wrong.found}, expected {bound} {wrong.rule}"
    elif not wrong.found:
        message = f"{wrong.label} is empty"
    else:
        message = f"{wrong.label} has {len(wrong.found)} {counted}, expected {bound} {wrong.rule}"
    yield _Fault(wrong.path, "ACC115", message, _expected(wrong.schema))


_BOUNDS = {
    "minimum": ("at least", ""),
    "maximum": ("at most", ""),
    "exclusiveMinimum": ("more than", ""),
    "exclusiveMaximum": ("less than", ""),
    "multipleOf": ("a multiple of", ""),
    "minLength": ("at least", "characters"),
    "maxLength": ("at most", "characters"),
    "minItems": ("at least", "items"),
    "maxItems": ("at most", "items"),
    "minProperties": ("at least", "fields"),
    "maxProperties": ("at most", "fields"),
}


def _repeated(wrong: _Wrong) -> Iterator[_Fault]:
    index = _twice(wrong.found)
    where = wrong.path if index is None else (*wrong.path, index)
    yield _Fault(where, "ACC115", f"{wrong.label} has this item twice", "keep one of the two")


def _other(wrong: _Wrong) -> Iterator[_Fault]:
    message = f'{wrong.label} does not fit its schema (the word "{wrong.word}")'
    yield _Fault(wrong.path, "ACC114", message, _expected(wrong.schema))


_EXPLAIN: Mapping[str, Callable[[_Wrong], Iterator[_Fault]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "type": _wrong_type,
    "enum": _not_allowed,
    "const": _not_allowed,
    "pattern": _wrong_form,
    "format": _wrong_form,
    "uniqueItems": _repeated,
    **dict.fromkeys(_BOUNDS, _out_of_range),
}


def _expected(schema: Mapping[str, Any]) -> str:
    """What to write, from the schema's own words: allowed words, description (its English part), example."""
    if "enum" in schema:
        return f"expected {' or '.join(map(_word, schema['enum']))}"
    description = str(schema.get("description", "")).split(" / ")[0]
    example = str(schema["examples"][0]) if schema.get("examples") else EXAMPLES.get(schema.get("format", ""), "")
    if description and (not example or example in description or "such as" in description):
        return f"expected {description}"
    return f"expected {description or 'a value'}, such as {example}" if example else ""
