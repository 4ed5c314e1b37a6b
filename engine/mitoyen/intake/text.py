"""The text of a file: unpacked, decoded, line ends made alike. Everything after this sees UTF-8 and ``\\n``."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused

LIMIT = 2 * 1024**3
"""Bytes of text a file may hold: more is a mistake, or a trap in a packed file."""

_BLOCK = 1 << 24
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PACKED = ((b"PK\x03\x04", "a zip or XLSX file"), (b"%PDF", "a PDF"), (b"\xd0\xcf\x11\xe0", "an old Excel file"))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_CONTROLS = bytes(sign for sign in range(128) if _CONTROL.match(bytes([sign])))


@dataclass(frozen=True, slots=True)
class Text:
    """A file's content as UTF-8 bytes without mark, lines ended by ``\\n``."""

    content: bytes
    encoding: str
    """How it was written, in words."""


class Lines:
    """The lines of a text, counted from 1, each without its end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        ends = np.flatnonzero(np.frombuffer(content, np.uint8) == ord("\n"))
        self._starts: NDArray[np.int64] = np.concatenate(([0], ends + 1)).astype(np.int64)

    def __getitem__(self, line: int) -> str:
        starts = self._starts
        end = int(starts[line]) if line < len(starts) else len(self._content)
        return self._content[int(starts[line - 1]) : end].decode("utf-8").rstrip("\n")


def span(line: str, delimiter: str, cell: int) -> tuple[int, int]:
    """Where a line's cell is: its first character from 1, and how many there are (at least 1)."""
    start, quoted = 0, False
    for position, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == delimiter and not quoted:
            if cell == 0:
                return start + 1, max(position - start, 1)
            cell, start = cell - 1, position + 1
    return min(start, max(len(line) - 1, 0)) + 1, max(len(line) - start, 1)


def load(path: Path, name: str, encoding: str | None) -> Text:
    """The text of a file. Raise Refused (ACC412, ACC420) where it cannot be had or is not text."""
    raw = unpack(path, name)
    for magic, what in _PACKED:
        if raw.startswith(magic):
            raise refusal(name, f"the file is {what}, not CSV text", "export it as CSV")
    return decode(raw, name, encoding)


def decode(raw: bytes, name: str, encoding: str | None = None) -> Text:
    """The text that bytes are, in an encoding that is found where none is given. Raise Refused (ACC420)."""
    content, words = _decode(raw, name, encoding)
    content = content.removeprefix(codecs.BOM_UTF8)
    if not content.strip():
        raise refusal(name, "the file is empty", "download or export it again")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # To take them out is ten times as fast as to look for them.
    if len(content.translate(None, _CONTROLS)) < len(content) and (control := _CONTROL.search(content)):
        line = content.count(b"\n", 0, control.start()) + 1
        raise refusal(name, "the file is binary, not text", "export it as CSV", line)
    return Text(content, words)


def refusal(name: str, message: str, hint: str = "", line: int = 1, column: int = 1, width: int = 1) -> Refused:
    """ACC420 about a whole file."""
    return Refused(Finding("ACC420", message, Place(name, line, column, width), hint))


def unpack(path: Path, name: str, limit: int | None = None) -> bytes:
    """The bytes of a file, those in it where it is packed with gzip. Raise Refused (ACC412, ACC420)."""
    limit = limit or LIMIT
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as content:
            # A buffer of all that is asked for is made at once: of a plain file, no more than it is.
            raw = content.read(limit + 1 if packed else min(limit, path.stat().st_size) + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
        raise refusal(name, f"the packed file is broken or cut off: {broken}", "download it again") from broken
    except OSError as failure:
        raise Refused(Finding("ACC412", f"the file cannot be read: {failure.strerror}", Place(name))) from failure
    if len(raw) > limit:
        raise refusal(name, f"the file holds more than {limit >> 20} MiB", "split it by month")
    return raw


def _decode(raw: bytes, name: str, encoding: str | None) -> tuple[bytes, str]:
    if encoding is not None:
        return _as_utf8(raw, name, encoding), encoding
    for mark, marked in _MARKS:
        if raw.startswith(mark):
            return _as_utf8(raw, name, marked), f"{marked} (found: byte order mark)"
    # Text in UTF-16 has a zero in every other byte of its ASCII letters, and no other text has zeros.
    head = raw[:200]
    for first, wide in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[first::2].count(0) > len(head) // 4 and not head[1 - first :: 2].count(0):
            return _as_utf8(raw, name, wide), f"{wide} (found: zeros)"
    try:
        return _as_utf8(raw, name, "utf-8"), "utf-8 (found)"
    except Refused:
        return _as_utf8(raw, name, "cp1252", "replace"), "windows-1252 (found: not UTF-8)"


def _as_utf8(raw: bytes, name: str, encoding: str, errors: str = "strict") -> bytes:
    try:
        # Opening refuses the codecs that are not of text, such as hex, which the decoder would take.
        io.TextIOWrapper(io.BytesIO(), encoding)
        blocks = list(_decoded(raw, encoding, errors))
    except LookupError:
        raise refusal(name, f"no encoding is named {encoding!r}", "for example utf-8, latin-1, utf-16") from None
    except ValueError as wrong:
        why = f": {wrong.reason}" if isinstance(wrong, UnicodeDecodeError) else ""
        hint = "leave `encoding:` out to have it found"
        raise refusal(name, f"the file is not text in {encoding}{why}", hint) from wrong
    return raw if encoding == "utf-8" else b"".join(blocks)


def _decoded(raw: bytes, encoding: str, errors: str) -> Iterator[bytes]:
    # Block by block: a large file is never in memory both as bytes and as (wider) text.
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for start in range(0, len(raw), _BLOCK):
        text = decoder.decode(raw[start : start + _BLOCK], final=start + _BLOCK >= len(raw))
        yield b"" if encoding == "utf-8" else text.encode("utf-8")
