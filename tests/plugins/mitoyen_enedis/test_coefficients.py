"""The coefficients that are sent: read back and applied as the operator would, they give our shares.

Numbers of meters are made here, none is anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporting import OPERATION, exported
from mitoyen import allocation
from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH, Allocated, Document, Energies, Participant
from mitoyen.diagnostics import Refused
from mitoyen_enedis.coefficients import applied, loss, rounded
from mitoyen_enedis.coefficients_file import FORMAT

MARCH = Month(2026, 3)


def number(index: int) -> str:
    """Fourteen digits, such as a meter has."""
    return str(index) * 4 + str(10**9 + index)


def month(
    produced: Any, consumed: Any, shared: Any, *, when: Month = MARCH, step: int = 3600, binding: bool = False
) -> Allocated:
    """An hour of sharing or more, and nothing for the rest of the month; shared [producer, consumer, step]."""
    clock = Clock.of_month(when, step, "Europe/Paris")

    def whole(values: Any) -> Energies:
        some = np.array(values, dtype=np.int64)
        return np.concatenate([some, np.zeros((*some.shape[:-1], clock.steps - some.shape[-1]), np.int64)], axis=-1)

    producers = tuple(f"p-{index}" for index in range(len(produced)))
    consumers = tuple(f"m-{index}" for index in range(len(consumed)))
    return Allocated(when, clock, producers, consumers, whole(produced), whole(consumed), whole(shared), binding)


def sent(one: Allocated, *, without: str = "", **options: Any) -> list[Document]:
    members = {
        name: Participant(name, role, f"mtr-{name}", date(2026, 1, 1), None)
        for role, names in (("producer", one.producers), ("consumer", one.consumers))
        for name in names
    }
    numbers = {f"mtr-{name}": number(index) for index, name in enumerate(members, 1) if name != without}
    operation = replace(OPERATION, participants=members, details={"agreement": "ACC00000001"})
    return exported(FORMAT, allocated=[one], numbers=numbers, operation=operation, **options)


def read(document: Document) -> tuple[list[str], list[str], list[list[Fraction]]]:
    """Its numbers, its times, its coefficients by row, as parts of one."""
    header, *rows = [line.split(";") for line in document.content.decode("ascii").split("\n")]
    assert header[0] == "Horodate"
    parts = [[Fraction(cell.replace(",", ".")) / 100 for cell in row[1:]] for row in rows]
    return header[1:], [row[0] for row in rows], parts


def operators(documents: Sequence[Document], produced: Energies, consumed: Energies) -> list[list[Fraction]]:
    """Percent of the production of the step, at most what was consumed: [step][consumer], in fractions."""
    files = [read(document)[2] for document in documents]
    made = []
    for step in range(consumed.shape[1]):
        offers = [
            sum((file[step][who] * int(pot[step]) for file, pot in zip(files, produced, strict=True)), Fraction())
            for who in range(len(consumed))
        ]
        made.append(
            [min(offer, Fraction(int(most))) for offer, most in zip(offers, consumed[:, step], strict=True)]
        )
    return made


# --- by hand -----------------------------------------------------------------------------------------


def test_three_thirds() -> None:
    """A third of 3 kWh is 33.3 % and a rest of one tenth a step, which goes round."""
    hours = [[3 * KWH] * 3], [[2 * KWH] * 3] * 3, [[[KWH] * 3] * 3]
    [document] = sent(month(*hours), decimals=1)
    assert document.name == "ACC00000001_60_01032026_31032026.txt"
    assert document.content.decode().split("\n")[:5] == [
        f"Horodate;{number(2)};{number(3)};{number(4)}",
        "01/03/2026 00:00;33,4;33,3;33,3",
        "01/03/2026 01:00;33,3;33,4;33,3",
        "01/03/2026 02:00;33,3;33,3;33,4",
        "01/03/2026 03:00;0,0;0,0;0,0",
    ]
    assert not document.content.endswith(b"\n")
    assert document.notes[0] == (
        "rounded to 0.1 %: 0.000000 of 9.000000 kWh become surplus (0.0000 %), 0.006000 kWh go to another member"
    )  # 33.4 % of 3 kWh is 1.002


def test_who_is_served_in_full_is_rounded_up() -> None:
    """1.0001 of 3 kWh is 33.336…%: with 33.4 % it is offered more than it consumes, and nobody misses it."""
    served = [1_000_100] * 1
    [document] = sent(month([[3 * KWH]], [served, served], [[served, served]]), decimals=1)
    assert read(document)[2][0] == [Fraction(334, 1000)] * 2
    assert "0.000000 of 2.000200 kWh become surplus" in document.notes[0]


def test_an_unassigned_part_stays_surplus_over_the_month() -> None:
    """An eighth of 8 kWh, in whole percents: 13 and 12 by turns, and 1 kWh each over two hours."""
    [document] = sent(month([[8 * KWH] * 4], [[9 * KWH] * 4], [[[KWH] * 4]]), decimals=0)
    assert [row[0] * 100 for row in read(document)[2][:4]] == [13, 12, 13, 12]
    assert "0.000000 of 4.000000 kWh" in document.notes[0]


def test_a_key_that_tells_producers_apart_has_a_file_for_each() -> None:
    """The first plant is for the first member, the second one for the second."""
    one = month([[2 * KWH], [4 * KWH]], [[KWH], [3 * KWH]], [[[KWH], [0]], [[0], [3 * KWH]]])
    documents = sent(one)
    assert [document.name for document in documents] == [
        f"ACC00000001_60_01032026_31032026_{number(1)}.txt",
        f"ACC00000001_60_01032026_31032026_{number(2)}.txt",
    ]
    assert [read(document)[2][0] for document in documents] == [[Fraction(1, 2), 0], [0, Fraction(3, 4)]]
    [pooled] = sent(one, producers="pooled")
    assert read(pooled)[2][0] == [Fraction("0.1667"), Fraction("0.5")]


def test_a_meter_that_passes_on_has_one_column() -> None:
    one = month([[4 * KWH] * 2], [[KWH, 0], [0, KWH]], [[[KWH, 0], [0, KWH]]])
    members = {
        "p-0": Participant("p-0", "producer", "mtr-p", date(2026, 1, 1), None),
        **{name: Participant(name, "consumer", "mtr-m", date(2026, 1, 1), None) for name in ("m-0", "m-1")},
    }
    operation = replace(OPERATION, participants=members, details={"agreement": "ACC00000001"})
    [document] = exported(FORMAT, allocated=[one], numbers={"mtr-m": number(5)}, operation=operation)
    assert read(document)[0] == [number(5)]
    assert read(document)[2][:2] == [[Fraction(1, 4)], [Fraction(1, 4)]]


@pytest.mark.parametrize(("when", "rows", "hours"), [(Month(2026, 3), 2972, 0), (Month(2026, 10), 2980, 8)])
def test_the_clocks_on_the_wall_change(when: Month, rows: int, hours: int) -> None:
    """Two o'clock is not there on 29 March, and twice on 25 October: 4 quarters, or 8."""
    [document] = sent(month([[0]], [[0]], [[[0]]], when=when, step=900))
    _numbers, times, _parts = read(document)
    assert len(times) == rows
    day = {3: "29/03/2026 02", 10: "25/10/2026 02"}[when.number]
    assert sum(one.startswith(day) for one in times) == hours
    assert any("twice" in note for note in document.notes) == bool(hours)


