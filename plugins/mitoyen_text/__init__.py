"""A member's month and its invoices as plain text, in French or English."""

from collections.abc import Iterator

from mitoyen.contracts import DocumentFormat, InvoiceFormat
from mitoyen.hookspecs import hookimpl
from mitoyen_text import invoice, statement


@hookimpl
def mitoyen_document_formats() -> Iterator[DocumentFormat]:
    yield statement.FORMAT


@hookimpl
def mitoyen_invoice_formats() -> Iterator[InvoiceFormat]:
    yield invoice.FORMAT
