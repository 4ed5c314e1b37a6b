"""``mitoyen documents``: what members receive, rendered from a settled month."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import click

from mitoyen import parties, settlement
from mitoyen.billing.deciding import People
from mitoyen.billing.drafts import Lang, Settled, drafts
from mitoyen.billing.rendered import chosen, options_of, rendered
from mitoyen.chain import Chain
from mitoyen.cli.common import month_option, workspace
from mitoyen.clock import Month
from mitoyen.contracts import Document, DocumentFormat, Finding, InvoiceFormat, Operation
from mitoyen.diagnostics import Refused
from mitoyen.ledger import Ledger
from mitoyen.model import BILLED
from mitoyen.settlement import Unit
from mitoyen.workspace import Workspace
from mitoyen.written import write_whole


@click.command("documents")
@click.argument("operation")
@month_option(required=True, multiple=False)
@click.option("--as", "formats", multiple=True, help="A document format (default: those of operation.yaml).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to fill.")
@click.pass_obj
def command(repo: Path, operation: str, month: Month, formats: tuple[str, ...], out: Path) -> None:
    """Write the documents of OPERATION's month into a folder: statements of energy, and invoices.

    Invoices that were issued are written as they were frozen; before, they are drafts and say so. All of it is
    personal data: keep the folder out of git.
    """
    here = workspace(repo)
    loaded, sound = here.sound(operation)
    chain = Chain(sound, here.host, here.results)
    unit = settlement.settle(loaded, month, here.host, here.results, None, here.settings.lang, chain)
    wanted = formats or tuple(sound.formats)
    if not wanted:
        place = sound.locate("operation.yaml")
        raise Refused(
            Finding("ACC511", "no document format is named", place, "add --as text, or documents: {use: [text]}")
        )
    offers = [one for name in wanted for one in here.host.writers(name)]
    statements = [one for one in offers if isinstance(one, DocumentFormat)]
    invoices = [one for one in offers if isinstance(one, InvoiceFormat)]
    count = 0
    for document in (*_statements(here, sound, unit, statements), *_invoices(here, chain, unit, invoices)):
        write_whole(out / document.name, document.content, private=True)
        count += 1
    click.echo(f"{count} documents written in {out}")


def _statements(
    here: Workspace, operation: Operation, unit: Unit, offers: list[DocumentFormat]
) -> Iterator[Document]:
    """Each member's month."""
    data, safe = unit.as_data(), here.safe
    billed = {name: value for name, value in operation.format_options.items() if name in BILLED}
    for member in data["members"]:
        party = parties.load(safe, member["id"]) if safe else None
        statement = {
            **member,
            **({"party": party.as_data()} if party else {}),
            "title": operation.title,
            "organiser": operation.organiser,
            "lang": (party.language if party else None) or here.settings.lang,
            **{name: data[name] for name in ("operation", "month", "revision", "state", "fingerprint")},
        }
        for offer in (one for one in offers if member["role"] in one.roles):
            yield offer.render(statement, {**options_of(operation, offer), **billed})


def _invoices(here: Workspace, chain: Chain, unit: Unit, offers: list[InvoiceFormat]) -> Iterator[Document]:
    """Those of the register where the month was issued, else drafts."""
    operation = chain.operation
    issued = list(here.ledger.entries(operation=operation.id, months=[unit.month])) if here.ledger else []
    if here.ledger and issued:
        for entry in issued:
            yield from _frozen(here.ledger, entry.position, operation, offers)
        return
    if not offers or not operation.sellers:
        return
    month = Month.parse(unit.month)
    settled = Settled(operation, month, unit, chain.shared(month))
    for draft in drafts(settled, People(here), cast(Lang, here.settings.lang)):
        yield from (document for _offer, document in rendered(operation, draft, offers))


def _frozen(ledger: Ledger, position: int, operation: Operation, offers: list[InvoiceFormat]) -> Iterator[Document]:
    """The bytes that were frozen; a format that was not asked for then is written from the frozen content."""
    kept = {form: document for form, _digest, document in ledger.documents(position)}
    invoice = ledger.invoice(position)
    if invoice is None:
        return
    for offer, options in chosen(operation, invoice, offers):
        yield kept.get(offer.id) or offer.render(invoice, options)
