"""Numbers, comparators, intervals and ranges as text: read as laboratories mean them, or refused by name, and soon."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import FrameType

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rlslabs.comparators import read_comparator
from rlslabs.errors import (
    AmbiguousNumberError,
    ComparatorConflictError,
    InfiniteValueError,
    InvertedIntervalError,
    InvertedRangeError,
    LabsError,
    MissingValueError,
    NegativeValueError,
    NotANumberError,
    RangeConflictError,
    RangeRefusedError,
    UnreadableRangeError,
    UnreadableValueError,
    ValueRefusedError,
)
from rlslabs.facts import FURTHEST
from rlslabs.model import Comparator
from rlslabs.reported import ReportedRange
from rlslabs.text import (
    Interval,
    compared,
    exactly,
    read_number,
    read_range,
    read_text,
)

AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
SECONDS = 1.0
LONGEST = 100_000
NARROW, THIN, HARD, CURLY = "\u202f", "\u2009", "\u00a0", "\u2019"
MICRO, MU, MINUS, EN, EM, HYPHEN, FIXED = "\u00b5", "\u03bc", "\u2212", "\u2013", "\u2014", "\u2010", "\u2011"
DASHES = ["-", EN, EM, HYPHEN, FIXED, MINUS, "..", "...", "to", "TO"]
GROUPS = ["'", CURLY, NARROW, THIN, HARD]
SPELLINGS: dict[Comparator, list[str]] = {
    "<": ["<", "&lt;", "&#60;", "less than", "LESS THAN", "Less  than", "below", "under", "fewer than", "lt"],
    "<=": [
        "<=",
        "=<",
        "\u2264",
        "\u2a7d",
        "&le;",
        "&lt;=",
        "less than or equal to",
        "up to",
        "at most",
        "No more than",
    ],
    ">": [">", "&gt;", "greater than", "GREATER THAN", "more than", "above", "over", "gt"],
    ">=": [">=", "=>", "\u2265", "\u2a7e", "&ge;", "greater than or equal to", "At least", "no less than", "ge"],
}
COMPARATORS: list[Comparator] = list(SPELLINGS)

NUMBERS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(0, 10**15 - 1), st.integers(0, 15)
)
POSITIVE = NUMBERS.filter(bool)
MARKS = st.sampled_from([None, ".", ","])
PIECES = [
    *(spelling for spellings in SPELLINGS.values() for spelling in spellings),
    *DASHES,
    *GROUPS,
    *"=.,+&;%{}()[]/ \t\n\x00",
    *("0", "00", "1", "12", "123", "1234", "9" * 40, "e", "E", "e5", "E-7", "ng/mL", f"{MICRO}g/dL", "{total}", "x"),
    *("nan", "NaN", "inf", "-inf", "\u221e", "see note", "\u017f", "\u0131", "\u0130", "\u212a", "\u0663", "\u00b2"),
    *("\ud800", "&#", "&#x", "&amp;", "\u202e", "\u200b"),
]
TEXTS = st.text() | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def plain(number: Decimal) -> str:
    """A number as a laboratory prints it: no exponent."""
    return f"{number:f}"


def printed(text: str) -> ReportedRange:
    """A printed range with any text, also one that cannot be encoded."""
    return ReportedRange.trusted({"text": text, "low": None, "high": None, "unit": None})


def numbered(low: Decimal | None, high: Decimal | None) -> ReportedRange:
    """A printed range of two numbers."""
    return ReportedRange.trusted({"text": None, "low": low, "high": high, "unit": None})


def holds(interval: Interval, value: Decimal) -> bool:
    """Whether a value lies in an interval."""
    above = value > interval.low or (value == interval.low and not interval.low_open)
    below = interval.high is None or value < interval.high or (value == interval.high and not interval.high_open)
    return above and below


def true_of(value: Decimal, comparator: Comparator, limit: Decimal) -> bool:
    """Whether the comparison holds, as arithmetic has it."""
    if comparator in {"<", "<="}:
        return value < limit or (comparator == "<=" and value == limit)
    return value > limit or (comparator == ">=" and value == limit)


DOORS: dict[str, Callable[[str], object]] = {
    "value": read_text,
    "value-with-mark": lambda text: read_text(text, "."),
    "range": lambda text: read_range(printed(text)),
    "comparator": read_comparator,
}


@contextmanager
def promptly() -> Iterator[None]:
    """Stop, and fail, what takes longer than any text may."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        pytest.fail(f"took longer than {SECONDS} s of computing")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# ---------------------------------------------------------------- numbers


@given(NUMBERS)
def test_a_number_reads_back_as_itself_unless_it_could_mean_two(number: Decimal) -> None:
    """Every number of up to fifteen digits is read to the digit, or refused because its mark could group thousands."""
    text = plain(number)
    if AMBIGUOUS.fullmatch(text):
        with pytest.raises(AmbiguousNumberError) as refusal:
            read_number(text)
        assert refusal.value.code == "ambiguous-number"
    else:
        assert read_number(text).as_tuple() == number.as_tuple()


