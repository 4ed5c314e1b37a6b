"""git's hooks in real repositories: a commit, a merge, a push; many at once, or killed in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from mitoyen import cli
from mitoyen.diagnostics import UsageError

OPERATIONS = ("halle", "toits")
SETTLED = [f"operations/{name}/settlements/2026-01.1.yaml" for name in OPERATIONS]


def git(
    folder: Path, *arguments: str, code: int | None = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    if code is not None:
        assert done.returncode == code, (
            f"git {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return done


def mitoyen(folder: Path, *arguments: str) -> str:
    """The command in this process; what the hooks call is a process of its own anyway."""
    done = CliRunner().invoke(
        cli.root, ["--repo", str(folder), *arguments], standalone_mode=False, catch_exceptions=False
    )
    assert not done.return_value, done.output
    return done.output


@dataclass(frozen=True)
class Server:
    """A bare repository, the curves in it, and people who clone it."""

    bare: Path
    first: Path
    """The same on its first day."""

    def clone(self, name: str) -> Path:
        folder = self.bare.parent / name
        git(self.bare.parent, "clone", "--quiet", str(self.bare), name)
        introduce(folder, name)
        return folder

    def subjects(self) -> list[str]:
        """The messages of the branch, newest first."""
        return log(self.bare, "%s", "main")

    def settled(self) -> list[str]:
        """Each recorded month as often as it was recorded."""
        lines = log(self.bare, "%b", "main")
        return sorted(line.split()[1] for line in lines if line.startswith("Settled: "))

    def manifests(self) -> dict[str, str]:
        return {path: git(self.bare, "show", f"main:{path}").stdout for path in SETTLED}

    def is_clean(self) -> bool:
        """Whether no work tree is left behind."""
        trees = git(self.bare, "worktree", "list").stdout.splitlines()
        return len(trees) == 1 and [path.name for path in (self.bare / "mitoyen-settling").iterdir()] == ["lock"]


def introduce(folder: Path, name: str) -> None:
    git(folder, "config", "user.name", name)
    git(folder, "config", "user.email", f"{name}@example.org")


def price(folder: Path, operation: str, value: str) -> None:
    path = folder / "operations" / operation / "tariffs.yaml"
    before, _, after = path.read_text().partition("price: ")
    path.write_text(f"{before}price: {value} EUR/kWh{after[after.index('}') :]}")


def commit(folder: Path, message: str, **environment: str) -> str:
    """Commit what changed; what was said on the way."""
    return git(folder, "commit", "--quiet", "--all", "-m", message, **environment).stderr


def commit_price(folder: Path, operation: str, value: str, **environment: str) -> str:
    price(folder, operation, value)
    return commit(folder, f"{operation} {value}", **environment)


def log(folder: Path, form: str = "%an: %s", head: str = "HEAD") -> list[str]:
    return git(folder, "log", f"--format={form}", head).stdout.splitlines()


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with two operations, a month of data each, nothing settled; beside it a settled clone with
    its hooks installed."""
    place = tmp_path_factory.mktemp("first")
    folder, bare = place / "anna", place / "server.git"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        quiet(patch)
        patch.setenv("MITOYEN_STORE", str(bare / "mitoyen-store"))
        git(place, "init", "--quiet", "--bare", "-b", "main", "server.git")
        git(folder, "init", "--quiet", "-b", "main")
        introduce(folder, "anna")
        for name in OPERATIONS:
            mitoyen(folder, "new", "operation", name, "--opened", "2026-01-01")
            mitoyen(folder, "fetch", name, "--month", "2026-01")
        git(folder, "add", ".")
        commit(folder, "begin")
        git(folder, "remote", "add", "origin", "../server.git")
        git(folder, "push", "--quiet", "--set-upstream", "origin", "main")
        shutil.copytree(bare, place / "fresh.git")
        mitoyen(folder, "settle", "--changed", "--commit")
        said = mitoyen(folder, "hooks", "install")
        assert [Path(line).name for line in said.splitlines()[1:]] == ["post-commit", "post-merge", "pre-push"]
    return place


