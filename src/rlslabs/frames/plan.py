"""Lazy tables: one small table of limits, joined once, and comparisons that the engine itself makes; no Python in it.

The small table holds the steps that `interpret` gave. What the engine cannot read as `interpret` would is not judged:
its row says `not-read-by-engine`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw

from rlslabs.errors import FrameError, LabsError, shown
from rlslabs.frames.fields import Field
from rlslabs.frames.join import Expression, chosen, joined, told
from rlslabs.frames.native import (
    UNREAD,
    Kept,
    marker_codes,
    read_numbers,
    unit_codes,
)
from rlslabs.frames.people import age_edges
from rlslabs.frames.persons import is_there, person_codes
from rlslabs.frames.steps import Form, Steps, kindred, shared_steps
from rlslabs.frames.verdict import REFUSED, Asked, Choice, Verdict, converted, judge, marker_named

_SMALLEST, _LARGEST = 1e-30, 1e31
_USUAL = 1.0
_SPREAD = (0.5, 60.0, 300.0)
"""Values of which some marker in some unit has at least one: what refuses all of them refuses every value."""
_COLUMNS = ("pair", "number", "sign", "person", "refused", "key", "verdict")
_COMPARATORS = (None, "<", "<=", ">", ">=")


class Wanted(NamedTuple):
    """What is wanted of every row: fields behind a prefix, by one choice of sets.

    A row in which one of the columns `ends` holds anything has a printed range, which the engine does not read.
    """

    fields: tuple[Field, ...]
    prefix: str
    choice: Choice
    ends: tuple[str, ...] = ()


class Limits(NamedTuple):
    """The small table: for each key the limits in rising order, and the verdict between every two."""

    keys: list[int]
    starts: list[list[float]]
    verdicts: list[list[int]]


class _Verdicts:
    """The verdicts of a plan by number, as far as the wanted fields tell them apart."""

    def __init__(self, fields: Sequence[Field], choice: Choice) -> None:
        self._fields, self._choice = fields, choice
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, verdict: Verdict) -> int:
        verdict = converted(verdict, self._choice)
        told = tuple(getattr(verdict, each.takes) for each in self._fields)
        return self._known.setdefault(told, len(self._known))

    def refused(self, code: str) -> int:
        """The number of a refusal."""
        return self.add(REFUSED._replace(issue=code, issues=code))

    def of(self, place: int) -> list[Any]:
        """What each verdict says in one field, in the order of their numbers."""
        return [told[place] for told in self._known]


def plan_long(table: nw.LazyFrame[Any], roles: Mapping[str, str], wanted: Wanted) -> Any:  # noqa: ANN401  the caller's own table
    """The plan that judges a lazy long table."""
    _refuse_unplanned(roles)
    choice = wanted.choice
    verdicts, kept = _Verdicts(wanted.fields, choice), Kept(wanted.prefix)
    markers, marker = marker_codes(roles["marker"], table.collect_schema(), kept, choice)
    units, unit = unit_codes(roles.get("unit"), kept, choice)
    pair = marker * len(units) + unit
    pairs = _pairs(markers, units, verdicts, choice)
    return _judged(table, pairs, pair, roles, _Plan(kept, verdicts, wanted)).to_native()


def plan_column(
    table: nw.LazyFrame[Any], column: str, said: tuple[str, str], roles: Mapping[str, str], wanted: Wanted
) -> nw.LazyFrame[Any]:
    """The plan that judges one column of a lazy wide table, all of one marker in one unit."""
    _refuse_unplanned(roles)
    verdicts = _Verdicts(wanted.fields, wanted.choice)
    pairs = _pairs([said[0]], [said[1]], verdicts, wanted.choice)
    plan = _Plan(Kept(wanted.prefix), verdicts, wanted)
    return _judged(table, pairs, nw.lit(0), {**roles, "value": column}, plan)


class _Plan(NamedTuple):
    """What a plan gathers while it is made."""

    kept: Kept
    verdicts: _Verdicts
    wanted: Wanted


def _refuse_unplanned(roles: Mapping[str, str]) -> None:
    """Refuse facts that no engine reads as they are read here."""
    for role in ("range", "low", "high"):
        if role in roles:
            happened = f"The report's own range in {roles[role]} is not read by the engine of a lazy table"
            raise FrameError(happened, "collect the rows that have one and score them by themselves", role, roles[role])


def _refuse_names(table: nw.LazyFrame[Any], names: Sequence[str]) -> None:
    """Refuse the names that Spark takes for paths into a column."""
    path = next((each for each in names if "." in each or "`" in each), None)
    if path is not None and table.implementation is nw.Implementation.PYSPARK:
        happened = f"Spark takes the name of the column {shown(path)} for a path into another"
        raise FrameError(happened, "rename it without dots", "", path)


class _Pairs(NamedTuple):
    """What marker and unit ask: the kinds that are judged, and of each pair its kind or its refusal."""

    kinds: list[Asked]
    kind: list[int | None]
    no_marker: list[int | None]
    no_unit: list[int | None]


def _pairs(markers: Sequence[object], units: Sequence[object], verdicts: _Verdicts, choice: Choice) -> _Pairs:
    pairs = [*product(markers, units)]
    found = _Pairs([], [None] * len(pairs), [None] * len(pairs), [None] * len(pairs))
    alike: dict[object, int] = {}
    for place, (marker, unit) in enumerate(pairs):
        asked = Asked(marker=marker, unit=unit)
        try:
            choice.catalog.find(marker_named(marker, choice.catalog))
        except LabsError as error:
            found.no_marker[place] = verdicts.refused(UNREAD if marker == UNREAD else error.code)
            continue
        refused = _refused_whatever(asked, choice)
        if unit == UNREAD:
            found.no_unit[place] = verdicts.refused(UNREAD)
        elif refused is not None:
            found.no_unit[place] = verdicts.add(refused)
        else:
            kind = found.kind[place] = alike.setdefault(kindred(asked, Form(), choice), len(found.kinds))
            if kind == len(found.kinds):
                found.kinds.append(asked)
    return found


@lru_cache(maxsize=1 << 14)
def _refused_whatever(asked: Asked, choice: Choice) -> Verdict | None:
    """The refusal of every value beside these facts, or `None` where some are judged."""
    verdict = judge(asked, _USUAL, choice)
    same = verdict.status is None and all(judge(asked, each, choice) == verdict for each in _SPREAD)
    return verdict if same else None


def _judged(
    table: nw.LazyFrame[Any], pairs: _Pairs, pair: Expression, roles: Mapping[str, str], plan: _Plan
) -> nw.LazyFrame[Any]:
    kept, verdicts, (fields, prefix, choice, ends) = plan
    schema = table.collect_schema()
    original = schema.names()
    _refuse_names(table, original)
    name = {each: f"{prefix}_{each}" for each in (*_COLUMNS, *_Pairs._fields[1:])}
    number, sign, value_refused = read_numbers(roles, schema, choice, kept, verdicts.refused)
    people, person, person_refused, contradicted = person_codes(
        roles, schema, age_edges(choice), kept, verdicts.refused
    )
    signs = _COMPARATORS if _has_signs(roles, schema) else _COMPARATORS[:1]
    table = kept.made(table).with_columns(
        pair.alias(name["pair"]),
        number.alias(name["number"]),
        sign.alias(name["sign"]),
        person.alias(name["person"]),
        person_refused.alias(name["refused"]),
    )
    for asks in _Pairs._fields[1:]:
        table = told(table, name["pair"], getattr(pairs, asks), (nw.Int64, None), name[asks])
    value = nw.col(name["number"])
    refusals = [
        nw.col(name["refused"]),
        nw.col(name["no_marker"]),
        chosen([(_stands(each, schema), verdicts.refused(UNREAD)) for each in ends], None).cast(nw.Int64),
        value_refused(value, nw.col(name["sign"])),
        nw.col(name["no_unit"]),
        contradicted,
    ]
    key = (nw.col(name["kind"]) * len(people) + nw.col(name["person"])) * len(signs) + nw.col(name["sign"])
    table = table.with_columns(key.alias(name["key"]), nw.coalesce(*refusals).alias(name["refused"]))
    limits = _limits(pairs.kinds, people, signs, verdicts, choice)
    table, starts, slots = joined(table, limits.keys, limits.starts, limits.verdicts, key=name["key"], prefix=prefix)
    steps_of = zip(starts, slots, strict=False)
    found = chosen([(value < nw.col(start), nw.col(slot)) for start, slot in steps_of], nw.col(slots[-1]))
    table = table.with_columns(nw.coalesce(nw.col(name["refused"]), found).alias(name["verdict"]))
    for place, each in enumerate(fields):
        kinds = (nw.Float64 if each.number else nw.String, each.categories)
        table = told(table, name["verdict"], verdicts.of(place), kinds, f"{prefix}{each.name}")
    scaled = [(nw.col(f"{prefix}{each.name}") * value).alias(f"{prefix}{each.name}") for each in fields if each.scaled]
    if scaled:
        table = table.with_columns(*scaled)
    return table.select(*original, *(f"{prefix}{each.name}" for each in fields))


def _stands(name: str, schema: Mapping[str, Any]) -> Expression:
    """Whether a row holds anything in this column."""
    return is_there(name) if schema[name].is_numeric() else ~nw.col(name).is_null()


def _has_signs(roles: Mapping[str, str], schema: Mapping[str, Any]) -> bool:
    """Whether a comparator can stand anywhere."""
    kind = schema[roles["value"]]
    return "comparator" in roles or not kind.is_numeric() or bool(kind.is_decimal())


def _limits(
    kinds: Sequence[Asked],
    people: Sequence[Asked],
    signs: Sequence[str | None],
    verdicts: _Verdicts,
    choice: Choice,
) -> Limits:
    """The small table of every kind, person and comparator; zero is a step of its own."""
    found = Limits([], [], [])
    for key, (kind, person, sign) in enumerate(product(kinds, people, signs)):
        asked = person._replace(marker=kind.marker, unit=kind.unit, comparator=sign)
        starts, numbers = _between(shared_steps(asked, Form(), choice), verdicts)
        found.keys.append(key)
        found.starts.append(starts)
        found.verdicts.append(numbers)
    most = max((len(each) for each in found.starts), default=0)
    for starts, numbers in zip(found.starts, found.verdicts, strict=True):
        numbers.extend([numbers[-1]] * (most - len(starts)))
        starts.extend([math.inf] * (most - len(starts)))
    return found


def _between(every: Steps, verdicts: _Verdicts) -> tuple[list[float], list[int]]:
    """The steps of the values that can be measured: zero, and whatever is not too small or too large."""
    starts, numbers = [_SMALLEST], [verdicts.add(_at(every, 0.0)), verdicts.add(_at(every, _SMALLEST))]
    for start, verdict in zip(every.starts, every.verdicts[1:], strict=True):
        if _SMALLEST < start < _LARGEST:
            starts.append(start)
            numbers.append(verdicts.add(verdict))
    return starts, numbers


def _at(every: Steps, value: float) -> Verdict:
    return every.verdicts[sum(value >= start for start in every.starts)]
