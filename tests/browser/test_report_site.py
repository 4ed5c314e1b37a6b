"""The site in a browser: every page opens in silence, fits the screen, leads on, and holds its text as text."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from browser.conftest import BECAUSE, MONTHS, TITLE, Look, Sites
from mitoyen_report.serve import server

TELEPHONE = (375, 800)
DESK = {"width": 1280, "height": 900}
KINDS = ("index", "jour", "centrales", "argent", "decisions", "donnees")
KILOBYTE = 1024

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SEEN = """() => ({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  inline: [...document.querySelectorAll("script:not([src])")].length
    + [...document.querySelectorAll("body *")].filter(
        (one) => [...one.attributes].some(({ name }) => name.startsWith("on") || name === "style")).length,
  translated: document.querySelector(".language a")?.href,
  links: [...document.querySelectorAll("a[href]")].map((one) => one.href),
  ids: [...document.querySelectorAll("[id]")].map((one) => one.id),
  titled: document.title.trim() && document.querySelectorAll("h1").length === 1,
})"""


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def leads(link: str, ids: list[str], here: Path, site: Path) -> bool:
    """Whether a link of a page leads to a file of the site, and its anchor to a place or a day."""
    to = urlsplit(link)
    path = Path(unquote(to.path))
    if to.scheme != "file" or not path.is_file() or site not in path.parents:
        return False
    if not to.fragment or (path == here and to.fragment in ids):
        return True
    return (site / path.parent.name / "jours" / f"{to.fragment}.js").is_file()


@pytest.mark.parametrize("audience", ["board", "public"])
def test_every_page_opens_in_silence_fits_and_leads_on(sites: Sites, look: Look, audience: str) -> None:
    site: Path = getattr(sites, audience)
    every = pages(site)
    assert len(every) == 2 * (1 + len(KINDS) * len(MONTHS))
    with look(*TELEPHONE) as looking:
        for place in every:
            page = looking.go(place)
            name = place.relative_to(site)
            found = page.evaluate(SEEN)
            assert found["overflow"] <= 0, f"{name} is too wide for a telephone"
            assert found["inline"] == 0, f"{name} has a script or a style of its own"
            assert found["titled"], name
            assert [link for link in found["links"] if not leads(link, found["ids"], place, site)] == [], name
            other = Path(*name.parts[1:]) if name.parts[0] == "en" else Path("en", name)
            assert found["translated"] == (site / other).as_uri()
            if audience == "board":  # where there is most on a page
                page.locator("details").evaluate_all("(all) => all.forEach((one) => one.open = true)")
                assert page.evaluate(OVERFLOW) <= 0, f"{name}, opened, is too wide for a telephone"
                page.set_viewport_size(DESK)
                assert page.evaluate(OVERFLOW) <= 0, f"{name} is too wide for a desk"
                page.set_viewport_size(dict(zip(("width", "height"), TELEPHONE, strict=True)))


def test_a_members_own_page_is_whole_alone(sites: Sites, look: Look) -> None:
    place = sites.members / "m-ferme.html"
    for size in (TELEPHONE, tuple(DESK.values())):
        with look(*size) as looking:
            page = looking.go(place)
            assert page.evaluate(OVERFLOW) <= 0
            assert page.locator("h1").count() == 1
            assert page.locator("figure svg >> visible=true").count() == 2
            with page.expect_download() as waiting:
                page.locator("a[download]", has_text="courbe").click()
            assert Path(waiting.value.path()).read_text("utf-8-sig").count("\n") == 1 + 2 * 24 * 31 + 2
            assert TITLE in page.locator(".about").inner_text()


def test_what_people_wrote_is_text_and_nothing_else(sites: Sites, look: Look) -> None:
    with look() as looking:
        for lang, kinds in ((".", KINDS), ("en", KINDS[:2])):
            page = looking.go(sites.board / lang / "index.html")
            assert page.get_by_role("link", name=TITLE, exact=True).count() >= 1
            for kind in kinds:
                page = looking.go(sites.board / lang / "appy" / f"{kind}.html")
                assert page.locator("h1").inner_text() == TITLE
                assert TITLE in page.title()
                assert page.locator("main img, main b, script:not([src$='assets/day.js'])").count() == 0
            page = looking.go(sites.board / lang / "appy" / "argent.html")
            assert page.get_by_role("cell", name=BECAUSE, exact=True).count() >= 1
            page = looking.go(sites.board / lang / "appy" / "decisions.html")
            assert BECAUSE in page.locator("main").inner_text()


def test_from_a_server_it_is_the_same(sites: Sites, look: Look) -> None:
    with server(sites.board, 0) as serving, look() as looking:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{serving.server_address[1]}/"
        page = looking.page
        try:
            for lang in ("", "en/"):
                page.goto(f"{home}{lang}index.html")
                for kind in KINDS:
                    answer = page.goto(f"{home}{lang}carmausin-segala/{kind}.html")
                    assert "default-src 'none'" in answer.headers["content-security-policy"]
                page.goto(f"{home}{lang}carmausin-segala/jour.html")
                page.locator("#previous").click()
                page.wait_for_selector("#jour[data-day='2024-10-30']")
            page.locator(".language a").click()
            page.wait_for_selector("html[lang=fr] #jour[data-day='2024-10-30']")
        finally:
            serving.shutdown()


def test_on_paper_there_are_pictures_and_nothing_to_press(sites: Sites, look: Look) -> None:
    pypdf = pytest.importorskip("pypdf")
    with look() as looking:
        for kind in ("index", "jour"):
            page = looking.go(sites.board / "carmausin-segala" / f"{kind}.html")
            page.emulate_media(media="print")
            assert page.locator("nav, form, details, .language").evaluate_all(
                "(all) => all.every((one) => getComputedStyle(one).display === 'none')"
            )
            assert page.locator("figure").evaluate_all("(all) => all.every((one) => one.offsetHeight > 100)")
            assert page.locator("figure svg >> visible=true").count() == page.locator("figure").count()
            paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
            assert 0 < len(paper.pages) < 8
            text = " ".join(one.extract_text() for one in paper.pages)
            assert "Carmausin-Ségala" in text
            assert re.search(r"\b12 h\b", text)


def test_a_page_is_light(sites: Sites) -> None:
    for site in (sites.board, sites.public):
        heavy = {str(one): one.stat().st_size for one in pages(site) if one.stat().st_size > 300 * KILOBYTE}
        assert heavy == {}
        days = list(site.glob("*/jours/*.js"))
        assert len(days) > 200
        assert max(one.stat().st_size for one in days) < 12 * KILOBYTE


PALETTE = """() => {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("i");
  document.body.append(probe);
  const colours = {};
  for (const name of NAMES) {
    probe.style.setProperty("color", style.getPropertyValue(name));
    colours[name] = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
  }
  return colours;
}"""
DRAWN = [f"--c-{one}" for one in ("shared", "surplus", "complement", "consumed", "produced", "energy", "fees")]
DRAWN += [f"--p{index}" for index in range(12)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_marks_stand_out_from_their_ground(sites: Sites, look: Look, scheme: str) -> None:
    with look(color_scheme=scheme) as looking:
        page = looking.go(sites.board / "appy" / "index.html")
        names = ["--ground", "--panel", "--ink", "--quiet", "--link", *DRAWN]
        colours = page.evaluate(PALETTE.replace("NAMES", str(names)))
        ground = colours["--ground"]
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
            f"rgb({', '.join(str(int(one)) for one in ground)})"
        )
        assert (luminance(ground) < 0.05) == (scheme == "dark")
        for name in ("--ink", "--quiet", "--link"):
            assert contrast(colours[name], ground) >= 4.5, name
            assert contrast(colours[name], colours["--panel"]) >= 4.5, name
        weak = {name: round(contrast(colours[name], ground), 2) for name in DRAWN}
        assert {name: one for name, one in weak.items() if one < 3} == {}
        # What is written in a picture is in the colour of words.
        inks = page.locator("figure svg text").evaluate_all("(all) => all.map((one) => getComputedStyle(one).fill)")
        assert set(inks) == {f"rgb({', '.join(str(int(one)) for one in colours['--ink'])})"}


def luminance(colour: list[float]) -> float:
    parts = [one / 255 for one in colour]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Any, other: Any) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
