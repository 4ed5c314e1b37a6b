"""What the roof gives beyond the operation, sold, by hand.

m-a takes half of the 12 kWh of a day: in January 2026 186 kWh are shared, 186 are surplus.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from billed import OPERATION, SIREN, fetch, household, issued, people, village
from mitoyen.diagnostics import Refused
from neighbours import FILES, commit, curve, git, run, write

LAW = (
    "law: france\nperimeter: {kind: extended, diameter: 1 km}\nsellers: {coop-toits: {2026-01-01: {vat: normal}}}\n"
)
SOLD = "buyer: aggregator, price: 0.0450 EUR/kWh"
RESOLD = f"{SOLD}, vat: reverse-charge, resells: true"


def settled(repo: Path, terms: str, month: str = "2026-01", law: str = LAW, **files: str) -> dict[str, Any]:
    """The unit, where the surplus of p-roof goes by these terms from January on."""
    surplus = f"surplus: {{p-roof: {{2026-01-01: {{{terms}}}}}}}\n" if terms else ""
    write(repo, **{**FILES, "operation": FILES["operation"] + law + surplus, **files})
    (repo / "curves.csv").write_text(curve(month, consumed=(1, 0)))
    run(repo, "fetch", "voisins", "--month", month, "--file", str(repo / "curves.csv"))
    [unit] = json.loads(run(repo, "settle", "voisins", "--month", month, "--format", "json")[1])["units"]
    return dict(unit)


def one(unit: Mapping[str, Any], name: str) -> dict[str, Any]:
    [member] = [member for member in unit["members"] if member["id"] == name]
    return dict(member)


def bill(unit: Mapping[str, Any], name: str) -> list[str]:
    """A buyer's lines, its VAT and its total, as on paper."""
    member = one(unit, name)
    lines = [
        f"{line['item']} of {line['producer']} from {line['from'][8:]}: "
        f"{line['quantity'].rstrip('0').rstrip('.')} x {line['price']} = {line['amount']}"
        for line in member["lines"]
    ]
    due = [
        f"{tax['seller']}: {tax['net']} at {tax['rate']} {tax['category']} = {tax['vat']}"
        for tax in member["taxes"]
    ]
    return [*lines, *due, f"{member['net']} + {member['vat']} = {member['gross']}"]


def test_who_resells_owes_the_vat(tmp_path: Path) -> None:
    """186 x 0.045 = 8.37, and the buyer pays the VAT itself; m-a pays 18.60 and 3.72 of VAT, as before."""
    unit = settled(tmp_path, RESOLD)
    assert bill(unit, "aggregator") == [
        "surplus of p-roof from 01: 186 x 0.0450 = 8.37",
        "coop-toits: 8.37 at 0 % AE = 0.00",
        "8.37 + 0.00 = 8.37",
    ]
    [tax] = one(unit, "aggregator")["taxes"]
    assert tax["mention"] == "Autoliquidation"
    roof = one(unit, "p-roof")
    assert (roof["revenue"], roof["surplus_revenue"]) == ("18.60", "8.37")
    assert roof["surplus_sales"] == [{"buyer": "aggregator", "quantity": "186.000000", "amount": "8.37"}]


def test_totals_of_consumers_and_of_buyers_are_apart(tmp_path: Path) -> None:
    unit = settled(tmp_path, RESOLD)
    assert unit["money"] == {"net": "18.60", "vat": "3.72", "gross": "22.32"}
    assert unit["surplus"] == {"net": "8.37", "vat": "0.00", "gross": "8.37"}
    energy = {name: float(value) for name, value in unit["energy"].items()}
    assert energy == {"produced": 372, "consumed": 744, "shared": 186, "complement": 558, "surplus": 186}
    path = tmp_path / "operations" / "voisins" / "settlements" / "2026-01.1.yaml"
    manifest = YAML(typ="safe", pure=True).load(path.read_text())
    assert manifest["money"] == {"net": "18.60", "vat": "3.72", "gross": "22.32"}
    assert manifest["surplus"] == {"net": "8.37", "vat": "0.00", "gross": "8.37"}
    assert manifest["members"] == {"consumers": 2, "producers": 1, "buyers": 1}


