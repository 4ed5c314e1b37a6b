"""Each tariff rule from its YAML to the statement a member reads: August 2026, checked by hand.

The two neighbours share 12 kWh a day: m-a has 3 of them, 93 in the month, and m-b has 9, 279 in the month.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from neighbours import FILES, commit, curve, git, run, write

DISCOUNT = """\
residents:
  2026-01-01:
    rule: discount
    with: {reference: {2026-01-01: 0.1000 EUR/kWh, 2026-08-11: 0.0500 EUR/kWh}, discount: 20 %}
    because: resolution 4
"""
TIERS = """\
residents:
  2026-01-01:
    rule: tiers
    with: {tiers: [{upto: 100 kWh, price: 0.2000 EUR/kWh}, {price: 0.1000 EUR/kWh}], fee: 2.00 EUR/month}
"""
PRODUCERS = """\
residents:
  2026-01-01: {rule: producers, with: {prices: {p-roof: 0.1200 EUR/kWh}, otherwise: 0.1300 EUR/kWh}}
"""
INDEXED = """\
residents:
  2026-01-01:
    rule: indexed
    with:
      base: 0.1000 EUR/kWh
      fixed: 40 %
      weights: {ICHT: 60 %}
      indices: {ICHT: {2026-01-01: 120, 2026-08-01: 130}}
      revised: [2026-08-11]
"""
FREE = "residents:\n  2026-01-01: {rule: free}\n"

SAID = {
    "discount": (
        DISCOUNT,
        [  # ten days of 3 kWh, then 21; 20 % off 0.10, then off 0.05
            "Shared energy, from 2026-08-01 to 2026-08-10 / 30.000 kWh x 0.0800 €/kWh 2.40 €",
            "Shared energy, from 2026-08-11 to 2026-08-31 / 63.000 kWh x 0.0400 €/kWh 2.52 €",
            "Total excluding tax 4.92 €",
        ],
        [
            "Énergie partagée, du 01/08/2026 au 10/08/2026 / 30,000 kWh x 0,0800 €/kWh 2,40 €",
            "Énergie partagée, du 11/08/2026 au 31/08/2026 / 63,000 kWh x 0,0400 €/kWh 2,52 €",
            "Total hors taxes 4,92 €",
        ],
    ),
    "tiers": (
        TIERS.replace("100 kWh", "50 kWh"),
        [
            "Shared energy, tier 1, from 2026-08-01 to 2026-08-31 / 50.000 kWh x 0.2000 €/kWh 10.00 €",
            "Shared energy, tier 2, from 2026-08-01 to 2026-08-31 / 43.000 kWh x 0.1000 €/kWh 4.30 €",
            "Fixed fee, from 2026-08-01 to 2026-08-31 / 1 month x 2.00 €/month 2.00 €",
            "Total excluding tax 16.30 €",
        ],
        [
            "Énergie partagée, tranche 1, du 01/08/2026 au 31/08/2026 / 50,000 kWh x 0,2000 €/kWh 10,00 €",
            "Énergie partagée, tranche 2, du 01/08/2026 au 31/08/2026 / 43,000 kWh x 0,1000 €/kWh 4,30 €",
            "Part fixe, du 01/08/2026 au 31/08/2026 / 1 mois x 2,00 €/mois 2,00 €",
            "Total hors taxes 16,30 €",
        ],
    ),
    "producers": (
        PRODUCERS,
        [
            "Shared energy (p-roof), from 2026-08-01 to 2026-08-31 / 93.000 kWh x 0.1200 €/kWh 11.16 €",
            "Total excluding tax 11.16 €",
        ],
        [
            "Énergie partagée (p-roof), du 01/08/2026 au 31/08/2026 / 93,000 kWh x 0,1200 €/kWh 11,16 €",
            "Total hors taxes 11,16 €",
        ],
    ),
    "indexed": (
        INDEXED,
        [  # 0.1 x (0.4 + 0.6 x 130 / 120) = 0.105 from 11 August on; 63 x 0.105 = 6.615
            "Shared energy, from 2026-08-01 to 2026-08-10 / 30.000 kWh x 0.1000 €/kWh 3.00 €",
            "Shared energy, from 2026-08-11 to 2026-08-31 / 63.000 kWh x 0.1050 €/kWh 6.62 €",
            "Total excluding tax 9.62 €",
        ],
        [
            "Énergie partagée, du 01/08/2026 au 10/08/2026 / 30,000 kWh x 0,1000 €/kWh 3,00 €",
            "Énergie partagée, du 11/08/2026 au 31/08/2026 / 63,000 kWh x 0,1050 €/kWh 6,62 €",
            "Total hors taxes 9,62 €",
        ],
    ),
    "free": (
        FREE,
        [
            "Shared energy, given, from 2026-08-01 to 2026-08-31 / 93.000 kWh x 0.0000 €/kWh 0.00 €",
            "Total excluding tax 0.00 €",
        ],
        [
            "Énergie partagée, donnée, du 01/08/2026 au 31/08/2026 / 93,000 kWh x 0,0000 €/kWh 0,00 €",
            "Total hors taxes 0,00 €",
        ],
    ),
}


@pytest.fixture
def voisins(tmp_path: Path) -> Path:
    """The two neighbours, with the curves of August."""
    repo = tmp_path / "repo"
    write(repo, **FILES)
    (repo / "2026-08.csv").write_text(curve("2026-08"))
    git(repo, "init", "--quiet")
    assert run(repo, "fetch", "voisins", "--month", "2026-08")[0] == 0
    return repo


def bill(repo: Path, member: str, out: Path) -> list[str]:
    """The lines of a member's statement, each item with its amount, blanks taken together."""
    assert run(repo, "documents", "voisins", "--month", "2026-08", "--out", str(out))[0] == 0
    text = (out / f"VO-2026-08-{member}.txt").read_text(encoding="utf-8")
    billed = text.split("kWh\n\n")[1].split("\n\n")[0]
    return [" ".join(line.split()) for line in billed.replace("\n    ", " / ").splitlines()]


