"""Killed, full, or two at once: what is on record is whole, and the next run ends where a quiet one would have."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from mitoyen import cli
from mitoyen.clock import Clock, Month

posix = pytest.mark.skipif(os.name != "posix", reason="kills as posix does")

MONTHS = "2026-01..2026-03"
KEYS = {
    "allee": "{rule: prorata}",
    "cour": "{rule: equal}",
    "place": "{rule: static, with: {shares: {m-a: 40 %, m-b: 60 %}}}",
    "ruelle": "{rule: static-reshared, with: {shares: {m-a: 40 %, m-b: 60 %}}}",
}
"""Four operations that share the same curves otherwise."""

FILES = {
    "operation.yaml": """\
title: Une boucle
organiser: coop-toits
opened: 2026-01-01
step: PT60M
source: {use: csv, with: {files: ["curves/*.csv"], unit: kWh}}
""",
    "participants.yaml": """\
p-roof: {role: producer, meter: mtr-90, from: 2026-01-01}
m-a: {role: consumer, meter: mtr-01, from: 2026-01-01, tariff: all}
m-b: {role: consumer, meter: mtr-02, from: 2026-01-01, tariff: all}
""",
    "tariffs.yaml": "all:\n  2026-01-01: {rule: flat, with: {price: 0.1650 EUR/kWh}}\n",
}

Record = Mapping[str, bytes]


def curve() -> str:
    rows = ["time,mtr-01,mtr-02,mtr-90"]
    for month in Month(2026, 1).through(Month(2026, 3)):
        for start in Clock.of_month(month, 3600, "Europe/Paris").utc().tolist():
            stamp = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            rows.append(f"{stamp},1,3,{start // 3600 % 5}")
    return "\n".join(rows) + "\n"


def run(repo: Path, *arguments: str) -> str:
    """The command in this process."""
    result = CliRunner().invoke(cli.root, ["--repo", str(repo), *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


def record(repo: Path) -> Record:
    """The manifests that git would commit, by path."""
    folder = repo / "operations"
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name == "settlements")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.name[0] != "."}


def parts(repo: Path) -> list[Path]:
    """What was on its way when it was stopped."""
    return sorted(repo.rglob("*.part"))


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four operations with the data of three months, not settled."""
    repo = tmp_path_factory.mktemp("fetched") / "repo"
    (repo / "curves").mkdir(parents=True)
    (repo / "curves" / "all.csv").write_text(curve())
    for name, key in KEYS.items():
        folder = repo / "operations" / name
        folder.mkdir(parents=True)
        for file, text in FILES.items():
            (folder / file).write_text(text)
        (folder / "keys.yaml").write_text(f"2026-01-01: {key}\n")
        run(repo, "fetch", name, "--month", MONTHS)
    return repo


