"""The allocation core against an oracle of Python integers, with both engines.

Random values alone are blind here: near-ties of remainders are met about once in 10**8 random steps. So besides
properties there are steps built to hurt: remainders that are consecutive integers, equal consumers, products on
both sides of every bound at which the arithmetic changes its width.
"""

import math
import os
import subprocess
import sys
from fractions import Fraction
from importlib import import_module, util

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mitoyen import allocation

BILLION = 10**9
BUILT = util.find_spec("mitoyen.allocation._kernel") is not None

# The engine is chosen once a test, for all examples of a property alike.
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(
    autouse=True,
    params=[
        pytest.param("_kernel", marks=pytest.mark.skipif(not BUILT, reason="the compiled kernel is not built")),
        "_reference",
    ],
)
def engine(request, monkeypatch):
    monkeypatch.setattr(allocation, "_engine", import_module(f"mitoyen.allocation.{request.param}"))


def energies(*values):
    return np.array(values, np.int64)


# --- the oracle ---------------------------------------------------------------------------------------------


def apportion_step(amount, weights):
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def prorata_step(pot, demand):
    return apportion_step(min(pot, sum(demand)), demand)


def quota_step(pot, weights, whole):
    return apportion_step(pot, [*weights, whole - sum(weights)])[:-1]


def fill_step(pot, demand, weights):
    parts = [0] * len(demand)
    active = sorted((i for i, w in enumerate(weights) if w), key=lambda i: Fraction(demand[i], weights[i]))
    pot = min(pot, sum(demand[i] for i in active))
    while active and demand[active[0]] * sum(weights[i] for i in active) <= pot * weights[active[0]]:
        parts[active[0]] = demand[active[0]]
        pot -= demand[active.pop(0)]
    active.sort()
    for i, part in zip(active, apportion_step(pot, [weights[i] for i in active]), strict=True):
        parts[i] = part
    return parts


def by_step(rule, pot, *matrices):
    """The oracle's rule at every step of [n, t] arrays, as an [n, t] list."""
    columns = zip(pot.tolist(), *(matrix.T.tolist() for matrix in matrices), strict=True)
    steps = [rule(*step) for step in columns]
    return [list(row) for row in zip(*steps, strict=True)] if steps else [[] for _ in matrices[0]]


# --- by hand ------------------------------------------------------------------------------------------------

POT = energies(10_000_000)
DEMAND = energies([2_000_000], [8_000_000], [5_000_000])


def test_prorata_by_hand():
    # 1.333333 1/3, 5.333333 1/3, 3.333333 1/3: three equal remainders, so the first row gets the last unit
    assert allocation.prorata(POT, DEMAND).T.tolist() == [[1_333_334, 5_333_333, 3_333_333]]


def test_quota_by_hand():
    parts = allocation.quota(POT, energies(500_000_000, 300_000_000, 200_000_000), BILLION)
    assert parts.T.tolist() == [[5_000_000, 3_000_000, 2_000_000]]
    assert np.minimum(parts, DEMAND).T.tolist() == [[2_000_000, 3_000_000, 2_000_000]]
    assert int(POT[0] - np.minimum(parts, DEMAND).sum()) == 3_000_000


def test_quota_leaves_the_rest_to_the_invisible_last_participant():
    # 10 units, 1/3 each to two of three: 3 1/3 each, and the first of the three equal remainders is row 0
    assert allocation.quota(energies(10), energies(1, 1), 3).T.tolist() == [[4, 3]]
    assert allocation.quota(energies(7), energies(0, 0), 3).T.tolist() == [[0, 0]]


def test_fill_by_hand():
    assert allocation.fill(POT, DEMAND, energies(50, 30, 20)).T.tolist() == [[2_000_000, 4_800_000, 3_200_000]]
    assert allocation.fill(POT, DEMAND, energies(1, 1, 1)).T.tolist() == [[2_000_000, 4_000_000, 4_000_000]]


def test_fill_gives_nothing_without_weight():
    assert allocation.fill(energies(100), energies([5], [7]), energies(0, 1)).T.tolist() == [[0, 7]]


def test_apportion_by_hand():
    assert allocation.apportion(energies(7, 1, 0, 5), energies(1, 1, 1)).T.tolist() == [
        [3, 2, 2],
        [1, 0, 0],
        [0, 0, 0],
        [2, 2, 1],
    ]
    assert allocation.apportion(energies(9), energies([0], [0])).T.tolist() == [[0, 0]]


