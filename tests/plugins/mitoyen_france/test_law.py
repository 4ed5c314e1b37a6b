"""The files of the law: every one is read, complete and sourced; a slip in one of them is told with its place."""

from __future__ import annotations

import doctest
from datetime import date
from pathlib import Path

import pytest

import mitoyen_france
from mitoyen_france import law, names, parameter, read
from mitoyen_france.law import Malformed, parse_parameter

JO = {
    "arrêté du 21 novembre 2019": date(2019, 11, 24),
    "arrêté du 14 octobre 2020": date(2020, 10, 18),
    "arrêté du 19 septembre 2023": date(2023, 10, 7),
    "arrêté du 21 février 2025": date(2025, 3, 5),
}


@pytest.mark.parametrize("name", names())
def test_every_value_says_where_it_comes_from(name: str) -> None:
    one = read(name)
    assert one.title
    for value in one.values:
        assert value.checked >= date(2026, 11, 22)
        published = value.reference.published
        if value.reference.text in JO:
            # None of these texts sets another day: it holds from the day after its publication.
            assert published == JO[value.reference.text]
            assert (value.start - published).days == 1
        assert value.reference.url
        assert value.sure or value.because
    assert [value.start for value in one.values] == sorted({value.start for value in one.values})


def test_every_kind_of_perimeter_has_the_same_files() -> None:
    outline: dict[str, set[str]] = {}
    for name in names():
        if name.startswith("perimeter/"):
            _perimeter, kind, what = name.split("/")
            outline.setdefault(kind, set()).add(what)
    assert set(outline) == {"building", "extended", "peri-urban", "rural", "territory"}
    assert set(map(frozenset, outline.values())) == {frozenset({"decision", "diameter", "non-interconnected"})}


@pytest.mark.parametrize(
    ("name", "day", "value"),
    [
        ("power-cap/mainland", date(2019, 11, 24), "not in the law"),
        ("power-cap/mainland", date(2019, 11, 25), 3_000_000),
        ("power-cap/mainland", date(2025, 3, 5), 3_000_000),
        ("power-cap/mainland", date(2025, 3, 6), 5_000_000),
        ("power-cap/non-interconnected", date(2026, 1, 1), 500_000),
        ("power-cap/territory", date(2026, 1, 1), 10_000_000),
        ("power-cap/building", date(2026, 1, 1), None),
        ("perimeter/building/diameter", date(2026, 1, 1), None),
        ("perimeter/extended/diameter", date(2019, 11, 24), None),
        ("perimeter/extended/diameter", date(2019, 11, 25), 2_000),
        ("perimeter/rural/diameter", date(2020, 10, 18), "not in the law"),
        ("perimeter/rural/diameter", date(2020, 10, 19), 20_000),
        ("perimeter/peri-urban/diameter", date(2023, 10, 7), "not in the law"),
        ("perimeter/peri-urban/diameter", date(2023, 10, 8), 10_000),
        ("perimeter/territory/diameter", date(2025, 3, 6), None),
        ("perimeter/rural/decision", date(2026, 1, 1), True),
        ("perimeter/extended/decision", date(2026, 1, 1), False),
        ("step", date(2024, 9, 30), 1800),
        ("step", date(2024, 10, 1), 900),
    ],
)
def test_the_law_on_a_day(name: str, day: date, value: object) -> None:
    found = parameter(name, on=day)
    assert (found.value if found else "not in the law") == value


def test_what_is_not_settled_is_marked() -> None:
    assert not any(value.sure for value in read("step").values)
    assert not any(value.sure for value in read("perimeter/territory/decision").values)
    assert all(value.sure for value in read("power-cap/mainland").values)
    assert read("step").values[0].source == "code de l'énergie, art. D. 315-1, to be confirmed"


def test_strictly_under_and_up_to() -> None:
    cap, diameter = read("power-cap/mainland"), read("perimeter/extended/diameter")
    three, two = cap.values[0], diameter.values[1]
    assert [cap.allows(watts, three) for watts in (2_999_999, 3_000_000, 3_000_001)] == [True, False, False]
    assert [diameter.allows(metres, two) for metres in (1_999, 2_000, 2_001)] == [True, True, False]
    assert diameter.allows(10**9, diameter.values[0])


def test_an_unknown_parameter() -> None:
    with pytest.raises(KeyError, match='did you mean "power-cap/mainland"'):
        parameter("power-cap/mainlnd", on=date(2026, 1, 1))


GOOD = """\
title: Plafond
unit: power
bound: under
values:
  2025-03-06:
    value: 5 MW
    reference:
      text: arrêté du 21 février 2025
      published: 2025-03-05
    checked: 2026-11-22
"""


