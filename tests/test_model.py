"""The nouns are frozen, strict and whole: what goes out as JSON comes back equal, and nobody can tamper with it."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal, TypeVar

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from rlslabs import Interpretation, Issue, LabResult, LabsError, Patient, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import AmbiguousNumberError, NegativeValueError, UnknownUnitError
from rlslabs.facts import AMBIGUOUS, Bound, Frozen, Population, Range, Source
from rlslabs.limits import table
from rlslabs.marker import Code, Limits, MolarMass
from rlslabs.model import Reading, only, status_of
from rlslabs.reported import ReportedRange, written_number

Model = TypeVar("Model", bound=BaseModel)

FACES: list[type[BaseModel]] = [LabResult, Patient, Interpretation]
POSITIONS: list[Any] = ["below", "within", "above", "undecided", "no-range"]
UNITS = [(marker.id, each.ucum) for marker in builtin().markers.values() for each in marker.accepts]
TEXTS = st.text(max_size=20)
ZONES = st.none() | st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=ZONES)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)
VALUES = DECIMALS | st.integers() | st.floats() | TEXTS | st.none() | st.sampled_from(["<5", "5-10", ">=20 ng/mL"])
MARKS = st.sampled_from([None, ".", ","])
AGES = st.integers(0, 130) | st.sampled_from(["5 mo", "3 wk", "10 d", "52 years", "7.5"])
SEXES = st.sampled_from([None, "female", "male", "F", "M", "U", "unknown", "woman"])
RANGES = (
    st.none()
    | TEXTS
    | st.builds(
        ReportedRange,
        text=st.none() | TEXTS,
        low=st.none() | DECIMALS,
        high=st.none() | DECIMALS,
        unit=st.none() | TEXTS,
    )
)
RESULTS = st.builds(
    LabResult,
    marker=TEXTS,
    value=VALUES,
    unit=st.none() | TEXTS,
    comparator=st.none() | TEXTS,
    range=RANGES,
    collected=st.none() | st.dates() | MOMENTS,
    decimal_mark=MARKS,
)
PATIENTS = st.builds(
    Patient, sex=SEXES, age=st.none() | AGES, born=st.none() | st.dates(), pregnant=st.none() | st.booleans()
)


@st.composite
def interpretations(draw: st.DrawFn) -> Interpretation:
    """Interpretations of every marker, unit, kind of value, patient and printed range."""
    marker, unit = draw(st.sampled_from(UNITS))
    soft = table(builtin(), marker, unit).soft
    assert soft.low is not None
    assert soft.high is not None
    value = draw(st.decimals(soft.low, soft.high, places=4).filter(bool))
    born = draw(st.none() | st.dates(date(1930, 1, 1), date(2024, 12, 31)))
    later = draw(st.integers(0, 30_000))
    moments = MOMENTS if born is None else st.just(born + timedelta(days=later))
    ends = [draw(st.none() | st.floats(0.01, 900) | st.decimals("0.01", "900", places=2)) for _ in range(2)]
    printed: Any = draw(st.sampled_from([None, "24-336", "> 20", "0.2-0.5", "see note", ends]))
    try:
        return interpret(
            marker,
            draw(st.sampled_from([value, f"{value:f}", f"<{value:f}", f"{value:f}-{value + 1:f}", float(value)])),
            unit,
            sex=draw(SEXES),
            age=draw(st.none() | AGES) if born is None else None,
            born=born,
            pregnant=draw(st.sampled_from([None, False, True])),
            collected=draw(st.none() | moments | st.dates(date(2020, 1, 1))) if born is None else draw(moments),
            range=printed,
            decimal_mark=".",
            standard=draw(st.sampled_from([None, "mayo", "arup"])),
            strict=draw(st.booleans()),
        )
    except LabsError:
        assume(False)  # noqa: FBT003  Hypothesis' own word for: try another
        raise


PLAIN = interpret("ferritin", "38 ng/mL", sex="female", age=52)
SAMPLES: list[Frozen] = [
    LabResult(marker="ferritin", value=Decimal("38.10"), unit="ng/mL", range=ReportedRange(text="24-336")),
    Patient(sex="female", age="5 mo", born=date(2024, 1, 31), pregnant=False),
    PLAIN,
    interpret("ferritin", "<5", "ng/mL", range="24-336"),
    builtin().markers["ferritin"],
    PLAIN.explanation,
]
NAMES = [type(each).__name__ for each in SAMPLES]


def back(thing: Model) -> Model:
    """The same thing, by way of JSON."""
    return type(thing).model_validate_json(thing.model_dump_json())


def rebuilt(thing: Model) -> Model:
    """The same thing, built anew from its parts with every check."""
    return type(thing).model_validate(thing.model_dump())


# ---------------------------------------------------------------- out and in again


@settings(deadline=None)
@given(RESULTS)
@example(LabResult(marker="ferritin", value=Decimal("38.10")))
def test_a_result_comes_back_equal_from_json(result: LabResult) -> None:
    """Nothing that a laboratory wrote is lost or changed on the way out and in."""
    again = back(result)
    assert again == result
    assert hash(again) == hash(result)
    assert type(again.collected) is type(result.collected)
    assert str(again.value) == str(result.value)


@settings(deadline=None)
@given(PATIENTS)
def test_a_patient_comes_back_equal_from_json(patient: Patient) -> None:
    """Every fact, and every unknown one, survives."""
    assert back(patient) == patient
    assert hash(back(patient)) == hash(patient)


@settings(deadline=None)
@given(interpretations())
def test_an_interpretation_comes_back_equal_from_json(it: Interpretation) -> None:
    """Both places, every limit, source, note and issue survive, and say the same."""
    again = back(it)
    assert again == it
    assert hash(again) == hash(it)
    assert again.explanation == it.explanation


@settings(deadline=None)
@given(interpretations())
def test_what_is_built_inside_equals_what_is_checked_at_the_door(it: Interpretation) -> None:
    """An object built without checks is one that would have passed them all."""
    assert rebuilt(it) == it
    assert rebuilt(it.result) == it.result
    assert rebuilt(it.patient) == it.patient
    assert rebuilt(it.explanation) == it.explanation


@given(interpretations())
@settings(deadline=None, max_examples=30)
def test_an_interpretation_is_hashable_and_survives_pickling_and_copying(it: Interpretation) -> None:
    """It crosses processes and stands in sets, before and after its explanation has been read."""
    for _ in range(2):
        for twin in (pickle.loads(pickle.dumps(it)), copy.copy(it), copy.deepcopy(it)):  # noqa: S301  our own bytes
            assert twin == it
            assert {twin} == {it}
        assert it.explanation.text


@settings(deadline=None)
@given(interpretations(), st.sampled_from(["male", "F", None]), MOMENTS)
def test_the_call_and_the_objects_hold_the_same(it: Interpretation, sex: str | None, moment: datetime) -> None:
    """What `interpret` makes of its arguments is what the constructors make of them."""
    written = interpret(
        it.marker, "38", it.reading.unit, sex=sex, age="5 mo", collected=moment, range="24-336", comparator="<"
    )
    facts: dict[str, Any] = {"value": "38", "unit": it.reading.unit, "comparator": "<", "range": "24-336"}
    assert written.result == LabResult(marker=it.marker, collected=moment, **facts)
    assert written.patient == Patient.model_validate({"sex": sex, "age": "5 mo"})


@pytest.mark.parametrize(
    "born",
    [
        "1973-05-31",
        "1973-05-31T10:30",
        "19730531",
        date(1973, 5, 31),
        datetime(1973, 5, 31, 10, 30, tzinfo=timezone(timedelta(hours=9))),
    ],
    ids=str,
)
def test_a_birth_is_a_day_however_it_is_given(born: Any) -> None:  # noqa: ANN401  text where the field is a date
    """A date, a moment and ISO text are the same day of birth, by the call and by the constructor."""
    it = interpret("ferritin", "38 ng/mL", born=born, collected="2024-05-31")
    day = it.patient.born
    assert it.patient == Patient(born=born) == Patient(born=date(1973, 5, 31))
    assert type(day) is date
    assert back(it) == it


@pytest.mark.parametrize(
    ("text", "unit"), [("24\udc96336", "ng/mL"), ("24-336", "ng/mL{\udcb5}")], ids=["range", "unit"]
)
def test_bytes_that_were_no_text_do_not_keep_an_answer_from_json(text: str, unit: str) -> None:
    """A dash in another encoding becomes an issue or a refusal, and never an answer that cannot be sent."""
    try:
        sent = interpret("ferritin", 38, unit, range=text).model_dump_json()
    except LabsError as error:
        sent = error.code
    assert sent.encode()


@pytest.mark.parametrize("thing", SAMPLES, ids=NAMES)
def test_every_noun_pickles_copies_and_hashes(thing: Frozen) -> None:
    """A marker from the catalog and an explanation are values like the rest."""
    for twin in (pickle.loads(pickle.dumps(thing)), copy.copy(thing), copy.deepcopy(thing)):  # noqa: S301  our own bytes
        assert twin == thing
        assert hash(twin) == hash(thing)


@pytest.mark.parametrize("thing", SAMPLES, ids=NAMES)
def test_every_noun_comes_back_equal_from_json(thing: Frozen) -> None:
    """A marker from the catalog and an explanation travel like the rest."""
    assert back(thing) == thing


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_a_json_schema_describes_what_goes_in_and_what_comes_out(
    face: type[BaseModel], mode: Literal["validation", "serialization"]
) -> None:
    """Both schemas can be produced, name every field, and allow no others."""
    schema = face.model_json_schema(mode=mode)
    assert set(schema["properties"]) == set(face.model_fields)
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema)) == schema


# ---------------------------------------------------------------- frozen, strict, closed


@pytest.mark.parametrize("thing", SAMPLES, ids=NAMES)
def test_a_noun_is_frozen(thing: Frozen) -> None:
    """No field can be set or deleted after the fact."""
    for name in type(thing).model_fields:
        with pytest.raises(ValidationError):
            setattr(thing, name, None)
        with pytest.raises(ValidationError):
            delattr(thing, name)


@pytest.mark.parametrize("thing", SAMPLES, ids=NAMES)
def test_a_noun_knows_no_further_field(thing: Frozen) -> None:
    """Law 5: an unknown key is an error, in Python and in JSON."""
    assert type(thing).model_config["extra"] == "forbid"
    with pytest.raises(ValidationError, match="extra_forbidden"):
        type(thing).model_validate({**thing.model_dump(), "note_to_self": 1})
    with pytest.raises(ValidationError, match="extra_forbidden"):
        type(thing).model_validate_json(json.dumps({**json.loads(thing.model_dump_json()), "note_to_self": 1}))


@pytest.mark.parametrize(
    ("face", "facts"),
    [
        (LabResult, {"marker": 5}),
        (LabResult, {"marker": None}),
        (LabResult, {}),
        (LabResult, {"marker": "iron", "unit": 5}),
        (LabResult, {"marker": "iron", "text": 5}),
        (LabResult, {"marker": "iron", "comparator": True}),
        (LabResult, {"marker": "iron", "value": True}),
        (LabResult, {"marker": "iron", "value": [5]}),
        (LabResult, {"marker": "iron", "value": "5", "text": "5"}),
        (LabResult, {"marker": "iron", "value": 80, "text": "<5"}),
        (LabResult, {"marker": "iron", "collected": "31/05/2024"}),
        (LabResult, {"marker": "iron", "collected": 45443}),
        (LabResult, {"marker": "iron", "range": (24, 336, 400)}),
        (LabResult, {"marker": "iron", "range": (24, float("nan"))}),
        (LabResult, {"marker": "iron", "range": ("24", "336")}),
        (LabResult, {"marker": "iron", "range": b"24-336"}),
        (LabResult, {"marker": "iron", "decimal_mark": ";"}),
        (Patient, {"sex": "femail"}),
        (Patient, {"sex": 1}),
        (Patient, {"age": -1}),
        (Patient, {"age": "old"}),
        (Patient, {"age": True}),
        (Patient, {"pregnant": "no"}),
        (Patient, {"pregnant": 1}),
        (Patient, {"born": "31/05/1973"}),
        (Patient, {"born": 26814}),
        (ReportedRange, {"low": float("nan")}),
        (ReportedRange, {"low": Decimal("Infinity")}),
        (ReportedRange, {"high": True}),
        (ReportedRange, {"high": "5"}),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else str(each),
)
def test_a_fact_of_the_wrong_type_is_refused(face: type[BaseModel], facts: dict[str, object]) -> None:
    """The constructors coerce nothing: what is no text, number or day where one belongs is an error."""
    with pytest.raises(ValidationError):
        face.model_validate(facts)


@pytest.mark.parametrize("face", [LabResult, Patient, Interpretation, ReportedRange], ids=lambda face: face.__name__)
@pytest.mark.parametrize("thing", [None, 5, "x", [], [("marker", "iron")]], ids=repr)
def test_what_is_no_mapping_is_no_noun(face: type[BaseModel], thing: object) -> None:
    """Only a mapping or the noun itself is taken."""
    with pytest.raises(ValidationError):
        face.model_validate(thing)


def test_a_noun_is_taken_for_itself() -> None:
    """Validating a result that is one already hands it back."""
    result = LabResult(marker="iron", value=Decimal(5))
    assert LabResult.model_validate(result) is result


@pytest.mark.parametrize(
    ("field", "lie"),
    [
        (("status",), "optimal"),
        (("status",), "low"),
        (("standard", "position"), "below"),
        (("optimal", "position"), "within"),
        (("standard", "possible"), ["above"]),
        (("optimal", "possible"), ["below", "within"]),
        (("optimal", "possible"), []),
    ],
    ids=str,
)
def test_an_answer_that_was_tampered_with_is_refused(field: tuple[str, ...], lie: object) -> None:
    """A status or a position that does not follow from what it rests on is no interpretation."""
    told = json.loads(PLAIN.model_dump_json())
    inner = told
    for name in field[:-1]:
        inner = inner[name]
    inner[field[-1]] = lie
    with pytest.raises(ValidationError, match="does not follow"):
        Interpretation.model_validate_json(json.dumps(told))


@pytest.mark.parametrize("kind", ["standard", "optimal"])
def test_a_place_that_was_tampered_with_throughout_is_refused_by_its_status(kind: str) -> None:
    """Even a place that agrees with itself must agree with the status."""
    told = PLAIN.model_dump()
    told[kind] |= {"position": "above", "possible": ("above",)}
    with pytest.raises(ValidationError, match="status below-optimal does not follow"):
        Interpretation.model_validate(told)


# ---------------------------------------------------------------- what was written


@pytest.mark.parametrize("value", ["<5", "38", " 38 ng/mL ", "pending", ""])
def test_text_given_as_the_value_is_kept_as_text(value: Any) -> None:  # noqa: ANN401  text where the field is a number
    """The constructor sorts: what was written stands in `text` to the letter, and no number is made of it."""
    result = LabResult(marker="ferritin", value=value, unit="ng/mL")
    assert (result.value, result.text) == (None, value)
    assert result == LabResult(marker="ferritin", text=value, unit="ng/mL")


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_kept_with_the_digits_that_it_prints(number: float) -> None:
    """A float becomes the Decimal that reads as it does."""
    assert written_number(number) == Decimal(repr(number))


@settings(deadline=None)
@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_an_exact_number_is_kept_to_the_digit(number: int | Decimal) -> None:
    """An int and a Decimal become the Decimal of the same digits and exponent."""
    kept = written_number(number)
    assert isinstance(kept, Decimal)
    assert kept.as_tuple() == Decimal(number).as_tuple()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("nan", "not-a-number"),
        ("-NaN123", "not-a-number"),
        ("sNaN", "not-a-number"),
        ("inf", "infinite-value"),
        ("-inf", "infinite-value"),
    ],
)
def test_what_is_not_finite_is_kept_as_text(number: str, code: str) -> None:
    """NaN and infinities stay text, for the reading to refuse by name."""
    exact = LabResult(marker="iron", value=Decimal(number), unit="ug/dL")
    assert exact.value is None
    assert back(exact) == exact
    with pytest.raises(LabsError) as refusal:
        interpret(exact)
    assert refusal.value.code == code
    if len(number) <= len("-inf") and number[0] != "s":
        assert written_number(float(number)) == number


class Kelvin(float):
    """A float of another class, which writes itself in its own way."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "warm"

    __str__ = __repr__


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_of_another_class_is_the_number_that_it_is(number: float) -> None:
    """What a class makes of its own text does not reach the value: NumPy's float64 says more than its digits."""
    assert written_number(Kelvin(number)) == Decimal(repr(number))


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_range_is_none(blank: Any) -> None:  # noqa: ANN401  text where the field is a range
    """A column of ranges has empty cells."""
    assert LabResult(marker="iron", range=blank).range is None


