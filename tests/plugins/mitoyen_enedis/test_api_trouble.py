"""An API that refuses, is busy or down; and what is kept of a delivery that was cut off."""

from __future__ import annotations

import json
import stat
import time as machine
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from random import Random

import pytest

from enedis_api import AGREEMENT, SECRET, Fault, Operator
from enedis_march import (
    NUMBERS,
    WHOLE,
    Clockwork,
    fetch,
    kilowatt_hours,
    nothing_of,
    only,
    request,
)
from mitoyen.contracts import Place
from mitoyen_enedis.api import client, source

# --- refused, busy, down --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [(403, "ACC443"), (404, "ACC444"), (409, "ACC445"), (400, "ACC447")])
def test_what_is_refused_for_a_meter_stops_only_that_meter(
    operator: Operator, clockwork: Clockwork, tmp_path: Path, status: int, code: str
) -> None:
    body = json.dumps({"error": "no", "error_description": f"consent of {NUMBERS['mtr-01']} ended"}).encode()
    operator.faults = [Fault(status, body=body)]
    finding = only(nothing_of(fetch(operator, clockwork, tmp_path / "kept")))
    assert finding.code == code
    assert finding.message.startswith("the curve of mtr-01 (…0001): ")
    assert finding.message.endswith(f"({status}: consent of …0001 ended)")
    assert finding.place == Place("participants.yaml", 1)
    asked = len(operator.asked)
    # The roof's thirteen pages are kept: only the home's are asked for.
    data = fetch(operator, clockwork, tmp_path / "kept")
    assert kilowatt_hours(data) == WHOLE
    assert len(operator.asked) == asked + 1 + 14
    assert data.readings[1].facts["replies"] == "13, 13 of them kept from a run before"


def test_a_token_that_expired_is_renewed_once(operator: Operator, clockwork: Clockwork) -> None:
    operator.faults = [Fault(expire=True)]
    assert kilowatt_hours(fetch(operator, clockwork)) == WHOLE
    assert operator.tokens == 2
    operator.faults = [Fault(expire=True), Fault(expire=True)]
    finding = only(nothing_of(fetch(operator, clockwork)))
    assert finding.code == "ACC442"
    assert finding.message == "a new token is not accepted either (401: the token has expired)"


def test_a_token_is_not_used_to_its_very_end(operator: Operator, clockwork: Clockwork) -> None:
    """It lasts ten minutes: half of them are nothing, all but half a minute are too many."""
    operator.lasts = 600
    access = source.found(AGREEMENT)
    assert access
    service = source.Client(f"{operator.url}/oauth2/v3/token", access, 5, Random(1), clockwork.time)
    first = service.token()
    clockwork.sleep(300)
    assert service.token() == first
    clockwork.sleep(271)
    assert service.token() != first
    assert first not in repr(service)
    assert SECRET not in repr(service)


def test_waits_double_and_are_the_same_each_time(operator: Operator, clockwork: Clockwork) -> None:
    operator.faults = [Fault(503)] * client.TRIES
    finding = only(nothing_of(fetch(operator, clockwork)))
    assert finding.code == "ACC446"
    assert finding.message == "the service did not answer 6 times; the last time it says 503"
    random = Random(AGREEMENT)
    random.random()  # of the request for the token, which needed none
    expected = [2.0**attempt * (1 + random.random()) / 2 for attempt in range(5)]
    assert [second for second in clockwork.slept if second > 0.1] == expected
    assert all(2.0**attempt / 2 <= wait < 2.0**attempt for attempt, wait in enumerate(expected))


@pytest.mark.parametrize("on", ["GET", "POST"])
def test_the_server_says_how_long_to_wait(operator: Operator, clockwork: Clockwork, on: str) -> None:
    operator.faults = [Fault(429, {"Retry-After": "17"}, on=on)]
    assert kilowatt_hours(fetch(operator, clockwork)) == WHOLE
    assert [second for second in clockwork.slept if second > 0.1] == [17.0]


def test_a_date_to_wait_for_is_of_the_servers_clock(operator: Operator, clockwork: Clockwork) -> None:
    operator.ahead = 86_400
    until = datetime.fromtimestamp(machine.time() + 86_400 + 40, UTC)
    operator.faults = [Fault(503, {"Retry-After": format_datetime(until, usegmt=True)})]
    assert kilowatt_hours(fetch(operator, clockwork)) == WHOLE
    [wait] = [second for second in clockwork.slept if second > 0.1]
    assert 35 <= wait <= 40


def test_a_wait_that_cannot_be_read_is_the_usual_one(operator: Operator, clockwork: Clockwork) -> None:
    operator.faults = [Fault(429, {"Retry-After": "soon"})]
    assert kilowatt_hours(fetch(operator, clockwork)) == WHOLE
    [wait] = [second for second in clockwork.slept if second > 0.1]
    assert 0.5 <= wait < 1


