"""Issued invoices as accountants take them: a journal in CSV, and the file of entries of French law (FEC)."""

from collections.abc import Iterator

from mitoyen.contracts import ExportFormat
from mitoyen.hookspecs import hookimpl
from mitoyen_accounting import fec, journal


@hookimpl
def mitoyen_exports() -> Iterator[ExportFormat]:
    yield journal.FORMAT
    yield fec.FORMAT
