"""What one run works with: a repository, its federation's settings, the plugins, the store, the cache of files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitoyen import checks, model, schema
from mitoyen.cache import Cache
from mitoyen.contracts import NOTHING, Executor, Offer, Operation, Safe, Store, Vault
from mitoyen.diagnostics import Refused, failed
from mitoyen.host import Host, installed
from mitoyen.model import Loaded
from mitoyen.private import outside_git
from mitoyen.repository import Repository
from mitoyen.repository.trees import Tree
from mitoyen.store import Results
from mitoyen.written import write_whole

if TYPE_CHECKING:
    from mitoyen.ledger import Ledger

OURS = ".mitoyen"
"""A folder of the repository that git ignores: the lock, the cache of parsed files, by default the store."""


@dataclass(frozen=True, slots=True)
class Settings:
    """operations/mitoyen.yaml, read."""

    lang: str
    store: str
    store_options: Mapping[str, Any]
    executor: str
    executor_options: Mapping[str, Any]
    audience: str = "board"
    require_signed: bool = False
    vault: str | None = None
    vault_options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    ledger: str | None = None
    title: str | None = None


class Workspace:
    def __init__(self, root: Path) -> None:
        self.repository = Repository(root)
        self.ours = self.repository.root / OURS

    @property
    def host(self) -> Host:
        return installed()

    @cached_property
    def cache(self) -> Cache:
        self._make_ours()
        return Cache(self.ours / "documents.sqlite")

    @cached_property
    def settings(self) -> Settings:
        """Those of the folder. Raise Refused where operations/mitoyen.yaml does not hold."""
        return self.settings_in(self.repository.working)

    def said(self, tree: Tree) -> Mapping[str, Any]:
        """What operations/mitoyen.yaml says in a tree of the past: nothing where it cannot be read there."""
        content = tree.federation()
        try:
            return self.cache.parse(content, "operations/mitoyen.yaml").value if content else {}
        except Refused:
            return {}

    def settings_in(self, tree: Tree) -> Settings:
        """Raise Refused where operations/mitoyen.yaml does not hold in that tree."""
        content = tree.federation()
        if content is None:
            return Settings("fr", "folder", {}, "serial", {})
        document = self.cache.parse(content, "operations/mitoyen.yaml")
        rules = schema.load("mitoyen")
        findings = schema.validate(document, rules)
        if failed(findings):
            raise Refused(*findings)
        value = document.value
        chosen: dict[str, tuple[str, Mapping[str, Any]]] = {}
        defaults: dict[str, tuple[type[Offer], str | None]] = {
            "store": (Store, "folder"),
            "executor": (Executor, "serial"),
            "vault": (Vault, None),
        }
        for name, (kind, default) in defaults.items():
            wanted = value.get(name, {}).get("use", default)
            if wanted is None:
                continue
            offer = self.host.get(kind, wanted, document.place(name, "use"))
            found = schema.validate(document, offer.schema, (name, "with"))
            if failed(found):
                raise Refused(*found)
            chosen[name] = (offer.id, schema.read(value.get(name, {}).get("with", {}), offer.schema))
        for plugin, version in value.get("plugins", {}).items():
            installed = self.host.distributions.get(plugin, "nothing").rpartition(" ")[2]
            if installed != version:
                findings.append(
                    document.finding(
                        "ACC607",
                        f'this repository relies on plugin "{plugin}" {version}, and {installed} is installed',
                        "plugins",
                        plugin,
                        help="install that version, or change this line after a look at what it changes",
                    )
                )
        if failed(findings):
            raise Refused(*findings)
        return Settings(
            value.get("lang", "fr"),
            *chosen["store"],
            *chosen["executor"],
            audience=value.get("audience", "board"),
            require_signed=value.get("require_signed", False),
            vault=chosen["vault"][0] if "vault" in chosen else None,
            vault_options=chosen["vault"][1] if "vault" in chosen else NOTHING,
            ledger=value.get("ledger", {}).get("folder"),
            title=value.get("title"),
        )

    @cached_property
    def results(self) -> Results:
        settings = self.settings
        offer = self.host.get(Store, settings.store)
        return Results(offer.open(self.repository.root, settings.store_options))

    @cached_property
    def safe(self) -> Safe | None:
        """Who is behind the pseudonyms; None where the federation names no vault."""
        settings = self.settings
        if settings.vault is None:
            return None
        return self.host.get(Vault, settings.vault).open(self.repository.root, settings.vault_options)

    @cached_property
    def ledger(self) -> Ledger | None:
        """The register of invoices; None where the federation names no folder for one."""
        from mitoyen.ledger import Ledger  # here: few commands need it, and it reads parties and invoices

        named = os.environ.get("MITOYEN_LEDGER") or self.settings.ledger
        return Ledger(outside_git(self.repository.root, named)) if named else None

    def executor(self, wanted: str | None) -> tuple[Executor, Mapping[str, Any]]:
        """The executor of that id with its options, by default the one of the settings; raise Refused on none."""
        settings = self.settings
        offer = self.host.get(Executor, wanted or settings.executor)
        return offer, settings.executor_options if offer.id == settings.executor else schema.read({}, offer.schema)

    def load(self, name: str, tree: Tree | None = None) -> Loaded:
        """An operation's folder, as it is or in another tree, read and checked; every finding is in it."""
        loaded = model.load(tree or self.repository.working, name, self.host, self.cache)
        if loaded.operation is None:
            return loaded
        found = tuple(checks.run(loaded.operation, self.host))
        return replace(loaded, findings=(*loaded.findings, *found))

    def sound(self, name: str, tree: Tree | None = None) -> tuple[Loaded, Operation]:
        """An operation's folder that holds; raise Refused with every finding where it does not or is not there."""
        self.repository.select((name,), tree or self.repository.working)
        loaded = self.load(name, tree)
        if failed(loaded.findings) or loaded.operation is None:
            raise Refused(*loaded.findings)
        return loaded, loaded.operation

    def operation(self, name: str, *, despite: frozenset[str] = frozenset()) -> Operation:
        """An operation that holds; raise Refused with its findings where it does not, despite some codes."""
        loaded = self.load(name)
        errors = [
            finding for finding in loaded.findings if finding.severity == "error" and finding.code not in despite
        ]
        if errors or loaded.operation is None:
            raise Refused(*errors)
        return loaded.operation

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time in a repository; the lock of a dead process does not hold."""
        from filelock import FileLock, Timeout

        self._make_ours()
        lock = FileLock(self.ours / "lock")
        try:
            lock.acquire(timeout=1)
        except Timeout:
            if sys.stderr.isatty():  # as a progress bar: for who watches, not for a log
                print("another mitoyen is writing here; waiting for it to end", file=sys.stderr)  # noqa: T201
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _make_ours(self) -> None:
        ignore = self.ours / ".gitignore"
        if not ignore.is_file():
            write_whole(ignore, b"*\n")


@lru_cache(maxsize=1)
def opened(root: Path) -> Workspace:
    """The workspace that the tasks of one run share in each process; ``cache_clear()`` where a run begins."""
    return Workspace(root)
