"""What was decided: the history in words, newest first."""

from __future__ import annotations

from mitoyen_report.gathered import Gathered
from mitoyen_report.pages import Page
from mitoyen_report.words import Words


def page(of: Gathered, words: Words) -> Page:
    past = of.decided[words.lang]
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
