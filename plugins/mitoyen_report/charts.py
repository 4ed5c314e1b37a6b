"""What each picture looks like, as Vega-Lite specifications: from rows of a table to marks.

Colours are names of variables in the style sheet. ``series`` are drawn in their order, first at the bottom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]

WIDE, NARROW = 460, 300
"""Of a plot, in pixels: a picture is as wide as a column, and on a telephone as the screen."""

WIDE_LABELS, NARROW_LABELS = 16, 8
"""Words below a picture; more would touch."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot and the room for its axes."""

    width: int
    height: int
    left: int = 56
    bottom: int = 30
    top: int = 30
    right: int = 12

    def spec(self, **more: Any) -> Spec:
        padding = {"left": self.left, "right": self.right, "top": self.top, "bottom": self.bottom}
        return {"width": self.width, "height": self.height, "padding": padding, **more}


def narrow(spec: Mapping[str, Any]) -> Spec | None:
    """The same for a telephone, where a wide picture would be too small to read. None where it is small already."""
    if spec.get("width") != WIDE:
        return None
    smaller = {**spec, "width": NARROW}
    if "layer" in spec:
        smaller["layer"] = [{**one, "encoding": _fewer(one["encoding"])} for one in spec["layer"]]
    else:
        smaller["encoding"] = _fewer(spec["encoding"])
    return smaller


def _fewer(encoding: Mapping[str, Any]) -> Spec:
    """With no more words below than there is room for."""
    if "x" not in encoding:
        return {**encoding}
    x = encoding["x"]
    words = x["scale"]["domain"] if x["type"] == "ordinal" else x["axis"]["values"]
    axis = {**x["axis"], "values": _some(words, NARROW_LABELS), "labelFontSize": 13}
    return {**encoding, "x": {**x, "axis": axis}}


