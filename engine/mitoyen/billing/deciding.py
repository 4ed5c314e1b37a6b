"""What a month asks of whom: what is due, less what was billed, and everything that stands against issuing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import cast

from mitoyen import parties, settlement
from mitoyen.billing import closing, due
from mitoyen.billing.deposits import Deposits
from mitoyen.billing.drafts import Lang, Settled, deposits, drafts, merged
from mitoyen.billing.due import Billed, Key
from mitoyen.billing.terms import Terms
from mitoyen.chain import Chain
from mitoyen.clock import Month
from mitoyen.contracts import Finding, InvoiceLaw, Note, Operation
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.invoice import Invoice
from mitoyen.ledger import Ledger
from mitoyen.model import Loaded
from mitoyen.party import Party
from mitoyen.taxes import ZERO
from mitoyen.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Decided:
    """What will be written for an operation's month, before it has numbers."""

    loaded: Loaded
    operation: Operation
    months: tuple[Settled, ...]
    """Those billed together, the last one gives the invoices their month."""
    invoices: tuple[Invoice, ...]
    deferred: tuple[Key, ...]
    """Whose small difference waits for their next invoice."""
    findings: tuple[Finding, ...]
    last: int
    """The operation's last row of the register when it was decided: none may come between."""


def ledger_of(here: Workspace) -> Ledger:
    """The register; raise UsageError where the federation names none."""
    if here.ledger is None:
        raise UsageError(
            "no register of invoices is named: write ledger: {folder: ~/mitoyen/register} in "
            "operations/mitoyen.yaml, with a folder outside git, kept and backed up for ten years"
        )
    return here.ledger


def decide(here: Workspace, name: str, month: Month, day: date) -> Decided:
    """What is due for a month, and all that stands against issuing it. Raise Refused where it cannot be said."""
    commit = here.repository.commits([name])[name]
    loaded, operation = here.sound(name)
    if commit is None:
        raise UsageError(f"commit the files of {name} first: what is issued names the commit it was made from")
    if month.next.first <= operation.opened:
        raise UsageError(f"{name} opened on {operation.opened}: there is nothing to issue for {month}")
    terms = Terms.of(operation)
    if not terms.closes(month):
        raise UsageError(f"{name} is billed by {terms.every}: issue the last month of one, {month} is not")
    ledger, lang = ledger_of(here), cast(Lang, here.settings.lang)
    last_row, people, law = ledger.last(name), People(here), _law(here, operation)
    chain = Chain(operation, here.host, here.results)
    months = tuple(_settled(here, loaded, chain, one, commit) for one in _billable(operation, terms, month))
    now = _due(months, people, lang)
    scope = frozenset(str(one.month) for one in months)
    before = due.billed(ledger.invoices(operation=name, since=min(scope)), scope)
    invoices: dict[Key, list[Invoice]] = {}
    deferred = []
    findings: list[Finding] = []
    for key in {*now, *before}:
        old, new = before.get(key, Billed()), now.get(key)
        if due.same(old, new) or (not old.invoices and not _asks(new)):
            continue
        if old.invoices and _small(old, new, terms.below) and not due.wrongly_named(old, new):
            deferred.append(key)
            continue
        if late := _too_late(law, operation, old, new, month, day):
            findings.append(late)
            continue
        invoices[key] = list(due.corrections(old, new))
    _make_up(here, loaded, chain, months, invoices, people, lang)
    last = months[-1].unit
    planned = [
        replace(
            one,
            month=str(month),
            revision=last.revision + (last.state != "draft"),
            notes=_notes(law, one, day),
        )
        for _key, some in sorted(invoices.items(), key=lambda item: _by_seller(item[0]))
        for one in some
    ]
    for one in months:
        findings += closing.of_month(one, day, terms, here.results)
    findings += closing.of_invoices(operation, planned, day, terms)
    findings += closing.of_packages(operation, Deposits(ledger, name).missing(planned))
    findings += closing.of_parties(operation, planned, here.safe)
    findings += closing.of_limits(here, operation, [one.month for one in months], _issued_from(ledger, name, scope))
    return Decided(loaded, operation, months, tuple(planned), tuple(sorted(deferred)), tuple(findings), last_row)


def ahead(here: Workspace, name: str, month: Month, day: date) -> Decided:
    """The packages bought in a month, invoiced before it is measured, less those that were."""
    loaded, operation = here.sound(name)
    ledger, lang, people = ledger_of(here), cast(Lang, here.settings.lang), People(here)
    last_row, law = ledger.last(name), _law(here, operation)
    before = due.billed(ledger.invoices(operation=name, since=str(month)), frozenset({str(month)}))
    planned = [
        replace(one, notes=_notes(law, one, day))
        for one in deposits(operation, month, here.host, people, lang)
        if one.type == "deposit" and due.key_of(one) not in before and one.first <= day
    ]
    findings = [
        *closing.of_invoices(operation, planned, day, Terms.of(operation)),
        *closing.of_parties(operation, planned, here.safe),
    ]
    return Decided(loaded, operation, (), tuple(planned), (), tuple(findings), last_row)


