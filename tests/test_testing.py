"""The strategies: a status or a finding that was asked for, every edge, every kind of mess, and readable failures."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, LabResult, LabsError, Patient, interpret
from rlslabs.catalog import builtin
from rlslabs.edges import Region, beside, edges, regions
from rlslabs.errors import MarkerError, MissingExtraError, UnreachableError
from rlslabs.limits import table
from rlslabs.model import Status
from rlslabs.population import OLDEST
from rlslabs.rules import Condition
from rlslabs.testing import (
    LabCase,
    PanelCase,
    fhir_observations,
    frames,
    hl7v2_messages,
    lab_cases,
    lab_results,
    limits,
    messy_units,
    messy_values,
    panels,
    patients,
)
from rlslabs.testing.results import STATUSES, values_at_limits
from rlslabs.ways import answered, choices, rules

CATALOG = builtin()
MARKERS = tuple(CATALOG.markers)
RULES = tuple(each.name for each in rules(CATALOG))
MISTYPED: Any = "banana"
WOMAN = Patient(sex="female", age=40, pregnant=False)
PREGNANT = Patient(sex="female", age=30, pregnant=True)
FOUND_FIRST = settings(max_examples=2000, phases=[Phase.generate, Phase.shrink], database=None, derandomize=True)
FOUND = settings(FOUND_FIRST, phases=[Phase.generate])


def scanned(marker: str, unit: str, patient: Patient) -> set[Status]:
    """Every status that values of a fine scale have, plain and with each comparator, judged one by one."""
    hard = table(CATALOG, marker, unit).hard
    assert hard.low is not None
    assert hard.high is not None
    every = [value for limit in edges(CATALOG, marker, unit) for value in beside(limit)]
    every += [limit + Decimal(each) / 3 for limit in edges(CATALOG, marker, unit) for each in (-1, 1)]
    found: set[Status] = set()
    for value in every:
        for comparator in ("", "<", "<=", ">", ">="):
            try:
                text = f"{comparator}{value:f}"
                it = interpret(LabResult(marker=marker, text=text, unit=unit, decimal_mark="."), patient)
            except LabsError:
                continue
            found.add(it.status)
    return found


@pytest.mark.parametrize("status", STATUSES)
@given(data=st.data())
@settings(max_examples=30)
def test_a_case_asked_for_a_status_has_that_status(status: Status, data: st.DataObject) -> None:
    """Whatever marker, unit, patient, value and comparator are drawn, the answer is the one that was asked for."""
    case = data.draw(lab_cases(status=status))
    assert case.interpretation.status == status


@pytest.mark.parametrize("patient", [Patient(), WOMAN, PREGNANT, Patient(sex="male", age=10), Patient(age="5 mo")])
@given(data=st.data())
@settings(max_examples=30)
def test_a_result_asked_for_a_status_has_it_for_its_patient(patient: Patient, data: st.DataObject) -> None:
    """A strategy of results keeps its word for the patient whose results they are, and refuses what cannot be."""
    status = data.draw(st.sampled_from(STATUSES))
    try:
        strategy = lab_results(status=status, patient=patient)
    except UnreachableError:
        assert all(status not in scanned(marker, CATALOG.markers[marker].unit, patient) for marker in MARKERS)
        return
    assert interpret(data.draw(strategy), patient).status == status


@pytest.mark.parametrize("patient", [Patient(), WOMAN, PREGNANT, Patient(sex="male", age=10)])
@pytest.mark.parametrize("marker", MARKERS)
def test_every_status_that_can_be_reached_is_offered(marker: str, patient: Patient) -> None:
    """For each unit, the regions hold exactly the statuses that a scan of all limits finds."""
    for accepted in CATALOG.markers[marker].accepts:
        offered = {each.status for each in regions(CATALOG, marker, accepted.ucum, patient)}
        assert offered == scanned(marker, accepted.ucum, patient)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("marker", MARKERS)
def test_every_status_of_every_marker_is_found_within_two_hundred_cases(marker: str, status: Status) -> None:
    """What the strategies can reach they do reach, for each marker, without being asked for it."""
    if status not in {each.status for patient in (WOMAN, PREGNANT) for each in _everywhere(marker, patient)}:
        with pytest.raises(UnreachableError):
            lab_cases([marker], status=status)
        return
    wanted = find(
        lab_cases([marker]),
        lambda case: case.interpretation.status == status,
        settings=settings(FOUND, max_examples=200),
    )
    assert wanted.result.marker == marker


def _everywhere(marker: str, patient: Patient) -> list[Region]:
    units = [each.ucum for each in CATALOG.markers[marker].accepts]
    return [each for unit in units for each in regions(CATALOG, marker, unit, patient)]


def test_a_failure_shrinks_to_a_case_that_a_person_can_read() -> None:
    """The smallest result of each status is a plain number of few digits, of the first marker that has it."""
    smallest = {
        status: find(lab_results(status=status, patient=WOMAN), lambda _: True, settings=FOUND_FIRST)
        for status in STATUSES
        if status != "no-range"
    }
    words = {status: f"{each.marker} {each.value or each.text} {each.unit}" for status, each in smallest.items()}
    assert words == {
        "optimal": "ferritin 76 ng/mL",
        "below-optimal": "ferritin 21 ng/mL",
        "above-optimal": "ferritin 151 ng/mL",
        "low": "ferritin 0.1 ng/mL",
        "high": "ferritin 176 ng/mL",
        "undecided": "ferritin <21 ng/mL",
    }


def test_a_failing_case_is_printed_as_the_calls_that_make_it() -> None:
    """What Hypothesis prints can be pasted into a test."""

    @given(lab_cases(["ferritin"], status="below-optimal"))
    @settings(FOUND_FIRST, report_multiple_bugs=False)
    def never_below(case: LabCase) -> None:
        assert case.interpretation.status != "below-optimal"

    with pytest.raises(AssertionError) as failed:
        never_below()
    printed = "".join("".join(failed.value.__notes__).split())
    assert "LabResult(marker='ferritin',value=Decimal('21'),unit='ng/mL')" in printed
    assert "patient=Patient(sex='female',age=40,pregnant=False)" in printed


@given(case=lab_cases(["2276-4", "B12"], units=["µg/L", "pmol/L"]))
@settings(max_examples=30)
def test_only_the_markers_and_units_that_were_asked_for_are_drawn(case: LabCase) -> None:
    """Markers go by any name and units by any spelling; a marker is drawn in its own of the units."""
    assert (case.result.marker, case.result.unit) in {
        *(("ferritin", unit) for unit in ("ug/L", "pmol/L")),
        ("vitamin_b12", "pmol/L"),
    }


@given(case=lab_cases())
@settings(max_examples=60)
def test_every_case_is_judged(case: LabCase) -> None:
    """No case is refused: the facts of its patient agree, and its value is one that a living person can have."""
    assert case.interpretation.status in STATUSES


def test_what_cannot_be_reached_is_refused_at_once() -> None:
    """Asking for what cannot be is an error with a code, not a test that never runs."""
    with pytest.raises(UnreachableError) as refused:
        lab_results(status="no-range", patient=WOMAN)
    assert (refused.value.code, refused.value.text) == ("unreachable", "no-range")
    for impossible in (
        lambda: lab_cases(["vitamin_d"], status="above-optimal"),
        lambda: lab_results(["iron"], units=["%"]),
        lambda: lab_results(units=["banana"]),
        lambda: panels(finding="no such finding"),
    ):
        with pytest.raises(UnreachableError):
            impossible()
    with pytest.raises(MarkerError):
        lab_results(["banana"])


def test_another_set_and_another_catalog_are_kept_to() -> None:
    """Statuses are those of the sets and the catalog that were named."""
    mayo = lab_results(["ferritin"], status="below-optimal", standard="mayo", patient=WOMAN, catalog=Catalog.load())
    found = find(mayo, lambda each: each.value is not None and each.value < 20, settings=FOUND_FIRST)
    assert interpret(found, WOMAN, standard="mayo").status == "below-optimal"
    assert interpret(found, WOMAN).status == "low"


@pytest.mark.parametrize("marker", MARKERS)
def test_the_limits_of_a_marker_are_met_on_just_below_and_just_above_in_every_unit(marker: str) -> None:
    """Each limit of each set, in each unit, is among the values, with a step of its last digit to either side."""
    for accepted in CATALOG.markers[marker].accepts:
        offered = set(values_at_limits(CATALOG, marker, accepted.ucum))
        applied = [each.cut for ranges in table(CATALOG, marker, accepted.ucum).sets.values() for each in ranges]
        assert {end for cut in applied for end in cut[:2] if end is not None} <= offered
        assert {value for limit in edges(CATALOG, marker, accepted.ucum) for value in beside(limit)} <= offered


@given(data=st.data(), marker=st.sampled_from(MARKERS))
@settings(max_examples=50)
def test_a_value_at_a_limit_is_drawn_as_a_result(data: st.DataObject, marker: str) -> None:
    """What the strategy draws is one of those values, in its unit."""
    result = data.draw(limits(marker))
    assert result.unit is not None
    assert result.value in values_at_limits(CATALOG, result.marker, result.unit)


@given(result=limits("TIBC", unit="umol/l", sets=["mayo", "healers-rls-protocol"]))
@settings(max_examples=40)
def test_limits_can_be_asked_for_by_unit_and_by_set(result: LabResult) -> None:
    """Only the limits of the sets that were named are met, and those of plausibility."""
    assert (result.marker, result.unit) == ("tibc", "umol/L")
    allowed = edges(CATALOG, "tibc", "umol/L", ["mayo", "healers-rls-protocol"])
    soft, hard = table(CATALOG, "tibc", "umol/L").soft, table(CATALOG, "tibc", "umol/L").hard
    assert result.value is not None
    assert any(abs(result.value / each - 1) < Decimal("0.02") for each in (*allowed, *soft[:2], *hard[:2]) if each)


@pytest.mark.parametrize("wrong", [{"unit": "mg/dL"}, {"sets": ["no-such-set"]}])
def test_limits_of_an_unknown_unit_or_set_are_refused(wrong: dict[str, object]) -> None:
    """A mistyped unit or set is an error with a code."""
    with pytest.raises(LabsError):
        limits("ferritin", **wrong)  # type: ignore[arg-type]  # one of two keywords, by name


def test_limits_of_a_set_without_a_range_of_the_marker_are_refused_at_once() -> None:
    """A test that has nothing to draw is told when it is written."""
    with pytest.raises(UnreachableError, match="None of these sets has a range of Vitamin B12"):
        limits("vitamin_b12", sets="medlineplus", plausibility=False)


@given(patient=patients())
@settings(max_examples=200)
def test_the_facts_of_a_patient_never_contradict_each_other(patient: Patient) -> None:
    """Every patient that is drawn can be asked about; an age is one that people reach."""
    it = interpret("ferritin", 38, "ng/mL", sex=patient.sex, age=patient.age, pregnant=patient.pregnant)
    assert it.status in STATUSES
    assert not (patient.sex == "male" and patient.pregnant)
    assert not isinstance(patient.age, int) or 0 <= patient.age <= OLDEST


@pytest.mark.parametrize(
    ("strategy", "holds"),
    [
        (patients(pregnant=True), lambda each: each.pregnant and each.sex == "female" and each.age >= 15),
        (patients(pregnant=False), lambda each: each.pregnant is False),
        (patients(sexes=["male"]), lambda each: each.sex == "male" and not each.pregnant),
        (patients(ages=st.just(7)), lambda each: each.age == 7 and each.born is None),
        (patients(born=True), lambda each: each.born is not None and each.age is None),
        (patients(born=False), lambda each: each.born is None),
        (patients(pregnant=True, ages=st.just(20)), lambda each: each.pregnant and each.age == 20),
        (patients(adults=True, ages=st.integers(60, 90)), lambda each: each.age >= 60 and not each.pregnant),
        (patients(adults=True, ages=st.sampled_from((5, "5 mo", 70, None))), lambda each: each.age == 70),
        (patients(adults=True, ages=st.just(40), pregnant=True), lambda each: each.pregnant and each.age == 40),
        (patients(sexes="female", pregnant=False), lambda each: each.sex == "female"),  # type: ignore[arg-type]  # a name
        (patients(sexes=["F"]), lambda each: each.sex == "female"),  # type: ignore[list-item]  # as reports have it
    ],
)
@given(data=st.data())
@settings(max_examples=25)
def test_a_patient_is_as_was_asked_for(
    strategy: st.SearchStrategy[Patient], holds: object, data: st.DataObject
) -> None:
    """Each argument of the strategy is a promise about every patient."""
    assert callable(holds)
    assert holds(data.draw(strategy))


@pytest.mark.parametrize("rule", RULES)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_panel_asked_for_a_finding_has_it(rule: str, data: st.DataObject) -> None:
    """Every finding and every criterion can be asked for, and is answered yes, through any of its ways."""
    case = data.draw(panels(finding=rule))
    assert answered(case.panel, rule) == "yes"
    assert len(case.results) <= 3


@given(case=panels())
@settings(max_examples=50)
def test_any_panel_is_read_without_a_refusal(case: PanelCase) -> None:
    """Results of usual size are all judged or read as context, unless other results contradict them."""
    assert {line.issue.code for line in case.panel.lines if line.issue} <= {"another-analyte"}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("two days", lambda case: len({each.collected for each in case.results}) > 1),
        ("a marker twice", lambda case: len({each.marker for each in case.results}) < len(case.results)),
        ("another unit", lambda case: any(each.unit == "pmol/L" for each in case.results)),
        ("off the scale", lambda case: any(each.comparator for each in case.results)),
        ("dialysis", lambda case: "dialysis" in case.patient.conditions),
        ("unknown days", lambda case: all(each.collected is None for each in case.results)),
    ],
)
def test_panels_hold_what_makes_an_answer_another_one(name: str, wanted: Callable[[PanelCase], bool]) -> None:
    """Days, repeats, units, comparators and conditions are among what is drawn."""
    assert wanted(find(panels(), wanted, settings=FOUND)), name


@given(value=messy_values(), unit=messy_units(), data=st.data())
@settings(max_examples=250)
def test_mess_is_read_or_refused_by_a_code(value: str, unit: str, data: st.DataObject) -> None:
    """Nothing in the mess of exports raises anything but a refusal with a code."""
    marker = data.draw(st.sampled_from(MARKERS))
    with contextlib.suppress(LabsError):
        assert interpret(marker, value, unit).status in STATUSES


@pytest.mark.parametrize("marker", ["ferritin", "tsat", None])
def test_messy_units_hold_accepted_ones_and_others(marker: str | None) -> None:
    """Both kinds are drawn: a unit in which a value is read, and one for which it is refused."""

    def is_accepted(unit: str) -> bool:
        try:
            interpret(marker or "ferritin", "0.3" if marker == "tsat" else "38", unit)
        except LabsError:
            return False
        return True

    strategy = messy_units(marker)
    assert is_accepted(find(strategy, is_accepted, settings=FOUND))
    assert not is_accepted(find(strategy, lambda unit: not is_accepted(unit), settings=FOUND))


@pytest.mark.parametrize(
    "code", ["ambiguous-number", "missing-value", "not-a-number", "infinite-value", "negative-value", "unit-conflict"]
)
def test_messy_values_meet_each_way_of_being_refused(code: str) -> None:
    """Each kind of mess that a reader must refuse is among the values."""

    def is_refused(value: str) -> bool:
        try:
            interpret("ferritin", value, "ng/mL")
        except LabsError as error:
            return error.code == code
        return False

    find(messy_values(), is_refused, settings=FOUND)


def test_without_hypothesis_the_refusal_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Hypothesis is missing, the import says what to install."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "rlslabs.testing")
    with pytest.raises(MissingExtraError) as refused:
        importlib.import_module("rlslabs.testing")
    assert (refused.value.code, refused.value.text) == ("missing-extra", "testing")


def test_a_condition_that_denies_another_holds_where_the_other_does_not() -> None:
    """Each way of a denied condition is a way in which what it denies does not hold."""
    low = Condition(marker="ferritin", unit="ng/mL", lt=Decimal(15))
    high = Condition(marker="ferritin", unit="ng/mL", gt=Decimal(300))
    neither = Condition.model_validate({"not": Condition(any=(low, high))})
    assert list(choices(neither, holds=True)) == [((low, False), (high, False))]
    assert list(choices(neither, holds=False)) == [((low, True),), ((high, True),)]


def printed_of(strategy: st.SearchStrategy[object]) -> str:
    """What Hypothesis prints of the smallest case of a strategy."""

    @given(strategy)
    @settings(FOUND_FIRST, report_multiple_bugs=False, print_blob=False)
    def never(case: object) -> None:
        assert case is None

    with pytest.raises(AssertionError) as failed:
        never()
    return "".join(failed.value.__notes__)


@pytest.mark.parametrize(
    ("strategy", "parts"),
    [
        (
            fhir_observations(["ferritin"]),
            [
                "ObservationCase(observation={'resourceType': 'Observation'",
                "'value': 76,",
                "told=Told('optimal', hl7=['N'])",
            ],
        ),
        (
            hl7v2_messages(["ferritin"], damaged=True),
            ["MessageCase(message='MSH|", "||76|ng/mL^^UCUM|", "told=Told(refused='another-analyte')"],
        ),
        (
            frames(["ferritin"], backend="polars").filter(lambda case: len(case.told) > 0),
            [
                "FrameCase(cells={'row': [0], 'marker': ['ferritin'], 'value': [76.0]",
                "told=(Told('optimal', hl7=['N']),)",
            ],
        ),
    ],
)
def test_a_failing_resource_message_or_table_is_printed_as_it_was_sent(
    strategy: st.SearchStrategy[object], parts: list[str]
) -> None:
    """A person can read and paste it: the message itself, of a grown woman, and what is true of it in a word."""
    printed = printed_of(strategy)
    assert [part for part in parts if part not in printed] == []
    assert "19831216" in printed or "1983, 12, 16" in printed
    assert len(printed) < 1200


@pytest.mark.parametrize("strategy", [messy_values(), messy_units()])
def test_mess_is_printed_as_the_text_that_it_is(strategy: st.SearchStrategy[str]) -> None:
    """No pieces of text stand in a failure, of which one must be put together."""
    printed = printed_of(strategy.filter(lambda text: len(text) > 2))
    assert "case='" in printed
    assert "format(" not in printed
    assert "join(" not in printed


@given(case=lab_cases(["ferritin"], patients=patients(adults=True, sexes=["male"])))
@settings(max_examples=40)
def test_cases_of_certain_patients_are_theirs(case: LabCase) -> None:
    """A judge of grown men alone is asked about grown men alone, without a filter of its own."""
    assert case.patient.sex in {"male", None}
    assert isinstance(case.patient.age, int)
    assert case.patient.age >= 18
    assert case.interpretation.status in STATUSES


@given(case=lab_cases(["ferritin"], status="low", patients=patients(adults=True)))
@settings(max_examples=20)
def test_cases_of_certain_patients_have_the_status_too(case: LabCase) -> None:
    """Who cannot have the status, such as a pregnant woman, is passed over."""
    assert case.interpretation.status == "low"
    assert not case.patient.pregnant


@pytest.mark.parametrize("age", [18, 50, 51, 59, 60])
def test_adults_meet_the_edges_of_the_bands(age: int) -> None:
    """To ask for adults loses no edge of an age band."""
    assert find(patients(adults=True), lambda each: each.age == age, settings=FOUND).age == age


@pytest.mark.parametrize("more", [{}, {"pregnant": True}, {"pregnant": False}, {"born": False}, {"sexes": ["male"]}])
@given(data=st.data())
@settings(max_examples=25)
def test_adults_are_grown_and_have_an_age(more: dict[str, Any], data: st.DataObject) -> None:
    """No child and no unknown age is among them, whatever else is asked."""
    patient = data.draw(patients(adults=True, **more))
    assert isinstance(patient.age, int)
    assert 18 <= patient.age <= OLDEST
    assert patient.born is None


@pytest.mark.parametrize("more", [{"adults": True}, {"pregnant": True}, {"ages": st.just(40)}])
def test_a_birth_date_makes_no_adult_and_no_mother_and_is_no_age(more: dict[str, Any]) -> None:
    """How old somebody is hangs on the day of collection, which a patient alone has not."""
    with pytest.raises(UnreachableError, match="A birth date alone"):
        patients(born=True, **more)


def test_patients_who_cannot_be_are_refused_at_once() -> None:
    """Nobody of another sex stands in for a pregnant man, and a sex that cannot be read is told."""
    with pytest.raises(UnreachableError, match="Nobody of these sexes can be pregnant"):
        patients(pregnant=True, sexes=["male", None])
    with pytest.raises(LabsError, match="banana"):
        patients(sexes=[MISTYPED])


@pytest.mark.parametrize("strategy", [patients(), patients(born=False), patients(adults=True)])
def test_pregnant_women_are_met_where_nobody_asks_for_others(strategy: st.SearchStrategy[Patient]) -> None:
    """Also where everybody has an age, as in panels."""
    assert find(strategy, lambda each: each.pregnant is True, settings=FOUND).sex == "female"


@pytest.mark.parametrize(
    ("strategy", "simplest"),
    [
        (patients(), WOMAN),
        (patients(adults=True), WOMAN),
        (patients(born=False), WOMAN),
        (patients(adults=True, pregnant=False), WOMAN),
        (patients(sexes=["male"]), Patient(sex="male", age=40, pregnant=False)),
        (patients(ages=st.sampled_from((40, 41))), WOMAN),
        (
            patients(born=True).map(lambda each: each.model_copy(update={"born": None})),
            WOMAN.model_copy(update={"age": None}),
        ),
        (lab_cases(["ferritin"]).map(lambda case: case.patient), WOMAN),
        (lab_cases(["ferritin"], patients=patients(adults=True)).map(lambda case: case.patient), WOMAN),
        (panels().map(lambda case: case.patient), WOMAN),
    ],
)
def test_a_failure_shrinks_first_of_all_to_a_woman_of_40(
    strategy: st.SearchStrategy[Patient], simplest: Patient
) -> None:
    """Nobody is simpler than she is, where the arguments allow her; else somebody of 40, and not pregnant."""
    assert find(strategy, lambda _: True, settings=FOUND_FIRST) == simplest


def test_the_simplest_result_of_any_patients_is_the_simplest_of_all() -> None:
    """To name the patients makes no other result the first one, nor a panel one of a test that is no marker."""
    for strategy in (lab_cases(), lab_cases(patients=patients()), lab_cases(patients=patients(adults=True))):
        result = find(strategy, lambda _: True, settings=FOUND_FIRST).result
        assert result == LabResult(marker="ferritin", value=Decimal(76), unit="ng/mL")
    assert find(panels(), lambda _: True, settings=FOUND_FIRST).results[0].marker == "ferritin"


def test_panels_meet_pregnant_women_and_whatever_can_be_declared_of_a_patient() -> None:
    """A rule that is not for her, and a remark that hangs on a declared fact, can be met by chance."""
    assert find(panels(), lambda case: case.patient.pregnant is True, settings=FOUND).patient.sex == "female"
    declared = [each.id for each in CATALOG.rules.sampling if each.about == "patient"]
    assert "postmenopausal" in declared
    for name in declared:
        assert name in find(panels(), partial(declares, name), settings=FOUND).patient.conditions


def declares(name: str, case: PanelCase) -> bool:
    """Whether a fact is declared of the patient."""
    return name in case.patient.conditions


@pytest.mark.parametrize("marker", MARKERS)
def test_limits_without_those_of_plausibility_are_judged(marker: str) -> None:
    """Each value is near the limit of a range, and none is refused, in any unit."""
    for accepted in CATALOG.markers[marker].accepts:
        for value in values_at_limits(CATALOG, marker, accepted.ucum, plausibility=False):
            assert interpret(marker, value, accepted.ucum).status in STATUSES
    strategy = limits(marker, plausibility=False, rounded=False)
    assert find(strategy, lambda each: each.value is not None, settings=FOUND).marker == marker


@pytest.mark.parametrize("marker", MARKERS)
def test_limits_without_rounding_are_told_alike_by_the_value_converted_exactly(marker: str) -> None:
    """Software that converts the value, and not the limit, has the same position for each of these values."""
    for accepted in CATALOG.markers[marker].accepts:
        known = table(CATALOG, marker, accepted.ucum)
        near = {end for ranges in known.sets.values() for each in ranges for end in each.cut[:2] if end is not None}
        for value in values_at_limits(CATALOG, marker, accepted.ucum, plausibility=False, rounded=False):
            within = [each for each in near if abs(value - each) <= Decimal(1).scaleb(each.adjusted() - 10)]
            assert all(len(each.normalize().as_tuple().digits) <= 6 for each in within)
    assert Decimal("44.9438202247") not in values_at_limits(CATALOG, "ferritin", "pmol/L", rounded=False)
    assert Decimal(20) in values_at_limits(CATALOG, "ferritin", "ug/L", rounded=False)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: lab_results(status=MISTYPED), 'No status is called "banana"; choose from: optimal, below-optimal'),
        (lambda: lab_cases(status=MISTYPED), 'No status is called "banana"; choose from: optimal, below-optimal'),
        (lambda: fhir_observations(status=MISTYPED), 'No status is called "banana"'),
        (lambda: lab_results(["ferritin"], units=["mg/mL"]), 'reported in "mg/mL"; choose from: ng/mL, ug/L, pmol/L'),
        (lambda: frames(backend=MISTYPED), 'No library of tables is called "banana"; choose from: pandas'),
    ],
)
def test_a_mistyped_word_is_answered_with_the_right_ones(asked: Callable[[], object], words: str) -> None:
    """An unknown status, unit or library is told from one that merely cannot be."""
    with pytest.raises(UnreachableError) as refused:
        asked()
    assert words in str(refused.value)


def test_one_name_alone_stands_for_a_list_of_it() -> None:
    """A marker, a unit and a set may be given as text, which is no list of letters."""
    found = find(lab_results("tsat", units="%"), lambda _: True, settings=FOUND_FIRST)
    assert (found.marker, found.unit) == ("transferrin_saturation", "%")
    assert find(limits("ferritin", sets="general"), lambda _: True, settings=FOUND).marker == "ferritin"
    assert find(lab_cases("iron"), lambda _: True, settings=FOUND).result.marker == "iron"
