"""Export ``enedis-coefficients``: the file in which an organiser sends its coefficients of a month.

``ACC00000001_15_01032026_31032026.txt``: ``Horodate;`` and a column for each consumer's number, a row a step by the
clock on the wall, percents with a comma. A key that tells producers apart has a file for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from mitoyen.contracts import Allocated, Document, Energies, Entry, Export, ExportFormat, Finding
from mitoyen.diagnostics import Refused
from mitoyen.quantities import kwh
from mitoyen_enedis.coefficients import Loss, applied, loss, pooled, rounded

COMPUTED_THERE = {"prorata": "par défaut", "static": "statique"}
"""Keys that the operator computes itself, by the name it has for them."""


def export(wanted: Export) -> Iterator[Document]:
    """The files of each month. Raise Refused where a number, the agreement or a share is missing."""
    agreement = wanted.operation.details.get("agreement")
    if agreement is None:
        message = f"operation {wanted.operation.id} names no agreement, by which the operator knows it"
        place = wanted.operation.locate("operation.yaml")
        raise Refused(Finding("ACC467", message, place, "add it: agreement: ACC and its 8 digits"))
    for month in wanted.allocated():
        yield from _Month.of(wanted, month, agreement).documents()


@dataclass(frozen=True, slots=True)
class _Month:
    """One month, its consumers' rows joined where they share a number."""

    wanted: Export
    month: Allocated
    agreement: str
    columns: tuple[str, ...]
    """The consumers' numbers, in the order of their ids."""
    givers: tuple[str, ...]
    """The producers' numbers likewise, where they are needed."""
    consumed: Energies
    produced: Energies
    shared: Energies
    """[producer, consumer, step]"""

    @classmethod
    def of(cls, wanted: Export, month: Allocated, agreement: str) -> _Month:
        if month.binding:
            raise Refused(
                Finding(
                    "ACC468",
                    f"the shares of {month.month} are those the operator published: there is nothing to send it",
                    wanted.operation.locate("keys.yaml"),
                    "coefficients come from a key of yours, in force in keys.yaml while they are exported",
                )
            )
        by_pool = wanted.options.get("producers", "auto")
        joint = by_pool == "pooled" or (by_pool == "auto" and pooled(month.shared, month.produced))
        takers, givers = _numbers(wanted, month.consumers, [] if joint else month.producers)
        columns, produced = tuple(dict.fromkeys(takers)), month.produced
        shared = _joined(month.shared, takers, columns, axis=1)
        if joint:
            shared, produced = shared.sum(axis=0, keepdims=True), produced.sum(axis=0, keepdims=True)
        else:
            rows = tuple(dict.fromkeys(givers))
            shared, produced = _joined(shared, givers, rows, axis=0), _joined(produced, givers, rows, axis=0)
            givers = list(rows)
        consumed = _joined(month.consumed, takers, columns, axis=0)
        return cls(wanted, month, agreement, columns, tuple(givers), consumed, produced, shared)

    def documents(self) -> Iterator[Document]:
        decimals = self.wanted.options["decimals"]
        whole = 100 * 10**decimals
        room = self.consumed - self.shared.sum(axis=0)
        units = np.stack(
            [rounded(row, pot, room, whole) for row, pot in zip(self.shared, self.produced, strict=True)]
        )
        notes = self._notes(loss(self.shared.sum(axis=0), applied(units, self.produced, self.consumed, whole)))
        for row, table in enumerate(units):
            name = "_".join([self._stem(), *self.givers[row : row + 1]])
            content = self._written(table, decimals).encode("ascii")
            yield Document(f"{name}.txt", "text/plain", content, notes if row == len(units) - 1 else ())

    def _stem(self) -> str:
        first, last = self.month.month.first, self.month.month.next.first - timedelta(days=1)
        return f"{self.agreement}_{self.month.clock.step // 60}_{first:%d%m%Y}_{last:%d%m%Y}"

    def _written(self, units: Energies, decimals: int) -> str:
        """Rows end with a line feed, the last one with nothing, as in the one file that is public."""
        zone, starts = ZoneInfo(self.month.clock.zone), self.month.clock.utc().tolist()
        values = {unit: _percent(unit, decimals) for unit in np.unique(units).tolist()}
        lines = [";".join(["Horodate", *self.columns])]
        for start, row in zip(starts, units.T.tolist(), strict=True):
            wall = datetime.fromtimestamp(start, UTC).astimezone(zone)
            lines.append(";".join([f"{wall:%d/%m/%Y %H:%M}", *(values[unit] for unit in row)]))
        return "\n".join(lines)

    def _notes(self, cost: Loss) -> tuple[str, ...]:
        decimals, month = self.wanted.options["decimals"], self.month.month
        part = f"{100 * cost.lost / cost.shared:.4f} %" if cost.shared else "nothing is shared"
        said = [
            f"rounded to {_grid(decimals)} %: {kwh(cost.lost)} of {kwh(cost.shared)} kWh become "
            f"surplus ({part}), {kwh(cost.moved)} kWh go to another member"
        ]
        rules = {entry.rule for entry in self._keys()}
        said += (
            f"the operator computes the key {COMPUTED_THERE[rule]} itself ({rule}): send this file only where the "
            "agreement says that you do"
            for rule in sorted(rules & COMPUTED_THERE.keys())
        )
        if _repeats(self.month):
            said.append(
                "the hour that comes twice is there twice, in its order; no public text says how it should be"
            )
        said.append(_due(month.next.first, self.wanted.options.get("due")))
        return tuple(said)

    def _keys(self) -> list[Entry]:
        """Those in force on some day of the month."""
        began = [one for one in self.wanted.operation.keys if one.start < self.month.month.next.first]
        before = [one for one in began if one.start <= self.month.month.first]
        return [one for one in began if one.start > self.month.month.first] + before[-1:]


