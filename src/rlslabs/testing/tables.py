"""Strategies for datasets: a table of a library, with the truth of each of its rows."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Literal, NamedTuple

from hypothesis import strategies as st

from rlslabs.errors import MissingExtraError, UnreachableError, shown
from rlslabs.reported import LabResult, Patient
from rlslabs.testing.cases import LabCase
from rlslabs.testing.dated import Told, dated_cases, told
from rlslabs.testing.drawing import pick

Backend = Literal["pandas", "polars", "polars-lazy", "pyarrow", "duckdb", "dask", "ibis", "pyspark"]
Columns = dict[str, list[Any]]
_MOST = 4
_DAMAGE: tuple[dict[str, str | None], ...] = ({}, {}, {}, {"unit": "mg/L"}, {"marker": "banana"}, {"value": None})


class FrameCase(NamedTuple):
    """A table of results, one a row; the truth of each row, in order; and what its columns are called.

    Columns are named as the arguments of `rlslabs.frames.score`: marker, value, unit, comparator, sex, born,
    collected, pregnant. One more, `row`, counts from 0: an engine such as DuckDB gives rows back in any order.
    `cells` are the columns as plain lists, which a failure prints.
    """

    table: Any
    told: tuple[Told, ...]
    cells: Columns

    def __repr__(self) -> str:
        return f"FrameCase(cells={self.cells!r}, told={self.told!r})"

    @property
    def columns(self) -> dict[str, str]:
        """Each argument of `score` with its column."""
        return {name: name for name in _COLUMNS}


def frames(
    markers: Collection[str] | None = None,
    *,
    backend: Backend = "pandas",
    units: Collection[str] | None = None,
    patients: st.SearchStrategy[Patient] | None = None,
) -> st.SearchStrategy[FrameCase]:
    """Tables with one result a row, some of which cannot be judged, and what `interpret` says of each row.

    Args:
        markers: Names, aliases or codes; else all six.
        backend: The library of the table: `pandas`, `polars`, `polars-lazy`, `pyarrow`, `duckdb`, `dask`, `ibis` or
            `pyspark`, which is loaded at once. Spark makes its tables in the session that runs, or starts one.
        units: Units in any accepted spelling.
        patients: Whose results they are, such as `patients(adults=True)`; else everybody.

    Raises:
        MissingExtraError: The library is not installed.
        UnreachableError: No marker is reported in these units, or the library is not among them.
    """
    return _frames(dated_cases(markers, None, units, patients), _maker(backend))


@st.composite
def _frames(draw: st.DrawFn, cases: st.SearchStrategy[LabCase], make: Callable[[Columns], Any]) -> FrameCase:
    rows = [_row(draw(cases), pick(draw, _DAMAGE)) for _ in range(pick(draw, range(_MOST + 1)))]
    cells: Columns = {"row": [*range(len(rows))]}
    cells |= {name: [cell(*row) for row in rows] for name, cell in _COLUMNS.items()}
    return FrameCase(make(cells), tuple(told(*row) for row in rows), cells)


def _row(case: LabCase, damage: dict[str, str | None]) -> LabCase:
    """A case as a row has it: without a printed range, and perhaps with a field that is wrong or empty."""
    fields = {"range": None, **damage}
    fields |= {"comparator": None} if "value" in damage else {}
    return LabCase(case.result.model_copy(update=fields), case.patient)


_COLUMNS: dict[str, Callable[[LabResult, Patient], object]] = {
    "marker": lambda result, _: result.marker,
    "value": lambda result, _: None if result.value is None else float(result.value),
    "unit": lambda result, _: result.unit,
    "comparator": lambda result, _: result.comparator,
    "sex": lambda _, patient: patient.sex,
    "born": lambda _, patient: patient.born,
    "collected": lambda result, _: result.collected,
    "pregnant": lambda _, patient: patient.pregnant,
}


def _maker(backend: Backend) -> Callable[[Columns], Any]:
    if backend not in _BACKENDS:
        happened = f"No library of tables is called {shown(backend)}"
        raise UnreachableError(happened, f"choose from: {', '.join(_BACKENDS)}", str(backend)[:80])
    libraries, make = _BACKENDS[backend]
    return partial(make, *[_loaded(each) for each in libraries])


def _loaded(library: str) -> Any:  # noqa: ANN401  a library that may be absent
    try:
        return importlib.import_module(library)
    except ImportError as error:
        package = library.partition(".")[0]
        happened = f"{package} is not installed"
        raise MissingExtraError(happened, f"install it with: pip install {package}", package) from error


def _pandas(pandas: Any, columns: Columns) -> Any:  # noqa: ANN401  a library that may be absent
    """Dates to the microsecond, because nanoseconds end before people who were born long ago."""
    kinds = {"row": "int64", "value": "float64", "pregnant": "boolean"}
    dates = {"born": "datetime64[us]", "collected": "datetime64[us]"}
    return pandas.DataFrame(
        {name: pandas.Series(cells, dtype=({**kinds, **dates}).get(name, "object")) for name, cells in columns.items()}
    )


def _polars(polars: Any, columns: Columns) -> Any:  # noqa: ANN401  the same
    kinds = {"value": polars.Float64, "pregnant": polars.Boolean, "born": polars.Date, "collected": polars.Date}
    kinds["row"] = polars.Int64
    return polars.DataFrame(columns, schema={name: kinds.get(name, polars.String) for name in columns})


def _pyarrow(pyarrow: Any, columns: Columns) -> Any:  # noqa: ANN401  the same
    kinds = {"value": pyarrow.float64(), "pregnant": pyarrow.bool_(), "born": pyarrow.date32()}
    kinds |= {"collected": pyarrow.date32(), "row": pyarrow.int64()}
    return pyarrow.table(
        {name: pyarrow.array(cells, kinds.get(name, pyarrow.string())) for name, cells in columns.items()}
    )


def _dask(pandas: Any, dask: Any, columns: Columns) -> Any:  # noqa: ANN401  the same
    return dask.from_pandas(_pandas(pandas, columns), npartitions=2, sort=False)


def _pyspark(pyarrow: Any, spark: Any, columns: Columns) -> Any:  # noqa: ANN401  the same
    return spark.SparkSession.builder.getOrCreate().createDataFrame(_pyarrow(pyarrow, columns))


_BACKENDS: dict[Backend, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "pandas": (("pandas",), _pandas),
    "polars": (("polars",), _polars),
    "polars-lazy": (("polars",), lambda polars, columns: _polars(polars, columns).lazy()),
    "pyarrow": (("pyarrow",), _pyarrow),
    "duckdb": (("pyarrow", "duckdb"), lambda pyarrow, duckdb, columns: duckdb.from_arrow(_pyarrow(pyarrow, columns))),
    "dask": (("pandas", "dask.dataframe"), _dask),
    "ibis": (("pyarrow", "ibis"), lambda pyarrow, ibis, columns: ibis.memtable(_pyarrow(pyarrow, columns))),
    "pyspark": (("pyarrow", "pyspark.sql"), _pyspark),
}
