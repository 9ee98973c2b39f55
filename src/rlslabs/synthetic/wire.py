"""A synthetic cohort as software exchanges it: FHIR as NDJSON, and HL7 v2 messages; the mess goes along."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from rlslabs import sent
from rlslabs.catalog import builtin
from rlslabs.sent import LOINC, UCUM, Json
from rlslabs.synthetic.mess import Mess, Row
from rlslabs.synthetic.people import Drawn
from rlslabs.synthetic.truth import facts_beside, facts_of

Pair = tuple[Mess, Drawn]

_NUMBER = re.compile(r"([<>]?)([0-9]+(?:\.[0-9]+)?)")
"""A value that is sent as a number; any other, such as one with a decimal comma, is sent as text."""

_RANGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)-([0-9]+(?:\.[0-9]+)?)")
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_LABORATORY = {"coding": [{"system": f"{_TERMINOLOGY}/observation-category", "code": "laboratory"}]}
_ABSENT = {"coding": [{"system": f"{_TERMINOLOGY}/data-absent-reason", "code": "unknown"}]}
REFUSED = {"missing-value": "fhir-data-absent"}
"""Of an Observation without a value: it has to say why there is none, and says that nobody knows."""


def write_fhir(out: Path, rows: Iterable[Pair]) -> list[Path]:
    """A folder as a bulk export has it: a Patient for each person, an Observation for each row, and for a pregnancy.

    The `id` of an Observation is the number of its row; that of a pregnancy, before the results of the day, is none.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "Patient.ndjson", out / "Observation.ndjson"]
    with files[0].open("w", encoding="utf-8") as people, files[1].open("w", encoding="utf-8") as observations:
        last = 0
        for mess, drawn in rows:
            name = str(drawn.person)
            if drawn.person != last:
                people.write(_line(sent.person(drawn.patient, id_=name)))
                stated = sent.pregnancy(drawn.patient, drawn.collected, subject=f"Patient/{name}")
                observations.writelines(_line({**each, "id": f"pregnancy-{name}"}) for each in stated if drawn.pregnant)
                last = drawn.person
            observations.write(_line(_observation(mess.row, drawn)))
    return files


def facts_of_observation(row: Mapping[str, str], drawn: Drawn) -> dict[str, Any]:
    """What an Observation says: a number in JSON has a decimal point; a text holds its unit."""
    said = facts_beside(row, drawn)
    if _NUMBER.fullmatch(row["value"]):
        return {**said, "decimal_mark": "."}
    return {**said, "value": f"{row['value']} {row['unit']}", "unit": None} if row["value"] else said


def _observation(row: Row, drawn: Drawn) -> Json:
    value, unit = row["value"], _unit(row["unit"], drawn)
    number, ends = _NUMBER.fullmatch(value), _RANGE.fullmatch(row["range"])
    given: Json = {}
    if number:
        compared = {"comparator": number[1]} if number[1] else {}
        given["valueQuantity"] = {"value": _number(number[2]), **compared, **unit}
    elif value:
        given["valueString"] = f"{value} {row['unit']}".strip()
    else:
        given["dataAbsentReason"] = _ABSENT
    if row["collected"]:
        given["effectiveDateTime"] = row["collected"]
    if ends:
        low, high = ({"value": _number(end), **unit} for end in ends.groups())
        given["referenceRange"] = [{"low": low, "high": high, "text": row["range"]}]
    return {
        "resourceType": "Observation",
        "id": row["row"],
        "status": "final",
        "category": [_LABORATORY],
        "code": {"coding": [{"system": LOINC, "code": row["loinc"]}]},
        "subject": {"reference": f"Patient/{row['patient']}"},
        **given,
    }


def _unit(written: str, drawn: Drawn) -> Json:
    """A unit as a quantity has it; with its code where it is written as UCUM writes it."""
    accepted = {each.ucum for each in builtin().markers[drawn.marker].accepts}
    coded = {"system": UCUM, "code": written} if written in accepted else {}
    return {"unit": written, **coded} if written else {}


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _line(resource: Json) -> str:
    return f"{json.dumps(resource)}\n"


def write_hl7v2(out: Path, rows: Iterable[Pair]) -> list[Path]:
    """One file of messages: one for the rows of a person that stand together and say the same day, sex and birth.

    A message is dated the day of its sample. The names of people are `Test^Person 1` and so on.
    """
    with out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(_message(number, [*same]) for number, same in _messages(rows))
    return [out]


def _message(number: int, same: Sequence[Pair]) -> str:
    first, drawn = same[0][0].row, same[0][1]
    born, day = (first[name].replace("-", "") for name in ("birth_date", "collected"))
    head = [
        sent.header(str(number), drawn.collected),
        f"PID|1||{first['patient']}||Test^Person {first['patient']}||{born}|{first['sex'][:1].upper()}",
        *([sent.PREGNANT_VISIT] if drawn.pregnant else []),
        sent.order(date.fromisoformat(first["collected"]) if day else None),
    ]
    return sent.message([*head, *(_segment(place, mess.row) for place, (mess, _) in enumerate(same, 1))])


def facts_of_segment(row: Mapping[str, str], _: Drawn) -> dict[str, Any]:
    """What an OBX segment says: a number of type NM or SN has a decimal point."""
    mark = "." if _NUMBER.fullmatch(row["value"]) else None
    return {**facts_of(row), "decimal_mark": mark}


def places(rows: Iterable[Pair]) -> Iterator[dict[str, int]]:
    """In which message (MSH-10) and segment (OBX-1) each row stands, told as soon as the row is there."""
    return ({"message": number, "obx": place} for number, same in _messages(rows) for place, _ in enumerate(same, 1))


def _messages(rows: Iterable[Pair]) -> Iterator[tuple[int, Iterator[Pair]]]:
    return ((number, same) for number, (_, same) in enumerate(groupby(rows, _head), 1))


def _head(pair: Pair) -> tuple[object, ...]:
    (row, *_), drawn = pair
    return *(row[name] for name in ("patient", "collected", "sex", "birth_date")), drawn.collected


def _segment(place: int, row: Row) -> str:
    number = _NUMBER.fullmatch(row["value"])
    kind, value = "ST", row["value"]
    if number:
        kind, value = ("SN", f"{number[1]}^{number[2]}") if number[1] else ("NM", number[2])
    return f"OBX|{place}|{kind}|{row['loinc']}^{row['analyte_name']}^LN||{value}|{row['unit']}|{row['range']}||||F"
