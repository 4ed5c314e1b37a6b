"""The files of a repository, in the folder or at any revision, and what git knows of them.

The only user of git. A revision is read without a checkout: one listing, one process for all contents, whatever
the number of files.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Protocol

from mitoyen.cache import blob_id
from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused, UsageError, nearest

if TYPE_CHECKING:
    import git

OPERATIONS = "operations"
LARGEST = 4 * 1024 * 1024
"""Bytes of a file that is still read: an operation's files are small, and what is larger is not one of them."""


def shown(operation: str, file: str = "") -> str:
    """A path as people read it: from the repository's root, with slashes."""
    return str(PurePosixPath(OPERATIONS, operation, file))


class Tree(Protocol):
    """operations/ as it is in the folder, or was at a revision."""

    revision: str | None
    """The commit, or None for the folder as it is."""

    def operations(self) -> list[str]:
        """The names of the operations' folders, sorted."""

    def listing(self, operation: str) -> Mapping[str, str]:
        """The files of an operation by their path inside its folder, sorted, each with git's id of its content."""

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        """The same files with their content; None for one too large to be ours."""

    def federation(self) -> bytes | None:
        """The content of operations/mitoyen.yaml, if there is one."""


class Folder:
    """operations/ as it is on disk, committed or not."""

    revision: str | None = None

    def __init__(self, path: Path) -> None:
        self.path = path

    def operations(self) -> list[str]:
        if not self.path.is_dir():
            return []
        return sorted(path.name for path in self.path.iterdir() if path.is_dir() and not path.name.startswith("."))

    def listing(self, operation: str) -> Mapping[str, str]:
        return {file: blob_id(path.read_bytes()) for file, path in self._paths(operation)}

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        for file, path in self._paths(operation):
            yield file, path.read_bytes() if path.stat().st_size <= LARGEST else None

    def federation(self) -> bytes | None:
        path = self.path / "mitoyen.yaml"
        return path.read_bytes() if path.is_file() else None

    def _paths(self, operation: str) -> Iterator[tuple[str, Path]]:
        folder = self.path / operation
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            inside = path.relative_to(folder)
            if not any(part.startswith(".") for part in inside.parts) and path.is_file():
                yield inside.as_posix(), path


class Revision:
    """operations/ as it was at a commit, read through git without a checkout."""

    def __init__(self, repo: git.Repo, commit: str, prefix: PurePosixPath) -> None:
        self.revision: str | None = commit
        self._repo, self._prefix = repo, prefix

    @cached_property
    def _blobs(self) -> Mapping[str, Mapping[str, tuple[str, int]]]:
        """By operation, then file: git's id and the size. The federation's own file is that of operation ""."""
        listing = self._repo.git.ls_tree(
            "-r", "-l", "-z", "--full-tree", self.revision, "--", str(self._prefix), strip_newline_in_stdout=False
        )
        blobs: dict[str, dict[str, tuple[str, int]]] = {}
        for record in sorted(filter(None, listing.split("\0")), key=lambda record: record.partition("\t")[2]):
            about, _, path = record.partition("\t")
            _mode, kind, blob, size = about.split()
            parts = PurePosixPath(path).relative_to(self._prefix).parts
            if kind != "blob" or any(part.startswith(".") for part in parts):
                continue
            operation = parts[0] if len(parts) > 1 else ""
            blobs.setdefault(operation, {})["/".join(parts[1:] or parts)] = (blob, int(size))
        return blobs

    def operations(self) -> list[str]:
        return sorted(filter(None, self._blobs))

    def listing(self, operation: str) -> Mapping[str, str]:
        return {file: blob for file, (blob, _size) in self._blobs.get(operation, {}).items()}

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        files = self._blobs.get(operation, {})
        small = [blob for blob, size in files.values() if size <= LARGEST]
        contents = dict(zip(small, read_blobs(self._repo, small), strict=True))
        for file, (blob, _size) in files.items():
            yield file, contents.get(blob)

    def federation(self) -> bytes | None:
        found = self._blobs.get("", {}).get("mitoyen.yaml")
        return next(read_blobs(self._repo, [found[0]])) if found else None


