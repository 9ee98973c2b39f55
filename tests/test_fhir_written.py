"""FHIR written: annotated Observations, reports and exports; held against a model library of R4B and R5."""

from __future__ import annotations

import copy
import gzip
import json
from base64 import b64decode
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources import get_fhir_model_class
from fhir.resources.R4B import get_fhir_model_class as get_r4b_class
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import LabsError, Patient, fhir
from rlslabs.catalog import builtin
from rlslabs.errors import UnknownCircumstanceError, UnknownSetError
from rlslabs.fhir import judging, marks
from rlslabs.fhir.systems import INTERPRETATION, OURS, RANGE_MEANING, UCUM

Json = dict[str, Any]

DATA = Path(__file__).parents[2] / "shared" / "data"
official = pytest.mark.skipif(not DATA.exists(), reason="the official examples are not here")

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"


def observation(code: str = "2276-4", value: object = 38, unit: str = "ng/mL", **fields: object) -> Json:
    """An Observation of a patient that is Patient/p."""
    made: Json = {
        "resourceType": "Observation",
        "id": f"o{code}",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": value, "unit": unit},
        **fields,
    }
    return {name: part for name, part in made.items() if part is not None}


def patient(**fields: object) -> Json:
    """A woman of 52."""
    return {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1972-01-15", **fields}


def bundle(*resources: Json) -> Json:
    """A Bundle of resources."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def valid(resource: Json, releases: tuple[str, ...] = ("R4B", "R5")) -> None:
    """Hold a resource against the model library, as JSON holds it."""
    for release in releases:
        find = get_r4b_class if release == "R4B" else get_fhir_model_class
        find(resource["resourceType"]).model_validate_json(json.dumps(resource))


def codes(resource: Json, system: str) -> list[str]:
    """The codes of a system in the interpretation."""
    concepts = resource.get("interpretation", [])
    return [coding["code"] for each in concepts for coding in each["coding"] if coding.get("system") == system]


def annotated(*resources: Json, **options: Any) -> Json:  # noqa: ANN401  the options of annotate
    """The last of the resources, annotated."""
    found: Json = fhir.annotate(list(resources), **options)[-1]
    return found


# ---------------------------------------------------------------- annotate


def test_a_judged_observation_says_both_places_with_their_ranges_sources_and_a_note() -> None:
    """Normal for the laboratory, below optimal: two concepts, two typed ranges with sources, one note."""
    new = annotated(patient(), observation())
    valid(new)
    assert codes(new, INTERPRETATION) == ["N"]
    assert codes(new, OURS) == ["standard-within", "optimal-below"]
    normal, optimal = new["referenceRange"]
    assert [each["type"]["coding"][0]["code"] for each in (normal, optimal)] == ["normal", "therapeutic"]
    assert [each["type"]["coding"][0]["system"] for each in (normal, optimal)] == [RANGE_MEANING] * 2
    assert normal["low"] == {"value": 20, "unit": "ng/mL", "system": UCUM, "code": "ng/mL"}
    assert normal["appliesTo"][0]["coding"][0]["code"] == "248152002"
    assert normal["age"] == {"low": {"value": 51, "unit": "a", "system": UCUM, "code": "a"}}
    assert "Mayo Clinic Laboratories" in normal["text"]
    assert "Healers" in optimal["text"]
    assert (optimal["low"]["value"], optimal["high"]["value"]) == (75, 150)
    (note,) = new["note"]
    assert note["authorString"] == "rlslabs"
    assert note["text"].startswith(
        "Ferritin 38 ng/mL is within the standard range (20-328 ng/mL) and 37 ng/mL below the optimal range"
    )
    assert note["text"].endswith("This is information, not a diagnosis.")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"value": 5, "unit": "ng/mL", "comparator": "<"}, ["L", "<"]),
        ({"value": 2000, "unit": "ng/mL", "comparator": ">"}, ["H", ">"]),
        ({"value": 500, "unit": "ng/mL"}, ["H"]),
        ({"value": 100, "unit": "ng/mL"}, ["N"]),
        ({"value": 30, "unit": "ng/mL", "comparator": "<"}, ["<"]),
    ],
)
def test_the_codes_follow_the_standard_place_alone(value: Json, expected: list[str]) -> None:
    """L, N or H by the standard place, none where it is undecided, and `<` or `>` for a result off the scale."""
    new = annotated(patient(), observation(valueQuantity=value))
    valid(new)
    assert codes(new, INTERPRETATION) == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["LL"], ["LL", "L"]),
        (["L"], ["L"]),
        (["H"], ["H", "L"]),
        (["<"], ["<", "L"]),
        (["L", "<"], ["L", "<"]),
    ],
)
def test_a_flag_of_the_laboratory_is_never_overwritten(flags: list[str], expected: list[str]) -> None:
    """It stays first; a different one of ours stands beside it, and the same is not said twice."""
    theirs = [{"coding": [{"system": INTERPRETATION, "code": each}]} for each in flags]
    new = annotated(patient(), observation(value=5, interpretation=theirs))
    assert new["interpretation"][: len(theirs)] == theirs
    assert codes(new, INTERPRETATION) == expected


def test_the_flag_that_differs_is_told() -> None:
    """`differs` is our code where the laboratory said another; old systems and withdrawn codes are read."""
    for system, flag, expected in (
        (INTERPRETATION, "LL", "L"),
        ("http://hl7.org/fhir/v2/0078", "L", None),
        ("urn:oid:2.16.840.1.113883.5.83", "H>", "L"),
        ("urn:lab", "H", None),
    ):
        theirs = [{"coding": [{"system": system, "code": flag}]}]
        (judged,) = fhir.judge(observation(value=5, interpretation=theirs))
        assert judged.differs == expected
    (judged,) = fhir.judge(observation(value=5, interpretation=theirs, status="cancelled"))
    assert judged.differs is None


def test_the_laboratorys_own_range_stays_and_only_the_optimal_one_is_added() -> None:
    """Its own range is the standard one already."""
    theirs = [{"low": {"value": 24, "unit": "ng/mL"}, "high": {"value": 336, "unit": "ng/mL"}}]
    new = annotated(patient(), observation(referenceRange=theirs))
    assert new["referenceRange"][:1] == theirs
    assert [each["type"]["coding"][0]["code"] for each in new["referenceRange"][1:]] == ["therapeutic"]


def test_where_several_ranges_could_apply_each_is_written() -> None:
    """Of an unknown patient every range that was asked stands there with whom it is for."""
    new = annotated(observation())
    valid(new)
    assert [each.get("age", {}).get("high", {}).get("value") for each in new["referenceRange"]] == [
        50,
        None,
        None,
        None,
    ]
    assert "Assumed: an adult, no pregnancy." in new["note"][0]["text"]
    undecided = annotated(observation(value=200))
    assert codes(undecided, INTERPRETATION) == []
    assert "undecided against the standard range" in undecided["note"][0]["text"]


def test_a_child_gets_no_adults_range() -> None:
    """A place without a range is said in the note and nowhere else."""
    new = annotated(patient(birthDate="2015-01-01"), observation(code="2132-9", value=300, unit="pg/mL"))
    valid(new)
    assert "interpretation" not in new
    assert "referenceRange" not in new
    assert "or the optimal range for restless legs: there is none for this patient." in new["note"][0]["text"]
    weeks = annotated(patient(birthDate="2024-04-01"), observation(value=300), standard="arup")
    valid(weeks)
    assert weeks["referenceRange"][0]["age"]["high"] == {"value": 11, "unit": "mo", "system": UCUM, "code": "mo"}
    infant = annotated(patient(birthDate="2024-04-20"), observation(value=300))
    valid(infant)
    assert infant["referenceRange"][0]["age"]["high"] == {"value": 4, "unit": "wk", "system": UCUM, "code": "wk"}


@pytest.mark.parametrize("who", ["child", "pregnant", "adult"])
@pytest.mark.parametrize(("value", "code"), [(5, "L"), (12, "N"), (900, "H")])
def test_nobody_is_called_normal_by_a_range_that_was_only_taken_to_fit(who: str, value: int, code: str) -> None:
    """An adult's range beside a child or a pregnancy tells who is outside it; the note says what was assumed."""
    ends = {"low": {"value": 10, "unit": "ng/mL"}, "high": {"value": 300, "unit": "ng/mL"}}
    stated = {"coding": [{"system": LOINC, "code": "LA15173-0"}]}
    people = {
        "child": [patient(birthDate="2016-02-03")],
        "pregnant": [
            patient(birthDate="1990-01-15"),
            observation("82810-3", valueQuantity=None, valueCodeableConcept=stated),
        ],
        "adult": [patient()],
    }
    resources = [*people[who], observation(value=value, referenceRange=[ends])]
    held = code != "N" or who == "adult"
    for new in (annotated(*resources), fhir.report(resources)["contained"][0]):
        assert codes(new, INTERPRETATION) == ([code] if held else [])
        assert any(each.startswith("standard-") for each in codes(new, OURS)) == held
        assert ("meant for this patient" in new["note"][0]["text"]) == (who != "adult")


def test_components_are_annotated_in_their_place() -> None:
    """Each component gets its own concepts and ranges; the notes stand on the Observation, which alone has any."""
    panel = observation(
        code="50190-8",
        valueQuantity=None,
        component=[
            {
                "code": {"coding": [{"system": LOINC, "code": "2498-4"}]},
                "valueQuantity": {"value": 40, "unit": "ug/dL"},
            },
            {"code": {"text": "Colour"}, "valueString": "yellow"},
            {
                "code": {"coding": [{"system": LOINC, "code": "2500-7"}]},
                "valueQuantity": {"value": 420, "unit": "ug/dL"},
            },
        ],
    )
    new = annotated(patient(), panel)
    valid(new)
    assert codes(new["component"][0], INTERPRETATION) == ["N"]
    assert codes(new["component"][2], INTERPRETATION) == ["H"]
    assert new["component"][1] is panel["component"][1] or new["component"][1] == panel["component"][1]
    assert ("interpretation" in new, len(new["note"])) == (False, 2)
    assert fhir.annotate([patient(), new])[-1] == new


def test_what_is_not_judged_is_not_touched() -> None:
    """Refused and other resources are the very same objects, in a bundle too."""
    refused, other = observation(status="cancelled"), {"resourceType": "Basic", "code": {"text": "x"}}
    given = bundle(patient(), refused, other, observation())
    before = copy.deepcopy(given)
    new = fhir.annotate(given)
    valid(new)
    assert given == before
    assert all(new["entry"][index]["resource"] is given["entry"][index]["resource"] for index in range(3))
    assert fhir.annotate(refused) is refused


def test_marks_are_taken_away_from_a_result_that_was_withdrawn() -> None:
    """What was annotated and then entered in error keeps no flag of ours."""
    new = annotated(patient(), observation(note=[{"text": "haemolytic"}]))
    withdrawn = {**new, "status": "entered-in-error"}
    assert fhir.annotate(withdrawn) == observation(status="entered-in-error", note=[{"text": "haemolytic"}])


def test_a_new_value_or_another_set_replaces_our_marks() -> None:
    """Marks are made anew; nothing of an earlier answer stays."""
    new = annotated(patient(), observation())
    changed = annotated(patient(), {**new, "valueQuantity": {"value": 5, "unit": "ng/mL"}}, standard="mayo")
    assert changed == annotated(patient(), observation(value=5), standard="mayo")
    assert codes(changed, INTERPRETATION) == ["L"]


def test_the_marks_of_one_answer_are_nobody_elses() -> None:
    """Whoever changes an annotated resource changes no other."""
    one, two = annotated(patient(), observation()), annotated(patient(), observation())
    one["referenceRange"][0]["low"]["value"] = 999
    one["interpretation"][0]["coding"][0]["code"] = "HH"
    assert two == annotated(patient(), observation())


def test_the_marks_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sets and people come, few marks are kept, and they are the right ones."""
    expected = [annotated(patient(), observation(value=33), standard=each) for each in ("mayo", "arup", "quest")]
    monkeypatch.setattr(marks, "_KEPT", 1)
    kept: dict[object, object] = {}
    monkeypatch.setattr(marks, "_kept", kept)
    monkeypatch.setattr(judging, "_kept", {})
    again = [annotated(patient(), observation(value=33), standard=each) for each in ("mayo", "arup", "quest")]
    assert (again, len(kept)) == (expected, 1)


def test_the_note_may_be_full_or_left_out() -> None:
    """The full explanation cites its sources; without notes none is written."""
    full = annotated(patient(), observation(code="2276-4"), notes="full")
    assert "Sources" in full["note"][0]["text"]
    assert "note" not in annotated(patient(), observation(), notes="none")
    said = annotated(patient(), observation(status="preliminary"))
    assert "The status is preliminary" in said["note"][0]["text"]


def test_a_list_of_a_wrong_type_is_left_as_it_is() -> None:
    """Where interpretation or note is no list, nothing is added there."""
    odd = observation(interpretation={"coding": [{"system": INTERPRETATION, "code": "L"}]}, note="x")
    new = annotated(patient(), odd)
    assert (new["interpretation"], new["note"]) == (odd["interpretation"], "x")
    assert fhir.annotate([patient(), new])[-1] == new


def test_exclusive_ends_stand_in_words_alone() -> None:
    """In FHIR an end belongs to its range, so one that does not is no number there."""
    new = annotated(patient(), observation(code="68438-1", value=60, unit="nmol/L"), standard="exeter-uk")
    valid(new)
    normal = new["referenceRange"][0]
    assert ("low" in normal, "above 50 nmol/L" in normal["text"]) == (False, True)


@official
def test_the_annotated_official_bundle_is_valid_and_reads_the_same() -> None:
    """Once is the same as twice, what is read is the same before and after, and both releases accept it."""
    resource = json.loads((DATA / "fhir_r4_bundle_iron.json").read_text(encoding="utf-8"))
    new = fhir.annotate(resource)
    valid(new)
    assert fhir.annotate(new) == new
    assert fhir.read(new) == fhir.read(resource)
    for each in fhir.report(resource)["entry"]:
        valid(each["resource"])


@official
def test_an_example_of_every_shape_can_hold_a_result() -> None:
    """Every official Observation with ferritin put in place of its test is judged or refused, and stays valid."""
    for line in gzip.decompress((DATA / "fhir_r4_examples.ndjson.gz").read_bytes()).splitlines():
        resource = json.loads(line)
        if resource["resourceType"] != "Observation":
            continue
        changed = {**resource, "code": {"coding": [{"system": LOINC, "code": "2276-4"}]}}
        changed = {key: part for key, part in changed.items() if not key.startswith("value")}
        changed["valueQuantity"] = {"value": 38, "unit": "ng/mL"}
        changed.pop("dataAbsentReason", None)
        (judged,) = [each for each in fhir.judge(changed) if each.observed.component is None]
        assert (judged.issue is None) != (judged.interpretation is None)
        valid(fhir.annotate(changed), ("R4B",))


UNITS = {"2276-4": "ng/mL", "2498-4": "ug/dL", "2500-7": "ug/dL", "2502-3": "%", "2132-9": "pg/mL", "62292-8": "ng/mL"}


@given(
    st.sampled_from([*UNITS]),
    st.decimals(min_value=1, max_value=1200, places=2),
    st.tuples(
        st.sampled_from(["1972-01-15", "1990", "2015-01-01", "2024-04-28", None]),
        st.sampled_from(["female", "male", "other", None]),
    ),
    st.sampled_from([None, "<", ">", "<=", ">="]),
    st.sampled_from([*(each.id for each in builtin().sets.values() if each.kind == "standard")]),
)
def test_every_annotated_observation_is_valid(
    code: str, value: Decimal, who: tuple[str | None, str | None], comparator: str | None, standard: str
) -> None:
    """Whoever it is of, by whatever set: R4B and R5 accept it, twice is once, and it reads the same."""
    quantity = {"value": float(value), "unit": UNITS[code], **({"comparator": comparator} if comparator else {})}
    born, gender = who
    person = {key: part for key, part in patient(gender=gender, birthDate=born).items() if part is not None}
    given = bundle(person, observation(code=code, valueQuantity=quantity))
    new = fhir.annotate(given, standard=standard)
    valid(new)
    assert fhir.annotate(new, standard=standard) == new
    assert fhir.read(new) == fhir.read(given)


# ---------------------------------------------------------------- report


IRON = [
    observation(code="2276-4", value=12),
    observation(code="2498-4", value=30, unit="ug/dL"),
    observation(code="2500-7", value=420, unit="ug/dL"),
]


def test_a_report_reads_the_results_together() -> None:
    """Each result and the derived saturation is contained; conclusion and codes say what they are consistent with."""
    told = fhir.report(bundle(patient(), *IRON, observation(code="2132-9", value="x", unit="pg/mL")))
    valid(told)
    assert [each["id"] for each in told["contained"]] == ["result-1", "result-2", "result-3", "derived-1"]
    assert [each["reference"] for each in told["result"]] == [f"#{each['id']}" for each in told["contained"]]
    assert told["contained"][0]["derivedFrom"] == [{"reference": "Observation/o2276-4"}]
    assert told["contained"][3]["method"]["text"].startswith("computed: 100 x Iron")
    assert told["effectiveDateTime"] == "2024-05-01"
    named = {coding["code"] for each in told["conclusionCode"] for coding in each["coding"]}
    assert named <= {each["code"] for each in fhir.code_system()["concept"]}
    assert any(code.startswith("criterion-aasm-2025") for code in named)
    assert "Refused: " in told["conclusion"]
    assert "[wrong-type]" in told["conclusion"]
    assert "Refused: Vitamin B12 of 2024-05-01 (Observation/o2132-9): " in told["conclusion"]
    assert "Given and not used: vitamin_b12." in told["conclusion"]
    assert "Not reported: vitamin_d." in told["conclusion"]
    assert "This is information, not a diagnosis." in told["conclusion"]
    (form,) = told["presentedForm"]
    text = b64decode(form["data"]).decode()
    assert text.startswith(told["conclusion"])
    assert "Sources\n1. " in text
    assert "Sources" not in told["conclusion"]


def test_a_report_says_what_was_assumed_and_what_is_to_be_said_of_a_result() -> None:
    """A range printed without a lower end, and a woman of whom no pregnancy is known: both stand in the conclusion."""
    printed = bundle(patient(birthDate="1990-01-01"), observation(value=3, referenceRange=[{"text": "< 150"}]))
    told = fhir.report(printed)["conclusion"]
    assert "Assumed: no pregnancy, because none was stated." in told
    assert "Ferritin: The printed range has no usable lower limit" in told
    assert "Assumed" not in fhir.report(bundle(patient(gender="male"), observation()))["conclusion"]


def test_a_report_of_several_patients_is_a_bundle_of_reports() -> None:
    """Results of different patients are never read together."""
    other = [{**each, "subject": {"reference": "Patient/q"}} for each in IRON[:1]]
    told = fhir.report(bundle(patient(), *IRON, *other))
    valid(told)
    assert [each["resource"]["subject"]["reference"] for each in told["entry"]] == ["Patient/p", "Patient/q"]
    assert fhir.report([]) == {"resourceType": "Bundle", "type": "collection"}
    valid(fhir.report([]))


def test_a_report_keeps_apart_what_was_true_at_different_times() -> None:
    """A pregnancy between two collections makes two panels of one patient."""
    pregnant = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": SNOMED, "code": "77386006"}]},
        "subject": {"reference": "Patient/p"},
        "onsetDateTime": "2024-04-01",
        "abatementDateTime": "2024-12-20",
    }
    early = observation(code="2498-4", value=60, unit="ug/dL", effectiveDateTime="2019-01-01")
    found = fhir.panels(bundle(patient(birthDate="1990-01-01"), pregnant, early, observation()))
    assert [each.panel and each.panel.patient.pregnant for each in found] == [None, True]


def test_equal_copies_of_a_result_are_one_line_of_a_panel() -> None:
    """However often a result was sent; two without an id are two results."""
    cases: list[tuple[Json, int]] = [({}, 1), ({"id": None}, 2)]
    for fields, count in cases:
        (found,) = fhir.panels(bundle(patient(), *[observation(**fields) for _ in range(2)]))
        assert len(found.observed) == count


def test_open_facts_are_open_in_a_panel() -> None:
    """Where the age at collection is open the panel assumes no adult; equal facts are kept."""
    (found,) = fhir.panels(bundle(patient(birthDate="1973"), observation(value=200)))
    assert found.panel is not None
    assert (found.panel.patient.sex, found.panel.patient.age) == ("female", None)
    assert found.panel.interpretations[0].status == "undecided"
    told = fhir.report(bundle(patient(birthDate="1973"), observation(value=200)))
    assert "undecided" in told["conclusion"]


def test_what_cannot_be_read_together_is_left_out_and_said() -> None:
    """Results by ranges that part by an unknown fact, and of dates that cannot be told apart, stand outside."""
    ranges = [
        {"high": {"value": 200, "unit": "ng/mL"}, "appliesTo": [{"text": "women"}]},
        {"high": {"value": 400, "unit": "ng/mL"}, "appliesTo": [{"text": "men"}]},
    ]
    for value in (100, 500):  # by both ranges the same, so it stands, held against each of them
        (found,) = fhir.panels(bundle(observation(value=value, referenceRange=ranges), IRON[1]))
        assert found.refused == ()
        assert found.panel is not None
        first = found.panel.lines[0].interpretation
        assert first is not None
        assert (first.standard.set, len(first.standard.limits)) == ("report", 2)
    (found,) = fhir.panels(bundle(observation(value=300, referenceRange=ranges), IRON[1]))
    assert [each.issue and each.issue.code for each in found.refused] == ["fhir-population"]
    unread = observation(valueQuantity=None, valueString="haemolytic", referenceRange=ranges)
    for result, refusal in (
        (unread, "unreadable-value"),
        (observation(value=9e9, referenceRange=ranges), "implausible-value"),
    ):
        (found,) = fhir.panels(bundle(result, IRON[1]))  # no range makes a value of it, and the others are read
        assert [each.issue and each.issue.code for each in found.refused] == [refusal]
        assert found.panel is not None
        assert len(found.panel.interpretations) == 1
    years = [
        observation(effectiveDateTime="2022"),
        observation(code="2498-4", value=60, unit="ug/dL", effectiveDateTime="2023"),
        observation(code="2500-7", value=300, unit="ug/dL", effectiveDateTime="2023"),
    ]
    (found,) = fhir.panels(bundle(*years))
    assert [each.issue and each.issue.code for each in found.refused] == ["unreadable-date"]
    assert found.panel is not None
    assert len(found.panel.derived) == 1


def test_a_panel_that_cannot_be_made_says_why() -> None:
    """Facts that exclude each other refuse the panel; a resource with refusals alone has a report that says so."""
    man = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "82810-3"}]},
        "subject": {"reference": "Patient/p"},
        "valueCodeableConcept": {"text": "pregnant"},
    }
    told = fhir.report(bundle(patient(gender="male"), man, observation()))
    valid(told)
    assert "[patient-conflict]" in told["conclusion"]
    alone = fhir.report(observation(status="cancelled"))
    valid(alone)
    assert "[fhir-status]" in alone["conclusion"]


def test_a_report_of_everything_names_nothing_that_is_missing() -> None:
    """What is context or refused has no Observation of its own; a derived value that cannot be has none either."""
    rest = [("2502-3", 30, "%"), ("2132-9", 500, "pg/mL"), ("62292-8", 50, "ng/mL"), ("1988-5", 3, "mg/L")]
    whole = [*IRON, *(observation(code=code, value=value, unit=unit) for code, value, unit in rest)]
    told = fhir.report(bundle(patient(), *whole, observation(code="20567-4", unit="mmHg")))
    valid(told)
    assert "Not reported" not in told["conclusion"]
    assert "[unknown-unit]" in told["conclusion"]
    absurd = [observation(code="2498-4", value=1900, unit="ug/dL"), observation(code="2500-7", value=100, unit="ug/dL")]
    told = fhir.report(bundle(patient(), *absurd))
    valid(told)
    assert [each["id"] for each in told["contained"]] == ["result-1", "result-2"]


def test_conditions_are_declared_for_the_panel() -> None:
    """Dialysis, for example, is a fact that no resource states here."""
    (found,) = fhir.panels(bundle(patient(), *IRON), patient=Patient(conditions=("dialysis",)))
    assert found.panel is not None
    assert found.panel.patient.conditions == ("dialysis",)
    inflamed = fhir.report(bundle(patient(), *IRON), patient=Patient(conditions=("inflammation",)))
    assert "Inflammation: it raises ferritin" in inflamed["conclusion"]
    with pytest.raises(UnknownCircumstanceError):
        fhir.panels(bundle(patient(), *IRON), patient=Patient(conditions=("gout",)))
    with pytest.raises(UnknownSetError):
        fhir.report([], standard="nowhere")


def test_a_reported_result_keeps_its_form() -> None:
    """Comparators, intervals, zones, own ranges, names, remarks and estimates are written as FHIR has them."""
    zone, local = "2024-05-01T08:00:00+02:00", "2024-05-01T08:00:00"
    given = bundle(
        patient(),
        observation(valueQuantity={"value": 5, "unit": "ng/mL", "comparator": "<"}, effectiveDateTime=zone),
        observation(
            code="2498-4",
            valueQuantity=None,
            valueRange={"low": {"value": 60, "unit": "ug/dL"}, "high": {"value": 70, "unit": "ug/dL"}},
            effectiveDateTime=local,
            referenceRange=[{"text": "< 150"}],
        ),
        observation(code="2132-9", value=300, unit="pg/mL", id=None, effectiveDateTime=None),
        observation(code="X", valueQuantity={"value": 60, "unit": "nmol/L"}) | {"code": {"text": "Vitamin D"}},
    )
    told = fhir.report(given)
    valid(told)
    first, second, third, fourth = told["contained"]
    assert (first["valueQuantity"]["comparator"], first["effectiveDateTime"]) == ("<", zone)
    assert second["valueRange"]["high"]["value"] == 70
    assert second["effectiveDateTime"] == "2024-05-01"
    assert second["referenceRange"][0] == {"text": "printed as < 150"}
    assert "derivedFrom" not in third
    assert "effectiveDateTime" not in third
    assert fourth["code"] == {"text": "25-hydroxyvitamin D"} or "coding" not in fourth["code"]
    doubtful = bundle(patient(), observation(value=5000), *IRON[1:], observation(code="2502-3", value=60, unit="%"))
    told = fhir.report(doubtful)
    valid(told)
    assert "not to be relied on in this sample" in told["conclusion"]
    over = fhir.report(
        bundle(
            patient(),
            observation(code="2498-4", value=300, unit="ug/dL"),
            observation(code="2500-7", value=280, unit="ug/dL"),
        )
    )
    valid(over)
    assert len(over["contained"][-1]["note"]) == 3
    estimated = fhir.report(
        bundle(patient(), IRON[1], observation(code="3034-6", value=250, unit="mg/dL")), estimate_tibc=True
    )
    valid(estimated)
    assert any("Estimated: " in note["text"] for each in estimated["contained"] for note in each["note"])


# ---------------------------------------------------------------- exports


@pytest.mark.parametrize("standard", [each.id for each in builtin().sets.values() if each.kind == "standard"])
def test_every_range_of_a_set_is_exported_with_its_source(standard: str) -> None:
    """An ObservationDefinition a marker, valid in its release, with every range of the sets and who says so."""
    r4 = fhir.observation_definitions(standard=standard)
    r5 = fhir.observation_definitions(standard=standard, release="R5")
    for marker, old, new in zip(builtin().markers.values(), r4, r5, strict=True):
        valid(old, ("R4B",))
        valid(new, ("R5",))
        ranges = [each for each in marker.range if standard in each.sets or each.kind == "optimal"]
        assert len(old["qualifiedInterval"]) == len(new["qualifiedValue"]) == len(ranges)
        assert all("Source: " in each["condition"] for each in old["qualifiedInterval"])
        exported = [each.get("range", {}).get("low", {}).get("value") for each in old["qualifiedInterval"]]
        standards = [each for each in ranges if each.kind == "standard"] + [
            each for each in ranges if each.kind == "optimal"
        ]
        inclusive = [each.low.value if each.low and each.low.inclusive else None for each in standards]
        assert exported == [None if each is None else float(each) for each in inclusive]
        assert [each["code"] for each in old["code"]["coding"]] == [each.code for each in marker.loinc]


def test_a_range_for_pregnancy_is_exported_as_such(tmp_path: Path) -> None:
    """A clinic's own range for pregnant women says whom it is for, in a definition and on an Observation."""
    from rlslabs import Catalog  # noqa: PLC0415  beside its use

    (tmp_path / "sources.toml").write_text('[lab]\ntitle = "Ranges"\npublisher = "Our lab"\nevidence = "seen"\n')
    (tmp_path / "sets.toml").write_text('[ours]\nkind = "standard"\nname = "standard range of our lab"\nnote = "x"\n')
    (tmp_path / "ferritin.toml").write_text(
        'id = "ferritin"\n[[range]]\nkind = "standard"\nsets = ["ours"]\nunit = "ng/mL"\nreviewed = 2026-11-22\n'
        "applies_to = { pregnant = true }\n"
        'low = { value = 30, source = "lab", locator = "p. 1", inclusive = false }\n'
        '[[range]]\nkind = "standard"\nsets = ["ours"]\nunit = "ng/mL"\nreviewed = 2026-11-22\n'
        'applies_to = { age = "0-9 d" }\nhigh = { value = 900, source = "lab", locator = "p. 1", inclusive = false }\n'
    )
    catalog = Catalog.load(tmp_path)
    (definition, *_) = fhir.observation_definitions(standard="ours", catalog=catalog)
    valid(definition, ("R4B",))
    assert definition["qualifiedInterval"][0]["appliesTo"][0]["coding"][0]["code"] == "77386006"
    assert "above 30 ng/mL" in definition["qualifiedInterval"][0]["condition"]
    assert definition["qualifiedInterval"][1]["age"]["high"]["value"] == 9
    assert "below 900 ng/mL" in definition["qualifiedInterval"][1]["condition"]
    pregnant = Patient(sex="female", age=30, pregnant=True)
    new = fhir.annotate(observation(), patient=pregnant, standard="ours", catalog=catalog)
    valid(new)
    assert new["referenceRange"][0]["appliesTo"][0]["coding"][0]["code"] == "77386006"


def test_our_codes_are_exported_once_each() -> None:
    """The CodeSystem is valid, complete and without doubles; the ValueSet is all of it."""
    system, values = fhir.code_system(), fhir.value_set()
    valid(system)
    valid(values)
    named = [each["code"] for each in system["concept"]]
    assert len(named) == len(set(named)) == system["count"]
    assert values["compose"]["include"] == [{"system": system["url"]}]
    assert values["url"] == system["valueSet"]
    assert all(each["display"] and each["definition"] for each in system["concept"])
    new = [annotated(patient(), observation(value=value)) for value in (5, 38, 100, 300, 900)]
    new.append(annotated(patient(), observation(valueQuantity={"value": 2000, "unit": "ng/mL", "comparator": ">"})))
    used = {code for each in new for code in codes(each, OURS)}
    used |= {each["type"]["coding"][1]["code"] for one in new for each in one["referenceRange"]}
    assert used <= set(named)


def test_an_unknown_set_is_refused_before_anything_is_read() -> None:
    """A wrong option is an error and no issue."""
    for call in (fhir.annotate, fhir.judge, fhir.panels):
        with pytest.raises(LabsError):
            call(observation(), optimal="nowhere")
