"""What any file, message or reply of Enedis comes to once it is read: curves and totals, by the operator's numbers.

Nothing here knows where the bytes came from, nor an operation: a client of an API reads its replies the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Energies, Finding, Kind, Place, Role
from mitoyen.diagnostics import Refused
from mitoyen.intake.tally import Page
from mitoyen_enedis.words import Times, Words, times

Stamp = Literal["start", "end"]

NOT_ACTIVE = "not active energy"
NOT_CURVE = "not of a curve"
CONTROL = "totals and registers, which the curves are held against"

NUMBER = re.compile(r"\d{14}", re.ASCII)
"""A meter's number (PRM); one that its owner masked, or cut, is none."""

ROLES: dict[str, Role] = {"cons": "consumer", "prod": "producer"}
"""What a file's words for the direction begin with."""

ACTIVE = frozenset({"pa", "ea", "energie active", "puissance active", ""})
"""The words for active power and energy, folded."""

POWER = {"W": 1000, "kW": 1_000_000}
"""Milliwatts."""

ENERGY = {"Wh": 1000, "kWh": 1_000_000}
"""Milliwatt-hours."""

SPELT = {unit.casefold(): unit for unit in (*POWER, *ENERGY)}


@dataclass(frozen=True, slots=True)
class Flow:
    """One curve as a file says it; arrays of shape [row], in the order of the file."""

    number: str
    """The meter's, as written; empty where the file does not say."""
    role: Role | None
    """What the direction says of it: withdrawn is a consumer's, injected a producer's."""
    unit: str
    """W, kW, Wh or kWh; empty where the file does not say."""
    stamp: Stamp | None
    """Which end of its step a time names, where the format says so."""
    times: Times
    steps: Energies
    """Seconds; 0 where the file does not say."""
    values: Words
    """Empty where there is none."""
    rows: NDArray[np.int32]
    """What the page knows each row by."""
    cell: int = 0
    """The position of the values in a row."""
    stamp_cell: int = 0
    qualities: Counter[str] = field(default_factory=Counter)
    """Marks of quality, as they are written, and how many values have each."""
    usual: Stamp | None = None
    """Which end a time names where nothing tells."""


@dataclass(frozen=True, slots=True)
class Index:
    """What a meter's total register showed at a local midnight."""

    number: str
    role: Role | None
    day: date
    """The day that begins then."""
    milliwatt_hours: int
    row: int


@dataclass(frozen=True, slots=True)
class Total:
    """Energy of a meter over whole local days, which its curve is held against."""

    number: str
    role: Role | None
    kind: Kind
    first: date
    last: date
    """Exclusive."""
    milliwatt_hours: int
    fineness: int
    """It is known to so many milliwatt-hours."""
    row: int


@dataclass(slots=True)
class Payload:
    """What one file (or reply) held: each of its ``rows`` is in a flow or ``left``."""

    page: Page
    form: str
    """The name people know the format by."""
    flows: list[Flow] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    odd: list[tuple[NDArray[np.int32], int]] = field(default_factory=list)
    """Rows that do not fit their header, and how many cells that has."""
    edition: int = 0
    """When it was published, UTC seconds; 0 where it does not say."""
    facts: dict[str, str] = field(default_factory=dict)

    def leave(self, reason: str, count: int = 1) -> None:
        """Rows that are in no curve."""
        self.rows += count
        self.left[reason] += count


def broken(name: str, message: str, hint: str = "", place: Place | None = None) -> Refused:
    """ACC420 about a file, or a place in it."""
    return Refused(Finding("ACC420", message, place or Place(name), hint))


def folded(word: str) -> str:
    """A word without accents, capitals and quotes: «Unité» and «Unite» are one."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return plain.strip(' "\t').casefold()


def points(
    number: str,
    role: Role | None,
    unit: str,
    stamp: Stamp | None,
    stamps: Sequence[str],
    values: Sequence[str],
    steps: Sequence[str],
    first: int,
    qualities: Counter[str],
) -> Flow:
    """A curve of points that follow one another in a page; ``first`` is the number of the first one."""
    import pyarrow as pa

    coded = Words.of(steps)
    return Flow(
        number,
        role,
        unit,
        stamp,
        times(pa.array(stamps, pa.string())),
        coded.worth(np.array([step_of(word) for word in coded.words], np.int64)),
        Words.of(values),
        np.arange(first, first + len(stamps), dtype=np.int32),
        qualities=qualities,
    )


def moment(word: str) -> int:
    """UTC seconds of a time as files write it, by Paris' clocks where it has no offset; 0 where it is none."""
    from zoneinfo import ZoneInfo

    try:
        said = datetime.fromisoformat(word.strip())
    except ValueError:
        return 0
    return int((said if said.tzinfo else said.replace(tzinfo=ZoneInfo("Europe/Paris"))).timestamp())


def day_of(word: str) -> date | None:
    """The day that begins at a time which is a midnight, whatever hour is written.

    Exports keep one offset all year: 23:00+01:00 and 01:00+02:00 are midnight of the date they say, as the curves
    of the same meters prove.
    """
    try:
        return datetime.fromisoformat(word.strip()).date()
    except ValueError:
        return None


def milliwatt_hours(word: str, unit: str) -> int | None:
    """A whole number of Wh or kWh; None where it is none."""
    if unit not in ENERGY or not re.fullmatch(r"\s*\d{1,12}\s*", word, re.ASCII):
        return None
    return int(word) * ENERGY[unit]


def role_of(word: str) -> Role | None:
    return ROLES.get(folded(word)[:4])


def unit_of(word: str) -> str:
    """W, kW, Wh or kWh; the word itself where it is another; empty where there is none."""
    return SPELT.get(word.strip().casefold(), word.strip())


STEPS = re.compile(r"PT(?:(\d{1,2})H|(\d{1,3})M)", re.ASCII)


def step_of(word: str) -> int:
    """Seconds of ``PT30M`` or ``30``, 0 where it is neither."""
    match = STEPS.fullmatch(word.strip())
    if match:
        return int(match[1]) * 3600 if match[1] else int(match[2]) * 60
    return int(word) * 60 if re.fullmatch(r"\s*\d{1,3}\s*", word, re.ASCII) else 0
