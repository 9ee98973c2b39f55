"""Columns as codes, however a library holds them, and rows told by them wherever they are read."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rlslabs import frames, interpret
from rlslabs.errors import LabsError
from rlslabs.frames.encode import coded, numbers
from tests.table_rows import answers, truth

NAMED: dict[str, Any] = {"marker": "marker", "value": "value", "unit": "unit"}


def values(column: nw.Series[Any]) -> list[object]:
    """The values of a column, through its codes."""
    codes, distinct = coded(column)
    return [distinct[code] for code in codes.tolist()]


def test_a_column_of_a_library_that_narwhals_alone_knows_is_read_as_a_list() -> None:
    """Modin and cuDF hold what pandas holds: words and numbers come as Python objects."""
    words: Any = SimpleNamespace(implementation=nw.Implementation.MODIN, dtype=nw.String(), to_list=lambda: ["a", None])
    assert values(words) == ["a", None]
    cells: Any = SimpleNamespace(
        implementation=nw.Implementation.CUDF, dtype=nw.Float64(), to_list=lambda: [1.5, None], to_native=lambda: None
    )
    assert numbers(cells).tolist()[0] == 1.5
    assert np.isnan(numbers(cells)[1])


@pytest.mark.parametrize("missing", [0, 7])
def test_the_codes_of_polars_give_every_value_back(missing: int) -> None:
    """Categories, enumerations, words few and many, numbers, and nothing at all, with and without nulls."""
    words = [f"w{place % 5}" for place in range(150)] + [None] * missing
    many = [f"w{place}" for place in range(150)] + [None] * missing
    whole = [place % 9 for place in range(150)] + [None] * missing
    for column in (
        pl.Series("a", words),
        pl.Series("a", many),
        pl.Series("a", words, pl.Categorical),
        pl.Series("a", words, pl.Enum([f"w{place}" for place in range(6)])),
        pl.Series("a", whole, pl.Int64),
        pl.Series("a", [None] * 150, pl.Int64),
        pl.Series("a", [None] * 150),
    ):
        assert values(nw.from_native(column, series_only=True)) == column.to_list()


def test_a_word_that_a_part_of_the_rows_does_not_show_is_told_as_well() -> None:
    """Few words are told by comparison; a word, or nothing, that stands in one row among thousands is not lost."""
    words: list[str | None] = ["ferritin", "iron"] * 6000
    words[7777], words[7779], words[7781] = "tibc", None, "Ferritin "
    assert values(nw.from_native(pl.Series("a", words), series_only=True)) == words


def test_arrow_of_any_shape_is_read() -> None:
    """Chunks with dictionaries of their own, no chunk at all, and a column of words and numbers."""
    parts = pa.chunked_array([pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", None]).dictionary_encode()])
    assert values(nw.from_native(parts, series_only=True)) == ["a", "b", "b", None]
    nothing = pa.chunked_array([pa.array([], pa.string()).dictionary_encode()])
    assert values(nw.from_native(nothing, series_only=True)) == []
    either = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array(["38", "x"]), pa.array([None, 12.0])])
    table = pa.table({"marker": ["ferritin"] * 2, "value": either, "unit": ["ng/mL"] * 2})
    assert frames.score(table, **NAMED)["rls_status"].to_pylist() == ["below-optimal", "low"]


@pytest.mark.parametrize("chunks", [1, 2, 60])
@pytest.mark.parametrize(
    "column",
    [
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 1]), pa.array(["38", None])),
        pa.array([Decimal("38.0"), None, Decimal("5.5")], pa.decimal32(5, 1)),
        pa.array(np.array([38, 9.1, np.nan], np.float16)),
        pa.array(np.array([38, 9.1, 5], np.float16)).dictionary_encode(),
        pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["38", "<5"])),
        pa.array(["38", "<5", None], pa.string_view()),
        pa.nulls(3),
    ],
    ids=lambda column: str(column.type)[:20],
)
def test_what_arrow_itself_cannot_encode_or_take_is_read_all_the_same(column: Any, chunks: int) -> None:  # noqa: ANN401  an array
    """Nothing among the words, narrow numbers, runs, views and nothing at all: each row as its cell alone."""
    value: Any = pa.chunked_array([column] * chunks)
    table = pa.table({"value": value, "marker": ["ferritin"] * len(value), "unit": ["ng/mL"] * len(value)})
    cells = [None if isinstance(each, float) and np.isnan(each) else each for each in column.to_pylist()]
    alone = [truth({"marker": "ferritin", "value": each, "unit": "ng/mL"}) for each in cells] * chunks
    assert answers(frames.score(table, **NAMED).to_pydict()) == alone
    told = [each.answer for each in frames.explain(table, range(len(value)), **NAMED)]
    assert [getattr(each, "status", None) for each in told] == [each[2] for each in alone]


def test_a_number_too_large_for_a_float_is_refused_in_its_row_alone() -> None:
    """A whole number beyond 2 to the 53 loses digits as a float, and is implausible with or without them."""
    large = pa.table({"marker": ["ferritin"] * 2, "value": pa.array([2**62 + 1, 38]), "unit": ["ng/mL"] * 2})
    assert frames.score(large, **NAMED)["rls_issue"].to_pylist() == ["implausible-value", None]


@pytest.mark.parametrize("size", [3, 300])
def test_dates_that_pandas_holds_as_arrow_holds_them_may_be_missing(size: int) -> None:
    """A date32 with a null is a row without a date of birth."""
    born = pd.Series([date(2015, 1, 1), None, date(1970, 1, 1)] * (size // 3), dtype=pd.ArrowDtype(pa.date32()))
    table = pd.DataFrame({"marker": "ferritin", "value": 38.0, "unit": "ng/mL", "born": born})
    scored = frames.score(table.assign(collected=born.notna().map(lambda _: date(2024, 1, 1))), born="born", **NAMED)
    alone = [
        interpret("ferritin", 38, "ng/mL", born=each).status for each in (date(2015, 1, 1), None, date(1970, 1, 1))
    ]
    assert scored["rls_status"].tolist() == alone * (size // 3)


@pytest.mark.parametrize("size", [4, 400])
def test_dates_that_cannot_be_read_refuse_their_rows_and_no_others(size: int) -> None:
    """In text, dates are read one by one; beside one that is not read the facts stay as they are written."""
    born = ["1970-01-01", "never", "2015-01-01", "1972-05"] * (size // 4)
    taken = ["2024-01-01", "2024-01-01", "soon", "2024-01-01"] * (size // 4)
    rows = [
        {"marker": "ferritin", "value": 38.0, "unit": "ng/mL", "born": one, "collected": other}
        for one, other in zip(born, taken, strict=True)
    ]
    scored = frames.score(pl.DataFrame(rows), born="born", collected="collected", **NAMED)
    assert answers(scored.to_dict(as_series=False)) == [truth(row) for row in rows]


def test_tables_of_many_chunks_are_judged_by_several_threads_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts that all chunks share are met once, and so are those of one chunk; what was asked is kept for a while."""
    for name in ("rows", "gather"):
        monkeypatch.setattr(f"rlslabs.frames.{name}.CHUNK", 128)
    monkeypatch.setattr("rlslabs.frames.gather._MOST_KEPT", 2)
    rows = [{"marker": "ferritin", "value": place / 10, "unit": "ng/mL"} for place in range(1, 1000)]
    rows[900]["unit"], rows[901]["unit"], rows[902]["marker"] = "pmol/L", "mg", "iron"
    scored = frames.score(pl.DataFrame(rows), **NAMED)
    assert answers(scored.to_dict(as_series=False)) == [truth(row) for row in rows]


