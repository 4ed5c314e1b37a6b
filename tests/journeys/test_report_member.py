"""A member's own page, read as the member reads it: its month, its money, what a load at noon would have brought.

m-a has 3 kWh a day of 24 from the roof, at 10 cents; the reference is 15. What moving a load brings is counted in
``tests/engine/report/test_shifting.py``.
"""

from __future__ import annotations

import base64
import re
from html import unescape
from pathlib import Path

import pytest

from mitoyen.diagnostics import Refused
from neighbours import FILES, commit, curve, git, run, write
from reported import page

REFERENCE = 'reference: {2026-01-01: {price: 0.1500 EUR/kWh, source: "an <offer> & its date"}}\n'


def settled(repo: Path, **texts: str) -> Path:
    write(repo, **{**FILES, "operation": FILES["operation"] + REFERENCE, **texts})
    (repo / "curves.csv").write_text(curve("2026-02"))
    (repo / ".gitignore").write_text(".mitoyen/\n*.csv\n")
    git(repo, "init", "--quiet")
    for command in ("fetch", "settle"):
        assert run(repo, command, "voisins", "--month", "2026-02")[0] == 0
    commit(repo)
    return repo


def written(repo: Path, out: Path, member: str = "m-a") -> Path:
    assert run(repo, "report", "--each-member", "--out", str(out))[0] == 0
    return out / "voisins" / "2026-02" / f"{member}.html"


def text(file: Path) -> str:
    """What it says; a blank is a blank, whether or not a line may end there."""
    return unescape(re.sub(r"<[^>]+>", " ", file.read_text())).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of m-a."""
    return written(settled(tmp_path_factory.mktemp("repo")), tmp_path_factory.mktemp("out"))


def test_in_words(mine: Path) -> None:
    said = text(mine)
    assert "Vous avez consommé 672,0 kWh, dont 84,0 venaient de vos voisins (12,5\u202f%)." in said
    assert "8,40 € HT, 0,00 € de TVA, 8,40 € TTC." in said
    # 84 kWh x 0.15 - 8.40
    assert "4,20 € HT, par rapport à 0,1500 €/kWh (an <offer> & its date)." in said
    # 9.692 kWh x (0.15 - 0.10)
    assert "vous auraient donné 9,7 kWh d'énergie locale en plus" in said
    assert "93,7 au lieu de 84,0. Les autres auraient reçu -9,7 kWh." in said
    assert "environ 0,48 € HT de mieux" in said


def test_in_numbers(mine: Path) -> None:
    tables = page(mine).tables
    days = tables["jours"].rows
    assert len(days) == 28
    assert {tuple(row[1:]) for row in days} == {("3,0", "21,0", "24,0")}
    hours = {row[0]: row[1:] for row in tables["courbe"].rows}
    assert hours["12:00"] == ["0,500", "1,000"]
    assert hours["20:00"] == ["0,000", "1,000"]
    assert tables["argent"].rows == [["énergie partagée", "84,000 kWh", "0,1000 €", "8,40"]]


def test_the_whole_curve_is_in_the_page(mine: Path) -> None:
    """As a file of numbers, every step of it: 28 days of 24 hours."""
    [link] = re.findall(r'href="data:text/csv;base64,([^"]+)" download="voisins-2026-02-m-a.csv"', mine.read_text())
    rows = base64.b64decode(link).decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + 28 * 24
    assert rows[1 + 12] == "2026-02-01 12:00 (+01:00);0,500000;1,000000"


def test_it_loads_nothing(mine: Path) -> None:
    """No script, no file beside it, no address but its own numbers."""
    source = mine.read_text()
    assert "<script" not in source
    assert "<link" not in source
    assert {href[:4] for href in re.findall(r'(?:href|src)="([^"]*)"', source)} == {"data"}
    assert "default-src 'none'; style-src 'sha256-" in unescape(source)
    assert mine.stat().st_size < 300_000


def test_without_a_reference_nothing_is_estimated(tmp_path: Path) -> None:
    repo = settled(tmp_path / "repo", operation=FILES["operation"])
    said = text(written(repo, tmp_path / "out"))
    assert "Estimation" not in said
    assert "de mieux" not in said


def test_in_english(tmp_path: Path) -> None:
    repo = settled(tmp_path / "repo")
    (repo / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    said = text(written(repo, tmp_path / "out"))
    assert "You used 672.0 kWh, 84.0 of which came from your neighbours (12.5%)." in said


def test_a_month_that_is_not_settled(tmp_path: Path) -> None:
    """Nothing is written for it, and nothing of another month in its place."""
    repo = settled(tmp_path / "repo")
    out = tmp_path / "out"
    code, _said = run(repo, "report", "--each-member", "--month", "2026-03", "--out", str(out))
    assert code == 1
    assert not list(out.rglob("*.html"))


def test_never_where_git_looks(tmp_path: Path) -> None:
    repo = settled(tmp_path / "repo")
    with pytest.raises(Refused) as refused:
        run(repo, "report", "--each-member", "--out", str(repo / "pages"))
    [finding] = refused.value.findings
    assert finding.code == "RPT101"
    assert "each for one person" in finding.help
    assert not (repo / "pages").exists()


def test_never_inside_a_site(tmp_path: Path) -> None:
    """What lies in a site is published with it."""
    repo = settled(tmp_path / "repo")
    (repo / "operations" / "mitoyen.yaml").write_text("audience: public\n")
    site = tmp_path / "site"
    assert run(repo, "report", "--out", str(site))[0] == 0
    with pytest.raises(Refused) as refused:
        run(repo, "report", "--each-member", "--out", str(site / "pages" / "february"))
    [finding] = refused.value.findings
    assert finding.code == "RPT101"
    assert not (site / "pages").exists()
