"""Tables of every eager library: each row is told what `interpret` says of it, and nothing moves."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import polars.testing
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Interpretation, frames, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import FrameError, MissingExtraError, UnknownSetError, WrongTypeError
from rlslabs.frames import gather, keys
from rlslabs.frames.dims import spread
from rlslabs.frames.fields import CODES
from rlslabs.frames.rows import read_rows
from rlslabs.frames.scoring import fields
from rlslabs.frames.verdict import STATUSES, Choice, Verdict
from tests.table_rows import NUMBERS, TEXTS, Row, answers, many, rows, truth

NAMES = ("marker", "value", "unit", "comparator", "range", "low", "high", "sex", "age", "born", "collected", "pregnant")


SETTINGS: Any = gather
KEYS: Any = keys
"""The module whose numbers of rows decide how a table is judged."""


def in_polars(columns: Mapping[str, Sequence[Any]]) -> pl.DataFrame:
    """A table of Polars."""
    return pl.DataFrame({name: pl.Series(name, each, strict=False) for name, each in columns.items()})


def in_pandas(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """A table of pandas, with an index of its own."""
    made = pd.DataFrame({name: pd.Series(_kept(each)) for name, each in columns.items()})
    made.index = pd.Index([f"row {number}" for number in range(len(made))])
    return made


def in_arrow(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """A table of PyArrow."""
    return pa.table({name: pa.array(_kept(each)) for name, each in columns.items()})


def ferritin(size: int) -> dict[str, Any]:
    """The same result so many times."""
    return {"marker": ["ferritin"] * size, "value": [38.0] * size, "unit": ["ng/mL"] * size}


def _kept(column: Any) -> Any:  # noqa: ANN401  a list, or a column that has a type
    return column if isinstance(column, np.ndarray | pd.Series) else list(column)


def out(table: Any) -> dict[str, list[Any]]:  # noqa: ANN401  a table of any library
    """The columns of a table of any library."""
    if isinstance(table, pl.DataFrame):
        return table.to_dict(as_series=False)
    if isinstance(table, pd.DataFrame):
        return {str(name): table[name].tolist() for name in table}
    found: dict[str, list[Any]] = table.to_pydict()
    return found


LIBRARIES = {"polars": in_polars, "pandas": in_pandas, "arrow": in_arrow}
Library = Callable[[Mapping[str, Sequence[Any]]], Any]
each_library = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
few = settings(max_examples=12)
"""Each example is judged by every library in two ways."""

each_way = pytest.mark.parametrize("direct", [0, 100], ids=["steps", "one by one"])


def columns_of(given: list[Row]) -> dict[str, list[Any]]:
    """Rows as columns."""
    return {name: [row[name] for row in given] for name in given[0]}


def scored(library: Library, columns: Mapping[str, Sequence[Any]], **choices: Any) -> dict[str, list[Any]]:  # noqa: ANN401  whatever `score` takes
    """A table judged in a library, as columns."""
    named: dict[str, Any] = {name: name for name in columns if name in NAMES}
    return out(frames.score(library(columns), **named, **choices))


def judge_by(direct: int) -> None:
    """Judge so few rows one by one, and all others by steps."""
    SETTINGS.DIRECT, KEYS.SELDOM, KEYS.SELDOM_PRINTED = direct, 1, 1


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sets is set back."""
    for module, name in ((SETTINGS, "DIRECT"), (KEYS, "SELDOM"), (KEYS, "SELDOM_PRINTED")):
        monkeypatch.setattr(module, name, getattr(module, name))


@each_way
@each_library
@few
@given(given_rows=rows(NUMBERS), strict=st.booleans())
def test_every_row_of_numbers_is_told_what_interpret_says(
    *, library: Library, direct: int, given_rows: list[Row], strict: bool
) -> None:
    """Numbers, comparators, units, sexes, ages and pregnancy, usual and odd, on every library."""
    judge_by(direct)
    found = scored(library, columns_of(given_rows), strict=strict)
    assert answers(found) == [truth(row, strict=strict) for row in given_rows]


@each_way
@each_library
@few
@given(given_rows=rows(TEXTS))
def test_every_row_of_text_is_told_what_interpret_says(library: Library, direct: int, given_rows: list[Row]) -> None:
    """Comparators, intervals and units inside the text, and whatever cannot be read."""
    judge_by(direct)
    assert answers(scored(library, columns_of(given_rows))) == [truth(row) for row in given_rows]