def test_a_range_may_be_given_as_text() -> None:
    """Text stands for the object that holds it, in Python and in JSON."""
    kept = LabResult(marker="iron", range=ReportedRange(text="24-336"))
    assert LabResult.model_validate({"marker": "iron", "range": "24-336"}) == kept
    assert LabResult.model_validate_json('{"marker": "iron", "range": "24-336"}') == kept


@settings(deadline=None)
@given(st.none() | DECIMALS, st.none() | DECIMALS, st.sampled_from([list, tuple]))
def test_a_range_may_be_given_as_a_pair(low: Decimal | None, high: Decimal | None, kind: Any) -> None:  # noqa: ANN401  a list or a tuple
    """A pair of numbers stands for the object that holds them, and an absent end stays absent."""
    pair = LabResult(marker="iron", range=kind((low, high)))
    assert pair == LabResult(marker="iron", range=ReportedRange(low=low, high=high))
    assert back(pair) == pair


@settings(deadline=None)
@given(RESULTS)
@example(LabResult(marker="ferritin", value=Decimal("1.220")))
@example(LabResult(marker="ferritin", text="1.220", range=ReportedRange(low=Decimal("1.220"))))
def test_a_result_comes_back_equal_from_json_that_was_decoded(result: LabResult) -> None:
    """Whoever has a dict from JSON, and no text, gets the same result by the lenient door."""
    again = LabResult.model_validate(json.loads(result.model_dump_json()), strict=False)
    assert again == result
    assert str(again.value) == str(result.value)


