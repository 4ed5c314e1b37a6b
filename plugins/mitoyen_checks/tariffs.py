"""tariffs.yaml: whoever receives energy has a price, every day; and only they."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from mitoyen.contracts import Finding, Operation, Participant
from mitoyen_checks.days import between, hull, reigns, taking_part
from mitoyen_checks.entries import misnamed, near, several, unexplained

FILE = "tariffs.yaml"


def check(operation: Operation) -> Iterator[Finding]:
    members: dict[str, list[Participant]] = defaultdict(list)
    for one in operation.participants.values():
        if one.tariff is not None:
            members[one.tariff].append(one)
    yield from _participants(operation, priced=any(one.role == "consumer" for g in members.values() for one in g))
    for group, entries in operation.tariffs.items():
        where = (FILE, group)
        yield from unexplained(operation, where, entries)
        for entry, reign in reigns(entries):
            yield from misnamed(operation, where, entry, reign, "price")
        if group not in members:
            yield Finding(
                "ACC303",
                f'nobody is in the tariff group "{group}"',
                operation.locate(FILE, group, key=True),
                help='name it as "tariff:" of a consumer in participants.yaml, or remove it',
                severity="warning",
            )
        else:
            yield from _without_a_price(operation, group, members[group])


def _participants(operation: Operation, priced: bool) -> Iterator[Finding]:
    for one in operation.participants.values():
        spot = operation.locate("participants.yaml", one.id, "tariff")
        if one.role == "producer":
            if one.tariff is not None:
                yield Finding(
                    "ACC306",
                    f"{one.id} is a producer, a tariff is what consumers pay",
                    spot,
                    help='remove "tariff:" here; what a producer receives follows from its consumers\' prices',
                )
        elif one.tariff is None:
            if priced:
                yield Finding(
                    "ACC305",
                    f"{one.id} has no tariff, other consumers of the operation have one",
                    operation.locate("participants.yaml", one.id, key=True),
                    help='add "tariff:", also where the energy is given (a group with the rule free)',
                    severity="warning",
                )
        elif one.tariff not in operation.tariffs:
            yield Finding(
                "ACC301",
                f'there is no tariff group "{one.tariff}"',
                spot,
                help=near(one.tariff, operation.tariffs, FILE),
            )


def _without_a_price(operation: Operation, group: str, members: list[Participant]) -> Iterator[Finding]:
    first = min((entry.start for entry in operation.tariffs[group]), default=None)
    unpriced = between(operation.opened, first)
    if unpriced is None:
        return
    days = {
        one.id: both
        for one in members
        if one.role == "consumer" and (stretch := taking_part(one)) and (both := stretch.overlap(unpriced))
    }
    if days:
        missing = hull(list(days.values()))
        are = "is" if len(days) == 1 else "are"
        path = (group, str(first)) if first else (group,)
        yield Finding(
            "ACC302",
            f'"{group}" has no price {missing}, though {several(days)} {are} in it',
            operation.locate(FILE, *path, key=True),
            help=f"let its first price begin on {missing.first}",
        )
