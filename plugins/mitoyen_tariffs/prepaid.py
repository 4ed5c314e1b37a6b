"""Energy bought ahead, in packages, like a prepaid card: first in, first out, each at the price it was bought at.

A package is a deposit, an invoice of its own on its day. What is drawn from it later is sold as any energy is, and
deducted in the same quantity at the same price: such a month costs nothing. Each of these amounts is rounded on its
own, so that the draws of a package may differ by some cents from its deposit: when it ends, two lines close that
difference, one sold and one deducted. So what was sold from a package is to the cent what was paid for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mitoyen.contracts import KWH, Charges, Energy, Line, Objection, Options, TariffRule, Unpriced
from mitoyen.quantities import half_up, kwh, whole
from mitoyen_tariffs import fee
from mitoyen_tariffs.flow import Flow, Taken, added

CENT = Decimal("0.01")


@dataclass
class Package:
    """What was bought, and what became of it."""

    bought: date
    price: Decimal
    size: int
    left: int
    sold: Decimal = Decimal("0.00")
    """EUR: the amounts of the lines drawn from it, those of earlier months too."""
    given: dict[str, int] = field(default_factory=dict)
    """The same in milliwatt-hours by producer."""
    taken: Taken | None = None
    """What is drawn from it in these days."""

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Package:
        bought, price, sold = date.fromisoformat(state["bought"]), Decimal(state["price"]), Decimal(state["sold"])
        return cls(bought, price, state["size"], state["left"], sold, dict(state["given"]))

    def state(self) -> dict[str, Any]:
        return {
            "bought": self.bought.isoformat(),
            "price": f"{self.price.normalize():f}",
            "size": self.size,
            "left": self.left,
            "sold": str(self.sold),
            "given": self.given,
        }

    def draw(self, taken: Taken) -> None:
        self.left -= taken.energy
        self.taken = self.taken + taken if self.taken else taken

    def deposit(self) -> Line:
        day = (self.bought, self.bought + timedelta(days=1))
        return Line("package", self.size, "kWh", self.price, ("price",), day, kind="deposit", bought=self.bought)

    def drawn(self) -> Iterator[Line]:
        """The energy of these days, sold and deducted."""
        if self.taken is None or not self.taken.energy:
            return
        energy, days, given = self.taken.energy, self.taken.days, self.taken.by_producer
        self.sold += self._amount(energy)
        self.given = added(self.given, given)
        price, bought = self.price, self.bought
        yield Line("energy", energy, "kWh", price, ("price",), days, given or None, bought=bought)
        yield Line("drawn", -energy, "kWh", price, ("price",), days, kind="drawn", bought=bought)

    def refund(self, day: tuple[date, date]) -> Iterator[Line]:
        """What is left, given back."""
        if self.left:
            left, self.left = self.left, 0
            yield Line("refund", -left, "kWh", self.price, ("price",), day, kind="refund", bought=self.bought)
            yield from self.closed(self._amount(left), day)

    def closed(self, refunded: Decimal, day: tuple[date, date]) -> Iterator[Line]:
        """The cents by which what was sold from it differs from what was paid for it."""
        cents = int((self._amount(self.size) - refunded - self.sold) / CENT)
        if cents:
            line = Line("rounding", cents, "one", CENT, ("price",), day, self.given or None, "goods")
            yield replace(line, bought=self.bought)
            yield replace(line, quantity=-cents, kind="drawn", bought=self.bought)

    def _amount(self, energy: int) -> Decimal:
        return half_up(Fraction(whole(energy), KWH) * Fraction(self.price))


@dataclass
class Card:
    """A member's packages through the days of a stretch."""

    options: Options
    packages: list[Package]
    usual: int
    """What was bought last, which is what a renewal buys."""
    fresh: list[Package] = field(default_factory=list)
    """The packages bought in these days."""
    used: int = 0
    """How many packages are used up."""
    beyond: list[Taken] = field(default_factory=list)
    """Energy for which there was no package."""

    def buy(self, day: date, size: int) -> None:
        self.usual = size
        self.fresh.append(Package(day, self.options["price"], size, size))
        self.packages.append(self.fresh[-1])

    def draw(self, flow: Flow, until: int) -> None:
        """Take the energy before a step from the packages, the oldest first."""
        while flow.step < until:
            if self.used < len(self.packages):
                package = self.packages[self.used]
                package.draw(flow.take(package.left, until))
                self.used += not package.left
            elif (step := flow.next(until)) is None:
                flow.step = until
            elif "renew" in self.options and self.usual:
                self.buy(flow.day(step), self.usual)
            else:
                flow.step = step
                self.beyond.append(flow.take(_ALL, until))


