"""The register of what was issued: one SQLite file outside git, to which things are only ever added.

A number is given inside the transaction that freezes its invoice, all invoices of a month in one: a run that is
killed, or a disk that is full, leaves the month as if it had never begun, and no number is lost or given twice. The
month's manifest is frozen in the same transaction, so that a run which dies before it has written it to git is
finished by the next one with the same bytes.

Rows are chained: each has a digest over its own content and the row before. What can be taken away, once its
retention has passed, is content; numbers, totals and digests stay.
"""

from __future__ import annotations

import hmac
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from mitoyen.contracts import Document
from mitoyen.diagnostics import UsageError
from mitoyen.fingerprint import digest
from mitoyen.invoice import Invoice, decode, encode
from mitoyen.private import alone, make

FILE = "ledger.sqlite"
FORMAT = 1
"""Kept in the file: another number is of another version of mitoyen."""

_TABLES = """
CREATE TABLE series (
    seller TEXT, series TEXT, year INTEGER, last INTEGER NOT NULL, issued TEXT NOT NULL,
    PRIMARY KEY (seller, series, year)
) STRICT, WITHOUT ROWID;
CREATE TABLE unit (
    position INTEGER PRIMARY KEY, operation TEXT NOT NULL, month TEXT NOT NULL, revision INTEGER NOT NULL,
    issued TEXT NOT NULL, path TEXT NOT NULL, manifest BLOB NOT NULL, deferred TEXT NOT NULL,
    UNIQUE (operation, month, revision)
) STRICT;
CREATE TABLE invoice (
    position INTEGER PRIMARY KEY, seller TEXT NOT NULL, series TEXT NOT NULL, year INTEGER NOT NULL,
    ordinal INTEGER NOT NULL, number TEXT NOT NULL, type TEXT NOT NULL, operation TEXT NOT NULL,
    month TEXT NOT NULL, revision INTEGER NOT NULL, buyer TEXT NOT NULL, issued TEXT NOT NULL,
    net TEXT NOT NULL, vat TEXT NOT NULL, gross TEXT NOT NULL,
    digest TEXT NOT NULL, chain TEXT NOT NULL, content BLOB,
    UNIQUE (seller, series, year, ordinal), UNIQUE (seller, number)
) STRICT;
CREATE INDEX of_month ON invoice (operation, month, position);
CREATE INDEX of_number ON invoice (number);
CREATE TABLE document (
    invoice INTEGER NOT NULL REFERENCES invoice, format TEXT NOT NULL, version INTEGER NOT NULL,
    name TEXT NOT NULL, media_type TEXT NOT NULL, digest TEXT NOT NULL, content BLOB,
    PRIMARY KEY (invoice, format)
) STRICT;
CREATE TABLE salt (buyer TEXT PRIMARY KEY, salt BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""
_LAST = "SELECT coalesce(max(position), 0) FROM invoice WHERE operation = ?"
_KEPT = {
    "series": ("seller", "series", "year"),
    "unit": ("operation", "month", "revision", "issued", "path", "manifest", "deferred"),
    "invoice": (
        *("seller", "series", "year", "ordinal", "number", "type", "operation", "month", "revision", "buyer"),
        *("issued", "net", "vat", "gross", "digest", "chain"),
    ),
    "document": ("invoice", "format", "version", "name", "media_type", "digest"),
}
"""What no statement may change; content may be taken away, never replaced."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the register: an invoice without what is in it."""

    position: int
    seller: str
    series: str
    year: int
    ordinal: int
    number: str
    type: str
    operation: str
    month: str
    revision: int
    buyer: str
    issued: date
    net: Decimal
    vat: Decimal
    gross: Decimal
    digest: str
    chain: str

    def as_data(self) -> dict[str, Any]:
        """The row as JSON shows it."""
        names = ("number", "type", "operation", "month", "revision", "seller", "buyer")
        return {
            **{name: getattr(self, name) for name in names},
            "issued": self.issued.isoformat(),
            **{name: str(getattr(self, name)) for name in ("net", "vat", "gross")},
        }