def read_blobs(repo: git.Repo, ids: Iterable[str]) -> Iterator[bytes]:
    """The contents of many blobs through one ``git cat-file --batch``, in the order asked."""
    wanted = list(ids)
    if not wanted:
        return
    process: Any = repo.git.cat_file("--batch", istream=-1, as_process=True)

    def ask(stdin: IO[bytes]) -> None:
        # Written beside the reading: two full pipes would wait for each other.
        with stdin:
            stdin.write("".join(f"{blob}\n" for blob in wanted).encode())

    thread = threading.Thread(target=ask, args=(process.stdin,), daemon=True)
    thread.start()
    for blob in wanted:
        header = process.stdout.readline().split()
        if len(header) != 3:
            raise UsageError(
                f"git has no object {blob}: a shallow clone? `git fetch --unshallow` brings the history"
            )
        content: bytes = process.stdout.read(int(header[2]) + 1)[:-1]
        yield content
    thread.join()
    process.wait()


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as people know it."""

    id: str
    author: str
    date: str
    """ISO, with its offset."""
    subject: str
    body: str


class Repository:
    """A folder that holds ``operations/``; in git as a rule, but a plain folder settles as well."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.folder = self.root / OPERATIONS
        self.working = Folder(self.folder)

    @classmethod
    def find(cls, start: Path) -> Repository:
        """The nearest folder from ``start`` upwards that holds operations/; UsageError without one."""
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / OPERATIONS).is_dir():
                return cls(folder)
        raise UsageError(
            f"no folder named {OPERATIONS}/ in {start} or above it; "
            "go to your repository, or name it (mitoyen --repo DIR …); `mitoyen new operation NAME` makes a first"
        )

    def select(self, names: tuple[str, ...]) -> list[str]:
        """The operations named, or all of them; raise Refused on a name that is none."""
        known = self.working.operations()
        unknown = [name for name in names if name not in known]
        if unknown:
            raise Refused(
                *(
                    Finding("ACC510", f'no operation "{name}" in {OPERATIONS}/', help=nearest(name, known))
                    for name in unknown
                )
            )
        return sorted(set(names)) if names else known

    def strays(self) -> Iterator[Finding]:
        """Files beside the operations' folders that have no business there: most often meter data."""
        for path in sorted(self.folder.iterdir()):
            known = path.name == "mitoyen.yaml" or path.suffix == ".md" or path.name.startswith(".")
            if path.is_file() and not known:
                yield Finding(
                    "ACC117",
                    f"{path.name} is neither the folder of an operation nor mitoyen.yaml",
                    Place(f"{OPERATIONS}/{path.name}"),
                    "an operation is a folder; meter data belong outside git",
                )

    # --- git -------------------------------------------------------------------------------------------------

    @cached_property
    def _git(self) -> git.Repo | None:
        import git

        try:
            return git.Repo(self.root, search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            return None

    @property
    def _history(self) -> git.Repo:
        """The git repository; UsageError where the folder is in none, or nothing was committed yet."""
        if self._git is None:
            raise UsageError(f"{self.root} is not in a git repository: there is no history to compare with")
        if not self._git.head.is_valid():
            raise UsageError(f"{self.root} has no commit yet: there is no history to compare with")
        return self._git

    @cached_property
    def _prefix(self) -> PurePosixPath:
        """operations/ as git names it, from the top of its work tree."""
        top = self._history.working_tree_dir
        return PurePosixPath(self.folder.relative_to(Path(top).resolve()).as_posix() if top else OPERATIONS)

    def resolve(self, revision: str) -> str:
        """The commit a revision names; raise UsageError where git does not know it."""
        import git

        try:
            return self._history.commit(revision).hexsha
        except (git.BadName, git.GitCommandError, ValueError) as error:
            shallow = " (this clone is shallow: `git fetch --unshallow` brings the history)" if self.shallow else ""
            raise UsageError(f"git knows no revision {revision!r} here{shallow}") from error

    @property
    def shallow(self) -> bool:
        return str(self._history.git.rev_parse("--is-shallow-repository")) == "true"

    def at(self, revision: str) -> Revision:
        """operations/ at a revision. Raise UsageError where git does not know it."""
        return Revision(self._history, self.resolve(revision), self._prefix)

    def merge_base(self, one: str, two: str) -> str:
        """The commit where two lines parted; raise UsageError where they never were one."""
        found = self._history.merge_base(self.resolve(one), self.resolve(two))
        if not found:
            raise UsageError(f"{one} and {two} have no commit in common")
        return str(found[0].hexsha)

    def upstream(self) -> str | None:
        """The branch this one follows, such as origin/main, or None."""
        import git

        try:
            return str(self._history.git.rev_parse("--abbrev-ref", "@{upstream}"))
        except git.GitCommandError:
            return None

    def touched(self, base: str, head: str | None = None) -> Mapping[str, frozenset[str]]:
        """By operation, the files that differ between two revisions, or a revision and the folder as it is.

        Operation "" holds the federation's own files.
        """
        places = [str(self._prefix)]
        options = ["--no-renames", "--name-only", "-z", *([base, head] if head else [base]), "--", *places]
        names = self._history.git.diff(*options, strip_newline_in_stdout=False).split("\0")
        if head is None:
            names += self._history.git.ls_files(
                "--others",
                "--exclude-standard",
                "--full-name",
                "-z",
                "--",
                str(self.folder),
                strip_newline_in_stdout=False,
            ).split("\0")
        found: dict[str, set[str]] = {}
        for name in filter(None, names):
            parts = PurePosixPath(name).relative_to(self._prefix).parts
            found.setdefault(parts[0] if len(parts) > 1 else "", set()).add("/".join(parts[1:] or parts))
        return {operation: frozenset(files) for operation, files in sorted(found.items())}

    def commits(self) -> Mapping[str, str | None]:
        """By operation, the commit whose files are those of the folder: HEAD, or None where they are not committed.

        Manifests do not count: they are what a settlement writes.
        """
        names = self.working.operations()
        if self._git is None or not self._git.head.is_valid():
            return dict.fromkeys(names)
        head = self._git.head.commit.hexsha
        touched = self.touched(head)
        return {
            name: None if any(not file.startswith("settlements/") for file in touched.get(name, ())) else head
            for name in names
        }

    def line(self, operation: str, head: str = "HEAD") -> list[Commit]:
        """The commits of the first-parent line that touched an operation, newest first."""
        form = "%H%x1f%an%x1f%aI%x1f%s%x1f%b%x1e"
        text = self._history.git.log(
            "--first-parent",
            f"--format={form}",
            head,
            "--",
            str(self._prefix / operation),
            strip_newline_in_stdout=False,
        )
        records = (record.strip("\n").split("\x1f") for record in text.split("\x1e"))
        return [Commit(*record) for record in records if len(record) == 5]
