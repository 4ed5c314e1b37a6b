"""What holds of the tariff rules whatever the energy and the options; cases.yaml has what a person can check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen import revenue, schema
from mitoyen.clock import Clock
from mitoyen.contracts import KWH, Energy, Line, Package, TariffRule
from mitoyen.host import installed
from mitoyen.pricing import rounded

RULES = {rule.id: rule for rule in installed().all(TariffRule)}
JULY_AUGUST = Clock.of_days(date(2026, 7, 30), date(2026, 8, 3), 3600, "Europe/Paris")
"""Four days, with the midnight between two months in their middle."""

energies = st.lists(st.integers(0, 10**9), min_size=JULY_AUGUST.steps, max_size=JULY_AUGUST.steps)
prices = st.integers(0, 10**6).map(lambda millionths: f"{Decimal(millionths).scaleb(-6):f} EUR/kWh")
bounds = st.tuples(prices, prices).map(lambda two: sorted(two, key=lambda price: Decimal(price.split()[0])))
percents = st.integers(0, 1000).map(lambda tenths: f"{tenths // 10}.{tenths % 10} %")
days = st.sampled_from([f"2026-07-{day}" for day in (29, 30, 31)] + [f"2026-08-0{day}" for day in (1, 2, 3)])


def lines(rule: str, options: Mapping[str, Any], shared: list[int], **more: Any) -> tuple[Line, ...]:
    """The lines of a member; the options are written as in a file, and must be ones that `check` accepts."""
    read = schema.read(options, RULES[rule].schema)
    assert not list(RULES[rule].check(read))
    row = np.array(shared, dtype=np.int64)
    given = {"by_producer": {}, "days": 4, "days_in_month": 31, **more}
    clock = JULY_AUGUST.part(0, len(shared))
    return RULES[rule].price(Energy(clock=clock, shared=row, consumed=row, options=read, **given)).lines


def adds_up(found: tuple[Line, ...], shared: list[int]) -> bool:
    return sum(int(line.quantity) for line in found if line.unit == "kWh") == sum(shared)


def follow(found: tuple[Line, ...]) -> bool:
    """Whether the lines' days follow one another, from the first day of the stretch to the last."""
    edges = [line.days for line in found if line.days]
    return (
        edges[0][0] == date(2026, 7, 30)
        and edges[-1][1] == date(2026, 8, 3)
        and all(one[1] == two[0] for one, two in pairwise(edges))
    )


def tiers(ends: list[int]) -> dict[str, Any]:
    priced = [{"upto": f"{end} Wh", "price": "0.1 EUR/kWh"} for end in sorted(ends)]
    return {"tiers": [*priced, {"price": "0.2 EUR/kWh"}]}


@given(energies, st.lists(st.integers(1, 10**5), max_size=4, unique=True), st.integers(1, 31))
def test_tiers_share_out_the_energy(shared: list[int], ends: list[int], part: int) -> None:
    found = lines("tiers", tiers(ends), shared, days=part)
    assert adds_up(found, shared)
    assert all(line.quantity > 0 for line in found)
    for line in found[:-1]:  # every tier but the last one reached is full: its width, as the days are
        index = int(line.item.removeprefix("tier:"))
        low, high = [0, *sorted(ends)][index - 1 : index + 1]
        assert abs(line.quantity - Fraction((high - low) * 1000 * part, 31)) < 1


@given(energies, st.dictionaries(days, prices, max_size=4), prices, percents, bounds)
def test_a_discount_prices_every_step_within_its_bounds(
    shared: list[int], later: dict[str, str], first: str, discount: str, limits: list[str]
) -> None:
    reference = {"2026-01-01": first, **later}
    options = {"reference": reference, "discount": discount, "floor": limits[0], "cap": limits[1]}
    found = lines("discount", options, shared)
    assert adds_up(found, shared)
    assert follow(found)
    for line in found:
        assert Decimal(limits[0].split()[0]) <= line.price <= Decimal(limits[1].split()[0])
        assert line.option[1] in reference


