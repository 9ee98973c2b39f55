"""Who a patient could be, and which ranges that leaves: unknown sex, age or pregnancy leave several."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.errors import AgeError, PatientConflictError
from rlslabs.facts import Population, Position
from rlslabs.limits import Applied, Cut, table
from rlslabs.model import Assumption, Fact, Limit, Reading
from rlslabs.population import (
    ADULT,
    EVERY_AGE,
    TICKS,
    Sex,
    Span,
    age_between,
    age_by_now,
    age_span,
    agrees,
    is_possible,
)
from rlslabs.reported import Patient

YOUNGEST_MOTHER = 10 * TICKS["a"]
"""Below this age an answer does not speak of pregnancy. A choice of this package, not a clinical limit.
"""


class Who(NamedTuple):
    """Every person the patient could be: each sex, each age of the span, pregnant or not.

    `adult_assumed` says that the age is unknown and any adult band will do.
    """

    sexes: tuple[Sex, ...]
    ages: Span
    pregnant: tuple[bool, ...]
    adult_assumed: bool


class Candidate(NamedTuple):
    """A range that applies if the patient is of this sex and, or not, pregnant; or the lack of any."""

    sex: Sex
    pregnant: bool
    applied: Applied | None


class Cohort(NamedTuple):
    """The candidates of a set, each range once, and whether somebody the patient could be has none.

    `known` says whether the set has any range for the marker.
    """

    candidates: tuple[Candidate, ...]
    applied: tuple[Applied, ...]
    limits: tuple[Limit, ...]
    lacking: bool
    known: bool
    person: Who


def who(patient: Patient, collected: date | None, *, strict: bool) -> tuple[Who, tuple[Assumption, ...]]:
    """Who the patient could be, and what was assumed: an adult, who is not pregnant, unless `strict`.

    A birth date without a date of collection leaves every age open that the patient can have had by now.

    Raises:
        AgeError: The dates contradict each other or the age.
        PatientConflictError: A man is said to be pregnant.
    """
    ages = _ages(patient, collected, strict=strict)
    assumed: list[Assumption] = [] if ages is not None else ["adult"]
    ages = ADULT if ages is None else ages
    sexes: tuple[Sex, ...] = ("female", "male") if patient.sex is None else (patient.sex,)
    pregnant: tuple[bool, ...] = (False,)
    if patient.pregnant:
        if patient.sex == "male":
            happened = "The patient is male and pregnant"
            raise PatientConflictError(happened, "correct one of the two facts")
        sexes, pregnant = ("female",), (True,)
    elif patient.pregnant is None and "female" in sexes and ages.end > YOUNGEST_MOTHER:
        if strict:
            pregnant = (False, True)
        else:
            assumed.append("not-pregnant")
    return Who(sexes, ages, pregnant, "adult" in assumed), tuple(assumed)


def _ages(patient: Patient, collected: date | None, *, strict: bool) -> Span | None:
    """Every age that the facts leave open, or `None` where an adult is to be assumed."""
    if patient.born is not None and collected is not None:
        if patient.age is not None and not agrees(patient.age, patient.born, collected):
            happened = f"The age {patient.age} contradicts the birth date at collection"
            raise AgeError(happened, "give the one that is right", str(patient.age))
        return age_between(patient.born, collected)
    if patient.age is not None:
        if patient.born is not None and not is_possible(patient.age, patient.born):
            happened = f"By the birth date the patient cannot have been {patient.age} at any collection so far"
            raise AgeError(happened, "give the one that is right", str(patient.age))
        return age_span(patient.age)
    if patient.born is not None:
        return age_by_now(patient.born)
    return EVERY_AGE if strict else None


@lru_cache(maxsize=8192)
def cohort(catalog: Catalog, marker_id: str, unit: str, set_id: str, person: Who) -> Cohort:
    """The ranges of a set that could apply; where somebody the patient could be has none, that lack is among them."""
    ranges = table(catalog, marker_id, unit).sets[set_id]
    found: list[Candidate] = []
    for sex in person.sexes:
        for pregnant in person.pregnant:
            if pregnant and sex == "male":
                continue
            ages = person.ages
            if pregnant and ages.end > YOUNGEST_MOTHER:
                ages = Span(max(ages.start, YOUNGEST_MOTHER), ages.end)
            bands = [each for each in ranges if _includes(each.population, sex, ages, pregnant=pregnant)]
            found += [Candidate(sex, pregnant, each) for each in bands]
            if not (bands if person.adult_assumed else _cover(bands, ages)):
                found.append(Candidate(sex, pregnant, None))
    applied = tuple({id(each.applied): each.applied for each in found if each.applied}.values())
    lacking = any(each.applied is None for each in found)
    return Cohort(tuple(found), applied, tuple(each.limit for each in applied), lacking, bool(ranges), person)


def _includes(population: Population, sex: Sex, ages: Span, *, pregnant: bool) -> bool:
    return (
        population.pregnant == pregnant
        and population.sex in {None, sex}
        and population.ages.start < ages.end
        and ages.start < population.ages.end
    )


def _cover(bands: Iterable[Applied], ages: Span) -> bool:
    """Whether somebody of every age of the span has a range."""
    reached = ages.start
    for start, end in sorted(each.population.ages for each in bands):
        if start > reached:
            break
        reached = max(reached, end)
    return reached >= ages.end


def settled_by(who: Cohort, reading: Reading, patient: Patient) -> tuple[Fact, ...]:
    """The facts that would settle a place: each that changes what is possible for somebody, all others being equal.

    With a birth date the age is open only where there is no date of collection.
    """
    cells = _cells(who, reading)
    facts: list[Fact] = []
    if _differ(cells, _SEX):
        facts.append("sex")
    if _differ(cells, _AGES):
        facts.append("age" if patient.born is None else "collection date")
    if _differ(cells, _PREGNANT):
        facts.append("pregnancy")
    if any(len(possible) > 1 for possible, *_ in cells.values()):
        facts.append("exact value")
    return tuple(facts)


_SEX, _PREGNANT, _AGES = range(3)
Cell = tuple[Sex, bool, Span]
Outcome = tuple[tuple[Position, ...], Decimal | None, Decimal | None]


def _cells(who: Cohort, reading: Reading) -> dict[Cell, Outcome]:
    """What is possible for each sex, pregnancy and stretch of ages between the edges of all bands."""
    person = who.person
    bands = [each.applied.population.ages for each in who.candidates if each.applied]
    edges = {min(max(edge, person.ages.start), person.ages.end) for band in bands for edge in band}
    stretches = [Span(*pair) for pair in pairwise(sorted({*person.ages, *edges}))]
    cells: dict[Cell, Outcome] = {}
    for each in who.candidates:
        for ages in stretches:
            cell = (each.sex, each.pregnant, ages)
            if each.applied is None:
                cells.setdefault(cell, (("no-range",), None, None))
            elif each.applied.population.ages.start <= ages.start < each.applied.population.ages.end:
                cells[cell] = _outcome(each.applied.cut, reading)
    return cells


def _outcome(cut: Cut, reading: Reading) -> Outcome:
    """The positions, and the limits that part the values of an interval."""
    possible = cut.positions(reading)
    if len(possible) == 1:
        return possible, None, None
    return possible, cut.low if "below" in possible else None, cut.high if "above" in possible else None


def _differ(cells: dict[Cell, Outcome], fact: int) -> bool:
    """Whether outcomes differ between cells that are alike but for one fact."""
    seen: dict[tuple[object, ...], set[Outcome]] = {}
    for cell, outcome in cells.items():
        seen.setdefault((*cell[:fact], *cell[fact + 1 :]), set()).add(outcome)
    return any(len(outcomes) > 1 for outcomes in seen.values())