@pytest.fixture(scope="module")
def quiet(fetched: Path, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of a run that nothing stopped."""
    repo = shutil.copytree(fetched, tmp_path_factory.mktemp("quiet") / "repo")
    run(repo, "settle")
    kept = record(repo)
    assert len(kept) == 12
    return kept


@pytest.fixture
def repo(fetched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fetched, tmp_path / "repo"))


def start(repo: Path, *arguments: str, fault: str = "") -> subprocess.Popen[str]:
    """``settle`` in a process of its own; ``fault`` is Python that goes before it."""
    code = f"{fault}\nfrom mitoyen.cli import main\nmain()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "--repo", str(repo), "settle", "--format", "json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        cwd=repo,
    )


KILL_AT_SYNC = """
import os, signal
left, sync = {count}, os.fsync
def fsync(handle):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    sync(handle)
os.fsync = fsync
"""
"""A write syncs a file, renames it, and syncs its folder: odd counts stop before the rename, even ones after."""

KILL_AT_MANIFEST = """
import os, signal
from pathlib import Path
rename = Path.replace
def replace(self, target):
    if target.parent.name == "settlements":
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.replace = replace
"""

STAY_AT_SYNC = """
import os, time
from pathlib import Path
def fsync(handle):
    Path("it-writes").touch()
    time.sleep(600)
os.fsync = fsync
"""


# --- killed ----------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("count", [1, 2, 12, 31, 61, 62])
def test_killed_at_a_write(count: int, repo: Path, quiet: Record) -> None:
    killed = start(repo, fault=KILL_AT_SYNC.format(count=count))
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert record(repo).items() <= quiet.items(), "what is there is whole"
    run(repo, "settle")  # whose lock the dead process held
    assert record(repo) == quiet


@posix
def test_killed_at_any_moment(repo: Path, quiet: Record, fetched: Path, tmp_path: Path) -> None:
    """Fifteen times, a little later each time; each run goes on from what the one before left."""
    warm = shutil.copytree(fetched, tmp_path / "warm")
    began = time.monotonic()
    start(warm).communicate()
    whole = time.monotonic() - began
    for moment in range(15):
        process = start(repo)
        try:
            process.communicate(timeout=whole * (0.4 + moment * 0.04))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        assert record(repo).items() <= quiet.items(), "what is there is whole"
    run(repo, "settle")
    assert record(repo) == quiet


@posix
def test_what_a_kill_leaves_is_not_taken_for_a_manifest(repo: Path, quiet: Record) -> None:
    start(repo, fault=KILL_AT_MANIFEST).communicate()
    [left] = parts(repo / "operations")
    assert re.fullmatch(r"\.2026-01\.1\.yaml\..+\.part", left.name)
    assert record(repo) == {}
    assert run(repo, "check") == "4 operations checked, nothing to mend\n"
    run(repo, "settle")
    assert record(repo) == quiet


@posix
def test_what_a_kill_leaves_is_cleaned_by_the_next_run(repo: Path) -> None:
    start(repo, fault=KILL_AT_MANIFEST).communicate()
    run(repo, "settle")
    assert parts(repo / "operations") == []


@posix
def test_who_waits_for_a_lock_goes_on_when_its_holder_dies(repo: Path, quiet: Record) -> None:
    holder = start(repo, fault=STAY_AT_SYNC)
    while not (repo / "it-writes").exists():
        assert holder.poll() is None
        time.sleep(0.01)
    waiting = start(repo)
    holder.kill()
    holder.communicate()
    _out, err = waiting.communicate()
    assert (waiting.returncode, err) == (0, "")
    assert record(repo) == quiet


# --- damaged ------------------------------------------------------------------------------------------------------


def cut_off(repo: Path, file: str, naming: str) -> None:
    """Cut off what the store keeps under the digest that a file of an operation names."""
    text = (repo / "operations" / "cour" / file).read_text()
    [key] = re.findall(rf"^{naming}: sha256:(\w+)$", text, re.MULTILINE)
    path = repo / ".mitoyen" / "curves" / key[:2] / key
    path.write_bytes(path.read_bytes()[:100])


def test_shares_damaged_in_the_store_are_computed_again(dearer: tuple[Path, Record]) -> None:
    """They are a cache: a new price needs them, and may not stop at them."""
    repo, after = dearer
    cut_off(repo, "settlements/2026-02.1.yaml", "result:\n  allocation")
    run(repo, "settle")
    assert record(repo) == after


def test_meter_data_damaged_in_the_store_are_told(repo: Path) -> None:
    """They are no cache: with the place that names them, and what brings them again."""
    cut_off(repo, "data/2026-02.yaml", "snapshot")
    units = json.loads(run(repo, "settle", "cour", "--format", "json"))
    assert [unit["month"] for unit in units["units"]] == ["2026-01", "2026-03"], "the others are settled"
    [finding] = units["findings"]
    assert (finding["code"], finding["path"]) == ("ACC410", "operations/cour/data/2026-02.yaml")
    assert finding["help"] == "`mitoyen fetch cour --month 2026-02` brings the data again"


def test_meter_data_damaged_in_the_store_are_fetched_again(repo: Path) -> None:
    cut_off(repo, "data/2026-02.yaml", "snapshot")
    run(repo, "fetch", "cour", "--month", "2026-02")
    assert json.loads(run(repo, "settle", "cour", "--format", "json"))["findings"] == []


# --- two at once -----------------------------------------------------------------------------------------------


def test_two_at_once(repo: Path, quiet: Record) -> None:
    """Whoever comes second finds everything done, or nothing; both say the same."""
    both = [start(repo), start(repo, "--executor", "processes")]
    said = []
    for process in both:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        units = json.loads(out)["units"]
        said.append([{**unit, "reused": None, "recomputed": None} for unit in units])
    assert said[0] == said[1]
    assert record(repo) == quiet
    assert parts(repo) == []


# --- a full disk -----------------------------------------------------------------------------------------------


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The whole command with its exit code and what it says on stderr, in this process."""

    def main(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["mitoyen", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(str(left.value.code)), capsys.readouterr().err

    return main


class Full:
    """``os.fsync`` of a disk that is full after some writes."""

    def __init__(self, room: int) -> None:
        self.room, self._sync = room, os.fsync

    def __call__(self, handle: int) -> None:
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._sync(handle)


DEARER = FILES["tariffs.yaml"].replace("0.1650", "0.1700")


@pytest.fixture
def dearer(quiet: Record, fetched: Path, tmp_path: Path) -> tuple[Path, Record]:
    """A repository settled, and then a new price everywhere; with the record that it will lead to."""
    repos = [shutil.copytree(fetched, tmp_path / name) for name in ("repo", "other")]
    run(repos[0], "settle")
    for repo in repos:
        for name in KEYS:
            (repo / "operations" / name / "tariffs.yaml").write_text(DEARER)
    run(repos[1], "settle")
    after = record(repos[1])
    assert all(after[name] != quiet[name] for name in quiet)
    return Path(repos[0]), after


@posix
@pytest.mark.parametrize("room", [0, 1, 2, 24, 25, 40, 47])
def test_a_full_disk_leaves_old_files_or_new_ones(
    room: int,
    dearer: tuple[Path, Record],
    quiet: Record,
    main: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repo, after = dearer
    monkeypatch.setattr(os, "fsync", Full(room))
    code, err = main("--repo", str(repo), "settle")
    monkeypatch.undo()
    assert code == 2
    assert os.strerror(errno.ENOSPC) in err
    now = record(repo)
    assert now.keys() == quiet.keys()
    assert all(content in (quiet[name], after[name]) for name, content in now.items())
    assert parts(repo) == []
    run(repo, "settle")
    assert record(repo) == after


def test_a_full_disk_is_nobodys_fault(
    dearer: tuple[Path, Record], main: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", Full(0))
    _code, err = main("--repo", str(dearer[0]), "settle")
    assert "Traceback" not in err
    assert "fault of mitoyen" not in err


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of two mebibytes; skipped where it may not be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@posix
@pytest.mark.parametrize("room", [0, 64])
def test_a_disk_that_is_really_full(
    room: int, small: Path, fetched: Path, quiet: Record, mitoyen: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """So many kibibytes are left when it begins."""
    repo = Path(shutil.copytree(fetched, small / "repo"))
    with (small / "filler").open("wb", buffering=0) as filler:
        free = os.statvfs(small)
        filler.write(bytes(max(0, free.f_bavail * free.f_frsize - room * 1024)))
    done = mitoyen(repo, "settle", code=2)
    assert os.strerror(errno.ENOSPC) in done.stderr
    assert record(repo).items() <= quiet.items()
    assert parts(repo) == []
    (small / "filler").unlink()
    mitoyen(repo, "settle")
    assert record(repo) == quiet