@given(
    energies,
    st.dictionaries(days, st.integers(1, 10**4), max_size=4),
    st.lists(days, max_size=4, unique=True),
    st.integers(0, 100),
    prices,
    bounds,
)
def test_an_index_prices_every_step_within_its_bounds(
    shared: list[int], values: dict[str, int], revised: list[str], fixed: int, base: str, limits: list[str]
) -> None:
    options = {
        "base": base,
        "fixed": f"{fixed} %",
        "weights": {"wages": f"{100 - fixed} %"},
        "indices": {"wages": {"2026-01-01": 100, **values}},
        "revised": revised,
    }
    found = lines("indexed", options, shared)
    assert adds_up(found, shared)
    assert follow(found)
    held = lines("indexed", {**options, "floor": limits[0], "cap": limits[1]}, shared)
    low, high = (Decimal(price.split()[0]) for price in limits)
    assert [line.price for line in held] == [min(max(line.price, low), high) for line in found]


@given(energies, energies)
def test_producers_share_out_the_energy(roof: list[int], school: list[int]) -> None:
    shared = [one + two for one, two in zip(roof, school, strict=True)]
    by_producer = {"p-roof": np.array(roof), "p-school": np.array(school)}
    options = {"prices": {"p-roof": "0.1 EUR/kWh"}, "otherwise": "0.2 EUR/kWh"}
    assert adds_up(lines("producers", options, shared, by_producer=by_producer), shared)


OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "flat": {"price": "0.1 EUR/kWh"},
    "slots": {"slots": [{"name": "always", "price": "0.1 EUR/kWh"}]},
    "tiers": tiers([50]),
    "producers": {"prices": {"p-roof": "0.1 EUR/kWh"}, "otherwise": "0.2 EUR/kWh"},
    "discount": {"reference": {"2026-01-01": "0.1 EUR/kWh"}, "discount": "5 %"},
    "indexed": {
        "base": "0.1 EUR/kWh",
        "fixed": "50 %",
        "weights": {"wages": "50 %"},
        "indices": {"wages": {"2026-01-01": 100}},
    },
    "free": {},
    "prepaid": {"price": "0.1 EUR/kWh", "then": "0.2 EUR/kWh"},
}


def test_every_rule_of_ours_is_tried() -> None:
    assert OPTIONS.keys() == RULES.keys()


@pytest.mark.parametrize("rule", OPTIONS)
def test_a_fee_goes_with_every_rule(rule: str) -> None:
    """Four days of 31 at 3.10 EUR a month; nothing else changes."""
    shared = [1000] * JULY_AUGUST.steps
    by_producer = {"p-roof": np.array(shared)}
    without = lines(rule, OPTIONS[rule], shared, by_producer=by_producer)
    *energy, fee = lines(rule, {**OPTIONS[rule], "fee": "3.10 EUR/month"}, shared, by_producer=by_producer)
    assert tuple(energy) == without
    assert (fee.item, fee.quantity, fee.price) == ("fee", Fraction(4, 31), Decimal("3.10"))


@pytest.mark.parametrize("rule", OPTIONS)
def test_a_fee_is_part_of_what_a_month_is_made_of(rule: str) -> None:
    def meaning(fee: str) -> object:
        options = schema.read({**OPTIONS[rule], "fee": fee}, RULES[rule].schema)
        return RULES[rule].in_force(options, date(2026, 7, 1), date(2026, 8, 1))

    assert meaning("3.10 EUR/month") != meaning("3.20 EUR/month")


# --- dates in the options ------------------------------------------------------------------------------------


def in_july(rule: str, options: Mapping[str, Any]) -> object:
    """What July is priced with, as its fingerprint sees it."""
    return RULES[rule].in_force(schema.read(options, RULES[rule].schema), date(2026, 7, 1), date(2026, 8, 1))


