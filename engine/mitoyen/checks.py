"""Runs the checks that plugins offer over an operation whose files hold."""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.contracts import Check, Finding, Operation
from mitoyen.host import Host


def run(operation: Operation, host: Host) -> Iterator[Finding]:
    """Every finding of every check, those of a law only where the operation is under it."""
    for check in host.all(Check):
        if check.law in (None, operation.law):
            yield from check.check(operation)
