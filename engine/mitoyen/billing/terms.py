"""How an operation bills: its series of numbers, when it is paid and how, what is done about small differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from mitoyen import schema
from mitoyen.clock import Month
from mitoyen.contracts import Operation
from mitoyen.quantities import days

Every = Literal["month", "quarter", "year"]
LENGTH: Mapping[Every, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Terms:
    series: str | None
    """Of the organiser's invoices; None where nobody chose one."""
    of_sellers: Mapping[str, str]
    """The series of other sellers."""
    due: int
    """Days from the issue to the payment."""
    pay: Literal["transfer", "direct-debit"]
    """Direct debit holds for who signed a mandate."""
    every: Every
    below: Decimal
    """Differences of less EUR, VAT included, go on the next invoice."""
    tolerance: int
    """Milliwatt-hours by which a member's month may differ from the operator's."""
    mandates: Mapping[str, date]
    """Since when each other seller has had the organiser write its invoices."""

    @classmethod
    def of(cls, operation: Operation) -> Terms:
        """As operation.yaml says, with what holds where it says nothing."""
        rules = schema.load("operation")["properties"]["billing"]
        read = schema.read(operation.details.get("billing", {}), rules)
        return cls(
            series=operation.format_options.get("series"),
            of_sellers=read.get("series", {}),
            due=days(operation.format_options.get("due", "P30D")),
            pay=read["pay"],
            every=read["every"],
            below=read["below"],
            tolerance=read["tolerance"],
            mandates=read.get("mandates", {}),
        )

    def series_of(self, seller: str, organiser: str) -> str | None:
        """The letters before the year; None where a seller has none of its own."""
        return self.of_sellers.get(seller, self.series if seller == organiser else None)

    def period(self, month: Month) -> tuple[Month, ...]:
        """The months billed together with this one, itself the last of them."""
        length = LENGTH[self.every]
        first = (month.number - 1) // length * length + 1
        return tuple(Month(month.year, first).through(month))

    def closes(self, month: Month) -> bool:
        """Whether a bill is written at the end of this month."""
        return month.number % LENGTH[self.every] == 0
