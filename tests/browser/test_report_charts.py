"""What is drawn is what the table says: marks are read back through the axis, in the wide form and the narrow."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from browser.conftest import Look, Sites
from browser.pictures import Picture, levels, number, read, rows

PIXEL = 0.6


def forms(page: Any, figure: str) -> list[Picture]:
    """For a desk and for a telephone."""
    drawings = page.locator(f"#{figure} .drawing svg")
    assert drawings.count() == 2
    return [read(drawings.nth(index)) for index in range(2)]


def columns(page: Any, figure: str) -> dict[str, list[float]]:
    """A table by the heads of its columns of numbers."""
    heads, body = rows(page, figure)
    return {
        head: [number(row[index]) if row[index] != "–" else 0.0 for row in body]
        for index, head in enumerate(heads)
        if index
    }


def stacked(picture: Picture, order: tuple[str, ...]) -> list[list[dict[str, float]]]:
    """For each place below and each bar at it: how much of each colour, from the bottom up without a gap."""
    by_left: dict[float, list[tuple[float, float, str]]] = defaultdict(list)
    for colour, corners in picture.bars:
        ys = [y for _, y in corners]
        by_left[min(x for x, _ in corners)].append((max(ys), min(ys), colour))
    found = []
    for left in sorted(by_left):
        at, amounts = picture.zero, {}
        for low, high, colour in sorted(by_left[left], key=lambda one: (-one[0], order.index(one[2]))):
            assert abs(low - at) < 0.03
            amounts[colour], at = (low - high) * picture.unit, high
        found.append(amounts)
    places = len(rows_below(picture))
    assert len(found) % places == 0
    each = len(found) // places
    return [found[index : index + each] for index in range(0, len(found), each)]


def rows_below(picture: Picture) -> list[str]:
    assert picture.below
    return picture.below


def near(drawn: float, said: float, picture: Picture, decimals: int) -> bool:
    return abs(drawn - said) <= PIXEL * picture.unit + 0.51 * 10**-decimals


def test_bars_are_as_high_as_the_table_says(sites: Sites, look: Look) -> None:
    order = ("var(--c-shared)", "var(--c-surplus)", "var(--c-complement)", "var(--c-produced)")
    with look() as looking:
        page = looking.go(sites.board / "carmausin-segala" / "index.html")
        table = columns(page, "mois")
        for picture in forms(page, "mois"):
            months = stacked(picture, order)
            assert len(months) == 2
            for index, (given, taken) in enumerate(months):
                for bar, colour, head in (
                    (given, "shared", "Partagé kWh"),
                    (given, "surplus", "Surplus kWh"),
                    (taken, "shared", "Partagé kWh"),
                    (taken, "complement", "Complément kWh"),
                ):
                    assert near(bar[f"var(--c-{colour})"], table[head][index], picture, 1), head
        page = looking.go(sites.board / "carmausin-segala" / "argent.html")
        table = columns(page, "argent")
        order = ("var(--c-energy)", "var(--c-fees)", "var(--c-other)")
        for picture in forms(page, "argent"):
            for index, (bar, *_) in enumerate(stacked(picture, order)):
                for colour, head in zip(order, list(table), strict=False):
                    if colour in bar:
                        assert near(bar[colour], table[head][index], picture, 2), head
                    else:  # what nobody paid in the year has no colour
                        assert not any(table[head])


def test_lines_pass_where_the_table_says(sites: Sites, look: Look) -> None:
    with look() as looking:
        for file, figure, colours, decimals in (
            ("index", "taux", {"Autoconsommation": "--c-shared", "Couverture": "--c-consumed"}, 1),
            ("argent", "prix", None, 4),
            ("centrales", "centrales", None, 1),
        ):
            page = looking.go(sites.board / "carmausin-segala" / f"{file}.html")
            table = columns(page, figure)
            named = colours or legend(page, figure, table)
            assert named
            for picture in forms(page, figure):
                assert set(picture.lines) == {f"var({one})" for one in named.values()}
                for head, colour in named.items():
                    corners = picture.lines[f"var({colour})"]
                    assert len(corners) == 2
                    for (_, y), said in zip(corners, table[head], strict=True):
                        assert near((picture.zero - y) * picture.unit, said, picture, decimals), (head, figure)


def legend(page: Any, figure: str, table: dict[str, list[float]]) -> dict[str, str]:
    """The colour of each column, by the words beside the colours."""
    told = page.locator(f"#{figure} .legend li").evaluate_all(
        "(all) => all.map((one) => [one.textContent.trim(), '--' + one.firstElementChild.className.split(' ')[1]])"
    )
    return {head: colour for name, colour in told for head in table if name.lower() in head.lower()}


def test_a_typical_day_is_as_high_as_the_table_says(sites: Sites, look: Look) -> None:
    with look() as looking:
        page = looking.go(sites.board / "carmausin-segala" / "index.html")
        for season in ("summer", "autumn"):
            table = columns(page, f"season-{season}")
            picture = read(page.locator(f"#season-{season} .drawing svg"))
            produced, shared, consumed = table.values()
            width = max(x for x, _ in picture.areas["var(--c-shared)"])
            for hour in range(24):
                x = (hour + 0.5) / 24 * width
                top, low = levels(picture.areas["var(--c-surplus)"], x)
                high, bottom = levels(picture.areas["var(--c-shared)"], x)
                assert abs(bottom - picture.zero) < 0.03
                assert near((picture.zero - top) * picture.unit, produced[hour], picture, 2)
                assert near((picture.zero - high) * picture.unit, shared[hour], picture, 2)
                assert abs(low - high) < 0.03
                (line,) = set(levels(picture.lines["var(--c-consumed)"], x))
                assert near((picture.zero - line) * picture.unit, consumed[hour], picture, 2)


def test_a_day_is_as_dark_as_its_energy(sites: Sites, look: Look) -> None:
    with look() as looking:
        page = looking.go(sites.board / "carmausin-segala" / "index.html")
        shared = columns(page, "calendrier")["Partagé kWh"]
        for picture in forms(page, "calendrier"):
            shades = [int(colour.removeprefix("var(--h").removesuffix(")")) for colour, _ in picture.bars]
            assert len(shades) == len(shared) == 61
            ordered = sorted(zip(shared, shades, strict=True))
            assert [shade for _, shade in ordered] == sorted(shades)
            assert ordered[-1][1] == 5