def _some(words: Sequence[Any], room: int) -> list[Any]:
    return list(words[:: max(1, -(-len(words) // room))])


def bars(
    frame: Frame,
    labels: Sequence[str],
    sides: Sequence[Mapping[str, Sequence[float | None]]],
    colours: Mapping[str, str],
    unit: str,
) -> Spec:
    """Stacked bars by label, several beside each other: in each of ``sides``, the values of each series."""
    values = [
        {"x": label, "side": side, "what": name, "order": order, "v": of[index]}
        for side, series in enumerate(sides)
        for order, (name, of) in enumerate(series.items())
        for index, label in enumerate(labels)
        if of[index] is not None
    ]
    return frame.spec(
        data={"values": values},
        mark={"type": "bar", "aria": False},
        encoding={
            "x": _categories(labels, 0.15),
            "xOffset": {"field": "side", "type": "ordinal", "scale": {"domain": list(range(len(sides)))}},
            "y": _amount("v", unit, stack="zero"),
            "color": _colour("what", colours),
            "order": {"field": "order", "type": "quantitative"},
        },
    )


def lines(
    frame: Frame,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    colours: Mapping[str, str],
    unit: str,
    top: float | None = None,
) -> Spec:
    """A line each, with a point where there is a value: a hole is a hole."""
    values = [
        {"x": label, "what": name, "v": of[index]}
        for name, of in series.items()
        for index, label in enumerate(labels)
        if of[index] is not None
    ]
    mark = {"type": "line", "aria": False, "strokeWidth": 2.5, "interpolate": "linear"}
    return frame.spec(
        data={"values": values},
        mark={**mark, "point": {"filled": True, "size": 45}},
        encoding={
            "x": _categories(labels, 0.5),
            "y": _amount("v", unit, stack=None, top=top),
            "color": _colour("what", colours),
        },
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a calendar: its column and row, and how dark it is."""

    column: int
    row: int
    shade: int


def calendar(
    cells: Sequence[Cell], columns: Mapping[int, str], rows: Mapping[int, str], size: int, shades: int
) -> Spec:
    """Days as squares, weeks as columns; ``columns`` and ``rows`` are the words beside some of them."""
    wide = max((cell.column for cell in cells), default=0) + 1
    high = max((cell.row for cell in cells), default=0) + 1
    x = {"type": "quantitative", "axis": None, "scale": {"domain": [0, wide], "nice": False, "zero": False}}
    y = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, high], "nice": False, "zero": False, "reverse": True},
    }
    domain = list(range(shades))
    scale = {"domain": domain, "range": [f"var(--h{shade})" for shade in domain]}
    colour = {"field": "shade", "type": "ordinal", "legend": None, "scale": scale}
    squares = [
        {"x": c.column + 0.06, "x2": c.column + 0.94, "y": c.row + 0.06, "y2": c.row + 0.94, "shade": c.shade}
        for c in cells
    ]
    words = [{"x": column, "y": -0.25, "word": word} for column, word in columns.items()]
    beside = [{"x": -0.25, "y": row + 0.7, "word": word} for row, word in rows.items()]
    text = {"type": "text", "aria": False, "fontSize": 13, "color": "var(--ink)", "clip": False}
    return Frame(wide * size, high * size, left=40, bottom=6, top=22, right=6).spec(
        layer=[
            {
                "data": {"values": squares},
                "mark": {"type": "rect", "aria": False},
                "encoding": {
                    "x": {"field": "x", **x},
                    "x2": {"field": "x2"},
                    "y": {"field": "y", **y},
                    "y2": {"field": "y2"},
                    "color": colour,
                },
            },
            *(
                {
                    "data": {"values": some},
                    "mark": {**text, "align": align, "baseline": "alphabetic"},
                    "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}, "text": {"field": "word"}},
                }
                for some, align in ((words, "left"), (beside, "right"))
                if some
            ),
        ]
    )


@dataclass(frozen=True, slots=True)
class Stack:
    """Areas on each other through a day, and lines over them. Values by moment; ``at`` is in hours, one more than
    there are values: each holds until the next."""

    at: Sequence[float]
    areas: Mapping[str, Sequence[float]]
    lines: Mapping[str, Sequence[float]]


def day(frame: Frame, stack: Stack, colours: Mapping[str, str], unit: str, top: float) -> Spec:
    """A day by steps, stacked: what comes first is at the bottom."""
    x = {
        "field": "t",
        "type": "quantitative",
        "scale": {"domain": [0, 24], "nice": False},
        "axis": {
            "title": None,
            "values": list(range(0, 25, 6 if frame.width <= NARROW else 3)),
            "labelExpr": "datum.value + ' h'",
            "grid": False,
            "aria": False,
        },
    }
    scale = {"domain": [0, top], "nice": False}
    return frame.spec(
        layer=[
            {
                "data": {"values": _moments(stack.at, stack.areas)},
                "mark": {"type": "area", "interpolate": "step-after", "aria": False},
                "encoding": {
                    "x": x,
                    "y": _amount("v", unit, stack="zero", scale=scale),
                    "color": _colour("what", {name: colours[name] for name in stack.areas}),
                    "order": {"field": "order", "type": "quantitative"},
                },
            },
            *(
                {
                    "data": {"values": _moments(stack.at, {name: of})},
                    "mark": {
                        "type": "line",
                        "interpolate": "step-after",
                        "aria": False,
                        "strokeWidth": 1.8,
                        "stroke": colours[name],
                    },
                    "encoding": {"x": x, "y": _amount("v", unit, stack=None, scale=scale)},
                }
                for name, of in stack.lines.items()
            ),
        ]
    )


def _moments(at: Sequence[float], series: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    return [
        {"t": moment, "what": name, "order": order, "v": value}
        for order, (name, of) in enumerate(series.items())
        for moment, value in zip(at, [*of, of[-1]] if of else [], strict=True)
    ]


def points(frame: Frame, places: Sequence[Mapping[str, Any]]) -> Spec:
    """Where things are: ``longitude``, ``latitude``, ``size`` and ``name`` of each; no coast, no road."""
    return frame.spec(
        projection={"type": "mercator"},
        view={"stroke": "var(--grid)"},
        layer=[
            {
                "data": {"values": list(places)},
                "mark": {"type": "circle", "aria": False, "color": "var(--c-shared)", "opacity": 0.85},
                "encoding": {
                    "longitude": {"field": "longitude", "type": "quantitative"},
                    "latitude": {"field": "latitude", "type": "quantitative"},
                    "size": {
                        "field": "size",
                        "type": "quantitative",
                        "legend": None,
                        "scale": {"range": [60, 900], "zero": True},
                    },
                },
            },
            {
                "data": {"values": list(places)},
                "mark": {"type": "text", "aria": False, "dy": -18, "fontSize": 13, "color": "var(--ink)"},
                "encoding": {
                    "longitude": {"field": "longitude", "type": "quantitative"},
                    "latitude": {"field": "latitude", "type": "quantitative"},
                    "text": {"field": "name"},
                },
            },
        ],
    )


# --- pieces ----------------------------------------------------------------------------------------------------


def _categories(labels: Sequence[str], padding: float) -> Spec:
    return {
        "field": "x",
        "type": "ordinal",
        "sort": None,
        "scale": {"domain": list(labels), "padding": padding},
        "axis": {
            "title": None,
            "values": _some(labels, WIDE_LABELS),
            "labelAngle": 0,
            "labelFontSize": 11,
            "labelPadding": 6,
            "ticks": False,
            "aria": False,
        },
    }


def _amount(
    field: str, unit: str, *, stack: str | None, scale: Spec | None = None, top: float | None = None
) -> Spec:
    fixed = {"domain": [0, top], "nice": False} if top is not None else {"zero": True}
    return {
        "field": field,
        "type": "quantitative",
        "stack": stack,
        "scale": scale or fixed,
        "axis": {
            "title": unit,
            "titleAnchor": "end",
            "titleAngle": 0,
            "titleAlign": "left",
            "titleX": -50,
            "titleY": -14,
            "titleBaseline": "bottom",
            "tickCount": 5,
            "format": "~g" if (top or 2000) < 2 else ",~f",
            "ticks": False,
            "domain": False,
            "aria": False,
        },
    }


def _colour(field: str, colours: Mapping[str, str]) -> Spec:
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": field, "type": "nominal", "legend": None, "scale": scale}
