"""Who sells what, and the VAT on it: regimes by seller and date, rates by law, once per rate on rounded lines.

Energy is sold by the seller of the plant it came from, everything else (a fee) by the organiser, as a service. A
regime or a rate that changes cuts the month at that local midnight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any, Protocol, TypeVar, get_args

from mitoyen.clock import Month
from mitoyen.contracts import WHOLE, Finding, Levy, Operation, Supply, Tax
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.quantities import half_up, percent, show_percent

ZERO = Decimal("0.00")
SUPPLIES: tuple[Supply, ...] = get_args(Supply)


@dataclass(frozen=True, slots=True)
class Taxation:
    """The VAT of one operation, or of none whose sellers nobody named: then there is no tax and no seller."""

    operation: Operation
    tax: Tax | None

    @classmethod
    def of(cls, operation: Operation, host: Host) -> Taxation:
        return cls(operation, of_law(operation.law, host) if operation.sellers else None)

    def seller(self, producer: str) -> str | None:
        """Who sells a producer's energy: its seller, else the organiser."""
        if self.tax is None:
            return None
        return self.operation.participants[producer].seller or self.operation.organiser

    def cuts(self, month: Month) -> list[date]:
        """The days of a month on which somebody's VAT may change."""
        if self.tax is None:
            return []
        starts = [one.start for regimes in self.operation.sellers.values() for one in regimes]
        starts += self.tax.changes(self.operation.territory, month.first, month.next.first)
        return sorted({day for day in starts if month.first < day < month.next.first})

    def levy(self, seller: str, supply: Supply, day: date, *, reverse_charge: bool = False) -> Levy:
        """Raise Refused where the seller has no regime on that day."""
        assert self.tax is not None  # noqa: S101 - without tax nobody asks
        regime = on_day(self.operation.sellers.get(seller, ()), day)
        if regime is None:
            raise Refused(
                Finding(
                    "ACC801",
                    f'the VAT regime of the seller "{seller}" is not known on {day}',
                    self.operation.locate("operation.yaml", "sellers", seller, key=True),
                    f"add it under sellers: {seller}: {{{day}: {{vat: {self.tax.regimes[0]}}}}}",
                )
            )
        try:
            if reverse_charge:
                assert self.tax.resale is not None  # noqa: S101 - the model has looked
                return self.tax.resale(regime.vat, self.operation.territory, day)
            return self.tax.levy(regime.vat, self.operation.territory, supply, day)
        except ValueError as error:
            place = self.operation.locate("operation.yaml", "sellers", seller, key=True)
            advice = f"tell whoever keeps {self.tax.id}, with the text that gave the rate then"
            raise Refused(Finding("ACC801", f"no VAT is known on {day}: {error}", place, advice)) from error

    def written(
        self, seller: str | None, supply: Supply, day: date, *, reverse_charge: bool = False
    ) -> dict[str, str]:
        """Whose a line is and its VAT, in plain values; nothing where there is no tax."""
        if seller is None:
            return {}
        levy = self.levy(seller, supply, day, reverse_charge=reverse_charge)
        mention = {"mention": levy.mention} if levy.mention else {}
        return {"seller": seller, "vat": show_percent(levy.rate), "category": levy.category, **mention}

    def in_force(self, month: Month) -> Mapping[str, object]:
        """What taxes a month, for its fingerprint: the VAT itself, so that a text found elsewhere moves nothing."""
        if self.tax is None:
            return {}
        levies = {
            f"{seller} {supply} {day}": self.written(seller, supply, day)
            for day in [month.first, *self.cuts(month)]
            for seller, regimes in self.operation.sellers.items()
            if on_day(regimes, day)
            for supply in SUPPLIES
        }
        sellers = {
            one.id: self.seller(one.id) for one in self.operation.participants.values() if one.role == "producer"
        }
        return {"levies": levies, "sellers": sellers, "organiser": self.operation.organiser}


def of_law(law: str | None, host: Host) -> Tax | None:
    """The VAT of a law, or None where no plugin knows it."""
    return next((one for one in host.all(Tax) if one.law == law), None)


class Dated(Protocol):
    @property
    def start(self) -> date: ...


D = TypeVar("D", bound=Dated)


def on_day(entries: Iterable[D], day: date) -> D | None:
    """What is in force on a day of entries that each last until the next, or None before the first."""
    return max((one for one in entries if one.start <= day), key=lambda one: one.start, default=None)


def by_rate(lines: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The VAT on lines in plain values: by seller, category and rate, once on the sum of their rounded amounts.

    Those of a deposit, or of what is given back of one, are taxed apart, with ``item`` and ``bought``.
    """

    def kind(line: Mapping[str, Any]) -> tuple[str, ...]:
        # A deposit, and what is given back of it, are documents of their own.
        alone = (line["item"], line["bought"]) if line.get("kind") in ("deposit", "refund") else ("", "")
        return line["seller"], line["category"], line["vat"], line.get("mention", ""), *alone

    taxed = sorted((line for line in lines if "seller" in line), key=kind)
    for (seller, category, rate, mention, item, bought), group in groupby(taxed, key=kind):
        net = sum((Decimal(line["amount"]) for line in group), ZERO)
        vat = half_up(Fraction(net) * percent(rate) / WHOLE)
        yield {
            "seller": seller,
            "category": category,
            "rate": rate,
            "net": str(net),
            "vat": str(vat),
            **({"mention": mention} if mention else {}),
            **({"item": item, "bought": bought} if bought else {}),
        }
