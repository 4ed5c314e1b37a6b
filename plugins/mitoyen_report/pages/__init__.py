"""The pages of an operation and of the federation: for each, what its template is filled with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mitoyen_report.figure import Figure
from mitoyen_report.gathered import TOGETHER
from mitoyen_report.words import Words


@dataclass(frozen=True, slots=True)
class Page:
    """``file`` is its name in the operation's folder, ``template`` the one it is filled in."""

    file: str
    template: str
    title: str
    values: Mapping[str, Any]
    figures: tuple[Figure, ...] = field(default=())
    """All of the page's, for their CSV files."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number in large, with what it is."""

    name: str
    value: str
    unit: str
    note: str = ""
    colour: str = ""


NAVIGATION = (
    ("index.html", "overview"),
    ("jour.html", "the day"),
    ("centrales.html", "plants"),
    ("argent.html", "money"),
    ("decisions.html", "decisions"),
    ("donnees.html", "quality"),
)
"""The pages of an operation, by file: the word for each."""


def label(key: str, left: int, words: Words) -> str:
    """A group of consumers as people read it; ``left`` are how many have no colour of their own."""
    if key == TOGETHER:
        return words("Shared")
    return key.replace("+", " + ") if key else words("others", n=left)
