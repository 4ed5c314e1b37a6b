"""GitHub: the plan as one comment that stays, findings beside the lines, permalinks, the summary of a run.

The network is touched by ``mitoyen github comment`` alone.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mitoyen.contracts import Command, Place
from mitoyen.hookspecs import hookimpl

if TYPE_CHECKING:
    import click


def _load() -> "click.Command":
    from mitoyen_github.command import group

    return group


@hookimpl
def mitoyen_commands() -> Iterator[Command]:
    yield Command(id="github", title="show a plan and findings on a pull request", load=_load)


@hookimpl
def mitoyen_link(place: Place, commit: str, remote: str | None) -> str | None:
    from mitoyen_github.links import permalink

    return permalink(place, commit, remote)


@hookimpl
def mitoyen_planned(plan: Mapping[str, Any], lang: str) -> None:
    from mitoyen_github import summary

    if summary.wanted():
        summary.plan(plan, lang)


@hookimpl
def mitoyen_settled(unit: Mapping[str, Any], lang: str) -> None:
    from mitoyen_github import summary

    if summary.wanted():
        summary.unit(unit, lang)


@hookimpl
def mitoyen_issued(unit: Mapping[str, Any], lang: str) -> None:
    from mitoyen_github import summary

    if summary.wanted():
        summary.issued(unit, lang)
