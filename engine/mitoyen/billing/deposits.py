"""Which deposit invoice a package was paid by, so that what is drawn from it can say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from mitoyen.invoice import Invoice, InvoiceLine, Reference
from mitoyen.ledger import Ledger

DRAWS = ("drawn", "refund")


class Deposits:
    """The packages of an operation that were invoiced, those of the run that is issuing too."""

    def __init__(self, ledger: Ledger, operation: str) -> None:
        self._known: dict[tuple[str, str, date], Reference] = {}
        for invoice in ledger.invoices(operation=operation, kind="deposit"):
            self.add(invoice)

    def add(self, invoice: Invoice) -> None:
        """A deposit invoice that has its number; of two for one package, the later one was not taken back."""
        assert invoice.number is not None  # noqa: S101
        assert invoice.issued is not None  # noqa: S101
        for line in invoice.lines:
            if line.kind == "deposit" and line.bought and line.quantity > 0:
                key = invoice.buyer_id, invoice.seller_id, line.bought
                self._known[key] = Reference(number=invoice.number, issued=invoice.issued)

    def cited(self, invoice: Invoice) -> Invoice:
        """The invoice, each line that draws on a package with the deposit it was paid by."""
        lines = tuple(
            replace(line, cites=self._of(invoice, line)) if line.kind in DRAWS and line.cites is None else line
            for line in invoice.lines
        )
        drawn = dict.fromkeys(line.cites for line in lines if line.kind in DRAWS and line.cites)
        return replace(invoice, lines=lines, cites=tuple(dict.fromkeys((*invoice.cites, *drawn))))

    def missing(self, invoices: Iterable[Invoice]) -> set[tuple[str, date]]:
        """(buyer, day) of each package that is drawn on and that neither the register nor these invoices have."""
        invoices = list(invoices)
        known = {*self._known}
        for one in invoices:
            bought = {line.bought for line in one.lines if line.kind == "deposit" and line.bought}
            known |= {(one.buyer_id, one.seller_id, day) for day in bought}
        return {
            (one.buyer_id, line.bought)
            for one in invoices
            for line in one.lines
            if line.kind in DRAWS and line.bought and (one.buyer_id, one.seller_id, line.bought) not in known
        }

    def _of(self, invoice: Invoice, line: InvoiceLine) -> Reference | None:
        return self._known.get((invoice.buyer_id, invoice.seller_id, line.bought)) if line.bought else None
