"""``mitoyen documents``: what members receive, rendered from a settled month."""

from __future__ import annotations

from pathlib import Path

import click

from mitoyen import parties, settlement
from mitoyen.cli.common import month_option, workspace
from mitoyen.clock import Month
from mitoyen.contracts import DocumentFormat, Finding
from mitoyen.diagnostics import Refused
from mitoyen.written import write_whole


@click.command("documents")
@click.argument("operation")
@month_option(required=True, multiple=False)
@click.option("--as", "formats", multiple=True, help="A document format (default: those of operation.yaml).")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to fill.")
@click.pass_obj
def command(repo: Path, operation: str, month: Month, formats: tuple[str, ...], out: Path) -> None:
    """Render the documents of OPERATION's month into a folder, one a member.

    They are personal data: keep the folder out of git. A draft says that it is one.
    """
    here = workspace(repo)
    loaded, sound = here.sound(operation)
    lang, safe = here.settings.lang, here.safe
    unit = settlement.settle(loaded, month, here.host, here.results, None, lang)
    wanted = formats or tuple(sound.formats)
    if not wanted:
        place = sound.locate("operation.yaml")
        raise Refused(
            Finding("ACC511", "no document format is named", place, "add --as text, or documents: {use: [text]}")
        )
    offers = [here.host.get(DocumentFormat, name) for name in wanted]
    data = unit.as_data()
    count = 0
    for member in data["members"]:
        party = parties.load(safe, member["id"]) if safe else None
        statement = {
            **member,
            **({"party": party.as_data()} if party else {}),
            "title": sound.title,
            "organiser": sound.organiser,
            "lang": (party.language if party else None) or lang,
            **{name: data[name] for name in ("operation", "month", "revision", "state", "fingerprint")},
        }
        for offer in (one for one in offers if member["role"] in one.roles):
            known = offer.schema.get("properties", {})
            options = {name: value for name, value in sound.format_options.items() if name in known}
            document = offer.render(statement, options)
            write_whole(out / document.name, document.content)
            count += 1
    click.echo(f"{count} documents written in {out}")
