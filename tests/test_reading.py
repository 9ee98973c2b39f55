"""A result is read as it was written, with the unit that was said, or refused; and the report's own range wins."""

from __future__ import annotations

import numbers
import re
from decimal import Decimal
from itertools import product
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rlslabs import Interpretation, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import (
    AmbiguousUnitError,
    AnotherAnalyteError,
    CodeUnitError,
    ComparatorConflictError,
    ImplausibleValueError,
    InfiniteValueError,
    LabsError,
    MissingUnitError,
    MissingValueError,
    NegativeValueError,
    NotANumberError,
    UnitConflictError,
    UnknownUnitError,
    UnreadableValueError,
    WrongTypeError,
)
from rlslabs.marker import Accepted, Code
from rlslabs.model import Comparator, Reading
from rlslabs.reading import Printed, accepted_unit, instead, read_result
from rlslabs.reported import LabResult, ReportedRange
from rlslabs.units import scale

MARKERS = list(builtin().markers)
CODES = [code for marker in builtin().markers.values() for code in marker.loinc]
CODES_AND_UNITS = [
    (code, each.ucum) for marker in builtin().markers.values() for code, each in product(marker.loinc, marker.accepts)
]
PARTIAL_NAMES = [
    *(code.code for code in CODES if code.partial),
    *(name for marker in builtin().markers.values() for part in marker.partly for name in part.names),
]
SIGNS: list[Comparator] = ["<", "<=", ">", ">="]
TSAT = "transferrin_saturation"
DIGITS = st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(1, 99_999), st.integers(0, 3))


class Int32:
    """A whole number as array libraries have it."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __int__(self) -> int:
        return self.number


class Float32:
    """A narrow float as array libraries have it: it prints fewer digits than its float has."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


class Text(str):
    """Text as array libraries have it."""

    __slots__ = ()


class NAType:
    """A missing value as dataframes have it."""


class NaTType:
    """A missing date as dataframes have it."""


numbers.Integral.register(Int32)
numbers.Real.register(Float32)


def read(
    marker: str,
    text: str | None = None,
    unit: str | None = None,
    *,
    comparator: str | None = None,
    printed: ReportedRange | str | None = None,
    decimal_mark: Literal[".", ","] | None = ".",
) -> tuple[Reading, Printed | None, list[str]]:
    """The reading of a text, the report's own range, and the codes of the issues."""
    own = ReportedRange(text=printed) if isinstance(printed, str) else printed
    result = LabResult(marker=marker, text=text, unit=unit, comparator=comparator, range=own, decimal_mark=decimal_mark)
    reading, found, said = read_result(result, builtin().find(marker))
    return reading, found, [each.code for each in said]


def issues(it: Interpretation) -> list[str]:
    """The codes of the issues of an interpretation."""
    return [each.code for each in it.issues]


# ---------------------------------------------------------------- values of every type


@settings(deadline=None)
@given(st.integers(1, 700_000))
def test_a_whole_number_of_any_type_is_the_same_value(number: int) -> None:
    """An int, a float, a Decimal, an array's number and text, each with or without its unit, read alike."""
    given = [number, float(number), Decimal(number), Int32(number), Float32(f"{number}.0"), str(number)]
    readings = [interpret("ferritin", each, "ng/mL").reading for each in (*given, Text(number), f" {number} ng/mL ")]
    assert readings == [readings[0]] * len(readings)
    assert readings[0].low == readings[0].high == number


@settings(deadline=None)
@given(st.floats(0.01, 700_000))
def test_a_float_is_the_number_that_it_prints(number: float) -> None:
    """Neither a digit is added to a float nor one taken from it."""
    assert interpret("ferritin", number, "ng/mL").reading.low == Decimal(repr(number))


@pytest.mark.parametrize(("text", "number"), [("38.1", "38.1"), ("0.1", "0.1"), ("38", "38.0")])
def test_a_narrow_float_is_the_number_that_it_prints(text: str, number: str) -> None:
    """A float of 32 bits is not widened to digits that nobody measured."""
    assert interpret("ferritin", Float32(text), "ng/mL").reading.low == Decimal(number)


