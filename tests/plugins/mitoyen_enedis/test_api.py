"""The API's client against a server of this machine: what is asked, and what the replies mean."""

from __future__ import annotations

import json
import sys
import time as machine
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enedis_api import AGREEMENT, Fault, Operator
from enedis_march import (
    HOME,
    KWH_IN_MARCH,
    MARCH,
    NUMBERS,
    ROOF,
    WHOLE,
    Clockwork,
    fetch,
    kilowatt_hours,
    nothing_of,
    only,
    request,
)
from mitoyen.clock import Clock, Month
from mitoyen.contracts import MISSING
from mitoyen.diagnostics import Refused
from mitoyen.host import MissingExtra
from mitoyen_enedis import api, fetch_online
from mitoyen_enedis.api import answers, source
from mitoyen_enedis.api.access import Access

# --- what is asked --------------------------------------------------------------------------------------------


def test_a_month_is_asked_for_by_meter_in_windows_of_seven_days_of_here(
    operator: Operator, clockwork: Clockwork
) -> None:
    data = fetch(operator, clockwork, first=date(2026, 3, 10))
    assert data.findings == ()
    here = f"/collective_self_consumption/v4/agreements/{AGREEMENT}"
    mine = [path for path in operator.asked if NUMBERS["mtr-01"] in path and "page" not in path]
    curve = f"{here}/definitive_load_curves/cons/{NUMBERS['mtr-01']}"
    # The clocks go forward on the 29th: midnight is 23:00 UTC before, 22:00 after.
    windows = [
        ("20260309T230000Z", "20260316T230000Z"),
        ("20260316T230000Z", "20260323T230000Z"),
        ("20260323T230000Z", "20260330T220000Z"),
        ("20260330T220000Z", "20260331T220000Z"),
    ]
    types = "type=cons,autocons,complement"
    assert mine == [
        *(f"{curve}?start={start}&end={end}&{types}" for start, end in windows),
        f"{here}/definitive_active_energy/cons/{NUMBERS['mtr-01']}?start={windows[0][0]}&end={windows[3][1]}&{types}",
    ]
    assert operator.asked[0] == "POST /oauth2/v3/token"
    assert operator.tokens == 1


def test_every_page_is_read_and_held_against_the_energies(operator: Operator, clockwork: Clockwork) -> None:
    data = fetch(operator, clockwork)
    assert data.findings == ()
    assert kilowatt_hours(data) == WHOLE
    home, roof = data.readings
    assert (home.name, roof.name) == ("mtr-01 (…0001)", "mtr-90 (…0090)")
    assert home.facts["energies"] == "3 agree with the operator's definitive energies"
    # Four weeks in pages of three days, three each, and three days in one; and one reply of energies.
    assert (home.facts["replies"], roof.facts["replies"]) == ("14", "13")
    assert home.taken == 3 * MARCH.steps


def test_a_dry_run_lists_every_request_and_sends_none(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"MITOYEN_ENEDIS_CLIENT_SECRET_{AGREEMENT}")
    lines = list(source.asks(request(operator)))
    assert operator.asked == []
    assert lines[0] == (
        f"POST {operator.url}/oauth2/v3/token with MITOYEN_ENEDIS_CLIENT_ID_{AGREEMENT} "
        f"and MITOYEN_ENEDIS_CLIENT_SECRET_{AGREEMENT} (not set)"
    )
    assert len(lines) == 1 + 5 + 1 + 5
    assert lines[1] == (
        f"GET {operator.base}/agreements/{AGREEMENT}/definitive_load_curves/cons/…0001"
        "?start=20260228T230000Z&end=20260307T230000Z&type=cons,autocons,complement"
    )


def test_a_service_that_gives_all_meters_at_once(operator: Operator, clockwork: Clockwork) -> None:
    """As v1: no number in the path, a list of answers."""
    clock = Clock.of_days(date(2026, 3, 1), date(2026, 3, 2), 900, "Europe/Paris")
    times = [datetime.fromtimestamp(utc, UTC).isoformat() for utc in clock.utc().tolist()]

    def answer(name: str, meter: str, **types: int) -> dict[str, Any]:
        quantities = [
            {"type": kind, "quantities": [{"date": time, "value": value} for time in times]}
            for kind, value in types.items()
        ]
        return {name: NUMBERS[meter], "unit": "Wh", "quantities": quantities}

    answers = [answer("cons_id", "mtr-01", **HOME), answer("prod_id", "mtr-90", autocons=100, **ROOF)]
    operator.faults = [Fault(200, body=json.dumps(answers).encode())]
    data = fetch(operator, clockwork, clock=clock, curves="definitive_load_curves", energies=False)
    assert data.findings == ()
    assert kilowatt_hours(data) == pytest.approx({name: kwh / KWH_IN_MARCH * 24 for name, kwh in WHOLE.items()})
    assert len(operator.asked) == 2
    assert operator.asked[1].endswith("&type=cons,prod,autocons,surplus,complement")
    assert {reading.name: dict(reading.left) for reading in data.readings} == {
        "mtr-01 (…0001)": {},
        "mtr-90 (…0090)": {},
        f"{AGREEMENT}, of no meter of ours": {"of a kind that is not used": 96},
    }


