"""Small tables beside the rows of a lazy table, by the means of each engine: limits, words, what codes stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw

from rlslabs.errors import FrameError

Expression = Any
"""An expression of narwhals."""

_FEW_WORDS = 20
_NARROW = 1 << 15


class Said(NamedTuple):
    """A new column: what stands at each place from 0 on, its type, and its categories where the engine has them."""

    name: str
    values: Sequence[Any]
    kind: Any
    categories: Sequence[str] | None = None


def chosen(cases: Iterable[tuple[Expression, Any]], otherwise: Any) -> Expression:  # noqa: ANN401  a literal or an expression
    """The value of the first case that holds; a null condition does not hold."""
    found = otherwise if isinstance(otherwise, nw.Expr) else nw.lit(otherwise)
    for condition, value in reversed([*cases]):
        found = nw.when(condition).then(value if isinstance(value, nw.Expr) else nw.lit(value)).otherwise(found)
    return found


def looked_up(table: nw.LazyFrame[Any], column: str, codes: Mapping[str, int], name: str) -> nw.LazyFrame[Any]:
    """The table with the code of each word of a column, null where it is none of them.

    DuckDB holds a word against many others one by one, unless it joins them.
    """
    if table.implementation is nw.Implementation.DUCKDB and len(codes) > _FEW_WORDS:
        return beside(table, {column: [*codes], name: [*codes.values()]}, column)
    words: dict[int, list[str]] = {}
    for word, code in codes.items():
        words.setdefault(code, []).append(word)
    cases = [(nw.col(column).is_in(each), code) for code, each in words.items()]
    return table.with_columns(chosen(cases, None).cast(nw.Int64).alias(name))


def told(table: nw.LazyFrame[Any], column: str, said: Iterable[Said]) -> nw.LazyFrame[Any]:
    """The table with what stands at the place that each whole number of a column gives, null where nothing does."""
    if table.implementation is nw.Implementation.DUCKDB:
        native: Any = table.to_native()
        return _seen(native.project(", ".join(["*", *(_listed(column, each) for each in said)])))
    return table.with_columns(*(_cases(column, each).alias(each.name) for each in said))


def _cases(column: str, said: Said) -> Expression:
    places: dict[Any, list[int]] = {}
    for place, value in enumerate(said.values):
        if value is not None:
            places.setdefault(value, []).append(place)
    cases = [(nw.col(column).is_in(each), value) for value, each in places.items()]
    return chosen(cases, None).cast(said.kind)


def _listed(column: str, said: Said) -> str:
    """The same in DuckDB, which takes from a list three times as fast as it compares."""
    types = {nw.String: "VARCHAR", nw.Float64: "DOUBLE", nw.Int64: "BIGINT"}
    of = types[said.kind] if said.categories is None else f"ENUM({', '.join(map(_literal, said.categories))})"
    every = ", ".join(map(_literal, said.values))
    return f"list_extract(CAST([{every}] AS {of}[]), {_quoted(column)} + 1) AS {_quoted(said.name)}"


def _literal(value: Any) -> str:  # noqa: ANN401  a word or a number
    """A value as SQL writes it."""
    if value is None:
        return "NULL"
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'" if isinstance(value, str) else repr(value)


def beside(table: nw.LazyFrame[Any], columns: Mapping[str, list[Any]], key: str) -> nw.LazyFrame[Any]:
    """The table with small columns joined to it by one of them; every row and column stays.

    DuckDB, Spark and Ibis have no order of rows to keep after a join.
    """
    native: Any = table.to_native()
    kind = table.implementation
    if kind is nw.Implementation.DUCKDB:
        import duckdb  # noqa: PLC0415  the caller has it

        rlslabs_beside_these_rows = _in_arrow(columns)  # DuckDB finds it by this name, which no table of the caller has
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

        schema = ", ".join(f"`{name}` {kind}" for name, kind in _kinds(columns).items())
        sent = functions.broadcast(native.sparkSession.createDataFrame([*zip(*columns.values(), strict=True)], schema))
        return _seen(native.join(sent, on=key, how="left"))
    import ibis  # noqa: PLC0415  the caller has it

    few = nw.from_native(ibis.memtable(_in_arrow(columns)))
    return table.join(few, on=key, how="left")


def _in_arrow(columns: Mapping[str, list[Any]]) -> Any:  # noqa: ANN401  another library's object
    """Columns in Arrow, whole numbers as narrow as they can be: each is carried beside every row."""
    import pyarrow as pa  # noqa: PLC0415  narwhals asks for it beside DuckDB, and it comes with Ibis

    narrow = {name: pa.int16() for name, kind in _kinds(columns).items() if kind == "smallint"}
    return pa.table({name: pa.array(each, narrow.get(name)) for name, each in columns.items()})


def _kinds(columns: Mapping[str, list[Any]]) -> dict[str, str]:
    """The type of each column, as Spark writes it."""
    found = {}
    for name, each in columns.items():
        if isinstance(each[0], int):
            found[name] = "smallint" if max(each) < _NARROW else "bigint"
        else:
            found[name] = "double" if isinstance(each[0], float) else "string"
    return found


def _seen(native: Any) -> nw.LazyFrame[Any]:  # noqa: ANN401  another library's object
    """A table as narwhals shows it."""
    table: nw.LazyFrame[Any] = nw.from_native(native)
    return table


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
