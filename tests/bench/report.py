"""The site of a large federation: seconds by part, memory, weight; then one operation changed.

Run by ``make bench`` with 100 operations; ``python tests/bench/report.py --operations 2000 --keep DIR`` is the size
the aim is set for, and takes the federation that ``federation.py --keep DIR`` made there.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

from federation import CONSUMERS, git, mitoyen, one_key, settled

from mitoyen.workspace import Workspace
from mitoyen_report import site

PAGE = 300_000
"""Bytes that a page may have before compression."""


def public(repo: Path) -> None:
    """Let everyone see the site, and nobody in it."""
    (repo / "operations" / "mitoyen.yaml").write_text("audience: public\n")
    git(repo, "add", "operations/mitoyen.yaml")
    git(repo, "commit", "--quiet", "--message", "the site is public")


def made(repo: Path, out: Path, executor: str) -> None:
    """One run, in this process and those it starts: what it did, and where its time went."""
    here = Workspace(repo)
    names = here.repository.select(())
    start = time.perf_counter()
    done = site.make(here, names, out, here.executor(executor), lambda _name: None)
    took = time.perf_counter() - start
    print(f"    {took:8.2f} s: {done.again} operations moved, {done.written} files written")
    total = sum(done.spent.values())
    for part, spent in done.spent.most_common():
        print(f"      {part:<38}{spent / 1e9:8.2f}  {spent / total:4.0%}")


def weighed(out: Path) -> None:
    pages = sorted((path.stat().st_size, path) for path in out.rglob("*.html"))
    days = [path.stat().st_size for path in out.rglob("jours/*.js")]
    size, heaviest = pages[-1]
    total = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"    {len(pages)} pages, the heaviest {size} bytes ({heaviest.relative_to(out)})")
    print(f"      a page may have {PAGE}: {'reached' if size <= PAGE else 'MISSED'}")
    print(f"    {len(days)} days, the heaviest {max(days)} bytes")
    print(f"    {total / 1e6:.0f} MB in all")


def bench(folder: Path, count: int) -> None:
    repo, out = folder / f"federation-{count}", folder / f"site-{count}"
    print(f"the site of {count} operations x 12 months x {CONSUMERS + 1} participants, for the public")
    settled(repo, count)
    public(repo)
    shutil.rmtree(out, ignore_errors=True)
    print("  the first time, on all processors")
    made(repo, out, "processes")
    most = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"    most memory: {most[0]:.0f} MiB here, {most[1]:.0f} MiB in a process of its own")
    weighed(out)
    one_key(repo, count // 2)
    mitoyen(repo, "settle", "--changed", "--commit")
    print("  one key changed, settled and committed")
    made(repo, out, "serial")
    print("  nothing changed")
    made(repo, out, "serial")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--keep", type=Path, help="make the federation in this folder, or use what is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        bench((options.keep or Path(name)).resolve(), options.operations)


if __name__ == "__main__":
    main()
