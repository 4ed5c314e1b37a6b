"""Readers of tables in text: load curves of the account and of SGE, R63, raw curves of the monthly mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Energies, Place, Role
from mitoyen.intake import privacy
from mitoyen.intake.stamps import UNREADABLE
from mitoyen_enedis import indexes
from mitoyen_enedis.pages import TextPage
from mitoyen_enedis.payload import (
    ACTIVE,
    NOT_ACTIVE,
    NOT_CURVE,
    NUMBER,
    Flow,
    Payload,
    Stamp,
    broken,
    folded,
    role_of,
    step_of,
    unit_of,
)
from mitoyen_enedis.tables import Section, Table, sections, table
from mitoyen_enedis.words import Words, times

ODD = "more or fewer cells than the header"

NO_HEADER = "load curve without header"
HDM = "load curve of the customer account or of SGE"
TABLE = "R63"
RAW = "raw curves of the operation"

_SEGMENT: Mapping[str, Stamp] = {"W": "end", "": "start"}
"""In load curves of the account: C5 says W and stamps the end of a step, C4 says no unit and stamps its start."""


@dataclass(frozen=True, slots=True)
class _Meta:
    """The two lines above a load curve."""

    number: str = ""
    role: Role | None = None
    quantity: str = ""
    unit: str = ""
    step: int = 0
    kind: str = ""


def read(content: bytes, name: str) -> Payload:
    """A text in UTF-8, line ends as ``\\n``. Raise Refused (ACC420) where it is none of these tables."""
    payload = Payload(TextPage(name, content), "")
    meta = _Meta()
    for section in sections(content):
        names = section.names
        if "type de donnees" in names:
            meta = _meta(section)
        elif not names:
            _load_curve(payload, section, meta, NO_HEADER)
        elif "horodate" in names and "eas t" in names:
            indexes.from_table(payload, section, meta.number, meta.role)
        elif names == ("horodate", "valeur") and meta.kind:
            _load_curve(payload, section, meta, HDM)
        elif names[0] == "horodate" and _raw_columns(section):
            _raw(payload, section)
        elif "horodate" in names and "valeur" in names:
            _long(payload, section)
        else:
            _leave(payload, section)
    if not payload.form:
        hint = "its first line should be that of a load curve, of R63, or Horodate and the numbers of meters"
        raise broken(name, "no table of Enedis is found in this text", hint, Place(name, 1))
    return payload


def _meta(section: Section) -> _Meta:
    first = section.body.split(b"\n", 1)[0].decode("utf-8").split(";")
    said = dict(zip(section.names, (cell.strip(' "') for cell in first), strict=False))
    return _Meta(
        said.get("identifiant prm", ""),
        role_of(said.get("grandeur metier", "")),
        folded(said.get("grandeur physique", "")),
        unit_of(said.get("unite", "")),
        step_of(said.get("pas en minutes", "")),
        folded(said.get("type de donnees", "")),
    )


def _load_curve(payload: Payload, section: Section, meta: _Meta, form: str) -> None:
    """``Horodate;Valeur``, perhaps without that line."""
    rows = _cut(payload, section, 2)
    if (not meta.kind.startswith("courbe") and meta.kind) or meta.quantity not in ACTIVE:
        payload.left[NOT_CURVE if meta.quantity in ACTIVE else NOT_ACTIVE] += len(rows.lines)
        return
    stamps = times(rows.columns[0])
    if form == NO_HEADER and not (stamps.seconds != UNREADABLE).any():
        payload.left[NOT_CURVE] += len(rows.lines)
        return
    payload.form = form
    unit = meta.unit or "W"
    said = _SEGMENT.get(meta.unit) if form == HDM else None
    if not meta.unit:
        payload.facts["unit"] = "W (load curves of Enedis are in W where they do not say)"
    payload.flows.append(
        Flow(
            meta.number,
            meta.role,
            unit,
            said,
            stamps,
            np.full(len(rows.lines), meta.step, np.int64),
            Words.of(rows.columns[1]),
            rows.lines,
            1,
        )
    )


def _raw_columns(section: Section) -> bool:
    """Whether what follows ``Horodate`` in a header is one column, or numbers of meters."""
    return len(section.header) == 2 or all(not cell or NUMBER.fullmatch(cell) for cell in section.header[1:])


def _raw(payload: Payload, section: Section) -> None:
    """A column a meter, named by its number or, where it is the only one, by nothing or any word."""
    payload.form = RAW
    width = len(section.header)
    named = [place for place in range(1, width) if section.header[place]] or [1][: width - 1]
    rows = _cut(payload, section, width)
    if not named:
        payload.left[NOT_CURVE] += len(rows.lines)
        return
    payload.rows += len(rows.lines) * (len(named) - 1)
    stamps = times(rows.columns[0])
    steps = np.zeros(len(rows.lines), np.int64)
    for place in named:
        number = section.header[place] if NUMBER.fullmatch(section.header[place]) else ""
        values = Words.of(rows.columns[place])
        flow = Flow(number, None, "", None, stamps, steps, values, rows.lines, place, usual="start")
        payload.flows.append(flow)


def _long(payload: Payload, section: Section) -> None:
    """A row a value, with everything about it in its cells: R63, and what the portal exports like it."""
    names = section.names
    payload.form = TABLE if "identifiant prm" in names else HDM
    rows = _cut(payload, section, len(names))
    stamps = times(rows.columns[names.index("horodate")])
    columns = {name: Words.of(rows.columns[place]) for place, name in enumerate(names) if name in _LONG}
    values = columns.pop("valeur")
    steps = _steps(columns.pop("pas", None), len(values))
    quality = {_QUALITIES[name]: columns.pop(name) for name in _QUALITIES if name in columns}
    for key, mine in _grouped(columns, len(values)):
        said = dict(zip(columns, key, strict=True))
        if folded(said.get("grandeur physique", "")) not in ACTIVE:
            payload.left[NOT_ACTIVE] += len(mine)
            continue
        payload.flows.append(
            Flow(
                said.get("identifiant prm", ""),
                role_of(said.get("grandeur metier", "")),
                unit_of(said.get("unite", "")),
                None,
                stamps.at(mine),
                steps[mine],
                values.at(mine),
                rows.lines[mine],
                names.index("valeur"),
                names.index("horodate"),
                _marks(quality, mine),
            )
        )


_QUALITIES = {"nature": "nature", "indice de vraisemblance": "plausibility", "etat complementaire": "state"}
_LONG = frozenset(
    {
        "valeur",
        "pas",
        "identifiant prm",
        "grandeur physique",
        "grandeur metier",
        "etape metier",
        "unite",
        *_QUALITIES,
    }
)


def _steps(words: Words | None, count: int) -> Energies:
    if words is None:
        return np.zeros(count, np.int64)
    return words.worth(np.array([step_of(word) for word in words.words], np.int64))


def _grouped(columns: Mapping[str, Words], count: int) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]:
    """The rows that say the same in all these columns, in the order of the file."""
    code = np.zeros(count, np.int64)
    for words in columns.values():
        code = code * max(len(words.known), 1) + words.codes
        _, code = np.unique(code, return_inverse=True)
    order = np.argsort(code, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(code[order])) + 1) if count else ():
        yield tuple(words[int(mine[0])] for words in columns.values()), mine


def _marks(quality: Mapping[str, Words], rows: NDArray[np.int64]) -> Counter[str]:
    return Counter(
        {
            f"{name} {privacy.bare(word)}": count
            for name, words in quality.items()
            for word, count in words.at(rows).counted().items()
            if word
        }
    )


def _leave(payload: Payload, section: Section) -> None:
    payload.leave(NOT_CURVE, sum(bool(line.strip(b" ;")) for line in section.body.split(b"\n")))


def _cut(payload: Payload, section: Section, width: int) -> Table:
    """The section's rows, counted; those that do not fit are left."""
    rows = table(section, width, payload.page.name)
    payload.rows += len(rows.lines) + len(rows.odd)
    if len(rows.odd):
        payload.left[ODD] += len(rows.odd)
        payload.odd.append((rows.odd, width))
    return rows
