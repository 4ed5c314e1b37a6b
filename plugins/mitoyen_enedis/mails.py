"""Mails with curves, as a mail program or Outlook saves them, and the mail that tells their password."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from mitoyen.host import MissingExtra
from mitoyen_enedis.payload import broken, moment
from mitoyen_enedis.secrets import Topic

MOST_ATTACHMENTS = 200

_HEADER = re.compile(
    rb"\A(?:From |(?:Received|Return-Path|MIME-Version|Subject|Date|Delivered-To|Message-ID|From|To|Content-Type"
    rb"|DKIM-Signature|ARC-[\w-]+|X-[\w-]+|Authentication-Results|Reply-To|References|Thread-[\w-]+): )",
    re.IGNORECASE,
)
_AGREEMENT = re.compile(r"ACC\d{8}", re.IGNORECASE)
_DAY = re.compile(r"\b(\d{1,2})[_/](\d{1,2})[_/](\d{4})\b")
_PASSWORD = re.compile(r"mot\s+de\s+passe\s+suivant\s*:\s*(\S{1,200})", re.IGNORECASE)
_USUAL = re.compile(r"[A-Za-z0-9!?@#€$%^&*]+")
_TAG = re.compile(r"<[^>]{0,5000}>")


@dataclass(frozen=True, slots=True)
class Mail:
    topic: Topic
    passwords: tuple[bytes, ...]
    """What its text says is the password; more than one where it is not clear where it ends."""
    attachments: tuple[tuple[str, bytes], ...]
    edition: int
    """When it was sent, UTC seconds; 0 where it does not say."""


def is_mail(content: bytes) -> bool:
    return bool(_HEADER.match(content))


def read(content: bytes, name: str) -> Mail:
    """A mail as it travels (``.eml``). Raise Refused (ACC420) where it is none."""
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    try:
        message = message_from_bytes(content, EmailMessage, policy=policy.default)
        subject, texts = str(message.get("subject", "")), []
        attachments: list[tuple[str, bytes]] = []
        for part in message.walk():
            if part.is_multipart():
                subject += " " + str(part.get("subject", ""))
                continue
            body = part.get_payload(decode=True)
            if not isinstance(body, bytes):
                continue
            if part.get_content_maintype() == "text" and not part.get_filename():
                texts.append(body.decode(_charset(part), "replace"))
            elif part.get_content_maintype() != "image":
                attachments.append((part.get_filename() or "attachment", body))
        sent = message.get("date")
        edition = int(sent.datetime.timestamp()) if sent is not None and getattr(sent, "datetime", None) else 0
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as wrong:
        raise broken(name, "this mail is broken or cut off", "save it again from the mail program") from wrong
    return _mail(name, subject, texts, attachments, edition)


def read_outlook(content: bytes, name: str) -> Mail:
    """A mail as Outlook saves it (``.msg``). Raise Refused (ACC420) where it is none."""
    try:
        from oxmsg import Message
    except ImportError as error:
        raise MissingExtra("enedis", "python-oxmsg") from error
    try:
        message = Message.load(content)
        attachments = [
            (one.file_name or "attachment", one.file_bytes or b"")
            for one in message.attachments
            if one.attached_by_value and not str(one.mime_type or "").startswith("image/")
        ]
        texts = [text for text in (message.body, message.html_body) if text]
        sent = message.sent_date
        edition = moment(sent.isoformat()) if sent else 0
        subject = message.subject or ""
    except MemoryError:
        raise
    except Exception as wrong:  # whatever the library falls over, the file is the cause
        hint = "save it again from Outlook; an old Excel file has to be saved as .xlsx"
        raise broken(name, "this is no mail of Outlook, or it is broken", hint) from wrong
    return _mail(name, subject, texts, attachments, edition)


def _charset(part: Any) -> str:
    import codecs

    charset = part.get_content_charset() or "utf-8"
    try:
        codecs.lookup(charset)
    except LookupError:
        return "latin-1"
    return str(charset)


def _mail(name: str, subject: str, texts: list[str], attachments: list[tuple[str, bytes]], edition: int) -> Mail:
    if len(attachments) > MOST_ATTACHMENTS:
        raise broken(name, f"this mail has more than {MOST_ATTACHMENTS} attachments")
    agreement = _AGREEMENT.search(subject)
    days = [f"{int(year):04}-{int(month):02}-{int(day):02}" for day, month, year in _DAY.findall(subject)[:2]]
    first, last = (*days, "", "")[:2]
    topic = (agreement[0].upper() if agreement else "", first, last)
    return Mail(topic, tuple(_passwords("\n".join(texts))), tuple(attachments), edition)


def _passwords(text: str) -> list[bytes]:
    found = []
    for word in _PASSWORD.findall(html.unescape(_TAG.sub(" ", text)))[:4]:
        usual = _USUAL.match(word)
        found += [word, *([usual[0]] if usual else []), word.rstrip(".,;")]
    return [word.encode() for word in dict.fromkeys(found) if word]
