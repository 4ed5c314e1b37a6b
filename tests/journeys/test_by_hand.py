"""A village a person can settle with a pencil, and the command line that must find the same.

January 2026. Two roofs give 6 kWh in each of three hours a day: at midnight (a battery), at noon and at 23:00, so
that a day cut anywhere but at local midnight moves energy. Neighbours consume in those hours, one of them also in
the evening, when there is nothing to share.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from mitoyen import cli
from mitoyen.clock import STEPS, Clock, Month
from neighbours import git

PARIS = ZoneInfo("Europe/Paris")

Hourly = Callable[[int], Decimal]
"""What is consumed, produced or given in an hour of the local day."""


def always(amount: str) -> Hourly:
    return lambda _hour: Decimal(amount)


def shared_hours(amount: str, *, evening: str = "0") -> Hourly:
    """An amount in each of the three hours in which there is something to share."""
    amounts = dict.fromkeys((0, 12, 23), amount) | {18: evening}
    return lambda hour: Decimal(amounts.get(hour, "0"))


ROOFS = {"p-east": shared_hours("4.5"), "p-west": shared_hours("1.5")}
NEIGHBOURS = {
    "m-a": shared_hours("3", evening="1.5"),
    "m-b": shared_hours("9"),
    "m-c": shared_hours("3"),
}

FILES = {
    "operation": """\
title: Le village
organiser: coop-toits
opened: 2026-01-01
step: PT15M
source: {use: csv, with: {files: ["curves/*.csv"], unit: kWh}}
""",
    # m-b joins on the 10th, m-c leaves on the 20th.
    "participants": """\
p-east: {role: producer, meter: p-east, from: 2026-01-01}
p-west: {role: producer, meter: p-west, from: 2026-01-01}
m-a: {role: consumer, meter: m-a, from: 2026-01-01, tariff: all}
m-b: {role: consumer, meter: m-b, from: 2026-01-10, tariff: all}
m-c: {role: consumer, meter: m-c, from: 2026-01-01, to: 2026-01-20, tariff: all}
""",
    "keys": """\
2026-01-01: {rule: prorata}
2026-01-16: {rule: static, with: {shares: {m-a: 50 %, m-b: 25 %, m-c: 25 %}}, because: resolution 1}
""",
    "tariffs": """\
all:
  2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh, fee: 3.10 EUR/month}}
  2026-01-16: {rule: flat, with: {price: 0.2000 EUR/kWh, fee: 6.20 EUR/month}, because: resolution 2}
""",
}

TWO = """\
p-east: {role: producer, meter: p-east, from: 2026-01-01}
p-west: {role: producer, meter: p-west, from: 2026-01-01}
m-a: {role: consumer, meter: m-a, from: 2026-01-01}
m-b: {role: consumer, meter: m-b, from: 2026-01-01}
"""
"""Two neighbours for the whole year, who pay nothing."""


def curve(columns: Mapping[str, Hourly], month: str = "2026-01", step: str = "PT15M") -> str:
    """A CSV in local time with offsets; the energy of an hour is the same in all of its steps."""
    seconds = STEPS[step]
    rows = [";".join(["Horodate", *columns])]
    for start in Clock.of_month(Month.parse(month), seconds, "Europe/Paris").utc().tolist():
        local = datetime.fromtimestamp(start, UTC).astimezone(PARIS)
        rows.append(
            ";".join([local.isoformat(), *(str(of(local.hour) * seconds / 3600) for of in columns.values())])
        )
    return "\n".join(rows) + "\n"


def village(repo: Path, curves: Mapping[str, str], **changes: str) -> Path:
    """Write the operation: ``village(repo, {"curves/a.csv": …}, keys="…")`` has another keys.yaml."""
    texts = {f"operations/village/{name}.yaml": text for name, text in (FILES | changes).items()}
    for name, text in {**texts, **curves}.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
    return repo


def run(repo: Path, *arguments: str) -> str:
    """The command in this process."""
    result = CliRunner().invoke(cli.root, ["--repo", str(repo), *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


def settled(repo: Path, month: str = "2026-01") -> dict[str, Any]:
    """The one unit, fetched and settled."""
    run(repo, "fetch", "village", "--month", month)
    return only(run(repo, "settle", "--format", "json"))


def only(text: str) -> dict[str, Any]:
    [unit] = json.loads(text)["units"]
    return dict(unit)


def short(quantity: str) -> str:
    """``102.600000`` is ``102.6``, ``15/31`` stays."""
    return quantity.rstrip("0").rstrip(".") if "." in quantity else quantity


def energies(unit: Mapping[str, Any]) -> dict[str, str]:
    """By member, ``consumed = shared + complement``, or ``produced = shared + surplus``."""
    names = {"consumer": ("consumed", "complement"), "producer": ("produced", "surplus")}
    shown = {}
    for member in unit["members"]:
        whole, rest = names[member["role"]]
        shown[member["id"]] = f"{short(member[whole])} = {short(member['shared'])} + {short(member[rest])}"
    return shown


def bill(unit: Mapping[str, Any], name: str) -> list[str]:
    """A member's lines and their total, as on paper."""
    [member] = [one for one in unit["members"] if one["id"] == name]
    lines = [
        f"{line['item']} from {line['from'][8:]}: {short(line['quantity'])} x {line['price']} = {line['amount']}"
        for line in member["lines"]
    ]
    return [*lines, member["net"]]


