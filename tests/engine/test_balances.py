"""A key within what members have left: conserved, never more than is left, as ever until somebody has none."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pytest

from mitoyen.balances import Cap, Purse, Within
from mitoyen.contracts import AllocationRule, Energies, Sharing
from mitoyen.host import installed
from mitoyen.sharing import by_pair
from mitoyen.testing import example

RULES = [rule for rule in installed().all(AllocationRule) if not rule.binding]
ALWAYS = {(date(2026, 1, 1), date(2027, 1, 1)): "others"}


def purse(left: int) -> Purse:
    return Purse.of(Cap("m", "prepaid", left, {}, {}))


def shared_within(
    rule: AllocationRule, sharing: Sharing, others: dict[int, Purse], surplus: dict[int, Purse]
) -> Energies:
    def share(first: int, last: int, consumed: Energies) -> Energies:
        assert (consumed <= sharing.consumed[:, first:last]).all()
        part = sharing.part(first, last, consumed)
        return by_pair(part, rule.allocate(part))

    return Within(share, sharing.consumed, others, surplus).pairs()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("seed", range(25))
def test_conserved_and_never_more_than_is_left(rule: AllocationRule, seed: int) -> None:
    random = Random(seed)
    sharing = rule.sample(random, example(random))
    for array in (sharing.produced, sharing.consumed):
        array.setflags(write=False)
    free = by_pair(sharing, rule.allocate(sharing))
    rows = list(range(len(sharing.consumers)))
    random.shuffle(rows)
    cut = sorted(random.sample(rows, random.randint(0, len(rows))))
    lefts = {row: random.choice([0, 1, random.randint(0, max(1, int(free[:, row].sum()))), 10**12]) for row in cut}
    purses = {row: purse(left) for row, left in lefts.items()}
    others = {row: one for row, one in purses.items() if random.random() < 0.5}
    surplus = {row: one for row, one in purses.items() if row not in others}
    pairs = shared_within(rule, sharing, dict(others), dict(surplus))

    assert pairs.shape == free.shape
    assert (pairs >= 0).all()
    assert (pairs.sum(axis=0) <= sharing.consumed).all()
    assert (pairs.sum(axis=1) <= sharing.produced).all()
    for row, left in lefts.items():
        assert int(pairs[:, row].sum()) + purses[row].left == left
        assert purses[row].left >= 0
        if left >= int(free[:, row].sum()) and not others:  # nobody left anything to others
            assert np.array_equal(pairs[:, row], free[:, row])
    if not others:
        untouched = [row for row in rows if row not in lefts]
        assert np.array_equal(pairs[:, untouched], free[:, untouched])
        for row in surplus:  # all of it, to the last unit
            assert int(pairs[:, row].sum()) == min(lefts[row], int(free[:, row].sum()))
    first = min(
        (
            int((free[:, row].sum(axis=0).cumsum() > left).argmax())
            for row, left in lefts.items()
            if int(free[:, row].sum()) > left
        ),
        default=free.shape[2],
    )
    assert np.array_equal(pairs[:, :, :first], free[:, :, :first])


def test_who_is_spent_stays_so_until_it_buys() -> None:
    one = Purse.of(Cap("m", "prepaid", 5, {date(2026, 1, 10): 7}, ALWAYS))
    assert one.opens(date(2026, 1, 1)) == "others"
    one.spent = True
    assert one.opens(date(2026, 1, 9)) == "others"
    assert one.spent
    assert one.opens(date(2026, 1, 10)) == "others"
    assert (one.left, one.spent) == (12, False)
    assert one.opens(date(2027, 1, 1)) is None