@given(NUMBERS, st.sampled_from([".", ","]))
def test_a_number_reads_back_as_itself_when_its_mark_is_said(number: Decimal, mark: str) -> None:
    """Once the decimal mark is said, nothing is ambiguous."""
    assert read_number(plain(number).replace(".", mark), mark).as_tuple() == number.as_tuple()


@given(NUMBERS)
def test_a_number_as_a_machine_writes_it_reads_back_as_itself(number: Decimal) -> None:
    """Python's own text of a Decimal and of a float, exponent or not, is the same number."""
    for text in (str(number), repr(float(number))):
        assert read_number(text, ".") == Decimal(text)
        if "e" in text.casefold():
            assert read_number(text) == Decimal(text)


@given(st.integers(10**6, 10**15 - 1), st.sampled_from([".", ",", *GROUPS]))
def test_two_groups_of_thousands_say_what_their_mark_is(number: int, mark: str) -> None:
    """A mark that stands twice groups thousands."""
    assert read_number(f"{number:,}".replace(",", mark)) == number


@given(st.integers(1000, 10**15 - 1), st.integers(0, 10**6), st.sampled_from([".", ",", *GROUPS]))
def test_two_different_marks_say_which_is_the_decimal_one(number: int, fraction: int, group: str) -> None:
    """Where two marks differ, the last is the decimal mark, whether or not it is said."""
    for mark in {".", ","} - {group}:
        text = f"{number:,}".replace(",", group) + f"{mark}{fraction}"
        assert read_number(text) == read_number(text, mark) == Decimal(f"{number}.{fraction}")


@given(st.integers(1000, 999_999), st.sampled_from(GROUPS))
def test_a_mark_that_is_never_decimal_groups_thousands(number: int, mark: str) -> None:
    """An apostrophe and a narrow or fixed blank leave nothing to guess."""
    assert read_number(f"{number:,}".replace(",", mark)) == number


@given(st.integers(1000, 999_999), st.sampled_from([".", ","]))
def test_one_mark_before_three_digits_is_refused_unless_it_is_said(number: int, mark: str) -> None:
    """1,220 could be one thousand or one: it is refused, and with the mark said it is one of the two."""
    text = f"{number:,}".replace(",", mark)
    with pytest.raises(AmbiguousNumberError):
        read_number(text)
    assert read_number(text, mark) == Decimal(number) / 1000
    assert read_number(text, "," if mark == "." else ".") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (".5", "0.5"),
        (",5", "0.5"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        ("1220,125", "1220.125"),
        ("1220.125", "1220.125"),
        ("1e3", "1000"),
        ("1.220e3", "1220"),
        ("2E-3", "0.002"),
        ("0012", "12"),
    ],
)
def test_a_mark_that_can_mean_one_thing_is_read(text: str, number: str) -> None:
    """A leading zero, four digits before the mark or a machine's exponent leave one meaning."""
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "1,23,456",
        "1.2.3",
        "1,234.567,8",
        "1.234,567.8",
        "1'2",
        f"1,234{HARD}567",
        "1.234'567",
        "1e999",
        "1,2345,678",
        ",5,5",
    ],
)
def test_marks_that_make_no_number_are_refused(text: str) -> None:
    """Groups of another size, mixed marks and sizes that no measurement has are not repaired."""
    with pytest.raises(UnreadableValueError) as refusal:
        read_number(text)
    assert refusal.value.code == "unreadable-value"


@pytest.mark.parametrize(("text", "mark"), [("1,220", "."), ("1.5", "."), ("1,220.5", "."), ("1.220,5", ",")])
def test_a_mark_that_was_said_is_obeyed(text: str, mark: str) -> None:
    """Everything before the mark is whole, everything behind it a fraction."""
    whole, _, fraction = text.partition(mark)
    digits = re.sub("[^0-9]", "", whole)
    assert read_number(text, mark) == Decimal(f"{digits}.{fraction}" if fraction else digits)


# ---------------------------------------------------------------- comparators


@pytest.mark.parametrize(
    ("comparator", "spelling"), [(one, each) for one, spellings in SPELLINGS.items() for each in spellings]
)
def test_a_comparator_is_read_in_every_usual_spelling(comparator: Comparator, spelling: str) -> None:
    """A sign, its HTML entity and words in any case, in a column and before a number, are the same comparator."""
    for written in (spelling, f"  {spelling}  ", spelling.replace(" ", " \t ")):
        assert read_comparator(written) == comparator
        assert read_text(f"{written} 5 ng/mL") == (compared(comparator, Decimal(5)), "ng/mL")
    if not spelling.isupper():
        assert read_comparator(spelling.upper() if spelling[0].isalpha() else spelling) == comparator


@pytest.mark.parametrize("written", [None, "", "  ", "=", " = "])
def test_no_comparator_and_the_equals_sign_are_none(written: str | None) -> None:
    """An exact value needs no comparator, and may carry the sign that says so."""
    assert read_comparator(written) is None
    assert read_text(f"{written or ''}5")[0] == exactly(Decimal(5))


@pytest.mark.parametrize(
    "written", ["~", "<<", "<>", "==", "> <", "about", "less", "not", "!=", "5", "< 5", "x" * LONGEST]
)
def test_what_is_no_comparator_is_refused(written: str) -> None:
    """A comparator that is not known may change everything, so it is not left out."""
    with pytest.raises(ComparatorConflictError) as refusal:
        read_comparator(written)
    assert refusal.value.code == "comparator-conflict"
    assert len(refusal.value.text) <= 80


