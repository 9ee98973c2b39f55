"""Many results of one patient, read together: criteria, findings, and the laws that a panel keeps."""

from __future__ import annotations

import csv
import dataclasses
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlslabs import Catalog, LabResult, LabsError, Panel, Patient, interpret, interpret_panel
from rlslabs.answers import CriterionAnswer, Finding
from rlslabs.catalog import builtin
from rlslabs.errors import AgeError, PatientConflictError, UnknownCircumstanceError, UnknownSetError, WrongTypeError
from rlslabs.lines import LineReader
from rlslabs.review import review

FILE = Path(__file__).parents[2] / "shared" / "data" / "nhanes_2003_2004.csv"
UNITS = {
    "ferritin": "ng/mL",
    "transferrin_saturation": "%",
    "iron": "ug/dL",
    "tibc": "ug/dL",
    "uibc": "ug/dL",
    "transferrin": "mg/dL",
    "vitamin_b12": "pg/mL",
    "vitamin_d": "ng/mL",
    "crp": "mg/L",
    "haemoglobin": "g/dL",
    "mma": "nmol/L",
    "homocysteine": "umol/L",
    "creatinine": "mg/dL",
    "egfr": "mL/min/{1.73_m2}",
}
SHORT = {"f": "ferritin", "t": "transferrin_saturation", "b12": "vitamin_b12", "d": "vitamin_d", "hb": "haemoglobin"}

WOMAN = Patient(sex="female", age=40, pregnant=False)
MAN = Patient(sex="male", age=40)
ANYBODY = Patient()
CHILD = Patient(sex="female", age=10)
PREGNANT = Patient(sex="female", age=30, pregnant=True)
ON_DIALYSIS = Patient(sex="male", age=40, conditions=("dialysis",))
GROWN = (WOMAN, MAN, ANYBODY, Patient(sex="male", age=18), Patient(sex="female", age=90), Patient(age=40))
YOUNG = (CHILD, Patient(age=0), Patient(sex="male", age=17), Patient(age="5 mo"))


def result(marker: str, value: object, collected: date | None = None, *circumstances: str) -> LabResult:
    """A result in the unit that the tables of this file are written in."""
    name = SHORT.get(marker, marker)
    return LabResult.model_validate(
        {
            "marker": name,
            "value": value,
            "unit": UNITS[name],
            "collected": collected,
            "circumstances": circumstances,
        }
    )


def written(text: str) -> list[LabResult]:
    """Results from `f 75 t 19.9`."""
    words = text.split()
    return [result(marker, value) for marker, value in zip(words[::2], words[1::2], strict=True)]


def criterion(panel: Panel, name: str) -> CriterionAnswer:
    """The answer of a criterion, by `guideline/criterion`."""
    return next(each for each in panel.criteria if f"{each.guideline}/{each.id}" == name)


def finding(panel: Panel, name: str) -> Finding:
    """The finding of this id."""
    return next(each for each in panel.findings if each.id == name)


def patterns(panel: Panel) -> list[Finding]:
    """The findings about the patient: all but the one that counts what the panel lacks."""
    return [each for each in panel.findings if each.id != "incomplete-panel"]


def rules(panel: Panel) -> list[Finding | CriterionAnswer]:
    """Every finding about the patient and every criterion."""
    return [*patterns(panel), *panel.criteria]


def said(panel: Panel) -> dict[str, object]:
    """Everything that findings and criteria answer, without the order of what they rest on."""
    answers: dict[str, object] = {
        each.id: (each.answered, frozenset(each.rests_on), each.missing, each.wants, each.facts, each.supports)
        for each in patterns(panel)
    }
    for rule in panel.criteria:
        answers[f"{rule.guideline}/{rule.id}"] = (rule.answered, frozenset(rule.rests_on), rule.missing, rule.facts)
    return answers


# ---------------------------------------------------------------- guideline criteria

ADULT_LIMITS = [
    # AASM 2025: ferritin <= 75 or saturation < 20
    ("aasm-2025/adult-iron", "f 74.9 t 30", "yes"),
    ("aasm-2025/adult-iron", "f 75 t 30", "yes"),
    ("aasm-2025/adult-iron", "f 75.1 t 30", "no"),
    ("aasm-2025/adult-iron", "f 200 t 19.9", "yes"),
    ("aasm-2025/adult-iron", "f 200 t 20", "no"),
    ("aasm-2025/adult-iron", "f 200 t 20.1", "no"),
    ("aasm-2025/adult-iron", "f 9000 t 19.9 crp 1", "undecided"),  # above 1,200 no saturation is relied on
    ("aasm-2025/adult-iron", "f 75", "yes"),
    ("aasm-2025/adult-iron", "t 19.9", "yes"),
    ("aasm-2025/adult-iron", "f 75.1", "missing"),
    ("aasm-2025/adult-iron", "t 20", "missing"),
    # AASM 2025: intravenous only, above 75 and up to 100
    ("aasm-2025/adult-iv-only", "f 75", "no"),
    ("aasm-2025/adult-iv-only", "f 75.1", "yes"),
    ("aasm-2025/adult-iv-only", "f 99.9", "yes"),
    ("aasm-2025/adult-iv-only", "f 100", "yes"),
    ("aasm-2025/adult-iv-only", "f 100.1", "no"),
    ("aasm-2025/adult-iv-only", "t 10", "missing"),
    # IRLSSG 2018: oral <= 75
    ("irlssg-2018/oral-iron", "f 74.9", "yes"),
    ("irlssg-2018/oral-iron", "f 75", "yes"),
    ("irlssg-2018/oral-iron", "f 75.1", "no"),
    ("irlssg-2018/oral-iron", "t 10", "missing"),
    # IRLSSG 2018: first intravenous course <= 100
    ("irlssg-2018/first-iv-course", "f 99.9", "yes"),
    ("irlssg-2018/first-iv-course", "f 100", "yes"),
    ("irlssg-2018/first-iv-course", "f 100.1", "no"),
    ("irlssg-2018/first-iv-course", "t 10", "missing"),
    # IRLSSG 2018: intravenous iron, ferritin < 300 and saturation < 45
    ("irlssg-2018/iv-iron", "f 299.9 t 44.9", "yes"),
    ("irlssg-2018/iv-iron", "f 300 t 44.9", "no"),
    ("irlssg-2018/iv-iron", "f 300.1 t 44.9", "no"),
    ("irlssg-2018/iv-iron", "f 299.9 t 45", "no"),
    ("irlssg-2018/iv-iron", "f 299.9 t 45.1", "no"),
    ("irlssg-2018/iv-iron", "f 299.9", "missing"),
    ("irlssg-2018/iv-iron", "t 44.9", "missing"),
    ("irlssg-2018/iv-iron", "f 300", "no"),
    ("irlssg-2018/iv-iron", "t 45", "no"),
    # Silber 2021: less than 100
    ("silber-2021/iv-iron", "f 99.9", "yes"),
    ("silber-2021/iv-iron", "f 100", "no"),
    ("silber-2021/iv-iron", "f 100.1", "no"),
    ("silber-2021/iv-iron", "t 10", "missing"),
    # AAN 2016: <= 75
    ("aan-2016/oral-iron", "f 74.9", "yes"),
    ("aan-2016/oral-iron", "f 75", "yes"),
    ("aan-2016/oral-iron", "f 75.1", "no"),
    ("aan-2016/oral-iron", "t 10", "missing"),
]
CHILD_LIMITS = [
    ("f 49.9", "yes"),
    ("f 50", "no"),
    ("f 50.1", "no"),
    ("t 10", "missing"),
]
STOP_LIMITS = [
    ("f 299.9 t 44.9", "no"),
    ("f 300 t 44.9", "yes"),
    ("f 300.1 t 44.9", "yes"),
    ("f 299.9 t 45", "yes"),
    ("f 299.9 t 45.1", "yes"),
    ("f 299.9", "missing"),
    ("t 44.9", "missing"),
    ("f 300", "yes"),
    ("t 45", "yes"),
]
DIALYSIS_LIMITS = [
    ("f 199.9 t 19.9", "yes"),
    ("f 200 t 19.9", "no"),
    ("f 200.1 t 19.9", "no"),
    ("f 199.9 t 20", "no"),
    ("f 199.9 t 20.1", "no"),
    ("f 199.9", "missing"),
    ("t 19.9", "missing"),
    ("f 200", "no"),
    ("t 20", "no"),
]
ADULT_CRITERIA = sorted({name for name, *_ in ADULT_LIMITS})


