"""Everything that must hold before a month is issued, all of it told at once.

What only a person can judge (filled holes, a change beyond the limits, a difference with the operator) is refused
until somebody accepts it by name: ``mitoyen issue --accept ACC834``, or the plan's ``Accept:`` line in a commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from mitoyen import metering, parties, plan
from mitoyen.billing.drafts import Settled
from mitoyen.billing.terms import Terms
from mitoyen.clock import Month
from mitoyen.contracts import MISSING, Finding, Operation, Place, Safe
from mitoyen.curves import Name
from mitoyen.diagnostics import failed
from mitoyen.invoice import Invoice
from mitoyen.party import Party
from mitoyen.quantities import kwh
from mitoyen.store import Results
from mitoyen.workspace import Workspace

ACCEPTABLE = ("ACC834", "ACC835", "ACC836")
"""What whoever issues may accept."""


def of_month(settled: Settled, day: date, terms: Terms, results: Results) -> Iterator[Finding]:
    """What the month itself lacks."""
    operation, month = settled.operation, settled.month
    if day < month.next.first:
        yield Finding(
            "ACC838",
            f"{month} is not over on {day}: nothing is issued before its last day has passed",
            operation.locate(f"data/{month}.yaml"),
            f"issue it from {month.next.first} on",
        )
    if not operation.sellers:
        yield Finding(
            "ACC830",
            "nobody's VAT regime is written: an invoice says whose it is",
            operation.locate("operation.yaml"),
            f"add sellers: {{{operation.organiser}: {{{operation.opened}: {{vat: …}}}}}} to operation.yaml",
        )
    yield from _unpriced(settled)
    yield from _filled(settled)
    yield from _unlike_operator(settled, terms, results)


def of_invoices(operation: Operation, invoices: Sequence[Invoice], day: date, terms: Terms) -> Iterator[Finding]:
    """What the invoices to be written lack: a series, a mandate to write them."""
    prefixes: dict[str, str] = {}
    for seller in sorted({one.seller_id for one in invoices}):
        place = operation.locate("operation.yaml", "sellers", seller, key=True)
        other = seller != operation.organiser
        series = terms.series_of(seller, operation.organiser)
        if series is None:
            where = f"billing: {{series: {{{seller}: …}}}}" if other else "documents: {…, with: {series: …}}"
            yield Finding("ACC837", f'the invoices of "{seller}" have no series', place, f"write {where}")
        elif prefixes.setdefault(series, seller) != seller:
            yield Finding(
                "ACC837",
                f'"{prefixes[series]}" and "{seller}" would number their invoices alike: {series}',
                place,
                f"give it a series of its own: billing: {{series: {{{seller}: …}}}}",
            )
        signed = terms.mandates.get(seller)
        if other and (signed is None or signed > day):
            yield Finding(
                "ACC833",
                f'"{seller}" has given no mandate for its invoices to be written by {operation.organiser}',
                place,
                f"once it is signed, write billing: {{mandates: {{{seller}: the day it was}}}}",
            )


def of_packages(operation: Operation, missing: Iterable[tuple[str, date]]) -> Iterator[Finding]:
    """What is drawn from a package that nobody invoiced."""
    for buyer, bought in sorted(missing):
        yield Finding(
            "ACC885",
            f"{buyer} draws on the package bought on {bought}, which was not invoiced",
            operation.locate("packages.yaml", buyer, bought.isoformat(), key=True),
            f"issue it first: mitoyen issue {operation.id} --month {bought:%Y-%m} --deposits",
        )


def of_parties(operation: Operation, invoices: Iterable[Invoice], safe: Safe | None) -> Iterator[Finding]:
    """Each party of the invoices looked at once: there, well written, and complete for what it does here."""
    seen: dict[str, Place] = {}
    sellers, owing = set(), set()
    for one in invoices:
        sellers.add(one.seller_id)
        owing |= {one.buyer_id} if any(line.category == "AE" for line in one.lines) else set()
        participants = ("participants.yaml", one.buyer_id) if one.buyer_id in operation.participants else ()
        seen.setdefault(one.buyer_id, operation.locate(*participants) if participants else _payer(operation, one))
        for name in (one.seller_id, one.organiser_id):
            seen.setdefault(name, operation.locate("operation.yaml", "sellers", name, key=True))
    if safe is None:
        place = operation.locate("operation.yaml", "organiser")
        advice = "write vault: {use: plain, with: {folder: …}} in operations/mitoyen.yaml, and fill it in"
        yield Finding("ACC811", "no vault is named: an invoice has names and addresses", place, advice)
        return
    for name, place in sorted(seen.items()):
        yield from _party(safe, name, place, sells=name in sellers, owes=name in owing)


def of_limits(
    here: Workspace, operation: Operation, months: Iterable[Month], base: str | None
) -> Iterator[Finding]:
    """What moves these months beyond the operation's limits since a commit, and that no commit accepts."""
    if base is None or "limits" not in operation.details:
        return
    wanted = {str(month) for month in months}
    made = plan.make(here, base, here.repository.resolve("HEAD"), (operation.id,), *here.executor("serial"))
    for figure in made.beyond:
        month = figure.split()[0].partition("/")[2]
        if month in wanted:
            yield Finding(
                "ACC835",
                f"{figure}: beyond the limits of the operation, and nobody has accepted it",
                operation.locate("operation.yaml", "limits"),
                f'commit with the line "Accept: {figure}", or issue with --accept ACC835',
            )


