"""What a plan says of a change, to whom, and how it ends: limits, exit codes, audiences, forms.

Three months of two neighbours and a roof that gives 12 kWh a day, all of it shared: 3 to m-a and 9 to m-b, at 10
cents. January and March, 31 days: 9.30 and 27.90, 37.20 in all. February, 28 days: 8.40 and 25.20, 33.60 in all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mitoyen.contracts import Executor
from mitoyen.plan import Plan, make
from mitoyen.plan import text as plan_text
from mitoyen.workspace import Workspace
from neighbours import FILES, commit, curve, git, run, write

MONTHS = ("2026-01", "2026-02", "2026-03")
FORMS = tuple(plan_text.RENDERERS)

LIMITS = FILES["operation"] + "limits: {member: 15 %, total: 5 %}\n"


def price(eur: str, start: str = "2026-02-01", because: str = "resolution 7") -> str:
    """tariffs.yaml with another price from a day on."""
    return FILES["tariffs"] + f"  {start}: {{rule: flat, with: {{price: {eur} EUR/kWh}}, because: {because}}}\n"


def february(eur: str) -> str:
    """tariffs.yaml with another price in February only."""
    return price(eur) + price("0.1000", "2026-03-01").splitlines(keepends=True)[-1]


def key(a: str, b: str, start: str = "2026-02-01") -> str:
    """keys.yaml with shares from a day on."""
    shares = f"{{m-a: {a}, m-b: {b}}}"
    return FILES["keys"] + f"{start}: {{rule: static, with: {{shares: {shares}}}, because: resolution 5}}\n"


def planned(repo: Path, base: str = "HEAD", head: str | None = None) -> Plan:
    here = Workspace(repo)
    ends = here.repository.resolve(base), here.repository.resolve(head) if head else None
    return make(here, *ends, (), here.host.get(Executor, "serial"), {})


def data(repo: Path, audience: str = "board") -> dict[str, Any]:
    return planned(repo).as_data(audience)


def effect(made: Mapping[str, Any], operation: str = "voisins") -> dict[str, str]:
    """By month, ``category: before -> after``."""
    [one] = [one for one in made["operations"] if one["operation"] == operation]
    return {unit["month"]: f"{unit['category']}: {unit['before']} -> {unit['after']}" for unit in one["units"]}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = tmp_path_factory.mktemp("first") / "repo"
    (repo / "curves").mkdir(parents=True)
    (repo / "curves" / "all.csv").write_text(curve("2026-01", "2026-03"))
    write(repo, **FILES)
    run(repo, "fetch", "voisins", "--month", "2026-01..2026-03", "--file", str(repo / "curves"))
    git(repo, "init", "--quiet", "--initial-branch=main")
    commit(repo, "The neighbours begin")
    run(repo, "settle", "--commit", "--format", "json")
    return repo


@pytest.fixture
def repo(first: Path, tmp_path: Path) -> Path:
    """A clone, settled and recorded, its data in its store."""
    return Path(shutil.copytree(first, tmp_path / "repo"))


# --- how it ends -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code", "detailed", "said"),
    [
        ({}, 0, 0, "Rien ne change."),
        ({"tariffs": price("0.1100")}, 0, 3, "33,60 € -> 36,96 € (+3,36 €, +10,0 %)"),
        (
            {"keys": FILES["keys"].replace("resolution 3", "resolution 3 of 2025-12-11")},
            0,
            0,
            "Aucun montant ne change : seules des notes ou des mises en forme diffèrent.",
        ),
        ({"keys": "# tidied\n" + FILES["keys"]}, 0, 0, "Rien ne change."),
        ({"keys": key("60 %", "60 %")}, 1, 1, "120 %"),
        ({"operation": LIMITS, "tariffs": price("0.1100")}, 1, 1, "Accept: voisins/2026-02 total +10.0%"),
    ],
    ids=["nothing", "a price", "a note", "a comment", "shares of 120 %", "beyond limits"],
)
def test_exit_codes(
    change: dict[str, str], code: int, detailed: int, said: str, repo: Path, mitoyen: Callable[..., Any]
) -> None:
    write(repo, **change)
    assert said in mitoyen(repo, "plan", code=code).stdout
    assert run(repo, "plan", "--detailed-exitcode")[0] == detailed


def test_usage(repo: Path, mitoyen: Callable[..., Any]) -> None:
    assert "git knows no revision 'mian' here" in mitoyen(repo, "plan", "--base", "mian", code=2).stderr
    assert 'no operation "voisin"' in mitoyen(repo, "plan", "voisin", code=1).stderr


# --- limits ------------------------------------------------------------------------------------------------------


@pytest.fixture
def limited(repo: Path) -> Path:
    """With limits of 15 % for a member, 5 % for all."""
    write(repo, operation=LIMITS)
    commit(repo, "Limits")
    git(repo, "branch", "limits")
    return repo


def test_beyond_the_limit_of_all(limited: Path) -> None:
    """A tenth more: within what a member may bear, beyond what all may."""
    write(limited, tariffs=price("0.1100"))
    made = data(limited)
    # 28 days of 12 kWh at 11 cents, 31 days of them.
    assert effect(made) == {"2026-02": "changes: 33.60 -> 36.96", "2026-03": "changes: 37.20 -> 40.92"}
    assert made["beyond"] == ["voisins/2026-02 total +10.0%", "voisins/2026-03 total +10.0%"]
    code, text = run(limited, "plan")
    assert code == 1
    assert text.splitlines()[-4:-1] == [
        "Au-delà des limites de l'opération. Si l'écart est voulu, le commit de fusion porte la ligne :",
        "  Accept: voisins/2026-02 total +10.0%",
        "  Accept: voisins/2026-03 total +10.0%",
    ]


def test_beyond_the_limit_of_a_member(limited: Path) -> None:
    """Half of 12 kWh for each: m-a has 6 instead of 3, m-b 6 instead of 9; all pay what they paid."""
    write(limited, keys=key("50 %", "50 %", "2026-03-01"))
    made = data(limited)
    assert effect(made) == {"2026-03": "changes: 37.20 -> 37.20"}
    assert made["beyond"] == ["voisins/2026-03 m-a +100.0%", "voisins/2026-03 m-b -33.3%"]


def test_on_the_limit_is_within(limited: Path) -> None:
    write(limited, tariffs=february("0.1050"))
    assert effect(data(limited)) == {"2026-02": "changes: 33.60 -> 35.28"}  # 1.68 is 5 % of 33.60
    assert run(limited, "plan", "--detailed-exitcode")[0] == 3


def test_a_cent_over_the_limit_is_beyond(limited: Path) -> None:
    """8.82 and 26.47 are 35.29: 5.03 % more than 33.60."""
    write(limited, tariffs=february("0.10504"))
    assert effect(data(limited)) == {"2026-02": "changes: 33.60 -> 35.29"}
    assert run(limited, "plan")[0] == 1


def test_from_nothing_to_something_is_beyond_any_limit(limited: Path) -> None:
    free = FILES["tariffs"].replace("0.1000", "0.0000")
    write(limited, tariffs=free)
    commit(limited)
    write(limited, tariffs=free + price("0.5000", "2026-03-01").splitlines(keepends=True)[-1])
    assert effect(data(limited)) == {"2026-03": "changes: 0.00 -> 186.00"}
    assert run(limited, "plan")[0] == 1


@pytest.mark.parametrize("looser", [FILES["operation"], LIMITS.replace("5 %", "50 %")], ids=["gone", "looser"])
def test_a_change_cannot_lift_its_own_limits(looser: str, limited: Path) -> None:
    write(limited, operation=looser, tariffs=price("0.1100"))
    assert run(limited, "plan")[0] == 1


def test_accepted_by_a_commit_of_the_change(limited: Path) -> None:
    write(limited, tariffs=price("0.1100"))
    commit(limited, "A tenth more", "Accept: voisins/2026-02 total +10.0%")
    code, text = run(limited, "plan", "--base", "limits")
    assert code == 1, "one of two figures"
    assert "Accept: voisins/2026-03 total +10.0%" in text
    assert "Accept: voisins/2026-02" not in text
    commit(limited, "So it was decided", "Accept: voisins/2026-03 total +10.0%")
    for head in ((), ("--head", "HEAD")):
        code, text = run(limited, "plan", "--base", "limits", *head)
        assert (code, "Accept" in text) == (0, False)
        assert "33,60 € -> 36,96 €" in text
    assert run(limited, "plan", "--base", "limits", "--detailed-exitcode")[0] == 3


def test_accepted_by_the_merge(limited: Path) -> None:
    git(limited, "checkout", "--quiet", "-b", "tenth")
    write(limited, tariffs=price("0.1100"))
    commit(limited, "A tenth more")
    assert run(limited, "plan", "--base", "main", "--head", "tenth")[0] == 1
    git(limited, "checkout", "--quiet", "main")
    lines = "\n".join(f"Accept: voisins/{month} total +10.0%" for month in ("2026-02", "2026-03"))
    git(limited, "merge", "--quiet", "--no-ff", "--message", f"Merge tenth\n\n{lines}", "tenth")
    assert run(limited, "plan", "--base", "HEAD^1", "--head", "HEAD")[0] == 0


def test_another_figure_is_not_accepted(limited: Path) -> None:
    """Nor the same figure, once and for all: what was accepted before the base counts no more."""
    write(limited, tariffs=price("0.1100", "2026-03-01"))
    commit(limited, "A tenth more", "Accept: voisins/2026-03 total +9.9%")
    assert run(limited, "plan", "--base", "limits")[0] == 1
    commit(limited, "Yes", "Accept: voisins/2026-03 total +10.0%")
    assert run(limited, "plan", "--base", "limits")[0] == 0
    write(limited, tariffs=price("0.1210", "2026-03-01"))  # a tenth more again
    assert effect(data(limited)) == {"2026-03": "changes: 40.92 -> 45.01"}  # 11.253 and 33.759
    assert run(limited, "plan")[0] == 1


# --- what is planned ---------------------------------------------------------------------------------------------


def test_a_note_is_told_and_moves_nothing(repo: Path) -> None:
    write(repo, keys=FILES["keys"].replace("resolution 3", "resolution 3 of 2025"))
    [one] = data(repo)["operations"]
    assert (one["category"], one["units"]) == ("notes", [])
    [change] = one["changes"]
    assert (change["before"], change["after"], change["counts"]) == (
        "resolution 3",
        "resolution 3 of 2025",
        False,
    )


@pytest.mark.parametrize(
    ("name", "text", "code", "place"),
    [
        ("keys", "2026-01-01: {rule: prorata\n", "ACC104", "operations/voisins/keys.yaml"),
        ("keys", "2026-01-01: {rule: prorota}\n", "ACC601", "operations/voisins/keys.yaml"),
        ("tariffs", "residents:\n  2026-01-01: {rule: flat, wiht: {}}\n", None, "operations/voisins/tariffs.yaml"),
    ],
)
def test_files_that_do_not_hold(name: str, text: str, code: str | None, place: str, repo: Path) -> None:
    """The finding and nothing else: no list of everything that seems to go."""
    write(repo, **{name: text})
    exit_code, printed = run(repo, "plan", "--format", "json")
    [one] = json.loads(printed)["operations"]
    assert exit_code == 1
    assert (one["changes"], one["units"]) == ([], [])
    assert {finding["path"] for finding in one["findings"]} == {place}
    if code:
        assert {finding["code"] for finding in one["findings"]} == {code}
    for form in ("text", "markdown"):
        exit_code, printed = run(repo, "plan", "--format", form)
        assert (exit_code, one["findings"][0]["code"] in printed) == (1, True)


def test_a_finding_is_an_annotation(repo: Path) -> None:
    write(repo, keys=key("60 %", "60 %"))
    assert "::error file=operations/voisins/keys.yaml,line=2" in run(repo, "plan", "--format", "github")[1]


def test_broken_before_and_whole_again(repo: Path) -> None:
    """What could not be read before cannot be compared; the months are there as if they were new."""
    write(repo, keys="2026-01-01: {rule: prorata\n")
    commit(repo)
    write(repo, keys=FILES["keys"])
    assert effect(data(repo)) == {
        "2026-01": "adds: None -> 37.20",
        "2026-02": "adds: None -> 33.60",
        "2026-03": "adds: None -> 37.20",
    }


def test_an_operation_comes(repo: Path) -> None:
    shutil.copytree(
        repo / "operations" / "voisins",
        repo / "operations" / "cour",
        ignore=shutil.ignore_patterns("settlements", "2026-01.yaml", "2026-02.yaml"),
    )
    made = data(repo)
    assert [one["operation"] for one in made["operations"]] == ["cour"]
    assert effect(made, "cour") == {"2026-03": "adds: None -> 37.20"}
    assert made["operations"][0]["category"] == "adds"
    assert [one["id"] for one in made["operations"][0]["units"][0]["members"]] == ["m-b", "m-a"]


def test_an_operation_goes(repo: Path) -> None:
    shutil.rmtree(repo / "operations" / "voisins")
    (repo / "operations" / "mitoyen.yaml").write_text("lang: fr\n")
    made = data(repo)
    assert made["operations"][0]["category"] == "removes"
    assert effect(made) == {
        "2026-01": "removes: 37.20 -> None",
        "2026-02": "removes: 33.60 -> None",
        "2026-03": "removes: 37.20 -> None",
    }


def issue(repo: Path, month: str) -> None:
    manifest = repo / "operations" / "voisins" / "settlements" / f"{month}.1.yaml"
    manifest.write_text(manifest.read_text().replace("state: draft", "state: issued"))


def test_a_month_that_was_issued(repo: Path) -> None:
    issue(repo, "2026-02")
    commit(repo)
    write(repo, tariffs=price("0.1100"))
    made = data(repo)
    assert effect(made) == {"2026-02": "restates: 33.60 -> 36.96", "2026-03": "changes: 37.20 -> 40.92"}
    assert made["operations"][0]["category"] == "restates"
    # Nor does it help to take away the manifest, or the whole operation.
    (repo / "operations" / "voisins" / "settlements" / "2026-02.1.yaml").unlink()
    assert effect(data(repo))["2026-02"] == "restates: 33.60 -> 36.96"
    shutil.rmtree(repo / "operations" / "voisins")
    (repo / "operations" / "mitoyen.yaml").write_text("lang: fr\n")
    assert effect(data(repo))["2026-02"] == "restates: 33.60 -> None"


def test_a_month_that_was_issued_after_the_branch_began(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "-b", "dearer", "main")
    write(repo, tariffs=price("0.1100"))
    commit(repo)
    git(repo, "checkout", "--quiet", "main")
    issue(repo, "2026-02")
    commit(repo, "Issue February")
    git(repo, "checkout", "--quiet", "dearer")
    git(repo, "branch", "--quiet", "--set-upstream-to=main")
    made = json.loads(run(repo, "plan", "--format", "json")[1])
    assert effect(made)["2026-02"] == "restates: 33.60 -> 36.96"


def test_settings_for_all_reach_all(repo: Path) -> None:
    shutil.copytree(repo / "operations" / "voisins", repo / "operations" / "cour")
    commit(repo)
    (repo / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    assert [one["operation"] for one in data(repo)["operations"]] == ["cour", "voisins"]


def test_another_language_moves_the_documents(repo: Path) -> None:
    (repo / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    [one] = data(repo)["operations"]
    assert {unit["month"]: unit["stages"] for unit in one["units"]} == {month: ["documents"] for month in MONTHS}


# --- months to come ----------------------------------------------------------------------------------------------


def test_a_month_to_come_is_estimated_on_the_last_metered_one(repo: Path) -> None:
    write(repo, tariffs=price("0.1200", "2026-06-01"), keys=key("50 %", "50 %", "2026-09-15"))
    [one] = data(repo)["operations"]
    assert effect({"operations": [one]}) == {
        "2026-06": "changes: 37.20 -> 44.64",  # March again, at 12 cents
        "2026-09": "changes: 37.20 -> 44.64",  # at 12 cents as well, and half for each
    }
    assert [unit["estimated_on"] for unit in one["units"]] == ["2026-03", "2026-03"]
    assert [f"{member['id']} {member['before']} -> {member['after']}" for member in one["units"][1]["members"]] == [
        "m-a 9.30 -> 22.32",  # 31 x 6 kWh
        "m-b 27.90 -> 22.32",
    ]
    text = run(repo, "plan")[1]
    assert "  2026-06  mois à venir, estimé sur 2026-03: 37,20 € -> 44,64 € (+7,44 €, +20,0 %)" in text


def test_a_month_to_come_is_within_limits_too(limited: Path) -> None:
    write(limited, tariffs=price("0.1200", "2026-06-01"))
    assert data(limited)["beyond"] == [
        "voisins/2026-06 total +20.0%",
        "voisins/2026-06 m-b +20.0%",
        "voisins/2026-06 m-a +20.0%",
    ]


def test_someone_leaves_in_a_month_to_come(repo: Path) -> None:
    """As if m-b were gone all of March: 1 kWh an hour is all that is consumed, in the 6 hours of sun."""
    write(
        repo,
        participants=FILES["participants"].replace(
            "mtr-02, from: 2026-01-01", "mtr-02, from: 2026-01-01, to: 2026-06-01"
        ),
    )
    made = data(repo)
    assert effect(made) == {"2026-06": "changes: 37.20 -> 18.60"}  # 31 x 6 kWh
    [unit] = made["operations"][0]["units"]
    assert [f"{one['id']} {one['before']} -> {one['after']}" for one in unit["members"]] == [
        "m-b 27.90 -> None",
        "m-a 9.30 -> 18.60",
    ]


def test_someone_joins_of_whom_no_curve_is_known(repo: Path) -> None:
    """The change is told; no amount can be."""
    joins = "m-c: {role: consumer, meter: mtr-03, from: 2026-06-01, tariff: residents}\n"
    write(repo, participants=FILES["participants"] + joins)
    [one] = data(repo)["operations"]
    assert [change["path"] for change in one["changes"]] == [["m-c"]]
    assert one["units"] == []


def test_someone_who_joins_is_more_than_a_note(repo: Path) -> None:
    joins = "m-c: {role: consumer, meter: mtr-03, from: 2026-06-01, tariff: residents}\n"
    write(repo, participants=FILES["participants"] + joins)
    assert "seules des notes" not in run(repo, "plan")[1]


def test_data_that_are_not_in_the_store(repo: Path) -> None:
    """As in a clone without the store: what cannot be said is said not to be known, month by month."""
    shutil.rmtree(repo / ".mitoyen")
    write(repo, tariffs=price("0.1200"), keys=key("50 %", "50 %", "2026-09-01"))
    code, text = run(repo, "plan")
    assert code == 0
    unknown = "change un brouillon, montants inconnus : the frozen data of {} are not in the store"
    assert text.splitlines()[3:7] == [
        f"  2026-01  {unknown.format('2026-01')}",
        f"  2026-02  {unknown.format('2026-02')}",
        f"  2026-03  {unknown.format('2026-03')}",
        f"  2026-09  {unknown.format('2026-03')}",
    ]
    for form in FORMS:
        assert run(repo, "plan", "--format", form)[0] == 0


# --- one text ----------------------------------------------------------------------------------------------------


def test_two_plans_of_one_change_are_one_text(repo: Path) -> None:
    """In one commit or in three, in this order or another, in the folder or committed, by one process or many."""
    edits = {
        "tariffs": price("0.1200"),
        "keys": key("50 %", "50 %"),
        "participants": FILES["participants"].replace(
            "mtr-02, from: 2026-01-01", "mtr-02, from: 2026-01-01, to: 2026-03-16"
        ),
    }
    texts = {}
    for branch, order in (("one", list(edits)), ("two", list(reversed(edits)))):
        git(repo, "checkout", "--quiet", "-b", branch, "main")
        for name in order:
            write(repo, **{name: edits[name]})
            commit(repo, f"{name} of {branch}")
        texts[branch] = run(repo, "plan", "--base", "main", "--head", branch)[1]
    git(repo, "checkout", "--quiet", "main")
    write(repo, **edits)
    texts["folder"] = run(repo, "plan")[1]
    texts["processes"] = run(repo, "plan", "--executor", "processes")[1]
    assert len(set(texts.values())) == 1
    assert f"Empreinte de ce plan: {planned(repo).digest()}" in texts["folder"]
    assert planned(repo, "main", "one").digest() == planned(repo).digest()
    write(repo, tariffs=price("0.1201"))
    assert planned(repo).digest() != planned(repo, "main", "one").digest()


# --- forms -------------------------------------------------------------------------------------------------------

FRENCH = """\
voisins: change un brouillon
  tariffs.yaml residents 2026-02-01 ajouté: {rule: flat, with: {price: 0.1100 EUR/kWh}} (motif: resolution 7)
  2026-02  change un brouillon: 33,60 € -> 36,96 € (+3,36 €, +10,0 %)
    m-b              25,20 € -> 27,72 € (+2,52 €, +10,0 %)
    m-a              8,40 € -> 9,24 € (+0,84 €, +10,0 %)
  2026-03  change un brouillon: 37,20 € -> 40,92 € (+3,72 €, +10,0 %)
    m-b              27,90 € -> 30,69 € (+2,79 €, +10,0 %)
    m-a              9,30 € -> 10,23 € (+0,93 €, +10,0 %)

