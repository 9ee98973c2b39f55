"""A synthetic cohort as software exchanges it: Parquet, FHIR as NDJSON, and HL7 v2 messages; the mess goes along."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from rlslabs import sent
from rlslabs.errors import MissingExtraError
from rlslabs.reported import Patient
from rlslabs.sent import LOINC, Json
from rlslabs.synthetic.mess import Mess
from rlslabs.synthetic.people import Drawn

Pair = tuple[Mess, Drawn]
Row = dict[str, str]

_NUMBER = re.compile(r"([<>]?)([0-9]+(?:\.[0-9]+)?)")
"""A value that is sent as a number; any other, such as one with a decimal comma, is sent as text."""


def write_parquet(out: Path, rows: Iterable[Pair]) -> list[Path]:
    """The rows of the CSV export as one Parquet file, every column text, as it was written.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        happened = "pyarrow is not installed"
        raise MissingExtraError(happened, "in a clone, pip install '.[files]'", "files") from error
    parquet.write_table(arrow.Table.from_pylist([mess.row for mess, _ in rows]), out)
    return [out]


def write_fhir(out: Path, rows: Iterable[Pair]) -> list[Path]:
    """A folder as a bulk export has it, with a Patient for each person and an Observation for each row."""
    out.mkdir(parents=True, exist_ok=True)
    people: dict[int, Json] = {}
    observations = []
    for mess, drawn in rows:
        people[drawn.person] = sent.person(Patient(sex=drawn.sex, born=drawn.born), id_=str(drawn.person))
        observations.append(_observation(mess.row))
    return [_lines(out / "Patient.ndjson", people.values()), _lines(out / "Observation.ndjson", observations)]


def _observation(row: Row) -> Json:
    value, unit = row["value"], row["unit"]
    number = _NUMBER.fullmatch(value)
    given: Json = {}
    if number:
        compared = {"comparator": number[1]} if number[1] else {}
        given["valueQuantity"] = {"value": _number(number[2]), **compared, **({"unit": unit} if unit else {})}
    elif value:
        given["valueString"] = f"{value} {unit}".strip()
    if row["collected"]:
        given["effectiveDateTime"] = row["collected"]
    if row["range"]:
        given["referenceRange"] = [{"text": row["range"]}]
    return {
        "resourceType": "Observation",
        "id": row["row"],
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": row["loinc"]}]},
        "subject": {"reference": f"Patient/{row['patient']}"},
        **given,
    }


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _lines(path: Path, resources: Iterable[Json]) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in resources), encoding="utf-8")
    return path


def write_hl7v2(out: Path, rows: Iterable[Pair]) -> list[Path]:
    """One file of messages: one for the rows of a person that stand together and say the same day, sex and birth."""
    parts: list[str] = []
    for number, (_, group) in enumerate(groupby((mess.row for mess, _ in rows), _head), 1):
        same = list(group)
        first = same[0]
        born, day = (first[name].replace("-", "") for name in ("birth_date", "collected"))
        head = [
            sent.header(str(number)),
            f"PID|1||{first['patient']}||||{born}|{first['sex'][:1].upper()}",
            f"OBR|1|||LAB^Laboratory^L|||{day}",
        ]
        parts.append(sent.message([*head, *(_segment(row) for row in same)]))
    out.write_text("".join(parts), encoding="utf-8", newline="")
    return [out]


def _head(row: Row) -> tuple[str, ...]:
    return row["patient"], row["collected"], row["sex"], row["birth_date"]


def _segment(row: Row) -> str:
    number = _NUMBER.fullmatch(row["value"])
    kind, value = "ST", row["value"]
    if number:
        kind, value = ("SN", f"{number[1]}^{number[2]}") if number[1] else ("NM", number[2])
    return f"OBX|{row['row']}|{kind}|{row['loinc']}^{row['test']}^LN||{value}|{row['unit']}|{row['range']}||||F"
