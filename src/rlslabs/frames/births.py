"""Births of OMOP people: to the day, or only to the month or year, and then every age that they leave open.

An age that is open is judged as all that it could be; where those differ, the row is undecided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from rlslabs.errors import DateError
from rlslabs.frames.dims import spread
from rlslabs.frames.encode import coded, numbers
from rlslabs.frames.fields import EVERY, Field
from rlslabs.frames.gather import gather
from rlslabs.frames.join import Expression, chosen
from rlslabs.frames.people import age_edges
from rlslabs.frames.rows import read_rows
from rlslabs.frames.verdict import Choice
from rlslabs.frames.yearly import year_classes
from rlslabs.model import OPEN_SIDE, hl7_of, status_of
from rlslabs.population import OLDEST, age_span, read_collected

if TYPE_CHECKING:
    from numpy.typing import NDArray

Answers = tuple[dict[str, Any], dict[str, list[str]]]
"""Codes or numbers of every row by field, and the categories of the codes."""

PARTS = ("year", "month", "day")
_UNREADABLE_AGE = -1.0
_MONTHS, _DAYS = 12, 31
_LIMITS = ("population", "low", "high")


class _Births(NamedTuple):
    """Births that do not stand in `born`.

    `days` are the days of those that are known to the day, or of which only the first possible day counts because no
    collection is known; `youngest` and `oldest` are the completed years that the others leave open at collection, NaN
    where there is nothing to be said.
    """

    days: list[date | None]
    youngest: NDArray[np.float64]
    oldest: NDArray[np.float64]


def judge_births(
    table: nw.DataFrame[Any], roles: Mapping[str, str], fields: tuple[Field, ...], choice: Choice
) -> Answers:
    """The verdicts on rows whose births stand in `born`, or in `year`, `month` and `day` as far as they are known."""
    births = _births(table)
    if births is None:
        return _judged(table, roles, fields, choice)
    aged = ~np.isnan(births.youngest)
    dated = np.array([each is not None for each in births.days], np.bool_)
    told = ~aged & ~dated
    by_age = {**{role: name for role, name in roles.items() if role != "born"}, "age": "age"}
    born = [each for each in births.days if each is not None]
    whole: Answers = ({}, {})
    _put(whole, told, _judged(table.filter(told.tolist()), roles, fields, choice))
    _put(whole, dated, _judged(_with(table, dated, "born", born), {**roles, "born": "born"}, fields, choice))
    _put(whole, aged, _judged(_with(table, aged, "age", births.youngest[aged].tolist()), by_age, fields, choice))
    classes = np.array(year_classes(age_edges(choice)))
    classed = [
        np.where((years < 0) | (years > OLDEST), -1, np.searchsorted(classes, years, side="right"))
        for years in (births.youngest, births.oldest)
    ]
    doubtful = aged & (classed[0] != classed[1])
    if doubtful.any():
        every = (*EVERY.values(),)
        one, other = (
            _judged(_with(table, doubtful, "age", years[doubtful].tolist()), by_age, every, choice)
            for years in (births.youngest, births.oldest)
        )
        _put(whole, doubtful, _agreed(one, other, fields))
    return whole


def _judged(table: nw.DataFrame[Any], roles: Mapping[str, str], fields: tuple[Field, ...], choice: Choice) -> Answers:
    found, categories = gather(read_rows(table, roles, choice), fields, choice)
    return {name: spread(column) for name, column in found.items()}, categories


def _with(table: nw.DataFrame[Any], rows: NDArray[np.bool_], name: str, values: list[Any]) -> nw.DataFrame[Any]:
    """Some rows of a table with their days or ages."""
    some = nw.maybe_reset_index(table.filter(rows.tolist()))
    kind = nw.Date if name == "born" else nw.Float64
    return some.with_columns(nw.new_series(name, values, kind, backend=table.implementation))


def _births(table: nw.DataFrame[Any]) -> _Births | None:
    """What the births of a table leave open at the collections, and `None` where all stand in `born` or nowhere."""
    nothing = np.full(len(table), np.nan)
    year, month, day = (numbers(table[name]) if name in table.columns else nothing for name in PARTS)
    year = np.where(_stands(table), np.nan, year)
    month = np.where((month >= 1) & (month <= _MONTHS), month, np.nan)  # 0 is what some write where they know none
    if np.isnan(year).all():
        return None
    collected = coded(table["collected"])
    then = np.array([_day_of(each) for each in collected.values], np.float64).reshape(-1, 3)[collected.codes].T
    distinct, codes = np.unique(np.stack([year, month, day]), axis=1, return_inverse=True)
    first, exact = zip(*map(_first_day, *distinct.tolist()), strict=True)
    to_the_day = np.array(exact, np.bool_)[codes.reshape(-1)]
    by_day = to_the_day | np.isnan(then[0])
    days = [first[code] if on else None for code, on in zip(codes.reshape(-1).tolist(), by_day.tolist(), strict=True)]
    there = np.array([each is not None for each in days], np.bool_)
    has_come, may_have_come = then[1] > month, np.isnan(month) | (then[1] >= month)
    oldest = then[0] - year - ~may_have_come
    youngest = np.where(oldest >= 0, np.maximum(then[0] - year - ~has_come, 0), oldest)
    unreadable = np.isnan(then[0]) & ~np.isnan(year) & ~there
    youngest, oldest = (
        np.where(there, np.nan, np.where(unreadable, _UNREADABLE_AGE, years)) for years in (youngest, oldest)
    )
    return _Births(days, youngest, oldest)


def _first_day(year: float, month: float, day: float) -> tuple[date | None, bool]:
    """The first day that a birth can have been, and whether it is the only one; no day where it cannot be read."""
    parts = [1 if np.isnan(each) else int(each) for each in (month, day)]
    try:
        return date(int(year), *parts), not np.isnan(month) and not np.isnan(day)
    except ValueError:
        return None, False


def _stands(table: nw.DataFrame[Any]) -> NDArray[np.bool_]:
    """The rows in which a date of birth stands."""
    if "born" not in table.columns:
        return np.zeros(len(table), np.bool_)
    born = coded(table["born"])
    there = [each is not None and bool(str(each).strip()) for each in born.values]
    every: NDArray[np.bool_] = np.array(there, np.bool_)[born.codes]
    return every


def _day_of(written: object) -> tuple[float, float, float]:
    """Year, month and day of a collection, NaN where it cannot be read."""
    try:
        found = read_collected(written)
    except DateError:
        found = None
    return (np.nan,) * 3 if found is None else (found.year, found.month, found.day)


def _put(whole: Answers, rows: NDArray[np.bool_], part: Answers) -> None:
    """Write the answers about some rows among those about all; codes of one category may differ."""
    for name, codes in part[0].items():
        into = whole[0].setdefault(name, np.zeros(len(rows), codes.dtype))
        if name not in part[1]:
            into[rows] = codes
            continue
        known = whole[1].setdefault(name, [])
        known += [word for word in part[1][name] if word not in known]
        into[rows] = np.array([*map(known.index, part[1][name]), -1], codes.dtype)[codes]


def _agreed(one: Answers, other: Answers, fields: tuple[Field, ...]) -> Answers:
    """What both answers about the same rows agree on."""
    names = [*one[0]]
    columns = [[_words(each, name) for name in names] for each in (one, other)]
    pairs = zip(*(zip(*each, strict=True) for each in columns), strict=True)
    rows = [_agree(*(dict(zip(names, row, strict=True)) for row in pair)) for pair in pairs]
    found: Answers = ({}, {})
    for each in fields:
        column = [row[each.name] for row in rows]
        if each.number:
            found[0][each.name] = np.array([np.nan if one is None else one for one in column], np.float64)
            continue
        known = [*(each.categories or dict.fromkeys(word for word in column if word is not None))]
        found[1][each.name] = known
        found[0][each.name] = np.array([-1 if word is None else known.index(word) for word in column], np.int16)
    return found


def _words(answers: Answers, name: str) -> list[Any]:
    """A field of every row as words or numbers, `None` where there is nothing."""
    codes = answers[0][name].tolist()
    if name not in answers[1]:
        return [None if np.isnan(each) else each for each in codes]
    return [None if each < 0 else answers[1][name][each] for each in codes]


def _agree(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two answers about a row agree on: a place that they do not agree on is undecided."""
    for told in (one, other):
        if told["status"] is None:
            return told
    found: dict[str, Any] = {name: said if said == other[name] else None for name, said in one.items()}
    for kind in ("standard", "optimal"):
        found[kind] = found[kind] or "undecided"
        names = [f"{kind}_{each}" for each in _LIMITS]
        if any(one[name] != other[name] for name in names):
            found |= dict.fromkeys(names)
    found["status"] = status_of(found["standard"], found["optimal"])
    issues = dict.fromkeys(" ".join(each["issues"] or "" for each in (one, other)).split())
    open_sided = found["standard"] == "within" and OPEN_SIDE in issues
    found["hl7"] = " ".join(hl7_of(found["standard"], one["comparator"], open_sided=open_sided)) or None
    return {**found, "issue": next(iter(issues), None), "issues": " ".join(issues) or None}


