"""A unit settled: operation x local month, three stages, each a cache over the fingerprint of what it needs.

    data, members, keys --allocation--> shares --pricing--> charges --documents--> what members receive

Each fingerprint is over the *result* of the stage before, so that a change which ends in the same energy stops
there. The manifest is the committed record; curves, shares and lines stay in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from mitoyen import excise, membership, surplus, written
from mitoyen.chain import Chain
from mitoyen.clock import Month
from mitoyen.contracts import AllocationRule, Operation, Place
from mitoyen.fingerprint import fingerprint
from mitoyen.host import Host
from mitoyen.located import Document
from mitoyen.model import Loaded, in_force, stretches
from mitoyen.quantities import kwh
from mitoyen.store import Results
from mitoyen.taxes import ZERO

FORMAT_VERSION = 1
SCHEMA = "../../../schemas/settlement.schema.json"
LINE = (
    *("item", "from", "to", "quantity", "unit", "price", "amount", "tariff", "option", "places"),
    *("kind", "bought", "supply", "seller", "producer", "vat", "category", "mention", "invoiced_by"),
)
"""The fields of a line, in the order they are shown."""

TAX = ("seller", "category", "rate", "net", "vat", "mention", "item", "bought")
"""The fields of a tax likewise."""

SALE = ("consumer", "buyer", "quantity", "amount")
"""The fields of a producer's sale likewise."""

ENERGIES = ("produced", "consumed", "shared", "complement", "surplus")

COUNTED: Mapping[str, tuple[str, ...]] = {
    "consumer": ("consumed", "shared", "complement"),
    "producer": ("produced", "surplus"),
    "buyer": (),
}
"""Which energies of a role count in the unit's: what two of them have in common counts once."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One settled month of one operation, in plain values that travel between processes."""

    operation: str
    month: str
    revision: int
    state: str
    recomputed: tuple[str, ...]
    """The stages computed now; what is not here came from the store."""
    fingerprint: Mapping[str, str]
    members: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    result: Mapping[str, str]
    """The digests of what the stages gave: the shares, the charges."""
    path: str
    """Of the manifest, inside the operation's folder."""
    manifest: Mapping[str, Any] | None = None
    """What is to be written there; None where the file says it already, or may not be touched."""

    @property
    def energy(self) -> dict[str, int]:
        """The unit's totals in milliwatt-hours."""
        return {
            name: sum(member[name] for member in self.members if name in COUNTED[member["role"]])
            for name in ENERGIES
        }

    @property
    def net(self) -> Decimal:
        return self._sum("net", "consumer")

    @property
    def vat(self) -> Decimal:
        return self._sum("vat", "consumer")

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    @property
    def buyers(self) -> int:
        """How many buy surplus."""
        return sum(member["role"] == "buyer" for member in self.members)

    @property
    def surplus(self) -> dict[str, Decimal]:
        """What the buyers of surplus pay: ``net``, ``vat``, ``gross``; nothing of it is in the unit's money."""
        return {name: self._sum(name, "buyer") for name in ("net", "vat", "gross")}

    def _sum(self, name: str, role: str) -> Decimal:
        return sum((Decimal(member[name]) for member in self.members if member["role"] == role), ZERO)

    def money(self) -> dict[str, dict[str, str]]:
        """The totals of consumers and, where surplus is sold, of its buyers, as JSON and the manifest show them."""
        surplus = {name: str(amount) for name, amount in self.surplus.items()}
        return {
            "money": {"net": str(self.net), "vat": str(self.vat), "gross": str(self.gross)},
            **({"surplus": surplus} if self.buyers else {}),
        }

    def as_data(self) -> dict[str, Any]:
        """The unit as ``settle --format json`` shows it: energies in kWh, money in EUR, as decimal strings."""
        return {
            "operation": self.operation,
            "month": self.month,
            "revision": self.revision,
            "state": self.state,
            "reused": not self.recomputed,
            "recomputed": list(self.recomputed),
            "fingerprint": dict(self.fingerprint),
            "energy": {name: kwh(value) for name, value in self.energy.items()},
            **self.money(),
            "notes": list(self.notes),
            "members": [_shown(member) for member in self.members],
        }


def _shown(member: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": member["id"],
        "role": member["role"],
        **{name: kwh(member[name]) for name in ENERGIES},
        **({"left": kwh(member["left"])} if "left" in member else {}),
        **{name: member[name] for name in ("net", "vat", "gross")},
        "taxes": [{name: one[name] for name in TAX if name in one} for one in member["taxes"]],
        **{name: member[name] for name in ("revenue", "surplus_revenue") if name in member},
        **{
            name: [
                {part: sale[part] for part in SALE if part in sale} | {"quantity": kwh(sale["quantity"])}
                for sale in member[name]
            ]
            for name in ("sales", "surplus_sales")
            if name in member
        },
        "lines": [
            {name: line[name] for name in LINE if name in line}
            | ({"quantity": kwh(line["quantity"])} if line["unit"] == "kWh" else {})
            for line in member["lines"]
        ],
    }


