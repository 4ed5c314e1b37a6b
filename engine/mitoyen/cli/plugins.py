"""``mitoyen plugins``: what is installed and what it offers."""

from __future__ import annotations

import click

from mitoyen.cli.common import emit, format_option
from mitoyen.host import describe, installed


@click.command("plugins")
@format_option("text", "json")
def command(form: str) -> None:
    """List what the installed plugins offer: the ids that YAML may name."""
    from mitoyen.allocation import backend

    rows = [describe(brought) for brought in installed().brought()]
    if form == "json":
        emit({"format_version": 1, "kernel": backend(), "offers": rows})
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("kind", "id", "version", "title", "distribution"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(str(row[column]) for column in ("kind", "id", "version", "title", "distribution")))
    console = Console(highlight=False)
    (console if console.is_terminal else Console(width=140, highlight=False)).print(table)
    if backend() == "numpy":
        click.echo("kernel: the numpy twin (no compiled kernel here); the same results, more slowly")
    else:
        click.echo("kernel: compiled")
