"""A small co-operative over half a year of decisions: who decided what, where it is written, what it changed.

Three hourly meters and a roof, all constant, so that every figure below is worked out by hand. The roof gives
1 kWh each hour of January (744 h). Anna takes 0.5 kWh an hour, Paul 1.5, Zoé 2.0 from 11 January on.

    1 to 10 January    240 h  prorata of 2.0   Anna 0.250, Paul 0.750              60, 180
    11 to 15 January   120 h  prorata of 4.0   Anna 0.125, Paul 0.375, Zoé 0.500   15,  45,  60
    16 to 31 January   384 h  static           Anna 25 %, Paul 25 %, Zoé 50 %      96,  96, 192
                                                                                  171, 321, 252 = 744
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from mitoyen.cli import main

OPERATION = """\
title: La boucle
organiser: coop-toits
opened: 2026-01-01
step: PT60M
source:
  use: csv
  with:
    files: ["curves.csv"]
    unit: kWh
    layout: wide
    columns: {toit: mtr-90, anna: mtr-01, paul: mtr-02, zoe: mtr-03}
"""
PARTICIPANTS = """\
p-roof: {role: producer, meter: mtr-90, from: 2026-01-01}
m-anna: {role: consumer, meter: mtr-01, from: 2026-01-01, tariff: residents}
m-paul: {role: consumer, meter: mtr-02, from: 2026-01-01, tariff: residents}
"""
ZOE = "m-zoe: {role: consumer, meter: mtr-03, from: 2026-01-11, tariff: residents}\n"
KEYS = """\
2026-01-01:
  rule: prorata
  because: assemblée du 2025-12-11, résolution 3
"""
STATIC = """\
2026-01-16:
  rule: static
  with: {shares: {m-anna: 25 %, m-paul: 25 %, m-zoe: 50 %}}
  because: assemblée du 2026-01-08, résolution 1
"""
TARIFFS = """\
residents:
  2026-01-01: {rule: flat, with: {price: 0.1600 EUR/kWh, fee: 3.00 EUR/month}, because: résolution 4}
"""

TIDIED = """\
# les prix
residents:
    2026-01-01:
        because: assemblée du 2026-02-10
        rule: flat
        with:
            fee: 3 EUR/month
            price: 15.05 c€/kWh
"""


class Coop:
    """A repository, its people, and the command line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "operations" / "boucle"
        self.ids: dict[str, str] = {}

    def git(self, *arguments: str, author: str = "Anne Martin", day: str = "2026-01-02") -> str:
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (
                ("NAME", author),
                ("EMAIL", "nobody@localhost.invalid"),
                ("DATE", f"{day}T12:00:00+00:00"),
            )
        }
        bare = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **who, **bare},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        return done.stdout.strip()

    def commit(self, name: str, author: str, day: str, subject: str) -> None:
        """Commit everything; ``name`` is how the tests call that commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject, author=author, day=day)
        self.ids[name] = self.git("rev-parse", "HEAD")

    def merge(self, name: str, branch: str, author: str, day: str, subject: str) -> None:
        self.git("merge", "--quiet", "--no-ff", "--message", subject, branch, author=author, day=day)
        self.ids[name] = self.git("rev-parse", "HEAD")

    def text(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, text
        self.write(file, text.replace(old, new))

    def run(self, *arguments: str, code: int = 0) -> str:
        """What the command prints; where another exit code is expected, what it complains of."""
        out, err = io.StringIO(), io.StringIO()
        words = ["mitoyen", "--repo", str(self.root), *arguments]
        with (
            patch.object(sys, "argv", words),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as done,
        ):
            main()
        assert done.value.code == code, out.getvalue() + err.getvalue()
        return (err if code else out).getvalue()

    def settle(self) -> None:
        self.run("settle")

    def short(self, text: str) -> str:
        """A text written by hand, with ``{name}`` for the ten digits of a commit."""
        return text.format(**{name: commit[:10] for name, commit in self.ids.items()})


def curves(root: Path, zoe: str = "2.0") -> None:
    """January and February by the hour: what each meter counts is the same every hour."""
    rows = ["Horodate;toit;anna;paul;zoe"]
    for month, days in ((1, 31), (2, 28)):
        for day in range(1, days + 1):
            rows += [f"2026-{month:02d}-{day:02d} {hour:02d}:00;1.0;0.5;1.5;{zoe}" for hour in range(24)]
    (root / "curves.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Coop:
    """January settled, then decided again: a key merged from a branch, a price made lower backwards, a tidying."""
    coop = Coop(tmp_path_factory.mktemp("coop"))
    coop.git("init", "--quiet", "--initial-branch=main")
    (coop.root / ".gitignore").write_text(".mitoyen/\ncurves.csv\n")
    for file, text in (
        ("operation.yaml", OPERATION),
        ("participants.yaml", PARTICIPANTS),
        ("keys.yaml", KEYS),
        ("tariffs.yaml", TARIFFS),
    ):
        coop.write(file, text)
    coop.commit("start", "Anne Martin", "2026-01-02", "Ouverture")
    coop.write("participants.yaml", PARTICIPANTS + ZOE)
    coop.commit("zoe", "Bob Durand", "2026-01-09", "Zoé entre")
    curves(coop.root)
    coop.run("fetch", "boucle", "--month", "2026-01")
    coop.commit("data", "Bob Durand", "2026-02-03", "Données de janvier")
    coop.settle()
    coop.commit("settled", "mitoyen", "2026-02-04", "Règlement de janvier")

    coop.git("switch", "--quiet", "--create", "cle")
    coop.write("keys.yaml", KEYS + STATIC)
    coop.commit("key", "Chloé Petit", "2026-02-05", "Clé statique")
    coop.write("keys.yaml", f"# la clé de répartition\n{KEYS}{STATIC}")
    coop.commit("comment", "Chloé Petit", "2026-02-05", "Un commentaire")
    coop.git("switch", "--quiet", "main")
    coop.merge("merge", "cle", "Anne Martin", "2026-02-06", "Fusion de la clé")

    coop.edit("tariffs.yaml", "0.1600", "0.1505")
    coop.edit("tariffs.yaml", "résolution 4", "assemblée du 2026-02-10")
    coop.commit("price", "Anne Martin", "2026-02-10", "Le prix baisse")
    coop.settle()
    coop.commit("again", "mitoyen", "2026-02-11", "Règlement de janvier, à nouveau")

    coop.write("tariffs.yaml", TIDIED)
    coop.commit("tidy", "Denis Roy", "2026-02-12", "Mise en forme")
    return coop


@pytest.fixture
def coop(told: Coop, tmp_path: Path) -> Coop:
    """A copy of it, to go on from."""
    shutil.copytree(told.root, tmp_path / "repo")
    copy = Coop(tmp_path / "repo")
    copy.ids = dict(told.ids)
    return copy


# --- log -------------------------------------------------------------------------------------------------------

FRENCH = """\
2026-02-11  {again}  mitoyen — Règlement de janvier, à nouveau
  règlement de 2026-01 recalculé (révision 1, brouillon) : net de 127,07 à 120,01 € (-7,06), suite à
      {merge}, {price}

