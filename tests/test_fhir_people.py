"""Whose a result is, in what it was measured, and whether she is pregnant: what is stated is heard."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest

from rlslabs import Patient, fhir
from rlslabs.fhir.observed import Observed

Json = dict[str, Any]

LOINC, SNOMED, ICD = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"
WOMAN = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-15"}


def concept(code: str, system: str = LOINC, **fields: object) -> Json:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code, **fields}]}


def observation(code: Any = "2276-4", value: Any = 38, unit: Any = "ng/mL", **fields: Any) -> Json:  # noqa: ANN401  any part may be of any type
    """A result of Patient/p."""
    made: Json = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(code) if isinstance(code, str) else code,
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": value, "unit": unit},
        **fields,
    }
    return {name: part for name, part in made.items() if part is not None}


def bundle(*resources: Json) -> Json:
    """A Bundle of resources; what has a fullUrl is an entry."""
    entries = [each if "fullUrl" in each else {"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def last(*resources: Json) -> Observed:
    """The last of the results in a Bundle, as it was read."""
    return fhir.read(bundle(*resources)).observed[-1]


def refusal(*resources: Json) -> str | None:
    """The code for which the last result was refused."""
    issue = last(*resources).issue
    return None if issue is None else issue.code


def notices(*resources: Json) -> list[str]:
    """What is said of the last result, beside that its patient is not at hand."""
    return [each.code for each in last(*resources).notices if each.code != "patient-not-found"]


# ---------------------------------------------------------------- whose


IRON, TIBC = observation("2498-4", 30, "ug/dL"), observation("2500-7", 420, "ug/dL")


def of(result: Json, **subject: object) -> Json:
    """The same result of another patient."""
    return {**copy.deepcopy(result), "subject": subject or None}


def together(*resources: Json) -> list[int]:
    """How many results are in each panel."""
    return [len(each.observed) for each in fhir.panels(bundle(*resources))]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (of(IRON, identifier={"value": "1"}), of(TIBC, identifier={"value": "2"})),
        (of(IRON, identifier={"system": "a", "value": "1"}), of(TIBC, identifier={"system": "b", "value": "1"})),
        (
            {**of(IRON, reference="#p"), "contained": [WOMAN]},
            {**of(TIBC, reference="#p"), "contained": [{**WOMAN, "birthDate": "1950-01-01"}]},
        ),
        ({**of(IRON, reference="#p"), "contained": [WOMAN]}, {**of(TIBC, reference="#p"), "contained": [WOMAN]}),
        (bundle(IRON), bundle(TIBC)),
        (bundle(WOMAN, IRON), bundle(WOMAN, TIBC)),
        (
            {"fullUrl": "http://a/fhir/Observation/1", "resource": IRON},
            {"fullUrl": "http://b/fhir/Observation/1", "resource": TIBC},
        ),
        (of(IRON), of(TIBC)),
        (of(IRON, display="Jane"), of(TIBC, display="Jane")),
        (of(IRON, reference="urn:uuid:1"), of(TIBC, reference="urn:uuid:2")),
        (of(IRON, reference="#none"), of(TIBC, reference="#none")),
        *(
            (of(IRON, reference=f"Patient?identifier={one}|1"), of(TIBC, reference=f"Patient?identifier={two}|2"))
            for one, two in (("http://mrn", "http://mrn"), ("", ""))
        ),
        tuple(
            bundle({"fullUrl": f"http://{server}/fhir/Observation/1", "resource": of(each, identifier={"value": "1"})})
            for server, each in (("a", IRON), ("b", TIBC))
        ),
        tuple(
            {**of(each, reference="#p"), "contained": [{**WOMAN, "identifier": [{"value": "7"}], "birthDate": born}]}
            for each, born in ((IRON, "1990-01-15"), (TIBC, "2015-01-15"))
        ),
    ],
)
def test_results_of_different_patients_are_never_read_together(one: Json, two: Json) -> None:
    """However alike their references are written; where nobody is named each result stands alone."""
    assert together(one, two) == [1, 1]
    entries = [fhir.report(bundle(one, two))["entry"][index]["resource"] for index in (0, 1)]
    assert all("transferrin saturation" not in each["conclusion"].partition("Not reported")[0] for each in entries)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (IRON, of(TIBC, reference="Patient/p/_history/2")),
        (of(IRON, identifier={"value": "1"}), of(TIBC, identifier={"value": "1"})),
        (of(IRON, reference="urn:uuid:1"), of(TIBC, reference="urn:uuid:1")),
        (
            {"fullUrl": "http://a/fhir/Observation/1", "resource": IRON},
            {"fullUrl": "http://a/fhir/Observation/2", "resource": of(TIBC, reference="http://a/fhir/Patient/p")},
        ),
        (
            {"fullUrl": "http://a/fhir/Observation/1", "resource": IRON},
            bundle({"fullUrl": "http://a/fhir/Observation/2", "resource": TIBC}),
        ),
        (
            {**of(IRON, reference="#x"), "contained": [{**WOMAN, "id": "x", "identifier": [{}, {"value": "7"}]}]},
            {**of(TIBC, reference="#y"), "contained": [{**WOMAN, "id": "y", "identifier": [{"value": "7"}]}]},
        ),
    ],
)
def test_results_of_one_patient_are_read_together(one: Json, two: Json) -> None:
    """By version, identifier, address or server, the patient is the same."""
    assert together(one, two) == [2]


def test_results_of_one_report_or_of_the_patient_given_are_together() -> None:
    """Where nobody is named, a report names its results, and whoever hands them over may name the patient."""
    report = {"resourceType": "DiagnosticReport", "status": "final", "contained": [of(IRON), of(TIBC)]}
    assert together(report) == [2]
    both = bundle(of(IRON), of(TIBC))
    assert [len(each.observed) for each in fhir.panels(both, patient=Patient(sex="female"))] == [2]
    alone = fhir.panels(both)
    assert [[notice.code for notice in each.observed[0].notices] for each in alone] == [["no-subject"]] * 2
    assert fhir.panels(of(IRON))[0].observed[0].notices == ()


def test_two_patients_of_two_servers_are_told_apart_by_the_server_of_the_result() -> None:
    """A relative reference means the server that the result comes from; without one it may be either."""
    a = {"fullUrl": "http://a/fhir/Patient/p", "resource": WOMAN}
    b = {"fullUrl": "http://b/fhir/Patient/p", "resource": {**WOMAN, "gender": "male"}}
    result = {"fullUrl": "http://b/fhir/Observation/1", "resource": observation()}
    found = last(a, b, result)
    assert found.patient is not None
    assert (found.patient.sex, found.patient_id) == ("male", "p")
    other = {"fullUrl": "http://c/fhir/Observation/1", "resource": observation()}
    assert [each.patient.sex for each in last(a, b, observation()).cases] == ["female", "male"]
    assert last(a, b, other).patient == Patient()
    found = last(a, b, observation())
    assert found.person.startswith("?")


def test_a_report_says_what_its_results_say_of_themselves() -> None:
    """A preliminary result makes a preliminary report, and every notice is in its conclusion."""
    named = {**concept("2276-4", display="Ferritin ECLIA S")}
    told = fhir.report(bundle(WOMAN, observation(status="preliminary", code=named), IRON, TIBC))
    assert told["status"] == "preliminary"
    assert [each["status"] for each in told["contained"]] == ["preliminary", "final", "final", "preliminary"]
    assert "preliminary" in told["conclusion"]
    assert "ECLIA" in told["conclusion"]
    assert any("ECLIA" in note["text"] for note in told["contained"][0]["note"])
    ranged = observation(referenceRange=[{"low": {"value": 30}, "age": {"low": {"value": 1, "unit": "parsec"}}}])
    assert "parsec" in fhir.report(bundle(WOMAN, ranged))["conclusion"]
    inside = {**of(IRON, reference="#p"), "contained": [WOMAN]}
    assert "subject" not in fhir.report(bundle(inside))


# ---------------------------------------------------------------- pregnancy


def stated(code: str = "82810-3", **fields: object) -> Json:
    """An Observation that says something of pregnancy."""
    return observation(code, **{"valueQuantity": None, **fields})  # the fields of observation


def condition(code: Json, **fields: object) -> Json:
    """A diagnosis since March."""
    made: Json = {
        "resourceType": "Condition",
        "code": code,
        "subject": {"reference": "Patient/p"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "onsetDateTime": "2024-03-01",
    }
    return {**made, **fields}


def pregnant(*said: Json, result: Json | None = None) -> list[bool | None]:
    """Whether she was pregnant at collection, in each case that is left."""
    return [each.patient.pregnant for each in last(WOMAN, *said, result or observation()).cases]


@pytest.mark.parametrize(
    "said",
    [
        condition(concept("72892002", SNOMED)),
        condition(concept("47200007", SNOMED)),
        condition(concept("Z33.1", ICD)),
        condition(concept("Z34.90", ICD)),
        condition(concept("Z3A.20", "http://hl7.org/fhir/sid/icd-10")),
        stated(valueString="Pregnant"),
        stated("11449-6", valueCodeableConcept=concept("77386006", SNOMED)),
        stated(valueCodeableConcept=concept("Y", "http://terminology.hl7.org/CodeSystem/v2-0136")),
        stated(valueString="Yes"),
        stated("8480-6", component=[{"code": concept("82810-3"), "valueBoolean": True}]),
        observation(code={"text": "Pregnancy status"}, valueQuantity=None, valueString="pregnant"),
        stated(valueBoolean=True, effectiveDateTime=None, effectivePeriod={"start": "2024-04-01", "end": "2024-06-01"}),
        stated(valueBoolean=True, effectiveDateTime=None, effectiveInstant="2024-05-01T08:00:00Z"),
    ],
)
def test_a_stated_pregnancy_is_known(said: Json) -> None:
    """In whatever code or words, and in components."""
    assert pregnant(said) == [True]


@pytest.mark.parametrize(
    "said",
    [
        stated(valueString="week 12"),
        stated(valueCodeableConcept=concept("146799005", SNOMED)),
        stated(valueQuantity={"value": 1}),
        stated("11778-8", valueDateTime="2024-09-01"),
        stated("18185-9", valueQuantity={"value": 20, "unit": "wk"}),
        condition(concept("O24.4", ICD)),
        condition({"text": "Twin pregnancy"}),
        condition({"text": "Schwangerschaft"}),
        condition({"text": "20. SSW"}),
        condition(concept("77386006", SNOMED), subject={"reference": "Patient/p"}, onsetDateTime="2023-09-01"),
        stated(valueBoolean=True, effectiveDateTime=None, effectivePeriod={"start": "2024-03-01"}),
        stated(valueBoolean=True, effectiveDateTime=None, effectivePeriod={"end": "2024-03-01"}),
    ],
)
def test_what_speaks_of_pregnancy_and_is_not_understood_leaves_it_open(said: Json) -> None:
    """Nobody is judged as not pregnant of whom something else is said."""
    if said.get("onsetDateTime") == "2023-09-01":
        assert pregnant(said) == [True]
    else:
        assert pregnant(said) == [True, False]


@pytest.mark.parametrize(
    "said",
    [
        stated(valueString="Unknown"),
        stated(valueCodeableConcept=concept("LA4489-6")),
        stated(dataAbsentReason=concept("asked-declined")),
        stated("11778-8"),
        stated("11778-8", valueDateTime="2019-09-01"),
        stated("18185-9"),
        stated("8480-6", valueString="pregnant"),
        condition({"text": "History of pregnancy"}),
        condition({"text": "Pregnancy test negative"}),
        condition(concept("Z33.1", "urn:lab")),
        condition(concept("O24.4", ICD), verificationStatus={"coding": [{"code": "refuted"}]}),
        stated(valueBoolean=False, effectiveDateTime=None),
        stated(
            valueBoolean=False, effectiveDateTime=None, effectivePeriod={"start": "2010-01-01", "end": "2010-02-01"}
        ),
        stated(valueBoolean=False, effectiveDateTime=None, effectiveInstant="2010-01-01T08:00:00Z"),
    ],
)
def test_what_says_nothing_of_that_day_leaves_her_as_she_was(said: Json) -> None:
    """Unknown, absent, denied, of another day, or of no day at all."""
    assert pregnant(said) == [None]


def test_not_pregnant_on_that_day_is_known() -> None:
    """On the day, by whatever effective says."""
    day = {"start": "2024-04-20", "end": "2024-05-02"}
    assert pregnant(stated(valueBoolean=False)) == [False]
    assert pregnant(stated(valueString="No")) == [False]
    assert pregnant(stated(valueBoolean=False, effectiveDateTime=None, effectivePeriod=day)) == [False]


@pytest.mark.parametrize("reference", ["http://srv/fhir/Patient/p", "Patient/p/_history/3"])
def test_a_pregnancy_is_heard_however_its_patient_is_spelled(reference: str) -> None:
    """With the patient at hand and without."""
    said = condition(concept("77386006", SNOMED), subject={"reference": reference})
    assert [each.patient.pregnant for each in last(said, observation()).cases] == [True]
    assert pregnant(said) == [True]
    other = {"fullUrl": "http://b/fhir/Patient/p", "resource": {**WOMAN, "gender": "unknown"}}
    far = observation(subject={"reference": "http://c/fhir/Patient/p"})
    assert [each.patient.pregnant for each in last(other, condition(concept("77386006", SNOMED)), far).cases] == [True]


def test_the_gestational_age_of_a_newborn_is_not_her_own_pregnancy() -> None:
    """It stands in the record of the child, who is too young to be pregnant."""
    child = {**WOMAN, "birthDate": "2024-01-15"}
    found = last(child, stated("18185-9", valueQuantity={"value": 38, "unit": "wk"}), observation())
    assert [each.patient.pregnant for each in found.cases] == [False]


def test_a_stream_hears_of_pregnancies_in_other_lines() -> None:
    """In earlier lines and among the patients, by whatever spelling; many of them leave it open."""
    said = json.dumps(condition(concept("77386006", SNOMED), subject={"reference": "http://s/fhir/Patient/p"}))
    result, woman = json.dumps(observation()), json.dumps(WOMAN)

    def known(lines: list[str], patients: list[str]) -> list[bool | None]:
        *_, told = fhir.annotate_lines(lines, patients=patients)
        return [each.patient.pregnant for each in told.judged[0].observed.cases]

    assert known([said, result], [woman]) == [True]
    assert known([result], [woman, said]) == [True]
    assert known([result], [said]) == [True]
    assert known([result], [woman, said.replace("Patient/p", "Patient/q")]) == [None]
    assert known([result], [woman, json.dumps(condition(concept("77386006", SNOMED), subject={"display": "x"}))]) == [
        None
    ]
    assert known([result], [woman, *[said] * 120]) == [True, False]


# ---------------------------------------------------------------- specimen


def specimen(kind: Json) -> Json:
    """A specimen that is called s."""
    return {"resourceType": "Specimen", "id": "s", "type": kind}


TAKEN = {"specimen": {"reference": "Specimen/s"}}
V2 = "http://terminology.hl7.org/CodeSystem/v2-0487"


@pytest.mark.parametrize(
    "kind",
    [
        concept("UR", V2),
        concept("CSF", V2),
        concept("78014005", SNOMED),
        concept("119359002", SNOMED),
        *({"text": text} for text in ("Bone marrow", "Pleural effusion", "Urines", "Amnion", "Knochenmark")),
        *({"text": text} for text in ("Cord blood", "Dried blood spot", "Sangre total", "EDTA-Vollblut")),
        *({"text": text} for text in ("Kapillarblut", "DBS", "Guthrie card", "Hemolysate", "PBMC", "Leukocytes")),
        {"text": "Serum and urine"},
    ],
)
def test_another_specimen_is_refused_by_code_and_by_word(kind: Json) -> None:
    """Urine, fluids, marrow, and blood that was not separated."""
    assert refusal(specimen(kind), observation(**TAKEN)) == "another-analyte"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (concept("SER", V2), []),
        (concept("122592007", SNOMED), []),
        ({"text": "Serum 5 mL"}, []),
        (concept("BLDV", V2), ["specimen-unclear"]),
        (concept("119297000", SNOMED), ["specimen-unclear"]),
        (concept("123", "urn:lab"), ["specimen-unclear"]),
        ({"text": "Gold top"}, ["specimen-unclear"]),
    ],
)
def test_a_specimen_that_can_be_serum_is_judged_and_what_is_unclear_is_said(kind: Json, expected: list[str]) -> None:
    """A code without a known meaning is never silently serum."""
    assert notices(specimen(kind), observation(**TAKEN)) == expected


@pytest.mark.parametrize("name", ["Harnstoff", "Harnsäure und Ferritin", "Allopurinol-Kontrolle"])
def test_a_panel_named_by_what_only_looks_like_urine_is_one_of_serum(name: str) -> None:
    """Both formats read the words of specimens from one list: urea is measured in serum."""
    panel: Json = {"resourceType": "Observation", "status": "final", "id": "x", "code": {"text": name}}
    panel["hasMember"] = [{"reference": "Observation/m"}]
    assert refusal(panel, observation(id="m")) is None


REPORT: Json = {"resourceType": "DiagnosticReport", "status": "final", "result": [{"reference": "Observation/m"}]}
LOCAL = {"code": {"text": "Iron"}, "id": "m", "valueQuantity": {"value": 80, "unit": "ug/dL"}}


@pytest.mark.parametrize(
    "resources",
    [
        ({**REPORT, "code": {"text": "Urine analysis"}}, observation(**LOCAL)),
        ({**REPORT, "category": [{"text": "Harnstatus"}]}, observation(**LOCAL)),
        (observation(**LOCAL, bodySite={"text": "Urine"}),),
        (observation(**LOCAL, category=[{"text": "Urine"}]),),
        ({**observation(valueQuantity=None, code={"text": "Urine iron"}), "component": [LOCAL]},),
        ({**observation(valueQuantity=None, code={"text": "Urinstatus"}), "component": [LOCAL]},),
        ({**observation("86914-9", valueQuantity=None), "component": [{**observation(), "subject": None}]},),
    ],
)
def test_what_a_result_belongs_to_can_say_that_it_is_none_of_ours(resources: tuple[Json, ...]) -> None:
    """Urine in the name of its report, panel or place, and the code of a goal over its components."""
    assert refusal(*resources) == "another-analyte"


def test_a_report_of_blood_and_urine_says_nothing_of_one_result() -> None:
    """Nor does a panel whose members carry the results."""
    assert refusal({**REPORT, "code": {"text": "Blood and urine tests"}}, observation(**LOCAL)) is None
    panel = {**observation("50190-8", valueQuantity=None), "component": [LOCAL]}
    assert refusal(panel) is None
    other = {**observation("85354-9", valueQuantity=None), "component": [LOCAL]}
    assert refusal(other) is None


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_result_of_a_withdrawn_report_says_so_and_takes_nothing_from_it(status: str) -> None:
    """The result was not withdrawn itself; the date of the report is not used."""
    report = {**REPORT, "status": status, "effectiveDateTime": "2020-01-01", "code": {"text": "labs"}}
    found = last(report, observation(id="m", effectiveDateTime=None))
    assert notices(report, observation(id="m", effectiveDateTime=None)) == ["report-withdrawn"]
    told = fhir.report(bundle(WOMAN, report, observation(id="m")))
    assert (told["status"], told["contained"][0]["status"]) == ("preliminary", "unknown")
    assert found.collected is None
    panel = observation("50190-8", valueQuantity=None, status=status, hasMember=[{"reference": "Observation/m"}])
    assert notices(panel, observation(id="m")) == ["report-withdrawn"]


# ---------------------------------------------------------------- what a text says beside its code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("2502-3", "Soluble transferrin receptor (sTfR)"),
        ("2502-3", "%CDT (carbohydrate deficient transferrin)"),
        ("1989-3", "Calcitriol level"),
        ("2498-4", "Iron [Mass/volume] in Serum or Plasma --2 hours post dose iron PO"),
        ("2498-4", "Iron 2H post dose"),
        ("2498-4", "Iron absorption"),
        ("2276-4", "C-reactive protein, quick test"),
    ],
)
def test_a_text_that_names_something_else_refuses(code: str, text: str) -> None:
    """A decoy within a longer text, and a test after a dose."""
    unit = {"2502-3": "%", "2498-4": "ug/dL"}.get(code, "ng/mL")
    assert refusal(observation(value=40, unit=unit, code={**concept(code), "text": text})) == "another-analyte"


@pytest.mark.parametrize(
    ("code", "text", "unit"),
    [
        ("14685-2", "Vitamin B12 active", "pmol/L"),
        ("14685-2", "Vitamin B12 (Holotranscobalamin)", "pmol/L"),
        ("62292-8", "Vitamin D 1,25", "ng/mL"),
        ("2498-4", "Eisen-U", "ug/dL"),
        ("2500-7", "Eisenbindungskapazität, ungesättigt", "ug/dL"),
    ],
)
def test_a_look_alike_that_holds_the_name_of_the_marker_refuses(code: str, text: str, unit: str) -> None:
    """The marker's own words, and one beside them that makes another thing of it, in whatever order."""
    assert refusal(observation(value=90, unit=unit, code={**concept(code), "text": text})) == "marker-conflict"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("2502-3", "Transferrin saturation (calculated)"),
        ("2502-3", "Transferrin, saturated part"),
        ("62292-8", "25-OH Vitamin D3 und D2, LC-MS"),
        ("2276-4", "S-Ferritiini"),
    ],
)
def test_a_text_that_names_the_marker_or_nothing_known_is_said(code: str, text: str) -> None:
    """It is judged by its code, and the text is shown."""
    unit = "%" if code == "2502-3" else "ng/mL"
    assert "display-unknown" in notices(observation(value=40, unit=unit, code={**concept(code), "text": text}))


