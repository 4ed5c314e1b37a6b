"""An operation's months computed: shares and charges, each a cache over the fingerprint of what it needs.

    month before --carried--> data, members, keys --sharing--> shares --pricing--> charges --carried--> month after

Most rules carry nothing: their months are computed alone, and no fingerprint of theirs has a word of it. Where one
does, a month waits for those before it; what they hand on is an input like any other, so that a restated month
moves the next ones only as far as what it hands on differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mitoyen import metering, pricing, sharing
from mitoyen.balances import Cap, caps
from mitoyen.clock import Month
from mitoyen.contracts import Finding, Operation, Participant, TariffRule
from mitoyen.curves import Curves
from mitoyen.diagnostics import Refused
from mitoyen.fingerprint import canonical, digest, fingerprint
from mitoyen.host import Host
from mitoyen.model import clock_of, stretches, takes_part, window
from mitoyen.sharing import Shared
from mitoyen.store import Lost, Results


@dataclass(frozen=True, slots=True)
class Computed:
    """The two first stages of a month, in plain values."""

    allocated: Mapping[str, Any]
    """``result``, the digest of the shares; ``notes``."""
    priced: Mapping[str, Any]
    """``members``, their ``digest``; ``carried`` on to the next month, by member and rule, where any is."""
    prints: Mapping[str, str]
    recomputed: tuple[str, ...]
    """The stages computed now; what is not here came from the store."""


@dataclass
class Chain:
    """Computes the months of one operation, each once. Raise Refused where one cannot be."""

    operation: Operation
    host: Host
    results: Results
    before: Mapping[str, Any] | None = None
    """What is carried into every month, where that is known; None to look at the months before."""
    _done: dict[Month, Computed | Refused] = field(default_factory=dict)
    _carriers: dict[Month, frozenset[str]] = field(default_factory=dict)

    def month(self, month: Month) -> Computed:
        """A month computed, after those it goes on from."""
        needed = self._needed(month)
        missing = [str(one) for one in needed if str(one) not in self.operation.months]
        if str(month) in missing:
            raise Refused(self._no_data(month))
        if missing:
            raise Refused(self._no_data_before(month, missing))
        for one in needed:
            if one not in self._done:
                try:
                    self._done[one] = self._computed(one)
                except Refused as refused:
                    self._done[one] = refused
            if isinstance(done := self._done[one], Refused):
                raise Refused(*done.findings)
        found = self._done[month]
        assert isinstance(found, Computed)  # noqa: S101 - the loop has looked
        return found

    def shared(self, month: Month) -> Shared:
        """A month's shares step by step, from the store where they are there."""
        return self._kept(self.month(month).allocated["result"]) or self._share(month)

    def into(self, month: Month) -> dict[str, Any]:
        """What is carried into a month: by member, what each of its rules carried on."""
        if self.before is not None:
            return {one: self.before[one] for one in self.carriers(month) if one in self.before}
        carried = {}
        for name in sorted(self.carriers(month)):
            last = self._last_before(name, month)
            states = self.month(last).priced.get("carried", {}) if last else {}
            if name in states:
                carried[name] = states[name]
        return carried

    # --- which months hang together ----------------------------------------------------------------------------

    @cached_property
    def _rules(self) -> Mapping[str, frozenset[str]]:
        """The rules that carry, by tariff group; groups without any are not in it."""
        rules = {
            group: frozenset(one.rule for one in entries if self.host.get(TariffRule, one.rule).carries)
            for group, entries in self.operation.tariffs.items()
        }
        return {group: carrying for group, carrying in rules.items() if carrying}

    def carriers(self, month: Month) -> frozenset[str]:
        """The consumers who are under a rule that carries, on some day of the month."""
        if not self._rules:
            return frozenset()
        if month not in self._carriers:
            self._carriers[month] = frozenset(
                one.id for one in self.operation.participants.values() if self._carries(one, month)
            )
        return self._carriers[month]

    def _carries(self, one: Participant, month: Month) -> bool:
        rules = self._rules.get(one.tariff or "", frozenset())
        if not rules or one.role != "consumer" or not takes_part(one, month):
            return False
        parts = stretches(self.operation.tariffs[one.tariff or ""], *window(one, month))
        return any(part.entry is not None and part.entry.rule in rules for part in parts)

    def _last_before(self, name: str, month: Month) -> Month | None:
        """The last month before this one in which a member was under such a rule."""
        start = self.operation.participants[name].start
        while month.first > start:
            month = month.before
            if name in self.carriers(month):
                return month
        return None

    def _needed(self, month: Month) -> list[Month]:
        """The month and those it goes on from, directly or not, that are not computed yet; in order."""
        found, look = {month}, [month]
        while look and self.before is None:
            one = look.pop()
            for name in self.carriers(one):
                last = self._last_before(name, one)
                if last and last not in found:
                    found.add(last)
                    if last not in self._done:
                        look.append(last)
        return sorted(found)

    # --- one month ---------------------------------------------------------------------------------------------

    def _computed(self, month: Month) -> Computed:
        operation, results = self.operation, self.results
        clock = clock_of(operation, month)
        allocation_print = fingerprint(
            "allocation",
            month=str(month),
            zone=clock.zone,
            step=clock.step,
            data=operation.months[str(month)]["snapshot"],
            **sharing.in_force(operation, month, self.host, self.caps(month)),
        )
        recomputed = []
        allocated, shared = results.kept("allocation", allocation_print), None
        pricing_print = self._pricing_print(month, allocated["result"]) if allocated else ""
        priced = results.kept("pricing", pricing_print) if allocated else None
        if allocated and priced is None:
            shared = self._kept(allocated["result"])
        if allocated is None or (priced is None and shared is None):
            shared = self._share(month)
            allocated = {"result": results.freeze(shared.curves()), "notes": list(shared.notes)}
            results.keep("allocation", allocation_print, allocated)
            recomputed.append("allocation")
            pricing_print = self._pricing_print(month, allocated["result"])
            priced = results.kept("pricing", pricing_print)
        if priced is None:
            assert shared is not None  # noqa: S101 - either the charges are known or the shares are
            priced = pricing.price(operation, month, shared, self.host, self.into(month))
            priced["digest"] = digest(canonical(priced["members"]))
            results.keep("pricing", pricing_print, priced)
            recomputed.append("pricing")
        prints = {"allocation": allocation_print, "pricing": pricing_print}
        return Computed(allocated, priced, prints, tuple(recomputed))

    def _share(self, month: Month) -> Shared:
        return sharing.share(self.operation, month, self.curves(month), self.host, self.caps(month))

    def curves(self, month: Month) -> Curves:
        """The month's frozen data; raise Refused where there are none, or they are lost."""
        if str(month) not in self.operation.months:
            raise Refused(self._no_data(month))
        return metering.load(self.operation, month, self.results)

    def caps(self, month: Month) -> list[Cap]:
        """What some may receive in the month; nobody where the operator has said who received what."""
        carriers = self.carriers(month)
        if not carriers or sharing.binding(self.operation, month, self.host):
            return []
        return caps(self.operation, month, carriers, self.into(month), self.host)

    def _kept(self, result: str) -> Shared | None:
        """The shares of an allocation's result, or None where the store lost them: they are computed again."""
        try:
            return Shared.from_curves(self.results.curves(result))
        except Lost:
            return None

    def _pricing_print(self, month: Month, energy: str) -> str:
        known = pricing.in_force(self.operation, month, self.host)
        return fingerprint("pricing", month=str(month), energy=energy, **known, **self._going_on(month))

    def _going_on(self, month: Month) -> Mapping[str, object]:
        """For those under a rule that carries: what it knows of other months, and what they bought in this one."""
        carriers = self.carriers(month)
        if not carriers:
            return {}
        carried = self.into(month)
        return {
            "carrying": {
                name: {
                    "carried": carried.get(name, {}),
                    "packages": {
                        one.day: one.energy
                        for one in self.operation.packages.get(name, ())
                        if month.first <= one.day < month.next.first
                    },
                    "ends": pricing.ends(self.operation, self.operation.participants[name], month.next.first),
                }
                for name in carriers
            }
        }

    # --- what is missing ---------------------------------------------------------------------------------------

    def _no_data(self, month: Month) -> Finding:
        return Finding(
            "ACC401",
            f"{month} of {self.operation.id} has no meter data",
            self.operation.locate("operation.yaml", "source"),
            f"bring them: mitoyen fetch {self.operation.id} --month {month}",
        )

    def _no_data_before(self, month: Month, missing: list[str]) -> Finding:
        what = ", ".join(missing) if len(missing) <= 3 else f"{missing[0]} and {len(missing) - 1} months after it"
        return Finding(
            "ACC428",
            f"{month} of {self.operation.id} goes on from {missing[-1]}, and there is no meter data of {what}",
            self.operation.locate("operation.yaml", "source"),
            f"what is left of a package is known month after month; bring them from the first on: "
            f"mitoyen fetch {self.operation.id} --month {missing[0]}",
        )
