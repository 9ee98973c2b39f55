"""Numbers in sentences: each is among the figures, and each statement holds for the digits that are shown."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from rlslabs import Interpretation, Place, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import AmbiguousUnitError, ImplausibleValueError
from rlslabs.explanation import Sentence
from rlslabs.limits import cut, table
from rlslabs.model import Reading
from rlslabs.wording import distance, far_words, show, span, unit_words, value_words

Audience = Literal["clinician", "patient"]
Sex = Literal["female", "male"]

CATALOG = builtin()
AUDIENCES: tuple[Audience, ...] = ("clinician", "patient")
UNITS = [(marker.id, each.ucum) for marker in CATALOG.markers.values() for each in marker.accepts]
STANDARDS = [each.id for each in CATALOG.sets.values() if each.kind == "standard"]
FORMS = ("{0}", "{0}", "{0}", "<{0}", "<={0}", ">{0}", ">={0}", "{0}-{1}")
OWN = (None, None, "{0}-{1}", "<{1}", "<={1}", ">{0}", ">={0}")
MARK = re.compile(r"\[\d+\]")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@cache
def limits_of(marker: str, unit: str) -> list[Decimal]:
    """Every limit of every set in a unit."""
    cuts = [each.cut for ranges in table(CATALOG, marker, unit).sets.values() for each in ranges]
    return sorted({end for each in cuts for end in (each.low, each.high) if end is not None})


@cache
def values(marker: str, unit: str) -> st.SearchStrategy[Decimal]:
    """Values on a limit, within two units of its 12th digit, and anywhere, with few digits and with many."""
    limits = limits_of(marker, unit)

    def hair(limit: Decimal, many: int, digit: int) -> Decimal:
        return limit + many * Decimal((0, (1,), limit.adjusted() - digit + 1))

    near = st.builds(hair, st.sampled_from(limits), st.integers(-20, 20), st.integers(2, 14))
    anywhere = st.builds(
        lambda share, digits: round(limits[-1] * share, digits), st.decimals("0.1", "1.5", places=12), st.integers(0, 9)
    )
    return st.one_of(near, anywhere).filter(lambda value: value > limits[0] * 3 / 4)


@st.composite
def answers(draw: st.DrawFn) -> Interpretation:
    """Answers of every form: exact values, comparators and intervals, against any set or a printed range."""
    marker, unit = draw(st.sampled_from(UNITS))
    numbers = values(marker, unit)
    one, two = sorted((draw(numbers), draw(numbers)))
    three, four = sorted((draw(numbers), draw(numbers)))
    own = draw(st.sampled_from(OWN))
    sex: Sex | None = draw(st.sampled_from((None, "female", "male")))
    try:
        return interpret(
            marker,
            draw(st.sampled_from(FORMS)).format(f"{one:f}", f"{two:f}"),
            unit,
            sex=sex,
            age=draw(st.sampled_from((None, 5, 40, 70))),
            range=None if own is None else own.format(f"{three:f}", f"{four:f}"),
            decimal_mark=".",
            standard=draw(st.sampled_from(STANDARDS)),
            strict=draw(st.booleans()),
        )
    except (AmbiguousUnitError, ImplausibleValueError):
        assume(False)  # noqa: FBT003  the way in which Hypothesis is told to draw again
        raise


def told(it: Interpretation, audience: Audience) -> list[tuple[Place, Sentence]]:
    """Each place with the sentence about it."""
    sentences = [each for each in it.explain(audience).sentences if each.about == "place"]
    return list(zip(it.places, sentences, strict=True))


def numbers_in(text: str, it: Interpretation, place: Place) -> list[str]:
    """The numbers of a sentence that are neither marks, names nor ages."""
    populations = [limit.range.applies_to.words for limit in place.limits]
    for words in (it.name, it.plain_name, place.set_name, *sorted(populations, key=len, reverse=True)):
        text = text.replace(words, " ")
    return NUMBER.findall(MARK.sub(" ", text))


def read(number: str) -> Reading:
    """The reading of a ferritin."""
    return interpret("ferritin", number, "ng/mL", decimal_mark=".").reading


# ---------------------------------------------------------------- numbers and figures


@pytest.mark.parametrize("audience", AUDIENCES)
@given(it=answers())
@settings(max_examples=150, deadline=None)
def test_every_number_of_a_place_sentence_is_among_its_figures(audience: Audience, it: Interpretation) -> None:
    """Each number that is said is a figure of that sentence: the value in full, a limit or distance shortened."""
    for place, sentence in told(it, audience):
        figures = {each.role: set[str]() for each in sentence.figures}
        for each in sentence.figures:
            assert each.unit == it.reading.unit
            figures[each.role].add(f"{each.value:f}" if each.role == "value" else show(each.value, it.reading))
            if each.role == "distance":
                figures["distance"].add(show(each.value))
                figures["distance"] |= set(NUMBER.findall(distance(place, it.reading)))
        allowed = {number for numbers in figures.values() for number in numbers}
        assert set(numbers_in(sentence.text, it, place)) <= allowed


@pytest.mark.parametrize("audience", AUDIENCES)
@given(it=answers())
@settings(max_examples=150, deadline=None)
def test_every_limit_of_a_place_is_said_and_is_a_figure(audience: Audience, it: Interpretation) -> None:
    """A sentence about a place shows each limit that took part, and carries each as data with all its digits."""
    for place, sentence in told(it, audience):
        said = numbers_in(sentence.text, it, place)
        figures = {(each.role, each.value) for each in sentence.figures}
        for limit in place.limits:
            for role, end in (("low", limit.low), ("high", limit.high)):
                assert end is None or (show(end, it.reading) in said and (role, end) in figures)
        assert place.distance is None or ("distance", place.distance) in figures
        assert ("value", it.reading.low) in figures


@given(answers())
@settings(max_examples=300, deadline=None)
def test_each_statement_holds_for_the_limits_that_are_shown(it: Interpretation) -> None:
    """With the limits as they are shown, shortened or not, the value has the positions that are stated."""
    for place in it.places:
        for limit in place.limits:
            exact = cut(limit)
            low = None if limit.low is None else Decimal(show(limit.low, it.reading))
            high = None if limit.high is None else Decimal(show(limit.high, it.reading))
            assert exact._replace(low=low, high=high).positions(it.reading) == exact.positions(it.reading)


@given(answers())
@settings(max_examples=200, deadline=None)
def test_the_laboratory_s_own_limit_is_a_figure_and_holds_as_it_is_shown(it: Interpretation) -> None:
    """Where the laboratory's own lower limit would say something else, it is shown on its own side of the value."""
    for sentence in it.explanation.sentences:
        if sentence.about != "own-limit":
            continue
        (own,) = [each for each in sentence.figures if each.role == "lab-low"]
        number = show(own.value, it.reading)
        assert number in NUMBER.findall(sentence.text)
        ends = [end for end in (it.reading.low, it.reading.high) if end is not None]
        assert [end < Decimal(number) for end in ends] == [end < own.value for end in ends]
        assert [end > Decimal(number) for end in ends] == [end > own.value for end in ends]


