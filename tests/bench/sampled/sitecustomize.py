"""Looks at the stack of this Python process every two milliseconds, and says at its end where the time went.

Python imports a module of this name as it starts. With this folder in PYTHONPATH and SAMPLES naming another one,
the processes that a command starts are seen too, each from its first import on; a profiler that counts calls would
see one of them, and slow down what is called often.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.002

spent: Counter[str] = Counter()
before = time.perf_counter()


def look(_signal: int, frame: FrameType | None) -> None:
    """Count what passed since the last look for the stack of the main thread, innermost call first."""
    global before
    calls = []
    while frame is not None:
        calls.append(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")
        frame = frame.f_back
    now = time.perf_counter()
    spent["\n".join(calls)] += int((now - before) * 1e9)
    before = now


def tell() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    Path(os.environ["SAMPLES"], f"{os.getpid()}.json").write_text(json.dumps(dict(spent)))


if "SAMPLES" in os.environ:
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
    atexit.register(tell)
