"""A month is issued: numbers, frozen bytes, corrections, whatever stands against it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from billed import COOP, OPERATION, SIREN, fetch, household, issue, issued, people, village
from mitoyen.billing.deciding import decide
from mitoyen.clock import Month
from mitoyen.diagnostics import Refused, UsageError
from mitoyen.workspace import Workspace
from neighbours import FILES, commit, curve, run, write


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {one.code for one in refused.value.findings}


def test_a_month_is_issued_once(tmp_path: Path) -> None:
    repo = village(tmp_path / "repo", "2026-01")
    [unit] = issue(repo, "2026-01", "2026-02-05")["units"]
    assert [(one["number"], one["buyer"], one["net"], one["vat"], one["gross"]) for one in unit["invoices"]] == [
        ("VO2026-000001", "m-a", "9.30", "1.86", "11.16"),
        ("VO2026-000002", "m-b", "27.90", "5.58", "33.48"),
    ]
    assert unit["billed"] == {"net": "37.20", "vat": "7.44", "gross": "44.64"}
    assert issue(repo, "2026-01", "2026-02-05")["units"] == []


def test_before_it_opened_there_is_nothing_to_issue(tmp_path: Path) -> None:
    repo = village(tmp_path / "repo", "2026-01")
    with pytest.raises(UsageError, match="voisins opened on 2026-01-01: there is nothing to issue for 2025-12"):
        issue(repo, "2025-12", "2026-02-05", "voisins")


def test_what_is_not_over_or_not_written_stands_against_it(tmp_path: Path) -> None:
    """All findings at once, and nothing is numbered."""
    repo = village(
        tmp_path / "repo",
        "2026-01",
        participants="""\
p-roof: {role: producer, meter: mtr-90, from: 2026-01-01, power: 36 kWp, seller: ferme}
m-a: {role: consumer, meter: mtr-01, from: 2026-01-01}
m-b: {role: consumer, meter: mtr-02, from: 2026-01-01, tariff: residents, payer: town}
""",
        operation=OPERATION.replace("sellers: {", "sellers: {ferme: {2026-01-01: {vat: franchise}}, "),
    )
    with pytest.raises(Refused) as refused:
        issue(repo, "2026-01", "2026-01-20")
    found = {(one.code, one.message.split(",")[0].split(":")[0]) for one in refused.value.findings}
    assert found == {
        ("ACC838", "2026-01 is not over on 2026-01-20"),
        ("ACC831", "m-a received 93.000000 kWh in 2026-01"),
        ("ACC837", 'the invoices of "ferme" have no series'),
        ("ACC833", '"ferme" has given no mandate for its invoices to be written by coop-toits'),
        ("ACC811", 'the vault has no party "ferme"'),
        ("ACC811", 'the vault has no party "town"'),
    }
    assert not (tmp_path / "register" / "ledger.sqlite").exists()


def test_a_seller_under_a_mandate_has_its_own_series(tmp_path: Path) -> None:
    """The roof's energy is the farm's, under the franchise; the fee is the organiser's: two invoices each."""
    repo = village(
        tmp_path / "repo",
        "2026-01",
        participants=FILES["participants"].replace("power: 36 kWp", "power: 36 kWp, seller: ferme"),
        tariffs="residents:\n"
        "  2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh, fee: 2.00 EUR/month}, because: resolution 4}\n",
        operation=OPERATION.replace("sellers: {", "sellers: {ferme: {2026-01-01: {vat: franchise}}, ")
        + "billing: {series: {ferme: FM}, mandates: {ferme: 2026-01-05}}\n",
    )
    people(repo, ferme=COOP.replace(SIREN, "732829320").replace("FR96", "FR44").replace("Toits du Bourg", "Ferme"))
    assert issued(repo, "2026-01", "2026-02-05") == [
        "VO2026-000001 invoice m-a 2.40",
        "VO2026-000002 invoice m-b 2.40",
        "FM2026-000001 invoice m-a 9.30",
        "FM2026-000002 invoice m-b 27.90",
    ]
    run(repo, "documents", "voisins", "--month", "2026-01", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "FM2026-000001.txt").read_text()
    assert "TVA non applicable, art. 293 B du CGI" in text
    assert "Written in the seller's name by:\n    Toits du Bourg" in text


