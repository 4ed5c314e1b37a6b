"""``mitoyen parties``: who is behind the pseudonyms, in the vault."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from mitoyen import parties
from mitoyen.cli.common import format_option, tell, workspace
from mitoyen.contracts import Safe
from mitoyen.diagnostics import UsageError, nearest
from mitoyen.workspace import Workspace


@click.group("parties")
def command() -> None:
    """Names, addresses and numbers of participants, sellers and organisers, kept outside git."""


@command.command("check")
@click.argument("operations", nargs=-1)
@format_option("text", "json")
@click.pass_obj
def check(repo: Path, operations: tuple[str, ...], form: str) -> int:
    """Check that whoever operations name (all of them by default) has a party, and that its numbers hold.

    A participant who left needs none any more. Nothing of the vault is repeated. Exits with 1 where there is an
    error.
    """
    here = workspace(repo)
    safe = opened(here)
    names = here.repository.select(operations)
    sound = [here.sound(name)[1] for name in names]
    today = date.today()  # noqa: DTZ011 - who takes part today, as people here count days
    findings = list(parties.check_all(sound, safe, today))
    code = tell(findings, form)
    if form == "text" and not findings:
        count = len({name for operation in sound for name in parties.named(operation, today)})
        click.echo(f"{count} parties checked, nothing to mend")
    return code


@command.command("new")
@click.argument("pseudonym")
@click.pass_obj
def new(repo: Path, pseudonym: str) -> None:
    """Write a form for PSEUDONYM into the vault, to be filled in."""
    here = workspace(repo)
    safe = opened(here)
    with here.writing():
        if safe.read(pseudonym) is not None:
            raise UsageError(f"{safe.where(pseudonym)} is there already; nothing was changed")
        safe.write(pseudonym, parties.template(sorted(_meters(here, pseudonym))))
    click.echo(safe.where(pseudonym))


@command.command("edit")
@click.argument("pseudonym")
@click.pass_obj
def edit(repo: Path, pseudonym: str) -> int:
    """Open PSEUDONYM's party in the editor (the variable EDITOR), then keep and check it.

    Meanwhile it lies unencrypted in a temporary file that only you can read.
    """
    here = workspace(repo)
    safe = opened(here)
    before = _content(safe, pseudonym)
    after = click.edit(before.decode(), extension=".yaml")
    if after is None or after.encode() == before:
        click.echo("nothing was changed")
        return 0
    with here.writing():
        if safe.read(pseudonym) != before:
            raise UsageError(f"{safe.where(pseudonym)} was changed meanwhile; nothing was written")
        safe.write(pseudonym, after.encode())
    return tell(parties.check(after.encode(), safe.where(pseudonym)))


@command.command("show")
@click.argument("pseudonym")
@click.pass_obj
def show(repo: Path, pseudonym: str) -> None:
    """Print what the vault holds of PSEUDONYM. It is personal data: for a terminal, not for a log."""
    click.echo(_content(opened(workspace(repo)), pseudonym).decode(), nl=False)


def opened(here: Workspace) -> Safe:
    """The vault of the federation; raise UsageError where it names none."""
    if here.safe is None:
        raise UsageError(
            "no vault is named: write vault: {use: plain, with: {folder: ~/mitoyen/parties}} "
            "in operations/mitoyen.yaml, with a folder outside git"
        )
    return here.safe


def _content(safe: Safe, pseudonym: str) -> bytes:
    """What the vault holds; raise UsageError where it has no such party."""
    content = safe.read(pseudonym)
    if content is None:
        raise UsageError(f'the vault has no party "{pseudonym}"; {nearest(pseudonym, safe.names())}'.rstrip("; "))
    return content


def _meters(here: Workspace, pseudonym: str) -> set[str]:
    """The aliases of the meters that operations give to a participant."""
    loaded = (here.load(name).operation for name in here.repository.select(()))
    return {
        operation.participants[pseudonym].meter
        for operation in loaded
        if operation is not None and pseudonym in operation.participants
    }
