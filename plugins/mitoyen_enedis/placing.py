"""From curves as files say them to cells on the operation's clock: whose, which unit, which step, which moment.

Values are milliwatt-seconds until every file is merged: whatever the step and the unit, they are exact until then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock
from mitoyen.contracts import MISSING, Energies
from mitoyen.intake import moments, privacy, quantities
from mitoyen.intake.curve import Curve, Target
from mitoyen.intake.moments import Fate
from mitoyen.intake.quantities import Quantities, Scale
from mitoyen.intake.stamps import UNREADABLE
from mitoyen.intake.tally import Page, Tally
from mitoyen_enedis import figures, steps
from mitoyen_enedis.numbers import Numbers, Whose
from mitoyen_enedis.options import Settings, named
from mitoyen_enedis.payload import ENERGY, POWER, Flow, Payload, Stamp
from mitoyen_enedis.steps import Side

PARIS = "Europe/Paris"
NO_VALUE = ("", "NA")

LARGEST = 10**13
"""Milliwatts (or milliwatt-hours): 10 GW is no meter, and a day of it in milliwatt-seconds still fits 64 bits."""

OUTSIDE = "outside the month"
UNREAD_TIME = "unreadable time"
BLANK = "no value"
BAD = "not a number"
OTHER_STEP = "of another step"
UNKNOWN_STEP = "of a step that cannot be told"
OFF_GRID = "not on the grid of steps"
NO_UNIT = "of a unit that the file does not say"
OTHER_UNIT = "of a unit that is not of energy or power"
NO_SIDE = "of a time that is the start or the end of its step"
WRONG_OFFSET = "time with an offset that the zone does not have then"
_HOURS = {
    Fate.ABSENT_HOUR: "in the hour that does not exist",
    Fate.WHICH_HOUR: "in the hour that comes twice, which one is unknown",
}


@dataclass(slots=True)
class Account:
    """What was read from one file, and where each of its values went."""

    sheet: Page
    payload: Payload
    tally: Tally
    curves: list[Curve] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    """The step of each of ``curves``, in seconds."""
    left: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    whose: list[Whose] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    sides: set[Side] = field(default_factory=set)
    zones: set[str] = field(default_factory=set)
    steps: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The first and the last moment of each step found near the month, UTC seconds."""
    qualities: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Placer:
    """Places the curves of one file after the other."""

    settings: Settings
    clock: Clock
    numbers: Numbers

    def account(self, payload: Payload, path: str) -> Account:
        account = Account(payload.page, payload, Tally(payload.page), left=payload.left, rows=payload.rows)
        for lines, width in payload.odd:
            account.tally.add("width", lines, max(width - 1, 0), str(width))
        for flow in payload.flows:
            self._flow(account, flow, path)
        return account

    def _flow(self, account: Account, flow: Flow, path: str) -> None:
        whose = self.numbers.of(flow.number, flow.role, path)
        account.whose.append(whose)
        account.numbers.add(privacy.bare(flow.number))
        unit = flow.unit or self.settings.unit
        reason = whose.reason or ("" if unit in POWER or unit in ENERGY else OTHER_UNIT if unit else NO_UNIT)
        if reason:
            account.left[reason] += len(flow.rows)
            account.tally.add(reason, flow.rows, flow.cell, privacy.bare(unit))
            return
        account.units.add(unit if flow.unit else f"{unit} (by `unit:`)")
        account.qualities += flow.qualities
        near = self._near(account, flow)
        placed = _Rows(account, flow, unit, near, self.clock, Target(whose.alias, "measured"))
        placed.read(named(self.settings.stamp, path), self._zone(account, flow), self.settings.latest)

    def _near(self, account: Account, flow: Flow) -> NDArray[np.int64]:
        """The rows that may be of the month, whatever their zone; the others are accounted for."""
        seconds = flow.times.seconds
        unreadable = seconds == UNREADABLE
        near = moments.near(seconds, self.clock)
        account.left[UNREAD_TIME] += int(unreadable.sum())
        account.left[OUTSIDE] += int((~near & ~unreadable).sum())
        account.tally.add("stamp", flow.rows[unreadable], flow.stamp_cell)
        return np.flatnonzero(near)

    def _zone(self, account: Account, flow: Flow) -> _Zone:
        zone = self.settings.zone or self.clock.zone
        readable = flow.times.seconds != UNREADABLE
        literal = self.settings.keep_offsets and bool(flow.times.offset[readable].any())
        account.zones.add("offsets in the values" if literal else zone)
        return _Zone(ZoneInfo(zone), self.settings.keep_offsets)


