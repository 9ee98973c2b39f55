"""Tables of every kind, long and wide, judged by the engine that fits them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw

from rlslabs.errors import FrameError, shown
from rlslabs.frames.assembly import judge_people
from rlslabs.frames.attach import attach
from rlslabs.frames.columns import check_roles, check_there
from rlslabs.frames.encode import NARROW, printed
from rlslabs.frames.fields import ALWAYS, EVERY, Field
from rlslabs.frames.gather import gather
from rlslabs.frames.parts import by_parts, is_of_dask, is_parted
from rlslabs.frames.people import age_edges, read_people
from rlslabs.frames.plan import Wanted, plan_column, plan_long
from rlslabs.frames.rows import read_rows
from rlslabs.frames.tally import Group
from rlslabs.frames.verdict import Choice
from rlslabs.frames.wide import judge_columns, names_of, read_columns, refuse_twice
from rlslabs.reported import is_missing

Roles = Mapping[str, str | None]
_EXACT = 1e15


def score_long(frame: Any, roles: Roles, also: tuple[str, ...], prefix: str, choice: Choice) -> Any:  # noqa: ANN401  the caller's own table
    """A table with one result a row, judged."""
    if is_parted(frame):
        return by_parts(frame, partial(score_long, roles=roles, also=also, prefix=prefix, choice=choice))
    wanted = fields(also)
    table = opened(frame)
    named = check_roles(table, roles, prefix)
    if isinstance(table, nw.LazyFrame):
        return plan_long(table, named, Wanted(wanted, prefix, choice))
    return attach(table, *gather(read_rows(table, named, choice), wanted, choice), prefix)


def opened(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:  # noqa: ANN401  the caller's own table
    """A table of any library as narwhals shows it.

    Raises:
        FrameError: It is no table, or two of its columns have one name.
    """
    try:
        table: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(frame)
    except nw.exceptions.DuplicateError as error:
        happened = f"Two columns have one name: {' '.join(str(error).split())[:300]}"
        raise FrameError(happened, "rename one") from error
    except TypeError as error:
        happened = f"This is a {type(frame).__name__} and no table"
        raise FrameError(happened, "give a table of pandas, Polars, PyArrow, DuckDB, Dask, PySpark or Ibis") from error
    return table


def fields(also: Iterable[str]) -> tuple[Field, ...]:
    """The columns that are wanted of each verdict.

    Raises:
        FrameError: There is no such column.
    """
    asked = dict.fromkeys(also)
    for name in asked:
        if name not in EVERY:
            near = difflib.get_close_matches(str(name), EVERY, 3, 0.5)
            happened = f"No answer is called {shown(name)}"
            raise FrameError(happened, f"choose from: {', '.join(near or EVERY)}", str(name)[:80])
    return (*ALWAYS, *(EVERY[name] for name in asked if EVERY[name] not in ALWAYS))


def score_wide(
    frame: Any,  # noqa: ANN401  the caller's own table
    wide: Mapping[str, tuple[str, str]],
    roles: Roles,
    *,
    also: tuple[str, ...],
    prefix: str,
    choice: Choice,
    findings: bool,
) -> Any:  # noqa: ANN401  the caller's own table
    """A table with one column a marker, judged; with `findings`, the results of each person are read together."""
    if is_parted(frame):
        facts: dict[str, Any] = {"wide": wide, "roles": roles, "also": also, "prefix": prefix, "choice": choice}
        return by_parts(frame, partial(score_wide, findings=findings, **facts))
    wanted = fields(also)
    table = opened(frame)
    schema = table.collect_schema()
    named = check_roles(table, roles, prefix)
    columns = read_columns(schema, wide, choice)
    refuse_twice(names_of(columns, wanted))
    if isinstance(table, nw.LazyFrame):
        refused = "findings" if findings else next((each.analyte for each in columns if each.context), None)
        if refused is not None:
            happened = f"A lazy table is judged column by column, without {refused}"
            raise FrameError(happened, "collect it, or leave that out", refused)
        for each in columns:
            here = Wanted(wanted, f"{prefix}{each.name}_", choice)
            table = plan_column(table, each.name, (each.written, each.unit), named, here)
        return table.to_native()
    if findings:
        found, categories = judge_people(table, columns, named, wanted, choice)
    else:
        people = read_people(table, named, age_edges(choice))
        found, categories, _ = judge_columns(table, columns, people, wanted, choice)
    return attach(table, found, categories, prefix)


def groups(frame: Any, marker: str | None, unit: str | None, prefix: str) -> Iterable[Group]:  # noqa: ANN401  a scored table
    """The rows of a scored long table that are alike, counted by the engine that holds them."""
    names = {"marker": marker, "unit": unit, "status": f"{prefix}status", "issue": f"{prefix}issue"}
    return _counted(frame, {role: name for role, name in names.items() if name is not None})


def groups_of_columns(frame: Any, wide: Mapping[str, tuple[str, str]], prefix: str) -> Iterable[Group]:  # noqa: ANN401  a scored table
    """The values of a scored wide table that are alike; what is read and not judged has no status."""
    known = [*frame.columns] if is_of_dask(frame) else opened(frame).collect_schema().names()
    for name, (marker, unit) in wide.items():
        names = {role: f"{prefix}{name}_{role}" for role in ("status", "issue")}
        if names["issue"] in known and names["status"] not in known:
            del names["status"]
        yield from (each._replace(marker=marker, unit=unit) for each in _counted(frame, names))


def _counted(frame: Any, names: Mapping[str, str]) -> Iterable[Group]:  # noqa: ANN401  a scored table
    if is_of_dask(frame):
        for part in frame.partitions:
            yield from _counted(part.compute(), names)
        return
    table = opened(frame)
    kinds = table.collect_schema()
    check_there(kinds, names)
    chosen = table.lazy().select(*(nw.col(name).cast(nw.String).alias(role) for role, name in names.items()))
    streamed = isinstance(table, nw.LazyFrame) and table.implementation is nw.Implementation.POLARS
    how: dict[str, Any] = {"engine": "streaming"} if streamed else {}
    floats = {role for role, name in names.items() if kinds[name].is_float()}
    counted = chosen.group_by(*names, drop_null_keys=False).agg(nw.len().alias("rows")).collect(**how)
    for row in counted.iter_rows(named=True):
        told = {role: None if is_missing(row[role]) else row[role] for role in names}
        told |= {role: str(told[role]).removesuffix(".0") for role in floats if told[role] is not None}
        yield Group(**told, rows=int(row["rows"]))


def height(frame: Any) -> int | None:  # noqa: ANN401  a table
    """How many rows a table has, and `None` where it is lazy."""
    table = None if is_parted(frame) else opened(frame)
    return len(table) if isinstance(table, nw.DataFrame) else None


def picked(frame: Any, rows: Iterable[int], names: Iterable[str]) -> list[dict[str, Any]]:  # noqa: ANN401  a table
    """Some rows of a table, by their places, as dictionaries of the named columns.

    Raises:
        FrameError: The table is lazy, so that its rows have no places.
    """
    table = None if is_parted(frame) else opened(frame)
    if table is None or isinstance(table, nw.LazyFrame):
        happened = "The rows of a lazy table have no places"
        raise FrameError(happened, "filter it to the rows that you want to read, and collect them")
    schema = table.collect_schema()
    check_there(schema, dict(zip(names, names, strict=True)))
    chosen = table.select(*names)
    narrow = {name: NARROW[schema[name]] for name in names if schema[name] in NARROW}
    found = [next(chosen[row : row + 1].iter_rows(named=True)) for row in rows]  # Arrow cannot take rows of every type
    found = [{**row, **{name: printed(row[name], kind) for name, kind in narrow.items()}} for row in found]
    return [{name: _bare(given) for name, given in row.items()} for row in found]


def _bare(given: Any) -> Any:  # noqa: ANN401  whatever stands in a cell
    """A whole number without the decimals that it has only because its column has blanks; NaN is nothing."""
    if isinstance(given, float) and given != given:  # noqa: PLR0124  NaN alone differs from itself
        return None
    whole = isinstance(given, float) and given.is_integer() and 0 < given < _EXACT
    return int(given) if whole else given