def test_where_nobody_buys_nothing_is_said(tmp_path: Path) -> None:
    unit = settled(tmp_path, "")
    assert "surplus" not in unit
    assert not {"surplus_revenue", "surplus_sales"} & set(one(unit, "p-roof"))
    manifest = (tmp_path / "operations" / "voisins" / "settlements" / "2026-01.1.yaml").read_text()
    assert "buyers" not in manifest
    assert "\nsurplus:" not in manifest


def test_with_vat(tmp_path: Path) -> None:
    """8.37 x 0.2 = 1.674."""
    unit = settled(tmp_path, SOLD)
    assert bill(unit, "aggregator")[1:] == ["coop-toits: 8.37 at 20 % S = 1.67", "8.37 + 1.67 = 10.04"]
    assert unit["surplus"] == {"net": "8.37", "vat": "1.67", "gross": "10.04"}


def test_a_seller_in_franchise_leaves_no_vat_to_its_buyer(tmp_path: Path) -> None:
    unit = settled(tmp_path, RESOLD, law=LAW.replace("normal", "franchise"))
    [tax] = one(unit, "aggregator")["taxes"]
    assert (tax["category"], tax["mention"]) == ("E", "TVA non applicable, art. 293 B du CGI")


def test_without_sellers_amounts_are_excluding_tax(tmp_path: Path) -> None:
    unit = settled(tmp_path, SOLD, law="")
    assert bill(unit, "aggregator") == [
        "surplus of p-roof from 01: 186 x 0.0450 = 8.37",
        "8.37 + 0.00 = 8.37",
    ]


def test_the_buyer_may_write_the_invoice(tmp_path: Path) -> None:
    unit = settled(tmp_path, f"{RESOLD}, invoiced_by: buyer, mandate: 2025-12-01")
    [line] = one(unit, "aggregator")["lines"]
    assert (line["invoiced_by"], line["category"]) == ("buyer", "AE")
    out = tmp_path / "out"
    run(tmp_path, "documents", "voisins", "--month", "2026-01", "--out", str(out))
    assert "Facture établie par l'acheteur, sous mandat\n" in (out / "VO-2026-01-aggregator.txt").read_text()


def test_given_is_told_and_earns_nothing(tmp_path: Path) -> None:
    unit = settled(tmp_path, "buyer: grid, given: true")
    assert bill(unit, "grid")[0] == "surplus-given of p-roof from 01: 186 x 0.0000 = 0.00"
    assert one(unit, "p-roof")["surplus_revenue"] == "0.00"
    unit = settled(tmp_path, "given: true")  # to nobody who is named
    assert (one(unit, "p-roof")["surplus_revenue"], one(unit, "p-roof")["surplus_sales"]) == ("0.00", [])
    assert "surplus" not in unit


def test_a_price_that_changes_cuts_the_sale_and_no_bill(tmp_path: Path) -> None:
    """Ten days at 4.5 cents, 60 kWh; 21 at 5, 126 kWh. The shared energy is one line still."""
    terms = f"{SOLD}}}, 2026-01-11: {{buyer: aggregator, price: 0.0500 EUR/kWh, because: a new contract"
    unit = settled(tmp_path, terms)
    assert bill(unit, "aggregator")[:2] == [
        "surplus of p-roof from 01: 60 x 0.0450 = 2.70",
        "surplus of p-roof from 11: 126 x 0.0500 = 6.30",
    ]
    assert len(one(unit, "m-a")["lines"]) == 1


