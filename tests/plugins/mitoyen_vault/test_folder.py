"""The folder of people: for its owner alone, out of git, whole at every moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mitoyen.contracts import Safe
from mitoyen.diagnostics import Refused, UsageError
from mitoyen_vault.plain import VAULT
from neighbours import commit, git

HOME = b"kind: household\n"

posix = pytest.mark.skipif(os.name != "posix", reason="modes are those of posix")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MITOYEN_VAULT", raising=False)
    return tmp_path / "people" / "parties"


def opened(folder: Path) -> Safe:
    return VAULT.open(folder.parent, {"folder": str(folder)})


def code(folder: Path) -> str:
    with pytest.raises(Refused) as caught:
        opened(folder).read("m-a")
    return caught.value.findings[0].code


def test_what_is_kept_comes_back_and_goes(folder: Path) -> None:
    safe = opened(folder)
    assert (safe.read("m-a"), list(safe.names()), safe.remove("m-a")) == (None, [], False)
    safe.write("m-a", HOME)
    safe.write("m-b", HOME)
    assert (safe.read("m-a"), list(safe.names())) == (HOME, ["m-a", "m-b"])
    assert (safe.remove("m-a"), safe.remove("m-a")) == (True, False)
    assert (safe.read("m-a"), list(safe.names())) == (None, ["m-b"])


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_only_its_owner_reads_it(mask: int, folder: Path) -> None:
    before = os.umask(mask)
    try:
        opened(folder).write("m-a", HOME)
        opened(folder).write("m-a", HOME)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "m-a.yaml").stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("mode", [0o750, 0o701, 0o705])
def test_a_folder_that_others_enter_is_refused(mode: int, folder: Path) -> None:
    opened(folder).write("m-a", HOME)
    folder.chmod(mode)
    assert code(folder) == "ACC707"


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_read_or_write_is_refused(mode: int, folder: Path) -> None:
    opened(folder).write("m-a", HOME)
    (folder / "m-a.yaml").chmod(mode)
    assert code(folder) == "ACC707"


def test_a_folder_that_git_would_take_is_refused(folder: Path) -> None:
    folder.parent.mkdir()
    git(folder.parent, "init", "--quiet")
    assert code(folder) == "ACC706"  # before it is there
    folder.mkdir(mode=0o700)
    assert code(folder) == "ACC706"
    (folder.parent / ".gitignore").write_text("*.yaml\n")
    assert code(folder) == "ACC706"  # nor where it would take other files only
    (folder.parent / ".gitignore").write_text("parties/\n")
    assert opened(folder).read("m-a") is None


def test_a_file_that_git_tracks_is_refused_though_the_folder_is_ignored(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    git(folder.parent, "init", "--quiet")
    (folder / "m-a.yaml").write_bytes(HOME)
    commit(folder.parent)
    (folder.parent / ".gitignore").write_text("parties/\n")
    assert code(folder) == "ACC706"


def test_a_link_into_a_repository_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    git(tmp_path / "repo", "init", "--quiet")
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "repo")
    assert code(folder) == "ACC706"


def test_the_variable_goes_before_the_option(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MITOYEN_VAULT", str(tmp_path / "elsewhere"))
    opened(folder).write("m-a", HOME)
    assert (tmp_path / "elsewhere" / "m-a.yaml").read_bytes() == HOME
    assert not folder.exists()


def test_without_a_folder_it_says_so(folder: Path) -> None:
    with pytest.raises(UsageError, match="MITOYEN_VAULT"):
        VAULT.open(folder, {})


@pytest.mark.parametrize("name", ["../m-a", "a/b", "", ".hidden", "a\n", "m" * 65])
def test_a_name_stays_in_the_folder(name: str, folder: Path) -> None:
    safe = opened(folder)
    for ask in (safe.read, safe.remove, safe.where, lambda one: safe.write(one, HOME)):
        with pytest.raises(UsageError):
            ask(name)
    assert not list(folder.parent.glob("**/*.yaml"))


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from mitoyen_vault.plain import VAULT
safe = VAULT.open(Path(), {"folder": sys.argv[1]})
while True:
    for letter in (b"a", b"b"):
        safe.write("m-a", letter * 200_000)
        print(flush=True)
"""


@posix
def test_a_kill_while_writing_leaves_a_whole_file(folder: Path) -> None:
    for round_ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(folder)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout
            writer.stdout.readline()
            time.sleep(0.003 * round_)
            writer.send_signal(signal.SIGKILL)
        content = opened(folder).read("m-a")
        assert content in (b"a" * 200_000, b"b" * 200_000)
        assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    opened(folder).remove("m-a")
    assert list(folder.iterdir()) == []
