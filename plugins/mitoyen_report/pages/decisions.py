"""What was decided: the history in words, newest first."""

from __future__ import annotations

from mitoyen.report.decided import Past, decided
from mitoyen_report.gathered import Gathered
from mitoyen_report.pages import Page
from mitoyen_report.words import Words


def page(of: Gathered, words: Words) -> Page:
    past = told(of, words)
    return Page(
        "decisions.html",
        "decisions.html",
        of.operation.title,
        {
            "entries": past.entries,
            "cut": words("cut") if past.cut else "",
            "intro": words("decisions says" if of.audience == "board" else "decisions less"),
            "nothing": words("no decisions"),
        },
    )


def told(of: Gathered, words: Words) -> Past:
    return decided(of.here, of.operation.id, of.audience, words.lang, past=of.past)