2026-02-10  {price}  Anne Martin — Le prix baisse
  tarif residents à partir du 2026-01-01 : prix de 0.1600 EUR/kWh à 0.1505 EUR/kWh
    décidé : assemblée du 2026-02-10
  effet sur 2026-01 : -7,06 € (réglé par {again}, avec {merge})

2026-02-06  {merge}  Anne Martin — Fusion de la clé
  fusion de « Clé statique » (Chloé Petit)
  clé à partir du 2026-01-16 : de prorata à static (part m-anna 25 %, part m-paul 25 %, part m-zoe
      50 %)
    décidé : assemblée du 2026-01-08, résolution 1
  effet sur 2026-01 : -7,06 € (réglé par {again}, avec {price})

2026-02-04  {settled}  mitoyen — Règlement de janvier
  règlement de 2026-01 écrit (révision 1, brouillon) : 744,000 kWh partagés, 127,07 €

2026-02-03  {data}  Bob Durand — Données de janvier
  données de 2026-01 figées

2026-01-09  {zoe}  Bob Durand — Zoé entre
  m-zoe entre le 2026-01-11 : consommateur, compteur mtr-03, tarif residents

2026-01-02  {start}  Anne Martin — Ouverture
  opération créée : La boucle, ouverte le 2026-01-01
  m-anna entre le 2026-01-01 : consommateur, compteur mtr-01, tarif residents
  m-paul entre le 2026-01-01 : consommateur, compteur mtr-02, tarif residents
  p-roof entre le 2026-01-01 : producteur, compteur mtr-90
  clé à partir du 2026-01-01 : prorata
    décidé : assemblée du 2025-12-11, résolution 3
  tarif residents à partir du 2026-01-01 : flat (prix 0.1600 EUR/kWh, part fixe 3.00 EUR/month)
    décidé : résolution 4
"""

ENGLISH = """\
2026-02-11  {again}  mitoyen — Règlement de janvier, à nouveau
  settlement of 2026-01 computed again (revision 1, draft): net from 127.07 to 120.01 EUR (-7.06),
      after {merge}, {price}

2026-02-10  {price}  Anne Martin — Le prix baisse
  tariff residents from 2026-01-01: price from 0.1600 EUR/kWh to 0.1505 EUR/kWh
    decided: assemblée du 2026-02-10
  effect on 2026-01: -7.06 EUR (settled by {again}, with {merge})

2026-02-06  {merge}  Anne Martin — Fusion de la clé
  merges "Clé statique" (Chloé Petit)
  key from 2026-01-16: from prorata to static (share m-anna 25 %, share m-paul 25 %, share m-zoe
      50 %)
    decided: assemblée du 2026-01-08, résolution 1
  effect on 2026-01: -7.06 EUR (settled by {again}, with {price})