def test_what_is_missing_is_said_without_a_number() -> None:
    one = month([[KWH]], [[KWH], [KWH]], [[[KWH], [0]]])
    with pytest.raises(Refused) as caught:
        sent(one, without="m-1")
    [finding] = caught.value.findings
    assert (finding.code, str(finding.place)) == ("ACC466", "participants.yaml/m-1/meter:1:1")
    assert not re.search("[0-9]{14}", str(finding))
    with pytest.raises(Refused) as caught:
        exported(FORMAT, allocated=[one])
    assert [finding.code for finding in caught.value.findings] == ["ACC467"]
    with pytest.raises(Refused) as caught:
        sent(replace(one, binding=True))
    assert [finding.code for finding in caught.value.findings] == ["ACC468"]


def test_until_when() -> None:
    one = month([[KWH]], [[KWH]], [[[KWH]]])
    assert sent(one)[0].notes[-1].startswith("until when the operator takes it is not public")
    assert sent(one, due=10)[0].notes[-1] == "to be sent by 2026-04-10, as `due:` says"


# --- laws -----------------------------------------------------------------------------------------


@st.composite
def steps(draw: st.DrawFn, producers: int = 1) -> tuple[Energies, Energies, Energies]:
    """produced [producer, step], consumed [consumer, step], shared [producer, consumer, step] by some key."""
    count, length = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    energy = st.one_of(st.integers(0, 30), st.integers(0, 5 * KWH))
    row = st.lists(energy, min_size=length, max_size=length)
    produced = np.array([draw(row) for _one in range(producers)], dtype=np.int64)
    consumed = np.array([draw(row) for _one in range(count)], dtype=np.int64)
    parts = np.array(draw(st.lists(st.integers(0, 10), min_size=count, max_size=count)), dtype=np.int64)
    kind = draw(st.sampled_from(["prorata", "static", "fill"]))
    left, pairs = consumed.copy(), []
    for pot in produced:
        if kind == "prorata":
            mine = allocation.prorata(pot, left)
        elif kind == "static":
            mine = np.minimum(allocation.quota(pot, parts, 60), left)
        else:
            mine = allocation.fill(pot, left, np.ones(count, dtype=np.int64))
        left = left - mine
        pairs.append(mine)
    return produced, consumed, np.stack(pairs)