def discount(**reference: str) -> dict[str, Any]:
    return {"reference": {day.replace("_", "-")[1:]: price for day, price in reference.items()}, "discount": "5 %"}


def test_a_reference_of_another_month_is_no_part_of_this_one() -> None:
    before = in_july("discount", discount(_2026_01_01="0.13 EUR/kWh"))
    after = discount(_2025_01_01="0.12 EUR/kWh", _2026_01_01="0.13 EUR/kWh", _2026_08_01="0.14 EUR/kWh")
    within = discount(_2026_01_01="0.13 EUR/kWh", _2026_07_31="0.14 EUR/kWh")
    assert in_july("discount", after) == before
    assert in_july("discount", within) != before


def test_a_revision_of_another_month_is_no_part_of_this_one() -> None:
    options = {**OPTIONS["indexed"], "indices": {"wages": {"2026-01-01": 100, "2026-06-01": 110}}}
    before = in_july("indexed", {**options, "revised": ["2026-07-01"]})
    assert in_july("indexed", {**options, "revised": ["2026-07-01", "2026-08-01"]}) == before
    assert in_july("indexed", {**options, "revised": ["2026-07-01", "2026-07-02"]}) != before


def test_a_line_names_the_value_that_made_it() -> None:
    shared = [1000] * JULY_AUGUST.steps
    references = discount(_2026_01_01="0.13 EUR/kWh", _2026_08_01="0.14 EUR/kWh")
    assert [line.option for line in lines("discount", references, shared)] == [
        ("reference", "2026-01-01"),
        ("reference", "2026-08-01"),
    ]
    revised = {**OPTIONS["indexed"], "revised": ["2027-01-01", "2026-08-01"]}  # in any order
    assert [line.option for line in lines("indexed", revised, shared)] == [("base",), ("revised", 1)]


def test_a_reference_that_begins_too_late_is_not_made_up() -> None:
    with pytest.raises(ValueError, match="no price before 2026-08-01"):
        lines("discount", discount(_2026_08_01="0.13 EUR/kWh"), [1000] * JULY_AUGUST.steps)


# --- packages ------------------------------------------------------------------------------------------------


