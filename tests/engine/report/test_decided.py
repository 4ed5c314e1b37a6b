"""The history for each audience: two neighbours and their roof, then a third; whoever is no board reads no share.

January 2026 has 744 hours, and the roof gives 2 kWh at 186 of them. What the figures are is of no weight here: for
members and the public there must be none but prices.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from mitoyen import history
from mitoyen.report.decided import Decided, Told, decided
from mitoyen.report.pseudonyms import Pseudonyms
from mitoyen.workspace import Workspace
from neighbours import FILES, commit, curve, git, run, write

JOINER = "m-c: {role: consumer, meter: mtr-03, from: 2026-01-11, tariff: residents}\n"
STATIC = """\
2026-01-16:
  rule: static
  with: {shares: {m-a: 25 %, m-b: 35 %, m-c: 40 %}}
  because: assemblée du 2026-01-08, 40 % pour l'école
"""
PRICE = """\
residents:
  2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh}, because: resolution 4}
  2026-02-01:
    rule: flat
    with: {price: 0.0900 EUR/kWh}
    because: résolution 7, à la demande de m-a (2 450 kWh en 2025) et de M-B
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    repo = tmp_path_factory.mktemp("voisins")
    git(repo, "init", "--quiet")
    (repo / ".gitignore").write_text(".mitoyen/\n*.csv\n")
    write(repo, **FILES)
    commit(repo, "Ouverture")
    write(repo, participants=FILES["participants"] + JOINER)
    commit(repo, "m-c entre")
    write(repo, keys=FILES["keys"] + STATIC)
    commit(repo, "Clé statique")
    write(repo, tariffs=PRICE)
    commit(repo, "Le prix baisse")
    month = ("--month", "2026-01")
    (repo / "curves.csv").write_text(curve("2026-01", consumed=(1, 3, 2)))
    assert run(repo, "fetch", "voisins", *month)[0] == 0
    commit(repo, "Janvier")
    assert run(repo, "settle")[0] == 0
    commit(repo, "Règlement de janvier")
    (repo / "curves.csv").write_text(curve("2026-01", consumed=(1, 3, 1)))
    assert run(repo, "fetch", "voisins", *month)[0] == 0
    commit(repo, "Données rectifiées")
    assert run(repo, "settle")[0] == 0
    commit(repo, "Règlement à nouveau")
    # What no command here would write without a vault: a month issued, then revised.
    settlements = repo / "operations" / "voisins" / "settlements"
    issued = (settlements / "2026-01.1.yaml").read_text().replace("state: draft", "state: issued")
    (settlements / "2026-01.1.yaml").write_text(issued)
    commit(repo, "Émis")
    (settlements / "2026-01.2.yaml").write_text(issued)
    commit(repo, "Rectifié")
    write(repo, packages="m-a: {2026-02-01: 500 kWh}\n")
    commit(repo, "Un forfait")
    write(
        repo,
        operation=FILES["operation"].replace("PT60M", "PT30M") + "limits: {member: 15 %}\n",
        keys=FILES["keys"] + STATIC.replace("35 %", "30 %"),
        participants=FILES["participants"]
        .replace("36 kWp", "40 kWp")
        .replace("mtr-02, from", "mtr-02, to: 2026-03-01, from")
        + JOINER,
    )
    commit(repo, "Tout à la fois")
    write(repo, keys=FILES["keys"])
    return Workspace(repo)


def texts(entry: Decided) -> list[str]:
    return [line for told in entry.told for line in (told.text, *told.notes)]


