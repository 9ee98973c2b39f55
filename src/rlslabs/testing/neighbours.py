"""Neighbours of a patient: people who differ in one fact, and the results at which that fact tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.edges import Region, Stretch, regions
from rlslabs.errors import LabsError
from rlslabs.model import Fact
from rlslabs.population import OLDEST
from rlslabs.reported import Patient

Landscape = list[tuple[str, str, Region]]

FACTS: tuple[Fact, ...] = ("age", "sex", "pregnancy")
_YEARS = (1, -1, 3, -3)
_DAYS = (1, -1, 366, -366)


class Landmarks(NamedTuple):
    """Every marker with every unit that is asked for, of one catalog."""

    catalog: Catalog
    pairs: tuple[tuple[str, str], ...]

    def of(self, patient: Patient, collected: date | None, *sets: str | None) -> Landscape:
        """The regions of each status for a patient."""
        found = ((pair, regions(self.catalog, *pair, patient, collected, *sets)) for pair in self.pairs)
        return [(*pair, region) for pair, every in found for region in every]

    def telling(self, fact: Fact, patient: Patient, collected: date | None) -> Landscape:
        """The regions in which a fact tells: the result of somebody who differs in it has another status there."""
        found: Landscape = []
        for pair in self.pairs:
            mine = regions(self.catalog, *pair, patient, collected)
            for other in neighbours(fact, patient):
                try:
                    theirs = regions(self.catalog, *pair, other, collected)
                except LabsError:  # born after the collection
                    continue
                found += [(*pair, region) for region in _apart(mine, theirs)]
        return found


def neighbours(fact: Fact, patient: Patient) -> Iterator[Patient]:
    """People who differ in one fact: older or younger by a year, three, or a day, of the other sex, or not pregnant.

    They are what software takes a patient for that counts an age wrongly, or overlooks a fact.
    """
    age = patient.age
    if fact == "age" and isinstance(age, int):
        yield from (_but(patient, age=other) for other in (age + years for years in _YEARS) if 0 <= other <= OLDEST)
    elif fact == "age" and isinstance(age, str):
        if (years := int(age.split()[0])) <= OLDEST:  # months for years
            yield _but(patient, age=years)
    elif fact == "age" and patient.born is not None:
        for days in _DAYS:
            with suppress(OverflowError):  # no calendar has the day
                yield _but(patient, born=patient.born + timedelta(days=days))
    elif fact == "pregnancy" and patient.pregnant:
        yield _but(patient, pregnant=False)
    elif fact == "sex" and not patient.pregnant:
        yield from (_but(patient, sex=sex, pregnant=None) for sex in ("female", "male") if sex != patient.sex)


def _but(patient: Patient, **changed: object) -> Patient:
    return Patient.model_validate({**dict(patient), **changed})


def _apart(mine: tuple[Region, ...], theirs: tuple[Region, ...]) -> Iterator[Region]:
    """What two regions share that differ in their status; people who are judged alike have the same regions."""
    if mine is theirs:
        return
    for one in mine:
        for other in theirs:
            if one.comparator == other.comparator and one.status != other.status:
                yield from (Region(one.comparator, both, one.status) for both in _common(one.stretch, other.stretch))


def _common(one: Stretch, other: Stretch) -> Iterable[Stretch]:
    """The values that two stretches share: none, a limit, or all between two."""
    low, high = max(one.low, other.low), min(one.high, other.high)
    if low < high:
        return [Stretch(low, high)]
    inside = low == high and all(each.low == each.high or each.low < low < each.high for each in (one, other))
    return [Stretch(low, high)] if inside else []
