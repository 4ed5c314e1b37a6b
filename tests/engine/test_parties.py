"""A party is read to the last digit, and what is wrong with it is said without a word of it."""

from __future__ import annotations

import string
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen import parties
from mitoyen.contracts import Participant
from mitoyen.diagnostics import Refused, UsageError, text
from mitoyen.host import MissingExtra
from mitoyen.party import Address, Mandate, Party
from neighbours import FILES, curve, run, write

HOME = """\
kind: household
name: Camille Exemple
address: {lines: ["1 rue de l'Exemple"], postcode: "81000", city: Albi}
"""


class Pocket(dict[str, bytes]):
    """A safe of one test."""

    def names(self) -> list[str]:
        return list(self)

    def read(self, name: str) -> bytes | None:
        return self.get(name)

    def write(self, name: str, content: bytes) -> None:
        self[name] = content

    def remove(self, name: str) -> bool:
        return self.pop(name, None) is not None

    def where(self, name: str) -> str:
        return f"pocket/{name}.yaml"


def codes(content: str) -> list[str]:
    return [finding.code for finding in parties.check(content.encode(), "x.yaml")]


def test_a_party_is_read() -> None:
    whole = f"""{HOME}iban: FR14 2004 1010 0505 0001 3M02 606
mandate: {{reference: RUM-1, signed: 2026-01-31}}
meters: {{mtr-01: "12345678901234"}}
legal: {{form: SCIC SA}}
language: en
"""
    assert parties.load(Pocket({"m-a": whole.encode()}), "m-a") == Party(
        kind="household",
        name="Camille Exemple",
        address=Address(("1 rue de l'Exemple",), "81000", "Albi", "FR"),
        legal={"form": "SCIC SA"},
        iban="FR1420041010050500013M02606",
        mandate=Mandate("RUM-1", date(2026, 1, 31), "RCUR"),
        meters={"mtr-01": "12345678901234"},
        language="en",
    )
    assert parties.load(Pocket(), "m-a") is None


@pytest.mark.parametrize(
    "line",
    [
        'siren: "732829320"',
        'siren: "732 829 320"',
        'siret: "732 829 320 00074"',
        "vat: FR 44 732 829 320",
        "iban: FR14 2004 1010 0505 0001 3M02 606",
        "iban: DE89 3704 0044 0532 0130 00",
        "bic: AGRIFRPP882",
        "creditor_id: FR72ZZZ123456",
    ],
)
def test_published_examples_hold(line: str) -> None:
    assert codes(f"{HOME}{line}\n") == []


@pytest.mark.parametrize(
    "line",
    [
        'siren: "732829321"',  # Luhn: the last digit is one too many
        'siren: "73282932"',
        'siret: "73282932000075"',
        "vat: FR45732829320",
        "iban: FR06 3000 6000 0112 3456 7890 188",  # right by its two digits, wrong by the national key
        "iban: FR15 2004 1010 0505 0001 3M02 606",
        "iban: albi",
        "bic: AGRI",
        "creditor_id: FR12ZZZ123456",
    ],
)
def test_a_false_number_is_refused(line: str) -> None:
    assert codes(f"{HOME}{line}\n") == ["ACC812"]


def test_numbers_of_two_bodies_are_told() -> None:
    assert codes(f'{HOME}siren: "732829320"\nsiret: "55210055400013"\n') == ["ACC813"]
    assert codes(f'{HOME}siren: "732829320"\nvat: FR44732829320\n') == []


def test_everything_wrong_is_said_at_once() -> None:
    found = codes('kind: person\nname: ""\nemal: x\naddress: {lines: [A], postcode: 81000, city: Albi}\n')
    assert found == ["ACC113", "ACC115", "ACC110", "ACC112"]


def test_the_form_that_new_writes_does_not_hold_until_it_is_filled_in() -> None:
    assert set(codes(parties.template(["mtr-01"]).decode())) == {"ACC114", "ACC115"}
    assert set(codes(parties.template([]).decode())) == {"ACC115"}


SECRET = st.text(string.ascii_uppercase + string.digits, min_size=12, max_size=90)


@given(
    secret=SECRET, field=st.sampled_from(["kind", "iban", "siren", "bic", "email", "language", "meters", "emal"])
)
def test_what_is_wrong_is_said_without_a_word_of_it(secret: str, field: str) -> None:
    findings = parties.check(f"{HOME}{field}: {secret}\n".encode(), "m-a.yaml")
    said = text(findings)
    assert findings
    assert all(finding.place and finding.place.line == 4 for finding in findings)
    assert not any(secret[start : start + 8] in said for start in range(len(secret) - 7))


@pytest.mark.parametrize(
    "broken", ["name: Camille: Exemple\n", "name: [Camille\n", "name: a\nname: Camille\n", "? Camille\n"]
)
def test_nor_where_it_is_no_yaml(broken: str) -> None:
    findings = parties.check(broken.encode(), "m-a.yaml")
    assert findings
    assert "Camille" not in text(findings)


def test_fourteen_digits_want_quotes() -> None:
    [finding] = parties.check(f"{HOME}meters: {{mtr-01: 12345678901234}}\n".encode(), "m-a.yaml")
    assert (finding.code, finding.help) == ("ACC108", "write it between quotes")


