"""What is read many cells at once is what is read one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from hypothesis import given, settings

from mitoyen.intake import moments
from mitoyen.intake.quantities import Quantities, Scale
from mitoyen.intake.stamps import UNREADABLE
from mitoyen_enedis import figures
from mitoyen_enedis.words import Words, times

QUICK = settings(deadline=None)

NUMBERS = st.one_of(
    st.from_regex(r"\A-?\d{0,13}([.,]\d{0,8})?\Z"),
    st.sampled_from(["", "NA", "1e3", "+5", "1 000", "٣", "--", "1..2"]),
)


@QUICK
@given(st.lists(NUMBERS, max_size=20), st.sampled_from([1000, 1_000_000]))
def test_figures(words, scale):
    """But for a file that uses both signs: which of them is wrong depends on which is looked at first."""
    many, one = (Quantities(Scale(scale), None, ("", "NA"), largest=10**13) for _ in range(2))
    signs = {sign for word in words for sign in word if sign in ".,"}
    found = figures.read(pa.array(words, pa.string()), many)
    expected = one.read(words)
    if len(signs) < 2:
        assert found.tolist() == expected.tolist()


EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of the clock on the wall, wherever it hangs
MOMENTS = st.integers(10**9, 3 * 10**9).map(lambda second: EPOCH + timedelta(seconds=second))
ZONES = st.sampled_from(["Europe/Paris", "America/Cayenne", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
FORMS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%d/%m/%Y"]


@QUICK
@given(st.lists(MOMENTS, min_size=1), st.sampled_from(FORMS))
def test_times_without_offset(some, form):
    read = times(pa.array([moment.strftime(form) for moment in some], pa.string()))
    expected = [datetime.strptime(moment.strftime(form), form).replace(tzinfo=UTC).timestamp() for moment in some]
    assert (read.seconds.tolist(), read.offset.any()) == (expected, False)


@QUICK
@given(st.lists(MOMENTS, min_size=1), ZONES, st.sampled_from(["seconds", "milliseconds"]))
def test_times_with_offset(some, zone, precision):
    local = [moment.replace(tzinfo=ZoneInfo(zone)) for moment in some]
    read = times(pa.array([moment.isoformat(timespec=precision) for moment in local], pa.string()))
    assert read.seconds.tolist() == [moment.timestamp() for moment in local]
    assert read.shift.tolist() == [moment.utcoffset().total_seconds() for moment in local]
    assert read.offset.all()


@QUICK
@given(st.lists(st.text("0123456789-/T :+Z.", max_size=27), max_size=8))
def test_what_is_no_time_is_unreadable(words):
    read = times(pa.array(words, pa.string()))
    for word, seconds in zip(words, read.seconds.tolist(), strict=True):
        if seconds != UNREADABLE:
            assert word[:1].isdigit() or word[:1] == " "


@QUICK
@given(st.lists(MOMENTS, min_size=1), ZONES)
def test_offsets_of_a_zone(some, zone):
    """Those of moments and those of the clock on the wall, where days are looked at before hours."""
    named = ZoneInfo(zone)
    utc = np.array([int(moment.replace(tzinfo=UTC).timestamp()) for moment in some])
    expected = [datetime.fromtimestamp(moment, named).utcoffset() for moment in utc.tolist()]
    assert moments.shifts(utc, named).tolist() == [shift.total_seconds() for shift in expected]
    before, after = moments.offsets(utc, named)
    for fold, found in ((0, before), (1, after)):
        wall = [(EPOCH + timedelta(seconds=second)).replace(tzinfo=named, fold=fold) for second in utc.tolist()]
        assert found.tolist() == [moment.utcoffset().total_seconds() for moment in wall]


@QUICK
@given(st.lists(st.text(max_size=3)))
def test_words_are_what_they_were(some):
    words = Words.of(some)
    assert [words[row] for row in range(len(words))] == some
    rows = np.arange(len(some))[::2]
    assert [words.at(rows).used()[row] for row in range(len(rows))] == some[::2]
