"""Results as a laboratory's software sends them: FHIR resources and HL7 v2 segments, written plainly and never read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from rlslabs.catalog import Catalog
from rlslabs.reported import LabResult, Patient, ReportedRange

Json = dict[str, Any]

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
SUBJECT = "Patient/patient"
FERRITIN_IN_BLOOD = "24373-3"
"""A look-alike that no marker is: not in serum or plasma."""
_PREGNANCY = "82810-3"
_ANSWERS = {True: ("LA15173-0", "Pregnant"), False: ("LA26683-5", "Not pregnant")}
"""LOINC's pregnancy status and its answers; source: US Core, International Patient Summary."""
_SEXES = {"female": "F", "male": "M", None: ""}
_NORMAL = {"system": "http://terminology.hl7.org/CodeSystem/referencerange-meaning", "code": "normal"}


def code_of(marker: str, unit: str, catalog: Catalog) -> str:
    """The first LOINC code of a marker that goes with a unit and leaves nothing of the analyte out."""
    kind = "moles" if "mol" in unit else "fraction" if unit in {"%", "1"} else "mass"
    return next(each.code for each in catalog.markers[marker].loinc if each.property == kind and each.partial is None)


def number(value: Decimal) -> int | float:
    """A number as JSON has it."""
    return int(value) if value == value.to_integral_value() else float(value)


# ---------------------------------------------------------------- FHIR


def quantity(value: Decimal, unit: str, comparator: str | None = None) -> Json:
    """A quantity with its unit in words and as a UCUM code."""
    compared = {} if comparator is None else {"comparator": comparator}
    return {"value": number(value), **compared, "unit": unit, "system": UCUM, "code": unit}


def observation(result: LabResult, catalog: Catalog, *, subject: str = SUBJECT) -> Json:
    """A result with a number, as an Observation in R4, R4B and R5."""
    value, unit, own = result.value, result.unit or "", result.range
    assert value is not None  # noqa: S101  the caller has a number
    resource: Json = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code_of(result.marker, unit, catalog)}]},
        "subject": {"reference": subject},
        **({} if result.collected is None else {"effectiveDateTime": result.collected.isoformat()}),
        "valueQuantity": quantity(value, unit, result.comparator),
    }
    if own is not None:
        ends = {name: getattr(own, name) for name in ("low", "high")}
        given = {name: quantity(end, own.unit or unit) for name, end in ends.items() if end is not None}
        resource["referenceRange"] = [{**given, "type": {"coding": [_NORMAL]}}]
    return resource


def person(patient: Patient, *, id_: str = "patient") -> Json:
    """A Patient, with what is known of sex and birth."""
    known = {"gender": patient.sex, "birthDate": None if patient.born is None else patient.born.isoformat()}
    return {"resourceType": "Patient", "id": id_, **{name: said for name, said in known.items() if said is not None}}


def pregnancy(patient: Patient, day: date | None, *, subject: str = SUBJECT) -> list[Json]:
    """An Observation of whether the patient is pregnant, where that is known."""
    if patient.pregnant is None:
        return []
    code, _ = _ANSWERS[patient.pregnant]
    stated = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": _PREGNANCY}]},
        "subject": {"reference": subject},
        "valueCodeableConcept": {"coding": [{"system": LOINC, "code": code}]},
    }
    return [stated if day is None else {**stated, "effectiveDateTime": day.isoformat()}]


def bundle(resources: Iterable[Json]) -> Json:
    """A collection of resources."""
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


# ---------------------------------------------------------------- HL7 v2


_SENT = date(2024, 1, 1)
PREGNANT_VISIT = f"PV1|1|O{'|' * 13}B6"
"""PV1 that says that the patient is pregnant."""


def header(control: str = "1", day: date = _SENT) -> str:
    """MSH of an ORU^R01 of version 2.5.1, in UTF-8, sent on a day."""
    return f"MSH|^~\\&|LAB||EHR||{day:%Y%m%d}||ORU^R01^ORU_R01|{control}|P|2.5.1||||||UNICODE UTF-8"


def whose(patient: Patient, identifier: str = "1") -> list[str]:
    """PID with birth and sex, and PV1 where the patient is pregnant."""
    born = "" if patient.born is None else f"{patient.born:%Y%m%d}"
    visit = [PREGNANT_VISIT] if patient.pregnant else []
    return [f"PID|1||{identifier}||||{born}|{_SEXES[patient.sex]}", *visit]


def not_pregnant() -> str:
    """OBX that says so."""
    code, words = _ANSWERS[False]
    return f"OBX|1|CWE|{_PREGNANCY}^Pregnancy status^LN||{code}^{words}^LN||||||F"


def order(day: date | None) -> str:
    """OBR with the day of collection, where it is known."""
    return f"OBR|1|||LAB^Laboratory^L|||{'' if day is None else f'{day:%Y%m%d}'}"


def printed(low: Decimal | None, high: Decimal | None, unit: str | None = None) -> ReportedRange:
    """A range of two ends or of one as text, with its unit where that is not the result's."""
    ends = f">= {low:f}" if high is None else f"<= {high:f}" if low is None else f"{low:f} - {high:f}"
    return ReportedRange(text=f"{ends}{'' if unit is None else f' {unit}'}")


def segment(result: LabResult, catalog: Catalog, *, set_id: int = 1, status: str = "F") -> str:
    """A result with a number, as OBX: NM, or SN where it has a comparator."""
    value, unit, own = result.value, result.unit or "", result.range
    assert value is not None  # noqa: S101  the caller has a number
    code = code_of(result.marker, unit, catalog)
    plain = f"{value:f}"
    kind, written = ("NM", plain) if result.comparator is None else ("SN", f"{result.comparator}^{plain}")
    range_ = "" if own is None else own.text or ""
    test = f"{code}^{catalog.markers[result.marker].name}^LN"
    return f"OBX|{set_id}|{kind}|{test}||{written}|{unit}^^UCUM|{range_}||||{status}"


def message(segments: Iterable[str]) -> str:
    """Segments as a message."""
    return "".join(f"{each}\r" for each in segments)
