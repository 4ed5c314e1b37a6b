"""The files of a repository in the folder and at any revision, and what git knows of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import git as gitpython
import pytest

from mitoyen.cache import blob_id
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.repository import Repository
from mitoyen.repository.line import touches, trailers, unreplaced
from mitoyen.repository.record import record, unsettled
from mitoyen.repository.trees import LARGEST, Tree, read_blobs
from neighbours import WHO, commit, git

FILES = {
    "operations/mitoyen.yaml": "lang: fr\n",
    "operations/cour/operation.yaml": "title: La cour\n",
    "operations/cour/data/2026-01.yaml": "snapshot: one\n",
    "operations/voisins/operation.yaml": "title: Les voisins\n",
    "operations/voisins/keys.yaml": "2026-01-01: {rule: prorata}\n",
    "README.md": "Ours.\n",
}


def write(repo: Path, **texts: str) -> None:
    for name, text in texts.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with two operations, committed."""
    folder = tmp_path / "repo"
    write(folder, **FILES)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "The beginning")
    return folder


def everything(tree: Tree) -> dict[str, Any]:
    """All that a tree says, by operation."""
    return {
        "": tree.federation(),
        **{name: (dict(tree.listing(name)), dict(tree.files(name))) for name in tree.operations()},
    }


# --- trees -------------------------------------------------------------------------------------------------------


def test_the_folder_and_its_commit_say_the_same(repo: Path) -> None:
    here = Repository(repo)
    folder, head = here.working, here.at("HEAD")
    assert (folder.revision, head.revision) == (None, git(repo, "rev-parse", "HEAD"))
    assert everything(folder) == everything(head)
    assert head.operations() == ["cour", "voisins"]
    assert list(head.listing("cour")) == ["data/2026-01.yaml", "operation.yaml"]
    assert dict(head.files("voisins"))["keys.yaml"] == b"2026-01-01: {rule: prorata}\n"
    assert head.listing("voisins")["keys.yaml"] == blob_id(b"2026-01-01: {rule: prorata}\n")
    assert head.listing("voisins")["keys.yaml"] == git(repo, "rev-parse", "HEAD:operations/voisins/keys.yaml")
    assert head.federation() == b"lang: fr\n"
    assert (dict(head.listing("nobody")), dict(head.files("nobody"))) == ({}, {})


@pytest.mark.parametrize("quoted", ["true", "false"])
def test_names_with_accents_and_blanks(quoted: str, repo: Path) -> None:
    git(repo, "config", "core.quotepath", quoted)
    names = {
        "operations/école d'été/operation.yaml": "title: École\n",
        "operations/école d'été/lis moi – été.md": "Bonjour\n",
        'operations/"cour"/a\tb [x]*?.md': "b\n",
        "operations/-n/:(top)/x.md": "c\n",
    }
    before = git(repo, "rev-parse", "HEAD")
    write(repo, **names)
    here = Repository(repo)
    touched = {
        '"cour"': {"a\tb [x]*?.md"},
        "-n": {":(top)/x.md"},
        "école d'été": {"operation.yaml", "lis moi – été.md"},
    }
    assert here.touched("HEAD") == touched  # not in git yet
    commit(repo)
    assert here.touched(before, "HEAD") == here.touched(before) == touched
    assert everything(here.working) == everything(here.at("HEAD"))
    assert here.at("HEAD").operations() == ['"cour"', "-n", "cour", "voisins", "école d'été"]
    assert [one.commit.subject for one in touches(here, "-n")] == ["A change"]


@pytest.mark.parametrize("inside", ["coop", "mes [vieux] dépôts/a b"])
def test_operations_below_the_top_of_the_repository(inside: str, tmp_path: Path) -> None:
    top = tmp_path / "top"
    root = top / inside
    write(root, **FILES)
    write(top, **{"operations/other/operation.yaml": "title: Not ours\n", "x.txt": "x\n"})
    git(top, "init", "--quiet", "--initial-branch=main")
    first = commit(top)
    here = Repository.find(root / "operations" / "cour")
    assert here.root == root.resolve()
    assert everything(here.working) == everything(here.at("HEAD"))
    assert here.at("HEAD").operations() == ["cour", "voisins"]
    write(top, **{"operations/other/operation.yaml": "title: Not ours either\n", "y.txt": "y\n"})
    write(root, **{"operations/cour/operation.yaml": "title: Our court\n", "operations/rue/README.md": "new\n"})
    assert here.touched("HEAD") == {"cour": {"operation.yaml"}, "rue": {"README.md"}}
    commit(top)
    assert here.touched(first, "HEAD") == {"cour": {"operation.yaml"}, "rue": {"README.md"}}
    assert here.commits()["cour"] == git(top, "rev-parse", "HEAD")
    assert [one.commit.id for one in touches(here, "cour")] == [git(top, "rev-parse", "HEAD"), first]