def test_a_code_without_a_system_is_said_to_be_taken_for_loinc() -> None:
    """Its digits fit, and nobody said whose code it is."""
    assert notices(observation(code={"coding": [{"code": "2276-4"}]})) == ["code-system-assumed"]


def test_a_pregnancy_of_a_wrong_type_is_no_failure() -> None:
    """A status, a type or a severity that is a list is read like any other that is not known."""
    assert pregnant(stated(valueBoolean=True, status=["final"])) == [True]
    assert refusal(observation(subject={"reference": "x", "type": 10**5000})) is None
    (line,) = fhir.annotate_lines([json.dumps({"resourceType": ["Observation"]})])
    assert line.issue is not None
    versions = [observation(id="o", meta={"versionId": each}) for each in (10**5000, ["2"])]
    assert [each.issue and each.issue.code for each in fhir.read(bundle(*versions)).observed] == ["fhir-status"] * 2


def test_a_mistyped_code_as_a_text_is_no_name() -> None:
    """It names nothing, and another test is passed over."""
    assert fhir.read(observation(code={"text": "2276-5"})).passed_over == 1


def test_what_two_reports_say_too_deeply_to_compare_is_not_said() -> None:
    """Where the answer cannot be compared nobody has said it."""

    def deep() -> Json:
        held: Json = {}
        for _ in range(100_000):
            held = {"a": held}
        return held

    reports = [{**REPORT, "code": {"text": "labs"}, "subject": {"reference": "Patient/p", "a": deep()}} for _ in "ab"]
    assert last(*reports, observation(id="m", subject=None)).subject == ""
    for each in reports:
        inner: Any = each["subject"]
        while inner:
            inner = inner.pop("a", None)


