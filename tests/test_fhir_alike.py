"""What is read once and kept: whatever came before, a resource is answered as if it were the first."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import LabsError, Patient, fhir
from rlslabs.catalog import Catalog, builtin
from rlslabs.fhir import alike, concept, judging
from rlslabs.fhir import lines as lines_module
from rlslabs.fhir.annotating import Notes
from rlslabs.fhir.exact import dumps, loads
from rlslabs.fhir.pregnancy import stated
from rlslabs.fhir.reading import is_of_one_test, is_of_others, sift

Json = dict[str, Any]

LOINC = "http://loinc.org"
HL7 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
WOMAN = Patient(sex="female", age=52, pregnant=False)
WITHHELD = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}


def observation(**fields: object) -> Json:
    """An Observation as a laboratory sends it."""
    made: Json = {
        "resourceType": "Observation",
        "id": "secret-id",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": "2276-4"}]},
        "subject": {"reference": "Patient/secret"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": 38, "unit": "ng/mL"},
        **fields,
    }
    return {name: part for name, part in made.items() if part is not ...}


def own(low: object = 24, **more: object) -> list[Json]:
    """A printed range."""
    return [{"low": {"value": low, "unit": "ng/mL"}, "high": {"value": 336, "unit": "ng/mL"}, **more}]


def coded(*codes: object, **more: object) -> Json:
    """A code."""
    return {"coding": [{"system": LOINC, "code": each} for each in codes], **more}


QUANTITIES = [
    {"value": value, "unit": unit, **more}
    for value in (38, 38.0, Decimal("38.0"), Decimal("38.00"), True, "38", None, float("nan"), -1)
    for unit in ("ng/mL", "ug/dL")
    for more in ({}, {"code": "ug/L"}, {"comparator": "<"}, {"comparator": ""}, {"_value": WITHHELD}, {"unit": 5})
]
CHANGES: dict[str, list[Any]] = {
    "status": ["final", "preliminary", "cancelled", 5, ...],
    "category": [[{"text": "urine"}], [{"text": "serum"}], {"text": "urine"}, "x", ...],
    "bodySite": [{"text": "urine"}, {"text": "arm"}, ["urine"]],
    "method": [{"text": "ECLIA"}, {"text": "other"}, 5],
    "code": [
        coded("2276-4", modifierExtension=[{"url": "x"}]),
        coded("2276-4", text="Ferritin"),
        coded("2276-4", text="Iron"),
        coded("2498-4"),
        coded("2276-4", "2276-4"),
        coded("2276-4", 5),
        coded("2276-4", ["5"]),
        coded("2951-2"),
        coded("2951-2", text="pregnant"),
        coded("2951-2", text="x" * 1001),
        coded("82810-3"),
        {"coding": [5]},
        {"coding": [{"code": "2276-4", "display": ["x"]}]},
        {"coding": "x"},
        {"text": "Ferritin"},
        5,
        ...,
    ],
    "valueQuantity": [*QUANTITIES, "x", ...],
    "referenceRange": [
        own(),
        own(24.0),
        own(Decimal("24.0")),
        own(Decimal("24.00")),
        own(low=True),
        own("24"),
        own((Decimal(24),)),
        own(text="24-336 ng/mL"),
        own(text="deficient"),
        own(text="x" * 4001),
        own(appliesTo=[{"text": "women"}]),
        own(age={"low": {"value": 18, "unit": "a"}}),
        own() + own(30),
        own() * 60,
        [bytearray(b"x")],
        5,
    ],
    "interpretation": [[coded("L") | {"coding": [{"system": HL7, "code": "L"}]}], [{"text": "high"}], "x", []],
    "specimen": [{"display": "serum"}, {"display": "urine"}],
    "effectiveDateTime": ["2024", "2023-01-01T08:00:00Z", "no date", ...],
    "subject": [{"reference": "Group/g"}, {"reference": "Patient/other"}, "x", ...],
    "focus": [[{"reference": "Patient/baby"}]],
    "modifierExtension": [[{"url": "x"}]],
    "implicitRules": ["x"],
    "dataAbsentReason": [{"text": "lost"}],
    "valueString": ["38"],
    "_valueQuantity": [WITHHELD],
    "component": [[{"code": coded("2276-4"), "valueQuantity": {"value": 5, "unit": "ng/mL"}}], [], 5],
    "contained": [[{"resourceType": "Patient", "id": "c", "gender": "male"}], []],
    "note": [[{"text": "by hand"}]],
    "extension": [[{"url": "x"}]],
}
changes = st.lists(
    st.sampled_from(sorted(CHANGES)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(CHANGES[name]))),
    max_size=3,
).map(dict)
resources = changes.map(lambda each: observation(**each))


def said(call: Callable[[], object]) -> str:
    """What comes of a call, with every digit and type; an error too."""
    try:
        return repr(call())
    except LabsError as error:
        return repr(error)


def answers(resource: Json, patient: Patient | None) -> tuple[str, str]:
    """What is read and judged of a resource, and what is written into it."""
    return (
        said(lambda: fhir.judge(resource, patient=patient)),
        said(lambda: fhir.annotate(resource, patient=patient)),
    )


def forget(patch: pytest.MonkeyPatch) -> tuple[dict[object, object], dict[object, object]]:
    """As if nothing had come before; gives what is kept of readings and of codes from now on."""
    readings: dict[object, object] = {}
    codes: dict[object, object] = {}
    for module, kept in ((alike, readings), (concept, codes), (judging, {})):
        patch.setattr(module, "_kept", kept)
    return readings, codes


@given(st.lists(resources, min_size=2, max_size=6), st.sampled_from([None, WOMAN]))
def test_what_came_before_changes_no_answer(several: list[Json], patient: Patient | None) -> None:
    """Resources that differ in a part, a type or a digit are each answered as by itself."""
    with pytest.MonkeyPatch.context() as patch:
        forget(patch)
        warm = [answers(each, patient) for each in (*several, *several)]
        cold = []
        for each in several:
            forget(patch)
            cold.append(answers(each, patient))
    assert warm == cold * 2


@given(resources)
def test_a_line_that_is_passed_over_holds_nothing(resource: Json) -> None:
    """The quick look at a line finds nothing of others only where the whole reading finds nothing."""
    annotated = fhir.annotate(observation())
    for each in (resource, {**annotated, **resource}, {**annotated, "code": coded("2951-2")}):
        if is_of_one_test(each) and is_of_others(each, builtin()):
            assert [results for _, results in sift(each, None, None)] == [[]]
            assert list(stated(each)) == []
            assert fhir.annotate(each) is each
    sodium = observation(code=coded("2951-2"))
    assert is_of_one_test(sodium)
    assert is_of_others(sodium, builtin())


PATIENT = '{"resourceType":"Patient","id":"secret","gender":"male","birthDate":"1950-01-01"}'


@given(st.lists(resources, max_size=5), st.sampled_from(["brief", "full", "none"]))
def test_a_stream_writes_what_annotate_gives(several: list[Json], notes: Notes) -> None:
    """The text of each line is that of the annotated resource, to the last digit; twice is as once."""
    sodium = observation(code=coded("2951-2"))
    lines = [json.dumps(each, default=float) for each in map(_of_json, [*several, sodium])]
    for line in fhir.annotate_lines(lines, patient=WOMAN, notes=notes):
        resource = loads(lines[line.number - 1], checked=False)
        if line.issue is None:
            new = fhir.annotate(resource, patient=WOMAN, notes=notes)
            assert new is not resource or line.text == lines[line.number - 1]
            assert dumps(loads(line.text)) == dumps(new)
            (again,) = fhir.annotate_lines([line.text], patient=WOMAN, notes=notes)
            assert loads(again.text) == loads(line.text)
    with pytest.MonkeyPatch.context() as patch:
        quick = list(fhir.annotate_lines([*lines, PATIENT, *lines], notes=notes))
        patch.setattr(lines_module, "is_of_others", lambda *_: False)
        assert quick == list(fhir.annotate_lines([*lines, PATIENT, *lines], notes=notes))


def _of_json(resource: Json) -> Json:
    """A resource without what JSON cannot hold."""
    return {name: part for name, part in resource.items() if "bytearray" not in repr(part)}


def test_what_is_alike_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next of a kind shares the range that was read of the first, and has a value of its own."""
    forget(monkeypatch)
    several = [observation(referenceRange=own(), valueQuantity={"value": value, "unit": "ng/mL"}) for value in (38, 39)]
    first, second = (fhir.read(each).observed[0] for each in several)
    assert second.ranges[0] is first.ranges[0]
    assert [each.result and each.result.value for each in (first, second)] == [38, 39]


