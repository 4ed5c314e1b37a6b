"""The FEC: as the decree wants it, field by field; its own reading sees what the tax office's tool does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporting import exported
from invoices import COOP, FARM, HOUSEHOLD, SIREN, credit, invoice, line
from mitoyen.clock import Month
from mitoyen.diagnostics import Refused
from mitoyen.invoice import Invoice, InvoiceTax
from mitoyen_accounting.fec import FORMAT, fiscal_year
from mitoyen_accounting.proof import faults

NAMES = [
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib"),
    *("CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit"),
    *("EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise"),
]
"""LPF A47 A-1, VII."""

SALE = invoice()
BACK = credit(SALE, "TB2026-000018", date(2026, 4, 20))


SIGNS = {"tab": "\t", "|": "|"}


def lines(*invoices: Invoice, **options: object) -> list[list[str]]:
    """The fields of each line of the one file there is."""
    [document] = exported(FORMAT, invoices, **options)
    text = document.content.decode(str(options.get("encoding", "iso8859-15")))
    assert text.endswith("\r\n")
    sign = SIGNS[str(options.get("separator", "tab"))]
    return [one.split(sign) for one in text.removesuffix("\r\n").split("\r\n")]


def code(*invoices: Invoice, **options: object) -> list[str]:
    with pytest.raises(Refused) as caught:
        exported(FORMAT, invoices, **options)
    return [finding.code for finding in caught.value.findings]


def test_a_sale_and_its_credit_note_to_the_letter() -> None:
    head, *entries = lines(SALE, BACK)
    assert head == NAMES
    sale = ["TB2026-000017", "20260408", "Facture TB2026-000017, Toits du Bourg 2026-03"]
    back = ["TB2026-000018", "20260420", "Avoir TB2026-000018, Toits du Bourg 2026-03"]
    member = ["411000", "Clients", "m-3fk2", "Éloïse Lefèvre"]
    energy = ["701000", "Ventes d'énergie", "", ""]
    vat = ["445710", "TVA collectée", "", ""]
    assert entries == [
        ["VE", "Ventes", "1", "20260408", *member, *sale, "26,69", "0,00", "", "", "20260408", "", ""],
        ["VE", "Ventes", "1", "20260408", *energy, *sale, "0,00", "22,24", "", "", "20260408", "", ""],
        ["VE", "Ventes", "1", "20260408", *vat, *sale, "0,00", "4,45", "", "", "20260408", "", ""],
        ["VE", "Ventes", "2", "20260420", *member, *back, "0,00", "26,69", "", "", "20260420", "", ""],
        ["VE", "Ventes", "2", "20260420", *energy, *back, "22,24", "0,00", "", "", "20260420", "", ""],
        ["VE", "Ventes", "2", "20260420", *vat, *back, "4,45", "0,00", "", "", "20260420", "", ""],
    ]


def test_the_file_is_named_by_the_siren_and_the_closing_day() -> None:
    [document] = exported(FORMAT, [SALE])
    assert document.name == f"{SIREN}FEC20261231.txt"
    [document] = exported(FORMAT, [SALE], closing=6, month="2026-04")
    assert document.name == f"{SIREN}FEC20260630.txt"


def test_a_fiscal_year_is_the_one_in_which_the_month_lies() -> None:
    assert fiscal_year(Month(2026, 3), 12) == (date(2026, 1, 1), date(2026, 12, 31))
    assert fiscal_year(Month(2026, 6), 6) == (date(2025, 7, 1), date(2026, 6, 30))
    assert fiscal_year(Month(2026, 7), 6) == (date(2026, 7, 1), date(2027, 6, 30))
    assert fiscal_year(Month(2028, 1), 2) == (date(2027, 3, 1), date(2028, 2, 29))


def test_entries_are_by_the_day_of_the_invoice_whatever_month_they_are_for() -> None:
    """An invoice of December is written in January: it is of the next year, and the year's first."""
    december = replace(SALE, number="TB2027-000001", month="2026-12", issued=date(2027, 1, 9))
    assert {one[8] for one in lines(SALE, december)[1:]} == {"TB2026-000017"}
    assert {(one[2], one[8]) for one in lines(SALE, december, month="2027-01")[1:]} == {("1", "TB2027-000001")}


