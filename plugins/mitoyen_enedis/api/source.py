"""The whole of a fetch from the API: asked for, received, placed, merged, held against the definitive energies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from mitoyen.clock import midnight, span
from mitoyen.contracts import Finding, MeterData, Reading, Request
from mitoyen.diagnostics import Refused
from mitoyen.intake import moments, privacy
from mitoyen.intake.curve import Target
from mitoyen_enedis import controls, faults, numbers
from mitoyen_enedis.api import options
from mitoyen_enedis.api.access import found, variables
from mitoyen_enedis.api.answers import FORM
from mitoyen_enedis.api.asked import Ask, asked
from mitoyen_enedis.api.client import Client, Time
from mitoyen_enedis.api.delivery import Delivery, unknown
from mitoyen_enedis.api.kept import Kept
from mitoyen_enedis.api.options import Settings
from mitoyen_enedis.merged import Merged, merge
from mitoyen_enedis.options import Settings as FileSettings
from mitoyen_enedis.pages import shown
from mitoyen_enedis.payload import Flow, Payload
from mitoyen_enedis.placing import Account, Placer

Placed = Sequence[tuple[Ask, Account]]


def asks(request: Request) -> Iterator[str]:
    """Every request it would send; Raise Refused where the options do not hold."""
    settings = Settings.of(request.options)
    if wrong := list(options.faults(settings, request)):
        raise Refused(*wrong)
    kept = Kept(request.kept)
    client, secret = variables(request.agreement)
    there = "" if found(request.agreement) else " (not set)"
    yield f"POST {settings.token} with {client} and {secret}{there}"
    for ask in asked(request, settings):
        yield f"GET {shown(ask.url)}{' (kept, not asked again)' if kept.page(ask.url) else ''}"
    yield from (f"nothing for {finding.message}" for finding in unknown(request))


def fetch(request: Request, time: Time | None = None) -> MeterData:
    """Never raises for what the operator replies or an option holds: findings say it."""
    settings = Settings.of(request.options)
    wrong = [*options.faults(settings, request), *unknown(request)]
    access = found(request.agreement)
    if access is None and request.agreement:
        wrong.append(_no_access(request))
    if wrong or access is None:
        return MeterData((), (), tuple(wrong), settings.gaps)
    time = time or Time()
    # Each agreement waits otherwise than its neighbours, and always the same way.
    client = Client(settings.token, access, settings.rate, Random(request.agreement), time)
    delivery = Delivery(request, settings, client, Kept(request.kept, time.wall))
    delivery.receive()
    if not delivery.whole:
        return MeterData((), tuple(_received(delivery)), tuple(delivery.findings), settings.gaps)
    delivery.kept.done()
    return _placed(delivery)


def _no_access(request: Request) -> Finding:
    client, secret = variables(request.agreement)
    message = f"no client and secret for {request.agreement} are in the environment"
    hint = f"set {client} and {secret}, as the operator's portal gave them; never write them into a file here"
    return Finding("ACC441", message, request.locate("base"), hint)


def _placed(delivery: Delivery) -> MeterData:
    request, settings = delivery.request, delivery.settings
    clock = request.clock
    reading = FileSettings((), settings.unit, None, {}, {"*": settings.stamp}, None, True, False, settings.gaps)
    known = numbers.gathered(request, reading)
    placer = Placer(reading, clock, known)
    placed = [(ask, _account(placer, payload)) for ask, payload in delivery.payloads]
    accounts = [account for _, account in placed]
    merged = merge(accounts, clock)
    held = controls.held([(payload, "") for _, payload in delivery.payloads], known)
    contradicted, agreed = controls.findings(held, merged.series, clock)
    findings = [*delivery.findings, *merged.findings, *contradicted, *_sides(delivery)]
    for account in accounts:
        findings += faults.findings(account, clock)
    readings = tuple(_readings(delivery, placed, agreed, merged))
    return MeterData(merged.series, readings, tuple(findings), settings.gaps)


def _account(placer: Placer, payload: Payload) -> Account:
    """A payload holds one kind of curve; the placer knows of measures only."""
    account = placer.account(payload, payload.page.name)
    kind = payload.facts.get("kind", "measured")
    for curve in account.curves:
        curve.target = Target(curve.target.meter, kind)  # type: ignore[arg-type]
    return account


def _sides(delivery: Delivery) -> Iterator[Finding]:
    """ACC433 where times run from one step after the first moment asked for to the last, or the other way round."""
    stamp, zone = delivery.settings.stamp, delivery.request.clock.zone
    said, seen = ("start", "end") if stamp == "start" else ("end", "start")
    curves: dict[Ask, list[tuple[Payload, Flow]]] = {}
    for ask, payload in delivery.payloads:
        curves.setdefault(ask, []).extend((payload, flow) for flow in payload.flows)
    for ask, pages in curves.items():
        edge, other = (ask.last, ask.first) if stamp == "start" else (ask.first, ask.last)
        there, opposite = (
            [
                payload.page.place(int(flow.rows[0]), 0)
                for payload, flow in pages
                if _has(flow, midnight(day, zone), zone)
            ]
            for day in (edge, other)
        )
        if there and not opposite:
            message = f"times of this curve look like the {seen} of their steps, and are read as the {said}"
            yield Finding("ACC433", message, there[0], f"if that is so for all curves: stamp: {seen}")
            return


def _has(flow: Flow, utc: int, zone: str) -> bool:
    wall = utc + int(moments.shifts(np.array([utc]), ZoneInfo(zone))[0])
    return bool((flow.times.seconds == np.where(flow.times.offset, utc, wall)).any())


def _readings(delivery: Delivery, placed: Placed, agreed: dict[str, int], merged: Merged) -> Iterator[Reading]:
    """The account of each meter: all its replies together."""
    groups: dict[str, list[Account]] = {}
    for ask, account in placed:
        alias = ask.alias or next((whose.alias for whose in account.whose), "")
        groups.setdefault(alias, []).append(account)
    for alias, accounts in sorted(groups.items()):
        left: Counter[str] = Counter()
        for account in accounts:
            left += account.left
        rows = sum(account.rows for account in accounts)
        facts = {"format": FORM}
        words = {
            "unit": {unit for account in accounts for unit in account.units},
            "zone": {zone for account in accounts for zone in account.zones},
            "stamp": {side.said for account in accounts for side in account.sides},
            "step": {span(length) for account in accounts for length in account.lengths},
        }
        facts |= {name: ", ".join(sorted(some)) for name, some in words.items() if some}
        if count := agreed.get(alias):
            facts["energies"] = f"{count} agree with the operator's definitive energies"
        if count := merged.rounded.get(alias):
            facts["rounded"] = f"{count} values finer than a milliwatt-hour, half up"
        facts |= _replies(delivery, alias)
        ordered = dict(sorted(left.items()))
        yield Reading(_name(delivery, alias), facts, rows, rows - sum(ordered.values()), ordered)


def _received(delivery: Delivery) -> Iterator[Reading]:
    """Of a delivery that is not whole: nothing is taken yet."""
    for alias in sorted(delivery.pages):
        facts = {"format": FORM, **_replies(delivery, alias)}
        yield Reading(_name(delivery, alias), facts, 0, 0, {})


def _replies(delivery: Delivery, alias: str) -> dict[str, str]:
    before = delivery.before[alias]
    kept = f", {before} of them kept from a run before" if before else ""
    return {"replies": f"{delivery.pages[alias]}{kept}"} if delivery.pages[alias] else {}


def _name(delivery: Delivery, alias: str) -> str:
    number = privacy.masked(delivery.request.numbers.get(alias, ""))
    return f"{alias} ({number})" if alias else f"{delivery.request.agreement}, of no meter of ours"