_ENTRY = ", ".join(Entry.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class IssuedUnit:
    """A revision of a month, issued."""

    operation: str
    month: str
    revision: int
    issued: date
    path: str
    """Of its manifest, inside the operation's folder."""
    manifest: bytes
    deferred: tuple[str, ...]
    """Whose difference waits for their next invoice: ``buyer seller``."""

    @property
    def commit(self) -> str | None:
        """The commit whose files it was made from."""
        match = re.search(rb"^commit: *([0-9a-f]+)", self.manifest, re.MULTILINE)
        return match[1].decode() if match else None


class Chronology(Exception):
    """An invoice would be dated before the last one of its series."""

    def __init__(self, seller: str, series: str, last: date) -> None:
        super().__init__(f"the last invoice of series {series} is of {last}")
        self.seller, self.series, self.last = seller, series, last


class Ledger:
    """Opened where it is first looked at; made at the first issue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        alone(folder, 0o700)
        alone(self.path, 0o600)

    # --- reading -------------------------------------------------------------------------------------------------

    def entries(
        self,
        *,
        operation: str | None = None,
        months: Iterable[str] = (),
        number: str | None = None,
        buyer: str | None = None,
    ) -> Iterator[Entry]:
        """The register in its order, or a part of it."""
        wanted, values = _where(tuple(months), operation=operation, number=number, buyer=buyer)
        for row in self._all(f"SELECT {_ENTRY} FROM invoice{wanted} ORDER BY position", *values):  # noqa: S608
            yield _entry(row)

    def invoices(
        self,
        *,
        operation: str | None = None,
        months: Iterable[str] = (),
        kind: str | None = None,
        since: str | None = None,
    ) -> Iterator[Invoice]:
        """What was frozen, in the order of the register, one at a time; what was forgotten is left out.

        ``since`` is the first month: no invoice has a line of a later month than its own.
        """
        wanted, values = _where(tuple(months), since, operation=operation, type=kind)
        for position, content in self._all(
            f"SELECT position, content FROM invoice{wanted} ORDER BY position",  # noqa: S608
            *values,
        ):
            if content is not None:
                yield self._decoded(position, content)

    def documents(self, position: int) -> list[tuple[str, str, Document]]:
        """(format, digest, document) of an invoice, those whose bytes are still kept."""
        rows = self._all(
            "SELECT format, digest, name, media_type, content FROM document WHERE invoice = ? ORDER BY format",
            position,
        )
        return [
            (form, sum_, Document(name, kind, body)) for form, sum_, name, kind, body in rows if body is not None
        ]

    def invoice(self, position: int) -> Invoice | None:
        """What was frozen in a row; None where it was forgotten."""
        content = self.content(position)
        return None if content is None else self._decoded(position, content)

    def content(self, position: int) -> bytes | None:
        """The frozen bytes of an invoice."""
        [(content,)] = self._all("SELECT content FROM invoice WHERE position = ?", position)
        return None if content is None else bytes(content)

    def units(self, operation: str | None = None) -> list[IssuedUnit]:
        """The issued revisions, in the order in which they were."""
        where, values = (" WHERE operation = ?", (operation,)) if operation else ("", ())
        rows = self._all(
            "SELECT operation, month, revision, issued, path, manifest, deferred FROM unit"  # noqa: S608
            f"{where} ORDER BY position",
            *values,
        )
        return [
            IssuedUnit(name, month, revision, date.fromisoformat(day), path, bytes(text), tuple(waits.splitlines()))
            for name, month, revision, day, path, text, waits in rows
        ]

    def last(self, operation: str) -> int:
        """The last row of an operation, 0 before its first."""
        rows = list(self._all(_LAST, operation))
        return int(rows[0][0]) if rows else 0

    def counters(self) -> dict[tuple[str, str, int], int]:
        """The last ordinal of each (seller, series, year)."""
        rows = self._all("SELECT seller, series, year, last FROM series")
        return {(seller, series, year): last for seller, series, year, last in rows}

    def seal(self, buyer: str, sum_: str) -> str | None:
        """The digest that git may have: keyed with the buyer's salt, so that nobody can try contents against it."""
        rows = list(self._all("SELECT salt FROM salt WHERE buyer = ?", buyer))
        return _sealed(rows[0][0], sum_) if rows else None

    # --- adding --------------------------------------------------------------------------------------------------

    @contextmanager
    def adding(self) -> Iterator[Book]:
        """One transaction, alone: kept whole where the block ends, not at all where it is left by an exception."""
        connection = self._made
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Book(connection)
            except BaseException:
                if connection.in_transaction:  # SQLite may have left it by itself, on a full disk
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise UsageError(f"{self.path}: {error}; nothing was issued, try again once it is mended") from error

    def forget(self, buyer: str, before: date) -> int:
        """Take away the content of a buyer's invoices issued before a day; how many had any."""
        if not self.path.exists():
            return 0
        with self.adding() as book:
            return book.forget(buyer, before)

    # --- the file ------------------------------------------------------------------------------------------------

    def _all(self, statement: str, *values: object) -> Iterator[Any]:
        if self.path.exists():
            try:
                yield from self._made.execute(statement, values)
            except sqlite3.Error as error:
                raise UsageError(f"{self.path} cannot be read: {error}; bring it back from a backup") from error

    @cached_property
    def _made(self) -> sqlite3.Connection:
        make(self.folder)
        if not self.path.exists():
            self.path.touch(mode=0o600)
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=600)
        try:
            connection.execute("PRAGMA synchronous = EXTRA")  # what is committed outlives a power cut
            connection.execute("PRAGMA secure_delete = ON")  # what is forgotten does not stay in free pages
            connection.execute("PRAGMA foreign_keys = ON")
            self._prepare(connection)
        except sqlite3.Error as error:
            raise UsageError(f"{self.path} is not a register: {error}; bring it back from a backup") from error
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """The tables, where the file is new; raise UsageError where it is of another version."""

        def version() -> int:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

        if version() == 0:
            connection.execute("BEGIN IMMEDIATE")
            if version() == 0:  # two runs may be the first
                for statement in (*_TABLES.split(";\n"), *_guards()):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
        if version() != FORMAT:
            raise UsageError(f"{self.path} is a register of version {version()}, this mitoyen knows {FORMAT}")

    @staticmethod
    def _decoded(position: int, content: bytes) -> Invoice:
        try:
            return decode(content)
        except ValueError as error:
            raise UsageError(f"row {position} of the register is damaged: {error}") from error


