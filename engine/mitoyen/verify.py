"""Whether the record holds: what is written is what the frozen data give, and nobody has touched it since.

    manifests --computed again from frozen data, at the files of their commit--> the same      ACC520, ACC527
    frozen data --read and digested again--------------------------------------> their digest  ACC521
    first-parent line --every version of every manifest------------------------> issued: kept  ACC522, ACC523
    revisions of a month ------------------------------------------------------> one chain     ACC524
    head seen last ------------------------------------------------------------> still there   ACC525
    commits, where the federation asks for signatures -------------------------> signed        ACC526

Nothing cached is believed and nothing is written but the head that was seen, and that only when all holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import groupby, islice, product
from pathlib import PurePosixPath
from typing import Any, TypeVar

from mitoyen import model
from mitoyen.cache import blob_id
from mitoyen.clock import Month
from mitoyen.contracts import AllocationRule, DocumentFormat, Finding, Offer, Place, Store, TariffRule
from mitoyen.curves import Curves
from mitoyen.diagnostics import Refused, UsageError, as_data, failed, ordered
from mitoyen.host import Host
from mitoyen.located import Document
from mitoyen.model import Loaded
from mitoyen.repository import Commit, Repository, Touch, Tree, shown
from mitoyen.settlement import Unit, settle
from mitoyen.store import Lost, Results
from mitoyen.workspace import Workspace

FORMAT_VERSION = 1

_FILE = re.compile(r"settlements/(\d{4}-\d{2})\.(\d+)\.yaml")
_STATE = re.compile(rb"^state: *[\"']?([a-z]+)", re.MULTILINE)

_NOT_COMPUTED = {"operation", "month", "revision", "replaces", "state", "commit"}
"""Fields that no computation gives: which unit it is, what became of it, where its files are."""

_KINDS: Mapping[str, type[Offer]] = {
    "allocation": AllocationRule,
    "tariff": TariffRule,
    "documents": DocumentFormat,
}
"""What a manifest's ``rules`` name."""

_AT_ONCE = 64
"""Operations whose files are read through one process, and contents held at a time."""

O = TypeVar("O", bound=Offer)  # noqa: E741 - one letter, as type variables are
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Record:
    """A manifest of the folder: whose, and the files it says it was made from."""

    operation: str
    file: str
    month: str
    revision: int
    snapshot: str
    commit: str | None

    @property
    def path(self) -> str:
        return shown(self.operation, self.file)


@dataclass
class Verified:
    """What was looked at, and what was found."""

    findings: list[Finding] = field(default_factory=list)
    manifests: int = 0
    recomputed: int = 0
    snapshots: int = 0
    commits: int = 0
    signatures: int = 0
    notes: list[str] = field(default_factory=list)
    """What was not looked at, and why."""

    def as_data(self) -> dict[str, Any]:
        return {
            "format_version": FORMAT_VERSION,
            "verified": {
                "manifests": self.manifests,
                "recomputed": self.recomputed,
                "snapshots": self.snapshots,
                "commits": self.commits,
                "signatures": self.signatures,
                "notes": list(self.notes),
            },
            "findings": [as_data(finding) for finding in ordered(self.findings)],
        }


class FrozenOnly(Results):
    """The store for one who believes nothing but frozen data: no cached result is read, nothing is kept."""

    def freeze(self, curves: Curves) -> str:
        return curves.digest()

    def keep(self, stage: str, fingerprint: str, result: Mapping[str, Any]) -> None:
        pass

    def kept(self, stage: str, fingerprint: str) -> dict[str, Any] | None:  # noqa: ARG002 - as in Results
        return None


