"""``mitoyen verify``: whether the record holds."""

from __future__ import annotations

from pathlib import Path

import click

from mitoyen import verify
from mitoyen.cli.common import emit, format_option, tell, workspace
from mitoyen.diagnostics import counted, failed
from mitoyen.verify.verified import Verified


@click.command("verify")
@click.argument("operations", nargs=-1)
@click.option("--since", metavar="REV", help="Recompute only the manifests that changed since a revision.")
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Recompute only N manifests, the head says which."
)
@format_option("text", "json", "github", "gitlab", "markdown")
@click.pass_obj
def command(repo: Path, operations: tuple[str, ...], since: str | None, sample: int | None, form: str) -> int:
    """Prove that the record of operations (all by default) holds; exits with 1 where it does not.

    Every manifest is computed again from its frozen data, at the files of its commit. No issued manifest was ever
    edited, none is gone, no month was issued twice, history only grew, and commits are signed where mitoyen.yaml
    says require_signed: true (with --since, only those after it). Where there is a register of invoices, its
    numbers follow each other, its bytes are as they were frozen and add up. Nothing cached is believed.
    """
    done = verify.verify(workspace(repo), operations, since, sample)
    if form == "json":
        emit(done.as_data())
        return int(failed(done.findings))
    code = tell(done.findings, form)
    if form == "text":
        click.echo(("\n" if done.findings else "") + _summary(done))
    return code


def _summary(done: Verified) -> str:
    """One line: what was looked at, what was not, how much was found."""
    parts = [
        f"{counted(done.manifests, 'manifest')}, {done.recomputed} recomputed",
        f"{counted(done.snapshots, 'frozen month')}",
        *([f"{counted(done.commits, 'commit')}"] if done.commits else []),
        *([f"{counted(done.signatures, 'signature')}"] if done.signatures else []),
        *([f"{counted(done.invoices, 'invoice')}"] if done.invoices else []),
    ]
    errors = sum(1 for finding in done.findings if finding.severity == "error")
    result = f"{counted(errors, 'finding')} to look at" if errors else "the record holds"
    return "; ".join([f"verified {', '.join(parts)}: {result}", *done.notes])
