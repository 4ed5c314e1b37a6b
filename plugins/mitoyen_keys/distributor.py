"""What the grid operator published is binding: nothing is computed but what its rounding leaves over."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np

from mitoyen import allocation
from mitoyen.contracts import MISSING, AllocationRule, Energies, Shares, Sharing, Unshareable
from mitoyen.quantities import kwh


def allocate(sharing: Sharing) -> Shares:
    """The published shares, checked against the measures.

    Operators round each share on its own, so that at a scarce step the shares may add up to a little more than
    was produced. Up to one milliwatt-hour a consumer is taken as rounding and given back by largest remainder;
    more is refused.
    """
    published = sharing.published
    if published is None:
        raise Unshareable("the operator's shares were not delivered", 0)
    _refuse(published == MISSING, sharing, published, "the operator published no share for {who}")
    _refuse(published < 0, sharing, published, "the operator published a negative share for {who}: {value} kWh")
    over = published > sharing.consumed
    _refuse(over, sharing, published, "the operator's share of {who}, {value} kWh, is more than it consumed")
    pot = sharing.pot
    excess = published.sum(axis=0, dtype=np.int64) - pot
    beyond = excess > len(sharing.consumers)
    if beyond.any():
        step = int(beyond.argmax())
        raise Unshareable(
            f"the operator's shares add up to {kwh(int(excess[step]))} kWh more than was produced", step
        )
    rounded = int((excess > 0).sum())
    shared = allocation.prorata(pot, published)
    notes: tuple[str, ...] = ()
    if rounded:
        most = int(excess.max())
        notes = (
            f"at {rounded} of {sharing.clock.steps} steps the operator's rounded shares add up to more than was "
            f"produced, by {kwh(most)} kWh at most: taken back by largest remainder",
        )
    return Shares(shared, given=_given(sharing, shared), notes=notes)


def _given(sharing: Sharing, shared: Energies) -> Energies | None:
    """What each producer gave, where its surplus was published too: produced less surplus, to the operator's
    rounding, which is spread within what each one produced."""
    surplus = sharing.published_surplus
    if surplus is None or (surplus == MISSING).any():
        return None
    gave = np.clip(sharing.produced - surplus, 0, sharing.produced)
    used = shared.sum(axis=0, dtype=np.int64)
    first = allocation.prorata(used, gave)
    rest = allocation.prorata(used - first.sum(axis=0, dtype=np.int64), sharing.produced - first)
    return first + rest


def _refuse(wrong: np.ndarray, sharing: Sharing, published: Energies, message: str) -> None:
    if wrong.any():
        step = int(wrong.any(axis=0).argmax())
        row = int(wrong[:, step].argmax())
        raise Unshareable(message.format(who=sharing.consumers[row], value=kwh(int(published[row, step]))), step)


def _sample(random: Random, sharing: Sharing) -> Sharing:
    """Shares that an operator could have published: a pro rata of part of the production."""
    part = sharing.pot // random.choice([1, 1, 2, 3])
    return replace(sharing, published=allocation.prorata(part, sharing.consumed))


RULE = AllocationRule(
    id="distributor",
    version=1,
    title="As published by the grid operator (parts définitives du distributeur)",
    allocate=allocate,
    sample=_sample,
    needs=lambda _options: "published",
    binding=True,
)
