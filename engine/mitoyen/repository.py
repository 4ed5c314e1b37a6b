"""The files of a repository and what git knows of them. The only user of GitPython."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused, UsageError, nearest

if TYPE_CHECKING:
    import git

OPERATIONS = "operations"
LARGEST = 4 * 1024 * 1024
"""Bytes of a file that is still read: an operation's files are small, and what is larger is not one of them."""


class Repository:
    """A folder that holds ``operations/``; in git as a rule, but a plain folder settles as well."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.folder = self.root / OPERATIONS

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

    def operations(self) -> list[str]:
        return sorted(
            path.name for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith(".")
        )

    def select(self, names: tuple[str, ...]) -> list[str]:
        """The operations named, or all of them; raise Refused on a name that is none."""
        known = self.operations()
        unknown = [name for name in names if name not in known]
        if unknown:
            raise Refused(
                *(
                    Finding("ACC510", f'no operation "{name}" in {OPERATIONS}/', help=nearest(name, known))
                    for name in unknown
                )
            )
        return sorted(set(names)) if names else known

    def shown(self, operation: str, file: str = "") -> str:
        """A path as people read it: from the repository's root, with slashes."""
        return str(PurePosixPath(OPERATIONS, operation, file))

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        """Every file of an operation's folder by its path inside it, sorted; None for one too large to be ours."""
        folder = self.folder / operation
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if any(part.startswith(".") for part in inside.parts) or not path.is_file():
                continue
            yield inside.as_posix(), path.read_bytes() if path.stat().st_size <= LARGEST else None

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

    def federation(self) -> bytes | None:
        """The content of operations/mitoyen.yaml, if there is one."""
        path = self.folder / "mitoyen.yaml"
        return path.read_bytes() if path.is_file() else None

    @cached_property
    def _git(self) -> git.Repo | None:
        import git

        try:
            return git.Repo(self.root, search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            return None

    def commits(self) -> Mapping[str, str | None]:
        """By operation, the commit whose files are those of the folder: HEAD, or None where they are not committed.

        Manifests do not count: they are what a settlement writes.
        """
        names = self.operations()
        if self._git is None or not self._git.head.is_valid() or self._git.working_tree_dir is None:
            return dict.fromkeys(names)
        head = self._git.head.commit.hexsha
        status = self._git.git.status("--porcelain", "-z", "--untracked-files=all", "--", str(self.folder))
        prefix = self.folder.relative_to(Path(self._git.working_tree_dir).resolve()).as_posix()
        touched = set()
        for record in status.split("\0"):
            # "XY path"; the second path of a rename stands alone, and counts as well.
            path = record[3:] if record[2:3] == " " else record
            parts = PurePosixPath(path).relative_to(prefix).parts if path.startswith(f"{prefix}/") else ()
            if len(parts) > 1 and parts[1] != "settlements":
                touched.add(parts[0])
        return {name: None if name in touched else head for name in names}