@pytest.mark.parametrize("size", [5, 200])
def test_the_ends_of_a_printed_range_may_be_text(size: int) -> None:
    """Both ends, one of them, words, or nothing: each row as the same ends beside one result."""
    ends = [("24", "336"), ("24", None), (None, "336"), ("low", "high"), (None, None)] * (size // 5)
    table = pl.DataFrame(
        {
            "marker": ["ferritin"] * size,
            "value": [22.0] * size,
            "unit": ["ng/mL"] * size,
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
        }
    )
    told = answers(frames.score(table, low="low", high="high", **NAMED).to_dict(as_series=False))
    printed = ["24 - 336", ">=24", "<=336", "low - high", None] * (size // 5)
    expected: list[tuple[str | None, ...]] = []
    for each in printed:
        try:
            it = interpret("ferritin", 22, "ng/mL", range=each)
        except LabsError as error:
            expected.append((None, None, None, error.code))
            continue
        issue = it.issues[0].code if it.issues else None
        expected.append((it.standard.position, it.optimal.position, it.status, issue))
    assert told == expected


@pytest.mark.parametrize("zeros", [(0.0, -0.0), (-0.0, 0.0)])
def test_an_age_of_minus_zero_is_none_and_makes_none_of_a_newborn_s(zeros: tuple[float, float]) -> None:
    """To the libraries the two zeros are one, and to the reader of one result they are not, whatever stands first."""
    ages = [*zeros] * 150
    refused = [math.copysign(1, each) < 0 for each in ages]
    table = pl.DataFrame({"f": [38.0] * 300, "age": ages, "born": [None] * 300}, schema_overrides={"born": pl.Date})
    for each in (table, table.to_arrow(), table.to_pandas()):
        scored = frames.score(each, wide={"f": ("ferritin", "ng/mL")}, age="age", born="born")
        told = nw.from_native(scored)["rls_f_issue"].cast(nw.String).to_list()
        assert [one == "unreadable-age" for one in told] == refused
