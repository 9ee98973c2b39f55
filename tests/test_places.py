"""Where a result stands: the position, the distance to the nearest limit, open ends, and the printed range."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Literal, TypedDict

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rlslabs import Interpretation, Place, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import AmbiguousUnitError, ImplausibleValueError
from rlslabs.limits import Cut, table
from rlslabs.model import Limit, Reading

Sex = Literal["female", "male"]
Printed = str | tuple[int | None, int | None]

CATALOG = builtin()
ORDER = ("below", "within", "above", "no-range")
UNITS = [(marker.id, each.ucum) for marker in CATALOG.markers.values() for each in marker.accepts]
STANDARDS = [each.id for each in CATALOG.sets.values() if each.kind == "standard"]


class Person(TypedDict, total=False):
    """What a caller says of the patient."""

    sex: Sex | None
    age: int | str | None
    born: date | None
    pregnant: bool | None


def limits_of(marker: str, unit: str) -> list[Decimal]:
    """Every limit of the default sets in a unit."""
    sets = table(CATALOG, marker, unit).sets
    cuts = [each.cut for name in ("general", "healers-rls-protocol") for each in sets[name]]
    return sorted({end for each in cuts for end in (each.low, each.high) if end is not None})


@cache
def values(marker: str, unit: str) -> st.SearchStrategy[Decimal]:
    """Values from below the lowest to twice the highest limit, many of them on a limit or near one."""
    limits = limits_of(marker, unit)
    anywhere = st.decimals(limits[0] * 3 / 4, limits[-1] * 2, places=4)
    steps = st.sampled_from([Decimal(f"{many}E{power}") for many in (-1, 0, 1) for power in (-10, -4, -1)])
    near = st.builds(lambda limit, step: limit + step, st.sampled_from(limits), steps)
    return st.one_of(near.filter(lambda value: value > 0), anywhere)


@cache
def people() -> st.SearchStrategy[Person]:
    """Persons of whom anything may be unknown."""

    def person(sex: Sex | None, age: int | str | None, pregnant: bool | None) -> Person:  # noqa: FBT001  drawn
        return {"sex": sex, "age": age, "pregnant": None if sex == "male" and pregnant else pregnant}

    ages = st.sampled_from((None, "3 wk", "8 mo", 5, 12, 17, 18, 40, 50, 51, 70))
    return st.builds(person, st.sampled_from((None, "female", "male")), ages, st.sampled_from((None, False, True)))


@st.composite
def answers(draw: st.DrawFn) -> Interpretation:
    """Answers for exact values, comparators and intervals, against any set or a printed range."""
    marker, unit = draw(st.sampled_from(UNITS))
    one, two = sorted((draw(values(marker, unit)), draw(values(marker, unit))))
    form = draw(st.sampled_from(("{0}", "<{0}", "<={0}", ">{0}", ">={0}", "{0}-{1}")))
    own = draw(st.sampled_from((None, "{0}-{1}", "<{1}", "<={1}", ">{0}", ">={0}")))
    ends = sorted((draw(values(marker, unit)), draw(values(marker, unit))))
    try:
        return interpret(
            marker,
            form.format(f"{one:f}", f"{two:f}"),
            unit,
            **draw(people()),
            range=None if own is None else own.format(f"{ends[0]:f}", f"{ends[1]:f}"),
            decimal_mark=".",
            standard=draw(st.sampled_from(STANDARDS)),
            strict=draw(st.booleans()),
        )
    except (AmbiguousUnitError, ImplausibleValueError):
        assume(False)  # noqa: FBT003  the way in which Hypothesis is told to draw again
        raise


def gaps(limits: Iterable[Limit], reading: Reading, position: str) -> list[tuple[Fraction, str]]:
    """How far the reading lies from each limit that it is measured from, exactly."""
    low = Fraction(reading.low)
    high = None if reading.high is None else Fraction(reading.high)
    found: list[tuple[Fraction, str]] = []
    for limit in limits:
        if limit.low is not None and position == "below" and high is not None:
            found.append((Fraction(limit.low) - high, "low"))
        if limit.high is not None and position == "above":
            found.append((low - Fraction(limit.high), "high"))
        if limit.low is not None and position == "within":
            found.append((low - Fraction(limit.low), "low"))
        if limit.high is not None and position == "within" and high is not None:
            found.append((Fraction(limit.high) - high, "high"))
    return found


def printed_place(printed: Printed, value: object) -> Place:
    """The place of a grown man's ferritin against a printed range."""
    return interpret("ferritin", value, "ng/mL", sex="male", age=40, range=printed, decimal_mark=".").standard


# ---------------------------------------------------------------- positions of an interval


