"""FHIR read and judged: which results count, which are refused and why, whose they are, and by which printed range."""

from __future__ import annotations

import copy
import gzip
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import Interpretation, LabResult, Patient, fhir, interpret
from rlslabs.catalog import builtin
from rlslabs.fhir import Judged, Observed, judging
from rlslabs.fhir.systems import INTERPRETATION

Json = dict[str, Any]

DATA = Path(__file__).parents[2] / "shared" / "data"
official = pytest.mark.skipif(not DATA.exists(), reason="the official examples are not here")

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
CLINICAL = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"


def quantity(value: object, unit: object = "ng/mL", **more: object) -> Json:
    """A Quantity."""
    return {"value": value, **({} if unit is None else {"unit": unit}), **more}


def code(*codes: str, text: str | None = None, display: str | None = None, system: str | None = LOINC) -> Json:
    """A CodeableConcept."""
    coding = [
        {**({"system": system} if system else {}), "code": each, **({"display": display} if display else {})}
        for each in codes
    ]
    return {"coding": coding, **({"text": text} if text else {})}


def observation(**fields: object) -> Json:
    """A ferritin of 38 ng/mL; a field that is `None` is left out."""
    made = {
        "resourceType": "Observation",
        "status": "final",
        "code": code("2276-4"),
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": quantity(38),
        **fields,
    }
    return {name: part for name, part in made.items() if part is not None}


def bundle(*resources: Json, **fields: object) -> Json:
    """A Bundle of resources."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in resources],
        **fields,
    }


def patient(**fields: object) -> Json:
    """A woman of 52."""
    made = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1972-01-15", **fields}
    return {name: part for name, part in made.items() if part is not None}


def judged(*resources: Json, **options: Any) -> Judged:  # noqa: ANN401  the options of judge
    """The answer about the one result among the resources."""
    (answer,) = fhir.judge(list(resources) if len(resources) > 1 else resources[0], **options)
    return answer


def answer(*resources: Json, **options: Any) -> Interpretation:  # noqa: ANN401  the options of judge
    """The interpretation of the one result among the resources."""
    it = judged(*resources, **options).interpretation
    assert it is not None, judged(*resources, **options).issue
    return it


def refused(*resources: Json) -> str:
    """The code for which the one result was refused."""
    issue = judged(*resources).issue
    assert issue is not None
    return issue.code


def notices(*resources: Json) -> list[str]:
    """The codes of what is said of the one result that was read, beside that its patient is not at hand."""
    assert judged(*resources).interpretation is not None
    said = [each.code for each in judged(*resources).observed.notices]
    return [each for each in said if each != "patient-not-found"]


def of(*resources: Json) -> Observed:
    """The one result as it was read."""
    (observed,) = fhir.read(list(resources)).observed
    return observed


# ---------------------------------------------------------------- official examples


@official
def test_the_iron_of_the_official_bundle_is_judged_by_its_own_range() -> None:
    """All 14 are found in nested bundles and stand where their arithmetic says against 10-33; printed LL differs."""
    resource = json.loads((DATA / "fhir_r4_bundle_iron.json").read_text(encoding="utf-8"))
    answers = [each for each in fhir.judge(resource) if each.observed.marker == "iron"]
    assert len(answers) == 14
    differing = []
    for each in answers:
        it, result = each.interpretation, each.observed.result
        assert it is not None
        assert result is not None
        assert result.value is not None
        expected = "below" if result.value < 10 else "above" if result.value > 33 else "within"
        assert (it.standard.set, it.standard.position, it.reading.unit) == ("report", expected, "umol/L")
        differing += [(int(result.value), each.observed.flags, each.differs)] if each.differs else []
    assert Counter(differing) == {(5, ("LL",), "L"): 4, (3, ("LL",), "L"): 2}
    assert all(each.interpretation is None for each in fhir.judge(resource) if each.observed.context)


@official
def test_none_of_the_other_official_examples_is_judged_and_none_fails() -> None:
    """Of 70 examples of other tests none is judged, refused or changed."""
    lines = gzip.decompress((DATA / "fhir_r4_examples.ndjson.gz").read_bytes()).splitlines()
    assert len(lines) == 70
    for line in lines:
        resource = json.loads(line)
        assert all(each.interpretation is None and each.issue is None for each in fhir.judge(resource))
        assert fhir.annotate(resource) is resource


# ---------------------------------------------------------------- what was measured


@pytest.mark.parametrize(
    "system",
    [
        *(LOINC, "https://loinc.org", "http://loinc.org/", "http://www.loinc.org"),
        *("urn:oid:2.16.840.1.113883.6.1", "2.16.840.1.113883.6.1"),
    ],
)
def test_loinc_is_known_by_its_address_and_by_its_oid(system: str) -> None:
    """However the system is written, the code is the same."""
    local = {"system": "urn:lab", "code": "FERR", "display": "Ferritin"}
    given = {"coding": [local, {"system": system, "code": "2276-4"}]}
    assert answer(observation(code=given)).marker == "ferritin"
    assert notices(observation(code=given)) == []


@pytest.mark.parametrize("marker", [*builtin().markers.values()], ids=lambda marker: marker.id)
def test_every_code_of_a_marker_is_read_with_its_own_name_beside_it(marker: Any) -> None:  # noqa: ANN401  a Marker
    """The long common name of a code says nothing against it."""
    for each in marker.loinc:
        if each.property == "any":
            continue
        unit = {"mass": marker.unit, "fraction": "%"}.get(each.property) or next(
            unit.ucum for unit in marker.accepts if "mol" in unit.ucum
        )
        value = quantity({"nmol/L": 100, "pmol/L": 300, "umol/L": 40}.get(unit, 30 if unit != "pg/mL" else 500), unit)
        found = of(patient(), observation(code=code(each.code, display=each.name), valueQuantity=value))
        assert (found.marker, [notice.code for notice in found.notices], found.issue) == (marker.id, [], None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (code("2276-4", "86914-9"), "another-analyte"),  # a goal
        (code("24373-3"), "another-analyte"),  # whole blood
        (code("3034-6", "2500-7"), "marker-conflict"),  # transferrin beside TIBC
        (code("2276-4", "2498-4"), "marker-conflict"),
        (code("2276-4", "14723-1"), "marker-conflict"),  # mass beside moles
        (code("2276-4", "718-7"), "marker-conflict"),
        (code("2276-4", "8480-6"), "marker-conflict"),  # another test altogether
        (code("2276-5"), "code-check-digit"),
        (code("Mar-89"), "code-mangled"),
        (code("14800-7", text="Vitamin D"), "marker-conflict"),  # seen in public code
        (code("2502-3", display="TIBC"), "marker-conflict"),
        (code("62292-8", display="25-hydroxyvitamin D3"), "marker-conflict"),
        (code("2276-4", display="Ferritin goal"), "another-analyte"),
        (code("2498-4", display="Eisen im Urin"), "another-analyte"),
        (code("2498-4", text="Iron, urine 24 h"), "another-analyte"),
        (code("2276-4", display="Ferritin [Mass/volume] in Blood"), "another-analyte"),
        (code("2502-3", text="soluble transferrin receptor"), "another-analyte"),
        (code("8480-6", text="Ferritin"), "marker-conflict"),  # the code is no ferritin
        *((code("2276-4", display=name), "marker-conflict") for name in ("Troponin T", "Ferritin index", "Vitamin B6")),
        *((code("2502-3", display=name), "marker-conflict") for name in ("Hematocrit", "Oxyhemoglobin fraction")),
        (code("14685-2", text="magnesium"), "marker-conflict"),
        (code("ferritin", text="Ferritin"), "marker-conflict"),  # a name is no LOINC code
        (code("X1", text="CDT", system="urn:lab"), "another-analyte"),
        ({"coding": {"system": LOINC, "code": "2276-4"}}, "fhir-resource"),
        ({"coding": [{"system": LOINC, "code": 2276}]}, "fhir-resource"),
        ({"coding": [{"system": LOINC, "code": "2276-4"}] * 51}, "fhir-resource"),
        ("2276-4", "fhir-resource"),
    ],
)
def test_a_code_that_is_not_certainly_the_marker_is_refused(given: object, expected: str) -> None:
    """Goals, other specimens, look-alikes, typing errors and codes that contradict each other or their text."""
    assert refused(observation(code=given)) == expected


@pytest.mark.parametrize(
    "given",
    [
        None,
        code("8480-6"),
        code("8480-6", text="Systolic blood pressure"),
        code("X", system="urn:lab"),
        {},
        {"text": " "},
    ],
)
def test_another_test_is_passed_over(given: object) -> None:
    """What is not of ours is counted, and is no refusal."""
    read = fhir.read(observation(code=given))
    assert (read.observed, read.refused, read.passed_over) == ((), (), 1)


def test_a_text_that_is_no_known_name_is_said() -> None:
    """A result is judged by its code, and a strange text beside it is shown; LOINC's short name is none."""
    assert notices(observation(code=code("2276-4", display="Ferritin SerPl-mCnc"))) == []
    assert notices(observation(code=code("2276-4", text="Ferritin (ECLIA) S"))) == ["display-unknown"]