@pytest.mark.parametrize(("name", "values", "expected"), ADULT_LIMITS)
def test_each_adult_criterion_holds_exactly_as_its_guideline_writes_it(name: str, values: str, expected: str) -> None:
    """At, below and above each limit every adult, of whatever sex and of unknown age, has the answer of the words."""
    for patient in GROWN:
        assert criterion(interpret_panel(written(values), patient), name).answered == expected, patient


@pytest.mark.parametrize(("values", "expected"), CHILD_LIMITS)
def test_the_criterion_for_children_is_strictly_below_50(values: str, expected: str) -> None:
    """A ferritin below 50 meets it in every child, and in no adult."""
    for patient in YOUNG:
        assert criterion(interpret_panel(written(values), patient), "aasm-2025/child-iron").answered == expected
    for patient in GROWN:
        assert criterion(interpret_panel(written(values), patient), "aasm-2025/child-iron").answered == "not-applicable"


@pytest.mark.parametrize(("values", "expected"), STOP_LIMITS)
def test_the_limits_for_intravenous_iron_are_a_caution_at_every_age(values: str, expected: str) -> None:
    """A saturation of 45 % or a ferritin of 300 or more lies outside for everybody who is not pregnant."""
    for patient in (*GROWN, *YOUNG, ON_DIALYSIS):
        assert criterion(interpret_panel(written(values), patient), "irlssg-2018/overload-stop").answered == expected


@pytest.mark.parametrize(("values", "expected"), DIALYSIS_LIMITS)
def test_the_criterion_for_dialysis_needs_both_and_a_declaration(values: str, expected: str) -> None:
    """Below 200 and below 20 %, in a declared adult on dialysis alone; the criterion for adults stands beside it."""
    panel = interpret_panel(written(values), ON_DIALYSIS)
    assert criterion(panel, "aasm-2025/esrd-iron").answered == expected
    assert criterion(panel, "aasm-2025/adult-iron").answered != "not-applicable"
    for patient in (*GROWN, Patient(age=17, conditions=("dialysis",))):
        assert criterion(interpret_panel(written(values), patient), "aasm-2025/esrd-iron").answered == "not-applicable"


@pytest.mark.parametrize("name", ADULT_CRITERIA)
def test_no_adult_criterion_is_answered_for_a_child(name: str) -> None:
    """Whatever the values, an adult criterion is not applicable to a known child."""
    for patient in YOUNG:
        for values in ("f 10 t 5", "f 90 t 30", "f 500 t 60", ""):
            assert criterion(interpret_panel(written(values), patient), name).answered == "not-applicable"


def test_no_rule_is_answered_in_pregnancy() -> None:
    """None was written for pregnancy, so each is not applicable, but for the caution about too much iron."""
    panel = interpret_panel(written("f 10 t 5 tibc 300 crp 6 b12 100 d 60"), PREGNANT)
    (caution,) = [each for each in rules(panel) if each.answered != "not-applicable"]
    assert (caution.id, caution.answered) == ("overload-stop", "no")
    assert all(not each.rests_on for each in rules(panel) if each is not caution)
    high = interpret_panel(written("f 2000 t 90"), PREGNANT)
    assert criterion(high, "irlssg-2018/overload-stop").answered == "yes"


def test_an_unknown_pregnancy_leaves_a_met_rule_open_where_nothing_is_assumed() -> None:
    """Strictly read, a met rule is undecided and names pregnancy; one that is not met stays so."""
    panel = interpret_panel(written("f 75 t 30"), Patient(sex="female", age=40), strict=True)
    met = criterion(panel, "aan-2016/oral-iron")
    assert (met.answered, met.facts) == ("undecided", ("pregnancy",))
    assert criterion(panel, "irlssg-2018/overload-stop").answered == "no"
    assert criterion(panel, "aasm-2025/child-iron").answered == "not-applicable"


def test_an_unknown_age_leaves_a_met_rule_open_where_nothing_is_assumed() -> None:
    """Strictly read, an adult criterion that is met is undecided and names the age; one that is not met is no."""
    panel = interpret_panel(written("f 75 t 30"), Patient(sex="male"), strict=True)
    met = criterion(panel, "aan-2016/oral-iron")
    assert (met.answered, met.facts) == ("undecided", ("age",))
    assert criterion(panel, "aasm-2025/adult-iv-only").answered == "no"
    both = interpret_panel(written("f 49"), Patient(), strict=True)
    assert {"age", "pregnancy"} == set(criterion(both, "aasm-2025/child-iron").facts)


@pytest.mark.parametrize(
    ("unit", "low", "at"), [("ug/L", "74.9", "75"), ("ng/dL", "7490", "7500"), ("mcg/L", "74.9", "75")]
)
def test_a_limit_is_exact_in_every_unit(unit: str, low: str, at: str) -> None:
    """The limit is converted and never the value, so the limit itself meets a criterion that includes it."""
    if unit == "ng/dL":
        unit, low, at = "ng/mL", "74.9", "75.0"
    for value in (low, at):
        panel = interpret_panel([LabResult(marker="ferritin", value=Decimal(value), unit=unit)], MAN)
        assert criterion(panel, "aan-2016/oral-iron").answered == "yes"


def test_a_saturation_as_a_fraction_is_held_against_the_same_limits() -> None:
    """0.199 meets what 19.9 % meets, and 0.2 what 20 % meets."""
    for value, expected in (("0.199", "yes"), ("0.2", "no")):
        results = [*written("f 200"), LabResult(marker="transferrin_saturation", value=Decimal(value), unit="1")]
        assert criterion(interpret_panel(results, MAN), "aasm-2025/adult-iron").answered == expected


def test_guidelines_that_differ_at_a_value_are_shown_side_by_side() -> None:
    """At exactly 100 IRLSSG 2018 is met and Silber 2021 is not; at exactly 75 treatment and optimum stand together."""
    panel = interpret_panel(written("f 100"), MAN)
    assert criterion(panel, "irlssg-2018/first-iv-course").answered == "yes"
    assert criterion(panel, "silber-2021/iv-iron").answered == "no"
    panel = interpret_panel(written("f 75"), MAN)
    assert criterion(panel, "aasm-2025/adult-iron").answered == "yes"
    assert panel.interpretations[0].optimal.position == "within"


def test_criteria_come_in_the_order_of_evaluation_with_their_grades() -> None:
    """Overload first, then children, dialysis, adults; each with its edge, grade and sources."""
    panel = interpret_panel([], ANYBODY)
    names = [f"{each.guideline}/{each.id}" for each in panel.criteria]
    assert names[:4] == [
        "irlssg-2018/overload-stop",
        "aasm-2025/child-iron",
        "aasm-2025/esrd-iron",
        "aasm-2025/adult-iron",
    ]
    assert names.index("aasm-2025/adult-iron") < names.index("aasm-2025/adult-iv-only")
    assert all(each.edge and each.grade and each.sources and each.locator for each in panel.criteria)
    assert "not a graded recommendation" in criterion(panel, "aasm-2025/adult-iron").grade
    assert [each.guideline for each in panel.caveats] == ["aasm-2025", "irlssg-2018", "silber-2021", "aan-2016"]
    assert "empirically tested" in panel.caveats[0].said.clinician
    for each in rules(panel):
        assert "AASM recommends" not in each.said.clinician + each.said.patient


# ---------------------------------------------------------------- findings

INFANT = Patient(sex="male", age=4)
SCHOOL = Patient(sex="male", age=5)
TEEN = Patient(sex="male", age=15)
YOUTH = Patient(sex="male", age=16)
NO_SEX = Patient(age=40)