# ---------------------------------------------------------------- distances


@given(answers())
@example(interpret("ferritin", "<60.001234", "ng/mL", age=40))
@example(interpret("ferritin", "10-60.001234", "ng/mL", age=40))
@settings(max_examples=300, deadline=None)
def test_a_distance_of_an_interval_is_never_more_than_every_value_has(it: Interpretation) -> None:
    """`More than` and `at least` stand before a number that no value of the interval falls short of."""
    for place in it.places:
        if place.distance is None:
            assert distance(place, it.reading) == ""
            continue
        words = distance(place, it.reading)
        shown = Decimal(words.rpartition(" ")[2])
        if it.reading.exact:
            assert words == f"{shown:f}"
            assert abs(Fraction(shown) - Fraction(place.distance)) <= abs(Fraction(place.distance)) / 2000
        else:
            assert words.startswith(("more than ", "at least "))
            assert shown <= place.distance


@given(answers())
@settings(max_examples=300, deadline=None)
def test_more_than_is_said_exactly_where_the_nearer_end_is_left_out(it: Interpretation) -> None:
    """`<60` lies more than 15 below 75, and `<=60` lies at least 15 below it."""
    for place in it.places:
        if place.distance is None or it.reading.exact:
            continue
        upper = (place.position, place.nearest) in {("below", "low"), ("within", "high")}
        left_out = it.reading.high_open if upper else it.reading.low_open
        assert distance(place, it.reading).startswith("more than " if left_out else "at least ")


