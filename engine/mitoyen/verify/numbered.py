"""The register of invoices: gapless, in order, as it was frozen, adding up, and one with the manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from mitoyen.contracts import Finding, Place
from mitoyen.fingerprint import digest
from mitoyen.invoice import Invoice
from mitoyen.ledger import Entry, Ledger, chained, numbered
from mitoyen.model import Loaded
from mitoyen.quantities import half_up
from mitoyen.repository.trees import shown
from mitoyen.taxes import ZERO
from mitoyen.verify.manifests import FILE
from mitoyen.verify.verified import Verified


@dataclass
class _Series:
    """What the register has shown of one series so far."""

    last: dict[int, int] = field(default_factory=dict)
    """The last ordinal of each year."""
    day: date = date.min


def register(ledger: Ledger, done: Verified) -> None:
    """ACC540 to ACC544: every row of the register, in its order, one at a time."""
    at = Place(str(ledger.path))
    series: dict[tuple[str, str], _Series] = {}
    given: dict[tuple[str, str], Entry] = {}
    chain = ""
    for entry in ledger.entries():
        done.invoices += 1
        done.findings += _numbered(series.setdefault((entry.seller, entry.series), _Series()), entry, at)
        chain = chained(chain, entry.seller, entry.number, entry.digest)
        if chain != entry.chain:
            what = f"{entry.number} is not the row that followed the one before it"
            done.findings.append(Finding("ACC542", what, at, "bring the register back from a backup"))
            chain = entry.chain  # told once
        done.findings += _content(ledger, entry, given, at)
        given[entry.seller, entry.number] = entry
    for (seller, name, year), last in sorted(ledger.counters().items()):
        found = series.get((seller, name), _Series()).last.get(year, 0)
        if found != last:
            message = f"series {name} of {seller} counts {last} invoices in {year}, the register has {found}"
            done.findings.append(Finding("ACC540", message, at, "bring the register back from a backup"))


def recorded(ledger: Ledger, loaded: Loaded, done: Verified) -> None:
    """ACC545: what the register issued of an operation is what its manifests say, byte by byte."""
    known = {unit.path: unit.manifest for unit in ledger.units(loaded.id)}
    for file in sorted(known):
        text = loaded.operation.files.get(file) if loaded.operation else None
        if (text or "").encode() != known[file]:
            what = "is not as it was issued" if text else "was issued and is not there"
            advice = "bring the committed file back" if text else "mitoyen issue writes it again"
            done.findings.append(Finding("ACC545", f"this manifest {what}", Place(shown(loaded.id, file)), advice))
    for file, document in sorted(loaded.documents.items()):
        if FILE.fullmatch(file) and document.value.get("invoices") is not None and file not in known:
            message = "this month was issued, and the register does not know of it"
            advice = "another register, or an older copy of it: bring the newest one back"
            done.findings.append(document.finding("ACC545", message, "invoices", help=advice))


def _numbered(series: _Series, entry: Entry, at: Place) -> Iterator[Finding]:
    """ACC540, ACC541: one more than the last of its year, no earlier than it."""
    expected = series.last.get(entry.year, 0) + 1
    if entry.ordinal != expected or entry.number != numbered(entry.series, entry.year, entry.ordinal):
        wanted = numbered(entry.series, entry.year, expected)
        yield Finding("ACC540", f"{entry.number} of {entry.seller} stands where {wanted} is expected", at)
    if entry.issued < series.day or entry.issued.year != entry.year:
        yield Finding("ACC541", f"{entry.number} is of {entry.issued}, after one of {series.day}", at)
    series.last[entry.year] = entry.ordinal
    series.day = max(series.day, entry.issued)


def _content(ledger: Ledger, entry: Entry, given: dict[tuple[str, str], Entry], at: Place) -> Iterator[Finding]:
    """ACC542 to ACC544: the frozen bytes, what they add up to, what they refer to."""
    content = ledger.content(entry.position)
    if content is None:
        return  # forgotten, once its retention had passed
    if digest(content) != entry.digest:
        yield Finding("ACC542", f"{entry.number} is not as it was frozen", at, "bring the register back")
        return
    for form, sum_, document in ledger.documents(entry.position):
        if digest(document.content) != sum_:
            yield Finding("ACC542", f"{entry.number} as {form} is not as it was frozen", at, "bring it back")
    invoice = ledger.invoice(entry.position)
    assert invoice is not None  # noqa: S101 - its content was read above
    wrong = [] if _stated(invoice) == _of_entry(entry) else ["its row says another thing than its content"]
    for what in [*wrong, *misadded(invoice)]:
        yield Finding(
            "ACC543", f"{entry.number}: {what}", at, "tell whoever keeps mitoyen; correct it by a credit note"
        )
    for cited in invoice.cites:
        other = given.get((invoice.seller_id, cited.number))
        if other is None or other.issued != cited.issued or other.buyer != entry.buyer:
            message = f"{entry.number} refers to {cited.number} of {cited.issued}, which is not there or another's"
            yield Finding("ACC544", message, at)
    if invoice.type == "credit" and not invoice.cites:
        yield Finding("ACC544", f"{entry.number} takes back no invoice", at)


def misadded(invoice: Invoice) -> Iterator[str]:
    """Whatever does not add up in an invoice, computed again from its lines."""
    for number, line in enumerate(invoice.lines, 1):
        if half_up(Fraction(line.quantity) * Fraction(line.price)) != line.amount:
            yield f"line {number}: {line.quantity} x {line.price} is not {line.amount}"
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for line in invoice.lines:
        key = line.category, line.rate
        sums[key] = sums.get(key, ZERO) + line.amount
    if sums != {(tax.category, tax.rate): tax.net for tax in invoice.taxes}:
        yield "its lines are not what its VAT is on"
    for tax in invoice.taxes:
        if half_up(Fraction(tax.net) * Fraction(tax.rate) / 100) != tax.vat:
            yield f"{tax.rate} % of {tax.net} is not {tax.vat}"
    net, vat = sum(sums.values(), ZERO), sum((tax.vat for tax in invoice.taxes), ZERO)
    if (net, vat, net + vat) != (invoice.net, invoice.vat, invoice.gross):
        yield "its totals are not the sum of its lines and VAT"
    if invoice.payable != invoice.gross - invoice.paid:
        yield "what is to be paid is not its total less what was paid"


def _stated(invoice: Invoice) -> tuple[object, ...]:
    return (
        *(invoice.number, invoice.type, invoice.operation, invoice.month, invoice.revision),
        *(invoice.seller_id, invoice.buyer_id, invoice.issued, invoice.net, invoice.vat, invoice.gross),
    )


def _of_entry(entry: Entry) -> tuple[object, ...]:
    return (
        *(entry.number, entry.type, entry.operation, entry.month, entry.revision),
        *(entry.seller, entry.buyer, entry.issued, entry.net, entry.vat, entry.gross),
    )
