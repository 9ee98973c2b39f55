"""Small tables beside the rows of a lazy table, by the means of each engine: limits, words, what codes stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from rlslabs.errors import FrameError

Expression = Any
"""An expression of narwhals."""

_FEW_WORDS = 20


def chosen(cases: Iterable[tuple[Expression, Any]], otherwise: Any) -> Expression:  # noqa: ANN401  a literal or an expression
    """The value of the first case that holds; a null condition does not hold."""
    found = otherwise if isinstance(otherwise, nw.Expr) else nw.lit(otherwise)
    for condition, value in reversed([*cases]):
        found = nw.when(condition).then(value if isinstance(value, nw.Expr) else nw.lit(value)).otherwise(found)
    return found


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
    kinds = dict.fromkeys(from_, "double")
    return _beside(table, columns, key, kinds), from_, slots


def looked_up(table: nw.LazyFrame[Any], column: str, codes: Mapping[str, int], name: str) -> nw.LazyFrame[Any]:
    """The table with the code of each word of a column, null where it is none of them.

    DuckDB holds a word against many others one by one, unless it joins them.
    """
    if table.implementation is nw.Implementation.DUCKDB and len(codes) > _FEW_WORDS:
        return _beside(table, {column: [*codes], name: [*codes.values()]}, column, {column: "string"})
    words: dict[int, list[str]] = {}
    for word, code in codes.items():
        words.setdefault(code, []).append(word)
    cases = [(nw.col(column).is_in(each), code) for code, each in words.items()]
    return table.with_columns(chosen(cases, None).cast(nw.Int64).alias(name))


def told(
    table: nw.LazyFrame[Any], column: str, values: Sequence[Any], kinds: tuple[Any, Sequence[str] | None], name: str
) -> nw.LazyFrame[Any]:
    """The table with what stands at the place that each whole number of a column gives, null where nothing does.

    Args:
        table: The rows.
        column: Whole numbers from 0.
        values: What stands at each place.
        kinds: The type of the values, and their categories where the engine shall have them.
        name: The new column.
    """
    if table.implementation is nw.Implementation.DUCKDB:
        return _listed(table, column, values, kinds, name)
    places: dict[Any, list[int]] = {}
    for place, value in enumerate(values):
        if value is not None:
            places.setdefault(value, []).append(place)
    cases = [(nw.col(column).is_in(each), value) for value, each in places.items()]
    return table.with_columns(chosen(cases, None).cast(kinds[0]).alias(name))


def _listed(
    table: nw.LazyFrame[Any], column: str, values: Sequence[Any], kinds: tuple[Any, Sequence[str] | None], name: str
) -> nw.LazyFrame[Any]:
    """The same in DuckDB, which takes from a list three times as fast as it compares."""
    kind, categories = kinds
    types = {nw.String: "VARCHAR", nw.Float64: "DOUBLE", nw.Int64: "BIGINT"}
    of = types[kind] if categories is None else f"ENUM({', '.join(map(_literal, categories))})"
    every = ", ".join(map(_literal, values))
    query = f"list_extract(CAST([{every}] AS {of}[]), {_quoted(column)} + 1) AS {_quoted(name)}"
    native: Any = table.to_native()
    return _seen(native.project(f"*, {query}"))


def _literal(value: Any) -> str:  # noqa: ANN401  a word or a number
    """A value as SQL writes it."""
    if value is None:
        return "NULL"
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'" if isinstance(value, str) else repr(value)


def _beside(
    table: nw.LazyFrame[Any], columns: Mapping[str, list[Any]], key: str, kinds: Mapping[str, str]
) -> nw.LazyFrame[Any]:
    """The table with small columns joined to it by one of them."""
    native: Any = table.to_native()
    kind = table.implementation
    if kind is nw.Implementation.DUCKDB:
        import duckdb  # noqa: PLC0415  the caller has it
        import pyarrow as pa  # noqa: PLC0415  narwhals asks for it beside DuckDB

        rlslabs_beside_these_rows = pa.table(columns)  # DuckDB finds it by this name, which no table of the caller has
        rows, few = "rlslabs_rows_to_be_judged", "rlslabs_beside_these_rows"
        others = ", ".join(f"{few}.{_quoted(name)}" for name in columns if name != key)
        on = f"{rows}.{_quoted(key)} = {few}.{_quoted(key)}"
        query = f"SELECT {rows}.*, {others} FROM {rows} LEFT JOIN {few} ON {on}"  # noqa: S608  every name is quoted
        try:
            return _seen(native.query(rows, query))
        except duckdb.CatalogException as error:
            happened = "This connection of DuckDB sees no table beside its own"
            raise FrameError(happened, "SET python_enable_replacements = true, or collect the table") from error
        finally:
            del rlslabs_beside_these_rows
    if kind is nw.Implementation.PYSPARK:
        from pyspark.sql import functions  # noqa: PLC0415  the caller has it

        schema = ", ".join(f"`{name}` {kinds.get(name, 'bigint')}" for name in columns)
        sent = functions.broadcast(native.sparkSession.createDataFrame([*zip(*columns.values(), strict=True)], schema))
        return _seen(native.join(sent, on=key, how="left"))
    import ibis  # noqa: PLC0415  the caller has it
    import pyarrow as pa  # noqa: PLC0415  it comes with Ibis

    beside = nw.from_native(ibis.memtable(pa.table(columns)))
    return table.join(beside, on=key, how="left")


def _seen(native: Any) -> nw.LazyFrame[Any]:  # noqa: ANN401  another library's object
    """A table as narwhals shows it."""
    table: nw.LazyFrame[Any] = nw.from_native(native)
    return table


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
