from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mitoyen_france.perimeter import check


def test_an_extended_operation(made: Any) -> None:
    assert made.told(check(made.operation())) == []


@pytest.mark.parametrize(("diameter", "codes"), [("2 km", []), ("2000 m", []), ("2.001 km", ["FRA102"])])
def test_the_limit_itself_is_allowed(made: Any, diameter: str, codes: list[str]) -> None:
    said = {"kind": "extended", "diameter": diameter}
    assert [finding.code for finding in check(made.operation(perimeter=said))] == codes


def test_wider_than_its_kind(made: Any) -> None:
    said = {"kind": "extended", "diameter": "2.3 km"}
    assert made.told(check(made.operation(perimeter=said))) == [
        (
            "FRA102",
            "error",
            '2.3 km is wider than the 2 km of kind "extended" from 2026-01-01 on: '
            "arrêté du 21 novembre 2019, art. 1, 1° (JO 2019-11-24)",
            "operation.yaml perimeter/diameter",
        )
    ]


def test_a_limit_that_begins_later(made: Any) -> None:
    said = {"kind": "extended", "diameter": "2.3 km"}
    [finding] = check(made.operation(perimeter=said, opened=date(2018, 6, 1)))
    assert "from 2019-11-25 on" in finding.message


def test_the_same_limit_repeated_by_another_text_is_told_once(made: Any) -> None:
    said = {"kind": "rural", "diameter": "21 km", "decision": "12 March 2021"}
    [finding] = check(made.operation(perimeter=said, opened=date(2021, 6, 1)))
    assert finding.message.startswith('21 km is wider than the 20 km of kind "rural" from 2021-06-01 on: ')
    assert "2023" in finding.message


@pytest.mark.parametrize(
    ("kind", "diameter", "codes"),
    [
        ("peri-urban", "10 km", []),
        ("peri-urban", "10.1 km", ["FRA102"]),
        ("rural", "20 km", []),
        ("rural", "20.1 km", ["FRA102"]),
        ("building", "45 m", []),
        ("building", None, []),
        ("extended", None, ["FRA105"]),
        ("rural", None, ["FRA105"]),
        ("territory", None, []),
        ("territory", "35 km", []),
    ],
)
def test_each_kind(made: Any, kind: str, diameter: str | None, codes: list[str]) -> None:
    said = {"kind": kind, "decision": "arrêté of 12 March 2026", "epci": "CC du Trièves"}
    if diameter:
        said["diameter"] = diameter
    assert [finding.code for finding in check(made.operation(perimeter=said))] == codes


@pytest.mark.parametrize("written", [{}, {"decision": ""}, {"decision": " "}, {"decision": None}])
def test_a_derogation_without_its_decision(made: Any, written: dict[str, Any]) -> None:
    said = {"kind": "rural", "diameter": "12 km", **written}
    [finding] = check(made.operation(perimeter=said))
    assert made.told([finding]) == [
        (
            "FRA103",
            "error",
            'kind "rural" needs a decision of the minister, none is named',
            "operation.yaml perimeter/kind",
        )
    ]
    assert "arrêté du 19 septembre 2023, art. 1 bis" in finding.help


def test_what_is_not_settled_only_warns(made: Any) -> None:
    [finding] = check(made.operation(perimeter={"kind": "territory", "epci": "CC du Trièves"}))
    assert (finding.code, finding.severity) == ("FRA103", "warning")
    assert finding.help.endswith("to be confirmed")


def test_a_kind_that_nobody_knows(made: Any) -> None:
    [finding] = check(made.operation(perimeter={"kind": "extendet", "diameter": "1 km"}))
    assert made.told([finding]) == [
        ("FRA104", "error", '"extendet" is no kind of perimeter of French law', "operation.yaml perimeter/kind")
    ]
    assert finding.help == 'did you mean "extended"?'


@pytest.mark.parametrize(
    ("kind", "opened", "early"),
    [
        ("territory", date(2025, 3, 5), True),
        ("territory", date(2025, 3, 6), False),
        ("peri-urban", date(2023, 10, 7), True),
        ("peri-urban", date(2023, 10, 8), False),
        ("rural", date(2020, 10, 18), True),
        ("rural", date(2020, 10, 19), False),
        ("extended", date(2018, 1, 1), False),
        ("building", date(2018, 1, 1), False),
    ],
)
def test_a_kind_not_yet_in_the_law(made: Any, kind: str, opened: date, early: bool) -> None:
    said = {"kind": kind, "diameter": "1 km", "decision": "12 March 2021", "epci": "CC du Trièves"}
    findings = made.told(check(made.operation(perimeter=said, opened=opened)))
    assert [code for code, *_rest in findings] == ["FRA104"] * early
    if early:
        assert f"the operation opens on {opened}" in findings[0][2]


@pytest.mark.parametrize("kind", ["peri-urban", "rural", "territory"])
def test_derogations_are_for_the_mainland(made: Any, kind: str) -> None:
    said = {
        "kind": kind,
        "diameter": "5 km",
        "decision": "12 March 2026",
        "epci": "CA du Pays Basque",
        "grid": "non-interconnected",
    }
    assert made.told(check(made.operation(perimeter=said))) == [
        (
            "FRA104",
            "error",
            f'kind "{kind}" is for the continental mainland only',
            "operation.yaml perimeter/grid",
        )
    ]


def test_extended_and_building_exist_on_islands(made: Any) -> None:
    for kind in ("extended", "building"):
        said = {"kind": kind, "diameter": "1 km", "grid": "non-interconnected"}
        assert made.told(check(made.operation(perimeter=said))) == []


def test_a_territory_has_a_name(made: Any) -> None:
    said = {"kind": "territory", "decision": "12 March 2026"}
    assert [finding.code for finding in check(made.operation(perimeter=said))] == ["FRA106"]


def test_no_perimeter(made: Any) -> None:
    [finding] = check(made.operation(perimeter={}))
    assert (finding.code, finding.severity) == ("FRA104", "warning")


@pytest.mark.parametrize(
    "said",
    ["extended", ["extended"], {"kind": 3}, {"kind": ["rural"]}, {"kind": "extended", "diameter": "wide"},
     {"kind": "extended", "diameter": 2}, {"kind": "territory", "epci": 3}, {"kind": "rural", "grid": "moon"}],
)  # fmt: skip
def test_odd_input_is_left_to_its_schema(made: Any, said: Any) -> None:
    list(check(made.operation(perimeter=said)))
