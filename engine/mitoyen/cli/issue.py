"""``mitoyen issue``: number and freeze a month's invoices, or correct those of a month that was issued."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import click

from mitoyen.billing import issuing
from mitoyen.billing.deciding import Decided, ahead, ledger_of
from mitoyen.billing.deciding import decide as whole
from mitoyen.cli.common import emit, filled, format_option, month_option, tell, workspace
from mitoyen.cli.invoices import row
from mitoyen.cli.progress import progress
from mitoyen.clock import Month
from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused, as_data, failed, ordered
from mitoyen.invoice import Invoice
from mitoyen.ledger import IssuedUnit, Ledger
from mitoyen.repository.record import record
from mitoyen.spoken import billing, money
from mitoyen.taxes import ZERO
from mitoyen.workspace import Workspace

Decide = Callable[[Workspace, str, Month, date], Decided]


@click.command("issue")
@click.argument("operations", nargs=-1)
@month_option(required=True, multiple=False)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the invoices (default: today).")
@click.option("--accept", "accepted", multiple=True, metavar="CODE", help="A finding to accept, such as ACC834.")
@click.option("--deposits", is_flag=True, help="Only the packages bought in the month: it need not be measured.")
@click.option("--dry-run", is_flag=True, help="Say what would be issued; nothing is numbered or written.")
@click.option("--commit", "keep", is_flag=True, help="Commit the manifests, as mitoyen.")
@format_option("text", "json")
@click.pass_obj
def command(
    repo: Path,
    operations: tuple[str, ...],
    month: Month,
    day: datetime | None,
    accepted: tuple[str, ...],
    deposits: bool,
    dry_run: bool,
    keep: bool,
    form: str,
) -> int:
    """Issue the invoices of a month, of OPERATIONS or of all of them: numbers are given, and nothing changes after.

    Of a month that was issued before, only what differs is corrected: a credit note and a new invoice, or, below
    the amount of `billing: {below: …}`, a line on the next invoice. A run that was killed is finished by the next
    one. Everything that stands against it is told first, and then nothing is written at all.
    """
    here = workspace(repo)
    on = day.date() if day else date.today()  # noqa: DTZ011 - the day people write on an invoice
    wanted = "packages.yaml" if deposits else f"data/{month}.yaml"
    names = [name for name in here.repository.select(operations) if operations or _has(here, name, wanted)]
    decide = ahead if deposits else whole
    ledger = ledger_of(here)
    with here.writing():
        if not dry_run:
            for name in names:
                issuing.finish(here, name)
        findings, invoices = _looked_at(here, names, month, on, decide)
        told = _told(findings, accepted, dry_run=dry_run)
        if dry_run:
            _show_planned(here, invoices, told, form)
            return int(failed(told))
        issuing.not_behind(here, ledger)
        units: list[IssuedUnit] = []
        rows = {name: ledger.last(name) for name in names}
        with progress(len(invoices), "issuing") as advance:
            for name in names:
                # Decided anew: the first look keeps no curve and no invoice of two thousand operations.
                decided = decide(here, name, month, on)
                units += issuing.issue(here, decided, on, _codes(decided.findings, accepted), lambda: advance(""))
        if keep and units:
            record(here.repository, [_path(here, unit) for unit in units], _message(units))
    data = [_unit(unit, ledger) for unit in units]
    for unit in data:
        here.host.tell("mitoyen_issued", here.settings.lang, unit=partial(deepcopy, unit))
    new = list(_after(ledger, rows)) if deposits else []
    if form == "json":
        found = [as_data(one) for one in ordered(told)]
        emit({"format_version": 1, "units": data, **({"deposits": new} if deposits else {}), "findings": found})
        return 0
    lang = here.settings.lang
    for unit in data:
        _show(unit, lang)
    for one in new:
        click.echo(row(one, lang))
    if not data and not new:
        click.echo(billing(lang, "nothing"))
    tell(told, err=True)
    return 0


def _after(ledger: Ledger, rows: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """What the register has of each operation beyond the row that was its last."""
    for name, last in rows.items():
        yield from (one.as_data() for one in ledger.entries(operation=name) if one.position > last)


def _has(here: Workspace, name: str, file: str) -> bool:
    """Whether an operation that nobody named has anything to issue."""
    return file in here.repository.working.listing(name)


def _looked_at(
    here: Workspace, names: Iterable[str], month: Month, day: date, decide: Decide
) -> tuple[list[Finding], list[dict[str, Any]]]:
    """Everything that stands against issuing, whichever operation it is of, and what would be issued."""
    findings: list[Finding] = []
    invoices: list[dict[str, Any]] = []
    if day > date.today():  # noqa: DTZ011
        findings.append(Finding("ACC838", f"{day} has not come yet", None, "an invoice bears the day it is issued"))
    for name in names:
        try:
            decided = decide(here, name, month, day)
        except Refused as refused:
            findings += refused.findings
            continue
        findings += decided.findings
        invoices += [_planned(one) for one in decided.invoices]
    return findings, invoices


def _told(findings: list[Finding], accepted: Sequence[str], *, dry_run: bool) -> list[Finding]:
    try:
        return issuing.refuse(findings, accepted)
    except Refused as refused:
        if dry_run:
            return list(refused.findings)
        raise


def _codes(findings: Iterable[Finding], accepted: Sequence[str]) -> list[str]:
    """The codes that were accepted and are there."""
    return sorted({one.code for one in findings} & set(accepted))


def _planned(invoice: Invoice) -> dict[str, Any]:
    return {
        "operation": invoice.operation,
        "type": invoice.type,
        "seller": invoice.seller_id,
        "buyer": invoice.buyer_id,
        "net": str(invoice.net),
        "vat": str(invoice.vat),
        "gross": str(invoice.gross),
        "cites": [one.number for one in invoice.cites],
        **({"reason": invoice.reason} if invoice.reason else {}),
    }


def _unit(unit: IssuedUnit, ledger: Ledger) -> dict[str, Any]:
    entries = [
        entry
        for entry in ledger.entries(operation=unit.operation, months=[unit.month])
        if entry.revision == unit.revision
    ]
    net, vat = sum((one.net for one in entries), ZERO), sum((one.vat for one in entries), ZERO)
    return {
        "operation": unit.operation,
        "month": unit.month,
        "revision": unit.revision,
        "issued": unit.issued.isoformat(),
        "manifest": unit.path,
        "billed": {"net": str(net), "vat": str(vat), "gross": str(net + vat)},
        "invoices": [entry.as_data() for entry in entries],
        "deferred": sorted({key.split(" ")[0] for key in unit.deferred}),
    }


def _show(unit: Mapping[str, Any], lang: str) -> None:
    gross = money(Decimal(unit["billed"]["gross"]), lang)
    click.echo(billing(lang, "unit", **unit, count=len(unit["invoices"]), gross=gross))
    for one in unit["invoices"]:
        click.echo(row(one, lang))
    if unit["deferred"]:
        for part in filled(billing(lang, "deferred", members=", ".join(unit["deferred"])), "  "):
            click.echo(part)


def _show_planned(here: Workspace, invoices: list[dict[str, Any]], findings: list[Finding], form: str) -> None:
    lang = here.settings.lang
    if form == "json":
        emit({"format_version": 1, "planned": invoices, "findings": [as_data(one) for one in ordered(findings)]})
        return
    for one in invoices:
        click.echo(row({**one, "number": "–"}, lang))
    click.echo(billing(lang, "planned", count=len(invoices)))
    tell(findings)


def _path(here: Workspace, unit: IssuedUnit) -> Path:
    return here.repository.folder / unit.operation / unit.path


def _message(units: Sequence[IssuedUnit]) -> str:
    what = f"{units[0].operation} {units[0].month}" if len(units) == 1 else f"{len(units)} months"
    return "\n".join(
        [f"Issue {what}", "", *(f"Issued: {one.operation}/{one.month}.{one.revision}" for one in units)]
    )
