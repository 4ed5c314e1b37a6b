"""What differs between two readings of an operation's files, value by value.

Values are compared, not lines: a tidied file has no change. An entry that comes or goes is one change, not one for
each of its values. What counts and what is only said (reasons, titles, dates of a last look) are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from mitoyen.contracts import Place
from mitoyen.fingerprint import canonical
from mitoyen.located import Document
from mitoyen.model import FILES

NOTES = {"because", "checked", "title"}
"""Fields that are shown and never counted."""

Kind = Literal["added", "removed", "changed"]

_WHOLE = {"keys.yaml": 1, "participants.yaml": 1, "tariffs.yaml": 2, "packages.yaml": 2}
"""How deep the entries of a file lie: what comes or goes there is told as a whole."""


DATED: Mapping[str, int] = {"excise": 1, "sellers": 2, "surplus": 2}
"""The parts of operation.yaml that are by date, and how deep on the path the date lies."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs. ``path`` leads to it in ``file``; None stands for what was not there."""

    file: str
    path: tuple[str, ...]
    kind: Kind
    before: Any
    after: Any
    because: str | None
    """The reason written beside it, in the newer reading."""
    before_place: Place | None
    after_place: Place | None

    @property
    def counts(self) -> bool:
        """Whether the change may move an amount: it is no note of an entry."""
        if self.file == "operation.yaml" and self.path[0] in DATED:
            return self.path[-1] not in NOTES
        return len(self.path) != _WHOLE.get(self.file, 0) + 1 or self.path[-1] not in NOTES

    @property
    def name(self) -> str:
        """``keys.yaml 2026-04-01 with.shares.m-3fk2``"""
        head, tail = self.path[: _WHOLE.get(self.file, 0)], self.path[_WHOLE.get(self.file, 0) :]
        return " ".join(filter(None, (self.file, *head, ".".join(tail))))

    def as_data(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "path": list(self.path),
            "kind": self.kind,
            "before": plain(self.before),
            "after": plain(self.after),
            "because": self.because,
            "counts": self.counts,
            "before_place": str(self.before_place) if self.before_place else None,
            "after_place": str(self.after_place) if self.after_place else None,
        }


def between(before: Mapping[str, Document], after: Mapping[str, Document]) -> list[Change]:
    """The changes of an operation's files from one reading to another, in the order of files and paths."""
    found: list[Change] = []
    for file in FILES:
        old, new = before.get(file), after.get(file)
        found += _compare(file, (), old.value if old else {}, new.value if new else {}, old, new)
    return found


def _compare(
    file: str, path: tuple[str, ...], before: Any, after: Any, old: Document | None, new: Document | None
) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            here = (*path, key)
            if key in before and key in after:
                yield from _compare(file, here, before[key], after[key], old, new)
            elif len(here) < _WHOLE.get(file, 0):
                # A whole tariff group that comes or goes is told entry by entry, as its dates matter.
                yield from _compare(file, here, before.get(key, {}), after.get(key, {}), old, new)
            else:
                kind: Kind = "added" if key in after else "removed"
                yield _change(file, here, kind, before.get(key), after.get(key), old, new)
    elif canonical(before) != canonical(after):
        yield _change(file, path, "changed", before, after, old, new)


def _change(
    file: str,
    path: tuple[str, ...],
    kind: Kind,
    before: Any,
    after: Any,
    old: Document | None,
    new: Document | None,
) -> Change:
    return Change(
        file,
        path,
        kind,
        before,
        after,
        because=_because(new.value if new else {}, path),
        before_place=old.place(*path) if old and kind != "added" else None,
        after_place=new.place(*path) if new and kind != "removed" else None,
    )


def _because(value: Any, path: tuple[str, ...]) -> str | None:
    """The nearest reason on the way to a value."""
    reason: str | None = None
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            break
        value = value[key]
        if isinstance(value, Mapping) and isinstance(value.get("because"), str):
            reason = value["because"]
    return reason


def plain(value: Any) -> Any:
    """A value as JSON holds it: exact numbers as text."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


def spoken(value: Any) -> str:
    """A value in one line, as it would be written in the file."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {spoken(item)}" for key, item in value.items() if key not in NOTES) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(spoken(item) for item in value) + "]"
    if value is None:
        return "–"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
