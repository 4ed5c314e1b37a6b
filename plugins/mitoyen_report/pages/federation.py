"""The federation: where its operations are, what they did together, what was decided lately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mitoyen.clock import Month
from mitoyen.quantities import half_up
from mitoyen.report.decided import Decided
from mitoyen.spoken import number
from mitoyen_report import charts
from mitoyen_report.charts import Frame
from mitoyen_report.figure import Figure, picture
from mitoyen_report.gathered import Gathered
from mitoyen_report.pages import Page
from mitoyen_report.pages.overview import ENERGIES, rates
from mitoyen_report.table import Column, Table, drawn, show
from mitoyen_report.words import BY_LANG, Words

LATELY = 12
"""Decisions shown, of all operations."""

SENTENCES = 2
"""Of a decision."""

ON_MAP = 40
"""Operations with a name on the map; more would cover each other."""

PLACES = 150
"""Circles on the map; where there are more operations, those of a square of half a degree are one circle."""

ROWS = 200
"""Operations of one page; the others are on the next."""


def summary(of: Gathered) -> dict[str, Any]:
    """What the federation's page needs of an operation, in plain values: what its audience sees, no more."""
    now = of.months[-1] if of.months else None
    place = of.operation.details.get("location")
    lately = {lang: _lately(of, words) for lang, words in BY_LANG.items()}
    return {
        "operation": of.operation.id,
        "title": of.operation.title,
        "place": [str(place["longitude"]), str(place["latitude"])] if place else None,
        "power": now.power if now else 0,
        "consumers": now.consumers if now else 0,
        "plants": now.producers if now else 0,
        "months": {str(one.month): dict(one.energy) for one in of.last},
        "lately": lately,
    }


def _lately(of: Gathered, words: Words) -> list[list[str]]:
    """The day and the words of the newest decisions: keys and prices, members who come and go."""
    entries = [
        one for one in of.decided[words.lang].entries if one.day and {"key", "tariff", "members"} & set(one.kinds)
    ]
    return [[str(one.day), _short(one, words)] for one in entries[:LATELY]]


def _short(one: Decided, words: Words) -> str:
    """The first sentences of a decision; the rest is on the page of its operation."""
    said = "; ".join(part.text for part in one.told[:SENTENCES])
    return said + (f" ({words('more', n=len(one.told) - SENTENCES)})" if len(one.told) > SENTENCES else "")


def pages(summaries: Sequence[Mapping[str, Any]], title: str, words: Words) -> Iterator[Page]:
    """The first, and where there are many operations those with the rest of the list."""
    ordered = _sorted(summaries)
    lists = [ordered[at : at + ROWS] for at in range(0, len(ordered), ROWS)] or [[]]
    files = ["index.html", *(f"operations-{number}.html" for number in range(2, len(lists) + 1))]
    for index, some in enumerate(lists):
        operations = _operations(some, f"operations-{index + 1}", words)
        others = [(file, number == index) for number, file in enumerate(files)] if len(files) > 1 else []
        values = {"operations": operations, "links": [one["operation"] for one in some], "others": others}
        if index == 0:
            first = _first(ordered, title, words)
            yield replace(first, values={**first.values, **values}, figures=(*first.figures, operations))
        else:
            yield Page(files[index], "operations.html", title, values, (operations,))


def _first(summaries: Sequence[Mapping[str, Any]], title: str, words: Words) -> Page:
    figures = [*_map(summaries, words), *_months(summaries, words)]
    power = sum(one["power"] for one in summaries)
    lately = sorted(
        (day, one["title"], one["operation"], text) for one in summaries for day, text in one["lately"][words.lang]
    )
    return Page(
        "index.html",
        "federation.html",
        title,
        {
            "intro": words(
                "federation says",
                operations=len(summaries),
                plants=sum(one["plants"] for one in summaries),
                power=number(half_up(Fraction(power, 1000), 0), words.lang, 0),
                consumers=sum(one["consumers"] for one in summaries),
            ),
            "figures": figures,
            "lately": list(reversed(lately))[:LATELY],
            "nothing": words("nothing lately"),
        },
        tuple(figures),
    )


