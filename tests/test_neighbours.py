"""Neighbours: who differs from a patient in one fact, and the strategies that meet the results at which it tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from rlslabs import LabResult, Patient
from rlslabs.catalog import builtin
from rlslabs.errors import UnreachableError
from rlslabs.model import Fact
from rlslabs.population import OLDEST
from rlslabs.testing import (
    LabCase,
    MessageCase,
    PanelCase,
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
    assert [each.age for each in neighbours("age", Patient(age="130 mo"))] == [130]
    assert list(neighbours("age", Patient(age="131 mo"))) == []
    last = [each.born for each in neighbours("age", Patient(born=date.max))]
    assert last == [date.max - timedelta(days=1), date.max - timedelta(days=366)]
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


ODD_PEOPLE = [
    *(Patient(age=age) for age in ("150 mo", "200 wk", "400 d", "1571 mo", "6834 wk", "47846 d", 130)),
    *(Patient(sex="female", born=date(*day)) for day in ((2026, 1, 2), (2026, 10, 28), (2025, 12, 31), (1850, 1, 4))),
    *(Patient(born=born) for born in (date.min, date.max, date(9990, 1, 1))),
    Patient(age=40, born=date(1980, 3, 31)),
    Patient(age="150 mo", born=date(2000, 2, 29)),
]


@st.composite
def legal_patients(draw: st.DrawFn) -> Patient:
    """Whoever a patient can be: of any age in any unit, or of any birth in the calendar, or of both that agree."""
    unit, most = draw(st.sampled_from([("a", OLDEST), ("mo", 1571), ("wk", 6834), ("d", 47846)]))
    age = st.integers(0, most).map(lambda count: count if unit == "a" else f"{count} {unit}")
    old, day = st.dates(max_value=date(1890, 1, 1)), st.dates()
    known: list[dict[str, st.SearchStrategy[Any]]] = [{"age": age}, {"born": day}, {"born": old, "age": age}, {}]
    facts = draw(st.sampled_from(known))
    whose: list[dict[str, object]] = [{"sex": "female", "pregnant": True}, {"sex": "female"}, {"sex": "male"}, {}]
    said = {name: draw(each) for name, each in facts.items()}
    return Patient.model_validate({**said, **draw(st.sampled_from(whose))})


FORMS: dict[str, Callable[[st.SearchStrategy[Patient]], st.SearchStrategy[Any]]] = {
    "cases": lambda people: lab_cases(patients=people),
    "fhir": lambda people: fhir_observations(patients=people),
    "hl7v2": lambda people: hl7v2_messages(patients=people),
    "panels": lambda people: panels(patients=people),
    "frames": lambda people: frames(backend="pyarrow", patients=people),
}


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_legal_patient_can_be_asked_for(form: str, data: st.DataObject) -> None:
    """Of any age in any unit, born on any day or tomorrow: in every form, and whoever is drawn is judged."""
    patient = data.draw(st.one_of(st.sampled_from(ODD_PEOPLE), legal_patients()))
    case = data.draw(FORMS[form](st.just(patient)))
    if isinstance(case, LabCase):
        assert case.patient == patient
        assert case.interpretation.status
    if isinstance(case, PanelCase):
        assert {line.issue.code for line in case.panel.lines if line.issue} <= {"another-analyte"}


@pytest.mark.parametrize("patient", ODD_PEOPLE, ids=repr)
def test_odd_people_are_met_in_every_form(patient: Patient) -> None:
    """Each of those whose ages or births lie at the end of what can be counted."""
    for form in FORMS.values():
        find(form(st.just(patient)), lambda case: case is not None, settings=FOUND)
        with pytest.raises(NoSuchExample):
            find(form(st.just(patient)), lambda _: False, settings=settings(FOUND, max_examples=20))


def test_a_panel_of_two_days_is_of_days_that_its_patient_has_lived() -> None:
    """Who was born between them has results of the later one."""
    young = Patient(born=date(2024, 1, 1))

    def is_dated(case: PanelCase) -> bool:
        return any(each.collected for each in case.results)

    found = find(panels(patients=st.just(young)), is_dated, settings=FOUND)
    assert {each.collected for each in found.results} <= {None, date(2024, 6, 15)}


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