def test_for_members_in_french(here: Workspace) -> None:
    past = decided(here, "voisins", "members", "fr")
    assert not past.cut
    assert [(one.kinds, texts(one)) for one in past.entries] == [
        (("key",), ["clé du 2026-01-16 retirée : de static à prorata"]),
        (
            ("operation", "members", "key"),
            [
                "opération : pas de temps de PT60M à PT30M",
                "réglages de l'opération modifiés",
                "1 participant sort le 2026-03-01",
                "1 participant modifié",
                "clé à partir du 2026-01-16 : réglée autrement",
                "décidé : assemblée du 2026-01-08, … pour l'école",
            ],
        ),
        (("settlement", "issued"), ["règlement de 2026-01 rectifié"]),
        (("settlement", "issued"), ["règlement de 2026-01 émis"]),
        (("settlement",), ["règlement de 2026-01 recalculé"]),
        (("data",), ["données de 2026-01 rectifiées", "suivi d'un nouveau règlement de 2026-01"]),
        (("settlement",), ["règlement de 2026-01 écrit"]),
        (("data",), ["données de 2026-01 figées"]),
        (
            ("tariff",),
            [
                "tarif residents à partir du 2026-02-01 : prix de 0.1000 EUR/kWh à 0.0900 EUR/kWh",
                "décidé : résolution 7, à la demande d'un participant (… en 2025) et d'un participant",
            ],
        ),
        (
            ("key",),
            [
                "clé à partir du 2026-01-16 : de prorata à static",
                "décidé : assemblée du 2026-01-08, … pour l'école",
            ],
        ),
        (("members",), ["1 participant entre le 2026-01-11"]),
        (
            ("operation", "members", "key", "tariff"),
            [
                "opération créée : Les voisins, ouverte le 2026-01-01",
                "3 participants entrent le 2026-01-01",
                "clé à partir du 2026-01-01 : prorata",
                "décidé : resolution 3",
                "tarif residents à partir du 2026-01-01 : flat (prix 0.1000 EUR/kWh)",
                "décidé : resolution 4",
            ],
        ),
    ]
    assert [one.effective for one in past.entries] == [
        date(2026, 1, 16),
        date(2026, 3, 1),
        *[None] * 6,
        date(2026, 2, 1),
        date(2026, 1, 16),
        date(2026, 1, 11),
        date(2026, 1, 1),
    ]


def test_for_the_public_in_english(here: Workspace) -> None:
    entries = decided(here, "voisins", "public", "en").entries
    assert [texts(one) for one in entries] == [
        ["key of 2026-01-16 removed: from static to prorata"],
        [
            "operation: step from PT60M to PT30M",
            "settings of the operation changed",
            "1 participant leaves on 2026-03-01",
            "1 participant changed",
            "key from 2026-01-16: set otherwise",
            "decided: assemblée du 2026-01-08, … pour l'école",
        ],
        ["settlement of 2026-01 revised"],
        ["settlement of 2026-01 issued"],
        ["settlement of 2026-01 computed again"],
        ["data of 2026-01 restated", "followed by a new settlement of 2026-01"],
        ["settlement of 2026-01 written"],
        ["data of 2026-01 frozen"],
        [
            "tariff residents from 2026-02-01: price from 0.1000 EUR/kWh to 0.0900 EUR/kWh",
            "decided: résolution 7, à la demande de a participant (… en 2025) et de a participant",
        ],
        ["key from 2026-01-16: from prorata to static", "decided: assemblée du 2026-01-08, … pour l'école"],
        ["1 participant joins on 2026-01-11"],
        [
            "operation created: Les voisins, opened on 2026-01-01",
            "3 participants join on 2026-01-01",
            "key from 2026-01-01: prorata",
            "decided: resolution 3",
            "tariff residents from 2026-01-01: flat (price 0.1000 EUR/kWh)",
            "decided: resolution 4",
        ],
    ]


def test_the_board_reads_what_log_says(here: Workspace) -> None:
    past = decided(here, "voisins", "board", "fr")
    steps = json.loads(run(here.repository.root, "log", "voisins", "--format", "json")[1])["steps"]
    assert [texts(one) for one in past.entries] == [step["text"] for step in steps]
    assert [one.subject for one in past.entries] == [step["subject"] for step in steps]
    packages = past.entries[2]
    assert packages == Decided(
        day="2026-04-02",
        commit=steps[2]["commit"][:10],
        author="A treasurer",
        subject="Un forfait",
        kinds=("members",),
        effective=date(2026, 2, 1),
        told=(Told("m-a achète 500 kWh le 2026-02-01"),),
    )
    assert [one.kinds for one in past.entries[3:8]] == [
        ("settlement", "issued"),
        ("settlement", "issued"),
        ("settlement",),
        ("data",),
        ("settlement",),
    ]


