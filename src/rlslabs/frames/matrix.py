"""Conditions of rules, answered for many people at once: yes, no or open, as `evaluate` and `panel` answer for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rlslabs.catalog import Catalog
from rlslabs.cohort import Who
from rlslabs.frames.verdict import POSITIONS
from rlslabs.limits import convert
from rlslabs.population import Sex, band_span
from rlslabs.rules import Condition, Criterion, Pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANSWERS = ("yes", "no", "undecided", "missing", "not-applicable")
YES, NO, OPEN = 1, 0, -1
_DECIDED = len(("below", "within", "above"))


class Measured(NamedTuple):
    """The exact readings of one analyte in one unit: who has one, its standard place, and what is in doubt."""

    unit: str
    value: NDArray[np.float64]
    present: NDArray[np.bool_]
    standard: NDArray[np.int8]
    doubt: NDArray[np.bool_]


class People(NamedTuple):
    """Who each person could be: of which sex, from and up to which age, pregnant or not."""

    female: NDArray[np.bool_]
    male: NDArray[np.bool_]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    surely_pregnant: NDArray[np.bool_]
    maybe_pregnant: NDArray[np.bool_]

    @classmethod
    def of(cls, persons: Sequence[Who], codes: NDArray[Any]) -> People:
        """The people of whom these are the kinds, a code each."""
        facts = [
            [
                "female" in each.sexes,
                "male" in each.sexes,
                each.ages.start,
                each.ages.end,
                each.pregnant == (True,),
                True in each.pregnant,
            ]
            for each in persons
        ]
        table = np.array(facts, np.int64).reshape(-1, 6)[codes].T
        return cls(table[0] > 0, table[1] > 0, table[2], table[3], table[4] > 0, table[5] > 0)

    def at(self, other: People, where: NDArray[np.bool_]) -> People:
        """These people where `where`, else the others."""
        return People(*(np.where(where, mine, theirs) for mine, theirs in zip(self, other, strict=True)))


class Truth(NamedTuple):
    """Whether a condition holds for each person (1, 0, or -1 for open), and for what it waits.

    `missing` says that a reading is not there, `vague` that one is there and does not tell.
    """

    holds: NDArray[np.int8]
    missing: NDArray[np.bool_]
    vague: NDArray[np.bool_]


Held = Mapping[str, Sequence[Measured]]
"""The readings of each analyte; of several only one is present for a person."""


def answer(rule: Criterion | Pattern, held: Held, people: People, catalog: Catalog) -> NDArray[np.int8]:
    """How a rule is answered for each person, as a place in `ANSWERS`; most rules were not written for pregnancy."""
    applies = evaluate(rule.applies_to, held, people, catalog).holds
    if not rule.in_pregnancy:
        maybe = people.maybe_pregnant & (applies != NO)
        applies = np.where(people.surely_pregnant, NO, np.where(maybe, OPEN, applies)).astype(np.int8)
    outcome = evaluate(rule.when, held, people, catalog)
    open_ = (applies == OPEN) | (outcome.holds == OPEN)
    cases = [applies == NO, outcome.holds == NO, outcome.missing & ~outcome.vague, open_]
    names = ["not-applicable", "no", "missing", "undecided"]
    return np.select(cases, [np.int8(ANSWERS.index(name)) for name in names], np.int8(0)).astype(np.int8)


def evaluate(condition: Condition | None, held: Held, people: People, catalog: Catalog) -> Truth:
    """Whether a condition holds for each person: agreed by both sexes where both are possible, or open."""
    if condition is None:
        return _certain(np.full(len(people.start), YES, np.int8))
    woman, man = (_evaluate(condition, held, people, catalog, sex) for sex in ("female", "male"))
    both = people.female & people.male
    agreed = np.where(woman.holds == man.holds, woman.holds, OPEN)
    holds = np.where(both, agreed, np.where(people.female, woman.holds, man.holds)).astype(np.int8)
    missing, vague = (
        (people.female & hers) | (people.male & his)
        for hers, his in ((woman.missing, man.missing), (woman.vague, man.vague))
    )
    return Truth(holds, missing, vague)


def _evaluate(condition: Condition, held: Held, people: People, catalog: Catalog, sex: Any) -> Truth:  # noqa: ANN401  a Sex
    parts = condition.all or condition.any
    if parts is not None:
        truths = [_evaluate(part, held, people, catalog, sex) for part in parts]
        return _combined(truths, YES if condition.any is not None else NO)
    if condition.not_ is not None:
        inner = _evaluate(condition.not_, held, people, catalog, sex)
        return inner._replace(holds=np.where(inner.holds == OPEN, OPEN, 1 - inner.holds).astype(np.int8))
    if condition.marker is not None:
        return _tested(condition, held.get(condition.marker, ()), len(people.start), catalog)
    if condition.age is not None:
        return _aged(condition.age, people)
    mine: Sex | None = condition.sex
    return _certain(np.full(len(people.start), YES if mine == sex else NO, np.int8))


def _certain(holds: NDArray[np.int8]) -> Truth:
    """What waits for no reading."""
    nothing = np.zeros(len(holds), np.bool_)
    return Truth(holds, nothing, nothing)


def _combined(parts: Sequence[Truth], decisive: int) -> Truth:
    """Kleene's logic: one decisive part settles it, whatever is open or missing."""
    holds = np.stack([part.holds for part in parts])
    settled = (holds == decisive).any(axis=0)
    unsettled = np.where((holds == OPEN).any(axis=0), OPEN, 1 - decisive)
    missing = np.logical_or.reduce([part.missing for part in parts]) & ~settled
    vague = np.logical_or.reduce([part.vague for part in parts]) & ~settled
    return Truth(np.where(settled, decisive, unsettled).astype(np.int8), missing, vague)