def quiet(patch: pytest.MonkeyPatch) -> None:
    """No configuration of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "MITOYEN_")):
            patch.delenv(name)
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def server(first_day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    quiet(monkeypatch)
    fresh = first_day / "fresh.git"
    return Server(shutil.copytree(fresh, tmp_path / "server.git"), fresh)


@pytest.fixture
def settling(server: Server) -> Server:
    """The server, settling what is pushed to it."""
    mitoyen(server.bare, "hooks", "install")
    return server


@pytest.fixture
def clone(first_day: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose month is settled and whose hooks are installed."""
    monkeypatch.setenv("MITOYEN_STORE", str(server.bare / "mitoyen-store"))
    return shutil.copytree(first_day / "anna", server.bare.with_name("anna"))


# --- in a clone ------------------------------------------------------------------------------------------------


def test_a_commit_is_settled_once_and_the_settlement_is_not_settled_again(clone: Path) -> None:
    start = log(clone)
    said = commit_price(clone, "toits", "0.1700")
    assert "toits (kWh)" in said
    assert log(clone) == ["mitoyen: Settle toits 2026-01", "anna: toits 0.1700", *start]
    assert git(clone, "status", "--porcelain").stdout == ""
    assert git(clone, "show", "--format=", "--name-only", "HEAD").stdout.split() == [SETTLED[1]]
    # Nothing to settle: nothing said, nothing committed.
    (clone / "notes.md").write_text("Bonjour\n")
    git(clone, "add", "notes.md")
    assert commit(clone, "notes") == ""
    # Read again, and the same: nothing said either.
    readme = clone / "operations/toits/README.md"
    readme.write_text(readme.read_text() + "\nBonjour.\n")
    assert commit(clone, "the story") == ""
    assert log(clone)[0] == "anna: the story"


def test_a_commit_that_does_not_hold_is_made_and_the_findings_are_said(clone: Path) -> None:
    said = commit_price(clone, "toits", "a lot")
    assert "operations/toits/tariffs.yaml:4" in said
    assert log(clone)[0] == "anna: toits a lot"
    commit_price(clone, "toits", "0.1600")
    assert log(clone)[0] == "mitoyen: Settle toits 2026-01"


def test_a_merge_is_settled(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "-b", "dearer")
    commit_price(clone, "toits", "0.1700", MITOYEN_SETTLING="1")
    git(clone, "checkout", "--quiet", "main")
    commit_price(clone, "halle", "0.1900")
    git(clone, "merge", "--quiet", "--no-ff", "-m", "as decided", "dearer")
    assert log(clone)[0] == "mitoyen: Settle toits 2026-01"
    assert git(clone, "log", "-1", "--format=%s", "HEAD^").stdout == "as decided\n"


def test_a_rebase_is_left_alone_and_settled_with_the_next_commit(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "-b", "dearer")
    commit_price(clone, "toits", "0.1700", MITOYEN_SETTLING="1")
    git(clone, "checkout", "--quiet", "main")
    commit_price(clone, "halle", "0.1900")
    git(clone, "checkout", "--quiet", "dearer")
    git(clone, "rebase", "--quiet", "main")
    assert log(clone)[:2] == ["anna: toits 0.1700", "mitoyen: Settle halle 2026-01"]
    git(clone, "commit", "--quiet", "--allow-empty", "-m", "go on")
    assert log(clone)[:2] == ["mitoyen: Settle toits 2026-01", "anna: go on"]


def test_a_push_of_what_does_not_hold_is_refused(clone: Path, server: Server) -> None:
    commit_price(clone, "toits", "a lot")
    refused = git(clone, "push", "--quiet", code=1)
    assert "operations/toits/tariffs.yaml:4" in refused.stderr
    assert server.subjects() == ["begin"]
    commit_price(clone, "toits", "0.1600")
    assert git(clone, "push", "--quiet").stderr == ""
    assert server.subjects()[0] == "Settle toits 2026-01"


