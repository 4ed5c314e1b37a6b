"""One machine: a folder as store, this process or several as executor."""

from collections.abc import Iterator

from mitoyen.contracts import Executor, Store
from mitoyen.hookspecs import hookimpl
from mitoyen_local import executors, folder


@hookimpl
def mitoyen_stores() -> Iterator[Store]:
    yield folder.STORE


@hookimpl
def mitoyen_executors() -> Iterator[Executor]:
    yield executors.SERIAL
    yield executors.PROCESSES