ENDS = (None, *map(Decimal, range(4)))
CUTS = [
    Cut(low, high, low_out, high_out)
    for low, high, low_out, high_out in product(ENDS, ENDS, (False, True), (False, True))
    if low is None or high is None or low < high
]
SPANS = [
    (first, last, low_open, high_open)
    for first, last, low_open, high_open in product(range(5), (None, *range(5)), (False, True), (False, True))
    if (last is None and not high_open)
    or (last is not None and first < last)
    or (first == last and not low_open + high_open)
]


@pytest.mark.parametrize(("first", "last", "low_open", "high_open"), SPANS)
def test_the_positions_of_an_interval_are_those_of_its_values(
    *, first: int, last: int | None, low_open: bool, high_open: bool
) -> None:
    """For every range and interval, each end open, shut or absent, exactly the positions of the values are listed."""
    reading = Reading(
        low=Decimal(first),
        high=None if last is None else Decimal(last),
        low_open=low_open,
        high_open=high_open,
        comparator=None,
        unit="ng/mL",
        spoken="nanograms per milliliter",
    )
    quarters = range(first * 4 + low_open, (6 if last is None else last) * 4 + 1 - high_open)
    for cut in CUTS:
        found = set()
        for point in (Fraction(quarter, 4) for quarter in quarters):
            below = cut.low is not None and (point < cut.low or (cut.low_out and point == cut.low))
            above = cut.high is not None and (point > cut.high or (cut.high_out and point == cut.high))
            found.add("below" if below else "above" if above else "within")
        assert list(cut.positions(reading)) == [each for each in ORDER if each in found], cut


@given(answers())
@settings(max_examples=150, deadline=None)
def test_a_place_lists_its_positions_in_order_and_is_that_one_where_it_is_one(it: Interpretation) -> None:
    """The possible positions stand in rising order, and the position is undecided where they are several."""
    for place in (it.standard, it.optimal):
        assert list(place.possible) == [each for each in ORDER if each in place.possible]
        assert place.position == (place.possible[0] if len(place.possible) == 1 else "undecided")
        assert place.range == (place.limits[0].range if len(place.limits) == 1 else None)


# ---------------------------------------------------------------- the distance


@given(answers())
@settings(max_examples=300, deadline=None)
def test_the_distance_is_exactly_that_to_the_nearest_limit(it: Interpretation) -> None:
    """From outside it leads to the range, from inside to its nearer end, from the end of an interval that is nearer."""
    for place in (it.standard, it.optimal):
        found = gaps(place.limits, it.reading, place.position)
        if not found:
            assert (place.distance, place.nearest) == (None, None)
            continue
        assert place.distance is not None
        assert place.distance >= 0
        assert Fraction(place.distance) == min(gap for gap, _ in found)
        assert place.nearest in {side for gap, side in found if gap == place.distance}


@given(answers())
@settings(max_examples=150, deadline=None)
def test_only_a_decided_place_with_a_limit_on_that_side_has_a_distance(it: Interpretation) -> None:
    """Nothing is measured from a place that is undecided or has no range."""
    for place in (it.standard, it.optimal):
        assert (place.distance is None) == (place.nearest is None)
        if place.position in {"undecided", "no-range"}:
            assert place.distance is None


@pytest.mark.parametrize(
    ("printed", "value", "distance", "nearest"),
    [
        ("24-336", 20, "4", "low"),
        ("24-336", 24, "0", "low"),
        ("24-336", 38, "14", "low"),
        ("24-336", 336, "0", "high"),
        ("24-336", "340.25", "4.25", "high"),
        ("24-336", "<20", "4", "low"),
        ("24-336", ">400", "64", "high"),
        ("24-336", "30-300", "6", "low"),
        ("24-336", "100-330", "6", "high"),
        ("24-336", "<60", None, None),
        (">24", ">30", "6", "low"),
        (">24", 20, "4", "low"),
        ("<336", "<300", "36", "high"),
        ("<336", ">=336", "0", "high"),
    ],
)
def test_the_distance_to_a_printed_range_is_measured_from_the_nearer_end(
    printed: str, value: object, distance: str | None, nearest: str | None
) -> None:
    """Examples of a result below, on, inside and above a range, exact and not."""
    place = printed_place(printed, value)
    assert (place.distance, place.nearest) == (None if distance is None else Decimal(distance), nearest)


@pytest.mark.parametrize(
    ("value", "distance"),
    [
        ("0.1", "74.9"),
        ("74.99999999999999999999999999999999999999999", "1E-41"),
        ("38.123456789012345678901234567890123456789", "36.876543210987654321098765432109876543211"),
    ],
)
def test_no_digit_of_a_distance_is_lost(value: str, distance: str) -> None:
    """A distance has every digit of the value, and no float has touched it."""
    assert interpret("ferritin", value, "ng/mL").optimal.distance == Decimal(distance)


