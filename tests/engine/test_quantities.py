"""Written quantities: exact, and clear about what was expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen import quantities
from mitoyen.quantities import FORMATS, euros, kwh, show_percent


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("percent", "40 %", 400_000_000),
        ("percent", "40%", 400_000_000),
        ("percent", "40\u00a0%", 400_000_000),  # the no-break blank of French typography
        ("percent", "0 %", 0),
        ("percent", "33.3333333 %", 333_333_333),
        ("percent", "12.50000000000 %", 125_000_000),  # zeros at the end are not more precise
        ("price", "0.1650 EUR/kWh", Decimal("0.1650")),
        ("price", "16.50 c€/kWh", Decimal("0.1650")),
        ("price", "16.50 cEUR/kWh", Decimal("0.1650")),
        ("price", "0 €/kWh", Decimal(0)),
        ("price", "0.123456 €/kWh", Decimal("0.123456")),
        ("price", "12.3456 c€/kWh", Decimal("0.123456")),
        ("fee", "2.00 EUR/month", Decimal("2.00")),
        ("fee", "2 €/month", Decimal(2)),
        ("energy", "47 MWh", 47_000_000_000),
        ("energy", "1.5 kWh", 1_500_000),
        ("energy", "0.001 Wh", 1),
        ("power", "36 kWp", 36_000),
        ("power", "0.5 MW", 500_000),
        ("power", "9 kVA", 9_000),
        ("power", "36.5 kW", 36_500),
        ("power", "250 Wp", 250),
        ("distance", "1.7 km", 1_700),
        ("distance", "800 m", 800),
        ("time", "00:00", 0),
        ("time", "22:00", 1_320),
        ("time", "24:00", 1_440),
        ("date", "2026-01-01", date(2026, 1, 1)),
        ("date", "2028-02-29", date(2028, 2, 29)),
        ("step", "PT15M", 900),
        ("step", "PT1H", 3_600),
        ("consumer", "m-3fk2", "m-3fk2"),
    ],
)
def test_reads(form: str, text: str, value: Any) -> None:
    read = FORMATS[form](text)
    assert read == value
    assert type(read) is type(value)


def test_a_price_keeps_the_decimals_it_was_written_with() -> None:
    assert str(quantities.price("16.50 c€/kWh")) == "0.1650"


@pytest.mark.parametrize(
    ("form", "text", "sentence"),
    [
        (
            "percent",
            "40,5 %",
            '"40,5 %" is not a percentage: expected a decimal point instead of the comma, as in 40 %',
        ),
        ("percent", "40", '"40" is not a percentage: expected its unit after the number, as in 40 %'),
        ("percent", "-1 %", '"-1 %" is not a percentage: expected a number and its unit, as in 40 %'),
        (
            "percent",
            "0.00000001 %",
            '"0.00000001 %" is finer than a percentage can be: expected at most seven decimals, as in 40 %',
        ),
        ("percent", "٤٠ %", '"٤٠ %" is not a percentage: expected a number and its unit, as in 40 %'),
        ("percent", "040 %", '"040 %" is not a percentage: expected a number and its unit, as in 40 %'),
        (
            "price",
            "0.1650 EUR/MWh",
            '"0.1650 EUR/MWh" is not a price: '
            "expected the unit EUR/kWh or €/kWh or cEUR/kWh or c€/kWh, as in 0.1650 EUR/kWh",
        ),
        (
            "price",
            "0.1234567 EUR/kWh",
            '"0.1234567 EUR/kWh" is finer than a price can be: '
            "expected at most six decimals of a euro, as in 0.1650 EUR/kWh",
        ),
        (
            "price",
            "12.34567 c€/kWh",
            '"12.34567 c€/kWh" is finer than a price can be: '
            "expected at most six decimals of a euro, as in 0.1650 EUR/kWh",
        ),
        ("price", "1000000000 €/kWh", '"1000000000 €/kWh" is too large: expected a price such as 0.1650 EUR/kWh'),
        (
            "fee",
            "2.00 EUR",
            '"2.00 EUR" is not a fee: expected the unit EUR/month or €/month, as in 2.00 EUR/month',
        ),
        ("energy", "47 mwh", '"47 mwh" is not an energy: expected the unit written MWh'),
        (
            "energy",
            "0.0001 Wh",
            '"0.0001 Wh" is finer than an energy can be: expected whole milliwatt-hours, as in 47 MWh',
        ),
        (
            "energy",
            "1 000 kWh",
            '"1 000 kWh" is not an energy: expected the digits without separator, as in 47 MWh',
        ),
        ("energy", "9223372037 MWh", '"9223372037 MWh" is too large: expected an energy such as 47 MWh'),
        ("power", "36 KWp", '"36 KWp" is not a power: expected the unit written kWp'),
        ("power", "0.5 W", '"0.5 W" is finer than a power can be: expected whole watts, as in 36 kWp'),
        ("power", "", '"" is not a power: expected a number and its unit, as in 36 kWp'),
        (
            "distance",
            "1,7 km",
            '"1,7 km" is not a distance: expected a decimal point instead of the comma, as in 1.7 km',
        ),
        (
            "time",
            "7:30",
            '"7:30" is not a time of day: expected hours and minutes, as in "07:30"; "24:00" at the latest',
        ),
        (
            "time",
            "24:01",
            '"24:01" is not a time of day: expected hours and minutes, as in "07:30"; "24:00" at the latest',
        ),
        ("date", "31/01/2026", '"31/01/2026" is not a date: expected year-month-day, as in 2026-01-31'),
        ("date", "20260131", '"20260131" is not a date: expected year-month-day, as in 2026-01-31'),
        (
            "date",
            "2026-02-29",
            '"2026-02-29" is not in the calendar: expected a date that exists, as in 2026-01-31',
        ),
        (
            "step",
            "PT20M",
            '"PT20M" is not a metering step: expected one of PT5M, PT10M, PT15M, PT30M, PT60M, PT1H',
        ),
    ],
)
def test_refuses(form: str, text: str, sentence: str) -> None:
    with pytest.raises(quantities.Misread) as raised:
        FORMATS[form](text)
    assert str(raised.value) == sentence


def test_a_message_repeats_neither_a_meter_nor_a_control_character() -> None:
    with pytest.raises(quantities.Misread) as raised:
        quantities.power("30001234567890\x1b[31m kWp")
    assert raised.value.message == '"••••••••••••••\\u001b[31m kWp" is not a power'


@pytest.mark.parametrize("form", [name for name in FORMATS if name in quantities.EXAMPLES])
def test_every_example_is_well_written(form: str) -> None:
    FORMATS[form](quantities.EXAMPLES[form].strip('"'))


@given(
    st.sampled_from(sorted(FORMATS)),
    st.text() | st.from_regex(r"[0-9]{1,25}[.,]?[0-9]{0,9} ?.{0,8}", fullmatch=True),
)
def test_anything_else_is_only_refused(form: str, text: str) -> None:
    read: Callable[[str], Any] = FORMATS[form]
    try:
        value = read(text)
    except quantities.Misread:
        return
    assert not isinstance(value, int) or 0 <= value < 2**63


@pytest.mark.parametrize(
    ("milliwatt_hours", "shown"),
    [(0, "0.000000"), (1, "0.000001"), (1_333_333, "1.333333"), (-1, "-0.000001"), (-2_500_000, "-2.500000")],
)
def test_shows_kwh(milliwatt_hours: int, shown: str) -> None:
    assert kwh(milliwatt_hours) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("15.92", "15.92"),
        ("15.9", "15.90"),
        ("15.920", "15.92"),
        ("-0.00", "0.00"),
        ("-3", "-3.00"),
        ("1E+3", "1000.00"),
    ],
)
def test_shows_euros(amount: str, shown: str) -> None:
    assert euros(Decimal(amount)) == shown


def test_a_part_of_a_cent_is_not_shown_as_if_it_were_rounded() -> None:
    with pytest.raises(ValueError, match=r"15\.925 EUR is not in whole cents"):
        euros(Decimal("15.925"))


def test_large_amounts_are_shown_exactly() -> None:
    assert euros(Decimal("12345678901234567890123456789.01")) == "12345678901234567890123456789.01"


@given(st.integers(-(10**12), 10**12))
def test_percents_come_back(billionths: int) -> None:
    shown = show_percent(billionths)
    if billionths >= 0:
        assert quantities.percent(shown) == billionths
    else:
        assert shown == f"-{show_percent(-billionths)}"


@pytest.mark.parametrize(
    ("billionths", "shown"),
    [
        (400_000_000, "40 %"),
        (333_333_333, "33.3333333 %"),
        (1_000_000_000, "100 %"),
        (5_000_000, "0.5 %"),
        (0, "0 %"),
    ],
)
def test_shows_percents(billionths: int, shown: str) -> None:
    assert show_percent(billionths) == shown


@given(st.integers(0, 2**63 - 1))
def test_energies_come_back(milliwatt_hours: int) -> None:
    assert quantities.energy(f"{kwh(milliwatt_hours)} kWh") == milliwatt_hours
