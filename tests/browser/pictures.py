"""A picture read back from what the browser has drawn: marks as points, and the axis that gives them a size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

READ = """(svg) => {
  const at = (one) => (one.getAttribute("transform") || "0,0").match(/-?[\\d.]+/g).map(Number);
  const all = (where) => [...svg.querySelectorAll(where)];
  const paths = (where) =>
    all(where).map((one) => [one.getAttribute("fill") || one.getAttribute("stroke"), one.getAttribute("d")]);
  const labels = all(".role-axis-label");
  const texts = (one) => (one ? [...one.querySelectorAll("text")].map((text) => text.textContent) : []);
  return {
    grid: all(".role-axis-grid line").map((one) => at(one)[1]),
    below: texts(labels[labels.length - 2]),
    beside: texts(labels[labels.length - 1]),
    bars: paths(".mark-rect.role-mark path"),
    areas: paths(".mark-area path[fill]").filter(([, d]) => d),
    lines: all(".mark-line path[stroke]").map((one) => [one.getAttribute("stroke"), one.getAttribute("d")])
      .filter(([, d]) => d),
    shown: svg.getBoundingClientRect().width > 0,
  };
}"""

Point = tuple[float, float]

_TOKEN = re.compile(r"([MLHVhvlmZz])|(-?\d*\.?\d+(?:e-?\d+)?)")


def points(path: str) -> list[Point]:
    """The corners of a path of straight lines."""
    found: list[Point] = []
    x = y = 0.0
    tokens = [one.group(0) for one in _TOKEN.finditer(path)]
    command, place = "", 0
    while place < len(tokens):
        if tokens[place].isalpha():
            command, place = tokens[place], place + 1
            continue
        taken = 1 if command in "hvHV" else 2
        numbers = [float(one) for one in tokens[place : place + taken]]
        place += taken
        dx, dy = (0.0, numbers[0]) if command in "vV" else (numbers[0], numbers[-1] if taken == 2 else 0.0)
        match command:
            case "h" | "v" | "l" | "m":
                x, y = x + dx, y + dy
            case "H":
                x = dx
            case "V":
                y = dy
            case _:
                x, y = dx, dy
        found.append((x, y))
    return found


def levels(corners: Sequence[Point], x: float) -> list[float]:
    """Where the level stretches of an outline are that pass ``x``, lowest on the screen last."""
    return sorted(
        one[1]
        for one, two in pairwise(corners)
        if abs(one[1] - two[1]) < 0.02 and min(one[0], two[0]) < x < max(one[0], two[0])
    )


def number(text: str) -> float:
    """``1 234,5 %``, as a French page has it."""
    return float(re.sub(r"[\s%€]", "", text).replace(",", "."))


@dataclass(frozen=True)
class Picture:
    grid: list[float]
    below: list[str]
    beside: list[str]
    bars: list[tuple[str, list[Point]]]
    areas: dict[str, list[Point]]
    lines: dict[str, list[Point]]
    shown: bool

    @property
    def zero(self) -> float:
        return self.grid[0]

    @property
    def unit(self) -> float:
        """What a pixel stands for, by the lines of the grid and the words beside them."""
        assert len(self.grid) == len(self.beside) > 1
        return (number(self.beside[-1]) - number(self.beside[0])) / (self.grid[0] - self.grid[-1])


def read(svg: Any) -> Picture:
    """A locator of a drawing, read."""
    found = svg.evaluate(READ)
    return Picture(
        found["grid"],
        found["below"],
        found["beside"],
        [(colour, points(d)) for colour, d in found["bars"]],
        {colour: points(d) for colour, d in found["areas"]},
        {colour: points(d) for colour, d in found["lines"]},
        found["shown"],
    )


def rows(page: Any, figure: str) -> tuple[list[str], list[list[str]]]:
    """The heads of a figure's table, and its cells as they are read."""
    heads, *body = page.locator(f"#{figure}-table").evaluate(
        """(table) => [...table.querySelectorAll("thead tr, tbody tr")].map(
             (row) => [...row.cells].map((cell) => cell.textContent.trim()))"""
    )
    return heads, body
