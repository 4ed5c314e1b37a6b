"""Manifests computed again from frozen data, at the files of their commit (ACC520, ACC527)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import groupby, islice, product
from typing import Any, TypeVar

from mitoyen import model
from mitoyen.chain import Chain
from mitoyen.clock import Month
from mitoyen.contracts import AllocationRule, DocumentFormat, Finding, InvoiceFormat, Offer, Place, TariffRule
from mitoyen.diagnostics import Refused
from mitoyen.host import Host
from mitoyen.located import Document
from mitoyen.model import Loaded
from mitoyen.repository import Repository, line
from mitoyen.repository.trees import Tree
from mitoyen.settlement import Unit, settle
from mitoyen.store import Results
from mitoyen.verify.manifests import AT_ONCE, Record, in_parts
from mitoyen.verify.past import Past, short
from mitoyen.verify.verified import Verified
from mitoyen.workspace import Workspace

_NOT_COMPUTED = {
    *("operation", "month", "revision", "replaces", "state", "commit"),
    *("issued", "previous", "billed", "invoices", "accepted"),
}
"""Fields that no computation gives: which unit it is, what became of it, where its files are."""

_KINDS: Sequence[tuple[str, type[Offer]]] = (
    ("allocation", AllocationRule),
    ("tariff", TariffRule),
    ("documents", DocumentFormat),
    ("documents", InvoiceFormat),
)
"""What a manifest's ``rules`` name."""

O = TypeVar("O", bound=Offer)  # noqa: E741 - one letter, as type variables are


def chosen(
    repository: Repository, records: Sequence[Record], past: Past | None, since: str | None, sample: int | None
) -> list[Record]:
    """The manifests to recompute."""
    wanted = list(records)
    if since is not None:
        touched = repository.touched(repository.resolve(since))
        wanted = [one for one in wanted if one.file in touched.get(one.operation, ())]
    if sample is not None:
        seed = past.head if past else ""
        wanted.sort(key=lambda one: sha256(f"{seed} {one.path}".encode()).digest())
        wanted = wanted[:sample]
    return wanted


def settled_at(
    repository: Repository, records: Iterable[Record], past: Past | None
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


def recomputed(
    here: Workspace,
    results: Results,
    records: Sequence[tuple[str | None, Record]],
    lost: set[str],
    done: Verified,
) -> None:
    """ACC520, ACC527: every manifest against what its own files and data give, commit by commit."""
    known = line.ancestors(here.repository, "HEAD") if any(commit for commit, _one in records) else frozenset()
    for commit, group in groupby(records, key=lambda pair: pair[0]):
        mine = [one for _commit, one in group]
        if commit is not None and commit not in known:
            done.findings += (_unknown(here, commit, one) for one in mine)
            continue
        tree: Tree = here.repository.working if commit is None else here.repository.at(commit)
        lang = str(here.said(tree).get("lang", "fr"))  # part of what makes a document, as it was then
        by_operation = [(name, list(some)) for name, some in groupby(mine, key=lambda one: one.operation)]
        for part in in_parts(by_operation, AT_ONCE):
            inputs = _Inputs(here.repository, tree, [name for name, _some in part])
            for name, some in part:
                loaded = model.load(inputs, name, here.host, here.cache)
                chain = Chain(loaded.operation, here.host, results) if loaded.operation else None
                for one in some:
                    done.findings += _compared(here, results, inputs, loaded, chain, one, lang, lost, done)


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

    def has(self, operation: str) -> bool:
        return operation in self._listing

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


def _compared(
    here: Workspace,
    results: Results,
    tree: Tree,
    loaded: Loaded,
    chain: Chain | None,
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
            again = _computed(here, results, tree, loaded, chain, record, host, lang)
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
    here: Workspace,
    results: Results,
    tree: Tree,
    loaded: Loaded,
    chain: Chain | None,
    record: Record,
    host: Host,
    lang: str,
) -> Unit:
    """The unit from its frozen data, as if nothing had been settled before. Raise Refused where it cannot be."""
    if host is not here.host:
        loaded, chain = model.load(tree, record.operation, host, here.cache), None
    if loaded.operation is None:
        raise Refused(*(one for one in loaded.findings if one.severity == "error"))
    return settle(replace(loaded, manifests={}), Month.parse(record.month), host, results, None, lang, chain)


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
    for name, kind in _KINDS:
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

    files = f"the files at {short(commit)}" if commit else "the files as they are in the folder"
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
        f"it was settled at commit {short(commit)}, which is not in the history of this branch",
        "commit",
        help="a branch that was squashed or rewritten? a draft may be removed and settled again; for an issued "
        "month bring that commit back",
    )


def _impossible(document: Document, tree: Tree, problems: Sequence[Finding]) -> Finding:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = f" at {first.place}" if first.place else ""
    when = f"commit {short(tree.revision)}" if tree.revision else "the folder"
    return document.finding(
        "ACC527",
        f"it cannot be computed again from the files of {when}: {first.code} {first.message}{where}{more}",
        *(["commit"] if "commit" in document.value else []),
        help=first.help or "install the plugins and versions it was settled with",
    )
