"""Writes docs/errors.md, the catalogue of messages, from tests/errors: ``python docs/errors.py``.

Each folder of tests/errors holds a text that mitoyen prints and the files that cause it, and is a test. So the
catalogue shows what is really said. The same folders always make the same bytes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "errors"
PAGE = ROOT / "docs" / "errors.md"

FAMILIES = {
    "ACC1": "Files: YAML, fields and values",
    "ACC2": "Keys",
    "ACC3": "Tariffs",
    "ACC4": "Meter data",
    "ACC5": "Settlement and commands",
    "ACC6": "Plugins",
    "ACC7": "Privacy",
    "ACC8": "Billing",
    "FRA1": "French law",
    "PDF1": "Invoices as PDF",
    "RPT1": "The report",
}
OTHERS = "Others"

OWN = {"expected.txt", "command.txt", "settings.txt", "operator.json"}
"""Files of a folder that are not part of the repository under test."""

LONGEST = 12
"""Lines of a new file that are shown without a choice."""

NOT_TEXT = "(this file is not UTF-8 text)"

HEAD = """\
# Messages

<!-- Made by docs/errors.py from tests/errors: change those, then run `python docs/errors.py`. -->

Tout ce que mitoyen peut reprocher à un dossier, par famille. Chaque message a un code, l'endroit exact, et ce qu'il
faut faire (`help:`). Ces textes sont ceux que les tests exigent, au signe près.

Everything mitoyen may find fault with, by family: the text it prints, and what causes it, as the difference from
[an operation that holds](../tests/errors/base/operations/boucle). Each is a test. An *error* makes the command exit
with 1; a *warning* does not.
"""


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8", newline="\n")


def page() -> str:
    """The whole page."""
    cases = sorted(path.parent for path in CASES.glob("*/expected.txt"))
    parts = [HEAD, "| code | for instance |\n|---|---|\n" + "".join(_row(case) for case in cases)]
    families = list(FAMILIES.values())
    cases.sort(key=lambda case: ([*families, OTHERS].index(_family(case)), case.name))
    for family, members in groupby(cases, _family):
        parts.append(f"## {family}\n")
        parts += ["\n".join(_section(case)) for case in members]
    return "\n".join(parts)


def _family(case: Path) -> str:
    return FAMILIES.get(case.name[:4], OTHERS)


def _row(case: Path) -> str:
    first = _expected(case).partition("\n")[0].removeprefix(f"{case.name} ")
    return f"| [{case.name}](#{case.name.lower()}) | {_escaped(first)} |\n"


def _escaped(text: str) -> str:
    """Text that neither ends a cell nor starts a tag."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").replace("*", "\\*")


def _expected(case: Path) -> str:
    """What is printed, from the first message on: a command may say first what it did."""
    text = (case / "expected.txt").read_text(encoding="utf-8")
    start = 0 if text.startswith(case.name) else text.find(f"\n{case.name} ") + 1
    return _printable(text[start:])


def _section(case: Path) -> Iterator[str]:
    yield f"### {case.name}\n"
    command = case / "command.txt"
    if command.exists():
        yield f"`mitoyen {command.read_text(encoding='utf-8').strip()}` says:\n"
    yield from _fenced("text", _expected(case).rstrip("\n").split("\n"))
    for path in sorted(case.rglob("*")):
        name = path.relative_to(case).as_posix()
        if path.is_file() and name not in OWN:
            yield f"Because of [`{name}`](../tests/errors/{case.name}/{name}):\n"
            base = CASES / "base" / name
            named = {int(line) for line in re.findall(rf"{re.escape(name)}:(\d+):", _expected(case))}
            yield from _fenced("diff", _difference(path, base) if base.is_file() else _new(path, named))


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    fence = "````" if any(line.startswith("```") for line in lines) else "```"
    yield "\n".join([f"{fence}{language}", *lines, fence]) + "\n"


def _difference(path: Path, base: Path) -> list[str]:
    """What a file has that the base has not, and the reverse."""
    before, after = _lines(base), _lines(path)
    if after is None:
        return [NOT_TEXT]
    changes = [*difflib.unified_diff(before or [], after, n=0, lineterm="")][2:]  # without the two names
    return [_printable(line) for line in changes if not line.startswith("@@")]


def _new(path: Path, named: set[int]) -> list[str]:
    """A file that the base has not; of a long one its first line, and those around the ones that are ``named``."""
    lines = _lines(path)
    if lines is None:
        return [NOT_TEXT]
    near = {1, *(one + more for one in named for more in (-1, 0, 1))} if named else range(1, LONGEST + 1)
    shown, last = [], 0
    for number, line in enumerate(lines, 1):
        if number in near or len(lines) <= LONGEST:
            shown += ["…"] * (number > last + 1) + [f"+{_printable(line)}"]
            last = number
    return shown + ["…"] * (last < len(lines))


def _lines(path: Path) -> list[str] | None:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return None


def _printable(text: str) -> str:
    """The signs that nobody sees, written out; numbers of meters and accounts, even invented, not at all."""
    seen = "".join(sign if sign.isprintable() or sign == "\n" else f"\\u{ord(sign):04x}" for sign in text)
    return re.sub(r"\d{14}|\bFR\d\d(?: ?[0-9A-Z]{4}){5}(?: ?\d{1,3})?", lambda found: "·" * len(found[0]), seen)


if __name__ == "__main__":
    main()
