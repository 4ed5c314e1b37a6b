"""A folder as store: one file a thing, whole or absent."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mitoyen.contracts import Options, Shelf, Store
from mitoyen.written import write_whole

_SAFE = re.compile(r"[a-z0-9]+")


class Folder:
    """Files ``<kind>/<first two digits>/<key>``, so that no folder grows to a hundred thousand names."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, kind: str, key: str) -> Path:
        if not _SAFE.fullmatch(kind) or not _SAFE.fullmatch(key):
            raise ValueError(f"{kind}/{key} is not the name of a thing in the store")
        return self.root / kind / key[:2] / key

    def read(self, kind: str, key: str) -> bytes | None:
        try:
            return self._path(kind, key).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, kind: str, key: str) -> bool:
        return self._path(kind, key).is_file()

    def write(self, kind: str, key: str, content: bytes) -> None:
        self._keep_out_of_git()
        write_whole(self._path(kind, key), content)

    def _keep_out_of_git(self) -> None:
        """Curves are personal data: the folder tells git not to look, wherever it was put."""
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            write_whole(ignore, b"*\n")


def _open(repository: Path, options: Options) -> Shelf:
    chosen = os.environ.get("MITOYEN_STORE") or options.get("path", ".mitoyen")
    return Folder(repository / Path(chosen).expanduser())


STORE = Store(
    id="folder",
    version=1,
    title="A folder of this machine (MITOYEN_STORE, or .mitoyen/ in the repository, ignored by git)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "path": {
                "type": "string",
                "minLength": 1,
                "description": "a folder, relative to the repository; the variable MITOYEN_STORE goes before it",
            }
        },
    },
    open=_open,
)
