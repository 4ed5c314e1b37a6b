"""Every message people may get, and the file that causes it.

A folder named by a code holds the files that differ from ``base/``, and the exact text in ``expected.txt``. What
its ``command.txt`` says is run instead of ``mitoyen check``: ``settle boucle``, or ``fetch … && mitoyen settle …``.
A folder ``vault`` is for its owner alone, as git does not keep that. A month that is exported has the curves of
``neighbours``, and is committed before it is issued or exported. A report is made from within the repository: its
folder is named from there. What ``operator.json`` lists is what the grid operator's API answers first, in place of
the server that an operation names.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from enedis_api import CLIENT, SECRET, Fault, serving
from mitoyen import cli
from mitoyen.diagnostics import Refused, ordered, text
from neighbours import commit, curve, git

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/expected.txt"))
NOWHERE = "http://127.0.0.1:40000"
"""What operations name for a server of this machine; its port has as many digits as any that is free."""

MESSAGE = re.compile(r"^[A-Z]{3}\d{3} ", re.MULTILINE)


def said(repo: Path, *arguments: str) -> str:
    """What the command prints to the two outputs, as a terminal would show it."""
    runner = CliRunner()
    result = runner.invoke(cli.root, ["--repo", str(repo), *arguments], standalone_mode=False)
    if isinstance(result.exception, Refused):
        return result.output + text(ordered(result.exception.findings)) + "\n"
    if result.exception:
        raise result.exception
    return result.output


def prepare_vault(repo: Path, code: str) -> None:
    """What no file of git can say: the modes of the vault, and whether it lies in a repository."""
    for path in (repo / "vault").iterdir():
        path.chmod(0o640 if code == "ACC707" else 0o600)
    (repo / "vault").chmod(0o700)
    if code == "ACC706":
        git(repo, "init", "--quiet")


def prepare_month(repo: Path) -> None:
    """January and February, hourly, and git, which sees nobody's name."""
    (repo / "curves").mkdir()
    (repo / "curves" / "2026.csv").write_text(curve("2026-01", "2026-02"))
    git(repo, "init", "--quiet")
    (repo / ".git" / "info" / "exclude").write_text("curves\nvault\nregister\n.mitoyen\n")


@contextmanager
def operator(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The grid operator's API, where the folder says what it answers; its address."""
    answers = repo / "operator.json"
    for name, value in (("CLIENT_ID", CLIENT), ("CLIENT_SECRET", SECRET)):
        monkeypatch.delenv(f"MITOYEN_ENEDIS_{name}", raising=False)
        if answers.exists():
            monkeypatch.setenv(f"MITOYEN_ENEDIS_{name}", value)
    if not answers.exists():
        yield NOWHERE
        return
    with serving() as served:
        for one in json.loads(answers.read_text()):
            served.faults.append(Fault(**{**one, "body": json.dumps(one["body"]).encode()}))
        said = repo / "operations" / "boucle" / "operation.yaml"
        said.write_text(said.read_text().replace(NOWHERE, served.url))
        answers.unlink()
        yield served.url


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_message(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = tmp_path / "repo"
    shutil.copytree(HERE / "base", repo)
    shutil.copytree(case, repo, dirs_exist_ok=True)
    for own in ("expected.txt", "command.txt"):
        (repo / own).unlink(missing_ok=True)
    if (repo / "vault").is_dir():
        prepare_vault(repo, case.name)
    command = case / "command.txt"
    commands = command.read_text().split("&& mitoyen") if command.exists() else ["check"]
    if any(one.split()[0] in ("issue", "export") for one in commands):
        prepare_month(repo)
    if any(one.split()[0] == "report" for one in commands):
        monkeypatch.chdir(repo)
    whole = ""
    with operator(repo, monkeypatch) as server:
        for one in commands:
            if one.split()[0] == "issue":
                commit(repo)
            whole += said(repo, *one.split())
    whole = whole.replace(server, NOWHERE)
    # What a command did before it found something, and where a test keeps its files, is no part of a message.
    first = MESSAGE.search(whole)
    assert first, f"nothing was found fault with: {whole}"
    assert (
        whole[first.start() :].replace(str(repo.resolve()), "~/federation") == (case / "expected.txt").read_text()
    )
    assert case.name in (case / "expected.txt").read_text(), "the folder shows another code than its name"


def test_the_base_holds(boucle: Path) -> None:
    assert said(boucle, "check") == "1 operation checked, nothing to mend\n"


def test_at_least_thirty_codes_have_a_case() -> None:
    assert len(CASES) >= 30
