"""One marker over time: what is comparable, what is a change, which way it goes, and what it means for the goals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rlslabs import Catalog, Interpretation, LabResult, LabsError, Panel, Patient, interpret, interpret_panel
from rlslabs.catalog import builtin
from rlslabs.errors import AnotherAnalyteError, WrongTypeError
from rlslabs.step import Step
from rlslabs.trend import Trend, trends

CATALOG = builtin()
MAN = Patient(sex="male", age=40)
FIRST, SECOND, THIRD, FOURTH = date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1)
EAST, WEST = timezone(timedelta(hours=5)), timezone(timedelta(hours=-5))
MORNING = datetime(2024, 5, 1, 8)  # noqa: DTZ001  laboratories print local time
EVENING = datetime(2024, 5, 1, 20)  # noqa: DTZ001  laboratories print local time
UNITS = {
    "ferritin": "ng/mL",
    "transferrin_saturation": "%",
    "iron": "ug/dL",
    "tibc": "ug/dL",
    "vitamin_b12": "pg/mL",
    "vitamin_d": "ng/mL",
}
RCV = {  # knowledge 7: the percentage, with an earlier value and the values that are just not a change from it
    "ferritin": (45, "100", "55", "145", "pilon-1981"),
    "iron": (75, "100", "25", "175", "cokluk-2021"),
    "tibc": (14, "300", "258", "342", "pilon-1981"),
    "transferrin_saturation": (78, "20", "4.4", "35.6", "pilon-1981"),
    "vitamin_b12": (32, "400", "272", "528", "ozkanay-2023"),
    "vitamin_d": (25, "40", "30", "50", "cokluk-2021"),
}
NONE_OF_IT = ("difference", "percent", "low", "high", "direction")
each_marker = pytest.mark.parametrize("marker", RCV)


def taken(marker: str, value: object, collected: date | None, unit: str | None = None, **more: object) -> LabResult:
    """A result of a day, in the usual unit if no other is named."""
    unit = unit or UNITS[marker]
    given_ = {"marker": marker, "value": value, "unit": unit, "collected": collected, "decimal_mark": "."}
    return LabResult.model_validate({**given_, **more})


def course(results: Iterable[LabResult], patient: Patient = MAN, **rcv: object) -> tuple[Trend, ...]:
    """The courses of these results."""
    return trends([interpret(each, patient) for each in results], CATALOG, rcv)


def stepped(one: LabResult, two: LabResult, patient: Patient = MAN, **rcv: object) -> Step:
    """The one step from an earlier to a later result."""
    (trend,) = course([one, two], patient, **rcv)
    (step,) = trend.steps
    assert (step.earlier.result, step.later.result) == (one, two)
    return step


def stepping(marker: str, one: object, two: object, patient: Patient = MAN, **rcv: object) -> Step:
    """The step between two values of a marker, a few months apart."""
    return stepped(taken(marker, one, FIRST), taken(marker, two, SECOND), patient, **rcv)


# ---------------------------------------------------------------- change and variation


@each_marker
def test_the_reference_change_value_is_the_one_of_the_data_files_with_its_source(marker: str) -> None:
    """Each of the six has the percentage of knowledge section 7, and says which study it comes from."""
    rcv, value, *_, source = RCV[marker]
    (trend,) = course([taken(marker, value, FIRST), taken(marker, value, SECOND)])
    assert (trend.marker, trend.name, trend.plain_name) == (
        marker,
        CATALOG.markers[marker].name,
        CATALOG.markers[marker].plain_name,
    )
    assert trend.variation is not None
    assert (trend.variation.rcv, trend.variation.source.id) == (Decimal(rcv), source)
    assert trend.variation == CATALOG.markers[marker].variation
    assert set(CATALOG.markers) == set(RCV)


@each_marker
@pytest.mark.parametrize(
    ("edge", "by", "answered", "direction"),
    [
        ("low", "-0.0001", "changed", "fell"),
        ("low", "0", "within-variation", "fell"),
        ("low", "0.0001", "within-variation", "fell"),
        ("high", "-0.0001", "within-variation", "rose"),
        ("high", "0", "within-variation", "rose"),
        ("high", "0.0001", "changed", "rose"),
    ],
)
def test_more_than_the_reference_change_value_is_a_change(
    marker: str, edge: str, by: str, answered: str, direction: str
) -> None:
    """At the value itself nothing is said to have changed; just beyond it, in either direction, it is."""
    rcv, value, low, high, _ = RCV[marker]
    later = Decimal(low if edge == "low" else high) + Decimal(by)
    step = stepping(marker, value, later)
    assert (step.answered, step.direction, step.hindrances) == (answered, direction, ())
    assert (step.low, step.high) == (Decimal(low), Decimal(high))
    assert step.difference == later - Decimal(value)
    assert step.percent is not None
    assert abs(step.percent - (later / Decimal(value) - 1) * 100) < Decimal("1E-8")
    assert (answered == "changed") is (abs(step.percent) > rcv)


@each_marker
def test_the_same_value_again_is_level(marker: str) -> None:
    """Nothing moved, so nothing changed and nothing came nearer."""
    step = stepping(marker, RCV[marker][1], RCV[marker][1])
    assert (step.answered, step.direction) == ("within-variation", "level")
    assert step.difference == step.percent == 0
    assert step.move in {"level", "inside"}


def test_a_difference_keeps_every_digit_and_the_percentage_is_of_the_earlier() -> None:
    """38.125 from 30.1 is 8.025, which is 26.66 % of 30.1; back, it is 21.05 % of 38.125."""
    there, back = stepping("ferritin", "30.1", "38.125"), stepping("ferritin", "38.125", "30.1")
    assert (there.difference, back.difference) == (Decimal("8.025"), Decimal("-8.025"))
    assert (there.percent, back.percent) == (Decimal("26.6611295681"), Decimal("-21.0491803279"))


def test_from_nothing_there_is_no_percentage() -> None:
    """A saturation of 0 has no part by which another could differ, so a rise from it stays open."""
    step = stepping("transferrin_saturation", "0", "1")
    assert step.difference == 1
    assert step.low == step.high == 0
    assert step.percent is None
    assert (step.answered, step.direction) == ("undecided", None)
    assert stepping("transferrin_saturation", "0", "0").answered == "within-variation"


INTERVALS = [
    # ferritin, rcv 45: from <5 every value above 7.25 is a rise; from 100 a fall begins below 55
    ("ferritin", "<5", "7.26", "changed", "rose"),
    ("ferritin", "<5", "7.24", "undecided", None),
    ("ferritin", "<5", "1", "undecided", None),
    ("ferritin", "<5", "<5", "undecided", None),
    ("ferritin", "100", "<5", "changed", "fell"),
    ("ferritin", "100", "<55", "changed", "fell"),
    ("ferritin", "100", "<=55", "undecided", None),
    ("ferritin", "100", "<60", "undecided", None),
    ("ferritin", "100", ">145", "changed", "rose"),
    ("ferritin", "100", ">=145", "undecided", None),
    ("ferritin", "100", ">100", "undecided", None),
    ("ferritin", ">2000", "1099", "changed", "fell"),
    ("ferritin", ">2000", "1101", "undecided", None),
    ("ferritin", ">2000", "5000", "undecided", None),
    ("ferritin", ">2000", ">2000", "undecided", None),
    ("ferritin", "1000", ">2000", "changed", "rose"),
    ("ferritin", "5-10", "14.51", "changed", "rose"),
    ("ferritin", "5-10", "14.5", "undecided", None),
    ("ferritin", "5-10", "2.74", "changed", "fell"),
    ("ferritin", "5-10", "2.75", "undecided", None),
    ("ferritin", "5-6", "5.5", "within-variation", None),
    ("ferritin", "5-6", "7-7.2", "within-variation", "rose"),
    ("ferritin", "100", "80-120", "within-variation", None),
    ("ferritin", "100", "40-80", "undecided", None),
    ("ferritin", "5-10", "20-30", "changed", "rose"),
    ("ferritin", "20-30", "5-10", "changed", "fell"),
    ("ferritin", "1-1000", "1-1000", "undecided", None),
    ("vitamin_b12", ">2000", "400", "changed", "fell"),
]


@pytest.mark.parametrize(("marker", "one", "two", "answered", "direction"), INTERVALS)
def test_an_interval_is_a_change_only_where_each_of_its_values_is(
    marker: str, one: str, two: str, answered: str, direction: str | None
) -> None:
    """What is below a detection limit or above the scale changes for certain, or the answer is open."""
    step = stepping(marker, one, two)
    assert (step.answered, step.difference, step.percent) == (answered, None, None)
    if answered != "undecided":
        assert step.direction == direction


class Within(NamedTuple):
    """An interval of a value, and some of the values inside it."""

    text: str
    inside: tuple[Decimal, ...]


@st.composite
def intervals(draw: st.DrawFn) -> Within:
    """A value as it may be reported, its ends few, so that limits are often met."""
    low, far = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    how, hair = draw(st.sampled_from(("", "-", "<", "<=", ">", ">="))), Decimal("1E-9")
    one, two = Decimal(low), Decimal(low + far)
    if how == "-":
        return Within(f"{one}-{two}", (one, (one + two) / 2, two))
    if how in {"<", "<="}:
        return Within(f"{how}{one}", (hair, one / 2, one - hair if how == "<" else one))
    if how in {">", ">="}:
        return Within(f"{how}{one}", (one + hair if how == ">" else one, two, one * 1000))
    return Within(str(one), (one,))


def compared(earlier: Decimal, later: Decimal, rcv: int) -> tuple[str, str]:
    """What a step between two exact values says, by arithmetic of this file's own."""
    direction = "level" if earlier == later else "rose" if later > earlier else "fell"
    beyond = abs(Fraction(later) - Fraction(earlier)) * 100 > rcv * Fraction(earlier)
    return ("changed" if beyond else "within-variation"), direction


