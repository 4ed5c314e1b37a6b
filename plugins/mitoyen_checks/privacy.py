"""Nobody can be recognised in an operation's folder: git never forgets.

A secret that was found is not repeated: a message is read by more people than the file, and often kept longer. It
has the place, what kind of secret it is, and two digits to tell it from its neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mitoyen.contracts import Finding, Operation, Place

SHOWN = 10
"""Findings of one kind in one file; the rest are counted."""

SECRETS = {
    "ACC701": (
        "a 14-digit number",
        "a PRM or a SIRET belongs in the vault; write the alias of the meter here, such as mtr-01",
    ),
    "ACC702": ("a bank account number (IBAN)", "bank details belong in the vault"),
    "ACC703": ("a mail address", "addresses of people belong in the vault; name them by pseudonym here"),
    "ACC704": ("a telephone number", "telephone numbers belong in the vault; name people by pseudonym here"),
}
PUSHED = "if it was pushed already, removing it is not enough: the history keeps it"

# Lengths of the countries that pay in euros by SEPA: a length and a checksum together are hardly ever chance.
IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26,
    "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28,
    "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22,
}  # fmt: skip

BLANK = r" \u00a0\u202f"
_DIGEST = re.compile(r"sha(?:1|256|512):[0-9a-fA-F]+|(?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])")
_LINK = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'`)\]}]+")
_MOMENT = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d", re.ASCII
)
# Looking back comes after the first characters of a pattern, not before: the search skips to them, twice as fast.
_FOURTEEN = re.compile(r"\d{14}(?<!\d{15})(?<!\d\.\d{14})(?!\d)", re.ASCII)
# In groups of two to five digits, as PRM and SIRET are printed; one same separator, and no more groups around.
_GROUPS = re.compile(
    rf"\d\d(?<!\d\d\d)(?<!\d[.{BLANK}]\d\d)\d{{0,3}}([.{BLANK}])\d{{2,5}}(?:\1\d{{2,5}}){{1,5}}(?!\1?\d)", re.ASCII
)
_IBAN = re.compile(rf"(?<![0-9A-Za-z])[A-Za-z]{{2}}\d\d(?:[{BLANK}]?[0-9A-Za-z]){{11,30}}", re.ASCII)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
_PHONE = re.compile(
    rf"[+0](?<![\w+/-].)(?<!\d[.:].)"
    rf"(?:(?:(?<=\+)|(?<=0)0)(?:33|262|590|594|596)[{BLANK}.-]?(?:\(0\)[{BLANK}.-]?)?[1-9]|(?<=0)[1-9])"
    rf"([{BLANK}.-]?)\d\d(?:\1\d\d){{3}}(?![\d\w])",
    re.ASCII,
)
_STAMPED = re.compile(
    r"^[^\n]{0,40}?(?:\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4})[T ;,\t]{1,2}\d\d:\d\d[^\n]*\d", re.MULTILINE | re.ASCII
)
STAMPED_ROWS = 48
"""Half a day of quarter-hours: nobody writes that many stamped lines by hand."""

# fmt: off
DATA = frozenset({
    "csv", "tsv", "xls", "xlsx", "xlsm", "ods", "parquet", "feather", "arrow", "npy", "npz", "h5", "hdf5", "pkl",
    "json", "jsonl", "ndjson", "xml", "zip", "gz", "bz2", "xz", "zst", "7z", "rar", "tar", "tgz", "db", "sqlite",
    "sqlite3", "duckdb", "mdb", "pdf", "doc", "docx", "odt", "eml", "msg",
})
# fmt: on
PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "ico"})


def check(operation: Operation) -> Iterator[Finding]:
    # Files that are not YAML have no map of places, so the folder is taken from one that has.
    folder = PurePosixPath(operation.locate("operation.yaml").path).parent
    for name, text in sorted(operation.files.items()):
        path = str(folder / name)
        reason = _is_data(name, text)
        if reason:
            # What is inside need not be listed: the whole file must go.
            yield Finding(
                "ACC705",
                f"{reason}: meter data and documents do not belong in git",
                Place(path),
                help="move it out of the repository; fetch reads it from the folder named by MITOYEN_DATA or "
                f"from --file; {PUSHED}",
            )
        elif text is not None:
            yield from _found_in(path, text)


def _is_data(name: str, text: str | None) -> str | None:
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    if ending in DATA:
        return f"a {ending} file"
    if text is None:
        return None if ending in PICTURES else "a file that is no text, or too large for one"
    rows = sum(1 for _row in zip(range(STAMPED_ROWS), _STAMPED.finditer(text), strict=False))
    return "a load curve" if rows == STAMPED_ROWS else None


def _found_in(path: str, text: str) -> Iterator[Finding]:
    seek = _Seeker(text)
    seek.search("ACC702", _IBAN, _account)
    seek.search("ACC701", _FOURTEEN, seek.unless_moment)
    seek.search("ACC701", _GROUPS, _fourteen)
    if "@" in text:
        seek.search("ACC703", _MAIL, lambda match: None if match.group().startswith("git@") else match.end())
    seek.search("ACC704", _PHONE, lambda match: None if seek.in_link(match) else match.end())
    for code, spans in seek.found.items():
        what, advice = SECRETS[code]
        for index, (start, end) in enumerate(sorted(spans)[:SHOWN]):
            more = len(spans) - SHOWN if index == SHOWN - 1 else 0
            also = f", and {more} more in this file" if more > 0 else ""
            message = f"{what}{_masked(text[start:end])}{also}"
            yield Finding(code, message, _place(path, text, start, end), f"{advice}; {PUSHED}")


@dataclass(slots=True)
class _Seeker:
    """Looks for secrets in one text. What was taken for one kind is not taken for another as well."""

    text: str
    """What is left to look at: digests, and what was found, are struck out in place."""
    found: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Where each secret begins and ends, by code."""
    links: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.text = _DIGEST.sub(lambda match: "#" * len(match.group()), self.text)
        self.links = [match.span() for match in _LINK.finditer(self.text)] if "://" in self.text else []

    def search(self, code: str, pattern: re.Pattern[str], accept: Callable[[re.Match[str]], int | None]) -> None:
        """Take what matches; ``accept`` gives the end of the secret, or None where it is none."""
        kept, position, start = [], 0, 0
        while match := pattern.search(self.text, start):
            end = accept(match)
            if end is None:
                start = match.start() + 1
                continue
            self.found.setdefault(code, []).append((match.start(), end))
            kept += [self.text[position : match.start()], "#" * (end - match.start())]
            position = start = end
        self.text = "".join([*kept, self.text[position:]])

    def in_link(self, match: re.Match[str]) -> bool:
        index = bisect_right(self.links, (match.start(), len(self.text)))
        return index > 0 and match.start() < self.links[index - 1][1]

    def unless_moment(self, match: re.Match[str]) -> int | None:
        """Web archives put the second of a copy into its address, 14 digits too."""
        return None if _MOMENT.fullmatch(match.group()) and self.in_link(match) else match.end()


def _place(path: str, text: str, start: int, end: int) -> Place:
    """Without the line itself."""
    line = text.count("\n", 0, start) + 1
    return Place(path, line, start - text.rfind("\n", 0, start), width=end - start)


def _fourteen(match: re.Match[str]) -> int | None:
    """Fourteen digits in groups, one of which is longer than the hours or prices of a list."""
    groups = match.group().split(match[1])
    return match.end() if sum(map(len, groups)) == 14 and max(map(len, groups)) > 2 else None


def _account(match: re.Match[str]) -> int | None:
    """The end of the account number that a match begins with, where length and checksum are right."""
    wanted = IBAN_LENGTHS.get(match.group()[:2].upper())
    compact = ""
    for offset, letter in enumerate(match.group()):
        compact += letter.upper() if letter.isalnum() else ""
        if len(compact) == wanted:
            turned = compact[4:] + compact[:4]
            whole = int("".join(str(int(letter, 36)) for letter in turned))
            return match.start() + offset + 1 if whole % 97 == 1 else None
    return None


def _masked(secret: str) -> str:
    digits = "".join(letter for letter in secret if letter.isdigit())
    return f" ending in {digits[-2:]}" if len(digits) >= 8 else ""