@dataclass(frozen=True, slots=True)
class _Zone:
    zone: ZoneInfo
    keep_offsets: bool

    def seconds(self, flow: Flow, rows: NDArray[np.int64]) -> tuple[Energies, NDArray[np.bool_], NDArray[np.bool_]]:
        """Seconds and whether they are of UTC, and the rows whose offset is not that of the zone at that time."""
        times = flow.times.at(rows)
        if not self.keep_offsets:
            return times.seconds + times.shift, np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
        wrong = times.offset & (times.shift != 0)
        for zone in dict.fromkeys((self.zone, ZoneInfo(PARIS))):
            wrong[wrong] = times.shift[wrong] != moments.shifts(times.seconds[wrong], zone)
        return times.seconds, times.offset, wrong

    def edges(self, flow: Flow) -> tuple[int, int]:
        """Seconds after local midnight of the first and the last time of the whole curve."""
        known = np.flatnonzero(flow.times.seconds != UNREADABLE)
        ends = flow.times.seconds[known]
        first, last = (self._clock(flow, int(known[row])) for row in (ends.argmin(), ends.argmax()))
        return first, last

    def _clock(self, flow: Flow, row: int) -> int:
        """What the clock on the wall shows at a row's time, in seconds after midnight."""
        times = flow.times.at(np.array([row]))
        shift = times.shift if not self.keep_offsets else moments.shifts(times.seconds, self.zone) * times.offset
        return int((times.seconds + shift)[0] % 86400)


