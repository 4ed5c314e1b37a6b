"""Which plants are too large for the excise not to be due."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neighbours import FILES, run, write

SELLS = (
    FILES["operation"]
    + "law: france\nperimeter: {kind: extended, diameter: 1 km}\n"
    + "sellers: {coop-toits: {2026-01-01: {vat: normal}}}\n"
)


@pytest.mark.parametrize(
    ("power", "excise", "told"),
    [
        ("999 kWp", "", []),
        ("1 MWp", "", ["from 2026-01-01 on"]),  # the text says less than 1 MW
        ("1 MWp", "2026-01-01: {due: false, because: L312-79}", ["from 2026-01-01 on"]),
        ("1 MWp", "2026-01-01: {due: true, because: it is large}", []),
        ("1 MWp", "2026-03-01: {due: true, because: late}", ["from 2026-01-01 to 2026-02-28"]),
    ],
)
def test_a_large_site(power: str, excise: str, told: list[str], tmp_path: Path) -> None:
    people = FILES["participants"].replace("36 kWp", power).replace("tariff", "power: 9 kVA, tariff")
    operation = SELLS + (f"excise: {{{excise}}}\n" if excise else "")
    write(tmp_path, **{**FILES, "operation": operation, "participants": people})
    findings = json.loads(run(tmp_path, "check", "--format", "json")[1])["findings"]
    found = [one["message"] for one in findings if one["code"] == "FRA113"]
    assert [
        f"not held to be due {days}, and p-roof" in message for days, message in zip(told, found, strict=True)
    ] == [True] * len(told)


def test_who_sells_nothing_is_not_asked(tmp_path: Path) -> None:
    people = FILES["participants"].replace("36 kWp", "1 MWp")
    write(tmp_path, **{**FILES, "operation": SELLS.partition("sellers")[0], "participants": people})
    findings = json.loads(run(tmp_path, "check", "--format", "json")[1])["findings"]
    assert "FRA113" not in {one["code"] for one in findings}
