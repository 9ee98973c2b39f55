"""FHIR that nobody should send: any shape, any depth, any size; an issue or a refusal, never anything else."""

from __future__ import annotations

import copy
import json
import sys
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import LabsError, fhir
from rlslabs.cds_hooks import cards
from rlslabs.errors import NestingError, ResourceError

Json = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p",
    "gender": "female",
    "birthDate": "1972-03",
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse",
            "extension": [
                {
                    "url": "value",
                    "valueCodeableConcept": {"coding": [{"code": "female-typical"}], "text": "female"},
                },
                {"url": "period", "valuePeriod": {"start": "2001", "end": "2030-01-01"}},
            ],
        }
    ],
}
FERRITIN: Json = {
    "resourceType": "Observation",
    "id": "f",
    "status": "final",
    "code": {
        "coding": [{"system": LOINC, "code": "2276-4", "display": "Ferritin [Mass/volume] in Serum or Plasma"}],
        "text": "Ferritin",
    },
    "subject": {"reference": "Patient/p"},
    "effectiveDateTime": "2024-05-01T08:00:00Z",
    "specimen": {"reference": "#s"},
    "contained": [{"resourceType": "Specimen", "id": "s", "type": {"text": "Serum"}}],
    "valueQuantity": {"value": 38.5, "comparator": "<", "unit": "ng/mL", "system": UCUM, "code": "ng/mL"},
    "interpretation": [{"coding": [{"system": "urn:lab", "code": "low"}]}],
    "referenceRange": [
        {
            "low": {"value": 20, "unit": "ng/mL"},
            "type": {"coding": [{"code": "normal"}]},
            "appliesTo": [{"coding": [{"system": SNOMED, "code": "248152002"}]}],
            "age": {"low": {"value": 18, "unit": "a"}, "high": {"value": 50, "unit": "a"}},
        },
        {"high": {"value": 300, "unit": "ng/mL"}, "text": "< 300"},
    ],
    "note": [{"text": "haemolytic"}],
}
PANEL: Json = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "Iron studies"},
    "subject": {"reference": "Patient/p"},
    "effectivePeriod": {"start": "2024-05-01", "end": "2024-05-01"},
    "hasMember": [{"reference": "Observation/f"}],
    "component": [
        {
            "code": {"coding": [{"system": LOINC, "code": "2498-4"}]},
            "valueRange": {"low": {"value": 60, "unit": "ug/dL"}, "high": {"value": 70, "unit": "ug/dL"}},
        },
        {"code": {"coding": [{"system": LOINC, "code": "2502-3"}]}, "valueString": "18 %"},
        {"code": {"coding": [{"system": LOINC, "code": "2500-7"}]}, "dataAbsentReason": {"text": "clotted"}},
    ],
}
PREGNANCY: Json = {
    "resourceType": "Condition",
    "code": {"coding": [{"system": SNOMED, "code": "77386006"}]},
    "subject": {"reference": "Patient/p"},
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "onsetDateTime": "2024-01",
    "abatementDateTime": "2024-03-01",
}
REPORT: Json = {
    "resourceType": "DiagnosticReport",
    "status": "final",
    "code": {"text": "labs"},
    "subject": {"reference": "Patient/p"},
    "result": [{"reference": "Observation/f"}],
    "effectiveDateTime": "2024-05-01",
}
BUNDLE: Json = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [{"resource": each} for each in (PATIENT, FERRITIN, PANEL, PREGNANCY, REPORT)],
}

JUNK: st.SearchStrategy[object] = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1e308, float("nan"), float("inf"), 10**400),
        *("", " ", "x", "\ud800", "38", "2024-13-45"),
        *([], {}, [[]], [{}], [None]),
        *({"coding": 5}, {"coding": [None]}, {"reference": "#s"}, {"value": "x"}),
    ]
)
ANY = st.recursive(
    JUNK | st.text(max_size=5) | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FERRITIN, *PANEL]), inner, max_size=4)
    ),
    max_leaves=8,
)


