"""The tables a treasurer reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from mitoyen.settlement import Unit
from mitoyen.spoken import energy, money, percent, words

if TYPE_CHECKING:
    from mitoyen.compared import Comparison

WIDTH = 150
"""Columns below which figures would be cut: a narrower screen wraps the line, and keeps the figure."""


MANY = 30
"""Operations from which those of which nothing was computed have no table: nobody reads a thousand of them."""


def settled(units: Sequence[Unit], lang: str, *, members: bool) -> None:
    """One table an operation with its months; with ``members``, one more a month with everyone in it."""
    console = _console()
    many = len({unit.operation for unit in units}) >= MANY
    for operation, group in groupby(units, key=lambda unit: unit.operation):
        mine = list(group)
        if many and not members and not any(unit.recomputed for unit in mine):
            continue
        console.print(_months(operation, mine, lang))
        if members:
            for unit in mine:
                console.print(_members(unit, lang))
                for note in unit.notes:
                    console.print(f"  {note}")
    fresh = sum(1 for unit in units if unit.recomputed)
    console.print(words(lang, "summary").format(units=len(units), fresh=fresh, reused=len(units) - fresh))


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    console.width = max(WIDTH, console.width)
    return console


def _months(operation: str, units: Sequence[Unit], lang: str) -> Table:
    columns = ("month", "produced", "consumed", "shared", "complement", "surplus", "self_consumption", "coverage")
    taxed = any(unit.vat for unit in units)
    sells = any(unit.buyers for unit in units)
    amounts = (*(("amount", "gross") if taxed else ("amount",)), *(("surplus_sold",) if sells else ()))
    table = _table(f"{operation} (kWh)", (*columns, *amounts, "state"), lang, left={"month", "state"})
    total = dict.fromkeys(("produced", "consumed", "shared", "complement", "surplus"), 0)
    net = vat = sold = Decimal(0)
    for unit in units:
        sums = unit.energy
        total = {name: total[name] + sums[name] for name in total}
        mine = unit.surplus["net"]
        net, vat, sold = net + unit.net, vat + unit.vat, sold + mine
        state = words(lang, unit.state) + ("" if unit.recomputed else f" ({words(lang, 'reused')})")
        amounts = (*_money(unit.net, unit.vat, taxed, lang), *([money(mine, lang)] if sells else []))
        table.add_row(unit.month, *_energies(sums, lang), *amounts, state)
    if len(units) > 1:
        table.add_section()
        amounts = (*_money(net, vat, taxed, lang), *([money(sold, lang)] if sells else []))
        table.add_row(words(lang, "total"), *_energies(total, lang), *amounts, "")
    return table


def _money(net: Decimal, vat: Decimal, taxed: bool, lang: str) -> Iterable[str]:
    """Net, and gross where somebody pays VAT."""
    yield money(net, lang)
    if taxed:
        yield money(net + vat, lang)


def _energies(sums: dict[str, int], lang: str) -> Iterable[str]:
    for name in ("produced", "consumed", "shared", "complement", "surplus"):
        yield energy(sums[name], lang)
    yield percent(sums["shared"], sums["produced"], lang)
    yield percent(sums["shared"], sums["consumed"], lang)


def compared(done: Comparison, lang: str) -> None:
    """Ours and the operator's, participant by participant, the largest difference first."""
    columns = ("member", "figure", "ours", "theirs", "difference", "beyond", "most", "at")
    title = f"{done.operation.id} {done.month} (kWh)"
    table = _table(title, columns, lang, left={"member", "figure", "at"})
    for one in done.members:
        what = words(lang, "shared" if one.role == "consumer" else "surplus")
        if not one.known:
            table.add_row(one.id, what, *[""] * 6)
            continue
        figures = (energy(value, lang, 6) for value in (one.ours, one.theirs, one.theirs - one.ours))
        where = (energy(one.most, lang, 6), done.clock.stamp(one.at)) if one.beyond else ("", "")
        table.add_row(one.id, what, *figures, f"{one.beyond} / {one.known}", *where)
    _console().print(table)


def _members(unit: Unit, lang: str) -> Table:
    taxed = bool(unit.vat or unit.surplus["vat"])
    amounts = ("amount", "gross") if taxed else ("amount",)
    columns = ("member", "produced", "consumed", "shared", "complement", "surplus", *amounts)
    table = _table(f"{unit.operation} {unit.month} (kWh)", columns, lang, left={"member"})
    for member in unit.members:
        values = [member[name] for name in ("produced", "consumed", "shared", "complement", "surplus")]
        mine = {"consumer": (1, 2, 3), "producer": (0, 2, 4), "buyer": (4,)}[member["role"]]
        cells = [energy(value, lang) if index in mine else "" for index, value in enumerate(values)]
        owed = _money(Decimal(member["net"]), Decimal(member["vat"]), taxed, lang)
        table.add_row(member["id"], *cells, *(owed if member["role"] != "producer" else ()))
    return table


def _table(title: str, columns: Sequence[str], lang: str, left: set[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(words(lang, column), justify="left" if column in left else "right", no_wrap=True)
    return table
