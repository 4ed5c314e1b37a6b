"""The site: which operations moved, their pages written, then those of the federation.

A task is an operation. It travels as plain values, writes its own files and brings back what the federation's page
needs, so that many operations take no more memory than one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from mitoyen import __version__
from mitoyen.contracts import Executor, Finding, Indicator, Options, Place
from mitoyen.diagnostics import Refused
from mitoyen.fingerprint import canonical, digest
from mitoyen.report.seen import Seen
from mitoyen.repository.line import named_since
from mitoyen.repository.trees import shown as path_of
from mitoyen.workspace import Workspace, opened
from mitoyen_report import days, render
from mitoyen_report.folder import OURS, Kept, SiteFolder, remove, write, written
from mitoyen_report.gathered import Gathered, gather
from mitoyen_report.pages import Page, day, decisions, federation, money, overview, plants, quality
from mitoyen_report.words import BY_LANG, Words

RECIPE = 1
"""Raised where the same input gives other pages, for what the digest of our own files does not see."""

RENAME = "call the operation's folder by another name, with `git mv`"

PAGES: Sequence[Callable[[Gathered, Words], Page]] = (
    *(overview.page, day.page, plants.page, money.page, decisions.page, quality.page),
)


@dataclass(frozen=True, slots=True)
class Task:
    root: Path
    out: Path
    operation: str
    audience: str
    title: str
    made_from: str
    kept: Kept
    unfinished: bool
    """Whether a run that was killed may have written some of its files."""


@dataclass(frozen=True, slots=True)
class Outcome:
    operation: str
    kept: Kept | None
    """None where nothing could be shown of it."""
    written: int
    findings: tuple[Finding, ...] = ()
    spent: Counter[str] = field(default_factory=Counter)
    """Nanoseconds by part."""


@dataclass(slots=True)
class Made:
    """What a run did."""

    operations: int = 0
    again: int = 0
    """Operations that moved."""
    written: int = 0
    findings: list[Finding] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)


def make(
    here: Workspace,
    names: Sequence[str],
    out: Path,
    executor: tuple[Executor, Options],
    advance: Callable[[str], None],
    audience: str | None = None,
) -> Made:
    """Write the site of these operations into a folder; what has not moved is not written again.

    Raise Refused where the folder is not one of ours.
    """
    if taken := [
        Finding("RPT104", f'a site has a folder named "{name}" of its own', Place(path_of(name)), RENAME)
        for name in names
        if name in OURS
    ]:
        raise Refused(*taken)
    shown = audience or here.settings.audience
    folder = SiteFolder(out, shown)
    done = Made(operations=len(names))
    with _timed(done.spent, "look"):
        # Before anything is read: what is committed meanwhile is of the next run.
        head = here.repository.resolve("HEAD") if here.repository.has_history else None
        moved = _moved(here, folder.head, head)
        tasks = []
        for name in names:
            made_from = _print(here, name, shown)
            known = folder.operations.get(name)
            kept = known or Kept()
            if kept.made_from != made_from or moved is None or name in moved or not folder.whole(kept):
                unfinished = known is not None and not known.made_from
                tasks.append(
                    Task(here.repository.root, out, name, shown, _title(here), made_from, kept, unfinished)
                )
        folder.keep_only(names)
        for task in tasks:  # a run that is killed leaves their names: what it wrote is known to be ours
            folder.operations[task.operation] = Kept(months=task.kept.months, files=task.kept.files)
        folder.save()
    offer, options = executor
    opened.cache_clear()
    for outcome in offer.run(write_operation, tasks, options):
        done.written += outcome.written
        done.again += 1
        done.findings += outcome.findings
        done.spent += outcome.spent
        if outcome.kept is None:
            folder.operations.pop(outcome.operation, None)
        else:
            folder.operations[outcome.operation] = outcome.kept
        advance(outcome.operation)
    with _timed(done.spent, "federation"):
        done.written += _federation(here, folder, names)
        folder.head = head
        folder.save()
    return done


def _title(here: Workspace) -> str:
    return here.settings.title or ""


def _moved(here: Workspace, before: str | None, head: str | None) -> frozenset[str] | None:
    """The operations that commits touched since the site was written; None where that cannot be known."""
    if head is None:
        return frozenset()
    return named_since(here.repository, before, head) if before else None


def _print(here: Workspace, name: str, audience: str) -> str:
    """What an operation's pages are made from, but for the history: its files, the audience, the programs."""
    return _digest(
        recipe=RECIPE,
        programs=_programs(),
        indicators=[[one.id, one.version] for one in here.host.all(Indicator)],
        audience=audience,
        title=_title(here),
        files=dict(here.repository.working.listing(name)),
    )


def _digest(**inputs: object) -> str:
    return digest(canonical(inputs))


