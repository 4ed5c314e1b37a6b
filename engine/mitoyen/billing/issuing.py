"""A month issued: numbers, bytes and manifest are one act."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mitoyen import settlement, written
from mitoyen.billing import closing
from mitoyen.billing.deciding import Decided, ledger_of
from mitoyen.billing.deposits import Deposits
from mitoyen.billing.drafts import Settled
from mitoyen.billing.due import Key
from mitoyen.billing.rendered import rendered
from mitoyen.billing.terms import Terms
from mitoyen.contracts import Finding, InvoiceFormat, Operation, Place
from mitoyen.diagnostics import Refused, UsageError, failed
from mitoyen.fingerprint import digest
from mitoyen.invoice import Invoice
from mitoyen.ledger import Book, Chronology, IssuedUnit, Ledger
from mitoyen.taxes import ZERO
from mitoyen.workspace import Workspace

Advance = Callable[[], None]


def finish(here: Workspace, name: str) -> None:
    """Write the manifests that the register has and the folder has not: a run died between the two.

    Raise Refused where the folder has another one for a revision that was issued.
    """
    for unit in ledger_of(here).units(name):
        path = here.repository.folder / name / unit.path
        there = path.read_bytes() if path.exists() else None
        if there == unit.manifest:
            continue
        if there is not None and re.search(rb"^state: *issued", there, re.MULTILINE):
            raise Refused(
                Finding(
                    "ACC884",
                    f"this manifest is not the one that was issued on {unit.issued}",
                    Place(str(path.relative_to(here.repository.root))),
                    "bring the committed file back (git checkout); what was issued is corrected by a new revision",
                )
            )
        written.write_whole(path, unit.manifest)


def issue(
    here: Workspace,
    decided: Decided,
    day: date,
    accepted: Sequence[str],
    advance: Advance = lambda: None,
) -> list[IssuedUnit]:
    """Number, render and freeze what was decided, and write the manifests. Nothing at all where anything fails."""
    ledger, operation = ledger_of(here), decided.operation
    terms = Terms.of(operation)
    fresh = [one for one in decided.months if _moves(decided, one)]
    if not fresh and not decided.invoices:
        return []
    formats = [
        one for name in operation.formats for one in here.host.writers(name) if isinstance(one, InvoiceFormat)
    ]
    units: list[IssuedUnit] = []
    try:
        with ledger.adding() as book:
            if book.last(operation.id) != decided.last:
                raise UsageError(f"{operation.id} was issued from elsewhere meanwhile: look, and issue again")
            deposits = Deposits(ledger, operation.id)
            rows, refused = [], list[Finding]()
            net, vat = ZERO, ZERO
            for draft in decided.invoices:
                series = terms.series_of(draft.seller_id, operation.organiser)
                assert series is not None  # noqa: S101 - the closing checks refuse a seller without one
                invoice = _numbered(book, deposits.cited(draft), series, day, terms.due)
                if invoice.type == "deposit":
                    deposits.add(invoice)
                try:
                    written_in = rendered(operation, invoice, formats)
                    documents = {(one.id, one.version): document for one, document in written_in}
                except Refused as lacking:  # what the others lack is told with it
                    refused += lacking.findings
                    continue
                sealed = book.freeze(invoice, series, documents)
                rows.append(
                    {"seller": invoice.seller_id, "number": invoice.number, "type": invoice.type, "digest": sealed}
                )
                net, vat = net + invoice.net, vat + invoice.vat
                advance()
            if refused:
                raise Refused(*refused)
            before = ledger.units(operation.id)
            previous = digest(before[-1].manifest) if before else None
            for one in fresh:
                last = _last(decided, one)
                unit = _closed(
                    decided,
                    one,
                    day,
                    previous=previous,
                    rows=[*_ahead(book, one), *(rows if last else [])],
                    total=(net, vat) if last else (ZERO, ZERO),
                    accepted=accepted,
                    deferred=decided.deferred if last else (),
                )
                book.close(unit)
                previous = digest(unit.manifest)
                units.append(unit)
    except Chronology as wrong:
        raise Refused(_out_of_order(operation, wrong, day)) from wrong
    for unit in units:
        written.write_whole(here.repository.folder / operation.id / unit.path, unit.manifest)
    return units


def _numbered(book: Book, draft: Invoice, series: str, day: date, days: int) -> Invoice:
    payable = draft.type != "credit" and draft.payable > 0
    return replace(
        draft,
        number=book.number(draft.seller_id, series, day),
        issued=day,
        due=day + timedelta(days=days) if payable else None,
    )


def _moves(decided: Decided, one: Settled) -> bool:
    """Whether a month gets a revision: it was not issued as it is, or invoices are to be written with it."""
    return one.unit.state == "draft" or (bool(decided.invoices) and _last(decided, one))


def _ahead(book: Book, one: Settled) -> list[dict[str, str]]:
    """The deposits of the month that were issued before it, in its first manifest."""
    return book.sealed_ahead(one.operation.id, str(one.month)) if one.unit.revision == 1 else []


def _last(decided: Decided, one: Settled) -> bool:
    return one is decided.months[-1]


def _closed(
    decided: Decided,
    one: Settled,
    day: date,
    *,
    previous: str | None,
    rows: list[dict[str, Any]],
    total: tuple[Decimal, Decimal],
    accepted: Sequence[str],
    deferred: Iterable[Key],
) -> IssuedUnit:
    """The unit with its manifest, as it goes into the register and into git."""
    base = one.unit.manifest or decided.loaded.manifests[str(one.month)][one.unit.revision].value
    revision = one.unit.revision + (one.unit.state != "draft")
    head = {
        "operation": decided.operation.id,
        "month": str(one.month),
        "revision": revision,
        **({"replaces": revision - 1} if revision > 1 else {}),
        "state": "issued",
        "issued": day.isoformat(),
        **({"previous": previous} if previous else {}),
    }
    net, vat = total
    tail = {
        "billed": {"net": str(net), "vat": str(vat), "gross": str(net + vat)},
        "invoices": rows,
        **({"accepted": sorted(accepted)} if accepted else {}),
    }
    rest = {name: value for name, value in base.items() if name not in {*head, *tail, "replaces", "previous"}}
    return IssuedUnit(
        operation=decided.operation.id,
        month=str(one.month),
        revision=revision,
        issued=day,
        path=f"settlements/{one.month}.{revision}.yaml",
        manifest=written.yaml({**head, **rest, **tail}, settlement.SCHEMA),
        deferred=tuple(" ".join(key) for key in deferred),
    )


_NUMBER = re.compile(r"seller: '?(.+?)'?\n +number: ([A-Za-z0-9]+)-(\d+)$", re.MULTILINE)
"""A row of a manifest, as we write them."""


def not_behind(here: Workspace, ledger: Ledger) -> None:
    """Raise Refused where git knows of a number that the register does not: an old copy would give it again.

    Reads every manifest of the federation, which shares its series: once a run, before the first number.
    """
    known = {(seller, f"{series}{year}"): last for (seller, series, year), last in ledger.counters().items()}
    for path in sorted(here.repository.folder.glob("*/settlements/*.yaml")):
        for seller, series, ordinal in _NUMBER.findall(path.read_text(encoding="utf-8")):
            if int(ordinal) > known.get((seller, series), 0):
                raise Refused(
                    Finding(
                        "ACC882",
                        f"{series}-{ordinal} was issued, and the register in {ledger.folder} does not have it",
                        Place(str(path.relative_to(here.repository.root))),
                        "it is another register, or an older copy of it: bring the newest one back",
                    )
                )


def _out_of_order(operation: Operation, wrong: Chronology, day: date) -> Finding:
    return Finding(
        "ACC838",
        f"the last invoice of series {wrong.series} is of {wrong.last}: the next one cannot be of {day}",
        operation.locate("operation.yaml", "sellers", wrong.seller, key=True),
        f"numbers follow the days: issue with --date {wrong.last} or later",
    )


def refuse(findings: Iterable[Finding], accepted: Sequence[str]) -> list[Finding]:
    """Raise Refused with what stands against issuing; give back what is only told."""
    unknown = sorted(set(accepted) - set(closing.ACCEPTABLE))
    if unknown:
        raise UsageError(f"{', '.join(unknown)} cannot be accepted, only {', '.join(closing.ACCEPTABLE)}")
    told = [replace(one, severity="warning") if one.code in accepted else one for one in findings]
    if failed(told):
        raise Refused(*told)
    return told