Empreinte de ce plan: """

ENGLISH = """\
voisins: changes a draft
  tariffs.yaml residents 2026-02-01 added: {rule: flat, with: {price: 0.1100 EUR/kWh}} (because: resolution 7)
    – -> operations/voisins/tariffs.yaml:3:15
  2026-02  changes a draft: 33.60 € -> 36.96 € (+3.36 €, +10.0 %)
    Stages that move: pricing, documents
    m-b              25.20 € -> 27.72 € (+2.52 €, +10.0 %)
    m-a              8.40 € -> 9.24 € (+0.84 €, +10.0 %)
  2026-03  changes a draft: 37.20 € -> 40.92 € (+3.72 €, +10.0 %)
    Stages that move: pricing, documents
    m-b              27.90 € -> 30.69 € (+2.79 €, +10.0 %)
    m-a              9.30 € -> 10.23 € (+0.93 €, +10.0 %)

Digest of this plan: """


def test_text(repo: Path) -> None:
    write(repo, tariffs=price("0.1100"))
    made = planned(repo)
    assert plan_text.text(made.as_data(), "fr") == FRENCH + made.digest()
    assert plan_text.text(made.as_data(), "en", why=True) == ENGLISH + made.digest()


def test_the_language_of_the_federation(repo: Path) -> None:
    (repo / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    commit(repo)
    write(repo, tariffs=price("0.1100"))
    assert run(repo, "plan", "--why")[1].startswith(ENGLISH)


def test_json(repo: Path) -> None:
    write(repo, tariffs=price("0.1100", "2026-03-01"))
    made = json.loads(run(repo, "plan", "--format", "json")[1])
    head = git(repo, "rev-parse", "HEAD")
    assert made == {
        "format_version": 1,
        "base": head,
        "head": None,
        "digest": planned(repo).digest(),
        "audience": "board",
        "operations": [
            {
                "operation": "voisins",
                "category": "changes",
                "changes": [
                    {
                        "file": "tariffs.yaml",
                        "path": ["residents", "2026-03-01"],
                        "kind": "added",
                        "before": None,
                        "after": {"rule": "flat", "with": {"price": "0.1100 EUR/kWh"}, "because": "resolution 7"},
                        "because": "resolution 7",
                        "counts": True,
                        "before_place": None,
                        "after_place": "operations/voisins/tariffs.yaml:3:15",
                        "link": None,
                    }
                ],
                "units": [
                    {
                        "operation": "voisins",
                        "month": "2026-03",
                        "category": "changes",
                        "stages": ["pricing", "documents"],
                        "before": "37.20",
                        "after": "40.92",
                        "percent": "10.0",
                        "estimated_on": None,
                        "unknown": None,
                        "members": [
                            {
                                "id": "m-b",
                                "before": "27.90",
                                "after": "30.69",
                                "difference": "2.79",
                                "percent": "10.0",
                                "shared_before": "279.000000",
                                "shared_after": "279.000000",
                            },
                            {
                                "id": "m-a",
                                "before": "9.30",
                                "after": "10.23",
                                "difference": "0.93",
                                "percent": "10.0",
                                "shared_before": "93.000000",
                                "shared_after": "93.000000",
                            },
                        ],
                        "beyond": [],
                    }
                ],
                "findings": [],
            }
        ],
        "beyond": [],
    }


MARKDOWN = """\
<!-- mitoyen plan -->
### voisins

