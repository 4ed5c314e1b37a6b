"""What is wrong, said once as data and rendered for whoever reads: a person, a program, a forge."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mitoyen.contracts import Finding, Place

FORMAT_VERSION = 1


class Refused(Exception):
    """Something a person must mend first; carries every finding that was seen, not only the first."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(finding.message for finding in findings))
        self.findings = findings


class UsageError(Exception):
    """The command or the configuration is off; the command line prints it and exits with 2."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean "tariff"?``, or the known words where none is near."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"known here: {', '.join(known)}" if known else ""


def counted(count: int, what: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by place and code; the same findings always make the same text."""
    rank = {"error": 0, "warning": 1, "note": 2}
    unplaced = Place("", 0, 0)
    return sorted(set(findings), key=lambda f: (rank[f.severity], f.place or unplaced, f.code, f.message))


def failed(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def text(findings: Iterable[Finding]) -> str:
    """The form people read, one block a finding."""
    return "\n\n".join(_block(finding) for finding in findings)


def _block(finding: Finding) -> str:
    head = finding.message if finding.severity == "error" else f"{finding.severity}: {finding.message}"
    lines = [f"{finding.code} {head}"]
    place = finding.place
    if place:
        lines.append(f"  --> {place}")
        if place.excerpt:
            number = str(place.line)
            margin = " " * len(number)
            # A tab is as wide as the reader's terminal likes: the carets stay right if it is one blank.
            source = place.excerpt.replace("\t", " ")
            carets = " " * (place.column - 1) + "^" * max(1, min(place.width, len(source) - place.column + 1))
            lines += [f"{margin} |", f"{number} | {source}", f"{margin} | {carets}"]
    if finding.help:
        lines.append(f"help: {finding.help}")
    return "\n".join(lines)


def as_data(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "path": place.path if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "help": finding.help or None,
    }


def as_json(findings: Iterable[Finding]) -> str:
    body = {"format_version": FORMAT_VERSION, "findings": [as_data(finding) for finding in findings]}
    return json.dumps(body, ensure_ascii=False, indent=2)


def github(findings: Iterable[Finding]) -> str:
    """Workflow commands: GitHub shows ten of each kind a step, so errors come first."""
    kinds = {"error": "error", "warning": "warning", "note": "notice"}
    lines = []
    for finding in findings:
        place = finding.place
        where = f"file={workflow_property(place.path)},line={place.line},col={place.column}," if place else ""
        message = f"{finding.message}\n{finding.help}" if finding.help else finding.message
        lines.append(f"::{kinds[finding.severity]} {where}title={finding.code}::{workflow_text(message)}")
    return "\n".join(lines)


def workflow_text(value: str) -> str:
    """Text as GitHub's workflow commands take it."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(value: str) -> str:
    """The same inside a property, where commas and colons part."""
    return workflow_text(value).replace(":", "%3A").replace(",", "%2C")


def gitlab(findings: Iterable[Finding]) -> str:
    """GitLab's code-quality report."""
    from hashlib import sha256

    kinds = {"error": "major", "warning": "minor", "note": "info"}
    rows = []
    for finding in findings:
        place = finding.place or Place("operations")
        identity = f"{finding.code}|{place}|{finding.message}"
        rows.append(
            {
                "check_name": finding.code,
                "description": finding.message,
                "fingerprint": sha256(identity.encode()).hexdigest(),
                "severity": kinds[finding.severity],
                "location": {"path": place.path, "lines": {"begin": place.line}},
            }
        )
    return json.dumps(rows, ensure_ascii=False, indent=2)


def markdown(findings: Iterable[Finding]) -> str:
    rows = ["| | code | | |", "|---|---|---|---|"]
    for finding in findings:
        where = f"`{finding.place}`" if finding.place else ""
        what = f"{finding.message}<br>{finding.help}" if finding.help else finding.message
        rows.append(f"| {finding.severity} | {finding.code} | {where} | {what.replace('|', '&#124;')} |")
    return "\n".join(rows) if len(rows) > 2 else ""


RENDERERS: Mapping[str, Callable[[Iterable[Finding]], str]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "gitlab": gitlab,
    "markdown": markdown,
}