def verify(
    here: Workspace, names: tuple[str, ...] = (), since: str | None = None, sample: int | None = None
) -> Verified:
    """Verify operations (all of them where none is named). Raise UsageError in a shallow clone.

    ``since`` recomputes only the manifests that changed since a revision, ``sample`` so many of them: which ones
    follows from the head, so that a second look looks at the same. Everything else is looked at whole.
    """
    repository, done = here.repository, Verified()
    past = _past(repository, since, done)
    settings = here.settings
    results = FrozenOnly(
        here.host.get(Store, settings.store).open(repository.root, settings.store_options),
    )
    records: list[Record] = []
    lost: set[str] = set()
    for name in repository.select(names):
        loaded = model.load(repository.working, name, here.host, here.cache)
        records += _records(loaded, done)
        _frozen(loaded, results, done, lost)
        done.findings += _chain(loaded)
    done.manifests = len(records)
    chosen = _chosen(repository, records, past, since, sample)
    _recomputed(here, results, _settled_at(repository, chosen, past), lost, done)
    if past is not None:
        _kept(here, past, set(names), done)
        _signed(here, past, since, done)
        _grown(repository, past, done)
    return done


# --- the line of history -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Past:
    """The first-parent line, oldest first, and what each commit did to operations/."""

    head: str
    line: Sequence[str]
    touches: Sequence[Touch]


def _past(repository: Repository, since: str | None, done: Verified) -> _Past | None:
    if not repository.has_history:
        if since is not None:
            raise UsageError(f"--since {since}: there is no history here, no git repository or no commit yet")
        done.notes.append("no git history here: that issued manifests were never edited cannot be known")
        return None
    if repository.shallow:
        raise UsageError(
            "this clone is shallow, and a record is verified from its first commit on: "
            "`git fetch --unshallow` brings the history (in a workflow: fetch-depth: 0)"
        )
    repository.unreplaced()
    head = repository.resolve("HEAD")
    line = repository.first_parents(head)
    done.commits = len(line)
    return _Past(head, line, repository.touches("", head)[::-1])


# --- what the folder holds ---------------------------------------------------------------------------------------


def _records(loaded: Loaded, done: Verified) -> Iterator[Record]:
    """The manifests that can be read; what is wrong with the form of the others goes to the findings."""
    inside = (shown(loaded.id, "settlements") + "/", shown(loaded.id, "data") + "/")
    mine = [one for one in loaded.findings if one.place and one.place.path.startswith(inside)]
    done.findings += mine
    unsound = {one.place.path for one in mine if one.place and one.severity == "error"}
    for file, document in sorted(loaded.documents.items()):
        match = _FILE.fullmatch(file)
        if match and document.path not in unsound:
            value = document.value
            yield Record(loaded.id, file, match[1], int(match[2]), value["snapshot"], value.get("commit"))


def _frozen(loaded: Loaded, results: Results, done: Verified, lost: set[str]) -> None:
    """ACC521: the data that manifests and pointers name are in the store, and are those of their digest."""
    named: dict[str, Document] = {}
    # Manifests after pointers: where both name the same data, the record is what is at stake.
    for file, document in sorted(loaded.documents.items()):
        if file.startswith(("data/", "settlements/")) and isinstance(document.value.get("snapshot"), str):
            named[document.value["snapshot"]] = document
    for digest, document in sorted(named.items()):
        try:
            there = results.has_curves(digest)
        except ValueError:
            continue  # no digest at all: the schema has said so
        done.snapshots += 1
        month = PurePosixPath(document.path).name[:7]
        try:
            results.curves(digest)
        except Lost as problem:
            lost.add(digest)
            if there:
                message = f"the data of {month} in the store were swapped or damaged: they {problem} ({digest})"
                advice = "put the file back from a backup of the store; nothing settled on this one can be trusted"
            else:
                message = f"the data of {month} are missing: the store has nothing under {digest}"
                advice = f"restore the store, or `mitoyen fetch {loaded.id} --month {month}` from the same files"
            done.findings.append(document.finding("ACC521", message, "snapshot", help=advice))


