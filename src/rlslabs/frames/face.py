"""The calls of `rlslabs.frames`; the library that reads tables is loaded when a table comes."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from rlslabs.catalog import Catalog, builtin
from rlslabs.errors import FrameError, MissingExtraError, WrongTypeError, shown
from rlslabs.frames.tally import Summary, summed
from rlslabs.frames.verdict import Asked, Choice, issue_of
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue

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
    wide: Mapping[str, tuple[str, str]] | None = None,
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
    engines = _engines()
    choice = _chosen(catalog, standard, optimal, strict=strict, decimal_mark=decimal_mark)
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
            frame, wide, roles, also=_names(also), prefix=prefix, choice=choice, findings=findings
        )
        return done
    if marker is None or value is None:
        happened = f"No column is named for the {'marker' if marker is None else 'value'}"
        raise FrameError(happened, "name marker= and value=, or the columns of a wide table in wide=")
    if findings:
        happened = "Findings rest on several results of one person, and a row here holds one"
        raise FrameError(happened, "give a wide table", shown(findings))
    scored: Table = engines.score_long(frame, roles, _names(also), prefix, choice)
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
    wide: Mapping[str, tuple[str, str]] | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
    decimal_mark: Literal[".", ","] | None = None,
    catalog: Catalog | None = None,
) -> tuple[Told, ...]:
    """The whole answer about some rows of a table, by their places from 0, in words and as data.

    The arguments are those of `score`. A wide table gives one answer for each of its columns. The labels of an index
    of pandas are no places: of a table that was filtered they may name other rows.

    Raises:
        FrameError: A column or a row is not there, or the table is lazy.
        UnknownSetError: There is no such set of ranges.
    """
    choice = _chosen(catalog, standard, optimal, strict=strict, decimal_mark=decimal_mark)
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
    engines = _engines()
    importlib.import_module("rlslabs.frames.wide").check_wide(wide or {})
    places = _places(rows, engines.height(scored))
    names = [*dict.fromkeys([*roles.values(), *(wide or {})])]
    told: list[Told] = []
    for place, row in zip(places, engines.picked(scored, places, names), strict=True):
        facts = {role: row[name] for role, name in roles.items() if role != "value"}
        if wide is None:
            told.append(Told(place, value, issue_of(Asked(**facts), row[value], choice)))
        for name, (analyte, said) in (wide or {}).items():
            asked = Asked(**{**facts, "marker": analyte, "unit": said})
            told.append(Told(place, name, issue_of(asked, row[name], choice)))
    return tuple(told)


def summary(scored: object, *, marker: str | None = None, unit: str | None = None, prefix: str = "rls_") -> Summary:
    """Count the rows of a scored long table by marker, status, issue and unit, and name what could be mended.

    A lazy table is counted by its own engine, and only the counts are fetched.

    Args:
        scored: A table that `score` has given back.
        marker: The column of the markers.
        unit: The column of the units.
        prefix: What the names of the columns of the answers begin with.

    Raises:
        FrameError: A column is not there.
    """
    return summed(_engines().groups(scored, marker, unit, prefix))


class Told(NamedTuple):
    """What is said of one value: the row, its column, and the interpretation or the issue for which it was refused."""

    row: int
    column: str | None
    answer: Interpretation | Issue

    def __str__(self) -> str:
        answer = self.answer
        return f"{answer.message} [{answer.code}]" if isinstance(answer, Issue) else str(answer.explanation)


def _chosen(
    catalog: object,
    standard: str | None,
    optimal: str | None,
    *,
    strict: object,
    decimal_mark: Literal[".", ","] | None = None,
) -> Choice:
    """What holds for every row, refused here once and not in each row.

    Raises:
        WrongTypeError: The catalog, `strict` or the decimal mark is none.
        UnknownSetError: There is no such set of ranges.
    """
    known = builtin() if catalog is None else catalog
    if not isinstance(known, Catalog) or not isinstance(strict, bool):
        happened = "The catalog is no Catalog, or strict no bool"
        raise WrongTypeError(happened, "give Catalog.load(folder), and True or False", shown(strict))
    if decimal_mark not in (None, ".", ","):
        happened = f"The decimal mark is {shown(decimal_mark)}"
        raise WrongTypeError(happened, "give . or , or leave it out", shown(decimal_mark))
    known.set("standard", standard)
    known.set("optimal", optimal)
    return Choice(known, standard, optimal, strict, decimal_mark)


def _names(also: Iterable[str]) -> tuple[str, ...]:
    """The names of more answers; one alone may stand there by itself.

    Raises:
        FrameError: They are no names.
    """
    if isinstance(also, str):
        return (also,)
    if not isinstance(also, Iterable):
        happened = f"The answers that are wanted besides are {shown(also)}"
        raise FrameError(happened, "give a list of their names, such as ['hl7']", shown(also))
    return tuple(also)


def _places(rows: Iterable[int], height: int | None) -> list[int]:
    """The places of rows, each in the table.

    Raises:
        FrameError: One is not.
    """
    places: list[Any] = [*rows] if isinstance(rows, Iterable) and not isinstance(rows, str) else [rows]
    for place in places:
        whole = hasattr(place, "__index__") and not isinstance(place, bool)
        if not whole or place < 0 or (height is not None and place >= height):
            happened = f"There is no row {shown(place)}"
            mend = "" if height is None else f" below {height}"
            raise FrameError(happened, f"name rows by whole numbers from 0{mend}", shown(place))
    return [int(place) for place in places]


def _engines() -> Any:  # noqa: ANN401  the module that knows narwhals
    """The module that judges tables, loaded when a table comes.

    Raises:
        MissingExtraError: narwhals or NumPy is not installed.
    """
    try:
        return importlib.import_module("rlslabs.frames.scoring")
    except ModuleNotFoundError as error:
        happened = f"{error.name} is not installed"
        raise MissingExtraError(happened, "install it with: pip install 'rlslabs[frames]'") from error


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
    _engines()
    omop = importlib.import_module("rlslabs.frames.omop")
    choice = _chosen(catalog, standard, optimal, strict=strict)
    done: Table = omop.score_omop(measurement, person, _names(also), prefix, choice)
    return done
