"""Credit transfers: what producers earned, to who owns them, once the month is issued and not before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bank import Message
from exporting import exported
from invoices import COOP, FARM, HOUSEHOLD
from mitoyen.diagnostics import Refused
from mitoyen.parties import Party
from mitoyen_sepa.transfer import FORMAT

PEOPLE = {"coop-toits": COOP, "ferme": FARM, "p-ecole": HOUSEHOLD}


def earned(producer: str, revenue: str, **facts: Any) -> dict[str, Any]:
    return {"id": producer, "revenue": revenue, "month": "2026-03", "revision": 1, "state": "issued", **facts}


MARCH = [earned("p-ecole", "12.10"), earned("p-ferme", "34.56")]


def messages(records: list[dict[str, Any]], people: dict[str, Party] = PEOPLE, **options: Any) -> list[Message]:
    documents = exported(FORMAT, parties=people, earned=records, **options)
    return [Message(document) for document in documents]


def codes(records: list[dict[str, Any]], people: dict[str, Party] = PEOPLE, **options: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        messages(records, people, **options)
    return [finding.code for finding in caught.value.findings]


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.001.001.09"])
def test_what_the_bank_reads(version: str) -> None:
    """The farm sells its own energy, so it is paid; the school's is sold by the organiser, which keeps it."""
    [message] = messages(MARCH, version=version)
    assert message.version == version
    assert message.amounts() == [Decimal("34.56")]
    assert message.sums_hold()
    day = "ReqdExctnDt" if version.endswith("03") else "ReqdExctnDt/Dt"
    expected = {
        "GrpHdr/CreDtTm": "2026-04-01T00:00:00",
        day: "2026-04-30",
        "Dbtr/Nm": "Toits du Bourg, SCIC a capital variable",
        "DbtrAcct/Id/IBAN": COOP.iban,
        "Cdtr/Nm": "Ferme des Muriers",
        "CdtrAcct/Id/IBAN": FARM.iban,
        "RmtInf/Ustrd": "Toits du Bourg 2026-03 p-ferme",
        "EndToEndId": "2026-03.1-p-ferme",
    }
    assert {path: message.texts(path) for path in expected} == {path: [text] for path, text in expected.items()}


def test_a_listed_producer_is_paid_itself() -> None:
    [message] = messages(MARCH, producers=["p-ecole"])
    assert (message.amounts(), message.texts("Cdtr/Nm")) == ([Decimal("12.10")], ["Eloise Lefevre"])
    [message] = messages(MARCH, producers=["p-ecole", "p-ferme"])
    assert message.amounts() == [Decimal("12.10"), Decimal("34.56")]


def test_the_day_is_one_of_banks() -> None:
    [message] = messages(MARCH, days=3)  # 31 March and three days: Good Friday
    assert message.texts("ReqdExctnDt/Dt") == ["2026-04-07"]


def test_a_file_a_month_named_by_its_revision() -> None:
    april = earned("p-ferme", "40.00", month="2026-04", revision=2)
    documents = exported(FORMAT, parties=PEOPLE, earned=[*MARCH, april])
    assert [one.name.rpartition("-")[0] for one in documents] == [
        "virements-toits-du-bourg-2026-03.1-2026-04-30",
        "virements-toits-du-bourg-2026-04.2-2026-06-01",  # 30 May is a Saturday
    ]


def test_nothing_earned_is_nothing_paid() -> None:
    assert messages([earned("p-ferme", "0.00")]) == []


def test_a_draft_is_not_paid() -> None:
    assert codes([earned("p-ferme", "34.56", state="draft")]) == ["ACC876"]
    assert messages([earned("p-ecole", "12.10", state="draft")]) == []  # nobody is to be paid for it


def test_whose_account_is_not_known() -> None:
    assert codes(MARCH, {"coop-toits": COOP}) == ["ACC874"]
    assert codes(MARCH, {"ferme": replace(FARM, iban=None)}) == ["ACC874", "ACC874"]
    assert codes(MARCH, {**PEOPLE, "ferme": replace(FARM, iban="FR76" + "30006000011234567890188")}) == ["ACC872"]


def test_without_a_bic_the_bank_is_not_provided() -> None:
    [message] = messages(MARCH, {**PEOPLE, "coop-toits": replace(COOP, bic=None)})
    assert message.texts("DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]


def test_the_same_month_is_the_same_bytes() -> None:
    assert exported(FORMAT, parties=PEOPLE, earned=MARCH) == exported(FORMAT, parties=PEOPLE, earned=MARCH)
