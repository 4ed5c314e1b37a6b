"""What ``source: {use: enedis, with: …}`` may say, and the same as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from mitoyen.contracts import Options

_TEXT = {"type": "string", "minLength": 1}

SCHEMA: Mapping[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "files": {
            "type": "array",
            "items": _TEXT,
            "minItems": 1,
            "description": "globs, looked up in --file DIR, MITOYEN_DATA or the repository / les fichiers",
        },
        "unit": {
            "enum": ["Wh", "kWh", "W", "kW"],
            "description": "of files that do not say theirs, as the raw curves of the monthly mail; W and kW are "
            "mean power over the step / l'unité des fichiers qui ne la disent pas",
        },
        "numbers": {
            **_TEXT,
            "description": "a YAML file outside git, alias: PRM between quotes, beside or instead of the vault / "
            "fichier hors de git, alias : PRM",
        },
        "whose": {
            "type": "object",
            "additionalProperties": {"type": "string", "format": "meter"},
            "description": "name of a file, as a pattern -> meter, where the file itself does not say / "
            "motif de nom de fichier -> compteur",
        },
        "stamp": {
            "type": "object",
            "additionalProperties": {"enum": ["start", "end"]},
            "description": "name of a file, as a pattern -> which end of its step a time names, where that is not "
            "found or found wrong / motif -> début ou fin du pas",
        },
        "zone": {**_TEXT, "description": "of times without offset; the operation's zone by default / le fuseau"},
        "offsets": {
            "enum": ["kept", "ignored"],
            "default": "kept",
            "description": "ignored: times are read as the clock on the wall, whatever offset they say / "
            "ignored : les décalages écrits ne comptent pas",
        },
        "editions": {
            "enum": ["refuse", "latest"],
            "default": "refuse",
            "description": "where two publications differ: refuse both, or the later one holds / "
            "si deux publications diffèrent : refuser, ou garder la dernière",
        },
        "gaps": {
            "enum": ["refuse", "zero", "estimate"],
            "default": "refuse",
            "description": "what may be done about holes / que faire des trous",
        },
    },
}


@dataclass(frozen=True, slots=True)
class Settings:
    files: tuple[str, ...]
    unit: str
    numbers: str | None
    whose: Mapping[str, str]
    stamp: Mapping[str, str]
    zone: str | None
    keep_offsets: bool
    latest: bool
    gaps: Any
    where: tuple[str | int, ...] = ()
    """The way to these options inside ``with:``."""

    @classmethod
    def of(cls, options: Options) -> Settings:
        return cls(
            tuple(options.get("files", ())),
            options.get("unit", ""),
            options.get("numbers"),
            options.get("whose", {}),
            options.get("stamp", {}),
            options.get("zone"),
            options.get("offsets", "kept") == "kept",
            options.get("editions", "refuse") == "latest",
            options.get("gaps", "refuse"),
        )


def named(patterns: Mapping[str, str], path: str) -> str | None:
    """What the first pattern says that fits a file's path, or the end of it: ``mail.eml/export.zip/curve.txt``."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    ends = ["/".join(parts[start:]) for start in range(len(parts))]
    for pattern, said in patterns.items():
        if any(fnmatchcase(end, pattern) for end in ends):
            return said
    return None