2026-02-04  {settled}  mitoyen — Règlement de janvier
  settlement of 2026-01 written (revision 1, draft): 744.000 kWh shared, 127.07 EUR

2026-02-03  {data}  Bob Durand — Données de janvier
  data of 2026-01 frozen

2026-01-09  {zoe}  Bob Durand — Zoé entre
  m-zoe joins on 2026-01-11: consumer, meter mtr-03, tariff residents
"""


def test_the_history_in_words_is_what_a_person_would_write(told: Coop) -> None:
    """Before: 744 x 0.1600 = 119.04 and fees of 3.00, 3.00 and 21/31 x 3.00 = 2.03 make 127.07.

    After: 25.74 + 48.31 + 37.93 (171, 321 and 252 kWh at 0.1505, each rounded) and the same fees make 120.01.
    """
    assert told.run("log", "boucle") == told.short(FRENCH)


def test_the_history_in_english_and_its_newest_steps(coop: Coop) -> None:
    (coop.root / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    assert coop.run("log", "boucle", "--limit", "6") == coop.short(ENGLISH)


def test_a_commit_that_only_tidies_is_one_line_for_who_asks(told: Coop) -> None:
    assert "Denis" not in told.run("log", "boucle")
    first = told.run("log", "boucle", "--all", "--limit", "1")
    assert first == told.short("2026-02-12  {tidy}  Denis Roy — Mise en forme\n  mise en forme seulement\n")


def test_the_history_as_markdown_and_as_data(told: Coop) -> None:
    lines = told.run("log", "boucle", "--format", "markdown", "--limit", "2").splitlines()
    assert (
        lines
        == told.short(
            "- **2026-02-11  {again}  mitoyen — Règlement de janvier, à nouveau**\n"
            "  - règlement de 2026-01 recalculé (révision 1, brouillon) : net de 127,07 à 120,01 € (-7,06), "
            "suite à {merge}, {price}\n"
            "- **2026-02-10  {price}  Anne Martin — Le prix baisse**\n"
            "  - tarif residents à partir du 2026-01-01 : prix de 0.1600 EUR/kWh à 0.1505 EUR/kWh\n"
            "    - décidé : assemblée du 2026-02-10\n"
            "  - effet sur 2026-01 : -7,06 € (réglé par {again}, avec {merge})"
        ).splitlines()
    )
    data = json.loads(told.run("log", "boucle", "--format", "json"))
    assert (data["format_version"], data["operation"], data["shallow"]) == (1, "boucle", False)
    again, price, merge, *_rest = data["steps"]
    assert price["commit"] == told.ids["price"]
    assert price["changes"][1] == {
        "file": "tariffs.yaml",
        "path": ["residents", "2026-01-01", "with", "price"],
        "kind": "changed",
        "before": "0.1600 EUR/kWh",
        "after": "0.1505 EUR/kWh",
        "because": "assemblée du 2026-02-10",
        "counts": True,
        "before_place": "operations/boucle/tariffs.yaml:2:42",
        "after_place": "operations/boucle/tariffs.yaml:2:42",
        "first": "2026-01-01",
        "last": None,
        "instead_of": None,
    }
    assert [one["commit"] for one in merge["merges"]] == [told.ids["key"]]
    assert again["settlements"] == [
        {
            "month": "2026-01",
            "revision": 1,
            "state": "draft",
            "what": "recomputed",
            "shared": {"before": "744.000000", "after": "744.000000", "difference": "0.000000"},
            "net": {"before": "127.07", "after": "120.01", "difference": "-7.06"},
            "follows": [told.ids["merge"], told.ids["price"]],
        }
    ]


def test_entries_members_and_data_that_come_and_go(coop: Coop) -> None:
    """Each kind of decision once, in one commit each, then what is not committed yet."""
    coop.write(
        "tariffs.yaml",
        TIDIED + "    2026-05-01: {rule: flat, with: {price: 0.1400 EUR/kWh}, because: résolution 7}\n",
    )
    coop.commit("may", "Anne Martin", "2026-03-01", "Prix de mai")
    coop.edit(
        "participants.yaml",
        "from: 2026-01-01, tariff: residents}\nm-zoe",
        "from: 2026-01-01, to: 2026-04-01, tariff: residents}\nm-zoe",
    )
    coop.commit("leaves", "Bob Durand", "2026-03-02", "Paul part")
    coop.write("keys.yaml", KEYS)
    coop.commit("unkey", "Anne Martin", "2026-03-03", "Sans la clé statique")
    curves(coop.root, zoe="1.0")
    coop.run("fetch", "boucle", "--month", "2026-01..2026-02")
    coop.commit("restated", "Bob Durand", "2026-03-04", "Données rectifiées")
    coop.edit("operation.yaml", "La boucle", "La boucle du canal")
    coop.commit("title", "Denis Roy", "2026-03-05", "Un titre")
    coop.edit("participants.yaml", "2026-01-11", "2026-01-12")
    assert coop.run("log", "boucle", "--limit", "6", "--all") == coop.short(
        """\
