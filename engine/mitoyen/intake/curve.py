"""A curve as it was read from one file: which series, its cells on a clock, and the file they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Energies, Kind
from mitoyen.intake.tally import Page, Tally


class Target(NamedTuple):
    """The series that cells are read into."""

    meter: str
    kind: Kind
    toward: str | None = None

    def __str__(self) -> str:
        return self.meter if self.kind == "measured" else f"{self.meter}/{self.kind}"


@dataclass(slots=True)
class Curve:
    """The cells of one series in one file that have a step of the clock; arrays of shape [cell]."""

    target: Target
    cell: int
    """The position of the values in a row."""
    steps: NDArray[np.int64]
    values: Energies
    """MISSING where the cell says no value or no number."""
    lines: NDArray[np.int32]
    edition: int = 0
    """Where a later edition replaces an earlier one, a number that grows with the date of publication."""


class Account(Protocol):
    """A file that was read: its curves, and where each of its cells went."""

    @property
    def sheet(self) -> Page: ...

    @property
    def tally(self) -> Tally: ...

    @property
    def curves(self) -> Sequence[Curve]: ...

    @property
    def left(self) -> Counter[str]: ...