def test_a_result_without_a_loinc_code_is_told_by_its_exact_name_and_says_so() -> None:
    """A local code with a name that is ours is read; a code without its system too, where it is ours."""
    local = code("FERR", display="Ferritin", text="FERRITIN", system="urn:lab")
    assert notices(observation(code=local)) == ["told-by-name"]
    assert answer(observation(code=local)).marker == "ferritin"
    assert answer(observation(code=code("2276-4", system=None))).marker == "ferritin"
    assert fhir.read(observation(code=code("8480-6", system=None))).observed == ()
    assert refused(observation(code=code("24373-3", system=None))) == "another-analyte"
    partly = code("D3", display="25-hydroxyvitamin D3", text="Vitamin D", system="urn:lab")
    it = answer(observation(code=partly, valueQuantity=quantity(30)))
    assert "partial-analyte" in {issue.code for issue in it.issues}


def test_a_context_analyte_is_read_and_not_judged() -> None:
    """CRP is read for its context and stays as it is."""
    crp = observation(code=code("1988-5"), valueQuantity=quantity(4, "mg/L"))
    found = judged(crp)
    assert (found.observed.context, found.interpretation, found.issue) == (True, None, None)
    assert fhir.read(crp).results[0].value == 4
    assert fhir.annotate(crp) is crp
    blood = observation(
        code=code("718-7", display="Hemoglobin [Mass/volume] in Blood"), valueQuantity=quantity(13, "g/dL")
    )
    assert of(blood).issue is None


# ---------------------------------------------------------------- value and unit


@pytest.mark.parametrize(
    ("value", "words", "unit"),
    [
        ({"valueQuantity": quantity(38, "ng/mL", system=UCUM, code="ng/mL")}, "38", "ng/mL"),
        ({"valueQuantity": quantity(38, None, system=UCUM, code="ng/mL")}, "38", "ng/mL"),
        ({"valueQuantity": quantity(38, "mcg/L", system=UCUM, code="ug/L")}, "38", "ug/L"),
        ({"valueQuantity": quantity(38, "ng/mL", system="urn:lab", code="77")}, "38", "ng/mL"),
        ({"valueQuantity": quantity(38.10, "µg/L")}, "38.1", "ug/L"),
        ({"valueQuantity": quantity(Decimal("38.10"))}, "38.10", "ng/mL"),
        ({"valueQuantity": quantity(5, comparator="<")}, "<5", "ng/mL"),
        ({"valueQuantity": quantity(2000, comparator=">=")}, ">=2000", "ng/mL"),
        ({"valueQuantity": None, "valueString": "< 5 ng/mL"}, "<5", "ng/mL"),
        ({"valueQuantity": None, "valueString": "30-40 ng/mL"}, "30-40", "ng/mL"),
        ({"valueQuantity": None, "valueRange": {"low": quantity(30), "high": quantity(40)}}, "30-40", "ng/mL"),
        ({"valueQuantity": None, "valueRange": {"low": quantity(30, None), "high": quantity(40)}}, "30-40", "ng/mL"),
        ({"valueQuantity": None, "valueRange": {"low": quantity(1.5), "high": quantity(1.625)}}, "1.5-1.625", "ng/mL"),
        (
            {"valueQuantity": None, "valueRange": {"low": quantity(30, "mcg/L"), "high": quantity(40, "ug/L")}},
            "30-40",
            "ug/L",
        ),
        ({"valueQuantity": None, "valueRange": {"low": quantity(300)}}, ">=300", "ng/mL"),
        ({"valueQuantity": None, "valueRange": {"high": quantity(15)}}, "<=15", "ng/mL"),
    ],
)
def test_a_value_is_read_in_every_form_that_holds_a_number(value: Json, words: str, unit: str) -> None:
    """Quantity, string and range, with comparator and digits kept, in the unit that was reported."""
    reading = answer(observation(**value)).reading
    assert (reading.words, reading.unit) == (words, unit)


def test_one_value_beside_others_that_are_null_is_the_value() -> None:
    """Null is nothing, so it neither stands there twice nor is read in place of what is missing."""
    for name in ("valueString", "valueRange", "valueInteger"):
        assert answer({**observation(), name: None}).reading.words == "38"
    assert refused({**observation(), "valueQuantity": None}) == "missing-value"


def test_a_unit_that_is_its_own_code_contradicts_nothing() -> None:
    """Also one that is not known here: it is refused for that, and not for two units."""
    strange = quantity(38, "furlongs", system=UCUM, code="furlongs")
    for value in ({"valueQuantity": strange}, {"valueQuantity": None, "valueRange": {"low": strange}}):
        assert refused(json.loads(json.dumps(observation(**value)))) == "unknown-unit"


