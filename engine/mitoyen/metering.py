"""Meter data of a month: fetched from a source, looked at, frozen, pointed to by a file that is committed.

A source brings series and says what it left out and why. What may be done about holes is the operation's word;
what was done is in the pointer. Nothing is filled, dropped or corrected in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from mitoyen import pointers, restated
from mitoyen.clock import Clock, Month, span
from mitoyen.contracts import (
    MISSING,
    Energies,
    Finding,
    MeterData,
    Operation,
    Place,
    Point,
    Reading,
    Request,
    Series,
    Source,
)
from mitoyen.curves import Curves, Name
from mitoyen.diagnostics import Refused, counted, failed
from mitoyen.host import Host
from mitoyen.model import clock_of, takes_part, window
from mitoyen.quantities import kwh
from mitoyen.restated import Restated
from mitoyen.store import Lost, Results

_OVER_POWER = (12, 10)
"""A meter may record a little over its power for a short while; beyond six fifths it is a fault, not a load."""

_OPERATOR_ROUNDING = 2
"""Milliwatt-hours by which published figures may contradict each other: each is rounded to the sixth decimal."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A month fetched: its pointer, or None where findings forbid to freeze it."""

    operation: str
    month: Month
    pointer: Mapping[str, Any] | None
    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]
    restated: Restated | None = None
    """What differs from the data that counted before; None where nothing does, or nothing counted."""


@dataclass(frozen=True, slots=True)
class Where:
    """What a source may look into."""

    folders: Sequence[Path] = ()
    files: Sequence[Path] = ()
    numbers: Callable[[], Mapping[str, str]] = dict
    """Opens the vault for the numbers of meters; called where the source needs them."""
    kept: Path | None = None
    """The folder below which sources keep what they were given, a folder each."""


def requested(operation: Operation, month: Month, host: Host, where: Where) -> tuple[Source, Request]:
    """The operation's source and what it is asked. Raise Refused where there is none, or nobody to ask for."""
    if operation.source is None:
        raise Refused(
            Finding(
                "ACC424",
                f"operation {operation.id} names no source of meter data",
                operation.locate("operation.yaml"),
                help="add source: {use: csv, with: {…}}; `mitoyen plugins` lists the sources",
            )
        )
    clock = clock_of(operation, month)
    wanted = points(operation, month, clock)
    if not wanted:
        raise Refused(
            Finding("ACC425", f"nobody takes part in {month}", operation.locate("participants.yaml")),
        )
    source = host.get(Source, operation.source)

    def locate(*path: str | int) -> Place:
        return operation.locate("operation.yaml", "source", "with", *path)

    return source, Request(
        wanted,
        clock,
        operation.source_options,
        tuple(where.folders),
        tuple(where.files),
        locate,
        where.numbers() if source.needs_numbers else {},
        str(operation.details.get("agreement", "")),
        where.kept and where.kept / source.id / operation.id / str(month),
    )


def fetch(
    operation: Operation,
    month: Month,
    host: Host,
    results: Results,
    where: Where = Where(),
    today: date | None = None,
) -> Fetched:
    """Ask the operation's source for a month and freeze what it brings. Raise Refused where there is no source.

    ``today`` is the day on which data that counted until now are replaced.
    """
    source, request = requested(operation, month, host, where)
    clock = request.clock
    data = source.fetch(request)
    findings = list(data.findings)
    if broken := list(_broken(source, data, clock, operation)):
        return Fetched(operation.id, month, None, data.readings, (*findings, *broken))
    kept, filled, seen = _look(request.points, data, clock)
    findings += seen
    if failed(findings):
        return Fetched(operation.id, month, None, data.readings, tuple(findings))
    curves = Curves(clock, kept)
    snapshot = results.freeze(curves)
    before = operation.months.get(str(month), {})
    return Fetched(
        operation.id,
        month,
        {
            **pointers.made(source.id, curves, snapshot, data, filled),
            **pointers.former(before, snapshot, today or date.today()),  # noqa: DTZ011 - as people count days
        },
        data.readings,
        tuple(findings),
        restated.between(before.get("snapshot"), curves, snapshot, results),
    )


