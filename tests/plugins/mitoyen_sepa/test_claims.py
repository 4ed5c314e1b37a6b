"""However often a month is corrected, a member has paid what the last invoice asks, if it only ever asked more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from invoices import credit, invoice
from mitoyen.invoice import Invoice, Reference
from mitoyen_sepa.claims import outstanding

corrections = st.lists(st.tuples(st.integers(1, 100_000), st.integers(1, 90)), min_size=1, max_size=6)
"""Cents more, days later."""


def corrected(steps: list[tuple[int, int]]) -> list[Invoice]:
    """An invoice, then a credit note and another invoice for each correction."""
    made: list[Invoice] = []
    cents, day, last = 0, date(2026, 4, 8), None
    for more, later in steps:
        cents, day = cents + more, day + timedelta(days=later)
        if last:
            made.append(credit(last, f"TB2026-{len(made) + 1:06}", day))
        amount = Decimal(cents).scaleb(-2)
        cites = (Reference(number=last.number, issued=last.issued),) if last and last.number and last.issued else ()
        last = replace(
            invoice(means="direct-debit"),
            number=f"TB2026-{len(made) + 1:06}",
            issued=day,
            due=day + timedelta(days=30),
            gross=amount,
            payable=amount,
            cites=cites,
        )
        made.append(last)
    return made


@given(corrections)
def test_all_that_is_collected_is_what_the_last_invoice_asks(steps: list[tuple[int, int]]) -> None:
    claims = list(outstanding(corrected(steps), 14))
    assert sum(claim.cents for claim in claims) == sum(more for more, _later in steps)


@given(corrections)
def test_what_was_collected_by_a_day_is_not_changed_by_what_is_issued_later(steps: list[tuple[int, int]]) -> None:
    """The files of days up to the last correction are the same with it and without."""
    made = corrected(steps)
    day = made[-1].issued
    assert day
    before = [claim for claim in outstanding(made[:-2], 14) if claim.day <= day]
    assert [claim for claim in outstanding(made, 14) if claim.day <= day] == before