# ---------------------------------------------------------------- patients at hand who are not certain

CHILD = {**WOMAN, "birthDate": "2015-01-15"}


def places(*resources: Json) -> tuple[str, tuple[str, ...], list[str]]:
    """The standard position of the last result, what was assumed, and what is said of it."""
    answer = fhir.judge(bundle(*resources))[-1]
    assert answer.interpretation is not None
    it = answer.interpretation
    return it.standard.position, it.assumptions, [each.code for each in answer.observed.notices]


@pytest.mark.parametrize("copy_", [{"telecom": [{"value": "1"}]}, {"meta": {"tag": []}}])
def test_what_every_copy_of_a_patient_says_is_known(copy_: Json) -> None:
    """Copies that differ in nothing that decides are one patient: a child of nine stays a child."""
    one = places(CHILD, observation(value=160))
    assert one == places(CHILD, {**CHILD, **copy_}, observation(value=160)) == ("above", (), [])


def test_copies_of_a_patient_that_differ_are_each_asked() -> None:
    """Where the copies leave two answers it is undecided, and said; no adult is assumed."""
    grown = {**CHILD, "birthDate": "1980-01-15"}
    position, assumed, said = places(CHILD, grown, observation(value=160))
    assert (position, assumed, said) == ("undecided", ("not-pregnant",), ["subject-unknown"])
    man = {**grown, "gender": "male"}
    answer = fhir.judge(bundle(grown, man, observation(value=300)))[-1]
    assert answer.interpretation is not None
    assert answer.interpretation.standard.settled_by == ("sex",)
    years = [{**CHILD, "birthDate": f"{year}-01-15"} for year in (1950, 1960, 1970, 1980)]
    assert places(*years, observation(value=160))[1:] == ((), ["subject-unknown"])


