"""The price of exactness: one allocation, by our kernel and by what people use otherwise.

    python tests/bench/allocation.py [--quick]

The work is the same for all: share each step's pot in proportion to demand, by largest remainder to the last
unit, then sum by (consumer, billing slot). Every engine's sums are checked against ours before anything is timed.
Rounds are interleaved in one process; medians and ratios inside one table are what to look at, never one figure.
Frames and tables are built before the clock starts, and every engine may skip the night.
"""

import argparse
import importlib.util
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

from mitoyen import allocation
from mitoyen.allocation import _reference

SLOTS = 2
SLICE = 1_752  # steps of the largest size that the frames are given: scaled up, they would take minutes


def curves(rows, steps, kind, seed=0):
    """pot [t], demand [n, t] in milliwatt-hours, slot [t]; `real`: night, scarce and abundant steps as measured."""
    random = np.random.default_rng(seed)
    demand = random.gamma(2, 135_000, (rows, steps)).astype(np.int64)
    if kind == "real":
        hour = np.arange(steps) % 96 / 4
        sky = np.repeat(random.uniform(0.35, 2.4, steps // 96 + 1), 96)[:steps]
        part = np.maximum(0, np.sin((hour - 6) / 12 * np.pi)) * sky
    else:
        part = random.uniform(0.05, 0.95, steps)
    pot = (demand.sum(axis=0) * part).astype(np.int64)
    slot = np.isin(np.arange(steps) % 96 // 4, [22, 23, 0, 1, 2, 3, 4, 5]).astype(np.int32)
    return pot, demand, slot


def compiled(pot, demand, slot):
    return lambda: allocation.prorata_by_slot(pot, demand, slot, SLOTS)[0]


def compiled_with_shares(pot, demand, slot):
    return lambda: allocation.slot_sums(allocation.prorata(pot, demand), slot, SLOTS)


def twin(pot, demand, slot):
    def run():
        engine = allocation._engine
        allocation._engine = _reference
        try:
            return allocation.prorata_by_slot(pot, demand, slot, SLOTS)[0]
        finally:
            allocation._engine = engine

    return run


def numpy_sort(pot, demand, slot):
    """The best we know in plain numpy, without our twin's tricks: steps as lines, cache-sized, one sort a line."""
    rows = len(demand)
    bits = rows.bit_length()
    width = max(1, 2**15 // rows)

    def run():
        total = demand.sum(axis=0)
        amount = np.minimum(pot, total)
        shares = demand * (amount == total)
        scarce = np.flatnonzero((amount > 0) & (amount < total))
        for start in range(0, len(scarce), width):
            steps = scarce[start : start + width]
            lines = demand[:, steps].T.copy()
            whole = total[steps][:, None]
            lines *= amount[steps][:, None]
            parts = lines // whole
            lines -= parts * whole
            lines <<= bits
            lines += np.arange(rows)[::-1]
            left = amount[steps] - parts.sum(axis=1)
            ordered = np.sort(lines, axis=1)
            least = ordered[np.arange(len(steps)), np.minimum(rows - left, rows - 1)]
            parts += lines >= np.where(left == 0, np.iinfo(np.int64).max, least)[:, None]
            shares[:, steps] = parts.T
        return np.stack([shares[:, slot == number].sum(axis=1) for number in range(SLOTS)], axis=1)

    return run


def long_form(pot, demand, slot):
    """One line per consumer and step, as columns, consumer within step."""
    rows, steps = demand.shape
    return {
        "step": np.repeat(np.arange(steps), rows),
        "row": np.tile(np.arange(rows), steps),
        "demand": demand.T.ravel(),
        "pot": np.repeat(pot, rows),
        "slot": np.repeat(slot, rows),
    }


def square(rows, numbers, slots, sums):
    result = np.zeros((rows, SLOTS), np.int64)
    result[np.asarray(numbers), np.asarray(slots)] = np.asarray(sums)
    return result


def pandas_long(pot, demand, slot):
    import pandas

    table = pandas.DataFrame(long_form(pot, demand, slot))

    def run():
        frame = table[table["pot"] > 0]
        steps = frame["step"]
        total = frame["demand"].groupby(steps).transform("sum")
        amount = np.minimum(frame["pot"], total)
        product = frame["demand"] * amount
        part = product // total
        left = amount - part.groupby(steps).transform("sum")
        place = (product - part * total).groupby(steps).rank(method="first", ascending=False)
        part += place <= left
        sums = part.groupby([frame["row"], frame["slot"]]).sum()
        return square(len(demand), *sums.index.codes, sums)

    return run


def polars_long(pot, demand, slot):
    import polars
    from polars import col

    table = polars.DataFrame(long_form(pot, demand, slot))

    def run():
        sums = (
            table.lazy()
            .filter(col("pot") > 0)
            .with_columns(total=col("demand").sum().over("step"))
            .with_columns(amount=polars.min_horizontal("pot", "total"))
            .with_columns(part=col("demand") * col("amount") // col("total"))
            .with_columns(
                rest=col("demand") * col("amount") - col("part") * col("total"),
                left=col("amount") - col("part").sum().over("step"),
            )
            .with_columns(place=(-col("rest")).rank("ordinal").over("step"))
            .with_columns(part=col("part") + (col("place") <= col("left")))
            .group_by("row", "slot")
            .agg(col("part").sum())
            .collect()
        )
        return square(len(demand), sums["row"], sums["slot"], sums["part"])

    return run


def duckdb_sql(pot, demand, slot):
    import duckdb
    import pyarrow

    connection = duckdb.connect()
    connection.register("columns", pyarrow.table(long_form(pot, demand, slot)))
    connection.execute("create table curves as from columns")
    query = """
        with totals as (
            select *, sum(demand) over (partition by step)::bigint as total from curves where pot > 0
        ), floors as (
            select *, least(pot, total) as amount, demand * amount // total as part,
                   demand * amount - part * total as rest from totals
        ), places as (
            select "row", slot, part, amount - sum(part) over (partition by step) as remaining,
                   row_number() over (partition by step order by rest desc, "row") as place from floors
        )
        select "row", slot, sum(part + (place <= remaining)::bigint)::bigint from places group by all
    """

    def run():
        columns = connection.execute(query).fetchnumpy()
        return square(len(demand), *columns.values())

    return run


FRAMES = {"pandas": pandas_long, "polars": polars_long, "duckdb": duckdb_sql}
INSTALLED = [library for library in FRAMES if importlib.util.find_spec(library)]


def compare(rows, steps, kind, rounds, slow_rounds):
    pot, demand, slot = curves(rows, steps, kind)
    total = demand.sum(axis=0)
    kinds = [(pot == 0).mean(), ((pot > 0) & (pot < total)).mean(), ((pot > 0) & (pot >= total)).mean()]
    ours = compiled(pot, demand, slot)
    entries = {
        "mitoyen, kernel, bill only": (ours, rounds, steps),
        "mitoyen, kernel, shares kept": (compiled_with_shares(pot, demand, slot), rounds, steps),
        "mitoyen, numpy twin": (twin(pot, demand, slot), rounds, steps),
        "numpy, one sort": (numpy_sort(pot, demand, slot), rounds, steps),
    }
    part = min(steps, SLICE) if rows * steps > 10_000_000 else steps
    first = (steps - part) // 2 // 96 * 96  # a midnight
    middle = slice(first, first + part)
    cut = pot[middle], np.ascontiguousarray(demand[:, middle]), slot[middle]
    for library in INSTALLED:
        entries[f"{library}, long form"] = (FRAMES[library](*cut), slow_rounds, part)
    sums = {steps: ours(), part: compiled(*cut)()}
    for name, (run, _, length) in entries.items():
        assert (run() == sums[length]).all(), f"{name} gives other sums"

    times = {name: [] for name in entries}
    for turn in range(rounds):
        for name, (run, turns, _) in entries.items():
            if turn < turns:
                start = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - start)
    cells = {name: statistics.median(times[name]) / rows / entries[name][2] * 1e9 for name in entries}
    least = next(iter(cells.values()))
    night, scarce, abundant = (f"{share:.0%}" for share in kinds)
    print(f"\n{rows:,} consumers x {steps:,} steps, {kind} (night {night}, scarce {scarce}, abundant {abundant})")
    for name, cell in cells.items():
        length = entries[name][2]
        note = "" if length == steps else f"   on {length:,} of the steps"
        print(f"  {name:30} {cell:8.1f} ns/cell {cell / least:7.1f} x{note}", flush=True)


def national_month(operations=2_000, group=125, rows=16, steps=1_488):
    """A month of the whole country as a stream: one group of operations in memory at a time, their sums kept."""
    clock = cpu = 0.0
    bills = []
    for first in range(0, operations, group):
        pots, demands, slot = [], [], None
        for number in range(first, first + group):
            pot, demand, slot = curves(rows, steps, "real", seed=number)
            pots.append(pot)
            demands.append(demand)
        start, start_cpu = time.perf_counter(), time.process_time()
        for pot, demand in zip(pots, demands, strict=True):
            bills.append(allocation.prorata_by_slot(pot, demand, slot, SLOTS)[0])
        clock += time.perf_counter() - start
        cpu += time.process_time() - start_cpu
    cells = operations * rows * steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(
        f"{operations:,} operations x {rows} x {steps:,} = {cells / 1e6:.1f} M cells: allocation {clock:.3f} s"
        f" (CPU {cpu:.3f} s, {clock / cells * 1e9:.1f} ns/cell), peak of the process {peak:.0f} MiB,"
        f" {sum(int(bill.sum()) for bill in bills) / 1e12:.3f} GWh shared"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two sizes, fewer rounds")
    parser.add_argument("--national", action="store_true", help="only the national month, in this process")
    arguments = parser.parse_args()
    if arguments.national:
        national_month()
        return
    if allocation.backend() != "cython":
        sys.exit("the compiled kernel is not built: nothing to compare")
    # First, while this process is small: a child inherits the peak of its parent.
    print("A national month, streamed, in a process of its own:", flush=True)
    subprocess.run([sys.executable, __file__, "--national"], check=True)
    sizes = [(16, 1_488, 41, 7), (100, 17_520, 9, 3), (1_000, 35_040, 5, 3)]
    if arguments.quick:
        sizes = [(16, 1_488, 15, 3), (100, 1_488, 7, 3)]
    for rows, steps, rounds, slow_rounds in sizes:
        for kind in ("real", "scarce"):
            compare(rows, steps, kind, rounds, slow_rounds)
    print("\ncell: one consumer at one step. x: times the first line. polars and duckdb use every core.")
    if missing := FRAMES.keys() - INSTALLED:
        print(f"not installed, left out: {', '.join(sorted(missing))} (pip install 'mitoyen[bench]')")


if __name__ == "__main__":
    main()