def points(operation: Operation, month: Month, clock: Clock) -> tuple[Point, ...]:
    """The meters in force during a month, with their windows."""
    result = []
    for participant in operation.participants.values():
        if takes_part(participant, month):
            first, last = window(participant, month)
            place = operation.locate("participants.yaml", participant.id, "meter")
            result.append(
                Point(
                    participant.meter,
                    participant.id,
                    participant.role,
                    clock.index(first),
                    clock.index(last),
                    participant.power,
                    place,
                )
            )
    return tuple(result)


def _broken(source: Source, data: MeterData, clock: Clock, operation: Operation) -> Iterator[Finding]:
    """What a source may never bring: a fault of its plugin, which no file explains."""
    seen: set[Name] = set()
    for series in data.series:
        name = Name(series.meter, series.kind, series.toward or "")
        values = series.values
        if values.dtype != np.int64 or values.shape != (clock.steps,):
            wrong = f"values of type {values.dtype} and shape {values.shape}, not int64 and ({clock.steps},)"
        elif name in seen:
            wrong = "the same curve twice"
        else:
            seen.add(name)
            continue
        yield Finding(
            "ACC605",
            f"the source {source.id} (version {source.version}) brings for {series.meter} ({series.kind}) {wrong}",
            operation.locate("operation.yaml", "source", "use"),
            "nothing was frozen; this is a fault of the plugin, tell its authors",
        )


# --- looking at what came in -----------------------------------------------------------------------------------


def _look(
    wanted: Sequence[Point], data: MeterData, clock: Clock
) -> tuple[dict[Name, Energies], dict[str, int], list[Finding]]:
    """The curves to freeze (MISSING outside the windows), the steps filled by meter, and every finding."""
    by_name = {Name(one.meter, one.kind, one.toward or ""): one for one in data.series}
    findings: list[Finding] = []
    holes: list[_Holes] = []
    kept: dict[Name, Energies] = {}
    filled: dict[str, int] = {}
    for point in wanted:
        mine = slice(point.first, point.last)
        for name, series in sorted(by_name.items(), key=lambda item: item[0]):
            if name.id != point.meter:
                continue
            here = _Window(series, series.values[mine], point, clock)
            if name.kind != "coefficient":
                findings += here.negative()
            if name.kind == "measured":
                findings += here.beyond_power()
            values, hole = here.close(data.gaps)
            if hole:
                holes.append(hole)
                if name.kind == "measured":
                    filled[point.meter] = filled.get(point.meter, 0) + hole.alike[0]
            # A meter may pass from one participant to the next within a month: each brings its own steps.
            kept.setdefault(name, np.full(clock.steps, MISSING, dtype=np.int64))[mine] = values
        if Name(point.meter, "measured") not in by_name and not failed(data.findings):
            findings.append(
                Finding(
                    "ACC418",
                    f"no data for meter {point.meter} of {point.participant}",
                    point.place,
                    help="the source brought nothing for it; look at its files and options",
                )
            )
        findings += _contradictions(point, by_name, clock)
    if not failed(data.findings):  # a value that could not be read is told once, not as a hole as well
        findings += _told(holes, data.gaps)
    return kept, filled, findings


