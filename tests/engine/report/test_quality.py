"""What is known of a month's data: two neighbours and a roof by the hour, three meters and 744 steps in January."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import pytest

import neighbours
from community import community
from mitoyen import pointers
from mitoyen.clock import Clock, Month
from mitoyen.curves import Curves
from mitoyen.report.quality import Difference, MonthQuality, Restatement, quality
from mitoyen.store import Results
from mitoyen.workspace import Workspace
from neighbours import FILES, commit, curve, git, noon, run, write

JANUARY = Month(2026, 1)
GAPS = FILES["operation"].replace("unit: kWh", "unit: kWh, gaps: zero")
PUBLISHED = FILES["operation"].replace(
    "unit: kWh",
    "unit: kWh, columns: {mtr-01: mtr-01, mtr-02: mtr-02, mtr-90: mtr-90, a: mtr-01/shared, b: mtr-02/shared}",
)


def looked(repo: Path, audience: str = "board") -> tuple[MonthQuality, ...]:
    here = Workspace(repo)
    return quality(here, here.operation("voisins"), audience)


def fetch(repo: Path, rows: str, months: str = "2026-01", **texts: str) -> None:
    write(repo, **{**FILES, **texts})
    (repo / "curves.csv").write_text(rows)
    code, said = run(repo, "fetch", "voisins", "--month", months)
    assert code == 0, said


def holes(rows: str) -> str:
    """m-a's curve lacks 9:00, 10:00 and 11:00 of 14 January, in UTC, and the roof's 10:00."""
    some = re.sub(r"^(2026-01-14T(?:09|10|11):00:00Z),1,", r"\1,,", rows, flags=re.MULTILINE)
    return re.sub(r"^(2026-01-14T10:00:00Z,.*),2$", r"\1,", some, flags=re.MULTILINE)


def correct(rows: str, hours: str, energy: str) -> str:
    """m-a's curve at some hours of 14 January, in UTC."""
    return re.sub(rf"^(2026-01-14T(?:{hours}):00:00Z),1,", rf"\1,{energy},", rows, flags=re.MULTILINE)


def committed(repo: Path, day: str) -> None:
    dates = {f"GIT_{who}_DATE": f"{day}T09:00:00+02:00" for who in ("AUTHOR", "COMMITTER")}
    with patch.dict(neighbours.WHO, dates):
        commit(repo)


def test_holes_are_counted_and_only_the_board_knows_whose(tmp_path: Path) -> None:
    """January: 4 of 3 x 744 steps were missing. February is whole: 3 x 672."""
    fetch(tmp_path, holes(curve("2026-01", "2026-02")), "2026-01..2026-02", operation=GAPS)
    february, january = looked(tmp_path)
    assert january == MonthQuality(
        month="2026-01",
        source="csv",
        delivered=None,
        meters=3,
        steps=744,
        filled=4,
        filled_by={"mtr-01": 3, "mtr-90": 1},
        policy="zero",
        left={"no value": 4, "outside the month": 2016},
        restated=(),
        published=False,
        difference=None,
    )
    assert (january.expected, january.availability) == (2232, Fraction(557, 558))
    assert (february.month, february.expected, february.filled, february.availability) == ("2026-02", 2016, 0, 1)
    for audience in ("members", "public", "anybody"):
        assert looked(tmp_path, audience) == (february, replace(january, filled_by={}))


def test_the_day_on_which_the_data_became_what_they_are(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / ".gitignore").write_text(".mitoyen/\n*.csv\n")
    rows = curve("2026-01", "2026-02")
    fetch(tmp_path, rows, "2026-01..2026-02")
    assert [one.delivered for one in looked(tmp_path)] == [None, None]
    committed(tmp_path, "2026-03-03")
    pointer = tmp_path / "operations/voisins/data/2026-02.yaml"
    pointer.write_text(f"# tidied\n{pointer.read_text()}")
    committed(tmp_path, "2026-03-04")
    git(tmp_path, "switch", "--quiet", "--create", "again")
    fetch(tmp_path, correct(rows, "09", "2"))
    committed(tmp_path, "2026-03-05")
    git(tmp_path, "switch", "--quiet", "main")
    dates = {f"GIT_{who}_DATE": "2026-03-09T09:00:00+02:00" for who in ("AUTHOR", "COMMITTER")}
    with patch.dict(neighbours.WHO, dates):
        git(tmp_path, "merge", "--quiet", "--no-ff", "--message", "Merged", "again")
    assert [one.delivered for one in looked(tmp_path)] == ["2026-03-03", "2026-03-05"]
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}", str(tmp_path / "shallow"))
    assert [one.delivered for one in looked(tmp_path / "shallow")] == [None, None]


