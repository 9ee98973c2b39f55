"""Who the patient of every row is: sexes, pregnancies and ages as codes, those ages together that are judged alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.cohort import YOUNGEST_MOTHER
from rlslabs.errors import LabsError
from rlslabs.frames.dims import Dim, crossed, dimension
from rlslabs.frames.encode import coded, days, numbers
from rlslabs.frames.verdict import Choice, present
from rlslabs.population import ADULT, OLDEST, TICKS, Span, age_span, read_birth, read_collected

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TINIEST_AGE = 1e-4
"""A smaller age prints with an exponent, and is then no age that can be read."""

_NOTHING = np.iinfo(np.int64).min
_EPOCH = date(1970, 1, 1).toordinal()


def read_people(
    frame: nw.DataFrame[Any], roles: Mapping[str, str], edges: list[int], *, every_day: bool = False
) -> list[Dim]:
    """What is known of the patient of every row; ages between which no edge lies are put together.

    With `every_day` each pair of dates stays by itself.
    """
    dims = [dimension(name, coded(frame[roles[name]])) for name in ("sex", "pregnant") if name in roles]
    aged = {name: frame[roles[name]] for name in ("age", "born", "collected") if name in roles}
    if every_day and "born" in aged:
        dims.append(crossed([dimension(name, coded(column)) for name, column in aged.items()]))
    elif aged:
        dims.extend(_ages(aged, edges))
    return dims


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


def _ages(columns: Mapping[str, nw.Series[Any]], edges: list[int]) -> list[Dim]:
    """The ages of all rows: in completed years, by dates, or by all that the columns say."""
    if "born" not in columns:
        found = [_collected_alone(columns["collected"])] if "collected" in columns else []
        if "age" not in columns:
            return found
        numeric = columns["age"].dtype.is_numeric() and not columns["age"].dtype.is_decimal()
        return [_by_years(columns["age"], edges) if numeric else dimension("age", coded(columns["age"])), *found]
    if set(columns) == {"born", "collected"}:
        return [_by_calendar(columns["born"], columns["collected"], edges)]
    return [crossed([dimension(name, coded(column)) for name, column in columns.items()])]


def _collected_alone(column: nw.Series[Any]) -> Dim:
    """When samples were taken, beside no date of birth: nothing hangs on the day, but that it can be read."""
    if _is_day(column):
        return Dim(("collected",), np.zeros(len(column), np.int8), [(None,)])
    cells = coded(column)
    classes: dict[str | None, int] = {}
    facts: list[tuple[object, ...]] = []
    class_of = np.empty(len(cells.values), np.int32)
    for place, cell in enumerate(cells.values):
        _, refused = _read_day(cell, read_collected)
        class_of[place] = classes.setdefault(refused, len(facts))
        if class_of[place] == len(facts):
            facts.append((cell,))
    return Dim(("collected",), class_of[cells.codes], facts)


def _by_calendar(born: nw.Series[Any], collected: nw.Series[Any], edges: list[int]) -> Dim:
    """Ages by two dates, of whatever type; where one cannot be read, the facts stay as they are written."""
    numbered: list[NDArray[np.int64]] = []
    odd = np.zeros(len(born), np.bool_)
    for column, read in ((born, read_birth), (collected, read_collected)):
        if _is_day(column):
            numbered.append(days(column))
            continue
        cells = coded(column)
        known = [_read_day(cell, read) for cell in cells.values]
        numbered.append(np.array([number for number, _ in known], np.int64)[cells.codes])
        odd |= np.array([refused is not None for _, refused in known], np.bool_)[cells.codes]
    found = _by_dates(numbered[0], numbered[1], edges)
    if not odd.any():
        return found
    rows = np.flatnonzero(odd)
    names = ("born", "collected")
    written = crossed([dimension(name, coded(each[rows])) for name, each in zip(names, (born, collected), strict=True)])
    found.codes[rows] = written.codes + len(found.facts)
    return Dim(names, found.codes, [*found.facts, *written.facts])


def _read_day(cell: object, read: Callable[[Any], date | None]) -> tuple[int, str | None]:
    """The number of a day as in `days`, and the code for which it is refused."""
    try:
        day = read(present(cell))
    except LabsError as error:
        return int(_NOTHING), error.code
    return int(_NOTHING) if day is None else day.toordinal() - _EPOCH, None


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
    unread, inverse = np.unique(years[odd], return_inverse=True)
    codes[odd] = len(facts) + inverse
    return Dim(("age",), codes, [*facts, *((value,) for value in unread.tolist())])


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
