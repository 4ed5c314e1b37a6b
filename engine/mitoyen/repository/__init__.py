"""A repository: the folder that holds operations/, and its revisions.

This package is the only user of git: :mod:`trees <mitoyen.repository.trees>` are the files, in the folder and at a
revision; the :mod:`line <mitoyen.repository.line>` is its commits; the :mod:`record <mitoyen.repository.record>` is
what mitoyen commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused, UsageError, nearest
from mitoyen.repository.trees import OPERATIONS, Folder, Revision, Tree, read_blobs, shown

if TYPE_CHECKING:
    from git import Git, Repo

FEW = 200
"""Operations named to git, which would else look at all of them: more are too many for a command line."""


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

    def origin(self) -> str | None:
        """The address this repository was cloned from, or None."""
        import git

        try:
            return str(self._git.git.config("--get", "remote.origin.url")) if self._git else None
        except git.GitCommandError:
            return None

    def from_top(self, path: str) -> str:
        """``operations/…`` as the forge names it, from the top of the git repository."""
        return str(self.prefix.parent / path)

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
        """operations/ at a revision, listed once a run. Raise UsageError where git does not know it."""
        known = self._revisions.get(revision)
        if known is None:
            commit = self.resolve(revision)
            known = self._revisions.setdefault(commit, Revision(self.repo, commit, self.prefix))
        return known

    @cached_property
    def _revisions(self) -> dict[str, Revision]:
        """Those read already by the id of their commit, which never says anything else later."""
        return {}

    def forget(self) -> None:
        """Read revisions anew from now on, by processes that do not run yet."""
        self.git.clear_cache()
        self._revisions.clear()

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

    def touched(
        self, base: str, head: str | None = None, among: Sequence[str] = ()
    ) -> Mapping[str, frozenset[str]]:
        """By operation, the files that differ between two revisions, or a revision and the folder as it is.

        Operation "" holds the federation's own files. ``among`` are the only operations of interest, so that git
        need not look at the others; more may be told.
        """
        few = [] if len(among) > FEW else [f"{self.prefix}/{name}" for name in among]
        places = [f":(top,literal){place}" for place in few or [str(self.prefix)]]
        git, text = self.git, {"strip_newline_in_stdout": False}
        others: Any = None
        if head is None:  # the walk for new files goes on beside the comparison of known ones
            options = ["--others", "--exclude-standard", "--full-name", "-z", "--", *places]
            others = git.ls_files(*options, as_process=True)
        options = ["--no-renames", "--name-only", "-z", *([base, head] if head else [base]), "--", *places]
        names = git.diff(*options, **text).split("\0")
        if others:
            new, _ = others.communicate()
            others.wait()  # raises where git failed
            names += new.decode(errors="surrogateescape").split("\0")
        found: dict[str, set[str]] = {}
        for name in filter(None, names):
            operation, file = self.inside(name)
            found.setdefault(operation, set()).add(file)
        return {operation: frozenset(files) for operation, files in sorted(found.items())}

    def uncommitted(self) -> Mapping[str, frozenset[str]]:
        """By operation, the files that are not those of HEAD; none where nothing was ever committed."""
        return self.touched("HEAD") if self.has_history else {}

    def commits(
        self, names: Iterable[str] | None = None, uncommitted: Mapping[str, frozenset[str]] | None = None
    ) -> Mapping[str, str | None]:
        """By operation, the commit whose files are those of the folder: HEAD, or None where they are not committed.

        Manifests do not count: they are what a settlement writes. ``uncommitted`` as for :meth:`unsettled`.
        """
        names = list(self.working.operations() if names is None else names)
        if not self.has_history:
            return dict.fromkeys(names)
        touched = self.uncommitted() if uncommitted is None else uncommitted
        if "mitoyen.yaml" in touched.get("", ()):
            return dict.fromkeys(names)
        head = self.resolve("HEAD")
        return {
            name: None if any(not file.startswith("settlements/") for file in touched.get(name, ())) else head
            for name in names
        }

    def inside(self, name: str) -> tuple[str, str]:
        """The operation of a file as git names it and its path in there; "" for a file of the federation."""
        operation, _, file = name.removeprefix(f"{self.prefix}/").partition("/")
        return (operation, file) if file else ("", operation)

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