- tariffs.yaml residents 2026-03-01 ajouté: {rule: flat, with: {price: 0.1100 EUR/kWh}} (motif: resolution 7)

| Mois | Effet | Avant | Après | Écart |
|---|---|--:|--:|--:|
| 2026-03 | change un brouillon | 37,20 € | 40,92 € | +3,72 € (+10,0 %) |

<details><summary>2026-03, 2 participants</summary>

| Participant | Avant | Après | Écart |
|---|--:|--:|--:|
| `m-b` | 27,90 € | 30,69 € | +2,79 € (+10,0 %) |
| `m-a` | 9,30 € | 10,23 € | +0,93 € (+10,0 %) |

</details>


<sub>Empreinte de ce plan: """


def test_markdown(repo: Path) -> None:
    write(repo, tariffs=price("0.1100", "2026-03-01"))
    assert run(repo, "plan", "--format", "markdown")[1].startswith(MARKDOWN)
    assert run(repo, "plan", "--format", "gitlab")[1].startswith(MARKDOWN)


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("thanks @octocat", "thanks @\u200boctocat"),
        ("`x` and ```", r"\`x\` and \`\`\`"),
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("a | b", r"a \| b"),
        ("[click](https://example.org) ![img](x)", r"\[click\](https://example.org) \!\[img\](x)"),
        ("**bold** ~~no~~ #12", r"\*\*bold\*\* \~\~no\~\~ \#12"),
        ("</details>", r"\</details\>"),
        ("<!-- mitoyen plan -->", r"\<\!-- mitoyen plan --\>"),
    ],
)
def test_a_reason_stays_text_in_a_comment(hostile: str, harmless: str, repo: Path) -> None:
    write(repo, tariffs=price("0.1100", because=json.dumps(hostile)))
    first, *lines = run(repo, "plan", "--format", "markdown")[1].splitlines()
    assert first == plan_text.STICKY
    [line] = [line for line in lines if line.startswith("- ")]
    assert line.endswith(f" (motif: {harmless})")


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        pytest.param("one\n\n1. two\n\n    three", "one 1. two three", id="lines"),
        pytest.param("thanks &commat;octocat", r"thanks \&commat;octocat", id="entity"),
    ],
)
def test_so_does_one_of_several_lines(hostile: str, harmless: str, repo: Path) -> None:
    write(repo, tariffs=price("0.1100", because=json.dumps(hostile)))
    assert f" (motif: {harmless})\n" in run(repo, "plan", "--format", "markdown")[1]


def test_so_does_the_name_of_an_operation(repo: Path) -> None:
    """A folder may be named as one likes."""
    folder = repo / "operations"
    for name in ("@octocat `x` <b>", "a,b"):
        shutil.copytree(folder / "voisins", folder / name, ignore=shutil.ignore_patterns("settlements"))
    assert "\n### @\u200boctocat \\`x\\` \\<b\\>\n" in run(repo, "plan", "--format", "markdown")[1]
    assert "::notice file=operations/a%2Cb/keys.yaml,line=1," in run(repo, "plan", "--format", "github")[1]


def test_annotations(limited: Path) -> None:
    """One beside each change that counts, its effect with it; what is beyond a limit is a warning."""
    write(limited, tariffs=price("0.1100", because=json.dumps("100 %\n::error::no")))
    lines = run(limited, "plan", "--format", "github")[1].splitlines()
    assert lines[0] == (
        "::notice file=operations/voisins/tariffs.yaml,line=3,col=15,title=plan::"
        "tariffs.yaml residents 2026-02-01 ajouté: {rule: flat, with: {price: 0.1100 EUR/kWh}} "
        "(motif: 100 %25%0A::error::no). "
        "2026-02 change un brouillon: 33,60 € -> 36,96 € (+3,36 €, +10,0 %25); "
        "2026-03 change un brouillon: 37,20 € -> 40,92 € (+3,72 €, +10,0 %25)"
    )
    assert [line.rpartition(" Accept: ")[2] for line in lines[1:]] == [
        "voisins/2026-02 total +10.0%25",
        "voisins/2026-03 total +10.0%25",
    ]
    assert all(line.startswith("::warning title=plan::") for line in lines[1:])


# --- audiences ---------------------------------------------------------------------------------------------------


def rendered(repo: Path, audience: str) -> str:
    """All that a plan may say to an audience, in every form and both languages."""
    made = data(repo, audience)
    return "\n".join(
        plan_text.RENDERERS[form](made, lang, why=why)
        for form in FORMS
        for lang in ("fr", "en")
        for why in (False, True)
    )


def test_the_board_sees_members(repo: Path) -> None:
    write(repo, tariffs=price("0.1100", "2026-03-01"))
    text = rendered(repo, "board")
    assert all(word in text for word in ("m-a", "m-b", "27,90", "10.23"))


def test_members_see_how_many(repo: Path) -> None:
    """Half for each, from March on: m-a pays twice as much, m-b a third less."""
    write(repo, tariffs=price("0.1100", "2026-03-01"))
    made = data(repo, "members")
    [unit] = made["operations"][0]["units"]
    assert "members" not in unit
    assert "beyond" not in unit
    assert (unit["before"], unit["after"], unit["bands"]) == ("37.20", "40.92", {"5 % to 15 %": 2})
    text = rendered(repo, "members")
    assert not any(word in text for word in ("m-a", "m-b", "27,90", "27.90"))
    assert "2 participants : 5 % to 15 %: 2" in text
    write(repo, tariffs=FILES["tariffs"], keys=key("50 %", "50 %", "2026-03-01"))
    [unit] = data(repo, "members")["operations"][0]["units"]
    assert unit["bands"] == {"> 15 %": 1, "< -15 %": 1}


def test_the_public_sees_totals(limited: Path) -> None:
    write(limited, tariffs=price("0.1100", "2026-03-01"))
    made = data(limited, "public")
    [unit] = made["operations"][0]["units"]
    assert not {"members", "bands", "beyond"} & set(unit)
    assert (unit["before"], unit["after"], unit["percent"]) == ("37.20", "40.92", "10.0")
    assert made["beyond"] == 1  # how many, not whose
    text = rendered(limited, "public")
    assert not any(word in text for word in ("m-a", "m-b", "27,90", "27.90", "Accept"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"keys": key("50 %", "50 %")}, id="shares"),
        pytest.param({"participants": FILES["participants"].replace("m-b: {", "m-b: {seller: nobody, ")}, id="row"),
        pytest.param({"participants": FILES["participants"].replace("mtr-02", "mtr-01")}, id="finding"),
        pytest.param({"tariffs": price("0.1100", because="m-b asked for it")}, id="reason"),
    ],
)
@pytest.mark.parametrize("audience", ["members", "public"])
def test_nobody_else_is_named(audience: str, change: dict[str, str], repo: Path) -> None:
    write(repo, **change)
    text = rendered(repo, audience)
    assert not any(word in text for word in ("m-a", "m-b", "mtr-02"))


def test_what_members_pay_is_with_their_tax(repo: Path) -> None:
    """28 days are 8.40 and 25.20 net, 31 are 9.30 and 27.90: out of the franchise, a fifth more for each."""
    french = FILES["operation"] + "law: france\nperimeter: {kind: extended, diameter: 1 km}\n"
    write(repo, operation=french + "sellers: {coop-toits: {2026-01-01: {vat: franchise}}}\n")
    commit(repo, "In franchise")
    write(repo, operation=french + "sellers: {coop-toits: {2026-01-01: {vat: normal}}}\n")
    made = data(repo)
    longer = "changes: 37.20 -> 44.64"
    assert effect(made) == {"2026-01": longer, "2026-02": "changes: 33.60 -> 40.32", "2026-03": longer}
    february = made["operations"][0]["units"][1]
    assert [(one["id"], one["difference"], one["percent"]) for one in february["members"]] == [
        ("m-b", "5.04", "20.0"),
        ("m-a", "1.68", "20.0"),
    ]


def test_one_digest_for_all(repo: Path) -> None:
    write(repo, tariffs=price("0.1100", "2026-03-01"))
    assert len({data(repo, audience)["digest"] for audience in ("board", "members", "public")}) == 1


@pytest.mark.parametrize(
    ("before", "after", "seen"), [("public", "board", "public"), ("board", "members", "members")]
)
def test_a_change_does_not_widen_its_own_audience(before: str, after: str, seen: str, repo: Path) -> None:
    federation = repo / "operations" / "mitoyen.yaml"
    federation.write_text(f"audience: {before}\n")
    commit(repo, "Who may see")
    federation.write_text(f"audience: {after}\n")
    write(repo, tariffs=price("0.1100"))
    assert json.loads(run(repo, "plan", "--format", "json")[1])["audience"] == seen


# --- where it runs -----------------------------------------------------------------------------------------------


@pytest.fixture
def server(repo: Path, tmp_path: Path) -> Path:
    """A bare repository with one more commit than the beginning: a price of 11 cents; its data beside it."""
    write(repo, tariffs=price("0.1100"))
    commit(repo, "Dearer")
    git(repo, "branch", "dearer")
    git(tmp_path, "clone", "--quiet", "--bare", "repo", "server.git")
    shutil.copytree(repo / ".mitoyen", tmp_path / "server.git" / "mitoyen-store")
    return tmp_path / "server.git"


def test_a_bare_repository(server: Path, mitoyen: Callable[..., Any]) -> None:
    """It has no folder: what reads revisions reads them, the rest says where to go."""
    made = json.loads(mitoyen(server, "plan", "--base", "main~1", "--head", "dearer", "--format", "json").stdout)
    assert effect(made) == {"2026-02": "changes: 33.60 -> 36.96", "2026-03": "changes: 37.20 -> 40.92"}
    assert json.loads(mitoyen(server, "plan", "--base", "main~1", "--format", "json").stdout) == made
    assert mitoyen(server, "plan", "voisins").stdout.startswith("Rien ne change.\n")
    assert 'no operation "voisin"' in mitoyen(server, "plan", "voisin", code=1).stderr
    assert mitoyen(server, "check").stdout == "1 operation checked, nothing to mend\n"
    told = mitoyen(server, "log", "voisins", "--limit", "1").stdout
    assert "tarif residents à partir du 2026-02-01 : prix de 0.1000 EUR/kWh à 0.1100 EUR/kWh" in told
    for known, written in (((), "0.1100"), (("--known", "main~1"), "0.1000")):
        path = ("voisins/tariffs.yaml/residents/price", "--on", "2026-02-10")
        assert mitoyen(server, "show", *path, *known).stdout.startswith(f"{written} EUR/kWh\n")
    for needs in (["settle"], ["verify"], ["new", "operation", "cour"], ["fetch", "voisins", "--month", "2026-03"]):
        said = mitoyen(server, *needs, code=2).stderr
        assert "server.git is a bare repository, and this command needs the files in a folder" in said


@pytest.mark.parametrize("of", ["repo", "server.git"])
def test_a_linked_work_tree(of: str, server: Path, tmp_path: Path, mitoyen: Callable[..., Any]) -> None:
    git(tmp_path / of, "worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), "main")
    beside = tmp_path / "beside"
    shutil.copytree(server / "mitoyen-store", beside / ".mitoyen")
    write(beside, tariffs=price("0.1200"))
    made = json.loads(mitoyen(beside, "plan", "--format", "json").stdout)
    assert effect(made) == {"2026-02": "changes: 36.96 -> 40.32", "2026-03": "changes: 40.92 -> 44.64"}
    assert mitoyen(beside / "operations" / "voisins", "check").stdout == "1 operation checked, nothing to mend\n"
    commit(beside, "Dearer still")
    mitoyen(beside, "settle", "--commit")
    assert "the record holds" in mitoyen(beside, "verify").stdout
    assert "pas encore commité" not in mitoyen(beside, "log", "voisins").stdout