def test_a_saturation_may_come_as_an_integer_and_is_told_by_its_size() -> None:
    """A whole number without a unit is read as the core reads it."""
    it = answer(observation(code=code("2502-3"), valueQuantity=None, valueInteger=18))
    assert (str(it.reading), [issue.code for issue in it.issues]) == ("18 %", ["percent-assumed"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueQuantity": None}, "missing-value"),
        ({"valueQuantity": {}}, "missing-value"),
        ({"valueQuantity": quantity("38")}, "wrong-type"),
        ({"valueQuantity": quantity(True)}, "wrong-type"),  # noqa: FBT003  a value of a wrong type
        ({"valueQuantity": quantity([38])}, "wrong-type"),
        ({"valueQuantity": [quantity(38)]}, "fhir-resource"),
        ({"valueQuantity": quantity(38, unit=5)}, "fhir-resource"),
        ({"valueQuantity": quantity(float("nan"))}, "not-a-number"),
        ({"valueQuantity": quantity(float("inf"))}, "infinite-value"),
        ({"valueQuantity": quantity(38, None)}, "missing-unit"),
        ({"valueQuantity": quantity(38, "")}, "missing-unit"),
        ({"valueQuantity": quantity(38, "umol/L")}, "unknown-unit"),
        ({"valueQuantity": quantity(85, "pmol/L")}, "code-unit-mismatch"),
        ({"valueQuantity": quantity(38, "ng/mL", system=UCUM, code="ug/dL")}, "unit-conflict"),
        ({"valueQuantity": quantity(38, "mg/dL", system=UCUM, code="ng/mL")}, "unit-conflict"),
        ({"valueQuantity": quantity(38, comparator="ad")}, "comparator-conflict"),
        ({"valueQuantity": quantity(38, comparator=3)}, "fhir-resource"),
        ({"valueQuantity": quantity(-3)}, "negative-value"),
        ({"valueQuantity": quantity(10**9)}, "implausible-value"),
        ({"valueQuantity": None, "valueString": "pending"}, "unreadable-value"),
        ({"valueQuantity": None, "valueString": "1,220 ng/mL"}, "ambiguous-number"),
        ({"valueQuantity": None, "valueCodeableConcept": {"text": "low"}}, "unreadable-value"),
        ({"valueQuantity": None, "valueBoolean": True}, "unreadable-value"),
        ({"valueQuantity": None, "valueInteger": True}, "fhir-resource"),
        ({"valueQuantity": None, "valueRange": {}}, "missing-value"),
        ({"valueQuantity": None, "valueRange": {"low": 3}}, "fhir-resource"),
        ({"valueQuantity": None, "valueRange": {"low": quantity(float("nan"))}}, "unreadable-value"),
        ({"valueQuantity": None, "valueRange": {"low": quantity(40), "high": quantity(30)}}, "inverted-interval"),
        ({"valueQuantity": None, "valueRange": {"low": quantity(3), "high": quantity(4, "ug/dL")}}, "unit-conflict"),
        ({"valueString": "38 ng/mL"}, "fhir-resource"),  # twice
        ({"dataAbsentReason": {"coding": [{"code": "error"}]}}, "fhir-data-absent"),
        ({"dataAbsentReason": {"text": "clotted"}, "valueQuantity": None}, "fhir-data-absent"),
        ({"dataAbsentReason": "unknown", "valueQuantity": None}, "fhir-data-absent"),
        (
            {
                "valueQuantity": None,
                "_valueString": {
                    "extension": [
                        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
                    ]
                },
            },
            "fhir-data-absent",
        ),
        ({"valueQuantity": None, "_valueString": {"extension": [{"url": "urn:x"}]}}, "missing-value"),
    ],
)
def test_a_value_that_is_none_is_refused_by_name(value: Json, expected: str) -> None:
    """Absent, doubled, of a wrong type, without or with another unit: refused, never flagged."""
    assert refused(observation(**value)) == expected


# ---------------------------------------------------------------- status and modifiers


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "draft", "", None, ["final"], 5])
def test_only_a_result_that_stands_is_judged(status: object) -> None:
    """Withdrawn, not yet there, unknown or missing: refused."""
    assert refused(observation(status=status)) == "fhir-status"


@pytest.mark.parametrize(
    ("status", "mend"),
    [
        ("entered-in-error", "nothing is to be done"),
        ("cancelled", "nothing is to be done"),
        ("registered", "once it is"),
    ],
)
def test_what_was_withdrawn_is_not_waited_for(status: str, mend: str) -> None:
    """It never becomes final; what is registered may."""
    (each,) = fhir.read(observation(status=status)).refused
    assert each.issue is not None
    assert mend in each.issue.message


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_corrected_result_is_a_result(status: str) -> None:
    """What was amended stands."""
    assert notices(observation(status=status)) == []


@pytest.mark.parametrize("status", ["preliminary", "unknown"])
def test_a_result_that_may_change_says_so(status: str) -> None:
    """It is judged, with a notice."""
    assert notices(observation(status=status)) == ["status-not-final"]


@pytest.mark.parametrize(
    "fields",
    [
        {"modifierExtension": [{"url": "urn:not", "valueBoolean": True}]},
        {"modifierExtension": {"url": "urn:not"}},
        {"modifierExtension": ["x"]},
        {"implicitRules": "urn:rules"},
    ],
)
def test_a_modifier_that_is_not_known_refuses(fields: Json) -> None:
    """It may turn the meaning around."""
    assert refused(observation(**fields)) == "fhir-modifier"


def test_what_holds_a_result_can_withdraw_it() -> None:
    """A withdrawn report, a modified entry and a deletion take what they hold with them."""
    held = observation(subject={"reference": "#p"})
    withdrawn = {"resourceType": "DiagnosticReport", "status": "entered-in-error", "contained": [held]}
    assert refused(withdrawn) == "fhir-status"
    inner = {**withdrawn, "contained": [{**withdrawn, "status": "final", "contained": [held]}]}
    assert refused(inner) == "fhir-status"
    modified = bundle()
    modified["entry"] = [{"resource": held, "modifierExtension": [{"url": "urn:not"}]}]
    assert refused(modified) == "fhir-status"
    assert refused(bundle(held, implicitRules="urn:rules")) == "fhir-status"
    deleted = bundle()
    deleted["entry"] = [{"resource": held, "request": {"method": "DELETE"}}]
    assert refused(deleted) == "fhir-status"


# ---------------------------------------------------------------- where results stand


def test_results_are_found_wherever_resources_can_stand() -> None:
    """Contained, in bundles in bundles, in parameters, in lists in lists; each with its path."""
    report = {"resourceType": "DiagnosticReport", "status": "final", "contained": [observation()]}
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"resource": observation()}, {"part": [{"resource": observation()}]}, {"part": "x"}],
    }
    read = fhir.read([bundle(bundle(observation(), type="batch"), report), [parameters], observation()])
    assert [each.path for each in read.observed] == [
        "[0].entry[0].resource.entry[0].resource",
        "[0].entry[1].resource.contained[0]",
        "[1][0].parameter[0].resource",
        "[1][0].parameter[1].part[0].resource",
        "[2]",
    ]


def test_components_are_results_and_a_group_is_none() -> None:
    """Each component is judged by itself; what only holds them is neither a result nor a refusal."""
    panel = observation(
        code=code("50190-8"),
        valueQuantity=None,
        component=[
            {"code": code("2498-4"), "valueQuantity": quantity(60, "ug/dL")},
            {"code": code("8480-6"), "valueQuantity": quantity(60, "ug/dL")},
            {"code": code("2500-7"), "valueQuantity": quantity(400, "ug/dL"), "modifierExtension": [{"url": "x"}]},
            "none",
        ],
    )
    answers = fhir.judge(panel)
    assert [(each.observed.path, each.observed.marker) for each in answers] == [
        ("component[0]", "iron"),
        ("component[2]", "tibc"),
        ("component[3]", None),
    ]
    assert [each.issue and each.issue.code for each in answers] == [None, "fhir-modifier", "fhir-resource"]
    assert refused(observation(code=code("50190-8"))) == "another-analyte"
    assert [each.issue and each.issue.code for each in fhir.judge({**panel, "component": "x"})] == ["fhir-resource"]
    assert (
        fhir.read(observation(code=code("50190-8"), valueQuantity=None, hasMember=[{"reference": "x"}])).observed == ()
    )


