"""What was decided about an operation, when and by whom: the first-parent line read as values, not as lines.

    git log, raw --> Touch --> readings before and after --> Step(decisions, data, effects)

A commit that only tidies has no decision, so that it is never the cause of anything. Knowledge is the position on
the first-parent line; where a merge brought a value, the commit of its branch that wrote it is told beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Literal

from mitoyen import changes
from mitoyen.changes import NOTES, Change
from mitoyen.clock import Month
from mitoyen.contracts import Place
from mitoyen.diagnostics import Refused
from mitoyen.located import Document
from mitoyen.model import FILES
from mitoyen.quantities import FORMATS, Misread
from mitoyen.repository import Commit, Repository, Touch, shown
from mitoyen.workspace import Workspace

_POINTER = re.compile(r"data/(\d{4}-\d{2})\.yaml")
_MANIFEST = re.compile(r"settlements/(\d{4}-\d{2})\.(\d+)\.yaml")
_QUANTITIES = [FORMATS[name] for name in ("price", "fee", "percent", "energy", "power", "distance")]

# What may move no amount, however it changes.
_IDLE = {"seller", "power"}
_MOVING = {"timezone", "step"}

Reading = Mapping[str, Document]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A change of a value, with the days it is about."""

    change: Change
    first: date | None
    """The day from which it holds; None where it has no day of its own."""
    last: date | None
    """The day from which something else holds."""
    instead_of: Any = None
    """For an entry that came: the one in force on its day before. For one that went: the one that is now."""

    @property
    def counts(self) -> bool:
        return self.change.counts

    def reaches(self, month: Month) -> bool:
        """Whether an amount of that month may come from it."""
        file, path = self.change.file, self.change.path
        if not self.counts or (file == "operation.yaml" and path[0] not in _MOVING):
            return False
        if file == "participants.yaml" and path[1:2] and path[1] in _IDLE:
            return False
        begins = self.first is None or self.first < month.next.first
        return begins and (self.last is None or self.last > month.first)


