"""packages.yaml: who buys ahead takes part that day, under a tariff that has packages, and buys what it may."""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.contracts import KWH, Finding, Operation, Package, Participant
from mitoyen.diagnostics import nearest
from mitoyen.quantities import kwh
from mitoyen_tariffs import discount, flat, free, indexed, prepaid, producers, slots, tiers

FILE = "packages.yaml"

WITHOUT = {one.RULE.id for one in (discount, flat, free, indexed, producers, slots, tiers)}
"""Our rules that know of no package; of another plugin's we cannot say."""


def check(operation: Operation) -> Iterator[Finding]:
    for name, packages in operation.packages.items():
        participant = operation.participants.get(name)
        if participant is None or participant.role != "consumer":
            consumers = {one.id for one in operation.participants.values() if one.role == "consumer"}
            yield Finding(
                "ACC315",
                f"{name} is a producer, it buys nothing" if participant else f"nobody is called {name}",
                operation.locate(FILE, name, key=True),
                nearest(name, consumers),
            )
            continue
        for package in packages:
            yield from _bought(operation, participant, package)


def _bought(operation: Operation, one: Participant, package: Package) -> Iterator[Finding]:
    from mitoyen.model import in_force  # here, so that `mitoyen --help` does without

    place = operation.locate(FILE, one.id, package.day.isoformat(), key=True)
    entry = in_force(operation.tariffs.get(one.tariff or "", ()), package.day)
    if not one.in_force(package.day):
        until = f" until {one.to}" if one.to else ""
        yield Finding(
            "ACC316",
            f"{one.id} buys a package on {package.day}, it takes part from {one.start}{until}",
            place,
            "write a day on which it takes part",
        )
    elif entry is None or entry.rule in WITHOUT:
        rule = f"under the rule {entry.rule}" if entry else "without a price"
        yield Finding(
            "ACC316",
            f"{one.id} buys a package on {package.day}, when its tariff {one.tariff} is {rule}",
            place,
            "only the rule prepaid has packages: write a day of it, or correct the member's tariff",
        )
    elif entry.rule == prepaid.RULE.id:
        yield from _size(operation, one, package, entry.options.get("maximum"))


def _size(operation: Operation, one: Participant, package: Package, most: int | None) -> Iterator[Finding]:
    place = operation.locate(FILE, one.id, package.day.isoformat())
    if package.energy < KWH:  # which also bounds how often one that renews itself is bought in a month
        yield Finding("ACC317", "a package is 1 kWh at least", place, "write what was bought, or remove the line")
    elif most is not None and package.energy > most:
        yield Finding(
            "ACC317",
            f"{one.id} buys {_kwh(package.energy)} at once, its contract has {_kwh(most)} at most",
            place,
            "write what the contract allows, or another maximum in tariffs.yaml",
        )


def _kwh(energy: int) -> str:
    return f"{kwh(energy).rstrip('0').rstrip('.')} kWh"
