"""In which formats an invoice is written, and how each is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mitoyen.contracts import Document, InvoiceFormat, Offer, Operation, Options
from mitoyen.invoice import Invoice


def chosen(
    operation: Operation, invoice: Invoice, formats: Iterable[InvoiceFormat]
) -> list[tuple[InvoiceFormat, Options]]:
    """Those that apply, with their options, without the ones that another of them stands for."""
    asked = [(one, options_of(operation, one)) for one in formats]
    apply = [(one, options) for one, options in asked if one.applies(invoice, options)]
    spare = {name for one, _options in apply for name in one.replaces}
    return [(one, options) for one, options in apply if one.id not in spare]


def rendered(
    operation: Operation, invoice: Invoice, formats: Iterable[InvoiceFormat]
) -> Iterator[tuple[InvoiceFormat, Document]]:
    """The invoice in each of them. Raise Refused where one cannot be written."""
    for one, options in chosen(operation, invoice, formats):
        yield one, one.render(invoice, options)


def options_of(operation: Operation, format_: Offer) -> Options:
    """The options of `documents:` that a format takes."""
    known = format_.schema.get("properties", {})
    return {name: value for name, value in operation.format_options.items() if name in known}
