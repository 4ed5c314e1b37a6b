"""The day, step by step: how production went to whom."""

from __future__ import annotations

from mitoyen.spoken import percent
from mitoyen_report import charts
from mitoyen_report import days as steps_of
from mitoyen_report.days import Steps, ceiling, kwh, spec
from mitoyen_report.figure import Figure, picture
from mitoyen_report.gathered import NAMED, Gathered
from mitoyen_report.pages import Page, label
from mitoyen_report.table import Column, Table
from mitoyen_report.words import Words

WIDE = charts.Frame(820, 300)
SMALL = charts.Frame(charts.NARROW, 260)


def page(of: Gathered, words: Words) -> Page:
    """The last day there is, drawn; the script brings the others."""
    shown = [one for one in of.months if one.produced is not None]
    values: dict[str, object] = {"figure": None, "hidden": words("hidden production")}
    figures: tuple[Figure, ...] = ()
    if shown:
        last = steps_of.steps(shown[-1], of.parts)[-1]
        names = part_names(of, words) if any(one.sight.flows for one in shown) else []
        top = ceiling(shown)
        figure = _figure(last, names, top, words, plain=not all(one.sight.flows for one in shown))
        figures = (figure,)
        values = {
            "figure": figure,
            "day": last.day.isoformat(),
            "months": " ".join(str(one.month) for one in shown),
            "ceiling": top,
            "wide": WIDE,
            "small": SMALL,
            "help": words("day help" if names else "day plain"),
        }
    return Page("jour.html", "day.html", of.operation.title, values, figures)


def part_names(of: Gathered, words: Words) -> list[str]:
    """What each colour stands for."""
    left = len(of.last[-1].parts[-1].group.consumers) if of.last and of.last[-1].parts else 0
    names = [label(key, left, words) for key in of.parts[:NAMED]]
    if len(of.parts) > NAMED:
        names[-1] = words("others", n=len(of.parts) - NAMED + 1)
    return names


def table_of(of: Steps, names: list[str], words: Words) -> Table:
    """Columns for all that some day shows; ``names`` are those the energy went to."""
    energy = [words("Produced"), *([*names, words("Surplus"), words("Consumed")] if names else [])]
    series = [of.produced, *((*of.parts, of.surplus, of.consumed) if of.parts else ())]
    hidden = (None,) * (len(energy) - len(series))
    # Watt-hours to milliwatt-hours: a cell of energy is of those.
    rows = tuple((at, *(values[index] * 1000 for values in series), *hidden) for index, at in enumerate(of.at))
    return Table((Column(words("at")), *(Column(f"{name} kWh", "energy", 3) for name in energy)), rows)


def says(of: Steps, words: Words) -> str:
    produced, shared, consumed, rate = of.totals
    said = {"day": words.day(of.day), "produced": kwh(produced, words.lang)}
    if shared is None or consumed is None:
        return words("day says less", **said)
    part = "–" if rate is None else percent(rate, 1000, words.lang)
    return words("day says", **said, shared=kwh(shared, words.lang), rate=part, consumed=kwh(consumed, words.lang))


def _figure(of: Steps, names: list[str], top: int, words: Words, *, plain: bool) -> Figure:
    """``plain`` is whether some days show production alone."""
    unit = words("per step", minutes=of.minutes)
    legend = [(f"p{index}", name) for index, name in enumerate(names)]
    others = (*(("surplus", "consumed") if names else ()), *(("produced",) if plain else ()))
    return picture(
        "jour",
        words("day title"),
        says(of, words),
        table_of(of, names, words),
        spec(of, top, WIDE, unit),
        words.lang,
        spec(of, top, SMALL, unit),
        (*legend, *((f"c-{name}", words(name)) for name in others)),
    )
