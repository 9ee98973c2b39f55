"""A reading and the ranges that could apply, as a place: where the result stands, how far off, and what is open."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from operator import itemgetter
from typing import Literal

from rlslabs.cohort import Cohort, Who, settled_by
from rlslabs.facts import Position, RangeSet
from rlslabs.limits import Applied, Cut
from rlslabs.model import Fact, Place, Reading, only
from rlslabs.population import EVERY_AGE
from rlslabs.reported import Patient
from rlslabs.units import EXACT

_REPORT = RangeSet.trusted(
    {
        "id": "report",
        "kind": "standard",
        "name": "range printed with the result",
        "default": False,
        "second_hand": False,
        "note": "As the laboratory prints it.",
    }
)
_ANYBODY = Who(("female", "male"), EVERY_AGE, (False,), adult_assumed=False)
_FAR = itemgetter(0)
_subtract = EXACT.subtract
_ORDER: tuple[Position, ...] = ("below", "within", "above", "no-range")


def place(chosen: RangeSet, who: Cohort, reading: Reading, patient: Patient) -> Place:
    """The place of a reading against one set: agreed by every candidate, or undecided with what would settle it."""
    applied = who.applied
    if len(applied) == 1 and not who.lacking:
        possible = applied[0].cut.positions(reading)
    else:
        found = {position for each in applied for position in each.cut.positions(reading)}
        possible = tuple(each for each in _ORDER if each in found or (who.lacking and each == "no-range"))
    facts: tuple[Fact, ...] = ()
    if len(possible) > 1:
        facts = settled_by(who, reading, patient)
    return _placed(chosen, possible, who, facts, reading)


def place_in_report(applied: Applied, reading: Reading, unfit: tuple[Fact, ...] = ()) -> Place:
    """The place against the range that the report prints; undecided where it may not be meant for the patient.

    `unfit` names the facts that would settle whether it is.
    """
    possible = applied.cut.positions(reading)
    facts: tuple[Fact, ...] = ("exact value",) if len(possible) > 1 else ()
    if unfit:
        possible, facts = (*possible, "no-range"), (*unfit, *facts)
    return _placed(
        _REPORT,
        possible,
        Cohort((), (applied,), (applied.limit,), lacking=False, known=True, person=_ANYBODY),
        facts,
        reading,
    )


def _placed(
    chosen: RangeSet, possible: tuple[Position, ...], who: Cohort, facts: tuple[Fact, ...], reading: Reading
) -> Place:
    position = only(possible)
    distance, nearest = distance_to(position, [each.cut for each in who.applied], reading)
    return Place.trusted(
        {
            "kind": chosen.kind,
            "set": chosen.id,
            "set_name": chosen.name,
            "position": position,
            "possible": possible,
            "limits": who.limits,
            "settled_by": facts,
            "distance": distance,
            "nearest": nearest,
            "lacks": None if position != "no-range" else "population" if who.known else "marker",
        }
    )


def distance_to(
    position: Position, cuts: Iterable[Cut], reading: Reading
) -> tuple[Decimal | None, Literal["low", "high"] | None]:
    """How far the nearest end of the reading lies from the nearest limit, and which limit that is."""
    gaps: list[tuple[Decimal, Literal["low", "high"]]] = []
    for cut in cuts:
        if position == "below" and cut.low is not None and reading.high is not None:
            gaps.append((_subtract(cut.low, reading.high), "low"))
        elif position == "above" and cut.high is not None:
            gaps.append((_subtract(reading.low, cut.high), "high"))
        elif position == "within":
            if cut.low is not None:
                gaps.append((_subtract(reading.low, cut.low), "low"))
            if cut.high is not None and reading.high is not None:
                gaps.append((_subtract(cut.high, reading.high), "high"))
    return min(gaps, key=_FAR) if gaps else (None, None)
