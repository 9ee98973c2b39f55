"""OMOP measurements: read with their concepts, operators, units, ranges and people, and never written to."""

from __future__ import annotations

import importlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import polars as pl
import pytest

from rlslabs import frames, interpret
from rlslabs.errors import FrameError
from rlslabs.model import status_of
from tests.table_rows import answers, truth

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared data are not beside this checkout")
CODES = {3001122: "2276-4", 3002400: "2498-4", 3021044: "2500-7", 3000185: "2502-3"}
UNITS = {8748: "ug/L", 8837: "ug/dL", 8554: "%"}


@needs_data
def test_every_measurement_is_told_what_interpret_says() -> None:
    """The rows of a public example, in two libraries, each like one result of its person."""
    measurement, person = (pd.read_csv(DATA / f"omop_{name}.csv") for name in ("measurement", "person"))
    found = frames.score_omop(measurement, person)
    assert [*found.columns] == ["measurement_id", "rls_standard", "rls_optimal", "rls_status", "rls_issue"]
    assert found["measurement_id"].tolist() == measurement["measurement_id"].tolist()
    people = person.set_index("person_id")
    for row, told in zip(measurement.to_dict("records"), found.to_dict("records"), strict=True):
        one = people.loc[row["person_id"]]
        it = interpret(
            CODES[row["measurement_concept_id"]],
            row["value_as_number"],
            UNITS[row["unit_concept_id"]],
            sex={8507: "male", 8532: "female"}[int(one["gender_concept_id"])],
            born=str(one["birth_datetime"]),
            collected=str(row["measurement_date"]),
        )
        assert (told["rls_standard"], told["rls_optimal"], told["rls_status"]) == (
            it.standard.position,
            it.optimal.position,
            it.status,
        )
    same = frames.score_omop(pl.from_pandas(measurement), pl.from_pandas(person))
    assert same["rls_status"].to_list() == found["rls_status"].tolist()


def rows(**changes: Any) -> pl.DataFrame:  # noqa: ANN401  cells of any kind
    """Three measurements of ferritin."""
    columns: dict[str, Any] = {
        "measurement_id": [1, 2, 3],
        "measurement_concept_id": [3001122] * 3,
        "value_as_number": [25.0, 80.0, None],
        "unit_concept_id": [8842] * 3,
    }
    return pl.DataFrame({**columns, **changes}, strict=False)


def test_operators_ranges_and_unmapped_units_count() -> None:
    """An operator makes an interval, a range of the source wins, and a unit that is not mapped is read as written."""
    found = frames.score_omop(rows(operator_concept_id=[4171756, 4172704, None]), also=["comparator"])
    assert found["rls_comparator"].to_list() == ["<", ">", None]
    assert found["rls_optimal"].to_list() == ["below", "undecided", None]
    assert found["rls_issue"].to_list() == [None, None, "missing-value"]
    odd = frames.score_omop(rows(operator_concept_id=[1, 4172703, 0]))
    assert odd["rls_issue"].to_list() == ["comparator-conflict", None, "missing-value"]
    ranged = frames.score_omop(rows(range_low=[30.0, None, None], range_high=[400.0, None, None]))
    assert ranged["rls_standard"].to_list() == ["below", "within", None]
    units = frames.score_omop(
        rows(unit_concept_id=[0, 0, None], unit_source_value=["ng/mL", "furlong", None], value_as_number=[80.0] * 3)
    )
    assert units["rls_issue"].to_list() == [None, "unknown-unit", "missing-unit"]
    assert frames.score_omop(rows(unit_concept_id=[0, 1, 8842], value_as_number=[80.0] * 3))["rls_issue"].to_list() == [
        "unknown-unit",
        "unknown-unit",
        None,
    ]


