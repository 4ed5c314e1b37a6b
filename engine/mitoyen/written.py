"""Files we write: whole or not at all, and the same bytes for the same content."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from mitoyen import scalars


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put ``content`` at ``path``: temporary file beside it, fsync, rename. A killed or full machine leaves the
    old file or the new one, never a part. What is ``private`` is never readable by others, not for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files only their owner may read; other files follow the usual rule of the machine.
        if not private:
            temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a killed run left half-written in a folder. Only for who holds the lock: nobody else writes."""
    if folder.is_dir():
        for path in folder.glob(".*.part"):
            path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def yaml(value: Mapping[str, Any], schema: str) -> bytes:
    """``value`` as the YAML we commit: block style, keys in the order given, the schema's modeline first.

    ``schema`` is the path of the schema relative to the file. Words that two programs may read differently come
    out quoted, so that our own loader takes the file back.
    """
    from ruamel.yaml import YAML  # here, so that `mitoyen --help` does without

    writer = YAML(typ="safe")  # libyaml's emitter where it is there: ten times the speed
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.width = 1 << 30  # a line is never folded: folding differs between emitters
    writer.representer.add_representer(_Quoted, _represent)  # last: it is made with the settings above
    stream = io.StringIO()
    stream.write(f"# yaml-language-server: $schema={schema}\n")
    writer.dump(_plain(value), stream)
    return stream.getvalue().encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        value = str(value)
    return _Quoted(value) if isinstance(value, str) and scalars.plain(value) != value else value


class _Quoted(str):
    """A text that would not be read as one without its quotes."""

    __slots__ = ()


def _represent(representer: Any, value: _Quoted) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:str", str(value), style="'")
