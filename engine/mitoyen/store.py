"""Frozen curves and cached results in whatever shelf the federation chose, never trusted without a look."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mitoyen.contracts import Shelf
from mitoyen.curves import Curves

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class Lost(Exception):
    """What a digest names is not in the store, or is not what the digest says."""


class Results:
    """The three kinds of things kept: curves by content, allocations and prices by fingerprint.

    A cached result that cannot be read is as good as none: it is computed again. Frozen meter data are not a cache,
    and their loss is told.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def freeze(self, curves: Curves) -> str:
        """Keep curves and return their digest; the same curves are kept once, and again where they were damaged."""
        digest = curves.digest()
        try:
            self.curves(digest)
        except Lost:
            self._shelf.write("curves", _key(digest), curves.to_parquet())
        return digest

    def curves(self, digest: str) -> Curves:
        """Raise Lost where they are missing or are not those of the digest."""
        content = self._shelf.read("curves", _key(digest))
        if content is None:
            raise Lost("are not in the store")
        try:
            curves = Curves.from_parquet(content)
        except ValueError as error:
            raise Lost("cannot be read") from error
        if curves.digest() != digest:
            raise Lost("are not those of their digest")
        return curves

    def has_curves(self, digest: str) -> bool:
        """Whether something is kept under that digest, whatever it is."""
        return self._shelf.has("curves", _key(digest))

    def keep(self, stage: str, fingerprint: str, result: Mapping[str, Any]) -> None:
        body = json.dumps(result, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        self._shelf.write(stage, _key(fingerprint), body)

    def kept(self, stage: str, fingerprint: str) -> dict[str, Any] | None:
        """The result of a stage for that fingerprint, or None where it was never computed or cannot be read."""
        content = self._shelf.read(stage, _key(fingerprint))
        if content is None:
            return None
        try:
            result = json.loads(content)
        except ValueError:
            return None
        return result if isinstance(result, dict) else None


def _key(digest: str) -> str:
    match = _DIGEST.fullmatch(digest)
    if not match:
        raise ValueError(f"{digest!r} is not a digest")
    return match[1]