def test_two_plants_of_two_sellers(tmp_path: Path) -> None:
    """The small roof gives 2 kWh in these hours too: of 4, m-a takes 1, half of it from each: each has 1.5 left.

    279 kWh: at 4.5 cents 12.555, at 6 cents 16.74. What is agreed for the others leaves p-roof's terms alone.
    """
    people = FILES["participants"] + (
        "p-small: {role: producer, meter: mtr-91, from: 2026-01-01, power: 9 kWp, seller: commune}\n"
    )
    law = (
        "law: france\nperimeter: {kind: extended, diameter: 1 km}\n"
        "sellers: {coop-toits: {2026-01-01: {vat: normal}}, commune: {2026-01-01: {vat: franchise}}}\n"
    )
    others = "2026-01-01: {buyer: aggregator, price: 0.0550 EUR/kWh}, "
    others += "2026-01-21: {buyer: aggregator, price: 0.0600 EUR/kWh, because: a new contract}"
    surplus = f"surplus: {{p-roof: {{2026-01-01: {{{RESOLD}}}}}, otherwise: {{{others}}}}}\n"
    text = FILES["operation"] + law + surplus
    write(tmp_path, **{**FILES, "operation": text, "participants": people})
    rows = curve("2026-01", consumed=(1, 0)).splitlines()
    rows = [row + (",mtr-91" if row.startswith("time") else "," + row.rpartition(",")[2]) for row in rows]
    (tmp_path / "curves.csv").write_text("\n".join(rows) + "\n")
    run(tmp_path, "fetch", "voisins", "--month", "2026-01", "--file", str(tmp_path / "curves.csv"))
    [unit] = json.loads(run(tmp_path, "settle", "--format", "json")[1])["units"]
    assert bill(unit, "aggregator") == [
        "surplus of p-roof from 01: 279 x 0.0450 = 12.56",
        "surplus of p-small from 01: 180 x 0.0550 = 9.90",  # 20 days of 6 hours of 1.5
        "surplus of p-small from 21: 99 x 0.0600 = 5.94",
        "commune: 15.84 at 0 % E = 0.00",
        "coop-toits: 12.56 at 0 % AE = 0.00",
        "28.40 + 0.00 = 28.40",
    ]


# --- what people read -----------------------------------------------------------------------------------------


def test_the_statements_of_the_plant_and_of_the_buyer(tmp_path: Path) -> None:
    settled(tmp_path, RESOLD)
    out = tmp_path / "out"
    run(tmp_path, "documents", "voisins", "--month", "2026-01", "--out", str(out))
    plant = [" ".join(line.split()) for line in (out / "VO-2026-01-p-roof.txt").read_text().splitlines()]
    assert "aggregator 186,000 kWh 8,37 €" in plant
    assert "Revenu du surplus, hors taxes 8,37 €" in plant
    assert "Revenu de l'énergie partagée, hors taxes 18,60 €" in plant
    buyer = [" ".join(line.split()) for line in (out / "VO-2026-01-aggregator.txt").read_text().splitlines()]
    assert "Relevé du surplus vendu – 2026-01" in buyer
    assert "Surplus, producteur p-roof, vendeur : coop-toits, du 01/01/2026 au 31/01/2026" in buyer
    assert "186,000 kWh x 0,0450 €/kWh 8,37 €" in buyer
    assert "Autoliquidation" in buyer


def test_the_tables_show_what_is_sold(tmp_path: Path) -> None:
    settled(tmp_path, RESOLD)
    said = run(tmp_path, "settle", "voisins")[1]
    rows = [line.split() for line in said.splitlines()]
    assert ["aggregator", "186,000", "8,37", "8,37"] in rows
    [month] = [row for row in rows if row and row[0] == "2026-01" and "kWh)" not in row]
    assert month[-5:] == ["18,60", "22,32", "8,37", "brouillon", "(inchangé)"]


def test_terms_reprice_and_share_nothing_again(tmp_path: Path) -> None:
    settled(tmp_path, "")
    unit = settled(tmp_path, RESOLD)
    assert unit["recomputed"] == ["pricing"]
    later = f"{RESOLD}}}, 2027-01-01: {{given: true, because: an end"
    assert settled(tmp_path, later)["reused"]