def test_without_mitoyen_commits_and_pushes_go_on(clone: Path) -> None:
    for hook in (clone / ".git/hooks").iterdir():
        hook.write_text(hook.read_text().replace("mitoyen=/", "mitoyen=/gone/"))
    path = os.pathsep.join(part for part in os.defpath.split(os.pathsep) if not (Path(part) / "mitoyen").exists())
    assert "mitoyen" in commit_price(clone, "toits", "0.1700", PATH=path)
    assert log(clone)[0] == "anna: toits 0.1700"
    assert "mitoyen" in git(clone, "push", "--quiet", PATH=path).stderr


def test_a_branch_without_operations_is_left_alone(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "--orphan", "site")
    git(clone, "rm", "-r", "--quiet", "--force", ".")
    (clone / "index.html").write_text("Bonjour\n")
    git(clone, "add", "index.html")
    assert commit(clone, "site") == ""
    assert git(clone, "push", "--quiet", "origin", "site").stderr == ""


def test_a_hook_of_ones_own_is_kept_and_core_hooks_path_respected(clone: Path) -> None:
    git(clone, "config", "core.hooksPath", "hooks")
    hooks = clone / "hooks"
    hooks.mkdir()
    own, before = hooks / "post-commit", b"#!/bin/sh\n# Pr\xe9venir\necho mine >&2\n"
    own.write_bytes(before)
    own.chmod(0o750)
    mitoyen(clone, "hooks", "install")
    mitoyen(clone, "hooks", "install")
    assert own.read_bytes().startswith(before)
    assert own.read_bytes().count(b"# mitoyen begin") == 1
    assert own.stat().st_mode & 0o777 == 0o750
    said = commit_price(clone, "toits", "0.1700")
    assert said.startswith("mine\n")
    assert "toits (kWh)" in said
    assert sorted(path.name for path in hooks.iterdir()) == ["post-commit", "post-merge", "pre-push"]
    mitoyen(clone, "hooks", "install", "--uninstall")
    assert own.read_bytes() == before
    assert [path.name for path in hooks.iterdir()] == ["post-commit"]
    assert mitoyen(clone, "hooks", "install", "--uninstall") == "there was no hook of ours\n"


def test_ones_own_refusal_of_a_push_stays_a_refusal(clone: Path) -> None:
    hook = clone / ".git/hooks/pre-push"
    block = hook.read_text().removeprefix("#!/bin/sh\n")
    hook.write_text(f"#!/bin/sh\necho not today >&2\nfalse\n{block}")
    assert "not today" in git(clone, "push", code=1).stderr


@pytest.mark.parametrize(
    ("script", "mode", "said"),
    [
        ("#!/usr/bin/env python3\nprint('mine')\n", 0o755, "is not a shell script"),
        ("#!/bin/sh\necho mine\n", 0o644, "is not executable"),
    ],
)
def test_a_hook_that_cannot_be_added_to_is_refused_whole(server: Server, script: str, mode: int, said: str) -> None:
    folder = server.clone("anna")
    own = folder / ".git/hooks/pre-push"
    own.write_text(script)
    own.chmod(mode)
    with pytest.raises(UsageError, match=said):
        mitoyen(folder, "hooks", "install")
    assert own.read_text() == script
    assert not (folder / ".git/hooks/post-commit").exists()


def test_a_hook_that_ends_before_ours_is_said(server: Server) -> None:
    folder = server.clone("anna")
    own = folder / ".git/hooks/post-commit"
    own.write_text("#!/bin/sh\necho mine\nexit 0\n")
    own.chmod(0o755)
    assert 'it ends with "exit 0"' in mitoyen(folder, "hooks", "install")


# --- push = settle ---------------------------------------------------------------------------------------------


