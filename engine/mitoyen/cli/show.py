"""``mitoyen show shares``: every step of a month, for whoever wants to look or to compute again."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from mitoyen import settlement
from mitoyen.cli.common import emit, format_option, month_option, workspace
from mitoyen.clock import Month, iso
from mitoyen.diagnostics import Refused, failed
from mitoyen.quantities import kwh


@click.group("show")
def command() -> None:
    """Show what was settled, in detail."""


@command.command("shares")
@click.argument("operation")
@month_option(required=True, multiple=False)
@format_option("csv", "json")
@click.pass_obj
def shares(repo: Path, operation: str, month: Month, form: str) -> None:
    """Every step of OPERATION's month in kWh: produced, consumed, shared and surplus, by participant.

    These are load curves, personal data: keep them out of git.
    """
    here = workspace(repo)
    here.repository.select((operation,))
    loaded = here.load(operation)
    if failed(loaded.findings):
        raise Refused(*loaded.findings)
    unit = settlement.settle(loaded, month, here.host, here.results, None, here.settings.lang)
    assert loaded.operation is not None  # noqa: S101 - refused above
    shared = settlement.shares(loaded.operation, month, unit, here.host, here.results)
    columns = {
        **{f"produced:{one}": row for one, row in zip(shared.producers, shared.produced, strict=True)},
        **{f"consumed:{one}": row for one, row in zip(shared.consumers, shared.consumed, strict=True)},
        **{f"shared:{one}": row for one, row in zip(shared.consumers, shared.shared, strict=True)},
        **{
            f"surplus:{one}": row for one, row in zip(shared.producers, shared.produced - shared.given, strict=True)
        },
    }
    stamps = [iso(start) for start in shared.clock.utc().tolist()]
    rows = zip(stamps, *(map(kwh, values.tolist()) for values in columns.values()), strict=True)
    header = ["utc_start", *columns]
    if form == "json":
        emit({"format_version": 1, "columns": header, "rows": [list(row) for row in rows]})
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