pas encore commité
  entrée de m-zoe déplacée du 2026-01-11 au 2026-01-12

2026-03-05  {title}  Denis Roy — Un titre
  notes seulement

2026-03-04  {restated}  Bob Durand — Données rectifiées
  données de 2026-02 figées
  données de 2026-01 rectifiées

2026-03-03  {unkey}  Anne Martin — Sans la clé statique
  clé du 2026-01-16 retirée : de static (part m-anna 25 %, part m-paul 25 %, part m-zoe 50 %) à
      prorata

2026-03-02  {leaves}  Bob Durand — Paul part
  m-paul sort le 2026-04-01

2026-03-01  {may}  Anne Martin — Prix de mai
  tarif residents à partir du 2026-05-01 : prix de 15.05 c€/kWh à 0.1400 EUR/kWh, part fixe 3
      EUR/month retiré
    décidé : résolution 7
"""
    )


def test_a_month_issued_then_restated_is_told_with_both_totals(coop: Coop) -> None:
    """Zoé took 1.0 an hour, not 2.0: from 11 to 15 January 120 kWh are shared by 3.0, not by 4.0.

    Anna 20, Paul 60, Zoé 40 instead of 15, 45, 60; from the 16th on her half is still less than she takes. In kWh:
    176, 336, 232, at 0.1505: 26.49, 50.57, 34.92, and 8.03 of fees: 120.01, as it was, shared otherwise.
    """
    coop.edit("settlements/2026-01.1.yaml", "state: draft", "state: issued")
    coop.commit("issued", "Anne Martin", "2026-03-01", "Émission de janvier")
    curves(coop.root, zoe="1.0")
    coop.run("fetch", "boucle", "--month", "2026-01")
    coop.commit("restated", "Bob Durand", "2026-03-02", "Données rectifiées")
    coop.settle()
    coop.commit("revised", "mitoyen", "2026-03-03", "Janvier rectifié")
    coop.edit("tariffs.yaml", "3 EUR/month", "2 EUR/month")
    coop.commit("fee", "Anne Martin", "2026-03-04", "Part fixe")
    coop.settle()
    coop.commit("last", "mitoyen", "2026-03-05", "Janvier encore")
    assert coop.run("log", "boucle", "--limit", "5") == coop.short(
        """\
2026-03-05  {last}  mitoyen — Janvier encore
  règlement de 2026-01 recalculé (révision 2, brouillon) : net de 120,01 à 117,33 € (-2,68), suite à
      {fee}

2026-03-04  {fee}  Anne Martin — Part fixe
  tarif residents à partir du 2026-01-01 : part fixe de 3 EUR/month à 2 EUR/month
    décidé : assemblée du 2026-02-10
  effet sur 2026-01 : -2,68 € (réglé par {last})

2026-03-03  {revised}  mitoyen — Janvier rectifié
  règlement de 2026-01 rectifié (révision 2, brouillon) : mêmes totaux, partagés autrement entre les
      participants, suite à {restated}

2026-03-02  {restated}  Bob Durand — Données rectifiées
  données de 2026-01 rectifiées
  effet sur 2026-01 : mêmes totaux, partagés autrement entre les participants (réglé par {revised})

2026-03-01  {issued}  Anne Martin — Émission de janvier
  règlement de 2026-01 émis (révision 1) : 744,000 kWh partagés, 120,01 €
