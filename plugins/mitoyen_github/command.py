"""``mitoyen github comment`` and ``mitoyen github annotate``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import click

from mitoyen import links, plan
from mitoyen.cli.common import workspace
from mitoyen.contracts import Finding
from mitoyen.diagnostics import UsageError, failed, github, markdown
from mitoyen.host import MissingExtra
from mitoyen.plan import text as plan_text
from mitoyen.workspace import Workspace
from mitoyen_github import actions, annotating, body, summary

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read."""


@click.group("github")
def group() -> None:
    """Show a plan and findings on a pull request of GitHub, from GitHub Actions."""


@group.command("comment")
@click.argument("operations", nargs=-1)
@click.option(
    "--plan",
    "made",
    type=click.File("rb"),
    help="What `mitoyen plan --format json` wrote; - for standard input (default: the plan is made here).",
)
@click.option("--base", help="The revision to compare with, as for `mitoyen plan`.")
@click.option("--head", help="The revision that would come, as for `mitoyen plan`.")
@click.option("--executor", help="How the work is spread, as for `mitoyen plan`.")
@click.option("--pull-request", type=click.IntRange(min=1), help="Its number (default: the one of this job).")
@click.option("--account", help="Whose comment it is (default: the account of the token).")
@click.pass_obj
def comment(
    repo: Path,
    operations: tuple[str, ...],
    made: IO[bytes] | None,
    base: str | None,
    head: str | None,
    executor: str | None,
    pull_request: int | None,
    account: str | None,
) -> int:
    """Make the plan the one comment of our account on the pull request: created once, then edited.

    Where the token may not write, as from a fork, the plan goes to the summary of the run. The exit code says
    whether it was shown; whether it may be merged is said by `mitoyen plan`.
    """
    if made and (operations or base or head or executor):
        raise click.UsageError("--plan is a plan already made: without operations, --base, --head or --executor")
    target = actions.target(pull_request)
    here = workspace(repo)
    if made:
        data, lang = _read(made), here.settings.lang
    else:
        planned = plan.proposed(here, operations, base, head, executor)
        data, lang = links.of_plan(planned.as_data(), here), planned.lang
    try:
        from mitoyen_github import sticky
        from mitoyen_github.api import Api, Failed, NotAllowed
    except ImportError as error:
        raise MissingExtra("github", str(error.name)) from error
    page = actions.run_page() if summary.wanted() else None
    text = body.fitting(data, lang, sticky.LIMIT, body.in_characters, page)
    if text != body.fitting(data, lang, summary.LIMIT, body.in_bytes, None):
        summary.plan(data, lang)  # where the cut comment sends its reader
    try:
        done = sticky.publish(Api(target.api, target.token), target.repository, target.number, text, account)
    except NotAllowed:
        if not summary.plan(data, lang):
            raise UsageError("this job may not comment, and there is no summary to write the plan to") from None
        click.echo("this job may not comment on the pull request (it comes from a fork): see the run's summary")
        return 0
    except Failed as error:
        shown = "; the plan is in the run's summary" if summary.plan(data, lang) else ""
        raise UsageError(f"the plan could not be made a comment: {error}{shown}") from error
    click.echo(f"comment {done.what}: {done.url}")
    return 0


def _read(stream: IO[bytes]) -> Mapping[str, Any]:
    content = stream.read(LARGEST + 1)
    try:
        if len(content) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
        data = json.loads(content)
        if data["format_version"] != plan.FORMAT_VERSION:
            raise ValueError(f"format_version is {data['format_version']}, not {plan.FORMAT_VERSION}")
        plan_text.markdown(data, "en")  # whatever is not there is missed here
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise UsageError(
            f"--plan is not what `mitoyen plan --format json` writes: {type(error).__name__}: {error}"
        ) from error
    return data  # type: ignore[no-any-return]


@group.command("annotate")
@click.option(
    "--findings",
    "found",
    type=click.File("rb"),
    help="What `mitoyen check --format json` wrote; - for standard input (default: the check is made here).",
)
@click.option("--base", help="The revision the proposal starts from (default: as for `mitoyen plan`).")
@click.pass_obj
def annotate(repo: Path, found: IO[bytes] | None, base: str | None) -> int:
    """Show findings beside the lines of the proposal, those on what it changes first; exit as `check` does.

    GitHub shows ten of a kind a step: the others are in the log, and all of them in the summary of the run. No
    token is needed.
    """
    here = workspace(repo)
    findings = annotating.read(found.read(LARGEST)) if found else _check(here)
    lines: Mapping[str, set[int]] = {}
    if here.repository.has_history:
        lines = annotating.changed(here.repository, here.repository.base(base))
    shown, others = annotating.chosen(findings, lines)
    if shown:
        click.echo(github(shown))
    for one in others:
        message = " ".join(one.message.split())
        click.echo(f"{one.code} {one.severity} {one.place or ''}: {message}")
    if findings and summary.wanted():
        summary.add(markdown([*shown, *others]))
    if not findings:
        click.echo("nothing to mend")
    return 1 if failed(findings) else 0


def _check(here: Workspace) -> list[Finding]:
    """As ``mitoyen check`` does of everything."""
    findings = [finding for name in here.repository.select(()) for finding in here.load(name).findings]
    findings += here.repository.strays()
    _ = here.settings
    return findings
