"""What happened to an operation, in sentences, in French and in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mitoyen.changes import Change, spoken
from mitoyen.clock import Month
from mitoyen.history import History
from mitoyen.history.steps import Decision, Effect, Step, alike
from mitoyen.repository.line import Commit, clean
from mitoyen.spoken import number, words

_WORDS: Mapping[str, tuple[str, str]] = {
    "created": ("opération créée : {title}, ouverte le {opened}", "operation created: {title}, opened on {opened}"),
    "gone": ("opération retirée", "operation removed"),
    "key": ("clé à partir du {first} : {what}", "key from {first}: {what}"),
    "key gone": ("clé du {first} retirée : {what}", "key of {first} removed: {what}"),
    "tariff": ("tarif {group} à partir du {first} : {what}", "tariff {group} from {first}: {what}"),
    "tariff gone": ("tarif {group} du {first} retiré : {what}", "tariff {group} of {first} removed: {what}"),
    "joins": ("{id} entre le {first} : {what}", "{id} joins on {first}: {what}"),
    "joined": ("{id} retiré des participants : {what}", "{id} removed from the participants: {what}"),
    "entry": ("entrée de {id} déplacée du {a} au {b}", "{id} joins on {b} instead of {a}"),
    "leaves": ("{id} sort le {b}", "{id} leaves on {b}"),
    "exit": ("sortie de {id} déplacée du {a} au {b}", "{id} leaves on {b} instead of {a}"),
    "stays": ("{id} ne sort plus le {a}", "{id} no longer leaves on {a}"),
    "member": ("{id} : {what}", "{id}: {what}"),
    "buys": ("{id} achète {b} le {day}", "{id} buys {b} on {day}"),
    "bought": ("{id} achète {b} le {day} au lieu de {a}", "{id} buys {b} on {day} instead of {a}"),
    "bought not": ("{id} n'achète plus {a} le {day}", "{id} no longer buys {a} on {day}"),
    "operation": ("opération : {what}", "operation: {what}"),
    "moves": ("{name} de {a} à {b}", "{name} from {a} to {b}"),
    "rule": ("de {a} à {b}", "from {a} to {b}"),
    "same rule": ("{a}, comme avant", "{a}, as before"),
    "added": ("{name} {b}", "{name} {b}"),
    "removed": ("{name} {a} retiré", "{name} {a} removed"),
    "until": ("sort le {to}", "leaves on {to}"),
    "frozen": ("données de {months} figées", "data of {months} frozen"),
    "restated": ("données de {months} rectifiées", "data of {months} restated"),
    "data gone": ("données de {months} retirées", "data of {months} removed"),
    "span": ("{a} à {b}", "{a} to {b}"),
    "settled": (
        "règlement de {month} écrit ({state}) : {kwh} kWh partagés, {net} €",
        "settlement of {month} written ({state}): {kwh} kWh shared, {net} EUR",
    ),
    "issued": (
        "règlement de {month} émis (révision {n}) : {kwh} kWh partagés, {net} €",
        "settlement of {month} issued (revision {n}): {kwh} kWh shared, {net} EUR",
    ),
    "recomputed": (
        "règlement de {month} recalculé ({state}) : {what}",
        "settlement of {month} computed again ({state}): {what}",
    ),
    "revised": (
        "règlement de {month} rectifié ({state}) : {what}",
        "settlement of {month} revised ({state}): {what}",
    ),
    "settlement gone": ("règlement de {month} retiré", "settlement of {month} removed"),
    "revision": ("révision {n}, {state}", "revision {n}, {state}"),
    "energy": ("partagé de {a} à {b} kWh ({d})", "shared from {a} to {b} kWh ({d})"),
    "money": ("net de {a} à {b} € ({d})", "net from {a} to {b} EUR ({d})"),
    "surplus": (
        "surplus vendu de {a} à {b} € net ({d})",
        "surplus sold from {a} to {b} EUR net ({d})",
    ),
    "between": (
        "mêmes totaux, partagés autrement entre les participants",
        "the same totals, shared otherwise between the members",
    ),
    "follows": ("suite à {commits}", "after {commits}"),
    "effect": (
        "effet sur {month} : {what} ({by})",
        "effect on {month}: {what} ({by})",
    ),
    "more energy": ("{d} kWh partagés", "{d} kWh shared"),
    "more money": ("{d} €", "{d} EUR"),
    "more surplus": ("surplus vendu : {b} € net", "surplus sold: {b} EUR net"),
    "by": ("réglé par {commit}", "settled by {commit}"),
    "with": ("avec {commits}", "with {commits}"),
    "because": ("décidé : {reason}", "decided: {reason}"),
    "merged": ("fusion de « {subject} » ({author})", 'merges "{subject}" ({author})'),
    "more": ("et {n} autres", "and {n} others"),
    "uncommitted": ("pas encore commité", "not committed yet"),
    "unreadable": ("illisible, compté comme avant : {files}", "cannot be read, counted as before: {files}"),
    "tidy": ("mise en forme seulement", "tidying only"),
    "notes": ("notes seulement", "notes only"),
    "renamed": ("dossier renommé, avant : {was}", "folder renamed, before: {was}"),
    "again": ("règlement réécrit à l'identique", "settlement written again, the same"),
    "one joins": ("1 participant entre le {day}", "1 participant joins on {day}"),
    "many join": ("{n} participants entrent le {day}", "{n} participants join on {day}"),
    "one leaves": ("1 participant sort le {day}", "1 participant leaves on {day}"),
    "many leave": ("{n} participants sortent le {day}", "{n} participants leave on {day}"),
    "one moves": ("1 participant modifié", "1 participant changed"),
    "many move": ("{n} participants modifiés", "{n} participants changed"),
    "somebody": ("un participant", "a participant"),
    "settings": ("réglages de l'opération modifiés", "settings of the operation changed"),
    "same key": ("{a}, réglée autrement", "{a}, set otherwise"),
    "key settings": ("réglée autrement", "set otherwise"),
    "only settled": ("règlement{s} de {months} écrit{s}", "settlement{s} of {months} written"),
    "only recomputed": ("règlement{s} de {months} recalculé{s}", "settlement{s} of {months} computed again"),
    "only revised": ("règlement{s} de {months} rectifié{s}", "settlement{s} of {months} revised"),
    "only issued": ("règlement{s} de {months} émis", "settlement{s} of {months} issued"),
    "only removed": ("règlement{s} de {months} retiré{s}", "settlement{s} of {months} removed"),
    "only followed": ("suivi d'un nouveau règlement de {months}", "followed by a new settlement of {months}"),
    "shallow": (
        "Ce clone est superficiel : ce qui précède n'y est pas (git fetch --unshallow).",
        "This clone is shallow: what came before is not in it (git fetch --unshallow).",
    ),
    "nothing": ("rien n'a encore été décidé", "nothing was decided yet"),
}
_FIELDS = {
    "rule": ("règle", "rule"),
    "price": ("prix", "price"),
    "fee": ("part fixe", "fee"),
    "fee_per_kwh": ("frais par kWh", "fee per kWh"),
    "minimum": ("minimum", "minimum"),
    "maximum": ("au plus", "at most"),
    "renew": ("renouvellement", "renewal"),
    "then": ("au-delà", "beyond"),
    "empty": ("épuisé, vers", "used up, to"),
    "refund": ("remboursement", "refund"),
    "shares": ("part", "share"),
    "tariff": ("tarif", "tariff"),
    "meter": ("compteur", "meter"),
    "power": ("puissance", "power"),
    "seller": ("vendeur", "seller"),
    "membership": ("parts sociales", "membership"),
    "excise": ("accise", "excise"),
    "role": ("rôle", "role"),
    "consumer": ("consommateur", "consumer"),
    "producer": ("producteur", "producer"),
    "step": ("pas de temps", "step"),
    "otherwise": ("autres producteurs", "other producers"),
    "tiers": ("tranches", "tiers"),
    "reference": ("référence", "reference"),
    "discount": ("remise", "discount"),
    "floor": ("plancher", "floor"),
    "cap": ("plafond", "cap"),
    "fixed": ("part non indexée", "fixed part"),
    "weights": ("poids", "weight"),
    "indices": ("indice", "index"),
    "revised": ("révisé", "revised"),
    "prices": ("prix", "price"),
    "days": ("jours", "days"),
    "hours": ("heures", "hours"),
    "months": ("mois", "months"),
    "levels": ("rang", "rank"),
    "members": ("participants", "members"),
}
"""Fields and options that people call by another name than the files."""

_DAYS = {"mon": "lun", "tue": "mar", "wed": "mer", "thu": "jeu", "fri": "ven", "sat": "sam", "sun": "dim"}


def say(lang: str, name: str, /, **values: object) -> str:
    return _WORDS[name][1 if lang == "en" else 0].format(**values)


def short(commit: Commit | None, lang: str) -> str:
    return commit.id[:10] if commit else say(lang, "uncommitted")


def heading(step: Step, lang: str) -> str:
    """``2026-03-12  4f2a61c09b  Anne Martin — subject``"""
    if step.commit is None:
        return say(lang, "uncommitted")
    who = f"{step.commit.date[:10]}  {step.commit.id[:10]}  {clean(step.commit.author)}"
    return f"{who} — {clean(step.commit.subject)}"


def told(past: History, step: Step, lang: str) -> Iterator[tuple[str, list[str]]]:
    """What a step did, a sentence at a time, each with what there is to add."""
    merged = past.merged(step)
    if merged:
        names = [say(lang, "merged", subject=clean(one.subject), author=clean(one.author)) for one in merged[:3]]
        yield ", ".join(names + ([say(lang, "more", n=len(merged) - 3)] if len(merged) > 3 else [])), []
    for sentence, because in _decisions(step, lang):
        yield sentence, [say(lang, "because", reason=because)] if because else []
    for sentence in of_data(step, lang):
        yield sentence, []
    for effect in step.effects:
        if effect.what != "same":
            yield _effect(effect, lang), []
    if step.unreadable:
        yield say(lang, "unreadable", files=", ".join(step.unreadable)), []
    for settled, effect in past.reached.get(step.commit.id if step.commit else None, ()):
        if settled is not step:
            yield _reached(step, settled, effect, lang), []
    if not step.tells:
        yield _quiet(step, lang), []


def of_data(step: Step, lang: str) -> Iterator[str]:
    """The months whose data came, went or are others, a sentence for each of the three."""
    for what, name in (("frozen", "frozen"), ("restated", "restated"), ("removed", "data gone")):
        found = [one.month for one in step.data if one.what == what]
        if found:
            yield say(lang, name, months=months(found, lang))


def _quiet(step: Step, lang: str) -> str:
    if step.was:
        return say(lang, "renamed", was=step.was)
    return say(lang, "notes" if step.decisions else "again" if step.effects else "tidy")


def _decisions(step: Step, lang: str) -> Iterator[tuple[str, str | None]]:
    """A sentence for each value that changed. An operation that comes or goes is one, not one a field."""
    whole = came_or_went(step, lang)
    if whole:
        yield whole, None
    for decision in step.decisions:
        change = decision.change
        if decision.counts and not (whole and change.file == "operation.yaml"):
            yield sentence(decision, lang), change.because if change.kind != "removed" else None


def came_or_went(step: Step, lang: str) -> str | None:
    """The one sentence of an operation that came, or went, as a whole; None where it was there before and after."""
    for decision in step.decisions:
        change, name = decision.change, {"added": "created", "removed": "gone"}.get(decision.change.kind)
        if change.file == "operation.yaml" and change.path == ("title",) and name and _all_alike(step, change):
            opened = next((d.change.after for d in step.decisions if d.change.path == ("opened",)), "")
            return say(lang, name, title=change.after, opened=opened)
    return None


def _all_alike(step: Step, change: Change) -> bool:
    """Whether the whole of operation.yaml came, or went, with this change: its required fields did."""
    fields = {one.change.path for one in step.decisions if one.change.file == change.file}
    mine = {d.change.path for d in step.decisions if d.change.file == change.file and d.change.kind == change.kind}
    return fields == mine and mine >= {("title",), ("organiser",), ("opened",)}


def sentence(decision: Decision, lang: str) -> str:
    """A change in the words of whoever would tell it: ``tarif residents à partir du 2026-05-01 : prix de … à …``"""
    change, path = decision.change, decision.change.path
    if change.file == "participants.yaml":
        return _participant(change, lang)
    if change.file == "packages.yaml":
        ends = {"id": path[0], "day": path[1], "a": spoken(change.before), "b": spoken(change.after)}
        return say(lang, {"added": "buys", "removed": "bought not", "changed": "bought"}[change.kind], **ends)
    if decision.first is None or change.file not in ("keys.yaml", "tariffs.yaml"):
        return say(lang, "operation", what=_value(change, path, lang))
    kind, depth = ("key", 1) if change.file == "keys.yaml" else ("tariff", 2)
    group = path[0] if depth == 2 else ""
    if len(path) > depth:
        below = path[depth + 1 :] if path[depth] == "with" else path[depth:]
        return say(lang, kind, group=group, first=decision.first, what=_value(change, below or path[depth:], lang))
    if change.kind == "removed":
        what = _turn(change.before, decision.instead_of, lang) if decision.instead_of else rule(change.before, lang)
        return say(lang, f"{kind} gone", group=group, first=decision.first, what=what)
    what = _turn(decision.instead_of, change.after, lang) if decision.instead_of else rule(change.after, lang)
    return say(lang, kind, group=group, first=decision.first, what=what)


def _participant(change: Change, lang: str) -> str:
    who, field = change.path[0], change.path[1:]
    if not field:
        row = change.before if change.kind == "removed" else change.after
        name = "joined" if change.kind == "removed" else "joins"
        first = row.get("from") if isinstance(row, Mapping) else "?"
        return say(lang, name, id=who, first=first, what=_row(row, lang))
    ends = {"id": who, "a": change.before, "b": change.after}
    if field == ("from",) and change.kind == "changed":
        return say(lang, "entry", **ends)
    if field == ("to",):
        return say(lang, {"added": "leaves", "removed": "stays", "changed": "exit"}[change.kind], **ends)
    return say(lang, "member", id=who, what=_value(change, field, lang))


def _row(row: Any, lang: str) -> str:
    """``consommateur, compteur mtr-01, tarif residents``"""
    if not isinstance(row, Mapping):
        return spoken(row)
    parts = [_role(row.get("role"), lang)]
    parts += [f"{option(name, lang)} {row[name]}" for name in ("meter", "tariff", "power", "seller") if name in row]
    return ", ".join([*parts, *([say(lang, "until", to=row["to"])] if "to" in row else [])])


def _role(role: Any, lang: str) -> str:
    return option(role, lang) if role in ("consumer", "producer") else spoken(role)


def option(name: str, lang: str) -> str:
    """A field or an option as people call it; its own name where they have no other."""
    french, english = _FIELDS.get(name, (name, name))
    return english if lang == "en" else french


def _value(change: Change, path: Sequence[str], lang: str) -> str:
    name = _label(path, lang)
    form = {"added": "added", "removed": "removed", "changed": "moves"}[change.kind]
    return say(lang, form, name=name, a=spoken(change.before), b=spoken(change.after))


def _turn(old: Any, new: Any, lang: str) -> str:
    """From one entry to the next: the options that differ where the rule stays, else both rules."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or old.get("rule") != new.get("rule"):
        return say(lang, "rule", a=rule(old, lang), b=rule(new, lang))
    moved = list(_options(old.get("with", {}), new.get("with", {}), (), lang))
    return ", ".join(moved) or say(lang, "same rule", a=rule(new, lang))