def _chain(loaded: Loaded) -> Iterator[Finding]:
    """ACC524: a month has revisions 1, 2, 3…, each replacing the one before; only the last may be a draft."""
    months: dict[str, list[tuple[int, Document]]] = {}
    for file, document in sorted(loaded.documents.items()):
        if match := _FILE.fullmatch(file):
            months.setdefault(match[1], []).append((int(match[2]), document))
    for month, revisions in sorted(months.items()):
        what = f"{month} of {loaded.id}"
        before: tuple[int, Document] | None = None
        for revision, document in sorted(revisions, key=lambda one: (one[0], one[1].path)):
            last = before[0] if before else 0
            replaces = document.value.get("replaces")
            act = "settled" if document.value.get("state") == "draft" else "issued"
            if revision == last:
                message = f"{what} has two manifests that are revision {revision}"
                yield document.finding(
                    "ACC524", message, "revision", help="two issues of one month: keep the first"
                )
            elif revision != last + 1:
                missing = f"revision {last + 1}" + (f" to {revision - 1}" if revision > last + 2 else "")
                message = f"{what} has a revision {revision} and no {missing}"
                yield document.finding(
                    "ACC524",
                    message,
                    "revision",
                    help="revisions are counted without a hole: look what was removed",
                )
            elif replaces != (last or None):
                says = f"says that it replaces {replaces}" if replaces else "does not say that it replaces it"
                message = (
                    f"{what} is {act} twice: revision {revision} follows {last} and {says}"
                    if before
                    else f"{what}: revision 1 says that it replaces {replaces}, and there is none before it"
                )
                yield document.finding(
                    "ACC524", message, "replaces", help="of two issues of one month only the first holds"
                )
            if before and before[1].value.get("state") == "draft":
                message = f"{what}: revision {last} is a draft, and revision {revision} follows it"
                yield before[1].finding("ACC524", message, "state", help="a draft is settled again in its place")
            before = (revision, document)


# --- the computation, once more ----------------------------------------------------------------------------------


def _chosen(
    repository: Repository, records: Sequence[Record], past: _Past | None, since: str | None, sample: int | None
) -> list[Record]:
    """The manifests to recompute."""
    chosen = list(records)
    if since is not None:
        touched = repository.touched(repository.resolve(since))
        chosen = [one for one in chosen if one.file in touched.get(one.operation, ())]
    if sample is not None:
        seed = past.head if past else ""
        chosen.sort(key=lambda one: sha256(f"{seed} {one.path}".encode()).digest())
        chosen = chosen[:sample]
    return chosen


def _settled_at(
    repository: Repository, records: Iterable[Record], past: _Past | None
) -> list[tuple[str | None, Record]]:
    """Each manifest with the commit whose files it was made from, None for the folder as it is; by commit.

    A manifest made from files that were not committed names no commit: it went in with them.
    """
    if past is None:
        return [(None, one) for one in records]
    changed = repository.touched(past.head)
    last = {path: touch.commit.id for touch in past.touches for path in touch.files}
    found = []
    for one in records:
        committed = one.file not in changed.get(one.operation, ())
        found.append((one.commit or (last.get(f"{one.operation}/{one.file}") if committed else None), one))
    return sorted(found, key=lambda pair: (pair[0] or "", pair[1].path))


class _Inputs:
    """Some operations of a tree without their manifests, read at once: a thousand folders are not a thousand
    processes, and what was recorded has no part in what is computed."""

    def __init__(self, repository: Repository, tree: Tree, names: Iterable[str]) -> None:
        self.revision = tree.revision
        self._tree = tree
        self._listing = {
            name: {file: blob for file, blob in tree.listing(name).items() if not file.startswith("settlements/")}
            for name in names
        }
        wanted = (blob for files in self._listing.values() for blob in files.values())
        self._contents = repository.contents(wanted) if tree.revision else {}

    def operations(self) -> list[str]:
        return sorted(self._listing)

    def listing(self, operation: str) -> Mapping[str, str]:
        return self._listing[operation]

    def files(self, operation: str) -> Iterator[tuple[str, bytes | None]]:
        if self.revision is None:
            yield from (one for one in self._tree.files(operation) if one[0] in self._listing[operation])
            return
        for file, blob in self._listing[operation].items():
            yield file, self._contents[blob]

    def beside(self) -> list[str]:
        return self._tree.beside()

    def federation(self) -> bytes | None:
        return self._tree.federation()