# --- the month -----------------------------------------------------------------------------------------------


def _unpriced(settled: Settled) -> Iterator[Finding]:
    for member in settled.unit.members:
        if (
            member["role"] == "consumer"
            and member["shared"]
            and not any("tariff" in line for line in member["lines"])
        ):
            yield Finding(
                "ACC831",
                f"{member['id']} received {kwh(member['shared'])} kWh in {settled.month}, and has no price",
                settled.operation.locate("participants.yaml", member["id"], key=True),
                "give it a tariff; what is given away has the rule free",
            )


def _filled(settled: Settled) -> Iterator[Finding]:
    gaps = settled.operation.months[str(settled.month)].get("gaps", {})
    for meter, count in sorted(gaps.get("filled", {}).items()):
        one = f"1 step of {meter} was not measured and stands"
        what = f"{count} steps of {meter} were not measured and stand" if count > 1 else one
        yield Finding(
            "ACC834",
            f"{settled.month}: {what} as {gaps['policy']}",
            settled.operation.locate(f"data/{settled.month}.yaml", "gaps"),
            "fetch the missing data, or issue with --accept ACC834",
        )


def _unlike_operator(settled: Settled, terms: Terms, results: Results) -> Iterator[Finding]:
    """Where the operator has published shares and ours were billed: a member's month that is another."""
    operation, shared = settled.operation, settled.shared
    curves = metering.load(operation, settled.month, results)
    for row, name in enumerate(shared.consumers):
        published = curves.values.get(Name(operation.participants[name].meter, "shared"))
        if published is None:
            continue
        known = published != MISSING
        ours = int(shared.pairs[:, row][:, known].sum())
        theirs = int(published[known].sum())
        if abs(ours - theirs) > terms.tolerance:
            yield Finding(
                "ACC836",
                f"{name}: {kwh(ours)} kWh by our computation, {kwh(theirs)} by the operator's, in {settled.month}",
                operation.locate("participants.yaml", name, key=True),
                "the operator's are what suppliers bill by: use the key `distributor`, find the cause by "
                f"`mitoyen compare {operation.id} --month {settled.month}`, "
                "or issue with --accept ACC836",
            )


# --- people --------------------------------------------------------------------------------------------------


def _payer(operation: Operation, invoice: Invoice) -> Place:
    paid_for = [one.id for one in operation.participants.values() if one.payer == invoice.buyer_id]
    path = (paid_for[0], "payer") if paid_for else ()
    return operation.locate("participants.yaml" if paid_for else "operation.yaml", *path)


def _party(safe: Safe, name: str, place: Place, *, sells: bool, owes: bool) -> Iterator[Finding]:
    found = parties.look(safe, name, place)
    yield from found
    party = None if failed(found) else parties.load(safe, name)
    missing = list(_missing(party, sells=sells, owes=owes)) if party else []
    if missing:
        yield Finding(
            "ACC832",
            f'the party "{name}" lacks what an invoice must have: {", ".join(missing)}',
            Place(safe.where(name)),
            f"mitoyen parties edit {name}",
        )


def _missing(party: Party, *, sells: bool, owes: bool) -> Iterator[str]:
    """The fields that a party of this kind, in this part, cannot do without (CGI, annexe II, 242 nonies A).

    Who owes the VAT of what it buys (``owes``) has a VAT number.
    """
    if sells or party.kind in ("business", "public"):
        yield from (["siren"] if party.siren is None and party.siret is None else [])
    if party.kind == "public" and not sells and party.siret is None:
        yield "siret"
    if owes and party.vat is None:
        yield "vat"
    if sells and party.iban is None:
        yield "iban"