@given(intervals(), intervals(), st.sampled_from((10, 25, 50, 75, 100, 150)))
def test_an_interval_is_certain_only_if_every_pair_of_its_values_has_that_answer(
    one: Within, two: Within, rcv: int
) -> None:
    """A change, a variation and a direction hold for every pair of values inside."""
    step = stepping("ferritin", one.text, two.text, ferritin=rcv)
    pairs = [compared(earlier, later, rcv) for earlier, later in product(one.inside, two.inside)]
    if step.answered != "undecided":
        assert {answered for answered, _ in pairs} == {step.answered}
    if step.direction is not None:
        assert {direction for _, direction in pairs} == {step.direction}


def with_both_ends(each: Within) -> bool:
    """Whether an interval has both ends."""
    return not each.text.startswith(("<", ">"))


@given(
    intervals().filter(with_both_ends),
    intervals().filter(with_both_ends),
    st.sampled_from((10, 25, 50, 75, 100, 150)),
)
def test_an_interval_with_both_ends_is_open_only_if_its_values_disagree(one: Within, two: Within, rcv: int) -> None:
    """Where every pair of values inside says the same, that is the answer."""
    pairs = {compared(earlier, later, rcv) for earlier, later in product(one.inside, two.inside)}
    answered = {each for each, _ in pairs}
    assume(not (answered == {"changed"} and len(pairs) > 1))  # a rise or a fall, and so something between
    step = stepping("ferritin", one.text, two.text, ferritin=rcv)
    assert {step.answered} == (answered if len(answered) == 1 else {"undecided"})


