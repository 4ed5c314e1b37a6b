"""``mitoyen forget``: a person leaves the vault, for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click

from mitoyen import parties
from mitoyen.cli.common import filled, workspace
from mitoyen.cli.parties import opened
from mitoyen.contracts import Operation
from mitoyen.diagnostics import Refused
from mitoyen.workspace import Workspace


@click.command("forget")
@click.argument("pseudonym")
@click.pass_obj
def command(repo: Path, pseudonym: str) -> None:
    """Remove PSEUDONYM's party from the vault, and its key, and say what stays.

    Refused while an operation names it: an organiser, a seller, a participant whose last day has not passed. What
    was forgotten may be forgotten again.
    """
    here = workspace(repo)
    safe = opened(here)
    with here.writing():
        operations = [here.sound(name)[1] for name in here.repository.select(())]
        today = date.today()  # noqa: DTZ011 - who takes part today, as people here count days
        reasons = list(parties.still_needed(pseudonym, operations, today))
        if reasons:
            raise Refused(*reasons)
        there = safe.remove(pseudonym)
        kept = _register(here, pseudonym, today)
    what = "is no longer in the vault" if there else "is not in the vault"
    click.echo(f"{pseudonym} {what}: {safe.where(pseudonym)}")
    stays = [*_stays(pseudonym, operations, here.settings.store), *kept]
    click.echo("What stays:" if stays else "No operation names it.")
    for sentence in stays:
        click.echo("\n".join(filled(f"- {sentence}", "  ")))


RETENTION = 10
"""Years that invoices are kept (C. com. L123-22, as any account)."""


def _register(here: Workspace, pseudonym: str, today: date) -> list[str]:
    """Take away the content of invoices whose retention has passed; what the register still has, in a sentence."""
    if here.ledger is None:
        return []
    limit = date(today.year - RETENTION, today.month, min(today.day, 28))
    gone = here.ledger.forget(pseudonym, limit)
    left = [one for one in here.ledger.entries(buyer=pseudonym) if one.issued >= limit]
    told = [f"the register: numbers; the content of invoices was taken away ({gone})"] if gone else []
    if left:
        until = max(one.issued for one in left)
        told.append(
            f"the register: invoices with the name on them ({len(left)}), kept for {RETENTION} years by law, "
            f"until {until.year + RETENTION}-{until:%m-%d}; forget again then"
        )
    return told


def _stays(pseudonym: str, operations: Sequence[Operation], store: str) -> Iterator[str]:
    """Each thing mitoyen still has under that pseudonym, and what it cannot reach."""
    for operation in operations:
        participant = operation.participants.get(pseudonym)
        if participant is None:
            continue
        yield f"{operation.locate('participants.yaml', pseudonym, key=True)}: when it took part, and at which price"
        if pseudonym in operation.packages:
            yield f"{operation.locate('packages.yaml', pseudonym, key=True)}: what it bought ahead, and when"
        manifests = sum(name.startswith("settlements/") for name in operation.files)
        if manifests:
            of = f"{manifests} manifest{'s' if manifests > 1 else ''}"
            folder = Path(operation.locate("participants.yaml").path).parent
            yield f"{folder}/settlements/: {of}, totals and counts of people only; they still verify"
        yield (
            f'the store "{store}": curves under the alias {participant.meter}, amounts under {pseudonym}, in files '
            "that are everyone's"
        )
    if any(pseudonym in operation.participants for operation in operations):
        yield "documents written before, and backups of the vault: they bear the name, delete them where they lie"