@settings(deadline=None)
@given(DIGITS)
def test_the_patients_number_is_never_altered(number: Decimal) -> None:
    """Law 4: the digits of a Decimal, trailing zeros too, stand in the result and in the reading."""
    it = interpret("ferritin", number, "ng/mL")
    assert it.result.value is not None
    assert it.result.value.as_tuple() == it.reading.low.as_tuple() == number.as_tuple()


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        (None, MissingValueError),
        ("", MissingValueError),
        ("  ", MissingValueError),
        (NAType(), MissingValueError),
        (NaTType(), MissingValueError),
        (float("nan"), NotANumberError),
        (Decimal("NaN"), NotANumberError),
        (Decimal("sNaN"), NotANumberError),
        (Decimal("-NaN123"), NotANumberError),
        (Float32("nan"), NotANumberError),
        (float("inf"), InfiniteValueError),
        (float("-inf"), InfiniteValueError),
        (Decimal("Infinity"), InfiniteValueError),
        (Float32("-inf"), InfiniteValueError),
        (-1, NegativeValueError),
        (-0.5, NegativeValueError),
        (Decimal("-1E-9"), NegativeValueError),
        ("-5", NegativeValueError),
        (10**5000, UnreadableValueError),
        (-(10**5000), UnreadableValueError),
        (1e300, UnreadableValueError),
        (5e-324, UnreadableValueError),
        (Decimal("1E+999999999"), UnreadableValueError),
        (Decimal("1E-999999999"), UnreadableValueError),
        (Decimal("0E-999999999"), UnreadableValueError),
        (Decimal("-0E+999999999"), UnreadableValueError),
        ("1" * 100_000, UnreadableValueError),
        (10**30, ImplausibleValueError),
        (True, WrongTypeError),
        (False, WrongTypeError),
        (b"38", WrongTypeError),
        ([38], WrongTypeError),
        ((38, 40), WrongTypeError),
        (38 + 0j, WrongTypeError),
        (object(), WrongTypeError),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else type(each).__name__,
)
def test_a_value_that_cannot_be_judged_is_refused_by_what_it_is(value: object, refusal: type[LabsError]) -> None:
    """Each kind of no value has its own code, and its message stays short whatever was given."""
    with pytest.raises(refusal) as caught:
        interpret("ferritin", value, "ng/mL")
    assert caught.value.code == refusal.code
    assert len(str(caught.value)) < 400
    assert len(caught.value.text) <= 100


# ---------------------------------------------------------------- comparators


@settings(deadline=None)
@given(st.sampled_from(SIGNS), DIGITS)
def test_a_comparator_in_a_column_is_one_in_the_text(comparator: Comparator, number: Decimal) -> None:
    """Where the comparator stands makes no difference, also where it stands in both places."""
    apart = read("ferritin", f"{number:f}", "ng/mL", comparator=comparator)[0]
    together = read("ferritin", f"{comparator}{number:f}", "ng/mL")[0]
    twice = read("ferritin", f"{comparator} {number:f}", "ng/mL", comparator=comparator)[0]
    assert apart == together == twice
    assert apart.comparator == comparator


@pytest.mark.parametrize("comparator", [None, "", " ", "="])
def test_an_empty_comparator_takes_nothing_from_the_one_in_the_text(comparator: str | None) -> None:
    """A column that says nothing contradicts nothing."""
    assert read("ferritin", "<5", "ng/mL", comparator=comparator)[0].comparator == "<"
    assert read("ferritin", "5", "ng/mL", comparator=comparator)[0].comparator is None


@pytest.mark.parametrize(
    ("text", "comparator"),
    [("<5", ">"), ("<5", "<="), (">=5", ">"), ("5-10", "<"), ("5-10", ">="), ("5", "~"), ("<5", "about"), ("5", "<<")],
)
def test_a_comparator_that_contradicts_the_value_or_is_unknown_is_refused(text: str, comparator: str) -> None:
    """Two comparators, one before an interval, or one that is none, leave nothing to be sure of."""
    with pytest.raises(ComparatorConflictError) as refusal:
        read("ferritin", text, "ng/mL", comparator=comparator)
    assert refusal.value.code == "comparator-conflict"


def test_nothing_is_less_than_zero() -> None:
    """A comparator that leaves no value at or above zero is refused as negative."""
    with pytest.raises(NegativeValueError):
        read("ferritin", "0", "ng/mL", comparator="<")


# ---------------------------------------------------------------- units


@pytest.mark.parametrize(
    ("marker", "spelling", "ucum"),
    [
        (marker.id, spelling, each.ucum)
        for marker in builtin().markers.values()
        for each in marker.accepts
        for spelling in (each.ucum, each.spoken, *each.written)
    ],
)
def test_every_spelling_of_a_unit_is_read_in_the_column_and_behind_the_value(
    marker: str, spelling: str, ucum: str
) -> None:
    """Each accepted spelling, in any case, names its unit in either place, and in both."""
    assert read(marker, "38", spelling)[0].unit == ucum
    assert read(marker, "38", f" {spelling.upper().replace(chr(0x39C), 'U')}. {{total}}")[0].unit == ucum
    if spelling[0].isalpha() or spelling[0] == "%":
        assert read(marker, f"38 {spelling}")[0].unit == read(marker, f"38 {spelling}", spelling)[0].unit == ucum


@pytest.mark.parametrize("marker", MARKERS)
def test_another_unit_behind_the_value_is_a_conflict(marker: str) -> None:
    """Two different units for one value are refused, even where they are of the same size."""
    accepted = [each.ucum for each in builtin().markers[marker].accepts]
    behind = "fraction" if marker == TSAT else accepted[1]
    with pytest.raises(UnitConflictError) as refusal:
        read(marker, f"38 {behind}", accepted[0])
    assert refusal.value.code == "unit-conflict"


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize(
    "unit", ["K/uL", "mg/dL", "ng", "H", "U/L", "ng/mL/mL", "x" * 100_000, "{", "}", "ng/mL" + " " * 100]
)
def test_a_unit_that_is_not_accepted_is_refused_with_those_that_are(marker: str, unit: str) -> None:
    """An unknown unit is never guessed at, in the column or behind the value."""
    with pytest.raises(UnknownUnitError) as refusal:
        read(marker, "38", unit)
    assert refusal.value.accepted == tuple(each.ucum for each in builtin().markers[marker].accepts)
    assert len(refusal.value.text) <= 80


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("unit", ["K/uL", "mg/dL", "ng", "H", "U/L", "ng/mL/mL", "{", "% x"])
def test_a_unit_behind_the_value_is_refused_like_one_in_the_column(marker: str, unit: str) -> None:
    """Whatever stands behind a number is its unit, and if it is none the whole is refused, even beside a good one."""
    for said in (None, builtin().markers[marker].unit):
        with pytest.raises(UnknownUnitError) as refusal:
            read(marker, f"38 {unit}", said)
        assert refusal.value.text == unit


