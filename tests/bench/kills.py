"""Issuing killed at random moments, then run again: the same numbers and bytes as a run that nobody killed.

    python tests/bench/kills.py --kills 100 --members 500

Prints what was seen; exits with 1 at the first difference. It takes minutes: `make test` does the same on two
members, at thirty events of the interpreter.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import billed
from mitoyen.ledger import Ledger
from neighbours import commit, curve, run

ISSUE = ("issue", "--month", "2026-02", "--date", "2026-03-05")


def built(folder: Path, members: int) -> Path:
    """A roof and so many neighbours, January issued so that each has a salt, February ready."""
    names = [f"m-{number:03}" for number in range(members)]
    rows = [
        f"{name}: {{role: consumer, meter: mtr-{number + 1:02}, from: 2026-01-01, tariff: residents}}"
        for number, name in enumerate(names)
    ]
    roof = "p-roof: {role: producer, meter: roof, from: 2026-01-01, power: 900 kWp}\n"
    repo = billed.village(folder / "repo", participants=roof + "\n".join(rows) + "\n")
    billed.people(repo, **{name: billed.household(f"Neighbour {name}") for name in names})
    for month in ("2026-01", "2026-02"):
        text = curve(month, roof=lambda hour: members if 10 <= hour < 16 else 0, consumed=(1,) * members)
        (repo / "curves.csv").write_text(text.replace("mtr-90\n", "roof\n", 1))  # the last of the header
        assert run(repo, "fetch", "voisins", "--month", month, "--file", str(repo / "curves.csv"))[0] == 0
    commit(repo, "The data")
    run(repo, "issue", "--month", "2026-01", "--date", "2026-02-05")
    commit(repo, "January issued")
    return folder


def kept(folder: Path) -> tuple[int, str]:
    """How many invoices, and one digest over the register's chain, its bytes and the manifests."""
    from hashlib import sha256

    ledger, whole, count = Ledger(folder / "register"), sha256(), 0
    for entry in ledger.entries():
        count += 1
        whole.update(f"{entry.number} {entry.chain}".encode())
        whole.update(ledger.content(entry.position) or b"")
        for _form, _digest, document in ledger.documents(entry.position):
            whole.update(document.content)
    for path in sorted((folder / "repo/operations/voisins/settlements").iterdir()):
        whole.update(path.read_bytes())
    return count, whole.hexdigest()


def started(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mitoyen", "--repo", str(folder / "repo"), *ISSUE]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--members", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        first = built(Path(name) / "first", asked.members)
        whole = Path(shutil.copytree(first, Path(name) / "whole"))
        begun = time.monotonic()
        assert started(whole).wait() == 0
        lasts, expected = time.monotonic() - begun, kept(whole)
        print(f"a run that nobody kills: {lasts:.1f} s, {expected[0]} invoices in the register")
        draw, seen = random.Random(20260305), {"before": 0, "after": 0}
        while sum(seen.values()) < asked.kills:
            killed = Path(shutil.copytree(first, Path(name) / "killed"))
            process, begun = started(killed), time.monotonic()
            try:
                process.wait(timeout=draw.uniform(0, lasts))
                lasts = time.monotonic() - begun  # the machine is quicker than it was: too late to count
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                count = kept(killed)[0]
                assert count in (asked.members, 2 * asked.members), f"half a month: {count} invoices"
                seen["before" if count == asked.members else "after"] += 1
            assert started(killed).wait() == 0
            if kept(killed) != expected:
                print(f"after {seen}: not the same as a run that nobody killed")
                return 1
            shutil.rmtree(killed)
        when = f"{seen['before']} before the numbers were kept, {seen['after']} after"
        print(f"{asked.kills} kills: {when}; each run again gave the same numbers, bytes and manifests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
