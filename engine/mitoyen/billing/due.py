"""What is due, less what was billed: the invoices, credit notes and later lines that make up the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from mitoyen.billing.drafts import mentions, totalled
from mitoyen.invoice import Invoice, InvoiceLine, Reference
from mitoyen.party import Party
from mitoyen.taxes import ZERO

Key = tuple[str, str, str]
"""Buyer, seller, and what: ``charges``, or the ``deposit`` or ``refund`` of one package: ``deposit:2026-01-05``."""

REASONS = {
    "party": ("Le client ou le vendeur était mal désigné", "The customer or the seller was wrongly named"),
    "energy": ("Énergies rectifiées", "Energies were corrected"),
    "price": ("Prix rectifié", "The price was corrected"),
    "gone": ("Plus rien n'est dû pour cette période", "Nothing is due for this period any more"),
}


def key_of(invoice: Invoice) -> Key:
    alone = next((line for line in invoice.lines if line.kind in ("deposit", "refund")), None)
    what = f"{alone.kind}:{alone.bought}" if alone else "charges"
    return invoice.buyer_id, invoice.seller_id, what


@dataclass
class Billed:
    """What the register has asked of one buyer for one seller, for some months."""

    lines: dict[tuple[object, ...], InvoiceLine] = field(default_factory=dict)
    """By what makes two lines one, their quantities and amounts added: credit notes have taken theirs off."""
    invoices: list[Invoice] = field(default_factory=list)
    """Those that no credit note has taken back."""

    def add(self, invoice: Invoice, months: frozenset[str]) -> None:
        mine = [line for line in invoice.lines if line.month in months]
        if not mine:
            return
        self.lines = _summed([*self.lines.values(), *mine])
        # What gives back the rest of a package asks, as far as this goes, and an invoice takes it back.
        refunds = any(line.kind == "refund" for line in mine)
        if invoice.type == ("invoice" if refunds else "credit"):
            cited = {one.number for one in invoice.cites}
            self.invoices = [one for one in self.invoices if one.number not in cited]
        else:
            self.invoices.append(invoice)

    def outstanding(self) -> list[InvoiceLine]:
        return [line for line in self.lines.values() if line.quantity or line.amount]

    @property
    def gross(self) -> Decimal:
        if not self.invoices:
            return ZERO
        return totalled(self.invoices[-1], self.outstanding(), {}).gross


def billed(register: Iterable[Invoice], months: frozenset[str]) -> dict[Key, Billed]:
    """The register's invoices of an operation, added up by buyer and seller for those months."""
    found: dict[Key, Billed] = {}
    for invoice in register:
        found.setdefault(key_of(invoice), Billed()).add(invoice, months)
    return found


def same(before: Billed, now: Invoice | None) -> bool:
    """Whether what was billed is what is due, to the same people."""
    due = _summed(now.lines if now else ())
    owed = {key: (line.quantity, line.amount) for key, line in due.items() if line.quantity or line.amount}
    asked = {_identity(line): (line.quantity, line.amount) for line in before.outstanding()}
    return owed == asked and not wrongly_named(before, now)


def wrongly_named(before: Billed, now: Invoice | None) -> bool:
    """Whether what was billed is to or from somebody else than what is due."""
    return bool(now and before.invoices and _others(before.invoices[-1], now))


def corrections(before: Billed, now: Invoice | None) -> Iterator[Invoice]:
    """All that was billed is taken back, then comes what is due, if anything."""
    if before.invoices and before.outstanding():
        reason = _reason(before, now)
        last = before.invoices[-1]
        yield _taken_back(before, REASONS[reason][last.lang == "en"])
        if now:
            yield replace(now, cites=_references(before.invoices), reason=REASONS[reason][now.lang == "en"])
    elif now:
        yield now


def later(before: Billed, now: Invoice | None, onto: Invoice) -> Invoice:
    """The next invoice with lines that make up for an earlier month: what was billed off, what is due on it.

    Lines that are the same on both sides are not there.
    """
    asked = {_identity(line): line for line in before.outstanding()}
    due = _summed(now.lines if now else ())
    cited = _references(before.invoices)
    changed = []
    for key in [*asked, *(key for key in due if key not in asked)]:
        old, new = asked.get(key), due.get(key)
        if old and new and (old.quantity, old.amount) == (new.quantity, new.amount):
            continue
        changed += [replace(_negative(old), cites=cited[-1])] if old else []
        changed += [replace(new, cites=cited[-1])] if new and (new.quantity or new.amount) else []
    extended = totalled(onto, (*onto.lines, *changed), mentions(*before.invoices, *([now] if now else []), onto))
    return replace(extended, cites=tuple(dict.fromkeys((*onto.cites, *cited))))


def _taken_back(before: Billed, reason: str) -> Invoice:
    """A credit note for all that was billed; an invoice, where that was itself a credit note."""
    last = before.invoices[-1]
    lines = [_negative(line) for line in before.outstanding()]
    taken = replace(
        last,
        number=None,
        type="invoice" if last.type == "credit" else "credit",
        issued=None,
        first=min(line.first for line in lines),
        last=max(line.last for line in lines),
        paid=ZERO,
        due=None,
        cites=_references(before.invoices),
        reason=reason,
        points=(),
        days=(),
        origins=(),
    )
    return totalled(taken, lines, mentions(*before.invoices))


def _reason(before: Billed, now: Invoice | None) -> str:
    if now is None:
        return "gone"
    if wrongly_named(before, now):
        return "party"

    def energies(lines: Iterable[InvoiceLine]) -> dict[tuple[str, str], Decimal]:
        sums: dict[tuple[str, str], Decimal] = {}
        for line in lines:
            if line.unit == "kWh" and line.kind == "sale":
                sums[line.point, line.month] = sums.get((line.point, line.month), Decimal(0)) + line.quantity
        return sums

    return "price" if energies(before.outstanding()) == energies(now.lines) else "energy"


def _others(before: Invoice, now: Invoice) -> bool:
    """Whether they are to or from somebody else: an address that changed makes no invoice wrong."""

    def person(party: Party) -> tuple[object, ...]:
        return party.kind, party.name, party.siren, party.siret, party.vat

    pairs = ((before.buyer, now.buyer), (before.seller, now.seller))
    return any(person(one) != person(other) for one, other in pairs)


def _identity(line: InvoiceLine) -> tuple[object, ...]:
    """What makes two lines one: all but how much, and how it is called in which language."""
    return (
        *(line.kind, line.item, line.point, line.month, line.first, line.last, line.unit, line.price),
        *(line.supply, line.category, line.rate, line.bought),
    )


def _summed(lines: Iterable[InvoiceLine]) -> dict[tuple[object, ...], InvoiceLine]:
    """The lines by what makes two of them one, their quantities and amounts added."""
    sums: dict[tuple[object, ...], InvoiceLine] = {}
    for line in lines:
        key = _identity(line)
        before = sums.get(key)
        if before:
            line = replace(line, quantity=before.quantity + line.quantity, amount=before.amount + line.amount)
        sums[key] = line
    return sums


def _negative(line: InvoiceLine) -> InvoiceLine:
    return replace(line, quantity=-line.quantity, amount=-line.amount)


def _references(invoices: Sequence[Invoice]) -> tuple[Reference, ...]:
    found = (Reference(number=one.number, issued=one.issued) for one in invoices if one.number and one.issued)
    return tuple(found)
