"""Lazy tables: the engine itself judges, and says of each row what `interpret` says, or that it did not read it."""

from __future__ import annotations

import importlib
import math
import os
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import Phase, find, settings

from rlslabs import Catalog, frames
from rlslabs.errors import FrameError
from rlslabs.testing import frames as tables
from tests.table_rows import Row, answers, many, truth
from tests.test_tables import collected, hold

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


ONE_SPARK = pytest.mark.xdist_group("spark")
"""Tests that share a Java machine, which takes longer to start than they take to run."""


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark of this machine, one for all modules that ask for it."""
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
    assert held(answers(table.to_dict(as_series=False)), given_rows) == 0
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


@ONE_SPARK
def test_tables_of_spark_are_drawn_with_their_truth(spark: Any) -> None:  # noqa: ANN401  the same
    """The strategy of tables makes them in the session that runs."""
    strategy = tables(backend="pyspark")
    case = find(strategy, lambda case: len(case.told) > 1, settings=settings(database=None, phases=[Phase.generate]))
    assert case.table.sparkSession is spark
    hold(case, collected(frames.score(case.table, **case.columns)))  # type: ignore[arg-type]  # each names a column


@ONE_SPARK
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
    counted = frames.summary(scored, marker="marker")
    assert counted == frames.summary(collected, marker="marker")
    assert counted.rows == COUNT


def test_the_converted_value_is_the_same_in_every_engine() -> None:
    """Value, unit and factor on request, and nothing where nothing was judged."""
    columns: dict[str, list[Any]] = {"m": ["iron", "iron", "crp"], "v": [10.0, None, 3.0], "u": ["umol/L"] * 3}
    eager = frames.score(pl.DataFrame(columns), **K, also=["value", "unit"])
    found = frames.score(duck(columns), **K, also=["value", "unit"]).pl().sort("m", "v", nulls_last=True)
    expected = eager.sort("m", "v", nulls_last=True)
    assert found["rls_value"].to_list() == pytest.approx(expected["rls_value"].to_list(), nan_ok=True)
    assert found["rls_unit"].to_list() == expected["rls_unit"].to_list()
    assert found["rls_value"].null_count() == 2


K: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u"}


def duck(columns: dict[str, list[Any]], kinds: dict[str, Any] | None = None) -> duckdb.DuckDBPyRelation:
    """A relation of DuckDB."""
    return duckdb.from_arrow(pl.DataFrame(columns, schema_overrides=kinds, strict=False).to_arrow())


def test_the_names_of_a_connection_change_nothing() -> None:
    """Tables of the caller of whatever name, and a connection that sees no others, which is refused."""
    connection = duckdb.connect()
    for name in ("_rows", "_small", "_words"):
        connection.execute(f"CREATE TABLE {name} (a INTEGER)")
    connection.execute("CREATE TABLE t AS SELECT 'ferritin' AS m, 38.0::DOUBLE AS v, 'ng/mL' AS u")
    assert frames.score(connection.table("t"), **K).fetchall()[0][3:] == ("within", "below", "below-optimal", None)
    connection.execute("SET python_enable_replacements = false")
    with pytest.raises(FrameError, match="python_enable_replacements"):
        frames.score(connection.table("t"), **K)


@ONE_SPARK
def test_a_name_that_an_engine_reads_otherwise_is_refused(spark: Any) -> None:  # noqa: ANN401  a session of Spark
    """Dots, which are paths to Spark, and capitals, which are small letters to DuckDB and Spark."""
    columns: dict[str, list[Any]] = {"m": ["ferritin"], "v": [38.0], "u": ["ng/mL"]}
    for name, words in (("a.b", "a path into another"), ("RLS_status", "begin with the prefix")):
        table = spark.createDataFrame(pl.DataFrame({**columns, name: [1]}).to_arrow())
        with pytest.raises(FrameError, match=words):
            frames.score(table, **K)
    with pytest.raises(FrameError, match="begin with the prefix"):
        frames.score(duck({**columns, "RLS_status": [1]}), **K)


ENDS = ("\n", "\r", "\x85", "\u2028")


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=ONE_SPARK)])
def test_the_end_of_a_line_in_a_cell_ends_no_query(engine: str, request: pytest.FixtureRequest) -> None:
    """To Java a text ends before one: what is then no number to the engine is not read, and no other row suffers."""
    cells = [(f"5{end}", "ng/mL") for end in ENDS] + [(f"<5{end}", "ng/mL") for end in ENDS]
    cells += [("38", f"ng/mL{end}") for end in ENDS]
    cells += [("38", "ng/mL")]
    columns: dict[str, list[Any]] = {"v": [value for value, _ in cells], "u": [unit for _, unit in cells]}
    table = pl.DataFrame(columns).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64), m=pl.lit("ferritin"))
    if engine == "spark":
        scored = frames.score(request.getfixturevalue("spark").createDataFrame(table.to_arrow()), **K).toArrow()
    else:
        scored = frames.score(duckdb.from_arrow(table.to_arrow()), **K).to_arrow_table()
    found = in_order(scored)
    given_rows = [{"marker": "ferritin", "value": value, "unit": unit} for value, unit in cells]
    assert held(found, given_rows) == len(cells) - 1
    assert found[-1][2] == "below-optimal"


PEOPLE: list[tuple[Any, Any, Any]] = [
    (date(1970, 1, 1), date(2020, 1, 1), None),
    (date(2015, 1, 1), date(2020, 1, 1), None),
    (date(2020, 1, 1), date(2019, 1, 1), None),
    (date(1800, 1, 1), date(2020, 1, 1), None),
    (date(1970, 1, 1), None, None),
    (date(2020, 1, 1), date(2020, 1, 5), None),
    (None, date(2020, 1, 1), 5.0),
    (None, date(2020, 1, 1), 200.0),
    (None, None, 40.0),
    (None, None, None),
    (date(1970, 1, 1), date(2020, 1, 1), 50.0),
]


@pytest.mark.parametrize("named", [("born", "collected"), ("born", "collected", "age"), ("age", "collected"), ("age",)])
def test_dates_and_ages_count_in_a_lazy_table_as_for_one_result(named: tuple[str, ...]) -> None:
    """Contradictions come after what is wrong with the result itself; where both stand, the engine does not read."""
    given_rows = [
        {"marker": marker, "value": value, "unit": unit, "born": born, "collected": collected, "age": age}
        for born, collected, age in PEOPLE
        for marker, value, unit in (
            ("ferritin", 40.0, "ng/mL"),
            ("ferritin", None, "ng/mL"),
            ("ferritin", 40.0, "furlong"),
            ("nothing", 40.0, "ng/mL"),
            ("iron", -5.0, "ug/dL"),
            ("iron", 0.5, "ug/dL"),
        )
    ]
    kept_rows = [{name: row[name] for name in ("marker", "value", "unit", *named)} for row in given_rows]
    columns: dict[str, list[Any]] = {name: [row[name] for row in kept_rows] for name in kept_rows[0]}
    table = duck(
        {"row": [*range(len(kept_rows))], **columns},
        {"born": pl.Date, "collected": pl.Date, "age": pl.Float64, "value": pl.Float64},
    )
    facts: dict[str, Any] = {name: name for name in ("marker", "value", "unit", *named)}
    found = in_order(frames.score(table, **facts).to_arrow_table())
    unread = held(found, kept_rows)
    assert unread == {2: 12 if "born" in named else 0, 3: 18, 1: 0}[len(named)]


@pytest.mark.parametrize(
    ("columns", "facts", "words"),
    [
        ({"c": ["2020-01-01"]}, {"collected": "c"}, "are no dates to the engine"),
        ({"c": ["x"], "a": [5.0]}, {"collected": "c", "age": "a"}, "are no dates to the engine"),
        ({"b": ["x"], "c": [date(2020, 1, 1)]}, {"collected": "c", "born": "b"}, "need dates of collection"),
        ({"b": [date(2020, 1, 1)]}, {"born": "b"}, "need dates of collection"),
        ({"a": ["5 mo"]}, {"age": "a"}, "are text"),
        ({"r": ["5-10"]}, {"range": "r"}, "own range in r is not read"),
    ],
)
def test_what_no_engine_reads_is_one_error(columns: dict[str, Any], facts: dict[str, Any], words: str) -> None:
    """Dates and ages in text, and the report's own range; the error names the column."""
    table = duck({"m": ["ferritin"], "v": [38.0], "u": ["ng/mL"], **columns})
    with pytest.raises(FrameError, match=re.escape(words)):
        frames.score(table, **K, **facts)


