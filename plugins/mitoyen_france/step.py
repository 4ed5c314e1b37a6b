"""The measurement step is that of imbalance settlement (D. 315-1): a notice only, its dates are not settled."""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.contracts import Finding, Operation
from mitoyen_france.law import read


def check(operation: Operation) -> Iterator[Finding]:
    longest = read("step")
    for limited, value in longest.since(operation.opened):
        for days in limited.cut(operation.steps):
            start = max((start for start in operation.steps if start <= days.first), default=None)
            if start is None or longest.allows(operation.steps[start], value):
                continue
            yield Finding(
                "FRA108",
                f"a step of {operation.steps[start] // 60} minutes {days}, longer than {value.written}: "
                f"{value.source}",
                operation.locate("operation.yaml", "step", start.isoformat()),
                help="the operator measures by the step of imbalance settlement; write the steps by date, such as "
                "step: {2018-01-01: PT30M, 2024-10-01: PT15M}",
                severity="warning",
            )