def test_a_document_refuses_a_party_that_does_not_hold() -> None:
    with pytest.raises(Refused):
        parties.load(Pocket({"m-a": b"kind: household\n"}), "m-a")


def test_the_numbers_of_an_operations_meters() -> None:
    """What is not told is not there: a party without meter, a participant without party."""
    members = {
        name: Participant(name, "consumer", meter, date(2026, 1, 1), None)
        for name, meter in (("m-a", "mtr-01"), ("m-b", "mtr-02"), ("m-c", "mtr-03"), ("m-d", "mtr-01"))
    }
    number = f"{7:014}"
    pocket = Pocket({"m-a": f'{HOME}meters: {{mtr-01: "{number}"}}\n'.encode(), "m-b": HOME.encode()})
    assert parties.meters(members.values(), pocket) == {"mtr-01": number}
    pocket["m-d"] = pocket["m-a"]  # who took the meter over
    assert parties.meters(members.values(), pocket) == {"mtr-01": number}
    pocket["m-d"] = f'{HOME}meters: {{mtr-01: "{8:014}"}}\n'.encode()
    with pytest.raises(Refused, match="mtr-01 has one number here and another in pocket/m-a") as refused:
        parties.meters(members.values(), pocket)
    assert number not in f"{refused.value.findings}"


@pytest.mark.parametrize(("library", "line"), [("stdnum", 'siren: "1"'), ("schwifty", "iban: FR1")])
def test_a_missing_library_names_its_extra(library: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=r"\[invoices\]"):
        codes(f"{HOME}{line}\n")


# --- the whole way, for the two neighbours -----------------------------------------------------------------------


@pytest.fixture
def voisins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """January of the two neighbours, a vault outside the repository."""
    monkeypatch.delenv("MITOYEN_DATA", raising=False)
    repo = tmp_path / "repo"
    write(repo, **FILES)
    (repo / "january.csv").write_text(curve("2026-01"))
    run(repo, "fetch", "voisins", "--month", "2026-01")
    monkeypatch.setenv("MITOYEN_VAULT", str(tmp_path / "vault"))
    return repo


def statements(repo: Path, where: str) -> dict[str, str]:
    run(repo, "documents", "voisins", "--month", "2026-01", "--out", str(repo / where))
    return {path.name: path.read_text() for path in sorted((repo / where).iterdir())}


def with_vault(repo: Path) -> None:
    (repo / "operations" / "mitoyen.yaml").write_text("vault: {use: plain}\n")


def test_a_statement_bears_the_name_and_address(voisins: Path) -> None:
    before = statements(voisins, "before")
    with_vault(voisins)
    assert statements(voisins, "empty") == before
    run(voisins, "parties", "new", "m-a")
    (voisins.parent / "vault" / "m-a.yaml").write_text(HOME)
    after = statements(voisins, "after")
    assert after["VO-2026-01-m-b.txt"] == before["VO-2026-01-m-b.txt"]
    name = "VO-2026-01-m-a.txt"
    added = [line.strip() for line in after[name].splitlines() if line not in before[name].splitlines()]
    assert added == ["Camille Exemple", "1 rue de l'Exemple", "81000 Albi"]


def test_a_party_may_read_another_language(voisins: Path) -> None:
    with_vault(voisins)
    run(voisins, "parties", "new", "m-a")
    (voisins.parent / "vault" / "m-a.yaml").write_text(f"{HOME}language: en\n")
    assert "You consumed" in statements(voisins, "out")["VO-2026-01-m-a.txt"]


def test_parties_from_none_to_all(voisins: Path) -> None:
    with_vault(voisins)
    everyone = ("coop-toits", "m-a", "m-b", "p-roof")
    code, said = run(voisins, "parties", "check")
    assert code == 1
    assert all(f'the vault has no party "{name}"' in said for name in everyone)
    for name in everyone:
        run(voisins, "parties", "new", name)
        (voisins.parent / "vault" / f"{name}.yaml").write_text(HOME)
    assert run(voisins, "parties", "check") == (0, "4 parties checked, nothing to mend\n")
    assert run(voisins, "parties", "show", "m-a") == (0, HOME)


def test_who_left_needs_no_party(voisins: Path) -> None:
    with_vault(voisins)
    gone = FILES["participants"].replace("mtr-02, from: 2026-01-01", "mtr-02, from: 2026-01-01, to: 2026-02-01")
    write(voisins, participants=gone)
    assert '"m-b"' not in run(voisins, "parties", "check")[1]


def test_a_seller_needs_one_wherever_it_is_named(voisins: Path) -> None:
    with_vault(voisins)
    write(voisins, participants=FILES["participants"].replace("36 kWp", "36 kWp, seller: coop-soleil"))
    assert 'the vault has no party "coop-soleil"' in run(voisins, "parties", "check")[1]
    regime = "{2026-01-01: {vat: franchise}}"
    sellers = f"law: france\nsellers: {{coop-soleil: {regime}, commune: {regime}}}\n"
    write(voisins, operation=FILES["operation"] + sellers)
    assert 'the vault has no party "commune"' in run(voisins, "parties", "check")[1]


def test_without_a_vault_it_says_how_to_name_one(voisins: Path) -> None:
    with pytest.raises(UsageError, match=r"vault: \{use: plain"):
        run(voisins, "parties", "check")