@cache
def _programs() -> dict[str, str]:
    """Ours, by their content, and those that draw and fill in."""
    ours = sha256()
    for package in ("mitoyen_report", "mitoyen.report"):
        found = [path for path in Path(str(files(package))).rglob("*") if path.suffix in _OURS]
        for path in sorted(found):
            ours.update(path.read_bytes())
    libraries = {name: version(name) for name in ("vl-convert-python", "Jinja2")}
    return {"mitoyen": __version__, "report": ours.hexdigest(), **libraries}


_OURS = {".py", ".html", ".css", ".js", ".svg"}


# --- an operation ----------------------------------------------------------------------------------------------


def write_operation(task: Task) -> Outcome:
    """Write an operation's pages, the files of its days and its numbers. Findings where nothing can be shown."""
    spent: Counter[str] = Counter()
    here = opened(task.root)
    writer = _Writer(task, spent)
    try:
        with _timed(spent, "read and compute"):
            of = gather(here, task.operation, task.audience, writer.days)
        for lang, words in BY_LANG.items():
            prefix = "en/" if lang == "en" else ""
            for make_page in PAGES:
                with _timed(spent, "draw"):
                    page = make_page(of, words)
                with _timed(spent, "fill in and write"):
                    writer.page(page, prefix, words)
    except Refused as refused:
        remove(task.out, [*task.kept.files, *written(task.out, task.operation)])
        return Outcome(task.operation, None, 0, refused.findings, spent)
    former = {*task.kept.files, *(written(task.out, task.operation) if task.unfinished else ())}
    remove(task.out, sorted(former - writer.files))
    kept = Kept(task.made_from, writer.months, sorted(writer.files), federation.summary(of))
    return Outcome(task.operation, kept, writer.written, of.findings, spent)


class _Writer:
    """Writes an operation's files and remembers which."""

    def __init__(self, task: Task, spent: Counter[str]) -> None:
        self.task = task
        self.spent = spent
        self.files: set[str] = set()
        self.months: dict[str, str] = {}
        self.written = 0
        self._before = {name: _days_of(task.kept.files, name) for name in task.kept.months}

    def days(self, one: Seen, order: Sequence[str]) -> None:
        """The files of a month's days, unless they are there and say the same."""
        month = str(one.month)
        made_from = _digest(programs=_programs(), energy=one.energy_digest, order=list(order), sight=_sight(one))
        before = self._before.get(month, [])
        there = before and all((self.task.out / file).is_file() for file in before)
        self.months[month] = made_from
        if self.task.kept.months.get(month) == made_from and there:
            self.files.update(before)
            return
        with _timed(self.spent, "days"):
            for steps in days.steps(one, order):
                self._write(f"{self.task.operation}/{days.FOLDER}/{steps.day}.js", steps.script())

    def page(self, page: Page, prefix: str, words: Words) -> None:
        site = {
            "title": self.task.title or words("federation"),
            "audience": words(f"audience {self.task.audience}"),
        }
        name = self.task.operation
        self._write(f"{prefix}{name}/{page.file}", render.page(page, words, folder=name, site=site))
        for figure in page.figures:
            self._write(f"{prefix}{name}/{figure.csv}", figure.table.csv(words.lang))

    def _write(self, file: str, content: bytes) -> None:
        self.files.add(file)
        self.written += write(self.task.out, file, content)


def _days_of(known: Sequence[str], month: str) -> list[str]:
    return [file for file in known if f"/{days.FOLDER}/{month}-" in file]


def _sight(one: Seen) -> dict[str, Any]:
    sight = one.sight
    groups = [[list(group.tariffs), list(group.consumers)] for group in sight.groups]
    return {"production": sight.production, "flows": sight.flows, "groups": groups}


# --- the federation --------------------------------------------------------------------------------------------


def _federation(here: Workspace, folder: SiteFolder, names: Sequence[str]) -> int:
    """Its pages, the style and the script; how many files had to be written."""
    summaries = [folder.operations[name].summary for name in names if name in folder.operations]
    wanted: dict[str, bytes] = {}
    for path in sorted(Path(str(files("mitoyen_report"))).joinpath("assets").iterdir()):
        if path.suffix in _OURS:
            wanted[f"assets/{path.name}"] = path.read_bytes()
    for lang, words in BY_LANG.items():
        prefix = "en/" if lang == "en" else ""
        title = _title(here) or words("federation")
        site = {"title": title, "audience": words(f"audience {folder.audience}")}
        for page in federation.pages(summaries, title, words):
            wanted[f"{prefix}{page.file}"] = render.page(page, words, folder=None, site=site)
            for figure in page.figures:
                wanted[f"{prefix}{figure.csv}"] = figure.table.csv(lang)
    former = set(folder.shared)
    folder.shared = sorted(former | set(wanted))
    folder.save()  # as for operations: what a run that is killed wrote is known to be ours
    done = sum(write(folder.path, file, content) for file, content in wanted.items())
    remove(folder.path, sorted(former - set(wanted)))
    folder.shared = sorted(wanted)
    return done


@contextmanager
def _timed(spent: Counter[str], part: str) -> Iterator[None]:
    start = time.perf_counter_ns()
    try:
        yield
    finally:
        spent[part] += time.perf_counter_ns() - start
