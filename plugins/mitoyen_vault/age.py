"""Each party encrypted to a key of its own, kept encrypted to the federation: no key, no party, in no copy.

Files are ``<name>.age`` and, for its key, ``keys/<name>.age``. Destroying the second makes every copy of the first
unreadable, in whatever backup it lies; so keys/ is what a backup must not keep longer than the vault does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from mitoyen.contracts import Options, Safe, Vault
from mitoyen.diagnostics import UsageError
from mitoyen.host import MissingExtra
from mitoyen.private import alone
from mitoyen_vault.folder import SCHEMA, Folder, chosen

IDENTITY = "MITOYEN_AGE_IDENTITY"


class Age:
    def __init__(self, root: Path, recipients: Sequence[str]) -> None:
        self._age = _pyrage()
        self._recipients = [self._recipient(one) for one in recipients]
        self._parties = Folder(root, ".age")
        self._keys = Folder(root / "keys", ".age")

    def names(self) -> Iterator[str]:
        keys = set(self._keys.names())
        return (name for name in self._parties.names() if name in keys)

    def where(self, name: str) -> str:
        return str(self._parties.path(name))

    def read(self, name: str) -> bytes | None:
        content = self._parties.read(name)
        key = self._key(name) if content is not None else None
        return self._decrypted(content, [key], name) if content is not None and key else None

    def write(self, name: str, content: bytes) -> None:
        """The key first, and the same key as before: a run killed in between leaves the former party readable.

        It is encrypted anew each time, to who the federation's recipients are now.
        """
        key = self._key(name) or self._age.x25519.Identity.generate()
        self._keys.write(name, self._age.encrypt(str(key).encode(), self._recipients))
        self._parties.write(name, self._age.encrypt(content, [key.to_public()]))

    def remove(self, name: str) -> bool:
        """The key first: a run killed in between leaves what nobody reads."""
        key = self._keys.remove(name)
        return self._parties.remove(name) or key

    def _key(self, name: str) -> Any:
        """The key of a party, None where it has none (any more)."""
        content = self._keys.read(name)
        if content is None:
            return None
        return self._age.x25519.Identity.from_str(self._decrypted(content, self._identities(), name).decode())

    def _decrypted(self, content: bytes, identities: Sequence[Any], name: str) -> bytes:
        try:
            decrypted: bytes = self._age.decrypt(content, identities)
        except self._age.DecryptError:
            message = f"{name} does not open with {IDENTITY}: another identity is needed, or the file is damaged"
            raise UsageError(message) from None
        return decrypted

    def _identities(self) -> list[Any]:
        named = os.environ.get(IDENTITY, "")
        if not named:
            raise UsageError(
                f"this vault opens with an identity of age: put AGE-SECRET-KEY-… into the variable {IDENTITY}, "
                "or the name of a file that holds it (age-keygen makes one)"
            )
        if not named.startswith("AGE-SECRET-KEY-"):
            path = Path(named).expanduser()
            alone(path, 0o600)
            try:
                named = path.read_text(encoding="utf-8")
            except FileNotFoundError:
                raise UsageError(f"{IDENTITY} names a file that is not there") from None
        lines = [line.strip() for line in named.splitlines()]
        try:
            return [self._age.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
        except self._age.IdentityError:  # never repeated: it is a secret
            raise UsageError(f"what {IDENTITY} holds is not an identity of age, AGE-SECRET-KEY-…") from None

    def _recipient(self, recipient: str) -> Any:
        try:
            return self._age.x25519.Recipient.from_str(recipient)
        except self._age.RecipientError as error:
            raise UsageError(f"vault: {recipient} is not a recipient of age: {error}") from error


def _pyrage() -> ModuleType:
    try:
        import pyrage
    except ImportError as error:
        raise MissingExtra("age", "pyrage") from error
    module: ModuleType = pyrage
    return module


def _open(repository: Path, options: Options) -> Safe:
    return Age(chosen(repository, options), options["recipients"])


VAULT = Vault(
    id="age",
    version=1,
    title="Encrypted, one key a party (age, MITOYEN_AGE_IDENTITY)",
    schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["recipients"],
        "properties": {
            "folder": SCHEMA,
            "recipients": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "pattern": "^age1[0-9a-z]{58}$", "description": "age1 and 58 signs"},
                "description": "public keys of those who may open the vault, such as [age1…] (age-keygen)",
            },
        },
    },
    open=_open,
)
