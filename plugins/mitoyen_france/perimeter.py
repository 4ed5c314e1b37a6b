"""How far an operation may reach: the same building, 2 km, or a derogation (L. 315-2 of the code de l'énergie)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from mitoyen.contracts import Finding, Operation, Place
from mitoyen.diagnostics import nearest
from mitoyen.quantities import distance
from mitoyen_checks.days import hull
from mitoyen_france.law import names, read

FILE = "operation.yaml"
TERRITORY = "territory"
"""The kind whose limit is the land of an EPCI instead of a distance."""


def of(operation: Operation) -> Mapping[str, Any]:
    """What the operation says of its perimeter, empty where it says nothing."""
    perimeter = operation.details.get("perimeter")
    return perimeter if isinstance(perimeter, Mapping) else {}


def kinds() -> tuple[str, ...]:
    """Every kind the law knows, at whatever date."""
    return tuple(
        name.split("/")[1] for name in names() if name.startswith("perimeter/") and name.endswith("/diameter")
    )


def check(operation: Operation) -> Iterator[Finding]:
    perimeter = of(operation)
    kind = perimeter.get("kind")
    if kind is None:
        yield Finding(
            "FRA104",
            "the operation does not say its perimeter: what the law allows cannot be checked",
            operation.locate(FILE),
            help=f"add for instance perimeter: {{kind: extended, diameter: 1.7 km}}; kinds: {', '.join(kinds())}",
            severity="warning",
        )
    elif kind not in kinds():
        yield Finding(
            "FRA104",
            f'"{kind}" is no kind of perimeter of French law',
            _place(operation, "kind"),
            help=nearest(str(kind), kinds()),
        )
    else:
        yield from _in_law(operation, perimeter, kind)
        yield from _decision(operation, perimeter, kind)
        yield from _distance(operation, perimeter, kind)
        if kind == TERRITORY and not _said(perimeter, "epci"):
            first = read(f"perimeter/{kind}/diameter").values[0]
            yield Finding(
                "FRA106",
                "the EPCI whose territory bounds the operation is not named",
                _place(operation),
                help=f"add epci: with its name; {first.source}",
                severity=first.severity,
            )


def _in_law(operation: Operation, perimeter: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    first = read(f"perimeter/{kind}/diameter").values[0]
    if operation.opened < first.start:
        yield Finding(
            "FRA104",
            f'kind "{kind}" is in the law from {first.start}, the operation opens on {operation.opened}',
            _place(operation, "kind"),
            help=f'correct the kind, or "opened"; {first.source}',
            severity=first.severity,
        )
    if perimeter.get("grid") == "non-interconnected":
        flag = read(f"perimeter/{kind}/non-interconnected")
        value = flag.on(max(operation.opened, first.start))
        if value and not value.value:
            yield Finding(
                "FRA104",
                f'kind "{kind}" is for the continental mainland only',
                _place(operation, "grid"),
                help=f"correct the kind or the grid; {value.source}",
                severity=value.severity,
            )


def _decision(operation: Operation, perimeter: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    needed = read(f"perimeter/{kind}/decision")
    value = needed.on(max(operation.opened, needed.values[0].start))
    if value and value.value and not _said(perimeter, "decision"):
        yield Finding(
            "FRA103",
            f'kind "{kind}" needs a decision of the minister, none is named',
            _place(operation, "kind"),
            help=f"add decision: with its date and reference; {value.source}",
            severity=value.severity,
        )


def _distance(operation: Operation, perimeter: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    limit = read(f"perimeter/{kind}/diameter")
    limits = [(days, value) for days, value in limit.since(operation.opened) if value.value is not None]
    if not limits:
        return
    diameter = perimeter.get("diameter")
    if diameter is None:
        _days, value = limits[-1]
        yield Finding(
            "FRA105",
            f'kind "{kind}" has a diameter, {value.written} at most; none is given',
            _place(operation),
            help=f"add diameter: with the distance between the two farthest participants; {value.source}",
            severity=value.severity,
        )
        return
    try:
        metres = distance(str(diameter))
    except ValueError:
        # Said by the schema, which knows how a distance is written.
        return
    # A text that repeats the limit of the one before it is not another limit.
    for _metres, repeated in groupby(limits, key=lambda dated: dated[1].value):
        dated = list(repeated)
        value = dated[-1][1]
        if not limit.allows(metres, value):
            days = hull([days for days, _value in dated])
            yield Finding(
                "FRA102",
                f'{_kilometres(metres)} is wider than the {value.written} of kind "{kind}" {days}: {value.source}',
                _place(operation, "diameter"),
                help="measure between the two farthest participants, from delivery or injection points; a wider "
                "operation needs a derogation (peri-urban, rural, territory)",
                severity=value.severity,
            )


def _said(perimeter: Mapping[str, Any], name: str) -> bool:
    return bool(str(perimeter.get(name) or "").strip())


def _place(operation: Operation, *path: str) -> Place:
    return operation.locate(FILE, "perimeter", *path)


def _kilometres(metres: int) -> str:
    return f"{(Decimal(metres) / 1000).normalize():f} km"
