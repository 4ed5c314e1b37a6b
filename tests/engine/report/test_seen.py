"""A settled month as an audience sees it, by hand: a few consumers in June, two steps a day, lines to taste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pytest

from mitoyen.chain import Chain
from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, Energies, Operation, Participant, Place
from mitoyen.report.seen import Seen, paid, see
from mitoyen.settlement import Unit
from mitoyen.sharing import Shared

JUNE = Month(2026, 6)
OPENED = date(2026, 1, 1)
CLOCK = Clock.of_month(JUNE, 12 * 3600, "Europe/Paris")
"""Half-days: 60 steps."""
ROOF = Participant("p-roof", "producer", "mtr-90", OPENED, None, power=9000)


def consumer(name: str, **more: Any) -> Participant:
    return Participant(name, "consumer", f"mtr-{name}", OPENED, None, tariff=more.pop("tariff", "blue"), **more)


def operation(*participants: Participant) -> Operation:
    return Operation(
        id="boucle",
        title="Une boucle",
        organiser="coop",
        opened=OPENED,
        zone="Europe/Paris",
        steps={OPENED: CLOCK.step},
        participants={one.id: one for one in participants},
        keys=(),
        tariffs={},
        source=None,
        source_options={},
        formats=(),
        format_options={},
        law=None,
        details={},
        months={},
        files={},
        locate=lambda *_path, key=False: Place("operation.yaml"),
    )


def line(item: str, quantity: int | str, price: str, unit: str = "kWh", **more: Any) -> dict[str, Any]:
    """A line of a member; energy in kWh."""
    count = quantity * KWH if unit == "kWh" else quantity
    amount = Decimal(quantity) * Decimal(price)
    return {"item": item, "quantity": count, "unit": unit, "price": price, "amount": f"{amount:.2f}", **more}


class Months:
    """In the place of a chain: shares that are known."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def shared(self, _month: Month) -> Shared:
        return self._shared


