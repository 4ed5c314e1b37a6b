"""What is to be debited: issued invoices, less what credit notes took back before the day, or after it.

An invoice that is taken back before its day is not collected. One that is taken back later was collected already,
and that counts for the invoice in its place. So the claims of past days stay what they were when the bank got them,
and nobody is debited twice for one month. What remains of a credit note is to be paid back by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from mitoyen_sepa.calendar import open_from

if TYPE_CHECKING:
    from mitoyen.invoice import Invoice

Key = tuple[str, str]
"""Seller, number."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one invoice asks of one account."""

    seller: str
    buyer: str
    number: str
    issued: date
    cites: frozenset[str]
    """The invoices that it replaces."""
    day: date
    """Of the collection."""
    cents: int
    words: str
    covered: int = 0
    """Cents that were collected for an invoice which this one replaces."""

    @property
    def key(self) -> Key:
        return self.seller, self.number

    def less(self, cents: int, covered: int = 0) -> Claim:
        """So much less to collect, so much more or less of it covered."""
        return replace(self, cents=self.cents - cents, covered=self.covered + covered)


@dataclass(frozen=True, slots=True, order=True)
class _Back:
    """What a credit note takes back."""

    issued: date
    seller: str
    number: str
    cites: tuple[str, ...]
    cents: int


def outstanding(invoices: Iterable[Invoice], days: int) -> Iterator[Claim]:
    """The claims of the invoices that are paid by direct debit, ``days`` after they were announced at the least."""
    claims: dict[Key, Claim] = {}
    backs: list[_Back] = []
    for invoice in invoices:
        number, issued = invoice.number or "", invoice.issued or date.min  # what is issued has both
        if invoice.type == "credit":
            backs.append(_Back(issued, invoice.seller_id, number, _replaced(invoice), -_cents(invoice.payable)))
        elif invoice.means == "direct-debit" and invoice.payable > 0:
            told = issued + timedelta(days=days)
            claims[invoice.seller_id, number] = Claim(
                seller=invoice.seller_id,
                buyer=invoice.buyer_id,
                number=number,
                issued=issued,
                cites=frozenset(_replaced(invoice)),
                day=open_from(max(told, invoice.due or told)),
                cents=_cents(invoice.payable),
                words=f"{invoice.title} {invoice.month} {number}",
            )
    for back in sorted(backs):
        _cover(claims, back, _take_back(claims, back))
    yield from (claim for claim in claims.values() if claim.cents > 0)


def _replaced(invoice: Invoice) -> tuple[str, ...]:
    """The invoices that it takes back, or stands for: what it cites, but the deposits that it only draws on."""
    drawn = {line.cites.number for line in invoice.lines if line.kind == "drawn" and line.cites}
    return tuple(one.number for one in invoice.cites if one.number not in drawn)


def _take_back(claims: dict[Key, Claim], back: _Back) -> int:
    """Take a credit note off what it cites; the cents of it that were collected by then."""
    left, collected = back.cents, 0
    for number in back.cites:
        claim = claims.get((back.seller, number))
        if claim is None:
            continue
        taken = min(left, claim.cents + claim.covered)
        left -= taken
        if back.issued < claim.day:
            cancelled = min(taken, claim.cents)
            claims[claim.key] = claim.less(cancelled, cancelled - taken)
            taken -= cancelled
        collected += taken
    return collected


def _cover(claims: dict[Key, Claim], back: _Back, collected: int) -> None:
    """Count what was collected for the invoices that replace what was taken back."""
    for claim in list(claims.values()):
        if claim.seller == back.seller and claim.cites == set(back.cites) and claim.issued >= back.issued:
            covered = min(collected, claim.cents)
            claims[claim.key] = claim.less(covered, covered)
            collected -= covered


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))
