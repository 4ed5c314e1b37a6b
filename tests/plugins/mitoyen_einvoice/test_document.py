"""Files that anyone hands over: whatever they are, they are read without harm, or refused with a word."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einvoices import KINDS
from mitoyen.diagnostics import Refused
from mitoyen_einvoice import document, official
from mitoyen_einvoice.audit import audit
from mitoyen_einvoice.document import opened
from mitoyen_einvoice.fields import fields
from mitoyen_einvoice.syntax import write

CII = write(fields(KINDS["business"], {}), "cii")
UBL = write(fields(KINDS["business"], {}), "ubl")
LAUGHS = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;&y;</a>'


def outside(path: Path) -> bytes:
    return f'<!DOCTYPE a [<!ENTITY x SYSTEM "{path.as_uri()}">]><a>&x;</a>'.encode()


def pdf(**attached: bytes) -> bytes:
    from pypdf import PdfWriter

    writer, whole = PdfWriter(), BytesIO()
    writer.add_blank_page(100, 100)
    for name, content in attached.items():
        writer.add_attachment(name.replace("_", "-") + ".xml", content)
    writer.write(whole)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("content", "flavour"),
    [
        (CII, "cii"),
        (UBL, "ubl-invoice"),
        (write(fields(KINDS["credit note"], {}), "ubl"), "ubl-credit"),
        (pdf(factur_x=CII), "cii"),
        (pdf(other=b"<a/>", factur_x=CII), "cii"),
    ],
)
def test_what_it_is(content: bytes, flavour: str) -> None:
    assert opened(content, "file").flavour == flavour


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not XML that can be read"),
        (b"hello", "not XML that can be read"),
        (CII[:-40], "not XML that can be read"),
        (b"<a/>", "this XML is no e-invoice"),
        (LAUGHS, "a document type of its own"),
        (b"%PDF-1.7 and no more", "this PDF cannot be read"),
        (pdf(), "this PDF has no invoice in it"),
        (pdf(notes=CII), "this PDF has no invoice in it"),
        (pdf(factur_x=b"<a/>"), "this XML is no e-invoice"),
        (b"\xff\xfe\x00", "not XML that can be read"),
    ],
)
def test_what_it_is_not(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        opened(content, "file")
    [finding] = refused.value.findings
    assert finding.code == "ACC842"
    assert finding.place
    assert finding.place.path == "file"


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_any_encoding(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    text = UBL.decode().replace("encoding='UTF-8'", f"encoding='{name}'")
    source = opened(text.encode(encoding), "file")
    assert audit(source) == []
    assert official.check(source)[0] == []


def test_no_other_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of mine")
    with pytest.raises(Refused) as refused:
        opened(outside(secret), "file")
    assert "of mine" not in str(refused.value)


def test_a_file_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LARGEST", 1000)
    with pytest.raises(Refused, match="larger than"):
        opened(CII, "file")


@pytest.mark.parametrize("content", [CII, UBL])
def test_a_profile_that_nobody_knows(content: bytes) -> None:
    other = content.replace(b"urn:cen.eu:en16931:2017", b"urn:cen.eu:en16931:2031")
    with pytest.raises(Refused, match="a profile that is not known here") as refused:
        official.check(opened(other, "file"))
    assert "en16931" in refused.value.findings[0].help


@given(place=st.integers(0, len(UBL) - 1), sign=st.sampled_from([b"", b"<", b"0", b"\x00", b"A", b"&"]))
@settings(max_examples=300, deadline=None)
def test_a_sign_off_is_read_or_refused(place: int, sign: bytes) -> None:
    for content in (CII, UBL):
        try:
            audit(opened(content[:place] + sign + content[place + 1 :], "file"))
        except Refused:
            continue