@settings(deadline=None)
@given(PATIENTS)
def test_a_patient_comes_back_equal_from_json_that_was_decoded(patient: Patient) -> None:
    """The facts of a patient are the same in a dict from JSON."""
    assert Patient.model_validate(json.loads(patient.model_dump_json()), strict=False) == patient


@settings(deadline=None, max_examples=30)
@given(interpretations())
def test_an_interpretation_comes_back_equal_from_json_that_was_decoded(it: Interpretation) -> None:
    """A whole answer too may come as a dict from JSON."""
    assert Interpretation.model_validate(json.loads(it.model_dump_json()), strict=False) == it


@settings(deadline=None)
@given(st.integers(-999_999, 999_999), st.integers(-9, 9))
@example(1220, 3)
@example(38, 1)
def test_a_decimal_in_json_is_never_taken_for_thousands(digits: int, places: int) -> None:
    """What is sent for a number is that number to a reader who is told no decimal mark, with the same digits."""
    result = LabResult(marker="iron", value=Decimal(digits).scaleb(-places))
    sent = json.loads(result.model_dump_json())["value"]
    assert Decimal(sent).as_tuple() == Decimal(digits).scaleb(-places).as_tuple()
    assert not AMBIGUOUS.fullmatch(sent)
    assert str(back(result).value) == str(result.value)