# ---------------------------------------------------------------- intervals


@given(st.sampled_from(COMPARATORS), POSITIVE, NUMBERS)
def test_a_comparator_holds_exactly_the_values_of_which_it_is_true(
    comparator: Comparator, limit: Decimal, value: Decimal
) -> None:
    """Law 3: <5 is every value from 0 up to 5, and no other."""
    interval = compared(comparator, limit)
    for each in (value, limit, Decimal(0)):
        assert holds(interval, each) == true_of(each, comparator, limit)
    assert interval.comparator == comparator


@given(NUMBERS, NUMBERS)
def test_an_exact_value_holds_itself_alone(value: Decimal, other: Decimal) -> None:
    """A plain number is one value, without a comparator."""
    assert holds(exactly(value), other) == (value == other)
    assert exactly(value).comparator is None


@given(
    NUMBERS, NUMBERS, st.sampled_from(DASHES), st.sampled_from(["", " ", f"{HARD} "]), st.sampled_from(["", "ng/mL"])
)
def test_an_interval_holds_both_its_ends_and_what_lies_between(
    one: Decimal, two: Decimal, dash: str, blank: str, unit: str
) -> None:
    """Two numbers with any dash between them are every value from the first to the second."""
    low, high = sorted((one, two))
    gap = blank or (" " if dash.isalpha() else "")
    interval, written = read_text(f"{plain(low)}{gap}{dash}{gap}{plain(high)} {unit}", ".")
    assert (interval, written) == (Interval(low, high), unit)
    assert all(holds(interval, each) for each in (low, high, (low + high) / 2))


@given(NUMBERS, POSITIVE)
def test_an_interval_that_ends_before_it_begins_is_refused(low: Decimal, step: Decimal) -> None:
    """An inverted interval is not turned round."""
    assume(low + step > low)
    with pytest.raises(InvertedIntervalError) as refusal:
        read_text(f"{plain(low + step)}-{plain(low)}", ".")
    assert refusal.value.code == "inverted-interval"


@given(TEXTS, MARKS)
def test_whatever_is_read_is_an_interval_at_or_above_zero(text: str, mark: str | None) -> None:
    """No text is read as an empty interval, a negative one, or one that leaves out its only value."""
    try:
        interval, _ = read_text(text, mark)
    except ValueRefusedError:
        interval = Interval(Decimal(0), None)
    assert interval.low >= 0
    assert interval.high is None or interval.low <= interval.high
    assert interval.low != interval.high or not (interval.low_open or interval.high_open)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", MissingValueError),
        (" \t\n", MissingValueError),
        ("&nbsp;", MissingValueError),
        ("NaN", NotANumberError),
        ("-nan", NotANumberError),
        ("not a number", NotANumberError),
        ("nanogram", UnreadableValueError),
        ("inf", InfiniteValueError),
        (f"{MINUS}Infinity", InfiniteValueError),
        ("\u221e", InfiniteValueError),
        ("-5", NegativeValueError),
        (f"{MINUS}0.5 ng/mL", NegativeValueError),
        (f"{EN}5", NegativeValueError),
        ("<-5", NegativeValueError),
        ("<0", NegativeValueError),
        ("10-5", InvertedIntervalError),
        ("1,220", AmbiguousNumberError),
        ("pending", UnreadableValueError),
        ("see note", UnreadableValueError),
        ("~38", UnreadableValueError),
        ("+38", UnreadableValueError),
        ("1 220", UnreadableValueError),
        ("<5-10", UnreadableValueError),
        ("5-<10", UnreadableValueError),
        ("10-20-30", UnreadableValueError),
        ("24-", UnreadableValueError),
        ("<", UnreadableValueError),
        ("5;6", UnreadableValueError),
        ("\N{FULLWIDTH DIGIT FIVE}", UnreadableValueError),
        ("\N{ARABIC-INDIC DIGIT THREE}", UnreadableValueError),
        ("5\u00b2", UnreadableValueError),
        ("1e99", UnreadableValueError),
        ("9" * 32, UnreadableValueError),
        ("1" * LONGEST, UnreadableValueError),
    ],
    ids=lambda each: repr(each[:12]) if isinstance(each, str) else each.__name__,
)
def test_a_text_that_is_no_value_is_refused_by_what_it_is(text: str, refusal: type[ValueRefusedError]) -> None:
    """Each reason for which a value cannot be read has its own code, and the message quotes little of it."""
    with pytest.raises(refusal) as caught:
        read_text(text)
    assert caught.value.code == refusal.code
    assert len(caught.value.text) <= 80
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("exponent", [31, -31, 999_999_999, -999_999_999])
@pytest.mark.parametrize("digit", [0, 1])
def test_a_value_of_a_size_that_no_measurement_has_is_refused(digit: int, exponent: int) -> None:
    """A number whose exponent alone could fill the memory is refused before anything is done with it."""
    with promptly(), pytest.raises(UnreadableValueError):
        exactly(Decimal((0, (digit,), exponent)))