FINDINGS = [
    # EASL 2010: women above 200 and 45, men above 300 and 50
    ("overload-screen", WOMAN, "f 200.1 t 45.1", "yes"),
    ("overload-screen", WOMAN, "f 200 t 45.1", "no"),
    ("overload-screen", WOMAN, "f 199.9 t 45.1", "no"),
    ("overload-screen", WOMAN, "f 200.1 t 45", "no"),
    ("overload-screen", WOMAN, "f 200.1 t 44.9", "no"),
    ("overload-screen", MAN, "f 300.1 t 50.1", "yes"),
    ("overload-screen", MAN, "f 300 t 50.1", "no"),
    ("overload-screen", MAN, "f 299.9 t 50.1", "no"),
    ("overload-screen", MAN, "f 300.1 t 50", "no"),
    ("overload-screen", MAN, "f 300.1 t 49.9", "no"),
    ("overload-screen", NO_SEX, "f 250 t 48", "undecided"),
    ("overload-screen", NO_SEX, "f 300.1 t 50.1", "yes"),
    ("overload-screen", NO_SEX, "f 200 t 60", "no"),
    ("overload-screen", ANYBODY, "f 300.1 t 50.1", "yes"),
    ("overload-screen", CHILD, "f 500 t 60", "not-applicable"),
    ("overload-screen", MAN, "f 300", "no"),
    ("overload-screen", MAN, "t 50", "no"),
    # raised ferritin while the saturation is not
    ("high-ferritin-without-high-saturation", WOMAN, "f 200.1 t 45", "yes"),
    ("high-ferritin-without-high-saturation", WOMAN, "f 200 t 45", "no"),
    ("high-ferritin-without-high-saturation", WOMAN, "f 199.9 t 45", "no"),
    ("high-ferritin-without-high-saturation", WOMAN, "f 200.1 t 44.9", "yes"),
    ("high-ferritin-without-high-saturation", WOMAN, "f 200.1 t 45.1", "no"),
    ("high-ferritin-without-high-saturation", MAN, "f 300.1 t 50", "yes"),
    ("high-ferritin-without-high-saturation", MAN, "f 300.1 t 49.9", "yes"),
    ("high-ferritin-without-high-saturation", MAN, "f 300.1 t 50.1", "no"),
    ("high-ferritin-without-high-saturation", MAN, "f 300 t 45", "no"),
    ("high-ferritin-without-high-saturation", MAN, "f 299.9 t 45", "no"),
    ("high-ferritin-without-high-saturation", NO_SEX, "f 250 t 40", "undecided"),
    ("high-ferritin-without-high-saturation", NO_SEX, "f 300.1 t 48", "undecided"),
    ("high-ferritin-without-high-saturation", NO_SEX, "f 300.1 t 45", "yes"),
    ("high-ferritin-without-high-saturation", CHILD, "f 500 t 30", "not-applicable"),
    # WHO: below 15, below 12 under 5 years; below 30 with a saturation below 20
    ("absolute-iron-deficiency", MAN, "f 14.9", "yes"),
    ("absolute-iron-deficiency", MAN, "f 15 t 20", "no"),
    ("absolute-iron-deficiency", MAN, "f 15.1 t 20", "no"),
    ("absolute-iron-deficiency", MAN, "f 15 t 19.9", "yes"),
    ("absolute-iron-deficiency", MAN, "f 29.9 t 19.9", "yes"),
    ("absolute-iron-deficiency", MAN, "f 29.9 t 20", "no"),
    ("absolute-iron-deficiency", MAN, "f 29.9 t 20.1", "no"),
    ("absolute-iron-deficiency", MAN, "f 30 t 19.9", "no"),
    ("absolute-iron-deficiency", MAN, "f 30.1 t 19.9", "no"),
    ("absolute-iron-deficiency", SCHOOL, "f 14.9", "yes"),
    ("absolute-iron-deficiency", SCHOOL, "f 15 t 20", "no"),
    ("absolute-iron-deficiency", INFANT, "f 11.9", "yes"),
    ("absolute-iron-deficiency", INFANT, "f 12", "no"),
    ("absolute-iron-deficiency", INFANT, "f 12.1 t 5", "no"),
    ("absolute-iron-deficiency", INFANT, "f 14.9 t 5", "no"),
    # ferritin 30 or more with a saturation below 20
    ("functional-iron-deficiency", MAN, "f 29.9 t 19.9", "no"),
    ("functional-iron-deficiency", MAN, "f 30 t 19.9", "yes"),
    ("functional-iron-deficiency", WOMAN, "f 30.1 t 19.9", "yes"),
    ("functional-iron-deficiency", MAN, "f 30 t 20", "no"),
    ("functional-iron-deficiency", MAN, "f 30 t 20.1", "no"),
    ("functional-iron-deficiency", MAN, "t 20", "no"),
    ("functional-iron-deficiency", MAN, "f 29.9", "no"),
    ("functional-iron-deficiency", CHILD, "f 30 t 19.9", "not-applicable"),
    # ferritin above 100, saturation below 20, TIBC not above its range (250-400 for adults)
    ("inflammation-pattern", MAN, "f 100.1 t 19.9 tibc 400", "yes"),
    ("inflammation-pattern", MAN, "f 100.1 t 19.9 tibc 250", "yes"),
    ("inflammation-pattern", MAN, "f 100.1 t 19.9 tibc 249", "yes"),
    ("inflammation-pattern", MAN, "f 100.1 t 19.9 tibc 400.1", "no"),
    ("inflammation-pattern", MAN, "f 100 t 19.9 tibc 300", "no"),
    ("inflammation-pattern", MAN, "f 99.9 t 19.9 tibc 300", "no"),
    ("inflammation-pattern", MAN, "f 100.1 t 20 tibc 300", "no"),
    ("inflammation-pattern", MAN, "f 100.1 t 20.1 tibc 300", "no"),
    ("inflammation-pattern", CHILD, "f 100.1 t 19.9 tibc 300", "not-applicable"),
    # ferritin 30-100, saturation below 20 and CRP above 5
    ("mixed-pattern", MAN, "f 29.9 t 19.9 crp 5.1", "no"),
    ("mixed-pattern", MAN, "f 30 t 19.9 crp 5.1", "yes"),
    ("mixed-pattern", MAN, "f 30.1 t 19.9 crp 5.1", "yes"),
    ("mixed-pattern", MAN, "f 99.9 t 19.9 crp 5.1", "yes"),
    ("mixed-pattern", MAN, "f 100 t 19.9 crp 5.1", "yes"),
    ("mixed-pattern", MAN, "f 100.1 t 19.9 crp 5.1", "no"),
    ("mixed-pattern", MAN, "f 30 t 20 crp 5.1", "no"),
    ("mixed-pattern", MAN, "f 30 t 20.1 crp 5.1", "no"),
    ("mixed-pattern", MAN, "f 30 t 19.9 crp 5", "no"),
    ("mixed-pattern", MAN, "f 30 t 19.9 crp 4.9", "no"),
    ("mixed-pattern", CHILD, "f 30 t 19.9 crp 5.1", "not-applicable"),
    # CRP above 5, ferritin not low by WHO's 15 (12 under 5 years)
    ("ferritin-masked", MAN, "f 15 crp 5.1", "yes"),
    ("ferritin-masked", MAN, "f 15.1 crp 5.1", "yes"),
    ("ferritin-masked", MAN, "f 14.9 crp 5.1", "no"),
    ("ferritin-masked", MAN, "f 15 crp 5", "no"),
    ("ferritin-masked", MAN, "f 15 crp 4.9", "no"),
    ("ferritin-masked", INFANT, "f 12 crp 5.1", "yes"),
    ("ferritin-masked", INFANT, "f 12.1 crp 5.1", "yes"),
    ("ferritin-masked", INFANT, "f 11.9 crp 5.1", "no"),
    ("ferritin-masked", SCHOOL, "f 14.9 crp 5.1", "no"),
    ("ferritin-masked", MAN, "f 14.9", "no"),
    ("ferritin-masked", MAN, "crp 5", "no"),
    # CRP exactly 5, where the source contradicts itself
    ("crp-at-limit", MAN, "f 15 crp 5", "yes"),
    ("crp-at-limit", MAN, "f 15 crp 4.9", "no"),
    ("crp-at-limit", MAN, "f 15 crp 5.1", "no"),
    ("crp-at-limit", MAN, "f 14.9 crp 5", "no"),
    ("crp-at-limit", INFANT, "f 12 crp 5", "yes"),
    ("crp-at-limit", INFANT, "f 11.9 crp 5", "no"),
    # NICE: below 180 low, 180 to 350 indeterminate, over-16s alone
    ("b12-low", MAN, "b12 179.9", "yes"),
    ("b12-low", MAN, "b12 180", "no"),
    ("b12-low", MAN, "b12 180.1", "no"),
    ("b12-low", YOUTH, "b12 179.9", "yes"),
    ("b12-low", TEEN, "b12 179.9", "not-applicable"),
    ("b12-indeterminate", MAN, "b12 179.9", "no"),
    ("b12-indeterminate", MAN, "b12 180", "yes"),
    ("b12-indeterminate", MAN, "b12 180.1", "yes"),
    ("b12-indeterminate", MAN, "b12 349.9", "yes"),
    ("b12-indeterminate", MAN, "b12 350", "yes"),
    ("b12-indeterminate", MAN, "b12 350.1", "no"),
    ("b12-indeterminate", YOUTH, "b12 350", "yes"),
    ("b12-indeterminate", TEEN, "b12 350", "not-applicable"),
    # above 50 ng/mL
    ("vitamin-d-excess", MAN, "d 49.9", "no"),
    ("vitamin-d-excess", MAN, "d 50", "no"),
    ("vitamin-d-excess", MAN, "d 50.1", "yes"),
    ("vitamin-d-excess", CHILD, "d 50.1", "yes"),
]


