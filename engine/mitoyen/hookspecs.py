"""Every hook a plugin may implement.

A plugin is a module named in the entry-point group ``mitoyen``. Its hooks are of three kinds:

- *offers* yield typed records (:mod:`mitoyen.contracts`); YAML, or the command line, names one by its id;
- *news* are told after the fact and can change nothing: an exception is a warning that names the plugin;
- one *question*, ``mitoyen_link``: the first answer counts.

The plugins that come with mitoyen use these same hooks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from mitoyen.contracts import (
    AllocationRule,
    Check,
    Command,
    DocumentFormat,
    Executor,
    ExportFormat,
    Indicator,
    InvoiceFormat,
    InvoiceLaw,
    Place,
    Source,
    Store,
    TariffRule,
    Tax,
    Vault,
)

hookspec = pluggy.HookspecMarker("mitoyen")
hookimpl = pluggy.HookimplMarker("mitoyen")


# --- offers --------------------------------------------------------------------------------------------------


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
    >>> def gift(energy):
    ...     return Charges((Line("energy", int(energy.shared.sum()), "kWh", Decimal(0), ()),))
    >>> @hookimpl
    ... def mitoyen_tariff_rules():
    ...     yield TariffRule(id="gift", version=1, title="Given to neighbours", price=gift)
    """
    return ()


@hookspec
def mitoyen_taxes() -> Iterable[Tax]:
    """The VAT of a law, by date; perhaps what a reseller owes, and the excise.

    >>> from mitoyen.contracts import Levy, Tax
    >>> def one_fifth(regime, territory, supply, day):
    ...     return Levy(200_000_000, "S")
    >>> @hookimpl
    ... def mitoyen_taxes():
    ...     yield Tax(
    ...         id="ruritania-vat", version=1, title="One rate for all", law="ruritania",
    ...         regimes=("normal",), territories=("mainland",), levy=one_fifth, changes=lambda *_days: (),
    ...     )
    """
    return ()


@hookspec
def mitoyen_invoice_laws() -> Iterable[InvoiceLaw]:
    """What a law wants of invoices beside their VAT.

    >>> from mitoyen.contracts import InvoiceLaw, Note
    >>> def thanks(kind, lang, day):
    ...     return (Note(code="PMT", text="Payable in gold"),) if kind == "business" else ()
    >>> @hookimpl
    ... def mitoyen_invoice_laws():
    ...     yield InvoiceLaw(
    ...         id="ruritania-invoices", version=1, title="Gold", law="ruritania", notes=thanks,
    ...         horizon=lambda kind, day: 14 if kind == "household" else None,
    ...     )
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
def mitoyen_invoice_formats() -> Iterable[InvoiceFormat]:
    """How an invoice is written down: its id may be that of a document format, for both are asked for by name.

    >>> from mitoyen.contracts import Document, InvoiceFormat
    >>> def one_line(invoice, options):
    ...     text = f"{invoice.number or 'DRAFT'} {invoice.buyer.name} {invoice.payable} EUR\\n"
    ...     return Document(f"{invoice.number or invoice.buyer_id}.txt", "text/plain", text.encode())
    >>> @hookimpl
    ... def mitoyen_invoice_formats():
    ...     yield InvoiceFormat(id="one-line", version=1, title="One line an invoice", render=one_line)
    """
    return ()


@hookspec
def mitoyen_exports() -> Iterable[ExportFormat]:
    """What other programs take from settled and issued months.

    >>> from mitoyen.contracts import Document, ExportFormat
    >>> def totals(export):
    ...     rows = [f"{one.number},{one.payable}\\n" for one in export.invoices()]
    ...     yield Document(f"{export.operation.id}-{export.months[0]}.csv", "text/csv", "".join(rows).encode())
    >>> @hookimpl
    ... def mitoyen_exports():
    ...     yield ExportFormat(id="totals", version=1, title="Number and amount", export=totals)
    """
    return ()


@hookspec
def mitoyen_indicators() -> Iterable[Indicator]:
    """What the report measures of an operation's months, each with its definition, formula, unit and source.

    >>> from fractions import Fraction
    >>> from mitoyen.contracts import KWH, Indicator, Said
    >>> def left(months):
    ...     return Fraction(sum(int((one.produced - one.shared).sum()) for one in months), KWH)
    >>> @hookimpl
    ... def mitoyen_indicators():
    ...     french = Said("Surplus", "Ce qui n'a pas été partagé.", "produit − partagé", "Convention de la coop")
    ...     yield Indicator(
    ...         id="left", version=1, title="Energy that is left", said={"fr": french}, unit="kWh", measure=left
    ...     )
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


@hookspec
def mitoyen_vaults() -> Iterable[Vault]:
    """Where names, addresses and bank details are kept, outside git.

    >>> from mitoyen.contracts import Vault
    >>> class Pocket:
    ...     def __init__(self): self.parties = {}
    ...     def names(self): return list(self.parties)
    ...     def read(self, name): return self.parties.get(name)
    ...     def write(self, name, content): self.parties[name] = content
    ...     def remove(self, name): return self.parties.pop(name, None) is not None
    ...     def where(self, name): return f"pocket/{name}.yaml"
    >>> @hookimpl
    ... def mitoyen_vaults():
    ...     yield Vault(id="pocket", version=1, title="Forgotten at exit", open=lambda folder, options: Pocket())
    """
    return ()


@hookspec
def mitoyen_commands() -> Iterable[Command]:
    """A command beside ours; the names of ours cannot be taken.

    >>> from mitoyen.contracts import Command
    >>> def hello():
    ...     import click
    ...     return click.Command("hello", callback=lambda: click.echo("hello"))
    >>> @hookimpl
    ... def mitoyen_commands():
    ...     yield Command(id="hello", title="say hello", load=hello)
    """
    return ()


# --- news ----------------------------------------------------------------------------------------------------


@hookspec
def mitoyen_planned(plan: Mapping[str, Any], lang: str) -> None:
    """A plan was made and shown: the data of ``mitoyen plan --format json``, made when they are first looked at.

    >>> heard = []
    >>> @hookimpl
    ... def mitoyen_planned(plan):
    ...     heard.append(plan["digest"])
    """


@hookspec
def mitoyen_settled(unit: Mapping[str, Any], lang: str) -> None:
    """A month was settled and its manifest written: a unit of ``mitoyen settle --format json``, likewise.

    >>> heard = []
    >>> @hookimpl
    ... def mitoyen_settled(unit):
    ...     heard.append((unit["operation"], unit["month"], unit["reused"]))
    """


@hookspec
def mitoyen_issued(unit: Mapping[str, Any], lang: str) -> None:
    """A month was issued: a unit of ``mitoyen issue --format json``, with the rows of its invoices, likewise.

    >>> heard = []
    >>> @hookimpl
    ... def mitoyen_issued(unit):
    ...     heard.append((unit["operation"], unit["month"], len(unit["invoices"])))
    """


# --- the question --------------------------------------------------------------------------------------------


@hookspec(firstresult=True)
def mitoyen_link(place: Place, commit: str, remote: str | None) -> str | None:
    """Where a forge shows a place at a commit, or None where it is not one this plugin knows.

    The path is from the top of the git repository; ``remote`` is the address it was cloned from.

    >>> from mitoyen.contracts import Place
    >>> @hookimpl
    ... def mitoyen_link(place, commit):
    ...     return f"https://forge.example/{commit}/{place.path}#{place.line}"
    """
