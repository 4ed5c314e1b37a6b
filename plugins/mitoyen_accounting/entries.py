"""An issued invoice as an entry of the journal of sales: who owes, what was sold, the VAT; balanced to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused
from mitoyen_accounting.accounts import Account, Accounts, role

if TYPE_CHECKING:
    from mitoyen.invoice import Invoice

ZERO = Decimal("0.00")

WORDS: Mapping[str, str] = {"invoice": "Facture", "deposit": "Facture d'acompte", "credit": "Avoir"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an entry; ``amount`` is a debit, a negative one a credit."""

    account: Account
    amount: Decimal
    member: str = ""
    """The auxiliary account: the buyer's pseudonym, and its name."""
    name: str = ""
    rate: Decimal | None = None

    @property
    def debit(self) -> Decimal:
        return max(self.amount, ZERO)

    @property
    def credit(self) -> Decimal:
        return max(-self.amount, ZERO)


@dataclass(frozen=True, slots=True)
class Entry:
    """The rows of one invoice, which sum to zero."""

    seller: str
    day: date
    piece: str
    label: str
    month: str
    due: date | None
    rows: tuple[Row, ...]


def entry(invoice: Invoice, accounts: Accounts) -> Entry | None:
    """The entry of an issued invoice, None where it moves nothing; raise Refused where it does not balance."""
    assert invoice.number is not None  # noqa: S101 - what is issued has both
    assert invoice.issued is not None  # noqa: S101
    client = Row(accounts.of("client"), invoice.gross, invoice.buyer_id, invoice.buyer.name)
    rows = tuple(row for row in (client, *_sold(invoice, accounts)) if row.amount)
    if off := sum((row.amount for row in rows), ZERO):
        raise Refused(
            Finding(
                "ACC862",
                f"invoice {invoice.number} does not balance: its total is {off} EUR off its lines and their VAT",
                help="`mitoyen verify` says what else does not hold; nothing of these months is exported",
            )
        )
    if not rows:
        return None
    label = f"{WORDS[invoice.type]} {invoice.number}, {invoice.title} {invoice.month}"
    return Entry(invoice.seller_id, invoice.issued, invoice.number, label, invoice.month, invoice.due, rows)


def _sold(invoice: Invoice, accounts: Accounts) -> Iterator[Row]:
    """A row for each account and rate, then the VAT of each rate: credits, but for what is taken back."""
    sums: dict[tuple[Account, Decimal], Decimal] = {}
    for line in invoice.lines:
        if line.amount:
            key = accounts.of(role(line), line.rate), line.rate
            sums[key] = sums.get(key, ZERO) + line.amount
    for (account, rate), amount in sums.items():
        yield Row(account, -amount, rate=rate)
    for tax in invoice.taxes:
        if tax.vat:
            yield Row(accounts.of("vat", tax.rate), -tax.vat, rate=tax.rate)


def by_seller(invoices: Iterable[Invoice], accounts: Accounts) -> dict[str, list[Entry]]:
    """The entries of each seller, by day; those of one day as they come. Of an invoice only its entry is kept."""
    kept: dict[str, list[Entry]] = {}
    for invoice in invoices:
        if made := entry(invoice, accounts):
            kept.setdefault(made.seller, []).append(made)
    return {seller: sorted(entries, key=lambda one: one.day) for seller, entries in sorted(kept.items())}