@given(answers())
@example(interpret("vitamin D", ">50", "nmol/L", age=40, standard="exeter-uk"))
@example(interpret("ferritin", ">20", "ng/mL", age=40, range=">=20"))
@example(interpret("ferritin", 20, "ng/mL", age=40, sex="male"))
@settings(max_examples=300, deadline=None)
def test_a_result_is_called_on_a_limit_only_where_it_is_and_the_limit_belongs_to_the_range(
    it: Interpretation,
) -> None:
    """`On its limit, which belongs to it` is said of an exact value on a limit of its range, and of nothing else."""
    for place, sentence in told(it, "clinician"):
        ends = {end for limit in place.limits for end in (limit.low, limit.high)}
        half = it.open_sided and place is it.standard  # of half a range no end is praised
        on = it.reading.exact and place.position == "within" and it.reading.low in ends and not half
        assert ("which belongs to it" in sentence.text) == on


@pytest.mark.parametrize(
    ("value", "printed", "words"),
    [
        (20, "24-336", "4"),
        (38, "24-336", "14"),
        ("<20", "24-336", "more than 4"),
        ("<=20", "24-336", "at least 4"),
        ("10-20", "24-336", "at least 4"),
        (">400", "24-336", "more than 64"),
        (">=400", "24-336", "at least 64"),
        (">30", ">24", "more than 6"),
        (">=30", ">24", "at least 6"),
        ("<300", "<336", "more than 36"),
        ("<60", "24-336", ""),
        ("38.123456", "24-336", "14.12"),
    ],
)
def test_a_distance_is_said_with_the_certainty_that_the_result_has(value: object, printed: str, words: str) -> None:
    """Exact results have a distance, intervals a least one, and undecided places none."""
    it = interpret("ferritin", value, "ng/mL", range=printed, decimal_mark=".", age=40)
    assert distance(it.standard, it.reading) == words


# ---------------------------------------------------------------- how a number is shown

whole_or_not = st.decimals("0.000001", "900000", places=12).map(lambda number: number.normalize())


@given(whole_or_not)
@settings(max_examples=300, deadline=None)
def test_a_shortened_number_has_four_digits_and_is_off_by_less_than_half_of_the_fourth(number: Decimal) -> None:
    """Shown alone a number keeps four significant digits, and its whole part, and never an exponent."""
    shown = show(number)
    assert NUMBER.fullmatch(shown)
    places = max(0, 3 - number.adjusted())
    assert abs(Decimal(shown) - number) <= Decimal((0, (5,), -places - 1))
    assert len(shown.partition(".")[2]) <= places
    assert show(Decimal(shown)) == shown


@given(st.sampled_from(UNITS), st.data())
@settings(max_examples=300, deadline=None)
def test_a_shown_limit_stays_on_its_side_of_the_reading(marker_unit: tuple[str, str], data: st.DataObject) -> None:
    """Below, equal and above are the same for the limit that is shown as for the limit with all its digits."""
    numbers = values(*marker_unit)
    end, other, limit = (data.draw(numbers) for _ in range(3))
    reading = Reading(
        low=min(end, other),
        high=data.draw(st.sampled_from((max(end, other), None))),
        low_open=False,
        high_open=False,
        comparator=None,
        unit=marker_unit[1],
        spoken="units",
    )
    shown = Decimal(show(limit, reading))
    for each in (reading.low, reading.high):
        assert each is None or ((each < shown) == (each < limit) and (each > shown) == (each > limit))