def settle(
    loaded: Loaded,
    month: Month,
    host: Host,
    results: Results,
    commit: str | None,
    lang: str,
    chain: Chain | None = None,
) -> Unit:
    """Settle one month of an operation whose files hold. Raise Refused where its data or rules do not.

    ``commit`` names the files' commit, None where they are not committed; ``chain`` computes the operation's
    months, where several are settled.
    """
    operation = loaded.operation
    assert operation is not None  # noqa: S101 - the caller refuses folders that do not hold
    done = (chain or Chain(operation, host, results)).month(month)
    priced, allocated = done.priced, done.allocated
    formats = [one for name in operation.formats for one in host.writers(name)]
    documents_print = fingerprint(
        "documents",
        charges=priced["digest"],
        lang=lang,
        formats=[{"id": one.id, "version": one.version} for one in formats],
        options=operation.format_options,
    )
    prints = {**done.prints, "documents": documents_print}
    result = {"allocation": allocated["result"], "pricing": priced["digest"]}
    revision, before = _revision(loaded.manifests.get(str(month), {}), prints, result)
    unit = Unit(
        operation=operation.id,
        month=str(month),
        revision=revision,
        state="draft" if before is None else str(before["state"]),
        recomputed=done.recomputed,
        fingerprint=prints,
        members=tuple(_placed(operation, priced["members"])),
        notes=tuple(allocated["notes"]),
        result=result,
        path=f"settlements/{month}.{revision}.yaml",
    )
    manifest = _manifest(operation, month, unit, operation.months[str(month)], host, commit)
    return unit if before and _says(before, manifest) else replace(unit, manifest=manifest)


def _says(before: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest that is there need not, or must not, be written again.

    Which commit was settled is no difference: the same result at a later commit changes nothing on record. A draft
    of files that were not committed yet gains their commit once it has one.
    """
    same = {**before, "commit": None} == {**manifest, "commit": None}
    named = "commit" in before or "commit" not in manifest
    return (same and named) or before["state"] != "draft"


def _revision(
    manifests: Mapping[int, Document], prints: Mapping[str, str], result: Mapping[str, str]
) -> tuple[int, Mapping[str, Any] | None]:
    """The revision this result belongs to, and the manifest that says it already.

    A draft is recomputed in its place; an issued month is never touched: a result that differs becomes its next
    revision. The same result by another way (another format of document, another version of a rule) is no other.
    """
    if not manifests:
        return 1, None
    last = max(manifests)
    before: Mapping[str, Any] = manifests[last].value
    if before["state"] == "draft":
        return last, before if before["fingerprint"] == prints else None
    return (last, before) if before["result"] == result else (last + 1, None)


def _manifest(
    operation: Operation,
    month: Month,
    unit: Unit,
    pointer: Mapping[str, Any],
    host: Host,
    commit: str | None,
) -> dict[str, Any]:
    used = [s.entry for s in stretches(operation.keys, month.first, month.next.first) if s.entry]
    keys = sorted({entry.rule for entry in used})
    groups = sorted({one.tariff for one in operation.participants.values() if one.tariff})
    tariffs = {
        stretch.entry.rule
        for group in groups
        for stretch in stretches(operation.tariffs.get(group, ()), month.first, month.next.first)
        if stretch.entry
    }
    binding = {host.get(AllocationRule, rule).binding for rule in keys}
    roles = [member["role"] for member in unit.members]
    return {
        "operation": operation.id,
        "month": str(month),
        "revision": unit.revision,
        **({"replaces": unit.revision - 1} if unit.revision > 1 else {}),
        "state": unit.state,
        **({"commit": commit} if commit else {}),
        "snapshot": pointer["snapshot"],
        "gaps": dict(pointer.get("gaps", {"policy": "refuse"})),
        "rules": {"allocation": keys, "tariff": sorted(tariffs), "documents": list(operation.formats)},
        "binding": "published" if binding == {True} else "computed",
        "fingerprint": dict(unit.fingerprint),
        "result": dict(unit.result),
        "energy": {name: kwh(value) for name, value in unit.energy.items()},
        **unit.money(),
        "members": {
            "consumers": roles.count("consumer"),
            "producers": roles.count("producer"),
            **({"buyers": unit.buyers} if unit.buyers else {}),
        },
        **({"notes": list(unit.notes)} if unit.notes else {}),
    }


def write_manifest(folder: Path, unit: Unit) -> None:
    """Write a unit's manifest in the operation's folder, where there is something to write."""
    if unit.manifest is not None:
        path = folder / unit.path
        written.sweep(path.parent)
        written.write_whole(path, written.yaml(unit.manifest, SCHEMA))


def months(operation: Operation, wanted: tuple[Month, ...]) -> Iterator[Month]:
    """The months asked for, or every month that has data."""
    yield from sorted(wanted) if wanted else sorted(Month.parse(name) for name in operation.months)


def _placed(operation: Operation, members: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Members whose lines say where the values that made them are written, today: places are never cached."""
    known: dict[tuple[str, ...], str] = {}
    for member in members:
        lines = []
        for line in member["lines"]:
            made_by = (line.get("tariff") or line.get("producer") or member["id"], line["item"])
            value = (*made_by, line.get("bought", line["from"]), *map(str, line.get("option", ())))
            if value not in known:
                known[value] = str(_place(operation, member["id"], line))
            lines.append({**line, "places": [known[value]]})
        yield {**member, "lines": lines}


def _place(operation: Operation, member: str, line: Mapping[str, Any]) -> Place:
    """Where the value that set a line's price is written."""
    day = date.fromisoformat(line.get("bought", line["from"]))  # energy bought ahead has the price of that day
    if "producer" in line:
        return surplus.place(operation, line["producer"], day)
    if "tariff" not in line:
        made_by_law = line["item"] == excise.ITEM
        return excise.place(operation, day) if made_by_law else membership.place(operation, member, day)
    entry = in_force(operation.tariffs[line["tariff"]], day)
    start = entry.start.isoformat() if entry else ""
    path = ("with", *line["option"]) if line["option"] else ("rule",)
    return operation.locate("tariffs.yaml", line["tariff"], start, *path)