def _by_seller(key: Key) -> tuple[str, str, bool, str]:
    """A deposit before what draws on it; numbers are given in this order, so that it leaves nothing open."""
    buyer, seller, kind = key
    return seller, buyer, not kind.startswith("deposit"), kind


class People:
    """The parties of one run, each read once; a stand-in for who is missing, which the closing checks tell."""

    def __init__(self, here: Workspace) -> None:
        self._safe = here.safe
        self._known: dict[str, Party] = {}

    def __call__(self, name: str) -> Party:
        if name not in self._known:
            try:
                found = parties.load(self._safe, name) if self._safe else None
            except Refused:
                found = None
            self._known[name] = found or parties.unknown(name)
        return self._known[name]


def _settled(here: Workspace, loaded: Loaded, chain: Chain, month: Month, commit: str | None) -> Settled:
    unit = settlement.settle(loaded, month, here.host, here.results, commit, here.settings.lang, chain)
    return Settled(chain.operation, month, unit, chain.shared(month))


def _billable(operation: Operation, terms: Terms, month: Month) -> Iterator[Month]:
    """The months of the period from when the operation opened; a hole in them is told by who settles."""
    opened = Month(operation.opened.year, operation.opened.month)
    yield from (one for one in terms.period(month) if one >= opened)


def _due(months: Sequence[Settled], people: Callable[[str], Party], lang: Lang) -> dict[Key, Invoice]:
    parts: dict[Key, list[Invoice]] = {}
    for one in months:
        for draft in drafts(one, people, lang):
            parts.setdefault(due.key_of(draft), []).append(draft)
    return {key: merged(some) for key, some in parts.items()}


def _asks(invoice: Invoice | None) -> bool:
    """Whether it asks for anything, now or by taking from what was paid before."""
    return invoice is not None and any(line.amount for line in invoice.lines)


def _small(old: Billed, new: Invoice | None, below: Decimal) -> bool:
    return abs((new.gross if new else ZERO) - old.gross) < below


def _too_late(
    law: InvoiceLaw | None, operation: Operation, old: Billed, new: Invoice | None, month: Month, day: date
) -> Finding | None:
    """A warning where the law does not let more be asked for a month that long ago."""
    if law is None or new is None or new.gross <= old.gross:
        return None
    months = law.horizon(new.buyer.kind, day)
    passed = (day.year - month.year) * 12 + day.month - month.number - 1
    if months is None or passed < months:
        return None
    return Finding(
        "ACC839",
        f"{new.buyer_id}: {new.gross - old.gross} EUR more for {month} are not asked for, after {months} months",
        operation.locate(f"data/{month}.yaml"),
        f"a {new.buyer.kind} may be asked for {months} months back; what is in its favour is still given back",
        severity="warning",
    )


def _make_up(
    here: Workspace,
    loaded: Loaded,
    chain: Chain,
    months: Sequence[Settled],
    invoices: dict[Key, list[Invoice]],
    people: Callable[[str], Party],
    lang: Lang,
) -> None:
    """Put the small differences of earlier months on the invoices of this one."""
    ledger, operation, scope = ledger_of(here), chain.operation, {str(one.month) for one in months}
    waiting: dict[str, set[Key]] = {}
    for unit in ledger.units(operation.id):
        keys = {cast(Key, tuple(key.split(" "))) for key in unit.deferred}
        waiting[unit.month] = keys  # the last revision of a month says what still waits
    for name in sorted(name for name, keys in waiting.items() if keys and name not in scope):
        earlier = _settled(here, loaded, chain, Month.parse(name), None)
        now = _due([earlier], people, lang)
        before = due.billed(ledger.invoices(operation=operation.id, since=name), frozenset({name}))
        for key in sorted(waiting[name]):
            old, new = before.get(key, Billed()), now.get(key)
            onto = invoices.get(key)
            if due.same(old, new):
                continue
            if onto and onto[-1].type != "credit":
                onto[-1] = due.later(old, new, onto[-1])
            elif not _stays(operation, key[0], months[-1].month):  # no next invoice to wait for
                invoices[key] = [*(onto or ()), *due.corrections(old, new)]


def _stays(operation: Operation, buyer: str, month: Month) -> bool:
    """Whether somebody whose energy that buyer pays is still in the operation after a month."""
    mine = (one for one in operation.participants.values() if buyer in (one.id, one.payer))
    return any(one.to is None or one.to > month.next.first for one in mine)


def _law(here: Workspace, operation: Operation) -> InvoiceLaw | None:
    return next((one for one in here.host.all(InvoiceLaw) if one.law == operation.law), None)


def _notes(law: InvoiceLaw | None, invoice: Invoice, day: date) -> tuple[Note, ...]:
    return tuple(law.notes(invoice.buyer.kind, invoice.lang, day)) if law else ()


def _issued_from(ledger: Ledger, name: str, scope: Iterable[str]) -> str | None:
    """The commit that the last issue of these months was made from, else that of the operation's last."""
    units = ledger.units(name)
    mine = [unit for unit in units if unit.month in scope] or units
    return mine[-1].commit if mine else None
