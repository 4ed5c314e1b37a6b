"""An export made ready: what its format may ask for, looked up when it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from mitoyen import parties, schema, settlement
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
        invoices=lambda: _issued(here.ledger, operation, months, date.min, date.max),
        issued=lambda first, last: _issued(here.ledger, operation, (), first, last),
        producers=lambda: _producers(here, loaded, months),
        party=lambda who: parties.load(here.safe, who) if here.safe else None,
        options=operation.exports.get(offer.id) or schema.read({}, offer.schema),
        locate=lambda *where: operation.locate("operation.yaml", *path, *where),
    )


def _issued(
    ledger: Ledger, operation: Operation, months: Iterable[Month], first: date, last: date
) -> Iterator[Invoice]:
    """What was issued in those days, of some months or of any. Raise Refused where nothing was, or not all is
    there."""
    asked: dict[str, Any] = {"operation": operation.id, "months": tuple(map(str, months))}
    left = sum(1 for entry in ledger.entries(**asked) if first <= entry.issued <= last)
    if not left:
        what = " to ".join(sorted({asked["months"][0], asked["months"][-1]})) if months else f"{first} to {last}"
        raise Refused(
            Finding(
                "ACC531",
                f"{operation.id} has no invoice of {what}",
                operation.locate("operation.yaml"),
                f"mitoyen issue {operation.id} --month YYYY-MM",
            )
        )
    for invoice in ledger.invoices(**asked):
        assert invoice.issued is not None  # noqa: S101 - the register holds nothing else
        if first <= invoice.issued <= last:
            left -= 1
            yield invoice
    if left:
        raise Refused(
            Finding(
                "ACC532",
                f"{left} invoice(s) of {operation.id} were forgotten: their numbers are there, not what they said",
                operation.locate("operation.yaml"),
                "export what was issued since, or take the file that was exported then",
            )
        )


def _producers(here: Workspace, loaded: Loaded, months: Iterable[Month]) -> Iterator[Mapping[str, Any]]:
    for month in months:
        unit = settlement.settle(loaded, month, here.host, here.results, None, here.settings.lang).as_data()
        facts = {name: unit[name] for name in ("month", "revision", "state")}
        yield from ({**one, **facts} for one in unit["members"] if one["role"] == "producer")
