"""Shares of the co-operative beside energy, by hand: m-a receives 93 kWh in January, 9.30 EUR and 1.86 of VAT."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from billed import OPERATION, fetch, issued, village
from neighbours import FILES, commit, curve, git, run, write

BOUGHT = FILES["participants"].replace(
    "mtr-01, from: 2026-01-01,",
    "mtr-01, from: 2026-01-01, membership: {2026-01-12: {shares: 2, price: 50.00 EUR}},",
)
TAXED = (
    FILES["operation"]
    + "law: france\nperimeter: {kind: extended, diameter: 1 km}\n"
    + "sellers: {coop-toits: {2026-01-01: {vat: normal}}}\n"
)


def settled(repo: Path, operation: str = TAXED, month: str = "2026-01") -> dict[str, Any]:
    write(repo, **{**FILES, "operation": operation, "participants": BOUGHT})
    (repo / "curves.csv").write_text(curve(month))
    run(repo, "fetch", "voisins", "--month", month, "--file", str(repo / "curves.csv"))
    [unit] = json.loads(run(repo, "settle", "voisins", "--month", month, "--format", "json")[1])["units"]
    return dict(unit)


def member(unit: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [one for one in unit["members"] if one["id"] == name]
    return dict(found)


def test_shares_are_outside_vat(tmp_path: Path) -> None:
    """9.30 x 0.2 = 1.86; two shares of 50 EUR have none."""
    unit = settled(tmp_path)
    mine = member(unit, "m-a")
    assert [(line["item"], line["quantity"], line["unit"], line["amount"]) for line in mine["lines"]] == [
        ("energy", "93.000000", "kWh", "9.30"),
        ("membership", "2", "share", "100.00"),
    ]
    assert [(one["category"], one["net"], one["rate"], one["vat"]) for one in mine["taxes"]] == [
        ("O", "100.00", "0 %", "0.00"),
        ("S", "9.30", "20 %", "1.86"),
    ]
    assert (mine["net"], mine["vat"], mine["gross"]) == ("109.30", "1.86", "111.16")
    assert (mine["lines"][1]["from"], mine["lines"][1]["to"]) == ("2026-01-12", "2026-01-13")
    assert mine["lines"][1]["places"] == ["operations/voisins/participants.yaml:2:100"]  # 50.00 EUR


def test_they_are_nobodys_revenue(tmp_path: Path) -> None:
    assert member(settled(tmp_path), "p-roof")["revenue"] == "37.20"


def test_they_are_of_their_month(tmp_path: Path) -> None:
    settled(tmp_path)
    assert len(member(settled(tmp_path, month="2026-02"), "m-a")["lines"]) == 1


def test_without_sellers_they_are_a_line_like_another(tmp_path: Path) -> None:
    mine = member(settled(tmp_path, FILES["operation"]), "m-a")
    assert (mine["taxes"], mine["gross"]) == ([], "109.30")


def test_the_statement_and_the_explanation(tmp_path: Path) -> None:
    settled(tmp_path)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    run(tmp_path, "documents", "voisins", "--month", "2026-01", "--out", str(tmp_path / "out"))
    text = [" ".join(line.split()) for line in (tmp_path / "out" / "VO-2026-01-m-a.txt").read_text().splitlines()]
    assert text[text.index("Parts sociales, le 12/01/2026") + 1] == "2 part x 50,00 €/part 100,00 €"
    assert "Hors champ de la TVA : 100,00 €" in text
    for more in ([], ["--line", "2"]):
        told = run(tmp_path, "explain", "voisins", "--month", "2026-01", "--member", "m-a", *more)[1]
        assert "2 parts x 50,00 € = 100 €, arrondi à 100,00 €" in " ".join(told.split())
        assert "souscrites le 2026-01-12" in told
        assert ("hors champ de la TVA : 100,00 € de coop-toits" in told) == (not more)
        assert "operations/voisins/participants.yaml:2:100" in told


def test_no_invoice_is_of_capital(tmp_path: Path) -> None:
    repo = village(tmp_path / "repo", operation=OPERATION, participants=BOUGHT)
    fetch(repo, "2026-01")
    commit(repo, "The data")
    assert issued(repo, "2026-01", "2026-02-05") == [
        "VO2026-000001 invoice m-a 11.16",
        "VO2026-000002 invoice m-b 33.48",
    ]


@pytest.mark.parametrize(
    "people",
    [
        BOUGHT.replace("2026-01-12", "2025-12-31"),
        BOUGHT.replace("mtr-01, from: 2026-01-01", "mtr-01, from: 2026-01-01, to: 2026-01-12"),
        FILES["participants"].replace("kWp}", "kWp, membership: {2026-01-12: {shares: 2, price: 50.00 EUR}}}"),
    ],
)
def test_shares_that_no_statement_would_name(people: str, tmp_path: Path) -> None:
    write(tmp_path, **{**FILES, "participants": people})
    findings = json.loads(run(tmp_path, "check", "--format", "json")[1])["findings"]
    assert [one["code"] for one in findings if one["severity"] == "error"] == ["ACC827"]
