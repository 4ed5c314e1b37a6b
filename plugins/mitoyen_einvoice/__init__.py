"""E-invoices: CII, UBL and Factur-X, written and held against the official rules and our own arithmetic."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mitoyen.contracts import Command, InvoiceFormat
from mitoyen.hookspecs import hookimpl
from mitoyen_einvoice.formats import FORMATS

if TYPE_CHECKING:
    import click


def _load() -> "click.Command":
    from mitoyen_einvoice.command import group

    return group


@hookimpl
def mitoyen_invoice_formats() -> Iterator[InvoiceFormat]:
    yield from FORMATS


@hookimpl
def mitoyen_commands() -> Iterator[Command]:
    yield Command(id="einvoice", title="check e-invoices that anyone hands over", load=_load)
