"""A small federation, its site for the board and for everyone, and a browser that looks at them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from filelock import FileLock

from neighbours import commit, git, run

ROOT = Path(__file__).resolve().parents[2]

TITLE = '<script>alert(1)</script> & "co"'
BECAUSE = "<img src=x onerror=alert(2)> réunion <b>publique</b>"
MONTHS = {
    "appy": ("2023-03", "2023-10"),  # half-hours; the clocks change in both
    "carmausin-segala": ("2024-06", "2024-10"),  # ten plants, thousands of kWh a day; then quarter-hours
    "depart": ("2023-03", "2023-06", "2023-10"),
    "saint-affrique": ("2018-12", "2019-03"),  # three consumers, then two; a day that looks like a fault
}
DEPART = {
    "operation": """\
title: Un village où l'on part
organiser: commune-appy
opened: 2023-01-01
step: PT30M
source:
  use: simulated
  with:
    seed: depart
    site: {latitude: 42.79, longitude: 1.72, altitude: 980}
    plants: {mtr-90: {power: 21 kWp, tilt: 30, azimuth: 170, yearly: 23800 kWh}}
    loads:
      mtr-01: {profile: office, yearly: 6800 kWh}
      mtr-02: {profile: household, yearly: 4900 kWh}
      mtr-03: {profile: household, yearly: 3600 kWh}
      mtr-04: {profile: household, yearly: 5200 kWh}
      mtr-05: {profile: household, yearly: 2900 kWh}
      mtr-06: {profile: household, yearly: 2400 kWh}
      mtr-07: {profile: household, yearly: 1900 kWh}
      mtr-08: {profile: household, yearly: 3300 kWh}
      mtr-09: {profile: household, yearly: 4600 kWh}
documents: {use: [text], with: {series: DE}}
""",
    "participants": """\
p-toit: {role: producer, meter: mtr-90, from: 2023-01-01, power: 21 kWp, seller: commune-appy}
m-commune: {role: consumer, meter: mtr-01, from: 2023-01-01, to: 2023-05-31, tariff: commune}
m-3fk2: {role: consumer, meter: mtr-02, from: 2023-01-01, tariff: habitants}
m-9qtd: {role: consumer, meter: mtr-03, from: 2023-01-01, tariff: habitants}
m-7c0d: {role: consumer, meter: mtr-04, from: 2023-01-01, to: 2023-05-31, tariff: habitants}
m-p4z8: {role: consumer, meter: mtr-05, from: 2023-01-01, to: 2023-05-31, tariff: solidaire}
m-d5m9: {role: consumer, meter: mtr-06, from: 2023-01-01, to: 2023-05-31, tariff: solidaire}
m-t3k7: {role: consumer, meter: mtr-07, from: 2023-01-01, to: 2023-05-31, tariff: solidaire}
m-g2n6: {role: consumer, meter: mtr-08, from: 2023-09-01, tariff: habitants}
m-w8j3: {role: consumer, meter: mtr-09, from: 2023-09-01, tariff: habitants}
""",
    "keys": "2023-01-01: {rule: prorata}\n",
    "tariffs": "\n".join(
        f"{name}:\n  2023-01-01: {{rule: flat, with: {{price: 0.0900 EUR/kWh}}}}"
        for name in ("commune", "habitants", "solidaire")
    ),
}
"""To everyone, March shows two groups of tariffs, June nothing of its two consumers, October one group of four."""

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

WATCH = """
addEventListener("securitypolicyviolation", (event) => console.error("policy: " + event.violatedDirective));
"""


@dataclass(frozen=True)
class Sites:
    board: Path
    public: Path
    members: Path
    """Pages of their own of appy's members, of October."""