def _aged(age: str, people: People) -> Truth:
    band = band_span(age)
    inside = (people.start >= band.start) & (people.end <= band.end)
    outside = (people.end <= band.start) | (band.end <= people.start)
    holds = np.where(inside, YES, np.where(outside, NO, OPEN)).astype(np.int8)
    return _certain(holds)


def _tested(condition: Condition, readings: Sequence[Measured], count: int, catalog: Catalog) -> Truth:
    holds, missing = np.full(count, OPEN, np.int8), np.ones(count, np.bool_)
    for each in readings:
        if condition.position is None:
            tested = _within(condition, each, catalog).astype(np.int8)
        else:
            known = (each.standard >= 0) & (each.standard < _DECIDED)
            tested = np.where(known, each.standard == POSITIONS.index(condition.position), OPEN).astype(np.int8)
        holds = np.where(each.present & ~each.doubt, tested, holds)
        missing &= ~each.present
    return Truth(holds, missing, ~missing & (holds == OPEN))


def _within(condition: Condition, each: Measured, catalog: Catalog) -> NDArray[np.bool_]:
    """Whether each value lies between the ends of a test, converted into the unit of the values."""
    inside = np.ones(len(each.value), np.bool_)
    for end, holds in _ends(condition):
        name = condition.marker or ""
        limit = float(convert(end, condition.unit or each.unit, catalog.analyte(name), each.unit))
        inside &= holds(each.value, limit)
    return inside


def _ends(condition: Condition) -> Iterator[tuple[Any, Any]]:
    tests = ((condition.ge, np.greater_equal), (condition.gt, np.greater))
    others = ((condition.le, np.less_equal), (condition.lt, np.less))
    return ((end, holds) for end, holds in (*tests, *others) if end is not None)


def bands(condition: Condition | None) -> Iterator[str]:
    """Every age band that a condition asks for."""
    if condition is None:
        return
    if condition.age is not None:
        yield condition.age
    for part in (*(condition.all or ()), *(condition.any or ()), condition.not_):
        yield from bands(part)