def _sorted(summaries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(summaries, key=lambda one: (str(one["title"]).casefold(), one["operation"]))


def _map(summaries: Sequence[Mapping[str, Any]], words: Words) -> list[Figure]:
    placed = [one for one in summaries if one["place"]]
    if len(placed) < 2:
        return []
    spots = _spots(placed)
    named = {one.name for one in sorted(spots, key=lambda one: (-one.power, one.name))[:ON_MAP]}
    places = [
        {
            "longitude": float(one.longitude),
            "latitude": float(one.latitude),
            "size": one.power / 1000,
            "name": one.name.split(",")[0] if one.name in named else "",
        }
        for one in spots
    ]
    columns = (
        *(Column(words("operation")), Column("longitude"), Column("latitude"), Column(words("power"), "yield")),
    )
    rows = tuple((one.name, one.longitude, one.latitude, Fraction(one.power, 1000)) for one in spots)
    said = words("map says", n=len(placed))
    spec = charts.points(Frame(charts.WIDE, 300, left=40, right=40, top=34, bottom=20), places)
    return [picture("carte", words("map"), said, Table(columns, rows), spec, words.lang)]


@dataclass(frozen=True, slots=True)
class _Spot:
    name: str
    longitude: Decimal
    latitude: Decimal
    power: int


def _spots(placed: Sequence[Mapping[str, Any]]) -> list[_Spot]:
    """An operation each, or where there are very many those of a square together."""
    each = [_Spot(one["title"], Decimal(one["place"][0]), Decimal(one["place"][1]), one["power"]) for one in placed]
    if len(each) <= PLACES:
        return each
    squares: dict[tuple[Decimal, Decimal], list[_Spot]] = {}
    for one in each:
        middle = (round(one.longitude * 2) / Decimal(2), round(one.latitude * 2) / Decimal(2))
        squares.setdefault(middle, []).append(one)
    return [
        _Spot(
            f"{some[0].name} + {len(some) - 1}" if len(some) > 1 else some[0].name,
            *middle,
            sum(one.power for one in some),
        )
        for middle, some in sorted(squares.items())
    ]


def _months(summaries: Sequence[Mapping[str, Any]], words: Words) -> list[Figure]:
    """All together by month: a month of an operation counts where it is shown, whole."""
    every = sorted({month for one in summaries for month in one["months"]})
    if not every:
        return []
    last = Month.parse(every[-1])
    months = [str(month) for month in Month(last.year - 1, last.number).next.through(last)]
    rows = []
    for month in months:
        there = [one["months"][month] for one in summaries if month in one["months"]]
        whole = [one for one in there if all(one[name] is not None for name in ENERGIES)]
        sums = {name: sum(one[name] for one in whole) for name in ENERGIES}
        rows.append((words.month(month), len(whole), *(sums[name] for name in ENERGIES)))
    columns = (Column(words("month")), Column(words("counted"), "count"))
    energies = tuple(Column(f"{words(name.capitalize())} kWh", "energy") for name in ENERGIES)
    total = [sum(row[index] for row in rows) for index in range(2, 2 + len(ENERGIES))]
    table = Table((*columns, *energies), tuple(rows), (words("twelve"), None, *total))
    energy = {name: [drawn(row[2 + at], "energy") for row in rows] for at, name in enumerate(ENERGIES)}
    sides = [
        {"shared": energy["shared"], "surplus": energy["surplus"]},
        {"shared": energy["shared"], "complement": energy["complement"]},
    ]
    colours = {name: f"var(--c-{name})" for name in ("shared", "surplus", "complement")}
    labels = [words.short(Month.parse(month)) for month in months]
    spec = charts.bars(Frame(charts.WIDE, 250), labels, sides, colours, "kWh")
    whole_kwh = Column("", "energy", 0)
    said = words(
        "federation months says",
        First=words.month(months[0]).capitalize(),
        last=words.month(months[-1]),
        produced=show(total[0], whole_kwh, words.lang),
        shared=show(total[1], whole_kwh, words.lang),
    )
    legend = tuple((f"c-{name}", words(name)) for name in colours)
    return [
        picture(
            "federation",
            words("federation months"),
            f"{said} {words('only shown')}",
            table,
            spec,
            words.lang,
            legend=legend,
        )
    ]


def _operations(summaries: Sequence[Mapping[str, Any]], name: str, words: Words) -> Figure:
    """Each operation, its latest month against the one before."""
    columns = (
        *(Column(words("operation")), Column(words("power"), "yield"), Column(words("plants"), "count")),
        *(Column(words("consumers"), "count"), Column(words("latest"))),
        *(Column(f"{words(name)} kWh", "energy") for name in ("Produced", "Shared")),
        *(Column(words("self-consumption"), "rate"), Column(words("coverage"), "rate")),
        Column(words("before"), "energy"),
    )
    return Figure(name, words("operations"), "", Table(columns, tuple(_row(one, words) for one in summaries)))


def _row(one: Mapping[str, Any], words: Words) -> tuple[Any, ...]:
    start = (one["title"], Fraction(one["power"], 1000), one["plants"], one["consumers"])
    if not one["months"]:
        return (*start, None, None, None, None, None, None)
    month = max(one["months"])
    now = one["months"][month]
    before = one["months"].get(str(Month.parse(month).before), {})
    return (*start, words.month(month), now["produced"], now["shared"], *rates(now), before.get("shared"))
