"""Strategies with printed ranges: a status that was asked for, ranges of both kinds, software that misreads them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from rlslabs import LabResult, Patient, interpret
from rlslabs.catalog import builtin
from rlslabs.classify import classify
from rlslabs.model import Status
from rlslabs.testing import LabCase, fhir_observations, hl7v2_messages, lab_cases, lab_results, patients
from rlslabs.testing.results import STATUSES

MAN = Patient(sex="male", age=40)
WOMAN = Patient(sex="female", age=40, pregnant=False)
FOUND = settings(
    database=None, deadline=None, derandomize=True, max_examples=800, suppress_health_check=list(HealthCheck)
)
MET = settings(FOUND, phases=[Phase.generate])


@pytest.mark.parametrize("status", [None, *STATUSES])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_case_with_a_printed_range_has_the_status_that_was_asked_for(
    status: Status | None, data: st.DataObject
) -> None:
    """Whatever the range makes of the result, only what has the status is given."""
    case = data.draw(lab_cases(status=status, printed_ranges=True))
    assert status in {None, case.interpretation.status}


@pytest.mark.parametrize("status", ["low", "below-optimal", "optimal", "above-optimal", "high", "undecided"])
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_a_result_with_a_printed_range_has_the_status_for_its_patient_and_by_its_set(
    status: Status, data: st.DataObject
) -> None:
    """The set that is asked for is still heard where the range has no end."""
    result = data.draw(lab_results(["ferritin"], status=status, patient=MAN, standard="mayo", printed_ranges=True))
    assert classify(result, MAN, catalog=builtin(), standard="mayo").status == status


@pytest.mark.parametrize("status", [None, "below-optimal"])
@pytest.mark.parametrize(
    "wanted",
    [
        lambda own: own is None,
        lambda own: own is not None and own.low is not None and own.high is not None,
        lambda own: own is not None and own.low is None,
        lambda own: own is not None and own.high is None,
    ],
    ids=["none", "whole", "no-low", "no-high"],
)
def test_ranges_have_both_ends_or_one_and_some_results_have_none(wanted: Callable[[Any], bool], status: Status) -> None:
    """Each kind is met, whether a status is asked for or not."""
    strategy = lab_cases(["ferritin"], status=status, printed_ranges=True)
    assert wanted(find(strategy, lambda case: wanted(case.result.range), settings=MET).result.range)
    results = lab_results(["ferritin"], status=status, patient=MAN, printed_ranges=True)
    assert wanted(find(results, lambda result: wanted(result.range), settings=MET).range)


def test_nothing_is_printed_where_nobody_asks_for_it() -> None:
    """Software without printed ranges is not asked about them."""

    @given(lab_cases(["ferritin"]))
    @settings(max_examples=60, database=None)
    def plain(case: LabCase) -> None:
        assert case.result.range is None

    plain()


def normal(case: LabCase) -> list[str]:
    """Software that takes whatever is not outside a printed range for normal."""
    own = case.result.range
    it = case.interpretation
    return [*it.hl7] if own is None or it.standard.position != "within" else ["N", *it.hl7[bool("N" in it.hl7) :]]


@pytest.mark.parametrize("status", [None, "below-optimal"])
def test_software_that_calls_half_a_range_normal_is_found(status: Status | None) -> None:
    """A ferritin of 3 beside a range with an upper end alone: not within the set, and not normal."""
    strategy = lab_cases(["ferritin"], units=["ng/mL"], status=status, patients=st.just(WOMAN), printed_ranges=True)
    case = find(strategy, lambda case: normal(case) != [*case.interpretation.hl7], settings=FOUND)
    assert case.interpretation.open_sided
    assert case.result.range is not None
    assert None in {case.result.range.low, case.result.range.high}
    assert status in {None, case.interpretation.status}


def test_the_first_case_is_plain_and_its_range_reads_well() -> None:
    """A failure shrinks to a result without a range, and one of a range to one of few digits in the same unit."""
    plain = find(lab_cases(["ferritin"], printed_ranges=True), lambda _: True, settings=FOUND)
    assert plain.result == LabResult(marker="ferritin", value=Decimal(76), unit="ng/mL")
    ranged = find(lab_cases(["ferritin"], printed_ranges=True), lambda case: case.result.range is not None)
    assert ranged.result.range is not None
    assert ranged.result.range.unit == ranged.result.unit == "ng/mL"


@pytest.mark.parametrize(
    "strategy", [fhir_observations(["ferritin"]), hl7v2_messages(["ferritin"])], ids=["fhir", "hl7"]
)
def test_the_truth_prints_its_codes_and_what_a_range_leaves_open(strategy: st.SearchStrategy[Any]) -> None:
    """`N` for what is normal, none for what is within half a range alone, and the word for it."""

    def truth(case: Any) -> Any:  # noqa: ANN401  either case
        return case.told if hasattr(case, "told") else case.sent[-1].told

    told = truth(find(strategy, lambda case: truth(case).interpretation.open_sided, settings=MET))
    assert repr(told).startswith(f"Told('{told.status}', hl7={[*told.interpretation.hl7]}")
    assert repr(told).endswith(", open_sided=True)")
    assert repr(truth(find(strategy, lambda _: True, settings=FOUND))) == "Told('optimal', hl7=['N'])"


def test_a_result_of_the_strategy_is_judged_as_interpret_does() -> None:
    """The range is among the arguments of a result, so that it can be pasted into a test."""
    case = find(
        lab_cases(["ferritin"], patients=patients(adults=True), printed_ranges=True),
        lambda case: case.interpretation.open_sided,
        settings=MET,
    )
    assert interpret(case.result, case.patient) == case.interpretation
    assert "ReportedRange(" in repr(case)
