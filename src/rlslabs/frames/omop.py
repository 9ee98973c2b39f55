"""OMOP CDM 5.4 `measurement` rows as a long table: concepts told, people joined; nothing of the input is written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw

from rlslabs.errors import FrameError
from rlslabs.frames.columns import check_there
from rlslabs.frames.join import Expression, chosen
from rlslabs.frames.scoring import opened, score_long
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


def score_omop(
    measurement: Any,  # noqa: ANN401  the caller's own table
    person: Any,  # noqa: ANN401  the same
    also: tuple[str, ...],
    prefix: str,
    choice: Choice,
) -> Any:  # noqa: ANN401  the same
    """The answers about measurements, a table of their own with `measurement_id`."""
    table = opened(measurement)
    names = table.collect_schema().names()
    check_there(dict.fromkeys(names), dict(zip(_NEEDED, _NEEDED, strict=True)))
    columns: dict[str, Expression] = {
        "measurement_id": nw.col("measurement_id"),
        "marker": nw.col("measurement_concept_id"),
        "value": nw.col("value_as_number"),
        "unit": _unit(names, choice),
    }
    if "operator_concept_id" in names:
        columns["comparator"] = _comparator()
    columns |= {role: nw.col(name) for role, name in _ENDS.items() if name in names}
    roles = {role: role for role in columns if role != "measurement_id"}
    chosen_columns = [each.alias(name) for name, each in columns.items()]
    if person is not None:
        check_there(dict.fromkeys(names), {"person": "person_id", "collected": "measurement_date"})
        chosen_columns += [nw.col("person_id"), nw.col("measurement_date").alias("collected")]
        table = _with_people(table.select(*chosen_columns), opened(person))
        roles |= {"sex": "sex", "born": "born", "collected": "collected"}
    else:
        table = table.select(*chosen_columns)
    given: Mapping[str, str | None] = roles
    scored = opened(score_long(table.to_native(), given, also, prefix, choice))
    kept = [name for name in scored.collect_schema().names() if name.startswith(prefix)]
    return scored.select("measurement_id", *kept).to_native()


def _unit(names: list[str], choice: Choice) -> Expression:
    """The unit of a concept; where it is not mapped, as the source writes it; where there is none, none."""
    concept = nw.col("unit_concept_id").cast(nw.Float64)
    cases: list[tuple[Expression, object]] = [(concept.is_null() | concept.is_nan(), None)]
    if "unit_source_value" in names:
        cases.append((concept == 0, nw.col("unit_source_value").cast(nw.String)))
    cases += [(concept == int(each), ucum) for each, ucum in unit_of_concept(choice.catalog).items()]
    return chosen(cases, "unmapped concept")


def _comparator() -> Expression:
    concept = nw.col("operator_concept_id").cast(nw.Float64)
    nothing = concept.is_null() | concept.is_nan() | (concept == 0)
    return chosen([(nothing, None), *((concept == each, sign) for each, sign in OPERATORS.items())], "unknown concept")


def _with_people(table: Any, person: Any) -> Any:  # noqa: ANN401  tables of narwhals
    """The rows with the sex and the date of birth of their person, in their order where there is one."""
    names = person.collect_schema().names()
    check_there(dict.fromkeys(names), {"person": "person_id", "sex": "gender_concept_id", "born": "birth_datetime"})
    if isinstance(table, nw.LazyFrame) != isinstance(person, nw.LazyFrame):
        happened = "One of measurement and person is lazy, and the other is not"
        raise FrameError(happened, "give two tables of one library")
    concept = nw.col("gender_concept_id").cast(nw.Float64)
    sex = chosen([(concept == each, word) for each, word in SEXES.items()], None).cast(nw.String)
    people = person.select("person_id", sex.alias("sex"), nw.col("birth_datetime").alias("born"))
    if isinstance(table, nw.LazyFrame):
        return table.join(people, on="person_id", how="left")
    joined = table.with_row_index("_row").join(people, on="person_id", how="left")
    if len(joined) != len(table):
        happened = "A person_id stands in more than one row of person"
        raise FrameError(happened, "give each person once", "", "person_id")
    return joined.sort("_row").drop("_row")