def test_a_town_with_two_meters_has_one_invoice(tmp_path: Path) -> None:
    """93 + 279 = 372 kWh, 37.20 EUR, VAT 7.44."""
    repo = village(
        tmp_path / "repo",
        "2026-01",
        participants=FILES["participants"].replace("tariff: residents}", "tariff: residents, payer: town}"),
    )
    town = household("Commune").replace("household", "public")
    people(repo, town=town + 'siren: "213500085"\nsiret: "21350008500013"\n')
    assert issued(repo, "2026-01", "2026-02-05") == ["VO2026-000001 invoice town 44.64"]


# --- corrections ---------------------------------------------------------------------------------------------


def test_restated_data_credit_and_bill_again_those_who_differ(tmp_path: Path) -> None:
    """m-a asks for nothing and gets the same 3 kWh: only m-b's meter was wrong, 1 kWh an hour and not 3.

    Then 6 hours x 1 kWh x 31 days are m-b's: 186 kWh, 18.60 EUR, 22.32 with VAT; m-a gets what is left of the roof
    up to its 1 kWh an hour: 186 kWh as well.
    """
    repo = village(tmp_path / "repo", "2026-01")
    issued(repo, "2026-01", "2026-02-05")
    commit(repo, "Issued")
    fetch(repo, "2026-01", consumed=(1, 1))
    commit(repo, "The operator restated January", "Accept: voisins/2026-01 m-a +100.0%")
    with pytest.raises(Refused) as refused:
        issue(repo, "2026-01", "2026-02-01")
    assert codes(refused) == {"ACC838"}  # before the last number
    assert issued(repo, "2026-01", "2026-03-02") == [
        "VO2026-000003 credit m-a -11.16",
        "VO2026-000004 invoice m-a 22.32",
        "VO2026-000005 credit m-b -33.48",
        "VO2026-000006 invoice m-b 22.32",
    ]
    assert issued(repo, "2026-01", "2026-03-02") == []
    run(repo, "documents", "voisins", "--month", "2026-01", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "VO2026-000005.txt").read_text()
    assert "refers to invoice VO2026-000002 of 2026-02-05" in text
    assert "-279.000 kWh x 0.1000 €/kWh" in text
    assert "In your favour                                                        33.48 €" in text
    assert (repo / "operations/voisins/settlements/2026-01.2.yaml").read_text().count("number:") == 4


def test_a_backdated_price_corrects_its_group_alone(tmp_path: Path) -> None:
    repo = village(
        tmp_path / "repo",
        "2026-01",
        participants=FILES["participants"].replace(
            "mtr-01, from: 2026-01-01, tariff: residents", "mtr-01, from: 2026-01-01, tariff: shops"
        ),
        tariffs=FILES["tariffs"] + FILES["tariffs"].replace("residents", "shops"),
    )
    issued(repo, "2026-01", "2026-02-05")
    price = FILES["tariffs"].replace("residents", "shops").replace("0.1000", "0.0900")
    write(repo, tariffs=FILES["tariffs"] + price)
    commit(repo, "A price for shops")
    # 93 kWh at 0.09: 8.37, VAT 1.67.
    assert issued(repo, "2026-01", "2026-02-06") == [
        "VO2026-000003 credit m-a -11.16",
        "VO2026-000004 invoice m-a 10.04",
    ]


def test_a_wrong_name_is_corrected_and_a_new_address_is_not(tmp_path: Path) -> None:
    repo = village(tmp_path / "repo", "2026-01")
    issued(repo, "2026-01", "2026-02-05")
    people(repo, **{"m-a": household("Ana Prat").replace("2 rue du Four", "3 rue du Four")})
    assert issued(repo, "2026-01", "2026-02-06") == []
    people(repo, **{"m-a": household("Anna Prat")})
    assert issued(repo, "2026-01", "2026-02-06") == [
        "VO2026-000003 credit m-a -11.16",
        "VO2026-000004 invoice m-a 11.16",
    ]
    manifest = (repo / "operations/voisins/settlements/2026-01.2.yaml").read_text()
    assert "replaces: 1" in manifest
    assert issued(repo, "2026-01", "2026-02-07") == []


