"""Issuing is one act: whatever kills it, whoever else issues, however full the disk is."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import FrameType

import pytest

from billed import COOP, FEDERATION, OPERATION, fetch, household, issued, people, village
from mitoyen.billing.deciding import decide
from mitoyen.billing.issuing import issue as issue_decided
from mitoyen.clock import Month
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.ledger import Ledger
from mitoyen.workspace import Workspace
from neighbours import FILES, commit, curve, git, run, write

JANUARY = ("issue", "--month", "2026-01", "--date", "2026-02-05")
ISSUE = ("issue", "--month", "2026-02", "--date", "2026-03-05")


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """January issued, so that every buyer has a salt; February to be issued."""
    repo = village(tmp_path / "first" / "repo", "2026-01", "2026-02")
    issued(repo, "2026-01", "2026-02-05")
    commit(repo, "January issued")
    return repo.parent


def copied(folder: Path, name: str) -> Path:
    """The repository, its vault and its register again, beside."""
    return Path(shutil.copytree(folder, folder.parent / name))


def kept(folder: Path) -> tuple[list[str], dict[str, bytes]]:
    """Every row of the register with its chain and frozen bytes, and every manifest."""
    ledger = Ledger(folder / "register")
    rows = [
        f"{entry.number} {entry.chain} {ledger.content(entry.position)!r} {ledger.documents(entry.position)!r}"
        for entry in ledger.entries()
    ]
    manifests = (folder / "repo").glob("operations/*/settlements/*.yaml")
    return rows, {path.name: path.read_bytes() for path in manifests}


def in_child(folder: Path, dies_at: int | None) -> int:
    """Issue in a process of its own, which kills itself at an event of the interpreter; how many there were."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        os.waitpid(child, 0)
        with os.fdopen(reading) as told:
            return int(told.read() or 0)
    events = 0

    def count(_frame: FrameType, _event: str, _arg: object) -> None:
        nonlocal events
        events += 1
        if events == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(count)
        run(folder / "repo", *ISSUE)
        sys.setprofile(None)
        os.write(writing, str(events).encode())
    finally:
        os._exit(0)


def test_killed_anywhere_it_ends_as_if_nothing_had_been(ready: Path) -> None:
    """Thirty points of a run, the act itself among them; the next run finishes with the same bytes."""
    whole = copied(ready, "whole")
    events = in_child(whole, None)
    expected = kept(whole)
    assert len(expected[0]) == 4
    draw = random.Random(20260305)
    for number in range(30):
        # The second half of a run is where it writes.
        at = draw.randrange(events // 2 if number % 3 else 0, events)
        killed = copied(ready, f"killed-{number}")
        in_child(killed, at)
        assert len(kept(killed)[0]) in (2, 4), f"killed at {at} of {events}: half a month is in the register"
        run(killed / "repo", *ISSUE)
        assert kept(killed) == expected, f"killed at {at} of {events}"
        shutil.rmtree(killed)


def test_a_manifest_that_was_never_written_is_finished(ready: Path) -> None:
    repo = ready / "repo"
    run(repo, *ISSUE)
    path = repo / "operations/voisins/settlements/2026-02.1.yaml"
    whole = path.read_bytes()
    path.unlink()
    assert issued(repo, "2026-02", "2026-03-09") == []
    assert path.read_bytes() == whole


def test_one_that_was_edited_is_refused(ready: Path) -> None:
    repo = ready / "repo"
    path = repo / "operations/voisins/settlements/2026-01.1.yaml"
    path.write_text(path.read_text().replace("gross: '44.64'", "gross: '44.65'"))
    with pytest.raises(Refused) as refused:
        run(repo, *ISSUE)
    assert [one.code for one in refused.value.findings] == ["ACC884"]


def test_an_old_copy_of_the_register_gives_no_number_twice(ready: Path) -> None:
    repo = ready / "repo"
    shutil.copytree(ready / "register", ready / "backup")
    run(repo, *ISSUE)
    commit(repo, "February issued")
    shutil.rmtree(ready / "register")
    (ready / "backup").rename(ready / "register")
    fetch(repo, "2026-03")
    commit(repo, "March")
    with pytest.raises(Refused) as refused:
        run(repo, "issue", "--month", "2026-03", "--date", "2026-04-05")
    assert "ACC882" in {one.code for one in refused.value.findings}


def test_two_clones_that_issue_at_once(tmp_path: Path) -> None:
    """Two operations of one seller in two clones, one register: no number twice, none left out."""
    clones = []
    for name in ("east", "west"):
        repo = tmp_path / name
        repo.mkdir()
        git(repo, "init", "--quiet", "--initial-branch", "main")
        (repo / "operations").mkdir()
        (repo / "operations/mitoyen.yaml").write_text(FEDERATION)
        folder = repo / "operations" / name
        folder.mkdir()
        for file, text in {**FILES, "operation": OPERATION}.items():
            (folder / f"{file}.yaml").write_text(text)
        (repo / "curves.csv").write_text(curve("2026-01"))
        commit(repo, "The operation")
        run(repo, "fetch", name, "--month", "2026-01", "--file", str(repo / "curves.csv"))
        commit(repo, "The data")
        clones.append(repo)
    village(tmp_path / "unused")  # for its vault
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "mitoyen", "--repo", str(repo), *JANUARY],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for repo in clones
    ]
    for process in running:
        _out, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    entries = list(Ledger(tmp_path / "register").entries())
    assert [one.number for one in entries] == [f"VO2026-00000{n}" for n in range(1, 5)]
    assert {one.operation for one in entries} == {"east", "west"}