def _options(old: Any, new: Any, path: tuple[str, ...], lang: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*new, *(name for name in old if name not in new)]:
            here = (*path, name)
            if name not in old:
                yield from (
                    say(lang, "added", name=label, b=value) for label, value in _flat(new[name], here, lang)
                )
            elif name not in new:
                yield from (
                    say(lang, "removed", name=label, a=value) for label, value in _flat(old[name], here, lang)
                )
            else:
                yield from _options(old[name], new[name], here, lang)
    elif not alike(old, new):
        yield say(lang, "moves", name=_label(path, lang), a=spoken(old), b=spoken(new)).strip()


def _flat(value: Any, path: tuple[str, ...], lang: str) -> Iterator[tuple[str, str]]:
    """The values inside, each with the way to it."""
    if isinstance(value, Mapping):
        for name, inside in value.items():
            yield from _flat(inside, (*path, name), lang)
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for rank, item in enumerate(value, 1):
            name = f"« {item['name']} »" if "name" in item else _label((*path, str(rank)), lang)
            inside = (f"{option(key, lang)} {_listed(of, lang)}" for key, of in item.items() if key != "name")
            yield f"{name} :" if lang != "en" else f"{name}:", ", ".join(inside)
    else:
        yield _label(path, lang), spoken(value)