@pytest.mark.parametrize(("name", "patient", "values", "expected"), FINDINGS)
def test_each_finding_is_answered_exactly_at_its_limits(
    name: str, patient: Patient, values: str, expected: str
) -> None:
    """At, just below and just above each limit, and for each population, a finding says what its source says."""
    found = finding(interpret_panel(written(values), patient), name)
    assert found.answered == expected
    if expected == "undecided":
        assert found.facts == ("sex",)


@pytest.mark.parametrize(
    ("name", "patient", "values"),
    [(name, patient, values) for name, patient, values, expected in FINDINGS if expected == "yes"],
)
def test_a_finding_without_one_of_its_inputs_is_missing_and_names_it(name: str, patient: Patient, values: str) -> None:
    """Taken away in turn, each input that a found answer rests on leaves it missing, by name."""
    whole = written(values)
    for gone in whole:
        found = finding(interpret_panel([each for each in whole if each is not gone], patient), name)
        assert found.answered == "missing"
        assert gone.marker in found.missing
        assert (found.supports, found.against, found.wants) == ((), (), ())


def test_an_empty_panel_says_what_is_missing_everywhere() -> None:
    """With no result every finding and every criterion that applies is missing, and ferritin is wanted most."""
    panel = interpret_panel([])
    assert {each.answered for each in patterns(panel)} == {"missing"}
    assert {each.answered for each in panel.criteria} == {"missing", "not-applicable"}
    assert panel.missing == tuple(builtin().markers)
    assert panel.wants_most == "ferritin"
    assert (panel.lines, panel.derived, panel.sampling, panel.issues) == ((), (), (), ())


def test_the_test_that_would_add_most_is_named() -> None:
    """What most open answers wait for is wanted; where none waits, what most findings would like; else nothing."""
    assert interpret_panel(written("f 200 crp 1 b12 500 d 40"), MAN).wants_most == "transferrin_saturation"
    settled = interpret_panel(written("f 110 t 30 crp 1 b12 200 d 40"), MAN)
    assert settled.wants_most == "homocysteine"
    assert interpret_panel(written("f 110 t 30 crp 1 b12 500 d 40"), MAN).wants_most is None


def test_no_test_is_wanted_that_is_there_or_would_not_be_relied_on() -> None:
    """Low iron would like CRP and haemoglobin, which stand there; beside a ferritin of 1500 a TIBC is no help."""
    settled = interpret_panel(written("f 20 t 15 crp 1 hb 12 b12 500 d 40 tibc 400 iron 60"), MAN)
    assert (patterns(settled) != [], settled.wants_most) == (True, None)
    for beside in (
        "t 30 b12 500 d 10 hb 10 crp 50 iron 20 homocysteine 20",
        "b12 500 d 40 hb 10 crp 1 iron 20 tibc 300",
    ):
        assert interpret_panel(written(f"f 1500 {beside}"), MAN).wants_most in {None, "homocysteine"}


def test_nothing_is_estimated_unless_it_is_asked_for() -> None:
    """A transferrin gives no TIBC, and with iron no saturation, by itself."""
    given = [result("iron", 60), LabResult(marker="transferrin", value=Decimal(250), unit="mg/dL")]
    assert interpret_panel(given, MAN).derived == ()
    assert {each.computed.estimated for each in interpret_panel(given, MAN, estimate_tibc=True).derived} == {True}


def test_findings_never_diagnose_and_carry_their_sources() -> None:
    """Each is `consistent with` something, graded and sourced, in order, with overload first."""
    panel = interpret_panel([])
    assert panel.findings[0].id == "overload-screen"
    for each in patterns(panel):
        assert each.said.clinician.startswith("Consistent with")
        assert each.grade
        assert each.sources
        assert each.locator
    assert [each.order for each in panel.findings] == sorted(each.order for each in panel.findings)


def test_what_speaks_for_and_against_a_finding_stands_beside_it() -> None:
    """Remarks that certainly hold are said; those that are open or do not hold are left out."""
    low = finding(interpret_panel(written("f 10 tibc 450 hb 12.5"), MAN), "absolute-iron-deficiency")
    assert len(low.supports) == 2
    assert (low.against, low.wants) == ((), ("crp",))
    woman = finding(interpret_panel(written("f 10 hb 12.5"), WOMAN), "absolute-iron-deficiency")
    assert (woman.supports, woman.wants) == ((), ("tibc", "crp"))
    kidney = finding(interpret_panel(written("b12 200 mma 500 egfr 59"), MAN), "b12-indeterminate")
    assert (len(kidney.supports), len(kidney.against)) == (1, 1)
    masked = finding(interpret_panel(written("f 69.9 crp 20"), MAN), "ferritin-masked")
    assert (len(masked.supports), masked.against) == (1, ())
    enough = finding(interpret_panel(written("f 70 crp 20"), MAN), "ferritin-masked")
    assert (enough.supports, len(enough.against)) == ((), 1)
    after = Patient(sex="female", age=60, conditions=("postmenopausal",))
    assert finding(interpret_panel(written("f 300 t 60"), after), "overload-screen").against
    assert not finding(interpret_panel(written("f 301 t 60"), after), "overload-screen").against


def test_an_interval_across_a_limit_leaves_a_finding_undecided() -> None:
    """A finding whose input is open is itself undecided, and asks for the exact value."""
    panel = interpret_panel([result("ferritin", "<50"), *written("t 10")], MAN)
    found = finding(panel, "functional-iron-deficiency")
    assert (found.answered, found.facts) == ("undecided", ("exact value",))
    assert [each.holds for each in found.rests_on if each.marker == "ferritin"] == [None]


# ---------------------------------------------------------------- laws

