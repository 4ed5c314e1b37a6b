"""An operation at a glance: this month, the last twelve, a year of days, the typical day, the indicators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from mitoyen.clock import Month
from mitoyen.contracts import Energies
from mitoyen.model import in_force
from mitoyen.quantities import half_up
from mitoyen.report.seen import Seen
from mitoyen.spoken import number
from mitoyen_report import charts
from mitoyen_report.charts import Cell, Frame
from mitoyen_report.figure import Figure, picture
from mitoyen_report.gathered import Gathered, days
from mitoyen_report.pages import Page, Tile, label
from mitoyen_report.table import Column, Kind, Table, drawn, show
from mitoyen_report.words import WEEKDAYS, Words

ENERGIES = ("produced", "shared", "surplus", "consumed", "complement")
SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}
SHADES = 6


def page(of: Gathered, words: Words) -> Page:
    last = of.last
    figures = [*_year(last, words), *_calendar(last, words), *_seasons(last, words)] if last else []
    now = last[-1] if last else None
    groups = _groups(now, words) if now else None
    if groups:
        figures.append(groups)
    key = in_force(of.operation.keys, now.month.next.first - timedelta(days=1)) if now else None
    return Page(
        "index.html",
        "overview.html",
        of.operation.title,
        {
            "opened": words("opened", day=words.day(of.operation.opened)),
            "people": _people(now, words) if now else "",
            "key": words("key", rule=words.rule(key.rule)) if key else "",
            "month": words.month(now.month) if now else "",
            "state": words(f"state {now.state}") if now else "",
            "stale": bool(now and not now.recorded),
            "tiles": _tiles(last, words),
            "hidden": [] if now is None else [words(name) for name in hidden(now)],
            "figures": [one for one in figures if not one.id.startswith(("season-", "groups"))],
            "seasons": [one for one in figures if one.id.startswith("season-")],
            "groups": groups,
            "indicators": _indicators(of, words),
            "bands": _bands(now, words) if now else None,
        },
        tuple(figures),
    )


def hidden(one: Seen) -> Iterator[str]:
    """Why something of a month is not shown."""
    if not one.sight.production:
        yield "hidden production"
    elif not one.sight.flows:
        yield "hidden flows"


def _people(now: Seen, words: Words) -> str:
    power = number(half_up(Fraction(now.power, 1000), 0), words.lang, 0) if now.power else "?"
    return words("people", consumers=now.consumers, plants=now.producers, power=power)


# --- this month ------------------------------------------------------------------------------------------------


def _tiles(last: Sequence[Seen], words: Words) -> list[Tile]:
    if not last:
        return []
    now = last[-1]
    before = last[-2] if len(last) > 1 and last[-2].month == now.month.before else None
    column = Column("", "energy", 0)
    tiles = []
    for name in ENERGIES:
        value = now.energy[name]
        if value is None:
            continue
        was = before.energy[name] if before else None
        note = ""
        if before and was:
            note = words("than before", change=_change(was, value, words), month=words.month(before.month))
        tiles.append(Tile(words(name.capitalize()), show(value, column, words.lang), "kWh", note, f"c-{name}"))
    return tiles


def _change(was: int, now: int, words: Words) -> str:
    change = Fraction(now - was, was)
    said = show(change, Column("", "rate", 0), words.lang)
    return said if change < 0 else f"+{said}"


# --- twelve months ---------------------------------------------------------------------------------------------


def months_table(last: Sequence[Seen], words: Words) -> Table:
    energies = [Column(f"{words(name.capitalize())} kWh", "energy") for name in ENERGIES]
    parts = (Column(words("self-consumption"), "rate"), Column(words("coverage"), "rate"))
    rows = tuple(
        (words.month(one.month), *(one.energy[name] for name in ENERGIES), *rates(one.energy)) for one in last
    )
    sums = {name: _sum([one.energy[name] for one in last]) for name in ENERGIES}
    footer = (words("twelve") if len(last) == 12 else "", *sums.values(), *rates(sums))
    return Table((Column(words("month")), *energies, *parts), rows, footer)


def _sum(values: Sequence[int | None]) -> int | None:
    """Of all of them, or nothing: a sum with one left out would say what it is."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def rates(energy: Mapping[str, int | None]) -> tuple[Fraction | None, Fraction | None]:
    """What part of the production was shared, and of the consumption; None where that is hidden, or of nothing."""
    shared, produced, consumed = (energy[name] for name in ("shared", "produced", "consumed"))
    return (
        Fraction(shared, produced) if produced and shared is not None else None,
        Fraction(shared, consumed) if consumed and shared is not None else None,
    )


