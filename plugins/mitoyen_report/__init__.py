"""The report: a static site of what is settled and recorded, and a page of its own for each member."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mitoyen.contracts import Command
from mitoyen.hookspecs import hookimpl

if TYPE_CHECKING:
    import click


def _load() -> "click.Command":
    from mitoyen_report.command import command

    return command


@hookimpl
def mitoyen_commands() -> Iterator[Command]:
    yield Command(id="report", title="a site of energy, money and decisions; a page for each member", load=_load)