@dataclass(frozen=True, slots=True)
class Data:
    """A pointer to frozen meter data that came, went, or names other data."""

    month: str
    what: Literal["frozen", "restated", "removed"]
    source: str | None
    snapshot: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a commit recorded of a month: its manifests before and after, in totals."""

    month: str
    revision: int
    state: str
    what: Literal["settled", "recomputed", "revised", "issued", "same", "removed"]
    shared: tuple[Decimal | None, Decimal | None]
    """kWh before and after."""
    net: tuple[Decimal | None, Decimal | None]
    """EUR before and after."""
    follows: tuple[Commit | None, ...] = ()
    """The commits that may have moved the month since it was settled last, oldest first."""

    @property
    def computed(self) -> bool:
        """Whether the month was computed there, and not only issued or written again."""
        return self.what in ("settled", "recomputed", "revised") or self.net[0] != self.net[1]


@dataclass(frozen=True, slots=True)
class Step:
    """A commit of the line that touched the operation; None for what is not committed yet."""

    commit: Commit | None
    parents: tuple[str, ...]
    operation: str
    was: str | None
    """The folder's name before, where the commit renamed it."""
    decisions: tuple[Decision, ...]
    data: tuple[Data, ...]
    effects: tuple[Effect, ...]
    unreadable: tuple[str, ...]
    """Files that could not be read there: they count as what they were before."""

    @property
    def tells(self) -> bool:
        """Whether something a person would want to know happened, rather than tidying."""
        told = any(decision.counts for decision in self.decisions)
        return bool(told or self.data or self.unreadable or any(one.what != "same" for one in self.effects))


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a value is what it is: the commit of the line, and the one of a branch where that was merged."""

    commit: Commit | None
    """None where it is not committed yet."""
    change: Change | None
    """None for a pointer to data."""
    written: Commit | None = None
    """The commit that wrote the value, where ``commit`` merged it."""
    because: str | None = None
    """The reason given for it."""
    earlier: bool = False
    """It may be older: the clone is shallow, and begins at this commit."""

    def as_data(self) -> dict[str, Any]:
        """As JSON shows it; every field null where it is not committed yet."""
        written = commit_data(self.written) if self.written else None
        return {**commit_data(self.commit), "or_earlier": self.earlier, "written": written}


_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def clean(text: str) -> str:
    """What someone wrote in a commit, without what would steer a terminal."""
    return _NOT_TEXT.sub(" ", text).encode("utf-8", "replace").decode()


def commit_data(commit: Commit | None) -> dict[str, Any]:
    """A commit as JSON shows it; every field null where nothing is committed yet."""
    return {
        "commit": commit.id if commit else None,
        "date": commit.date if commit else None,
        "author": clean(commit.author) if commit else None,
        "subject": clean(commit.subject) if commit else None,
    }


@dataclass(frozen=True)
class History:
    """The steps of one operation, newest first."""

    here: Workspace = field(repr=False)
    steps: tuple[Step, ...]
    cut: bool = False
    """The clone is shallow: what came before is not in it."""
    _known: dict[str, list[Sequence[Step]]] = field(default_factory=dict, repr=False, compare=False)

    def blame(self, file: str, *path: str | int) -> Cause | None:
        """The newest commit of the line in which the value at ``path`` became what it is; None where none is known.

        For a mapping, in which anything inside it did. Notes do not count, unless one is asked for.
        """
        found = self._blamed(file, path)
        if not found:
            return None
        index, change = found
        step = self.steps[index]
        because = self._reason(change, self.steps[:index])
        for branch in self._branches(step):
            for other in branch:
                theirs = _touching(other, file, path)
                if len(other.parents) == 1 and theirs and _gave(theirs, change, path):
                    return Cause(step.commit, change, other.commit, because)
        return Cause(step.commit, change, because=because, earlier=self._begins(step))

    def blame_data(self, month: str) -> Cause | None:
        """The commit since which the month's data are what they are."""
        for step in self.steps:
            if any(one.month == month for one in step.data):
                for branch in self._branches(step):
                    for other in branch:
                        if len(other.parents) == 1 and any(one.month == month for one in other.data):
                            return Cause(step.commit, None, other.commit)
                return Cause(step.commit, None, earlier=self._begins(step))
        return None

    def blame_settlement(self, month: str) -> Cause | None:
        """The commit that wrote the month's latest manifest as it is, in what it says."""
        for step in self.steps:
            if any(one.month == month and one.what != "same" for one in step.effects):
                return Cause(step.commit, None, earlier=self._begins(step))
        return None

    def merged(self, step: Step) -> list[Commit]:
        """The commits of the branches a merge brought that changed a value or data, newest first."""
        return [
            other.commit
            for branch in self._branches(step)
            for other in branch
            if other.commit and len(other.parents) == 1 and other.tells
        ]

    @cached_property
    def reached(self) -> Mapping[str | None, Sequence[tuple[Step, Effect]]]:
        """By commit, the settlements that followed it."""
        found: dict[str | None, list[tuple[Step, Effect]]] = {}
        for step in reversed(self.steps):
            for effect in step.effects:
                for commit in effect.follows:
                    found.setdefault(commit.id if commit else None, []).append((step, effect))
        return found

    def _begins(self, step: Step) -> bool:
        return self.cut and step is self.steps[-1]

    def _blamed(self, file: str, path: Path) -> tuple[int, Change] | None:
        for index, step in enumerate(self.steps):
            change = _touching(step, file, path)
            if change:
                return index, change
            for decision in step.decisions:
                over = decision.change.path
                if decision.change.file == file and path[: len(over)] == over:
                    path = (*over, *_earlier(decision.change, path[len(over) :]))
        return None

    def _reason(self, change: Change, later: Sequence[Step]) -> str | None:
        """The reason written with a change, as it was put right since.

        A reason that came with the change of another value of the entry is that value's, not this one's.
        """
        reason = change.because
        for step in reversed(later):
            for decision in step.decisions:
                note = decision.change
                entry = note.path[:-1]
                if note.file != change.file or note.path[-1] != "because" or change.path[: len(entry)] != entry:
                    continue
                if not any(one.counts and one.change.path[: len(entry)] == entry for one in step.decisions):
                    reason = note.after
        return reason

    def _branches(self, step: Step) -> list[Sequence[Step]]:
        """The steps of each branch that a merge brought."""
        if step.commit is None or len(step.parents) < 2:
            return []
        if step.commit.id not in self._known:
            self._known[step.commit.id] = [
                read(self.here, step.operation, parent, beyond=step.parents[:1], working=False).steps
                for parent in step.parents[1:]
            ]
        return self._known[step.commit.id]