def test_a_lazy_measurement_table_stays_lazy() -> None:
    """The engine joins the people and judges; a table of another kind beside it is refused."""
    person = pl.DataFrame({"person_id": [7], "gender_concept_id": [8532], "birth_datetime": [pl.datetime(1970, 1, 1)]})
    dated = rows(person_id=[7, 7, 8]).with_columns(measurement_date=pl.date(2020, 1, 1))
    person = pl.DataFrame({"person_id": [7], "gender_concept_id": [8532]}).with_columns(
        birth_datetime=pl.datetime(1970, 1, 1)
    )
    found = frames.score_omop(dated.lazy(), person.lazy())
    assert isinstance(found, pl.LazyFrame)
    assert found.collect().sort("measurement_id").equals(frames.score_omop(dated, person))
    with pytest.raises(FrameError, match="lazy, and the other is not"):
        frames.score_omop(dated.lazy(), person)
    with pytest.raises(FrameError, match="more than one row of person"):
        frames.score_omop(dated, pl.concat([person, person]))


def test_a_column_that_omop_has_must_be_there() -> None:
    """The error names it."""
    with pytest.raises(FrameError, match="unit_concept_id"):
        frames.score_omop(rows().drop("unit_concept_id"))


CHILD = {"person_id": 7, "gender_concept_id": 8532}
BIRTHS: list[dict[str, Any]] = [
    {"year_of_birth": 2015},
    {"year_of_birth": 2002},
    {"year_of_birth": 2001},
    {"year_of_birth": 1980},
    {"year_of_birth": 1969},
    {"year_of_birth": 1969, "month_of_birth": 2},
    {"year_of_birth": 1969, "month_of_birth": 6},
    {"year_of_birth": 1969, "month_of_birth": 12},
    {"year_of_birth": 2020},
    {"year_of_birth": 2020, "month_of_birth": 5, "day_of_birth": 30},
    {"year_of_birth": 2020, "month_of_birth": 5, "day_of_birth": 32},
    {"year_of_birth": 2019, "month_of_birth": 6, "day_of_birth": 2},
    {"year_of_birth": 2002, "month_of_birth": 0, "day_of_birth": 0},
    {"year_of_birth": 2002, "month_of_birth": 13, "day_of_birth": 1},
    {"year_of_birth": 2002, "month_of_birth": 6, "day_of_birth": 0},
    {"year_of_birth": 2021},
    {"year_of_birth": 1880},
    {"year_of_birth": 2001, "birth_datetime": datetime(2012, 5, 1)},  # noqa: DTZ001  OMOP's have no zone
    {"year_of_birth": None},
]
COLLECTED = date(2020, 6, 1)


def possible_ages(birth: dict[str, Any]) -> list[dict[str, Any]]:
    """What a birth says of the age at collection: a date of birth, or every number of completed years."""
    if birth.get("birth_datetime"):
        return [{"born": birth["birth_datetime"]}]
    year, month, day = (birth.get(f"{part}_of_birth") for part in ("year", "month", "day"))
    if year is None:
        return [{}]
    month = month if month in range(1, 13) else None  # 0 is what some write where they know none
    if month and day and day in range(1, 32):
        return [{"born": date(year, month, day)}]
    months = [month] if month else range(1, 13)
    ages = {2020 - year - ((each, last) > (COLLECTED.month, COLLECTED.day)) for each in months for last in (1, 28)}
    return [{"age": max(age, 0) if max(ages) >= 0 else age} for age in sorted(ages)]


def expected(marker: str, value: float, birth: dict[str, Any]) -> tuple[str | None, ...]:
    """What `interpret` says of every age that a birth leaves open, where it says the same of all."""
    row = {"marker": marker, "value": value, "unit": "ug/L" if marker == "ferritin" else "ug/dL", "sex": "F"}
    told = {truth({**row, "collected": COLLECTED, **age}) for age in possible_ages(birth)}
    refused = [each for each in told if each[2] is None]
    if len(told) == 1 or refused:
        return (refused or [*told])[0]
    standards, optimals = {each[0] for each in told}, {each[1] for each in told}
    standard, optimal = (each.pop() if len(each) == 1 else "undecided" for each in (standards, optimals))
    return standard, optimal, status_of(standard, optimal), next((each[3] for each in told if each[3]), None)  # type: ignore[arg-type]  # places


