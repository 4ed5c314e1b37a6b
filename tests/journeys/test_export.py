"""A month from the roof to the accountant and the bank: settled, issued, exported, corrected, exported again.

Of January, m-a is shared 3 kWh a day and m-b 9, at 10 cents: 9.30 and 27.90 EUR, 1.86 and 5.58 EUR of VAT, 11.16
and 33.48 EUR in all. The co-operative sells, and pays 37.20 EUR to who owns the roof.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import billed
from bank import Message
from billed import SIREN, household
from mitoyen.contracts import Document
from mitoyen.diagnostics import Refused, UsageError
from neighbours import FILES, commit, run, write

OPERATION = billed.OPERATION + (
    "exports:\n"
    '  fec: {accounts: {energy: "707000"}}\n'
    "  sepa-direct-debit: {days: 10}\n"
    "  sepa-credit-transfer: {producers: [p-roof]}\n"
)
ACCOUNT = 'iban: "FR14' + "2004101005" + '0500013M02606"\n'
COLLECTS = "bic: PSSTFRPPXXX\ncreditor_id: FR72ZZZ123456\n"


def signed(name: str, reference: str) -> str:
    """A household that has signed a mandate."""
    return household(name) + ACCOUNT + f"mandate: {{reference: {reference}, signed: 2026-01-02}}\n"


@dataclass
class Federation:
    repo: Path
    out: Path

    def export(self, form: str, month: str = "2026-01") -> list[Document]:
        """What the command writes into an empty folder."""
        folder = self.out / form
        for path in folder.glob("*"):
            path.unlink()
        code, said = run(self.repo, "export", "voisins", "--month", month, "--as", form, "--out", str(folder))
        assert code == 0
        written = [Document(path.name, "", path.read_bytes()) for path in sorted(folder.iterdir())]
        count = "1 file" if len(written) == 1 else f"{len(written)} files"
        assert said.splitlines() == [f"{count} written in {folder}", *(f"  {one.name}" for one in written)]
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} <= {0o600}
        return written

    def issue(self, day: str) -> None:
        billed.issue(self.repo, "2026-01", day)


@pytest.fixture
def federation(tmp_path: Path) -> Federation:
    repo = billed.village(tmp_path / "repo", "2026-01", operation=OPERATION)
    billed.people(
        repo,
        **{
            "coop-toits": billed.COOP + COLLECTS,
            "m-a": signed("Éloïse Lefèvre", "RUM-0001"),
            "m-b": signed("Camille & Dominique", "RUM-0002"),
            "p-roof": household("Noé Toit") + ACCOUNT,
        },
    )
    return Federation(repo, tmp_path / "exports")


def entries(document: Document) -> list[tuple[str, ...]]:
    """(number, day, account, member, debit, credit) of a FEC's lines."""
    rows = [line.split("\t") for line in document.content.decode("iso8859-15").splitlines()[1:]]
    return [tuple(row[column] for column in (2, 3, 4, 6, 11, 12)) for row in rows]


JANUARY = [
    ("1", "20260205", "411000", "m-a", "11,16", "0,00"),
    ("1", "20260205", "707000", "", "0,00", "9,30"),
    ("1", "20260205", "445710", "", "0,00", "1,86"),
    ("2", "20260205", "411000", "m-b", "33,48", "0,00"),
    ("2", "20260205", "707000", "", "0,00", "27,90"),
    ("2", "20260205", "445710", "", "0,00", "5,58"),
]


