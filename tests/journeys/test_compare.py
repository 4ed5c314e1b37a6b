"""Our shares against the operator's, by hand: two neighbours, and an operator that did something else.

At an hour of sharing the roof gives 2 kWh; m-a consumes 1 kWh and m-b 3, so that by the key in force, in
proportion, m-a has 0.5 and m-b 1.5: in January, 186 hours of sharing, 93 and 279 kWh.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mitoyen.clock import Clock, Month
from mitoyen.contracts import KWH
from mitoyen.diagnostics import Refused, UsageError
from neighbours import FILES, curve, noon, run, write

OPERATION = FILES["operation"].replace(
    "unit: kWh",
    "unit: kWh, columns: {mtr-01: mtr-01, mtr-02: mtr-02, mtr-90: mtr-90, "
    "a: mtr-01/shared, b: mtr-02/shared, s: mtr-90/surplus}",
)

Shares = Callable[[int, int], Sequence[object]]
"""(day of the month, hour) -> what the operator published: shared to m-a and m-b, perhaps the surplus."""


JANUARY = Month(2026, 1)


@dataclass
class Village:
    repo: Path
    month: Month = JANUARY

    def publish(self, shares: Shares, *, consumed: Sequence[int] = (1, 3), **texts: str) -> None:
        write(self.repo, **{**FILES, "operation": OPERATION, **texts})
        lines = curve(str(self.month), consumed=consumed).splitlines()
        clock = Clock.of_month(self.month, 3600, "Europe/Paris")
        rows = [[*lines[0].split(","), "a", "b", "s"]]
        for line, day, minute in zip(lines[1:], clock.wall().day_of_month, clock.wall().minute, strict=True):
            told = [str(one) for one in shares(int(day), int(minute) // 60)]
            rows.append([line, *told, *[""] * (3 - len(told))])
        (self.repo / "curves.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
        code, said = run(self.repo, "fetch", "voisins", "--month", str(self.month))
        assert code == 0, said

    def compare(self, *options: str, code: int) -> dict[str, Any]:
        line = ("compare", "voisins", "--month", str(self.month), *options)
        done, said = run(self.repo, *line, "--format", "json")
        assert done == code, said
        assert run(self.repo, *line)[0] == code
        result: dict[str, Any] = json.loads(said)
        return result


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


def in_proportion(_day: int, hour: int) -> tuple[object, ...]:
    return (0.5, 1.5, 0) if noon(hour) else (0, 0, 0)


def codes(done: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in done["findings"]]


def likely(done: dict[str, Any]) -> str:
    """The finding that names the cause."""
    [message] = [finding["message"] for finding in done["findings"] if finding["code"] == "ACC464"]
    return str(message)


def test_the_same_is_the_same(village: Village) -> None:
    village.publish(in_proportion)
    done = village.compare(code=0)
    assert (done["keys"], done["binding"], done["findings"], done["differences"]) == (
        ["prorata"],
        "computed",
        [],
        [],
    )
    assert {one["id"]: (one["ours"], one["theirs"]) for one in done["members"]} == {
        "m-a": ("93.000000", "93.000000"),
        "m-b": ("279.000000", "279.000000"),
        "p-roof": ("0.000000", "0.000000"),
    }
    [identity] = done["identities"]
    assert (identity["name"], identity["steps"]) == (
        "sum of AUTOCONS = sum of AUTOPROD",
        {"looked": 744, "beyond": 0},
    )


def test_another_key(village: Village) -> None:
    """In equal parts, m-a has 1 kWh, all it consumes, and m-b 1: 93 kWh from one to the other, 3 a day."""
    village.publish(lambda _day, hour: (1, 1) if noon(hour) else (0, 0))
    done = village.compare(code=1)
    assert codes(done) == ["ACC461", "ACC461", "ACC464"]
    assert likely(done) == "likely cause: the operator applies the key equal; with that, nothing differs"
    [first] = [one for one in done["members"] if one["id"] == "m-a"]
    assert (first["difference"], first["off"], first["steps"]["beyond"]) == ("93.000000", "93.000000", 186)
    assert done["differences"][0] == {
        "id": "m-a",
        "start": "2025-12-31T23:00:00Z",
        "ours": "3.000000",
        "theirs": "6.000000",
    }
    assert len(done["differences"]) == 62
    by_hour = village.compare("--by", "hour", code=1)["differences"]
    assert len(by_hour) == 372
    assert (by_hour[0]["start"], by_hour[0]["theirs"]) == ("2026-01-01T09:00:00Z", "1.000000")
    assert village.compare("--tolerance", "0.5", code=0)["differences"] == []
    assert village.compare("--key", "equal", code=0)["keys"] == ["equal"]
    with pytest.raises(UsageError, match="static"):
        village.compare("--key", "static", code=2)


def test_an_hour_of_shift(village: Village) -> None:
    village.publish(lambda day, hour: in_proportion(day, hour - 1)[:2])
    done = village.compare(code=1)
    assert "the operator's figures come 1 hour too late; with that, nothing differs" in likely(done)
    assert "fits as well: production comes 1 hour too early" in likely(done)  # who is late, no figure can tell


def test_winter_time_all_year(tmp_path: Path) -> None:
    """Until the clocks change the operator is right, and then an hour late."""
    village = Village(tmp_path, Month(2026, 3))
    village.publish(lambda day, hour: in_proportion(day, hour - (day >= 29))[:2])
    done = village.compare(code=1)
    assert likely(done).startswith(
        "likely cause: the operator's figures come 1 hour too late, from 2026-03-29 03:00 (+02:00) on; with that,"
    )


def test_the_unit(village: Village) -> None:
    """kWh that were read as if they were Wh."""
    village.publish(lambda _day, hour: (0.0005, 0.0015) if noon(hour) else (0, 0))
    assert "the operator's figures are 1/1000 of what they would be" in likely(village.compare(code=1))


def test_who_joined_later_for_the_operator(village: Village) -> None:
    """Until m-b is there, m-a has all it consumes: 1 kWh."""
    village.publish(lambda day, hour: in_proportion(day, hour)[:2] if day > 10 else (int(bool(noon(hour))), 0))
    done = village.compare(code=1)
    assert likely(done) == (
        "likely cause: the operator counts m-b only from 2026-01-11 on; with that, nothing differs"
    )
    assert len(done["differences"]) == 20


def test_who_left_earlier_for_the_operator(village: Village) -> None:
    village.publish(lambda day, hour: in_proportion(day, hour)[:2] if day < 21 else (int(bool(noon(hour))), 0))
    assert "the operator counts m-b only until 2026-01-21, excluded" in likely(village.compare(code=1))


def test_a_curve_the_operator_lacks(village: Village) -> None:
    village.publish(lambda _day, hour: (int(bool(noon(hour))), 0))
    assert "the operator does not count m-b at all" in likely(village.compare(code=1))


def test_rounding(village: Village) -> None:
    """A third and two thirds of 2 kWh, to the hundredth: 0.0033 kWh is what that makes, and no other cause."""
    village.publish(lambda _day, hour: (0.67, 1.33) if noon(hour) else (0, 0), consumed=(1, 2))
    done = village.compare(code=1)
    assert likely(done) == (
        "likely cause: the operator's figures are rounded to 0.010000 kWh, and all differences are within that"
    )
    assert done["findings"][-1]["help"] == "compare within it: --tolerance 0.005002"
    village.compare("--tolerance", "0.005002", code=0)


def test_coefficients_rounded_down(village: Village) -> None:
    """33.3 and 66.6 % of 2 kWh, where a third and two thirds were meant."""
    village.publish(lambda _day, hour: (0.666, 1.332) if noon(hour) else (0, 0), consumed=(1, 2))
    done = village.compare(code=1)
    assert likely(done) == (
        "likely cause: the operator applies coefficients rounded to 0.1 %: no step is a unit off"
    )


def test_no_cause_is_made_up(village: Village) -> None:
    """A share that follows nothing: the days differ, and no sentence says why."""
    village.publish(lambda day, hour: (day % 3 / 7, day % 5 / 9) if noon(hour) else (0, 0))
    done = village.compare(code=1)
    assert codes(done) == ["ACC461", "ACC461"]
    assert done["causes"] == []


def test_figures_that_contradict_each_other(village: Village) -> None:
    """All 2 kWh are shared, and 1 kWh of surplus is left over: at 186 hours, 186 kWh."""
    village.publish(lambda _day, hour: (0.5, 1.5, 1) if noon(hour) else (0, 0, 0))
    done = village.compare(code=1)
    [finding] = [one for one in done["findings"] if one["code"] == "ACC462"]
    assert "sum of AUTOCONS = sum of AUTOPROD fails at 186 of 744 steps, by 186.000000 kWh" in finding["message"]


def test_silence_is_no_difference(village: Village) -> None:
    village.publish(
        lambda day, hour: (*in_proportion(day, hour)[:1], "" if day == 5 else in_proportion(day, hour)[1])
    )
    done = village.compare(code=0)
    assert codes(done) == ["ACC465"]
    assert "no share of m-b at 24 of 744 steps" in done["findings"][0]["message"]


def test_where_the_operators_shares_bind_the_nearest_key_is_held_against_them(village: Village) -> None:
    village.publish(in_proportion, keys="2026-01-01: {rule: distributor}\n")
    done = village.compare(code=0)
    assert (done["keys"], done["binding"]) == (["prorata"], "published")


def test_nothing_published_is_nothing_to_compare(village: Village) -> None:
    village.publish(lambda _day, _hour: ())
    with pytest.raises(Refused) as caught:
        run(village.repo, "compare", "voisins", "--month", "2026-01")
    assert [finding.code for finding in caught.value.findings] == ["ACC463"]


def test_the_tolerance_is_an_energy(village: Village) -> None:
    village.publish(lambda _day, hour: (0.501, 1.499) if noon(hour) else (0, 0))
    assert village.compare("--tolerance", "1 Wh", code=0)["tolerance"] == f"{1000 / KWH:.6f}"
    village.compare("--tolerance", "0.9 Wh", code=1)
