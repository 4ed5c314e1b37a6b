"""A large federation: one key changed, every file reformatted, a price for all; seconds, and where they go.

Run by ``make bench`` with 400 operations; ``python tests/bench/federation.py --operations 2000 --keep DIR`` is the
size the aim is set for (a quarter of an hour the first time; DIR is used again by the next run). Operations share
their curves (frozen once, as content is kept by digest) and differ in their prices, so that every month of every
operation has charges of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

CONSUMERS = 15  # and one plant
AIM, AIM_BESIDE = 5.0, 1.0
"""Seconds for one key, to manifests committed; seconds of it outside git and the reading of files."""

ROOMS = {
    "starting Python, importing": ("<frozen importlib", "importlib/metadata", "runpy", "sitecustomize"),
    "files of the folder": ("trees.py:Folder", "trees.py:_files_below"),
    "git": ("git/", "repository/"),
    "reading YAML and checking": ("located.py", "cache.py", "schema.py", "model.py", "mitoyen_checks", "checks.py"),
    "sharing and pricing": (
        "sharing.py",
        "allocation/",
        "mitoyen_keys",
        "pricing.py",
        "mitoyen_tariffs",
        "metering.py",
    ),
    "store": ("store.py", "curves.py", "folder.py"),
    "writing manifests": ("written.py",),
    "fingerprints": ("fingerprint.py", "settlement.py"),
    "subtracting": ("plan.py", "changes.py"),
    "between processes": ("multiprocessing/", "concurrent/"),
    "showing": ("rich/", "tables.py", "spoken.py", "plan/text.py", "cli/"),
}
READING = ("git", "files of the folder", "reading YAML and checking")
ELSEWHERE = "the rest"
IDLE = re.compile(r"queues.py:Queue.get|multiprocessing/(connection.py:wait|resource_tracker)|:Condition.wait")
"""A process that waits for another one's work; what it waits for is counted there."""


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
    git(repo, "tag", "settled")
    _stamp(repo).touch()
    print(f"  git add and commit of all                   {adding:8.2f}")
    print(f"  settle all for the first time, and record   {settling:8.2f}")


def settled(repo: Path, count: int) -> None:
    """A federation with twelve months on record: made, or as an earlier run left it when it was made."""
    if _stamp(repo).exists():
        restored(repo)
        return
    shutil.rmtree(repo, ignore_errors=True)
    federation(repo, count)
    record(repo, count)


def restored(repo: Path) -> None:
    """A federation of an earlier run as it was when it was settled; what that run computed since is forgotten."""
    git(repo, "reset", "--quiet", "--hard", "settled")
    git(repo, "clean", "--quiet", "--force", "-d", "operations")
    since = _stamp(repo).stat().st_mtime
    for stage in ("allocation", "pricing", "curves"):
        for path in (repo / ".mitoyen" / stage).rglob("*"):
            if path.is_file() and path.stat().st_mtime > since:
                path.unlink()


def _stamp(repo: Path) -> Path:
    """A file whose date is when the federation was whole."""
    return repo / ".mitoyen" / "bench"


def one_key(repo: Path, number: int) -> None:
    path = repo / "operations" / f"o{number:04d}" / "keys.yaml"
    path.write_text("2026-01-01: {rule: prorata}\n2026-06-15: {rule: equal, because: assembly}\n")
    git(repo, "commit", "--quiet", "--all", "--message", "another key from the 15th of June")


def reformatted(repo: Path, word: str) -> None:
    for path in repo.glob("operations/*/*.yaml"):
        path.write_text(f"# {word}\n{path.read_text().rstrip()}\n\n")
    git(repo, "commit", "--quiet", "--all", "--message", "every file tidied")


def priced(repo: Path, price: str) -> None:
    """The folder with another price for all from July, which nobody has committed."""
    git(repo, "checkout", "--quiet", "HEAD", "--", "operations")
    for path in repo.glob("operations/*/tariffs.yaml"):
        entry = f"  2026-07-01: {{rule: flat, with: {{price: {price} EUR/kWh}}, because: federation}}\n"
        path.write_text(f"{path.read_text().rstrip()}\n{entry}")