def test_a_small_difference_goes_on_the_next_invoice(tmp_path: Path) -> None:
    """One cent less a kWh in January: m-a 0.93, with VAT 1.12 less, under the floor; m-b 2.79, 3.35 less, over it.

    February at 0.09: m-a 3 kWh x 28 days, 84 kWh, 7.56; January taken off at 0.10 and put on at 0.09: -9.30 + 8.37.
    Net 6.63, VAT 1.326 hence 1.33, gross 7.96.
    """
    repo = village(tmp_path / "repo", "2026-01", "2026-02", operation=OPERATION + "billing: {below: 2.00 EUR}\n")
    issued(repo, "2026-01", "2026-02-05")
    write(repo, tariffs=FILES["tariffs"].replace("0.1000", "0.0900"))
    commit(repo, "A lower price from the start")
    [unit] = issue(repo, "2026-01", "2026-02-20")["units"]
    assert unit["deferred"] == ["m-a"]
    # 279 kWh at 0.09: 25.11, VAT 5.02.
    assert [one["gross"] for one in unit["invoices"]] == ["-33.48", "30.13"]
    assert issued(repo, "2026-02", "2026-03-05") == [
        "VO2026-000005 invoice m-a 7.96",
        "VO2026-000006 invoice m-b 27.22",  # 252 kWh at 0.09: 22.68, VAT 4.54
    ]
    run(repo, "documents", "voisins", "--month", "2026-02", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "VO2026-000005.txt").read_text()
    assert "-93.000 kWh x 0.1000" in text
    assert "93.000 kWh x 0.0900" in text
    assert "refers to invoice VO2026-000001 of 2026-02-05" in text
    # All of it is billed now, whatever is issued again.
    assert issued(repo, "2026-01", "2026-03-06") == []
    assert issued(repo, "2026-02", "2026-03-06") == []


def test_what_was_made_up_for_is_taken_back_with_the_rest(tmp_path: Path) -> None:
    """January billed at 0.10, made up for at 0.09 on February's invoice, then 0.05 after all."""
    repo = village(tmp_path / "repo", "2026-01", "2026-02", operation=OPERATION + "billing: {below: 2.00 EUR}\n")
    issued(repo, "2026-01", "2026-02-05")
    write(repo, tariffs=FILES["tariffs"].replace("0.1000", "0.0900"))
    commit(repo, "A lower price from the start")
    issued(repo, "2026-01", "2026-02-20")
    issued(repo, "2026-02", "2026-03-05")
    write(
        repo,
        tariffs="residents:\n"
        "  2026-01-01: {rule: flat, with: {price: 0.0500 EUR/kWh}, because: resolution 4}\n"
        "  2026-02-01: {rule: flat, with: {price: 0.0900 EUR/kWh}, because: resolution 9}\n",
    )
    commit(repo, "Lower still for January")
    # Outstanding for m-a is 93 kWh at 0.09: 8.37 + 1.67; now 4.65 + 0.93.
    assert issued(repo, "2026-01", "2026-03-10")[:2] == [
        "VO2026-000007 credit m-a -10.04",
        "VO2026-000008 invoice m-a 5.58",
    ]
    run(repo, "documents", "voisins", "--month", "2026-01", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "VO2026-000007.txt").read_text()
    assert "VO2026-000001" in text
    assert "VO2026-000005" in text


def test_who_left_has_no_next_invoice_to_wait_for(tmp_path: Path) -> None:
    people_ = FILES["participants"].replace(
        "mtr-01, from: 2026-01-01,", "mtr-01, from: 2026-01-01, to: 2026-02-01,"
    )
    repo = village(
        tmp_path / "repo",
        "2026-01",
        "2026-02",
        participants=people_,
        operation=OPERATION + "billing: {below: 2.00 EUR}\n",
    )
    issued(repo, "2026-01", "2026-02-05")
    write(repo, tariffs=FILES["tariffs"].replace("0.1000", "0.0990"))
    commit(repo, "A tenth of a cent less")
    assert issued(repo, "2026-01", "2026-02-06") == []
    # m-a: 93 x 0.099 = 9.207, 9.21 + 1.84; m-b in February, alone: 3 kWh x 6 hours x 28 days is more than the roof.
    assert issued(repo, "2026-02", "2026-03-05")[:2] == [
        "VO2026-000003 credit m-a -11.16",
        "VO2026-000004 invoice m-a 11.05",
    ]


