"""This process, or as many as the machine has cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mitoyen.contracts import Executor, Options


def _serial(function: Callable[[Any], Any], tasks: Sequence[Any], options: Options) -> Iterator[Any]:  # noqa: ARG001
    for task in tasks:
        yield function(task)


def _processes(function: Callable[[Any], Any], tasks: Sequence[Any], options: Options) -> Iterator[Any]:
    workers = min(options.get("workers") or os.cpu_count() or 1, len(tasks))
    if workers < 2:
        yield from _serial(function, tasks, options)
        return
    import multiprocessing  # here, so that `mitoyen --help` does without
    from concurrent.futures import ProcessPoolExecutor, as_completed

    # Not "fork": a library that started threads in this process would leave its children waiting for them.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        waiting = [pool.submit(function, task) for task in tasks]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next task for ever."""
    import multiprocessing
    import threading

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    from multiprocessing import connection

    connection.wait([sentinel])
    os._exit(1)


SERIAL = Executor(id="serial", version=1, title="One task after the other, in this process", run=_serial)

PROCESSES = Executor(
    id="processes",
    version=1,
    title="Several processes of this machine",
    schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "workers": {"type": "integer", "minimum": 1, "description": "processes; absent: one a core"}
        },
    },
    run=_processes,
)