@pytest.mark.parametrize("text", ["<1e31", "> {far}", "5-{far}", "<= 1E+40", "<0.{zeros}1", "0.{zeros}1-5"])
def test_a_limit_of_a_size_that_no_measurement_has_is_refused(text: str) -> None:
    """Behind a comparator and at the end of an interval no number is larger or smaller than one alone may be."""
    with pytest.raises(UnreadableValueError):
        read_text(text.format(far="1" * 32, zeros="0" * 31))


@pytest.mark.parametrize("text", ["<=0", "up to 0", "<0", "0-0"])
def test_a_range_of_nothing_above_zero_is_refused_as_text_like_as_numbers(text: str) -> None:
    """An upper limit of zero is an empty range, however it is printed."""
    for printed in (ReportedRange(text=text), ReportedRange(high=Decimal(0))):
        with pytest.raises(InvertedRangeError):
            read_range(printed)


def test_a_negative_zero_is_zero() -> None:
    """The sign of a zero, which a subtraction may leave, is not kept."""
    interval = exactly(Decimal("-0.0"))
    assert not interval.low.is_signed()
    assert interval.low == interval.high == 0


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("38ng/mL", "ng/mL"),
        (f"38 {MICRO}g/L", f"{MICRO}g/L"),
        (f"38 {MU}g/L", f"{MU}g/L"),
        ("25%", "%"),
        ("25 %{saturation}", "%{saturation}"),
        ("0.25 {ratio}", "{ratio}"),
        ("1e3 ng/L", "ng/L"),
        ("38 H", "H"),
        ("38", ""),
    ],
)
def test_what_stands_behind_the_number_is_its_unit(text: str, unit: str) -> None:
    """The unit is handed on as it was written, for the marker to accept or refuse."""
    assert read_text(text)[1] == unit


# ---------------------------------------------------------------- printed ranges


@given(NUMBERS, POSITIVE, st.sampled_from(DASHES), st.sampled_from(["{}", "({})", "[{}]", " ( {} ) "]))
def test_a_printed_range_is_read_with_any_dash_and_in_any_brackets(
    low: Decimal, step: Decimal, dash: str, wrapping: str
) -> None:
    """However a report sets its range, it is every value from the first number to the second, both included."""
    assume(low + step > low)
    text = wrapping.format(f"{plain(low)} {dash} {plain(low + step)}")
    assert read_range(printed(text), ".") == (Interval(low, low + step), "")


@given(st.sampled_from(COMPARATORS), POSITIVE, st.data())
def test_a_printed_range_of_one_limit_holds_what_its_comparator_says(
    comparator: Comparator, limit: Decimal, data: st.DataObject
) -> None:
    """< 150 leaves 150 out, up to 150 keeps it in."""
    text = f"{data.draw(st.sampled_from(SPELLINGS[comparator]))} {plain(limit)}"
    assert read_range(printed(text), ".") == (compared(comparator, limit), "")


