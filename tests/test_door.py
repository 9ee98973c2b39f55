"""The one call takes what people have at hand, ignores nothing that it is told, and refuses the rest by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Interpretation, LabResult, LabsError, Patient, interpret
from rlslabs.catalog import builtin
from rlslabs.classify import classify
from rlslabs.errors import (
    AmbiguousNumberError,
    ComparatorConflictError,
    DateError,
    PatientConflictError,
    SexError,
    UnitConflictError,
    UnitError,
    UnknownMarkerError,
    UnknownSetError,
    UnknownUnitError,
    WrongTypeError,
)
from rlslabs.reported import ReportedRange
from rlslabs.units import scale

UNITS: pint.UnitRegistry[float] = pint.UnitRegistry()
UNITS_OF = [(marker.id, each.ucum) for marker in builtin().markers.values() for each in marker.accepts]
PLAIN = LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL")


class NAType:
    """A missing value as pandas has it: whoever asks whether it is equal or true gets no answer."""

    def __bool__(self) -> bool:
        raise TypeError

    def __eq__(self, other: object) -> bool:
        raise TypeError

    __hash__ = object.__hash__


class NaTType:
    """A missing date as pandas has it."""


class Float64(float):
    """A float as arrays have it."""

    __slots__ = ()


class Text(str):
    """Text as arrays have it."""

    __slots__ = ()


MISSING: list[Any] = [None, math.nan, Float64("nan"), NAType(), NaTType()]
NAMES = [type(each).__name__ for each in MISSING]


def ask(**facts: Any) -> Interpretation:  # noqa: ANN401  any argument of the call
    """A ferritin of 38 ng/mL, with any fact beside it or in its place."""
    return interpret(**{"marker": "ferritin", "value": 38, "unit": "ng/mL", **facts})


def codes(it: Interpretation) -> list[str]:
    """The codes of the issues of an interpretation."""
    return [each.code for each in it.issues]


# ---------------------------------------------------------------- a whole result and a patient


@settings(deadline=None)
@given(sex=st.sampled_from([None, "female", "male"]), age=st.none() | st.integers(0, 130), strict=st.booleans())
def test_a_result_and_a_patient_are_judged_as_the_same_facts_are(sex: Any, age: int | None, *, strict: bool) -> None:  # noqa: ANN401  any sex
    """The two ways to call differ in nothing but the call."""
    patient = Patient(sex=sex, age=age)
    whole = interpret(PLAIN, patient, strict=strict, standard="mayo")
    assert whole == ask(sex=sex, age=age, strict=strict, standard="mayo")
    assert whole == classify(PLAIN, patient, catalog=builtin(), standard="mayo", strict=strict)
    assert interpret(PLAIN) == interpret(PLAIN, None) == interpret(PLAIN, Patient())


@pytest.mark.parametrize(
    "fact",
    [
        {"unit": "ng/mL"},
        {"unit": ""},
        {"unit": Patient()},
        {"sex": "female"},
        {"sex": ""},
        {"age": 52},
        {"age": 0},
        {"born": date(1973, 5, 31)},
        {"pregnant": False},
        {"collected": "2024-05-31"},
        {"range": "24-336"},
        {"range": (24, 336)},
        {"comparator": "<"},
        {"decimal_mark": "."},
    ],
    ids=str,
)
@pytest.mark.parametrize("patient", [None, Patient(sex="male")], ids=["alone", "patient"])
def test_a_fact_beside_a_lab_result_is_refused_and_not_ignored(fact: dict[str, Any], patient: Patient | None) -> None:
    """Law 2: what stands beside a whole result belongs into it or into the patient, even if it says little."""
    with pytest.raises(WrongTypeError) as refusal:
        interpret(PLAIN, patient, **fact)
    assert refusal.value.code == "wrong-type"


@pytest.mark.parametrize("patient", [38, "female", {"sex": "female"}, PLAIN, False, [Patient()]], ids=repr)
def test_what_is_no_patient_is_refused_beside_a_lab_result(patient: object) -> None:
    """The second argument beside a whole result is a patient or nothing."""
    with pytest.raises(WrongTypeError):
        interpret(PLAIN, patient)


# ---------------------------------------------------------------- what is unknown


@pytest.mark.parametrize("fact", ["sex", "age", "born", "pregnant", "collected", "range", "comparator", "decimal_mark"])
@pytest.mark.parametrize("missing", MISSING, ids=NAMES)
def test_what_a_dataframe_holds_where_it_holds_nothing_is_unknown(fact: str, missing: Any) -> None:  # noqa: ANN401  any missing value
    """NaN, NaT and NA are a fact that is absent, in the answer as in the judgement."""
    assert ask(**{fact: missing}) == ask()


@pytest.mark.parametrize("missing", MISSING, ids=NAMES)
def test_a_missing_unit_is_no_unit(missing: Any) -> None:  # noqa: ANN401  any missing value
    """The unit may stand behind the value; a missing one contradicts nothing and names nothing."""
    assert ask(value="38 ng/mL", unit=missing).status == ask().status
    with pytest.raises(LabsError) as refusal:
        ask(unit=missing)
    assert refusal.value.code == "missing-unit"


@pytest.mark.parametrize("sex", ["X", "divers", "non-binary", "unknown", "", None])
def test_a_sex_that_decides_no_range_is_judged_against_both(sex: str | None) -> None:
    """Law 2: a patient of neither sex gets the answer on which both agree."""
    it = ask(value=180, sex=sex, age=40)
    assert it.patient.sex is None
    assert it == ask(value=180, age=40)


# ---------------------------------------------------------------- what is of the wrong kind


@pytest.mark.parametrize(
    ("fact", "wrong", "refusal"),
    [
        ("marker", 5, WrongTypeError),
        ("marker", None, WrongTypeError),
        ("marker", b"ferritin", WrongTypeError),
        ("marker", math.nan, WrongTypeError),
        ("marker", "", UnknownMarkerError),
        ("value", True, WrongTypeError),
        ("value", b"38", WrongTypeError),
        ("unit", 5, WrongTypeError),
        ("unit", b"ng/mL", WrongTypeError),
        ("unit", Patient(), WrongTypeError),
        ("sex", 1, SexError),
        ("sex", "femail", SexError),
        ("born", 26814, DateError),
        ("born", "31/05/1973", DateError),
        ("collected", "31/05/2024", DateError),
        ("collected", 45443.5, DateError),
        ("pregnant", "no", WrongTypeError),
        ("pregnant", 1, WrongTypeError),
        ("range", b"24-336", WrongTypeError),
        ("range", 24, WrongTypeError),
        ("range", (24,), WrongTypeError),
        ("range", (24, 100, 336), WrongTypeError),
        ("range", {24, 336}, WrongTypeError),
        ("range", (24, True), WrongTypeError),
        ("range", (24, b"336"), WrongTypeError),
        ("comparator", 5, WrongTypeError),
        ("comparator", "about", ComparatorConflictError),
        ("decimal_mark", ";", WrongTypeError),
        ("decimal_mark", "", WrongTypeError),
        ("decimal_mark", 5, WrongTypeError),
        ("strict", 1, WrongTypeError),
        ("strict", None, WrongTypeError),
        ("strict", "yes", WrongTypeError),
        ("catalog", "folder", WrongTypeError),
        ("catalog", {}, WrongTypeError),
        ("catalog", False, WrongTypeError),
        ("standard", "labcorp", UnknownSetError),
        ("standard", 5, UnknownSetError),
        ("optimal", "mayo", UnknownSetError),
        ("optimal", ["mayo"], UnknownSetError),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else repr(each)[:20],
)
def test_an_argument_of_the_wrong_kind_is_refused_by_one_typed_error(
    fact: str, wrong: object, refusal: type[LabsError]
) -> None:
    """Law 8: a single call raises one error of ours, with the code of what is wrong, and nothing is coerced."""
    with pytest.raises(refusal) as caught:
        ask(**{fact: wrong})
    assert caught.value.code == refusal.code
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("facts", "words"), [({"born": "31/05/1973"}, "date of birth"), ({"collected": "31/05/2024"}, "date of collection")]
)
def test_a_date_that_cannot_be_read_is_named(facts: dict[str, str], words: str) -> None:
    """Of two dates the refusal says which one it is about."""
    with pytest.raises(DateError, match=words) as refusal:
        ask(**facts)
    assert refusal.value.code == "unreadable-date"


def test_facts_that_exclude_each_other_are_refused() -> None:
    """A pregnant man, and an age that a birth date leaves no time for, are errors in the record."""
    with pytest.raises(PatientConflictError):
        ask(sex="male", pregnant=True)
    with pytest.raises(LabsError) as refusal:
        ask(age=52, born=datetime.now(tz=UTC).date())
    assert refusal.value.code == "unreadable-age"


# ---------------------------------------------------------------- text, and how it is read


@pytest.mark.parametrize("kind", [str, Text], ids=["str", "subclass"])
def test_text_of_another_class_is_text(kind: Callable[[str], str]) -> None:
    """What array libraries hold for text is kept as plain text."""
    it = ask(
        marker=kind("ferritin"),
        value=kind("38"),
        unit=kind("ng/mL"),
        comparator=kind("<"),
        range=kind("24-336"),
        sex=kind("f"),
    )
    assert it == ask(value="38", comparator="<", range="24-336", sex="f")
    kept = (it.result.marker, it.result.text, it.result.unit, it.result.comparator)
    assert [type(each) for each in kept] == [str] * len(kept)


@pytest.mark.parametrize("fact", ["value", "unit", "comparator", "range"])
def test_bytes_that_were_no_text_leave_an_answer_that_can_be_sent(fact: str) -> None:
    """A byte of another encoding is written out in the refusal or in the answer, and never stops either."""
    written = {"value": "38 ng/mL{\udcb5}", "unit": "ng/mL{\udcb5}", "comparator": "\udcb5", "range": "24\udc96336"}
    try:
        sent = ask(**{fact: written[fact]}).model_dump_json()
    except LabsError as error:
        sent = f"{error} {error.text}"
    assert sent.encode()
    assert "udc" in sent or "?" in sent


def test_a_range_object_with_bytes_that_were_no_text_leaves_an_answer_that_can_be_sent() -> None:
    """The same holds where the range comes as an object."""
    assert ask(range=ReportedRange(text="24\udc96336")).model_dump_json().encode()


@pytest.mark.parametrize(("mark", "value"), [(".", Decimal(1220)), (",", Decimal("1.220"))])
def test_the_decimal_mark_decides_what_a_number_means(mark: str, value: Decimal) -> None:
    """One text is two numbers, and only the caller can say which of them it is."""
    assert ask(value="1,220", decimal_mark=mark).reading.low == value
    assert ask(value="1,220", decimal_mark=Text(mark)).result.decimal_mark == mark
    with pytest.raises(AmbiguousNumberError):
        ask(value="1,220")


# ---------------------------------------------------------------- the report's own range


@pytest.mark.parametrize(
    "given_as",
    [
        "24-336",
        (24, 336),
        [24.0, Decimal(336)],
        ("24", "336"),
        (24, "336"),
        ReportedRange(text="24-336"),
        ReportedRange(low=Decimal(24), high=Decimal(336)),
    ],
    ids=repr,
)
def test_a_range_is_given_as_text_as_a_pair_or_as_an_object(given_as: Any) -> None:  # noqa: ANN401  any shape of a range
    """Whatever its shape, it is the same range."""
    place = ask(range=given_as).standard
    assert (place.set, place.limits[0].low, place.limits[0].high) == ("report", Decimal(24), Decimal(336))


@pytest.mark.parametrize("empty", ["", "  ", "\u00a0", None])
def test_an_empty_range_is_none(empty: str | None) -> None:
    """An empty cell in a column of ranges is no issue."""
    assert ask(range=empty) == ask()


@pytest.mark.parametrize("pair", [(24, math.nan), ("24", None), ("low", "high"), (math.inf, 24)], ids=repr)
def test_a_pair_that_holds_no_two_numbers_is_an_issue(pair: Any) -> None:  # noqa: ANN401  any pair
    """Law 6: a pair that cannot be read is refused with a reason and never flagged from."""
    it = ask(range=pair)
    assert (codes(it), it.standard.set) == (["range-unreadable"], "general")


# ---------------------------------------------------------------- quantities


@settings(deadline=None)
@given(st.sampled_from(UNITS_OF), st.sampled_from(UNITS_OF))
def test_a_unit_beside_a_quantity_is_the_same_one_or_a_conflict(own: tuple[str, str], beside: tuple[str, str]) -> None:
    """A unit beside a quantity says the same as the quantity, or the two are refused."""
    marker, ucum = own
    soft = {"ferritin": 38, "transferrin_saturation": 25}.get(marker, 50)
    value = Decimal(soft) / 100 if ucum == "1" else Decimal(soft)
    quantity = UNITS.Quantity(value, "dimensionless" if ucum == "1" else ucum)
    if beside[1] == ucum:
        assert interpret(marker, quantity, ucum).reading == interpret(marker, value, ucum).reading
    elif scale(beside[1]) != scale(ucum):
        with pytest.raises(UnitError) as refusal:
            interpret(marker, quantity, beside[1])
        accepted = (marker, beside[1]) in UNITS_OF
        assert refusal.value.code == "unit-conflict" or (refusal.value.code == "unknown-unit" and not accepted)


@pytest.mark.parametrize("unit", ["mcg/L", "UG/L", " ug/L "])
def test_a_unit_beside_a_quantity_may_be_spelled_otherwise(unit: str) -> None:
    """The unit that the quantity has, in any accepted spelling, is no conflict, and is the one of the answer."""
    assert interpret("ferritin", UNITS.Quantity(38, "ug/L"), unit).reading.unit == "ug/L"


@pytest.mark.parametrize("unit", ["", "  ", math.nan])
def test_a_blank_unit_beside_a_quantity_says_nothing(unit: Any) -> None:  # noqa: ANN401  an empty cell
    """An empty cell contradicts no quantity, as it contradicts no unit behind a value."""
    assert interpret("ferritin", UNITS.Quantity(38, "ng/mL"), unit).reading.unit == "ng/mL"


def test_an_annotation_beside_a_quantity_is_the_unit_that_it_names() -> None:
    """A unit is read alike beside a quantity and beside a number."""
    assert interpret("tsat", UNITS.Quantity(0.25, ""), "{ratio}").reading.unit == "1"


@pytest.mark.parametrize("unit", [None, "kg", "ng/mL"])
def test_a_quantity_in_a_unit_that_is_not_accepted_is_refused(unit: str | None) -> None:
    """Law 2: a mass is no concentration, whatever stands beside it."""
    with pytest.raises((UnknownUnitError, UnitConflictError)):
        interpret("ferritin", UNITS.Quantity(38, "kg"), unit)


@pytest.mark.parametrize("marker", [5, None, b"ferritin"])
def test_a_quantity_of_no_marker_is_refused_by_its_marker(marker: Any) -> None:  # noqa: ANN401  no marker
    """What is wrong with the marker is said first."""
    with pytest.raises(WrongTypeError, match="marker"):
        interpret(marker, UNITS.Quantity(38, "ng/mL"))
