"""The excise on electricity, on the days on which an operation holds that it is due: so much a kWh that is sold.

Whoever sells the energy owes it to the State: it is in the base of the seller's VAT, and no revenue of a producer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

from mitoyen.clock import Month
from mitoyen.contracts import Excise, Finding, Line, Operation, Participant, Place
from mitoyen.diagnostics import Refused
from mitoyen.model import Stretch, takes_part, window
from mitoyen.sharing import Shared
from mitoyen.taxes import Taxation, on_day

FILE, ITEM = "operation.yaml", "excise"


def lines(
    operation: Operation, month: Month, shared: Shared, row: int, taxation: Taxation
) -> Iterator[tuple[Line, Stretch, dict[str, str]]]:
    """The excise of one consumer, by days and seller, each with whose it is and its VAT.

    Raise Refused where its rate is not known.
    """
    participant = operation.participants[shared.consumers[row]]
    for stretch in _due(operation, month, participant, taxation):
        first, last = shared.clock.index(stretch.first), shared.clock.index(stretch.last)
        sold: dict[str, int] = {}
        for index, producer in enumerate(shared.producers):
            seller = taxation.seller(producer) or operation.organiser
            sold[seller] = sold.get(seller, 0) + int(shared.pairs[index, row, first:last].sum())
        for seller, quantity in sorted(sold.items()):
            if quantity:
                rate = on(operation, participant, stretch.first, taxation).rate
                line = Line(ITEM, quantity, "kWh", rate, ())
                yield line, stretch, taxation.written(seller, "goods", stretch.first)


def _due(operation: Operation, month: Month, participant: Participant, taxation: Taxation) -> Iterator[Stretch]:
    """The days of the month on which the excise is due on a consumer's energy, cut where it or the VAT changes."""
    if taxation.tax is None or not operation.excise:
        return
    first, last = window(participant, month)
    turns = taxation.tax.excise_changes(operation.territory, month.first, month.next.first)
    cuts = {first, last, *taxation.cuts(month), *(one.start for one in operation.excise), *turns}
    for one, two in pairwise(sorted(day for day in cuts if first <= day <= last)):
        entry = on_day(operation.excise, one)
        if entry and entry.due:
            yield Stretch(one, two, None)


def on(operation: Operation, participant: Participant, day: date, taxation: Taxation) -> Excise:
    """What is due on a kilowatt-hour of a consumer on a day. Raise Refused where nobody knows."""
    tax, power = taxation.tax, participant.power
    assert tax is not None and tax.excise is not None and power is not None  # noqa: S101, PT018 - the model has looked
    try:
        return tax.excise(operation.territory, power, day)
    except ValueError as error:
        message = f"the excise is due and its rate is not known: {error}"
        advice = f"add the rate, its date and its text to {tax.id}, or say here why the excise is not due"
        raise Refused(Finding("ACC823", message, place(operation, day), advice)) from error


def place(operation: Operation, day: date) -> Place:
    """Where it is written that the excise is due on a day."""
    entry = on_day(operation.excise, day)
    return operation.locate(FILE, ITEM, *([str(entry.start), "due"] if entry else []))


def in_force(operation: Operation, month: Month, taxation: Taxation) -> Mapping[str, object]:
    """The rates that are due in a month, by consumer and day, for its fingerprint; nothing where none is."""
    rates = {
        f"{one.id} {stretch.first}": on(operation, one, stretch.first, taxation).rate
        for one in operation.participants.values()
        if one.role == "consumer" and takes_part(one, month)
        for stretch in _due(operation, month, one, taxation)
    }
    return {ITEM: rates} if rates else {}
