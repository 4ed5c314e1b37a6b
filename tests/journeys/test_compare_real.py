"""Two real energy communities against their grid operator: within tolerance as they are, and four faults found out.

A fault is put into the frozen curves, as a file read wrongly or an operator's mistake would bring it; the shares of
a member who joins late are shared again by the law's formula, in fractions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from community import community
from mitoyen.clock import Month
from mitoyen.curves import Curves, Name
from mitoyen.pointers import write as write_pointer
from mitoyen.workspace import Workspace
from neighbours import run

AUGUST = Month(2023, 8)
PUBLISHED = ("shared", "surplus")

Fault = Callable[[Curves], dict[Name, Any]]


@pytest.fixture(scope="module")
def frozen(real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """August 2023 of five consumers and four plants."""
    data, repo = real_data("at-community-2023-08"), tmp_path_factory.mktemp("august")
    community(repo, data.name)
    assert run(repo, "fetch", "real", "--month", "2023-08", "--file", str(data))[0] == 0
    return repo


@pytest.fixture
def faulty(frozen: Path) -> Iterator[Callable[[Fault], dict[str, Any]]]:
    """What `compare` says of the month with a fault in it."""
    here = Workspace(frozen)
    pointer = frozen / "operations/real/data/2023-08.yaml"
    before = pointer.read_bytes()

    def compare(fault: Fault) -> dict[str, Any]:
        operation = here.operation("real")
        said = operation.months["2023-08"]
        curves = here.results.curves(said["snapshot"])
        snapshot = here.results.freeze(replace(curves, values={**curves.values, **fault(curves)}))
        write_pointer(pointer.parent.parent, AUGUST, {**said, "snapshot": snapshot})
        code, text = run(frozen, "compare", "real", "--month", "2023-08", "--format", "json")
        assert code == 1
        done: dict[str, Any] = json.loads(text)
        assert done["findings"][-1]["code"] == "ACC464"
        return done

    yield compare
    pointer.write_bytes(before)


def of_kind(curves: Curves, *kinds: str) -> Iterator[tuple[Name, Any]]:
    return ((name, values) for name, values in curves if name.kind in kinds)


def moved(curves: Curves, steps: int, *kinds: str) -> dict[Name, Any]:
    return {name: np.roll(values, steps) for name, values in of_kind(curves, *kinds)}


@pytest.mark.parametrize(
    ("name", "months"),
    [
        ("at-community-2023-08", ["2023-08"]),
        ("at-community-2023-01-08", ["2023-01", "2023-03", "2023-06", "2023-08"]),
    ],
)
def test_as_they_are_they_agree(
    name: str, months: list[str], tmp_path: Path, real_data: Callable[[str], Path]
) -> None:
    """To two milliwatt-hours at every step: the operator rounds its figures to the sixth decimal."""
    data = real_data(name)
    community(tmp_path, name, gaps="zero")
    assert run(tmp_path, "fetch", "real", "--month", f"{months[0]}..{months[-1]}", "--file", str(data))[0] == 0
    for month in months:
        code, text = run(tmp_path, "compare", "real", "--month", month, "--format", "json")
        done = json.loads(text)
        assert (code, done["findings"], done["keys"]) == (0, [], ["prorata"]), month
        assert all(one["steps"]["published"] > 0 for one in done["members"]), month
        assert all(identity["steps"]["looked"] > 0 for identity in done["identities"]), month


def test_a_shifted_hour(faulty: Callable[[Fault], dict[str, Any]]) -> None:
    done = faulty(lambda curves: moved(curves, 4, *PUBLISHED))
    assert [one["cause"] for one in done["causes"]] == ["the operator's figures come 1 hour too late"]
    assert done["causes"][0]["exact"]


def test_the_end_of_a_step_taken_for_its_start(faulty: Callable[[Fault], dict[str, Any]]) -> None:
    done = faulty(lambda curves: moved(curves, 1, *PUBLISHED))
    assert [one["cause"] for one in done["causes"]] == ["the operator's figures come 15 minutes too late"]
    assert "end of a step" in done["findings"][-1]["help"]


@pytest.mark.parametrize(("steps", "said"), [(1, "15 minutes too late"), (-4, "1 hour too early")])
def test_production_alone(steps: int, said: str, faulty: Callable[[Fault], dict[str, Any]]) -> None:
    done = faulty(
        lambda curves: {name: one for name, one in moved(curves, steps, "measured").items() if name.id > "g"}
    )
    assert [one["cause"] for one in done["causes"]] == [f"production comes {said}"]


def test_watts_for_watt_hours(faulty: Callable[[Fault], dict[str, Any]]) -> None:
    done = faulty(lambda curves: {name: values * 4 for name, values in of_kind(curves, *PUBLISHED)})
    assert [one["cause"] for one in done["causes"]] == ["the operator's figures are 4 times what they would be"]
    assert "W is mean power" in done["findings"][-1]["help"]


@pytest.mark.parametrize("meter", ["c05", "g04"])
def test_one_curve_in_watts(meter: str, faulty: Callable[[Fault], dict[str, Any]]) -> None:
    done = faulty(lambda curves: {Name(meter, "measured"): curves.values[Name(meter, "measured")] * 4})
    assert done["causes"][0]["cause"] == f"the measured curve of {meter} is 4 times what it would be"
    assert done["causes"][0]["exact"]


def test_a_late_joiner(faulty: Callable[[Fault], dict[str, Any]]) -> None:
    """The operator counts c05 from 11 August on."""
    done = faulty(lambda curves: joining(curves, "c05", date(2023, 8, 11)))
    assert [one["cause"] for one in done["causes"]] == ["the operator counts c05 only from 2023-08-11 on"]
    assert done["causes"][0]["exact"]


def joining(curves: Curves, late: str, day: date) -> dict[Name, Any]:
    """What the operator would have published, each share rounded by itself: C_i x min(1, P / sum of C)."""
    names = {kind: [name.id for name, _one in of_kind(curves, kind)] for kind in PUBLISHED}
    measured = {one: curves.values[Name(one, "measured")].tolist() for ids in names.values() for one in ids}
    start = curves.clock.index(day)
    changed = {
        Name(one, kind): values.copy()
        for kind, ids in names.items()
        for one in ids
        for values in [curves.values[Name(one, kind)]]
    }
    for step in range(start):
        consumed = {one: 0 if one == late else measured[one][step] for one in names["shared"]}
        produced, wanted = sum(measured[one][step] for one in names["surplus"]), sum(consumed.values())
        part = min(Fraction(1), Fraction(produced, wanted)) if wanted else Fraction(0)
        used = Fraction(min(produced, wanted), produced) if produced else Fraction(0)
        for one in names["shared"]:
            changed[Name(one, "shared")][step] = round(consumed[one] * part)
        for one in names["surplus"]:
            changed[Name(one, "surplus")][step] = round(measured[one][step] * (1 - used))
    return changed
