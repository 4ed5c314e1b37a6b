"""Mails, archives and encrypted flows: opened where they may be, refused in words where not."""

from __future__ import annotations

import sys
import tracemalloc
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

import enedis_files as enedis
from mitoyen.clock import Clock
from mitoyen.host import MissingExtra
from mitoyen_enedis import containers

DAY = (date(2026, 1, 15), date(2026, 1, 16))
CLOCK = Clock.of_days(*DAY, 1800, "Europe/Paris")
PRM = enedis.number(1)
RAW = {f"Courbe_{PRM}.txt": enedis.raw_curve(CLOCK, [1] * 48)}
PASSWORD = "Ab#12!x"  # noqa: S105 - of an archive made here


@pytest.fixture(name="opened")
def _opened(fetch_files):
    def run(files, **options):
        return fetch_files(files, period=DAY, unit="Wh", **options)

    return run


@pytest.mark.parametrize("aes", [True, False])
def test_the_monthly_mail_and_the_one_with_its_password(opened, aes):
    """Whichever of the two comes first by name."""
    closed = enedis.mail({"export.zip": enedis.archive(RAW, PASSWORD, aes=aes)})
    for names in (("a.eml", "b.eml"), ("b.eml", "a.eml")):
        result = opened(dict(zip(names, (closed, enedis.password_mail(PASSWORD)), strict=True)))
        assert (result.codes, result.values()) == ([], [1] * 48)
        told = next(one for one in result.data.readings if not one.rows)
        assert dict(told.facts) == {"format": "mail that tells a password"}


def test_both_as_outlook_saves_them(opened):
    subject = enedis.SUBJECT.format(agreement=enedis.AGREEMENT, first="01_01_2026", last="31_01_2026")
    closed = enedis.outlook(subject, "Bonjour", {"export.zip": enedis.archive(RAW, PASSWORD)})
    told = enedis.outlook(f"[Mot de passe] {subject}", f"le mot de passe suivant : {PASSWORD}", {})
    result = opened({"a.msg": closed, "b.msg": told})
    assert (result.codes, result.values()) == ([], [1] * 48)


def test_each_month_has_its_password(opened):
    later = Clock.of_days(date(2026, 2, 1), date(2026, 2, 2), 1800, "Europe/Paris")
    months = [("01_01_2026", "31_01_2026"), ("01_02_2026", "28_02_2026")]
    february = {f"Courbe_{PRM}.txt": enedis.raw_curve(later, [1] * 48)}
    files = {
        "1.eml": enedis.mail({"export.zip": enedis.archive(RAW, "first")}, period=months[0]),
        "2.eml": enedis.mail({"export.zip": enedis.archive(february, "second")}, period=months[1]),
        "3.eml": enedis.password_mail("second", period=months[1]),
        "4.eml": enedis.password_mail("first", period=months[0]),
    }
    result = opened(files)
    assert (result.codes, result.values()) == ([], [1] * 48)


def test_the_password_of_the_environment(opened, monkeypatch):
    monkeypatch.setenv("MITOYEN_ENEDIS_PASSWORD", f"another\n{PASSWORD}\n")
    assert opened({"a.zip": enedis.archive(RAW, PASSWORD)}).values() == [1] * 48


def test_no_password_and_a_wrong_one(opened, monkeypatch):
    closed = {"a.zip": enedis.archive(RAW, PASSWORD)}
    result = opened(closed)
    assert result.codes == ["ACC432"]
    assert result.finding.message == "this archive is encrypted, and no password is known"
    monkeypatch.setenv("MITOYEN_ENEDIS_PASSWORD", "wrong-word")
    result = opened(closed)
    assert result.finding.message == "none of 1 passwords known opens this archive"
    assert "wrong-word" not in repr(result.data)


def test_archives_in_archives(opened):
    inner = enedis.archive(RAW)
    assert opened({"a.zip": enedis.archive({"b.zip": inner})}).values() == [1] * 48
    for _ in range(5):
        inner = enedis.archive({"b.zip": inner})
    result = opened({"a.zip": inner})
    assert result.finding.message == "archives and mails lie in one another more than 4 deep"


def test_a_member_that_is_not_read_does_not_hide_the_others(opened):
    result = opened({"a.zip": enedis.archive({**RAW, "lisez-moi.txt": b"bonjour\n"})})
    assert (result.codes, result.values()) == (["ACC420"], [1] * 48)
    assert result.finding.place.path.endswith("a.zip/lisez-moi.txt")


@pytest.mark.parametrize("path", ["../curve.txt", "/etc/curve.txt", "a/../../b.txt", "..\\b.txt", "C:\\b.txt"])
def test_a_path_that_leads_out(opened, path):
    result = opened({"a.zip": enedis.archive({path: b"x"})})
    assert (result.codes, result.data.series) == (["ACC420"], ())
    assert "has a path that leads out of it" in result.finding.message