@dataclass(slots=True)
class _Rows:
    """The rows of one curve that may be of the month."""

    account: Account
    flow: Flow
    unit: str
    rows: NDArray[np.int64]
    clock: Clock
    target: Target

    def read(self, given: str | None, zone: _Zone, latest: bool) -> None:
        """Every row becomes a cell of a curve, or is left."""
        seconds, offset, wrong = zone.seconds(self.flow, self.rows)
        blank, values = self._values()
        self._leave(wrong, blank, WRONG_OFFSET, "offset")
        meant = moments.instants(seconds, offset, zone.zone)
        fate = meant.fate
        for kind, reason in _HOURS.items():
            self._leave((fate == kind) & ~wrong, blank, reason, kind.name)
        kept = np.flatnonzero((fate == Fate.IN) & ~wrong)
        utc = meant.utc[kept]
        back = moments.backwards(seconds, meant.utc, (fate == Fate.IN) & ~wrong, meant.descending)
        self.account.tally.add("order", self._lines(back), self.flow.stamp_cell)
        self._placed(kept, utc, values, self._side(given, zone, utc), latest)

    def _values(self) -> tuple[NDArray[np.bool_], Energies]:
        """Which rows have no value, and the values in milliwatts or milliwatt-hours."""
        # What a word of another month says is not looked at.
        words = self.flow.values.at(self.rows).used()
        reader = Quantities(Scale(POWER.get(self.unit) or ENERGY[self.unit]), None, NO_VALUE, largest=LARGEST)
        values = words.worth(figures.read(words.known, reader))
        bad = quantities.bad(values)
        for value in np.unique(values[bad]):
            reason, hint = reader.reason(int(value))
            mine = np.flatnonzero(bad & (values == value))
            word = privacy.shape(words[int(mine[0])])
            self.account.tally.add(f"number\t{reason}\t{hint}", self._lines(mine), self.flow.cell, word)
        return values == MISSING, values

    def _side(self, given: str | None, zone: _Zone, utc: Energies) -> Side:
        wanted: Stamp | None = "start" if given == "start" else "end" if given == "end" else None
        said = self.flow.steps[self.rows]
        apart = said if (said > 0).any() else np.abs(np.diff(utc))
        apart = apart[(apart > 0) & (apart < moments.DAY)]
        step = int(np.bincount(apart).argmax()) if len(apart) else 0
        found = (
            steps.side(wanted, self.flow.stamp, self.flow.usual, *zone.edges(self.flow), step)
            if len(utc)
            else Side("end", "")
        )
        if len(utc):
            self.account.sides.add(found)
        return found

    def _placed(self, kept: NDArray[np.int64], utc: Energies, values: Energies, side: Side, latest: bool) -> None:
        blank = values == MISSING
        if side.stamp is None:
            self._leave_all(kept, NO_SIDE, "side")
            return
        end = side.stamp == "end"
        step = steps.lengths(utc, self.flow.steps[self.rows[kept]], end=end)
        start = utc - step if end else utc
        inside = (start >= self.clock.start) & (start + np.maximum(step, 1) <= self.clock.end)
        self.account.left[OUTSIDE] += int((~inside).sum())
        # A blank cell is a blank cell, whatever is wrong with its time, except where the month is another.
        for wrong, reason, kind in self._wrong(start, step):
            self._leave_all(kept[inside & wrong & ~blank[kept]], reason, kind)
            self.account.left[BLANK] += int((inside & wrong & blank[kept]).sum())
            inside &= ~wrong
        self.account.left[BLANK] += int((inside & blank[kept]).sum())
        bad = quantities.bad(values[kept])
        self.account.left[BAD] += int((inside & bad).sum())
        for length in np.flatnonzero(np.bincount(step[inside])).tolist():
            mine = np.flatnonzero(inside & (step == length))
            self._note(length, start[mine])
            self._curve(kept[mine], start[mine], values[kept[mine]], length, latest)

    def _wrong(self, start: Energies, step: Energies) -> Iterator[tuple[NDArray[np.bool_], str, str]]:
        """Rows whose step is not one of the clock's, or a part of one."""
        yield step == 0, UNKNOWN_STEP, "no step"
        for length in np.flatnonzero(np.bincount(step)).tolist():
            if length and self.clock.step % length:
                yield step == length, OTHER_STEP, f"step {length}"
        whole = np.maximum(step, 1)
        yield (step > 0) & ((start - self.clock.start) % whole != 0), OFF_GRID, "grid"

    def _curve(self, mine: NDArray[np.int64], start: Energies, values: Energies, length: int, latest: bool) -> None:
        gone = (values == MISSING) | quantities.bad(values)
        seconds = length if self.unit in POWER else 3600
        self.account.lengths.append(length)
        self.account.curves.append(
            Curve(
                self.target,
                self.flow.cell,
                (start - self.clock.start) // length,
                np.where(gone, MISSING, np.where(gone, 0, values) * seconds),
                self._lines(mine),
                self.account.payload.edition if latest else 0,
            )
        )

    def _note(self, length: int, start: Energies) -> None:
        first, last = self.account.steps.get(length, (int(start.min()), int(start.max())))
        self.account.steps[length] = min(first, int(start.min())), max(last, int(start.max()))

    def _lines(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """What the page knows these rows by; ``rows`` counts from the first that is near."""
        return self.flow.rows[self.rows[rows]]

    def _leave(self, which: NDArray[np.bool_], blank: NDArray[np.bool_], reason: str, kind: str) -> None:
        self.account.left[BLANK] += int((which & blank).sum())
        self._leave_all(np.flatnonzero(which & ~blank), reason, kind)

    def _leave_all(self, rows: NDArray[np.int64], reason: str, kind: str) -> None:
        self.account.left[reason] += len(rows)
        self.account.tally.add(kind, self._lines(rows), self.flow.stamp_cell)
