"""A small part of GitHub's REST API, for a server that may be slow, busy, down or hostile.

Everything is bounded: tries, seconds in all, bytes of a reply, pages of a list. What may be said twice (to read, to
replace, to delete) is tried again; what may not (to create) is left to the caller, who looks again first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3

from mitoyen import __version__

TRIES = 5
SECONDS = 180.0
"""For everything one command asks, waits included."""
ANSWER = 20.0
"""Seconds until the first byte, and from one byte to the next."""
LARGEST = 16 * 1024 * 1024
PAGES = 100
PER_PAGE = 100
SECONDARY = 60.0
"""What the documentation asks to wait after a secondary limit that names no delay."""


class Failed(Exception):
    """The forge did not do what was asked, and will not: a sentence for people."""


class NotAllowed(Failed):
    """The token may not write here: that of a pull request from a fork."""


class Gone(Failed):
    """Not there, or no more."""


class Unsure(Failed):
    """No answer to a creation: it was made, or not."""


class Api:
    """One server, one token. ``sleep`` and ``now`` are there for tests."""

    def __init__(
        self,
        base: str,
        token: str,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base = base
        self._token = token
        self._sleep = sleep
        self._now = now
        self._end = now() + SECONDS
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=10, read=ANSWER))
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": f"mitoyen/{__version__}",
        }

    def __repr__(self) -> str:
        return f"Api({self._base})"

    def pages(self, path: str) -> Iterator[Any]:
        """Every item of a list, page after page, as the ``Link`` header leads."""
        url: str | None = f"{self._base}{path}?per_page={PER_PAGE}"
        for _page in range(PAGES):
            if url is None:
                return
            items, headers = self._ask("GET", url)
            if not isinstance(items, list):
                raise Failed(f"GET {urlsplit(url).path}: the reply is not a list")
            yield from items
            url = self._next(url, headers)
        if url is not None:
            raise Failed(f"{path} goes on after {PAGES} pages")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._ask(method, f"{self._base}{path}", body)[0]

    def wait(self, attempt: int) -> None:
        """Before trying again: 1, 2, 4 seconds."""
        self._pause(2.0**attempt, "the server does not answer")

    def _next(self, url: str, headers: Mapping[str, str]) -> str | None:
        for part in headers.get("link", "").split(","):
            address, _, rest = part.partition(";")
            if 'rel="next"' in rest:
                following = urljoin(url, address.strip().strip("<>"))
                if urlsplit(following)[:2] != urlsplit(self._base)[:2]:
                    raise Failed("the list goes on at another server, where the token is not sent")
                return following
        return None

    def _ask(self, method: str, url: str, body: Mapping[str, Any] | None = None) -> tuple[Any, Mapping[str, str]]:
        what = f"{method} {urlsplit(url).path}"
        why = f"{what}: rate limit"
        for attempt in range(TRIES):
            try:
                status, headers, content = self._send(method, url, body)
                limited = self._limited(status, headers, content)
                if limited is not None:  # refused before anything was done: to create may be tried again as well
                    why = f"{what}: rate limit"
                    self._pause(limited * 2.0**attempt if limited == SECONDARY else limited, why)
                    continue
                if status < 500:
                    return self._answer(what, status, content), headers
                why = f"{what}: the server says {status}"
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                why = f"{what}: {self._clean(str(error)) or type(error).__name__}"
            if method == "POST":
                raise Unsure(why)
            if attempt + 1 < TRIES:
                self._pause(2.0**attempt, why)
        raise Failed(f"{why}, {TRIES} times")

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> tuple[int, Mapping[str, str], Any]:
        reply = self._pool.request(
            method,
            url,
            body=json.dumps(body).encode() if body is not None else None,
            headers={**self._headers, **({"Content-Type": "application/json"} if body is not None else {})},
            redirect=False,
            preload_content=False,
        )
        try:
            content = b""
            while part := reply.read1(65536):
                content += part
                if len(content) > LARGEST:
                    raise Failed(f"{method} {urlsplit(url).path}: the reply is larger than {LARGEST >> 20} MiB")
                if self._now() > self._end:
                    raise Failed(f"{method} {urlsplit(url).path}: the reply has not ended after {SECONDS:.0f} s")
            headers = {name.lower(): value for name, value in reply.headers.items()}
            return reply.status, headers, json.loads(content) if content.strip() else None
        except RecursionError as error:
            raise ValueError("the reply is nested too deeply") from error
        except ValueError:
            if reply.status < 400:
                raise
            return reply.status, {name.lower(): value for name, value in reply.headers.items()}, None
        finally:
            reply.close()

    def _answer(self, what: str, status: int, content: Any) -> Any:
        if status < 300:
            return content
        said = content.get("message") if isinstance(content, dict) else None
        message = self._clean(said) if isinstance(said, str) else "it does not say why"
        if status == 401:
            raise Failed(f"{what}: the token is not accepted (401: {message})")
        if status == 403 and "not accessible by integration" in message.lower():
            raise NotAllowed(f"{what}: {message}")
        if status in (404, 410):
            raise Gone(f"{what}: not there, or not for this token ({status}: {message})")
        raise Failed(f"{what}: {status}: {message}")

    def _limited(self, status: int, headers: Mapping[str, str], content: Any) -> float | None:
        """Seconds to wait where a limit was reached, as the documentation says; None where none was."""
        if status not in (403, 429):
            return None
        after = headers.get("retry-after", "")
        if after.isdecimal():
            return float(after)
        reset = headers.get("x-ratelimit-reset", "")
        if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
            return max(1.0, float(reset) - self._now() + 1)
        said = content.get("message") if isinstance(content, dict) else None
        limit = status == 429 or (isinstance(said, str) and "rate limit" in said.lower())
        return SECONDARY if limit else None

    def _pause(self, seconds: float, why: str) -> None:
        if self._now() + seconds > self._end:
            raise Failed(f"{why}; it asks to wait {seconds:.0f} s more, which is longer than this command waits")
        self._sleep(seconds)

    def _clean(self, text: str) -> str:
        """What a server said, on one line, short, without the token."""
        return " ".join(text.replace(self._token, "***").split())[:300]
