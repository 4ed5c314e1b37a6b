"""One service, one client: tokens, pages, and a server that may be slow, busy, down or hostile.

Everything is bounded: tries, seconds in all, bytes of a reply. All that is asked may be asked twice. A token's age
is counted by a clock that nobody sets; times that the server names are held against its own.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from random import Random
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from mitoyen import __version__
from mitoyen.intake.privacy import masked
from mitoyen_enedis.api.access import Access
from mitoyen_enedis.api.kept import Page

TRIES = 6
SECONDS = 3600.0
"""For everything one fetch asks, waits included."""
LONGEST = 300.0
"""Seconds that are waited where the server asks to."""
ANSWER = 30.0
"""Seconds until the first byte, and from one byte to the next."""
LARGEST = 64 * 1024 * 1024
EARLY = 30.0
"""Seconds before its end at which a token is used no more."""

_LINKS = re.compile(r"<([^>]*)>([^<]*)")
"""Addresses and what is said of each; an address may hold commas."""
_NEXT = re.compile(r"""\brel\s*=\s*["']?next\b""", re.IGNORECASE)

Headers = Mapping[str, str]


class Failed(Exception):
    """The service did not give what was asked: a sentence for people, and the code of its finding."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Denied(Failed):
    """This request will not be answered; others may be."""


@dataclass(slots=True)
class Time:
    """Passes as the machine says; tests have another."""

    sleep: Callable[[float], None] = time.sleep
    wall: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Client:
    """``rate``: requests a second, at most. ``random`` spreads waits, the same way each time."""

    token_url: str
    access: Access = field(repr=False)
    rate: int
    random: Random
    time: Time = field(default_factory=Time)
    ahead: float = 0
    """Seconds by which the server's clock is ahead of ours, as it said last."""
    _token: str = field(default="", repr=False)
    _expires: float = 0
    _begun: float = 0
    _last: float | None = None
    _pool: urllib3.PoolManager = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._begun = self.time.elapsed()
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=10, read=ANSWER))

    def now(self) -> float:
        """What the server's clock shows, in UTC seconds."""
        return self.time.wall() + self.ahead

    def get(self, url: str) -> Page:
        """One page. Raise Denied where it is refused, Failed where the service does not work."""
        for renewed in (False, True):
            token = self.token(renew=renewed)
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            status, reply, content = self._ask("GET", url, headers)
            if status != 401:
                return self._page(url, status, reply, content)
        raise Failed("ACC442", f"a new token is not accepted either (401{self._said(content)})")

    def token(self, *, renew: bool = False) -> str:
        """The token in use, or a new one. Raise Failed where the client is not accepted."""
        if self._token and not renew and self.time.elapsed() < self._expires:
            return self._token
        body = urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self.access.client,
                "client_secret": self.access.secret,
            }
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        asked = self.time.elapsed()
        status, _, content = self._ask("POST", self.token_url, headers, body.encode())
        if status >= 300:
            raise Failed("ACC442", f"the client and the secret are not accepted ({status}{self._said(content)})")
        try:
            reply = json.loads(content)
            token, lasts = str(reply["access_token"]), float(reply.get("expires_in", 0))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            raise Failed("ACC447", "the reply to the request for a token holds none") from wrong
        if not token.isascii() or not token.isprintable():
            raise Failed("ACC447", "the reply to the request for a token holds none")
        # A token that does not say how long it lasts is used until it is refused.
        self._token, self._expires = token, asked + (max(lasts - EARLY, lasts / 2) if lasts > 0 else SECONDS)
        return token

    def _page(self, url: str, status: int, headers: Headers, content: bytes) -> Page:
        said = self._said(content)
        if status < 300:
            return Page(content, self._following(url, headers))
        if status < 400:
            raise Failed("ACC447", f"the service sends elsewhere ({status}), where the token is not sent")
        if status == 403:
            raise Denied("ACC443", f"this client may not see it (403{said})")
        if status in (404, 410):
            raise Denied("ACC444", f"the operator does not know it, or not then ({status}{said})")
        if status == 409:
            raise Denied("ACC445", f"the operator is not done with it (409{said})")
        raise Denied("ACC447", f"the request is not understood ({status}{said})")

    def _following(self, url: str, headers: Headers) -> str:
        for address, rest in _LINKS.findall(headers.get("link", "")):
            if _NEXT.search(rest):
                following: str = urljoin(url, address)
                if urlsplit(following)[:2] != urlsplit(url)[:2]:
                    raise Failed("ACC447", "the list goes on at another server, where the token is not sent")
                return following
        return ""

    def _ask(
        self, method: str, url: str, headers: Headers, body: bytes | None = None
    ) -> tuple[int, Headers, bytes]:
        """The reply, where there is one that is not about the server's own state."""
        why = ""
        for attempt in range(TRIES):
            wait = 2.0**attempt * (1 + self.random.random()) / 2
            self._paced()
            try:
                status, reply, content = self._send(method, url, headers, body)
                if status != 429 and status < 500:
                    return status, reply, content
                why = f"it says {status}{self._said(content)}"
                asked = self._asked_to_wait(reply)
                wait = wait if asked is None else asked
            except (urllib3.exceptions.HTTPError, OSError) as error:
                why = self._clean(str(error)) or type(error).__name__
            if wait > LONGEST:
                raise Failed("ACC446", f"the service does not answer now: {why}; it asks to wait {wait:.0f} s")
            if attempt + 1 < TRIES:
                self._pause(wait, why)
        raise Failed("ACC446", f"the service did not answer {TRIES} times; the last time {why}")

    def _send(self, method: str, url: str, headers: Headers, body: bytes | None) -> tuple[int, Headers, bytes]:
        reply = self._pool.request(
            method,
            url,
            body=body,
            headers={**headers, "User-Agent": f"mitoyen/{__version__}"},
            redirect=False,
            preload_content=False,
        )
        try:
            parts, size = [], 0
            while part := reply.read1(65536):
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    raise Failed("ACC447", f"a reply is larger than {LARGEST >> 20} MiB")
                self._in_time("a reply that does not end")
            found = {name.lower(): value for name, value in reply.headers.items()}
            self._set_clock(found)
            return reply.status, found, b"".join(parts)
        finally:
            reply.close()

    def _set_clock(self, headers: Headers) -> None:
        said = _date(headers.get("date", ""))
        # It is told to the second, and replies take some: less than a minute is no difference.
        if said is not None:
            ahead = said - self.time.wall()
            self.ahead = ahead if abs(ahead) > 60 else 0

    def _asked_to_wait(self, headers: Headers) -> float | None:
        """Seconds, as ``Retry-After`` says; None where it says nothing that can be read."""
        word = headers.get("retry-after", "").strip()
        if word.isdecimal():
            return float(word)
        until = _date(word)
        return None if until is None else max(until - (_date(headers.get("date", "")) or self.now()), 0.0)

    def _paced(self) -> None:
        if self._last is not None:
            left = self._last + 1 / self.rate - self.time.elapsed()
            if left > 0:
                self.time.sleep(left)
        self._last = self.time.elapsed()

    def _pause(self, seconds: float, why: str) -> None:
        self._in_time(why, seconds)
        if seconds > 0:
            self.time.sleep(seconds)

    def _in_time(self, why: str, more: float = 0) -> None:
        if self.time.elapsed() + more > self._begun + SECONDS:
            raise Failed("ACC446", f"this took more than {SECONDS / 60:.0f} minutes: {why}")

    def _said(self, content: bytes) -> str:
        """What a server says beside its status, where it is JSON; nothing else is shown."""
        try:
            reply = json.loads(content)
        except (ValueError, RecursionError):
            return ""
        names = ("error_description", "message", "error")
        words = [reply.get(name) for name in names] if isinstance(reply, dict) else []
        said = next((word for word in words if isinstance(word, str) and word.strip()), "")
        return f": {self._clean(said)}" if said else ""

    def _clean(self, text: str) -> str:
        """On one line, short, without secrets and numbers of meters."""
        for secret in (self._token, self.access.secret, self.access.client):
            if secret:
                text = text.replace(secret, "***")
        return masked(" ".join(text.split()))[:200]


def _date(word: str) -> float | None:
    try:
        return parsedate_to_datetime(word).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