def test_what_a_result_does_not_say_its_panel_or_report_says() -> None:
    """Subject, date and specimen come from what the result belongs to, unless several say different things."""
    member = observation(id="m", subject=None, effectiveDateTime=None)
    report: Json = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "result": [{"reference": "Observation/m"}, {"reference": "Observation/none"}, "x"],
    }
    found = of(bundle(patient(), member, report))
    assert found.result is not None
    assert (found.subject, found.result.collected) == ("Patient/p", date(2024, 5, 1))
    assert found.patient is not None
    assert found.patient.born == date(1972, 1, 15)
    other = {**report, "subject": {"reference": "Patient/q"}, "effectiveDateTime": "2020-01-01"}
    found = of(bundle(patient(), member, report, other))
    assert found.result is not None
    assert (found.subject, found.result.collected) == ("", None)
    grandchild = bundle(
        patient(),
        member,
        observation(
            id="panel",
            valueQuantity=None,
            subject=None,
            effectiveDateTime=None,
            hasMember=[{"reference": "Observation/m"}],
        ),
        {**report, "result": [{"reference": "Observation/panel"}]},
    )
    assert of(grandchild).subject == "Patient/p"
    contained = {**report, "contained": [{**member, "id": "c"}], "result": [{"reference": "#c"}]}
    assert of(bundle(patient(), contained)).subject == "Patient/p"


def test_an_object_of_a_model_library_is_read_by_its_json() -> None:
    """Any object that dumps to a dict is a resource; one that fails to is refused."""

    class Pydantic:
        def model_dump_json(self) -> str:
            return json.dumps(observation())

    class Client:
        def as_json(self) -> Json:
            return observation()

    class Broken:
        def json(self) -> str:
            raise RuntimeError

    class Lazy:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    class Mapped(dict[str, Any]):
        pass

    proxy = MappingProxyType(observation())
    for each in (Pydantic(), Client(), Mapped(observation()), proxy, (observation(),), [Client()], [(observation(),)]):
        assert len(fhir.read(each).results) == 1
    for broken in (Broken(), Lazy()):
        with pytest.raises(fhir.FhirError):
            fhir.read(broken)
    with pytest.raises(fhir.FhirError):
        fhir.read([5])


# ---------------------------------------------------------------- specimen


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ({"text": "Serum"}, []),
        (code("119364003", system=SNOMED), []),
        (code("119361006", system="urn:oid:2.16.840.1.113883.6.96"), []),
        (code("122555007", system=SNOMED), ["specimen-unclear"]),
        ({"text": "Venous blood"}, ["specimen-unclear"]),
        ({}, []),
        (None, []),
        (5, []),
    ],
)
def test_a_specimen_that_can_be_serum_is_accepted(kind: object, expected: list[str]) -> None:
    """Blood was drawn and serum measured: where only the blood is named, that is said."""
    specimen = {"resourceType": "Specimen", "id": "s", "type": kind}
    assert notices(observation(contained=["x", specimen], specimen={"reference": "#s"})) == expected


@pytest.mark.parametrize(
    "kind",
    [
        {"text": "Urine, 24 h"},
        {"text": "Whole blood"},
        code("122575003", system=SNOMED),
        code("258580003", system=SNOMED),
        "Urine",
        [{"text": "Urine"}],
        {"coding": {"display": "Urine"}},
        {"coding": ["Urine"]},
    ],
)
def test_another_specimen_refuses(kind: object) -> None:
    """Ranges are for serum and plasma."""
    specimen = {"resourceType": "Specimen", "id": "s", "type": kind}
    assert refused(bundle(specimen, observation(specimen={"reference": "Specimen/s"}))) == "another-analyte"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        *(({"subject": each}, "fhir-subject") for each in ("Patient/p", ["Patient/p"], {"reference": 5})),
        *(({"specimen": each}, "fhir-resource") for each in ("Urine", ["Urine"], [5])),
        *(({"category": each}, "another-analyte") for each in ("Urine", ["Urine"], [{"coding": {"display": "Urine"}}])),
        ({"bodySite": {"coding": {"display": "Urine"}}}, "another-analyte"),
        ({"effectiveInstant": "2014-05-01T08:00:00Z"}, "fhir-resource"),
    ],
)
def test_what_is_of_a_wrong_shape_is_refused_or_heard_and_not_passed_over(fields: Json, code: str) -> None:
    """It may name another patient, another fluid, or another day; an element that is null says nothing."""
    assert refused(patient(), observation(**fields)) == code
    assert notices(patient(), observation(subject={"reference": None}, specimen=None, category=[None])) == []


def test_a_flag_in_plain_text_is_the_laboratory_s_own() -> None:
    """Without its object, or without the list of codings, it is heard all the same."""
    flags = ("H", ["H"], [{"coding": {"system": INTERPRETATION, "code": "H"}}])
    assert [of(observation(interpretation=each)).flags for each in flags] == [("H",)] * len(flags)


def test_a_specimen_may_be_described_by_its_reference_alone() -> None:
    """The display of the reference counts; without a LOINC code it must say serum or plasma."""
    named = code("FERR", text="Ferritin", system="urn:lab")
    assert refused(observation(specimen={"display": "Urine"})) == "another-analyte"
    assert refused(observation(code=named, specimen={"display": "Blood"})) == "another-analyte"
    assert notices(observation(code=named, specimen={"display": "Serum"})) == ["told-by-name"]
    assert notices(observation(specimen=[{"display": "Urine"}, {"display": "Serum"}])) == ["specimen-unclear"]
    assert refused(observation(specimen=[{"display": "Urine"}, {"display": "24h urine"}])) == "another-analyte"
    assert notices(observation(specimen=[{"display": "Serum"}])) == []


# ---------------------------------------------------------------- the patient


@pytest.mark.parametrize(
    ("gender", "sex"), [("female", "female"), ("male", "male"), ("other", None), ("unknown", None), (None, None)]
)
def test_the_administrative_gender_is_the_sex_where_nothing_better_is_known(
    gender: str | None, sex: str | None
) -> None:
    """`other` and `unknown` are unknown."""
    found = of(patient(gender=gender), observation())
    assert found.patient is not None
    assert found.patient.sex == sex


def clinical(*values: str, period: Json | None = None, text: str | None = None) -> list[Json]:
    """The extension for sex for clinical use."""
    concept = {"text": text} if text else {"coding": [{"code": each} for each in values]}
    parts: list[Json] = [{"url": "value", "valueCodeableConcept": concept}]
    parts += [{"url": "period", "valuePeriod": period}] if period else []
    return [{"url": CLINICAL, "extension": parts}]