@dataclass(frozen=True, slots=True)
class _Window:
    """One series within the steps in which a participant is in force."""

    series: Series
    values: Energies
    point: Point
    clock: Clock

    def _place(self, step: int) -> Place:
        place = self.series.at(self.point.first + step) if self.series.at else None
        return place or self.point.place

    def _stamp(self, step: int) -> str:
        return self.clock.stamp(self.point.first + step)

    def _who(self) -> str:
        kind = "" if self.series.kind == "measured" else f" ({self.series.kind})"
        return f"meter {self.point.meter}{kind}"

    def negative(self) -> Iterator[Finding]:
        wrong = np.flatnonzero((self.values < 0) & (self.values != MISSING))
        if wrong.size:
            first = int(wrong[0])
            yield Finding(
                "ACC405",
                f"{self._who()}: {counted(wrong.size, 'negative value')}, "
                f"the first {kwh(int(self.values[first]))} kWh at {self._stamp(first)}",
                self._place(first),
                "energy is counted in one direction; ask the grid operator for the curve again",
            )

    def beyond_power(self) -> Iterator[Finding]:
        if self.point.power is None:
            return
        more, than = _OVER_POWER
        limit = self.point.power * self.clock.step * 1000 // 3600 * more // than
        wrong = np.flatnonzero(self.values > limit)
        if wrong.size:
            most = int(wrong[np.argmax(self.values[wrong])])
            yield Finding(
                "ACC408",
                f"{self._who()}: {counted(wrong.size, 'value')} beyond its power, the largest "
                f"{kwh(int(self.values[most]))} kWh at {self._stamp(most)} "
                f"where {kwh(limit)} kWh is the most {self.point.power} W allow",
                self._place(most),
                "look at the unit of the file; if the values are right, correct `power` in participants.yaml",
            )

    def close(self, policy: str) -> tuple[Energies, _Holes | None]:
        """The values with their holes closed as the operation says, and the holes there were."""
        missing = np.flatnonzero(self.values == MISSING)
        # A hole in what the operator published is its silence; only a zero may stand for it, never a guess.
        fills = policy == "zero" or (policy == "estimate" and self.series.kind == "measured")
        if not missing.size or self.series.kind == "coefficient" or (self.series.kind != "measured" and not fills):
            return self.values, None
        first = int(missing[0])
        closed = self.values
        if policy == "zero":
            closed = np.where(self.values == MISSING, 0, self.values)
        elif policy == "estimate" and missing.size < self.values.size:
            closed = _estimate(self.values, self.clock.part(self.point.first, self.point.last))
        alike = (missing.size, self._stamp(first), self._stamp(int(missing[-1])), closed is not self.values)
        return closed, _Holes(alike, self._who(), self._place(first))


@dataclass(frozen=True, slots=True)
class _Holes:
    """The holes of one series; ``alike``: how many, the first, the last, and whether they were filled."""

    alike: tuple[int, str, str, bool]
    who: str
    place: Place


def _told(holes: Sequence[_Holes], policy: str) -> Iterator[Finding]:
    """One finding for all series that lack the same steps: an outage is one thing to mend, not thirty."""
    groups: dict[tuple[int, str, str, bool], list[_Holes]] = {}
    for hole in holes:
        groups.setdefault(hole.alike, []).append(hole)
    for (count, first, last, filled), same in sorted(groups.items()):
        who = same[0].who if len(same) == 1 else f"{len(same)} series ({', '.join(hole.who for hole in same)})"
        when = f"at {first}" if count == 1 else f"the first at {first}, the last at {last}"
        message = f"{who}: {counted(count, 'step')} missing, {when}"
        place = min(hole.place for hole in same)
        if filled:
            advice = f"filled because operation.yaml says gaps: {policy}"
            yield Finding("ACC402", message, place, advice, "warning")
        else:
            advice = "complete the file, or say in operation.yaml what may be done: gaps: zero, or gaps: estimate"
            yield Finding("ACC402", message, place, advice)


def _estimate(values: Energies, clock: Clock) -> Energies:
    """A hole takes the mean of the same minute of the same kind of day (working day or weekend) in the window,
    of any day where that kind has none, rounded down; of the whole window where that minute was never measured."""
    wall = clock.wall()
    weekend = wall.weekday >= 5
    known = values != MISSING
    closed = values.copy()
    for hole in np.flatnonzero(~known):
        alike = known & (wall.minute == wall.minute[hole])
        for choice in (alike & (weekend == weekend[hole]), alike, known):
            if choice.any():
                closed[hole] = int(values[choice].sum()) // int(choice.sum())
                break
    return closed


