"""Findings beside the lines of a proposal: workflow commands, which need no right and so work from a fork.

GitHub shows ten annotations of each kind a step. Those on what the proposal changes come first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import UsageError, ordered
from mitoyen.repository import Repository

SHOWN = 10
SEVERITIES = ("error", "warning", "note")


def read(content: bytes) -> list[Finding]:
    """The findings in the JSON of ``mitoyen check``; raise UsageError where it is something else."""
    try:
        data = json.loads(content)
        if data["format_version"] != 1:
            raise ValueError(f"format_version is {data['format_version']}, not 1")
        return [_finding(row) for row in data["findings"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"--findings is not what `mitoyen check --format json` writes: {error}") from error


def _finding(row: Mapping[str, Any]) -> Finding:
    if row["severity"] not in SEVERITIES:
        raise ValueError(f"a severity {row['severity']!r}")
    place = Place(str(row["path"]), int(row["line"]), int(row["column"])) if row["path"] else None
    return Finding(str(row["code"]), str(row["message"]), place, str(row["help"] or ""), row["severity"])


def changed(repository: Repository, base: str) -> dict[str, set[int]]:
    """By file, the lines that were not in it at ``base``."""
    found: dict[str, set[int]] = {}
    before, now = repository.at(base), repository.working
    for name, files in repository.touched(base).items():
        if name not in now.operations():
            continue
        old = dict(before.files(name)) if name in before.operations() else {}
        for file, content in now.files(name):
            if file in files and content is not None:
                known = set((old.get(file) or b"").splitlines())
                lines = enumerate(content.splitlines(), 1)
                found[f"operations/{name}/{file}"] = {number for number, line in lines if line not in known}
    return found


def chosen(findings: Iterable[Finding], lines: Mapping[str, set[int]]) -> tuple[list[Finding], list[Finding]]:
    """(those to show, the others): of each severity the ten nearest to the change, in their order else."""

    def distance(finding: Finding) -> int:
        place = finding.place
        if place is None or place.path not in lines:
            return 2
        return 0 if place.line in lines[place.path] else 1

    near = sorted(ordered(findings), key=distance)
    shown = [one for kind in SEVERITIES for one in [each for each in near if each.severity == kind][:SHOWN]]
    kept = set(shown)
    return shown, [one for one in near if one not in kept]
