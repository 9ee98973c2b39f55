"""A synthetic cohort as the `person` and `measurement` tables of OMOP CDM 5.4, as far as a cohort fills them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rlslabs.catalog import builtin
from rlslabs.synthetic.flat import table
from rlslabs.synthetic.mess import Mess, Row
from rlslabs.synthetic.people import Drawn
from rlslabs.synthetic.truth import facts_beside
from rlslabs.units import fold

_OPERATORS = {"<": "4171756", ">": "4172704"}
_GENDERS = {"female": "8532", "male": "8507", None: "0"}
"""OMOP concepts of operators and sexes, from the knowledge base; those of codes and units are in the catalog."""

_NOTHING = "0"
"""The concept of what nobody says: race and ethnicity, which no person of a cohort has."""

_LAB = "32856"
"""The type concept of a result that came from a laboratory.

Source: OHDSI ETL-LambdaBuilder, Optum Clinformatics, Lab_Results: "Set to 32856 (Lab)".
"""

BLANKS = ("value", "unit")
"""What can be left empty in a measurement: CDM 5.4 wants a date in each, and sex and birth stand with the person."""


def write_omop(out: Path, rows: Iterable[tuple[Mess, Drawn]]) -> list[Path]:
    """A folder with both tables, each with every column that CDM 5.4 says is never empty."""
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "person.csv", out / "measurement.csv"]
    with ExitStack() as opened:
        add_person, add = (table(opened.enter_context(each.open("w", encoding="utf-8", newline=""))) for each in files)
        last = 0
        for mess, drawn in rows:
            if drawn.person != last:
                add_person(_person(drawn))
                last = drawn.person
            add(_measurement(mess.row, drawn))
    return files


def _person(drawn: Drawn) -> Row:
    born = drawn.born
    return {
        "person_id": str(drawn.person),
        "gender_concept_id": _GENDERS[drawn.sex],
        "year_of_birth": str(born.year),
        "month_of_birth": str(born.month),
        "day_of_birth": str(born.day),
        "birth_datetime": f"{born}T00:00:00",
        "race_concept_id": _NOTHING,
        "ethnicity_concept_id": _NOTHING,
    }


def facts_of_measurement(row: Mapping[str, str], drawn: Drawn) -> dict[str, Any]:
    """What a measurement says: its concept, its number, its range; sex and birth from the person, no pregnancy."""
    told = _measurement(row, drawn)
    known = told["measurement_concept_id"] != "0"
    return {
        **facts_beside(row, drawn),
        "marker": row["loinc"] if known else told["measurement_concept_id"],
        "value": told["value_as_number"],
        "comparator": row["value"][:1] if told["operator_concept_id"] else None,
        "range": f"{told['range_low']}-{told['range_high']}" if told["range_low"] else None,
        "pregnant": None,
        "decimal_mark": ".",
    }


def _measurement(row: Mapping[str, str], drawn: Drawn) -> Row:
    value = row["value"]
    operator = _OPERATORS.get(value[:1], "")
    number = value[1:] if operator else value
    marker = builtin().markers[drawn.marker]
    code = next((each.omop for each in marker.loinc if each.code == row["loinc"]), None)
    unit = marker.spellings.get(fold(row["unit"]))
    low, _, high = row["range"].partition("-")
    return {
        "measurement_id": row["row"],
        "person_id": row["patient"],
        "measurement_concept_id": str(code or 0),
        "measurement_date": row["collected"],
        "measurement_type_concept_id": _LAB,
        "operator_concept_id": operator,
        "value_as_number": "" if "," in number else number,
        "unit_concept_id": str((unit and unit.omop) or 0) if row["unit"] else "",
        "range_low": low,
        "range_high": high,
        "measurement_source_value": row["loinc"],
        "unit_source_value": row["unit"],
        "value_source_value": value,
    }