@pytest.mark.parametrize(
    "child",
    [
        {"resource": {**CHILD, "modifierExtension": [{"url": "urn:x"}]}, "fullUrl": ""},
        {"resource": {**CHILD, "implicitRules": "http://x"}, "fullUrl": ""},
        {"resource": CHILD, "fullUrl": "", "request": {"method": "DELETE", "url": "Patient/p"}},
        {"resource": CHILD, "fullUrl": "", "modifierExtension": [{"url": "urn:x"}]},
    ],
)
def test_a_record_that_is_not_used_makes_nobody_an_adult(child: Json) -> None:
    """What is at hand and does not count is no reason to assume anything; the patient may be given."""
    position, assumed, said = places(child, observation(value=160))
    assert (position, assumed, said) == ("undecided", (), ["subject-unknown"])
    told = fhir.judge(bundle(child, observation(value=160)), patient=Patient(sex="female", age=9))[-1]
    assert told.interpretation is not None
    assert told.interpretation.standard.position == "above"


def test_a_patient_of_whom_a_newer_version_stands_is_the_newer_one() -> None:
    """An older version says nothing, and neither does one that was deleted before another was written."""
    old, new = ({**CHILD, "meta": {"versionId": each}} for each in ("1", "2"))
    assert places({**old, "birthDate": "1950-01-01"}, new, observation(value=160)) == ("above", (), [])


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ({"reference": "Patient/p"}, ["patient-not-found"]),
        ({"identifier": {"system": "s", "value": "1"}}, ["patient-not-found"]),
        ({"reference": "#none"}, ["patient-not-found"]),
        ({"display": "Jane"}, []),
        (None, []),
    ],
)
def test_a_patient_who_is_named_and_not_at_hand_is_said(subject: Json | None, said: list[str]) -> None:
    """Whoever forgets the patients of an export hears of it; whoever gives the patient does not."""
    result = observation(subject=subject)
    answer = fhir.judge(result)[0].observed
    assert [each.code for each in answer.notices] == said
    assert fhir.judge(result, patient=Patient(sex="female"))[0].observed.notices == ()
    assert all("p" not in each.text for each in answer.notices)