def test_who_is_told_whose_commit_it_is(here: Workspace) -> None:
    past = history.read(here, "voisins")
    newest = {one: decided(here, "voisins", one, "fr", past=past).entries[:2] for one in ("members", "public")}
    for uncommitted, committed in newest.values():
        assert (uncommitted.day, uncommitted.commit, uncommitted.author) == (None, None, None)
        assert committed.commit == git(here.repository.root, "rev-parse", "HEAD")[:10]
        assert committed.day == "2026-04-02"
        assert committed.subject is None
    assert newest["members"][1].author == "A treasurer"
    assert newest["public"][1].author is None


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("audience", ["members", "public", "anybody"])
def test_no_one_is_named_and_no_figure_is_told_but_prices(here: Workspace, audience: str, lang: str) -> None:
    everything = repr(decided(here, "voisins", audience, lang))
    assert not re.search(r"\b(m-[abc]|p-roof|mtr-\d\d)\b", everything, re.IGNORECASE)
    figures = re.findall(r"(?:[\d.,\u202f]+|…) ?(?:%|kWh|kWp|€|EUR)[/\w]*", everything)
    assert set(figures) == {"0.1000 EUR/kWh", "0.0900 EUR/kWh"}


def test_pseudonyms_in_free_text() -> None:
    members = Pseudonyms(frozenset({"m-a", "m-a.2", "C01"}))
    assert members.hidden("m-a.2, puis (M-A) et c01 ; m-ab et xm-a restent", "fr") == (
        "un participant, puis (un participant) et un participant ; m-ab et xm-a restent"
    )
    assert (
        members.hidden("La part de m-a, que C01 cède", "fr") == "La part d'un participant, qu'un participant cède"
    )
    assert members.hidden("m-a's share", "en") == "a participant's share"
    assert members.reason("votée à 85 % le 2026-03-12", "fr") == "votée à 85 % le 2026-03-12"
    assert members.reason("m-a : 12,5 %, 1 200,50 kWh, 9 kVA et 16 c€ ; article 3 va", "fr") == (
        "un participant : …, …, … et … ; article 3 va"
    )
    assert members.reason("un tiers, soit 33.3%", "fr", figures=False) == "un tiers, soit …"
    assert Pseudonyms(frozenset()).hidden("m-a", "fr") == "m-a"


def test_whoever_left_long_ago_is_still_not_named(here: Workspace, tmp_path: Path) -> None:
    """m-c is in no file any more, a reason names it all the same; m-b stays, the roof is as it was before."""
    git(here.repository.root, "clone", "--quiet", str(here.repository.root), str(tmp_path / "clone"))
    write(tmp_path / "clone", participants=FILES["participants"], keys=FILES["keys"])
    commit(tmp_path / "clone", "m-c, effacé")
    write(tmp_path / "clone", tariffs=FILES["tariffs"].replace("0.1000", "0.0800").replace("4}", "9 contre m-c}"))
    commit(tmp_path / "clone", "Le prix")
    entries = decided(Workspace(tmp_path / "clone"), "voisins", "members", "fr").entries
    assert texts(entries[0]) == [
        "tarif residents à partir du 2026-01-01 : prix de 0.1000 EUR/kWh à 0.0800 EUR/kWh",
        "décidé : resolution 9 contre un participant",
        "tarif residents du 2026-02-01 retiré : prix de 0.0900 EUR/kWh à 0.0800 EUR/kWh",
    ]
    assert texts(entries[1])[0] == "3 participants modifiés"
    by_producer = "{rule: producers, with: {prices: {p-roof: 0.0700 EUR/kWh}, otherwise: 0.0800 EUR/kWh}}"
    write(tmp_path / "clone", tariffs=f"residents:\n  2026-01-01: {by_producer}\n")
    entries = decided(Workspace(tmp_path / "clone"), "voisins", "public", "fr").entries
    assert texts(entries[0]) == [
        "tarif residents à partir du 2026-01-01 : règle de flat à producers",
        "tarif residents à partir du 2026-01-01 : autres producteurs 0.0800 EUR/kWh",
        "tarif residents à partir du 2026-01-01 : prix 0.0800 EUR/kWh retiré",
        "tarif residents à partir du 2026-01-01 : prix {un participant: 0.0700 EUR/kWh}",
    ]


def test_a_shallow_clone_and_no_git(here: Workspace, tmp_path: Path) -> None:
    source = f"file://{here.repository.root}"
    git(tmp_path, "clone", "--quiet", "--depth", "1", source, str(tmp_path / "clone"))
    past = decided(Workspace(tmp_path / "clone"), "voisins", "public", "fr")
    assert past.cut
    assert len(past.entries) == 1
    write(tmp_path / "bare", **FILES)
    assert decided(Workspace(tmp_path / "bare"), "voisins", "members", "fr").entries == ()