@given(intervals(), intervals(), st.sampled_from((1, 5, 7)))
def test_a_move_of_an_interval_holds_for_every_pair_of_its_values(one: Within, two: Within, scale: int) -> None:
    """Nearer, reached and the like are said of an interval only if they are true of each of its values."""

    def scaled(text: str) -> str:
        bare = text.lstrip("<>=")
        sign = text[: len(text) - len(bare)]
        return sign + "-".join(str(int(end) * scale) for end in bare.split("-"))

    step = stepping("ferritin", scaled(one.text), scaled(two.text))
    if step.move not in {"undecided", "no-range"}:
        exact = {
            stepping("ferritin", earlier * scale, later * scale).move
            for earlier, later in product(one.inside, two.inside)
        }
        assert exact == {step.move}


@pytest.mark.parametrize(("one", "two"), [("5-10", "10-20"), ("10", "10-20"), ("10-20", "5-10"), ("10", "5-10")])
def test_intervals_that_touch_do_not_tell_which_way_it_went(one: str, two: str) -> None:
    """Both may be 10: then it is level, and neither nearer nor further."""
    step = stepping("ferritin", one, two)
    assert (step.direction, step.move) == (None, "undecided")


# ---------------------------------------------------------------- a reference change value of one's own


@pytest.mark.parametrize("name", ["ferritin", "Ferritin", "2276-4", "serum ferritin"])
@pytest.mark.parametrize("rcv", [30, 30.0, Decimal("30.0")])
def test_a_reference_change_value_of_ones_own_wins_and_says_so(name: str, rcv: object) -> None:
    """It is found by any name of the marker, is shown as given with the call, and touches no other marker."""
    results = [taken("ferritin", value, day) for value, day in ((100, FIRST), (130, SECOND), (170, THIRD))]
    results += [taken("iron", 60, FIRST), taken("iron", 80, SECOND)]
    judged = [interpret(each, MAN) for each in results]
    ferritin, iron = trends(judged, CATALOG, {name: rcv})
    assert ferritin.variation is not None
    assert (ferritin.variation.rcv, ferritin.variation.source.id) == (Decimal(30), "given")
    assert [each.answered for each in ferritin.steps] == ["within-variation", "changed"]
    assert iron.variation == CATALOG.markers["iron"].variation
    panel = interpret_panel(results, MAN, rcv={name: rcv})
    assert panel.trends == (ferritin, iron)


@pytest.mark.parametrize(
    "rcv",
    [0, -1, -0.0, float("nan"), float("inf"), Decimal("NaN"), "30", "much", "", None, True, [30], b"30"],
    ids=repr,
)
def test_a_reference_change_value_that_is_no_positive_number_is_refused(rcv: object) -> None:
    """It is a typed error, whether or not there is a course to apply it to."""
    for results in ([], [taken("ferritin", 38, FIRST), taken("ferritin", 60, SECOND)]):
        with pytest.raises(LabsError) as refusal:
            interpret_panel(results, MAN, rcv={"ferritin": rcv})
        assert refusal.value.code == "wrong-type"


