"""One digest for one meaning: the canonical form of named values.

Named maps with sorted keys, int and Decimal as one kind (``0`` and ``0.000`` are the same number), no floats, no
positional lists of attributes: a new field with its default written out changes what it must and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

RECIPE = {"allocation": 1, "pricing": 3, "documents": 1}
"""The number of each stage's recipe: raised when what goes into its fingerprint is arranged in another way."""


def digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def fingerprint(stage: str, **inputs: Any) -> str:
    """``sha256:…`` over the stage's recipe and its named inputs."""
    return digest(canonical({"stage": stage, "recipe": RECIPE[stage], **inputs}))


def canonical(value: Any) -> bytes:
    """The bytes that stand for a value. Raise TypeError on what has no canonical form, floats first of all."""
    return json.dumps(_form(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _form(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | Decimal | Fraction):
        # A string that reads as a number must not be taken for one: numbers wear a mark.
        return {"number": _number(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Mapping):
        return {"map": {_key(key): _form(item) for key, item in value.items()}}
    if isinstance(value, AbstractSet):
        return {"set": sorted(json.dumps(_form(item), sort_keys=True) for item in value)}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_form(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)


def _number(value: int | Decimal | Fraction) -> str:
    exact = Fraction(value)
    return str(exact.numerator) if exact.denominator == 1 else f"{exact.numerator}/{exact.denominator}"
