"""XML, element by element: no tree in memory, no document type, no entity, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from mitoyen.contracts import Place
from mitoyen.host import MissingExtra
from mitoyen_enedis.flux import MARK, READERS, Reader
from mitoyen_enedis.pages import MarkedPage
from mitoyen_enedis.payload import Payload, broken

_BLOCK = 1 << 20
_DEEPEST = 64
_LONGEST = 10_000


class _Handler(ContentHandler):
    """Finds the element that a flow is, and tells its reader of each one from there on."""

    def __init__(self, payload: Payload) -> None:
        super().__init__()
        self.payload = payload
        self.reader: Reader | None = None
        self._texts: list[str] = []
        self._outer: dict[str, str] = {}

    def startElement(self, name: str, attributes: Any) -> None:  # noqa: N802 - as SAX names it
        local = name.rpartition(":")[2]
        self._texts.append("")
        if len(self._texts) > _DEEPEST:
            raise SAXException(f"its elements are nested more than {_DEEPEST} deep")
        if self.reader is None and local in READERS:
            self.reader = READERS[local](self.payload)
            self.reader.said |= self._outer
            self.payload.form = self.reader.form
        if self.reader is not None:
            self.reader.start(local, attributes if attributes else _NONE)

    def characters(self, content: str) -> None:
        if content.isspace():  # what stands between the points of a year is no text
            return
        self._texts[-1] += content
        if len(self._texts[-1]) > _LONGEST:
            raise SAXException(f"an element holds more than {_LONGEST} signs of text")

    def endElement(self, name: str) -> None:  # noqa: N802
        text, local = self._texts.pop().strip(), name.rpartition(":")[2]
        if self.reader is not None:
            self.reader.end(local, text)
        else:
            self._outer[local] = text


_NONE: Mapping[str, str] = {}


def read(content: bytes, name: str) -> Payload:
    """Raise Refused (ACC420) where it is no XML, no flow that is read here, or has what only an attack has."""
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.expatreader import DefusedExpatParser
    except ImportError as error:
        raise MissingExtra("enedis", "defusedxml") from error
    payload = Payload(MarkedPage(name, content, MARK), "")
    handler = _Handler(payload)
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        for start in range(0, len(content), _BLOCK):
            parser.feed(content[start : start + _BLOCK])
        parser.close()
    except DefusedXmlException as attack:
        hint = "no file of Enedis has any; ask where this one comes from"
        raise broken(name, "this XML declares a document type or entities, and is not read", hint) from attack
    except (SAXException, ValueError, LookupError) as wrong:
        place = Place(name, parser.getLineNumber() or 1, (parser.getColumnNumber() or 0) + 1)
        why = wrong.getMessage() if isinstance(wrong, SAXException) else "its encoding is not known"
        raise broken(name, f"this XML is broken or cut off: {why}", "download it again", place) from wrong
    if handler.reader is None:
        raise broken(name, "this XML is of no flow that is read here", "R50, R4x, R15, R151 or an answer of SGE")
    return payload
