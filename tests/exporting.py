"""What an export format receives, in tests: some invoices, an operation of three lines, a vault of a few people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from mitoyen import schema
from mitoyen.clock import Month
from mitoyen.contracts import Allocated, Document, Export, ExportFormat, Operation, Participant, Place
from mitoyen.invoice import Invoice
from mitoyen.party import Party

PARTICIPANTS = {
    "p-ecole": Participant("p-ecole", "producer", "mtr-90", date(2026, 1, 1), None),
    "p-ferme": Participant("p-ferme", "producer", "mtr-91", date(2026, 1, 1), None, seller="ferme"),
    "m-3fk2": Participant("m-3fk2", "consumer", "mtr-01", date(2026, 1, 1), None, tariff="habitants"),
}


def locate(file: str, *path: str | int, key: bool = False) -> Place:
    """The path in the place of a line: a test sees what was meant."""
    return Place("/".join(map(str, (file, *path))))


OPERATION = Operation(
    id="toits-du-bourg",
    title="Toits du Bourg",
    organiser="coop-toits",
    opened=date(2026, 1, 1),
    zone="Europe/Paris",
    steps={},
    participants=PARTICIPANTS,
    keys=(),
    tariffs={},
    source=None,
    source_options={},
    formats=(),
    format_options={},
    law="france",
    details={},
    months={},
    files={},
    locate=locate,
)


def exported(
    offer: ExportFormat,
    invoices: Iterable[Invoice] = (),
    *,
    month: str = "2026-03",
    parties: Mapping[str, Party] | None = None,
    earned: Iterable[Mapping[str, Any]] = (),
    allocated: Iterable[Allocated] = (),
    numbers: Mapping[str, str] | None = None,
    operation: Operation | None = None,
    **options: Any,
) -> list[Document]:
    """What the format writes with those options, as ``mitoyen export`` would ask it to."""
    kept = list(invoices)

    def issued(first: date, last: date) -> Iterator[Invoice]:
        return (one for one in kept if one.issued and first <= one.issued <= last)

    return list(
        offer.export(
            Export(
                operation=operation or OPERATION,
                months=(Month.parse(month),),
                invoices=lambda: iter(kept),
                issued=issued,
                producers=lambda: iter(earned),
                party=(parties or {}).get,
                options=schema.read(options, offer.schema),
                locate=lambda *path: locate("operation.yaml", "exports", offer.id, *path),
                allocated=lambda: iter(allocated),
                numbers=lambda: numbers or {},
            )
        )
    )