def test_the_nearest_of_several_ranges_is_measured_from() -> None:
    """Where several ranges agree, the distance is to the nearest limit of any of them."""
    place = interpret("ferritin", 170, "ng/mL").standard
    assert (place.position, len(place.limits)) == ("within", 3)
    assert (place.distance, place.nearest) == (Decimal(5), "high")


# ---------------------------------------------------------------- ends that do not belong to the range


@pytest.mark.parametrize(
    ("value", "unit", "position"),
    [
        ("50", "nmol/L", "below"),
        ("50.0", "nmol/L", "below"),
        ("50.0000000001", "nmol/L", "within"),
        ("49.9999999999", "nmol/L", "below"),
        ("20.032", "ng/mL", "below"),
        ("20.0320000001", "ng/mL", "within"),
        ("20.032", "ug/L", "below"),
        (">50", "nmol/L", "within"),
        (">=50", "nmol/L", "undecided"),
        ("<=50", "nmol/L", "below"),
        ("50-60", "nmol/L", "undecided"),
    ],
)
def test_an_exclusive_limit_does_not_belong_to_its_range(value: str, unit: str, position: str) -> None:
    """Exeter prints vitamin D above 50 nmol/L as adequate, so 50 itself is below, in every unit."""
    place = interpret("vitamin D", value, unit, decimal_mark=".", age=40, standard="exeter-uk").standard
    assert place.position == position


@pytest.mark.parametrize(
    ("printed", "value", "position"),
    [
        ("< 150", 150, "above"),
        ("< 150", "149.999", "within"),
        ("<= 150", 150, "within"),
        ("≤150", "150.001", "above"),
        ("up to 150", 150, "within"),
        ("> 20", 20, "below"),
        ("> 20", "20.001", "within"),
        (">=20", 20, "within"),
        ("20-150", 20, "within"),
        ("20-150", 150, "within"),
        ((20, 150), 150, "within"),
        ((None, 150), 150, "within"),
        ((None, 150), "150.001", "above"),
        ((20, None), 20, "within"),
        ((20, None), 700_000, "within"),
        ("< 150", ">=150", "above"),
        ("< 150", "<150", "within"),
        ("< 150", "<=150", "undecided"),
        ("> 20", "<=20", "below"),
        ("> 20", ">20", "within"),
        ("> 20", ">=20", "undecided"),
    ],
    ids=str,
)
def test_an_end_of_a_printed_range_belongs_to_it_as_it_is_printed(
    printed: Printed, value: object, position: str
) -> None:
    """`< 150` leaves 150 out, and `20-150` holds both of its ends."""
    assert printed_place(printed, value).position == position


# ---------------------------------------------------------------- the range that the report prints


