"""The summary of a run, a page that every job may write, also one of a fork."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from mitoyen.spoken import money, number, words
from mitoyen_github import body

LIMIT = 1024 * 1024
"""Bytes that GitHub takes from one step; beyond, it shows nothing."""

_SETTLED = (
    "- `{operation}` {month} : {kwh} kWh partagés, {net} € HT, {state}",
    "- `{operation}` {month}: {kwh} kWh shared, {net} EUR net, {state}",
)

_ISSUED = (
    "- `{operation}` {month}, émis : {count} pièces, {gross} € TTC",
    "- `{operation}` {month}, issued: {count} documents, {gross} EUR gross",
)


def wanted() -> bool:
    return bool(os.environ.get("GITHUB_STEP_SUMMARY"))


def plan(data: Mapping[str, Any], lang: str) -> bool:
    """Add a plan, cut where it does not fit; false where there is no summary to write to."""
    return wanted() and add(body.fitting(data, lang, _room() - 2, body.in_bytes, where=None))


def unit(data: Mapping[str, Any], lang: str) -> None:
    """Add a settled month: totals, and nobody. What was not computed again is not news."""
    if not data["reused"]:
        values = {
            "operation": data["operation"],
            "month": data["month"],
            "kwh": number(Decimal(data["energy"]["shared"]), lang, 3),
            "net": money(Decimal(data["money"]["net"]), lang),
            "state": words(lang, data["state"]),
        }
        add(_SETTLED[lang == "en"].format(**values))


def issued(data: Mapping[str, Any], lang: str) -> None:
    """Add an issued month: how many documents and what they come to, no number and nobody."""
    gross = money(Decimal(data["billed"]["gross"]), lang)
    values = {
        "operation": data["operation"],
        "month": data["month"],
        "count": len(data["invoices"]),
        "gross": gross,
    }
    add(_ISSUED[lang == "en"].format(**values))


def add(text: str) -> bool:
    """Append to the summary; false where it has no room left."""
    content = f"{text}\n".encode()
    if len(content) > _room():
        return False
    with _path().open("ab") as stream:
        stream.write(content)
    return True


def _room() -> int:
    path = _path()
    return LIMIT - (path.stat().st_size if path.exists() else 0)


def _path() -> Path:
    return Path(os.environ["GITHUB_STEP_SUMMARY"])
