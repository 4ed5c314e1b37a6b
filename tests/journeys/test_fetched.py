"""A month fetched again from files: what differs is told and committed; a dry run reads nothing.

Home m-a consumes 1 kWh every hour of January 2026. The grid operator then says that it was 1.5 in three of them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mitoyen.diagnostics import Refused, UsageError
from neighbours import FILES, commit, curve, git, run, write

FETCH = ("fetch", "voisins", "--month", "2026-01")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    repo, curves = tmp_path / "repo", tmp_path / "curves"
    curves.mkdir()
    (curves / "2026.csv").write_text(curve("2026-01"))
    monkeypatch.setenv("MITOYEN_DATA", str(curves))
    write(repo, **FILES)
    git(repo, "init", "--quiet")
    return repo


def correct(repo: Path) -> None:
    """m-a's curve at 9:00, 10:00 and 11:00 of 14 January, in UTC."""
    path = repo.parent / "curves" / "2026.csv"
    path.write_text(
        re.sub(r"^(2026-01-14T(?:08|09|10):00:00Z),1,", r"\1,1.5,", path.read_text(), flags=re.MULTILINE)
    )


def test_a_restatement_says_which_hours_and_how_much(repo: Path) -> None:
    commit(repo)
    assert run(repo, *FETCH, "--commit")[0] == 0
    assert run(repo, "settle")[0] == 0
    commit(repo, "The month, settled")
    settled = (repo / "operations/voisins/settlements/2026-01.1.yaml").read_text()
    correct(repo)
    code, said = run(repo, *FETCH, "--commit")
    assert code == 0
    hours = "3 steps on 1 day, 2026-01-14 09:00 (+01:00) to 2026-01-14 11:00 (+01:00), +1.500000 kWh"
    assert f"  restated: 1 meter, 3 steps: measured +1.500000 kWh\n    mtr-01: {hours}\n" in said
    assert f"2026-01 restated: 1 meter, 3 steps: measured +1.500000 kWh\nmtr-01: {hours}\n" in git(
        repo, "log", "-1", "--format=%B"
    )
    assert (repo / "operations/voisins/settlements/2026-01.1.yaml").read_text() == settled
    # The list of former data is said, and moves no fingerprint.
    assert run(repo, "settle")[0] == 0
    again = (repo / "operations/voisins/settlements/2026-01.1.yaml").read_text()
    assert again != settled
    pointer = repo / "operations/voisins/data/2026-01.yaml"
    pointer.write_text(re.sub(r"former:\n(- .*\n  .*\n)+", "", pointer.read_text()))
    assert "former" not in pointer.read_text()
    assert run(repo, "settle")[0] == 0
    fingerprints = re.compile(r"fingerprint:\n(?:  .*\n)+")
    now = (repo / "operations/voisins/settlements/2026-01.1.yaml").read_text()
    assert fingerprints.findall(now) == fingerprints.findall(again) != fingerprints.findall(settled)


def test_what_is_committed_is_the_pointer_alone(repo: Path) -> None:
    commit(repo)
    (repo / "operations/voisins/README.md").write_text("Not yet\n")
    assert run(repo, *FETCH, "--commit")[0] == 0
    assert git(repo, "show", "--name-only", "--format=", "HEAD") == "operations/voisins/data/2026-01.yaml"
    assert "README.md" in git(repo, "status", "--short")


def test_without_a_commit_there_is_nothing_to_commit_to(repo: Path) -> None:
    with pytest.raises(UsageError, match="commit the operation first"):
        run(repo, *FETCH, "--commit")
    assert not (repo / "operations/voisins/data").exists()


def test_a_dry_run_names_files_and_reads_none(repo: Path) -> None:
    (repo.parent / "curves" / "2026.csv").write_text("nothing that could be read")
    code, said = run(repo, *FETCH, "--dry-run")
    assert code == 0
    assert said == (
        "voisins 2026-01: the source csv would read or ask for, and did not:\n"
        f"  2026.csv in {repo.parent / 'curves'}\n"
    )
    (repo.parent / "curves" / "2026.csv").unlink()
    with pytest.raises(Refused) as refused:
        run(repo, *FETCH, "--dry-run")
    assert [finding.code for finding in refused.value.findings] == ["ACC412"]


@pytest.mark.parametrize(
    ("use", "line"),
    [
        ('{use: enedis, with: {files: ["*.csv"]}}', "  2026.csv in "),
        (
            "{use: simulated, with: {seed: x, site: {latitude: 48.86, longitude: 2.44}, plants: {}, loads: {}}}",
            "  mtr-01: computed, nothing is read",
        ),
    ],
)
def test_every_source_knows_a_dry_run(repo: Path, use: str, line: str) -> None:
    write(repo, operation=re.sub("source: .*", f"source: {use}", FILES["operation"]))
    code, said = run(repo, *FETCH, "--dry-run")
    assert code == 0
    assert f"\n{line}" in said