def _listed(value: Any, lang: str) -> str:
    """A value inside an item of a list: its own list is words one after the other."""
    if not isinstance(value, list):
        return spoken(value)
    return " ".join(_DAYS.get(spoken(one), spoken(one)) if lang != "en" else spoken(one) for one in value)


def _label(path: Sequence[str], lang: str) -> str:
    return " ".join([*(option(name, lang) for name in path[:1]), *path[1:]])


def rule(entry: Any, lang: str) -> str:
    """An entry's rule and its options: ``static (part m-3fk2 40 %, part m-9qtd 60 %)``"""
    if not isinstance(entry, Mapping):
        return spoken(entry)
    options = ", ".join(f"{label} {value}".strip() for label, value in _flat(entry.get("with", {}), (), lang))
    return f"{entry.get('rule')} ({options})" if options else str(entry.get("rule"))


def months(some: Sequence[str], lang: str) -> str:
    """``2026-01 à 2026-03, 2026-05``"""
    runs: list[list[Month]] = []
    for month in sorted(map(Month.parse, some)):
        if runs and runs[-1][-1].next == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(
        say(lang, "span", a=run[0], b=run[-1]) if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


def _effect(effect: Effect, lang: str) -> str:
    if effect.what == "removed":
        return say(lang, "settlement gone", month=effect.month)
    state = words(lang, effect.state) if effect.state in ("draft", "issued", "replaced") else effect.state
    state = say(lang, "revision", n=effect.revision, state=state)
    if effect.what in ("settled", "issued"):
        kwh, net = (_amount(one[1], lang, digits) for one, digits in ((effect.shared, 3), (effect.net, 2)))
        return say(lang, effect.what, month=effect.month, n=effect.revision, state=state, kwh=kwh, net=net)
    parts = _sides(effect, lang, "energy", "money", "surplus")
    if effect.follows:
        parts.append(say(lang, "follows", commits=", ".join(short(one, lang) for one in effect.follows)))
    return say(lang, effect.what, month=effect.month, state=state, what=", ".join(parts))


def _reached(step: Step, settled: Step, effect: Effect, lang: str) -> str:
    others = [short(one, lang) for one in effect.follows if one != step.commit]
    by = say(lang, "by", commit=short(settled.commit, lang))
    by = ", ".join([by, *([say(lang, "with", commits=", ".join(others))] if others else [])])
    what = ", ".join(_sides(effect, lang, "more energy", "more money", "more surplus"))
    return say(lang, "effect", month=effect.month, what=what, by=by)


def _sides(effect: Effect, lang: str, *names: str) -> list[str]:
    """The totals that differ, each in the words of its name."""
    return [
        say(lang, name, a=_amount(a, lang, digits), b=_amount(b, lang, digits), d=_difference(a, b, lang, digits))
        for name, (a, b), digits in zip(names, (effect.shared, effect.net, effect.surplus), (3, 2, 2), strict=True)
        if a != b
    ] or [say(lang, "between")]


def _amount(value: Decimal | None, lang: str, digits: int) -> str:
    return "–" if value is None else number(value, lang, digits)


def _difference(before: Decimal | None, after: Decimal | None, lang: str, digits: int) -> str:
    if before is None or after is None:
        return "–"
    shown = number(after - before, lang, digits)
    return shown if shown.startswith("-") else f"+{shown}"