def test_results_of_one_report_that_are_called_differently_are_of_two() -> None:
    """A display tells nobody, but two of them tell two people."""
    jane, rick = of(IRON, display="Jane"), of(TIBC, display="Rick")
    for two, expected in (((jane, rick), [1, 1]), ((jane, of(TIBC, display="Jane")), [2])):
        report = {"resourceType": "DiagnosticReport", "status": "final", "contained": list(two)}
        assert together(report) == expected


MRN = {"system": "http://mrn", "value": "1"}


@pytest.mark.parametrize(
    "subject",
    [{"identifier": MRN}, {"reference": "Patient?identifier=http://mrn|1"}, {"reference": " Patient/p "}],
)
def test_a_patient_at_hand_is_found_by_identifier(subject: Json) -> None:
    """A child who is named by an identifier is a child."""
    child = {**CHILD, "identifier": [MRN, {}, "x"]}
    assert places(child, observation(value=160, subject=subject)) == ("above", (), [])
    other = {**CHILD, "id": "q", "identifier": [{**MRN, "value": "2"}]}
    assert places(other, observation(value=160, subject=subject))[2] == ["patient-not-found"]


def test_a_pregnancy_that_is_told_by_identifier_is_of_the_patient_who_has_it() -> None:
    """Whichever way the two name her."""
    woman = {**WOMAN, "identifier": [MRN]}
    told = observation("82810-3", valueQuantity=None, valueString="pregnant", subject={"identifier": MRN})
    assert places(woman, told, observation())[0] == "no-range"


