"""A plan as people and forges read it. Everything here is made from the plan's data, and nothing is computed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from mitoyen.changes import spoken
from mitoyen.diagnostics import workflow_property, workflow_text
from mitoyen.spoken import energy, money, number

STICKY = "<!-- mitoyen plan -->"
"""The first line of the comment on a pull request: the next plan replaces the comment that begins with it."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "nothing": ("Rien ne change.", "Nothing changes."),
    "only notes": (
        "Aucun montant ne change : seules des notes ou des mises en forme diffèrent.",
        "No amount changes: only notes or layout differ.",
    ),
    "reaches none": (
        "Aucun mois relevé n'est atteint : le changement vaut pour la suite.",
        "No metered month is reached: the change is for what comes.",
    ),
    "restates": ("rectifie un mois facturé", "restates an issued month"),
    "changes": ("change un brouillon", "changes a draft"),
    "adds": ("ajoute", "adds"),
    "removes": ("retire", "removes"),
    "ahead": ("mois à venir", "month to come"),
    "notes": ("notes seulement", "notes only"),
    "added": ("ajouté", "added"),
    "removed": ("retiré", "removed"),
    "changed": ("changé", "changed"),
    "because": ("motif", "because"),
    "month": ("Mois", "Month"),
    "what": ("Effet", "Effect"),
    "before": ("Avant", "Before"),
    "after": ("Après", "After"),
    "difference": ("Écart", "Difference"),
    "member": ("Participant", "Member"),
    "shared": ("Partagé kWh", "Shared kWh"),
    "estimated": ("estimé sur {}", "estimated on {}"),
    "unknown": ("montants inconnus : {}", "amounts unknown: {}"),
    "beyond": (
        "Au-delà des limites de l'opération. Si l'écart est voulu, le commit de fusion porte la ligne :",
        "Beyond the limits of the operation. If it is meant, the merge commit carries the line:",
    ),
    "digest": ("Empreinte de ce plan", "Digest of this plan"),
    "members": ("{} participants : {}", "{} members: {}"),
    "why": ("Étapes qui bougent", "Stages that move"),
    "changes of": ("Changements", "Changes"),
    "effect": ("Effet par mois", "Effect by month"),
}

_STAGES = {
    "allocation": ("le partage", "sharing"),
    "pricing": ("les prix", "pricing"),
    "documents": ("les documents", "documents"),
}


def _word(lang: str, name: str) -> str:
    french, english = _WORDS[name]
    return english if lang == "en" else french


def text(plan: Mapping[str, Any], lang: str, *, why: bool = False) -> str:
    """For a terminal."""
    lines: list[str] = []
    for one in plan["operations"]:
        lines += _operation_text(one, lang, why)
    lines += _silence(plan, lang)
    lines += _beyond(plan, lang)
    lines.append(f"{_word(lang, 'digest')}: {plan['digest']}")
    return "\n".join(lines)


def _operation_text(one: Mapping[str, Any], lang: str, why: bool) -> Iterator[str]:
    yield one["operation"] + (f": {_word(lang, one['category'])}" if one["category"] != "nothing" else "")
    for change in one["changes"]:
        yield f"  {_change(change, lang)}"
        if why:
            yield f"    {change['before_place'] or '–'} -> {change['after_place'] or '–'}"
    for unit in one["units"]:
        yield f"  {unit['month']}  {_effect(unit, lang)}"
        if why and unit["stages"]:
            column = 1 if lang == "en" else 0
            yield f"    {_word(lang, 'why')}: {', '.join(_STAGES[stage][column] for stage in unit['stages'])}"
        for member in unit.get("members", ()):
            if member["difference"] != "0.00" or member["shared_before"] != member["shared_after"]:
                yield f"    {member['id']:<16} {_member(member, lang)}"
        if unit.get("bands"):
            yield f"    {_bands(unit['bands'], lang)}"
    for finding in one["findings"]:
        yield f"  {finding['code']} {finding['message']} ({finding['path']}:{finding['line']})"
    yield ""


