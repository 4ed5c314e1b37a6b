"""A hook is there for others: it has an example that runs, a row in the documentation, a plugin that uses it."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mitoyen import hookspecs
from mitoyen.contracts import Place
from mitoyen.host import HOOKS, LINK, NEWS, Host, describe, installed
from mitoyen.testing import conforms

SPECS: dict[str, Callable[..., Any]] = {
    name: value
    for name, value in vars(hookspecs).items()
    if name.startswith("mitoyen_") and inspect.isfunction(value)
}
OFFERS = sorted(HOOKS.values())
every_hook = pytest.mark.parametrize("name", sorted(SPECS))


def signature(name: str) -> str:
    """As it is written: ``mitoyen_sources() -> Iterable[Source]``."""
    return f"{name}{inspect.signature(SPECS[name])}".replace("'", "")


def example(name: str) -> dict[str, Any]:
    """What the names of a docstring's example mean once it has run; fails where it does not say what it shows."""
    [test] = doctest.DocTestFinder(recurse=False).find(SPECS[name], name)
    assert test.examples, "no example"
    results = doctest.DocTestRunner().run(test, clear_globs=False)
    assert results.failed == 0
    return test.globs


def test_signatures_are_found() -> None:
    assert signature("mitoyen_sources") == "mitoyen_sources() -> Iterable[Source]"


@pytest.mark.parametrize("name", OFFERS)
def test_its_example_runs_and_is_a_plugin(name: str) -> None:
    """Copied into a module, the example is found and its offer listed."""
    module = ModuleType("example")
    vars(module).update(example(name))
    kind = next((kind for kind, hook in HOOKS.items() if hook == name), None)
    host = Host([("example", "example 1.0", module)])
    offered = [brought.offer for brought in host.brought()]
    assert [type(offer) for offer in offered] == [kind]
    assert describe(next(host.brought()))["title"] == offered[0].title


@pytest.mark.parametrize("name", NEWS)
def test_its_example_hears(name: str) -> None:
    globs = example(name)
    module = ModuleType("example")
    vars(module).update(globs)
    host = Host([("example", "example 1.0", module)])
    facts = {"digest": "d", "operation": "boucle", "month": "2026-01", "reused": False, "invoices": [{}, {}]}
    hears = {
        "mitoyen_planned": "d",
        "mitoyen_settled": ("boucle", "2026-01", False),
        "mitoyen_issued": ("boucle", "2026-01", 2),
    }
    [subject] = [one for one in inspect.signature(SPECS[name]).parameters if one != "lang"]
    host.tell(name, "fr", **{subject: lambda: facts})
    assert globs["heard"] == [hears[name]]


def test_the_example_of_a_link_answers() -> None:
    module = ModuleType("example")
    vars(module).update(example(LINK))
    host = Host([("example", "example 1.0", module)])
    assert host.link(Place("operations/a/keys.yaml", 6), "4f2a", None) == (
        "https://forge.example/4f2a/operations/a/keys.yaml#6"
    )


def test_the_rule_of_the_example_passes_the_kit() -> None:
    [rule] = example("mitoyen_allocation_rules")["mitoyen_allocation_rules"]()
    for seed in range(100):
        conforms(rule, seed)


def test_the_indicator_of_the_example_passes_the_kit() -> None:
    [indicator] = example("mitoyen_indicators")["mitoyen_indicators"]()
    for seed in range(20):
        conforms(indicator, seed)


@every_hook
def test_it_is_in_the_documentation(name: str, root: Path) -> None:
    page = (root / "docs" / "plugins.md").read_text(encoding="utf-8")
    assert f"`{signature(name)}`" in page.replace("\\|", "|")  # as a table has to write it


@every_hook
def test_a_plugin_of_ours_implements_it(name: str) -> None:
    implementations = getattr(installed()._manager.hook, name).get_hookimpls()
    assert any(one.plugin.__name__.startswith("mitoyen_") for one in implementations)


def test_the_host_collects_every_hook() -> None:
    assert sorted([*HOOKS.values(), *NEWS, LINK]) == sorted(SPECS)