_ALL = 2**63 - 1


def price(energy: Energy) -> Charges:
    """Deposits, what was drawn from each package, what is beyond them."""
    known = energy.carried
    packages = [Package.of(state) for state in known.get("packages", ())]
    card, flow = Card(energy.options, packages, known.get("usual", 0)), Flow(energy)
    for bought in energy.packages:
        card.draw(flow, energy.clock.index(bought.day))
        card.buy(bought.day, bought.energy)
    card.draw(flow, energy.clock.steps)
    lines = tuple(_lines(energy, card, flow.day(energy.clock.steps - 1)))
    left = [one.state() for one in card.packages if one.left]
    return Charges(lines, carried={"packages": left, "usual": card.usual} if card.usual else {})


def _lines(energy: Energy, card: Card, last: date) -> Iterator[Line]:
    yield from (package.deposit() for package in card.fresh)
    for package in card.packages:
        yield from package.drawn()
        if not package.left and package.taken:
            yield from package.closed(Decimal(0), package.taken.days)
        elif energy.ends and energy.options["refund"]:
            yield from package.refund((last, last + timedelta(days=1)))
    for taken in card.beyond:
        if "then" not in energy.options:
            raise Unpriced(
                f"{kwh(taken.energy)} kWh from {taken.first} on are beyond what it bought ahead",
                "add the package to packages.yaml, or a price for what is beyond to the tariff, "
                "such as then: 0.1650 EUR/kWh",
            )
        then, given = energy.options["then"], taken.by_producer or None
        yield Line("energy", taken.energy, "kWh", then, ("then",), taken.days, given)
    yield from fee.lines(energy)


def _check(options: Options) -> Iterator[Objection]:
    if "renew" in options and "empty" in options:
        yield Objection(
            ("empty",),
            "ACC314",
            "a package that renews itself is never empty",
            "remove renew, or empty",
        )
    if not {"then", "renew", "empty"} & options.keys():
        yield Objection(
            (),
            "ACC314",
            "nothing says what happens when a package is used up",
            "add then: with a price for the rest, renew: automatic, or empty: others (the key stops serving it)",
        )


def _balance(carried: Mapping[str, Any]) -> int:
    return sum(state["left"] for state in carried.get("packages", ()))


def _in_force(options: Options, _first: date, _last: date) -> Mapping[str, object]:
    """Not the maximum: it is held against what is bought, and prices nothing."""
    return {name: value for name, value in options.items() if name != "maximum"}


RULE = TariffRule(
    id="prepaid",
    version=1,
    title="Energy bought ahead in packages (forfaits prépayés)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["price"],
        "properties": {
            "price": {
                "type": "string",
                "format": "price",
                "description": "of the packages bought from now on, such as 0.1400 EUR/kWh, excluding tax",
            },
            "maximum": {
                "type": "string",
                "format": "energy",
                "description": "the largest package one may buy, such as 1500 kWh",
            },
            "renew": {
                "type": "string",
                "enum": ["automatic"],
                "description": "automatic: a package like the last one is bought on the day it is used up",
            },
            "then": {
                "type": "string",
                "format": "price",
                "description": "of the energy beyond the packages, such as 0.1650 EUR/kWh",
            },
            "empty": {
                "type": "string",
                "enum": ["others", "surplus"],
                "description": "where a package is used up the key stops: its part goes to others, or is surplus",
            },
            "refund": {
                "type": "boolean",
                "default": False,
                "description": "whether what is left is given back to who leaves; else it stays theirs",
            },
            **fee.FEES,
        },
    },
    price=price,
    check=_check,
    in_force=_in_force,
    carries=True,
    balance=_balance,
    empty=lambda options: options.get("empty"),
)