"""
    )


# --- explain ---------------------------------------------------------------------------------------------------

MEMBER = """\
m-zoe, boucle, 2026-01 (brouillon) : 252,000 kWh partagés, 39,96 € HT
  au procès-verbal, révision 1
    operations/boucle/settlements/2026-01.1.yaml:26:3  {again}  2026-02-11  mitoyen
  consommateur depuis le 2026-01-11, compteur mtr-03, tarif residents
    operations/boucle/participants.yaml:4:46  {zoe}  2026-01-09  Bob Durand
  énergie : 252,000 kWh partagés (consommé 1 008,000, complément 756,000)
    du 2026-01-11 au 2026-01-15 : 60,000 kWh partagés sur 240,000 consommés (consommateurs : 3,
        producteurs : 1, produit en tout : 120,000)
      clé depuis le 2026-01-01 : prorata
        operations/boucle/keys.yaml:2:1  {start}  2026-01-02  Anne Martin
        décidé : assemblée du 2025-12-11, résolution 3
    du 2026-01-16 au 2026-01-31 : 192,000 kWh partagés sur 768,000 consommés (consommateurs : 3,
        producteurs : 1, produit en tout : 384,000)
      clé depuis le 2026-01-16 : static (part m-anna 25 %, part m-paul 25 %, part m-zoe 50 %)
        operations/boucle/keys.yaml:5:1  {key}  2026-02-05  Chloé Petit
        fusion {merge}  2026-02-06  Anne Martin
        décidé : assemblée du 2026-01-08, résolution 1
        part m-zoe 50 %
          operations/boucle/keys.yaml:7:54  {key}  2026-02-05  Chloé Petit
          fusion {merge}  2026-02-06  Anne Martin
    données de 2026-01 : csv, {digest}, 744 pas de PT60M, 4 compteurs, trous : aucun comblé
      operations/boucle/data/2026-01.yaml:2:11  {data}  2026-02-03  Bob Durand
  ligne 1, énergie partagée, du 2026-01-11 au 2026-01-31 : 252,000000 kWh x 0,1505 € = 37,926 €,
      arrondi à 37,93 €
    15.05 c€/kWh, tarif residents depuis le 2026-01-01
      operations/boucle/tariffs.yaml:8:20  {price}  2026-02-10  Anne Martin
      décidé : assemblée du 2026-02-10
  ligne 2, part fixe, du 2026-01-11 au 2026-01-31 : 21/31 mois x 3,00 € = 63/31 = 2,032258… €,
      arrondi à 2,03 €
    21 jours sur 31
    3 EUR/month, tarif residents depuis le 2026-01-01
      operations/boucle/tariffs.yaml:7:18  {start}  2026-01-02  Anne Martin
      décidé : résolution 4
  total HT : 37,93 + 2,03 = 39,96 €
