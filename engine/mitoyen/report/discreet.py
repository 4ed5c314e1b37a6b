"""What a step did, in sentences that tell nothing of one member: what ``members`` and the ``public`` may read.

Prices are everyone's. A key is told by its name alone: a static share of a curve that is shown is somebody's curve.
Who came or went is counted, and a settlement has no totals: the difference of two may be one member's month.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mitoyen.history import History
from mitoyen.history.sentences import came_or_went, months, of_data, say, sentence
from mitoyen.history.steps import Decision, Effect, Step, alike, day_of
from mitoyen.report.pseudonyms import Pseudonyms

_PLAIN = {"organiser", "law", "opened", "timezone", "step", "territory"}
"""Fields of operation.yaml that are of all members alike; what is in the others may be of one of them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, what it is about, and the day from which what it says holds."""

    kinds: tuple[str, ...]
    text: str
    notes: tuple[str, ...] = ()
    first: date | None = None


def said(past: History, step: Step, lang: str, members: Pseudonyms) -> list[Said]:
    """Empty where nothing of the step is for others than the board."""
    found = [
        *_operation(step, lang),
        *_participants(step, lang),
        *_keys(step, lang, members),
        *_tariffs(step, lang, members),
        *(Said(("data",), text) for text in of_data(step, lang)),
        *_settlements(step, lang),
    ]
    if found:
        after = past.reached.get(step.commit.id if step.commit else None, ())
        again = sorted({effect.month for settled, effect in after if settled is not step})
        if again:
            found.append(Said((), say(lang, "only followed", months=months(again, lang))))
    return found


def _of(step: Step, file: str) -> list[Decision]:
    return [one for one in step.decisions if one.change.file == file and one.counts]


def _operation(step: Step, lang: str) -> Iterator[Said]:
    whole = came_or_went(step, lang)
    if whole:
        yield Said(("operation",), whole)
        return
    found = _of(step, "operation.yaml")
    plain = [one for one in found if one.change.path[0] in _PLAIN]
    for one in plain:
        yield Said(("operation",), sentence(one, lang), first=one.first)
    if len(plain) < len(found):
        yield Said(("operation",), say(lang, "settings"))


@dataclass(slots=True)
class _Counts:
    """How many participants enter and leave by day, and who is otherwise not what it was."""

    joins: dict[date, int] = field(default_factory=dict)
    leaves: dict[date, int] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

    def count(self, decision: Decision) -> None:
        change = decision.change
        who, *inside = change.path
        if change.kind == "added" and not inside and isinstance(change.after, Mapping):
            self._on(self.joins, change.after.get("from"), who)
            if "to" in change.after:
                self._on(self.leaves, change.after["to"], who)
        elif change.kind == "added" and inside == ["to"]:
            self._on(self.leaves, change.after, who)
        else:
            self.others.add(who)

    def _on(self, days: dict[date, int], text: Any, who: str) -> None:
        day = day_of(text)
        if day is None:
            self.others.add(who)
        else:
            days[day] = days.get(day, 0) + 1


def _participants(step: Step, lang: str) -> Iterator[Said]:
    counts = _Counts()
    for one in _of(step, "participants.yaml"):
        counts.count(one)
    for days, single, several in (
        (counts.joins, "one joins", "many join"),
        (counts.leaves, "one leaves", "many leave"),
    ):
        for day, n in sorted(days.items()):
            yield Said(("members",), say(lang, single if n == 1 else several, n=n, day=day), first=day)
    if n := len(counts.others):
        yield Said(("members",), say(lang, "one moves" if n == 1 else "many move", n=n))


def _keys(step: Step, lang: str, members: Pseudonyms) -> Iterator[Said]:
    """One sentence an entry: each option that moved would say how many there are."""
    entries: dict[str, list[Decision]] = {}
    for one in _of(step, "keys.yaml"):
        entries.setdefault(one.change.path[0], []).append(one)
    for start, entry in entries.items():
        change = entry[0].change
        gone = change.kind == "removed" and len(change.path) == 1
        # What went has no reason any more, and a figure in one for a key is a share.
        reason = members.reason(change.because, lang, figures=False) if change.because else ""
        text = say(lang, "key gone" if gone else "key", first=start, what=_key(entry, lang))
        yield Said(("key",), text, _because(reason, lang), entry[0].first)


def _key(entry: Sequence[Decision], lang: str) -> str:
    """The rules before and after, without a word of their options."""
    for one in entry:
        change = one.change
        if change.path[1:] == ("rule",):
            return say(lang, "rule", a=change.before, b=change.after)
        if len(change.path) == 1:
            sides = (change.before, one.instead_of) if change.kind == "removed" else (one.instead_of, change.after)
            return _turn([side for side in sides if isinstance(side, Mapping)], lang)
    return say(lang, "key settings")


def _turn(entries: Sequence[Mapping[str, Any]], lang: str) -> str:
    """From one entry to the next, where there are two."""
    rules = [str(entry.get("rule")) for entry in entries]
    if len(set(rules)) > 1:
        return say(lang, "rule", a=rules[0], b=rules[1])
    if len(rules) < 2:
        return rules[0] if rules else "?"
    same = alike(entries[0].get("with", {}), entries[1].get("with", {}))
    return say(lang, "same rule" if same else "same key", a=rules[0])


def _tariffs(step: Step, lang: str, members: Pseudonyms) -> Iterator[Said]:
    for one in _of(step, "tariffs.yaml"):
        change = one.change
        reason = members.reason(change.because, lang) if change.because and change.kind != "removed" else ""
        yield Said(("tariff",), members.hidden(sentence(one, lang), lang), _because(reason, lang), one.first)


def _because(reason: str, lang: str) -> tuple[str, ...]:
    return (say(lang, "because", reason=reason),) if reason else ()


def _settlements(step: Step, lang: str) -> Iterator[Said]:
    """Which months were settled, a sentence for each thing that happened to them."""
    for what in ("settled", "recomputed", "revised", "issued", "removed"):
        found = [one for one in step.effects if one.what == what]
        if found:
            several = "s" if len(found) > 1 else ""
            text = say(lang, f"only {what}", months=months([one.month for one in found], lang), s=several)
            kinds = {kind for one in found for kind in settled(one)}
            yield Said(tuple(sorted(kinds)), text)


def settled(effect: Effect) -> tuple[str, ...]:
    """What a month's settlement is about: it may be issued there, for the first time or anew."""
    if effect.what == "same":
        return ()
    issued = effect.state == "issued" and effect.what in ("issued", "revised")
    return ("settlement", "issued") if issued else ("settlement",)