@given(data=steps(), decimals=st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_read_back_it_gives_our_shares_within_the_loss_it_tells(
    data: tuple[Energies, Energies, Energies], decimals: int
) -> None:
    produced, consumed, shared = data
    one = month(produced, consumed, shared, when=Month(2026, 2))
    [document] = sent(one, decimals=decimals)
    _numbers, _times, parts = read(document)
    assert all(sum(row) <= 1 for row in parts)
    theirs, unit = operators([document], produced, consumed), Fraction(1, 100 * 10**decimals)
    for step, row in enumerate(theirs):
        for who, energy in enumerate(row):
            assert abs(energy - int(shared[0, who, step])) <= unit * int(produced[0, step])
    lost = sum(int(value) for value in shared.flat) - sum(sum(row, Fraction()) for row in theirs)
    said = Fraction(re.search(r"%: (-?[0-9.]+) of", document.notes[0])[1]) * KWH  # type: ignore[index]
    assert 0 <= said - lost < shared[0].size  # to a milliwatt-hour for each share, which we round down


@given(data=steps(producers=2), decimals=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_by_producer_likewise(data: tuple[Energies, Energies, Energies], decimals: int) -> None:
    produced, consumed, shared = data
    documents = sent(month(produced, consumed, shared, when=Month(2026, 2)), decimals=decimals, producers="apart")
    assert all(sum(row) <= 1 for document in documents for row in read(document)[2])
    unit = Fraction(1, 100 * 10**decimals)
    for step, row in enumerate(operators(documents, produced, consumed)):
        for who, energy in enumerate(row):
            most = unit * int(produced[:, step].sum())
            assert abs(energy - int(shared[:, who, step].sum())) <= most


@given(data=steps(), whole=st.sampled_from([7, 10, 100]))
@settings(max_examples=150, deadline=None)
def test_no_other_rounding_of_a_step_loses_less(data: tuple[Energies, Energies, Energies], whole: int) -> None:
    """Of all that are less than a unit off and within the whole: to half a unit, and a milliwatt-hour a member."""
    produced, consumed, shared = data
    pot, most, share = produced[0, :1], consumed[:, :1], shared[0, :, :1]
    ours = loss(share, applied(rounded(share, pot, most - share, whole), pot, most, whole)).lost
    if not pot[0]:
        return
    exact = [divmod(int(one) * whole, int(pot[0])) for one in share[:, 0]]
    choices = product(*([units, units + 1] if rest else [units] for units, rest in exact))
    least = min(
        loss(share, applied(np.array([choice]).T, pot, most, whole)).lost
        for choice in choices
        if sum(choice) <= whole
    )
    assert ours <= max(least, 0) + Fraction(int(pot[0]), 2 * whole) + len(share)


def lost(count: int, decimals: int) -> Mapping[str, float]:
    """Percent of a sunny fortnight that becomes surplus, ours and rounded down; and the worst for one member."""
    draw = np.random.default_rng(count)
    hour = np.arange(96 * 14) % 96
    sun = np.clip(np.sin((hour - 24) / 48 * np.pi), 0, None) * (hour >= 24)
    pot = (sun * 3 * KWH * count * draw.uniform(0.2, 1, hour.size)).astype(np.int64)
    consumed = (draw.lognormal(0, 1, (count, hour.size)) * draw.uniform(0.2, 2, (count, 1)) * KWH).astype(np.int64)
    shared, whole = allocation.prorata(pot, consumed), 100 * 10**decimals
    theirs = applied(rounded(shared, pot, consumed - shared, whole), pot, consumed, whole)
    down = applied(shared * whole // np.maximum(pot, 1), pot, consumed, whole)
    off = np.abs(theirs.sum(axis=1) - shared.sum(axis=1)) / shared.sum(axis=1)
    total = shared.sum() / 100
    return {
        "ours": loss(shared, theirs).lost / total,
        "down": loss(shared, down).lost / total,
        "worst": float(off.max()) * 100,
    }


@pytest.mark.parametrize(("count", "down"), [(3, 0.1), (16, 0.7), (100, 5)])
def test_with_one_decimal_a_hundredth_of_what_is_lost_by_rounding_down(count: int, down: float) -> None:
    """And nobody is always the one who is rounded down: over a fortnight, each has its share to a hundredth."""
    found = lost(count, 1)
    assert found["down"] > down
    assert abs(found["ours"]) < found["down"] / 50
    assert found["worst"] < 1
