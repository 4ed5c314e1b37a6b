"""A repository: the folder that holds operations/, and its revisions.

This package is the only user of git: :mod:`trees <mitoyen.repository.trees>` are the files, in the folder and at a
revision; the :mod:`line <mitoyen.repository.line>` is its commits; the :mod:`record <mitoyen.repository.record>` is
what mitoyen commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused, UsageError, nearest
from mitoyen.repository.trees import OPERATIONS, Folder, Revision, Tree, read_blobs, shown

if TYPE_CHECKING:
    from git import Git, Repo


class Repository:
    """A folder that holds ``operations/``; in git as a rule, but a plain folder settles as well.

    Or a bare repository, which has revisions and no folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.folder = self.root / OPERATIONS

    @classmethod
    def find(cls, start: Path) -> Repository:
        """The nearest folder from ``start`` upwards that holds operations/, or the bare repository that ``start``
        is in; UsageError without one."""
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / OPERATIONS).is_dir() or _is_bare(folder):
                return cls(folder)
        raise UsageError(
            f"no folder named {OPERATIONS}/ in {start} or above it; "
            "go to your repository, or name it (mitoyen --repo DIR …); `mitoyen new operation NAME` makes a first"
        )

    @cached_property
    def bare(self) -> bool:
        """Whether there is no folder, only revisions."""
        return not self.folder.is_dir() and _is_bare(self.root)

    @cached_property
    def working(self) -> Tree:
        """The folder as it is; in a bare repository, what its HEAD says."""
        return self.at("HEAD") if self.bare else Folder(self.folder)

    def select(self, names: tuple[str, ...], *trees: Tree) -> list[str]:
        """The operations named, or all of them, of the folder or of some trees; raise Refused on a name of none."""
        known = sorted({name for tree in trees or (self.working,) for name in tree.operations()})
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
        for name in self.working.beside():
            if name != "mitoyen.yaml" and not name.endswith(".md"):
                yield Finding(
                    "ACC117",
                    f"{name} is neither the folder of an operation nor mitoyen.yaml",
                    Place(shown(name)),
                    "an operation is a folder; meter data belong outside git",
                )

    # --- git -------------------------------------------------------------------------------------------------

    @cached_property
    def _git(self) -> Repo | None:
        import git

        try:
            found = git.Repo(self.root, search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            return None
        if found.bare:
            # GitPython takes the work tree of a bare repository for bare as well; git, called from inside, knows.
            found.git = git.Git(self.root)
        return found

    @property
    def repo(self) -> Repo:
        """The git repository; UsageError where the folder is in none, or nothing was committed yet."""
        if self._git is None:
            raise UsageError(f"{self.root} is not in a git repository: there is no history to compare with")
        if not self._git.head.is_valid():
            raise UsageError(f"{self.root} has no commit yet: there is no history to compare with")
        return self._git

    @property
    def git(self) -> Git:
        """Git's commands, run there."""
        return self.repo.git

    @cached_property
    def prefix(self) -> PurePosixPath:
        """operations/ as git names it, from the top of its work tree."""
        top = self.repo.working_tree_dir
        return PurePosixPath(self.folder.relative_to(Path(top).resolve()).as_posix() if top else OPERATIONS)

    def resolve(self, revision: str) -> str:
        """The commit a revision names; raise UsageError where git does not know it."""
        import git

        options = ("--verify", "--quiet", "--end-of-options")
        try:
            # git and not GitPython, which walks past the edge of a shallow clone to commits that are not there.
            return str(self.git.rev_parse(*options, f"{revision}^{{commit}}"))
        except git.GitCommandError as error:
            raise UsageError(f"git knows no revision {revision!r} here{self._cut_short}") from error

    @property
    def _cut_short(self) -> str:
        """What may be why something is not found: the end of a message."""
        return " (this clone is shallow: `git fetch --unshallow` brings the history)" if self.shallow else ""

    @property
    def shallow(self) -> bool:
        return str(self.git.rev_parse("--is-shallow-repository")) == "true"

    def at(self, revision: str) -> Revision:
        """operations/ at a revision. Raise UsageError where git does not know it."""
        return Revision(self.repo, self.resolve(revision), self.prefix)

    def merge_base(self, one: str, two: str) -> str:
        """The commit where two lines parted; raise UsageError where they never were one."""
        found = self.repo.merge_base(self.resolve(one), self.resolve(two))
        if not found:
            raise UsageError(f"{one} and {two} have no commit in common{self._cut_short}")
        return str(found[0].hexsha)

    def upstream(self) -> str | None:
        """The branch this one follows, such as origin/main, or None."""
        import git

        try:
            return str(self.git.rev_parse("--abbrev-ref", "@{upstream}"))
        except git.GitCommandError:
            return None

    def base(self, wanted: str | None, head: str | None = None) -> str:
        """The commit to compare with: the one wanted, else where this line left its upstream, else HEAD."""
        upstream = self.upstream()
        if wanted or not upstream:
            return self.resolve(wanted or "HEAD")
        return self.merge_base(upstream, head or "HEAD")

    def touched(self, base: str, head: str | None = None) -> Mapping[str, frozenset[str]]:
        """By operation, the files that differ between two revisions, or a revision and the folder as it is.

        Operation "" holds the federation's own files.
        """
        places = [str(self.prefix)]
        options = ["--no-renames", "--name-only", "-z", *([base, head] if head else [base]), "--", *places]
        names = self.git.diff(*options, strip_newline_in_stdout=False).split("\0")
        if head is None:
            names += self.git.ls_files(
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
            parts = PurePosixPath(name).relative_to(self.prefix).parts
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
        if "mitoyen.yaml" in touched.get("", ()):
            return dict.fromkeys(names)
        return {
            name: None if any(not file.startswith("settlements/") for file in touched.get(name, ())) else head
            for name in names
        }

    @property
    def has_history(self) -> bool:
        """Whether there is a commit to look back to."""
        return self._git is not None and self._git.head.is_valid()

    def contents(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by git's id, in one process."""
        wanted = sorted(set(blobs))
        return dict(zip(wanted, read_blobs(self.repo, wanted), strict=True))


def _is_bare(folder: Path) -> bool:
    """Whether a folder is a bare repository itself."""
    # Named .git it is that of a work tree: what is around it is meant.
    if folder.name == ".git" or not (folder / "HEAD").is_file() or not (folder / "objects").is_dir():
        return False
    import git

    try:
        return str(git.Git(folder).rev_parse("--is-bare-repository")) == "true"
    except git.GitCommandError:
        return False
