"""OMOP CDM 5.4 `measurement` rows as a long table: concepts told, people joined; nothing of the input is written to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw

from rlslabs.errors import FrameError, shown
from rlslabs.frames.attach import attach
from rlslabs.frames.births import PARTS, judge_births, planned
from rlslabs.frames.columns import check_roles, check_there
from rlslabs.frames.join import Expression, chosen
from rlslabs.frames.parts import by_parts, is_parted
from rlslabs.frames.plan import Wanted, plan_long
from rlslabs.frames.scoring import fields, opened, score_long
from rlslabs.frames.verdict import Choice, unit_of_concept

OPERATORS = {4172703: None, 4171756: "<", 4172704: ">", 4171754: "<=", 4171755: ">="}
"""The concepts of `operator_concept_id`; any other is refused row by row.

Source: OMOP CDM 5.4, measurement.
"""

SEXES = {8507: "male", 8532: "female"}
"""The concepts of `gender_concept_id`; any other sex is unknown.

Source: OMOP CDM 5.4, person.
"""

_NEEDED = ("measurement_id", "measurement_concept_id", "value_as_number", "unit_concept_id")
_ENDS = {"low": "range_low", "high": "range_high"}
_BIRTH = dict(zip(PARTS, ("year_of_birth", "month_of_birth", "day_of_birth"), strict=True))
_CONCEPTS = ("measurement_concept_id", "unit_concept_id", "operator_concept_id")
_ROWS = "rows of the person"


def score_omop(
    measurement: Any,  # noqa: ANN401  the caller's own table
    person: Any,  # noqa: ANN401  the same
    also: tuple[str, ...],
    prefix: str,
    choice: Choice,
) -> Any:  # noqa: ANN401  the same
    """The answers about measurements, a table of their own with `measurement_id`."""
    table = opened(measurement)
    schema = table.collect_schema()
    names = schema.names()
    check_there(dict.fromkeys(names), dict(zip(_NEEDED, _NEEDED, strict=True)))
    _check_numbers(table, _CONCEPTS)
    columns: dict[str, Expression] = {
        "measurement_id": nw.col("measurement_id"),
        "marker": nw.col("measurement_concept_id"),
        "value": nw.col("value_as_number"),
        "unit": _unit(names, choice),
    }
    if "operator_concept_id" in names:
        columns["comparator"] = _comparator()
    columns |= {role: nw.col(name) for role, name in _ENDS.items() if name in names}
    roles: dict[str, str | None] = {role: role for role in columns if role != "measurement_id"}
    chosen_columns = [each.alias(name) for name, each in columns.items()]
    if person is None:
        scored = opened(_scored(table.select(*chosen_columns).to_native(), roles, (also, prefix, choice)))
    else:
        check_there(dict.fromkeys(names), {"person": "person_id", "collected": "measurement_date"})
        chosen_columns += [nw.col("person_id"), nw.col("measurement_date").alias("collected")]
        joined, parts = _with_people(table.select(*chosen_columns), opened(person))
        roles |= {"sex": "sex", "collected": "collected"}
        if "born" in joined.collect_schema().names():
            roles["born"] = "born"
        scored = opened(_scored_with_people(joined.to_native(), roles, parts, (also, prefix, choice)))
    kept = [name for name in scored.collect_schema().names() if name.startswith(prefix)]
    return scored.select("measurement_id", *kept).to_native()


def _scored(native: Any, roles: Mapping[str, str | None], wanted: tuple[tuple[str, ...], str, Choice]) -> Any:  # noqa: ANN401  a table of any library
    """Measurements, judged; an engine does not read rows that have a range of their own."""
    also, prefix, choice = wanted
    table = None if is_parted(native) else opened(native)
    if not isinstance(table, nw.LazyFrame):
        return score_long(native, roles, also, prefix, choice)
    ends = tuple(role for role in _ENDS if role in roles)
    named = check_roles(table, {role: name for role, name in roles.items() if role not in ends}, prefix)
    return plan_long(table, named, Wanted(fields(also), prefix, choice, ends))


def _scored_with_people(
    native: Any,  # noqa: ANN401  a table of any library
    roles: Mapping[str, str | None],
    parts: set[str],
    wanted: tuple[tuple[str, ...], str, Choice],
) -> Any:  # noqa: ANN401  the same
    """Measurements beside what is known of their people, judged."""
    if is_parted(native):
        return by_parts(native, partial(_scored_with_people, roles=roles, parts=parts, wanted=wanted))
    also, prefix, choice = wanted
    table = opened(native)
    if isinstance(table, nw.LazyFrame):
        born = nw.col("born") if "born" in roles else None
        dated, age = planned(born, parts, nw.col(_ROWS) > 1, choice)
        table = table.with_columns(dated.alias("born"), age.alias("age"))
        return _scored(table.to_native(), {**roles, "born": "born", "age": "age"}, wanted)
    if len(table) and (table[_ROWS].max() or 0) > 1:
        happened = "A person_id stands in more than one row of person"
        raise FrameError(happened, "give each person once", "", "person_id")
    named = check_roles(table, roles, prefix)
    return attach(table, *judge_births(table, named, fields(also), choice), prefix)


def _check_numbers(table: Any, names: Iterable[str]) -> None:  # noqa: ANN401  a table of narwhals
    """Refuse a column of concepts, years, months or days that holds something else; an empty one holds nothing else.

    Raises:
        FrameError: It names the column.
    """
    schema = table.collect_schema()
    for name in names:
        kind = schema.get(name)
        if kind is None or kind.is_numeric() or kind == nw.Unknown:
            continue
        if isinstance(table, nw.LazyFrame) or table[name].null_count() < len(table):
            happened = f"The column {shown(name)} is to hold numbers, and holds {kind}"
            raise FrameError(happened, "cast it to whole numbers", name, name)


def _unit(names: list[str], choice: Choice) -> Expression:
    """The unit of a concept; where it is not mapped, as the source writes it; where there is none, none."""
    concept = nw.col("unit_concept_id").cast(nw.Float64)
    nothing = concept.is_null() | concept.is_nan()
    cases: list[tuple[Expression, object]] = [(nothing, None)]
    if "unit_source_value" in names:
        cases = [(nothing | (concept == 0), nw.col("unit_source_value").cast(nw.String))]
    cases += [(concept == int(each), ucum) for each, ucum in unit_of_concept(choice.catalog).items()]
    return chosen(cases, "unmapped concept")


def _comparator() -> Expression:
    concept = nw.col("operator_concept_id").cast(nw.Float64)
    nothing = concept.is_null() | concept.is_nan() | (concept == 0)
    return chosen([(nothing, None), *((concept == each, sign) for each, sign in OPERATORS.items())], "unknown concept")


def _with_people(table: Any, person: Any) -> tuple[Any, set[str]]:  # noqa: ANN401  tables of narwhals
    """The rows with the sex and the birth of their person, in their order where there is one, and what births say.

    How many rows a person has stands in a column of its own.
    """
    schema, theirs = table.collect_schema(), person.collect_schema()
    check_there(theirs, {"person": "person_id", "sex": "gender_concept_id"})
    if "birth_datetime" not in theirs:
        check_there(theirs, {"birth": "year_of_birth"})
    if isinstance(table, nw.LazyFrame) != isinstance(person, nw.LazyFrame):
        happened = "One of measurement and person is lazy, and the other is not"
        raise FrameError(happened, "give two tables of one library")
    if table.implementation is not person.implementation:
        happened = "The tables of measurement and person are of two libraries"
        raise FrameError(happened, "give two tables of one library")
    ids = [one["person_id"] for one in (schema, theirs)]
    if ids[0] != ids[1]:
        if not all(one.is_numeric() for one in ids):
            happened = f"The person_id is {ids[0]} in measurement and {ids[1]} in person"
            raise FrameError(happened, "cast them to one type", "", "person_id")
        one_type = nw.col("person_id").cast(nw.Int64 if all(one.is_integer() for one in ids) else nw.Float64)
        table, person = (each.with_columns(one_type) for each in (table, person))
    parts = {name: each for name, each in _BIRTH.items() if each in theirs}
    _check_numbers(person, ("gender_concept_id", *parts.values()))
    concept = nw.col("gender_concept_id").cast(nw.Float64)
    sex = chosen([(concept == each, word) for each, word in SEXES.items()], None).cast(nw.String)
    said = {"sex": sex, **{name: nw.col(each) for name, each in parts.items()}}
    if "birth_datetime" in theirs:
        said["born"] = nw.col("birth_datetime")
    people = person.select("person_id", *(each.alias(name) for name, each in said.items()))
    people = people.group_by("person_id").agg(nw.len().alias(_ROWS), *(nw.col(name).min() for name in said))
    if table.implementation is nw.Implementation.POLARS:
        both: Any = table.to_native().join(people.to_native(), on="person_id", how="left", maintain_order="left")
        return nw.from_native(both), {*parts}
    if isinstance(table, nw.LazyFrame):
        return table.join(people, on="person_id", how="left"), {*parts}
    joined = table.with_row_index("_row").join(people, on="person_id", how="left").sort("_row").drop("_row")
    index = nw.maybe_get_index(table)
    return joined if index is None else nw.from_native(joined.to_native().set_axis(index)), {*parts}
