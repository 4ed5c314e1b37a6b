"""Source ``csv``: meter curves, and coefficients of a key, from CSV files as operators and portals write them."""

from __future__ import annotations

from collections.abc import Iterable

from mitoyen.contracts import MeterData, Request, Source
from mitoyen.hookspecs import hookimpl
from mitoyen_csv.options import SCHEMA


def fetch(request: Request) -> MeterData:
    """Read the files these options name; what is wrong with them comes back as findings, never as an exception."""
    # Only a run that reads files pays for what reads them.
    from mitoyen_csv.source import fetch as read_files

    return read_files(request)


def asks(request: Request) -> Iterable[str]:
    """The files it would read. Raise Refused where a name leads to none."""
    from mitoyen.intake.files import named
    from mitoyen_csv.options import blocks
    from mitoyen_csv.source import CURVE_FILES

    return named(list(blocks(request.options)), request, "csv", CURVE_FILES)


@hookimpl
def mitoyen_sources() -> Iterable[Source]:
    yield Source(id="csv", version=1, title="Curve files, CSV", schema=SCHEMA, fetch=fetch, asks=asks)