def places(part: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a resource."""
    found = [at]
    if isinstance(part, dict | list):
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            found += places(inner, (*at, key))
    return found


PLACES = [place for place in places(BUNDLE) if place]


@st.composite
def damaged(draw: st.DrawFn) -> object:
    """A bundle of everything, with a few of its parts missing, doubled, wrapped, or of any other kind."""
    bundle = copy.deepcopy(BUNDLE)
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        holder: Any = bundle
        try:
            for key in place[:-1]:
                holder = holder[key]
            old, how = holder[place[-1]], draw(st.sampled_from(["missing", "doubled", "wrapped", "other", "any"]))
        except (KeyError, IndexError, TypeError):
            continue
        if how == "missing":
            del holder[place[-1]]
        else:
            new = {"doubled": [old, old], "wrapped": [old], "other": draw(JUNK), "any": draw(ANY)}[how]
            holder[place[-1]] = copy.deepcopy(new)
    return bundle


def same(one: object, two: object) -> bool:
    """Whether two resources are the same, NaN included."""
    if isinstance(one, dict | list):
        return json.dumps(one, sort_keys=True, default=str) == json.dumps(two, sort_keys=True, default=str)
    return one == two


def laws(resource: object) -> None:
    """What holds of whatever is handed over."""
    before = repr(resource)
    try:
        read = fhir.read(resource)
        written = fhir.annotate(resource)
    except LabsError:
        return
    finally:
        assert repr(resource) == before
    assert same(fhir.annotate(written), written)
    assert same(fhir.read(written), read)
    assert all(each.issue is not None or each.cases for each in read.observed)
    told = fhir.report(resource)
    assert told["resourceType"] in {"DiagnosticReport", "Bundle"}


@settings(max_examples=400)
@given(damaged())
def test_a_damaged_bundle_is_read_or_refused_and_never_breaks(bundle: object) -> None:
    """Missing, doubled or of a wrong type, every part ends as an answer, an issue or a LabsError."""
    laws(bundle)


@settings(max_examples=120)
@given(ANY)
def test_anything_at_all_is_read_or_refused(thing: object) -> None:
    """Whatever Python holds is a resource, a list of them, or refused with a LabsError."""
    laws(thing)
    laws({**FERRITIN, "component": thing})
    laws([thing, FERRITIN])


@settings(max_examples=100)
@given(damaged())
def test_a_damaged_prefetch_gives_cards_or_a_refusal(bundle: object) -> None:
    """Cards are made of whatever was prefetched, or the request is refused."""
    request = {
        "hook": "patient-view",
        "hookInstance": "1",
        "context": {"patientId": "p"},
        "prefetch": {"results": bundle},
    }
    try:
        answer = cards(request)
    except LabsError:
        return
    assert all(len(card["summary"]) < 140 for card in answer["cards"])
    json.dumps(answer)


def nested(depth: int) -> Json:
    """Bundles in bundles."""
    bundle: Json = {"resourceType": "Bundle", "entry": [{"resource": FERRITIN}]}
    for _ in range(depth):
        bundle = {"resourceType": "Bundle", "entry": [{"resource": bundle}]}
    return bundle


def test_bundles_are_read_a_hundred_deep_and_no_deeper() -> None:
    """No depth reaches Python's own limit: beyond ours the bundle is refused."""
    assert len(fhir.read(nested(95)).results) == 1
    assert same(fhir.annotate(fhir.annotate(nested(95))), fhir.annotate(nested(95)))
    with pytest.raises(NestingError):
        fhir.read(nested(5000))


def test_lists_in_lists_are_refused_beyond_the_same_depth() -> None:
    """A list that holds lists without end is refused."""
    deep: Any = [FERRITIN]
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(NestingError):
        fhir.read(deep)
    assert len(fhir.read([[[FERRITIN]]]).results) == 1


def test_a_resource_that_holds_itself_is_refused() -> None:
    """Cycles of bundles, contained resources, parameters and lists end in a refusal, in no time."""
    bundle: Json = {"resourceType": "Bundle", "entry": []}
    bundle["entry"] += [{"resource": bundle}, {"resource": bundle}]
    holder: Json = {**FERRITIN, "contained": []}
    holder["contained"].append(holder)
    parts: list[Any] = []
    parts.append({"part": parts})
    loop: list[Any] = []
    loop.append(loop)
    for each in (bundle, holder, {"resourceType": "Parameters", "parameter": parts}, loop):
        with pytest.raises(NestingError):
            fhir.read(each)


def test_members_that_have_each_other_as_members_are_read_once() -> None:
    """A cycle of references is followed once around."""
    one = {**PANEL, "id": "one", "hasMember": [{"reference": "Observation/two"}, {"reference": "Observation/one"}]}
    two = {**PANEL, "id": "two", "hasMember": [{"reference": "Observation/one"}]}
    del one["effectivePeriod"], two["effectivePeriod"]
    read = fhir.read({"resourceType": "Bundle", "entry": [{"resource": one}, {"resource": two}]})
    assert len(read.observed) == 6


def test_what_is_nested_deeply_in_an_element_is_not_entered() -> None:
    """An extension of any depth is no more than an extension, also where two patients have one."""
    deep: Any = {}
    twin: Any = {}
    for _ in range(100_000):
        deep, twin = {"extension": [deep]}, {"extension": [twin]}
    odd = {**FERRITIN, "extension": [deep], "effectivePeriod": deep, "effectiveDateTime": None, "status": "final"}
    assert fhir.read({"resourceType": "Bundle", "entry": [{"resource": odd}]}).observed
    people = [{**PATIENT, "extension": [deep]}, {**PATIENT, "extension": [twin]}]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in (*people, FERRITIN)]}
    (observed,) = fhir.read(bundle).observed
    assert observed.patient is not None
    assert observed.patient.sex == "female"  # both say so
    for part in (deep, twin):  # taken apart here: Python itself would do it recursively
        while part:
            part = part.pop("extension").pop()  # noqa: PLW2901  one level at a time


