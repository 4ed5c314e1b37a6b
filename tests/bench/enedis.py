"""Files of Enedis: rows a second by format, against pandas and polars reading the same; a month of every operation.

    python tests/bench/enedis.py [--operations 100] [--rounds 5]

All read the same bytes of the same curve (two years of quarter-hours, a month for XLSX) to a moment and an energy
each row, and come to the same sum before anything is timed. Ours also accounts for every row, deduces steps and the
end that a time names, and keeps the place of every value; the others are told all that. Rounds are interleaved in
one process: the ratios inside a row are what to look at.

The month: operations with 13 meters in quarter-hours, each as its mail with an encrypted archive (AES), one core.
Twenty mails are made and read over and over; ``--operations 2000`` is the scale of the whole country.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import enedis_files as enedis
from mitoyen.clock import Clock, Month
from mitoyen.contracts import Place, Point, Request
from mitoyen_enedis import fetch

PRM = enedis.number(1)
PERIOD = (date(2024, 1, 1), date(2026, 1, 1))
METERS = 13
MAILS = 20

Read = Callable[[bytes], int]
"""Bytes of a file to the watts of all its rows, added up; a row's energy is a quarter of that."""


def request(path: Path, clock: Clock, numbers: Mapping[str, str], **options: object) -> Request:
    place = Place("participants.yaml")
    points = tuple(Point(meter, f"m-{meter}", "consumer", 0, clock.steps, None, place) for meter in numbers)
    return Request(points, clock, options, (), (path,), lambda *_path: Place("operation.yaml"), numbers)


def ours(path: Path, clock: Clock) -> Read:
    def run(content: bytes) -> int:
        path.write_bytes(content)
        data = fetch(request(path, clock, {"mtr-01": PRM}, unit="W"))
        assert not data.findings, data.findings
        return int(data.series[0].values.sum()) * 3600 // (1000 * clock.step)

    return run


# --- what others do ----------------------------------------------------------------------------------------------


def pandas_readers() -> dict[str, Read]:
    import pandas as pd

    def moments(frame: Any, column: str, form: str | None = None, *, utc: bool = False) -> Any:
        stamps = pd.to_datetime(frame[column], format=form, utc=utc)
        return stamps if utc else stamps.dt.tz_localize("Europe/Paris", ambiguous="infer")

    def total(stamps: Any, values: Any) -> int:
        return int(pd.Series(values.to_numpy(), index=stamps).sum())

    def account(content: bytes) -> int:
        frame = pd.read_csv(io.BytesIO(content), sep=";", skiprows=2)
        return total(moments(frame, "Horodate", utc=True), frame["Valeur"])

    def r63(content: bytes) -> int:
        frame = pd.read_csv(io.BytesIO(content), sep=";")
        return total(moments(frame, "Horodate", "%Y-%m-%d %H:%M:%S"), frame["Valeur"])

    def raw(content: bytes) -> int:
        frame = pd.read_csv(io.BytesIO(content), sep=";", decimal=",")
        return total(moments(frame, "Horodate", "%d/%m/%Y %H:%M"), frame[PRM])

    def r63_json(content: bytes) -> int:
        import json

        points = json.loads(content)["mesures"][0]["grandeur"][0]["points"]
        frame = pd.DataFrame.from_records(points)
        return total(moments(frame, "d", "%Y-%m-%d %H:%M:%S"), frame["v"].astype("int64"))

    def r50(content: bytes) -> int:
        frame = pd.read_xml(io.BytesIO(content), xpath=".//PDC", parser="etree")
        return total(moments(frame, "H", utc=True), frame["V"])

    def workbook(content: bytes) -> int:
        frame = pd.read_excel(io.BytesIO(content), sheet_name=1, header=15, usecols="C:E", dtype=str)
        watts = frame.iloc[:, 2].str.replace(",", "").astype("int64")
        return total(moments(frame, "Début", "%d/%m/%Y %H:%M:%S"), watts)

    return {"account": account, "R63": r63, "raw": raw, "R63 JSON": r63_json, "R50": r50, "workbook": workbook}


def polars_readers() -> dict[str, Read]:
    import polars as pl

    def total(frame: Any) -> int:
        return int(frame.select("moment", "value")["value"].sum())

    def naive(column: str, form: str) -> Any:
        # There is no way to tell the hour that comes twice by its order: its first pass is taken.
        stamp = pl.col(column).str.to_datetime(form).dt.replace_time_zone("Europe/Paris", ambiguous="earliest")
        return stamp.alias("moment")

    def account(content: bytes) -> int:
        frame = pl.read_csv(content, separator=";", skip_rows=2)
        stamp = pl.col("Horodate").str.to_datetime("%Y-%m-%dT%H:%M:%S%z").alias("moment")
        return total(frame.select(stamp, pl.col("Valeur").alias("value")))

    def r63(content: bytes) -> int:
        frame = pl.read_csv(content, separator=";")
        return total(frame.select(naive("Horodate", "%Y-%m-%d %H:%M:%S"), pl.col("Valeur").alias("value")))

    def raw(content: bytes) -> int:
        frame = pl.read_csv(content, separator=";", decimal_comma=True)
        return total(frame.select(naive("Horodate", "%d/%m/%Y %H:%M"), pl.col(PRM).alias("value")))

    def r63_json(content: bytes) -> int:
        frame = pl.read_json(content).select(pl.col("mesures").explode().struct.unnest())
        frame = frame.select(pl.col("grandeur").explode().struct.unnest())
        frame = frame.select(pl.col("points").explode().struct.unnest())
        return total(frame.select(naive("d", "%Y-%m-%d %H:%M:%S"), pl.col("v").cast(pl.Int64).alias("value")))

    def r50(content: bytes) -> int:
        points = [(point[0].text, point[1].text) for point in ElementTree.fromstring(content).iter("PDC")]  # noqa: S314
        frame = pl.DataFrame(points, schema=["H", "V"], orient="row")
        stamp = pl.col("H").str.to_datetime("%Y-%m-%dT%H:%M:%S%z").alias("moment")
        return total(frame.select(stamp, pl.col("V").cast(pl.Int64).alias("value")))

    return {"account": account, "R63": r63, "raw": raw, "R63 JSON": r63_json, "R50": r50}


