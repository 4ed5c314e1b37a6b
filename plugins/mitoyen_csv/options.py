"""What ``source: {use: csv, with: …}`` may say, and the same as records.

One :class:`Block` describes a set of files of one form: the curves, then each entry of ``coefficients``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from mitoyen.contracts import KWH, WHOLE, Kind, Options
from mitoyen.intake.curve import Target
from mitoyen.intake.quantities import Scale

IN_VALUE = "in-value"
"""The zone of times that say their offset themselves."""

MISSING_WORDS = ("", "NA")

_TEXT = {"type": "string", "minLength": 1}
_FILE_FORM: dict[str, Any] = {
    "files": {
        "type": "array",
        "items": _TEXT,
        "minItems": 1,
        "description": "globs, looked up in --file DIR, MITOYEN_DATA or the repository / les fichiers, par motifs",
    },
    "layout": {
        "enum": ["wide", "long"],
        "description": "a column a meter, or a row a value / une colonne par compteur, ou une ligne par valeur",
    },
    "delimiter": {"enum": [";", ",", "\t", "|"], "description": "between cells / le séparateur"},
    "decimal": {"enum": [",", "."], "description": "the decimal sign / le signe décimal"},
    "encoding": {**_TEXT, "description": "utf-8, utf-8-sig, utf-16, latin-1… / l'encodage"},
    "timestamp": {
        "type": "object",
        "additionalProperties": False,
        "description": "when a value was measured / l'horodate",
        "properties": {
            "column": {"type": "string", "description": "its column / sa colonne"},
            "format": {**_TEXT, "description": "iso, or strptime: %d/%m/%Y %H:%M / iso, ou un motif"},
            "zone": {
                **_TEXT,
                "description": "of times without offset: Europe/Paris, UTC; in-value: none is without / le fuseau",
            },
            "stamp": {
                "enum": ["start", "end"],
                "default": "start",
                "description": "which end of its step a time names / le début ou la fin du pas",
            },
        },
    },
    "meter": {"type": "string", "description": "long: the column of the meter / la colonne du compteur"},
    "value": {"type": "string", "description": "long: the column of the value / la colonne de la valeur"},
    "missing": {
        "type": "array",
        "items": {"type": "string"},
        "default": list(MISSING_WORDS),
        "description": "what stands for no value / ce qui veut dire «pas de valeur»",
    },
}

SCHEMA: Mapping[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": False,
    "required": ["unit"],
    "properties": {
        **_FILE_FORM,
        "unit": {
            "enum": ["Wh", "kWh", "MWh", "W", "kW"],
            "description": "W and kW are mean power over the step / W et kW: puissance moyenne du pas",
        },
        "columns": {
            "type": "object",
            "additionalProperties": {
                "type": "string",
                "pattern": "^[^/]+(/(measured|shared|complement|surplus))?$",
                "examples": ["mtr-01", "mtr-01/shared"],
            },
            "description": "column (long: meter) -> alias, or alias/series / colonne (ou compteur) -> alias",
        },
        "gaps": {
            "enum": ["refuse", "zero", "estimate"],
            "default": "refuse",
            "description": "what may be done about holes / que faire des trous",
        },
        "coefficients": {
            "type": "array",
            "description": "the coefficients of a key, by step / les coefficients de répartition",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["files"],
                "properties": {
                    **_FILE_FORM,
                    "unit": {"enum": ["%", 1], "default": "%", "description": "percent, or parts of 1 / l'unité"},
                    "columns": {
                        "type": "object",
                        "additionalProperties": {"type": "string", "format": "meter"},
                        "description": "column -> the consumer's meter / colonne -> compteur du consommateur",
                    },
                    "producer": {
                        "type": "string",
                        "format": "producer",
                        "description": "whose energy they share, where they are by pair / le producteur concerné",
                    },
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Block:
    """A set of files of one form; what is None is found by looking at each file."""

    where: tuple[str | int, ...]
    """The way to this block inside ``with:``."""
    files: tuple[str, ...]
    unit: str
    coefficient: bool
    producer: str | None
    layout: str | None
    delimiter: str | None
    decimal: str | None
    encoding: str | None
    stamp_column: str | None
    stamp_format: str | None
    zone: str | None
    stamp_end: bool
    columns: Mapping[str, str]
    meter: str | None
    value: str | None
    missing: frozenset[str]

    def scale(self, step: int) -> Scale:
        """What one unit is worth over a step of so many seconds: W and kW are mean power over the step."""
        if self.coefficient:
            return Scale(WHOLE if self.unit == "1" else WHOLE // 100)
        if self.unit in {"W", "kW"}:
            return Scale((KWH if self.unit == "kW" else KWH // 1000) * step, 3600)
        return Scale({"Wh": KWH // 1000, "kWh": KWH, "MWh": KWH * 1000}[self.unit])

    def target(self, word: str) -> Target:
        """The series that ``alias`` or ``alias/series`` names."""
        if self.coefficient:
            return Target(word, "coefficient", self.producer)
        alias, _, series = word.rpartition("/")
        for kind in get_args(Kind):
            if alias and series == kind and kind != "coefficient":
                return Target(alias, kind)
        return Target(word, "measured")


def blocks(options: Options) -> Iterator[Block]:
    """The curves first, then the coefficients."""
    yield _block(options, (), coefficient=False)
    for number, entry in enumerate(options.get("coefficients", ())):
        yield _block(entry, ("coefficients", number), coefficient=True)


def _block(options: Options, where: tuple[str | int, ...], *, coefficient: bool) -> Block:
    stamp = options.get("timestamp", {})
    return Block(
        where=where,
        files=tuple(options.get("files", ())),
        unit=str(options.get("unit", "%")),
        coefficient=coefficient,
        producer=options.get("producer"),
        layout=options.get("layout"),
        delimiter=options.get("delimiter"),
        decimal=options.get("decimal"),
        encoding=options.get("encoding"),
        stamp_column=stamp.get("column"),
        stamp_format=stamp.get("format"),
        zone=stamp.get("zone"),
        stamp_end=stamp.get("stamp", "start") == "end",
        columns={str(name).strip(): str(word) for name, word in options.get("columns", {}).items()},
        meter=options.get("meter"),
        value=options.get("value"),
        missing=frozenset(options.get("missing", MISSING_WORDS)),
    )
