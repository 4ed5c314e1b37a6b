"""What must hold for every allocation rule that is installed, ours or anyone's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import import_module, util
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen import allocation, sharing
from mitoyen.clock import Clock, Month
from mitoyen.contracts import AllocationRule, Energies, Entry, Operation, Participant, Place, Shares, Sharing
from mitoyen.curves import Curves, Name
from mitoyen.diagnostics import Refused
from mitoyen.hookspecs import hookimpl
from mitoyen.host import Host, installed
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
relaxed = settings(deadline=None, max_examples=60)


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


# --- a rule that does not keep them ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shared", "broken"),
    [
        ([[4], [0]], "a share is more than was consumed, at step 0"),
        ([[-1], [0]], "a share is negative, at step 0"),
        ([[3], [3]], "the shares are more than was produced, at step 0"),
        ([[1]], "shares of type int64 and shape (1, 1)"),
        ([[0.5], [0.5]], "shares of type float64 and shape (2, 1)"),
        ([[[3], [0]], [[0], [0]]], "a producer gives more than it produced, at step 0"),
        ([[[-1], [1]], [[1], [0]]], "a share is negative, at step 0"),
    ],
)
def test_what_a_rule_gives_is_not_taken_on_trust(shared: list[Any], broken: str) -> None:
    """Two roofs of 2 and 3 units, two neighbours who want 3 each."""
    clock = Clock(HOURS.start, 3600, 1, HOURS.zone)
    one = Sharing(("p-1", "p-2"), ("m-1", "m-2"), np.array([[2], [3]]), np.array([[3], [3]]), clock)
    with pytest.raises(ValueError, match=re.escape(broken)):
        by_pair(one, Shares(np.array(shared)))


def test_acc606_names_the_rule_that_broke_a_law() -> None:
    """Whatever it gives: nothing is settled by it."""

    @hookimpl
    def mitoyen_allocation_rules() -> Iterator[AllocationRule]:
        yield AllocationRule(id="generous", version=4, title="", allocate=lambda one: Shares(one.consumed + 1))

    host = Host([("theirs", "theirs 1", SimpleNamespace(mitoyen_allocation_rules=mitoyen_allocation_rules))])
    rule = host.get(AllocationRule, "generous")
    one = replace(example(Random(1)), clock=HOURS)
    with pytest.raises(Refused) as refused:
        sharing.share(
            operation(rule, one, [*one.producers, *one.consumers]), JANUARY, Curves(HOURS, dict(curves(one))), host
        )
    [finding] = refused.value.findings
    assert finding.code == "ACC606"
    assert finding.message.startswith("the rule generous (version 4) broke a law of sharing: a share is more than")


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