def test_a_good_file() -> None:
    [value] = parse_parameter(GOOD.encode(), "power-cap/x").values
    assert (value.value, value.written, value.sure) == (5_000_000, "5 MW", True)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("title:", "titel:", 1, 'unknown field "titel", did you mean "title"?'),
        ("unit: power", "unit: powr", 2, 'unknown unit "powr", did you mean "power"?'),
        ("bound: under", "bound: below", 3, 'unknown bound "below", expected "under" or "up-to"'),
        ("bound: under\n", "", 2, "a limit says whether it may be reached: bound: under, or bound: up-to"),
        ("unit: power", "unit: yes-no", 2, "a yes-no has no bound"),
        ("    value:", "    valeur:", 6, 'unknown field "valeur", did you mean "value"?'),
        ("    value: 5 MW\n", "", 5, '"value" is missing'),
        ("5 MW", "5", 6, "expected a power with its unit, or null where the law sets none"),
        ("5 MW", "5 km", 6, "is not a power"),
        ("5 MW", "5,0 MW", 6, "expected a decimal point instead of the comma"),
        ("2025-03-06:", "2025-02-30:", 5, "is not in the calendar"),
        ("2025-03-06:", "mars 2025:", 5, "is not a date"),
        ("checked: 2026-11-22", "checked: hier", 10, "is not a date"),
        ("    checked: 2026-11-22\n", "", 5, '"checked" is missing'),
        ("    checked:", "    sure: peut-être\n    checked:", 10, '"sure" is not well written'),
        ("      published: 2025-03-05\n", "", 7, "give the day of the Journal officiel"),
        ("      text: arrêté du 21 février 2025\n", "", 7, '"text" is missing'),
        ("published", "publie", 9, 'unknown field "publie"'),
        ("values:", "notes: x\nbecause: why\nvalues:", 5, 'unknown field "because"'),
        ("unit: power", "unit: power\nunit: power", 3, "twice"),
        (
            "  2025-03-06:\n",
            "  2025-03-06: 5 MW\n  2026-01-01:\n",
            5,
            "expected the fields value, reference, checked",
        ),
    ],
)
def test_a_slip_is_told_with_its_place(old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    with pytest.raises(Malformed) as caught:
        parse_parameter(GOOD.replace(old, new, 1).encode(), "power-cap/x")
    said = str(caught.value)
    assert said.startswith(f"parameters/power-cap/x.yaml:{line}:")
    assert message in said


def test_a_file_without_a_value() -> None:
    content = GOOD.split("values:")[0] + "values: {}\n"
    with pytest.raises(Malformed, match="no value yet"):
        parse_parameter(content.encode(), "power-cap/x")


def test_the_example_of_the_readme_is_read() -> None:
    readme = (Path(mitoyen_france.__file__).parent / "README.md").read_text(encoding="utf-8")
    block = readme.split("```yaml\n")[1].split("```")[0]
    example = "\n".join(line.removeprefix("   ") for line in block.splitlines())
    last = parse_parameter((GOOD + example + "\n").encode(), "power-cap/x").values[-1]
    assert (last.start, last.value, str(last.reference)) == (
        date(2027, 5, 5),
        6_000_000,
        "arrêté du 28 avril 2027, art. 1 (JO 2027-05-04)",
    )
    for name in names():
        path = name.split("/")
        shown = f"perimeter/<genre>/{path[2]}" if path[0] == "perimeter" else name
        assert f"`{shown}.yaml`" in readme


def test_the_examples_in_the_docstring() -> None:
    assert doctest.testmod(law).failed == 0


UNTIL = GOOD.replace("    checked:", "    until: 2026-08-01\n    checked:")


def test_a_value_is_known_until_another_is_announced() -> None:
    cap = parse_parameter(UNTIL.encode(), "power-cap/x")
    assert cap.known(date(2026, 7, 31)).value == 5_000_000
    assert cap.on(date(2026, 8, 1)) is None
    with pytest.raises(ValueError, match="known until 2026-08-01 only: another value was announced"):
        cap.known(date(2026, 8, 1))
    with pytest.raises(ValueError, match="its first value is of 2025-03-06"):
        cap.known(date(2025, 3, 5))
    assert [str(days) for days, _value in cap.since(date(2026, 1, 1))] == ["from 2026-01-01 to 2026-07-31"]


def test_the_next_value_ends_what_was_not_known() -> None:
    later = GOOD.partition("values:\n")[2].replace("2025-03-06", "2026-10-01")
    cap = parse_parameter((UNTIL + later).encode(), "power-cap/x")
    assert cap.on(date(2026, 9, 30)) is None
    assert cap.known(date(2026, 10, 1)).start == date(2026, 10, 1)
    assert list(cap.turns()) == [date(2025, 3, 6), date(2026, 8, 1), date(2026, 10, 1)]


@pytest.mark.parametrize("until", ["2025-03-06", "2025-01-01"])
def test_a_value_that_ends_before_it_begins(until: str) -> None:
    with pytest.raises(Malformed, match="yaml:10:12: until: the day from which"):
        parse_parameter(UNTIL.replace("2026-08-01", until).encode(), "power-cap/x")
