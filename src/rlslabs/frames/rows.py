"""The rows of a table as numbers and codes: each fact beside the value as one code a row, few of each kind."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.cohort import YOUNGEST_MOTHER
from rlslabs.errors import LabsError
from rlslabs.facts import FURTHEST
from rlslabs.frames.encode import Coded, coded, days, numbers
from rlslabs.frames.steps import DIGITS, Form
from rlslabs.frames.verdict import Choice
from rlslabs.population import ADULT, OLDEST, TICKS, Span, age_span
from rlslabs.reported import written_number
from rlslabs.text import read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 1 << 17
"""So many rows are judged at a time; where there are no more, threads would cost more than they save."""

DIRECT = 100
"""Fewer rows are judged one by one: tables of limits would cost more than they save."""

_PLAIN = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
"""Text that is one number by every rule of reading, whatever the decimal mark that was not said."""

_TINIEST_AGE = 1e-4
"""A smaller age prints with an exponent, and is then no age that can be read."""

_NOTHING = np.iinfo(np.int64).min


class Dim(NamedTuple):
    """One or more facts of every row: a code a row, and the facts behind each code, in the order of `names`."""

    names: tuple[str, ...]
    codes: NDArray[Any]
    facts: list[tuple[object, ...]]


class Fixed(NamedTuple):
    """A cell that is no plain number and is judged by itself: an interval, a refusal, or too many digits."""

    value: object


class Values(NamedTuple):
    """The value of every row as a float; where cells are text, a code a row, and float, form and cell of each code."""

    number: NDArray[np.float64]
    codes: NDArray[Any] | None = None
    forms: tuple[Form | Fixed, ...] = (Form(),)
    form_of: NDArray[np.int32] | None = None
    cells: list[object] | None = None


class Rows(NamedTuple):
    """All rows of a table, ready to be judged."""

    number: int
    values: Values
    dims: list[Dim]


def read_rows(frame: nw.DataFrame[Any], roles: Mapping[str, str], choice: Choice) -> Rows:
    """The rows of a table whose columns have these roles."""
    names = [name for name in ("marker", "unit", "comparator", "range", "low", "high") if name in roles]
    calls: list[Callable[[], Any]] = [
        lambda: read_values(frame[roles["value"]], choice.decimal_mark),
        lambda: read_people(frame, roles, age_edges(choice)),
        *(partial(_read_dim, frame, roles, name) for name in names),
    ]
    if len(frame) <= CHUNK:
        values, people, *dims = (call() for call in calls)
    else:
        with ThreadPoolExecutor() as pool:  # the libraries that hold the columns let other threads run
            values, people, *dims = pool.map(lambda call: call(), calls)
    ends = [dim for name, dim in zip(names, dims, strict=True) if name in {"low", "high"}]
    if len(ends) > 1:
        dims = [*dims[: -len(ends)], crossed(ends)]
    return Rows(len(frame), values, [*dims, *people])


def _read_dim(frame: nw.DataFrame[Any], roles: Mapping[str, str], name: str) -> Dim:
    return _dim(name, coded(frame[roles[name]]))


def read_people(
    frame: nw.DataFrame[Any], roles: Mapping[str, str], edges: list[int], *, every_day: bool = False
) -> list[Dim]:
    """What is known of the patient of every row; ages between which no edge lies are put together.

    With `every_day` each pair of dates stays by itself.
    """
    dims = [_dim(name, coded(frame[roles[name]])) for name in ("sex", "pregnant") if name in roles]
    aged = {name: frame[roles[name]] for name in ("age", "born", "collected") if name in roles}
    if every_day and "born" in aged:
        dims.append(crossed([_dim(name, coded(column)) for name, column in aged.items()]))
    elif aged:
        dims.append(_ages(aged, edges))
    return dims


def _dim(name: str, column: Coded) -> Dim:
    return Dim((name,), column.codes, [(each,) for each in column.values])


def crossed(dims: list[Dim]) -> Dim:
    """Several dimensions as one, with a code for each combination that occurs."""
    key = dims[0].codes.astype(np.int64)
    for each in dims[1:]:
        key = key * len(each.facts) + each.codes
    distinct, codes = np.unique(key, return_inverse=True)
    facts: list[tuple[object, ...]] = []
    for one in distinct.tolist():
        found: tuple[object, ...] = ()
        rest = one
        for each in reversed(dims):
            rest, code = divmod(rest, len(each.facts))
            found = (*each.facts[code], *found)
        facts.append(found)
    return Dim(tuple(name for each in dims for name in each.names), codes.astype(np.int32), facts)


def age_edges(choice: Choice, *bands: Span) -> list[int]:
    """Every age at which some range or band begins or ends, or something else about the patient changes, in ticks."""
    chosen = {choice.catalog.set("standard", choice.standard).id, choice.catalog.set("optimal", choice.optimal).id}
    spans = [
        each.applies_to.ages
        for marker in choice.catalog.markers.values()
        for each in marker.range
        if chosen & set(each.sets)
    ]
    return sorted({YOUNGEST_MOTHER, ADULT.start, *(edge for span in (*spans, *bands) for edge in span)})


def _ages(columns: Mapping[str, nw.Series[Any]], edges: list[int]) -> Dim:
    """The ages of all rows: in completed years, by dates, or by all that the columns say."""
    numeric = "age" in columns and columns["age"].dtype.is_numeric() and not columns["age"].dtype.is_decimal()
    dated = all(_is_day(columns[name]) for name in ("born", "collected") if name in columns)
    if set(columns) == {"age"} or (set(columns) == {"age", "collected"} and dated):
        return _by_years(columns["age"], edges) if numeric else _dim("age", coded(columns["age"]))
    if set(columns) == {"born", "collected"} and dated:
        return _by_dates(days(columns["born"]), days(columns["collected"]), edges)
    return crossed([_dim(name, coded(column)) for name, column in columns.items()])


def _is_day(column: nw.Series[Any]) -> bool:
    """Whether a column holds days, or times without a zone."""
    kind = column.dtype
    return kind == nw.Date or (isinstance(kind, nw.Datetime) and kind.time_zone is None)


def _by_years(column: nw.Series[Any], edges: list[int]) -> Dim:
    """Ages in years, those together between which no range begins or ends."""
    years = numbers(column)
    classes: dict[tuple[int, int], int] = {}
    facts: list[tuple[object, ...]] = []
    class_of = np.empty(OLDEST + 2, np.int32)
    for year in range(OLDEST + 1):
        span = age_span(year)
        where = (bisect_right(edges, span.start), bisect_left(edges, span.end))
        class_of[year] = classes.setdefault(where, len(facts))
        if classes[where] == len(facts):
            facts.append((year,))
    class_of[OLDEST + 1] = len(facts)
    facts.append((None,))
    nothing = np.isnan(years)
    plain = ((years >= _TINIEST_AGE) & (years < OLDEST + 1)) | ((years == 0) & ~np.signbit(years))
    completed = np.where(plain, years, OLDEST + 1).astype(np.int16)
    codes = class_of.take(completed, mode="clip")
    odd = np.flatnonzero(~plain & ~nothing)
    for value in np.unique(years[odd]).tolist():
        codes[odd[years[odd] == value]] = len(facts)
        facts.append((value,))
    return Dim(("age",), codes, facts)


def _by_dates(born: NDArray[np.int64], collected: NDArray[np.int64], edges: list[int]) -> Dim:
    """Ages by the calendar, as `population.age_between` counts them, those together between which nothing changes."""
    both = (born != _NOTHING) & (collected != _NOTHING)
    first, then = (np.where(both, each, 0).astype("datetime64[D]") for each in (born, collected))
    month, later = (each.astype("datetime64[M]") for each in (first, then))
    before = (then - later.astype("datetime64[D]")) < (first - month.astype("datetime64[D]"))
    months = (later - month).astype(np.int64) - before
    ticks = np.maximum((then - first).astype(np.int64) * TICKS["d"], months * TICKS["mo"])
    start = np.minimum(ticks, (months + 1) * TICKS["mo"] - 1)
    aged = both & (months >= 0) & (months < (OLDEST + 1) * TICKS["a"] // TICKS["mo"])
    codes = np.where(aged, np.searchsorted(np.array(edges), start, side="right"), 0).astype(np.int64)
    others = np.flatnonzero(~aged)
    if others.size:
        pairs = np.stack([born[others], collected[others]])
        pairs[1][pairs[0] == _NOTHING] = _NOTHING
        _, inverse = np.unique(pairs, axis=1, return_inverse=True)
        codes[others] = len(edges) + 1 + inverse.reshape(-1)
    _, rows, codes = np.unique(codes, return_index=True, return_inverse=True)
    facts: list[tuple[object, ...]] = [(_day(born[row]), _day(collected[row])) for row in rows.tolist()]
    return Dim(("born", "collected"), codes.astype(np.int32), facts)


def _day(number: np.int64) -> date | None:
    if number == _NOTHING:
        return None
    day: date = np.datetime64(int(number), "D").item()
    return day


def read_values(column: nw.Series[Any], decimal_mark: Literal[".", ","] | None) -> Values:
    """The values of a column: numbers as they are, everything else by its distinct cells."""
    kind = column.dtype
    if kind in (nw.Float64, nw.Int64, nw.Int32, nw.Int16, nw.Int8, nw.UInt64, nw.UInt32, nw.UInt16, nw.UInt8):
        return Values(numbers(column))
    column_codes, cells = _narrow(column) if kind == nw.Float32 else coded(column)
    forms: dict[Form | Fixed, int] = {Form(): 0}
    refused: dict[str, Fixed] = {}
    number, form_of = np.full(len(cells), np.nan), np.zeros(len(cells), np.int32)
    for code, cell in enumerate(cells):
        value, form = _read(cell, decimal_mark, refused)
        number[code] = value
        form_of[code] = forms.setdefault(form, len(forms))
    return Values(number, column_codes, tuple(forms), form_of, cells)


def _narrow(column: nw.Series[Any]) -> Coded:
    """Narrow floats by the digits that they print, as one result is read."""
    distinct, codes = np.unique(numbers(column).astype(np.float32), return_inverse=True)
    return Coded(codes, [float(str(each)) for each in distinct])


def _read(cell: object, mark: Literal[".", ","] | None, refused: dict[str, Fixed]) -> tuple[float, Form | Fixed]:
    """A cell as a number and its form; what is no plain number stays as it is."""
    if isinstance(cell, str) and mark != "," and _PLAIN.fullmatch(cell):
        return float(cell), Form()
    try:
        given = written_number(cell)
        if given is None:
            return np.nan, Form()
        interval, unit = (None, "") if isinstance(given, Decimal) else read_text(given, mark)
    except LabsError as error:
        return np.nan, refused.setdefault(error.code, Fixed(cell if isinstance(cell, str | Decimal) else True))
    if interval is None:
        value, sign = Decimal(str(given)), ""
    elif interval.comparator is None and interval.low != interval.high:
        return np.nan, Fixed(cell)
    else:
        value = interval.low if interval.high is None else interval.high
        sign = interval.comparator or ""
    if len(value.normalize().as_tuple().digits) > DIGITS or not -FURTHEST <= value.adjusted() <= FURTHEST:
        return np.nan, Fixed(cell)
    return float(value), Form(comparator=sign, unit=unit)