def test_numbers_follow_days_when_series_do_not() -> None:
    later = replace(SALE, number="AA2026-000001", issued=date(2026, 5, 2))
    assert [(one[2], one[8]) for one in lines(later, SALE)[1::3]] == [("1", SALE.number), ("2", later.number)]


def test_pipe_and_utf8() -> None:
    abroad = replace(SALE, buyer=replace(HOUSEHOLD, name="Zdeněk | Šimůnek"))
    rows = lines(abroad, separator="|", encoding="utf-8")
    assert rows[0] == NAMES
    assert rows[1][7] == "Zdeněk Šimůnek"


def test_a_sign_that_the_encoding_has_not_is_told() -> None:
    abroad = replace(SALE, buyer=replace(HOUSEHOLD, name="Zdeněk Šimůnek"))
    with pytest.raises(Refused) as caught:
        exported(FORMAT, [abroad])
    [finding] = caught.value.findings
    assert (finding.code, "TB2026-000017" in finding.message, "ě" in finding.message) == ("ACC864", True, True)
    assert "Zden" not in finding.message


def test_a_name_of_nothing_is_the_pseudonym() -> None:
    assert lines(replace(SALE, buyer=replace(HOUSEHOLD, name="|")))[1][6:8] == ["m-3fk2", "m-3fk2"]


def test_what_an_inspector_would_refuse_is_not_written() -> None:
    assert code(replace(SALE, number=" ")) == ["ACC865"] * 3  # one for each line of the entry


def test_a_seller_without_a_siren() -> None:
    """A SIRET begins with it; then it is looked for in the vault; a household keeps no books; others are told."""
    [document] = exported(FORMAT, [replace(SALE, seller=replace(COOP, siren=None))])
    assert document.name.startswith(SIREN)
    unknown = replace(SALE, seller=replace(COOP, siren=None, siret=None))
    assert code(unknown) == ["ACC863"]
    [document] = exported(FORMAT, [unknown], parties={"coop-toits": COOP})
    assert document.name.startswith(SIREN)
    assert exported(FORMAT, [replace(SALE, seller=replace(HOUSEHOLD, siren=None))]) == []


def test_each_body_has_its_file_under_whatever_names_it_sells() -> None:
    farm = replace(SALE, number="FM2026-000001", seller_id="ferme", seller=FARM)
    annexe = replace(SALE, number="AN2026-000001", seller_id="coop-annexe", issued=date(2026, 4, 1))
    first, second = exported(FORMAT, [SALE, farm, annexe])
    assert [first.name[:9], second.name[:9]] == [SIREN, FARM.siren]
    assert [row.split("\t")[8] for row in first.content.decode("iso8859-15").splitlines()[1::3]] == [
        "AN2026-000001",
        "TB2026-000017",
    ]


# --- the reading -------------------------------------------------------------------------------------------------


def good() -> tuple[str, str]:
    [document] = exported(FORMAT, [SALE, BACK])
    return document.name, document.content.decode("iso8859-15")


def seen(name: str, text: str, encoding: str = "iso8859-15") -> list[tuple[int, str]]:
    return list(faults(name, text.encode(encoding), "\t", "iso8859-15"))