def test_an_accountant_and_a_bank_take_an_issued_month(federation: Federation) -> None:
    federation.issue("2026-02-05")
    [fec] = federation.export("fec")
    assert fec.name == f"{SIREN}FEC20261231.txt"
    assert entries(fec) == JANUARY
    [journal] = federation.export("journal")
    rows = list(csv.DictReader(io.StringIO(journal.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["compte"], row["debit"], row["credit"]) for row in rows] == [
        ("701000" if account == "707000" else account, debit, credit)  # the option is the FEC's
        for _number, _day, account, _member, debit, credit in JANUARY
    ]
    [file] = federation.export("sepa-direct-debit")
    message = Message(file)
    assert sorted(map(str, message.amounts())) == ["11.16", "33.48"]
    assert message.texts("Dbtr/Nm") == ["Eloise Lefevre", "Camille + Dominique"]
    assert message.sums_hold()
    [file] = federation.export("sepa-credit-transfer")
    assert (list(map(str, Message(file).amounts())), Message(file).texts("Cdtr/Nm")) == (["37.20"], ["Noe Toit"])


def test_what_was_exported_is_exported_again(federation: Federation) -> None:
    federation.issue("2026-02-05")
    for form in ("fec", "journal", "sepa-direct-debit", "sepa-credit-transfer"):
        assert federation.export(form) == federation.export(form)


def test_a_correction_turns_the_entries_and_the_debits(federation: Federation) -> None:
    """The price was 9 cents: 93 and 279 kWh are 8.37 and 25.11, with their VAT 10.04 and 30.13 EUR."""
    federation.issue("2026-02-05")
    write(federation.repo, tariffs=FILES["tariffs"].replace("0.1000", "0.0900"))
    commit(federation.repo)
    federation.issue("2026-02-06")
    [fec] = federation.export("fec")
    rows = entries(fec)
    assert rows[:6] == JANUARY
    of_a = [row[4:] for row in rows if row[1] == "20260206" and row[3] == "m-a"]
    assert sorted(of_a) == [("0,00", "11,16"), ("10,04", "0,00")]
    assert [row[0] for row in rows[::3]] == ["1", "2", "3", "4", "5", "6"]
    messages = [Message(one) for one in federation.export("sepa-direct-debit")]
    assert sorted(str(amount) for one in messages for amount in one.amounts()) == ["10.04", "30.13"]


def test_a_producer_is_paid_once_and_then_the_rest(federation: Federation) -> None:
    """At 11 cents 93 and 279 kWh are 10.23 and 30.69: 40.92 EUR, of which 37.20 were paid."""
    federation.issue("2026-02-05")
    [first] = federation.export("sepa-credit-transfer")
    write(federation.repo, tariffs=FILES["tariffs"].replace("0.1000", "0.1100"))
    commit(federation.repo)
    federation.issue("2026-02-20")
    before, after = federation.export("sepa-credit-transfer")
    assert before == first
    assert [*map(str, Message(after).amounts())] == ["3.72"]
    shutil.rmtree(federation.repo / ".mitoyen" / "pricing")  # what is now is computed again, what was is not
    with pytest.raises(Refused) as caught:
        federation.export("sepa-credit-transfer")
    assert [finding.code for finding in caught.value.findings] == ["ACC534"]


def test_what_is_bought_ahead_waits_in_its_account(tmp_path: Path) -> None:
    """m-a buys 200 kWh, 20.00 EUR and 4.00 of VAT, and draws 93: 9.30 leave the deposits and are sold."""
    repo = billed.village(
        tmp_path / "repo",
        "2026-01",
        operation=OPERATION,
        participants=FILES["participants"].replace("residents", "card", 1),
        packages="m-a: {2026-01-01: 200 kWh}\n",
        tariffs=FILES["tariffs"]
        + "card:\n  2026-01-01: {rule: prepaid, with: {price: 0.1000 EUR/kWh, then: 0.1700 EUR/kWh}}\n",
    )
    village = Federation(repo, tmp_path / "exports")
    village.issue("2026-02-05")
    rows = {row[2:] for row in entries(village.export("fec")[0])}
    assert rows == {
        ("411000", "m-a", "24,00", "0,00"),
        ("419100", "", "0,00", "20,00"),
        ("445710", "", "0,00", "4,00"),
        ("419100", "", "9,30", "0,00"),
        ("707000", "", "0,00", "9,30"),
        *(row[2:] for row in JANUARY[3:]),
    }


def test_before_it_is_issued_nothing_is_exported(federation: Federation) -> None:
    for form in ("fec", "journal", "sepa-direct-debit", "sepa-credit-transfer"):
        with pytest.raises(Refused) as caught:
            federation.export(form)
        assert [finding.code for finding in caught.value.findings] == ["ACC531"]
    assert not federation.out.exists()


def test_a_folder_that_git_would_take_is_refused(federation: Federation) -> None:
    federation.issue("2026-02-05")
    inside = str(federation.repo / "exports")
    with pytest.raises(Refused) as caught:
        run(federation.repo, "export", "voisins", "--month", "2026-01", "--as", "fec", "--out", inside)
    assert [finding.code for finding in caught.value.findings] == ["ACC706"]
    assert not Path(inside).exists()


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ("  fek: {}\n", "ACC601", "operations/voisins/operation.yaml:13:3"),
        ('  journal: {delimitor: ";"}\n', "ACC110", "operations/voisins/operation.yaml:13:13"),
        ("  journal: {accounts: {vat: 445710}}\n", "ACC112", "operations/voisins/operation.yaml:13:29"),
        ('  journal: {accounts: {vat: {"20 %": "445710"}}}\n', "ACC114", "operations/voisins/operation.yaml:13:30"),
    ],
)
def test_an_option_nobody_knows_is_refused_with_its_place(
    federation: Federation, written: str, code: str, place: str
) -> None:
    write(federation.repo, operation=OPERATION + written)
    _exit, said = run(federation.repo, "check", "--format", "json")
    found = [(one["code"], f"{one['path']}:{one['line']}:{one['column']}") for one in json.loads(said)["findings"]]
    assert found == [(code, place)]


def test_a_producer_nobody_has_is_refused(federation: Federation) -> None:
    write(federation.repo, operation=OPERATION.replace("[p-roof]", "[p-rof]"))
    _exit, said = run(federation.repo, "check", "--format", "json")
    [finding] = [one for one in json.loads(said)["findings"] if one["severity"] == "error"]
    assert (finding["code"], finding["help"]) == ("ACC533", 'did you mean "p-roof"?')


def test_a_federation_without_a_register(federation: Federation) -> None:
    (federation.repo / "operations" / "mitoyen.yaml").unlink()
    with pytest.raises(UsageError, match="register"):
        federation.export("journal")


def test_the_schema_of_operations_has_the_options_of_exports(federation: Federation) -> None:
    exports: dict[str, Any] = json.loads(run(federation.repo, "schema", "operation")[1])["properties"]["exports"]
    assert {"fec", "journal", "sepa-credit-transfer", "sepa-direct-debit"} <= set(exports["properties"])
    assert exports["additionalProperties"] is False
    assert exports["properties"]["fec"]["properties"]["closing"]["default"] == 12
