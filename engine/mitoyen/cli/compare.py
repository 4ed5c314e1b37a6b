"""``mitoyen compare``: our shares against those the grid operator published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mitoyen.cli.common import emit, format_option, month_option, workspace
from mitoyen.clock import Month
from mitoyen.diagnostics import failed, text
from mitoyen.quantities import Misread, kwh
from mitoyen.quantities import energy as energy_of

if TYPE_CHECKING:
    from mitoyen.compared import Comparison, Slot

SHOWN = 10
"""Differences that the text shows; the JSON has all of them."""


def _tolerance(_context: click.Context, _parameter: click.Parameter, written: str) -> int:
    try:
        return energy_of(written if written[-1:].isalpha() else f"{written} kWh")
    except Misread as fault:
        raise click.BadParameter(f"{fault}; for instance 0.001, or 1 Wh") from fault


@click.command("compare")
@click.argument("operation")
@month_option(required=True, multiple=False)
@click.option(
    "--tolerance",
    default="0.000002",
    show_default=True,
    callback=_tolerance,
    help="By how much a step may differ, kWh; an hour or a day by as much as its steps.",
)
@click.option(
    "--key", metavar="RULE", help="A key without options in the place of those in force, such as prorata."
)
@click.option(
    "--by",
    type=click.Choice(["step", "hour", "day"]),
    default="day",
    show_default=True,
    help="What differences are listed by.",
)
@format_option("text", "json")
@click.pass_obj
def command(repo: Path, operation: str, month: Month, tolerance: int, key: str | None, by: Slot, form: str) -> int:
    """Hold our shares of OPERATION's month against those the grid operator published.

    Ours are what the key in force makes of the measured curves. The likely cause of a difference is found by
    trying: another key, a member not counted, a unit, a shift of an hour or a step, rounding. Exits with 1 where
    they differ beyond the tolerance, or where the operator's figures contradict each other.
    """
    from mitoyen.compared import compare

    here = workspace(repo)
    _loaded, sound = here.sound(operation)
    done = compare(sound, month, here.host, here.results, tolerance=tolerance, key=key, by=by)
    if form == "json":
        emit(done.as_data())
    else:
        _show(done, here.settings.lang)
    return int(failed(done.findings))


def _show(done: Comparison, lang: str) -> None:
    from mitoyen.cli import tables

    tables.compared(done, lang)
    click.echo("\n".join(_lines(done)))
    if done.findings:
        click.echo("\n" + text(done.findings))


def _lines(done: Comparison) -> Iterator[str]:
    keys = ", ".join(done.keys)
    billed = "the operator's (binding: published)" if done.binding else "ours (binding: computed)"
    yield f"ours: the key {keys} on the measured curves; billed, as the manifest says: {billed}"
    looked, broken = len(done.identities), sum(1 for one in done.identities if one.beyond)
    count = "1 identity" if looked == 1 else f"{looked} identities"
    yield f"the operator's own figures: {count} looked at, {broken or 'none'} contradicted"
    if not done.differences:
        yield f"no difference beyond {kwh(done.tolerance)} kWh a step"
        return
    yield f"the largest differences by {done.by} (of {len(done.differences)}):"
    for one in done.differences[:SHOWN]:
        when = str(done.clock.day(one.start)) if done.by == "day" else done.clock.stamp(one.start)
        yield f"  {when}  {one.id}: ours {kwh(one.ours)}, the operator {kwh(one.theirs)} kWh"