def test_a_specimen_at_hand_is_found_by_identifier() -> None:
    """Urine that is named by an identifier is urine."""
    urine = {**specimen({"text": "Urine"}), "identifier": [MRN]}
    assert refusal(urine, observation(specimen={"identifier": MRN})) == "another-analyte"


# ---------------------------------------------------------------- pregnancies in other words


def _told(name: str, answer: str) -> Json:
    """An Observation that is known by its name alone."""
    return observation({"text": name}, valueQuantity=None, valueString=answer)


@pytest.mark.parametrize(
    "said",
    [
        stated("49051-6", valueQuantity={"value": 20, "unit": "wk"}),
        stated("11778-8", valueString="2024-10-01"),
        observation({"text": "Gestational age"}, 20, "wk"),
        *(_told(*each) for each in (("Pregnancy test", "Positive"), ("Schwangerschaft", "Ja"))),
        _told("Schwangerschaftstest", "positiv"),
        observation(concept("364320009", SNOMED), valueQuantity=None, valueCodeableConcept=concept("77386006", SNOMED)),
        condition(concept("Z32.01", ICD)),
        condition(concept("Z33.2", "urn:oid:2.16.840.1.113883.6.90")),
        *(
            condition({"text": text})
            for text in (
                *("Pregnancy test positive", "Pregnant, no complications", "Pregnancy with history of infertility"),
                *("Pregnancy with previous caesarean section", "Pregnant (family informed)", "Gravidität"),
            )
        ),
        condition(concept("77386006", SNOMED), modifierExtension=[{"url": "urn:x"}]),
        stated(valueBoolean=False, modifierExtension=[{"url": "urn:x"}]),
    ],
)
def test_whatever_speaks_of_a_pregnancy_leaves_it_open(said: Json) -> None:
    """What is not certainly no pregnancy is never taken for none."""
    assert pregnant(said) == [True, False]


@pytest.mark.parametrize(
    "said",
    [
        *(_told("Pregnancy test", answer) for answer in ("Negative", "negativ", "No")),
        *(_told(name, "3") for name in ("Number of pregnancies", "Previous pregnancy", "History of pregnancy")),
        *(
            condition({"text": text})
            for text in ("Not pregnant", "No pregnancy", "Pregnancy test negative", "Family history of the pregnancy")
        ),
        observation(concept("364320009", SNOMED), valueQuantity=None, valueCodeableConcept=concept("60001007", SNOMED)),
    ],
)
def test_a_pregnancy_that_is_denied_or_of_another_time_says_nothing(said: Json) -> None:
    """The words right beside it decide, and no others."""
    assert pregnant(said) == [None]


@pytest.mark.parametrize("when", ["2024", "2024-05"])
def test_a_denial_of_an_unknown_day_says_nothing_of_this_one(when: str) -> None:
    """A date to the month or year is one day of it, and nobody knows which; a period is every day."""
    assert pregnant(stated(valueBoolean=False, effectiveDateTime=when)) == [None]
    assert pregnant(stated(valueBoolean=True, effectiveDateTime=when)) == [True, False]
    whole = {"start": "2024-04-01", "end": "2024-06-01"}
    assert pregnant(stated(valueBoolean=False, effectiveDateTime=None, effectivePeriod=whole)) == [False]


def test_a_pregnancy_in_a_component_is_heard_of_a_result_alone() -> None:
    """Whether or not anything else is handed over."""
    part = {"code": concept("82810-3"), "valueString": "pregnant"}
    for given in (observation(component=[part]), [observation(component=[part])]):
        first = fhir.judge(given)[0].interpretation
        assert first is not None
        assert first.standard.position == "no-range"


def test_specimens_that_are_several_are_each_looked_at() -> None:
    """Two of one id, those of a report, and one that is no good: none is passed over."""
    urine = specimen({"text": "Urine"})
    assert refusal(urine, {**urine, "note": [{"text": "x"}]}, observation(**TAKEN)) == "another-analyte"
    report = {**REPORT, "specimen": [{"display": "Urine"}, {"display": "24h urine"}]}
    assert refusal(report, observation(id="m")) == "another-analyte"
    bad = {**specimen({"text": "Serum"}), "status": "unsatisfactory"}
    assert notices(bad, observation(**TAKEN)) == ["specimen-unclear"]


def test_a_record_that_was_withdrawn_says_nothing_beside_one_that_stands() -> None:
    """Whichever comes first."""
    gone = {"resource": {**CHILD, "gender": "male"}, "fullUrl": "", "modifierExtension": [{"url": "urn:x"}]}
    for both in ((gone, CHILD), (CHILD, gone)):
        assert places(*both, observation(value=160)) == ("above", (), [])


# ---------------------------------------------------------------- how old


PERIOD = {"start": "2020-03-01", "end": "2024-06-01"}