class Book:
    """The register while one transaction adds to it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def last(self, operation: str) -> int:
        """As :meth:`Ledger.last`, within the transaction."""
        return int(self._connection.execute(_LAST, (operation,)).fetchone()[0])

    def number(self, seller: str, series: str, issued: date) -> str:
        """The next number of a series, ``ME2026-000123``; raise Chronology on a day before its last one."""
        years = {
            year: (last, date.fromisoformat(day))
            for year, last, day in self._connection.execute(
                "SELECT year, last, issued FROM series WHERE seller = ? AND series = ?", (seller, series)
            )
        }
        latest = max((day for _last, day in years.values()), default=issued)
        if latest > issued:
            raise Chronology(seller, series, latest)
        ordinal = years[issued.year][0] + 1 if issued.year in years else 1
        self._connection.execute(
            "INSERT INTO series VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last, "
            "issued = excluded.issued",
            (seller, series, issued.year, ordinal, issued.isoformat()),
        )
        return numbered(series, issued.year, ordinal)

    def freeze(self, invoice: Invoice, series: str, documents: Mapping[tuple[str, int], Document]) -> str:
        """Add a numbered invoice and what was rendered of it, by (format, version); give its sealed digest."""
        assert invoice.number is not None  # noqa: S101 - the caller has just numbered it
        assert invoice.issued is not None  # noqa: S101
        content = encode(invoice)
        before = self._connection.execute("SELECT chain FROM invoice ORDER BY position DESC LIMIT 1").fetchone()
        sum_ = digest(content)
        row = (
            *(invoice.seller_id, series, invoice.issued.year, int(invoice.number.rpartition("-")[2])),
            *(invoice.number, invoice.type, invoice.operation, invoice.month, invoice.revision, invoice.buyer_id),
            *(invoice.issued.isoformat(), str(invoice.net), str(invoice.vat), str(invoice.gross)),
            *(sum_, chained(before[0] if before else "", invoice.seller_id, invoice.number, sum_), content),
        )
        holes = ", ".join("?" * len(row))
        columns = f"{_ENTRY.removeprefix('position, ')}, content"
        statement = f"INSERT INTO invoice ({columns}) VALUES ({holes})"  # noqa: S608 - our own names
        position = self._connection.execute(statement, row).lastrowid
        for (form, version), one in documents.items():
            self._connection.execute(
                "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?)",
                (position, form, version, one.name, one.media_type, digest(one.content), one.content),
            )
        return _sealed(self._salt(invoice.buyer_id), sum_)

    def sealed_ahead(self, operation: str, month: str) -> list[dict[str, str]]:
        """The rows of a month's manifest for what was issued before the month was: deposits."""
        rows = self._connection.execute(
            "SELECT seller, number, type, digest, buyer FROM invoice "
            "WHERE operation = ? AND month = ? AND revision = 0 ORDER BY position",
            (operation, month),
        )
        return [
            {"seller": seller, "number": number, "type": kind, "digest": _sealed(self._salt(buyer), sum_)}
            for seller, number, kind, sum_, buyer in rows.fetchall()
        ]

    def close(self, unit: IssuedUnit) -> None:
        """The month is issued, with this manifest."""
        self._connection.execute(
            "INSERT INTO unit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(unit.operation, unit.month, unit.revision, unit.issued.isoformat(), unit.path, unit.manifest),
                "\n".join(unit.deferred),
            ),
        )

    def forget(self, buyer: str, before: date) -> int:
        """As :meth:`Ledger.forget`; the buyer's salt goes with the last content."""
        found = (buyer, before.isoformat())
        self._connection.execute(
            "UPDATE document SET content = NULL WHERE invoice IN "
            "(SELECT position FROM invoice WHERE buyer = ? AND issued < ?)",
            found,
        )
        gone = self._connection.execute(
            "UPDATE invoice SET content = NULL WHERE buyer = ? AND issued < ? AND content IS NOT NULL", found
        ).rowcount
        kept = self._connection.execute(
            "SELECT count(*) FROM invoice WHERE buyer = ? AND content IS NOT NULL", (buyer,)
        ).fetchone()[0]
        if not kept:
            self._connection.execute("DELETE FROM salt WHERE buyer = ?", (buyer,))
        return gone

    def _salt(self, buyer: str) -> bytes:
        row = self._connection.execute("SELECT salt FROM salt WHERE buyer = ?", (buyer,)).fetchone()
        if row:
            return bytes(row[0])
        salt = secrets.token_bytes(32)
        self._connection.execute("INSERT INTO salt VALUES (?, ?)", (buyer, salt))
        return salt