VALUES = {
    "ferritin": ["5", "12", "15", "30", "75", "100", "250", "300", "1300", "<20", "30-90", ">1000"],
    "transferrin_saturation": ["5", "20", "45", "50", "101", "<15", "15-25"],
    "iron": ["10", "60", "150", "400", "<20", "50-70"],
    "tibc": ["100", "250", "300", "450", "200-300"],
    "uibc": ["0", "100", "200", "240"],
    "transferrin": ["200", "250", "400"],
    "vitamin_b12": ["100", "180", "350", "500", "<200"],
    "vitamin_d": ["10", "50", "60", "200"],
    "crp": ["0", "5", "6", "<5", "100"],
    "haemoglobin": ["10", "12.5", "15"],
    "mma": ["200", "500"],
    "egfr": ["30", ">60"],
}
DAYS = [None, date(2024, 1, 1), date(2024, 5, 1), datetime(2024, 5, 1, 8), datetime(2024, 5, 1, 17)]  # noqa: DTZ001  laboratories print local time
results = st.sampled_from(sorted(VALUES)).flatmap(
    lambda marker: st.builds(result, st.just(marker), st.sampled_from(VALUES[marker]), st.sampled_from(DAYS))
)
panels = st.lists(results, max_size=8)
patients = st.builds(
    Patient,
    sex=st.sampled_from([None, "female", "male"]),
    age=st.sampled_from([None, 3, 10, 17, 18, 40, 80]),
    conditions=st.sampled_from([(), ("dialysis",), ("postmenopausal",)]),
)
refused = st.sampled_from(
    [
        LabResult(marker="ferritin", value=Decimal(-3), unit="ng/mL"),
        LabResult(marker="ferritin", value=Decimal(5000000), unit="ng/mL"),
        LabResult(marker="transferrin_saturation", text="much", unit="%"),
        LabResult(marker="iron", value=Decimal(80)),
        LabResult(marker="no such thing", value=Decimal(80)),
        LabResult(marker="crp", value=Decimal(80), unit="furlongs"),
        LabResult(marker="crp", value=Decimal(80), unit="mg/L", circumstances=("on-the-moon",)),
        LabResult(marker="tibc", value=Decimal(5), unit="ug/dL"),
        "ferritin 38",
        None,
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.data(), panels, patients, st.booleans())
def test_the_order_of_results_never_matters(
    data: st.DataObject,
    given_: list[LabResult],
    patient: Patient,
    estimate: bool,  # noqa: FBT001  drawn by Hypothesis
) -> None:
    """Findings, criteria and derived values are the same sets in any order, and lines keep the order given."""
    moved = data.draw(st.permutations(given_))
    one = interpret_panel(given_, patient, estimate_tibc=estimate)
    two = interpret_panel(moved, patient, estimate_tibc=estimate)
    assert said(one) == said(two)
    assert {each.model_dump_json() for each in one.derived} == {each.model_dump_json() for each in two.derived}
    assert (one.missing, one.wants_most) == (two.missing, two.wants_most)
    assert [line.result for line in two.lines] == moved
    assert {line.model_dump_json(exclude={"remarks"}) for line in one.lines} == {
        line.model_dump_json(exclude={"remarks"}) for line in two.lines
    }


@settings(max_examples=100, deadline=None)
@given(panels, patients, st.sampled_from([("creatinine", "1"), ("vitamin_d", "60"), ("b12", "200")]), st.data())
def test_an_unrelated_result_never_changes_a_finding(
    given_: list[LabResult], patient: Patient, other: tuple[str, str], data: st.DataObject
) -> None:
    """What no rule asks for changes no rule: creatinine none at all, vitamins none but their own."""
    own = {"creatinine": set[str](), "vitamin_d": {"vitamin-d-excess"}, "b12": {"b12-low", "b12-indeterminate"}}
    added = result(*other, data.draw(st.sampled_from(DAYS)))
    one, two = interpret_panel(given_, patient), interpret_panel([*given_, added], patient)
    before, after = said(one), said(two)
    assert {name: before[name] for name in before if name not in own[other[0]]} == {
        name: after[name] for name in after if name not in own[other[0]]
    }
    assert one.lines == two.lines[:-1]


@settings(max_examples=100, deadline=None)
@given(panels, patients, refused, st.integers(0, 8))
def test_a_refused_result_never_changes_anything_else(
    given_: list[LabResult], patient: Patient, bad: object, place: int
) -> None:
    """A bad result is a line with an issue, at its place, and everything else is as if it had not been given."""
    at = min(place, len(given_))
    one = interpret_panel(given_, patient)
    two = interpret_panel([*given_[:at], bad, *given_[at:]], patient)  # type: ignore[list-item]  # a bad one
    assert two.lines[at].issue is not None
    assert one.lines == (*two.lines[:at], *two.lines[at + 1 :])
    said_of_lines = {"lines", "asked", "findings"}
    assert one.model_dump(exclude=said_of_lines) == two.model_dump(exclude=said_of_lines)
    assert (patterns(one), one.asked.results) == (patterns(two), two.asked.results - 1)
    assert len(two.issues) == len(one.issues) + 1


TIGHTER = [
    ("ferritin", ("<20", "<10", "0-9", "9")),
    ("ferritin", ("30-90", "40-80", "50-75", "60")),
    ("ferritin", (">100", ">150", "200-250", "240")),
    ("transferrin_saturation", ("10-60", "15-25", "15-19", "16")),
    ("vitamin_b12", ("100-400", "150-300", "180-200", "190")),
    ("crp", ("<10", "<6", "0-5", "4")),
    ("vitamin_d", ("10-100", "50-90", "51-80", "60")),
]


@settings(max_examples=100, deadline=None)
@given(panels, patients, st.sampled_from(TIGHTER), st.data())
def test_a_tightened_interval_never_makes_a_certain_answer_uncertain(
    given_: list[LabResult], patient: Patient, tighter: tuple[str, tuple[str, ...]], data: st.DataObject
) -> None:
    """Yes stays yes and no stays no when less is left open."""
    marker, texts = tighter
    rest = [each for each in given_ if each.marker not in {marker, "iron"}]
    first = data.draw(st.integers(0, len(texts) - 2))
    wide = interpret_panel([*rest, result(marker, texts[first])], patient)
    narrow = interpret_panel([*rest, result(marker, texts[data.draw(st.integers(first, len(texts) - 1))])], patient)
    for one, two in zip(rules(wide), rules(narrow), strict=True):
        if one.answered in {"yes", "no", "not-applicable"}:
            assert two.answered == one.answered, one.id


@settings(max_examples=100, deadline=None)
@given(panels, patients, st.booleans())
def test_a_panel_survives_json(given_: list[LabResult], patient: Patient, estimate: bool) -> None:  # noqa: FBT001  drawn
    """A panel written to JSON and read again is the same panel."""
    panel = interpret_panel(given_, patient, estimate_tibc=estimate)
    assert Panel.model_validate_json(panel.model_dump_json()) == panel


@settings(max_examples=60, deadline=None)
@given(panels, patients)
def test_a_panel_judges_each_result_as_alone(given_: list[LabResult], patient: Patient) -> None:
    """An interpretation in a panel is the one of `interpret`, unless its line is refused as another test."""
    for line in interpret_panel(given_, patient).lines:
        assert (line.interpretation is None) + (line.context is None) + (line.issue is None) == 2
        if line.interpretation is not None:
            assert line.interpretation == interpret(line.result, patient)


@settings(max_examples=100, deadline=None)
@given(panels, patients)
def test_an_estimate_decides_nothing(given_: list[LabResult], patient: Patient) -> None:
    """Estimating TIBC on request changes no answer that was yes or no, and makes none."""
    one = interpret_panel(given_, patient)
    two = interpret_panel(given_, patient, estimate_tibc=True)
    for before, after in zip(rules(one), rules(two), strict=True):
        certain = {"yes", "no", "not-applicable"}
        assert before.answered == after.answered or not {before.answered, after.answered} & certain, before.id


# ---------------------------------------------------------------- the patient and time


def test_the_newest_result_of_a_marker_is_the_one_that_findings_rest_on() -> None:
    """Of repeats by time of collection the newest decides, and the earlier ones stay as lines."""
    old, new = result("f", 20, date(2023, 1, 1)), result("f", 90, date(2024, 1, 1))
    panel = interpret_panel([new, old], MAN)
    answer = criterion(panel, "aasm-2025/adult-iv-only")
    assert (answer.answered, [each.value for each in answer.rests_on]) == ("yes", ["90"])
    assert len(panel.interpretations) == 2


def test_two_results_of_one_sample_that_differ_leave_a_rule_undecided() -> None:
    """Where two results cannot be told apart in time, an answer holds only if both give it."""
    panel = interpret_panel([result("f", 70), result("f", 80)], MAN)
    assert criterion(panel, "aan-2016/oral-iron").answered == "undecided"
    assert criterion(panel, "irlssg-2018/first-iv-course").answered == "yes"


def test_the_same_result_given_twice_counts_once() -> None:
    """A duplicate keeps its line and changes no answer and no derived value."""
    given_ = written("f 70 iron 60 tibc 300")
    one, two = interpret_panel(given_, MAN), interpret_panel([*given_, *given_], MAN)
    assert said(one) == said(two)
    assert one.derived == two.derived
    assert len(two.lines) == 6


def test_an_age_by_birth_date_is_counted_at_collection() -> None:
    """The day before the eighteenth birthday a person is a child, and on it an adult."""
    patient = Patient(sex="male", born=date(2006, 5, 2))
    for day, expected in ((date(2024, 5, 1), "not-applicable"), (date(2024, 5, 2), "yes")):
        panel = interpret_panel([result("f", 60, day)], patient)
        assert criterion(panel, "aan-2016/oral-iron").answered == expected


def test_a_result_from_childhood_never_meets_an_adult_criterion() -> None:
    """Law 2: a known child is never judged by adult rules, even where a later result is an adult's."""
    patient = Patient(sex="male", born=date(2000, 1, 1))
    child = result("f", 60, date(2010, 1, 1))
    later = result("d", 40, date(2024, 1, 1))
    assert criterion(interpret_panel([child], patient), "aan-2016/oral-iron").answered == "not-applicable"
    assert criterion(interpret_panel([child, later], patient), "aan-2016/oral-iron").answered not in {"yes", "no"}


def test_an_unrelated_date_never_changes_a_finding() -> None:
    """A vitamin D collected on another day changes no answer about ferritin, whoever is known by birth date."""
    patient = Patient(sex="male", born=date(2007, 1, 1))
    given_ = [result("f", 60, date(2024, 6, 1))]
    one = interpret_panel(given_, patient)
    two = interpret_panel([*given_, result("d", 40, date(2025, 6, 1))], patient)
    assert [each.answered for each in one.criteria] == [each.answered for each in two.criteria]


def test_a_context_result_with_an_impossible_date_spoils_nothing_else() -> None:
    """A CRP dated two centuries late, or before birth, is a line with an issue, and the ferritin is judged."""
    patient = Patient(sex="male", born=date(1980, 1, 1))
    ferritin = result("f", 60, date(2024, 1, 1))
    for wrong in (date(2224, 1, 1), date(1970, 1, 1)):
        panel = interpret_panel([ferritin, result("crp", 3, wrong)], patient)
        assert panel.lines[1].issue is not None
        assert criterion(panel, "aan-2016/oral-iron").answered == "yes"


def test_a_birth_date_without_a_collection_date_asks_for_that_date() -> None:
    """Where a birth date is known, what is open about the age is the date of collection."""
    panel = interpret_panel(written("f 60"), Patient(sex="male", born=date(1980, 1, 1)))
    answer = criterion(panel, "aan-2016/oral-iron")
    assert (answer.answered, answer.facts) == ("undecided", ("collection date",))


def test_facts_that_contradict_each_other_are_one_typed_error() -> None:
    """A pregnant man, an unknown set and an unknown circumstance are refused before anything is judged."""
    with pytest.raises(PatientConflictError):
        interpret_panel([], Patient(sex="male", pregnant=True))
    with pytest.raises(UnknownSetError):
        interpret_panel([], standard="no-such-set")
    with pytest.raises(UnknownSetError):
        interpret_panel([], optimal="general")
    with pytest.raises(UnknownCircumstanceError) as refusal:
        interpret_panel([], Patient(conditions=("on-the-moon",)))
    assert "dialysis" in refusal.value.mend
    assert issubclass(AgeError, LabsError)


def test_another_set_moves_places_and_no_guideline() -> None:
    """Sets of ranges choose the places; guideline criteria are not theirs to move."""
    one = interpret_panel(written("f 60 t 30 tibc 300"), MAN)
    two = interpret_panel(written("f 60 t 30 tibc 300"), MAN, standard="arup")
    assert [each.answered for each in one.criteria] == [each.answered for each in two.criteria]
    assert {each.standard.set for each in two.interpretations} == {"arup"}


# ---------------------------------------------------------------- context analytes

CONTEXT = {  # soft low, soft high, hard low, hard high, in the unit shown
    "crp": ("0", "500", "0", "2000"),
    "haemoglobin": ("4", "22", "0.5", "35"),
    "transferrin": ("50", "600", "0", "1200"),
    "uibc": ("20", "600", "0", "1200"),
    "mma": ("40", "10000", "1", "10000000"),
    "homocysteine": ("3", "100", "0.5", "2000"),
    "creatinine": ("0.2", "15", "0.02", "120"),
    "egfr": ("3", "150", "0", "1500"),
}


@pytest.mark.parametrize("name", sorted(CONTEXT))
def test_a_context_analyte_is_read_and_held_to_its_own_plausible_limits(name: str) -> None:
    """It is accepted and not judged; unusual values are said, impossible ones refused."""
    soft_low, soft_high, hard_low, hard_high = (Decimal(each) for each in CONTEXT[name])
    step = Decimal("0.001")
    cases = [
        (soft_low, None),
        (soft_high, None),
        (soft_high + step, "unusual-value"),
        (hard_high, "unusual-value"),
        (hard_high + step, "implausible-value"),
    ]
    if soft_low > hard_low:
        cases += [(soft_low - step, "unusual-value"), (hard_low, "unusual-value")]
    cases += [(hard_low - step, "implausible-value" if hard_low else "negative-value")]
    for value, code in cases:
        (line,) = interpret_panel([result(name, value)]).lines
        assert line.interpretation is None
        if code in {"implausible-value", "negative-value"}:
            assert (line.context, line.issue and line.issue.code) == (None, code)
        else:
            assert line.issue is None
            assert line.context is not None
            assert line.context.analyte == name
            assert [each.code for each in line.context.issues] == ([code] if code else [])


@pytest.mark.parametrize(
    ("marker", "value", "unit", "same"),
    [
        ("CRP", "0.51", "mg/dL", "5.1"),
        ("1988-5", "5.1", "mg/L", "5.1"),
        ("C-reactive protein (CRP)", "5.1", "mg/L", "5.1"),
    ],
)
def test_a_context_analyte_is_known_by_name_code_and_unit(marker: str, value: str, unit: str, same: str) -> None:
    """Another spelling or unit of the same CRP gives the same finding."""
    given_ = [*written("f 60"), LabResult(marker=marker, value=Decimal(value), unit=unit)]
    want = finding(interpret_panel(written(f"f 60 crp {same}"), MAN), "ferritin-masked").answered
    assert finding(interpret_panel(given_, MAN), "ferritin-masked").answered == want == "yes"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (LabResult(marker="crp", value=Decimal(5)), "missing-unit"),
        (LabResult(marker="crp", value=Decimal(5), unit="ng/mL"), "unknown-unit"),
        (LabResult(marker="crp", unit="mg/L"), "missing-value"),
        (LabResult(marker="crp", text="n/a", unit="mg/L"), "unreadable-value"),
        (LabResult(marker="ferritin", value=Decimal(5), unit="ng/mL", circumstances=("x",)), "unknown-circumstance"),
        (5, "wrong-type"),
        ({"marker": "ferritin"}, "wrong-type"),
    ],
)
def test_a_bad_result_is_a_line_with_a_coded_issue(bad: object, code: str) -> None:
    """Bad input among several results is a value, not an exception."""
    panel = interpret_panel([bad, *written("f 60")], MAN)  # type: ignore[list-item]  # a bad one
    assert panel.lines[0].issue is not None
    assert [each.code for each in panel.issues] == [code]
    assert panel.lines[0].issue.code == code
    assert criterion(panel, "aan-2016/oral-iron").answered == "yes"