def test_more_is_not_asked_of_a_household_after_fourteen_months(tmp_path: Path) -> None:
    repo = village(tmp_path / "repo", "2026-01")
    issued(repo, "2026-01", "2026-02-05")
    write(repo, tariffs=FILES["tariffs"].replace("0.1000", "0.1100"))
    commit(repo, "A higher price from the start")
    assert len(issued(repo, "2026-01", "2026-02-10")) == 4
    write(repo, tariffs=FILES["tariffs"].replace("0.1000", "0.1200"))
    commit(repo, "Higher still, far too late")
    told = decide(Workspace(repo), "voisins", Month(2026, 1), date(2027, 4, 1)).findings
    assert [one.code for one in told] == ["ACC839", "ACC839"]
    assert {one.severity for one in told} == {"warning"}
    assert not decide(Workspace(repo), "voisins", Month(2026, 1), date(2027, 3, 31)).findings


# --- explained -----------------------------------------------------------------------------------------------


def test_an_invoice_is_explained_as_it_was_known(tmp_path: Path) -> None:
    """The price changed since: the first invoice, and the credit note that takes it back, still lead to the old."""
    repo = village(tmp_path / "repo", "2026-01")
    issued(repo, "2026-01", "2026-02-05")
    write(repo, tariffs=FILES["tariffs"].replace("0.1000", "0.0900").replace("resolution 4", "resolution 8"))
    commit(repo, "A lower price")
    issued(repo, "2026-01", "2026-02-06")
    text = run(repo, "explain", "VO2026-000001", "--line", "1")[1]
    assert "invoice VO2026-000001 of 2026-02-05, from coop-toits to m-a: 9.30 + 1.86 = 11.16 EUR" in text
    assert "0.1000 EUR/kWh, tariff residents since 2026-01-01" in text
    assert "decided: resolution 4" in text
    assert "from 2026-01-01 to 2026-01-31: 93.000 kWh" in text
    credit = run(repo, "explain", "VO2026-000003")[1]
    assert "credit note VO2026-000003 of 2026-02-06, from coop-toits to m-a: -9.30 + -1.86 = -11.16 EUR" in credit
    assert "refers to VO2026-000001 of 2026-02-05: The price was corrected" in credit
    assert "-93.000 x 0.1000 EUR = -9.30 EUR" in credit
    assert "decided: resolution 4" in credit
    assert "decided: resolution 8" in run(repo, "explain", "VO2026-000004")[1]
    [code] = [line for line in _text(repo, "VO2026-000001").splitlines() if line.startswith("Computation code")]
    assert "0.1000 EUR/kWh" in run(repo, "explain", code.split(": ")[1])[1]
    with pytest.raises(UsageError, match="no operation and no invoice is named VO2026-000009"):
        run(repo, "explain", "VO2026-000009")
    with pytest.raises(UsageError, match="VO2026-000001 has 1 lines"):
        run(repo, "explain", "VO2026-000001", "--line", "2")


def _text(repo: Path, number: str) -> str:
    run(repo, "documents", "voisins", "--month", "2026-01", "--out", str(repo.parent / "out"))
    return (repo.parent / "out" / f"{number}.txt").read_text()


# --- by quarter ----------------------------------------------------------------------------------------------


def test_three_months_on_one_invoice(tmp_path: Path) -> None:
    """m-a: 93 + 84 kWh and, as the clocks go forward at night, 93: 270 kWh, 27.00 EUR, 32.40 with VAT."""
    repo = village(
        tmp_path / "repo", "2026-01", "2026-02", "2026-03", operation=OPERATION + "billing: {every: quarter}\n"
    )
    with pytest.raises(UsageError, match="billed by quarter"):
        issue(repo, "2026-02", "2026-04-05", "voisins")
    units = issue(repo, "2026-03", "2026-04-05")["units"]
    assert [(one["month"], len(one["invoices"])) for one in units] == [
        ("2026-01", 0),
        ("2026-02", 0),
        ("2026-03", 2),
    ]
    assert [one["gross"] for one in units[-1]["invoices"]] == ["32.40", "97.20"]
    assert issued(repo, "2026-03", "2026-04-05") == []
    assert run(repo, "verify")[0] == 0


# --- what only a person can judge ----------------------------------------------------------------------------