def numbered(series: str, year: int, ordinal: int) -> str:
    """At most 20 signs, of those an e-invoice may have."""
    return f"{series}{year}-{ordinal:06d}"


def chained(before: str, seller: str, number: str, sum_: str) -> str:
    """What the chain of the register is after a row."""
    return digest("\n".join((before, seller, number, sum_)).encode())


def _sealed(salt: bytes, sum_: str) -> str:
    return f"hmac-sha256:{hmac.new(salt, sum_.encode(), sha256).hexdigest()}"


def _entry(row: Iterable[object]) -> Entry:
    values = dict(zip(Entry.__dataclass_fields__, row, strict=True))
    amounts = {name: Decimal(str(values[name])) for name in ("net", "vat", "gross")}
    return Entry(**{**values, **amounts, "issued": date.fromisoformat(str(values["issued"]))})  # type: ignore[arg-type]


def _where(months: tuple[str, ...], since: str | None = None, **columns: str | None) -> tuple[str, tuple[str, ...]]:
    """A condition and its values."""
    asked = {name: value for name, value in columns.items() if value is not None}
    parts = [f"{name} = ?" for name in asked]
    if months:
        parts.append(f"month IN ({', '.join('?' * len(months))})")
    if since:
        parts.append("month >= ?")
    values = (*asked.values(), *months, *([since] if since else []))
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def _guards() -> Iterator[str]:
    """Triggers that refuse what a register does not do: rows change, rows go."""
    for table, columns in _KEPT.items():
        yield (
            f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} "
            f"BEGIN SELECT raise(ABORT, 'nothing leaves the register'); END"
        )
        yield (
            f"CREATE TRIGGER {table}_is BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            f"BEGIN SELECT raise(ABORT, 'nothing in the register changes'); END"
        )
    for table in ("invoice", "document"):
        yield (
            f"CREATE TRIGGER {table}_content BEFORE UPDATE OF content ON {table} WHEN new.content IS NOT NULL "
            f"BEGIN SELECT raise(ABORT, 'content is taken away, not replaced'); END"
        )
    yield (
        "CREATE TRIGGER series_grows BEFORE UPDATE OF last ON series WHEN new.last <> old.last + 1 "
        "BEGIN SELECT raise(ABORT, 'a series counts by one'); END"
    )
