"""What a line rests on that no tariff makes: the terms of a sale of surplus, the excise, shares bought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from mitoyen import excise, membership, surplus
from mitoyen.changes import plain
from mitoyen.contracts import Operation
from mitoyen.explain.reasons import Reason
from mitoyen.history import History
from mitoyen.history.dig import dig
from mitoyen.host import Host
from mitoyen.taxes import Taxation, on_day


def of(
    operation: Operation,
    member: str,
    line: Mapping[str, Any],
    past: History,
    written: Mapping[str, Any],
    host: Host,
) -> Iterator[Reason]:
    """Why a member's line has its price; ``written`` is operation.yaml as it stands."""
    day = date.fromisoformat(line["from"])
    if "producer" in line:
        yield _terms(operation, line["producer"], day, past, written)
    elif line["item"] == membership.ITEM:
        path = (member, membership.ITEM, day.isoformat())
        place = membership.place(operation, member, day)
        yield Reason("subscribed", {"day": path[-1]}, place, past.blame(membership.FILE, *path))
    else:
        yield _excise(operation, member, day, past, host)


def _terms(operation: Operation, producer: str, day: date, past: History, written: Mapping[str, Any]) -> Reason:
    """What was agreed with the buyer of a producer's surplus."""
    named = surplus.on(operation, producer, day)
    assert named is not None  # noqa: S101 - the line was made from it
    name, sale = named
    path = (surplus.ITEM, name, sale.start.isoformat())
    value = {"producer": producer, "start": path[-1], "terms": plain(dig(written, path, None))}
    cause = past.blame(surplus.FILE, *path)
    place = surplus.place(operation, producer, day)
    return Reason("terms", value, place, cause, (cause and cause.because) or sale.because)


def _excise(operation: Operation, member: str, day: date, past: History, host: Host) -> Reason:
    """Since when the excise is held to be due and why, and the text of its rate."""
    entry, participant = on_day(operation.excise, day), operation.participants[member]
    assert entry is not None  # noqa: S101 - the line was made from it
    rate = excise.on(operation, participant, day, Taxation.of(operation, host))
    start = entry.start.isoformat()
    value = {"start": start, "power": participant.power, "text": rate.reference}
    cause = past.blame(excise.FILE, excise.ITEM, start, "due")
    return Reason("excise", value, excise.place(operation, day), cause, (cause and cause.because) or entry.because)
