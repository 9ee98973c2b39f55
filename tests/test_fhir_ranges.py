"""The laboratory's ranges: what their words, types, people and ages say is heard, and nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import Patient, fhir
from rlslabs.fhir.observed import Judged, OwnRange
from rlslabs.interpretation import Interpretation
from rlslabs.model import Issue
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
        ([{"coding": {"system": SNOMED, "code": "248153007"}}], "range-for-others"),  # one that is no list
        ([{"coding": ["male"]}], "range-for-others"),
        (["male"], "range-for-others"),
        ([{"coding": [{"display": 5}]}], "fhir-resource"),
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


@pytest.mark.parametrize(
    "text",
    ["Below normal", "less than normal", "Under reference limit", "below the normal range", "outside normal", "Lower"],
)
def test_a_band_beside_the_normal_one_is_not_normal(text: str) -> None:
    """`below` and `above` say an end before a number alone; before `normal` they name another band."""
    it = answer(own(None, 30, text=text))
    assert it.standard.set != "report"
    assert notices(own(None, 30, text=text)) == ["range-passed-over"]
    three = (own(None, 30, text=text), own(30, 400, text="Normal"), own(400, None, text="Above normal"))
    assert (answer(*three).standard.position, answer(*three, value=500).standard.position) == ("below", "above")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Low: 30 High: 400",
            "lower limit 30, upper limit 400",
            "from 30 and below 400",
            "30 ng/mL or more, up to 400",
        ),
        *("greater than or equal to 30, less than 400", "Lower reference limit 30", "low 30, high 400"),
    ],
)
def test_a_word_before_a_number_says_an_end(text: str) -> None:
    """The laboratory's range is used."""
    it = answer(own(30, 400, text=text))
    assert (it.standard.set, it.standard.position) == ("report", "below")
    assert notices(own(30, 400, text=text)) == []


NOT_HERS = [{"coding": [{"system": SNOMED, "code": "60001007"}]}]


@pytest.mark.parametrize(
    "given",
    [
        *({"text": text} for text in ("Non-pregnant women", "women (not pregnant)", "Frauen, nicht schwanger")),
        *({"text": text} for text in ("no embarazada", "niet-zwanger", "non enceinte")),
        {"appliesTo": NOT_HERS},
        {"appliesTo": [{**NOT_HERS[0], "text": "Not pregnant"}]},
        {"appliesTo": [*NOT_HERS, {"coding": [FEMALE]}]},
    ],
)
def test_a_range_for_women_who_are_not_pregnant_is_not_for_the_pregnant(given: Json) -> None:
    """It is hers who is not, and no range of her who is."""
    for pregnant, own_, position in ((False, True, "below"), (True, False, "no-range"), (None, True, "below")):
        it = _of(Patient(sex="female", age=34, pregnant=pregnant), own(30, 400, **given))
        assert (it.standard.set == "report", it.standard.position) == (own_, position)
    both = (own(5, 20, text="Pregnant"), own(30, 400, **given))
    positions = [_of(Patient(sex="female", age=34, pregnant=each), *both).standard.position for each in (False, True)]
    assert positions == ["below", "above"]


@pytest.mark.parametrize("text", ["Female except pregnancy", "not for men", "ohne Schwangere", "kein Kind"])
def test_a_range_with_a_denial_is_for_nobody_who_can_be_told(text: str) -> None:
    """What turns the words round is not read as the words."""
    assert notices(own(30, 400, text=text)) == ["fhir-resource"]
    assert answer(own(30, 400, text=text)).standard.set != "report"


def test_a_range_for_the_pregnant_and_for_those_who_are_not_is_refused() -> None:
    """Two entries that exclude each other are for nobody."""
    given = own(30, 400, text="Pregnant", appliesTo=NOT_HERS)
    assert notices(given) == ["fhir-resource"]


def _of(patient: Patient, *ranges: Json) -> Interpretation:
    """The interpretation for a patient who is given."""
    made = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2276-4"}]},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": 25, "unit": "ng/mL"},
        "referenceRange": list(ranges),
    }
    (found,) = fhir.judge(made, patient=patient)
    assert found.interpretation is not None
    return found.interpretation


@pytest.mark.parametrize(
    "ranges",
    [
        (own(30, None, text="30-100"), own(None, 400, text="100-400")),
        (own(30, None), own(None, 400, text=">= 20")),
    ],
)
def test_ends_whose_texts_say_something_else_are_not_joined(ranges: tuple[Json, ...]) -> None:
    """One range of two is one only where nothing beside it contradicts that."""
    assert "range-joined" not in notices(*ranges)
    assert "range-joined" in notices(own(30, None, text=">= 30"), own(None, 400, text="<= 400"))


@pytest.mark.parametrize(
    "ranges",
    [
        (own(24), own(None, 75, type={"text": "Goal"})),
        (own(24, type={"text": "Goal"}), own(None, 75, type={"text": "Goal"})),
        (own(24, 336), own(None, 400)),
        (own(None, 400), own(24, 336)),
        (own(24), own(None, 336), own()),
    ],
)
def test_only_the_two_ends_of_one_normal_range_are_joined(ranges: tuple[Json, ...]) -> None:
    """A limit and a goal are no range, one with both its ends lacks none, and of three nobody knows which two."""
    assert "range-joined" not in notices(*ranges)
    assert len(judged(*ranges).observed.ranges) == len(ranges)