@pytest.mark.parametrize("rcv", [1e40, 1e-40, Decimal("1E+31")], ids=str)
def test_a_panel_with_any_reference_change_value_that_is_taken_survives_json(rcv: object) -> None:
    """A number of a size that nothing has is refused, or comes back as it went."""
    results = [taken("ferritin", 38, FIRST), taken("ferritin", 60, SECOND)]
    try:
        panel = interpret_panel(results, MAN, rcv={"ferritin": rcv})
    except LabsError:
        return
    assert Panel.model_validate_json(panel.model_dump_json()) == panel


@pytest.mark.parametrize("name", ["no such marker", "CRP", "haemoglobin", "2276-5", "", 5, None])
def test_a_reference_change_value_of_no_marker_is_refused(name: object) -> None:
    """Only the markers that are judged have courses."""
    rcv: Mapping[str, object] = {name: 30}  # type: ignore[dict-item]  # a bad one
    with pytest.raises(LabsError):
        interpret_panel([], MAN, rcv=rcv)


CLINIC = {
    "sources.toml": '[my-manual]\ntitle = "Manual"\npublisher = "Our laboratory"\nevidence = "seen"\n',
    "zinc.toml": """
id = "zinc"
name = "Zinc"
plain_name = "zinc"
specimen = "serum or plasma"
unit = "ug/dL"
concern = "below"
accepts = [{ ucum = "ug/dL", spoken = "micrograms per deciliter" }]
loinc = [{ code = "5763-8", name = "Zinc [Mass/volume] in Serum or Plasma", property = "mass" }]
[plausible]
unit = "ug/dL"
[plausible.soft]
low = { value = 30, source = "my-manual", locator = "page 9" }
high = { value = 300, source = "my-manual", locator = "page 9" }
[plausible.hard]
low = { value = 1, source = "my-manual", locator = "page 9" }
high = { value = 3000, source = "my-manual", locator = "page 9" }
""",
}


def test_a_marker_without_a_reference_change_value_or_range_says_so(tmp_path: Path) -> None:
    """The difference and the direction are there, no answer about change is, and its own value can be given."""
    for name, text in CLINIC.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    catalog = Catalog.load(tmp_path)
    results = [taken("zinc", 80, FIRST, "ug/dL"), taken("zinc", 120, SECOND, "ug/dL")]
    judged = [interpret(each, MAN, catalog=catalog) for each in results]
    (trend,) = trends(judged, catalog)
    (step,) = trend.steps
    assert (trend.variation, step.answered, step.move) == (None, "no-change-value", "no-range")
    assert (step.difference, step.percent) == (Decimal(40), Decimal(50))
    assert (step.direction, step.low, step.high) == ("rose", None, None)
    (own,) = trends(judged, catalog, {"zinc": 40})
    assert [each.answered for each in own.steps] == ["changed"]


# ---------------------------------------------------------------- comparable or not


@pytest.mark.parametrize(
    ("one", "two", "hindrances", "unstated"),
    [
        ({}, {}, (), ("method", "specimen")),
        ({"method": "Roche"}, {}, (), ("method", "specimen")),
        ({}, {"method": "Roche"}, (), ("method", "specimen")),
        ({"method": ""}, {"method": "Roche"}, (), ("method", "specimen")),
        ({"method": "Roche"}, {"method": "Roche"}, (), ("specimen",)),
        ({"method": "Roche Elecsys"}, {"method": " roche  ELECSYS "}, (), ("specimen",)),
        ({"method": "Roche"}, {"method": "Beckman"}, ("method",), ("specimen",)),
        ({"specimen": "serum"}, {"specimen": "Serum"}, (), ("method",)),
        ({"specimen": "serum"}, {"specimen": "plasma"}, ("specimen",), ("method",)),
        ({"specimen": "serum"}, {}, (), ("method", "specimen")),
        ({"method": "A", "specimen": "serum"}, {"method": "B", "specimen": "plasma"}, ("method", "specimen"), ()),
    ],
)
def test_another_method_or_specimen_is_not_comparable_and_an_unstated_one_is_said(
    one: dict[str, str], two: dict[str, str], hindrances: tuple[str, ...], unstated: tuple[str, ...]
) -> None:
    """What the laboratory names otherwise hinders; what it does not name is taken as the same, and that is said."""
    first, second = taken("ferritin", 38, FIRST, **one), taken("ferritin", 90, SECOND, **two)
    step = stepped(first, second)
    assert (step.hindrances, step.unstated) == (hindrances, unstated)
    assert step.answered == ("not-comparable" if hindrances else "changed")


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0"], ids=repr)
def test_a_method_of_blanks_is_no_method(blank: str) -> None:
    """What a spreadsheet holds in an empty cell names nothing."""
    step = stepped(taken("ferritin", 38, FIRST, method=blank), taken("ferritin", 90, SECOND, method="Roche"))
    assert (step.hindrances, step.unstated) == ((), ("method", "specimen"))


