"""What a forge runs: the very lines of the generated workflows, executed in a clone as CI would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from mitoyen import cli
from mitoyen.scaffold import ci

FORGES = {
    "github": ".github/workflows/mitoyen.yml",
    "gitlab": ".gitlab-ci.yml",
    "forgejo": ".forgejo/workflows/mitoyen.yml",
}
JOBS = ["check", "settle", "monthly", "verify", "report"]
"""On every forge; GitHub has two more, ``comment`` and ``publish``, and GitLab calls the last one ``pages``."""
INSTALL = "pip install mitoyen"
"""The only line that is not executed (``comment`` and ``report`` install an extra as well): it would bring a
release from the package index, and not what is tested here. Of what is no line, two actions are done by the tests:
actions/checkout by ``git clone`` of a local remote (so that ``git pull`` and ``git push origin`` run as they are),
actions/setup-python by the interpreter at hand. The two that put GitHub's pages on line are only read."""


ANNOTATE = 'mitoyen github annotate --base "$(git merge-base "$BASE" HEAD)"'


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=anna", "-c", "user.email=anna@example.org")  # in CI there is nobody
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def read(path: Path) -> dict[str, Any]:
    workflow: dict[str, Any] = YAML(typ="safe").load(path)
    return workflow


def described(workflow: dict[str, Any], job: str) -> dict[str, Any]:
    """What a forge's file says of a job, by the name it has on the others."""
    found: dict[str, Any] = (
        workflow["jobs"][job] if "jobs" in workflow else workflow["pages" if job == "report" else job]
    )
    return found


def runs(workflow: dict[str, Any], job: str) -> list[str]:
    """The lines of a job, in order, as its forge would hand them to a shell: one item a step."""
    about = described(workflow, job)
    lines = about["script"] if "script" in about else [step["run"] for step in about["steps"] if "run" in step]
    return [line.strip() for line in lines]


def variables(workflow: dict[str, Any], job: str) -> dict[str, str]:
    about = described(workflow, job)
    found: dict[str, str] = about.get("env") or about.get("variables") or {}
    return found


def quiet(patch: pytest.MonkeyPatch) -> None:
    """No configuration of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "MITOYEN_", "GITHUB_")):
            patch.delenv(name)
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository ``start`` with a month of data and the workflows of the three forges, its remote ``origin.git``,
    its curves in ``store``."""
    place = tmp_path_factory.mktemp("begun")
    start = place / "start"
    start.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        quiet(patch)
        patch.setenv("MITOYEN_STORE", str(place / "store"))
        git(start, "init", "--quiet", "-b", "main")
        mitoyen(start, "new", "operation", "toits", "--opened", "2026-01-01")
        mitoyen(start, "fetch", "toits", "--month", "2026-01")
        for forge in FORGES:
            mitoyen(start, "new", "ci", forge)
        git(start, "add", ".")
        git(start, "commit", "--quiet", "-m", "begin")
        git(place, "clone", "--quiet", "--bare", "start", "origin.git")
    return place


def mitoyen(folder: Path, *arguments: str) -> str:
    """The command in this process; the lines of the workflows call it in processes of their own."""
    done = CliRunner().invoke(
        cli.root, ["--repo", str(folder), *arguments], standalone_mode=False, catch_exceptions=False
    )
    assert not done.return_value, done.output
    return done.output