def _year(last: Sequence[Seen], words: Words) -> Iterator[Figure]:
    table = months_table(last, words)
    labels = [words.short(one.month) for one in last]
    energy = {name: [drawn(one.energy[name], "energy") for one in last] for name in ENERGIES}
    flows = all(one.sight.flows for one in last)
    some = any(one.sight.flows for one in last)
    if not any(one.sight.production for one in last):
        return
    total = table.footer or ()
    ends = {"First": words.month(last[0].month).capitalize(), "last": words.month(last[-1].month)}
    whole = Column("", "energy", 0)
    if some:
        hidden_months = [None if one.sight.flows else drawn(one.energy["produced"], "energy") for one in last]
        sides = [
            {"shared": energy["shared"], "surplus": energy["surplus"], "produced": hidden_months},
            {"shared": energy["shared"], "complement": energy["complement"]},
        ]
        named = ["shared", "surplus", "complement", *(["produced"] if any(hidden_months) else [])]
    else:
        sides, named = [{"produced": energy["produced"]}], ["produced"]
    if flows:
        said = words(
            "months says",
            **ends,
            **{name: show(total[1 + ENERGIES.index(name)], whole, words.lang) for name in ENERGIES},
            rate=show(total[6], Column("", "rate"), words.lang),
            coverage=show(total[7], Column("", "rate"), words.lang),
        )
    else:
        said = words("months says less", **ends, produced=show(total[1], whole, words.lang))
        said = f"{said} {words('hidden months')}" if some else said
    colours = {name: f"var(--c-{name})" for name in ("shared", "surplus", "complement", "produced")}
    spec = charts.bars(Frame(charts.WIDE, 250), labels, sides, colours, "kWh")
    legend = tuple((f"c-{name}", words(name)) for name in named)
    yield picture("mois", words("months"), said, table, spec, words.lang, legend=legend)
    if some:
        yield _rates_figure(last, labels, table, words)


def _rates_figure(last: Sequence[Seen], labels: Sequence[str], table: Table, words: Words) -> Figure:
    both = [rates(one.energy) for one in last]
    series = {
        "self-consumption": [drawn(one, "rate") for one, _ in both],
        "coverage": [drawn(one, "rate") for _, one in both],
    }
    colours = {"self-consumption": "var(--c-shared)", "coverage": "var(--c-consumed)"}
    spec = charts.lines(Frame(charts.WIDE, 250), labels, series, colours, "%", top=100)
    known = [one for one, _ in both if one is not None]
    column = Column("", "rate")
    said = words(
        "rates says",
        low=show(min(known, default=None), column, words.lang),
        high=show(max(known, default=None), column, words.lang),
    )
    part = Table(
        (table.columns[0], *table.columns[6:]),
        tuple((row[0], *row[6:]) for row in table.rows),
        (table.footer[0], *table.footer[6:]) if table.footer else None,
    )
    legend = (("c-shared", words("self-consumption")), ("c-consumed", words("coverage")))
    return picture("taux", words("rates"), said, part, spec, words.lang, legend=legend)


# --- a year of days --------------------------------------------------------------------------------------------


