"""Codes and numbers as columns of the caller's own table, categorical where the library has that."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.frames.rows import CHUNK, DIRECT

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL = 255
_COMPARED = 5


def attach(
    frame: nw.DataFrame[Any], found: dict[str, NDArray[Any]], categories: Mapping[str, list[str]], prefix: str = ""
) -> Any:  # noqa: ANN401  the caller's own table
    """The caller's table with one column more for each that was found; rows, order, index and input stay.

    `found` is used up: the codes of a column are let go as soon as it is made, or both would fill the memory.
    """
    native: Any = frame.to_native()
    kind = frame.implementation
    names = [*found]

    def made(make: Callable[..., Any], name: str) -> Any:  # noqa: ANN401  a column of any library
        return make(f"{prefix}{name}", found.pop(name), categories.get(name))

    if kind is nw.Implementation.POLARS and len(native) <= DIRECT:
        return native.hstack([made(_short, name) for name in names])
    if kind is nw.Implementation.POLARS:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return native.hstack([*pool.map(partial(made, _long), names)])
    if kind is nw.Implementation.PANDAS:
        return native.assign(**{f"{prefix}{name}": made(_pandas, name) for name in names})
    if kind is nw.Implementation.PYARROW:
        for name in names:
            native = native.append_column(f"{prefix}{name}", made(_arrow, name))
        return native
    return frame.with_columns(*(made(partial(_plain, frame), name) for name in names)).to_native()


def _long(name: str, codes: NDArray[Any], names: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    """A column of many rows; a code below zero is null."""
    import polars as pl  # noqa: PLC0415  the caller has it

    if names is None:
        return pl.Series(name, codes).fill_nan(None)
    kind = np.uint8 if len(names) <= _SMALL else np.uint16
    bare = pl.Series(name, codes.view(np.uint8) if codes.dtype == np.int8 else codes.astype(kind))
    return bare.to_frame().with_columns(_named(name, _enum(*names), _occurring(codes))).to_series()


def _short(name: str, codes: NDArray[Any], names: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    """A column of few rows, without a query."""
    import polars as pl  # noqa: PLC0415  the caller has it

    if names is None:
        return pl.Series(name, codes.tolist(), pl.Float64).fill_nan(None)
    return pl.Series(name, [None if code < 0 else names[code] for code in codes.tolist()], _enum(*names))


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
    """The codes that occur, looked for stretch by stretch: what is new in one is soon known in the next."""
    found: list[int] = []
    room = np.empty((2, CHUNK), np.bool_)
    for low in range(0, codes.size, CHUNK):
        part = codes[low : low + CHUNK]
        left, other = room[:, : part.size]
        left[:] = True
        for each in found:
            left &= np.not_equal(part, each, out=other)
        if left.any():
            found += np.unique(part[left]).tolist()
    return tuple(sorted(found))


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
