"""What opens what is closed: passwords of archives and keys of flows, from the environment and from mails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

PASSWORD = "MITOYEN_ENEDIS_PASSWORD"  # noqa: S105 - the name of a variable
"""Passwords of ZIP archives, one a line."""

KEY = "MITOYEN_ENEDIS_KEY"
"""AES keys of flows, in hexadecimal, one a line: 16 bytes with a vector in IV, or 32."""

IV = "MITOYEN_ENEDIS_IV"
"""The vector of flows with a key of 16 bytes, in hexadecimal."""

Topic = tuple[str, str, str]
"""The agreement and the period that a mail is about, as its subject says; empty where it does not."""

NO_TOPIC: Topic = ("", "", "")


@dataclass(slots=True)
class Secrets:
    """Never shown, never kept."""

    mailed: list[tuple[Topic, bytes]] = field(default_factory=list, repr=False)

    def passwords(self, topic: Topic) -> list[bytes]:
        """Those worth trying, the likeliest first: of a mail about the same, of the environment, of other mails."""
        same = [password for about, password in self.mailed if about == topic != NO_TOPIC]
        given = [line.encode() for line in _lines(PASSWORD)]
        return list(dict.fromkeys([*same, *given, *(password for _, password in self.mailed)]))

    def keys(self) -> list[tuple[bytes, bytes]]:
        """AES keys with their vector, which is empty where the file begins with it."""
        vector = next(_hexadecimal(IV), b"")
        return [
            (key, b"" if len(key) == 32 else vector)
            for key in _hexadecimal(KEY)
            if len(key) == 32 or (len(key) == 16 and len(vector) == 16)
        ]


def _lines(variable: str) -> list[str]:
    return [line.strip() for line in os.environ.get(variable, "").splitlines() if line.strip()]


def _hexadecimal(variable: str) -> Iterator[bytes]:
    for line in _lines(variable):
        try:
            yield bytes.fromhex(line)
        except ValueError:
            continue