def read(
    here: Workspace, operation: str, head: str = "HEAD", *, beyond: Iterable[str] = (), working: bool = True
) -> History:
    """The history of an operation up to ``head``; with ``working``, what is not committed yet comes first.

    A folder that is in no git repository has none. Raise UsageError where git does not know ``head``.
    """
    repository = here.repository
    if not repository.has_history:
        return History(here, ())
    working = working and not repository.bare
    line = list(_line(repository, operation, head, tuple(beyond)))
    was = _name_at_head(repository, operation) if working and not line else None
    if was:
        line = list(_line(repository, was, head, ()))
    readings = _readings(here, line)
    state: dict[str, Document] = {}
    steps: list[Step] = []
    for one in reversed(line):
        before = {file: document for file, document in state.items() if file not in one.files}
        after = dict(before)
        unreadable = []
        for file, (old, new) in one.files.items():
            # The state of the line first: where a file could not be read, it is what it was before.
            known = state.get(file) or readings.get((old, shown(one.was or one.operation, file)))
            if known and old:
                before[file] = known
            document = readings.get((new, shown(one.operation, file)))
            if new and not document:
                unreadable.append(file)
                document = before.get(file)
            if document:
                after[file] = document
        steps.append(_step(one, before, after, tuple(unreadable)))
        state = after
    if working:
        now = _working(here, operation, was, state)
        steps += [now] if now else []
    oldest = line[-1].commit if line else None
    cut = oldest is not None and oldest.id in repository.boundary
    return History(here, tuple(reversed(_followed(steps))), cut)


# --- the line --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Touched:
    """A Touch on our files, under the name the folder had there."""

    commit: Commit | None
    parents: tuple[str, ...]
    operation: str
    was: str | None
    files: Mapping[str, tuple[str | None, str | None]]


def _line(repository: Repository, operation: str, head: str, beyond: tuple[str, ...]) -> Iterator[_Touched]:
    """The commits that touched an operation, newest first, going on under its old name where it was renamed."""
    name, start = operation, head
    while name:
        touches, operation, name = repository.touches(name, start, beyond), name, ""
        for touch in touches:
            was, files = _renamed(repository, touch, operation)
            yield _Touched(
                touch.commit, touch.parents, operation, was, {f: b for f, b in files.items() if _ours(f)}
            )
            if was:
                name, start = was, touch.parents[0]
                break


def _renamed(
    repository: Repository, touch: Touch, operation: str
) -> tuple[str | None, Mapping[str, tuple[str | None, str | None]]]:
    """The folder's name before a commit that brought it whole, and its files as they were under that name."""
    came = touch.files.get("operation.yaml", ("", ""))[0] is None
    if not came or not touch.parents or any(before for before, _after in touch.files.values()):
        return None, touch.files
    gone, come = repository.moved(touch.parents[0], touch.commit.id)
    was = earlier_name(come.get(operation, {}), gone)
    if was is None:
        return None, touch.files
    old = gone[was]
    files = {file: (old.get(file), come[operation].get(file)) for file in {*old, *come[operation]}}
    return was, {file: both for file, both in files.items() if both[0] != both[1] or file in FILES}


def earlier_name(come: Mapping[str, str], gone: Mapping[str, Mapping[str, str]]) -> str | None:
    """The folder that went and had more than half of its files as they are in the one that came."""
    best: tuple[int, str] | None = None
    for name, files in sorted(gone.items()):
        same = sum(come.get(file) == blob for file, blob in files.items())
        if "operation.yaml" in files and 2 * same > len(files) and (best is None or same > best[0]):
            best = (same, name)
    return best[1] if best else None


def _ours(file: str) -> bool:
    return file in FILES or bool(_POINTER.fullmatch(file) or _MANIFEST.fullmatch(file))


