"""One panel in every form: CSV, FHIR, HL7 v2 and OMOP give the same answers as the objects themselves."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Interpretation, LabResult, LabsError, Patient, fhir, frames, hl7v2, interpret, interpret_panel
from rlslabs.catalog import builtin
from rlslabs.panels import judge_sheet
from rlslabs.sheet import read_sheet

CODES = {"2276-4": "ng/mL", "2498-4": "ug/dL", "2500-7": "ug/dL", "2502-3": "%", "2132-9": "pg/mL", "1989-3": "ng/mL"}
TAKEN = date(2024, 5, 31)
VALUES = st.decimals(Decimal(1), Decimal(900), places=1, allow_nan=False)
Sent = dict[str, tuple[str, Decimal]]
RESULTS = st.dictionaries(
    st.sampled_from(sorted(CODES)), st.tuples(st.sampled_from(["", "<", ">"]), VALUES), min_size=1
)
PATIENTS = st.builds(
    Patient, sex=st.sampled_from(["female", "male"]), born=st.dates(date(1930, 1, 1), date(2020, 1, 1))
)


def answer(it: Interpretation) -> tuple[object, ...]:
    """What an answer says, without the form in which the result came."""
    places = tuple((place.position, place.limits, place.settled_by) for place in (it.standard, it.optimal))
    return it.marker, it.reading.words, it.reading.unit, it.status, it.hl7, places, it.assumptions


def by_object(results: Sent, patient: Patient) -> list[tuple[object, ...]]:
    """The panel of the objects."""
    given_ = [
        LabResult(marker=code, text=f"{sign}{value}", unit=CODES[code], collected=TAKEN)
        for code, (sign, value) in results.items()
    ]
    return [answer(it) for it in interpret_panel(given_, patient).interpretations]


def by_file(results: Sent, patient: Patient) -> list[tuple[object, ...]]:
    """The panel of a CSV file."""
    rows = [f"{code},{sign}{value},{CODES[code]}" for code, (sign, value) in results.items()]
    lines = [f"{row},{patient.sex},{patient.born},{TAKEN}" for row in rows]
    content = "\n".join(["loinc,value,unit,sex,born,collected", *lines]).encode()
    (only,) = judge_sheet(read_sheet(content), builtin(), {}).panels
    return [answer(it) for it in only.panel.interpretations]


def by_fhir(results: Sent, patient: Patient) -> list[tuple[object, ...]]:
    """The panel of a Bundle."""
    who = {"resourceType": "Patient", "id": "p", "gender": patient.sex, "birthDate": str(patient.born)}
    resources: list[dict[str, Any]] = [who]
    for code, (sign, value) in results.items():
        quantity = {"value": value, "unit": CODES[code], "system": "http://unitsofmeasure.org", "code": CODES[code]}
        resources.append(
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                "subject": {"reference": "Patient/p"},
                "effectiveDateTime": str(TAKEN),
                "valueQuantity": {**quantity, "comparator": sign} if sign else quantity,
            }
        )
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    (only,) = fhir.panels(bundle)
    assert only.panel is not None
    return [answer(it) for it in only.panel.interpretations]


def by_hl7(results: Sent, patient: Patient) -> list[tuple[object, ...]]:
    """The panel of an ORU^R01 message."""
    lines = [
        "MSH|^~\\&|LAB||||20240531||ORU^R01|1|P|2.5|||||||8859/1",
        f"PID|1||1||A^B||{patient.born:%Y%m%d}|{str(patient.sex)[0].upper()}",
        "OBR|1|||||20240531|20240531",
    ]
    lines += [
        f"OBX|{number}|{'SN' if sign else 'NM'}|{code}^^LN||{f'{sign}^' if sign else ''}{value}|{CODES[code]}|||||F"
        for number, (code, (sign, value)) in enumerate(results.items(), 1)
    ]
    (message,) = hl7v2.interpret("\r".join(lines))
    (only,) = message.panels
    return [answer(it) for it in only.interpretations]


CONCEPTS = {code.code: code.omop for marker in builtin().markers.values() for code in marker.loinc}
UNIT_CONCEPTS = {each.ucum: each.omop for marker in builtin().markers.values() for each in marker.accepts}
OPERATORS = {"": 4172703, "<": 4171756, ">": 4172704}


def by_omop(results: Sent, patient: Patient) -> list[tuple[object, ...]]:
    """The rows of a `measurement` table, each with its `person`."""
    measurement = pl.DataFrame(
        {
            "measurement_id": [*range(len(results))],
            "person_id": [1] * len(results),
            "measurement_concept_id": [CONCEPTS[code] for code in results],
            "measurement_date": [TAKEN] * len(results),
            "operator_concept_id": [OPERATORS[sign] for sign, _ in results.values()],
            "value_as_number": [float(value) for _, value in results.values()],
            "unit_concept_id": [UNIT_CONCEPTS[CODES[code]] for code in results],
        }
    )
    assert patient.born is not None
    sex = {"female": 8532, "male": 8507}[str(patient.sex)]
    born = datetime.combine(patient.born, time())
    person = pl.DataFrame({"person_id": [1], "gender_concept_id": [sex], "birth_datetime": [born]})
    scored = frames.score_omop(measurement, person, also=("hl7",))
    return scored.select("rls_standard", "rls_optimal", "rls_status", "rls_hl7", "rls_issue").rows()


@settings(max_examples=60)
@given(RESULTS, PATIENTS)
def test_every_measurement_of_omop_is_told_what_its_result_is_told(results: Sent, patient: Patient) -> None:
    """A row says of its result what the result alone says; concepts stand for codes, units, comparators and sexes."""
    told: list[tuple[object, ...]] = []
    for code, (sign, value) in results.items():
        try:
            it = interpret(code, f"{sign}{value}", CODES[code], sex=patient.sex, born=patient.born, collected=TAKEN)
        except LabsError as error:
            told.append((None, None, None, None, error.code))
            continue
        issue = it.issues[0].code if it.issues else None
        told.append((it.standard.position, it.optimal.position, it.status, " ".join(it.hl7) or None, issue))
    assert by_omop(results, patient) == told


@settings(max_examples=60)
@given(RESULTS, PATIENTS)
def test_every_form_of_a_panel_gives_the_same_answers(results: Sent, patient: Patient) -> None:
    """Places, limits, status, codes and assumptions are the same, however a result was sent."""
    expected = by_object(results, patient)
    assert by_file(results, patient) == expected
    assert by_fhir(results, patient) == expected
    assert by_hl7(results, patient) == expected
