"""``mitoyen check``: everything that can be known without meter data."""

from __future__ import annotations

from pathlib import Path

import click

from mitoyen.cli.common import format_option, tell, workspace


@click.command("check")
@click.argument("operations", nargs=-1)
@format_option("text", "json", "github", "gitlab", "markdown")
@click.pass_obj
def command(repo: Path, operations: tuple[str, ...], form: str) -> int:
    """Check operations (all of them by default): schemas, cross-file checks, law, privacy.

    Exits with 1 where there is an error.
    """
    here = workspace(repo, bare=True)
    names = here.repository.select(operations)
    findings = [finding for name in names for finding in here.load(name).findings]
    if not operations:
        findings += here.repository.strays()
    _ = here.settings  # operations/mitoyen.yaml must hold too
    code = tell(findings, form)
    if form == "text" and not findings:
        click.echo(f"{len(names)} operation{'s' if len(names) > 1 else ''} checked, nothing to mend")
    return code
