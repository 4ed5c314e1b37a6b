"""Curves frozen by content: what was measured, or what was shared, during one month.

The digest is over the meaning (names, clock and values), not over the bytes of a Parquet file, which another
version of its library may write otherwise: the same curves have the same digest on any machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from mitoyen.clock import Clock
from mitoyen.contracts import Energies


class Name(NamedTuple):
    """Whose curve, of what kind, and toward whom for the energy or coefficient of a pair."""

    id: str
    kind: str
    toward: str = ""


@dataclass(frozen=True, slots=True)
class Curves:
    """Named curves, int64 of shape [step] each, on one clock."""

    clock: Clock
    values: Mapping[Name, Energies]

    def __iter__(self) -> Iterator[tuple[Name, Energies]]:
        """In the order of names, whatever order they were put in."""
        for name in sorted(self.values):
            yield name, self.values[name]

    def digest(self) -> str:
        """``sha256:…`` of the canonical form: a line of JSON, then each curve as little-endian int64."""
        total = sha256(json.dumps(self._header(), sort_keys=True).encode() + b"\n")
        for _name, values in self:
            total.update(np.ascontiguousarray(values, dtype="<i8").data)
        return f"sha256:{total.hexdigest()}"

    def _header(self) -> dict[str, object]:
        clock = self.clock
        return {
            "start": clock.start,
            "step": clock.step,
            "steps": clock.steps,
            "zone": clock.zone,
            "curves": [list(name) for name, _values in self],
        }

    def to_parquet(self) -> bytes:
        """One row a curve with its values as a list: 1.6 bytes a value for real meters, readable by any tool."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = [name for name, _values in self]
        flat = np.concatenate([values for _name, values in self]) if names else np.empty(0, dtype=np.int64)
        offsets = np.arange(len(names) + 1, dtype=np.int32) * self.clock.steps
        table = pa.table(
            {
                "id": pa.array([name.id for name in names], pa.string()),
                "kind": pa.array([name.kind for name in names], pa.string()),
                "toward": pa.array([name.toward for name in names], pa.string()),
                "values": pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat, pa.int64())),
            }
        ).replace_schema_metadata({"mitoyen": json.dumps(self._header(), sort_keys=True)})
        sink = pa.BufferOutputStream()
        pq.write_table(
            table,
            sink,
            compression="zstd",
            use_dictionary=False,
            column_encoding={"values.list.element": "DELTA_BINARY_PACKED"},
        )
        return bytes(sink.getvalue())

    @classmethod
    def from_parquet(cls, content: bytes) -> Curves:
        """Raise ValueError where the bytes are not such a file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(pa.BufferReader(content))
            strings = [pa.string()] * 3
            if table.schema.types != [*strings, pa.list_(pa.field("element", pa.int64()))]:
                raise ValueError("columns of other types")
            header = json.loads(table.schema.metadata[b"mitoyen"])
            clock = Clock(header["start"], header["step"], header["steps"], header["zone"])
            rows = zip(*(table.column(column).to_pylist() for column in ("id", "kind", "toward")), strict=True)
            flat = table.column("values").combine_chunks().flatten().to_numpy(zero_copy_only=False)
            values = flat.astype(np.int64, copy=False).reshape(table.num_rows, clock.steps)
        except (pa.ArrowException, OSError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a file of curves: {error}") from error
        values.setflags(write=False)
        return cls(clock, {Name(*row): values[index] for index, row in enumerate(rows)})
