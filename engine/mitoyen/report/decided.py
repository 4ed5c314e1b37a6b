"""What was decided about an operation, in the words of an audience: the history that the report shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from mitoyen import history, model
from mitoyen.history import History
from mitoyen.history.sentences import told
from mitoyen.history.steps import Step
from mitoyen.report import pseudonyms
from mitoyen.report.discreet import said, settled
from mitoyen.report.pseudonyms import Pseudonyms
from mitoyen.repository.line import clean
from mitoyen.workspace import Workspace

KINDS = ("operation", "members", "key", "tariff", "data", "settlement", "issued")
"""What a step may be about, in the order in which it is told. What a member bought ahead is of the members."""

_FILES: Mapping[str, str] = {
    "operation.yaml": "operation",
    "participants.yaml": "members",
    "packages.yaml": "members",
    "keys.yaml": "key",
    "tariffs.yaml": "tariff",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, with what there is to add: where it was decided."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """One commit of the protected branch."""

    day: str | None
    """The commit's, ISO; None where it is not committed yet."""
    commit: str | None
    """Its first ten digits."""
    author: str | None
    """None where the audience may not see it."""
    subject: str | None
    """The first line of its message: free text, for the board only."""
    kinds: tuple[str, ...]
    """Of KINDS, those that it is told to be about."""
    effective: date | None
    """The first day from which its latest decision holds; None where none that is told has a day."""
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Past:
    entries: tuple[Decided, ...]
    """Newest first."""
    cut: bool
    """The clone is shallow: what came before is not in it."""


def decided(here: Workspace, operation: str, audience: str, lang: str, *, past: History | None = None) -> Past:
    """The history of an operation for ``board``, ``members`` or ``public``; ``past`` where it was read already.

    The board reads what ``mitoyen log`` says. The others are told nothing from which one member's energy or amount
    could be read or worked out.
    """
    if past is None:
        past = history.read(here, operation)
    steps = [step for step in past.steps if step.tells]
    if audience == "board":
        entries = [_whole(past, step, lang) for step in steps]
    else:
        members = _members(here, operation, past)
        entries = list(_discreet(past, steps, lang, members, named=audience == "members"))
    return Past(tuple(entries), past.cut)


def _members(here: Workspace, operation: str, past: History) -> Pseudonyms:
    loaded = model.load(here.repository.working, operation, here.host, here.cache)
    now = loaded.documents.get("participants.yaml")
    return pseudonyms.of(past, now.value if now and isinstance(now.value, Mapping) else {})


def _whole(past: History, step: Step, lang: str) -> Decided:
    """Everything that is known of a step."""
    decisions = [one for one in step.decisions if one.counts]
    kinds = {_FILES[one.change.file] for one in decisions}
    if step.data:
        kinds.add("data")
    for effect in step.effects:
        kinds.update(settled(effect))
    sentences = tuple(Told(text, tuple(notes)) for text, notes in told(past, step, lang))
    latest = max((one.first for one in decisions if one.first), default=None)
    return _decided(step, kinds, latest, sentences, named=True, subject=True)


def _discreet(
    past: History, steps: list[Step], lang: str, members: Pseudonyms, *, named: bool
) -> Iterator[Decided]:
    for step in steps:
        found = said(past, step, lang, members)
        if found:
            kinds = {kind for one in found for kind in one.kinds}
            latest = max((one.first for one in found if one.first), default=None)
            yield _decided(step, kinds, latest, tuple(Told(one.text, one.notes) for one in found), named=named)


def _decided(
    step: Step,
    kinds: set[str],
    effective: date | None,
    sentences: tuple[Told, ...],
    *,
    named: bool,
    subject: bool = False,
) -> Decided:
    commit = step.commit
    return Decided(
        commit.date[:10] if commit else None,
        commit.id[:10] if commit else None,
        clean(commit.author) if commit and named else None,
        clean(commit.subject) if commit and subject else None,
        tuple(kind for kind in KINDS if kind in kinds),
        effective,
        sentences,
    )
