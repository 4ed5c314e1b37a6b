"""Every version of every manifest: what was issued is kept (ACC522, ACC523)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mitoyen.cache import blob_id
from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused
from mitoyen.repository import Repository
from mitoyen.repository.line import Commit
from mitoyen.repository.trees import shown
from mitoyen.verify.manifests import AT_ONCE, FILE, in_parts
from mitoyen.verify.past import Past, short, who
from mitoyen.verify.verified import Verified
from mitoyen.workspace import Workspace

_STATE = re.compile(rb"^state: *[\"']?([a-z]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Issue:
    """A version of a manifest that may never change, and the commit that brought it."""

    blob: str
    commit: Commit


def kept(here: Workspace, past: Past, names: set[str], done: Verified) -> None:
    """ACC522, ACC523: since it was issued no manifest has changed, and none that was committed is gone."""
    touches = [
        (touch.commit, {path: sides[1] for path, sides in touch.files.items() if _is_manifest(path, names)})
        for touch in past.touches
    ]
    issued = _issued(here, {blob for _commit, files in touches for blob in files.values() if blob})
    now: dict[str, tuple[str | None, Commit]] = {}
    sealed: dict[str, _Issue] = {}
    broken: dict[str, tuple[str | None, Commit]] = {}
    for commit, files in touches:
        for path, blob in files.items():
            now[path] = (blob, commit)
            if path not in sealed:
                if blob in issued:
                    sealed[path] = _Issue(str(blob), commit)
            elif blob != sealed[path].blob:
                broken.setdefault(path, (blob, commit))
    for path, (blob, commit) in sorted(now.items()):
        here_now = _in_folder(here.repository, path)
        if path in sealed:
            done.findings += _seal(here.repository, path, sealed[path], broken.get(path), here_now)
        elif here_now is None:
            by = "deleted in the folder, not committed yet" if blob else f"deleted by {who(commit)}"
            last = f"{short(commit.id)}^" if blob is None else "HEAD"
            done.findings.append(
                Finding(
                    "ACC523",
                    f"a manifest that was committed is gone: {by}",
                    Place(shown(path)),
                    f"git restore --source={last} -- {shown(path)}, or settle that month again",
                )
            )


def _is_manifest(path: str, names: set[str]) -> bool:
    operation, _, file = path.partition("/")
    return bool(FILE.fullmatch(file)) and (not names or operation in names)


def _issued(here: Workspace, blobs: set[str]) -> set[str]:
    """Those of the contents that are manifests of an issued month."""
    found = set()
    for part in in_parts(sorted(blobs), 16 * AT_ONCE):
        for blob, content in here.repository.contents(part).items():
            # The form we write tells its state at a glance; whatever was written otherwise is read as YAML.
            match = _STATE.search(content)
            state = match[1].decode() if match else _state(here, content)
            if state not in ("draft", ""):
                found.add(blob)
    return found


def _state(here: Workspace, content: bytes) -> str:
    try:
        return str(here.cache.parse(content, "").value.get("state", ""))
    except Refused:
        return ""


def _in_folder(repository: Repository, path: str) -> bytes | None:
    """A file's content with the line ends git keeps, whatever this machine makes of them; None where it is gone."""
    file = repository.folder / path
    return file.read_bytes().replace(b"\r\n", b"\n") if file.is_file() and not file.is_symlink() else None


def _seal(
    repository: Repository,
    path: str,
    issue: _Issue,
    broken: tuple[str | None, Commit] | None,
    folder: bytes | None,
) -> Iterator[Finding]:
    """What was done to one issued manifest, by the first commit that touched it or in the folder."""
    restored = folder is not None and blob_id(folder) == issue.blob
    if restored and broken is None:
        return
    contents = repository.contents(blob for blob in (issue.blob, broken[0] if broken else None) if blob)
    original = contents[issue.blob]
    after = folder if broken is None else contents.get(broken[0] or "")
    by = f"by {who(broken[1])}" if broken else "in the folder, not committed yet"
    since = f"issued by {who(issue.commit)}"
    advice = f"git restore --source={short(issue.commit.id)} -- {shown(path)}; a correction is a new revision"
    if after is None:
        yield Finding(
            "ACC522",
            f"a manifest {since} was deleted {by}" + (" and is back as it was" if restored else ""),
            Place(shown(path)),
            "" if restored else advice,
            "warning" if restored else "error",
        )
        return
    yield Finding(
        "ACC522",
        f"a manifest {since} was changed {by}"
        + (" and is back as it was" if restored else "")
        + f": {_first_difference(original, after)}",
        _place(shown(path), original, after),
        "" if restored else advice,
        "warning" if restored else "error",
    )


def _at_byte(original: bytes, after: bytes) -> int:
    """The first byte that differs, counted from 0."""
    pairs = zip(original, after, strict=False)
    return next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(original), len(after)))


def _line_of(content: bytes, at: int) -> str:
    start = content.rfind(b"\n", 0, at) + 1
    return content[start:].partition(b"\n")[0].decode(errors="replace")


def _first_difference(original: bytes, after: bytes) -> str:
    at = _at_byte(original, after)
    line = original[:at].count(b"\n") + 1
    one, two = _line_of(original, at).strip(), _line_of(after, at).strip()
    return f'from byte {at + 1} (line {line}) on, "{one}" was issued, "{two}" stands there'


def _place(path: str, original: bytes, after: bytes) -> Place:
    at = _at_byte(original, after)
    before = after[:at]
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    return Place(path, before.count(b"\n") + 1, column, 1, _line_of(after, at))
