"""What is read of one Observation: every field of it, the laboratory's own flags, and when the sample was taken."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rlslabs import fhir
from rlslabs.fhir.observation import lab_flags
from rlslabs.fhir.observed import Observed
from tests.test_fhir_forms import HL7, Json, of_the_man

PLAIN = of_the_man("ferritin", Decimal(38))
MAN = {"resourceType": "Patient", "id": "man", "gender": "male", "birthDate": "1950-01-01"}


def read(*resources: object) -> Observed:
    """The only result."""
    (found,) = fhir.read([*resources]).observed
    return found


def test_every_field_of_a_result_is_told() -> None:
    """Of a patient at hand, with an entry that says its server."""
    entry = {"fullUrl": "http://a.org/fhir/Observation/o", "resource": {**PLAIN, "id": "o"}}
    found = read({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": MAN}, entry]})
    assert (found.path, found.component, found.id) == ("[0].entry[1].resource", None, "o")
    assert (found.subject, found.collected, found.undated) == ("Patient/man", date(2024, 5, 1), "")
    assert (found.patient_id, found.server) == ("man", "http://a.org/fhir")
    assert (found.marker, found.name, found.context) == ("ferritin", "Ferritin", False)
    assert (found.facts, found.ranges, found.flags, found.issue) == ((), (), (), None)
    (case,) = found.cases
    assert (case.result.value, case.result.unit, case.result.text) == (Decimal(38), "ng/mL", None)
    assert (case.result.comparator, case.result.method, case.result.specimen) == (None, None, None)


@pytest.mark.parametrize(
    "resource",
    [
        {**PLAIN, "status": "cancelled"},
        {**PLAIN, "valueQuantity": {"value": "x"}},
        {**PLAIN, "focus": [{"reference": "Patient/q"}]},
        {**PLAIN, "effectiveInstant": "2024-05-01T08:00:00Z"},
    ],
)
def test_of_a_refused_result_nothing_is_made_up(resource: Json) -> None:
    """Whose and when it is is told as far as that can be told, and everything else is empty."""
    found = read({**resource, "id": 5})
    assert found.issue is not None
    assert (found.cases, found.facts, found.ranges, found.flags, found.undated) == ((), (), (), (), "")
    assert (found.marker, found.name, found.id) == ("ferritin", "Ferritin", None)
    known = "focus" not in resource
    assert (found.subject, found.patient_id, found.server) == (("Patient/man", "man", "") if known else ("", "", ""))
    assert found.person == ("|Patient/man" if known else "?[0]")
    twice = "effectiveInstant" in resource
    assert found.collected == (date(2024, 5, 1) if known and not twice else None)


def test_a_refused_code_names_nothing() -> None:
    """The result has neither a marker nor a name of ours."""
    for code in ("Mar-89", "2276-5", "86914-9"):
        found = read({**PLAIN, "code": {"coding": [{"system": "http://loinc.org", "code": code}]}})
        assert found.issue is not None
        assert (found.marker, found.name) == (None, "")


@pytest.mark.parametrize("wrong", [5, "Observation", [5], {"resourceType": 5}])
def test_what_is_no_resource_among_resources_is_refused_with_empty_fields(wrong: object) -> None:
    """There may have been a result in it, so it is one that was refused, and nobody's."""
    entries = [{"resource": PLAIN}, {"resource": wrong}]
    every = fhir.read({"resourceType": "Bundle", "type": "collection", "entry": entries}).observed
    assert every[0].issue is None
    assert len(every) == 2
    for found in every[1:]:
        assert found.issue is not None
        assert (found.marker, found.name, found.id, found.component, found.context) == (None, "", None, None, False)
        assert (found.subject, found.patient_id, found.server, found.collected, found.undated) == ("", "", "", None, "")
        assert (found.cases, found.facts, found.ranges, found.flags, found.notices) == ((), (), (), (), ())
        assert found.person.startswith("?")


@pytest.mark.parametrize(
    ("interpretation", "flags"),
    [
        (None, ()),
        ([], ()),
        ("H", ("H",)),
        ("high", ("H",)),
        (" High ", ("H",)),
        ({"text": "Low"}, ("L",)),
        ({"text": " low"}, ("L",)),
        ({"text": "something"}, ()),
        ({"text": "low", "coding": [{"code": "H"}]}, ("H",)),
        ({"coding": [{"display": "Low"}], "text": "High"}, ("L",)),
        ({"coding": [{"code": "H"}]}, ("H",)),
        ({"coding": [{"code": "Q7"}]}, ()),
        ({"coding": [{"code": "Q7", "system": HL7}]}, ("Q7",)),
        ({"coding": [{"code": "H", "system": "urn:local"}]}, ()),
        ({"coding": [{"code": "H", "system": "urn:local"}], "text": "low"}, ("L",)),
        ([{"coding": [{"code": "H", "system": HL7}]}, {"coding": [{"code": "A", "system": HL7}]}], ("H", "A")),
        ([{"coding": [{"code": "N", "system": HL7}, {"code": "<", "system": HL7}]}], ("N", "<")),
        ({"coding": [{"code": "L<", "system": HL7}]}, ("LU",)),
        ({"coding": [{"code": "H>", "system": HL7}]}, ("HU",)),
    ],
)
def test_the_flags_of_a_laboratory_are_read_with_and_without_a_system(
    interpretation: object, flags: tuple[str, ...]
) -> None:
    """By their codes, else by one word; another system's code says nothing here."""
    assert lab_flags({"interpretation": interpretation}) == flags


