"""Many units settled: over operations and months, by whatever executor, into manifests in a fixed order.

A task is an operation with its months. It travels as plain values and reads everything it needs by itself, so
that it may run in another process, again after a kill, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mitoyen.chain import Chain
from mitoyen.clock import Month
from mitoyen.contracts import Executor, Finding, Options
from mitoyen.diagnostics import Refused, failed
from mitoyen.settlement import Unit, months, settle
from mitoyen.workspace import opened


@dataclass(frozen=True, slots=True)
class Task:
    root: Path
    operation: str
    months: tuple[Month, ...]
    commit: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The units of one operation, and what was found on the way. A refused month does not stop the others."""

    operation: str
    units: tuple[Unit, ...]
    findings: tuple[Finding, ...]


def run(tasks: Sequence[Task], executor: Executor, options: Options) -> Iterator[Outcome]:
    """Settle the tasks, yielding each outcome as it comes."""
    opened.cache_clear()  # files may have changed since the last run of this process
    yield from executor.run(settle_task, tasks, options)


def settle_task(task: Task) -> Outcome:
    here = opened(task.root)
    loaded = here.load(task.operation)
    findings = list(loaded.findings)
    if loaded.operation is None or failed(findings):
        return Outcome(task.operation, (), tuple(findings))
    units = []
    chain = Chain(loaded.operation, here.host, here.results)
    for month in months(loaded.operation, task.months):
        try:
            units.append(settle(loaded, month, here.host, here.results, task.commit, here.settings.lang, chain))
        except Refused as refused:
            findings += refused.findings
    return Outcome(task.operation, tuple(units), tuple(findings))