def test_what_is_hidden_is_not_ours(repo: Path) -> None:
    write(repo, **{"operations/.cache/x": "x\n", "operations/cour/.x": "x\n", "operations/cour/.d/x": "x\n"})
    here = Repository(repo)
    commit(repo)
    assert everything(here.working) == everything(here.at("HEAD")) == everything(here.at("HEAD^"))


def test_a_file_too_large_to_be_ours(repo: Path) -> None:
    write(repo, **{"operations/cour/large.md": "x" * (LARGEST + 1), "operations/cour/most.md": "x" * LARGEST})
    commit(repo)
    here = Repository(repo)
    for tree in (here.working, here.at("HEAD")):
        sizes = {file: content and len(content) for file, content in tree.files("cour")}
        assert (sizes["large.md"], sizes["most.md"], sizes["operation.yaml"]) == (None, LARGEST, 15)
    assert dict(here.working.listing("cour")) == dict(here.at("HEAD").listing("cour"))


def test_empty_files_and_twins(repo: Path) -> None:
    """One content under two names, and content that looks like git's own."""
    write(
        repo,
        **{
            "operations/cour/a.md": "",
            "operations/cour/b.md": "",
            "operations/cour/c.md": "title: La cour\n",
            "operations/cour/d.md": f"{'0' * 40} blob 3\nabc\n\n{'0' * 40} missing\n",
        },
    )
    commit(repo)
    here = Repository(repo)
    assert everything(here.working) == everything(here.at("HEAD"))


def test_a_link_is_no_file(repo: Path) -> None:
    """It may lead anywhere: out of the operation, and out of the repository."""
    (repo.parent / "secret.yaml").write_text("secret\n")
    (repo / "operations" / "cour" / "tariffs.yaml").symlink_to(repo.parent / "secret.yaml")
    commit(repo)
    here = Repository(repo)
    assert everything(here.working) == everything(here.at("HEAD"))


def test_a_folder_without_files_is_no_operation(repo: Path) -> None:
    """Git leaves one where something ignored is in it."""
    (repo / "operations" / "gone" / "data").mkdir(parents=True)
    here = Repository(repo)
    assert here.working.operations() == here.at("HEAD").operations()


def test_the_past_is_what_it_was(repo: Path) -> None:
    was = everything(Repository(repo).working)
    shutil.rmtree(repo / "operations" / "cour")
    write(repo, **{"operations/voisins/keys.yaml": "2026-01-01: {rule: equal}\n"})
    commit(repo)
    here = Repository(repo)
    assert everything(here.at("HEAD^")) == was
    assert here.at("HEAD").operations() == here.working.operations() == ["voisins"]


# --- many contents, one process ----------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines of the processes that GitPython starts."""
    commands: list[list[str]] = []
    real = gitpython.cmd.safer_popen

    def count(command: list[str], *arguments: Any, **named: Any) -> Any:
        commands.append(command)
        return real(command, *arguments, **named)

    monkeypatch.setattr(gitpython.cmd, "safer_popen", count)
    return commands


def test_five_thousand_files_through_one_process(tmp_path: Path, started: list[list[str]]) -> None:
    """A thousand folders of five small files: one listing, one process for all contents."""
    stream = ["commit refs/heads/main\ncommitter A <a@example.org> 0 +0000\ndata 0\n"]
    for number in range(5000):
        body = f"number: {number}\n" + "x" * (number % 97)
        stream.append(f"M 100644 inline operations/o{number // 5:04}/f{number % 5}.md\ndata {len(body)}\n{body}\n")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "fast-import", "--quiet", given="".join(stream).encode())
    here = Repository(tmp_path)
    head = here.at("main")
    started.clear()
    wanted = {(name, file): blob for name in head.operations() for file, blob in head.listing(name).items()}
    assert len(wanted) == 5000
    assert [command[1] for command in started] == ["ls-tree"]
    contents = list(read_blobs(gitpython.Repo(tmp_path), wanted.values()))
    assert [blob_id(content) for content in contents] == list(wanted.values())  # in the order asked
    assert contents[4999] == b"number: 4999\n" + b"x" * (4999 % 97)
    assert [command[1] for command in started] == ["ls-tree", "cat-file"]


