"""The folder a site is written in: which files in it are ours, what they were made from, what is no longer wanted.

The list is in the folder itself, so that a copy of it goes on from there, and so that what a former audience could
see is taken away when the audience narrows. Whatever is not in the list is somebody else's and is left alone. Only
what a run that was killed wrote is in no list yet: where an operation was being written, its pages, days and
numbers are known by their endings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused
from mitoyen.written import sweep, write_whole

LIST = ".mitoyen-report.json"
FORMAT = 1

OURS = frozenset({"assets", "chiffres", "en"})
"""Folders of the site that are no operation's."""

_SHARED = ("", "assets", "chiffres", "en", "en/chiffres")
"""Where files of no operation are."""
_ENDINGS = (".html", ".csv", ".js", ".part")
"""Of what is in an operation's folder, and of a file that is on its way."""


@dataclass(slots=True)
class Kept:
    """What is known of one operation's pages."""

    made_from: str = ""
    """The print of everything they were made from but the history; empty while they are written."""
    months: dict[str, str] = field(default_factory=dict)
    """By month, the print that the files of its days were made from."""
    files: list[str] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    """What the federation's page needs of it."""


class SiteFolder:
    """Opened for an audience; raise Refused where the folder holds something that is not a site of ours."""

    def __init__(self, path: Path, audience: str) -> None:
        self.path = path
        known = self._read()
        self.head: str | None = known.get("head")
        self.operations: dict[str, Kept] = {}
        self.shared: list[str] = list(known.get("shared", ()))
        if known:
            self.operations = {name: Kept(**one) for name, one in known["operations"].items()}
            if known["audience"] != audience:
                self._clear()
        elif path.is_dir() and any(one.name != ".gitignore" for one in path.iterdir()):
            raise Refused(
                Finding(
                    "RPT102",
                    f"{path} holds files, and none of them says that it is a report of mitoyen",
                    Place(str(path)),
                    "name an empty folder, or one that does not exist",
                )
            )
        self.audience = audience
        self.path.mkdir(parents=True, exist_ok=True)
        for folder in _SHARED:
            sweep(self.path / folder)
        self.save()  # before anything is written: a run that is killed leaves a folder that is known to be ours

    def _read(self) -> Mapping[str, Any]:
        place = self.path / LIST
        if not place.is_file():
            return {}
        try:
            found = json.loads(place.read_bytes())
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise Refused(
                Finding(
                    "RPT102",
                    f"{LIST} of {self.path} cannot be read",
                    Place(str(place)),
                    "remove the folder, or name another: it is written again from what is settled",
                )
            )
        return found

    def save(self) -> None:
        body = {
            "format": FORMAT,
            "audience": self.audience,
            "head": self.head,
            "shared": sorted(self.shared),
            "operations": {
                name: {"made_from": one.made_from, "months": one.months, "files": one.files, "summary": one.summary}
                for name, one in sorted(self.operations.items())
            },
        }
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        if not (self.path / LIST).is_file() or (self.path / LIST).read_bytes() != content:
            write_whole(self.path / LIST, content)

    def whole(self, kept: Kept) -> bool:
        """Whether all of an operation's files are there."""
        return all((self.path / file).is_file() for file in kept.files)

    def keep_only(self, names: Iterable[str]) -> None:
        """Take away the pages of operations that are no more."""
        for name in sorted(set(self.operations) - set(names)):
            kept = self.operations.pop(name)
            remove(self.path, kept.files if kept.made_from else [*kept.files, *written(self.path, name)])

    def _clear(self) -> None:
        """Another audience: nothing that was written for the one before stays, not even what no list names yet."""
        for name, kept in self.operations.items():
            remove(self.path, [*kept.files, *written(self.path, name)])
        remove(self.path, self.shared)
        self.operations, self.shared, self.head = {}, [], None


def write(root: Path, file: str, content: bytes) -> bool:
    """A file of the site, whole or not at all; whether it had to be written: one that says the same is not touched.

    Without fsync, which for a site of a million files would be most of the time: it can be written again.
    """
    path = root / file
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")  # there is one writer: what a killed one left is replaced
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return True


def written(root: Path, operation: str) -> list[str]:
    """Everything in an operation's folders that looks like ours, in a list or not."""
    return [
        path.relative_to(root).as_posix()
        for folder in (root / operation, root / "en" / operation)
        for path in sorted([*folder.glob("*"), *folder.glob("*/*")])
        if path.suffix in _ENDINGS and path.is_file()
    ]


def remove(root: Path, files: Iterable[str]) -> None:
    """Files that are no longer of the site, and the folders they leave empty."""
    for file in files:
        path = root / file
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