def test_every_issue_of_a_panel_is_in_its_issues() -> None:
    """Refusals, remarks, and what is said of a result, of a context reading and of a derived value are all there."""
    given_ = [*written("f 9000 t 97 crp 600 d 160"), LabResult(marker="nothing")]
    codes = Counter(each.code for each in interpret_panel(given_, MAN).issues)
    assert codes == {"unusual-value": 3, "unreliable-beside-ferritin": 2, "unknown-marker": 1}
    unusual = interpret_panel(written("iron 240 tibc 250"), MAN)
    assert [each.code for each in unusual.issues] == ["unusual-value"]  # 96 %, as it would be said of a printed one


# ---------------------------------------------------------------- what is declared of samples


def test_a_declared_circumstance_of_a_sample_qualifies_its_results() -> None:
    """A note names the results that it qualifies, in both registers, with sources; others are left alone."""
    given_ = [result("iron", 200, None, "iron-within-24h", "morning"), result("f", 60)]
    notes = {each.circumstance: each for each in interpret_panel(given_, MAN).sampling}
    assert set(notes) == {"iron-within-24h", "morning"}
    note = notes["iron-within-24h"]
    assert (note.markers, note.reassures, notes["morning"].reassures) == (("iron",), False, True)
    assert note.said.clinician
    assert note.said.patient
    assert note.sources


@pytest.mark.parametrize(
    ("circumstance", "marker"),
    [
        ("morning", "iron"),
        ("not-morning", "t"),
        ("fasting", "iron"),
        ("not-fasting", "t"),
        ("iron-within-24h", "iron"),
        ("biotin-within-12h", "f"),
        ("b12-injection-within-2-weeks", "b12"),
        ("recent-iron-infusion", "f"),
        ("acute-illness", "tibc"),
    ],
)
def test_each_circumstance_is_said_of_the_markers_that_it_moves(circumstance: str, marker: str) -> None:
    """It is said of its own markers, and not of vitamin D, and changes no answer."""
    value = {"iron": 80, "t": 30, "f": 60, "b12": 300, "tibc": 300}[marker]
    panel = interpret_panel([result(marker, value, None, circumstance), result("d", 40, None, circumstance)], MAN)
    (note,) = panel.sampling
    assert (note.circumstance, note.markers) == (circumstance, (SHORT.get(marker, marker),))
    plain = interpret_panel([result(marker, value), result("d", 40)], MAN)
    assert said(panel) == said(plain)


