"""Tables: speed as ratios against what one would write by hand, both sides in turn in one run; nothing passes by time.

Run with `pytest benchmarks/test_frames_speed.py --benchmark-enable -s`; RLSLABS_ROWS sets the number of rows.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from rlslabs import LabsError, frames, interpret

ROWS = int(os.environ.get("RLSLABS_ROWS", "10_000_000"))
ROUNDS = 5
MARKERS = ["ferritin", "iron", "tibc", "transferrin_saturation", "vitamin_b12", "vitamin_d"]
UNITS = ["ng/mL", "ug/dL", "%", "pg/mL"]
UNIT_OF = np.array([0, 1, 1, 2, 3, 0])
NAMES: dict[str, Any] = {"marker": "marker", "value": "value", "unit": "unit", "sex": "sex"}

pytestmark = pytest.mark.skipif("not config.getoption('benchmark_enable')")


def long_table(rows: int) -> pl.DataFrame:
    """Results of six markers in their usual units, of women and men, with categories."""
    rng = np.random.default_rng(1)
    marker = rng.integers(0, 6, rows)
    scale = np.array([60, 90, 320, 30, 400, 35.0])[marker]
    return pl.DataFrame(
        {
            "marker": pl.Series(marker.astype(np.uint8)).cat.to(pl.Enum(MARKERS)),
            "unit": pl.Series(UNIT_OF[marker].astype(np.uint8)).cat.to(pl.Enum(UNITS)),
            "value": np.round(scale * rng.lognormal(0, 0.5, rows), 1),
            "sex": pl.Series(rng.integers(0, 2, rows).astype(np.uint8)).cat.to(pl.Enum(["F", "M"])),
        }
    )


def limits_table() -> pl.DataFrame:
    """The limits that a hand-written join needs, taken from the answers of one result."""
    rows = []
    for marker, unit in zip(MARKERS, UNIT_OF, strict=True):
        for sex in ("F", "M"):
            it = interpret(marker, 50, UNITS[unit], sex=sex)
            ranges = [(place.limits[0].low, place.limits[0].high) for place in (it.standard, it.optimal)]
            ends = [None if end is None else float(end) for pair in ranges for end in pair]
            rows.append((marker, UNITS[unit], sex, *ends))
    names = ["marker", "unit", "sex", "low", "high", "olow", "ohigh"]
    return pl.DataFrame(rows, schema=names, orient="row")


def place(low: str, high: str) -> pl.Expr:
    """A place by hand."""
    value = pl.col("value")
    known = pl.when(value.is_null() | value.is_nan()).then(None).when(value < pl.col(low)).then(0)
    return known.when(value > pl.col(high)).then(2).otherwise(1)


def compare(name: str, **sides: Callable[[], object]) -> None:
    """Run the sides in turn and print the medians, and how many times faster the first is than each other."""
    times: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(ROUNDS):
        for side, call in sides.items():
            start = time.perf_counter()
            call()
            times[side].append(time.perf_counter() - start)
    medians = {side: statistics.median(found) for side, found in times.items()}
    ours, *_ = medians.values()
    told = ", ".join(f"{side} {took * 1e3:,.1f} ms ({took / ours:.2f} x)" for side, took in medians.items())
    print(f"\n{name}: {told}")


def test_long_tables_against_what_one_would_write_by_hand() -> None:
    """Categories against an ordered join; text against casting it to Enum, and against pandas merge and select."""
    table = long_table(ROWS)
    kinds = {name: table.schema[name] for name in ("marker", "unit", "sex")}
    limits = limits_table().cast({name: kind for name, kind in kinds.items()})  # noqa: C416  a mapping of types
    by_hand = lambda: table.join(limits, on=[*kinds], how="left", maintain_order="left").with_columns(  # noqa: E731  two sides, side by side
        place("low", "high").alias("s"), place("olow", "ohigh").alias("o")
    )
    print(f"\n{ROWS:,} rows; memory moves at most {bandwidth():.1f} GB a second here")
    compare("long, categories", ours=lambda: frames.score(table, **NAMES), join=by_hand)
    text = table.with_columns(pl.col(*kinds).cast(pl.String))
    casts = lambda: text.with_columns(pl.col(name).cast(kind) for name, kind in kinds.items())  # noqa: E731  the same
    compare("long, text", ours=lambda: frames.score(text, **NAMES), cast=casts)
    some = text.head(ROWS // 10).to_pandas()
    few = limits_table().to_pandas()

    def merged() -> pd.DataFrame:
        joined = some.merge(few, on=[*kinds], how="left")
        cases = [joined["value"].isna(), joined["value"] < joined["low"], joined["value"] > joined["high"]]
        return joined.assign(s=np.select(cases, ["", "below", "above"], "within"))

    compare("pandas, text", ours=lambda: frames.score(some, **NAMES), merge=merged)


def test_small_tables_and_single_results() -> None:
    """Ten rows, and pandas `apply` of `interpret`."""
    ten = long_table(10)
    compare("ten rows (wanted under 2 ms)", ours=lambda: frames.score(ten, **NAMES))
    some = long_table(20_000).to_pandas()

    def told(row: Any) -> str | None:  # noqa: ANN401  a row of pandas
        try:
            return interpret(row["marker"], row["value"], row["unit"], sex=row["sex"]).status
        except LabsError:
            return None

    def applied() -> object:
        rows: Any = some
        return rows.apply(told, axis=1)

    frames.score(some, **NAMES)
    compare("20,000 rows of pandas", ours=lambda: frames.score(some, **NAMES), apply=applied)


def test_wide_tables_against_when_and_then() -> None:
    """Six columns, each against both ranges."""
    rng = np.random.default_rng(2)
    columns = {name: rng.lognormal(4, 0.5, ROWS // 2).round(1) for name in MARKERS}
    table = pl.DataFrame(columns)
    wide = {name: (name, UNITS[UNIT_OF[place_]]) for place_, name in enumerate(MARKERS)}
    ends = {row["marker"]: row for row in limits_table().filter(sex="M").to_dicts()}

    def chain(name: str, low: str, high: str) -> pl.Expr:
        value = pl.col(name)
        known = pl.when(value.is_null() | value.is_nan()).then(None).when(value < (ends[name][low] or 0)).then(0)
        return known.when(value > (ends[name][high] or 1e9)).then(2).otherwise(1).cast(pl.UInt8)

    chains = [
        chain(name, low, high).alias(f"{name}{low}")
        for name in MARKERS
        for low, high in (("low", "high"), ("olow", "ohigh"))
    ]
    compare("wide", ours=lambda: frames.score(table, wide=wide), chain=lambda: table.with_columns(chains))


def test_duckdb_against_its_own_sql() -> None:
    """The same judgement as a join written by hand."""
    table = long_table(ROWS // 5).with_columns(pl.col("marker", "unit", "sex").cast(pl.String)).to_arrow()
    limits = limits_table().to_arrow()
    nothing = "case when value is null or isnan(value) then null"
    cases = f"{nothing} when value < {{0}}low then 0 when value > {{0}}high then 2 else 1 end"
    query = (
        f"select t.*, {cases.format('')} s, {cases.format('o')} o "  # noqa: S608  constants of this file
        "from t left join l using (marker, unit, sex)"
    )

    def by_hand() -> object:
        connection = duckdb.connect()
        connection.register("t", table)
        connection.register("l", limits)
        return connection.sql(query).to_arrow_table()

    compare("DuckDB", ours=lambda: frames.score(duckdb.from_arrow(table), **NAMES).to_arrow_table(), sql=by_hand)


def test_spark_against_its_own_sql() -> None:
    """The same judgement as a broadcast join written by hand, from memory to counts; a new plan each time."""
    from pyspark.sql import SparkSession, functions  # noqa: PLC0415  it starts a Java machine

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    text = long_table(ROWS // 5).with_columns(pl.col("marker", "unit", "sex").cast(pl.String))
    table = session.createDataFrame(text.to_arrow()).cache()
    limits = functions.broadcast(session.createDataFrame(limits_table().to_arrow()))
    table.count()
    limits.createOrReplaceTempView("l")
    table.createOrReplaceTempView("t")
    nothing = "case when value is null or isnan(value) then null"
    cases = f"{nothing} when value < {{0}}low then 0 when value > {{0}}high then 2 else 1 end"
    query = (
        f"select /*+ BROADCAST(l) */ {cases.format('')} s, {cases.format('o')} o "  # noqa: S608  constants of this file
        "from t left join l using (marker, unit, sex)"
    )
    ours = lambda: frames.score(table, **NAMES).groupBy("rls_standard", "rls_optimal").count().collect()  # noqa: E731  two sides, side by side
    compare("Spark", ours=ours, sql=lambda: session.sql(query).groupBy("s", "o").count().collect())
    session.stop()


def test_streaming_a_file_against_reading_alone(tmp_path: Path) -> None:
    """From Parquet to counts, long and wide, against reading the same columns; and `rlslabs score` into a file."""
    from rlslabs.frames.stream import score_files  # noqa: PLC0415  it needs PyArrow

    source, broad = tmp_path / "in.parquet", tmp_path / "wide.parquet"
    long_table(ROWS).with_columns(pl.col("marker", "unit", "sex").cast(pl.String)).write_parquet(source)
    rng = np.random.default_rng(2)
    pl.DataFrame({name: rng.lognormal(4, 0.5, ROWS // 2).round(1) for name in MARKERS}).write_parquet(broad)
    wide = {name: (name, UNITS[UNIT_OF[place_]]) for place_, name in enumerate(MARKERS)}

    def counts(table: pl.LazyFrame, *names: str) -> pl.DataFrame:
        return table.select(pl.col(names).value_counts().implode()).collect(engine="streaming")

    def read(file: Path) -> pl.DataFrame:
        return pl.scan_parquet(file).select(pl.all().last(), rows=pl.len()).collect(engine="streaming")

    compare(
        "Parquet to counts, long",
        ours=lambda: counts(frames.score(pl.scan_parquet(source), **NAMES), "rls_status"),
        reading=lambda: read(source),
    )
    statuses = [f"rls_{name}_status" for name in MARKERS]
    compare(
        "Parquet to counts, wide",
        ours=lambda: counts(frames.score(pl.scan_parquet(broad), wide=wide), *statuses),
        reading=lambda: read(broad),
    )
    judge = lambda batch: frames.score(batch, **NAMES)  # noqa: E731  the two sides side by side
    compare(
        "rlslabs score, Parquet to Parquet",
        ours=lambda: score_files([source], tmp_path / "out.parquet", judge),
        copying=lambda: pq.write_table(pq.read_table(source), tmp_path / "copy.parquet"),
    )


def test_memory_beside_input_and_output(tmp_path: Path) -> None:
    """The peak of a process of its own, less its input and output: a long table, and a streamed file."""
    file = tmp_path / "in.parquet"
    for name, rows in (("table in memory", ROWS), ("streamed file", ROWS)):
        script = _IN_MEMORY if name == "table in memory" else _STREAMED
        done = subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-c", script, str(rows), str(file)], capture_output=True, text=True, check=True
        )
        print(f"\n{name}, {rows:,} rows: {done.stdout.strip()}")


_IN_MEMORY = """
import sys
from pathlib import Path
sys.path.insert(0, "benchmarks")
from test_frames_speed import NAMES, long_table
from rlslabs import frames
def peak():
    said = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in said if line.startswith("VmHWM"))