# --- January -----------------------------------------------------------------------------------------------------

# Each hour of sharing, of which a day has three:
#            days   hours   there is   m-a wants 3   m-b wants 9   m-c wants 3
#  1 to  9      9      27       6      3     (81)    not there     3     (81)   pro rata: enough for both
# 10 to 15      6      18       6      1.2 (21.6)    3.6 (64.8)    1.2 (21.6)   pro rata: 6 for 15, two fifths
# 16 to 19      4      12       6      3     (36)    1.5   (18)    1.5   (18)   static: 50, 25 and 25 %
# 20 to 31     12      36       6      3    (108)    1.5   (54)    gone         static: the last 25 % are surplus
#             ---                      ----------    ----------    ----------
#              31                      246.6         136.8         120.6        504 in all
JANUARY = {
    "p-east": "418.5 = 378 + 40.5",  # 93 hours of 4.5; three quarters of 504
    "p-west": "139.5 = 126 + 13.5",  # 93 hours of 1.5; one quarter
    "m-a": "325.5 = 246.6 + 78.9",  # 93 hours of 3 and 31 evenings of 1.5
    "m-b": "594 = 136.8 + 457.2",  # 22 days of 27
    "m-c": "171 = 120.6 + 50.4",  # 19 days of 9
}
BILLS = {
    "m-a": [
        "energy from 01: 102.6 x 0.1000 = 10.26",  # 81 + 21.6
        "fee from 01: 15/31 x 3.10 = 1.50",
        "energy from 16: 144 x 0.2000 = 28.80",  # 36 + 108
        "fee from 16: 16/31 x 6.20 = 3.20",
        "43.76",
    ],
    "m-b": [
        "energy from 10: 64.8 x 0.1000 = 6.48",
        "fee from 10: 6/31 x 3.10 = 0.60",
        "energy from 16: 72 x 0.2000 = 14.40",
        "fee from 16: 16/31 x 6.20 = 3.20",
        "24.68",
    ],
    "m-c": [
        "energy from 01: 102.6 x 0.1000 = 10.26",
        "fee from 01: 15/31 x 3.10 = 1.50",
        "energy from 16: 18 x 0.2000 = 3.60",
        "fee from 16: 4/31 x 6.20 = 0.80",
        "16.16",
    ],
}


def assert_january(unit: Mapping[str, Any]) -> None:
    assert energies(unit) == JANUARY
    assert {name: bill(unit, name) for name in BILLS} == BILLS
    assert {name: short(value) for name, value in unit["energy"].items()} == {
        "produced": "558",
        "consumed": "1090.5",
        "shared": "504",
        "complement": "586.5",
        "surplus": "54",
    }
    assert unit["money"]["net"] == "84.60"


def test_january(tmp_path: Path, mitoyen: Callable[..., Any]) -> None:
    repo = village(tmp_path, {"curves/january.csv": curve(ROOFS | NEIGHBOURS)})
    mitoyen(repo, "fetch", "village", "--month", "2026-01")
    assert_january(only(mitoyen(repo, "settle", "--format", "json").stdout))


