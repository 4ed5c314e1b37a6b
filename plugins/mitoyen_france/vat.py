"""VAT on shared electricity: the rate of the territory on the day, or none under the *franchise en base*.

A seller is under the normal regime or under the franchise (293 B CGI). Consumers of an operation do not resell, so
the reverse charge of 283-2 quinquies is not theirs; it may be that of who buys surplus. What no text we could read
settles is told by :func:`check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mitoyen.contracts import Finding, Levy, Operation, Supply
from mitoyen_france.law import read

NORMAL, FRANCHISE = "normal", "franchise"
REGIMES = (NORMAL, FRANCHISE)
TERRITORIES = ("mainland", "corsica", "overseas", "guyane-mayotte")


def levy(regime: str, territory: str, supply: Supply, day: date) -> Levy:
    """The VAT of a seller's supply in a territory on a day. Raise ValueError before the first rate we know."""
    if regime == FRANCHISE:
        return Levy(0, "E", _words("vat/franchise-mention", day))
    rate = read(_rate(territory, supply)).known(day).value
    if rate is None:  # the law applies no VAT there
        return Levy(0, "O", _words("vat/outside-mention", day))
    return Levy(int(rate), "S")


def resale(regime: str, territory: str, day: date) -> Levy:
    """Likewise of energy that its buyer resells: the buyer owes the VAT, where there is any. Raise ValueError."""
    own = levy(regime, territory, "goods", day)
    return Levy(0, "AE", _words("vat/reverse-charge-mention", day)) if own.category == "S" else own


def changes(territory: str, first: date, last: date) -> Iterator[date]:
    """The days in [first, last) from which a rate or a mention is another."""
    mentions = (f"vat/{name}-mention" for name in ("franchise", "outside", "reverse-charge"))
    for name in sorted({_rate(territory, "goods"), _rate(territory, "service"), *mentions}):
        yield from (day for day in read(name).turns() if first <= day < last)


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


def _words(name: str, day: date) -> str:
    return str(read(name).known(day).value)
