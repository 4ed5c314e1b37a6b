"""The data: where they came from, what was missing, what was restated, how far the operator's shares are."""

from __future__ import annotations

from fractions import Fraction

from mitoyen.clock import Month
from mitoyen.report.quality import MonthQuality, Restatement
from mitoyen_report import charts
from mitoyen_report.charts import Frame
from mitoyen_report.figure import Figure, picture
from mitoyen_report.gathered import TWELVE, Gathered
from mitoyen_report.pages import Page
from mitoyen_report.table import Column, Table, drawn, show
from mitoyen_report.words import Words


def page(of: Gathered, words: Words) -> Page:
    months = of.quality
    availability = _availability(list(reversed(months[:TWELVE])), words) if months else None
    numbers = [one for one in (_deliveries(months, words), _holes(months, words)) if one]
    return Page(
        "donnees.html",
        "quality.html",
        of.operation.title,
        {
            "availability": availability,
            "numbers": numbers,
            "intro": words("quality says"),
            "nothing": words("nothing settled"),
        },
        (*([availability] if availability else []), *numbers),
    )


def _availability(last: list[MonthQuality], words: Words) -> Figure:
    columns = (
        *(Column(words("month")), Column(words("steps"), "count"), Column(words("filled"), "count")),
        Column(words("availability"), "rate", 2),
    )
    rows = tuple((words.month(one.month), one.expected, one.filled, one.availability) for one in last)
    values = [one.availability for one in last]
    expected, filled = sum(one.expected for one in last), sum(one.filled for one in last)
    mean = 1 - Fraction(filled, expected) if expected else Fraction(0)
    column = Column("", "rate", 2)
    said = words(
        "availability says", low=show(min(values), column, words.lang), mean=show(mean, column, words.lang)
    )
    labels = [words.short(Month.parse(one.month)) for one in last]
    sides = [{"shared": [drawn(one, "rate") for one in values]}]
    spec = charts.bars(Frame(charts.WIDE, 220), labels, sides, {"shared": "var(--c-shared)"}, "%")
    table = Table(columns, rows, ("", expected, filled, mean))
    return picture("donnees", words("availability"), said, table, spec, words.lang)


def _deliveries(months: tuple[MonthQuality, ...], words: Words) -> Figure | None:
    if not months:
        return None
    columns = (
        *(Column(words("month")), Column(words("data source")), Column(words("delivered"))),
        *(Column(words("meters"), "count"), Column(words("policy"))),
        *(Column(words("restated")), Column(words("difference"))),
    )
    rows = tuple(
        (
            *(words.month(one.month), one.source, one.delivered, one.meters),
            words(f"policy {one.policy}") if one.policy else None,
            ", ".join(_restated(again, words) for again in one.restated) or None,
            _difference(one, words),
        )
        for one in months
    )
    return Figure("livraisons", words("deliveries"), words("deliveries says"), Table(columns, rows))


def _restated(again: Restatement, words: Words) -> str:
    if again.steps is None or again.meters is None:
        return again.until
    return words("restated on", day=again.until, meters=again.meters, steps=again.steps)


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
