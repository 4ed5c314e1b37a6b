"""data/<month>.yaml: which frozen meter data count for a month, and which did before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mitoyen import written
from mitoyen.clock import Month, iso
from mitoyen.contracts import MeterData
from mitoyen.curves import Curves

SCHEMA = "../../../schemas/data.schema.json"

FORMER = 24
"""Former snapshots that a pointer names; the operator corrects a month for fourteen, and git knows all of them."""


def made(
    source: str,
    curves: Curves,
    snapshot: str,
    data: MeterData,
    filled: Mapping[str, int],
) -> dict[str, Any]:
    """What a pointer says of frozen curves, and of how they were brought."""
    left: dict[str, int] = {}
    for reading in data.readings:
        for reason, count in reading.left.items():
            left[reason] = left.get(reason, 0) + count
    clock = curves.clock
    gaps: dict[str, Any] = {"policy": data.gaps}
    if filled:
        gaps["filled"] = dict(sorted(filled.items()))
    return {
        "snapshot": snapshot,
        "source": source,
        "start": iso(clock.start),
        "step": f"PT{clock.step // 60}M",
        "steps": clock.steps,
        "meters": sorted({name.id for name in curves.values}),
        "series": sorted({name.kind for name in curves.values}),
        "values": {
            "read": sum(reading.rows for reading in data.readings),
            "taken": sum(reading.taken for reading in data.readings),
            **({"left": dict(sorted(left.items()))} if left else {}),
        },
        "gaps": gaps,
    }


def former(before: Mapping[str, Any], snapshot: str, today: date) -> dict[str, Any]:
    """The former snapshots that a new pointer names: one more than ``before`` where this one replaces another."""
    known = [{"snapshot": one["snapshot"], "until": str(one["until"])} for one in before.get("former", ())]
    if before.get("snapshot", snapshot) != snapshot:
        known.append({"snapshot": before["snapshot"], "until": today.isoformat()})
    return {"former": known[-FORMER:]} if known else {}


def write(folder: Path, month: Month, pointer: Mapping[str, Any]) -> Path:
    """Write data/<month>.yaml in an operation's folder, unless it says so already."""
    path = folder / "data" / f"{month}.yaml"
    written.sweep(path.parent)
    content = written.yaml(pointer, SCHEMA)
    if not path.is_file() or path.read_bytes() != content:
        written.write_whole(path, content)
    return path