def test_the_ambiguous_decimal_is_sent_with_an_exponent() -> None:
    """The form in which 1.220 is sent is part of the interface."""
    assert json.loads(LabResult(marker="iron", value=Decimal("1.220")).model_dump_json())["value"] == "1220E-3"


@settings(deadline=None)
@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from([".", ","]))
def test_ambiguous_text_in_json_stays_text(before: int, after: int, mark: str) -> None:
    """Text such as 1.220 is refused where it is read, and not turned into a number where it arrives."""
    text = f"{before}{mark}{after:03}"
    facts = {"marker": "ferritin", "value": text, "unit": "ng/mL", "text": None}
    for kept in (LabResult.model_validate_json(json.dumps(facts)), LabResult.model_validate(facts, strict=False)):
        assert (kept.value, kept.text) == (None, text)
        with pytest.raises(AmbiguousNumberError):
            interpret(kept)


@pytest.mark.parametrize("value", [80, 80.5, "<5", Decimal(80)], ids=repr)
def test_a_value_is_given_once(value: Any) -> None:  # noqa: ANN401  any value
    """A number and a text beside it could contradict each other, so both are refused."""
    with pytest.raises(ValidationError, match="value and text both"):
        LabResult(marker="iron", value=value, text="80")


@pytest.mark.parametrize(
    ("face", "facts", "words"),
    [
        (LabResult, {"marker": "iron", "collected": "31/05/2024"}, "date of collection"),
        (Patient, {"born": "31/05/1973"}, "date of birth"),
    ],
    ids=["collected", "born"],
)
def test_the_constructors_name_the_date_that_cannot_be_read(
    face: type[BaseModel], facts: dict[str, object], words: str
) -> None:
    """A refused day says which day it is, also where pydantic hands the refusal on."""
    with pytest.raises(ValidationError, match=words):
        face.model_validate(facts)