def _recomputed(
    here: Workspace,
    results: Results,
    records: Sequence[tuple[str | None, Record]],
    lost: set[str],
    done: Verified,
) -> None:
    """ACC520, ACC527: every manifest against what its own files and data give, commit by commit."""
    known = here.repository.ancestors("HEAD") if any(commit for commit, _one in records) else frozenset()
    for commit, group in groupby(records, key=lambda pair: pair[0]):
        mine = [one for _commit, one in group]
        if commit is not None and commit not in known:
            done.findings += (_unknown(here, commit, one) for one in mine)
            continue
        tree: Tree = here.repository.working if commit is None else here.repository.at(commit)
        lang = str(here.said(tree).get("lang", "fr"))  # part of what makes a document, as it was then
        by_operation = [(name, list(some)) for name, some in groupby(mine, key=lambda one: one.operation)]
        for part in _parts(by_operation, _AT_ONCE):
            inputs = _Inputs(here.repository, tree, [name for name, _some in part])
            for name, some in part:
                loaded = model.load(inputs, name, here.host, here.cache)
                for one in some:
                    done.findings += _compared(here, results, inputs, loaded, one, lang, lost, done)


def _compared(
    here: Workspace,
    results: Results,
    tree: Tree,
    loaded: Loaded,
    record: Record,
    lang: str,
    lost: set[str],
    done: Verified,
) -> Iterator[Finding]:
    """One manifest against its computation."""
    path = here.repository.folder / record.operation / record.file
    document = here.cache.parse(path.read_bytes(), record.path)
    says = document.value
    named = {"operation": record.operation, "month": record.month, "revision": record.revision}
    for name, value in named.items():
        if says[name] != value:
            message = f"{name}: the manifest says {says[name]}, the name of its file {value}"
            yield document.finding(
                "ACC520", message, name, help="copied or renamed? the record of a month has one place"
            )
    unit: Unit | None = None
    problems: Sequence[Finding] = ()
    for host in _hosts(here.host, says.get("rules", {})):
        try:
            again = _computed(here, results, tree, loaded, record, host, lang)
        except Refused as refused:
            problems = problems or refused.findings
            continue
        unit = unit or again
        if again.fingerprint == says["fingerprint"]:
            unit = again
            break
    if unit is None:
        # Lost data were told where they are named; that nothing can be computed from them goes without saying.
        if record.snapshot not in lost or any(one.code != "ACC410" for one in problems):
            yield _impossible(document, tree, problems)
        return
    assert unit.manifest is not None  # noqa: S101 - recomputed as if there were no manifest yet
    done.recomputed += 1
    advice = _advice(says, unit.manifest, tree.revision)
    for keys, one, other in _differences(says, unit.manifest):
        if keys[0] not in _NOT_COMPUTED:
            message = f"{'.'.join(map(str, keys))}: the manifest says {_said(one)}, the computation {_said(other)}"
            yield document.finding("ACC520", message, *keys, help=advice)


def _computed(
    here: Workspace, results: Results, tree: Tree, loaded: Loaded, record: Record, host: Host, lang: str
) -> Unit:
    """The unit from its frozen data, as if nothing had been settled before. Raise Refused where it cannot be."""
    if host is not here.host:
        loaded = model.load(tree, record.operation, host, here.cache)
    if loaded.operation is None:
        raise Refused(*(one for one in loaded.findings if one.severity == "error"))
    return settle(replace(loaded, manifests={}), Month.parse(record.month), host, results, None, lang)


class _Older(Host):
    """The plugins installed, with the version named for some of their offers in place of the newest."""

    def __init__(self, host: Host, versions: Mapping[tuple[type[Offer], str], int]) -> None:
        self._host = host
        self._versions = versions
        self.distributions = host.distributions

    def all(self, kind: type[O]) -> list[O]:
        return self._host.all(kind)

    def get(self, kind: type[O], wanted: str, place: Place | None = None, version: int | None = None) -> O:
        if version is None:
            version = self._versions.get((kind, wanted))
        return self._host.get(kind, wanted, place, version)


