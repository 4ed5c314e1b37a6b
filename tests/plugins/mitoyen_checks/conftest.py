"""A small operation, built by hand: one roof, two neighbours, one key, one price, all from 2026-01-01."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest

from mitoyen.contracts import Entry, Finding, Operation, Participant, Place

START = date(2026, 1, 1)


def locate(file: str, *path: str | int, key: bool = False) -> Place:
    """A place that can be read in an assertion: ``keys.yaml 2026-01-01/with``, a key with a colon behind."""
    below = "/".join(map(str, path)) + (":" if key else "")
    return Place(f"operations/boucle/{file}{' ' if below else ''}{below}")


def member(name: str, **changes: Any) -> Participant:
    fields: dict[str, Any] = {
        "id": name,
        "role": "producer" if name.startswith("p-") else "consumer",
        "meter": f"mtr-{name[2:]}",
        "start": START,
        "to": None,
        "tariff": None if name.startswith("p-") else "residents",
        "power": 36_000 if name.startswith("p-") else None,
    }
    return Participant(**(fields | changes))


def entry(start: date = START, rule: str = "prorata", **changes: Any) -> Entry:
    fields: dict[str, Any] = {"options": {}, "because": "the assembly"}
    return Entry(start, rule, **(fields | changes))


def static(*names: str, start: date = START, **changes: Any) -> Entry:
    """A key with shares for these consumers."""
    return entry(
        start,
        "static",
        serves=frozenset(names),
        names=tuple((("with", "shares", name), "consumer", name) for name in names),
        **changes,
    )


def operation(participants: Iterable[Participant] | None = None, **changes: Any) -> Operation:
    if participants is None:
        participants = [member("p-roof"), member("m-3fk2"), member("m-9qtd")]
    fields: dict[str, Any] = {
        "id": "boucle",
        "title": "Boucle d'essai",
        "organiser": "coop-toits",
        "opened": START,
        "zone": "Europe/Paris",
        "steps": {START: 900},
        "participants": {one.id: one for one in participants},
        "keys": [entry()],
        "tariffs": {"residents": [entry(rule="flat")]},
        "source": None,
        "source_options": {},
        "formats": [],
        "format_options": {},
        "law": None,
        "details": {},
        "months": {},
        "files": {},
        "locate": locate,
    }
    return Operation(**(fields | changes))


def told(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Code, message and place of each finding, by place."""
    rows = [
        (f.code, f.message, str(f.place).removeprefix("operations/boucle/").removesuffix(":1:1")) for f in findings
    ]
    return sorted(rows, key=lambda row: (row[2], row))


class Made:
    """What the tests of this folder build with."""

    member = staticmethod(member)
    entry = staticmethod(entry)
    static = staticmethod(static)
    operation = staticmethod(operation)
    told = staticmethod(told)


@pytest.fixture(scope="session")
def made() -> type[Made]:
    return Made


Check = Callable[[Operation], Iterable[Finding]]
