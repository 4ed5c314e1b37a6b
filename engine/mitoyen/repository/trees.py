"""operations/ as a tree of files: as it is in the folder, or was at a revision.

A revision is read without a checkout: one listing, one process for all contents, whatever the number of files.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Protocol

from mitoyen.cache import blob_id
from mitoyen.diagnostics import UsageError

if TYPE_CHECKING:
    import git

OPERATIONS = "operations"
LARGEST = 4 * 1024 * 1024
"""Bytes of a file that is still read: an operation's files are small, and what is larger is not one of them."""


def shown(operation: str, file: str = "") -> str:
    """A path as people read it: from the repository's root, with slashes."""
    return str(PurePosixPath(OPERATIONS, operation, file))


class Tree(Protocol):
    """operations/ as it is in the folder, or was at a revision.

    A symbolic link is named and has no content: it may lead anywhere, out of the repository too.
    """

    revision: str | None
    """The commit, or None for the folder as it is."""

    def operations(self) -> list[str]:
        """The names of the operations' folders, sorted; one without a file is none, as in git."""

    def has(self, operation: str) -> bool:
        """Whether an operation is there, without a look at the others."""

    def listing(self, operation: str) -> Mapping[str, str]:
        """The files of an operation by their path inside its folder, sorted, each with git's id of its content."""

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        """The same files with their content; None for a link, and for one too large to be ours."""

    def beside(self) -> list[str]:
        """The names of the files beside the operations' folders, sorted."""

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
        with os.scandir(self.path) as entries:
            folders = [one for one in entries if not one.name.startswith(".") and one.is_dir(follow_symlinks=False)]
        return sorted(one.name for one in folders if any(True for _file in _files_below(one.path)))

    def has(self, operation: str) -> bool:
        return not operation.startswith(".") and bool(self._entries(operation))

    def listing(self, operation: str) -> Mapping[str, str]:
        return {file: blob_id(_as_git_keeps(entry)) for file, entry in self._entries(operation)}

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        for file, entry in self._entries(operation):
            ours = not entry.is_symlink() and entry.stat().st_size <= LARGEST
            yield file, Path(entry.path).read_bytes() if ours else None

    def beside(self) -> list[str]:
        if not self.path.is_dir():
            return []
        return sorted(path.name for path in self.path.iterdir() if path.is_file() and path.name[0] != ".")

    def federation(self) -> bytes | None:
        path = self.path / "mitoyen.yaml"
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None

    def _entries(self, operation: str) -> list[tuple[str, os.DirEntry[str]]]:
        folder = self.path / operation
        there = folder.is_dir() and not folder.is_symlink()
        return sorted(_files_below(str(folder)), key=lambda found: found[0]) if there else []


def _files_below(folder: str, inside: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The files and links below a folder that are not hidden, by their path from there."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files_below(entry.path, f"{inside}{entry.name}/")
            elif entry.is_symlink() or entry.is_file():
                yield inside + entry.name, entry


def _as_git_keeps(entry: os.DirEntry[str]) -> bytes:
    """A file's content, and of a link the words that say where it leads."""
    path = Path(entry.path)
    return os.fsencode(path.readlink()) if entry.is_symlink() else path.read_bytes()


class Revision:
    """operations/ as it was at a commit, read through git without a checkout."""

    def __init__(self, repo: git.Repo, commit: str, prefix: PurePosixPath) -> None:
        self.revision: str | None = commit
        self._repo, self._prefix = repo, prefix
        self._lock = threading.Lock()

    @cached_property
    def _blobs(self) -> Mapping[str, Mapping[str, tuple[str, bool]]]:
        """By operation, then file: git's id, and whether it is a file of ours: no link, and not too large.

        The federation's own file is that of operation "".
        """
        import git

        options = ["-r", "-l", "-z", "--full-tree", self.revision, "--", str(self._prefix)]
        try:
            listing = self._repo.git.ls_tree(*options, strip_newline_in_stdout=False)
        except git.GitCommandError as error:
            cut = "in a shallow clone, `git fetch --unshallow` brings it"
            raise UsageError(f"git has no files of {self.revision}; {cut}") from error
        blobs: dict[str, dict[str, tuple[str, bool]]] = {}
        for record in sorted(filter(None, listing.split("\0")), key=lambda record: record.partition("\t")[2]):
            about, _, path = record.partition("\t")
            mode, kind, blob, size = about.split()
            parts = PurePosixPath(path).relative_to(self._prefix).parts
            if kind != "blob" or any(part.startswith(".") for part in parts):
                continue
            operation = parts[0] if len(parts) > 1 else ""
            ours = mode.startswith("100") and int(size) <= LARGEST
            blobs.setdefault(operation, {})["/".join(parts[1:] or parts)] = (blob, ours)
        return blobs

    def operations(self) -> list[str]:
        return sorted(filter(None, self._blobs))

    def has(self, operation: str) -> bool:
        return bool(operation) and operation in self._blobs

    def listing(self, operation: str) -> Mapping[str, str]:
        return {file: blob for file, (blob, _ours) in self._blobs.get(operation, {}).items()}

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        files = self._blobs.get(operation, {})
        for file, (blob, ours) in files.items():
            yield file, self._content(blob) if ours else None

    def beside(self) -> list[str]:
        return sorted(self._blobs.get("", ()))

    def federation(self) -> bytes | None:
        found = self._blobs.get("", {}).get("mitoyen.yaml")
        return self._content(found[0]) if found and found[1] else None

    @cached_property
    def _reader(self) -> git.Git:
        """Reads through one ``git cat-file --batch`` that keeps running: an operation is a few small files, and a
        process for each of two thousand operations would be most of the time of a plan."""
        import git

        reader = git.Git(self._repo.git.working_dir)
        reader.update_environment(**self._repo.git.environment())
        return reader

    def _content(self, blob: str) -> bytes:
        try:
            with self._lock:  # one question at a time: an executor may have threads
                content: bytes = self._reader.get_object_data(blob)[3]
        except ValueError as error:
            raise UsageError(_missing(blob)) from error
        return content


def _missing(blob: str) -> str:
    return f"git has no object {blob}; in a shallow clone, `git fetch --unshallow` brings it"


def read_blobs(repo: git.Repo, ids: Iterable[str]) -> Iterator[bytes]:
    """The contents of many blobs through one ``git cat-file --batch``, in the order asked."""
    wanted = list(ids)
    if not wanted:
        return
    process: Any = repo.git.cat_file("--batch", istream=-1, as_process=True)

    def ask(stdin: IO[bytes]) -> None:
        # Written beside the reading: two full pipes would wait for each other.
        with suppress(OSError), stdin:
            stdin.write("".join(f"{blob}\n" for blob in wanted).encode())

    thread = threading.Thread(target=ask, args=(process.stdin,), daemon=True)
    thread.start()
    try:
        for blob in wanted:
            header = process.stdout.readline().split()
            if len(header) != 3:
                raise UsageError(_missing(blob))
            content: bytes = process.stdout.read(int(header[2]) + 1)[:-1]
            yield content
    finally:
        # Whoever stops reading early leaves a full pipe behind: git goes first, then who writes to it.
        process.proc.kill()
        thread.join()
        process.proc.wait()
