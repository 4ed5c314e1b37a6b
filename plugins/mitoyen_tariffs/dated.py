"""Prices that follow one another at local midnights, within one entry of tariffs.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from mitoyen.contracts import Energy, Line

_EPOCH = date(1970, 1, 1)


class Dated(NamedTuple):
    """A price in force from a local midnight until the next one."""

    start: date
    price: Decimal
    option: tuple[str | int, ...]
    """The path in ``with:`` of the value that made it."""


def lines(energy: Energy, prices: Sequence[Dated]) -> Iterator[Line]:
    """A line for each price in force, with its days. Raise ValueError where the first steps have no price."""
    clock = energy.clock
    edges = [*(clock.index(one.start) for one in prices), clock.steps]
    if edges[0] > 0:
        raise ValueError(f"there is no price before {prices[0].start}")
    days = clock.wall().day
    for one, (first, last) in zip(prices, pairwise(edges), strict=True):
        if first < last:
            held = (_day(days[first]), _day(days[last - 1]) + timedelta(days=1))
            yield Line("energy", int(energy.shared[first:last].sum()), "kWh", one.price, one.option, held)


def in_force(prices: Sequence[Dated], first: date, last: date) -> Mapping[date, object]:
    """The prices that hold on any day from ``first`` to ``last`` (exclusive), in named values."""
    ends = [*(one.start for one in prices[1:]), date.max]
    return {
        one.start: {"price": one.price, "option": one.option}
        for one, end in zip(prices, ends, strict=True)
        if one.start < last and first < end
    }


def _day(since_epoch: int) -> date:
    return _EPOCH + timedelta(days=int(since_epoch))
