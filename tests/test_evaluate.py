"""Conditions on a chart: Kleene's logic, exact limits, and what is missing or open."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs import LabResult, Patient, interpret
from rlslabs.catalog import builtin
from rlslabs.chart import Chart, Held
from rlslabs.cohort import who
from rlslabs.evaluate import Evidence, Outcome, evaluate
from rlslabs.facts import Position
from rlslabs.rules import Condition

CATALOG = builtin()


class Part(NamedTuple):
    """A condition as data, and whether it holds on the chart of this file."""

    data: dict[str, Any]
    holds: bool | None


def hold(marker: str, text: str, unit: str, **more: Any) -> Held:  # noqa: ANN401  the fields of Held
    """A reading as findings use it."""
    it = interpret(marker, text, unit, age=40, sex="female")
    return Held(it.marker, it.reading, it.result, it.standard.position, **more)


def chart(*held: Held, patient: Patient | None = None, strict: bool = False) -> Chart:
    """The chart of a woman of forty, or of somebody else."""
    person, _ = who(patient or Patient(sex="female", age=40), date(2024, 1, 1), strict=strict)
    by_marker: dict[str, tuple[Held, ...]] = {}
    for each in held:
        by_marker[each.marker] = (*by_marker.get(each.marker, ()), each)
    return Chart(by_marker, person, frozenset((patient or Patient()).conditions), {})


def ask(data: dict[str, Any], on: Chart) -> Outcome:
    """The outcome of a condition."""
    return evaluate(Condition.model_validate(data, strict=False), on, CATALOG)


def seen() -> Chart:
    """A chart on which nothing was tested before."""
    return chart(
        hold("ferritin", "75", "ng/mL"),
        hold("iron", "50-70", "ug/dL"),
        hold("vitamin_d", "30", "ng/mL", doubt="somehow"),
    )


LEAVES = [
    Part({"marker": "ferritin", "unit": "ng/mL", "le": 75}, holds=True),
    Part({"marker": "ferritin", "unit": "ng/mL", "lt": 75}, holds=False),
    Part({"marker": "ferritin", "position": "within"}, holds=True),
    Part({"marker": "ferritin", "position": "above"}, holds=False),
    Part({"marker": "iron", "unit": "ug/dL", "lt": 60}, holds=None),
    Part({"marker": "iron", "unit": "ug/dL", "lt": 71}, holds=True),
    Part({"marker": "iron", "unit": "ug/dL", "gt": 70}, holds=False),
    Part({"marker": "vitamin_d", "unit": "ng/mL", "gt": 1}, holds=None),
    Part({"marker": "tibc", "unit": "ug/dL", "gt": 1}, holds=None),
    Part({"sex": "female"}, holds=True),
    Part({"sex": "male"}, holds=False),
    Part({"age": ">=18 a"}, holds=True),
    Part({"age": "0-17 a"}, holds=False),
    Part({"declared": "dialysis"}, holds=False),
]


def every(parts: list[Part]) -> Part:
    """All of them."""
    holds = [part.holds for part in parts]
    return Part({"all": [part.data for part in parts]}, False if False in holds else None if None in holds else True)


def some(parts: list[Part]) -> Part:
    """Any of them."""
    holds = [part.holds for part in parts]
    return Part({"any": [part.data for part in parts]}, True if True in holds else None if None in holds else False)


def opposite(part: Part) -> Part:
    """Not this one."""
    return Part({"not": part.data}, None if part.holds is None else not part.holds)


trees = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(every),
        st.lists(inner, min_size=1, max_size=3).map(some),
        inner.map(opposite),
    ),
    max_leaves=8,
)


@given(trees)
def test_conditions_follow_kleenes_logic(part: Part) -> None:
    """All, any and not of yes, no and open are as Kleene has them, at any depth."""
    outcome = ask(part.data, seen())
    assert outcome.holds is part.holds
    if outcome.holds is not None:
        assert not outcome.missing
        assert not outcome.facts


@pytest.mark.parametrize("part", LEAVES)
def test_each_form_of_condition_is_answered(part: Part) -> None:
    """A test, a place, a sex, an age and a declaration each give yes, no or open."""
    assert ask(part.data, seen()).holds is part.holds


def test_no_condition_holds_for_everybody() -> None:
    """A rule that names no population applies."""
    assert evaluate(None, seen(), CATALOG) == Outcome(holds=True)


def test_what_is_missing_is_named_and_what_is_settled_is_not() -> None:
    """A marker that is not there is missing, unless the rest decides."""
    tibc = {"marker": "tibc", "unit": "ug/dL", "gt": 1}
    assert ask(tibc, seen()).missing == {"tibc"}
    no = {"marker": "ferritin", "unit": "ng/mL", "gt": 75}
    assert ask({"all": [tibc, no]}, seen()).missing == frozenset()
    assert ask({"any": [tibc, no]}, seen()).missing == {"tibc"}
    assert [each.marker for each in ask({"all": [tibc, no]}, seen()).evidence] == ["ferritin"]


def test_an_interval_asks_for_the_exact_value_and_a_doubt_does_not() -> None:
    """What would settle an interval is the exact value; a reading in doubt is open for another reason."""
    assert ask({"marker": "iron", "unit": "ug/dL", "lt": 60}, seen()).facts == {"exact value"}
    doubted = ask({"marker": "vitamin_d", "unit": "ng/mL", "gt": 1}, seen())
    assert (doubted.facts, doubted.evidence[0].doubt, doubted.evidence[0].holds) == (frozenset(), "somehow", None)


def test_readings_that_disagree_leave_a_test_open() -> None:
    """Two readings of one marker decide only what both say."""
    both = chart(hold("ferritin", "70", "ng/mL"), hold("ferritin", "80", "ng/mL"))
    assert ask({"marker": "ferritin", "unit": "ng/mL", "lt": 75}, both).holds is None
    assert ask({"marker": "ferritin", "unit": "ng/mL", "lt": 90}, both).holds is True
    assert len(ask({"marker": "ferritin", "unit": "ng/mL", "lt": 90}, both).evidence) == 2


def test_an_unknown_sex_is_open_only_where_it_decides() -> None:
    """Agreed by both sexes is the answer; otherwise sex is the fact that would settle it."""
    anybody = chart(hold("ferritin", "75", "ng/mL"), patient=Patient(age=40))
    assert ask({"sex": "female"}, anybody) == Outcome(holds=None, facts=frozenset({"sex"}))
    assert ask({"any": [{"sex": "female"}, {"sex": "male"}]}, anybody).holds is True
    assert ask({"all": [{"sex": "female"}, {"sex": "male"}]}, anybody).holds is False


@pytest.mark.parametrize(
    ("patient", "strict", "band", "holds"),
    [
        (Patient(age=17), False, "0-17 a", True),
        (Patient(age=18), False, "0-17 a", False),
        (Patient(age=17), False, ">=18 a", False),
        (Patient(age=18), False, ">=18 a", True),
        (Patient(age="215 mo"), False, ">=18 a", False),
        (Patient(age="216 mo"), False, ">=18 a", True),
        (Patient(), False, ">=18 a", True),
        (Patient(), False, ">=51 a", None),
        (Patient(), True, ">=18 a", None),
        (Patient(age=5), False, "60-70 mo", None),
        (Patient(born=date(2006, 1, 1)), False, ">=18 a", True),
        (Patient(born=date(2006, 1, 2)), False, ">=18 a", False),
    ],
)
def test_an_age_band_holds_for_every_age_that_is_possible_or_is_open(
    patient: Patient, *, strict: bool, band: str, holds: bool | None
) -> None:
    """Both ends of a band belong to it; an age that reaches over an edge leaves it open."""
    outcome = ask({"age": band}, chart(patient=patient, strict=strict))
    assert outcome.holds is holds
    assert outcome.facts == (frozenset({"age"}) if holds is None else frozenset())


@pytest.mark.parametrize(
    ("ends", "value", "holds"),
    [
        ({"ge": 75}, "75", True),
        ({"gt": 75}, "75", False),
        ({"gt": 75}, "75.1", True),
        ({"le": 75}, "75", True),
        ({"lt": 75}, "75", False),
        ({"lt": 75}, "74.9", True),
        ({"gt": 75, "le": 100}, "100", True),
        ({"gt": 75, "le": 100}, "100.1", False),
        ({"lt": 75}, "<75", True),
        ({"le": 75}, "<=75", True),
        ({"lt": 75}, "<=75", None),
        ({"gt": 75}, ">75", True),
        ({"ge": 75}, ">75", True),
        ({"gt": 75}, ">=75", None),
        ({"gt": 75}, "<75", False),
        ({"ge": 75}, "<75", False),
        ({"ge": 75}, "<=75", None),
        ({"lt": 75}, ">80", False),
    ],
)
def test_a_test_holds_exactly_at_its_limits(ends: dict[str, Any], value: str, *, holds: bool | None) -> None:
    """Each end belongs or not as written, for values and for intervals."""
    condition = {"marker": "ferritin", "unit": "ug/L", **ends}
    assert ask(condition, chart(hold("ferritin", value, "ng/mL"))).holds is holds


def test_a_limit_is_converted_and_the_evidence_says_by_which_number() -> None:
    """The limit stands in the reported unit, beside the value as reported, with the comparison in words."""
    (evidence,) = ask(
        {"marker": "transferrin_saturation", "unit": "%", "ge": 20, "lt": 45},
        chart(hold("transferrin_saturation", "0.2", "1", derived=True)),
    ).evidence
    assert (evidence.value, str(evidence.low), evidence.holds, evidence.derived) == ("0.2", "0.2", True, True)
    assert evidence.comparison == ">= 0.2 and < 0.45"
    (high,) = ask({"marker": "ferritin", "unit": "ng/mL", "lt": 45}, seen()).evidence
    assert (high.comparison, str(high.high), high.unit) == ("< 45 ng/mL", "45", "ng/mL")
    (place,) = ask({"marker": "ferritin", "position": "below"}, seen()).evidence
    assert (place.comparison, place.position) == ("is below the standard range", "below")


def test_an_undecided_place_leaves_a_test_of_it_open() -> None:
    """A place that is undecided or without a range is neither above nor below."""
    result = LabResult(marker="ferritin", text="38 ng/mL")
    for position in ("undecided", "no-range", None):
        it = interpret(result)
        held = Held("ferritin", it.reading, result, position)
        assert ask({"marker": "ferritin", "position": "above"}, chart(held)).holds is None


@pytest.mark.parametrize("standard", ["below", "within", "above"])
@pytest.mark.parametrize("wanted", ["below", "within", "above"])
def test_a_test_of_a_place_holds_at_that_place_alone(standard: Position, wanted: Position) -> None:
    """Below, within and above are each certain, and each other than the two others."""
    result = LabResult(marker="ferritin", text="38 ng/mL")
    held = Held("ferritin", interpret(result).reading, result, standard)
    outcome = ask({"marker": "ferritin", "position": wanted}, chart(held))
    assert (outcome.holds, outcome.facts) == (standard == wanted, frozenset())


def test_everything_that_settles_a_combination_is_its_evidence_and_each_test_once() -> None:
    """Two parts that each settle it both stand there; a test that is asked twice stands there once."""
    ferritin: dict[str, Any] = {"marker": "ferritin", "unit": "ng/mL", "le": 75}
    iron: dict[str, Any] = {"marker": "iron", "unit": "ug/dL", "lt": 71}
    for data in ({"any": [ferritin, iron]}, {"all": [ferritin, iron]}, {"any": [ferritin, iron, ferritin]}):
        assert [each.marker for each in ask(data, seen()).evidence] == ["ferritin", "iron"]


def test_one_open_reading_beside_a_doubted_one_still_asks_for_its_value() -> None:
    """What an exact value would settle is said if any reading is an interval over the limit and not in doubt."""
    data = {"marker": "ferritin", "unit": "ng/mL", "lt": 75}
    wide, exact, doubted = (
        *(hold("ferritin", "70-80", "ng/mL"), hold("ferritin", "70", "ng/mL")),
        hold("ferritin", "71", "ng/mL", doubt="somehow"),
    )
    for held, facts in (
        ((wide, doubted), {"exact value"}),
        ((wide, exact), {"exact value"}),
        ((exact, doubted), set()),
        ((exact, hold("ferritin", "80", "ng/mL")), set()),
        ((hold("ferritin", "70-80", "ng/mL", doubt="somehow"),), set()),
    ):
        outcome = ask(data, chart(*held))
        assert outcome.holds is None
        assert outcome.facts == facts
        assert outcome.missing == frozenset()


def test_a_declared_condition_holds_for_whoever_declares_it() -> None:
    """Dialysis that was declared is a fact; what was not declared is not assumed."""
    on_dialysis = chart(patient=Patient(sex="male", age=40, conditions=("dialysis",)))
    assert ask({"declared": "dialysis"}, on_dialysis).holds is True
    assert ask({"declared": "inflammation"}, on_dialysis).holds is False


def test_a_place_that_is_open_asks_for_no_exact_value() -> None:
    """What would settle a place is said with the place, and not by a test of it."""
    held = hold("ferritin", "70", "ng/mL")._replace(standard="undecided")
    assert ask({"marker": "ferritin", "position": "above"}, chart(held)).facts == frozenset()


@pytest.mark.parametrize(
    ("value", "unit", "ends", "shown"),
    [
        ("75", "ng/mL", {"le": 75}, ("75", "<= 75 ng/mL")),
        ("75", "ng/mL", {"gt": 75}, ("75", "> 75 ng/mL")),
        ("75", "ng/mL", {"ge": 30, "lt": 75}, ("75", ">= 30 and < 75 ng/mL")),
        ("100", "pmol/L", {"lt": 75}, ("100", "< 168.5 pmol/L")),
        ("168.53", "pmol/L", {"lt": 75}, ("168.5", "< 168.539325843 pmol/L")),
        ("168.5", "pmol/L", {"ge": 75}, ("168.5", ">= 168.539325843 pmol/L")),
        ("74.9999", "ng/mL", {"lt": 75}, ("74.9999", "< 75 ng/mL")),
        ("74.9999", "ng/mL", {"ge": 75}, ("74.9999", ">= 75 ng/mL")),
        ("74.9999", "ng/mL", {"ge": 30}, ("75", ">= 30 ng/mL")),
    ],
)
def test_a_test_in_words_is_true_of_the_digits_that_it_shows(
    value: str, unit: str, ends: dict[str, Any], shown: tuple[str, str]
) -> None:
    """A value or a limit loses digits only as long as it stays on its side of the other."""
    condition = {"marker": "ferritin", "unit": "ng/mL", **ends}
    (evidence,) = ask(condition, chart(hold("ferritin", value, unit))).evidence
    assert (evidence.value, evidence.comparison) == shown


@pytest.mark.parametrize("part", LEAVES[:8])
def test_evidence_is_whole_and_survives_json(part: Part) -> None:
    """Each part of it stands there as data, also for a program that did not make it."""
    for each in ask(part.data, seen()).evidence:
        assert Evidence.model_validate_json(each.model_dump_json()) == each
        assert each.model_fields_set == set(Evidence.model_fields)
        assert each.position == part.data.get("position")
        assert (each.low_out, each.high_out) == ("gt" in part.data, "lt" in part.data)
