"""Which change of which step made a value what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mitoyen.changes import NOTES, Change
from mitoyen.history.dig import NOTHING, Path, dig, holds
from mitoyen.history.steps import Step, alike
from mitoyen.repository.line import Commit, commit_data


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a value is what it is: the commit of the line, and the one of a branch where that was merged."""

    commit: Commit | None
    """None where it is not committed yet."""
    change: Change | None
    """None for a pointer to data."""
    written: Commit | None = None
    """The commit that wrote the value, where ``commit`` merged it."""
    because: str | None = None
    """The reason given for it."""
    earlier: bool = False
    """It may be older: the clone is shallow, and begins at this commit."""

    def as_data(self) -> dict[str, Any]:
        """As JSON shows it; every field null where it is not committed yet."""
        written = commit_data(self.written) if self.written else None
        return {**commit_data(self.commit), "or_earlier": self.earlier, "written": written}


_NOTE_PATHS = {(note,) for note in NOTES}


def touching(step: Step, file: str, path: Path) -> Change | None:
    """The change of a step that made the value at ``path`` what it was after it."""
    found: Change | None = None
    for decision in step.decisions:
        change = decision.change
        if change.file != file:
            continue
        if change.path[: len(path)] == path:
            if len(change.path) == len(path) or change.counts or path[-1:] in _NOTE_PATHS:
                found = change
        elif path[: len(change.path)] == change.path:
            rest = path[len(change.path) :]
            after = dig(change.after, rest)
            before = dig(change.before, earlier(change, rest))
            if not (before is after is NOTHING or alike(before, after)):
                found = change
    return found


def earlier(change: Change, path: Path) -> Path:
    """The path below a change as it was before it: a named item of a list may have had another number."""
    old, new, found = change.before, change.after, list(path)
    for index, step in enumerate(path):
        if isinstance(step, int) and isinstance(old, list) and holds(new, step) and isinstance(new[step], Mapping):
            name = new[step].get("name")
            same = [at for at, item in enumerate(old) if isinstance(item, Mapping) and item.get("name") == name]
            if name is not None:
                found[index] = same[0] if same else len(old)
        old = old[found[index]] if holds(old, found[index]) else None
        new = new[step] if holds(new, step) else None
    return tuple(found)


def gave(theirs: Change, ours: Change, path: Path) -> bool:
    """Whether a commit of a branch wrote the value that its merge brought."""
    if len(path) < max(len(theirs.path), len(ours.path)):
        return True
    one, other = (dig(change.after, path[len(change.path) :]) for change in (theirs, ours))
    return one is NOTHING or alike(one, other)
