"""A folder that only its owner reads, and that git does not see."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from mitoyen.contracts import Options
from mitoyen.diagnostics import UsageError
from mitoyen.private import alone, make, outside_git
from mitoyen.written import sync_folder, write_whole

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

SCHEMA = {
    "type": "string",
    "minLength": 1,
    "description": "a folder outside git, relative to the repository, such as ~/mitoyen/parties; "
    "the variable MITOYEN_VAULT goes before it",
}


class Folder:
    """One file a name. Only posix has modes; elsewhere the folder is as private as its user's."""

    def __init__(self, root: Path, ending: str) -> None:
        self.root = root
        self._ending = ending
        alone(root, 0o700)

    def path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise UsageError(f'"{name}" is not a pseudonym: letters, digits, dots, hyphens and underscores')
        return self.root / f"{name}{self._ending}"

    def names(self) -> Iterator[str]:
        if self.root.is_dir():
            yield from sorted(
                path.name.removesuffix(self._ending)
                for path in self.root.iterdir()
                if path.name.endswith(self._ending) and NAME.fullmatch(path.name)
            )

    def read(self, name: str) -> bytes | None:
        path = self.path(name)
        alone(path, 0o600)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        path = self.path(name)
        make(self.root)
        write_whole(path, content, private=True)

    def remove(self, name: str) -> bool:
        """Also what a killed run left half-written."""
        path = self.path(name)
        if not self.root.is_dir():
            return False
        there = path.exists()
        for one in (path, *self.root.glob(f".{path.name}.*.part")):
            one.unlink(missing_ok=True)
        sync_folder(self.root)
        return there


def chosen(repository: Path, options: Options) -> Path:
    """The folder of the vault; raise UsageError where none is named, Refused where git would take what is in it."""
    named = os.environ.get("MITOYEN_VAULT") or options.get("folder")
    if not named:
        raise UsageError(
            "the folder of the vault is not named: put it into the variable MITOYEN_VAULT, or write "
            "with: {folder: …} below vault: in operations/mitoyen.yaml"
        )
    return outside_git(repository, named)
