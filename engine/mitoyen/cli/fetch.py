"""``mitoyen fetch``: a month of meter data read, accounted for, frozen, pointed to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill

import click

from mitoyen import metering, parties, pointers, restated
from mitoyen.cli.common import emit, format_option, month_option, tell, workspace
from mitoyen.clock import Month
from mitoyen.contracts import Operation
from mitoyen.diagnostics import Refused, UsageError, as_data, ordered
from mitoyen.metering import Fetched, Where
from mitoyen.repository.record import record
from mitoyen.repository.trees import shown
from mitoyen.spoken import words
from mitoyen.workspace import Workspace

MENDED = frozenset({"ACC419", "ACC422"})
"""What the data of before lack: to fetch again is the way to mend it."""

WIDTH = 116
"""Columns of the account of a file."""


@click.command("fetch")
@click.argument("operation")
@month_option(required=True, multiple=True)
@click.option(
    "--file",
    "files",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="A folder where the source's files are looked for, or the files themselves; may be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be read, or asked of whom; do nothing.")
@click.option("--commit", "keep", is_flag=True, help="Commit data/<month>.yaml, as mitoyen.")
@format_option("text", "json")
@click.pass_obj
def command(
    repo: Path,
    operation: str,
    months: tuple[Month, ...],
    files: tuple[Path, ...],
    dry_run: bool,
    keep: bool,
    form: str,
) -> int:
    """Read the source of OPERATION for a month, freeze the data, write data/<month>.yaml.

    Nothing is filled, dropped or corrected in silence: what was read, taken and left is said, and what must be
    looked at is a finding. With an error nothing is frozen. Where the data of a month differ from those that
    counted before, it says which meters, steps and kilowatt-hours.
    """
    here = workspace(repo)
    here.repository.select((operation,))
    what = here.operation(operation, despite=MENDED)
    where = _where(here, what, files)
    if dry_run:
        return _asks(here, what, months, where, form)
    if keep and not here.repository.has_history:
        raise UsageError("there is no commit here yet: commit the operation first")
    done = []
    folder = here.repository.folder / operation
    with here.writing():
        for month in months:
            fetched = metering.fetch(what, month, here.host, here.results, where)
            if fetched.pointer is not None:
                pointers.write(folder, month, fetched.pointer)
            done.append(fetched)
            if form == "text":
                click.echo("\n".join(_lines(fetched, shown(operation, f"data/{month}.yaml"))))
        recorded = _record(here, done) if keep else None
    findings = ordered(finding for fetched in done for finding in fetched.findings)
    if form == "json":
        emit({"format_version": 1, "months": [_data(fetched) for fetched in done]})
        return int(any(fetched.pointer is None for fetched in done))
    if recorded:
        click.echo(words(here.settings.lang, "recorded").format(commit=recorded[:10]))
    return tell(findings)


def _where(here: Workspace, operation: Operation, files: tuple[Path, ...]) -> Where:
    data = os.environ.get("MITOYEN_DATA")
    folders = (
        *(path for path in files if path.is_dir()),
        *([Path(data)] if data and not files else []),
        *([] if files else [here.repository.root]),
    )

    def numbers() -> Mapping[str, str]:
        return parties.meters(operation.participants.values(), here.safe) if here.safe else {}

    named = tuple(path for path in files if not path.is_dir())
    return Where(folders, named, numbers, here.ours / "sources")


def _asks(here: Workspace, operation: Operation, months: tuple[Month, ...], where: Where, form: str) -> int:
    """What the source would read or ask for, month by month."""
    told = []
    for month in months:
        source, request = metering.requested(operation, month, here.host, where)
        asks = None if source.asks is None else list(source.asks(request))
        told.append({"operation": operation.id, "month": str(month), "source": source.id, "asks": asks})
        if form == "text":
            click.echo(f"{operation.id} {month}: the source {source.id} would read or ask for, and did not:")
            silent = [f"it does not say: the source {source.id} knows no dry run"]
            click.echo("\n".join(f"  {line}" for line in (silent if asks is None else asks)))
    if form == "json":
        emit({"format_version": 1, "dry_run": told})
    return 0


def _record(here: Workspace, done: list[Fetched]) -> str | None:
    """Commit the pointers that differ from those on record, of this run or one before; None where none does."""
    wanted = {f"data/{fetched.month}.yaml": fetched for fetched in done if fetched.pointer is not None}
    operation = done[0].operation
    touched = here.repository.touched("HEAD", among=[operation]).get(operation, frozenset())
    fresh = [fetched for file, fetched in wanted.items() if file in touched]
    paths = [here.repository.folder / operation / f"data/{fetched.month}.yaml" for fetched in fresh]
    return record(here.repository, paths, _message(here, fresh)) if fresh else None


def _message(here: Workspace, fresh: list[Fetched]) -> str:
    """The message of the commit that records data: which months, and what differs from the data on record."""
    before = _on_record(here, fresh[0].operation)
    told, trailers = [], []
    for fetched in fresh:
        snapshot = str((fetched.pointer or {})["snapshot"])
        old = before.get(f"data/{fetched.month}.yaml")
        trailers.append(f"Fetched: {fetched.operation}/{fetched.month} snapshot={snapshot[7:19]}")
        # What a run before this one fetched and did not commit is told as well.
        if changed := restated.between(old, here.results.curves(snapshot), snapshot, here.results):
            told += [f"{fetched.month} restated: {changed.summary}", *changed.lines(), ""]
    what = f"{fresh[0].operation} " + (str(fresh[0].month) if len(fresh) == 1 else f"{len(fresh)} months")
    return "\n".join([f"{'Restate' if told else 'Fetch'} {what}", "", *told, *trailers])


def _on_record(here: Workspace, operation: str) -> Mapping[str, str]:
    """The snapshots that the pointers of HEAD name, by file."""
    found = {}
    for file, content in here.repository.at("HEAD").files(operation):
        if file.startswith("data/") and content is not None:
            try:
                value = here.cache.parse(content, shown(operation, file)).value
            except Refused:
                continue
            if isinstance(value, Mapping) and isinstance(value.get("snapshot"), str):
                found[file] = value["snapshot"]
    return found


def _lines(fetched: Fetched, pointer: str) -> Iterator[str]:
    yield f"{fetched.operation} {fetched.month}"
    for reading in fetched.readings:
        yield f"  {reading.name}"
        facts = "; ".join(f"{name} {value}" for name, value in reading.facts.items())
        yield fill(facts, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
        left = "".join(f" + {count} left ({reason})" for reason, count in reading.left.items())
        yield f"    values: {reading.rows} read = {reading.taken} taken{left}"
    if fetched.pointer is None:
        yield "  nothing was frozen: see the findings"
    else:
        yield f"  frozen: {len(fetched.pointer['meters'])} meters x {fetched.pointer['steps']} steps, {pointer}"
    if fetched.restated:
        yield f"  restated: {fetched.restated.summary}"
        yield from (f"    {line}" for line in fetched.restated.lines())


def _data(fetched: Fetched) -> dict[str, object]:
    return {
        "operation": fetched.operation,
        "month": str(fetched.month),
        "pointer": fetched.pointer,
        **({"restated": fetched.restated.as_data()} if fetched.restated else {}),
        "readings": [
            {
                "name": reading.name,
                "facts": dict(reading.facts),
                "read": reading.rows,
                "taken": reading.taken,
                "left": dict(reading.left),
            }
            for reading in fetched.readings
        ],
        "findings": [as_data(finding) for finding in ordered(fetched.findings)],
    }