@pytest.mark.parametrize("field", ["marker", "text", "unit", "comparator", "range"])
def test_bytes_that_were_no_text_are_written_out_in_every_field(field: str) -> None:
    """No field of a result keeps what JSON cannot hold."""
    result = LabResult.model_validate({"marker": "iron", field: "a\udc96b"})
    assert "udc96" in str(result)
    assert result.model_dump_json().encode()
    assert back(result) == result


@pytest.mark.parametrize("field", ["text", "unit"])
def test_bytes_that_were_no_text_are_written_out_in_a_range_too(field: str) -> None:
    """A range that was built as an object can be sent like one that came as text."""
    result = LabResult(marker="iron", range=ReportedRange.model_validate({field: "a\udc96b"}))
    assert result.model_dump_json().encode()
    assert back(result) == result


@pytest.mark.parametrize(
    ("written", "kept"), [("38.10", "38.10"), ('"38.10"', "38.10"), ("38", "38"), ('"1E+2"', "1E+2"), ("null", "None")]
)
def test_a_value_in_json_is_a_number_or_its_text(written: str, kept: str) -> None:
    """A number is taken with the digits that JSON prints, a string with its own."""
    result = LabResult.model_validate_json(f'{{"marker": "iron", "value": {written}}}')
    assert result.text is None
    assert (result.value is None) == (kept == "None")
    assert result.value is None or result.value == Decimal(kept)


