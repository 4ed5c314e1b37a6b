"""What a word written without quotes is: text, a number, true, false or null. What is doubtful is refused.

Programs that speak YAML 1.1 and YAML 1.2 read the same word in two ways, and so do people. Such a word is never
chosen for: the message says what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mitoyen.quantities import quoted

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A scalar that two programs, or two people, may read differently."""

    message: str
    advice: str


_WORDS = {"": None, "null": None, "true": True, "false": False}
_SWITCHES = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_NUMBER = re.compile(
    r"[-+]?(?:0[xob][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|\.(?i:inf|nan))"
)
_BASES = ("0x", "0o", "0b")


def _resolved(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    lower = text.lower()
    if lower in _SWITCHES:
        instead = _SWITCHES[lower]
        return _ambiguous(text, f"some programs read {text} as {instead}, others as text", instead)
    if lower in _WORDS or text == "~":
        instead = "null" if text == "~" else lower
        return _ambiguous(text, f"{text} is written {instead} here", instead)
    if _SEXAGESIMAL.fullmatch(text):
        return _ambiguous(text, f"some programs read {_short(text)} as a number in base 60", None)
    if not _NUMBER.fullmatch(text):
        return text
    if sum(sign in "0123456789" for sign in text) >= 14:
        return Ambiguous(
            "a number of 14 digits or more",
            "write a name instead; the number of a meter, or of an account, is not kept in git",
        )
    if _INT.fullmatch(text):
        return int(text)
    return _ambiguous(text, f"programs do not agree on what number {_short(text)} is", _number(text))


_remembered = lru_cache(maxsize=4096)(_resolved)


def plain(text: str) -> Any:
    """The value of a scalar written without quotes, or Ambiguous."""
    # The same words come again and again; long ones are not kept.
    return _remembered(text) if len(text) < 100 else _resolved(text)


def _ambiguous(text: str, message: str, instead: str | None) -> Ambiguous:
    as_text = f"{quoted(text)} with its quotes"
    return Ambiguous(message, f"write {instead}, or {as_text} for a text" if instead else f"write {as_text}")


def _number(text: str) -> str | None:
    """The number as it is written here, where that is clear."""
    bare = text.replace("_", "").lstrip("+")
    try:
        value = Decimal(int(bare, 0)) if bare.lstrip("-")[:2] in _BASES else Decimal(bare)
    except (ValueError, ArithmeticError):
        return None
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) < 13 else None


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
