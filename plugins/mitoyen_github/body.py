"""The plan as a comment's text, whole or cut at whole operations: never in the middle of an amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mitoyen.plan.text import markdown

_CUT = (
    "**Opérations montrées ici : {kept} sur {all} ; les autres n'y tiennent pas : {names}.** {where}",
    "**Operations shown here: {kept} of {all}; there is no room for the others: {names}.** {where}",
)
_WHOLE = ("Le plan entier : {}", "The whole plan: {}")
_BY_HAND = (
    "Le plan entier : `mitoyen plan` dans une copie de cette branche.",
    "The whole plan: `mitoyen plan` in a clone of this branch.",
)
_NAMED = 20


def in_characters(text: str) -> int:
    """As GitHub counts them, cautiously: a sign outside the first plane of Unicode is two."""
    return len(text.encode("utf-16-le")) // 2


def in_bytes(text: str) -> int:
    return len(text.encode())


def fitting(
    plan: Mapping[str, Any], lang: str, limit: int, measure: Callable[[str], int], where: str | None
) -> str:
    """The plan in markdown, at most ``limit`` long: as many operations as there is room for, in their order, and
    where it is cut a sentence that says so, and ``where`` the whole is."""
    whole = markdown(plan, lang)
    if measure(whole) <= limit:
        return whole
    sizes = [measure(markdown(_only(plan, [one]), lang)) for one in plan["operations"]]
    chosen: list[int] = []
    room = limit - measure(_cut(plan, [], lang, where))
    for position, size in enumerate(sizes):
        if size <= room:
            chosen.append(position)
            room -= size
    while chosen and measure(_cut(plan, chosen, lang, where)) > limit:
        chosen.pop()
    return _cut(plan, chosen, lang, where)


def _cut(plan: Mapping[str, Any], chosen: list[int], lang: str, where: str | None) -> str:
    kept = [plan["operations"][position] for position in chosen]
    left = [one["operation"] for position, one in enumerate(plan["operations"]) if position not in chosen]
    english = lang == "en"
    names = ", ".join(f"`{name}`" for name in left[:_NAMED]) + ("…" if len(left) > _NAMED else "")
    told = _WHOLE[english].format(where) if where else _BY_HAND[english]
    sentence = _CUT[english].format(kept=len(kept), all=len(plan["operations"]), names=names, where=told)
    first, _, rest = markdown(_only(plan, kept), lang).partition("\n")
    return "\n".join([first, sentence, "", rest if kept else ""])


def _only(plan: Mapping[str, Any], kept: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The plan of some operations; of what is beyond the limits, their part."""
    names = {one["operation"] for one in kept}
    beyond = plan["beyond"]
    if isinstance(beyond, list):
        beyond = [figure for figure in beyond if figure.partition("/")[0] in names]
    return {**plan, "operations": kept, "beyond": beyond}
