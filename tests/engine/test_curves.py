"""Frozen curves: the digest is over the meaning, the file gives back what was put in, a damaged one is told."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen.clock import Clock
from mitoyen.contracts import MISSING
from mitoyen.curves import Curves, Name

CLOCK = Clock(1_767_222_000, 900, 3, "Europe/Paris")
"""Three quarter-hours from 2026-01-01 at midnight in Paris."""


def curves(**rows: list[int]) -> Curves:
    """``curves(m_a=[1, 2, 3])``: measured curves by id."""
    return Curves(CLOCK, {Name(name, "measured"): np.array(row, dtype=np.int64) for name, row in rows.items()})


ROWS = {"m_a": [1, 2, 3], "m_b": [0, MISSING, 2**62]}


def test_the_digest_written_out() -> None:
    header = {
        "curves": [["m_a", "measured", ""], ["m_b", "measured", ""]],
        "start": 1_767_222_000,
        "step": 900,
        "steps": 3,
        "zone": "Europe/Paris",
    }
    content = json.dumps(header).encode() + b"\n" + struct.pack("<6q", 1, 2, 3, 0, -(2**63), 2**62)
    assert curves(**ROWS).digest() == "sha256:" + sha256(content).hexdigest()


def test_the_order_of_insertion_does_not_count() -> None:
    one, other = curves(**ROWS), curves(**dict(reversed(ROWS.items())))
    assert one.digest() == other.digest()
    assert one.to_parquet() == other.to_parquet()
    assert [name.id for name, _ in other] == ["m_a", "m_b"]


def test_neither_does_the_layout_in_memory() -> None:
    table = np.array([[1, 0], [2, 0], [3, 0]], dtype=np.int64)
    column = Curves(CLOCK, {Name("m_a", "measured"): table[:, 0]})
    assert column.digest() == curves(m_a=[1, 2, 3]).digest()


@pytest.mark.parametrize(
    "other",
    [
        curves(m_a=[1, 2, 4]),
        curves(m_c=[1, 2, 3]),
        curves(m_a=[1, 2, 3], m_b=[0, 0, 0]),
        Curves(CLOCK, {Name("m_a", "shared"): np.array([1, 2, 3])}),
        Curves(CLOCK, {Name("m_a", "measured", "p"): np.array([1, 2, 3])}),
        replace(curves(m_a=[1, 2, 3]), clock=replace(CLOCK, start=0)),
        replace(curves(m_a=[1, 2, 3]), clock=replace(CLOCK, step=600)),
        replace(curves(m_a=[1, 2, 3]), clock=replace(CLOCK, zone="Europe/Vienna")),
    ],
    ids=["value", "id", "one more", "kind", "toward", "start", "step", "zone"],
)
def test_everything_else_does(other: Curves) -> None:
    assert other.digest() != curves(m_a=[1, 2, 3]).digest()


names = st.builds(
    Name, st.text(min_size=1, max_size=4), st.sampled_from(["measured", "shared"]), st.text(max_size=3)
)
rows = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3)


@settings(deadline=None)
@given(st.dictionaries(names, rows, max_size=4))
def test_parquet_gives_back_what_was_put_in(table: dict[Name, list[int]]) -> None:
    before = Curves(CLOCK, {name: np.array(row, dtype=np.int64) for name, row in table.items()})
    after = Curves.from_parquet(before.to_parquet())
    assert after.clock == CLOCK
    assert {name: values.tolist() for name, values in after} == table
    assert after.digest() == before.digest()


def test_what_was_read_cannot_be_written_on() -> None:
    [(_name, values)] = Curves.from_parquet(curves(m_a=[1, 2, 3]).to_parquet())
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 0


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a file of curves", curves(**ROWS).to_parquet()[:-9]])
def test_another_file_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a file of curves"):
        Curves.from_parquet(content)


def test_parquet_of_someone_else_is_told() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": ["m_a"], "values": [[1, 2, 3]]}), sink)
    with pytest.raises(ValueError, match="not a file of curves"):
        Curves.from_parquet(bytes(sink.getvalue()))


def test_no_damaged_byte_is_taken_for_the_curves() -> None:
    whole = curves(**ROWS)
    content = whole.to_parquet()
    for index in range(len(content)):
        damaged = bytearray(content)
        damaged[index] ^= 0x10
        try:
            found = Curves.from_parquet(bytes(damaged))
        except ValueError:
            continue
        found.digest()  # whatever was read has a digest, to compare with the one that was asked for
