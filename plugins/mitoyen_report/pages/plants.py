"""Plants: kilowatt-hours by kilowatt-peak against their neighbours and their own past, days to look at."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from statistics import median

from mitoyen.clock import Month
from mitoyen.report.plants import Yield
from mitoyen_report import charts
from mitoyen_report.charts import Frame
from mitoyen_report.figure import Figure, picture
from mitoyen_report.gathered import NAMED, TWELVE, Gathered
from mitoyen_report.pages import Page
from mitoyen_report.table import Column, Table, drawn
from mitoyen_report.words import Words


def page(of: Gathered, words: Words) -> Page:
    figures: list[Figure] = []
    last = of.last
    if of.yields and last:
        figures = [_by_month(of, words), _now(of, words)]
    suspects = _suspects(of, words) if of.yields else None
    reason = ""
    if not of.yields:
        hidden = any(not one.sight.plants for one in last)
        reason = words("plants hidden") if hidden else words("nothing settled")
    return Page(
        "centrales.html",
        "plants.html",
        of.operation.title,
        {"figures": figures, "suspects": suspects, "reason": reason, "nothing": words("no suspects")},
        tuple(figures + ([suspects] if suspects else [])),
    )


def _by_month(of: Gathered, words: Words) -> Figure:
    last = of.last
    names = [str(one.month) for one in last]
    table = Table(
        (Column(words("month")), *(Column(one.plant, "yield") for one in of.yields)),
        tuple((words.month(month), *(one.specific(month) for one in of.yields)) for month in names),
    )
    # The largest have a line; a table has room for all of them.
    drawn_ones = sorted(of.yields, key=lambda one: (-(one.power or 0), one.plant))[:NAMED]
    series = {one.plant: [drawn(one.specific(month), "yield") for month in names] for one in drawn_ones}
    colours = {one.plant: f"var(--p{index})" for index, one in enumerate(drawn_ones)}
    spec = charts.lines(
        Frame(charts.WIDE, 250), [words.short(one.month) for one in last], series, colours, words("specific")
    )
    legend = tuple((f"p{index}", one.plant) for index, one in enumerate(drawn_ones))
    return picture("centrales", words("yields"), words("yields says"), table, spec, words.lang, legend=legend)


def _now(of: Gathered, words: Words) -> Figure:
    """Each plant's month beside the one before, a year ago, its neighbours, and its year."""
    now = of.last[-1].month
    before, ago = str(now.before), str(Month(now.year - 1, now.number))
    months = [str(one.month) for one in of.last]
    columns = (
        *(Column(words("plant")), Column(words("power"), "yield"), Column(words("energy kwh"), "energy")),
        Column(words("specific"), "yield"),
        *(
            Column(f"{words(name)} {words('specific')}", "yield")
            for name in ("neighbours", "month ago", "year ago")
        ),
        Column(f"{words('twelve specific')} {words('specific')}", "yield"),
        Column(words("availability"), "rate", 2),
    )
    rows = tuple(
        (
            one.plant,
            Fraction(one.power, 1000) if one.power else None,
            one.energy.get(str(now)),
            one.specific(str(now)),
            _middle([other for other in of.yields if other is not one], str(now)),
            one.specific(before),
            one.specific(ago),
            _year(one, months),
            _measured(of, one.plant),
        )
        for one in of.yields
    )
    title = words("yield of", month=words.month(now))
    return Figure("centrales-mois", title, words("yield of says"), Table(columns, rows))


def _measured(of: Gathered, plant: str) -> Fraction:
    """The part of the steps of the last months that its meter measured; the rest were filled."""
    meter = of.operation.participants[plant].meter
    expected = filled = 0
    for one in of.last:
        for shown in one.plants:
            if shown.id == plant:
                expected += shown.days[1] - shown.days[0]
                filled += of.operation.months[str(one.month)].get("gaps", {}).get("filled", {}).get(meter, 0)
    return 1 - Fraction(filled, expected) if expected else Fraction(0)


def _middle(others: Sequence[Yield], month: str) -> Fraction | None:
    known = [value for one in others if (value := one.specific(month)) is not None]
    return median(known) if known else None


def _year(one: Yield, months: Sequence[str]) -> Fraction | None:
    values = [one.specific(month) for month in months]
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) if len(known) == len(values) == TWELVE else None


def _suspects(of: Gathered, words: Words) -> Figure | None:
    if not of.suspects:
        return None
    columns = (
        *(Column(words("day")), Column(words("plant"))),
        *(Column(words("gave"), "energy"), Column(words("expected"), "energy"), Column(words("against"))),
    )
    rows = tuple(
        (one.day.isoformat(), one.plant, one.energy, one.expected, words(f"against {one.against}"))
        for one in of.suspects
    )
    return Figure("jours-a-regarder", words("suspects"), words("suspects says", n=len(rows)), Table(columns, rows))
