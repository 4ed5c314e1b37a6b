"""Parsed documents kept by content: a file that has not changed is not parsed again.

A cache and nothing more: damaged, locked or read-only, it makes a run slower and never makes it fail.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from mitoyen.diagnostics import Refused
from mitoyen.located import VERSION, Document, values_and_spots


def blob_id(content: bytes) -> str:
    """The name git gives to a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class Cache:
    """Parsed documents by content, in one sqlite3 file that several processes may use at once.

    It is only a cache: where the file is locked, read-only, broken or gone, documents are parsed again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def parse(self, content: bytes, path: str) -> Document:
        """As :func:`parse`. Raise Refused; a refused document is not kept."""
        (document,) = self.parse_all([(content, path)])
        if isinstance(document, Refused):
            raise document
        return document

    def parse_all(self, items: Iterable[tuple[bytes, str]]) -> list[Document | Refused]:
        """Each ``(content, path)`` as a Document, or as the Refused that :func:`parse` raises; in their order."""
        results: list[Document | Refused] = []
        rest = iter(items)
        while chunk := list(islice(rest, _CHUNK)):
            results += self._chunk(chunk)
        return results

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _chunk(self, items: Sequence[tuple[bytes, str]]) -> list[Document | Refused]:
        names = [blob_id(content) for content, _ in items]
        kept = self._read(names)
        fresh: dict[str, tuple[bytes, bytes]] = {}
        results: list[Document | Refused] = []
        for name, (content, path) in zip(names, items, strict=True):
            row = kept.get(name)
            value = _unpacked(row[0]) if row else None
            if row and value is not None:
                results.append(Document(path, value, content, row[1]))
                continue
            try:
                value, spots = values_and_spots(content, path)
            except Refused as refused:
                results.append(refused)
                continue
            packed = msgspec.msgpack.encode(spots)
            fresh[name] = (msgspec.msgpack.encode(_packable(value)), packed)
            results.append(Document(path, value, content, packed))
        if fresh:
            self._write(fresh)
        return results

    def _read(self, names: Sequence[str]) -> dict[str, tuple[bytes, bytes]]:
        marks = ",".join("?" * len(names))
        query = f"SELECT blob, value, spots, sum FROM documents WHERE version = ? AND blob IN ({marks})"  # noqa: S608
        with self._lock:
            try:
                rows = self._open().execute(query, (VERSION, *names)).fetchall()
            except (sqlite3.Error, OSError) as problem:
                self._failed(problem)
                return {}
        return {
            name: (value, spots)
            for name, value, spots, check in rows
            if check and check == _sum(name, value, spots)
        }

    def _write(self, fresh: dict[str, tuple[bytes, bytes]]) -> None:
        rows = [(name, VERSION, value, spots, _sum(name, value, spots)) for name, (value, spots) in fresh.items()]
        with self._lock:
            try:
                connection = self._open()
                with connection:
                    connection.execute(_TABLE)
                    connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", rows)
            except (sqlite3.Error, OSError) as problem:
                self._failed(problem)

    def _open(self) -> sqlite3.Connection:
        # A connection does not survive a fork.
        if self._connection is None or self._process != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > _FULL:
                self.path.unlink()
            self._connection = sqlite3.connect(self.path, timeout=_PATIENCE, check_same_thread=False)
            self._process = os.getpid()
            self._connection.execute("PRAGMA synchronous = OFF")
        return self._connection

    def _failed(self, problem: Exception) -> None:
        """A broken file is deleted, so that the next run is fast again; anything else may mend itself."""
        if isinstance(problem, sqlite3.DatabaseError) and not isinstance(problem, sqlite3.OperationalError):
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None
            with suppress(OSError):
                self.path.unlink()


_CHUNK = 900
"""Documents read in one query and written in one transaction."""

_FULL = 512 * 2**20
"""Bytes from which the cache begins anew, rather than choose what to forget."""

_PATIENCE = 0.5
"""Seconds to wait for another process before parsing again."""

_TABLE = """CREATE TABLE IF NOT EXISTS documents
(blob TEXT, version INTEGER, value BLOB, spots BLOB, sum TEXT, PRIMARY KEY (blob, version))"""

_DECIMAL_CODE = 1


def _sum(*parts: object) -> str:
    """A check against a damaged file, in which anything may stand; empty where a part is not text or bytes."""
    total = 0
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        if not isinstance(content, bytes):
            return ""
        total = zlib.crc32(content, total)
    return f"{total:08x}"


def _packable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return msgspec.msgpack.Ext(_DECIMAL_CODE, str(value).encode())
    if isinstance(value, dict):
        return {key: _packable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_packable(item) for item in value]
    return value


def _decimal(_code: int, data: memoryview) -> Decimal:
    return Decimal(bytes(data).decode())


_decoder = msgspec.msgpack.Decoder(dict[str, Any], ext_hook=_decimal)


def _unpacked(packed: bytes) -> dict[str, Any] | None:
    try:
        return _decoder.decode(packed)
    except (msgspec.DecodeError, ValueError, ArithmeticError):
        return None
