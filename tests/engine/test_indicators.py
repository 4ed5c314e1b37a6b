"""An indicator is not taken on trust: what the kit and a case say of one that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mitoyen.contracts import Indicator, Observed, Said
from mitoyen.hookspecs import hookimpl
from mitoyen.host import Host
from mitoyen.testing import CaseFailed, conforms, example_months, run_case

WORDS = Said("Nom", "Définition.", "a ÷ b", "Convention.")
Measure = Callable[[Sequence[Observed]], Any]


def indicator(measure: Measure, **more: Any) -> Indicator:
    said = {"id": "theirs", "version": 1, "title": "Theirs", "said": {"fr": WORDS}, "unit": "%", **more}
    return Indicator(measure=measure, **said)


def used(months: Sequence[Observed]) -> Fraction | None:
    """As it should be."""
    whole = sum(int(one.produced.sum()) for one in months)
    return Fraction(sum(int(one.shared.sum()) for one in months), whole) if whole else None


def kit(one: Indicator) -> None:
    for seed in range(20):
        conforms(one, seed)


def test_a_good_one_passes() -> None:
    kit(indicator(used))


# --- values ----------------------------------------------------------------------------------------------------


def forgets(months: Sequence[Observed]) -> Fraction:
    """Nothing may have been produced."""
    return Fraction(int(months[0].shared.sum()), int(months[0].produced.sum()))


def writes(months: Sequence[Observed]) -> Fraction:
    months[0].consumed[:] = 0
    return Fraction(0)


def reads_money(months: Sequence[Observed]) -> Fraction:
    return Fraction(months[0].net or 0)


def wants_gross(months: Sequence[Observed]) -> Fraction:
    return Fraction(months[0].gross)  # type: ignore[arg-type]


def through_a_float(months: Sequence[Observed]) -> Fraction | None:
    value = used(months)
    return None if value is None else Fraction(float(value))


def wavering() -> Measure:
    times = iter(range(10**6))
    return lambda _months: Fraction(next(times))


def by_power(months: Sequence[Observed]) -> Fraction:
    return Fraction(1, months[0].power)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (indicator(lambda _months: 0.5), "the indicator theirs gives 0.5: a value is a Fraction of two int"),
        (indicator(lambda _months: 1), "the indicator theirs gives 1: a value is"),
        (indicator(lambda months: months[0].shared.sum()), "gives np.int64("),
        (indicator(lambda months: Fraction(months[0].shared.sum(), 7)), "gives Fraction("),
        (indicator(lambda months: Fraction(1, np.int64(7))), "gives Fraction("),
        (indicator(through_a_float), "which was a float"),
        (indicator(wavering()), "the indicator theirs gave another value the second time"),
        (indicator(reads_money), "the indicator theirs reads money and does not say so (money=True)"),
    ],
)
def test_the_kit_names_what_is_wrong(one: Indicator, said: str) -> None:
    with pytest.raises((AssertionError, ValueError), match=re.escape(said)):
        kit(one)


@pytest.mark.parametrize(
    ("one", "error"),
    [
        (indicator(forgets), ZeroDivisionError),
        (indicator(by_power), ZeroDivisionError),
        (indicator(writes), ValueError),  # assignment destination is read-only
        (indicator(wants_gross, money=True), TypeError),
    ],
)
def test_the_kit_fails_as_the_indicator_does(one: Indicator, error: type[Exception]) -> None:
    with pytest.raises(error):
        kit(one)


def test_money_is_not_asked_for_where_it_is_not_told() -> None:
    months = [replace(one, net=None) for one in example_months(Random(1))]
    assert indicator(wants_gross, money=True).over(months) is None


# --- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"said": {"en": WORDS}}, "the indicator theirs has no French words"),
        ({"said": {"fr": replace(WORDS, source=" ")}}, "the indicator theirs has no source in fr"),
        ({"said": {"fr": WORDS, "en": replace(WORDS, formula="")}}, "the indicator theirs has no formula in en"),
        ({"title": ""}, "the indicator theirs has no title"),
        ({"unit": ""}, "the indicator theirs has no unit"),
        ({"decimals": -1}, "the indicator theirs has -1 decimals"),
    ],
)
def test_nothing_is_left_unsaid(more: Mapping[str, Any], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        kit(indicator(used, **more))


# --- cases -----------------------------------------------------------------------------------------------------


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a case of the indicator above."""

    @hookimpl
    def mitoyen_indicators() -> Iterator[Indicator]:
        yield indicator(used, id="used")

    host = Host([("theirs", "theirs 1", SimpleNamespace(mitoyen_indicators=mitoyen_indicators))])
    monkeypatch.setattr("mitoyen.host.installed", lambda: host)

    def run(value: Any, *months: Mapping[str, Any], **more: Any) -> None:
        run_case({"indicator": "used", "months": months, "value": value, **more})

    return run


SIX_OF_NINE = {"produced": [4, 5], "consumed": [4, 2], "shared": [4, 2]}


def test_a_case_that_holds(case: Callable[..., None]) -> None:
    case("200/3 %", SIX_OF_NINE)
    case(None, {"consumed": [1]})
    case("40 %", {"produced": [5], "consumed": [2], "shared": [2]}, step="PT60M")


@pytest.mark.parametrize(
    ("value", "months", "said"),
    [
        ("60 %", [SIX_OF_NINE], "value\n  expected 60 %\n  found    200/3 %"),
        (None, [SIX_OF_NINE], "value\n  expected none\n  found    200/3 %"),
        ("60 %", [{"consumed": [1]}], "value\n  expected 60 %\n  found    none"),
        ("2/3", [SIX_OF_NINE], "'2/3' is not a value: expected a number and its unit, as in 2/3 %"),
        ("2 kWh", [SIX_OF_NINE], "'2 kWh' is not a value"),
        ("many %", [SIX_OF_NINE], "'many %' is not a value"),
        ("60 %", [{"prodcued": [4]}], "a month has no prodcued"),
        ("60 %", [{"produced": [4], "consumed": [4, 2]}], "of as many steps each"),
        ("60 %", [{"power": "9 kWp"}], "of as many steps each"),
        ("60 %", [{"produced": [4], "shared": [4]}], "more is shared than consumed"),
        ("60 %", [SIX_OF_NINE, SIX_OF_NINE], "2026-01 does not follow 2026-01: each month has its own start"),
    ],
)
def test_a_case_that_does_not(case: Callable[..., None], value: Any, months: list[Any], said: str) -> None:
    with pytest.raises(CaseFailed, match=re.escape(said)):
        case(value, *months)