@given(NUMBERS | st.none(), NUMBERS | st.none())
def test_a_range_of_numbers_is_the_range_of_its_text(low: Decimal | None, high: Decimal | None) -> None:
    """Law 7: two numbers mean what they mean in print, one alone is open at its other end, and none is refused."""
    if (low is None and high is None) or (high is not None and high <= (low or 0)):
        with pytest.raises(RangeRefusedError):
            read_range(numbered(low, high))
    else:
        text = f">={low:f}" if high is None else f"<={high:f}" if low is None else f"{low:f}-{high:f}"
        assert read_range(numbered(low, high)) == read_range(printed(text), ".")


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("24-336", 24, 336, ""),
        ("(15-200)", 15, 200, ""),
        (f"13 {EN} 150", 13, 150, ""),
        ("[30-400]", 30, 400, ""),
        ("30 - 400 ng/mL", 30, 400, "ng/mL"),
        ("24 ng/mL - 336 ng/mL", 24, 336, "ng/mL"),
        ("( 24 ng/mL-336 ng/mL )", 24, 336, "ng/mL"),
        (f"10 {MICRO}mol/L to 30 {MICRO}mol/L", 10, 30, f"{MICRO}mol/L"),
        ("20%-50%", 20, 50, "%"),
        ("20 - 50 %", 20, 50, "%"),
        ("30,0-400,0", 30, 400, ""),
        ("0-5", 0, 5, ""),
    ],
)
def test_a_range_is_read_as_reports_print_it(text: str, low: int, high: int, unit: str) -> None:
    """Two numbers with a dash, brackets, and the unit once or twice, are a range."""
    assert read_range(printed(text)) == (Interval(Decimal(low), Decimal(high)), unit)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("< 150", Interval(Decimal(0), Decimal(150), high_open=True, comparator="<")),
        (">20", Interval(Decimal(20), None, low_open=True, comparator=">")),
        (">= 20", Interval(Decimal(20), None, comparator=">=")),
        ("(Up to 150)", Interval(Decimal(0), Decimal(150), comparator="<=")),
    ],
)
def test_a_range_of_one_limit_is_open_at_its_other_end(text: str, interval: Interval) -> None:
    """An absent limit is open above, and zero below."""
    assert read_range(printed(text)) == (interval, "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("336-24", "range-inverted"),
        ("24-24", "range-inverted"),
        ("0-0", "range-inverted"),
        ("<0", "range-inverted"),
        ("336 ng/mL - 24 ng/mL", "range-inverted"),
        ("38", "range-unreadable"),
        ("=38", "range-unreadable"),
        ("38 ng/mL", "range-unreadable"),
        ("", "range-unreadable"),
        ("()", "range-unreadable"),
        ("see note", "range-unreadable"),
        ("24-", "range-unreadable"),
        ("10-20-30", "range-unreadable"),
        ("<5-10", "range-unreadable"),
        ("1,220-1,500", "range-unreadable"),
        ("24 ng/mL - 336 ug/L", "range-unreadable"),
        ("24 ng - 336 ng/mL", "range-unreadable"),
        ("(24-336) after iron", "range-unreadable"),
        ("(24-336 ng/mL) after iron", "range-unreadable"),
        ("<-5", "range-unreadable"),
        ("nan", "range-unreadable"),
        ("1-1e99", "range-unreadable"),
        ("(24-336", "range-unreadable"),
        ("x" * LONGEST, "range-unreadable"),
    ],
    ids=lambda text: text[:20] or "empty",
)
def test_a_range_that_is_no_range_is_refused_by_its_code(text: str, code: str) -> None:
    """An empty range is told from one that cannot be read."""
    with promptly(), pytest.raises(RangeRefusedError) as refusal:
        read_range(printed(text))
    assert refusal.value.code == code
    assert len(refusal.value.text) <= 80


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (None, None, "range-unreadable"),
        ("336", "24", "range-inverted"),
        ("24", "24", "range-inverted"),
        (None, "0", "range-inverted"),
        ("0", "0", "range-inverted"),
        ("1", "1E+40", "range-unreadable"),
        ("1", "1E+500", "range-unreadable"),
        ("1E-500", "1", "range-unreadable"),
        ("1", "1E+999999999", "range-unreadable"),
        ("1E-999999999", None, "range-unreadable"),
    ],
)
def test_a_range_of_numbers_that_is_no_range_is_refused_by_its_code(
    low: str | None, high: str | None, code: str
) -> None:
    """Numbers are held to the same rules as text: not empty, not inverted, and of a size that can be measured."""
    given_low, given_high = (None if each is None else Decimal(each) for each in (low, high))
    with promptly(), pytest.raises(RangeRefusedError) as refusal:
        read_range(numbered(given_low, given_high))
    assert refusal.value.code == code


@pytest.mark.parametrize("high", ["10", None])
def test_a_negative_limit_is_refused_alike_as_text_and_as_a_number(high: str | None) -> None:
    """A range below zero has one code, however it is given."""
    refusals = []
    text = "-5" if high is None else f"-5-{high}"
    number = numbered(Decimal(-5), None if high is None else Decimal(high))
    for each in (printed(text), number):
        with pytest.raises(RangeRefusedError) as refusal:
            read_range(each)
        refusals.append(refusal.value.code)
    assert refusals[0] == refusals[1]


def test_the_unit_of_a_range_is_the_one_in_its_text_or_else_the_one_beside_it() -> None:
    """A unit in the text is nearer to the numbers than one in a field."""
    beside = ReportedRange(text="24-336", unit="ug/L")
    inside = ReportedRange(text="24-336 ng/mL", unit="ug/L")
    numbers = ReportedRange(low=Decimal(24), high=Decimal(336), unit="ug/L")
    assert [read_range(each)[1] for each in (beside, inside, numbers)] == ["ug/L", "ng/mL", "ug/L"]


@pytest.mark.parametrize(("mark", "high"), [(".", "1500"), (",", "1.500")])
def test_the_decimal_mark_that_was_said_holds_for_the_range_too(mark: str, high: str) -> None:
    """A report has one decimal mark."""
    assert read_range(printed("1-1,500"), mark)[0].high == Decimal(high)


BOTH = st.tuples(st.integers(0, 99), st.integers(1, 99)).map(lambda ends: (Decimal(ends[0]), Decimal(sum(ends))))


@given(BOTH)
def test_text_that_says_what_the_numbers_say_leaves_the_numbers(ends: tuple[Decimal, Decimal]) -> None:
    """A range that stands there twice is one range, with the unit that either of the two names."""
    low, high = ends
    text = f"{low}-{high}"
    assert read_range(ReportedRange(text=text, low=low, high=high)) == (Interval(low, high), "")
    assert read_range(ReportedRange(text=f"{text} ng/mL", low=low, high=high)) == (Interval(low, high), "ng/mL")
    assert read_range(ReportedRange(text=text, low=low, high=high, unit="ng/mL")) == (Interval(low, high), "ng/mL")


