"""Which files a block of options means: globs looked up in folders, or what the command line names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import Protocol

from mitoyen.contracts import Finding, Place, Request
from mitoyen.diagnostics import Refused
from mitoyen.intake import privacy

_SHOWN = 8


class Block(Protocol):
    """Options that name files."""

    @property
    def files(self) -> Sequence[str]:
        """Globs."""

    @property
    def where(self) -> Sequence[str | int]:
        """The way to this block inside ``with:``."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read: where it is, how people name it, and the folder in which its name was looked up."""

    path: Path
    name: str
    folder: Path | None


def find(
    blocks: Sequence[Block], request: Request, source: str, endings: Sequence[str]
) -> tuple[list[list[Found]], list[Finding]]:
    """The files of each block (the curves' first) in order of name; an ACC412 for everything that leads to none.

    ``endings``, such as ``*.csv``, are what a hint shows of a folder where nothing fits.

    Files of the command line replace the globs: those of the curves, unless only a glob of some coefficients fits
    their name. A folder of the command line replaces the folders in which globs are looked up.
    """
    named = list({path.resolve(): path for path in request.files if not path.is_dir()}.values())
    folders = tuple(path for path in request.files if path.is_dir()) or request.folders
    owners = [_owner(path, blocks) for path in named]
    findings = [
        Finding("ACC412", f"no file {path}", Place(str(path)), "look at the name given with --file")
        for path in named
        if not path.is_file()
    ]
    files = []
    for number, block in enumerate(blocks):
        chosen = [path for path, owner in zip(named, owners, strict=True) if owner == number]
        if chosen:
            files.append([Found(path, str(path), None) for path in chosen if path.is_file()])
        else:
            found, lost = _glob(block, folders, request, source, endings)
            files.append(found)
            findings += lost
    curves = {one.path.resolve(): one for one in files[0]}
    both = sorted(
        curves[path].name for path in {one.path.resolve() for some in files[1:] for one in some} & {*curves}
    )
    findings += [
        Finding(
            "ACC412", "the globs of the curves and of coefficients both mean this file", Place(name), "narrow one"
        )
        for name in both
    ]
    return files, findings


def named(blocks: Sequence[Block], request: Request, source: str, endings: Sequence[str]) -> list[str]:
    """How people name the files that ``find`` finds, each with the folder it is in. Raise Refused (ACC412)."""
    files, lost = find(blocks, request, source, endings)
    if lost:
        raise Refused(*lost)
    every = [one for some in files for one in some]
    return [f"{privacy.masked(one.name)}{f' in {one.folder}' if one.folder else ''}" for one in every]


def _owner(path: Path, blocks: Sequence[Block]) -> int:
    """The block a file of the command line belongs to."""
    fitting = [number for number, block in enumerate(blocks) if _fits(path, block)]
    return fitting[0] if fitting else 0


def _fits(path: Path, block: Block) -> bool:
    return any(fnmatch(path.name, pattern.replace("\\", "/").rsplit("/", 1)[-1]) for pattern in block.files)


def _glob(
    block: Block, folders: tuple[Path, ...], request: Request, source: str, endings: Sequence[str]
) -> tuple[list[Found], list[Finding]]:
    if not block.files:
        message = f"no file to read: the source {source} has no `files:`"
        hint = 'write files: ["curves/*.csv"], or name files with --file'
        return [], [Finding("ACC412", message, request.locate(*block.where, "files"), hint)]
    found: dict[Path, Found] = {}
    findings = []
    for number, pattern in enumerate(block.files):
        here = _first_match(pattern, folders)
        for one in here:
            found.setdefault(one.path.resolve(), one)
        if not here:
            place = request.locate(*block.where, "files", number)
            findings.append(
                Finding("ACC412", f"no file matches {pattern!r}", place, _what_is_there(pattern, folders, endings))
            )
    return list(found.values()), findings


def _first_match(pattern: str, folders: tuple[Path, ...]) -> list[Found]:
    if Path(pattern).is_absolute():
        root = Path(Path(pattern).anchor)
        return [Found(path, str(path), None) for path in _matches(root, str(Path(pattern).relative_to(root)))]
    for folder in folders:
        if paths := _matches(folder, pattern):
            return [Found(path, path.relative_to(folder).as_posix(), folder) for path in paths]
    return []


def _matches(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(path for path in folder.glob(pattern) if path.is_file())
    except (ValueError, OSError):
        # Not a glob, such as "**curves"; or a folder that may not be read.
        return []


def _what_is_there(pattern: str, folders: tuple[Path, ...], endings: Sequence[str]) -> str:
    if Path(pattern).is_absolute():
        return "it is an absolute path: does it exist on this machine?"
    if not folders:
        return "no folder to look in: name one with --file DIR or in MITOYEN_DATA"
    told = []
    for folder in folders:
        if not folder.is_dir():
            told.append(f"{folder}: no such folder")
            continue
        there = sorted({str(path.relative_to(folder)) for path in islice(_curve_files(folder, endings), 200)})
        listed = ", ".join(there[:_SHOWN]) + (f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else "")
        told.append(f"{folder}: {listed or 'no ' + ' or '.join(endings)}")
    return "looked in " + "; ".join(told)


def _curve_files(folder: Path, endings: Sequence[str]) -> Iterator[Path]:
    # One level down is where people keep curves; a whole disk is not searched for the sake of a hint.
    for pattern in endings:
        yield from folder.glob(pattern)
        yield from folder.glob(f"*/{pattern}")
