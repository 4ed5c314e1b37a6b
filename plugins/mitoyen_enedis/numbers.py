"""From the operator's number of a meter to its alias: by the vault, by a file outside git, by the options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mitoyen import located
from mitoyen.contracts import Finding, Place, Request, Role
from mitoyen.diagnostics import Refused
from mitoyen_enedis.options import Settings, named
from mitoyen_enedis.payload import NUMBER

NOT_ASKED = "of a meter that is not in the operation this month"
UNKNOWN = "of no meter of the operation"
OTHER_DIRECTION = "of the other direction (what is withdrawn, what is injected)"
UNCLEAR = "of a meter that the file does not tell"
CONTRADICTED = "of another meter than the options say"


@dataclass(frozen=True, slots=True)
class Whose:
    """The meter of a curve, or why it has none."""

    alias: str = ""
    reason: str = ""
    found: str = ""
    """How it was found, where the file itself does not say it."""


@dataclass(slots=True)
class Numbers:
    """The meters of an operation and their numbers."""

    roles: Mapping[str, set[Role]]
    """Of every meter that is asked for this month."""
    known: Mapping[str, str]
    """Numbers by alias."""
    whose: Mapping[str, str]
    """Aliases by pattern of file name."""
    nobodys: set[str] = field(default_factory=set)
    """Numbers that were met and that no meter has."""
    unclear: set[str] = field(default_factory=set)
    """Likewise the names of files whose meter is not told."""

    def of(self, number: str, role: Role | None, path: str) -> Whose:
        """Whose a curve of this file is."""
        said = named(self.whose, path)
        if NUMBER.fullmatch(number):
            return self._by_number(number, role, said)
        if said:
            return self._asked(said, "by `whose:`")
        told = sorted({one for one in NUMBER.findall(path) if one in self.known.values()})
        if len(told) == 1:
            one = self._by_number(told[0], role, None)
            return Whose(one.alias, one.reason, "by the name of the file")
        self.unclear.add(path)
        return Whose(reason=UNCLEAR)

    def _by_number(self, number: str, role: Role | None, said: str | None) -> Whose:
        mine = sorted(alias for alias, known in self.known.items() if known == number)
        if said and ((mine and said not in mine) or (not mine and said in self.known)):
            return Whose(reason=CONTRADICTED)
        if said:
            return self._asked(said, "by `whose:`")
        if not mine:
            self.nobodys.add(number)
            return Whose(reason=UNKNOWN)
        asked = [alias for alias in mine if alias in self.roles]
        if not asked:
            return Whose(reason=NOT_ASKED)
        fitting = [alias for alias in asked if role is None or role in self.roles[alias]]
        if not fitting:
            return Whose(reason=OTHER_DIRECTION)
        # One number may be that of a site which withdraws and injects: the direction tells, or nothing does.
        return Whose(fitting[0]) if len(fitting) == 1 else Whose(reason=UNCLEAR)

    def _asked(self, alias: str, found: str) -> Whose:
        return Whose(alias, found=found) if alias in self.roles else Whose(reason=NOT_ASKED)


def gathered(request: Request, settings: Settings) -> Numbers:
    """Raise Refused (ACC412, ACC431, ACC706 and those of YAML) where the file of numbers does not hold."""
    roles: dict[str, set[Role]] = {}
    for point in request.points:
        roles.setdefault(point.meter, set()).add(point.role)
    known = dict(request.numbers)
    if settings.numbers is not None:
        known = _agreed(known, *_file(request, settings.numbers))
    return Numbers(roles, known, settings.whose)


def _agreed(vault: Mapping[str, str], file: Mapping[str, str], path: Path) -> dict[str, str]:
    for alias, number in file.items():
        if vault.get(alias, number) != number:
            message = f"{alias} has one number in this file and another in the vault"
            raise Refused(
                Finding("ACC431", message, Place(str(path)), "a meter has one number; correct the wrong one")
            )
    return {**vault, **file}


def _file(request: Request, name: str) -> tuple[dict[str, str], Path]:
    from mitoyen.repository.exposed import exposed

    path = _found(name, request.folders)
    place = request.locate("numbers")
    if path is None:
        hint = "an absolute path, one below ~, or one in the folder of --file or MITOYEN_DATA"
        raise Refused(Finding("ACC412", f"no file {name}", place, hint))
    if reason := exposed(path.parent.resolve()):
        hint = "keep it where git does not look, such as ~/mitoyen/numbers.yaml"
        raise Refused(Finding("ACC706", f"numbers of meters would get into git: {reason}", place, hint))
    value = _parsed(path)
    if not isinstance(value, dict) or not all(_is_entry(alias, number) for alias, number in value.items()):
        message = "not every line of this file is alias: number, with 14 digits between quotes"
        raise Refused(Finding("ACC431", message, Place(str(path)), 'mtr-01: "…"'))
    return value, path


def _parsed(path: Path) -> object:
    """What the file says; a finding of it shows none of its lines."""
    try:
        return located.parse(path.read_bytes(), str(path)).value
    except OSError as failure:
        message = f"the file cannot be read: {failure.strerror}"
        raise Refused(Finding("ACC412", message, Place(str(path)))) from failure
    except Refused as refused:
        place = refused.findings[0].place
        at = Place(str(path), place.line, place.column) if place else Place(str(path))
        raise Refused(Finding("ACC431", "this file is not YAML of the form alias: number", at)) from None


def _is_entry(alias: object, number: object) -> bool:
    return isinstance(alias, str) and isinstance(number, str) and NUMBER.fullmatch(number) is not None


def _found(name: str, folders: Sequence[Path]) -> Path | None:
    path = Path(name).expanduser()
    places = [path] if path.is_absolute() else [folder / path for folder in folders]
    return next((one for one in places if one.is_file()), None)