def test_a_push_is_settled(settling: Server) -> None:
    folder = settling.clone("anna")
    commit_price(folder, "toits", "0.1700")
    said = git(folder, "push").stderr
    assert "remote: halle (kWh)" in said
    assert "main is now at" in said
    # The first settlement of all takes everything that has data.
    assert settling.subjects() == ["Settle 2 months", "toits 0.1700", "begin"]
    assert settling.settled() == ["halle/2026-01.1", "toits/2026-01.1"]
    assert git(settling.bare, "log", "-1", "--format=%an", "main").stdout == "mitoyen\n"
    assert settling.is_clean()
    # What touches no operation, and other branches, are let in as they are.
    git(folder, "pull", "--quiet")
    (folder / "notes.md").write_text("Bonjour\n")
    git(folder, "add", "notes.md")
    commit(folder, "notes")
    assert "is now at" not in git(folder, "push").stderr
    git(folder, "checkout", "--quiet", "-b", "idea")
    commit_price(folder, "halle", "0.2000")
    assert "remote:" not in git(folder, "push", "origin", "idea").stderr
    assert settling.subjects()[0] == "notes"
    assert len(settling.settled()) == 2


def test_what_does_not_hold_is_told_to_the_pusher_and_the_rest_is_settled(settling: Server) -> None:
    folder = settling.clone("anna")
    commit_price(folder, "toits", "a lot")
    said = git(folder, "push").stderr
    assert "operations/toits/tariffs.yaml:4" in said
    assert settling.settled() == ["halle/2026-01.1"]
    git(folder, "pull", "--quiet")
    commit_price(folder, "toits", "0.1700")
    git(folder, "push")
    assert settling.settled() == ["halle/2026-01.1", "toits/2026-01.1"]


def test_a_push_whose_curves_are_not_on_the_server_says_so(settling: Server) -> None:
    shutil.rmtree(settling.bare / "mitoyen-store")
    folder = settling.clone("anna")
    commit_price(folder, "toits", "0.1700")
    assert "ACC410" in git(folder, "push").stderr
    assert settling.subjects() == ["toits 0.1700", "begin"]
    assert settling.is_clean()


def test_two_pushes_at_once_are_settled_one_after_the_other(
    settling: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MITOYEN_STORE", str(settling.bare / "mitoyen-store"))
    first = settling.clone("first")
    git(first, "commit", "--quiet", "--allow-empty", "-m", "good morning")
    git(first, "push", "--quiet")
    people = {name: settling.clone(name) for name in ("anna", "bilal")}

    def publish(name: str, operation: str) -> None:
        commit_price(people[name], operation, "0.1700")
        for _try in range(20):
            if git(people[name], "push", "--quiet", code=None).returncode == 0:
                return
            git(people[name], "pull", "--quiet", "--rebase")
        raise AssertionError(f"{name} could not push")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish, people, OPERATIONS))
    # Both are there, and each operation that changed once was recorded once more.
    assert {"halle 0.1700", "toits 0.1700"} < {*settling.subjects()}
    assert settling.settled() == ["halle/2026-01.1"] * 2 + ["toits/2026-01.1"] * 2
    assert settling.is_clean()
    git(first, "pull", "--quiet")
    head = log(first)
    mitoyen(first, "settle", "--commit")  # every month, whatever changed: the record says it all already
    assert log(first) == head


@dataclass(frozen=True)
class Pause:
    """A hook of the server's own that waits in the middle of a settlement until it may go on."""

    bare: Path
    pushed: subprocess.Popen[str]
    process: int

    def go_on(self) -> None:
        (self.bare / "pause").unlink()


WAIT = """\
#!/bin/sh
{condition}
[ ! -e "{bare}/pause" ] || : > "{bare}/reached"
while [ -e "{bare}/pause" ]; do sleep 0.02; done
"""
WRITTEN = 'ls operations/*/settlements/*.yaml > /dev/null 2>&1 && [ "$1" = {state} ] || exit 0'
MOMENTS = {
    "the work tree is there": ("post-checkout", ""),
    "the manifests are written": ("reference-transaction", WRITTEN.format(state="prepared")),
    "the commit is made and the branch not moved": ("reference-transaction", WRITTEN.format(state="committed")),
}


