"""The day's page: any day that is asked for is drawn, told and listed as its file has it, as Python would have."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from browser.conftest import Look, Sites
from browser.pictures import Picture, levels, read, rows
from mitoyen_report.days import Steps, kwh
from mitoyen_report.pages.day import says
from mitoyen_report.words import BY_LANG

LANGS = {"fr": ".", "en": "en"}


def day_of(site: Path, operation: str, day: str) -> Steps:
    """A day as its file has it; where it does not say when its steps are, they are even."""
    text = (site / operation / "jours" / f"{day}.js").read_text()
    held = json.loads(text.removeprefix("mitoyenDay(").removesuffix(");\n"))
    steps, minutes = len(held["produced"]), held["minutes"]
    at = held.get("at") or [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, steps * minutes, minutes)]
    where = held.get("where") or [24 * step / steps for step in range(steps + 1)]
    series = (held["produced"], held["consumed"], held["parts"], held["surplus"])
    return Steps(date.fromisoformat(held["day"]), minutes, tuple(at), tuple(where), *series, tuple(held["totals"]))


def wait(page: Any, day: str) -> None:
    page.wait_for_selector(f"#jour[data-day='{day}']")


def holds(page: Any, day: Steps, lang: str) -> None:
    """The sentence, the table, both pictures and the file to take away say what the day's file says."""
    assert page.locator("#choice").input_value() == day.day.isoformat()
    assert page.locator("#jour-says").inner_text() == says(day, BY_LANG[lang])
    heads, body = rows(page, "jour")
    assert [row[0] for row in body] == list(day.at)
    series = [day.produced, *((*day.parts, day.surplus, day.consumed) if day.parts else ())]
    shown = [[kwh(value, lang) for value in of] for of in series]
    dashes = [["–"] * len(day.at)] * (len(heads) - 1 - len(series))
    assert [list(column) for column in zip(*body, strict=True)][1:] == shown + dashes
    totals(day)
    for index, size in enumerate(("wide", "small")):
        width, height = map(int, page.locator(".drawing").get_attribute(f"data-{size}").split())
        drawn(read(page.locator(".drawing svg").nth(index)), day, width, height, page.locator("#jour"))
    taken(page, day, heads, lang)


def totals(day: Steps) -> None:
    """Of the day, against its steps; each was rounded by itself to the watt-hour."""
    produced, shared, consumed, rate = day.totals
    slack = len(day.at) * (1 + len(day.parts))
    assert abs(produced - sum(day.produced)) <= slack
    if shared is not None and consumed is not None:
        assert abs(shared - sum(map(sum, day.parts))) <= slack
        assert abs(consumed - sum(day.consumed)) <= slack
        assert rate is None if not produced else abs(rate - 1000 * shared / produced) < 0.6


def drawn(picture: Picture, day: Steps, width: int, height: int, figure: Any) -> None:
    """Every step of every part is as high as its watt-hours, and begins where the one below it ends."""
    top = int(figure.get_attribute("data-top"))
    pixel = top / height
    assert abs(picture.unit * 1000 - pixel) < 1e-6 * pixel  # the axis beside it has the scale of the script
    layers = [(f"var(--p{index})", of) for index, of in enumerate(day.parts)]
    layers += [("var(--c-surplus)", day.surplus)] if day.parts else [("var(--c-produced)", day.produced)]
    assert set(picture.areas) == {colour for colour, _ in layers}
    middles = [(one + two) / 48 * width for one, two in zip(day.where, day.where[1:], strict=False)]
    below = [0.0] * len(middles)
    for colour, values in layers:
        corners = picture.areas[colour]
        assert (min(x for x, _ in corners), max(x for x, _ in corners)) == (0, width)
        for step, x in enumerate(middles):
            high, low = outline(corners, x)
            assert abs((low - high) * pixel - values[step]) < 0.6 * pixel, (colour, day.at[step])
            assert abs((height - low) * pixel - below[step]) < 0.6 * pixel, (colour, day.at[step])
            below[step] += values[step]
    line = picture.lines.get("var(--c-consumed)", [])
    assert bool(line) == bool(day.consumed)
    for step, x in enumerate(middles if line else ()):
        (y,) = set(levels(line, x))
        assert abs((height - y) * pixel - day.consumed[step]) < 0.6 * pixel, day.at[step]