@pytest.mark.parametrize("step", ["PT10M", "PT15M", "PT30M", "PT60M"])
def test_january_by_any_step(step: str, tmp_path: Path) -> None:
    curves = {"curves/january.csv": curve(ROOFS | NEIGHBOURS, step=step)}
    assert_january(settled(village(tmp_path, curves, operation=FILES["operation"].replace("PT15M", step))))


def test_the_order_of_columns_changes_not_a_byte(tmp_path: Path) -> None:
    columns = ROOFS | NEIGHBOURS
    orders = {"as they are": columns, "turned": dict(reversed(columns.items()))}
    records = []
    for name, order in orders.items():
        repo = village(tmp_path / name, {"curves/january.csv": curve(order, step="PT60M")})
        operation = repo / "operations" / "village"
        (operation / "operation.yaml").write_text(FILES["operation"].replace("PT15M", "PT60M"))
        assert_january(settled(repo))
        records.append(
            [(operation / kind).read_bytes() for kind in ("data/2026-01.yaml", "settlements/2026-01.1.yaml")]
        )
    assert records[0] == records[1]


def test_files_may_each_have_a_meter(tmp_path: Path) -> None:
    columns = (ROOFS | NEIGHBOURS).items()
    curves = {f"curves/{name}.csv": curve({name: column}, step="PT60M") for name, column in columns}
    assert_january(settled(village(tmp_path, curves, operation=FILES["operation"].replace("PT15M", "PT60M"))))


# --- the hour that comes twice, and the one that does not come ---------------------------------------------------

EVERY_HOUR = {"p-east": always("0.5"), "p-west": always("0.5"), "m-a": always("1"), "m-b": always("0")}
"""One kilowatt-hour an hour, day and night: what is shared is the number of hours."""

PAYS = TWO.replace("meter: m-a, from: 2026-01-01", "meter: m-a, from: 2026-01-01, tariff: all")
NIGHT = """\
all:
  2026-01-01:
    rule: slots
    with:
      slots:
        - {name: night, price: 0.2000 EUR/kWh, hours: ["02:00-03:00"]}
        - {name: rest, price: 0.1000 EUR/kWh}
"""
PRORATA = "2026-01-01: {rule: prorata}\n"


@pytest.mark.parametrize(
    ("month", "day", "quarters", "lines"),
    [
        # 31 days of 23 hours that are not the night's, and 31 nights; the last Sunday has two of them.
        (
            "2026-10",
            "2026-10-25",
            (2980, 100),
            ["energy:night from 01: 32 x 0.2000 = 6.40", "energy:rest from 01: 713 x 0.1000 = 71.30", "77.70"],
        ),
        # ... or none.
        (
            "2026-03",
            "2026-03-29",
            (2972, 92),
            ["energy:night from 01: 30 x 0.2000 = 6.00", "energy:rest from 01: 713 x 0.1000 = 71.30", "77.30"],
        ),
    ],
)
def test_a_month_in_which_the_clocks_change(
    month: str, day: str, quarters: tuple[int, int], lines: list[str], tmp_path: Path
) -> None:
    curves = {"curves/month.csv": curve(EVERY_HOUR, month)}
    repo = village(tmp_path, curves, participants=PAYS, keys=PRORATA, tariffs=NIGHT)
    assert bill(settled(repo, month), "m-a") == lines
    rows = list(csv.DictReader(io.StringIO(run(repo, "show", "shares", "village", "--month", month))))
    local = [datetime.fromisoformat(row["utc_start"]).astimezone(PARIS).date().isoformat() for row in rows]
    assert (len(rows), local.count(day)) == quarters
    assert {row["shared:m-a"] for row in rows} == {"0.250000"}


