"""participants.yaml: one meter is one participation at a time, inside the life of the operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mitoyen.contracts import Finding, Operation, Participant
from mitoyen_checks.days import taking_part

FILE = "participants.yaml"


def check(operation: Operation) -> Iterator[Finding]:
    for participant in operation.participants.values():
        yield from _dates(operation, participant)
        yield from _membership(operation, participant)
    yield from _meters(operation)
    yield from _roles(operation)


def _dates(operation: Operation, one: Participant) -> Iterator[Finding]:
    if one.to is not None and one.to <= one.start:
        yield Finding(
            "ACC132",
            f"{one.id} leaves on {one.to}, not after it joined on {one.start}",
            operation.locate(FILE, one.id, "to"),
            help='"to" is the first day no longer in it; someone who never took part is simply not listed',
        )
    if one.start < operation.opened:
        yield Finding(
            "ACC133",
            f"{one.id} takes part from {one.start}, the operation opens on {operation.opened}",
            operation.locate(FILE, one.id, "from"),
            help=f'nobody takes part before {operation.opened}; correct "from" here, or "opened" in operation.yaml',
        )


def _membership(operation: Operation, one: Participant) -> Iterator[Finding]:
    """ACC827: shares that no statement would ever name."""
    for bought in one.membership:
        if one.role != "consumer" or not one.in_force(bought.start):
            why = (
                "a producer has no such statement"
                if one.role != "consumer"
                else f"{one.id} does not take part then"
            )
            yield Finding(
                "ACC827",
                f"the shares bought on {bought.start} would be on no statement: {why}",
                operation.locate(FILE, one.id, "membership", str(bought.start), key=True),
                help="write them where that person consumes, on a day on which it takes part",
            )


def _meters(operation: Operation) -> Iterator[Finding]:
    by_meter = defaultdict(list)
    for one in operation.participants.values():
        stretch = taking_part(one)
        if stretch:
            by_meter[one.meter].append((stretch.first, one.id, stretch))
    for meter, participations in by_meter.items():
        # By date of entry: of two that overlap, the later one is where the mistake is looked for.
        participations.sort()
        for index, (_first, later, stretch) in enumerate(participations):
            for _earlier, earlier, other in participations[:index]:
                both = stretch.overlap(other)
                if both:
                    yield Finding(
                        "ACC131",
                        f"{meter} is the meter of both {earlier} and {later} {both}",
                        operation.locate(FILE, later, "meter"),
                        help=f'end the participation of one with "to" before the other begins, or give {later} '
                        "its own meter",
                    )


def _roles(operation: Operation) -> Iterator[Finding]:
    roles = {one.role for one in operation.participants.values()}
    for code, role, missing in (
        ("ACC134", "producer", "there is nothing to share"),
        ("ACC135", "consumer", "there is nobody to share with"),
    ):
        if role not in roles:
            yield Finding(
                code,
                f"no participant is a {role}: {missing}",
                operation.locate(FILE),
                help=f"add a participant with role: {role}",
            )