@given(BOTH, BOTH)
def test_text_that_says_something_else_than_the_numbers_is_a_conflict(
    ends: tuple[Decimal, Decimal], said: tuple[Decimal, Decimal]
) -> None:
    """Which of the two ranges is meant is not guessed, and both stand in the refusal."""
    assume(ends != said)
    with pytest.raises(RangeConflictError) as refusal:
        read_range(ReportedRange(text=f"{said[0]}-{said[1]}", low=ends[0], high=ends[1]))
    assert refusal.value.code == "range-conflict"
    assert f"{said[0]}-{said[1]}" in str(refusal.value)
    assert f"{ends[0]} to {ends[1]}" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [(">20", None, 20), ("<20", 20, None), ("20-50", 20, None), ("20-50", None, 50), (">=20", 20, 50)],
)
def test_one_limit_beside_two_is_a_conflict(text: str, low: int | None, high: int | None) -> None:
    """Law 7: an absent bound is open, so it does not agree with one that is there."""
    numbers = numbered(None if low is None else Decimal(low), None if high is None else Decimal(high))
    with pytest.raises(RangeConflictError):
        read_range(numbers.model_copy(update={"text": text}))


@pytest.mark.parametrize(
    "text", ["see note", "", "  ", "336-24", "1,220-1,440", "x" * LONGEST], ids=lambda text: text[:9]
)
def test_text_that_cannot_be_read_leaves_the_numbers(text: str) -> None:
    """A remark beside the numbers takes nothing from them."""
    numbers = numbered(Decimal(24), Decimal(336))
    assert read_range(numbers.model_copy(update={"text": text})) == read_range(numbers)


@pytest.mark.parametrize(("low", "high", "code"), [(336, 24, "range-inverted"), (-5, 24, "range-unreadable")])
def test_numbers_that_are_no_range_are_not_replaced_by_their_text(low: int, high: int, code: str) -> None:
    """Law 6: a range that is not sane is refused, whatever stands beside it."""
    with pytest.raises(RangeRefusedError) as refusal:
        read_range(ReportedRange(text="24-336", low=Decimal(low), high=Decimal(high)))
    assert refusal.value.code == code


def test_a_refused_range_keeps_the_reason_why_it_could_not_be_read() -> None:
    """The narrower error stands behind the wider one, for whoever looks."""
    with pytest.raises(RangeRefusedError) as refusal:
        read_range(printed("1,220-1,500"))
    assert isinstance(refusal.value.__cause__, AmbiguousNumberError)


# ---------------------------------------------------------------- hostile text


