"""The journal of sales, by hand: 22.24 of energy, 4.45 of VAT, 26.69 owed; then all of it taken back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from exporting import exported
from invoices import BUSINESS, FARM, credit, invoice, line
from mitoyen.contracts import Document
from mitoyen.diagnostics import Refused
from mitoyen.invoice import Invoice, InvoiceTax, Reference
from mitoyen_accounting.accounts import ROLES
from mitoyen_accounting.journal import FORMAT

SALE = invoice()
BACK = credit(SALE, "TB2026-000018", date(2026, 4, 20))


def rows(document: Document, delimiter: str = ";") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document.content.decode("utf-8-sig")), delimiter=delimiter))


def booked(*invoices: Invoice, **options: object) -> list[tuple[str, str, str]]:
    """(account, debit, credit) of each row of the one file there is."""
    [document] = exported(FORMAT, invoices, **options)
    return [(row["compte"], row["debit"], row["credit"]) for row in rows(document)]


def taxed(net: str, vat: str, rate: str = "20", category: str = "S") -> InvoiceTax:
    return InvoiceTax(category=category, rate=Decimal(rate), net=Decimal(net), vat=Decimal(vat))


def test_an_invoice_and_its_credit_note() -> None:
    assert booked(SALE, BACK) == [
        ("411000", "26,69", "0,00"),
        ("701000", "0,00", "22,24"),  # 15.92 + 6.32
        ("445710", "0,00", "4,45"),
        ("411000", "0,00", "26,69"),
        ("701000", "22,24", "0,00"),
        ("445710", "4,45", "0,00"),
    ]


def test_what_a_row_says() -> None:
    [document] = exported(FORMAT, [SALE])
    assert document.name == "journal-toits-du-bourg-coop-toits-2026-03.csv"
    assert document.content.startswith(b"\xef\xbb\xbfjournal;date;piece;compte;")
    first, energy, _vat = rows(document)
    assert first == {
        "journal": "VE",
        "date": "2026-04-08",
        "piece": "TB2026-000017",
        "compte": "411000",
        "libelle_compte": "Clients",
        "auxiliaire": "m-3fk2",
        "nom_auxiliaire": "Éloïse Lefèvre",
        "libelle": "Facture TB2026-000017, Toits du Bourg 2026-03",
        "debit": "26,69",
        "credit": "0,00",
        "taux_tva": "",
        "echeance": "2026-05-08",
        "mois": "2026-03",
    }
    assert (energy["taux_tva"], energy["auxiliaire"]) == ("20", "")


def test_each_kind_of_line_has_its_account() -> None:
    """A fee is a service; the excise is owed to the State and bears VAT; a share of the capital is not a sale."""
    lines = (
        line("100", "0.1000", "10.00"),
        line("1", "2.00", "2.00", item="fee", unit="month", supply="service"),
        line("100", "0.0300", "3.00", item="excise"),
        line("1", "50.00", "50.00", item="share", unit="share", category="O", rate=Decimal(0)),
    )
    whole = replace(
        SALE,
        lines=lines,
        taxes=(taxed("15.00", "3.00"), taxed("50.00", "0.00", "0", "O")),
        net=Decimal("65.00"),
        vat=Decimal("3.00"),
        gross=Decimal("68.00"),
    )
    assert booked(whole) == [
        ("411000", "68,00", "0,00"),
        ("701000", "0,00", "10,00"),
        ("706000", "0,00", "2,00"),
        ("447800", "0,00", "3,00"),
        ("101300", "0,00", "50,00"),
        ("445710", "0,00", "3,00"),
    ]


def test_a_deposit_waits_until_energy_is_drawn_from_it() -> None:
    """100 EUR paid ahead, then 30 EUR of energy, all of it drawn: nobody owes anything, no VAT is left."""
    deposit = replace(
        SALE,
        type="deposit",
        lines=(line("500", "0.2000", "100.00", kind="deposit"),),
        taxes=(taxed("100.00", "20.00"),),
        net=Decimal("100.00"),
        vat=Decimal("20.00"),
        gross=Decimal("120.00"),
    )
    cited = Reference(number="TB2026-000017", issued=date(2026, 4, 8))
    drawn = replace(
        SALE,
        number="TB2026-000018",
        lines=(
            line("150", "0.2000", "30.00"),
            line("-150", "0.2000", "-30.00", kind="drawn", cites=cited),
        ),
        taxes=(taxed("0.00", "0.00"),),
        net=Decimal("0.00"),
        vat=Decimal("0.00"),
        gross=Decimal("0.00"),
    )
    assert booked(deposit, drawn) == [
        ("411000", "120,00", "0,00"),
        ("419100", "0,00", "100,00"),
        ("445710", "0,00", "20,00"),
        ("701000", "0,00", "30,00"),
        ("419100", "30,00", "0,00"),
    ]


def test_accounts_are_those_that_are_named_by_rate_too() -> None:
    old = replace(line("100", "0.1000", "10.00"), rate=Decimal("5.5"))
    whole = replace(
        SALE,
        lines=(old, line("100", "0.1000", "10.00")),
        taxes=(taxed("10.00", "0.55", "5.5"), taxed("10.00", "2.00")),
        net=Decimal("20.00"),
        vat=Decimal("2.55"),
        gross=Decimal("22.55"),
    )
    accounts = {"client": "411200", "energy": "707000", "vat": {"20": "445712", "5.5": "445711"}}
    assert booked(whole, accounts=accounts) == [
        ("411200", "22,55", "0,00"),
        ("707000", "0,00", "10,00"),
        ("707000", "0,00", "10,00"),
        ("445711", "0,00", "0,55"),
        ("445712", "0,00", "2,00"),
    ]


def test_a_rate_without_its_account_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        booked(SALE, accounts={"vat": {"5.5": "445711"}})
    [finding] = caught.value.findings
    assert (finding.code, finding.place and finding.place.path) == (
        "ACC861",
        "operation.yaml/exports/journal/accounts/vat",
    )
    assert '"20": "445710"' in finding.help


def test_an_invoice_whose_total_is_not_its_lines_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        booked(replace(SALE, gross=Decimal("26.70")))
    assert [(one.code, "0.01 EUR" in one.message) for one in caught.value.findings] == [("ACC862", True)]


def test_each_seller_has_its_file_and_nothing_moves_for_nothing() -> None:
    gift = replace(
        SALE,
        number="TB2026-000019",
        lines=(line("10", "0", "0.00", item="given"),),
        taxes=(taxed("0.00", "0.00"),),
        net=Decimal("0.00"),
        vat=Decimal("0.00"),
        gross=Decimal("0.00"),
    )
    farm = replace(SALE, number="FM2026-000001", seller_id="ferme", seller=FARM, buyer_id="m-four", buyer=BUSINESS)
    documents = exported(FORMAT, [SALE, farm, gift])
    assert [(one.name.split("-2026")[0], len(rows(one))) for one in documents] == [
        ("journal-toits-du-bourg-coop-toits", 3),
        ("journal-toits-du-bourg-ferme", 3),
    ]


def test_an_english_spreadsheet() -> None:
    [document] = exported(FORMAT, [SALE], delimiter=",", decimal=".")
    assert [row["debit"] for row in rows(document, ",")] == ["26.69", "0.00", "0.00"]


@pytest.mark.parametrize("page", ["docs/guide.fr.md", "docs/guide.en.md", "plugins/mitoyen_accounting/README.md"])
def test_the_pages_have_a_row_for_each_account(root: Path, page: str) -> None:
    rows = [line for line in (root / page).read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert [number for number, *_rest in ROLES.values() if not any(number in row for row in rows)] == []
