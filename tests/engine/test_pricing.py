"""One rounding a line, half up; a tariff, a member who joins or leaves, cut the month at midnight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen import pricing
from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, Entry, Line, Operation, Participant, Place
from mitoyen.diagnostics import Refused
from mitoyen.host import installed
from mitoyen.pricing import billed, half_up, rounded
from mitoyen.sharing import Shared

JANUARY = Month(2026, 1)
HOURS = Clock.of_month(JANUARY, 3600, "Europe/Paris")


@pytest.mark.parametrize(
    ("exact", "amount"),
    [
        ("0", "0.00"),
        ("0.125", "0.13"),
        ("0.1249999999", "0.12"),
        ("0.135", "0.14"),  # bankers would write 0.14 here, and 0.12 above
        ("2.665", "2.67"),  # which a float would make 2.66
        ("-2.665", "-2.67"),
        ("-0.125", "-0.13"),
        ("-0.004", "0.00"),  # never -0.00
        ("0.005", "0.01"),
        ("1000000000000.005", "1000000000000.01"),
    ],
)
def test_half_up(exact: str, amount: str) -> None:
    assert str(half_up(Fraction(exact))) == amount


def test_a_third_of_a_cent_is_exact_until_it_is_rounded() -> None:
    assert half_up(Fraction(1, 3)) == Decimal("0.33")
    assert half_up(3 * Fraction(1, 3)) == Decimal("1.00")


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_a_rounded_amount_is_the_nearest_cent(amount: Fraction) -> None:
    cents = Fraction(half_up(amount)) * 100
    assert cents.denominator == 1
    assert abs(cents - 100 * amount) <= Fraction(1, 2)
    assert half_up(-amount) == -half_up(amount)


@pytest.mark.parametrize(
    ("kwh", "price", "amount"),
    [
        ("127.345", "0.1250", "15.92"),  # 15.918125
        ("64.210", "0.0985", "6.32"),  # 6.324685
        ("1", "0.1250", "0.13"),
        ("0.000001", "0.1650", "0.00"),
        ("9223372036854.775807", "0.1000", "922337203685.48"),  # all that 63 bits hold
    ],
)
def test_a_line_of_energy(kwh: str, price: str, amount: str) -> None:
    line = Line("energy", int(Decimal(kwh) * 10**6), "kWh", Decimal(price), ("price",))
    assert str(rounded(line)) == amount


def test_a_line_of_months() -> None:
    assert rounded(Line("fee", Fraction(15, 31), "month", Decimal("3.10"), ("fee",))) == Decimal("1.50")
    assert rounded(Line("fee", Fraction(17, 31), "month", Decimal("2.00"), ("fee",))) == Decimal("1.10")


# --- a month ---------------------------------------------------------------------------------------------------


def operation(tariffs: Mapping[str, Sequence[Entry]], **windows: tuple[date, date | None]) -> Operation:
    """Neighbours of the group ``all`` by id, with their first day and the one after their last."""
    members = {
        name: Participant(name, "consumer", f"mtr-{name}", first, last, tariff="all")
        for name, (first, last) in windows.items()
    }
    return Operation(
        id="boucle",
        title="",
        organiser="coop",
        opened=date(2026, 1, 1),
        zone="Europe/Paris",
        steps={date(2026, 1, 1): 3600},
        participants=members,
        keys=(),
        tariffs=tariffs,
        source=None,
        source_options={},
        formats=(),
        format_options={},
        law=None,
        details={},
        months={},
        files={},
        locate=lambda file, *path, key=False: Place("/".join((file, *map(str, path)))),
    )


def shared(*names: str, kwh_an_hour: int = 1) -> Shared:
    """As much to each of them at every step, from one roof that gives no more."""
    each = np.full((len(names), HOURS.steps), kwh_an_hour * 10**6, dtype=np.int64)
    return Shared(HOURS, ("p-roof",), names, each.sum(axis=0, keepdims=True), each, each[np.newaxis])


def flat(day: int, price: str, fee: str | None = None) -> Entry:
    options: dict[str, Any] = {"price": Decimal(price)} | ({"fee": Decimal(fee)} if fee else {})
    return Entry(date(2026, 1, day), "flat", options)


def lines(operation: Operation, month: Shared) -> list[tuple[str, str, str, str]]:
    """Each line of the one consumer: item, first day, quantity (kWh or months), amount."""
    [member] = [one for one in pricing.price(operation, JANUARY, month, installed())["members"] if one["lines"]]
    shown = []
    for line in member["lines"]:
        quantity = str(line["quantity"] // 10**6) if line["unit"] == "kWh" else line["quantity"]
        shown.append((line["item"], line["from"], quantity, line["amount"]))
    return shown


WHOLE = (date(2026, 1, 1), None)


def test_a_price_that_changes_cuts_the_month() -> None:
    """15 days of 24 kWh at 0.10, 16 days at 0.20; the fee by the day."""
    tariffs = {"all": [flat(1, "0.10", "3.10"), flat(16, "0.20", "6.20")]}
    assert lines(operation(tariffs, m=WHOLE), shared("m")) == [
        ("energy", "2026-01-01", "360", "36.00"),
        ("fee", "2026-01-01", "15/31", "1.50"),
        ("energy", "2026-01-16", "384", "76.80"),
        ("fee", "2026-01-16", "16/31", "3.20"),
    ]


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("0.1650", "0.1650"),
        ("0.165", "0.1650"),
        ("0.16500000", "0.1650"),
        ("0.123456", "0.123456"),
        ("0", "0.0000"),
    ],
)
def test_a_price_is_shown_in_one_way(price: str, shown: str) -> None:
    """However it was written: the same month has the same record."""
    priced = pricing.price(operation({"all": [flat(1, price, "2.0")]}, m=WHOLE), JANUARY, shared("m"), installed())
    assert [line["price"] for line in priced["members"][0]["lines"]] == [shown, "2.00"]


def test_a_member_pays_for_the_days_of_taking_part() -> None:
    tariffs = {"all": [flat(1, "0.10", "3.10")]}
    window = (date(2026, 1, 10), date(2026, 1, 20))
    assert lines(operation(tariffs, m=window), shared("m")) == [
        ("energy", "2026-01-10", "240", "24.00"),
        ("fee", "2026-01-10", "10/31", "1.00"),
    ]


def test_the_total_is_the_sum_of_rounded_lines() -> None:
    """Two halves of a cent are two cents: 0.125 and 0.125 are billed 0.13 and 0.13, not 0.25."""
    tariffs = {"all": [flat(1, "0.0"), flat(30, "0.125"), flat(31, "0.125000")]}
    energy = shared("m", kwh_an_hour=0)
    energy.pairs[0, 0, -1] = energy.pairs[0, 0, -25] = 10**6
    priced = pricing.price(operation(tariffs, m=WHOLE), JANUARY, energy, installed())
    [member] = [one for one in priced["members"] if one["role"] == "consumer"]
    assert [line["amount"] for line in member["lines"]] == ["0.00", "0.13", "0.13"]
    assert member["net"] == "0.26"


def test_a_producer_and_a_consumer_of_one_month() -> None:
    priced = pricing.price(operation({"all": [flat(1, "0.10")]}, m=WHOLE), JANUARY, shared("m"), installed())
    kwh = 744 * 10**6
    one, roof = priced["members"]
    assert (one["id"], one["consumed"], one["shared"], one["complement"], one["net"]) == ("m", kwh, kwh, 0, "74.40")
    assert (roof["id"], roof["produced"], roof["shared"], roof["surplus"], roof["net"]) == (
        "p-roof",
        kwh,
        kwh,
        0,
        "0.00",
    )


def test_energy_without_a_price_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        pricing.price(operation({"all": [flat(16, "0.10")]}, m=WHOLE), JANUARY, shared("m"), installed())
    [finding] = refused.value.findings
    assert (finding.code, finding.message) == (
        "ACC302",
        'tariff group "all" has no price on 2026-01-01, and m is in it',
    )


def test_a_price_that_is_a_float_is_refused() -> None:
    with pytest.raises((TypeError, ValueError)):
        rounded(Line("energy", 10**6, "kWh", 0.1, ("price",)))  # type: ignore[arg-type]


# --- what the fingerprint of a month sees ----------------------------------------------------------------------


def in_force(
    tariffs: Mapping[str, Sequence[Entry]], month: Month = JANUARY, **windows: Any
) -> Mapping[str, object]:
    return pricing.in_force(operation(tariffs, **windows), month, installed())


def test_an_entry_of_another_month_is_not_in_force() -> None:
    before = in_force({"all": [flat(1, "0.10")]}, m=WHOLE)
    later = Entry(date(2026, 2, 1), "flat", {"price": Decimal("0.20")})
    assert in_force({"all": [flat(1, "0.10"), later]}, m=WHOLE) == before
    old = Entry(date(2025, 6, 1), "flat", {"price": Decimal("0.10")})
    assert in_force({"all": [old]}, m=WHOLE) == before, "clipped to the first of the month"


def test_an_entry_within_the_month_is() -> None:
    before = in_force({"all": [flat(1, "0.10")]}, m=WHOLE)
    assert in_force({"all": [flat(1, "0.10"), flat(31, "0.10")]}, m=WHOLE) != before
    assert in_force({"all": [flat(1, "0.20")]}, m=WHOLE) != before


def test_a_group_nobody_is_in_does_not_count() -> None:
    before = in_force({"all": [flat(1, "0.10")]}, m=WHOLE)
    assert in_force({"all": [flat(1, "0.10")], "shops": [flat(1, "0.30")]}, m=WHOLE) == before


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        (127_345_499, 127_345_000),
        (127_345_500, 127_346_000),  # half a watt-hour goes up
        (-3_200_500, -3_201_000),  # and away from zero where energy is taken back
        (0, 0),
    ],
)
def test_a_line_bills_whole_watt_hours(measured: int, shown: int) -> None:
    line = Line("energy", measured, "kWh", Decimal("0.1250"), ("price",))
    assert billed(line) == shown
    assert rounded(line) == half_up(Fraction(shown, KWH) * Fraction("0.1250"))
