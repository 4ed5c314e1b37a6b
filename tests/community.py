"""The operation of a real energy community, for the journeys that settle it: its points, its key, a price."""

from __future__ import annotations

from pathlib import Path

CONSUMERS = {"at-community-2023-08": 5, "at-community-2023-01-08": 6}
PLANTS = {"at-community-2023-08": 4, "at-community-2023-01-08": 2}
JOINED = {"C04": "2023-03-06", "C05": "2023-08-22", "C06": "2023-03-18", "G02": "2023-03-18"}

OPERATION = """\
title: A real community
organiser: eeg
opened: {opened}
timezone: Europe/Vienna
source:
  use: csv
  with:
    files: ["steps_15min_kwh.csv.gz"]
    layout: wide
    unit: kWh
    timestamp: {{column: {column}, zone: {zone}}}
    gaps: {gaps}
    columns:
{columns}"""


def points(name: str) -> list[str]:
    return [f"C{n:02d}" for n in range(1, CONSUMERS[name] + 1)] + [f"G{n:02d}" for n in range(1, PLANTS[name] + 1)]


def community(
    repo: Path, name: str, *, stamps: str = "utc_start", gaps: str = "refuse", rule: str = "prorata"
) -> None:
    """Write the operation of a community: its points, its key, a price."""
    folder = repo / "operations" / "real"
    folder.mkdir(parents=True)
    late = name == "at-community-2023-01-08"
    opened = "2023-01-01" if late else "2023-08-01"
    columns, participants = [], []
    for point in points(name):
        alias = point.lower()
        start = JOINED.get(point, opened) if late else opened
        if point.startswith("C"):
            columns += [f"      {point}_cons: {alias}", f"      {point}_own: {alias}/shared"]
            participants.append(f"{alias}: {{role: consumer, meter: {alias}, from: {start}, tariff: all}}")
        else:
            columns += [f"      {point}_total: {alias}", f"      {point}_surplus: {alias}/surplus"]
            participants.append(f"{alias}: {{role: producer, meter: {alias}, from: {start}}}")
    zone = "in-value" if stamps == "utc_start" else "Europe/Vienna"
    text = OPERATION.format(opened=opened, column=stamps, zone=zone, gaps=gaps, columns="\n".join(columns) + "\n")
    (folder / "operation.yaml").write_text(text)
    (folder / "participants.yaml").write_text("\n".join(participants) + "\n")
    (folder / "keys.yaml").write_text(f"{opened}:\n  rule: {rule}\n")
    (folder / "tariffs.yaml").write_text(f"all:\n  {opened}: {{rule: flat, with: {{price: 0.1650 EUR/kWh}}}}\n")
