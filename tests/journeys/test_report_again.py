"""The site made again: what did not move is not written, what is no longer for its readers is gone, come what may.

Two hamlets. In the upper one three consumers share the noon of a roof; in the lower one two, so that nobody but the
board sees what they took.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from mitoyen import cli
from mitoyen.diagnostics import Refused
from mitoyen.scaffold.ci import PUBLISHED
from mitoyen_report.folder import LIST
from neighbours import FILES, WHO, commit, curve, git, run
from reported import DRAWING, contents, day, page

posix = pytest.mark.skipif(os.name != "posix", reason="kills as posix does")

MONTHS = ("--month", "2026-01..2026-02")
THIRD = "m-c: {role: consumer, meter: mtr-03, from: 2026-01-01, tariff: residents}\n"
Contents = dict[str, bytes]


def write(repo: Path, name: str, /, **texts: str) -> None:
    folder = repo / "operations" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / f"{file}.yaml").write_text(text)


def settled(repo: Path, operation: str) -> None:
    assert run(repo, "fetch", operation, *MONTHS)[0] == 0
    assert run(repo, "settle", operation)[0] == 0
    commit(repo)


def audience(repo: Path, name: str) -> None:
    (repo / "operations" / "mitoyen.yaml").write_text(f"audience: {name}\n")


@pytest.fixture(scope="module")
def hamlets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, settled; for the board. To be copied."""
    repo = tmp_path_factory.mktemp("hamlets") / "repo"
    write(repo, "haut", **{**FILES, "participants": FILES["participants"] + THIRD})
    write(repo, "bas", **FILES)
    (repo / ".gitignore").write_text(f".mitoyen/\n*.csv\n{PUBLISHED}/\nboard/\n")
    (repo / "curves.csv").write_text(curve("2026-01", "2026-02", consumed=(1, 3, 2)))
    audience(repo, "board")
    git(repo, "init", "--quiet")
    for name in ("haut", "bas"):
        settled(repo, name)
    return repo


