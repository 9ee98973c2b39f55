"""What is written beside a laboratory's own words: no contradiction without a word, and every range says for whom."""

from __future__ import annotations

from typing import Any

import pytest

from rlslabs import fhir
from rlslabs.catalog import builtin
from rlslabs.fhir.systems import INTERPRETATION, OURS
from rlslabs.sent import code_of

Json = dict[str, Any]

LOINC = "http://loinc.org"
WOMAN = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1972-01-15"}
BOTH = {"low": {"value": 15, "unit": "ng/mL"}, "high": {"value": 150, "unit": "ng/mL"}}


def observation(code: str = "2276-4", value: object = 38, unit: str = "ng/mL", **fields: object) -> Json:
    """A result of Patient/p; a field that is `None` is left out."""
    made: Json = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": value, "unit": unit},
        **fields,
    }
    return {name: part for name, part in made.items() if part is not None}


def flagged(*codes: str) -> list[Json]:
    """The laboratory's own interpretation."""
    return [{"coding": [{"system": INTERPRETATION, "code": each}]} for each in codes]


def annotated(*resources: Json, **options: Any) -> Json:  # noqa: ANN401  the options of annotate
    """The last of the resources, annotated, and the same when it is annotated again."""
    found: list[Json] = fhir.annotate(list(resources), **options)
    assert fhir.annotate(found, **options) == found
    return found[-1]


def codes(resource: Json, system: str) -> list[str]:
    """The codes of a system in the interpretation."""
    concepts = resource.get("interpretation", [])
    return [coding["code"] for each in concepts for coding in each["coding"] if coding.get("system") == system]


def note(resource: Json) -> str:
    """What our note says."""
    text: str = resource["note"][-1]["text"]
    return text


# ---------------------------------------------------------------- beside the laboratory's own flag


@pytest.mark.parametrize(
    "printed",
    [
        {"text": "siehe Befund"},
        {"low": {"value": 400, "unit": "ng/mL"}, "high": {"value": 30, "unit": "ng/mL"}},
        {**BOTH, "appliesTo": [{"text": "smokers"}]},
        {"low": {"value": 15, "unit": "mmol/L"}},
        "30-400",
    ],
)
def test_beside_a_printed_range_that_cannot_be_used_no_code_of_ours_stands(printed: object) -> None:
    """HL7 codes are by the range of the test procedure; where that cannot be read, another range gives none."""
    none: list[Json] = []
    for theirs in (none, flagged("L")):
        new = annotated(WOMAN, observation(value=38, referenceRange=[printed], interpretation=theirs or None))
        assert codes(new, INTERPRETATION) == [each["coding"][0]["code"] for each in theirs]
        assert codes(new, OURS) == ["optimal-below"]
        assert "The standard set is used in its place" in note(new)
    whole: Json = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": WOMAN}]}
    whole["entry"] += [{"resource": observation(value=38, referenceRange=[printed])}]
    (contained,) = fhir.report(whole)["contained"]
    assert codes(contained, INTERPRETATION) == []


def test_a_value_off_the_scale_is_so_by_no_range() -> None:
    """Below the measuring range is said whatever range was printed."""
    low = {"value": 5, "unit": "ng/mL", "comparator": "<"}
    new = annotated(WOMAN, observation(valueQuantity=low, referenceRange=[{"text": "siehe Befund"}]))
    assert codes(new, INTERPRETATION) == ["<"]


@pytest.mark.parametrize(
    ("theirs", "word"),
    [
        (["L"], "The laboratory's own flag is L."),
        (["H", "U"], "The laboratory's own flag is H."),
        (["N"], ""),
        (["D"], ""),
        ([], ""),
    ],
)
def test_a_flag_that_is_not_ours_is_named_in_the_note(theirs: list[str], word: str) -> None:
    """Both stand, and the reader is told of it; a code of change is no place."""
    new = annotated(WOMAN, observation(value=38, interpretation=flagged(*theirs) or None))
    assert ("own flag" in note(new)) == bool(word)
    assert word in note(new)


def test_the_standard_place_is_in_our_system_whether_or_not_the_laboratory_flagged_the_same() -> None:
    """One code finds every result of a place."""
    for theirs in ([], ["N"], ["L"]):
        new = annotated(WOMAN, observation(value=38, interpretation=flagged(*theirs) or None))
        assert codes(new, OURS) == ["standard-within", "optimal-below"]
    low = {"value": 5, "unit": "ng/mL", "comparator": "<"}
    new = annotated(WOMAN, observation(valueQuantity=low, interpretation=flagged("<", "L")))
    assert codes(new, OURS) == ["standard-below", "off-scale-low", "optimal-below"]
    assert codes(new, INTERPRETATION) == ["<", "L"]


# ---------------------------------------------------------------- ranges


