"""Nothing leaves its room: the margins of every page are white, whatever an invoice holds; and it can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import product

import pytest
from PIL import Image

from invoices import COOP, FARM, HOUSEHOLD, MARCH, TOWN, credit, invoice, line
from mitoyen.invoice import Day, DeliveryPoint, Invoice, Note, Origin, Reference
from mitoyen.party import Address, Mandate
from mitoyen_pdf import document
from mitoyen_pdf.sheet import sheet
from mitoyen_pdf.voice import Voice

DPI = 50
SIDES, TOP, BOTTOM = 17, 16, 11
"""Millimetres that stay white: a little less than the margins, and under the footer."""

NAME = (
    "Société coopérative d'intérêt collectif des toits solaires partagés du Bourg, de la Vallée et de ses hameaux"
)
ENDLESS = "W" * 140
HOME = Address((NAME[:70], "x" * 70, "BP 12"), "81140", "Saint-Antonin-Noble-Val-sur-la-Vère", "BE")


def town() -> Invoice:
    """Ten buildings, forty lines, nine plants."""
    points = tuple(
        DeliveryPoint(id=f"m-{n}", number=f"{n:014}", consumed=10**13, shared=4 * 10**12) for n in range(10)
    )
    lines = tuple(
        line("12345678.901", "0.123456", "1524157.75", point=f"m-{n % 10}", label=f"énergie partagée, tranche {n}")
        for n in range(40)
    )
    plants = tuple(Origin(producer=f"p-toit-{n}", energy=10**12 * (n + 1)) for n in range(9))
    return invoice(buyer=TOWN, points=points, lines=lines, origins=plants)


def endless() -> Invoice:
    """Everything as long as a file may say it, and longer."""
    reference = Reference(number="F" * 35, issued=date(2026, 1, 1))
    return invoice(
        number="N" * 35,
        title=NAME,
        seller_id="ferme",
        seller=replace(FARM, name=NAME, address=HOME, email="a" * 60 + "@toits.example"),
        organiser=replace(COOP, name=ENDLESS, address=HOME),
        buyer=replace(TOWN, name=ENDLESS, address=HOME, mandate=Mandate("R" * 35, date(2026, 1, 5), "RCUR")),
        means="direct-debit",
        lines=(
            line("1", "0.1250", "0.13", label=NAME),
            line("-1", "0.12", "-0.12", label=ENDLESS, kind="drawn", cites=reference, last=date(2027, 12, 31)),
        ),
        cites=(reference, reference),
        reason=NAME,
        notes=tuple(Note(code="", text=text) for text in (NAME, ENDLESS)),
        origins=tuple(Origin(producer=f"p-{'z' * 60}{n}", energy=10**7) for n in range(3)),
        points=(DeliveryPoint(id="m-" + "y" * 60, number=None, consumed=10**7, shared=10**7),),
        code="o" * 90 + "/2026-03.1/3f2a91c04d17",
    )


def still() -> Invoice:
    """Nothing was consumed, nothing produced."""
    return invoice(
        days=tuple(Day(day=MARCH[0] + timedelta(days=n), consumed=0, shared=0) for n in range(31)),
        points=(DeliveryPoint(id="m-3fk2", number=None, consumed=0, shared=0),),
        origins=(),
        lines=(line("1", "2.00", "2.00", item="fee", label="part fixe", unit="month", supply="service"),),
    )


EXTREMES: Mapping[str, tuple[Invoice, int]] = {
    "plain": (invoice(), 2),
    "english": (invoice(lang="en"), 2),
    "draft": (invoice(number=None, issued=None), 2),
    "credit": (credit(invoice(), "AV2026-000003", date(2026, 5, 2)), 2),
    "still": (still(), 2),
    "nothing": (invoice(points=(), days=(), origins=(), notes=(), code="", due=None), 2),
    "long name": (invoice(buyer=replace(HOUSEHOLD, name=ENDLESS), seller=replace(COOP, name=NAME)), 2),
    "one day": (invoice(days=invoice().days[:1]), 2),
    "twelve lines": (invoice(lines=invoice().lines * 6), 2),
    "town": (town(), 3),
    "endless": (endless(), 3),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_margins_stay_white(name: str) -> None:
    of, count = EXTREMES[name]
    found = document.compiled(of, format="png", ppi=DPI)
    assert len(found) == count
    for number, page in enumerate(found, 1):
        image = Image.open(BytesIO(page)).convert("L")
        left, top, right, bottom = ink(image)
        where = f"page {number}: ink from {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f} mm"
        assert left >= SIDES, where
        assert top >= TOP, where
        assert right <= 210 - SIDES, where
        assert bottom <= 297 - BOTTOM, where


def ink(image: Image.Image) -> tuple[float, ...]:
    """The box that holds everything drawn, in millimetres from the top left."""
    box = image.point(lambda shade: 255 if shade < 250 else 0).getbbox()
    assert box
    return tuple(side * 25.4 / DPI for side in box)


def test_ink_is_seen_where_it_is() -> None:
    image = Image.new("L", (round(210 / 25.4 * DPI), round(297 / 25.4 * DPI)), 255)
    image.paste(0, (50, 100, 200, 150))
    assert ink(image) == (25.4, 50.8, 101.6, 76.2)


# --- contrast ------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """As WCAG 2 has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_words_and_bars_can_be_told_from_what_is_behind_them() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    texts = "".join(path.read_text() for path in document.TEMPLATE.glob("*.typ"))
    colours = dict(re.findall(r'#let (\w+) = rgb\("#(\w{6})"\)', texts))
    for word, behind in product(("ink", "quiet", "accent"), ("white", "tint", "faint")):
        assert contrast(colours[word], {**colours, "white": "ffffff"}[behind]) >= 4.5, (word, behind)
    assert contrast(colours["accent"], colours["pale"]) >= 3  # the two kinds of energy, without their hues


