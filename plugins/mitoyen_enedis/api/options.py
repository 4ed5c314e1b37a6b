"""What ``source: {use: enedis-api, with: …}`` may say, and the same as a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from string import Formatter
from typing import Any
from urllib.parse import urlsplit

from mitoyen.contracts import Finding, Options, Request

BASE = "https://gw.ext.prod.api.enedis.fr/collective_self_consumption/v4"
CURVES = "definitive_load_curves/{direction}/{number}"

SCHEMA: Mapping[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "base": {
            "type": "string",
            "default": BASE,
            "description": "where the service is; its token comes from /oauth2/v3/token of the same host / "
            "l'adresse du service",
        },
        "curves": {
            "type": "string",
            "default": CURVES,
            "description": "the path of load curves below that of the agreement; without {number}, as in v1, all "
            "meters are asked for at once / le chemin des courbes",
        },
        "energies": {
            "type": "boolean",
            "default": True,
            "description": "ask for the definitive energies too, which curves are held against (v4) / les énergies "
            "définitives, auxquelles les courbes sont comparées",
        },
        "unit": {
            "enum": ["Wh", "kWh", "W", "kW"],
            "description": "of curves that do not say theirs; W and kW are mean power over the step / l'unité des "
            "courbes qui ne la disent pas",
        },
        "stamp": {
            "enum": ["start", "end"],
            "default": "start",
            "description": "which end of its step a time names / début ou fin du pas",
        },
        "rate": {
            "type": "integer",
            "minimum": 1,
            "default": 5,
            "description": "requests a second at most / requêtes par seconde, au plus",
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
    base: str
    curves: str
    energies: bool
    unit: str
    stamp: str
    rate: int
    gaps: Any

    @classmethod
    def of(cls, options: Options) -> Settings:
        return cls(
            options.get("base", BASE).rstrip("/"),
            options.get("curves", CURVES).strip("/"),
            options.get("energies", True),
            options.get("unit", ""),
            options.get("stamp", "start"),
            options.get("rate", 5),
            options.get("gaps", "refuse"),
        )

    @property
    def token(self) -> str:
        """Where a token is asked for."""
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}/oauth2/v3/token"

    @property
    def by_meter(self) -> bool:
        return "{number}" in self.curves


def faults(settings: Settings, request: Request) -> Iterator[Finding]:
    """What no schema sees. ACC440: no agreement; ACC449: an address to which no secret may be sent."""
    if not request.agreement:
        message = "the operator knows an operation by its agreement, and this one names none"
        hint = "agreement: ACC00000001 in operation.yaml, as it stands in the convention"
        yield Finding("ACC440", message, request.locate(), hint)
    parts = urlsplit(settings.base)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _own(parts.hostname))):
        message = "secrets and curves are only sent over https"
        yield Finding("ACC449", message, request.locate("base"), f"base: {BASE}")
    elif parts.username or parts.password or parts.query or parts.fragment:
        message = "this address holds more than a host and a path"
        hint = "client and secret come from the environment, never from a file"
        yield Finding("ACC449", message, request.locate("base"), hint)
    if unknown := _fields(settings.curves) - {"direction", "number"}:
        message = f"{{{min(unknown)}}} stands for nothing: this path has {{direction}} and {{number}}"
        yield Finding("ACC449", message, request.locate("curves"), f"curves: {CURVES}")


def _own(host: str) -> bool:
    """Whether it is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fields(path: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(path) if name is not None}
    except ValueError:
        return {path}