"""


def test_two_keys_a_member_who_joins_and_a_backdated_price_lead_to_their_commits(told: Coop) -> None:
    """Every place below is a line and a column of a file as the texts at the head of this page make it.

    The price was rewritten by the tidying commit (15.05 c€/kWh): the one who lowered it is named. The fee is as it
    was on the first day, and so is its reason. The key is of who wrote it in a branch, and of who merged it.
    """
    text = told.run("explain", "boucle", "--month", "2026-01", "--member", "m-zoe")
    pointer = (told.folder / "data" / "2026-01.yaml").read_text()
    digest = pointer.partition("snapshot: ")[2][:17]
    expected = told.short(MEMBER.replace("{digest}", digest)).replace("1 008,000", "1\u202f008,000")
    assert text == expected


def test_an_amount_as_it_was_known(coop: Coop) -> None:
    """Before the static key and the lower price: half a kWh in each of 21 x 24 hours, 252 in all, at 16 cents."""
    coop.git("mv", "operations/boucle", "operations/canal")
    coop.commit("renamed", "Denis Roy", "2026-02-20", "Boucle devient canal")
    month = ("explain", "canal", "--month", "2026-01")
    lines = coop.run(*month, "--member", "m-zoe", "--known", coop.ids["settled"]).splitlines()
    assert lines[:2] == [
        "m-zoe, boucle, 2026-01 (brouillon) : 252,000 kWh partagés, 42,35 € HT",
        coop.short("  tel qu'on le savait à {settled}"),
    ]
    assert lines[-1] == "  total HT : 40,32 + 2,03 = 42,35 €"
    text = "\n".join(lines)
    assert coop.short("operations/boucle/tariffs.yaml:2:42  {start}  2026-01-02  Anne Martin") in text
    assert not [name for name in ("key", "merge", "price", "tidy", "renamed") if coop.ids[name][:10] in text]
    known = json.loads(coop.run(*month, "--known", "HEAD~1", "--format", "json"))
    assert (known["known"], known["reason"]["value"]["operation"]) == (coop.ids["tidy"], "boucle")
    assert "2026-01 of boucle" in coop.run(*month, "--known", coop.ids["zoe"], code=1)


def test_one_line_in_full_has_its_energy_by_stretch(coop: Coop) -> None:
    reason = explained(coop, "--member", "m-anna", "--line", "1")
    [record, line] = reason["inputs"]
    assert record["label"] == "record"
    assert line["value"] == {
        "number": 1,
        "item": "energy",
        "from": "2026-01-01",
        "to": "2026-02-01",
        "quantity": "171.000000",
        "unit": "kWh",
        "price": "0.1505",
        "exact": "25.7355",
        "amount": "25.74",
    }
    parts = [(one["value"]["from"], one["value"]["kwh"]) for one in line["inputs"] if one["label"] == "part"]
    assert parts == [("2026-01-01", "60.000000"), ("2026-01-11", "15.000000"), ("2026-01-16", "96.000000")]
    second, third = line["inputs"][1:3]
    assert [one["label"] for one in second["inputs"]] == ["key", "joined"]
    assert second["inputs"][1]["commit"]["commit"] == coop.ids["zoe"]
    assert third["inputs"][0]["commit"]["written"]["author"] == "Chloé Petit"
    (coop.root / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    text = coop.run("explain", "boucle", "--month", "2026-01", "--member", "m-anna", "--line", "1")
    assert "  line 1, shared energy, from 2026-01-01 to 2026-01-31: 171.000000 kWh x 0.1505 EUR =" in text
    assert "15.05 c€/kWh, tariff residents since 2026-01-01" in text


def test_a_whole_month_and_a_producer(told: Coop) -> None:
    unit = explained(told)
    assert unit["value"]["shared"] == "744.000000"
    assert unit["value"]["net"] == "120.01"
    stretches = [one for one in unit["inputs"] if one["label"] == "stretch"]
    assert [(one["value"]["from"], one["value"]["shared"]) for one in stretches] == [
        ("2026-01-01", "240.000000"),
        ("2026-01-11", "120.000000"),
        ("2026-01-16", "384.000000"),
    ]
    assert [one["value"]["id"] for one in unit["inputs"] if one["label"] == "share"] == [
        "m-anna",
        "m-paul",
        "m-zoe",
        "p-roof",
    ]
    text = told.run("explain", "boucle", "--month", "2026-01", "--member", "p-roof")
    assert "énergie : 744,000 kWh partagés (produit 744,000, surplus 0,000)" in text
    markdown = told.run("explain", "boucle", "--month", "2026-01", "--format", "markdown").splitlines()
    assert markdown[0] == "- boucle, 2026-01 (brouillon) : 744,000 kWh partagés, 120,01 € HT"


def test_what_explain_cannot_say_it_says(told: Coop) -> None:
    month = ("--month", "2026-01")
    assert 'did you mean "m-zoe"' in told.run("explain", "boucle", *month, "--member", "m-zoé", code=2)
    assert "add --member" in told.run("explain", "boucle", *month, "--line", "1", code=2)
    assert "m-zoe has 2 lines" in told.run("explain", "boucle", *month, "--member", "m-zoe", "--line", "3", code=2)


# --- the value, not the line -----------------------------------------------------------------------------------


def test_a_folder_renamed_and_a_file_reordered_are_not_the_cause(coop: Coop) -> None:
    coop.git("mv", "operations/boucle", "operations/canal")
    coop.folder = coop.root / "operations" / "canal"
    coop.write("participants.yaml", ZOE + "".join(reversed(PARTICIPANTS.splitlines(keepends=True))))
    coop.commit("renamed", "Denis Roy", "2026-02-20", "Boucle devient canal")
    log = coop.run("log", "canal")
    assert log == coop.short(FRENCH)
    everything = coop.run("log", "canal", "--all", "--limit", "1")
    assert everything.splitlines()[1] == "  dossier renommé, avant : boucle"
    text = coop.run("explain", "canal", "--month", "2026-01", "--member", "m-zoe")
    assert coop.short("operations/canal/tariffs.yaml:8:20  {price}") in text
    assert coop.short("operations/canal/participants.yaml:1:46  {zoe}") in text
    assert coop.short("operations/canal/data/2026-01.yaml:2:11  {data}") in text
    assert coop.ids["renamed"][:10] not in text


def test_a_folder_renamed_and_not_committed_keeps_its_past(coop: Coop) -> None:
    (coop.root / "operations" / "boucle").rename(coop.root / "operations" / "canal")
    assert coop.run("log", "canal") == coop.short(FRENCH)


def test_a_revert_is_the_cause_of_what_it_puts_back(coop: Coop) -> None:
    coop.edit("tariffs.yaml", "15.05 c€/kWh", "0.1700 EUR/kWh")
    coop.commit("dear", "Anne Martin", "2026-03-01", "Plus cher")
    coop.git("revert", "--no-edit", "HEAD", author="Bob Durand", day="2026-03-02")
    coop.ids["revert"] = coop.git("rev-parse", "HEAD")
    assert cause(coop, "boucle/tariffs.yaml/residents/price") == ("15.05 c€/kWh", "revert")
    assert cause(coop, "boucle/tariffs.yaml/residents/fee") == ("3 EUR/month", "start")


def test_two_branches_merged_each_name_who_wrote_in_them(coop: Coop) -> None:
    """One branch moves a share, the other adds a key: each value is its own branch's."""
    coop.git("switch", "--quiet", "--create", "one")
    coop.edit("keys.yaml", "m-paul: 25 %", "m-paul: 20 %")
    coop.commit("one", "Bob Durand", "2026-03-01", "Paul, un peu moins")
    coop.git("switch", "--quiet", "main")
    coop.git("switch", "--quiet", "--create", "two")
    coop.write("keys.yaml", coop.text("keys.yaml") + "2026-02-15:\n  rule: equal\n  because: essai\n")
    coop.commit("two", "Chloé Petit", "2026-03-02", "À parts égales")
    coop.git("switch", "--quiet", "main")
    coop.merge("first", "one", "Anne Martin", "2026-03-03", "Fusion de un")
    coop.merge("second", "two", "Anne Martin", "2026-03-04", "Fusion de deux")
    shares = "boucle/keys.yaml/2026-01-16/with/shares"
    assert cause(coop, f"{shares}/m-paul") == ("20 %", "first", "one")
    assert cause(coop, f"{shares}/m-zoe") == ("50 %", "merge", "key")
    assert cause(coop, "boucle/keys.yaml/rule", on="2026-03-01") == ("equal", "second", "two")
    steps = json.loads(coop.run("log", "boucle", "--format", "json", "--limit", "2"))["steps"]
    assert [[one["author"] for one in step["merges"]] for step in steps] == [["Chloé Petit"], ["Bob Durand"]]