def births() -> tuple[pl.DataFrame, pl.DataFrame, list[tuple[str | None, ...]]]:
    """Measurements, a person for each birth, and what each row is to be told."""
    people = pl.DataFrame(
        [{"person_id": number, "gender_concept_id": 8532, **birth} for number, birth in enumerate(BIRTHS)],
        schema={
            "person_id": pl.Int64,
            "gender_concept_id": pl.Int64,
            "year_of_birth": pl.Int32,
            "month_of_birth": pl.Int32,
            "day_of_birth": pl.Int32,
            "birth_datetime": pl.Datetime,
        },
    )
    asked = [
        (number, concept, value)
        for concept, value in ((3001122, 40.0), (3001122, 12.0), (3001122, 200.0), (3001122, 500.0), (3002400, 100.0))
        for number in range(len(BIRTHS))
    ]
    table = pl.DataFrame(
        {
            "measurement_id": range(len(asked)),
            "person_id": [each[0] for each in asked],
            "measurement_date": [COLLECTED] * len(asked),
            "measurement_concept_id": [each[1] for each in asked],
            "value_as_number": [each[2] for each in asked],
            "unit_concept_id": [8748 if each[1] == 3001122 else 8837 for each in asked],
        }
    )
    names = {3001122: "ferritin", 3002400: "iron"}
    return table, people, [expected(names[marker], value, BIRTHS[number]) for number, marker, value in asked]


@pytest.mark.parametrize("library", ["polars", "pandas", "arrow", "polars lazy"])
def test_a_birth_that_is_not_known_to_the_day_is_every_age_that_it_leaves_open(library: str) -> None:
    """A child known by the year is no adult; who may be on both sides of an age is undecided where that matters."""
    table, people, told = births()
    assert {"undecided", "no-range", "below-optimal", "low", None} <= {each[2] for each in told}
    made: Any = {
        "polars": lambda one: one,
        "pandas": lambda one: one.to_pandas(),
        "arrow": lambda one: one.to_arrow(),
        "polars lazy": lambda one: one.lazy(),
    }[library]
    found: Any = frames.score_omop(made(table), made(people), also=["hl7", "standard_population", "issues", "value"])
    if library == "polars lazy":
        found = found.collect()
    columns = found.to_pydict() if library == "arrow" else {name: [*found[name]] for name in found.columns}
    assert answers(columns) == told
    assert columns["measurement_id"] == [*range(len(told))]


UNREAD = (None, None, None, "not-read-by-engine")


@pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")
@pytest.mark.parametrize("library", ["duckdb", "ibis", "dask"])
def test_an_engine_says_of_a_birth_what_an_eager_table_says_or_that_it_did_not_read_it(library: str) -> None:
    """Ages that are open are judged where all of them are judged alike; Dask reads everything."""
    dd: Any = importlib.import_module("dask.dataframe")
    table, people, told = births()
    made: Any = {
        "duckdb": lambda one: duckdb.from_arrow(one.to_arrow()),
        "ibis": lambda one: ibis.memtable(one.to_arrow()),
        "dask": lambda one: dd.from_pandas(one.to_pandas(), npartitions=2),
    }[library]
    found: Any = frames.score_omop(made(table), made(people))
    fetched = {"duckdb": "to_arrow_table", "ibis": "to_pyarrow", "dask": "compute"}[library]
    collected = getattr(found, fetched)()
    plain = pl.from_pandas(collected) if library == "dask" else pl.DataFrame(collected)
    columns = plain.sort("measurement_id").to_dict(as_series=False)
    assert columns["measurement_id"] == [*range(len(told))]
    answered = answers(columns)
    read = [each for each in zip(answered, told, strict=True) if each[0] != UNREAD]
    assert all(each == other for each, other in read)
    assert len(read) == len(told) if library == "dask" else len(told) // 2 < len(read) < len(told)


