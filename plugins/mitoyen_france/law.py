"""The law as data: one YAML file a parameter, its values by date, each with its text and the day it was looked at.

>>> from datetime import date
>>> from mitoyen_france import parameter
>>> parameter("power-cap/mainland", on=date(2026, 1, 1)).value
5000000
>>> print(parameter("power-cap/mainland", on=date(2024, 1, 1)).reference)
arrêté du 21 novembre 2019, art. 1, 2° (JO 2019-11-24)
>>> parameter("perimeter/territory/diameter", on=date(2024, 1, 1)) is None  # not in the law yet
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, Literal

from mitoyen import quantities
from mitoyen.contracts import Severity
from mitoyen.diagnostics import Refused, nearest
from mitoyen_checks.days import Stretch

if TYPE_CHECKING:
    from mitoyen.located import Document

Bound = Literal["under", "up-to"]


class Malformed(Exception):
    """A file of ``parameters/`` that cannot be read; the message begins with the place."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The text a value comes from."""

    text: str
    article: str | None
    published: date | None
    """In the Journal officiel."""
    url: str | None

    def __str__(self) -> str:
        article = f", art. {self.article}" if self.article else ""
        published = f" (JO {self.published})" if self.published else ""
        return f"{self.text}{article}{published}"


@dataclass(frozen=True, slots=True)
class Value:
    """What a parameter is from a date on; ``value`` None says that the law sets no limit."""

    start: date
    value: int | bool | str | Decimal | None
    """Watts, metres, seconds, billionths, EUR a kWh or words, by the parameter's unit."""
    written: str
    reference: Reference
    checked: date
    """When someone last looked that the text still says so."""
    sure: bool
    """False where no source we could read settles it: whoever relies on it says so, and refuses nothing."""
    because: str | None
    until: date | None = None
    """The day from which another value is announced that nobody has found yet; None where none is."""

    @property
    def severity(self) -> Severity:
        """How grave it is not to respect this value."""
        return "error" if self.sure else "warning"

    @property
    def source(self) -> str:
        """Where the value comes from, in words for a message."""
        return f"{self.reference}{'' if self.sure else ', to be confirmed'}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One quantity of the law through time."""

    name: str
    title: str
    unit: str
    bound: Bound | None
    """Whether a quantity must stay under the value, or may reach it; None where it is no limit."""
    values: tuple[Value, ...]

    def on(self, day: date) -> Value | None:
        """The value in force that day, or None before the first and where it is not known."""
        value = next((value for value in reversed(self.values) if value.start <= day), None)
        return None if value and value.until and value.until <= day else value

    def known(self, day: date) -> Value:
        """The value in force that day. Raise ValueError where there is none, with why."""
        value = self.on(day)
        if value:
            return value
        past = [value for value in self.values if value.start <= day]
        if not past:
            raise ValueError(f"{self.name} is not known on {day}: its first value is of {self.values[0].start}")
        raise ValueError(f"{self.name} is known until {past[-1].until} only: another value was announced from then")

    def turns(self) -> Iterator[date]:
        """The days from which the value is another, or is not known."""
        for value in self.values:
            yield value.start
            if value.until:
                yield value.until

    def since(self, day: date) -> Iterator[tuple[Stretch, Value]]:
        """The values in force from a day on, each with its days."""
        for stretch in Stretch(day).cut(self.turns()):
            value = self.on(stretch.first)
            if value:
                yield stretch, value

    def allows(self, quantity: int, value: Value) -> bool:
        """Whether a quantity respects the limit that ``value`` sets."""
        if not isinstance(value.value, int):
            return True
        return quantity < value.value if self.bound == "under" else quantity <= value.value


def parameter(name: str, on: date) -> Value | None:
    """The value of a parameter in force on a day, or None before the law knew it, or where nobody here does yet.

    Raise KeyError where there is no such parameter, Malformed where its file cannot be read.
    """
    return read(name).on(on)


@cache
def names() -> tuple[str, ...]:
    """Every parameter, by its path: ``power-cap/mainland``."""
    return tuple(sorted(_names(_folder(), "")))


@cache
def read(name: str) -> Parameter:
    """One parameter with all its dates. Raise KeyError, Malformed."""
    if name not in names():
        raise KeyError(f'the law has no parameter "{name}"; {nearest(name, names())}')
    return parse_parameter(_folder().joinpath(f"{name}.yaml").read_bytes(), name)


