"""Cents split between plants: none is lost, none is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen.revenue import by_producer, split


def test_a_cent_that_cannot_be_divided_goes_by_name() -> None:
    """100.01 EUR between three equal plants: 33.336..., so 33.34, 33.34 and 33.33."""
    assert split(10001, {"p-c": 5, "p-a": 5, "p-b": 5}) == {"p-a": 3334, "p-b": 3334, "p-c": 3333}


def test_the_largest_remainder_first() -> None:
    """10 cents for 1, 1 and 4 parts: 1.67, 1.67 and 6.67; of the two cents left one is p-a's, one is p-b's."""
    assert split(10, {"p-a": 1, "p-b": 1, "p-c": 4}) == {"p-a": 2, "p-b": 2, "p-c": 6}
    assert split(10, {"p-a": 10, "p-b": 9, "p-c": 81}) == {"p-a": 1, "p-b": 1, "p-c": 8}


def test_what_is_given_back_is_split_likewise() -> None:
    assert split(-10001, {"p-a": 1, "p-b": 1}) == {"p-a": -5001, "p-b": -5000}


def test_nobody_to_pay() -> None:
    assert split(0, {"p-a": 0}) == {"p-a": 0}
    with pytest.raises(ValueError, match="5 cents are to be split and nobody gave energy"):
        split(5, {"p-a": 0})


@given(
    st.integers(-(10**12), 10**12),
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 2**50), min_size=1).filter(
        lambda w: any(w.values())
    ),
)
def test_every_cent_is_someones_and_nobody_is_a_cent_off(cents: int, weights: dict[str, int]) -> None:
    parts, total = split(cents, weights), sum(weights.values())
    assert sum(parts.values()) == cents
    assert all(abs(parts[name] * total - cents * weight) < total for name, weight in weights.items())


def test_sales_by_consumer() -> None:
    """15.92 for 3 parts and 1: 11.94 and 3.98; the fee is nobody's energy."""
    lines = [
        {"amount": "15.92", "producers": {"p-a": 3_000_000, "p-b": 1_000_000}},
        {"amount": "1.00", "producers": {"p-a": 500_000}},
        {"amount": "2.00"},
    ]
    assert by_producer([{"id": "m-1", "lines": lines}]) == {
        "p-a": [{"consumer": "m-1", "quantity": 3_500_000, "amount": "12.94"}],
        "p-b": [{"consumer": "m-1", "quantity": 1_000_000, "amount": "3.98"}],
    }
