"""What words are worth, worked out once each: times and values repeat, and dictionaries are fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mitoyen.contracts import Energies

MOST = 200_000
"""Words kept before all are forgotten: enough for years of one curve, little beside the file."""


class Memo:
    """A function from words to int64, remembered."""

    def __init__(self, work_out: Callable[[str], int]) -> None:
        self._known = _Known(work_out)

    def __call__(self, word: str) -> int:
        return self._known[word]

    def array(self, words: Sequence[str]) -> Energies:
        if len(self._known) > MOST:
            self._known.clear()
        return np.fromiter(map(self._known.__getitem__, words), np.int64, len(words))


class _Known(dict[str, int]):
    # Looking up a known word stays in C; only a new one comes back to Python.
    def __init__(self, work_out: Callable[[str], int]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, word: str) -> int:
        value = self[word] = self._work_out(word)
        return value
