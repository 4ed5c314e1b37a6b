"""An invoice set by typst: PDF/A-3a and PDF/UA-1 at once, the same bytes in any process."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitoyen.contracts import Document, Finding, InvoiceFormat, Options
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.host import MissingExtra

if TYPE_CHECKING:
    import typst

    from mitoyen.invoice import Invoice

TEMPLATE = Path(__file__).parent / "template"

STANDARDS = ["a-3a", "ua-1"]
"""To keep ten years and to be read aloud; typst refuses to write what would break either."""


def render(invoice: Invoice, attach: bytes | None = None) -> bytes:
    """The PDF; ``attach`` is the Factur-X XML of the same invoice, of the profile EN 16931, put into it.

    Raise Refused (PDF101) where a sign has no form in our fonts, MissingExtra without typst or pikepdf.
    """
    pdf: bytes = compiled(invoice, attach, format="pdf", pdf_standards=STANDARDS)
    if attach is None:
        return pdf
    from mitoyen_pdf.facturx import declared

    return declared(pdf)


def compiled(invoice: Invoice, attach: bytes | None = None, **how: Any) -> Any:
    """What typst makes of it: bytes of a PDF, or a list of PNG pages with ``format="png"``."""
    from mitoyen_pdf.sheet import sheet

    compiler = _compiler(os.getpid())
    inputs = {"sheet": json.dumps(sheet(invoice), ensure_ascii=False)}
    if attach is not None:
        inputs["xml"] = attach.decode()
    try:
        return compiler.compile(sys_inputs=inputs, **how)
    except RuntimeError as error:
        unknown = re.search(r'the text `"(.+?)"` could not be displayed', str(error))
        if not unknown:
            raise
        raise Refused(
            Finding(
                "PDF101",
                f"the invoice of {invoice.seller_id} to {invoice.buyer_id} for {invoice.month} has a sign that "
                f"its fonts cannot show: {unknown[1]}",
                help="write names, titles and labels in Latin, Greek or Cyrillic letters",
            )
        ) from None


@cache
def _compiler(process: int) -> typst.Compiler:
    """One for each process: it keeps the fonts and the parsed template."""
    try:
        import fontpkg_source_sans_3
        import typst
    except ImportError as error:
        raise MissingExtra("pdf", error.name or "typst") from error
    if _started and process not in _started:
        # Its threads stayed in the parent: compiling here would wait for them for ever.
        raise UsageError("a process forked after a PDF was made cannot make one: start it with spawn")
    _started.add(process)
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[fontpkg_source_sans_3.ROOT / "files"])
    return typst.Compiler(TEMPLATE / "invoice.typ", root=TEMPLATE, font_paths=fonts, ignore_system_fonts=True)


_started: set[int] = set()


def _written(invoice: Invoice, _options: Options) -> Document:
    return Document(f"{invoice.name}.pdf", "application/pdf", render(invoice))


FORMAT = InvoiceFormat(id="pdf", version=1, title="PDF, two pages (deux pages)", render=_written)