frames.score(long_table(1_000_000), **NAMES)
table = long_table(int(sys.argv[1]))
size = table.estimated_size()
Path("/proc/self/clear_refs").write_text("5")  # to make the table took more than to judge it: the peak begins anew
before = peak()
scored = frames.score(table, **NAMES)
print(f"{(peak() - before - (scored.estimated_size() - size)) / 1e6:,.0f} MB above input and output")
"""
_STREAMED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "benchmarks")
import polars as pl
import pyarrow.parquet as pq
from test_frames_speed import NAMES, long_table
from rlslabs import frames
from rlslabs.frames.stream import score_files
file = Path(sys.argv[2])
part = long_table(1_000_000).with_columns(pl.col("marker", "unit", "sex").cast(pl.String)).to_arrow()
with pq.ParquetWriter(file, part.schema) as out:
    for _ in range(max(1, int(sys.argv[1]) // 1_000_000)):
        out.write_table(part)
del part
done = score_files([file], file.with_name("out.parquet"), lambda batch: frames.score(batch, **NAMES))
print(f"{done.written:,} rows out, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB in all")
"""


def bandwidth() -> float:
    """Gigabytes a second that NumPy reads and writes in a plain addition."""
    numbers = np.ones(20_000_000)
    out = np.empty_like(numbers)
    best = 1e9
    for _ in range(5):
        start = time.perf_counter()
        np.add(numbers, 1.0, out=out)
        best = min(best, time.perf_counter() - start)
    return 2 * numbers.nbytes / best / 1e9