@pytest.mark.parametrize(
    ("extension", "sex"),
    [
        (clinical("female-typical"), "female"),
        (clinical("male-typical"), "male"),
        (clinical("specified"), None),
        (clinical("unknown"), None),
        (clinical("female-typical", "male-typical"), None),
        (clinical("female-typical") + clinical("male-typical"), None),
        (clinical(text="Female"), "female"),
        ([{"url": CLINICAL}], None),
        (clinical("female-typical", period={"end": "2020"}), "male"),
        (clinical("female-typical", period={"start": "2024-06-01"}), "male"),
        (clinical("female-typical", period={"start": "2020", "end": "2024-05"}), "female"),
        (clinical("female-typical", period={}) + clinical("male-typical", period={"end": "2023"}), "female"),
        ([{"url": "urn:other"}, "x"], "male"),
    ],
)
def test_the_sex_for_clinical_use_goes_before_the_gender(extension: list[Json], sex: str | None) -> None:
    """At the time of collection; where it says specified or unknown, the sex is unknown."""
    found = of(patient(gender="male", extension=extension), observation())
    assert found.patient is not None
    assert found.patient.sex == sex


def test_a_patient_that_cannot_be_read_refuses_the_result() -> None:
    """A gender or a date of birth that is none is not passed over."""
    assert refused(patient(gender="5"), observation()) == "unknown-sex-code"
    assert refused(patient(birthDate="15.01.1972"), observation()) == "unreadable-date"
    assert refused(patient(birthDate="2024-13"), observation()) == "unreadable-date"
    assert refused(patient(birthDate="2025-01-01"), observation()) == "unreadable-age"
    assert refused(patient(birthDate="2025"), observation()) == "unreadable-age"


@pytest.mark.parametrize("written", ["2024-05-32", "yesterday", "20240501", 20240501, "2024-05-01T08", "", "0000"])
def test_a_date_of_collection_that_is_none_refuses(written: object) -> None:
    """Nothing is guessed of a date."""
    assert refused(patient(), observation(effectiveDateTime=written)) == "unreadable-date"


def test_the_age_is_that_at_collection() -> None:
    """A woman is 50 on the day before her birthday and 51 on it, also by instants and periods of a day."""
    person = patient(birthDate="1973-05-01")
    day_before, birthday = observation(effectiveDateTime="2024-04-30T23:59:59.123456789+02:00"), observation()
    ranges = [answer(person, each).standard.limits for each in (day_before, birthday)]
    assert [limit.high for limits in ranges for limit in limits] == [175, 328]
    period = observation(effectiveDateTime=None, effectivePeriod={"start": "2024-05-01T06:00:00Z", "end": "2024-05-01"})
    assert answer(person, period).standard.limits == ranges[1]
    instant = observation(effectiveDateTime=None, effectiveInstant="2024-05-01T06:00:00Z")
    assert answer(person, instant).standard.limits == ranges[1]
    assert answer(person, observation(effectiveDateTime=date(2024, 5, 1))).standard.limits == ranges[1]
    specimen = {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": "2024-05-01"}}
    by_specimen = observation(effectiveDateTime=None, contained=[specimen], specimen={"reference": "#s"})
    assert answer(person, by_specimen).standard.limits == ranges[1]
    assert refused(person, observation(effectiveDateTime=None, effectivePeriod="x")) == "fhir-resource"
    backwards = {"start": "2024-05-02", "end": "2024-05-01"}
    assert refused(person, observation(effectiveDateTime=None, effectivePeriod=backwards)) == "unreadable-date"


@pytest.mark.parametrize(
    ("born", "effective", "value", "status", "facts"),
    [
        ("1972", "2024-05-01", 100, "optimal", ()),  # 51 or 52
        ("1973", "2024-05-01", 200, "undecided", ("age",)),  # 50 or 51: up to 175, or up to 328
        ("1973", "2024-05-01", 160, "above-optimal", ()),
        ("1973-05", "2024-05-20", 200, "undecided", ("age",)),
        ("1973-04", "2024-05-20", 200, "above-optimal", ()),
        ("1973-06-01", "2024", 200, "undecided", ("age",)),
        ("1973-06-01", "2024-07", 200, "above-optimal", ()),
        ("2006", "2024", 100, "undecided", ("age",)),  # 17 or 18: a child has no optimal range
        ("2023", "2024-05-01", 100, "undecided", ("age",)),
    ],
)
def test_a_date_to_the_month_or_year_leaves_every_age_open_that_it_can_mean(
    born: str, effective: str, value: int, status: str, facts: tuple[str, ...]
) -> None:
    """Where the bands agree that is the answer, else it is undecided and names the age."""
    it = answer(patient(birthDate=born), observation(effectiveDateTime=effective, valueQuantity=quantity(value)))
    assert it.status == status
    assert set(facts) <= {*it.standard.settled_by, *it.optimal.settled_by}
    assert Interpretation.model_validate_json(it.model_dump_json()) == it


def test_a_span_of_many_ages_leaves_the_age_open() -> None:
    """A collection dated to decades is judged for every age."""
    period = {"start": "1975-01-01", "end": "2024-01-01"}
    it = answer(patient(), observation(effectiveDateTime=None, effectivePeriod=period))
    assert (it.status, "age" in it.standard.settled_by) == ("undecided", True)
    by_pregnancy = [own(24, 336, **WOMEN), own(5, 100, appliesTo=[PREGNANT])]
    it = answer(patient(), observation(effectiveDateTime=None, effectivePeriod=period, referenceRange=by_pregnancy))
    assert {"age", "pregnancy"} <= set(it.standard.settled_by)
    open_ended = observation(effectiveDateTime=None, effectivePeriod={"start": "2024-01-01"})
    assert answer(patient(), open_ended).result.collected is None


def test_a_reference_is_resolved_near_the_result_first() -> None:
    """Nested bundles each have their own Patient/p; where two differ in one bundle both are asked."""
    woman, man = patient(), patient(gender="male")
    read = fhir.read([bundle(woman, observation()), bundle(bundle(man, observation()), woman)])
    assert [each.patient and each.patient.sex for each in read.observed] == ["female", "male"]
    cases = of(bundle(woman, man, observation())).cases
    assert [each.patient.sex for each in cases] == ["female", "male"]
    assert of(bundle(woman, copy.deepcopy(woman), observation())).patient != Patient()
    urls = bundle()
    urls["entry"] = [
        {"fullUrl": "urn:uuid:1", "resource": woman},
        {"fullUrl": "http://a/Patient/p", "resource": man},
        {"resource": observation(subject={"reference": "urn:uuid:1"})},
        {"resource": observation(subject={"reference": "http://a/Patient/p/_history/2"})},
        {"resource": observation(subject={"reference": "http://b/Patient/p"})},
    ]
    read = fhir.read(urls)
    assert [each.patient and each.patient.sex for each in read.observed] == ["female", "male", None]
    contained = observation(contained=[{**woman, "id": "x"}, {**man, "id": "y"}], subject={"reference": "#y"})
    found = of(contained)
    assert found.patient is not None
    assert found.patient.sex == "male"
    twice = observation(contained=[{**woman, "id": "x"}, {**man, "id": "x"}], subject={"reference": "#x"})
    assert len(of(twice).cases) == 2
    assert of(observation(contained=[woman], subject={"reference": "#none"})).patient == Patient()


def test_a_given_patient_is_for_results_whose_own_is_not_at_hand() -> None:
    """What the resources say goes before what was given."""
    given = Patient(sex="male", age=40)
    assert answer(observation(), patient=given).patient == given
    assert answer(patient(), observation(), patient=given).patient.sex == "female"


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": {"reference": "Group/g"}},
        {"subject": {"reference": "http://x/Device/d"}},
        {"subject": {"type": "Location", "reference": "urn:uuid:9"}},
        {"focus": [{"reference": "RelatedPerson/donor"}]},
        {"subject": {"reference": "#g"}, "contained": [{"resourceType": "Group", "id": "g"}]},
    ],
)
def test_a_result_about_somebody_or_something_else_is_refused(fields: Json) -> None:
    """A group, a device or a donor is not the patient."""
    assert refused(observation(**fields)) == "fhir-subject"


