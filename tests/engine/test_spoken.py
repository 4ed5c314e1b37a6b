"""Numbers as people read them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen.spoken import energy, money, number, percent, words

NARROW = "\u202f"
"""The narrow no-break space between French thousands."""


@pytest.mark.parametrize(
    ("milliwatt_hours", "french", "english"),
    [
        (0, "0,000", "0.000"),
        (1_000_000, "1,000", "1.000"),
        (1_333_333, "1,333", "1.333"),
        (1_333_500, "1,334", "1.334"),
        (499, "0,000", "0.000"),
        (500, "0,001", "0.001"),
        (-500, "-0,001", "-0.001"),
        (-499, "0,000", "0.000"),  # never -0
        (2_668_237_000_000, f"2{NARROW}668{NARROW}237,000", "2,668,237.000"),
    ],
)
def test_energy_has_three_decimals(milliwatt_hours: int, french: str, english: str) -> None:
    assert energy(milliwatt_hours, "fr") == french
    assert energy(milliwatt_hours, "en") == english


@pytest.mark.parametrize(
    ("amount", "french", "english"),
    [
        ("0", "0,00", "0.00"),
        ("1234.5", f"1{NARROW}234,50", "1,234.50"),
        ("-15.92", "-15,92", "-15.92"),
        ("0.125", "0,13", "0.13"),
        ("-0.004", "0,00", "0.00"),
    ],
)
def test_money_has_two(amount: str, french: str, english: str) -> None:
    assert money(Decimal(amount), "fr") == french
    assert money(Decimal(amount), "en") == english


@pytest.mark.parametrize(
    ("part", "whole", "french", "english"),
    [
        (0, 0, "–", "–"),
        (0, 3, f"0,0{NARROW}%", "0.0%"),
        (1, 3, f"33,3{NARROW}%", "33.3%"),
        (2, 3, f"66,7{NARROW}%", "66.7%"),
        (1, 2000, f"0,1{NARROW}%", "0.1%"),  # 0.05 %, half up
        (3, 3, f"100,0{NARROW}%", "100.0%"),
    ],
)
def test_a_rate_has_one(part: int, whole: int, french: str, english: str) -> None:
    assert percent(part, whole, "fr") == french
    assert percent(part, whole, "en") == english


def test_no_decimals_no_point() -> None:
    assert number(Decimal("1999.5"), "en", 0) == "2,000"


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 6))
def test_what_is_shown_is_within_half_of_its_last_digit(milliwatt_hours: int, decimals: int) -> None:
    shown = Fraction(energy(milliwatt_hours, "en", decimals).replace(",", ""))
    exact = Fraction(milliwatt_hours, 10**6)
    assert abs(shown - exact) <= Fraction(1, 2 * 10**decimals)


def test_words_in_two_languages_and_french_where_there_is_no_other() -> None:
    assert (words("fr", "shared"), words("en", "shared"), words("oc", "shared")) == ("Partagé", "Shared", "Partagé")
