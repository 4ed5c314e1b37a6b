"""What the law wants on an invoice beside its VAT, and how far back one may still ask for more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mitoyen.contracts import Note
from mitoyen_france.law import names, parameter

KINDS = {"household": "household", "public": "public", "business": "professional", "association": "professional"}
"""Whose terms hold for each kind of buyer."""

NOTES = {"PMT": "indemnity", "PMD": "penalty", "AAB": "discount"}
"""The three terms of payment that an electronic invoice must have, each once."""


def notes(kind: str, _lang: str, day: date) -> Sequence[Note]:
    """The terms of payment, in French in any language: they are the law's own words."""
    found = ((code, parameter(f"invoices/{KINDS[kind]}/{name}", day)) for code, name in NOTES.items())
    return tuple(Note(code=code, text=str(value.value)) for code, value in found if value)


def horizon(kind: str, day: date) -> int | None:
    """Months back."""
    name = f"invoices/{KINDS[kind]}/horizon"
    value = parameter(name, day) if name in names() else None
    return int(value.value) if value and isinstance(value.value, int) else None