@pytest.mark.parametrize("blank", [" ", "\t"], ids=repr)
def test_a_specimen_of_blanks_is_no_specimen(blank: str) -> None:
    """What a spreadsheet holds in an empty cell names nothing."""
    assert interpret("ferritin", 38, "ng/mL", specimen=blank).reading.low == 38


@pytest.mark.parametrize(
    ("specimen", "judged"),
    [
        ("serum", True),
        ("Serum", True),
        ("SERUM/PLASMA", True),
        ("Ser/Plas", True),
        ("EDTA plasma", True),
        ("serum separator tube", True),
        ("", True),
        ("urine", False),
        ("whole blood", False),
        ("Bld", False),
        ("CSF", False),
        ("pleural fluid", False),
        ("serum or urine", False),
        ("serous", False),
        ("?", False),
    ],
)
def test_only_serum_and_plasma_are_judged_however_they_are_written(specimen: str, *, judged: bool) -> None:
    """A word of another specimen, or none that is known, is another analyte."""
    if judged:
        assert interpret("ferritin", 38, "ng/mL", specimen=specimen).result.specimen == specimen
        return
    with pytest.raises(AnotherAnalyteError):
        interpret("ferritin", 38, "ng/mL", specimen=specimen)


def test_a_context_analyte_of_blood_is_read_in_blood() -> None:
    """Haemoglobin is measured in what ferritin is refused in."""
    result = LabResult(marker="haemoglobin", value=Decimal(13), unit="g/dL", specimen="Whole blood")
    (line,) = interpret_panel([result], MAN).lines
    assert line.context is not None


@pytest.mark.parametrize(
    ("one", "two", "hindrances"),
    [
        ("25-hydroxyvitamin D", "25-hydroxyvitamin D3", ("analyte",)),
        ("25-hydroxyvitamin D3", "25-hydroxyvitamin D", ("analyte",)),
        ("25-hydroxyvitamin D3", "calcidiol", ()),
        ("vitamin_d", "25-hydroxyvitamin D", ()),
        ("vitamin_d", "1989-3", ("analyte",)),
    ],
)
def test_a_part_of_an_analyte_is_not_compared_with_the_whole(one: str, two: str, hindrances: tuple[str, ...]) -> None:
    """D3 alone may lie lower than the sum of D2 and D3, so that a fall would be none."""
    step = stepped(taken(one, 40, FIRST, "ng/mL"), taken(two, 20, SECOND, "ng/mL"))
    assert step.hindrances == hindrances
    assert step.answered == ("not-comparable" if hindrances else "changed")


@pytest.mark.parametrize(
    ("one", "two", "hindrances"),
    [
        ("ng/mL", "ug/L", ()),
        ("pmol/L", "pmol/L", ()),
        ("ng/mL", "pmol/L", ("approximate-conversion",)),
        ("pmol/L", "ug/L", ("approximate-conversion",)),
    ],
)
def test_ferritin_in_moles_is_not_compared_with_ferritin_in_mass(
    one: str, two: str, hindrances: tuple[str, ...]
) -> None:
    """Laboratories count different masses of the molecule, so that the conversion alone can make a change."""
    value = {"ng/mL": 40, "ug/L": 40, "pmol/L": 90}
    step = stepped(taken("ferritin", value[one], FIRST, one), taken("ferritin", value[two] * 2, SECOND, two))
    assert step.hindrances == hindrances


def test_what_is_not_comparable_gives_no_number_and_no_direction() -> None:
    """Nothing that two methods differ by is said to be the patient's; where each stands is still shown."""
    step = stepped(taken("ferritin", 38, FIRST, method="Roche"), taken("ferritin", 120, SECOND, method="Beckman"))
    assert (step.answered, step.move) == ("not-comparable", "undecided")
    assert [getattr(step, name) for name in NONE_OF_IT] == [None] * len(NONE_OF_IT)
    assert (step.earlier.optimal, step.later.optimal) == ("below", "within")
    assert [(each.earlier, each.later) for each in step.aims] == [("below", "within"), ("below", "within")]


@pytest.mark.parametrize(
    ("one", "two", "hindrances"),
    [
        (FIRST, SECOND, ()),
        (MORNING, EVENING, ()),
        (MORNING, MORNING, ("same-collection",)),
        (MORNING.date(), MORNING, ("same-collection",)),
        (FIRST, FIRST, ("same-collection",)),
        (MORNING.replace(tzinfo=UTC), MORNING.replace(tzinfo=UTC).astimezone(EAST), ("same-collection",)),
        (MORNING, EVENING.replace(tzinfo=UTC), ("collection-time",)),
        (MORNING.replace(tzinfo=UTC), EVENING, ("collection-time",)),
        (MORNING, EVENING.replace(tzinfo=UTC) + timedelta(days=1), ()),
        (MORNING.replace(tzinfo=UTC), MORNING.date() + timedelta(days=1), ()),
    ],
)
def test_results_of_one_collection_or_of_times_that_do_not_compare_are_no_change(
    one: date, two: date, hindrances: tuple[str, ...]
) -> None:
    """One sample measured twice is no course, and of one day a time with a zone and one without are not ordered."""
    (trend,) = course([taken("ferritin", 38, one), taken("ferritin", 120, two)])
    assert [each.hindrances for each in trend.steps] == [hindrances]