def outline(corners: Sequence[tuple[float, float]], x: float) -> tuple[float, float]:
    """Of an area at ``x``: its top and its bottom on the screen."""
    found = levels(corners, x)
    assert len(found) == 2
    return found[0], found[1]


def taken(page: Any, day: Steps, heads: list[str], lang: str) -> None:
    """The CSV beside the table has the same heads, and the same watt-hours."""
    with page.expect_download() as waiting:
        page.locator("#jour-csv").evaluate("(one) => one.click()")
    # From a folder, a browser gives a file the name it has there; what the script makes has the day's.
    assert waiting.value.suggested_filename in (f"{day.day}.csv", "jour.csv")
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    first, *rest = csv.reader(io.StringIO(text), delimiter="," if lang == "en" else ";")
    assert first == heads
    point = "." if lang == "en" else ","
    series = [day.produced, *((*day.parts, day.surplus, day.consumed) if day.parts else ())]
    found = [[round(1000 * float(cell.replace(point, "."))) for cell in row[1:] if cell] for row in rest]
    assert found == [list(step) for step in zip(*series, strict=True)]


def state(page: Any) -> tuple[str, Any]:
    return page.locator("#jour-says").inner_text(), rows(page, "jour")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_day_is_drawn_and_told_as_python_does(sites: Sites, look: Look, lang: str) -> None:
    """Thousands of kWh, ten plants, the first of a month, a day of 25 hours in quarters: away and back."""
    with look() as looking:
        page = looking.go(sites.board / LANGS[lang] / "carmausin-segala" / "jour.html")
        first = state(page)
        last = day_of(sites.board, "carmausin-segala", "2024-10-31")
        holds(page, last, lang)
        assert page.locator("#next").is_disabled()
        for day in ("2024-06-01", "2024-06-21", "2024-10-27"):
            page.locator("#choice").fill(day)
            wait(page, day)
            holds(page, day_of(sites.board, "carmausin-segala", day), lang)
        page.locator("#choice").fill("2024-10-31")
        wait(page, "2024-10-31")
        assert state(page) == first
        holds(page, last, lang)


def test_the_days_go_by_with_buttons_arrows_and_dates(sites: Sites, look: Look) -> None:
    with look() as looking:
        page = looking.go(sites.board / "appy" / "jour.html")
        day = date(2023, 10, 31)
        for move in (
            lambda: page.locator("#previous").click(),
            lambda: page.keyboard.press("ArrowLeft"),
            lambda: page.keyboard.press("ArrowLeft"),
        ):
            move()
            day -= timedelta(1)
            wait(page, day.isoformat())
            holds(page, day_of(sites.board, "appy", day.isoformat()), "fr")
        page.keyboard.press("ArrowRight")
        wait(page, "2023-10-29")
        page.locator("#next").click()
        wait(page, "2023-10-30")
        # Over the months that are not settled.
        page.locator("#choice").fill("2023-10-01")
        wait(page, "2023-10-01")
        page.locator("#previous").click()
        wait(page, "2023-03-31")
        # In a date, arrows are the field's own; there is nothing to send.
        page.locator("#choice").press("ArrowRight")
        page.locator("#choice").press("Enter")
        page.keyboard.press("Escape")
        assert page.locator("#jour").get_attribute("data-day") == "2023-03-31"
        page.locator("#choice").fill("2023-03-01")
        wait(page, "2023-03-01")
        assert page.locator("#previous").is_disabled()
        assert page.locator("#next").is_enabled()
        # A day without data leaves what is drawn, and says so.
        before = state(page)
        page.locator("#choice").fill("2023-06-01")
        page.get_by_text(BY_LANG["fr"]("no such day")).wait_for()
        assert state(page) == (f"{BY_LANG['fr']('no such day')} {before[0]}", before[1])
        assert page.locator(".language a").get_attribute("href").endswith("#2023-03-01")


