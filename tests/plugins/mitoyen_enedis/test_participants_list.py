"""The participants list and its letter: who is in it, who came and went, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from exporting import OPERATION, exported
from invoices import BUSINESS, COOP, FARM, HOUSEHOLD
from mitoyen.contracts import Participant
from mitoyen.diagnostics import Refused
from mitoyen_enedis.participants_list import FORMAT

PEOPLE = {
    "p-roof": Participant("p-roof", "producer", "mtr-90", date(2026, 1, 1), None, power=36_500),
    "m-a": Participant("m-a", "consumer", "mtr-01", date(2026, 1, 1), date(2026, 3, 17)),
    "m-b": Participant("m-b", "consumer", "mtr-02", date(2026, 3, 10), None),
    "m-gone": Participant("m-gone", "consumer", "mtr-03", date(2026, 1, 1), date(2026, 2, 1)),
    "m-to-come": Participant("m-to-come", "consumer", "mtr-04", date(2026, 4, 1), None),
}


def number(last: int) -> str:
    return f"{last:014}"


VAULT = {
    "coop-toits": COOP,
    "p-roof": replace(FARM, meters={"mtr-90": number(90)}),
    "m-a": replace(HOUSEHOLD, meters={"mtr-01": number(1)}),
    "m-b": replace(BUSINESS, meters={"mtr-02": number(2)}),
}


def march(vault: dict[str, Any]) -> list[Any]:
    operation = replace(OPERATION, participants=PEOPLE, details={"agreement": "ACC00000007"})
    return exported(FORMAT, parties=vault, operation=operation)


def test_who_is_in_it_in_march() -> None:
    book, letter = march(VAULT)
    assert book.name == "ACC00000007_20260331_ANNEXE2.1.xlsx"
    sheets = {
        sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(BytesIO(book.content))
    }
    assert sheets["Consommateurs"][1:] == [
        (
            number(1),
            "Éloïse Lefèvre",
            "Bât. B, 12 rue des Acacias",
            "81000",
            "Albi",
            None,
            "01/01/2026",
            "17/03/2026",
        ),
        (number(2), BUSINESS.name, "3 rue du Four", "81000", "Albi", BUSINESS.siret, "10/03/2026", None),
    ]
    assert sheets["Producteurs"][1][0] == number(90)
    assert sheets["Producteurs"][1][-1] == "36,5"
    assert [row[:3] for row in sheets["Mouvements"][1:]] == [
        ("10/03/2026", "entrée", "consommateur"),
        ("17/03/2026", "sortie", "consommateur"),
    ]
    assert f"- entrée le 10/03/2026 : {BUSINESS.name}, consommateur, point de livraison {number(2)}" in (
        letter.content.decode()
    )
    assert march(VAULT)[0].content == book.content


def test_whom_the_vault_does_not_know_is_told() -> None:
    with pytest.raises(Refused) as refused:
        march({**VAULT, "m-a": HOUSEHOLD, "m-b": None})
    assert [(one.code, one.message) for one in refused.value.findings] == [
        ("ACC437", 'the vault does not say who "m-a" is, or the number of its meter mtr-01'),
        ("ACC437", 'the vault does not say who "m-b" is, or the number of its meter mtr-02'),
    ]
