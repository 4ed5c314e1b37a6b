"""What must hold for every allocation rule that is installed, ours or anyone's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import import_module, util
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mitoyen import allocation, sharing
from mitoyen.clock import Clock, Month
from mitoyen.contracts import AllocationRule, Energies, Entry, Operation, Participant, Place, Sharing
from mitoyen.curves import Curves, Name
from mitoyen.host import installed
from mitoyen.sharing import by_pair
from mitoyen.testing import conforms, example

BUILT = util.find_spec("mitoyen.allocation._kernel") is not None
RULES = installed().all(AllocationRule)
JANUARY = Month(2026, 1)
HOURS = Clock.of_month(JANUARY, 3600, "Europe/Paris")
VAST = 2**50
"""A thousand gigawatt-hours in a step: a share of it, in billionths, has 80 bits."""

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.id}-{rule.version}")
seeds = st.integers(0, 2**32 - 1)
relaxed = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_there_are_rules() -> None:
    assert {rule.id for rule in RULES} >= {"prorata", "static", "static-reshared", "equal", "priority"}


@every_rule
@pytest.mark.parametrize("largest", [10**8, VAST])
@relaxed
@given(seed=seeds)
def test_the_kit(rule: AllocationRule, largest: int, seed: int) -> None:
    conforms(rule, seed, largest=largest)


@pytest.mark.skipif(not BUILT, reason="the compiled kernel is not built")
@every_rule
@pytest.mark.parametrize("largest", [10**8, VAST])
def test_both_kernels_give_the_same_units(
    rule: AllocationRule, largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(200):
        random = Random(seed)
        given_ = rule.sample(random, example(random, largest=largest))
        results = []
        for engine in ("_kernel", "_reference"):
            monkeypatch.setattr(allocation, "_engine", import_module(f"mitoyen.allocation.{engine}"))
            results.append(by_pair(given_, rule.allocate(given_)))
        assert np.array_equal(*results), f"seed {seed}"


# --- the order of files and columns ------------------------------------------------------------------------------


def month(steps: Energies) -> Energies:
    """Some steps at the beginning of January, which goes on with nothing."""
    return np.concatenate([steps, np.zeros(HOURS.steps - len(steps), dtype=np.int64)])


def curves(one: Sharing) -> Iterator[tuple[Name, Energies]]:
    """A sharing as the curves a source would bring."""
    for name, row in zip((*one.producers, *one.consumers), (*one.produced, *one.consumed), strict=True):
        yield Name(f"mtr-{name}", "measured"), month(row)
    if one.published is not None:
        for name, row in zip(one.consumers, one.published, strict=True):
            yield Name(f"mtr-{name}", "shared"), month(row)
    if one.coefficients is not None:
        tables = one.coefficients if one.coefficients.ndim == 3 else [one.coefficients]
        toward = one.producers if one.coefficients.ndim == 3 else [""]
        for producer, table in zip(toward, tables, strict=True):
            for name, row in zip(one.consumers, table, strict=True):
                yield Name(f"mtr-{name}", "coefficient", producer), month(row)


def operation(rule: AllocationRule, one: Sharing, order: list[str]) -> Operation:
    roles: dict[str, Any] = dict.fromkeys(one.producers, "producer") | dict.fromkeys(one.consumers, "consumer")
    first = JANUARY.first
    return Operation(
        id="boucle",
        title="",
        organiser="coop",
        opened=first,
        zone="Europe/Paris",
        steps={first: 3600},
        participants={name: Participant(name, roles[name], f"mtr-{name}", first, None) for name in order},
        keys=[Entry(date(2026, 1, 1), rule.id, one.options)],
        tariffs={},
        source=None,
        source_options={},
        formats=(),
        format_options={},
        law=None,
        details={},
        months={},
        files={},
        locate=lambda file, *path, key=False: Place(file),
    )


@every_rule
@settings(deadline=None, max_examples=15)
@given(seed=seeds)
def test_the_order_of_participants_and_columns_changes_nothing(rule: AllocationRule, seed: int) -> None:
    """Not one unit, ties included: the engine sorts by id before a rule sees anything."""
    random = Random(seed)
    one = rule.sample(random, replace(example(random), clock=HOURS))
    order, columns = [*one.producers, *one.consumers], list(curves(one))
    expected = sharing.share(operation(rule, one, order), JANUARY, Curves(HOURS, dict(columns)), installed())
    random.shuffle(order)
    random.shuffle(columns)
    turned = sharing.share(operation(rule, one, order), JANUARY, Curves(HOURS, dict(columns)), installed())
    assert (turned.producers, turned.consumers) == (expected.producers, expected.consumers)
    assert np.array_equal(turned.pairs, expected.pairs)
    assert turned.curves().digest() == expected.curves().digest()
    assert np.array_equal(turned.given + (turned.produced - turned.given), turned.produced)
