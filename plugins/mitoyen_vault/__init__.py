"""People, kept outside git: a folder that only its owner reads, plain or encrypted."""

from collections.abc import Iterator

from mitoyen.contracts import Vault
from mitoyen.hookspecs import hookimpl
from mitoyen_vault import age, plain


@hookimpl
def mitoyen_vaults() -> Iterator[Vault]:
    yield plain.VAULT
    yield age.VAULT
