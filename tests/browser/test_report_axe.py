"""Whoever reads with other means: axe-core finds nothing on any kind of page, small or large, light or dark."""

from __future__ import annotations

from typing import Any

import pytest

from browser.conftest import Look, Sites

PAGES = {
    "federation": ("board", "index.html"),
    "overview": ("board", "carmausin-segala/index.html"),
    "overview in English, less shown": ("public", "en/depart/index.html"),
    "day": ("board", "appy/jour.html"),
    "plants": ("board", "saint-affrique/centrales.html"),
    "money": ("board", "carmausin-segala/argent.html"),
    "decisions": ("board", "appy/decisions.html"),
    "data": ("board", "appy/donnees.html"),
    "a member's own": ("members", "m-ferme.html"),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# preload: axe would ask for the style sheet by itself, which the page's policy refuses.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"], "preload": False}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1280, 900, "dark"), (375, 800, "light")], ids=["desk", "telephone"]
)
def test_axe_finds_nothing(sites: Sites, look: Look, width: int, height: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed here").Axe()
    with look(width, height, color_scheme=scheme) as looking:
        for name, (site, file) in PAGES.items():
            page = looking.go(getattr(sites, site) / file)
            page.locator("figure details").evaluate_all("(all) => all.forEach((one, at) => one.open = at < 1)")
            assert found(axe.run(page, options=OPTIONS).response) == [], name
        # What depends on colours alone, in those of the other scheme, where every colour of text is.
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        for name in ("money", "a member's own"):
            site, file = PAGES[name]
            page = looking.go(getattr(sites, site) / file)
            assert found(axe.run(page, options={**OPTIONS, **COLOURS}).response) == [], name


def found(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["id"], one["impact"], node["html"][:200]) for one in answer["violations"] for node in one["nodes"]]
