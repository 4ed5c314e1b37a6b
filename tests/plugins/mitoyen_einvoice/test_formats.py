"""The formats as the ledger calls them: who gets one, what comes out, the same bytes each time, no network."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from einvoices import KINDS
from invoices import BUSINESS
from mitoyen.contracts import InvoiceFormat
from mitoyen.diagnostics import Refused
from mitoyen.host import installed
from mitoyen_einvoice import official
from mitoyen_einvoice.audit import audit
from mitoyen_einvoice.document import opened

CII, UBL, FACTURX = (installed().get(InvoiceFormat, name) for name in ("cii", "ubl", "facturx"))
OWN = {"validate": "own"}


@pytest.mark.parametrize(
    ("kind", "options", "given"),
    [
        ("business", {}, True),
        ("public, through Chorus", {}, True),
        ("association without a SIREN", {}, True),
        ("household", {}, False),
        ("household", {"households": True}, True),
        ("household", {"households": False}, False),
    ],
)
def test_who_gets_one(kind: str, options: dict[str, Any], given: bool) -> None:
    assert {form.applies(KINDS[kind], options) for form in (CII, UBL, FACTURX)} == {given}


def test_names() -> None:
    business, draft = KINDS["business"], KINDS["a draft"]
    assert CII.render(business, OWN).name == "TB2026-000017.cii.xml"
    assert UBL.render(business, OWN).name == "TB2026-000017.ubl.xml"
    assert FACTURX.render(business, OWN).name == "TB2026-000017-facturx.pdf"
    assert UBL.render(draft, OWN).name == "2026-03-coop-toits-m-9qtd-invoice.ubl.xml"


@pytest.mark.parametrize(
    "kind", ["business", "credit note", "two rates, goods and a service", "business, in English"]
)
def test_a_factur_x_holds_its_cii(kind: str) -> None:
    document = FACTURX.render(KINDS[kind], OWN)
    assert document.media_type == "application/pdf"
    inside = opened(document.content, "facturx.pdf")
    assert inside.xml == CII.render(KINDS[kind], OWN).content
    assert audit(inside) == []
    assert official.check(inside)[0] == []


MAKE = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from einvoices import KINDS
from mitoyen_einvoice.formats import FORMATS
for form in FORMATS:
    print(hashlib.sha256(form.render(KINDS["business"], {"validate": "own"}).content).hexdigest())
"""


def test_the_same_bytes_in_any_process(root: Any) -> None:
    line = [sys.executable, "-c", MAKE, str(root / "tests")]
    first, second = (
        subprocess.run(line, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed, "TZ": zone})
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    )
    assert len(first.stdout.split()) == 3
    assert first.stdout == second.stdout


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise AssertionError("a network is asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for form in (CII, UBL, FACTURX):
        assert form.render(KINDS["business"], {}).content


@pytest.mark.parametrize("form", [CII, UBL, FACTURX], ids=lambda form: form.id)
def test_what_does_not_add_up_is_never_given(form: InvoiceFormat) -> None:
    wrong = replace(KINDS["business"], vat=Decimal("4.46"), gross=Decimal("26.70"), payable=Decimal("26.70"))
    with pytest.raises(Refused) as refused:
        form.render(wrong, OWN)
    assert {finding.code for finding in refused.value.findings} == {"ACC851"}


@pytest.mark.parametrize("form", [CII, UBL, FACTURX], ids=lambda form: form.id)
def test_what_only_the_official_rules_see_is_refused_by_them(form: InvoiceFormat) -> None:
    nowhere = replace(BUSINESS, address=replace(BUSINESS.address, country="XX"), vat=None)
    abroad = replace(KINDS["business"], buyer=nowhere)
    assert form.render(abroad, OWN).content
    with pytest.raises(Refused) as refused:
        form.render(abroad, {})
    assert {finding.code for finding in refused.value.findings} == {"ACC859"}
