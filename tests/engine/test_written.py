"""Files we write: whole or not at all, and read back by our own loader as what they were."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen import written
from mitoyen.located import parse
from mitoyen.written import write_whole

SCHEMA = "../../../schemas/settlement.schema.json"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_folders_are_made_and_files_replaced(tmp_path: Path) -> None:
    path = tmp_path / "settlements" / "2026-01.1.yaml"
    write_whole(path, b"one")
    write_whole(path, b"two, longer")
    assert path.read_bytes() == b"two, longer"
    assert names(tmp_path) == ["2026-01.1.yaml", "settlements"]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of posix")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_file_has_the_usual_mode(mask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "file", b"")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode


def full(*_arguments: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_arguments: Any) -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.parametrize("fault", [full, interrupted])
@pytest.mark.parametrize("where", ["fsync", "chmod", "replace"])
def test_the_old_file_stays_whole(
    where: str, fault: Callable[..., NoReturn], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "2026-01.1.yaml"
    write_whole(path, b"old")
    monkeypatch.setattr(os if where == "fsync" else Path, where, fault)
    with pytest.raises((OSError, KeyboardInterrupt)):
        write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["2026-01.1.yaml"]


def test_a_file_on_its_way_cannot_be_taken_for_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kill leaves behind is hidden, and ends in another word."""
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _handle: seen.extend(names(tmp_path)))
    write_whole(tmp_path / "2026-01.1.yaml", b"new")
    assert seen[0].startswith(".2026-01.1.yaml.")
    assert seen[0].endswith(".part")


# --- YAML --------------------------------------------------------------------------------------------------------


def test_yaml_keeps_the_order_and_names_its_schema() -> None:
    value = {"month": "2026-01", "energy": {"shared": "12.500000"}, "steps": 2976, "notes": ["clé à 50 %"]}
    assert written.yaml(value, SCHEMA).decode() == (
        f"# yaml-language-server: $schema={SCHEMA}\n"
        "month: 2026-01\n"
        "energy:\n"
        "  shared: '12.500000'\n"
        "steps: 2976\n"
        "notes:\n"
        "- clé à 50 %\n"
    )


def test_decimals_are_written_as_text() -> None:
    assert parse(written.yaml({"net": Decimal("1.50")}, SCHEMA), "file").value == {"net": "1.50"}


@pytest.mark.parametrize(
    "word",
    [
        *("true", "false", "null", "~", "", "NaN", ".inf", "=", "<<"),
        *("1", "-1", "1.5", "1_000", "0x1F", "0o17", "1e3", "2026-01-01", "2026-01-01T00:00:00Z"),
        *("12345678901234", " padded ", "a: b", "a #b", "#b", "- a", "? a", "*a", "&a", "!a", "%a", "@a", "`a"),
        *(
            "{a}",
            "[a]",
            "a, b",
            "'",
            '"',
            "\\",
            "é",
            "line\nline",
            "\u202f",
            "1234e567890",
            "2026-03-01: at 232 of",
        ),
    ],
)
def test_every_word_comes_back_as_it_was(word: str) -> None:
    value = {"word": word, "list": [word]}
    assert parse(written.yaml(value, SCHEMA), "file").value == value


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "n", "12:30", "12:30:45", "0b0_2"])
def test_so_does_a_word_that_yaml_1_1_reads_otherwise(word: str) -> None:
    assert parse(written.yaml({"meters": [word]}, SCHEMA), "file").value == {"meters": [word]}


ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12)
bare = {"yes", "no", "on", "off", "y", "n"}
"""What the test above is about, with times and numbers in other bases."""
values = st.one_of(
    words.filter(lambda word: word.lower() not in bare and ":" not in word and not word.startswith("0")),
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.none(),
)


@settings(deadline=None)
@given(st.dictionaries(ids, values, min_size=1))
def test_what_we_write_our_loader_reads(value: dict[str, Any]) -> None:
    assert parse(written.yaml(value, SCHEMA), "file").value == value
