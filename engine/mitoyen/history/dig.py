"""The value at the end of a path through what a file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]
NOTHING = object()
"""What stands for a value that is not there: a file may say null."""


def dig(value: Any, path: Path, otherwise: Any = NOTHING) -> Any:
    """The value at the end of ``path``, or what stands for none."""
    for step in path:
        if not holds(value, step):
            return otherwise
        value = value[step]
    return value


def holds(value: Any, step: str | int) -> bool:
    if isinstance(value, Mapping):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)