@given(TEXTS, MARKS)
@example("&#" + "9" * 5000 + ";", None)
def test_no_text_escapes_as_anything_but_our_own_error(text: str, mark: str | None) -> None:
    """Whatever is written, each reader gives an answer or an error of this package."""
    marked: list[Callable[[str], object]] = [
        lambda each: read_text(each, mark),
        lambda each: read_range(printed(each), mark),
    ]
    for read in (*DOORS.values(), *marked):
        try:
            answer = str(read(text))
        except LabsError as error:
            answer = error.code
        assert answer


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "piece",
    [
        *("1,", "1.", "1", "1 ", "1-", "1 to ", "1a", "1e", "1{", "1ng-", "e", "0", ".", ","),
        *("(", "()", "[", "<", "<1", "<= ", "less than ", "&", "&lt;", "&#9", "&#x9", "{", "{}", "%", " ", "\n"),
        *(HARD, THIN, MU, EN, "-", " - ", "to ", "\x00", "\ud800", "nan", "inf"),
    ],
    ids=repr,
)
def test_a_long_repeat_is_answered_at_once(door: str, piece: str) -> None:
    """A hundred thousand characters of anything take no noticeable time to refuse, alone or within a frame."""
    repeat = piece * (LONGEST // len(piece))
    for text in (repeat, f"1a{repeat}x", f"1 {repeat}x", f"({repeat})", f"&#{repeat};", f"1{repeat}-2{repeat}"):
        with promptly():
            try:
                answer = str(DOORS[door](text))
            except LabsError as error:
                answer = str(error)
        assert len(answer) < 1000


@pytest.mark.parametrize("text", ["Deficient", "Therapeutic target", "Men", "Pregnant", "Children under 5"])
def test_a_range_that_is_called_something_else_is_refused(text: str) -> None:
    """Its numbers are those of a band, a target or other people, and no flag is made from them."""
    with pytest.raises(UnreadableRangeError):
        read_range(ReportedRange(low=Decimal(20), high=Decimal(30), text=text))


@pytest.mark.parametrize(("blanks", "code"), [(198, None), (199, "unreadable-value")])
def test_a_text_of_two_hundred_characters_is_the_longest_that_is_read(blanks: int, code: str | None) -> None:
    """With its blanks; one more is refused."""
    written = "38" + " " * blanks
    if code is None:
        assert read_text(written) == (exactly(Decimal(38)), "")
        return
    with pytest.raises(LabsError) as refusal:
        read_text(written)
    assert refusal.value.code == code


@pytest.mark.parametrize(("written", "code"), [(" nan ", "not-a-number"), (" -inf ", "infinite-value")])
def test_blanks_do_not_hide_what_is_no_number(written: str, code: str) -> None:
    """It is known with blanks around it, and quoted as it stood."""
    with pytest.raises(LabsError) as refusal:
        read_text(written)
    assert (refusal.value.code, refusal.value.text) == (code, written)


@pytest.mark.parametrize("comparator", ["<", "<=", ">", ">="])
def test_no_comparator_reaches_below_zero(comparator: Comparator) -> None:
    """Nothing can be compared with a number below zero; with zero, all but less can."""
    with pytest.raises(NegativeValueError):
        compared(comparator, Decimal(-1))
    if comparator != "<":
        assert compared(comparator, Decimal(0)).low == 0


@pytest.mark.parametrize("sign", ["", "-"])
def test_the_furthest_size_that_a_measurement_has_belongs_to_it(sign: str) -> None:
    """A number of that size is read, and the next size is not."""
    assert exactly(Decimal(f"1E{sign}{FURTHEST}")).low == Decimal(f"1E{sign}{FURTHEST}")
    with pytest.raises(UnreadableValueError):
        exactly(Decimal(f"1E{sign}{FURTHEST + 1}"))


def test_the_refusal_of_a_range_keeps_what_it_came_from() -> None:
    """Who looks for the reason finds the refusal of the number in the range."""
    causes = {"<0": NegativeValueError, "-5-20": NegativeValueError, "1,220-2": AmbiguousNumberError}
    for text, cause in {**causes, "336-24": InvertedIntervalError}.items():
        with pytest.raises(LabsError) as refusal:
            read_range(ReportedRange(text=text))
        assert isinstance(refusal.value.__cause__, cause)


@pytest.mark.parametrize(
    ("comparator", "words"),
    [
        ("<", "</less than/lt/below/under/fewer than"),
        ("<=", "<=/=</≤/⩽/less than or equal to/up to/at most/no more than/le"),
        (">", ">/greater than/more than/gt/above/over"),
        (">=", ">=/=>/≥/⩾/greater than or equal to/more than or equal to/at least/no less than/ge"),
    ],
)
def test_a_comparator_is_known_by_every_one_of_its_words(comparator: Comparator, words: str) -> None:
    """Apart from a number and before one, in capitals too."""
    for word in words.split("/"):
        assert read_comparator(word) == read_comparator(f" {word.upper()} ") == comparator
        assert read_text(f"{word} 5")[0].comparator == comparator


def test_one_value_is_both_ends_of_its_interval_and_belongs_to_it() -> None:
    """Neither end is open, and there is no comparator."""
    assert tuple(exactly(Decimal(5))) == (5, 5, False, False, None)


def test_decimals_hold_no_further_mark() -> None:
    """Where the mark is said, whatever stands behind it is digits."""
    with pytest.raises(UnreadableValueError):
        read_number("1.234,5", ".")


@pytest.mark.parametrize("read", [read_text, lambda text: read_range(ReportedRange(text=text))])
@pytest.mark.parametrize("text", ["nan", "inf", "336-24 ng/mL", "x"])
def test_a_refusal_quotes_up_to_eighty_characters(read: Callable[[str], object], text: str) -> None:
    """The text is as it stood, with its blanks, and cut where it is long."""
    with pytest.raises(LabsError) as refusal:
        read(text.ljust(100))
    assert refusal.value.text == text.ljust(80)


def test_a_range_of_two_hundred_characters_is_the_longest_that_is_read() -> None:
    """With its blanks; one more is refused."""
    assert tuple(read_range(ReportedRange(text="24-336".ljust(200)))[0]) == (24, 336, False, False, None)
    with pytest.raises(RangeRefusedError):
        read_range(ReportedRange(text="24-336".ljust(201)))


@pytest.mark.parametrize(
    ("text", "code"), [("()", "range-unreadable"), ("336-24", "range-inverted"), ("<=0", "range-inverted")]
)
def test_a_range_that_holds_nothing_says_why(text: str, code: str) -> None:
    """Nothing is within nothing, within ends in the wrong order, or up to zero."""
    with pytest.raises(RangeRefusedError) as refusal:
        read_range(ReportedRange(text=text))
    assert refusal.value.code == code


def test_a_range_as_text_and_numbers_is_read_with_the_mark_that_is_said() -> None:
    """With it the text can be read, and contradicts the numbers."""
    with pytest.raises(RangeConflictError):
        read_range(ReportedRange(text="1,220-2,000", low=Decimal(1220), high=Decimal(2001)), ".")


@pytest.mark.parametrize("digits", ["1234,567", ",567", "1,2345", "1,23", "1,234,56", "1,234.567,8"])
def test_thousands_stand_in_groups_of_three_behind_one_to_three_digits(digits: str) -> None:
    """A comma anywhere else than in front of three digits, and behind at most three, groups nothing."""
    assert read_number("1,234", ".") == Decimal(1234)
    assert read_number("123,456", ".") == Decimal(123456)
    with pytest.raises(UnreadableValueError):
        read_number(digits, ".")


@pytest.mark.parametrize("text", ["toxic", "24-336"])
def test_the_text_of_a_range_that_is_refused_is_quoted_up_to_eighty_characters(text: str) -> None:
    """Whether it is called something, or says something else than its numbers."""
    printed = ReportedRange(text=f"{text} {'g' * 90}", low=Decimal(24), high=Decimal(300), unit="ng/mL")
    with pytest.raises(RangeRefusedError) as refusal:
        read_range(printed)
    assert refusal.value.text == f"{text} {'g' * 90}"[:80]


# ---------------------------------------------------------------- words of other languages


@pytest.mark.parametrize(
    ("words", "like"),
    [
        *((each, "20-175") for each in ("20 bis 175", "von 20 bis 175", "20 à 175", "de 20 à 175", "20 tot 175")),
        *(
            (each, "20-175")
            for each in ("van 20 tot 175", "20 a 175", "de 20 a 175", "20 hasta 175", "desde 20 hasta 175")
        ),
        *(
            (each, "20-175")
            for each in ("zwischen 20 und 175", "entre 20 et 175", "entre 20 y 175", "tussen 20 en 175")
        ),
        *((each, "20-175") for each in ("from 20 to 175", "between 20 and 175", "ZWISCHEN 20 UND 175")),
        *((each, "<150") for each in ("unter 150", "kleiner als 150", "inférieur à 150", "menor de 150")),
        *((each, "<150") for each in ("minder dan 150", "INFÉRIEUR À 150", "kleiner 150")),
        *((each, "<=150") for each in ("bis 150", "höchstens 150", "jusqu'à 150", "tot en met 150", "hasta 150")),
        *((each, ">20") for each in ("über 20", "größer als 20", "GRÖSSER ALS 20", "supérieur à 20")),
        *((each, ">20") for each in ("groter dan 20", "boven 20", "mayor de 20", "más de 20")),
        *((each, ">=20") for each in ("ab 20", "mindestens 20", "à partir de 20", "vanaf 20", "desde 20")),
    ],
)
def test_a_printed_range_in_words_is_that_of_its_signs(words: str, like: str) -> None:
    """In German, French, Dutch and Spanish as in English, with a unit behind it and without."""
    for unit in ("", " ng/mL"):
        assert read_range(ReportedRange(text=f"{words}{unit}")) == read_range(ReportedRange(text=f"{like}{unit}"))
    if not like[0].isdigit():
        assert read_text(words) == read_text(like)


SAID = {
    "<": "less than|lt|below|under|fewer than|kleiner als|kleiner|weniger als|unter|inférieur à|inferieur a|moins de|"
    "kleiner dan|minder dan|onder|menor que|menor de|menos de|inferior a|<",
    "<=": "=<|≤|⩽|less than or equal to|up to|at most|no more than|le|bis zu|bis|höchstens|hoechstens|jusqu'à|"
    "jusqu\u2019à|jusqu'a|au plus|tot en met|t/m|hoogstens|hasta|como máximo|inférieur ou égal à|"
    "kleiner oder gleich|menor o igual que|<=",
    ">": "greater than|more than|gt|above|over|größer als|grösser als|groesser als|größer|grösser|mehr als|über|ueber|"
    "supérieur à|superieur a|plus de|groter dan|meer dan|boven|mayor que|mayor de|más de|superior a|>",
    ">=": "=>|≥|⩾|greater than or equal to|more than or equal to|at least|no less than|ge|ab|mindestens|à partir de|"
    "a partir de|au moins|vanaf|minstens|ten minste|desde|al menos|supérieur ou égal à|größer oder gleich|"
    "mayor o igual que|>=",
}
"""Every word and sign of a comparator, by hand."""


@pytest.mark.parametrize(("sign", "word"), [(sign, word) for sign, words in SAID.items() for word in words.split("|")])
def test_every_word_of_a_comparator_is_its_sign(sign: str, word: str) -> None:
    """In a field of its own and before a number, in small letters and in large ones."""
    for written in (word, word.upper(), f" {word} ".replace(" ", "  ")):
        assert read_comparator(written) == sign
    for written in (f"{word} 20", f"{word.capitalize()}  20 ng/mL"):
        assert read_text(written)[0].comparator == sign


@pytest.mark.parametrize("words", ["20 and 175", "20 und 175", "20 y 175", "tot 150", "zwischen 20", "von 20"])
def test_words_that_leave_a_doubt_are_no_range(words: str) -> None:
    """Two numbers with an "and" between them may be two values, and the Dutch "tot" may leave its number out."""
    with pytest.raises(UnreadableRangeError):
        read_range(ReportedRange(text=words))


def test_a_number_is_as_large_as_a_measurement_can_be() -> None:
    """Up to the largest exponent, and no further."""
    assert read_number(f"1e{FURTHEST}") == Decimal(10) ** FURTHEST
    with pytest.raises(UnreadableValueError):
        read_number(f"1e{FURTHEST + 1}")


def test_the_unit_beside_a_range_of_one_number_is_its_unit() -> None:
    """As it is beside one of two."""
    for low, high in ((Decimal(20), None), (None, Decimal(20)), (Decimal(20), Decimal(30))):
        assert read_range(ReportedRange(low=low, high=high, unit="ng/mL"))[1] == "ng/mL"
        assert read_range(ReportedRange(low=low, high=high))[1] == ""


def test_a_range_that_is_called_something_else_says_so() -> None:
    """The refusal says what cannot be told, and what to do."""
    with pytest.raises(UnreadableRangeError) as refusal:
        read_range(ReportedRange(low=Decimal(20), high=Decimal(30), text="deficient"))
    called = 'It cannot be told what the printed range is that is called "deficient"'
    assert str(refusal.value) == f"{called}; give its numbers alone, if it is normal"
