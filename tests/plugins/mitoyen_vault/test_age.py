"""Each party has a key of its own: without an identity nothing is read, without its key no copy ever is."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen.contracts import Safe
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.host import MissingExtra
from mitoyen_vault.age import VAULT

HOME = b"kind: household\nname: Camille Exemple\n"
BOARD, OTHER = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()


def opened(folder: Path, *recipients: pyrage.x25519.Identity) -> Safe:
    public = [str(one.to_public()) for one in recipients or (BOARD,)]
    return VAULT.open(folder.parent, {"folder": str(folder), "recipients": public})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MITOYEN_VAULT", raising=False)
    monkeypatch.setenv("MITOYEN_AGE_IDENTITY", str(BOARD))
    return tmp_path / "vault"


def test_what_is_kept_comes_back_and_goes(folder: Path) -> None:
    safe = opened(folder)
    assert (safe.read("m-a"), list(safe.names()), safe.remove("m-a")) == (None, [], False)
    for content in (b"first", HOME):
        safe.write("m-a", content)
        assert (safe.read("m-a"), list(safe.names())) == (content, ["m-a"])
    assert (safe.remove("m-a"), safe.remove("m-a")) == (True, False)
    assert (safe.read("m-a"), list(safe.names())) == (None, [])
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_on_the_disk_is_readable(folder: Path) -> None:
    opened(folder).write("m-a", HOME)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert [str(path.relative_to(folder)) for path in files] == ["keys/m-a.age", "m-a.age"]
    for path in files:
        assert b"Camille" not in path.read_bytes()
        assert b"AGE-SECRET-KEY" not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_destroyed_key_ends_every_copy(folder: Path, tmp_path: Path) -> None:
    """A backup of the party alone is of no use to anyone, not even to who has the federation's identity."""
    safe = opened(folder)
    safe.write("m-a", HOME)
    shutil.copy(folder / "m-a.age", tmp_path / "backup.age")
    safe.remove("m-a")
    shutil.copy(tmp_path / "backup.age", folder / "m-a.age")
    assert safe.read("m-a") is None
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt((folder / "m-a.age").read_bytes(), [BOARD, OTHER])
    safe.write("m-a", b"somebody new")  # another key
    shutil.copy(tmp_path / "backup.age", folder / "m-a.age")
    with pytest.raises(UsageError, match="damaged"):
        safe.read("m-a")


def test_one_key_opens_one_party(folder: Path) -> None:
    safe = opened(folder)
    safe.write("m-a", HOME)
    safe.write("m-b", b"another")
    shutil.copy(folder / "keys" / "m-b.age", folder / "keys" / "m-a.age")
    with pytest.raises(UsageError):
        safe.read("m-a")


def test_who_is_no_recipient_reads_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(folder).write("m-a", HOME)
    monkeypatch.setenv("MITOYEN_AGE_IDENTITY", str(OTHER))
    with pytest.raises(UsageError, match="another identity"):
        opened(folder).read("m-a")
    monkeypatch.delenv("MITOYEN_AGE_IDENTITY")
    with pytest.raises(UsageError, match="MITOYEN_AGE_IDENTITY"):
        opened(folder).read("m-a")


def test_new_parties_and_forgetting_need_no_identity(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MITOYEN_AGE_IDENTITY")
    opened(folder).write("m-a", HOME)
    opened(folder).write("m-b", HOME)
    assert opened(folder).remove("m-b")
    monkeypatch.setenv("MITOYEN_AGE_IDENTITY", str(BOARD))
    assert opened(folder).read("m-a") == HOME


def test_writing_again_follows_the_recipients(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(folder).write("m-a", b"before")
    opened(folder, OTHER).write("m-a", HOME)  # the board changes hands
    with pytest.raises(UsageError):
        opened(folder).read("m-a")
    monkeypatch.setenv("MITOYEN_AGE_IDENTITY", str(OTHER))
    assert opened(folder).read("m-a") == HOME


def test_a_kill_between_key_and_party_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(folder).write("m-a", HOME)
    safe = opened(folder)
    monkeypatch.setattr(safe._parties, "write", lambda *_arguments: (_ for _ in ()).throw(KeyboardInterrupt))  # type: ignore[attr-defined]
    for name in ("m-a", "m-b"):
        with pytest.raises(KeyboardInterrupt):
            safe.write(name, b"never written")
    safe = opened(folder)
    assert (safe.read("m-a"), safe.read("m-b"), list(safe.names())) == (HOME, None, ["m-a"])
    safe.write("m-b", HOME)
    assert safe.read("m-b") == HOME


def test_a_kill_while_forgetting_leaves_what_nobody_reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    safe = opened(folder)
    safe.write("m-a", HOME)
    monkeypatch.setattr(safe._parties, "remove", lambda *_arguments: (_ for _ in ()).throw(KeyboardInterrupt))  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        safe.remove("m-a")
    safe = opened(folder)
    assert (safe.read("m-a"), list(safe.names())) == (None, [])
    assert safe.remove("m-a")


def test_the_identity_may_be_a_file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(folder).write("m-a", HOME)
    key = tmp_path / "key.txt"
    key.write_text(f"# created by age-keygen\n{OTHER}\n{BOARD}\n")
    key.chmod(0o600)
    monkeypatch.setenv("MITOYEN_AGE_IDENTITY", str(key))
    assert opened(folder).read("m-a") == HOME
    key.chmod(0o640)
    with pytest.raises(Refused, match="others on this machine"):
        opened(folder).read("m-a")
    key.unlink()
    with pytest.raises(UsageError, match="not there"):
        opened(folder).read("m-a")


def test_a_wrong_identity_is_not_repeated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(folder).write("m-a", HOME)
    monkeypatch.setenv("MITOYEN_AGE_IDENTITY", "AGE-SECRET-KEY-1CUTSHORT")
    with pytest.raises(UsageError) as caught:
        opened(folder).read("m-a")
    assert "CUTSHORT" not in str(caught.value)


def test_a_false_recipient_is_told(folder: Path) -> None:
    with pytest.raises(UsageError, match="not a recipient"):
        VAULT.open(folder.parent, {"folder": str(folder), "recipients": ["age1" + "q" * 58]})


def test_a_missing_library_names_its_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(MissingExtra, match=r"\[age\]"):
        opened(folder)


@settings(max_examples=20, deadline=None)
@given(contents=st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
def test_the_last_content_is_read(contents: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MITOYEN_VAULT", raising=False)
        patch.setenv("MITOYEN_AGE_IDENTITY", str(BOARD))
        safe = opened(tmp_path_factory.mktemp("age") / "vault")
        for content in contents:
            safe.write("m-a", content)
        assert safe.read("m-a") == contents[-1]
