"""Strategies for results: by marker, by unit, and by the status that they must have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.edges import DIGITS, Region, Stretch, beside, edges, regions, step
from rlslabs.errors import UnreachableError
from rlslabs.interpretation import Interpretation
from rlslabs.limits import table
from rlslabs.model import Comparator, Status
from rlslabs.reading import accepted_unit
from rlslabs.reported import LabResult, Patient
from rlslabs.testing.people import PEOPLE, patients
from rlslabs.units import EXACT, fold, tidy

STATUSES: tuple[Status, ...] = (
    "optimal",
    "below-optimal",
    "above-optimal",
    "low",
    "high",
    "undecided",
    "no-range",
)
_HAIRS = (3, 6, DIGITS)
_LAST_DAY = date(2026, 1, 1)
_SPREAD = 7919


class LabCase(NamedTuple):
    """A result, the patient whose it is, and how both are judged."""

    result: LabResult
    patient: Patient

    @property
    def interpretation(self) -> Interpretation:
        """The answer by the catalog of this package."""
        return classify(self.result, self.patient, catalog=builtin())


Landscape = list[tuple[str, str, Region]]


def lab_results(
    markers: Collection[str] | None = None,
    *,
    status: Status | None = None,
    units: Collection[str] | None = None,
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    catalog: Catalog | None = None,
) -> st.SearchStrategy[LabResult]:
    """Results that can be judged; asked for a status, only results that have it.

    Plain readable values come first, then values within a hair of a limit, on it, and with a comparator; so a failure
    shrinks to a case that a person can read.

    Args:
        markers: Names, aliases or codes; else all six.
        status: The status that each result has for the patient; else every status that can be reached.
        units: Units in any accepted spelling; a marker that is reported in none of them is left out.
        patient: Whose results they are; else somebody of whom nothing is known.
        standard: A set of standard ranges, else the default.
        optimal: A set of optimal ranges, else the default.
        catalog: Another catalog than our own.

    Raises:
        UnreachableError: No such result has this status.
    """
    every = _landscape(catalog or builtin(), markers, units, patient or Patient(), standard, optimal)
    found = _reaching(every, status)
    if not found:
        raise _unreachable(status, "result of this patient")
    return _results(found, None)


def lab_cases(
    markers: Collection[str] | None = None,
    *,
    status: Status | None = None,
    units: Collection[str] | None = None,
) -> st.SearchStrategy[LabCase]:
    """Results with their patients: every population of the ranges is met, and every status, `no-range` too.

    Raises:
        UnreachableError: No such result of any patient has this status.
    """
    catalog = builtin()
    able = [each for each in PEOPLE if _reaching(_landscape(catalog, markers, units, each), status)]
    if not able:
        raise _unreachable(status, "result of any patient")
    pairs = _pairs(catalog, markers, units)

    @st.composite
    def cases(draw: st.DrawFn) -> LabCase:
        patient = draw(st.one_of(st.sampled_from(able), patients()))
        one = [draw(st.sampled_from(pairs))]
        there = _reaching(_regions(catalog, one, patient, _collection(patient)), status)
        if not there:
            patient = able[0]
            there = _reaching(_regions(catalog, pairs, patient, None), status)
        return draw(st.builds(LabCase, _results(there, _collection(patient)), st.just(patient)))

    return cases()


def limits(
    marker: str, *, unit: str | None = None, sets: Collection[str] | None = None, catalog: Catalog | None = None
) -> st.SearchStrategy[LabResult]:
    """Results on, just below and just above every limit of a marker, in every unit; also the limits of plausibility.

    Args:
        marker: Its name, alias or code.
        unit: One unit; else every unit that the marker is reported in.
        sets: Sets of ranges by their ids; else all.
        catalog: Another catalog than our own.

    Raises:
        LabsError: The marker, the unit or a set is unknown.
    """
    catalog = catalog or builtin()
    found = catalog.marker(marker)
    chosen = None if unit is None else accepted_unit(found, unit)
    for name in sets or ():
        catalog.set(catalog.sets[name].kind if name in catalog.sets else "standard", name)
    units = [each.ucum for each in (found.accepts if chosen is None else (chosen,))]
    values = [(value, each) for each in units for value in values_at_limits(catalog, found.id, each, sets)]
    return st.sampled_from(values).flatmap(
        lambda pair: st.builds(LabResult, marker=st.just(found.id), value=st.just(pair[0]), unit=st.just(pair[1]))
    )


def values_at_limits(
    catalog: Catalog, marker: str, unit: str, sets: Collection[str] | None = None
) -> tuple[Decimal, ...]:
    """Values on, just below and just above each limit of a marker in a unit, and its limits of plausibility.

    Just is a step of the third, the sixth and the last significant digit.
    """
    known = table(catalog, marker, unit)
    plausible = {end for cut in (known.soft, known.hard) for end in cut[:2] if end}
    every = sorted({*edges(catalog, marker, unit, sets), *plausible})
    return tuple(dict.fromkeys(value for limit in every for digits in _HAIRS for value in beside(limit, digits)))


def _pairs(catalog: Catalog, markers: Collection[str] | None, units: Collection[str] | None) -> list[tuple[str, str]]:
    """Every marker with every unit that is asked for."""
    chosen = catalog.markers.values() if markers is None else [catalog.marker(name) for name in markers]
    found: list[tuple[str, str]] = []
    for marker in chosen:
        wanted = marker.accepts if units is None else [marker.spellings.get(fold(unit)) for unit in units]
        found += [(marker.id, each.ucum) for each in marker.accepts if each in wanted]
    return found


def _regions(
    catalog: Catalog, pairs: Iterable[tuple[str, str]], patient: Patient, collected: date | None, *sets: str | None
) -> Landscape:
    return [(*pair, region) for pair in pairs for region in regions(catalog, *pair, patient, collected, *sets)]


def _landscape(
    catalog: Catalog,
    markers: Collection[str] | None,
    units: Collection[str] | None,
    patient: Patient,
    *sets: str | None,
) -> Landscape:
    """Every marker in every unit that is asked for, with the regions of each status."""
    return _regions(catalog, _pairs(catalog, markers, units), patient, None, *sets)


def _reaching(found: Landscape, status: Status | None) -> Landscape:
    return [each for each in found if status is None or each[2].status == status]


def _unreachable(status: Status | None, what: str) -> UnreachableError:
    happened = f"No {what} of these markers, in these units, is {status or 'judged'}"
    return UnreachableError(happened, "ask for another status, marker or unit, or for another patient", str(status))


def _collection(patient: Patient) -> date | None:
    """A day on which a sample was taken of a patient whose birth date is known; days differ from birth to birth."""
    if patient.born is None:
        return None
    life = (_LAST_DAY - patient.born).days
    return patient.born + timedelta(days=patient.born.toordinal() * _SPREAD % (life + 1))


def _results(found: Landscape, collected: date | None) -> st.SearchStrategy[LabResult]:
    """Results of regions: first a status, then a marker in a unit, then where, then the value."""
    by_status = [status for status in STATUSES if any(each[2].status == status for each in found)]

    def of_status(status: Status) -> st.SearchStrategy[LabResult]:
        here = [each for each in found if each[2].status == status]
        reported = list(dict.fromkeys(each[:2] for each in here))
        return st.sampled_from(reported).flatmap(
            lambda pair: st.sampled_from([each[2] for each in here if each[:2] == pair]).flatmap(
                lambda region: _result(pair, region, collected)
            )
        )

    return st.sampled_from(by_status).flatmap(of_status)


def _result(pair: tuple[str, str], region: Region, collected: date | None) -> st.SearchStrategy[LabResult]:
    """A result of a region; one with a comparator may have it in its text or beside its value."""
    day: dict[str, st.SearchStrategy[Any]] = {} if collected is None else {"collected": st.just(collected)}
    named: dict[str, st.SearchStrategy[Any]] = {"marker": st.just(pair[0]), "unit": st.just(pair[1]), **day}
    values = values_of(region.stretch)
    if region.comparator is None:
        return st.builds(LabResult, value=values, **named)
    beside_it = st.builds(LabResult, value=values, comparator=st.just(region.comparator), **named)
    written = values.map(lambda value: _written(region.comparator, value))
    return st.one_of(st.builds(LabResult, value=written, decimal_mark=st.just("."), **named), beside_it)


def _written(comparator: Comparator | None, value: Decimal) -> str:
    return f"{comparator}{value:f}"


def values_of(stretch: Stretch) -> st.SearchStrategy[Decimal]:
    """Values of a stretch: readable ones first, then those within a hair of its ends."""
    if stretch.low == stretch.high:
        return st.just(stretch.low)
    first, last, places = stretch.grid
    readable = st.integers(first, last).map(lambda count: tidy(Decimal(count).scaleb(-places, EXACT)))
    near = [EXACT.add(stretch.low, step(stretch.low or stretch.high, digits)) for digits in _HAIRS]
    near += [EXACT.subtract(stretch.high, step(stretch.high, digits)) for digits in _HAIRS]
    hairs = [tidy(value) for value in near if stretch.low < value < stretch.high]
    return st.one_of(readable, st.sampled_from(hairs)) if hairs else readable
