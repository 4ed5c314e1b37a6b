"""The folder a site is written in: which files in it are ours, what they were made from, what is no longer wanted.

The list is in the folder itself, so that a copy of it goes on from there, and so that what a former audience could
see is taken away when the audience narrows. Whatever is not in the list is somebody else's and is left alone.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused
from mitoyen.written import write_whole

LIST = ".mitoyen-report.json"
FORMAT = 1


@dataclass(slots=True)
class Kept:
    """What is known of one operation's pages."""

    made_from: str = ""
    """The print of everything they were made from but the history."""
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
        write_whole(self.path / LIST, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def whole(self, kept: Kept) -> bool:
        """Whether all of an operation's files are there."""
        return all((self.path / file).is_file() for file in kept.files)

    def keep_only(self, names: Iterable[str]) -> None:
        """Take away the pages of operations that are no more."""
        for name in sorted(set(self.operations) - set(names)):
            remove(self.path, self.operations.pop(name).files)

    def _clear(self) -> None:
        """Another audience: nothing that was written for the one before stays, not even what no list names yet."""
        for name in self.operations:
            for folder in (self.path / name, self.path / "en" / name):
                _remove_all(folder)
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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        temporary = Path(name)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def remove(root: Path, files: Iterable[str]) -> None:
    """Files that are no longer of the site, and the folders they leave empty."""
    for file in files:
        path = root / file
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


def _remove_all(folder: Path) -> None:
    import shutil

    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
