"""``mitoyen report``: the site of a federation, and a page of its own for each member."""

from __future__ import annotations

from pathlib import Path

import click

from mitoyen.cli.common import month_option, tell, workspace
from mitoyen.cli.progress import progress
from mitoyen.clock import Month
from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused
from mitoyen.repository.exposed import exposed
from mitoyen.scaffold.ci import PUBLISHED
from mitoyen.workspace import Workspace
from mitoyen_report.folder import LIST

SITE = (
    "for a site to publish, say `audience: public` (or members) in operations/mitoyen.yaml; "
    "for the board, choose a folder outside the repository, such as ../site"
)
PAGES = "these pages are each for one person: choose a folder outside the repository, such as ../pages"
"""What to do where a folder is refused."""


@click.command("report")
@click.argument("operations", nargs=-1)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the site (with --serve, by default one that git ignores).",
)
@click.option("--serve", "serving", is_flag=True, help="Show it to a browser of this machine, until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="With --serve.")
@click.option(
    "--each-member",
    is_flag=True,
    help="Instead: a page of its own for each consumer, for sending with the invoice. Never on a site.",
)
@month_option(required=False, multiple=False)
@click.option(
    "--executor", help="How the work is spread: serial, processes, or a plugin's (default: mitoyen.yaml)."
)
@click.pass_obj
def command(
    repo: Path,
    operations: tuple[str, ...],
    out: Path | None,
    serving: bool,
    port: int,
    each_member: bool,
    month: Month | None,
    executor: str | None,
) -> int:
    """Make the site of OPERATIONS (all by default) from the months that are settled and on record.

    Energy, plants, money, decisions, data: pictures with their numbers, in French and in English, in a folder that
    opens without a server and goes to any host of pages. What it shows is said by `audience:` in mitoyen.yaml: only
    the board sees anybody's energy or amount. Pages whose inputs did not move are not written again.

    \b
    mitoyen report --out site
    mitoyen report --serve
    mitoyen report --each-member saint-ruf --month 2026-02 --out ../pages
    """
    here = workspace(repo)
    names = here.repository.select(operations)
    if each_member:
        if out is None or serving:
            raise click.UsageError("--each-member writes files to send: name their folder with --out")
        return _members(here, names, month, out)
    if month is not None:
        raise click.UsageError("--month goes with --each-member: the site has every month that is settled")
    if out is None and not serving:
        raise click.UsageError("name the folder of the site (--out DIR), or look at it with --serve")
    folder = (out or here.ours / "report").resolve()
    if here.settings.audience == "board":
        _not_published(here, folder, SITE)
    code = _site(here, names, folder, executor)
    if serving:
        from mitoyen_report.serve import serve

        serve(folder, port)
    return code


def _site(here: Workspace, names: list[str], folder: Path, executor: str | None) -> int:
    from mitoyen_report import site

    chosen = here.executor(executor)
    with here.writing(), progress(len(names), "writing") as advance:
        done = site.make(here, names, folder, chosen, advance)
    click.echo(
        f"{folder / 'index.html'}\n"
        f"{done.operations} operations, {done.again} of them moved; {done.written} files written; "
        f"audience: {here.settings.audience}"
    )
    return tell(done.findings, err=True)


def _members(here: Workspace, names: list[str], month: Month | None, out: Path) -> int:
    from mitoyen_report import member

    folder = out.resolve()
    _not_published(here, folder, PAGES)
    site = next((one for one in (folder, *folder.parents) if (one / LIST).is_file()), None)
    if site:
        raise Refused(_seen_by_all(f"{site} is a site, and goes where it goes", folder, PAGES))
    findings: list[Finding] = []
    for name in names:
        written = member.write(here, name, month, folder, findings)
        if written:
            click.echo(f"{len(written)} pages in {written[0].parent}")
    return tell(findings, err=True)


def _not_published(here: Workspace, folder: Path, advice: str) -> None:
    """Raise Refused where what shows everyone would get into git, or be published by the CI template."""
    published = (here.repository.root / PUBLISHED).resolve()
    if folder == published or published in folder.parents:
        reason = f"the CI template publishes {PUBLISHED}/"
    else:
        reason = exposed(folder) or ""
    if reason:
        raise Refused(_seen_by_all(reason, folder, advice))


def _seen_by_all(reason: str, folder: Path, advice: str) -> Finding:
    message = f"everyone's energy and amounts would be seen by all: {reason}"
    return Finding("RPT101", message, Place(str(folder)), advice)
