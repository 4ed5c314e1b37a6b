"""Pages of a delivery that is not whole yet, so that a run which was killed goes on where it was.

Beside the pages, each under the digest of its bytes, a list that only grows says which request gave which. It is
private: replies hold numbers of meters. Once the delivery is whole nothing of it stays: what counts is frozen by
the engine, and the next fetch asks for everything again.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mitoyen.private import make
from mitoyen.written import write_whole

AGE = 24 * 3600
"""Seconds after which a page is asked for again: the rest of the delivery may be of another publication."""


@dataclass(frozen=True, slots=True)
class Page:
    """A reply, and where the next one is."""

    content: bytes = field(repr=False)
    following: str = field(default="", repr=False)


@dataclass(slots=True)
class Kept:
    """The pages kept in a folder; none where it is None."""

    folder: Path | None
    now: Callable[[], float] = time.time
    _known: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    """The digest and the address of the next page, by address."""

    def __post_init__(self) -> None:
        if self.folder is None or not self._list.is_file():
            return
        oldest = self.now() - AGE
        for line in self._list.read_bytes().splitlines():
            try:
                url, digest, following, when = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was killed
            if oldest <= when <= self.now():
                self._known[url] = digest, following

    def page(self, url: str) -> Page | None:
        """What that address gave, or None where it is not kept whole."""
        if url not in self._known or self.folder is None:
            return None
        digest, following = self._known[url]
        try:
            content = (self.folder / digest).read_bytes()
        except OSError:
            return None
        return Page(content, following) if sha256(content).hexdigest() == digest else None

    def keep(self, url: str, page: Page) -> None:
        """Keep what an address gave: the page first, then that it is there."""
        if self.folder is None:
            return
        make(self.folder)
        digest = sha256(page.content).hexdigest()
        path = self.folder / digest
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != digest:
            write_whole(path, page.content, private=True)
        line = json.dumps([url, digest, page.following, int(self.now())]).encode()
        handle = os.open(self._list, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            # A run that was killed may have left half a line: this one begins after it.
            file.write(b"\n" + line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._known[url] = digest, page.following

    def done(self) -> None:
        """The delivery is whole."""
        self._known.clear()
        if self.folder is not None and self.folder.is_dir():
            shutil.rmtree(self.folder)

    @property
    def _list(self) -> Path:
        assert self.folder is not None  # noqa: S101 - asked only where there is one
        return self.folder / "list.jsonl"
