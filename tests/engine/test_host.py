"""Plugins are found, and whatever could be taken for something else is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from mitoyen import cli
from mitoyen.commands import COMMANDS
from mitoyen.contracts import AllocationRule, Command, Finding, Offer, Place, Shares, Sharing, Source, TariffRule
from mitoyen.diagnostics import Refused
from mitoyen.hookspecs import hookimpl
from mitoyen.host import HOOKS, Host, describe, installed


def nothing(sharing: Sharing) -> Shares:
    raise NotImplementedError


def rule(name: str, version: int = 1) -> AllocationRule:
    return AllocationRule(id=name, version=version, title=f"{name} {version}", allocate=nothing)


def plugin(hook: str, *offers: Any) -> object:
    """An object whose one hook yields these."""

    @hookimpl
    def offered() -> Iterable[Any]:
        yield from offers

    return SimpleNamespace(**{hook: offered})


def keys(*offers: Any) -> object:
    return plugin("mitoyen_allocation_rules", *offers)


def refused(run: Callable[[], object]) -> Finding:
    with pytest.raises(Refused) as error:
        run()
    [finding] = error.value.findings
    return finding


# --- which offer -----------------------------------------------------------------------------------------------


def test_the_newest_version_unless_one_is_named() -> None:
    host = Host([("ours", "ours 1.0", keys(rule("shares", 2), rule("shares", 10), rule("shares", 1)))])
    assert host.get(AllocationRule, "shares").version == 10
    assert host.get(AllocationRule, "shares", version=2).version == 2
    assert [offer.version for offer in host.all(AllocationRule)] == [1, 2, 10]


def test_versions_of_one_id_may_come_from_two_plugins() -> None:
    """Whoever keeps the old rule of an issued month may be someone else than who wrote the new one."""
    host = Host([("old", "old 1.0", keys(rule("shares", 1))), ("new", "new 1.0", keys(rule("shares", 2)))])
    assert host.get(AllocationRule, "shares").version == 2
    assert host.get(AllocationRule, "shares", version=1).version == 1


def test_the_same_id_of_two_kinds_is_not_ambiguous() -> None:
    tariff = TariffRule(id="shares", version=1, title="", price=lambda _energy: None)  # type: ignore[arg-type,return-value]
    host = Host(
        [("a", "a 1", keys(rule("shares"))), ("b", "b 1", plugin("mitoyen_tariff_rules", tariff))],
    )
    assert isinstance(host.get(TariffRule, "shares"), TariffRule)


@pytest.mark.parametrize(
    ("wanted", "version", "message", "help_"),
    [
        ("prorta", None, 'no allocation rule "prorta"', 'did you mean "prorata"?'),
        ("zzz", None, 'no allocation rule "zzz"', "known here: equal, prorata"),
        ("equal", 7, 'no allocation rule "equal" version 7', 'did you mean "equal"?'),
    ],
)
def test_acc601_an_id_nobody_offers(wanted: str, version: int | None, message: str, help_: str) -> None:
    host = Host([("ours", "ours 1.0", keys(rule("prorata"), rule("equal")))])
    place = Place("keys.yaml", 3, 9)
    finding = refused(lambda: host.get(AllocationRule, wanted, place, version))
    assert (finding.code, finding.message, finding.place, finding.help) == ("ACC601", message, place, help_)


def test_acc602_one_id_and_version_from_two_plugins() -> None:
    """In whatever order they are found, and also where one plugin says it twice."""
    pair = [("ours", "ours 1.0", keys(rule("shares"))), ("theirs", "theirs 2.0", keys(rule("shares")))]
    for plugins in (pair, pair[::-1]):
        finding = refused(lambda: Host(plugins))  # noqa: B023 - called at once
        assert finding.code == "ACC602"
        assert '"ours"' in finding.message
        assert '"theirs"' in finding.message
        assert finding.message.endswith('both offer the allocation rule "shares" version 1')
    twice = refused(lambda: Host([("ours", "ours 1.0", keys(rule("shares"), rule("shares")))]))
    assert twice.code == "ACC602"


@pytest.mark.parametrize("wrong", ["shares", None, Source(id="x", version=1, title="", fetch=lambda _: None)])  # type: ignore[arg-type,return-value]
def test_acc605_another_record_than_the_hook_yields(wrong: Any) -> None:
    finding = refused(lambda: Host([("theirs", "theirs 2.0", keys(wrong))]))
    assert finding.code == "ACC605"
    assert finding.message.startswith('plugin "theirs" yields ')
    assert finding.message.endswith(" from mitoyen_allocation_rules")
    assert finding.help == "that hook yields mitoyen.contracts.AllocationRule records"


def test_acc608_a_hook_we_do_not_have() -> None:
    finding = refused(lambda: Host([("theirs", "theirs 2.0", plugin("mitoyen_weather"))]))
    assert finding.code == "ACC608"
    assert "unknown hook 'mitoyen_weather'" in finding.message
    assert "another version of mitoyen" in finding.help


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Refused) as error:
        Host(
            [
                ("a", "a 1", keys(rule("shares"), "no rule")),
                ("b", "b 1", keys(rule("shares"))),
                ("c", "c 1", plugin("mitoyen_weather")),
            ]
        )
    assert sorted(finding.code for finding in error.value.findings) == ["ACC602", "ACC605", "ACC608"]


# --- a plugin that breaks the word in another way: told, and by its name ---------------------------------------


def _raises() -> object:
    @hookimpl
    def mitoyen_allocation_rules() -> Iterable[AllocationRule]:
        raise RuntimeError("no licence")

    return SimpleNamespace(mitoyen_allocation_rules=mitoyen_allocation_rules)


def _forgets_to_yield() -> object:
    @hookimpl
    def mitoyen_allocation_rules() -> Any:
        return None

    return SimpleNamespace(mitoyen_allocation_rules=mitoyen_allocation_rules)


def _wants_an_argument() -> object:
    @hookimpl
    def mitoyen_allocation_rules(config: Any) -> Iterable[AllocationRule]:
        yield rule(config)

    return SimpleNamespace(mitoyen_allocation_rules=mitoyen_allocation_rules)


@pytest.mark.parametrize("make", [_raises, _forgets_to_yield, _wants_an_argument])
def test_a_plugin_that_fails_is_named(make: Callable[[], object]) -> None:
    finding = refused(lambda: Host([("theirs", "theirs 2.0", make())]))
    assert finding.code == "ACC604"
    assert finding.message.startswith('plugin "theirs" of theirs 2.0 cannot be loaded: ')


def test_one_module_under_two_names_is_told() -> None:
    one = keys(rule("shares"))
    finding = refused(lambda: Host([("a", "a 1", one), ("b", "b 1", one)]))
    assert finding.code == "ACC604"
    assert finding.message.startswith('plugin "b" of b 1 cannot be loaded: ')


class Sub(AllocationRule):
    """A plugin's own kind of rule."""


