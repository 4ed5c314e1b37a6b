"""The store is never trusted without a look: what is lost or altered is told, what can be computed again is."""

from __future__ import annotations

import numpy as np
import pytest

from mitoyen.clock import Clock
from mitoyen.contracts import Shelf
from mitoyen.curves import Curves, Name
from mitoyen.fingerprint import digest
from mitoyen.store import Lost, Results
from mitoyen_local.folder import STORE

CLOCK = Clock(1_767_222_000, 900, 3, "Europe/Paris")
CURVES = Curves(CLOCK, {Name("mtr-01", "measured"): np.array([1, 2, 3], dtype=np.int64)})
OTHER = Curves(CLOCK, {Name("mtr-01", "measured"): np.array([1, 2, 4], dtype=np.int64)})
PRINT = digest(b"a fingerprint")


class Memory:
    """A shelf that counts what is written on it."""

    def __init__(self) -> None:
        self.content: dict[tuple[str, str], bytes] = {}
        self.writes = 0

    def read(self, kind: str, key: str) -> bytes | None:
        return self.content.get((kind, key))

    def write(self, kind: str, key: str, content: bytes) -> None:
        self.writes += 1
        self.content[kind, key] = content

    def has(self, kind: str, key: str) -> bool:
        return (kind, key) in self.content


@pytest.fixture(params=["memory", "folder"])
def shelf(request: pytest.FixtureRequest, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.delenv("MITOYEN_STORE", raising=False)
    return Memory() if request.param == "memory" else STORE.open(tmp_path, {})


def test_frozen_curves_come_back(shelf: Shelf) -> None:
    results = Results(shelf)
    frozen = results.freeze(CURVES)
    assert frozen == CURVES.digest()
    assert results.curves(frozen).digest() == frozen


def test_the_same_curves_are_kept_once() -> None:
    shelf = Memory()
    assert Results(shelf).freeze(CURVES) == Results(shelf).freeze(Curves.from_parquet(CURVES.to_parquet()))
    assert shelf.writes == 1


def test_curves_that_are_not_there_are_told(shelf: Shelf) -> None:
    with pytest.raises(Lost, match="not in the store"):
        Results(shelf).curves(CURVES.digest())


def test_curves_of_another_digest_are_told(shelf: Shelf) -> None:
    """Whole, readable, and not what was frozen: someone put another file in its place."""
    results = Results(shelf)
    frozen = results.freeze(CURVES)
    shelf.write("curves", frozen.removeprefix("sha256:"), OTHER.to_parquet())
    with pytest.raises(Lost, match="not those of their digest"):
        results.curves(frozen)


def test_curves_cut_off_are_told(shelf: Shelf) -> None:
    results = Results(shelf)
    frozen = results.freeze(CURVES)
    shelf.write("curves", frozen.removeprefix("sha256:"), CURVES.to_parquet()[:100])
    with pytest.raises(Lost, match="cannot be read"):
        results.curves(frozen)


def test_a_result_is_kept_by_stage_and_fingerprint(shelf: Shelf) -> None:
    results = Results(shelf)
    assert results.kept("pricing", PRINT) is None
    results.keep("pricing", PRINT, {"members": [], "note": "é"})
    assert results.kept("pricing", PRINT) == {"members": [], "note": "é"}
    assert results.kept("allocation", PRINT) is None
    assert results.kept("pricing", digest(b"another")) is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"members": [}'])
def test_a_result_that_cannot_be_read_is_as_good_as_none(content: bytes, shelf: Shelf) -> None:
    shelf.write("pricing", PRINT.removeprefix("sha256:"), content)
    assert Results(shelf).kept("pricing", PRINT) is None


@pytest.mark.parametrize("name", ["", "sha256:", "sha256:abc", "../../etc/passwd", "sha256:" + "g" * 64])
def test_what_is_no_digest_is_no_key(name: str, shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="is not a digest"):
        Results(shelf).curves(name)


def test_the_folder_keeps_itself_out_of_git(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MITOYEN_STORE", str(tmp_path / "elsewhere"))
    Results(STORE.open(tmp_path / "repo", {"path": "ignored, the variable goes before it"})).freeze(CURVES)
    assert (tmp_path / "elsewhere" / ".gitignore").read_text() == "*\n"
    key = CURVES.digest().removeprefix("sha256:")
    assert (tmp_path / "elsewhere" / "curves" / key[:2] / key).is_file()
    assert not (tmp_path / "repo").exists()


@pytest.mark.parametrize(("kind", "key"), [("curves", "../secret"), ("..", "abc"), ("curves", ""), ("a/b", "abc")])
def test_nothing_is_kept_outside_the_folder(kind: str, key: str, tmp_path) -> None:
    shelf = STORE.open(tmp_path, {})
    for question in (shelf.read, shelf.has):
        with pytest.raises(ValueError, match="is not the name of a thing in the store"):
            question(kind, key)
