"""For authors of plugins, ours and anyone's: cases a person can check by hand, and a kit of what must always hold.

As a pytest plugin it runs every ``cases.yaml`` that begins with ``# mitoyen cases``::

    # mitoyen cases
    cases:
      - allocation: prorata
        title: ten kilowatt-hours between three
        produced: {p-roof: [10]}
        consumed: {m-a: [2], m-b: [8], m-c: [5]}
        shared: {m-a: [1.333334], m-b: [5.333333], m-c: [3.333333]}
        surplus: {p-roof: [0]}
      - tariff: flat
        title: a month of shared energy
        with: {price: 0.1250 EUR/kWh}
        shared: [127.345]
        lines: [{item: energy, quantity: 127.345, amount: 15.92}]
      - indicator: self-consumption
        title: of 10 kWh 6 are shared
        months: [{produced: [4, 6], consumed: [9, 2], shared: [4, 2]}]
        value: 60 %

Energies are kWh, one a step; ``start:`` (a local day, by default Monday 2026-01-05), ``step:`` and ``zone:`` set
the clock; ``with:`` holds the options as an operation would write them. A tariff takes ``by_producer:`` instead of
``shared:`` where it asks whose energy it is; a line may say its ``price:``, ``days:``, ``kind:``, ``bought:`` too.
For rules that keep a state: what was ``carried:`` into these days and ``carries:`` on from them, the ``packages:``
bought in them, whether the member's time under the rule ``ends:`` with them.

A month of an indicator is some steps of it: ``produced:``, ``consumed:`` and ``shared:`` (zero where absent), a
``start:`` of its own where there are several, perhaps ``power:`` (9 kWp), ``net:``, ``gross:``, ``consumers:`` and
``producers:``. The ``value:`` is exact and has its unit, such as ``60 %``, ``200/3 %`` or ``0.12 EUR/kWh``; it is
null where there is none. :func:`conforms` is the kit for allocation rules and for indicators.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from mitoyen.contracts import AllocationRule, Energies, Indicator, Observed, Sharing

# Imports of the engine wait until they are needed: pytest loads this module before coverage begins to count.


# --- cases -----------------------------------------------------------------------------------------------------


class CaseFailed(AssertionError):
    """A case gave another result than it says."""


def run_case(case: Mapping[str, Any]) -> None:
    """Run one case of a cases.yaml. Raise CaseFailed where the result is another."""
    if "allocation" in case:
        _allocation(case)
    elif "tariff" in case:
        _tariff(case)
    elif "indicator" in case:
        _indicator(case)
    else:
        raise CaseFailed("a case names an allocation, a tariff or an indicator")


def _allocation(case: Mapping[str, Any]) -> None:
    from mitoyen.contracts import AllocationRule, Unshareable
    from mitoyen.host import installed
    from mitoyen.sharing import by_pair

    rule = installed().get(AllocationRule, case["allocation"])
    sharing = _sharing(case, rule)
    if "refused" in case:
        try:
            rule.allocate(sharing)
        except Unshareable as refusal:
            _same("refused", case["refused"], str(refusal))
            return
        raise CaseFailed("the rule shared what the case says it refuses")
    shares = rule.allocate(sharing)
    pairs = by_pair(sharing, shares)
    _same("shared", _kwh_rows(case["shared"]), _rows(sharing.consumers, pairs.sum(axis=0)))
    surplus = _rows(sharing.producers, sharing.produced - pairs.sum(axis=1))
    if "surplus" in case:
        _same("surplus", _kwh_rows(case["surplus"]), surplus)
    for producer, row in case.get("from", {}).items():
        _same(
            f"from {producer}", _kwh_rows(row), _rows(sharing.consumers, pairs[sharing.producers.index(producer)])
        )
    if "notes" in case:
        _same("notes", list(case["notes"]), list(shares.notes))


def _sharing(case: Mapping[str, Any], rule: AllocationRule) -> Sharing:
    import numpy as np

    from mitoyen.contracts import Sharing
    from mitoyen.quantities import percent

    def rows(table: Mapping[str, Sequence[Any]], convert: Any = _milliwatt_hours) -> Any:
        return np.array([[convert(value) for value in table[name]] for name in sorted(table)], dtype=np.int64)

    produced, consumed = case["produced"], case["consumed"]
    steps = len(next(iter(produced.values())))
    coefficients = case.get("coefficients")
    if coefficients is not None:
        by_pair = isinstance(next(iter(coefficients.values())), Mapping)
        table = (
            np.stack([rows(coefficients[name], percent) for name in sorted(coefficients)])
            if by_pair
            else rows(coefficients, percent)
        )
    return Sharing(
        producers=tuple(sorted(produced)),
        consumers=tuple(sorted(consumed)),
        produced=rows(produced),
        consumed=rows(consumed),
        clock=_clock(case, steps),
        options=_options(case, rule.schema),
        published=rows(case["published"]) if "published" in case else None,
        published_surplus=rows(case["published_surplus"]) if "published_surplus" in case else None,
        coefficients=table if coefficients is not None else None,
    )


def _tariff(case: Mapping[str, Any]) -> None:
    import numpy as np

    from mitoyen.contracts import KWH, Energy, Package, TariffRule
    from mitoyen.host import installed
    from mitoyen.pricing import rounded

    rule = installed().get(TariffRule, case["tariff"])
    by_producer = {producer: _energies(row) for producer, row in case.get("by_producer", {}).items()}
    given = list(by_producer.values()) or [_energies(case["shared"])]
    shared = np.asarray(np.stack(given).sum(axis=0, dtype=np.int64))
    days, month = case.get("days", 31), case.get("days_in_month", 31)
    energy = Energy(
        clock=_clock(case, len(shared)),
        shared=shared,
        consumed=shared,
        by_producer=by_producer,
        days=days,
        days_in_month=month,
        options=_options(case, rule.schema),
        carried=case.get("carried", {}),
        packages=tuple(
            Package(date.fromisoformat(day), _milliwatt_hours(bought))
            for day, bought in sorted(case.get("packages", {}).items())
        ),
        ends=case.get("ends", False),
    )
    found, charges = [], rule.price(energy)
    for line in charges.lines:
        quantity: Any = Decimal(int(line.quantity)) / KWH if line.unit == "kWh" else str(line.quantity)
        quantity = quantity if "/" in str(quantity) else Decimal(quantity)
        held = [day.isoformat() for day in line.days or ()]
        said: dict[str, Any] = {
            "item": line.item,
            "quantity": quantity,
            "price": line.price,
            "amount": rounded(line),
        }
        bought = line.bought.isoformat() if line.bought else None
        found.append(said | {"days": held, "kind": line.kind, "bought": bought})
    expected = [
        {
            name: value if name in ("item", "days", "kind", "bought") or "/" in str(value) else Decimal(value)
            for name, value in line.items()
        }
        for line in case["lines"]
    ]
    if len(found) == len(expected):  # a case may leave a field out
        found = [{name: line[name] for name in wanted} for line, wanted in zip(found, expected, strict=True)]
    _same("lines", expected, found)
    if "carries" in case:
        _same("carries", case["carries"], json.loads(json.dumps(charges.carried)))


def _indicator(case: Mapping[str, Any]) -> None:
    from mitoyen.contracts import Indicator
    from mitoyen.host import installed

    indicator = installed().get(Indicator, case["indicator"])
    months = [_observed(case, month) for month in case["months"]]
    for one, two in pairwise(months):
        if two.month != one.month.next:
            raise CaseFailed(f"{two.month} does not follow {one.month}: each month has its own start")
    expected = _exactly(case["value"], indicator.unit)
    _same("value", _written(expected, indicator.unit), _written(indicator.over(_frozen(months)), indicator.unit))


_CURVES = ("produced", "consumed", "shared")
_MONTH = {*_CURVES, "start", "skip", "step", "zone", "power", "net", "gross", "consumers", "producers"}


def _observed(case: Mapping[str, Any], row: Mapping[str, Any]) -> Observed:
    """Some steps of a month, as a case says them: what it does not say is zero, and money not told."""
    from mitoyen.clock import Month
    from mitoyen.contracts import Observed
    from mitoyen.quantities import power

    if unknown := sorted(row.keys() - _MONTH):
        raise CaseFailed(f"a month has no {', '.join(unknown)}")
    lengths = {len(row[name]) for name in _CURVES if name in row}
    if len(lengths) != 1:
        raise CaseFailed("a month has produced, consumed, shared, of as many steps each")
    [steps] = lengths
    curves = {name: _energies(row.get(name, [0] * steps)) for name in _CURVES}
    for name in ("produced", "consumed"):
        if (curves["shared"] > curves[name]).any():
            raise CaseFailed(f"more is shared than {name}")
    clock = _clock({**case, **row}, steps)
    day = clock.day(0)
    return Observed(
        month=Month(day.year, day.month),
        clock=clock,
        **curves,
        power=power(row["power"]) if "power" in row else 0,
        consumers=row.get("consumers", 1),
        producers=row.get("producers", 1),
        net=Decimal(row["net"]) if "net" in row else None,
        gross=Decimal(row["gross"]) if "gross" in row else None,
    )


def _exactly(written: Any, unit: str) -> Fraction | None:
    """``60 %``, ``200/3 %``, ``0.12 EUR/kWh``; None where there is no value."""
    if written is None:
        return None
    number, _, of = str(written).partition(" ")
    try:
        value = Fraction(number)
    except (ValueError, ZeroDivisionError):
        value, of = Fraction(0), ""
    if of != unit:
        raise CaseFailed(f"{written!r} is not a value: expected a number and its unit, as in 2/3 {unit}")
    return value / 100 if unit == "%" else value


def _written(value: Fraction | None, unit: str) -> str:
    return "none" if value is None else f"{value * 100 if unit == '%' else value} {unit}"


def _options(case: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    from mitoyen.schema import read

    return read(case.get("with", {}), schema)


def _clock(case: Mapping[str, Any], steps: int) -> Any:
    from mitoyen.clock import STEPS, Clock, midnight

    zone = case.get("zone", "Europe/Paris")
    step = STEPS[case.get("step", "PT15M")]
    start = midnight(date.fromisoformat(case.get("start", "2026-01-05")), zone) + case.get("skip", 0) * step
    return Clock(start, step, steps, zone)


def _energies(row: Sequence[Any]) -> Energies:
    import numpy as np

    return np.array([_milliwatt_hours(value) for value in row], dtype=np.int64)


def _milliwatt_hours(kwh: Any) -> int:
    value = Decimal(kwh) * 1_000_000
    if value != int(value):
        raise CaseFailed(f"{kwh} kWh is not a whole number of milliwatt-hours")
    return int(value)


def _kwh_rows(table: Mapping[str, Sequence[Any]]) -> dict[str, list[int]]:
    return {name: [_milliwatt_hours(value) for value in row] for name, row in sorted(table.items())}


def _rows(names: Iterable[str], values: Any) -> dict[str, list[int]]:
    return {name: [int(value) for value in row] for name, row in zip(names, values, strict=True)}


def _same(what: str, expected: Any, found: Any) -> None:
    if expected != found:
        raise CaseFailed(f"{what}\n  expected {expected}\n  found    {found}")


# --- the conformance kit ---------------------------------------------------------------------------------------


def example(random: Random, *, largest: int = 10**8) -> Sharing:
    """A sharing of every awkward kind: nobody home, no sun, exact fits, ties, and energies up to ``largest``."""
    import numpy as np

    from mitoyen.clock import Clock
    from mitoyen.contracts import Sharing

    consumers = tuple(f"m-{index:02d}" for index in range(random.randint(1, 7)))
    producers = tuple(f"p-{index}" for index in range(random.randint(1, 3)))
    steps = random.randint(1, 6)

    def energies(rows: int) -> Energies:
        kinds = (0, 1, 7, 1_000_000, largest)
        table = [[random.randint(0, random.choice(kinds)) for _step in range(steps)] for _row in range(rows)]
        return np.array(table, dtype=np.int64).reshape(rows, steps)

    produced, consumed = energies(len(producers)), energies(len(consumers))
    if random.random() < 0.3:
        consumed[:] = consumed[0]  # all alike: every remainder ties
    if random.random() < 0.2:
        produced[0] = consumed.sum(axis=0)
    clock = Clock(1_774_738_800 + 900 * random.randint(0, 10**5), 900, steps, "Europe/Paris")
    return Sharing(producers, consumers, produced, consumed, clock)


def conforms(offer: AllocationRule | Indicator, seed: int, *, largest: int = 10**8) -> None:
    """Assert what holds for every allocation rule or every indicator, on one example.

    Of a rule: shares are conserved, capped, the same each time and on read-only arrays, and do not depend on the
    order of participants but for ties.

    Of an indicator: nothing is left unsaid in French; a value is exact or None, the same each time and on read-only
    arrays, also of months with no sun, nobody at home or nothing at all; money is read only where it says so.
    """
    from mitoyen.contracts import Indicator

    if isinstance(offer, Indicator):
        _worded(offer)
        _measured(offer, Random(seed), largest)
    else:
        _shared(offer, Random(seed), largest)


def _shared(rule: AllocationRule, random: Random, largest: int) -> None:
    import numpy as np

    from mitoyen.sharing import by_pair

    sharing = rule.sample(random, example(random, largest=largest))
    for array in _arrays(sharing):
        array.setflags(write=False)
    pairs = by_pair(sharing, rule.allocate(sharing))  # raises where energy is not conserved or capped
    again = by_pair(sharing, rule.allocate(sharing))
    assert np.array_equal(pairs, again), "the same sharing gave another result"
    assert (pairs >= 0).all(), "a producer took energy back"
    assert (pairs.sum(axis=0) <= sharing.consumed).all()
    assert (pairs.sum(axis=1) <= sharing.produced).all()

    order = list(range(len(sharing.consumers)))
    random.shuffle(order)
    turned = _reordered(sharing, order)
    other = by_pair(turned, rule.allocate(turned))[:, np.argsort(order)]
    ties = len(sharing.producers) + 2
    moved = np.abs(other.sum(axis=0) - pairs.sum(axis=0)).max(initial=0)
    assert moved <= ties, f"another order of participants moved {moved} milliwatt-hours"


def _arrays(sharing: Sharing) -> Iterable[Energies]:
    for array in (
        sharing.produced,
        sharing.consumed,
        sharing.published,
        sharing.published_surplus,
        sharing.coefficients,
    ):
        if array is not None:
            yield array


def _reordered(sharing: Sharing, order: Sequence[int]) -> Sharing:
    """The same participants in other rows; ids stay with their energy."""
    import numpy as np

    rows = list(order)

    def turn(array: Energies | None) -> Energies | None:
        return None if array is None else np.ascontiguousarray(array[..., rows, :])

    return replace(
        sharing,
        consumers=tuple(sharing.consumers[row] for row in rows),
        consumed=np.ascontiguousarray(sharing.consumed[rows]),
        published=turn(sharing.published),
        coefficients=turn(sharing.coefficients),
    )


def example_months(random: Random, *, largest: int = 10**8) -> tuple[Observed, ...]:
    """One to four whole months that follow one another, of every awkward kind: no sun, nobody home, nothing shared
    or all of it, another step than the month before, the hour that comes twice; energies up to ``largest``."""
    import numpy as np

    from mitoyen.clock import Clock, Month
    from mitoyen.contracts import Observed

    draws = np.random.default_rng(random.getrandbits(64))
    month = Month(2026, random.randint(1, 12))
    found = []
    for _month in range(random.randint(1, 4)):
        clock = Clock.of_month(month, random.choice((900, 1800, 3600)), "Europe/Paris")
        produced, consumed = (
            draws.integers(0, random.choice((0, 1, 7, 1_000_000, largest)), clock.steps, endpoint=True)
            for _curve in range(2)
        )
        shared = np.minimum(produced, consumed) // random.choice((1, 1, 2, largest + 1))
        money = Decimal(random.choice((0, 1, 12_345, 10**9))).scaleb(-2)
        found.append(
            Observed(
                month=month,
                clock=clock,
                produced=produced,
                consumed=consumed,
                shared=shared,
                power=random.choice((0, 1, 9000, 36_000)),
                consumers=random.randint(0, 40),
                producers=random.randint(0, 3),
                net=money,
                gross=money * 2,
            )
        )
        month = month.next
    return tuple(found)


def _worded(indicator: Indicator) -> None:
    who = f"the indicator {indicator.id}"
    assert "fr" in indicator.said, f"{who} has no French words"
    for lang, said in indicator.said.items():
        for name in said.__slots__:
            assert getattr(said, name).strip(), f"{who} has no {name} in {lang}"
    assert indicator.title.strip(), f"{who} has no title"
    assert indicator.unit.strip(), f"{who} has no unit"
    assert 0 <= indicator.decimals <= 9, f"{who} has {indicator.decimals} decimals"


def _measured(indicator: Indicator, random: Random, largest: int) -> None:
    who = f"the indicator {indicator.id}"
    seen = example_months(random, largest=largest)
    for without in ((), ("produced", "shared"), ("consumed", "shared"), ("shared",), _CURVES):
        some = _frozen(_emptied(one, without) for one in seen)
        value = indicator.over(some)
        assert indicator.over(some) == value, f"{who} gave another value the second time"
        assert not _was_float(value), f"{who} gave {value}, which was a float"
        if indicator.money:
            indicator.over([replace(one, gross=None) for one in some])  # the net amount may be told alone
        else:
            richer = [replace(one, net=Decimal(77), gross=Decimal(99)) for one in some]
            assert indicator.over(richer) == value, f"{who} reads money and does not say so (money=True)"
        indicator.over([replace(one, power=0, consumers=0, producers=0) for one in some])


def _emptied(month: Observed, names: Sequence[str]) -> Observed:
    nothing: dict[str, Any] = dict.fromkeys(names, month.produced * 0)
    return replace(month, **nothing)


def _was_float(value: Fraction | None) -> bool:
    """A fraction of a float is one of a large power of two, which exact sums of energy or money hardly ever are."""
    return value is not None and value.denominator > 2**32 and value.denominator.bit_count() == 1


def _frozen(some: Iterable[Observed]) -> list[Observed]:
    """The same months, whose arrays cannot be written."""
    found = list(some)
    for one in found:
        for array in (one.produced, one.consumed, one.shared):
            array.setflags(write=False)
    return found


# --- pytest ----------------------------------------------------------------------------------------------------


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Collect cases.yaml files that are ours."""
    if file_path.name != "cases.yaml" or not file_path.read_text().startswith("# mitoyen cases"):
        return None
    import pytest

    class Case(pytest.Item):
        def __init__(self, *, case: Mapping[str, Any], line: int, **more: Any) -> None:
            super().__init__(**more)
            self.case, self.line = case, line

        def runtest(self) -> None:
            run_case(self.case)

        def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
            if isinstance(excinfo.value, CaseFailed):
                return f"{self.path}:{self.line}: {excinfo.value}"
            return super().repr_failure(excinfo, style)

        def reportinfo(self) -> tuple[Path, int, str]:
            return self.path, self.line - 1, self.name

    class Cases(pytest.File):
        def collect(self) -> Iterable[pytest.Item]:
            from mitoyen.located import parse

            document = parse(self.path.read_bytes(), str(self.path))
            for index, case in enumerate(document.value["cases"]):
                kind = case.get("allocation") or case.get("tariff") or case.get("indicator") or "case"
                name = f"{kind}: {case.get('title', index)}"
                line = document.place("cases", index).line
                yield Case.from_parent(self, name=name, case=case, line=line)

    return Cases.from_parent(parent, path=file_path)
