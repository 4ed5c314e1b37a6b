"""Who is behind a pseudonym: a person or a body, with what documents say of it. Numbers are without blanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Mandate:
    reference: str
    signed: date
    sequence: str


@dataclass(frozen=True, slots=True)
class Party:
    """A household, a business, a public body or an association. Numbers are without blanks."""

    kind: str
    name: str
    address: Address
    siren: str | None = None
    siret: str | None = None
    vat: str | None = None
    legal: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """form, capital, rcs: what a seller prints."""
    email: str | None = None
    iban: str | None = None
    bic: str | None = None
    creditor_id: str | None = None
    mandate: Mandate | None = None
    meters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """PRM by alias."""
    chorus: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """service, engagement."""
    language: str | None = None

    def as_data(self) -> dict[str, Any]:
        """What a document shows of it."""
        address = self.address
        return {
            "name": self.name,
            "address": {
                "lines": list(address.lines),
                "postcode": address.postcode,
                "city": address.city,
                "country": address.country,
            },
        }
