"""A repository with a change to propose, and the environment of a job of Actions that asks a local server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mitoyen import cli

ROOT = Path(__file__).resolve().parents[3]
Command = Callable[..., Result]


def git(repo: Path, *arguments: str) -> str:
    who = ("-c", "user.name=anna", "-c", "user.email=anna@example.org")
    return subprocess.run(["git", *who, *arguments], cwd=repo, capture_output=True, text=True, check=True).stdout


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No job of Actions, and no configuration of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "GITEA_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """The operation of tests/errors/base, committed; its price is raised in the folder, and not committed."""
    repo = tmp_path / "repo"
    shutil.copytree(ROOT / "tests" / "errors" / "base", repo)
    git(repo, "init", "--quiet", "-b", "main")
    git(repo, "add", ".")
    git(repo, "commit", "--quiet", "-m", "begin")
    tariffs = repo / "operations/boucle/tariffs.yaml"
    text = tariffs.read_text()
    assert "0.1650" in text
    tariffs.write_text(text.replace("0.1650", "0.1590"))
    return repo


@pytest.fixture
def job(forge: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A job on pull request 7 of coop/toits; gives the server."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"number": 7, "pull_request": {"number": 7, "head": {"sha": "4f2a"}}}))
    for name, value in {
        "API_URL": forge.url,
        "EVENT_PATH": str(event),
        "REPOSITORY": "coop/toits",
        "RUN_ID": "99",
        "SERVER_URL": "https://github.com",
        "STEP_SUMMARY": str(tmp_path / "summary.md"),
        "TOKEN": forge.token,
    }.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    return forge


@pytest.fixture
def command(repo: Path, forge: Any) -> Command:
    """``command("comment")``: what ``mitoyen github comment`` ends with. The token is never said."""

    def run(*arguments: str, **more: Any) -> Result:
        done = CliRunner().invoke(
            cli.root, ["--repo", str(repo), "github", *arguments], standalone_mode=False, **more
        )
        assert forge.token not in done.output + repr(done.exception)
        return done

    return run
