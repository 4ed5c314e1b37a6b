"""The excise on shared electricity, by hand: where an operation holds that it is due, and on whose advice.

The roof gives 10 kWh at noon, and m-a takes them all: 300 kWh in June, 310 in July.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neighbours import FILES, commit, curve, git, run, write

OPERATION = FILES["operation"].replace("opened: 2026-01-01", "opened: 2025-01-01") + "law: france\n"
TAXED = (
    OPERATION + "perimeter: {kind: extended, diameter: 1 km}\nsellers: {coop-toits: {2025-01-01: {vat: normal}}}\n"
)
PEOPLE = FILES["participants"].replace("2026-01-01", "2025-01-01").replace("tariff", "power: 12 kVA, tariff")
PRICE = "residents:\n  2025-01-01: {rule: flat, with: {price: 0.1343 EUR/kWh}}\n"
KEYS = FILES["keys"].replace("2026", "2025")
DUE = "excise: {2025-01-01: {due: true, because: advice of our accountant}}\n"


def settle(repo: Path, month: str, operation: str = TAXED + DUE, **files: str) -> dict[str, Any]:
    """Everything that the command says of a month: units and findings."""
    write(repo, **{"operation": operation, "participants": PEOPLE, "keys": KEYS, "tariffs": PRICE} | files)
    (repo / "curves.csv").write_text(curve(month, roof=lambda hour: 10 * (hour == 12), consumed=(10, 0)))
    run(repo, "fetch", "voisins", "--month", month, "--file", str(repo / "curves.csv"))
    return dict(json.loads(run(repo, "settle", "voisins", "--month", month, "--format", "json")[1]))


def settled(repo: Path, month: str, operation: str = TAXED + DUE, **files: str) -> dict[str, Any]:
    [unit] = settle(repo, month, operation, **files)["units"]
    return dict(unit)


def bill(unit: dict[str, Any], name: str = "m-a") -> list[str]:
    [member] = [one for one in unit["members"] if one["id"] == name]
    shown = [
        f"{line['item']} from {line['from'][8:]}: {line['quantity'].rstrip('0').rstrip('.')} x {line['price']} "
        f"= {line['amount']}"
        for line in member["lines"]
    ]
    return [*shown, f"{member['net']} + {member['vat']} = {member['gross']}"]


def test_the_excise_is_inside_the_base_of_vat(tmp_path: Path) -> None:
    """The regulated tariff of June 2025, in public: (0.1343 + 0.0337) x 1.2 is 0.2016 EUR a kWh, 60.48 for 300."""
    unit = settled(tmp_path, "2025-06")
    assert bill(unit) == [
        "energy from 01: 300 x 0.1343 = 40.29",
        "excise from 01: 300 x 0.0337 = 10.11",
        "50.40 + 10.08 = 60.48",
    ]
    [member] = [one for one in unit["members"] if one["id"] == "m-a"]
    assert [(line["seller"], line["category"]) for line in member["lines"]] == [("coop-toits", "S")] * 2
    assert member["lines"][1]["places"] == ["operations/voisins/operation.yaml:10:28"]  # due: true


def test_it_is_no_revenue_of_the_producer(tmp_path: Path) -> None:
    [roof] = [one for one in settled(tmp_path, "2025-06")["members"] if one["role"] == "producer"]
    assert (roof["revenue"], roof["sales"][0]["amount"]) == ("40.29", "40.29")


def test_a_power_above_36_kva_has_the_other_rate(tmp_path: Path) -> None:
    """310 x 0.02579 = 7.9949; at 36 kVA, which is not above, 310 x 0.02998 = 9.2938."""
    for power, line in (("36.1 kVA", "0.02579 = 7.99"), ("36 kVA", "0.02998 = 9.29")):
        people = PEOPLE.replace("12 kVA", power)
        assert bill(settled(tmp_path, "2025-10", participants=people))[1] == f"excise from 01: 310 x {line}"


def test_a_rate_that_changes_within_the_month_gives_two_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No rate of the law did so far; here the one of August 2025 begins on 11 July: after 100 of 310 kWh."""
    from mitoyen_france import excise, law

    folder = Path(law.__file__).parent / "parameters" / "excise" / "mainland"
    moved = {
        f"excise/mainland/{name}": law.parse_parameter(
            (folder / f"{name}.yaml").read_text().replace("2025-08-01:", "2025-07-11:").encode(), name
        )
        for name in excise.CLASSES
    }
    monkeypatch.setattr(excise, "read", lambda name: moved.get(name) or law.read(name))
    assert bill(settled(tmp_path, "2025-07")) == [
        "energy from 01: 310 x 0.1343 = 41.63",  # 41.633
        "excise from 01: 100 x 0.0337 = 3.37",
        "excise from 11: 210 x 0.02998 = 6.30",  # 6.2958
        "51.30 + 10.26 = 61.56",
    ]


