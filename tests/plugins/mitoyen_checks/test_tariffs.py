from __future__ import annotations

from datetime import date
from typing import Any

from mitoyen_checks.tariffs import check

FEBRUARY = date(2026, 2, 1)


def test_the_small_operation_is_right(made: Any) -> None:
    assert made.told(check(made.operation())) == []


def test_a_group_that_does_not_exist(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2"), made.member("m-9qtd", tariff="resident")]
    [finding] = check(made.operation(people))
    assert made.told([finding]) == [
        ("ACC301", 'there is no tariff group "resident"', "participants.yaml m-9qtd/tariff")
    ]
    assert finding.help == 'did you mean "residents"?'


def test_no_group_yet(made: Any) -> None:
    findings = list(check(made.operation(tariffs={})))
    assert [(finding.code, finding.help) for finding in findings] == [
        ("ACC301", "add it to tariffs.yaml first")
    ] * 2


def test_days_without_a_price(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2", start=date(2026, 1, 15))]
    tariffs = {"residents": [made.entry(FEBRUARY, "flat")]}
    assert made.told(check(made.operation(people, tariffs=tariffs))) == [
        (
            "ACC302",
            '"residents" has no price from 2026-01-15 to 2026-01-31, though m-3fk2 is in it',
            "tariffs.yaml residents/2026-02-01:",
        )
    ]


def test_a_group_without_any_price(made: Any) -> None:
    assert made.told(check(made.operation(tariffs={"residents": []}))) == [
        (
            "ACC302",
            '"residents" has no price from 2026-01-01 on, though m-3fk2 and m-9qtd are in it',
            "tariffs.yaml residents:",
        )
    ]


def test_no_price_is_missed_before_anyone_is_there(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2", start=FEBRUARY)]
    assert made.told(check(made.operation(people, tariffs={"residents": [made.entry(FEBRUARY)]}))) == []


def test_a_group_of_nobody(made: Any) -> None:
    tariffs = {"residents": [made.entry()], "shops": [made.entry()]}
    [finding] = check(made.operation(tariffs=tariffs))
    assert made.told([finding]) == [("ACC303", 'nobody is in the tariff group "shops"', "tariffs.yaml shops:")]
    assert finding.severity == "warning"


def test_one_consumer_without_a_tariff(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2"), made.member("m-9qtd", tariff=None)]
    [finding] = check(made.operation(people))
    assert made.told([finding]) == [
        ("ACC305", "m-9qtd has no tariff, other consumers of the operation have one", "participants.yaml m-9qtd:")
    ]
    assert finding.severity == "warning"


def test_an_operation_that_bills_nobody(made: Any) -> None:
    people = [made.member("p-roof"), made.member("m-3fk2", tariff=None)]
    assert made.told(check(made.operation(people, tariffs={}))) == []


def test_a_producer_with_a_tariff(made: Any) -> None:
    people = [made.member("p-roof", tariff="residents"), made.member("m-3fk2")]
    assert made.told(check(made.operation(people))) == [
        ("ACC306", "p-roof is a producer, a tariff is what consumers pay", "participants.yaml p-roof/tariff")
    ]


def test_names_in_a_price(made: Any) -> None:
    names = ((("with", "first", 0), "consumer", "m-9qtx"),)
    assert made.told(check(made.operation(tariffs={"residents": [made.entry(names=names)]}))) == [
        ("ACC201", "m-9qtx is not a participant", "tariffs.yaml residents/2026-01-01/with/first/0")
    ]


def test_a_change_says_why_from_the_second_on(made: Any) -> None:
    prices = [made.entry(because=None), made.entry(FEBRUARY, because=None)]
    assert made.told(check(made.operation(tariffs={"residents": prices}))) == [
        ("ACC120", "the change of 2026-02-01 does not say why", "tariffs.yaml residents/2026-02-01:")
    ]