@pytest.mark.parametrize("rule", SAID)
def test_what_a_member_reads(rule: str, voisins: Path, tmp_path: Path) -> None:
    tariffs, english, french = SAID[rule]
    write(voisins, tariffs=tariffs)
    (voisins / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    run(voisins, "settle", "voisins")
    assert bill(voisins, "m-a", tmp_path / "en") == english
    (voisins / "operations" / "mitoyen.yaml").write_text("lang: fr\n")
    assert bill(voisins, "m-a", tmp_path / "fr") == french


def test_tiers_of_someone_who_joins(voisins: Path, tmp_path: Path) -> None:
    """17 days of 31 and 9 kWh a day, 153 in all: 100 x 17 / 31 = 54.838709..., the rest is 98.161290..."""
    joined = FILES["participants"].replace("mtr-02, from: 2026-01-01", "mtr-02, from: 2026-08-15")
    write(voisins, tariffs=TIERS, participants=joined)
    run(voisins, "settle", "voisins")
    assert bill(voisins, "m-b", tmp_path / "fr") == [
        "Énergie partagée, tranche 1, du 15/08/2026 au 31/08/2026 / 54,839 kWh x 0,2000 €/kWh 10,97 €",
        "Énergie partagée, tranche 2, du 15/08/2026 au 31/08/2026 / 98,161 kWh x 0,1000 €/kWh 9,82 €",
        "Part fixe, du 15/08/2026 au 31/08/2026 / 17/31 mois x 2,00 €/mois 1,10 €",
        "Total hors taxes 21,89 €",
    ]


def test_the_reference_of_next_month_moves_nothing(voisins: Path) -> None:
    manifest = voisins / "operations" / "voisins" / "settlements" / "2026-08.1.yaml"
    write(voisins, tariffs=DISCOUNT)
    run(voisins, "settle", "voisins")
    before = manifest.read_bytes()
    write(voisins, tariffs=DISCOUNT.replace("0.0500 EUR/kWh", "0.0500 EUR/kWh, 2026-09-01: 0.2000 EUR/kWh"))
    run(voisins, "settle", "voisins")
    assert manifest.read_bytes() == before
    write(voisins, tariffs=DISCOUNT.replace("0.0500 EUR/kWh", "0.0500 EUR/kWh, 2026-08-31: 0.2000 EUR/kWh"))
    run(voisins, "settle", "voisins")
    assert manifest.read_bytes() != before


def test_a_computed_price_says_how(voisins: Path) -> None:
    write(voisins, tariffs=DISCOUNT)
    (voisins / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    run(voisins, "settle", "voisins")
    commit(voisins)
    _code, told = run(voisins, "explain", "voisins", "--month", "2026-08", "--member", "m-a", "--line", "2")
    said = " ".join(told.split())
    assert "63.000000 kWh x 0.0400 EUR = 2.52 EUR, rounded to 2.52 EUR" in said
    assert "0.0500 EUR/kWh, tariff residents since 2026-01-01: discount (" in said
    assert "discount 20 %)" in said
    assert "tariffs.yaml:4:64" in said


def test_an_option_may_be_called_like_a_sentence_of_the_log(voisins: Path) -> None:
    """`revised` is an option of `indexed`, and what the log says of a settlement."""
    (voisins / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    write(voisins, tariffs=INDEXED)
    commit(voisins)
    write(voisins, tariffs=INDEXED.replace("[2026-08-11]", "[2026-08-12]"))
    commit(voisins)
    _code, told = run(voisins, "log", "voisins")
    assert "revised from [2026-08-11] to [2026-08-12]" in " ".join(told.split())
