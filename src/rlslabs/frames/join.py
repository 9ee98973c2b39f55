"""The small table of limits beside the rows of a lazy table: one join, by the means of each engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw


def joined(
    table: nw.LazyFrame[Any],
    keys: Sequence[int],
    starts: Sequence[Sequence[float]],
    verdicts: Sequence[Sequence[int]],
    *,
    key: str,
    prefix: str,
) -> tuple[nw.LazyFrame[Any], list[str], list[str]]:
    """The table with the limits of each row's key, and the names of their columns; every row and column stays.

    DuckDB, Spark and Ibis have no order of rows to keep after a join.
    """
    from_ = [f"{prefix}_from{place}" for place in range(len(starts[0]))]
    slots = [f"{prefix}_slot{place}" for place in range(len(verdicts[0]))]
    columns: dict[str, list[Any]] = {key: [*keys]}
    columns |= {name: [row[place] for row in starts] for place, name in enumerate(from_)}
    columns |= {name: [row[place] for row in verdicts] for place, name in enumerate(slots)}
    native: Any = table.to_native()
    kind = table.implementation
    if kind is nw.Implementation.DUCKDB:
        import pyarrow as pa  # noqa: PLC0415  narwhals asks for it beside DuckDB

        _small = pa.table(columns)
        others = ", ".join(f"_small.{_quoted(name)}" for name in columns if name != key)
        on = f"_rows.{_quoted(key)} = _small.{_quoted(key)}"
        query = f"SELECT _rows.*, {others} FROM _rows LEFT JOIN _small ON {on}"  # noqa: S608  every name is quoted
        return nw.from_native(native.query("_rows", query)), from_, slots
    if kind is nw.Implementation.PYSPARK:
        from pyspark.sql import functions  # noqa: PLC0415  the caller has it

        kinds = ", ".join(f"`{name}` {'double' if name in from_ else 'bigint'}" for name in columns)
        sent = functions.broadcast(native.sparkSession.createDataFrame([*zip(*columns.values(), strict=True)], kinds))
        return nw.from_native(native.join(sent, on=key, how="left")), from_, slots
    import ibis  # noqa: PLC0415  the caller has it
    import pyarrow as pa  # noqa: PLC0415  it comes with Ibis

    beside = nw.from_native(ibis.memtable(pa.table(columns)))
    return table.join(beside, on=key, how="left"), from_, slots


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
