"""``mitoyen plan``: what a change would do, before anyone merges it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import click

from mitoyen import links, plan
from mitoyen.cli.common import format_option, workspace
from mitoyen.plan import text as plan_text

CHANGES = 3
"""The exit code of a plan that moves something, where it is asked for."""


@click.command("plan")
@click.argument("operations", nargs=-1)
@click.option(
    "--base", help="The revision to compare with (default: where this branch left its upstream, or HEAD)."
)
@click.option(
    "--head", help="The revision that would come (default: the folder as it is; HEAD in a bare repository)."
)
@click.option("--why", is_flag=True, help="Show where each value is written, and which stages move.")
@click.option(
    "--executor", help="How the work is spread: serial, processes, or a plugin's (default: mitoyen.yaml)."
)
@click.option("--detailed-exitcode", is_flag=True, help=f"Exit with {CHANGES} where something would change.")
@format_option("text", "json", "markdown", "github", "gitlab")
@click.pass_obj
def command(
    repo: Path,
    operations: tuple[str, ...],
    base: str | None,
    head: str | None,
    why: bool,
    executor: str | None,
    detailed_exitcode: bool,
    form: str,
) -> int:
    """Show what a change of files would do: month by month, member by member, before and after.

    A plan beyond an operation's limits is shown in full and exits with 1; the line that accepts it is printed.
    """
    here = workspace(repo, bare=True)
    made = plan.proposed(here, operations, base, head, executor)
    data = links.of_plan(made.as_data(), here)
    click.echo(plan_text.RENDERERS[form](data, made.lang, why=why))
    here.host.tell("mitoyen_planned", made.lang, plan=lambda: deepcopy(data))
    if made.beyond or any(one.findings for one in made.operations):
        return 1
    return CHANGES if detailed_exitcode and made.moves else 0
