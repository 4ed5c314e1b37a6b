"""What was decided about an operation, when and by whom: the first-parent line read as values, not as lines.

    git log, raw --> Touch --> readings before and after --> Step(decisions, data, effects)

A commit that only tidies has no decision, so that it is never the cause of anything. Knowledge is the position on
the first-parent line; where a merge brought a value, the commit of its branch that wrote it is told beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mitoyen.changes import Change
from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused, nearest
from mitoyen.history.blame import Cause, earlier, gave, touching
from mitoyen.history.dig import Path
from mitoyen.history.steps import (
    MANIFEST,
    POINTER,
    Effect,
    Reading,
    Step,
    Touched,
    followed,
    step_of,
)
from mitoyen.located import Document
from mitoyen.model import FILES
from mitoyen.repository import Repository
from mitoyen.repository.line import Commit, Touch, boundary, moved, touches
from mitoyen.repository.trees import OPERATIONS, Tree, shown
from mitoyen.workspace import Workspace


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
                theirs = touching(other, file, path)
                if len(other.parents) == 1 and theirs and gave(theirs, change, path):
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
            change = touching(step, file, path)
            if change:
                return index, change
            for decision in step.decisions:
                over = decision.change.path
                if decision.change.file == file and path[: len(over)] == over:
                    path = (*over, *earlier(decision.change, path[len(over) :]))
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
        steps.append(step_of(one, before, after, tuple(unreadable)))
        state = after
    if working:
        now = _working(here, operation, was, state)
        steps += [now] if now else []
    oldest = line[-1].commit if line else None
    cut = oldest is not None and oldest.id in boundary(repository)
    return History(here, tuple(reversed(followed(steps))), cut)


def name_in(here: Workspace, operation: str, tree: Tree) -> str:
    """The name an operation had in a tree, where it was renamed since; raise Refused where it is not there."""
    known = tree.operations()
    if operation in known:
        return operation
    names = [step.was for step in read(here, operation).steps if step.was] if tree.revision else []
    for name in names:
        if name in known:
            return name
    when = f" at {tree.revision[:10]}" if tree.revision else ""
    raise Refused(
        Finding("ACC510", f'no operation "{operation}" in {OPERATIONS}/{when}', help=nearest(operation, known))
    )


# --- the line --------------------------------------------------------------------------------------------------


def _line(repository: Repository, operation: str, head: str, beyond: tuple[str, ...]) -> Iterator[Touched]:
    """The commits that touched an operation, newest first, going on under its old name where it was renamed."""
    name, start = operation, head
    while name:
        done, operation, name = touches(repository, name, start, beyond), name, ""
        for touch in done:
            was, files = _renamed(repository, touch, operation)
            yield Touched(touch.commit, touch.parents, operation, was, {f: b for f, b in files.items() if _ours(f)})
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
    gone, come = moved(repository, touch.parents[0], touch.commit.id)
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
    return file in FILES or bool(POINTER.fullmatch(file) or MANIFEST.fullmatch(file))


def _readings(here: Workspace, line: Sequence[Touched]) -> dict[tuple[str | None, str], Document]:
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
    step = step_of(Touched(None, (), operation, was, {}), before, after, tuple(unreadable))
    return step if step.tells or step.decisions or was else None