# --- the tables ------------------------------------------------------------------------------------------------


def formats(folder: Path, rounds: int) -> None:
    clock = Clock.of_days(*PERIOD, 900, "Europe/Paris")
    month = Clock.of_month(Month(2026, 1), 900, "Europe/Paris")
    watts = np.random.default_rng(0).gamma(2, 200, clock.steps).astype(np.int64).tolist()
    kilowatts = [f"{value // 1000},{value % 1000:03d}" for value in watts[: month.steps]]
    files = {
        "account": (enedis.account_csv(PRM, clock, watts), clock),
        "R63": (enedis.r63_csv(PRM, clock, watts), clock),
        "raw": (enedis.raw_curve(clock, watts, column=PRM), clock),
        "R63 JSON": (enedis.r63_json(PRM, clock, watts), clock),
        "R50": (enedis.r50(PRM, clock, watts), clock),
        "workbook": (enedis.workbook(PRM, month, kilowatts, lacks_last=False), month),
    }
    others = {"pandas": pandas_readers(), "polars": polars_readers()}
    print(f"thousands of rows a second, median of {rounds} rounds, one process")
    print(f"{'format':<10}{'rows':>8}{'MB':>7}{'mitoyen':>10}{'pandas':>10}{'polars':>10}   ours is")
    for name, (content, period) in files.items():
        readers = {"mitoyen": ours(folder / "file", period)}
        readers |= {other: some[name] for other, some in others.items() if name in some}
        sums = {who: read(content) for who, read in readers.items()}
        assert len(set(sums.values())) == 1, sums
        spent: dict[str, list[float]] = {who: [] for who in readers}
        for _ in range(rounds):
            for who, read in readers.items():
                start = time.perf_counter()
                read(content)
                spent[who].append(time.perf_counter() - start)
        speed = {who: period.steps / statistics.median(times) / 1000 for who, times in spent.items()}
        shown = "".join(f"{speed[who]:>10,.0f}" if who in speed else f"{'-':>10}" for who in ("mitoyen", *others))
        ratios = ", ".join(f"{speed['mitoyen'] / speed[who]:.1f} x {who}" for who in others if who in speed)
        print(f"{name:<10}{period.steps:>8}{len(content) / 1e6:>7.1f}{shown}   {ratios}")


def month_of_mails(folder: Path, operations: int) -> None:
    clock = Clock.of_month(Month(2026, 1), 900, "Europe/Paris")
    random = np.random.default_rng(1)
    numbers = {f"mtr-{meter:02}": enedis.number(meter) for meter in range(METERS)}
    for mail in range(MAILS):
        files = {
            f"CdC_{number}.txt": enedis.raw_curve(
                clock, [f"{value / 100:.2f}" for value in random.gamma(2, 6000, clock.steps)]
            )
            for number in numbers.values()
        }
        content = enedis.mail({"export.zip": enedis.archive(files, "Passw0rd")})
        (folder / f"{mail}").mkdir()
        (folder / f"{mail}" / "curves.eml").write_bytes(content)
        (folder / f"{mail}" / "password.eml").write_bytes(enedis.password_mail("Passw0rd"))
    start, rows = time.process_time(), 0
    for operation in range(operations):
        paths = tuple((folder / f"{operation % MAILS}").iterdir())
        asked = request(paths[0], clock, numbers, unit="Wh")
        data = fetch(Request(asked.points, clock, asked.options, (), paths, asked.locate, numbers))
        assert not data.findings, data.findings
        rows += sum(reading.taken for reading in data.readings)
    spent = time.process_time() - start
    assert rows == operations * METERS * clock.steps
    print(
        f"\na month of {operations} operations x {METERS} meters, in encrypted mails, seconds of one core: "
        f"{spent:.1f}, {rows / spent / 1000:,.0f} thousand values a second, {1000 * spent / operations:.0f} ms "
        f"each; 2,000 at that pace: {2000 * spent / operations:.0f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        formats(Path(temporary), chosen.rounds)
        (Path(temporary) / "mails").mkdir()
        month_of_mails(Path(temporary) / "mails", chosen.operations)