@pytest.mark.parametrize(
    ("month", "day", "lines"),
    [
        # 25 days of 24 hours and one more; 6 days of 24.
        ("2026-10", 26, ["energy from 01: 601 x 0.1000 = 60.10", "energy from 26: 144 x 0.2000 = 28.80", "88.90"]),
        # 29 days of 24 hours but one; 2 days of 24.
        ("2026-03", 30, ["energy from 01: 695 x 0.1000 = 69.50", "energy from 30: 48 x 0.2000 = 9.60", "79.10"]),
    ],
)
def test_a_price_changes_at_midnight_on_the_other_side_of_the_change(
    month: str, day: int, lines: list[str], tmp_path: Path
) -> None:
    tariffs = f"""\
all:
  2026-01-01: {{rule: flat, with: {{price: 0.1000 EUR/kWh}}}}
  {month}-{day}: {{rule: flat, with: {{price: 0.2000 EUR/kWh}}, because: resolution 2}}
"""
    curves = {"curves/month.csv": curve(EVERY_HOUR, month)}
    repo = village(tmp_path, curves, participants=PAYS, keys=PRORATA, tariffs=tariffs)
    assert bill(settled(repo, month), "m-a") == lines


# --- what the operator delivers ----------------------------------------------------------------------------------

TWO_NEIGHBOURS = {"m-a": shared_hours("3"), "m-b": shared_hours("9")}
HOURLY = FILES["operation"].replace("PT15M", "PT60M")
COEFFICIENTS = "2026-01-01: {rule: coefficients}\n"


def coefficients(columns: Mapping[str, Hourly]) -> str:
    """A table of percentages, by the hour: they are not divided over steps as energy is."""
    return curve(columns, step="PT60M")


def by_hour(midnight: str, noon: str, evening: str) -> Hourly:
    amounts = {0: midnight, 12: noon, 23: evening}
    return lambda hour: Decimal(amounts.get(hour, "0"))


def test_a_coefficient_at_each_step(tmp_path: Path) -> None:
    """Of 6 kWh: 50 and 50 % are 3 and 3; 20 and 80 % are 1.2 and 4.8; 10 and 30 % are 0.6 and 1.8.

    A day is 4.8, 9.6, and 3.6 that nobody was given; m-a may not have more than the 3 kWh it consumes.
    """
    table = {"m-a": by_hour("50", "20", "10"), "m-b": by_hour("50", "80", "30")}
    source = HOURLY.replace("unit: kWh", "unit: kWh, coefficients: [{files: [coefficients/*.csv]}]")
    curves = {
        "curves/january.csv": curve(ROOFS | TWO_NEIGHBOURS, step="PT60M"),
        "coefficients/january.csv": coefficients(table),
    }
    unit = settled(village(tmp_path, curves, operation=source, participants=TWO, keys=COEFFICIENTS))
    assert energies(unit) == {
        "p-east": "418.5 = 334.8 + 83.7",  # three quarters of 31 x 14.4
        "p-west": "139.5 = 111.6 + 27.9",
        "m-a": "279 = 148.8 + 130.2",  # 31 x 4.8
        "m-b": "837 = 297.6 + 539.4",  # 31 x 9.6
    }


def test_a_coefficient_for_each_pair(tmp_path: Path) -> None:
    """The roof in the east gives 40 and 60 % of 4.5 kWh: 1.8 and 2.7; the west gives m-b half of 1.5: 0.75."""
    source = HOURLY.replace(
        "unit: kWh",
        "unit: kWh, coefficients: ["
        "{files: [coefficients/east.csv], producer: p-east}, {files: [coefficients/west.csv], producer: p-west}]",
    )
    curves = {
        "curves/january.csv": curve(ROOFS | TWO_NEIGHBOURS, step="PT60M"),
        "coefficients/east.csv": coefficients({"m-a": always("40"), "m-b": always("60")}),
        "coefficients/west.csv": coefficients({"m-a": always("0"), "m-b": always("50")}),
    }
    unit = settled(village(tmp_path, curves, operation=source, participants=TWO, keys=COEFFICIENTS))
    assert energies(unit) == {
        "p-east": "418.5 = 418.5 + 0",
        "p-west": "139.5 = 69.75 + 69.75",
        "m-a": "279 = 167.4 + 111.6",  # 93 x 1.8
        "m-b": "837 = 320.85 + 516.15",  # 93 x 3.45
    }


