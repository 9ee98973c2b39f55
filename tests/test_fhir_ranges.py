"""The laboratory's ranges: what their words, types, people and ages say is heard, and nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import fhir
from rlslabs.fhir.observed import Judged
from rlslabs.interpretation import Interpretation
from rlslabs.rangewords import range_words

Json = dict[str, Any]

SNOMED = "http://snomed.info/sct"
MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
WOMAN = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-15"}
FEMALE = {"system": SNOMED, "code": "248152002"}


def own(low: object = None, high: object = None, **fields: object) -> Json:
    """A referenceRange in ng/mL."""
    ends = {name: {"value": end, "unit": "ng/mL"} for name, end in (("low", low), ("high", high)) if end is not None}
    return {**ends, **fields}


def judged(*ranges: Json, value: object = 25, code: str = "2276-4", patient: Json | None = WOMAN) -> Judged:
    """A ferritin of a woman of 34, beside these ranges."""
    made = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": value, "unit": "ng/mL"},
        "referenceRange": list(ranges),
    }
    *_, found = fhir.judge([*([patient] if patient else []), made])
    return found


def answer(*ranges: Json, **fields: Any) -> Interpretation:  # noqa: ANN401  the fields of judged
    """The interpretation alone."""
    it = judged(*ranges, **fields).interpretation
    assert it is not None
    return it


def notices(*ranges: Json, **fields: Any) -> list[str]:  # noqa: ANN401  the fields of judged
    """The codes of what is said of the result."""
    return [each.code for each in judged(*ranges, **fields).observed.notices]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (own(None, 20, text="Deficient"), {"code": "62292-8", "value": 12}),
        (own(20, 30, text="Insufficient"), {"code": "62292-8", "value": 25}),
        (own(150, text="Toxic"), {"code": "62292-8", "value": 160}),
        (own(75, 150, text="Therapeutic target"), {"value": 60}),
        (own(30, 400, text="Zielwert"), {}),
        (own(30, 400, type={"coding": [{"system": MEANING, "code": "normal"}], "text": "Therapeutic"}), {}),
        (
            own(
                30,
                400,
                type={"coding": [{"system": MEANING, "code": "normal"}, {"system": "http://x", "code": "critical"}]},
            ),
            {},
        ),
        (own(30, 400, type={"coding": [{}]}), {}),
    ],
)
def test_a_band_that_is_named_otherwise_is_never_the_normal_range(given: Json, fields: Json) -> None:
    """Deficient, toxic and targets are no normal range, whether the text or the type says so; the answer tells it."""
    assert answer(given, **fields).standard.set == "general"
    assert "range-passed-over" in notices(given, **fields)


def test_two_bands_with_names_are_not_joined() -> None:
    """`Sufficient from 20` and `insufficient below 30` are no range from 20 to 30."""
    bands = (own(20, text="Sufficient from 20"), own(None, 30, text="Insufficient below 30"))
    assert answer(*bands, code="62292-8", value=40).standard.set == "general"
    assert notices(*bands, code="62292-8", value=40) == ["range-passed-over"]
    odd = (own(20, text="ECLIA"), own(None, 300, text="ECLIA"))
    assert "range-joined" not in notices(*odd)


@pytest.mark.parametrize("text", ["Men: 30-400", "M 30-400", "Männer 30-400", "Male adults"])
def test_the_text_of_a_range_says_for_whom_it_is(text: str) -> None:
    """Numbers beside the word men are for men."""
    assert answer(own(30, 400, text=text)).standard.set == "general"
    assert notices(own(30, 400, text=text)) == ["range-for-others"]
    man = {**WOMAN, "gender": "male"}
    assert answer(own(30, 400, text=text), patient=man).standard.position == "below"
    assert notices(own(30, 400, text=text), patient=man) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pregnant, third trimester", ["fhir-resource"]),
        ("Pregnant", ["range-for-others"]),
        ("Children 1-5 years", ["fhir-resource"]),
        ("Men 30-400, women 13-150", ["fhir-resource"]),
    ],
)
def test_a_range_for_people_who_cannot_be_told_is_not_used(text: str, expected: list[str]) -> None:
    """A trimester, children, and both sexes at once."""
    assert answer(own(10, 30, text=text)).standard.set == "general"
    assert notices(own(10, 30, text=text)) == expected


@pytest.mark.parametrize("text", ["Normal", "Normal range: 30 - 400 ng/mL", "Referenzbereich", "30-400 ng/mL", "Adult"])
def test_a_range_that_is_called_what_ranges_are_called_is_used(text: str) -> None:
    """Usual words change nothing."""
    it = judged(own(30, 400, text=text))
    assert it.interpretation is not None
    assert (it.interpretation.standard.position, it.observed.notices) == ("below", ())


@pytest.mark.parametrize("text", ["Roche ECLIA", "see comment", "Normal (2019)", "x" * 300])
def test_a_range_whose_text_is_not_understood_decides_only_what_holds_without_it(text: str) -> None:
    """Where the answer is the same with it and without it, it stands; else it is undecided. Both are said."""
    given = own(30, 400, text=text)
    assert answer(given).standard.position == "undecided"
    assert answer(given).standard.settled_by == ("population of the printed range",)
    assert answer(given, value=60).standard.position == "within"
    assert answer(given, value=3).standard.position == "below"
    assert notices(given, value=60) == ["range-text-unclear"]
    assert notices(given, own(20, 300, appliesTo=[{"text": "men"}]), value=60) == ["range-text-unclear"]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([{"coding": [FEMALE], "text": "Pregnant women"}], "range-for-others"),
        ([{"coding": [{"system": SNOMED, "code": "77386006"}], "text": "female"}], "range-for-others"),
        ([{"text": "Female on haemodialysis"}], "fhir-resource"),
        ([{"coding": [FEMALE], "text": "Female, Kenya"}], "fhir-resource"),
        ([{"coding": [FEMALE, {"system": "urn:race", "code": "2076-8"}]}], "fhir-resource"),
        ([{"coding": [FEMALE]}, {}], "fhir-resource"),
        ([{"coding": [FEMALE]}, "x"], "fhir-resource"),
        ([{"text": "female 18-50"}], "fhir-resource"),
    ],
)
def test_every_code_and_word_of_applies_to_is_heard(entries: list[Json], expected: str) -> None:
    """A sex does not swallow the rest of its entry."""
    given = own(5, 30, appliesTo=entries)
    assert answer(given).standard.set == "general"
    assert notices(given) == [expected]


@pytest.mark.parametrize(
    "entries",
    [
        [{"coding": [{**FEMALE, "display": "Female (finding)"}], "text": "Female"}],
        [{"coding": [{"system": "urn:lab", "code": "W", "display": "Women"}]}],
        [{"text": "Adult female"}],
        [{"coding": [FEMALE]}, {"text": "adults"}],
    ],
)
def test_usual_words_of_applies_to_are_understood(entries: list[Json]) -> None:
    """A display, a local code with a known one, and adults."""
    assert answer(own(30, 400, appliesTo=entries)).standard.position == "below"


def test_what_text_and_applies_to_say_holds_together() -> None:
    """They add up, and where they exclude each other the range is not used."""
    assert notices(own(30, 400, text="men", appliesTo=[{"coding": [FEMALE]}])) == ["fhir-resource"]
    aged = {"age": {"low": {"value": 18, "unit": "a"}}}
    assert notices(own(30, 400, text="adults", **aged)) == ["fhir-resource"]
    assert answer(own(30, 400, text="women", **aged)).standard.position == "below"


@pytest.mark.parametrize(
    ("high", "position"),
    [
        ({"value": 150, "unit": "years"}, "below"),
        ({"value": 999, "unit": "a"}, "below"),
        ({"value": 130, "unit": "a"}, "below"),
        ({"value": 33, "unit": "a"}, "within"),
        ({"value": 50, "unit": "years", "code": "a"}, "below"),
    ],
)
def test_an_age_that_nobody_reaches_leaves_a_band_open(high: Json, position: str) -> None:
    """`18 to 150 years` is for every adult."""
    age = {"low": {"value": 18, "unit": "years"}, "high": high}
    assert answer(own(30, 400, age=age)).standard.position == position


def test_an_age_in_two_units_is_not_read() -> None:
    """`18 months` with the code of years is neither."""
    age = {"low": {"value": 18, "unit": "months", "code": "a"}}
    assert notices(own(30, 400, age=age)) == ["fhir-resource"]


@pytest.mark.parametrize(
    ("low", "high", "position"),
    [(60, None, "undecided"), (18, 50, "undecided"), (18, 99, "below"), (18, 120, "below"), (18, None, "below")],
)
def test_a_band_that_is_not_for_every_adult_does_not_decide_for_an_unknown_age(
    low: int, high: int | None, position: str
) -> None:
    """Nobody is known to be over sixty; a band up to 99 years is for every adult."""
    ends = {"low": {"value": low, "unit": "a"}, **({"high": {"value": high, "unit": "a"}} if high else {})}
    assert answer(own(30, 400, age=ends), patient=None).standard.position == position


@given(st.text(max_size=300))
def test_any_text_is_sorted(text: str) -> None:
    """Whatever stands there, it is sorted, and a text without words says nothing of people."""
    said = range_words(text)
    assert bool(said.unknown) or len(text) <= 200
    if not any(each.isalpha() for each in text):
        assert not said.contradicts