def test_an_operation_after_another_starts_nothing_more(repo: Path, started: list[list[str]]) -> None:
    """However many tasks ask for a revision, whole or as a few names, from whatever thread."""
    here = Repository(repo)
    head = here.resolve("HEAD")
    expected = {name: dict(here.working.files(name)) for name in here.working.operations()}
    assert {name: dict(here.at(head).files(name)) for name in expected} == expected
    assert not here.at(head).has("place")
    started.clear()
    with ThreadPoolExecutor(4) as pool:
        names = [*expected] * 50
        assert list(pool.map(lambda name: dict(here.at(head).files(name)), names)) == [
            expected[name] for name in names
        ]
    assert started == []


def test_a_replaced_object_is_forgotten_with_what_was_read(repo: Path) -> None:
    here = Repository(repo)
    head = here.resolve("HEAD")
    before = dict(here.at(head).files("cour"))
    blob = here.at(head).listing("cour")["operation.yaml"]
    other = git(repo, "hash-object", "-w", "--stdin", given=b"other: {}\n")
    git(repo, "replace", blob, other)
    assert dict(Repository(repo).at(head).files("cour"))["operation.yaml"] == b"other: {}\n"
    seen = Repository(repo)
    assert dict(seen.at(head).files("cour")) != before
    unreplaced(seen)
    assert dict(seen.at(head).files("cour")) == before


def test_nothing_asked_starts_nothing(repo: Path, started: list[list[str]]) -> None:
    assert list(read_blobs(gitpython.Repo(repo), [])) == []
    assert started == []


def test_a_content_that_is_not_there(repo: Path) -> None:
    with pytest.raises(UsageError, match="git has no object 0123456789"):
        list(read_blobs(gitpython.Repo(repo), ["0123456789" * 4]))