@pytest.mark.parametrize("marker", [each for each in MARKERS if each != TSAT])
@pytest.mark.parametrize("unit", [None, "", "  ", "\u00a0", "."])
def test_no_unit_no_judgement(marker: str, unit: str | None) -> None:
    """Law 2: a concentration without a unit is refused, whatever its size and printed range suggest."""
    with pytest.raises(MissingUnitError) as refusal:
        read(marker, "38", unit, printed="24-336 ng/mL")
    assert refusal.value.code == "missing-unit"


@pytest.mark.parametrize("filling", [" ", ".", "\t"])
def test_a_unit_behind_a_long_filling_is_not_overlooked(filling: str) -> None:
    """Blanks alone are no unit, however many; a unit that stands far behind them or points is refused."""
    saturation = builtin().marker("TSAT")
    assert accepted_unit(saturation, " " * 1000) is None
    with pytest.raises(UnknownUnitError):
        accepted_unit(saturation, f"{filling * 100}mg/dL")


@pytest.mark.parametrize("unit", ["{ratio}", " {fraction} ", "{RATIO}", "{ ratio }"])
def test_an_annotation_alone_is_a_unit_if_its_word_is_one(unit: str) -> None:
    """In UCUM an annotation without a unit is the unity, and it is taken for that where it says so."""
    assert read(TSAT, "0.25", unit)[0].unit == read(TSAT, f"0.25 {unit}")[0].unit == "1"
    with pytest.raises(UnknownUnitError):
        read("ferritin", "38", unit)


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("unit", ["{}", "{ }", "{saturation}", "{index}", "{ratio}{fraction}", "{{ratio}}", "{ratio"])
def test_an_annotation_alone_whose_word_is_no_unit_is_refused(marker: str, unit: str) -> None:
    """An annotation that names no accepted unit is neither the unity nor the lack of a unit."""
    for said in ((unit, "38"), (None, f"38 {unit}")):
        with pytest.raises(UnknownUnitError):
            read(marker, said[1], said[0])


# ---------------------------------------------------------------- a saturation without a unit


@settings(deadline=None)
@given(st.decimals("0", "200", places=3))
@example(Decimal(1))
@example(Decimal("1.5"))
def test_a_saturation_without_a_unit_is_told_by_its_size_and_says_so(value: Decimal) -> None:
    """Knowledge 4.2: below 1 it is a fraction, above 1.5 a percentage, and between them it is refused."""
    if 1 <= value <= Decimal("1.5"):
        with pytest.raises(AmbiguousUnitError) as refusal:
            read(TSAT, f"{value:f}")
        assert refusal.value.code == "ambiguous-unit"
    else:
        reading, _, said = read(TSAT, f"{value:f}")
        assert (reading.unit, said) == (("1", ["fraction-assumed"]) if value < 1 else ("%", ["percent-assumed"]))
        assert reading.low == value


@settings(deadline=None)
@given(DIGITS, st.sampled_from(["%", "1"]))
def test_a_saturation_with_a_unit_is_never_rescaled(value: Decimal, unit: str) -> None:
    """What was said is taken as said, and nothing was assumed."""
    reading, _, said = read(TSAT, f"{value:f}", unit)
    assert (reading.low, reading.unit, said) == (value, unit, [])


@pytest.mark.parametrize("text", ["<0.5", "<1", "<=1.5", ">0.5", ">1", ">=1.5", "1-1.2"])
def test_a_comparator_hides_the_size_that_would_tell_a_saturations_unit(text: str) -> None:
    """<0.5 may be below half a percent or below one half: it is refused."""
    with pytest.raises(AmbiguousUnitError):
        read(TSAT, text)


@pytest.mark.parametrize(
    ("text", "unit", "issue"),
    [
        ("<3", "%", "percent-assumed"),
        (">50", "%", "percent-assumed"),
        ("20-30", "%", "percent-assumed"),
        ("0.2-0.3", "1", "fraction-assumed"),
    ],
)
def test_a_comparator_or_an_interval_that_is_plain_by_its_size_is_read(text: str, unit: str, issue: str) -> None:
    """Three or more of a saturation can only be percent, and an interval below 1 only a fraction."""
    reading, _, said = read(TSAT, text)
    assert (reading.unit, said) == (unit, [issue])