def test_a_slot_that_moves_in_its_list_is_not_changed(coop: Coop) -> None:
    """Slots are known by their names: one put before the others changes neither their prices nor their causes."""
    slots = '{name: jour, price: 0.2000 EUR/kWh, hours: ["06:00-22:00"]}, {name: nuit, price: 0.1000 EUR/kWh}'
    coop.write("tariffs.yaml", f"residents:\n  2026-01-01: {{rule: slots, with: {{slots: [{slots}]}}}}\n")
    coop.commit("slots", "Anne Martin", "2026-03-01", "Jour et nuit")
    coop.edit("tariffs.yaml", "slots: [", 'slots: [{name: midi, price: 0.0900 EUR/kWh, hours: ["12:00-14:00"]}, ')
    coop.commit("noon", "Bob Durand", "2026-03-02", "Midi moins cher")
    slot = "boucle/tariffs.yaml/residents/slots"
    assert cause(coop, f"{slot}/0/price") == ("0.0900 EUR/kWh", "noon")
    assert cause(coop, f"{slot}/2/price") == ("0.1000 EUR/kWh", "slots")


def test_a_file_that_could_not_be_read_for_a_while_is_no_cause(coop: Coop) -> None:
    good = coop.text("tariffs.yaml")
    coop.write("tariffs.yaml", good + "\toops: [\n")
    coop.commit("broken", "Denis Roy", "2026-03-01", "Oups")
    coop.write("tariffs.yaml", good)
    coop.commit("mended", "Denis Roy", "2026-03-02", "Réparé")
    assert cause(coop, "boucle/tariffs.yaml/residents/price") == ("15.05 c€/kWh", "price")
    assert coop.run("log", "boucle", "--limit", "1") == coop.short(
        "2026-03-01  {broken}  Denis Roy — Oups\n  illisible, compté comme avant : tariffs.yaml\n"
    )


def test_a_reason_put_right_later_is_the_reason(coop: Coop) -> None:
    coop.edit("keys.yaml", "assemblée du 2026-01-08, résolution 1", "assemblée du 2026-01-08, résolution 2")
    coop.commit("note", "Denis Roy", "2026-03-01", "La bonne résolution")
    shown = json.loads(coop.run("show", "boucle/keys.yaml/shares/m-zoe", "--on", "2026-01-20", "--format", "json"))
    assert shown["because"] == "assemblée du 2026-01-08, résolution 2"
    assert shown["commit"]["commit"] == coop.ids["merge"]


def test_an_edit_that_is_not_committed_answers_for_itself(coop: Coop) -> None:
    coop.edit("tariffs.yaml", "15.05 c€/kWh", "0.1700 EUR/kWh")
    assert cause(coop, "boucle/tariffs.yaml/residents/price") == ("0.1700 EUR/kWh", None)
    text = coop.run("explain", "boucle", "--month", "2026-01", "--member", "m-zoe")
    assert "operations/boucle/tariffs.yaml:8:20  pas encore commité" in text
    assert "le procès-verbal settlements/2026-01.1.yaml dit autre chose (120,01 € HT) : mitoyen settle" in text


def test_what_a_message_says_is_only_said(coop: Coop) -> None:
    """Neither the terminal nor the reading of the history is steered by who writes a message."""
    coop.edit("tariffs.yaml", "15.05 c€/kWh", "0.1700 EUR/kWh")
    message = "Plus \x1b[31mcher\n\n:100644 100644 0000000 1111111 M\noperations/boucle/keys.yaml\x1e\x1f"
    coop.commit("dear", "Anne\x1b Martin", "2026-03-01", message)
    assert coop.run("log", "boucle", "--limit", "1").splitlines() == [
        coop.short("2026-03-01  {dear}  Anne  Martin — Plus  [31mcher"),
        "  tarif residents à partir du 2026-01-01 : prix de 15.05 c€/kWh à 0.1700 EUR/kWh",
        "    décidé : assemblée du 2026-02-10",
    ]