def test_each_delivery_against_the_next_one(tmp_path: Path) -> None:
    """m-a's 9:00, 10:00 and 11:00 become 1.5 kWh, then 10:00 becomes 1.25: +1.5 kWh, then -0.25."""
    rows = curve("2026-01")
    fetch(tmp_path, rows)
    [whole] = looked(tmp_path)
    assert whole.restated == ()
    fetch(tmp_path, correct(rows, "09|10|11", "1.5"))
    fetch(tmp_path, correct(correct(rows, "09|11", "1.5"), "10", "1.25"))
    here = Workspace(tmp_path)
    pointer = here.operation("voisins").months["2026-01"]
    first, second = (one["until"] for one in pointer["former"])
    [january] = looked(tmp_path)
    assert january.restated == (
        Restatement(first, steps=3, meters=1, energy={"measured": 1_500_000}),
        Restatement(second, steps=1, meters=1, energy={"measured": -250_000}),
    )
    [shown] = looked(tmp_path, "public")
    assert shown.restated == (Restatement(first, 3, 1), Restatement(second, 1, 1))


def test_a_delivery_that_is_lost_or_on_another_clock(tmp_path: Path) -> None:
    fetch(tmp_path, curve("2026-01"))
    here = Workspace(tmp_path)
    pointer = here.operation("voisins").months["2026-01"]
    now = here.results.curves(pointer["snapshot"])
    other = Clock.of_month(JANUARY, 1800, "Europe/Paris")
    halves = {name: values.repeat(2) // 2 for name, values in now.values.items()}
    former = [
        {"snapshot": "sha256:" + "0" * 64, "until": "2026-02-03"},
        {"snapshot": here.results.freeze(Curves(other, halves)), "until": "2026-02-10"},
    ]
    pointers.write(tmp_path / "operations/voisins", JANUARY, {**pointer, "former": former})
    [january] = looked(tmp_path)
    assert january.restated == (
        Restatement("2026-02-03", unknown="lost"),
        Restatement("2026-02-10", unknown="clock"),
    )


def publish(repo: Path, shares: Callable[[int], tuple[float, float]]) -> None:
    """The operator's shares of m-a and m-b by hour of the day; nothing of the roof."""
    clock = Clock.of_month(JANUARY, 3600, "Europe/Paris")
    header, *lines = curve("2026-01").splitlines()
    rows = [f"{header},a,b"]
    for line, minute in zip(lines, clock.wall().minute.tolist(), strict=True):
        rows.append(",".join([line, *map(str, shares(minute // 60))]))
    fetch(repo, "\n".join(rows) + "\n", operation=PUBLISHED)


def test_the_operator_agrees(tmp_path: Path) -> None:
    publish(tmp_path, lambda hour: (0.5, 1.5) if noon(hour) else (0, 0))
    [january] = looked(tmp_path)
    assert january.published
    assert january.difference == Difference(("prorata",), tolerance=2, compared=1488, beyond=0, largest=0)


def test_the_operator_shares_in_equal_parts(tmp_path: Path) -> None:
    """At 186 hours m-a has 1 kWh of the operator and 0.5 by the key, m-b 1 and 1.5."""
    publish(tmp_path, lambda hour: (1, 1) if noon(hour) else (0, 0))
    [january] = looked(tmp_path)
    differs = Difference(("prorata",), tolerance=2, compared=1488, beyond=372, largest=500_000)
    assert (january.difference, january.trouble) == (differs, "")
    [shown] = looked(tmp_path, "members")
    assert shown.difference == replace(differs, largest=None)


def test_a_month_that_cannot_be_compared_says_why(tmp_path: Path) -> None:
    publish(tmp_path, lambda hour: (1, 1) if noon(hour) else (0, 0))
    for file in (tmp_path / ".mitoyen").rglob("curves/**/*"):
        if file.is_file():
            file.unlink()
    [january] = looked(tmp_path)
    assert january.published
    assert january.difference is None
    assert january.trouble == "ACC410 the frozen data of 2026-01 are not in the store"
    [shown] = looked(tmp_path, "public")
    assert (shown.difference, shown.trouble) == (None, "ACC410")


def test_pointers_alone_are_read_where_there_is_nothing_to_look_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(tmp_path, curve("2026-01"))

    def never(*_arguments: object) -> Curves:
        raise AssertionError("the store was read")

    monkeypatch.setattr(Results, "curves", never)
    [january] = looked(tmp_path)
    assert january.availability == 1
    (tmp_path / "operations/voisins/data/2026-01.yaml").unlink()
    assert looked(tmp_path) == ()


def test_a_real_month_with_a_hole(tmp_path: Path, real_data: Callable[[str], Path]) -> None:
    """March 2023: C06 and G02 join on the 18th, a week of each is not there; 31 days less an hour, of 7 meters."""
    data = real_data("at-community-2023-01-08")
    community(tmp_path, data.name, gaps="zero")
    assert run(tmp_path, "fetch", "real", "--month", "2023-03", "--file", str(data))[0] == 0
    here = Workspace(tmp_path)
    [march] = quality(here, here.operation("real"), "board")
    assert (march.meters, march.steps, march.policy) == (7, 2972, "zero")
    assert march.filled_by == {"c06": 672, "g02": 672}
    assert march.availability == 1 - Fraction(1344, 7 * 2972)
    assert march.difference
    assert march.difference.beyond == 0
    assert march.difference.largest is not None
    assert march.difference.largest <= 2
