"""The commits of a repository: the first-parent line, what each of them did to operations/, what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mitoyen.repository import Repository

_ARGUMENTS = 200
"""Commits named in one call of git."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as people know it."""

    id: str
    author: str
    date: str
    """ISO, with its offset."""
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Touch:
    """What a commit did to the files of one folder of operations/, against its first parent."""

    commit: Commit
    parents: tuple[str, ...]
    files: Mapping[str, tuple[str | None, str | None]]
    """By path inside the folder: git's id of the content before and after, None where the file was not there."""


def touches(repository: Repository, operation: str, head: str = "HEAD", beyond: Iterable[str] = ()) -> list[Touch]:
    """What each commit of the first-parent line did to an operation, newest first, in one process.

    What can be reached from ``beyond`` is left out.
    """
    text = repository.git.log(
        # Whatever a person set in their own configuration, the output has one form.
        *("--first-parent", "-m", "--root", "--raw", "--no-abbrev", "--no-renames", "--no-color", "-z"),
        *("--no-show-signature", "--format=%H%x00%P%x00%an%x00%aI%x00%s%x00%b"),
        *(head, *(f"^{one}" for one in beyond), "--", f":(top,literal){repository.prefix / operation}"),
        strip_newline_in_stdout=False,
    )
    found: list[Touch] = []
    files: dict[str, tuple[str | None, str | None]] = {}
    # A message holds no NUL, so that nothing written in one can pass for another commit.
    tokens = iter(text.split("\0"))
    for token in tokens:
        start = token.strip("\n")
        if start.startswith(":"):
            inside = PurePosixPath(next(tokens)).relative_to(repository.prefix / operation)
            if not any(part.startswith(".") for part in inside.parts):
                files[inside.as_posix()] = _sides(start)
        elif start:
            parents, author, date, subject, body = (next(tokens) for _field in range(5))
            files = {}
            found.append(Touch(Commit(start, author, date, subject, body), tuple(parents.split()), files))
    return found


def moved(
    repository: Repository, old: str, new: str
) -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]:
    """The files one commit has and another has not, both ways: by folder, then file, git's id of them."""
    text = repository.git.diff_tree(
        *("-r", "--raw", "--no-abbrev", "--no-renames", "-z", old, new, "--", f":(top,literal){repository.prefix}"),
        strip_newline_in_stdout=False,
    )
    gone: dict[str, dict[str, str]] = {}
    come: dict[str, dict[str, str]] = {}
    tokens = iter(filter(None, text.split("\0")))
    for about in tokens:
        parts = PurePosixPath(next(tokens)).relative_to(repository.prefix).parts
        before, after, status = about.split()[2:5]
        if len(parts) > 1 and status in ("A", "D"):
            side, blob = (come, after) if status == "A" else (gone, before)
            side.setdefault(parts[0], {})["/".join(parts[1:])] = blob
    return gone, come


def trailers(repository: Repository, name: str, base: str, head: str | None) -> list[str]:
    """The values of a trailer such as ``Accept:`` in the commits from a base (excluded) to a head."""
    form = f"%(trailers:key={name},valueonly,separator=%x1e)%x1e"
    text = repository.git.log(f"--format={form}", f"{base}..{head or 'HEAD'}")
    return sorted(filter(None, (value.strip() for value in text.split("\x1e"))))


def first_parents(repository: Repository, revisions: str) -> list[str]:
    """The first-parent line up to a revision, or of a range such as ``base..head``, oldest first."""
    return str(repository.git.rev_list("--first-parent", "--reverse", revisions, "--")).split()


def ancestors(repository: Repository, revision: str) -> frozenset[str]:
    """Every commit that can be reached from a revision, itself included."""
    return frozenset(str(repository.git.rev_list(revision, "--")).split())


def named_since(repository: Repository, base: str, head: str) -> frozenset[str] | None:
    """The operations whose files some commit of the line touched after ``base``, put back since or not.

    None where git does not know ``base``, or ``head`` does not come from it: the history was written again.
    """
    import git

    try:
        repository.git.merge_base("--is-ancestor", base, head)
    except git.GitCommandError:
        return None
    place = f":(top,literal){repository.prefix}"
    text = repository.git.log(
        *("--first-parent", "-m", "--no-renames", "--name-only", "--format=", "-z", f"{base}..{head}", "--", place),
        strip_newline_in_stdout=False,
    )
    names = (name.strip("\n") for name in text.split("\0"))
    return frozenset(operation for name in names if name for operation, _file in [repository.inside(name)])


def boundary(repository: Repository) -> frozenset[str]:
    """The commits where a shallow clone begins: what came before them is not in it."""
    file = Path(repository.repo.common_dir) / "shallow"
    return frozenset(file.read_text().split()) if file.is_file() else frozenset()


def about(repository: Repository, commits: Iterable[str]) -> list[Commit]:
    """What git says of commits, in the order asked."""
    wanted = list(commits)
    found: list[Commit] = []
    for start in range(0, len(wanted), _ARGUMENTS):
        text = repository.git.log(
            *("--no-walk=unsorted", "--no-color", "--no-show-signature", "--no-patch", "-z"),
            "--format=%H%x00%an%x00%aI%x00%s%x00%b",
            *wanted[start : start + _ARGUMENTS],
            "--",
            strip_newline_in_stdout=False,
        )
        tokens = iter(text.split("\0"))
        found += (Commit(*row) for row in zip(*[tokens] * 5, strict=False))
    return found


def unsigned(repository: Repository, commits: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The commits without a good signature, each with what ``git verify-commit`` says of it."""
    wanted = list(commits)
    for start in range(0, len(wanted), _ARGUMENTS):
        several = wanted[start : start + _ARGUMENTS]
        if _verify_commit(repository, *several) is not None:
            for commit in several:
                word = _verify_commit(repository, commit)
                if word is not None:
                    yield commit, word


def _verify_commit(repository: Repository, *commits: str) -> str | None:
    """None where every signature is good, else git's own words."""
    status, out, err = repository.git.execute(
        ["git", "verify-commit", *commits], with_extended_output=True, with_exceptions=False
    )
    said = "; ".join(line.strip() for line in f"{out}\n{err}".splitlines() if line.strip())
    return None if status == 0 else said or "no signature"


def unreplaced(repository: Repository) -> None:
    """From now on read commits as they are, not what ``git replace`` would show in their place."""
    repository.git.update_environment(GIT_NO_REPLACE_OBJECTS="1")
    repository.forget()  # the replaced ones that were seen already


def _sides(about: str) -> tuple[str | None, str | None]:
    """The two contents of a raw difference (":100644 100644 <id> <id> M"); what is no plain file is none."""
    modes, blobs = about[1:].split()[:2], about.split()[2:4]
    before, after = (blob if mode.startswith("100") else None for mode, blob in zip(modes, blobs, strict=True))
    return before, after


_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def clean(text: str) -> str:
    """What someone wrote in a commit, without what would steer a terminal."""
    return _NOT_TEXT.sub(" ", text).encode("utf-8", "replace").decode()


def commit_data(commit: Commit | None) -> dict[str, Any]:
    """A commit as JSON shows it; every field null where nothing is committed yet."""
    return {
        "commit": commit.id if commit else None,
        "date": commit.date if commit else None,
        "author": clean(commit.author) if commit else None,
        "subject": clean(commit.subject) if commit else None,
    }
