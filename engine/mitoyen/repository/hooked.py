"""A repository as its hooks see it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mitoyen.diagnostics import UsageError

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