def test_a_good_file_has_no_fault() -> None:
    assert seen(*good()) == []


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        # What the DGFiP's tool does not see:
        ("\t2\t20260420", "\t3\t20260420", 5, 'EcritureNum is "3", expected 2'),
        ("4,45\t0,00", "4,46\t0,00", 5, "debits less credits are 1 cents"),
        ("20260408", "08042026", 2, "not a day"),
        # What it sees:
        ("Avoir TB2026-000018, Toits du Bourg 2026-03", "", 5, "EcritureLib is empty"),
        ("20260420\t\t\r\n", "\t\t\r\n", 5, "ValidDate is empty"),
        ("26,69", "26.69", 2, "with a comma"),
        ("20260420", "20261320", 5, "not a day"),
        ("701000", "ABC", 3, "CompteNum is not"),
        ("JournalCode", "Journal", 1, "names of the decree"),
        ("Idevise", "Idevise\tSens", 1, "names of the decree"),
        ("\tm-3fk2\t", "\t\t", 2, "go together"),
        ("26,69\t0,00", "26,69\t26,69", 2, "one of Debit and Credit"),
        ("\tVentes\t1\t", "\tVentes\t1\t\t", 2, "19 fields"),
        ("\r\n", "\n", 1, "CR LF"),
        ("\t2\t20260420", "\t2\t20260101", 5, "before that of the entry above"),
        ("\t2\t20260420", "\t2\t20270420", 5, "after the closing day"),
    ],
)
def test_one_fault_is_seen(before: str, after: str, line: int, said: str) -> None:
    name, text = good()
    assert before in text
    found = seen(name, text.replace(before, after))
    assert any(at == line and said in message for at, message in found), found


def test_the_name_and_the_encoding_are_looked_at() -> None:
    name, text = good()
    assert [line for line, _said in seen("12345678FEC20261231.txt", text)] == [1]
    assert [line for line, _said in seen(name.replace("1231", "1331"), text)] == [1]
    assert list(faults(name, text.encode("iso8859-15"), "\t", "utf-8")) == [(1, "the file is not in utf-8")]


# --- whatever is invoiced ----------------------------------------------------------------------------------------

cents = st.integers(-50_000, 500_000)


@st.composite
def issued(draw: st.DrawFn) -> list[Invoice]:
    """Invoices of lines at one rate or two, some of them credit notes."""
    made = []
    day = date(2026, 1, 5)
    for number in range(draw(st.integers(0, 8))):
        day += timedelta(days=draw(st.integers(0, 40)))
        chosen, taxes = [], []
        for rate in draw(st.sampled_from([["20"], ["20", "5.5"], ["0"]])):
            amounts = [Decimal(value).scaleb(-2) for value in draw(st.lists(cents, min_size=1, max_size=3))]
            chosen += [line("1", str(abs(one)), str(one), rate=Decimal(rate)) for one in amounts]
            net = sum(amounts, Decimal("0.00"))
            vat = (net * Decimal(rate) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
            taxes.append(InvoiceTax(category="S", rate=Decimal(rate), net=net, vat=vat))
        net, vat = (sum((getattr(one, name) for one in taxes), Decimal("0.00")) for name in ("net", "vat"))
        made.append(
            replace(
                SALE,
                number=f"TB2026-{number + 1:06}",
                issued=day,
                lines=tuple(chosen),
                taxes=tuple(taxes),
                net=net,
                vat=vat,
                gross=net + vat,
            )
        )
    return made


@settings(deadline=None, max_examples=60)
@given(issued())
def test_debits_are_credits_and_numbers_have_no_gap(invoices: list[Invoice]) -> None:
    """For each entry, and so for the year; and the members owe what they were invoiced."""
    documents = exported(FORMAT, invoices)
    rows = [
        one.split("\t") for document in documents for one in document.content.decode("iso8859-15").splitlines()[1:]
    ]
    amounts = [tuple(Decimal(row[column].replace(",", ".")) for column in (11, 12)) for row in rows]
    assert sum(debit for debit, _credit in amounts) == sum(credit for _debit, credit in amounts)
    owed = sum(debit - credit for row, (debit, credit) in zip(rows, amounts, strict=True) if row[4] == "411000")
    assert owed == sum(one.gross for one in invoices if one.issued and one.issued.year == 2026)
    numbers = list(dict.fromkeys(row[2] for row in rows))
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_the_same_invoices_are_the_same_bytes() -> None:
    assert exported(FORMAT, [SALE, BACK]) == exported(FORMAT, [SALE, BACK])
