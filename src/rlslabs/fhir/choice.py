"""Which of the ranges that the laboratory printed is meant for a patient, as far as the facts tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rlslabs.cohort import Who, who
from rlslabs.errors import shown
from rlslabs.fhir.observed import OwnRange
from rlslabs.fhir.ownranges import is_usable, notice
from rlslabs.fhir.person import Case
from rlslabs.model import Fact, Issue
from rlslabs.population import TICKS, Sex
from rlslabs.printed import ANYBODY

_OLD = 99
"""Completed years that a band must reach to be for every adult. A choice of this package."""


class Choice(NamedTuple):
    """The printed ranges that could apply, `None` for none of them; what would settle which; what is to be said."""

    ranges: tuple[OwnRange | None, ...]
    facts: tuple[Fact, ...] = ()
    notices: tuple[Issue, ...] = ()


def choose(ranges: tuple[OwnRange, ...], case: Case) -> Choice:
    """The printed ranges that are meant for a person; the one that says most of whom it is for goes first.

    Raises:
        PatientError: The facts about the patient contradict each other.
    """
    usable = [each for each in ranges if is_usable(each)]
    said = [each.issue for each in ranges if each.issue is not None]
    other = sorted({each.kind for each in ranges if each.issue is None and each.kind != "normal"})
    if other:
        message = f"A printed range is {' and '.join(map(shown, other))}, not normal, and was not used as the standard"
        said.append(notice("range-passed-over", message, ", ".join(other)))
    if not usable:
        return Choice((None,), (), tuple(said))
    if len(usable) == 1 and usable[0].population is ANYBODY and not usable[0].doubtful:
        return Choice((usable[0],), (), tuple(said))
    person, _ = who(case.patient, case.collected, strict=case.strict)
    cells = [
        (sex, pregnant) for sex in person.sexes for pregnant in person.pregnant if not (pregnant and sex == "male")
    ]
    picked = [_picked(usable, sex, person, pregnant=pregnant) for sex, pregnant in cells]
    chosen: list[OwnRange | None] = []
    for each in (each for cell in picked for each in cell):
        if not any(_same(each, other) for other in chosen):
            chosen.append(each)
    doubtful = [each for each in chosen if each is not None and each.doubtful]
    if doubtful:
        words = str(doubtful[0].words)
        message = f"The printed range is called {shown(words)}, which is not known here: it may be none to be judged by"
        said.append(notice("range-text-unclear", message, words))
        chosen += [] if None in chosen else [None]
    facts: list[Fact] = ["sex"] if len(person.sexes) > 1 and len({*map(tuple, map(_ids, picked))}) > 1 else []
    if any(each is not None and each.population and each.population.age for each in chosen):
        facts.append("age")
    if len(person.pregnant) > 1:
        facts.append("pregnancy")
    if chosen == [None]:
        message = "The printed ranges are for other people. The standard set is used in their place"
        said.append(notice("range-for-others", message))
    settled: tuple[Fact, ...] = tuple(facts) or ("population of the printed range",)
    return Choice(tuple(chosen), settled if len(chosen) > 1 else (), tuple(said))


def _ids(ranges: Sequence[OwnRange | None]) -> list[int]:
    return [id(each) for each in ranges]


def _same(one: OwnRange | None, two: OwnRange | None) -> bool:
    """Whether two ranges say the same, for whomever."""
    if one is None or two is None:
        return one is two
    return (one.low, one.high, one.unit, one.text) == (two.low, two.high, two.unit, two.text)


def _picked(usable: list[OwnRange], sex: Sex, person: Who, *, pregnant: bool) -> Sequence[OwnRange | None]:
    """The ranges for somebody of this sex: those that say most of whom they are for; `None` where one is lacking."""
    fitting: dict[int, list[OwnRange]] = {}
    for each in usable:
        population = each.population or ANYBODY
        start, end = population.ages
        outside = person.ages.end <= start or end <= person.ages.start
        if outside or population.sex not in {None, sex} or (population.pregnant and not pregnant):
            continue
        if each.unpregnant and pregnant:
            continue
        detail = sum((population.sex is not None, population.age is not None, population.pregnant or each.unpregnant))
        fitting.setdefault(detail, []).append(each)
    if not fitting:
        return [None]
    found: list[OwnRange] = []
    for detail in sorted(fitting, reverse=True):
        found += fitting[detail]
        if _covers(found, person):
            return found
    return [*found, None]


def _covers(ranges: list[OwnRange], person: Who) -> bool:
    """Whether somebody of every age that the patient could have has a range."""
    reached = person.ages.start
    for start, end in sorted((each.population or ANYBODY).ages for each in ranges):
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= ((_OLD + 1) * TICKS["a"] if person.adult_assumed else person.ages.end)
