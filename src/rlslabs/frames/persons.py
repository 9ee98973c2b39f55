"""Who the patients of a lazy table can be, as the engine itself can tell: by sex, age or dates, and pregnancy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import narwhals.stable.v2 as nw

from rlslabs.errors import FrameError, shown
from rlslabs.frames.join import Expression, chosen
from rlslabs.frames.native import PRINTED, UNREAD, UNREADABLE, Kept, plain
from rlslabs.frames.verdict import Asked
from rlslabs.frames.yearly import year_classes
from rlslabs.panels import read_pregnant
from rlslabs.population import OLDEST, SEXES, TICKS

_WORDS_OF_PREGNANCY = ("yes", "y", "true", "1", "1.0", "no", "n", "false", "0", "0.0", "unknown", "")
_TINIEST_AGE = 1e-4


def person_codes(
    roles: Mapping[str, str], schema: Mapping[str, Any], edges: Sequence[int], kept: Kept, refused: Callable[[str], int]
) -> tuple[list[Asked], Expression, Expression | None, Expression | None]:
    """The people that the rows can be of, the code of each row, and two refusals.

    Of facts that cannot be read, which comes before all others; and of dates that contradict each other, which comes
    after those of the marker, the value and the unit. `None` where nothing can be refused so.
    """
    sexes = [None, "female", "male"] if "sex" in roles else [None]
    pregnancies = (None, True, False) if "pregnant" in roles else (None,)
    sex, sex_refused = _sex(roles.get("sex"), kept, refused)
    ages, age, age_refused, contradicted = _age(roles, schema, edges, kept, refused)
    pregnant, pregnant_refused = _pregnancy(roles.get("pregnant"), schema, kept, refused)
    people = [Asked(sex=one, pregnant=other, **each) for one, each, other in product(sexes, ages, pregnancies)]
    code = (sex * len(ages) + age) * len(pregnancies) + pregnant
    refusals = [each for each in (pregnant_refused, sex_refused, age_refused) if each is not None]
    return people, code, nw.coalesce(*refusals) if refusals else None, contradicted


def _sex(name: str | None, kept: Kept, refused: Callable[[str], int]) -> tuple[Expression, Expression | None]:
    if name is None:
        return nw.lit(0), None
    codes = {None: 0, "female": 1, "male": 2}
    words = {word: codes[named] for named in codes for word in _said(named)}
    told = kept.code("sex", nw.col(name).cast(nw.String), words, PRINTED, plain(name))
    unknown = ~told.written.is_null() & told.code.is_null()
    cases = [(told.word == UNREADABLE, refused(UNREAD)), (unknown, refused("unknown-sex-code"))]
    return nw.coalesce(told.code, nw.lit(0)), chosen(cases, None).cast(nw.Int64)


def _said(sex: str | None) -> list[str]:
    """The words for a sex, with and without a capital."""
    return [each for word, named in SEXES.items() if named == sex for each in (word, word.capitalize())]


Aged = tuple[list[dict[str, object]], Expression, Expression | None, Expression | None]
"""The ages that rows can have, the code of each row, and the refusals of what cannot be read or contradicts itself."""


def _age(
    roles: Mapping[str, str], schema: Mapping[str, Any], edges: Sequence[int], kept: Kept, refused: Callable[[str], int]
) -> Aged:
    """Ages as they stand there, or by dates; a row in which both stand is not read."""
    if "collected" in roles and not _is_day(schema[roles["collected"]]):
        happened = f"The collections in {shown(roles['collected'])} are no dates to the engine of a lazy table"
        raise FrameError(happened, "cast them to dates", "", roles["collected"])
    if "age" not in roles and "born" not in roles:
        return [{}], nw.lit(0), None, None
    if "born" not in roles:
        return _in_years(roles, schema, edges, refused)
    if "collected" not in roles or not _is_day(schema[roles["born"]]):
        happened = "Dates of birth need dates of collection, both as dates, in a lazy table"
        raise FrameError(happened, "name collected=, and cast both to dates", "", roles["born"])
    dated = _dated(nw.col(roles["born"]), nw.col(roles["collected"]), edges, kept, refused)
    if "age" not in roles:
        return dated
    ages, age, age_refused, _ = _in_years(roles, schema, edges, refused)
    more, month, month_refused, contradicted = dated
    aged, born = is_there(roles["age"]), ~nw.col(roles["born"]).is_null()
    code = chosen([(born, month + (len(ages) - 1))], age)
    cases = [(aged & born, refused(UNREAD)), (aged, age_refused)]
    return [*ages, *more[1:]], code, chosen(cases, month_refused).cast(nw.Int64), contradicted


def is_there(name: str) -> Expression:
    """Whether a row holds a number in this column."""
    return ~nw.col(name).is_null() & ~nw.col(name).cast(nw.Float64).is_nan()


def _in_years(
    roles: Mapping[str, str], schema: Mapping[str, Any], edges: Sequence[int], refused: Callable[[str], int]
) -> Aged:
    name = roles["age"]
    if not schema[name].is_numeric():
        happened = f"The ages in {shown(name)} are text, which the engine of a lazy table does not read"
        raise FrameError(happened, "cast them to numbers", "", name)
    classes = year_classes(edges)
    ages: list[dict[str, object]] = [{}, *[dict[str, object](age=year) for year in classes]]
    years, there = nw.col(name).cast(nw.Float64), is_there(name)
    odd = there & ((years < 0) | (years >= OLDEST + 1) | ((years > 0) & (years < _TINIEST_AGE)))
    code = chosen([(~there, 0), *((years < end, place) for place, end in _ends(classes))], len(classes))
    return ages, code, chosen([(odd, refused("unreadable-age"))], None).cast(nw.Int64), None


def _ends(classes: Sequence[int]) -> Iterable[tuple[int, int]]:
    """The place of each class, and the year in which the next one begins."""
    return ((place, end) for place, end in enumerate(classes[1:], 1))


def _is_day(kind: Any) -> bool:  # noqa: ANN401  a type of narwhals
    return bool(kind == nw.Date or (isinstance(kind, nw.Datetime) and kind.time_zone is None))


def _dated(
    born: Expression, collected: Expression, edges: Sequence[int], kept: Kept, refused: Callable[[str], int]
) -> Aged:
    """Ages by the calendar in completed months; younger than the last edge that is no whole month is not read."""
    before = chosen([(collected.dt.day() < born.dt.day(), 1)], 0)
    years = (collected.dt.year() - born.dt.year()) * 12
    months = kept("months", years + collected.dt.month() - born.dt.month() - before)
    within = [edge for edge in edges if 0 < edge < (OLDEST + 1) * TICKS["a"]]
    finest = max((edge // TICKS["mo"] + 1 for edge in within if edge % TICKS["mo"]), default=0)
    starts = sorted({0, *(edge // TICKS["mo"] for edge in within if edge % TICKS["mo"] == 0)})
    ages: list[dict[str, object]] = [{}, *[dict[str, object](age=f"{start} mo") for start in starts]]
    code = chosen([(born.is_null(), 0), *((months < end, place) for place, end in _ends(starts))], len(starts))
    odd = ~born.is_null() & ((months < 0) | (months >= (OLDEST + 1) * 12))
    cases = [
        (born.is_null(), None),
        (months.is_null(), refused(UNREAD)),
        (~odd & (months < finest), refused(UNREAD)),
    ]
    contradicted = chosen([(odd, refused("unreadable-age"))], None).cast(nw.Int64)
    return ages, code, chosen(cases, None).cast(nw.Int64), contradicted


def _pregnancy(
    name: str | None, schema: Mapping[str, Any], kept: Kept, refused: Callable[[str], int]
) -> tuple[Expression, Expression | None]:
    if name is None:
        return nw.lit(0), None
    if schema[name] == nw.Boolean:
        return chosen([(nw.col(name), 1), (~nw.col(name), 2)], 0), None
    if schema[name].is_float():
        said_so, number = [(nw.col(name) == 1, 1), (nw.col(name) == 0, 2)], is_there(name)
        others = number & (nw.col(name) != 0) & (nw.col(name) != 1)
        return chosen(said_so, 0), chosen([(others, refused("unreadable-pregnancy"))], None).cast(nw.Int64)
    word = kept("pregnant", plain(name))
    said = {
        code: [each for each in _WORDS_OF_PREGNANCY if read_pregnant(each) is truth]
        for code, truth in ((1, True), (2, False))
    }
    known = word.is_in([*_WORDS_OF_PREGNANCY])
    odd = chosen([(~known, refused("unreadable-pregnancy"))], None).cast(nw.Int64)
    return chosen([(word.is_in(each), code) for code, each in said.items()], 0), odd
