"""Finds the plugins, collects what they offer, and refuses whatever could be taken for something else."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from mitoyen import hookspecs
from mitoyen.commands import COMMANDS
from mitoyen.contracts import (
    AllocationRule,
    Check,
    Command,
    DocumentFormat,
    Executor,
    ExportFormat,
    Finding,
    Indicator,
    InvoiceFormat,
    InvoiceLaw,
    Offer,
    Place,
    Source,
    Store,
    TariffRule,
    Tax,
    Vault,
)
from mitoyen.diagnostics import Refused, UsageError, nearest

if TYPE_CHECKING:
    import click

GROUP = "mitoyen"

HOOKS: Mapping[type[Offer], str] = {
    Source: "mitoyen_sources",
    AllocationRule: "mitoyen_allocation_rules",
    TariffRule: "mitoyen_tariff_rules",
    Tax: "mitoyen_taxes",
    InvoiceLaw: "mitoyen_invoice_laws",
    DocumentFormat: "mitoyen_document_formats",
    InvoiceFormat: "mitoyen_invoice_formats",
    ExportFormat: "mitoyen_exports",
    Indicator: "mitoyen_indicators",
    Check: "mitoyen_checks",
    Executor: "mitoyen_executors",
    Store: "mitoyen_stores",
    Vault: "mitoyen_vaults",
    Command: "mitoyen_commands",
}
"""The offers: what each kind is yielded from."""

NEWS = ("mitoyen_planned", "mitoyen_settled", "mitoyen_issued")
LINK = "mitoyen_link"

WORDS: Mapping[type[Offer], str] = {
    Source: "source",
    AllocationRule: "allocation rule",
    TariffRule: "tariff rule",
    Tax: "tax",
    InvoiceLaw: "law of invoices",
    DocumentFormat: "document format",
    InvoiceFormat: "invoice format",
    ExportFormat: "export format",
    Indicator: "indicator",
    Check: "check",
    Executor: "executor",
    Store: "store",
    Vault: "vault",
    Command: "command",
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


class Told(Mapping[str, Any]):
    """What a listener hears: data of its own, made when it first looks. Whoever does not look costs nothing."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    @cached_property
    def _data(self) -> Mapping[str, Any]:
        return self._make()

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


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
        if kind is Command and offer.id in COMMANDS:
            yield Finding(
                "ACC602",
                f'plugin "{brought.plugin}" offers the command "{offer.id}", which mitoyen has already',
                help="it must take another id",
            )
            return
        # A command has one name and no versions that could stand beside each other.
        identity = (offer.id, 1 if kind is Command else offer.version)
        twin = self._offers[kind].setdefault(identity, brought)
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

    def writers(self, wanted: str, place: Place | None = None) -> list[DocumentFormat | InvoiceFormat]:
        """What writes documents under that id: of a month, of an invoice, or both; raise Refused on neither."""
        found: list[DocumentFormat | InvoiceFormat] = []
        if any(one.id == wanted for one in self.all(DocumentFormat)):
            found.append(self.get(DocumentFormat, wanted, place))
        if any(one.id == wanted for one in self.all(InvoiceFormat)):
            found.append(self.get(InvoiceFormat, wanted, place))
        return found or [self.get(DocumentFormat, wanted, place)]

    def tell(self, news: str, lang: str, **data: Callable[[], Mapping[str, Any]]) -> None:
        """Tell who listens, after the fact: whatever a listener does, it changes nothing here."""
        for one in getattr(self._manager.hook, news).get_hookimpls():
            given: Mapping[str, Any] = {"lang": lang, **{name: Told(make) for name, make in data.items()}}
            try:
                one.function(*(given[name] for name in one.argnames))
            except (Exception, SystemExit) as error:
                _warn(one.plugin_name, news, error)

    def link(self, place: Place, commit: str, remote: str | None) -> str | None:
        """Where a forge shows a place at a commit: the first answer, by the names of plugins; None without one."""
        given = {"place": place, "commit": commit, "remote": remote}
        for one in self._linking:
            try:
                found = one.function(*(given[name] for name in one.argnames))
            except Exception as error:
                _warn(one.plugin_name, LINK, error)
                self._linking = [other for other in self._linking if other is not one]  # once is enough
                continue
            if found is not None:
                return str(found)
        return None

    @cached_property
    def _linking(self) -> list[pluggy.HookImpl]:
        return sorted(getattr(self._manager.hook, LINK).get_hookimpls(), key=lambda one: str(one.plugin_name))

    def __repr__(self) -> str:
        return f"Host({', '.join(sorted(self.distributions))})"


def _failed(name: str, distribution: str, error: Exception) -> Finding:
    return Finding(
        "ACC604",
        f'plugin "{name}" of {distribution} cannot be loaded: {type(error).__name__}: {error}',
        help=f"repair or uninstall {distribution}",
    )


def _warn(plugin: str, hook: str, error: BaseException) -> None:
    what = " ".join(str(error).split())
    print(f'warning: plugin "{plugin}" failed in {hook}: {type(error).__name__}: {what}', file=sys.stderr)  # noqa: T201


@cache
def installed() -> Host:
    """The host of everything installed, loaded once a process."""
    return Host.load()


def loaded(offer: Command) -> click.Command:
    """A plugin's command, imported; raise Refused where that fails, for whatever reason but a missing extra."""
    import click

    [brought] = [one for one in installed().brought() if one.offer is offer]
    try:
        command = offer.load()
    except (MissingExtra, Refused):
        raise
    except Exception as error:
        raise Refused(_failed(brought.plugin, brought.distribution, error)) from error
    if not isinstance(command, click.Command):
        raise Refused(
            Finding(
                "ACC605",
                f'plugin "{brought.plugin}" loads {command!r} as its command "{offer.id}"',
                help="load returns a click.Command",
            )
        )
    return command


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
