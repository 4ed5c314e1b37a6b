"""Issued manifests are one chain: each has the digest of the one issued before it (ACC546)."""

from __future__ import annotations

from collections.abc import Iterator

from mitoyen.contracts import Finding
from mitoyen.fingerprint import digest
from mitoyen.located import Document
from mitoyen.model import Loaded
from mitoyen.verify.manifests import FILE


def linked(loaded: Loaded) -> Iterator[Finding]:
    """ACC546: from the last issued manifest of an operation, `previous` leads to all others, each once."""
    issued = {
        digest(_text(loaded, file)): document
        for file, document in sorted(loaded.documents.items())
        if FILE.fullmatch(file) and document.value.get("state") == "issued" and "issued" in document.value
    }
    followed: dict[str | None, Document] = {}
    for document in issued.values():
        previous = document.value.get("previous")
        path = ("previous",) if previous else ("state",)
        if previous is not None and previous not in issued:
            yield document.finding(
                "ACC546",
                "the manifest that was issued before this one is not there, or is not as it was",
                *path,
                help="bring it back: git log -- settlements/ says which it was",
            )
        elif twin := followed.get(previous):
            yield document.finding(
                "ACC546",
                f"it follows the same manifest as {twin.path}: two were issued at once, from two registers",
                *path,
                help="one register holds; numbers of the other were given to nobody's account",
            )
        followed.setdefault(previous, document)


def _text(loaded: Loaded, file: str) -> bytes:
    return ((loaded.operation.files.get(file) if loaded.operation else None) or "").encode()
