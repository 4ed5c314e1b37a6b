"""What the pages say is so: links lead somewhere, commands exist, examples hold, the catalogue is fresh."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from mitoyen import cli, testing
from mitoyen.contracts import AllocationRule, Indicator, Source, TariffRule
from mitoyen.host import Host, installed

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = [ROOT / "docs" / "guide.fr.md", ROOT / "docs" / "guide.en.md"]

FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def by_name(path: Path) -> str:
    return path.name


def blocks(page: Path, language: str) -> Iterator[str]:
    """The fenced blocks of one language."""
    return (match[3] for match in FENCE.finditer(page.read_text(encoding="utf-8")) if match[2] == language)


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


# --- the catalogue -----------------------------------------------------------------------------------------------


def test_the_catalogue_of_messages_is_fresh() -> None:
    spec = importlib.util.spec_from_file_location("errors", ROOT / "docs" / "errors.py")
    assert spec
    assert spec.loader
    errors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(errors)
    assert errors.PAGE.read_text(encoding="utf-8") == errors.page(), "stale: run `python docs/errors.py`"


# --- links -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_links_lead_somewhere(page: Path) -> None:
    without_code = re.sub(r"`[^`\n]*`", "", prose(page))
    dead = [target for target in re.findall(r"\]\(([^)\s]+)\)", without_code) if not leads_somewhere(page, target)]
    assert not dead


def leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True  # elsewhere: not ours to look up
    file, _, anchor = target.partition("#")
    path = (page.parent / file).resolve() if file else page
    return path.exists() and path.is_relative_to(ROOT) and (not anchor or anchor in anchors(path))


def anchors(page: Path) -> set[str]:
    """The names forges give to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


# --- commands ----------------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in blocks(page, "console"):
            yield from ((page.name, line[2:]) for line in block.splitlines() if line.startswith("$ mitoyen"))


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str | None]:
    """What is wrong with a command line as written, or None. Nothing is run, and no path needs to exist."""
    monkeypatch.setattr(click.Command, "invoke", lambda _command, _context: None)
    monkeypatch.setattr(click.Path, "convert", lambda _type, value, _parameter, _context: value)

    def find(line: str) -> str | None:
        words = shlex.split(re.split(r" (?:[|<>]|&&) ?", line)[0], comments=True)
        try:
            cli.root.main(words[1:], prog_name="mitoyen", standalone_mode=False)
        except click.UsageError as error:
            return error.format_message()
        return None

    return find


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_commands_exist(page: str, line: str, fault: Callable[[str], str | None]) -> None:
    assert fault(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "mitoyen chek",
        "mitoyen check --fast",
        "mitoyen settle --month 2026-13",
        "mitoyen check --format pdf",
        "mitoyen fetch toits-du-bourg",
        "mitoyen show flows x --month 2026-01",
        "mitoyen new operation",
    ],
)
def test_a_wrong_command_is_seen(line: str, fault: Callable[[str], str | None]) -> None:
    assert fault(line)


# --- the guides --------------------------------------------------------------------------------------------------


def examples() -> Iterator[tuple[str, int, str, str]]:
    """(page, number, file, text) of each example that names the file it is of."""
    for page in [*GUIDES, ROOT / "README.md"]:
        for number, block in enumerate(blocks(page, "yaml")):
            if match := re.match(r"# (mitoyen|operation|participants|keys|tariffs)\.yaml\n", block):
                yield page.name, number, f"{match[1]}.yaml", block


@pytest.mark.parametrize(("page", "number", "file", "text"), list(examples()))
def test_examples_hold(page: str, number: int, file: str, text: str, scaffold: Path, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    shutil.copytree(scaffold, repo)
    if file == "operation.yaml" and "title:" not in text:  # a part of it
        text = f"title: Essai\norganiser: coop\nopened: 2026-01-01\n{text}"
    folder = repo / "operations" / ("" if file == "mitoyen.yaml" else "toits-du-bourg")
    (folder / file).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli.root, ["--repo", str(repo), "check"], standalone_mode=False)
    assert done.return_value == 0, done.output or done.exception


@pytest.fixture(scope="session")
def scaffold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as `mitoyen new operation` makes it."""
    repo = tmp_path_factory.mktemp("scaffold")
    line = ["--repo", str(repo), "new", "operation", "toits-du-bourg", "--opened", "2026-01-01"]
    done = CliRunner().invoke(cli.root, line, standalone_mode=False)
    assert done.exception is None
    return repo


def test_the_guides_have_the_same_parts() -> None:
    french, english = (
        [
            re.match(r"#+|\||```\w*|\d+\.|-", line)[0]  # type: ignore[index]
            for line in page.read_text(encoding="utf-8").splitlines()
            if line.startswith(("#", "|", "```", "- "))
        ]
        for page in GUIDES
    )
    assert french == english


@pytest.mark.parametrize("page", GUIDES, ids=by_name)
def test_the_guides_name_every_key_tariff_and_source(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    ours = {
        brought.offer.id
        for brought in installed().brought()
        if isinstance(brought.offer, AllocationRule | TariffRule | Source)
        and brought.distribution.startswith("mitoyen ")
    }
    csv = installed().get(Source, "csv").schema["properties"]
    assert not {name for name in {*ours, *csv} if f"`{name}`" not in text and f"use: {name}" not in text}


# --- the architecture --------------------------------------------------------------------------------------------


def test_each_module_has_its_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (ROOT / "engine" / "mitoyen").glob("[!_]*.py")}
    assert not {name for name in modules if f"`{name}`" not in page}


# --- plugins -----------------------------------------------------------------------------------------------------

PLUGINS = ROOT / "docs" / "plugins.md"


@pytest.mark.parametrize(("kind", "name"), [(AllocationRule, "capped"), (Indicator, "evening")])
def test_a_plugin_of_the_page_holds(
    kind: type[AllocationRule | Indicator], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType(f"mitoyen_{name}")
    [code] = [block for block in blocks(PLUGINS, "python") if "@hookimpl" in block and f'id="{name}"' in block]
    exec(compile(code, "docs/plugins.md", "exec"), module.__dict__)  # noqa: S102 - our own page
    host = Host([(name, f"mitoyen-{name} 1.0.0", module)])
    monkeypatch.setattr("mitoyen.host.installed", lambda: host)
    from mitoyen.located import parse

    [cases] = [
        block for block in blocks(PLUGINS, "yaml") if block.startswith("# mitoyen cases") and f": {name}\n" in block
    ]
    found = parse(cases.encode(), "docs/plugins.md").value["cases"]
    assert len(found) >= 2
    for case in found:
        testing.run_case(case)
    for seed in range(50):
        testing.conforms(host.get(kind, name), seed)
