"""Codes and numbers as columns of the caller's own table, categorical where the library has that."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.frames.rows import DIRECT

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL = 255
_COMPARED = 3
_SHOWN = 2000


def attach(frame: nw.DataFrame[Any], found: Mapping[str, NDArray[Any]], categories: Mapping[str, list[str]]) -> Any:  # noqa: ANN401  the caller's own table
    """The caller's table with one column more for each that was found; rows, order, index and input stay."""
    native: Any = frame.to_native()
    kind = frame.implementation
    if kind is nw.Implementation.POLARS:
        return _polars(native, found, categories)
    if kind is nw.Implementation.PANDAS:
        return native.assign(**{name: _pandas(each, categories.get(name)) for name, each in found.items()})
    if kind is nw.Implementation.PYARROW:
        for name, each in found.items():
            native = native.append_column(name, _arrow(each, categories.get(name)))
        return native
    columns = [_plain(frame, name, each, categories.get(name)) for name, each in found.items()]
    return frame.with_columns(*columns).to_native()


def _polars(native: Any, found: Mapping[str, NDArray[Any]], categories: Mapping[str, list[str]]) -> Any:  # noqa: ANN401  another library's object
    """All columns in one step, which Polars does in parallel; a code below zero is null."""
    import polars as pl  # noqa: PLC0415  the caller has it

    if len(native) <= DIRECT:
        return native.hstack([_short(name, each.tolist(), categories.get(name)) for name, each in found.items()])
    columns, steps = [], []
    for name, codes in found.items():
        names = categories.get(name)
        if names is None:
            columns.append(pl.Series(name, codes))
            steps.append(pl.col(name).fill_nan(None))
            continue
        kind = np.uint8 if len(names) <= _SMALL else np.uint16
        columns.append(pl.Series(name, codes.view(np.uint8) if codes.dtype == np.int8 else codes.astype(kind)))
        steps.append(_named(name, _enum(*names), _occurring(codes)))
    return native.with_columns(columns).with_columns(steps)


def _short(name: str, codes: list[Any], names: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    """A column of few rows, without a query."""
    import polars as pl  # noqa: PLC0415  the caller has it

    if names is None:
        return pl.Series(name, codes, pl.Float64).fill_nan(None)
    return pl.Series(name, [None if code < 0 else names[code] for code in codes], _enum(*names))


@lru_cache(maxsize=64)
def _enum(*names: str) -> Any:  # noqa: ANN401  another library's object
    """An Enum of Polars: to make one costs as much as to judge ten rows."""
    import polars as pl  # noqa: PLC0415  the caller has it

    return pl.Enum(names)


@lru_cache(maxsize=256)
def _named(name: str, kind: Any, occurring: tuple[int, ...]) -> Any:  # noqa: ANN401  a type and an expression of Polars
    """A column of codes as their categories; made once, since batches of a table hold the same.

    Where few of them occur, each is compared: Polars takes longer to check that all codes are in bounds.
    """
    import polars as pl  # noqa: PLC0415  the caller has it

    code = pl.col(name)
    there = [each for each in occurring if each >= 0]
    if len(there) > _COMPARED:
        known = code < len(kind.categories)
        return pl.when(known).then(pl.when(known).then(code).otherwise(0).cat.to(kind)).alias(name)
    found = pl.lit(None, kind)
    if there and len(there) == len(occurring):
        found = pl.lit(kind.categories[there.pop()], kind)
    for each in there:
        found = pl.when(code == each).then(pl.lit(kind.categories[each], kind)).otherwise(found)
    return found.alias(name)


def _occurring(codes: NDArray[Any]) -> tuple[int, ...]:
    """The codes that occur: most show in a part of the rows, and the others are what is left."""
    likely = np.unique(codes[:: max(1, codes.size // _SHOWN)])
    left = np.ones(codes.size, np.bool_)
    for each in likely:
        left &= codes != each
    return (*likely.tolist(), *np.unique(codes[left]).tolist())


def _pandas(codes: NDArray[Any], categories: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    import pandas as pd  # noqa: PLC0415  the caller has it

    if categories is None:
        return codes
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories))


def _arrow(codes: Any, categories: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    import pyarrow as pa  # noqa: PLC0415  the caller has it

    if categories is None:
        return pa.array(codes, from_pandas=True)
    there: Any = np.packbits(codes >= 0, bitorder="little")  # a mask would be copied bit by bit
    buffers: list[Any] = [pa.py_buffer(each) for each in (there, codes)]
    indices: Any = pa.Array.from_buffers(pa.from_numpy_dtype(codes.dtype), codes.size, buffers)
    return pa.DictionaryArray.from_arrays(indices, pa.array(categories, pa.string()), safe=False)


def _plain(frame: nw.DataFrame[Any], name: str, codes: NDArray[Any], categories: list[str] | None) -> nw.Series[Any]:
    """A column of text or numbers, for a library that narwhals alone knows."""
    if categories is None:
        return nw.new_series(name, codes.tolist(), nw.Float64, backend=frame.implementation)
    words = [None if code < 0 else categories[code] for code in codes.tolist()]
    return nw.new_series(name, words, nw.String, backend=frame.implementation)
