"""What of the settlements is on record: the commits that mitoyen makes, and what changed since."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from mitoyen.diagnostics import UsageError
from mitoyen.repository import Repository

ROBOT = ("mitoyen", "mitoyen@localhost.invalid")
"""Who commits what a settlement writes."""


def unsettled(
    repository: Repository,
    names: Iterable[str],
    base: str | None = None,
    uncommitted: Mapping[str, frozenset[str]] | None = None,
) -> list[str]:
    """The operations with files that changed since a base, by default the last settlement on record.

    All of them where no settlement is on record, or where the federation's own settings changed.
    ``uncommitted`` is what the repository said of itself a moment ago, asked where it is not given.
    """
    wanted = list(names)
    since = dict.fromkeys(wanted, repository.resolve(base)) if base else _settled(repository)
    moved = _moved_since(repository, {since[name] for name in wanted if name in since})
    # Manifests that were written and never committed, by a run that was killed, wait as well.
    waiting = repository.uncommitted() if uncommitted is None else uncommitted

    def waits(name: str) -> bool:
        if name not in since or waiting.get(name) or "mitoyen.yaml" in waiting.get("", ()):
            return True
        changed = moved.get(since[name], {})
        return "mitoyen.yaml" in changed.get("", ()) or any(
            not file.startswith("settlements/") for file in changed.get(name, ())
        )

    return [name for name in wanted if waits(name)]


def _moved_since(repository: Repository, commits: Iterable[str]) -> Mapping[str, Mapping[str, set[str]]]:
    """By commit, then operation, the files that differ between it and HEAD; all commits in one process."""
    head = repository.resolve("HEAD")
    pairs = [f"{commit} {head}\n" for commit in sorted(set(commits) - {head})]
    if not pairs:
        return {}
    with TemporaryFile() as asked:
        # Of several commits in a line, git takes the others for the parents of the first.
        asked.write("".join(pairs).encode())
        asked.seek(0)
        text = repository.git.diff_tree(
            *("--stdin", "-m", "-r", "--no-renames", "--name-only", "-z", "--", str(repository.prefix)),
            istream=asked,
            strip_newline_in_stdout=False,
        )
    found: dict[str, dict[str, set[str]]] = {}
    known = {pair.split()[0] for pair in pairs}
    for token in filter(None, text.split("\0")):
        if token in known:  # no file is named so: all are in operations/
            commit = found.setdefault(token, {})
        else:
            operation, file = repository.inside(token)
            commit.setdefault(operation, set()).add(file)
    return found


def _settled(repository: Repository) -> dict[str, str]:
    """By operation, the last commit of this line that recorded a settlement of it."""
    form = "%H%x1f%(trailers:key=Settled,valueonly,separator=%x1f)%x1e"
    text = repository.git.log(
        "--first-parent", "--extended-regexp", "--grep=^Settled: ", f"--format={form}", "--no-show-signature"
    )
    found: dict[str, str] = {}
    for record in text.split("\x1e"):
        commit, *settled = record.strip().split("\x1f")
        for line in settled:
            found.setdefault(line.partition("/")[0].strip(), commit)
    return found


def record(repository: Repository, paths: Iterable[Path], message: str) -> str:
    """Commit these files and nothing else, as mitoyen; return the commit.

    Built beside the person's own index: what they have staged stays staged, an unfinished merge goes on, and
    none of their hooks runs. Raise UsageError where the branch moved meanwhile.
    """
    import git as gitpython

    git = repository.git
    head = str(git.rev_parse("HEAD"))
    name, mail = ROBOT
    signs = git.config("--get", "--type=bool", "--default=false", "commit.gpgsign") == "true"
    with TemporaryDirectory() as folder:
        # In files: a command line has no room for the names and trailers of a whole federation.
        words = Path(folder, "message")
        words.write_text(message, encoding="utf-8")
        names = Path(folder, "names")
        names.write_bytes(b"\0".join(os.fsencode(path) for path in paths))
        these = (f"--pathspec-from-file={names}", "--pathspec-file-nul")
        mine = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        for role in ("AUTHOR", "COMMITTER"):
            mine |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": mail}
        with git.custom_environment(**mine):
            git.read_tree(head)
            git.add(*these)
            options = ["-p", head, "-F", str(words), *(["-S"] if signs else [])]
            commit = str(git.commit_tree(str(git.write_tree()), *options))
        try:
            git.update_ref("-m", message.partition("\n")[0], "HEAD", commit, head)
        except gitpython.GitCommandError as error:
            raise UsageError("someone committed meanwhile: nothing is lost, settle again") from error
        git.reset("--quiet", *these)
    return commit
