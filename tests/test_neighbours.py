"""Neighbours: who differs from a patient in one fact, and the strategies that meet the results at which it tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from rlslabs import LabResult, Patient
from rlslabs.catalog import builtin
from rlslabs.errors import UnreachableError
from rlslabs.model import Fact
from rlslabs.testing import (
    LabCase,
    MessageCase,
    fhir_observations,
    frames,
    hl7v2_messages,
    lab_cases,
    panels,
    patients,
)
from rlslabs.testing.dated import told
from rlslabs.testing.neighbours import FACTS, Landmarks, neighbours
from rlslabs.testing.people import PEOPLE

PREGNANT = Patient(sex="female", age=30, pregnant=True)
FOUND = settings(
    database=None, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)

GROWN = patients(adults=True, sexes=["female", "male"], pregnant=False)
BORN = patients(sexes=["female", "male"], pregnant=False, born=True)


@pytest.mark.parametrize(
    ("people", "bug"),
    [
        (GROWN, lambda case: case.patient.age == 51 and {"age": 50}),
        (GROWN, lambda case: case.patient.age == 50 and {"age": 51}),
        (GROWN, lambda case: 48 <= case.patient.age <= 50 and {"age": case.patient.age + 3}),
        (GROWN, lambda case: case.patient.sex == "female" and {"sex": "male"}),
        (patients(pregnant=True), lambda _: {"pregnant": False}),
        (BORN, lambda case: {"born": case.patient.born + timedelta(days=1)}),
        (BORN, lambda case: {"born": case.patient.born - timedelta(days=1)}),
    ],
    ids=[
        "band-from-52",
        "band-from-50",
        "three-years-older",
        "sex-ignored",
        "pregnancy-ignored",
        "day-early",
        "day-late",
    ],
)
def test_software_that_takes_a_patient_for_a_neighbour_is_found(
    people: st.SearchStrategy[Patient], bug: Callable[[LabCase], dict[str, Any]]
) -> None:
    """A limit of age that is off by one, a birthday that is off by a day: a few hundred cases meet its results."""

    def is_told_otherwise(case: LabCase) -> bool:
        changed = bug(case)
        if not changed:
            return False
        other = LabCase(case.result, Patient.model_validate({**dict(case.patient), **changed}))
        return told(*other).status != case.interpretation.status

    strategy = lab_cases(["ferritin"], units=["ng/mL"], patients=people)
    assert is_told_otherwise(find(strategy, is_told_otherwise, settings=settings(FOUND, max_examples=400)))


@pytest.mark.parametrize("fact", FACTS)
def test_neighbours_differ_in_one_fact(fact: Fact) -> None:
    """In no other one, and whoever does not have the fact has no neighbour by it."""
    for patient in (*PEOPLE, Patient(sex="male", born=date(1972, 2, 29)), Patient(age=0), Patient(age=130)):
        for other in neighbours(fact, patient):
            differing = {name for name, said in patient if getattr(other, name) != said} - {"pregnant"}
            assert differing <= {"age": {"age", "born"}, "sex": {"sex"}, "pregnancy": set()}[fact]
            assert other != patient
    assert list(neighbours("age", Patient())) == []
    assert [each.age for each in neighbours("age", Patient(age="5 mo"))] == [5]
    assert [each.age for each in neighbours("age", Patient(age=1))] == [2, 0, 4]
    assert list(neighbours("sex", PREGNANT)) == []
    assert [each.pregnant for each in neighbours("pregnancy", PREGNANT)] == [False]


@given(st.data(), st.sampled_from(FACTS))
@settings(max_examples=60, deadline=None)
def test_a_fact_tells_wherever_it_is_said_to(data: st.DataObject, fact: Fact) -> None:
    """In each such region a neighbour's result has another status, and the patient's has the one that is said."""
    patient = data.draw(patients(born=False))
    where = Landmarks(builtin(), (("ferritin", "ng/mL"), ("iron", "umol/L")))
    for marker, unit, region in where.telling(fact, patient, None)[:40]:
        result = LabResult(marker=marker, value=region.stretch.value, unit=unit, comparator=region.comparator)
        assert told(result, patient).status == region.status
        assert any(told(result, other).status != region.status for other in neighbours(fact, patient))


@pytest.mark.parametrize(
    "strategy",
    [
        fhir_observations(patients=GROWN),
        hl7v2_messages(patients=GROWN),
        panels(patients=GROWN),
        frames(backend="pyarrow", patients=GROWN),
    ],
    ids=["fhir", "hl7v2", "panels", "frames"],
)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_form_can_be_asked_for_certain_patients(strategy: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """Grown people of known sex, in resources, messages, panels and tables."""
    case = data.draw(strategy)
    sexes = case.cells["sex"] if hasattr(case, "cells") else [case.patient.sex]
    assert {*sexes} <= {"female", "male"}


def test_patients_are_not_asked_for_beside_a_finding() -> None:
    """It brings those who can have it."""
    with pytest.raises(UnreachableError, match="brings the patients"):
        panels(finding="overload-screen", patients=GROWN)


def test_ranges_of_one_end_are_met() -> None:
    """Also such as hold a result only because they have no end on its side, in resources and in messages."""

    def is_open(case: Any) -> bool:  # noqa: ANN401  whatever holds the truth
        every = [each.told for each in case.sent] if hasattr(case, "sent") else [case.told]
        return any(each.interpretation is not None and each.interpretation.open_sided for each in every)

    for strategy in (fhir_observations(["ferritin"]), hl7v2_messages(["ferritin"])):
        assert is_open(find(strategy, is_open, settings=settings(FOUND, max_examples=1000)))


@given(hl7v2_messages())
@settings(max_examples=50, deadline=None)
def test_the_segments_of_a_message_are_numbered_and_sent_after_the_sample(case: MessageCase) -> None:
    """A receiver keeps results by OBX-1, and believes no message from before the collection."""
    lines = [line.split("|") for line in case.message.split("\r")]
    numbers = [line[1] for line in lines if line[0] == "OBX"]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    (sent_on,) = [line[6] for line in lines if line[0] == "MSH"]
    assert all(sent_on >= line[7] for line in lines if line[0] == "OBR")
