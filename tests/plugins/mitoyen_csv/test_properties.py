"""Whatever is written reads back exactly; whatever is thrown at it is accounted for."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WHICH = date(2026, 10, 25)
DAY = (WHICH, WHICH + timedelta(days=1))
WORTH = {
    "Wh": Fraction(1000),
    "kWh": Fraction(10**6),
    "MWh": Fraction(10**9),
    "W": Fraction(1000 * 900, 3600),
    "kW": Fraction(10**6 * 900, 3600),
}
quiet = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("properties")


@st.composite
def numbers(draw, decimal):
    """A number as text, and its exact value."""
    whole, part = draw(st.integers(0, 5000)), draw(st.text("0123456789", max_size=20))
    sign = draw(st.sampled_from(["", "+", "-"]))
    power = draw(st.sampled_from(["", "", "", "E-05", "e2", "e-12", "E+1"]))
    value = Fraction(whole) + (Fraction(int(part), 10 ** len(part)) if part else 0)
    value *= Fraction(10) ** int(power[1:] or 0)
    return f"{sign}{whole}{decimal + part if part else ''}{power}", -value if sign == "-" else value


def half_up(value):
    """To an integer, halves away from zero."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return -whole if value < 0 else whole


@st.composite
def files(draw):
    """A file in one of the supported forms, its options, and what it says, by step."""
    delimiter, decimal = draw(
        st.sampled_from([(";", ","), (";", "."), (",", "."), (",", ","), ("\t", ","), ("|", ".")])
    )
    unit = draw(st.sampled_from(sorted(WORTH)))
    end, layout = draw(st.booleans()), draw(st.sampled_from(["wide", "long"]))
    form = draw(st.sampled_from(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M:%S", "Z"]))
    steps = sorted(draw(st.sets(st.integers(0, 99), max_size=30)))
    # The hour that comes twice is whole: a hole in it leaves open which one a row is of. That tells the step, too.
    whole = range(6, 40)
    steps = sorted({*steps, *whole})
    midnight = int(datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Paris")).timestamp())
    says: dict[str, dict[int, Fraction]] = {"mtr-01": {}, "mtr-02": {}}
    rows = []
    for step in steps:
        utc = datetime.fromtimestamp(midnight + (step + end) * 900, UTC)
        local = utc.astimezone(ZoneInfo("Europe/Paris"))
        stamp = utc.strftime("%Y-%m-%dT%H:%MZ") if form == "Z" else local.strftime(form)
        cells = []
        for meter in says:
            if step in whole or draw(st.booleans()):
                text, value = draw(numbers(decimal))
                says[meter][step] = value
                cells.append(text)
            else:
                cells.append(draw(st.sampled_from(["", "NA"])))
        rows += (
            [[stamp, *cells]]
            if layout == "wide"
            else [[m, stamp, cell] for m, cell in zip(says, cells, strict=True)]
        )
    if draw(st.booleans()):
        rows.reverse()
    header = ["Horodate", *says] if layout == "wide" else ["PRM", "Horodate", "Valeur"]
    out = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=ends).writerows([header, *rows])
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    options = {"unit": unit, "timestamp": {"stamp": "end" if end else "start"}}
    return out.getvalue().encode(encoding), options, says


@quiet
@given(files())
def test_what_is_written_reads_back_exactly(folder, read, file):
    content, options, says = file
    (folder / "a.csv").write_bytes(content)
    result = read(folder, {"files": ["a.csv"], **options}, period=DAY, meters=tuple(says))
    assert result.codes == []
    for meter, values in says.items():
        worth = {step: half_up(value * WORTH[options["unit"]]) for step, value in values.items()}
        assert result.values(meter) == worth


_SIGNS = st.sampled_from(
    [*'0123456789;,.|\t\n\r" :-/TZ+eE', "é", "\ufeff", "\x00", "PRM", "Horodate", "mtr-01", "NA"]
)
_STAMPS = st.sampled_from(
    [
        "2026-10-25 02:00",
        "2026-10-25 02:15",
        "2026-10-25 03:00",
        "25/10/2026 02:00",
        "2026-10-25T02:00:00+01:00",
        "x",
    ]
)
_CELLS = st.one_of(
    st.sampled_from(["1", "1,5", "", "NA", "x", "1 000", '"', "-1", "2026-10-25 02:00"]), st.text(max_size=4)
)


@quiet
@given(st.one_of(st.binary(max_size=300), st.lists(_SIGNS, max_size=120).map(lambda some: "".join(some).encode())))
def test_any_bytes_are_findings_at_most(folder, read, content):
    (folder / "b.csv").write_bytes(content)
    read(folder, {"files": ["b.csv"], "unit": "kWh"}, period=DAY)


@quiet
@given(
    st.lists(st.tuples(_STAMPS, _CELLS, _CELLS), max_size=25),
    st.sampled_from([";", ","]),
    st.sampled_from(
        ["Horodate{0}mtr-01{0}mtr-02\n", "PRM{0}Horodate{0}Valeur\n", "Horodate{0}mtr-01{0}mtr-01/shared\n"]
    ),
    st.booleans(),
)
def test_every_cell_is_accounted_for(folder, read, rows, delimiter, header, again):
    text = header.format(delimiter) + "".join(delimiter.join(row) + "\n" for row in rows)
    if header.startswith("PRM"):
        text = header.format(delimiter) + "".join(f"mtr-01{delimiter}{row[0]}{delimiter}{row[1]}\n" for row in rows)
    for name in ("c.csv", "d.csv") if again else ("c.csv",):
        (folder / name).write_text(text, "utf-8", newline="")
    # The fixture checks that rows are the sum of taken and left, and taken the values there are.
    result = read(
        folder, {"files": ["c.csv", "d.csv"][: 1 + again], "unit": "Wh"}, period=DAY, meters=("mtr-01", "mtr-02")
    )
    for series in result.data.series:
        for step in (0, 8, 12, 99):
            assert series.at(step).line >= 1
