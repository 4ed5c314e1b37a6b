"""The pseudonyms of an operation's members, past and present, and free text without them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mitoyen.history import History
from mitoyen.history.sentences import say

_OURS = ("meter", "payer")
"""Fields of a participant that name it as well as its own pseudonym does."""

_FIGURE = re.compile(
    r"\d+(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d+)?\s?"
    r"(?:%|pour\s?cent\b|per\s?cent\b|[kMG]?Wh?\b|[kM]?W[cp]\b|kVA\b|c?€|c?EUR\b|euros?\b|centimes?\b|cents?\b)",
    re.IGNORECASE,
)
"""A share, an energy, a power or an amount, as people write them."""

_ELISION = re.compile(r"\b(d|qu)e (?=un participant\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    known: frozenset[str]

    def hidden(self, text: str, lang: str) -> str:
        """The text with "a participant" in the place of each of them, in whatever case it is written."""
        if not self.known:
            return text
        # The longest first: m-1-bis is not m-1 and some more.
        names = "|".join(re.escape(name) for name in sorted(self.known, key=lambda name: (-len(name), name)))
        some = re.sub(rf"(?<!\w)(?:{names})(?!\w)", say(lang, "somebody"), text, flags=re.IGNORECASE)
        return _ELISION.sub(r"\1'", some) if lang != "en" and some != text else some

    def reason(self, text: str, lang: str, *, figures: bool = True) -> str:
        """A reason without who it is about. Where it names somebody, its figures are theirs, and go as well.

        Without ``figures`` they go in any case.
        """
        some = self.hidden(text, lang)
        return some if figures and some == text else _FIGURE.sub("…", some)


def of(past: History, participants: Mapping[str, Any]) -> Pseudonyms:
    """Of everyone in the history, and in participants.yaml as it is."""
    found = set(_rows(participants.items()))
    for step in past.steps:
        for one in step.decisions:
            change = one.change
            if change.file == "packages.yaml":
                found.add(change.path[0])
            elif change.file == "participants.yaml":
                found.update(_rows((change.path[0], row) for row in (change.before, change.after)))
                if change.path[1:2] and change.path[1] in _OURS:
                    found.update(name for name in (change.before, change.after) if isinstance(name, str))
    return Pseudonyms(frozenset(found))


def _rows(rows: Iterable[tuple[str, Any]]) -> Iterator[str]:
    for name, row in rows:
        yield name
        if isinstance(row, Mapping):
            yield from (row[field] for field in _OURS if isinstance(row.get(field), str))