def test_holes_that_were_filled_are_accepted_by_name(tmp_path: Path) -> None:
    """An hour of m-a is missing, and the operation says that a hole is nothing."""
    zero = OPERATION.replace("unit: kWh", "unit: kWh, gaps: zero")
    repo = village(tmp_path / "repo", operation=zero)
    lines = curve("2026-01").splitlines()
    hour, _a, rest = lines[12].split(",", 2)
    lines[12] = f"{hour},,{rest}"
    (repo / "curves.csv").write_text("\n".join(lines) + "\n")
    run(repo, "fetch", "voisins", "--month", "2026-01", "--file", str(repo / "curves.csv"))
    commit(repo, "The data, with a hole")
    with pytest.raises(Refused) as refused:
        issue(repo, "2026-01", "2026-02-05")
    assert [one.message for one in refused.value.findings] == [
        "2026-01: 1 step of mtr-01 was not measured and stands as zero"
    ]
    with pytest.raises(UsageError, match="ACC838 cannot be accepted"):
        issue(repo, "2026-01", "2026-01-05", "--accept", "ACC838")
    assert len(issued(repo, "2026-01", "2026-02-05", "--accept", "ACC834")) == 2
    assert "accepted:\n- ACC834\n" in (repo / "operations/voisins/settlements/2026-01.1.yaml").read_text()


def test_a_change_beyond_the_limits_waits_for_a_yes(tmp_path: Path) -> None:
    """Half as much again for January: over 15 % for each member, until a commit says so."""
    repo = village(tmp_path / "repo", "2026-01", operation=OPERATION + "limits: {member: 15 %}\n")
    issued(repo, "2026-01", "2026-02-05")
    write(repo, tariffs=FILES["tariffs"].replace("0.1000", "0.1500"))
    commit(repo, "A higher price")
    with pytest.raises(Refused) as refused:
        issue(repo, "2026-01", "2026-02-06")
    assert sorted(one.message.split(":")[0] for one in refused.value.findings) == [
        "voisins/2026-01 m-a +50.0%",
        "voisins/2026-01 m-b +50.0%",
    ]
    commit(
        repo,
        "The assembly has agreed",
        "Accept: voisins/2026-01 m-a +50.0%",
        "Accept: voisins/2026-01 m-b +50.0%",
    )
    assert len(issued(repo, "2026-01", "2026-02-06")) == 4


def test_a_difference_with_the_operator_is_told(tmp_path: Path) -> None:
    """The operator gives m-a one kWh an hour of the six, 186 kWh, our key 0.5: 93."""
    columns = "columns: {mtr-01: mtr-01, mtr-02: mtr-02, mtr-90: mtr-90, given: mtr-01/shared}"
    repo = village(tmp_path / "repo", operation=OPERATION.replace("unit: kWh", f"unit: kWh, {columns}"))
    header, *rows = curve("2026-01").splitlines()
    given = [f"{row},{int(row.rsplit(',', 1)[1]) // 2}" for row in rows]
    (repo / "curves.csv").write_text("\n".join([f"{header},given", *given]) + "\n")
    run(repo, "fetch", "voisins", "--month", "2026-01", "--file", str(repo / "curves.csv"))
    commit(repo, "The data, and the operator's")
    with pytest.raises(Refused) as refused:
        issue(repo, "2026-01", "2026-02-05")
    assert [one.message for one in refused.value.findings if one.severity == "error"] == [
        "m-a: 93.000000 kWh by our computation, 186.000000 by the operator's, in 2026-01"
    ]
    wide = OPERATION.replace("unit: kWh", f"unit: kWh, {columns}") + "billing: {tolerance: 100 kWh}\n"
    write(repo, operation=wide)
    commit(repo, "A wide tolerance")
    assert len(issued(repo, "2026-01", "2026-02-05")) == 2


# --- people who go -------------------------------------------------------------------------------------------


def test_invoices_outlive_a_person_for_ten_years(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """m-a leaves in February: the vault forgets, the register keeps the invoice until 2036."""
    gone = FILES["participants"].replace("mtr-01, from: 2026-01-01,", "mtr-01, from: 2026-01-01, to: 2026-02-01,")
    repo = village(tmp_path / "repo", "2026-01", participants=gone)
    issued(repo, "2026-01", "2026-02-05")
    said = " ".join(run(repo, "forget", "m-a")[1].split())
    assert "invoices with the name on them (1), kept for 10 years by law, until 2036-02-05" in said
    assert "Ana Prat" in _text(repo, "VO2026-000001")

    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date(2036, 3, 1)

    monkeypatch.setattr("mitoyen.cli.forget.date", Later)
    said = " ".join(run(repo, "forget", "m-a")[1].split())
    assert "the content of invoices was taken away (1)" in said
    assert b"Ana Prat" not in (tmp_path / "register/ledger.sqlite").read_bytes()
    assert "VO2026-000001" in run(repo, "invoices")[1]
    code, told = run(repo, "verify")
    assert code == 0, told