@pytest.mark.parametrize("mark", [None, ".", ","])
def test_words_for_pregnancy_and_decimal_marks_count_as_for_one_result(mark: str | None) -> None:
    """Yes and no in words, a word that is none, values in text by either mark, and no column for the unit."""
    given_rows: list[Row] = [
        {"marker": "tsat", "value": value, "pregnant": pregnant, "sex": "F", "age": 30.0}
        for pregnant in ("yes", "No ", "", "unknown", "0", None)
        for value in ("25", "0.25", "1.234", "2,5", "x", "45", "<5")
    ]
    columns: dict[str, list[Any]] = {name: [row[name] for row in given_rows] for name in given_rows[0]}
    table = duck({"row": [*range(len(given_rows))], **columns, "odd": ["maybe"] * len(given_rows)})
    facts: dict[str, Any] = {**{name: name for name in given_rows[0]}, "decimal_mark": mark}
    words = {"yes": True, "No ": False, "0": False}
    for told, row in zip(in_order(frames.score(table, **facts).to_arrow_table()), given_rows, strict=True):
        expected = truth({**row, "pregnant": words.get(row["pregnant"])}, decimal_mark=mark)
        assert told in (UNREAD, expected), row
        assert told == expected or row["value"] not in ("25", "45", "<5")
    odd = in_order(frames.score(table, **{**facts, "pregnant": "odd"}).to_arrow_table())
    assert {each[3] for each in odd} == {"unreadable-pregnancy"}


