"""What commands share: options, and how findings and data leave the program."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import wrap
from typing import Any, TypeVar

import click

from mitoyen.clock import Month
from mitoyen.contracts import Finding
from mitoyen.diagnostics import RENDERERS, UsageError, failed, ordered
from mitoyen.hooks import STORE
from mitoyen.repository import Repository
from mitoyen.workspace import Workspace

WIDTH = 100
"""Columns of a sentence."""

F = TypeVar("F", bound=Callable[..., Any])


def workspace(repo: Path, *, bare: bool = False) -> Workspace:
    """The workspace of the repository at ``repo`` or above it; raise UsageError where there is none.

    Also where it is bare and the command is not one that reads revisions only, as ``bare`` says.
    """
    repository = Repository.find(repo)
    if not bare:
        needs_folder(repository)
    elif repository.bare:
        # Where the hook that settles what is pushed keeps its data.
        os.environ.setdefault("MITOYEN_STORE", str(repository.root / STORE))
    return Workspace(repository.root)


def needs_folder(repository: Repository) -> None:
    """Raise UsageError where the repository is bare."""
    if repository.bare:
        raise UsageError(
            f"{repository.root} is a bare repository, and this command needs the files in a folder: "
            "run it in a clone; `mitoyen hooks install` here settles what is pushed"
        )


class MonthRange(click.ParamType[tuple[Month, ...]]):
    """``2026-03``, or ``2026-01..2026-12``."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Month, ...]:
        if isinstance(value, tuple):
            return value
        first, _, last = str(value).partition("..")
        try:
            months = tuple(Month.parse(first).through(Month.parse(last or first)))
        except ValueError as error:
            self.fail(f"{error}; for instance 2026-03, or 2026-01..2026-12", param, ctx)
        return months or self.fail(f"{value}: the last month is before the first", param, ctx)


def month_option(*, required: bool, multiple: bool) -> Callable[[F], F]:
    """``--month``: one month, or several and ranges of them."""

    def flat(_ctx: click.Context, _param: click.Parameter, value: Any) -> Any:
        if multiple:
            return tuple(sorted({month for part in value for month in part}))
        if value and len(value) > 1:
            raise click.BadParameter("one month, such as 2026-03")
        return value[0] if value else None

    return click.option(
        "--month",
        "months" if multiple else "month",
        type=MonthRange(),
        required=required,
        multiple=multiple,
        callback=flat,
        help="A month such as 2026-03"
        + (", or a range such as 2026-01..2026-12; may be repeated." if multiple else "."),
    )


def format_option(*formats: str) -> Callable[[F], F]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How the result is written.",
    )


def tell(findings: Iterable[Finding], form: str = "text", *, err: bool = False) -> int:
    """Print findings and return the exit code they call for."""
    findings = ordered(findings)
    if findings or form == "json":
        click.echo(RENDERERS[form](findings), err=err)
    return 1 if failed(findings) else 0


def emit(data: Any) -> None:
    """Print data as JSON, the same bytes for the same data."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def filled(line: str, indent: str) -> list[str]:
    """A sentence within the width, what follows its first line a little further in; signs stay with their word."""
    lines = wrap(
        re.sub(" (?=[%€:;])", "\u00a0", line),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [one.replace("\u00a0", " ") for one in lines]


def escaped(text: str) -> str:
    """Text that stays text in markdown."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text)