def test_a_person_who_stands_there_twice_is_judged_by_neither_row() -> None:
    """An eager table is refused; a lazy one is refused when it is collected, or says so in the row, and gains none."""
    table, people, _ = births()
    twice = pl.concat([people, people[:1]])
    with pytest.raises(FrameError, match="more than one row of person"):
        frames.score_omop(table, twice)
    with pytest.raises((FrameError, pl.exceptions.ComputeError), match="more than one row of person"):
        frames.score_omop(table.lazy(), twice.lazy()).collect()
    found = frames.score_omop(duckdb.from_arrow(table.to_arrow()), duckdb.from_arrow(twice.to_arrow())).pl()
    assert found.height == table.height
    first = table.filter(pl.col("person_id") == 0)["measurement_id"]
    assert {*found.filter(pl.col("measurement_id").is_in(first.to_list()))["rls_issue"]} == {"not-read-by-engine"}


def test_measurements_keep_their_order_and_their_index_beside_people() -> None:
    """Polars in the order of the rows, eager and lazy; pandas with its index."""
    table, people, _ = births()
    mixed = table.sample(fraction=1, shuffle=True, seed=3)
    lazy = frames.score_omop(mixed.lazy(), people.lazy()).collect()
    assert lazy["measurement_id"].to_list() == mixed["measurement_id"].to_list()
    assert lazy.equals(frames.score_omop(mixed, people))
    indexed = mixed.to_pandas()
    indexed.index = pd.Index([*range(10, 10 * len(mixed) + 10, 10)])
    found = frames.score_omop(indexed, people.to_pandas())
    assert found.index.equals(indexed.index)
    assert found["measurement_id"].tolist() == mixed["measurement_id"].to_list()


def test_a_unit_that_is_not_mapped_is_read_as_the_source_writes_it() -> None:
    """A saturation without a concept, in a unit that contradicts it, is not taken for a percentage."""
    columns: dict[str, Any] = {"measurement_concept_id": [3000185] * 3, "unit_concept_id": [None] * 3}
    found = frames.score_omop(
        rows(**columns, value_as_number=[30.0] * 3, unit_source_value=["umol/L", "%", ""]), also=["issues"]
    )
    assert found["rls_issue"].to_list() == ["unknown-unit", None, "percent-assumed"]


def test_people_and_measurements_that_do_not_go_together_are_one_error() -> None:
    """Ids of two types, tables of two libraries, concepts and years in text, and no birth at all."""
    table, people, _ = births()
    text = pl.String
    for measurement, person, words in (
        (table, people.with_columns(pl.col("person_id").cast(text)), "The person_id is Int64"),
        (table, people.to_pandas(), "of two libraries"),
        (table.with_columns(pl.col("unit_concept_id").cast(text)), people, "unit_concept_id.* is to hold numbers"),
        (table.with_columns(operator_concept_id=pl.lit("<")), people, "operator_concept_id.* is to hold numbers"),
        (table, people.with_columns(pl.col("year_of_birth").cast(text)), "year_of_birth.* is to hold numbers"),
        (table, people.drop("year_of_birth", "birth_datetime"), 'no column "year_of_birth"'),
    ):
        with pytest.raises(FrameError, match=words):
            frames.score_omop(measurement, person)
    without = frames.score_omop(table, people.drop("birth_datetime"))
    assert without.height == table.height


@pytest.mark.parametrize(("one", "other"), [(pl.Float64, pl.Int64), (pl.Int32, pl.Int64), (pl.Int64, pl.UInt32)])
@pytest.mark.parametrize("library", ["polars", "pandas", "arrow"])
def test_the_ids_of_people_are_numbers_of_whatever_type(library: str, one: Any, other: Any) -> None:  # noqa: ANN401  types
    """Whole numbers with blanks are floats in pandas, and files have narrow ones: the same person is found."""
    table, people, told = births()
    made: Any = {"polars": lambda each: each, "pandas": lambda each: each.to_pandas(), "arrow": pl.DataFrame.to_arrow}
    given = (table.with_columns(pl.col("person_id").cast(one)), people.with_columns(pl.col("person_id").cast(other)))
    found = frames.score_omop(*map(made[library], given))
    columns = found.to_pydict() if library == "arrow" else {name: [*found[name]] for name in found.columns}
    assert answers(columns) == told