def _contradictions(point: Point, by_name: Mapping[Name, Series], clock: Clock) -> Iterator[Finding]:
    """What the operator published against what was measured: a part is never more than its whole."""
    measured = by_name.get(Name(point.meter, "measured"))
    if measured is None:
        return
    parts = ("shared", "complement") if point.role == "consumer" else ("surplus",)
    whole = "consumption" if point.role == "consumer" else "production"
    mine = slice(point.first, point.last)
    total = measured.values[mine]
    for kind in parts:
        part = by_name.get(Name(point.meter, kind))
        if part is None:
            continue
        values = part.values[mine]
        both = (total != MISSING) & (values != MISSING)
        wrong = np.flatnonzero(both & (values > total + _OPERATOR_ROUNDING))
        if wrong.size:
            first = int(wrong[0])
            since = both[first:]
            swapped = bool(np.all((values >= total - _OPERATOR_ROUNDING)[first:][since]))
            place = part.at(point.first + first) if part.at else None
            moved = _moved(np.where(both, values, 0), np.where(both, total, 0), clock)
            yield Finding(
                "ACC409",
                f"meter {point.meter}: the {kind} is more than the {whole} at {counted(wrong.size, 'step')}, first "
                f"{kwh(int(values[first]))} of {kwh(int(total[first]))} kWh at {clock.stamp(point.first + first)}",
                place or point.place,
                moved
                or (swapped and f"from that step on the two columns look swapped: {kind} and measured")
                or "one of the two columns is not what its name says",
            )
    shared, complement = (by_name.get(Name(point.meter, kind)) for kind in ("shared", "complement"))
    if point.role == "consumer" and shared and complement:
        one, two = shared.values[mine], complement.values[mine]
        known = (total != MISSING) & (one != MISSING) & (two != MISSING)
        wrong = np.flatnonzero(known & (np.abs(one + two - total) > _OPERATOR_ROUNDING))
        if wrong.size:
            first = int(wrong[0])
            yield Finding(
                "ACC409",
                f"meter {point.meter}: shared and complement do not add up to consumption at "
                f"{counted(wrong.size, 'step')}, first at {clock.stamp(point.first + first)}",
                (shared.at(point.first + first) if shared.at else None) or point.place,
                "one of the three columns is not what its name says",
            )


def _moved(part: Energies, total: Energies, clock: Clock) -> str:
    """What to look at where the part fits into its whole a step or an hour earlier or later; else nothing."""
    for steps in sorted({1, 3600 // clock.step}):
        for way, early, late in (("late", part[steps:], total[:-steps]), ("early", part[:-steps], total[steps:])):
            if early.size and (early <= late + _OPERATOR_ROUNDING).all():
                what = f"{span(steps * clock.step)} too {way}"
                return f"taken as {what}, it fits: look at the zone of the times, and at `stamp:`"
    return ""


# --- reading back ----------------------------------------------------------------------------------------------


def load(operation: Operation, month: Month, results: Results) -> Curves:
    """The frozen curves a month's pointer names. Raise Refused where they are lost or are not what it says."""
    file = f"data/{month}.yaml"
    digest = operation.months[str(month)]["snapshot"]
    try:
        curves = results.curves(digest)
    except Lost as lost:
        again = f"`mitoyen fetch {operation.id} --month {month}` brings the data again"
        raise Refused(
            Finding("ACC410", f"the frozen data of {month} {lost}", operation.locate(file, "snapshot"), again)
        ) from lost
    if curves.clock != clock_of(operation, month):
        raise Refused(
            Finding(
                "ACC411",
                f"the data of {month} are on another clock than the operation's (step, zone or month)",
                operation.locate(file, "snapshot"),
                f"`mitoyen fetch {operation.id} --month {month}` after a change of step or zone",
            )
        )
    return curves