PERCENT_RANGES: list[ReportedRange | str] = [
    "20-50",
    ">20",
    "<45",
    ReportedRange(low=Decimal(20), high=Decimal(50)),
    "20-50 %",
    "20-50 percent",
    ReportedRange(low=Decimal(20), high=Decimal(50), unit="%"),
]
FRACTION_RANGES: list[ReportedRange | str] = [
    "0.20-0.50",
    "<0.45",
    ReportedRange(low=Decimal("0.2"), high=Decimal("0.5")),
    "0.20-0.50 fraction",
    ReportedRange(low=Decimal("0.2"), high=Decimal("0.5"), unit="1"),
]
RANGES = [*((each, "%") for each in PERCENT_RANGES), *((each, "1") for each in FRACTION_RANGES)]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0.8", "1"),
        ("<0.5", "1"),
        (">0.5", "1"),
        ("0.1-0.9", "1"),
        ("1", None),
        ("1.2", None),
        ("1.5", None),
        ("<1", None),
        (">1.2", None),
        ("1.51", "%"),
        ("25", "%"),
        ("<3", "%"),
        ("0.5-3", "%"),
    ],
)
@pytest.mark.parametrize(("printed", "unit"), RANGES, ids=str)
def test_the_printed_range_tells_the_unit_of_a_saturation_unless_its_size_contradicts(
    text: str, size: str | None, printed: ReportedRange | str, unit: str
) -> None:
    """Knowledge 4.2: a report has one unit, so its range tells it; a value on the other scale is refused."""
    if size not in {None, unit}:
        with pytest.raises(AmbiguousUnitError) as refusal:
            read(TSAT, text, None, printed=printed)
        assert refusal.value.code == "ambiguous-unit"
        return
    reading, own, said = read(TSAT, text, None, printed=printed)
    assert own is not None
    assert (reading.unit, own.unit.ucum) == (unit, unit)
    assert said == ["percent-assumed" if unit == "%" else "fraction-assumed"]


@pytest.mark.parametrize("printed", ["50-20", "see note", "1-1.4", "20-50 K/uL"])
def test_a_range_that_is_refused_or_could_be_either_tells_no_unit(printed: str) -> None:
    """Nothing is concluded from a range that is not used."""
    assert read(TSAT, "0.8", None, printed=printed)[0].unit == "1"
    with pytest.raises(AmbiguousUnitError):
        read(TSAT, "1.2", None, printed=printed)


# ---------------------------------------------------------------- codes


@pytest.mark.parametrize(
    ("code", "ucum"), CODES_AND_UNITS, ids=lambda each: each.code if isinstance(each, Code) else each
)
def test_a_unit_must_measure_what_the_code_measures(code: Code, ucum: str) -> None:
    """A code of a mass with a molar unit, or the reverse, is refused: one of the two is mistyped."""
    if code.property in {scale(ucum).kind, "any"}:
        assert read(code.code, "38", ucum)[0].unit == ucum
    else:
        with pytest.raises(CodeUnitError) as refusal:
            read(code.code, "38", ucum)
        assert refusal.value.code == "code-unit-mismatch"
        assert refusal.value.text == f"{code.code} {ucum}"


@pytest.mark.parametrize("code", [each.code for each in CODES if each.property != "fraction"])
def test_a_code_stands_in_for_no_unit(code: str) -> None:
    """Even a code that measures a mass does not say which unit of mass; one of any property says less."""
    with pytest.raises(MissingUnitError):
        read(code, "38")


@pytest.mark.parametrize("code", [each.code for each in CODES if each.property == "fraction"])
def test_the_code_of_a_saturation_leaves_its_unit_to_its_size(code: str) -> None:
    """Both units of a saturation are fractions, so its codes tell neither."""
    assert [read(code, text)[0].unit for text in ("0.25", "25")] == ["1", "%"]


def test_some_codes_and_names_are_partial_and_some_have_any_property() -> None:
    """The data files hold the cases that these tests are about."""
    assert {"1989-3", "25-OH vitamin D3"} <= set(PARTIAL_NAMES)
    assert any(code.property == "any" for code in CODES)


@pytest.mark.parametrize("name", PARTIAL_NAMES)
def test_a_part_of_the_analyte_is_judged_and_said_to_be_a_part(name: str) -> None:
    """A code or a name that leaves something out brings an issue, by either of them."""
    marker, code, _ = builtin().find(name)
    unit = next(each.ucum for each in marker.accepts if code is None or code.property in {scale(each.ucum).kind, "any"})
    it = interpret(name, 40, unit)
    assert "partial-analyte" in issues(it)
    assert it.issues[0].text == name


@pytest.mark.parametrize("name", [*MARKERS, *(code.code for code in CODES if code.partial is None)])
def test_the_whole_analyte_is_not_said_to_be_a_part(name: str) -> None:
    """The issue is about the parts alone."""
    marker, code, _ = builtin().find(name)
    unit = next(each.ucum for each in marker.accepts if code is None or code.property in {scale(each.ucum).kind, "any"})
    assert "partial-analyte" not in read(name, "38", unit)[2]


# ---------------------------------------------------------------- the report's own range


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(0, 300), st.integers(2, 300), st.sampled_from([None, "mayo", "arup"]))
def test_the_reports_own_range_wins_whatever_set_is_chosen(
    value: int, low: int, width: int, chosen: str | None
) -> None:
    """Law 6: a sane printed range is the standard one, with the report as its source and both limits within."""
    high = low + width
    place = interpret("ferritin", value, "ng/mL", range=f"{low}-{high}", standard=chosen, sex="male", age=40).standard
    assert place.position == ("below" if value < low else "above" if value > high else "within")
    assert place.set == "report"
    assert place.range is not None
    assert {each.source.id for each in (place.range.low, place.range.high) if each} == {"report"}


