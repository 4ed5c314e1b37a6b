"""Plain YAML in a folder that only its owner reads: as private as the disk it lies on."""

from __future__ import annotations

from pathlib import Path

from mitoyen.contracts import Options, Safe, Vault
from mitoyen_vault.folder import SCHEMA, Folder, chosen


class Plain(Folder):
    """``<name>.yaml``, to be changed with any editor."""

    def where(self, name: str) -> str:
        return str(self.path(name))


def _open(repository: Path, options: Options) -> Safe:
    return Plain(chosen(repository, options), ".yaml")


VAULT = Vault(
    id="plain",
    version=1,
    title="A folder outside git that only its owner reads (MITOYEN_VAULT)",
    schema={"type": "object", "additionalProperties": False, "properties": {"folder": SCHEMA}},
    open=_open,
)
