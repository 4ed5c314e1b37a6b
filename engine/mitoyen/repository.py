"""The files of a repository, in the folder or at any revision, and what git knows of them.

The only user of git. A revision is read without a checkout: one listing, one process for all contents, whatever
the number of files.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any, Protocol

from mitoyen.cache import blob_id
from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused, UsageError, nearest

if TYPE_CHECKING:
    import git

OPERATIONS = "operations"
ROBOT = ("mitoyen", "mitoyen@localhost.invalid")
"""Who commits what a settlement writes."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a file that is still read: an operation's files are small, and what is larger is not one of them."""

_ARGUMENTS = 200
"""Commits named in one call of git."""


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
        import git

        options = ["-r", "-l", "-z", "--full-tree", self.revision, "--", str(self._prefix)]
        try:
            listing = self._repo.git.ls_tree(*options, strip_newline_in_stdout=False)
        except git.GitCommandError as error:
            cut = "in a shallow clone, `git fetch --unshallow` brings it"
            raise UsageError(f"git has no files of {self.revision}; {cut}") from error
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
        with suppress(OSError), stdin:
            stdin.write("".join(f"{blob}\n" for blob in wanted).encode())

    thread = threading.Thread(target=ask, args=(process.stdin,), daemon=True)
    thread.start()
    try:
        for blob in wanted:
            header = process.stdout.readline().split()
            if len(header) != 3:
                raise UsageError(f"git has no object {blob}; in a shallow clone, `git fetch --unshallow` brings it")
            content: bytes = process.stdout.read(int(header[2]) + 1)[:-1]
            yield content
    finally:
        # Whoever stops reading early leaves a full pipe behind: git goes first, then who writes to it.
        process.proc.kill()
        thread.join()
        process.proc.wait()


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
            found = git.Repo(self.root, search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            return None
        if found.bare:
            # GitPython takes the work tree of a bare repository for bare as well; git, called from inside, knows.
            found.git = git.Git(self.root)
        return found

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

    def origin(self) -> str | None:
        """The address this repository was cloned from, or None."""
        import git

        try:
            return str(self._git.git.config("--get", "remote.origin.url")) if self._git else None
        except git.GitCommandError:
            return None

    def from_top(self, path: str) -> str:
        """``operations/…`` as the forge names it, from the top of the git repository."""
        return str(self._prefix.parent / path)

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

    def base(self, wanted: str | None, head: str | None = None) -> str:
        """The commit to compare with: the one wanted, else where this line left its upstream, else HEAD."""
        upstream = self.upstream()
        if wanted or not upstream:
            return self.resolve(wanted or "HEAD")
        return self.merge_base(upstream, head or "HEAD")

    def last_settled(self) -> str | None:
        """The last commit of this line that recorded a settlement, or None."""
        found = self._history.git.log(
            "--first-parent", "--extended-regexp", "--grep=^Settled: ", "-1", "--format=%H"
        )
        return str(found) or None

    def unsettled(self, names: Iterable[str], base: str | None = None) -> list[str]:
        """The operations with files that changed since a base, by default the last settlement on record.

        All of them where no settlement is on record, or where the federation's own settings changed.
        """
        wanted = list(names)
        since = {name: self.resolve(base) for name in wanted} if base else self._settled()
        touched = {commit: self.touched(commit) for commit in {*since.values()}}
        # Manifests that were written and never committed, by a run that was killed, wait as well.
        waiting = self.touched("HEAD")

        def waits(name: str) -> bool:
            if name not in since or waiting.get(name):
                return True
            changed = touched[since[name]]
            return "mitoyen.yaml" in changed.get("", ()) or any(
                not file.startswith("settlements/") for file in changed.get(name, ())
            )

        return [name for name in wanted if waits(name)]

    def _settled(self) -> dict[str, str]:
        """By operation, the last commit of this line that recorded a settlement of it."""
        form = "%H%x1f%(trailers:key=Settled,valueonly,separator=%x1f)%x1e"
        text = self._history.git.log(
            "--first-parent", "--extended-regexp", "--grep=^Settled: ", f"--format={form}", "--no-show-signature"
        )
        found: dict[str, str] = {}
        for record in text.split("\x1e"):
            commit, *settled = record.strip().split("\x1f")
            for line in settled:
                found.setdefault(line.partition("/")[0].strip(), commit)
        return found

    def record(self, paths: Iterable[Path], message: str) -> str:
        """Commit these files and nothing else, as mitoyen; return the commit.

        Built beside the person's own index: what they have staged stays staged, an unfinished merge goes on, and
        none of their hooks runs. Raise UsageError where the branch moved meanwhile.
        """
        import git as gitpython

        git = self._history.git
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
        if "mitoyen.yaml" in touched.get("", ()):
            return dict.fromkeys(names)
        return {
            name: None if any(not file.startswith("settlements/") for file in touched.get(name, ())) else head
            for name in names
        }

    def trailers(self, name: str, base: str, head: str | None) -> list[str]:
        """The values of a trailer such as ``Accept:`` in the commits from a base (excluded) to a head."""
        form = f"%(trailers:key={name},valueonly,separator=%x1e)%x1e"
        text = self._history.git.log(f"--format={form}", f"{base}..{head or 'HEAD'}")
        return sorted(filter(None, (value.strip() for value in text.split("\x1e"))))

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

    # --- for history -----------------------------------------------------------------------------------------

    @property
    def has_history(self) -> bool:
        """Whether there is a commit to look back to."""
        return self._git is not None and self._git.head.is_valid()

    @property
    def boundary(self) -> frozenset[str]:
        """The commits where a shallow clone begins: what came before them is not in it."""
        file = Path(self._history.common_dir) / "shallow"
        return frozenset(file.read_text().split()) if file.is_file() else frozenset()

    def touches(self, operation: str, head: str = "HEAD", beyond: Iterable[str] = ()) -> list[Touch]:
        """What each commit of the first-parent line did to an operation, newest first, in one process.

        What can be reached from ``beyond`` is left out.
        """
        text = self._history.git.log(
            # Whatever a person set in their own configuration, the output has one form.
            *("--first-parent", "-m", "--root", "--raw", "--no-abbrev", "--no-renames", "--no-color", "-z"),
            *("--no-show-signature", "--format=%H%x00%P%x00%an%x00%aI%x00%s%x00%b"),
            *(head, *(f"^{one}" for one in beyond), "--", f":(top,literal){self._prefix / operation}"),
            strip_newline_in_stdout=False,
        )
        found: list[Touch] = []
        files: dict[str, tuple[str | None, str | None]] = {}
        # A message holds no NUL, so that nothing written in one can pass for another commit.
        tokens = iter(text.split("\0"))
        for token in tokens:
            start = token.strip("\n")
            if start.startswith(":"):
                inside = PurePosixPath(next(tokens)).relative_to(self._prefix / operation)
                if not any(part.startswith(".") for part in inside.parts):
                    files[inside.as_posix()] = _sides(start)
            elif start:
                parents, author, date, subject, body = (next(tokens) for _field in range(5))
                files = {}
                found.append(Touch(Commit(start, author, date, subject, body), tuple(parents.split()), files))
        return found

    def moved(self, old: str, new: str) -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]:
        """The files one commit has and another has not, both ways: by folder, then file, git's id of them."""
        text = self._history.git.diff_tree(
            *("-r", "--raw", "--no-abbrev", "--no-renames", "-z", old, new, "--", f":(top,literal){self._prefix}"),
            strip_newline_in_stdout=False,
        )
        gone: dict[str, dict[str, str]] = {}
        come: dict[str, dict[str, str]] = {}
        tokens = iter(filter(None, text.split("\0")))
        for about in tokens:
            parts = PurePosixPath(next(tokens)).relative_to(self._prefix).parts
            before, after, status = about.split()[2:5]
            if len(parts) > 1 and status in ("A", "D"):
                side, blob = (come, after) if status == "A" else (gone, before)
                side.setdefault(parts[0], {})["/".join(parts[1:])] = blob
        return gone, come

    def contents(self, blobs: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by git's id, in one process."""
        wanted = sorted(set(blobs))
        return dict(zip(wanted, read_blobs(self._history, wanted), strict=True))

    # --- for verify ------------------------------------------------------------------------------------------

    def unreplaced(self) -> None:
        """From now on read commits as they are, not what ``git replace`` would show in their place."""
        self._history.git.update_environment(GIT_NO_REPLACE_OBJECTS="1")

    def first_parents(self, revisions: str) -> list[str]:
        """The first-parent line up to a revision, or of a range such as ``base..head``, oldest first."""
        return str(self._history.git.rev_list("--first-parent", "--reverse", revisions, "--")).split()

    def ancestors(self, revision: str) -> frozenset[str]:
        """Every commit that can be reached from a revision, itself included."""
        return frozenset(str(self._history.git.rev_list(revision, "--")).split())

    def about(self, commits: Iterable[str]) -> list[Commit]:
        """What git says of commits, in the order asked."""
        wanted = list(commits)
        found: list[Commit] = []
        for start in range(0, len(wanted), _ARGUMENTS):
            text = self._history.git.log(
                *("--no-walk=unsorted", "--no-color", "--no-show-signature", "--no-patch", "-z"),
                "--format=%H%x00%an%x00%aI%x00%s%x00%b",
                *wanted[start : start + _ARGUMENTS],
                "--",
                strip_newline_in_stdout=False,
            )
            tokens = iter(text.split("\0"))
            found += (Commit(*row) for row in zip(*[tokens] * 5, strict=False))
        return found

    def branch(self) -> str | None:
        """The branch that is checked out, or None where none is."""
        head = self._history.head
        return None if head.is_detached else str(head.reference.name)

    def seen_ref(self, branch: str) -> str:
        """Where the head of a branch that was verified last is remembered."""
        return f"refs/mitoyen/verified/{branch}"

    def seen(self, branch: str) -> str | None:
        """The head of a branch when it was verified last, or None."""
        return str(self._history.git.for_each_ref("--format=%(objectname)", self.seen_ref(branch))) or None

    def see(self, branch: str, head: str, before: str | None) -> bool:
        """Remember the head that was verified; False where that cannot be written."""
        import git

        try:
            # Against what was seen before: of two looks at once, one is remembered and none is lost.
            self._history.git.update_ref(self.seen_ref(branch), head, before or "0" * len(head))
        except git.GitCommandError:
            return self.seen(branch) == head
        return True

    def unsigned(self, commits: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The commits without a good signature, each with what ``git verify-commit`` says of it."""
        wanted = list(commits)
        for start in range(0, len(wanted), _ARGUMENTS):
            several = wanted[start : start + _ARGUMENTS]
            if self._verify_commit(*several) is not None:
                for commit in several:
                    word = self._verify_commit(commit)
                    if word is not None:
                        yield commit, word

    def _verify_commit(self, *commits: str) -> str | None:
        """None where every signature is good, else git's own words."""
        status, out, err = self._history.git.execute(
            ["git", "verify-commit", *commits], with_extended_output=True, with_exceptions=False
        )
        said = "; ".join(line.strip() for line in f"{out}\n{err}".splitlines() if line.strip())
        return None if status == 0 else said or "no signature"


def _sides(about: str) -> tuple[str | None, str | None]:
    """The two contents of a raw difference (":100644 100644 <id> <id> M"); what is no plain file is none."""
    modes, blobs = about[1:].split()[:2], about.split()[2:4]
    before, after = (blob if mode.startswith("100") else None for mode, blob in zip(modes, blobs, strict=True))
    return before, after


# --- for hooks ---------------------------------------------------------------------------------------------------

_WORK_TREE = "tree-"


class Hooked:
    """A repository as its hooks see it: where they lie and, where it is bare, the branch that people push to."""

    def __init__(self, start: Path) -> None:
        import git

        try:
            self.bare = str(git.Git(start).rev_parse("--is-bare-repository")) == "true"
            top = str(git.Git(start).rev_parse("--absolute-git-dir" if self.bare else "--show-toplevel"))
        except git.GitCommandError as error:
            raise UsageError(f"{start.resolve()} is not in a git repository: there is nothing to hook") from error
        self.top = Path(top)
        """The top of the work tree, or the bare repository itself."""
        self._git = git.Git(self.top)

    @property
    def hooks(self) -> Path:
        """The folder of the hooks, core.hooksPath respected."""
        return self.top / str(self._git.rev_parse("--git-path", "hooks"))

    def local_variables(self) -> list[str]:
        """The names of the variables by which git tells a hook about its own repository."""
        return str(self._git.rev_parse("--local-env-vars")).split()

    @property
    def branch(self) -> str:
        """The branch that HEAD names, such as refs/heads/main."""
        return str(self._git.symbolic_ref("HEAD"))

    def tip(self, ref: str) -> str | None:
        """The commit a ref is at, or None where nothing was pushed to it yet."""
        import git

        try:
            return str(self._git.rev_parse("--verify", "--quiet", f"{ref}^{{commit}}"))
        except git.GitCommandError:
            return None

    @contextmanager
    def work_tree(self, place: Path, commit: str) -> Iterator[Path]:
        """A work tree of a commit under ``place``, on no branch, gone at the end."""
        folder = Path(tempfile.mkdtemp(dir=place, prefix=_WORK_TREE))
        try:
            self._git.worktree("add", "--quiet", "--detach", str(folder), commit)
            yield folder
        finally:
            self.sweep(place)

    def sweep(self, place: Path) -> None:
        """Remove the work trees under ``place``, also those that a killed process left half-made."""
        for folder in place.glob(f"{_WORK_TREE}*"):
            # git locks a work tree while it is being made, and a killed one stays locked.
            (self.top / "worktrees" / folder.name / "locked").unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
        self._git.worktree("prune")

    def move(self, ref: str, new: str, old: str) -> bool:
        """Move a ref from one commit to another; False where it is not at ``old`` any more."""
        import git

        try:
            self._git.update_ref("-m", "mitoyen settle", ref, new, old)
        except git.GitCommandError:
            if self.tip(ref) == old:
                raise
            return False
        return True