# ---------------------------------------------------------------- the smaller nouns


@pytest.mark.parametrize("standard", POSITIONS)
@pytest.mark.parametrize("optimal", POSITIONS)
def test_the_status_follows_from_the_places_standard_first(standard: Any, optimal: Any) -> None:  # noqa: ANN401  any position
    """Law 1: a result outside the standard range has its status from there, one within it from the optimal range."""
    outside = {"below": "low", "above": "high"}
    inside = {"below": "below-optimal", "within": "optimal", "above": "above-optimal"}
    expected = inside.get(optimal, optimal) if standard == "within" else outside.get(standard, standard)
    assert status_of(standard, optimal) == expected


@pytest.mark.parametrize("possible", [(), ("below", "within"), ("within", "above"), ("within", "no-range")], ids=str)
def test_several_possible_positions_are_undecided(possible: Any) -> None:  # noqa: ANN401  any positions
    """A position is certain only if it is the only one, and none is not normal."""
    assert only(possible) == "undecided"
    assert only(("above",)) == "above"


def reading(**facts: object) -> Reading:
    """A reading, with anything in place of a plain 38 ng/mL."""
    plain = {"low": Decimal(38), "high": Decimal(38), "low_open": False, "high_open": False, "comparator": None}
    return Reading.model_validate({**plain, "unit": "ng/mL", "spoken": "nanograms per milliliter", **facts})


@pytest.mark.parametrize(
    ("facts", "words", "exact"),
    [
        ({}, "38", True),
        ({"low": Decimal("3.8E+2"), "high": Decimal(380)}, "380", True),
        ({"low": Decimal(0), "high_open": True, "comparator": "<"}, "<38", False),
        ({"high": None, "low_open": True, "comparator": ">"}, ">38", False),
        ({"high": Decimal("40.50")}, "38-40.50", False),
    ],
    ids=["exact", "exponent", "below", "above", "between"],
)
def test_a_reading_is_written_as_one_writes_it(facts: dict[str, object], words: str, *, exact: bool) -> None:
    """A comparator stands before its number, an interval has a hyphen, and no exponent is shown."""
    assert (reading(**facts).words, reading(**facts).exact) == (words, exact)
    assert str(reading(**facts)) == f"{words} ng/mL"