def _calendar(last: Sequence[Seen], words: Words) -> Iterator[Figure]:
    """Energy shared by day, where every month shows it, else produced."""
    which = "shared" if all(one.sight.flows for one in last) else "produced"
    found: list[tuple[date, int, int | None, int | None]] = []
    for one in last:
        if one.produced is None:
            continue
        for day in days(one):
            produced, shared, consumed = (
                None if values is None else int(day.of(values).sum())
                for values in (one.produced, one.shared, one.consumed)
            )
            found.append((day.day, produced or 0, shared, consumed))
    if not found:
        return
    value = {day: (shared if which == "shared" else produced) or 0 for day, produced, shared, _ in found}
    best = max(value, key=lambda day: (value[day], day))
    most = value[best]
    shade = {
        day: 0 if not of else min(SHADES - 1, 1 + (SHADES - 1) * of // (most + 1)) for day, of in value.items()
    }
    columns = (words("day"), f"{words('Produced')} kWh", f"{words('Shared')} kWh", f"{words('Consumed')} kWh")
    kinds = ("text", "energy", "energy", "energy")
    table = Table(
        tuple(Column(name, kind) for name, kind in zip(columns, kinds, strict=True)),  # type: ignore[arg-type]
        tuple((day.isoformat(), *rest) for day, *rest in found),
    )
    said = words(f"calendar {which}", most=show(most, Column("", "energy"), words.lang), day=words.day(best))
    yield picture(
        "calendrier",
        words("calendar"),
        said,
        table,
        _squares(shade, words, split=False),
        words.lang,
        _squares(shade, words, split=True),
    )


def _squares(shade: dict[date, int], words: Words, *, split: bool) -> dict[str, object]:
    """Weeks from left to right; split in two halves, one below the other, for a narrow screen."""
    first = min(shade)
    monday = first - timedelta(days=first.weekday())
    weeks = (max(shade) - monday).days // 7 + 1
    half = (weeks + 1) // 2 if split else weeks
    cells, names = [], {}
    for day, dark in sorted(shade.items()):
        week = (day - monday).days // 7
        below = 8 * (week // half) if split else 0
        cells.append(Cell(week % half, day.weekday() + below, dark))
        if day.day <= 7 and day.weekday() == 0 and not (split and week >= half):
            names[week % half] = words.short(Month(day.year, day.month))
    rows = {row: WEEKDAYS[words.lang][row] for row in (0, 2, 4, 6)}
    return charts.calendar(cells, names, rows, 16 if not split else 13, SHADES)


# --- the typical day -------------------------------------------------------------------------------------------


def _seasons(last: Sequence[Seen], words: Words) -> Iterator[Figure]:
    top = 0.0
    tables = []
    for season, numbers in SEASONS.items():
        some = [one for one in last if one.month.number in numbers and one.produced is not None]
        if not some:
            continue
        flows = all(one.sight.flows for one in some)
        length = sum(one.month.days for one in some)
        produced = _hours(some, "produced", length)
        shared = _hours(some, "shared", length) if flows else None
        consumed = _hours(some, "consumed", length) if flows else None
        tables.append((season, length, produced, shared, consumed))
        top = max([top, *(float(v) / 1e6 for of in (produced, consumed) if of for v in of)])
    for season, length, produced, shared, consumed in tables:
        columns = [Column(words("hour")), Column(f"{words('Produced')} kWh", "energy", 2)]
        rows: list[tuple[object, ...]] = [(f"{hour:02d}:00", produced[hour]) for hour in range(24)]
        areas = {"produced": [v / 1e6 for v in produced]}
        lines: dict[str, list[float]] = {}
        says = {"produced": sum(produced)}
        if shared and consumed:
            columns += [
                Column(f"{words('Shared')} kWh", "energy", 2),
                Column(f"{words('Consumed')} kWh", "energy", 2),
            ]
            rows = [(*row, shared[hour], consumed[hour]) for hour, row in enumerate(rows)]
            areas = {
                "shared": [v / 1e6 for v in shared],
                "surplus": [(p - s) / 1e6 for p, s in zip(produced, shared, strict=True)],
            }
            lines = {"consumed": [v / 1e6 for v in consumed]}
            says |= {"shared": sum(shared), "consumed": sum(consumed)}
        said = {name: show(of, Column("", "energy"), words.lang) for name, of in says.items()}
        spec = charts.day(
            Frame(220, 170),
            charts.Stack([float(hour) for hour in range(25)], areas, lines),
            {name: f"var(--c-{name})" for name in (*areas, *lines)},
            "kWh",
            top * 1.05 or 1.0,
        )
        yield picture(
            f"season-{season}",
            words(season),
            words("typical says" if lines else "typical says less", days=length, **said),
            Table(tuple(columns), tuple(rows)),
            spec,
            words.lang,
            legend=tuple((f"c-{name}", words(name)) for name in (*areas, *lines)),
        )


def _hours(some: Sequence[Seen], name: str, length: int) -> list[int]:
    """Milliwatt-hours of each hour of the clock on the wall, on average over the days."""
    sums = np.zeros(24, dtype=np.int64)
    for one in some:
        values: Energies = getattr(one, name)
        np.add.at(sums, one.clock.wall().minute // 60, values)
    return [int(of) // length for of in sums]


# --- groups, bands, indicators ---------------------------------------------------------------------------------


def _groups(now: Seen, words: Words) -> Figure | None:
    if not now.parts:
        return None
    alone = now.sight.members
    columns = (
        Column(words("member" if alone else "group")),
        *(() if alone else (Column(words("consumers"), "count"),)),
        *(Column(f"{words(name)} kWh", "energy") for name in ("Shared", "Consumed")),
        Column(words("coverage"), "rate"),
    )
    rows = []
    for part in now.parts:
        consumed = int(part.consumed.sum())
        rate = Fraction(part.energy, consumed) if consumed else None
        name = label(part.group.key, len(part.group.consumers), words)
        rows.append((name, *(() if alone else (len(part.group.consumers),)), part.energy, consumed, rate))
    says = words("groups board" if alone else "groups says", Month=words.month(now.month).capitalize())
    return Figure("groups", words("groups"), says, Table(columns, tuple(rows)))


def _bands(now: Seen, words: Words) -> Table | None:
    """How many consumers are covered by how much, and not who."""
    if not now.covered:
        return None
    edges = [Fraction(step, len(now.covered)) for step in range(len(now.covered) + 1)]
    ends = [show(edge, Column("", "rate", 0), words.lang) for edge in edges]
    rows = tuple((f"{ends[at]} – {ends[at + 1]}", many) for at, many in enumerate(now.covered))
    return Table((Column(words("band")), Column(words("how many"), "count")), rows)


def _indicators(of: Gathered, words: Words) -> list[dict[str, str]]:
    """Each with what it is, in words."""
    found = []
    for one in of.indicators:
        offer = one.indicator
        said = offer.said.get(words.lang) or offer.said["fr"]
        kind: Kind = "rate" if offer.unit == "%" else "yield"
        column = Column("", kind, offer.decimals)
        found.append(
            {
                "name": said.name,
                "definition": said.definition,
                "formula": said.formula,
                "source": said.source,
                "unit": words.unit(offer.unit),
                "now": show(one.now, column, words.lang),
                "twelve": show(one.twelve, column, words.lang),
            }
        )
    return found
