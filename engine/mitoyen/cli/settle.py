"""``mitoyen settle``: recompute what changed, write draft manifests, show who received what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from mitoyen import execute, settlement
from mitoyen.cli.common import emit, format_option, month_option, tell, workspace
from mitoyen.cli.progress import progress
from mitoyen.clock import Month
from mitoyen.diagnostics import UsageError, as_data, ordered
from mitoyen.execute import Outcome, Task
from mitoyen.repository.record import record, unsettled
from mitoyen.settlement import Unit
from mitoyen.spoken import words
from mitoyen.workspace import Workspace


@click.command("settle")
@click.argument("operations", nargs=-1)
@month_option(required=False, multiple=True)
@click.option(
    "--executor", help="How the work is spread: serial, processes, or a plugin's (default: mitoyen.yaml)."
)
@click.option("--changed", is_flag=True, help="Only what changed since the last settlement on record, or --base.")
@click.option("--base", help="With --changed: the revision since which files changed.")
@click.option("--commit", "keep", is_flag=True, help="Commit the manifests that were written, as mitoyen.")
@click.option("--members", is_flag=True, help="Show every member, also where several months are settled.")
@format_option("text", "json")
@click.pass_obj
def command(
    repo: Path,
    operations: tuple[str, ...],
    months: tuple[Month, ...],
    executor: str | None,
    changed: bool,
    base: str | None,
    keep: bool,
    members: bool,
    form: str,
) -> int:
    """Settle operations (all by default) for a month (by default every month that has data).

    Only what changed is computed again; the rest comes from the store. A draft manifest is written for each unit.
    With --changed, operations whose files did not change are not even read.
    """
    here = workspace(repo)
    settings = here.settings
    names = here.repository.select(operations)
    uncommitted = here.repository.uncommitted()
    commits = here.repository.commits(names, uncommitted)
    if base and not changed:
        raise click.UsageError("--base goes with --changed")
    if changed:
        names = unsettled(here.repository, names, base, uncommitted)
    if keep and (waiting := [name for name in names if commits[name] is None]):
        raise UsageError(
            f"commit the files of {', '.join(waiting)} first: a record names the commit it was made from"
        )
    tasks = [Task(here.repository.root, name, months, commits[name]) for name in names]
    offer, options = here.executor(executor)
    outcomes: list[Outcome] = []
    with here.writing(), progress(len(tasks), "settling") as advance:
        for outcome in execute.run(tasks, offer, options):
            for unit in outcome.units:
                settlement.write_manifest(here.repository.folder / unit.operation, unit)
            outcomes.append(outcome)
            advance(outcome.operation)
        outcomes.sort(key=lambda outcome: outcome.operation)
        units = [unit for outcome in outcomes for unit in outcome.units]
        recorded = _record(here, units, commits) if keep else None
    for unit in units:
        here.host.tell("mitoyen_settled", settings.lang, unit=unit.as_data)
    findings = ordered(finding for outcome in outcomes for finding in outcome.findings)
    if form == "json":
        emit(
            {
                "format_version": settlement.FORMAT_VERSION,
                "units": [unit.as_data() for unit in units],
                "findings": [as_data(finding) for finding in findings],
            }
        )
        return int(any(finding.severity == "error" for finding in findings))
    if units:
        from mitoyen.cli.tables import settled

        settled(units, settings.lang, members=members or len(units) == 1)
    if recorded:
        click.echo(words(settings.lang, "recorded").format(commit=recorded[:10]))
    code = tell(findings, err=bool(units))
    if not units and not findings:
        nothing = "nothing changed" if changed else "no month has data yet: mitoyen fetch OPERATION --month YYYY-MM"
        click.echo(nothing)
    return code


def _record(here: Workspace, units: list[Unit], commits: Mapping[str, str | None]) -> str | None:
    """Commit the manifests that are not committed yet, of this run or of one that was killed; None for none."""
    if not units:
        return None
    touched = here.repository.touched("HEAD", among=sorted({unit.operation for unit in units}))
    fresh = [unit for unit in units if unit.path in touched.get(unit.operation, ())]
    paths = [here.repository.folder / unit.operation / unit.path for unit in fresh]
    return record(here.repository, paths, _message(fresh, commits)) if fresh else None


def _message(fresh: list[Unit], commits: Mapping[str, str | None]) -> str:
    """The message of the commit that records a settlement: what was settled, and from which commit."""
    what = f"{fresh[0].operation} {fresh[0].month}" if len(fresh) == 1 else f"{len(fresh)} months"
    lines = [f"Settle {what}", ""]
    lines += [
        f"Settled: {unit.operation}/{unit.month}.{unit.revision} "
        + " ".join(f"{stage}={value[7:19]}" for stage, value in unit.fingerprint.items())
        for unit in fresh
    ]
    causes = sorted({commit for unit in fresh if (commit := commits[unit.operation])})
    return "\n".join([*lines, *(f"Cause: {commit}" for commit in causes)])
