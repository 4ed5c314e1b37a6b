"""The daily registers of a meter: what they counted between two midnights is what its curve has to come to."""

from __future__ import annotations

from mitoyen.contracts import Role
from mitoyen_enedis.payload import CONTROL, Index, Payload, day_of, milliwatt_hours
from mitoyen_enedis.tables import Section, table

FORM = "daily registers"
TOTAL = "eas t"


def from_table(payload: Payload, section: Section, number: str, role: Role | None) -> None:
    """``Horodate;Type de releve;EAS F1;…;EAS T``: the total register, in Wh."""
    rows = table(section, len(section.header), payload.page.name)
    names = section.names
    payload.form = payload.form or FORM
    payload.leave(CONTROL, len(rows.lines) + len(rows.odd))
    stamps, values = rows.columns[names.index("horodate")], rows.columns[names.index(TOTAL)]
    for row, stamp, value in zip(rows.lines.tolist(), stamps.to_pylist(), values.to_pylist(), strict=True):
        add(payload, number, role, stamp, value, "Wh", row)


def add(payload: Payload, number: str, role: Role | None, stamp: str, value: str, unit: str, row: int) -> None:
    """A reading of the total register, where it is one."""
    day, energy = day_of(stamp), milliwatt_hours(value, unit)
    if day is not None and energy is not None:
        payload.indexes.append(Index(number, role, day, energy, row))
