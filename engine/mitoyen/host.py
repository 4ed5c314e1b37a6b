"""Finds the plugins, collects what they offer, and refuses whatever could be taken for something else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy

from mitoyen import hookspecs
from mitoyen.contracts import (
    AllocationRule,
    Check,
    DocumentFormat,
    Executor,
    Finding,
    Offer,
    Place,
    Source,
    Store,
    TariffRule,
)
from mitoyen.diagnostics import Refused, UsageError, nearest

GROUP = "mitoyen"

HOOKS: Mapping[type[Offer], str] = {
    Source: "mitoyen_sources",
    AllocationRule: "mitoyen_allocation_rules",
    TariffRule: "mitoyen_tariff_rules",
    DocumentFormat: "mitoyen_document_formats",
    Check: "mitoyen_checks",
    Executor: "mitoyen_executors",
    Store: "mitoyen_stores",
}

WORDS: Mapping[type[Offer], str] = {
    Source: "source",
    AllocationRule: "allocation rule",
    TariffRule: "tariff rule",
    DocumentFormat: "document format",
    Check: "check",
    Executor: "executor",
    Store: "store",
}

O = TypeVar("O", bound=Offer)  # noqa: E741 - one letter, as type variables are


class MissingExtra(UsageError):
    """A plugin needs a library of an extra that is not installed."""

    def __init__(self, extra: str, library: str) -> None:
        super().__init__(
            f"{library} is not installed: it comes with the extra [{extra}] "
            f"(from a clone, pip install '.[{extra}]'; else pip install 'mitoyen[{extra}]')"
        )
        self.extra = extra
        self.library = library


@dataclass(frozen=True, slots=True)
class Brought:
    """An offer and who brought it."""

    offer: Offer
    plugin: str
    distribution: str


class Host:
    """The plugins of one run and what they offer, keyed by (id, version)."""

    def __init__(self, plugins: Iterable[tuple[str, str, object]]) -> None:
        """``plugins``: (name, distribution, module or object with hooks). Raise Refused on any ambiguity."""
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self.distributions: dict[str, str] = {}
        findings = []
        for name, distribution, plugin in plugins:
            self.distributions[name] = distribution
            try:
                self._manager.register(plugin, name)
            except (ValueError, pluggy.PluginValidationError) as error:
                findings.append(_failed(name, distribution, error))
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            findings.append(
                Finding(
                    "ACC608",
                    str(error),
                    help="the plugin was written for another version of mitoyen: upgrade one of the two",
                )
            )
        self._offers: dict[type[Offer], dict[tuple[str, int], Brought]] = {}
        for kind in HOOKS:
            self._offers[kind] = {}
            findings += self._collect(kind)
        if findings:
            raise Refused(*findings)

    @classmethod
    def load(cls) -> Host:
        """Every plugin installed, ours and anyone's, through the entry-point group ``mitoyen``."""
        found: dict[str, dict[str, EntryPoint]] = defaultdict(dict)
        for point in entry_points(group=GROUP):
            # An editable install may be seen twice; another distribution under the same name is a twin.
            found[point.name][_distribution(point)] = point
        findings, plugins = [], []
        for name, points in sorted(found.items()):
            if len(points) > 1:
                findings.append(
                    Finding(
                        "ACC603",
                        f'two distributions bring a plugin named "{name}": {", ".join(sorted(points))}',
                        help="uninstall one of them, or rename its entry point",
                    )
                )
                continue
            [(distribution, point)] = points.items()
            try:
                plugins.append((name, distribution, point.load()))
            except Exception as error:
                findings.append(_failed(name, distribution, error))
        if findings:
            raise Refused(*findings)
        return cls(plugins)

    def _collect(self, kind: type[Offer]) -> Iterator[Finding]:
        hook = getattr(self._manager.hook, HOOKS[kind])
        for implementation in hook.get_hookimpls():
            plugin = implementation.plugin_name
            try:
                offers = list(implementation.function())
            except Exception as error:  # a plugin may fail in any way
                yield _failed(plugin, self.distributions[plugin], error)
                continue
            for offer in offers:
                yield from self._add(kind, offer, Brought(offer, plugin, self.distributions[plugin]))

    def _add(self, kind: type[Offer], offer: object, brought: Brought) -> Iterator[Finding]:
        if not isinstance(offer, kind):
            yield Finding(
                "ACC605",
                f'plugin "{brought.plugin}" yields {offer!r} from {HOOKS[kind]}',
                help=f"that hook yields mitoyen.contracts.{kind.__name__} records",
            )
            return
        twin = self._offers[kind].setdefault((offer.id, offer.version), brought)
        if twin is not brought:
            yield Finding(
                "ACC602",
                f'plugins "{twin.plugin}" and "{brought.plugin}" both offer the {WORDS[kind]} '
                f'"{offer.id}" version {offer.version}',
                help="one of them must take another id; nothing is chosen by order",
            )

    def all(self, kind: type[O]) -> list[O]:
        """Every offer of a kind, by id then version."""
        return [brought.offer for _key, brought in sorted(self._offers[kind].items())]  # type: ignore[misc]

    def brought(self) -> Iterator[Brought]:
        for kind in HOOKS:
            for _key, brought in sorted(self._offers[kind].items()):
                yield brought

    def get(self, kind: type[O], wanted: str, place: Place | None = None, version: int | None = None) -> O:
        """The offer of that id (its newest version unless one is named); raise Refused where there is none."""
        offers = self._offers[kind]
        versions = [known for known in offers if known[0] == wanted and version in (None, known[1])]
        if not versions:
            known = {identity for identity, _version in offers}
            detail = f" version {version}" if version is not None and wanted in known else ""
            raise Refused(
                Finding("ACC601", f'no {WORDS[kind]} "{wanted}"{detail}', place, help=nearest(wanted, known))
            )
        return offers[max(versions)].offer  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"Host({', '.join(sorted(self.distributions))})"


def _failed(name: str, distribution: str, error: Exception) -> Finding:
    return Finding(
        "ACC604",
        f'plugin "{name}" of {distribution} cannot be loaded: {type(error).__name__}: {error}',
        help=f"repair or uninstall {distribution}",
    )


@cache
def installed() -> Host:
    """The host of everything installed, loaded once a process."""
    return Host.load()


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def describe(brought: Brought) -> dict[str, Any]:
    """One offer as ``mitoyen plugins`` lists it."""
    offer = brought.offer
    return {
        "kind": next(word for kind, word in WORDS.items() if isinstance(offer, kind)),
        "id": offer.id,
        "version": offer.version,
        "title": offer.title,
        "plugin": brought.plugin,
        "distribution": brought.distribution,
    }
