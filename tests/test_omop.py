"""OMOP measurements: read with their concepts, operators, units, ranges and people, and never written to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from rlslabs import frames, interpret
from rlslabs.errors import FrameError

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