def test_a_kind_of_rule_of_a_plugins_own_is_listed() -> None:
    host = Host([("theirs", "theirs 2.0", keys(Sub(id="shares", version=1, title="", allocate=nothing)))])
    [row] = [describe(brought) for brought in host.brought()]
    assert row["kind"] == "allocation rule"


# --- what is installed -----------------------------------------------------------------------------------------

Install = Callable[..., None]

RULE = """\
from mitoyen.contracts import AllocationRule, Shares
from mitoyen.hookspecs import hookimpl

@hookimpl
def mitoyen_allocation_rules():
    yield AllocationRule(id="{rule}", version=1, title="", allocate=lambda sharing: Shares(sharing.consumed))
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """``install("coop-keys", "1.0", "coop", code)``: a distribution with one entry point, as pip would leave it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def write(distribution: str, version: str, name: str, code: str) -> None:
        module = f"tested_{distribution}".replace("-", "_")
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[mitoyen]\n{name} = {module}\n")
        (site / f"{module}.py").write_text(code)
        monkeypatch.delitem(sys.modules, module, raising=False)

    yield write  # type: ignore[misc]
    for module in [name for name in sys.modules if name.startswith("tested_")]:
        del sys.modules[module]


def test_a_distribution_is_found_beside_ours(install: Install) -> None:
    install("coop-keys", "1.4", "coop", RULE.format(rule="coop-shares"))
    host = Host.load()
    assert host.distributions["coop"] == "coop-keys 1.4"
    assert host.get(AllocationRule, "coop-shares").version == 1
    assert host.get(AllocationRule, "prorata")


def test_acc602_an_id_of_ours_may_not_be_taken(install: Install) -> None:
    install("coop-keys", "1.4", "coop", RULE.format(rule="prorata"))
    finding = refused(Host.load)
    assert finding.code == "ACC602"
    assert finding.message == 'plugins "coop" and "keys" both offer the allocation rule "prorata" version 1'