@pytest.mark.parametrize(
    ("born", "collected", "ages"),
    [
        ("1980", {"effectiveDateTime": "2024-05-01"}, [43, 44]),
        ("1980-05", {"effectiveDateTime": "2024-05-01"}, [43, 44]),
        ("1980-04", {"effectiveDateTime": "2024-05-01"}, [44]),
        ("2006", {"effectiveDateTime": "2024"}, [17, 18]),
        ("1980-03-01", {"effectivePeriod": PERIOD}, [40, 41, 42, 43, 44]),
        ("1980-03-01", {"effectivePeriod": {**PERIOD, "start": "2020-02-01"}}, None),
        ("1980-03-01", {"effectivePeriod": {"start": "2024-02-29", "end": "2024-03-01"}}, [43, 44]),
        ("1980-02-29", {"effectivePeriod": {"start": "2024-02-29", "end": "2024-03-01"}}, [44]),
        ("2024-05", {"effectiveDateTime": "2024-05"}, [0]),
        ("2024", {"effectiveDateTime": "2024-05-01"}, [0]),
        ("2023-05", {"effectiveDateTime": "2024-05"}, [0, 1]),
    ],
)
def test_every_age_that_two_dates_leave_open_is_asked(born: str, collected: Json, ages: list[int] | None) -> None:
    """Up to five of them; of more nobody is taken for an adult, and the age is what would settle it."""
    result = observation(effectiveDateTime=None, **{} if "effectiveDateTime" in collected else collected)
    result |= collected
    found = last({**WOMAN, "gender": "male", "birthDate": born}, result)
    assert [case.patient.age for case in found.cases] == ([None] if ages is None else ages)
    assert [case.patient.sex for case in found.cases] == ["male"] * len(found.cases)
    assert [case.strict for case in found.cases] == [ages is None] * len(found.cases)
    assert found.facts == (() if ages and len(ages) == 1 else ("age",))
    exact = collected.get("effectiveDateTime") == "2024-05-01"
    assert {case.result.collected for case in found.cases} == {date(2024, 5, 1) if exact else None}


@pytest.mark.parametrize(
    ("born", "code"), [("x", "unreadable-date"), ("2024-06", "unreadable-age"), (5, "unreadable-date")]
)
def test_a_date_of_birth_that_cannot_be_is_refused_and_not_quoted(born: object, code: str) -> None:
    """It is a fact about a person, and stands in no message."""
    issue = last({**WOMAN, "birthDate": born}, observation(effectiveDateTime="2024-05")).issue
    assert issue is not None
    assert issue.code == code
    assert "birth" in issue.message
    assert issue.text == ""
    assert "2024-06" not in issue.message


@pytest.mark.parametrize(
    ("subject", "id_", "server"),
    [
        ({"reference": "Patient/p"}, "p", ""),
        ({"reference": "https://a.org/fhir/Patient/p"}, "p", "a.org/fhir"),
        ({"reference": "https://a.org/fhir/Patient/p/_history/3"}, "p", "a.org/fhir"),
        ({"reference": "x/y/Patient/p"}, "", ""),
        ({"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}, "", ""),
        ({"reference": "#p"}, "", ""),
        ({"display": "Jane"}, "", ""),
    ],
)
def test_a_patient_is_known_by_id_and_server_where_the_reference_says_them(
    subject: Json, id_: str, server: str
) -> None:
    """Whoever is at hand is known by the id of the record; the entry of the result says its server."""
    found = last(observation(subject=subject))
    assert (found.patient_id, found.server.removeprefix("https://").removeprefix("http://")) == (id_, server)
    entry = {"fullUrl": "http://b.org/fhir/Observation/1", "resource": observation(subject=subject)}
    beside = last(entry).server.removeprefix("https://").removeprefix("http://")
    assert beside == (server or "b.org/fhir")


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ({"reference": "Group/g"}, "fhir-subject"),
        ({"reference": "Device/d"}, "fhir-subject"),
        ({"reference": "Patient/q", "type": "Group"}, "fhir-subject"),
        ({"reference": "Patient/q", "type": "http://hl7.org/fhir/StructureDefinition/Location"}, "fhir-subject"),
        ({"reference": "Patient/q", "type": "Patient"}, None),
        ({"reference": "Patient/q", "type": "a group of people"}, None),
        ({"reference": "Patient/q", "type": 5}, None),
        ({"type": "Group"}, "fhir-subject"),
    ],
)
def test_what_is_about_somebody_who_is_no_patient_is_refused(subject: Json, code: str | None) -> None:
    """By the reference, or by its type; a type that is none says nothing."""
    issue = last(observation(subject=subject)).issue
    assert (issue and issue.code) == code
    assert issue is None or "about a" in issue.message


# ---------------------------------------------------------------- the name of a person


def person(resource: Json, *others: Json) -> str:
    """What tells whose the last result is."""
    return last(*others, resource).person


def of_contained(*identifiers: Json, **patient: object) -> Json:
    """A result of a patient whom it contains."""
    who = {"resourceType": "Patient", "id": "p", "identifier": [*identifiers], "gender": "female", **patient}
    return {**of(IRON, reference="#p"), "contained": [{"birthDate": "1990-01-15", **who}]}


def test_a_contained_patient_is_told_by_identifiers_sex_and_birth() -> None:
    """Whoever has the same of each is the same, in whatever order; without an identifier nobody else is."""
    seven, eight = {"system": "urn:mrn", "value": "7"}, {"system": "urn:mrn", "value": "8"}
    named = person(of_contained(seven))
    assert person(of_contained(seven), IRON) == named
    assert person(of_contained(seven, {"value": ""})) == named
    assert person(of_contained(seven, eight)) == person(of_contained(eight, seven))
    others = [of_contained(eight), of_contained(seven, eight), of_contained(seven, gender="male")]
    others += [of_contained(seven, birthDate="1990-01-16"), of_contained(seven, birthDate=None), of_contained()]
    assert len({named, *map(person, others)}) == len(others) + 1
    assert person(of_contained(), IRON) != person(of_contained())


def test_an_identifier_without_a_system_is_of_its_server_or_bundle() -> None:
    """The same number of two servers is of two people; of one server, or with a system, of one."""
    number = of(IRON, identifier={"value": "1"})
    entries = {server: {"fullUrl": f"http://{server}/fhir/Observation/1", "resource": number} for server in "ab"}
    assert person(entries["a"]) == person(entries["a"], TIBC)
    assert person(entries["a"]) != person(entries["b"])
    inner = [person(bundle(number)), person(bundle(number), IRON), person(number)]
    assert len({*inner}) == 3
    one, two = (each.person for each in fhir.read(bundle(number, of(TIBC, identifier={"value": "1"}))).observed)
    assert one == two
    known = of(IRON, identifier={"system": "urn:mrn", "value": "1"})
    assert (
        person(bundle(known)) == person(known) == person({"fullUrl": "http://a/fhir/Observation/1", "resource": known})
    )
    assert person(of(IRON, identifier="1")).startswith("?")


