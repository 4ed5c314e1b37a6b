"""A server of this machine that behaves as Enedis's API of collective self-consumption, as far as it is known.

A token by client and secret; load curves by meter, at most seven days a request, in pages of three days that a
``Link`` leads through; definitive energies by dial. ``faults`` are served first, in order; ``broken`` is the part
of requests that fail at random, the same ones each time.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
AGREEMENT = "ACC00000001"
CLIENT, SECRET = "coop-toits", "s3cret-0123456789"
STEP = 900
DAYS_A_PAGE = 3

Curve = Callable[[str, datetime], Any]
"""Watt-hours of a type (``cons``, ``autocons``…) in the quarter-hour that begins then; None for a hole."""


@dataclass(frozen=True)
class Fault:
    """What is answered once instead of the truth."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"<html>Internal error</html>"
    drop: bool = False
    """The connection breaks in the middle of the answer."""
    expire: bool = False
    """The token is accepted no more, and the truth is told about that."""
    on: str = "GET"


@dataclass
class Operator:
    """What the server holds; tests set it, and look at it."""

    url: str = ""
    meters: dict[str, tuple[str, Curve]] = field(default_factory=dict)
    """By number: cons or prod, and the curve."""
    faults: list[Fault] = field(default_factory=list)
    broken: float = 0
    random: Random = field(default_factory=lambda: Random(20))
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    """The requests that had their answer."""
    tokens: int = 0
    token: str = ""
    before: Callable[[int], None] = lambda _count: None
    """Called with the number of each request, before it is answered."""
    unit: str = "Wh"
    shift: int = 0
    """Seconds from the start of a step to the time that names it."""
    lasts: int = 12_600
    """Seconds of a token."""
    naive: bool = False
    """Whether times have no offset."""
    inclusive: bool = False
    """Whether the step that begins where a request ends is given too."""
    ahead: float = 0
    """Seconds by which the server's clock is ahead."""
    lock: Lock = field(default_factory=Lock)

    @property
    def base(self) -> str:
        return f"{self.url}/collective_self_consumption/v4"

    def fault(self) -> Fault | None:
        if self.faults:
            return self.faults.pop(0)
        if self.random.random() >= self.broken:
            return None
        return self.random.choice(
            [Fault(429, {"Retry-After": "2"}), Fault(500), Fault(503), Fault(drop=True), Fault(expire=True)]
        )


@contextmanager
def serving() -> Iterator[Operator]:
    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.operator = Operator(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Handler.operator
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    operator: Operator

    def log_message(self, *_arguments: object) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        moment = (datetime.now(UTC).timestamp() if timestamp is None else timestamp) + self.operator.ahead
        return super().date_time_string(moment)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        operator = self.operator
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        with operator.lock:
            operator.asked.append(f"POST {self.path}")
            if operator.faults and operator.faults[0].on == "POST":
                return self._fail(operator.faults.pop(0))
            if form.get("client_id") != [CLIENT] or form.get("client_secret") != [SECRET]:
                said = f"unknown client {form['client_id'][0]}, {form['client_secret'][0]}"
                return self._json(401, {"error": "invalid_client", "error_description": said})
            operator.tokens += 1
            operator.token = f"token-{operator.tokens}-of-this-test"
        return self._json(
            200, {"access_token": operator.token, "token_type": "Bearer", "expires_in": operator.lasts}
        )

    def do_GET(self) -> None:
        operator = self.operator
        with operator.lock:
            operator.asked.append(self.path)
            operator.before(len(operator.asked))
            fault = None if operator.faults and operator.faults[0].on != "GET" else operator.fault()
            if fault and fault.expire:
                operator.token = ""
            if self.headers.get("Authorization") != f"Bearer {operator.token}":
                return self._json(401, {"error": "invalid_token", "error_description": "the token has expired"})
            if fault:
                return self._fail(fault)
            status, headers, answer = self._answer()
            if status == 200:
                operator.given.append(self.path)
        return self._json(status, answer, headers)

    def _fail(self, fault: Fault) -> None:
        if fault.drop:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"cons_id":')
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self._send(fault.status, fault.headers, fault.body)

    def _json(self, status: int, answer: Any, headers: Mapping[str, str] | None = None) -> None:
        self._send(status, headers or {}, json.dumps(answer).encode())

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # whoever asked has gone

    def _answer(self) -> tuple[int, dict[str, str], Any]:
        operator = self.operator
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        parts = url.path.split("/")[1:]
        if parts[:4] != ["collective_self_consumption", "v4", "agreements", AGREEMENT] or len(parts) != 7:
            return 404, {}, {"error": "not_found", "error_description": "no such agreement"}
        resource, direction, number = parts[4:]
        held = operator.meters.get(number)
        if held is None or held[0] != direction:
            return 404, {}, {"error": "not_found", "error_description": f"{number} is not in the perimeter"}
        start, end = (datetime.strptime(query[name], "%Y%m%dT%H%M%S%z") for name in ("start", "end"))
        types = query["type"].split(",")
        about = {f"{direction}_id": number, "start": query["start"], "end": query["end"]}
        if resource == "definitive_active_energy":
            return 200, {}, {**about, "unit": "kWh", "quantities": self._energies(held[1], types, start, end)}
        if end - start > timedelta(days=7, hours=1):
            return 400, {}, {"error": "bad_request", "error_description": "at most 7 days"}
        page = int(query.get("page", "1"))
        first = start + timedelta(days=DAYS_A_PAGE * (page - 1))
        last = min(first + timedelta(days=DAYS_A_PAGE), end)
        more = timedelta(seconds=STEP * (last == end and operator.inclusive))
        headers = {}
        if last < end:
            here = f"{url.path}?{url.query.partition('&page=')[0]}&page={page + 1}"
            headers["Link"] = f'<{operator.url}{here}>; rel="next"'
        return (
            200,
            headers,
            {**about, "unit": operator.unit, "quantities": self._curves(held[1], types, first, last + more)},
        )

    def _curves(self, curve: Curve, types: list[str], first: datetime, last: datetime) -> list[Any]:
        shift = self.operator.shift
        return [
            {
                "type": kind,
                "interval_length": "PT15M",
                "quantities": [
                    {"date": self._said(named), "value": curve(kind, moment)}
                    for moment, named in _steps(first, last, shift)
                ],
            }
            for kind in types
        ]

    def _said(self, named: datetime) -> str:
        return named.replace(tzinfo=None).isoformat() if self.operator.naive else named.isoformat()

    def _energies(self, curve: Curve, types: list[str], first: datetime, last: datetime) -> list[Any]:
        found = []
        for kind in types:
            dials = dict.fromkeys(("P", "HPH", "HCH", "HPB", "HCB"), 0)
            for moment, here in _steps(first, last, 0):
                dials["HPH" if 6 <= here.hour < 22 else "HCH"] += curve(kind, moment)
            quantities = [{"name": name, "value": value // 1000} for name, value in dials.items()]
            found.append({"type": kind, "calendar_type": "DISTRIB", "quantities": quantities})
        return found


@cache
def _steps(first: datetime, last: datetime, shift: int) -> list[tuple[datetime, datetime]]:
    """Each step's start, and the local time that names it."""
    starts = [first + timedelta(seconds=seconds) for seconds in range(0, int((last - first).total_seconds()), STEP)]
    return [(start, (start + timedelta(seconds=shift)).astimezone(PARIS)) for start in starts]
