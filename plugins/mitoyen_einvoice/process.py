"""The process of the official rules, seen from ours: started once, kept for many invoices, replaced where it dies.

Saxon is a compiled Java: it may crash, and it does not survive a fork. So it runs apart, in a fresh interpreter,
fed by a pipe.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Lock, Timer
from typing import Any

from mitoyen.host import MissingExtra

LIMIT = 60.0
"""Seconds that one invoice may take, the compilation of the sheets included: it takes one at most."""


class Unanswered(Exception):
    """The rules could not be applied: says why."""


class _Died(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that an invoice does not hold to."""

    rule: str
    fatal: bool
    location: str
    """An XPath."""
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one sheet of rules says of an invoice."""

    fired: int
    failures: tuple[Failure, ...]


class Validator:
    """One process. Threads take turns."""

    def __init__(self, limit: float = LIMIT) -> None:
        for library in ("saxonche", "lxml"):
            if find_spec(library) is None:
                raise MissingExtra("einvoice", library)
        self._limit = limit
        self._lock = Lock()
        self._owner = os.getpid()
        self._process: subprocess.Popen[str] | None = None

    def apply(self, sheets: Sequence[Path], xml: str) -> list[Outcome]:
        """What each sheet says, in order; raise Unanswered where that cannot be known, or no rule fired."""
        request = json.dumps({"sheets": [str(sheet.resolve()) for sheet in sheets], "xml": xml})
        with self._lock:
            try:
                answer = self._ask(request)
            except _Died:  # whatever it died of, the next invoice of the month deserves another
                try:
                    answer = self._ask(request)
                except _Died as died:
                    raise Unanswered(f"the process of the official rules died twice: {died}") from died
        if "error" in answer:
            raise Unanswered(f"the official rules could not be applied: {answer['error']}")
        outcomes = [_outcome(one) for one in answer["outcomes"]]
        for sheet, outcome in zip(sheets, outcomes, strict=True):
            if not outcome.fired:
                raise Unanswered(f"not one rule of {sheet.name} fired: it says nothing about this invoice")
        return outcomes

    def close(self) -> None:
        process, self._process = self._process, None
        if process and os.getpid() == self._owner:
            process.kill()
            process.communicate()

    def _ask(self, request: str) -> dict[str, Any]:
        process = self._process = self._process or _start()
        late = Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = Timer(self._limit, stop)
        timer.start()
        try:
            answer = _exchange(process, request)
        except BaseException:  # an answer that nobody awaits would be taken for the next one's
            self.close()
            raise
        finally:
            timer.cancel()
        if answer.endswith("\n"):
            found: dict[str, Any] = json.loads(answer)
            return found
        self.close()
        if late.is_set():
            raise Unanswered(f"the official rules took longer than {self._limit:g} seconds")
        raise _Died(f"exit {process.returncode}")


def _exchange(process: subprocess.Popen[str], request: str) -> str:
    """A line for a line; nothing where the process has died."""
    assert process.stdin  # noqa: S101 - both are pipes
    assert process.stdout  # noqa: S101
    try:
        process.stdin.write(f"{request}\n")
        process.stdin.flush()
    except OSError:
        return ""
    return process.stdout.readline()


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mitoyen_einvoice.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def _outcome(found: dict[str, Any]) -> Outcome:
    failures = (Failure(one["id"], one["flag"] == "fatal", one["location"], one["text"]) for one in found["failed"])
    return Outcome(found["fired"], tuple(failures))


_RUNNING: dict[int, Validator] = {}


def running() -> Validator:
    """The validator of this process; a fork has its own, it must not write into its parent's pipe."""
    if os.getpid() not in _RUNNING:
        _RUNNING.clear()
        _RUNNING[os.getpid()] = validator = Validator()
        atexit.register(validator.close)
    return _RUNNING[os.getpid()]