def test_a_bomb_is_refused_before_memory_is(opened, monkeypatch):
    monkeypatch.setattr(containers, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(containers, "MOST_UNPACKED", 2 << 20)
    bomb = enedis.archive({"a.txt": bytes(64 << 20)})
    many = enedis.archive({f"{n}.txt": b"\n" * (1 << 20) for n in range(4)})
    tracemalloc.start()
    for content, message in ((bomb, "it holds more than 1 MiB"), (many, "it unpacks to more than 2 MiB")):
        assert message in [finding.message for finding in opened({"a.zip": content}).data.findings]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


def test_a_workbook_that_unpacks_to_too_much(opened, monkeypatch):
    monkeypatch.setattr(containers, "MOST_WORKBOOK", 1 << 10)
    result = opened({"a.xlsx": enedis.workbook(PRM, CLOCK, ["1"] * 48)})
    assert result.finding.message.startswith("this workbook unpacks to more than")


def test_a_name_that_would_move_the_cursor(opened):
    result = opened({"a.zip": enedis.archive({"\x1b[2Jcurve.txt": b"bonjour"})})
    assert "\x1b" not in f"{result.finding}{result.data.readings}"


def test_a_mail_without_attachment(opened):
    result = opened({"a.eml": enedis.mail({})})
    assert [dict(one.facts) for one in result.data.readings] == [{"format": "nothing is in it"}]


def test_too_many_members(opened, monkeypatch):
    monkeypatch.setattr(containers, "MOST_MEMBERS", 3)
    result = opened({"a.zip": enedis.archive({f"{n}": b"x" for n in range(4)})})
    assert result.finding.message == "the archive holds more than 3 files"


def test_a_workbook_with_entities(opened):
    content = BytesIO(enedis.workbook(PRM, CLOCK, ["1"] * 48))
    with ZipFile(content, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/evil.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    result = opened({"a.xlsx": content.getvalue()})
    assert result.finding.message == "this workbook declares a document type or entities, and is not read"


def test_xml_with_entities(opened):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    content = f'<?xml version="1.0"?><!DOCTYPE R50 [<!ENTITY l0 "ha">{laughs}]><R50>&l9;</R50>'
    assert "declares a document type or entities" in opened({"a.xml": content.encode()}).finding.message
    outside = '<!DOCTYPE R50 [<!ENTITY x SYSTEM "file:///etc/passwd">]><R50><PRM><Id_PRM>&x;</Id_PRM></PRM></R50>'
    assert "declares a document type or entities" in opened({"a.xml": outside.encode()}).finding.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(40), "the file is a 7z archive, which is not read here"),
        (b"%PDF-1.7\n" + bytes(40), "the file is a PDF, which is not read here"),
        (bytes(range(33)), "this file is of no kind that is read here"),
        (bytes(range(48)), "this file is encrypted, or of no kind that is read"),
        (b"", "the file is empty"),
        (b"Bonjour,\n", "no table of Enedis is found in this text"),
        (b'{"a": 1}', "this JSON is neither R63, R64 nor a reply of Data Connect"),
        (b"<html></html>", "this XML is of no flow that is read here"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "this is no mail of Outlook, or it is broken"),
        (b"PK\x03\x04" + bytes(40), "the archive is broken or cut off"),
    ],
    ids=["7z", "PDF", "bytes", "perhaps encrypted", "empty", "text", "JSON", "HTML", "xls", "ZIP"],
)
def test_what_is_not_read(opened, content, message):
    assert opened(content).finding.message == message


FORMS = {
    "r50": enedis.r50(PRM, CLOCK, [2] * 48),
    "json": enedis.r63_json(PRM, CLOCK, [2] * 48),
    "zip": enedis.archive(RAW),
    "closed": enedis.archive(RAW, PASSWORD),
    "xlsx": enedis.workbook(PRM, CLOCK, ["0,002"] * 48),
}


@pytest.mark.parametrize("form", FORMS)
def test_cut_off(opened, monkeypatch, form):
    monkeypatch.setenv("MITOYEN_ENEDIS_PASSWORD", PASSWORD)
    assert opened(FORMS[form]).codes == []
    result = opened(FORMS[form][: len(FORMS[form]) // 2])
    assert result.codes == ["ACC420"]
    assert "broken or cut off" in result.finding.message or "is not read" in result.finding.message


@pytest.mark.parametrize(
    ("library", "form"),
    [
        ("defusedxml", "r50"),
        ("openpyxl", "xlsx"),
        ("pyzipper", "closed"),
        ("oxmsg", "msg"),
        ("cryptography", "aes"),
    ],
)
def test_a_missing_library_names_its_extra(opened, monkeypatch, library, form):
    closed = {"msg": enedis.outlook("", "", {}), "aes": enedis.aes(FORMS["r50"], KEY, VECTOR)}
    monkeypatch.setenv("MITOYEN_ENEDIS_KEY", KEY.hex())
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=r"enedis"):
        opened((FORMS | closed)[form])


# --- encrypted flows -------------------------------------------------------------------------------------------

KEY, OLD_KEY, VECTOR = bytes(range(32)), bytes(range(16)), bytes(range(16, 32))


@pytest.mark.parametrize(("key", "iv"), [(KEY, ""), (OLD_KEY, VECTOR.hex())])
def test_an_encrypted_flow(opened, monkeypatch, key, iv):
    monkeypatch.setenv("MITOYEN_ENEDIS_KEY", key.hex())
    monkeypatch.setenv("MITOYEN_ENEDIS_IV", iv)
    for content in (enedis.archive({"R50.xml": FORMS["r50"]}), FORMS["r50"]):
        result = opened({"flux.zip": enedis.aes(content, key, VECTOR)})
        assert (result.codes, result.values()) == ([], [1] * 48)


def test_a_key_that_does_not_open_it(opened, monkeypatch):
    content = enedis.aes(FORMS["r50"], KEY, VECTOR)
    assert opened(content).codes == ["ACC432"]
    monkeypatch.setenv("MITOYEN_ENEDIS_KEY", bytes(32).hex())
    result = opened(content)
    assert result.finding.message == "none of the keys in MITOYEN_ENEDIS_KEY opens this file"
    assert bytes(32).hex() not in repr(result.data)
