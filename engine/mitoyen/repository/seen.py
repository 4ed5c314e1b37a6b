"""The head of a branch that was verified last: what is remembered of it, beside the branches."""

from __future__ import annotations

from mitoyen.repository import Repository


def branch(repository: Repository) -> str | None:
    """The branch that is checked out, or None where none is."""
    head = repository.repo.head
    return None if head.is_detached else str(head.reference.name)


def ref(branch: str) -> str:
    """Where the head of a branch that was verified last is remembered."""
    return f"refs/mitoyen/verified/{branch}"


def seen(repository: Repository, branch: str) -> str | None:
    """The head of a branch when it was verified last, or None."""
    return str(repository.git.for_each_ref("--format=%(objectname)", ref(branch))) or None


def see(repository: Repository, branch: str, head: str, before: str | None) -> bool:
    """Remember the head that was verified; False where that cannot be written."""
    import git

    try:
        # Against what was seen before: of two looks at once, one is remembered and none is lost.
        repository.git.update_ref(ref(branch), head, before or "0" * len(head))
    except git.GitCommandError:
        return seen(repository, branch) == head
    return True
