"""What the files say of trade: who sells and how it is taxed, whether the excise is due, who takes surplus.

Each reads a part of the plain values, reports what does not hold and gives records by date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from mitoyen import schema
from mitoyen.contracts import ExciseDue, Participant, Regime, Subscription, SurplusSale, Tax
from mitoyen.diagnostics import nearest
from mitoyen.host import Host
from mitoyen.taxes import of_law

FILE = "operation.yaml"

OTHERWISE = "otherwise"
"""Stands for every producer whose surplus has no entry of its own."""


class Report(Protocol):
    """Takes a finding: code, message, file, the path of the value, whether its key is meant, what to do."""

    def __call__(
        self, code: str, message: str, file: str, *path: str | int, key: bool = False, advice: str = ""
    ) -> None: ...


def read(
    plain: Mapping[str, Any], participants: Mapping[str, Participant], report: Report, host: Host
) -> dict[str, Any]:
    """The fields of an operation that this module knows."""
    return {
        "sellers": sellers(plain, report, host),
        "territory": plain.get("territory", "mainland"),
        "excise": excise(plain, participants, report, host),
        "surplus": surplus(plain, participants, report, host),
    }


def membership(written: Mapping[str, Any]) -> tuple[Subscription, ...]:
    """The shares that a participant bought, as its schema reads them."""
    return tuple(
        Subscription(date.fromisoformat(day), bought["shares"], bought["price"])
        for day, bought in sorted(written.items())
    )


def sellers(plain: Mapping[str, Any], report: Report, host: Host) -> Mapping[str, Sequence[Regime]]:
    """The VAT regimes of each seller; a name the law does not know is told."""
    law, written = plain.get("law"), plain.get("sellers", {})
    tax = of_law(law, host)
    if tax is None:
        if written:
            message = (
                f'no plugin knows the VAT of the law "{law}"' if law else "VAT is that of a law, and none is named"
            )
            laws = [one.law for one in host.all(Tax)]
            report("ACC802", message, FILE, "sellers", key=True, advice=nearest(law or "", laws))
        return {}
    territory = plain.get("territory", tax.territories[0])
    if territory not in tax.territories:
        advice = nearest(territory, tax.territories)
        report("ACC802", f'no rate of VAT is that of "{territory}"', FILE, "territory", advice=advice)
    found = {}
    for seller, entries in sorted(written.items()):
        for start, entry in entries.items():
            if entry["vat"] not in tax.regimes:
                message = f'no VAT regime is named "{entry["vat"]}"'
                path = ("sellers", seller, start, "vat")
                report("ACC802", message, FILE, *path, advice=nearest(entry["vat"], tax.regimes))
        found[seller] = [Regime(date.fromisoformat(start), one["vat"]) for start, one in sorted(entries.items())]
    return found


def excise(
    plain: Mapping[str, Any], participants: Mapping[str, Participant], report: Report, host: Host
) -> Sequence[ExciseDue]:
    """Whether the excise is due, by date. Where it is, sellers are named and consumers have their power."""
    entries = [
        ExciseDue(date.fromisoformat(start), one["due"], one["because"])
        for start, one in sorted(plain.get("excise", {}).items())
    ]
    due = [one for one in entries if one.due]
    if due:
        tax = of_law(plain.get("law"), host)
        where = ("excise", str(due[0].start), "due")
        if "sellers" not in plain:
            message = "the excise is in the base of the VAT of whoever sells, and no seller is named"
            report("ACC821", message, FILE, *where, advice="add `sellers:` with the VAT regime of each")
        elif tax and tax.excise is None:
            message = f"the excise is due here, and no plugin knows that of the law {tax.law}"
            report("ACC821", message, FILE, *where, advice="due: false, until a plugin does")
        for name in _powerless(entries, participants):
            report(
                "ACC822",
                f"the excise is due on the energy of {name}, and depends on its subscribed power",
                "participants.yaml",
                name,
                key=True,
                advice="add `power:` as its supplier's contract says, such as power: 9 kVA",
            )
    return entries


def _powerless(entries: Sequence[ExciseDue], participants: Mapping[str, Participant]) -> Iterator[str]:
    """The consumers without a power who take part on a day on which the excise is due."""
    ends = [*(one.start for one in entries[1:]), date.max]
    due = [(one.start, end) for one, end in zip(entries, ends, strict=True) if one.due]
    for one in participants.values():
        if one.role == "consumer" and one.power is None:
            last = one.to or date.max
            if any(max(one.start, start) < min(last, end) for start, end in due):
                yield one.id


def surplus(
    plain: Mapping[str, Any], participants: Mapping[str, Participant], report: Report, host: Host
) -> Mapping[str, Sequence[SurplusSale]]:
    """Who takes the surplus of each producer, by date."""
    written = plain.get("surplus", {})
    if not written:
        return {}
    tax = of_law(plain.get("law"), host) if "sellers" in plain else None
    producers = sorted(one.id for one in participants.values() if one.role == "producer")
    for name in sorted(set(written) - {*producers, OTHERWISE}):
        advice = nearest(name, [*producers, OTHERWISE])
        report("ACC824", f"{name} is no producer of this operation", FILE, "surplus", name, key=True, advice=advice)
    found: dict[str, Sequence[SurplusSale]] = {}
    terms = schema.read(plain, schema.load("operation"))["surplus"]
    for name, entries in sorted(written.items()):
        sales = []
        for start, entry in sorted(entries.items()):
            where = ("surplus", name, start)
            _terms(entry, where, tax, report)
            if entry.get("buyer") in participants:
                message = f"{entry['buyer']} takes part in the operation: who buys surplus has a name of its own"
                report("ACC826", message, FILE, *where, "buyer", advice="choose another pseudonym for the buyer")
            sales.append(_sale(date.fromisoformat(start), terms[name][start]))
        found[name] = sales
    return found


def _terms(entry: Mapping[str, Any], where: Sequence[str], tax: Tax | None, report: Report) -> None:
    """What no schema sees in an entry: either a buyer and a price, or given."""
    if entry.get("given", False) == ("price" in entry):
        message = "surplus is either given or sold at a price"
        advice = "write price: 0.0450 EUR/kWh, or given: true"
        report("ACC825", message, FILE, *where, key=True, advice=advice)
    elif "price" in entry and "buyer" not in entry:
        advice = "add `buyer:` and its pseudonym"
        report("ACC825", "nobody is named who buys at this price", FILE, *where, "price", advice=advice)
    if entry.get("vat") == "reverse-charge" and (tax is None or tax.resale is None):
        message = "the buyer may owe the VAT of a seller only, and no seller is named"
        advice = "add `sellers:` with the VAT regime of each"
        if tax:
            message, advice = (
                f"no plugin knows when a buyer owes the VAT under the law {tax.law}",
                "write vat: normal",
            )
        report("ACC821", message, FILE, *where, "vat", advice=advice)


def _sale(start: date, terms: Mapping[str, Any]) -> SurplusSale:
    return SurplusSale(
        start=start,
        buyer=terms.get("buyer"),
        price=terms.get("price", Decimal(0)),
        given=terms["given"],
        reverse_charge=terms["vat"] == "reverse-charge",
        resells=terms["resells"],
        invoiced_by=terms["invoiced_by"],
        mandate=terms.get("mandate"),
        because=terms.get("because"),
    )
