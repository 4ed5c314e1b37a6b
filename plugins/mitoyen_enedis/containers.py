"""Files in files: mails, archives, encrypted flows. What is read comes out as pieces, or as why there is none.

Nothing is written to the disk. What is unpacked is counted: an archive that holds more than any month of any
operation is refused before memory is.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused
from mitoyen.host import MissingExtra
from mitoyen.intake.text import decode
from mitoyen_enedis import mails
from mitoyen_enedis.pages import shown
from mitoyen_enedis.payload import broken
from mitoyen_enedis.secrets import IV, KEY, NO_TOPIC, PASSWORD, Secrets, Topic

MOST_BYTES = 256 << 20
"""Of one piece."""

MOST_UNPACKED = 1 << 30
"""Of all that one file holds."""

MOST_WORKBOOK = 64 << 20
MOST_MAIL = 64 << 20
MOST_MEMBERS = 5000
DEEPEST = 4

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it, or ask for a ZIP archive"),
    (b"Rar!", "a RAR archive", "unpack it, or ask for a ZIP archive"),
    (b"%PDF", "a PDF", "ask for the curve as data"),
)
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 1
_BROKEN = (
    *(BadZipFile, LargeZipFile, zlib.error, struct.error, EOFError, OSError),
    *(RuntimeError, ValueError, KeyError, IndexError, OverflowError),
)
"""What the library raises on an archive that is none; a wrong password is a RuntimeError."""
_TEXT = frozenset(b"\t\n\r\x1b") | frozenset(range(32, 256))


@dataclass(frozen=True, slots=True)
class Piece:
    """What is to be read: text, JSON, XML or a workbook."""

    name: str
    """As people name it: ``mail.eml/export.zip/curve.txt``."""
    path: str = field(repr=False)
    """The same as it is, perhaps with the numbers of meters."""
    content: bytes = field(repr=False)
    workbook: bool = False
    edition: int = 0
    """When the mail it came with was sent, else 0."""


@dataclass(slots=True)
class Opener:
    """Opens one file after the other with the same secrets."""

    secrets: Secrets = field(default_factory=Secrets)
    unpacked: int = 0
    """Bytes so far, of one file."""

    def pieces(self, raw: bytes, name: str) -> Iterator[Piece | Finding]:
        """What a file holds, and a finding for each part that is not read. ``name`` may hold meters' numbers."""
        self.unpacked = 0
        yield from self._open(raw, name, NO_TOPIC, 0, 0)

    def learn(self, raw: bytes, name: str) -> bool:
        """Keep the password that a mail tells; whether it told one."""
        try:
            mail = _mail(raw, name)
        except Refused:  # told when it is opened
            return False
        if mail is None or mail.attachments or not mail.passwords:
            return False
        self.secrets.mailed += [(mail.topic, password) for password in mail.passwords]
        return True

    def _open(self, raw: bytes, name: str, topic: Topic, edition: int, depth: int) -> Iterator[Piece | Finding]:
        try:
            if depth > DEEPEST:
                raise broken(shown(name), f"archives and mails lie in one another more than {DEEPEST} deep")
            for magic, what, hint in _OTHERS:
                if raw.startswith(magic):
                    raise broken(shown(name), f"the file is {what}, which is not read here", hint)
            if raw.startswith(_ZIP):
                yield from self._archive(raw, name, topic, edition, depth)
            elif mail := _mail(raw, name):
                for file, content in mail.attachments:
                    yield from self._open(content, f"{name}/{file}", mail.topic, mail.edition, depth + 1)
            elif _is_text(raw):
                yield Piece(shown(name), name, _text(raw, shown(name)), edition=edition)
            else:
                yield from self._open(self._decrypted(raw, shown(name)), name, topic, edition, depth + 1)
        except Refused as refused:
            yield from refused.findings

    def _archive(self, raw: bytes, name: str, topic: Topic, edition: int, depth: int) -> Iterator[Piece | Finding]:
        if raw.count(_ENTRY) > MOST_MEMBERS:
            raise broken(shown(name), f"the archive holds more than {MOST_MEMBERS} files")
        archive = _archive(raw, name)
        members = _members(archive)
        if any(one.filename == "xl/workbook.xml" for one in members):
            _check_workbook(archive, members, shown(name))
            yield Piece(shown(name), name, raw, workbook=True, edition=edition)
            return
        for member in members:
            _check_path(member, name)
        if any(one.flag_bits & _ENCRYPTED for one in members):
            archive = self._unlocked(archive, raw, members, name, topic)
        for member in _members(archive):
            try:
                content = self._member(archive, member, name)
            except Refused as refused:
                yield from refused.findings
            else:
                yield from self._open(content, f"{name}/{member.filename}", topic, edition, depth + 1)

    def _unlocked(self, archive: Any, raw: bytes, members: list[ZipInfo], name: str, topic: Topic) -> Any:
        """The archive with the password that opens it; raise Refused (ACC432) where none does."""
        smallest = min((one for one in members if one.flag_bits & _ENCRYPTED), key=lambda one: one.file_size)
        if smallest.compress_type == 99 or smallest.extra[:2] == b"\x01\x99":
            try:
                from pyzipper import AESZipFile
            except ImportError as error:
                raise MissingExtra("enedis", "pyzipper") from error
            archive = AESZipFile(BytesIO(raw))
            smallest = archive.getinfo(smallest.filename)
        passwords = self.secrets.passwords(topic)
        for password in passwords:
            archive.setpassword(password)
            try:
                with archive.open(smallest) as content:
                    while content.read(1 << 16):
                        self._count(name, 1 << 16)
            except _BROKEN:
                continue
            return archive
        place = Place(shown(name))
        if passwords:
            message = f"none of {len(passwords)} passwords known opens this archive"
            hint = f"the mail with its password belongs beside it; or put the password into {PASSWORD}"
        else:
            message = "this archive is encrypted, and no password is known"
            hint = f"save the mail with its password beside it, or put the password into the variable {PASSWORD}"
        raise Refused(Finding("ACC432", message, place, hint))

    def _member(self, archive: Any, member: ZipInfo, name: str) -> bytes:
        full = shown(f"{name}/{member.filename}")
        try:
            with archive.open(member) as content:
                read = bytes(content.read(MOST_BYTES + 1))
        except NotImplementedError as unknown:
            hint = "pack it again as a plain ZIP archive, or unpack it"
            raise broken(full, "it is packed in a way that is not read here", hint) from unknown
        except _BROKEN as wrong:
            raise broken(full, "the archive is broken or cut off here", "download it again") from wrong
        if len(read) > MOST_BYTES:
            raise broken(full, f"it holds more than {MOST_BYTES >> 20} MiB", "ask for fewer meters or months")
        self._count(name, len(read))
        return read

    def _count(self, name: str, size: int) -> None:
        self.unpacked += size
        if self.unpacked > MOST_UNPACKED:
            message = f"it unpacks to more than {MOST_UNPACKED >> 20} MiB"
            raise broken(shown(name), message, "no month of an operation is so large; ask where it comes from")

    def _decrypted(self, raw: bytes, name: str) -> bytes:
        """The content of an encrypted flow; raise Refused where no key opens it."""
        keys = self.secrets.keys()
        if len(raw) % 16 or len(raw) < 32:
            hint = "text, JSON, XML, XLSX, ZIP archives and mails are read"
            raise broken(name, "this file is of no kind that is read here", hint)
        if not keys:
            hint = f"if it is an encrypted flow, put its AES key into the variable {KEY} (and {IV}), in hexadecimal"
            raise Refused(
                Finding("ACC432", "this file is encrypted, or of no kind that is read", Place(name), hint)
            )
        for key, vector in keys:
            content = _aes(raw, key, vector)
            if content is not None:
                return content
        hint = f"{KEY} holds the AES key of the flow in hexadecimal, 64 digits, or 32 and {IV}"
        raise Refused(Finding("ACC432", f"none of the keys in {KEY} opens this file", Place(name), hint))


