"""Every hook a plugin may implement.

A plugin is a module named in the entry-point group ``mitoyen``. Its hooks yield typed offers
(:mod:`mitoyen.contracts`); the YAML of an operation names an offer by its id. The plugins that come with mitoyen
use these same hooks.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from mitoyen.contracts import AllocationRule, Check, DocumentFormat, Executor, Source, Store, TariffRule

hookspec = pluggy.HookspecMarker("mitoyen")
hookimpl = pluggy.HookimplMarker("mitoyen")


@hookspec
def mitoyen_sources() -> Iterable[Source]:
    """Where meter data come from.

    >>> import numpy as np
    >>> from mitoyen.contracts import MeterData, Series, Source
    >>> def one_kwh_a_step(request):
    ...     values = np.full(request.clock.steps, 1_000_000, dtype=np.int64)
    ...     return MeterData(tuple(Series(point.meter, "measured", values) for point in request.points))
    >>> @hookimpl
    ... def mitoyen_sources():
    ...     yield Source(id="one-kwh", version=1, title="One kWh a step, for trying", fetch=one_kwh_a_step)
    """
    return ()


@hookspec
def mitoyen_allocation_rules() -> Iterable[AllocationRule]:
    """How production is shared.

    >>> import numpy as np
    >>> from mitoyen.contracts import AllocationRule, Shares
    >>> def same_part(sharing):
    ...     return Shares(np.minimum(sharing.consumed, sharing.pot // len(sharing.consumers)))
    >>> @hookimpl
    ... def mitoyen_allocation_rules():
    ...     yield AllocationRule(id="same-part", version=1, title="The same part each", allocate=same_part)
    """
    return ()


@hookspec
def mitoyen_tariff_rules() -> Iterable[TariffRule]:
    """How a member's shared energy is priced.

    >>> from decimal import Decimal
    >>> from mitoyen.contracts import Charges, Line, TariffRule
    >>> def free(energy):
    ...     return Charges((Line("energy", int(energy.shared.sum()), "kWh", Decimal(0), ()),))
    >>> @hookimpl
    ... def mitoyen_tariff_rules():
    ...     yield TariffRule(id="free", version=1, title="Given to neighbours", price=free)
    """
    return ()


@hookspec
def mitoyen_document_formats() -> Iterable[DocumentFormat]:
    """How a member's month is written down.

    >>> from mitoyen.contracts import Document, DocumentFormat
    >>> def one_line(statement, options):
    ...     text = f"{statement['id']} {statement['month']} {statement['gross']} EUR\\n"
    ...     return Document(f"{statement['id']}.txt", "text/plain", text.encode())
    >>> @hookimpl
    ... def mitoyen_document_formats():
    ...     yield DocumentFormat(id="one-line", version=1, title="One line a member", render=one_line)
    """
    return ()


@hookspec
def mitoyen_checks() -> Iterable[Check]:
    """What to look for in an operation beyond its schemas.

    >>> from mitoyen.contracts import Check, Finding
    >>> def has_a_plant(operation):
    ...     if not any(one.role == "producer" for one in operation.participants.values()):
    ...         yield Finding("ACC900", "no producer", operation.locate("participants.yaml"))
    >>> @hookimpl
    ... def mitoyen_checks():
    ...     yield Check(id="has-a-plant", version=1, title="At least one producer", check=has_a_plant)
    """
    return ()


@hookspec
def mitoyen_executors() -> Iterable[Executor]:
    """How the work of a large settlement is spread.

    >>> from mitoyen.contracts import Executor
    >>> def backwards(function, tasks, options):
    ...     for task in reversed(tasks):
    ...         yield function(task)
    >>> @hookimpl
    ... def mitoyen_executors():
    ...     yield Executor(id="backwards", version=1, title="Last task first", run=backwards)
    """
    return ()


@hookspec
def mitoyen_stores() -> Iterable[Store]:
    """Where frozen meter data and cached results are kept, outside git.

    >>> from mitoyen.contracts import Store
    >>> class Memory:
    ...     def __init__(self): self.content = {}
    ...     def read(self, kind, key): return self.content.get((kind, key))
    ...     def write(self, kind, key, content): self.content[kind, key] = content
    ...     def has(self, kind, key): return (kind, key) in self.content
    >>> @hookimpl
    ... def mitoyen_stores():
    ...     yield Store(id="memory", version=1, title="Forgotten at exit", open=lambda folder, options: Memory())
    """
    return ()