def test_a_day_has_an_address_in_both_languages(sites: Sites, look: Look) -> None:
    with look() as looking:
        page = looking.go(sites.board / "appy" / "jour.html", "#2023-03-26")
        wait(page, "2023-03-26")
        day = day_of(sites.board, "appy", "2023-03-26")
        holds(page, day, "fr")
        assert len(day.at) == 46
        assert day.at[3:5] == ("01:30", "03:00")
        page.locator(".language a").click()
        page.wait_for_selector("html[lang=en] #jour[data-day='2023-03-26']")
        holds(page, day, "en")
        page.evaluate("location.hash = '2023-10-29'")
        wait(page, "2023-10-29")
        day = day_of(sites.board, "appy", "2023-10-29")
        holds(page, day, "en")
        assert len(day.at) == 50
        assert day.at[3:9] == ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")
        assert day.where[4:9] == (2, 2.25, 2.5, 2.75, 3)


def test_from_a_day_to_look_at_to_that_day(sites: Sites, look: Look) -> None:
    with look() as looking:
        page = looking.go(sites.public / "saint-affrique" / "centrales.html")
        page.get_by_role("link", name="2018-12-15").click()
        wait(page, "2018-12-15")
        # Its last month, which the page opens with, has two consumers: to everyone, what they took is not shown.
        last, day = (day_of(sites.public, "saint-affrique", one) for one in ("2019-03-31", "2018-12-15"))
        assert (last.parts, last.consumed) == ([], [])
        assert len(day.parts) == 1
        assert len(day.consumed) == 48
        holds(page, day, "fr")
        page.locator("#choice").fill("2019-03-31")
        wait(page, "2019-03-31")
        holds(page, last, "fr")


def test_months_that_show_more_or_less_follow_each_other(sites: Sites, look: Look) -> None:
    with look() as looking:
        page = looking.go(sites.public / "depart" / "jour.html")
        legend = page.locator(".legend li").all_inner_texts()
        assert {one.strip() for one in legend[:3]} == {"commune + habitants", "solidaire", "Partagé"}
        first = state(page)
        for day, colours in (
            ("2023-06-15", {"var(--c-produced)"}),
            ("2023-03-15", {"var(--p0)", "var(--p1)", "var(--p2)", "var(--c-surplus)"}),
            ("2023-06-16", {"var(--c-produced)"}),
            ("2023-10-31", {"var(--p0)", "var(--p1)", "var(--p2)", "var(--c-surplus)"}),
        ):
            page.locator("#choice").fill(day)
            wait(page, day)
            assert set(read(page.locator(".drawing svg").first).areas) == colours
            holds(page, day_of(sites.public, "depart", day), "fr")
        assert state(page) == first


def test_without_a_script_the_last_day_is_there(sites: Sites, look: Look) -> None:
    for width, height, size in ((1280, 900, 0), (375, 800, 1)):
        with look(width, height, java_script_enabled=False) as looking:
            page = looking.go(sites.board / "appy" / "jour.html")
            day = day_of(sites.board, "appy", "2023-10-31")
            assert page.locator("#jour-says").inner_text() == says(day, BY_LANG["fr"])
            assert not page.locator("form").is_visible()
            assert page.locator("noscript p").is_visible()
            for index in (0, 1):
                assert page.locator(".drawing svg").nth(index).is_visible() == (index == size)
            assert len(rows(page, "jour")[1]) == 48
            page.locator("summary").click()
            assert page.locator("#jour-table").is_visible()