def _readings(here: Workspace, line: Sequence[_Touched]) -> dict[tuple[str | None, str], Document]:
    """Every content of the line read once, by git's id and the path it had; what cannot be read is not in it."""
    wanted: dict[tuple[str, str], None] = {}
    for one in line:
        for file, (old, new) in one.files.items():
            if old:
                wanted[old, shown(one.was or one.operation, file)] = None
            if new:
                wanted[new, shown(one.operation, file)] = None
    contents = here.repository.contents(blob for blob, _path in wanted)
    documents = here.cache.parse_all((contents[blob], path) for blob, path in wanted)
    return {
        key: document for key, document in zip(wanted, documents, strict=True) if not isinstance(document, Refused)
    }


def _name_at_head(repository: Repository, operation: str) -> str | None:
    """The name of a folder that was renamed and not committed yet."""
    tree, now = repository.at("HEAD"), repository.working.operations()
    lost = sorted(set(tree.operations()) - set(now))
    if operation not in now or not lost:
        return None
    return earlier_name(repository.working.listing(operation), {name: tree.listing(name) for name in lost})


def _working(here: Workspace, operation: str, was: str | None, before: Reading) -> Step | None:
    """What the folder says that no commit does."""
    repository = here.repository
    if operation not in repository.touched("HEAD"):
        return None
    files = {file: content for file, content in repository.working.files(operation) if content and _ours(file)}
    documents = here.cache.parse_all((content, shown(operation, file)) for file, content in files.items())
    after: dict[str, Document] = {}
    unreadable = []
    for file, document in zip(files, documents, strict=True):
        if not isinstance(document, Refused):
            after[file] = document
            continue
        unreadable.append(file)
        if file in before:
            after[file] = before[file]
    step = _step(_Touched(None, (), operation, was, {}), before, after, tuple(unreadable))
    return step if step.tells or step.decisions or was else None


# --- a step ----------------------------------------------------------------------------------------------------


def _step(one: _Touched, before: Reading, after: Reading, unreadable: tuple[str, ...]) -> Step:
    found = changes.between(before, after)
    return Step(
        one.commit,
        one.parents,
        one.operation,
        one.was,
        tuple(_decision(change, before, after) for change in found if not alike(change.before, change.after)),
        tuple(_data(before, after)),
        tuple(_effects(before, after)),
        unreadable,
    )