def test_what_the_operator_published_binds(tmp_path: Path) -> None:
    """Columns of its file: who consumed what, and which part of it was shared: 2 and 3.5 kWh."""
    columns = {
        "conso A": TWO_NEIGHBOURS["m-a"],
        "part A": shared_hours("2"),
        "conso B": TWO_NEIGHBOURS["m-b"],
        "part B": shared_hours("3.5"),
    }
    consumers = "conso A: m-a, part A: m-a/shared, conso B: m-b, part B: m-b/shared"
    named = f"columns: {{{consumers}, p-east: p-east, p-west: p-west}}"
    repo = village(
        tmp_path,
        {"curves/january.csv": curve(ROOFS | columns, step="PT60M")},
        operation=HOURLY.replace("unit: kWh", f"unit: kWh, {named}"),
        participants=TWO,
        keys="2026-01-01: {rule: distributor}\n",
    )
    assert energies(settled(repo)) == {
        "p-east": "418.5 = 383.625 + 34.875",  # three quarters of 93 x 5.5
        "p-west": "139.5 = 127.875 + 11.625",
        "m-a": "279 = 186 + 93",
        "m-b": "837 = 325.5 + 511.5",
    }
    assert "binding: published" in (repo / "operations/village/settlements/2026-01.1.yaml").read_text()


def test_producers_earn_what_consumers_pay(tmp_path: Path, mitoyen: Callable[..., Any]) -> None:
    """p-east gives three quarters of everything. A line of 10.26 is 7.695 and 2.565: of equal remainders the cent
    is p-east's, 7.70 and 2.56. So m-a: 7.70 + 21.60, m-b: 4.86 + 10.80, m-c: 7.70 + 2.70; p-west: the rest.
    """
    unit = settled(village(tmp_path, {"curves/january.csv": curve(ROOFS | NEIGHBOURS)}))
    sales = {
        one["id"]: [f"{sale['consumer']}: {short(sale['quantity'])} kWh, {sale['amount']}" for sale in one["sales"]]
        for one in unit["members"]
        if one["role"] == "producer"
    }
    assert sales == {
        "p-east": ["m-a: 184.95 kWh, 29.30", "m-b: 102.6 kWh, 15.66", "m-c: 90.45 kWh, 10.40"],
        "p-west": ["m-a: 61.65 kWh, 9.76", "m-b: 34.2 kWh, 5.22", "m-c: 30.15 kWh, 3.46"],
    }
    # Energy: 39.06 + 20.88 + 13.86.
    assert [one["revenue"] for one in unit["members"] if one["role"] == "producer"] == ["55.36", "18.44"]
    mitoyen(tmp_path, "documents", "village", "--month", "2026-01", "--as", "text", "--out", str(tmp_path / "out"))
    text = (tmp_path / "out" / "village-2026-01-p-east.txt").read_text()
    assert "Relevé de production" in text
    assert text.splitlines()[-3].split() == [
        "Revenu",
        "de",
        "l'énergie",
        "partagée,",
        "hors",
        "taxes",
        "55,36",
        "€",
    ]


def test_a_slot_is_earned_by_who_produced_in_it(tmp_path: Path) -> None:
    """p-noon gives 6 kWh at noon, p-night at midnight and at 23:00: a price at noon only is p-noon's."""
    roofs = {
        "p-east": lambda hour: Decimal(6 if hour == 12 else 0),
        "p-west": lambda hour: Decimal(6 * (hour in (0, 23))),
    }
    tariffs = """\
all:
  2026-01-01:
    rule: slots
    with:
      slots:
        - {name: noon, price: 0.2000 EUR/kWh, hours: ["12:00-13:00"]}
        - {name: night, price: 0.0000 EUR/kWh}
"""
    columns = {"curves/january.csv": curve(roofs | NEIGHBOURS)}
    unit = settled(village(tmp_path, columns, tariffs=tariffs, keys="2026-01-01: {rule: prorata}\n"))
    paid = sum(Decimal(one["net"]) for one in unit["members"] if one["role"] == "consumer")
    earned = {one["id"]: Decimal(one["revenue"]) for one in unit["members"] if one["role"] == "producer"}
    # 31 hours at noon, 6 kWh each, all of it consumed: 186 x 0.2.
    assert earned == {"p-east": Decimal("37.20"), "p-west": Decimal(0)}
    assert paid == Decimal("37.20")


# --- VAT ---------------------------------------------------------------------------------------------------------

WITH_VAT = FILES["operation"] + "law: france\nperimeter: {kind: extended, diameter: 1 km}\n"


