"""``mitoyen schema``: the JSON Schemas of the files, with the options of what is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mitoyen import schema
from mitoyen.contracts import (
    AllocationRule,
    DocumentFormat,
    Executor,
    ExportFormat,
    InvoiceFormat,
    Offer,
    Source,
    Store,
    TariffRule,
    Vault,
)
from mitoyen.host import Host, installed
from mitoyen.written import write_whole

FILES = ("operation", "participants", "keys", "tariffs", "packages", "data", "settlement", "mitoyen", "party")


@click.command("schema")
@click.argument("file", type=click.Choice(FILES), required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write all of them into a folder (schemas/ beside operations/, where each file's first line looks).",
)
def command(file: str | None, out: Path | None) -> None:
    """Print the JSON Schema of FILE, or write them all, so that editors complete and check while one types.

    The ids and options of every installed plugin are in them.
    """
    host = installed()
    if out:
        for name in FILES:
            write_whole(out / f"{name}.schema.json", text(name, host))
        click.echo(f"{len(FILES)} schemas written in {out}")
    elif file:
        click.echo(text(file, host), nl=False)
    else:
        raise click.UsageError(f"name a file ({', '.join(FILES)}), or --out DIR")


def complete(name: str, host: Host) -> dict[str, Any]:
    """A file's schema with, for each installed id, the options it takes."""
    base: dict[str, Any] = json.loads(json.dumps(schema.load(name), default=float))
    if name == "keys":
        _choices(base["definitions"]["entry"], "rule", host.all(AllocationRule))
    elif name == "tariffs":
        _choices(base["definitions"]["entry"], "rule", host.all(TariffRule))
    elif name == "operation":
        _choices(base["properties"]["source"], "use", host.all(Source))
        formats = sorted({offer.id for kind in (DocumentFormat, InvoiceFormat) for offer in host.all(kind)})
        base["properties"]["documents"]["properties"]["use"]["items"]["enum"] = formats
        exports = {offer.id: dict(offer.schema) for offer in host.all(ExportFormat)}
        base["properties"]["exports"] |= {"properties": exports, "additionalProperties": False}
    elif name == "mitoyen":
        _choices(base["properties"]["store"], "use", host.all(Store))
        _choices(base["properties"]["vault"], "use", host.all(Vault))
        _choices(base["properties"]["executor"], "use", host.all(Executor))
    return base


def _choices(block: dict[str, Any], selector: str, offers: list[Any]) -> None:
    """An enumeration of ids, and for each id the schema of its ``with``."""
    newest: dict[str, Offer] = {offer.id: offer for offer in offers}  # sorted by version: the last one stays
    block["properties"][selector]["enum"] = sorted(newest)
    block["allOf"] = [
        {
            "if": {"properties": {selector: {"const": name}}},
            "then": {"properties": {"with": dict(offer.schema)}},
        }
        for name, offer in sorted(newest.items())
    ]


def text(name: str, host: Host) -> bytes:
    """The bytes of a file's complete schema."""
    return (json.dumps(complete(name, host), ensure_ascii=False, indent=2) + "\n").encode()
