"""A message as a bank reads it: valid by its XSD or not at all, then the places it looks at."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import files
from xml.etree import ElementTree

import xmlschema

from mitoyen.contracts import Document


@cache
def schema(version: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / f"{version}.xsd"))


class Message:
    """Raises where the file is not valid by the official XSD of the version it names."""

    def __init__(self, document: Document) -> None:
        self.root = ElementTree.fromstring(document.content)  # noqa: S314 - it is ours
        space = self.root.tag[1:].partition("}")[0]
        self.version = space.rpartition(":")[2]
        self._space = {"": space}
        schema(self.version).validate(document.content.decode())

    def texts(self, path: str) -> list[str]:
        """What stands at each such place: ``texts("GrpHdr/MsgId")``."""
        return [one.text or "" for one in self.root.findall(f".//{path}", self._space)]

    def amounts(self) -> list[Decimal]:
        assert {one.get("Ccy") for one in self.root.findall(".//InstdAmt", self._space)} == {"EUR"}
        return [Decimal(text) for text in self.texts("InstdAmt")]

    def sums_hold(self) -> bool:
        """Whether the totals of the header and of the batches are those of the payments."""
        total, count = sum(self.amounts()), len(self.amounts())
        header = (self.texts("GrpHdr/CtrlSum"), self.texts("GrpHdr/NbOfTxs"))
        batches = (sum(map(Decimal, self.texts("PmtInf/CtrlSum"))), sum(map(int, self.texts("PmtInf/NbOfTxs"))))
        return ([*map(Decimal, header[0])], header[1]) == ([total], [str(count)]) and batches == (total, count)