def test_the_earlier_of_two_is_earlier_in_every_zone_on_one_day() -> None:
    """Eight in the morning in the east is before seven in the morning in the west."""
    east = taken("ferritin", 30, datetime(2024, 5, 1, 8, tzinfo=EAST))
    west = taken("ferritin", 100, datetime(2024, 5, 1, 7, tzinfo=WEST))
    assert stepped(east, west).direction == "rose"


def test_the_earlier_of_two_is_earlier_in_every_zone_across_midnight() -> None:
    """Four in the morning, UTC, is before half past eleven at night in the west, of the day before."""
    early = taken("ferritin", 30, datetime(2024, 5, 2, 4, tzinfo=UTC))
    late = taken("ferritin", 100, datetime(2024, 5, 1, 23, 30, tzinfo=WEST))
    assert stepped(early, late).direction == "rose"


# ---------------------------------------------------------------- units


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, Decimal, Decimal, str]:
    """A marker, two values of it that somebody can have, in its own unit, and another unit."""
    marker = draw(st.sampled_from(sorted(RCV)))
    middle = Decimal(RCV[marker][1])
    values = st.integers(2, 40).map(lambda part: middle * part / 20)
    other = draw(st.sampled_from([each.ucum for each in CATALOG.markers[marker].accepts]))
    return marker, draw(values), draw(values), other


def inside(value: Decimal, marker: str, unit: str) -> Decimal:
    """A number in another unit of its marker, to twelve digits, by arithmetic of this file's own."""
    size = {"ng/mL": -6, "ug/L": -6, "ug/dL": -5, "pg/mL": -9, "ng/L": -9, "umol/L": -6, "nmol/L": -9, "pmol/L": -12}
    size |= {"%": -2, "1": 0}
    by = Fraction(10) ** (size[UNITS[marker]] - size[unit])
    mass = CATALOG.markers[marker].molar_mass
    exact = Fraction(value) * (by / Fraction(mass.value) if mass and "mol" in unit else by)
    places = 12
    while exact * Fraction(10) ** places >= 10**12:
        places -= 1
    return Decimal(f"{round(exact * Fraction(10) ** places)}E{-places}")


@given(pairs(), st.booleans())
def test_the_same_step_has_the_same_answer_in_any_pair_of_units(
    pair: tuple[str, Decimal, Decimal, str],
    turned: bool,  # noqa: FBT001  drawn by Hypothesis
) -> None:
    """Change, direction, move and goals are those of one unit, and the percentage agrees to nine digits."""
    marker, one, two, unit = pair
    rcv = RCV[marker][0]
    assume(one != two and abs(two - one) * 100 != rcv * one)
    plain = stepping(marker, one, two)
    if turned:
        step = stepped(taken(marker, inside(one, marker, unit), FIRST, unit), taken(marker, two, SECOND))
    else:
        step = stepped(taken(marker, one, FIRST), taken(marker, inside(two, marker, unit), SECOND, unit))
    if "approximate-conversion" in step.hindrances:
        assert (marker, unit) == ("ferritin", "pmol/L")
        return
    assert (step.answered, step.direction, step.move) == (plain.answered, plain.direction, plain.move)
    assert [(each.earlier, each.later) for each in step.aims] == [(each.earlier, each.later) for each in plain.aims]
    assert step.percent is not None
    assert plain.percent is not None
    assert abs(step.percent - plain.percent) <= abs(plain.percent) * Decimal("1E-7")
    assert step.later.reading.unit == (UNITS[marker] if turned else unit)


@pytest.mark.parametrize(
    ("marker", "unit"),
    [
        (marker, each.ucum)
        for marker in RCV
        for each in CATALOG.markers[marker].accepts
        if (marker, each.ucum) != ("ferritin", "pmol/L")
    ],
)
@pytest.mark.parametrize("tenths", [10, 7])
@pytest.mark.parametrize("edge", ["low", "high"])
def test_a_result_on_the_limit_of_a_change_is_on_it_in_every_unit(
    marker: str, unit: str, tenths: int, edge: str
) -> None:
    """Law 4: the limit is converted once and rounded once, so that a later result on it has one answer."""
    _, value, low, high, _ = RCV[marker]
    one, limit = (Decimal(each) * tenths / 10 for each in (value, low if edge == "low" else high))
    step = stepped(taken(marker, one, FIRST), taken(marker, inside(limit, marker, unit), SECOND, unit))
    assert step.answered == "within-variation"
    assert (step.low if edge == "low" else step.high) == inside(limit, marker, unit)


