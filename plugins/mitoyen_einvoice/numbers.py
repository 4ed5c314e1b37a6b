"""The numbers of bodies and accounts on an e-invoice, held against their own control digits, and never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mitoyen.contracts import Finding
from mitoyen.parties import wrong
from mitoyen_einvoice.reading import Read, Value

_OF_PARTIES = {"SIREN": ("SIREN", "siren"), "SIRET": ("SIRET", "siret"), "VAT": ("VAT number", "vat")}
_OF_PAYMENT = {
    "BT-84": ("IBAN", "iban"),
    "BT-90": ("creditor identifier", "creditor_id"),
    "BT-91": ("IBAN", "iban"),
}

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10}")


def identities(document: Read) -> Iterator[Finding]:
    """ACC854: a number that cannot exist, or is another body's."""
    for whose, values in (("seller", document.seller), ("buyer", document.buyer)):
        french = {name: value for name, value in values.items() if name != "VAT" or value.text.startswith("FR")}
        for name, (what, kind) in _OF_PARTIES.items():
            if name in french:
                yield from _judged(document, f"the {whose}'s {what}", kind, french[name])
        siren = french.get("SIREN")
        for name, part in (("SIRET", slice(None, 9)), ("VAT", slice(-9, None))):
            number = french.get(name)
            if siren and number and number.text[part] != siren.text:
                message = f"the {whose}'s {_OF_PARTIES[name][0]} and SIREN are not of the same body"
                yield _finding(
                    document, message, number, "a SIRET begins with the SIREN, a VAT number ends with it"
                )
    for name, (what, kind) in _OF_PAYMENT.items():
        value = document.values.get(name)
        if value and (kind != "iban" or _IBAN.match(value.text)):  # an account may have another number
            yield from _judged(document, f"the {what} ({name})", kind, value)


def _judged(document: Read, what: str, kind: str, value: Value) -> Iterator[Finding]:
    fault = wrong(kind, value.text)
    if fault:
        yield _finding(document, f"{what} is not one: {fault}", value, "copy it again from where it is given")


def _finding(document: Read, message: str, value: Value, advice: str) -> Finding:
    return Finding("ACC854", message, document.source.place(value.element), advice)
