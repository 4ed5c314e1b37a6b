"""A small operation under French law, built by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from mitoyen.contracts import Finding, Operation, Participant, Place


def locate(file: str, *path: str | int, key: bool = False) -> Place:
    """A place that can be read in an assertion: ``operation.yaml perimeter/kind``, a key with a colon behind."""
    below = "/".join(map(str, path)) + (":" if key else "")
    return Place(f"{file}{' ' if below else ''}{below}")


def producer(name: str, power: int | None, start: date = date(2026, 1, 1), to: date | None = None) -> Participant:
    return Participant(id=name, role="producer", meter=name, start=start, to=to, power=power)


def operation(
    *producers: Participant,
    opened: date = date(2026, 1, 1),
    perimeter: Any = None,
    steps: dict[date, int] | None = None,
) -> Operation:
    """``perimeter`` None: an extended one of 1.7 km; an empty one: none is written."""
    if perimeter is None:
        perimeter = {"kind": "extended", "diameter": "1.7 km"}
    return Operation(
        id="boucle",
        title="Boucle d'essai",
        organiser="coop-toits",
        opened=opened,
        zone="Europe/Paris",
        steps=steps or {opened: 900},
        participants={one.id: one for one in producers or [producer("p-roof", 36_000, opened)]},
        keys=[],
        tariffs={},
        source=None,
        source_options={},
        formats=[],
        format_options={},
        law="france",
        details={"perimeter": perimeter} if perimeter else {},
        months={},
        files={},
        locate=locate,
    )


def told(findings: Iterable[Finding]) -> list[tuple[str, str, str, str]]:
    """Code, severity, message and place."""
    return [(f.code, f.severity, f.message, str(f.place).removesuffix(":1:1")) for f in findings]


class Made:
    """What the tests of this folder build with."""

    producer = staticmethod(producer)
    operation = staticmethod(operation)
    told = staticmethod(told)


@pytest.fixture(scope="session")
def made() -> type[Made]:
    return Made