@each_way
@few
@given(given_rows=rows(TEXTS, ranges=True), mark=st.sampled_from([None, ".", ","]))
def test_the_reports_own_range_and_the_decimal_mark_count_as_they_do_for_one_result(
    direct: int, given_rows: list[Row], mark: str | None
) -> None:
    """Printed ranges as text and as numbers, beside values in text."""
    judge_by(direct)
    found = scored(in_polars, columns_of(given_rows), decimal_mark=mark)
    assert answers(found) == [truth(row, decimal_mark=mark) for row in given_rows]


@each_way
@few
@given(given_rows=rows(NUMBERS, ranges=True), standard=st.sampled_from(["general", "mayo", "auckland-nz", "quest"]))
def test_every_set_of_ranges_counts_as_it_does_for_one_result(
    direct: int, given_rows: list[Row], standard: str
) -> None:
    """Numbers beside printed ranges, against another standard set."""
    judge_by(direct)
    found = scored(in_polars, columns_of(given_rows), standard=standard)
    assert answers(found) == [truth(row, standard=standard) for row in given_rows]


@each_way
@each_library
@few
@given(
    pairs=st.lists(
        st.tuples(
            st.dates(date(1900, 1, 1), date(2026, 6, 1)) | st.none(),
            st.dates(date(1900, 1, 1), date(2026, 6, 1)) | st.none(),
            st.sampled_from([25.0, 160.0, 12.0]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_ages_are_counted_by_the_calendar_from_dates(library: Library, direct: int, pairs: list[Any]) -> None:
    """Birth and collection dates give the age to the day; a missing one leaves open what it leaves open for one."""
    judge_by(direct)
    given_rows = [
        {"marker": "ferritin", "value": value, "unit": "ng/mL", "sex": "F", "born": born, "collected": collected}
        for born, collected, value in pairs
    ]
    for choices in ({}, {"standard": "auckland-nz"}):
        found = scored(library, columns_of(given_rows), **choices)
        assert answers(found) == [truth(row, **choices) for row in given_rows]


@each_way
def test_dates_as_text_and_ages_beside_dates_count_as_for_one_result(direct: int) -> None:
    """Text that is no day, and an age that contradicts the dates, are refused row by row."""
    judge_by(direct)
    facts = [
        ("1970-05-31", "2024-05-30", 53),
        ("1970-05-31", "2024-05-30", 52),
        ("31.5.1970", "2024-05-30", None),
        (None, None, 4),
    ]
    given_rows = [
        {"marker": "iron", "value": 60.0, "unit": "ug/dL", "born": born, "collected": collected, "age": age}
        for born, collected, age in facts
    ]
    told = answers(scored(in_polars, columns_of(given_rows)))
    assert told == [truth(row) for row in given_rows]
    assert [each[3] for each in told] == [None, "unreadable-age", "unreadable-date", None]
    moment = datetime(2024, 5, 30, 8)  # noqa: DTZ001  laboratories print times without a zone
    times = [{**row, "born": None, "collected": moment, "age": "5 mo"} for row in given_rows]
    assert answers(scored(in_polars, columns_of(times))) == [truth(row) for row in times]


@each_library
def test_every_row_of_a_large_table_is_told_what_interpret_says(library: Library) -> None:
    """More rows than are asked one by one, in more than one stretch, with every limit and its neighbours."""
    given_rows = many(600)
    found = scored(library, {**columns_of(given_rows)})
    assert answers(found) == [truth(row) for row in given_rows]
    assert found["row"] == [*range(600)]


def test_a_table_of_several_stretches_is_the_same_as_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches change nothing, and neither does the number of threads."""
    given_rows = many(600, text=True)
    whole = scored(in_polars, columns_of(given_rows), also=["value", "standard_population"])
    monkeypatch.setattr(SETTINGS, "CHUNK", 257)
    monkeypatch.setattr(SETTINGS, "STRETCH", 100)
    assert scored(in_polars, columns_of(given_rows), also=["value", "standard_population"]) == whole


@each_library
def test_categories_are_read_as_the_words_behind_them(library: Library) -> None:
    """Categorical columns of every library, with categories that do not occur and with missing values."""
    given_rows = many(200)
    plain = scored(library, columns_of(given_rows))
    table = library(columns_of(given_rows))
    words = ("marker", "unit", "sex", "comparator")
    if isinstance(table, pl.DataFrame):
        enums = [pl.col(name).cast(pl.Enum(sorted({*table[name].drop_nulls().to_list(), "zzz"}))) for name in words[:2]]
        table = table.with_columns(*enums, pl.col("sex", "comparator").cast(pl.Categorical))
    elif isinstance(table, pd.DataFrame):
        table = table.astype(dict.fromkeys(words, "category"))
    else:
        for place, name in enumerate(table.schema.names):
            if name in words:
                table = table.set_column(place, name, table[name].dictionary_encode())
        table = pa.concat_tables([table.slice(0, 80), table.slice(80)])
    named: dict[str, Any] = {name: name for name in plain if name in NAMES}
    assert answers(out(frames.score(table, **named))) == answers(plain)


def test_pandas_keeps_its_index_and_no_input_is_changed() -> None:
    """The index stays, columns that are not named stay, and the table that was handed over is as it was."""
    table = in_pandas({**columns_of(many(50)), "note": [*range(50)]})
    before = table.copy()
    found = frames.score(table, marker="marker", value="value", unit="unit")
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(found[[*table.columns]], before)
    assert str(found["rls_status"].dtype) == "category"
    assert list(found.columns[-4:]) == ["rls_standard", "rls_optimal", "rls_status", "rls_issue"]


@each_library
@pytest.mark.parametrize("size", [3, 300])
def test_missing_is_never_normal(library: Library, size: int) -> None:
    """Null and NaN are told `missing-value`, and have no place."""
    columns: dict[str, list[Any]] = {
        "marker": ["ferritin"] * size,
        "value": [None, float("nan"), 80.0] * (size // 3),
        "unit": ["ng/mL"] * size,
    }
    told = answers(scored(library, columns))
    assert told[:3] == [(None, None, None, "missing-value")] * 2 + [("within", "within", "optimal", None)]
    nothing = answers(scored(library, {**columns, "value": [None] * size}))
    assert nothing == [(None, None, None, "missing-value")] * size


@each_library
@pytest.mark.parametrize("column", ["numbers", "text"])
def test_a_missing_value_is_told_nothing_that_a_value_is_told(library: Library, column: str) -> None:
    """A value that equals the place of a row with nothing in it shares no answer with that row, before or behind it."""
    values: list[float | None] = [20.0, None, 2.0, 1.0, *[None] * 16, None, 1.0, 20.0]
    cells = [None if each is None else f"{each:.0f}" for each in values] if column == "text" else values
    told = answers(scored(library, {"marker": ["tsat"] * 23, "value": cells, "unit": ["%"] * 23}))
    assert told == [truth({"marker": "tsat", "value": each, "unit": "%"}) for each in cells]


@pytest.mark.parametrize("size", [1, 300])
@pytest.mark.parametrize(
    "values",
    [
        pl.Series([35.8], dtype=pl.Float32),
        pl.Series([Decimal("35.8000")], dtype=pl.Decimal(10, 4)),
        pl.Series([Decimal("1.220")], dtype=pl.Decimal(10, 3)),
        pl.Series([36], dtype=pl.Int16),
        pl.Series([2**63 + 1], dtype=pl.UInt64),
    ],
)
def test_a_number_of_any_kind_counts_by_the_digits_that_it_prints(values: pl.Series, size: int) -> None:
    """Narrow floats, decimals and whole numbers are the same numbers as for one result."""
    table = pl.DataFrame({"value": pl.concat([values] * size)}).with_columns(
        marker=pl.lit("tibc"), unit=pl.lit("umol/L")
    )
    found = frames.score(table, marker="marker", value="value", unit="unit")
    given_value: Any = values[0] if values.dtype != pl.Float32 else np.float32(values[0])
    expected = truth({"marker": "tibc", "value": given_value, "unit": "umol/L"})
    assert answers(found.to_dict(as_series=False)) == [expected] * size


@pytest.mark.parametrize("size", [1, 60])
def test_objects_of_any_kind_in_a_column_are_read_one_by_one(size: int) -> None:
    """Numbers, text, truth values and lists in one column of objects: what is no number is refused."""
    values: list[Any] = [38, "<5", 38.5, True, Decimal("12.345"), None, float("nan"), [1], "38,5", pd.NA]
    table = pd.DataFrame({"value": pd.Series(values * size, dtype=object), "marker": "ferritin", "unit": "ng/mL"})
    told = answers(out(frames.score(table, marker="marker", value="value", unit="unit")))
    codes = [each[3] for each in told[: len(values)]]
    assert codes == [
        None,
        None,
        None,
        "wrong-type",
        None,
        "missing-value",
        "missing-value",
        "wrong-type",
        None,
        "missing-value",
    ]
    assert told == told[: len(values)] * size


def test_markers_are_told_by_omop_concepts_as_well() -> None:
    """Concept ids as whole numbers, as floats and as text; a concept of something else is refused."""
    for concepts in ([3001122, 3023017], [3001122.0, 3023017.0], ["3001122", "3023017"]):
        found = frames.score(
            pl.DataFrame({"m": concepts, "v": [80, 80]}).with_columns(u=pl.lit("ng/mL")),
            marker="m",
            value="v",
            unit="u",
        )
        assert found["rls_status"].to_list() == ["optimal", None]


def test_what_is_wanted_besides_is_what_the_answer_holds() -> None:
    """Converted value, unit, limits, codes, population and set, each as in the interpretation."""
    table = pl.DataFrame({"m": ["ferritin", "iron", "crp"], "v": ["<10", "10", "3"], "u": ["ug/L", "umol/L", "mg/L"]})
    wanted = [*frames_fields()]
    found = frames.score(
        table.with_columns(s=pl.lit("F"), a=pl.lit(30)), marker="m", value="v", unit="u", sex="s", age="a", also=wanted
    )
    one, two, three = found.select(pl.col("^rls_.*$")).rows(named=True)
    assert (one["rls_hl7"], one["rls_comparator"], one["rls_marker"], one["rls_unit"], one["rls_value"]) == (
        "L <",
        "<",
        "ferritin",
        "ng/mL",
        10.0,
    )
    assert (one["rls_standard_low"], one["rls_standard_high"], one["rls_optimal_low"]) == (20.0, 175.0, 75.0)
    assert (one["rls_standard_set"], one["rls_standard_population"]) == ("general", "women 18-50 years")
    assert two["rls_value"] == pytest.approx(55.845)
    assert two["rls_reported_unit"] == "umol/L"
    assert {three[name] for name in three} == {None, "unknown-marker"}


def frames_fields() -> list[str]:
    """Everything that can be wanted besides."""
    from rlslabs.frames.fields import ON_REQUEST  # noqa: PLC0415  it needs NumPy, as everything here

    return [each.name for each in ON_REQUEST]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "valeu"}, 'did you mean "value"'),
        ({"value": "xyzzy"}, "name one that is there"),
        ({"value": "flag"}, "holds true or false"),
        ({"marker": "flag"}, "holds true or false"),
        ({"sex": "value"}, "is to hold sexes"),
        ({"born": "value"}, "is to hold birth dates"),
        ({"value": "list"}, "List"),
        ({"also": ["converted"]}, "No answer is called"),
        ({"prefix": "va"}, "begin with the prefix"),
        ({"prefix": ""}, "begin with the prefix"),
        ({"marker": None}, "No column is named for the marker"),
        ({"value": None}, "No column is named for the value"),
        ({"findings": True}, "Findings rest on several results"),
        ({"wide": {"value": ("ferritin", "ng/mL")}}, "A wide table has no column for the marker"),
    ],
)
def test_a_bad_column_is_one_error_that_names_it(change: dict[str, Any], words: str) -> None:
    """What was found, what is wanted, and near names."""
    table = pl.DataFrame({"marker": ["ferritin"], "value": [1.0], "flag": [True], "share": [0.5], "list": [[1]]})
    with pytest.raises(FrameError, match=words):
        frames.score(table, **{"marker": "marker", "value": "value", **change})


def test_what_is_no_table_or_no_set_is_refused() -> None:
    """A list is no table, and a set that is not there is named."""
    with pytest.raises(FrameError, match="This is a list"):
        frames.score([1], marker="a", value="b")
    with pytest.raises(UnknownSetError):
        frames.score(pl.DataFrame({"a": [""], "b": [1]}), marker="a", value="b", standard="nobody")


def test_without_narwhals_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the extra is missing, and the error says which."""

    def absent(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[frames\]'"):
        frames.score(pl.DataFrame(), marker="a", value="b")


@each_library
def test_an_empty_table_gains_the_columns(library: Library) -> None:
    """No row in, no row out."""
    table = library({"marker": ["x"], "value": [1.0]})
    empty = table.slice(0, 0) if not isinstance(table, pd.DataFrame) else table.iloc[:0]
    for columns in (
        frames.score(empty, marker="marker", value="value"),
        frames.score(empty, wide={"value": ("iron", "ug/dL")}, findings=True),
    ):
        assert len(out(columns)) > 5
        assert not any(out(columns).values())


def test_a_table_of_a_library_that_narwhals_alone_knows_is_judged_as_well() -> None:
    """Modin and cuDF come through narwhals: their columns are read as lists and written as text and numbers."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415  it comes with the extra

    from rlslabs.frames import attach, encode  # noqa: PLC0415  the same

    given_rows = many(120)
    table = nw.from_native(in_arrow(columns_of(given_rows)), eager_only=True)
    column = attach._plain(table, "n", np.array([0, -1], np.int8), ["a"])  # noqa: SLF001  there is no such library here
    assert column.to_list() == ["a", None]
    number = attach._plain(table, "n", np.array([1.5, np.nan]), None)  # noqa: SLF001  the same
    assert number.dtype == nw.Float64

    class Stranger:
        """A table of a library of which only narwhals knows."""

        implementation = "pyarrow"
        to_native = table.to_native
        with_columns = table.with_columns

    stranger: Any = Stranger()
    judged = attach.attach(stranger, {"n": np.array([0, -1] * 60, np.int8)}, {"n": ["a"]})
    assert judged["n"].to_pylist() == ["a", None] * 60
    found, values = encode.by_value(["a", None, 1, True, 1.0, "a", float("nan")])
    assert [values[code] for code in found] == ["a", None, 1, True, 1.0, "a", None]


def test_a_long_column_is_made_stretch_by_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not a table is longer than a stretch, and ends within one, its answers are the same."""
    table = pl.DataFrame(columns_of(many(300)))
    names: dict[str, Any] = {name: name for name in table.columns if name in NAMES}
    from rlslabs.frames import attach  # noqa: PLC0415  it needs narwhals

    whole = frames.score(table, also=["value", "hl7", "unit"], **names)
    for stretch in (7, 100, 299, 300):
        monkeypatch.setattr(attach, "CHUNK", stretch)
        monkeypatch.setattr(attach, "_LONG", 300 - stretch)
        pl.testing.assert_frame_equal(frames.score(table, also=["value", "hl7", "unit"], **names), whole)


def test_rows_are_explained_in_the_words_of_one_result() -> None:
    """An interpretation or an issue for each row that one wants to read."""
    table = in_pandas(columns_of(many(40)))
    names: dict[str, Any] = {name: name for name in table.columns if name in NAMES}
    found = frames.score(table, **names)
    told = frames.explain(found, range(40), **names)
    assert [each.row for each in told] == [*range(40)]
    for each, status, issue in zip(told, found["rls_status"], found["rls_issue"], strict=True):
        said = getattr(each.answer, "status", None) or getattr(each.answer, "code", None)
        assert said == (status if isinstance(status, str) else issue)
        assert str(each)
    wide = frames.explain(pl.DataFrame({"f": [38.0]}), [0], wide={"f": ("ferritin", "ng/mL")})
    assert (wide[0].column, wide[0].answer.status) == ("f", "below-optimal")  # type: ignore[union-attr]  # it was judged
    with pytest.raises(FrameError, match="no places"):
        frames.explain(pl.LazyFrame({"f": [38.0]}), [0], wide={"f": ("ferritin", "ng/mL")})


@each_library
def test_a_summary_counts_every_row_once(library: Library) -> None:
    """By marker, status, issue and unit; the commonest problems first, and missing values are none to be mended."""
    given_rows = many(400)
    table = library(columns_of(given_rows))
    names: dict[str, Any] = {name: name for name in given_rows[0] if name in NAMES}
    found = frames.summary(frames.score(table, **names), marker="marker", unit="unit")
    assert found.rows == 400
    for counts in (found.by_marker, found.by_status, found.by_issue, found.by_unit):
        assert sum(counts.values()) == 400
        assert [*counts.values()] == sorted(counts.values(), reverse=True)
    assert found.by_issue["missing-value"] == sum(truth(row)[3] == "missing-value" for row in given_rows)
    assert len(found.fixable) == 10
    assert "missing-value" not in {each.code for each in found.fixable}
    assert all(each.words.endswith(".") for each in found.fixable)
    assert f"{found.rows:,} rows" in str(found)
    assert "to be mended" in str(found)


def test_every_code_of_a_row_joins_to_words() -> None:
    """No code is without its sentence."""
    from rlslabs.frames.fields import CODES  # noqa: PLC0415  it needs NumPy, as everything here
    from rlslabs.frames.tally import words  # noqa: PLC0415  the same

    assert all(words(code).endswith(".") for code in CODES)


@each_library
@pytest.mark.parametrize("size", [1, 300])
def test_narrow_floats_count_by_the_digits_that_they_print_wherever_they_stand(library: Library, size: int) -> None:
    """A limit or value of 32 bits is the number that it prints; `score` and `explain` say the same of it."""
    narrow = {name: np.array([each] * size, np.float32) for name, each in (("low", 26.1), ("high", 300.0))}
    columns: dict[str, Any] = {
        "marker": ["ferritin"] * size,
        "value": [26.1] * size,
        "unit": ["ng/mL"] * size,
        **narrow,
    }
    assert {row[0] for row in answers(scored(library, columns))} == {"within"}
    values: Any = np.array([44.94382] * size, np.float32)
    close = library({**columns, "value": values, "unit": ["pmol/L"] * size})
    named = {"marker": "marker", "value": "value", "unit": "unit"}
    (told,) = frames.explain(close, [0], **named)  # type: ignore[arg-type]  # names of columns
    assert isinstance(told.answer, Interpretation)
    assert out(frames.score(close, **named))["rls_status"][0] == told.answer.status == "low"  # type: ignore[arg-type]  # the same


def test_more_verdicts_than_narrow_numbers_are_told_apart_by_wider_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many verdicts there are, in one chunk or in several, each row has its own."""
    table = pl.DataFrame(columns_of(many(300)))
    names: dict[str, Any] = {name: name for name in table.columns if name in NAMES}
    wanted = frames.score(table, also=["issues", "standard_high"], **names)
    assert wanted["rls_issues"].dtype.categories.is_sorted()  # type: ignore[attr-defined]  # an Enum, whatever came first
    for most, chunk in ((2, 1 << 17), (9, 64), (9, 1 << 17)):
        monkeypatch.setattr(KEYS, "_SHARED", {})
        monkeypatch.setattr(KEYS, "_MOST_IDS", most)
        monkeypatch.setattr(SETTINGS, "CHUNK", chunk)
        pl.testing.assert_frame_equal(frames.score(table, also=["issues", "standard_high"], **names), wanted)


def test_tables_of_one_kind_share_what_was_asked_and_none_is_told_what_is_another_s() -> None:
    """A second table of the same facts is told the same; 1 is no True, 2 no pregnancy, however alike tables are."""
    size = 200
    wide: dict[str, Any] = {"wide": {"f": ("ferritin", "ng/mL")}, "pregnant": "p", "sex": "s", "age": "a"}
    row = {"marker": "ferritin", "value": 38.0, "unit": "ng/mL", "sex": "F", "age": 30}
    told = {each: truth({**row, "pregnant": each})[2:] for each in (True, False, None)}
    for column, pregnant in (
        ([True, False], [True, False]),
        ([1, 0], [True, False]),
        ([1.0, 0.0], [True, False]),
        (["1", "0"], [True, False]),
        (["no", "yes"], [False, True]),
        ([None, True], [None, True]),
        (["unknown", "1"], [None, True]),
    ):
        table = {"f": [38.0] * size, "p": column * (size // 2), "s": ["F"] * size, "a": [30] * size}
        once, again = (frames.score(pl.DataFrame(table), **wide) for _ in range(2))
        found = [*zip(once["rls_f_status"], once["rls_f_issue"], strict=True)]
        assert found == [told[each] for each in pregnant] * (size // 2)
        pl.testing.assert_frame_equal(once, again)
    table = {"f": [38.0] * size, "p": [2, 1] * (size // 2), "s": ["F"] * size, "a": [30] * size}
    assert frames.score(pl.DataFrame(table), **wide)["rls_f_issue"].to_list()[:2] == ["unreadable-pregnancy", None]


def test_no_more_steps_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is full begins anew, and every row is told the same."""
    steps: Any = importlib.import_module("rlslabs.frames.steps")
    monkeypatch.setattr(KEYS, "_SHARED", {})
    for name, value in (("_KNOWN", {}), ("_ASKED", {}), ("_MOST_KNOWN", 3)):
        monkeypatch.setattr(steps, name, value)
    judge_by(0)
    given_rows = many(300)
    assert answers(scored(in_polars, columns_of(given_rows))) == [truth(row) for row in given_rows]
    assert 0 < len(steps._KNOWN) <= 3  # noqa: SLF001  the store


def test_no_more_kinds_of_tables_are_remembered_than_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for a kind of table is let go for that of others, and for many facts or odd ones never kept."""
    monkeypatch.setattr(KEYS, "_SHARED", {})
    monkeypatch.setattr(KEYS, "_MOST_KEPT", 3)
    monkeypatch.setattr(KEYS, "_MOST_SHARED", 4)
    for unit in ("ng/mL", "ug/L", "mcg/L", "pmol/L", "mg"):
        frames.score(pl.DataFrame({"f": [38.0], "u": [unit], "m": ["ferritin"]}), marker="m", value="f", unit="u")
    assert len(keys._SHARED) == 2  # noqa: SLF001  the store
    every = {"f": [38.0] * 6, "u": ["ng/mL", "ug/L", "mcg/L", "pmol/L", "mg", None], "m": ["ferritin"] * 6}
    frames.score(pl.DataFrame(every), marker="m", value="f", unit="u")
    odd = pl.DataFrame({"f": [38.0], "m": ["ferritin"], "u": pl.Series([b"ng/mL"], dtype=pl.Object)})
    frames.score(odd, marker="m", value="f", unit="u")
    assert len(keys._SHARED) == 2  # noqa: SLF001  the same


class _Slow(dict[Verdict, int]):
    """Numbers between whose count and whose keeping other threads run."""

    def __len__(self) -> int:
        count = super().__len__()
        time.sleep(0.001)
        return count

    def __iter__(self) -> Iterator[Verdict]:
        return iter(tuple(self.keys()))


@pytest.mark.parametrize("size", [5, 101])
def test_small_tables_of_one_kind_that_are_judged_at_once_number_their_verdicts_in_turn(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Whatever other threads meet at the time, no two verdicts have one number, and no row the answer of another."""
    monkeypatch.setattr(KEYS, "_SHARED", {})
    values = [5.0, 38.0, 100.0, 200.0, 1000.0]
    wide: dict[str, Any] = {"wide": {"f": ("ferritin", "ng/mL")}}
    frames.score(pl.DataFrame({"f": values[:1]}), **wide)
    (keys,) = KEYS._SHARED.values()  # noqa: SLF001  the store
    keys.codes._ids = _Slow(keys.codes._ids)  # noqa: SLF001  the same

    def told(value: float) -> list[str]:
        return frames.score(pl.DataFrame({"f": [value] * size}), **wide)["rls_f_status"].to_list()

    with ThreadPoolExecutor(len(values)) as pool:
        found = [*pool.map(told, values)]
    assert found == [[interpret("ferritin", each, "ng/mL").status] * size for each in values]


@each_library
@pytest.mark.parametrize("size", [1, 300])
def test_a_float_of_16_bits_is_the_number_that_it_prints(library: Library, size: int) -> None:
    """A saturation of 0.35 is 0.35, and not the 0.35009765625 that its bits hold: on the limit, and not above it."""
    share: Any = np.array([0.35] * size, np.float16)
    table = library({"share": share})
    wide = {"share": ("TSAT", "1")}
    alone = interpret("TSAT", np.float16(0.35), "1").status
    assert {*out(frames.score(table, wide=wide))["rls_share_status"]} == {alone} == {"optimal"}
    (told,) = frames.explain(table, [0], wide=wide)
    assert isinstance(told.answer, Interpretation)
    assert told.answer.status == alone


def test_a_row_with_its_own_facts_costs_no_more_than_asking_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts that hardly repeat are asked row by row: no steps are made for them, and no bins kept."""
    count = 600
    given: dict[str, Any] = {
        "marker": [f"thing {place}" if place % 2 else "ferritin" for place in range(count)],
        "value": [f"{place}-{place + 1}" if place % 3 else f"{place}.5" for place in range(count)],
        "unit": [f"unit {place}" if place % 5 == 0 else "ng/mL" for place in range(count)],
        "low": [place / 7 for place in range(count)],
        "high": [100 + place / 7 for place in range(count)],
    }
    named = {name: name for name in given}
    rows = read_rows(nw.from_native(in_polars(given)), named, Choice(builtin()))
    monkeypatch.setattr(KEYS, "shared_steps", None)
    found, _ = gather.gather(rows, fields(()), Choice(builtin()))
    truths = [truth({name: column[place] for name, column in given.items()}) for place in range(count)]
    assert [CODES[code] if code >= 0 else None for code in spread(found["issue"]).tolist()] == [
        each[3] for each in truths
    ]
    assert [STATUSES[code] if code >= 0 else None for code in spread(found["status"]).tolist()] == [
        each[2] for each in truths
    ]


@pytest.mark.parametrize("size", [3, 300])
def test_dates_of_collection_without_a_date_of_birth_are_only_read(size: int) -> None:
    """Nothing hangs on the day, however many there are; one that cannot be read refuses its row."""
    taken = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=place) for place in range(size)]
    for column in (taken, [each.isoformat() for each in taken], [each.date() for each in taken]):
        table: dict[str, Any] = {**ferritin(size), "collected": column}
        assert {row[2] for row in answers(scored(in_polars, {**table, "age": [40] * size}))} == {"below-optimal"}
        assert {row[2] for row in answers(scored(in_polars, table))} == {"below-optimal"}
    odd = ["2020-01-01", "soon", None] * (size // 3)
    told = [row[3] for row in answers(scored(in_polars, {**ferritin(size), "collected": odd}))]
    assert told == [None, "unreadable-date", None] * (size // 3)


def test_what_is_infinite_or_a_negative_zero_is_told_so_in_every_type() -> None:
    """Infinity in narrow floats or objects is infinite; the age -0.0 of one row does not spoil the 0.0 of another."""
    values = [38.0, math.inf, -math.inf] * 100
    columns: list[Any] = [np.array(values, np.float32), pd.Series(values, dtype=object)]
    for column in columns:
        told = [row[3] for row in answers(scored(in_pandas, {**ferritin(300), "value": column}))]
        assert told == [None, "infinite-value", "infinite-value"] * 100
    ages: Any = pd.Series([-0.0, 0.0, 40.0], dtype=object)
    assert [row[3] for row in answers(scored(in_pandas, {**ferritin(3), "age": ages}))][1:] == [None, None]


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"wide": {"v": 5}}, FrameError, "without a marker and a unit"),
        ({"wide": {"v": ("ferritin", 5)}}, FrameError, "without a marker and a unit"),
        ({"wide": ["v"]}, FrameError, "wide table are a list"),
        ({"marker": "m", "value": "v", "prefix": None}, FrameError, "The prefix is"),
        ({"marker": "m", "value": "v", "prefix": "V"}, FrameError, "begin with the prefix"),
        ({"marker": "m", "value": "v", "also": 5}, FrameError, "wanted besides"),
        ({"marker": "m", "value": "v", "catalog": "x"}, WrongTypeError, "no Catalog"),
        ({"marker": "m", "value": "v", "strict": "no"}, WrongTypeError, "strict no bool"),
        ({"marker": "m", "value": "v", "decimal_mark": ";"}, WrongTypeError, "The decimal mark is"),
        ({"marker": "m", "value": "v", "optimal": "nope"}, UnknownSetError, "No optimal set"),
    ],
)
def test_a_call_that_says_nothing_is_one_error_and_not_one_in_each_row(
    asked: dict[str, Any], error: type[Exception], words: str
) -> None:
    """Wrong types of arguments, for tables and for rows that are to be explained."""
    table = pl.DataFrame({"m": ["ferritin"], "v": [38.0]})
    with pytest.raises(error, match=words):
        frames.score(table, **asked)
    if not {"prefix", "also"} & set(asked):
        with pytest.raises(error, match=words):
            frames.explain(table, [0], **asked)


def test_one_more_answer_may_be_named_by_itself() -> None:
    """A name is not its letters."""
    table = pl.DataFrame({"m": ["ferritin"], "v": [38.0], "u": ["ng/mL"]})
    assert frames.score(table, marker="m", value="v", unit="u", also="hl7")["rls_hl7"].to_list() == ["N"]


@each_library
@pytest.mark.parametrize("row", [1, -1, 0.9, True, "a", None])
def test_a_row_that_is_not_there_is_never_another_one(library: Library, row: Any) -> None:  # noqa: ANN401  whatever
    """Rows are named by whole numbers from 0, in every library; without a column for the value there are none."""
    table = library({"m": ["ferritin"], "v": [38.0]})
    with pytest.raises(FrameError, match="There is no row"):
        frames.explain(table, [row], marker="m", value="v")
    if not isinstance(row, str):
        with pytest.raises(FrameError, match="There is no row"):
            frames.explain(table, row, marker="m", value="v")
    with pytest.raises(FrameError, match="No column is named for the value"):
        frames.explain(table, [0])
    assert [each.row for each in frames.explain(table, [*np.zeros(2, np.int64)], marker="m", value="v")] == [0, 0]


def test_names_of_columns_are_whatever_a_library_allows_once() -> None:
    """In pandas numbers name columns too; two of one name are refused, also where nobody asks for them."""
    columns: dict[Any, Any] = {"m": ["ferritin"], "v": [38.0], "u": ["ng/mL"]}
    named: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u"}
    assert frames.score(pd.DataFrame({**columns, 0: [1]}), **named)["rls_status"].tolist() == ["below-optimal"]
    twice = pd.DataFrame([["ferritin", 38.0, "ng/mL", 1, 2]], columns=["m", "v", "u", "x", "x"])
    tables: list[Any] = [twice, pa.Table.from_arrays([*map(pa.array, [*columns.values(), [1], [2]])], [*twice.columns])]
    for table in tables:
        with pytest.raises(FrameError, match="Two columns have one name"):
            frames.score(table, **named)


def test_objects_in_a_lazy_table_are_told_what_they_are_told_in_another() -> None:
    """What is no number is a wrong type, and not the end of the query."""
    table = pl.DataFrame({"m": ["ferritin"], "v": pl.Series([object()], dtype=pl.Object)})
    assert frames.score(table.lazy(), marker="m", value="v").collect()["rls_issue"].to_list() == ["wrong-type"]


def test_a_summary_names_what_it_counts() -> None:
    """Concepts in floats are whole numbers; codes that are not ours are refused."""
    table = pl.DataFrame({"m": [3001122.0, None], "v": [38.0, 1.0], "u": ["ng/mL", None]})
    found = frames.summary(frames.score(table, marker="m", value="v", unit="u"), marker="m", unit="u")
    assert found.by_marker == {"3001122": 1, None: 1}
    with pytest.raises(FrameError, match="none that score gives"):
        frames.summary(pl.DataFrame({"rls_status": [None], "rls_issue": ["foo"]}))
