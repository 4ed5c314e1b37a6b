"""VAT on shared electricity: the rate of the territory on the day, or none under the *franchise en base*.

A seller is under the normal regime or under the franchise (293 B CGI). Consumers of an operation do not resell, so
the reverse charge of 283-2 quinquies is not theirs. What no text we could read settles is told by :func:`check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mitoyen.contracts import Finding, Levy, Operation, Supply
from mitoyen_france.law import Value, parameter, read

NORMAL, FRANCHISE = "normal", "franchise"
REGIMES = (NORMAL, FRANCHISE)
TERRITORIES = ("mainland", "corsica", "overseas", "guyane-mayotte")


def levy(regime: str, territory: str, supply: Supply, day: date) -> Levy:
    """The VAT of a seller's supply in a territory on a day. Raise ValueError before the first rate we know."""
    if regime == FRANCHISE:
        return Levy(0, "E", str(_on("vat/franchise-mention", day).value))
    rate = _on(_rate(territory, supply), day).value
    if rate is None:  # the law applies no VAT there
        return Levy(0, "O", str(_on("vat/outside-mention", day).value))
    return Levy(int(rate), "S")


def changes(territory: str, first: date, last: date) -> Iterator[date]:
    """The days in [first, last) from which a rate or a mention is another."""
    names = {_rate(territory, "goods"), _rate(territory, "service"), "vat/franchise-mention", "vat/outside-mention"}
    for name in sorted(names):
        yield from (value.start for value in read(name).values if first <= value.start < last)


def check(operation: Operation) -> Iterator[Finding]:
    """FRA109: an amount rests on a rate that nobody has confirmed yet."""
    regimes = {one.vat for regimes in operation.sellers.values() for one in regimes}
    if NORMAL not in regimes:
        return
    last = read(_rate(operation.territory, "goods")).values[-1]
    if not last.sure:
        yield Finding(
            "FRA109",
            f"the VAT of {operation.territory} on electricity, {last.written}, is to be confirmed",
            operation.locate("operation.yaml", "territory"),
            f"ask your accountant before you invoice; our source: {last.source}",
            severity="warning",
        )


def _rate(territory: str, supply: Supply) -> str:
    # In Corsica only electricity has a rate of its own; a service is at the mainland's.
    return f"vat/{'mainland' if territory == 'corsica' and supply == 'service' else territory}/normal"


def _on(name: str, day: date) -> Value:
    value = parameter(name, on=day)
    if value is None:
        raise ValueError(f"{name} is not known on {day}: its first value is of {read(name).values[0].start}")
    return value
