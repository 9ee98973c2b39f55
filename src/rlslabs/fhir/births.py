"""The people that an open birth leaves of one patient, and the one panel that all of them agree on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from rlslabs.answers import CriterionAnswer, Derived, Finding, Panel
from rlslabs.chart import day_of
from rlslabs.fhir.judging import as_one
from rlslabs.fhir.observed import Observed
from rlslabs.model import Fact
from rlslabs.reported import Patient

_AGE: tuple[Fact, ...] = ("age",)
_RULES = ("criteria", "findings")
_GATHERED = {"rests_on", "missing", "wants", "facts"}
_SHARED = {"supports", "against"}
_ANSWERS = (*_RULES, "trends", "missing", "wants_most")


def possible(person: Patient, observed: Sequence[Observed]) -> list[Patient]:
    """The people who a patient of open age could be, by the cases of the results; nobody where they cannot be listed.

    Of a birth that is known to the month or year the first and the last day that it can have been are enough: by them
    every age at every collection is met.
    """
    cases = [case.patient for each in observed for case in each.cases]
    told = dict.fromkeys((case.age, case.born) for case in cases)
    if len(told) <= 1 or all(age is None and born is not None for age, born in told):
        return [_with(person, age=age, born=born) for age, born in told] or [person]
    spans = [_ages(each) for each in observed]
    days = [each.cases[0].result.collected for each in observed]
    if any(span is None for span in spans):
        return []
    ages = [span for span in spans if span is not None]
    dated = [day_of(moment) for moment in days if moment is not None]
    if not dated:
        every = sorted({age for lowest, highest in ages for age in range(lowest, highest + 1)})
        return [_with(person, age=age) for age in every]
    if len(dated) < len(days) or any(highest - lowest > 1 for lowest, highest in ages):
        return []
    pairs = list(zip(dated, ages, strict=True))
    first = max(_years_before(day, highest + 1) for day, (_, highest) in pairs) + timedelta(days=1)
    last = min(_years_before(day, lowest) for day, (lowest, _) in pairs)
    return [_with(person, born=born) for born in (first, last)] if first <= last else []


def _with(person: Patient, *, age: int | str | None = None, born: date | None = None) -> Patient:
    return person.model_copy(update={"age": age, "born": born})


def _ages(observed: Observed) -> tuple[int, int] | None:
    """The lowest and the highest age in completed years, where every case has one."""
    ages = [case.patient.age for case in observed.cases]
    years = [age for age in ages if isinstance(age, int)]
    return (min(years), max(years)) if len(years) == len(ages) else None


def _years_before(day: date, years: int) -> date:
    """The last day of birth of those who are as many years old on a day."""
    year = day.year - years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def joined(panels: Sequence[Panel], person: Patient, unknown: Callable[[], Panel]) -> Panel:
    """What the panels of everybody that a patient could be say in common; `person` is what is known of the patient.

    A rule that they answer alike has that answer; another is answered as for an `unknown` age.
    """
    told: dict[str, object] = {name: getattr(panels[0], name) for name in Panel.model_fields}
    if not all(_alike([getattr(each, name) for each in panels]) for name in _ANSWERS):
        told |= _answers(panels, unknown())
    told["patient"] = person
    told["assumptions"] = tuple(dict.fromkeys(each for panel in panels for each in panel.assumptions))
    told["derived"] = tuple(_derived(every) for every in zip(*(each.derived for each in panels), strict=True))
    return Panel.trusted(told)


def _answers(panels: Sequence[Panel], unknown: Panel) -> dict[str, object]:
    """Each answer of the panels that is the same in all of them, and the unknown's in the place of the others."""
    told: dict[str, object] = {}
    for name in _ANSWERS:
        every, open_ = [getattr(each, name) for each in panels], getattr(unknown, name)
        if name in _RULES:
            several = zip(zip(*every, strict=True), open_, strict=True)
            told[name] = tuple(_rule(asked, other) for asked, other in several)
        else:
            told[name] = every[0] if _alike(every) else open_
    return told


def _rule(every: Sequence[Finding | CriterionAnswer], unknown: Finding | CriterionAnswer) -> Finding | CriterionAnswer:
    """A rule that is answered alike, with all that it rests on and what everybody is told of it; or the unknown's."""
    first = every[0]
    if any(each.answered != first.answered for each in every):
        return unknown
    told: dict[str, object] = {}
    for name in first.__dict__.keys() & _GATHERED:
        told[name] = tuple(dict.fromkeys(one for each in every for one in getattr(each, name)))
    for name in first.__dict__.keys() & _SHARED:
        told[name] = tuple(one for one in getattr(first, name) if all(one in getattr(each, name) for each in every))
    return first.model_copy(update=told)


def _alike(every: Sequence[object]) -> bool:
    return all(each == every[0] for each in every)


def _derived(every: Sequence[Derived]) -> Derived:
    """A computed value, judged as everybody agrees."""
    answers = [each.interpretation for each in every if each.interpretation is not None]
    return every[0].model_copy(update={"interpretation": as_one(answers, [], _AGE)}) if answers else every[0]
