"""A server that is slow, busy, down or hostile: what is asked ends, soon, and says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mitoyen_github import api as module
from mitoyen_github.api import Api, Failed, Gone, NotAllowed, Unsure

COMMENTS = "/repos/coop/toits/issues/7/comments"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def now(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(forge: Any, clock: Clock) -> Api:
    return Api(forge.url, forge.token, clock.sleep, clock.now)


@pytest.fixture
def fault(forge: Any) -> Callable[..., None]:
    """``fault("GET", status=502)``: the next answer to that method."""
    import sys

    def add(method: str, times: int = 1, **values: Any) -> None:
        forge.faults += [sys.modules["forge"].Fault(method, **values)] * times

    return add


def test_every_page_is_read(api: Api, forge: Any) -> None:
    for number in range(230):
        forge.write("anna", str(number))
    assert [one["body"] for one in api.pages(COMMENTS)] == [str(number) for number in range(230)]
    assert forge.asked == [
        f"GET {COMMENTS}?per_page=100",
        f"GET {COMMENTS}?per_page=100&page=2",
        f"GET {COMMENTS}?per_page=100&page=3",
    ]


def test_a_full_last_page_is_the_last(api: Api, forge: Any) -> None:
    for number in range(100):
        forge.write("anna", str(number))
    assert len(list(api.pages(COMMENTS))) == 100
    assert len(forge.asked) == 1


def test_a_list_without_an_end_ends(api: Api, forge: Any, fault: Callable[..., None]) -> None:
    again = {"Link": f'<{forge.url}{COMMENTS}>; rel="next"'}
    fault("GET", 101, status=200, headers=again, body=b"[]")
    with pytest.raises(Failed, match="goes on after 100 pages"):
        list(api.pages(COMMENTS))


def test_the_token_goes_to_no_other_server(api: Api, forge: Any, fault: Callable[..., None]) -> None:
    fault("GET", status=200, headers={"Link": '<http://127.0.0.2:1/>; rel="next"'}, body=b"[]")
    with pytest.raises(Failed, match="another server"):
        list(api.pages(COMMENTS))
    fault("GET", status=302, headers={"Location": "http://127.0.0.2:1/"}, body=b"")
    with pytest.raises(Failed, match="302"):
        api.call("GET", "/user")
    assert len(forge.asked) == 2


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (429, {"retry-after": "30"}, "Too many requests", 30),
        (403, {"retry-after": "5"}, "You have exceeded a secondary rate limit", 5),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000041"}, "API rate limit exceeded", 42),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999000"}, "API rate limit exceeded", 1),
        (403, {}, "You have exceeded a secondary rate limit", 60),
        (429, {}, "no reason", 60),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_limit_is_waited_for(
    method: str,
    status: int,
    headers: dict[str, str],
    message: str,
    wait: float,
    api: Api,
    forge: Any,
    clock: Clock,
    fault: Callable[..., None],
) -> None:
    """A request that a limit refused was not done: also what creates is asked again."""
    fault(method, status=status, headers=headers, body=json.dumps({"message": message}).encode())
    api.call(method, COMMENTS, {"body": "plan"} if method == "POST" else None)
    assert clock.slept == [wait]
    assert len(forge.asked) == 2


def test_a_limit_of_an_hour_is_not_waited_for(api: Api, clock: Clock, fault: Callable[..., None]) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(clock.time) + 3600)}
    fault("GET", status=403, headers=headers, body=b"{}")
    with pytest.raises(Failed, match="rate limit; it asks to wait 3601 s more"):
        api.call("GET", COMMENTS)
    assert clock.slept == []


def test_a_secondary_limit_is_waited_for_longer_each_time(
    api: Api, clock: Clock, fault: Callable[..., None]
) -> None:
    fault("GET", 3, status=429, body=b"{}")
    with pytest.raises(Failed, match="wait 240 s more"):
        api.call("GET", COMMENTS)
    assert clock.slept == [60, 120]


def test_a_server_that_is_down_for_a_moment(api: Api, clock: Clock, fault: Callable[..., None]) -> None:
    fault("GET", 3, status=503)
    assert api.call("GET", COMMENTS) == []
    assert clock.slept == [1, 2, 4]


def test_a_server_that_is_down(api: Api, forge: Any, clock: Clock, fault: Callable[..., None]) -> None:
    fault("GET", 9, status=500)
    with pytest.raises(Failed, match="the server says 500, 5 times"):
        api.call("GET", COMMENTS)
    assert clock.slept == [1, 2, 4, 8]
    assert len(forge.asked) == 5


def test_nobody_answers(clock: Clock) -> None:
    with pytest.raises(Failed, match="5 times"):
        Api("http://127.0.0.1:1", "secret", clock.sleep, clock.now).call("GET", "/user")


@pytest.mark.parametrize(
    "broken",
    [
        {"status": 200, "body": b'[{"id": 1, "bo'},
        {"status": 200, "body": b"[]", "announced": 4096},
        {"status": 200, "body": b"<html>"},
        {"status": 200, "body": b"\xff\xfe"},
        {"status": 200, "body": b"[" * 100_000},
    ],
    ids=["truncated", "shorter than announced", "not JSON", "not text", "nested"],
)
def test_a_broken_reply_is_asked_for_again(
    broken: dict[str, Any], api: Api, clock: Clock, fault: Callable[..., None]
) -> None:
    fault("GET", **broken)
    assert api.call("GET", COMMENTS) == []
    assert clock.slept == [1]
    fault("POST", **broken)
    with pytest.raises(Unsure):
        api.call("POST", COMMENTS, {"body": "plan"})


def test_a_reply_of_hundreds_of_megabytes(
    api: Api, fault: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 1 << 20)
    fault("GET", status=200, body=b" " * (2 << 20))
    with pytest.raises(Failed, match="larger than 1 MiB"):
        api.call("GET", COMMENTS)


def test_a_reply_that_drips_on(forge: Any, clock: Clock, fault: Callable[..., None]) -> None:
    """Each part comes in time, and the whole does not."""

    def now() -> float:
        clock.time += 50
        return clock.time

    fault("GET", status=200, body=b" " * (2 << 20))
    with pytest.raises(Failed, match="has not ended after 180 s"):
        Api(forge.url, forge.token, clock.sleep, now).call("GET", COMMENTS)


def test_a_slow_reply(
    forge: Any, clock: Clock, fault: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER", 0.1)
    api = Api(forge.url, forge.token, clock.sleep, clock.now)
    fault("GET", status=200, body=b"[]", delay=0.5)
    assert api.call("GET", COMMENTS) == []
    assert clock.slept == [1]


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("/repos/coop/other", Gone, "not there, or not for this token (404: Not Found)"),
        ("/user", NotAllowed, "Resource not accessible by integration"),
    ],
)
def test_what_the_forge_refuses(path: str, kind: type[Failed], said: str, api: Api, clock: Clock) -> None:
    with pytest.raises(kind) as error:
        api.call("GET", path)
    assert said in str(error.value)
    assert clock.slept == []


def test_401_403_422(api: Api, forge: Any, clock: Clock, fault: Callable[..., None]) -> None:
    with pytest.raises(Failed, match="422: Validation Failed"):
        api.call("POST", COMMENTS, {"body": "x" * 65_537})
    fault("POST", status=403, body=b'{"message": "Unable to create comment because issue is locked."}')
    with pytest.raises(Failed, match="403: Unable to create comment because issue is locked") as error:
        api.call("POST", COMMENTS, {"body": "x"})
    assert not isinstance(error.value, NotAllowed)
    with pytest.raises(Failed, match="token is not accepted"):
        Api(forge.url, "another", clock.sleep, clock.now).call("GET", "/user")
    assert clock.slept == []


def test_a_server_that_repeats_the_token(api: Api, forge: Any, fault: Callable[..., None]) -> None:
    said = json.dumps({"message": f"bad\n::error::{forge.token} " + "x" * 9999})
    fault("GET", status=400, body=said.encode())
    with pytest.raises(Failed) as error:
        api.call("GET", COMMENTS)
    assert forge.token not in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400
    assert forge.token not in repr(api)