# --- what is drawn -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (9_000_000, ["0", "5", "10"]),
        (10_000_001, ["0", "5", "10", "15"]),
        (80_000_000, ["0", "20", "40", "60", "80"]),
        (1_300_000, ["0,0", "0,5", "1,0", "1,5"]),
        (700_000, ["0,0", "0,2", "0,4", "0,6", "0,8"]),
        (1_000, ["0,000", "0,001"]),
        (7_000_000_000, ["0", "2\u202f000", "4\u202f000", "6\u202f000", "8\u202f000"]),
    ],
)
def test_the_lines_of_the_chart_are_round(most: int, marks: list[str]) -> None:
    drawn = sheet(invoice(days=(Day(day=MARCH[0], consumed=most, shared=0),)))["story"]["daily"]
    assert [mark for _height, mark in drawn["ticks"]] == marks
    assert drawn["ticks"][0][0] == 0
    assert drawn["ticks"][-1][0] == 1


def test_bars_are_as_high_as_their_energy() -> None:
    days = (Day(day=MARCH[0], consumed=10_000_000, shared=2_500_000), Day(day=MARCH[1], consumed=0, shared=0))
    assert sheet(invoice(days=days))["story"]["daily"]["bars"] == [["1", 0.25, 0.75], ["31", 0, 0]]


def test_what_is_shown_adds_up() -> None:
    """0.5 Wh of each rounds up: 1 Wh consumed, 1 Wh shared, and so no complement."""
    point = DeliveryPoint(id="m", number=None, consumed=1_000, shared=500)
    bar = sheet(invoice(points=(point,)))["story"]["split"]["bar"]
    assert [bar[name][0] for name in ("whole", "shared", "rest")] == [f"0,00{n}\xa0kWh" for n in (1, 1, 0)]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), "1er – 31 mars 2026"),
        (date(2026, 3, 15), date(2026, 3, 15), "15 mars 2026"),
        (date(2026, 2, 1), date(2026, 3, 1), "1er février – 1er mars 2026"),
        (date(2025, 12, 31), date(2026, 1, 1), "31 décembre 2025 – 1er janvier 2026"),
    ],
)
def test_days_are_said_once(first: date, last: date, said: str) -> None:
    assert Voice("fr").days(first, last).replace("\xa0", " ") == said


@pytest.mark.parametrize(("rate", "said"), [("20", "20 %"), ("5.50", "5,5 %"), ("1.05", "1,05 %"), ("0", "0 %")])
def test_rates_have_the_places_they_need(rate: str, said: str) -> None:
    assert Voice("fr").rate(Decimal(rate)).replace("\u202f", " ") == said