def test_an_engine_reads_no_age_from_a_day_that_never_comes() -> None:
    """A collection at infinity leaves a child no adult: the row says that it was not read."""
    measurement = duckdb.from_arrow(rows(person_id=[1, 1, 1], value_as_number=[25.0, 80.0, 400.0]).to_arrow()).project(
        "*, CAST('infinity' AS DATE) AS measurement_date"
    )
    person = duckdb.sql("SELECT 1 AS person_id, 8532 AS gender_concept_id, 2015 AS year_of_birth")
    assert {each[-1] for each in frames.score_omop(measurement, person).fetchall()} == {"not-read-by-engine"}
    named: dict[str, Any] = {"marker": "m", "value": "v", "unit": "u", "born": "b", "collected": "c"}
    for born, collected in (("infinity", "2020-01-01"), ("2015-01-01", "infinity")):
        facts = f"CAST('{born}' AS DATE) AS b, CAST('{collected}' AS DATE) AS c"
        row: Any = duckdb.sql(f"SELECT 'ferritin' AS m, 60.0 AS v, 'ng/mL' AS u, {facts}")
        assert frames.score(row, **named).fetchall()[0][-1] == "not-read-by-engine"


@pytest.mark.parametrize("without", [["birth_datetime"], ["month_of_birth", "day_of_birth"], ["year_of_birth"]])
def test_an_engine_needs_no_more_of_a_birth_than_stands_there(without: list[str]) -> None:
    """Only a year, only a moment, or year, month and day: read, or not read, and never read otherwise."""
    table, people, _ = births()
    few = people.drop(without)
    eager = answers(frames.score_omop(table, few).to_dict(as_series=False))
    found = frames.score_omop(duckdb.from_arrow(table.to_arrow()), duckdb.from_arrow(few.to_arrow())).pl()
    told = answers(found.sort("measurement_id").to_dict(as_series=False))
    read = [each for each in zip(told, eager, strict=True) if each[0] != UNREAD]
    assert all(each == other for each, other in read)
    assert len(read) > len(eager) // 3


def of_the_year(year: int, collected: object, value: float | None) -> dict[str, Any]:
    """What a row says of a person of whom only the year of birth is known."""
    person = pl.DataFrame({"person_id": [1], "gender_concept_id": [8532], "year_of_birth": [year]})
    table = pl.DataFrame(
        {
            "measurement_id": [1],
            "person_id": [1],
            "measurement_date": [collected],
            "measurement_concept_id": [3001122],
            "value_as_number": pl.Series([value], dtype=pl.Float64),
            "unit_concept_id": [8748],
        }
    )
    (row,) = frames.score_omop(table, person).rows(named=True)
    return row


def test_a_year_of_birth_alone_leaves_an_adult_an_adult_and_nothing_a_value() -> None:
    """Of an adult no age is in doubt; where no value stands, or no date can be read, the row says so."""
    assert of_the_year(1960, COLLECTED, 38.0)["rls_status"] == "below-optimal"
    assert of_the_year(2002, COLLECTED, None)["rls_issue"] == "missing-value"
    assert of_the_year(1960, "soon", 38.0)["rls_issue"] == "unreadable-date"


def test_an_empty_column_of_concepts_holds_no_words() -> None:
    """A file in which nobody has an operator gives a column of text without any."""
    empty = rows().with_columns(operator_concept_id=pl.lit(None, pl.String))
    assert frames.score_omop(empty).equals(frames.score_omop(rows()))
