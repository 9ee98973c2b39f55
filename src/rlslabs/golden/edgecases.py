"""Questions at every limit, in every unit, for the youngest and the oldest of everybody that a range is meant for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from rlslabs.catalog import Catalog
from rlslabs.edges import beside
from rlslabs.facts import Range
from rlslabs.golden.question import AskedPatient, AskedResult, Question
from rlslabs.limits import table
from rlslabs.marker import Marker
from rlslabs.population import TICKS, Sex, age_span

_SIDES = ("just-below", "on", "just-above")
_COMPARATORS = {
    "<": "every value below {0} is meant, and not {0} itself",
    "<=": "every value up to {0} is meant, and {0} itself too",
    ">": "every value above {0} is meant, and not {0} itself",
    ">=": "every value from {0} on is meant, and {0} itself too",
}
_OLDEST = 100
_MOTHERS_FROM = 10


class Draft(NamedTuple):
    """A question with its name, its kind, and why it is asked; not yet answered."""

    id: str
    kind: str
    why: str
    asked: Question


def edge_cases(catalog: Catalog) -> Iterator[Draft]:
    """The limits of every range, with each comparator at them, and the limits of plausibility."""
    for marker in catalog.markers.values():
        for accepted in marker.accepts:
            yield from _limits(catalog, marker, accepted.ucum)
            yield from _comparators(catalog, marker, accepted.ucum)
            yield from _plausible(catalog, marker, accepted.ucum)


def ages(applied: Range) -> tuple[int | str, int | str]:
    """The youngest and the oldest age that a range is meant for; 100 years where it has no end."""
    band = applied.applies_to.age
    if band is None:
        return "1 d", _OLDEST
    if band.startswith(">="):
        count, unit = band[2:].split()
        return _age(count, unit), _OLDEST
    low, _, high = band.partition("-")
    count, _, unit = high.partition(" ")
    youngest, _, own = low.partition(" ")
    return _age(youngest, own or unit), _age(count, unit)


def _age(count: str, unit: str) -> int | str:
    return int(count) if unit == "a" else f"{count} {unit}"


def people(applied: Range) -> Iterator[AskedPatient]:
    """The youngest and the oldest of each sex that a range is meant for."""
    meant = applied.applies_to
    sexes: tuple[Sex, ...] = (meant.sex,) if meant.sex else ("female", "male")
    for sex in sexes:
        for age in dict.fromkeys(ages(applied)):
            mother = sex == "female" and age_span(age).start >= _MOTHERS_FROM * TICKS["a"]
            yield AskedPatient(sex=sex, age=age, pregnant=False if mother else None)


def asked(marker: str, value: Decimal, unit: str, patient: AskedPatient, comparator: str = "", **sets: str) -> Question:
    """A question about one value."""
    result = AskedResult(marker=marker, value=f"{comparator}{value:f}", unit=unit, decimal_mark=".")
    return Question(results=(result,), patient=patient, **sets)  # type: ignore[arg-type]  # standard or optimal


def _limits(catalog: Catalog, marker: Marker, unit: str) -> Iterator[Draft]:
    for name, ranges in table(catalog, marker.id, unit).sets.items():
        chosen = catalog.sets[name]
        for each in ranges:
            words = each.population.words
            for end, limit in (("low", each.cut.low), ("high", each.cut.high)):
                for side, value in zip(_SIDES, beside(limit), strict=True) if limit else ():
                    for patient in people(each.limit.range):
                        who = f"{patient.sex}/{patient.age}"
                        yield Draft(
                            f"limit/{name}/{marker.id}/{unit}/{who}/{end}/{side}",
                            "limit",
                            f"{side.replace('-', ' ')} the {end} limit of {chosen.name}, {words}",
                            asked(marker.id, value, unit, patient, **{chosen.kind: name}),
                        )


def _comparators(catalog: Catalog, marker: Marker, unit: str) -> Iterator[Draft]:
    """Each comparator at each limit of the default sets, for a woman and a man."""
    for kind in ("standard", "optimal"):
        chosen = catalog.set("standard" if kind == "standard" else "optimal")
        for each in table(catalog, marker.id, unit).sets[chosen.id]:
            patient = list(people(each.limit.range))[-1]
            who = f"{patient.sex}/{patient.age}"
            for end, limit in (("low", each.cut.low), ("high", each.cut.high)):
                for side, value in zip(_SIDES, beside(limit), strict=True) if limit else ():
                    for comparator, why in _COMPARATORS.items():
                        yield Draft(
                            f"comparator/{chosen.id}/{marker.id}/{unit}/{who}/{end}/{side}/{comparator}",
                            "comparator",
                            why.format(f"{value:f}"),
                            asked(marker.id, value, unit, patient, comparator),
                        )


def _plausible(catalog: Catalog, marker: Marker, unit: str) -> Iterator[Draft]:
    known = table(catalog, marker.id, unit)
    patient = AskedPatient(sex="male", age=40)
    for name, cut in (("usual", known.soft), ("possible", known.hard)):
        for end, limit in (("low", cut.low), ("high", cut.high)):
            for side, value in zip(_SIDES, beside(limit), strict=True) if limit else ():
                yield Draft(
                    f"plausible/{marker.id}/{unit}/{name}/{end}/{side}",
                    "plausible",
                    f"{side.replace('-', ' ')} the {end} limit of what is {name}",
                    asked(marker.id, value, unit, patient),
                )