def test_a_sale_is_explained_back_to_its_terms(tmp_path: Path) -> None:
    settled(tmp_path, f"{RESOLD}, because: contract of 12 December")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    whole = run(tmp_path, "explain", "voisins", "--month", "2026-01")[1]
    assert "aggregator : 186,000 kWh de surplus, 8,37 € HT" in whole
    for more in ([], ["--line", "1"]):
        told = run(tmp_path, "explain", "voisins", "--month", "2026-01", "--member", "aggregator", *more)[1]
        told = " ".join(told.split())
        assert "aggregator, voisins, 2026-01 (brouillon) : 186,000 kWh de surplus, 8,37 € HT" in told
        assert "186,000000 kWh x 0,0450 € = 8,37 €, arrondi à 8,37 €" in told
        assert "surplus de p-roof, depuis le 2026-01-01 : {buyer: aggregator, price: 0.0450 EUR/kWh" in told
        assert "décidé : contract of 12 December" in told
        assert "operations/voisins/operation.yaml:10:59" in told  # the price
        assert ("régime normal depuis le 2026-01-01), Autoliquidation" in told) == (not more)


def test_a_plan_tells_what_a_new_price_brings(tmp_path: Path) -> None:
    """186 kWh at 4.5 cents, then at 5: 8.37 and 9.30; no member pays more."""
    settled(tmp_path, RESOLD)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    operation = tmp_path / "operations" / "voisins" / "operation.yaml"
    operation.write_text(operation.read_text().replace("0.0450", "0.0500"))
    plan = json.loads(run(tmp_path, "plan", "--base", "HEAD", "--format", "json")[1])
    [unit] = plan["operations"][0]["units"]
    assert (unit["category"], unit["before"], unit["after"]) == ("changes", "22.32", "22.32")
    assert unit["surplus"] == {"before": "8.37", "after": "9.30", "percent": "11.1"}
    assert [float(member["difference"]) for member in unit["members"]] == [0, 0]
    told = run(tmp_path, "plan", "--base", "HEAD")[1]
    assert "surplus 8,37 € -> 9,30 € (+0,93 €, +11,1 %)" in told


def test_the_log_tells_what_moved_it(tmp_path: Path) -> None:
    settled(tmp_path, RESOLD)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    assert run(tmp_path, "verify")[0] == 0
    settled(tmp_path, f"{RESOLD.replace('0.0450', '0.0500')}, because: an amendment")
    commit(tmp_path)
    assert run(tmp_path, "verify")[0] == 0
    told = " ".join(run(tmp_path, "log", "voisins")[1].split())
    assert "surplus vendu de 8,37 à 9,30 € net (+0,93)" in told
    assert "mêmes totaux" not in told


def test_a_plan_without_surplus_says_nothing_of_it(tmp_path: Path) -> None:
    settled(tmp_path, "")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    write(tmp_path, tariffs=FILES["tariffs"].replace("0.1000", "0.1100"))
    plan = json.loads(run(tmp_path, "plan", "--base", "HEAD", "--format", "json")[1])
    assert "surplus" not in plan["operations"][0]["units"][0]


def test_a_sale_that_begins_next_month_is_estimated_on_this_one(tmp_path: Path) -> None:
    settled(tmp_path, "")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    operation = tmp_path / "operations" / "voisins" / "operation.yaml"
    text = operation.read_text()
    operation.write_text(f"{text}surplus: {{p-roof: {{2026-03-01: {{{RESOLD}}}}}}}\n")
    [unit] = json.loads(run(tmp_path, "plan", "--base", "HEAD", "--format", "json")[1])["operations"][0]["units"]
    assert (unit["month"], unit["estimated_on"]) == ("2026-03", "2026-01")
    assert unit["surplus"] == {"before": None, "after": "8.37", "percent": None}
    told = run(tmp_path, "plan", "--base", "HEAD")[1]
    assert "surplus – -> 8,37 €" in told


# --- invoices -------------------------------------------------------------------------------------------------

AGGREGATOR = household("Courant d'Air").replace("household", "business") + f'siren: "{SIREN}"\n'
VAT = f'vat: "FR{(12 + 3 * int(SIREN)) % 97:02}{SIREN}"\n'


