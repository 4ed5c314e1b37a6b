"""A member's month as plain text, in French or English."""

from collections.abc import Iterator

from mitoyen.contracts import DocumentFormat
from mitoyen.hookspecs import hookimpl
from mitoyen_text import statement


@hookimpl
def mitoyen_document_formats() -> Iterator[DocumentFormat]:
    yield statement.FORMAT