@settings(deadline=None)
@given(DIGITS, DIGITS)
def test_a_range_is_the_same_as_text_as_a_pair_and_as_an_object(low: Decimal, width: Decimal) -> None:
    """However the report's range is handed over, it gives the same place, save the words that locate it."""
    high = low + width
    shapes: list[Any] = [
        f"{low:f}-{high:f}",
        (low, high),
        [f"{low:f}", f"{high:f}"],
        ReportedRange(low=low, high=high),
        ReportedRange(text=f"{low:f} - {high:f} ng/mL"),
    ]
    places = [interpret("ferritin", 38, "ng/mL", range=each, decimal_mark=".").standard for each in shapes]
    told = [(each.position, each.set, each.limits[0].low, each.limits[0].high, each.distance) for each in places]
    assert told == [told[0]] * len(told)


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [
        ("<150", None, (150, False)),
        ("<=150", None, (150, True)),
        (">20", (20, False), None),
        (">=20", (20, True), None),
        ("20-150", (20, True), (150, True)),
        ((20, None), (20, True), None),
        ((None, 150), None, (150, True)),
        ((0, 150), (0, True), (150, True)),
    ],
    ids=str,
)
def test_a_printed_limit_belongs_to_the_range_unless_its_comparator_leaves_it_out(
    printed: str, low: tuple[int, bool] | None, high: tuple[int, bool] | None
) -> None:
    """Law 7: an absent bound is open, and the inclusivity of each bound is its own."""
    found = interpret("ferritin", 38, "ng/mL", range=printed).standard.range
    assert found is not None
    bounds = [each and (int(each.value), each.inclusive) for each in (found.low, found.high)]
    assert bounds == [low, high]


def test_the_words_of_the_printed_range_are_its_locator() -> None:
    """Whoever asks where a limit stands is shown the report's own words, or its numbers."""
    as_text = interpret("ferritin", 38, "ng/mL", range="24 - 336").standard.range
    as_numbers = interpret("ferritin", 38, "ng/mL", range=(24, None)).standard.range
    assert as_text is not None
    assert as_numbers is not None
    assert as_text.low is not None
    assert as_numbers.low is not None
    assert "24 - 336" in as_text.low.locator
    assert "low 24" in as_numbers.low.locator
    assert "high" not in as_numbers.low.locator


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("336-24", "range-inverted"),
        ((336, 24), "range-inverted"),
        ("0-0", "range-inverted"),
        ("<0", "range-inverted"),
        ("see note", "range-unreadable"),
        ("38", "range-unreadable"),
        ((None, None), "range-unreadable"),
        (("24", "high"), "range-unreadable"),
        ((float("nan"), 336), "range-unreadable"),
        ((24, float("inf")), "range-unreadable"),
        ((Decimal(24), Decimal("1E+40")), "range-unreadable"),
        ("24-336 K/uL", "range-unit-unknown"),
        ("24-336 mg/dL", "range-unit-unknown"),
        (ReportedRange(low=Decimal(24), high=Decimal(336), unit="H"), "range-unit-unknown"),
    ],
    ids=str,
)
def test_a_printed_range_that_is_refused_is_an_issue_and_the_set_is_used(printed: str, code: str) -> None:
    """A range is never flagged from when it is not sane, nor replaced in silence."""
    plain = interpret("ferritin", 38, "ng/mL", sex="male", age=40)
    it = interpret("ferritin", 38, "ng/mL", range=printed, sex="male", age=40)
    assert issues(it) == [code]
    assert it.standard == plain.standard
    assert len(it.issues[0].text) <= 80


@pytest.mark.parametrize(
    ("result", "printed", "limits"),
    [
        (("iron", 80, "ug/dL"), ("10", "30", "umol/L"), ("55.845", "167.535")),
        (("iron", "14.5", "umol/L"), ("50", "150", "ug/dL"), ("8.95335303071", "26.8600590921")),
        (("vitamin_d", 75, "nmol/L"), ("30", "100", "ng/mL"), ("74.8801916933", "249.600638978")),
        (("vitamin_b12", 400, "ng/L"), ("180", "914", "pg/mL"), ("180", "914")),
        (("ferritin", 38, "ng/mL"), ("24", "336", "\u00b5g/L"), ("24", "336")),
    ],
    ids=lambda each: "-".join(map(str, each)),
)
def test_a_printed_range_in_another_accepted_unit_is_converted(
    result: tuple[str, object, str], printed: tuple[str, str, str], limits: tuple[str, str]
) -> None:
    """Law 4: the limit is converted to the unit of the result, rounded once, and its own number stays beside it."""
    low, high, unit = printed
    place = interpret(*result, range=f"{low} - {high} {unit}").standard
    assert (place.set, place.limits[0].unit) == ("report", result[2])
    assert (str(place.limits[0].low), str(place.limits[0].high)) == limits
    assert place.range is not None
    assert [str(each.value) for each in (place.range.low, place.range.high) if each] == [low, high]