def test_acc603_two_distributions_with_one_name(install: Install) -> None:
    """pluggy would take one of them in silence."""
    install("coop-keys", "1.4", "coop", RULE.format(rule="one"))
    install("other-keys", "0.2", "coop", RULE.format(rule="two"))
    finding = refused(Host.load)
    assert finding.code == "ACC603"
    assert finding.message == 'two distributions bring a plugin named "coop": coop-keys 1.4, other-keys 0.2'
    assert finding.help == "uninstall one of them, or rename its entry point"


def test_acc603_not_even_a_name_of_ours(install: Install) -> None:
    install("coop-keys", "1.4", "csv", RULE.format(rule="one"))
    finding = refused(Host.load)
    assert finding.code == "ACC603"
    assert 'named "csv": coop-keys 1.4, mitoyen ' in finding.message


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "import a_library_that_is_not_there",
            "ModuleNotFoundError: No module named 'a_library_that_is_not_there'",
        ),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def", "SyntaxError: invalid syntax (tested_coop_keys.py, line 1)"),
    ],
)
def test_acc604_a_plugin_that_cannot_be_imported(code: str, error: str, install: Install) -> None:
    install("coop-keys", "1.4", "coop", code)
    finding = refused(Host.load)
    assert finding.code == "ACC604"
    assert finding.message == f'plugin "coop" of coop-keys 1.4 cannot be loaded: {error}'
    assert finding.help == "repair or uninstall coop-keys 1.4"


def test_the_same_distribution_seen_twice_is_one(install: Install, tmp_path: Path, monkeypatch) -> None:
    """As an editable install beside its own build."""
    install("coop-keys", "1.4", "coop", RULE.format(rule="coop-shares"))
    (tmp_path / "again").symlink_to(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "again"))
    assert Host.load().get(AllocationRule, "coop-shares")


def test_what_comes_with_mitoyen_is_described_by_kind_then_id() -> None:
    rows = [describe(brought) for brought in installed().brought()]
    assert {"kind": "source", "id": "csv"}.items() <= rows[0].items()
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    assert len(kinds) == len(HOOKS)
    for kind in kinds:
        ids = [(row["id"], row["version"]) for row in rows if row["kind"] == kind]
        assert ids == sorted(ids)


def test_offers_are_frozen() -> None:
    offer: Offer = installed().get(AllocationRule, "prorata")
    with pytest.raises(AttributeError):
        offer.version = 2  # type: ignore[misc]


# --- commands ----------------------------------------------------------------------------------------------------

HELLO = """\
from mitoyen.contracts import Command
from mitoyen.hookspecs import hookimpl

def load():
    {load}

@hookimpl
def mitoyen_commands():
    yield Command(id="{id}", title="say hello", load=load)
"""
GOOD = "import click; return click.Command('hello', callback=lambda: click.echo('bonjour'))"


@pytest.fixture
def said(install: Install) -> Iterator[Callable[..., Any]]:
    """``said("--help")``, once plugins are installed: how the command line ends in this process."""

    def run(*arguments: str) -> Any:
        installed.cache_clear()
        return CliRunner().invoke(cli.root, arguments, standalone_mode=False)

    yield run
    installed.cache_clear()


def command(name: str, version: int = 1) -> object:
    return plugin("mitoyen_commands", Command(id=name, version=version, title="", load=lambda: None))  # type: ignore[arg-type,return-value]


def test_a_command_of_a_plugin_is_listed_found_and_run(install: Install, said: Callable[..., Any]) -> None:
    install("coop-hello", "1.0", "coop", HELLO.format(load=GOOD, id="hello"))
    assert re.search(r"^  hello +say hello$", said("--help").output, re.MULTILINE)
    assert said("hello").output == "bonjour\n"
    with pytest.raises(click.UsageError, match='no command "helo"; did you mean "hello"'):
        raise said("helo").exception
    assert any(row["kind"] == "command" and row["id"] == "hello" for row in map(describe, installed().brought()))


def test_a_command_is_loaded_when_it_runs_and_not_before(install: Install, said: Callable[..., Any]) -> None:
    install("coop-hello", "1.0", "coop", HELLO.format(load="raise RuntimeError('no licence')", id="hello"))
    assert "hello" in said("--help").output
    finding = refused(lambda: raise_(said("hello").exception))
    assert finding.code == "ACC604"
    assert finding.message == 'plugin "coop" of coop-hello 1.0 cannot be loaded: RuntimeError: no licence'


