"""Levels: the first is served first by a rule of its own, what it leaves passes on to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from mitoyen.contracts import AllocationRule, Energies, Objection, Options, Shares, Sharing
from mitoyen_keys import equal, prorata, shares, static, static_reshared

_WITHIN: Mapping[str, Callable[[Sharing], Shares]] = {
    "prorata": prorata.allocate,
    "equal": equal.allocate,
    "static": static.allocate,
    "static-reshared": static_reshared.allocate,
}


def allocate(sharing: Sharing) -> Shares:
    """Level after level; one who is in no level receives nothing."""
    given = np.zeros_like(sharing.consumed)
    rest = sharing.pot
    row = {consumer: index for index, consumer in enumerate(sharing.consumers)}
    for level in sharing.options["levels"]:
        rows = sorted(row[member] for member in _members(level) if member in row)
        part: Energies = _WITHIN[level["rule"]](
            replace(
                sharing,
                consumers=tuple(sharing.consumers[index] for index in rows),
                consumed=np.ascontiguousarray(sharing.consumed[rows]),
                # What is left has no producer any more: the engine attributes the sum of all levels.
                producers=("",),
                produced=rest[np.newaxis],
                options=level,
            )
        ).shared
        given[rows] = part
        rest = rest - part.sum(axis=0, dtype=np.int64)
    return Shares(given)


def _members(level: Mapping[str, Any]) -> list[str]:
    return list(level["shares"]) if "shares" in level else list(level.get("members", ()))


def _serves(options: Options) -> list[str]:
    return [member for level in options["levels"] for member in _members(level)]


def _check(options: Options) -> Iterator[Objection]:
    for index, level in enumerate(options["levels"]):
        fixed = level["rule"].startswith("static")
        wanted, other = ("shares", "members") if fixed else ("members", "shares")
        if wanted not in level or other in level:
            yield Objection(
                ("levels", index),
                "ACC209",
                f"a level shared by {level['rule']} says who is in it with `{wanted}`, and with nothing else",
                f"write {wanted}: " + ("{m-3fk2: 40 %, …}" if fixed else "[m-3fk2, …]"),
            )
        yield from shares.objections(level.get("shares", {}), "levels", index)
    for member, times in Counter(_serves(options)).items():
        if times > 1:
            yield Objection(
                ("levels",), "ACC207", f"{member} is named {times} times", "a member belongs to one level"
            )


def _sample(random: Random, sharing: Sharing) -> Sharing:
    members = list(sharing.consumers)
    random.shuffle(members)
    levels: list[dict[str, Any]] = []
    while members:
        taken = tuple(sorted(members[: random.randint(1, 3)]))
        del members[: len(taken)]
        rule = random.choice(sorted(_WITHIN))
        named = {"shares": shares.sample(random, taken)} if rule.startswith("static") else {"members": list(taken)}
        levels.append({"rule": rule, **named})
    return replace(sharing, options={"levels": levels})


RULE = AllocationRule(
    id="priority",
    version=1,
    title="Levels served one after the other (priorités)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["levels"],
        "properties": {
            "levels": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "rule": {"type": "string", "enum": sorted(_WITHIN), "default": "prorata"},
                        "members": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "consumer"},
                            "description": "who is served at this level",
                        },
                        "shares": shares.SHARES,
                    },
                },
            }
        },
    },
    allocate=allocate,
    sample=_sample,
    serves=_serves,
    check=_check,
)