@pytest.fixture
def origin(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A remote as it begins, the curves in ``store`` beside it."""
    quiet(monkeypatch)
    shutil.copytree(begun / "store", tmp_path / "store")
    return shutil.copytree(begun / "origin.git", tmp_path / "origin.git")


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A folder with the ``mitoyen`` under test, as pip would have put it on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "mitoyen"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mitoyen "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.fixture
def execute(origin: Path, command: Path, tmp_path: Path) -> Callable[..., tuple[list[int], str]]:
    """``execute("github", "settle", …)``: a fresh clone, and the job's lines one after the other, each step in a
    shell of its own that stops at the first error; a failed step ends the job. The codes, and all that was said."""

    def run(forge: str, job: str, branch: str = "main", **environment: str) -> tuple[list[int], str]:
        clone = tmp_path / f"clone-{len(list(tmp_path.glob('clone-*')))}"
        git(tmp_path, "clone", "--quiet", "--branch", branch, str(origin), clone.name)
        workflow = read(clone / FORGES[forge])
        literal = {name: value for name, value in variables(workflow, job).items() if "$" not in value}
        codes, said = [], ""
        for lines in runs(workflow, job):
            if lines.startswith("pip install "):
                continue
            done = subprocess.run(
                ["bash", "-e", "-c", lines],
                cwd=clone,
                capture_output=True,
                text=True,
                check=False,
                env={
                    **{
                        name: value for name, value in os.environ.items() if name not in ("MITOYEN_STORE", "FORMAT")
                    },
                    "PATH": f"{command}{os.pathsep}{os.environ['PATH']}",
                    **literal,
                    **environment,
                },
            )
            codes.append(done.returncode)
            said += done.stdout + done.stderr
            if done.returncode:
                break
        return codes, said

    return run


def propose(origin: Path, branch: str, price: str, tmp_path: Path) -> str:
    """A branch with another price, pushed; the commit it started from."""
    folder = tmp_path / f"proposal-{branch}"
    git(tmp_path, "clone", "--quiet", str(origin), folder.name)
    git(folder, "checkout", "--quiet", "-b", branch)
    tariffs = folder / "operations/toits/tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("0.1500", price))
    git(folder, "commit", "--quiet", "--all", "-m", f"resolution: {price}")
    git(folder, "push", "--quiet", "origin", branch)
    return git(folder, "rev-parse", "origin/main").strip()


def merge(origin: Path, branch: str, tmp_path: Path) -> None:
    """Merge a branch on the remote, as the button of a forge does."""
    folder = tmp_path / f"merge-{branch}"
    git(tmp_path, "clone", "--quiet", str(origin), folder.name)
    git(folder, "merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", f"origin/{branch}")
    git(folder, "push", "--quiet", "origin", "main")


def subjects(origin: Path) -> list[str]:
    return git(origin, "log", "--first-parent", "--format=%an: %s", "main").splitlines()


def test_the_three_forges_run_the_same_lines(begun: Path) -> None:
    workflows = {forge: read(begun / "start" / path) for forge, path in FORGES.items()}
    for job in JOBS:
        github, gitlab, forgejo = (runs(workflows[forge], job) for forge in FORGES)
        # Forgejo has no pages of its own: a branch is pushed.
        assert forgejo == gitlab + ([ci.PUSH_SITE] if job == "report" else [])
        # GitHub shows ten findings: those of the proposal come first.
        assert [line for line in github if line not in gitlab] == ([ANNOTATE] if job == "check" else [])
        assert github[0] == ("pip install 'mitoyen[report]'" if job == "report" else INSTALL)
    assert [*workflows["forgejo"]["jobs"]] == JOBS
    assert [*workflows["github"]["jobs"]] == ["check", "comment", *JOBS[1:], "publish"]
    assert [name for name, about in workflows["gitlab"].items() if "script" in about] == [*JOBS[:-1], "pages"]
    every = "\n".join(line for job in JOBS for line in runs(workflows["github"], job))
    for line in ("mitoyen github annotate", "mitoyen plan", "mitoyen settle --changed --commit", "mitoyen verify"):
        assert line in every
    # Invoices are not issued by a machine that nobody asked.
    assert "mitoyen issue" not in every


def test_a_proposal_is_given_nothing_to_write_or_to_tell(begun: Path) -> None:
    for forge in ("github", "forgejo"):
        text = (begun / "start" / FORGES[forge]).read_text()
        workflow = read(begun / "start" / FORGES[forge])
        assert "pull_request" in workflow["on"]
        assert "pull_request_target" not in text
        assert "secrets." not in text
        check = workflow["jobs"]["check"]
        assert set(check["env"]) == {"BASE"} | ({"FORMAT"} if forge == "forgejo" else set())
        assert check["steps"][0]["with"]["persist-credentials"] is False
        for name, job in workflow["jobs"].items():
            uses = [step["uses"] for step in job["steps"] if "uses" in step]
            if name == "publish":
                assert uses == ["actions/deploy-pages@v4"]
                continue
            pages = (name, forge) == ("report", "github")
            assert uses == [
                "actions/checkout@v4",
                "actions/setup-python@v5",
                *(["actions/upload-pages-artifact@v3"] if pages else []),
            ]
            assert job["steps"][1]["with"]["python-version"] == "3.12"
    github = read(begun / "start" / FORGES["github"])
    assert github["permissions"] == {"contents": "read"}
    writers = [name for name, job in github["jobs"].items() if job.get("permissions") == {"contents": "write"}]
    assert writers == ["settle", "monthly"]
    comment = github["jobs"].pop("comment")
    assert comment["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "head.repo.full_name == github.repository" in comment["if"]
    # Only the step that comments sees the token, not the one that installs.
    assert [step["env"] for step in comment["steps"] if "env" in step] == [{"GITHUB_TOKEN": "${{ github.token }}"}]
    assert comment["steps"][-1]["run"].startswith("mitoyen github comment")
    # What puts the site on line runs nothing of ours, and reads nothing of the repository.
    publish = github["jobs"].pop("publish")
    assert publish["permissions"] == {"pages": "write", "id-token": "write"}
    assert not any("permissions" in job for name, job in github["jobs"].items() if name not in writers)
    # What comes from a proposal reaches the shell as a variable, never as text of the script.
    assert not [line for job in JOBS for line in runs(github, job) if "${{" in line]


def test_from_a_proposal_to_the_record(
    origin: Path, tmp_path: Path, execute: Callable[..., tuple[list[int], str]]
) -> None:
    store = str(tmp_path / "store")
    # The first settlement, then a proposal.
    settled_page = tmp_path / "settled.md"
    codes, _said = execute("github", "settle", MITOYEN_STORE=store, GITHUB_STEP_SUMMARY=str(settled_page))
    assert codes == [0]
    assert settled_page.read_text() == "- `toits` 2026-01 : 1\u202f246,752 kWh partagés, 187,01 € HT, brouillon\n"
    assert subjects(origin) == ["mitoyen: Settle toits 2026-01", "anna: begin"]
    base = propose(origin, "dearer", "0.1700", tmp_path)

    # Checked and planned on a machine that has no curves, then on one that has.
    summary = tmp_path / "summary.md"
    codes, said = execute("github", "check", "dearer", BASE=base, GITHUB_STEP_SUMMARY=str(summary))
    assert codes == [0, 0]
    assert "0.1500 EUR/kWh" in summary.read_text()
    assert summary.read_text() in said
    codes, said = execute("gitlab", "check", "dearer", BASE=base, MITOYEN_STORE=store)
    assert codes == [0, 0]
    assert "1 operation checked, nothing to mend" in said
    assert "211,95" in said

    # Merged: settled, recorded and pushed; run again, nothing.
    merge(origin, "dearer", tmp_path)
    codes, said = execute("forgejo", "settle", MITOYEN_STORE=store)
    assert codes == [0]
    settled = [
        "mitoyen: Settle toits 2026-01",
        "anna: Merge dearer",
        "mitoyen: Settle toits 2026-01",
        "anna: begin",
    ]
    assert subjects(origin) == settled
    codes, said = execute("github", "settle", MITOYEN_STORE=store)
    assert codes == [0]
    assert "nothing changed" in said
    assert subjects(origin) == settled

    # The night: on that day of the month everything, on the others nothing; every night the record is verified.
    today = f"{datetime.now(UTC):%d}"
    assert "toits (kWh)" in execute("github", "monthly", MITOYEN_STORE=store, MITOYEN_DAY=today)[1]
    assert execute("github", "monthly", MITOYEN_STORE=store, MITOYEN_DAY="32") == ([0], "")
    assert subjects(origin) == settled
    codes, said = execute("gitlab", "verify", MITOYEN_STORE=store)
    assert codes == [0], said


def test_the_site_waits_for_what_settles_and_for_whoever_wants_it(begun: Path) -> None:
    github, gitlab, forgejo = (read(begun / "start" / path) for path in FORGES.values())
    for workflow in (github, forgejo):
        report = workflow["jobs"]["report"]
        assert report["needs"] == ["settle", "monthly"]
        settled, *others = report["if"].split(" && ")
        assert settled == "(needs.settle.result == 'success' || needs.monthly.result == 'success')"
        assert others == ["!cancelled()", "vars.MITOYEN_PAGES != ''"]
        assert report["env"] == workflow["jobs"]["settle"]["env"]
        assert report["runs-on"] == workflow["jobs"]["settle"]["runs-on"]
        # It pulls, so it keeps what a private repository asks for; to wait in the line of what settles could make a
        # settlement lose its place there.
        assert report["steps"][0]["with"] == {"fetch-depth": 0, "ref": "main"}
        assert report["concurrency"]["group"] != workflow["jobs"]["settle"]["concurrency"]["group"]
    upload, publish = github["jobs"]["report"]["steps"][-1], github["jobs"]["publish"]
    assert upload == {"uses": "actions/upload-pages-artifact@v3", "with": {"path": ci.PUBLISHED}}
    assert publish["needs"] == "report"
    assert publish["if"] == "needs.report.result == 'success' && !cancelled()"  # one of two that settle never ran
    assert publish["runs-on"] == "ubuntu-latest"
    assert publish["environment"]["name"] == "github-pages"
    assert publish["environment"]["url"] == f"${{{{ steps.{publish['steps'][0]['id']}.outputs.page_url }}}}"
    pages = gitlab["pages"]
    occasions = [gitlab[job]["rules"][0]["if"] for job in ("settle", "monthly")]
    assert pages["rules"] == [{"if": f"({' || '.join(occasions)}) && $MITOYEN_PAGES"}]
    assert pages["needs"] == [{"job": job, "optional": True} for job in ("settle", "monthly")]
    assert pages["artifacts"] == {"paths": [ci.PUBLISHED]}
    assert pages["tags"] == gitlab["settle"]["tags"]
    for path in FORGES.values():
        text = (begun / "start" / path).read_text()
        assert "# Publie le site public. Il faut d'abord `audience: public` (ou members) dans operations/" in text


def test_on_forgejo_the_site_is_a_branch_without_a_past(begun: Path, origin: Path, tmp_path: Path) -> None:
    main = git(origin, "rev-parse", "main")
    push = runs(read(begun / "start" / FORGES["forgejo"]), "report")[-1]
    for said in ("first", "second"):
        git(tmp_path, "clone", "--quiet", str(origin), said)
        site = tmp_path / said / ci.PUBLISHED
        site.mkdir()
        (site / "index.html").write_text(f"<p>{said}\n")
        (site / f"{said}.html").write_text("")
        subprocess.run(["bash", "-e", "-c", push], cwd=tmp_path / said, check=True)
        # The repository itself takes nothing of it.
        assert git(tmp_path / said, "status", "--porcelain") == ""
    assert git(origin, "show", "pages:index.html") == "<p>second\n"
    assert git(origin, "ls-tree", "-r", "--name-only", "pages").split() == ["index.html", "second.html"]
    assert git(origin, "log", "--format=%an: %s", "pages") == "mitoyen: Publish the site\n"
    assert git(origin, "rev-parse", "main") == main


def test_what_is_settled_becomes_a_site(
    origin: Path, tmp_path: Path, execute: Callable[..., tuple[list[int], str]]
) -> None:
    store = str(tmp_path / "store")
    assert execute("github", "settle", MITOYEN_STORE=store)[0] == [0]
    # As it begins the federation is its board's alone: nothing is put where everyone can read it.
    codes, said = execute("forgejo", "report", MITOYEN_STORE=store)
    assert codes == [1]
    assert "audience" in said
    assert git(origin, "branch", "--list", "pages") == ""

    folder = tmp_path / "opened"
    git(tmp_path, "clone", "--quiet", str(origin), folder.name)
    with (folder / "operations/mitoyen.yaml").open("a") as settings:
        settings.write("audience: public\n")
    git(folder, "commit", "--quiet", "--all", "-m", "resolution: a site for everyone")
    git(folder, "push", "--quiet", "origin", "main")
    for forge in ("github", "gitlab"):
        codes, said = execute(forge, "report", MITOYEN_STORE=store)
        assert codes == [0], said
        clone = max(tmp_path.glob("clone-*"))
        assert (clone / ci.PUBLISHED / "index.html").is_file()
        assert git(clone, "status", "--porcelain") == ""
    codes, said = execute("forgejo", "report", MITOYEN_STORE=store)
    assert codes == [0, 0], said
    assert "<html" in git(origin, "show", "pages:index.html").lower()


def test_the_plan_is_one_comment_of_the_proposal(
    origin: Path, tmp_path: Path, execute: Callable[..., tuple[list[int], str]], forge: Any
) -> None:
    base = propose(origin, "dearer", "0.1700", tmp_path)
    event = tmp_path / "event.json"
    event.write_text('{"pull_request": {"number": 7}}')
    job = {
        "BASE": base,
        "GITHUB_API_URL": forge.url,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "coop/toits",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_TOKEN": forge.token,
        "MITOYEN_STORE": str(tmp_path / "store"),
    }
    codes, said = execute("github", "comment", "dearer", **job)
    assert (codes, said.startswith("comment created: ")) == ([0], True), said
    assert execute("github", "comment", "dearer", **job)[1].startswith("comment unchanged: ")
    [comment] = forge.comments
    assert "0.1500 EUR/kWh -\\> 0.1700 EUR/kWh" in comment["body"]
    assert "211,95" in comment["body"]
    head = git(origin, "rev-parse", "dearer").strip()
    assert f"(https://github.com/coop/toits/blob/{head}/operations/toits/tariffs.yaml#L" in comment["body"]

    # From a fork the token may only read: not a failure, and the plan is where everyone can see it.
    forge.fork, forge.comments = True, []
    codes, said = execute("github", "comment", "dearer", **job)
    assert codes == [0]
    assert "see the run's summary" in said
    assert "0.1700 EUR/kWh" in (tmp_path / "summary.md").read_text()


def test_a_broken_proposal_fails_with_its_place(
    origin: Path, tmp_path: Path, execute: Callable[..., tuple[list[int], str]]
) -> None:
    base = propose(origin, "broken", "a lot", tmp_path)
    codes, said = execute("github", "check", "broken", BASE=base)
    assert codes == [1]
    assert "::error file=operations/toits/tariffs.yaml,line=4" in said


def test_without_the_store_nothing_is_settled_and_the_variable_is_named(
    origin: Path, execute: Callable[..., tuple[list[int], str]]
) -> None:
    codes, said = execute("github", "settle")
    assert codes[-1] != 0
    assert "MITOYEN_STORE: the folder that holds the frozen curves" in said
    assert subjects(origin) == ["anna: begin"]


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "operations").mkdir()
    (tmp_path / ".github").mkdir()
    mine = tmp_path / ".github/CODEOWNERS"
    mine.write_text("* @anna\n")
    said = mitoyen(tmp_path, "new", "ci", "github", "--branch", "principale")
    assert ".github/CODEOWNERS is there already" in said
    assert mine.read_text() == "* @anna\n"
    form = (tmp_path / ".github/PULL_REQUEST_TEMPLATE.md").read_text()
    for asked in ("Ce qui change", "À partir de quand", "Décidé par qui", "Mois concernés"):
        assert f"## {asked}" in form
    workflow = read(tmp_path / FORGES["github"])
    assert workflow["on"]["push"]["branches"] == ["principale"]
    assert "git push origin HEAD:principale" in runs(workflow, "settle")[1]
    assert "is there already" in mitoyen(tmp_path, "new", "ci", "github")
    with pytest.raises(click.BadParameter):
        mitoyen(tmp_path, "new", "ci", "github", "--branch", "main; rm -rf")


def test_the_demonstration_federation_uses_the_same_lines(root: Path, begun: Path) -> None:
    theirs, ours = begun / "start" / FORGES["github"], root / ".github/workflows/demonstration.yml"
    generated, demonstration = (read(path)["jobs"] for path in (theirs, ours))
    for name in ("check", "comment"):
        event, _, condition = generated[name].pop("if").partition(" && ")  # ours runs on pull requests only
        assert event == "github.event_name == 'pull_request'"
        generated[name] |= {"if": condition} if condition else {}
        for step in generated[name]["steps"]:
            if step.get("run", "").startswith("pip install "):
                step["run"] = step["run"].replace("mitoyen", ".")
        assert demonstration[name] == generated[name]
    assert [*demonstration] == ["check", "comment"]
