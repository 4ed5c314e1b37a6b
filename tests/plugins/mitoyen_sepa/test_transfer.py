"""Credit transfers: what producers earned, to who owns them, once and no more than once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank import Message
from exporting import exported
from invoices import COOP, FARM, HOUSEHOLD
from mitoyen.diagnostics import Refused
from mitoyen.party import Party
from mitoyen_sepa.transfer import FORMAT

PEOPLE = {"coop-toits": COOP, "ferme": FARM, "p-ecole": HOUSEHOLD}


def earned(producer: str, revenue: str, **facts: Any) -> dict[str, Any]:
    issued = date(2026, 4, 8)
    return {"id": producer, "revenue": revenue, "month": "2026-03", "revision": 1, "issued": issued, **facts}


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
        "GrpHdr/CreDtTm": "2026-04-08T00:00:00",
        day: "2026-05-08",
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
    [message] = messages(MARCH, days=23)  # 8 April and 23 days: 1 May, then a weekend
    assert message.texts("ReqdExctnDt/Dt") == ["2026-05-04"]


def test_a_revision_pays_what_the_ones_before_have_not() -> None:
    """34.56 is paid, corrected to 40.00, to 30.00, to 41.00: 5.44 more, nothing, 1.00 more."""
    revenues = ("34.56", "40.00", "30.00", "41.00")
    records = [
        earned("p-ferme", revenue, revision=number, issued=date(2026, 4, 7 + number))
        for number, revenue in enumerate(revenues, 1)
    ]
    documents = exported(FORMAT, parties=PEOPLE, earned=[*records, earned("p-ferme", "7.00", month="2026-04")])
    assert [(one.name.rpartition("-")[0], str(Message(one).amounts()[0])) for one in documents] == [
        ("virements-toits-du-bourg-2026-03.1-2026-05-08", "34.56"),
        ("virements-toits-du-bourg-2026-03.2-2026-05-11", "5.44"),  # 9 May is a Saturday
        ("virements-toits-du-bourg-2026-03.4-2026-05-11", "1.00"),
        ("virements-toits-du-bourg-2026-04.1-2026-05-08", "7.00"),
    ]
    assert documents[0] == exported(FORMAT, parties=PEOPLE, earned=records[:1])[0]


def test_nothing_earned_is_nothing_paid() -> None:
    assert messages([earned("p-ferme", "0.00")]) == []


def test_whose_account_is_not_known() -> None:
    assert codes(MARCH, {"coop-toits": COOP}) == ["ACC874"]
    assert codes(MARCH, {"ferme": replace(FARM, iban=None)}) == ["ACC874", "ACC874"]
    assert codes(MARCH, {**PEOPLE, "ferme": replace(FARM, iban="FR76" + "30006000011234567890188")}) == ["ACC872"]


def test_without_a_bic_the_bank_is_not_provided() -> None:
    [message] = messages(MARCH, {**PEOPLE, "coop-toits": replace(COOP, bic=None)})
    assert message.texts("DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]


def test_the_same_month_is_the_same_bytes() -> None:
    assert exported(FORMAT, parties=PEOPLE, earned=MARCH) == exported(FORMAT, parties=PEOPLE, earned=MARCH)
