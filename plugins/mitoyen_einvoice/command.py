"""``mitoyen einvoice check``: whether a file that anyone hands over is an e-invoice, and a right one."""

from __future__ import annotations

from pathlib import Path

import click

from mitoyen.cli.common import format_option, tell
from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused, failed
from mitoyen_einvoice.audit import audit
from mitoyen_einvoice.document import LARGEST, opened
from mitoyen_einvoice.official import check as official

NAMES = {"cii": "CII", "ubl-invoice": "UBL invoice", "ubl-credit": "UBL credit note"}


@click.group("einvoice")
def group() -> None:
    """E-invoices: CII and UBL in XML, Factur-X in PDF."""


@group.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--rules",
    type=click.Choice(["full", "own"]),
    default="full",
    show_default=True,
    help="The official rules and our arithmetic, or that alone.",
)
@format_option("text", "json", "github", "gitlab", "markdown")
@click.pass_obj
def check(repo: Path, files: tuple[Path, ...], rules: str, form: str) -> int:
    """Hold e-invoices against the official rules (XSD, EN 16931, BR-FR) and our own arithmetic.

    Each file's syntax is told, and how many rules fired: one of which nothing was asked is not proved. A FILE that
    is not here is looked for in the folder of --repo. Exits with 1 where one does not hold.
    """
    findings: list[Finding] = []
    for file, where in [(file, _found(file, repo)) for file in files]:
        told, found = _checked(where, str(file), full=rules == "full")
        findings += found
        if form == "text":
            click.echo(f"{file}: {told}{'' if failed(found) else ', nothing to mend'}")
    return tell(findings, form)


def _found(file: Path, repo: Path) -> Path:
    for one in (file, repo / file):
        if one.is_file():
            return one
    raise click.UsageError(f"there is no file {file}")


def _checked(file: Path, name: str, *, full: bool) -> tuple[str, list[Finding]]:
    try:
        with file.open("rb") as stream:
            source = opened(stream.read(LARGEST + 1), name)
        told, findings = [NAMES[source.flavour]], audit(source)
        if full:
            found, fired = official(source)
            findings += found
            told += [f"{one.rules} rules of {one.sheet}" for one in fired]
    except Refused as refused:
        return "not proved", list(refused.findings)
    return ", ".join(told), findings