def test_nobody_waits_for_an_hour(operator: Operator, clockwork: Clockwork) -> None:
    operator.faults = [Fault(429, {"Retry-After": "3600"})]
    finding = only(nothing_of(fetch(operator, clockwork)))
    assert finding.code == "ACC446"
    assert finding.message == "the service does not answer now: it says 429; it asks to wait 3600 s"
    assert all(second < 0.1 for second in clockwork.slept)


def test_requests_are_paced(operator: Operator, clockwork: Clockwork) -> None:
    fetch(operator, clockwork, rate=5)
    asked = len(operator.asked)
    assert sum(clockwork.slept) == pytest.approx((asked - 1) / 5)


def test_a_connection_that_breaks_is_tried_again(operator: Operator, clockwork: Clockwork) -> None:
    operator.faults = [Fault(drop=True), Fault(drop=True)]
    assert kilowatt_hours(fetch(operator, clockwork)) == WHOLE


def test_nobody_there(operator: Operator, clockwork: Clockwork) -> None:
    finding = only(nothing_of(fetch(operator, clockwork, base="http://127.0.0.1:9/v4")))
    assert finding.code == "ACC446"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(302, {"Location": "https://elsewhere.example/"}), "ACC447"),
        (Fault(200, {"Link": '<https://elsewhere.example/?page=2>; rel="next"'}, b"{}"), "ACC447"),
        (Fault(200, body=b'{"cons_id":'), "ACC420"),
        (Fault(200, body=b'{"curves": []}'), "ACC420"),
        (Fault(200, body=b'{"quantities": [{"type": "cons", "quantities": [{"value": 1}]}]}'), "ACC420"),
        (Fault(200, body=b"[" * 100_000), "ACC420"),
        (Fault(200, body=b"<html>welcome</html>"), "ACC420"),
    ],
)
def test_a_reply_that_is_none_is_refused_and_not_kept(
    operator: Operator, clockwork: Clockwork, tmp_path: Path, fault: Fault, code: str
) -> None:
    operator.faults = [fault]
    assert only(nothing_of(fetch(operator, clockwork, tmp_path / "kept"))).code == code
    assert not (tmp_path / "kept").exists()
    assert kilowatt_hours(fetch(operator, clockwork, tmp_path / "kept")) == WHOLE


# --- what is kept ---------------------------------------------------------------------------------------------


def interrupted(operator: Operator, clockwork: Clockwork, kept: Path) -> int:
    """A run that is stopped at the twelfth request; how many had their answer."""
    operator.before = lambda count: (
        operator.faults.append(Fault(429, {"Retry-After": "999"})) if count == 12 else None
    )
    assert only(fetch(operator, clockwork, kept)).code == "ACC446"
    operator.before = lambda _count: None
    return len(operator.given)


def test_what_was_received_is_not_asked_for_again(operator: Operator, clockwork: Clockwork, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert interrupted(operator, clockwork, kept) == 10
    lines = list(source.asks(request(operator, kept)))
    assert [line for line in lines if line.endswith("(kept, not asked again)")] == lines[1:5]
    assert kilowatt_hours(fetch(operator, clockwork, kept)) == WHOLE
    assert len(operator.given) == len(set(operator.given)) == 27
    assert not kept.exists(), "a delivery that is whole leaves nothing behind"
    # The next fetch is another delivery: everything is asked for.
    fetch(operator, clockwork, kept)
    assert len(operator.given) == 54


def test_the_same_bytes_are_kept_once_and_for_their_owner_alone(
    operator: Operator, clockwork: Clockwork, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    interrupted(operator, clockwork, kept)
    files = sorted(kept.iterdir())
    assert len({file.read_bytes() for file in files}) == len(files)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert not any(meter in file.name for file in files for meter in NUMBERS.values())


def test_a_page_that_was_damaged_or_half_listed_is_asked_for_again(
    operator: Operator, clockwork: Clockwork, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    given = interrupted(operator, clockwork, kept)
    listed = kept / "list.jsonl"
    digest = json.loads(listed.read_bytes().split(b"\n")[1])[1]
    (kept / digest).write_bytes(b"{}")
    listed.write_bytes(listed.read_bytes()[:-20])
    assert kilowatt_hours(fetch(operator, clockwork, kept)) == WHOLE
    assert len(operator.given) == 27 + 2
    assert len(set(operator.given)) == 27
    assert given == 10


def test_pages_of_the_day_before_yesterday_may_be_of_another_publication(
    operator: Operator, clockwork: Clockwork, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    given = interrupted(operator, clockwork, kept)
    clockwork.sleep(2 * 86_400)
    assert kilowatt_hours(fetch(operator, clockwork, kept)) == WHOLE
    assert len(operator.given) == given + 27