def test_a_unit_of_a_clinic_s_own_in_which_usual_numbers_are_too_large_is_judged_for_whom_the_row_is(
    tmp_path: Path,
) -> None:
    """That 1, 60 and 300 are refused in a unit refuses no other value in it, nor makes an adult of a child."""
    (tmp_path / "vitamin_b12.toml").write_text(
        'id = "vitamin_b12"\n[[accepts]]\nucum = "ug/mL"\nspoken = "micrograms per milliliter"\nwritten = []\n'
    )
    catalog = Catalog.load(tmp_path)
    given_rows: list[Row] = [
        {"marker": "vitamin_b12", "value": value, "unit": "ug/mL", "age": age, "comparator": comparator}
        for value in (0.0, 1e-5, 1e-4, 4e-4, 9e-4, 2e-3, 0.1, 0.5, 1.0, 300.0, None)
        for age in (5.0, 17.0, 40.0)
        for comparator in (None, "<")
    ]
    for names in (("comparator",), ()):
        kept_rows = [{name: row[name] for name in ("marker", "value", "unit", "age", *names)} for row in given_rows]
        table = arrow([{"row": place, **row} for place, row in enumerate(kept_rows)])
        facts: dict[str, Any] = {"catalog": catalog, **{name: name for name in kept_rows[0]}}
        scored = frames.score(duckdb.from_arrow(table), **facts)
        for told, row in zip(in_order(scored.to_arrow_table()), kept_rows, strict=True):
            assert told == truth(row, catalog=catalog), row


def test_the_largest_float_is_no_infinity_with_and_without_a_comparator() -> None:
    """A number that a float holds is too large to be read, and not infinite, whatever stands beside it."""
    values = [sign * value for value in (1.7e308, 1.75e308, sys.float_info.max, math.inf) for sign in (1, -1)]
    given_rows: list[Row] = [
        {"marker": "ferritin", "value": value, "unit": "ng/mL", "comparator": None} for value in values
    ]
    for names in (("comparator",), ()):
        kept_rows = [{name: row[name] for name in ("marker", "value", "unit", *names)} for row in given_rows]
        table = arrow([{"row": place, **row} for place, row in enumerate(kept_rows)])
        facts: dict[str, Any] = {name: name for name in kept_rows[0]}
        assert held(in_order(frames.score(duckdb.from_arrow(table), **facts).to_arrow_table()), kept_rows) == 0
        assert held(in_order(frames.score(ibis.memtable(table), **facts).to_pyarrow()), kept_rows) == 0
