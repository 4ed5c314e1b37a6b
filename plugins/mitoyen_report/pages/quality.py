"""The data: where they came from, what was missing, what was restated, how far the operator's shares are."""

from __future__ import annotations

from fractions import Fraction

from mitoyen.clock import Month
from mitoyen.report.quality import MonthQuality
from mitoyen_report import charts
from mitoyen_report.charts import Frame
from mitoyen_report.figure import Figure, picture
from mitoyen_report.gathered import TWELVE, Gathered
from mitoyen_report.pages import Page
from mitoyen_report.table import Column, Table, drawn, show
from mitoyen_report.words import Words


def page(of: Gathered, words: Words) -> Page:
    months = of.quality
    figures: list[Figure] = []
    if months:
        figures.append(_availability(list(reversed(months[:TWELVE])), months, words))
    holes = _holes(months, words)
    return Page(
        "donnees.html",
        "quality.html",
        of.operation.title,
        {"figures": figures, "holes": holes, "intro": words("quality says"), "nothing": words("nothing settled")},
        tuple(figures + ([holes] if holes else [])),
    )


def _availability(last: list[MonthQuality], months: tuple[MonthQuality, ...], words: Words) -> Figure:
    columns = (
        *(Column(words("month")), Column(words("data source")), Column(words("delivered"))),
        *(Column(words("meters"), "count"), Column(words("steps"), "count"), Column(words("filled"), "count")),
        *(Column(words("policy")), Column(words("availability"), "rate", 2)),
        *(Column(words("restated")), Column(words("difference"))),
    )
    rows = tuple(
        (
            *(words.month(one.month), one.source, one.delivered, one.meters, one.meters * one.steps, one.filled),
            words(f"policy {one.policy}") if one.policy else None,
            one.availability,
            ", ".join(str(again.until) for again in one.restated) or None,
            _difference(one, words),
        )
        for one in months
    )
    values = [one.availability for one in last]
    low, mean = min(values), sum(values, Fraction(0)) / len(values)
    column = Column("", "rate", 2)
    said = words("availability says", low=show(low, column, words.lang), mean=show(mean, column, words.lang))
    labels = [words.short(Month.parse(one.month)) for one in last]
    sides = [{"shared": [drawn(one, "rate") for one in values]}]
    spec = charts.bars(Frame(charts.WIDE, 220), labels, sides, {"shared": "var(--c-shared)"}, "%")
    return picture("donnees", words("availability"), said, Table(columns, rows), spec, words.lang)


def _difference(one: MonthQuality, words: Words) -> str:
    if one.trouble:
        return one.trouble
    if one.difference is None:
        return words("not published")
    return words("steps differ", n=one.difference.beyond, of=one.difference.compared)


def _holes(months: tuple[MonthQuality, ...], words: Words) -> Figure | None:
    """By meter, for the board."""
    rows = tuple(
        (words.month(one.month), meter, count) for one in months for meter, count in sorted(one.filled_by.items())
    )
    if not rows:
        return None
    columns = (Column(words("month")), Column(words("meters")), Column(words("filled"), "count"))
    return Figure("trous", words("holes of"), "", Table(columns, rows))
