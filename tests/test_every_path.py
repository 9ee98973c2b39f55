"""The whole NHANES file by every path: each library, engine and file gives each value the answer of `interpret`."""

from __future__ import annotations

import gzip
import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import polars as pl
import pytest

from rlslabs import frames
from rlslabs.cli import main
from tests.table_rows import answers, truth
from tests.test_lazy import ONE_SPARK, spark
from tests.test_wide import FILE, NHANES, needs_nhanes

NAMED: dict[str, Any] = {"marker": "m", "value": "value", "unit": "u", "sex": "sex", "age": "age_years"}
WORDS = ("m", "u", "sex")
__all__ = ["spark"]


@cache
def long() -> pl.DataFrame:
    """Every value of the file, one a row, in the order of its rows."""
    said = pl.DataFrame(
        {"column": [*NHANES], "m": [m for m, _ in NHANES.values()], "u": [u for _, u in NHANES.values()]}
    )
    table = pl.read_csv(FILE).unpivot([*NHANES], index=["sex", "age_years"], variable_name="column")
    return (
        table.join(said, on="column", how="left", maintain_order="left")
        .with_row_index("row")
        .cast({"row": pl.Int64})
        .drop("column")
    )


@cache
def truths() -> list[tuple[str | None, ...]]:
    """What `interpret` says of every value."""
    known: dict[tuple[object, ...], tuple[str | None, ...]] = {}
    told = []
    for *_, sex, age, value, marker, unit in long().select("row", "sex", "age_years", "value", "m", "u").iter_rows():
        key = (marker, value, unit, sex, age)
        if key not in known:
            known[key] = truth({"marker": marker, "value": value, "unit": unit, "sex": sex, "age": age})
        told.append(known[key])
    return told


def as_words(table: pl.DataFrame) -> pl.DataFrame:
    """The same with every number as the text that it prints."""
    return table.with_columns(pl.col("value").cast(pl.String))


def by_dask(table: pl.DataFrame) -> pl.DataFrame:
    """Judged part by part."""
    dd: Any = importlib.import_module("dask.dataframe")
    judged: Any = frames.score(dd.from_pandas(table.to_pandas(), npartitions=3), **NAMED)
    return pl.DataFrame(pl.from_pandas(judged.compute()))


PATHS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda table: frames.score(table, **NAMED),
    "polars, text": lambda table: frames.score(as_words(table), **NAMED),
    "polars, categories": lambda table: frames.score(table.with_columns(pl.col(*WORDS).cast(pl.Categorical)), **NAMED),
    "polars, lazy": lambda table: frames.score(table.lazy(), **NAMED).collect(),
    "polars, streaming": lambda table: frames.score(table.lazy(), **NAMED).collect(engine="streaming"),
    "pandas": lambda table: pl.from_pandas(frames.score(table.to_pandas(), **NAMED)),
    "pandas, categories": lambda table: pl.from_pandas(
        frames.score(table.to_pandas().astype(dict.fromkeys(WORDS, "category")), **NAMED)
    ),
    "pyarrow": lambda table: pl.DataFrame(frames.score(table.to_arrow(), **NAMED)),
    "pyarrow, text": lambda table: pl.DataFrame(frames.score(as_words(table).to_arrow(), **NAMED)),
    "duckdb": lambda table: frames.score(duckdb.from_arrow(table.to_arrow()), **NAMED).pl(),
    "duckdb, text": lambda table: frames.score(duckdb.from_arrow(as_words(table).to_arrow()), **NAMED).pl(),
    "ibis": lambda table: pl.DataFrame(frames.score(ibis.memtable(table.to_arrow()), **NAMED).to_pyarrow()),
    "dask": by_dask,
}


@pytest.mark.unwatched
@needs_nhanes
@pytest.mark.filterwarnings("ignore::UserWarning:narwhals", "ignore::DeprecationWarning:narwhals")
@pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_every_value_of_nhanes_is_told_what_interpret_says_by_every_library(path: Callable[[Any], Any]) -> None:
    """All 49,806 values, present and missing, in the order of their rows where the library has one."""
    table = long()
    assert table.height == 6 * 8301
    found = path(table).sort("row")
    assert answers(found.to_dict(as_series=False)) == truths()


@pytest.mark.unwatched
@ONE_SPARK
@needs_nhanes
def test_every_value_of_nhanes_is_told_what_interpret_says_by_spark(spark: Any) -> None:  # noqa: ANN401  a session of Spark
    """The same by the engine of a cluster, on this machine."""
    found = frames.score(spark.createDataFrame(long().to_arrow()), **NAMED)
    assert answers(pl.DataFrame(found.toArrow()).sort("row").to_dict(as_series=False)) == truths()


@needs_nhanes
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_every_value_of_nhanes_is_told_what_interpret_says_by_the_command(tmp_path: Path, ending: str) -> None:
    """From a file into a file, row by row."""
    source, target = tmp_path / f"in.{ending}", tmp_path / "out.parquet"
    if ending == "parquet":
        long().write_parquet(source)
    else:
        written = long().write_csv().encode()
        source.write_bytes(gzip.compress(written) if ending == "csv.gz" else written)
    asked = [f"--{role}={name}" for role, name in NAMED.items()]
    assert main(["score", str(source), "-o", str(target), *asked]) == 0
    assert answers(pl.read_parquet(target).to_dict(as_series=False)) == truths()
