"""The rows of a table as numbers and codes: each fact beside the value as one code a row, few of each kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.errors import LabsError
from rlslabs.facts import FURTHEST
from rlslabs.frames.dims import Dim, crossed, dimension
from rlslabs.frames.encode import coded, numbers
from rlslabs.frames.people import age_edges, read_people
from rlslabs.frames.steps import DIGITS, Form
from rlslabs.frames.verdict import Choice
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
    return dimension(name, coded(frame[roles[name]]))


def read_values(column: nw.Series[Any], decimal_mark: Literal[".", ","] | None) -> Values:
    """The values of a column: numbers as they are, everything else by its distinct cells."""
    kind = column.dtype
    if kind in (nw.Float64, nw.Int64, nw.Int32, nw.Int16, nw.Int8, nw.UInt64, nw.UInt32, nw.UInt16, nw.UInt8):
        return Values(numbers(column))
    column_codes, cells = coded(column)
    forms: dict[Form | Fixed, int] = {Form(): 0}
    refused: dict[str, Fixed] = {}
    number, form_of = np.full(len(cells), np.nan), np.zeros(len(cells), np.int32)
    for code, cell in enumerate(cells):
        value, form = _read(cell, decimal_mark, refused)
        number[code] = value
        form_of[code] = forms.setdefault(form, len(forms))
    return Values(number, column_codes, tuple(forms), form_of, cells)


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
        kept = cell if isinstance(cell, str | Decimal | Real) else True  # of any other kind alike
        return np.nan, refused.setdefault(error.code, Fixed(kept))
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
