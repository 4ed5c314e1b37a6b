"""Packages of energy bought ahead, checked by hand.

August 2026: the roof gives 2 kWh an hour from 10:00 to 16:00, both neighbours consume 2 kWh every hour. Each has 1
kWh of these hours, 6 a day, 186 in the month. From January to March m-a has 3 a day: 93, 84 and 93.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neighbours import FILES, commit, curve, git, run, write

VAT = (
    "law: france\nperimeter: {kind: extended, diameter: 1 km}\nsellers: {coop-toits: {2026-01-01: {vat: normal}}}\n"
)
OPERATION = FILES["operation"] + VAT
PEOPLE = FILES["participants"].replace(
    "mtr-01, from: 2026-01-01, tariff: residents", "mtr-01, from: 2026-01-01, tariff: card"
)
"""m-a buys ahead, m-b pays 10 cents a kWh as it comes."""
FLAT = FILES["tariffs"]


def card(options: str, *later: str) -> str:
    entries = [f"  2026-01-01: {{rule: prepaid, with: {{{options}}}}}\n"]
    entries += [f"  {one[:10]}: {{rule: prepaid, with: {{{one[11:]}}}, because: resolution 7}}\n" for one in later]
    return FLAT + "card:\n" + "".join(entries)


def month_of(repo: Path, months: tuple[str, ...], consumed: tuple[int, int], **texts: str) -> Path:
    write(repo, **{**FILES, "operation": OPERATION, "participants": PEOPLE, **texts})
    (repo / "curves.csv").write_text(curve(months[0], months[-1], consumed=consumed))
    (repo / ".gitignore").write_text("*.csv\n")
    git(repo, "init", "--quiet")
    for month in months:
        assert run(repo, "fetch", "voisins", "--month", month)[0] == 0
    return repo


August = Callable[..., Path]


@pytest.fixture
def august(tmp_path: Path) -> August:
    people = {"participants": PEOPLE.replace("from: 2026-01-01, tariff: card", "from: 2026-08-01, tariff: card")}
    return lambda **texts: month_of(tmp_path / "repo", ("2026-08",), (2, 2), **people | texts)


@pytest.fixture
def winter(tmp_path: Path) -> August:
    return lambda **texts: month_of(tmp_path / "repo", ("2026-01", "2026-02", "2026-03"), (1, 3), **texts)


def settled(repo: Path, *arguments: str) -> dict[str, SimpleNamespace]:
    """By month, the members by id."""
    code, told = run(repo, "settle", "voisins", "--format", "json", *arguments)
    assert code == 0, told
    return {
        unit["month"]: SimpleNamespace(
            of={one["id"]: one for one in unit["members"]}, recomputed=unit["recomputed"], money=unit["money"]
        )
        for unit in json.loads(told)["units"]
    }


def bill(member: Mapping[str, Any]) -> list[str]:
    """The lines, their VAT, the total and what is left, as on paper; days from the first to the last."""
    lines = [
        f"{line['item']} {line['from'][8:]}-{date.fromisoformat(line['to']) - timedelta(days=1):%d}: "
        f"{short(line['quantity'])} x {line['price']} = {line['amount']}"
        for line in member["lines"]
    ]
    vat = [
        f"VAT{' ' + one['item'] if 'item' in one else ''} of {one['net']}: {one['vat']}" for one in member["taxes"]
    ]
    return [*lines, *vat, f"{member['net']} + {member['vat']} = {member['gross']}", f"left {short(member['left'])}"]


def short(quantity: str) -> str:
    return quantity.rstrip("0").rstrip(".") if "." in quantity else quantity


def refused(repo: Path, *arguments: str) -> dict[str, Any]:
    code, told = run(repo, "settle", "voisins", "--format", "json", *arguments)
    assert code == 1
    [finding] = [one for one in json.loads(told)["findings"] if one["severity"] == "error"]
    return dict(finding)


HUNDRED = "m-a: {2026-08-01: 100 kWh}\n"


# --- one month ---------------------------------------------------------------------------------------------------


def test_a_package_runs_out_on_the_17th(august: August) -> None:
    """16 days of 6 kWh are 96, the last 4 are taken on the 17th; 186 - 100 = 86 at the price beyond, 14.62.

    20 % of 14.00 is 2.80, of 14.62 it is 2.924.
    """
    repo = august(tariffs=card("price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh"), packages=HUNDRED)
    assert bill(settled(repo)["2026-08"].of["m-a"]) == [
        "package 01-01: 100 x 0.1400 = 14.00",
        "energy 01-17: 100 x 0.1400 = 14.00",
        "drawn 01-17: -100 x 0.1400 = -14.00",
        "energy 17-31: 86 x 0.1700 = 14.62",
        "VAT of 14.62: 2.92",
        "VAT package of 14.00: 2.80",
        "28.62 + 5.72 = 34.34",
        "left 0",
    ]


def test_what_is_drawn_costs_nothing_and_is_earned(august: August) -> None:
    repo = august(
        tariffs=card("price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh"), packages="m-a: {2026-08-01: 300 kWh}\n"
    )
    august_ = settled(repo)["2026-08"]
    assert bill(august_.of["m-a"]) == [
        "package 01-01: 300 x 0.1400 = 42.00",
        "energy 01-31: 186 x 0.1400 = 26.04",
        "drawn 01-31: -186 x 0.1400 = -26.04",
        "VAT of 0.00: 0.00",
        "VAT package of 42.00: 8.40",
        "42.00 + 8.40 = 50.40",
        "left 114",
    ]
    # The roof earns what it delivered, 26.04 and 186 kWh at 10 cents; what was paid ahead is not earned yet.
    assert august_.of["p-roof"]["revenue"] == "44.64"
    kinds = [line.get("kind") for line in august_.of["m-a"]["lines"]]
    assert kinds == ["deposit", None, "drawn"]


def test_two_packages_at_two_prices(august: August) -> None:
    """The first is used up first, whatever was bought meanwhile: on the 17th. 86 of 100 at 0.1500 is 12.90."""
    repo = august(
        tariffs=card(
            "price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh", "2026-08-11 price: 0.1500 EUR/kWh, then: 0.1700 EUR/kWh"
        ),
        packages="m-a: {2026-08-01: 100 kWh, 2026-08-12: 100 kWh}\n",
    )
    lines = bill(settled(repo)["2026-08"].of["m-a"])
    # The tariff is cut on the 11th: ten days of 6 kWh, then the rest.
    assert lines == [
        "package 01-01: 100 x 0.1400 = 14.00",
        "energy 01-10: 60 x 0.1400 = 8.40",
        "drawn 01-10: -60 x 0.1400 = -8.40",
        "package 12-12: 100 x 0.1500 = 15.00",
        "energy 11-17: 40 x 0.1400 = 5.60",
        "drawn 11-17: -40 x 0.1400 = -5.60",
        "energy 17-31: 86 x 0.1500 = 12.90",
        "drawn 17-31: -86 x 0.1500 = -12.90",
        "VAT of 0.00: 0.00",
        "VAT package of 14.00: 2.80",
        "VAT package of 15.00: 3.00",
        "29.00 + 5.80 = 34.80",
        "left 14",
    ]


def test_the_price_of_a_package_is_told_where_it_was_written(august: August) -> None:
    repo = august(
        tariffs=card(
            "price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh", "2026-08-11 price: 0.1500 EUR/kWh, then: 0.1700 EUR/kWh"
        ),
        packages="m-a: {2026-08-01: 100 kWh, 2026-08-12: 100 kWh}\n",
    )
    (repo / "operations" / "mitoyen.yaml").write_text("lang: en\n")
    lines = settled(repo)["2026-08"].of["m-a"]["lines"]
    first, second = FLAT.count("\n") + 2, FLAT.count("\n") + 3
    assert [line["places"][0].split(":")[1] for line in lines] == [str(first)] * 3 + [str(second)] + [
        str(first),
        str(first),
        str(second),
        str(second),
    ]
    assert [line["bought"] for line in lines] == ["2026-08-01"] * 3 + ["2026-08-12"] + ["2026-08-01"] * 2 + [
        "2026-08-12"
    ] * 2
    _code, told = run(repo, "explain", "voisins", "--month", "2026-08", "--member", "m-a", "--line", "5")
    said = " ".join(told.split())
    assert "package of 100 kWh bought on 2026-08-01 operations/voisins/packages.yaml:1:19" in said
    assert f"operations/voisins/tariffs.yaml:{first}:" in said
    assert "from 2026-08-11 to 2026-08-17" in said


def test_a_package_renews_itself(august: August) -> None:
    """100 kWh from the 1st, 100 more on the 17th: the last 14 are left."""
    repo = august(tariffs=card("price: 0.1400 EUR/kWh, renew: automatic"), packages=HUNDRED)
    assert bill(settled(repo)["2026-08"].of["m-a"])[:6] == [
        "package 01-01: 100 x 0.1400 = 14.00",
        "package 17-17: 100 x 0.1400 = 14.00",
        "energy 01-17: 100 x 0.1400 = 14.00",
        "drawn 01-17: -100 x 0.1400 = -14.00",
        "energy 17-31: 86 x 0.1400 = 12.04",
        "drawn 17-31: -86 x 0.1400 = -12.04",
    ]
    _code, told = run(repo, "explain", "voisins", "--month", "2026-08", "--member", "m-a", "--line", "5")
    assert "forfait renouvelé le 2026-08-17" in told


def test_who_leaves_is_given_back_the_rest(august: August) -> None:
    """Ten days of 6 kWh; 40 of 100 are left, 5.60 and 1.12 of VAT: a document of its own."""
    leaving = PEOPLE.replace("mtr-01, from: 2026-01-01", "mtr-01, from: 2026-08-01, to: 2026-08-11")
    options = "price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh"
    repo = august(tariffs=card(f"{options}, refund: true"), packages=HUNDRED, participants=leaving)
    assert bill(settled(repo)["2026-08"].of["m-a"]) == [
        "package 01-01: 100 x 0.1400 = 14.00",
        "energy 01-10: 60 x 0.1400 = 8.40",
        "drawn 01-10: -60 x 0.1400 = -8.40",
        "refund 10-10: -40 x 0.1400 = -5.60",
        "VAT of 0.00: 0.00",
        "VAT package of 14.00: 2.80",
        "VAT refund of -5.60: -1.12",
        "8.40 + 1.68 = 10.08",
        "left 0",
    ]
    write(repo, tariffs=card(options))
    lines = bill(settled(repo)["2026-08"].of["m-a"])
    assert (lines[3], lines[-1]) == ("VAT of 0.00: 0.00", "left 40")


def test_energy_beyond_every_package_needs_a_price(august: August) -> None:
    options = "price: 0.1400 EUR/kWh, renew: automatic"
    repo = august(tariffs=card(options), packages="m-a: {2026-08-11: 100 kWh}\n")
    finding = refused(repo)
    assert finding["code"] == "ACC319"
    assert finding["message"] == "m-a: 60.000000 kWh from 2026-08-01 on are beyond what it bought ahead"


def test_fees_are_beside_a_package(august: August) -> None:
    options = "price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh, fee: 1.50 EUR/month, fee_per_kwh: 0.0050 EUR/kWh"
    lines = bill(
        settled(august(tariffs=card(options), packages="m-a: {2026-08-01: 300 kWh}\n"))["2026-08"].of["m-a"]
    )
    assert lines[3:7] == [
        "fee 01-31: 1 x 1.50 = 1.50",
        "fee_per_kwh 01-31: 186 x 0.0050 = 0.93",
        "VAT of 2.43: 0.49",
        "VAT package of 42.00: 8.40",
    ]


def test_the_statement(august: August, tmp_path: Path) -> None:
    repo = august(
        tariffs=card("price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh"), packages="m-a: {2026-08-01: 300 kWh}\n"
    )
    settled(repo)
    assert run(repo, "documents", "voisins", "--month", "2026-08", "--out", str(tmp_path))[0] == 0
    said = " ".join((tmp_path / "VO-2026-08-m-a.txt").read_text(encoding="utf-8").split())
    assert "Reste sur vos forfaits 114,000 kWh" in said
    assert "Forfait d'énergie, du 01/08/2026 au 01/08/2026 300,000 kWh x 0,1400 €/kWh 42,00 €" in said
    assert "Énergie prise sur le forfait, forfait du 01/08/2026, du 01/08/2026 au 31/08/2026 -186,000 kWh" in said
    assert "TVA 20 % sur 42,00 € (forfait du 01/08/2026) 8,40 €" in said


# --- over months -------------------------------------------------------------------------------------------------

WINTER = "m-a: {2026-01-01: 200 kWh}\n"


def test_the_cents_of_a_package_are_closed_when_it_ends(winter: August) -> None:
    """200 kWh at 0.1410 are 28.20; 13.113, 11.844 and 3.243 are drawn as 13.11, 11.84 and 3.24: one cent less."""
    repo = winter(tariffs=card("price: 0.1410 EUR/kWh, then: 0.2000 EUR/kWh"), packages=WINTER)
    months = settled(repo)
    assert [bill(one.of["m-a"])[:3] for one in list(months.values())[:2]] == [
        [
            "package 01-01: 200 x 0.1410 = 28.20",
            "energy 01-31: 93 x 0.1410 = 13.11",
            "drawn 01-31: -93 x 0.1410 = -13.11",
        ],
        ["energy 01-28: 84 x 0.1410 = 11.84", "drawn 01-28: -84 x 0.1410 = -11.84", "VAT of 0.00: 0.00"],
    ]
    assert bill(months["2026-03"].of["m-a"]) == [
        "energy 01-08: 23 x 0.1410 = 3.24",  # seven days of 3 kWh and two hours of half a kWh
        "drawn 01-08: -23 x 0.1410 = -3.24",
        "rounding 01-08: 1 x 0.01 = 0.01",
        "rounding 01-08: -1 x 0.01 = -0.01",
        "energy 08-31: 70 x 0.2000 = 14.00",
        "VAT of 14.00: 2.80",
        "14.00 + 2.80 = 16.80",
        "left 0",
    ]
    earned = sum(Decimal(one.of["p-roof"]["revenue"]) for one in months.values())
    # 28.20 of the package, 14.00 beyond it, m-b's 9 kWh of 90 days at 10 cents.
    assert earned == Decimal("28.20") + Decimal("14.00") + Decimal("81.00")


def test_too_much_is_taken_back(winter: August) -> None:
    """At 0.1450: 13.485, 12.18 and 3.335 are drawn as 13.49, 12.18 and 3.34, a cent more than 29.00."""
    repo = winter(tariffs=card("price: 0.1450 EUR/kWh, then: 0.2000 EUR/kWh"), packages=WINTER)
    assert bill(settled(repo)["2026-03"].of["m-a"])[2:4] == [
        "rounding 01-08: -1 x 0.01 = -0.01",
        "rounding 01-08: 1 x 0.01 = 0.01",
    ]


def test_a_purchase_moves_its_month_and_those_after(winter: August) -> None:
    repo = winter(tariffs=card("price: 0.1400 EUR/kWh, then: 0.2000 EUR/kWh"), packages=WINTER)
    settled(repo)
    commit(repo)
    write(repo, packages="m-a: {2026-01-01: 200 kWh, 2026-03-01: 50 kWh}\n")
    assert {month: one.recomputed for month, one in settled(repo).items() if one.recomputed} == {
        "2026-03": ["pricing"]
    }
    _code, told = run(repo, "plan", "--format", "json")
    [plan] = json.loads(told)["operations"]
    assert [change["path"] for change in plan["changes"]] == [["m-a", "2026-03-01"]]
    [unit] = plan["units"]
    # The package costs 50 x 0.14 = 7.00 and saves 50 kWh at 0.20, 10.00; with VAT 3.60 less.
    assert (unit["month"], unit["members"][0]["difference"]) == ("2026-03", "-3.60")
    commit(repo, "m-a buys")
    assert "m-a achète 50 kWh le 2026-03-01" in run(repo, "log", "voisins")[1]


def test_every_executor_and_verify(winter: August) -> None:
    repo = winter(tariffs=card("price: 0.1400 EUR/kWh, then: 0.2000 EUR/kWh"), packages=WINTER)
    commit(repo)
    settled(repo, "--executor", "processes", "--month", "2026-03", "--month", "2026-02")
    several = {path.name: path.read_bytes() for path in repo.glob("operations/voisins/settlements/*")}
    settled(repo)
    commit(repo)
    assert {path.name: path.read_bytes() for path in repo.glob("operations/voisins/settlements/*")} == {
        **several,
        "2026-01.1.yaml": (repo / "operations/voisins/settlements/2026-01.1.yaml").read_bytes(),
    }
    assert run(repo, "verify")[0] == 0
    write(repo, packages="m-a: {2026-01-01: 201 kWh}\n")
    commit(repo)
    code, told = run(repo, "settle", "--changed", "--format", "json")
    assert code == 0
    assert [unit["month"] for unit in json.loads(told)["units"] if not unit["reused"]] == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]


def test_a_price_to_come_is_estimated_with_what_is_left(winter: August) -> None:
    repo = winter(tariffs=card("price: 0.1400 EUR/kWh, then: 0.2000 EUR/kWh"), packages=WINTER)
    settled(repo)
    commit(repo)
    later = "2026-05-01 price: 0.1500 EUR/kWh, then: 0.3000 EUR/kWh"
    write(repo, tariffs=card("price: 0.1400 EUR/kWh, then: 0.2000 EUR/kWh", later))
    _code, told = run(repo, "plan", "--format", "json")
    [unit] = json.loads(told)["operations"][0]["units"]
    # March, of which 70 kWh are beyond the package: 10 cents more each, with VAT 8.40.
    assert (unit["month"], unit["estimated_on"], unit["members"][0]["difference"]) == ("2026-05", "2026-03", "8.40")


# --- a key that stops serving an empty package -------------------------------------------------------------------


def shares(repo: Path, month: str, *days: str) -> dict[str, list[str]]:
    """What m-a and m-b receive in the hours from 10:00 to 16:00 of some days, kWh."""
    _code, told = run(repo, "show", "shares", "voisins", "--month", month, "--format", "json")
    data = json.loads(told)
    columns = {name: data["columns"].index(f"shared:{name}") for name in ("m-a", "m-b")}
    rows = [row for day in days for row in data["rows"] if f"{day}T08" <= row[0] < f"{day}T14"]  # in UTC
    return {name: [short(row[column]) for row in rows] for name, column in columns.items()}


def energy(one: SimpleNamespace) -> dict[str, str]:
    return {name: short(member["shared"]) for name, member in one.of.items()}


def test_the_key_gives_to_others_what_a_member_without_balance_had(august: August) -> None:
    """100 kWh end with the fourth hour of the 17th: from then on m-b has the 2 kWh that it consumes.

    m-b: 16 days of 6, the 17th 4 + 4, 14 days of 12; both together all that the roof gives, 372.
    """
    repo = august(tariffs=card("price: 0.1400 EUR/kWh, empty: others"), packages=HUNDRED)
    month = settled(repo)["2026-08"]
    assert energy(month) == {"m-a": "100", "m-b": "272", "p-roof": "372"}
    assert shares(repo, "2026-08", "2026-08-17") == {
        "m-a": ["1", "1", "1", "1", "0", "0"],
        "m-b": ["1", "1", "1", "1", "2", "2"],
    }
    assert bill(month.of["m-a"]) == [
        "package 01-01: 100 x 0.1400 = 14.00",
        "energy 01-17: 100 x 0.1400 = 14.00",
        "drawn 01-17: -100 x 0.1400 = -14.00",
        "VAT of 0.00: 0.00",
        "VAT package of 14.00: 2.80",
        "14.00 + 2.80 = 16.80",
        "left 0",
    ]
    assert [line["amount"] for line in month.of["m-b"]["lines"]] == ["27.20"]
    assert month.of["p-roof"]["revenue"] == "41.20"


def test_the_step_in_which_a_package_ends(august: August) -> None:
    """98.5 kWh: 96 in 16 days, 2 on the 17th, then half of an hour. In it m-a counts as consuming 0.5 of 2.5 kWh,
    and 2 kWh are there: 0.4, and 1.6 for m-b. The last 0.1 kWh wait for the next package."""
    repo = august(tariffs=card("price: 0.1400 EUR/kWh, empty: others"), packages="m-a: {2026-08-01: 98.5 kWh}\n")
    month = settled(repo)["2026-08"]
    assert shares(repo, "2026-08", "2026-08-17") == {
        "m-a": ["1", "1", "0.4", "0", "0", "0"],
        "m-b": ["1", "1", "1.6", "2", "2", "2"],
    }
    assert bill(month.of["m-a"])[-1] == "left 0.1"


def test_the_key_leaves_it_as_surplus(august: August) -> None:
    """98.5 kWh: the half of an hour that is left is 0.5 kWh; m-b has what it always had."""
    repo = august(tariffs=card("price: 0.1400 EUR/kWh, empty: surplus"), packages="m-a: {2026-08-01: 98.5 kWh}\n")
    month = settled(repo)["2026-08"]
    assert energy(month) == {"m-a": "98.5", "m-b": "186", "p-roof": "284.5"}
    assert short(month.of["p-roof"]["surplus"]) == "87.5"
    assert shares(repo, "2026-08", "2026-08-17") == {
        "m-a": ["1", "1", "0.5", "0", "0", "0"],
        "m-b": ["1"] * 6,
    }


def test_a_purchase_opens_the_key_again(august: August) -> None:
    """Used up on the 17th, 30 kWh more on the 21st at midnight: five days of 6 kWh."""
    repo = august(
        tariffs=card("price: 0.1400 EUR/kWh, empty: others"),
        packages="m-a: {2026-08-01: 100 kWh, 2026-08-21: 30 kWh}\n",
    )
    assert energy(settled(repo)["2026-08"]) == {"m-a": "130", "m-b": "242", "p-roof": "372"}
    assert (
        shares(repo, "2026-08", "2026-08-20", "2026-08-21", "2026-08-26")["m-a"]
        == ["0"] * 6 + ["1"] * 6 + ["0"] * 6
    )


def test_what_is_left_is_known_in_the_next_month(winter: August) -> None:
    """93 kWh of 100 in January; 7 in February, on the third day: m-b has the rest, 360 in each of the months."""
    repo = winter(tariffs=card("price: 0.1400 EUR/kWh, empty: others"), packages="m-a: {2026-01-01: 100 kWh}\n")
    assert [energy(one)["m-a"] for one in settled(repo).values()] == ["93", "7", "0"]
    before = {month: one.recomputed for month, one in settled(repo).items()}
    assert before == {"2026-01": [], "2026-02": [], "2026-03": []}
    write(repo, packages="m-a: {2026-01-01: 90 kWh}\n")
    after = settled(repo)
    assert [energy(one)["m-a"] for one in after.values()] == ["90", "0", "0"]
    # January hands on another balance, and so does February to March no more: it was empty before too.
    assert {month: one.recomputed for month, one in after.items()} == {
        "2026-01": ["allocation", "pricing"],
        "2026-02": ["allocation", "pricing"],
        "2026-03": ["pricing"],
    }


def test_what_the_operator_published_stands(tmp_path: Path) -> None:
    """Its shares of August are 1 kWh an hour for both: what is beyond the package has the price beyond it."""
    source = "columns: {m-a: mtr-01, a: mtr-01/shared, m-b: mtr-02, b: mtr-02/shared, roof: mtr-90}"
    texts = {
        **FILES,
        "operation": OPERATION.replace("unit: kWh", f"unit: kWh, {source}"),
        "participants": PEOPLE.replace("from: 2026-01-01, tariff: card", "from: 2026-08-01, tariff: card"),
        "keys": "2026-01-01: {rule: distributor}\n",
        "tariffs": card("price: 0.1400 EUR/kWh, empty: others, then: 0.1700 EUR/kWh"),
        "packages": HUNDRED,
    }
    write(tmp_path, **texts)
    _head, *rows = curve("2026-08", consumed=(2, 2)).splitlines()
    shared = ["time,m-a,m-b,roof,a,b", *(f"{row},{int(row[-1]) // 2},{int(row[-1]) // 2}" for row in rows)]
    (tmp_path / "curves.csv").write_text("\n".join(shared) + "\n")
    assert run(tmp_path, "fetch", "voisins", "--month", "2026-08")[0] == 0
    month = settled(tmp_path)["2026-08"]
    assert energy(month) == {"m-a": "186", "m-b": "186", "p-roof": "372"}
    assert bill(month.of["m-a"])[3] == "energy 17-31: 86 x 0.1700 = 14.62"
    write(tmp_path, tariffs=card("price: 0.1400 EUR/kWh, empty: others"))
    assert refused(tmp_path)["code"] == "ACC319"


def test_a_key_stops_from_a_first_of_the_month_on(august: August) -> None:
    options = "price: 0.1400 EUR/kWh"
    repo = august(
        tariffs=card(f"{options}, then: 0.1700 EUR/kWh", f"2026-08-11 {options}, empty: others"), packages=HUNDRED
    )
    assert refused(repo)["code"] == "ACC320"