# --- before anything is sent ----------------------------------------------------------------------------------


def test_without_agreement_secret_or_number_nothing_is_sent(
    operator: Operator, clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"MITOYEN_ENEDIS_CLIENT_ID_{AGREEMENT}")
    data = fetch(operator, clockwork, numbers={"mtr-01": NUMBERS["mtr-01"]})
    assert [finding.code for finding in data.findings] == ["ACC418", "ACC441"]
    assert [finding.code for finding in fetch(operator, clockwork, agreement="").findings] == ["ACC440"]
    assert operator.asked == []


def test_without_its_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("mitoyen_enedis.api.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(api, "source")
    monkeypatch.setitem(sys.modules, "urllib3", None)
    with pytest.raises(MissingExtra, match=r"urllib3 is not installed: it comes with the extra \[enedis\]"):
        fetch_online(request(Operator("http://127.0.0.1:9")))


def test_the_secret_of_the_agreement_comes_before_that_without_its_name(
    operator: Operator, clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MITOYEN_ENEDIS_CLIENT_ID", "another")
    monkeypatch.setenv("MITOYEN_ENEDIS_CLIENT_SECRET", "another secret")
    assert fetch(operator, clockwork).findings == ()
    monkeypatch.delenv(f"MITOYEN_ENEDIS_CLIENT_ID_{AGREEMENT}")
    finding = only(nothing_of(fetch(operator, clockwork)))
    assert finding.code == "ACC442"
    assert finding.message == "the client and the secret are not accepted (401: unknown client ***, ***)"


@pytest.mark.parametrize(
    ("base", "code"),
    [
        ("http://gw.ext.prod.api.enedis.fr/v4", "ACC449"),
        ("https://client:secret@gw.ext.prod.api.enedis.fr/v4", "ACC449"),
        ("ftp://127.0.0.1/v4", "ACC449"),
        ("gw.ext.prod.api.enedis.fr", "ACC449"),
    ],
)
def test_secrets_go_over_https_only(operator: Operator, clockwork: Clockwork, base: str, code: str) -> None:
    assert only(nothing_of(fetch(operator, clockwork, base=base))).code == code
    with pytest.raises(Refused):
        list(source.asks(request(operator, base=base)))


def test_a_month_that_is_not_over_by_the_servers_clock(operator: Operator, clockwork: Clockwork) -> None:
    """A machine without a battery believes it is January: the server knows better, and the reverse."""
    clockwork.begun = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert fetch(operator, clockwork).findings == ()
    clockwork.begun = machine.time()
    later = Clock.of_month(Month(2099, 1), 900, "Europe/Paris")
    finding = only(nothing_of(fetch(operator, clockwork, clock=later)))
    assert finding.code == "ACC448"
    assert "2099-02-01 00:00 (+01:00)" in finding.message
    assert not any(path.startswith("/collective") and "2099" in path for path in operator.asked)


# --- what it means --------------------------------------------------------------------------------------------


def test_times_that_name_the_end_of_their_steps_are_found_out(operator: Operator, clockwork: Clockwork) -> None:
    operator.shift = 900
    finding = next(one for one in fetch(operator, clockwork).findings if one.severity == "error")
    assert (finding.code, finding.help) == ("ACC433", "if that is so for all curves: stamp: end")
    assert kilowatt_hours(fetch(operator, clockwork, stamp="end")) == WHOLE


def test_a_curve_without_unit_is_not_guessed(operator: Operator, clockwork: Clockwork) -> None:
    operator.unit = ""
    assert {finding.code for finding in fetch(operator, clockwork).findings} == {"ACC435"}
    data = fetch(operator, clockwork, unit="W")
    # W taken for Wh is four times too much, and the energies tell.
    assert [(one.code, one.help[:28]) for one in data.findings] == [("ACC436", "one is 4 times the other: is")] * 3
    assert kilowatt_hours(fetch(operator, clockwork, unit="Wh")) == WHOLE


def test_curves_are_whole_without_energies(operator: Operator, clockwork: Clockwork, tmp_path: Path) -> None:
    """404 for energies is a warning: what is billed is the curve."""
    operator.before = lambda _count: (
        operator.faults.append(Fault(404, body=b"{}")) if "active_energy" in operator.asked[-1] else None
    )
    data = fetch(operator, clockwork, tmp_path / "kept")
    assert kilowatt_hours(data) == WHOLE
    assert (only(data).code, only(data).severity) == ("ACC444", "warning")
    operator.before = lambda _count: None
    assert fetch(operator, clockwork, energies=False).findings == ()


@pytest.mark.parametrize("naive", [False, True])
@pytest.mark.parametrize(("month", "quarters"), [(3, 2972), (10, 2980)])
def test_the_hour_that_comes_twice_or_not_at_all(
    operator: Operator, clockwork: Clockwork, month: int, quarters: int, naive: bool
) -> None:
    operator.naive = naive
    data = fetch(
        operator,
        clockwork,
        clock=Clock.of_month(Month(2026, month), 900, "Europe/Paris"),
        first=date(2026, month, 1),
    )
    assert data.findings == ()
    assert kilowatt_hours(data)["mtr-01 measured"] == quarters / 4


def test_a_step_given_by_two_requests_is_taken_once(operator: Operator, clockwork: Clockwork) -> None:
    operator.inclusive = True
    data = fetch(operator, clockwork)
    assert data.findings == ()
    assert kilowatt_hours(data) == WHOLE
    # Of two kinds: the first steps of four windows, and that of April.
    assert dict(data.readings[1].left) == {"in an earlier file too, same value": 8, "outside the month": 2}


def test_a_hole_stays_a_hole(operator: Operator, clockwork: Clockwork) -> None:
    gone = datetime.fromisoformat("2026-03-14T12:00+01:00")
    operator.meters[NUMBERS["mtr-90"]] = ("prod", lambda kind, moment: None if moment == gone else ROOF[kind])
    data = fetch(operator, clockwork)
    measured = next(one for one in data.series if (one.meter, one.kind) == ("mtr-90", "measured"))
    [hole] = np.flatnonzero(measured.values == MISSING).tolist()
    assert MARCH.stamp(hole) == "2026-03-14 12:00 (+01:00)"
    assert measured.at
    assert measured.at(hole).path.startswith(f"{AGREEMENT}/definitive_load_curves/prod/…0090?")
    assert dict(data.readings[1].left) == {"no value": 2}


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some, max_size=3),
    max_leaves=5,
)
DATES = st.sampled_from(["2026-03-01T00:00:00+01:00", "2026-03-29T02:30:00", "2026-13-01", "20260301T000000Z"])
VALUES = st.integers(-(10**30), 10**30) | ANYTHING
SOME_POINTS = st.lists(st.fixed_dictionaries({"date": DATES | st.text(max_size=8), "value": VALUES}), max_size=5)
SOME_CURVE = st.fixed_dictionaries({"type": st.sampled_from(["cons", "autocons", "x"]), "quantities": SOME_POINTS})
REPLIES = ANYTHING | st.fixed_dictionaries(
    {"unit": st.sampled_from(["Wh", "kW", "", "x"]), "quantities": st.lists(SOME_CURVE, max_size=3) | ANYTHING},
    optional={"cons_id": st.sampled_from([*NUMBERS.values(), "", "x"]), "prod_id": st.text(max_size=3)},
)


@given(REPLIES)
@settings(deadline=None)
def test_whatever_is_replied_is_accounted_for(reply: Any) -> None:
    """Any JSON is data whose every value is accounted for, or refused with a finding."""
    asked = request(Operator("http://127.0.0.1:9"))
    ask = next(iter(source.asked(asked, source.Settings.of(asked.options))))
    try:
        payloads = answers.read(json.dumps(reply).encode(), "a reply", ask, NUMBERS["mtr-01"], "Europe/Paris")
    except Refused as refused:
        if [finding.code for finding in refused.findings] != ["ACC420"]:
            raise
        return
    access = Access("client", "secret")
    service = source.Client("http://127.0.0.1:9", access, 1, Random(1))
    delivery = source.Delivery(asked, source.Settings.of(asked.options), service, source.Kept(None))
    delivery.payloads = [(ask, payload) for payload in payloads]
    data = source._placed(delivery)
    assert all(reading.rows == reading.taken + sum(reading.left.values()) for reading in data.readings)
    assert not any(meter in repr(data) for meter in NUMBERS.values())
