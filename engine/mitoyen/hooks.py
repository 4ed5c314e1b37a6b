"""What git's hooks are: a marked block in each script, and what a push to a bare repository does.

In a clone, a commit or a merge is settled at once and a push is checked first. A bare repository, of a co-operative
with a plain server and no forge, settles what is pushed to it: push = settle.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from mitoyen.diagnostics import UsageError
from mitoyen.repository.hooked import Hooked
from mitoyen.repository.trees import OPERATIONS
from mitoyen.written import write_whole

CLONE = {"post-commit": "settle.sh", "post-merge": "settle.sh", "pre-push": "check.sh"}
BARE = {"post-receive": "receive.sh"}
"""By the name of the hook, the block that is called from it."""

STORE = "mitoyen-store"
"""In a bare repository, the folder of what is kept outside git, where MITOYEN_STORE names no other."""

PLACE = "mitoyen-settling"
"""In a bare repository, the folder of the lock and of the work tree of the push that is being settled."""

TRIES = 10
"""How often a push is settled again from the new tip because people went on pushing."""

SHEBANG = "#!/bin/sh\n"
_BLOCK = re.compile(r"^# mitoyen begin\b.*?^# mitoyen end\n", re.DOTALL | re.MULTILINE)
_SHELL = re.compile(r"#!.*\b(sh|bash|dash|ash|ksh|zsh)\b")


def blocks(here: Hooked, folder: Path, command: str) -> dict[Path, str]:
    """The block of each hook of a repository, by the path of its script.

    ``folder`` holds operations/ (in a clone), ``command`` is what runs mitoyen.
    """
    inside = "./" + Path(os.path.relpath(folder, here.top)).as_posix()
    words = {"@folder@": shlex.quote(inside), "@mitoyen@": shlex.quote(command)}
    templates = files("mitoyen.scaffold").joinpath("hooks")
    found = {}
    for hook, template in (BARE if here.bare else CLONE).items():
        text = templates.joinpath(template).read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        found[here.hooks / hook] = text
    return found


def install(wanted: dict[Path, str]) -> Iterator[str]:
    """Write hooks; what a person wrote in theirs stays, and ours is called after it. Yield what is worth saying."""
    scripts = {path: _with(path, block) for path, block in wanted.items()}
    for path, text in scripts.items():
        yield str(path)
        _write(path, text)
        last = next((line for line in reversed(_BLOCK.sub("", text).splitlines()) if line.strip()), "")
        if re.match(r"(exit|exec)\b", last):
            yield f'  it ends with "{last}": put our block above that line, or it is never reached'


def uninstall(paths: Iterable[Path]) -> Iterator[str]:
    """Take our blocks out of hooks, and nothing else."""
    for path in paths:
        text = _text(path) if path.is_file() else ""
        if not _BLOCK.search(text):
            continue
        rest = _BLOCK.sub("", text)
        yield str(path)
        if rest == SHEBANG:
            path.unlink()
        else:
            _write(path, rest)


def _with(path: Path, block: str) -> str:
    """A hook's script with our block in it, where the block was already or at the end."""
    if not path.exists():
        return SHEBANG + block
    text = _text(path)
    if not _SHELL.match(text):
        raise UsageError(f"{path} is not a shell script: ours cannot be added to it; nothing was changed")
    if not os.access(path, os.X_OK):
        raise UsageError(
            f"{path} is not executable, so that git ignores it: remove it or make it so; nothing was changed"
        )
    if _BLOCK.search(text):
        return _BLOCK.sub(lambda _found: block, text)
    return text + ("" if text.endswith("\n") else "\n") + block


def _text(path: Path) -> str:
    # surrogateescape: a person's script comes out as it went in, whatever its encoding.
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _write(path: Path, text: str) -> None:
    path = path.resolve()  # a hook may be a link into another folder, and stays one
    mode = path.stat().st_mode if path.exists() else 0o755
    write_whole(path, text.encode("utf-8", "surrogateescape"))
    path.chmod(mode & 0o777)


def receive(here: Hooked, lines: Iterable[str], settle: Callable[[Path], int], say: Callable[[str], None]) -> int:
    """Settle what was pushed to a bare repository, and move its branch to the commit that records it.

    ``lines`` are git's, "old new ref"; without any, a hook above ours has read them and the branch is looked at
    anyway. ``settle`` settles in a folder and returns its exit code.

    The branch moves only from the very commit that was settled: where someone pushed meanwhile, the work is done
    again from theirs. A run that was killed leaves the branch as it was, and the next push settles for both.
    """
    branch = here.branch
    refs = [line.split()[2] for line in lines if line.strip()]
    if refs and branch not in refs:
        return 0
    os.environ.setdefault("MITOYEN_STORE", str(here.top / STORE))
    with _one_after_the_other(here.top / PLACE, say) as place:
        here.sweep(place)
        for _try in range(TRIES):
            tip = here.tip(branch)
            if tip is None:
                return 0
            with here.work_tree(place, tip) as folder:
                if not (folder / OPERATIONS).is_dir():
                    return 0
                code = settle(folder)
                settled = Hooked(folder).tip("HEAD")
                if settled is None or settled == tip:
                    return code
                if here.move(branch, settled, tip):
                    say(f"{branch.removeprefix('refs/heads/')} is now at {settled[:10]}: git pull before you go on")
                    return code
    say("people go on pushing: this is settled with the next push")
    return 1


@contextmanager
def _one_after_the_other(place: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """Hold the lock of a bare repository's settlements; that of a dead process does not hold."""
    from filelock import FileLock, Timeout

    place.mkdir(exist_ok=True)
    lock = FileLock(place / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("another push is being settled; waiting for it")
        lock.acquire()
    try:
        yield place
    finally:
        lock.release()