@settings(deadline=None)
@given(st.integers(2, 99), st.integers(1, 60), st.integers(1, 39))
def test_a_saturation_and_its_range_have_one_answer_in_any_pair_of_units(value: int, low: int, width: int) -> None:
    """Percent beside a fraction, the reverse, and both in one unit are the same result."""
    high = low + width
    percent = [f"{low + 1}-{high + 1}", f"{low + 1}-{high + 1} %", f"{low + 1} %-{high + 1} %"]
    fraction = [f"{(low + 1) / 100:.2f}-{(high + 1) / 100:.2f}", f"{(low + 1) / 100:.2f}-{(high + 1) / 100:.2f} ratio"]
    places = [
        interpret(TSAT, written, unit, range=printed).standard
        for written, unit in ((value, "%"), (f"{value / 100:.2f}", "1"))
        for printed in (*percent, *(fraction if high + 1 < 100 else []))
    ]
    assert {each.position for each in places} == {places[0].position}
    assert {each.set for each in places} == {"report"}


@pytest.mark.parametrize(
    ("value", "unit", "printed", "position"),
    [
        ("25", "%", "0.20-0.50", "within"),
        ("0.25", "1", "20-50", "within"),
        ("15", "%", "0.20-0.50", "below"),
        ("0.55", "1", "20-50", "above"),
        ("25", "%", ">0.2", "within"),
        ("30", "%", "<1 ratio", "within"),
        ("0.9", "%", "0.20-0.50 ratio", "below"),
    ],
)
def test_a_percentage_is_judged_by_a_range_of_fractions_and_the_reverse(
    value: str, unit: str, printed: str, position: str
) -> None:
    """A range of saturations is read by its own size, because a report may print it in the other unit."""
    it = interpret(TSAT, value, unit, range=printed)
    assert (it.standard.set, it.standard.position) == ("report", position)
    assert ("range-unit-assumed" in issues(it)) == ("ratio" not in printed)


@pytest.mark.parametrize("printed", [each for each in FRACTION_RANGES if "fraction" not in str(each)][:3], ids=str)
@pytest.mark.parametrize("value", ["0", "0.3", "0.9", "1", "1.2", "1.49", "<1", "<0.5", ">0.3", "0.2-0.3"])
def test_a_small_percentage_beside_an_unlabelled_range_of_fractions_is_refused(
    value: str, printed: ReportedRange | str
) -> None:
    """0.3 % with 0.20-0.50 may be a fraction under a wrong unit: nothing tells which of the two is mistaken."""
    with pytest.raises(AmbiguousUnitError) as refusal:
        read(TSAT, value, "%", printed=printed)
    assert refusal.value.code == "ambiguous-unit"


@settings(deadline=None)
@given(st.decimals("1.51", "190", places=2), st.integers(10, 40), st.integers(5, 50))
def test_a_percentage_rescales_an_unlabelled_range_of_fractions_and_says_so(
    value: Decimal, low: int, width: int
) -> None:
    """From 1.5 on a percentage is one, so the range is what lacks its unit: it is read in its own, with an issue."""
    printed = f"{low / 100:.2f}-{(low + width) / 100:.2f}"
    it = interpret(TSAT, value, "%", range=printed)
    assert it.reading.low == value
    assert [each for each in issues(it) if each not in {"unusual-value", "range-open-side"}] == ["range-unit-assumed"]
    assert (it.standard.limits[0].low, it.standard.limits[0].high) == (Decimal(low), Decimal(low + width))


@settings(deadline=None)
@given(st.decimals("0", "1.2", places=3), st.integers(2, 60), st.integers(5, 39))
def test_a_fraction_rescales_an_unlabelled_range_of_percentages_and_says_so(
    value: Decimal, low: int, width: int
) -> None:
    """A range above 1.5 is of percentages, whatever the value beside it is said to be."""
    it = interpret(TSAT, value, "1", range=f"{low}-{low + width}")
    assert it.reading.low == value
    assert [each for each in issues(it) if each not in {"unusual-value", "range-open-side"}] == ["range-unit-assumed"]
    limit = it.standard.limits[0]
    assert (limit.low, limit.high) == (Decimal(low) / 100, Decimal(low + width) / 100)


@pytest.mark.parametrize(("value", "unit"), [("25", "%"), ("0.25", "1")])
@pytest.mark.parametrize("printed", ["20-50 %", "0.20-0.50 ratio", "24-1,0,0", None])
def test_nothing_is_assumed_of_a_range_that_says_its_unit_or_is_not_used(
    value: str, unit: str, printed: str | None
) -> None:
    """The issue is about ranges whose unit was taken from their size alone."""
    assert "range-unit-assumed" not in read(TSAT, value, unit, printed=printed)[2]


@pytest.mark.parametrize(("value", "unit", "printed"), [("25", "%", "20-50"), ("0.25", "1", "0.2-0.5")])
def test_a_range_on_the_scale_of_its_value_assumes_nothing(value: str, unit: str, printed: str) -> None:
    """Value and range that agree are in one unit, and there is nothing to say."""
    reading, own, said = read(TSAT, value, unit, printed=printed)
    assert own is not None
    assert (reading.unit, own.unit.ucum, said) == (unit, unit, [])


@pytest.mark.parametrize("printed", [None, "", "  "])
def test_no_printed_range_is_no_issue(printed: str | None) -> None:
    """An absent range leaves the set in its place without a word."""
    it = interpret("ferritin", 38, "ng/mL", range=printed)
    assert (issues(it), it.standard.set) == ([], "general")


def test_a_result_without_value_and_text_has_no_value() -> None:
    """A whole LabResult may come without anything to judge."""
    with pytest.raises(MissingValueError):
        interpret(LabResult(marker="ferritin", unit="ng/mL"))


# ---------------------------------------------------------------- specimens

