"""Strategies for results: by marker, by unit, and by the status that they must have."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from hypothesis import assume
from hypothesis import strategies as st

from rlslabs.catalog import Catalog, builtin
from rlslabs.classify import classify
from rlslabs.edges import Region, beside, edges
from rlslabs.errors import UnreachableError, shown
from rlslabs.limits import table
from rlslabs.model import Status
from rlslabs.reading import accepted_unit
from rlslabs.reported import LabResult, Patient
from rlslabs.testing.cases import LabCase, with_ranges
from rlslabs.testing.drawing import HAIRS, named, pick, value_in
from rlslabs.testing.neighbours import FACTS, Landmarks, Landscape
from rlslabs.testing.people import PEOPLE, collection
from rlslabs.testing.people import patients as anybody
from rlslabs.units import fold

STATUSES: tuple[Status, ...] = (
    "optimal",
    "below-optimal",
    "above-optimal",
    "low",
    "high",
    "undecided",
    "no-range",
)
_SHORT = 6
"""A limit of so few digits was not rounded; one that was has twelve, but for noughts at its end."""
_TRIES = 6
"""How many patients are asked whether one fact about them tells."""


ByStatus = dict[Status, dict[tuple[str, str], list[Region]]]


def lab_results(
    markers: Collection[str] | None = None,
    *,
    status: Status | None = None,
    units: Collection[str] | None = None,
    patient: Patient | None = None,
    standard: str | None = None,
    optimal: str | None = None,
    catalog: Catalog | None = None,
    printed_ranges: bool = False,
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
        printed_ranges: Whether most have the laboratory's own range beside them, of two ends or of one. Asked for a
            status too, only a range with which the result has it.

    Raises:
        UnreachableError: No such result has this status.
    """
    known, whose = catalog or builtin(), patient or Patient()
    every = Landmarks(known, _pairs(known, markers, units)).of(whose, None, standard, optimal)
    found = _reaching(every, status)
    if not found or not _is_status(status):
        raise _unreachable(status, "result of this patient")
    if not printed_ranges:
        return _results(_by_status(found), None)

    def fits(case: LabCase) -> bool:
        it = classify(*case, catalog=known, standard=standard, optimal=optimal)
        return status in {None, it.status}

    plain, others = (_results(_by_status(each), None).map(lambda own: LabCase(own, whose)) for each in (found, every))
    return with_ranges(plain, others, fits, known).map(lambda case: case.result)


def lab_cases(
    markers: Collection[str] | None = None,
    *,
    status: Status | None = None,
    units: Collection[str] | None = None,
    patients: st.SearchStrategy[Patient] | None = None,
    printed_ranges: bool = False,
) -> st.SearchStrategy[LabCase]:
    """Results with their patients: every population of the ranges is met, and every status, `no-range` too.

    Every other case lies where one fact tells: software that takes the patient for a year older, or for the other sex,
    would give another status.

    Args:
        markers: Names, aliases or codes; else all six.
        status: The status that each case has; else every status that can be reached.
        units: Units in any accepted spelling; a marker that is reported in none of them is left out.
        patients: Whose results they are, such as `patients(adults=True)`; else everybody. Asked for a status too, a
            patient who cannot have it is passed over.
        printed_ranges: Whether most have the laboratory's own range beside them, of two ends or of one. Asked for a
            status too, only a range with which the result has it.

    Raises:
        UnreachableError: No such result of any patient has this status.
    """
    if printed_ranges:
        plain, others = (lab_cases(markers, status=each, units=units, patients=patients) for each in (status, None))
        return with_ranges(plain, others, lambda case: status in {None, case.interpretation.status}, builtin())
    every = Landmarks(builtin(), _pairs(builtin(), markers, units))
    able = [each for each in PEOPLE if _reaching(every.of(each, None), status)]
    if not able or not _is_status(status):
        raise _unreachable(status, "result of any patient")
    people = st.one_of(st.sampled_from(able), anybody()) if patients is None else patients

    @st.composite
    def cases(draw: st.DrawFn) -> LabCase:
        patient = draw(people)
        one = every._replace(pairs=(pick(draw, every.pairs, "marker"),))
        there: Landscape = []
        if fact := pick(draw, (None, None, *FACTS), "telling"):
            for _ in range(_TRIES):
                there = _reaching(one.telling(fact, patient, collection(patient)), status)
                if there:
                    break
                patient = draw(people)
        there = there or _reaching(one.of(patient, collection(patient)), status)
        if not there:
            patient = able[0] if patients is None else patient
            there = _reaching(every.of(patient, collection(patient)), status)
        assume(there)
        return LabCase(drawn_result(draw, _by_status(there), collection(patient)), patient)

    return cases()


