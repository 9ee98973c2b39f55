"""A synthetic cohort written out: the export, and beside it the truth of every row."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random

from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.edges import plain_result
from rlslabs.reported import Patient
from rlslabs.synthetic.mess import Mess, messed, plain_row
from rlslabs.synthetic.people import Drawn, draw_cohort
from rlslabs.synthetic.wire import write_fhir, write_hl7v2, write_parquet
from rlslabs.units import fold

Row = dict[str, str]
Pair = tuple[Mess, Drawn]

_OPERATORS = {"<": "4171756", ">": "4172704"}
_GENDERS = {"female": "8532", "male": "8507"}
"""OMOP concepts of operators and sexes, from the knowledge base; those of codes and units are in the catalog."""


def write_sample(
    out: Path, *, patients: int, seed: int, format_: str = "csv", rates: Mapping[str, float] | None = None
) -> list[Path]:
    """Write a cohort and its truth, and name the files.

    The truth names, for each row, the value and unit before anything was done to it, the status, and what was done.
    Nothing in it depends on the format.

    Args:
        out: The file to write; for `omop` a folder with `person.csv` and `measurement.csv`, for `fhir` one with
            `Patient.ndjson` and `Observation.ndjson`.
        patients: How many people.
        seed: What the cohort is drawn from; the same seed gives the same files.
        format_: One of `FORMATS`.
        rates: How often each kind of mess happens to a row, from 0 to 1, by the names in `MESS`.

    Raises:
        MissingExtraError: The format is `parquet`, and pyarrow is not installed.
    """
    catalog = builtin()
    rows = list(_rows(patients, seed, rates or {}, catalog))
    files = FORMATS[format_](out, rows)
    truth = out / "truth.jsonl" if out.is_dir() else out.with_name(f"{out.name}.truth.jsonl")
    lines = [json.dumps(_truth(each, catalog)) for each in rows]
    truth.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return [*files, truth]


def _rows(patients: int, seed: int, rates: Mapping[str, float], catalog: Catalog) -> Iterator[Pair]:
    random = Random(f"{seed}/mess")
    number = 0
    for drawn in draw_cohort(patients, seed):
        for mess in messed(plain_row(drawn, number, catalog), drawn, rates, random, catalog):
            number += 1
            mess.row["row"] = str(number)
            yield mess, drawn


def _truth(pair: Pair, catalog: Catalog) -> dict[str, object]:
    mess, drawn = pair
    result = plain_result(drawn.marker, drawn.value, drawn.unit, None, drawn.collected)
    it = classify(result, Patient(sex=drawn.sex, born=drawn.born, pregnant=False), catalog=catalog)
    value = {"marker": drawn.marker, "value": f"{drawn.value:f}", "unit": drawn.unit}
    return {"row": int(mess.row["row"]), "patient": drawn.person, **value, "status": it.status, "done": mess.done}


def _csv(out: Path, rows: Iterable[Pair]) -> list[Path]:
    return [_write(out, [mess.row for mess, _ in rows])]


def _omop(out: Path, rows: Iterable[Pair]) -> list[Path]:
    """The `person` and `measurement` tables of OMOP CDM 5.4, as far as a cohort fills them."""
    out.mkdir(parents=True, exist_ok=True)
    catalog = builtin()
    people: dict[int, Row] = {}
    measured = []
    for mess, drawn in rows:
        born = drawn.born
        people[drawn.person] = {
            "person_id": str(drawn.person),
            "gender_concept_id": _GENDERS[drawn.sex],
            "year_of_birth": str(born.year),
            "month_of_birth": str(born.month),
            "day_of_birth": str(born.day),
            "birth_datetime": f"{born}T00:00:00",
        }
        measured.append(_measurement(mess.row, drawn, catalog))
    return [_write(out / "person.csv", people.values()), _write(out / "measurement.csv", measured)]


def _measurement(row: Row, drawn: Drawn, catalog: Catalog) -> Row:
    value = row["value"]
    operator = _OPERATORS.get(value[:1], "")
    number = value[1:] if operator else value
    marker = catalog.markers[drawn.marker]
    code = next((each.omop for each in marker.loinc if each.code == row["loinc"]), None)
    unit = marker.spellings.get(fold(row["unit"]))
    return {
        "measurement_id": row["row"],
        "person_id": row["patient"],
        "measurement_concept_id": str(code or 0),
        "measurement_date": row["collected"],
        "operator_concept_id": operator,
        "value_as_number": "" if "," in number else number,
        "unit_concept_id": str((unit and unit.omop) or 0) if row["unit"] else "",
        "range_low": "",
        "range_high": "",
        "measurement_source_value": row["loinc"],
        "unit_source_value": row["unit"],
        "value_source_value": value,
    }


def _write(path: Path, rows: Iterable[Row]) -> Path:
    every = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(every[0]) if every else ["row"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(every)
    return path


FORMATS: dict[str, Callable[[Path, list[Pair]], list[Path]]] = {
    "csv": _csv,
    "omop": _omop,
    "parquet": write_parquet,
    "fhir": write_fhir,
    "hl7v2": write_hl7v2,
}
"""What a cohort can be written as; another format is one more function from rows to files."""
