"""Fields of the norm written as XML by factur-x, held to its version 7.8: others name their fields otherwise.

Only its writers are used. Its schematron check passes where its server is absent, and its PDF has another standard
than it says.
"""

from __future__ import annotations

from typing import Literal, cast

from mitoyen.host import MissingExtra
from mitoyen_einvoice.fields import Fields

Syntax = Literal["cii", "ubl"]


def write(found: Fields, syntax: Syntax) -> bytes:
    """The XML of an invoice or a credit note; ``found`` is used up. Raise ValueError on a text XML cannot hold."""
    try:
        from facturx import generate_xml
    except ImportError as error:
        raise MissingExtra("einvoice", "factur-x") from error
    flavour = "factur-x" if syntax == "cii" else "ubl-2.1"
    written = generate_xml(found, flavor=flavour, level="en16931", check_xsd=False, check_schematron=False)
    return cast(bytes, written)