def test_a_range_that_was_joined_says_so() -> None:
    """The laboratory is told to print it in one."""
    message = "The printed range was read from two entries, one for each end; print it in one"
    assert judged(own(24), own(None, 336)).observed.notices == (Issue(code="range-joined", message=message, text=""),)


@pytest.mark.parametrize("high", [0, 20])
def test_two_ends_that_leave_nothing_between_them_are_refused_as_one_range(high: int) -> None:
    """Neither end alone is flagged from."""
    it = answer(own(24), own(None, high))
    assert it.standard.set == "general"
    assert [(each.code, each.text) for each in it.issues] == [("range-inverted", f"24-{high}")]


def test_blanks_around_the_type_of_a_range_change_nothing() -> None:
    """` Normal range ` is normal, and ` Goal ` a goal."""
    assert notices(own(24, 336, type={"text": " Normal range "})) == []
    (issue,) = judged(own(24, 336, type={"text": " Goal "})).observed.notices
    assert (issue.code, issue.text) == ("range-passed-over", "goal")


@pytest.mark.parametrize("oldest", [999, 9999, 99_999, 999_999])
def test_an_age_of_nines_is_no_upper_end(oldest: int) -> None:
    """So databases write that there is none; an adult of any age is meant."""
    ages = {"low": {"value": 18, "unit": "a"}, "high": {"value": oldest, "unit": "a"}}
    (found,) = judged(own(24, 336, age=ages)).observed.ranges
    assert found.population is not None
    assert (found.population.age, found.issue) == (">=18 a", None)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"appliesTo": [{"coding": [{}]}]}, "a coding of appliesTo is empty"),
        ({"age": {"low": {"value": 18, "code": "a", "unit": 5}}}, "its age has no unit"),
    ],
)
def test_a_range_for_people_who_are_not_said_in_words_is_refused(given: Json, why: str) -> None:
    """A coding without a code, and a unit that is a number, name nobody."""
    (issue,) = judged(own(24, 336, **given)).observed.notices
    assert issue.code == "fhir-resource"
    assert f"for whom a printed range is meant: {why}; say the sex and the age" in issue.message


def test_of_a_range_that_was_refused_nothing_is_kept_but_why() -> None:
    """Neither its numbers nor for whom it is."""
    (found,) = judged(own(24, 336, modifierExtension=[{"url": "urn:x"}])).observed.ranges
    assert found.issue is not None
    assert found.issue.code == "fhir-modifier"
    nothing = dict.fromkeys(("text", "low", "high", "unit", "words", "population"))
    assert found == OwnRange(**nothing, kind="normal", doubtful=False, unpregnant=False, issue=found.issue)


@pytest.mark.parametrize(("written", "shown"), [("Jane Doe 1972", False), ("2024-13", True)])
def test_what_stands_in_the_place_of_a_date_is_shown_only_where_it_looks_like_one(written: str, shown: bool) -> None:  # noqa: FBT001  a case of the table
    """A name in a field of dates tells who it is."""
    (found,) = fhir.judge({"resourceType": "Observation", **_FERRITIN, "effectiveDateTime": written})
    assert found.issue is not None
    assert (written in found.issue.message, written in found.issue.text) == (shown, shown)


_FERRITIN = {
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2276-4"}]},
    "valueQuantity": {"value": 38, "unit": "ng/mL"},
}


@pytest.mark.parametrize(
    ("born", "value", "possible"),
    [
        ("1973", 200, ("within", "above")),
        ("1970", 200, ("within",)),
        ("1980", 200, ("above",)),
        ("1973", 150, ("within",)),
        ("1973", 400, ("above",)),
    ],
)
def test_beyond_half_a_range_every_age_is_asked(born: str, value: int, possible: tuple[str, ...]) -> None:
    """To 50 the set ends at 175 and from 51 at 328; with a birth to the year she may have been either."""
    it = answer(own(20), value=value, patient={**WOMAN, "birthDate": born})
    assert it.standard.set == "report"
    assert (it.beyond.possible if it.beyond else ("within",)) == possible
    if it.beyond is not None and len(possible) > 1:
        assert (it.beyond.set, it.beyond.settled_by, it.standing) == ("general", ("age",), "undecided")
        assert [limit.high for limit in it.beyond.limits] == [175, 328]
        assert "age would settle it" in it.explanation.text
        assert (it.patient.age, it.patient.sex) == (None, "female")


def test_a_whole_range_of_other_people_decides_for_them_beside_half_a_range() -> None:
    """Women from 51 have a range that ends at 250, and those to 50 one without an end: within, or above the set."""
    whole = own(20, 250, age={"low": {"value": 51, "unit": "a"}})
    half = own(20, age={"high": {"value": 50, "unit": "a"}})
    it = answer(half, whole, value=240, patient={**WOMAN, "birthDate": "1973"})
    assert it.beyond is not None
    assert (it.standard.possible, it.beyond.possible, it.hl7) == (("within",), ("within", "above"), ())
    lower = answer(
        half, own(20, 400, age={"low": {"value": 51, "unit": "a"}}), value=390, patient={**WOMAN, "birthDate": "1973"}
    )
    assert lower.beyond is not None
    assert lower.beyond.possible == ("within", "above")
