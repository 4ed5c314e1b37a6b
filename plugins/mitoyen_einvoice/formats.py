"""The three formats: an invoice is looked at before it is written, and read back once it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

from mitoyen.contracts import Document, Finding, InvoiceFormat, Options
from mitoyen.diagnostics import Refused, failed
from mitoyen_einvoice.options import OPTIONS

if TYPE_CHECKING:
    from mitoyen.invoice import Invoice


def applies(invoice: Invoice, options: Options) -> bool:
    """Households get a page to read: an XML for them would only be one more file that knows who they are."""
    return invoice.buyer.kind != "household" or bool(options.get("households", False))


def xml(invoice: Invoice, options: Options, syntax: Literal["cii", "ubl"]) -> bytes:
    """The XML, proved. Raise Refused with all that is wrong, before or after it was written."""
    from mitoyen_einvoice.fields import fields
    from mitoyen_einvoice.needs import lacking
    from mitoyen_einvoice.syntax import write

    lacks = list(lacking(invoice, options))
    if lacks:
        raise Refused(*lacks)
    try:
        written = write(fields(invoice, options), syntax)
    except ValueError:  # of lxml, whose message repeats the text
        raise Refused(
            Finding(
                "ACC840",
                f'the invoice of {invoice.month} from "{invoice.seller_id}" to "{invoice.buyer_id}" cannot be XML',
                help="a name or a label has a sign of control, or an amount is not in whole cents: write it anew",
            )
        ) from None
    _prove(written, f"{invoice.name}.{syntax}.xml", full=options.get("validate", "full") == "full")
    return written


def _prove(written: bytes, name: str, *, full: bool) -> None:
    from mitoyen_einvoice.audit import audit
    from mitoyen_einvoice.document import parsed
    from mitoyen_einvoice.official import check

    source = parsed(written, name)
    findings = audit(source)
    if full and not failed(findings):
        findings += check(source)[0]
    if failed(findings):
        raise Refused(*findings)


def _xml(syntax: Literal["cii", "ubl"], invoice: Invoice, options: Options) -> Document:
    return Document(f"{invoice.name}.{syntax}.xml", "application/xml", xml(invoice, options, syntax))


def _facturx(invoice: Invoice, options: Options) -> Document:
    from mitoyen_pdf import render

    content = render(invoice, attach=xml(invoice, options, "cii"))
    return Document(f"{invoice.name}-facturx.pdf", "application/pdf", content)


def _format(id_: str, title: str, render: Callable[[Invoice, Options], Document], *replaces: str) -> InvoiceFormat:
    return InvoiceFormat(
        id=id_,
        version=1,
        title=title,
        schema=OPTIONS,
        render=render,
        applies=applies,
        replaces=frozenset(replaces),
    )


FORMATS = (
    _format("cii", "E-invoice, CII D22B (facture électronique)", partial(_xml, "cii")),
    _format("facturx", "E-invoice, Factur-X: PDF/A-3 with its CII (facture électronique)", _facturx, "pdf"),
    _format("ubl", "E-invoice, UBL 2.1 (facture électronique)", partial(_xml, "ubl")),
)
