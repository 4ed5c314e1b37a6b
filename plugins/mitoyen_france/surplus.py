"""The sale of surplus: when the buyer may owe the VAT, and when it may write the invoices."""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.contracts import Finding, Operation

FILE = "operation.yaml"


def check(operation: Operation) -> Iterator[Finding]:
    """FRA110, FRA112."""
    for producer, sales in sorted(operation.surplus.items()):
        for sale in sales:
            where = ("surplus", producer, str(sale.start))
            if sale.reverse_charge and not sale.resells:
                yield Finding(
                    "FRA110",
                    f"{sale.buyer} may owe the VAT only if it buys to resell, which nobody has recorded",
                    operation.locate(FILE, *where, "vat"),
                    "add `resells: true` once its contract or its letter says so, or vat: normal; "
                    "CGI 283-2 quinquies, BOI-RES-TVA-000232",
                )
            if sale.invoiced_by == "buyer" and (sale.mandate is None or sale.start < sale.mandate):
                dated = f"this one is of {sale.mandate}" if sale.mandate else "which has no date here"
                yield Finding(
                    "FRA112",
                    f"{sale.buyer} may invoice for its seller only under a mandate that comes first, {dated}",
                    operation.locate(FILE, *where, "mandate" if sale.mandate else "invoiced_by"),
                    "write `mandate:` and the day it was signed, or invoiced_by: seller; CGI 289 I-2",
                )
