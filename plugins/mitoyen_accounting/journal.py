"""The journal of sales in CSV, for a spreadsheet or any accounting program: one row for each line of an entry."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal

from mitoyen.contracts import Document, Export, ExportFormat, Options
from mitoyen_accounting.accounts import JOURNAL, SCHEMA, Accounts, shown
from mitoyen_accounting.entries import Entry, by_seller

COLUMNS = (
    *("journal", "date", "piece", "compte", "libelle_compte", "auxiliaire", "nom_auxiliaire", "libelle"),
    *("debit", "credit", "taux_tva", "echeance", "mois"),
)


def export(wanted: Export) -> Iterator[Document]:
    """A file a seller, of the invoices of the months."""
    accounts = Accounts(wanted.options.get("accounts", {}), wanted.locate)
    period = "_".join(sorted({str(wanted.months[0]), str(wanted.months[-1])}))
    for seller, entries in by_seller(wanted.invoices(), accounts).items():
        name = f"journal-{wanted.operation.id}-{seller}-{period}.csv"
        yield Document(name, "text/csv; charset=utf-8", _written(entries, wanted.options))


def _written(entries: Iterable[Entry], options: Options) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=options["delimiter"], lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in entries:
        for row in one.rows:
            writer.writerow(
                [
                    options["journal"]["code"],
                    one.day,
                    one.piece,
                    row.account.number,
                    row.account.title,
                    row.member,
                    row.name,
                    one.label,
                    _decimal(row.debit, options),
                    _decimal(row.credit, options),
                    "" if row.rate is None else shown(row.rate).replace(".", options["decimal"]),
                    one.due or "",
                    one.month,
                ]
            )
    return text.getvalue().encode("utf-8-sig")  # with the mark by which a spreadsheet knows UTF-8


def _decimal(amount: Decimal, options: Options) -> str:
    return f"{amount:.2f}".replace(".", options["decimal"])


FORMAT = ExportFormat(
    id="journal",
    version=1,
    title="Journal of sales in CSV (journal des ventes)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "journal": JOURNAL,
            "accounts": SCHEMA,
            "delimiter": {
                "type": "string",
                "enum": [";", ",", "\t"],
                "default": ";",
                "description": "what stands between two columns / séparateur",
            },
            "decimal": {
                "type": "string",
                "enum": [",", "."],
                "default": ",",
                "description": "before the cents / séparateur décimal",
            },
        },
    },
    export=export,
)