def taxed(
    tmp_path: Path, sellers: str, participants: str = FILES["participants"], more: str = ""
) -> dict[str, Any]:
    curves = {"curves/january.csv": curve(ROOFS | NEIGHBOURS)}
    operation = f"{WITH_VAT}sellers: {sellers}\n{more}"
    return settled(village(tmp_path, curves, operation=operation, participants=participants))


def vat(unit: Mapping[str, Any], name: str) -> list[str]:
    """A member's VAT as on paper, by seller and rate, and the total with it."""
    [member] = [one for one in unit["members"] if one["id"] == name]
    shown = [f"{one['seller']}: {one['net']} at {one['rate']} = {one['vat']}" for one in member["taxes"]]
    return [*shown, f"{member['net']} + {member['vat']} = {member['gross']}"]


def test_vat_is_rounded_once_on_the_sum_of_lines(tmp_path: Path) -> None:
    """43.76 x 0.2 = 8.752; 24.68 x 0.2 = 4.936; 16.16 x 0.2 = 3.232."""
    unit = taxed(tmp_path, "{coop-toits: {2026-01-01: {vat: normal}}}")
    assert_january(unit)
    assert vat(unit, "m-a") == ["coop-toits: 43.76 at 20 % = 8.75", "43.76 + 8.75 = 52.51"]
    assert vat(unit, "m-b") == ["coop-toits: 24.68 at 20 % = 4.94", "24.68 + 4.94 = 29.62"]
    assert vat(unit, "m-c") == ["coop-toits: 16.16 at 20 % = 3.23", "16.16 + 3.23 = 19.39"]
    assert unit["money"] == {"net": "84.60", "vat": "16.92", "gross": "101.52"}


def test_a_seller_in_franchise_charges_none_and_says_why(tmp_path: Path) -> None:
    unit = taxed(tmp_path, "{coop-toits: {2026-01-01: {vat: franchise}}}")
    assert vat(unit, "m-a") == ["coop-toits: 43.76 at 0 % = 0.00", "43.76 + 0.00 = 43.76"]
    [member] = [one for one in unit["members"] if one["id"] == "m-a"]
    assert [(one["category"], one["mention"]) for one in member["taxes"]] == [
        ("E", "TVA non applicable, art. 293 B du CGI")
    ]
    out = tmp_path / "out"
    run(tmp_path, "documents", "village", "--month", "2026-01", "--as", "text", "--out", str(out))
    text = (out / "village-2026-01-m-a.txt").read_text()
    assert "TVA non applicable, art. 293 B du CGI\n" in text


def test_two_sellers_of_one_consumer(tmp_path: Path) -> None:
    """p-west, a quarter of the energy, is the commune's, in franchise; the fee is the organiser's.

    To 1-15 January: 76.95 x 0.1 = 7.695 and 25.65 x 0.1 = 2.565; 16-19 January: 13.5 x 0.2 and 4.5 x 0.2.
    Coop: 7.70 + 1.50 + 2.70 + 0.80 = 12.70, VAT 2.54. Commune: 2.57 + 0.90 = 3.47.
    """
    people = FILES["participants"].replace("meter: p-west", "seller: commune, meter: p-west")
    unit = taxed(
        tmp_path, "{coop-toits: {2026-01-01: {vat: normal}}, commune: {2026-01-01: {vat: franchise}}}", people
    )
    [member] = [one for one in unit["members"] if one["id"] == "m-c"]
    lines = [
        f"{line['item']} of {line['seller']} from {line['from'][8:]}: {line['amount']}" for line in member["lines"]
    ]
    assert sorted(lines) == [
        "energy of commune from 01: 2.57",
        "energy of commune from 16: 0.90",
        "energy of coop-toits from 01: 7.70",
        "energy of coop-toits from 16: 2.70",
        "fee of coop-toits from 01: 1.50",
        "fee of coop-toits from 16: 0.80",
    ]
    assert vat(unit, "m-c") == [
        "commune: 3.47 at 0 % = 0.00",
        "coop-toits: 12.70 at 20 % = 2.54",
        "16.17 + 2.54 = 18.71",
    ]


