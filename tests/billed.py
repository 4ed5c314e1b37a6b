"""The neighbours of tests/neighbours.py with a seller, a vault and a register: what a month's invoices begin with.

January 2026: 12 kWh a day at 10 cents. m-a receives 3 kWh a day, 93 kWh, 9.30 EUR, 11.16 with 20 % of VAT; m-b
9 kWh a day, 279 kWh, 27.90 EUR, 33.48.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neighbours import FILES, commit, curve, git, run, write

OPERATION = FILES["operation"] + (
    "law: france\nsellers: {coop-toits: {2026-01-01: {vat: normal, because: an accountant}}}\n"
)
FEDERATION = "lang: en\nvault: {use: plain, with: {folder: ../people}}\nledger: {folder: ../register}\n"
SIREN = "552100554"
COOP = f"""\
kind: business
name: Toits du Bourg
address: {{lines: [1 place du Marché], postcode: "81000", city: Albi}}
siren: "{SIREN}"
vat: "FR{(12 + 3 * int(SIREN)) % 97:02}{SIREN}"
iban: "FR1420041010050500013M02606"
"""


def household(name: str) -> str:
    return f'kind: household\nname: {name}\naddress: {{lines: [2 rue du Four], postcode: "81000", city: Albi}}\n'


def people(repo: Path, **parties: str) -> None:
    """Put parties into the vault beside the repository: ``people(repo, **{"m-a": household("Ana")})``."""
    folder = repo.parent / "people"
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, text in parties.items():
        path = folder / f"{name}.yaml"
        path.write_text(text)
        path.chmod(0o600)


def village(repo: Path, *months: str, **files: str) -> Path:
    """A committed repository whose months are fetched and settled, ready to be issued."""
    repo.mkdir(parents=True)
    git(repo, "init", "--quiet", "--initial-branch", "main")
    write(repo, **{**FILES, "operation": OPERATION, **files})
    (repo / "operations" / "mitoyen.yaml").write_text(FEDERATION)
    (repo / ".gitignore").write_text("curves.csv\n")
    people(repo, **{"coop-toits": COOP, "m-a": household("Ana Prat"), "m-b": household("Bel Sud")})
    commit(repo, "The operation")
    for month in months:
        fetch(repo, month)
    commit(repo, "The data")
    return repo


def fetch(repo: Path, month: str, **curves: Any) -> None:
    file = repo / "curves.csv"
    file.write_text(curve(month, **curves))
    run(repo, "fetch", "voisins", "--month", month, "--file", str(file))


def issue(repo: Path, month: str, day: str, *arguments: str) -> dict[str, Any]:
    code, text = run(repo, "issue", "--month", month, "--date", day, "--format", "json", *arguments)
    assert code == 0
    return dict(json.loads(text))


def issued(repo: Path, month: str, day: str, *arguments: str) -> list[str]:
    """``ME2026-000001 invoice m-a 11.16`` for each document of a run."""
    units = issue(repo, month, day, *arguments)["units"]
    return [
        f"{one['number']} {one['type']} {one['buyer']} {one['gross']}" for unit in units for one in unit["invoices"]
    ]