def played(
    months: list[list[int]], packages: list[int], options: Mapping[str, Any], *, ends: bool = False
) -> tuple[list[Line], Mapping[str, Any]]:
    """The lines of some months in a row, of four days each, two plants giving half; a package bought in each."""
    read = schema.read(options, RULES["prepaid"].schema)
    found: list[Line] = []
    carried: Mapping[str, Any] = {}
    for index, (shared, bought) in enumerate(zip(months, packages, strict=True)):
        row = np.array(shared, dtype=np.int64)
        energy = Energy(
            clock=JULY_AUGUST,
            shared=row,
            consumed=row,
            by_producer={"p-roof": row // 2, "p-school": row - row // 2},
            days=4,
            days_in_month=31,
            options=read,
            carried=carried,
            packages=(Package(date(2026, 8, 1), bought),) if bought else (),
            ends=ends and index == len(months) - 1,
        )
        charges = RULES["prepaid"].price(energy)
        carried = json.loads(json.dumps(charges.carried))  # nothing but plain values
        found += charges.lines
    return found, carried


months_of_energy = st.lists(energies, min_size=1, max_size=4)


@given(months_of_energy, st.data(), prices, st.booleans(), st.booleans())
def test_a_package_is_sold_for_what_was_paid_for_it(
    months: list[list[int]], data: st.DataObject, price: str, renews: bool, refunds: bool
) -> None:
    packages = [data.draw(st.just(0) | st.integers(300 * KWH, 10**11)) for _month in months]
    options = {"price": price, "then": "0.2 EUR/kWh", "refund": refunds} | (
        {"renew": "automatic"} if renews else {}
    )
    found, carried = played(months, packages, options, ends=True)

    def total(*items: str, kind: str, quantity: bool = False) -> Any:
        mine = [line for line in found if line.item in items and line.kind == kind and line.option != ("then",)]
        return sum(line.quantity for line in mine) if quantity else sum(map(rounded, mine), Decimal(0))

    def energy(*items: str, kind: str) -> Any:
        return total(*items, kind=kind, quantity=True)

    left = sum(state["left"] for state in carried.get("packages", ()))
    # Every milliwatt-hour is sold once; what was bought is drawn, refunded or left.
    assert sum(line.quantity for line in found if line.item == "energy") == sum(map(sum, months))
    assert energy("energy", kind="sale") == -energy("drawn", kind="drawn")
    assert (
        energy("package", kind="deposit") + energy("refund", kind="refund") == energy("energy", kind="sale") + left
    )
    assert not refunds or left == 0
    # Each line drawn costs nothing, to the cent.
    assert total("energy", "rounding", kind="sale") == -total("drawn", "rounding", kind="drawn")
    # What is closed was sold for its deposit less what was given back; the rest is still owed.
    open_ = [
        (state["size"], Decimal(state["price"]), Decimal(state["sold"])) for state in carried.get("packages", ())
    ]
    owed = sum((rounded(Line("", size, "kWh", one, ())) - sold for size, one, sold in open_), Decimal(0))
    paid = total("package", kind="deposit") + total("refund", kind="refund")
    assert paid - owed == total("energy", "rounding", kind="sale")


@given(months_of_energy, prices)
def test_what_is_drawn_is_earned_to_the_cent(months: list[list[int]], price: str) -> None:
    found, _carried = played(months, [10**9] * len(months), {"price": price, "then": "0.2 EUR/kWh"})
    sales = [line for line in found if line.kind == "sale"]
    plain = [{"amount": str(rounded(line)), "weights": line.by_producer} for line in sales]
    earned = revenue.by_producer([{"id": "m-a", "lines": plain}])
    assert sum((sum(mine.values()) for mine in earned.values()), Decimal(0)) == sum(map(rounded, sales), Decimal(0))
    assert all(sum((line.by_producer or {}).values()) == line.quantity for line in sales if line.unit == "kWh")


def test_a_package_ends_within_a_step_of_both_plants() -> None:
    """5 kWh in a step, 2 and 3 of two plants, 4 of them from the package: 1.6 and 2.4, then 0.4 and 0.6."""
    options = {"price": "0.1 EUR/kWh", "then": "0.2 EUR/kWh"}
    row = np.zeros(JULY_AUGUST.steps, dtype=np.int64)
    roof, school = row.copy(), row.copy()
    roof[5], school[5] = 2 * KWH, 3 * KWH
    packages = (Package(date(2026, 7, 30), 4 * KWH),)
    found = lines(
        "prepaid",
        options,
        (roof + school).tolist(),
        by_producer={"p-roof": roof, "p-school": school},
        packages=packages,
    )
    assert [line.by_producer for line in found if line.item == "energy"] == [
        {"p-roof": 1_600_000, "p-school": 2_400_000},
        {"p-roof": 400_000, "p-school": 600_000},
    ]


def test_days_of_a_package_begin_with_its_purchase_and_end_with_its_last_step() -> None:
    """One kWh at 5 o'clock of the first day is the whole of a package; another one, at 5 o'clock of the fourth day,
    is of the next, bought on the third."""
    row = np.zeros(JULY_AUGUST.steps, dtype=np.int64)
    row[5] = row[72 + 5] = KWH
    packages = (Package(date(2026, 7, 30), KWH), Package(date(2026, 8, 1), 2 * KWH))
    options = {"price": "0.1 EUR/kWh", "then": "0.2 EUR/kWh"}
    found = lines("prepaid", options, row.tolist(), packages=packages)
    assert [line.days for line in found if line.item == "energy"] == [
        (date(2026, 7, 30), date(2026, 7, 31)),
        (date(2026, 8, 1), date(2026, 8, 3)),
    ]
