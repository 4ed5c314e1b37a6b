"""A message for a bank: what sepaxml writes, without the clock and the dice it puts in, held against its XSD.

The number of a message is made of what it says. So the same payments are the same bytes, and a bank that is sent
them twice sees that it has them already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING, Any

from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused
from mitoyen.host import MissingExtra

if TYPE_CHECKING:
    from mitoyen.party import Party


def sepaxml() -> Any:
    """The library; raise MissingExtra where it is not installed."""
    try:
        import sepaxml as library
    except ImportError as error:
        raise MissingExtra("sepa", "sepaxml") from error
    return library


def latin(text: str, longest: int) -> str:
    """Text in the signs that every bank takes (EPC 217-08): letters without accents, digits, a few marks."""
    from text_unidecode import unidecode  # comes with sepaxml

    plain = re.sub(r"[^A-Za-z0-9/?:().,'+ -]+", " ", unidecode(text).replace("&", "+").replace("_", "-"))
    return " ".join(re.sub("/+", "/", plain).strip("/ ").split())[:longest].strip()


def account_fault(iban: str) -> str | None:
    """What is wrong with an IBAN, by its own control digits and those of its country; None where nothing is."""
    try:
        import schwifty
        from schwifty import exceptions
    except ImportError as error:
        raise MissingExtra("sepa", "schwifty") from error
    try:
        schwifty.IBAN(iban, validate_bban=True)
    except (exceptions.InvalidChecksumDigits, exceptions.InvalidBBANChecksum):
        return "its control digits do not agree with the others"
    except exceptions.SchwiftyException:
        return "it has not the right form"
    return None


def address(party: Party, iban: str) -> dict[str, str]:
    """Where the party lives, in the fields banks want since November 2026, never in lines; nothing for a French
    account, where nobody asks for it."""
    if iban.startswith("FR"):
        return {}
    where = party.address
    return {"postcode": latin(where.postcode, 16), "town": latin(where.city, 35), "country": where.country}


def finished(message: Any, day: date) -> tuple[str, bytes]:
    """The number of a message of sepaxml, and its bytes; ``day`` is the one it says it was made on.

    Raise Refused where the result is not valid by the XSD.
    """
    raw: bytes = message.export(validate=False)
    said = re.sub(rb"<(MsgId|CreDtTm|PmtInfId)>[^<]*</\1>", b"", raw)
    number = f"{day:%Y%m%d}-{sha256(said).hexdigest()[:20]}"
    batches = count(1)
    values: Mapping[bytes, Any] = {
        b"MsgId": lambda: number,
        b"CreDtTm": lambda: f"{day}T00:00:00",
        b"PmtInfId": lambda: f"{number}-{next(batches)}",
    }
    content = re.sub(
        rb"<(MsgId|CreDtTm|PmtInfId)>[^<]*(?=</\1>)",
        lambda found: b"<%b>%b" % (found[1], values[found[1]]().encode()),
        raw,
    ).replace(b"<DbtrAgt><FinInstnId /></DbtrAgt>", UNKNOWN_BANK)
    _validate(content, message.schema)
    return number, content


UNKNOWN_BANK = b"<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>"
"""What banks want where the BIC is not given; sepaxml leaves an empty element in a transfer."""


def _validate(content: bytes, schema: str) -> None:
    from xmlschema import XMLSchemaValidationError

    try:
        _schema(schema).validate(content.decode())
    except XMLSchemaValidationError as error:
        raise Refused(
            Finding(
                "ACC875",
                f"the bank would not take the message: by {schema}, {error.path} is not what it should be",
                help="`mitoyen parties check` tells which number is not one; where it finds nothing, report this",
            )
        ) from error


@cache
def _schema(name: str) -> Any:
    """One of the official XSDs, which come with sepaxml; they are read once."""
    from xmlschema import XMLSchema

    return XMLSchema(str(files("sepaxml").joinpath("schemas", f"{name}.xsd")))