def test_a_patient_with_an_unknown_modifier_is_not_used() -> None:
    """Their facts may not be what they seem; the result is judged without them and says so."""
    assert notices(patient(modifierExtension=[{"url": "urn:x"}]), observation()) == ["subject-unknown"]
    assert of(patient(implicitRules="urn:x"), observation()).patient == Patient()


# ---------------------------------------------------------------- pregnancy


def status_of_pregnancy(value: object, when: str | None = "2024-05-01", **fields: object) -> Json:
    """An Observation of the pregnancy status."""
    made: Json = {
        "resourceType": "Observation",
        "status": "final",
        "code": code("82810-3"),
        "subject": {"reference": "Patient/p"},
    }
    made |= {"valueCodeableConcept": value} if not isinstance(value, bool) else {"valueBoolean": value}
    made |= {"effectiveDateTime": when} if when else {}
    return {**made, **fields}


def condition(**fields: object) -> Json:
    """A Condition of pregnancy, active since January."""
    made: Json = {
        "resourceType": "Condition",
        "code": code("77386006", system=SNOMED),
        "subject": {"reference": "Patient/p"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "onsetDateTime": "2024-01-10",
        **fields,
    }
    return {name: part for name, part in made.items() if part is not None}


PREGNANT = code("77386006", system=SNOMED)
NOT_PREGNANT = code("60001007", system=SNOMED)


@pytest.mark.parametrize(
    ("stated", "pregnant"),
    [
        ([status_of_pregnancy(PREGNANT)], True),
        ([status_of_pregnancy(code("LA15173-0"))], True),
        ([status_of_pregnancy({"text": "Pregnant"})], True),
        ([status_of_pregnancy(value=True)], True),
        ([status_of_pregnancy(PREGNANT, None)], True),
        ([status_of_pregnancy(NOT_PREGNANT)], False),
        ([status_of_pregnancy(code("LA26683-5"))], False),
        ([status_of_pregnancy(code("261665006", system=SNOMED))], None),
        ([status_of_pregnancy(NOT_PREGNANT, "2024-02-01")], None),
        ([status_of_pregnancy(PREGNANT, "2020-02-01")], None),
        ([status_of_pregnancy(PREGNANT, status="entered-in-error")], None),
        ([status_of_pregnancy(PREGNANT, subject={"reference": "Patient/q"})], None),
        ([status_of_pregnancy(PREGNANT, subject={"reference": "Group/q"})], None),
        ([condition()], True),
        ([condition(code={"text": "Pregnancy"})], True),
        ([condition(onsetDateTime=None)], True),
        ([condition(onsetDateTime=None, onsetPeriod={"start": "2024-01", "end": "2024-07-01"})], True),
        ([condition(abatementDateTime="2024-06-01")], True),
        ([condition(verificationStatus={"coding": [{"code": "refuted"}]})], None),
        ([condition(onsetDateTime="2019-01-01")], None),
        ([condition(onsetDateTime="9999-12-01")], None),
        ([condition(code=code("44054006", system=SNOMED))], None),
    ],
)
def test_pregnancy_is_known_where_it_is_stated_for_the_day(stated: list[Json], pregnant: bool | None) -> None:  # noqa: FBT001  a fact
    """An Observation or a Condition states it, in any usual code; for other days or other people it says nothing."""
    found = of(bundle(patient(birthDate="1990-01-01"), *stated, observation()))
    assert [case.patient.pregnant for case in found.cases] == [pregnant]


@pytest.mark.parametrize(
    "stated",
    [
        [status_of_pregnancy(PREGNANT, "2024-02-01")],
        [status_of_pregnancy(PREGNANT, "2024-08-01")],
        [status_of_pregnancy(PREGNANT), status_of_pregnancy(NOT_PREGNANT)],
        [status_of_pregnancy({"coding": [*PREGNANT["coding"], *NOT_PREGNANT["coding"]]})],
        [condition(abatementDateTime="2024-04-01")],
        [condition(verificationStatus={"coding": [{"code": "provisional"}]})],
        [condition(clinicalStatus={"coding": [{"code": "resolved"}]})],
        [condition(onsetDateTime=None, clinicalStatus={"coding": [{"code": "resolved"}]})],
        [condition(onsetDateTime=None, abatementDateTime="2024-04-01")],
        [condition(onsetDateTime="soon")],
        [status_of_pregnancy(PREGNANT, None)] * 150,
    ],
)
def test_a_pregnancy_near_the_day_leaves_it_open(stated: list[Json]) -> None:
    """Nobody is judged by an adult's range who may have been pregnant by what is said."""
    resource = bundle(patient(birthDate="1990-01-01"), *[copy.deepcopy(each) for each in stated], observation())
    if len(stated) > 100:
        assert answer(resource).standard.position in {"undecided", "no-range"}
        return
    it = answer(resource)
    assert (it.status, "pregnancy" in it.standard.settled_by) == ("undecided", True)


def test_a_pregnant_patient_is_not_judged_by_the_range_of_others() -> None:
    """The sets have none for her; her laboratory's own is used, and that is said."""
    resource = bundle(patient(birthDate="1990-01-01"), condition(), observation())
    assert answer(resource).status == "no-range"
    man = bundle(patient(gender="male"), condition(), observation())
    assert refused(man) == "patient-conflict"
    undated = bundle(patient(birthDate="1990-01-01"), condition(), observation(effectiveDateTime=None))
    assert answer(undated).status == "no-range"
    maybe_man = bundle(patient(gender="male"), status_of_pregnancy(PREGNANT, "2024-02-01"), observation())
    assert refused(maybe_man) == "patient-conflict"
    assert [case.patient.pregnant for case in of(maybe_man).cases] == [True]


def test_an_open_pregnancy_is_a_girls_own_from_ten_years_on() -> None:
    """Of nine completed years it is her mother's; of ten it may be hers. A boy's is his own birth's."""
    stated = status_of_pregnancy(PREGNANT, "2024-02-01")
    for born, possible in (("2014-06", [False]), ("2014-03", [True, False])):
        found = of(bundle(patient(birthDate=born), copy.deepcopy(stated), observation()))
        assert [case.patient.pregnant for case in found.cases] == possible
    for born in ("2018-01-01", "2024-04-20"):
        boy = bundle(patient(gender="male", birthDate=born), copy.deepcopy(stated), observation())
        assert answer(boy).patient.pregnant is False


# ---------------------------------------------------------------- the laboratory's own ranges


def own(low: object = None, high: object = None, **fields: object) -> Json:
    """A referenceRange in ng/mL."""
    ends = {name: quantity(end) for name, end in (("low", low), ("high", high)) if end is not None}
    return {**ends, **fields}


WOMEN = {"appliesTo": [code("248152002", system=SNOMED)]}
MEN = {"appliesTo": [{"text": "Male"}]}


def aged(low: int | None = None, high: int | None = None, unit: str = "a") -> Json:
    """The age of a range."""
    ends = {name: {"value": end, "unit": unit} for name, end in (("low", low), ("high", high)) if end is not None}
    return {"age": ends}


def limits(*resources: Json) -> list[tuple[str, object, object]]:
    """The set and the ends of the ranges that were used."""
    it = answer(*resources)
    return [(it.standard.set, each.low, each.high) for each in it.standard.limits]


@pytest.mark.parametrize(
    "ranges",
    [
        [own(24, 336)],
        [own(text="24-336")],
        [own(24, 336, text="24 - 336 ng/mL")],
        [own(24, 336, type=code("normal", system=MEANING))],
        [own(24, 336, type={"text": "Normal Range"})],
        [own(24, 336, type={})],
        [own(24), own(None, 336)],
        [own(24, **WOMEN), own(None, 336, **WOMEN)],
        [own(75, 150, type=code("therapeutic", system=MEANING)), own(24, 336)],
        [own(24, 336, **WOMEN), own(40, 500, **MEN)],
        [own(24, 336, **aged(51)), own(10, 100, **aged(None, 50))],
        [own(24, 336, **WOMEN, **aged(18, 99)), own(10, 200, **WOMEN), own(5, 20)],
        [
            own(
                24,
                336,
                appliesTo=[code("female", system="http://hl7.org/fhir/administrative-gender"), {"text": "adults"}],
            )
        ],
        [own(24, 336, appliesTo=[{"text": "normal"}])],
        [own(24, 336), own(40, 500, appliesTo=[PREGNANT])],
        [own(24, 336, **WOMEN), own(24, 336, **MEN)],
    ],
)
def test_the_range_that_was_printed_for_the_patient_is_the_standard(ranges: list[Json]) -> None:
    """By numbers, text, type, sex and age, split over two entries, and told from ranges for others."""
    assert limits(patient(), observation(referenceRange=ranges)) == [("report", 24, 336)]


@pytest.mark.parametrize(
    ("ranges", "notice"),
    [
        ([own(75, 150, type=code("therapeutic", system=MEANING))], "range-passed-over"),
        ([own(75, 150, type={"text": "Goal"})], "range-passed-over"),
        ([own(75, 150, type="x")], "range-passed-over"),
        ([own(40, 500, **MEN)], "range-for-others"),
        ([own(24, 336, **aged(1, 17))], "range-for-others"),
        ([own(24, 336, **aged(1, 30, "d"))], "range-for-others"),
        ([own(24, 336, appliesTo=[{"text": "Inuit"}])], "fhir-resource"),
        ([own(24, 336, appliesTo=[code("2076-8", system="urn:race")])], "fhir-resource"),
        ([own(24, 336, appliesTo=[*WOMEN["appliesTo"], *MEN["appliesTo"]])], "fhir-resource"),
        ([own(24, 336, appliesTo={"text": "Male"})], "fhir-resource"),
        ([own(24, 336, age={"low": {"value": 1.5, "unit": "a"}})], "fhir-resource"),
        ([own(24, 336, age={"low": {"value": 18, "unit": "a", "comparator": ">"}})], "fhir-resource"),
        ([own(24, 336, age={"low": {"value": 18, "unit": "parsecs"}})], "unreadable-age"),
        ([own(24, 336, age={"low": {"value": 18, "unit": 5}})], "fhir-resource"),
        ([own(24, 336, age={})], "fhir-resource"),
        ([own(24, 336, age="adult")], "fhir-resource"),
        ([own(24, 336, age={"low": "x"})], "fhir-resource"),
        ([own(24, 336, **aged(50, 20))], "unreadable-age"),
        ([own(24, 336, modifierExtension=[{"url": "urn:x"}])], "fhir-modifier"),
        ([own(24, 336, text=5)], "fhir-resource"),
        ([own("24", 336)], "wrong-type"),
        ([{"low": quantity(24), "high": quantity(336, "ug/dL")}], "unit-conflict"),
        ([{"low": quantity(24, comparator="<")}], "fhir-resource"),
        (["24-336"], "fhir-resource"),
        ({"text": "24-336"}, "fhir-resource"),
        ([own(24, 336)] * 51, "fhir-resource"),
    ],
)
def test_a_printed_range_that_is_not_certainly_meant_is_not_used_and_that_is_said(ranges: object, notice: str) -> None:
    """Targets, ranges for other people, and what cannot be read: the standard set takes their place."""
    resource = observation(referenceRange=ranges)
    assert limits(patient(), resource) == [("general", 20, 328)]
    assert notices(patient(), resource) == [notice]


@pytest.mark.parametrize(
    ("ranges", "issue"),
    [
        ([own(336, 24)], "range-inverted"),
        ([own(text="see note")], "range-unreadable"),
        ([{}], "range-unreadable"),
        ([own(24, 336, text="30-400")], "range-conflict"),
        ([own(2e6, 3e6)], "range-implausible"),
        ([{"low": quantity(24, "mmHg"), "high": quantity(336, "mmHg")}], "range-unit-unknown"),
        ([own(336), own(None, 24)], "range-inverted"),
    ],
)
def test_a_printed_range_that_is_not_sane_is_never_flagged_from(ranges: list[Json], issue: str) -> None:
    """The core refuses it, as it does for any report."""
    it = answer(patient(), observation(referenceRange=ranges))
    assert (it.standard.set, issue in [each.code for each in it.issues]) == ("general", True)


def test_a_range_split_over_two_entries_is_said_to_be() -> None:
    """Joined, and shown as one of the laboratory's own ranges."""
    found = of(patient(), observation(referenceRange=[own(24, text=">= 24"), own(None, 336)]))
    assert [each.code for each in found.notices] == ["range-joined"]
    assert [(each.low, each.high) for each in found.ranges] == [(Decimal(24), Decimal(336))]
    three = [own(24), own(None, 336), own(30, 40)]
    assert len(of(patient(), observation(referenceRange=three)).ranges) == 3
    units = [{"low": quantity(24)}, {"high": quantity(336, "ug/L")}]
    assert len(of(patient(), observation(referenceRange=units)).ranges) == 2


@pytest.mark.parametrize(
    ("ranges", "facts", "value", "position", "settled"),
    [
        ([own(10, 200, **WOMEN), own(30, 400, **MEN)], {"gender": "unknown"}, 100, "within", ()),
        ([own(10, 200, **WOMEN), own(30, 400, **MEN)], {"gender": "unknown"}, 20, "undecided", ("sex",)),
        ([own(10, 200, **WOMEN)], {"gender": "unknown"}, 15, "undecided", ("sex",)),
        ([own(10, 200, **aged(18, 50)), own(30, 400, **aged(51))], {"birthDate": None}, 20, "undecided", ("age",)),
        ([own(10, 200, **aged(18, 50)), own(30, 400, **aged(51))], {"birthDate": None}, 100, "within", ()),
        ([own(10, 200, **aged(18, 50)), own(30, 400)], {"birthDate": None}, 20, "undecided", ("age",)),
        ([own(10, 200), own(30, 400)], {}, 20, "undecided", ("population of the printed range",)),
        ([own(30, 400, **aged(None, 51))], {"birthDate": "1972"}, 25, "undecided", ("age",)),
        ([own(10, 200, **aged(18, 50))], {"birthDate": None}, 100, "within", ()),
        ([own(10, 200, **aged(60))], {"birthDate": None}, 5, "below", ()),
        ([own(10, 900, **aged(0, 5, "mo"))], {"birthDate": "2023-12"}, 5, "below", ()),
    ],
)
def test_several_ranges_that_could_apply_agree_or_leave_it_undecided(
    ranges: list[Json], facts: Json, value: int, position: str, settled: tuple[str, ...]
) -> None:
    """Every range that could be meant is asked; the fact that would settle it is named."""
    it = answer(patient(**facts), observation(referenceRange=ranges, valueQuantity=quantity(value)))
    assert it.standard.position == position
    assert set(settled) <= set(it.standard.settled_by)
    assert Interpretation.model_validate_json(it.model_dump_json()) == it


def test_strict_assumes_nothing_of_a_printed_range() -> None:
    """With `strict` a range that may not be meant for a child or a pregnant woman decides nothing."""
    resource = observation(referenceRange=[own(24, 336)])
    assert answer(resource, strict=True).standard.position == "undecided"
    assert answer(resource).standard.position == "within"
    pregnant = observation(referenceRange=[own(24, 336, **WOMEN), own(5, 100, appliesTo=[PREGNANT])])
    it = answer(patient(birthDate="1990-01-01"), pregnant, strict=True)
    assert it.standard.position == "undecided"


# ---------------------------------------------------------------- the same answer by every door

VALUES = st.decimals(min_value=3, max_value=900, places=1, allow_nan=False)


PEOPLE = st.tuples(
    st.sampled_from(["female", "male", None]),
    st.sampled_from(["1950-02-28", "1974-05-01", "1990-01-01", "2015-01-01", None]),
)


@given(
    value=VALUES,
    person=PEOPLE,
    comparator=st.sampled_from([None, "<", ">"]),
    printed=st.sampled_from([None, (24, 336), (None, 150), (30, None)]),
    strict=st.booleans(),
)
def test_fhir_and_the_plain_call_give_the_same_interpretation(
    value: Decimal,
    person: tuple[str | None, str | None],
    comparator: str | None,
    printed: tuple[int | None, int | None] | None,
    strict: bool,  # noqa: FBT001  drawn
) -> None:
    """Places, status, codes, limits, notes and issues are the same by either way, first and again."""
    beside: Json = {} if comparator is None else {"comparator": comparator}
    ranges = {"referenceRange": [own(*printed)]} if printed else {}
    resource = observation(valueQuantity=quantity(value, **beside), **ranges)
    sex, born = person
    woman_or_man = patient(gender=sex, birthDate=born)
    plain = interpret(
        "2276-4",
        value,
        "ng/mL",
        sex=sex,
        born=born,
        collected="2024-05-01",
        comparator=comparator,
        range=printed,
        strict=strict,
    )
    for _ in range(2):
        it = answer(woman_or_man, resource, strict=strict)
        for name in Interpretation.model_fields.keys() - {"result"}:
            assert getattr(it, name) == getattr(plain, name), name
        assert (it.result.value, it.result.collected) == (value, date(2024, 5, 1))


def test_a_cached_answer_keeps_nothing_of_the_patient() -> None:
    """The same value of another patient, on another day, is answered about that one."""
    one = answer(patient(), observation(valueQuantity=quantity(Decimal("38.00"))))
    two = answer(
        patient(birthDate="1970-01-15"), observation(valueQuantity=quantity(38), effectiveDateTime="2023-02-03")
    )
    assert (one.patient.born, two.patient.born) == (date(1972, 1, 15), date(1970, 1, 15))
    assert (one.result.collected, two.result.collected) == (date(2024, 5, 1), date(2023, 2, 3))
    assert (one.reading.words, two.reading.words) == ("38.00", "38")


def test_the_kept_answers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many different results come, no more than a few thousand answers are kept."""
    monkeypatch.setattr(judging, "_KEPT", 3)
    kept: dict[object, object] = {}
    monkeypatch.setattr(judging, "_kept", kept)
    for value in range(20, 40):
        answer(observation(valueQuantity=quantity(value)))
        assert len(kept) <= 3


def test_the_readings_of_fhir_are_results_of_the_library() -> None:
    """What `read` gives is checked by the models themselves."""
    found = of(patient(birthDate="1973"), observation(referenceRange=[own(24, 336, **WOMEN), own(1, 2, **MEN)]))
    for case in found.cases:
        assert LabResult.model_validate_json(case.result.model_dump_json()) == case.result
        assert Patient.model_validate_json(case.patient.model_dump_json()) == case.patient
    assert Observed.model_validate_json(found.model_dump_json()) == found


# ---------------------------------------------------------------- what is withheld, and what tells who somebody is


ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "error"}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"_valueQuantity": ABSENT}, "fhir-data-absent"),
        ({"valueQuantity": {**quantity(38), "_value": ABSENT}}, "fhir-data-absent"),
        ({"valueQuantity": {**quantity(38), "_comparator": ABSENT}}, "fhir-data-absent"),
        ({"valueQuantity": {**quantity(38), "_unit": ABSENT}}, "fhir-data-absent"),
        ({"valueQuantity": {**quantity(38), "comparator": " "}}, "fhir-resource"),
        ({"valueQuantity": {**quantity(38), "modifierExtension": [{"url": "urn:x"}]}}, "fhir-modifier"),
        ({"code": {**code("2276-4"), "modifierExtension": [{"url": "urn:x"}]}}, "fhir-modifier"),
        (
            {"code": {"coding": [{"system": LOINC, "code": "2276-4", "modifierExtension": [{"url": "urn:x"}]}]}},
            "fhir-modifier",
        ),
    ],
)
def test_what_is_withheld_or_modified_beside_a_value_refuses(fields: Json, expected: str) -> None:
    """An absent comparator is no equal sign, and a modifier in an element is one."""
    assert refused(observation(**fields)) == expected


def test_what_is_withheld_elsewhere_withholds_no_value() -> None:
    """A date that is masked is a date that is not known."""
    it = judged(patient(), observation(effectiveDateTime=None, _effectiveDateTime=ABSENT))
    assert (it.issue, it.observed.collected) == (None, None)
    assert it.observed.result is not None
    assert it.observed.result.value == Decimal(38)


def test_a_printed_range_with_a_modified_or_withheld_end_is_not_used() -> None:
    """Its end may not be what it seems."""
    for part, issue in (({"modifierExtension": [1]}, "fhir-modifier"), ({"_value": ABSENT}, "fhir-data-absent")):
        given = own(30, 400)
        given["low"] |= part
        assert notices(patient(), observation(referenceRange=[given])) == [issue]


@pytest.mark.parametrize(
    "facts",
    [
        {"birthDate": "2025-03-04"},
        {"birthDate": "Jane Doe 1972"},
        {"birthDate": 19720115},
        {"gender": "SSN 123-45-6789"},
    ],
)
def test_a_refusal_tells_nothing_of_who_the_patient_is(facts: Json) -> None:
    """No date of birth, and nothing that stands in its place or in that of the gender."""
    issue = judged(patient(**facts), observation()).issue
    assert issue is not None
    for part in ("2025", "Jane", "1972", "SSN", "6789"):
        assert part not in issue.message + issue.text
