"""``mitoyen export``: what other programs take, an accountant's, a bank's or the grid operator's."""

from __future__ import annotations

from pathlib import Path

import click

from mitoyen.cli.common import MonthRange, filled, workspace
from mitoyen.clock import Month
from mitoyen.contracts import ExportFormat
from mitoyen.export import ready
from mitoyen.intake.privacy import without_meters
from mitoyen.private import make, outside_git
from mitoyen.written import write_whole


@click.command("export")
@click.argument("operation")
@click.option(
    "--month",
    "months",
    type=MonthRange(),
    required=True,
    help="A month such as 2026-03, or a range such as 2026-01..2026-12.",
)
@click.option("--as", "wanted", metavar="FORMAT", required=True, help="An export format of `mitoyen plugins`.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to fill.")
@click.pass_obj
def command(repo: Path, operation: str, months: tuple[Month, ...], wanted: str, out: Path) -> None:
    """Write OPERATION's months for another program.

    Issued invoices: journal and fec are for an accountant (a fec is of the fiscal year in which the last month
    lies), sepa-direct-debit and sepa-credit-transfer for a bank. Shares: enedis-coefficients is what the grid
    operator is sent of a key that it does not compute itself. They are personal data: a folder that git would take
    is refused. Where something is missing, nothing is written.
    """
    here = workspace(repo)
    folder = outside_git(Path.cwd(), str(out), "~/mitoyen/exports")
    offer = here.host.get(ExportFormat, wanted)
    documents = list(offer.export(ready(here, operation, offer, months)))
    if not documents:
        click.echo(f"nothing of these months is for {wanted}; nothing is written")
        return
    make(folder)
    for document in documents:
        write_whole(folder / document.name, document.content, private=True)
    count = "1 file" if len(documents) == 1 else f"{len(documents)} files"
    click.echo(f"{count} written in {out}")
    for document in documents:
        click.echo(f"  {without_meters(document.name)}")
        for note in document.notes:
            click.echo("\n".join(filled(note, "    ")))
