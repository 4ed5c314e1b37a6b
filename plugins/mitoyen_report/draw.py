"""Pictures as SVG, by Vega-Lite, without a browser and without a network.

Colours are variables of the page's style sheet, so that a dark screen and paper have theirs. Nothing in a picture
depends on the fonts of a machine: its edges are given, and no label is moved for want of room.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from mitoyen.host import MissingExtra

FONT = 13
_FRAME: Mapping[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "mark": {"aria": False},
    "axis": {
        "aria": False,
        "labelColor": "var(--ink)",
        "titleColor": "var(--ink)",
        "gridColor": "var(--grid)",
        "domainColor": "var(--axis)",
        "tickColor": "var(--axis)",
        "labelFontSize": FONT,
        "titleFontSize": FONT,
        "titleFontWeight": "normal",
        "labelOverlap": False,
        "labelLimit": 0,
    },
}
LOCALES = {
    "fr": {"decimal": ",", "thousands": "\u202f", "grouping": [3], "currency": ["", "\u202f€"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["€", ""]},
}

_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_ROLES = re.compile(r' (?:role|aria-[a-z]+|pointer-events|stroke-miterlimit|xmlns:xlink|version)="[^"]*"')
_STRAIGHT = re.compile(r' d="(M[-\d.,LZ]+)"')
_CORNER = re.compile(r"([MLZ])(?:(-?[\d.]+),(-?[\d.]+))?")
_OPEN = re.compile(r'^<svg ([^>]*?)class="marks" width="([\d.]+)" height="([\d.]+)"')


@cache
def _library() -> Any:
    try:
        import vl_convert
    except ModuleNotFoundError as error:
        raise MissingExtra("report", "vl-convert-python") from error
    return vl_convert


def svg(spec: Mapping[str, Any], lang: str, label: str) -> str:
    """A specification drawn; ``label`` is the id of the element that says in words what is to be seen."""
    # The size of the whole is the specification's; padding is where its axes are.
    whole = {**spec, "config": _FRAME, "autosize": {"type": "none"}}
    text = _library().vegalite_to_svg(whole, format_locale=LOCALES[lang])
    text = _STRAIGHT.sub(_level, _LONG.sub(_short, _ROLES.sub("", text)))
    return _OPEN.sub(rf'<svg \1role="img" aria-labelledby="{label}" class="chart" data-width="\2"', text, count=1)


def _level(match: re.Match[str]) -> str:
    """A path of straight lines, those along an axis by where they end: steps take half the characters."""
    said, x, y = [], "", ""
    for command, to_x, to_y in _CORNER.findall(match[1]):
        if command != "L":
            said.append(f"{command}{to_x},{to_y}" if command == "M" else command)
        elif to_y == y:
            said.append(f"H{to_x}")
        elif to_x == x:
            said.append(f"V{to_y}")
        else:
            said.append(f"L{to_x},{to_y}")
        x, y = to_x, to_y
    path = "".join(said)
    return f' d="{path}"'


def _short(match: re.Match[str]) -> str:
    """Two decimals of a pixel: the rest is weight, and would not be the same on every processor."""
    said = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said
