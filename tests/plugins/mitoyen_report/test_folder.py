"""The folder of a site: what is ours is known, what is somebody else's is left alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mitoyen.diagnostics import Refused
from mitoyen_report.folder import LIST, Kept, SiteFolder, remove, write, written


def filled(path: Path, audience: str = "board") -> SiteFolder:
    """A site of one operation, and a page of the federation."""
    folder = SiteFolder(path, audience)
    files = ["bas/index.html", "bas/jours/2026-01-01.js", "en/bas/index.html"]
    for file in [*files, "index.html"]:
        write(path, file, b"x")
    folder.operations["bas"] = Kept("sha256:1", {"2026-01": "sha256:2"}, files, {"title": "Le bas"})
    folder.shared = ["index.html"]
    folder.save()
    return folder


def files(path: Path) -> list[str]:
    return sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Refused) as refused:
        SiteFolder(tmp_path, "public")
    assert [one.code for one in refused.value.findings] == ["RPT102"]
    assert files(tmp_path) == ["thesis.txt"]


def test_a_folder_that_git_is_told_to_ignore_is_empty(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*\n")
    SiteFolder(tmp_path, "public")
    assert files(tmp_path) == [".gitignore", LIST]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', "\udcff"])
def test_a_list_that_cannot_be_read_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / LIST).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Refused) as refused:
        SiteFolder(tmp_path, "public")
    assert [one.code for one in refused.value.findings] == ["RPT102"]


def test_it_goes_on_from_its_list(tmp_path: Path) -> None:
    filled(tmp_path)
    again = SiteFolder(tmp_path, "board")
    assert again.operations["bas"].months == {"2026-01": "sha256:2"}
    assert again.operations["bas"].summary == {"title": "Le bas"}
    assert again.whole(again.operations["bas"])
    (tmp_path / "bas" / "jours" / "2026-01-01.js").unlink()
    assert not again.whole(again.operations["bas"])


def test_for_another_audience_nothing_of_ours_stays(tmp_path: Path) -> None:
    """Nor what a killed run wrote of an operation and had not listed, nor a file on its way."""
    filled(tmp_path)
    for file in ("bas/argent.html", "en/bas/chiffres/chacun.csv", "bas/.index.html.part", f".{LIST}.x.part"):
        write(tmp_path, file, b"everyone's")
    for file in ("CNAME", "bas/logo.png", "photos/index.html"):
        write(tmp_path, file, b"theirs")
    folder = SiteFolder(tmp_path, "public")
    assert files(tmp_path) == [LIST, "CNAME", "bas/logo.png", "photos/index.html"]
    assert (folder.operations, folder.shared, folder.head) == ({}, [], None)
    assert json.loads((tmp_path / LIST).read_bytes())["audience"] == "public"


def test_only_the_operations_that_are_left(tmp_path: Path) -> None:
    folder = filled(tmp_path)
    write(tmp_path, "bas/more.html", b"somebody's")
    folder.keep_only(["haut"])
    assert files(tmp_path) == [LIST, "bas/more.html", "index.html"]
    assert folder.operations == {}


def test_of_an_operation_that_was_being_written_everything_goes(tmp_path: Path) -> None:
    folder = filled(tmp_path)
    folder.operations["bas"].made_from = ""
    write(tmp_path, "bas/more.html", b"half of a run")
    folder.keep_only([])
    assert files(tmp_path) == [LIST, "index.html"]
    assert not (tmp_path / "bas").exists()


def test_what_says_the_same_is_not_touched(tmp_path: Path) -> None:
    assert write(tmp_path, "a/b.html", b"one")
    before = (tmp_path / "a" / "b.html").stat()
    assert not write(tmp_path, "a/b.html", b"one")
    assert (tmp_path / "a" / "b.html").stat().st_mtime_ns == before.st_mtime_ns
    assert write(tmp_path, "a/b.html", b"two")
    assert (tmp_path / "a" / "b.html").read_bytes() == b"two"
    assert files(tmp_path) == ["a/b.html"]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of posix")
def test_files_follow_the_rule_of_the_machine(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(tmp_path, "a.html", b"one")
    finally:
        os.umask(before)
    assert (tmp_path / "a.html").stat().st_mode & 0o777 == 0o600


def test_folders_that_are_left_empty_go(tmp_path: Path) -> None:
    for file in ("a/b/c.html", "a/d.html"):
        write(tmp_path, file, b"x")
    remove(tmp_path, ["a/b/c.html", "a/never.html"])
    assert not (tmp_path / "a" / "b").exists()
    remove(tmp_path, ["a/d.html"])
    assert not (tmp_path / "a").exists()
    assert tmp_path.exists()


def test_what_looks_like_ours_in_the_folders_of_an_operation(tmp_path: Path) -> None:
    for file in ("bas/index.html", "bas/jours/x.js", "en/bas/chiffres/x.csv", "bas/a/b/deep.html", "bas/logo.png"):
        write(tmp_path, file, b"x")
    write(tmp_path, "haut/index.html", b"x")
    assert written(tmp_path, "bas") == ["bas/index.html", "bas/jours/x.js", "en/bas/chiffres/x.csv"]
