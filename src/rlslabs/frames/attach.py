"""Codes and numbers as columns of the caller's own table, categorical where the library has that."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.frames.dims import Looked, spread
from rlslabs.frames.rows import CHUNK

if TYPE_CHECKING:
    from numpy.typing import NDArray


_LONG = 1 << 24
"""Of more rows two columns are made at a time, and not all: what they are made of would fill the memory."""


def attach(
    frame: nw.DataFrame[Any],
    found: dict[str, NDArray[Any] | Looked],
    categories: Mapping[str, list[str]],
    prefix: str = "",
) -> Any:  # noqa: ANN401  the caller's own table
    """The caller's table with one column more for each that was found; rows, order, index and input stay.

    `found` is used up: what a column is made of is let go as soon as it is made, or both would fill the memory.
    """
    native: Any = frame.to_native()
    kind = frame.implementation
    if kind is nw.Implementation.POLARS:
        return native.hstack(_polars(found, categories, prefix, len(native)))
    names = [*found]
    long = len(names) > 1 and len(frame) > CHUNK
    with ThreadPoolExecutor(os.cpu_count() if long else 1) as pool:
        arrays = dict(zip(names, pool.map(lambda name: spread(found.pop(name)), names), strict=True))

    def made(make: Callable[..., Any], name: str) -> Any:  # noqa: ANN401  a column of any library
        return make(f"{prefix}{name}", arrays.pop(name), categories.get(name))

    if kind is nw.Implementation.PANDAS:
        return native.assign(**{f"{prefix}{name}": made(_pandas, name) for name in names})
    if kind is nw.Implementation.PYARROW:
        for name in names:
            native = native.append_column(f"{prefix}{name}", made(_arrow, name))
        return native
    return frame.with_columns(*(made(partial(_plain, frame), name) for name in names)).to_native()


def _polars(
    found: dict[str, NDArray[Any] | Looked], categories: Mapping[str, list[str]], prefix: str, count: int
) -> list[Any]:
    """Columns of Polars; those that are looked up by the same numbers are made together."""
    import polars as pl  # noqa: PLC0415  the caller has it

    made: dict[str, Any] = {}
    kin: dict[int, list[str]] = {}
    for name, column in found.items():
        made[name] = None  # its place among the others
        if name not in categories:
            made[name] = pl.Series(f"{prefix}{name}", spread(column), nan_to_null=True)
            continue
        kin.setdefault(id(column.ids if isinstance(column, Looked) else column), []).append(name)
    together = 2 if count > _LONG else max(len(made), 1)
    for every in kin.values():
        for names in (every[low : low + together] for low in range(0, len(every), together)):
            columns = [_looked(found.pop(name), categories[name]) for name in names]
            fields = [(each.says, categories[name]) for name, each in zip(names, columns, strict=True)]
            series = _enums(columns[0].ids, fields)
            made |= {name: one.alias(f"{prefix}{name}") for name, one in zip(names, series, strict=True)}
    return [*made.values()]


def _looked(column: NDArray[Any] | Looked, names: list[str]) -> Looked:
    """Codes from -1 as numbers of verdicts, each of which says its code."""
    if isinstance(column, Looked):
        return column
    return Looked(column.astype(np.int16) + np.int16(1), np.arange(-1, len(names), dtype=np.int16))


def _enums(ids: NDArray[Any], fields: list[tuple[NDArray[Any], list[str]]]) -> list[Any]:
    """Categories of Polars for every row, looked up in a table a field. What a query would do, without its start."""
    import polars as pl  # noqa: PLC0415  the caller has it

    tables = []
    bits = np.min_scalar_type((1 << len(fields)) - 1)
    absent = np.zeros(len(fields[0][0]), bits)
    for place, (says, names) in enumerate(fields):
        words, nothing = _words(*names)
        tables.append((words[pl.Series(np.maximum(says, 0).astype(np.uint32))], nothing, bits.type(1 << place)))
        absent |= (says < 0) * tables[-1][2]
    lacks = pl.Series(absent)

    def stretch(low: int) -> list[Any]:
        part = ids[low : low + CHUNK]
        number = pl.Series(part.astype(np.uint32))
        lacking = lacks[number].to_numpy()
        some, every = np.bitwise_or.reduce(lacking), np.bitwise_and.reduce(lacking)
        made = []
        for words, nothing, bit in tables:
            if every & bit:
                made.append(nothing.new_from_index(0, len(part)))
                continue
            told = words[number]
            made.append(told.zip_with(pl.Series(lacking & bit == 0), nothing) if some & bit else told)
        return made

    starts = range(0, len(ids), CHUNK)
    if len(ids) <= CHUNK:
        return stretch(0)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = [[*column] for column in zip(*pool.map(stretch, starts), strict=True)]
    return [pl.concat(parts.pop(0), rechunk=True) for _ in fields]


@lru_cache(maxsize=256)
def _words(*names: str) -> tuple[Any, Any]:
    """Every category once, and none; made once, since to make them takes as long as to judge ten rows."""
    import polars as pl  # noqa: PLC0415  the caller has it

    kind = pl.Enum(names)
    return pl.Series(names or [None], dtype=kind), pl.Series([None], dtype=kind)


def _pandas(_name: str, codes: NDArray[Any], categories: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    import pandas as pd  # noqa: PLC0415  the caller has it

    if categories is None:
        return codes
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories))


def _arrow(_name: str, codes: Any, categories: list[str] | None) -> Any:  # noqa: ANN401  another library's object
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