@pytest.mark.parametrize(("value", "exact"), [(5, "5"), (0.1, "0.1"), (Decimal("1.50"), "1.50")])
def test_a_number_in_a_noun_keeps_its_digits(value: Any, exact: str) -> None:  # noqa: ANN401  any number
    """Ints and floats are taken with the digits they print."""
    assert str(ReportedRange(low=value).low) == exact


def test_an_issue_says_what_the_error_says() -> None:
    """Law 8: where a refusal is a value, it has the same code, message and text."""
    error = UnknownUnitError("It rained", "take an umbrella", "x" * 100, ("ng/mL",))
    issue = Issue.of(error)
    assert (issue.code, issue.message, issue.text) == ("unknown-unit", "It rained; take an umbrella", "x" * 80)
    assert Issue.of(NegativeValueError("a", "b")) == Issue(code="negative-value", message="a; b")


def test_a_place_has_a_range_where_exactly_one_applies() -> None:
    """Where the patient could belong to several populations, there is no one range."""
    assert PLAIN.standard.range == PLAIN.standard.limits[0].range
    several = interpret("ferritin", "300 ng/mL").standard
    assert several.range is None
    assert len(several.limits) > 1


def test_a_limit_names_the_sources_of_its_bounds_and_of_the_molar_mass() -> None:
    """Law 5: each number that took part is sourced, each source once."""
    crossed = interpret("ferritin", "85 pmol/L", sex="male", age=40).standard.limits[0]
    assert [each.id for each in crossed.sources] == ["healers-rls-protocol", "mayo-ferr1", "pmc3934467"]
    open_above = interpret("ferritin", "38 ng/mL", range=">20").standard.limits[0]
    assert [each.id for each in open_above.sources] == ["report"]


def test_an_explanation_prints_its_sentences_and_then_its_sources() -> None:
    """Law 9: each mark such as [1] finds its source below."""
    explanation = PLAIN.explanation
    text, _, sources = str(explanation).partition("\n\nSources\n")
    assert text == explanation.text == " ".join(each.text for each in explanation.sentences)
    assert sources.splitlines() == [f"[{n}] {each.citation}" for n, each in enumerate(explanation.sources, 1)]
    assert PLAIN.sources == explanation.sources
    assert PLAIN.explain("patient").audience == "patient"


@pytest.mark.parametrize(
    ("facts", "citation"),
    [
        ({}, "Mayo: FERR1"),
        ({"url": "https://example.org"}, "Mayo: FERR1. https://example.org"),
        ({"doi": "10.1/2", "url": "https://example.org", "pmid": "3"}, "Mayo: FERR1. doi:10.1/2. PMID 3"),
        ({"retrieved": date(2026, 11, 22)}, "Mayo: FERR1 (read 2026-11-22)"),
        ({"evidence": "quoted"}, "Mayo: FERR1 [second-hand: read in a page that quotes it]"),
    ],
    ids=["bare", "url", "doi", "read", "quoted"],
)
def test_a_source_is_cited_with_the_way_to_it(facts: dict[str, object], citation: str) -> None:
    """Law 5: a citation ends in how it is found, when it was read, and whether that was second-hand."""
    source = Source.model_validate({"id": "mayo", "title": "FERR1", "publisher": "Mayo", "evidence": "seen", **facts})
    assert source.citation == citation


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "everybody"),
        ({"sex": "female"}, "women"),
        ({"sex": "male", "age": ">=18 a"}, "men from 18 years"),
        ({"age": ">=18 a"}, "adults"),
        ({"age": "18-50 a"}, "adults 18-50 years"),
        ({"age": "0 d-4 wk"}, "children 0 days-4 weeks"),
        ({"sex": "male", "age": "6 mo-9 a"}, "boys 6 months-9 years"),
        ({"sex": "female", "age": "10-17 a"}, "girls 10-17 years"),
        ({"age": "12-120 a"}, "everybody 12-120 years"),
        ({"sex": "female", "pregnant": True}, "pregnant women"),
    ],
    ids=str,
)
def test_a_population_is_named_as_one_speaks_of_it(facts: dict[str, object], words: str) -> None:
    """Children are not called men and women, and a band is read out with its units."""
    assert Population.model_validate(facts).words == words


