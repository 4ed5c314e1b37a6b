"""What is looked at before a month of meter data is frozen: holes, signs, powers, contradictions, windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mitoyen import metering, pointers
from mitoyen.clock import Clock, Month
from mitoyen.contracts import (
    MISSING,
    Energies,
    MeterData,
    Operation,
    Participant,
    Place,
    Reading,
    Request,
    Series,
    Source,
)
from mitoyen.curves import Curves, Name
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.metering import Fetched, Where
from mitoyen.store import Results

KWH = 1_000_000
JANUARY = Month(2026, 1)
HOURS = Clock.of_month(JANUARY, 3600, "Europe/Paris")
MONDAY_NOON = 4 * 24 + 12
"""The step of Monday 2026-01-05 at 12:00; the first of January is a Thursday."""


class Memory(dict[tuple[str, str], bytes]):
    def read(self, kind: str, key: str) -> bytes | None:
        return self.get((kind, key))

    def write(self, kind: str, key: str, content: bytes) -> None:
        self[kind, key] = content

    def has(self, kind: str, key: str) -> bool:
        return (kind, key) in self


def member(name: str, meter: str, **fields: Any) -> Participant:
    role = "producer" if name.startswith("p-") else "consumer"
    return Participant(**{"id": name, "role": role, "meter": meter, "start": date(2026, 1, 1), "to": None} | fields)


NEIGHBOUR = (member("m-a", "mtr-01"),)


def operation(members: Sequence[Participant], *, source: str | None = "given", step: int = 3600) -> Operation:
    return Operation(
        id="boucle",
        title="Boucle d'essai",
        organiser="coop-toits",
        opened=date(2026, 1, 1),
        zone="Europe/Paris",
        steps={date(2026, 1, 1): step},
        participants={one.id: one for one in members},
        keys=(),
        tariffs={},
        source=source,
        source_options={},
        formats=(),
        format_options={},
        law=None,
        details={},
        months={},
        files={},
        locate=lambda file, *path, key=False: Place("/".join((file, *map(str, path)))),
    )


def hours(value: int = 0, **changes: int) -> Energies:
    """A curve of January; ``h12=7`` puts another value at the step 12."""
    values = np.full(HOURS.steps, value, dtype=np.int64)
    for name, other in changes.items():
        values[int(name[1:])] = other
    return values


class Fetch:
    """``fetch({"mtr-01": curve, "mtr-01/shared": curve}, gaps=…)``: a month from a source that brings these."""

    def __init__(self) -> None:
        self.results = Results(Memory())

    def __call__(
        self,
        curves: Mapping[str, Energies],
        *,
        gaps: Any = "refuse",
        members: Sequence[Participant] = NEIGHBOUR,
        **more: Any,
    ) -> Fetched:
        series = tuple(
            Series(name.partition("/")[0], name.partition("/")[2] or "measured", values)  # type: ignore[arg-type]
            for name, values in curves.items()
        )
        data = MeterData(series, (Reading("a file", {}, 744, 744, {}),), (), gaps)
        source = Source(id="given", version=1, title="What a test brings", fetch=lambda _request: data)
        host = Host([("given", "given 1", _plugin(source))])
        return metering.fetch(operation(members, **more), JANUARY, host, self.results)

    def frozen(self, fetched: Fetched, name: str = "mtr-01") -> Energies:
        assert fetched.pointer is not None
        meter, _, kind = name.partition("/")
        curves = self.results.curves(fetched.pointer["snapshot"])
        return curves.values[Name(meter, kind or "measured")]


def _plugin(source: Source) -> object:
    from mitoyen.hookspecs import hookimpl

    @hookimpl
    def mitoyen_sources() -> list[Source]:
        return [source]

    return SimpleNamespace(mitoyen_sources=mitoyen_sources)


@pytest.fixture
def fetch() -> Fetch:
    return Fetch()


def said(fetched: Fetched) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in fetched.findings]


# --- what is frozen ----------------------------------------------------------------------------------------------


def test_a_whole_month_is_frozen_and_pointed_to(fetch: Fetch) -> None:
    fetched = fetch({"mtr-01": hours(KWH)})
    assert said(fetched) == []
    assert fetched.pointer == {
        "snapshot": Curves(HOURS, {Name("mtr-01", "measured"): hours(KWH)}).digest(),
        "source": "given",
        "start": "2025-12-31T23:00:00Z",
        "step": "PT60M",
        "steps": 744,
        "meters": ["mtr-01"],
        "series": ["measured"],
        "values": {"read": 744, "taken": 744},
        "gaps": {"policy": "refuse"},
    }


def test_a_pointer_is_written_once(fetch: Fetch, tmp_path) -> None:
    pointer = fetch({"mtr-01": hours(KWH)}).pointer
    assert pointer is not None
    path = pointers.write(tmp_path, JANUARY, pointer)
    assert path == tmp_path / "data" / "2026-01.yaml"
    before = path.stat().st_ino
    assert pointers.write(tmp_path, JANUARY, pointer).stat().st_ino == before, "it said so already"


def test_only_the_days_of_a_participant_count(fetch: Fetch) -> None:
    """From the 10th to the 19th; what the file says of other days is neither looked at nor kept."""
    one = member("m-a", "mtr-01", start=date(2026, 1, 10), to=date(2026, 1, 20))
    fetched = fetch({"mtr-01": hours(KWH, h0=-5, h743=MISSING)}, members=[one])
    assert said(fetched) == []
    values = fetch.frozen(fetched)
    assert (values != MISSING).sum() == 10 * 24
    assert values[9 * 24 - 1] == values[19 * 24] == MISSING
    assert values[9 * 24] == values[19 * 24 - 1] == KWH


def test_a_meter_may_pass_from_one_to_the_next(fetch: Fetch) -> None:
    before = member("m-a", "mtr-01", to=date(2026, 1, 10))
    after = member("m-b", "mtr-01", start=date(2026, 1, 20))
    fetched = fetch({"mtr-01": hours(KWH, h300=MISSING)}, members=[before, after])
    assert said(fetched) == []
    values = fetch.frozen(fetched)
    assert [int(at) for at in np.flatnonzero(np.diff(values != MISSING))] == [9 * 24 - 1, 19 * 24 - 1]


def test_a_meter_nobody_asked_for_is_not_kept(fetch: Fetch) -> None:
    fetched = fetch({"mtr-01": hours(KWH), "mtr-99": hours(KWH)})
    assert fetched.pointer is not None
    assert fetched.pointer["meters"] == ["mtr-01"]


# --- holes -------------------------------------------------------------------------------------------------------


def test_holes_are_refused(fetch: Fetch) -> None:
    fetched = fetch({"mtr-01": hours(KWH, h107=MISSING, h108=MISSING)})
    assert fetched.pointer is None
    assert fetch.results._shelf == {}, "nothing is frozen"
    [finding] = fetched.findings
    assert (finding.code, finding.severity) == ("ACC402", "error")
    assert finding.message == (
        "meter mtr-01: 2 steps missing, "
        "the first at 2026-01-05 11:00 (+01:00), the last at 2026-01-05 12:00 (+01:00)"
    )
    assert finding.help.endswith("gaps: zero, or gaps: estimate")


def test_holes_become_zero_where_the_operation_says_so(fetch: Fetch) -> None:
    fetched = fetch({"mtr-01": hours(KWH, h107=MISSING)}, gaps="zero")
    assert said(fetched) == [("ACC402", "warning")]
    assert fetched.pointer is not None
    assert fetched.pointer["gaps"] == {"policy": "zero", "filled": {"mtr-01": 1}}
    assert fetch.frozen(fetched).tolist() == hours(KWH, h107=0).tolist()


def noons(working: int, weekend: int, other: int = 0) -> Energies:
    """``working`` at noon of the 22 working days of January 2026, ``weekend`` at noon of the 9 others."""
    wall = HOURS.wall()
    at_noon = np.where(wall.weekday < 5, working, weekend)
    return np.where(wall.minute == 720, at_noon, other).astype(np.int64)


def test_an_estimate_is_the_mean_of_that_minute_of_working_days(fetch: Fetch) -> None:
    values = noons(1 * KWH, 9 * KWH)
    values[MONDAY_NOON] = MISSING
    values[MONDAY_NOON + 24] = 3 * KWH
    fetched = fetch({"mtr-01": values}, gaps="estimate")
    # Of 21 other working days, 20 have 1 kWh and one has 3: 23 / 21 = 1.0952380..., rounded down.
    assert fetch.frozen(fetched)[MONDAY_NOON] == 1_095_238
    assert fetched.pointer is not None
    assert fetched.pointer["gaps"] == {"policy": "estimate", "filled": {"mtr-01": 1}}
    assert said(fetched) == [("ACC402", "warning")]


def test_an_estimate_of_any_day_where_that_kind_of_day_has_none(fetch: Fetch) -> None:
    values = noons(2 * KWH, MISSING)
    assert (fetch.frozen(fetch({"mtr-01": values}, gaps="estimate")) == noons(2 * KWH, 2 * KWH)).all()


def test_an_estimate_of_the_whole_window_where_that_minute_was_never_measured(fetch: Fetch) -> None:
    values = noons(MISSING, MISSING, other=5)
    values[0] = 5 + 713  # over the 713 steps that are known, that is one more each
    fetched = fetch({"mtr-01": values}, gaps="estimate")
    assert (fetch.frozen(fetched)[12::24] == 6).all()


def test_an_estimate_looks_at_the_days_of_the_participant_only(fetch: Fetch) -> None:
    one = member("m-a", "mtr-01", start=date(2026, 1, 10))
    values = noons(1 * KWH, 1 * KWH)
    values[: 9 * 24] = 50 * KWH
    values[11 * 24 + 12] = MISSING  # Monday the 12th
    fetched = fetch({"mtr-01": values}, gaps="estimate", members=[one])
    assert fetch.frozen(fetched)[11 * 24 + 12] == 1 * KWH


def test_nothing_can_be_estimated_from_nothing(fetch: Fetch) -> None:
    fetched = fetch({"mtr-01": hours(MISSING)}, gaps="estimate")
    assert fetched.pointer is None
    assert said(fetched) == [("ACC402", "error")]


def test_what_the_operator_did_not_publish_is_not_guessed(fetch: Fetch) -> None:
    curves = {"mtr-01": hours(KWH), "mtr-01/shared": hours(0, h107=MISSING)}
    for gaps in ("refuse", "estimate"):
        fetched = fetch(curves, gaps=gaps)
        assert said(fetched) == []
        assert fetch.frozen(fetched, "mtr-01/shared")[107] == MISSING
    fetched = fetch(curves, gaps="zero")
    assert said(fetched) == [("ACC402", "warning")]
    assert "meter mtr-01 (shared): 1 step missing" in fetched.findings[0].message
    assert fetch.frozen(fetched, "mtr-01/shared")[107] == 0


def test_an_outage_of_all_is_told_once(fetch: Fetch) -> None:
    members = [member("m-a", "mtr-01"), member("m-b", "mtr-02"), member("m-c", "mtr-03")]
    outage = hours(KWH, h50=MISSING)
    fetched = fetch({"mtr-01": outage, "mtr-02": outage, "mtr-03": hours(KWH, h60=MISSING)}, members=members)
    assert [finding.message for finding in fetched.findings] == [
        "2 series (meter mtr-01, meter mtr-02): 1 step missing, at 2026-01-03 02:00 (+01:00)",
        "meter mtr-03: 1 step missing, at 2026-01-03 12:00 (+01:00)",
    ]


# --- values that cannot be ---------------------------------------------------------------------------------------


def test_energy_goes_in_one_direction(fetch: Fetch) -> None:
    fetched = fetch({"mtr-01": hours(KWH, h5=-250_000, h6=-1)}, gaps="zero")
    assert fetched.pointer is None
    [finding] = fetched.findings
    assert finding.code == "ACC405"
    assert finding.message == (
        "meter mtr-01: 2 negative values, the first -0.250000 kWh at 2026-01-01 05:00 (+01:00)"
    )


def test_a_little_over_the_power_is_a_load_and_more_a_fault(fetch: Fetch) -> None:
    """9 kVA for an hour are 9 kWh, and six fifths of it 10.8 kWh."""
    strong = [member("m-a", "mtr-01", power=9_000)]
    assert said(fetch({"mtr-01": hours(0, h5=10_800_000)}, members=strong)) == []
    [finding] = fetch({"mtr-01": hours(0, h5=10_800_001, h6=90 * KWH)}, members=strong).findings
    assert finding.code == "ACC408"
    assert finding.message == (
        "meter mtr-01: 2 values beyond its power, the largest 90.000000 kWh at 2026-01-01 06:00 (+01:00) "
        "where 10.800000 kWh is the most 9000 W allow"
    )
    assert said(fetch({"mtr-01": hours(0, h5=90 * KWH)})) == [], "nobody said what its power is"


def test_power_is_by_the_step(fetch: Fetch) -> None:
    """36 kWp give 9 kWh in a quarter of an hour, 10.8 at most."""
    quarters = Clock.of_month(JANUARY, 900, "Europe/Paris")
    values = np.full(quarters.steps, 10_800_000, dtype=np.int64)
    roof = [member("p-roof", "mtr-90", power=36_000)]
    assert said(fetch({"mtr-90": values}, members=roof, step=900)) == []
    assert said(fetch({"mtr-90": values + 1}, members=roof, step=900)) == [("ACC408", "error")]


def test_a_meter_without_data_is_named(fetch: Fetch) -> None:
    [finding] = fetch({"mtr-02": hours(KWH)}).findings
    assert (finding.code, finding.message) == ("ACC418", "no data for meter mtr-01 of m-a")


# --- contradictions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part", "whole"),
    [("m-a", "shared", "consumption"), ("m-a", "complement", "consumption"), ("p-roof", "surplus", "production")],
)
def test_a_part_is_not_more_than_its_whole(name: str, part: str, whole: str, fetch: Fetch) -> None:
    members = [member(name, "mtr-01")]
    within = {"mtr-01": hours(KWH), f"mtr-01/{part}": hours(0, h5=KWH + 2)}  # each was rounded on its own
    assert said(fetch(within, members=members)) == []
    [finding] = fetch({**within, f"mtr-01/{part}": hours(0, h5=KWH + 3)}, members=members).findings
    assert finding.code == "ACC409"
    assert finding.message == (
        f"meter mtr-01: the {part} is more than the {whole} at 1 step, first 1.000003 of 1.000000 kWh "
        "at 2026-01-01 05:00 (+01:00)"
    )
    assert finding.help == "one of the two columns is not what its name says"


def test_columns_that_swap_one_day_are_recognised(fetch: Fetch) -> None:
    roof = [member("p-roof", "mtr-90")]
    produced, surplus = hours(4 * KWH), hours(3 * KWH)
    produced[400:], surplus[400:] = 3 * KWH, 4 * KWH
    [finding] = fetch({"mtr-90": produced, "mtr-90/surplus": surplus}, members=roof).findings
    assert finding.help == "from that step on the two columns look swapped: surplus and measured"


@pytest.mark.parametrize(("hour", "way"), [("h11", "late"), ("h9", "early")])
def test_a_part_that_comes_an_hour_beside_its_whole_is_recognised(hour: str, way: str, fetch: Fetch) -> None:
    """All that is consumed at 10 is shared, an hour too late or too early."""
    curves = {"mtr-01": hours(0, h10=KWH), "mtr-01/shared": hours(0, **{hour: KWH})}
    [finding] = fetch(curves).findings
    assert finding.code == "ACC409"
    assert finding.help.startswith(f"taken as 1 hour too {way}, it fits:")


def test_shared_and_complement_make_the_consumption(fetch: Fetch) -> None:
    curves = {"mtr-01": hours(KWH), "mtr-01/shared": hours(400_000), "mtr-01/complement": hours(600_000)}
    assert said(fetch(curves)) == []
    [finding] = fetch({**curves, "mtr-01/complement": hours(600_000, h7=500_000)}).findings
    assert finding.code == "ACC409"
    assert finding.message == (
        "meter mtr-01: shared and complement do not add up to consumption at 1 step, "
        "first at 2026-01-01 07:00 (+01:00)"
    )


# --- nobody to ask -----------------------------------------------------------------------------------------------


def refusal(run: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        run()
    [finding] = refused.value.findings
    return finding.code


def test_no_source_no_participants(fetch: Fetch) -> None:
    assert refusal(lambda: fetch({}, source=None)) == "ACC424"
    late = [member("m-a", "mtr-01", start=date(2026, 2, 1))]
    assert refusal(lambda: fetch({}, members=late)) == "ACC425"
    gone = [member("m-a", "mtr-01", to=date(2026, 1, 1))]
    assert refusal(lambda: fetch({}, members=gone)) == "ACC425"


def test_a_source_is_asked_for_the_windows_of_the_month() -> None:
    asked: list[Request] = []

    def bring(request: Request) -> MeterData:
        asked.append(request)
        return MeterData(())

    host = Host([("given", "given 1", _plugin(Source(id="given", version=1, title="Asked", fetch=bring)))])
    members = [
        member("m-a", "mtr-01", start=date(2026, 1, 10), power=6_000),
        member("m-b", "mtr-02", to=date(2026, 1, 20)),
        member("m-c", "mtr-03", start=date(2026, 2, 1)),
    ]
    metering.fetch(operation(members), JANUARY, host, Results(Memory()))
    [request] = asked
    assert request.clock == HOURS
    assert [(one.meter, one.first, one.last, one.power) for one in request.points] == [
        ("mtr-01", 9 * 24, 744, 6_000),
        ("mtr-02", 0, 19 * 24, None),
    ]


@pytest.mark.parametrize("needs", [True, False])
def test_the_vault_is_opened_for_a_source_that_needs_numbers(needs: bool) -> None:
    opened: list[str] = []
    asked: list[Request] = []

    def bring(request: Request) -> MeterData:
        asked.append(request)
        return MeterData(())

    def numbers() -> Mapping[str, str]:
        opened.append("once")
        return {"mtr-01": "a number"}

    source = Source(id="given", version=1, title="Asked", fetch=bring, needs_numbers=needs)
    host = Host([("given", "given 1", _plugin(source))])
    metering.fetch(operation([member("m-a", "mtr-01")]), JANUARY, host, Results(Memory()), Where(numbers=numbers))
    assert (opened, dict(asked[0].numbers)) == ((["once"], {"mtr-01": "a number"}) if needs else ([], {}))
    assert "a number" not in repr(asked[0])


# --- a source that does not keep its word ------------------------------------------------------------------------


def brought(values: Energies, *more: Energies) -> Fetched:
    """A month from a source that brings these curves of the one meter."""
    data = MeterData(tuple(Series("mtr-01", "measured", one) for one in (values, *more)))
    source = Source(id="given", version=3, title="Careless", fetch=lambda _request: data)
    host = Host([("given", "given 1", _plugin(source))])
    return metering.fetch(operation(NEIGHBOUR), JANUARY, host, Results(Memory()))


@pytest.mark.parametrize(
    ("curves", "wrong"),
    [
        ([np.full(744, 0.9)], "values of type float64 and shape (744,), not int64 and (744,)"),
        ([hours(KWH)[:-1]], "values of type int64 and shape (743,), not int64 and (744,)"),
        ([hours(KWH), hours(2 * KWH)], "the same curve twice"),
    ],
    ids=["floats", "too short", "twice"],
)
def test_the_fault_of_a_source_is_told_by_its_name(curves: list[Energies], wrong: str) -> None:
    fetched = brought(*curves)
    assert fetched.pointer is None
    [finding] = fetched.findings
    assert finding.code == "ACC605"
    assert finding.message == f"the source given (version 3) brings for mtr-01 (measured) {wrong}"