def test_a_content_that_is_not_there_among_many(repo: Path) -> None:
    """What was asked for after it is more than the pipes hold."""
    there = Repository(repo).at("HEAD").listing("voisins")["keys.yaml"]
    script = (
        "import git; from mitoyen.repository.trees import read_blobs\n"
        "try:\n"
        f"    list(read_blobs(git.Repo({str(repo)!r}), ['0123456789' * 4] + ['{there}'] * 20_000))\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=5, capture_output=True, text=True, check=False)
    assert "git has no object 0123456789" in done.stdout


# --- what is missing ---------------------------------------------------------------------------------------------


def test_no_operations_anywhere(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder named operations/ in .* or above it"):
        Repository.find(tmp_path)


def test_not_in_git(tmp_path: Path) -> None:
    write(tmp_path, **FILES)
    here = Repository(tmp_path)
    assert here.working.operations() == ["cour", "voisins"]
    assert here.commits() == {"cour": None, "voisins": None}
    assert not here.has_history
    for asked in (lambda: here.at("HEAD"), lambda: here.touched("HEAD"), here.upstream):
        with pytest.raises(UsageError, match="is not in a git repository: there is no history to compare with"):
            asked()


def test_no_commit_yet(tmp_path: Path) -> None:
    write(tmp_path, **FILES)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    here = Repository(tmp_path)
    assert here.commits() == {"cour": None, "voisins": None}
    assert not here.has_history
    for asked in (lambda: here.at("HEAD"), lambda: here.resolve("main"), lambda: here.base(None)):
        with pytest.raises(UsageError, match="has no commit yet: there is no history to compare with"):
            asked()


def test_an_unknown_revision(repo: Path) -> None:
    here = Repository(repo)
    for name in ("mian", "HEAD~7", "0123456789abcdef0123456789abcdef01234567", "HEAD:README.md", "--all", ""):
        with pytest.raises(UsageError, match="git knows no revision"):
            here.resolve(name)


def test_a_commit_without_operations(tmp_path: Path) -> None:
    """The federation began later than the repository."""
    write(tmp_path, **{"README.md": "Ours.\n"})
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path)
    write(tmp_path, **FILES)
    commit(tmp_path)
    here = Repository(tmp_path)
    assert (here.at("HEAD^").operations(), here.at("HEAD^").federation()) == ([], None)
    assert sorted(here.touched("HEAD^")) == ["", "cour", "voisins"]


@pytest.fixture
def shallow(repo: Path) -> Path:
    write(repo, **{"operations/cour/keys.yaml": "2026-01-01: {rule: equal}\n"})
    commit(repo, "A key")
    git(repo.parent, "clone", "--quiet", "--depth", "1", repo.as_uri(), "shallow")
    return repo.parent / "shallow"


def test_a_shallow_clone(shallow: Path) -> None:
    here = Repository(shallow)
    assert here.shallow
    assert everything(here.working) == everything(here.at("HEAD"))
    message = (
        r"git knows no revision 'HEAD~2' here \(this clone is shallow: `git fetch --unshallow` brings the history\)"
    )
    with pytest.raises(UsageError, match=message):
        here.at("HEAD~2")
    git(shallow, "fetch", "--quiet", "--unshallow")
    assert not here.shallow
    assert here.at("HEAD~1").operations() == ["cour", "voisins"]


def test_the_edge_of_a_shallow_clone(shallow: Path) -> None:
    with pytest.raises(UsageError, match="this clone is shallow"):
        Repository(shallow).at("HEAD~1").operations()


def test_a_shallow_clone_of_two_branches(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "-b", "key")
    commit(repo, "on the branch")
    git(repo, "checkout", "--quiet", "main")
    commit(repo, "on main")
    git(repo.parent, "clone", "--quiet", "--depth", "1", "--no-single-branch", repo.as_uri(), "shallow")
    with pytest.raises(UsageError, match="shallow"):
        Repository(repo.parent / "shallow").merge_base("origin/main", "origin/key")


def test_two_lines_that_never_were_one(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "--orphan", "other")
    commit(repo, "Another beginning")
    with pytest.raises(UsageError, match="main and other have no commit in common"):
        Repository(repo).merge_base("main", "other")


# --- what differs ------------------------------------------------------------------------------------------------


def test_modified_deleted_staged_and_new_files_are_touched(repo: Path) -> None:
    here = Repository(repo)
    assert here.touched("HEAD") == {}
    write(repo, **{"operations/cour/operation.yaml": "title: The court\n", "README.md": "Not an operation's.\n"})
    (repo / "operations" / "voisins" / "keys.yaml").unlink()
    write(repo, **{"operations/cour/tariffs.yaml": "{}\n", "operations/rue/data/2026-01.yaml": "x: 1\n"})
    git(repo, "add", "operations/cour/tariffs.yaml")
    write(repo, **{"operations/mitoyen.yaml": "lang: en\n", "operations/README.md": "All.\n"})
    expected = {
        "": {"mitoyen.yaml", "README.md"},
        "cour": {"operation.yaml", "tariffs.yaml"},
        "rue": {"data/2026-01.yaml"},
        "voisins": {"keys.yaml"},
    }
    assert here.touched("HEAD") == expected
    assert list(here.touched("HEAD")) == sorted(expected)
    first = git(repo, "rev-parse", "HEAD")
    commit(repo)
    assert here.touched("HEAD") == {}
    assert here.touched(first) == here.touched(first, "HEAD") == here.touched("HEAD", first) == expected


def test_an_ignored_file_is_not_touched(repo: Path) -> None:
    write(repo, **{".gitignore": "*.tmp\n", "operations/cour/x.tmp": "x\n"})
    assert Repository(repo).touched("HEAD") == {}


def test_a_file_that_moves_is_touched_in_both_places(repo: Path) -> None:
    git(repo, "config", "diff.renames", "copies")
    git(repo, "mv", "operations/cour", "operations/place")
    files = {"operation.yaml", "data/2026-01.yaml"}
    assert Repository(repo).touched("HEAD") == {"cour": files, "place": files}


def test_a_file_that_was_only_looked_at_is_not_touched(repo: Path) -> None:
    path = repo / "operations" / "cour" / "operation.yaml"
    os.utime(path, (0, 0))
    assert Repository(repo).touched("HEAD") == {}
    git(repo, "config", "core.filemode", "true")


def test_the_commit_of_a_folder(repo: Path) -> None:
    """HEAD where an operation's files are those of HEAD; manifests do not count."""
    head = git(repo, "rev-parse", "HEAD")
    write(repo, **{"operations/cour/settlements/2026-01.1.yaml": "state: draft\n"})
    assert Repository(repo).commits() == {"cour": head, "voisins": head}
    write(repo, **{"operations/cour/keys.yaml": "new\n"})
    assert Repository(repo).commits() == {"cour": None, "voisins": head}


# --- the last settlement -----------------------------------------------------------------------------------------


def test_what_is_not_settled_yet(repo: Path) -> None:
    here = Repository(repo)
    names = ["cour", "voisins"]
    assert unsettled(here, names) == names
    commit(repo, "Settle 2 months\n\nSettled: cour/2026-01.1\nSettled: voisins/2026-01.1")
    assert unsettled(here, names) == []
    write(repo, **{MANIFEST: "x\n", "README.md": "x\n"})
    assert unsettled(here, names) == ["cour"]  # settled, and not recorded: a run was killed
    commit(repo)
    assert unsettled(here, names) == []
    write(repo, **{"operations/cour/keys.yaml": "x\n"})
    assert unsettled(here, names) == ["cour"]
    commit(repo, "A key")
    assert unsettled(here, names) == ["cour"]
    assert unsettled(here, names, base="HEAD") == []
    write(repo, **{"operations/mitoyen.yaml": "lang: en\n"})
    assert unsettled(here, names) == names


def test_a_settlement_of_one_operation_is_not_that_of_the_others(repo: Path) -> None:
    """Both keys change; cour is settled by name; voisins waits still."""
    here = Repository(repo)
    commit(repo, "Settle 2 months\n\nSettled: cour/2026-01.1\nSettled: voisins/2026-01.1")
    write(repo, **{"operations/cour/keys.yaml": "x\n", "operations/voisins/keys.yaml": "x\n"})
    commit(repo, "Two keys")
    commit(repo, "Settle cour 2026-01\n\nSettled: cour/2026-01.1")
    assert unsettled(here, ["cour", "voisins"]) == ["voisins"]


def test_many_settlements_on_record_are_asked_about_at_once(repo: Path, started: list[list[str]]) -> None:
    """An operation settled by name twenty times: the last time counts, and git starts as often as for one."""
    commit(repo, "Settle 2 months\n\nSettled: cour/2026-01.1\nSettled: voisins/2026-01.1")
    names = ["cour", "voisins"]

    def asked() -> tuple[list[str], int]:
        here = Repository(repo)
        started.clear()
        return unsettled(here, names), len(started)

    _none, once = asked()
    for number in range(20):
        write(repo, **{f"operations/{names[number % 2]}/keys.yaml": f"number: {number}\n"})
        commit(repo, "A key")
        commit(repo, f"Settle\n\nSettled: {names[number % 2]}/2026-01.1")
    write(repo, **{"operations/voisins/keys.yaml": "last: 1\n"})
    commit(repo, "A key")
    assert asked() == (["voisins"], once + 1)  # HEAD is the last settlement no more: one comparison


def test_one_look_serves_all_questions(repo: Path, started: list[list[str]]) -> None:
    head = commit(repo, "Settle\n\nSettled: cour/2026-01.1\nSettled: voisins/2026-01.1")
    write(repo, **{"operations/cour/keys.yaml": "x\n", MANIFEST: "x\n"})
    here = Repository(repo)
    look = here.uncommitted()
    assert look == {"cour": {"keys.yaml", "settlements/2026-01.1.yaml"}}
    started.clear()
    assert here.commits(["voisins", "cour"], look) == {"cour": None, "voisins": head}
    assert unsettled(here, ["cour", "voisins"], None, look) == ["cour"]
    assert not {"diff", "ls-files"} & {command[1] for command in started}


def test_a_look_at_some_operations(repo: Path) -> None:
    here = Repository(repo)
    write(repo, **{"operations/cour/keys.yaml": "x\n", "operations/voisins/new.md": "x\n", "operations/n*/a": "x"})
    assert here.touched("HEAD", among=["voisins"]) == {"voisins": {"new.md"}}
    assert here.touched("HEAD", among=["n*"]) == {"n*": {"a"}}
    many = [f"o{number}" for number in range(300)]
    assert here.touched("HEAD", among=many) == here.touched("HEAD")  # more may be told


# --- recording ---------------------------------------------------------------------------------------------------

MANIFEST = "operations/cour/settlements/2026-01.1.yaml"


def test_a_record_is_a_commit_of_its_own(repo: Path) -> None:
    write(repo, **{MANIFEST: "state: draft\n"})
    message = "Settle cour 2026-01\n\nSettled: cour/2026-01.1 allocation=0\nCause: 0"
    made = record(Repository(repo), [repo / MANIFEST], message)
    assert made == git(repo, "rev-parse", "HEAD")
    assert git(repo, "show", "--no-patch", "--format=%B", "HEAD") == message
    assert git(repo, "show", "--no-patch", "--format=%an <%ae>, %cn <%ce>", "HEAD") == (
        "mitoyen <mitoyen@localhost.invalid>, mitoyen <mitoyen@localhost.invalid>"
    )
    assert git(repo, "show", "--format=", "--name-status", "HEAD") == f"A\t{MANIFEST}"
    assert git(repo, "status", "--porcelain") == ""


def test_what_a_person_has_staged_stays_staged(repo: Path) -> None:
    write(repo, **{MANIFEST: "state: draft\n", "README.md": "staged\n", "operations/cour/keys.yaml": "staged\n"})
    git(repo, "add", "README.md", "operations/cour/keys.yaml")
    git(repo, "rm", "--quiet", "--cached", "operations/voisins/keys.yaml")
    write(repo, **{"README.md": "staged, then edited\n", "loose.txt": "not staged\n"})
    record(Repository(repo), [repo / MANIFEST], "Settle")
    assert git(repo, "show", "--format=", "--name-status", "HEAD") == f"A\t{MANIFEST}"
    assert git(repo, "status", "--porcelain").splitlines() == [
        "MM README.md",
        "A  operations/cour/keys.yaml",
        "D  operations/voisins/keys.yaml",
        "?? loose.txt",
        "?? operations/voisins/keys.yaml",
    ]
    assert git(repo, "show", ":README.md") == "staged"


def test_a_record_on_no_branch(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "--detach")
    here = Repository(repo)
    assert (here.upstream(), here.base(None)) == (None, git(repo, "rev-parse", "HEAD"))
    write(repo, **{MANIFEST: "state: draft\n"})
    made = record(here, [repo / MANIFEST], "Settle")
    assert git(repo, "rev-parse", "HEAD") == made
    assert git(repo, "rev-parse", "main") == git(repo, "rev-parse", "HEAD^")


def test_many_files_are_one_record(repo: Path) -> None:
    """More of them than one command line holds, as where a price changes for a whole federation."""
    names = [f"operations/cour/settlements/{'x' * 200}-{number:05}.yaml" for number in range(10_000)]
    write(repo, **dict.fromkeys(names, "state: draft\n"))
    trailers = "\n".join(f"Settled: cour/2026-01.{number}" for number in range(100_000))
    record(Repository(repo), [repo / name for name in names], f"Settle\n\n{trailers}")
    assert len(git(repo, "show", "--format=", "--name-only", "HEAD").splitlines()) == 10_000


def test_the_author_is_mitoyen_whatever_the_environment(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WHO.items():
        monkeypatch.setenv(name, value)
    write(repo, **{MANIFEST: "state: draft\n"})
    record(Repository(repo), [repo / MANIFEST], "Settle")
    assert git(repo, "show", "--no-patch", "--format=%an, %cn", "HEAD") == "mitoyen, mitoyen"


# --- lines, branches, trailers -----------------------------------------------------------------------------------


def test_the_line_of_an_operation(repo: Path) -> None:
    """First parents only, newest first; a merge stands for what it brings."""
    git(repo, "checkout", "--quiet", "-b", "branch")
    write(repo, **{"operations/cour/keys.yaml": "1\n"})
    commit(repo, "on the branch")
    git(repo, "checkout", "--quiet", "main")
    write(repo, **{"operations/voisins/keys.yaml": "1\n"})
    commit(repo, "another operation")
    git(repo, "merge", "--quiet", "--no-ff", "--message", "Merge the branch\n\nits body", "branch")
    [merged, first] = [one.commit for one in touches(Repository(repo), "cour")]
    assert (merged.subject, merged.body.strip(), merged.author) == ("Merge the branch", "its body", "A treasurer")
    assert (first.subject, first.date) == ("The beginning", "2026-04-02T09:00:00+02:00")


def test_the_base_is_where_the_branch_left_its_upstream(repo: Path) -> None:
    start = git(repo, "rev-parse", "HEAD")
    git(repo.parent, "clone", "--quiet", str(repo), "clone")
    clone = repo.parent / "clone"
    git(clone, "checkout", "--quiet", "-b", "key", "--track", "origin/main")
    commit(clone, "on the branch")
    commit(repo, "on main")
    git(clone, "fetch", "--quiet")
    here = Repository(clone)
    assert (here.upstream(), here.base(None)) == ("origin/main", start)
    assert here.base("origin/main") == git(repo, "rev-parse", "HEAD")
    assert here.base(None, "origin/main") == git(repo, "rev-parse", "HEAD")


def test_trailers(repo: Path) -> None:
    here = Repository(repo)
    commit(repo, "before\n\nAccept: too early")
    start = git(repo, "rev-parse", "HEAD")
    commit(repo, "one\n\nAccept: cour/2026-01 m-a +18.2%\nAccept: cour/2026-01 total +7.0%\nOther: x")
    commit(repo, "two\n\nAccept: in the middle of a text\n\nis no trailer")
    commit(repo, "three\n\naccept:   voisins/2026-01 total -6.0%  ")
    assert trailers(here, "Accept", start, None) == [
        "cour/2026-01 m-a +18.2%",
        "cour/2026-01 total +7.0%",
        "voisins/2026-01 total -6.0%",
    ]
    assert trailers(here, "Accept", "HEAD", "HEAD") == []


# --- bare repositories -------------------------------------------------------------------------------------------


def test_a_bare_repository_is_read_at_its_revisions(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    write(repo, **{"operations/cour/keys.yaml": "2026-01-01: {rule: equal}\n"})
    commit(repo)
    git(repo.parent, "clone", "--quiet", "--bare", str(repo), "bare.git")
    here, there = Repository(repo), Repository(repo.parent / "bare.git")
    assert everything(there.at("main")) == everything(here.at("HEAD"))
    assert everything(there.at(first)) == everything(here.at("HEAD^"))
    assert there.touched(first, "main") == {"cour": {"keys.yaml"}}
    assert everything(there.working) == everything(here.working)
    assert touches(there, "cour", "main") == touches(here, "cour")


def test_a_bare_repository_is_found(repo: Path) -> None:
    """From its own folder and from inside; the .git of a clone is not one, what is around it is meant."""
    git(repo.parent, "clone", "--quiet", "--bare", str(repo), "bare.git")
    bare = (repo.parent / "bare.git").resolve()
    for inside in (bare, bare / "refs" / "heads"):
        found = Repository.find(inside)
        assert (found.root, found.bare) == (bare, True)
    found = Repository.find(repo / ".git" / "refs")
    assert (found.root, found.bare) == (repo.resolve(), False)
    git(bare, "worktree", "add", "--quiet", str(repo.parent / "beside"), "main")
    found = Repository.find(repo.parent / "beside" / "operations" / "cour")
    assert (found.root, found.bare) == ((repo.parent / "beside").resolve(), False)
    assert found.touched("HEAD") == {}


def test_a_work_tree_beside_another(repo: Path) -> None:
    git(repo, "worktree", "add", "--quiet", "-b", "key", str(repo.parent / "beside"))
    beside = repo.parent / "beside"
    write(beside, **{"operations/cour/keys.yaml": "x\n", MANIFEST: "state: draft\n"})
    here = Repository(beside)
    assert here.touched("HEAD") == {"cour": {"keys.yaml", "settlements/2026-01.1.yaml"}}
    record(here, [beside / MANIFEST], "Settle")
    assert git(beside, "rev-parse", "key^") == git(repo, "rev-parse", "main")
    assert git(repo, "status", "--porcelain") == ""


# --- operations by name ------------------------------------------------------------------------------------------


def test_select(repo: Path) -> None:
    here = Repository(repo)
    assert here.select(()) == ["cour", "voisins"]
    assert here.select(("voisins", "cour", "voisins")) == ["cour", "voisins"]
    with pytest.raises(Refused) as refused:
        here.select(("voisin", "cuor"))
    assert [finding.message for finding in refused.value.findings] == [
        'no operation "voisin" in operations/',
        'no operation "cuor" in operations/',
    ]


def test_strays(repo: Path) -> None:
    write(repo, **{"operations/2026.csv": "x\n", "operations/README.md": "x\n", "operations/.keep": ""})
    [stray] = Repository(repo).strays()
    assert stray.message == "2026.csv is neither the folder of an operation nor mitoyen.yaml"
