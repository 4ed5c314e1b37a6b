"""operation.yaml: whoever sells has a VAT regime from the first day on; a change of who takes surplus says why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mitoyen.contracts import Finding, Operation
from mitoyen_checks.entries import near, unexplained

FILE = "operation.yaml"


def check(operation: Operation) -> Iterator[Finding]:
    for name, sales in operation.surplus.items():
        yield from unexplained(operation, (FILE, "surplus", name), sales)
    if not operation.sellers:
        return
    first: dict[str, tuple[date, str]] = {}
    for one in operation.participants.values():
        if one.role == "producer":
            seller = one.seller or operation.organiser
            first[seller] = min(first.get(seller, (one.start, one.id)), (one.start, one.id))
    for seller, (day, producer) in sorted(first.items()):
        regimes = operation.sellers.get(seller)
        if regimes is None:
            yield Finding(
                "ACC801",
                f'"{seller}" sells the energy of {producer} and has no VAT regime',
                operation.locate("participants.yaml", producer, "seller"),
                help=near(seller, operation.sellers, FILE),
            )
        elif (start := min(one.start for one in regimes)) > day:
            yield Finding(
                "ACC801",
                f'"{seller}" sells from {day}, its first VAT regime begins on {start}',
                operation.locate(FILE, "sellers", seller, str(start), key=True),
                help=f"let its first regime begin on {day}",
            )