def test_a_converted_range_is_said_in_the_unit_of_the_result_and_as_it_was_printed() -> None:
    """Whoever shows the text shows numbers that belong to the result beside it."""
    moles = code_of("vitamin_d", "nmol/L", builtin())
    (normal, _) = annotated(WOMAN, observation(moles, 60, "nmol/L"))["referenceRange"]
    assert ": 49.92-124.8 nmol/L (printed as 20-50 ng/mL). Source" in normal["text"]
    (normal, _) = annotated(WOMAN, observation("2132-9", 300, "pg/mL"))["referenceRange"]
    assert ": 180-914 pg/mL (printed as 180-914 ng/L). Source" in normal["text"]
    (normal, _) = annotated(WOMAN, observation("2502-3", 0.3, "1"))["referenceRange"]
    assert " %). Source" in normal["text"]
    (normal, _) = annotated(WOMAN, observation())["referenceRange"]
    assert "printed as" not in normal["text"]


def test_a_range_that_does_not_hold_in_pregnancy_says_so_wherever_it_goes() -> None:
    """Whoever loads our ranges must not flag a pregnant woman by them."""
    for definition in fhir.observation_definitions():
        for each in definition["qualifiedInterval"]:
            told = [coding["code"] for one in each.get("appliesTo", ()) for coding in one["coding"]]
            grown = each.get("age", {"low": {"value": 18}})["low"]["value"] >= 18
            if grown:
                assert told == (["60001007"] if each.get("gender") != "male" else [])
            assert (told == ["60001007"]) == (", not in pregnancy: " in each["condition"])
    for each in annotated(WOMAN, observation())["referenceRange"]:
        assert each["appliesTo"][-1]["coding"][0]["code"] == "60001007"
        assert ", not in pregnancy: " in each["text"]
    man = {**WOMAN, "gender": "male"}
    assert "pregnancy" not in annotated(man, observation())["referenceRange"][0]["text"]


def test_a_brief_note_says_why_there_is_no_place() -> None:
    """In pregnancy, and where a set holds no range."""
    carried = {
        "resourceType": "Condition",
        "code": {"text": "Pregnancy"},
        "subject": {"reference": "Patient/p"},
        "onsetDateTime": "2024-03-01",
    }
    new = annotated(WOMAN, carried, observation())
    assert "the optimal range for restless legs: ranges for adults do not hold in pregnancy." in note(new)
    new = annotated(WOMAN, observation("2500-7", 300, "ug/dL"), standard="exeter-uk")
    assert "not placed against the standard range of Royal Devon, Exeter, United Kingdom: it holds none" in note(new)


@pytest.mark.parametrize(
    "theirs",
    [
        {"coding": [{"code": "L"}]},
        {"text": "Low"},
        {"coding": [{"system": "urn:lab", "code": "7", "display": "LOW"}]},
        {"coding": [{"system": "urn:lab", "code": "7"}], "text": "l"},
    ],
)
def test_a_flag_without_its_system_is_a_flag(theirs: Json) -> None:
    """A contradiction is told however the laboratory wrote its own."""
    (answer,) = fhir.judge(observation(value=38, interpretation=[theirs]))
    assert (answer.observed.flags, answer.differs) == (("L",), "N")
    assert "own flag is L." in note(annotated(WOMAN, observation(value=38, interpretation=[theirs])))


def test_marks_that_a_server_rewrote_are_still_ours() -> None:
    """A display that was dropped, an id or a time that was added make nobody else the author."""
    marked = annotated(WOMAN, observation(value=38))
    stored = {**marked, "interpretation": [], "note": [{**marked["note"][0], "time": "2024-05-02", "id": "n"}]}
    for each in marked["interpretation"]:
        codings = [{name: part for name, part in one.items() if name != "display"} for one in each["coding"]]
        stored["interpretation"].append(
            {**each, "id": "x", "coding": [{**one, "userSelected": False} for one in codings]}
        )
    again = annotated(WOMAN, {**stored, "valueQuantity": {"value": 8, "unit": "ng/mL"}})
    assert codes(again, INTERPRETATION) == ["L"]
    assert codes(again, OURS) == ["standard-below", "optimal-below"]
    assert len(again["note"]) == 1


def test_a_code_that_is_a_unit_of_the_test_contradicts_the_words_under_any_system() -> None:
    """`pg/mL` beside `pmol/L` is two units; a local code that is no unit is none."""
    two = {"value": 250, "unit": "pg/mL", "code": "pmol/L", "system": "http://ucum.org"}
    (answer,) = fhir.judge(observation("2132-9", valueQuantity=two))
    assert answer.issue is not None
    assert answer.issue.code == "unit-conflict"
    (answer,) = fhir.judge(observation("2132-9", valueQuantity={**two, "code": "258806002"}))
    assert answer.issue is None


@pytest.mark.parametrize(
    "more", [{"authorReference": {"reference": "Practitioner/a"}}, {"extension": [{"url": "urn:x"}]}]
)
def test_a_note_that_holds_more_than_ours_is_not_taken_for_ours(more: Json) -> None:
    """Whoever wrote into it keeps it: it stays where it stands, and our own is put beside it."""
    (own,) = fhir.annotate([WOMAN, observation()])[-1]["note"]
    theirs = {**own, **more}
    assert fhir.annotate([WOMAN, observation(note=[theirs])])[-1]["note"] == [theirs, own]
    assert fhir.annotate([WOMAN, observation(note=[own])])[-1]["note"] == [own]
