"""One commit in a federation of two thousand operations: a key changed, everything reformatted, a price for all.

Run by ``make bench``. Operations share their curves (frozen once, as content is kept by digest) and differ in their
prices, so that every month of every operation has charges of its own.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CONSUMERS = 15  # and one plant
ROOMS = {
    "git": ("git/", "repository.py", "subprocess.py", "select.poll", "posix.read", "waitpid", "fork_exec"),
    "reading YAML and checking": (
        "located",
        "cache.py",
        "schema.py",
        "model.py",
        "sqlite",
        "mitoyen_checks",
        "yaml/",
    ),
    "files of the folder": ("pathlib", "posix.scandir", "posix.stat", "os.py", "fnmatch"),
    "sharing and pricing": (
        "sharing.py",
        "allocation/",
        "mitoyen_keys",
        "pricing.py",
        "mitoyen_tariffs",
        "fractions",
    ),
    "store": ("store.py", "curves.py", "pyarrow", "folder.py", "written.py", "fsync"),
    "fingerprints": ("fingerprint.py", "json/", "hashlib"),
    "showing": ("rich/", "tables.py", "spoken.py"),
    "imports": ("importlib", "<frozen", "builtins.exec", "marshal"),
}


def mitoyen(repo: Path, *arguments: str) -> float:
    """Seconds of the command in a process of its own."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "mitoyen", "--repo", str(repo), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def git(repo: Path, *arguments: str) -> float:
    start = time.perf_counter()
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "gc.auto=0"]
    subprocess.run(["git", *who, *arguments], cwd=repo, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def federation(repo: Path, count: int) -> None:
    """Write the operations: one year of curves from one file, a price of its own each."""
    meters = ["roof", *(f"mtr-{number:02d}" for number in range(CONSUMERS))]
    (repo / "curves").mkdir(parents=True)
    (repo / "curves" / "year.csv").write_text("\n".join(_rows(meters)) + "\n")
    (repo / ".gitignore").write_text("curves/\n.mitoyen/\n")
    for number in range(count):
        folder = repo / "operations" / f"o{number:04d}"
        folder.mkdir(parents=True)
        (folder / "operation.yaml").write_text(
            f"title: Operation {number}\norganiser: coop\nopened: 2026-01-01\n"
            "source: {use: csv, with: {files: [curves/year.csv], unit: Wh, timestamp: {zone: UTC}}}\n"
        )
        people = ["p-roof: {role: producer, meter: roof, from: 2026-01-01}"]
        people += [
            f"m-{number:02d}: {{role: consumer, meter: mtr-{number:02d}, from: 2026-01-01, tariff: all}}"
            for number in range(CONSUMERS)
        ]
        (folder / "participants.yaml").write_text("\n".join(people) + "\n")
        (folder / "keys.yaml").write_text("2026-01-01: {rule: prorata}\n")
        (folder / "tariffs.yaml").write_text(
            f"all:\n  2026-01-01: {{rule: flat, with: {{price: {0.1 + number / 100_000:.5f} EUR/kWh}}}}\n"
        )


def _rows(meters: list[str]) -> Iterator[str]:
    yield ";".join(["Horodate", *meters])
    first = 1_767_222_000 - 3600  # an hour before the year in Paris
    for step in range(366 * 96):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(first + 900 * step))
        quarter = step % 96
        sun = max(0, (quarter - 24) * (76 - quarter)) * 8 * (3 + step // 96 % 5) // 7
        yield ";".join(
            [stamp, str(sun), *(str(30 + (quarter * (n + 3) + step // 96) % 270) for n in range(len(meters) - 1))]
        )


def record(repo: Path, count: int) -> None:
    """Data of twelve months for all, settled and committed."""
    mitoyen(repo, "fetch", "o0000", "--month", "2026-01..2026-12")
    pointers = sorted((repo / "operations" / "o0000" / "data").iterdir())
    for number in range(1, count):
        folder = repo / "operations" / f"o{number:04d}" / "data"
        folder.mkdir()
        for pointer in pointers:
            os.link(pointer, folder / pointer.name)
    git(repo, "init", "--quiet")
    adding = git(repo, "add", "--all") + git(repo, "commit", "--quiet", "--message", "the federation")
    settling = mitoyen(repo, "settle", "--executor", "processes", "--commit")
    git(repo, "gc", "--quiet")
    print(f"{count} operations x 12 months x {CONSUMERS + 1} participants, seconds")
    print(f"  git add and commit of all                   {adding:8.2f}")
    print(f"  settle all for the first time, and record   {settling:8.2f}")


def one_key(repo: Path, number: int) -> None:
    path = repo / "operations" / f"o{number:04d}" / "keys.yaml"
    path.write_text("2026-01-01: {rule: prorata}\n2026-06-15: {rule: equal, because: assembly}\n")
    git(repo, "commit", "--quiet", "--all", "--message", "another key from the 15th of June")


def profiled(repo: Path) -> None:
    """Where the time of a settle --changed --commit goes, in this process."""
    from click.testing import CliRunner

    from mitoyen import cli

    profile = cProfile.Profile()
    arguments = ["--repo", str(repo), "settle", "--changed", "--commit"]
    profile.runcall(CliRunner().invoke, cli.root, arguments, standalone_mode=False)
    rooms = dict.fromkeys([*ROOMS, "the rest"], 0.0)
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _line, name), (_calls, _all, own, _cumulative, _callers) in stats.items():
        where = f"{file} {name}"
        room = next((room for room, marks in ROOMS.items() if any(mark in where for mark in marks)), "the rest")
        rooms[room] += own
    total = sum(rooms.values())
    print("  where it goes (profiled: slower than it is)")
    for room, seconds in rooms.items():
        print(f"    {room:<42}{seconds:8.2f}  {seconds / total:4.0%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=2000, help="how many (default: 2000)")
    count = parser.parse_args().operations
    with tempfile.TemporaryDirectory() as name:
        repo = Path(name) / "federation"
        federation(repo, count)
        record(repo, count)
        mitoyen(repo, "settle", "--changed")  # the cache of parsed files is warm
        seconds = []
        for number in (11, 22, 33):
            one_key(repo, number)
            seconds.append(mitoyen(repo, "settle", "--changed", "--commit"))
        print(f"  one key changed, to manifests committed     {sorted(seconds)[1]:8.2f}  (median of 3)")
        one_key(repo, 44)
        profiled(repo)
        for path in repo.glob("operations/*/*.yaml"):
            path.write_text("# tidied\n" + path.read_text() + "\n")
        git(repo, "commit", "--quiet", "--all", "--message", "every file tidied")
        spent = mitoyen(repo, "settle", "--changed", "--executor", "processes")
        print(f"  every file reformatted: settle --changed    {spent:8.2f}")
        for path in repo.glob("operations/*/tariffs.yaml"):
            text = (
                path.read_text().rstrip()
                + "\n  2026-07-01: {rule: flat, with: {price: 0.12 EUR/kWh}, because: federation}\n"
            )
            path.write_text(text)
        spent = mitoyen(repo, "plan", "--executor", "processes", "--format", "json")
        print(f"  plan of a price for all from July           {spent:8.2f}")


if __name__ == "__main__":
    main()