def test_numbers_of_any_size_are_refused_and_not_written_out() -> None:
    """A number of a million digits costs neither time nor memory, and its message is short."""
    from decimal import Decimal  # noqa: PLC0415  beside its use

    for number in (10**4000, Decimal("1e999999999"), Decimal("-1e-999999999"), 1e308, float("nan")):
        for kind in ({"valueQuantity": {"value": number, "unit": "ng/mL"}}, {"valueRange": {"low": {"value": number}}}):
            odd = {key: part for key, part in FERRITIN.items() if key != "valueQuantity"} | kind
            ranged = {**FERRITIN, "referenceRange": [{"low": {"value": number, "unit": "ng/mL"}, "text": "x"}]}
            aged = {
                **FERRITIN,
                "referenceRange": [{"low": {"value": 1}, "age": {"low": {"value": number, "unit": "a"}}}],
            }
            for each in (odd, ranged, aged):
                (judged,) = fhir.judge(each)
                said = [judged.issue] if judged.issue else list(judged.observed.notices)
                assert all(len(issue.message) < 600 for issue in said)
                assert judged.issue is not None or each is not odd


@pytest.mark.unwatched
def test_the_work_for_a_large_bundle_grows_with_its_size() -> None:
    """References, members and contained resources are looked up, not searched for."""

    def bundle(count: int) -> Json:
        members = [{**FERRITIN, "id": f"f{index}"} for index in range(count)]
        same_name = [{**PATIENT, "birthDate": f"{1900 + index % 100}"} for index in range(count)]
        pregnancies = [PREGNANCY for _ in range(count)]
        panel = {**PANEL, "hasMember": [{"reference": f"Observation/f{index}"} for index in range(count)]}
        return {
            "resourceType": "Bundle",
            "entry": [{"resource": dict(each)} for each in (*same_name, *pregnancies, panel, *members)],
        }

    def calls(count: int) -> int:
        made, called = copy.deepcopy(bundle(count)), Counter[str]()
        sys.setprofile(lambda _frame, event, _given: called.update([event]))
        try:
            fhir.annotate(made)
        finally:
            sys.setprofile(None)
        return called["call"] + called["c_call"]

    calls(10)
    assert calls(360) < 3 * 1.2 * calls(120)


def test_a_message_holds_no_more_than_value_unit_and_code() -> None:
    """Names, notes and identifiers of a person reach no message."""
    named = {**FERRITIN, "note": [{"text": "SECRET"}], "subject": {"reference": "Patient/p", "display": "SECRET"}}
    people = {**PATIENT, "name": [{"family": "SECRET"}], "birthDate": "2024-06-01", "id": "p"}
    for value in (
        {"value": 10**9, "unit": "ng/mL"},
        {"value": 38},
        {"value": 38, "unit": "mmHg"},
        {"value": 38, "unit": "ng/mL"},
    ):
        bundle = {
            "resourceType": "Bundle",
            "entry": [{"resource": people}, {"resource": {**named, "valueQuantity": value}}],
        }
        (judged,) = fhir.judge(bundle)
        assert judged.issue is not None
        assert "SECRET" not in judged.issue.message


@pytest.mark.parametrize("thing", [None, 5, "Observation", object(), FERRITIN.keys(), type])
def test_what_is_no_resource_is_refused(thing: object) -> None:
    """Neither a number nor text nor a class is a resource."""
    with pytest.raises(ResourceError):
        fhir.read(thing)


def test_the_limit_of_recursion_is_not_touched() -> None:
    """Reading at a shallow limit works: nothing here is recursive in what it reads."""
    before = sys.getrecursionlimit()
    fhir.annotate(BUNDLE)
    assert sys.getrecursionlimit() == before
