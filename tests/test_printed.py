"""The report's own range wins where it can be meant, and is refused by name where it cannot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Interpretation, interpret
from rlslabs.catalog import builtin
from rlslabs.errors import ImplausibleRangeError
from rlslabs.limits import Cut, Table, table
from rlslabs.model import Comparator
from rlslabs.printed import REPORT, apply_printed
from rlslabs.reading import Printed
from rlslabs.reported import ReportedRange
from rlslabs.text import Interval, compared
from rlslabs.units import convert_limit, factor

TABLES = {
    f"{marker.id} {each.ucum}": table(builtin(), marker.id, each.ucum)
    for marker in builtin().markers.values()
    for each in marker.accepts
}
SIGNS: list[Comparator] = ["<", "<=", ">", ">="]
ADULT: dict[str, Any] = {"sex": "male", "age": 40}


def ends(cut: Cut) -> tuple[Decimal, Decimal]:
    """Both limits of plausibility, as the catalog has them."""
    assert cut.low is not None
    assert cut.high is not None
    return cut.low, cut.high


def printed(limits: Table, interval: Interval) -> Printed:
    """An interval as the range that a report prints in the unit of the table."""
    unit = next(each for each in limits.marker.accepts if each.ucum == limits.unit)
    return Printed(interval, unit, "printed as ever")


def is_used(limits: Table, interval: Interval) -> bool:
    """Whether a printed range is judged by."""
    try:
        apply_printed(printed(limits, interval), limits)
    except ImplausibleRangeError as error:
        assert error.code == "range-implausible"  # noqa: PT017  whether it is raised is what is asked
        return False
    return True


def issues(it: Interpretation) -> list[str]:
    """The codes of the issues of an interpretation."""
    return [each.code for each in it.issues]


@st.composite
def numbers(draw: st.DrawFn, limits: Table) -> Decimal:
    """A number around the limits of plausibility of a marker, most of all on and beside them."""
    (least, largest), (low, high) = ends(limits.hard), ends(limits.soft)
    edge = draw(st.sampled_from([least, low, high, largest]))
    nudge = draw(st.sampled_from(["0.5", "0.999", "1", "1.001", "2"]))
    return draw(st.just(edge * Decimal(nudge)) | st.decimals(0, largest * 2, places=3))


@st.composite
def intervals(draw: st.DrawFn) -> tuple[str, Interval]:
    """A table, and a printed range of two limits or of one."""
    name = draw(st.sampled_from(sorted(TABLES)))
    limits = TABLES[name]
    one, two = sorted((draw(numbers(limits)), draw(numbers(limits))))
    if draw(st.booleans()) and one < two:
        return name, Interval(one, two)
    return name, compared(draw(st.sampled_from(SIGNS)), two or Decimal(1))


def usual_value_within(limits: Table, interval: Interval) -> bool:
    """Whether some value that is usual for the marker lies in the range."""
    low, high = ends(limits.soft)
    if interval.high is not None and (interval.high < low or (interval.high_open and interval.high == low)):
        return False
    return not (interval.low > high or (interval.low_open and interval.low == high))


# ---------------------------------------------------------------- whose range it is


def test_a_printed_range_is_the_report_s_own_and_meant_for_anybody_who_is_not_pregnant() -> None:
    """It is cited as what the report says, so that nobody takes it for a range of ours."""
    range_ = interpret("ferritin", 22, "ug/L", **ADULT, range="30 - 400").standard.range
    assert range_ is not None
    assert range_.low is not None
    assert range_.low.source.citation == "The laboratory report: reference range printed with the result"
    assert (range_.applies_to.sex, range_.applies_to.age, range_.applies_to.pregnant) == (None, None, False)


# ---------------------------------------------------------------- which ranges are refused


@settings(deadline=None, max_examples=500)
@given(intervals())
def test_a_printed_range_is_used_if_its_ends_are_possible_and_a_usual_value_lies_within(
    case: tuple[str, Interval],
) -> None:
    """Law 6: a sane range is used, and one whose end is impossible, or which holds no usual value, is refused."""
    limits, interval = TABLES[case[0]], case[1]
    least, largest = ends(limits.hard)
    given_ends = [each for each in (interval.low, interval.high) if each]
    possible = bool(given_ends) and all(least <= each <= largest for each in given_ends)
    used = is_used(limits, interval)
    assert used == (possible and usual_value_within(limits, interval))


@pytest.mark.parametrize(("sign", "used"), [("<=", True), ("<", False), (">=", True), (">", False)])
def test_a_range_that_only_touches_the_usual_values_holds_one_if_its_end_belongs_to_it(
    sign: Comparator, *, used: bool
) -> None:
    """Law 7: whether the limit itself belongs to the range decides whether a usual value does."""
    for limits in TABLES.values():
        low, high = ends(limits.soft)
        assert is_used(limits, compared(sign, low if sign in {"<", "<="} else high)) == used


@pytest.mark.parametrize("limits", [each for each in TABLES.values() if each.hard.low], ids=str)
def test_an_end_below_what_is_possible_makes_a_range_impossible(limits: Table) -> None:
    """An iron of less than 1 ug/dL, or a TIBC of less than 30: such a range is in another unit."""
    least, _ = ends(limits.hard)
    low, high = ends(limits.soft)
    assert is_used(limits, Interval(least, high))
    assert not is_used(limits, Interval(least * Decimal("0.99"), high))
    assert not is_used(limits, Interval(Decimal("1e-9"), high))
    assert is_used(limits, Interval(Decimal(0), high))
    assert low > least


def test_a_refusal_of_a_printed_range_quotes_eighty_characters_of_it() -> None:
    """Of a very long one not more, in a message or a log."""
    limits = TABLES["ferritin ng/mL"]
    unit = next(each for each in limits.marker.accepts if each.ucum == limits.unit)
    with pytest.raises(ImplausibleRangeError) as caught:
        apply_printed(Printed(Interval(Decimal("1e7"), Decimal("2e7")), unit, "x" * 81), limits)
    assert caught.value.text == "x" * 80


@pytest.mark.parametrize("limits", TABLES.values(), ids=TABLES)
def test_the_usual_values_are_a_range_in_every_unit(limits: Table) -> None:
    """The limits between which nothing is unusual can be printed as a range, and so can the limits of the possible."""
    low, high = ends(limits.soft)
    least, largest = ends(limits.hard)
    assert is_used(limits, Interval(low, high))
    assert is_used(limits, Interval(least, largest))
    assert not is_used(limits, Interval(low, largest * 2))
    assert not is_used(limits, Interval(largest * 2, None))


@pytest.mark.parametrize("limits", TABLES.values(), ids=TABLES)
def test_a_range_without_any_limit_is_refused(limits: Table) -> None:
    """At or above zero is no range, because nothing can lie outside of it."""
    for interval in (Interval(Decimal(0), None), compared(">=", Decimal(0)), compared(">", Decimal(0))):
        assert not is_used(limits, interval)


@pytest.mark.parametrize(
    ("question", "own"),
    [
        (("ferritin", 38, "ng/mL"), "24-3360000"),
        (("ferritin", 38, "ng/mL"), (24, 2_000_000)),
        (("ferritin", 38, "ng/mL"), "600000-700000"),
        (("ferritin", 38, "ng/mL"), ">20000"),
        (("ferritin", 38, "ng/mL"), "0.1-0.9"),
        (("ferritin", 38, "ng/mL"), (0, None)),
        (("ferritin", 38, "ng/mL"), ">=0"),
        (("ferritin", 38, "ng/mL"), ReportedRange(low=Decimal(0))),
        (("transferrin_saturation", 25, "%"), "<1"),
        (("transferrin_saturation", 25, "%"), "20-500"),
        (("transferrin_saturation", "0.25", "1"), "0.2-0.5 %"),
        (("vitamin_d", 30, "ng/mL"), "0.3-1.0"),
    ],
    ids=str,
)
def test_a_range_that_cannot_be_meant_is_an_issue_and_the_set_is_used(question: Any, own: Any) -> None:  # noqa: ANN401  any arguments
    """Law 6: it is refused with its reason, nothing is flagged from it, and the answer says what took its place."""
    plain = interpret(*question, **ADULT)
    it = interpret(*question, range=own, **ADULT)
    assert issues(it) == ["range-implausible"]
    assert (it.standard, it.status, it.assumptions) == (plain.standard, plain.status, plain.assumptions)
    assert "standard set is used in its place" in it.issues[0].message
    assert len(it.issues[0].text) <= 80


@pytest.mark.parametrize("own", ["900000-990000 ng/mL{\x1b[31m}", "900000 -\n990000", "900000-990000 ng/mL{\u202e}"])
def test_a_refused_range_is_quoted_without_what_a_terminal_acts_on(own: str) -> None:
    """A report can hold anything, and its message is one printable line."""
    it = interpret("ferritin", 38, "ng/mL", range=own, **ADULT)
    assert issues(it) == ["range-implausible"]
    assert it.issues[0].message.isprintable()


def test_a_child_whose_printed_range_is_refused_is_not_said_to_fit_it() -> None:
    """An assumption about a range that is not used is none."""
    used = interpret("ferritin", 38, "ng/mL", range="24-336", sex="male", age=7)
    refused = interpret("ferritin", 38, "ng/mL", range="24-3360000", sex="male", age=7)
    assert "printed-range-fits" in used.assumptions
    assert "printed-range-fits" not in refused.assumptions


# ---------------------------------------------------------------- how a range is applied


@pytest.mark.parametrize(
    ("interval", "bounds"),
    [
        (Interval(Decimal(24), Decimal(336)), ((24, True), (336, True))),
        (Interval(Decimal(0), Decimal(336)), ((0, True), (336, True))),
        (Interval(Decimal(24), None), ((24, True), None)),
        (compared("<", Decimal(150)), (None, (150, False))),
        (compared("<=", Decimal(150)), (None, (150, True))),
        (compared(">", Decimal(20)), ((20, False), None)),
        (compared(">=", Decimal(20)), ((20, True), None)),
    ],
    ids=str,
)
def test_each_bound_is_the_reports_with_its_own_inclusivity(interval: Interval, bounds: object) -> None:
    """Laws 5 and 7: a bound names the report as its source, says where it stood, and belongs to the range or not."""
    limits = table(builtin(), "ferritin", "ng/mL")
    own = apply_printed(printed(limits, interval), limits).limit.range
    assert tuple(each and (int(each.value), each.inclusive) for each in (own.low, own.high)) == bounds
    assert all(each.source is REPORT and each.locator == "printed as ever" for each in (own.low, own.high) if each)
    assert (own.kind, own.sets, own.unit) == ("standard", ("report",), "ng/mL")
    assert type(own).model_validate(own.model_dump()) == own


@settings(deadline=None)
@given(st.data())
def test_a_printed_range_in_any_accepted_unit_is_converted_exactly_and_rounded_once(data: st.DataObject) -> None:
    """Law 4: the limit is what moves, into the unit of the result, and the printed number stays beside it."""
    limits = TABLES[data.draw(st.sampled_from(sorted(TABLES)))]
    unit = data.draw(st.sampled_from(limits.marker.accepts))
    low, high = ends(table(builtin(), limits.marker.id, unit.ucum).soft)
    applied = apply_printed(Printed(Interval(low, high), unit, "printed as ever"), limits)
    mass = limits.marker.molar_mass
    by = factor(unit.ucum, limits.unit, mass.value if mass else None)
    assert (applied.cut.low, applied.cut.high) == (convert_limit(low, by), convert_limit(high, by))
    own = applied.limit.range
    assert own.low is not None
    assert own.high is not None
    assert (own.low.value, own.high.value, own.unit) == (low, high, unit.ucum)


@pytest.mark.parametrize(
    ("unit", "own", "crossed"),
    [
        ("ng/mL", "24-336", False),
        ("ng/mL", "24-336 ug/L", False),
        ("ng/mL", "54-755 pmol/L", True),
        ("pmol/L", "24-336 ng/mL", True),
        ("pmol/L", "54-755", True),
        ("pmol/L", None, True),
        ("ng/mL", None, False),
    ],
)
def test_an_approximate_molar_mass_is_said_whenever_a_limit_was_converted_by_it(
    unit: str, own: str | None, *, crossed: bool
) -> None:
    """Law 2: laboratories differ on the weight of ferritin, so a limit that crossed by it is said to be approximate."""
    mass = builtin().markers["ferritin"].molar_mass
    assert mass is not None
    assert mass.approximate
    it = interpret("ferritin", 85, unit, range=own, **ADULT)
    assert ("approximate-conversion" in issues(it)) == crossed
    assert issues(it).count("approximate-conversion") <= 1
    places = (it.standard, it.optimal)
    assert crossed == any(limit.molar_mass == mass for each in places for limit in each.limits)


@pytest.mark.parametrize(
    ("marker", "unit", "own"), [("iron", "umol/L", "50-150 ug/dL"), ("iron", "ug/dL", "9-30 umol/L")]
)
def test_an_exact_molar_mass_is_nothing_to_mention(marker: str, unit: str, own: str) -> None:
    """The weight of iron is known, so a conversion by it is no issue."""
    assert "approximate-conversion" not in issues(interpret(marker, 20, unit, range=own, **ADULT))


def test_a_refused_range_in_another_kind_of_unit_was_not_converted_for_the_answer() -> None:
    """What is said of a conversion is about the limits that the answer shows."""
    it = interpret("ferritin", 85, "ng/mL", range="1-9999999 pmol/L", **ADULT)
    assert issues(it) == ["range-implausible"]


def test_a_range_whose_text_names_another_unit_than_its_numbers_is_not_used_in_silence() -> None:
    """Law 2: numbers in ng/mL beside the same numbers in pmol/L are two ranges, and neither is picked unsaid."""
    own = ReportedRange(text="24-336 pmol/L", low=Decimal(24), high=Decimal(336), unit="ng/mL")
    assert "range-conflict" in issues(interpret("ferritin", 38, "ng/mL", range=own, **ADULT))


def test_text_and_numbers_that_differ_are_an_issue_and_the_set_is_used() -> None:
    """Law 6: a report that prints two ranges is judged by neither of them."""
    own = ReportedRange(text="24-336", low=Decimal(30), high=Decimal(400))
    it = interpret("ferritin", 38, "ng/mL", range=own, **ADULT)
    assert (issues(it), it.standard.set) == (["range-conflict"], "general")


def test_the_source_of_a_printed_range_is_the_report_itself() -> None:
    """Whoever asks where the limit comes from hears that the laboratory printed it with the result."""
    (limit,) = interpret("ferritin", 38, "ng/mL", **ADULT, range="24-336").standard.limits
    (source,) = {each.id: each for each in limit.sources}.values()
    assert (source, source.id, source.evidence) == (REPORT, "report", "report")
    assert source.citation == "The laboratory report: reference range printed with the result"
