"""The register of invoices is proved as the rest of the record is: each fault is found, and named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

import invoices
from billed import fetch, issued, village
from mitoyen.fingerprint import digest
from mitoyen.invoice import decode, encode
from mitoyen.verify.numbered import misadded
from neighbours import commit, run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January issued, then corrected; February issued. All committed."""
    folder = tmp_path_factory.mktemp("register") / "whole"
    repo = village(folder / "repo", "2026-01", "2026-02")
    issued(repo, "2026-01", "2026-02-05")
    commit(repo, "January issued")
    fetch(repo, "2026-01", consumed=(1, 2))
    commit(repo, "January restated", "Accept: voisins/2026-01 m-a +33.3%")
    assert len(issued(repo, "2026-01", "2026-02-20")) == 4
    issued(repo, "2026-02", "2026-03-05")
    commit(repo, "February issued")
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def found(folder: Path) -> list[str]:
    """``ACC540 its message`` for each finding."""
    _code, text = run(folder / "repo", "verify", "--format", "json")
    return [f"{one['code']} {one['message']}" for one in json.loads(text)["findings"]]


def tamper(folder: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Change the register behind its triggers, as somebody with an editor of databases would."""
    connection = sqlite3.connect(folder / "register/ledger.sqlite")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement, values in statements:
        connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_what_was_issued_holds(folder: Path) -> None:
    code, text = run(folder / "repo", "verify")
    assert code == 0
    assert "8 invoices: the record holds" in text


def test_a_number_is_missing(folder: Path) -> None:
    tamper(
        folder,
        ("DELETE FROM document WHERE invoice = 2", ()),
        ("DELETE FROM invoice WHERE position = 2", ()),
    )
    told = found(folder)
    assert "ACC540 VO2026-000003 of coop-toits stands where VO2026-000002 is expected" in told
    assert "ACC542 VO2026-000003 is not the row that followed the one before it" in told
    assert any(one.startswith("ACC544 VO2026-000005 refers to VO2026-000002") for one in told)


def test_the_last_one_is_missing(folder: Path) -> None:
    tamper(
        folder,
        ("DELETE FROM document WHERE invoice = 8", ()),
        ("DELETE FROM invoice WHERE position = 8", ()),
    )
    assert found(folder) == ["ACC540 series VO of coop-toits counts 8 invoices in 2026, the register has 7"]


def test_a_day_is_out_of_order(folder: Path) -> None:
    tamper(folder, ("UPDATE invoice SET issued = '2026-01-31' WHERE position = 7", ()))
    told = found(folder)
    assert "ACC541 VO2026-000007 is of 2026-01-31, after one of 2026-02-20" in told
    assert "ACC543 VO2026-000007: its row says another thing than its content" in told


def test_content_was_changed(folder: Path) -> None:
    tamper(
        folder, ("UPDATE invoice SET content = cast(replace(content, 'Ana', 'Eva') AS BLOB) WHERE position = 1", ())
    )
    assert found(folder) == ["ACC542 VO2026-000001 is not as it was frozen"]


def test_a_document_was_changed(folder: Path) -> None:
    tamper(folder, ("UPDATE document SET content = cast(content || ' ' AS BLOB) WHERE invoice = 1", ()))
    assert found(folder) == ["ACC542 VO2026-000001 as text is not as it was frozen"]


def test_content_and_digest_were_changed_together(folder: Path) -> None:
    """Whoever does that breaks the chain, and what adds up."""
    connection = sqlite3.connect(folder / "register/ledger.sqlite")
    [content] = connection.execute("SELECT content FROM invoice WHERE position = 1").fetchone()
    connection.close()
    invoice = decode(content)
    forged = encode(replace(invoice, net=invoice.net + 1, gross=invoice.gross + 1, payable=invoice.payable + 1))
    tamper(
        folder,
        ("UPDATE invoice SET content = ?, digest = ? WHERE position = 1", (forged, digest(forged))),
    )
    told = found(folder)
    assert "ACC542 VO2026-000001 is not the row that followed the one before it" in told
    assert "ACC543 VO2026-000001: its row says another thing than its content" in told
    assert "ACC543 VO2026-000001: its totals are not the sum of its lines and VAT" in told


def test_the_manifest_is_another(folder: Path) -> None:
    path = folder / "repo/operations/voisins/settlements/2026-02.1.yaml"
    path.write_text(path.read_text().replace("net: '33.60'", "net: '33.61'"))
    told = found(folder)
    assert "ACC545 this manifest is not as it was issued" in told


def test_the_register_is_an_older_copy(folder: Path) -> None:
    tamper(folder, ("DELETE FROM unit WHERE month = '2026-02'", ()))
    assert found(folder) == ["ACC545 this month was issued, and the register does not know of it"]


def test_a_manifest_of_the_chain_is_gone(folder: Path) -> None:
    """Without a register to compare with, as in a clone that has none."""
    repo = folder / "repo"
    path = repo / "operations/mitoyen.yaml"
    path.write_text(path.read_text().replace("ledger: {folder: ../register}\n", ""))
    (repo / "operations/voisins/settlements/2026-01.2.yaml").unlink()
    assert "ACC546 the manifest that was issued before this one is not there, or is not as it was" in found(folder)


# --- what does not add up ------------------------------------------------------------------------------------


def test_an_invoice_that_adds_up() -> None:
    assert list(misadded(invoices.invoice())) == []
    assert list(misadded(invoices.credit(invoices.invoice(), "TB2026-000018", invoices.MARCH[1]))) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lines": "15.93"}, "line 1: 127.345 x 0.1250 is not 15.93"),
        ({"net": "22.25"}, "its totals are not the sum of its lines and VAT"),
        ({"vat": "4.46"}, "its totals are not the sum of its lines and VAT"),
        ({"payable": "26.68"}, "what is to be paid is not its total less what was paid"),
        ({"taxes": "4.46"}, "20 % of 22.24 is not 4.46"),
    ],
)
def test_one_cent_is_found_anywhere(change: dict[str, str], message: str) -> None:
    whole = invoices.invoice()
    [(name, amount)] = change.items()
    cents = type(whole.net)(amount)
    if name == "lines":
        first, *rest = whole.lines
        wrong = replace(whole, lines=(replace(first, amount=cents), *rest))
    elif name == "taxes":
        wrong = replace(whole, taxes=(replace(whole.taxes[0], vat=cents),))
    else:
        wrong = replace(whole, **{name: cents})
    assert message in list(misadded(wrong))
