"""What holds of the indicators whatever the months; cases.yaml has what a person can check by hand."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, Indicator, Observed
from mitoyen.host import installed
from mitoyen.testing import conforms, example_months

OURS = {brought.offer.id for brought in installed().brought() if brought.plugin == "indicators"}
ALL = {one.id: one for one in installed().all(Indicator)}
RATES = ("self-consumption", "coverage", "simultaneity", "noon")
MARCH = Month(2026, 3)

seeds = st.integers(0, 2**32 - 1)
relaxed = settings(deadline=None, max_examples=40)
every_indicator = pytest.mark.parametrize("indicator", ALL.values(), ids=ALL)


def test_there_are_six() -> None:
    assert {*RATES, "specific-yield", "local-price"} == OURS


@every_indicator
@pytest.mark.parametrize("largest", [10**8, 2**50])
@relaxed
@given(seed=seeds)
def test_the_kit(indicator: Indicator, largest: int, seed: int) -> None:
    conforms(indicator, seed, largest=largest)


# --- by hand ---------------------------------------------------------------------------------------------------


def month(**given_: int) -> Observed:
    """March in hours: 12:00 of its first day with these kWh, 20:00 with as much consumed, nothing else."""
    clock = Clock.of_month(MARCH, 3600, "Europe/Paris")
    curves = {name: np.zeros(clock.steps, dtype=np.int64) for name in ("produced", "consumed", "shared")}
    for name in curves:
        curves[name][12] = given_.get(name, 0) * KWH
    curves["consumed"][20] = curves["consumed"][12]
    return Observed(MARCH, clock, **curves, power=9000, consumers=3, producers=1, net=Decimal("0.90"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("self-consumption", Fraction(3, 4)),  # 9 of 12 kWh
        ("coverage", Fraction(1, 2)),  # 9 of 18
        ("simultaneity", Fraction(3, 4)),  # 12 at best
        ("noon", Fraction(1, 2)),  # 9 at noon, 9 in the evening
        ("specific-yield", Fraction(12, 9)),
        ("local-price", Fraction(1, 10)),  # 0.90 EUR for 9 kWh
    ],
)
def test_a_month_one_can_add_up(name: str, value: Fraction) -> None:
    assert ALL[name].over([month(produced=12, consumed=9, shared=9)]) == value


def test_money_that_is_not_told_is_not_measured() -> None:
    told = month(produced=12, consumed=9, shared=9)
    assert ALL["local-price"].over([told, replace(told, month=MARCH.next, net=None)]) is None


def test_no_month_has_no_value() -> None:
    assert {one.over([]) for one in ALL.values()} == {None}


# --- always ----------------------------------------------------------------------------------------------------


@relaxed
@given(seed=seeds)
def test_a_rate_is_a_part(seed: int) -> None:
    """Between 0 and 1, for 0 <= shared <= produced and consumed; none is more than the best there could be."""
    months = example_months(Random(seed))
    found = {name: ALL[name].over(months) for name in RATES}
    for name, value in found.items():
        assert value is None or 0 <= value <= 1, name
    best, used, covered = found["simultaneity"], found["self-consumption"], found["coverage"]
    if best is not None:
        assert best == max(one for one in (used, covered) if one is not None)


@relaxed
@given(seed=seeds)
def test_over_months_a_rate_is_between_those_of_the_months(seed: int) -> None:
    """Sums are divided: what the whole comes to is a mean of its months, weighed by their energy."""
    months = example_months(Random(seed))
    for name in ("self-consumption", "coverage", "noon"):
        alone = [value for one in months if (value := ALL[name].over([one])) is not None]
        together = ALL[name].over(months)
        assert (together is None) == (not alone)
        assert together is None or min(alone) <= together <= max(alone), name


@relaxed
@given(seed=seeds)
def test_a_yield_adds_up(seed: int) -> None:
    months = example_months(Random(seed))
    alone = [ALL["specific-yield"].over([one]) for one in months]
    assert ALL["specific-yield"].over(months) == (None if None in alone else sum(filter(None, alone), Fraction(0)))


@relaxed
@given(seed=seeds)
def test_what_is_owed_is_the_price_times_what_is_shared(seed: int) -> None:
    months = example_months(Random(seed))
    price = ALL["local-price"].over(months)
    shared = sum(int(one.shared.sum()) for one in months)
    if price is not None:
        assert price * shared / KWH == sum(one.net for one in months if one.net)


# --- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_are_said_in_both_languages(name: str) -> None:
    assert list(ALL[name].said) == ["fr", "en"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_french_is_written_as_french(name: str) -> None:
    """A blank before what wants one, a full stop after a sentence, no typewriter's quotes or dots."""
    french = ALL[name].said["fr"]
    for one in fields(french):
        text = getattr(french, one.name)
        assert not re.search(r'\w[:;?!»]|«\S|["]|\.\.\.|  ', text), text
    assert french.definition.endswith(".")
    assert french.source.endswith(".")
