"""``mitoyen new``: a first operation that settles at once, to be changed line by line; what a forge runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from mitoyen.cli.common import needs_folder
from mitoyen.cli.schema import FILES, text
from mitoyen.clock import Clock, Month
from mitoyen.diagnostics import UsageError
from mitoyen.host import installed
from mitoyen.repository import Repository
from mitoyen.repository.trees import OPERATIONS
from mitoyen.scaffold import ci
from mitoyen.written import write_whole


@click.group("new")
def command() -> None:
    """Scaffold what a co-operative starts from."""


@command.command("operation")
@click.argument("name")
@click.option(
    "--opened",
    type=click.DateTime(["%Y-%m-%d"]),
    default=lambda: f"{date.today().year}-01-01",  # noqa: DTZ011 - a proposal for a person, who will change it
    help="First day of the operation (default: the first of January).",
)
@click.pass_obj
def operation(repo: Path, name: str, opened: date) -> None:
    """Make operations/NAME with every file, and an invented month of curves to try it on.

    In an empty folder it makes a whole repository: schemas for editors, what git must ignore.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name):
        raise click.BadParameter("small letters, digits and hyphens, such as toits-du-bourg", param_hint="NAME")
    needs_folder(Repository(repo))
    try:
        root = Repository.find(repo).root
    except UsageError:
        root = repo.resolve()
    folder = root / OPERATIONS / name
    if folder.exists():
        raise UsageError(f"{OPERATIONS}/{name} is there already; nothing was changed")
    month = Month(opened.year, opened.month)
    words = {"name": name, "opened": f"{opened:%Y-%m-%d}", "month": str(month)}
    made = [(folder / file.name, _filled(file, words)) for file in _templates("operation")]
    settings, ignore = _templates("repository")
    made += [
        (path, content)
        for path, content in (
            (root / OPERATIONS / "mitoyen.yaml", _filled(settings, words)),
            (root / ".gitignore", _filled(ignore, words)),
            (root / ".gitattributes", b"* text=auto eol=lf\n"),
            (root / "courbes" / f"{name}-{month}.csv", _curves(month)),
            *((root / "schemas" / f"{file}.schema.json", text(file, installed())) for file in FILES),
        )
        if not path.exists()
    ]
    for path, content in made:
        write_whole(path, content)
        click.echo(f"  {path.relative_to(root)}")
    click.echo(
        f"\nTry it:\n  mitoyen check {name}\n  mitoyen fetch {name} --month {month}\n  mitoyen settle {name}\n"
        f"  mitoyen documents {name} --month {month} --out releves\n"
        f"Then write your own participants in {OPERATIONS}/{name} in place of the examples, and put a whole month\n"
        f"of their curves in courbes/{name}-{month}.csv, a column a meter."
    )


@command.command("ci")
@click.argument("forge", type=click.Choice(list(ci.FORGES)))
@click.option("--branch", default="main", show_default=True, help="The branch where what is decided is merged.")
@click.pass_obj
def workflows(repo: Path, forge: str, branch: str) -> None:
    """Write what FORGE runs: check and plan what is proposed, settle what is merged, verify every night.

    It also publishes the site, once `audience:` is members or public and the variable MITOYEN_PAGES is set there.

    Also a form for proposals, and an example of who must approve them. A file that is there already stays.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", branch):
        raise click.BadParameter("the name of a branch, such as main", param_hint="--branch")
    root = Repository.find(repo).root
    name, render = ci.FORGES[forge]
    made = {name: render(branch).encode()}
    for template, path in ci.BESIDE[forge].items():
        made[path] = files(ci).joinpath(template).read_bytes()
    for path, content in made.items():
        there = (root / path).exists()
        if not there:
            write_whole(root / path, content)
        click.echo(f"  {path}" + (" is there already, and stays as it is" if there else ""))


def _templates(kind: str) -> list[Traversable]:
    """The template files of a kind, settings before what git ignores."""
    found = files("mitoyen.scaffold").joinpath(kind).iterdir()
    return sorted(
        (file for file in found if file.is_file()), key=lambda file: file.name, reverse=kind == "repository"
    )


def _filled(file: Traversable, words: dict[str, str]) -> bytes:
    # safe_substitute: the modelines hold a $schema of their own.
    return Template(file.read_text(encoding="utf-8")).safe_substitute(words).encode()


def _curves(month: Month) -> bytes:
    """An invented month as a French spreadsheet writes it: semicolons, decimal commas, naive local time."""
    return "\n".join(_rows(month)).encode() + b"\n"


def _rows(month: Month) -> Iterator[str]:
    yield "Horodate;toit;mairie;maison-1;maison-2"
    clock = Clock.of_month(month, 900, "Europe/Paris")
    wall = clock.wall()
    days = zip(
        wall.day.tolist(), wall.day_of_month.tolist(), wall.minute.tolist(), wall.weekday.tolist(), strict=True
    )
    for day, number, minute, weekday in days:
        # Watt-hours in a quarter-hour: a parabola of sun that clouds cut on two days of three, a town hall that
        # works on weekdays, two homes with a morning and an evening.
        sun = max(0, (minute - 480) * (1080 - minute)) // 18 * (3, 10, 6)[day % 3] // 10
        hall = 1500 if weekday < 5 and 480 <= minute < 1080 else 150
        home = 60 + (240 if 390 <= minute < 510 else 0) + (420 if 1080 <= minute < 1320 else 0)
        values = (sun, hall, home + day % 7 * 10, home // 2 + minute % 60)
        stamp = f"{number:02d}/{month.number:02d}/{month.year} {minute // 60:02d}:{minute % 60:02d}"
        yield ";".join([stamp, *(f"{value // 1000},{value % 1000:03d}" for value in values)])