@pytest.fixture
def repo(hamlets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(*DRAWING)
    return Path(shutil.copytree(hamlets, tmp_path / "repo"))


def report(repo: Path, out: Path) -> int:
    """How many files were written."""
    code, said = run(repo, "report", "--out", str(out))
    assert code == 0
    return int(said.split("; ")[1].split()[0])


def clean(repo: Path) -> Contents:
    """What a site made at once has."""
    out = repo.parent / "clean"
    shutil.rmtree(out, ignore_errors=True)
    report(repo, out)
    return contents(out)


def touched(repo: Path, out: Path) -> set[str]:
    """The files that a run writes or takes away, whatever their content; our list apart."""

    def stamps() -> dict[str, tuple[int, int]]:
        return {
            file.relative_to(out).as_posix(): (file.stat().st_mtime_ns, file.stat().st_ino)
            for file in out.rglob("*")
            if file.is_file() and file.name != LIST
        }

    before = stamps()
    written = report(repo, out)
    after = stamps()
    moved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert written == len(moved & after.keys())
    return moved


def both(*files: str) -> set[str]:
    """In both languages."""
    return {f"{prefix}{file}" for file in files for prefix in ("", "en/")}


# --- what did not move -----------------------------------------------------------------------------------------


def test_a_second_run_writes_nothing(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    assert report(repo, out) == len(contents(out)) - 1
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*") if file.is_file()}
    assert report(repo, out) == 0
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*") if file.is_file()} == before


def test_a_price_moves_its_operation_alone(repo: Path, tmp_path: Path) -> None:
    """From February on: no day moves, no share did; the other operation's pages stay as they are."""
    out = tmp_path / "site"
    report(repo, out)
    more = "  2026-02-01: {rule: flat, with: {price: 0.2000 EUR/kWh}, because: resolution 9}\n"
    write(repo, "haut", tariffs=FILES["tariffs"] + more)
    assert run(repo, "settle")[0] == 0
    commit(repo)
    moved = touched(repo, out)
    tables = ("argent", "prix", "tarifs", "chacun", "producteurs")
    pages = ("index.html", "argent.html", "decisions.html")
    assert moved == both("index.html", *(f"haut/{name}" for name in pages)) | both(
        *(f"haut/chiffres/{name}.csv" for name in tables)
    )
    assert contents(out) == clean(repo)


def test_only_months_whose_shares_moved_have_their_days_written(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    report(repo, out)
    february = curve("2026-02", consumed=(1, 4, 2)).partition("\n")[2]
    (repo / "curves.csv").write_text(curve("2026-01", consumed=(1, 3, 2)) + february)
    settled(repo, "haut")
    moved = touched(repo, out)
    assert {name for name in moved if "/jours/" in name} == {
        f"haut/jours/2026-02-{day:02}.js" for day in range(1, 29)
    }
    assert not any("bas/" in name for name in moved)
    assert contents(out) == clean(repo)


def test_a_reason_is_written_where_it_is_shown(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    report(repo, out)
    write(repo, "bas", tariffs=FILES["tariffs"].replace("resolution 4", "resolution 4 of the second meeting"))
    assert touched(repo, out) == both("bas/argent.html", "bas/chiffres/tarifs.csv")


def test_the_pages_of_an_operation_that_is_no_more_go(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    report(repo, out)
    shutil.rmtree(repo / "operations" / "bas")
    moved = touched(repo, out)
    assert not [name for name in moved if "haut/" in name]
    assert not (out / "bas").exists()
    assert not (out / "en" / "bas").exists()
    assert contents(out) == clean(repo)


def test_what_was_decided_and_undone_between_two_runs_is_told(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    report(repo, out)
    keys = "2026-02-01: {rule: equal, because: resolution 8}\n"
    write(repo, "haut", keys=FILES["keys"] + keys)
    commit(repo, "Parts égales")
    write(repo, "haut", keys=FILES["keys"])
    commit(repo, "Comme avant")
    moved = touched(repo, out)
    assert moved == both("index.html", "haut/decisions.html")
    text = (out / "haut" / "decisions.html").read_text()
    assert "résolution" not in text
    assert (
        text.index("retirée : de equal à prorata") < text.index("de prorata à equal") < text.index("resolution 8")
    )
    assert contents(out) == clean(repo)


def test_two_machines_make_the_same_site(hamlets: Path, tmp_path: Path) -> None:
    """Drawings too: another folder, another order of sets, one process or several."""
    sites = []
    for seed, executor in (("1", "serial"), ("2", "processes")):
        repo = shutil.copytree(hamlets, tmp_path / f"machine {seed}" / "repo")
        subprocess.run(
            [sys.executable, "-m", "mitoyen", "report", "--out", "../site", "--executor", executor],
            check=True,
            capture_output=True,
            cwd=repo,
            env={**os.environ, **WHO, "PYTHONHASHSEED": seed},
        )
        sites.append(contents(repo.parent / "site"))
    assert sites[0].keys() == sites[1].keys()
    assert [name for name in sites[0] if sites[0][name] != sites[1][name]] == []
    assert b"<path" in sites[0]["haut/index.html"]


# --- for others ------------------------------------------------------------------------------------------------


def test_what_the_board_saw_is_gone_from_the_site_for_everyone(repo: Path, tmp_path: Path) -> None:
    """In the same folder; what somebody else put there stays."""
    out = tmp_path / "site"
    report(repo, out)
    assert b"m-c" in (out / "haut" / "argent.html").read_bytes()
    (out / "CNAME").write_text("voisins.example\n")
    (out / "haut" / "logo.png").write_bytes(b"png")
    audience(repo, "public")
    report(repo, out)
    found = contents(out)
    assert (found.pop("CNAME"), found.pop("haut/logo.png")) == (b"voisins.example\n", b"png")
    assert found == clean(repo)
    assert not any(b"m-c" in content for content in found.values())


KILL = """
import os, signal
from pathlib import Path
from mitoyen_report import draw
draw.svg = lambda spec, lang, label: f"<svg><title>{{label}} {{lang}}</title></svg>"
left, rename = {count}, Path.replace
def replace(self, target):
    global left
    if {part!r} in str(target):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.replace = replace
from mitoyen.cli import main
main()
"""
"""Before a file is given its name: what is in it is there, under another."""


def killed(repo: Path, out: Path, part: str, count: int) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            KILL.format(part=part, count=count),
            "--repo",
            str(repo),
            "report",
            "--out",
            str(out),
        ],
        check=False,
        capture_output=True,
        env={**os.environ, **WHO},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@posix
@pytest.mark.parametrize(
    ("part", "count"), [("/jours/", 40), ("/haut/argent.html", 1), ("chiffres/operations-1.csv", 2), (LIST, 3)]
)
def test_killed(part: str, count: int, repo: Path, tmp_path: Path) -> None:
    """The next run ends where a quiet one does; and for others, nothing of what was on its way is left."""
    out, other = tmp_path / "site", tmp_path / "other"
    killed(repo, out, part, count)
    shutil.copytree(out, other)
    assert [name for name in contents(out) if name.endswith(".part")]
    report(repo, out)
    assert contents(out) == clean(repo)
    audience(repo, "public")
    report(repo, other)
    assert contents(other) == clean(repo)


@posix
def test_killed_and_then_gone(repo: Path, tmp_path: Path) -> None:
    """An operation that was being written, and is no more, or holds no more, at the next run."""
    out, other = tmp_path / "site", tmp_path / "other"
    killed(repo, out, "/haut/argent.html", 1)
    shutil.copytree(out, other)
    (repo / "operations" / "haut" / "keys.yaml").write_text("nonsense\n")
    assert run(repo, "report", "--out", str(out))[0] == 1
    assert not [name for name in contents(out) if "haut/" in name]
    shutil.rmtree(repo / "operations" / "haut")
    report(repo, other)
    assert contents(other) == clean(repo)


@pytest.mark.parametrize("room", [0, 70, 100])
def test_a_full_disk_leaves_whole_files(
    room: int, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, out = clean(repo), tmp_path / "site"
    whole, left = Path.write_bytes, [room]

    def write_bytes(self: Path, content: bytes) -> int:
        left[0] -= 1
        if left[0] < 0:
            whole(self, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(self, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_bytes)
        result = CliRunner().invoke(cli.root, ["--repo", str(repo), "report", "--out", str(out)])
    assert isinstance(result.exception, OSError)
    found = contents(out)
    found.pop(LIST)
    assert len(found) == room
    assert found.items() <= wanted.items()
    report(repo, out)
    assert contents(out) == wanted


# --- where it may not go ---------------------------------------------------------------------------------------

Refuse = Callable[..., str]


@pytest.fixture
def refused(repo: Path) -> Refuse:
    """The code of the finding, where nothing was written."""

    def refused(*arguments: str) -> str:
        before = contents(repo)
        with pytest.raises(Refused) as found:
            run(repo, *arguments)
        after = contents(repo)
        [finding] = found.value.findings
        assert after == before
        return finding.code

    return refused


@pytest.mark.parametrize("what", [(), ("--each-member", "haut", "--month", "2026-01")])
def test_what_shows_everyone_goes_nowhere_near_git(what: tuple[str, ...], repo: Path, refused: Refuse) -> None:
    """Not where git tracks a file, not where it would; not where the CI template publishes from, ignored or not."""
    (repo / "tracked").mkdir()
    (repo / "tracked" / "readme").write_text("ours\n")
    git(repo, "add", "--all")
    (repo / ".gitignore").write_text((repo / ".gitignore").read_text() + "tracked/\n")
    for folder in ("tracked", "site", "operations/site", PUBLISHED, f"{PUBLISHED}/board"):
        assert refused("report", *what, "--out", str(repo / folder)) == "RPT101", folder
    assert run(repo, "report", *what, "--out", str(repo / "board"))[0] == 0
    assert (repo / "board").is_dir()


def test_each_members_pages_are_refused_for_any_audience(repo: Path, refused: Refuse) -> None:
    audience(repo, "public")
    pages = ("--each-member", "haut", "--month", "2026-01", "--out", str(repo / PUBLISHED))
    assert refused("report", *pages) == "RPT101"
    assert run(repo, "report", "--out", str(repo / PUBLISHED))[0] == 0


def test_it_says_so_and_exits_with_1(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mitoyen", "--repo", str(repo), "report", "--out", str(repo / PUBLISHED)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "RPT101" in done.stderr
    assert not (repo / PUBLISHED).exists()


def test_each_member_has_a_page_of_its_own(repo: Path, tmp_path: Path) -> None:
    """Of nobody else, for its owner alone to read, and nothing to load."""
    out = tmp_path / "pages"
    assert run(repo, "report", "--each-member", "haut", "--month", "2026-02", "--out", str(out))[0] == 0
    files = sorted(out.rglob("*.html"))
    assert [file.relative_to(out).as_posix() for file in files] == [f"haut/2026-02/m-{x}.html" for x in "abc"]
    [unit] = json.loads(run(repo, "settle", "haut", "--month", "2026-02", "--format", "json")[1])["units"]
    for file in files:
        text = file.read_text()
        assert set(re.findall(r"\bm-[abc]\b", text)) == {file.stem}
        assert "<script" not in text
        if os.name == "posix":
            assert file.stat().st_mode & 0o077 == 0
        [record] = [one for one in unit["members"] if one["id"] == file.stem]
        assert record["net"].replace(".", ",") in text


def test_a_site_is_of_one_audience(repo: Path, tmp_path: Path) -> None:
    """Its last line of every page says which."""
    said = {}
    for name in ("board", "members", "public"):
        audience(repo, name)
        report(repo, tmp_path / name)
        said[name] = {file.read_text().rpartition("<footer>")[2] for file in (tmp_path / name).rglob("*.html")}
        assert page(tmp_path / name / "haut" / "argent.html").tables.keys() >= {"tarifs"}
    assert all(len(one) == 2 for one in said.values()), "in French and in English"
    assert len(set.union(*said.values())) == 6


def test_two_sites_of_a_restated_month_differ_by_what_was_restated(repo: Path, tmp_path: Path) -> None:
    """What no rule of one site prevents: who keeps the old one reads by how much one member's curve was corrected.

    m-b is said to have consumed 3 kWh an hour, then 4.
    """
    audience(repo, "public")
    report(repo, tmp_path / "before")
    february = curve("2026-02", consumed=(1, 4, 2)).partition("\n")[2]
    (repo / "curves.csv").write_text(curve("2026-01", consumed=(1, 3, 2)) + february)
    settled(repo, "haut")
    report(repo, tmp_path / "after")
    before, after = (day(tmp_path / name / "haut" / "jours" / "2026-02-05.js") for name in ("before", "after"))
    assert (before["consumed"], after["consumed"]) == ([6000] * 24, [7000] * 24)
    assert "février 2026" in (tmp_path / "after" / "haut" / "donnees.html").read_text()