def limits(
    marker: str,
    *,
    unit: str | None = None,
    sets: Collection[str] | None = None,
    catalog: Catalog | None = None,
    plausibility: bool = True,
    rounded: bool = True,
) -> st.SearchStrategy[LabResult]:
    """Results on, just below and just above every limit of a marker, in every unit; also the limits of plausibility.

    A value beyond the outer limits of plausibility is refused by `interpret`, so that a test meets refusals too.

    Args:
        marker: Its name, alias or code.
        unit: One unit; else every unit that the marker is reported in.
        sets: Sets of ranges by their ids; else all.
        catalog: Another catalog than our own.
        plausibility: `False` for the limits of ranges alone.
        rounded: `False` leaves out what lies within the rounding of a limit. A limit is converted to the reported unit
            and rounded once, to 12 digits; software that converts the value in its place tells such values otherwise.

    Raises:
        LabsError: The marker, the unit or a set is unknown.
        UnreachableError: None of the sets has a range of the marker.
    """
    catalog = catalog or builtin()
    found = catalog.marker(marker)
    sets = named(sets)
    chosen = None if unit is None else accepted_unit(found, unit)
    for name in sets or ():
        catalog.set(catalog.sets[name].kind if name in catalog.sets else "standard", name)
    units = [each.ucum for each in (found.accepts if chosen is None else (chosen,))]
    values = [
        (value, each)
        for each in units
        for value in values_at_limits(catalog, found.id, each, sets, plausibility=plausibility, rounded=rounded)
    ]
    if not values:
        happened = f"None of these sets has a range of {found.name}"
        raise UnreachableError(happened, "ask for another set or marker", found.id)

    @st.composite
    def results(draw: st.DrawFn) -> LabResult:
        value, reported = pick(draw, values)
        return LabResult(marker=found.id, value=value, unit=reported)

    return results()


def values_at_limits(
    catalog: Catalog,
    marker: str,
    unit: str,
    sets: Collection[str] | None = None,
    *,
    plausibility: bool = True,
    rounded: bool = True,
) -> tuple[Decimal, ...]:
    """Values on, just below and just above each limit of a marker in a unit, and its limits of plausibility.

    Just is a step of the third, the sixth and the last significant digit; a limit that a conversion may have rounded
    has, where those are not wanted, neither itself nor the last step.
    """
    known = table(catalog, marker, unit)
    plausible = {end for cut in (known.soft, known.hard) for end in cut[:2] if end and plausibility}
    every = sorted({*edges(catalog, marker, unit, sets), *plausible})
    found: dict[Decimal, None] = {}
    for limit in every:
        exact = rounded or len(limit.as_tuple().digits) <= _SHORT
        for digits in HAIRS if exact else HAIRS[:-1]:
            below, on, above = beside(limit, digits)
            found |= dict.fromkeys((below, on, above) if exact else (below, above))
    return tuple(found)


def _pairs(
    catalog: Catalog, markers: Collection[str] | None, units: Collection[str] | None
) -> tuple[tuple[str, str], ...]:
    """Every marker with every unit that is asked for.

    Raises:
        UnreachableError: None of these markers is reported in one of the units.
    """
    markers, units = named(markers), named(units)
    chosen = [*catalog.markers.values()] if markers is None else [catalog.marker(name) for name in markers]
    found: list[tuple[str, str]] = []
    for marker in chosen:
        wanted = marker.accepts if units is None else [marker.spellings.get(fold(unit)) for unit in units]
        found += [(marker.id, each.ucum) for each in marker.accepts if each in wanted]
    for unit in units or ():
        if not any(fold(unit) in marker.spellings for marker in chosen):
            known = dict.fromkeys(each.ucum for marker in chosen for each in marker.accepts)
            happened = f"None of these markers is reported in {shown(unit)}"
            raise UnreachableError(happened, f"choose from: {', '.join(known)}", unit[:80])
    return tuple(found)


def _reaching(found: Landscape, status: Status | None) -> Landscape:
    return [each for each in found if status is None or each[2].status == status]


def _is_status(status: str | None) -> bool:
    return status is None or status in STATUSES


def _unreachable(status: Status | None, what: str) -> UnreachableError:
    if not _is_status(status):
        happened = f"No status is called {shown(status)}"
        return UnreachableError(happened, f"choose from: {', '.join(STATUSES)}", str(status)[:80])
    happened = f"No {what} of these markers, in these units, is {status or 'judged'}"
    return UnreachableError(happened, "ask for another status, marker or unit, or for another patient", str(status))


def _by_status(found: Landscape) -> ByStatus:
    """Regions by status, and then by marker and unit, in the order in which a failure shrinks."""
    sorted_: ByStatus = {status: {} for status in STATUSES}
    for marker, unit, region in found:
        sorted_[region.status].setdefault((marker, unit), []).append(region)
    return {status: pairs for status, pairs in sorted_.items() if pairs}


@st.composite
def _results(draw: st.DrawFn, found: ByStatus, collected: date | None) -> LabResult:
    return drawn_result(draw, found, collected)


def drawn_result(draw: st.DrawFn, found: ByStatus, collected: date | None) -> LabResult:
    """A result of the regions: first a status, then a marker in a unit, then where, then the value.

    One with a comparator may have it in its text or beside its value.
    """
    pairs = found[pick(draw, [*found], "status")]
    marker, unit = pick(draw, [*pairs], "pair")
    region = pick(draw, pairs[marker, unit], "region")
    value = value_in(draw, region.stretch)
    said = {"marker": marker, "unit": unit, **({} if collected is None else {"collected": collected})}
    in_text = pick(draw, (True, False), "text")
    if region.comparator is None:
        return LabResult.model_validate({"value": value, **said})
    if in_text:
        return LabResult.model_validate({"value": f"{region.comparator}{value:f}", "decimal_mark": ".", **said})
    return LabResult.model_validate({"value": value, "comparator": region.comparator, **said})
