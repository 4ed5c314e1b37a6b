"""Curves are read with their owner's consent, which may have an end: it is told a month ahead."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mitoyen.clock import Month
from mitoyen.contracts import Finding, Operation

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
"""Another name of a file is the business of whoever read it."""


def check(operation: Operation) -> Iterator[Finding]:
    """ACC438: a consent that ends before the next month to fetch is over. Said by the data, not by today's date."""
    known = [name for name in operation.months if MONTH.fullmatch(name)]
    if not known:
        return
    coming = Month.parse(max(known)).next
    for one in operation.participants.values():
        gone = one.to is not None and one.to <= coming.first
        if one.consent is None or gone or one.consent >= coming.next.first:
            continue
        yield Finding(
            "ACC438",
            f"{one.id} lets its curves be read until {one.consent}, and {coming} is the next month to fetch",
            operation.locate("participants.yaml", one.id, "consent"),
            "ask for it again and write its new end; without it, the curves may not be asked for",
            severity="warning",
        )