def planned(born: Expression | None, known: set[str], odd: Expression, choice: Choice) -> tuple[Expression, Expression]:
    """The date of birth and the age of rows of a lazy table, for its engine.

    An age stands where the birth is open and every age that it leaves is judged alike. Where they are not, both stand,
    which no engine reads; so do they where `odd` holds.
    """
    nothing = nw.lit(None).cast(nw.Float64)
    year, month, day = (nw.col(name).cast(nw.Float64) if name in known else nothing for name in PARTS)
    month, day = (
        chosen([((part >= 1) & (part <= most), part)], nothing) for part, most in ((month, _MONTHS), (day, _DAYS))
    )
    collected = nw.col("collected")
    then, that_month, that_day = (
        part.cast(nw.Float64) for part in (collected.dt.year(), collected.dt.month(), collected.dt.day())
    )
    told = nw.lit(None).cast(nw.Datetime) if born is None else born
    to_the_day = ~month.is_null() & ~day.is_null()
    before = chosen([((month > that_month) | (to_the_day & (month == that_month) & (day > that_day)), 1.0)], 0.0)
    may_come = chosen([(month.is_null() | ((month == that_month) & ~to_the_day), 1.0)], before)
    oldest, youngest = then - year - before, then - year - may_come
    youngest = chosen([((oldest >= 0) & (youngest < 0), 0.0)], youngest)
    edges = age_edges(choice)
    classes = year_classes(edges)
    classed = [
        chosen([(years < end, place) for place, end in enumerate([0, *classes[1:], OLDEST + 1])], -1)
        for years in (youngest, oldest)
    ]
    parted = [place for place, year in enumerate(classes, 1) if _is_parted(year, edges)]
    open_ = ~year.is_null() & told.is_null()
    unread = open_ & (oldest.is_null() | (classed[0] != classed[1]) | (to_the_day & classed[0].is_in(parted)))
    some_day = nw.lit(datetime(1900, 1, 1)).cast(nw.Datetime)  # noqa: DTZ001  any day: what stands twice is not read
    return chosen([(odd | unread, some_day)], told), chosen([(odd | unread, 0.0), (open_, youngest)], nothing)


def _is_parted(year: int, edges: Sequence[int]) -> bool:
    """Whether an edge lies within a year of age."""
    span = age_span(year)
    return any(span.start < edge < span.end for edge in edges)