def test_a_clone_learns_what_the_other_issued(ready: Path) -> None:
    """The same month from two clones of one repository: the second writes the manifest of the first."""
    git(ready, "clone", "--quiet", "repo", "other")
    shutil.copytree(ready / "repo/.mitoyen", ready / "other/.mitoyen")  # its store
    run(ready / "repo", *ISSUE)
    run(ready / "other", *ISSUE)
    manifest = "operations/voisins/settlements/2026-02.1.yaml"
    assert (ready / "other" / manifest).read_bytes() == (ready / "repo" / manifest).read_bytes()
    assert len(list(Ledger(ready / "register").entries())) == 4


def test_a_register_that_cannot_grow_issues_nothing(ready: Path) -> None:
    """As on a full disk: SQLite may take no more pages."""
    before = kept(ready)
    connection = sqlite3.connect(ready / "register/ledger.sqlite")
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    full = (
        "import sqlite3, sys\n"
        "real = sqlite3.connect\n"
        "def small(*args, **named):\n"
        "    connection = real(*args, **named)\n"
        f"    if 'ledger' in str(args[0]): connection.execute('PRAGMA max_page_count = {pages}')\n"
        "    return connection\n"
        "sqlite3.connect = small\n"
        "from mitoyen.cli import main\n"
        f"sys.argv = ['mitoyen', '--repo', {str(ready / 'repo')!r}, *{ISSUE!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", full], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "database or disk is full; nothing was issued" in done.stderr
    assert kept(ready) == before
    run(ready / "repo", *ISSUE)
    assert len(kept(ready)[0]) == 4


def test_a_damaged_register_is_told(ready: Path) -> None:
    (ready / "register/ledger.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(UsageError, match="bring it back from a backup"):
        run(ready / "repo", "invoices")


def test_the_folder_of_the_register_is_its_owner_s(ready: Path) -> None:
    assert (ready / "register").stat().st_mode & 0o777 == 0o700
    assert (ready / "register/ledger.sqlite").stat().st_mode & 0o777 == 0o600
    (ready / "repo/operations/mitoyen.yaml").write_text(FEDERATION.replace("../register", "operations/register"))
    with pytest.raises(Refused) as refused:
        run(ready / "repo", "invoices")
    assert [one.code for one in refused.value.findings] == ["ACC706"]


def test_new_people_may_join_between(ready: Path) -> None:
    """A third neighbour in February: the numbers follow on."""
    repo = ready / "repo"
    third = "m-c: {role: consumer, meter: mtr-03, from: 2026-02-01, tariff: residents}\n"
    write(repo, participants=FILES["participants"] + third)
    people(repo, **{"m-c": household("Chloé Tour")})
    fetch(repo, "2026-02", consumed=(1, 3, 2))
    commit(repo, "A neighbour more")
    numbers = [one.split()[0] for one in issued(repo, "2026-02", "2026-03-05")]
    assert numbers == ["VO2026-000003", "VO2026-000004", "VO2026-000005"]


def test_what_was_issued_from_elsewhere_after_the_decision_is_not_issued_again(ready: Path) -> None:
    """Two decide at once; only one of them writes."""
    repo, on = ready / "repo", date(2026, 3, 5)
    one, other = (decide(Workspace(repo), "voisins", Month(2026, 2), on) for _twice in range(2))
    assert len(issue_decided(Workspace(repo), one, on, ())) == 1
    with pytest.raises(UsageError, match="voisins was issued from elsewhere meanwhile"):
        issue_decided(Workspace(repo), other, on, ())
    assert len(list(Ledger(ready / "register").entries())) == 4


def test_two_sellers_may_use_the_same_letters(tmp_path: Path) -> None:
    """In two operations: the numbers of one are not held against the register of the other."""
    repo = village(tmp_path / "repo", "2026-01", "2026-02")
    issued(repo, "2026-01", "2026-02-05")
    other = repo / "operations/others"
    shutil.copytree(repo / "operations/voisins", other)
    shutil.rmtree(other / "settlements")
    text = (other / "operation.yaml").read_text()
    (other / "operation.yaml").write_text(text.replace("coop-toits", "other-coop"))
    people(repo, **{"other-coop": COOP.replace("Toits du Bourg", "Une autre")})
    commit(repo, "Another operation")
    run(repo, "issue", "others", "--month", "2026-01", "--date", "2026-02-06")
    commit(repo, "Issued")
    run(repo, "issue", "voisins", "--month", "2026-02", "--date", "2026-03-05")
    numbers = [f"{one.seller} {one.number}" for one in Ledger(tmp_path / "register").entries()]
    assert numbers[2:] == [
        "other-coop VO2026-000001",
        "other-coop VO2026-000002",
        "coop-toits VO2026-000003",
        "coop-toits VO2026-000004",
    ]