def test_our_own_place_is_no_flag_of_the_laboratory() -> None:
    """Neither in front of its flag nor behind it."""
    marked = fhir.annotate({**PLAIN, "interpretation": [{"coding": [{"system": HL7, "code": "A"}]}]})
    assert lab_flags(marked) == ("A",)
    assert lab_flags({"interpretation": marked["interpretation"][::-1]}) == ("A",)


@pytest.mark.parametrize(
    ("fields", "collected", "undated"),
    [
        ({}, date(2024, 5, 1), ""),
        ({"effectivePeriod": None}, date(2024, 5, 1), ""),
        ({"effectiveDateTime": "2024-05"}, date(2024, 5, 31), "2024-05"),
        ({"effectiveDateTime": None}, None, ""),
        (
            {"effectiveDateTime": None, "effectivePeriod": {"start": "2024-05-01", "end": "2024-05-03"}},
            date(2024, 5, 3),
            "2024-05-01/2024-05-03",
        ),
        ({"effectiveDateTime": None, "effectivePeriod": {"end": "2024-05-03"}}, None, "/2024-05-03"),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2024-05-01"}}, None, "2024-05-01/"),
    ],
)
def test_when_a_sample_was_taken_is_told_to_the_day_or_as_written(
    fields: Json, collected: date | None, undated: str
) -> None:
    """The last day that is possible, and what stands there where it is not to the day."""
    found = read({name: part for name, part in {**PLAIN, **fields}.items() if part is not None})
    assert (found.collected and str(found.collected)[:10]) == (collected and str(collected))
    assert found.undated == undated
    assert found.issue is None


def test_a_date_that_stands_there_twice_is_refused_in_words() -> None:
    """By whatever two names."""
    for name, said in (("effectiveInstant", "2024-05-01T08:00:00Z"), ("effectivePeriod", {"start": "2024-05-01"})):
        issue = read({**PLAIN, name: said}).issue
        assert issue is not None
        assert issue.message == "The date of collection stands there twice; give it once"


def test_a_date_that_is_null_stands_there_no_second_time() -> None:
    """Null is nothing."""
    for name in ("effectiveInstant", "effectivePeriod"):
        found = read({**PLAIN, name: None})
        assert (found.issue, found.collected) == (None, date(2024, 5, 1))


def test_the_day_is_that_of_the_specimen_where_the_result_has_none() -> None:
    """Of one specimen; where the result has a day of its own, that is it."""
    specimen = {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": "2024-04-01"}}
    undated = {name: part for name, part in PLAIN.items() if name != "effectiveDateTime"}
    beside = {"specimen": {"reference": "Specimen/s"}}
    assert fhir.read([specimen, {**undated, **beside}]).observed[0].collected == date(2024, 4, 1)
    assert fhir.read([specimen, {**PLAIN, **beside}]).observed[0].collected == date(2024, 5, 1)
    bare = {**specimen, "collection": {"method": {}}}
    (found,) = fhir.read([bare, {**undated, **beside}]).observed
    assert (found.issue, found.collected, found.undated) == (None, None, "")


def test_components_of_what_is_no_blood_are_none_of_ours() -> None:
    """Urine, or a code that is refused; a panel that has members of ours is a panel."""
    part = {"code": PLAIN["code"], "valueQuantity": PLAIN["valueQuantity"]}
    whole = {name: said for name, said in PLAIN.items() if name not in {"code", "valueQuantity"}}
    for code, refused in (
        ({"text": "Urine analysis"}, "another-analyte"),
        ({"text": "Blood", "coding": [{"display": "Urine analysis"}]}, "another-analyte"),
        ({"text": "Iron panel"}, None),
        ({"text": "Anaemia tests"}, None),
        ({"text": "Our tests", "coding": [{"system": "http://loinc.org", "code": "50190-8"}]}, None),
        ({"coding": [{"system": "http://loinc.org", "code": "50190-8"}]}, None),
        ({"coding": [{"system": "http://loinc.org", "code": "2276-5"}]}, "code-check-digit"),
    ):
        parts = [
            each for each in fhir.read({**whole, "code": code, "component": [part]}).observed if each.component == 0
        ]
        assert [each.issue and each.issue.code for each in parts] == [refused], code
    wrong = fhir.read({**whole, "code": {"text": "Urine"}, "component": [{**part, "code": {"coding": 5}}]}).observed
    assert [each.issue and each.issue.code for each in wrong if each.component == 0] == ["fhir-resource"]


def test_what_holds_other_results_is_one_itself_where_it_says_anything_of_a_value() -> None:
    """A value, or why there is none; a name that is no text says neither."""
    members = {"hasMember": [{"reference": "Observation/x"}]}
    bare = {name: said for name, said in PLAIN.items() if name != "valueQuantity"}
    odd: dict[Any, Any] = {5: "x"}
    assert fhir.read({**odd, **bare, **members}).observed == ()
    assert read({**odd, **PLAIN, **members}).issue is None
    issue = read({**bare, **members, "dataAbsentReason": {"coding": [{"code": "masked"}]}}).issue
    assert issue is not None
    assert (issue.code, issue.text) == ("fhir-data-absent", "masked")