def bound(value: str) -> Bound:
    """A bound at a value."""
    source = Source(id="mayo", title="FERR1", publisher="Mayo", evidence="seen")
    return Bound(value=Decimal(value), source=source, locator="page 1")


def ranged(low: str | None, high: str | None) -> Range:
    """A standard range of ferritin."""
    ends = {"low": None if low is None else bound(low), "high": None if high is None else bound(high)}
    return Range.model_validate({"kind": "standard", "sets": ("mayo",), "unit": "ng/mL", **ends})


@pytest.mark.parametrize(("low", "high"), [(None, None), ("5", "5"), ("6", "5")])
def test_a_range_holds_something(low: str | None, high: str | None) -> None:
    """Law 7: an absent bound is open, but a range has at least one, and its low is below its high."""
    with pytest.raises(ValidationError):
        ranged(low, high)


@pytest.mark.parametrize(("low", "high"), [("5", None), (None, "5"), ("5", "6")])
def test_a_range_may_be_open_at_one_end(low: str | None, high: str | None) -> None:
    """Law 7: an absent bound is never zero."""
    found = ranged(low, high)
    assert (found.low is None, found.high is None) == (low is None, high is None)


@pytest.mark.parametrize(
    "build",
    [
        lambda: bound("NaN"),
        lambda: bound("Infinity"),
        lambda: MolarMass(value=Decimal(0), source=bound("1").source, locator="page 1"),
        lambda: Population(age="about 50"),
        lambda: Population(age="50-18 a"),
        lambda: Code(code="ferritin", name="Ferritin", property="mass"),
        lambda: Source(id="Not An Id", title="t", publisher="p", evidence="seen"),
        lambda: Limits.model_validate({"low": bound("1")}),
    ],
    ids=["nan", "infinity", "weightless", "unreadable-band", "empty-band", "code", "id", "one-limit"],
)
def test_a_fact_that_cannot_be_is_refused(build: Callable[[], object]) -> None:
    """A data file holds no number that is none, no band without ages, no code of another form."""
    with pytest.raises(ValidationError):
        build()


def test_a_marker_knows_its_units_by_every_spelling_and_why_it_matters() -> None:
    """Spellings are found as written and folded; the significance is what its notes say."""
    marker = builtin().markers["ferritin"]
    assert marker.spellings["mcg/L"] is marker.spellings["ug/l"]
    assert "restless legs" in marker.significance


# ---------------------------------------------------------------- many at once


def test_many_threads_get_the_answers_that_one_gets() -> None:
    """Nothing is shared that a judgement changes."""
    cases = [(marker, unit, str(value)) for marker, unit in UNITS for value in (0.5, 25, 40, 75, 150, 300)]

    def judge(case: tuple[str, str, str]) -> object:
        marker, unit, value = case
        try:
            return interpret(marker, value, unit, range="20-50").explanation
        except LabsError as error:
            return str(error)

    alone = list(map(judge, cases))
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(judge, cases * 4)) == alone * 4


COLD = """
import sys, threading
import rlslabs
sys.setswitchinterval(1e-6)
barrier, answers = threading.Barrier(12), []
def work():
    barrier.wait()
    it = rlslabs.interpret("ferritin", "38 ng/mL", sex="female", age=52, range="24-336")
    result = rlslabs.LabResult(marker="ferritin", value="<5", unit="ng/mL")
    answers.append((it.model_dump_json(), str(it.explanation), result.model_dump_json(), rlslabs.Patient(sex="f").sex))
threads = [threading.Thread(target=work) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(answers), len(set(answers)))
"""


def test_the_first_answers_of_many_threads_are_one_answer() -> None:
    """Models and catalog are built on first use, and may be built by several threads at once."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", COLD], capture_output=True, text=True, check=True)  # noqa: S603  our own code
    assert done.stdout.split() == ["12", "1"]
    assert not done.stderr
