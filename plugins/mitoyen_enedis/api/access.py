"""The client and the secret of an operation, from the environment and nowhere else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

CLIENT = "MITOYEN_ENEDIS_CLIENT_ID"
SECRET = "MITOYEN_ENEDIS_CLIENT_SECRET"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Access:
    """Never shown, never kept."""

    client: str = field(repr=False)
    secret: str = field(repr=False)


def variables(agreement: str) -> tuple[str, str]:
    """The names of the two variables of an agreement: ``MITOYEN_ENEDIS_CLIENT_ID_ACC00000001`` and the secret's."""
    own = re.sub(r"\W", "_", agreement, flags=re.ASCII).upper()
    return f"{CLIENT}_{own}", f"{SECRET}_{own}"


def found(agreement: str) -> Access | None:
    """Those of the agreement, else those without its name; None where either is not there."""
    for names in (variables(agreement), (CLIENT, SECRET)):
        client, secret = (os.environ.get(name, "").strip() for name in names)
        if client and secret:
            return Access(client, secret)
    return None
