"""A server of this machine that behaves as the documented part of GitHub's REST API that we use.

Comments of one repository's pull requests: listed in pages (30 unless asked, 100 at most, a ``Link`` header),
created, edited, deleted; 401, 403, 404, 422 as the documentation gives them. ``faults`` are served first.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACTIONS = "github-actions[bot]"
NOT_ACCESSIBLE = {"message": "Resource not accessible by integration", "status": "403"}


@dataclass(frozen=True)
class Fault:
    """What is answered once instead of the truth, to the next request of a method."""

    method: str
    status: int = 502
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"<html>Bad gateway</html>"
    announced: int | None = None
    """The Content-Length that is said, where it is not so."""
    delay: float = 0
    done: bool = False
    """Whether what was asked is done all the same, and only the answer lost."""


@dataclass
class Forge:
    """What the server holds; tests set it, and look at it."""

    url: str
    token: str = "ghs_0123456789abcdefSECRET"  # noqa: S105 - invented
    login: str = ACTIONS
    """Who the token is. An installation, as ``ACTIONS`` is, may not ask."""
    fork: bool = False
    """Whether the token may only read."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def write(self, login: str, body: str, number: int = 7) -> dict[str, Any]:
        """A comment, as somebody wrote it."""
        identity = 1 + max((one["id"] for one in self.comments), default=1000)
        comment = {
            "id": identity,
            "user": {"login": login},
            "body": body,
            "html_url": f"{self.url}/coop/toits/pull/{number}#issuecomment-{identity}",
            "issue": number,
        }
        self.comments.append(comment)
        return comment

    def bodies(self, login: str = ACTIONS) -> list[str]:
        return [one["body"] for one in self.comments if one["user"]["login"] == login]


@contextmanager
def serving() -> Iterator[Forge]:
    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.forge = Forge(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Handler.forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    forge: Forge

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

    def _serve(self) -> None:
        forge = self.forge
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with forge.lock:
            forge.asked.append(f"{self.command} {self.path}")
            fault = next((one for one in forge.faults if one.method == self.command), None)
            if fault:
                forge.faults.remove(fault)
            status, headers, answer = self._answer(body) if not fault or fault.done else (0, {}, None)
        if fault:
            time.sleep(fault.delay)
            self._reply(fault.status, fault.headers, fault.body, fault.announced)
        else:
            self._reply(status, headers, json.dumps(answer).encode() if answer is not None else b"")

    def _reply(self, status: int, headers: Mapping[str, str], body: bytes, announced: int | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if announced is None else announced))
            self.end_headers()
            self.wfile.write(body)
        except BrokenPipeError:
            pass  # whoever asked has gone

    def _answer(self, body: bytes) -> tuple[int, dict[str, str], Any]:
        forge = self.forge
        if self.headers.get("Authorization") != f"Bearer {forge.token}":
            return 401, {}, {"message": "Bad credentials", "status": "401"}
        url = urlsplit(self.path)
        if url.path == "/user":
            return (403, {}, NOT_ACCESSIBLE) if forge.login.endswith("[bot]") else (200, {}, {"login": forge.login})
        if listing := re.fullmatch(r"/repos/coop/toits/issues/(\d+)/comments", url.path):
            number = int(listing[1])
            return self._list(number, parse_qs(url.query)) if self.command == "GET" else self._create(number, body)
        if one := re.fullmatch(r"/repos/coop/toits/issues/comments/(\d+)", url.path):
            return self._change(int(one[1]), body)
        return 404, {}, {"message": "Not Found", "status": "404"}

    def _list(self, number: int, query: Mapping[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        size = min(100, int(query.get("per_page", ["30"])[0]))
        page = int(query.get("page", ["1"])[0])
        found = [one for one in self.forge.comments if one["issue"] == number]
        last = max(1, -(-len(found) // size))

        def to(page: int, rel: str) -> str:
            return f'<{self.forge.url}{urlsplit(self.path).path}?per_page={size}&page={page}>; rel="{rel}"'

        links = [to(page - 1, "prev"), to(1, "first")] if page > 1 else []
        links += [to(page + 1, "next"), to(last, "last")] if page < last else []
        headers = {"Link": ", ".join(links)} if links else {}
        return 200, headers, found[(page - 1) * size : page * size]

    def _create(self, number: int, body: bytes) -> tuple[int, dict[str, str], Any]:
        refused = self._refused(body)
        return refused or (201, {}, self.forge.write(self.forge.login, json.loads(body)["body"], number))

    def _change(self, identity: int, body: bytes) -> tuple[int, dict[str, str], Any]:
        [one] = [one for one in self.forge.comments if one["id"] == identity] or [None]
        if one is None:
            return 404, {}, {"message": "Not Found", "status": "404"}
        if self.command == "DELETE":
            self.forge.comments.remove(one)
            return 204, {}, None
        if refused := self._refused(body):
            return refused
        one["body"] = json.loads(body)["body"]
        return 200, {}, one

    def _refused(self, body: bytes) -> tuple[int, dict[str, str], Any] | None:
        if self.forge.fork:
            return 403, {}, NOT_ACCESSIBLE
        text = json.loads(body).get("body")
        if not text or len(text) > 65_536:
            return 422, {}, {"message": "Validation Failed", "status": "422"}
        return None
