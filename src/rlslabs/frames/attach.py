"""Codes and numbers as columns of the caller's own table, categorical where the library has that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL = 255


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

    columns, steps = [], []
    for name, codes in found.items():
        names = categories.get(name)
        if names is None:
            columns.append(pl.Series(name, codes))
            steps.append(pl.col(name).fill_nan(None))
            continue
        kind = np.uint8 if len(names) <= _SMALL else np.uint16
        columns.append(pl.Series(name, codes.view(np.uint8) if codes.dtype == np.int8 else codes.astype(kind)))
        code = pl.col(name)
        if codes.size and codes.min() < 0:
            code = pl.when(code < len(names)).then(code)
        steps.append(code.cat.to(pl.Enum(names)).alias(name))
    return native.with_columns(columns).with_columns(steps)


def _pandas(codes: NDArray[Any], categories: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    import pandas as pd  # noqa: PLC0415  the caller has it

    if categories is None:
        return codes
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(categories))


def _arrow(codes: NDArray[Any], categories: list[str] | None) -> Any:  # noqa: ANN401  another library's object
    import pyarrow as pa  # noqa: PLC0415  the caller has it

    if categories is None:
        return pa.array(codes, from_pandas=True)
    indices = pa.array(codes, mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(categories, pa.string()))


def _plain(frame: nw.DataFrame[Any], name: str, codes: NDArray[Any], categories: list[str] | None) -> nw.Series[Any]:
    """A column of text or numbers, for a library that narwhals alone knows."""
    if categories is None:
        return nw.new_series(name, codes.tolist(), nw.Float64, backend=frame.implementation)
    words = [None if code < 0 else categories[code] for code in codes.tolist()]
    return nw.new_series(name, words, nw.String, backend=frame.implementation)
