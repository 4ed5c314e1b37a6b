"""The outcome of a verification, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mitoyen.contracts import Finding
from mitoyen.diagnostics import as_data, ordered

FORMAT_VERSION = 1


@dataclass
class Verified:
    """What was looked at, and what was found."""

    findings: list[Finding] = field(default_factory=list)
    manifests: int = 0
    recomputed: int = 0
    snapshots: int = 0
    commits: int = 0
    signatures: int = 0
    invoices: int = 0
    notes: list[str] = field(default_factory=list)
    """What was not looked at, and why."""

    def as_data(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "verified": {
                "manifests": self.manifests,
                "recomputed": self.recomputed,
                "snapshots": self.snapshots,
                "commits": self.commits,
                "signatures": self.signatures,
                "invoices": self.invoices,
                "notes": list(self.notes),
            },
            "findings": [as_data(finding) for finding in ordered(self.findings)],
        }