def test_attribute_by_hand():
    pair = allocation.attribute(energies([6], [2]), energies([9], [3]))
    assert pair[:, :, 0].tolist() == [[5, 1], [1, 1]]  # 4.5 and 1.5 tie: the first row; then what remains
    given = allocation.attribute(energies([6], [2]), energies([9], [3]), energies([8], [0]))
    assert given[:, :, 0].tolist() == [[6, 2], [0, 0]]


def test_slot_sums_by_hand():
    values = energies([1, 2, 4, 8], [10, 20, 40, 80])
    assert allocation.slot_sums(values, np.array([1, 0, -1, 1], np.int32), 3).tolist() == [[2, 9, 0], [20, 90, 0]]


# --- against the oracle -------------------------------------------------------------------------------------


@st.composite
def sharings(draw):
    """pot [t], demand [n, t], weights [n, t]; from units to terawatt-hours, with zeros and equal values."""
    rows, steps = draw(st.integers(0, 7)), draw(st.integers(0, 5))
    largest = draw(st.sampled_from([1, 3, 100, 10**6, 2**30, 2**45, 2**59]))
    value = st.one_of(st.integers(0, largest), st.sampled_from([0, 1, largest]))

    def matrix(of):
        cells = draw(st.lists(of, min_size=rows * steps, max_size=rows * steps))
        return np.array(cells, np.int64).reshape(rows, steps)

    demand, weights = matrix(value), matrix(st.one_of(st.integers(0, 9), value))
    total = demand.sum(axis=0)
    about = [
        draw(st.sampled_from([0, 1, s // 3, s // 2, max(0, s - 1), s, s + 1, 2 * s, 2**62])) for s in total.tolist()
    ]
    return energies(*about), demand, weights


@relaxed
@given(sharings())
def test_the_oracle_agrees(sharing):
    pot, demand, weights = sharing
    assert allocation.prorata(pot, demand).tolist() == by_step(prorata_step, pot, demand)
    assert allocation.apportion(pot, demand).tolist() == by_step(apportion_step, pot, demand)
    assert allocation.fill(pot, demand, weights).tolist() == by_step(fill_step, pot, demand, weights)
    if weights.size:
        whole = int(weights.sum(axis=0).max()) + len(pot)
        want = by_step(lambda p, w: quota_step(p, w, whole), pot, weights)
        assert allocation.quota(pot, weights, whole).tolist() == want


@relaxed
@given(sharings())
def test_weights_that_never_change_may_be_given_once(sharing):
    pot, demand, weights = sharing
    if weights.shape[1]:
        once = weights[:, 0].copy()
        always = np.repeat(once[:, None], len(pot), axis=1)
        whole = int(once.sum()) + 1
        assert (allocation.apportion(pot, once) == allocation.apportion(pot, always)).all()
        assert (allocation.quota(pot, once, whole) == allocation.quota(pot, always, whole)).all()
        assert (allocation.fill(pot, demand, once) == allocation.fill(pot, demand, always)).all()


@relaxed
@given(sharings())
def test_energy_is_conserved_and_never_passes_demand(sharing):
    pot, demand, weights = sharing
    weighed = (demand * (weights > 0)).sum(axis=0)
    for parts, shared in (
        (allocation.prorata(pot, demand), np.minimum(pot, demand.sum(axis=0))),
        (allocation.fill(pot, demand, weights), np.minimum(pot, weighed)),
    ):
        assert (parts.sum(axis=0) == shared).all()
        assert ((parts >= 0) & (parts <= demand)).all()


@relaxed
@given(sharings(), st.randoms(use_true_random=False))
def test_the_order_of_rows_only_decides_ties(sharing, random):
    pot, demand, _ = sharing
    order = list(range(len(demand)))
    random.shuffle(order)
    there, back = allocation.prorata(pot, demand), np.empty_like(demand)
    back[order] = allocation.prorata(pot, demand[order])
    assert (abs(there - back) <= 1).all()
    for step, whole in enumerate(demand.sum(axis=0).tolist()):
        remainders = [int(pot[step]) * d % whole if whole else 0 for d in demand[:, step].tolist()]
        if len(set(remainders)) == len(remainders):
            assert (there[:, step] == back[:, step]).all()


@relaxed
@given(sharings())
def test_inputs_are_only_read_and_the_result_is_always_the_same(sharing):
    slots = np.zeros(len(sharing[0]), np.int32)
    inputs = [*sharing, slots]
    before = [array.copy() for array in inputs]
    for array in inputs:
        array.flags.writeable = False
    pot, demand, weights, _ = inputs
    calls = [
        lambda: allocation.prorata(pot, demand),
        lambda: allocation.apportion(pot, weights),
        lambda: allocation.fill(pot, demand, weights),
        lambda: allocation.quota(pot, demand, 2**63 - 1),
        lambda: allocation.attribute(allocation.prorata(pot, demand), pot[None, :]),
        lambda: allocation.slot_sums(demand, slots, 1),
        lambda: allocation.prorata_by_slot(pot, demand, slots, 1)[0],
    ]
    for call in calls:
        first = call()
        assert first.dtype == np.int64
        assert first.flags.c_contiguous
        assert first.tobytes() == call().tobytes()
    assert all((array == copy).all() for array, copy in zip(inputs, before, strict=True))


@relaxed
@given(sharings(), st.integers(0, 3), st.data())
def test_any_layout_is_accepted(sharing, pad, data):
    pot, demand, weights = sharing
    rows, steps = demand.shape
    wide = np.zeros((rows, 2 * steps + pad), np.int64)
    wide[:, : 2 * steps : 2] = demand
    strided = wide[:, : 2 * steps : 2]
    assert (allocation.prorata(pot, strided) == allocation.prorata(pot, demand)).all()
    fortran = np.asfortranarray(weights)
    assert (allocation.fill(pot, strided, fortran) == allocation.fill(pot, demand, weights)).all()


@relaxed
@given(sharings(), st.integers(1, 4), st.data())
def test_slots_add_up(sharing, count, data):
    pot, demand, _ = sharing
    demand = demand >> 4  # sums over steps fit too
    slot = data.draw(st.lists(st.integers(-1, count - 1), min_size=len(pot), max_size=len(pot)))
    shared = allocation.prorata(pot, demand)
    want = [[sum(int(v) for v, s in zip(row, slot, strict=True) if s == c) for c in range(count)] for row in shared]
    for kind in (np.int32, np.int64):
        sums, used = allocation.prorata_by_slot(pot, demand, np.array(slot, kind), count)
        assert allocation.slot_sums(shared, np.array(slot, kind), count).tolist() == want
        assert sums.tolist() == want
        assert (used == shared.sum(axis=0)).all()


@relaxed
@given(sharings(), st.integers(1, 4), st.data())
def test_both_margins_of_an_attribution_are_exact(sharing, producers, data):
    pot, demand, _ = sharing
    cells = producers * len(pot)
    split = data.draw(st.lists(st.integers(0, 5), min_size=cells, max_size=cells))
    weights = np.array(split, np.int64).reshape(producers, len(pot))
    weights[0] += weights.sum(axis=0) == 0
    produced = allocation.apportion(pot, weights)
    shared = allocation.prorata(pot, demand)
    for given_ in (None, allocation.apportion(shared.sum(axis=0), produced)):
        pair = allocation.attribute(shared, produced, given_)
        assert (pair >= 0).all()
        assert (pair.sum(axis=0) == shared).all()
        assert (pair.sum(axis=1) <= produced).all()
        used = allocation.apportion(shared.sum(axis=0), produced)
        assert (pair.sum(axis=1) == used).all()


# --- steps built to hurt ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [2, 5, 16, 24, 25, 60, 300])
@pytest.mark.parametrize("bits", [20, 29, 30, 31, 45, 52, 58, 61, 62])
def test_remainders_that_are_consecutive_integers(rows, bits):
    random = np.random.default_rng(rows * 100 + bits)
    pots, columns = [], []
    while len(pots) < 12:
        whole = int(random.integers(2 ** (bits - 1), 2**bits))
        apart = int(random.integers(1, max(2, whole // (2 * rows * rows))))
        first = int(random.integers(0, max(1, whole // (2 * rows))))
        demand = [first + i * apart for i in range(rows - 1)]
        if math.gcd(apart, whole) == 1 and sum(demand) < whole:
            random.shuffle(demand)
            pots.append(pow(apart, -1, whole))  # so that demand[i] * pot = first * pot + i, modulo whole
            columns.append([*demand, whole - sum(demand)])
    pot, demand = energies(*pots), energies(*columns).T
    assert allocation.prorata(pot, demand).tolist() == by_step(prorata_step, pot, demand)
    ones = np.ones(rows, np.int64)
    assert allocation.fill(pot, demand, ones).tolist() == by_step(fill_step, pot, demand, demand * 0 + 1)


@pytest.mark.parametrize("rows", [1, 3, 16, 24, 25, 100, 257])
@pytest.mark.parametrize("value", [1, 270_000, 2**30 - 1, 2**30, 2**40, 2**53])
def test_consumers_that_are_all_equal(rows, value):
    for zeros in (0, rows // 2):
        demand = np.full((rows, 6), value, np.int64)
        demand[:zeros] = 0
        whole = int(demand[:, 0].sum())
        pot = energies(1, whole // 2, whole // 3 + 1, whole - 1, whole, whole + 1)
        assert allocation.prorata(pot, demand).tolist() == by_step(prorata_step, pot, demand)
        weights = np.full((rows, 6), value % 7 + 1, np.int64)
        assert allocation.fill(pot, demand, weights).tolist() == by_step(fill_step, pot, demand, weights)


@pytest.mark.parametrize("bits", [8, 25, 26, 27, 29, 30, 31, 32, 48, 49, 50, 52, 53, 60, 61, 62])
def test_on_both_sides_of_every_bound(bits):
    random = np.random.default_rng(bits)
    for rows in (2, 7, 40):
        demand = random.integers(0, 2**bits // rows, (rows, 40))
        demand[0] += 2**bits - 2 - demand.sum(axis=0) + random.integers(-3, 4, 40)  # the sum is about 2**bits
        total = demand.sum(axis=0)
        pot = np.minimum(total, random.integers(0, 2**bits - 2, 40))
        pot[:4] = total[:4] - energies(0, 1, 2, 3)
        assert allocation.prorata(pot, demand).tolist() == by_step(prorata_step, pot, demand)
        assert allocation.apportion(pot, demand).tolist() == by_step(apportion_step, pot, demand)
        weights = random.integers(0, BILLION // rows, (rows, 40))
        assert allocation.fill(pot, demand, weights).tolist() == by_step(fill_step, pot, demand, weights)
        want = by_step(lambda p, w: quota_step(p, w, BILLION), pot, weights)
        assert allocation.quota(pot, weights, BILLION).tolist() == want


def test_exact_multiples_leave_no_remainder():
    demand = energies([3, 30], [5, 50], [7, 70])
    assert allocation.prorata(energies(5, 30), demand).tolist() == [[1, 6], [2, 10], [2, 14]]
    assert allocation.apportion(energies(150, 15), demand).tolist() == [[30, 3], [50, 5], [70, 7]]


def test_a_level_that_takes_many_passes():
    demand = np.array([[2**i] for i in range(50)], np.int64)
    pots = energies(*(2**i + 7 for i in range(51)))
    demand = np.repeat(demand, len(pots), axis=1)
    ones = np.ones_like(demand)
    assert allocation.fill(pots, demand, ones).tolist() == by_step(fill_step, pots, demand, ones)


@pytest.mark.parametrize("rows", [1, 16, 100, 400])
def test_a_month_of_households(rows):
    random = np.random.default_rng(rows)
    demand = random.gamma(2, 135_000, (rows, 200)).astype(np.int64)
    demand[random.random(demand.shape) < 0.2] = 0
    pot = (demand.sum(axis=0) * np.maximum(0, random.uniform(-1, 1.5, 200))).astype(np.int64)
    weights = random.integers(0, BILLION // rows, (rows, 200))
    assert allocation.prorata(pot, demand).tolist() == by_step(prorata_step, pot, demand)
    assert allocation.fill(pot, demand, weights).tolist() == by_step(fill_step, pot, demand, weights)
    slot = (np.arange(200) // 7 % 3 - 1).astype(np.int32)
    sums, used = allocation.prorata_by_slot(pot, demand, slot, 2)
    assert (sums == allocation.slot_sums(allocation.prorata(pot, demand), slot, 2)).all()
    assert (used == np.minimum(pot, demand.sum(axis=0))).all()


# --- shapes, and what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "steps"), [(0, 0), (0, 3), (1, 0), (4, 0), (1, 3)])
def test_empty_and_single(rows, steps):
    pot, demand = np.full(steps, 5, np.int64), np.full((rows, steps), 2, np.int64)
    shared = np.full((rows, steps), 2, np.int64)
    assert (allocation.prorata(pot, demand) == shared).all()
    assert (allocation.fill(pot, demand, np.ones(rows, np.int64)) == shared).all()
    assert (allocation.apportion(pot, demand) == 5).all()
    assert (allocation.quota(pot, np.ones(rows, np.int64), rows + 1) == 3).all()
    assert allocation.attribute(shared, pot[None, :]).tolist() == [shared.tolist()]
    slot = np.zeros(steps, np.int32)
    sums, used = allocation.prorata_by_slot(pot, demand, slot, 1)
    assert (sums == 2 * steps).all()
    assert (used == 2 * rows).all()
    assert allocation.slot_sums(demand, slot - 1, 0).shape == (rows, 0)
    assert allocation.prorata_by_slot(pot, demand, slot - 1, 0)[0].shape == (rows, 0)


def test_nothing_is_attributed_to_no_producer():
    assert allocation.attribute(energies([0, 0]), np.zeros((0, 2), np.int64)).shape == (0, 1, 2)


HUGE = np.full((2, 2), 2**62, np.int64)
PAIR = energies([1, 1], [2, 2])
TWO = energies(1, 1)
SLOT = np.zeros(2, np.int32)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: allocation.prorata([1, 1], PAIR), ValueError, "pot must be an array of int64, not list"),
        (lambda: allocation.prorata(TWO * 1.0, PAIR), ValueError, "pot must be an array of int64, not float64"),
        (lambda: allocation.prorata(TWO, TWO), ValueError, "demand must have 2 dimension"),
        (lambda: allocation.prorata(energies(1), PAIR), ValueError, "demand has 2 steps where 1 are expected"),
        (lambda: allocation.prorata(-TWO, PAIR), ValueError, "pot must not be negative"),
        (lambda: allocation.prorata(TWO, -PAIR), ValueError, "demand must not be negative"),
        (lambda: allocation.apportion(TWO, PAIR[:, :1]), ValueError, "weights has 1 steps where 2 are"),
        (lambda: allocation.fill(TWO, PAIR, energies(1)), ValueError, "weights has 1 rows where 2 are"),
        (lambda: allocation.quota(TWO, TWO, 1), ValueError, "weights add up to 2, more than the whole, 1"),
        (lambda: allocation.quota(TWO, TWO[:0], 0), ValueError, "whole must be at least 1"),
        (lambda: allocation.quota(TWO, TWO, 2**63), OverflowError, "does not fit in 63 bits"),
        (lambda: allocation.prorata(TWO, HUGE), OverflowError, "does not fit in 63 bits"),
        (lambda: allocation.fill(TWO, PAIR, HUGE[0]), OverflowError, "does not fit in 63 bits"),
        (lambda: allocation.slot_sums(HUGE, SLOT, 1), OverflowError, "does not fit in 63 bits"),
        (lambda: allocation.prorata_by_slot(TWO, HUGE[:1], SLOT, 1), OverflowError, "does not fit in 63 bits"),
        (lambda: allocation.slot_sums(PAIR, SLOT - 2, 1), ValueError, r"slot must be in \[-1, 1\)"),
        (lambda: allocation.slot_sums(PAIR, SLOT + 1, 1), ValueError, r"slot must be in \[-1, 1\)"),
        (lambda: allocation.slot_sums(PAIR, SLOT[:1], 1), ValueError, "slot has shape"),
        (lambda: allocation.slot_sums(PAIR, SLOT * 1.0, 1), ValueError, "slot must be an array of int32"),
        (lambda: allocation.slot_sums(PAIR, SLOT, -1), ValueError, "count must not be negative"),
        (lambda: allocation.attribute(PAIR, PAIR - 1), ValueError, "more energy is shared than produced"),
        (lambda: allocation.attribute(PAIR, PAIR, PAIR[:1]), ValueError, "given has shape"),
        (lambda: allocation.attribute(PAIR, PAIR, PAIR + 1), ValueError, "more than it produced"),
        (lambda: allocation.attribute(PAIR, PAIR, PAIR - 1), ValueError, "does not add up to what is shared"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_largest_sums_are_accepted():
    demand = energies([2**62, 2**62 - 1], [2**62 - 1, 2**62])  # 2**63 - 1, along both axes
    pot = energies(2**63 - 1, 2**62 + 12345)
    assert allocation.prorata(pot, demand).tolist() == by_step(prorata_step, pot, demand)
    assert allocation.slot_sums(demand, SLOT, 1).tolist() == [[2**63 - 1], [2**63 - 1]]
    assert allocation.prorata_by_slot(pot, demand, SLOT, 1)[1].tolist() == pot.tolist()


# --- which engine -------------------------------------------------------------------------------------------


def test_the_environment_may_force_the_twin():
    def ask(value):
        command = [sys.executable, "-c", "from mitoyen import allocation; print(allocation.backend())"]
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": path, "MITOYEN_KERNEL": value}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert ask("numpy").stdout == "numpy\n"
    assert ask("").stdout == ("cython\n" if BUILT else "numpy\n")
    assert "may only be 'numpy', or absent" in ask("fortran").stderr
