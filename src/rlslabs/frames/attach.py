"""Codes and numbers as columns of the caller's own table, categorical where the library has that."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.frames.rows import CHUNK

if TYPE_CHECKING:
    from numpy.typing import NDArray


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

    if kind is nw.Implementation.POLARS and len(native) <= CHUNK:
        return native.hstack([made(_polars, name) for name in names])
    if kind is nw.Implementation.POLARS:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return native.hstack([*pool.map(partial(made, _polars), names)])
    if kind is nw.Implementation.PANDAS:
        return native.assign(**{f"{prefix}{name}": made(_pandas, name) for name in names})
    if kind is nw.Implementation.PYARROW:
        for name in names:
            native = native.append_column(f"{prefix}{name}", made(_arrow, name))
        return native
    return frame.with_columns(*(made(partial(_plain, frame), name) for name in names)).to_native()


def _polars(name: str, codes: NDArray[Any], names: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    """A column of Polars; a code below zero is null. What a query would do, without the start of one."""
    import polars as pl  # noqa: PLC0415  the caller has it

    if names is None:
        return pl.Series(name, codes, nan_to_null=True)
    words, nothing = _words(*names)
    parts = []
    for low in range(0, codes.size, CHUNK):
        part = codes[low : low + CHUNK]
        found = words[pl.Series(np.maximum(part, 0).astype(np.uint32))]
        parts.append(found.zip_with(pl.Series(part >= 0), nothing))
    return pl.concat(parts, rechunk=True).alias(name) if parts else words.clear().alias(name)


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
