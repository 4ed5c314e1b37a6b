"""A page of its own for each consumer: its curve, its share, its money. One file, for sending with the invoice."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from mitoyen import spoken
from mitoyen.chain import Chain
from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, Energies, Finding, Operation
from mitoyen.diagnostics import Refused
from mitoyen.private import make
from mitoyen.quantities import half_up
from mitoyen.report.savings import Reference, reference_of, saving
from mitoyen.report.seen import TOP_UP, paid
from mitoyen.report.shifting import EVENING, LOAD, NOON, Shift, shift
from mitoyen.settlement import Unit, settle
from mitoyen.sharing import Shared
from mitoyen.workspace import Workspace
from mitoyen.written import write_whole
from mitoyen_report import charts
from mitoyen_report.charts import Frame
from mitoyen_report.figure import Figure, picture
from mitoyen_report.render import render
from mitoyen_report.table import Column, Table, drawn, show
from mitoyen_report.words import BY_LANG, Words

ENERGY = Column("", "energy")


def write(here: Workspace, name: str, month: Month | None, out: Path, findings: list[Finding]) -> list[Path]:
    """The pages of an operation's month (by default the last that is settled), for their owners alone to read.

    What cannot be shown is told in ``findings``.
    """
    try:
        loaded, operation = here.sound(name)
        settled = sorted(Month.parse(one) for one in loaded.manifests if one in operation.months)
        wanted = month or (settled[-1] if settled else None)
        if wanted not in settled:
            raise Refused(_not_settled(operation, wanted))
        assert wanted is not None  # noqa: S101 - it is one of those settled
        chain = Chain(operation, here.host, here.results)
        unit = settle(loaded, wanted, here.host, here.results, None, here.settings.lang, chain)
        pages = list(_pages(operation, unit, chain, chain.shared(wanted), BY_LANG[here.settings.lang]))
    except Refused as refused:
        findings += refused.findings
        return []
    folder = out / name / str(wanted)
    make(folder)
    written = []
    for member, content in pages:
        path = folder / f"{member}.html"
        write_whole(path, content, private=True)
        written.append(path)
    return written


def _not_settled(operation: Operation, month: Month | None) -> Finding:
    what = f"{month} of {operation.id} is not settled" if month else f"no month of {operation.id} is settled"
    return Finding(
        "RPT103",
        what,
        operation.locate("operation.yaml"),
        f"mitoyen settle {operation.id}" + (f" --month {month}" if month else ""),
    )


def _pages(
    operation: Operation, unit: Unit, chain: Chain, shared: Shared, words: Words
) -> Iterator[tuple[str, bytes]]:
    for record in unit.members:
        if record["role"] == "consumer" and record["id"] in shared.consumers:
            month = Month.parse(unit.month)
            moved = shift(chain, month, record["id"], shared)
            yield record["id"], page(operation, month, record, shared, moved, words)


def page(
    operation: Operation,
    month: Month,
    record: Mapping[str, Any],
    shared: Shared,
    moved: Shift | None,
    words: Words,
) -> bytes:
    """One consumer's month in one file: no script, nothing to load."""
    row = shared.consumers.index(record["id"])
    local, used = shared.shared[row], shared.consumed[row]
    style = _style()
    figures = [_days(shared.clock, local, used, words), _curve(shared.clock, month, local, used, words)]
    return render(
        "member.html",
        words=words,
        policy=f"default-src 'none'; style-src 'sha256-{_hash(style)}'; base-uri 'none'; form-action 'none'",
        style=style,
        title=operation.title,
        member=record["id"],
        month=words.month(month),
        said=words(
            "mine says",
            consumed=show(record["consumed"], ENERGY, words.lang),
            shared=show(record["shared"], ENERGY, words.lang),
            rate=spoken.percent(record["shared"], record["consumed"], words.lang),
        ),
        figures=figures,
        money=_money(record, words),
        total=words(
            "mine total", **{n: spoken.money(Decimal(record[n]), words.lang) for n in ("net", "vat", "gross")}
        ),
        saved=_saved(operation, month, record, words),
        shift=_shift(operation, month, record, moved, words),
        steps=_link(_steps(shared.clock, local, used, words), words.lang),
        file=f"{operation.id}-{month}-{record['id']}.csv",
    )


def _style() -> str:
    return files("mitoyen_report").joinpath("assets", "site.css").read_text("utf-8")


def _hash(style: str) -> str:
    return base64.b64encode(sha256(style.encode()).digest()).decode()


def _link(table: Table, lang: str) -> str:
    """The numbers inside the page itself."""
    return f"data:text/csv;base64,{base64.b64encode(table.csv(lang)).decode()}"


def _own(figure: Figure, words: Words) -> Figure:
    return replace(figure, link=_link(figure.table, words.lang))


# --- energy ----------------------------------------------------------------------------------------------------


def _days(clock: Clock, local: Energies, used: Energies, words: Words) -> Figure:
    wall = clock.wall()
    first = wall.day_of_month - 1
    sums = [np.zeros(int(first.max()) + 1, dtype=np.int64) for _ in range(2)]
    for of, values in zip(sums, (local, used), strict=True):
        np.add.at(of, first, values)
    rows = tuple(
        (str(day + 1), int(one), int(all_ - one), int(all_))
        for day, (one, all_) in enumerate(zip(*sums, strict=True))
    )
    names = (words("Shared"), words("Complement"), words("Consumed"))
    table = Table((Column(words("day")), *(Column(f"{name} kWh", "energy") for name in names)), rows)
    side = {
        "shared": [drawn(row[1], "energy") for row in rows],
        "complement": [drawn(row[2], "energy") for row in rows],
    }
    colours = {name: f"var(--c-{name})" for name in side}
    labels = [row[0] for row in rows]
    spec = charts.bars(Frame(charts.WIDE, 240), labels, [side], colours, "kWh")
    legend = tuple((f"c-{name}", words(name)) for name in side)
    return _own(
        picture("jours", words("mine days"), words("mine days says"), table, spec, words.lang, legend=legend), words
    )


