"""A column of a table as codes and distinct values, whichever library holds it; the only module that asks which."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.reported import is_missing

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

NARROW: dict[Any, type[np.floating[Any]]] = {nw.Float16: np.float16, nw.Float32: np.float32}
"""Floats that count by the digits that they print."""

_FEW = 100
_FEW_WORDS = 24
_SHOWN = 2000


class Coded(NamedTuple):
    """A column as one code a row and the value behind each code; a missing value has a code of its own, with `None`."""

    codes: NDArray[Any]
    values: list[object]


def coded(column: nw.Series[Any]) -> Coded:
    """The codes of a column; narrow floats count by the digits that they print, as those of one result do."""
    if column.dtype in NARROW:
        narrow = NARROW[column.dtype]
        distinct, codes = np.unique(numbers(column).astype(narrow), return_inverse=True)
        return Coded(codes, [printed(each, narrow) for each in distinct])
    found = _coded(column)
    return _by_sign(found, column) if column.dtype == nw.Float64 and 0.0 in found.values else found


def _by_sign(found: Coded, column: nw.Series[Any]) -> Coded:
    """The codes of floats with one more for -0.0, which is no age, and to the libraries the same as 0.0."""
    number = numbers(column)
    below = (number == 0) & np.signbit(number)
    if not below.any():
        return found
    values = [0.0 if each == 0 else each for each in found.values]
    return Coded(np.where(below, len(values), found.codes.astype(np.int64)), [*values, -0.0])


def _coded(column: nw.Series[Any]) -> Coded:
    kind = column.implementation
    if kind is nw.Implementation.POLARS:
        few = len(column) <= _FEW  # each step of Polars costs as much as reading so many rows
        return by_value(column.to_list()) if few else _polars(column.to_native())
    if kind is nw.Implementation.PANDAS:
        return _pandas(column.to_native())
    if kind is nw.Implementation.PYARROW:
        return _arrow(column.to_native())
    return by_value(column.to_list())


def by_value(values: Sequence[Any]) -> Coded:
    """The codes of a list of Python objects; what is missing is `None`, and 1 is another value than `1` or True."""
    found: dict[Hashable, int] = {}
    kept: list[object] = []
    codes = np.empty(len(values), np.int32)
    for row, value in enumerate(values):
        given = None if value is None or is_missing(value) else value
        key = (type(given), given if isinstance(given, (str, int)) or given is None else str(given))
        code = found.setdefault(key, len(kept))
        if code == len(kept):
            kept.append(given)
        codes[row] = code
    return Coded(codes, kept)


def numbers(column: nw.Series[Any]) -> NDArray[np.float64]:
    """A numeric column as floats, NaN where there is nothing; without a copy where it can be had."""
    native: Any = column.to_native()
    kind = column.implementation
    if kind is nw.Implementation.POLARS:
        import polars as pl  # noqa: PLC0415  the caller has it, or this column would not be

        return np.asarray(native.cast(pl.Float64).to_numpy(), np.float64)
    if kind is nw.Implementation.PANDAS:
        return np.asarray(native.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind is nw.Implementation.PYARROW:
        import pyarrow as pa  # noqa: PLC0415  the same

        return np.asarray(native.cast(pa.float64(), safe=False).to_numpy(), np.float64)
    return np.array([np.nan if each is None else float(each) for each in column.to_list()], np.float64)


def printed(value: float | None, narrow: type[np.floating[Any]]) -> float | None:
    """A narrow float by the digits that it prints."""
    return None if value is None or value != value else float(str(narrow(value)))  # noqa: PLR0124  NaN alone does


def days(column: nw.Series[Any]) -> NDArray[np.int64]:
    """A column of dates or of times without a zone as days since 1970, and the least number where there is none."""
    native: Any = column.to_native()
    kind = column.implementation
    if kind is nw.Implementation.POLARS:
        import polars as pl  # noqa: PLC0415  the caller has it, or this column would not be

        native = native.cast(pl.Date).to_numpy()
    elif kind is nw.Implementation.PANDAS and column.dtype != nw.Date:
        native = native.to_numpy(dtype="datetime64[D]")
    else:
        native = [None if is_missing(each) else each for each in column.to_list()]
    return np.array(native, dtype="datetime64[D]").astype(np.int64)


def _polars(series: Any) -> Coded:  # noqa: ANN401  another library's object
    import polars as pl  # noqa: PLC0415  the caller has it, or this column would not be

    kind = series.dtype
    if kind in {pl.Object, pl.Null}:
        return by_value(series.to_list())
    if kind == pl.String:
        often = _often(series)
        return _by_words(series, often) if often else _with_nothing(*_as_enum(series))
    if kind == pl.Enum:
        return _with_nothing(series.to_physical(), kind.categories.to_list())
    distinct = series.unique().drop_nulls()
    if not len(distinct):
        return Coded(np.zeros(len(series), np.int32), [None])
    if kind == pl.Categorical:
        return _categories(series, distinct)
    ranked = series.rank("dense") - 1
    return _with_nothing(ranked.cast(pl.UInt32), distinct.sort().to_list())


def _categories(series: Any, distinct: Any) -> Coded:  # noqa: ANN401  another library's objects
    """Categories of Polars, whose codes may be of many more words than the column holds."""
    physical = distinct.to_physical().to_numpy()
    place = np.zeros(int(physical.max()) + 1, np.int32)
    place[physical] = np.arange(len(physical), dtype=np.int32)
    codes = place.take(series.to_physical().fill_null(0).to_numpy().astype(np.int64), mode="clip")
    if series.null_count():
        codes[series.is_null().to_numpy()] = len(physical)
    return Coded(codes, [*distinct.to_list(), None])


def _often(series: Any) -> tuple[str, ...]:  # noqa: ANN401  another library's object
    """The few words that text of Polars consists of, as far as a part of it shows; none where there are many."""
    shown = {*series.gather_every(max(1, len(series) // _SHOWN)).to_list()} - {None}
    return tuple(sorted(shown)) if len(shown) <= _FEW_WORDS else ()


def _by_words(series: Any, words: tuple[str, ...]) -> Coded:  # noqa: ANN401  another library's object
    """Text of Polars told by comparison with few words, which takes half of the time of a dictionary."""
    codes = series.alias("word").to_frame().select(_place_of(words))["word"].to_numpy()
    if codes.max() < len(words):
        return Coded(codes, [*words])
    rest = np.flatnonzero(codes == len(words))
    inner = _with_nothing(*_as_enum(series.gather(rest)))
    codes = codes.astype(np.int32)
    codes[rest] = inner.codes.astype(np.int32) + len(words)
    return Coded(codes, [*words, *inner.values])


@lru_cache(maxsize=256)
def _place_of(words: tuple[str, ...]) -> Any:  # noqa: ANN401  another library's object
    """The place of each word, or their number for any other; made once, since batches of a table hold the same."""
    import polars as pl  # noqa: PLC0415  the caller has it

    found = pl.lit(len(words), pl.UInt8)
    for place, word in enumerate(words):
        found = pl.when(pl.col("word") == word).then(pl.lit(place, pl.UInt8)).otherwise(found)
    return found.alias("word")


def _as_enum(series: Any) -> tuple[Any, list[object]]:  # noqa: ANN401  another library's object
    """The codes of text of Polars, and its distinct words."""
    import polars as pl  # noqa: PLC0415  the caller has it

    words = series.unique().drop_nulls()
    return series.cast(pl.Enum(words)).to_physical(), words.to_list()


def _with_nothing(codes: Any, values: list[object]) -> Coded:  # noqa: ANN401  another library's object
    """Codes of Polars with one more for null."""
    if codes.null_count():
        import polars as pl  # noqa: PLC0415  the caller has it

        room = {pl.UInt8: 1 << 8, pl.UInt16: 1 << 16}.get(codes.dtype, 0)
        codes = (codes if len(values) < room else codes.cast(pl.UInt32)).fill_null(len(values))
    return Coded(codes.to_numpy(), [*values, None])


def _pandas(series: Any) -> Coded:  # noqa: ANN401  another library's object
    import pandas as pd  # noqa: PLC0415  the caller has it, or this column would not be

    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, values = series.cat.codes.to_numpy(), series.cat.categories.tolist()
    elif series.dtype == object:
        return by_value(series.tolist())
    else:
        codes, distinct = pd.factorize(series)
        values = distinct.tolist()
    if len(codes) and codes.min() < 0:
        codes = np.where(codes < 0, len(values), codes)
    return Coded(codes, [*values, None])


def _arrow(array: Any) -> Coded:  # noqa: ANN401  another library's object
    import pyarrow as pa  # noqa: PLC0415  the caller has it, or this column would not be
    import pyarrow.compute as pc  # noqa: PLC0415  the same

    is_coded = pa.types.is_dictionary(array.type)
    kind = array.type.value_type if is_coded else array.type
    if pa.types.is_nested(kind) or pa.types.is_float16(kind):  # of which Arrow takes the bits for whole numbers
        return by_value(array.to_pylist())
    try:
        whole = (array if is_coded else array.dictionary_encode()).unify_dictionaries().combine_chunks()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # nulls among the words, narrow decimals, nothing at all
        return by_value(array.to_pylist())
    values = whole.dictionary.to_pylist()
    indices = whole.indices
    if indices.null_count:
        indices = pc.fill_null(indices.cast(pa.int64()), len(values))
    return Coded(indices.to_numpy(zero_copy_only=False), [*values, None])
