"""A load moved to noon: nothing of it is lost, and what it brings is what the key gives, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen.chain import Chain
from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, MISSING
from mitoyen.report.shifting import LOAD, Shift, shift, shifted
from mitoyen.sharing import Shared
from mitoyen.workspace import Workspace
from neighbours import FILES, curve, run, write

FEBRUARY = Month(2026, 2)
MARCH = Clock.of_month(Month(2026, 3), 3600, "Europe/Paris")
"""With a day of 23 hours."""


def moved(repo: Path, consumer: str) -> Shift | None:
    here = Workspace(repo)
    chain = Chain(here.operation("voisins"), here.host, here.results)
    return shift(chain, FEBRUARY, consumer, chain.shared(FEBRUARY))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    write(tmp_path, **FILES)
    (tmp_path / "curves.csv").write_text(curve("2026-02"))
    assert run(tmp_path, "fetch", "voisins", "--month", "2026-02")[0] == 0
    return tmp_path


def test_a_day_by_hand() -> None:
    """4 kWh from 18:00 to 22:00: a quarter of the load from each hour, a third to each from 12:00 to 15:00."""
    clock = Clock.of_month(Month(2026, 2), 3600, "Europe/Paris").part(0, 24)
    values, total = shifted(np.full(24, KWH, dtype=np.int64), clock)
    assert total == LOAD == KWH
    assert values[18:22].tolist() == [750_000] * 4
    assert values[12:15].tolist() == [1_333_334, 1_333_333, 1_333_333]
    assert values[:12].tolist() == [KWH] * 12
    assert values[15:18].tolist() == [KWH] * 3


def test_no_more_than_was_used() -> None:
    """0.3 kWh in the evening: all of it is moved, and no hour goes below zero."""
    clock = Clock.of_month(Month(2026, 2), 3600, "Europe/Paris").part(0, 24)
    used = np.zeros(24, dtype=np.int64)
    used[19], used[20] = 200_000, 100_000
    values, total = shifted(used, clock)
    assert total == 300_000
    assert values.tolist() == [0] * 12 + [100_000] * 3 + [0] * 9


@settings(deadline=None)
@given(st.lists(st.integers(0, 3 * KWH), min_size=MARCH.steps, max_size=MARCH.steps))
def test_nothing_is_lost(used: list[int]) -> None:
    before = np.array(used, dtype=np.int64)
    values, total = shifted(before, MARCH)
    assert values.sum() == before.sum()
    assert (values >= 0).all()
    assert total == np.abs(values - before).sum() // 2
    assert total <= LOAD * 31


def test_steps_of_nobody_stay_so() -> None:
    """Before a member joins there is no value, and none is made."""
    values = np.full(MARCH.steps, MISSING, dtype=np.int64)
    same, total = shifted(values, MARCH)
    assert total == 0
    assert (same == MISSING).all()


def test_what_it_brings(repo: Path) -> None:
    """At noon m-a uses 4/3 of 13/3 kWh instead of 1 of 4: 2 kWh x (4/13 - 1/4) x 3 hours x 28 days = 9.692 kWh.

    All that is produced was shared before, and is still: the other has as much less.
    """
    found = moved(repo, "m-a")
    assert found is not None
    assert found.moved == 28 * KWH
    assert found.before == 84 * KWH
    assert found.more == pytest.approx(9_692_308, abs=28 * 3)
    assert found.others == -found.more


def test_nothing_in_the_evening(tmp_path: Path) -> None:
    write(tmp_path, **FILES)
    (tmp_path / "curves.csv").write_text(curve("2026-02", consumed=(0, 3)))
    assert run(tmp_path, "fetch", "voisins", "--month", "2026-02")[0] == 0
    assert moved(tmp_path, "m-a") == Shift(0, 0, 0, 0)


def test_the_operators_own_shares_are_not_played_again(repo: Path) -> None:
    write(repo, keys="2026-01-01: {rule: distributor, because: resolution 3}\n")
    here = Workspace(repo)
    chain = Chain(here.operation("voisins"), here.host, here.results)
    clock = Clock.of_month(Month(2026, 2), 3600, "Europe/Paris")
    assert shift(chain, Month(2026, 2), "m-a", Shared.nothing(clock, ("p-roof",), ("m-a", "m-b"))) is None
