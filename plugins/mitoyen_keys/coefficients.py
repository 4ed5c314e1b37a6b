"""A coefficient for each consumer at each step (dynamique simple), or each pair with a producer (full dynamique).

The table comes with the meter data, or from a timetable in the key itself: certain hours, days or months.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import numpy as np

from mitoyen import allocation, timetable
from mitoyen.contracts import (
    MISSING,
    WHOLE,
    AllocationRule,
    Energies,
    Objection,
    Options,
    Shares,
    Sharing,
    Unshareable,
)
from mitoyen.quantities import show_percent
from mitoyen_keys import shares


def allocate(sharing: Sharing) -> Shares:
    """A_i = min(C_i, k_i(t) x P), or by pair from k_ij(t) x P_j.

    By pair, a consumer may be offered more than it consumes: each producer's offer is then reduced in proportion.
    How the grid operator does that is not published.
    """
    table, notes = (_timetable(sharing), ()) if "slots" in sharing.options else _delivered(sharing)
    _refuse_over_whole(table)
    if table.ndim == 2:
        return Shares(np.minimum(allocation.quota(sharing.pot, table, WHOLE), sharing.consumed), notes=notes)
    offers = np.stack(
        [
            allocation.quota(produced, weights, WHOLE)
            for produced, weights in zip(sharing.produced, table, strict=True)
        ]
    )
    pairs = np.empty_like(offers)
    for consumer, wanted in enumerate(sharing.consumed):
        pairs[:, consumer] = allocation.prorata(wanted, np.ascontiguousarray(offers[:, consumer]))
    return Shares(pairs, notes=notes)


def _timetable(sharing: Sharing) -> Energies:
    """[consumer, step]: the first slot that fits a step says its shares; no slot, no shares."""
    slots = sharing.options["slots"]
    which = timetable.slots(sharing.clock, slots)
    by_slot = np.stack([shares.weights(slot["shares"], sharing.consumers) for slot in slots])
    return np.ascontiguousarray(np.where(which >= 0, by_slot[which].T, 0))


def _delivered(sharing: Sharing) -> tuple[Energies, tuple[str, ...]]:
    table = sharing.coefficients
    if table is None:
        raise Unshareable("no coefficients were delivered", 0)
    missing = table == MISSING
    absent = missing.all(axis=-1)
    holes = (missing & ~absent[..., np.newaxis]).reshape(-1, missing.shape[-1]).any(axis=0)
    if holes.any():
        raise Unshareable("a coefficient is missing", int(holes.argmax()))
    by_consumer = absent if absent.ndim == 1 else absent.all(axis=0)
    without = [one for one, none in zip(sharing.consumers, by_consumer, strict=True) if none]
    notes = (
        (f"no coefficient was delivered for {', '.join(without)}: nothing is shared to them",) if without else ()
    )
    return np.where(missing, 0, table), notes


def _refuse_over_whole(table: Energies) -> None:
    totals = table.sum(axis=-2)
    over = (totals > WHOLE).reshape(-1, table.shape[-1]).any(axis=0)
    if over.any():
        step = int(over.argmax())
        most = int(totals[..., step].max())
        raise Unshareable(f"coefficients add up to {show_percent(most)}, they may add up to 100 % at most", step)


def _check(options: Options) -> Iterator[Objection]:
    for index, slot in enumerate(options.get("slots", ())):
        yield from shares.objections(slot["shares"], "slots", index)


def _serves(options: Options) -> set[str] | None:
    if "slots" not in options:
        return None
    return {one for slot in options["slots"] for one, part in slot["shares"].items() if part}


def _sample(random: Random, sharing: Sharing) -> Sharing:
    """A table of either form, with steps whose coefficients add up to nothing, to the whole, or to some."""
    draw = np.random.default_rng(random.getrandbits(64))
    shape: tuple[int, ...] = (len(sharing.consumers), sharing.clock.steps)
    if random.random() < 0.5:
        shape = (len(sharing.producers), *shape)
    raw = draw.integers(0, 1000, shape) * draw.integers(0, 2, shape)
    total = np.maximum(raw.sum(axis=-2, keepdims=True), 1)
    return replace(sharing, coefficients=raw * WHOLE // total)


RULE = AllocationRule(
    id="coefficients",
    version=1,
    title="A coefficient at each step (clé dynamique simple, full dynamique)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "slots": {
                "type": "array",
                "minItems": 1,
                "description": "shares by hours, days and months; absent: the table delivered with the meter data",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["shares"],
                    "properties": {**timetable.WHEN, "shares": shares.SHARES},
                },
            }
        },
    },
    allocate=allocate,
    sample=_sample,
    serves=_serves,
    needs=lambda options: None if "slots" in options else "coefficients",
    check=_check,
)
