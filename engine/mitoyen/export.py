"""An export made ready: what its format may ask for, looked up when it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from mitoyen import parties, schema, settlement
from mitoyen.billing.deciding import ledger_of
from mitoyen.clock import Month
from mitoyen.contracts import Export, ExportFormat, Finding, Operation
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
        producers=lambda: _producers(here, loaded, months),
        party=lambda who: parties.load(here.safe, who) if here.safe else None,
        options=operation.exports.get(offer.id) or schema.read({}, offer.schema),
        locate=lambda *where: operation.locate("operation.yaml", *path, *where),
    )


def _issued(
    ledger: Ledger, operation: Operation, months: Iterable[Month], first: date, last: date
) -> Iterator[Invoice]:
    """What was issued in those days, of some months or of any; raise Refused where nothing was, or it is gone."""
    names = tuple(map(str, months))
    where, none = operation.locate("operation.yaml"), True
    for entry in ledger.entries(operation=operation.id, months=names):
        if first <= entry.issued <= last:
            invoice, none = ledger.invoice(entry.position), False
            if invoice is None:
                message = (
                    f"what invoice {entry.number} said was forgotten: the register has only its number and amount"
                )
                raise Refused(Finding("ACC532", message, where, "take the file that was exported at the time"))
            yield invoice
    if none:
        what = " to ".join(sorted({names[0], names[-1]})) if names else f"{first} to {last}"
        advice = f"mitoyen issue {operation.id} --month {names[0] if names else 'YYYY-MM'}"
        raise Refused(Finding("ACC531", f"{operation.id} has no issued invoice of {what}", where, advice))


def _producers(here: Workspace, loaded: Loaded, months: Iterable[Month]) -> Iterator[Mapping[str, Any]]:
    for month in months:
        unit = settlement.settle(loaded, month, here.host, here.results, None, here.settings.lang).as_data()
        facts = {name: unit[name] for name in ("month", "revision", "state")}
        yield from ({**one, **facts} for one in unit["members"] if one["role"] == "producer")
