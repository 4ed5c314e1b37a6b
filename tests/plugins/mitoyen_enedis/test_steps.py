"""The step of each row, told by the gaps between times."""

from __future__ import annotations

import numpy as np
import pytest

from mitoyen_enedis.steps import lengths, side


def minutes(*gaps: int) -> tuple[list[int], list[int]]:
    """What is found for times that are so far apart: stamped at the end, stamped at the start."""
    times = 60 * np.cumsum([0, *gaps])
    none = np.zeros(len(times), np.int64)
    ends, starts = (lengths(times, none, end=end) // 60 for end in (True, False))
    return ends.tolist(), starts.tolist()


@pytest.mark.parametrize(
    ("gaps", "ends", "starts"),
    [
        pytest.param([30] * 5, [30] * 6, [30] * 6, id="one step"),
        pytest.param([30, 30], [30] * 3, [30] * 3, id="a short curve"),
        pytest.param([30] * 4 + [60] + [30] * 4, [30] * 10, [30] * 10, id="a hole of one step"),
        pytest.param([30] * 4 + [750] + [30] * 4, [30] * 10, [30] * 10, id="a hole of half a day"),
        pytest.param([60] * 4 + [30] * 4, [60] * 5 + [30] * 4, [60] * 4 + [30] * 5, id="hours, then halves"),
        pytest.param([30] * 4 + [60] * 4, [30] * 5 + [60] * 4, [30] * 4 + [60] * 5, id="halves, then hours"),
        pytest.param(
            [60] * 4 + [150] + [30] * 4, [60] * 5 + [0] + [30] * 4, [60] * 4 + [0] + [30] * 5, id="over a hole"
        ),
        pytest.param([1440] * 3, [0] * 4, [0] * 4, id="days are no step"),
    ],
)
def test_lengths(gaps, ends, starts):
    assert minutes(*gaps) == (ends, starts)


def test_what_the_file_says_goes_before():
    said = np.array([1800, 0, 1800, 1800])
    assert lengths(np.array([0, 1800, 3600, 9000]), said, end=True).tolist() == [1800] * 4


def test_the_order_of_times_does_not_matter():
    times = 1800 * np.array([3, 0, 2, 1, 4, 5, 5])
    assert lengths(times, np.zeros(7, np.int64), end=True).tolist() == [1800] * 7


MIDNIGHT, HALF, LAST = 0, 1800, 86400 - 1800


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [(HALF, MIDNIGHT, "end"), (MIDNIGHT, LAST, "start"), (HALF, 5400, "end"), (5400, LAST, "start")],
)
def test_a_curve_of_whole_days_tells_its_side(first, last, found):
    assert side(None, None, None, first, last, 1800).stamp == found
    assert side(None, found, None, first, last, 1800).stamp == found
    assert side(None, "start" if found == "end" else "end", None, first, last, 1800).stamp is None


def test_where_nothing_tells_it_is_as_usual():
    assert side(None, None, None, 5400, 9000, 1800).stamp == "end"
    assert side(None, None, None, 5400, 9000, 600).stamp == "start"
    assert side(None, None, "start", 5400, 9000, 900).stamp == "start"
    assert side(None, None, None, MIDNIGHT, MIDNIGHT, 1800).stamp == "end"