# ---------------------------------------------------------------- towards the optimal range and the goals


@pytest.mark.parametrize(
    ("marker", "one", "two", "patient", "move"),
    [
        ("ferritin", 38, 60, MAN, "nearer"),
        ("ferritin", 60, 38, MAN, "further"),
        ("ferritin", 38, 75, MAN, "reached"),
        ("ferritin", 74.9, 75, MAN, "reached"),
        ("ferritin", 75, 74.9, MAN, "left"),
        ("ferritin", 150, 150.1, MAN, "left"),
        ("ferritin", 75, 150, MAN, "inside"),
        ("ferritin", 400, 200, MAN, "nearer"),
        ("ferritin", 200, 400, MAN, "further"),
        ("ferritin", 38, 200, MAN, "crossed"),
        ("ferritin", 200, 38, MAN, "crossed"),
        ("ferritin", 38, 38, MAN, "level"),
        ("ferritin", 100, 100, MAN, "inside"),
        ("ferritin", "<20", 60, MAN, "nearer"),
        ("ferritin", "<20", "<20", MAN, "undecided"),
        ("ferritin", "<100", 60, MAN, "undecided"),
        ("ferritin", ">1000", 200, MAN, "nearer"),
        ("ferritin", "30-40", 100, MAN, "reached"),
        ("ferritin", 38, 100, Patient(age=4), "no-range"),
        ("tibc", 400, 360, MAN, "nearer"),
        ("tibc", 400, 300, MAN, "reached"),
        ("vitamin_d", 20, 30, MAN, "nearer"),
        ("transferrin_saturation", 15, 30, MAN, "reached"),
        ("iron", 60, 200, MAN, "crossed"),
        ("vitamin_b12", 600, 450, MAN, "left"),
    ],
)
def test_a_step_says_what_it_means_for_the_optimal_range(
    marker: str, one: object, two: object, patient: Patient, move: str
) -> None:
    """Nearer or further, reached, left, inside, or from one side to the other."""
    assert stepping(marker, one, two, patient).move == move


@pytest.mark.parametrize("unit", ["ng/mL", "ug/L"])
@pytest.mark.parametrize(
    ("value", "normalized", "ideal"),
    [
        ("74.9", "below", "below"),
        ("75", "below", "below"),
        ("75.1", "within", "below"),
        ("99.9", "within", "below"),
        ("100", "within", "within"),
        ("150", "within", "within"),
        ("150.1", "within", "above"),
        ("<75", "below", "below"),
        ("<=75", "below", "below"),
        (">75", "within", "undecided"),
        ("70-80", "undecided", "below"),
        ("100-150", "within", "within"),
    ],
)
def test_the_goals_of_ferritin_are_above_75_and_ideally_100_to_150(
    unit: str, value: str, normalized: str, ideal: str
) -> None:
    """75 itself is not above 75; 100 and 150 themselves are ideal; both results are held against both goals."""
    up = stepped(taken("ferritin", "30", FIRST, unit), taken("ferritin", value, SECOND, unit)).aims
    down = stepped(taken("ferritin", value, FIRST, "ug/L"), taken("ferritin", "30", SECOND, unit)).aims
    assert [(each.earlier, each.later) for each in up] == [("below", normalized), ("below", ideal)]
    assert [(each.earlier, each.later) for each in down] == [(normalized, "below"), (ideal, "below")]
    assert [(each.low, each.high) for each in up] == [(Decimal(75), None), (Decimal(100), Decimal(150))]
    assert {source.id for each in up for source in each.sources} == {"healers-rls-protocol"}
    assert all(len(each.sources) == 1 and each.name and each.plain_name for each in up)


def test_the_goals_of_ferritin_are_converted_to_the_unit_of_the_later_result() -> None:
    """In pmol/L 75 ng/mL is 168.539325843, which is not above itself."""
    at = stepped(taken("ferritin", "100", FIRST, "pmol/L"), taken("ferritin", "168.539325843", SECOND, "pmol/L"))
    beyond = stepped(taken("ferritin", "75", FIRST), taken("ferritin", "168.539325844", SECOND, "pmol/L"))
    assert [each.low for each in at.aims] == [Decimal("168.539325843"), Decimal("224.719101124")]
    assert [each.later for each in at.aims] == ["below", "below"]
    assert [(each.earlier, each.later) for each in beyond.aims] == [("below", "within"), ("below", "below")]


def test_only_ferritin_has_goals_of_its_own() -> None:
    """For the others what is aimed at is the optimal range itself."""
    assert {marker for marker in RCV if stepping(marker, RCV[marker][1], RCV[marker][1]).aims} == {"ferritin"}


