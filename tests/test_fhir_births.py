"""Births that are known to the month or year: a panel says what every day of birth agrees on, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from rlslabs import LabResult, Patient, fhir, interpret_panel
from rlslabs.answers import CriterionAnswer, Finding, Panel
from rlslabs.fhir.births import joined
from rlslabs.population import Sex
from tests.test_cds_hooks import observation

Json = dict[str, Any]

LOINC = "http://loinc.org"
PREGNANT = {"coding": [{"system": LOINC, "code": "LA15173-0"}]}


def person(born: str, gender: str = "female", **fields: object) -> Json:
    """A patient born then."""
    return {"resourceType": "Patient", "id": "p", "gender": gender, "birthDate": born, **fields}


def panel_of(*resources: Json, **options: Any) -> Panel:  # noqa: ANN401  the options of panels
    """The one panel of the resources."""
    (found,) = fhir.panels(list(resources), **options)
    assert found.issue is None
    assert found.panel is not None
    return found.panel


def answers(panel: Panel) -> dict[str, str]:
    """How every rule is answered."""
    rules: list[Finding | CriterionAnswer] = [*panel.criteria, *panel.findings]
    return {each.name: each.answered for each in rules}


def met(panel: Panel) -> set[str]:
    """The rules that are met."""
    return {name for name, answered in answers(panel).items() if answered == "yes"}


RESULTS = {"ferritin": ("2276-4", "ng/mL"), "iron": ("2498-4", "ug/dL"), "tibc": ("2500-7", "ug/dL")}
SERIES: Sequence[tuple[str, int, str]] = (
    ("ferritin", 200, "2021-07-02"),
    ("ferritin", 14, "2024-05-01"),
    ("iron", 60, "2024-05-01"),
    ("tibc", 340, "2024-05-01"),
)


@pytest.mark.parametrize("year", [1944, 1973, 1980, 2005, 2006, 2007, 2008, 2016, 2018, 2019, 2020])
@pytest.mark.parametrize("sex", ["female", "male"])
@pytest.mark.parametrize("count", [2, 4])
def test_a_birth_to_the_year_is_answered_as_all_its_days_are(year: int, sex: Sex, count: int) -> None:
    """What every day of the year answers alike is the answer, and what parts is undecided; results as by themselves."""
    series = SERIES[:count]
    given = [
        LabResult(marker=name, value=Decimal(value), unit=RESULTS[name][1], collected=date.fromisoformat(day))
        for name, value, day in series
    ]
    days = [date(year, 1, 1) + timedelta(days=each) for each in range(0, 365, 4)]
    every = [answers(interpret_panel(given, Patient(sex=sex, born=day))) for day in days]
    sent = [
        observation(*(RESULTS[name][0], value, RESULTS[name][1]), effectiveDateTime=day) for name, value, day in series
    ]
    found = panel_of(person(str(year), sex), *sent)
    assert (found.patient.age, found.patient.born) == (None, None)
    for name, answered in answers(found).items():
        alike = {each[name] for each in every}
        unmet = alike == {"no", "not-applicable"}  # it is not met either way
        expected = alike if len(alike) == 1 else {"no"} if unmet else {"undecided", "missing"}
        assert answered in expected
    judged = fhir.judge([person(str(year), sex), *sent])
    assert found.interpretations == tuple(each.interpretation for each in judged)
    told = {each.interpretation.status for each in found.derived if each.interpretation is not None}
    assert len(told) == (count == 4)


def test_a_report_of_an_adult_born_in_a_year_speaks_of_no_child() -> None:
    """It is the same that it is for a birth to the day, but for what that alone tells."""
    for born in ("1970", "1970-05", "1970-01-01"):
        told = fhir.report([person(born, "male"), observation(value=15)])["conclusion"]
        assert "undecided" not in told
        assert "AASM 2025: iron considered, adult: " in told


def test_an_age_that_a_rule_hangs_on_is_open() -> None:
    """Of 17 or 18 years, which of two criteria it is; what holds at every age is met all the same."""
    found = panel_of(person("2006"), observation(value=14))
    told = answers(found)
    assert {told[f"AASM 2025: iron considered, {who}"] for who in ("child", "adult")} == {"undecided"}
    assert "absolute iron deficiency" in met(found)


def test_results_before_and_after_a_birthday_are_read_together() -> None:
    """A birth in March: what was taken in February and in April is of one birth, as it is where its day is known."""
    for born in ("1970-03", "1970", "1970-03-09"):
        results = [observation(value=350, effectiveDateTime="2024-02-01"), observation("2502-3", 55, "%")]
        assert {"raised ferritin with raised transferrin saturation"} <= met(panel_of(person(born), *results))
    same = panel_of(person("1970-03"), observation(value=14))
    assert same.patient.age == 54


@pytest.mark.parametrize(("born", "child"), [("2018", True), ("2018-11", True), ("1990", False)])
def test_results_that_are_dated_to_the_month_alone_are_read_by_every_age(born: str, child: bool) -> None:  # noqa: FBT001
    """Neither the birth nor the collection has a day."""
    found = panel_of(person(born), *(observation(value=value, effectiveDateTime="2024-05") for value in (14, 15)))
    assert ("AASM 2025: iron considered, child" in met(found)) == child
    assert ("AASM 2025: iron considered, adult" in met(found)) == (not child)


def test_a_birth_in_a_leap_year_is_met_on_its_last_day() -> None:
    """A collection on 29 February counts years as the calendar does."""
    results = [observation(value=14, effectiveDateTime=day) for day in ("2024-02-29", "2023-02-28")]
    assert "AASM 2025: iron considered, child" in met(panel_of(person("2008-02"), *results))
    for day, told in (("2024-02-29", "yes"), ("2024-02-15", "undecided")):
        found = panel_of(person("2006-02"), observation(value=14, effectiveDateTime=day))
        assert answers(found)["AASM 2025: iron considered, adult"] == told


def test_copies_of_a_patient_are_asked_each() -> None:
    """Two days of birth that part by no rule give its answer; those that part, or are not told alike, leave it open."""
    for others, told in ((("1980-01-01",), "yes"), (("2019-01-01",), "undecided"), (("1990",), "undecided")):
        copies = [{**person(born), "active": True} for born in ("1970-01-01", *others)]
        found = panel_of(*copies, observation(value=14))
        assert answers(found)["AASM 2025: iron considered, adult"] == told
    unborn = {key: part for key, part in person("1970").items() if key != "birthDate"}
    found = panel_of(person("1970"), unborn, observation(value=14))
    assert answers(found)["AASM 2025: iron considered, adult"] == "undecided"
    apart = panel_of(person("1950"), person("1970"), observation(value=14))
    assert answers(apart)["AASM 2025: iron considered, adult"] == "undecided"


def test_an_age_that_was_given_with_the_call_stays() -> None:
    """Whatever the results are dated to."""
    found = panel_of(
        observation(value=14), observation(effectiveDateTime="2024-04"), patient=Patient(sex="female", age=40)
    )
    assert found.patient.age == 40


def test_an_open_pregnancy_is_open_beside_an_open_birth() -> None:
    """Nothing is assumed of it, and the age is heard."""
    stated = observation("82810-3", valueQuantity=None, valueCodeableConcept=PREGNANT, effectiveDateTime="2024-03")
    told = answers(panel_of(person("1990"), stated, observation(value=14)))
    assert told["AASM 2025: iron considered, adult"] == "undecided"
    assert told["AASM 2025: iron considered, child"] == "not-applicable"


def test_a_value_that_was_computed_has_no_birth_of_its_own() -> None:
    """It is judged by every age, and one that was refused stays refused."""
    iron, tibc = observation("2498-4", 60, "ug/dL"), observation("2500-7", 300, "ug/dL")
    found = panel_of(person("1980"), iron, tibc)
    (computed,) = found.derived
    assert computed.interpretation is not None
    assert computed.interpretation.patient == found.patient == Patient(sex="female")
    assert computed.interpretation.standard.position == "within"
    refused = found.model_copy(update={"derived": (computed.model_copy(update={"interpretation": None}),)})
    assert joined([refused, refused], found.patient, lambda: refused).derived == refused.derived
