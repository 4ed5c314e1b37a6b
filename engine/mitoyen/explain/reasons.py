"""What an explanation is made of: numbers, each with its place, its commit and what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mitoyen.contracts import Place
from mitoyen.history.blame import Cause
from mitoyen.quantities import Misread, fee, kwh, price


@dataclass(frozen=True, slots=True)
class Reason:
    """One number or decision, where it is written, since which commit, and what it was made from."""

    label: str
    """What it is, for machines: ``unit``, ``member``, ``stretch``, ``key``, ``data``, ``line``, ``price``…"""
    value: Mapping[str, Any]
    place: Place | None = None
    commit: Cause | None = None
    because: str | None = None
    inputs: tuple[Reason, ...] = ()


def energies(member: Mapping[str, Any]) -> dict[str, str]:
    """The energies of a member that its role has, in kWh."""
    mine = {
        "consumer": ("consumed", "shared", "complement"),
        "producer": ("produced", "shared", "surplus"),
        "buyer": ("surplus",),
    }
    return {name: kwh(member[name]) for name in mine[member["role"]]}


def reads(written: str, amount: Decimal) -> bool:
    """Whether what is written is that price, not something it is computed from."""
    for read in (price, fee):
        try:
            return read(written) == amount
        except Misread:
            continue
    return False


def exact(amount: Fraction) -> str:
    """``2.036925``, or ``34/31`` where no decimal number is exact."""
    denominator = amount.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return f"{amount.numerator}/{amount.denominator}"
    digits = 0
    while (amount * 10**digits).denominator != 1:
        digits += 1
    return str(Decimal(int(amount * 10**digits)).scaleb(-digits)) if digits else str(amount.numerator)


def as_data(reason: Reason, link: Callable[[str], str | None]) -> dict[str, Any]:
    """A reason as JSON shows it, each place with its permalink."""
    return {
        "label": reason.label,
        "value": dict(reason.value),
        "place": str(reason.place) if reason.place else None,
        "link": link(str(reason.place)) if reason.place else None,
        "commit": reason.commit and reason.commit.as_data(),
        "because": reason.because,
        "inputs": [as_data(one, link) for one in reason.inputs],
    }
