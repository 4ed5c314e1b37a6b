"""Invoices as PDF/A-3: one page to pay by, one to understand; and :func:`render` for who attaches an XML to it."""

from collections.abc import Iterator

from mitoyen.contracts import InvoiceFormat
from mitoyen.hookspecs import hookimpl
from mitoyen_pdf.document import FORMAT, render

__all__ = ["render"]


@hookimpl
def mitoyen_invoice_formats() -> Iterator[InvoiceFormat]:
    yield FORMAT