def _aes(raw: bytes, key: bytes, vector: bytes) -> bytes | None:
    """AES in CBC: an early key of 128 bits with a fixed vector, one of 256 with the vector before the content."""
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError as error:
        raise MissingExtra("enedis", "cryptography") from error
    vector, content = (vector, raw) if vector else (raw[:16], raw[16:])
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    plain = decryptor.update(content) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= 16 or plain[-padding:] != bytes([padding]) * padding:
        return None
    plain = plain[:-padding]
    return plain if plain.startswith(_ZIP) or _is_text(plain) else None


def _archive(raw: bytes, name: str) -> ZipFile:
    try:
        return ZipFile(BytesIO(raw))
    except _BROKEN as wrong:
        raise broken(shown(name), "the archive is broken or cut off", "download it again") from wrong


def _members(archive: Any) -> list[Any]:
    """The files in an archive, without those that a Mac adds."""
    return [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]


def _check_path(member: ZipInfo, name: str) -> None:
    path = member.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or ":" in path.split("/")[0]:
        message = "a file of this archive has a path that leads out of it; nothing of it is read"
        raise broken(shown(name), message, "no archive of Enedis has any; ask where it comes from")


def _check_workbook(archive: ZipFile, members: list[ZipInfo], name: str) -> None:
    """A workbook is XML: none of it may declare what only an attack has, nor be larger than any."""
    if sum(member.file_size for member in members) > MOST_WORKBOOK:
        raise broken(name, f"this workbook unpacks to more than {MOST_WORKBOOK >> 20} MiB", "split it by month")
    for member in members:
        if not member.filename.endswith((".xml", ".rels")):
            continue
        try:
            with archive.open(member) as content:
                head = content.read(4096)
        except _BROKEN as wrong:
            raise broken(name, "this workbook is broken, cut off or encrypted", "download it again") from wrong
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise broken(name, "this workbook declares a document type or entities, and is not read")


def _mail(raw: bytes, name: str) -> mails.Mail | None:
    if len(raw) > MOST_MAIL and (raw.startswith(_OLE) or mails.is_mail(raw)):
        raise broken(shown(name), f"this mail holds more than {MOST_MAIL >> 20} MiB", "save its attachments")
    if raw.startswith(_OLE):
        return mails.read_outlook(raw, shown(name))
    return mails.read(raw, shown(name)) if mails.is_mail(raw) else None


def _is_text(raw: bytes) -> bool:
    """Whether bytes may be text: no control characters, or a mark of what encoding it is."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return not raw[:4096].translate(None, bytes(_TEXT))


def _text(raw: bytes, name: str) -> bytes:
    """XML is handed on as it is: it says its encoding itself."""
    return raw if raw.lstrip()[:1] == b"<" else decode(raw, name).content
