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

from rlslabs.errors import FrameError, ImplausibleValueError, LabsError, shown
from rlslabs.frames.fields import Field
from rlslabs.frames.join import Expression, Said, beside, chosen, told
from rlslabs.frames.native import UNREAD, Kept, marker_codes, no_code, read_numbers, unit_codes
from rlslabs.frames.people import age_edges
from rlslabs.frames.persons import is_there, person_codes
from rlslabs.frames.steps import Form, kindred, shared_steps
from rlslabs.frames.verdict import REFUSED, Asked, Choice, Verdict, converted, judge, marker_named

_USUAL = 1.0
_SPREAD = (0.5, 60.0, 300.0)
"""Values of which every marker in each of our units has at least one that is judged, if any is."""
_COLUMNS = ("pair", "kind", "number", "sign", "person", "refused", "key", "verdict")
_COMPARATORS = (None, "<", "<=", ">", ">=")


class Wanted(NamedTuple):
    """What is wanted of every row: fields behind a prefix, by one choice of sets.

    A row in which one of the columns `ends` holds anything has a printed range, which the engine does not read.
    """

    fields: tuple[Field, ...]
    prefix: str
    choice: Choice
    ends: tuple[str, ...] = ()


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


_JUDGED = -1


class _Kind(NamedTuple):
    """A marker in a unit, or that there is none; where every value is refused for that, the number of the refusal."""

    asked: Asked | None
    refused: int = _JUDGED


class _Pairs(NamedTuple):
    """The kinds that markers and units ask for, and the kind of each pair of them.

    First come those that are judged, then those whose unit refuses every value, then those without a marker.
    """

    kinds: list[_Kind]
    kind: list[int]
    judged: int
    marked: int


def _pairs(markers: Sequence[object], units: Sequence[object], verdicts: _Verdicts, choice: Choice) -> _Pairs:
    alike: tuple[dict[object, _Kind], ...] = ({}, {}, {})
    placed: list[tuple[int, object]] = []
    for marker, unit in product(markers, units):
        asked = Asked(marker=marker, unit=unit)
        try:
            choice.catalog.find(marker_named(marker, choice.catalog))
        except LabsError as error:
            number = verdicts.refused(UNREAD if marker == UNREAD else error.code)
            placed.append((2, number))
            alike[2].setdefault(number, _Kind(None, number))
            continue
        refused = _refused_whatever(asked, choice)
        if unit == UNREAD or refused is not None:
            number = verdicts.refused(UNREAD) if refused is None or unit == UNREAD else verdicts.add(refused)
            placed.append((1, number))
            alike[1].setdefault(number, _Kind(asked, number))
            continue
        kin = kindred(asked, Form(), choice)
        placed.append((0, kin))
        alike[0].setdefault(kin, _Kind(asked))
    first = (0, len(alike[0]), len(alike[0]) + len(alike[1]))
    numbers = [{key: first[group] + place for place, key in enumerate(kinds)} for group, kinds in enumerate(alike)]
    kinds = [kind for each in alike for kind in each.values()]
    return _Pairs(kinds, [numbers[group][key] for group, key in placed], first[1], first[2])


@lru_cache(maxsize=1 << 14)
def _refused_whatever(asked: Asked, choice: Choice) -> Verdict | None:
    """The refusal of every value beside these facts, or `None` where some are judged.

    A unit that is accepted is asked at every step: in one of a clinic's own all usual numbers may be too large.
    """
    verdict = judge(asked, _USUAL, choice)
    if verdict.status is not None or any(judge(asked, each, choice) != verdict for each in _SPREAD):
        return None
    if kindred(asked, Form(), choice) is None:
        return verdict
    every = shared_steps(asked, Form(), choice).verdicts
    return verdict if all(each.status is None for each in every) else None


def _judged(
    table: nw.LazyFrame[Any], pairs: _Pairs, pair: Expression, roles: Mapping[str, str], plan: _Plan
) -> nw.LazyFrame[Any]:
    kept, verdicts, (fields, prefix, choice, ends) = plan
    schema = table.collect_schema()
    original = schema.names()
    _refuse_names(table, original)
    name = {each: f"{prefix}_{each}" for each in _COLUMNS}
    number, sign, value_refused = read_numbers(roles, schema, choice, kept, verdicts.refused)
    signed = _has_signs(roles, schema)
    people, person, person_refused, contradicted = person_codes(
        roles, schema, age_edges(choice), kept, verdicts.refused
    )
    signs = _COMPARATORS if signed else _COMPARATORS[:1]
    table = kept.made(table).with_columns(
        pair.alias(name["pair"]),
        number.alias(name["number"]),
        sign.alias(name["sign"]),
        person.alias(name["person"]),
        (no_code() if person_refused is None else person_refused).alias(name["refused"]),
    )
    table = told(table, name["pair"], [Said(name["kind"], pairs.kind, nw.Int64)])
    kind, value = nw.col(name["kind"]), nw.col(name["number"])
    key = (kind * len(people) + nw.col(name["person"])) * len(signs) + nw.col(name["sign"])
    limits = _limits(pairs.kinds, people, signs, verdicts, choice)
    table, found = _found(table.with_columns(key.alias(name["key"])), limits, name["key"], value, prefix)
    table = table.with_columns(found.alias(name["verdict"]))
    found = nw.col(name["verdict"])
    refusals = [] if person_refused is None else [nw.col(name["refused"])]
    if signed or contradicted is not None or ends:  # else the table itself refuses whatever is no sound number
        printed = [(_stands(each, schema), verdicts.refused(UNREAD)) for each in ends]
        refusals.append(chosen([(kind >= pairs.marked, found), *printed], None).cast(nw.Int64))
        refusals.append(value_refused(value, nw.col(name["sign"])))
        refusals.append(chosen([(kind >= pairs.judged, found)], None).cast(nw.Int64))
        if contradicted is not None:  # which comes after what nobody has had
            implausible = verdicts.refused(ImplausibleValueError.code)
            refusals += [chosen([(found == implausible, found)], None).cast(nw.Int64), contradicted]
    if refusals:
        table = table.with_columns(nw.coalesce(*refusals, found).alias(name["verdict"]))
    said = [
        Said(f"{prefix}{each.name}", verdicts.of(place), nw.Float64 if each.number else nw.String, each.categories)
        for place, each in enumerate(fields)
    ]
    table = told(table, name["verdict"], said)
    scaled = [(nw.col(f"{prefix}{each.name}") * value).alias(f"{prefix}{each.name}") for each in fields if each.scaled]
    if scaled:
        table = table.with_columns(*scaled)
    return table.select(*original, *(each.name for each in said))


