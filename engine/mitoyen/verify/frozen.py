"""Frozen data, read and digested again (ACC521)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from mitoyen.curves import Curves
from mitoyen.located import Document
from mitoyen.model import Loaded
from mitoyen.store import Lost, Results
from mitoyen.verify.verified import Verified


class FrozenOnly(Results):
    """The store for one who believes nothing but frozen data: no cached result is read, nothing is kept."""

    def freeze(self, curves: Curves) -> str:
        return curves.digest()

    def keep(self, stage: str, fingerprint: str, result: Mapping[str, Any]) -> None:
        pass

    def kept(self, stage: str, fingerprint: str) -> dict[str, Any] | None:  # noqa: ARG002 - as in Results
        return None


def frozen(loaded: Loaded, results: Results, done: Verified, lost: set[str]) -> None:
    """ACC521: the data that manifests and pointers name are in the store, and are those of their digest."""
    named: dict[str, Document] = {}
    # Manifests after pointers: where both name the same data, the record is what is at stake.
    for file, document in sorted(loaded.documents.items()):
        if file.startswith(("data/", "settlements/")) and isinstance(document.value.get("snapshot"), str):
            named[document.value["snapshot"]] = document
    for digest, document in sorted(named.items()):
        try:
            there = results.has_curves(digest)
        except ValueError:
            continue  # no digest at all: the schema has said so
        done.snapshots += 1
        month = PurePosixPath(document.path).name[:7]
        try:
            results.curves(digest)
        except Lost as problem:
            lost.add(digest)
            if there:
                message = f"the data of {month} in the store were swapped or damaged: they {problem} ({digest})"
                advice = "put the file back from a backup of the store; nothing settled on this one can be trusted"
            else:
                message = f"the data of {month} are missing: the store has nothing under {digest}"
                advice = f"restore the store, or `mitoyen fetch {loaded.id} --month {month}` from the same files"
            done.findings.append(document.finding("ACC521", message, "snapshot", help=advice))