def _change(change: Mapping[str, Any], lang: str) -> str:
    where = " ".join((change["file"], *change["path"]))
    if change.get("hidden"):
        return f"{where}: {_word(lang, change['kind'])}"
    if change["kind"] == "changed":
        body = f"{where}: {spoken(change['before'])} -> {spoken(change['after'])}"
    else:
        value = change["after"] if change["kind"] == "added" else change["before"]
        body = f"{where} {_word(lang, change['kind'])}: {spoken(value)}"
    reason = f" ({_word(lang, 'because')}: {change['because']})" if change["because"] and change["counts"] else ""
    return body + reason


def _effect(unit: Mapping[str, Any], lang: str) -> str:
    what = _what(unit, lang)
    if unit["unknown"]:
        return what
    return f"{what}: {_amounts(unit['before'], unit['after'], unit['percent'], lang)}{_surplus(unit, lang)}"


def _surplus(unit: Mapping[str, Any], lang: str) -> str:
    """What buyers of surplus would pay, after what members would; nothing where nobody buys."""
    sold = unit.get("surplus")
    return f"; surplus {_amounts(sold['before'], sold['after'], sold['percent'], lang)}" if sold else ""


def _what(unit: Mapping[str, Any], lang: str) -> str:
    """What happens to a month, in words."""
    if unit["estimated_on"]:
        return f"{_word(lang, 'ahead')}, {_word(lang, 'estimated').format(unit['estimated_on'])}"
    words = _word(lang, unit["category"])
    unknown = unit["unknown"]
    return f"{words}, {_word(lang, 'unknown').format(unknown.splitlines()[0])}" if unknown else words


def _amounts(before: str | None, after: str | None, percent: str | None, lang: str) -> str:
    shown = [f"{money(Decimal(one), lang)} €" if one is not None else "–" for one in (before, after)]
    difference = Decimal(after or 0) - Decimal(before or 0)
    rate = f", {_signed(Decimal(percent), lang, 1)} %" if percent is not None else ""
    return f"{shown[0]} -> {shown[1]} ({_signed(difference, lang, 2)} €{rate})"


def _signed(value: Decimal, lang: str, decimals: int) -> str:
    return ("+" if value > 0 else "") + number(value, lang, decimals)


def _member(member: Mapping[str, Any], lang: str) -> str:
    amounts = _amounts(member["before"], member["after"], member["percent"], lang)
    before, after = (int(Decimal(member[f"shared_{side}"]) * 1_000_000) for side in ("before", "after"))
    moved = f"  {energy(before, lang)} -> {energy(after, lang)} kWh" if before != after else ""
    return amounts + moved


def _bands(bands: Mapping[str, int], lang: str) -> str:
    parts = ", ".join(f"{name}: {count}" for name, count in bands.items())
    return _word(lang, "members").format(sum(bands.values()), parts)


def _silence(plan: Mapping[str, Any], lang: str) -> Iterator[str]:
    """A sentence where no amount moves."""
    if not any(one["units"] or one["findings"] for one in plan["operations"]):
        found = [change for one in plan["operations"] for change in one["changes"]]
        only = "reaches none" if any(change["counts"] for change in found) else "only notes"
        yield _word(lang, only if found else "nothing")


def _beyond(plan: Mapping[str, Any], lang: str) -> Iterator[str]:
    if isinstance(plan["beyond"], list) and plan["beyond"]:
        yield _word(lang, "beyond")
        yield from (f"  Accept: {figure}" for figure in plan["beyond"])


def markdown(plan: Mapping[str, Any], lang: str, *, why: bool = False) -> str:
    """The comment on a pull request, one that is replaced and not repeated."""
    lines = [STICKY]
    for one in plan["operations"]:
        lines += [f"### {_quoted(one['operation'])}", ""]
        for change in one["changes"]:
            lines.append(f"- {_linked(_quoted(_change(change, lang)), change)}")
            if why:
                lines.append(f"  - `{change['after_place'] or change['before_place']}`")
        if one["units"]:
            lines += ["", *_table(one["units"], lang)]
        for unit in one["units"]:
            lines += _members_table(unit, lang)
        for finding in one["findings"]:
            where = _linked(f"`{finding['path']}:{finding['line']}`", finding)
            lines.append(f"- **{finding['code']}** {_quoted(finding['message'])} {where}")
        lines.append("")
    lines += [*_silence(plan, lang), ""]
    beyond = list(_beyond(plan, lang))
    if beyond:
        lines += [f"**{beyond[0]}**", "", "```", *(line.strip() for line in beyond[1:]), "```", ""]
    lines.append(f"<sub>{_word(lang, 'digest')}: {plan['digest']}</sub>")
    return "\n".join(lines)


