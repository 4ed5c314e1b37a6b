"""What a bank takes: direct debits of issued invoices, credit transfers to the producers."""

from collections.abc import Iterator

from mitoyen.contracts import ExportFormat
from mitoyen.hookspecs import hookimpl
from mitoyen_sepa import debit, transfer


@hookimpl
def mitoyen_exports() -> Iterator[ExportFormat]:
    yield debit.FORMAT
    yield transfer.FORMAT
