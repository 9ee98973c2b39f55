"""Strategies of datasets: tables of each library, with a truth that no reader of tables has told."""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from rlslabs import frames as datasets
from rlslabs.errors import MissingExtraError, UnreachableError
from rlslabs.testing import FrameCase, Told, frames
from rlslabs.testing.results import STATUSES
from rlslabs.testing.tables import Backend

BACKENDS: dict[Backend, type] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars-lazy": pl.LazyFrame,
    "pyarrow": pa.Table,
}
UNREAD = (None, None, None, "not-read-by-engine")
FOUND = settings(max_examples=300, phases=[Phase.generate], database=None, derandomize=True)


def rows(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401  a table of any library
    """The rows of a table."""
    if isinstance(table, pd.DataFrame):
        return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]
    if isinstance(table, pa.Table):
        return table.to_pylist()
    found: list[dict[str, Any]] = table.lazy().collect().to_dicts()
    return found


def answered(row: dict[str, Any]) -> tuple[str | None, ...]:
    """The answer of a scored row."""
    found = [row[f"rls_{name}"] for name in ("standard", "optimal", "status", "issue")]
    return tuple(each if isinstance(each, str) else None for each in found)


def true(told: Told) -> tuple[str | None, ...]:
    """The same answer, by the truth."""
    it = told.interpretation
    if it is None:
        return None, None, None, told.refused
    return it.standard.position, it.optimal.position, it.status, it.issues[0].code if it.issues else None


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
@given(data=st.data())
@settings(max_examples=15)
def test_every_row_of_a_table_is_told_what_its_plain_result_is_told(backend: Backend, data: st.DataObject) -> None:
    """Row by row and in order, whatever library the table is of; and the table comes back as that library's."""
    case: FrameCase = data.draw(frames(backend=backend))
    assert isinstance(case.table, BACKENDS[backend])
    scored = datasets.score(case.table, **case.columns)  # type: ignore[arg-type]  # each names a column
    assert isinstance(scored, BACKENDS[backend])
    assert [answered(row) for row in rows(scored)] == [true(told) for told in case.told]


def test_every_row_of_a_lazy_table_is_told_the_same_or_is_a_baby_that_the_engine_does_not_read() -> None:
    """The engine answers as `interpret` does; of somebody whose age counts in days it may say that it did not read."""
    drawn: list[FrameCase] = []

    @given(case=frames(backend="polars-lazy"))
    @settings(FOUND, max_examples=60)
    def draw(case: FrameCase) -> None:
        drawn.append(case)

    draw()
    table = pl.concat([case.table for case in drawn])  # one plan, because making it takes longer than running it
    assert isinstance(table, pl.LazyFrame)
    scored = rows(datasets.score(table, **drawn[0].columns))  # type: ignore[arg-type]  # each names a column
    judged = 0
    for row, told in zip(scored, [each for case in drawn for each in case.told], strict=True):
        if answered(row) == UNREAD:
            assert (row["collected"] - row["born"]).days < 366
        else:
            assert answered(row) == true(told)
            judged += told.status is not None
    assert judged > 50


@pytest.mark.parametrize("backend", ["duckdb", "dask", "ibis"])
def test_every_row_of_an_engine_is_told_the_same_or_is_not_read(backend: Backend) -> None:
    """By the numbers of its rows, which come back in any order; most are read."""
    drawn: list[FrameCase] = []

    @given(case=frames(backend=backend))
    @settings(FOUND, max_examples=12)
    def draw(case: FrameCase) -> None:
        drawn.append(case)

    draw()
    longest = max(drawn, key=lambda case: len(case.told))  # one plan, because making it takes longer than running it
    assert type(longest.table).__module__.partition(".")[0].lstrip("_") in {backend, "duckdb"}
    hold(longest, collected(datasets.score(longest.table, **longest.columns)))  # type: ignore[arg-type]  # each names a column


def collected(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401  a table of any library
    """The rows of a table of an engine, by their numbers."""
    if hasattr(table, "to_arrow_table"):
        table = table.to_arrow_table()
    elif hasattr(table, "to_pyarrow"):
        table = table.to_pyarrow()
    elif hasattr(table, "toArrow"):
        table = table.toArrow()
    else:
        table = table.compute()
    return sorted(rows(table), key=lambda row: int(row["row"]))


def hold(case: FrameCase, scored: list[dict[str, Any]]) -> None:
    """Every row is there, and told what is true of it, unless the engine says that it was not read."""
    assert [row["row"] for row in scored] == [*range(len(case.told))]
    for row, told in zip(scored, case.told, strict=True):
        assert answered(row) in {true(told), UNREAD}
    assert any(answered(row) != UNREAD for row in scored)


def test_every_status_stands_in_some_table() -> None:
    """What a result can be, a row can be."""
    met: set[str | None] = set()

    @given(case=frames(backend="polars"))
    @settings(FOUND, max_examples=150)
    def draw(case: FrameCase) -> None:
        met.update(told.status for told in case.told)

    draw()
    assert met == {None, *STATUSES}


@pytest.mark.parametrize("refused", ["unknown-unit", "unknown-marker", "missing-value"])
def test_some_rows_cannot_be_judged(refused: str) -> None:
    """A wrong unit, a wrong name and an empty value stand in tables, beside rows that are judged."""

    def both(case: FrameCase) -> bool:
        codes = {told.refused for told in case.told}
        return {refused, None} <= codes

    find(frames(["ferritin"], backend="polars"), both, settings=FOUND)


def test_a_table_shrinks_to_nothing_and_a_row_to_a_plain_one() -> None:
    """The smallest table has no row; the smallest with one has a number of few digits."""
    shrunk = settings(FOUND, phases=[Phase.generate, Phase.shrink])
    assert find(frames(backend="polars"), lambda _: True, settings=shrunk).table.height == 0
    case = find(frames(["ferritin"], backend="polars"), lambda case: len(case.told) > 0, settings=shrunk)
    assert (case.table["marker"].to_list(), case.table["unit"].to_list()) == (["ferritin"], ["ng/mL"])
    assert case.table["comparator"].to_list() == [None]


def test_a_table_that_cannot_be_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is not installed is named, and so are units in which nothing is reported."""
    with pytest.raises(UnreachableError):
        frames(units=["banana"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError) as refused:
        frames(backend="pyarrow")
    assert refused.value.text == "pyarrow"