@given(person=people(), marker_unit=st.sampled_from(UNITS), data=st.data(), strict=st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_printed_range_is_the_one_standard_range_and_touches_nothing_else(
    *, person: Person, marker_unit: tuple[str, str], data: st.DataObject, strict: bool
) -> None:
    """A sane printed range stands in the place of every set, and the optimal place is as it was."""
    marker, unit = marker_unit
    value = data.draw(values(marker, unit))
    low, high = limits_of(marker, unit)[0], limits_of(marker, unit)[-1]
    plain = interpret(marker, value, unit, **person, strict=strict)
    printed = f"{low:f}-{high:f} {'' if unit == '1' else unit}"
    it = interpret(marker, value, unit, **person, strict=strict, range=printed, decimal_mark=".")
    (limit,) = it.standard.limits
    assert (it.standard.set, it.standard.kind, limit.low, limit.high) == ("report", "standard", low, high)
    assert it.optimal == plain.optimal
    position = "below" if value < low else "above" if value > high else "within"
    assert it.standard.possible in {(position,), (position, "no-range")}


@pytest.mark.parametrize("value", [20, 38, 400, "<30", "30-400"])
@pytest.mark.parametrize(
    "person",
    [
        {"age": 10},
        {"age": 17, "sex": "male"},
        {"age": "3 wk", "sex": "female", "pregnant": False},
        {"pregnant": True},
        {"pregnant": True, "age": 30, "sex": "female"},
    ],
    ids=str,
)
def test_that_a_printed_range_fits_a_child_or_a_pregnancy_is_assumed_by_name_or_left_open(
    person: Person, value: object
) -> None:
    """A printed range may be meant for adults: by default its fit is an assumption, strictly it is undecided."""
    default = interpret("ferritin", value, "ng/mL", **person, range="24-336")
    strict = interpret("ferritin", value, "ng/mL", **person, range="24-336", strict=True)
    assert "printed-range-fits" in default.assumptions
    assert "no-range" not in default.standard.possible
    assert strict.assumptions == ()
    assert strict.standard.position == strict.status == "undecided"
    assert strict.standard.possible == (*default.standard.possible, "no-range")
    assert "population of the printed range" in strict.standard.settled_by
    assert ("exact value" in strict.standard.settled_by) == (len(default.standard.possible) > 1)
    assert not {"L", "N", "H"} & set(strict.hl7)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "person", [{"age": 18, "sex": "male"}, {"age": 40, "pregnant": False, "sex": "female"}], ids=str
)
def test_a_printed_range_needs_no_assumption_for_a_known_adult(person: Person, *, strict: bool) -> None:
    """For somebody grown up and not pregnant the printed range is used without an assumption."""
    it = interpret("ferritin", 20, "ng/mL", **person, range="24-336", strict=strict)
    assert (it.standard.position, it.assumptions, it.hl7) == ("below", (), ("L",))


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"sex": "female"}, {"sex": "female", "pregnant": True}),
        ({"sex": "female", "age": 40}, {"sex": "female", "age": 40, "pregnant": True}),
        ({}, {"pregnant": True}),
        ({"sex": "male"}, {"sex": "male", "age": 10}),
        ({"pregnant": False}, {"pregnant": False, "age": "8 mo"}),
        ({"sex": "male", "born": date(2014, 5, 31)}, {"sex": "male", "age": 10}),
    ],
    ids=str,
)
def test_strictly_an_unknown_child_or_pregnancy_leaves_a_printed_range_as_open_as_a_known_one(
    less: Person, more: Person
) -> None:
    """Whoever may be a child or pregnant is strictly not judged with more certainty than one who is."""
    known = interpret("ferritin", 38, "ng/mL", **more, range="24-336", strict=True).standard
    unknown = interpret("ferritin", 38, "ng/mL", **less, range="24-336", strict=True).standard
    assert known.position == "undecided"
    assert unknown.position == "undecided"


def test_where_the_patient_may_be_a_child_the_fit_of_a_printed_range_is_assumed_by_name() -> None:
    """A birth date without a day of collection assumes no adult, so the fit of a printed range is an assumption."""
    it = interpret("ferritin", 38, "ng/mL", sex="male", born=date(2014, 5, 31), range="24-336")
    assert "adult" not in it.assumptions
    assert "printed-range-fits" in it.assumptions


@given(answers())
@settings(max_examples=200, deadline=None)
def test_a_printed_range_names_the_report_as_its_source(it: Interpretation) -> None:
    """Each bound of a printed range cites the report, and shows there what was printed."""
    for limit in it.standard.limits:
        bounds = [bound for bound in (limit.range.low, limit.range.high) if bound is not None]
        assert (it.standard.set == "report") == all(bound.source.id == "report" for bound in bounds)
        if it.standard.set == "report" and it.result.range is not None:
            assert all(str(it.result.range.text) in bound.locator for bound in bounds)


@pytest.mark.parametrize(("value", "printed"), list(product([38, 10, 400], ["409-31", "see note", (409, 31)])))
def test_a_refused_printed_range_leaves_the_set_in_its_place(value: int, printed: Printed) -> None:
    """A printed range that is refused decides nothing: the standard set does, and an issue says so."""
    it = interpret("ferritin", value, "ng/mL", sex="male", age=40, range=printed)
    assert it.standard == interpret("ferritin", value, "ng/mL", sex="male", age=40).standard
    assert [issue.code[:6] for issue in it.issues] == ["range-"]


def test_the_place_against_a_printed_range_says_so() -> None:
    """Its set is the report, under a name that a reader understands."""
    it = interpret("ferritin", 38, "ng/mL", sex="male", age=40, range="24-336")
    assert (it.standard.kind, it.standard.set) == ("standard", "report")
    assert (it.standard.set_name, it.standard.lacks) == ("range printed with the result", None)


@pytest.mark.parametrize(
    ("value", "distance", "nearest"),
    [(100, 75, "low"), (99, 74, "low"), (101, 74, "high"), (25, 0, "low"), (175, 0, "high")],
)
def test_in_the_very_middle_the_lower_limit_is_the_nearest(value: int, distance: int, nearest: str) -> None:
    """A result as far from one limit as from the other is told by the lower one, for that is the side of a lack."""
    place = interpret("ferritin", value, "ng/mL", sex="male", age=40, range="25-175").standard
    assert (place.distance, place.nearest) == (Decimal(distance), nearest)