def test_a_shallow_clone_and_a_folder_without_git(told: Coop, tmp_path: Path) -> None:
    clone = Coop(tmp_path / "clone")
    told.git("clone", "--quiet", "--depth", "3", f"file://{told.root}", str(clone.root))
    log = clone.run("log", "boucle")
    assert log.endswith("\nCe clone est superficiel : ce qui précède n'y est pas (git fetch --unshallow).\n")
    shown = clone.run("show", "boucle/keys.yaml/rule", "--on", "2026-01-10").splitlines()
    assert shown[4] == told.short("  {price}  2026-02-10  Anne Martin, ou avant (clone superficiel)")
    shutil.rmtree(clone.root / ".git")
    assert "not in a git repository" in clone.run("log", "boucle", code=2)
    shutil.copytree(told.root / ".mitoyen", clone.root / ".mitoyen", dirs_exist_ok=True)
    text = clone.run("explain", "boucle", "--month", "2026-01", "--member", "m-zoe")
    assert "operations/boucle/tariffs.yaml:8:20\n" in text
    assert "décidé : assemblée du 2026-02-10" in text


# --- show ------------------------------------------------------------------------------------------------------


def test_a_value_on_two_days_as_known_at_two_revisions(coop: Coop) -> None:
    coop.write(
        "tariffs.yaml",
        TIDIED + "    2026-05-01: {rule: flat, with: {price: 0.1400 EUR/kWh}, because: résolution 7}\n",
    )
    coop.commit("may", "Anne Martin", "2026-03-01", "Prix de mai")
    path = "boucle/tariffs.yaml/residents/price"
    assert coop.run("show", path, "--on", "2026-04-30") == coop.short(
        """\
15.05 c€/kWh
  boucle/tariffs.yaml/residents/price, le 2026-04-30, tel que le dossier le dit
  en vigueur du 2026-01-01 au 2026-05-01 exclu
  operations/boucle/tariffs.yaml:8:20
  {price}  2026-02-10  Anne Martin
  décidé : assemblée du 2026-02-10
"""
    )
    assert coop.run("show", "--on", "2026-04-30", "--known", coop.ids["merge"], path) == coop.short(
        """\
0.1600 EUR/kWh
  boucle/tariffs.yaml/residents/price, le 2026-04-30, tel qu'on le savait à {merge}
  en vigueur depuis le 2026-01-01
  operations/boucle/tariffs.yaml:2:42
  {start}  2026-01-02  Anne Martin
  décidé : résolution 4
"""
    )
    assert coop.run("show", path, "--on", "2026-05-01").startswith("0.1400 EUR/kWh\n")
    assert coop.run("show", "value", path, "--on", "2026-05-01", "--known", "HEAD~1").startswith("15.05 c€/kWh\n")


def test_what_show_takes_and_what_it_refuses(told: Coop) -> None:
    assert told.run("show", "boucle/keys.yaml", "--on", "2026-01-10").startswith("{rule: prorata}\n")
    assert told.run("show", "boucle/operation.yaml/organiser").startswith("coop-toits\n")
    assert told.run("show", "boucle/participants.yaml/m-zoe/tariff", "--on", "2026-01-11").startswith("residents\n")
    assert "in force on 2026-01-10" in told.run(
        "show", "boucle/participants.yaml/m-zoe/tariff", "--on", "2026-01-10", code=2
    )
    assert 'did you mean "tariffs.yaml"' in told.run("show", "boucle/tarifs.yaml/residents", code=1)
    assert 'did you mean "boucle"' in told.run("show", "boucles/tariffs.yaml/residents", code=1)
    assert "names no file" in told.run("show", "boucle", code=2)
    assert "no revision 'nowhere'" in told.run("show", "boucle/keys.yaml", "--known", "nowhere", code=2)
    rows = told.run("show", "shares", "boucle", "--month", "2026-01").splitlines()
    assert len(rows) == 1 + 744
    assert "value" in told.run("show", "--help")


def test_a_value_known_under_the_folder_s_old_name(coop: Coop) -> None:
    coop.git("mv", "operations/boucle", "operations/canal")
    coop.commit("renamed", "Denis Roy", "2026-02-20", "Boucle devient canal")
    shown = coop.run("show", "canal/keys.yaml/rule", "--on", "2026-01-20", "--known", "HEAD~1")
    assert shown.splitlines()[1:4:2] == [
        coop.short("  canal/keys.yaml/rule (boucle), le 2026-01-20, tel qu'on le savait à {tidy}"),
        "  operations/boucle/keys.yaml:6:9",
    ]


def explained(coop: Coop, *arguments: str) -> dict[str, Any]:
    """The reason that explain gives for January, as data."""
    text = coop.run("explain", "boucle", "--month", "2026-01", *arguments, "--format", "json")
    data = json.loads(text)
    assert data["format_version"] == 1
    reason: dict[str, Any] = data["reason"]
    return reason


def cause(coop: Coop, path: str, on: str = "2026-01-20") -> tuple[str | None, ...]:
    """The value, the commit that made it and, where that one merged it, who wrote it: as the tests call them."""
    data = json.loads(coop.run("show", path, "--on", on, "--format", "json"))
    names = {commit: name for name, commit in coop.ids.items()}
    made = data["commit"]
    written = [names[made["written"]["commit"]]] if made["written"] else []
    return (data["value"], made["commit"] and names[made["commit"]], *written)
