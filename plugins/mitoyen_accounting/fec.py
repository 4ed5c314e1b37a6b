"""The file of accounting entries that French law wants (FEC, LPF A47 A-1): the journal of sales of a fiscal year.

A year is named by its closing day, and an entry is of the day of its invoice, whatever month that is for. So the
file of a year grows until its end and no entry in it ever moves: numbers have no gap, days never go back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from mitoyen.clock import Month
from mitoyen.contracts import Document, Export, ExportFormat, Finding, Options, Place
from mitoyen.diagnostics import Refused
from mitoyen_accounting.accounts import JOURNAL, SCHEMA, Accounts
from mitoyen_accounting.entries import Entry, by_seller
from mitoyen_accounting.proof import COLUMNS, faults

if TYPE_CHECKING:
    from mitoyen.invoice import Invoice
    from mitoyen.party import Party

SEPARATORS = {"tab": "\t", "|": "|"}


def export(wanted: Export) -> Iterator[Document]:
    """A file a seller that keeps books, of the fiscal year in which the last of the months lies."""
    first, closing = fiscal_year(wanted.months[-1], wanted.options["closing"])
    accounts = Accounts(wanted.options.get("accounts", {}), wanted.locate)
    sirens: dict[str, str] = {}
    books: dict[str, list[Entry]] = {}
    for seller, entries in by_seller(_of_books(wanted, first, closing, sirens), accounts).items():
        books.setdefault(sirens[seller], []).extend(entries)  # one body may sell under two names
    for siren, entries in sorted(books.items()):
        name = f"{siren}FEC{closing:%Y%m%d}.txt"
        content = _encoded(_written(sorted(entries, key=lambda one: one.day), wanted.options), wanted)
        _prove(name, content, wanted.options)
        yield Document(name, "text/plain", content)


def fiscal_year(month: Month, closing: int) -> tuple[date, date]:
    """The first and the last day of the year, closed at the end of the ``closing`` month, in which a month lies."""
    year = month.year + (month.number > closing)
    return Month(year - 1, closing).next.first, Month(year, closing).next.first - timedelta(days=1)


def _of_books(wanted: Export, first: date, last: date, sirens: dict[str, str]) -> Iterator[Invoice]:
    """The invoices of those who keep books, their SIREN noted: a household without one keeps none."""
    for invoice in wanted.issued(first, last):
        if invoice.seller_id not in sirens:
            sirens[invoice.seller_id] = _siren(invoice, wanted)
        if sirens[invoice.seller_id]:
            yield invoice


def _siren(invoice: Invoice, wanted: Export) -> str:
    """That of the seller on its invoice, else today's; empty for a household, raise Refused for anyone else."""
    seller = invoice.seller_id
    siren = _written_siren(invoice.seller) or _written_siren(wanted.party(seller))
    if not siren and invoice.seller.kind != "household":
        raise Refused(
            Finding(
                "ACC863",
                f'the seller "{seller}" has no SIREN, by which its FEC is named',
                wanted.operation.locate("operation.yaml", "sellers", seller, key=True),
                f"mitoyen parties edit {seller}, and add siren",
            )
        )
    return siren


def _written_siren(party: Party | None) -> str:
    return (party.siren or (party.siret or "")[:9]) if party else ""


def _written(entries: Iterable[Entry], options: Options) -> str:
    separator = SEPARATORS[options["separator"]]
    lines = [separator.join(COLUMNS)]
    for number, one in enumerate(entries, 1):
        day = f"{one.day:%Y%m%d}"
        for row in one.rows:
            fields = [
                *(options["journal"]["code"], options["journal"]["label"], str(number), day),
                *(row.account.number, row.account.title, row.member, _field(row.name) or row.member),
                *(one.piece, day, one.label, _amount(row.debit), _amount(row.credit)),
                *("", "", day, "", ""),  # no reconciliation; valid since it is issued; euros
            ]
            lines.append(separator.join(_field(field) for field in fields))
    return "\r\n".join(lines) + "\r\n"


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _field(text: str) -> str:
    """Without what would end a field or a line."""
    return re.sub(r"[\s|]+", " ", text).strip()


def _encoded(text: str, wanted: Export) -> bytes:
    encoding = wanted.options["encoding"]
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        piece = text.splitlines()[line - 1].split(SEPARATORS[wanted.options["separator"]])[8]
        raise Refused(
            Finding(
                "ACC864",
                f'invoice {piece} has the sign "{text[error.start]}", which {encoding} does not know',
                wanted.locate("encoding"),
                "exports: {fec: {encoding: utf-8}}",
            )
        ) from error


def _prove(name: str, content: bytes, options: Options) -> None:
    """Read back what is to be written; raise Refused where an inspector would find fault with it."""
    found = faults(name, content, SEPARATORS[options["separator"]], options["encoding"])
    advice = "nothing is written; please report it, without the names of people"
    findings = [Finding("ACC865", message, Place(name, line), advice) for line, message in found]
    if findings:
        raise Refused(*findings)


FORMAT = ExportFormat(
    id="fec",
    version=1,
    title="FEC, the entries of a fiscal year (fichier des écritures comptables)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "journal": JOURNAL,
            "accounts": SCHEMA,
            "closing": {
                "type": "integer",
                "minimum": 1,
                "maximum": 12,
                "default": 12,
                "description": "the month at whose end the fiscal year closes / mois de clôture de l'exercice",
            },
            "separator": {
                "type": "string",
                "enum": list(SEPARATORS),
                "default": "tab",
                "description": "what stands between two fields / séparateur",
            },
            "encoding": {
                "type": "string",
                "enum": ["iso8859-15", "utf-8"],
                "default": "iso8859-15",
                "description": "utf-8 where a name wants it / codage",
            },
        },
    },
    export=export,
)
