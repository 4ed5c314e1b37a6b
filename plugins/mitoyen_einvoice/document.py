"""A file that someone hands over as an e-invoice: its XML, the syntax of it, and where its elements are."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused
from mitoyen.host import MissingExtra

if TYPE_CHECKING:
    from lxml.etree import _Element

Flavour = Literal["cii", "ubl-invoice", "ubl-credit"]

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read."""

ATTACHED = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
"""The names an invoice may have inside a PDF."""

ROOTS: dict[str, Flavour] = {
    "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice": "cii",
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": "ubl-invoice",
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": "ubl-credit",
}


@dataclass(frozen=True, slots=True)
class EInvoice:
    """The XML of an invoice, as bytes and as read."""

    name: str
    xml: bytes
    root: _Element
    flavour: Flavour

    @property
    def text(self) -> str:
        """The XML in no encoding: that of the file may be any."""
        from lxml import etree

        return str(etree.tostring(self.root, encoding="unicode"))

    def place(self, element: _Element | None = None) -> Place:
        """Where an element begins. The line itself is not repeated: it may be about a person."""
        return Place(self.name, (self.root if element is None else element).sourceline or 1)


def opened(content: bytes, name: str) -> EInvoice:
    """An XML, or the XML in a PDF. Raise Refused (ACC842) where there is no invoice."""
    if len(content) > LARGEST:
        raise _refused(name, f"it is larger than {LARGEST >> 20} MiB", "an e-invoice is a thousand times smaller")
    if content.startswith(b"%PDF"):
        return parsed(_attached(content, name), name)
    return parsed(content, name)


def parsed(xml: bytes, name: str) -> EInvoice:
    """An XML. Raise Refused (ACC842) where it is no invoice."""
    try:
        from lxml import etree
    except ImportError as error:
        raise MissingExtra("einvoice", "lxml") from error
    # Nothing outside the file is read, and no entity of its own making is opened.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        place = Place(name, error.lineno or 1)
        raise Refused(Finding("ACC842", "this is not XML that can be read", place, _AGAIN)) from None
    if root.getroottree().docinfo.doctype:
        raise _refused(name, "it has a document type of its own, which no e-invoice needs", _AGAIN)
    flavour = ROOTS.get(root.tag)
    if flavour is None:
        raise _refused(
            name,
            "this XML is no e-invoice",
            "a Factur-X or CII begins with CrossIndustryInvoice, a UBL with Invoice or CreditNote",
        )
    return EInvoice(name, xml, root, flavour)


_AGAIN = "ask whoever wrote it to send it again"


def _attached(content: bytes, name: str) -> bytes:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise MissingExtra("einvoice", "pypdf") from error
    try:
        found = {key.lower(): value for key, value in PdfReader(BytesIO(content)).attachments.items()}
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError):
        raise _refused(name, "this PDF cannot be read", _AGAIN) from None
    for wanted in ATTACHED:
        if found.get(wanted):
            return bytes(found[wanted][0])
    raise _refused(name, "this PDF has no invoice in it", "a Factur-X holds one, named factur-x.xml")


def _refused(name: str, message: str, advice: str) -> Refused:
    return Refused(Finding("ACC842", message, Place(name), advice))