def _due(after: date, days: int | None) -> str:
    if days is None:
        return "until when the operator takes it is not public: ask, and write it down as `due:`, in days"
    return f"to be sent by {after + timedelta(days=days - 1)}, as `due:` says"


def _grid(decimals: int) -> str:
    """The unit of a coefficient, in percent: 1, 0.1, 0.01..."""
    return f"0.{'1'.zfill(decimals)}" if decimals else "1"


def _repeats(month: Allocated) -> bool:
    wall = month.clock.wall()
    return bool((np.diff(wall.day.astype(np.int64) * 1440 + wall.minute) < 0).any())


def _percent(units: int, decimals: int) -> str:
    """5081 with two decimals is ``50,81``."""
    if not decimals:
        return str(units)
    return f"{units // 10**decimals},{units % 10**decimals:0{decimals}d}"


def _numbers(wanted: Export, takers: Sequence[str], givers: Sequence[str]) -> tuple[list[str], list[str]]:
    """Their numbers; raise Refused with everyone the vault has none of."""
    known: Mapping[str, str] = wanted.numbers()
    meters = {one: wanted.operation.participants[one].meter for one in (*takers, *givers)}
    lacking = [
        Finding(
            "ACC466",
            f"the vault has no number of the meter {meter} of {one}",
            wanted.operation.locate("participants.yaml", one, "meter"),
            f"mitoyen parties edit {one}, and add it below meters:",
        )
        for one, meter in meters.items()
        if meter not in known
    ]
    if lacking:
        raise Refused(*lacking)
    return [known[meters[one]] for one in takers], [known[meters[one]] for one in givers]


def _joined(values: Energies, numbers: Sequence[str], columns: Sequence[str], axis: int) -> Energies:
    """Rows of one number added up: a meter that passes from one member to the next within the month."""
    rows = [np.flatnonzero([number == column for number in numbers]) for column in columns]
    return np.stack([np.take(values, some, axis=axis).sum(axis=axis) for some in rows], axis=axis)


FORMAT = ExportFormat(
    id="enedis-coefficients",
    version=1,
    title="Coefficients of a month for Enedis (clé dynamique simple, full dynamique)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "decimals": {
                "type": "integer",
                "minimum": 0,
                "maximum": 5,
                "default": 2,
                "description": "of a percent; how many are taken is not public, the only public file has 2",
            },
            "producers": {
                "type": "string",
                "enum": ["auto", "pooled", "apart"],
                "default": "auto",
                "description": "pooled (dynamique simple) or apart (full dynamique); auto: as the key shares",
            },
            "due": {
                "type": "integer",
                "minimum": 1,
                "maximum": 60,
                "description": "days after the month within which it is taken; not public, so no default",
            },
        },
    },
    export=export,
)