def month(
    of: Operation,
    received: Mapping[str, int],
    lines: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    audience: str = "public",
    consumed: Mapping[str, int] | None = None,
    buyer: str = "",
) -> Seen:
    """Everyone receives so many kWh, half of them at noon, half in the evening of each day, of all plants alike."""
    plants = sorted(one.id for one in of.participants.values() if one.role == "producer")
    members = sorted(received)

    def row(kilowatt_hours: int) -> Energies:
        return np.full(CLOCK.steps, kilowatt_hours * KWH // CLOCK.steps, dtype=np.int64)

    used = {name: (consumed or {}).get(name, 2 * kwh) for name, kwh in received.items()}
    pairs = np.stack([np.stack([row(received[name]) // len(plants) for name in members]) for _ in plants])
    shared = Shared(
        CLOCK,
        tuple(plants),
        tuple(members),
        pairs.sum(axis=1) + 1000,
        np.stack([row(used[name]) for name in members]),
        pairs,
    )
    records: list[dict[str, Any]] = []
    for index, name in enumerate(members):
        mine = int(shared.shared[index].sum())
        energies = {"produced": 0, "consumed": used[name] * KWH, "shared": mine, "surplus": 0}
        energies["complement"] = energies["consumed"] - mine
        owed = list((lines or {}).get(name, ()))
        net = sum((Decimal(one["amount"]) for one in owed), Decimal("0.00"))
        money = {"net": str(net), "vat": "0.00", "gross": str(net)}
        records.append({"id": name, "role": "consumer", **energies, **money, "lines": owed})
    for index, name in enumerate(plants):
        produced, given = int(shared.produced[index].sum()), int(pairs[index].sum())
        energies = {"produced": produced, "consumed": 0, "shared": given, "surplus": produced - given}
        nothing = {"complement": 0, "net": "0.00", "vat": "0.00", "gross": "0.00", "lines": []}
        records.append({"id": name, "role": "producer", **energies, **nothing})
    if buyer:
        bought = dict.fromkeys(("produced", "consumed", "shared", "complement", "surplus"), 0)
        records.append(
            {
                "id": "aggregator",
                "role": "buyer",
                **bought,
                "net": buyer,
                "vat": "0.00",
                "gross": buyer,
                "lines": [],
            }
        )
    unit = Unit(
        operation="boucle",
        month=str(JUNE),
        revision=1,
        state="draft",
        recomputed=(),
        fingerprint={},
        members=tuple(records),
        notes=(),
        result={"allocation": "sha256:0", "pricing": "sha256:1"},
        path="settlements/2026-06.1.yaml",
    )
    return see(of, unit, cast(Chain, Months(shared)), audience)


FOUR = operation(ROOF, *(consumer(name) for name in "abcd"))
RECEIVED = {"a": 60, "b": 120, "c": 180, "d": 240}


# --- energy ----------------------------------------------------------------------------------------------------


def test_what_everyone_took_together() -> None:
    seen = month(FOUR, RECEIVED)
    assert seen.energy == {
        "produced": 600 * KWH + 60_000,
        "consumed": 1200 * KWH,
        "shared": 600 * KWH,
        "complement": 600 * KWH,
        "surplus": 60_000,
    }
    assert seen.shared is not None
    assert seen.consumed is not None
    assert (set(seen.shared.tolist()), set(seen.consumed.tolist())) == ({10 * KWH}, {20 * KWH})
    assert (seen.consumers, seen.producers, seen.power) == (4, 1, 9000)
    assert (seen.parts, seen.members, seen.covered) == ((), (), ())


def test_two_groups() -> None:
    of = operation(ROOF, *(consumer(name) for name in "abc"), *(consumer(x, tariff="green") for x in "def"))
    seen = month(of, {"a": 60, "b": 60, "c": 60, "d": 60, "e": 120, "f": 180})
    assert [(part.group.key, part.energy) for part in seen.parts] == [("blue", 180 * KWH), ("green", 360 * KWH)]
    assert [set(part.shared.tolist()) for part in seen.parts] == [{3 * KWH}, {6 * KWH}]
    assert [set(part.consumed.tolist()) for part in seen.parts] == [{6 * KWH}, {12 * KWH}]


def test_of_two_nothing_but_what_the_roof_gave() -> None:
    seen = month(operation(ROOF, consumer("a"), consumer("b")), {"a": 60, "b": 60}, audience="members")
    assert seen.energy == {
        "produced": 120 * KWH + 60_000,
        **dict.fromkeys(("consumed", "shared", "complement", "surplus")),
    }
    assert seen.produced is not None
    assert (seen.consumed, seen.shared, seen.parts, seen.money, seen.tariffs) == (None, None, (), None, ())
    assert (seen.surplus, seen.covered, seen.members) == (None, (), ())


def test_one_of_three_who_receives_nothing_all_month_is_not_counted() -> None:
    of = operation(ROOF, *(consumer(name) for name in "abc"))
    assert month(of, {"a": 60, "b": 60, "c": 0}, consumed={"c": 60}).shared is None
    assert month(of, {"a": 60, "b": 60, "c": 60}).shared is not None


def test_a_plant_that_joins_is_there_from_its_first_step() -> None:
    late = replace(ROOF, id="p-late", start=date(2026, 6, 16), power=None)
    seen = month(operation(ROOF, late, *(consumer(name) for name in "abc")), {"a": 60, "b": 60, "c": 60})
    assert [(plant.id, plant.days, plant.power) for plant in seen.plants] == [
        ("p-late", (30, 60), None),
        ("p-roof", (0, 60), 9000),
    ]
    assert seen.power == 0, "that of one is not known"


# --- money -----------------------------------------------------------------------------------------------------


def flat(received: Mapping[str, int], price: str = "0.1000") -> dict[str, list[Mapping[str, Any]]]:
    return {name: [line("energy", kwh, price)] for name, kwh in received.items()}


def test_energy_fees_and_the_rest() -> None:
    """A top-up is of who used little, a share of who bought it: neither is in the fees."""
    record = {
        "lines": [
            line("energy", 100, "0.1000"),
            line("fee", 1, "2.00", "month"),
            line("fee_per_kwh", 100, "0.0100", supply="service"),
            line("minimum", 1, "5.00", "month"),
            line("membership", 3, "50.00", "share"),
            line("excise", 100, "0.0200"),
            line("package", 500, "0.1400", kind="deposit"),
            line("drawn", -100, "0.1400", kind="drawn"),
            line("rounding", 2, "0.01", "one"),
        ]
    }
    rest = Decimal("5.00") + 150 + 2 + 70 - 14 + Decimal("0.02")
    assert paid([record]) == {"energy": Decimal("10.00"), "fees": Decimal("3.00"), "other": rest}


def test_amounts_of_all_and_by_tariff() -> None:
    seen = month(FOUR, RECEIVED, {**flat(RECEIVED), "a": [line("energy", 60, "0.1000")]})
    assert seen.money is not None
    assert (seen.money.energy, seen.money.fees) == (Decimal("60.00"), Decimal("0.00"))
    assert (seen.money.other, seen.money.net, seen.money.gross) == (None, None, None)
    assert [(one.tariff, one.energy, one.net) for one in seen.tariffs] == [("blue", 600 * KWH, Decimal("60.00"))]
    board = month(FOUR, RECEIVED, flat(RECEIVED), "board").money
    assert board is not None
    assert (board.other, board.net, board.gross) == (Decimal(0), Decimal("60.00"), Decimal("60.00"))


def tiers(received: Mapping[str, int], bound: int) -> dict[str, list[Mapping[str, Any]]]:
    return {
        name: [
            line("tier:1", min(kwh, bound), "0.1000"),
            *([line("tier:2", kwh - bound, "0.2000")] if kwh > bound else []),
        ]
        for name, kwh in received.items()
    }


@pytest.mark.parametrize(
    ("bound", "shown"),
    [
        (300, True),  # nobody is beyond
        (200, False),  # d alone is, by 40 kWh
        (150, False),  # c and d
        (100, False),  # b, c and d: but a is the one who is not, and the first tier is three times its bound and a
        (50, True),  # all are
    ],
)
def test_a_price_that_one_or_two_pay_or_do_not_pay(bound: int, shown: bool) -> None:
    seen = month(FOUR, RECEIVED, tiers(RECEIVED, bound))
    assert (seen.money is not None) == shown
    assert (seen.tariffs != ()) == shown
    assert not seen.sight.money or shown
    assert seen.shared is not None


def test_a_price_is_of_its_payers_not_of_their_meters() -> None:
    """Three meters at the higher price: of two persons, then of three."""
    for payer, shown in (("town", False), (None, True)):
        members = [consumer(name, payer=payer if name in "de" else None) for name in "abcdef"]
        received = dict.fromkeys("abcdef", 60)
        lines = {**flat(dict.fromkeys("abc", 60)), **flat(dict.fromkeys("def", 60), "0.2000")}
        assert (month(operation(ROOF, *members), received, lines).money is not None) == shown


def test_a_price_of_one_plant_of_somebody_else() -> None:
    """Two prices, two plants: with the total, what the other one sold. Members see its curve in any case."""
    of = operation(ROOF, replace(ROOF, id="p-farm", seller="farm"), *(consumer(name) for name in "abcd"))

    def lines(other: str) -> dict[str, list[Mapping[str, Any]]]:
        return {
            name: [
                line("energy:p-farm", kwh // 2, other, weights={"p-farm": 1}),
                line("energy:p-roof", kwh // 2, "0.1000", weights={"p-roof": 1}),
            ]
            for name, kwh in RECEIVED.items()
        }

    assert month(of, RECEIVED, lines("0.1300")).money is None
    assert month(of, RECEIVED, lines("0.1300"), "members").money is not None
    assert month(of, RECEIVED, lines("0.1000")).money is not None


def test_what_surplus_is_sold_for() -> None:
    """It may have a price by plant."""
    of = operation(ROOF, replace(ROOF, id="p-farm", seller="farm"), *(consumer(name) for name in "abcd"))
    assert month(FOUR, RECEIVED, buyer="12.00").surplus == Decimal("12.00")
    assert month(of, RECEIVED, buyer="12.00").surplus is None
    assert month(of, RECEIVED, buyer="12.00", audience="members").surplus == Decimal("12.00")
    assert month(FOUR, RECEIVED).surplus is None


# --- bands -----------------------------------------------------------------------------------------------------


def covered(percents: str, *, payers: str = "", audience: str = "members") -> tuple[int, ...]:
    """Of consumers who use 60 kWh each, and receive so many percent of them."""
    rates = [int(text) for text in percents.split()]
    names = "abcdefghij"[: len(rates)]
    of = operation(ROOF, *(consumer(name, payer="town" if name in payers else None) for name in names))
    received = {name: 60 * rate // 100 for name, rate in zip(names, rates, strict=True)}
    return month(of, received, consumed=dict.fromkeys(names, 60), audience=audience).covered


def test_how_many_are_covered_how_much() -> None:
    """A band has three persons or nobody; bands are made wider until that is so."""
    assert covered("10 10 10 50 50 50 90 90 90") == (3, 0, 3, 0, 3)
    assert covered("10 10 10 100 100 100") == (3, 0, 0, 0, 3)
    assert covered("10 10 10 50 50 50 50 70 90") == (3, 6)
    assert covered("5 15 22 60 65 70") == (3, 0, 3, 0)
    assert covered("5 15 45 55 60 70") == (3, 3)
    assert covered("5 15 55 60 70") == ()
    assert covered("10 10 10 90 90 90", payers="de") == ()
    assert covered("10 10 10 50 50 50", audience="public") == ()
