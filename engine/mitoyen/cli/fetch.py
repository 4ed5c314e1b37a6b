"""``mitoyen fetch``: a month of meter data read, accounted for, frozen, pointed to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill

import click

from mitoyen import metering, parties
from mitoyen.cli.common import emit, format_option, month_option, tell, workspace
from mitoyen.clock import Month
from mitoyen.diagnostics import as_data, ordered
from mitoyen.metering import Fetched
from mitoyen.repository.trees import shown

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
@format_option("text", "json")
@click.pass_obj
def command(repo: Path, operation: str, months: tuple[Month, ...], files: tuple[Path, ...], form: str) -> int:
    """Read the source of OPERATION for a month, freeze the data, write data/<month>.yaml.

    Nothing is filled, dropped or corrected in silence: what was read, taken and left is said, and what must be
    looked at is a finding. With an error nothing is frozen.
    """
    here = workspace(repo)
    here.repository.select((operation,))
    what = here.operation(operation, despite=MENDED)
    data = os.environ.get("MITOYEN_DATA")
    folders = (
        *(path for path in files if path.is_dir()),
        *([Path(data)] if data and not files else []),
        *([] if files else [here.repository.root]),
    )
    named = tuple(path for path in files if not path.is_dir())
    done = []

    def numbers() -> Mapping[str, str]:
        return parties.meters(what.participants.values(), here.safe) if here.safe else {}

    folder = here.repository.folder / operation
    with here.writing():
        for month in months:
            fetched = metering.fetch(
                what, month, here.host, here.results, folders=folders, files=named, numbers=numbers
            )
            if fetched.pointer is not None:
                metering.write_pointer(folder, month, fetched.pointer)
            done.append(fetched)
            if form == "text":
                click.echo("\n".join(_lines(fetched, shown(operation, f"data/{month}.yaml"))))
    findings = ordered(finding for fetched in done for finding in fetched.findings)
    if form == "json":
        emit({"format_version": 1, "months": [_data(fetched) for fetched in done]})
        return int(any(fetched.pointer is None for fetched in done))
    return tell(findings)


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


def _data(fetched: Fetched) -> dict[str, object]:
    return {
        "operation": fetched.operation,
        "month": str(fetched.month),
        "pointer": fetched.pointer,
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
