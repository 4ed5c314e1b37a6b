"""The line of history that a record is verified against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mitoyen.diagnostics import UsageError
from mitoyen.repository import Repository, line
from mitoyen.repository.line import Commit, Touch
from mitoyen.verify.verified import Verified


@dataclass(frozen=True, slots=True)
class Past:
    """The first-parent line, oldest first, and what each commit did to operations/."""

    head: str
    line: Sequence[str]
    touches: Sequence[Touch]


def look_back(repository: Repository, since: str | None, done: Verified) -> Past | None:
    """The line up to HEAD; None, and a note, where there is no history. Raise UsageError in a shallow clone."""
    if not repository.has_history:
        if since is not None:
            raise UsageError(f"--since {since}: there is no history here, no git repository or no commit yet")
        done.notes.append("no git history here: that issued manifests were never edited cannot be known")
        return None
    if repository.shallow:
        raise UsageError(
            "this clone is shallow, and a record is verified from its first commit on: "
            "`git fetch --unshallow` brings the history (in a workflow: fetch-depth: 0)"
        )
    line.unreplaced(repository)
    head = repository.resolve("HEAD")
    commits = line.first_parents(repository, head)
    done.commits = len(commits)
    return Past(head, commits, line.touches(repository, "", head)[::-1])


def short(commit: str | None) -> str:
    return (commit or "")[:10]


def who(commit: Commit) -> str:
    return f"commit {short(commit.id)} ({commit.author}, {commit.date[:10]})"