SERA = (
    "serum",
    "Serum",
    "SERUM",
    "plasma",
    "Ser/Plas",
    "serum or plasma",
    "Li-heparin plasma",
    "EDTA Plasma",
    "serum, SST",
)
OTHER_SPECIMENS = (
    "urine",
    "Urine, 24 h",
    "whole blood",
    "capillary blood",
    "CSF",
    "CSF/serum",
    "pleural fluid and serum",
    "serum and urine",
    "saliva",
    "tears",
    "hair",
    "unknown",
    "?",
)


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("specimen", SERA)
def test_serum_and_plasma_are_read_however_they_are_written(marker: str, specimen: str) -> None:
    """Every marker is measured in serum or plasma, and saying so changes nothing."""
    each = builtin().markers[marker]
    given_ = {"marker": marker, "value": each.plausible.soft.high.value, "unit": each.plausible.unit}
    said, unsaid = LabResult.model_validate({**given_, "specimen": specimen}), LabResult.model_validate(given_)
    found = builtin().find(marker)
    assert read_result(said, found) == read_result(unsaid, found)


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("specimen", OTHER_SPECIMENS)
def test_whatever_else_was_measured_is_another_analyte(marker: str, specimen: str) -> None:
    """A specimen that is not serum or plasma, or not that alone, is refused and named."""
    result = LabResult(marker=marker, value=Decimal(30), unit=builtin().markers[marker].unit, specimen=specimen)
    with pytest.raises(AnotherAnalyteError, match="serum or plasma") as refused:
        read_result(result, builtin().find(marker))
    assert refused.value.text == specimen


@pytest.mark.parametrize(
    ("specimen", "read_"),
    [
        *(("blood", True), ("EDTA whole blood", True), ("Bld", True), ("EDTA whole", True)),
        *(("plasma", False), ("serum", False), ("urine", False)),
    ],
)
def test_haemoglobin_is_read_in_blood_alone(specimen: str, read_: bool) -> None:  # noqa: FBT001  a parameter
    """A context analyte keeps to its own specimen: haemoglobin in plasma is another test."""
    found = builtin().find_context("haemoglobin")
    assert found is not None
    result = LabResult(marker="haemoglobin", value=Decimal(13), unit="g/dL", specimen=specimen)
    if read_:
        assert read_result(result, found)[0].low == 13
    else:
        with pytest.raises(AnotherAnalyteError, match="blood"):
            read_result(result, found)


@given(st.text(max_size=40))
@example("  ")
def test_whatever_stands_as_the_specimen_is_heeded_or_refused(specimen: str) -> None:
    """It is passed over only where it is empty, and else names serum or plasma; no text stops the reading otherwise."""
    result = LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL", specimen=specimen)
    said = ""
    try:
        read_result(result, builtin().find("ferritin"))
    except AnotherAnalyteError as refused:
        said = str(refused)
    named = {"serum", "ser", "plasma", "plas"} & set(re.findall("[a-z]+", specimen.casefold()))
    assert said.isprintable()
    assert bool(specimen.strip()) if said else (named or not specimen.strip())


def test_the_specimen_is_asked_before_the_value() -> None:
    """A urine value is refused as urine, whatever it is."""
    result = LabResult(marker="ferritin", text="trace", unit="ng/mL", specimen="urine")
    with pytest.raises(AnotherAnalyteError):
        read_result(result, builtin().find("ferritin"))


@pytest.mark.parametrize("method", [None, "", "Roche Elecsys", "\x1b[31m", "x" * 500])
def test_the_method_changes_nothing_in_one_reading(method: str | None) -> None:
    """It is kept for comparing results over time, and decides nothing by itself."""
    result = LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL", method=method)
    bare = LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL")
    assert read_result(result, builtin().find("ferritin")) == read_result(bare, builtin().find("ferritin"))
    assert result.method == method


def test_a_unit_of_a_hundred_characters_is_the_longest_that_is_read() -> None:
    """With its blanks; one more is refused, whatever it begins with."""
    marker = builtin().markers["ferritin"]
    found = accepted_unit(marker, "ng/mL".rjust(100))
    assert found is not None
    assert found.ucum == "ng/mL"
    with pytest.raises(UnknownUnitError):
        accepted_unit(marker, "ng/mL".rjust(101))


@pytest.mark.parametrize("specimen", ["serum", "Ser", "plasma", "PLAS", "Ser/Plas", "Serum or plasma"])
def test_serum_and_plasma_are_known_by_their_short_names(specimen: str) -> None:
    """As LOINC and laboratories write them."""
    assert interpret("ferritin", 38, "ng/mL", specimen=specimen).reading.low == 38


def test_a_reading_says_its_unit_in_words() -> None:
    """For whoever reads it aloud."""
    assert interpret("ferritin", 38, "ng/mL").reading.spoken == "nanograms per milliliter"


def test_a_percentage_may_begin_at_one() -> None:
    """A printed range from 1 is no fraction, so it tells the unit of both."""
    (issue,) = interpret("tsat", "30", range="1-50", sex="male", age=40).issues
    assert (issue.code, "by its printed range" in issue.message) == ("percent-assumed", True)


def test_a_value_with_two_comparators_is_quoted_up_to_eighty_characters() -> None:
    """With its blanks, and cut where it is long."""
    with pytest.raises(ComparatorConflictError) as refusal:
        interpret("ferritin", "<38".ljust(100), "ng/mL", comparator=">")
    assert refusal.value.text == "<38".ljust(80)