def sold_in_january(repo: Path, terms: str, buyer: str) -> list[str]:
    """What is issued where m-b consumes nothing: 186 kWh are shared, 186 are surplus."""
    surplus = f"surplus: {{p-roof: {{2026-01-01: {{{terms}}}}}}}\n"
    village(repo, operation=OPERATION + surplus)
    fetch(repo, "2026-01", consumed=(1, 0))
    people(repo, aggregator=buyer)
    commit(repo, "The data")
    return issued(repo, "2026-01", "2026-02-05")


def test_its_buyer_is_invoiced_like_anybody(tmp_path: Path) -> None:
    assert sold_in_january(tmp_path / "repo", RESOLD, AGGREGATOR + VAT) == [
        "VO2026-000001 invoice aggregator 8.37",
        "VO2026-000002 invoice m-a 22.32",
    ]
    out = tmp_path / "out"
    run(tmp_path / "repo", "documents", "voisins", "--month", "2026-01", "--out", str(out))
    text = (out / "VO2026-000001.txt").read_text()
    assert "Autoliquidation" in text
    assert "Surplus, p-roof, 2026-01-01 - 2026-01-31\n    186.000 kWh x 0.0450 €/kWh" in text
    told = " ".join(run(tmp_path / "repo", "explain", "VO2026-000001")[1].split())
    assert "surplus of p-roof, since 2026-01-01: {buyer: aggregator, price: 0.0450 EUR/kWh" in told


def test_what_the_buyer_invoices_we_do_not(tmp_path: Path) -> None:
    terms = f"{RESOLD}, invoiced_by: buyer, mandate: 2025-12-01"
    assert sold_in_january(tmp_path / "repo", terms, AGGREGATOR + VAT) == ["VO2026-000001 invoice m-a 22.32"]


def test_who_owes_the_vat_has_a_number(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        sold_in_january(tmp_path / "repo", RESOLD, AGGREGATOR)
    [finding] = refused.value.findings
    assert (finding.code, finding.message) == (
        "ACC832",
        'the party "aggregator" lacks what an invoice must have: vat',
    )


# --- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("surplus", "code"),
    [
        ("p-rof: {2026-01-01: {given: true}}", "ACC824"),
        ("m-a: {2026-01-01: {given: true}}", "ACC824"),
        ("p-roof: {2026-01-01: {buyer: aggregator}}", "ACC825"),
        (f"p-roof: {{2026-01-01: {{{SOLD}, given: true}}}}", "ACC825"),
        ("p-roof: {2026-01-01: {price: 0.0450 EUR/kWh}}", "ACC825"),
        ("p-roof: {2026-01-01: {buyer: m-b, price: 0.0450 EUR/kWh}}", "ACC826"),
        (f"p-roof: {{2026-01-01: {{{SOLD}, vat: reverse-charge}}}}", "FRA110"),
        (f"p-roof: {{2026-01-01: {{{SOLD}, invoiced_by: buyer}}}}", "FRA112"),
        (f"p-roof: {{2026-01-01: {{{SOLD}, invoiced_by: buyer, mandate: 2026-01-02}}}}", "FRA112"),
        (f"p-roof: {{2026-01-01: {{{SOLD}}}, 2026-06-01: {{{SOLD}}}}}", "ACC120"),
    ],
)
def test_terms_that_do_not_hold(surplus: str, code: str, tmp_path: Path) -> None:
    write(tmp_path, **{**FILES, "operation": f"{FILES['operation']}{LAW}surplus: {{{surplus}}}\n"})
    exit_code, said = run(tmp_path, "check", "--format", "json")
    errors = [one for one in json.loads(said)["findings"] if one["severity"] == "error"]
    assert (exit_code, [one["code"] for one in errors]) == (1, [code])
    assert errors[0]["line"] == 10


def test_a_reverse_charge_of_nobodys_vat(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{**FILES, "operation": f"{FILES['operation']}surplus: {{p-roof: {{2026-01-01: {{{RESOLD}}}}}}}\n"},
    )
    assert run(tmp_path, "check")[1].startswith("ACC821 ")
