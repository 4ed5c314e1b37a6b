"""Both sides of a change computed and subtracted, month by month."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from mitoyen import changes, model, quantities
from mitoyen.chain import Chain
from mitoyen.changes import Change
from mitoyen.clock import Month
from mitoyen.contracts import (
    WHOLE,
    Entry,
    ExciseDue,
    Executor,
    Operation,
    Options,
    Regime,
    SurplusSale,
)
from mitoyen.diagnostics import Refused
from mitoyen.metering import load as load_curves
from mitoyen.model import Loaded
from mitoyen.plan.planned import AUDIENCES, MemberPlan, OperationPlan, Plan, UnitPlan
from mitoyen.repository import line
from mitoyen.repository.trees import Tree
from mitoyen.settlement import Unit, settle
from mitoyen.sharing import measured_throughout
from mitoyen.taxes import on_day
from mitoyen.workspace import Workspace, opened

E = TypeVar("E", Entry, Regime, ExciseDue, SurplusSale)


@dataclass(frozen=True, slots=True)
class Task:
    """One operation to plan, in values that travel between processes."""

    root: Path
    operation: str
    base: str
    head: str | None
    onto: str | None


def proposed(
    here: Workspace,
    names: tuple[str, ...] = (),
    base: str | None = None,
    head: str | None = None,
    executor: str | None = None,
) -> Plan:
    """Plan what a person proposes: the folder (HEAD in a bare repository), since it left its upstream.

    Who may see it is the narrower of what both sides say: a change does not widen its own audience.
    """
    repository = here.repository
    if repository.bare:
        head = head or "HEAD"
    start = repository.base(base, head)
    end = repository.resolve(head) if head else None
    after = repository.at(end) if end else repository.working
    repository.select(names, repository.at(start), after)
    settings = here.settings_in(after)
    upstream = None if base else repository.upstream()
    onto = repository.resolve(upstream) if upstream else None
    made = make(here, start, end, names, *here.executor(executor), onto)
    before = here.said(repository.at(start)).get("audience", AUDIENCES[-1])
    audience = min(before, settings.audience, key=AUDIENCES.index)
    return replace(made, audience=audience, lang=settings.lang)


def make(
    here: Workspace,
    base: str,
    head: str | None,
    names: tuple[str, ...],
    executor: Executor,
    options: Options,
    onto: str | None = None,
) -> Plan:
    """Plan what lies between two commits, or a commit and the folder as it is, for the operations it touches.

    ``onto`` is the commit it would be merged into: months that were issued there meanwhile are issued.
    """
    touched = here.repository.touched(base, head)
    inputs = {name for name, files in touched.items() if any(not file.startswith("settlements/") for file in files)}
    if "mitoyen.yaml" in touched.get("", ()):  # what holds for all may reach all
        tree: Tree = here.repository.at(head) if head else here.repository.working
        inputs |= {*tree.operations()}
    wanted = sorted(name for name in inputs if name and (not names or name in names))
    tasks = [Task(here.repository.root, name, base, head, onto) for name in wanted]
    opened.cache_clear()  # files may have changed since the last run of this process
    done = sorted(executor.run(plan_operation, tasks, options), key=lambda one: one.operation)
    return Plan(base, head, tuple(done), frozenset(line.trailers(here.repository, "Accept", base, head)))


def plan_operation(task: Task) -> OperationPlan:
    here = opened(task.root)
    head: Tree = here.repository.at(task.head) if task.head else here.repository.working
    # What checks would find in the past, nobody is told.
    before = _side(here, here.repository.at(task.base), task.operation, checked=False)
    after = _side(here, head, task.operation)
    findings = tuple(finding for finding in after.findings if finding.severity == "error")
    if after.operation is None and after.findings:
        return OperationPlan(task.operation, (), (), findings)  # what cannot be read cannot be compared
    found = changes.between(before.documents, after.documents)
    issued = _issued(before, after)
    if task.onto and task.onto != task.base:
        there = model.load(here.repository.at(task.onto), task.operation, here.host, here.cache)
        issued |= _issued(there)
    units = [_unit_plan(here, before, after, month, issued) for month in _months(before, after)]
    units += _estimates(here, before, after, found, issued)
    kept = sorted((unit for unit in units if unit.category != "nothing"), key=lambda unit: unit.month)
    return OperationPlan(task.operation, tuple(found), tuple(kept), findings)


@dataclass(frozen=True, slots=True)
class _Side(Loaded):
    """An operation on one side, with what holds for all of them there."""

    lang: str
    chain: Chain | None
    """Its months, computed once each."""


def _side(here: Workspace, tree: Tree, name: str, *, checked: bool = True) -> _Side:
    lang = str(here.said(tree).get("lang", "fr"))
    if not tree.has(name):
        return _Side("", None, {}, {}, (), lang, None)
    loaded = here.load(name, tree) if checked else model.load(tree, name, here.host, here.cache)
    chain = Chain(loaded.operation, here.host, here.results) if loaded.operation else None
    return _Side(loaded.id, loaded.operation, loaded.documents, loaded.manifests, loaded.findings, lang, chain)


def _issued(*sides: Loaded) -> set[str]:
    """The months that some manifest says are issued."""
    return {
        month
        for side in sides
        for month, manifests in side.manifests.items()
        if any(document.value.get("state") == "issued" for document in manifests.values())
    }


def _months(*sides: Loaded) -> list[Month]:
    return sorted({Month.parse(month) for side in sides if side.operation for month in side.operation.months})


def _unit_plan(here: Workspace, before: _Side, after: _Side, month: Month, issued: Collection[str]) -> UnitPlan:
    """One month on both sides, subtracted."""
    operation = after.id or before.id
    try:
        old, new = _settled(here, before, month), _settled(here, after, month)
    except Refused as refused:
        reached = _prints_differ(before, after, month)
        category = _kept("changes", month, issued) if reached else "nothing"
        return UnitPlan(operation, str(month), category, unknown=str(refused))
    if old and new and old.fingerprint == new.fingerprint:
        return UnitPlan(operation, str(month), "nothing")
    stages = _stages(old, new)
    kind = "adds" if old is None else "removes" if new is None else "changes"
    category = _kept(kind, month, issued) if stages else "nothing"
    return _subtracted((before, after), operation, str(month), category, stages, old, new)


def _kept(category: str, month: Month, issued: Collection[str]) -> str:
    """What a change of a month is called: one that is issued is kept, whatever comes beside it restates it."""
    return "restates" if str(month) in issued else category


def _prints_differ(before: Loaded, after: Loaded, month: Month) -> bool:
    one, two = (side.operation.months.get(str(month)) if side.operation else None for side in (before, after))
    return one != two or any(change.counts for change in changes.between(before.documents, after.documents))


def _settled(here: Workspace, side: _Side, month: Month) -> Unit | None:
    if side.operation is None or str(month) not in side.operation.months:
        return None
    return settle(side, month, here.host, here.results, None, side.lang, side.chain)


def _stages(old: Unit | None, new: Unit | None) -> tuple[str, ...]:
    """The stages whose result differs: a fingerprint that moves to the same result stops there."""
    if old is None or new is None:
        return ("allocation", "pricing", "documents")
    moved = [stage for stage in ("allocation", "pricing") if old.result[stage] != new.result[stage]]
    if old.fingerprint["documents"] != new.fingerprint["documents"]:
        moved.append("documents")
    return tuple(moved)


def _subtracted(
    sides: tuple[Loaded, Loaded],
    operation: str,
    month: str,
    category: str,
    stages: tuple[str, ...],
    old: Unit | None,
    new: Unit | None,
    estimated_on: str | None = None,
) -> UnitPlan:
    amounts = [
        {m["id"]: (Decimal(m["gross"]), int(m["shared"])) for m in side.members if m["role"] == "consumer"}
        if side
        else {}
        for side in (old, new)
    ]
    members = [
        MemberPlan(
            name,
            amounts[0][name][0] if name in amounts[0] else None,
            amounts[1][name][0] if name in amounts[1] else None,
            amounts[0].get(name, (Decimal(0), 0))[1],
            amounts[1].get(name, (Decimal(0), 0))[1],
        )
        for name in sorted({*amounts[0], *amounts[1]})
    ]
    members.sort(key=lambda one: (-abs(one.difference), one.id))
    unit = UnitPlan(
        operation,
        month,
        category,
        stages,
        tuple(members),
        old.gross if old else None,
        new.gross if new else None,
        estimated_on,
        _surplus(old, new),
    )
    return replace(unit, beyond=tuple(_beyond(unit, _limits(*sides)))) if old and new else unit


def _surplus(*sides: Unit | None) -> tuple[Decimal | None, Decimal | None] | None:
    """What is paid for surplus before and after."""
    old, new = (side.surplus["net"] if side and side.buyers else None for side in sides)
    return None if old is None and new is None else (old, new)


def _limits(*sides: Loaded) -> Mapping[str, int]:
    """The stricter of both sides, billionths: a change does not lift the limit it would break."""
    limits: dict[str, int] = {}
    for side in sides:
        for name, written in (side.operation.details.get("limits", {}) if side.operation else {}).items():
            limits[name] = min(limits.get(name, 10**12), quantities.percent(written))
    return limits


def _beyond(unit: UnitPlan, limits: Mapping[str, int]) -> Iterator[str]:
    """The figures over the limits, each as the trailer that would accept it."""
    where = f"{unit.operation}/{unit.month}"
    if "total" in limits and unit.before and _over(unit.before, unit.after or Decimal(0), limits["total"]):
        yield f"{where} total {unit.percent:+}%"
    for one in unit.members if "member" in limits else ():
        if one.before is None or one.after is None:
            continue  # who comes or goes has nothing to compare with
        if not one.before and one.after:
            yield f"{where} {one.id} {one.difference:+} EUR"
        elif one.before and _over(one.before, one.after, limits["member"]):
            yield f"{where} {one.id} {one.percent:+}%"


def _over(before: Decimal, after: Decimal, limit: int) -> bool:
    """Whether an amount moves by more than a limit, billionths: compared exactly, not as it is shown."""
    return abs(after - before) * WHOLE > limit * abs(before)


# --- months that are not metered yet ---------------------------------------------------------------------------


def _estimates(
    here: Workspace, before: _Side, after: _Side, found: Iterable[Change], issued: Collection[str]
) -> Iterator[UnitPlan]:
    """For a change that takes effect after the last metered month: both sides on the data of that month."""
    metered = _months(after)
    if after.operation is None or before.operation is None or not metered:
        return
    last = metered[-1]
    future = {day for change in found if change.counts for day in _effective(change) if day >= last.next.first}
    for month in sorted({Month(day.year, day.month) for day in future}):
        day = max(day for day in future if Month(day.year, day.month) == month)
        category = _kept("changes", month, issued)
        try:
            old, new = (_settled_as_on(here, side, day, last) for side in (before, after))
        except Refused as refused:
            yield UnitPlan(after.id, str(month), category, unknown=str(refused))
            continue
        stages = _stages(old, new)
        if stages:
            yield _subtracted((before, after), after.id, str(month), category, stages, old, new, str(last))


def _effective(change: Change) -> Iterator[date]:
    """The days from which a change holds: the date key of its entry, or the dates of a participant."""
    if change.file in ("keys.yaml", "tariffs.yaml"):
        position = 0 if change.file == "keys.yaml" else 1
        if len(change.path) > position:
            yield date.fromisoformat(change.path[position])
    elif change.file == "operation.yaml" and change.path[0] in changes.DATED:
        yield from _dates(change)
    elif change.file == "participants.yaml":
        for value in (change.before, change.after):
            row = value if isinstance(value, Mapping) else {change.path[-1]: value}
            yield from (date.fromisoformat(row[name]) for name in ("from", "to") if row.get(name))


def _settled_as_on(here: Workspace, side: _Side, day: date, month: Month) -> Unit:
    """What a metered month would be, were what is in force on ``day`` so in all of it; what the members carry into
    it stays what it is. Raise Refused where that cannot be said."""
    moved = _as_on(here, side, day, month)
    assert side.chain is not None  # noqa: S101 - the caller has looked
    assert moved.operation is not None  # noqa: S101 - likewise
    chain = Chain(moved.operation, here.host, here.results, side.chain.into(month))
    return settle(moved, month, here.host, here.results, None, side.lang, chain)


def _dates(change: Change) -> Iterator[date]:
    """The dates of a change of such a part: the one on its path, or those of what came or went as a whole."""
    depth = changes.DATED[change.path[0]]
    if len(change.path) > depth:
        yield date.fromisoformat(change.path[depth])
        return
    for value in (change.before, change.after):
        parts = [value] if isinstance(value, Mapping) else []
        for _level in range(depth - len(change.path)):
            parts = [inside for part in parts for inside in part.values()]
        yield from (date.fromisoformat(start) for part in parts for start in part)


def _as_on(here: Workspace, side: Loaded, day: date, month: Month) -> Loaded:
    """The operation as if what is in force on ``day`` had been in force all of a metered ``month``; a member whose
    meter has no data of that month is left out on both sides."""
    operation = side.operation
    assert operation is not None  # noqa: S101 - the caller has looked
    curves = load_curves(operation, month, here.results)

    def held(entries: Iterable[E]) -> list[E]:
        entry = on_day(entries, day)
        return [replace(entry, start=month.first)] if entry else []

    present = {
        one.id: replace(one, start=month.first, to=None)
        for one in operation.participants.values()
        if one.in_force(day) and measured_throughout(curves, one.meter)
    }
    moved: Operation = replace(
        operation,
        participants=present,
        keys=held(operation.keys),
        tariffs={group: held(entries) for group, entries in operation.tariffs.items()},
        sellers={seller: held(regimes) for seller, regimes in operation.sellers.items()},
        excise=held(operation.excise),
        surplus={name: held(sales) for name, sales in operation.surplus.items()},
    )
    return replace(side, operation=moved, manifests={})
