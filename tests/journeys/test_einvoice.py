"""A town that pays for two meters: what it lacks stops the month, and then it gets its e-invoice, proved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from billed import OPERATION, SIREN, fetch, household, issue, issued, people, village
from mitoyen.diagnostics import Refused
from mitoyen_einvoice.document import opened
from mitoyen_einvoice.reading import read
from neighbours import FILES, commit, run

TOWN = (
    household("Commune du Bourg").replace("household", "public")
    + 'email: mairie@bourg.example\nsiren: "213500085"\n'
)
ASSOCIATION = household("Les Amis du Four").replace("household", "association")
SIRET = f'siret: "{"213500085" + "00013"}"\nchorus: {{service: SERV-FIN, engagement: ENG2026-17}}\n'


@dataclass(frozen=True)
class Place:
    repo: Path
    out: Path

    def written(self, *formats: str) -> set[str]:
        wanted = [word for one in formats for word in ("--as", one)]
        run(self.repo, "documents", "voisins", "--month", "2026-01", "--out", str(self.out), *wanted)
        return {path.name for path in self.out.iterdir()}

    def checked(self, *names: str) -> tuple[int, str]:
        return run(self.repo, "einvoice", "check", *(str(self.out / name) for name in names))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """m-a pays for itself; the town for m-b, 279 kWh at 10 cents: 27.90, 33.48 with VAT."""
    repo = village(
        tmp_path / "repo",
        "2026-01",
        participants=FILES["participants"].replace(
            "mtr-02, from: 2026-01-01", "mtr-02, from: 2026-01-01, payer: town"
        ),
        operation=OPERATION.replace("use: [text]", "use: [text, pdf, facturx, ubl]"),
    )
    people(repo, town=TOWN + SIRET)
    return Place(repo, tmp_path / "out")


def test_a_town_gets_one_and_a_household_a_page(place: Place) -> None:
    assert issued(place.repo, "2026-01", "2026-02-05") == [
        "VO2026-000001 invoice m-a 11.16",
        "VO2026-000002 invoice town 33.48",
    ]
    assert {name for name in place.written() if name.startswith("VO2026-")} == {
        "VO2026-000001.txt",
        "VO2026-000001.pdf",  # and none of the town's: its Factur-X is a PDF
        "VO2026-000002.txt",
        "VO2026-000002-facturx.pdf",
        "VO2026-000002.ubl.xml",
    }
    code, text = place.checked("VO2026-000002-facturx.pdf", "VO2026-000002.ubl.xml")
    assert code == 0
    assert text.count("nothing to mend") == 2
    found = read(opened((place.out / "VO2026-000002.ubl.xml").read_bytes(), "x"))
    assert {name: found.values[name].text for name in ("BT-1", "BT-109", "BT-110", "BT-112")} == {
        "BT-1": "VO2026-000002",
        "BT-109": "27.90",
        "BT-110": "5.58",
        "BT-112": "33.48",
    }


def test_what_is_missing_stops_the_month_before_a_number_is_given(place: Place) -> None:
    people(place.repo, town=ASSOCIATION)
    with pytest.raises(Refused) as refused:
        issue(place.repo, "2026-01", "2026-02-05")
    assert [(one.code, one.message) for one in refused.value.findings] == [
        ("ACC840", '"town" has no mail address, which its e-invoice must show')
    ]
    people(place.repo, town=TOWN + SIRET)
    assert issued(place.repo, "2026-01", "2026-02-05")[0].startswith("VO2026-000001 ")


def test_a_draft_can_be_seen_before_and_a_credit_note_comes_after(place: Place) -> None:
    drafts = {name for name in place.written("facturx", "ubl") if name.startswith("2026-01")}
    assert drafts == {"2026-01-coop-toits-town-invoice-facturx.pdf", "2026-01-coop-toits-town-invoice.ubl.xml"}
    assert place.checked(*drafts)[0] == 0
    issued(place.repo, "2026-01", "2026-02-05")
    commit(place.repo, "Issued")
    fetch(place.repo, "2026-01", consumed=(1, 1))
    commit(place.repo, "The operator restated January", "Accept: voisins/2026-01 m-a +100.0%")
    told = issued(place.repo, "2026-01", "2026-03-02")
    assert "VO2026-000005 credit town -33.48" in told
    names = sorted(name for name in place.written() if name.endswith(".xml") and name.startswith("VO"))
    assert names == ["VO2026-000002.ubl.xml", "VO2026-000005.ubl.xml", "VO2026-000006.ubl.xml"]
    assert place.checked(*names)[0] == 0
    credit = read(opened((place.out / "VO2026-000005.ubl.xml").read_bytes(), "x"))
    assert (credit.values["BT-3"].text, credit.values["BT-112"].text) == ("381", "33.48")
    assert [one["BT-25"].text for one in credit.references] == ["VO2026-000002"]


def test_a_household_where_the_co_operative_wants_it(place: Place) -> None:
    path = place.repo / "operations" / "voisins" / "operation.yaml"
    path.write_text(path.read_text().replace("{series: VO}", "{series: VO, households: true}"))
    commit(place.repo, "Households too")
    people(place.repo, town=ASSOCIATION)
    with pytest.raises(Refused) as refused:
        issue(place.repo, "2026-01", "2026-02-05")
    assert [one.message for one in refused.value.findings] == [
        '"m-a" has no mail address, which its e-invoice must show',
        '"town" has no mail address, which its e-invoice must show',
    ]
    people(place.repo, town=TOWN + SIRET, **{"m-a": household("Ana Prat") + "email: ana@voisine.example\n"})
    issued(place.repo, "2026-01", "2026-02-05")
    assert place.checked(*(name for name in place.written() if name.endswith((".pdf", ".xml"))))[0] == 0


def test_surplus_that_is_resold_reverses_the_charge(tmp_path: Path) -> None:
    """186 kWh at 4.5 cents, 8.37, and the buyer owes the VAT; m-a's invoice is its page."""
    terms = "buyer: aggregator, price: 0.0450 EUR/kWh, vat: reverse-charge, resells: true"
    repo = village(
        tmp_path / "repo",
        operation=OPERATION.replace("use: [text]", "use: [text, cii, ubl]")
        + f"surplus: {{p-roof: {{2026-01-01: {{{terms}}}}}}}\n",
    )
    fetch(repo, "2026-01", consumed=(1, 0))
    vat = f"FR{(12 + 3 * int(SIREN)) % 97:02}{SIREN}"
    aggregator = household("Courant d'Air").replace("household", "business")
    people(repo, aggregator=f'{aggregator}siren: "{SIREN}"\nvat: "{vat}"\n')
    commit(repo, "The data")
    place, told = Place(repo, tmp_path / "out"), issued(repo, "2026-01", "2026-02-05")
    [number] = [one.split()[0] for one in told if one.endswith("invoice aggregator 8.37")]
    names = sorted(name for name in place.written() if name.startswith("VO2026-") and name.endswith(".xml"))
    assert names == [f"{number}.cii.xml", f"{number}.ubl.xml"]
    assert place.checked(*names)[0] == 0
    sold = read(opened((place.out / f"{number}.ubl.xml").read_bytes(), "x"))
    assert [(tax["BT-118"].text, tax["BT-116"].text, tax["BT-117"].text) for tax in sold.taxes] == [
        ("AE", "8.37", "0.00")
    ]
