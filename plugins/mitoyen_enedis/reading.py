"""Bytes of any kind that Enedis sends, recognised by what they hold: what they come to, or why they are not read.

This is the way of a file and of a reply alike; :mod:`mitoyen_enedis.containers` opens what has files in it first.
"""

from __future__ import annotations

from mitoyen_enedis.payload import Payload, broken

MOST_POINTS = 128 << 20
"""Bytes of JSON or XML: each point of theirs is several objects in memory, a hundred meters for a year and more."""


def read(content: bytes, name: str, *, workbook: bool = False) -> list[Payload]:
    """What a piece holds: one payload, or one for each sheet of a workbook. Raise Refused (ACC420).

    ``name`` is shown to people: it holds no number of a meter.
    """
    if workbook:
        from mitoyen_enedis import workbook as books

        return books.read(content, name)
    first = content.lstrip()[:1]
    if first in (b"<", b"{", b"[") and len(content) > MOST_POINTS:
        raise broken(name, f"it holds more than {MOST_POINTS >> 20} MiB", "ask for fewer meters or months")
    if first == b"<":
        from mitoyen_enedis import markup

        return [markup.read(content, name)]
    if first in (b"{", b"["):
        from mitoyen_enedis import replies

        return [replies.read(content, name)]
    from mitoyen_enedis import text

    return [text.read(content, name)]