def _federation(repo: Path) -> None:
    operations = repo / "operations"
    operations.mkdir(parents=True)
    (operations / "mitoyen.yaml").write_text("lang: fr\n")
    (operations / "depart").mkdir()
    for name, text in DEPART.items():
        (operations / "depart" / f"{name}.yaml").write_text(text)
    for name in sorted(set(MONTHS) - {"depart"}):
        shutil.copytree(ROOT / "operations" / name, operations / name)
    _rewrite(operations / "appy" / "operation.yaml", r"(?m)^title: .*$", f"title: '{TITLE}'")
    for file in ("keys.yaml", "tariffs.yaml"):
        _rewrite(operations / "appy" / file, r"(?<=because: )[^,\n}]*décembre 2022[^\n}]*", BECAUSE)
    third = "m-voisin: {role: consumer, meter: mtr-03, from: 2018-10-01, to: 2019-01-31, tariff: voisins}\n"
    _rewrite(operations / "saint-affrique" / "participants.yaml", r"\Z", third)
    (operations / "saint-affrique" / "keys.yaml").write_text("2018-10-01: {rule: prorata}\n")
    load = "loads:\n      mtr-03: {profile: household, yearly: 3000 kWh}"
    _rewrite(operations / "saint-affrique" / "operation.yaml", "loads:", load)
    git(repo, "init", "--quiet")
    for name, months in MONTHS.items():
        for month in months:
            assert run(repo, "fetch", name, "--month", month)[0] == 0
    assert run(repo, "settle")[0] == 0
    commit(repo, "The months")


def _rewrite(file: Path, what: str, by: str) -> None:
    text, times = re.subn(what, lambda _: by, file.read_text())
    assert times
    file.write_text(text)


def _make(home: Path) -> None:
    repo = home / "federation"
    _federation(repo)
    assert run(repo, "report", "--out", str(home / "board"))[0] == 0
    out = str(home / "members")
    assert run(repo, "report", "--each-member", "appy", "--month", "2023-10", "--out", out)[0] == 0
    (repo / "operations" / "mitoyen.yaml").write_text("lang: fr\naudience: public\n")
    assert run(repo, "report", "--out", str(home / "public"))[0] == 0


def _chromium() -> str:
    """Its program; whatever needs it is skipped where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed here")
    path = os.environ.get("MITOYEN_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    return path or pytest.skip("no chromium here (MITOYEN_CHROMIUM names its program)")


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Made once, by whichever worker comes first."""
    _chromium()  # nothing is made that nobody can look at
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home, ready = shared / "report-sites", shared / "report-sites.ready"
    with FileLock(shared / "report-sites.lock"):
        if not ready.exists():
            shutil.rmtree(home, ignore_errors=True)
            _make(home)
            ready.touch()
    return Sites(home / "board", home / "public", home / "members" / "appy" / "2023-10")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Closed with the module, for it holds an event loop of its own."""
    program = _chromium()
    from playwright.sync_api import sync_playwright

    quiet = ("background-networking", "component-update", "sync", "gpu")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{one}" for one in quiet)]
    with sync_playwright() as running:
        launched = running.chromium.launch(executable_path=program, args=arguments)
        yield launched
        launched.close()


@dataclass
class Looking:
    """A page of the browser, and what it complained of."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def go(self, place: Path, anchor: str = "") -> Any:
        self.page.goto(place.as_uri() + anchor)
        return self.page

    def watch(self) -> None:
        def told(message: Any) -> None:
            if message.type in ("error", "warning"):
                self.complaints.append(f"{message.type}: {message.text} ({self.page.url})")

        def asked(request: Any) -> None:
            to = urlsplit(request.url)
            if to.scheme not in ("file", "blob", "data") and to.hostname != "127.0.0.1":
                self.complaints.append(f"asked for {request.url}")

        def answered(response: Any) -> None:
            if response.status >= 400:
                self.complaints.append(f"{response.status}: {response.url}")

        def failed(request: Any) -> None:
            # What is taken away is not opened; an icon that has not come when a test goes on is given up.
            if not (request.url.endswith((".csv", "/icon.svg")) and request.failure == "net::ERR_ABORTED"):
                self.complaints.append(f"failed: {request.url} {request.failure}")

        self.page.on("console", told)
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        self.page.on("requestfailed", failed)
        self.page.on("request", asked)
        self.page.on("response", answered)
        self.page.on("dialog", lambda one: (self.complaints.append(f"dialog: {one.message}"), one.dismiss()))


Look = Callable[..., Any]


@pytest.fixture
def look(browser: Any) -> Look:
    """``with look(width=375, java_script_enabled=False) as looking``: nothing may be complained of."""

    @contextmanager
    def open_one(width: int = 1280, height: int = 900, **options: Any) -> Iterator[Looking]:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR", **options)
        try:
            context.add_init_script(WATCH)
            context.set_default_timeout(15_000)
            looking = Looking(context.new_page())
            looking.watch()
            yield looking
            assert looking.complaints == []
        finally:
            context.close()

    return open_one
