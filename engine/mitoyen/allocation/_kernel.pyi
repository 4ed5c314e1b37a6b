from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_Energies: TypeAlias = NDArray[np.int64]

source: str

def share(
    pot: _Energies,
    base: _Energies,
    weights: _Energies | None,
    whole: int,
    capped: bool,
    wide: bool,
    out: _Energies,
) -> None: ...
def share_by_slot(
    pot: _Energies,
    base: _Energies,
    slot: _Energies,
    wide: bool,
    sums: _Energies,
    used: _Energies,
) -> None: ...
def slot_sums(values: _Energies, slot: _Energies, sums: _Energies) -> None: ...
