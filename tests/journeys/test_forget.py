"""A neighbour moves away and is forgotten: the name goes, the accounts of the others stay as they were."""

from __future__ import annotations

import sys
from pathlib import Path

import pyrage
import pytest

from mitoyen.diagnostics import Refused
from neighbours import FILES, commit, curve, git, run, write

HOME = """\
kind: household
name: Camille Exemple
address: {lines: ["1 rue de l'Exemple"], postcode: "81000", city: Albi}
"""

GONE = FILES["participants"].replace("mtr-02, from: 2026-01-01", "mtr-02, from: 2026-01-01, to: 2026-02-01")


@pytest.fixture(params=["plain", "age"])
def settled(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """January settled and committed, m-b in the vault."""
    repo, board = tmp_path / "repo", pyrage.x25519.Identity.generate()
    monkeypatch.setenv("MITOYEN_VAULT", str(tmp_path / "vault"))
    monkeypatch.setenv("MITOYEN_AGE_IDENTITY", str(board))
    write(repo, **FILES)
    options = "" if request.param == "plain" else f", with: {{recipients: [{board.to_public()}]}}"
    (repo / "operations" / "mitoyen.yaml").write_text(f"vault: {{use: {request.param}{options}}}\n")
    (repo / "january.csv").write_text(curve("2026-01"))
    (repo / ".gitignore").write_text("*.csv\n")
    git(repo, "init", "--quiet")
    run(repo, "fetch", "voisins", "--month", "2026-01")
    commit(repo, "January")
    run(repo, "settle", "voisins")
    commit(repo, "January settled")
    run(repo, "parties", "new", "m-b")
    edit(repo, monkeypatch, "m-b", HOME)
    return repo


def edit(repo: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str) -> tuple[int, str]:
    """As a person with an editor that writes ``content``."""
    script = repo.parent / "editor.py"
    script.write_text(f"import sys, pathlib\npathlib.Path(sys.argv[1]).write_text({content!r})\n")
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    return run(repo, "parties", "edit", name)


def test_it_is_edited_and_checked(settled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(settled, "parties", "show", "m-b") == (0, HOME)
    assert edit(settled, monkeypatch, "m-b", HOME) == (0, "nothing was changed\n")
    code, said = edit(settled, monkeypatch, "m-b", f"{HOME}iban: FR06 3000 6000 0112 3456 7890 188\n")
    assert code == 1
    assert said.startswith("ACC812 this IBAN is not one")
    assert "3000 6000" not in said


def test_who_still_takes_part_is_not_forgotten(settled: Path) -> None:
    for name, where in (("m-b", "participants.yaml:3"), ("coop-toits", "operation.yaml:2")):
        with pytest.raises(Refused) as caught:
            run(settled, "forget", name)
        [finding] = caught.value.findings
        assert finding.code == "ACC814"
        assert finding.place
        assert str(finding.place).startswith(f"operations/voisins/{where}:")
    assert run(settled, "parties", "show", "m-b") == (0, HOME)


def test_who_will_leave_is_not_forgotten_yet(settled: Path) -> None:
    write(settled, participants=FILES["participants"].replace("mtr-02, from", "mtr-02, to: 2999-01-01, from"))
    with pytest.raises(Refused):
        run(settled, "forget", "m-b")


def test_who_left_is_forgotten_and_the_record_still_verifies(settled: Path) -> None:
    write(settled, participants=GONE)
    commit(settled, "m-b has left")
    run(settled, "settle", "voisins")
    commit(settled, "January, again")
    manifests = {path: path.read_bytes() for path in (settled / "operations" / "voisins" / "settlements").iterdir()}
    code, said = run(settled, "forget", "m-b")
    assert code == 0
    assert said.startswith("m-b is no longer in the vault: ")
    assert "operations/voisins/participants.yaml:3:1: when it took part" in said
    assert "1 manifest, totals and counts of people only" in " ".join(said.split())
    assert "Camille" not in said
    assert not [path for path in (settled.parent / "vault").rglob("*") if path.is_file()]
    assert {path: path.read_bytes() for path in manifests} == manifests
    assert run(settled, "verify")[0] == 0
    run(settled, "documents", "voisins", "--month", "2026-01", "--out", str(settled.parent / "out"))
    assert not any("Camille" in path.read_text() for path in (settled.parent / "out").iterdir())


def test_what_was_forgotten_may_be_forgotten_again(settled: Path) -> None:
    write(settled, participants=GONE)
    run(settled, "forget", "m-b")
    code, said = run(settled, "forget", "m-b")
    assert code == 0
    assert said.startswith("m-b is not in the vault: ")
    assert run(settled, "forget", "m-z")[1].endswith("No operation names it.\n")