def _table(units: Iterable[Mapping[str, Any]], lang: str) -> Iterator[str]:
    names = ("month", "what", "before", "after", "difference")
    yield "| " + " | ".join(_word(lang, name) for name in names) + " |"
    yield "|---|---|--:|--:|--:|"
    for unit in units:
        what = _quoted(_what(unit, lang) + _surplus(unit, lang))
        yield f"| {unit['month']} | {what} | {' | '.join(_cells(unit, lang))} |"


def _cells(row: Mapping[str, Any], lang: str) -> Iterator[str]:
    for side in ("before", "after"):
        yield f"{money(Decimal(row[side]), lang)} €" if row[side] is not None else "–"
    difference = Decimal(row["after"] or 0) - Decimal(row["before"] or 0)
    rate = f" ({_signed(Decimal(row['percent']), lang, 1)} %)" if row["percent"] is not None else ""
    yield f"{_signed(difference, lang, 2)} €{rate}"


def _members_table(unit: Mapping[str, Any], lang: str) -> Iterator[str]:
    if unit.get("bands"):
        yield f"\n{unit['month']}, {_bands(unit['bands'], lang)}"
    moved = [one for one in unit.get("members", ()) if one["difference"] != "0.00"]
    if moved:
        yield f"\n<details><summary>{unit['month']}, {len(moved)} {_word(lang, 'member').lower()}s</summary>\n"
        yield "| " + " | ".join(_word(lang, name) for name in ("member", "before", "after", "difference")) + " |"
        yield "|---|--:|--:|--:|"
        for one in moved:
            yield f"| `{one['id']}` | {' | '.join(_cells(one, lang))} |"
        yield "\n</details>"


def _linked(shown: str, one: Mapping[str, Any]) -> str:
    """Shown as a link to where it is written, where a forge shows that."""
    link = one.get("link")
    return f"[{shown}]({link})" if link and re.fullmatch(r"https?://[^\s()<>]+", link) else shown


def _quoted(words: str) -> str:
    """Text from a file, so that it stays one line of text in a comment: no markup, no mention of anyone."""
    escaped = "".join(f"\\{sign}" if sign in "\\`*_[]<>|#~!&" else sign for sign in " ".join(words.split()))
    return escaped.replace("@", "@\u200b")


def as_json(plan: Mapping[str, Any], lang: str, *, why: bool = False) -> str:  # noqa: ARG001 - one form for all
    return json.dumps(plan, ensure_ascii=False, indent=2)


def github(plan: Mapping[str, Any], lang: str, *, why: bool = False) -> str:  # noqa: ARG001
    """Annotations beside the changed lines; what is beyond a limit is a warning."""
    lines = []
    for one in plan["operations"]:
        effects = "; ".join(f"{unit['month']} {_effect(unit, lang)}" for unit in one["units"][:3])
        for change in one["changes"]:
            place = change["after_place"] or change["before_place"]
            if place and change["counts"]:
                path, line, column = place.rsplit(":", 2)
                message = workflow_text(f"{_change(change, lang)}. {effects}")
                where = workflow_property(path)
                lines.append(f"::notice file={where},line={line},col={column},title=plan::{message}")
        for finding in one["findings"]:
            where = f"file={workflow_property(finding['path'] or '')},line={finding['line'] or 1}"
            lines.append(f"::error {where},title={finding['code']}::{workflow_text(finding['message'])}")
    beyond = plan["beyond"] if isinstance(plan["beyond"], list) else []
    lines += [
        f"::warning title=plan::{workflow_text(_word(lang, 'beyond'))} Accept: {workflow_text(one)}"
        for one in beyond
    ]
    return "\n".join(lines)


RENDERERS: Mapping[str, Callable[..., str]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
    "github": github,
    "gitlab": markdown,  # a note on a merge request is markdown as well
}
