"""The list of participants that an organiser sends to Enedis (annexe 2.1), and the letter that goes with its moves.

The columns are those of a list seen in the field; Enedis publishes no format of it (unverified).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mitoyen.contracts import Document, Export, ExportFormat, Finding, Participant
from mitoyen.diagnostics import Refused
from mitoyen.host import MissingExtra
from mitoyen.party import Party

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WHO = ("PRM", "Titulaire", "Adresse", "Code postal", "Commune", "SIRET", "Entrée", "Sortie")
MOVES = ("Date", "Mouvement", "Rôle", "PRM", "Titulaire")
ROLES = {"consumer": "consommateur", "producer": "producteur"}
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def export(asked: Export) -> Iterator[Document]:
    """The list at the end of the months, and a letter where somebody came or went in them."""
    first, last = asked.months[0].first, asked.months[-1].next.first
    present = sorted(
        (one for one in asked.operation.participants.values() if _present(one, first, last)), key=lambda one: one.id
    )
    known = _known(asked, present)
    moves = sorted(_moves(present, first, last), key=lambda move: (move[0], move[2].id))
    agreement = asked.operation.details.get("agreement", asked.operation.id)
    day = last - timedelta(days=1)
    content = _book(present, known, moves)
    yield Document(f"{agreement}_{day:%Y%m%d}_ANNEXE2.1.xlsx", XLSX, content)
    if moves:
        text = "\n".join(_letter(asked, agreement, day, moves, known)) + "\n"
        yield Document(f"{agreement}_{day:%Y%m%d}_courrier.txt", "text/plain; charset=utf-8", text.encode())


Known = dict[str, tuple[str, Party]]
"""By participant, its PRM and who it is."""
Move = tuple[date, str, Participant]


def _present(one: Participant, first: date, last: date) -> bool:
    """In it on some day, the day it leaves counted: Enedis is told of who went."""
    return one.start < last and (one.to is None or one.to >= first)


def _known(asked: Export, present: Iterable[Participant]) -> Known:
    """Raise Refused with everyone whose name or meter number the vault does not have."""
    found: Known = {}
    findings = []
    for one in present:
        party = asked.party(one.id) or (asked.party(one.payer) if one.payer else None)
        number = party.meters.get(one.meter) if party else None
        if party is None or number is None:
            findings.append(
                Finding(
                    "ACC437",
                    f'the vault does not say who "{one.id}" is, or the number of its meter {one.meter}',
                    asked.operation.locate("participants.yaml", one.id, key=True),
                    f"mitoyen parties edit {one.id}, and write it below meters:",
                )
            )
        else:
            found[one.id] = number, party
    if findings:
        raise Refused(*findings)
    return found


def _moves(present: Iterable[Participant], first: date, last: date) -> Iterator[Move]:
    for one in present:
        if first <= one.start < last:
            yield one.start, "entrée", one
        if one.to is not None and first <= one.to < last:
            yield one.to, "sortie", one


def _book(present: Iterable[Participant], known: Known, moves: Iterable[Move]) -> bytes:
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise MissingExtra("enedis", "openpyxl") from error
    book = Workbook(write_only=True)  # without the empty sheet that a workbook begins with
    for title, role in (("Consommateurs", "consumer"), ("Producteurs", "producer")):
        sheet = book.create_sheet(title)
        sheet.append(WHO if role == "consumer" else (*WHO, "Puissance (kW)"))
        for one in present:
            if one.role == role:
                sheet.append(_row(one, *known[one.id]))
    sheet = book.create_sheet("Mouvements")
    sheet.append(MOVES)
    for day, what, one in moves:
        number, party = known[one.id]
        sheet.append((f"{day:%d/%m/%Y}", what, ROLES[one.role], number, party.name))
    whole = io.BytesIO()
    book.save(whole)
    return _timeless(whole.getvalue())


def _row(one: Participant, number: str, party: Party) -> tuple[Any, ...]:
    """Numbers as text: a spreadsheet would round 14 digits and drop zeros."""
    address = party.address
    out = f"{one.to:%d/%m/%Y}" if one.to else ""
    row = (number, party.name, ", ".join(address.lines), address.postcode, address.city, party.siret or "")
    dates = (f"{one.start:%d/%m/%Y}", out)
    if one.role == "consumer":
        return (*row, *dates)
    return (*row, *dates, f"{Decimal(one.power) / 1000:f}".replace(".", ",") if one.power else "")


def _timeless(book: bytes) -> bytes:
    """The same workbook without the moment it was saved at: same input, same bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:created[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
                content = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            out.writestr(zipfile.ZipInfo(name), content)
    return whole.getvalue()


def _letter(asked: Export, agreement: str, day: date, moves: Iterable[Move], known: Known) -> Iterator[str]:
    """To the DSO's desk for collective self-consumption, in French: it is who reads it."""
    organiser = asked.party(asked.operation.organiser)
    if organiser:
        address = organiser.address
        yield from (organiser.name, *address.lines, f"{address.postcode} {address.city}", "")
    yield "À Enedis, bureau de l'autoconsommation collective"
    yield ""
    yield f"Objet : participants de l'opération {asked.operation.title}, convention {agreement}"
    yield ""
    yield "Madame, Monsieur,"
    yield ""
    yield "Nous vous informons des mouvements suivants parmi les participants de cette opération :"
    yield ""
    for when, what, one in moves:
        number, party = known[one.id]
        yield f"- {what} le {when:%d/%m/%Y} : {party.name}, {ROLES[one.role]}, point de livraison {number}"
    yield ""
    yield f"La liste des participants au {day:%d/%m/%Y} (annexe 2.1) est jointe."
    yield ""
    yield "Nous vous prions d'agréer, Madame, Monsieur, nos salutations distinguées."
    if organiser:
        yield ""
        yield organiser.name


FORMAT = ExportFormat(
    id="enedis-participants",
    version=1,
    title="The participants list for Enedis, annexe 2.1, and the letter of its moves",
    export=export,
)