def _curve(clock: Clock, month: Month, local: Energies, used: Energies, words: Words) -> Figure:
    """Hour by hour, on average over the month."""
    hour = clock.wall().minute // 60
    sums = [np.zeros(24, dtype=np.int64) for _ in range(2)]
    for of, values in zip(sums, (local, used), strict=True):
        np.add.at(of, hour, values)
    mine, all_ = ([int(value) // month.days for value in of] for of in sums)
    table = Table(
        (Column(words("hour")), *(Column(f"{words(name)} kWh", "energy", 3) for name in ("Shared", "Consumed"))),
        tuple((f"{at:02d}:00", mine[at], all_[at]) for at in range(24)),
    )
    come = [at for at in range(24) if mine[at]]
    ends = {"first": come[0], "last": come[-1] + 1} if come else None
    top = max(1, *all_) / KWH * 1.05
    areas = {"shared": [value / KWH for value in mine]}
    lines = {"consumed": [value / KWH for value in all_]}
    spec = charts.day(
        Frame(charts.WIDE, 240),
        charts.Stack([float(at) for at in range(25)], areas, lines),
        {"shared": "var(--c-shared)", "consumed": "var(--c-consumed)"},
        "kWh",
        top,
    )
    said = words("mine curve says", **ends) if ends else words("mine curve none")
    legend = tuple((f"c-{name}", words(name)) for name in (*areas, *lines))
    return _own(picture("courbe", words("mine curve"), said, table, spec, words.lang, legend=legend), words)


def _steps(clock: Clock, local: Energies, used: Energies, words: Words) -> Table:
    """The whole curve."""
    names = (words("at"), f"{words('Shared')} kWh", f"{words('Consumed')} kWh")
    rows = zip(map(clock.stamp, range(clock.steps)), local.tolist(), used.tolist(), strict=True)
    return Table((Column(names[0]), *(Column(name, "energy") for name in names[1:])), tuple(rows))


# --- money -----------------------------------------------------------------------------------------------------


def _money(record: Mapping[str, Any], words: Words) -> Table:
    columns = (
        *(Column(words("line")), Column(words("quantity"), right=True), Column(words("price"), right=True)),
        Column(words("amount"), "money"),
    )
    rows = tuple(
        (
            spoken.item(line["item"], words.lang),
            _quantity(line, words),
            _price(line, words),
            Decimal(line["amount"]),
        )
        for line in record["lines"]
    )
    return Table(columns, rows, (words("net"), None, None, Decimal(record["net"])))


def _quantity(line: Mapping[str, Any], words: Words) -> str:
    if line["unit"] == "kWh":
        return f"{spoken.energy(line['quantity'], words.lang)} kWh"
    count = str(line["quantity"]).replace(".", words.point)
    return f"{count} {words('unit ' + line['unit'])}".strip()


def _price(line: Mapping[str, Any], words: Words) -> str:
    return str(line["price"]).replace(".", words.point) + " €"


def _saved(operation: Operation, month: Month, record: Mapping[str, Any], words: Words) -> str:
    reference = reference_of(operation, month)
    if reference is None or not record["shared"]:
        return ""
    return words(
        "mine saving",
        saving=spoken.money(saving(record["shared"], _paid(record), reference), words.lang),
        price=spoken.number(reference.price, words.lang, 4),
        source=reference.source,
    )


def _paid(record: Mapping[str, Any]) -> Decimal:
    """For the energy of neighbours: at its price, in fees, and what was short of the least it costs."""
    sums = paid([record])
    short = sum((Decimal(line["amount"]) for line in record["lines"] if line["item"] == TOP_UP), Decimal(0))
    return sums["energy"] + sums["fees"] + short


def _shift(
    operation: Operation, month: Month, record: Mapping[str, Any], moved: Shift | None, words: Words
) -> Sequence[str]:
    if moved is None:
        return [words("shift none")]
    if not moved.moved:
        return [words("shift nothing", month=words.month(month), from_=EVENING[0], until=EVENING[1])]

    def kwh(value: int) -> str:
        return show(value, ENERGY, words.lang)

    others = kwh(moved.others) if moved.others < 0 else f"+{kwh(moved.others)}"
    said = [
        words(
            "shift says",
            month=words.month(month),
            moved=show(LOAD, Column("", "energy", 0), words.lang),
            from_=EVENING[0],
            until=EVENING[1],
            noon=NOON[0],
            afternoon=NOON[1],
            more=kwh(moved.more),
            total=kwh(moved.after),
            now=kwh(moved.before),
            others=others,
        )
    ]
    reference = reference_of(operation, month)
    if reference is not None and moved.before and moved.more > 0:
        said.append(words("shift money", gain=spoken.money(_gain(record, moved, reference), words.lang)))
    return said


def _gain(record: Mapping[str, Any], moved: Shift, reference: Reference) -> Decimal:
    """EUR: what came more, at the reference less what the month's local energy cost on average without fees."""
    energy = Fraction(paid([record])["energy"])
    each = energy / Fraction(moved.before, KWH)
    return half_up(Fraction(moved.more, KWH) * (Fraction(reference.price) - each))
