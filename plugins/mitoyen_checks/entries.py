"""What keys and tariffs have in common: entries by date, that name participants and say why they were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

from mitoyen.contracts import Entry, Finding, Operation, Place
from mitoyen.diagnostics import nearest
from mitoyen_checks.days import Stretch, reigns, taking_part

Where = tuple[str, ...]
"""A file, then the keys that lead to its date-keyed map."""

SHOWN = 8
"""More names than this are counted, not listed."""


class Explained(Protocol):
    """An entry by date that may say why it was written."""

    @property
    def start(self) -> date: ...

    @property
    def because(self) -> str | None: ...


def unexplained(operation: Operation, where: Where, entries: Sequence[Explained]) -> Iterator[Finding]:
    """ACC120: from the second entry on, a change says who decided it."""
    for entry, _reign in reigns(entries)[1:]:
        if not (entry.because or "").strip():
            yield Finding(
                "ACC120",
                f"the change of {entry.start} does not say why",
                place(operation, where, entry),
                help='add "because:" with who decided it and when, such as because: general assembly '
                "2026-03-12, resolution 2",
            )


def misnamed(operation: Operation, where: Where, entry: Entry, reign: Stretch, word: str) -> Iterator[Finding]:
    """ACC201, ACC202, ACC203, ACC207: what an entry says of people. ``word`` is what the entry is called."""
    seen: dict[tuple[tuple[str | int, ...], str], int] = {}
    for path, kind, name in entry.names:
        spot = operation.locate(where[0], *where[1:], str(entry.start), *path, key=bool(path) and path[-1] == name)
        yield from _unknown(operation, kind, name, reign, word, spot)
        # Only repetition inside one list is a slip. One consumer may well stand under two producers, or in
        # two options.
        if path and isinstance(path[-1], int):
            listed = (_list(path), name)
            seen[listed] = seen.get(listed, 0) + 1
            if seen[listed] == 2:
                yield Finding(
                    "ACC207", f"{name} is named twice", spot, help="name each member once, where it belongs"
                )


def _unknown(
    operation: Operation, kind: str, name: str, reign: Stretch, word: str, spot: Place
) -> Iterator[Finding]:
    participants = operation.participants
    if kind == "meter":
        found = [one for one in participants.values() if one.meter == name]
        if not found:
            meters = {one.meter for one in participants.values()}
            yield Finding("ACC201", f"no participant has the meter {name}", spot, help=near(name, meters))
    else:
        found = [participants[name]] if name in participants else []
        alike = {one.id for one in participants.values() if kind in ("participant", one.role)}
        if not found:
            yield Finding("ACC201", f"{name} is not a participant", spot, help=near(name, alike))
        elif found[0].id not in alike:
            yield Finding(
                "ACC203",
                f"{name} is a {found[0].role}, a {kind} is expected here",
                spot,
                help=near(name, alike),
            )
            return
    stretches = [taking_part(one) for one in found]
    if found and not any(stretch and stretch.overlap(reign) for stretch in stretches):
        days = " and ".join(str(stretch) for stretch in stretches if stretch) or "on no day"
        yield Finding(
            "ACC202",
            f"{name} takes part {days}, on no day of this {word} ({reign})",
            spot,
            help=f"take {name} out of this {word}, or correct the dates in participants.yaml",
        )


def _list(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The list a path leads into; lists of lists (levels, groups) count as one."""
    end = len(path)
    while end and isinstance(path[end - 1], int):
        end -= 1
    return path[:end]


def place(operation: Operation, where: Where, entry: Explained) -> Place:
    """The date at which an entry was written."""
    return operation.locate(where[0], *where[1:], str(entry.start), key=True)


def near(name: str, known: Iterable[str], file: str = "participants.yaml") -> str:
    """What may have been meant, without listing a whole village."""
    known = sorted(known)
    text = nearest(name, known) or f"add it to {file} first"
    return text if len(known) <= SHOWN or text.startswith("did you mean") else f"see {file} for the names"


def several(names: Iterable[str]) -> str:
    """``m-1, m-2 and m-3``, or the first ones and a count."""
    names = sorted(names)
    if len(names) > SHOWN:
        return f"{', '.join(names[: SHOWN - 1])} and {len(names) - SHOWN + 1} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