def alike(one: Any, other: Any) -> bool:
    """Whether two values mean the same: ``0.165 EUR/kWh`` is ``16.50 c€/kWh``, ``40%`` is ``40 %``."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one == other or any(_reads_alike(reader, one, other) for reader in _QUANTITIES)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _reads_alike(reader: Any, one: str, other: str) -> bool:
    try:
        return bool(reader(one) == reader(other))
    except Misread:
        return False


def _decision(change: Change, before: Reading, after: Reading) -> Decision:
    """The change with its days, told from the entry or the participant it is about."""
    if change.file == "participants.yaml":
        return _of_participant(change, before, after)
    depth = {"keys.yaml": 1, "tariffs.yaml": 2}.get(change.file)
    if depth is None or len(change.path) < depth or not (first := _day(change.path[depth - 1])):
        return Decision(change, None, None)
    old, new = (_entries(reading, change.file, change.path[: depth - 1]) for reading in (before, after))
    standing = {**old, **new}  # an entry that went holds until the next of those that stay
    last = min((day for day in standing if day > first), default=None)
    other = {"added": old, "removed": new}.get(change.kind) if len(change.path) == depth else None
    instead = entry_on(other, first) if other else None
    return Decision(change, first, last, instead[1] if instead else None)


def _entries(reading: Reading, file: str, path: Sequence[str]) -> dict[date, Any]:
    """The date-keyed entries of a file, or of one of its groups."""
    value: Any = reading[file].value if file in reading else {}
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping):
        return {}
    return {day: entry for start, entry in value.items() if (day := _day(start))}


def entry_on(entries: Mapping[date, Any], day: date) -> tuple[date, Any] | None:
    """The entry in force on a day, with the day it began."""
    start = max((start for start in entries if start <= day), default=None)
    return None if start is None else (start, entries[start])


def _of_participant(change: Change, before: Reading, after: Reading) -> Decision:
    rows = [
        reading[change.file].value.get(change.path[0]) if change.file in reading else None
        for reading in (after, before)
    ]
    row = next((one for one in rows if isinstance(one, Mapping)), {})
    first, last = _day(row.get("from")), _day(row.get("to"))
    if change.path[1:] in (("from",), ("to",)):
        # The days that are in on one side and out on the other.
        ends = [_day(change.before), _day(change.after)]
        known = [day for day in ends if day]
        return Decision(change, min(known, default=None), max(known) if len(known) == 2 else None)
    return Decision(change, first, last)


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _data(before: Reading, after: Reading) -> Iterator[Data]:
    for file in sorted({*before, *after}):
        match = _POINTER.fullmatch(file)
        if not match:
            continue
        old, new = before.get(file), after.get(file)
        snapshot = new.value.get("snapshot") if new else None
        if new is None:
            yield Data(match[1], "removed", None, None, None)
        elif old is None or old.value.get("snapshot") != snapshot:
            what: Literal["frozen", "restated"] = "restated" if old else "frozen"
            yield Data(match[1], what, new.value.get("source"), snapshot, new.place("snapshot"))


def _effects(before: Reading, after: Reading) -> Iterator[Effect]:
    """The months whose manifests differ, each by its latest revision."""
    months = {
        match[1]
        for file in {*before, *after}
        if (match := _MANIFEST.fullmatch(file)) and _content(before, file) != _content(after, file)
    }
    for month in sorted(months):
        old, new = _latest(before, month), _latest(after, month)
        was, now = (one[1] if one else {} for one in (old, new))
        shared = (_amount(was, "energy", "shared"), _amount(now, "energy", "shared"))
        net = (_amount(was, "money", "net"), _amount(now, "money", "net"))
        what: Literal["settled", "recomputed", "revised", "issued", "same", "removed"]
        if new is None:
            what = "removed"
        elif old is None:
            what = "issued" if now.get("state") == "issued" else "settled"
        elif new[0] != old[0]:
            what = "revised"
        elif now.get("state") == "issued" != was.get("state"):
            what = "issued"
        else:
            what = "same" if was.get("result") == now.get("result") and shared[0] == shared[1] else "recomputed"
        revision = (new or old or (0, {}))[0]
        yield Effect(month, revision, str(now.get("state", "")), what, shared, net)


def _content(reading: Reading, file: str) -> bytes | None:
    return reading[file].content if file in reading else None


def _latest(reading: Reading, month: str) -> tuple[int, Mapping[str, Any]] | None:
    revisions = [
        (int(match[2]), document.value)
        for file, document in reading.items()
        if (match := _MANIFEST.fullmatch(file)) and match[1] == month
    ]
    return max(revisions, key=lambda one: one[0], default=None)


def _amount(manifest: Mapping[str, Any], block: str, name: str) -> Decimal | None:
    value = manifest.get(block)
    try:
        return Decimal(str(value[name])) if isinstance(value, Mapping) else None
    except (KeyError, InvalidOperation):
        return None


def _followed(steps: Sequence[Step]) -> list[Step]:
    """The steps, oldest first, their effects with the commits they follow."""
    done: list[Step] = []
    for step in steps:
        effects = []
        for effect in step.effects:
            follows: list[Commit | None] = []
            if effect.what in ("recomputed", "revised"):
                month = Month.parse(effect.month)
                # Its own decisions too: some commit a price and what it makes together.
                for earlier in (step, *reversed(done)):
                    moves = any(decision.reaches(month) for decision in earlier.decisions)
                    if moves or any(one.month == effect.month for one in earlier.data):
                        follows.append(earlier.commit)
                    settled = any(one.month == effect.month and one.computed for one in earlier.effects)
                    if settled and earlier is not step:
                        break
            effects.append(replace(effect, follows=tuple(reversed(follows))))
        done.append(replace(step, effects=tuple(effects)))
    return done


# --- blame -----------------------------------------------------------------------------------------------------

_NOTHING = object()


def _touching(step: Step, file: str, path: Path) -> Change | None:
    """The change of a step that made the value at ``path`` what it was after it."""
    found: Change | None = None
    for decision in step.decisions:
        change = decision.change
        if change.file != file:
            continue
        if change.path[: len(path)] == path:
            if len(change.path) == len(path) or change.counts or path[-1:] in _NOTE_PATHS:
                found = change
        elif path[: len(change.path)] == change.path:
            rest = path[len(change.path) :]
            after = dig(change.after, rest)
            before = dig(change.before, _earlier(change, rest))
            if not (before is after is _NOTHING or alike(before, after)):
                found = change
    return found


_NOTE_PATHS = {(note,) for note in NOTES}


def dig(value: Any, path: Path, otherwise: Any = _NOTHING) -> Any:
    """The value at the end of ``path``, or what stands for none."""
    for step in path:
        if not _holds(value, step):
            return otherwise
        value = value[step]
    return value


def _holds(value: Any, step: str | int) -> bool:
    if isinstance(value, Mapping):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _earlier(change: Change, path: Path) -> Path:
    """The path below a change as it was before it: a named item of a list may have had another number."""
    old, new, found = change.before, change.after, list(path)
    for index, step in enumerate(path):
        if isinstance(step, int) and isinstance(old, list) and _holds(new, step) and isinstance(new[step], Mapping):
            name = new[step].get("name")
            same = [at for at, item in enumerate(old) if isinstance(item, Mapping) and item.get("name") == name]
            if name is not None:
                found[index] = same[0] if same else len(old)
        old = old[found[index]] if _holds(old, found[index]) else None
        new = new[step] if _holds(new, step) else None
    return tuple(found)


def _gave(theirs: Change, ours: Change, path: Path) -> bool:
    """Whether a commit of a branch wrote the value that its merge brought."""
    if len(path) < max(len(theirs.path), len(ours.path)):
        return True
    one, other = (dig(change.after, path[len(change.path) :]) for change in (theirs, ours))
    return one is _NOTHING or alike(one, other)


# --- in force --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """A value in force on a day: where it stands in its file, and the days it holds."""

    value: Any
    path: Path
    first: date | None
    last: date | None
    """The day from which it does not hold any more."""


def in_force(document: Document, file: str, path: Sequence[str], day: date) -> Value | None:
    """The value at ``path`` on a day. The dates of keys and prices are found, as is ``with``: ``residents/price``.

    None where there is no such value, or not on that day.
    """
    if file == "participants.yaml":
        row = dig(document.value, tuple(path[:1]), None)
        if not isinstance(row, Mapping) or not path:
            return None
        first, last = _day(row.get("from")), _day(row.get("to"))
        inside = (first is None or first <= day) and (last is None or day < last)
        found = _value(row, tuple(path[:1]), path[1:], first, last)
        return found if inside else None
    value: Any = document.value
    here: Path = ()
    for index in range(len(path) + 1):
        dated = {start: entry for name, entry in _items(value) if (start := _day(name))}
        if dated and len(dated) == len(value):
            rest = list(path[index:])
            asked = _day(rest[0]) if rest else None
            found_entry = (asked, dated[asked]) if asked in dated and asked else entry_on(dated, day)
            if found_entry is None:
                return None
            start, entry = found_entry
            rest = rest[1:] if asked in dated and asked else rest
            last = min((other for other in dated if other > start), default=None)
            return _value(entry, (*here, start.isoformat()), rest, start, last)
        if index < len(path):
            if not _holds(value, _index(value, path[index])):
                return None
            here = (*here, _index(value, path[index]))
            value = value[here[-1]]
    return Value(value, here, None, None)


def _value(entry: Any, here: Path, rest: Sequence[str], first: date | None, last: date | None) -> Value | None:
    """The value inside an entry, its ``with`` understood."""
    if rest and isinstance(entry, Mapping) and rest[0] not in entry and _holds(entry.get("with"), rest[0]):
        entry, here = entry["with"], (*here, "with")
    for name in rest:
        step = _index(entry, name)
        if not _holds(entry, step):
            return None
        entry, here = entry[step], (*here, step)
    return Value(entry, here, first, last)


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _index(value: Any, name: str) -> str | int:
    """A step of a path as a person writes it: the place in a list is a number, counted from 0."""
    return int(name) if isinstance(value, list) and name.isdecimal() else name
