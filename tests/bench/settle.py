"""Where the time of a settlement goes: the demonstration's twelve months, cold and warm; ten thousand files cached.

Run by ``make bench``. Figures are of one run on one machine: read the shares and ratios, not the seconds.
"""

from __future__ import annotations

import cProfile
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MONTHS = {
    "appy": "2023-01..2023-12",
    "carmausin-segala": "2024-01..2024-12",
    "estancarbon": "2024-05..2025-04",
    "saint-affrique": "2018-10..2019-09",
    "saint-ruf": "2025-03..2026-02",
    "sequestre": "2022-05..2023-04",
}

ROOMS = {
    "reading YAML and checking": (
        "located.py",
        "schema.py",
        "model.py",
        "jsonschema",
        "mitoyen_checks",
        "mitoyen_france",
    ),
    "git": ("git/", "repository/", "subprocess.py"),
    "sharing": ("sharing.py", "allocation/", "mitoyen_keys", "clock.py"),
    "pricing": ("pricing.py", "mitoyen_tariffs", "timetable.py", "fractions.py"),
    "store": ("store.py", "curves.py", "pyarrow", "folder.py", "written.py", "ruamel", "fsync", "posix."),
    "showing": ("rich/", "tables.py", "spoken.py", "json/"),
    "imports": ("importlib", "<frozen", "builtins.exec", "marshal"),
}


def mitoyen(repo: Path, *arguments: str) -> float:
    """Seconds of the command in a process of its own."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "mitoyen", "--repo", str(repo), *arguments], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def profiled(repo: Path) -> dict[str, float]:
    """Share of the time of a settle in this process, by room."""
    from click.testing import CliRunner

    from mitoyen import cli

    profile = cProfile.Profile()
    profile.runcall(CliRunner().invoke, cli.root, ["--repo", str(repo), "settle"], standalone_mode=False)
    rooms = dict.fromkeys([*ROOMS, "the rest"], 0.0)
    for (file, _line, name), (_calls, _all, own, _cumulative, _callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        room = next(
            (room for room, marks in ROOMS.items() if any(mark in f"{file} {name}" for mark in marks)), "the rest"
        )
        rooms[room] += own
    total = sum(rooms.values())
    return {room: seconds / total for room, seconds in rooms.items()}


def forget(repo: Path) -> None:
    """Results and manifests gone, the frozen data kept: what a first settle meets."""
    for kind in ("allocation", "pricing"):
        shutil.rmtree(repo / ".mitoyen" / kind, ignore_errors=True)
    for folder in repo.glob("operations/*/settlements"):
        shutil.rmtree(folder)


def demonstration(repo: Path) -> None:
    shutil.copytree(ROOT / "operations", repo / "operations")
    fetching = sum(mitoyen(repo, "fetch", name, "--month", months) for name, months in MONTHS.items())
    runs: dict[str, list[float]] = {"cold": [], "cold, two processes": [], "warm": []}
    for _round in range(3):
        forget(repo)
        runs["cold"].append(mitoyen(repo, "settle"))
        runs["warm"].append(mitoyen(repo, "settle"))
        forget(repo)
        runs["cold, two processes"].append(mitoyen(repo, "settle", "--executor", "processes"))
    nothing = min(mitoyen(repo, "plugins") for _round in range(3))
    print("six operations x twelve months, seconds (best of 3)")
    print(f"  fetch (simulated)        {fetching:7.2f}")
    for name, seconds in runs.items():
        print(f"  settle, {name:<17}{min(seconds):7.2f}")
    print(f"  start and load plugins   {nothing:7.2f}  (in each of the above)")
    forget(repo)
    cold, warm = profiled(repo), profiled(repo)
    print("where the time goes      cold   warm")
    for room in cold:
        print(f"  {room:<26}{cold[room]:4.0%}   {warm[room]:4.0%}")


def documents(folder: Path) -> None:
    from mitoyen.cache import Cache
    from mitoyen.located import parse

    line = "m-{0:04d}: {{role: consumer, meter: mtr-{0:04d}, from: 2026-01-01, tariff: residents}}\n"
    items = []
    for number in range(10_000):
        lines = [line.format(number * 40 + index) for index in range(37)]
        items.append(
            ("".join(["# a file of its own\n", *lines]).encode(), f"operations/o{number}/participants.yaml")
        )

    def timed(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    few = items[:200]
    cold = timed(lambda: [parse(content, path) for content, path in few]) / len(few)
    Cache(folder / "documents.sqlite").parse_all(items)
    warm = min(timed(lambda: Cache(folder / "documents.sqlite").parse_all(items)) for _round in range(3))
    print("ten thousand YAML files of 38 lines")
    print(f"  parsed                   {cold * 1e6:7.0f} us a file")
    print(f"  cached, all of them      {warm:7.2f} s, {cold * len(items) / warm:.0f} times faster")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        demonstration(Path(name) / "federation")
        documents(Path(name))


if __name__ == "__main__":
    main()
