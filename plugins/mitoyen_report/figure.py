"""A picture with its words and its numbers: nothing is shown that the table does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from mitoyen_report import charts, draw
from mitoyen_report.table import Table

FOLDER = "chiffres"
"""Beside the pages: the numbers as CSV."""


@dataclass(frozen=True, slots=True)
class Figure:
    """``id`` names it in its page, and its CSV."""

    id: str
    title: str
    summary: str
    table: Table
    drawing: Markup | None = None
    narrow: Markup | None = None
    """Drawn for a telephone, where the first would be too small there."""
    legend: tuple[tuple[str, str], ...] = ()
    """The name of a colour, and what has it."""

    link: str | None = None
    """The numbers themselves as an address, where the page has no folder beside it."""

    @property
    def csv(self) -> str:
        return self.link or f"{FOLDER}/{self.id}.csv"


def picture(
    name: str,
    title: str,
    summary: str,
    table: Table,
    spec: Mapping[str, Any],
    lang: str,
    narrow: Mapping[str, Any] | None = None,
    legend: tuple[tuple[str, str], ...] = (),
) -> Figure:
    """A figure with its drawing, and one for a telephone."""

    def drawing(one: Mapping[str, Any] | None) -> Markup | None:
        # Of our own making: every word in it was escaped by what drew it.
        return Markup(draw.svg(one, lang, f"{name}-says")) if one else None  # noqa: S704

    return Figure(name, title, summary, table, drawing(spec), drawing(narrow or charts.narrow(spec)), legend)
