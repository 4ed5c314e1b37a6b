"""keys.yaml: every day someone takes part has a key, and the key serves people who are there."""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.contracts import Entry, Finding, Operation, Participant
from mitoyen_checks.days import Stretch, between, changes, hull, joined, reigns, taking_part
from mitoyen_checks.entries import misnamed, place, several, unexplained

FILE = "keys.yaml"
WHERE = (FILE,)


def check(operation: Operation) -> Iterator[Finding]:
    consumers = [one for one in operation.participants.values() if one.role == "consumer"]
    yield from unexplained(operation, WHERE, operation.keys)
    yield from _before_the_first(operation)
    for entry, reign in reigns(operation.keys):
        slips = list(misnamed(operation, WHERE, entry, reign, "key"))
        yield from slips
        # A wrong name already explains why someone else is not served: one mistake, one message.
        if entry.serves is None or any(slip.code != "ACC207" for slip in slips):
            continue
        counted = reign.overlap(Stretch(operation.opened))
        if counted:
            idle = list(_serves_nobody(operation, entry, counted, consumers))
            yield from idle or _forgotten(operation, entry, counted, consumers)


def _before_the_first(operation: Operation) -> Iterator[Finding]:
    first = min((entry.start for entry in operation.keys), default=None)
    uncovered = between(operation.opened, first)
    if uncovered is None:
        return
    days = [
        both
        for stretch in map(taking_part, operation.participants.values())
        if stretch and (both := stretch.overlap(uncovered))
    ]
    if days:
        missing = hull(days)
        yield Finding(
            "ACC206",
            f"no key is in force {missing}, though there are participants",
            operation.locate(FILE, str(first), key=True) if first else operation.locate(FILE),
            help=f"let the first key begin on {missing.first}",
        )


def _serves_nobody(
    operation: Operation, entry: Entry, reign: Stretch, consumers: list[Participant]
) -> Iterator[Finding]:
    serves = entry.serves or frozenset()
    idle = []
    for stretch in reign.cut(changes(consumers)):
        present = {one.id for one in consumers if one.in_force(stretch.first)}
        if present and not present & serves:
            idle.append(stretch)
    for run in joined(idle):
        present = {one.id for one in consumers if (days := taking_part(one)) and days.overlap(run)}
        are = "is" if len(present) == 1 else "are"
        yield Finding(
            "ACC205",
            f"this key serves nobody {run}, though {several(present)} {are} in force",
            place(operation, WHERE, entry),
            help="name a consumer in force, or begin another key that day; else all production becomes surplus",
        )


def _forgotten(
    operation: Operation, entry: Entry, reign: Stretch, consumers: list[Participant]
) -> Iterator[Finding]:
    serves = entry.serves or frozenset()
    left_out = {
        one.id for one in consumers if one.id not in serves and (days := taking_part(one)) and days.overlap(reign)
    }
    if left_out:
        are = "is" if len(left_out) == 1 else "are"
        yield Finding(
            "ACC208",
            f"{several(left_out)} {are} in force but never served by this key",
            place(operation, WHERE, entry),
            help="right if it was decided so; else name them in the key",
            severity="warning",
        )