def test_nobody_is_told_by_the_report_and_what_he_is_called() -> None:
    """A patient who was given is one person; else each report is somebody of its own."""
    assert person(of(IRON, display="Jane")).endswith("|Jane")
    assert "|" not in person(of(IRON))
    assert not person(of(IRON, display="")).endswith("|")
    every = fhir.read([of(IRON), of(TIBC)], patient=Patient(sex="female")).observed
    assert {each.person for each in every} == {"given"}
    (line,) = fhir.annotate_lines([json.dumps(IRON)], patients=[json.dumps(WOMAN)])
    assert [each.observed.person for each in line.judged] == ["Patient/p"]
    entry = {"fullUrl": "http://a/fhir/Patient/p", "resource": WOMAN}
    assert person({"fullUrl": "http://a/fhir/Observation/1", "resource": IRON}, entry).endswith("a/fhir/Patient/p")


def test_of_two_kinds_of_subject_the_refusal_names_one() -> None:
    """The first by name, whichever said it."""
    for reference, kind in (("Group/g", "Device"), ("Device/g", "Group")):
        issue = last(observation(subject={"reference": reference, "type": kind})).issue
        assert issue is not None
        assert 'about a "Device"' in issue.message
    plain = last(observation(patient={"reference": "Group/g"}, subject=None)).issue
    assert plain is not None
    assert plain.code == "fhir-subject"


def test_a_girl_is_as_old_as_on_the_day_of_collection_when_a_pregnancy_is_open() -> None:
    """What speaks of pregnancy and is not understood leaves nothing open for a child of five, who is older now."""
    unclear = stated("82810-3", valueCodeableConcept={"text": "?"}, effectiveDateTime="2020-05-01")
    for born, possible in (("2015-01-01", [False]), ("1990-01-01", [True, False])):
        found = last({**WOMAN, "birthDate": born}, unclear, observation(effectiveDateTime="2020-05-01"))
        assert [case.patient.pregnant for case in found.cases] == possible


def test_what_stands_under_the_name_of_a_patient_and_is_none_is_refused() -> None:
    """The resource says what it is, whatever its address says."""
    herd = {"fullUrl": "http://a/fhir/Patient/p", "resource": {"resourceType": "Group", "id": "p"}}
    issue = last(herd, observation(subject={"reference": "http://a/fhir/Patient/p"})).issue
    assert issue is not None
    assert issue.message == 'The result is about a "Group" and not about a patient; leave it out here'


def test_a_host_is_no_type_of_resource() -> None:
    """An address that names no type may be a patient's."""
    assert refusal(observation(subject={"reference": "http://Lab.example/p1"})) is None


def test_results_of_a_record_that_was_withdrawn_are_not_read_together() -> None:
    """It may have been withdrawn because it held two people; an identifier beside the reference still tells whose."""
    gone = {"resource": WOMAN, "fullUrl": "", "modifierExtension": [{"url": "urn:x"}]}
    assert together(WOMAN, IRON, TIBC) == [2]
    assert together(gone, IRON, TIBC) == [1, 1]
    both = [of(each, reference="Patient/p", identifier={"system": "urn:mrn", "value": "7"}) for each in (IRON, TIBC)]
    assert together(gone, *both) == [2]


def test_an_id_that_is_no_text_is_none() -> None:
    """By it no server knows anybody."""
    number = {"system": "urn:mrn", "value": "7"}
    for id_, known in (("p", "p"), (5, ""), (None, "")):
        found = last({**WOMAN, "id": id_, "identifier": [number]}, observation(subject={"identifier": number}))
        assert (found.patient_id, found.cases[0].patient.sex) == (known, "female")


def test_copies_that_differ_in_birth_leave_the_age_open_and_say_so() -> None:
    """The sex, which both say, is known."""
    found = last(WOMAN, {**WOMAN, "birthDate": "1980-01-15"}, observation())
    message = "Copies of the patient differ in sex or birth, and each was asked; give one"
    assert [(each.code, each.message, each.text) for each in found.notices] == [("subject-unknown", message, "")]
    assert found.facts == ("age",)


def test_a_result_by_itself_is_of_the_same_patient_as_in_a_bundle_of_its_own() -> None:
    """How it is handed over makes nobody another."""
    result = of(IRON, reference="Patient/q")
    assert {person(result), *(each.person for each in fhir.read(result).observed)} == {"|Patient/q"}


def test_a_name_of_one_letter_more_is_another_name() -> None:
    """In one report `Patient X` and `Patient XX` are two."""
    held = [of(each, display=name) for each, name in ((IRON, "Patient X"), (TIBC, "Patient XX"))]
    report = {"resourceType": "DiagnosticReport", "status": "final", "code": concept("24360-0"), "contained": held}
    assert [each.person for each in fhir.read(report).observed] == ["?|Patient X", "?|Patient XX"]


def test_a_person_is_named_by_what_tells_whose_the_results_are() -> None:
    """Identifiers, birth and sex, and where an identifier without a system stands, with a blank between them."""
    seven, eight = {"system": "urn:mrn", "value": "7"}, {"system": "urn:mrn", "value": "8"}
    told = 'Patient?identifier=urn:mrn|7 Patient?identifier=urn:mrn|8 "1990-01-15" "female"'
    assert person(of_contained(eight, seven)) == told
    number = {"fullUrl": "http://a/fhir/Observation/1", "resource": of(IRON, identifier={"value": "1"})}
    assert person(number) == "Patient?identifier=|1 http://a/fhir"
