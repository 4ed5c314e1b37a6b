"""A folder that only its owner reads, and that git does not see: where people and their invoices are kept."""

from __future__ import annotations

import os
from pathlib import Path

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused
from mitoyen.repository.exposed import exposed


def outside_git(repository: Path, named: str, such: str = "~/mitoyen/parties") -> Path:
    """The folder of that name, relative to the repository; raise Refused where git would take what is in it."""
    folder = (repository / Path(named).expanduser()).resolve()
    reason = exposed(folder)
    if reason:
        raise Refused(
            Finding(
                "ACC706",
                f"people would get into git: {reason}",
                Place(str(folder)),
                f"choose a folder outside the repository, such as {such} (or add it to .gitignore)",
            )
        )
    return folder


def alone(path: Path, mode: int) -> None:
    """Raise Refused where somebody else may read or write it. Only posix has modes."""
    if os.name != "posix" or not path.exists():
        return
    found = path.stat().st_mode & 0o777
    if found & 0o077:
        raise Refused(
            Finding(
                "ACC707",
                f"others on this machine can look in here (mode {found:04o}, expected {mode:04o})",
                Place(str(path)),
                f"chmod {mode:o} '{path}'",
            )
        )


def make(folder: Path) -> None:
    """The folder and those above that are missing, open to nobody else."""
    for one in reversed((folder, *folder.parents)):
        if not one.is_dir():  # mkdir(parents=True) would leave those above open to all
            one.mkdir(mode=0o700)
