"""The canonical form: one meaning, one digest; two meanings, two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen.fingerprint import RECIPE, canonical, digest, fingerprint


def test_the_form_written_out() -> None:
    """Whoever changes these bytes changes every fingerprint ever issued: raise the recipes with them."""
    value = {
        "rule": "static",
        "with": {"m-b": 0, "m-a": Decimal("0.10")},
        "days": [1, None, True, date(2026, 1, 31)],
    }
    assert canonical(value).decode() == (
        '{"map":{"days":[{"number":"1"},null,true,{"date":"2026-01-31"}],"rule":"static",'
        '"with":{"map":{"m-a":{"number":"1/10"},"m-b":{"number":"0"}}}}}'
    )


def test_a_fingerprint_is_over_stage_recipe_and_inputs() -> None:
    form = '{"map":{"recipe":{"number":"3"},"stage":"pricing","step":{"number":"900"}}}'
    assert RECIPE["pricing"] == 3
    assert fingerprint("pricing", step=900) == "sha256:" + sha256(form.encode()).hexdigest()
    assert fingerprint("pricing", step=900) != fingerprint("allocation", step=900)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0, Decimal("0.000")),
        (0, Decimal("-0")),
        (Decimal("0.1650"), Decimal("0.165")),
        (Decimal("1E+2"), 100),
        (Fraction(1, 4), Decimal("0.25")),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, MappingProxyType({"a": 1})),
        ([1, 2], (1, 2)),
        ({date(2026, 1, 1): "x"}, {"2026-01-01": "x"}),  # keys are names
        ({"a", "b"}, frozenset({"b", "a"})),
    ],
)
def test_one_meaning(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (1, True),
        (0, False),
        (None, "null"),
        (date(2026, 1, 1), "2026-01-01"),
        ([1, 2], [2, 1]),
        ([1], 1),
        ({"number": "1"}, 1),
        ({"date": "2026-01-01"}, date(2026, 1, 1)),
        ({}, []),
        (["a"], {"a"}),
        (Decimal("0.1"), Decimal("0.10000000000000000000000000000001")),
        (2**80, 2**80 + 1),
        ("é", "e\u0301"),
    ],
)
def test_two_meanings(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "value",
    [0.5, 1.0, float("nan"), b"bytes", object(), np.int64(1), np.float64(1), np.zeros(2), {"a": [{"b": 0.1}]}],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        canonical(value)


def test_a_digest_is_that_of_the_bytes() -> None:
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


numbers = st.one_of(
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.fractions(),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=3), st.dates(), numbers),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def meaning(value: Any) -> Any:
    """A value as something Python compares by meaning: kinds apart, numbers exact, keys without order."""
    if isinstance(value, Mapping):
        return ("map", frozenset((key, meaning(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(meaning, value)))
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return ("number", Fraction(value))
    return (type(value).__name__, value)


@given(values, values)
def test_the_same_form_for_the_same_meaning_only(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (meaning(one) == meaning(other))
