"""The calls of `rlslabs.frames`; the library that reads tables is loaded when a table comes."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Literal, TypeVar

from rlslabs.catalog import Catalog
from rlslabs.errors import FrameError
from rlslabs.frames.asking import chosen, engine, names_of, places_of, refuse_findings
from rlslabs.frames.tally import Summary, summed
from rlslabs.frames.telling import Told, Wide, tell, tell_together

Table = TypeVar("Table")


def score(
    frame: Table,
    *,
    marker: str | None = None,
    value: str | None = None,
    unit: str | None = None,
    comparator: str | None = None,
    range: str | None = None,  # noqa: A002  the field's own word
    low: str | None = None,
    high: str | None = None,
    sex: str | None = None,
    age: str | None = None,
    born: str | None = None,
    collected: str | None = None,
    pregnant: str | None = None,
    wide: Wide | None = None,
    findings: bool = False,
    also: Iterable[str] = (),
    prefix: str = "rls_",
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    decimal_mark: Literal[".", ","] | None = None,
    catalog: Catalog | None = None,
) -> Table:
    """Judge every row of a table, as `interpret` judges one result; each argument names a column.

    Long tables have one result a row. Wide tables have one column a marker: then `wide` says of each column which
    marker it holds in which unit, such as `{"ferritin_ng_ml": ("ferritin", "ng/mL")}`, and `marker`, `value`, `unit`
    are left out.

    Args:
        frame: A table of pandas, Polars (eager or lazy), PyArrow, DuckDB, Dask, PySpark, Ibis, Modin or cuDF.
        marker: Names, aliases, LOINC codes or OMOP concept ids.
        value: Numbers, or text such as `38`, `<5`, `5-10`, `38 ng/mL`.
        unit: Units as the laboratory writes them.
        comparator: `<`, `<=`, `>`, `>=`, where they stand apart from the value.
        range: The report's own range as text, such as `24-336`.
        low: The lower end of the report's own range.
        high: Its upper end.
        sex: `female`, `male` or their usual spellings; nothing is unknown.
        age: Completed years at collection, or text such as `5 mo`.
        born: Dates of birth, which with `collected` give the exact age.
        collected: When the samples were taken.
        pregnant: True or false, 1 or 0, or yes and no; nothing is unknown.
        wide: The columns of a wide table, each with its marker and unit.
        findings: For wide tables: also the derived saturation, findings and guideline criteria.
        also: More columns that are wanted of each verdict: `issues`, `hl7`, `comparator`, `marker`, `reported_unit`,
            `value`, `unit`, and `standard_` and `optimal_` each with `set`, `population`, `low`, `high`. Value and
            limits stand in `unit`.
        prefix: What the names of the new columns begin with.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        decimal_mark: `.` or `,` for values in text.
        catalog: Another catalog than our own.

    Returns:
        A table of the same kind with the same rows and columns, and the new columns `standard`, `optimal`, `status`
        and `issue` behind the prefix. A row that cannot be judged keeps its place: its places are null, and `issue`
        holds the code, `missing-value` where there is no value.

    Raises:
        FrameError: A column is not there, or cannot hold what it is said to hold.
        WrongTypeError: The catalog, `strict` or `decimal_mark` is none.
        MissingExtraError: narwhals or NumPy is not installed.
        UnknownSetError: There is no such set of ranges.
    """
    engines = engine()
    choice = chosen(catalog, standard, optimal, strict=strict, decimal_mark=decimal_mark)
    roles = {
        "marker": marker,
        "value": value,
        "unit": unit,
        "comparator": comparator,
        "range": range,
        "low": low,
        "high": high,
        "sex": sex,
        "age": age,
        "born": born,
        "collected": collected,
        "pregnant": pregnant,
    }
    if wide is not None:
        given = [
            name
            for name in ("marker", "value", "unit", "comparator", "range", "low", "high")
            if roles[name] is not None
        ]
        if given:
            happened = f"A wide table has no column for the {given[0]}"
            raise FrameError(happened, "say it in wide=, such as {'fer': ('ferritin', 'ng/mL')}", given[0])
        done: Table = engines.score_wide(
            frame, wide, roles, also=names_of(also), prefix=prefix, choice=choice, findings=findings
        )
        return done
    if marker is None or value is None:
        happened = f"No column is named for the {'marker' if marker is None else 'value'}"
        raise FrameError(happened, "name marker= and value=, or the columns of a wide table in wide=")
    refuse_findings(wide, findings=findings)
    scored: Table = engines.score_long(frame, roles, names_of(also), prefix, choice)
    return scored


def explain(
    scored: object,
    rows: Iterable[int],
    *,
    marker: str | None = None,
    value: str | None = None,
    unit: str | None = None,
    comparator: str | None = None,
    range: str | None = None,  # noqa: A002  the field's own word
    low: str | None = None,
    high: str | None = None,
    sex: str | None = None,
    age: str | None = None,
    born: str | None = None,
    collected: str | None = None,
    pregnant: str | None = None,
    wide: Wide | None = None,
    findings: bool = False,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    decimal_mark: Literal[".", ","] | None = None,
    catalog: Catalog | None = None,
) -> tuple[Told, ...]:
    """The whole answer about some rows of a table, by their places from 0, in words and as data.

    The arguments are those of `score`. A wide table gives one answer for each of its columns; with `findings` one more
    for each row, what its results say together. The labels of an index of pandas are no places: of a table that was
    filtered they may name other rows.

    Raises:
        FrameError: A column or a row is not there, or the table is lazy.
        UnknownSetError: There is no such set of ranges.
    """
    choice = chosen(catalog, standard, optimal, strict=strict, decimal_mark=decimal_mark)
    given = {
        "marker": marker,
        "value": value,
        "unit": unit,
        "comparator": comparator,
        "range": range,
        "low": low,
        "high": high,
        "sex": sex,
        "age": age,
        "born": born,
        "collected": collected,
        "pregnant": pregnant,
    }
    roles = {role: name for role, name in given.items() if name is not None}
    if wide is None and "value" not in roles:
        happened = "No column is named for the value"
        raise FrameError(happened, "name what score was given")
    refuse_findings(wide, findings=findings)
    engines = engine()
    importlib.import_module("rlslabs.frames.wide").check_wide(wide or {})
    places = places_of(rows, engines.height(scored))
    names = [*dict.fromkeys([*roles.values(), *(wide or {})])]
    told: list[Told] = []
    for place, row in zip(places, engines.picked(scored, places, names), strict=True):
        told += tell(place, row, roles, wide, choice)
        if findings:
            told.append(Told(place, None, tell_together(row, roles, wide or {}, choice)))
    return tuple(told)


def summary(
    scored: object,
    *,
    marker: str | None = None,
    unit: str | None = None,
    wide: Wide | None = None,
    prefix: str = "rls_",
) -> Summary:
    """Count the results of a scored table by marker, status, issue and unit, and name what could be mended.

    A lazy table is counted by its own engine, and only the counts are fetched.

    Args:
        scored: A table that `score` has given back.
        marker: The column of the markers.
        unit: The column of the units.
        wide: The columns of a wide table, each with its marker and unit, as `score` was given them; each is counted.
        prefix: What the names of the columns of the answers begin with.

    Raises:
        FrameError: A column is not there.
    """
    engines = engine()
    if wide is None:
        return summed(engines.groups(scored, marker, unit, prefix))
    importlib.import_module("rlslabs.frames.wide").check_wide(wide)
    return summed(engines.groups_of_columns(scored, wide, prefix))


def score_omop(
    measurement: Table,
    person: Table | None = None,
    *,
    also: Iterable[str] = (),
    prefix: str = "rls_",
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    catalog: Catalog | None = None,
) -> Table:
    """Judge the rows of an OMOP CDM 5.4 `measurement` table; the answers are a table of their own.

    `range_low` and `range_high` count as the laboratory's own range. Nothing is written into the input.

    Args:
        measurement: Rows with `measurement_id`, `measurement_concept_id`, `value_as_number`, `unit_concept_id`;
            `operator_concept_id`, `unit_source_value`, `range_low`, `range_high` are read where they are.
        person: Rows with `person_id`, `gender_concept_id`, and `birth_datetime` or `year_of_birth` with
            `month_of_birth` and `day_of_birth` where they are; then `measurement` has `person_id` and
            `measurement_date`. A birth known to the year or month is every age that it leaves open; where their places
            differ, the place is undecided.
        also: More columns that are wanted of each verdict, as in `score`.
        prefix: What the names of the new columns begin with.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        strict: Assume neither an adult nor that she is not pregnant.
        catalog: Another catalog than our own.

    Returns:
        A table of the same kind with `measurement_id` and the columns of `score`, a row for each measurement.

    Raises:
        FrameError: A column is not there, or the tables do not go together.
    """
    engine()
    omop = importlib.import_module("rlslabs.frames.omop")
    choice = chosen(catalog, standard, optimal, strict=strict)
    done: Table = omop.score_omop(measurement, person, names_of(also), prefix, choice)
    return done
