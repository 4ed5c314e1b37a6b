"""Where a forge shows a place: permalinks, asked of plugins, for whoever reads a plan or an explanation there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mitoyen.contracts import Place
from mitoyen.workspace import Workspace

Link = Callable[[str | None, str | None], str | None]
"""A place as written (``operations/…/keys.yaml:6:10``) and a commit -> a permalink; None where there is none."""


def linker(here: Workspace) -> Link:
    """What makes permalinks here; it knows none outside git, or where no plugin knows the forge."""
    if not here.repository.has_history:
        return lambda _place, _commit: None
    remote = here.repository.origin()

    def link(place: str | None, commit: str | None) -> str | None:
        if place is None or commit is None:
            return None
        path, line, column = place.rsplit(":", 2)
        return here.host.link(Place(here.repository.from_top(path), int(line), int(column)), commit, remote)

    return link


def of_plan(plan: Mapping[str, Any], here: Workspace) -> Mapping[str, Any]:
    """A plan's data with the ``link`` of each change and finding: what comes, or what it takes away."""
    link = linker(here)
    commits = here.repository.commits() if plan["head"] is None and plan["operations"] else {}

    def linked(one: Mapping[str, Any]) -> Mapping[str, Any]:
        # In the folder as it is, only what is committed has a place that a forge can show.
        head = plan["head"] or commits.get(one["operation"])
        changes = [
            {
                **change,
                "link": link(change["after_place"], head) or link(change["before_place"], plan["base"]),
            }
            for change in one["changes"]
        ]
        findings = [{**finding, "link": link(_place(finding), head)} for finding in one["findings"]]
        return {**one, "changes": changes, "findings": findings}

    return {**plan, "operations": [linked(one) for one in plan["operations"]]}


def _place(finding: Mapping[str, Any]) -> str | None:
    return f"{finding['path']}:{finding['line']}:{finding['column']}" if finding["path"] else None