def raise_(error: BaseException) -> None:
    raise error


def test_acc605_what_is_loaded_is_no_command(install: Install, said: Callable[..., Any]) -> None:
    install("coop-hello", "1.0", "coop", HELLO.format(load="return 'hello'", id="hello"))
    assert refused(lambda: raise_(said("hello").exception)).code == "ACC605"


def test_help_imports_nothing_that_is_slow() -> None:
    """It asks plugins for their commands, and that is all: 0.2 s, half of it numpy."""
    look = "import sys; from mitoyen.cli import root; root(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    *_help, modules = done.stdout.splitlines()
    slow = {"git", "jsonschema", "multiprocessing", "pandas", "pvlib", "pyarrow", "rich", "ruamel.yaml", "urllib3"}
    assert not slow & set(modules.split())


def test_help_is_given_although_a_plugin_is_broken(install: Install, said: Callable[..., Any]) -> None:
    install("coop-hello", "1.0", "coop", "1 / 0")
    done = said("--help")
    assert done.exception is None
    assert "a plugin cannot be loaded: `mitoyen plugins` says which" in done.output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_acc602_a_command_of_ours_may_not_be_taken(name: str) -> None:
    finding = refused(lambda: Host([("theirs", "theirs 2.0", command(name))]))
    assert (finding.code, finding.message) == (
        "ACC602",
        f'plugin "theirs" offers the command "{name}", which mitoyen has already',
    )


def test_acc602_two_commands_of_one_name_whatever_their_versions() -> None:
    finding = refused(lambda: Host([("a", "a 1", command("hello")), ("b", "b 1", command("hello", 2))]))
    assert finding.code == "ACC602"
    assert 'plugins "a" and "b" both offer the command "hello"' in finding.message


# --- news and the question ---------------------------------------------------------------------------------------


def hears(listen: Callable[[Any], None]) -> object:
    @hookimpl
    def mitoyen_settled(unit: Any) -> None:
        listen(unit)

    return SimpleNamespace(mitoyen_settled=mitoyen_settled)


def test_news_cost_nothing_where_nobody_listens_or_looks() -> None:
    def never() -> dict[str, Any]:
        raise AssertionError

    Host([]).tell("mitoyen_settled", "fr", unit=never)
    Host([("a", "a 1", hears(lambda _unit: None))]).tell("mitoyen_settled", "fr", unit=never)


def test_who_listens_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the data that the next one hears, nor how the command ends."""
    heard = []

    def breaks(_unit: Any) -> None:
        raise RuntimeError("no\nnetwork")

    plugins = [
        ("a", "a 1", hears(lambda unit: unit["members"].clear())),
        ("b", "b 1", hears(breaks)),
        ("c", "c 1", hears(lambda _unit: sys.exit(5))),
        ("d", "d 1", hears(lambda unit: heard.append(unit["members"]))),
    ]
    Host(plugins).tell("mitoyen_settled", "fr", unit=lambda: {"members": ["m-a"]})
    assert heard == [["m-a"]]
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        'warning: plugin "b" failed in mitoyen_settled: RuntimeError: no network\n'
        'warning: plugin "c" failed in mitoyen_settled: SystemExit: 5\n'
    )


def links(answer: Any) -> object:
    @hookimpl
    def mitoyen_link(place: Place, remote: str | None) -> Any:
        return answer(place, remote)

    return SimpleNamespace(mitoyen_link=mitoyen_link)


def test_the_first_answer_by_the_names_of_plugins(capsys: pytest.CaptureFixture[str]) -> None:
    place = Place("operations/a/keys.yaml", 6)
    plugins = [
        ("c", "c 1", links(lambda *_: "https://third")),
        ("b", "b 1", links(lambda place, remote: f"{remote}/{place.path}")),
        ("a", "a 1", links(lambda *_: None)),
        ("0", "0 1", links(lambda *_: 1 / 0)),
    ]
    for order in (plugins, plugins[::-1]):
        host = Host(order)
        assert host.link(place, "4f2a", "https://second") == "https://second/operations/a/keys.yaml"
        assert host.link(place, "4f2a", "https://second") == "https://second/operations/a/keys.yaml"
        # Told once: a plan has a hundred places.
        assert capsys.readouterr().err.splitlines() == [
            'warning: plugin "0" failed in mitoyen_link: ZeroDivisionError: division by zero'
        ]
    assert Host([]).link(place, "4f2a", None) is None