def _hosts(host: Host, rules: Mapping[str, Sequence[str]]) -> Iterator[Host]:
    """The plugins as they are, then with every older version they still bring of the rules a manifest names.

    A manifest names rules and not their versions; these are in its fingerprint, which says which one it was.
    """
    yield host
    choices = []
    for name, kind in _KINDS.items():
        for rule in rules.get(name, ()):
            versions = sorted((one.version for one in host.all(kind) if one.id == rule), reverse=True)
            choices.append([((kind, rule), version) for version in versions])
    choices = [versions for versions in choices if len(versions) > 1]
    for chosen in islice(product(*choices), 1, None):
        yield _Older(host, dict(chosen))


def _differences(
    one: Any, other: Any, keys: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """The values that differ, with the keys that lead there; None for what one side does not have."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in (*one, *(key for key in other if key not in one)):
            yield from _differences(one.get(key), other.get(key), (*keys, key))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differences(mine, theirs, (*keys, index))
    elif one != other:
        yield keys, one, other


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)


def _advice(says: Mapping[str, Any], should: Mapping[str, Any], commit: str | None) -> str:
    """What a difference most likely comes from, read from the chain of digests.

    Each fingerprint is over the result before it, so that a rule which gives something else moves the result and
    the next fingerprint together; a digit changed by hand moves nothing but itself.
    """

    def moved(part: str, stage: str) -> bool:
        return bool(says[part][stage] != should[part][stage])

    def same_inputs(name: str) -> str:
        rules = ", ".join(should["rules"][name])
        return (
            f"same fingerprint, other result: the rule ({rules}) was changed without a new version (one that gives "
            "something else takes the next number), or the store gave a spoiled result when this was settled"
        )

    files = f"the files at {_short(commit)}" if commit else "the files as they are in the folder"
    if moved("fingerprint", "allocation"):
        return f"it was settled from something else than {files}: other members, keys, data, or version of a rule"
    if moved("result", "allocation") and moved("fingerprint", "pricing"):
        return same_inputs("allocation")
    if moved("fingerprint", "pricing"):
        return f"it was priced from something else than {files}: other tariffs, groups, or version of a rule"
    if moved("result", "pricing") and moved("fingerprint", "documents"):
        return same_inputs("tariff")
    if moved("fingerprint", "documents"):
        return f"its documents were made from something else than {files}: other formats, options, or language"
    return (
        "the rest of the manifest is as computed: this was changed after it was written; `git log -p` says by whom"
    )


def _unknown(here: Workspace, commit: str, record: Record) -> Finding:
    path = here.repository.folder / record.operation / record.file
    return here.cache.parse(path.read_bytes(), record.path).finding(
        "ACC527",
        f"it was settled at commit {_short(commit)}, which is not in the history of this branch",
        "commit",
        help="a branch that was squashed or rewritten? a draft may be removed and settled again; for an issued "
        "month bring that commit back",
    )


def _impossible(document: Document, tree: Tree, problems: Sequence[Finding]) -> Finding:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = f" at {first.place}" if first.place else ""
    when = f"commit {_short(tree.revision)}" if tree.revision else "the folder"
    return document.finding(
        "ACC527",
        f"it cannot be computed again from the files of {when}: {first.code} {first.message}{where}{more}",
        *(["commit"] if "commit" in document.value else []),
        help=first.help or "install the plugins and versions it was settled with",
    )


# --- issued is immutable -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Issue:
    """A version of a manifest that may never change, and the commit that brought it."""

    blob: str
    commit: Commit


def _kept(here: Workspace, past: _Past, names: set[str], done: Verified) -> None:
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
            by = "deleted in the folder, not committed yet" if blob else f"deleted by {_who(commit)}"
            last = f"{_short(commit.id)}^" if blob is None else "HEAD"
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
    return bool(_FILE.fullmatch(file)) and (not names or operation in names)


def _issued(here: Workspace, blobs: set[str]) -> set[str]:
    """Those of the contents that are manifests of an issued month."""
    found = set()
    for part in _parts(sorted(blobs), 16 * _AT_ONCE):
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
    by = f"by {_who(broken[1])}" if broken else "in the folder, not committed yet"
    since = f"issued by {_who(issue.commit)}"
    advice = f"git restore --source={_short(issue.commit.id)} -- {shown(path)}; a correction is a new revision"
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


# --- history only grows ------------------------------------------------------------------------------------------


def _grown(repository: Repository, past: _Past, done: Verified) -> None:
    """ACC525: the head seen last is still on the line; what is seen now is remembered where all holds."""
    branch = repository.branch()
    if branch is None:
        done.notes.append("no branch is checked out: whether history only grew was not looked at")
        return
    seen = repository.seen(branch)
    if seen is None:
        done.notes.append(f"first look at {branch}: from now on its history may only grow")
    elif seen not in set(past.line):
        was, now = repository.about([seen, past.head])
        if seen in repository.ancestors(past.head):
            what = "a merge has put it beside the line of first parents"
            advice = f"{branch} was merged into a branch that then took its place: look who pushed it"
        else:
            what = "the branch was rewritten or put back"
            advice = (
                "look who pushed by force (the forge's log of pushes, `git reflog`) and bring the old line back"
            )
        moved = [
            shown(operation, file)
            for operation, files in repository.touched(seen, past.head).items()
            for file in sorted(files)
            if _FILE.fullmatch(file)
        ]
        differ = f"; manifests that differ: {', '.join(moved[:3])}" if moved else ""
        differ += f" and {len(moved) - 3} more" if len(moved) > 3 else ""
        done.findings.append(
            Finding(
                "ACC525",
                f"{branch} has lost {_who(was)}, which was its head when it was verified last: {what}; "
                f"its head is now {_who(now)}{differ}",
                None,
                f"{advice}; once explained: git update-ref -d {repository.seen_ref(branch)}",
            )
        )
    if not failed(done.findings) and not repository.see(branch, past.head, seen):
        done.notes.append(f"{repository.seen_ref(branch)} could not be written: this look is not remembered")


def _signed(here: Workspace, past: _Past, since: str | None, done: Verified) -> None:
    """ACC526: every commit made while the federation asks for signatures has a good one.

    The commit that sets ``require_signed`` must be signed, and so must the one that takes it away: a setting that
    an unsigned commit could switch off would protect nothing.
    """
    setting = {
        touch.commit.id: touch.files["mitoyen.yaml"][1] for touch in past.touches if "mitoyen.yaml" in touch.files
    }
    contents = here.repository.contents(blob for blob in setting.values() if blob)
    required, wanted = False, []
    for commit in past.line:
        before = required
        if commit in setting:
            required = _asks(here, contents.get(setting[commit] or ""), before)
        if before or required:
            wanted.append(commit)
    if here.settings.require_signed and not required:
        done.notes.append("require_signed is not committed yet: no signature was looked at")
    if since is not None:
        after = set(here.repository.first_parents(f"{here.repository.resolve(since)}..{past.head}"))
        wanted = [commit for commit in wanted if commit in after]
    done.signatures = len(wanted)
    words = dict(here.repository.unsigned(wanted))
    for one in here.repository.about(words):
        done.findings.append(
            Finding(
                "ACC526",
                f"{_who(one)} has no good signature: {words[one.id]}",
                None,
                "its author signs what they have looked at (git config commit.gpgsign true); git must know the "
                "keys (gpg.ssh.allowedSignersFile, or GPG's keyring)",
            )
        )


def _asks(here: Workspace, content: bytes | None, before: bool) -> bool:
    """Whether operations/mitoyen.yaml asks for signatures; one that cannot be read leaves it as it was."""
    if content is None:
        return False
    try:
        return here.cache.parse(content, "operations/mitoyen.yaml").value.get("require_signed") is True
    except Refused:
        return before


# --- words -------------------------------------------------------------------------------------------------------


def _short(commit: str | None) -> str:
    return (commit or "")[:10]


def _who(commit: Commit) -> str:
    return f"commit {_short(commit.id)} ({commit.author}, {commit.date[:10]})"


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
