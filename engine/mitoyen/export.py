"""An export made ready: what its format may ask for, looked up when it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import chain as joined
from typing import Any

from mitoyen import located, parties, schema, settlement, sharing
from mitoyen.billing.deciding import ledger_of
from mitoyen.chain import Chain
from mitoyen.clock import Month
from mitoyen.contracts import Allocated, Export, ExportFormat, Finding, Operation
from mitoyen.diagnostics import Refused, failed
from mitoyen.invoice import Invoice
from mitoyen.ledger import Ledger
from mitoyen.model import Loaded
from mitoyen.workspace import Workspace


def ready(here: Workspace, name: str, offer: ExportFormat, months: tuple[Month, ...]) -> Export:
    """What the format receives; raise Refused where the operation or the format's options do not hold."""
    loaded, operation = here.sound(name)
    document, path = loaded.documents["operation.yaml"], ("exports", offer.id)
    if failed(found := schema.validate(document, offer.schema, path)):  # of a format that is not named there, too
        raise Refused(*found)
    return Export(
        operation=operation,
        months=months,
        invoices=lambda: _issued(ledger_of(here), operation, months, date.min, date.max),
        issued=lambda first, last: _issued(ledger_of(here), operation, (), first, last),
        producers=lambda: joined.from_iterable(_producers(here, loaded, operation, one) for one in months),
        party=lambda who: parties.load(here.safe, who) if here.safe else None,
        options=operation.exports.get(offer.id) or schema.read({}, offer.schema),
        locate=lambda *where: operation.locate("operation.yaml", *path, *where),
        allocated=lambda: _allocated(here, operation, months),
        numbers=lambda: parties.meters(operation.participants.values(), here.safe) if here.safe else {},
    )


def _allocated(here: Workspace, operation: Operation, months: Iterable[Month]) -> Iterator[Allocated]:
    chain = Chain(operation, here.host, here.results)
    for month in months:
        one, binding = chain.shared(month), sharing.binding(operation, month, here.host)
        yield Allocated(
            month, one.clock, one.producers, one.consumers, one.produced, one.consumed, one.pairs, binding
        )


def _issued(
    ledger: Ledger, operation: Operation, months: Iterable[Month], first: date, last: date
) -> Iterator[Invoice]:
    """What was issued in those days, of some months or of any; raise Refused where nothing was, or it is gone."""
    names, none = tuple(map(str, months)), True
    for entry in ledger.entries(operation=operation.id, months=names):
        if first <= entry.issued <= last:
            invoice, none = ledger.invoice(entry.position), False
            if invoice is None:
                message = f"what invoice {entry.number} said was forgotten: its number and amount are all there is"
                advice = "take the file that was exported at the time"
                raise Refused(Finding("ACC532", message, operation.locate("operation.yaml"), advice))
            yield invoice
    if none:
        what = " to ".join(sorted({names[0], names[-1]})) if names else f"{first} to {last}"
        raise _unissued(operation, what, names[0] if names else "YYYY-MM")


def _unissued(operation: Operation, what: str, month: str) -> Refused:
    advice = f"mitoyen issue {operation.id} --month {month}"
    message = f"{operation.id} has no issued invoice of {what}"
    return Refused(Finding("ACC531", message, operation.locate("operation.yaml"), advice))


def _producers(here: Workspace, loaded: Loaded, operation: Operation, month: Month) -> Iterator[Mapping[str, Any]]:
    """The producers of each issued revision of a month; raise Refused where there is none, or it is gone."""
    units = [one for one in ledger_of(here).units(operation.id) if one.month == str(month)]
    if not units:
        raise _unissued(operation, str(month), str(month))
    now = settlement.settle(loaded, month, here.host, here.results, None, here.settings.lang)
    for unit in units:
        manifest = located.parse(unit.manifest, unit.path).value
        if now.result != manifest["result"]:
            kept = here.results.kept("pricing", manifest["fingerprint"]["pricing"])
            if kept is None:
                message = f"the store has lost what producers earned by revision {unit.revision} of {month}"
                place = operation.locate(unit.path)
                raise Refused(Finding("ACC534", message, place, "bring the store back from a backup"))
            then = replace(now, members=tuple(kept["members"]))
        else:
            then = now
        facts = {"month": unit.month, "revision": unit.revision, "issued": unit.issued}
        yield from ({**one, **facts} for one in then.as_data()["members"] if one["role"] == "producer")