@pytest.mark.parametrize(
    ("condition", "noted"),
    [
        ("chronic-kidney-disease", ("ferritin", "transferrin_saturation")),
        ("inflammation", ("ferritin", "transferrin_saturation")),
        ("takes-b12", ("vitamin_b12",)),
        ("dialysis", None),
        ("postmenopausal", None),
        ("takes-vitamin-d", None),
    ],
)
def test_a_declared_condition_of_the_patient_qualifies_every_sample(
    condition: str, noted: tuple[str, ...] | None
) -> None:
    """What is declared of the patient qualifies all results of its markers; bare facts say nothing here."""
    patient = Patient(sex="female", age=60, conditions=(condition,))
    notes = interpret_panel(written("f 60 t 30 b12 300 d 40"), patient).sampling
    assert [(each.circumstance, each.markers) for each in notes] == ([(condition, noted)] if noted else [])


def test_a_computed_saturation_is_qualified_by_what_qualifies_its_iron() -> None:
    """Iron swallowed before the draw moves the saturation that is computed from it as well."""
    given_ = [result("iron", 200, None, "iron-within-24h"), result("tibc", 300)]
    (note,) = interpret_panel(given_, MAN).sampling
    assert set(note.markers) == {"iron", "transferrin_saturation"}


def test_a_note_of_samples_names_the_days_on_which_it_was_declared() -> None:
    """Dated results give their days, in order, each once; what is declared of the patient is of no day."""
    hour = datetime(2024, 3, 1, 8)  # noqa: DTZ001  laboratories print local time
    days = [date(2024, 5, 1), hour, date(2024, 1, 1), date(2024, 5, 1), None]
    given_ = [result("iron", 80 + number, day, "morning") for number, day in enumerate(days)]
    (note,) = interpret_panel([*given_, result("iron", 90, date(2024, 6, 1)), result("f", 60)], MAN).sampling
    assert (note.markers, note.collected) == (("iron",), (date(2024, 1, 1), hour, date(2024, 5, 1)))
    ill = Patient(sex="male", age=40, conditions=("inflammation",))
    (note,) = interpret_panel([result("f", 60, date(2024, 5, 1))], ill).sampling
    assert (note.markers, note.collected, note.reassures) == (("ferritin",), (), False)
    assert interpret_panel([result("d", 40, date(2024, 5, 1))], ill).sampling == ()


def test_a_circumstance_without_words_for_either_reader_is_not_noted() -> None:
    """What cannot be said to a patient is said to nobody."""
    ours = builtin().rules
    for silent, notes in (({}, 1), ({"patient": None}, 0), ({"clinician": None}, 0), ({"effect": "fact"}, 0)):
        sampling = [each.model_copy(update=silent) for each in ours.sampling]
        catalog = Catalog(dataclasses.replace(ours, sampling=sampling))
        given_ = [result("iron", 80, None, "morning")]
        assert len(interpret_panel(given_, MAN, catalog=catalog).sampling) == notes


@pytest.mark.parametrize(
    ("marker", "circumstance", "hindered"),
    [("iron", "iron-within-24h", True), ("iron", "morning", False), ("d", "iron-within-24h", False)],
)
def test_a_course_is_hindered_by_what_qualifies_one_of_its_samples(
    *, marker: str, circumstance: str, hindered: bool
) -> None:
    """Only what qualifies this marker, and of one sample alone; two samples taken alike compare."""
    days = (date(2024, 1, 1), date(2024, 6, 1))
    one = interpret_panel([result(marker, 50, days[0]), result(marker, 150, days[1], circumstance)], MAN)
    two = interpret_panel([result(marker, 50 + part, day, circumstance) for part, day in enumerate(days)], MAN)
    assert ["sampling" in step.hindrances for trend in one.trends for step in trend.steps] == [hindered]
    assert ["sampling" in step.hindrances for trend in two.trends for step in trend.steps] == [False]


# ---------------------------------------------------------------- over time, and what is missing


def test_a_computed_saturation_has_a_course_where_none_is_printed() -> None:
    """Iron and TIBC of two days give a course of three; a printed saturation stands in place of the computed one."""
    days = (date(2024, 1, 1), date(2024, 6, 1))
    pairs = [result(marker, value, day) for day in days for marker, value in (("iron", 60), ("tibc", 300))]
    courses = {trend.marker: trend for trend in interpret_panel(pairs, MAN).trends}
    assert set(courses) == {"iron", "tibc", "transferrin_saturation"}
    printed = [*pairs, result("t", 21, days[0])]
    (course,) = (each for each in interpret_panel(printed, MAN).trends if each.marker == "transferrin_saturation")
    (step,) = course.steps
    assert [str(each.reading) for each in (step.earlier, step.later)] == ["21 %", "20 %"]
    estimated = [result(marker, value, day) for day in days for marker, value in (("iron", 60), ("transferrin", 250))]
    assert {each.marker for each in interpret_panel(estimated, MAN, estimate_tibc=True).trends} == {"iron"}


def test_a_computed_value_in_doubt_hinders_its_course() -> None:
    """A saturation above 100 % is shown, and compared with nothing."""
    days = (date(2024, 1, 1), date(2024, 6, 1))
    irons = ((days[0], 60), (days[1], 330))
    pairs = [result(*each) for day, iron in irons for each in (("iron", iron, day), ("tibc", 300, day))]
    (course,) = (each for each in interpret_panel(pairs, MAN).trends if each.marker == "transferrin_saturation")
    assert [step.hindrances for step in course.steps] == [("doubt",)]


def test_an_estimate_leaves_a_measured_marker_measured() -> None:
    """Beside a computed saturation an estimated one is no reason to miss it; alone it is missing still."""
    measured = [result("iron", 60), result("tibc", 300)]
    estimated = [result("iron", 60, date(2024, 2, 1)), result("transferrin", 250, date(2024, 2, 1))]
    both = interpret_panel([*measured, *estimated], MAN, estimate_tibc=True)
    assert {"iron", "tibc", "transferrin_saturation"}.isdisjoint(both.missing)
    assert "transferrin_saturation" in interpret_panel(estimated, MAN, estimate_tibc=True).missing


def test_a_marker_that_was_given_and_refused_is_missing_and_said_to_be_refused() -> None:
    """Not in the panel at all, and in it unreadably, are told apart; a marker that was read is not missing."""
    given_ = [result("f", 60), LabResult(marker="vitamin B12", text="n/a", unit="pg/mL"), LabResult(marker="nothing")]
    lack = finding(interpret_panel(given_, MAN), "incomplete-panel")
    assert set(lack.missing) == set(builtin().markers) - {"ferritin"}
    assert lack.said.clinician.count("(given, and refused)") == 1
    assert "Vitamin B12 (given, and refused)" in lack.said.clinician


# ---------------------------------------------------------------- NHANES


class Person(NamedTuple):
    """A person of the NHANES file."""

    patient: Patient
    group: str
    results: list[LabResult]
    published: Decimal | None


COLUMNS = {
    "ferritin": ("ferritin_ng_ml", "ng/mL"),
    "iron": ("iron_ug_dl", "ug/dL"),
    "tibc": ("tibc_ug_dl", "ug/dL"),
    "vitamin_b12": ("b12_pg_ml", "pg/mL"),
    "vitamin_d": ("vitd_25oh_nmol_l", "nmol/L"),
}


def people() -> Iterator[Person]:
    """Every person of the file, with what was measured."""
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pregnant = False if row["sex"] == "M" else {"1": True, "2": False}.get(row["pregnancy_code"])
            age = f"{row['age_months']} mo" if row["age_months"] else row["age_years"]
            patient = Patient.model_validate({"sex": row["sex"], "age": age, "pregnant": pregnant})
            given_ = [
                LabResult(marker=marker, value=Decimal(row[column]), unit=unit)
                for marker, (column, unit) in COLUMNS.items()
                if row[column]
            ]
            years = int(row["age_years"])
            band = "0-11" if years < 12 else "12-17" if years < 18 else "18-49" if years < 50 else "50 and over"
            yield Person(patient, f"{row['sex']} {band}", given_, Decimal(row["tsat_pct"]) if row["tsat_pct"] else None)


needs_nhanes = pytest.mark.skipif(not FILE.exists(), reason="the NHANES file is not beside this checkout")