# ---------------------------------------------------------------- the course


def test_a_course_has_a_step_from_each_to_the_next_and_one_over_the_whole() -> None:
    """Each step may be within variation while the whole of them is a change."""
    values = ((38, FIRST), (50, SECOND), (60, THIRD), (76, FOURTH))
    (trend,) = course([taken("ferritin", *each) for each in values])
    ends = [[int(each.reading.low) for each in (step.earlier, step.later)] for step in trend.steps]
    assert ends == [[38, 50], [50, 60], [60, 76]]
    assert {each.answered for each in trend.steps} == {"within-variation"}
    assert trend.whole is not None
    assert (trend.whole.earlier, trend.whole.later) == (trend.steps[0].earlier, trend.steps[-1].later)
    assert trend.whole.answered == "changed"
    assert (trend.whole.difference, trend.whole.percent) == (Decimal(38), Decimal(100))
    (two,) = course([taken("ferritin", *each) for each in values[:2]])
    assert two.whole is None


def test_results_without_a_date_are_counted_and_have_no_place_in_the_course() -> None:
    """Two dated results make a course; with fewer there is none, however many are undated."""
    one, two = taken("ferritin", 38, FIRST), taken("ferritin", 80, SECOND)
    undated = [taken("ferritin", value, None) for value in (50, 55, 60)]
    assert course(undated) == course([one, *undated]) == course([one]) == course([]) == ()
    (trend,) = course([*undated, two, one])
    assert (trend.undated, len(trend.steps)) == (3, 1)
    (bare,) = course([one, two])
    assert (bare.undated, bare.steps) == (0, trend.steps)


def test_a_result_that_repeats_another_makes_no_step() -> None:
    """The same result given twice is one point; of one sample, two different results are."""
    one, two = taken("ferritin", 38, FIRST), taken("ferritin", 80, SECOND)
    assert course([one, one]) == ()
    assert course([one, two, one]) == course([one, two])
    (trend,) = course([one, taken("ferritin", 40, FIRST), two])
    assert [each.hindrances for each in trend.steps] == [("same-collection",), ()]


def test_courses_come_in_the_order_of_the_markers_and_leave_out_what_is_not_judged() -> None:
    """Context analytes and refused results have no course."""
    given_ = [taken(marker, RCV[marker][1], day) for marker in reversed(RCV) for day in (FIRST, SECOND)]
    given_ += [LabResult(marker="crp", value=Decimal(5), unit="mg/L", collected=day) for day in (FIRST, SECOND)]
    given_ += [taken("iron", value, THIRD) for value in (-5, 90000)]
    panel = interpret_panel(given_, MAN)
    assert [each.marker for each in panel.trends] == list(CATALOG.markers)
    assert {len(each.steps) for each in panel.trends} == {1}


MOMENTS = (None, FIRST, SECOND, MORNING, EVENING, MORNING.date(), MORNING.replace(tzinfo=UTC), THIRD)
VALUES = st.sampled_from(["38", "<5", "60-90", "75", "120", ">2000"])
reported = st.builds(
    taken,
    st.sampled_from(["ferritin", "vitamin_b12"]),
    VALUES,
    st.sampled_from(MOMENTS),
    st.sampled_from(["ng/mL", "ug/L", "pmol/L"]),
    method=st.sampled_from([None, "Roche", "Beckman"]),
)


def judged_of(results: Iterable[LabResult]) -> list[Interpretation]:
    """The answers about those results that can be judged."""
    return [line.interpretation for line in interpret_panel(results, MAN).lines if line.interpretation is not None]


@given(st.lists(reported, max_size=6), st.data())
def test_the_order_of_results_never_matters_for_a_course(results: list[LabResult], data: st.DataObject) -> None:
    """A course is of the results and their times, and of nothing else."""
    judged = judged_of(results)
    moved = data.draw(st.permutations(judged))
    assert trends(moved, CATALOG) == trends(judged, CATALOG)


@given(st.lists(reported, min_size=2, max_size=6), st.sampled_from([{}, {"ferritin": 30}]))
def test_a_course_survives_json(results: list[LabResult], rcv: dict[str, object]) -> None:
    """A course written to JSON and read again is the same course."""
    for trend in trends(judged_of(results), CATALOG, rcv):
        assert Trend.model_validate_json(trend.model_dump_json()) == trend
        assert (trend.whole is None) is (len(trend.steps) == 1)


@pytest.mark.parametrize("rcv", [[("ferritin", 30)], 30, {"ferritin": 30, "Serum ferritin": 50}])
def test_change_values_are_given_by_marker_and_each_once(rcv: object) -> None:
    """A list, a bare number, and one marker named twice are refused, because one of two would win in silence."""
    with pytest.raises(WrongTypeError):
        interpret_panel([], MAN, rcv=rcv)  # type: ignore[arg-type]  # what is refused
