"""A result and a patient to an interpretation: the whole judgement, pure."""

from __future__ import annotations

from functools import lru_cache

from rlslabs.catalog import Catalog
from rlslabs.cohort import Who, cohort, who
from rlslabs.errors import ImplausibleRangeError, ImplausibleValueError, shown
from rlslabs.facts import Position
from rlslabs.interpretation import Interpretation
from rlslabs.limits import Applied, Cut, Table, table
from rlslabs.marker import Note
from rlslabs.model import OPEN_SIDE, Assumption, Fact, Issue, Place, Reading, hl7_of, status_of
from rlslabs.places import place, place_in_report
from rlslabs.population import ADULT
from rlslabs.printed import apply_printed
from rlslabs.reading import Printed, instead, read_result
from rlslabs.reported import LabResult, Patient
from rlslabs.text import Interval

_LONGEST = 250
"""Characters of a printed range that is kept."""
_FITS: tuple[Assumption, ...] = ("printed-range-fits",)


def classify(
    result: LabResult,
    patient: Patient,
    *,
    catalog: Catalog,
    standard: str | None = None,
    optimal: str | None = None,
    strict: bool = False,
) -> Interpretation:
    """Judge a result for a patient; the pure function under `interpret`.

    Raises:
        LabsError: The result or a fact about the patient cannot be judged.
    """
    found = catalog.find(result.marker)
    reading, printed, issues = read_result(result, found)
    limits = table(catalog, found.marker.id, reading.unit)
    _plausible(limits, reading, issues)
    person, assumed = who(patient, result.collected, strict=strict)
    marker, unit = found.marker, reading.unit
    chosen, wished = catalog.set("standard", standard), catalog.set("optimal", optimal)
    optimal_place = place(wished, cohort(catalog, marker.id, unit, wished.id, person), reading, patient)
    own: Applied | None = None
    beyond: Place | None = None
    if printed is not None:
        try:
            own = _own(catalog, marker.id, unit, printed)
        except ImplausibleRangeError as error:
            issues.append(instead(error))
    if own is None or printed is None:
        standard_place = place(chosen, cohort(catalog, marker.id, unit, chosen.id, person), reading, patient)
    else:
        standard_place = place_in_report(own, reading, _unfit(person, patient) if strict else ())
        if standard_place.position == "within" and (sides := _open_sides(own.cut, limits.soft)):
            in_set = place(chosen, cohort(catalog, marker.id, unit, chosen.id, person), reading, patient)
            if outside := [each for each in sides if not {each, "no-range"}.isdisjoint(in_set.possible)]:
                beyond = in_set
                issues.append(_open_side([sides[each] for each in outside], printed.locator))
        special = person.ages.start < ADULT.start or True in person.pregnant
        assumed += _FITS if special and not strict else ()
    places = (standard_place, optimal_place) if beyond is None else (beyond, optimal_place)
    _approximate(places, issues)
    position = standard_place.position
    return Interpretation.trusted(
        {
            "result": result,
            "patient": patient,
            "marker": marker.id,
            "name": marker.name,
            "plain_name": marker.plain_name,
            "reading": reading,
            "standard": standard_place,
            "optimal": optimal_place,
            "beyond": beyond,
            "status": status_of(position, optimal_place.position),
            "hl7": hl7_of(position, reading.comparator, open_sided=beyond is not None),
            "assumptions": assumed,
            "issues": tuple(issues),
            "notes": _notes(catalog, marker.id, reading, (places[0].position, optimal_place.position)),
        }
    )


def _open_sides(own: Cut, usual: Cut) -> dict[Position, str]:
    """The sides on which a printed range has no end, by the place of a result that lies there.

    An end that lies beyond every usual value, such as 0 or the least that can be measured, is none.
    """
    sides: dict[Position, str] = {}
    if own.low is None or (usual.low is not None and own.low < usual.low):
        sides["below"] = "lower"
    if own.high is None or (usual.high is not None and own.high > usual.high):
        sides["above"] = "upper"
    return sides


def _open_side(ends: list[str], locator: str) -> Issue:
    """That a printed range holds a value only because it has no end on a side on which the set does not hold it.

    Where the set has no range for the patient, nothing else holds it either.
    """
    low_or_high = " or ".join({"lower": "low", "upper": "high"}[each] for each in ends)
    message = (
        f"The printed range has no usable {' or '.join(ends)} limit, so it cannot show that the result is not too "
        f"{low_or_high}; ask the laboratory for its whole range"
    )
    return Issue.trusted({"code": OPEN_SIDE, "message": message, "text": locator[:80]})


