"""What GitHub Actions says in the environment of a job."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mitoyen.diagnostics import UsageError

LARGEST_EVENT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """A pull request, and how to speak to its forge."""

    api: str
    repository: str
    number: int
    token: str = field(repr=False)


def target(number: int | None = None) -> Target:
    """The pull request of this job, or the one named; raise UsageError where something is not there."""
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    parts = urlsplit(api)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(f"GITHUB_API_URL is {api}: a token is sent over https only")
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise UsageError('GITHUB_REPOSITORY is not of the form "owner/name"; GitHub Actions sets it')
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise UsageError(
            "GITHUB_TOKEN is not set; in the step that calls this, write\n"
            "  env:\n    GITHUB_TOKEN: ${{ github.token }}"
        )
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UsageError("GITHUB_TOKEN holds a sign that no token has (a blank or a new line, perhaps at its end)")
    return Target(api.rstrip("/"), repository, number or _number(), token)


def _number() -> int:
    event = _event()
    pull = event.get("pull_request")
    found = pull.get("number") if isinstance(pull, dict) else None
    if not isinstance(found, int) or found < 1:
        raise UsageError("this job is not one of a pull request; name it with --pull-request NUMBER")
    return found


def _event() -> dict[str, Any]:
    name = os.environ.get("GITHUB_EVENT_PATH")
    if not name:
        return {}
    path = Path(name)
    try:
        if path.stat().st_size > LARGEST_EVENT:
            raise UsageError(f"GITHUB_EVENT_PATH is a file of more than {LARGEST_EVENT >> 20} MiB")
        event = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"GITHUB_EVENT_PATH cannot be read: {error}") from error
    return event if isinstance(event, dict) else {}


def run_page() -> str | None:
    """The page of this run, which shows its summary; None outside Actions."""
    server, repository, run = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None