# ---------------------------------------------------------------- what is quoted


def test_what_is_long_is_quoted_up_to_eighty_characters() -> None:
    """The units of a conflict, the name of a part, and what stood in a printed range."""
    with pytest.raises(UnitConflictError) as refusal:
        interpret("ferritin", "38 ng/mL", "pmol/L".ljust(90))
    assert refusal.value.text == "ng/mL pmol/L".ljust(80)
    assert interpret("25-OH vitamin D3".ljust(90), 40, "nmol/L").issues[0].text == "25-OH vitamin D3".ljust(80)
    assert instead(WrongTypeError("It is none", "give one", "x" * 90)).text == "x" * 80
    twice = "24-336 ng/mL".ljust(90)
    for printed, quoted in (
        (ReportedRange(text=f"24-336 {'x' * 90}"), "x" * 80),
        (ReportedRange(text=twice, unit="pmol/L"), twice[:80]),
    ):
        (issue,) = interpret("ferritin", 38, "ng/mL", range=printed, sex="male", age=40).issues
        assert issue.text == quoted


def test_a_unit_that_the_code_does_not_measure_is_answered_with_the_codes_that_do() -> None:
    """One of the two is mistyped, and every code that fits the unit is named."""
    with pytest.raises(CodeUnitError) as refusal:
        interpret("14723-1", 38, "ng/mL")
    assert str(refusal.value) == (
        "The code 14723-1 measures moles, and ng/mL measures mass; "
        "check which of the two is mistyped (for ng/mL: 2276-4, 20567-4)"
    )


def test_a_text_and_a_comparator_that_differ_are_refused_where_one_value_is_left() -> None:
    """`<=0` is zero alone, and not above it."""
    with pytest.raises(ComparatorConflictError):
        interpret("ferritin", "<=0", "ng/mL", comparator=">")


@pytest.mark.parametrize(("unit", "ucum"), [("{fraction}", "1"), ("{fractionX}", None), ("{Xfraction}", None)])
def test_a_unit_in_braces_is_the_unit_or_refused(unit: str, ucum: str | None) -> None:
    """Nothing but the braces is taken away."""
    marker = builtin().markers[TSAT]
    if ucum is None:
        with pytest.raises(UnknownUnitError):
            accepted_unit(marker, unit)
    else:
        found = accepted_unit(marker, unit)
        assert found is not None
        assert found.ucum == ucum


# ---------------------------------------------------------------- the printed range of a saturation


@pytest.mark.parametrize(
    ("printed", "low", "high", "assumed"),
    [
        ("0-50", "0", "0.5", True),
        ("20-200", "0.2", "2", True),
        ("20-50 %", "0.2", "0.5", False),
        ("0.2-50 %", "0.002", "0.5", False),
        ("0.2-0.5", "0.2", "0.5", False),
    ],
)
def test_a_printed_range_of_saturations_is_in_its_unit_or_in_that_of_its_size(
    printed: str,
    low: str,
    high: str,
    assumed: bool,  # noqa: FBT001  the parameter is the thing tested
) -> None:
    """Beside a fraction a range up to 50, or to all that is possible, is in per cent, unless it names its own unit."""
    it = interpret(TSAT, "0.3", "1", range=printed, sex="male", age=40)
    assert [(each.low, each.high) for each in it.standard.limits] == [(Decimal(low), Decimal(high))]
    assert (it.standard.set, issues(it)) == ("report", ["range-unit-assumed"] if assumed else [])


def test_a_range_below_one_per_cent_does_not_tell_the_unit_of_a_value() -> None:
    """It names per cent and looks like fractions: a value that may be either stays open."""
    with pytest.raises(AmbiguousUnitError):
        interpret(TSAT, "<0.9", range="0.2-0.5 %")


def of_a_clinic(text: str, printed: str | None = None, **fields: object) -> Reading:
    """The reading of a share that a clinic describes otherwise than we do the saturation."""
    found = builtin().find(TSAT)
    own = found._replace(marker=found.marker.model_copy(update=fields))
    given_range = None if printed is None else ReportedRange(text=printed)
    return read_result(LabResult(marker=TSAT, text=text, range=given_range), own)[0]


@pytest.mark.parametrize("value", ["0.25", "25"])
@pytest.mark.parametrize("unit", builtin().markers[TSAT].accepts, ids=lambda each: each.ucum)
def test_a_share_that_is_reported_in_one_unit_needs_it_all_the_same(unit: Accepted, value: str) -> None:
    """Only where per cent and fractions are both reported does the size tell which it is."""
    with pytest.raises(MissingUnitError):
        of_a_clinic(value, accepts=(unit,))


def test_an_open_range_that_names_per_cent_is_in_per_cent() -> None:
    """Of a share that is usual below one per cent, too: a value beside it is not taken for a fraction."""
    plausible = builtin().markers[TSAT].plausible
    low = plausible.soft.low.model_copy(update={"value": Decimal("0.1")})
    rare = plausible.model_copy(update={"soft": plausible.soft.model_copy(update={"low": low})})
    with pytest.raises(AmbiguousUnitError):
        of_a_clinic("0.8", ">0.5 %", plausible=rare)