@pytest.mark.parametrize(
    ("number", "value", "shown"),
    [
        ("26.8600555107", None, "26.86"),
        ("26.8600555107", "26.86", "26.8600555107"),
        ("26.8600555107", "26.87", "26.86"),
        ("168.539325843", "168.5", "168.539325843"),
        ("168.539325843", "168.54", "168.5"),
        ("168.539325843", "168.539325843", "168.539325843"),
        ("0.139999999999", None, "0.14"),
        ("75", "75", "75"),
        ("75.00", "75", "75.00"),
        ("7.5E+1", None, "75"),
        ("1234.5678", None, "1235"),
        ("123456", None, "123456"),
        ("0", None, "0"),
    ],
)
def test_a_number_is_shortened_unless_that_would_mislead(number: str, value: str | None, shown: str) -> None:
    """Examples of limits that are shown with four digits, and with all of them."""
    assert show(Decimal(number), None if value is None else read(value)) == shown


# ---------------------------------------------------------------- spans and units


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("24-336", "24-336 ng/mL"),
        ("<336", "below 336 ng/mL"),
        ("<=336", "up to 336 ng/mL"),
        (">24", "above 24 ng/mL"),
        (">=24", "from 24 ng/mL"),
    ],
)
def test_the_ends_of_a_range_are_said_as_they_are_printed(printed: str, words: str) -> None:
    """Whether an end belongs to the range can be told from the words."""
    it = interpret("ferritin", 38, "ng/mL", range=printed)
    (limit,) = it.standard.limits
    assert span(limit, it.reading, unit_words("ng/mL")) == words
    assert words in it.explanation.text
    for audience in AUDIENCES:
        assert span(limit, it.reading, "", " to ").split()[-1] in it.explain(audience).text


def test_a_range_with_one_shut_and_one_open_end_says_both() -> None:
    """A range above its lower and up to its upper limit names each end by its own word."""
    it = interpret("ferritin", 38, "ng/mL", range="24-336")
    (limit,) = it.standard.limits
    assert limit.range.low is not None
    half = limit.model_copy(
        update={
            "range": limit.range.model_copy(update={"low": limit.range.low.model_copy(update={"inclusive": False})})
        }
    )
    assert span(half, it.reading, " ng/mL") == "above 24 up to 336 ng/mL"


@pytest.mark.parametrize(
    ("marker", "value", "unit", "words"),
    [
        ("ferritin", "38", "ug/L", "38 ug/L"),
        ("ferritin", "<5", "ng/mL", "<5 ng/mL"),
        ("ferritin", "5-10", "ng/mL", "5-10 ng/mL"),
        ("ferritin", "38.10", "ng/mL", "38.10 ng/mL"),
        ("tsat", "0.25", "1", "0.25 (as a fraction)"),
        ("tsat", "25", "%", "25 %"),
    ],
)
def test_a_value_is_said_with_every_digit_its_comparator_and_its_unit(
    marker: str, value: str, unit: str, words: str
) -> None:
    """The value in a sentence is the one that was reported, and a fraction is called one."""
    it = interpret(marker, value, unit)
    assert value_words(it.reading) == words
    assert words in it.explanation.text


@pytest.mark.parametrize(
    ("unit", "behind", "far"), [("ng/mL", " ng/mL", " ng/mL"), ("%", " %", " percentage points"), ("1", "", "")]
)
def test_between_two_percentages_lie_percentage_points(unit: str, behind: str, far: str) -> None:
    """A distance between percentages is not a percentage, and a fraction has no unit."""
    assert (unit_words(unit), far_words(unit)) == (behind, far)