def _stands(name: str, schema: Mapping[str, Any]) -> Expression:
    """Whether a row holds anything in this column."""
    return is_there(name) if schema[name].is_numeric() else ~nw.col(name).is_null()


def _has_signs(roles: Mapping[str, str], schema: Mapping[str, Any]) -> bool:
    """Whether a comparator can stand anywhere."""
    kind = schema[roles["value"]]
    return "comparator" in roles or not kind.is_numeric() or bool(kind.is_decimal())


class _Row(NamedTuple):
    """What a missing value is told, the limits in rising order, and what the values between them are told."""

    missing: int
    starts: list[float]
    between: list[int]


def _limits(
    kinds: Sequence[_Kind], people: Sequence[Asked], signs: Sequence[str | None], verdicts: _Verdicts, choice: Choice
) -> list[_Row]:
    """A row for every kind, person and comparator, in the order of their keys; all have as many limits."""
    made: dict[object, _Row] = {}
    found: list[_Row] = []
    for kind, person in product(kinds, people):
        whose, alike = _whose(kind, person, choice)
        for sign in signs:
            if (alike, sign) not in made:
                made[alike, sign] = _row(kind, whose._replace(comparator=sign), verdicts, choice)
            found.append(made[alike, sign])
    most = max((row.starts for row in found), key=len)
    for _, starts, between in made.values():
        if not starts:
            starts.extend(most)
        between.extend([between[-1]] * (len(most) + 1 - len(between)))
        starts.extend([math.inf] * (len(most) - len(starts)))
    return found


def _whose(kind: _Kind, person: Asked, choice: Choice) -> tuple[Asked, object]:
    """What is asked of a kind for a person, and what tells it from others; where all is refused, nobody's."""
    if kind.asked is None or kind.refused != _JUDGED:
        return kind.asked or Asked(), kind
    asked = person._replace(marker=kind.asked.marker, unit=kind.asked.unit)
    return asked, _kin(asked, choice) or asked


@lru_cache(maxsize=1 << 15)
def _kin(asked: Asked, choice: Choice) -> tuple[object, ...] | None:
    """What a row shares with all that have the same steps; made once for the next plan."""
    return kindred(asked, Form(), choice)


def _row(kind: _Kind, asked: Asked, verdicts: _Verdicts, choice: Choice) -> _Row:
    """The row of a kind; the refusal of a unit has the number that the kind says."""
    if kind.asked is None:
        return _Row(kind.refused, [], [kind.refused])
    every = shared_steps(asked, Form(), choice)
    usual = None if kind.refused == _JUDGED else judge(kind.asked, _USUAL, choice)
    between = [kind.refused if each == usual else verdicts.add(each) for each in every.verdicts]
    return _Row(verdicts.add(every.missing), [*every.starts], between)


def _found(
    table: nw.LazyFrame[Any], limits: Sequence[_Row], key: str, value: Expression, prefix: str
) -> tuple[nw.LazyFrame[Any], Expression]:
    """The table beside its limits, and the number of the verdict on every value.

    What is the same for all keys is written into the expression, and is not joined to each row.
    """
    columns: dict[str, list[Any]] = {}

    def column(name: str, values: Sequence[Any]) -> Expression:
        if values.count(values[0]) == len(values):
            return nw.lit(values[0])
        columns[f"{prefix}_{name}"] = [*values]
        return nw.col(f"{prefix}_{name}")

    missing, *others = zip(*((row.missing, *row.starts, *row.between) for row in limits), strict=True)
    many = len(limits[0].starts)
    starts = [column(f"from{place}", each) for place, each in enumerate(others[:many])]
    between = [column(f"slot{place}", each) for place, each in enumerate(others[many:])]
    nothing = column("missing", missing)
    table = beside(table, {key: [*range(len(limits))], **columns}, key)
    return table, nw.when(value.is_null() | value.is_nan()).then(nothing).otherwise(_halved(value, starts, between))


def _halved(value: Expression, starts: Sequence[Expression], between: Sequence[Expression]) -> Expression:
    """What a value is told between rising limits: of many few are compared with it, by halves."""
    if not starts:
        return between[0]
    half = len(starts) // 2
    lower = _halved(value, starts[:half], between[: half + 1])
    return nw.when(value < starts[half]).then(lower).otherwise(_halved(value, starts[half + 1 :], between[half + 1 :]))
