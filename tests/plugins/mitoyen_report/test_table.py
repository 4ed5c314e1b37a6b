"""Cells as people read them and as a spreadsheet does, by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from mitoyen_report.table import Column, Kind, Table, drawn, show


@pytest.mark.parametrize(
    ("cell", "column", "french", "english"),
    [
        (1_249_999, Column("", "energy"), "1,2", "1.2"),
        (1_250_000, Column("", "energy"), "1,3", "1.3"),
        (1_234_567_890_123, Column("", "energy", 0), "1\u202f234\u202f568", "1,234,568"),
        (-1_250_000, Column("", "energy"), "-1,3", "-1.3"),
        (0, Column("", "energy"), "0,0", "0.0"),
        (-40_000, Column("", "energy"), "0,0", "0.0"),
        (1500, Column("", "energy", 3), "0,002", "0.002"),
        (Fraction(2, 3), Column("", "rate"), "66,7\u202f%", "66.7%"),
        (Fraction(1, 2000), Column("", "rate"), "0,1\u202f%", "0.1%"),
        (Fraction(-1, 8), Column("", "rate", 0), "-13\u202f%", "-13%"),
        (Fraction(25, 2), Column("", "yield", 0), "13", "13"),
        (Decimal("2.665"), Column("", "money"), "2,67", "2.67"),
        (Decimal("-1234.5"), Column("", "money"), "-1\u202f234,50", "-1,234.50"),
        (Decimal("0.16505"), Column("", "price"), "0,1651", "0.1651"),
        (12345, Column("", "count"), "12\u202f345", "12,345"),
        (None, Column("", "energy"), "–", "–"),
        (None, Column(""), "–", "–"),
        ("4,5 %", Column(""), "4,5 %", "4,5 %"),
    ],
)
def test_as_people_read_it(cell: Any, column: Column, french: str, english: str) -> None:
    assert (show(cell, column, "fr"), show(cell, column, "en")) == (french, english)


KINDS: tuple[Kind, ...] = ("text", "energy", "rate", "money", "price", "yield", "count")
ROW = ("mars 2026", 1_234_567_891, Fraction(2, 3), Decimal("-12.50"), Decimal("0.1650"), Fraction(1, 7), 744)
TABLE = Table(tuple(Column(kind, kind) for kind in KINDS), (ROW, ("a;b", *[None] * 6)), ("", *ROW[1:]))


def test_as_a_spreadsheet_reads_it() -> None:
    """All that is known of a number, without thousands apart; nothing where it is not shown. No row of totals."""
    assert TABLE.csv("en").decode() == (
        "\ufefftext,energy,rate,money,price,yield,count\r\n"
        "mars 2026,1234.567891,0.666667,-12.50,0.1650,0.142857,744\r\n"
        "a;b,,,,,,\r\n"
    )
    assert TABLE.csv("fr").decode() == (
        "\ufefftext;energy;rate;money;price;yield;count\r\n"
        "mars 2026;1234,567891;0,666667;-12,50;0,1650;0,142857;744\r\n"
        '"a;b";;;;;;\r\n'
    )


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("text", ["=1+1", "+33 1", "-2", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x","y")'])
def test_no_text_is_run_as_a_formula(text: str, lang: str) -> None:
    """In a cell or in a heading: a title, a tariff or a reason may be anybody's."""
    table = Table((Column(text), Column("kWh", "energy")), ((text, -1_000_000),))
    for line in table.csv(lang).decode().removeprefix("\ufeff").split("\r\n")[:2]:
        assert line.lstrip('"').startswith("'"), line
    assert "-1" in table.csv(lang).decode().splitlines()[-1], "a number is a number"


def test_rows_and_the_total_have_a_cell_for_each_column() -> None:
    assert TABLE.shown("en")[0] == ["mars 2026", "1,234.6", "66.7%", "-12.50", "0.1650", "0.1", "744"]
    foot = TABLE.foot("en")
    assert foot is not None
    assert len(foot) == 7
    assert Table((Column("a"),), ()).foot("en") is None
    with pytest.raises(ValueError, match="zip"):
        Table((Column("a"), Column("b")), (("x",),)).shown("en")


def test_as_a_picture_takes_it() -> None:
    cells = zip(ROW[1:4], KINDS[1:4], strict=True)
    assert [drawn(cell, kind) for cell, kind in cells] == [1234.567891, pytest.approx(66.6666667), -12.5]
    assert drawn(None, "energy") is None
