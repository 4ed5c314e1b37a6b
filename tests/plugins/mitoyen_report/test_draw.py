"""A picture: its path worked out by hand, and nothing in it that a page with our policy would refuse."""

from __future__ import annotations

import re

from mitoyen_report import charts, draw
from mitoyen_report.charts import Frame

FRAME = Frame(300, 100)


def three_steps() -> str:
    """1, then 2 from one o'clock, then nothing from two; the axis ends at 3."""
    stack = charts.Stack([0, 1, 2, 24], {"shared": [1, 2, 0]}, {})
    return draw.svg(charts.day(FRAME, stack, {"shared": "var(--c-shared)"}, "kWh", 3), "fr", "says")


def test_a_day_by_hand() -> None:
    """300 pixels are 24 hours: an hour is 12.5. 100 are 3 kWh, counted from the top: 1 is at 66.67, 2 at 33.33."""
    [path] = re.findall(r'd="([^"]+)" fill="var\(--c-shared\)"', three_steps())
    assert path.startswith("M0,66.67H12.5V33.33H25V100H300")
    assert path.endswith("H0Z")


def test_it_says_what_says_it() -> None:
    assert three_steps().startswith('<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="says"')


def test_the_same_bytes_again() -> None:
    assert three_steps() == three_steps()


def test_nothing_that_the_policy_refuses() -> None:
    """No style and no script inside, no address but the name of the language it is written in."""
    text = three_steps()
    assert not re.search(r"style=|<script|<style|href|\son\w+=", text)
    assert re.findall(r'https?://[^"]+', text) == ["http://www.w3.org/2000/svg"]


def test_a_name_is_text() -> None:
    place = {"longitude": 1.7, "latitude": 42.8, "size": 30.0, "name": "<script>alert(1)</script> & co"}
    text = draw.svg(charts.points(FRAME, [place, {**place, "longitude": 2.0}]), "fr", "says")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_numbers_as_the_language_writes_them() -> None:
    spec = charts.bars(FRAME, ["janv"], [{"shared": [4000.0]}], {"shared": "var(--c-shared)"}, "kWh")
    assert ">4\u202f000<" in draw.svg(spec, "fr", "says")
    assert ">4,000<" in draw.svg(spec, "en", "says")