@pytest.fixture
def paused(settling: Server) -> Iterator[Callable[[Path, str], Pause]]:
    """Push from a clone and come back when its settlement has reached a moment."""
    started: list[Pause] = []

    def push(folder: Path, moment: str) -> Pause:
        bare = settling.bare
        name, condition = MOMENTS[moment]
        hook = bare / "hooks" / name
        hook.write_text(WAIT.format(bare=bare, condition=condition))
        hook.chmod(0o755)
        receive = bare / "hooks/post-receive"
        if "pid" not in receive.read_text():
            receive.write_text(receive.read_text().replace("    exec", f"    echo $$ > '{bare}/pid'\n    exec"))
            # A subshell has its parent's $$: let the shell be the very process that is replaced.
            receive.write_text(receive.read_text().replace("(\n", "").replace(") || :\n", ""))
        (bare / "pause").touch()
        pushed = subprocess.Popen(
            ["git", "push", "--quiet"], cwd=folder, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        deadline = time.monotonic() + 30
        while not (bare / "reached").exists():
            assert time.monotonic() < deadline, "the settlement never got there"
            time.sleep(0.01)
        pause = Pause(bare, pushed, int((bare / "pid").read_text()))
        started.append(pause)
        return pause

    yield push
    for pause in started:
        (pause.bare / "pause").unlink(missing_ok=True)
        pause.pushed.wait(30)


def assert_as_undisturbed(server: Server) -> None:
    """Every month was recorded once, in the very bytes of a push of all of it that nothing disturbed."""
    calm = Server(shutil.copytree(server.first, server.bare.with_name("calm.git")), server.first)
    mitoyen(calm.bare, "hooks", "install")
    last = next(line for line in log(server.bare, "%H %an", "main") if not line.endswith(" mitoyen"))
    git(server.bare, "push", "--quiet", str(calm.bare), f"{last.split()[0]}:refs/heads/main")
    assert calm.settled() == server.settled() == ["halle/2026-01.1", "toits/2026-01.1"]
    assert calm.manifests() == server.manifests()
    assert server.is_clean()


def test_a_push_while_another_is_being_settled(settling: Server, paused: Callable[[Path, str], Pause]) -> None:
    anna, bilal = settling.clone("anna"), settling.clone("bilal")
    commit_price(anna, "halle", "0.1700")
    pause = paused(anna, "the commit is made and the branch not moved")
    git(bilal, "pull", "--quiet")
    commit_price(bilal, "toits", "0.1700")
    second = subprocess.Popen(["git", "push"], cwd=bilal, text=True, stderr=subprocess.PIPE)
    assert second.stderr
    said = ""
    while "waiting for it" not in said:
        line = second.stderr.readline()
        assert line, said
        said += line
    # The branch has moved to what bilal pushed: anna's settlement is done again, for both.
    pause.go_on()
    assert "main is now at" in (pause.pushed.communicate(timeout=30)[1] or "")
    said += second.communicate(timeout=30)[1]
    assert "nothing changed" in said
    assert settling.subjects() == ["Settle 2 months", "toits 0.1700", "halle 0.1700", "begin"]
    assert_as_undisturbed(settling)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_settlement_that_is_killed_is_made_by_the_next_push(
    settling: Server, paused: Callable[[Path, str], Pause], moment: str
) -> None:
    folder = settling.clone("anna")
    commit_price(folder, "halle", "0.1700")
    pause = paused(folder, moment)
    os.kill(pause.process, signal.SIGKILL)
    pause.go_on()  # the git that it called goes on by itself, in a work tree that nobody waits for
    assert pause.pushed.wait(30) == 0
    assert settling.subjects() == ["halle 0.1700", "begin"]
    assert not settling.is_clean()
    commit_price(folder, "toits", "0.1700")
    assert "main is now at" in git(folder, "push").stderr
    assert settling.subjects() == ["Settle 2 months", "toits 0.1700", "halle 0.1700", "begin"]
    assert_as_undisturbed(settling)
