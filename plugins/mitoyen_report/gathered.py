"""Everything that the pages of one operation are made from, in no language: read once, and only what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mitoyen import history
from mitoyen.chain import Chain
from mitoyen.clock import Month
from mitoyen.contracts import Energies, Finding, Indicator, Observed, Operation
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.report import plants, quality, seen
from mitoyen.report.decided import Past, decided
from mitoyen.report.seen import Seen
from mitoyen.settlement import Unit, settle
from mitoyen.workspace import Workspace
from mitoyen_report.words import BY_LANG

if TYPE_CHECKING:
    from mitoyen.history import History

TWELVE = 12
NAMED = 12
"""Consumers with a colour of their own; where there are more, the last colour is everybody else's."""


TOGETHER = "*"
"""The key of what went to all consumers of a month that does not tell them apart."""


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator of this month, and of the last twelve; None where it has no value."""

    indicator: Indicator
    now: Fraction | None
    twelve: Fraction | None


@dataclass(frozen=True)
class Gathered:
    here: Workspace = field(repr=False)
    operation: Operation
    audience: str
    months: tuple[Seen, ...]
    """Oldest first. Those before the last twelve have no parts."""
    parts: tuple[str, ...]
    """Whoever the energy went to, by key: who had most in the last months first, the others last."""
    past: History = field(repr=False)
    tariffs: Mapping[str, Any]
    """tariffs.yaml as it is written."""
    indicators: tuple[Measured, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def last(self) -> tuple[Seen, ...]:
        """The last twelve calendar months, those of them that are settled."""
        if not self.months:
            return ()
        end = self.months[-1].month
        first = Month(end.year - 1, end.number).next
        return tuple(one for one in self.months if one.month >= first)

    @cached_property
    def yields(self) -> list[plants.Yield]:
        return plants.yields(self.months)

    @cached_property
    def suspects(self) -> list[plants.Suspect]:
        return plants.suspects(self.last)

    @cached_property
    def decided(self) -> Mapping[str, Past]:
        """What was decided, by language."""
        return {
            lang: decided(self.here, self.operation.id, self.audience, lang, past=self.past) for lang in BY_LANG
        }

    @cached_property
    def quality(self) -> tuple[quality.MonthQuality, ...]:
        return quality.quality(self.here, self.operation, self.audience, past=self.past)


def gather(here: Workspace, name: str, audience: str, each: Callable[[Seen, Sequence[str]], None]) -> Gathered:
    """The settled months of an operation as the audience sees them; ``each`` is told every one of them whole.

    A month that cannot be computed is left out, and said. Raise Refused where the files do not hold.
    """
    loaded, operation = here.sound(name)
    chain = Chain(operation, here.host, here.results)
    units: list[Unit] = []
    findings: list[Finding] = [one for one in loaded.findings if one.severity == "error"]
    for month in sorted(Month.parse(one) for one in loaded.manifests if one in operation.months):
        try:
            units.append(settle(loaded, month, here.host, here.results, None, here.settings.lang, chain))
        except Refused as refused:
            findings += refused.findings
    named = _named(units[-TWELVE:]) if audience == "board" else None
    past = history.read(here, name)
    months: list[Seen] = []
    for unit in units:
        try:
            months.append(seen.see(operation, unit, chain, audience, named))
        except Refused as refused:
            findings += refused.findings
    parts = _parts(months)
    for index, one in enumerate(months):
        each(one, parts)
        if index < len(months) - TWELVE:
            months[index] = replace(one, parts=())
    tariffs = loaded.documents["tariffs.yaml"].value if "tariffs.yaml" in loaded.documents else {}
    of = Gathered(here, operation, audience, tuple(months), parts, past, tariffs)
    measured = tuple(_measured(here.host, of.last, findings))
    return replace(of, indicators=measured, findings=tuple(findings))


def _measured(host: Host, last: Sequence[Seen], findings: list[Finding]) -> Iterator[Measured]:
    """What the indicators of every plugin come to; one that fails is left out, and told."""
    now, twelve = observed(last[-1:]), observed(last)
    for one in host.all(Indicator):
        try:
            yield Measured(one, one.over(now), one.over(twelve))
        except Exception as error:  # a plugin may fail in any way
            what = f'the indicator "{one.id}" (version {one.version}) fails: {type(error).__name__}: {error}'
            advice = "it is left out; this is a fault of the plugin, tell its authors"
            findings.append(Finding("ACC605", what, help=advice, severity="warning"))


def _named(units: Sequence[Unit]) -> frozenset[str] | None:
    """The consumers who received most, where not everyone can have a colour; None where everyone can."""
    totals: dict[str, int] = {}
    for unit in units:
        for one in unit.members:
            if one["role"] == "consumer":
                totals[one["id"]] = totals.get(one["id"], 0) + one["shared"]
    if len(totals) <= NAMED:
        return None
    return frozenset(sorted(totals, key=lambda name: (-totals[name], name))[: NAMED - 1])


def _parts(months: Sequence[Seen]) -> tuple[str, ...]:
    """Whoever received most in the last months first; all together where a month does not tell them apart."""
    totals: dict[str, int] = {}
    for index, one in enumerate(months):
        parts = [(part.group.key, part.energy) for part in one.parts]
        if not parts and one.shared is not None:
            parts = [(TOGETHER, int(one.shared.sum()))]
        for key, energy in parts:
            totals[key] = totals.get(key, 0) + (energy if index >= len(months) - TWELVE else 0)
    return tuple(sorted(totals, key=lambda key: (key == "", -totals[key], key)))


def observed(months: Sequence[Seen]) -> list[Observed]:
    """What an indicator sees of these months: those whose flows are shown."""
    return [
        Observed(
            month=one.month,
            clock=one.clock,
            produced=one.produced,
            consumed=one.consumed,
            shared=one.shared,
            power=one.power,
            consumers=one.consumers,
            producers=one.producers,
            net=one.money.energy + one.money.fees if one.money else None,
        )
        for one in months
        if one.produced is not None and one.consumed is not None and one.shared is not None
    ]


@dataclass(frozen=True, slots=True)
class Day:
    """The steps of one local day of a month: from ``first`` to ``last``, exclusive."""

    day: date
    first: int
    last: int

    def of(self, values: Energies) -> Energies:
        return values[..., self.first : self.last]


def days(one: Seen) -> Iterator[Day]:
    """The days of a month."""
    for day, first, last in one.clock.days():
        yield Day(day, first, last)
