"""Permalinks: of the forge Actions names, or else of the address a clone came from."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from mitoyen import cli
from mitoyen.contracts import Place
from mitoyen.explain.reasons import Reason, as_data
from mitoyen.links import linker
from mitoyen.workspace import Workspace
from mitoyen_github.links import permalink

PLACE = Place("operations/toits/keys.yaml", 6, 10)
AT = "operations/toits/keys.yaml#L6"


@pytest.mark.parametrize(
    ("remote", "link"),
    [
        ("https://github.com/coop/toits.git", f"https://github.com/coop/toits/blob/4f2a/{AT}"),
        ("https://github.com/coop/toits", f"https://github.com/coop/toits/blob/4f2a/{AT}"),
        ("git@github.com:coop/toits.git", f"https://github.com/coop/toits/blob/4f2a/{AT}"),
        ("ssh://git@github.com:22/coop/toits.git", f"https://github.com/coop/toits/blob/4f2a/{AT}"),
        ("https://anna:hunter2@github.com/coop/toits", f"https://github.com/coop/toits/blob/4f2a/{AT}"),
        ("git@github.coop.example:coop/toits", f"https://github.coop.example/coop/toits/blob/4f2a/{AT}"),
        ("https://gitlab.com/coop/sub/toits.git", f"https://gitlab.com/coop/sub/toits/-/blob/4f2a/{AT}"),
        ("git@codeberg.org:coop/toits.git", f"https://codeberg.org/coop/toits/src/commit/4f2a/{AT}"),
        ("https://git.example.org/coop/toits.git", None),
        ("https://github.com.evil.example/toits", None),
        ("/srv/git/toits.git", None),
        ("../origin.git", None),
        ("", None),
        (None, None),
    ],
)
def test_by_the_address_of_the_clone(remote: str | None, link: str | None) -> None:
    assert permalink(PLACE, "4f2a", remote) == link


def test_by_what_actions_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "coop/toits")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://forge.example.org")
    assert permalink(PLACE, "4f2a", None) == f"https://forge.example.org/coop/toits/blob/4f2a/{AT}"
    monkeypatch.setenv("GITEA_ACTIONS", "true")
    assert permalink(PLACE, "4f2a", None) == f"https://forge.example.org/coop/toits/src/commit/4f2a/{AT}"


def test_signs_of_a_path_are_written_for_a_link() -> None:
    place = Place("operations/l'été (2)/keys.yaml", 1)
    assert permalink(place, "4f2a", "git@github.com:a/b") == (
        "https://github.com/a/b/blob/4f2a/operations/l%27%C3%A9t%C3%A9%20%282%29/keys.yaml#L1"
    )


def said(repo: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli.root, ["--repo", str(repo), *arguments], standalone_mode=False)
    assert done.exception is None
    return done.stdout


def test_a_plan_links_what_comes_or_what_it_takes_away(repo: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=anna", "-c", "user.email=anna@example.org")
        return subprocess.run(
            ["git", *who, *arguments], cwd=repo, capture_output=True, text=True, check=True
        ).stdout

    git("remote", "add", "origin", "git@github.com:coop/toits.git")
    page = "https://github.com/coop/toits/blob"
    begin = git("rev-parse", "HEAD").strip()
    # Not committed: only the value that goes has a place on a forge.
    [change] = json.loads(said(repo, "plan", "--format", "json"))["operations"][0]["changes"]
    assert change["link"] == f"{page}/{begin}/operations/boucle/tariffs.yaml#L3"
    git("commit", "--quiet", "--all", "-m", "another price")
    head = git("rev-parse", "HEAD").strip()
    [change] = json.loads(said(repo, "plan", "--base", "HEAD^", "--format", "json"))["operations"][0]["changes"]
    assert change["link"] == f"{page}/{head}/operations/boucle/tariffs.yaml#L3"
    shown = said(repo, "plan", "--base", "HEAD^", "--format", "markdown")
    assert f"]({page}/{head}/operations/boucle/tariffs.yaml#L3)" in shown


def test_who_may_not_see_places_sees_no_links(repo: Path) -> None:
    (repo / "operations/mitoyen.yaml").write_text("audience: public\n")
    made = json.loads(said(repo, "plan", "--format", "json"))
    assert {change["link"] for one in made["operations"] for change in one["changes"]} == {None}


def test_an_explanation_links_each_place_that_was_committed(repo: Path) -> None:
    subprocess.run(["git", "checkout", "--quiet", "."], cwd=repo, check=True)
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:coop/toits.git"], cwd=repo, check=True)
    here = Workspace(repo)
    link = linker(here)
    commit = here.repository.commits()["boucle"]
    reason = Reason("price", {}, Place("operations/boucle/tariffs.yaml", 3, 44), inputs=(Reason("data", {}),))
    made = as_data(reason, lambda place: link(place, commit))
    assert made["link"] == f"https://github.com/coop/toits/blob/{commit}/operations/boucle/tariffs.yaml#L3"
    assert made["inputs"][0]["link"] is None


def test_a_repository_inside_another_is_named_from_the_top(tmp_path: Path) -> None:
    inside = tmp_path / "docs/federation"
    (inside / "operations/boucle").mkdir(parents=True)
    (inside / "operations/boucle/keys.yaml").write_text("{}\n")
    for line in (["init", "-q"], ["add", "."], ["remote", "add", "origin", "git@github.com:coop/all.git"]):
        subprocess.run(["git", *line], cwd=tmp_path, check=True)
    who = ["-c", "user.name=anna", "-c", "user.email=anna@example.org"]
    subprocess.run(["git", *who, "commit", "-qm", "begin"], cwd=tmp_path, check=True)
    link = linker(Workspace(inside))("operations/boucle/keys.yaml:1:1", "4f2a")
    assert link == "https://github.com/coop/all/blob/4f2a/docs/federation/operations/boucle/keys.yaml#L1"
