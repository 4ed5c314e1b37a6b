"""An issued invoice walked back: each of its lines to the settled line it bills, as it was known then.

A line that takes something back is looked for where it was billed: at the commit of the invoice it refers to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from mitoyen import history
from mitoyen.clock import Month
from mitoyen.contracts import KWH
from mitoyen.diagnostics import UsageError
from mitoyen.explain import Explained
from mitoyen.explain.reasons import Reason
from mitoyen.invoice import InvoiceLine
from mitoyen.ledger import Entry, Ledger
from mitoyen.workspace import Workspace


class Invoiced:
    """Explains one invoice of the register."""

    def __init__(self, here: Workspace, ledger: Ledger, entry: Entry) -> None:
        """Raise UsageError where its content was forgotten."""
        invoice = ledger.invoice(entry.position)
        if invoice is None:
            raise UsageError(f"{entry.number}: its content was taken away once its retention had passed")
        self._here, self._ledger, self.invoice = here, ledger, invoice
        self._month = cache(self._settled)

    def whole(self) -> Reason:
        """The invoice and each of its lines."""
        return self._invoice(tuple(self._line(number) for number in range(1, len(self.invoice.lines) + 1)))

    def line(self, number: int) -> Reason:
        """One line in full; raise UsageError where it has no such line."""
        if number > len(self.invoice.lines):
            raise UsageError(f"{self.invoice.number} has {len(self.invoice.lines)} lines")
        return self._invoice((self._line(number, full=True),))

    def _invoice(self, lines: tuple[Reason, ...]) -> Reason:
        invoice = self.invoice
        value = {
            "number": invoice.number,
            "type": invoice.type,
            "issued": str(invoice.issued),
            "operation": invoice.operation,
            "month": invoice.month,
            "seller": invoice.seller_id,
            "buyer": invoice.buyer_id,
            **{name: str(getattr(invoice, name)) for name in ("net", "vat", "gross")},
        }
        cited = (
            Reason("cites", {"number": one.number, "issued": str(one.issued), "reason": invoice.reason})
            for one in invoice.cites
        )
        return Reason("invoice", value, inputs=(*cited, *lines))

    def _line(self, number: int, *, full: bool = False) -> Reason:
        line = self.invoice.lines[number - 1]
        value = {
            "number": number,
            "label": line.label,
            "point": line.point,
            "from": str(line.first),
            "to": str(line.last + timedelta(days=1)),
            "quantity": str(line.quantity),
            "unit": line.unit,
            "price": str(line.price),
            "amount": str(line.amount),
        }
        for explained in self._places(line):
            found = explained.one_line(line.point, lambda row: _bills(line, row, self.invoice.seller_id), full=full)
            if found:
                return Reason("billed", value, inputs=(found,))
        return Reason("billed", value)

    def _places(self, line: InvoiceLine) -> Iterator[Explained]:
        """Its month as it was settled for this invoice, then as for each that it refers to, newest first."""
        cited = [one.number for one in ([line.cites] if line.cites else self.invoice.cites)]
        wanted = [str(self.invoice.number), *reversed(cited)]
        for number in wanted:
            for entry in self._ledger.entries(operation=self.invoice.operation, number=number):
                if entry.seller == self.invoice.seller_id and (commit := self._commit(entry)):
                    yield self._month(commit, line.month)

    def _commit(self, entry: Entry) -> str | None:
        """The commit whose files an invoice was made from."""
        for unit in self._ledger.units(entry.operation):
            if (unit.month, unit.revision) == (entry.month, entry.revision):
                return unit.commit
        return None

    def _settled(self, commit: str, month: str) -> Explained:
        here = self._here
        tree = here.repository.at(commit)
        name = history.name_in(here, self.invoice.operation, tree)
        loaded, _operation = here.sound(name, tree)
        past = history.read(here, name, commit, working=False)
        return Explained.of(here, loaded, Month.parse(month), past, self.invoice.lang)


def _bills(line: InvoiceLine, row: Mapping[str, Any], seller: str) -> bool:
    """Whether an invoice's line is that settled line, billed or taken back."""
    whole = row["unit"] == "kWh"
    same = (
        row.get("seller") == seller
        and row["item"] == line.item
        and row["from"] == str(line.first)
        and row["to"] == str(line.last + timedelta(days=1))
        and row["amount"].lstrip("-") == str(abs(line.amount))
    )
    return same and (not whole or abs(row["quantity"]) == abs(int(line.quantity * KWH)))


def found(ledger: Ledger, number: str, seller: str | None = None) -> Entry:
    """The invoice of that number; raise UsageError on none, and on several sellers'."""
    entries = [one for one in ledger.entries(number=number) if seller in (None, one.seller)]
    if not entries:
        raise UsageError(f"no operation and no invoice is named {number}")
    if len(entries) > 1:
        sellers = ", ".join(one.seller for one in entries)
        raise UsageError(f"{number} is a number of several sellers ({sellers}): add --seller ID")
    return entries[0]
