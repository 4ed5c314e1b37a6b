"""What several journeys begin with: two neighbours, a roof, a treasurer, and git that nobody configured.

An hour of sharing gives 2 kWh, six hours a day, from 10:00 to 16:00: 12 kWh a day. m-a consumes 1 kWh every hour,
m-b 3 kWh: all that is produced is shared, 3 kWh a day to m-a and 9 to m-b. A kWh costs 10 cents.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from mitoyen import cli
from mitoyen.clock import Clock, Month

WHO = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_NAME": "A treasurer" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "treasurer@example.org" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": "2026-04-02T09:00:00+02:00" for who in ("AUTHOR", "COMMITTER")},
}

FILES = {
    "operation": """\
title: Les voisins
organiser: coop-toits
opened: 2026-01-01
step: PT60M
source: {use: csv, with: {files: ["*.csv"], unit: kWh}}
documents: {use: [text], with: {series: VO}}
""",
    "participants": """\
p-roof: {role: producer, meter: mtr-90, from: 2026-01-01, power: 36 kWp}
m-a: {role: consumer, meter: mtr-01, from: 2026-01-01, tariff: residents}
m-b: {role: consumer, meter: mtr-02, from: 2026-01-01, tariff: residents}
""",
    "keys": "2026-01-01: {rule: prorata, because: resolution 3}\n",
    "tariffs": """\
residents:
  2026-01-01: {rule: flat, with: {price: 0.1000 EUR/kWh}, because: resolution 4}
""",
}


def noon(hour: int) -> int:
    """2 kWh an hour from 10:00 to 16:00."""
    return 2 if 10 <= hour < 16 else 0


def curve(
    first: str, last: str = "", *, roof: Callable[[int], int] = noon, consumed: Sequence[int] = (1, 3)
) -> str:
    """A CSV in UTC: what each meter consumes every hour, and what the roof gives at that hour of the local day."""
    rows = [",".join(["time", *(f"mtr-{number:02}" for number in range(1, len(consumed) + 1)), "mtr-90"])]
    for month in Month.parse(first).through(Month.parse(last or first)):
        clock = Clock.of_month(month, 3600, "Europe/Paris")
        for start, minute in zip(clock.utc().tolist(), clock.wall().minute.tolist(), strict=True):
            stamp = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            rows.append(",".join([stamp, *map(str, consumed), str(roof(minute // 60))]))
    return "\n".join(rows) + "\n"


def write(repo: Path, **texts: str) -> None:
    """``write(repo, keys="…")``: the files of the one operation."""
    folder = repo / "operations" / "voisins"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)


def git(where: Path, *arguments: str, given: bytes | None = None) -> str:
    """What git says, as the treasurer."""
    done = subprocess.run(
        ["git", *arguments], cwd=where, env={**os.environ, **WHO}, capture_output=True, check=False, input=given
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}\n{done.stdout.decode()}\n{done.stderr.decode()}"
    return done.stdout.decode().strip()


def commit(repo: Path, message: str = "A change", *trailers: str) -> str:
    """Everything, committed even where nothing differs; the commit."""
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--allow-empty", "--message", f"{message}\n\n" + "\n".join(trailers))
    return git(repo, "rev-parse", "HEAD")


def run(repo: Path, *arguments: str) -> tuple[int, str]:
    """The command in this process, as a second is long where a test needs fifty: its exit code, what it printed."""
    result = CliRunner().invoke(cli.root, ["--repo", str(repo), *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.return_value or 0, result.stdout