@pytest.mark.unwatched
@needs_nhanes
def test_a_computed_saturation_is_the_published_one_of_every_person(capsys: pytest.CaptureFixture[str]) -> None:
    """100 x iron / TIBC agrees with the published saturation within its rounding; exceptions are counted and shown."""
    compared, exceptions = 0, []
    for person in people():
        pair = [each for each in person.results if each.marker in {"iron", "tibc"}]
        if person.published is None or len(pair) != 2:
            continue
        compared += 1
        reader = LineReader(builtin(), person.patient, None, None, strict=False)
        (derived,) = review([reader.line(each) for each in pair], reader, estimate_tibc=False).derived
        value = derived.computed.result.value
        assert value is not None
        if abs(value - person.published) > Decimal("0.05"):
            exceptions.append((pair[0].value, pair[1].value, person.published, value))
    with capsys.disabled():
        sys.stdout.write(f"\nNHANES: {compared} saturations computed, {len(exceptions)} not within rounding\n")
        for iron, tibc, published, value in exceptions:
            sys.stdout.write(f"  iron {iron} TIBC {tibc}: published {published}, computed {value}\n")
    assert compared == 2904
    assert len(exceptions) <= 5


@pytest.mark.unwatched
@needs_nhanes
def test_every_person_has_a_whole_panel(capsys: pytest.CaptureFixture[str]) -> None:
    """No error and nothing lost: each result has its line, each rule an answer; findings are counted by sex and age."""
    found: Counter[tuple[str, str]] = Counter()
    persons: Counter[str] = Counter()
    every = [each.id for each in interpret_panel([]).findings]
    for person in people():
        panel = interpret_panel(person.results, person.patient)
        assert [line.result for line in panel.lines] == person.results
        assert all(line.interpretation is not None for line in panel.lines)
        assert {"ferritin", "iron", "tibc"} - set(panel.missing) == {
            each.marker for each in person.results if each.marker in {"ferritin", "iron", "tibc"}
        }
        assert [each.id for each in panel.findings] == every
        persons[person.group] += 1
        found.update((each.id, person.group) for each in patterns(panel) if each.answered == "yes")
        found["(a finding is undecided)", person.group] += _undecided(panel)
    groups = sorted(persons)
    rows = [("", *groups), ("persons", *(str(persons[group]) for group in groups))]
    names = sorted({name for name, _ in found})
    rows += [(name, *(str(found[name, group]) for group in groups)) for name in names]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    with capsys.disabled():
        sys.stdout.write(f"\nNHANES: {persons.total()} persons, findings by sex and age in years\n")
        for row in rows:
            sys.stdout.write("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "\n")
    assert persons.total() == 8301
    assert found["absolute-iron-deficiency", "F 18-49"] > found["absolute-iron-deficiency", "M 18-49"]


def _undecided(panel: Panel) -> bool:
    return any(each.answered == "undecided" for each in patterns(panel))


@pytest.mark.parametrize("given_", [LabResult(marker="ferritin", value=Decimal(38), unit="ng/mL"), "ferritin", {}])
def test_what_is_no_list_of_results_is_refused(given_: object) -> None:
    """One result, a text or a mapping would be taken apart in silence."""
    with pytest.raises(WrongTypeError):
        interpret_panel(given_)  # type: ignore[arg-type]  # what is refused


def test_one_age_for_collections_years_apart_is_an_assumption() -> None:
    """A person of 17 at one collection is not 17 at another fourteen years later; a birth date settles it."""
    apart = [result("ferritin", "60", date(2010, 6, 1)), result("ferritin", "60", date(2024, 9, 1))]
    assert "one-age" in interpret_panel(apart, Patient(sex="female", age=17)).assumptions
    assert "one-age" not in interpret_panel(apart, Patient(sex="female", born=date(1995, 1, 1))).assumptions
    assert "one-age" not in interpret_panel(apart[:1], Patient(sex="female", age=17)).assumptions
    for days, assumed in ((364, False), (365, True)):
        moved = [result("ferritin", "60", date(2023, 1, 1)), result("crp", "1", date(2023, 1, 1) + timedelta(days))]
        assert ("one-age" in interpret_panel(moved, Patient(sex="female", age=17)).assumptions) is assumed
    assert "one-age" not in interpret_panel(apart, Patient(sex="female")).assumptions


def test_what_is_assumed_of_a_girl_is_what_is_open_on_the_day_of_her_sample() -> None:
    """A CRP taken at five assumes nothing of a pregnancy, though she is a woman by now; one without a day does."""
    girl = Patient(sex="female", born=date(2000, 1, 1))
    assert interpret_panel([result("crp", 3, date(2005, 6, 1))], girl).assumptions == ()
    assert interpret_panel([result("crp", 3)], girl).assumptions == ("not-pregnant",)
    assert interpret_panel([result("crp", 3)], girl, strict=True).assumptions == ()


# ---------------------------------------------------------------- what a panel hands on


def hindered(*results: LabResult) -> dict[str, tuple[str, ...]]:
    """Why the steps of each marker are not compared."""
    return {each.marker: each.steps[0].hindrances for each in interpret_panel(results, MAN).trends}


def test_a_change_hears_of_what_the_other_results_and_the_sample_say() -> None:
    """A printed saturation beside a ferritin of 1,500 is doubted; a computed one bears what was said of its iron."""
    first, second = date(2024, 1, 1), date(2024, 1, 20)
    pair = [result("iron", 90, first), result("tibc", 300, first), result("tibc", 300, second)]
    assert hindered(*pair, result("iron", 95, second))["transferrin_saturation"] == ()
    assert hindered(*pair, result("iron", 95, second, "not-morning"))["transferrin_saturation"] == ("sampling",)
    printed = [result("t", 30, first), result("t", 60, second), result("ferritin", 1500, second)]
    assert hindered(*printed)["transferrin_saturation"] == ("doubt",)


def test_an_estimate_is_made_on_request_alone() -> None:
    """Who does not ask for it gets none."""
    assert interpret_panel([], MAN).asked.estimate_tibc is False


def test_a_patient_who_is_none_is_refused() -> None:
    """So is one result in the place of a list of them."""
    for results, patient in (([], "female"), (result("ferritin", 38), MAN)):
        with pytest.raises(WrongTypeError):
            interpret_panel(results, patient)  # type: ignore[arg-type]  # that is what is refused


def test_every_line_is_placed_in_the_optimal_set_that_was_asked_for(tmp_path: Path) -> None:
    """Also where a clinic has two."""
    (tmp_path / "sets.toml").write_text(
        '[my-aim]\nkind = "optimal"\nname = "aim of my clinic"\nnote = "As agreed among us."\n', encoding="utf-8"
    )
    (tmp_path / "sources.toml").write_text(
        '[my-manual]\ntitle = "Manual"\npublisher = "My clinic"\nyear = 2025\nevidence = "seen"\n'
        "retrieved = 2026-01-31\n",
        encoding="utf-8",
    )
    (tmp_path / "ferritin.toml").write_text(
        'id = "ferritin"\n[[range]]\nkind = "optimal"\nsets = ["my-aim"]\napplies_to = { age = ">=18 a" }\n'
        'unit = "ng/mL"\n'
        'low = { value = 100, source = "my-manual", locator = "page 3" }\nreviewed = 2026-01-31\n',
        encoding="utf-8",
    )
    catalog = Catalog.load(tmp_path)
    for name, position in ((None, "within"), ("my-aim", "below")):
        (line,) = interpret_panel([result("ferritin", 90)], MAN, optimal=name, catalog=catalog).lines
        assert line.interpretation is not None
        assert line.interpretation.optimal.position == position


def test_a_printed_range_that_is_open_makes_no_pattern_and_hides_none() -> None:
    """A TIBC of 500 is no low one because the laboratory prints `> 250`: a rule that asks for a place hears the set."""
    found: list[tuple[object, ...]] = []
    for printed in (None, ">250"):
        tibc = {"marker": "tibc", "value": 500, "unit": "ug/dL", "range": printed}
        given_ = [result("ferritin", 150), result("transferrin_saturation", 15), LabResult.model_validate(tibc)]
        panel = interpret_panel(given_, Patient(sex="male", age=40))
        found.append(tuple((each.id, each.answered, each.supports) for each in panel.findings))
        assert {each.id: each.answered for each in panel.findings}["inflammation-pattern"] == "no"
    assert found[0] == found[1]