def test_what_is_alike_for_one_catalog_is_read_anew_for_another(tmp_path: Path) -> None:
    """A clinic that knows the laboratory's short name hears nothing of it, whoever asked before."""
    (tmp_path / "ferritin.toml").write_text('id = "ferritin"\naliases = ["FERR1"]\n')
    each, clinic = observation(code=coded("2276-4", text="FERR1")), Catalog.load(tmp_path)
    for catalog, codes in ((builtin(), ["display-unknown"]), (clinic, []), (builtin(), ["display-unknown"])):
        (found,) = fhir.read(each, catalog=catalog).observed
        assert [notice.code for notice in found.notices if notice.code != "patient-not-found"] == codes


def test_what_is_kept_is_bounded_and_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many units and codes come, few readings are kept, none of them long, and none says whose it is."""
    readings, codes = forget(monkeypatch)
    monkeypatch.setattr(alike, "_KEPT", 3)
    monkeypatch.setattr(concept, "_MOST_KEPT", 3)
    for number in range(10):
        fhir.read(observation(referenceRange=own(20 + number)))
        fhir.read(observation(code=coded("2276-4", text=f"Ferritin{' ' * number}")))
        assert 0 < len(readings) <= 3
        assert 0 < len(codes) <= 3
    assert "secret" not in repr(readings)
    readings, codes = forget(monkeypatch)
    long: list[Any] = [own(text="x" * 4001), [[[[[{}] * 401]]]], [[]] * 401, [bytearray(b"x")]]
    for ranges in long:
        fhir.read(observation(referenceRange=ranges, code=coded("2276-4", text="Ferritin " + "x" * 1000)))
    assert (readings, codes) == ({}, {})
