"""``mitoyen invoices``: the register, as a list."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from mitoyen.billing.deciding import ledger_of
from mitoyen.cli.common import emit, format_option, month_option, workspace
from mitoyen.clock import Month
from mitoyen.spoken import billing, money


@click.command("invoices")
@click.argument("operations", nargs=-1)
@month_option(required=False, multiple=True)
@format_option("text", "json")
@click.pass_obj
def command(repo: Path, operations: tuple[str, ...], months: tuple[Month, ...], form: str) -> None:
    """List what was issued, of OPERATIONS or of all, in the order of the register: numbers, people by pseudonym."""
    here = workspace(repo)
    ledger = ledger_of(here)
    here.repository.select(operations)
    wanted = operations or (None,)
    entries = [one for name in wanted for one in ledger.entries(operation=name, months=map(str, months))]
    rows = [entry.as_data() for entry in sorted(entries, key=lambda one: one.position)]
    if form == "json":
        emit({"format_version": 1, "invoices": rows})
        return
    lang = here.settings.lang
    for one in rows:
        click.echo(f"{one['issued']}  {one['operation']} {one['month']}{row(one, lang)}")
    if not rows:
        click.echo(billing(lang, "none"))


def row(one: Mapping[str, Any], lang: str) -> str:
    """A document in one line."""
    what, amount = billing(lang, str(one["type"])), money(Decimal(one["gross"]), lang)
    return f"  {one['number']:<16} {what:<17} {one['seller']} → {one['buyer']:<16} {amount:>12} €"
