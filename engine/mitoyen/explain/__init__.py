"""The walk backwards: a settled month, a member of it or one line, each number to its inputs.

    amount <- quantity x price        price <- tariffs.yaml <- commit, person, decision
              quantity <- stretches <- keys.yaml <- commit, person, decision
                          stretches <- frozen data <- data/<month>.yaml <- commit

What is said here is data, exact and without a language; `mitoyen explain` puts it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mitoyen import pricing, settlement
from mitoyen.chain import Chain
from mitoyen.changes import plain
from mitoyen.clock import Month, iso
from mitoyen.contracts import KWH, Entry, Operation, Participant, TariffRule
from mitoyen.explain import grounds
from mitoyen.explain.reasons import Reason, energies, exact, reads
from mitoyen.history import History
from mitoyen.history.dig import dig
from mitoyen.host import Host
from mitoyen.model import Loaded, Stretch, in_force, stretches, takes_part, window
from mitoyen.quantities import kwh
from mitoyen.quantities import whole as whole_hours
from mitoyen.settlement import Unit
from mitoyen.sharing import Shared
from mitoyen.taxes import Taxation, on_day
from mitoyen.workspace import Workspace


@dataclass(frozen=True)
class Explained:
    """Explains one settled month."""

    operation: Operation
    month: Month
    unit: Unit
    shared: Shared
    past: History
    host: Host
    documents: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, here: Workspace, loaded: Loaded, month: Month, past: History, lang: str) -> Explained:
        """Settle the month, from the store where it is there. Raise Refused where it cannot be settled."""
        assert loaded.operation is not None  # noqa: S101 - the caller refuses folders that do not hold
        chain = Chain(loaded.operation, here.host, here.results)
        unit = settlement.settle(loaded, month, here.host, here.results, None, lang, chain)
        return cls(loaded.operation, month, unit, chain.shared(month), past, here.host, loaded.documents)

    # --- the three things people ask ---------------------------------------------------------------------------

    def whole(self) -> Reason:
        """The month: its totals, its stretches and keys, its data, its prices, who has what."""
        members = [
            Reason("share", {name: member[name] for name in ("id", "role", "net")} | energies(member))
            for member in self.unit.members
        ]
        value = {**self._unit(), **{name: kwh(energy) for name, energy in self.unit.energy.items()}}
        return Reason(
            "unit",
            {**value, "net": str(self.unit.net)},
            inputs=(
                *self._record(),
                *(self._stretch(stretch, None) for stretch in self._stretches(None)),
                self._data(None),
                *self._tariffs(),
                *members,
            ),
        )

    def member(self, name: str) -> Reason:
        """One member: energy by stretch, then each line; of a buyer of surplus, its lines."""
        member = self._member(name)
        lines = tuple(self._line(member, number) for number in range(1, len(member["lines"]) + 1))
        amounts = [str(line.value["amount"]) for line in lines]
        total = [Reason("total", {"amounts": amounts, "net": member["net"]})] if lines else []
        owed = (*lines, *total, *self._taxes(member))
        if member["role"] == "buyer":
            return Reason(
                "buyer", {**self._unit(), "id": name, **self._sums(name)}, inputs=(*self._record(), *owed)
            )
        participant = self.operation.participants[name]
        energy = Reason(
            "energy",
            {"role": member["role"], **energies(member)},
            inputs=(
                *(self._stretch(stretch, participant) for stretch in self._stretches(participant)),
                self._data(participant),
            ),
        )
        return Reason(
            "member",
            {**self._unit(), "id": name, **self._sums(name)},
            inputs=(*self._record(), self._participation(participant), energy, *owed),
        )

    def line(self, name: str, number: int) -> Reason:
        """One line of a member in full: its energy by stretch too."""
        member = self._member(name)
        return Reason(
            "buyer" if member["role"] == "buyer" else "member",
            {**self._unit(), "id": name, **self._sums(name)},
            inputs=(*self._record(), self._line(member, number, full=True)),
        )

    def one_line(self, name: str, wanted: Callable[[Mapping[str, Any]], bool], *, full: bool) -> Reason | None:
        """The first wanted line of a member, or of a producer's surplus; None where there is none."""
        for member in self.unit.members:
            for number, line in enumerate(member["lines"], 1):
                if name in (member["id"], line.get("producer")) and wanted(line):
                    return self._line(member, number, full=full)
        return None

    def lines(self, name: str) -> int:
        """How many lines a member has."""
        return len(self._member(name)["lines"])

    # --- energy --------------------------------------------------------------------------------------------------

    def _unit(self) -> dict[str, Any]:
        unit = self.unit
        return {"operation": unit.operation, "month": unit.month, "revision": unit.revision, "state": unit.state}

    def _member(self, name: str) -> Mapping[str, Any]:
        return next(member for member in self.unit.members if member["id"] == name)

    def _sums(self, name: str) -> dict[str, Any]:
        member = self._member(name)
        return {"role": member["role"], **energies(member), "net": member["net"]}

    def _record(self) -> Iterator[Reason]:
        """The manifest on record, and whether it says the same."""
        manifest = self.documents.get(self.unit.path)
        if manifest is None:
            yield Reason("no record", {"path": self.unit.path})
            return
        same = self.unit.manifest is None or (
            {**manifest.value, "commit": None} == {**self.unit.manifest, "commit": None}
        )
        yield Reason(
            "record" if same else "other record",
            {
                "path": self.unit.path,
                "revision": self.unit.revision,
                "net": str(manifest.value.get("money", {}).get("net", "")) or None,
            },
            manifest.place("energy"),
            self.past.blame_settlement(self.unit.month),
        )

    def _stretches(self, participant: Participant | None) -> list[Stretch]:
        """The days of the month between which neither the key nor the members change, as they were shared."""
        first, last = window(participant, self.month) if participant else (self.month.first, self.month.next.first)
        edges = [
            day
            for one in self.operation.participants.values()
            if takes_part(one, self.month)
            for day in window(one, self.month)
        ]
        return stretches(self.operation.keys, first, last, *edges)

    def _stretch(self, stretch: Stretch, participant: Participant | None) -> Reason:
        shared, clock = self.shared, self.shared.clock
        steps = slice(clock.index(stretch.first), clock.index(stretch.last))
        inside = [one for one in self.operation.participants.values() if one.in_force(stretch.first)]
        value: dict[str, Any] = {
            "from": stretch.first.isoformat(),
            "to": stretch.last.isoformat(),
            "consumers": sum(one.role == "consumer" for one in inside),
            "producers": sum(one.role == "producer" for one in inside),
            "produced": kwh(int(shared.produced[:, steps].sum())),
        }
        if participant is None:
            value["shared"] = kwh(int(shared.shared[:, steps].sum()))
        elif participant.role == "consumer":
            row = shared.consumers.index(participant.id)
            value["consumed"] = kwh(int(shared.consumed[row, steps].sum()))
            value["shared"] = kwh(int(shared.shared[row, steps].sum()))
        else:
            row = shared.producers.index(participant.id)
            value["own"] = kwh(int(shared.produced[row, steps].sum()))
            value["shared"] = kwh(int(shared.given[row, steps].sum()))
        keys = (self._key(stretch.entry, participant),) if stretch.entry else ()
        return Reason("stretch", value, inputs=(*keys, *self._moves(stretch, participant)))

    def _key(self, entry: Entry, participant: Participant | None) -> Reason:
        file, start = "keys.yaml", entry.start.isoformat()
        own = [
            Reason(
                "option",
                {"path": [str(one) for one in path[1:]], "value": plain(self._written(file, start, *path))},
                self.operation.locate(file, start, *path),
                self.past.blame(file, start, *path),
            )
            for path, _form, word in entry.names
            if participant and word == participant.id
        ]
        cause = self.past.blame(file, start)
        return Reason(
            "key",
            {"rule": entry.rule, "start": start, "entry": plain(self._written(file, start))},
            self.operation.locate(file, start, key=True),
            cause,
            cause.because if cause else entry.because,
            tuple(own),
        )

    def _moves(self, stretch: Stretch, participant: Participant | None) -> Iterator[Reason]:
        """Who came or went on the first day of a stretch within the month."""
        if stretch.first == self.month.first:
            return
        for one in self.operation.participants.values():
            if one is participant:
                continue
            if one.start == stretch.first:
                yield self._edge("joined", one, "from", one.start)
            elif one.to == stretch.first:
                yield self._edge("left", one, "to", one.to)

    def _edge(self, label: str, one: Participant, name: str, day: date) -> Reason:
        file = "participants.yaml"
        return Reason(
            label,
            {"id": one.id, "role": one.role, "day": day.isoformat()},
            self.operation.locate(file, one.id, name),
            self.past.blame(file, one.id, name),
        )

    def _participation(self, one: Participant) -> Reason:
        value = {"id": one.id, "role": one.role, "from": one.start.isoformat(), "meter": one.meter}
        value |= {"tariff": one.tariff} if one.tariff else {}
        inputs = [self._edge("leaves", one, "to", one.to)] if one.to else []
        file = "participants.yaml"
        tariff = self.past.blame(file, one.id, "tariff") if one.tariff else None
        since = self.past.blame(file, one.id, "from")
        if one.tariff and tariff and since and tariff.commit != since.commit:
            place = self.operation.locate(file, one.id, "tariff")
            inputs.append(Reason("group", {"tariff": one.tariff}, place, tariff))
        return Reason(
            "participation", value, self.operation.locate(file, one.id, "from"), since, None, tuple(inputs)
        )

    def _data(self, participant: Participant | None) -> Reason:
        """The frozen curves of the month; of one member, what was filled in them."""
        file = f"data/{self.month}.yaml"
        pointer = self.operation.months[str(self.month)]
        gaps = pointer.get("gaps", {"policy": "refuse"})
        filled = gaps.get("filled", {})
        if participant:
            filled = {meter: count for meter, count in filled.items() if meter == participant.meter}
        return Reason(
            "data",
            {
                "month": str(self.month),
                "source": pointer["source"],
                "snapshot": pointer["snapshot"],
                "start": iso(self.shared.clock.start),
                "step": pointer["step"],
                "steps": pointer["steps"],
                "meters": len(pointer["meters"]),
                "gaps": gaps["policy"],
                "filled": dict(filled),
            },
            self.operation.locate(file, "snapshot"),
            self.past.blame_data(str(self.month)),
        )

    # --- money ---------------------------------------------------------------------------------------------------

    def _tariffs(self) -> Iterator[Reason]:
        """Every price that some member of the month pays."""
        groups = sorted(
            {
                one.tariff
                for one in self.operation.participants.values()
                if one.tariff and one.role == "consumer" and takes_part(one, self.month)
            }
        )
        for group in groups:
            entries = self.operation.tariffs.get(group, ())
            for stretch in stretches(entries, self.month.first, self.month.next.first):
                if stretch.entry:
                    start = stretch.entry.start.isoformat()
                    cause = self.past.blame("tariffs.yaml", group, start)
                    yield Reason(
                        "tariff",
                        {
                            "group": group,
                            "from": stretch.first.isoformat(),
                            "to": stretch.last.isoformat(),
                            "start": start,
                            "entry": plain(self._written("tariffs.yaml", group, start)),
                        },
                        self.operation.locate("tariffs.yaml", group, start, key=True),
                        cause,
                        cause.because if cause else stretch.entry.because,
                    )

    def _taxes(self, member: Mapping[str, Any]) -> Iterator[Reason]:
        """The VAT by seller and rate, each with the regime it follows from; then the total with it."""
        for one in member["taxes"]:
            if one["category"] == "O" and "mention" not in one:  # capital, whatever the regime
                yield Reason("outside", one)
                continue
            kind = {"seller": one["seller"], "category": one["category"], "vat": one["rate"]}
            day = next(date.fromisoformat(line["from"]) for line in member["lines"] if kind.items() <= line.items())
            regime = on_day(self.operation.sellers[one["seller"]], day)
            start = regime.start.isoformat() if regime else ""
            path = ("sellers", one["seller"], start, "vat")
            cause = self.past.blame("operation.yaml", *path)
            yield Reason(
                "vat",
                {**one, "regime": regime.vat if regime else "", "start": start},
                self.operation.locate("operation.yaml", *path),
                cause,
                cause.because if cause else None,
            )
        if member["taxes"]:
            yield Reason("gross", {name: member[name] for name in ("net", "vat", "gross")})

    def _line(self, member: Mapping[str, Any], number: int, *, full: bool = False) -> Reason:
        line = member["lines"][number - 1]
        participant = self.operation.participants.get(member["id"])
        first, last = date.fromisoformat(line["from"]), date.fromisoformat(line["to"])
        energy = line["unit"] == "kWh"
        quantity = Fraction(line["quantity"], KWH) if energy else Fraction(line["quantity"])
        product = quantity * Fraction(line["price"])
        inputs: list[Reason] = []
        if energy and full and "kind" not in line:
            if participant and "tariff" in line:
                inputs += self._parts(participant, line, first, last)
            inputs.append(self._data(participant))
        if participant and line["unit"] == "month":
            days = {"days": (last - first).days, "of": self.month.days}
            inputs.append(Reason("days", days, inputs=(self._participation(participant),) if full else ()))
        inputs += self._why(member["id"], line)
        return Reason(
            "line",
            {
                "number": number,
                "item": line["item"],
                "from": line["from"],
                "to": line["to"],
                "quantity": kwh(line["quantity"]) if energy else line["quantity"],
                "unit": line["unit"],
                "price": line["price"],
                "exact": exact(product),
                "amount": line["amount"],
                **({"seller": line["seller"]} if "seller" in line else {}),
            },
            inputs=tuple(inputs),
        )

    def _package(self, participant: Participant, day: str, entry: Entry | None) -> Reason:
        """What was bought ahead that day: by the member, else by the rule itself, that renews it."""
        path: tuple[str, ...] = ("packages.yaml", participant.id, day)
        bought = self._written(*path) if path[0] in self.documents else None
        if bought is None:
            path = (
                "tariffs.yaml",
                participant.tariff or "",
                entry.start.isoformat() if entry else "",
                "with",
                "renew",
            )
        value = {"day": day, **({"bought": bought} if bought else {})}
        label = "package" if bought else "renewed"
        return Reason(label, value, self.operation.locate(*path), self.past.blame(*path))

    def _why(self, member: str, line: Mapping[str, Any]) -> Iterator[Reason]:
        """Where the price of a line comes from: a tariff, or what it rests on where there is none."""
        participant = self.operation.participants.get(member)
        if "tariff" in line:
            bought = date.fromisoformat(line.get("bought", line["from"]))
            entry = in_force(self.operation.tariffs[line["tariff"]], bought)
            if participant and "bought" in line:
                yield self._package(participant, line["bought"], entry)
            if entry:
                yield self._price(line, entry)
        else:
            written = self.documents["operation.yaml"].value
            yield from grounds.of(self.operation, member, line, self.past, written, self.host)

    def _price(self, line: Mapping[str, Any], entry: Entry) -> Reason:
        file, group, start = "tariffs.yaml", line["tariff"], entry.start.isoformat()
        path = (group, start, *(("with", *line["option"]) if line["option"] else ("rule",)))
        cause = self.past.blame(file, *path)
        written = str(self._written(file, *path))
        value = {"written": written, "group": group, "start": start, "rule": entry.rule}
        if line["option"] and not reads(written, Decimal(line["price"])):
            value["entry"] = plain(self._written(file, group, start))  # a computed price: by what, and from what
        return Reason(
            "price",
            value,
            self.operation.locate(file, *path),
            cause,
            cause.because if cause else entry.because,
        )

    def _parts(
        self, participant: Participant, line: Mapping[str, Any], first: date, last: date
    ) -> Iterator[Reason]:
        """A line's energy by stretch: the tariff's own rule asked again for the days of each."""
        parts = [
            (stretch, self._bought(participant, line, max(stretch.first, first), min(stretch.last, last)))
            for stretch in self._stretches(participant)
            if stretch.first < last and stretch.last > first
        ]
        # A rule that does not add up over days (a threshold, say) is not cut in pieces that would not be its own.
        if whole_hours(sum(part for _stretch, part in parts)) == line["quantity"]:
            for stretch, part in parts:
                inside = Stretch(max(stretch.first, first), min(stretch.last, last), stretch.entry)
                whole = self._stretch(inside, participant)
                value = {"from": whole.value["from"], "to": whole.value["to"], "kwh": kwh(part)}
                yield Reason("part", value, inputs=whole.inputs)

    def _bought(self, participant: Participant, line: Mapping[str, Any], first: date, last: date) -> int:
        """The energy that the line would have, were these its only days."""
        entry = in_force(self.operation.tariffs[line["tariff"]], first)
        if entry is None:
            return 0
        row, stretch = self.shared.consumers.index(participant.id), Stretch(first, last, entry)
        taxation = Taxation.of(self.operation, self.host)
        energies = pricing.sold(self.operation, self.month, self.shared, row, stretch, taxation)
        if line.get("supply") != "service":  # which is of the energy of every seller
            energies = {line.get("seller"): energies[line.get("seller")]}
        rule = self.host.get(TariffRule, entry.rule)
        if rule.carries:  # which cannot be asked again without what came before
            return sum(int(energy.shared.sum()) for energy in energies.values())
        return sum(
            int(found.quantity)
            for energy in energies.values()
            for found in rule.price(energy).lines
            if found.item == line["item"] and list(found.option) == list(line["option"]) and found.unit == "kWh"
        )

    def _written(self, file: str, *path: str | int) -> Any:
        """A value as it stands in the file; None for a name of a mapping, whose place is that of the name."""
        return dig(self.documents[file].value, path, None)