def test_vat_is_explained_back_to_its_regime(tmp_path: Path) -> None:
    """The same bill walked backwards; a line has the energy of its own seller: 27 hours of 0.75, 18 of 0.3."""
    people = FILES["participants"].replace("meter: p-west", "seller: commune, meter: p-west")
    sellers = "{coop-toits: {2026-01-01: {vat: normal}}, commune: {2026-01-01: {vat: franchise}}}"
    taxed(tmp_path, sellers, people)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "operations")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    told = run(tmp_path, "explain", "village", "--month", "2026-01", "--member", "m-c")
    assert "total HT : 2,57 + 1,50 + 7,70 + 0,90 + 0,80 + 2,70 = 16,17 €" in told
    assert "TVA de commune, 0 % de 3,47 € : 0,00 € (régime franchise depuis le 2026-01-01)" in told
    assert "TVA de coop-toits, 20 % de 12,70 € : 2,54 € (régime normal depuis le 2026-01-01)" in told
    assert "operations/village/operation.yaml:8:42" in told  # the word normal
    assert "total TTC : 16,17 + 2,54 = 18,71 €" in told
    line = run(tmp_path, "explain", "village", "--month", "2026-01", "--member", "m-c", "--line", "1")
    assert "du 2026-01-01 au 2026-01-09 : 20,250 kWh" in line
    assert "du 2026-01-10 au 2026-01-15 : 5,400 kWh" in line


def test_a_month_with_two_rates(tmp_path: Path) -> None:
    """The coop leaves the franchise on the 10th: m-c's January is cut there.

    1-9: 81 x 0.1 = 8.10, 9/31 x 3.10 = 0.90. 10-15: 21.6 x 0.1 = 2.16, 0.60. 16-19: 3.60, 0.80. 7.16 x 0.2 = 1.432.
    """
    regimes = "{2026-01-01: {vat: franchise}, 2026-01-10: {vat: normal, because: threshold}}"
    unit = taxed(tmp_path, f"{{coop-toits: {regimes}}}")
    assert vat(unit, "m-c") == [
        "coop-toits: 9.00 at 0 % = 0.00",
        "coop-toits: 7.16 at 20 % = 1.43",
        "16.16 + 1.43 = 17.59",
    ]
    assert energies(unit) == JANUARY


@pytest.mark.parametrize(
    ("territory", "due"),
    [
        ("overseas", "coop-toits: 43.76 at 8.5 % = 3.72"),  # 3.7196
        ("guyane-mayotte", "coop-toits: 43.76 at 0 % = 0.00"),
    ],
)
def test_other_territories(territory: str, due: str, tmp_path: Path) -> None:
    unit = taxed(tmp_path, "{coop-toits: {2026-01-01: {vat: normal}}}", more=f"territory: {territory}\n")
    assert vat(unit, "m-a")[0] == due


def test_corsica_has_a_rate_of_its_own_for_energy(tmp_path: Path) -> None:
    """Energy 10.26 + 28.80 at 10 %, fees 1.50 + 3.20 at 20 %."""
    unit = taxed(tmp_path, "{coop-toits: {2026-01-01: {vat: normal}}}", more="territory: corsica\n")
    assert vat(unit, "m-a")[:2] == ["coop-toits: 39.06 at 10 % = 3.91", "coop-toits: 4.70 at 20 % = 0.94"]


def test_naming_a_regime_reprices_and_shares_nothing_again(tmp_path: Path, mitoyen: Callable[..., Any]) -> None:
    curves = {"curves/january.csv": curve(ROOFS | NEIGHBOURS)}
    settled(village(tmp_path, curves, operation=WITH_VAT))
    sellers = "sellers: {coop-toits: {2026-01-01: {vat: normal}}}\n"
    (tmp_path / "operations/village/operation.yaml").write_text(WITH_VAT + sellers)
    assert only(mitoyen(tmp_path, "settle", "--format", "json").stdout)["recomputed"] == ["pricing"]
    later = "sellers: {coop-toits: {2026-01-01: {vat: normal}, 2026-02-01: {vat: franchise, because: choice}}}\n"
    (tmp_path / "operations/village/operation.yaml").write_text(WITH_VAT + later)
    assert only(mitoyen(tmp_path, "settle", "--format", "json").stdout)["reused"]
