"""Direct debits: who is debited, of how much, on which day; the bytes valid by the XSD and always the same."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank import Message
from exporting import exported
from invoices import BUSINESS, COOP, FARM, HOUSEHOLD, credit, invoice, line
from mitoyen.diagnostics import Refused
from mitoyen.host import MissingExtra
from mitoyen.invoice import Invoice, Reference
from mitoyen.party import Mandate
from mitoyen_sepa.debit import FORMAT

DEBIT = invoice(means="direct-debit")
"""26.69 EUR, of 8 April, due on 8 May 2026, which is a Friday and no holiday of banks."""

COLLECTED = ("2026-05-08", "26.69")

OLD = "pain.008.001.02"


def messages(*invoices: Invoice, **options: object) -> list[Message]:
    return [Message(document) for document in exported(FORMAT, invoices, **options)]


def said(*invoices: Invoice, **options: object) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        exported(FORMAT, invoices, **options)
    return [(finding.code, finding.message) for finding in caught.value.findings]


def other(number: int, **fields: object) -> Invoice:
    return replace(DEBIT, number=f"TB2026-{number:06}", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", [OLD, "pain.008.001.08"])
def test_what_the_bank_reads(version: str) -> None:
    [message] = messages(DEBIT, version=version)
    assert message.version == version
    assert message.amounts() == [Decimal("26.69")]
    assert message.sums_hold()
    bic = "BIC" if version == OLD else "BICFI"
    expected = {
        "GrpHdr/CreDtTm": "2026-04-08T00:00:00",
        "ReqdColltnDt": "2026-05-08",
        "SeqTp": "RCUR",
        "LclInstrm/Cd": "CORE",
        "Cdtr/Nm": "Toits du Bourg, SCIC a capital variable",
        "CdtrAcct/Id/IBAN": COOP.iban,
        f"CdtrAgt/FinInstnId/{bic}": "PSSTFRPPXXX",
        "CdtrSchmeId/Id/PrvtId/Othr/Id": "FR72ZZZ123456",
        "Dbtr/Nm": "Eloise Lefevre",
        "DbtrAcct/Id/IBAN": HOUSEHOLD.iban,
        "DbtrAgt/FinInstnId/Othr/Id": "NOTPROVIDED",
        "MndtId": "RUM-0001",
        "DtOfSgntr": "2026-01-05",
        "EndToEndId": "TB2026-000017",
        "RmtInf/Ustrd": "Toits du Bourg 2026-03 TB2026-000017",
    }
    assert {path: message.texts(path) for path in expected} == {path: [text] for path, text in expected.items()}
    assert not message.texts("PstlAdr")


def test_only_what_is_to_be_debited() -> None:
    transfer = other(18, means="transfer")
    nothing = other(19, payable=Decimal("0.00"))
    assert messages(transfer, nothing, credit(DEBIT, "TB2026-000020", date(2026, 6, 1))) == []


@pytest.mark.parametrize(
    ("issued", "due", "days", "collected"),
    [
        (date(2026, 4, 8), date(2026, 5, 8), 14, "2026-05-08"),
        (date(2026, 4, 8), date(2026, 4, 10), 14, "2026-04-22"),  # fourteen days after it was announced
        (date(2026, 4, 8), date(2026, 4, 10), 2, "2026-04-10"),
        (date(2026, 3, 20), date(2026, 4, 3), 14, "2026-04-07"),  # Good Friday, a weekend, Easter Monday
        (date(2026, 4, 8), date(2026, 5, 1), 14, "2026-05-04"),
        (date(2026, 4, 8), None, 14, "2026-04-22"),
    ],
)
def test_the_day_of_the_collection(issued: date, due: date | None, days: int, collected: str) -> None:
    [message] = messages(replace(DEBIT, issued=issued, due=due), days=days)
    assert message.texts("ReqdColltnDt") == [collected]


def test_a_file_a_seller_and_day_and_a_batch_a_kind_of_mandate() -> None:
    first = replace(HOUSEHOLD, mandate=Mandate("RUM-0002", date(2026, 3, 1), "FRST"))
    farm = other(1, seller_id="ferme", seller=FARM)
    documents = exported(
        FORMAT, [DEBIT, other(18, buyer_id="m-9qtd", buyer=first), other(19, due=date(2026, 6, 8)), farm]
    )
    assert [name.name.rpartition("-")[0] for name in documents] == [
        "prelevements-coop-toits-2026-05-08",
        "prelevements-coop-toits-2026-06-08",
        "prelevements-ferme-2026-05-08",
    ]
    message = Message(documents[0])
    assert message.texts("SeqTp") == ["RCUR", "FRST"]
    [number] = message.texts("MsgId")
    assert message.texts("PmtInfId") == [f"{number}-1", f"{number}-2"]
    assert len(f"{number}-2") <= 35
    assert message.sums_hold()


def test_what_is_taken_back_before_its_day_is_not_collected() -> None:
    back = credit(DEBIT, "TB2026-000018", date(2026, 4, 20))
    assert messages(DEBIT, back) == []
    assert messages(back, DEBIT) == []  # in whatever order they come


def test_what_is_taken_back_later_was_collected() -> None:
    """The file of a past day stays what it was when the bank got it."""
    late = credit(DEBIT, "TB2026-000018", date(2026, 5, 9))
    assert exported(FORMAT, [DEBIT, late]) == exported(FORMAT, [DEBIT])


def amounts(*invoices: Invoice) -> list[tuple[str, str]]:
    """(day, amount) of all that is collected."""
    return [(one.texts("ReqdColltnDt")[0], str(sum(one.amounts()))) for one in messages(*invoices)]


def replacing(old: Invoice, number: int, issued: date, payable: str) -> list[Invoice]:
    """The credit note for an invoice that was collected, and the one in its place, due a month after."""
    assert old.number
    assert old.issued
    new = other(
        number,
        issued=issued,
        due=date(issued.year, issued.month + 1, 15),
        gross=Decimal(payable),
        payable=Decimal(payable),
        cites=(Reference(number=old.number, issued=old.issued),),
    )
    return [credit(old, f"TB2026-{number - 1:06}", issued), new]


def test_what_was_collected_counts_for_the_invoice_in_its_place() -> None:
    """26.69 was collected in May, taken back in June: of the 30.00 in its place 3.31 is left, of 20.00 nothing."""
    june = date(2026, 6, 10)
    assert amounts(DEBIT, *replacing(DEBIT, 19, june, "30.00")) == [COLLECTED, ("2026-07-15", "3.31")]
    assert amounts(DEBIT, *replacing(DEBIT, 19, june, "20.00")) == [COLLECTED]


def test_what_was_not_collected_yet_counts_for_nothing() -> None:
    april = date(2026, 4, 20)
    assert amounts(DEBIT, *replacing(DEBIT, 19, april, "30.00")) == [("2026-05-15", "30.00")]


def test_what_was_paid_by_transfer_counts_for_nothing() -> None:
    """Whether it was paid is on the account, not here."""
    paid = replace(DEBIT, means="transfer")
    assert amounts(paid, *replacing(paid, 19, date(2026, 6, 10), "30.00")) == [("2026-07-15", "30.00")]


def test_a_correction_of_a_correction() -> None:
    """Of 30.00, 3.31 was still to come: what was collected before counts for the 40.00 in its place."""
    first = replacing(DEBIT, 19, date(2026, 6, 10), "30.00")
    second = replacing(first[1], 21, date(2026, 6, 20), "40.00")
    assert amounts(DEBIT, *first, *second) == [COLLECTED, ("2026-07-15", "13.31")]
    late = replacing(first[1], 21, date(2026, 8, 20), "40.00")
    assert amounts(DEBIT, *first, *late) == [COLLECTED, ("2026-07-15", "3.31"), ("2026-09-15", "10.00")]


def test_what_is_given_back_of_a_deposit_pays_no_invoice_that_draws_on_it() -> None:
    """26.69 was paid ahead; of it 6.69 is given back, and 5.00 of energy beyond the package is still to be paid."""
    ahead = replace(DEBIT, type="deposit")
    june, cited = date(2026, 6, 10), Reference(number="TB2026-000017", issued=date(2026, 4, 8))
    rest = replace(
        credit(ahead, "TB2026-000018", june),
        lines=(line("-50", "0.1115", "-5.58", kind="refund", cites=cited),),
        payable=Decimal("-6.69"),
    )
    beyond = other(
        19,
        issued=june,
        due=date(2026, 7, 15),
        lines=(line("-100", "0.1115", "-11.15", kind="drawn", cites=cited),),
        payable=Decimal("5.00"),
        cites=(cited,),
    )
    assert amounts(ahead, rest, beyond) == [COLLECTED, ("2026-07-15", "5.00")]


def test_what_is_left_of_a_partial_credit_note_is_collected() -> None:
    back = replace(credit(DEBIT, "TB2026-000018", date(2026, 4, 20)), payable=Decimal("-6.69"))
    [message] = messages(DEBIT, back)
    assert message.amounts() == [Decimal("20.00")]


def test_accounts_are_those_of_today() -> None:
    moved = replace(HOUSEHOLD, iban="FR76" + "30006000011234567890189")
    [message] = messages(DEBIT, parties={"m-3fk2": moved})
    assert message.texts("DbtrAcct/Id/IBAN") == [moved.iban]


def test_an_address_is_given_in_fields_and_for_accounts_abroad_only() -> None:
    swiss = replace(HOUSEHOLD, iban="CH93" + "00762011623852957")
    [message] = messages(replace(DEBIT, buyer=swiss))
    parts = ("StrtNm", "PstCd", "TwnNm", "Ctry", "AdrLine")
    found = {name: message.texts(f"Dbtr/PstlAdr/{name}") for name in parts}
    assert found == {"StrtNm": [], "PstCd": ["81000"], "TwnNm": ["Albi"], "Ctry": ["FR"], "AdrLine": []}


def test_text_is_in_the_signs_of_every_bank() -> None:
    buyer = replace(BUSINESS, iban=HOUSEHOLD.iban, mandate=HOUSEHOLD.mandate, name="L’œuf & Ça_va «Ñandú»/")
    [message] = messages(replace(DEBIT, buyer=buyer, title="Écoles: l'été @ Albi"))
    assert message.texts("Dbtr/Nm") == ["L'oeuf + Ca-va Nandu"]
    assert message.texts("RmtInf/Ustrd") == ["Ecoles: l'ete Albi 2026-03 TB2026-000017"]


def test_everything_that_is_missing_is_told_at_once() -> None:
    """And no number is repeated."""
    poor = replace(COOP, iban=None, creditor_id=None)
    cases = [
        replace(DEBIT, seller=poor),
        other(18, seller=poor, buyer_id="m-a", buyer=replace(HOUSEHOLD, iban=None)),
        other(19, seller=poor, buyer_id="m-b", buyer=replace(HOUSEHOLD, mandate=None)),
        other(20, seller=poor, buyer_id="m-c", buyer=replace(HOUSEHOLD, iban="FR76" + "30006000011234567890188")),
        other(
            21,
            seller=poor,
            buyer_id="m-d",
            buyer=replace(HOUSEHOLD, mandate=Mandate("RUM-0003", date(2026, 5, 9), "RCUR")),
        ),
    ]
    found = said(*cases)
    assert [code for code, _message in found] == ["ACC871", "ACC873", "ACC873", "ACC872", "ACC873"]
    assert "iban and creditor_id missing" in found[0][1]
    assert "after 2026-05-08" in found[-1][1]
    assert not any("3000" in message for _code, message in found)


def test_the_older_version_wants_a_bic() -> None:
    [(code, message)] = said(replace(DEBIT, seller=replace(COOP, bic=None)), version=OLD)
    assert (code, "bic missing" in message) == ("ACC871", True)
    [read] = messages(replace(DEBIT, seller=replace(COOP, bic=None)))
    assert read.texts("CdtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]


def test_a_message_that_is_not_valid_is_not_written_and_says_where_not_what() -> None:
    [(code, message)] = said(replace(DEBIT, seller=replace(COOP, bic="NOBIC")))
    assert (
        code,
        "FinInstnId/BICFI" in message.replace("{urn:iso:std:iso:20022:tech:xsd:pain.008.001.08}", ""),
    ) == (
        "ACC875",
        True,
    )
    assert "NOBIC" not in message


def test_the_same_invoices_are_the_same_bytes_in_another_process() -> None:
    """No clock and no dice, which sepaxml would put in; another amount is another message."""
    program = (
        "import sys; sys.path.insert(0, 'tests'); from exporting import exported; from invoices import invoice; "
        "from mitoyen_sepa.debit import FORMAT; "
        "sys.stdout.buffer.write(exported(FORMAT, [invoice(means='direct-debit')])[0].content)"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    [here] = exported(FORMAT, [DEBIT])
    assert there == here.content
    [dearer] = exported(FORMAT, [replace(DEBIT, payable=Decimal("26.70"))])
    assert Message(dearer).texts("MsgId") != Message(here).texts("MsgId")
    assert dearer.name != here.name


@pytest.mark.parametrize("library", ["sepaxml", "schwifty"])
def test_without_the_extra_it_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=rf"{library} .*\[sepa\]"):
        exported(FORMAT, [DEBIT])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=8))
def test_sums_are_those_of_the_invoices_to_the_cent(cents: list[int]) -> None:
    amounts = [Decimal(one).scaleb(-2) for one in cents]
    [message] = messages(*(other(number, payable=amount) for number, amount in enumerate(amounts, 1)))
    assert message.amounts() == amounts
    assert message.sums_hold()
