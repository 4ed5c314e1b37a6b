"""The bytes of a column of strings, as pyarrow has it: many cells looked at in one step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Signs = NDArray[np.uint8]


def by_length(cells: Any, most: int) -> Iterator[tuple[NDArray[np.int64], Signs]]:
    """The rows whose cells are equally long, and their bytes [row, sign], but for those longer than ``most``."""
    begins = _begins(cells)
    lengths = np.diff(begins)
    for length in np.flatnonzero(np.bincount(lengths)[: most + 1]).tolist():
        if length:
            rows = np.flatnonzero(lengths == length)
            yield rows, _signs(cells, begins[rows], length, len(rows) == len(cells))


def _begins(cells: Any) -> NDArray[np.int32]:
    """Where each cell begins in the bytes of a column, and where the last one ends."""
    _, begins, _ = cells.buffers()
    if begins is None:
        return np.zeros(1, np.int32)
    return np.frombuffer(begins, np.int32)[cells.offset : cells.offset + len(cells) + 1]


def _signs(cells: Any, begins: NDArray[np.int32], length: int, all_of_them: bool) -> Signs:
    whole = np.frombuffer(cells.buffers()[2], np.uint8)
    if all_of_them:  # they lie one behind the other
        return whole[begins[0] : begins[0] + length * len(begins)].reshape(-1, length)
    return np.asarray(whole[begins[:, None] + np.arange(length, dtype=np.int32)])