def parse_parameter(content: bytes, name: str) -> Parameter:
    """Read one file, strictly: a slip in the law must never pass for a change of it. Raise Malformed."""
    from mitoyen.located import parse  # here, so that `mitoyen --help` does without

    try:
        document = parse(content, f"parameters/{name}.yaml")
    except Refused as refused:
        [first, *_others] = refused.findings
        raise Malformed(f"{first.place}: {first.message}") from None
    reader = _Reader(document)
    whole = reader.mapping((), {"title": str, "unit": str, "values": dict}, {"bound": str, "notes": str})
    unit, bound = whole["unit"], whole.get("bound")
    if unit not in UNITS:
        raise reader.malformed(f'unknown unit "{unit}", {nearest(unit, UNITS)}', "unit")
    if bound not in (None, "under", "up-to"):
        raise reader.malformed(f'unknown bound "{bound}", expected "under" or "up-to"', "bound")
    if (bound is None) == (unit in LIMITS):
        wanted = "a limit says whether it may be reached: bound: under, or bound: up-to"
        raise reader.malformed(wanted if unit in LIMITS else f"a {unit} has no bound", "unit")
    values = [reader.value(start, unit) for start in whole["values"]]
    if not values:
        raise reader.malformed("no value yet", "values")
    values.sort(key=lambda value: value.start)
    ends = [*(value.start for value in values[1:]), date.max]
    for value, end in zip(values, ends, strict=True):
        if value.until and not value.start < value.until <= end:
            wanted = "until: the day from which this value is not known to hold, no later than the next value"
            raise reader.malformed(wanted, "values", value.start.isoformat(), "until")
    return Parameter(name, whole["title"], unit, bound, tuple(values))


UNITS: Mapping[str, Callable[[str], int | str | Decimal] | None] = {
    "power": quantities.power,
    "distance": quantities.distance,
    "duration": quantities.duration,
    "rate": quantities.percent,
    "excise": quantities.excise,
    "words": str,
    "months": quantities.months,
    "yes-no": None,
}
LIMITS = ("power", "distance", "duration")


class _Reader:
    """Takes a parameter file apart, refusing whatever is not expected there."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def malformed(self, message: str, *path: str, key: bool = False) -> Malformed:
        return Malformed(f"{self._document.place(*path, key=key)}: {message}")

    def mapping(
        self, path: tuple[str, ...], required: Mapping[str, type], optional: Mapping[str, type]
    ) -> Mapping[str, Any]:
        found = self._document.value
        for key in path:
            found = found[key]
        if not isinstance(found, dict):
            raise self.malformed(f"expected the fields {', '.join(required)}", *path, key=True)
        known = {**required, **optional}
        for key, item in found.items():
            if key not in known:
                raise self.malformed(f'unknown field "{key}", {nearest(key, known)}', *path, key, key=True)
            if not isinstance(item, known[key]):
                raise self.malformed(f'"{key}" is not well written', *path, key)
        for key in required:
            if key not in found:
                raise self.malformed(f'"{key}" is missing', *path, key=True)
        return found

    def value(self, start: str, unit: str) -> Value:
        path = ("values", start)
        entry = self.mapping(
            path,
            {"value": object, "reference": dict, "checked": str},
            {"sure": bool, "because": str, "until": str},
        )
        source = self.mapping((*path, "reference"), {"text": str}, {"article": str, "published": str, "url": str})
        if "published" not in source and "url" not in source:
            raise self.malformed(
                "give the day of the Journal officiel (published) or a url", *path, "reference", key=True
            )
        return Value(
            start=self._day(start, *path, key=True),
            value=self._quantity(entry["value"], unit, *path, "value"),
            written=_written(entry["value"]),
            reference=Reference(
                source["text"],
                source.get("article"),
                self._day(source["published"], *path, "reference", "published") if "published" in source else None,
                source.get("url"),
            ),
            checked=self._day(entry["checked"], *path, "checked"),
            sure=entry.get("sure", True),
            because=entry.get("because"),
            until=self._day(entry["until"], *path, "until") if "until" in entry else None,
        )

    def _quantity(self, written: object, unit: str, *path: str) -> int | bool | str | Decimal | None:
        read_as = UNITS[unit]
        if read_as is None:
            if not isinstance(written, bool):
                raise self.malformed("expected true or false", *path)
            return written
        if written is None:
            return None
        if not isinstance(written, str):
            raise self.malformed(f"expected a {unit} with its unit, or null where the law sets none", *path)
        try:
            return read_as(written)
        except ValueError as error:
            raise self.malformed(str(error), *path) from None

    def _day(self, written: str, *path: str, key: bool = False) -> date:
        try:
            return quantities.day(written)
        except ValueError as error:
            raise self.malformed(str(error), *path, key=key) from None


def _written(value: object) -> str:
    if value is None:
        return "no limit"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _folder() -> Traversable:
    return files("mitoyen_france").joinpath("parameters")


def _names(folder: Traversable, prefix: str) -> Iterator[str]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _names(item, f"{prefix}{item.name}/")
        elif item.name.endswith(".yaml"):
            yield prefix + item.name.removesuffix(".yaml")