def test_due_from_within_a_month(tmp_path: Path) -> None:
    """20 days of June."""
    due = (
        "excise: {2025-01-01: {due: false, because: CIBS L312-79}, 2025-06-11: {due: true, because: a ruling}, "
        "2025-07-01: {due: false, because: an appeal}}\n"
    )
    assert bill(settled(tmp_path, "2025-06", TAXED + due))[1] == "excise from 11: 200 x 0.0337 = 6.74"
    assert len(bill(settled(tmp_path, "2025-07", TAXED + due))) == 2


def test_energy_that_costs_nothing_owes_it_too(tmp_path: Path) -> None:
    """A gift is a delivery: 300 kWh without a tariff."""
    unit = settled(tmp_path, "2025-06", participants=PEOPLE.replace("kVA, tariff: residents", "kVA"))
    assert bill(unit) == ["excise from 01: 300 x 0.0337 = 10.11", "10.11 + 2.02 = 12.13"]


def test_a_seller_in_franchise_owes_the_excise_and_charges_no_vat(tmp_path: Path) -> None:
    unit = settled(tmp_path, "2025-06", TAXED.replace("normal", "franchise") + DUE)
    assert bill(unit)[-1] == "50.40 + 0.00 = 50.40"


def test_a_rate_that_nobody_knows_is_no_old_rate(tmp_path: Path) -> None:
    """Another rate was announced from August 2026 on: July is settled, August is not."""
    assert bill(settled(tmp_path, "2026-07"))[1] == "excise from 01: 310 x 0.03085 = 9.56"  # 9.5635
    said = settle(tmp_path, "2026-08")
    assert said["units"] == []
    [error] = [one for one in said["findings"] if one["severity"] == "error"]
    assert error["code"] == "ACC823"
    assert "excise/mainland/up-to-threshold is known until 2026-08-01 only" in error["message"]


def test_it_is_explained_back_to_the_reason_and_to_the_text(tmp_path: Path) -> None:
    settled(tmp_path, "2026-02")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    for more in ([], ["--line", "2"]):
        told = run(tmp_path, "explain", "voisins", "--month", "2026-02", "--member", "m-a", *more)[1]
        told = " ".join(told.split())
        assert "280,000000 kWh x 0,03085 € = 8,638 €, arrondi à 8,64 €" in told
        assert "accise due depuis le 2025-01-01, pour 12 kVA : arrêté du 27 janvier 2026" in told
        assert "décidé : advice of our accountant" in told
        assert "operations/voisins/operation.yaml:10:28" in told


def test_the_statement_names_it(tmp_path: Path) -> None:
    settled(tmp_path, "2026-02")
    run(tmp_path, "documents", "voisins", "--month", "2026-02", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "VO-2026-02-m-a.txt").read_text()
    assert "Accise sur l'électricité, du 01/02/2026 au 28/02/2026\n    280,000 kWh x 0,03085 €/kWh" in text


def test_a_plan_of_a_month_to_come_has_it(tmp_path: Path) -> None:
    """m-a paid 37.60 and 7.52 of VAT in February; with 8.64 of excise 46.24 and 9.25."""
    settled(tmp_path, "2026-02", TAXED)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    write(tmp_path, operation=TAXED + DUE.replace("2025-01-01", "2026-04-01"))
    [unit] = json.loads(run(tmp_path, "plan", "--base", "HEAD", "--format", "json")[1])["operations"][0]["units"]
    assert (unit["month"], unit["before"], unit["after"]) == ("2026-04", "45.12", "55.49")


# --- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "people", "code"),
    [
        (OPERATION + DUE, PEOPLE, "ACC821"),
        (TAXED + DUE, FILES["participants"].replace("2026-01-01", "2025-01-01"), "ACC822"),
    ],
)
def test_what_it_needs(operation: str, people: str, code: str, tmp_path: Path) -> None:
    write(tmp_path, operation=operation, participants=people, keys=KEYS, tariffs=PRICE)
    said = json.loads(run(tmp_path, "check", "--format", "json")[1])["findings"]
    assert {one["code"] for one in said if one["severity"] == "error"} == {code}


def test_a_power_is_needed_while_it_is_due_only(tmp_path: Path) -> None:
    """m-b left on the day from which it is due."""
    people = PEOPLE.replace("m-b: {role: consumer,", "m-b: {role: consumer, to: 2026-03-01,").replace(
        "mtr-02, from: 2025-01-01, power: 12 kVA", "mtr-02, from: 2025-01-01"
    )
    due = "excise: {2026-03-01: {due: true, because: a ruling}}\n"
    write(tmp_path, operation=TAXED + due, participants=people, keys=KEYS, tariffs=PRICE)
    said = json.loads(run(tmp_path, "check", "--format", "json")[1])["findings"]
    assert "ACC822" not in {one["code"] for one in said}
    write(tmp_path, participants=people.replace("2026-03-01", "2026-03-02"))
    said = json.loads(run(tmp_path, "check", "--format", "json")[1])["findings"]
    assert "ACC822" in {one["code"] for one in said}
