"""Lazy tables: the engine itself judges, and says of each row what `interpret` says, or that it did not read it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Any

import duckdb
import ibis
import polars as pl
import pyarrow as pa
import pytest

from rlslabs import frames
from tests.table_rows import Row, answers, many, truth

NAMES: dict[str, Any] = {name: name for name in ("marker", "value", "unit", "sex", "age", "pregnant", "comparator")}
UNREAD = (None, None, None, "not-read-by-engine")
COUNT = 600


def arrow(given_rows: list[Row]) -> pa.Table:
    """Rows as an Arrow table, typed even where a column is empty."""
    text = any(isinstance(row["value"], str) for row in given_rows)
    kinds = {"row": pa.int64(), "age": pa.float64(), "pregnant": pa.bool_()}
    kinds["value"] = pa.string() if text else pa.float64()
    names = [*given_rows[0]]
    return pa.table({name: pa.array([row[name] for row in given_rows], kinds.get(name, pa.string())) for name in names})


def held(found: list[tuple[str | None, ...]], given_rows: list[Row]) -> int:
    """Hold every row to `interpret`; the number of rows that the engine did not read."""
    unread = 0
    for told, row in zip(found, given_rows, strict=True):
        if told == UNREAD:
            unread += 1
        else:
            assert told == truth(row), row
    return unread


def in_order(table: pa.Table) -> list[tuple[str | None, ...]]:
    """The answers of a collected table, by the numbers of its rows."""
    return answers(table.sort_by("row").to_pydict())


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A Spark of this machine."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  it starts a Java machine

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.codegen.wholeStage", "false")  # so few rows are read sooner than code for them is made
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
def test_polars_judges_lazily_in_the_order_of_the_rows(*, text: bool) -> None:
    """A LazyFrame stays one, and its rows keep their order."""
    given_rows = many(COUNT, text=text)
    scored = frames.score(pl.DataFrame(arrow(given_rows)).lazy(), **NAMES)
    assert isinstance(scored, pl.LazyFrame)
    table = scored.collect()
    assert table["row"].to_list() == [*range(COUNT)]
    assert held(answers(table.to_dict(as_series=False)), given_rows) < COUNT // (2 if text else 10)
    assert table.schema["rls_status"] == pl.Enum(
        ["low", "below-optimal", "optimal", "above-optimal", "high", "undecided", "no-range"]
    )


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
def test_duckdb_judges_in_its_own_plan(*, text: bool) -> None:
    """A relation stays one."""
    given_rows = many(COUNT, text=text)
    scored = frames.score(duckdb.from_arrow(arrow(given_rows)), **NAMES)
    assert isinstance(scored, duckdb.DuckDBPyRelation)
    assert held(in_order(scored.to_arrow_table()), given_rows) < COUNT // (2 if text else 10)


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
def test_ibis_judges_in_its_own_plan(*, text: bool) -> None:
    """An Ibis table stays one."""
    given_rows = many(COUNT, text=text)
    scored = frames.score(ibis.memtable(arrow(given_rows)), **NAMES)
    assert isinstance(scored, ibis.Table)
    assert held(in_order(scored.to_pyarrow()), given_rows) < COUNT // (2 if text else 10)


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
def test_spark_judges_in_its_own_plan(spark: Any, *, text: bool) -> None:  # noqa: ANN401  a session of Spark
    """A Spark table stays one; its plan holds one broadcast join, no Python and no shuffle."""
    given_rows = many(COUNT, text=text)
    scored = frames.score(spark.createDataFrame(arrow(given_rows)), **NAMES)
    assert held(in_order(scored.toArrow()), given_rows) < COUNT // (2 if text else 10)
    plan = scored._jdf.queryExecution().executedPlan().toString()  # noqa: SLF001  there is no other way to its plan
    assert plan.count("BroadcastHashJoin") >= 1
    assert "Python" not in plan
    assert "SortMergeJoin" not in plan
    assert "hashpartitioning" not in plan


@pytest.mark.filterwarnings("ignore::UserWarning:narwhals", "ignore::DeprecationWarning:narwhals")
@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
def test_dask_judges_part_by_part_as_pandas_does(*, text: bool) -> None:
    """A Dask table stays one, with its parts; every row is read."""
    dd: Any = importlib.import_module("dask.dataframe")

    given_rows = many(COUNT, text=text)
    table = dd.from_pandas(arrow(given_rows).to_pandas(), npartitions=2)
    scored = frames.score(table, **NAMES, also=["unit", "value"])
    assert isinstance(scored, dd.DataFrame)
    assert scored.npartitions == 2
    collected = scored.compute()
    assert list(scored.dtypes) == list(collected.dtypes)
    assert collected["row"].tolist() == [*range(COUNT)]
    assert held(answers({name: collected[name].tolist() for name in collected}), given_rows) == 0