def sampled(repo: Path, *arguments: str) -> Mapping[str, float]:
    """Seconds by room of the command and of the processes it starts, waiting left out."""
    rooms = dict.fromkeys([*ROOMS, ELSEWHERE], 0.0)
    with tempfile.TemporaryDirectory() as samples:
        here = Path(__file__).resolve().parent / "sampled"
        env = {**os.environ, "PYTHONPATH": str(here), "SAMPLES": samples}
        command = [sys.executable, "-m", "mitoyen", "--repo", str(repo), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env)
        for path in Path(samples).iterdir():
            for stack, nanoseconds in json.loads(path.read_text()).items():
                room = _room(stack.split("\n"))
                if room:
                    rooms[room] += nanoseconds / 1e9
    return rooms


def _room(calls: list[str]) -> str | None:
    """Of a stack, innermost call first: an import, whatever it runs, else the innermost call that has a room."""
    first = next(iter(ROOMS))
    if any("<frozen importlib" in call for call in calls):
        return first
    # Not the path of the machine, in which any word may stand.
    calls = [re.split(r"/site-packages/|/engine/|/plugins/|/python3\.\d+/", call)[-1] for call in calls]
    if any(IDLE.search(call) for call in calls):
        return None
    for file in calls:
        for room, marks in ROOMS.items():
            if any(file.startswith(mark) or f"/{mark}" in file for mark in marks):
                return room
    return ELSEWHERE


def told(title: str, seconds: float, rooms: Mapping[str, float]) -> None:
    print(f"  {title:<43} {seconds:8.2f}")
    total = sum(rooms.values())
    for room, spent in rooms.items():
        if spent >= total / 200:
            print(f"    {room:<42}{spent:8.2f}  {spent / total:4.0%}")


def bench(repo: Path, count: int) -> None:
    print(f"{count} operations x 12 months x {CONSUMERS + 1} participants, seconds")
    print("(a step's seconds are those of one more run, watched every two milliseconds, all its processes added)")
    settled(repo, count)
    mitoyen(repo, "settle", "--changed")  # the cache of parsed files is warm
    key = ("settle", "--changed", "--commit")
    seconds = []
    for number in (11, 22, 33):
        one_key(repo, number)
        seconds.append(mitoyen(repo, *key))
    one_key(repo, 44)
    rooms = sampled(repo, *key)
    median = sorted(seconds)[1]
    told("one key changed, to manifests committed", median, rooms)
    beside = median * sum(spent for room, spent in rooms.items() if room not in READING) / sum(rooms.values())
    for what, took, aim in (("in all", median, AIM), ("outside git and reading", beside, AIM_BESIDE)):
        print(f"    {what}: {took:.2f} s, the aim of {aim:.0f} s is {'reached' if took < aim else 'MISSED'}")

    all_of_it = ("settle", "--changed", "--executor", "processes")
    reformatted(repo, "tidied")
    before = _contents(repo)
    took = mitoyen(repo, *all_of_it)
    reformatted(repo, "tidied again")
    told("every file reformatted: settle --changed", took, sampled(repo, *all_of_it))
    print(f"    results computed: {len(_contents(repo) - before)}")

    wanted = ("plan", "--executor", "processes", "--format", "json")
    priced(repo, "0.12")
    took = mitoyen(repo, *wanted)
    priced(repo, "0.13")
    told("plan of a price for all from July", took, sampled(repo, *wanted))


def _contents(repo: Path) -> set[Path]:
    stages = ("allocation", "pricing", "curves")
    return {path for stage in stages for path in (repo / ".mitoyen" / stage).rglob("*") if path.is_file()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=400, help="how many (default: 400)")
    parser.add_argument("--keep", type=Path, help="make the federation in this folder, or use what is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        bench((options.keep or Path(name)).resolve() / f"federation-{options.operations}", options.operations)


if __name__ == "__main__":
    main()