def _own(catalog: Catalog, marker_id: str, unit: str, printed: Printed) -> Applied:
    """The printed range as a range like any other; a laboratory prints the same ones again and again.

    Raises:
        ImplausibleRangeError: No range of this marker can be meant.
    """
    interval, printed_in, locator = printed
    read = _applied if len(locator) <= _LONGEST else _applied.__wrapped__  # what is longer is not kept
    digits = (str(interval.low), str(interval.high))
    return read((catalog, marker_id, unit), interval, digits, printed_in.ucum, locator)


@lru_cache(maxsize=1024)
def _applied(
    limits: tuple[Catalog, str, str], interval: Interval, _digits: tuple[str, str], printed_in: str, locator: str
) -> Applied:
    """The same by what tells it; its digits are among that, because 24 and 24.0 are equal and print otherwise."""
    found = table(*limits)
    return apply_printed(Printed(interval, found.marker.spellings[printed_in], locator), found)


def _unfit(person: Who, patient: Patient) -> tuple[Fact, ...]:
    """What would settle whether a printed range is meant for a patient who is, or may be, a child or pregnant."""
    if person.ages.end <= ADULT.start or person.pregnant == (True,):
        return ("population of the printed range",)
    facts: list[Fact] = []
    if person.ages.start < ADULT.start:
        facts.append("age" if patient.born is None else "collection date")
    if True in person.pregnant:
        facts.append("pregnancy")
    return tuple(facts)


def _plausible(limits: Table, reading: Reading, issues: list[Issue]) -> None:
    """Refuse what no living person has had; say what is unusual."""
    marker, unit = limits.marker, limits.unit
    if "within" not in limits.hard.positions(reading):
        happened = f"{marker.name} {shown(reading.words)} {unit} has not been seen in a living person"
        raise ImplausibleValueError(happened, "check the value, its decimal mark and its unit", reading.words[:80])
    if "within" in limits.soft.positions(reading):
        return
    words = f"{reading.words} {unit}"
    if unit == "%" and reading.high is not None and reading.high < 1:
        message = f"{words} could be a fraction with the wrong unit; check the unit"
        issues.append(Issue.trusted({"code": "percent-below-one", "message": message, "text": words[:80]}))
    else:
        message = f"{marker.name} {words} is unusual; check the value and its unit"
        issues.append(Issue.trusted({"code": "unusual-value", "message": message, "text": words[:80]}))


def _approximate(places: tuple[Place, Place], issues: list[Issue]) -> None:
    """Say that limits were converted by a molar mass on which laboratories differ."""
    for limit in (limit for each in places for limit in each.limits):
        mass = limit.molar_mass
        if mass is not None and mass.approximate:
            message = f"Limits are converted by {mass.value} g/mol, which is approximate; compare in one unit"
            issues.append(Issue.trusted({"code": "approximate-conversion", "message": message, "text": limit.unit}))
            return


def _notes(catalog: Catalog, marker_id: str, reading: Reading, at: tuple[Position, Position]) -> tuple[Note, ...]:
    """The notes that are for this reading, at its standard and its optimal position."""
    always, sometimes = _notes_for(catalog, marker_id, reading.unit, *at)
    if sometimes:
        return tuple(note for note, values in sometimes if values is None or _holds(note, values, reading))
    return always


def _holds(note: Note, values: Cut, reading: Reading) -> bool:
    """Whether a value of the reading is one that the note is for; what says where a value is needs all of them."""
    positions = values.positions(reading)
    return positions == ("within",) if note.kind == "boundary" else "within" in positions


@lru_cache(maxsize=1024)
def _notes_for(
    catalog: Catalog, marker_id: str, unit: str, standard: Position, optimal: Position
) -> tuple[tuple[Note, ...], tuple[tuple[Note, Cut | None], ...]]:
    """The notes for these places whatever the value; and, where some hang on the value, all of them with theirs."""
    notes = tuple(
        (note, values)
        for note, values in table(catalog, marker_id, unit).notes
        if (note.when.standard is None or standard in note.when.standard)
        and (note.when.optimal is None or optimal in note.when.optimal)
    )
    always = tuple(note for note, values in notes if values is None)
    return always, notes if len(always) < len(notes) else ()
