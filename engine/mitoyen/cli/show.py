"""``mitoyen show``: a value on a date as known at a revision, or every step of a settled month."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from mitoyen import history
from mitoyen.chain import Chain
from mitoyen.changes import plain, spoken
from mitoyen.cli.common import emit, format_option, month_option, workspace
from mitoyen.clock import Month, iso
from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused, UsageError, nearest
from mitoyen.history.blame import Cause
from mitoyen.history.dig import dig
from mitoyen.history.in_force import Value, in_force
from mitoyen.quantities import kwh
from mitoyen.repository.trees import Tree, shown
from mitoyen.workspace import Workspace

_WORDS: Mapping[str, tuple[str, str]] = {
    "of": ("{path}, le {day}, {known}", "{path}, on {day}, {known}"),
    "now": ("tel que le dossier le dit", "as the folder says it"),
    "then": ("tel qu'on le savait à {commit}", "as known at {commit}"),
    "since": ("en vigueur depuis le {first}", "in force since {first}"),
    "until": ("en vigueur du {first} au {last} exclu", "in force from {first} until {last}, excluded"),
    "because": ("décidé : {reason}", "decided: {reason}"),
}


class _Show(click.Group):
    """What is not the name of a form is the path of a value: ``show value`` may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["value", *args]
        return super().parse_args(ctx, args)


@click.group("show", cls=_Show)
def command() -> None:
    """Show a value in force on a date, or every step of a settled month.

    \b
    mitoyen show boucle/tariffs.yaml/residents/price --on 2026-05-01 --known main~3
    mitoyen show shares boucle --month 2026-03
    """


@command.command("value")
@click.argument("path")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it holds (default: today).")
@click.option("--known", metavar="REV", help="What was known at that revision (default: the folder as it is).")
@format_option("text", "json")
@click.pass_obj
def value(repo: Path, path: str, day: datetime | None, known: str | None, form: str) -> None:
    """The value at PATH on a day, as known at a revision: its place, the commit that made it, the reason.

    PATH is OPERATION/FILE/NAMES, such as boucle/keys.yaml, boucle/tariffs.yaml/residents/price or
    boucle/participants.yaml/m-3fk2/tariff. The entry in force is found; `with` may be left out.
    """
    here = workspace(repo, bare=True)
    operation, file, names = _parts(path)
    tree: Tree = here.repository.at(known) if known else here.repository.working
    now = operation
    operation = history.name_in(here, operation, tree)
    contents = dict(tree.files(operation))
    content = contents.get(file)
    if content is None:
        message = f'no file "{file}" in {shown(operation)}'
        raise Refused(Finding("ACC118", message, help=nearest(file, contents)))
    document = here.cache.parse(content, shown(operation, file))
    on = day.date() if day else _today(here, contents.get("operation.yaml"))
    found = in_force(document, file, names, on)
    if found is None:
        raise UsageError(f"{'/'.join((operation, file, *names))}: no such value in force on {on}")
    head = tree.revision or "HEAD"
    cause = history.read(here, operation, head, working=tree.revision is None).blame(file, *found.path)
    place = document.place(*found.path, key=isinstance(found.value, Mapping))
    because = cause.because if cause else _because(document.value, found.path)
    if form == "json":
        emit(
            {
                "format_version": 1,
                "path": path,
                "on": on.isoformat(),
                "known": tree.revision,
                "operation": operation,
                "value": plain(found.value),
                "first": found.first.isoformat() if found.first else None,
                "last": found.last.isoformat() if found.last else None,
                "place": str(place),
                "commit": cause and cause.as_data(),
                "because": because,
            }
        )
        return
    _tell(here, found, path if now == operation else f"{path} ({operation})", on, tree, place, cause, because)


def _tell(
    here: Workspace,
    found: Value,
    path: str,
    on: date,
    tree: Tree,
    place: object,
    cause: Cause | None,
    because: str | None,
) -> None:
    from mitoyen.cli.explain import signature

    lang = here.settings.lang

    def say(name: str, /, **values: object) -> str:
        return _WORDS[name][lang == "en"].format(**values)

    known = say("then", commit=tree.revision[:10]) if tree.revision else say("now")
    click.echo(spoken(found.value))
    click.echo(f"  {say('of', path=path, day=on, known=known)}")
    if found.first:
        click.echo(f"  {say('until' if found.last else 'since', first=found.first, last=found.last)}")
    click.echo(f"  {place}")
    for line in signature(cause, lang):
        click.echo(f"  {line}")
    if because:
        click.echo(f"  {say('because', reason=because)}")


def _parts(path: str) -> tuple[str, str, tuple[str, ...]]:
    """``boucle/data/2026-03.yaml/snapshot`` -> boucle, data/2026-03.yaml, (snapshot,)"""
    operation, *rest = path.strip("/").removeprefix("operations/").split("/")
    end = next((index for index, part in enumerate(rest, 1) if part.endswith(".yaml")), None)
    if end is None:
        raise click.UsageError(f"{path} names no file: OPERATION/FILE/NAMES, such as {operation}/tariffs.yaml/…")
    return operation, "/".join(rest[:end]), tuple(rest[end:])


def _today(here: Workspace, content: bytes | None) -> date:
    """The day it is where the operation is."""
    zone = here.cache.parse(content, "operation.yaml").value.get("timezone") if content else None
    return datetime.now(ZoneInfo(zone or "Europe/Paris")).date()


def _because(written: Any, path: tuple[str | int, ...]) -> str | None:
    """The nearest reason on the way to a value."""
    reasons = [dig(written, (*path[:end], "because"), None) for end in range(len(path) + 1)]
    return next((reason for reason in reversed(reasons) if isinstance(reason, str)), None)


@command.command("shares")
@click.argument("operation")
@month_option(required=True, multiple=False)
@format_option("csv", "json")
@click.pass_obj
def shares(repo: Path, operation: str, month: Month, form: str) -> None:
    """Every step of OPERATION's month in kWh: produced, consumed, shared and surplus, by participant.

    These are load curves, personal data: keep them out of git.
    """
    here = workspace(repo)
    _loaded, sound = here.sound(operation)
    shared = Chain(sound, here.host, here.results).shared(month)
    columns = {
        **{f"produced:{one}": row for one, row in zip(shared.producers, shared.produced, strict=True)},
        **{f"consumed:{one}": row for one, row in zip(shared.consumers, shared.consumed, strict=True)},
        **{f"shared:{one}": row for one, row in zip(shared.consumers, shared.shared, strict=True)},
        **{
            f"surplus:{one}": row for one, row in zip(shared.producers, shared.produced - shared.given, strict=True)
        },
    }
    stamps = [iso(start) for start in shared.clock.utc().tolist()]
    rows = zip(stamps, *(map(kwh, values.tolist()) for values in columns.values()), strict=True)
    header = ["utc_start", *columns]
    if form == "json":
        emit({"format_version": 1, "columns": header, "rows": [list(row) for row in rows]})
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
