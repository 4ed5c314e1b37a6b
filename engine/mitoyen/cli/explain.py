"""``mitoyen explain``: from a settled number back to who decided what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from mitoyen import history
from mitoyen.changes import spoken
from mitoyen.cli.common import emit, escaped, filled, format_option, month_option, workspace
from mitoyen.clock import Month
from mitoyen.diagnostics import UsageError, nearest
from mitoyen.explain import Explained
from mitoyen.explain.reasons import Reason, as_data
from mitoyen.history.blame import Cause
from mitoyen.history.sentences import option as named
from mitoyen.history.sentences import rule
from mitoyen.links import linker
from mitoyen.repository.line import clean
from mitoyen.repository.trees import Tree
from mitoyen.spoken import billing, item, money, number, words
from mitoyen.workspace import Workspace

_WORDS: Mapping[str, tuple[str, str]] = {
    "unit": (
        "{operation}, {month} ({state}) : {shared} kWh partagés, {net} € HT",
        "{operation}, {month} ({state}): {shared} kWh shared, {net} EUR net",
    ),
    "known": ("tel qu'on le savait à {commit}", "as known at {commit}"),
    "unit more": (
        "produit {produced} kWh, consommé {consumed}, complément {complement}, surplus {surplus}",
        "produced {produced} kWh, consumed {consumed}, complement {complement}, surplus {surplus}",
    ),
    "member": (
        "{id}, {operation}, {month} ({state}) : {shared} kWh partagés, {net} € HT",
        "{id}, {operation}, {month} ({state}): {shared} kWh shared, {net} EUR net",
    ),
    "record": ("au procès-verbal, révision {revision}", "on record, revision {revision}"),
    "other record": (
        "le procès-verbal {path} dit autre chose ({net} € HT) : mitoyen settle",
        "the record {path} says something else ({net} EUR net): mitoyen settle",
    ),
    "no record": ("pas encore de procès-verbal : mitoyen settle", "not on record yet: mitoyen settle"),
    "energy consumer": (
        "énergie : {shared} kWh partagés (consommé {consumed}, complément {complement})",
        "energy: {shared} kWh shared (consumed {consumed}, complement {complement})",
    ),
    "energy producer": (
        "énergie : {shared} kWh partagés (produit {produced}, surplus {surplus})",
        "energy: {shared} kWh shared (produced {produced}, surplus {surplus})",
    ),
    "share consumer": (
        "{id} : {shared} kWh partagés sur {consumed} consommés, {net} € HT",
        "{id}: {shared} kWh shared of {consumed} consumed, {net} EUR net",
    ),
    "share producer": (
        "{id} : {shared} kWh partagés sur {produced} produits",
        "{id}: {shared} kWh shared of {produced} produced",
    ),
    "buyer": (
        "{id}, {operation}, {month} ({state}) : {surplus} kWh de surplus, {net} € HT",
        "{id}, {operation}, {month} ({state}): {surplus} kWh of surplus, {net} EUR net",
    ),
    "share buyer": ("{id} : {surplus} kWh de surplus, {net} € HT", "{id}: {surplus} kWh of surplus, {net} EUR net"),
    "terms": (
        "surplus de {producer}, depuis le {start} : {terms}",
        "surplus of {producer}, since {start}: {terms}",
    ),
    "excise": (
        "accise due depuis le {start}, pour {power} kVA : {text}",
        "excise due since {start}, for {power} kVA: {text}",
    ),
    "stretch": ("{days} : {shared} kWh partagés{of}", "{days}: {shared} kWh shared{of}"),
    "part": ("{days} : {kwh} kWh", "{days}: {kwh} kWh"),
    "of": (" sur {consumed} consommés", " of {consumed} consumed"),
    "of own": (" sur {own} produits", " of {own} produced"),
    "among": (
        " (consommateurs : {consumers}, producteurs : {producers}, produit en tout : {produced})",
        " (consumers: {consumers}, producers: {producers}, produced in all: {produced})",
    ),
    "days": ("du {first} au {last}", "from {first} to {last}"),
    "key": ("clé depuis le {start} : {rule}", "key since {start}: {rule}"),
    "again": ("comme ci-dessus", "as above"),
    "option": ("{path} {value}", "{path} {value}"),
    "joined": ("{id} entre le {day}", "{id} joins on {day}"),
    "left": ("{id} sort le {day}", "{id} leaves on {day}"),
    "participation": (
        "{role} depuis le {from}, compteur {meter}{tariff}",
        "{role} since {from}, meter {meter}{tariff}",
    ),
    "in tariff": (", tarif {tariff}", ", tariff {tariff}"),
    "group": ("au tarif {tariff}", "in tariff {tariff}"),
    "consumer": ("consommateur", "consumer"),
    "producer": ("producteur", "producer"),
    "data": (
        "données de {month} : {source}, {digest}, {steps} pas de {step}, {meters} compteurs, trous : {gaps}",
        "data of {month}: {source}, {digest}, {steps} steps of {step}, {meters} meters, gaps: {gaps}",
    ),
    "none": ("aucun comblé", "none filled"),
    "filled": ("{count} pas de {meter} comblés ({policy})", "{count} steps of {meter} filled ({policy})"),
    "tariff": ("tarif {group}, {days} : {rule}", "tariff {group}, {days}: {rule}"),
    "line": (
        "ligne {number}, {item}, {days} : {quantity} x {price} € = {exact} €, arrondi à {amount} €",
        "line {number}, {item}, {days}: {quantity} x {price} EUR = {exact} EUR, rounded to {amount} EUR",
    ),
    "month": ("{quantity} mois", "{quantity} month"),
    "share": ("{quantity} parts", "{quantity} shares"),
    "subscribed": ("souscrites le {day}", "subscribed on {day}"),
    "fee days": ("{days} jours sur {of}", "{days} days of {of}"),
    "package": ("forfait de {bought} acheté le {day}", "package of {bought} bought on {day}"),
    "renewed": ("forfait renouvelé le {day}", "package renewed on {day}"),
    "price": ("{written}, tarif {group} depuis le {start}{how}", "{written}, tariff {group} since {start}{how}"),
    "how": (" : {rule}", ": {rule}"),
    "invoice": (
        "{kind} {number} du {issued}, de {seller} à {buyer} : {net} + {vat} = {gross} €",
        "{kind} {number} of {issued}, from {seller} to {buyer}: {net} + {vat} = {gross} EUR",
    ),
    "cites": ("se rapporte à {number} du {issued}{why}", "refers to {number} of {issued}{why}"),
    "billed": (
        "ligne {number}, {label}, {point}, {days} : {quantity} x {price} € = {amount} €",
        "line {number}, {label}, {point}, {days}: {quantity} x {price} EUR = {amount} EUR",
    ),
    "total": ("total HT : {sum} = {net} €", "total net: {sum} = {net} EUR"),
    "vat": (
        "TVA de {seller}, {rate} de {net} € : {vat} € (régime {regime} depuis le {start})",
        "VAT of {seller}, {rate} of {net} EUR: {vat} EUR (regime {regime} since {start})",
    ),
    "outside": ("hors champ de la TVA : {net} € de {seller}", "outside the scope of VAT: {net} EUR of {seller}"),
    "gross": ("total TTC : {net} + {vat} = {gross} €", "total gross: {net} + {vat} = {gross} EUR"),
    "because": ("décidé : {reason}", "decided: {reason}"),
    "uncommitted": ("pas encore commité", "not committed yet"),
    "earlier": (", ou avant (clone superficiel)", ", or earlier (shallow clone)"),
    "merge": ("fusion {id}  {date}  {author}", "merge {id}  {date}  {author}"),
}


@click.command("explain")
@click.argument("what", metavar="OPERATION|INVOICE")
@month_option(required=False, multiple=False)
@click.option("--member", help="A participant of the month.")
@click.option("--line", type=click.IntRange(min=1), help="One line of that member or invoice, in full.")
@click.option("--known", metavar="REV", help="As it was known at that revision (default: the folder as it is).")
@click.option("--seller", help="Whose invoice, where two sellers gave the same number.")
@format_option("text", "json", "markdown")
@click.pass_obj
def command(
    repo: Path,
    what: str,
    month: Month | None,
    member: str | None,
    line: int | None,
    known: str | None,
    seller: str | None,
    form: str,
) -> None:
    """Say why OPERATION's month, or an INVOICE, is what it is: each number to its inputs, each input to its commit.

    With --member, that member's energy and lines; with --line as well, one line in full. An invoice is explained as
    it was known when it was issued, by its number or the computation code that is printed on it. A commit that only
    tidied a file is never named. With --known, all of a month as the files and data of a revision give it.
    """
    here = workspace(repo, bare=True)
    if match := CODE.fullmatch(what):
        what, month, known = _coded(here, *match.groups())
    if month is None:
        if member or known:
            raise click.UsageError("--member and --known are of an operation's month: add --month")
        reason = _invoice(here, what, seller, line)
        _print(here, reason, None, what, form)
        return
    tree: Tree = here.repository.at(known) if known else here.repository.working
    operation = history.name_in(here, what, tree)
    loaded, _sound = here.sound(operation, tree)
    if line is not None and member is None:
        raise click.UsageError("--line is a line of one member: add --member ID")
    past = history.read(here, operation, tree.revision or "HEAD", working=tree.revision is None)
    explained = Explained.of(here, loaded, month, past, here.said(tree).get("lang", "fr"))
    present = [one["id"] for one in explained.unit.members]
    if member is not None and member not in present:
        raise click.UsageError(f'no member "{member}" in {month} of {operation}; {nearest(member, present)}')
    if member is None:
        reason = explained.whole()
    elif line is None:
        reason = explained.member(member)
    elif line > explained.lines(member):
        raise click.UsageError(f"{member} has {explained.lines(member)} lines in {month}")
    else:
        reason = explained.line(member, line)
    _print(here, reason, tree.revision, operation, form)


CODE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)/(\d{4}-\d{2})\.(\d+)/([0-9a-f]{12})")
"""As an invoice prints it: operation, month, revision, the first digits of the fingerprint."""


def _coded(
    here: Workspace, operation: str, month: str, revision: str, digits: str
) -> tuple[str, Month, str | None]:
    """The month that a computation code names, and the commit it was settled at."""
    document = here.sound(operation)[0].documents.get(f"settlements/{month}.{revision}.yaml")
    if document is None or not document.value["fingerprint"]["pricing"].startswith(f"sha256:{digits}"):
        raise UsageError(f"{operation} has no settlement {month}.{revision} whose code ends in {digits}")
    return operation, Month.parse(month), document.value.get("commit")


def _invoice(here: Workspace, number: str, seller: str | None, line: int | None) -> Reason:
    """An invoice of the register, or one line of it; raise UsageError where there is none."""
    from mitoyen.billing.deciding import ledger_of  # here: a month is explained without a register
    from mitoyen.explain.invoiced import Invoiced, found

    if number in here.repository.working.operations():
        raise click.UsageError("which month? add --month 2026-03")
    ledger = ledger_of(here)
    invoiced = Invoiced(here, ledger, found(ledger, number, seller))
    return invoiced.whole() if line is None else invoiced.line(line)


def _print(here: Workspace, reason: Reason, revision: str | None, operation: str, form: str) -> None:
    if form == "json":
        link, commit = linker(here), revision or here.repository.commits().get(operation)
        data = as_data(reason, lambda place: link(place, commit))
        emit({"format_version": 1, "known": revision, "reason": data})
        return
    voice = _Words(here.settings.lang)
    lines = list(voice.told(reason, 0))
    if revision:
        lines.insert(1, (1, voice.say("known", commit=revision[:10])))
    if form == "markdown":
        click.echo("\n".join("  " * depth + "- " + escaped(text) for depth, text in lines))
    else:
        click.echo("\n".join(part for depth, text in lines for part in filled(text, "  " * depth)))


def signature(cause: Cause | None, lang: str) -> list[str]:
    """``4f2a61c09b  2026-03-12  Anne Martin``, and the merge that brought it."""
    if cause is None:
        return []
    if cause.commit is None:
        return [_WORDS["uncommitted"][lang == "en"]]
    commit = cause.commit
    parts = {"id": commit.id[:10], "date": commit.date[:10], "author": clean(commit.author)}
    if cause.written is None:
        return [
            "{id}  {date}  {author}".format(**parts) + (_WORDS["earlier"][lang == "en"] if cause.earlier else "")
        ]
    written = cause.written
    merge = _WORDS["merge"][lang == "en"].format(**parts)
    return [f"{written.id[:10]}  {written.date[:10]}  {clean(written.author)}", merge]


class _Words:
    """Reasons in one language, each told in full once."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._told: set[tuple[str, str]] = set()

    def say(self, name: str, /, **values: object) -> str:
        return _WORDS[name][self.lang == "en"].format(**values)

    def told(self, reason: Reason, depth: int) -> Iterator[tuple[int, str]]:
        """Lines with their depth."""
        sentence = self.sentence(reason)
        this = (reason.label, str(reason.place))
        if reason.place and this in self._told:
            yield depth, f"{sentence} ({self.say('again')})"
            return
        self._told.add(this)
        yield depth, sentence
        if reason.label == "unit":
            yield depth, self.say("unit more", **self._energies(reason.value))
        where = [str(reason.place)] if reason.place else []
        signed = signature(reason.commit, self.lang)
        if where or signed:
            yield depth + 1, "  ".join(where + signed[:1])
        yield from ((depth + 1, line) for line in signed[1:])
        if reason.because:
            yield depth + 1, self.say("because", reason=reason.because)
        for one in reason.inputs:
            yield from self.told(one, depth + 1)

    def sentence(self, reason: Reason) -> str:
        value, label = dict(reason.value), reason.label
        if label in ("unit", "member", "buyer"):
            value["state"] = words(self.lang, str(value["state"]))
        if "from" in value and "to" in value:
            value["days"] = self._days(value)
        value |= self._energies(value)
        if label in ("energy", "share"):
            return self.say(f"{label} {value['role']}", **value)
        if label == "stretch":
            of = "of" if "consumed" in value else "of own" if "own" in value else ""
            mine = self.say(of, **value) if of else ""
            return self.say("stretch", **{**value, "of": mine + self.say("among", **value)})
        if label in ("key", "tariff"):
            return self.say(label, **{**value, "rule": rule(value["entry"], self.lang)})
        if label == "option":
            first, *rest = value["path"]
            path = " ".join([named(first, self.lang), *rest])
            return self.say("option", path=path, value="" if value["value"] is None else value["value"]).strip()
        if label == "participation":
            tariff = self.say("in tariff", **value) if "tariff" in value else ""
            return self.say(label, **{**value, "role": self.say(value["role"]), "tariff": tariff})
        if label == "data":
            return self.say("data", **{**value, "digest": value["snapshot"][:17], "gaps": self._gaps(value)})
        if label == "line":
            return self._line(value)
        if label == "invoice":
            return self.say(label, **{**value, "kind": billing(self.lang, str(value["type"]))})
        if label == "cites":
            colon = ": " if self.lang == "en" else " : "
            return self.say(label, **{**value, "why": f"{colon}{value['reason']}" if value["reason"] else ""})
        if label == "billed":
            value |= {name: self._decimal(value[name]) for name in ("quantity", "price", "amount")}
            return self.say(label, **value)
        if label == "price":
            how = self.say("how", rule=rule(value["entry"], self.lang)) if "entry" in value else ""
            return self.say(label, **{**value, "how": how})
        if label == "vat":
            return self.say(label, **value) + (f", {value['mention']}" if "mention" in value else "")
        if label == "terms":
            return self.say(label, **{**value, "terms": spoken(value["terms"])})
        if label == "excise":
            return self.say(label, **{**value, "power": self._decimal(f"{Decimal(value['power']) / 1000:f}")})
        if label == "days":
            return self.say("fee days", **value)
        if label == "total":
            amounts = " + ".join(money(Decimal(one), self.lang) for one in value["amounts"])
            return self.say("total", sum=amounts, net=value["net"])
        return self.say("left" if label == "leaves" else label, **value)

    def _energies(self, value: Mapping[str, Any]) -> dict[str, str]:
        """Energies and money as people read them."""
        names = ("produced", "consumed", "shared", "complement", "surplus", "own", "kwh")
        shown = {name: number(Decimal(value[name]), self.lang, 3) for name in names if name in value}
        for name in ("net", "vat", "gross"):
            if value.get(name):
                shown[name] = money(Decimal(value[name]), self.lang)
        return shown

    def _days(self, value: Mapping[str, Any]) -> str:
        last = date.fromisoformat(value["to"]) - timedelta(days=1)  # people count the last day in
        return self.say("days", first=value["from"], last=last)

    def _gaps(self, value: Mapping[str, Any]) -> str:
        filled = [
            self.say("filled", count=count, meter=meter, policy=value["gaps"])
            for meter, count in sorted(value["filled"].items())
        ]
        return ", ".join(filled) or self.say("none")

    def _line(self, value: Mapping[str, Any]) -> str:
        quantity = self._decimal(value["quantity"])
        unit = {"kWh": f"{quantity} kWh", "one": quantity}
        return self.say(
            "line",
            **{
                **value,
                "item": item(value["item"], self.lang),
                "quantity": unit.get(value["unit"]) or self.say(value["unit"], quantity=quantity),
                "price": self._decimal(value["price"]),
                "exact": self._exact(value["exact"]),
                "amount": money(Decimal(value["amount"]), self.lang),
            },
        )

    def _exact(self, exact: str) -> str:
        """An exact amount; what no decimal number says is followed by its first digits."""
        if "/" not in exact:
            return self._decimal(exact)
        amount = Fraction(exact)
        micro = abs(amount.numerator) * 10**6 // amount.denominator
        digits = f"{'-' if amount < 0 else ''}{micro // 10**6}.{micro % 10**6:06d}"
        return f"{exact} = {self._decimal(digits)}…"

    def _decimal(self, text: str) -> str:
        return text if self.lang == "en" else text.replace(".", ",")
