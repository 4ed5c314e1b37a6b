"""What an organiser receives from the French grid operator, and what it sends it.

Source ``enedis``: every file in which curves come. Export ``enedis-coefficients``: how the month is to be shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mitoyen.contracts import ExportFormat, MeterData, Request, Source
from mitoyen.hookspecs import hookimpl
from mitoyen_enedis import coefficients_file, participants_list
from mitoyen_enedis.options import SCHEMA


def fetch(request: Request) -> MeterData:
    """Read the files these options name; what is wrong with them comes back as findings, never as an exception."""
    # Only a run that reads files pays for what reads them.
    from mitoyen_enedis.source import fetch as read_files

    return read_files(request)


@hookimpl
def mitoyen_sources() -> Iterable[Source]:
    yield Source(id="enedis", version=1, title="Files of Enedis", schema=SCHEMA, fetch=fetch, needs_numbers=True)


@hookimpl
def mitoyen_exports() -> Iterator[ExportFormat]:
    yield coefficients_file.FORMAT
    yield participants_list.FORMAT
