"""What an organiser receives from the French grid operator, and what it sends it.

Sources ``enedis``, its files, and ``enedis-api``. Exports ``enedis-coefficients``, how the month is to be shared,
and ``enedis-participants``, between whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType

from mitoyen.contracts import ExportFormat, MeterData, Request, Source
from mitoyen.hookspecs import hookimpl
from mitoyen.host import MissingExtra
from mitoyen_enedis import coefficients_file, participants_list
from mitoyen_enedis.api.options import SCHEMA as API_SCHEMA
from mitoyen_enedis.options import SCHEMA


def fetch(request: Request) -> MeterData:
    """Read the files these options name; what is wrong with them comes back as findings, never as an exception."""
    # Only a run that reads files pays for what reads them.
    from mitoyen_enedis.source import fetch as read_files

    return read_files(request)


def asks(request: Request) -> Iterable[str]:
    """The files it would read. Raise Refused where a name leads to none."""
    from mitoyen.intake.files import named
    from mitoyen_enedis.options import Settings
    from mitoyen_enedis.source import ENDINGS

    return named([Settings.of(request.options)], request, "enedis", ENDINGS)


def fetch_online(request: Request) -> MeterData:
    """Ask the API for a month; what is refused or fails comes back as findings."""
    data: MeterData = _online().fetch(request)
    return data


def asks_online(request: Request) -> Iterable[str]:
    """The requests it would send."""
    lines: Iterable[str] = _online().asks(request)
    return lines


def _online() -> ModuleType:
    try:
        from mitoyen_enedis.api import source
    except ModuleNotFoundError as missing:
        if missing.name != "urllib3":
            raise
        raise MissingExtra("enedis", "urllib3") from missing
    return source


@hookimpl
def mitoyen_sources() -> Iterable[Source]:
    yield Source(
        id="enedis",
        version=1,
        title="Files of Enedis",
        schema=SCHEMA,
        fetch=fetch,
        needs_numbers=True,
        asks=asks,
    )
    yield Source(
        id="enedis-api",
        version=1,
        title="API of Enedis for collective self-consumption",
        schema=API_SCHEMA,
        fetch=fetch_online,
        needs_numbers=True,
        asks=asks_online,
    )


@hookimpl
def mitoyen_exports() -> Iterator[ExportFormat]:
    yield coefficients_file.FORMAT
    yield participants_list.FORMAT
